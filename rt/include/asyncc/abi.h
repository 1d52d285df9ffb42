/* What generated code and the runtime agree on.
 *
 * Frames. An async function's state is a *frame*; it begins with `struct async__frame`, one pointer: the *return
 * site*, a constant that says who goes on when this frame's function is done. It plays the part of a return address:
 *
 *     parent frame = child frame - site->offset            (the child lies in its parent), or
 *                    async__box_of(child)->parent          (offset 0: the child was allocated)
 *     site->poll(parent frame, context, site->state)       goes on behind the await
 *
 * So no frame stores its state, its poll function or its parent; a task remembers the innermost frame alone, and a
 * resume costs the same at any depth. The value of a function lies right behind the header: `struct { struct
 * async__frame base; T value; }`.
 *
 * Polling. `poll(frame, cx, 0)` starts a function whose parameters were stored into its frame. It returns
 * ASYNC__READY when the function is done and its value is in the frame; or ASYNC__PENDING when it is suspended: then
 * the caller stores the return site into the child (`child->ret = &site`) and returns ASYNC__PENDING itself. Only
 * the run loop calls poll with another state: it walks from the frame that was waited for outwards until a poll
 * returns PENDING. States are even; state + 1 is the aborted path of the same suspension: the function runs the
 * defers of the scopes open there and returns ASYNC__ABORTED (or PENDING, when a defer awaits).
 *
 *     context->leaf ──▶ [leaf op's frame] ─ret─▶ site ─▶ [parent frame] ─ret─▶ site ─▶ ... ─▶ the task's own site
 *
 * Operations. What suspends in the end is an operation of the runtime (yield, sleep, a read): a frame whose poll
 * registers it somewhere, sets `cx->leaf` to its own frame and `cx->interrupt` to the function that takes it back,
 * and returns PENDING. Whoever completes it stores the value behind the header and calls async__wake(cx): the loop
 * then resumes at leaf->ret. The op's poll is called once.
 *
 * Boxes. A frame that is not inside another (a future that is stored, a recursive call, a call through a pointer or
 * into another file) is allocated by async__frame_new, behind a `struct async__box`. NULL stands for a future whose
 * memory could not be had; awaiting it gives ASYNC_ENOMEM. */
#ifndef ASYNCC_ABI_H
#define ASYNCC_ABI_H

#ifdef ASYNC__BARE /* in text that was preprocessed already, where headers can't be read a second time */
typedef __SIZE_TYPE__ size_t;
typedef __PTRDIFF_TYPE__ ptrdiff_t;
typedef __UINT8_TYPE__ uint8_t;
typedef __UINT16_TYPE__ uint16_t;
typedef __INT64_TYPE__ int64_t;
typedef __UINT32_TYPE__ uint32_t;
typedef __UINT64_TYPE__ uint64_t;
typedef __UINTPTR_TYPE__ uintptr_t;
#define bool _Bool
#else
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#define ASYNC__ABI_VERSION 1

struct async__frame;
struct async__context;
struct async__task;
struct async_runtime;

enum { ASYNC__ENOMEM = -12 /* ASYNC_ENOMEM, for code that does not include <asyncc.h> */ };

enum async__poll { ASYNC__READY, ASYNC__PENDING, ASYNC__ABORTED };

typedef enum async__poll async__poll_fn(struct async__frame *self, struct async__context *cx, unsigned state);

struct async__frame {
	const struct async__site *ret; /* valid while the function is suspended */
};

/* A local that is live across a suspension, for debuggers and --frames. */
struct async__local {
	const char *name, *type;
	uint32_t offset, size;
};

/* An async function. */
struct async__fn {
	const char *name, *file;
	uint32_t line;
	uint32_t align;
	size_t size; /* of the frame, header included */
	async__poll_fn *poll;
	/* Releases the futures that the parameters of a frame hold which is never polled; NULL: there are none. */
	void (*drop)(struct async__frame *);
};

/* A suspension: where a function goes on after an await. */
struct async__site {
	async__poll_fn *poll;
	uint32_t state;
	uint32_t offset;            /* of the child's frame in the parent's; 0: the child is boxed */
	const struct async__fn *fn; /* the function that awaits */
	uint32_t line, column;
	const char *awaited;        /* text of what is awaited: "fetch_user", "c.recv" */
	const struct async__local *locals;
	uint32_t local_count;
};

/* What a strand was asked to do; bits of async__context.flags. */
enum async__strand_flag {
	ASYNC__CANCELLED = 1, /* every operation that it starts is ASYNC_ECANCELED */
	ASYNC__ABORTING = 2   /* when it runs next, it goes on at the aborted path (state + 1) */
};

/* A strand of execution: a task, or one concurrent branch of it. */
struct async__context {
	struct async__frame *leaf;      /* the operation it waits for; when it runs again, the one that completed */
	struct async__context *next;    /* link in the ready queue */
	struct async__task *task;
	struct async_runtime *runtime;
	/* Takes the operation back: completes it with ASYNC_ECANCELED, at once or when the system is done with it.
	 * NULL: not waiting, or it can't be taken back. */
	void (*interrupt)(struct async__context *cx, struct async__frame *leaf);
	unsigned flags; /* enum async__strand_flag */
};

/* In front of an allocated frame. */
struct async__box {
	const struct async__fn *fn;
	struct async__frame *parent; /* who awaits it */
};

static inline struct async__box *async__box_of(struct async__frame *f)
{
	return (struct async__box *)f - 1;
}

/* A future as plain C sees it: an allocated frame that has not been polled; its parameters are stored. */
typedef struct async__frame *async_future;

/* A frame for `fn` behind a box; NULL when memory is exhausted. Uninitialised. Any thread; freed on the same one. */
struct async__frame *async__frame_new(const struct async__fn *fn);
void async__frame_free(struct async__frame *f);

/* The C stack may be used down to here before the run loop gets a turn; set by the run loop. */
extern __thread uintptr_t async__stack_limit;
/* Has the run loop poll `f` for the first time, on a shallow stack, right after its caller has returned PENDING to
 * it. */
enum async__poll async__start_later(struct async__frame *f, struct async__context *cx);

/* Polls a boxed future for the first time. Recursion goes through here: what bounds its depth is memory, not the C
 * stack. */
static inline enum async__poll async__start(struct async__frame *f, struct async__context *cx)
{
	if (__builtin_expect((uintptr_t)__builtin_frame_address(0) < async__stack_limit, 0))
		return async__start_later(f, cx);
	return async__box_of(f)->fn->poll(f, cx, 0);
}
/* Ends a poll that awaits the boxed `child`. */
static inline enum async__poll async__suspend_boxed(struct async__frame *child, struct async__frame *parent,
						    const struct async__site *site)
{
	async__box_of(child)->parent = parent;
	child->ret = site;
	return ASYNC__PENDING;
}

/* What a future variable holds before it is given one and after it was consumed. (NULL is a future: one that had no
 * memory.) */
#define ASYNC__NO_FUTURE ((async_future)(uintptr_t)1)
/* Takes the future out of a variable, which then holds none. A variable that holds none aborts with a message that
 * names the place ("consumed twice"). */
async_future async__take(async_future *f, const char *file, unsigned line);
/* Discards a future that was not polled; NULL and ASYNC__NO_FUTURE are allowed. */
void future_drop(async_future f);
/* Gives a future variable another future; the one that it held is discarded. */
async_future async__put(async_future *to, async_future f);
/* No memory for a frame, and no way to say it in the value: prints what and where, and aborts. */
void async__no_memory(const char *what, const char *file, unsigned line) __attribute__((noreturn));

/* Runs the calling thread's runtime until `f` (a frame whose parameters are stored; embedded in the caller's C frame
 * or boxed) is done. 0, or a negative error when no runtime could be started (ASYNC_ENOMEM, ASYNC_EMFILE). Aborts
 * with a message when the thread is running tasks already. */
int async__block_on(struct async__frame *f, async__poll_fn *poll, const char *what, const char *file, unsigned line);
/* The same for a future, which it consumes: copies its value, `size` bytes with alignment `align`, to *value, and
 * returns `value`. Where nothing could run (the future had no memory, there is no runtime), the error takes the first
 * `error_size` bytes of the value, 4 or 8; with 0 that aborts. */
void *async__block_on_future(async_future f, void *value, size_t size, size_t align, size_t error_size,
			     const char *file, unsigned line);

/* An error of a wider type as an int; one that does not fit is ASYNC_ERANGE. */
static inline int async__narrow_error(long long err)
{
	return err < -__INT_MAX__ - 1 ? -34 : (int)err;
}

/* err(e) with an e that is not negative: prints so and aborts. */
void async__not_an_error(long long value) __attribute__((noreturn));

/* The error that err(e) gives: e, but ASYNC_UNKNOWN for what is none; with ASYNC_DEBUG defined, that aborts. */
static inline int async__error(long long err)
{
	if (__builtin_expect(err < 0, 1))
		return async__narrow_error(err);
#ifdef ASYNC_DEBUG
	async__not_an_error(err);
#else
	return -4094;
#endif
}

/* The end of a main program whose `async fn main` gave an error, or could not run for one: prints `NAME: error text`
 * on stderr, NAME being the last component of argv0. Returns the exit status, 1. */
int async__main_failed(const char *argv0, int err);

/* Memory for a variable-length array that lives across an await; NULL when exhausted. Aligned for any object. */
void *async__vla_new(size_t size);
void async__vla_free(void *p);

/* Strands that are ready, first in first out, linked through async__context.next. A runtime begins with one. */
struct async__queue {
	struct async__context *head;
	struct async__context **tail; /* the `next` of the last one, or `head` */
};

static inline void async__queue_push(struct async__queue *q, struct async__context *cx)
{
	cx->next = (struct async__context *)0;
	*q->tail = cx;
	q->tail = &cx->next;
}

static inline bool async__is_cancelled(const struct async__context *cx)
{
	return cx->flags & ASYNC__CANCELLED;
}

/* Ends the poll of an operation `f` whose value is stored: every strand that is ready runs first. */
static inline enum async__poll async__yield(struct async__frame *f, struct async__context *cx)
{
	cx->leaf = f;
	async__queue_push((struct async__queue *)cx->runtime, cx);
	return ASYNC__PENDING;
}

/* `cx` runs again, soon, from its return site. Its leaf operation is complete and can't be taken back any more. Once
 * per suspension. O(1), no system call. */
void async__wake(struct async__context *cx);

/* A node of a doubly linked ring. */
struct async__link {
	struct async__link *next, *prev;
};

/* A place in the timing wheel; part of the frame of an operation that waits for a time. */
struct async__timer {
	struct async__link link; /* ring of its slot */
	uint64_t expires;        /* in milliseconds of the monotonic clock, rounded up */
	struct async__context *cx;
	void (*fire)(struct async__timer *timer);
};

#ifdef __cplusplus
}
#endif

#endif
