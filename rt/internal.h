/* The runtime's own view of itself: one `struct async_runtime` a thread, the tasks that run on it, and what its parts
 * call each other for.
 *
 *     operation completes ── async__wake ──▶ ready queue ── run loop ──▶ strand_resume: site->poll(frame), outwards
 *             ▲                                                                  │
 *             └──── loop_uv.c / wheel / another task ◀── operation's poll ◀──────┘
 *
 * Nothing here knows libuv but loop_uv.c and the uv_*.c bridges. Everything that is not marked otherwise is for the
 * runtime's own thread.
 *
 *   runtime.c    a thread's runtime: its start and end, the run loop, block_on;  main.c start.c  `async fn main`, what plain C starts
 *   task.c handle.c frame.c tasks, their handles, memory of frames;  extra.c local.c mailbox.c  what few tasks have
 *   scope.c region.c        cancellation, aborts and deadlines; join and select
 *   nursery.c thread_nursery.c join.c  children of a block, threads with a common end, arrays of handles
 *   stream.c completion.c   generators, operations of other libraries
 *   channel.c broadcast.c   channels (chan.h);  sync_cell.c sync_event.c sync_mutex.c sync_rwlock.c  <asyncc/sync.h> (sync_op.h)
 *   queue.h line.h          the ready queue, lines of strands that wait;  op.h op_time.c  what operations share, pauses
 *   timer.c blocking.c      the wheel (wheel.h), threads for blocking work
 *   loop_uv.c    the loop;  uv_inbox.c  what other threads tell (remote.h);  uv_attach.c  a loop of the program's (attach.h)
 *   uv_watch.c uv_fd.c      descriptors (uv_handle.h);  uv_job.c uv_file.c uv_watcher.c  system calls on threads, files, their changes
 *   uv_tcp.c uv_tcp_options.c uv_connect.c uv_search.c uv_listen.c uv_udp.c uv_unix.c  sockets (uv_net.h)
 *   uv_dns.c uv_child.c uv_signals.c   names of hosts, processes, signals
 *   error.c uv_errors.c abi.c          the errors of error.def, the version of the contract with generated code
 *   misuse.c here.c         a program's mistakes;  debug.c dump.c switches.c  what was never consumed, async_dump, switches for tests */
#ifndef ASYNCC_RT_INTERNAL_H
#define ASYNCC_RT_INTERNAL_H

#include <stdio.h>

#include "asyncc.h"
#include "rt/queue.h"
#include "rt/wheel.h"

struct uv_loop_s;
struct uv_timer_s;

enum {
	/* Tasks run between two looks at the clock and, when something waits for it, the operating system. */
	READY_BUDGET = 61,
	/* One in so many operations that complete at once lets other tasks run first all the same. */
	OPERATION_BUDGET = 128,
	/* Bytes of C stack that polls may fill by calling each other. */
	STACK_BUDGET = 64 * 1024
};

struct async__inbox;
struct async__fd_set;
struct async__attachment;

struct async_runtime {
	union {
		struct async__scheduler scheduler; /* first: async__yield and async__op_done of abi.h */
		struct {
			struct async__queue ready;
			unsigned operations_left; /* of OPERATION_BUDGET */
		};
	};
	/* What is running, for messages; NULL between strands. */
	struct async__context *current;
	unsigned io_count;		/* descriptors watched and jobs in flight: what only the loop can complete */
	unsigned turn;			/* async__turn */
	bool turn_ends;			/* a strand that is ready has ASYNC__ENDS_TURN */
	struct async__context *round_last; /* under ASYNCC_SEED: the last strand of what was shuffled; NULL: the next round has to begin */
	struct async__link tasks;	/* ring of those that are in no nursery */
	struct async__task *blocked_on; /* the one that async__block_on waits for; NULL: no run loop runs */
	uint64_t last_task_id;
	struct uv_loop_s *loop;
	struct uv_timer_s *alarm; /* wakes the loop for the wheel */
	uint64_t alarm_tick;	  /* what it is set to; UINT64_MAX: off */
	struct async__wheel wheel;
	struct async__inbox *inbox;	   /* completions from other threads; NULL before the first */
	struct async__fd_set *fds;	   /* descriptors of others that are waited for; NULL before the first */
	void *spare;			   /* a block to read into before it is known how much there is; NULL: none */
	struct async__scope *root;	   /* innermost nursery that is the root of the thread; NULL: there is none */
	struct async__attachment *attached; /* to a loop that the program runs; NULL: the loop is its own */
	const void *handle_classes[16];	    /* that its handles have; NULL behind the last */
	bool loop_is_lent;		    /* the program may have handles in it, or posts to it */
	bool stop;			   /* what async__runtime_run waits for has happened */
	bool draining, aborting;	   /* the runtime ends: what is left was cancelled, aborted */
};

/* The word of a task that begins, with its id and a handle: the bits of struct async__task as gcc and clang lay them out on a
 * little-endian machine. (Set one by one, the first read of all would have to wait for them.) */
#define TASK_ID (((uint64_t)1 << 48) - 1)
#define TASK_HAS_HANDLE ((uint64_t)1 << 50)
enum { TASK_CLASS = 56 };

/* A task: the root of a chain of frames, and a strand to run it.
 *
 *     | (alignment) | struct async__task | root frame |        or  struct async__outer_task, root elsewhere
 *
 * It lives until it has ended and its handle, if it has one, was consumed. */
struct async__task {
	struct async__context strand; /* first: a strand that is no branch is a task's */
	struct async__link siblings;  /* in the ring of its nursery or of the runtime */
	struct async_nursery *nursery;
	uintptr_t more; /* who waits for its end, tagged; or its extra, which then knows that; 0: neither (async__task_joiner) */
	union {
		uint64_t word; /* all of them */
		struct {
			uint64_t id : 48; /* from 1, unique in the runtime */
			uint64_t done : 1, aborted : 1, has_handle : 1, root_is_outside : 1, root_is_boxed : 1;
			uint64_t is_queued : 1; /* behind its nursery's limit */
			uint64_t is_static : 1; /* its memory is its owner's: nothing is released */
			uint64_t root_is_split : 1;
			uint64_t pool_class : 8; /* of its block's size, + 1; 0: its block is not one of the pool's, or not all there is */
		};
	};
};

struct async__outer_task {
	struct async__task task;
	struct async__frame *root;
};

/* --- runtime.c --- */

/* The calling thread's runtime, started if there is none; NULL and *err when that fails. */
struct async_runtime *async__runtime_get(int *err);
static inline struct async_runtime *async__runtime_current(void)
{
	return async__thread_runtime;
}
/* Runs tasks until one that ends has set rt->stop. */
void async__runtime_run(struct async_runtime *rt);
/* Has the thread's runtime and frames released when the thread ends. */
void async__thread_attach(void);
/* Does that now. */
void async__thread_leave(void);
/* In a thread of a sync nursery: whether that was cancelled (atomic); NULL elsewhere. */
extern __thread const bool *async__thread_cancelled;
/* thread_nursery.c: in a thread of a nursery, told of its runtime's begin (0, or an error, with which it doesn't), and before its handles are closed;
 * else NULL. */
struct async__thread_hooks {
	int (*begins)(struct async_runtime *rt);
	void (*ends)(struct async_runtime *rt);
};
extern __thread const struct async__thread_hooks *async__thread_hooks;
static inline bool async__thread_is_cancelled(void)
{
	return async__thread_cancelled && __atomic_load_n(async__thread_cancelled, __ATOMIC_RELAXED);
}
/* The number of the turn that is going on: what is ready when somebody asks first belongs to it, and what runs until then. */
unsigned async__turn(const struct async__context *running);
/* Puts a strand into the ready queue; async__wake without the decisions. */
static inline void async__ready(struct async__context *cx)
{
	async__queue_push(&async__thread_runtime->ready, cx);
}

/* region.c: a select's arm is ready: decides the select if nothing is left to do in the arm but to end. */
void async__arm_woken(struct async__context *cx);
/* A branch goes on at its aborted path: if it is an arm, its select is not won by it. */
void async__branch_aborts(struct async__branch *b);
/* here.c: a strand of another thread's runtime was to be woken or cancelled: ends with a message. */
_Noreturn void async__wrong_thread(const struct async__context *cx) __attribute__((cold));
static inline void async__check_thread(const struct async__context *cx)
{
	if (__builtin_expect(cx->runtime != async__thread_runtime, 0))
		async__wrong_thread(cx);
}
/* async__wake of abi.h. */
static inline void async__wake_now(struct async__context *cx)
{
	async__check_thread(cx);
	cx->interrupt = NULL;
	async__ready(cx);
	if (__builtin_expect(cx->flags & ASYNC__ARM, 0))
		async__arm_woken(cx);
}

/* --- scope.c: cancellation --- */

/* Cancels the scope `s` of the strand (NULL: the strand itself), and what lies inside up to a shield. */
void async__scope_cancel(struct async__context *cx, struct async__scope *s);
/* Whether what starts in scope `s` (NULL: the strand itself) starts cancelled. */
bool async__scope_is_cancelled(const struct async__context *cx, const struct async__scope *s);
bool async__strand_is_shielded(const struct async__context *cx);
/* Leaves a scope whose end is no place to abort at, a nursery's or a region's. */
void async__scope_pop(struct async__context *cx, const struct async__scope *s);
/* Asks the strand to end: its operation, and all later ones, are ASYNC_ECANCELED. */
static inline void async__strand_cancel(struct async__context *cx)
{
	async__scope_cancel(cx, NULL);
}
/* Makes the strand go on at the aborted path of the suspension that it waits in, once the operation there has ended. */
void async__strand_abort(struct async__context *cx);
/* What a strand that is ready has in hand can't be taken back: an abort finds it only at its next suspension. As an `undo`, too. */
void async__strand_keeps(struct async__context *cx, struct async__frame *leaf);
/* At a resume, when it is cancelled or aborted: whether it goes on at the aborted path. */
bool async__strand_aborts(struct async__context *cx);

/* --- task.c --- */

/* extra.c */
struct async__joiner *async__extra_joiner(const struct async__task *task);
void async__extra_set_joiner(struct async__task *task, struct async__joiner *j);

/* The scope that a branch's region or a task's nursery is; *owner: the strand that it was opened in. */
static inline struct async__scope *async__scope_around(struct async__context *cx, struct async__context **owner)
{
	if (cx->flags & ASYNC__BRANCH) {
		struct async__region *r = ((struct async__branch *)cx)->region;
		*owner = r->parent;
		return &r->scope;
	}
	struct async_nursery *n = ((struct async__task *)cx)->nursery;
	*owner = n->strand;
	return &n->scope;
}

/* The task that a strand belongs to. */
static inline struct async__task *async__task_of(const struct async__context *cx)
{
	while (cx->flags & ASYNC__BRANCH)
		cx = ((const struct async__branch *)cx)->region->parent;
	return (struct async__task *)cx;
}
static inline struct async__frame *async__task_root(const struct async__task *task)
{
	if (__builtin_expect(task->root_is_outside, 0))
		return ((const struct async__outer_task *)task)->root;
	return (struct async__frame *)(task + 1);
}
/* What its root is: its poll, name and place. */
static inline const struct async__fn *async__fn_of_root(const struct async__frame *root)
{
	return (const struct async__fn *)((const char *)root->ret - offsetof(struct async__fn, ended));
}
static inline const struct async__fn *async__task_fn(const struct async__task *task)
{
	return async__fn_of_root(async__task_root(task));
}
/* Who waits for its end; NULL: nobody. */
static inline struct async__joiner *async__task_joiner(const struct async__task *task)
{
	if (task->more & 1)
		return (struct async__joiner *)(task->more - 1);
	return __builtin_expect(task->more == 0, 1) ? NULL : async__extra_joiner(task);
}
static inline void async__task_set_joiner(struct async__task *task, struct async__joiner *j)
{
	if (__builtin_expect(task->more && !(task->more & 1), 0))
		async__extra_set_joiner(task, j);
	else
		task->more = j ? (uintptr_t)j | 1 : 0;
}
/* Its extra; NULL if it has none. */
static inline struct async__task_extra *async__task_has_extra(const struct async__task *task)
{
	return task->more & 1 ? NULL : (struct async__task_extra *)task->more;
}
/* A task whose root lies elsewhere, on the stack of async__block_on or in a test; nothing of it is released. */
void async__task_init(struct async__outer_task *task, struct async_runtime *rt, struct async__frame *root,
		      const struct async__fn *fn);
void async__task_start(struct async__task *task);
void async__task_leave(struct async__task *task);
/* The error that it ended with, 0 for a success: its value's, or ASYNC_ECANCELED when it was aborted. */
int async__task_error(const struct async__task *task);
/* What polls give besides, at the end of a task that has set rt->stop. */
enum { TASK_STOPS = ASYNC__ABORTED + 1 };
/* Where a task begins. */
extern const struct async__site async__task_begin_site, async__split_begin_site;

/* --- nursery.c, region.c --- */

/* A child has ended; it is in no ring any more. */
void async__nursery_child_ended(struct async_nursery *n, struct async__task *child);
void async__nursery_adopt(struct async_nursery *n, struct async__task *child);
/* Aborts with a message when the nursery's block was left. */
void async__nursery_check_open(const struct async_nursery *n, const char *what);
/* A child had no memory: the nursery fails as by one that did. */
void async__nursery_no_memory(struct async_nursery *n);
/* Makes a child ready, or queues it behind the limit. */
void async__nursery_start(struct async_nursery *n, struct async__task *child);
/* Makes a child ready that the limit holds back. */
void async__nursery_start_now(struct async_nursery *n, struct async__task *child);
/* Makes all of them ready. */
void async__nursery_start_queued(struct async_nursery *n);
/* The child that comes behind `after`, the branch that runs behind it (NULL: the first); NULL: there is none. Branches
 * that have not started are cancelled as well, but not aborted. */
struct async__context *async__nursery_next(struct async_nursery *n, const struct async__context *after);
struct async__context *async__region_next(struct async__region *r, const struct async__context *after, bool aborts);

/* --- switches.c --- */

/* ASYNCC_SEED: a number below n, reproducible; 0 where no seed was given. */
unsigned async__random(unsigned n);
extern bool async__is_seeded;
extern bool async__is_tested; /* a seed, or a cancellation: the run loop has more to do */
/* ASYNCC_TIME=virtual: when every task waits, the clock jumps. */
extern bool async__time_is_virtual;
void async__time_jump(uint64_t tick);
/* The tick that is waited until: UINT64_MAX, never, for one that the virtual clock doesn't reach. */
uint64_t async__time_until(uint64_t tick);
/* ASYNCC_CANCEL=n: the n-th time that a suspended strand goes on. */
bool async__cancels_now(void);

/* --- what the library adds (extra.c, uv_inbox.c, ...) --- */

/* A task with an extra has ended; and nobody has its handle any more. */
void async__task_extra_end(struct async__task *task);
void async__task_extra_free(struct async__task *task);
void async__library_stop(struct async_runtime *rt);

/* --- frame.c; async__alloc and its like are in lib_abi.h --- */

#if defined __SANITIZE_ADDRESS__
#define POOL_KEEPS false
#elif defined __has_feature
#if __has_feature(address_sanitizer)
#define POOL_KEEPS false
#endif
#endif
#ifndef POOL_KEEPS
#define POOL_KEEPS true
#endif

enum { POOL_GRAIN = 8, POOL_CLASSES = 128 };

struct async__free_block {
	struct async__free_block *next;
};

/* The free lists of a thread: one for each multiple of POOL_GRAIN bytes. */
struct async__pool {
	bool keeps; /* blocks come back to the lists; not under ASYNCC_FAIL, which counts every allocation */
	enum { POOL_UNUSED, POOL_OPEN, POOL_CLOSED } state;
	struct async__free_block *classes[POOL_CLASSES];
	char *at, *end; /* the rest of the newest chunk */
	struct chunk *chunks;
	size_t total; /* bytes of them */
};
extern __thread struct async__pool async__pool;

static inline size_t async__pool_class(size_t size)
{
	return (size + POOL_GRAIN - 1) / POOL_GRAIN - 1;
}

static inline bool async__is_pooled(size_t size, size_t align)
{
	return POOL_KEEPS && align <= POOL_GRAIN && async__pool_class(size) < POOL_CLASSES;
}

/* The parts of the following that are rarely needed. */
void *async__block_more(size_t size, size_t align);
void async__block_release(void *p, size_t size, size_t align);

/* A block of a class from the calling thread's free lists, or off its newest chunk; NULL where neither has one. */
static inline void *async__pool_get(size_t class)
{
	struct async__pool *pool = &async__pool;
	struct async__free_block *block = pool->classes[class];
	size_t size = (class + 1) * POOL_GRAIN;
	if (block) {
		pool->classes[class] = block->next;
	} else if (pool->keeps && (size_t)(pool->end - pool->at) >= size) {
		block = (struct async__free_block *)pool->at;
		pool->at += size;
	}
	return block;
}
static inline void async__pool_put(void *p, size_t class)
{
	struct async__free_block *block = p;
	if (__builtin_expect(!async__pool.keeps, 0))
		return;
	block->next = async__pool.classes[class];
	async__pool.classes[class] = block;
}

/* A block from the calling thread's free lists, for what comes and goes: frames, tasks, jobs. NULL when exhausted.
 * Freed with the same size and alignment. */
static inline void *async__block_new(size_t size, size_t align)
{
	struct async__free_block *block;
	if (__builtin_expect(!async__is_pooled(size, align) || !(block = async__pool.classes[async__pool_class(size)]), 0))
		return async__block_more(size, align);
	async__pool.classes[async__pool_class(size)] = block->next;
	return block;
}

static inline void async__block_free(void *p, size_t size, size_t align)
{
	struct async__pool *pool = &async__pool;
	if (__builtin_expect(!async__is_pooled(size, align) || !pool->keeps, 0)) {
		async__block_release(p, size, align);
		return;
	}
	struct async__free_block *block = p;
	block->next = pool->classes[async__pool_class(size)];
	pool->classes[async__pool_class(size)] = block;
}
/* The calling thread keeps no free frames any more. */
void async__frame_pool_close(void);

/* --- misuse.c --- */

/* A mistake of the program: `asyncc: ...` on stderr, then abort. Any thread. */
void async__misuse(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* Tells the program's hook, and aborts if that comes back; without a hook stderr, and returns. */
void async__mistake(const char *message);

/* --- dump.c --- */

/* What async_dump of <asyncc/dump.h> shows, for a runtime. */
void async__runtime_dump(FILE *out, struct async_runtime *rt);

/* --- loop_uv.c --- */

/* Over `loop`, which is the program's (NULL: over one of its own). 0, or a negative error. */
int async__loop_open(struct async_runtime *rt, struct uv_loop_s *loop);
/* Closes what the program left open and the loop itself. Waits for jobs in flight. */
void async__loop_close(struct async_runtime *rt);
/* Delivers what the operating system has, without waiting. */
void async__loop_poll(struct async_runtime *rt);
/* Waits for the operating system, at most until the clock shows the tick `until` (UINT64_MAX: no bound). False when
 * nothing could ever happen. */
bool async__loop_wait(struct async_runtime *rt, uint64_t until);
/* The real monotonic clock in nanoseconds. Any thread. */
uint64_t async__clock(void);
/* The current tick, rounded down. Any thread. */
static inline uint64_t async__tick_now(void)
{
	return async_now() / 1000000;
}

/* --- timers --- */

/* The end of an async_sleep (op_time.c). */
void async__sleep_fire(struct async__timer *timer);

/* Has the timer fire in `ms` milliseconds, never earlier; false: at once, it was not set. */
static inline bool async__timer_start(struct async_runtime *rt, struct async__timer *timer, uint64_t ms)
{
	uint64_t now = async_now();
	if (!rt->wheel.count) /* nobody has moved it on */
		async__wheel_advance(&rt->wheel, now / 1000000);
	uint64_t start = (now + 999999) / 1000000; /* the tick that has not begun: never early */
	timer->expires = ms > INT64_MAX - start ? INT64_MAX : start + ms;
	return async__wheel_add(&rt->wheel, timer);
}

/* --- for operations --- */

/* The operation that a strand waits for. */
static inline struct async__frame *async__leaf(const struct async__context *cx)
{
	return (struct async__frame *)((char *)cx->frame + cx->site->offset);
}

/* Suspends at an operation; async__wake(cx) goes on. `interrupt` may be NULL. */
static inline enum async__poll async__op_wait(struct async__context *cx,
					      void (*interrupt)(struct async__context *, struct async__frame *))
{
	cx->interrupt = interrupt;
	return ASYNC__PENDING;
}

/* First in an `undo` that gives back what a strand has in hand (rt/line.h). False: it was only cancelled, and keeps that. */
static inline bool async__gives_back(struct async__context *cx, void (*undo)(struct async__context *, struct async__frame *))
{
	if (cx->flags & ASYNC__ABORTING)
		return true;
	cx->interrupt = undo;
	return false;
}


#endif
