/* Nurseries: the children of a block, and its end.
 *
 *     spawn ──▶ queued (behind the limit) ──▶ running ──▶ ended: the first error cancels the scope, the last one wakes
 *                                                         the strand that waits at the end of the block */
#include "rt/internal.h"
#include "rt/line.h"
#include "rt/op.h"

static struct async__task *task_of_link(struct async__link *link)
{
	return (struct async__task *)((char *)link - offsetof(struct async__task, siblings));
}

/* A nursery is of no use once its block was left: its end sets the limit, which is at least one until then, to 0. That can
 * be told as long as nothing else lies in its place in the frame. */
void async__nursery_check_open(const struct async_nursery *n, const char *what)
{
	if (__builtin_expect(!n->limit, 0))
		async__misuse_here("%s: this nursery has ended", what);
}

static bool nursery_is_cancelled(const struct async_nursery *n)
{
	if (!n->strand)
		return n->scope.flags & ASYNC__SCOPE_CANCELLED;
	return async__scope_is_cancelled(n->strand, &n->scope);
}

void async__nursery_enter(struct async_nursery *n, struct async__context *cx)
{
	int err = 0;
	struct async_runtime *rt = cx ? cx->runtime : async__runtime_get(&err);
	*n = (struct async_nursery){.strand = cx, .runtime = rt, .limit = SIZE_MAX, .error = rt ? 0 : err};
	n->children.next = n->children.prev = &n->children;
	async__queue_init(&n->queued);
	if (cx) {
		async__scope_enter(cx, &n->scope, ASYNC__NURSERY);
	} else if (rt) {
		n->scope.outer = rt->root;
		rt->root = &n->scope;
		if (async__thread_is_cancelled())
			n->scope.flags = ASYNC__SCOPE_CANCELLED;
	}
}

void async__nursery_adopt(struct async_nursery *n, struct async__task *child)
{
	child->nursery = n;
	child->siblings = (struct async__link){&n->children, n->children.prev};
	n->children.prev->next = &child->siblings;
	n->children.prev = &child->siblings;
	n->count++;
	if (nursery_is_cancelled(n))
		child->strand.flags |= ASYNC__REQUESTED | ASYNC__CANCELLED | ASYNC__TOUCHED;
}

void async__nursery_start(struct async_nursery *n, struct async__task *child)
{
	if (n->running >= n->limit && !(child->strand.flags & (ASYNC__REQUESTED | ASYNC__ABORTING))) {
		child->is_queued = true;
		async__queue_push(&n->queued, &child->strand);
		return;
	}
	n->running++;
	async__ready(&child->strand);
}

struct async__context *async__nursery_next(struct async_nursery *n, const struct async__context *after)
{
	struct async__link *l = after ? ((const struct async__task *)after)->siblings.next : n->children.next;
	return l != &n->children ? &task_of_link(l)->strand : NULL;
}

/* Starts what waits behind the limit, as far as it goes. */
static void start_queued(struct async_nursery *n, bool all)
{
	struct async__context *cx;
	while ((all || n->running < n->limit) && (cx = async__queue_pop(&n->queued))) {
		((struct async__task *)cx)->is_queued = false;
		n->running++;
		async__ready(cx);
	}
}

void async__nursery_start_now(struct async_nursery *n, struct async__task *child)
{
	async__queue_remove(&n->queued, &child->strand);
	child->is_queued = false;
	n->running++;
	async__ready(&child->strand);
}

void async__nursery_start_queued(struct async_nursery *n)
{
	start_queued(n, true);
}

void async__nursery_cancel(struct async_nursery *n)
{
	async__nursery_check_open(n, "cancel");
	if (n->strand)
		async__scope_cancel(n->strand, &n->scope);
	else if (!(n->scope.flags & ASYNC__SCOPE_CANCELLED)) {
		n->scope.flags |= ASYNC__SCOPE_CANCELLED;
		for (struct async__context *cx = NULL; (cx = async__nursery_next(n, cx));)
			async__strand_cancel(cx);
		start_queued(n, true);
	}
}

void async__nursery_fail(struct async_nursery *n, int err)
{
	(void)err;
	async__nursery_cancel(n);
}

/* A failure that was collected has cancelled nothing. */
int async__nursery_error(struct async_nursery *n, int err)
{
	return err == ASYNC_ECANCELED && n->error && !n->collects ? n->error : err;
}

void async__nursery_abort(struct async_nursery *n)
{
	for (struct async__context *cx = NULL; (cx = async__nursery_next(n, cx));)
		async__strand_abort(cx);
	start_queued(n, true);
}

size_t async__nursery_len(const struct async_nursery *n)
{
	async__nursery_check_open(n, "len");
	return n->count;
}

void async__nursery_limit(struct async_nursery *n, size_t limit)
{
	async__nursery_check_open(n, "limit");
	n->limit = limit ? limit : 1;
	start_queued(n, false);
}

void async__nursery_collect(struct async_nursery *n)
{
	async__nursery_check_open(n, "collect");
	n->collects = true;
}

static void nursery_error(struct async_nursery *n, int err)
{
	if (!n->error)
		n->error = err;
	if (!n->collects)
		async__nursery_cancel(n);
}

void async__nursery_no_memory(struct async_nursery *n)
{
	nursery_error(n, ASYNC_ENOMEM);
}

void async__nursery_child_ended(struct async_nursery *n, struct async__task *child)
{
	int err = async__task_error(child);
	n->count--;
	n->running--;
	if (err == ASYNC_ECANCELED && (child->aborted || (child->strand.flags & ASYNC__REQUESTED))) {
		n->interrupted = true;
	} else if (err) {
		nursery_error(n, err);
	}
	start_queued(n, false);
	struct async__context *waiter = n->waiter;
	if (!n->count && !n->strand)
		n->runtime->stop = true;
	if (n->count || !waiter)
		return;
	n->waiter = NULL;
	async__wake_now(waiter);
}

/* The value of the block; leaves its scope. */
static int nursery_end(struct async_nursery *n)
{
	struct async__context *cx = n->strand;
	if (cx)
		async__scope_pop(cx, &n->scope);
	n->limit = 0;
	if (n->error)
		return n->error;
	return n->interrupted && (cx ? async__is_cancelled(cx) : async__thread_is_cancelled()) ? ASYNC_ECANCELED : 0;
}

static enum async__poll wait_done(struct async__frame *self, struct async__context *cx, unsigned state);

enum async__poll async__nursery_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__nursery_wait__frame *f = (struct async__nursery_wait__frame *)self;
	(void)state;
	if (!f->n->count) {
		f->value = nursery_end(f->n);
		return ASYNC__READY;
	}
	if (cx->flags & ASYNC__ABORTING) /* it was aborted while it ran */
		async__nursery_abort(f->n);
	f->n->waiter = cx;
	/* The value is found when the strand goes on, not when the last child ends. */
	static const struct async__site site = {.poll = wait_done};
	cx->interrupt = NULL;
	return async__suspend(cx, self, &site);
}

static enum async__poll wait_done(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__nursery_wait__frame *f = (struct async__nursery_wait__frame *)self;
	if (f->n->count) { /* somebody else spawned into it meanwhile */
		f->n->waiter = cx;
		cx->flags |= state & 1 ? ASYNC__ABORTING : 0;
		return ASYNC__PENDING;
	}
	f->value = nursery_end(f->n);
	return state & 1 ? ASYNC__ABORTED : ASYNC__READY;
}

FUNCTION_DESCRIPTOR(async__nursery_wait, "asyncc/abi.h", async__nursery_wait__poll);

int async__nursery_wait_blocking(struct async_nursery *n)
{
	if (n->runtime) {
		if (n->count)
			async__runtime_run(n->runtime);
		n->runtime->root = n->scope.outer;
	}
	return nursery_end(n);
}

/* --- async_parallel ------------------------------------------------------------------------------ */

/* One of the tasks that make the calls, one after the other. */
struct worker__frame {
	struct async__frame base;
	int value;
	struct async__parallel__frame *p;
};

static enum async__poll worker__poll(struct async__frame *self, struct async__context *cx, unsigned state);

static const struct async__fn worker__fn = {.name = "async_parallel",
					    .file = "asyncc/abi.h",
					    .align = _Alignof(struct worker__frame),
					    .size = sizeof(struct worker__frame),
					    .poll = worker__poll,
					    .value_offset = offsetof(struct worker__frame, value),
					    .value_size = sizeof(int),
					    .error_size = sizeof(int),
					    .ended = ASYNC__ENDED};
static const struct async__site worker__site = {.poll = worker__poll, .state = 2, .fn = &worker__fn, .awaited = "closure"};

static enum async__poll worker__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct worker__frame *f = (struct worker__frame *)self;
	struct async__parallel__frame *p = f->p;
	struct async__frame *child = cx->frame;
	if (state & 1) {
		async__frame_free(child);
		return ASYNC__ABORTED;
	}
	f->value = 0;
	for (;;) {
		if (state == 2) {
			f->value = *(int *)((char *)child + sizeof *child);
			async__frame_free(child);
			state = 0;
		}
		if (f->value < 0 || p->next >= p->len)
			return ASYNC__READY;
		if (async__is_cancelled(cx)) {
			f->value = ASYNC_ECANCELED;
			return ASYNC__READY;
		}
		child = ((async_future(*)(void *, size_t))p->closure.call)(p->closure.env, p->next++);
		if (!child) {
			f->value = ASYNC_ENOMEM;
			return ASYNC__READY;
		}
		if (async__start(child, cx) == ASYNC__PENDING)
			return async__suspend_boxed(child, self, &worker__site);
		state = 2;
	}
}

static enum async__poll parallel_done(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__parallel__frame *f = (struct async__parallel__frame *)self;
	(void)cx;
	f->value = f->value ? f->value : f->wait.value;
	return state & 1 ? ASYNC__ABORTED : ASYNC__READY;
}

static const struct async__site parallel_site = {.poll = parallel_done,
						 .offset = offsetof(struct async__parallel__frame, wait)};

enum async__poll async__parallel__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__parallel__frame *f = (struct async__parallel__frame *)self;
	(void)state;
	f->next = 0;
	f->value = 0;
	async__nursery_enter(&f->nursery, cx);
	for (size_t i = 0; i < f->len && i < (f->limit ? f->limit : 1); i++) {
		struct worker__frame *w = (struct worker__frame *)async__task_new(&f->nursery, &worker__fn);
		if (!w && i)
			break; /* the others do it */
		if (!w) {
			f->value = ASYNC_ENOMEM;
			break;
		}
		w->p = f;
		async__task_detach(async__task_of_root(&w->base));
	}
	f->wait.n = &f->nursery;
	if (async__nursery_wait__poll(&f->wait.base, cx, 0) == ASYNC__PENDING) {
		f->wait.base.ret = &parallel_site;
		return ASYNC__PENDING;
	}
	return parallel_done(self, cx, 0);
}

FUNCTION_DESCRIPTOR(async__parallel, "asyncc/abi.h", async__parallel__poll);
