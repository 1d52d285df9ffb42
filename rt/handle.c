/* Handles of tasks: what is asked and told by one, its end, its await. A task that is done lives on as long as it has a handle,
 * which holds its value. */
#include "rt/line.h"
#include "rt/op.h"
#include "rt/task.h"

static bool is_task(const struct async__task *t)
{
	if (t == ASYNC__NO_TASK)
		async__misuse_here("a task handle is used that was consumed before, or never set");
	return t != NULL;
}

struct async__task *async__take_task(struct async__task **t, const char *file, unsigned line)
{
	struct async__task *taken = *t;
	if (taken == ASYNC__NO_TASK)
		async__misuse("%s:%u: this task handle was consumed before, or never set", file, line);
	*t = ASYNC__NO_TASK;
	return taken;
}

void async__task_detach(struct async__task *t)
{
	if (!is_task(t))
		return;
	t->has_handle = false;
	if (t->done)
		task_release(t);
}

void async__task_drop(struct async__task *t)
{
	if (!t || t == ASYNC__NO_TASK)
		return;
	if (!t->done)
		async__strand_cancel(&t->strand);
	async__task_detach(t);
}

void async__task_cancel(struct async__task *t)
{
	if (!is_task(t) || t->done)
		return;
	async__check_thread(&t->strand);
	async__strand_cancel(&t->strand);
}

void async__task_abort(struct async__task *t)
{
	if (!is_task(t) || t->done)
		return;
	async__check_thread(&t->strand);
	async__strand_abort(&t->strand);
	if (t->is_queued)
		async__nursery_start_now(t->nursery, t); /* nothing to run: it does not wait for its turn */
}

bool async__task_is_finished(const struct async__task *t)
{
	return !is_task(t) || t->done;
}

bool async__task_is_cancelled(const struct async__task *t)
{
	return is_task(t) && (t->strand.flags & (ASYNC__REQUESTED | ASYNC__ABORTING | ASYNC__ABORT_LATER) || t->aborted);
}

uint64_t async__task_id(const struct async__task *t)
{
	return is_task(t) ? t->id : 0;
}

/* task_value that consumes the handle. */
static int task_take(struct async__task **handle, void *to)
{
	struct async__task *task = *handle;
	int err = task_value(task, to);
	*handle = ASYNC__NO_TASK;
	async__task_detach(task);
	return err;
}

int async__task_try_unwrap(struct async__task **handle, void *to)
{
	struct async__task *task = *handle;
	if (!is_task(task)) {
		*handle = ASYNC__NO_TASK;
		return ASYNC_ENOMEM;
	}
	if (!task->done)
		return ASYNC_EAGAIN;
	return task_take(handle, to);
}

/* --- await of a handle -------------------------------------------------------------------------- */

void async__join_ended(struct async__joiner *j, struct async__task *task)
{
	struct async__join__frame *f = join_of(j);
	f->value = task_value(task, f->to);
	*f->handle = ASYNC__NO_TASK;
	task->has_handle = false;
	async__wake_now(j->cx);
}

static void join_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async__join__frame *f = (struct async__join__frame *)leaf;
	async__task_set_joiner(f->task, NULL);
	f->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

static inline enum async__poll join_wait(struct async__join__frame *f, struct async__context *cx, struct async__task **handle,
					 void *to)
{
	struct async__task *task = *handle;
	f->handle = handle;
	f->to = to;
	f->task = task;
	f->joiner = (struct async__joiner){async__join_ended, cx};
	async__task_set_joiner(task, &f->joiner);
	return async__op_wait(cx, join_interrupt);
}

static __attribute__((noinline)) enum async__poll join_rarely(struct async__join__frame *f, struct async__context *cx,
							     struct async__task **handle, void *to)
{
	struct async__task *task = *handle;
	if (!is_task(task)) {
		*handle = ASYNC__NO_TASK;
		f->value = ASYNC_ENOMEM;
		return ASYNC__READY;
	}
	if (task->done) {
		f->value = task_take(handle, to);
		return async__op_done(cx);
	}
	async__check_thread(&task->strand);
	if (task == async__task_of(cx))
		async__misuse_here("task %llu `%s` awaits itself", (unsigned long long)task->id, async__task_name(task));
	if (async__task_joiner(task))
		async__misuse_here("task %llu `%s` is awaited twice", (unsigned long long)task->id, async__task_name(task));
	f->value = ASYNC_ECANCELED;
	return async__is_cancelled(cx) ? async__yield(cx) : join_wait(f, cx, handle, to);
}

/* (Functions of their own, in tail position: the way to each saves no registers.) */
static __attribute__((noinline)) enum async__poll join_done(struct async__join__frame *f, struct async__context *cx,
							   struct async__task **handle, void *to)
{
	struct async__task *task = *handle;
	const struct async__fn *fn = async__fn_of_root((struct async__frame *)(task + 1));
	if (__builtin_expect(task->aborted || !task->pool_class || !to ||
			     !word_copy(to, (char *)(task + 1) + fn->value_offset, fn->value_size), 0))
		return join_rarely(f, cx, handle, to);
	f->value = 0;
	*handle = ASYNC__NO_TASK;
	async__pool_put(task, task->pool_class - 1);
	return async__op_done(cx);
}

enum async__poll async__join__start(struct async__join__frame *f, struct async__context *cx, struct async__task **handle,
				    void *to)
{
	struct async__task *task = *handle;
	if (__builtin_expect((uintptr_t)task <= (uintptr_t)ASYNC__NO_TASK || task->more || &task->strand == cx ||
			     task->strand.runtime != cx->runtime || cx->flags & (ASYNC__CANCELLED | ASYNC__BRANCH), 0))
		return join_rarely(f, cx, handle, to);
	return task->done ? join_done(f, cx, handle, to) : join_wait(f, cx, handle, to);
}

static enum async__poll async__join__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__join__frame *f = (struct async__join__frame *)self;
	(void)state;
	return async__join__start(f, cx, f->handle, f->to);
}

OP_DESCRIPTOR(async__join, "asyncc/abi.h");

struct async__task *async_self(void)
{
	struct async_runtime *rt = async__runtime_current();
	if (!rt || !rt->current)
		async__misuse("async_self() outside of a task");
	return async__task_of(rt->current);
}
