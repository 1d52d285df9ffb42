/* Standard input, and terminals. See async_tty(3). */
#ifndef ASYNCC_TTY_H
#define ASYNCC_TTY_H

#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/io.h>

/* The stream of standard input, whatever it is: a terminal, a pipe, a socket, a file. The caller closes the stream; the
 * descriptor stays, and stays as it is, blocking or not, since other processes share it. Another one is to be made only when
 * this one is closed. Starts the thread's runtime. */
result(async_io *) async_tty_stdin(void);
/* The same of standard output. */
result(async_io *) async_tty_stdout(void);

/* The size of the terminal that `fd` is, in characters: 0; or ASYNC_ENOTTY. (SIGWINCH comes when it changes, see
 * async_signal(3).) */
int async_tty_size(int fd, int *columns, int *rows);
/* Whether `fd` is a terminal. */
bool async_tty_is(int fd);
/* Whether the terminal `fd` shows what is typed, as it does by default: off for passwords. 0, ASYNC_ENOTTY, or an error. It
 * stays so after the program's end. */
int async_tty_set_echo(int fd, bool on);

/* The lines of standard input, without "\n" or "\r\n", each valid until the next one. A line may have 64 KiB
 * (ASYNC_EMSGSIZE). What was read ahead is lost when the stream is closed before its end; a program that goes on reading
 * uses async_tty_stdin and a reader of <asyncc/io.h>. */
async fn async_tty_lines(void) -> stream(char *);

#endif
