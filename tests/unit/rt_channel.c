/* Channels of all shapes: order, hand-over, waiting, closing, cancellation, and random schedules against a model. */
#include <stdio.h>

#include "rt/chan.h"
#include "tests/unit/rt_actor.h"

static async__poll_fn *send(union actor_op *op, struct async__chan *c, const long *from)
{
	op->send.c = c;
	op->send.from = from;
	return async__chan_send__fn.poll;
}

static async__poll_fn *recv(union actor_op *op, struct async__chan *c, long *to)
{
	op->recv.c = c;
	op->recv.to = to;
	return async__chan_recv__fn.poll;
}

/* Sends out, out + 1, ... pc times. */
static async__poll_fn *sends(struct actor *a, union actor_op *op)
{
	if (!a->pc-- || a->value < 0)
		return NULL;
	a->out++;
	return send(op, a->data, &a->out);
}

/* Receives until there is an error; checks that the messages come in order. */
static async__poll_fn *receives(struct actor *a, union actor_op *op)
{
	if (a->value < 0)
		return NULL;
	if (a->pc++)
		ck_assert_int_eq(a->in, a->pc - 1);
	return recv(op, a->data, &a->in);
}

static async__poll_fn *receives_once(struct actor *a, union actor_op *op)
{
	return a->pc++ ? NULL : recv(op, a->data, &a->in);
}

/* A message from each of two channels; `in` is their sum. */
static async__poll_fn *receives_both(struct actor *a, union actor_op *op)
{
	struct async__chan **chans = a->data;
	if (a->pc++ == 2) {
		a->in += a->out;
		return NULL;
	}
	return recv(op, chans[a->pc - 1], a->pc == 1 ? &a->in : &a->out);
}

static struct async__chan *chan(size_t capacity)
{
	return async__chan_new(sizeof(long), capacity, ASYNC__CHAN_QUEUE);
}

START_TEST(queue_keeps_order)
{
	static const size_t capacities[] = {0, 1, 3, 64, SIZE_MAX};
	for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++)
		for (int reader_first = 0; reader_first < 2; reader_first++) {
			struct async__chan *c = chan(capacities[i]);
			struct actor writer = {.step = sends, .pc = 1000, .data = c};
			struct actor reader = {.step = receives, .data = c};
			actor_go(reader_first ? &reader : &writer);
			actor_go(reader_first ? &writer : &reader);
			turns(3000);
			ck_assert(writer.done && !reader.done);
			ck_assert_int_eq(reader.in, 1000);
			ck_assert_uint_eq(async__chan_capacity(c), capacities[i]);
			async__chan_close(c);
			turns(2);
			ck_assert(reader.done);
			ck_assert_int_eq(reader.value, ASYNC_EOF);
			async__chan_free(c);
		}
}
END_TEST

START_TEST(try_operations)
{
	long m = 7;
	struct async__chan *c = chan(2);
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EAGAIN);
	for (long i = 0; i < 2; i++)
		ck_assert_int_eq(async__chan_try_send(c, &i), 0);
	ck_assert_int_eq(async__chan_try_send(c, &m), ASYNC_EAGAIN);
	ck_assert_uint_eq(async__chan_len(c), 2);
	ck_assert(!async__chan_is_closed(c));
	async__chan_close(c);
	async__chan_close(c);
	ck_assert(async__chan_is_closed(c));
	ck_assert_int_eq(async__chan_try_send(c, &m), ASYNC_EPIPE);
	for (long i = 0; i < 2; i++) {
		ck_assert_int_eq(async__chan_try_recv(c, &m), 0);
		ck_assert_int_eq(m, i);
	}
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EOF);
	async__chan_free(c);

	c = chan(0);
	ck_assert_int_eq(async__chan_try_send(c, &m), ASYNC_EAGAIN);
	struct actor reader = {.step = receives_once, .data = c};
	actor_go(&reader);
	turns(1);
	m = 9;
	ck_assert_int_eq(async__chan_try_send(c, &m), 0);
	turns(1);
	ck_assert_int_eq(reader.in, 9);
	struct actor writer = {.step = sends, .pc = 1, .data = c};
	actor_go(&writer);
	turns(1);
	ck_assert_int_eq(async__chan_try_recv(c, &m), 0);
	ck_assert_int_eq(m, 1);
	turns(1);
	ck_assert(writer.done);
	async__chan_free(c);

	ck_assert_int_eq(async__chan_try_send(NULL, &m), ASYNC_ENOMEM);
	ck_assert_int_eq(async__chan_try_recv(NULL, &m), ASYNC_ENOMEM);
	async__chan_close(NULL);
	async__chan_free(NULL);
	ck_assert_ptr_null(async__chan_new(8, SIZE_MAX / 2, ASYNC__CHAN_QUEUE));
}
END_TEST

START_TEST(waiters_are_served_in_order)
{
	struct async__chan *c = chan(4);
	struct actor readers[8];
	for (int i = 0; i < 8; i++) {
		readers[i] = (struct actor){.step = receives_once, .data = c};
		actor_go(&readers[i]);
	}
	turns(1);
	actor_cancel(&readers[3]);
	for (long i = 0; i < 7; i++)
		ck_assert_int_eq(async__chan_try_send(c, &i), 0);
	ck_assert_uint_eq(async__chan_len(c), 0);
	turns(1);
	for (int i = 0; i < 8; i++) {
		ck_assert(readers[i].done);
		if (i == 3)
			ck_assert_int_eq(readers[i].value, ASYNC_ECANCELED);
		else
			ck_assert_int_eq(readers[i].in, i - (i > 3));
	}
	async__chan_free(c);
}
END_TEST

START_TEST(close_ends_those_who_wait)
{
	struct async__chan *c = chan(1);
	struct actor writers[3], reader = {.step = receives_once, .data = c};
	for (int i = 0; i < 3; i++) {
		writers[i] = (struct actor){.step = sends, .pc = 1, .data = c, .out = i * 10};
		actor_go(&writers[i]);
	}
	turns(1);
	ck_assert(writers[0].done && !writers[1].done);
	async__chan_close(c);
	turns(1);
	ck_assert_int_eq(writers[1].value, ASYNC_EPIPE);
	ck_assert_int_eq(writers[2].value, ASYNC_EPIPE);
	actor_go(&reader);
	turns(1);
	ck_assert_int_eq(reader.value, 0);
	ck_assert_int_eq(reader.in, 1);
	async__chan_free(c);
}
END_TEST

START_TEST(cancelled_send_has_sent_nothing)
{
	struct async__chan *c = chan(0);
	long m = 0;
	struct actor writers[2];
	for (int i = 0; i < 2; i++) {
		writers[i] = (struct actor){.step = sends, .pc = 1, .data = c, .out = i * 10};
		actor_go(&writers[i]);
	}
	turns(1);
	actor_cancel(&writers[0]);
	ck_assert_int_eq(async__chan_try_recv(c, &m), 0);
	ck_assert_int_eq(m, 11);
	actor_cancel(&writers[1]); /* too late: it was sent */
	turns(1);
	ck_assert_int_eq(writers[0].value, ASYNC_ECANCELED);
	ck_assert_int_eq(writers[1].value, 0);
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EAGAIN);
	async__chan_free(c);
}
END_TEST

START_TEST(message_handed_over_beats_cancellation)
{
	struct async__chan *c = chan(0);
	long m = 5;
	struct actor reader = {.step = receives_once, .data = c};
	actor_go(&reader);
	turns(1);
	ck_assert_int_eq(async__chan_try_send(c, &m), 0);
	actor_cancel(&reader);
	turns(1);
	ck_assert_int_eq(reader.value, 0);
	ck_assert_int_eq(reader.in, 5);
	async__chan_free(c);
}
END_TEST

START_TEST(aborted_waiters_leave)
{
	struct async__chan *c = chan(0);
	long m = 5;
	struct actor reader = {.step = receives_once, .data = c};
	actor_go(&reader);
	turns(1);
	actor_abort(&reader);
	turns(1);
	ck_assert(reader.aborted);
	ck_assert_int_eq(async__chan_try_send(c, &m), ASYNC_EAGAIN);
	async__chan_free(c);
}
END_TEST

START_TEST(odd_sizes)
{
	struct big {
		char text[37];
	} in, out;
	struct async__chan *c = async__chan_new(sizeof in, SIZE_MAX, ASYNC__CHAN_QUEUE);
	int sent = 0, seen = 0;
	for (int round = 0; round < 50; round++) {
		for (int i = 0; i < 7; i++) {
			snprintf(in.text, sizeof in.text, "message %d", sent++);
			ck_assert_int_eq(async__chan_try_send(c, &in), 0);
		}
		for (int i = 0; i < 5; i++) {
			char text[37];
			snprintf(text, sizeof text, "message %d", seen++);
			ck_assert_int_eq(async__chan_try_recv(c, &out), 0);
			ck_assert_str_eq(out.text, text);
		}
	}
	ck_assert_uint_eq(async__chan_len(c), 100);
	async__chan_free(c);
}
END_TEST

START_TEST(broadcast_reaches_every_task)
{
	struct async__chan *c = async__chan_new(sizeof(long), 4, ASYNC__CHAN_BROADCAST);
	struct actor readers[3];
	for (int i = 0; i < 3; i++) {
		readers[i] = (struct actor){.step = receives, .data = c};
		actor_go(&readers[i]);
	}
	turns(1);
	for (long i = 1; i <= 20; i++) {
		ck_assert_int_eq(async__chan_try_send(c, &i), 0);
		turns(1);
	}
	long m;
	ck_assert_int_eq(async__chan_try_recv(c, &m), 0); /* new here: the oldest one held */
	ck_assert_int_eq(m, 17);
	for (long i = 21; i <= 24; i++)
		ck_assert_int_eq(async__chan_try_send(c, &i), 0);
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_ENOBUFS);
	ck_assert_int_eq(async__chan_try_recv(c, &m), 0);
	ck_assert_int_eq(m, 21);
	turns(4);
	async__chan_close(c);
	turns(2);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(readers[i].in, 24);
		ck_assert_int_eq(readers[i].value, ASYNC_EOF);
	}
	for (long i = 22; i <= 24; i++)
		ck_assert_int_eq(async__chan_try_recv(c, &m), 0);
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EOF);
	async__chan_free(c);
}
END_TEST

/* What a channel knows of a task ends with the task; what a task knows of a channel, with the channel. */
START_TEST(subscriptions_end)
{
	struct async__chan *c[2];
	for (int round = 0; round < 3; round++) {
		struct actor readers[4];
		for (int i = 0; i < 2; i++) /* nothing is held: receivers wait */
			c[i] = async__chan_new(sizeof(long), 4, i ? ASYNC__CHAN_WATCH : ASYNC__CHAN_BROADCAST);
		for (int i = 0; i < 4; i++) {
			readers[i] = (struct actor){.step = receives_once, .data = c[i % 2]};
			actor_go(&readers[i]);
		}
		turns(1);
		ck_assert_ptr_nonnull(c[0]->known);
		ck_assert_ptr_nonnull(c[1]->known);
		actor_cancel(&readers[0]);
		actor_abort(&readers[1]);
		turns(2);
		for (int i = 0; i < 2; i++)
			ck_assert_int_eq(async__chan_try_send(c[i], &(long){round}), 0);
		turns(2);
		for (int i = 0; i < 4; i++)
			ck_assert(readers[i].done);
		ck_assert_ptr_null(c[0]->known);
		ck_assert_ptr_null(c[1]->known);
		for (int i = 0; i < 2; i++)
			async__chan_free(c[i]);
	}
	c[0] = async__chan_new(sizeof(long), 4, ASYNC__CHAN_BROADCAST);
	ck_assert_int_eq(async__chan_try_send(c[0], &(long){1}), 0);
	struct actor reader = {.step = receives, .data = c[0]};
	long m;
	ck_assert_int_eq(async__chan_try_recv(c[0], &m), 0); /* outside of tasks: as long as the channel */
	actor_go(&reader);
	turns(1);
	actor_cancel(&reader);
	async__chan_close(c[0]);
	turns(2);
	ck_assert(reader.done);
	async__chan_free(c[0]);
}
END_TEST

/* A channel is freed before the tasks that have received from it end. */
START_TEST(channel_ends_before_its_subscribers)
{
	struct async__chan *c = async__chan_new(sizeof(long), 4, ASYNC__CHAN_BROADCAST);
	struct async__chan *other = async__chan_new(sizeof(long), 4, ASYNC__CHAN_BROADCAST);
	struct async__chan *both[] = {c, other};
	struct actor readers[2];
	for (int i = 0; i < 2; i++) {
		readers[i] = (struct actor){.step = receives_both, .data = both};
		actor_go(&readers[i]);
	}
	turns(1);
	ck_assert_int_eq(async__chan_try_send(c, &(long){1}), 0);
	turns(1);
	async__chan_free(c);
	ck_assert_ptr_nonnull(other->known);
	ck_assert_int_eq(async__chan_try_send(other, &(long){2}), 0);
	turns(2);
	for (int i = 0; i < 2; i++) {
		ck_assert(readers[i].done);
		ck_assert_int_eq(readers[i].in, 3);
	}
	ck_assert_ptr_null(other->known);
	async__chan_free(other);
}
END_TEST

START_TEST(watch_gives_the_newest)
{
	struct async__chan *c = async__chan_new(sizeof(long), 1, ASYNC__CHAN_WATCH);
	long m;
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EAGAIN);
	for (long i = 1; i <= 3; i++)
		ck_assert_int_eq(async__chan_try_send(c, &i), 0);
	ck_assert_int_eq(async__chan_try_recv(c, &m), 0);
	ck_assert_int_eq(m, 3);
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EAGAIN);
	struct actor reader = {.step = receives_once, .data = c};
	actor_go(&reader);
	turns(1);
	ck_assert_int_eq(reader.in, 3);
	async__chan_close(c);
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EOF);
	async__chan_free(c);
}
END_TEST

START_TEST(oneshot_is_used_once)
{
	struct async__chan *c = async__chan_new(sizeof(long), 1, ASYNC__CHAN_ONESHOT);
	long m = 4;
	struct actor readers[2];
	for (int i = 0; i < 2; i++) {
		readers[i] = (struct actor){.step = receives_once, .data = c};
		actor_go(&readers[i]);
	}
	turns(1);
	ck_assert_int_eq(async__chan_try_send(c, &m), 0);
	ck_assert_int_eq(async__chan_try_send(c, &m), ASYNC_EPIPE);
	turns(1);
	ck_assert_int_eq(readers[0].in, 4);
	ck_assert_int_eq(readers[1].value, ASYNC_EOF);
	async__chan_free(c);
}
END_TEST

static async__poll_fn *selects(struct actor *a, union actor_op *op)
{
	if (a->pc++)
		return NULL;
	op->select.chans = a->data;
	op->select.n = 3;
	op->select.to = &a->in;
	return async__select_recv__fn.poll;
}

START_TEST(select_recv_takes_one)
{
	struct async__chan *c[3] = {chan(2), chan(0), chan(SIZE_MAX)};
	long m = 3, left;
	struct actor a = {.step = selects, .data = c};
	actor_go(&a);
	turns(1);
	ck_assert_int_eq(async__chan_try_send(c[1], &m), 0);
	ck_assert_int_eq(async__chan_try_send(c[2], &m), 0); /* in the same turn: stays */
	turns(1);
	ck_assert_int_eq(a.value, 1);
	ck_assert_int_eq(a.in, 3);
	ck_assert_uint_eq(async__chan_len(c[2]), 1);
	a = (struct actor){.step = selects, .data = c};
	actor_go(&a);
	turns(1);
	ck_assert_int_eq(a.value, 2);
	a = (struct actor){.step = selects, .data = c};
	actor_go(&a);
	turns(1);
	actor_cancel(&a);
	ck_assert_int_eq(async__chan_try_send(c[1], &m), ASYNC_EAGAIN);
	turns(1);
	ck_assert_int_eq(a.value, ASYNC_ECANCELED);
	async__chan_close(c[0]);
	a = (struct actor){.step = selects, .data = c};
	actor_go(&a);
	turns(1);
	async__chan_close(c[2]);
	turns(1);
	ck_assert(!a.done);
	async__chan_close(c[1]);
	turns(1);
	ck_assert_int_eq(a.value, ASYNC_EOF);
	ck_assert_int_eq(async__chan_try_recv(c[2], &left), ASYNC_EOF);
	for (int i = 0; i < 3; i++)
		async__chan_free(c[i]);
}
END_TEST

START_TEST(timeout_channel_delivers_once)
{
	uint64_t start = async_now();
	struct async__chan *c = async_timeout_channel(5), *unused = async_timeout_channel(100000);
	struct actor a = {.step = receives_once, .data = c};
	actor_go(&a);
	while (!a.done)
		async_sleep__block_on(1);
	ck_assert_uint_ge((uint64_t)a.in, start + 5000000);
	long m;
	ck_assert_int_eq(async__chan_try_recv(c, &m), ASYNC_EOF);
	async__chan_free(c);
	async__chan_free(unused);
	ck_assert_uint_eq(runtime()->wheel.count, 0);
}
END_TEST

/* --- random schedules against a model ---------------------------------------------------------- */

enum { ACTORS = 6, MESSAGES = 4096 };

static struct model {
	struct async__chan *c;
	size_t capacity;
	uint64_t seed;
	long sent[ACTORS];		  /* of each sender: the last number confirmed */
	bool delivered[ACTORS][MESSAGES]; /* what was received */
	long seen[ACTORS][ACTORS];	  /* of each receiver: the last number from each sender */
	long count_sent, count_received;
} model;

/* A message is (sender, number). Each sender's get to each receiver in order, and to one receiver once, if and only if
 * the send said 0. */
static void message_seen(int receiver, long message)
{
	long sender = message % ACTORS, number = message / ACTORS;
	ck_assert(number < MESSAGES && !model.delivered[sender][number]);
	ck_assert_int_gt(number, model.seen[receiver][sender]);
	model.delivered[sender][number] = true;
	model.seen[receiver][sender] = number;
	model.count_received++;
}

static async__poll_fn *random_step(struct actor *a, union actor_op *op)
{
	if (a->pc == 1) { /* a send ended */
		if (!a->value) {
			model.count_sent++;
			model.sent[a->id] = a->out;
		} else if (a->value == ASYNC_ECANCELED) {
			a->out--;
			return NULL;
		} else {
			a->out--;
			ck_assert_int_eq(a->value, ASYNC_EPIPE);
			return NULL;
		}
	} else if (a->pc == 2) {
		if (a->value)
			return NULL;
		message_seen(a->id, a->in);
	} else if (a->pc == 3 && a->value) {
		return NULL;
	}
	ck_assert_uint_le(async__chan_len(model.c), model.capacity);
	switch (random_next(&model.seed) % 5) {
	case 0:
	case 1:
		a->pc = 1;
		a->out++;
		((long *)a->data)[0] = a->out * ACTORS + a->id;
		return send(op, model.c, a->data);
	case 2:
	case 3:
		a->pc = 2;
		return recv(op, model.c, &a->in);
	}
	a->pc = 3;
	return async_yield_now__fn.poll;
}

START_TEST(random_schedules)
{
	static const size_t capacities[] = {0, 1, 2, 5, SIZE_MAX};
	for (uint64_t seed = 1; seed <= 400; seed++) {
		model = (struct model){.capacity = capacities[seed % 5], .seed = seed};
		model.c = chan(model.capacity);
		struct actor actors[ACTORS];
		long slots[ACTORS], last[ACTORS] = {0};
		for (int i = 0; i < ACTORS; i++) {
			actors[i] = (struct actor){.step = random_step, .id = i, .data = &slots[i]};
			actor_go(&actors[i]);
		}
		for (int round = 0; round < 60; round++) {
			turns(1);
			int victim = (int)(random_next(&model.seed) % ACTORS);
			if (random_next(&model.seed) % 6)
				continue;
			if (!actors[victim].done) {
				actor_cancel(&actors[victim]);
				turns(2);
				ck_assert(actors[victim].done);
			}
			last[victim] = actors[victim].out;
			actors[victim] = (struct actor){
				.step = random_step, .id = victim, .data = &slots[victim], .out = last[victim]};
			actor_go(&actors[victim]);
		}
		async__chan_close(model.c);
		turns(20);
		long m;
		for (int i = 0; i < ACTORS; i++)
			actor_cancel(&actors[i]);
		turns(20);
		while (!async__chan_try_recv(model.c, &m))
			message_seen(0, m);
		ck_assert_int_eq(model.count_sent, model.count_received);
		for (int i = 0; i < ACTORS; i++) {
			ck_assert(actors[i].done);
			for (long number = 1; number <= model.sent[i]; number++)
				ck_assert(model.delivered[i][number]);
		}
		async__chan_free(model.c);
	}
}
END_TEST

/* --- misuse ------------------------------------------------------------------------------------ */

START_TEST(free_with_a_waiter_aborts)
{
	struct actor reader = {.step = receives_once, .data = chan(0)};
	actor_go(&reader);
	turns(1);
	async__chan_free(reader.data);
}
END_TEST

START_TEST(use_after_free_aborts)
{
	struct async__chan *c = chan(0);
	long m = 0;
	async__chan_free(c);
#if defined __SANITIZE_ADDRESS__
	abort(); /* it stops the program at that itself */
#endif
	async__chan_try_send(c, &m);
}
END_TEST

SUITE_MAIN_ABORTS("channels",
		  SUITE_TESTS(queue_keeps_order, try_operations, waiters_are_served_in_order,
			      close_ends_those_who_wait, cancelled_send_has_sent_nothing,
			      message_handed_over_beats_cancellation, aborted_waiters_leave, odd_sizes,
			      broadcast_reaches_every_task, subscriptions_end,
			      channel_ends_before_its_subscribers, watch_gives_the_newest, oneshot_is_used_once,
			      select_recv_takes_one, timeout_channel_delivers_once, random_schedules),
		  SUITE_TESTS(free_with_a_waiter_aborts, use_after_free_aborts))
