/* Parser: preprocessed text -> tree.
 *
 * The grammar is parser.y; parser.y's tokens come from lex/lexer.l through parse/tokens.c, which looks ahead to
 * classify names (typedef or not, by the scopes of parse/scope.c) and to tell the dialect's contextual words.
 * Syntax errors become diagnostics and parsing goes on at the next statement, member or top-level item. */
#ifndef ASYNCC_PARSE_PARSE_H
#define ASYNCC_PARSE_PARSE_H

#include "frontend/ast/ast.h"
#include "frontend/base/diag.h"
#include "frontend/base/source.h"

struct parse_options {
	bool dialect;  /* false: plain C, no word of the dialect is looked for (unit tests, plain .c) */
	int c_version; /* 90, 99, 11, 17, 23: which C23 spellings (bool, nullptr, constexpr, typeof) are keywords */
	bool gnu;      /* -std=gnuXX: `asm`, `typeof` are keywords */
};

/* A macro that was defined or undefined in the text (`-dD`), in order. Used by lower/print/splice.c. */
struct macro_event {
	loc_t loc;            /* position of the directive */
	const char *name;     /* interned */
	bool defined;         /* false: #undef */
	bool function_like;
	const char *text;     /* the whole directive line, `#define X(a) ...`, without the newline */
	unsigned text_len;
};
struct macro_log {
	struct macro_event *data;
	unsigned len, cap;
};

/* The tree of `s`; never NULL. `macros` (may be NULL) receives the `#define`/`#undef` lines that the text holds. */
struct node *parse(struct arena *arena, struct source *s, struct diag *d, const struct parse_options *options, struct macro_log *macros);

/* --dump=tokens: `KIND line:col text` a line. */
void tokens_dump(FILE *out, struct arena *arena, struct source *s, struct diag *d, const struct parse_options *options);

#endif
