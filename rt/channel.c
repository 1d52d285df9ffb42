/* Channels: queues between tasks, first in first out, and the operations on every shape of channel.
 *
 * Messages are copied once when a receiver waits (from the sender's place straight to the receiver's), else twice, over
 * the ring. Waiting strands stand in two lines of nodes that lie in their operations' frames: a message costs no
 * allocation but when the ring of an unbounded channel has to grow.
 *
 * A message that was handed to a strand which is aborted before it could look at it goes back to the front of the
 * queue; that is the one way in which a bounded channel may for a while hold more than its capacity. */
#include "rt/chan.h"
#include "rt/op.h"

enum { RING_START = 16 };

/* --- the life of a channel -------------------------------------------------------------------- */

/* An array of `count` messages; NULL: no memory. */
static char *ring_new(size_t size, size_t count)
{
	size_t bytes;
	if (__builtin_mul_overflow(size, count, &bytes) || bytes > PTRDIFF_MAX)
		return NULL;
	return async__alloc(bytes);
}

struct async__chan *async__chan_new(size_t size, size_t capacity, int shape)
{
	if (shape == ASYNC__CHAN_WATCH || shape == ASYNC__CHAN_ONESHOT || (shape == ASYNC__CHAN_BROADCAST && !capacity))
		capacity = 1;
	struct async__chan *c = async__block_new(sizeof *c, _Alignof(struct async__chan));
	if (!c)
		return NULL;
	*c = (struct async__chan){
		.state = CHAN_MARK | (unsigned)shape << CHAN_SHAPE_SHIFT | (size != sizeof(uint64_t) || !capacity ? CHAN_UNUSUAL : 0),
		.size = size, .capacity = capacity};
	if (capacity == SIZE_MAX || !capacity)
		return c;
	c->ring = ring_new(size, capacity);
	if (!c->ring) {
		async__block_free(c, sizeof *c, _Alignof(struct async__chan));
		return NULL;
	}
	c->slots = c->room = capacity;
	return c;
}

/* Aborts when the channel was freed. */
static void chan_check(const struct async__chan *c, const char *what)
{
	if ((c->state & CHAN_MARK_BITS) != CHAN_MARK)
		async__misuse_here("%s: this channel was freed before", what);
}

static void timer_drop(struct async__chan_timer *t);

void async__chan_free(struct async__chan *c)
{
	if (!c)
		return;
	chan_check(c, "free");
	struct async__waiter *w = c->receivers.first ? c->receivers.first : c->senders.first;
	if (w)
		async__misuse_here("free of a channel that a task waits in, at %s:%u", awaited_at(w)->fn->file,
				   awaited_at(w)->line);
	if (c->known)
		async__broadcast_forget(c);
	if (c->timer)
		timer_drop(c->timer);
	async__free(c->ring);
	c->state = 0;
	async__block_free(c, sizeof *c, _Alignof(struct async__chan));
}

bool async__chan_is_closed(const struct async__chan *c)
{
	if (!c)
		return true;
	chan_check(c, "is_closed");
	return c->state & CHAN_CLOSED;
}

size_t async__chan_len(const struct async__chan *c)
{
	if (!c)
		return 0;
	chan_check(c, "len");
	return c->len;
}

size_t async__chan_capacity(const struct async__chan *c)
{
	if (!c)
		return 0;
	chan_check(c, "capacity");
	return c->capacity;
}

/* --- the ring --------------------------------------------------------------------------------- */

/* Makes room for more; false: no memory. */
static bool ring_grow(struct async__chan *c)
{
	size_t slots = c->slots ? c->slots * 2 : RING_START;
	char *ring = ring_new(c->size, slots);
	if (!ring)
		return false;
	size_t first = c->slots - c->head < c->len ? c->slots - c->head : c->len; /* up to the end of the old one */
	if (first)
		memcpy(ring, c->ring + c->head * c->size, first * c->size);
	if (c->len > first)
		memcpy(ring + first * c->size, c->ring, (c->len - first) * c->size);
	async__free(c->ring);
	c->ring = ring;
	c->slots = slots;
	c->room = slots < c->capacity ? slots : c->capacity;
	c->head = 0;
	c->end = c->len;
	return true;
}

/* A message lies behind the last one now. */
static inline void ring_added(struct async__chan *c)
{
	if (++c->end == c->slots)
		c->end = 0;
	c->len++;
}

static inline void ring_push(struct async__chan *c, const void *from)
{
	message_copy(c->ring + c->end * c->size, from, c->size);
	ring_added(c);
}

static inline void ring_drop(struct async__chan *c)
{
	if (++c->head == c->slots)
		c->head = 0;
	c->len--;
}

static inline void ring_pop(struct async__chan *c, void *to)
{
	message_copy(to, c->ring + c->head * c->size, c->size);
	ring_drop(c);
}

/* --- those who wait --------------------------------------------------------------------------- */

static undo_fn select_undo, select_interrupt;

static struct async__chan_recv__frame *receiver(struct async__waiter *w)
{
	return (struct async__chan_recv__frame *)((char *)w - offsetof(struct async__chan_recv__frame, waiter));
}

static struct async__chan_send__frame *sender(struct async__waiter *w)
{
	return (struct async__chan_send__frame *)((char *)w - offsetof(struct async__chan_send__frame, waiter));
}

/* An async_select_recv, whose nodes lie elsewhere. */
static bool is_of_select(const struct async__waiter *w)
{
	return __builtin_expect(w->cx->interrupt == select_interrupt, 0);
}

static struct async__select_recv__frame *selector(const struct async__waiter *w)
{
	return (struct async__select_recv__frame *)async__leaf(w->cx);
}

/* An async_select_recv is over: it leaves the other channels' lines. */
static void select_end(struct async__select_recv__frame *f, const struct async__waiter *served)
{
	for (size_t i = 0; i < f->n; i++)
		if (f->waiters[i].cx && &f->waiters[i] != served)
			line_remove(&f->chans[i]->receivers, &f->waiters[i]);
	async__block_free(f->waiters, f->n * sizeof *f->waiters, _Alignof(struct async__waiter));
}

/* Its channel was closed: it waits for the others, until there is none. */
static void select_closed(struct async__waiter *w)
{
	struct async__select_recv__frame *f = selector(w);
	struct async__context *cx = w->cx;
	w->cx = NULL;
	if (--f->open)
		return;
	select_end(f, NULL);
	f->value = ASYNC_EOF;
	async__wake_now(cx);
}

static void select_deliver(struct async__chan *c, struct async__waiter *w, const void *from)
{
	struct async__select_recv__frame *f = selector(w);
	struct async__context *cx = w->cx;
	message_copy(f->to, from, c->size);
	f->value = (int)(w - f->waiters);
	select_end(f, w);
	hand_over(cx, select_undo);
}

/* The value, 0, was stored when it began to wait. */
static inline void deliver(struct async__chan *c, struct async__waiter *w, const void *from)
{
	if (is_of_select(w)) {
		select_deliver(c, w, from);
		return;
	}
	message_copy(receiver(w)->to, from, c->size);
	hand_over(w->cx, async__chan_recv__undo);
}

void async__chan_deliver(struct async__chan *c, struct async__waiter *w, const void *from)
{
	deliver(c, w, from);
}

void async__chan_close(struct async__chan *c)
{
	struct async__waiter *w;
	if (!c)
		return;
	chan_check(c, "close");
	c->state |= CHAN_CLOSED;
	while ((w = line_pop(&c->senders))) {
		sender(w)->value = ASYNC_EPIPE;
		async__wake_now(w->cx);
	}
	while ((w = line_pop(&c->receivers))) {
		if (is_of_select(w)) {
			select_closed(w);
			continue;
		}
		receiver(w)->value = ASYNC_EOF;
		async__wake_now(w->cx);
	}
}

/* --- messages --------------------------------------------------------------------------------- */

/* 0, ASYNC_EAGAIN, ASYNC_ENOMEM. The channel is an open queue. */
static inline int queue_put(struct async__chan *c, const void *from)
{
	struct async__waiter *w = line_pop(&c->receivers);
	if (w) {
		deliver(c, w, from);
		return 0;
	}
	if (c->len >= c->capacity)
		return ASYNC_EAGAIN;
	if (__builtin_expect(c->len == c->slots, 0) && !ring_grow(c))
		return ASYNC_ENOMEM;
	ring_push(c, from);
	return 0;
}

/* Whether there was a message. The channel is a queue. */
static inline bool queue_take(struct async__chan *c, void *to)
{
	struct async__waiter *w;
	if (!c->len) {
		if (!(w = line_pop(&c->senders)))
			return false;
		message_copy(to, sender(w)->from, c->size);
		async__wake_now(w->cx);
		return true;
	}
	ring_pop(c, to);
	if (c->len < c->capacity && (w = line_pop(&c->senders))) {
		ring_push(c, sender(w)->from);
		async__wake_now(w->cx);
	}
	return true;
}

/* A message that was received comes back, in front of the others; false: no memory. */
static bool queue_return(struct async__chan *c, const void *from)
{
	struct async__waiter *w = line_pop(&c->receivers);
	if (w) {
		deliver(c, w, from);
		return true;
	}
	if (c->len == c->slots && !ring_grow(c))
		return false;
	c->head = (c->head ? c->head : c->slots) - 1;
	c->len++;
	message_copy(c->ring + c->head * c->size, from, c->size);
	return true;
}

static void undo(struct async__context *cx, struct async__chan *c, const void *from)
{
	if (!chan_is_seen_by_all(c) && !queue_return(c, from))
		async__strand_keeps(cx, NULL);
}

void async__chan_recv__undo(struct async__context *cx, struct async__frame *leaf)
{
	struct async__chan_recv__frame *f = (struct async__chan_recv__frame *)leaf;
	if (async__gives_back(cx, async__chan_recv__undo))
		undo(cx, f->c, f->to);
}

static void select_undo(struct async__context *cx, struct async__frame *leaf)
{
	struct async__select_recv__frame *f = (struct async__select_recv__frame *)leaf;
	if (async__gives_back(cx, select_undo))
		undo(cx, f->chans[f->value], f->to);
}

/* Sends on any channel without waiting. */
static int chan_put(struct async__chan *c, const void *from, const char *what)
{
	if (!c)
		return ASYNC_ENOMEM;
	chan_check(c, what);
	if (c->state & CHAN_CLOSED)
		return ASYNC_EPIPE;
	if (chan_is_seen_by_all(c)) {
		async__broadcast_send(c, from);
		return 0;
	}
	int err = queue_put(c, from);
	if (!err && chan_shape(c) == ASYNC__CHAN_ONESHOT)
		async__chan_close(c);
	return err;
}

/* Receives from any channel without waiting. */
static int chan_take(struct async__chan *c, struct async__task *task, void *to, const char *what)
{
	if (!c)
		return ASYNC_ENOMEM;
	chan_check(c, what);
	if (chan_is_seen_by_all(c))
		return async__broadcast_take(c, task, to);
	if (queue_take(c, to))
		return 0;
	return c->state & CHAN_CLOSED ? ASYNC_EOF : ASYNC_EAGAIN;
}

int async__chan_try_send(struct async__chan *c, const void *from)
{
	return chan_put(c, from, "try_send");
}

int async__chan_try_recv(struct async__chan *c, void *to)
{
	struct async_runtime *rt = async__runtime_current();
	return chan_take(c, rt && rt->current ? async__task_of(rt->current) : NULL, to, "try_recv");
}

/* --- send and recv ---------------------------------------------------------------------------- */

/* Once nobody waits, the short way (lib_abi.h) is open again. */
static void selected_end(struct async__chan *c)
{
	if (c && !c->receivers.first)
		c->state &= ~(unsigned)CHAN_SELECTED;
}

static void send_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async__chan_send__frame *f = (struct async__chan_send__frame *)leaf;
	line_remove(&f->c->senders, &f->waiter);
	f->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

static enum async__poll send_wait(struct async__chan_send__frame *f, struct async__context *cx)
{
	f->value = 0;
	return line_wait(&f->c->senders, &f->waiter, cx, send_interrupt);
}

enum async__poll async__chan_send__start(struct async__chan_send__frame *f, struct async__context *cx,
					 struct async__chan *c, const void *from)
{
	f->c = c;
	f->from = from;
	if (async__is_cancelled(cx))
		return op_fail(&f->base, cx, ASYNC_ECANCELED);
	int err = chan_put(f->c, f->from, "send");
	selected_end(c);
	return err == ASYNC_EAGAIN ? send_wait(f, cx) : op_value(&f->base, cx, err);
}

static enum async__poll async__chan_send__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__chan_send__frame *f = (struct async__chan_send__frame *)self;
	(void)state;
	return async__chan_send__start(f, cx, f->c, f->from);
}

OP_DESCRIPTOR(async__chan_send, "asyncc/lib_abi.h");

enum async__poll async__chan_send8__rarely(struct async__chan_send8__frame *f, struct async__context *cx, struct async__chan *c,
					   uint64_t word)
{
	f->word = word;
	return async__chan_send__start(&f->send, cx, c, &f->word);
}

void async__chan_recv__interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async__chan_recv__frame *f = (struct async__chan_recv__frame *)leaf;
	line_remove(&f->c->receivers, &f->waiter);
	f->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

static enum async__poll recv_wait(struct async__chan_recv__frame *f, struct async__context *cx,
					 struct async__chan *c, void *to)
{
	f->value = 0;
	f->c = c;
	f->to = to;
	if (__builtin_expect(cx->flags & ASYNC__ARM, 0))
		c->state |= CHAN_SELECTED;
	return line_wait(&c->receivers, &f->waiter, cx, async__chan_recv__interrupt);
}

enum async__poll async__chan_recv__start(struct async__chan_recv__frame *f, struct async__context *cx,
					 struct async__chan *c, void *to)
{
	if (async__is_cancelled(cx))
		return op_fail(&f->base, cx, ASYNC_ECANCELED);
	f->c = c;
	f->to = to;
	selected_end(c);
	int err = chan_take(c, async__task_of(cx), to, "recv");
	if (!err)
		return op_in_hand(&f->base, cx, 0, async__chan_recv__undo);
	return err == ASYNC_EAGAIN ? recv_wait(f, cx, c, to) : op_value(&f->base, cx, err);
}

static enum async__poll async__chan_recv__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__chan_recv__frame *f = (struct async__chan_recv__frame *)self;
	(void)state;
	return async__chan_recv__start(f, cx, f->c, f->to);
}

OP_DESCRIPTOR(async__chan_recv, "asyncc/lib_abi.h");

/* --- async_select_recv ------------------------------------------------------------------------ */

static void select_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async__select_recv__frame *f = (struct async__select_recv__frame *)leaf;
	select_end(f, NULL);
	f->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

/* What is there without waiting: the index, or ASYNC_EAGAIN, ASYNC_EOF, another error. Starts at another channel each
 * time, so that a busy one does not hide the others. */
static int select_try(struct async__select_recv__frame *f, struct async__context *cx)
{
	size_t start = f->n ? (size_t)cx->runtime->operations_left % f->n : 0;
	f->open = 0;
	for (size_t k = 0; k < f->n; k++) {
		size_t i = start + k < f->n ? start + k : start + k - f->n;
		int err = chan_take(f->chans[i], async__task_of(cx), f->to, "async_select_recv");
		if (!err)
			return (int)i;
		if (err == ASYNC_EAGAIN)
			f->open++;
		else if (err != ASYNC_EOF)
			return err;
	}
	return f->open ? ASYNC_EAGAIN : ASYNC_EOF;
}

enum async__poll async__select_recv__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async__select_recv__frame *f = (struct async__select_recv__frame *)self;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	int index = select_try(f, cx);
	if (index >= 0)
		return op_in_hand(self, cx, index, select_undo);
	if (index != ASYNC_EAGAIN)
		return op_value(self, cx, index);
	f->waiters = async__block_new(f->n * sizeof *f->waiters, _Alignof(struct async__waiter));
	if (!f->waiters)
		return op_value(self, cx, ASYNC_ENOMEM);
	for (size_t i = 0; i < f->n; i++) {
		struct async__waiter *w = &f->waiters[i];
		w->cx = f->chans[i]->state & CHAN_CLOSED ? NULL : cx;
		if (!w->cx)
			continue;
		f->chans[i]->state |= CHAN_SELECTED;
		line_push(&f->chans[i]->receivers, w);
	}
	return async__op_wait(cx, select_interrupt);
}

OP_DESCRIPTOR(async__select_recv, "asyncc/lib_abi.h");

/* --- async_timeout_channel -------------------------------------------------------------------- */

struct async__chan_timer {
	struct async__call_timer timer;
	struct async_runtime *runtime; /* NULL: it has fired */
	struct async__chan *chan;
};

static void timer_fire(struct async__timer *timer)
{
	struct async__chan_timer *t = (struct async__chan_timer *)timer;
	uint64_t now = async_now();
	t->runtime = NULL;
	async__chan_try_send(t->chan, &now);
}

static void timer_drop(struct async__chan_timer *t)
{
	if (t->runtime && t->runtime == async__runtime_current())
		async__wheel_remove(&t->runtime->wheel, &t->timer.timer);
	async__block_free(t, sizeof *t, _Alignof(struct async__chan_timer));
}

struct async__chan *async_timeout_channel(uint64_t ms)
{
	int err;
	struct async_runtime *rt = async__runtime_get(&err);
	struct async__chan_timer *t = rt ? async__block_new(sizeof *t, _Alignof(struct async__chan_timer)) : NULL;
	struct async__chan *c = t ? async__chan_new(sizeof(uint64_t), 1, ASYNC__CHAN_ONESHOT) : NULL;
	if (!c) {
		if (t)
			async__block_free(t, sizeof *t, _Alignof(struct async__chan_timer));
		return NULL;
	}
	*t = (struct async__chan_timer){.runtime = rt, .chan = c};
	t->timer.timer.calls = true;
	t->timer.fire = timer_fire;
	c->timer = t;
	if (!async__timer_start(rt, &t->timer.timer, ms))
		timer_fire(&t->timer.timer);
	return c;
}
