/* The runtime of a thread: its start and end, the run loop, block_on.
 *
 * Starts with the first block_on of the thread, ends with the thread. In between, everything that runs is a strand out
 * of the ready queue, resumed at the return site of the operation that it waited for. */
#include "rt/attach.h"
#include "rt/internal.h"
#include "rt/line.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(offsetof(struct async_runtime, ready) == 0, "async__yield takes a runtime for its ready queue");

__thread struct async_runtime *async__thread_runtime;
__thread uintptr_t async__stack_limit;
__thread const bool *async__thread_cancelled;
__thread const struct async__thread_hooks *async__thread_hooks;

/* --- start and end ---------------------------------------------------------------------------- */

static pthread_key_t thread_key;
static pthread_once_t thread_once = PTHREAD_ONCE_INIT;

/* What nobody has waited for is cancelled, and runs to its end. */
static void drain(struct async_runtime *rt)
{
	async__runtime_cancel(rt);
	if (rt->tasks.next != &rt->tasks)
		async__runtime_run(rt);
}

void async__tasks_cancel(struct async_runtime *rt)
{
	for (struct async__link *l = rt->tasks.next; l != &rt->tasks; l = l->next)
		async__strand_cancel(&((struct async__task *)((char *)l - offsetof(struct async__task, siblings)))->strand);
}

void async__runtime_cancel(struct async_runtime *rt)
{
	async__tasks_cancel(rt);
	rt->draining = true;
}

void async__runtime_forget(struct async_runtime *rt)
{
	async__library_stop(rt);
	free(rt->spare);
	async__free(rt->alarm);
	async__free(rt);
	async__thread_runtime = NULL;
}

void async__runtime_stop(struct async_runtime *rt)
{
	if (async__thread_hooks)
		async__thread_hooks->ends(rt);
	drain(rt);
	async__library_stop(rt);
	async__loop_close(rt);
	async__free(rt);
	async__thread_runtime = NULL;
}

static void thread_leave(void *unused)
{
	struct async_runtime *rt = async__thread_runtime;
	if (rt && rt->blocked_on)
		return; /* exit() in a task: its frames are still in use */
	if (rt && rt->attached) {
		async__attachment_leave(rt);
		return;
	}
	if (rt)
		async__runtime_stop(rt);
	async__frame_pool_close();
}

void async__thread_leave(void)
{
	thread_leave(NULL);
}

static void thread_key_create(void)
{
	if (pthread_key_create(&thread_key, thread_leave))
		abort(); /* out of keys */
}

/* A shared object with this in it stays loaded until the thread has left: its end calls back into it. (musl, which never
 * unloads, has no such function.) */
extern int __cxa_thread_atexit_impl(void (*leave)(void *), void *unused, void *object) __attribute__((weak));
extern void *__dso_handle __attribute__((weak, visibility("hidden"))); /* NULL in a program */

static void stays_loaded(void *unused)
{
	(void)unused;
}

static void object_keep(void)
{
	static __thread bool is_kept;
	if (!is_kept && &__dso_handle && __dso_handle && __cxa_thread_atexit_impl)
		is_kept = !__cxa_thread_atexit_impl(stays_loaded, NULL, &__dso_handle);
}

void async__thread_attach(void)
{
	object_keep();
	pthread_once(&thread_once, thread_key_create);
	pthread_setspecific(thread_key, &thread_key);
}

/* Thread-specific destructors don't run for the thread that ends the process. */
__attribute__((destructor)) static void process_leave(void)
{
	thread_leave(NULL);
}

struct async_runtime *async__runtime_get(int *err)
{
	if (!async__thread_runtime)
		*err = async__runtime_start(NULL);
	return async__thread_runtime;
}

int async__runtime_start(struct uv_loop_s *loop)
{
	struct async_runtime *rt = async__alloc(sizeof *rt);
	if (!rt)
		return ASYNC_ENOMEM;
	*rt = (struct async_runtime){.alarm_tick = UINT64_MAX, .operations_left = OPERATION_BUDGET};
	async__queue_init(&rt->ready);
	rt->tasks.next = rt->tasks.prev = &rt->tasks;
	async__wheel_init(&rt->wheel, async__tick_now());
	int err = async__loop_open(rt, loop);
	if (err) {
		async__free(rt);
		return err;
	}
	async__thread_attach();
	async__thread_runtime = rt;
	err = async__thread_hooks ? async__thread_hooks->begins(rt) : 0;
	if (err)
		async__runtime_stop(rt);
	return err;
}

/* --- the run loop ----------------------------------------------------------------------------- */

void async__wake(struct async__context *cx)
{
	async__wake_now(cx);
	if (__builtin_expect(cx->runtime->attached != NULL, 0))
		async__attachment_keep(cx->runtime);
}

enum async__poll async__op_done_late(struct async__context *cx)
{
	bool is_arm = cx->flags & ASYNC__ARM; /* it must not wait with a value in hand: the next one's turn */
	cx->runtime->operations_left = is_arm ? 1 : OPERATION_BUDGET;
	if (is_arm)
		return ASYNC__READY;
	async__yield(cx);
	in_hand(cx, async__strand_keeps);
	return ASYNC__PENDING;
}

/* A function has ended: goes on outwards, until one suspends or the task's end is reached. */
static __attribute__((noinline)) enum async__poll strand_return(struct async__context *cx, struct async__frame *f,
								enum async__poll result)
{
	while (result == ASYNC__READY || result == ASYNC__ABORTED) {
		const struct async__site *site = f->ret;
		struct async__frame *parent =
			site->offset ? (struct async__frame *)((char *)f - site->offset) : async__box_of(f)->parent;
		cx->frame = f;
		cx->site = site;
		result = site->poll(parent, cx, site->state | (result == ASYNC__ABORTED));
		f = parent;
	}
	return result;
}

/* Goes on with a strand whose operation has completed. False: somebody has set rt->stop. */
static inline __attribute__((always_inline)) bool strand_resume(struct async_runtime *rt, struct async__context *cx)
{
	struct async__frame *f = cx->frame;
	const struct async__site *site = cx->site;
	unsigned state = site->state;
	rt->current = cx;
	if (__builtin_expect(cx->flags & (ASYNC__ABORTING | ASYNC__CANCELLED | ASYNC__ENDS_TURN | ASYNC__ENDED_TURN), 0))
		state |= async__strand_aborts(cx);
	enum async__poll result = site->poll(f, cx, state);
	return __builtin_expect(result == ASYNC__PENDING, 1) || strand_return(cx, f, result) == ASYNC__PENDING;
}

static const struct async__site deferred_site;

/* Puts what is ready into an order that the seed makes: a few times dealt to two queues, which are joined again. */
static void shuffle(struct async_runtime *rt)
{
	for (int times = 0; times < 4; times++) {
		struct async__queue hands[2];
		struct async__context *cx;
		async__queue_init(&hands[0]);
		async__queue_init(&hands[1]);
		while ((cx = async__queue_pop(&rt->ready)))
			async__queue_push(&hands[async__random(2)], cx);
		for (int i = 0; i < 2; i++)
			while ((cx = async__queue_pop(&hands[i])))
				async__queue_push(&rt->ready, cx);
	}
}

/* Runs what is ready, within the budget, under ASYNCC_SEED or ASYNCC_CANCEL. False: somebody has set rt->stop. */
static __attribute__((noinline)) bool run_tested(struct async_runtime *rt)
{
	struct async__context *cx;
	bool goes_on = true;
	for (unsigned budget = READY_BUDGET; goes_on && budget && rt->ready.first; budget--) {
		if (!rt->round_last) {
			if (async__is_seeded && rt->ready.first->site != &deferred_site)
				shuffle(rt); /* (what async__start_later put in front has to come next) */
			rt->round_last = async__queue_last(&rt->ready);
		}
		cx = rt->current = async__queue_pop(&rt->ready); /* it has what it waited for: the cancellation doesn't take that back */
		if (rt->blocked_on && async__cancels_now())
			async__strand_cancel(&rt->blocked_on->strand);
		if (cx == rt->round_last)
			rt->round_last = NULL;
		goes_on = strand_resume(rt, cx);
	}
	return goes_on;
}

/* Runs what is ready, within the budget. False: somebody has set rt->stop. */
static bool run_ready(struct async_runtime *rt)
{
	struct async__context *cx;
	bool goes_on = true;
	if (__builtin_expect(async__is_tested, 0))
		goes_on = run_tested(rt);
	else
		for (unsigned budget = READY_BUDGET; budget && (cx = async__queue_pop(&rt->ready)); budget--)
			if (!strand_resume(rt, cx)) {
				goes_on = false;
				break;
			}
	rt->current = NULL;
	return goes_on;
}

/* Nothing can wake any task any more. At the runtime's end they are aborted; else the program is wrong. */
void async__runtime_stuck(struct async_runtime *rt)
{
	if (rt->draining && !rt->aborting) {
		rt->aborting = true;
		for (struct async__link *l = rt->tasks.next; l != &rt->tasks; l = l->next)
			async__strand_abort(&((struct async__task *)((char *)l - offsetof(struct async__task, siblings)))->strand);
		if (!async__queue_is_empty(&rt->ready))
			return;
	}
	async__mistake("deadlock: every task waits, and nothing is left that could wake one");
	async__runtime_dump(stderr, rt);
	abort();
}

/* From here on down the polls have their budget of C stack. */
static inline __attribute__((always_inline)) void stack_limit_set(void)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);
	async__stack_limit = here > STACK_BUDGET ? here - STACK_BUDGET : 0;
}

bool async__runtime_turn(struct async_runtime *rt)
{
	rt->stop = false;
	stack_limit_set();
	if (rt->wheel.count)
		async__wheel_advance(&rt->wheel, async__tick_now());
	return run_ready(rt);
}

void async__runtime_run(struct async_runtime *rt)
{
	if (rt->attached)
		async__misuse("block_on, or a nursery at a thread's root, in a thread whose loop the program runs: it would run the "
			      "loop inside of itself; start the function with async_start");
	rt->stop = false;
	stack_limit_set();
	for (;;) {
		if (!run_ready(rt))
			return;
		if (!async__queue_is_empty(&rt->ready)) {
			if (rt->io_count)
				async__loop_poll(rt);
		} else if (!async__loop_wait(rt, async__wheel_next(&rt->wheel))) {
			async__runtime_stuck(rt);
		}
		if (rt->wheel.count)
			async__wheel_advance(&rt->wheel, async__tick_now());
	}
}

/* --- deep recursion --------------------------------------------------------------------------- */

/* A frame whose first poll was put off goes on there. It comes next in the ready queue. */
static enum async__poll deferred_poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	const struct async__fn *fn = async__box_of(self)->fn;
	if (state & 1) { /* never started */
		if (fn->drop)
			fn->drop(self);
		return ASYNC__ABORTED;
	}
	return fn->poll(self, cx, 0);
}

static const struct async__site deferred_site = {.poll = deferred_poll};

enum async__poll async__start_later(struct async__frame *f, struct async__context *cx)
{
	cx->interrupt = NULL;
	async__queue_push_front(&cx->runtime->ready, cx);
	return async__suspend(cx, f, &deferred_site);
}

/* --- operations that look like functions -------------------------------------------------------- */

static enum async__poll operation_end(struct async__frame *self, struct async__context *cx, unsigned state)
{
	(void)self;
	(void)cx;
	return state & 1 ? ASYNC__ABORTED : ASYNC__READY;
}

const struct async__site async__operation_site = {.poll = operation_end, .flags = ASYNC__TAIL};

/* --- block_on --------------------------------------------------------------------------------- */

/* `file:line: block_on(what)`; plain C calls operations of the library by a name of their own, which knows no place. */
static const char *block_on_text(char text[static 300], const char *what, const char *file, unsigned line)
{
	if (line)
		snprintf(text, 300, "%s:%u: block_on(%s)", file, line, what);
	else
		snprintf(text, 300, "%s__block_on", what);
	return text;
}

static void nesting_misuse(struct async_runtime *rt, const char *call)
{
	struct async__task *outer = rt->blocked_on ? rt->blocked_on : async__task_of(rt->current);
	const struct async__fn *running = rt->current && rt->current->site ? rt->current->site->fn : NULL;
	if (running && rt->blocked_on)
		async__misuse("%s inside a task: `%s` is running here (%s:%u), under the block_on(%s) at %s:%u; use .await", call,
			      running->name, running->file, rt->current->site->line, async__task_fn(outer)->name,
			      async__task_fn(outer)->file, async__task_fn(outer)->line);
	async__misuse("%s inside a task: the %s(%s) at %s:%u is running here; use .await", call, rt->blocked_on ? "block_on" : "task",
		      async__task_fn(outer)->name, async__task_fn(outer)->file, async__task_fn(outer)->line);
}

int async__block_on(struct async__frame *f, async__poll_fn *poll, const char *what, const char *file, unsigned line)
{
	int err;
	char call[300];
	struct async_runtime *rt = async__runtime_get(&err);
	if (!rt)
		return err;
	if (rt->blocked_on || rt->current)
		nesting_misuse(rt, block_on_text(call, what, file, line));
	if (rt->attached)
		async__misuse("%s in a thread whose loop the program runs: it would run the loop inside of itself; "
			      "start it with async_start", block_on_text(call, what, file, line));
	const struct async__fn fn = {
		.name = what, .file = file, .line = line, .poll = poll, .ended = ASYNC__ENDED}; /* here it says where block_on is */
	struct async__outer_task task;
	async__task_init(&task, rt, f, &fn);
	stack_limit_set();
	if (async__thread_is_cancelled())
		async__strand_cancel(&task.task.strand);
	rt->blocked_on = &task.task;
	rt->current = &task.task.strand;
	if (poll(f, &task.task.strand, 0) == ASYNC__PENDING) {
		async__runtime_run(rt);
	} else {
		async__task_leave(&task.task);
		if (async__task_has_extra(&task.task))
			async__task_extra_free(&task.task);
	}
	rt->blocked_on = NULL;
	rt->current = NULL;
	return task.task.aborted ? ASYNC_ECANCELED : 0;
}

void *async__block_on_future(async_future f, void *value, size_t size, size_t align, size_t error_size,
			     const char *file, unsigned line)
{
	const char *what = "a future";
	int err = ASYNC_ENOMEM;
	if (f == ASYNC__NO_FUTURE)
		async__misuse("%s:%u: this future was consumed before, or never set", file, line);
	if (f) {
		const struct async__fn *fn = async__box_of(f)->fn;
		size_t offset = align > sizeof *f ? align : sizeof *f; /* where the value lies */
		what = fn->name;
		err = async__block_on(f, fn->poll, what, file, line);
		if (!err && size)
			memcpy(value, (char *)f + offset, size);
		if (err && err != ASYNC_ECANCELED) /* not polled */
			future_drop(f);
		else
			async__frame_free(f);
	}
	if (!err)
		return value;
	int64_t wide = err;
	if (error_size == sizeof err)
		memcpy(value, &err, sizeof err);
	else if (error_size == sizeof wide)
		memcpy(value, &wide, sizeof wide);
	else
		async__no_memory(what, file, line);
	return value;
}
