/* Commands: argument vectors, and running them.
 *
 * Strings in a vector are borrowed; they live until the process ends (the driver's own arena). */
#ifndef ASYNCC_DRIVER_COMMAND_H
#define ASYNCC_DRIVER_COMMAND_H

#include <stdbool.h>

#include "frontend/base/arena.h"
#include "frontend/base/buf.h"

/* The driver's arena: never freed before the process ends. */
struct arena *driver_arena(void);

struct args {
	const char **data; /* NULL-terminated whenever it holds anything */
	unsigned len, cap;
};

void args_push(struct args *a, const char *text);
void args_append(struct args *a, const struct args *more);
/* printf to a string that lives until the process ends. */
const char *text_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum { COMMAND_NOT_RUN = -1 }; /* the program could not be started; a message was printed */

struct command {
	struct args args;
	const char *input;    /* file to read as standard input; NULL: that of asyncc */
	struct buf *output;   /* receives standard output; NULL: that of asyncc */
	struct buf *messages; /* receives standard error; NULL: that of asyncc */
};

/* Runs a command to its end: its exit status (128 + n after a signal, reported unless it is SIGINT), or COMMAND_NOT_RUN. */
int command_run(const struct command *c);
/* Becomes a program of the temporary directory, which whoever started asyncc signals and waits for then, and which leaves no file.
 * COMMAND_NOT_RUN, after a message. */
int command_become(const struct args *a);
/* Replaces this process; returns only if that fails, after a message. */
void command_exec(const struct args *a);
/* The command as a line that a shell would read, on standard error. */
void command_show(const struct args *a);

#endif
