/* Streams: a generator written by hand, as the compiler makes it, consumed by actors. */

#define ACTOR_OPS                                                                                                      \
	struct async__stream_next__frame next;                                                                         \
	struct async__stream_close__frame close;
#include "tests/unit/rt_actor.h"

static int defers_run, frames;
static uint64_t nap; /* between values */

/* async fn count(int n, int end) -> stream(long) { defer { async_yield_now().await; defers_run++; }
 * for (i = 0; i < n; i++) { if (i & 1) async_sleep(nap).await?; yield i; } return end; } */
struct count__frame {
	struct async__frame base;
	const struct async__site *resume;
	int err;
	long value;
	int n, i, end;
	struct async_sleep__frame sleep_1;
	struct async_yield_now__frame yield_1;
};

static async__poll_fn count__poll;

static void count__drop(struct async__frame *f)
{
	frames--;
}

static const struct async__fn count__fn = {.name = "count",
					   .file = "t.ac",
					   .line = 1,
					   .align = _Alignof(struct count__frame),
					   .size = sizeof(struct count__frame),
					   .poll = count__poll,
					   .drop = count__drop};
#define SITE(n, s, member)                                                                                             \
	static const struct async__site count__site_##n = {.poll = count__poll,                                        \
							   .state = s,                                                 \
							   .offset = offsetof(struct count__frame, member),            \
							   .fn = &count__fn,                                           \
							   .line = n}
SITE(0, 0, base);
SITE(1, 2, sleep_1);
SITE(2, 4, base); /* the yield */
SITE(3, 6, yield_1);
SITE(4, 8, yield_1);

static enum async__poll count__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct count__frame *f = (struct count__frame *)self;
	switch (state) {
	case 2:
		goto resumed_1;
	case 4:
		goto resumed_2;
	case 3:
	case 5: /* aborted: the defer */
		if (async_yield_now__poll(&f->yield_1.base, cx, 0) == ASYNC__PENDING)
			return async__suspend(cx, self, &count__site_4);
		/* fall through */
	case 8:
		defers_run++;
		frames--;
		return ASYNC__ABORTED;
	case 6:
		goto resumed_3;
	}
	for (f->i = 0; f->i < f->n; f->i++) {
		if (f->i & 1) {
			f->sleep_1.ms = nap;
			if (async_sleep__poll(&f->sleep_1.base, cx, 0) == ASYNC__PENDING)
				return async__suspend(cx, self, &count__site_1);
		resumed_1:
			if (f->sleep_1.value) {
				f->end = f->sleep_1.value;
				break;
			}
		}
		f->value = f->i;
		f->resume = &count__site_2;
		return ASYNC__READY;
	resumed_2:;
	}
	if (async_yield_now__poll(&f->yield_1.base, cx, 0) == ASYNC__PENDING)
		return async__suspend(cx, self, &count__site_3);
resumed_3:
	defers_run++;
	frames--;
	f->resume = NULL;
	f->err = f->end;
	return ASYNC__READY;
}

static async_stream count(int n, int end)
{
	struct count__frame *f = (struct count__frame *)async__frame_new(&count__fn);
	f->resume = &count__site_0;
	f->n = n;
	f->end = end;
	frames++;
	return &f->base;
}

/* Sums up to `id` values (0: all), then closes. data: the stream variable. */
static async__poll_fn *consumes(struct actor *a, union actor_op *op)
{
	if (a->pc && a->pc < 1000 && !a->value)
		a->out += a->in;
	if (a->pc == 1000)
		return NULL;
	if (a->value || (a->id && a->pc == a->id)) {
		if (a->value)
			return NULL;
		a->pc = 1000;
		op->close.s = a->data;
		return async__stream_close__fn.poll;
	}
	a->pc++;
	op->next.s = a->data;
	op->next.to = &a->in;
	op->next.size = sizeof a->in;
	op->next.align = _Alignof(long);
	return async__stream_next__fn.poll;
}

static void setup(void)
{
	defers_run = frames = 0;
	nap = 0;
}

START_TEST(values_and_end)
{
	for (int end = 0; end >= ASYNC_EIO; end += ASYNC_EIO) {
		setup();
		async_stream s = count(10, end);
		struct actor a = {.step = consumes, .data = &s};
		actor_go(&a);
		turns(20);
		ck_assert(a.done);
		ck_assert_int_eq(a.value, end ? ASYNC_EIO : ASYNC_EOF);
		ck_assert_int_eq(a.out, 45);
		ck_assert_int_eq(defers_run, 1);
		ck_assert_int_eq(frames, 0);
		ck_assert_ptr_eq(s, ASYNC__NO_STREAM);
		a = (struct actor){.step = consumes, .data = &s};
		actor_go(&a);
		turns(2);
		ck_assert_int_eq(a.value, ASYNC_EOF);
	}
}
END_TEST

START_TEST(close_runs_the_defers)
{
	for (int taken = 1; taken < 4; taken++) {
		setup();
		async_stream s = count(10, 0);
		struct actor a = {.step = consumes, .data = &s, .id = taken};
		actor_go(&a);
		turns(10);
		ck_assert(a.done && !a.aborted);
		ck_assert_int_eq(a.value, 0);
		ck_assert_int_eq(defers_run, 1);
		ck_assert_int_eq(frames, 0);
		ck_assert_ptr_eq(s, ASYNC__NO_STREAM);
	}
}
END_TEST

START_TEST(never_polled_is_dropped)
{
	setup();
	async__stream_drop(count(1, 0));
	async__stream_drop(NULL);
	async__stream_drop(ASYNC__NO_STREAM);
	async_stream s = count(1, 0);
	async__put_stream(&s, ASYNC__NO_STREAM);
	s = count(1, 0);
	struct actor a = {.step = consumes, .data = &s};
	actor_go(&a);
	actor_cancel(&a);
	turns(3);
	ck_assert_int_eq(a.value, ASYNC_ECANCELED);
	ck_assert_int_eq(frames, 1); /* not touched */
	async__stream_drop(s);
	ck_assert_int_eq(frames, 0);
	ck_assert_int_eq(defers_run, 0);
	s = NULL;
	a = (struct actor){.step = consumes, .data = &s};
	actor_go(&a);
	turns(1);
	ck_assert_int_eq(a.value, ASYNC_ENOMEM);
}
END_TEST

START_TEST(abort_and_cancel_inside)
{
	for (int abort = 0; abort < 2; abort++) {
		setup();
		nap = 100000;
		async_stream s = count(10, 0);
		struct actor a = {.step = consumes, .data = &s};
		actor_go(&a);
		turns(1); /* now in its first sleep */
		(abort ? actor_abort : actor_cancel)(&a);
		turns(4);
		ck_assert(a.done && a.aborted == abort);
		if (!abort)
			ck_assert_int_eq(a.value, ASYNC_ECANCELED);
		ck_assert_int_eq(defers_run, 1);
		ck_assert_int_eq(frames, 0);
		ck_assert_ptr_eq(s, ASYNC__NO_STREAM);
	}
}
END_TEST

START_TEST(drop_of_a_started_one_aborts)
{
	async_stream s = count(10, 0);
	struct async__context cx = {0};
	ck_assert_int_eq(count__poll(s, &cx, 0), ASYNC__READY);
	async__stream_drop(s);
}
END_TEST

START_TEST(two_consumers_at_once_abort)
{
	async_stream s = count(10, 0);
	struct actor a = {.step = consumes, .data = &s}, b = a;
	actor_go(&a);
	actor_go(&b);
	turns(2);
}
END_TEST

SUITE_MAIN_ABORTS("streams",
		  SUITE_TESTS(values_and_end, close_runs_the_defers, never_polled_is_dropped,
			      abort_and_cancel_inside),
		  SUITE_TESTS(drop_of_a_started_one_aborts, two_consumers_at_once_abort))
