/* Channels whose messages every task sees: broadcast and watch.
 *
 * The ring keeps the newest messages. For each task that has received there is a *subscription*: the number of the next
 * message that it gets. A task that receives for the first time begins with the oldest message held. One that is so
 * slow that messages were overwritten before it saw them is told once (ASYNC_ENOBUFS) and goes on with the oldest one
 * left; from a watch, which is about the newest value alone, it just gets that. */
#include "rt/chan.h"

struct async__subscription {
	struct async__subscription *next;
	uint64_t task;	      /* its id; 0: code outside of tasks */
	uint64_t next_number; /* of the message that it gets next */
};

/* The number of the oldest message held. */
static uint64_t oldest(const struct async__chan *c)
{
	return c->sent - c->len;
}

/* Found in front next time; NULL: no memory. */
static struct async__subscription *subscription_of(struct async__chan *c, struct async__task *task)
{
	uint64_t id = task ? task->id : 0;
	struct async__subscription **at = &c->known, *s;
	while ((s = *at) && s->task != id)
		at = &s->next;
	if (s) {
		*at = s->next;
	} else {
		s = async__block_new(sizeof *s, _Alignof(struct async__subscription));
		if (!s)
			return NULL;
		*s = (struct async__subscription){.task = id, .next_number = oldest(c)};
	}
	s->next = c->known;
	c->known = s;
	return s;
}

void async__broadcast_forget(struct async__chan *c)
{
	struct async__subscription *s;
	while ((s = c->known)) {
		c->known = s->next;
		async__block_free(s, sizeof *s, _Alignof(struct async__subscription));
	}
}

void async__broadcast_send(struct async__chan *c, const void *from)
{
	struct async__waiter *w;
	message_copy(c->ring + c->sent++ % c->slots * c->size, from, c->size);
	if (c->len < c->slots)
		c->len++;
	while ((w = line_pop(&c->receivers))) {
		subscription_of(c, async__task_of(w->cx))->next_number =
			c->sent; /* it has one: it was made before it waited */
		async__chan_deliver(c, w, from);
	}
}

int async__broadcast_take(struct async__chan *c, struct async__task *task, void *to)
{
	struct async__subscription *s = subscription_of(c, task);
	if (!s)
		return ASYNC_ENOMEM;
	if (s->next_number == c->sent)
		return c->state & CHAN_CLOSED ? ASYNC_EOF : ASYNC_EAGAIN;
	if (s->next_number < oldest(c)) {
		s->next_number = oldest(c);
		if (chan_shape(c) == ASYNC__CHAN_BROADCAST)
			return ASYNC_ENOBUFS;
	}
	message_copy(to, c->ring + s->next_number++ % c->slots * c->size, c->size);
	return 0;
}
