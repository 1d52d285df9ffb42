/* Streams: generators, consumed one value at a time.
 *
 *     new ──next──▶ running ──yield──▶ at a yield ──next──▶ running ──return──▶ ended, released
 *      │                                  │
 *      └─drop, close: released            └─close: its defers run, released
 *
 * A generator runs on the strand of the one who asks for its next value, as a boxed child of that operation; between
 * two values nobody holds it but the variable. */
#include "rt/line.h"
#include "rt/op.h"

/* What a generator's frame begins with. The value follows, aligned. */
struct generator {
	struct async__frame base;
	const struct async__site *resume;
	int err;
};

/* Where a generator that is running would go on: nowhere. */
static const struct async__site running_site;

static struct generator *generator_of(async_stream s)
{
	struct generator *g = (struct generator *)s;
	if (g->resume == &running_site)
		async__misuse_here("this stream is being asked for its next value by another task");
	return g;
}

static bool is_stream(async_stream s)
{
	return s && s != ASYNC__NO_STREAM;
}

/* --- next ------------------------------------------------------------------------------------- */

static const struct async__site next_site = {
	.poll = async__stream_next__poll, .state = 2, .fn = &async__stream_next__fn, .awaited = "the generator"};
static const struct async__site later_site = {.poll = async__stream_next__poll,
					      .state = 4,
					      .fn = &async__stream_next__fn,
					      .awaited = "the generator"};

/* The generator has yielded or returned. */
static enum async__poll next_end(struct async__stream_next__frame *f, struct async__context *cx)
{
	struct generator *g = (struct generator *)*f->s;
	size_t offset = (sizeof g->base + sizeof g->resume + sizeof g->err + f->align - 1) & ~(f->align - 1);
	if (g->resume) {
		memcpy(f->to, (char *)g + offset, f->size);
		return async__as_function(op_value(&f->base, cx, 0), &f->base, cx);
	}
	int err = g->err < 0 ? g->err : ASYNC_EOF;
	async__frame_free(&g->base);
	*f->s = ASYNC__NO_STREAM;
	return async__as_function(op_value(&f->base, cx, err), &f->base, cx);
}

static enum async__poll next_run(struct async__stream_next__frame *f, struct async__context *cx)
{
	struct generator *g = generator_of(*f->s);
	const struct async__site *resume = g->resume;
	if ((uintptr_t)__builtin_frame_address(0) < async__stack_limit) { /* generators over generators */
		async__yield(cx);
		return async__suspend(cx, &f->base, &later_site);
	}
	g->resume = &running_site;
	if (resume->poll(&g->base, cx, resume->state) == ASYNC__PENDING)
		return async__suspend_boxed(&g->base, &f->base, &next_site);
	return next_end(f, cx);
}

enum async__poll async__stream_next__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__stream_next__frame *f = (struct async__stream_next__frame *)self;
	switch (state) {
	case 0:
		if (async__is_cancelled(cx))
			return async__as_function(op_fail(self, cx, ASYNC_ECANCELED), self, cx);
		if (!is_stream(*f->s))
			return async__as_function(op_value(self, cx, *f->s ? ASYNC_EOF : ASYNC_ENOMEM), self, cx);
		return next_run(f, cx);
	case 2:
		return next_end(f, cx);
	case 3: /* aborted inside the generator, which has ended by that */
		async__frame_free(*f->s);
		*f->s = ASYNC__NO_STREAM;
		return ASYNC__ABORTED;
	case 4:
		return next_run(f, cx);
	}
	return ASYNC__ABORTED;
}

FUNCTION_DESCRIPTOR(async__stream_next, "asyncc/lib_abi.h", async__stream_next__poll);

/* --- close ------------------------------------------------------------------------------------ */

static const struct async__site close_site = {.poll = async__stream_close__poll,
					      .state = 2,
					      .fn = &async__stream_close__fn,
					      .awaited = "the generator's defers"};

void async__stream_drop(async_stream s)
{
	if (!is_stream(s))
		return;
	if (generator_of(s)->resume->state)
		async__misuse_here("a stream that has given values is dropped where it can't be closed");
	future_drop(s);
}

async_stream async__put_stream(async_stream *to, async_stream s)
{
	async_stream old = *to;
	*to = s;
	async__stream_drop(old);
	return s;
}

/* The generator's end is an abort of it alone: the loop reports it as one (state 3), and that ends here. An abort of
 * the strand waits for the end of the shield. */
enum async__poll async__stream_close__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__stream_close__frame *f = (struct async__stream_close__frame *)self;
	async_stream s = *f->s;
	f->value = 0;
	if (!state) {
		if (!is_stream(s))
			return ASYNC__READY;
		struct generator *g = generator_of(s);
		const struct async__site *resume = g->resume;
		if (!resume->state) {
			*f->s = ASYNC__NO_STREAM;
			future_drop(s);
			return ASYNC__READY;
		}
		g->resume = &running_site;
		async__shield_enter(cx, &f->shield);
		if (resume->poll(s, cx, resume->state | 1) == ASYNC__PENDING)
			return async__suspend_boxed(s, self, &close_site);
	}
	async__frame_free(s);
	*f->s = ASYNC__NO_STREAM;
	return async__shield_leave(cx, &f->shield) ? ASYNC__ABORTED : ASYNC__READY;
}

FUNCTION_DESCRIPTOR(async__stream_close, "asyncc/lib_abi.h", async__stream_close__poll);
