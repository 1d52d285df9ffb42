/* Mutexes and condition variables.
 *
 * A free mutex is taken at once, always: a task that let others run first with the lock in hand would make them wait in
 * line, and a line does not end while all come back to it. A mutex is handed over: when somebody waits, an unlock leaves it locked
 * and wakes that one, who then holds it. A signal moves a waiter from the condition variable's line to the mutex's; from
 * there on it can't be interrupted, since the code behind the wait, defers included, relies on the mutex. It has the signal
 * in hand: another waiter gets that if this one is aborted. */
#include "rt/sync_op.h"

/* --- mutex ------------------------------------------------------------------------------------ */

LINE_INTERRUPT(async_mutex_lock, m)

static void lock_undo(struct async__context *cx, struct async__frame *leaf)
{
	if (async__gives_back(cx, lock_undo))
		async_mutex_unlock(((struct async_mutex_lock__frame *)leaf)->m);
}

enum async__poll async__mutex_lock_waiting(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_mutex_lock__frame *f = (struct async_mutex_lock__frame *)self;
	async_mutex *m = f->m;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	f->value = 0;
	return line_wait(&m->waiters, &f->waiter, cx, async_mutex_lock_interrupt);
}

void async__mutex_unlock_waiting(async_mutex *m, const char *file, unsigned line)
{
	if (!m->locked)
		async__misuse("%s:%u: this mutex is not locked", file, line);
	struct async__waiter *w = line_pop(&m->waiters);
	if (!w) {
		m->locked = false;
		return;
	}
	struct async__context *cx = w->cx;
	__builtin_prefetch(w->next, 1); /* the next unlock's */
	hand_over(cx, cx->interrupt == async_mutex_lock_interrupt ? lock_undo : cx->interrupt);
}

int async_mutex_try_lock(async_mutex *m)
{
	if (m->locked)
		return ASYNC_EAGAIN;
	m->locked = true;
	return 0;
}

bool async_mutex_is_locked(const async_mutex *m)
{
	return m->locked;
}

SYNC_OP(async_mutex_lock, (async_mutex * m), .m = m)

/* --- condition variable ----------------------------------------------------------------------- */

/* A waiter that left the condition variable's line gets the mutex, now or in its turn. `undo`: it was signalled. */
static void cond_relock(struct async_cond_wait__frame *f, struct async__context *cx, undo_fn *undo)
{
	async_mutex *m = f->m;
	in_hand(cx, undo);
	if (m->locked) {
		line_push(&m->waiters, &f->waiter);
		return;
	}
	m->locked = true;
	hand_over(cx, undo);
}

/* The signal goes to another. */
static void cond_undo(struct async__context *cx, struct async__frame *leaf)
{
	if (async__gives_back(cx, cond_undo))
		async_cond_signal(((struct async_cond_wait__frame *)leaf)->c);
}

static void cond_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_cond_wait__frame *f = (struct async_cond_wait__frame *)leaf;
	line_remove(&f->c->waiters, &f->waiter);
	f->value = ASYNC_ECANCELED;
	cond_relock(f, cx, NULL);
}

enum async__poll async_cond_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_cond_wait__frame *f = (struct async_cond_wait__frame *)self;
	if (!f->m->locked)
		async__misuse_here("async_cond_wait with a mutex that is not locked");
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	f->value = 0;
	async__suspend_operation(cx, self);
	async_mutex_unlock(f->m);
	if (!async__is_cancelled(cx)) /* the unlock may decide a select, and cancel this */
		return line_wait(&f->c->waiters, &f->waiter, cx, cond_interrupt);
	f->waiter.cx = cx;
	f->value = ASYNC_ECANCELED;
	cond_relock(f, cx, NULL);
	return ASYNC__PENDING;
}

void async_cond_signal(async_cond *c)
{
	struct async__waiter *w = line_pop(&c->waiters);
	if (w)
		cond_relock((struct async_cond_wait__frame *)async__leaf(w->cx), w->cx, cond_undo);
}

void async_cond_broadcast(async_cond *c)
{
	while (c->waiters.first)
		async_cond_signal(c);
}

SYNC_OP(async_cond_wait, (async_cond * c, async_mutex *m), .c = c, .m = m)
