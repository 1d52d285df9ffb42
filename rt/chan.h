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

/* chan.state: the mark of a channel that was not freed, its shape, and what keeps its operations from the short way: it is closed;
 * its messages are no words of 8 bytes, or it holds none; a select waits in it, or did not long ago. */
enum {
	CHAN_MARK = 0x61636300,
	CHAN_MARK_BITS = 0x7fffff00,
	CHAN_CLOSED = 1,
	CHAN_SHAPE_SHIFT = 1,
	CHAN_SHAPE_BITS = 3 << CHAN_SHAPE_SHIFT,
	CHAN_UNUSUAL = 8,
	CHAN_SELECTED = 16
};

struct async__chan {
	void *unused; /* a free list's link, when it was freed */
	unsigned state;
	size_t size, len;
	struct async__waiters receivers, senders; /* up to here: what every message needs, a cache line */
	size_t room; /* a queue of fewer messages takes one more, without further ado */
	char *ring;
	size_t head, end; /* where the first message lies, and the next one will */
	size_t slots;	  /* messages that the ring has room for */
	size_t capacity;
	uint64_t sent;			   /* broadcast: messages ever sent */
	struct async__subscription *known; /* broadcast: what each task has seen */
	struct chan_timer *timer;	   /* async_timeout_channel's; NULL for others */
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
