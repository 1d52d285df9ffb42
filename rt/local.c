/* Task-local values: for each key that was set, a node in the task's extra.
 *
 * A key is told by its address. A task has few values, so that a list serves; the nodes' sizes and alignments are their
 * keys'. */
#include "asyncc/task.h"
#include "rt/extra.h"

#include <string.h>

struct async__task_value {
	struct async__task_value *next;
	const struct async_task_key *key;
	/* the value, at offset_of(key) */
};

static size_t offset_of(const struct async_task_key *key)
{
	return (sizeof(struct async__task_value) + key->align - 1) & ~(key->align - 1);
}

static size_t align_of(const struct async_task_key *key)
{
	return key->align > _Alignof(struct async__task_value) ? key->align : _Alignof(struct async__task_value);
}

static void *value_of(struct async__task_value *v)
{
	return (char *)v + offset_of(v->key);
}

static struct async__task_value *value_find(const struct async__task *task, const struct async_task_key *key)
{
	struct async__task_extra *extra = async__task_has_extra(task);
	struct async__task_value *v = extra ? extra->values : NULL;
	while (v && v->key != key)
		v = v->next;
	return v;
}

/* The running task; NULL outside of tasks. */
static struct async__task *running(void)
{
	struct async_runtime *rt = async__runtime_current();
	return rt && rt->current ? async__task_of(rt->current) : NULL;
}

/* The task whose block spawned `task`; it ends later. NULL: it has none. */
static struct async__task *parent_of(const struct async__task *task)
{
	struct async_nursery *n = task->nursery;
	return n && n->strand ? async__task_of(n->strand) : NULL;
}

const void *async__task_get(const struct async_task_key *key, const void *initial)
{
	for (struct async__task *task = running(); task; task = key->inherited ? parent_of(task) : NULL) {
		struct async__task_value *v = value_find(task, key);
		if (v)
			return value_of(v);
	}
	return initial;
}

static void bytes_swap(void *left, void *right, size_t size)
{
	char *a = left, *b = right;
	for (size_t i = 0; i < size; i++) {
		char byte = a[i];
		a[i] = b[i];
		b[i] = byte;
	}
}

static void values_end(struct async__task_extra *extra)
{
	struct async__task_value *v;
	while ((v = extra->values)) {
		const struct async_task_key *key = v->key;
		extra->values = v->next;
		if (key->drop)
			key->drop(value_of(v));
		async__block_free(v, offset_of(key) + key->size, align_of(key));
	}
}

int async__task_set(const struct async_task_key *key, void *value)
{
	struct async__task *task = running();
	struct async__task_extra *extra;
	struct async__task_value *v;
	if (!task || task->done)
		return ASYNC_ESRCH;
	if ((v = value_find(task, key))) {
		bytes_swap(value_of(v), value, key->size);
		if (key->drop)
			key->drop(value); /* the old one, which is in no task any more */
		return 0;
	}
	extra = async__task_extra(task);
	v = extra ? async__block_new(offset_of(key) + key->size, align_of(key)) : NULL;
	if (!v)
		return ASYNC_ENOMEM;
	*v = (struct async__task_value){extra->values, key};
	memcpy(value_of(v), value, key->size);
	extra->values = v;
	extra->values_end = values_end;
	return 0;
}
