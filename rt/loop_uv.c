/* The runtime's libuv loop: waiting, the wheel's alarm, opening and closing. With the uv_*.c bridges the only part that
 * knows libuv. */
#include <stdlib.h>
#include <uv.h>

#include "rt/attach.h"
#include "rt/internal.h"
#include "rt/uv_handle.h"

/* libuv's own allocations stay malloc's. */
struct loop_block {
	uv_loop_t loop;
	uv_timer_t alarm;
	uv_prepare_t look; /* active once the program has handles in the loop */
};

static int lent_loop_open(struct async_runtime *rt, uv_loop_t *loop)
{
	rt->alarm = async__alloc(sizeof *rt->alarm);
	if (!rt->alarm)
		return ASYNC_ENOMEM;
	rt->loop = loop;
	int err = async__attachment_open(rt);
	if (err)
		async__free(rt->alarm);
	return err;
}

int async__loop_open(struct async_runtime *rt, uv_loop_t *loop)
{
	if (loop)
		return lent_loop_open(rt, loop);
	struct loop_block *block = async__alloc(sizeof *block);
	if (!block)
		return ASYNC_ENOMEM;
	int err = uv_loop_init(&block->loop);
	if (err) {
		async__free(block);
		return err;
	}
	uv_timer_init(&block->loop, &block->alarm);
	block->alarm.data = rt;
	rt->loop = &block->loop;
	rt->alarm = &block->alarm;
	return 0;
}

/* --- handles ------------------------------------------------------------------------------------ */

void async__handle_open(struct async_runtime *rt, uv_handle_t *handle, const void *class)
{
	const void **known = rt->handle_classes;
	while (*known && *known != class)
		known++;
	*known = class;
	handle->data = (void *)class;
	if (rt->attached) /* a task that uses it keeps the loop alive */
		uv_unref(handle);
}

struct uv_loop_s *async__part_loop(int *err)
{
	struct async_runtime *rt = async__runtime_get(err);
	return rt ? rt->loop : NULL;
}

void async__part_handle_open(uv_handle_t *handle, const struct async__handle_class *kind)
{
	async__handle_open(async__runtime_current(), handle, kind);
}

void *async__part_poll_new(uv_loop_t *loop, int fd, size_t size, const struct async__handle_class *kind)
{
	uv_poll_t *poll = async__alloc(size);
	if (!poll)
		return NULL;
	if (uv_poll_init(loop, poll, fd)) {
		async__free(poll);
		return NULL;
	}
	async__part_handle_open((uv_handle_t *)poll, kind);
	return poll;
}

static void part_handle_closed(uv_handle_t *handle)
{
	async__runtime_current()->io_count--;
	async__free(handle);
}

void async__part_handle_free(uv_handle_t *handle)
{
	uv_close(handle, part_handle_closed);
	async__runtime_current()->io_count++; /* the loop has to turn once more */
}

void async__part_timer_rang(void)
{
	struct async_runtime *rt = async__runtime_current();
	if (!rt->attached)
		uv_stop(rt->loop);
}

/* A timer of the program's has made a strand ready: the loop does not wait. (libuv before 1.45 runs timers first and would
 * then go on to wait for others.) */
static void look(uv_prepare_t *prepare)
{
	struct async_runtime *rt = prepare->data;
	if (!async__queue_is_empty(&rt->ready))
		uv_stop(prepare->loop);
}

static bool is_look(const uv_handle_t *handle)
{
	return handle->type == UV_PREPARE && ((const uv_prepare_t *)handle)->prepare_cb == look;
}

void async__loop_lend(struct async_runtime *rt)
{
	if (rt->loop_is_lent || rt->attached)
		return;
	struct loop_block *block = (struct loop_block *)rt->loop;
	rt->loop_is_lent = true;
	uv_prepare_init(rt->loop, &block->look);
	uv_unref((uv_handle_t *)&block->look);
	block->look.data = rt;
	uv_prepare_start(&block->look, look);
}

/* Whether it is one of the library's: no object of the program's lies where the classes do. */
static bool is_own(const struct async_runtime *rt, const uv_handle_t *handle)
{
	for (const void *const *known = rt->handle_classes; *known; known++)
		if (handle->data == *known)
			return true;
	return false;
}

static void own_close(uv_handle_t *handle, void *runtime)
{
	if (is_own(runtime, handle) && !uv_is_closing(handle))
		((const struct async__handle_class *)handle->data)->destroy(handle);
}

void async__handles_close(struct async_runtime *rt)
{
	uv_walk(rt->loop, own_close, rt);
}

struct count {
	const struct async_runtime *rt;
	unsigned handles;
};

static void count_open(uv_handle_t *handle, void *count)
{
	struct count *c = count;
	c->handles += !is_look(handle) && handle != (uv_handle_t *)c->rt->alarm && handle != (uv_handle_t *)c->rt->inbox &&
		      handle != (uv_handle_t *)c->rt->fds && !uv_is_closing(handle);
}

bool async__handles_are_open(struct async_runtime *rt)
{
	struct count count = {rt, 0};
	uv_walk(rt->loop, count_open, &count);
	return count.handles;
}

static void foreign_refuse(uv_handle_t *handle, void *alarm)
{
	if (handle != alarm && !uv_is_closing(handle))
		async__misuse("a uv_%s_t of the program is open in the runtime's loop when that ends; close it, and await its "
			      "closing, before the last task ends", uv_handle_type_name(handle->type));
}

void async__loop_close(struct async_runtime *rt)
{
	async__handles_close(rt);
	if (rt->loop_is_lent)
		uv_close((uv_handle_t *)&((struct loop_block *)rt->loop)->look, NULL);
	uv_walk(rt->loop, foreign_refuse, rt->alarm);
	uv_close((uv_handle_t *)rt->alarm, NULL);
	uv_run(rt->loop, UV_RUN_DEFAULT);
	int err = uv_loop_close(rt->loop);
	if (err)
		async__misuse("the event loop did not close: %s", async_strerror(err));
	async__free(rt->loop); /* the block's first member */
	rt->loop = NULL;
	free(rt->spare);
	rt->spare = NULL;
}

void async__loop_poll(struct async_runtime *rt)
{
	uv_run(rt->loop, UV_RUN_NOWAIT);
}

static void alarm_rang(uv_timer_t *alarm)
{
	struct async_runtime *rt = alarm->data;
	rt->alarm_tick = UINT64_MAX; /* the run loop looks at the wheel after each wait */
	if (!rt->attached)
		uv_stop(alarm->loop); /* libuv before 1.45 runs timers first and would then go on to wait without a bound */
}

/* libuv's time is this clock in ticks, read earlier: a timer that is due there is due here. */
void async__alarm_set(struct async_runtime *rt, uint64_t tick)
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
	until = async__time_until(until);
	if (until == UINT64_MAX && !rt->io_count && !(rt->loop_is_lent && uv_loop_alive(rt->loop)))
		return false;
	if (async__time_is_virtual && until != UINT64_MAX) {
		/* What the system has to deliver gets a chance to come first. */
		if (rt->io_count) {
			async__alarm_set(rt, uv_now(rt->loop) + 2);
			uv_run(rt->loop, UV_RUN_ONCE);
			if (!async__queue_is_empty(&rt->ready))
				return true;
		}
		async__time_jump(until);
		return true;
	}
	async__alarm_set(rt, until);
	uv_run(rt->loop, UV_RUN_ONCE);
	return true;
}

uint64_t async__clock(void)
{
	return uv_hrtime();
}
