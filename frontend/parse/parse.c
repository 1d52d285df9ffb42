/* Entry of the parser. */
#include "frontend/parse/parse.h"

#include "frontend/base/intern.h"
#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"

/* Types that the C compilers know without a declaration. */
static void declare_predefined(struct parser *p)
{
	static const char *const names[] = {"__int128_t", "__uint128_t"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		names_declare(p, names[i], BIND_TYPEDEF);
}

struct node *parse(struct arena *arena, struct source *s, struct diag *d, const struct parse_options *options, struct macro_log *macros)
{
	struct parser p = {
		.arena = arena,
		.source = s,
		.diag = d,
		.options = options,
		.lexer = lexer_new(arena, s, d, options, macros),
		.unit = node_new(arena, N_TRANSLATION_UNIT, 1, 1, (loc_t)s->len + 1),
	};

	p.scopes = vec_grow(arena, NULL, &p.scope_cap, sizeof *p.scopes);
	names_push(&p);
	declare_predefined(&p);
	yyparse(&p);
	/* What the grammar gave up on is still read, for the macro log and the lexer's own errors. */
	for (struct token t = {.kind = 1}; t.kind;)
		lexer_next(p.lexer, &t);
	lexer_free(p.lexer);
	return p.unit;
}
