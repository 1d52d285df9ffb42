/* What the beginnings and ends of tasks (task.c) and their handles (handle.c) share. */
#ifndef ASYNCC_RT_TASK_H
#define ASYNCC_RT_TASK_H

#include <string.h>

#include "rt/internal.h"

/* Copies a value of the usual sizes; false: it has another. */
static inline bool word_copy(void *to, const void *from, size_t size)
{
	if (size == sizeof(uint64_t))
		memcpy(to, from, sizeof(uint64_t));
	else if (size == sizeof(int))
		memcpy(to, from, sizeof(int));
	else
		return false;
	return true;
}

/* Copies the value of a task that is done: 0, or ASYNC_ECANCELED when it was aborted. */
static inline int task_value(const struct async__task *task, void *to)
{
	const struct async__frame *root = async__task_root(task);
	const struct async__fn *fn = async__fn_of_root(root);
	const char *value = (const char *)root + fn->value_offset;
	if (task->aborted)
		return ASYNC_ECANCELED;
	if (to && !word_copy(to, value, fn->value_size))
		memcpy(to, value, fn->value_size);
	return 0;
}

/* A task that has an extra, or whose block is none of the pool's. */
void async__task_release_rarely(struct async__task *task);

/* Gives back the memory of a task that is done, and has no handle. */
static inline void task_release(struct async__task *task)
{
	unsigned class = task->pool_class;
	if (__builtin_expect(!class || async__task_has_extra(task), 0))
		async__task_release_rarely(task);
	else
		async__pool_put(task, class - 1);
}

/* The end of what an await of a handle waits for. */
static inline struct async__join__frame *join_of(struct async__joiner *j)
{
	return (struct async__join__frame *)((char *)j - offsetof(struct async__join__frame, joiner));
}

/* The joiner that is an await of a handle: `ended` of its struct async__joiner. */
void async__join_ended(struct async__joiner *j, struct async__task *task);

#endif
