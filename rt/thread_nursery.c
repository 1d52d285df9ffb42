/* Sync nurseries: threads with a common end.
 *
 *     n.spawn ──▶ runs, or queued behind the limit ──▶ its runtime ends ──▶ its error noted ──▶ the next queued one,
 *                                                                          on the same thread, or the thread's end
 *
 * Cancelling reaches a thread in four ways: async_is_cancelled() reads the nursery's flag; a block_on or an `async
 * nursery` at the thread's root starts cancelled; one that runs already is told by the inbox of the thread's runtime; a
 * nursery of threads whose end it waits for, blocked, is cancelled. So locks are taken from the outer groups to the inner.
 *
 * The group is made with the first thread. It goes when the end of the block has joined them all. */
#include <pthread.h>
#include <string.h>

#include "rt/attach.h"
#include "rt/line.h"
#include "rt/op.h"
#include "rt/remote.h"

/* A thread of the nursery, or one that is to be: a child. The copy of the argument follows. */
struct thread_child {
	struct thread_child *next, *prev; /* in the group's queue, or among those that run */
	struct sync_nursery *nursery;
	void (*work)(void *arg);
	struct async__inbox *inbox;    /* of its runtime; NULL: it has none */
	struct async_runtime *runtime; /* to be told through that */
	struct async__remote cancel;
	bool told;
	struct sync_nursery *inner; /* that the thread waits for, blocked */
	_Alignas(max_align_t) char arg[];
};

struct child_list {
	struct thread_child *first, *last;
};

struct async__thread_group {
	pthread_mutex_t lock;
	pthread_cond_t all_ended;
	size_t running, threads; /* children; threads that have not ended */
	struct child_list queued, active;
	struct ended_thread *ended;
	struct async__inbox *inbox; /* of the strand that waits and was not told yet; NULL: there is none */
	struct async__remote *end;
};

static __thread struct thread_child *this_child;

static void list_push(struct child_list *list, struct thread_child *c)
{
	c->next = NULL;
	c->prev = list->last;
	*(list->last ? &list->last->next : &list->first) = c;
	list->last = c;
}

static void list_remove(struct child_list *list, struct thread_child *c)
{
	*(c->prev ? &c->prev->next : &list->first) = c->next;
	*(c->next ? &c->next->prev : &list->last) = c->prev;
}

/* Once the block was left, the limit is 0 and there is no group. */
static void group_lock(struct sync_nursery *n)
{
	if (n->group)
		pthread_mutex_lock(&n->group->lock);
	else if (!n->limit)
		async__misuse_here("this nursery of threads has ended");
}

static void group_unlock(struct sync_nursery *n)
{
	if (n->group)
		pthread_mutex_unlock(&n->group->lock);
}

/* --- cancelling: under the lock ---------------------------------------------------------------- */

/* On the child's thread. */
static void cancel_arrive(struct async__remote *remote)
{
	struct async_runtime *rt = ((struct thread_child *)((char *)remote - offsetof(struct thread_child, cancel)))->runtime;
	for (struct async__scope *s = rt->root; s; s = s->outer)
		async__nursery_cancel((struct async_nursery *)s);
	if (rt->blocked_on)
		async__strand_cancel(&rt->blocked_on->strand);
	if (rt->attached)
		async__tasks_cancel(rt);
}

static void child_tell(struct thread_child *c)
{
	if (!c->inbox || c->told)
		return;
	c->told = true;
	async__inbox_send(c->inbox, &c->cancel);
}

static void nursery_interrupt(struct sync_nursery *n);

static void nursery_cancel(struct sync_nursery *n)
{
	__atomic_store_n(&n->cancelled, true, __ATOMIC_RELAXED);
	for (struct thread_child *c = n->group ? n->group->active.first : NULL; c; c = c->next) {
		child_tell(c);
		if (c->inner)
			nursery_interrupt(c->inner);
	}
}

/* The one that waits for its end is cancelled. Takes the lock. */
static void nursery_interrupt(struct sync_nursery *n)
{
	group_lock(n);
	n->parent_cancelled = true;
	nursery_cancel(n);
	group_unlock(n);
}

static void nursery_failed(struct sync_nursery *n, int err)
{
	if (err == ASYNC_ECANCELED && n->cancelled) {
		n->interrupted = true;
		return;
	}
	if (!n->error)
		n->error = err;
	if (!n->collects)
		nursery_cancel(n);
}

/* The calling thread, a child's, has got a runtime. It can be told something from outside: that counts as input, but on a
 * loop of the program's, which ends when the program says. One that could not be told would outlive the nursery's cancellation. */
static int runtime_begins(struct async_runtime *rt)
{
	struct thread_child *c = this_child;
	int err;
	struct async__inbox *inbox = async__inbox_get(&err);
	if (!inbox)
		return rt->attached ? 0 : err; /* attached, its handles have been given to the loop: what it begins later sees the cancellation */
	rt->io_count += !rt->attached;
	pthread_mutex_lock(&c->nursery->group->lock);
	c->runtime = rt;
	c->inbox = inbox;
	if (c->nursery->cancelled)
		child_tell(c);
	pthread_mutex_unlock(&c->nursery->group->lock);
	return 0;
}

static void runtime_ends(struct async_runtime *rt)
{
	struct thread_child *c = this_child;
	pthread_mutex_lock(&c->nursery->group->lock);
	bool was_told = c->inbox;
	c->inbox = NULL;
	pthread_mutex_unlock(&c->nursery->group->lock);
	if (was_told && !rt->attached)
		rt->io_count--;
}

static const struct async__thread_hooks hooks = {runtime_begins, runtime_ends};

/* --- threads ------------------------------------------------------------------------------------ */

static void child_run(struct thread_child *c)
{
	this_child = c;
	async__thread_cancelled = &c->nursery->cancelled;
	async__thread_hooks = &hooks;
	c->work(c->arg);
	if (c->inbox)
		runtime_ends(c->runtime);
	async__thread_leave();
	async__thread_hooks = NULL;
	async__thread_cancelled = NULL;
	this_child = NULL;
}

static void *thread_run(void *record)
{
	struct ended_thread *self = record, *others;
	struct thread_child *c = self->child;
	struct sync_nursery *n = c->nursery;
	struct async__thread_group *g = n->group;
	do {
		int err;
		child_run(c);
		memcpy(&err, c->arg, sizeof err);
		pthread_mutex_lock(&g->lock);
		list_remove(&g->active, c);
		async__free(c);
		g->running--;
		if (err < 0)
			nursery_failed(n, err);
		c = g->running < n->limit ? g->queued.first : NULL;
		if (c) {
			list_remove(&g->queued, c);
			list_push(&g->active, c);
			g->running++;
			pthread_mutex_unlock(&g->lock);
		}
	} while (c);
	others = g->ended;
	g->ended = self;
	self->next = NULL;
	if (!--g->threads) {
		if (g->inbox)
			async__inbox_send(g->inbox, g->end);
		g->inbox = NULL;
		pthread_cond_signal(&g->all_ended);
	}
	pthread_mutex_unlock(&g->lock);
	ended_join(others);
	return NULL;
}

static int group_new(struct sync_nursery *n)
{
	struct async__thread_group *g = async__alloc(sizeof *g);
	if (!g)
		return ASYNC_ENOMEM;
	*g = (struct async__thread_group){.running = 0};
	pthread_mutex_init(&g->lock, NULL);
	pthread_cond_init(&g->all_ended, NULL);
	n->group = g;
	return 0;
}

/* Starts a thread for a child. Under the lock. */
static int thread_start(struct async__thread_group *g, struct thread_child *c)
{
	struct ended_thread *record = async__alloc(sizeof *record);
	if (!record)
		return ASYNC_ENOMEM;
	record->child = c;
	int err = pthread_create(&record->thread, NULL, thread_run, record);
	if (err) {
		async__free(record);
		return -err;
	}
	list_push(&g->active, c);
	g->running++;
	g->threads++;
	return 0;
}

int async__thread_spawn(struct sync_nursery *n, void (*work)(void *arg), const void *arg, size_t size)
{
	if (!n->group && !n->limit)
		async__misuse_here("this nursery of threads has ended");
	int err = n->group ? 0 : group_new(n);
	struct thread_child *c = err ? NULL : async__alloc(sizeof *c + size);
	if (!c) {
		group_lock(n);
		nursery_failed(n, ASYNC_ENOMEM);
		group_unlock(n);
		return ASYNC_ENOMEM;
	}
	*c = (struct thread_child){.nursery = n, .work = work, .cancel = {.arrive = cancel_arrive}};
	memcpy(c->arg, arg, size);
	struct async__thread_group *g = n->group;
	pthread_mutex_lock(&g->lock);
	if (g->running >= n->limit)
		list_push(&g->queued, c);
	else
		err = thread_start(g, c);
	if (err) {
		async__free(c);
		nursery_failed(n, err);
	}
	pthread_mutex_unlock(&g->lock);
	return err;
}

/* --- the nursery -------------------------------------------------------------------------------- */

void async__sync_nursery_enter(struct sync_nursery *n)
{
	*n = (struct sync_nursery){.limit = SIZE_MAX};
}

void async__sync_nursery_cancel(struct sync_nursery *n)
{
	group_lock(n);
	nursery_cancel(n);
	group_unlock(n);
}

size_t async__sync_nursery_len(struct sync_nursery *n)
{
	size_t len = 0;
	group_lock(n);
	if (n->group) {
		len = n->group->running;
		for (struct thread_child *c = n->group->queued.first; c; c = c->next)
			len++;
	}
	group_unlock(n);
	return len;
}

void async__sync_nursery_limit(struct sync_nursery *n, size_t limit)
{
	struct async__thread_group *g = n->group;
	group_lock(n);
	n->limit = limit ? limit : 1;
	for (struct thread_child *c; g && (c = g->queued.first) && g->running < n->limit;) {
		list_remove(&g->queued, c);
		if (!thread_start(g, c))
			continue;
		list_push(&g->queued, c); /* one of those that run comes to it */
		break;
	}
	group_unlock(n);
}

void async__sync_nursery_collect(struct sync_nursery *n)
{
	group_lock(n);
	n->collects = true;
	group_unlock(n);
}

/* All threads have ended, but for their last steps. */
static int nursery_end(struct sync_nursery *n)
{
	struct async__thread_group *g = n->group;
	if (g) {
		ended_join(g->ended);
		pthread_cond_destroy(&g->all_ended);
		pthread_mutex_destroy(&g->lock);
		async__free(g);
		n->group = NULL;
	}
	n->limit = 0;
	return n->error ? n->error : n->interrupted && n->parent_cancelled ? ASYNC_ECANCELED : 0;
}

/* The calling thread, a child's, waits for `inner` (NULL: no longer): whether it is cancelled. */
static bool inner_set(struct thread_child *c, struct sync_nursery *inner)
{
	pthread_mutex_lock(&c->nursery->group->lock);
	c->inner = inner;
	bool is_cancelled = c->nursery->cancelled;
	pthread_mutex_unlock(&c->nursery->group->lock);
	return is_cancelled;
}

int async__sync_nursery_wait_blocking(struct sync_nursery *n)
{
	struct async__thread_group *g = n->group;
	if (g) {
		struct async_runtime *rt = async__runtime_current();
		bool is_shielded = rt && rt->current && async__strand_is_shielded(rt->current);
		struct thread_child *c = is_shielded ? NULL : this_child;
		bool is_cancelled = c && inner_set(c, n);
		async__pool_lend();
		pthread_mutex_lock(&g->lock);
		if (is_cancelled || async_is_cancelled()) {
			n->parent_cancelled = true;
			nursery_cancel(n);
		}
		while (g->threads)
			pthread_cond_wait(&g->all_ended, &g->lock);
		pthread_mutex_unlock(&g->lock);
		async__pool_return();
		if (c)
			inner_set(c, NULL);
	}
	return nursery_end(n);
}

/* --- the wait that does not block ---------------------------------------------------------------- */

/* Whether there are threads: the last one tells it. Takes the lock. */
static bool wait_begins(struct async__sync_nursery_wait__frame *f, struct async__inbox *inbox)
{
	struct async__thread_group *g = f->n->group;
	pthread_mutex_lock(&g->lock);
	bool waits = g->threads;
	if (waits) {
		g->inbox = inbox;
		g->end = &f->end;
	}
	pthread_mutex_unlock(&g->lock);
	return waits;
}

static void wait_arrive(struct async__remote *remote)
{
	struct async__sync_nursery_wait__frame *f =
		(void *)((char *)remote - offsetof(struct async__sync_nursery_wait__frame, end));
	if (wait_begins(f, async__runtime_current()->inbox))
		return; /* others of this thread have spawned meanwhile */
	f->cx->runtime->io_count--;
	f->value = nursery_end(f->n);
	async__wake(f->cx);
}

static void wait_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	(void)cx;
	nursery_interrupt(((struct async__sync_nursery_wait__frame *)leaf)->n);
}

enum async__poll async__sync_nursery_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__sync_nursery_wait__frame *f = (struct async__sync_nursery_wait__frame *)self;
	struct async__thread_group *g = f->n->group;
	int err;
	struct async__inbox *inbox = g ? async__inbox_get(&err) : NULL;
	if (!inbox) {
		if (g) { /* nothing to be told by: what others of this thread would have to do for the children is not waited for */
			pthread_mutex_lock(&g->lock);
			if (g->threads) {
				nursery_failed(f->n, err);
				nursery_cancel(f->n);
			}
			pthread_mutex_unlock(&g->lock);
		}
		f->value = async__sync_nursery_wait_blocking(f->n);
		return async__op_done(cx);
	}
	if (async__is_cancelled(cx))
		nursery_interrupt(f->n);
	f->cx = cx;
	f->end.arrive = wait_arrive;
	if (!wait_begins(f, inbox)) {
		f->value = nursery_end(f->n);
		return async__op_done(cx);
	}
	cx->runtime->io_count++;
	return async__op_wait(cx, wait_interrupt);
}

OP_DESCRIPTOR(async__sync_nursery_wait, "asyncc/lib_abi.h");
