/* State machines written by hand, as the compiler generates them, against the runtime: resumes, boxes, recursion,
 * aborts, cancellation, tasks. */
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "asyncc/dump.h"
#include "rt/internal.h"
#include "tests/unit/suite.h"

static char trace[4096];

static void trace_clear(void)
{
	trace[0] = '\0';
}

static void trace_add(const char *text)
{
	if (!text)
		return;
	strcat(trace, text);
	strcat(trace, " ");
}

/* async fn ticks(const char *name, int n) -> int { defer trace("~name"); for (i = 0; i < n; i++) { trace(name); if
 * (async_yield_now().await) ...; } return n; } */
struct ticks__frame {
	struct async__frame base;
	union {
		int value;
		int n;
	};
	int i, failed;
	const char *name;
	struct async_yield_now__frame yield_1;
};

static async__poll_fn ticks__poll;
static const struct async__fn ticks__fn = {
	"ticks", "t.ac", 3, _Alignof(struct ticks__frame), sizeof(struct ticks__frame), ticks__poll, NULL, offsetof(struct ticks__frame, value), 0, sizeof(int), .ended = ASYNC__ENDED};
static const struct async__site ticks__site_1 = {
	ticks__poll, 2, offsetof(struct ticks__frame, yield_1), &ticks__fn, 5, 9, "async_yield_now", NULL, 0, 0};

static enum async__poll ticks__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct ticks__frame *f = (struct ticks__frame *)self;
	switch (state) {
	case 2:
		goto resumed_1;
	case 3:
		trace_add("aborted");
		trace_add(f->name);
		return ASYNC__ABORTED;
	}
	f->failed = 0;
	for (f->i = 0; f->i < f->n; f->i++) {
		trace_add(f->name);
		if (async_yield_now__poll(&f->yield_1.base, cx, 0) == ASYNC__PENDING)
			return async__suspend(cx, self, &ticks__site_1);
	resumed_1:
		f->failed += f->yield_1.value != 0;
	}
	f->value = f->failed ? -f->failed : f->n;
	return ASYNC__READY;
}

/* async fn nap(uint64_t ms) -> int { return async_sleep(ms).await; } with a defer that itself sleeps for 1 ms when
 * aborted */
struct nap__frame {
	struct async__frame base;
	int value;
	uint64_t ms;
	struct async_sleep__frame sleep_1;
};

static async__poll_fn nap__poll;
static const struct async__fn nap__fn = {"nap",	    "t.ac", 10, _Alignof(struct nap__frame), sizeof(struct nap__frame),
					 nap__poll, NULL, offsetof(struct nap__frame, value), 0, sizeof(int), .ended = ASYNC__ENDED};
static const struct async__site nap__site_1 = {
	nap__poll, 2, offsetof(struct nap__frame, sleep_1), &nap__fn, 11, 2, "async_sleep", NULL, 0, 0};
static const struct async__site nap__site_2 = {
	nap__poll, 4, offsetof(struct nap__frame, sleep_1), &nap__fn, 12, 2, "async_sleep", NULL, 0, 0};

static enum async__poll nap__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct nap__frame *f = (struct nap__frame *)self;
	switch (state) {
	case 0:
		f->sleep_1.ms = f->ms;
		if (async_sleep__poll(&f->sleep_1.base, cx, 0) == ASYNC__PENDING)
			return async__suspend(cx, self, &nap__site_1);
		/* fall through */
	case 2:
		f->value = f->sleep_1.value;
		return ASYNC__READY;
	case 3:
		trace_add("nap-defer");
		f->sleep_1.ms = 1;
		if (async_sleep__poll(&f->sleep_1.base, cx, 0) == ASYNC__PENDING)
			return async__suspend(cx, self, &nap__site_2);
		/* fall through */
	case 4:
		trace_add("nap-aborted");
		return ASYNC__ABORTED;
	}
	abort();
}

/* async fn outer(void) -> int { nap boxed: return nap(ms).await; } */
struct outer__frame {
	struct async__frame base;
	int value;
	uint64_t ms;
};

static async__poll_fn outer__poll;
static const struct async__fn outer__fn = {
	"outer", "t.ac", 20, _Alignof(struct outer__frame), sizeof(struct outer__frame), outer__poll, NULL, offsetof(struct outer__frame, value), 0, sizeof(int), .ended = ASYNC__ENDED};
static const struct async__site outer__site_1 = {outer__poll, 2, 0, &outer__fn, 21, 2, "nap", NULL, 0, 0};

static enum async__poll outer__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct outer__frame *f = (struct outer__frame *)self;
	struct async__frame *child;
	switch (state) {
	case 2:
		child = cx->frame;
		goto resumed_1;
	case 3:
		async__frame_free(cx->frame);
		trace_add("outer-aborted");
		return ASYNC__ABORTED;
	}
	child = async__frame_new(&nap__fn);
	if (!child) {
		f->value = ASYNC_ENOMEM;
		return ASYNC__READY;
	}
	((struct nap__frame *)child)->ms = f->ms;
	if (async__start(child, cx) == ASYNC__PENDING)
		return async__suspend_boxed(child, &f->base, &outer__site_1);
resumed_1:
	f->value = ((struct nap__frame *)child)->value;
	async__frame_free(child);
	return ASYNC__READY;
}

/* async fn depth(long n) -> long { if (n == 0) { yield; return 0; } return depth(n - 1).await + 1; } */
struct depth__frame {
	struct async__frame base;
	union {
		long value;
		long n;
	};
	struct async_yield_now__frame yield_1;
};

static async__poll_fn depth__poll;
static const struct async__fn depth__fn = {
	"depth", "t.ac", 30, _Alignof(struct depth__frame), sizeof(struct depth__frame), depth__poll, NULL, offsetof(struct depth__frame, value), 0, sizeof(int), .ended = ASYNC__ENDED};
static const struct async__site depth__site_1 = {
	depth__poll, 2, offsetof(struct depth__frame, yield_1), &depth__fn, 31, 2, "async_yield_now", NULL, 0, 0};
static const struct async__site depth__site_2 = {depth__poll, 4, 0, &depth__fn, 32, 2, "depth", NULL, 0, 0};
static bool depth_yields;

static enum async__poll depth__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct depth__frame *f = (struct depth__frame *)self;
	struct async__frame *child;
	switch (state) {
	case 2:
		goto resumed_1;
	case 4:
		child = cx->frame;
		goto resumed_2;
	case 5:
		async__frame_free(cx->frame);
		/* fall through */
	case 3:
		return ASYNC__ABORTED;
	}
	if (f->n == 0) {
		if (depth_yields && async_yield_now__poll(&f->yield_1.base, cx, 0) == ASYNC__PENDING)
			return async__suspend(cx, self, &depth__site_1);
	resumed_1:
		f->value = 0;
		return ASYNC__READY;
	}
	child = async__frame_new(&depth__fn);
	if (!child) {
		f->value = ASYNC_ENOMEM;
		return ASYNC__READY;
	}
	((struct depth__frame *)child)->n = f->n - 1;
	if (async__start(child, cx) == ASYNC__PENDING)
		return async__suspend_boxed(child, &f->base, &depth__site_2);
resumed_2:
	f->value = ((struct depth__frame *)child)->value + 1;
	async__frame_free(child);
	return ASYNC__READY;
}

static struct async_runtime *runtime(void)
{
	int err;
	return async__runtime_get(&err);
}

static bool no_task_is_left(void)
{
	return runtime()->tasks.next == &runtime()->tasks;
}

/* Released at its end. */
static struct async__task *go_detached(struct async__frame *root)
{
	struct async__task *task = async__task_of_root(root);
	async__task_detach(task);
	return task;
}

static struct async__task *ticks_spawn(const char *name, int n)
{
	struct ticks__frame *f = (struct ticks__frame *)async__task_new(NULL, &ticks__fn);
	f->name = name;
	f->n = n;
	return go_detached(&f->base);
}

static struct async__task *outer_spawn(uint64_t ms)
{
	struct outer__frame *f = (struct outer__frame *)async__task_new(NULL, &outer__fn);
	f->ms = ms;
	return go_detached(&f->base);
}

/* Runs what is ready, and what becomes so within `ms`. */
static void run_for(uint64_t ms)
{
	async__time_is_virtual = true;
	ck_assert_int_eq(async_sleep__block_on(ms), 0);
}

START_TEST(block_on_resumes_at_the_site)
{
	struct ticks__frame f = {.n = 3, .name = "x"};
	trace_clear();
	ck_assert_int_eq(async__block_on(&f.base, ticks__poll, "ticks", "t.ac", 1), 0);
	ck_assert_int_eq(f.value, 3);
	ck_assert_str_eq(trace, "x x x ");
}
END_TEST

START_TEST(tasks_take_turns)
{
	trace_clear();
	ticks_spawn("a", 3);
	ticks_spawn("b", 1);
	ticks_spawn("c", 2);
	run_for(1);
	ck_assert_str_eq(trace, "a b c a c a ");
}
END_TEST

START_TEST(sleeps_never_end_early)
{
	for (uint64_t ms = 0; ms < 30; ms += 7) {
		struct outer__frame f = {.ms = ms};
		uint64_t start = async_now();
		ck_assert_int_eq(async__block_on(&f.base, outer__poll, "outer", "t.ac", 1), 0);
		ck_assert_int_eq(f.value, 0);
		ck_assert_uint_ge(async_now() - start, ms * 1000000);
	}
}
END_TEST

START_TEST(sleeper_wakes_between_busy_tasks)
{
	struct async__task *busy = ticks_spawn(NULL, 2000000000);
	uint64_t start = async_now();
	run_for(5);
	ck_assert_uint_ge(async_now() - start, 5000000);
	async__strand_abort(&busy->strand);
	run_for(1);
	ck_assert(no_task_is_left());
}
END_TEST

START_TEST(recursion_is_bounded_by_memory)
{
	for (int yields = 0; yields < 2; yields++) {
		struct depth__frame f = {.n = 1000000};
		depth_yields = yields;
		ck_assert_int_eq(async__block_on(&f.base, depth__poll, "depth", "t.ac", 1), 0);
		ck_assert_int_eq(f.value, 1000000);
	}
}
END_TEST

static void *recurse_on_small_stack(void *result)
{
	struct depth__frame f = {.n = 100000};
	async__block_on(&f.base, depth__poll, "depth", "t.ac", 1);
	*(long *)result = f.value;
	return NULL;
}

START_TEST(recursion_on_a_thread)
{
	pthread_t thread;
	pthread_attr_t attr;
	long result = 0;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 256 * 1024);
	depth_yields = true;
	ck_assert_int_eq(pthread_create(&thread, &attr, recurse_on_small_stack, &result), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(result, 100000);
}
END_TEST

START_TEST(abort_runs_outwards_with_awaiting_defers)
{
	trace_clear();
	struct async__task *task = outer_spawn(100000);
	run_for(1);
	async__strand_abort(&task->strand);
	ck_assert_str_eq(trace, "");
	run_for(20);
	ck_assert_str_eq(trace, "nap-defer nap-aborted outer-aborted ");
	ck_assert(no_task_is_left());
}
END_TEST

START_TEST(abort_before_the_first_poll_runs_nothing)
{
	trace_clear();
	struct async__task *task = ticks_spawn("a", 3);
	async__strand_abort(&task->strand);
	run_for(1);
	ck_assert_str_eq(trace, "");
	ck_assert(no_task_is_left());
}
END_TEST

START_TEST(abort_of_a_ready_task)
{
	trace_clear();
	struct async__task *task = ticks_spawn("a", 3);
	ck_assert_int_eq(async_yield_now__block_on(), 0);
	ck_assert_str_eq(trace, "a ");
	async__strand_abort(&task->strand);
	run_for(1);
	ck_assert_str_eq(trace, "a aborted a ");
}
END_TEST

START_TEST(cancelled_sleep_is_taken_back)
{
	struct outer__frame *f = (struct outer__frame *)async__task_new(NULL, &outer__fn);
	f->ms = 100000;
	struct async__task *task = async__task_of_root(&f->base);
	run_for(1);
	ck_assert_uint_eq(runtime()->wheel.count, 1);
	async__task_cancel(task);
	ck_assert_uint_eq(runtime()->wheel.count, 0);
	int value = 1;
	ck_assert_int_eq(async__task_try_unwrap(&task, &value), ASYNC_EAGAIN);
	run_for(1);
	ck_assert_int_eq(async__task_try_unwrap(&task, &value), 0);
	ck_assert_ptr_eq(task, ASYNC__NO_TASK);
	ck_assert_int_eq(value, ASYNC_ECANCELED);
	ck_assert(no_task_is_left());
}
END_TEST

START_TEST(cancellation_is_seen_by_each_operation)
{
	trace_clear();
	struct ticks__frame f = {.n = 3, .name = "x"};
	struct async__outer_task task;
	async__task_init(&task, runtime(), &f.base, &ticks__fn);
	async__task_start(&task.task);
	async__task_cancel(&task.task);
	run_for(1);
	ck_assert(async__task_is_finished(&task.task));
	ck_assert_int_eq(f.value, -3);
}
END_TEST

START_TEST(memory_is_small)
{
	ck_assert_uint_le(sizeof(struct async__task) + sizeof(struct async__frame) + sizeof(struct async_sleep__frame),
			  160);
#if !defined __SANITIZE_ADDRESS__ && !defined __SANITIZE_THREAD__
	struct mallinfo2 before = mallinfo2();
	ck_assert_ptr_nonnull(runtime());
	ck_assert_uint_lt(mallinfo2().uordblks - before.uordblks, 64 * 1024);
#endif
}
END_TEST

START_TEST(dump_shows_the_async_backtrace)
{
	struct async__task *task = outer_spawn(100000);
	run_for(1);
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	async_dump(out);
	fclose(out);
	char *where = strstr(text, ": outer (t.ac:20): waiting\n");
	ck_assert_ptr_nonnull(where);
	ck_assert_str_eq(where, ": outer (t.ac:20): waiting\n"
				"    in nap at t.ac:11:2: awaiting async_sleep\n"
				"    in outer at t.ac:21:2: awaiting nap\n");
	free(text);
	async__strand_abort(&task->strand);
	run_for(10);
}
END_TEST

/* async fn nested(void) { plain C that calls block_on } */
static enum async__poll nested__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	async_yield_now__block_on();
	return ASYNC__READY;
}

static struct async_yield_now__frame nested_frame;

START_TEST(nested_block_on_aborts)
{
	async__block_on(&nested_frame.base, nested__poll, "nested", "t.ac", 1);
}
END_TEST

/* Waits for something that nobody does. */
static enum async__poll stuck__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	return async__op_wait(cx, NULL);
}

START_TEST(deadlock_aborts)
{
	async__block_on(&nested_frame.base, stuck__poll, "stuck", "t.ac", 1);
}
END_TEST

START_TEST(future_consumed_twice_aborts)
{
	async_future f = async_yield_now();
	future_drop(async__take(&f, "t.ac", 5));
	async__take(&f, "t.ac", 6);
}
END_TEST

SUITE_MAIN_ABORTS("state machines",
		  SUITE_TESTS(block_on_resumes_at_the_site, tasks_take_turns, sleeps_never_end_early,
			      sleeper_wakes_between_busy_tasks, recursion_is_bounded_by_memory, recursion_on_a_thread,
			      abort_runs_outwards_with_awaiting_defers, abort_before_the_first_poll_runs_nothing,
			      abort_of_a_ready_task, cancelled_sleep_is_taken_back,
			      cancellation_is_seen_by_each_operation, memory_is_small,
			      dump_shows_the_async_backtrace),
		  SUITE_TESTS(nested_block_on_aborts, deadlock_aborts, future_consumed_twice_aborts))
