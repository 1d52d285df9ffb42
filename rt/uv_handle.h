/* What the bridges to libuv share. */
#ifndef ASYNCC_RT_UV_HANDLE_H
#define ASYNCC_RT_UV_HANDLE_H

#include <uv.h>

#include "rt/internal.h"

/* uv_handle_t.data of every handle but the runtime's own points to one, so that the loop can close at its end what the
 * program left open. */
struct async__handle {
	void (*destroy)(
		struct async__handle *handle); /* closes it and gives back its memory once libuv is done with it */
};

/* --- uv_watch.c: a descriptor that strands wait for --- */

struct async__watch;

/* How an operation on a watched descriptor goes on. */
struct async__watch_op {
	/* Tries the system call: true when the value is stored, false when the descriptor is not ready. */
	bool (*attempt)(struct async__watch *w, struct async__frame *f);
	/* Stores an error as the value. */
	void (*fail)(struct async__frame *f, int err);
};

enum async__watch_side { WATCH_READ, WATCH_WRITE };

/* Owns a non-blocking descriptor. It stays armed in the loop while it is in use; an event that nobody waits for disarms
 * it. */
struct async__watch {
	struct async__handle handle;
	uv_poll_t poll;
	struct async_runtime *runtime;
	int fd;
	unsigned armed;	  /* UV_READABLE | UV_WRITABLE */
	unsigned drained; /* known to give EAGAIN until the next event: an attempt would be in vain */
	struct {
		struct async__context *cx; /* NULL: nobody waits */
		const struct async__watch_op *op;
	} waiting[2];
};

/* Takes over `fd`. `w` is the first member of a block from async__alloc. On failure the descriptor and the block are
 * still the caller's. */
int async__watch_open(struct async__watch *w, struct async_runtime *rt, int fd);
/* Closes the descriptor, fails the operations that wait with ASYNC_ECANCELED, and frees the block when libuv is done
 * with it. */
void async__watch_close(struct async__watch *w);
/* Runs an operation: at once if the descriptor is ready, else when it is. */
enum async__poll async__watch_run(struct async__watch *w, enum async__watch_side side, const struct async__watch_op *op,
				  struct async__frame *f, struct async__context *cx,
				  void (*interrupt)(struct async__context *, struct async__frame *));
/* For interrupt functions: ends the wait, if there is one, with ASYNC_ECANCELED. */
void async__watch_interrupt(struct async__watch *w, enum async__watch_side side);

/* --- uv_job.c: system calls on the pool of threads --- */

struct async__job_op {
	void (*run)(struct async__frame *f);	   /* on a thread of the pool: stores the value */
	void (*cancelled)(struct async__frame *f); /* instead, when it was taken back before it began */
	void (*ended)(struct async__frame *f);	   /* on the runtime's thread, after either; may be NULL */
};

struct async__job {
	uv_work_t request;
	struct async__context *cx;
	struct async__frame *frame;
	const struct async__job_op *op;
};

/* Starts a job for the operation `f`, whose poll then waits: its end wakes the strand. NULL when memory is exhausted.
 */
struct async__job *async__job_start(struct async__context *cx, struct async__frame *f, const struct async__job_op *op);
/* For interrupt functions. The strand is woken when the job has come back, from wherever it was. */
void async__job_cancel(struct async__job *job);

#endif
