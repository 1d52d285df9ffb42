/* Blocking work on the pool: results, bounds, cancellation, work that itself has a runtime, the pool's end. */
#include <dirent.h>
#include <pthread.h>
#include <time.h>

#include "asyncc/task.h"
#define ACTOR_OPS struct async__spawn_blocking__frame blocking;
#include "tests/unit/rt_actor.h"

static void nap(long ms)
{
	nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static int running, most; /* at once */
static int held, wanted;  /* work goes on while it is held, and until so many of it were there at once */

static void work(void *arg)
{
	int now = __atomic_add_fetch(&running, 1, __ATOMIC_SEQ_CST), seen = __atomic_load_n(&most, __ATOMIC_SEQ_CST);
	while (now > seen && !__atomic_compare_exchange_n(&most, &seen, now, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		;
	while (__atomic_load_n(&held, __ATOMIC_SEQ_CST) || __atomic_load_n(&most, __ATOMIC_SEQ_CST) < wanted)
		nap(1);
	++*(long *)arg;
	__atomic_sub_fetch(&running, 1, __ATOMIC_SEQ_CST);
}

static void wait_running(void)
{
	while (!__atomic_load_n(&running, __ATOMIC_SEQ_CST))
		nap(1);
}

/* Has `work` done pc times. */
static async__poll_fn *works(struct actor *a, union actor_op *op)
{
	if (!a->pc-- || a->value < 0)
		return NULL;
	op->blocking.work = work;
	op->blocking.arg = &a->in;
	return async__spawn_blocking__fn.poll;
}

static void wait_for(struct actor *actors, int count)
{
	for (int i = 0; i < count; i++)
		while (!actors[i].done)
			ck_assert_int_eq(async_sleep__block_on(1), 0);
}

/* Threads of the process. */
static int thread_count(void)
{
	int count = 0;
	DIR *d = opendir("/proc/self/task");
	for (struct dirent *e; (e = readdir(d));)
		count += e->d_name[0] != '.';
	closedir(d);
	return count;
}

/* One that was joined may be seen for a moment. */
static void threads_end(int before)
{
	for (int i = 0; i < 6000 && thread_count() > before; i++)
		nap(10);
	ck_assert_int_eq(thread_count(), before);
}

START_TEST(pool_is_bounded)
{
	struct actor actors[12];
	int before = thread_count();
	async_blocking_threads(3, 20);
	most = 0;
	wanted = 3;
	for (int i = 0; i < 12; i++) {
		actors[i] = (struct actor){.step = works, .pc = 2};
		actor_go(&actors[i]);
	}
	wait_for(actors, 12);
	for (int i = 0; i < 12; i++) {
		ck_assert_int_eq(actors[i].value, 0);
		ck_assert_int_eq(actors[i].in, 2);
	}
	ck_assert_int_eq(most, 3);
	ck_assert_int_le(thread_count(), before + 3);
	threads_end(before);
}
END_TEST

START_TEST(queued_work_is_taken_back)
{
	struct actor actors[4];
	async_blocking_threads(1, 20);
	held = 1;
	for (int i = 0; i < 4; i++) {
		actors[i] = (struct actor){.step = works, .pc = 1};
		actor_go(&actors[i]);
	}
	turns(1);
	wait_running();
	actor_cancel(&actors[0]); /* runs: goes on to its end */
	actor_cancel(&actors[2]);
	actor_abort(&actors[3]);
	turns(1);
	ck_assert(actors[2].done && actors[3].aborted && !actors[0].done);
	__atomic_store_n(&held, 0, __ATOMIC_SEQ_CST);
	wait_for(actors, 2);
	ck_assert_int_eq(actors[0].value, 0);
	ck_assert_int_eq(actors[0].in, 1);
	ck_assert_int_eq(actors[1].in, 1);
	ck_assert_int_eq(actors[2].value, ASYNC_ECANCELED);
	ck_assert_int_eq(actors[2].in + actors[3].in, 0);
	ck_assert_uint_eq(runtime()->io_count, 0);
}
END_TEST

START_TEST(abort_waits_for_running_work)
{
	struct actor a = {.step = works, .pc = 1};
	held = 1;
	actor_go(&a);
	turns(1);
	wait_running();
	actor_abort(&a);
	ck_assert(!a.aborted);
	__atomic_store_n(&held, 0, __ATOMIC_SEQ_CST);
	wait_for(&a, 1);
	ck_assert(a.aborted);
	ck_assert_int_eq(a.in, 1);
}
END_TEST

/* Work that blocks on work, `*arg` deep. */
static void nested(void *arg)
{
	int depth = *(int *)arg;
	if (!depth)
		return;
	depth--;
	struct async__spawn_blocking__frame f = {.work = nested, .arg = &depth};
	ck_assert_int_eq(async__block_on(&f.base, async__spawn_blocking__fn.poll, "nested", "t.ac", 1), 0);
	ck_assert_int_eq(f.value, 0);
	*(int *)arg = -1;
}

static void nested_run(int depth)
{
	struct async__spawn_blocking__frame f = {.work = nested, .arg = &depth};
	ck_assert_int_eq(async__block_on(&f.base, async__spawn_blocking__fn.poll, "nested", "t.ac", 1), 0);
	ck_assert_int_eq(f.value, 0);
	ck_assert_int_eq(depth, -1);
}

START_TEST(work_gives_work_to_a_full_pool)
{
	async_blocking_threads(1, 10);
	nested_run(5);
	nested_run(3);
}
END_TEST

static void *with_runtime(void *unused)
{
	struct actor actors[4];
	for (int i = 0; i < 4; i++) {
		actors[i] = (struct actor){.step = works, .pc = 3};
		actor_go(&actors[i]);
	}
	wait_for(actors, 4);
	nested_run(2);
	return NULL;
}

START_TEST(runtimes_share_the_pool_and_end_it)
{
	int before = thread_count();
	async_blocking_threads(4, 100000);
	for (int round = 0; round < 3; round++) {
		pthread_t threads[4];
		for (int i = 0; i < 4; i++)
			ck_assert_int_eq(pthread_create(&threads[i], NULL, with_runtime, NULL), 0);
		for (int i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		threads_end(before); /* with the last runtime, not after 100 s */
	}
}
END_TEST

static void nothing(void *arg)
{
}

START_TEST(many_short_jobs)
{
	async_blocking_threads(4, 100);
	for (int i = 0; i < 3000; i++) {
		struct async__spawn_blocking__frame f = {.work = nothing};
		ck_assert_int_eq(async__block_on(&f.base, async__spawn_blocking__fn.poll, "short", "t.ac", 1), 0);
		ck_assert_int_eq(f.value, 0);
	}
}
END_TEST

SUITE_MAIN("blocking", pool_is_bounded, queued_work_is_taken_back, abort_waits_for_running_work,
	   work_gives_work_to_a_full_pool, runtimes_share_the_pool_and_end_it, many_short_jobs)
