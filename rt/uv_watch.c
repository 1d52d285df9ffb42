/* Descriptors that strands wait for, over uv_poll.
 *
 * The system call is tried first; a strand waits only after EAGAIN. The descriptor then stays armed for that direction:
 * the next wait costs no system call. Readiness is level-triggered, so that a direction known to be drained can be
 * waited for without another try. An event that nobody waits for disarms it, but only the second one in a row: whoever
 * serves a peer is often back before.
 *
 * A read that fills its buffer leaves open whether there is more. In a bulk transfer there is, and trying at once saves
 * a turn of the loop; with messages as long as the buffer there is not, and the try is a system call in vain. So a try
 * in vain makes the next 1, 3, 7, ... 63 reads wait for the loop, and one that finds something makes them try again.
 *
 * Measured against uv_tcp with the echo benchmark: less processor time a message, and what it gives besides: an
 * operation is taken back exactly, with the bytes that it moved, and no frame or buffer is ever left with libuv. */
#include "rt/uv_handle.h"

#include <string.h>
#include <unistd.h>

#include "rt/line.h"

enum { MISSES_MOST = 6 };

static const uint8_t side_event[] = {[WATCH_READ] = UV_READABLE, [WATCH_WRITE] = UV_WRITABLE};

static void watch_ready(uv_poll_t *poll, int status, int events);

static const struct async__watch_class *class_of(const struct async__watch *w)
{
	return w->poll.data;
}

/* Has the loop report `events` but those that are paused, and no others. */
static void watch_arm(struct async__watch *w, unsigned events)
{
	events &= ~(unsigned)w->paused;
	if (events == w->armed)
		return;
	w->armed = (uint8_t)events;
	if (events)
		uv_poll_start(&w->poll, (int)events, watch_ready);
	else
		uv_poll_stop(&w->poll);
}

/* Where the strand that waits at `side` is linked, or would be. */
static struct async__context **waiting_at(struct async__watch *w, enum async__watch_side side)
{
	return side == WATCH_WRITE && w->waits & UV_READABLE ? &w->waiting->next : &w->waiting;
}

/* Takes the strand that waits at `side` out; NULL: none does. */
static struct async__context *waiting_take(struct async__watch *w, enum async__watch_side side)
{
	if (!(w->waits & side_event[side]))
		return NULL;
	struct async__context **at = waiting_at(w, side), *cx = *at;
	*at = cx->next;
	w->waits &= (uint8_t)~side_event[side];
	cx->runtime->io_count--;
	return cx;
}

static void waiting_put(struct async__watch *w, enum async__watch_side side, struct async__context *cx)
{
	struct async__context **at = waiting_at(w, side);
	cx->next = w->waits ? *at : NULL;
	*at = cx;
	w->waits |= side_event[side];
	w->unheard &= (uint8_t)~side_event[side];
	cx->runtime->io_count++;
}

/* Something has happened at `side`: the events to be armed for from now on, `armed` so far. */
static unsigned side_ready(struct async__watch *w, enum async__watch_side side, unsigned armed)
{
	unsigned event = side_event[side];
	struct async__context *cx = waiting_take(w, side);
	w->drained &= (uint8_t)~event;
	if (!cx) {
		if (w->unheard & event)
			return armed & ~event;
		w->unheard |= (uint8_t)event;
		return armed;
	}
	const struct async__watch_op *op = &class_of(w)->ops[w->op[side]];
	if (!op->attempt(w, async__leaf(cx))) {
		waiting_put(w, side, cx);
		return armed | event;
	}
	if (op->undo)
		hand_over(cx, op->undo);
	else
		async__wake(cx);
	return side == WATCH_WRITE ? armed & ~event : armed; /* a socket can nearly always be written to */
}

static void watch_ready(uv_poll_t *poll, int status, int events)
{
	struct async__watch *w = (struct async__watch *)poll;
	unsigned ready = (unsigned)events;
	if (status < 0) { /* libuv has disarmed it; the system call will say what is wrong */
		w->armed = 0;
		ready = UV_READABLE | UV_WRITABLE;
	}
	unsigned armed = w->armed;
	if (ready & UV_READABLE)
		armed = side_ready(w, WATCH_READ, armed);
	if (ready & UV_WRITABLE && !uv_is_closing((uv_handle_t *)poll)) /* an operation may close what it failed on */
		armed = side_ready(w, WATCH_WRITE, armed);
	if (!uv_is_closing((uv_handle_t *)poll))
		watch_arm(w, armed);
}

int async__watch_new(struct async_runtime *rt, int fd, const struct async__watch_class *kind, struct async__watch **out)
{
	struct async__watch *w = async__block_new(kind->size, _Alignof(struct async__watch));
	if (!w)
		return ASYNC_ENOMEM;
	memset(w, 0, kind->size);
	int err = uv_poll_init(rt->loop, &w->poll, fd);
	if (err) {
		async__block_free(w, kind->size, _Alignof(struct async__watch));
		return err;
	}
	async__handle_open(rt, (uv_handle_t *)&w->poll, kind);
	*out = w;
	return 0;
}

static void watch_closed(uv_handle_t *poll)
{
	async__runtime_current()->io_count--;
	async__block_free(poll, class_of((struct async__watch *)poll)->size, _Alignof(struct async__watch));
}

/* libuv's handles are one loop's. */
static inline void check_loop(const struct async__watch *w)
{
	struct async_runtime *rt = async__runtime_current();
	if (__builtin_expect(!rt || w->poll.loop != rt->loop, 0))
		async__misuse_here("this socket was opened in another thread; sockets are used and closed by the thread that opened them: hand "
				   "the call over to it with async_post");
}

void async__watch_close(struct async__watch *w)
{
	check_loop(w);
	int fd = async__watch_fd(w);
	async__watch_interrupt(w, WATCH_READ);
	async__watch_interrupt(w, WATCH_WRITE);
	uv_close((uv_handle_t *)&w->poll, watch_closed);
	async__runtime_current()->io_count++; /* the loop has to turn once more */
	close(fd);
}

void async__watch_destroy(uv_handle_t *handle)
{
	async__watch_close((struct async__watch *)handle);
}

void async__watch_pause(struct async__watch *w, enum async__watch_side side)
{
	w->paused |= side_event[side];
}

void async__watch_resume(struct async__watch *w, enum async__watch_side side)
{
	w->paused &= (uint8_t)~side_event[side];
	if (!(w->waits & side_event[side]))
		return;
	unsigned armed = side_ready(w, side, w->armed | side_event[side]);
	if (!uv_is_closing((uv_handle_t *)&w->poll)) /* an operation may close what it failed on */
		watch_arm(w, armed);
}

void async__watch_interrupt(struct async__watch *w, enum async__watch_side side)
{
	struct async__context *cx = waiting_take(w, side);
	if (!cx)
		return;
	class_of(w)->ops[w->op[side]].fail(async__leaf(cx), ASYNC_ECANCELED);
	async__wake(cx);
}

/* Whether the operation is to be tried before it waits. */
static bool is_tried(struct async__watch *w, enum async__watch_side side, const struct async__watch_op *op)
{
	if (w->drained & side_event[side] || op->waits)
		return false;
	if (side == WATCH_READ && w->skips) {
		w->skips--;
		return false;
	}
	return true;
}

static void count_try(struct async__watch *w, bool in_vain)
{
	if (!in_vain)
		w->misses = 0;
	else if (w->misses < MISSES_MOST)
		w->misses++;
	w->skips = (uint8_t)((1U << w->misses) - 1);
}

enum async__poll async__watch_run(struct async__watch *w, enum async__watch_side side, unsigned op_index,
				  struct async__frame *f, struct async__context *cx,
				  void (*interrupt)(struct async__context *, struct async__frame *))
{
	const struct async__watch_op *op = &class_of(w)->ops[op_index];
	check_loop(w);
	if (async__is_cancelled(cx)) {
		op->fail(f, ASYNC_ECANCELED);
		return async__yield(cx);
	}
	if (w->waits & side_event[side]) {
		op->fail(f, ASYNC_EBUSY);
		return async__op_done(cx);
	}
	if (is_tried(w, side, op)) {
		bool done = op->attempt(w, f);
		if (side == WATCH_READ)
			count_try(w, !done);
		if (done)
			return op_done_in_hand(cx, op->undo);
	}
	w->op[side] = (uint8_t)op_index;
	waiting_put(w, side, cx);
	watch_arm(w, w->armed | side_event[side]);
	return async__op_wait(cx, interrupt);
}
