/* The operations that need no file or socket: async_yield_now and async_sleep. */
#include "rt/op.h"

/* --- async_yield_now -------------------------------------------------------------------------- */

OP_DESCRIPTOR(async_yield_now, "asyncc.h");

async_future async_yield_now(void)
{
	return async__frame_new(&async_yield_now__fn);
}

int async_yield_now__block_on(void)
{
	struct async_yield_now__frame f;
	int err = async__op_block_on(&async_yield_now__fn, &f.base);
	return err ? err : f.value;
}

/* --- async_sleep ------------------------------------------------------------------------------ */

static void sleep_fire(struct async__timer *timer)
{
	async__wake(timer->cx);
}

static void sleep_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_sleep__frame *f = (struct async_sleep__frame *)leaf;
	async__wheel_remove(&cx->runtime->wheel, &f->timer);
	f->value = ASYNC_ECANCELED;
	async__wake(cx);
}

enum async__poll async_sleep__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_sleep__frame *f = (struct async_sleep__frame *)self;
	struct async__wheel *wheel = &cx->runtime->wheel;
	uint64_t ms = f->ms;
	f->value = async__is_cancelled(cx) ? ASYNC_ECANCELED : 0;
	if (f->value || !ms)
		return async__yield(self, cx);
	uint64_t now = async_now();
	if (!wheel->count) /* nobody has moved it on */
		async__wheel_advance(wheel, now / 1000000);
	uint64_t start = (now + 999999) / 1000000; /* the tick that has not begun: never early */
	f->timer.cx = cx;
	f->timer.fire = sleep_fire;
	f->timer.expires = ms > UINT64_MAX - start ? UINT64_MAX : start + ms;
	async__wheel_add(wheel, &f->timer); /* at least one tick from now: never refused */
	return async__op_wait(self, cx, sleep_interrupt);
}

OP_DESCRIPTOR(async_sleep, "asyncc.h");

async_future async_sleep(uint64_t ms)
{
	return async__op_box(&async_sleep__fn, &(struct async_sleep__frame){.ms = ms});
}

int async_sleep__block_on(uint64_t ms)
{
	struct async_sleep__frame f = {.ms = ms};
	int err = async__op_block_on(&async_sleep__fn, &f.base);
	return err ? err : f.value;
}
