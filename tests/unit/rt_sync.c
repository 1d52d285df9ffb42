/* Synchronisation: each object's rules, cancellation and abortion of those who wait, and random schedules against
 * simple models. */

#include "asyncc/sync.h"
#define ACTOR_OPS                                                                                                      \
	struct async_mutex_lock__frame lock;                                                                           \
	struct async_cond_wait__frame cond;                                                                            \
	struct async_rwlock_read_lock__frame read;                                                                     \
	struct async_rwlock_write_lock__frame write;                                                                   \
	struct async_semaphore_acquire__frame acquire;                                                                 \
	struct async_barrier_wait__frame barrier;                                                                      \
	struct async_event_wait__frame event;                                                                          \
	struct async_notify_wait__frame notify;                                                                        \
	struct async_once_begin__frame once;                                                                           \
	struct async_wait_group_wait__frame group;                                                                     \
	struct async_cell_take__frame take;                                                                            \
	struct async_cell_read__frame peek;                                                                            \
	struct async_cell_put__frame put;                                                                              \
	struct async_cell_swap__frame swap;                                                                            \
	struct async_cell_modify__frame modify;
#include "tests/unit/rt_actor.h"

enum { COUNT = 6 };

/* Starts `count` actors with the same step and object. */
static void go(struct actor *actors, int count, async__poll_fn *(*step)(struct actor *, union actor_op *), void *object)
{
	for (int i = 0; i < count; i++) {
		actors[i] = (struct actor){.step = step, .id = i, .data = object};
		actor_go(&actors[i]);
	}
	turns(1);
}

/* --- mutex -------------------------------------------------------------------------------------- */

static async__poll_fn *locks(struct actor *a, union actor_op *op)
{
	op->lock.m = a->data;
	return a->pc++ ? NULL : async_mutex_lock__fn.poll;
}

START_TEST(mutex_is_handed_over)
{
	async_mutex m = ASYNC_MUTEX_INIT;
	struct actor actors[COUNT];
	go(actors, COUNT, locks, &m);
	ck_assert_int_eq(async_mutex_try_lock(&m), ASYNC_EAGAIN);
	actor_cancel(&actors[2]);
	actor_abort(&actors[3]);
	turns(1);
	ck_assert(actors[0].done && !actors[0].value);
	ck_assert_int_eq(actors[2].value, ASYNC_ECANCELED);
	ck_assert(actors[3].aborted);
	for (int i = 1; i < COUNT; i++) {
		if (i == 2 || i == 3)
			continue;
		ck_assert(!actors[i].done);
		async_mutex_unlock(&m);
		ck_assert(async_mutex_is_locked(&m));
		turns(1);
		ck_assert(actors[i].done && !actors[i].value);
	}
	async_mutex_unlock(&m);
	ck_assert(!async_mutex_is_locked(&m));
	ck_assert_int_eq(async_mutex_try_lock(&m), 0);
	async_mutex_unlock(&m);
}
END_TEST

START_TEST(lock_handed_to_an_aborted_task_comes_back)
{
	async_mutex m = ASYNC_MUTEX_INIT;
	struct actor actors[3];
	go(actors, 3, locks, &m);
	async_mutex_unlock(&m); /* it is actor 1's now */
	actor_abort(&actors[1]);
	turns(2);
	ck_assert(actors[1].aborted && actors[2].done);
	ck_assert(async_mutex_is_locked(&m));
	async_mutex_unlock(&m);
	ck_assert(!async_mutex_is_locked(&m));

	go(actors, 2, locks, &m);
	async_mutex_unlock(&m);
	actor_cancel(&actors[1]); /* too late */
	turns(1);
	ck_assert_int_eq(actors[1].value, 0);
	ck_assert(async_mutex_is_locked(&m));
}
END_TEST

/* Locks and unlocks 1000 times. */
static async__poll_fn *locks_alone(struct actor *a, union actor_op *op)
{
	if (a->pc)
		async_mutex_unlock((async_mutex *)a->data);
	op->lock.m = a->data;
	return a->pc++ < 1000 ? async_mutex_lock__fn.poll : NULL;
}

/* Nobody runs while a task has taken a free mutex: they would form a line that never ends. */
START_TEST(free_mutex_is_taken_at_once)
{
	async_mutex m = ASYNC_MUTEX_INIT;
	struct actor a[2];
	go(a, 2, locks_alone, &m);
	ck_assert(a[0].done && a[1].done && !async_mutex_is_locked(&m));
}
END_TEST

/* --- condition variable -------------------------------------------------------------------------- */

static async_cond cond;

static async__poll_fn *waits_for_cond(struct actor *a, union actor_op *op)
{
	switch (a->pc++) {
	case 0:
		op->lock.m = a->data;
		return async_mutex_lock__fn.poll;
	case 1:
		op->cond.c = &cond;
		op->cond.m = a->data;
		return async_cond_wait__fn.poll;
	}
	ck_assert(async_mutex_is_locked(a->data));
	async_mutex_unlock((async_mutex *)a->data);
	return NULL;
}

START_TEST(cond_waits_with_the_mutex)
{
	async_mutex m = ASYNC_MUTEX_INIT;
	struct actor actors[COUNT];
	cond = (async_cond)ASYNC_COND_INIT;
	go(actors, COUNT, waits_for_cond, &m);
	turns(COUNT);
	ck_assert(!async_mutex_is_locked(&m));
	async_cond_signal(&cond);
	turns(1);
	ck_assert(actors[0].done && !actors[1].done);
	ck_assert_int_eq(async_mutex_try_lock(&m), 0);
	async_cond_signal(&cond); /* actor 1 waits for the mutex */
	actor_cancel(&actors[1]); /* the signal was first */
	actor_cancel(&actors[2]);
	turns(2);
	ck_assert(!actors[1].done && !actors[2].done);
	async_mutex_unlock(&m);
	turns(4);
	ck_assert_int_eq(actors[1].value, 0);
	ck_assert_int_eq(actors[2].value, ASYNC_ECANCELED);
	ck_assert(!async_mutex_is_locked(&m));
	async_cond_broadcast(&cond);
	turns(COUNT);
	for (int i = 3; i < COUNT; i++)
		ck_assert(actors[i].done && !actors[i].value);
	async_cond_signal(&cond);
}
END_TEST

/* --- read-write lock ------------------------------------------------------------------------------ */

static async__poll_fn *reads_or_writes(struct actor *a, union actor_op *op)
{
	if (a->pc++)
		return NULL;
	op->read.l = a->data;
	return a->id % 3 == 2 ? async_rwlock_write_lock__fn.poll : async_rwlock_read_lock__fn.poll;
}

START_TEST(rwlock_does_not_starve_writers)
{
	async_rwlock l = ASYNC_RWLOCK_INIT;
	struct actor actors[COUNT];
	go(actors, COUNT, reads_or_writes, &l); /* r r W r r W */
	ck_assert(actors[0].done && actors[1].done && !actors[2].done && !actors[3].done);
	ck_assert_int_eq(async_rwlock_try_read_lock(&l), ASYNC_EAGAIN);
	ck_assert_int_eq(async_rwlock_try_write_lock(&l), ASYNC_EAGAIN);
	async_rwlock_read_unlock(&l);
	turns(1);
	ck_assert(!actors[2].done);
	async_rwlock_read_unlock(&l);
	turns(1);
	ck_assert(actors[2].done && !actors[3].done);
	async_rwlock_write_unlock(&l);
	turns(1);
	ck_assert(actors[3].done && actors[4].done && !actors[5].done);
	actor_cancel(&actors[5]);
	turns(1);
	ck_assert_int_eq(actors[5].value, ASYNC_ECANCELED);
	ck_assert_int_eq(async_rwlock_try_read_lock(&l), 0);
	for (int i = 0; i < 3; i++)
		async_rwlock_read_unlock(&l);
	ck_assert_int_eq(l.state, 0);
}
END_TEST

START_TEST(cancelled_writer_lets_readers_in)
{
	async_rwlock l = ASYNC_RWLOCK_INIT;
	struct actor actors[COUNT];
	ck_assert_int_eq(async_rwlock_try_read_lock(&l), 0);
	go(actors, COUNT - 1, reads_or_writes, &l);
	ck_assert(!actors[3].done);
	actor_cancel(&actors[2]);
	turns(1);
	ck_assert(actors[3].done && actors[4].done && !actors[3].value);
	ck_assert_int_eq(l.state, 5);
	for (int i = 0; i < 5; i++)
		async_rwlock_read_unlock(&l);
	/* Handed over, then aborted. */
	ck_assert_int_eq(async_rwlock_try_write_lock(&l), 0);
	go(actors, 3, reads_or_writes, &l);
	async_rwlock_write_unlock(&l);
	actor_abort(&actors[0]);
	actor_abort(&actors[1]);
	turns(2);
	ck_assert(actors[2].done);
	ck_assert_int_eq(l.state, -1);
}
END_TEST

/* --- semaphore ------------------------------------------------------------------------------------ */

static async__poll_fn *acquires(struct actor *a, union actor_op *op)
{
	op->acquire.s = a->data;
	op->acquire.n = (size_t)a->id + 1;
	return a->pc++ ? NULL : async_semaphore_acquire__fn.poll;
}

START_TEST(semaphore_serves_in_order)
{
	async_semaphore s = ASYNC_SEMAPHORE_INIT(3);
	struct actor actors[4];
	go(actors, 4, acquires, &s); /* 1 2 | 3 4 */
	ck_assert(actors[0].done && actors[1].done && !actors[2].done);
	async_semaphore_release(&s, 2);
	turns(1);
	ck_assert(!actors[2].done);
	ck_assert_uint_eq(async_semaphore_permits(&s), 2);
	ck_assert_int_eq(async_semaphore_try_acquire(&s, 1), ASYNC_EAGAIN); /* it would overtake */
	async_semaphore_release(&s, 2);
	turns(1);
	ck_assert(actors[2].done && !actors[3].done);
	async_semaphore_release(&s, 3);
	actor_abort(&actors[3]); /* after the hand-over */
	turns(2);
	ck_assert_uint_eq(async_semaphore_permits(&s), 4);
	ck_assert_int_eq(async_semaphore_try_acquire(&s, 4), 0);
	go(actors, 2, acquires, &s);
	async_semaphore_release(&s, 0);
	actor_cancel(&actors[0]);
	turns(1);
	ck_assert_int_eq(actors[0].value, ASYNC_ECANCELED);
	async_semaphore_release(&s, 2);
	turns(1);
	ck_assert(actors[1].done && !actors[1].value);
}
END_TEST

/* --- barrier, event, notify, once, wait group ------------------------------------------------------- */

static async__poll_fn *meets(struct actor *a, union actor_op *op)
{
	if (a->pc)
		a->in += a->value;
	op->barrier.b = a->data;
	return a->pc++ < 5 && a->value >= 0 ? async_barrier_wait__fn.poll : NULL;
}

START_TEST(barrier_lets_all_go)
{
	async_barrier b = ASYNC_BARRIER_INIT(COUNT);
	struct actor actors[COUNT], late;
	int leaders = 0;
	go(actors, COUNT - 1, meets, &b);
	actor_cancel(&actors[1]);
	turns(1);
	ck_assert_int_eq(actors[1].value, ASYNC_ECANCELED);
	go(&late, 1, meets, &b);
	ck_assert(!late.done && late.pc == 1);
	go(&actors[1], 1, meets, &b);
	turns(20);
	actors[5] = late;
	for (int i = 0; i < COUNT; i++) {
		ck_assert_int_eq(i == 5 ? late.pc : actors[i].pc, 6);
		leaders += (int)(i == 5 ? late.in : actors[i].in);
	}
	ck_assert_int_eq(leaders, 5);
}
END_TEST

static async__poll_fn *waits_for_event(struct actor *a, union actor_op *op)
{
	op->event.e = a->data;
	return a->pc++ ? NULL : async_event_wait__fn.poll;
}

static async__poll_fn *waits_for_call(struct actor *a, union actor_op *op)
{
	op->notify.n = a->data;
	return a->pc++ ? NULL : async_notify_wait__fn.poll;
}

START_TEST(events_and_calls)
{
	async_event e = ASYNC_EVENT_INIT;
	async_notify n = ASYNC_NOTIFY_INIT;
	struct actor actors[COUNT];
	go(actors, 2, waits_for_event, &e);
	actor_cancel(&actors[0]);
	async_event_set(&e);
	turns(1);
	ck_assert_int_eq(actors[0].value, ASYNC_ECANCELED);
	ck_assert_int_eq(actors[1].value, 0);
	go(actors, 1, waits_for_event, &e);
	ck_assert(actors[0].done && async_event_is_set(&e));
	async_event_reset(&e);
	go(actors, 1, waits_for_event, &e);
	ck_assert(!actors[0].done);
	async_event_set(&e);

	async_notify_one(&n);
	async_notify_one(&n);
	go(actors, COUNT, waits_for_call, &n);
	ck_assert(actors[0].done && !actors[1].done);
	async_notify_one(&n);
	actor_abort(&actors[1]); /* it did not hear it: the next one does */
	turns(2);
	ck_assert(actors[1].aborted && actors[2].done && !actors[3].done);
	async_notify_all(&n);
	turns(1);
	ck_assert(actors[3].done && actors[COUNT - 1].done);
	go(actors, 1, waits_for_call, &n);
	ck_assert(!actors[0].done);
	actor_cancel(&actors[0]);
	turns(1);
}
END_TEST

static async__poll_fn *begins(struct actor *a, union actor_op *op)
{
	op->once.o = a->data;
	return a->pc++ ? NULL : async_once_begin__fn.poll;
}

START_TEST(once_is_done_once)
{
	async_once o = ASYNC_ONCE_INIT;
	struct actor actors[COUNT];
	go(actors, COUNT, begins, &o);
	ck_assert_int_eq(actors[0].value, 1);
	ck_assert(!actors[1].done);
	async_once_end(&o, ASYNC_EIO);
	turns(1);
	ck_assert_int_eq(actors[1].value, 1);
	async_once_end(&o, ASYNC_EIO);
	actor_abort(&actors[2]); /* the third one to try never gets to it */
	turns(2);
	ck_assert(actors[2].aborted);
	ck_assert_int_eq(actors[3].value, 1);
	ck_assert(!async_once_is_done(&o));
	async_once_end(&o, 0);
	turns(1);
	ck_assert(actors[4].done && !actors[4].value && actors[5].done && !actors[5].value);
	go(actors, 1, begins, &o);
	ck_assert(actors[0].done && !actors[0].value && async_once_is_done(&o));
}
END_TEST

static async__poll_fn *waits_for_group(struct actor *a, union actor_op *op)
{
	op->group.g = a->data;
	return a->pc++ ? NULL : async_wait_group_wait__fn.poll;
}

START_TEST(wait_group_counts)
{
	async_wait_group g = ASYNC_WAIT_GROUP_INIT;
	struct actor actors[2];
	go(actors, 1, waits_for_group, &g);
	ck_assert(actors[0].done);
	async_wait_group_add(&g, 2);
	go(actors, 2, waits_for_group, &g);
	actor_cancel(&actors[1]);
	async_wait_group_done(&g);
	turns(1);
	ck_assert(!actors[0].done && actors[1].value == ASYNC_ECANCELED);
	async_wait_group_done(&g);
	turns(1);
	ck_assert(actors[0].done && !actors[0].value);
}
END_TEST

/* --- cells ----------------------------------------------------------------------------------------- */

static void adds_ten(void *value, void *arg)
{
	*(long *)value += 10;
	++*(int *)arg;
}

static int changes;

/* id: 0 take, 1 read, 2 put, 3 swap, 4 modify */
static async__poll_fn *uses_cell(struct actor *a, union actor_op *op)
{
	if (a->pc++)
		return NULL;
	switch (a->id) {
	case 0:
		op->take.c = a->data;
		op->take.to = &a->in;
		return async_cell_take__fn.poll;
	case 1:
		op->peek.c = a->data;
		op->peek.to = &a->in;
		return async_cell_read__fn.poll;
	case 2:
		op->put.c = a->data;
		op->put.from = &a->out;
		return async_cell_put__fn.poll;
	case 3:
		op->swap.c = a->data;
		op->swap.to = &a->in;
		op->swap.from = &a->in;
		return async_cell_swap__fn.poll;
	default:
		op->modify.c = a->data;
		op->modify.change = adds_ten;
		op->modify.arg = &changes;
		return async_cell_modify__fn.poll;
	}
}

static struct actor cell_actor(async_cell *c, int id, long value)
{
	return (struct actor){.step = uses_cell, .id = id, .data = c, .in = value, .out = value};
}

START_TEST(cell_serves_both_lines)
{
	long place, m;
	async_cell c = ASYNC_CELL_EMPTY(place);
	struct actor a[6] = {cell_actor(&c, 1, 0), cell_actor(&c, 4, 0), cell_actor(&c, 3, 5),
			     cell_actor(&c, 0, 0), cell_actor(&c, 0, 0), cell_actor(&c, 1, 0)};
	for (int i = 0; i < 6; i++)
		actor_go(&a[i]);
	turns(1);
	ck_assert_int_eq(async_cell_try_take(&c, &m), ASYNC_EAGAIN);
	ck_assert_int_eq(async_cell_try_read(&c, &m), ASYNC_EAGAIN);
	m = 100;
	ck_assert_int_eq(async_cell_try_put(&c, &m), 0);
	turns(1);
	ck_assert_int_eq(a[0].in, 100);
	ck_assert_int_eq(changes, 1);
	ck_assert_int_eq(a[2].in, 110);
	ck_assert_int_eq(a[3].in, 5);
	ck_assert(!a[4].done && !async_cell_is_full(&c));
	actor_abort(&a[4]);
	m = 7;
	ck_assert_int_eq(async_cell_try_put(&c, &m), 0);
	turns(1);
	ck_assert_int_eq(a[5].in, 7);
	struct actor puts[2] = {cell_actor(&c, 2, 8), cell_actor(&c, 2, 9)};
	actor_go(&puts[0]);
	actor_go(&puts[1]);
	turns(1);
	ck_assert(!puts[0].done);
	ck_assert_int_eq(async_cell_try_put(&c, &m), ASYNC_EAGAIN);
	ck_assert_int_eq(async_cell_try_take(&c, &m), 0);
	ck_assert_int_eq(m, 7);
	actor_cancel(&puts[1]);
	turns(1);
	ck_assert_int_eq(puts[1].value, ASYNC_ECANCELED);
	ck_assert_int_eq(async_cell_try_read(&c, &m), 0);
	ck_assert_int_eq(m, 8);
	/* A value handed to one who is aborted comes back. */
	ck_assert_int_eq(async_cell_try_take(&c, &m), 0);
	a[0] = cell_actor(&c, 0, 0);
	actor_go(&a[0]);
	turns(1);
	m = 11;
	ck_assert_int_eq(async_cell_try_put(&c, &m), 0);
	ck_assert(!async_cell_is_full(&c));
	actor_abort(&a[0]);
	turns(1);
	ck_assert(async_cell_is_full(&c));
	ck_assert_int_eq(place, 11);
}
END_TEST

/* --- random schedules against models ----------------------------------------------------------------- */

static struct model {
	uint64_t seed;
	async_mutex m;
	async_rwlock l;
	async_semaphore s;
	long place;
	async_cell cell;
	int in_mutex, readers, writers;
	size_t permits;		      /* held */
	long values;		      /* in the cell or with an actor: always 1 */
	uint64_t next_ticket, served; /* of the mutex: first come, first served */
} model;

enum { PERMITS = 4 };

/* data: what it holds: 0 nothing, 1 mutex, 2 read, 3 write, 4 permits, 5 the cell's value */
static void release_all(struct actor *a)
{
	switch ((intptr_t)a->data) {
	case 1:
		model.in_mutex--;
		async_mutex_unlock(&model.m);
		break;
	case 2:
		model.readers--;
		async_rwlock_read_unlock(&model.l);
		break;
	case 3:
		model.writers--;
		async_rwlock_write_unlock(&model.l);
		break;
	case 4:
		model.permits -= (size_t)a->out;
		async_semaphore_release(&model.s, (size_t)a->out);
		break;
	case 5:
		model.values--;
		ck_assert_int_eq(async_cell_try_put(&model.cell, &a->in), 0);
		break;
	}
	a->data = NULL;
}

static void check_model(void)
{
	ck_assert_int_le(model.in_mutex, 1);
	ck_assert(!model.writers || (model.writers == 1 && !model.readers));
	ck_assert_uint_le(model.permits, PERMITS);
	ck_assert_int_le(model.values, 1);
}

static async__poll_fn *random_step(struct actor *a, union actor_op *op)
{
	/* What the last operation brought. */
	if (a->pc && a->pc < 6) {
		if (a->value) {
			ck_assert_int_eq(a->value, ASYNC_ECANCELED);
			return NULL;
		}
		a->data = (void *)(intptr_t)a->pc;
		model.in_mutex += a->pc == 1;
		if (a->pc == 1) {
			ck_assert_uint_gt(a->ticket, model.served);
			model.served = a->ticket;
		}
		model.readers += a->pc == 2;
		model.writers += a->pc == 3;
		model.permits += a->pc == 4 ? (size_t)a->out : 0;
		model.values += a->pc == 5;
		check_model();
		a->pc = 6;
		if (random_next(&model.seed) % 2)
			return async_yield_now__fn.poll;
	} else if (a->pc == 6 && a->value) {
		release_all(a);
		return NULL;
	}
	release_all(a);
	switch (a->pc = 1 + (int)(random_next(&model.seed) % 5)) {
	case 1:
		a->ticket = ++model.next_ticket;
		op->lock.m = &model.m;
		return async_mutex_lock__fn.poll;
	case 2:
		op->read.l = &model.l;
		return async_rwlock_read_lock__fn.poll;
	case 3:
		op->write.l = &model.l;
		return async_rwlock_write_lock__fn.poll;
	case 4:
		a->out = 1 + random_next(&model.seed) % PERMITS;
		op->acquire.s = &model.s;
		op->acquire.n = (size_t)a->out;
		return async_semaphore_acquire__fn.poll;
	default:
		op->take.c = &model.cell;
		op->take.to = &a->in;
		return async_cell_take__fn.poll;
	}
}

START_TEST(random_schedules)
{
	for (uint64_t seed = 1; seed <= 600; seed++) {
		struct actor actors[COUNT];
		model = (struct model){.seed = seed, .s = ASYNC_SEMAPHORE_INIT(PERMITS), .place = 42};
		async_cell_init(&model.cell, &model.place, sizeof model.place, true);
		go(actors, COUNT, random_step, NULL);
		for (int round = 0; round < 80; round++) {
			turns(1);
			struct actor *victim = &actors[random_next(&model.seed) % COUNT];
			switch (random_next(&model.seed) % 12) {
			case 0:
				actor_cancel(victim);
				break;
			case 1:
				if (!victim->data) /* the actor has no defers */
					actor_abort(victim);
				break;
			}
			for (int i = 0; i < COUNT; i++)
				if (actors[i].done) {
					actors[i] = (struct actor){.step = random_step, .id = i};
					actor_go(&actors[i]);
				}
		}
		for (int i = 0; i < COUNT; i++)
			actor_cancel(&actors[i]);
		turns(COUNT * 4);
		for (int i = 0; i < COUNT; i++)
			ck_assert(actors[i].done);
		check_model();
		ck_assert(!async_mutex_is_locked(&model.m) && !model.l.state && !model.l.waiters.first);
		ck_assert_uint_eq(async_semaphore_permits(&model.s), PERMITS);
		ck_assert(async_cell_is_full(&model.cell));
		ck_assert_int_eq(model.place, 42);
	}
}
END_TEST

/* --- misuse ------------------------------------------------------------------------------------------- */

START_TEST(unlock_without_lock_aborts)
{
	async_mutex m = ASYNC_MUTEX_INIT;
	async_mutex_unlock(&m);
}
END_TEST

START_TEST(read_unlock_of_a_writer_aborts)
{
	async_rwlock l = ASYNC_RWLOCK_INIT;
	async_rwlock_try_write_lock(&l);
	async_rwlock_read_unlock(&l);
}
END_TEST

START_TEST(write_unlock_without_lock_aborts)
{
	async_rwlock l = ASYNC_RWLOCK_INIT;
	async_rwlock_write_unlock(&l);
}
END_TEST

START_TEST(wait_group_below_zero_aborts)
{
	async_wait_group g = ASYNC_WAIT_GROUP_INIT;
	async_wait_group_done(&g);
}
END_TEST

START_TEST(cond_without_the_mutex_aborts)
{
	async_mutex m = ASYNC_MUTEX_INIT;
	struct actor a = {.step = waits_for_cond, .pc = 1, .data = &m};
	actor_go(&a);
	turns(1);
}
END_TEST

START_TEST(once_end_without_begin_aborts)
{
	async_once o = ASYNC_ONCE_INIT;
	async_once_end(&o, 0);
}
END_TEST

SUITE_MAIN_ABORTS("synchronisation",
		  SUITE_TESTS(mutex_is_handed_over, lock_handed_to_an_aborted_task_comes_back,
			      free_mutex_is_taken_at_once, cond_waits_with_the_mutex,
			      rwlock_does_not_starve_writers, cancelled_writer_lets_readers_in,
			      semaphore_serves_in_order, barrier_lets_all_go, events_and_calls, once_is_done_once,
			      wait_group_counts, cell_serves_both_lines, random_schedules),
		  SUITE_TESTS(unlock_without_lock_aborts, read_unlock_of_a_writer_aborts,
			      write_unlock_without_lock_aborts, wait_group_below_zero_aborts,
			      cond_without_the_mutex_aborts, once_end_without_begin_aborts))
