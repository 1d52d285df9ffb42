/* The inside of a channel: channel.c has the queues and the operations, broadcast.c the shapes where each task sees
 * every message.
 *
 *     queue       ring: `len` messages from `head` on. Receivers wait only while it is empty, senders only while it is
 *                 full: with capacity 0 the two meet, and nothing is held.
 *     broadcast   ring: message number s lies at s % slots, the newest being number sent - 1, `len` of them are held */
#ifndef ASYNCC_RT_CHAN_H
#define ASYNCC_RT_CHAN_H

#include <string.h>

#include "rt/internal.h"
#include "rt/line.h"

enum {
	CHAN_MARK = ASYNC__CHAN_MARK,
	CHAN_MARK_BITS = ASYNC__CHAN_MARK_BITS,
	CHAN_CLOSED = ASYNC__CHAN_CLOSED,
	CHAN_SHAPE_SHIFT = ASYNC__CHAN_SHAPE_SHIFT,
	CHAN_SHAPE_BITS = ASYNC__CHAN_SHAPE_BITS,
	CHAN_UNUSUAL = ASYNC__CHAN_UNUSUAL,
	CHAN_SELECTED = ASYNC__CHAN_SELECTED
};

static inline unsigned chan_shape(const struct async__chan *c)
{
	return (c->state & CHAN_SHAPE_BITS) >> CHAN_SHAPE_SHIFT;
}

static inline bool chan_is_seen_by_all(const struct async__chan *c)
{
	return chan_shape(c) == ASYNC__CHAN_BROADCAST || chan_shape(c) == ASYNC__CHAN_WATCH;
}

/* Copies a message. */
static inline void message_copy(void *to, const void *from, size_t size)
{
	switch (size) {
	case 8:
		memcpy(to, from, 8);
		return;
	case 4:
		memcpy(to, from, 4);
		return;
	case 16:
		memcpy(to, from, 16);
		return;
	}
	memcpy(to, from, size);
}

/* Gives a receiver, out of its line already, the message at `from`, and wakes it. */
void async__chan_deliver(struct async__chan *c, struct async__waiter *w, const void *from);

/* --- broadcast.c --- */

/* Stores a message for every task; those that wait get it at once. */
void async__broadcast_send(struct async__chan *c, const void *from);
/* The next message that `task` has not seen: 0; ASYNC_EAGAIN, ASYNC_EOF; ASYNC_ENOBUFS when it has missed some;
 * ASYNC_ENOMEM. */
int async__broadcast_take(struct async__chan *c, struct async__task *task, void *to);
/* Forgets what tasks have seen: the channel is being freed. */
void async__broadcast_forget(struct async__chan *c);

#endif
