/* Channels whose messages every task sees: broadcast and watch.
 *
 * The ring keeps the newest messages. For each task that has received and has not ended there is a *subscription*: the
 * number of the next message that it gets. A task that receives for the first time begins with the oldest message held.
 * One that is so slow that messages were overwritten before it saw them is told once (ASYNC_ENOBUFS) and goes on with
 * the oldest one left; from a watch, which is about the newest value alone, it just gets that. */
#include "rt/chan.h"
#include "rt/extra.h"

/* In two lists, so that it ends with the task or with the channel, whichever is first. */
struct async__subscription {
	struct async__subscription *next, *prev; /* of the channel */
	struct async__chan *chan;
	struct async__task *task;		  /* NULL: code outside of tasks */
	struct async__subscription *next_of_task; /* the one used last is the first */
	uint64_t next_number;			  /* of the message that it gets next */
};

/* The number of the oldest message held. */
static uint64_t oldest(const struct async__chan *c)
{
	return c->sent - c->len;
}

/* Takes it out of the channel's list. */
static void subscription_end(struct async__subscription *s)
{
	*(s->prev ? &s->prev->next : &s->chan->known) = s->next;
	if (s->next)
		s->next->prev = s->prev;
	async__block_free(s, sizeof *s, _Alignof(struct async__subscription));
}

static struct async__subscription *subscription_new(struct async__chan *c, struct async__task *task)
{
	struct async__subscription *s = async__block_new(sizeof *s, _Alignof(struct async__subscription));
	if (!s)
		return NULL;
	*s = (struct async__subscription){.next = c->known, .chan = c, .task = task, .next_number = oldest(c)};
	if (s->next)
		s->next->prev = s;
	c->known = s;
	return s;
}

static struct async__subscription *subscription_of_nobody(struct async__chan *c)
{
	struct async__subscription *s = c->known;
	while (s && s->task)
		s = s->next;
	return s ? s : subscription_new(c, NULL);
}

static void subscriptions_end(struct async__task_extra *extra)
{
	struct async__subscription *s;
	while ((s = extra->subscriptions)) {
		extra->subscriptions = s->next_of_task;
		subscription_end(s);
	}
}

/* NULL: no memory. */
static struct async__subscription *subscription_of(struct async__chan *c, struct async__task *task)
{
	if (!task)
		return subscription_of_nobody(c);
	struct async__task_extra *extra = async__task_extra(task);
	if (!extra)
		return NULL;
	struct async__subscription **at = &extra->subscriptions, *s;
	while ((s = *at) && s->chan != c)
		at = &s->next_of_task;
	if (s)
		*at = s->next_of_task;
	else if (!(s = subscription_new(c, task)))
		return NULL;
	s->next_of_task = extra->subscriptions;
	extra->subscriptions = s;
	extra->subscriptions_end = subscriptions_end;
	return s;
}

void async__broadcast_forget(struct async__chan *c)
{
	struct async__subscription *s;
	while ((s = c->known)) {
		struct async__subscription **at = s->task ? &async__task_has_extra(s->task)->subscriptions : NULL;
		while (at && *at != s)
			at = &(*at)->next_of_task;
		if (at)
			*at = s->next_of_task;
		subscription_end(s);
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
