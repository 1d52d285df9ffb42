/* Read-write locks and semaphores: one line each, for all who wait, served from its front as far as it goes. */
#include "rt/sync_op.h"

/* --- read-write lock -------------------------------------------------------------------------- */

static undo_fn read_undo, write_undo, write_interrupt;

/* Serves the line: a writer when nobody holds the lock, or readers up to the next writer. What tells a writer in the
 * line is its interrupt function. */
static void rwlock_serve(async_rwlock *l)
{
	struct async__waiter *w;
	while ((w = l->waiters.first)) {
		bool writes = w->cx->interrupt == write_interrupt;
		if (writes ? l->state != 0 : l->state < 0)
			return;
		line_pop(&l->waiters);
		l->state = writes ? -1 : l->state + 1;
		((struct int_op *)async__leaf(w->cx))->value = 0;
		hand_over(w->cx, writes ? write_undo : read_undo);
	}
}

/* One that waits no more may have been in the way of those behind it. */
static void read_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_rwlock_read_lock__frame *f = (struct async_rwlock_read_lock__frame *)leaf;
	async_rwlock *l = f->l;
	line_remove(&l->waiters, &f->waiter);
	interrupted(cx, leaf);
	rwlock_serve(l);
}

static void write_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	read_interrupt(cx, leaf); /* the frames are alike */
}

int async_rwlock_try_read_lock(async_rwlock *l)
{
	if (l->state < 0 || l->waiters.first)
		return ASYNC_EAGAIN;
	l->state++;
	return 0;
}

int async_rwlock_try_write_lock(async_rwlock *l)
{
	if (l->state) /* when it is free, nobody waits */
		return ASYNC_EAGAIN;
	l->state = -1;
	return 0;
}

void async__rwlock_read_unlock(async_rwlock *l, const char *file, unsigned line)
{
	if (l->state <= 0)
		async__misuse("%s:%u: nobody reads under this lock", file, line);
	if (!--l->state)
		rwlock_serve(l);
}

void async__rwlock_write_unlock(async_rwlock *l, const char *file, unsigned line)
{
	if (l->state >= 0)
		async__misuse("%s:%u: nobody writes under this lock", file, line);
	l->state = 0;
	rwlock_serve(l);
}

static void read_undo(struct async__context *cx, struct async__frame *leaf)
{
	if (async__gives_back(cx, read_undo))
		async_rwlock_read_unlock(((struct async_rwlock_read_lock__frame *)leaf)->l);
}

static void write_undo(struct async__context *cx, struct async__frame *leaf)
{
	if (async__gives_back(cx, write_undo))
		async_rwlock_write_unlock(((struct async_rwlock_write_lock__frame *)leaf)->l);
}

enum async__poll async_rwlock_read_lock__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_rwlock_read_lock__frame *f = (struct async_rwlock_read_lock__frame *)self;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (async_rwlock_try_read_lock(f->l))
		return line_wait(&f->l->waiters, &f->waiter, cx, read_interrupt);
	return op_in_hand(self, cx, 0, read_undo);
}

enum async__poll async_rwlock_write_lock__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_rwlock_write_lock__frame *f = (struct async_rwlock_write_lock__frame *)self;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (async_rwlock_try_write_lock(f->l))
		return line_wait(&f->l->waiters, &f->waiter, cx, write_interrupt);
	return op_in_hand(self, cx, 0, write_undo);
}

SYNC_OP(async_rwlock_read_lock, (async_rwlock * l), .l = l)
SYNC_OP(async_rwlock_write_lock, (async_rwlock * l), .l = l)

/* --- semaphore -------------------------------------------------------------------------------- */

static void acquire_undo(struct async__context *cx, struct async__frame *leaf)
{
	struct async_semaphore_acquire__frame *f = (struct async_semaphore_acquire__frame *)leaf;
	if (async__gives_back(cx, acquire_undo))
		async_semaphore_release(f->s, f->n);
}

static void semaphore_serve(async_semaphore *s)
{
	struct async__waiter *w;
	while ((w = s->waiters.first)) {
		struct async_semaphore_acquire__frame *f = (struct async_semaphore_acquire__frame *)async__leaf(w->cx);
		if (f->n > s->permits)
			return;
		line_pop(&s->waiters);
		s->permits -= f->n;
		f->value = 0;
		hand_over(w->cx, acquire_undo);
	}
}

static void acquire_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_semaphore_acquire__frame *f = (struct async_semaphore_acquire__frame *)leaf;
	async_semaphore *s = f->s;
	line_remove(&s->waiters, &f->waiter);
	interrupted(cx, leaf);
	semaphore_serve(s);
}

int async_semaphore_try_acquire(async_semaphore *s, size_t n)
{
	if (n > s->permits || s->waiters.first)
		return ASYNC_EAGAIN;
	s->permits -= n;
	return 0;
}

void async_semaphore_release(async_semaphore *s, size_t n)
{
	if (__builtin_add_overflow(s->permits, n, &s->permits))
		async__misuse_here("async_semaphore_release: more permits than a size_t can count");
	semaphore_serve(s);
}

enum async__poll async_semaphore_acquire__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_semaphore_acquire__frame *f = (struct async_semaphore_acquire__frame *)self;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	if (async_semaphore_try_acquire(f->s, f->n))
		return line_wait(&f->s->waiters, &f->waiter, cx, acquire_interrupt);
	return op_in_hand(self, cx, 0, acquire_undo);
}

SYNC_OP(async_semaphore_acquire, (async_semaphore * s, size_t n), .s = s, .n = n)
