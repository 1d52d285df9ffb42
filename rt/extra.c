/* The rarely used parts of tasks: see extra.h. */
#include "rt/extra.h"

#include <string.h>

#include "asyncc/task.h"
#include "rt/line.h"

struct async__task_extra *async__task_extra(struct async__task *task)
{
	struct async__task_extra *extra = async__task_has_extra(task);
	if (!extra && (extra = async__alloc(sizeof *extra))) {
		*extra = (struct async__task_extra){.joiner = async__task_joiner(task)};
		task->more = (uintptr_t)extra;
	}
	return extra;
}

struct async__joiner *async__extra_joiner(const struct async__task *task)
{
	return async__task_has_extra(task)->joiner;
}

void async__extra_set_joiner(struct async__task *task, struct async__joiner *j)
{
	async__task_has_extra(task)->joiner = j;
}

/* Functions of the program run here, the values' ends: in the task, which is done. What they ask for is refused. */
void async__task_extra_end(struct async__task *task)
{
	struct async__task_extra *extra = async__task_has_extra(task);
	task->done = true;
	if (extra->mailbox)
		extra->mailbox_close(extra->mailbox);
	if (extra->values)
		extra->values_end(extra);
	if (extra->subscriptions)
		extra->subscriptions_end(extra);
}

void async__task_extra_free(struct async__task *task)
{
	struct async__task_extra *extra = async__task_has_extra(task);
	if (!task->done)
		async__task_extra_end(task);
	if (extra->mailbox)
		extra->mailbox_unref(extra->mailbox);
	async__free(extra->name);
	async__free(extra);
	task->more = 0;
}

static void check_handle(const struct async__task *t)
{
	if (t == ASYNC__NO_TASK)
		async__misuse_here("a task handle is used that was consumed before, or never set");
}

const char *async__task_name(const struct async__task *t)
{
	check_handle(t);
	const struct async__task_extra *extra = t ? async__task_has_extra(t) : NULL;
	return extra && extra->name ? extra->name : t ? async__task_fn(t)->name : "";
}

/* A name that has no memory is not kept. */
void async__task_set_name(struct async__task *t, const char *name)
{
	check_handle(t);
	struct async__task_extra *extra = t && !t->done ? async__task_extra(t) : NULL;
	size_t size = strlen(name) + 1;
	char *copy = extra ? async__alloc(size) : NULL;
	if (!copy)
		return;
	async__free(extra->name);
	extra->name = memcpy(copy, name, size);
}

struct async__task *async__spawn_named(const char *name, struct async__task *t)
{
	if (t)
		async__task_set_name(t, name);
	return t;
}

void async__library_stop(struct async_runtime *rt)
{
	(void)rt;
}
