/* What lexer.l and words.c share: the lexer's state, the table of words, and the parts of the lexer that are no patterns. */
#ifndef ASYNCC_LEX_WORDS_H
#define ASYNCC_LEX_WORDS_H

#include "frontend/lex/lex.h"

struct lexer {
	struct arena *arena;
	struct source *source;
	struct diag *diag;
	struct macro_log *macros;
	struct word **words; /* open addressing; cap is a power of two */
	unsigned word_count, word_cap;
	loc_t last_stray;    /* the end of the stray character that was reported last: a run of them is one error */
	bool ended;
	void *scanner;       /* flex's */
};

struct lexer *lexer_make(struct arena *arena, struct source *s, struct diag *d, const struct parse_options *options, struct macro_log *macros);

static inline loc_t lexer_loc(const struct lexer *x, const char *p)
{
	return (loc_t)(p - x->source->text) + 1;
}

/* These take the start of a construct and give the place where scanning goes on. */
const char *lex_comment(struct lexer *x, const char *p);
/* A line that starts with `#`: t becomes a PRAGMA, or its kind 0. NULL if `p` does not start a line. */
const char *lex_directive(struct lexer *x, const char *p, struct token *t);
/* The end of the raw string whose head (`R"delimiter(`) is at `p`. */
const char *lex_raw_string(struct lexer *x, const struct token *t, const char *p, size_t head);
void lex_stray(struct lexer *x, const struct token *t, const char *p);
void lex_error(struct lexer *x, loc_t loc, const char *text);

#endif
