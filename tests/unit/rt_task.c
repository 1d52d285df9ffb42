/* Tasks and their handles; waiting for arrays of them. */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "asyncc/dump.h"
#include "tests/unit/rt_script.h"

static const struct step sleeper[] = {SLEEP(100000), LOG("sleeper"), END};
static const struct step five[] = {SLEEP(5), LOG("five"), RETURN(5)};
static const struct step two[] = {SLEEP(2), LOG("two"), RETURN(2)};
static const struct step one[] = {LOG("one"), RETURN(1)};
static const struct step fails[] = {SLEEP(3), LOG("fails"), RETURN(ASYNC_ENOENT)};

START_TEST(await_gives_the_value)
{
	static const struct step s[] = {GO(0, two), GO(1, one), AWAIT(0), LOG("a"), AWAIT(1), LOG("b"), RETURN(0)};
	CHECK(s, "one two a:2 b:1 ", 0);
	ck_assert_ptr_eq(tasks[0], ASYNC__NO_TASK);
}
END_TEST

START_TEST(await_of_no_memory)
{
	static const struct step s[] = {AWAIT(0), END};
	tasks[0] = NULL;
	CHECK(s, "", ASYNC_ENOMEM);
	int value;
	tasks[0] = NULL;
	ck_assert_int_eq(async__task_try_unwrap(&tasks[0], &value), ASYNC_ENOMEM);
	ck_assert(async__task_is_finished(NULL));
	async__task_cancel(NULL);
	async__task_abort(NULL);
	async__task_detach(NULL);
	async__task_drop(NULL);
	async__task_drop(ASYNC__NO_TASK);
	async__task_set_name(NULL, "x");
	ck_assert_ptr_null(async__spawn_named("x", NULL));
	ck_assert_ptr_null(async__spawn_future(NULL, NULL));
}
END_TEST

START_TEST(interrupted_await_keeps_the_handle)
{
	static const struct step waiter[] = {AWAIT(0), LOG("waiter"), END};
	static const struct step s[] = {GO(0, five), GO(1, waiter), YIELD(2), CANCEL(1), AWAIT(1), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "waiter!ECANCELED five end:5 ", 0);
}
END_TEST

START_TEST(try_unwrap)
{
	tasks[0] = script_spawn(NULL, two);
	int value = 9;
	ck_assert_int_eq(async__task_try_unwrap(&tasks[0], &value), ASYNC_EAGAIN);
	ck_assert(!async__task_is_finished(tasks[0]));
	run_for(5);
	ck_assert(async__task_is_finished(tasks[0]));
	ck_assert_int_eq(async__task_try_unwrap(&tasks[0], &value), 0);
	ck_assert_int_eq(value, 2);
	tasks[0] = script_spawn(NULL, two);
	async__task_abort(tasks[0]);
	ck_assert(async__task_is_cancelled(tasks[0]));
	run_for(1);
	ck_assert_int_eq(async__task_try_unwrap(&tasks[0], &value), ASYNC_ECANCELED);
	ck_assert_ptr_eq(tasks[0], ASYNC__NO_TASK);
	check_empty();
}
END_TEST

START_TEST(dropped_handle_cancels)
{
	static const struct step s[] = {GO(0, sleeper), YIELD(2), DROP(0), YIELD(2), RETURN(0)};
	CHECK(s, "sleeper!ECANCELED ", 0);
}
END_TEST

START_TEST(handles_after_the_end)
{
	static const struct step s[] = {GO(0, one), YIELD(2), CANCEL(0), ABORT(0), AWAIT(0), LOG("end"), RETURN(0)};
	CHECK(s, "one end:1 ", 0);
	static const struct step t[] = {GO(0, one), YIELD(2), DROP(0), RETURN(0)};
	CHECK(t, "one ", 0);
}
END_TEST

START_TEST(detached_ones_run_on)
{
	struct async__task *t = script_spawn(NULL, two);
	trace_clear();
	async__task_detach(t);
	run_for(5);
	ck_assert_str_eq(trace, "two ");
	check_empty();
}
END_TEST

START_TEST(names_and_ids)
{
	char name[] = "worker";
	struct async__task *a = async__spawn_named(name, script_spawn(NULL, two)), *b = script_spawn(NULL, two);
	name[0] = 'X';
	ck_assert_str_eq(async__task_name(a), "worker");
	ck_assert_str_eq(async__task_name(b), "script");
	ck_assert_uint_ne(async__task_id(a), async__task_id(b));
	async__task_set_name(a, "other");
	ck_assert_str_eq(async__task_name(a), "other");
	run_for(5);
	ck_assert_str_eq(async__task_name(a), "other"); /* as long as the handle is there */
	async__task_drop(a);
	async__task_drop(b);
	check_empty();
}
END_TEST

START_TEST(spawned_futures)
{
	struct async__task *t = async__spawn_future(NULL, script_new(two));
	int value = 0;
	run_for(5);
	ck_assert_int_eq(async__task_try_unwrap(&t, &value), 0);
	ck_assert_int_eq(value, 2);
	t = async__spawn_future(NULL, script_new(two));
	async__task_abort(t);
	async__task_detach(t);
	run_for(1);
	check_empty();
}
END_TEST

/* A frame with an alignment of its own, whose parameter has to be released. */
struct aligned__frame {
	_Alignas(64) struct async__frame base;
	_Alignas(64) int value;
	char *parameter;
};

static enum async__poll aligned__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct aligned__frame *f = (struct aligned__frame *)self;
	ck_assert_uint_eq((uintptr_t)self % 64, 0);
	free(f->parameter);
	f->value = 42;
	return ASYNC__READY;
}

static void aligned__drop(struct async__frame *self)
{
	free(((struct aligned__frame *)self)->parameter);
}

static const struct async__fn aligned__fn = {.name = "aligned",
					     .file = "t.ac",
					     .align = 64,
					     .size = sizeof(struct aligned__frame),
					     .poll = aligned__poll,
					     .drop = aligned__drop,
					     .value_offset = offsetof(struct aligned__frame, value),
					     .value_size = sizeof(int),
					     .ended = ASYNC__ENDED};

START_TEST(aligned_frames_and_parameters)
{
	for (int aborts = 0; aborts < 2; aborts++) {
		struct async__frame *root = async__task_new(NULL, &aligned__fn);
		((struct aligned__frame *)root)->parameter = strdup("x");
		struct async__task *t = async__task_of_root(root);
		int value = 0;
		if (aborts)
			async__task_abort(t);
		run_for(1);
		ck_assert_int_eq(async__task_try_unwrap(&t, &value), aborts ? ASYNC_ECANCELED : 0);
		ck_assert_int_eq(value, aborts ? 0 : 42);
	}
	check_empty();
}
END_TEST

/* --- arrays ----------------------------------------------------------------------------------- */

/* The values of the first n tasks, whose handles are consumed. */
static void unwrap(int n, int *values)
{
	for (int i = 0; i < n; i++) {
		int err = async__task_try_unwrap(&tasks[i], &values[i]);
		if (err)
			values[i] = err;
	}
	check_empty();
}

START_TEST(join_all)
{
	int values[3];
	static const struct step s[] = {GO(0, five), GO(1, one), GO(2, two), JOIN_ALL(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "one two five end ");
	unwrap(3, values);
	ck_assert(values[0] == 5 && values[1] == 1 && values[2] == 2);
	static const struct step t[] = {GO(0, sleeper), GO(1, fails), GO(2, one), JOIN_ALL(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(t), 0);
	ck_assert_str_eq(trace, "one fails sleeper!ECANCELED end!ENOENT ");
	unwrap(3, values);
	ck_assert(values[0] == ASYNC_ECANCELED && values[1] == ASYNC_ENOENT && values[2] == 1);
}
END_TEST

START_TEST(join_all_of_ended_ones)
{
	int values[3];
	static const struct step s[] = {GO(0, one), GO(1, one), GO(2, one), YIELD(2), JOIN_ALL(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "one one one end ");
	unwrap(3, values);
	static const struct step t[] = {JOIN_ALL(0), LOG("none"), RETURN(0)};
	CHECK(t, "none ", 0);
	static const struct step bad[] = {RETURN(ASYNC_EIO)};
	static const struct step u[] = {GO(0, sleeper), GO(1, bad), GO(2, sleeper), YIELD(2), JOIN_ALL(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(u), 0);
	ck_assert_str_eq(trace, "sleeper!ECANCELED sleeper!ECANCELED end!EIO ");
	unwrap(3, values);
}
END_TEST

START_TEST(interrupted_join_all)
{
	int values[3];
	static const struct step waiter[] = {JOIN_ALL(2), LOG("waiter"), END};
	static const struct step s[] = {GO(0, five), GO(1, two), GO(2, waiter), YIELD(2), CANCEL(2), JOIN_ALL(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "waiter!ECANCELED five!ECANCELED two!ECANCELED end!ECANCELED ");
	unwrap(3, values);
}
END_TEST

START_TEST(join_all_that_failed_has_happened)
{
	/* The error is known; that the rest takes its time changes nothing, nor does a cancellation. */
	static const struct step stubborn[] = {SHIELD, SLEEP(10), LEAVE, LOG("stubborn"), RETURN(0)};
	static const struct step bad[] = {RETURN(ASYNC_EIO)};
	static const struct step waiter[] = {JOIN_ALL(2), LOG("waiter"), END};
	static const struct step s[] = {GO(0, stubborn), GO(1, bad), GO(2, waiter), SLEEP(1), CANCEL(2), AWAIT(2), RETURN(0)};
	int values[2];
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "stubborn waiter!EIO ");
	unwrap(2, values);
}
END_TEST

START_TEST(try_join_all)
{
	int values[3];
	static const struct step s[] = {GO(0, fails), GO(1, one), GO(2, fails), TRY_JOIN_ALL(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "one fails fails end:2 ");
	unwrap(3, values);
	ck_assert(values[0] == ASYNC_ENOENT && values[1] == 1 && values[2] == ASYNC_ENOENT);
}
END_TEST

START_TEST(try_join_all_tells_each_error)
{
	enum { MANY = 20000 };
	struct async__task **many = malloc(MANY * sizeof *many);
	int *errs = malloc(MANY * sizeof *errs);
	for (int i = 0; i < MANY; i++)
		many[i] = script_spawn(NULL, i % 3 ? one : fails);
	struct async__try_join_all__frame f = {.tasks = many, .n = MANY, .errs = errs};
	clock_t start = clock();
	async__time_is_virtual = true;
	ck_assert_int_eq(async__block_on(&f.base, async__try_join_all__poll, "all", "t.ac", 1), 0);
	ck_assert_int_lt(clock() - start, 5 * CLOCKS_PER_SEC); /* not quadratic */
	ck_assert_int_eq(f.value, (MANY + 2) / 3);
	for (int i = 0; i < MANY; i++) {
		ck_assert_int_eq(errs[i], i % 3 ? 0 : ASYNC_ENOENT);
		async__task_drop(many[i]);
	}
	free(many);
	free(errs);
	check_empty();
}
END_TEST

START_TEST(race)
{
	int values[3];
	static const struct step s[] = {GO(0, sleeper), GO(1, two), GO(2, five), RACE(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "two sleeper!ECANCELED five!ECANCELED end:1 ");
	unwrap(3, values);
	ck_assert_int_eq(values[1], 2);
	static const struct step t[] = {GO(0, sleeper), GO(1, fails), RACE(2), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(t), 0);
	ck_assert_str_eq(trace, "fails sleeper!ECANCELED end:1 ");
	unwrap(2, values);
}
END_TEST

START_TEST(race_that_was_won_has_happened)
{
	static const struct step stubborn[] = {SHIELD, SLEEP(10), LEAVE, LOG("stubborn"), RETURN(0)};
	static const struct step waiter[] = {RACE(2), LOG("waiter"), END};
	static const struct step s[] = {GO(0, stubborn), GO(1, two), GO(2, waiter), SLEEP(5), CANCEL(2), AWAIT(2), RETURN(0)};
	int values[2];
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "two stubborn waiter:1 ");
	unwrap(2, values);
}
END_TEST

START_TEST(race_ok)
{
	int values[3];
	static const struct step s[] = {GO(0, fails), GO(1, five), GO(2, sleeper), RACE_OK(3), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(s), 0);
	ck_assert_str_eq(trace, "fails five sleeper!ECANCELED end:1 ");
	unwrap(3, values);
	static const struct step t[] = {GO(0, fails), GO(1, fails), RACE_OK(2), LOG("end"), RETURN(0)};
	ck_assert_int_eq(run(t), 0);
	ck_assert_str_eq(trace, "fails fails end!ENOENT ");
	unwrap(2, values);
}
END_TEST

START_TEST(aborted_race)
{
	static const struct step waiter[] = {RACE(2), LOG("not"), END};
	static const struct step s[] = {GO(0, five), GO(1, two), GO(2, waiter), YIELD(2), ABORT(2), AWAIT(2), LOG("end"), AWAIT(0), AWAIT(1), RETURN(0)};
	CHECK(s, "~ end!ECANCELED two five ", 0);
}
END_TEST

/* --- dumps ------------------------------------------------------------------------------------ */

START_TEST(dump_shows_children_and_branches)
{
	static const struct step child[] = {PENDING, END};
	static const struct step branch[] = {CALL(child), END};
	static const struct step parent[] = {NURSERY, SPAWN(child), JOIN(branch, child), WAIT, END};
	struct async__task *t = async__spawn_named("parent", script_spawn(NULL, parent));
	run_for(1);
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	async_dump(out);
	fclose(out);
	ck_assert_ptr_nonnull(strstr(text, ": parent (t.ac:1): waiting\n"));
	ck_assert_ptr_nonnull(strstr(text, "branch 1:\n"));
	ck_assert_ptr_nonnull(strstr(text, "awaiting branch 2\n"));
	ck_assert_ptr_nonnull(strstr(text, "awaiting fork\n"));
	int awaiting_op = 0;
	for (const char *at = text; (at = strstr(at, "awaiting op\n")); at++)
		awaiting_op++;
	ck_assert_int_eq(awaiting_op, 3);
	free(text);
	async__task_drop(t);
	run_for(1);
	check_empty();
}
END_TEST

/* --- the runtime's end ------------------------------------------------------------------------ */

static void *leave_tasks(void *counter)
{
	static const struct step again[] = {PENDING, YIELD(3), SLEEP(3), LOG("x"), END};
	for (int i = 0; i < 10; i++)
		async__task_detach(script_spawn(NULL, again));
	run_for(1);
	*(int *)counter = frames_alive;
	return NULL;
}

START_TEST(tasks_end_with_the_runtime)
{
	pthread_t thread;
	int before = 0;
	ck_assert_int_eq(pthread_create(&thread, NULL, leave_tasks, &before), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(before, 10);
	ck_assert_int_eq(frames_alive, 0);
}
END_TEST

static void *leave_spawning_tasks(void *counter)
{
	static const struct step last[] = {PENDING, END};
	static const struct step runs_away[] = {PENDING, SPIN(3000), END};
	async__task_detach(script_spawn(NULL, runs_away));
	static const struct step spawns[] = {PENDING, GO(1, last), END};
	async__task_detach(script_spawn(NULL, spawns));
	run_for(1);
	*(int *)counter = frames_alive;
	return NULL;
}

START_TEST(tasks_spawned_at_the_end)
{
	pthread_t thread;
	int before = 0;
	ck_assert_int_eq(pthread_create(&thread, NULL, leave_spawning_tasks, &before), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(before, 2);
	ck_assert_int_eq(frames_alive, 0);
	async__task_drop(tasks[1]);
}
END_TEST

/* --- misuse ----------------------------------------------------------------------------------- */

START_TEST(awaited_twice_aborts)
{
	static const struct step waiter[] = {AWAIT(0), END};
	static const struct step s[] = {GO(0, sleeper), GO(1, waiter), YIELD(1), AWAIT(0), END};
	run(s);
}
END_TEST

START_TEST(consumed_twice_aborts)
{
	static const struct step s[] = {GO(0, one), AWAIT(0), AWAIT(0), END};
	run(s);
}
END_TEST

START_TEST(self_await_aborts)
{
	static const struct step task[] = {AWAIT(0), END};
	static const struct step s[] = {GO(0, task), YIELD(3), END};
	run(s);
}
END_TEST

/* The masks that a new task's word is made of are where the compiler has its bits. */
START_TEST(bits_of_a_task)
{
	struct async__task t = {.word = 0};
	t.id = TASK_ID;
	ck_assert_uint_eq(t.word, TASK_ID);
	t.word = 0;
	t.has_handle = true;
	ck_assert_uint_eq(t.word, TASK_HAS_HANDLE);
	t.word = 0;
	t.pool_class = 1;
	ck_assert_uint_eq(t.word, (uint64_t)1 << TASK_CLASS);
}
END_TEST

SUITE_MAIN_ABORTS("tasks",
		  SUITE_TESTS(await_gives_the_value, await_of_no_memory, interrupted_await_keeps_the_handle,
			      try_unwrap, dropped_handle_cancels, handles_after_the_end, detached_ones_run_on,
			      names_and_ids, spawned_futures, aligned_frames_and_parameters, join_all,
			      join_all_of_ended_ones, interrupted_join_all, join_all_that_failed_has_happened,
			      try_join_all, try_join_all_tells_each_error, race, race_that_was_won_has_happened,
			      race_ok, aborted_race, dump_shows_children_and_branches, tasks_end_with_the_runtime,
			      tasks_spawned_at_the_end, bits_of_a_task),
		  SUITE_TESTS(awaited_twice_aborts, consumed_twice_aborts, self_await_aborts))
