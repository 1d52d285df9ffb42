/* Tasks: a header and a root frame in one block. (Their handles: handle.c.)
 *
 *     | (alignment) | struct async__task | root frame |
 *
 *     new ──▶ ready ◀──▶ running ──▶ done ──▶ released (when nobody holds a handle)
 *                ▲          │
 *                └─ waiting ┘
 *
 * A task ends when its root's poll has returned READY or ABORTED to the run loop, which finds it at the root's return
 * site. */
#include "rt/attach.h"
#include "rt/internal.h"
#include "rt/line.h"
#include "rt/op.h"
#include "rt/task.h"

#include <string.h>

/* Bytes in front of the header, so that the root frame right behind it is aligned. */
static size_t padding(const struct async__fn *fn)
{
	size_t align = fn->align;
	if (__builtin_expect(align <= _Alignof(struct async__task), 1))
		return 0;
	return ((sizeof(struct async__task) + align - 1) & ~(align - 1)) - sizeof(struct async__task);
}

static size_t block_size(const struct async__fn *fn)
{
	return padding(fn) + sizeof(struct async__task) + (fn->start_size ? fn->start_size : fn->size);
}

/* --- split roots -------------------------------------------------------------------------------- */

/* A function that may end without having waited, and whose frame is much larger than its parameters, begins as a task
 * with the start of its frame alone:
 *
 *     | struct async__task | ret, parameters |     until it runs
 *     | struct async__task | ret, where ──────────▶ | root frame |     then
 *     | struct async__task | ret, value |          when it is done
 *
 * So of many tasks that wait for their turn only those cost much that have more to do than to look at their parameters. */
static struct async__frame **split_place(struct async__frame *start)
{
	return (struct async__frame **)(start + 1);
}

static void split_end(struct async__frame *start, struct async__frame *root, const struct async__fn *fn)
{
	if (!word_copy((char *)start + fn->value_offset, (char *)root + fn->value_offset, fn->value_size))
		memcpy((char *)start + fn->value_offset, (char *)root + fn->value_offset, fn->value_size);
	async__block_free(root, fn->size, fn->align);
}

/* Its value is ASYNC_ENOMEM, as that of a task which had no memory at all. */
static __attribute__((noinline)) void split_no_memory(struct async__frame *start, const struct async__fn *fn)
{
	int narrow = ASYNC_ENOMEM;
	int64_t wide = ASYNC_ENOMEM;
	if (fn->drop)
		fn->drop(start);
	if (!fn->error_size)
		async__no_memory(fn->name, fn->file, fn->line);
	memcpy((char *)start + fn->value_offset, fn->error_size == sizeof narrow ? (void *)&narrow : &wide, fn->error_size);
}


/* --- the end ------------------------------------------------------------------------------------ */

void async__task_release_rarely(struct async__task *task)
{
	const struct async__fn *fn = async__task_fn(task);
	if (__builtin_expect(async__task_has_extra(task) != NULL, 0))
		async__task_extra_free(task);
	if (task->is_static)
		return;
	if (!task->root_is_outside) {
		async__block_free((char *)task - padding(fn), block_size(fn), fn->align);
		return;
	}
	if (task->root_is_boxed)
		async__frame_free(async__task_root(task));
	async__block_free(task, sizeof(struct async__outer_task), _Alignof(struct async__outer_task));
}

static inline void task_unlink(struct async__task *task)
{
	task->siblings.prev->next = task->siblings.next;
	task->siblings.next->prev = task->siblings.prev;
}

void async__task_leave(struct async__task *task)
{
	task_unlink(task);
	struct async_runtime *rt = task->strand.runtime;
	if (__builtin_expect(task == rt->blocked_on || rt->draining, 0))
		rt->stop = task == rt->blocked_on || rt->tasks.next == &rt->tasks;
}

int async__task_error(const struct async__task *task)
{
	const struct async__frame *root = async__task_root(task);
	const struct async__fn *fn = async__fn_of_root(root);
	const char *at = (const char *)root + fn->value_offset;
	int64_t wide;
	int narrow;
	if (task->aborted)
		return ASYNC_ECANCELED;
	switch (fn->error_size) {
	case sizeof narrow:
		memcpy(&narrow, at, sizeof narrow);
		return narrow < 0 ? narrow : 0;
	case sizeof wide:
		memcpy(&wide, at, sizeof wide);
		return wide < 0 ? async__narrow_error(wide) : 0;
	default:
		return 0;
	}
}

static __attribute__((noinline)) enum async__poll task_end_rarely(struct async__task *task, unsigned state)
{
	struct async_nursery *nursery = task->nursery;
	struct async_runtime *rt = task->strand.runtime;
	task->aborted = state & 1;
	task->done = true;
	if (task->root_is_split) {
		task->root_is_split = false;
		split_end(async__task_root(task), *split_place(async__task_root(task)), async__task_fn(task));
	}
	if (async__task_has_extra(task))
		async__task_extra_end(task);
	async__task_leave(task);
	struct async__joiner *joiner = async__task_joiner(task);
	if (joiner)
		joiner->ended(joiner, task);
	if (nursery)
		async__nursery_child_ended(nursery, task);
	if (!task->has_handle)
		task_release(task);
	return rt->stop ? (enum async__poll)TASK_STOPS : ASYNC__PENDING; /* nothing further out */
}

/* The end of a child that nobody knows, without an error, while others run; false: it is more than that. */
static inline bool child_end(struct async__task *task, struct async_nursery *n, const struct async__fn *fn)
{
	int err = 0;
	if (fn->error_size == sizeof err)
		memcpy(&err, (char *)(task + 1) + fn->value_offset, sizeof err);
	else if (fn->error_size)
		return false;
	if (err < 0 || task->more || task->has_handle || n->count == 1 || n->queued.first)
		return false;
	n->count--;
	n->running--;
	task_unlink(task);
	async__pool_put(task, task->pool_class - 1);
	return true;
}

/* What is done here is nearly always all there is: a task in no nursery ends, and is awaited already, or has its handle still;
 * or a child that has none. */
enum async__poll async__task_end(struct async__frame *unused, struct async__context *cx, unsigned state)
{
	struct async__task *task = (struct async__task *)cx;
	struct async__frame *root = (struct async__frame *)(task + 1);
	(void)unused;
	const struct async__fn *fn = async__fn_of_root(root);
	if (__builtin_expect(state & 1 || !task->pool_class || task->root_is_split || cx->runtime->draining, 0))
		return task_end_rarely(task, state);
	if (task->nursery)
		return child_end(task, task->nursery, fn) ? ASYNC__PENDING : task_end_rarely(task, state);
	if (!task->more && task->has_handle) {
		task->done = true;
		task_unlink(task);
		return ASYNC__PENDING;
	}
	struct async__joiner *joiner = (struct async__joiner *)(task->more - 1);
	if (__builtin_expect(!(task->more & 1) || joiner->ended != async__join_ended, 0))
		return task_end_rarely(task, state);
	struct async__join__frame *f = join_of(joiner);
	if (__builtin_expect(!f->to || !word_copy(f->to, (char *)root + fn->value_offset, fn->value_size), 0))
		return task_end_rarely(task, state);
	f->value = 0;
	*f->handle = ASYNC__NO_TASK;
	task_unlink(task);
	async__pool_put(task, task->pool_class - 1);
	async__wake_now(f->joiner.cx);
	return ASYNC__PENDING;
}

/* Aborted before it began: nothing runs. */
static __attribute__((noinline)) enum async__poll task_skip(struct async__context *cx)
{
	struct async__frame *root = async__task_root((struct async__task *)cx);
	const struct async__fn *fn = async__fn_of_root(root);
	if (fn->drop)
		fn->drop(root);
	return async__task_end(root, cx, true);
}

static enum async__poll task_begin(struct async__frame *root, struct async__context *cx, unsigned state)
{
	if (__builtin_expect(state & 1, 0))
		return task_skip(cx);
	enum async__poll result = async__fn_of_root(root)->poll(root, cx, 0);
	return result == ASYNC__PENDING ? result : async__task_end(root, cx, result == ASYNC__ABORTED);
}

static enum async__poll split_begin(struct async__frame *start, struct async__context *cx, unsigned state)
{
	const struct async__fn *fn = async__fn_of_root(start);
	if (__builtin_expect(state & 1, 0))
		return task_skip(cx);
	struct async__frame *root = async__block_new(fn->size, fn->align);
	if (__builtin_expect(!root, 0)) {
		split_no_memory(start, fn);
		return async__task_end(start, cx, false);
	}
	for (size_t i = 0; i < fn->start_size; i += sizeof(uint64_t)) /* (a multiple of it) */
		memcpy((char *)root + i, (char *)start + i, sizeof(uint64_t));
	enum async__poll result = fn->poll(root, cx, 0);
	if (result == ASYNC__PENDING) {
		((struct async__task *)cx)->root_is_split = true;
		*split_place(start) = root;
		return result;
	}
	split_end(start, root, fn);
	return async__task_end(start, cx, result == ASYNC__ABORTED);
}

/* The frame that a strand begins with is the root's, or its start. */
const struct async__site async__task_begin_site = {.poll = task_begin};
const struct async__site async__split_begin_site = {.poll = split_begin};

/* --- the beginning ------------------------------------------------------------------------------ */

static inline void task_link(struct async__task *task, struct async__link *ring)
{
	task->siblings = (struct async__link){ring, ring->prev};
	ring->prev->next = &task->siblings;
	ring->prev = &task->siblings;
}

static void task_enter(struct async__task *task, struct async_runtime *rt, struct async_nursery *n)
{
	if (n) {
		async__nursery_adopt(n, task);
		return;
	}
	if (__builtin_expect(rt->attached != NULL, 0))
		async__attachment_keep(rt);
	if (rt->draining)
		task->strand.flags |= ASYNC__REQUESTED | ASYNC__CANCELLED | ASYNC__TOUCHED;
	task_link(task, &rt->tasks);
}

void async__task_init(struct async__outer_task *outer, struct async_runtime *rt, struct async__frame *root,
		      const struct async__fn *fn)
{
	*outer = (struct async__outer_task){
		.task = {.strand = {.frame = root, .site = &async__task_begin_site, .runtime = rt}, .root_is_outside = true, .is_static = true},
		.root = root,
	};
	root->ret = &fn->ended;
	outer->task.id = ++rt->last_task_id;
	task_enter(&outer->task, rt, NULL);
}

void async__task_start(struct async__task *task)
{
	async__ready(&task->strand);
}

static struct async_runtime *runtime_for(struct async_nursery *n)
{
	int err;
	if (n)
		async__nursery_check_open(n, "async_spawn"); /* first: then what is in its place is none */
	if (n && n->runtime != async__thread_runtime)
		async__misuse_here("a nursery of another thread is spawned into: a nursery and its children belong to one thread; hand the call "
				   "over to it with async_post");
	if (n)
		return n->runtime;
	return __builtin_expect(async__thread_runtime != NULL, 1) ? async__thread_runtime : async__runtime_get(&err);
}

_Static_assert(sizeof(struct async__task) == ASYNC__TASK_SIZE, "a root finds its task");

/* Fills a new block; `class`: of the pool, + 1. Member by member: an initialiser would zero it all first. */
static inline __attribute__((always_inline)) struct async__frame *task_fill(struct async__task *task, struct async_runtime *rt,
									    const struct async__fn *fn, size_t class)
{
	struct async__frame *root = (struct async__frame *)(task + 1);
	task->strand.frame = root;
	task->strand.site = fn->start_size ? &async__split_begin_site : &async__task_begin_site;
	task->strand.runtime = rt;
	task->strand.interrupt = NULL;
	task->strand.scope = NULL;
	task->strand.flags = task->strand.refused = 0;
	root->ret = &fn->ended;
	task->nursery = NULL;
	task->more = 0;
	task->word = (++rt->last_task_id & TASK_ID) | TASK_HAS_HANDLE | (uint64_t)class << TASK_CLASS;
	return root;
}

/* In a nursery; the first task of a thread; one whose block has to be cut, or is none of the pool's. */
static __attribute__((noinline)) struct async__frame *task_new_rarely(struct async_nursery *n, const struct async__fn *fn)
{
	struct async_runtime *rt = runtime_for(n);
	size_t size = block_size(fn);
	char *block = rt ? async__block_new(size, fn->align) : NULL;
	if (!block && n)
		async__nursery_no_memory(n);
	if (!block)
		return NULL;
	struct async__task *task = (struct async__task *)(block + padding(fn));
	struct async__frame *root = task_fill(task, rt, fn, async__is_pooled(size, fn->align) ? async__pool_class(size) + 1 : 0);
	task_enter(task, rt, n);
	if (n)
		async__nursery_start(n, task);
	else
		async__ready(&task->strand);
	return root;
}

/* An open nursery of this thread that was never cancelled, below its limit. */
static inline bool nursery_takes_one(const struct async_nursery *n, const struct async_runtime *rt)
{
	return n->runtime == rt && n->strand && !(n->strand->flags & ASYNC__TOUCHED) && n->running < n->limit;
}

struct async__frame *async__task_new(struct async_nursery *n, const struct async__fn *fn)
{
	struct async_runtime *rt = async__thread_runtime;
	size_t class = async__pool_class(sizeof(struct async__task) + (fn->start_size ? fn->start_size : fn->size));
	struct async__task *task;
	if (!rt || !POOL_KEEPS || fn->align > POOL_GRAIN || class >= POOL_CLASSES || rt->attached || rt->draining)
		return task_new_rarely(n, fn);
	if (n && !nursery_takes_one(n, rt))
		return task_new_rarely(n, fn);
	task = async__pool_get(class);
	if (!task)
		return task_new_rarely(n, fn);
	struct async__frame *root = task_fill(task, rt, fn, class + 1);
	if (n) {
		task->nursery = n;
		n->count++;
		n->running++;
	}
	task_link(task, n ? &n->children : &rt->tasks);
	async__queue_push(&rt->ready, &task->strand);
	return root;
}

struct async__task *async__spawn_future(struct async_nursery *n, async_future f)
{
	if (!f && n)
		async__nursery_no_memory(n);
	if (!f)
		return NULL;
	if (f == ASYNC__NO_FUTURE)
		async__misuse_here("a future is spawned that was consumed before, or never set");
	struct async_runtime *rt = runtime_for(n);
	struct async__outer_task *outer =
		rt ? async__block_new(sizeof *outer, _Alignof(struct async__outer_task)) : NULL;
	if (!outer) {
		if (n)
			async__nursery_no_memory(n);
		future_drop(f);
		return NULL;
	}
	async__task_init(outer, rt, f, async__box_of(f)->fn);
	outer->task.is_static = false;
	outer->task.root_is_boxed = true;
	outer->task.has_handle = true;
	if (n) {
		async__task_leave(&outer->task);
		async__nursery_adopt(n, &outer->task);
		async__nursery_start(n, &outer->task);
	} else {
		async__ready(&outer->task.strand);
	}
	return &outer->task;
}

/* --- closures ------------------------------------------------------------------------------------ */

void *async__env_new(size_t size)
{
	return async__alloc(size);
}

void closure_drop(struct async_closure c)
{
	async__free(c.env);
}
