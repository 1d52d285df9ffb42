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

#include "asyncc.h"

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
	bool is_done, is_cancelled; /* the end has arrived; it was asked to end */
	bool is_reported;	    /* async_complete was called; atomic */
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
