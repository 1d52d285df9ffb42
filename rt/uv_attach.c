/* The runtime on a loop that the program runs. A part of <asyncc/runtime.h>.
 *
 *     uv_run:  timers ─▶ prepare: a turn ─▶ poll ─▶ check: a turn ─▶ closing callbacks ─▶ ...
 *                            └─ strands are left: idle is active, so that poll does not wait
 *
 * All handles of the runtime are without a reference, but for `prepare` while a task lives. Detaching:
 *
 *     ATTACHED ── detach ─▶ DRAINING ── no task is left ─▶ CLOSING ── handles closed ─▶ LEAVING ── own ones closed ─▶ done */
#include <uv.h>

#include "asyncc/runtime.h"
#include "rt/attach.h"
#include "rt/remote.h"

struct async__attachment {
	uv_prepare_t prepare;
	uv_check_t check;
	uv_idle_t idle;
	struct async_runtime *rt;
	enum { ATTACHED, DRAINING, CLOSING, LEAVING } state;
	unsigned open; /* of the three and the alarm */
	void (*done)(void *arg);
	void *arg;
};

static bool has_tasks(const struct async_runtime *rt)
{
	return rt->tasks.next != &rt->tasks;
}

static void closed_under_it(void)
{
	async__misuse("the handles of an attached runtime were closed by the program, with uv_walk or with the loop; call "
		      "async_runtime_detach first and run the loop until it is done");
}

/* --- turns -------------------------------------------------------------------------------------------- */

static void idle(uv_idle_t *handle)
{
	(void)handle;
}

/* Before the loop waits: for how long it may. */
static void settle(struct async__attachment *a)
{
	struct async_runtime *rt = a->rt;
	bool is_busy = !async__queue_is_empty(&rt->ready);
	uint64_t until = is_busy ? UINT64_MAX : async__time_until(async__wheel_next(&rt->wheel));
	if (async__time_is_virtual && until != UINT64_MAX && !rt->io_count) {
		async__time_jump(until);
		is_busy = true;
		until = UINT64_MAX;
	}
	if (is_busy)
		uv_idle_start(&a->idle, idle);
	else
		uv_idle_stop(&a->idle);
	async__alarm_set(rt, until);
	if (has_tasks(rt) || a->state != ATTACHED)
		uv_ref((uv_handle_t *)&a->prepare);
	else
		uv_unref((uv_handle_t *)&a->prepare);
}

static void handle_closed(uv_handle_t *handle)
{
	struct async__attachment *a = ((struct async_runtime *)handle->data)->attached;
	if (--a->open)
		return;
	void (*done)(void *arg) = a->done;
	void *arg = a->arg;
	async__runtime_forget(a->rt);
	async__free(a);
	if (done)
		done(arg);
}

static void leave(struct async__attachment *a)
{
	a->state = LEAVING;
	uv_close((uv_handle_t *)&a->prepare, handle_closed);
	uv_close((uv_handle_t *)&a->check, handle_closed);
	uv_close((uv_handle_t *)&a->idle, handle_closed);
	uv_close((uv_handle_t *)a->rt->alarm, handle_closed);
}

static void turn(struct async__attachment *a)
{
	struct async_runtime *rt = a->rt;
	if (rt != async__runtime_current())
		async__misuse("a loop with an attached runtime is run by another thread than the one that attached it");
	if (rt->current)
		async__misuse("uv_run on an attached loop inside the task `%s` (%s:%u); the task has to suspend instead: .await",
			      async__task_name(async__task_of(rt->current)), async__task_fn(async__task_of(rt->current))->file,
			      async__task_fn(async__task_of(rt->current))->line);
	async__runtime_turn(rt);
	if (a->state == DRAINING && !has_tasks(rt)) {
		a->state = CLOSING;
		if (async__thread_hooks)
			async__thread_hooks->ends(rt);
		async__handles_close(rt);
	}
	if (a->state == DRAINING && async__queue_is_empty(&rt->ready) && !rt->io_count && !rt->wheel.count)
		async__runtime_stuck(rt);
	if (a->state == CLOSING && !rt->io_count)
		leave(a);
	else
		settle(a);
}

static void prepared(uv_prepare_t *prepare)
{
	turn((struct async__attachment *)prepare);
}

static void checked(uv_check_t *check)
{
	struct async__attachment *a = (struct async__attachment *)((char *)check - offsetof(struct async__attachment, check));
	if (a->state != LEAVING)
		turn(a);
}

void async__attachment_keep(struct async_runtime *rt)
{
	if (uv_is_closing((uv_handle_t *)&rt->attached->prepare) && rt->attached->state != LEAVING)
		closed_under_it();
	uv_ref((uv_handle_t *)&rt->attached->prepare);
	if (!rt->current && rt->attached->state != LEAVING)
		uv_idle_start(&rt->attached->idle, idle); /* outside of uv_run uv_backend_timeout is to say that there is something to do */
}

/* --- attaching and detaching ---------------------------------------------------------------------------- */

int async__attachment_open(struct async_runtime *rt)
{
	struct async__attachment *a = async__alloc(sizeof *a);
	if (!a)
		return ASYNC_ENOMEM;
	*a = (struct async__attachment){.rt = rt, .state = ATTACHED, .open = 4};
	uv_timer_init(rt->loop, rt->alarm);
	uv_prepare_init(rt->loop, &a->prepare);
	uv_check_init(rt->loop, &a->check);
	uv_idle_init(rt->loop, &a->idle);
	a->prepare.data = a->check.data = a->idle.data = rt->alarm->data = rt;
	uv_prepare_start(&a->prepare, prepared);
	uv_check_start(&a->check, checked);
	uv_unref((uv_handle_t *)&a->prepare);
	uv_unref((uv_handle_t *)&a->check);
	uv_unref((uv_handle_t *)&a->idle);
	uv_unref((uv_handle_t *)rt->alarm);
	rt->attached = a;
	return 0;
}

static void refuse_attached(uv_handle_t *handle, void *unused)
{
	(void)unused;
	if (handle->type == UV_PREPARE && ((uv_prepare_t *)handle)->prepare_cb == prepared)
		async__misuse("async_runtime_attach: this loop has an attached runtime already; a loop has one, in the thread "
			      "that runs it");
}

int async_runtime_attach(uv_loop_t *loop)
{
	struct async_runtime *rt = async__runtime_current();
	if (rt && rt->attached)
		async__misuse("async_runtime_attach: this thread's runtime is attached already; call async_runtime_detach and "
			      "wait until it is done, or use another thread for the other loop");
	if (rt && (rt->current || rt->blocked_on || has_tasks(rt) || async__handles_are_open(rt)))
		async__misuse("async_runtime_attach: this thread has a runtime with %s on a loop of its own; end them first, or "
			      "attach before anything is started", has_tasks(rt) ? "tasks" : "open handles");
	uv_walk(loop, refuse_attached, NULL);
	if (rt)
		async__runtime_stop(rt);
	return async__runtime_start(loop);
}

int async_runtime_detach(void (*done)(void *arg), void *arg)
{
	struct async_runtime *rt = async__runtime_current();
	struct async__attachment *a = rt ? rt->attached : NULL;
	if (!a)
		return ASYNC_EINVAL;
	if (a->state != ATTACHED)
		return ASYNC_EALREADY;
	if (uv_is_closing((uv_handle_t *)&a->prepare))
		closed_under_it();
	a->state = DRAINING;
	a->done = done;
	a->arg = arg;
	async__runtime_cancel(rt);
	uv_ref((uv_handle_t *)&a->prepare);
	uv_idle_start(&a->idle, idle);
	return 0;
}

/* Where the program did not detach, the loop may be gone as well: nothing in it is touched. */
void async__attachment_leave(struct async_runtime *rt)
{
	if (rt->attached->state != LEAVING && uv_is_closing((uv_handle_t *)&rt->attached->prepare))
		closed_under_it();
}

uv_loop_t *async_runtime_loop(void)
{
	int err;
	struct async_runtime *rt = async__runtime_get(&err);
	if (!rt)
		return NULL;
	async__loop_lend(rt);
	return rt->loop;
}
