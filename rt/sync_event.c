/* Barriers, events, notify, once, wait groups: lines that are let go at a moment. */
#include "rt/sync_op.h"

/* --- barrier ---------------------------------------------------------------------------------- */

static void barrier_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_barrier_wait__frame *f = (struct async_barrier_wait__frame *)leaf;
	line_remove(&f->b->waiters, &f->waiter);
	f->b->arrived--;
	interrupted(cx, leaf);
}

enum async__poll async_barrier_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_barrier_wait__frame *f = (struct async_barrier_wait__frame *)self;
	async_barrier *b = f->b;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (++b->arrived < b->count)
		return line_wait(&b->waiters, &f->waiter, cx, barrier_interrupt);
	b->arrived = 0;
	line_wake_all(&b->waiters, 0);
	return op_value(self, cx, 1);
}

SYNC_OP(async_barrier_wait, (async_barrier * b), .b = b)

/* --- event ------------------------------------------------------------------------------------ */

LINE_INTERRUPT(async_event_wait, e)

void async_event_set(async_event *e)
{
	e->is_set = true;
	line_wake_all(&e->waiters, 0);
}

void async_event_reset(async_event *e)
{
	e->is_set = false;
}

enum async__poll async_event_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_event_wait__frame *f = (struct async_event_wait__frame *)self;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (!f->e->is_set)
		return line_wait(&f->e->waiters, &f->waiter, cx, async_event_wait_interrupt);
	return op_value(self, cx, 0);
}

SYNC_OP(async_event_wait, (async_event * e), .e = e)

/* --- notify ----------------------------------------------------------------------------------- */

LINE_INTERRUPT(async_notify_wait, n)

/* A call that nobody heard goes to another. */
static void notify_undo(struct async__context *cx, struct async__frame *leaf)
{
	if (async__gives_back(cx, notify_undo))
		async_notify_one(((struct async_notify_wait__frame *)leaf)->n);
}

void async_notify_one(async_notify *n)
{
	struct async__waiter *w = line_pop(&n->waiters);
	if (!w) {
		n->called = true;
		return;
	}
	((struct int_op *)async__leaf(w->cx))->value = 0;
	hand_over(w->cx, notify_undo);
}

void async_notify_all(async_notify *n)
{
	line_wake_all(&n->waiters, 0);
}

enum async__poll async_notify_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_notify_wait__frame *f = (struct async_notify_wait__frame *)self;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (!f->n->called)
		return line_wait(&f->n->waiters, &f->waiter, cx, async_notify_wait_interrupt);
	f->n->called = false;
	return op_in_hand(self, cx, 0, notify_undo);
}

SYNC_OP(async_notify_wait, (async_notify * n), .n = n)

/* --- once ------------------------------------------------------------------------------------- */

enum once_state { ONCE_NEW, ONCE_RUNS, ONCE_DONE };

LINE_INTERRUPT(async_once_begin, o)

static void once_undo(struct async__context *cx, struct async__frame *leaf)
{
	if (async__gives_back(cx, once_undo))
		async_once_end(((struct async_once_begin__frame *)leaf)->o, ASYNC_ECANCELED);
}

void async__once_end(async_once *o, int err, const char *file, unsigned line)
{
	if (o->state != ONCE_RUNS)
		async__misuse("%s:%u: async_once_end without an async_once_begin that gave 1", file, line);
	if (err >= 0) {
		o->state = ONCE_DONE;
		line_wake_all(&o->waiters, 0);
		return;
	}
	struct async__waiter *w = line_pop(&o->waiters);
	if (!w) {
		o->state = ONCE_NEW;
		return;
	}
	((struct int_op *)async__leaf(w->cx))->value = 1;
	hand_over(w->cx, once_undo);
}

bool async_once_is_done(const async_once *o)
{
	return o->state == ONCE_DONE;
}

enum async__poll async_once_begin__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_once_begin__frame *f = (struct async_once_begin__frame *)self;
	async_once *o = f->o;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (o->state == ONCE_DONE)
		return op_value(self, cx, 0);
	if (o->state == ONCE_RUNS)
		return line_wait(&o->waiters, &f->waiter, cx, async_once_begin_interrupt);
	o->state = ONCE_RUNS;
	return op_in_hand(self, cx, 1, once_undo);
}

SYNC_OP(async_once_begin, (async_once * o), .o = o)

/* --- wait group ------------------------------------------------------------------------------- */

LINE_INTERRUPT(async_wait_group_wait, g)

void async_wait_group_add(async_wait_group *g, size_t n)
{
	if (__builtin_add_overflow(g->left, n, &g->left))
		async__misuse_here("async_wait_group_add: more than a size_t can count");
}

void async__wait_group_done(async_wait_group *g, const char *file, unsigned line)
{
	if (!g->left)
		async__misuse("%s:%u: nothing is left to be done in this wait group", file, line);
	if (!--g->left)
		line_wake_all(&g->waiters, 0);
}

enum async__poll async_wait_group_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_wait_group_wait__frame *f = (struct async_wait_group_wait__frame *)self;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (f->g->left)
		return line_wait(&f->g->waiters, &f->waiter, cx, async_wait_group_wait_interrupt);
	return op_value(self, cx, 0);
}

SYNC_OP(async_wait_group_wait, (async_wait_group * g), .g = g)
