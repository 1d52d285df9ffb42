/* A program that runs its own loop, with a timer of its own and a handle that it never closes while tasks run. */
#include <asyncc/runtime.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

async_future twice(int x);
async_future half(double x);
async_future nothing(void);
async_future family(int n);
async_future stubborn(const char *name);

static uv_timer_t ticker;
static uv_async_t theirs;
static int ticks;

static void expect(int true_value, const char *what)
{
	if (!true_value) {
		printf("not: %s\n", what);
		exit(1);
	}
}

static void done_int(void *name, int err, const void *value)
{
	printf("%s: %d, %d\n", (const char *)name, err, value ? *(const int *)value : -1);
}

static void done_half(void *name, int err, const void *value)
{
	struct {
		int err;
		double value;
	} result;
	memcpy(&result, value, sizeof result);
	printf("%s: %d, %g\n", (const char *)name, err, result.value);
}

static void done_nothing(void *name, int err, const void *value)
{
	printf("%s: %d, %s\n", (const char *)name, err, value ? "a value" : "no value");
	/* A callback may start the next one. */
	expect(async_start(twice(1), done_int, "started by a callback", NULL) == 0, "start in a callback");
}

static void tick(uv_timer_t *timer)
{
	if (++ticks == 2)
		expect(async_start(family(3), done_int, "family", NULL) == 0, "start in a timer");
	if (ticks == 5)
		uv_timer_stop(timer);
}

static void theirs_rang(uv_async_t *handle)
{
	(void)handle;
	puts("their own handle rang");
}

static void detached(void *arg)
{
	printf("detached %s\n", (const char *)arg);
}

static void run(uv_loop_t *loop, uv_run_mode mode)
{
	expect(uv_run(loop, mode) == 0 || mode != UV_RUN_DEFAULT, "the loop ends");
}

int main(void)
{
	uv_loop_t loop;
	async_task task;
	uv_loop_init(&loop);
	loop.data = &ticks; /* theirs as well */
	for (int round = 0; round < 2; round++) {
		ticks = 0;
		expect(async_runtime_attach(&loop) == 0, "attach");
		expect(async_runtime_loop() == &loop, "the runtime's loop");
		run(&loop, UV_RUN_DEFAULT); /* nothing to do: ends at once */
		uv_async_init(&loop, &theirs, theirs_rang);
		uv_unref((uv_handle_t *)&theirs);
		uv_timer_init(&loop, &ticker);
		uv_timer_start(&ticker, tick, 1, 1);
		expect(async_start(twice(250), done_int, "twice", NULL) == 0, "start");
		run(&loop, UV_RUN_DEFAULT);
		expect(ticks == 5, "their timer ran");
		expect(async_start(half(3), done_half, "half", NULL) == 0, "start");
		run(&loop, UV_RUN_DEFAULT);
		expect(async_start(nothing(), done_nothing, "nothing", NULL) == 0, "start");
		expect(async_start(twice(1), NULL, NULL, NULL) == 0, "start without a callback");
		run(&loop, UV_RUN_DEFAULT);
		expect(async_start(twice(100000), done_int, "cancelled", &task) == 0, "start");
		run(&loop, UV_RUN_NOWAIT);
		async_task_cancel(task);
		run(&loop, UV_RUN_DEFAULT);
		expect(async_start(twice(100000), done_int, "cancelled before it began", &task) == 0, "start");
		async_task_cancel(task);
		run(&loop, UV_RUN_DEFAULT);

		expect(async_start(stubborn("stubborn"), done_int, "stubborn", NULL) == 0, "start");
		run(&loop, UV_RUN_NOWAIT);
		uv_async_send(&theirs);
		expect(async_runtime_detach(detached, "the runtime") == 0, "detach");
		expect(async_runtime_detach(NULL, NULL) == ASYNC_EALREADY, "detach twice");
		expect(async_start(twice(1), done_int, "too late", NULL) == ASYNC_ESHUTDOWN, "start while it ends");
		run(&loop, UV_RUN_DEFAULT);
		expect(async_runtime_detach(NULL, NULL) == ASYNC_EINVAL, "nothing to detach");
		expect(uv_loop_close(&loop) == UV_EBUSY && uv_is_active((uv_handle_t *)&theirs), "theirs was not touched");
		uv_close((uv_handle_t *)&theirs, NULL);
		uv_close((uv_handle_t *)&ticker, NULL);
		run(&loop, UV_RUN_DEFAULT);
	}
	expect(loop.data == &ticks, "loop.data");
	expect(uv_loop_close(&loop) == 0, "nothing is left in the loop");
	return 0;
}
