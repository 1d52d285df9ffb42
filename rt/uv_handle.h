/* What the bridges to libuv share. */
#ifndef ASYNCC_RT_UV_HANDLE_H
#define ASYNCC_RT_UV_HANDLE_H

#include <uv.h>

#include "rt/internal.h"

/* uv_handle_t.data of every handle of the library's points to a constant that begins with a struct async__handle_class. */
/* Makes a handle that was just initialised one of the runtime's, of that class. */
void async__handle_open(struct async_runtime *rt, uv_handle_t *handle, const void *class);

/* --- uv_watch.c: a descriptor that strands wait for --- */

struct async__watch;

/* How an operation on a watched descriptor goes on. */
struct async__watch_op {
	/* Tries the system call: true when the value is stored, false when the descriptor is not ready. */
	bool (*attempt)(struct async__watch *w, struct async__frame *f);
	/* Stores an error as the value. */
	void (*fail)(struct async__frame *f, int err);
	/* Gives back what the value holds, of a strand that was aborted before it could take it; may be NULL. */
	void (*undo)(struct async__context *cx, struct async__frame *f);
	bool waits; /* it wants to know that the descriptor is ready, and moves nothing itself: never tried at once */
};

enum async__watch_side { WATCH_READ, WATCH_WRITE };

/* What a kind of descriptors can do; an operation is an index into `ops`. */
struct async__watch_class {
	struct async__handle_class handle; /* destroy: async__watch_destroy */
	size_t size;			   /* of the object that begins with the watch; from async__block_new, aligned for pointers */
	struct async__watch_op ops[11];
};

/* Owns a non-blocking descriptor. It stays armed in the loop while it is in use. Small, since a server has one for each
 * idle client. */
struct async__watch {
	uv_poll_t poll; /* data: its class */
	/* Who waits, linked through `next`: nobody, a reader, a writer, or a reader and then a writer. */
	struct async__context *waiting;
	uint8_t waits;	 /* sides at which somebody waits: UV_READABLE | UV_WRITABLE */
	uint8_t op[2];	 /* what they wait with */
	uint8_t armed;	 /* UV_READABLE | UV_WRITABLE */
	uint8_t drained; /* sides known to give EAGAIN until the next event: an attempt would be in vain */
	uint8_t unheard; /* sides at which an event has found nobody */
	/* After a read that filled its buffer nobody knows whether there is more. Tries that were in vain make the next
	 * ones wait for the loop to say so: see uv_watch.c. */
	uint8_t misses : 4;
	uint8_t paused : 4; /* sides that are not armed, whoever waits there */
	uint8_t skips;
};

static inline int async__watch_fd(const struct async__watch *w)
{
	return w->poll.io_watcher.fd;
}
/* An object of the class that owns `fd`: 0 and *out, all zero behind the watch; or an error, then `fd` is still the
 * caller's. */
int async__watch_new(struct async_runtime *rt, int fd, const struct async__watch_class *kind, struct async__watch **out);
/* Closes the descriptor, fails the operations that wait with ASYNC_ECANCELED, and frees its block
 * when libuv is done with it. */
void async__watch_close(struct async__watch *w);
void async__watch_destroy(uv_handle_t *handle);
/* Runs an operation: at once if the descriptor is ready, else when it is. */
enum async__poll async__watch_run(struct async__watch *w, enum async__watch_side side, unsigned op,
				  struct async__frame *f, struct async__context *cx,
				  void (*interrupt)(struct async__context *, struct async__frame *));
/* For attempts: nothing comes of it for now, though the descriptor is ready; whoever waits there goes on waiting after
 * async__watch_resume. */
void async__watch_pause(struct async__watch *w, enum async__watch_side side);
void async__watch_resume(struct async__watch *w, enum async__watch_side side);
/* For interrupt functions: ends the wait, if there is one, with ASYNC_ECANCELED. */
void async__watch_interrupt(struct async__watch *w, enum async__watch_side side);

/* --- uv_job.c: system calls on the pool of threads --- */

struct async__job_op {
	void (*run)(struct async__frame *f);	   /* on a thread of the pool: stores the value */
	void (*cancelled)(struct async__frame *f); /* instead, when it was taken back before it began */
	void (*ended)(struct async__frame *f);	   /* on the runtime's thread, after either; may be NULL */
	/* Gives back what the value holds, of a strand that was aborted before it could take it; may be NULL. */
	void (*undo)(struct async__context *cx, struct async__frame *f);
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

/* The poll of operation `op`, attempt `which` of the class of its descriptor: frame->watch waits in direction `side`. The
 * statements of the last argument, which may be missing, come first; they have the frame as `f`. */
#define WATCH_POLL(op, watch, side, which, ...)                                                                            \
	static void op##_interrupt(struct async__context *cx, struct async__frame *leaf)                               \
	{                                                                                                              \
		(void)cx;                                                                                              \
		async__watch_interrupt(&((struct op##__frame *)leaf)->watch, side);                                    \
	}                                                                                                              \
	enum async__poll op##__poll(struct async__frame *self, struct async__context *cx, unsigned state)              \
	{                                                                                                              \
		struct op##__frame *f = (struct op##__frame *)self;                                                    \
		(void)state;                                                                                           \
		__VA_ARGS__;                                                                                           \
		return async__watch_run(&f->watch, side, which, self, cx, op##_interrupt);                             \
	}

#endif
