/* Lexer: preprocessed text -> raw tokens.
 *
 * Line markers and comments are skipped, #define and #undef lines go to the macro log, #pragma lines are tokens. Every word has one
 * `struct word`, found once for each occurrence: it carries the interned name, the keyword that it is, and (for parse/scope.c) what
 * ordinary declaration of the name is visible. */
#ifndef ASYNCC_LEX_LEX_H
#define ASYNCC_LEX_LEX_H

#include "frontend/parse/parse.h"

struct binding;

/* The contextual words of the dialect. */
enum dialect_word {
	WORD_NONE, WORD_ASYNC, WORD_FN, WORD_DEFER, WORD_NURSERY, WORD_JOIN, WORD_SELECT, WORD_SHIELD, WORD_YIELD,
	WORD_SPAWN,          /* `spawn`, `async_spawn`: methods that take a block */
	WORD_SPAWN_BLOCKING,
	WORD_TYPED_CALL,     /* functions whose first argument is a type */
	WORD_FUTURE, WORD_RESULT, WORD_TASK, WORD_CHAN, WORD_STREAM /* in the order of enum dialect_type */
};

struct word {
	const char *name; /* interned */
	uint32_t len, hash;
	int16_t token;    /* TOK_IDENT, or the token of a keyword */
	uint8_t dialect;  /* enum dialect_word */
	bool reserved;    /* `_Future` and the like: the dialect's wherever it stands */
	bool declared;    /* there was an ordinary declaration of it, in scope or not */
	int value;        /* of a keyword: its bit */
	struct binding *binding; /* innermost visible ordinary declaration that the parser has to know of, or NULL */
};

/* A token. Its text is [loc - 1, end - 1) of the source, but for PRAGMA, whose text is from after `#pragma`. */
struct token {
	int kind;          /* enum token of parser.h, or a character */
	loc_t loc, end;
	union {
		struct word *word; /* words */
		int value;         /* ASSIGN_OP: the operator */
		const char *text;  /* PRAGMA, _Pragma included */
	};
	unsigned text_len;
	bool broken;       /* an unterminated literal, reported already */
};

struct lexer;

struct lexer *lexer_new(struct arena *arena, struct source *s, struct diag *d, const struct parse_options *options, struct macro_log *macros);
/* Gives back what the lexer holds outside of the arena. */
void lexer_free(struct lexer *x);
/* The next token; kind 0 at the end of the text, again and again. */
void lexer_next(struct lexer *x, struct token *t);
/* The word with that spelling, made if need be. */
struct word *lexer_word(struct lexer *x, const char *text, size_t len);

/* "identifier", "keyword", "punctuator", "number", ... */
const char *token_class(const struct token *t);

#endif
