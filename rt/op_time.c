/* The operations that need no file or socket: async_yield_now, async_cooperate and async_sleep. */
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

/* --- async_cooperate -------------------------------------------------------------------------- */

enum async__poll async_cooperate__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_cooperate__frame *f = (struct async_cooperate__frame *)self;
	(void)state;
	f->value = async__refusal(cx);
	return f->value ? async__yield(cx) : async__op_done(cx);
}

OP_DESCRIPTOR(async_cooperate, "asyncc.h");

async_future async_cooperate(void)
{
	return async__frame_new(&async_cooperate__fn);
}

int async_cooperate__block_on(void)
{
	struct async_cooperate__frame f;
	int err = async__op_block_on(&async_cooperate__fn, &f.base);
	return err ? err : f.value;
}

/* --- async_sleep ------------------------------------------------------------------------------ */

/* While it waits, `cx` stands where the value will be. */
void async__sleep_fire(struct async__timer *timer)
{
	struct async_sleep__frame *f =
		(struct async_sleep__frame *)((char *)timer - offsetof(struct async_sleep__frame, timer));
	struct async__context *cx = f->cx;
	f->value = 0;
	async__wake_now(cx);
}

static void sleep_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_sleep__frame *f = (struct async_sleep__frame *)leaf;
	async__wheel_remove(&cx->runtime->wheel, &f->timer);
	f->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

static enum async__poll sleep_for(struct async_sleep__frame *f, struct async__context *cx, uint64_t ms)
{
	f->value = async__refusal(cx);
	if (f->value || !ms)
		return async__yield(cx);
	f->cx = cx;
	f->timer.calls = false;
	async__timer_start(cx->runtime, &f->timer, ms); /* at least one tick from now: never refused */
	return async__op_wait(cx, sleep_interrupt);
}

enum async__poll async_sleep__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_sleep__frame *f = (struct async_sleep__frame *)self;
	(void)state;
	return sleep_for(f, cx, f->ms);
}

INTEGER_OPERATION(async_sleep, "asyncc.h", int, (uint64_t ms), .ms = ms)

/* --- async_sleep_until ------------------------------------------------------------------------ */

enum async__poll async_sleep_until__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_sleep_until__frame *f = (struct async_sleep_until__frame *)self;
	uint64_t now = async_now();
	(void)state;
	return sleep_for((struct async_sleep__frame *)self, cx, f->ns > now ? (f->ns - now + 999999) / 1000000 : 0);
}

INTEGER_OPERATION(async_sleep_until, "asyncc.h", int, (uint64_t ns), .ns = ns)

/* --- async__pending: async_pending(T) ---------------------------------------------------------- */

static void pending_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	((struct async__pending__frame *)leaf)->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

enum async__poll async__pending__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	(void)state;
	if (!async__is_cancelled(cx))
		return async__op_wait(cx, pending_interrupt);
	((struct async__pending__frame *)self)->value = ASYNC_ECANCELED;
	return async__yield(cx);
}

OP_DESCRIPTOR(async__pending, "asyncc/abi.h");
