/* Preprocessing tokens of a text (C17 6.4), without values: enough to compare two texts token by token. */
#ifndef ASYNCC_BASE_TEXT_TOKEN_H
#define ASYNCC_BASE_TEXT_TOKEN_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend/base/arena.h"

struct text_token {
	uint32_t begin, end; /* bytes of the text */
	uint32_t line;
	uint32_t hash;       /* of the spelling without spliced line ends */
	bool identifier;
};

struct text_directive {
	uint32_t begin; /* of the `#` */
	uint32_t line;  /* of the line after it */
};

struct text_tokens {
	struct text_token *data;
	unsigned len, cap;
	struct text_directive *directives;
	unsigned directive_count, directive_cap;
};

/* Appends the tokens of text[begin, end), whose first line has the number `line`. Comments are skipped; lines that begin with `#` are kept apart. text[end] is readable. */
void text_tokenize(struct arena *arena, const char *text, uint32_t begin, uint32_t end, uint32_t line, struct text_tokens *out);

/* True if two tokens (of two texts) are spelled alike. */
bool text_token_equal(const char *text_a, const struct text_token *a, const char *text_b, const struct text_token *b);

#endif
