/* The runtime's own view of itself: one `struct async_runtime` a thread, the tasks that run on it, and what its parts
 * call each other for.
 *
 *     operation completes ── async__wake ──▶ ready queue ── run loop ──▶ strand_resume: leaf->ret, outwards
 *             ▲                                                                  │
 *             └──── loop_uv.c / wheel / another task ◀── operation's poll ◀──────┘
 *
 * Nothing here knows libuv but loop_uv.c and the uv_*.c bridges. Everything that is not marked otherwise is for the
 * runtime's own thread. */
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

struct async_runtime {
	struct async__queue ready; /* first: async__yield of abi.h */
	/* What is running, for messages; NULL between strands. */
	struct async__context *current;
	const struct async__site *site; /* where the running strand went on; NULL: it has just started */
	int operations_left;		/* of OPERATION_BUDGET */
	unsigned io_count;		/* descriptors watched and jobs in flight: what only the loop can complete */
	struct async__task *tasks;	/* all of them, newest first */
	struct async__task *blocked_on; /* the one that async__block_on waits for; NULL: no run loop runs */
	uint64_t last_task_id;
	/* async__start_later: the frame to start, as a child that has just completed (see runtime.c). */
	struct {
		struct async__box box;
		struct async__frame frame;
	} deferred;
	struct uv_loop_s *loop;
	struct uv_timer_s *alarm; /* wakes the loop for the wheel */
	uint64_t alarm_tick;	  /* what it is set to; UINT64_MAX: off */
	struct async__wheel wheel;
};

/* A task: the root of a chain of frames, and a strand to run it.
 *
 *     start -> READY <-> running -> done
 *                ▲          │
 *                └─ WAITING ┘            (READY: in the ready queue) */
struct async__task {
	struct async__context strand;
	struct async__frame start; /* the strand's first leaf: its return site polls the root */
	struct async__frame *root;
	const struct async__fn *fn; /* what the root is: its poll, name and place */
	bool done, aborted;
	uint64_t id;				 /* from 1, unique in the runtime */
	struct async__task *next, **link;	 /* in runtime.tasks */
	void (*ended)(struct async__task *task); /* the last thing that the runtime does with it */
};

/* --- runtime.c --- */

/* The calling thread's runtime, started if there is none; NULL and *err when that fails. */
struct async_runtime *async__runtime_get(int *err);
/* The calling thread's runtime; NULL if there is none. */
struct async_runtime *async__runtime_current(void);
/* Runs tasks until *done. */
void async__runtime_run(struct async_runtime *rt, const bool *done);
/* Has the thread's runtime and frames released when the thread ends. */
void async__thread_attach(void);

/* Asks the strand to end: its operation, and all later ones, are ASYNC_ECANCELED. */
void async__strand_cancel(struct async__context *cx);
/* Makes the strand go on at the aborted path of the suspension that it waits in, once the operation there has ended. */
void async__strand_abort(struct async__context *cx);

/* --- task.c --- */

/* A task with a root frame for `fn` in the same block; NULL when memory is exhausted. The caller stores the parameters
 * into task->root. */
struct async__task *async__task_new(struct async_runtime *rt, const struct async__fn *fn);
/* Makes it ready. It is released when it has ended; its value is lost. */
void async__task_start(struct async__task *task);
/* The two halves of a task that lies elsewhere: on the stack of async__block_on. */
void async__task_init(struct async__task *task, struct async_runtime *rt, struct async__frame *root,
		      const struct async__fn *fn);
void async__task_leave(struct async__task *task);
/* Where a root frame goes on when it is done. */
extern const struct async__site async__task_end_site;

/* --- frame.c --- */

/* Memory that ASYNCC_FAIL counts; aligned for any object; NULL when exhausted. Any thread. */
void *async__alloc(size_t size);
void async__free(void *p);
/* A block from the calling thread's free lists, for what comes and goes: frames, tasks, jobs. NULL when exhausted.
 * Freed with the same size and alignment. */
void *async__block_new(size_t size, size_t align);
void async__block_free(void *p, size_t size, size_t align);
/* The calling thread keeps no free frames any more. */
void async__frame_pool_close(void);

/* --- misuse.c --- */

/* A mistake of the program: `asyncc: ...` on stderr, then abort. Any thread. */
void async__misuse(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* --- dump.c --- */

/* What async_dump of <asyncc/dump.h> shows, for a runtime. */
void async__runtime_dump(FILE *out, struct async_runtime *rt);

/* --- loop_uv.c --- */

/* 0, or a negative error. */
int async__loop_open(struct async_runtime *rt);
/* Closes what the program left open and the loop itself. Waits for jobs in flight. */
void async__loop_close(struct async_runtime *rt);
/* Delivers what the operating system has, without waiting. */
void async__loop_poll(struct async_runtime *rt);
/* Waits for the operating system, at most until the clock shows the tick `until` (UINT64_MAX: no bound). False when
 * nothing could ever happen. */
bool async__loop_wait(struct async_runtime *rt, uint64_t until);
/* The current tick, rounded down. Any thread. */
static inline uint64_t async__tick_now(void)
{
	return async_now() / 1000000;
}

/* --- for operations --- */

/* Suspends at an operation; async__wake(cx) goes on. `interrupt` may be NULL. */
static inline enum async__poll async__op_wait(struct async__frame *f, struct async__context *cx,
					      void (*interrupt)(struct async__context *, struct async__frame *))
{
	cx->leaf = f;
	cx->interrupt = interrupt;
	return ASYNC__PENDING;
}

/* The value is there: goes on at once, but for one time in OPERATION_BUDGET, so that a task whose operations never have
 * to wait does not starve the others. (The value is there, but others run first: async__yield.) */
static inline enum async__poll async__op_done(struct async__frame *f, struct async__context *cx)
{
	if (--cx->runtime->operations_left > 0)
		return ASYNC__READY;
	cx->runtime->operations_left = OPERATION_BUDGET;
	return async__yield(f, cx);
}

#endif
