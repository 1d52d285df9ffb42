/* Tasks: a header and a root frame in one block.
 *
 *     | struct async__task | (alignment) | root frame |
 *
 * A task ends when its root's poll has returned READY or ABORTED to the run loop, which finds it at the root's return
 * site. */
#include "rt/internal.h"

static enum async__poll task_end(struct async__frame *unused, struct async__context *cx, unsigned state)
{
	struct async__task *task = cx->task;
	task->aborted = state & 1;
	task->done = true;
	if (task->ended)
		task->ended(task);
	return ASYNC__PENDING; /* nothing further out */
}

/* The offset only says that there is no box: the end takes no frame. */
const struct async__site async__task_end_site = {.poll = task_end, .offset = sizeof(struct async__frame)};

static enum async__poll task_begin(struct async__frame *unused, struct async__context *cx, unsigned state)
{
	struct async__task *task = cx->task;
	enum async__poll result = state & 1 ? ASYNC__ABORTED : task->fn->poll(task->root, cx, 0);
	if (result == ASYNC__PENDING) {
		task->root->ret = &async__task_end_site;
		return result;
	}
	return task_end(NULL, cx, result == ASYNC__ABORTED);
}

static const struct async__site task_begin_site = {.poll = task_begin, .offset = offsetof(struct async__task, start)};

void async__task_init(struct async__task *task, struct async_runtime *rt, struct async__frame *root,
		      const struct async__fn *fn)
{
	*task = (struct async__task){
		.strand = {.leaf = &task->start, .task = task, .runtime = rt},
		.start = {&task_begin_site},
		.root = root,
		.fn = fn,
		.id = ++rt->last_task_id,
		.next = rt->tasks,
		.link = &rt->tasks,
	};
	if (task->next)
		task->next->link = &task->next;
	rt->tasks = task;
}

void async__task_leave(struct async__task *task)
{
	*task->link = task->next;
	if (task->next)
		task->next->link = task->link;
}

/* Where the root frame lies in the block. */
static size_t root_offset(const struct async__fn *fn)
{
	size_t align = fn->align;
	return (sizeof(struct async__task) + align - 1) & ~(align - 1);
}

static void task_release(struct async__task *task)
{
	const struct async__fn *fn = task->fn;
	async__task_leave(task);
	async__block_free(task, root_offset(fn) + fn->size, fn->align);
}

struct async__task *async__task_new(struct async_runtime *rt, const struct async__fn *fn)
{
	struct async__task *task = async__block_new(root_offset(fn) + fn->size, fn->align);
	if (!task)
		return NULL;
	async__task_init(task, rt, (struct async__frame *)((char *)task + root_offset(fn)), fn);
	task->ended = task_release;
	return task;
}

void async__task_start(struct async__task *task)
{
	async__queue_push(&task->strand.runtime->ready, &task->strand);
}
