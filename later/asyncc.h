/* The runtime of asyncc 0.1, all its headers in one. Made by make amalgamation from rt/include. */
/* asyncc: what every program in the dialect may use. See asyncc-dialect(7) for the language, asyncc-runtime(7) for
 * these functions.
 *
 * The header serves two readers. asyncc reads the dialect prototypes (__ASYNCC_PARSE__ is defined); the C compiler
 * reads what they are lowered to, which plain C11 and C++17 may include as well. It declares `async_...` names and
 * `future_drop` alone, and includes nothing but <stddef.h>, <stdint.h> and <stdbool.h>.
 *
 * Errors are negative ints. An operation of the library is an async function whose frame is visible: awaiting it
 * allocates nothing. Unless it says otherwise, it gives ASYNC_ECANCELED when the task that awaits it is cancelled,
 * which means that it did not happen. */
#ifndef ASYNCC_H
#define ASYNCC_H

#ifndef ASYNC__BARE
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#endif

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

#define ASYNC__ABI_VERSION 3

/* The version as a symbol, which every generated file refers to. That it is undeclared or undefined means that the file was generated
 * by another asyncc than these headers or this runtime belong to: generate and compile it again. */
extern const char async__abi_version_3;
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

/* What is known of a strand; bits of async__context.flags. */
enum async__strand_flag {
	ASYNC__CANCELLED = 1,	/* every operation that it starts is ASYNC_ECANCELED: it was asked, or a scope was, and no shield is between */
	ASYNC__ABORTING = 2,	/* when it runs next, it goes on at the aborted path (state + 1) */
	ASYNC__REQUESTED = 4,	/* it was asked to end */
	ASYNC__ABORT_LATER = 8, /* it aborts when it leaves its shields */
	ASYNC__TOUCHED = 16,	/* it, or one of its scopes, was cancelled or aborted at some time: leaving a scope has to look */
	ASYNC__ENDS_TURN = 32,	/* the turn that is going on (async__turn) ends when it has run */
	ASYNC__ENDED_TURN = 512, /* it runs, as the last of a turn */
	ASYNC__BRANCH = 64,	/* it is a branch of a region: a struct async__branch */
	ASYNC__ARM = 128,	/* of a select */
	ASYNC__STARTED = 256
};

/* A strand of execution: a task, or one concurrent branch of it. */
struct async__context {
	struct async__frame *frame;	/* the suspended function; when it runs again, the boxed child that has ended */
	const struct async__site *site; /* where it goes on, or went on the last time */
	struct async__context *next;	/* link in the ready queue */
	struct async_runtime *runtime;
	/* Takes the operation that it waits for back: completes it with ASYNC_ECANCELED, at once or when the system is done
	 * with it. NULL: not waiting, or it can't be taken back. */
	void (*interrupt)(struct async__context *cx, struct async__frame *leaf);
	struct async__scope *scope; /* innermost; NULL: none */
	uint32_t flags;		    /* enum async__strand_flag */
	uint16_t refused;	    /* how often it went on while it was cancelled */
	bool in_hand;		    /* it is ready, and `interrupt` gives back what it has in hand, if it is aborted before it runs */
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

/* Ends the poll of an operation whose value is stored: every strand that is ready runs first. */
static inline enum async__poll async__yield(struct async__context *cx)
{
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
 * *winner; race_ok: the first to succeed, an error when all failed; both cancel the others and wait for them. */
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

/* What generated code calls for channels, streams, blocking work and sync nurseries. Part of abi.h, which includes it.
 *
 * An operation that is awaited has a visible frame: `struct NAME__frame`, NAME__poll, NAME__fn; its parameters are
 * members of the frame, its value is `value`. Where a value comes out besides, it is copied to `*to`. The most frequent
 * ones have a NAME__start instead of the poll, which takes the parameters: they are stored only if it has to wait. */
#ifndef ASYNCC_LIB_ABI_H
#define ASYNCC_LIB_ABI_H


#ifdef __cplusplus
extern "C" {
#endif

/* --- Waiting in line -------------------------------------------------------------------------- */

/* A strand that waits in a line, first come first served: a node in the frame of the operation that it waits in. */
struct async__waiter {
	struct async__waiter *next, *prev;
	struct async__context *cx;
};

/* A line; all zero is an empty one. */
struct async__waiters {
	struct async__waiter *first, *last;
};

/* --- Memory of the library's parts -------------------------------------------------------------- */

/* Memory of the program's allocator, which ASYNCC_FAIL counts; aligned for any object; NULL when exhausted. Any thread. */
void *async__alloc(size_t size);
void async__free(void *p);
/* The same, but always malloc's: what the program frees. */
void *async__malloc(size_t size);

/* --- libuv handles of the library's parts --------------------------------------------------------- */

struct uv_loop_s;
struct uv_handle_s;

/* Such a handle's `data` points to a constant that begins with one, so that the runtime can close at its end what the
 * program left open. */
struct async__handle_class {
	/* Closes the handle and gives back its memory once libuv is done with it. */
	void (*destroy)(struct uv_handle_s *handle);
};

/* The loop of the thread's runtime, which is started if there is none; NULL and *err when that fails. */
struct uv_loop_s *async__part_loop(int *err);
/* Makes a handle that was just initialised on it the runtime's, of that class. */
void async__part_handle_open(struct uv_handle_s *handle, const struct async__handle_class *kind);
/* Closes it; `closed` calls async__part_handle_closed. */
void async__part_handle_close(struct uv_handle_s *handle, void (*closed)(struct uv_handle_s *handle));
void async__part_handle_closed(void);
/* For a timer's callback that may have made a task ready: the loop then does not wait for others. (libuv before 1.45 runs
 * timers first and would go on to wait.) */
void async__part_timer_rang(void);

/* --- Mailboxes -------------------------------------------------------------------------------- */

struct async_mailbox;
/* A task's mailbox, see <asyncc/task.h>; NULL: no memory. */
struct async_mailbox *async__task_mailbox(struct async__task *t);

/* --- Channels --------------------------------------------------------------------------------- */

/* chan(T) is a pointer to one; NULL is a channel that had no memory: its operations give ASYNC_ENOMEM. */
struct async__chan;
typedef struct async__chan *async_chan;

enum async__chan_shape {
	ASYNC__CHAN_QUEUE,     /* each message goes to one receiver */
	ASYNC__CHAN_BROADCAST, /* each message goes to every task that receives */
	ASYNC__CHAN_WATCH,     /* every task that receives sees the newest message, once */
	ASYNC__CHAN_ONESHOT    /* one message, then it is closed */
};

/* A channel for messages of `size` bytes. `capacity`: how many it holds; SIZE_MAX: any number; 0: a sender waits for a
 * receiver. NULL: no memory. */
struct async__chan *async__chan_new(size_t size, size_t capacity, int shape);
/* Releases it. Aborts with a message while a task waits in it. NULL is allowed. */
void async__chan_free(struct async__chan *c);
/* No message is sent any more (ASYNC_EPIPE); those that it holds can be received, then ASYNC_EOF. Twice is no error. */
void async__chan_close(struct async__chan *c);
bool async__chan_is_closed(const struct async__chan *c);
/* Messages that it holds. */
size_t async__chan_len(const struct async__chan *c);
size_t async__chan_capacity(const struct async__chan *c);
/* 0, or ASYNC_EAGAIN where the operation would wait. */
int async__chan_try_send(struct async__chan *c, const void *from);
int async__chan_try_recv(struct async__chan *c, void *to);

struct async__chan_send__frame {
	struct async__frame base;
	int value;
	struct async__chan *c;
	const void *from;
	struct async__waiter waiter;
};
enum async__poll async__chan_send__start(struct async__chan_send__frame *f, struct async__context *cx,
					 struct async__chan *c, const void *from);
extern const struct async__fn async__chan_send__fn;

struct async__chan_recv__frame {
	struct async__frame base;
	int value;
	struct async__chan *c;
	void *to;
	struct async__waiter waiter;
};
enum async__poll async__chan_recv__start(struct async__chan_recv__frame *f, struct async__context *cx,
					 struct async__chan *c, void *to);
extern const struct async__fn async__chan_recv__fn;

/* The first message of `n` channels: the channel's index; ASYNC_EOF when all are closed and empty. */
struct async__select_recv__frame {
	struct async__frame base;
	int value;
	struct async__chan **chans;
	void *to;
	size_t n;
	struct async__waiter *waiters; /* one for each channel */
	size_t open;		       /* how many of them are not closed */
};
async__poll_fn async__select_recv__poll;
extern const struct async__fn async__select_recv__fn;

#ifndef __ASYNCC_PARSE__
/* See <asyncc.h>. */
struct async__chan *async_timeout_channel(uint64_t ms);
#endif

/* --- Streams ---------------------------------------------------------------------------------- */

/* stream(T) is a generator's boxed frame, which begins like this:
 *
 *     struct async__frame base;  const struct async__site *resume;  int err;  T value;
 *
 * `yield v` stores v and where to go on, and returns ASYNC__READY. At its end resume is NULL, err what it returned. The
 * constructor stores a site of state 0. NULL is a stream that had no memory: ASYNC_ENOMEM. */
typedef struct async__frame *async_stream;

/* What a stream variable holds after its stream has ended, was closed, or moved elsewhere. */
#define ASYNC__NO_STREAM ((async_stream)(uintptr_t)1)

/* The next value, of `size` bytes with alignment `align`: 0; at the end, ASYNC_EOF or the error that ended it. The
 * frame is released at the end. */
struct async__stream_next__frame {
	struct async__frame base;
	int value;
	async_stream *s;
	void *to;
	size_t size, align;
};
async__poll_fn async__stream_next__poll;
extern const struct async__fn async__stream_next__fn;

/* Ends a stream early: its defers run, shielded; its frame is released. Always 0, also for one that has ended. */
struct async__stream_close__frame {
	struct async__frame base;
	int value;
	async_stream *s;
	struct async__scope shield;
};
async__poll_fn async__stream_close__poll;
extern const struct async__fn async__stream_close__fn;

/* Discards a stream that has given no value yet. Aborts with a message when it has: it has to be closed. */
void async__stream_drop(async_stream s);
/* Gives a stream variable another stream; the one that it held is dropped. */
async_stream async__put_stream(async_stream *to, async_stream s);

/* --- Blocking work ---------------------------------------------------------------------------- */

struct async__inbox;

/* Something that another thread tells a runtime; a node in what it is about. */
struct async__remote {
	struct async__remote *next;
	void (*arrive)(struct async__remote *remote); /* on the runtime's thread */
};

/* Runs work(arg) on a thread of the pool: 0 when it has run; ASYNC_ECANCELED when it was cancelled before it began;
 * ASYNC_ENOMEM, ASYNC_EAGAIN, ASYNC_EMFILE when there was no memory, thread or descriptor for it. */
struct async__spawn_blocking__frame {
	struct async__frame base;
	int value;
	bool begun; /* under the pool's lock */
	void (*work)(void *arg);
	void *arg;
	struct async__context *cx;
	struct async__inbox *inbox; /* of cx's runtime */
	struct async__remote end;
	struct async__spawn_blocking__frame *next, *prev; /* in the pool's queue */
};
async__poll_fn async__spawn_blocking__poll;
extern const struct async__fn async__spawn_blocking__fn;

/* --- Sync nurseries: threads ------------------------------------------------------------------- */

struct async__thread_group;

/* Lies in the block that it is for. Once a thread was started, its members are under the group's lock. */
struct sync_nursery {
	struct async__thread_group *group; /* NULL: no thread was started */
	size_t limit;
	int error; /* of the first thread that failed */
	bool cancelled, collects;
	bool interrupted;	/* a thread ended with ASYNC_ECANCELED after the nursery was cancelled */
	bool parent_cancelled;	/* it was cancelled because the one that waits for it was */
};
typedef struct sync_nursery sync_nursery;

void async__sync_nursery_enter(struct sync_nursery *n);
/* Starts work(arg) on a thread, with a copy of the `size` bytes of arg; or queues it, behind the limit. The copy begins
 * with an int, where work leaves its error, or 0. 0, or an error, which is the nursery's then. Any thread. */
int async__thread_spawn(struct sync_nursery *n, void (*work)(void *arg), const void *arg, size_t size);
/* What threads with a runtime of their own run there is cancelled; async_is_cancelled() tells the others. Any thread. */
void async__sync_nursery_cancel(struct sync_nursery *n);
/* Threads that have not ended. Any thread. */
size_t async__sync_nursery_len(struct sync_nursery *n);
/* At most `limit` threads at once, at least one. */
void async__sync_nursery_limit(struct sync_nursery *n, size_t limit);
/* A failure does not cancel the others. */
void async__sync_nursery_collect(struct sync_nursery *n);
/* The end of the block: waits for all threads. 0, or the first real error. */
int async__sync_nursery_wait_blocking(struct sync_nursery *n);

/* The same without blocking the thread. A cancellation goes to the nursery; the value is ASYNC_ECANCELED then, when it
 * interrupted a thread and no other failed. */
struct async__sync_nursery_wait__frame {
	struct async__frame base;
	int value;
	struct sync_nursery *n;
	struct async__context *cx;
	struct async__remote end;
};
async__poll_fn async__sync_nursery_wait__poll;
extern const struct async__fn async__sync_nursery_wait__fn;

#ifdef __cplusplus
}
#endif

#endif

#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Errors: libuv's numbers, which are -errno where errno knows the error. */
enum async_error {
	ASYNC_E2BIG = -7, ASYNC_EACCES = -13, ASYNC_EADDRINUSE = -98, ASYNC_EADDRNOTAVAIL = -99,
	ASYNC_EAFNOSUPPORT = -97, ASYNC_EAGAIN = -11, ASYNC_EAI_ADDRFAMILY = -3000, ASYNC_EAI_AGAIN = -3001,
	ASYNC_EAI_BADFLAGS = -3002, ASYNC_EAI_BADHINTS = -3013, ASYNC_EAI_CANCELED = -3003, ASYNC_EAI_FAIL = -3004,
	ASYNC_EAI_FAMILY = -3005, ASYNC_EAI_MEMORY = -3006, ASYNC_EAI_NODATA = -3007, ASYNC_EAI_NONAME = -3008,
	ASYNC_EAI_OVERFLOW = -3009, ASYNC_EAI_PROTOCOL = -3014, ASYNC_EAI_SERVICE = -3010,
	ASYNC_EAI_SOCKTYPE = -3011, ASYNC_EALREADY = -114, ASYNC_EBADF = -9, ASYNC_EBUSY = -16,
	ASYNC_ECANCELED = -125, ASYNC_ECHARSET = -4080, ASYNC_ECONNABORTED = -103, ASYNC_ECONNREFUSED = -111,
	ASYNC_ECONNRESET = -104, ASYNC_EDESTADDRREQ = -89, ASYNC_EEXIST = -17, ASYNC_EFAULT = -14, ASYNC_EFBIG = -27,
	ASYNC_EFTYPE = -4028, ASYNC_EHOSTDOWN = -112, ASYNC_EHOSTUNREACH = -113, ASYNC_EILSEQ = -84,
	ASYNC_EINTR = -4, ASYNC_EINVAL = -22, ASYNC_EIO = -5, ASYNC_EISCONN = -106, ASYNC_EISDIR = -21,
	ASYNC_ELOOP = -40, ASYNC_EMFILE = -24, ASYNC_EMLINK = -31, ASYNC_EMSGSIZE = -90, ASYNC_ENAMETOOLONG = -36,
	ASYNC_ENETDOWN = -100, ASYNC_ENETUNREACH = -101, ASYNC_ENFILE = -23, ASYNC_ENOBUFS = -105,
	ASYNC_ENODEV = -19, ASYNC_ENOENT = -2, ASYNC_ENOMEM = -12, ASYNC_ENONET = -64, ASYNC_ENOPROTOOPT = -92,
	ASYNC_ENOSPC = -28, ASYNC_ENOSYS = -38, ASYNC_ENOTCONN = -107, ASYNC_ENOTDIR = -20, ASYNC_ENOTEMPTY = -39,
	ASYNC_ENOTSOCK = -88, ASYNC_ENOTSUP = -95, ASYNC_ENOTTY = -25, ASYNC_ENXIO = -6, ASYNC_EOF = -4095,
	ASYNC_EOVERFLOW = -75, ASYNC_EPERM = -1, ASYNC_EPIPE = -32, ASYNC_EPROTO = -71, ASYNC_EPROTONOSUPPORT = -93,
	ASYNC_EPROTOTYPE = -91, ASYNC_ERANGE = -34, ASYNC_EREMOTEIO = -121, ASYNC_EROFS = -30,
	ASYNC_ESHUTDOWN = -108, ASYNC_ESOCKTNOSUPPORT = -94, ASYNC_ESPIPE = -29, ASYNC_ESRCH = -3,
	ASYNC_ETIMEDOUT = -110, ASYNC_ETXTBSY = -26, ASYNC_EXDEV = -18, ASYNC_UNKNOWN = -4094
};

/* The text of an error, "end of file"; "success" for 0; "unknown error" for what is none. A constant string. Any thread. */
const char *async_strerror(int err);
/* The name of an error without its prefix, "EOF"; "OK" for 0; "UNKNOWN" for what is none. A constant string. Any thread. */
const char *async_err_name(int err);

/* Nanoseconds of the monotonic clock; only differences mean something. Any thread. */
uint64_t async_now(void);

/* --- Giving way and sleeping ------------------------------------------------------------------ */

struct async_yield_now__frame {
	struct async__frame base;
	int value;
};

struct async_cooperate__frame {
	struct async__frame base;
	int value;
};

struct async_sleep__frame {
	struct async__frame base;
	union {
		int value;
		struct async__context *cx; /* while it waits */
	};
	union {
		uint64_t ms;
		struct async__timer timer;
	};
};

struct async_sleep_until__frame {
	struct async__frame base;
	union {
		int value;
		struct async__context *cx;
	};
	union {
		uint64_t ns;
		struct async__timer timer;
	};
};

/* --- Tasks and cancellation -------------------------------------------------------------------- */

/* Whether the running task, or the part of it that runs, was asked to end; 0 in shields and defers, and outside of
 * tasks. */
bool async_is_cancelled(void);
/* A point at which a long computation can be cancelled: 0 or ASYNC_ECANCELED. */
int async_check_cancelled(void);

#ifdef __ASYNCC_PARSE__

/* Lets every task that is ready now run before this one goes on. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_yield_now__frame)]]
async fn async_yield_now(void) -> int;
/* For loops of ordinary calls that could go on for long: usually gives 0 at once; one time in 128, as an operation that
 * need not wait, it lets the tasks run first that are ready. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_cooperate__frame)]]
async fn async_cooperate(void) -> int;
/* Sleeps for `ms` milliseconds, never less; 0 gives way like async_yield_now. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_sleep__frame)]]
async fn async_sleep(uint64_t ms) -> int;
/* Sleeps until async_now() is `ns`, never less. 0 or ASYNC_ECANCELED. */
[[asyncc::frame(struct async_sleep_until__frame)]]
async fn async_sleep_until(uint64_t ns) -> int;

/* A channel that delivers one message, the time of async_now() then, when `ms` milliseconds are over, and is closed by
 * that. The caller frees it. NULL when memory is exhausted. */
_Chan(uint64_t) async_timeout_channel(uint64_t ms);

#else

async_future async_yield_now(void);
int async_yield_now__block_on(void);
extern const struct async__fn async_yield_now__fn;

static inline enum async__poll async_yield_now__poll(struct async__frame *self, struct async__context *cx,
						     unsigned state)
{
	(void)state;
	((struct async_yield_now__frame *)self)->value = async__is_cancelled(cx) ? ASYNC_ECANCELED : 0;
	return async__yield(cx);
}

async_future async_cooperate(void);
int async_cooperate__block_on(void);
async__poll_fn async_cooperate__poll;
extern const struct async__fn async_cooperate__fn;

async_future async_sleep(uint64_t ms);
int async_sleep__block_on(uint64_t ms);
async__poll_fn async_sleep__poll;
extern const struct async__fn async_sleep__fn;

async_future async_sleep_until(uint64_t ns);
int async_sleep_until__block_on(uint64_t ns);
async__poll_fn async_sleep_until__poll;
extern const struct async__fn async_sleep_until__fn;

/* The running task; aborts outside of one. In the dialect, async_self() is a task's handle that is not consumed. */
struct async__task *async_self(void);

#endif

#ifdef __cplusplus
}
#endif

#endif
/* Bytes that an operation allocated. */
#ifndef ASYNCC_BYTES_H
#define ASYNCC_BYTES_H

#include <stddef.h>

/* Bytes that the caller frees with free(data). */
typedef struct async_bytes {
	char *data; /* `len` bytes and a NUL behind them */
	size_t len;
} async_bytes;

#ifndef ASYNC_RESULT_async_bytes
#define ASYNC_RESULT_async_bytes
struct async_result_async_bytes {
	int err;
	async_bytes value;
};
#endif

#endif
/* Looking at the tasks of a running program. */
#ifndef ASYNCC_DUMP_H
#define ASYNCC_DUMP_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes every task of the calling thread's runtime: its number, what it runs, the place that started it, whether it
 * runs, is ready or waits, and its async backtrace, innermost function first: a line for each function, with the
 * place where it awaits and what. Nothing when the thread has no runtime. */
void async_dump(FILE *out);

#ifdef __cplusplus
}
#endif

#endif
/* Waiting for a descriptor that somebody else reads and writes: a library with a socket of its own, a pipe, an eventfd.
 * See async_fd(3).
 *
 * The descriptor stays its owner's. The runtime keeps nothing of it that matters when it is closed, and a new
 * descriptor of the same number is a new one. */
#ifndef ASYNCC_FD_H
#define ASYNCC_FD_H


#ifdef __cplusplus
extern "C" {
#endif

enum async_fd_event {
	ASYNC_READABLE = 1, /* a read would not wait: there is something, or the end, or an error */
	ASYNC_WRITABLE = 2  /* a write would not wait */
};

/* For whoever is about to close a descriptor that tasks of this thread wait for, or has closed it: their waits give
 * ASYNC_ECANCELED. (A wait for a descriptor that is just closed would not end.) Of one that nobody waits for it need not
 * be told. Any time, also outside of tasks; any number, also one that was never waited for. */
void async_fd_release(int fd);

struct async_fd_wait__frame {
	struct async__frame base;
	int value;
	int fd;
	unsigned events;
};

#ifdef __ASYNCC_PARSE__

/* Waits until one of `events`, bits of enum async_fd_event, has come: those of them that have, at least one; or an
 * error: ASYNC_EBADF, ASYNC_EINVAL (no events, or unknown ones), ASYNC_ENOMEM, ASYNC_EMFILE, ASYNC_ECANCELED. After an
 * error of the descriptor, or when the peer has gone, all that were asked for have come. A file or directory is always
 * ready. Another task may be faster, so that the descriptor should be non-blocking. Any number of tasks may wait for
 * the same descriptor; all those whose event comes go on. A wait allocates nothing but the thread's first ones. */
[[asyncc::frame(struct async_fd_wait__frame)]]
async fn async_fd_wait(int fd, unsigned events) -> int;

#else

async_future async_fd_wait(int fd, unsigned events);
int async_fd_wait__block_on(int fd, unsigned events);
async__poll_fn async_fd_wait__poll;
extern const struct async__fn async_fd_wait__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif
/* Files. See async_file(3), async_file_path(3), async_file_watch(3).
 *
 * The system calls are made on a pool of threads, so that a slow disk stops the task that waits for it alone. A file
 * belongs to the thread that opened it; one operation at its position at a time, a second one gives ASYNC_EBUSY; those
 * with an offset of their own, and those that have none, may run beside it. An operation that is cancelled after it has
 * begun goes on to its end, and gives its result. */
#ifndef ASYNCC_FILE_H
#define ASYNCC_FILE_H


#ifdef __cplusplus
extern "C" {
#endif

struct async__job; /* a system call in flight */
struct stat;       /* of <sys/stat.h> */

typedef struct async_file async_file;

#ifndef ASYNC_RESULT_async_file__ptr
#define ASYNC_RESULT_async_file__ptr
struct async_result_async_file__ptr {
	int err;
	async_file *value;
};
#endif

/* An entry of a directory. */
typedef struct async_file_entry {
	const char *name;   /* until the stream is asked for the next one */
	unsigned char type; /* DT_REG, DT_DIR, ... of <dirent.h>; DT_UNKNOWN where the file system does not say */
} async_file_entry;

enum async_file_change_kind {
	ASYNC_FILE_RENAMED = 1, /* it came, went, or changed its name */
	ASYNC_FILE_CHANGED = 2, /* its contents or attributes did */
	ASYNC_FILE_LOST = 4	/* more happened than was kept: look at all of it again. It has no name */
};

/* What happened to a watched file, or in a watched directory. */
typedef struct async_file_change {
	const char *name; /* of the entry, without the directory; until the next one is asked for. NULL: not known */
	unsigned kinds;	  /* bits of enum async_file_change_kind */
} async_file_change;

#ifndef ASYNC_RESULT_async_file_change
#define ASYNC_RESULT_async_file_change
struct async_result_async_file_change {
	int err;
	async_file_change value;
};
#endif

typedef struct async__watcher async_file_watcher;
typedef struct async_io async_io; /* of <asyncc/io.h> */

#ifndef ASYNC_RESULT_async_io__ptr
#define ASYNC_RESULT_async_io__ptr
struct async_result_async_io__ptr {
	int err;
	async_io *value;
};
#endif

#ifndef ASYNC_RESULT_async_file_watcher__ptr
#define ASYNC_RESULT_async_file_watcher__ptr
struct async_result_async_file_watcher__ptr {
	int err;
	async_file_watcher *value;
};
#endif

enum async_file_copy_flag {
	ASYNC_FILE_EXCLUSIVE = 1 /* ASYNC_EEXIST where the target exists */
};

/* Its descriptor, for fcntl(2) and the like; not to be closed. */
int async_file_fd(const async_file *f);
/* Moves the file's position as lseek(2) does: the new one, or an error. ASYNC_EBUSY while a read or write is running. */
int64_t async_file_seek(async_file *f, int64_t offset, int whence);
/* Ends the watching. A task must not be waiting. NULL is allowed. */
void async_file_watch_close(async_file_watcher *w);

struct async_file_open__frame {
	struct async__frame base;
	struct async_result_async_file__ptr value;
	const char *path;
	int flags;
	unsigned mode;
	struct async__job *job;
};

struct async_file_read__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_file *f;
	void *buf;
	size_t len;
	struct async__job *job;
};

struct async_file_write__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_file *f;
	const void *buf;
	size_t len;
	struct async__job *job;
};

struct async_file_close__frame {
	struct async__frame base;
	int value;
	async_file *f;
	struct async__job *job;
};

struct async_file_load__frame {
	struct async__frame base;
	struct async_result_async_bytes value;
	const char *path;
	struct async__job *job;
};

struct async_file_stat__frame {
	struct async__frame base;
	int value;
	const char *path;
	struct stat *st;
	struct async__job *job;
};

#ifdef __ASYNCC_PARSE__

/* Opens `path` with the flags of open(2) and, for a file that is created, the permissions `mode`. The caller closes
 * it. */
[[asyncc::frame(struct async_file_open__frame)]]
async fn async_file_open(const char *path, int flags, unsigned mode) -> result(async_file *);
/* Reads at most `len` bytes at the file's position, which moves: the number of bytes; 0 at the end of the file; or
 * an error. */
[[asyncc::frame(struct async_file_read__frame)]]
async fn async_file_read(async_file *f, void *buf, size_t len) -> ptrdiff_t;
/* Writes all `len` bytes at the file's position, which moves: `len`, fewer when an error came between, or the error
 * if it wrote none. */
[[asyncc::frame(struct async_file_write__frame)]]
async fn async_file_write(async_file *f, const void *buf, size_t len) -> ptrdiff_t;
/* Closes and releases the file, also when the task is cancelled: 0 or an error, of which ASYNC_EBUSY alone means that
 * it is still open. NULL is allowed. */
[[asyncc::frame(struct async_file_close__frame)]]
async fn async_file_close(async_file *f) -> int;
/* Reads a whole file, of any kind, to its end. The caller frees the bytes. */
[[asyncc::frame(struct async_file_load__frame)]]
async fn async_file_load(const char *path) -> result(async_bytes);
/* What stat(2) says about `path`, links followed: 0 and *st, or an error. */
[[asyncc::frame(struct async_file_stat__frame)]]
async fn async_file_stat(const char *path, struct stat *st) -> int;
/* The same of a symbolic link itself, and of an open file. */
async fn async_file_lstat(const char *path, struct stat *st) -> int;
async fn async_file_fstat(async_file *f, struct stat *st) -> int;

/* Reads at most `len` bytes from `offset` on; writes all of them there. The position does not move; several tasks may do
 * so at once. Values as those of async_file_read and async_file_write. */
async fn async_file_pread(async_file *f, void *buf, size_t len, int64_t offset) -> ptrdiff_t;
async fn async_file_pwrite(async_file *f, const void *buf, size_t len, int64_t offset) -> ptrdiff_t;
/* Returns when the disk has what was written; the second one leaves out times and the like. 0 or an error. */
async fn async_file_sync(async_file *f) -> int;
async fn async_file_datasync(async_file *f) -> int;
/* Makes the file `size` bytes long, with zeroes where it grows. 0 or an error. */
async fn async_file_truncate(async_file *f, int64_t size) -> int;

/* The file as a stream of bytes, which reads and writes at the file's position, at most 64 KiB ahead; to close it is to
 * close the file. */
result(async_io *) async_file_io(async_file *f);
/* The lines of a file, without "\n" or "\r\n", each valid until the next one; at most 64 KiB long (ASYNC_EMSGSIZE). */
async fn async_file_lines(const char *path) -> stream(char *);

/* The entries of a directory, without "." and "..", in the order of the file system. */
async fn async_file_list(const char *path) -> stream(async_file_entry);
/* As rename(2), unlink(2), rmdir(2), chmod(2), link(2), symlink(2), mkdir(2): 0 or an error. */
async fn async_file_rename(const char *from, const char *to) -> int;
async fn async_file_unlink(const char *path) -> int;
async fn async_file_rmdir(const char *path) -> int;
async fn async_file_chmod(const char *path, unsigned mode) -> int;
async fn async_file_link(const char *target, const char *path) -> int;
async fn async_file_symlink(const char *target, const char *path) -> int;
async fn async_file_mkdir(const char *path, unsigned mode) -> int;
/* The directory and all above it that are missing; that it exists is no error. 0 or an error. */
async fn async_file_mkdirs(const char *path, unsigned mode) -> int;
/* Removes `path`, and what lies below it; a symbolic link, not what it leads to. 0; or an error or a cancellation, which
 * end it where it is. */
async fn async_file_remove_tree(const char *path) -> int;
/* The absolute path without symbolic links; what a symbolic link holds. The caller frees it. */
async fn async_file_realpath(const char *path) -> result(char *);
async fn async_file_readlink(const char *path) -> result(char *);
/* Makes `to` a copy of the contents and permissions of the regular file `from`, with bits of enum async_file_copy_flag. 0
 * or an error, after which `to` may be a part of the copy. */
async fn async_file_copy(const char *from, const char *to, unsigned flags) -> int;
/* Gives the file `path` new contents at once: whoever opens it sees the old ones or the new ones, also when the system
 * fails meanwhile. (They are written to a new file beside it, which takes its name when the disk has them.) It gets the
 * permissions `mode`, unless it exists; then it keeps its own. 0 or an error, which leaves the old one. */
async fn async_file_store(const char *path, const void *data, size_t len, unsigned mode) -> int;
/* A new file for reading and writing, or a directory, for this user alone; the name's end in `path`, "XXXXXX", is replaced
 * by one that is free. The caller closes the file, and removes them. */
async fn async_file_temp(char *path) -> result(async_file *);
async fn async_file_temp_dir(char *path) -> int;

/* Watches a file, or the entries of a directory (those of directories in it are not), from now on. The caller closes
 * it. */
result(async_file_watcher *) async_file_watch_open(const char *path);
/* Waits for the next change. Of several tasks that wait each change reaches one. */
async fn async_file_watch_next(async_file_watcher *w) -> result(async_file_change);
/* The same as a stream, which watches from when it is asked for the first one. */
async fn async_file_watch(const char *path) -> stream(async_file_change);

#else

async_future async_file_open(const char *path, int flags, unsigned mode);
struct async_result_async_file__ptr async_file_open__block_on(const char *path, int flags, unsigned mode);
async__poll_fn async_file_open__poll;
extern const struct async__fn async_file_open__fn;

async_future async_file_read(async_file *f, void *buf, size_t len);
ptrdiff_t async_file_read__block_on(async_file *f, void *buf, size_t len);
async__poll_fn async_file_read__poll;
extern const struct async__fn async_file_read__fn;

async_future async_file_write(async_file *f, const void *buf, size_t len);
ptrdiff_t async_file_write__block_on(async_file *f, const void *buf, size_t len);
async__poll_fn async_file_write__poll;
extern const struct async__fn async_file_write__fn;

async_future async_file_close(async_file *f);
int async_file_close__block_on(async_file *f);
async__poll_fn async_file_close__poll;
extern const struct async__fn async_file_close__fn;

async_future async_file_load(const char *path);
struct async_result_async_bytes async_file_load__block_on(const char *path);
async__poll_fn async_file_load__poll;
extern const struct async__fn async_file_load__fn;

async_future async_file_stat(const char *path, struct stat *st);
int async_file_stat__block_on(const char *path, struct stat *st);
async__poll_fn async_file_stat__poll;
extern const struct async__fn async_file_stat__fn;

/* Those of the part std. */
async_future async_file_lstat(const char *path, struct stat *st);
async_future async_file_fstat(async_file *f, struct stat *st);
async_future async_file_pread(async_file *f, void *buf, size_t len, int64_t offset);
async_future async_file_pwrite(async_file *f, const void *buf, size_t len, int64_t offset);
async_future async_file_sync(async_file *f);
async_future async_file_datasync(async_file *f);
async_future async_file_truncate(async_file *f, int64_t size);
struct async_result_async_io__ptr async_file_io(async_file *f);
async_stream async_file_lines(const char *path);
async_stream async_file_list(const char *path);
async_future async_file_rename(const char *from, const char *to);
async_future async_file_unlink(const char *path);
async_future async_file_rmdir(const char *path);
async_future async_file_chmod(const char *path, unsigned mode);
async_future async_file_link(const char *target, const char *path);
async_future async_file_symlink(const char *target, const char *path);
async_future async_file_mkdir(const char *path, unsigned mode);
async_future async_file_mkdirs(const char *path, unsigned mode);
async_future async_file_remove_tree(const char *path);
async_future async_file_realpath(const char *path);
async_future async_file_readlink(const char *path);
async_future async_file_copy(const char *from, const char *to, unsigned flags);
async_future async_file_store(const char *path, const void *data, size_t len, unsigned mode);
async_future async_file_temp(char *path);
async_future async_file_temp_dir(char *path);
struct async_result_async_file_watcher__ptr async_file_watch_open(const char *path);
async_future async_file_watch_next(async_file_watcher *w);
async_stream async_file_watch(const char *path);

#endif

#ifdef __cplusplus
}
#endif

#endif
/* TCP. See asyncc-runtime(7).
 *
 * A listener and a socket belong to the thread that made them, and are for its tasks alone. One task may read while
 * another writes; two reads, two writes or two accepts at once on the same object give ASYNC_EBUSY. Hosts are
 * numeric IPv4 or IPv6 addresses ("127.0.0.1", "::1"), or "localhost", which is 127.0.0.1; async_tcp_connect takes every
 * name. Buffers are used until the await ends, and no longer. */
#ifndef ASYNCC_NET_H
#define ASYNCC_NET_H


#ifdef __cplusplus
extern "C" {
#endif

struct iovec; /* of <sys/uio.h> */
struct async__search; /* a connection by name on its way */

typedef struct async_listener async_listener; /* accepts connections on a port */
typedef struct async_tcp async_tcp;           /* a connection; TCP_NODELAY is set */

#ifndef ASYNC_RESULT_async_listener__ptr
#define ASYNC_RESULT_async_listener__ptr
struct async_result_async_listener__ptr {
	int err;
	async_listener *value;
};
#endif

#ifndef ASYNC_RESULT_async_tcp__ptr
#define ASYNC_RESULT_async_tcp__ptr
struct async_result_async_tcp__ptr {
	int err;
	async_tcp *value;
};
#endif

/* The port that it listens on, in host byte order. */
uint16_t async_listener_port(const async_listener *l);
/* Stops listening and releases it. An accept that waits gives ASYNC_ECANCELED. NULL is allowed. Any time, also
 * outside of tasks. */
void async_listener_close(async_listener *l);

enum async_listen_flag {
	ASYNC_LISTEN_REUSEPORT = 1, /* other listeners, of other threads or processes, may share the port; the system deals
				     * the connections out */
	ASYNC_LISTEN_V6ONLY = 2	    /* "::" takes IPv6 connections alone */
};

enum {
	ASYNC_HOST_SIZE = 64 /* enough for every numeric host and its NUL */
};

/* The numeric host, NUL-terminated, and the port, in host byte order, of the peer, and of this end. `port` may be NULL.
 * 0; ASYNC_ENOSPC where `size` bytes are too few for the host; or an error. */
int async_tcp_peer_name(const async_tcp *s, char *host, size_t size, uint16_t *port);
int async_tcp_local_name(const async_tcp *s, char *host, size_t size, uint16_t *port);
/* Whether small writes go out at once (the default), or wait a little for more. 0 or an error. */
int async_tcp_set_nodelay(async_tcp *s, bool on);
/* Has the system ask a peer that has been silent for `seconds`, then once a second, up to 10 times, whether it is still
 * there; one that isn't ends operations with ASYNC_ETIMEDOUT. 0 seconds: off, the default. 0 or an error. */
int async_tcp_set_keepalive(async_tcp *s, unsigned seconds);
/* Its descriptor, for setsockopt(2) and the like; not to be closed, nor read or written. */
int async_tcp_fd(const async_tcp *s);
/* Sends the end of the stream: the peer's reads give 0 once they have had everything. Reading goes on. 0 or an
 * error. */
int async_tcp_shutdown(async_tcp *s);
/* Reads or writes what can be at once, without waiting: the number of bytes, at least one of `len`; reading, 0 at the end
 * of the stream; ASYNC_EAGAIN where nothing can be; or an error. For use after async_tcp_wait_readable and
 * async_tcp_wait_writable. ASYNC_EBUSY while a task waits in that direction. */
ptrdiff_t async_tcp_try_read(async_tcp *s, void *buf, size_t len);
ptrdiff_t async_tcp_try_write(async_tcp *s, const void *buf, size_t len);
/* The same of `count` parts, one behind the other. */
ptrdiff_t async_tcp_try_writev(async_tcp *s, const struct iovec *parts, size_t count);
/* Closes the connection and releases it. Operations that wait give ASYNC_ECANCELED. NULL is allowed. Any time, also
 * outside of tasks. */
void async_tcp_close(async_tcp *s);

/* For <asyncc/io.h>: the connection as a stream of bytes of that class, which lies in it; back; and whether a read would give
 * ASYNC_EAGAIN, as far as is known without asking the system. */
struct async_io;
struct async_io_class;
struct async_io *async__tcp_as_io(async_tcp *s, const struct async_io_class *io_class);
async_tcp *async__tcp_of_io(struct async_io *io);
bool async__tcp_is_drained(const async_tcp *s);

struct async_tcp_accept__frame {
	struct async__frame base;
	struct async_result_async_tcp__ptr value;
	async_listener *l;
};

struct async_tcp_connect__frame {
	struct async__frame base;
	struct async_result_async_tcp__ptr value;
	const char *host;
	uint16_t port;
	struct async__search *search;
};

struct async_tcp_read__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	void *buf;
	size_t len;
};

struct async_tcp_read_exact__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	void *buf;
	size_t len;
};

struct async_tcp_recv__frame {
	struct async__frame base;
	struct async_result_async_bytes value;
	async_tcp *s;
};

struct async_tcp_wait_readable__frame {
	struct async__frame base;
	int value;
	async_tcp *s;
};

struct async_tcp_wait_writable__frame {
	struct async__frame base;
	int value;
	async_tcp *s;
};

struct async_tcp_write__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	const void *buf;
	size_t len;
};

struct async_tcp_writev__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_tcp *s;
	const struct iovec *parts;
	size_t count;
};

#ifdef __ASYNCC_PARSE__

/* Listens on host:port; port 0: the system chooses one. At most `backlog` connections wait to be accepted. The
 * caller closes it. Starts the thread's runtime. */
result(async_listener *) async_tcp_listen(const char *host, uint16_t port, int backlog);
/* The same with bits of enum async_listen_flag. */
result(async_listener *) async_tcp_listen_with(const char *host, uint16_t port, int backlog, unsigned flags);
/* A connection, TCP or Unix, or a listener, of a descriptor that somebody else has opened: one that was received by
 * async_unix_recv_fd, or inherited. It is made non-blocking and taken over; on an error it stays the caller's. ASYNC_ENOTSOCK,
 * ASYNC_EINVAL: it is no stream socket, or doesn't listen. Starts the thread's runtime. */
result(async_tcp *) async_tcp_adopt(int fd);
result(async_listener *) async_listener_adopt(int fd);
/* The next connection. The caller closes it. */
[[asyncc::frame(struct async_tcp_accept__frame)]]
async fn async_tcp_accept(async_listener *l) -> result(async_tcp *);
/* A connection to host:port, where the host may be a name as well. Of several addresses the next one is tried when 250 ms
 * are over or those before it have failed; the first connection that stands is taken. The caller closes it. An ASYNC_EAI_
 * error where the name has no address. */
[[asyncc::frame(struct async_tcp_connect__frame)]]
async fn async_tcp_connect(const char *host, uint16_t port) -> result(async_tcp *);
/* Reads what is there, at least one byte and at most `len`: the number of bytes; 0 at the end of the stream; or an
 * error. */
[[asyncc::frame(struct async_tcp_read__frame)]]
async fn async_tcp_read(async_tcp *s, void *buf, size_t len) -> ptrdiff_t;
/* Reads all `len` bytes: `len`, or an error if it read none. Fewer than `len`, 0 included, when the end of the stream, an
 * error or a cancellation came before; it shows at the next operation. */
[[asyncc::frame(struct async_tcp_read_exact__frame)]]
async fn async_tcp_read_exact(async_tcp *s, void *buf, size_t len) -> ptrdiff_t;
/* Reads what is there, at least one byte and at most 64 KiB, into a block of its size, which the caller frees with
 * free(data); at the end of the stream `len` is 0 and `data` NULL. Nothing is allocated while it waits: for servers with
 * many clients that are idle most of the time. */
[[asyncc::frame(struct async_tcp_recv__frame)]]
async fn async_tcp_recv(async_tcp *s) -> result(async_bytes);
/* Waits until there is something to read, the end of the stream or an error included: 0, ASYNC_ECANCELED, or ASYNC_EBUSY.
 * It counts as a read. */
[[asyncc::frame(struct async_tcp_wait_readable__frame)]]
async fn async_tcp_wait_readable(async_tcp *s) -> int;
/* Waits until something can be written: 0, ASYNC_ECANCELED, or ASYNC_EBUSY. It counts as a write. */
[[asyncc::frame(struct async_tcp_wait_writable__frame)]]
async fn async_tcp_wait_writable(async_tcp *s) -> int;
/* Writes all `len` bytes: `len`, or an error if it wrote none. Fewer than `len` when an error or a cancellation came
 * between; it shows at the next operation. */
[[asyncc::frame(struct async_tcp_write__frame)]]
async fn async_tcp_write(async_tcp *s, const void *buf, size_t len) -> ptrdiff_t;
/* Writes `count` parts one behind the other, like async_tcp_write: the number of bytes. Uses the array until the await
 * ends. */
[[asyncc::frame(struct async_tcp_writev__frame)]]
async fn async_tcp_writev(async_tcp *s, const struct iovec *parts, size_t count) -> ptrdiff_t;

#else

struct async_result_async_listener__ptr async_tcp_listen(const char *host, uint16_t port, int backlog);
struct async_result_async_listener__ptr async_tcp_listen_with(const char *host, uint16_t port, int backlog,
							       unsigned flags);
struct async_result_async_tcp__ptr async_tcp_adopt(int fd);
struct async_result_async_listener__ptr async_listener_adopt(int fd);

async_future async_tcp_accept(async_listener *l);
struct async_result_async_tcp__ptr async_tcp_accept__block_on(async_listener *l);
async__poll_fn async_tcp_accept__poll;
extern const struct async__fn async_tcp_accept__fn;

async_future async_tcp_connect(const char *host, uint16_t port);
struct async_result_async_tcp__ptr async_tcp_connect__block_on(const char *host, uint16_t port);
async__poll_fn async_tcp_connect__poll;
extern const struct async__fn async_tcp_connect__fn;

async_future async_tcp_read(async_tcp *s, void *buf, size_t len);
ptrdiff_t async_tcp_read__block_on(async_tcp *s, void *buf, size_t len);
async__poll_fn async_tcp_read__poll;
extern const struct async__fn async_tcp_read__fn;

async_future async_tcp_read_exact(async_tcp *s, void *buf, size_t len);
ptrdiff_t async_tcp_read_exact__block_on(async_tcp *s, void *buf, size_t len);
async__poll_fn async_tcp_read_exact__poll;
extern const struct async__fn async_tcp_read_exact__fn;

async_future async_tcp_recv(async_tcp *s);
struct async_result_async_bytes async_tcp_recv__block_on(async_tcp *s);
async__poll_fn async_tcp_recv__poll;
extern const struct async__fn async_tcp_recv__fn;

async_future async_tcp_wait_readable(async_tcp *s);
int async_tcp_wait_readable__block_on(async_tcp *s);
async__poll_fn async_tcp_wait_readable__poll;
extern const struct async__fn async_tcp_wait_readable__fn;

async_future async_tcp_wait_writable(async_tcp *s);
int async_tcp_wait_writable__block_on(async_tcp *s);
async__poll_fn async_tcp_wait_writable__poll;
extern const struct async__fn async_tcp_wait_writable__fn;

async_future async_tcp_write(async_tcp *s, const void *buf, size_t len);
ptrdiff_t async_tcp_write__block_on(async_tcp *s, const void *buf, size_t len);
async__poll_fn async_tcp_write__poll;
extern const struct async__fn async_tcp_write__fn;

async_future async_tcp_writev(async_tcp *s, const struct iovec *parts, size_t count);
ptrdiff_t async_tcp_writev__block_on(async_tcp *s, const struct iovec *parts, size_t count);
async__poll_fn async_tcp_writev__poll;
extern const struct async__fn async_tcp_writev__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif
/* What the library's parts that are written in the dialect (stdlib/) need of the operating system and libuv: leaf operations and
 * plain functions on which files, names, processes and signals are made. Not for programs.
 *
 * What libuv calls back for sets an async_event of <asyncc/sync.h> in an object; the part waits for that. An object counts
 * as something that the loop can complete while it is open. All of it belongs to the thread that made it. */
#ifndef ASYNCC_OS_ABI_H
#define ASYNCC_OS_ABI_H

/* Synchronisation of tasks. See asyncc-runtime(7).
 *
 * Objects are plain structs: a local, a global or a member, all zero or initialised by the macro behind each. They own
 * no memory and need no end, but must not move or go away while a task waits in them. They are for the tasks of one
 * thread's runtime.
 *
 * What waits is an async function; it gives 0, or ASYNC_ECANCELED, which means that it did not happen: no lock is held,
 * no permit, no value taken. Who waits longest is served first, and a lock or permit is handed over to it directly:
 * nobody overtakes. The try_ functions never wait; they give ASYNC_EAGAIN where the operation would. An unlock or
 * release of what is not held aborts with a message that names the place. */
#ifndef ASYNCC_SYNC_H
#define ASYNCC_SYNC_H


#ifdef __cplusplus
extern "C" {
#endif

/* The frame of an operation on one object, and what the C compiler sees of the operation. */
#define ASYNC__SYNC_FRAME(op, object)                                                                                  \
	struct op##__frame {                                                                                           \
		struct async__frame base;                                                                              \
		int value;                                                                                             \
		object;                                                                                                \
		struct async__waiter waiter;                                                                           \
	}
#define ASYNC__SYNC_OP(op, ...)                                                                                        \
	async_future op(__VA_ARGS__);                                                                                  \
	int op##__block_on(__VA_ARGS__);                                                                               \
	extern const struct async__fn op##__fn

/* --- Mutex ------------------------------------------------------------------------------------ */

/* One task at a time. Any task may unlock it. Locking it twice waits for ever. */
typedef struct async_mutex {
	bool locked;
	struct async__waiters waiters;
} async_mutex;
#define ASYNC_MUTEX_INIT                                                                                               \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_mutex_lock, async_mutex *m);

int async_mutex_try_lock(async_mutex *m);
bool async_mutex_is_locked(const async_mutex *m);
/* Hands it to the one that waits longest. */
#define async_mutex_unlock(m) async__mutex_unlock((m), __FILE__, __LINE__)

void async__mutex_unlock_waiting(async_mutex *m, const char *file, unsigned line);

static inline void async__mutex_unlock(async_mutex *m, const char *file, unsigned line)
{
	if (__builtin_expect(m->locked && !m->waiters.first, 1))
		m->locked = false;
	else
		async__mutex_unlock_waiting(m, file, line);
}

/* --- Condition variable ----------------------------------------------------------------------- */

/* A place to wait for something that a mutex guards. */
typedef struct async_cond {
	struct async__waiters waiters;
} async_cond;
#define ASYNC_COND_INIT                                                                                                \
	{                                                                                                              \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

struct async_cond_wait__frame {
	struct async__frame base;
	int value;
	async_cond *c;
	async_mutex *m;
	struct async__waiter waiter;
};

/* Wakes the one that waits longest, or all; nothing when nobody waits. */
void async_cond_signal(async_cond *c);
void async_cond_broadcast(async_cond *c);

/* --- Read-write lock -------------------------------------------------------------------------- */

/* Many readers or one writer. A reader that comes after a writer waits behind it, so that writers get their turn. */
typedef struct async_rwlock {
	int state; /* readers that hold it; -1: a writer does */
	struct async__waiters waiters;
} async_rwlock;
#define ASYNC_RWLOCK_INIT                                                                                              \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_rwlock_read_lock, async_rwlock *l);
ASYNC__SYNC_FRAME(async_rwlock_write_lock, async_rwlock *l);

int async_rwlock_try_read_lock(async_rwlock *l);
int async_rwlock_try_write_lock(async_rwlock *l);
#define async_rwlock_read_unlock(l) async__rwlock_read_unlock((l), __FILE__, __LINE__)
#define async_rwlock_write_unlock(l) async__rwlock_write_unlock((l), __FILE__, __LINE__)

void async__rwlock_read_unlock(async_rwlock *l, const char *file, unsigned line);
void async__rwlock_write_unlock(async_rwlock *l, const char *file, unsigned line);

/* --- Semaphore -------------------------------------------------------------------------------- */

/* A number of permits. One who wants many is not overtaken by those behind it who want few. */
typedef struct async_semaphore {
	size_t permits;
	struct async__waiters waiters;
} async_semaphore;
#define ASYNC_SEMAPHORE_INIT(permits)                                                                                  \
	{                                                                                                              \
		(permits),                                                                                             \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

struct async_semaphore_acquire__frame {
	struct async__frame base;
	int value;
	async_semaphore *s;
	size_t n;
	struct async__waiter waiter;
};

int async_semaphore_try_acquire(async_semaphore *s, size_t n);
/* Gives `n` permits back, or adds new ones. */
void async_semaphore_release(async_semaphore *s, size_t n);
static inline size_t async_semaphore_permits(const async_semaphore *s)
{
	return s->permits;
}

/* --- Barrier ---------------------------------------------------------------------------------- */

/* Where `count` tasks meet; it can be used again at once. */
typedef struct async_barrier {
	unsigned count, arrived;
	struct async__waiters waiters;
} async_barrier;
#define ASYNC_BARRIER_INIT(count)                                                                                      \
	{                                                                                                              \
		(count), 0,                                                                                            \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_barrier_wait, async_barrier *b);

/* --- Event and notify ------------------------------------------------------------------------- */

/* Something that has happened, until it is reset. */
typedef struct async_event {
	bool is_set;
	struct async__waiters waiters;
} async_event;
#define ASYNC_EVENT_INIT                                                                                               \
	{                                                                                                              \
		false,                                                                                                 \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_event_wait, async_event *e);

/* Wakes all that wait; later ones don't wait. */
void async_event_set(async_event *e);
void async_event_reset(async_event *e);
static inline bool async_event_is_set(const async_event *e)
{
	return e->is_set;
}

/* A call to one task, or to all. */
typedef struct async_notify {
	bool called;
	struct async__waiters waiters;
} async_notify;
#define ASYNC_NOTIFY_INIT                                                                                              \
	{                                                                                                              \
		false,                                                                                                 \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_notify_wait, async_notify *n);

/* Wakes the one that waits longest. When nobody waits the next one who would does not; several such calls are one. */
void async_notify_one(async_notify *n);
/* Wakes those that wait now. */
void async_notify_all(async_notify *n);

/* --- Once ------------------------------------------------------------------------------------- */

/* Something that is done once, by the first task that gets there, while the others wait:
 *
 *     if (async_once_begin(&o).await? == 1)
 *             async_once_end(&o, open_database().await);
 */
typedef struct async_once {
	int state;
	struct async__waiters waiters;
} async_once;
#define ASYNC_ONCE_INIT                                                                                                \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_once_begin, async_once *o);

/* 0: it is done. An error: it failed, and the one that waits longest, or comes next, has to try. */
#define async_once_end(o, err) async__once_end((o), (err), __FILE__, __LINE__)

void async__once_end(async_once *o, int err, const char *file, unsigned line);
bool async_once_is_done(const async_once *o);

/* --- Wait group ------------------------------------------------------------------------------- */

/* A number of things that are to be done. */
typedef struct async_wait_group {
	size_t left;
	struct async__waiters waiters;
} async_wait_group;
#define ASYNC_WAIT_GROUP_INIT                                                                                          \
	{                                                                                                              \
		0,                                                                                                     \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

ASYNC__SYNC_FRAME(async_wait_group_wait, async_wait_group *g);

/* `n` more things to do. */
void async_wait_group_add(async_wait_group *g, size_t n);
/* One is done. With the last one all that wait go on. */
#define async_wait_group_done(g) async__wait_group_done((g), __FILE__, __LINE__)

void async__wait_group_done(async_wait_group *g, const char *file, unsigned line);

/* --- Cell ------------------------------------------------------------------------------------- */

/* A place that holds a value or is empty (an "mvar"): a channel of one, a lock around a value, a future of many. The
 * value lies in the program's own object, of `size` bytes. */
typedef struct async_cell {
	void *place;
	size_t size;
	bool full;
	struct async__waiters wanting, putting;
} async_cell;
/* Cells whose value lies in the object `o`: empty ones, and ones with the value that o has. */
#define ASYNC_CELL_EMPTY(o)                                                                                            \
	{                                                                                                              \
		&(o), sizeof(o), false, {0, 0},                                                                        \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}
#define ASYNC_CELL_FULL(o)                                                                                             \
	{                                                                                                              \
		&(o), sizeof(o), true, {0, 0},                                                                         \
		{                                                                                                      \
			0, 0                                                                                           \
		}                                                                                                      \
	}

/* The same for a cell that is initialised later. */
static inline void async_cell_init(async_cell *c, void *place, size_t size, bool full)
{
	c->place = place;
	c->size = size;
	c->full = full;
	c->wanting.first = c->wanting.last = c->putting.first = c->putting.last = (struct async__waiter *)0;
}

#define ASYNC__CELL_FRAME(op, parameters)                                                                              \
	struct op##__frame {                                                                                           \
		struct async__frame base;                                                                              \
		int value;                                                                                             \
		unsigned how;                                                                                          \
		async_cell *c;                                                                                         \
		struct async__waiter waiter;                                                                           \
		parameters                                                                                             \
	}
ASYNC__CELL_FRAME(async_cell_take, void *to;);
ASYNC__CELL_FRAME(async_cell_read, void *to;);
ASYNC__CELL_FRAME(async_cell_put, const void *from;);
ASYNC__CELL_FRAME(async_cell_swap, void *to; const void *from;);
ASYNC__CELL_FRAME(async_cell_modify, void (*change)(void *value, void *arg); void *arg;);

int async_cell_try_take(async_cell *c, void *to);
int async_cell_try_read(async_cell *c, void *to);
int async_cell_try_put(async_cell *c, const void *from);
static inline bool async_cell_is_full(const async_cell *c)
{
	return c->full;
}

#ifdef __ASYNCC_PARSE__

[[asyncc::frame(struct async_mutex_lock__frame)]] async fn async_mutex_lock(async_mutex *m)->int;
/* Unlocks `m`, waits for a signal, and locks `m` again, also when it is cancelled: `m` is held in any case. */
[[asyncc::frame(struct async_cond_wait__frame)]] async fn async_cond_wait(async_cond *c, async_mutex *m)->int;
[[asyncc::frame(struct async_rwlock_read_lock__frame)]] async fn async_rwlock_read_lock(async_rwlock *l)->int;
[[asyncc::frame(struct async_rwlock_write_lock__frame)]] async fn async_rwlock_write_lock(async_rwlock *l)->int;
/* Takes `n` permits. */
[[asyncc::frame(struct async_semaphore_acquire__frame)]] async fn async_semaphore_acquire(async_semaphore *s, size_t n)
	->int;
/* Waits until `count` tasks wait here: 1 in the last one to come, 0 in the others. One that is cancelled has not come.
 */
[[asyncc::frame(struct async_barrier_wait__frame)]] async fn async_barrier_wait(async_barrier *b)->int;
/* Waits until the event is set. */
[[asyncc::frame(struct async_event_wait__frame)]] async fn async_event_wait(async_event *e)->int;
/* Waits for a call. */
[[asyncc::frame(struct async_notify_wait__frame)]] async fn async_notify_wait(async_notify *n)->int;
/* 1: the caller has to do it, and to say async_once_end; 0: it is done. */
[[asyncc::frame(struct async_once_begin__frame)]] async fn async_once_begin(async_once *o)->int;
/* Waits until nothing is left to be done. */
[[asyncc::frame(struct async_wait_group_wait__frame)]] async fn async_wait_group_wait(async_wait_group *g)->int;
/* Waits for a value and takes it out, to *to. */
[[asyncc::frame(struct async_cell_take__frame)]] async fn async_cell_take(async_cell *c, void *to)->int;
/* Waits for a value and copies it to *to. */
[[asyncc::frame(struct async_cell_read__frame)]] async fn async_cell_read(async_cell *c, void *to)->int;
/* Waits until the cell is empty and puts *from in. */
[[asyncc::frame(struct async_cell_put__frame)]] async fn async_cell_put(async_cell *c, const void *from)->int;
/* Waits for a value, copies it to *to and puts *from in its place; both may be the same object. */
[[asyncc::frame(struct async_cell_swap__frame)]] async fn async_cell_swap(async_cell *c, void *to, const void *from)
	->int;
/* Waits for a value and has change(value, arg) change it, in place; it must not use the cell. */
[[asyncc::frame(struct async_cell_modify__frame)]] async fn async_cell_modify(async_cell *c,
									      void (*change)(void *value, void *arg),
									      void *arg)
	->int;

#else

ASYNC__SYNC_OP(async_mutex_lock, async_mutex *m);
async__poll_fn async__mutex_lock_waiting;

static inline enum async__poll async_mutex_lock__poll(struct async__frame *self, struct async__context *cx,
						      unsigned state)
{
	struct async_mutex_lock__frame *f = (struct async_mutex_lock__frame *)self;
	async_mutex *m = f->m;
	if (__builtin_expect(m->locked || async__is_cancelled(cx), 0))
		return async__mutex_lock_waiting(self, cx, state);
	m->locked = true;
	f->value = 0;
	return ASYNC__READY;
}

ASYNC__SYNC_OP(async_cond_wait, async_cond *c, async_mutex *m);
async__poll_fn async_cond_wait__poll;
ASYNC__SYNC_OP(async_rwlock_read_lock, async_rwlock *l);
async__poll_fn async_rwlock_read_lock__poll;
ASYNC__SYNC_OP(async_rwlock_write_lock, async_rwlock *l);
async__poll_fn async_rwlock_write_lock__poll;
ASYNC__SYNC_OP(async_semaphore_acquire, async_semaphore *s, size_t n);
async__poll_fn async_semaphore_acquire__poll;
ASYNC__SYNC_OP(async_barrier_wait, async_barrier *b);
async__poll_fn async_barrier_wait__poll;
ASYNC__SYNC_OP(async_event_wait, async_event *e);
async__poll_fn async_event_wait__poll;
ASYNC__SYNC_OP(async_notify_wait, async_notify *n);
async__poll_fn async_notify_wait__poll;
ASYNC__SYNC_OP(async_once_begin, async_once *o);
async__poll_fn async_once_begin__poll;
ASYNC__SYNC_OP(async_wait_group_wait, async_wait_group *g);
async__poll_fn async_wait_group_wait__poll;
ASYNC__SYNC_OP(async_cell_take, async_cell *c, void *to);
async__poll_fn async_cell_take__poll;
ASYNC__SYNC_OP(async_cell_read, async_cell *c, void *to);
async__poll_fn async_cell_read__poll;
ASYNC__SYNC_OP(async_cell_put, async_cell *c, const void *from);
async__poll_fn async_cell_put__poll;
ASYNC__SYNC_OP(async_cell_swap, async_cell *c, void *to, const void *from);
async__poll_fn async_cell_swap__poll;
ASYNC__SYNC_OP(async_cell_modify, async_cell *c, void (*change)(void *value, void *arg), void *arg);
async__poll_fn async_cell_modify__poll;

#endif

#ifdef __cplusplus
}
#endif

#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- Calls on the pool of threads of files ------------------------------------------------------- */

struct async__job; /* a call in flight */

struct async__job_run__frame {
	struct async__frame base;
	ptrdiff_t value;
	ptrdiff_t (*run)(void *arg);
	void *arg;
	struct async__job *job;
};

#ifdef __ASYNCC_PARSE__

/* Runs run(arg) on libuv's pool: its value; ASYNC_ECANCELED when it was cancelled before it began; ASYNC_ENOMEM. */
[[asyncc::frame(struct async__job_run__frame)]]
async fn async__job_run(ptrdiff_t (*run)(void *arg), void *arg) -> ptrdiff_t;

#else

async_future async__job_run(ptrdiff_t (*run)(void *arg), void *arg);
ptrdiff_t async__job_run__block_on(ptrdiff_t (*run)(void *arg), void *arg);
async__poll_fn async__job_run__poll;
extern const struct async__fn async__job_run__fn;

#endif

/* errno after a system call that failed, as an error. */
int async__last_error(void);

/* --- Files: what async_file is -------------------------------------------------------------------- */

struct async_file {
	int fd;
	bool busy;	      /* an operation at the file's position is in flight */
	unsigned positional; /* so many of the others are */
};

/* A file that owns `fd`; NULL: no memory. Freed by async_file_close. */
struct async_file *async__file_new(int fd);

/* --- Names ---------------------------------------------------------------------------------------- */

struct async__dns {
	async_event done;
	int err;		   /* 0 or ASYNC_EAI_... */
	struct addrinfo *addresses; /* of getaddrinfo(3) */
	const char *host;	   /* of getnameinfo(3) */
};

/* A request under way: `family` is AF_UNSPEC, AF_INET or AF_INET6; or the name of a numeric address. NULL and *err. */
struct async__dns *async__dns_lookup(const char *name, int family, int *err);
struct async__dns *async__dns_reverse(const char *address, int *err);
/* Gives it back, with its results; one that is still under way is cancelled, or its result dropped when it comes. */
void async__dns_free(struct async__dns *q);

/* --- Signals -------------------------------------------------------------------------------------- */

struct async__signals {
	async_event arrived; /* set while `pending` is not 0 */
	uint64_t pending;    /* bit n - 1: signal n came */
};

/* Subscribes to the signals of `mask`; NULL and *err. */
struct async__signals *async__signals_open(uint64_t mask, int *err);
void async__signals_close(struct async__signals *s);

/* --- Changes of files ----------------------------------------------------------------------------- */

enum {
	ASYNC__CHANGES_MOST = 4096 /* bytes of the names of changes that nobody asked for yet: more are dropped */
};

struct async__watcher {
	async_event arrived; /* set while there is something to take */
	int err;	     /* that ended it */
	bool lost;	     /* changes were dropped */
	size_t used;	     /* bytes of `queue`: of each change a byte with its kinds, the name, a NUL */
	size_t newest;	     /* where the last of them begins; `used`: nowhere */
	char name[256];	     /* of the one that was taken last */
	char queue[ASYNC__CHANGES_MOST];
};

struct async__watcher *async__watcher_open(const char *path, int *err);

/* --- Processes ------------------------------------------------------------------------------------ */

struct async__child {
	async_event ended;
	int pid;
	int code, signal; /* when it has ended */
};

struct async__child_options {
	const char *const *args, *const *env;
	const char *cwd, *file;
	int fds[3];
	bool detached;
};

struct async__child *async__child_spawn(const struct async__child_options *o, int *err);
/* Ends the interest in it. One that runs is killed first where `kills`; it is reaped in both cases. */
void async__child_free(struct async__child *c, bool kills);

#ifdef __cplusplus
}
#endif

#endif
/* The runtime in a program that has an event loop, callbacks and threads of its own. See asyncc-embedding(7).
 *
 *     plain C  ── async_start(f(x), done, arg) ──▶ task ──▶ done(arg, err, value)
 *     async fn ── starts a request, async_wait(&c).await ◀── its callback: async_complete(&c, result)
 *     a thread ── async_post(runtime, fn, arg) ──▶ fn(arg) on the runtime's thread
 *
 * A thread has one runtime at most, over one loop: its own, or, once attached, the program's. A call from the wrong
 * thread aborts with a message. */
#ifndef ASYNCC_RUNTIME_H
#define ASYNCC_RUNTIME_H


#ifdef __cplusplus
extern "C" {
#endif

struct uv_loop_s; /* uv_loop_t of <uv.h> */
typedef struct async_runtime async_runtime;

/* --- A loop of the program's own -------------------------------------------------------------------- */

/* Gives the calling thread a runtime that lives on `loop`: tasks run whenever the program runs the loop (uv_run, in any
 * mode). The handles of others are never touched. A task keeps the loop alive, and nothing else of the runtime does.
 * `loop` remains the program's; it is to be run by this thread alone. 0, ASYNC_ENOMEM or ASYNC_EMFILE. Aborts when the
 * thread or the loop has an attached runtime, or the thread's own one has tasks or open handles. */
int async_runtime_attach(struct uv_loop_s *loop);
/* Ends it: the tasks are cancelled and run to their ends while the program goes on to run the loop; then everything that
 * they left open is closed, and done(arg) is called, unless `done` is NULL: nothing of the runtime is in the loop any
 * more. From then on the thread can attach again. ASYNC_EINVAL: nothing is attached; ASYNC_EALREADY: it ends already. */
int async_runtime_detach(void (*done)(void *arg), void *arg);
/* The loop of the calling thread's runtime, for requests and handles of the program's; a runtime is started if there is
 * none. Handles have to be closed before the runtime ends. NULL when memory or descriptors are exhausted. */
struct uv_loop_s *async_runtime_loop(void);

/* --- Async functions started from callbacks ------------------------------------------------------------ */

/* Starts a future, which it consumes, as a task: it first runs when the loop turns next, never inside of this call.
 * At its end done(arg, err, value) is called once, on this thread (NULL: nobody wants to know). `err`: 0, or the error
 * that it ended with, ASYNC_ECANCELED if it was aborted; `value`: what the function returned, an object of its type that
 * lasts until `done` returns; NULL for a void function and where it was aborted.
 * *task (unless `task` is NULL) can be cancelled until `done` has been called.
 * 0; ASYNC_ENOMEM (also of the future), ASYNC_ESHUTDOWN when the runtime ends: then the future was discarded, and `done`
 * is not called. Aborts in a thread without a runtime. */
int async_start(async_future f, void (*done)(void *arg, int err, const void *value), void *arg, async_task *task);
/* Asks a task to end: its operation, and all later ones, give ASYNC_ECANCELED. On its runtime's thread. */
void async_task_cancel(async_task task);

/* --- Callbacks that are awaited -------------------------------------------------------------------------- */

/* An operation of some other library, between its start and its callback. It must not move or go away in between. */
typedef struct async_completion {
	void (*cancel)(struct async_completion *c); /* asks for an early end; NULL: it has none */
	void *data;				    /* the program's */
	int result;
	unsigned is_done : 1, is_cancelled : 1; /* the end was reported; it was asked to end */
	async_runtime *runtime;
	struct async__inbox *inbox; /* NULL: it is completed on the runtime's thread */
	struct async__context *cx;  /* who waits; NULL: nobody */
	struct async__remote remote;
} async_completion;

/* Makes it ready for one operation, on the runtime's thread, before that is started. When the task that waits is
 * cancelled or aborted, cancel(c) is called, once; it asks the library, and may complete at once. */
void async_completion_init(async_completion *c, void (*cancel)(async_completion *c), void *data);
/* Lets async_complete be called on any thread. Before the operation is started. 0, ASYNC_ENOMEM or ASYNC_EMFILE. */
int async_completion_share(async_completion *c);
/* The operation has ended: to be called once, from its callback, with an error or a number from 0 on. Wakes who waits. */
void async_complete(async_completion *c, int result);

struct async_wait__frame {
	struct async__frame base;
	int value;
	async_completion *c;
};

/* --- Threads ------------------------------------------------------------------------------------------ */

/* The calling thread's runtime, to be given to other threads; a runtime is started if there is none. NULL when memory or
 * descriptors are exhausted. */
async_runtime *async_runtime_current(void);
/* Has the runtime's thread call fn(arg), when its loop turns next; the calls of one thread in their order. Any thread,
 * while the runtime is there: it does not keep the loop alive. 0 or ASYNC_ENOMEM. */
int async_post(async_runtime *rt, void (*fn)(void *arg), void *arg);

/* --- Hooks of the process ------------------------------------------------------------------------------- */

/* Where memory comes from: `align` is a power of two; `allocate` may give NULL. Called on any thread. */
struct async_allocator {
	void *(*allocate)(void *arg, size_t size, size_t align);
	void (*release)(void *arg, void *p);
	void *arg;
};
/* Has all frames, tasks, channels and runtimes come from `a`, which is copied. What a call gives to its caller (the text
 * of async_file_load) and libuv's own memory stay malloc's. 0; ASYNC_EBUSY when something was allocated already. */
int async_set_allocator(const struct async_allocator *a);
/* What is called when a mistake of the program is found, with the message, one line without an end, before abort(). It
 * may end the process otherwise, or longjmp out of a test; NULL: the message is written to stderr, as at first. */
void async_set_abort_hook(void (*hook)(const char *message));

#ifdef __ASYNCC_PARSE__

/* Waits for the end of the operation: its result. It ends only then, because until then the operation may use what the
 * caller gave it: a task that is cancelled has `cancel` called and goes on waiting. */
[[asyncc::frame(struct async_wait__frame)]] async fn async_wait(async_completion *c)->int;

#else

async_future async_wait(async_completion *c);
int async_wait__block_on(async_completion *c);
extern const struct async__fn async_wait__fn;
async__poll_fn async_wait__poll;

#endif

#ifdef __cplusplus
}
#endif

#endif
/* What belongs to a task: values and a mailbox; and the threads that run blocking work. See asyncc-concurrency(7). */
#ifndef ASYNCC_TASK_H
#define ASYNCC_TASK_H


#ifdef __cplusplus
extern "C" {
#endif

/* --- Task-local values ------------------------------------------------------------------------ */

/* A value that each task has of its own, as _Thread_local is for threads:
 *
 *     static ASYNC_TASK_LOCAL(int, depth);                                           0 in every task
 *     static ASYNC_TASK_LOCAL(struct request *, request, .drop = put, .inherited = true);
 *
 * T is a type that can be assigned and has no qualifiers. What follows are members of the key, each with its name:
 *
 *     .initial = v         what a task sees that has set nothing; all zero
 *     .drop = f            void f(void *value) ends a value: at the end of its task, or when another one takes its
 *                          place. At the end, the value that was set last for the first time goes first
 *     .inherited = true    a task that has set nothing sees what the task sees in whose nursery it runs, which it ends
 *                          before; not a copy of it
 *
 * A value costs memory in tasks that have set one, and nothing in others. The branches of a join or select, and
 * streams, are parts of their task. Code outside of tasks (other threads too, those of spawn_blocking) sees the initial
 * value. */
struct async_task_key {
	size_t size, align;
	void (*drop)(void *value);
	bool inherited;
};
#define ASYNC_TASK_LOCAL(T, name, ...)                                                                                 \
	struct {                                                                                                       \
		union {                                                                                                \
			struct async_task_key key;                                                                     \
			struct {                                                                                       \
				size_t size, align;                                                                    \
				void (*drop)(void *value);                                                             \
				bool inherited;                                                                        \
			};                                                                                             \
		};                                                                                                     \
		T initial;                                                                                             \
	} name = {.size = sizeof(T), .align = __alignof__(T), __VA_ARGS__}

/* The running task's value, of type T, to be read. */
#define async_task_get(name) (*(const __typeof__((name).initial) *)async__task_get(&(name).key, &(name).initial))
/* Sets it. 0; ASYNC_ENOMEM (never where the task has a value already); ASYNC_ESRCH outside of tasks, and when the task
 * has ended (in a drop). Then the value remains the caller's. */
#define async_task_set(name, value)                                                                                    \
	__extension__({                                                                                                \
		__typeof__((name).initial) async__value = (value);                                                     \
		async__task_set(&(name).key, &async__value);                                                           \
	})

const void *async__task_get(const struct async_task_key *key, const void *initial);
int async__task_set(const struct async_task_key *key, void *value);

/* --- Mailboxes -------------------------------------------------------------------------------- */

/* Where other tasks of the same thread's runtime send a task messages. `t.mailbox()` is the one of the task whose
 * handle is t, `async_self().mailbox()` the running task's: valid as long as the handle, or the running task, and
 * beyond that as long as somebody holds a reference. NULL where memory is exhausted. */
typedef struct async_mailbox async_mailbox;

/* One more reference, and one less. NULL is allowed. */
async_mailbox *async_mailbox_ref(async_mailbox *m);
void async_mailbox_unref(async_mailbox *m);
/* Whether the task has ended. */
bool async_mailbox_is_closed(const async_mailbox *m);
/* Messages that were not received yet. */
size_t async_mailbox_len(const async_mailbox *m);

/* Sends a copy of a value, which becomes a T. Never waits: a mailbox holds any number of messages. 0; ASYNC_ESRCH when
 * the task has ended; ASYNC_ENOMEM, also for a mailbox that is NULL. */
#define async_send(mailbox, T, value)                                                                                  \
	__extension__({                                                                                                \
		async_mailbox *async__box = (mailbox);                                                                 \
		T async__message = (value);                                                                            \
		async__send(async__box, #T, &async__message, sizeof async__message);                                   \
	})

#define ASYNC_FOREVER UINT64_MAX /* milliseconds */

/* Async: receives the first message that was sent to the running task as a T, by that name of the type, to *to. Other
 * messages stay, in order. With a function, the first T for which it is true; it may be called at once, and by whoever
 * sends, and must not use the mailbox. With a time, ASYNC_ETIMEDOUT when it is over; 0 looks without waiting. When the
 * task ends, what it has not received is released: one whose messages own something receives them all in a defer. */
#define async_receive(T, to) async_mailbox_receive(#T, sizeof(T), 1 ? (to) : (T *)0, NULL, NULL, ASYNC_FOREVER)
#define async_receive_match(T, to, match, arg, ms)                                                                     \
	async_mailbox_receive(#T, sizeof(T), 1 ? (to) : (T *)0, (match), (arg), (ms))
/* The same without waiting, in any function that runs in a task: 0 or ASYNC_EAGAIN. */
#define async_try_receive(T, to) async__try_receive(#T, sizeof(T), 1 ? (to) : (T *)0, NULL, NULL)
#define async_try_receive_match(T, to, match, arg) async__try_receive(#T, sizeof(T), 1 ? (to) : (T *)0, (match), (arg))

int async__send(async_mailbox *m, const char *type, const void *message, size_t size);
int async__try_receive(const char *type, size_t size, void *to, bool (*match)(const void *message, void *arg),
		       void *arg);

struct async_mailbox_receive__frame {
	struct async__frame base;
	int value;
	const char *type;
	size_t size;
	void *to;
	bool (*match)(const void *message, void *arg);
	void *arg;
	uint64_t ms;
	async_mailbox *box;
	struct async__waiter waiter;
	struct async__call_timer timer;
	uint64_t number; /* of the message that it has got */
};

#ifdef __ASYNCC_PARSE__

[[asyncc::frame(struct async_mailbox_receive__frame)]] async fn async_mailbox_receive(
	const char *type, size_t size, void *to, bool (*match)(const void *message, void *arg), void *arg, uint64_t ms)
	->int;

#else

async_future async_mailbox_receive(const char *type, size_t size, void *to,
				   bool (*match)(const void *message, void *arg), void *arg, uint64_t ms);
int async_mailbox_receive__block_on(const char *type, size_t size, void *to,
				    bool (*match)(const void *message, void *arg), void *arg, uint64_t ms);
async__poll_fn async_mailbox_receive__poll;
extern const struct async__fn async_mailbox_receive__fn;

#endif

/* --- Threads for blocking work ---------------------------------------------------------------- */

/* Bounds the pool that spawn_blocking uses, one for the process: at most `max` threads (64 where nothing is said; at
 * least one), each of which ends when it had nothing to do for `idle_ms` milliseconds (10,000). Work that finds all of
 * them busy waits its turn, and the task that awaits it. Threads above a smaller `max` end when they are idle. Any
 * thread. */
void async_blocking_threads(unsigned max, uint64_t idle_ms);

#ifdef __cplusplus
}
#endif

#endif
/* UDP. See async_udp(3).
 *
 * A socket belongs to the thread that made it, and is for its tasks alone. One task may receive while another sends; two
 * receives or two sends at once on the same socket give ASYNC_EBUSY. Buffers and addresses are used until the await
 * ends, and no longer. Hosts are numeric IPv4 or IPv6 addresses, or "localhost", which is 127.0.0.1. */
#ifndef ASYNCC_UDP_H
#define ASYNCC_UDP_H


#ifdef __cplusplus
extern "C" {
#endif

typedef struct async_udp async_udp;

/* Host and port of a peer; opaque. */
typedef struct async_address {
	uint32_t words[7];
} async_address;

enum async_udp_flag {
	ASYNC_UDP_REUSEPORT = 1, /* other sockets may be bound to the same address */
	ASYNC_UDP_BROADCAST = 2	 /* it may send to broadcast addresses */
};

#ifndef ASYNC_RESULT_async_udp__ptr
#define ASYNC_RESULT_async_udp__ptr
struct async_result_async_udp__ptr {
	int err;
	async_udp *value;
};
#endif

/* 0; ASYNC_EINVAL where `host` is not such an address. Any thread. */
int async_address_set(async_address *a, const char *host, uint16_t port);
/* The numeric host, NUL-terminated, and the port, in host byte order; `port` may be NULL. 0; ASYNC_ENOSPC where `size`
 * bytes are too few for the host, 64 are enough. Any thread. */
int async_address_get(const async_address *a, char *host, size_t size, uint16_t *port);

/* The port that it is bound to, in host byte order. */
uint16_t async_udp_port(const async_udp *s);
/* Receives what is sent to the multicast group `group` as well, through the interface that has the address (IPv4) or the
 * name (IPv6) `through`, NULL: through one that the system chooses; and no longer. 0 or an error. */
int async_udp_join(async_udp *s, const char *group, const char *through);
int async_udp_leave(async_udp *s, const char *group, const char *through);
/* How many networks a multicast datagram passes, 0 to 255, 1 from the start; and whether groups that this host is in
 * hear it as well, as they do from the start. 0 or an error. */
int async_udp_set_multicast(async_udp *s, unsigned hops, bool loop);
/* Closes the socket and releases it. Operations that wait give ASYNC_ECANCELED. NULL is allowed. Any time, also
 * outside of tasks. */
void async_udp_close(async_udp *s);

struct async_udp_recv__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_udp *s;
	void *buf;
	size_t len;
	async_address *from;
};

struct async_udp_send__frame {
	struct async__frame base;
	ptrdiff_t value;
	async_udp *s;
	const void *buf;
	size_t len;
	const async_address *to;
};

#ifdef __ASYNCC_PARSE__

/* A socket bound to host:port; port 0: the system chooses one. `flags` are bits of enum async_udp_flag. The caller
 * closes it. Starts the thread's runtime. */
result(async_udp *) async_udp_open(const char *host, uint16_t port, unsigned flags);
/* The next datagram, and in *from, unless that is NULL, who sent it: its length, which is more than `len` where the rest
 * was cut off; or an error. */
[[asyncc::frame(struct async_udp_recv__frame)]]
async fn async_udp_recv(async_udp *s, void *buf, size_t len, async_address *from) -> ptrdiff_t;
/* Sends a datagram: `len`, or an error. */
[[asyncc::frame(struct async_udp_send__frame)]]
async fn async_udp_send(async_udp *s, const void *buf, size_t len, const async_address *to) -> ptrdiff_t;

#else

struct async_result_async_udp__ptr async_udp_open(const char *host, uint16_t port, unsigned flags);

async_future async_udp_recv(async_udp *s, void *buf, size_t len, async_address *from);
ptrdiff_t async_udp_recv__block_on(async_udp *s, void *buf, size_t len, async_address *from);
async__poll_fn async_udp_recv__poll;
extern const struct async__fn async_udp_recv__fn;

async_future async_udp_send(async_udp *s, const void *buf, size_t len, const async_address *to);
ptrdiff_t async_udp_send__block_on(async_udp *s, const void *buf, size_t len, const async_address *to);
async__poll_fn async_udp_send__poll;
extern const struct async__fn async_udp_send__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif
/* Unix stream sockets, and descriptors passed over them. See async_unix(3).
 *
 * A connection is one like TCP's: async_tcp_read and the other functions of <asyncc/net.h> work on it, but for names,
 * nodelay and keepalive; a listener is accepted from by async_tcp_accept. */
#ifndef ASYNCC_UNIX_H
#define ASYNCC_UNIX_H


#ifdef __cplusplus
extern "C" {
#endif

typedef struct async_tcp async_unix;

#ifndef ASYNC_RESULT_async_unix__ptr
#define ASYNC_RESULT_async_unix__ptr
struct async_result_async_unix__ptr {
	int err;
	async_unix *value;
};
#endif

/* Two ends of a connection, which the caller closes with async_tcp_close. Starts the thread's runtime. 0 or an error. */
int async_unix_pair(async_unix *ends[2]);

struct async_unix_send_fd__frame {
	struct async__frame base;
	int value;
	int fd;
	async_unix *s;
};

struct async_unix_recv_fd__frame {
	struct async__frame base;
	int value;
	async_unix *s;
};

#ifdef __ASYNCC_PARSE__

/* Listens at `path`, which must not exist; the caller closes it with async_listener_close, and removes the path. Starts
 * the thread's runtime. */
result(async_listener *) async_unix_listen(const char *path, int backlog);
/* A connection to the listener at `path`, at once; ASYNC_EAGAIN where its backlog is full. The caller closes it with
 * async_tcp_close. Starts the thread's runtime. */
result(async_unix *) async_unix_connect(const char *path);
/* Sends a copy of the descriptor, with one byte: 0 or an error. */
[[asyncc::frame(struct async_unix_send_fd__frame)]]
async fn async_unix_send_fd(async_unix *s, int fd) -> int;
/* Receives a descriptor that async_unix_send_fd has sent, which is closed on exec: the caller closes it. ASYNC_EOF at the
 * end of the stream; ASYNC_EPROTO where a byte came without one; or an error. */
[[asyncc::frame(struct async_unix_recv_fd__frame)]]
async fn async_unix_recv_fd(async_unix *s) -> int;

#else

struct async_result_async_listener__ptr async_unix_listen(const char *path, int backlog);
struct async_result_async_unix__ptr async_unix_connect(const char *path);

async_future async_unix_send_fd(async_unix *s, int fd);
int async_unix_send_fd__block_on(async_unix *s, int fd);
async__poll_fn async_unix_send_fd__poll;
extern const struct async__fn async_unix_send_fd__fn;

async_future async_unix_recv_fd(async_unix *s);
int async_unix_recv_fd__block_on(async_unix *s);
async__poll_fn async_unix_recv_fd__poll;
extern const struct async__fn async_unix_recv_fd__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif
