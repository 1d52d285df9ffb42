/* The runtime's libuv loop: waiting, the wheel's alarm, opening and closing. With the uv_*.c bridges the only part that
 * knows libuv. */
#include <uv.h>

#include "rt/internal.h"
#include "rt/uv_handle.h"

/* libuv's own allocations stay malloc's. */
struct loop_block {
	uv_loop_t loop;
	uv_timer_t alarm;
};

int async__loop_open(struct async_runtime *rt)
{
	struct loop_block *block = async__alloc(sizeof *block);
	if (!block)
		return ASYNC_ENOMEM;
	int err = uv_loop_init(&block->loop);
	if (err) {
		async__free(block);
		return err;
	}
	uv_timer_init(&block->loop, &block->alarm);
	block->loop.data = rt;
	rt->loop = &block->loop;
	rt->alarm = &block->alarm;
	rt->alarm_tick = UINT64_MAX;
	return 0;
}

/* Every handle but the alarm has a struct async__handle_class. */
static void handle_close(uv_handle_t *handle, void *alarm)
{
	if (handle == alarm)
		uv_close(handle, NULL);
	else if (!uv_is_closing(handle))
		((const struct async__handle_class *)handle->data)->destroy(handle);
}

void async__loop_close(struct async_runtime *rt)
{
	uv_walk(rt->loop, handle_close, rt->alarm);
	uv_run(rt->loop, UV_RUN_DEFAULT);
	int err = uv_loop_close(rt->loop);
	if (err)
		async__misuse("the event loop did not close: %s", async_strerror(err));
	async__free(rt->loop); /* the block's first member */
	rt->loop = NULL;
	async__free(rt->spare);
	rt->spare = NULL;
}

void async__loop_poll(struct async_runtime *rt)
{
	uv_run(rt->loop, UV_RUN_NOWAIT);
}

static void alarm_rang(uv_timer_t *alarm)
{
	struct async_runtime *rt = alarm->loop->data;
	rt->alarm_tick = UINT64_MAX; /* the run loop looks at the wheel after each wait */
	uv_stop(alarm->loop); /* libuv before 1.45 runs timers first and would then go on to wait without a bound */
}

/* libuv's time is this clock in ticks, read earlier: a timer that is due there is due here. */
static void alarm_set(struct async_runtime *rt, uint64_t tick)
{
	if (tick == rt->alarm_tick)
		return;
	rt->alarm_tick = tick;
	if (tick == UINT64_MAX) {
		uv_timer_stop(rt->alarm);
		return;
	}
	uint64_t now = uv_now(rt->loop);
	uv_timer_start(rt->alarm, alarm_rang, tick > now ? tick - now : 0, 0);
}

bool async__loop_wait(struct async_runtime *rt, uint64_t until)
{
	if (until == UINT64_MAX && !rt->io_count)
		return false;
	if (async__time_is_virtual && until != UINT64_MAX) {
		/* What the system has to deliver gets a chance to come first. */
		if (rt->io_count) {
			alarm_set(rt, uv_now(rt->loop) + 2);
			uv_run(rt->loop, UV_RUN_ONCE);
			if (!async__queue_is_empty(&rt->ready))
				return true;
		}
		async__time_jump(until);
		return true;
	}
	alarm_set(rt, until);
	uv_run(rt->loop, UV_RUN_ONCE);
	return true;
}

uint64_t async__clock(void)
{
	return uv_hrtime();
}
