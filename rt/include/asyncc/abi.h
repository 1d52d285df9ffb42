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
 * the run loop calls poll with another state: it walks from the function that was suspended outwards until a poll
 * returns PENDING. States are even; state + 1 is the aborted path of the same suspension: the function runs the
 * defers of the scopes open there and returns ASYNC__ABORTED (or PENDING, when a defer awaits).
 *
 * Operations. What suspends in the end is an operation of the runtime (yield, sleep, a read): a frame whose poll
 * registers it somewhere and returns PENDING. Whoever completes it stores the value behind the header and calls
 * async__wake(cx). An operation never goes on by itself: so the function that awaits it stores, instead of the child's
 * return site, itself and its site into the context (async__suspend), and the run loop calls it at once:
 *
 *     context->site ──▶ site ─poll─▶ context->frame ─ret─▶ site ─▶ [parent frame] ─ret─▶ ... ─▶ the task's own site
 *
 * Where nobody knows that the child is an operation (it is boxed, or a task's root), fn->poll makes it look like a
 * function (async__suspend_operation).
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

#define ASYNC__ABI_VERSION 4

/* The version as a symbol, which every generated file refers to. That it is undeclared or undefined means that the file was generated
 * by another asyncc than these headers or this runtime belong to: generate and compile it again. */
extern const char async__abi_version_4;
extern const volatile int async__abi_number;

struct async__frame;
struct async__context;
struct async__task;
struct async_runtime;

/* Errors, for code that does not include <asyncc.h>. */
enum { ASYNC__ENOMEM = -12, ASYNC__ECANCELED = -125, ASYNC__ETIMEDOUT = -110 };

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
	uint32_t flags; /* enum async__site_flag */
};

enum async__site_flag {
	ASYNC__TAIL = 1 /* behind this await nothing is awaited any more: the function, or the branch, ends */
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
	uint32_t value_offset, error_size; /* of the value in a frame that is done; it begins with an error, an int of 4 or 8 bytes, or 0: has none */
	size_t value_size;
	size_t start_size;	  /* bytes at its start that hold header, parameters and value, where a task begins with no more than these; 0: with all */
	struct async__site ended; /* where the root of a task goes on when it is done; the task knows its function by it */
};
async__poll_fn async__task_end;
#define ASYNC__ENDED { .poll = async__task_end, .offset = sizeof(struct async__frame) } /* no box: there is nothing further out */

/* A region of a function that is cancelled, or protected, as a whole; a strand has a stack of them. */
struct async__scope {
	struct async__scope *outer;
	unsigned flags; /* enum async__scope_flag */
	unsigned kind;	/* enum async__scope_kind */
};

enum async__scope_kind { ASYNC__SHIELD, ASYNC__DEADLINE, ASYNC__NURSERY, ASYNC__REGION };
enum async__scope_flag {
	ASYNC__SCOPE_CANCELLED = 1,
	ASYNC__SCOPE_OPEN = 2,	 /* a shield whose time is over: it protects no more */
	ASYNC__SCOPE_PASSING = 4 /* a region all of whose branches are being cancelled or aborted */
};

/* What is known of a strand; bits of async__context.flags. The lowest eight, as a signed number, are the value of every
 * operation that it starts (async__refusal): 0 or ASYNC_ECANCELED. */
enum async__strand_flag {
	ASYNC__CANCELLED = ASYNC__ECANCELED & 0xff, /* it was asked to end, or a scope was, and no shield is between */
	ASYNC__ABORTING = 1 << 8,     /* when it runs next, it goes on at the aborted path (state + 1) */
	ASYNC__REQUESTED = 1 << 9,    /* it was asked to end */
	ASYNC__ABORT_LATER = 1 << 10, /* it aborts when it leaves its shields */
	ASYNC__TOUCHED = 1 << 11,     /* it, or one of its scopes, was cancelled or aborted at some time: leaving a scope has to look */
	ASYNC__ENDS_TURN = 1 << 12,   /* the turn that is going on (async__turn) ends when it has run */
	ASYNC__ENDED_TURN = 1 << 13,  /* it runs, as the last of a turn */
	ASYNC__BRANCH = 1 << 14,      /* it is a branch of a region: a struct async__branch */
	ASYNC__ARM = 1 << 15,	      /* of a select */
	ASYNC__STARTED = 1 << 16,
	ASYNC__LOSES = 1 << 17,	      /* an arm that was aborted: it does not win */
	ASYNC__KEEPS = 1 << 18,	      /* it has in hand what can't be taken back: it goes on with that, and aborts when it suspends next */
	ASYNC__IS_READY = 1 << 19,    /* it is in the ready queue; only while that is dumped */
	ASYNC__KNOWS = 1 << 20	      /* it has asked whether it is cancelled, and it was */
};

/* A strand of execution: a task, or one concurrent branch of it. */
struct async__context {
	struct async__frame *frame;	/* the suspended function; when it runs again, the boxed child that has ended */
	const struct async__site *site; /* where it goes on, or went on the last time */
	struct async__context *next;	/* link in the ready queue */
	struct async_runtime *runtime;
	/* Suspended: takes the operation that it waits for back, completing it with ASYNC_ECANCELED, at once or when the system is
	 * done with it. NULL: it can't be taken back. Ready: gives back what it has in hand, should it be aborted before it runs. */
	void (*interrupt)(struct async__context *cx, struct async__frame *leaf);
	struct async__scope *scope; /* innermost; NULL: none */
	uint32_t flags;		    /* enum async__strand_flag */
	uint16_t refused;	    /* how often it went on while it was cancelled */
};

/* Ends a poll that awaits an operation in its own frame. */
static inline enum async__poll async__suspend(struct async__context *cx, struct async__frame *self,
					      const struct async__site *site)
{
	cx->frame = self;
	cx->site = site;
	return ASYNC__PENDING;
}

/* Where an operation is that looks like a function. */
extern const struct async__site async__operation_site;

/* Ends the poll of an operation that looks like a function. */
static inline enum async__poll async__suspend_operation(struct async__context *cx, struct async__frame *f)
{
	return async__suspend(cx, f, &async__operation_site);
}

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
/* The same, for a variable-length array. */
void async__no_memory_for_array(const char *name, const char *file, unsigned line) __attribute__((noreturn));

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

/* `p`, of which the C compiler does not know where it points: members of a frame lie in one place after the other, and gcc
 * would warn of writing an array behind the end of a smaller one. */
static inline void *async__place(void *p)
{
	__asm__("" : "+r"(p));
	return p;
}

/* Strands that are ready, first in first out, linked through async__context.next. A runtime begins with one. The `next`
 * of the last one means nothing, nor does `last` where `first` is NULL: a push and a pop are a store less each. */
struct async__queue {
	struct async__context *first, *last;
};

static inline void async__queue_push(struct async__queue *q, struct async__context *cx)
{
	if (__builtin_expect(q->first != 0, 0)) /* where one strand wakes the next, its way is the straight one */
		q->last->next = cx;
	else
		q->first = cx;
	q->last = cx;
}

/* What a runtime begins with. */
struct async__scheduler {
	struct async__queue ready;
	unsigned operations_left; /* of the budget of async__op_done; not 0 */
};

/* The calling thread's runtime, and NULL if there is none. What runs has it in async__context.runtime as well; but from
 * here it is there at once, and what is pushed or popped next does not wait for a load out of what was popped. */
extern __thread struct async_runtime *async__thread_runtime;

static inline struct async__scheduler *async__scheduler_of_thread(void)
{
	return (struct async__scheduler *)async__thread_runtime;
}

static inline bool async__is_cancelled(const struct async__context *cx)
{
	return cx->flags & ASYNC__CANCELLED;
}

/* What an operation that starts gives: 0, or ASYNC_ECANCELED. */
static inline int async__refusal(const struct async__context *cx)
{
	return (signed char)cx->flags;
}

/* Ends the poll of an operation whose value is stored: every strand that is ready runs first. */
static inline enum async__poll async__yield(struct async__context *cx)
{
	cx->interrupt = 0;
	async__queue_push(&async__scheduler_of_thread()->ready, cx);
	return ASYNC__PENDING;
}

/* The budget of operations is used up. */
enum async__poll async__op_done_late(struct async__context *cx);
/* Ends the poll of an operation whose value is stored: goes on at once, but for one time in a hundred or so, so that a task
 * whose operations never have to wait does not starve the others. (Then async__yield.) */
static inline enum async__poll async__op_done(struct async__context *cx)
{
	return __builtin_expect(--async__scheduler_of_thread()->operations_left != 0, 1) ? ASYNC__READY : async__op_done_late(cx);
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
	uint64_t expires : 63;   /* in milliseconds of the monotonic clock, rounded up */
	uint64_t calls : 1;      /* it is a struct async__call_timer; else async_sleep's */
};

struct async__call_timer {
	struct async__timer timer;
	void (*fire)(struct async__timer *timer);
};

/* --- Scopes: shields and deadlines ------------------------------------------------------------ */

/* Leaving a scope of a strand that was cancelled or aborted. True: it aborts now. */
bool async__scope_left(struct async__context *cx);

static inline void async__scope_enter(struct async__context *cx, struct async__scope *s, unsigned kind)
{
	s->outer = cx->scope;
	s->flags = 0;
	s->kind = kind;
	cx->scope = s;
}

static inline bool async__scope_leave(struct async__context *cx, struct async__scope *s)
{
	cx->scope = s->outer;
	return __builtin_expect(cx->flags & ASYNC__TOUCHED, 0) && async__scope_left(cx);
}

/* What runs up to async__shield_leave does not see that the strand was cancelled. */
static inline void async__shield_enter(struct async__context *cx, struct async__scope *s)
{
	async__scope_enter(cx, s, ASYNC__SHIELD);
	cx->flags &= ~(unsigned)ASYNC__CANCELLED;
}

/* True: the strand was aborted meanwhile; the function goes on at its aborted path. */
static inline bool async__shield_leave(struct async__context *cx, struct async__scope *s)
{
	return async__scope_leave(cx, s);
}

struct async__deadline {
	struct async__scope scope;
	struct async__call_timer timer;
	struct async__context *cx;
	bool expired;
};

/* Cancels what runs up to async__deadline_leave when `ms` milliseconds are over, or at `ns` of async_now(). */
void async__deadline_enter(struct async__context *cx, struct async__deadline *d, uint64_t ms);
void async__deadline_enter_at(struct async__context *cx, struct async__deadline *d, uint64_t ns);
/* True: the time was over. */
bool async__deadline_leave(struct async__context *cx, struct async__deadline *d);
/* A shield that protects for `ms` milliseconds. */
void async__shield_enter_ms(struct async__context *cx, struct async__deadline *d, uint64_t ms);
bool async__shield_leave_ms(struct async__context *cx, struct async__deadline *d);

/* --- Tasks ------------------------------------------------------------------------------------ */

/* task(T): the one handle of a task; it keeps the task's memory. NULL: there was no memory for the task, it ends with
 * ASYNC_ENOMEM. */
typedef struct async__task *async_task;
#define ASYNC__NO_TASK ((struct async__task *)(uintptr_t)1) /* what a variable holds whose handle was consumed */

struct async_nursery;

/* A task whose root is `fn`, a child of `n`, or of nobody (NULL): its root frame, to store the parameters into before
 * anything else runs; NULL when memory is exhausted. It is ready, or waits behind the nursery's limit. */
struct async__frame *async__task_new(struct async_nursery *n, const struct async__fn *fn);
/* Its handle. */
enum { ASYNC__TASK_SIZE = 96 }; /* of a struct async__task, which lies right in front of its root */
static inline struct async__task *async__task_of_root(struct async__frame *root)
{
	return root ? (struct async__task *)((char *)root - ASYNC__TASK_SIZE) : (struct async__task *)0;
}
/* A task that runs a future; consumes it. NULL where either had no memory. */
struct async__task *async__spawn_future(struct async_nursery *n, async_future f);
/* Names a task, and gives it back. The text is copied. */
struct async__task *async__spawn_named(const char *name, struct async__task *t);

struct async__task *async__take_task(struct async__task **t, const char *file, unsigned line);
/* The end of an unconsumed handle: cancels the task and lets it run to its end. NULL and ASYNC__NO_TASK are allowed. */
void async__task_drop(struct async__task *t);
/* The same at the end of a scope, with the variable (or "") and the place; and what a task was spawned at, in debug
 * builds (ASYNC_DEBUG). Handles that were never consumed are reported there, see asyncc-runtime(7). */
void async__task_lost(struct async__task *t, const char *variable, const char *file, unsigned line);
void async__task_spawned(struct async__task *t, const char *file, unsigned line);
static inline void async__task_dropped(struct async__task *t, const char *variable, const char *file, unsigned line)
{
	if (t != ASYNC__NO_TASK)
		async__task_lost(t, variable, file, line);
}
/* Gives a handle variable another handle; the one that it held is dropped. */
static inline struct async__task *async__put_task(struct async__task **to, struct async__task *t, const char *variable,
						  const char *file, unsigned line)
{
	struct async__task *old = *to;
	*to = t;
	async__task_dropped(old, variable, file, line);
	return t;
}
static inline struct async__task *async__spawned(struct async__task *t, const char *file, unsigned line)
{
#ifdef ASYNC_DEBUG
	async__task_spawned(t, file, line);
#else
	(void)file;
	(void)line;
#endif
	return t;
}
/* Gives up the handle; the task runs on. */
void async__task_detach(struct async__task *t);
void async__task_cancel(struct async__task *t);
void async__task_abort(struct async__task *t);
bool async__task_is_finished(const struct async__task *t);
bool async__task_is_cancelled(const struct async__task *t);
uint64_t async__task_id(const struct async__task *t);
/* The name it was given, or that of its function. */
const char *async__task_name(const struct async__task *t);
void async__task_set_name(struct async__task *t, const char *name);
/* 0, the value copied to `to` and the handle consumed; ASYNC_EAGAIN while it runs; ASYNC_ECANCELED: it was aborted. */
int async__task_try_unwrap(struct async__task **handle, void *to);

/* Who waits for the end of a task. */
struct async__joiner {
	void (*ended)(struct async__joiner *j, struct async__task *t);
	struct async__context *cx;
};

/* Waits for a task. 0: its value was copied to `to` (NULL: nobody wants it); ASYNC_ECANCELED: the waiting was
 * interrupted, and *handle remains, or the task was aborted. */
struct async__join__frame {
	struct async__frame base;
	int value;
	struct async__task **handle;
	void *to;
	struct async__task *task; /* that it waits for */
	struct async__joiner joiner;
};
enum async__poll async__join__start(struct async__join__frame *f, struct async__context *cx, struct async__task **handle,
				    void *to);
extern const struct async__fn async__join__fn;

/* Waits for `n` tasks, whose handles keep their values. join_all: the first error, for which the others are cancelled.
 * try_join_all: each one's error to errs[i] (unless NULL), the number of those that failed. race: the first to end to
 * *winner (unless NULL); race_ok: the first to succeed, an error when all failed; both cancel the others and wait for
 * them. */
#define ASYNC__JOINS(name, last)                                                                                       \
	struct name##__frame {                                                                                         \
		struct async__frame base;                                                                              \
		int value;                                                                                             \
		unsigned how;                                                                                          \
		struct async__task **tasks;                                                                            \
		size_t n;                                                                                              \
		last;                                                                                                  \
		struct async__joiner joiner;                                                                           \
		size_t left;                                                                                           \
	};                                                                                                             \
	async__poll_fn name##__poll;                                                                                   \
	extern const struct async__fn name##__fn
ASYNC__JOINS(async__join_all, void *unused);
ASYNC__JOINS(async__try_join_all, int *errs);
ASYNC__JOINS(async__race, size_t *winner);
ASYNC__JOINS(async__race_ok, size_t *winner);

/* Never done: ASYNC_ECANCELED once it is cancelled. */
struct async__pending__frame {
	struct async__frame base;
	int value;
};
async__poll_fn async__pending__poll;
extern const struct async__fn async__pending__fn;

/* --- Closures --------------------------------------------------------------------------------- */

/* A closure: `call` is a function of `env` and the parameters that gives a future. */
struct async_closure {
	async_future (*call)(void *env, ...);
	void *env; /* from async__env_new; NULL: it captures nothing */
};
void *async__env_new(size_t size);
void closure_drop(struct async_closure c);

/* --- Nurseries -------------------------------------------------------------------------------- */

/* Lies in the frame of the function whose block it is. */
struct async_nursery {
	struct async__scope scope;
	struct async__context *strand; /* that runs the block; NULL: the root of a thread */
	struct async_runtime *runtime;
	struct async__link children;   /* that have not ended; ring */
	struct async__queue queued;    /* behind the limit */
	size_t count, running, limit;
	struct async__context *waiter; /* the strand, at the end of the block */
	int error;		       /* of the first child that failed */
	bool interrupted;	       /* a child that was cancelled ended with ASYNC_ECANCELED */
	bool collects;		       /* n.collect() */
};
typedef struct async_nursery async_nursery;

/* `cx` NULL: the block is the root of a thread; async__nursery_wait_blocking ends it. */
void async__nursery_enter(struct async_nursery *n, struct async__context *cx);
/* A `?` leaves the block with `err`: cancels the children. */
void async__nursery_fail(struct async_nursery *n, int err);
void async__nursery_abort(struct async_nursery *n);
/* After the wait: the error that the `?` reports; a child's where `err` is only that the child's failure cancelled the
 * block. */
int async__nursery_error(struct async_nursery *n, int err);
void async__nursery_cancel(struct async_nursery *n);
size_t async__nursery_len(const struct async_nursery *n);
void async__nursery_limit(struct async_nursery *n, size_t limit);
void async__nursery_collect(struct async_nursery *n);
int async__nursery_wait_blocking(struct async_nursery *n);

/* The end of the block: 0, the first real error of a child, or ASYNC_ECANCELED. Can't be interrupted: cancellation
 * goes to the children. */
struct async__nursery_wait__frame {
	struct async__frame base;
	int value;
	struct async_nursery *n;
};
async__poll_fn async__nursery_wait__poll;
extern const struct async__fn async__nursery_wait__fn;

/* closure(0) to closure(len - 1), async |size_t| -> int, at most `limit` at once: 0 or the first error, for which the
 * rest are cancelled. The closure remains the caller's. */
struct async__parallel__frame {
	struct async__frame base;
	int value;
	size_t len, limit;
	struct async_closure closure;
	size_t next;
	struct async_nursery nursery;
	struct async__nursery_wait__frame wait;
};
async__poll_fn async__parallel__poll;
extern const struct async__fn async__parallel__fn;

/* --- Regions: async join and async select ----------------------------------------------------- */

/* Several strands over one frame. In it lies struct { struct async__region region; struct async__branch branch[N]; }. */
struct async__region {
	struct async__scope scope;
	struct async__context *parent; /* suspended in the function, behind the fork */
	unsigned kind;		       /* enum async__region_kind */
	unsigned count, started, left;
	int winner;
	unsigned turn; /* in which it won */
	bool starting;
	bool aborts; /* it was begun by a strand that was aborted while it ran */
};
enum async__region_kind { ASYNC__JOIN, ASYNC__SELECT, ASYNC__SELECT_DEFAULT };

struct async__branch {
	struct async__context strand;
	struct async__region *region;
};

/* Starts the branches: branch i at site->poll(self, its strand, first_state + 2 * i). READY: all have ended. PENDING: the
 * function returns that; it goes on at `site`. */
enum async__poll async__fork(struct async__region *r, unsigned count, unsigned kind, struct async__context *cx,
			     struct async__frame *self, const struct async__site *site, unsigned first_state);
/* The end of a branch, also of an aborted one. Always PENDING. */
enum async__poll async__branch_end(struct async__context *cx);
/* The end of a branch that leaves the join: the others are cancelled. */
enum async__poll async__branch_leave(struct async__context *cx);
/* Behind the fork. select: the arm that won; -1: the default one. join: the branch that left first, of several in one
 * turn the first in the text; -1: none. */
static inline int async__region_winner(const struct async__region *r)
{
	return r->winner;
}

#ifdef __cplusplus
}
#endif

#include "asyncc/lib_abi.h"

#endif
