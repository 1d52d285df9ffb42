/* Temporary files, and outputs that are not complete yet: all of them are removed however asyncc ends. */
#ifndef ASYNCC_DRIVER_TEMP_H
#define ASYNCC_DRIVER_TEMP_H

#include <stdbool.h>
#include <sys/types.h>

/* Installs the signal handlers and the clean-up at exit, and raises the limit of the C stack for deeply nested sources. */
void temp_init(void);
/* A new path in the temporary directory (made on first use) with the last component `name`. Ends the process when that can't be made. */
const char *temp_path(const char *name);
/* Removes `path` at exit or on a signal, until temp_keep. A path that names something other than a regular file (/dev/null) is left alone. */
void temp_add(const char *path);
void temp_keep(const char *path);
/* Removes everything now. */
void temp_cleanup(void);

/* fork() whose child is ended first when a signal ends asyncc. */
pid_t temp_fork(void);
void temp_child_ended(void);
/* Before this process becomes another program: has everything removed when that ends, by a process that is no child of it. 0, or an errno. */
int temp_hand_over(void);
/* In a child, before exec: signals, stack limit as asyncc found them. */
void temp_reset_signals(void);

/* Writes `len` bytes to `path` ("-": standard output), by way of a temporary file beside it and a rename, so that no reader
 * ever sees half of it. False after a message. */
bool output_write(const char *path, const char *data, size_t len);

#endif
