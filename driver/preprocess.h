/* Preprocessing, by the C compiler. */
#ifndef ASYNCC_DRIVER_PREPROCESS_H
#define ASYNCC_DRIVER_PREPROCESS_H

#include "driver/options.h"

/* An input on its way through the compiler. */
struct input {
	const struct argument *argument;
	const char *name;         /* as in messages and #line directives: the argument, or "<stdin>" */
	const char *path;         /* a file with the text: the argument, or a copy of standard input */
	bool copied;              /* from standard input, which can't be read again */
	bool uses_runtime;        /* it includes a header of asyncc's */
	bool for_clang;           /* the C compiler is clang */
	const char *dependencies; /* temporary file with make's rule; NULL: none was asked for */
};

/* Checks that the input can be read, and copies standard input. False after a message. */
bool input_open(struct input *in, const struct argument *a);
/* Reads the input's own text. False after a message. */
bool input_read(const struct input *in, struct buf *text);
/* `$CC -E -dD` of the input, or the input itself where that is preprocessed: into `text`. `target` is what the dependencies say is made. False
 * after a message of the C compiler's or ours. */
bool preprocess(const struct options *o, struct input *in, const char *target, struct buf *text);

/* The options that all steps of the C compiler share. */
void args_options(struct args *a, const struct options *o);
/* Where asyncc's headers are. */
void args_headers(struct args *a);
/* What every compilation of a dialect source gets: asyncc's headers, __ASYNCC__. */
void args_dialect(struct args *a);

#endif
