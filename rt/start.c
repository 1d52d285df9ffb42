/* Tasks that plain C starts, with a callback at their end; calls that other threads post. A part of <asyncc/runtime.h>. */
#include "asyncc/runtime.h"
#include "rt/attach.h"
#include "rt/line.h"
#include "rt/remote.h"

/* --- started from callbacks ----------------------------------------------------------------------- */

struct start {
	struct async__joiner joiner;
	void (*done)(void *arg, int err, const void *value);
	void *arg;
};

/* In the task's turn, so that the callback cannot run tasks itself. */
static void start_ended(struct async__joiner *j, struct async__task *task)
{
	struct start s = *(struct start *)j;
	const struct async__fn *fn = async__task_fn(task);
	bool has_value = !task->aborted && fn->value_size;
	async__block_free(j, sizeof s, _Alignof(struct start));
	s.done(s.arg, async__task_error(task), has_value ? (char *)async__task_root(task) + fn->value_offset : NULL);
	task->has_handle = false;
}

int async_start(async_future f, void (*done)(void *arg, int err, const void *value), void *arg, async_task *handle)
{
	struct async_runtime *rt = async__runtime_current();
	if (f == ASYNC__NO_FUTURE)
		async__misuse_here("async_start: this future was consumed before, or never set");
	if (!f)
		return ASYNC_ENOMEM;
	if (!rt)
		async__misuse("async_start(%s): this thread has no runtime; call async_runtime_attach in it, or hand the call "
			      "over with async_post to the thread that has", async__box_of(f)->fn->name);
	struct start *s = NULL;
	struct async__task *task = NULL;
	bool ends = rt->draining;
	if (!ends && done)
		s = async__block_new(sizeof *s, _Alignof(struct start));
	if (!ends && (s || !done))
		task = async__spawn_future(NULL, f);
	else
		future_drop(f);
	if (!task) {
		if (s)
			async__block_free(s, sizeof *s, _Alignof(struct start));
		return ends ? ASYNC_ESHUTDOWN : ASYNC_ENOMEM;
	}
	if (s) {
		*s = (struct start){{.ended = start_ended}, done, arg};
		async__task_set_joiner(task, &s->joiner);
	} else {
		task->has_handle = false;
	}
	if (handle)
		*handle = task;
	if (async__thread_is_cancelled())
		async__task_cancel(task);
	return 0;
}

void async_task_cancel(async_task task)
{
	if (task && task != ASYNC__NO_TASK && task->strand.runtime != async__runtime_current())
		async__misuse("async_task_cancel: this task runs in another thread; hand the call over with async_post");
	async__task_cancel(task);
}

/* --- posted by other threads ------------------------------------------------------------------------ */

struct post {
	struct async__remote remote;
	void (*fn)(void *arg);
	void *arg;
};

static void post_arrives(struct async__remote *remote)
{
	struct post p = *(struct post *)remote;
	async__free(remote);
	p.fn(p.arg);
}

async_runtime *async_runtime_current(void)
{
	int err;
	struct async_runtime *rt = async__runtime_get(&err);
	if (rt)
		async__loop_lend(rt);
	return rt && async__inbox_get(&err) ? rt : NULL;
}

int async_post(async_runtime *rt, void (*fn)(void *arg), void *arg)
{
	struct post *p = async__alloc(sizeof *p);
	if (!p)
		return ASYNC_ENOMEM;
	*p = (struct post){{.arrive = post_arrives}, fn, arg};
	async__inbox_send(rt->inbox, &p->remote);
	return 0;
}
