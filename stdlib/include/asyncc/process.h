/* Child processes. See async_process(3).
 *
 * A process belongs to the thread that started it, and is owned by who did: async_process_free ends it. It is reaped when it
 * ends, whether somebody waits for it or not. */
#ifndef ASYNCC_PROCESS_H
#define ASYNCC_PROCESS_H

#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/bytes.h>
#include <asyncc/io.h>

typedef struct async_process async_process;

/* What a child's standard input, output or error is; or a descriptor, from 1 on, which stays the caller's. */
enum async_process_stdio {
	ASYNC_PROCESS_INHERIT = 0, /* the same as this process's */
	ASYNC_PROCESS_NULL = -1,   /* /dev/null */
	ASYNC_PROCESS_PIPE = -2,   /* a pipe, whose other end is async_process_stdin(p) and so on */
	ASYNC_PROCESS_STDOUT = -3  /* standard error alone: the same as its standard output */
};

typedef struct async_process_options {
	const char *const *args; /* the program and its arguments, then NULL; it is looked for along PATH */
	const char *const *env;	 /* "NAME=value", ..., NULL; NULL: this process's environment */
	const char *cwd;	 /* its working directory; NULL: this process's */
	int in, out, err;	 /* enum async_process_stdio, or descriptors */
	bool detached;		 /* it leads a session and a process group of its own: signals of the terminal pass it by, and
				    those that it is sent here reach all of the group, a shell's commands for one */
	unsigned uid, gid;	 /* the user and the group that it runs as, with no other groups; 0: this process's */
} async_process_options;

typedef struct async_process_status {
	int code;   /* what it returned, from 0 to 255; -1 where a signal ended it */
	int signal; /* that signal, or 0 */
} async_process_status;

/* What a child has written, which the caller frees with async_process_output_free. */
typedef struct async_process_output {
	async_process_status status; /* of the last one of a pipeline */
	async_bytes out, err;
} async_process_output;

enum {
	ASYNC_PROCESS_OUTPUT_LIMIT = 16 << 20 /* bytes, where the program names none */
};

/* Starts a process. The thread is blocked until it runs the program (about a millisecond). ASYNC_ENOENT, ASYNC_EACCES, ...
 * where that can't be run. Starts the thread's runtime. The caller frees it. */
result(async_process *) async_process_spawn(const async_process_options *options);
/* Its number. */
int async_process_pid(const async_process *p);
/* This process's ends of the child's pipes; NULL where there is none. They are the process's; async_process_close_stdin
 * is how the child sees the end of its input. */
async_io *async_process_stdin(async_process *p);
async_io *async_process_stdout(async_process *p);
async_io *async_process_stderr(async_process *p);
void async_process_close_stdin(async_process *p);
/* Sends it a signal: 0; ASYNC_ESRCH when it has ended; or an error. */
int async_process_kill(async_process *p, int signal);
/* Closes its pipes, and releases it. A child that still runs is killed (SIGKILL), and reaped. NULL is allowed. */
void async_process_free(async_process *p);
/* The same, but a child that still runs goes on; it is reaped when it ends, as long as the thread's runtime is there. */
void async_process_detach(async_process *p);
/* Releases the bytes. */
void async_process_output_free(async_process_output *o);

/* Waits for its end. Any number of tasks may wait, at any time, also afterwards. A cancelled wait leaves the child alone. */
async fn async_process_wait(async_process *p) -> result(async_process_status);
/* Asks it to end (SIGTERM), kills it when it has not after `ms` milliseconds, and waits for its end. A cancellation while it
 * waits kills it at once. */
async fn async_process_stop(async_process *p, uint64_t ms) -> result(async_process_status);
/* Runs a process to its end, gives it `len` bytes of input, and collects what it writes to standard output and, where
 * options->err is ASYNC_PROCESS_PIPE, to standard error. (options->in and out are not looked at, but where `input` is NULL: then
 * options->in is what it says.) When it writes more than `limit` bytes to one of them (0 stands for
 * ASYNC_PROCESS_OUTPUT_LIMIT), it is killed, and the error is ASYNC_EFBIG; when the task is cancelled, it is killed, too.
 * That it fails is no error: see the status. */
async fn async_process_run(const async_process_options *options, const void *input, size_t len, size_t limit)
	-> result(async_process_output);
/* The same of `count` processes, each of which reads what the one before it writes, as the shell's | does. The output is
 * that of the last one; its `err` is collected, too, and those of the others may not be ASYNC_PROCESS_PIPE (ASYNC_EINVAL).
 * `statuses`, `count` of them, may be NULL. */
async fn async_process_pipeline(const async_process_options *options, size_t count, const void *input, size_t len, size_t limit,
				async_process_status *statuses) -> result(async_process_output);

#endif
