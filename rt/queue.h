/* The ready queue: an intrusive FIFO of strands, linked through async__context.next. Push and pop are a few
 * instructions and can't fail. (The queue itself and its push are in abi.h.) A strand is in at most one queue; its
 * `next` means nothing outside of one. */
#ifndef ASYNCC_RT_QUEUE_H
#define ASYNCC_RT_QUEUE_H

#include "asyncc/abi.h"

static inline void async__queue_init(struct async__queue *q)
{
	q->first = NULL;
}

static inline bool async__queue_is_empty(const struct async__queue *q)
{
	return q->first == NULL;
}

static inline struct async__context *async__queue_last(const struct async__queue *q)
{
	return q->last;
}

static inline void async__queue_push_front(struct async__queue *q, struct async__context *cx)
{
	if (q->first)
		cx->next = q->first;
	else
		q->last = cx;
	q->first = cx;
}

/* NULL when it is empty. */
static inline struct async__context *async__queue_pop(struct async__queue *q)
{
	struct async__context *cx = q->first;
	if (cx)
		q->first = cx != q->last ? cx->next : NULL;
	return cx;
}

/* Takes one out that is in it; costs what stands before it. */
static inline void async__queue_remove(struct async__queue *q, const struct async__context *cx)
{
	struct async__context *before = q->first;
	if (before == cx) {
		async__queue_pop(q);
		return;
	}
	while (before->next != cx)
		before = before->next;
	before->next = cx->next;
	if (q->last == cx)
		q->last = before;
}

#endif
