/* What the tools do first: a whole text from standard input, and the arena, source and diagnostics that it is parsed with. */
#ifndef ASYNCC_TESTS_TOOLS_INPUT_H
#define ASYNCC_TESTS_TOOLS_INPUT_H

#include <stdio.h>

#include "frontend/base/buf.h"
#include "frontend/base/diag.h"

struct input {
	struct arena *arena; /* owns everything but the text */
	struct diag *diag;
	struct source source;
	struct buf text;
};

/* name: what the text is called in diagnostics. */
static inline void input_read(struct input *in, const char *name)
{
	char chunk[1 << 16];
	for (size_t n; (n = fread(chunk, 1, sizeof chunk, stdin)) > 0;)
		buf_write(&in->text, chunk, n);
	buf_write(&in->text, "\0\0", 2); /* the lexer's end mark */
	in->arena = arena_new();
	in->diag = diag_new(in->arena);
	source_init(&in->source, in->arena, name, in->text.data, in->text.len - 2);
	diag_set_source(in->diag, &in->source);
}

/* Prints what diagnostics are left and frees everything; the number of errors. */
static inline unsigned input_end(struct input *in)
{
	unsigned errors = diag_errors(in->diag);
	diag_finish(in->diag);
	arena_free(in->arena);
	buf_free(&in->text);
	return errors;
}

#endif
