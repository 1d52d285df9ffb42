/* Lines of strands that wait (struct async__waiters), and how a strand is served.
 *
 *     line_wait ──▶ in the line ──▶ line_pop, value stored, hand_over ──▶ ready
 *                        └───────▶ interrupt: line_remove, ASYNC_ECANCELED ──▶ ready
 *
 * async__wake may decide a select, which interrupts its other arms: their operations leave the lines that they wait in
 * before it returns. So an object is in order before a strand is woken, and a loop looks at its line anew each time. */
#ifndef ASYNCC_RT_LINE_H
#define ASYNCC_RT_LINE_H

#include "asyncc/lib_abi.h"
#include "rt/internal.h"

/* An empty line is one whose `first` is NULL; its `last`, and the `prev` of the first one, mean nothing. So the first one
 * leaves with a single store. */
static inline void line_push(struct async__waiters *line, struct async__waiter *w)
{
	w->next = NULL;
	if (!line->first) {
		line->first = line->last = w;
		return;
	}
	w->prev = line->last;
	line->last->next = w;
	line->last = w;
}

static inline void line_remove(struct async__waiters *line, struct async__waiter *w)
{
	*(w != line->first ? &w->prev->next : &line->first) = w->next;
	*(w->next ? &w->next->prev : &line->last) = w->prev;
}

/* NULL when nobody waits. */
static inline struct async__waiter *line_pop(struct async__waiters *line)
{
	struct async__waiter *w = line->first;
	if (w)
		line->first = w->next;
	return w;
}

/* What every such operation's frame begins with. */
struct int_op {
	struct async__frame base;
	int value;
};

typedef void undo_fn(struct async__context *cx, struct async__frame *leaf);

/* Suspends an operation in a line. */
static inline enum async__poll line_wait(struct async__waiters *line, struct async__waiter *w, struct async__context *cx,
					 undo_fn *interrupt)
{
	w->cx = cx;
	line_push(line, w);
	return async__op_wait(cx, interrupt);
}

/* Should the strand be aborted before it goes on, `undo` gives back what it has. */
static inline void in_hand(struct async__context *cx, undo_fn *undo)
{
	async__check_thread(cx);
	cx->interrupt = undo;
}

/* The strand's operation is done, with something in hand (a lock, a message): it goes on soon. Should it be aborted
 * before it does, `undo` gives that back. */
static inline void hand_over(struct async__context *cx, undo_fn *undo)
{
	in_hand(cx, undo);
	async__ready(cx);
	if (__builtin_expect(cx->flags & ASYNC__ARM, 0))
		async__arm_woken(cx);
}

/* Ends a poll with `err`; others run first, so that a task that ignores its cancellation does not keep the thread. */
static inline enum async__poll op_fail(struct async__frame *f, struct async__context *cx, int err)
{
	((struct int_op *)f)->value = err;
	return async__yield(cx);
}

/* Ends a poll with a value at once, as async__op_done. */
static inline enum async__poll op_value(struct async__frame *f, struct async__context *cx, int value)
{
	((struct int_op *)f)->value = value;
	return async__op_done(cx);
}

/* async__op_done with something in hand; `undo` may be NULL. */
static inline enum async__poll op_done_in_hand(struct async__context *cx, undo_fn *undo)
{
	enum async__poll result = async__op_done(cx);
	if (__builtin_expect(result == ASYNC__PENDING, 0) && undo)
		in_hand(cx, undo);
	return result;
}

/* Ends a poll with a value at once, and with something in hand. */
static inline enum async__poll op_in_hand(struct async__frame *f, struct async__context *cx, int value, undo_fn *undo)
{
	((struct int_op *)f)->value = value;
	return op_done_in_hand(cx, undo);
}

/* Ends the wait of an operation that was interrupted. */
static inline void interrupted(struct async__context *cx, struct async__frame *f)
{
	((struct int_op *)f)->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

/* Where a suspended operation is awaited, for messages. */
static inline const struct async__site *awaited_at(const struct async__waiter *w)
{
	const struct async__context *cx = w->cx;
	return cx->site == &async__operation_site ? cx->frame->ret : cx->site;
}

#endif
