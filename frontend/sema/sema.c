/* Sema's entry: a translation unit, item by item. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/sema/internal.h"

void c_error(struct sema *s, loc_t loc, const char *format, ...)
{
	if (!s->strict)
		return;
	va_list args;
	va_start(args, format);
	char line[1024];
	vsnprintf(line, sizeof line, format, args);
	va_end(args);
	diag_error(s->diag, loc, "%s", line);
}

void use_dialect(struct sema *s)
{
	if (!s->item || (s->item->flags & NF_USES_DIALECT))
		return;
	if (source_in_system_header(s->source, s->item->begin))
		return;
	s->item->flags |= NF_USES_DIALECT;
	s->strict = true;
	s->unit->uses_dialect = true;
}

/* -- #pragma pack ------------------------------------------------------------------------------------------------- */

struct words {
	const char *p, *end;
};

/* The next word, number or mark; its length, 0 at the end. */
static size_t next_word(struct words *w, const char **start)
{
	while (w->p < w->end && isspace((unsigned char)*w->p))
		w->p++;
	*start = w->p;
	if (w->p == w->end)
		return 0;
	if (!isalnum((unsigned char)*w->p) && *w->p != '_') {
		w->p++;
		return 1;
	}
	while (w->p < w->end && (isalnum((unsigned char)*w->p) || *w->p == '_'))
		w->p++;
	return (size_t)(w->p - *start);
}

static bool word_equal(const char *start, size_t len, const char *word)
{
	return strlen(word) == len && !memcmp(start, word, len);
}

/* pack(n), pack(), pack(push[, name][, n]), pack(pop[, name]) */
void check_pragma(struct sema *s, struct node *n)
{
	struct words w = {n->u.PRAGMA.text, n->u.PRAGMA.text + n->u.PRAGMA.text_len};
	const char *start;
	size_t len = next_word(&w, &start);
	if (!word_equal(start, len, "pack"))
		return;
	len = next_word(&w, &start);
	if (!word_equal(start, len, "("))
		return;
	bool push = false, pop = false, number = false;
	const char *name = NULL;
	unsigned value = 0;
	while ((len = next_word(&w, &start)) && *start != ')') {
		if (*start == ',')
			continue;
		if (isdigit((unsigned char)*start))
			number = true, value = (unsigned)strtoul(start, NULL, 0);
		else if (word_equal(start, len, "push"))
			push = true;
		else if (word_equal(start, len, "pop"))
			pop = true;
		else
			name = intern(start, len);
	}
	if (push) {
		vec_push(s->arena, &s->pack_stack, ((struct pack_entry){name, s->pack}));
	} else if (pop) {
		unsigned depth = s->pack_stack.len;
		if (name)
			while (depth && s->pack_stack.data[depth - 1].name != name)
				depth--;
		if (depth) {
			s->pack = s->pack_stack.data[depth - 1].pack;
			s->pack_stack.len = depth - 1;
		}
	}
	if (name && !push && !pop)
		return; /* a macro's name: not expanded here, and ignored */
	bool power = value == 1 || value == 2 || value == 4 || value == 8 || value == 16;
	if (number)
		s->pack = power ? value : value ? s->pack : 0;
	else if (!push && !pop)
		s->pack = 0;
}

/* -- translation unit --------------------------------------------------------------------------------------------- */

/* A typedef of the implementation, declared at file scope. */
static void declare_builtin_typedef(struct sema *s, const char *name, struct type *type)
{
	struct symbol *sym = symbol_new(s, SYM_TYPEDEF, intern_str(name), type, 0);
	sym->storage = SC_TYPEDEF;
	sym->implicit = true;
	map_put(&s->file_scope->names, sym->name, sym);
}

static void declare_builtin_typedefs(struct sema *s)
{
	declare_builtin_typedef(s, "__builtin_va_list", type_basic(TY_VA_LIST));
	declare_builtin_typedef(s, "__int128_t", type_basic(TY_INT128));
	declare_builtin_typedef(s, "__uint128_t", type_basic(TY_UINT128));
}

static void check_item(struct sema *s, struct node *item)
{
	s->item = item;
	s->strict = item_mentions_dialect(item) && !source_in_system_header(s->source, item->begin);
	switch ((enum node_kind)item->kind) {
	case N_DECLARATION:
		check_declaration(s, item);
		break;
	case N_FUNCTION_DEF:
		check_function_def(s, item);
		break;
	case N_STATIC_ASSERT:
		check_static_assert(s, item);
		break;
	case N_PRAGMA:
		check_pragma(s, item);
		break;
	default:
		break; /* asm, stray semicolons, what could not be parsed */
	}
}

struct unit *sema(struct arena *arena, struct source *source, struct diag *d, struct node *tree, const struct sema_options *options)
{
	type_set_target(options->target, options->unsigned_char);
	struct unit *u = ARENA_NEW(arena, struct unit);
	*u = (struct unit){.source = source, .tree = tree};
	struct sema s = {.arena = arena, .source = source, .diag = d, .unit = u, .options = *options, .syntax_errors = diag_errors(d) > 0};
	map_init(&s.labels, arena);
	map_init(&s.externs, arena);
	scope_push(&s, NULL);
	declare_builtin_typedefs(&s);
	for (unsigned i = 0; i < tree->u.TRANSLATION_UNIT.items.len; i++)
		check_item(&s, tree->u.TRANSLATION_UNIT.items.data[i]);
	check_blocking(&s);
	return u;
}
