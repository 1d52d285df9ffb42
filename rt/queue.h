/* The ready queue: an intrusive FIFO of strands, linked through async__context.next. Push and pop are a few
 * instructions and can't fail. (The queue itself and its push are in abi.h.) A strand is in at most one queue; its
 * `next` means nothing outside of one. */
#ifndef ASYNCC_RT_QUEUE_H
#define ASYNCC_RT_QUEUE_H

#include "asyncc/abi.h"

static inline void async__queue_init(struct async__queue *q)
{
	q->head = NULL;
	q->tail = &q->head;
}

static inline bool async__queue_is_empty(const struct async__queue *q)
{
	return q->head == NULL;
}

/* The one that was pushed last. The queue is not empty. */
static inline struct async__context *async__queue_last(const struct async__queue *q)
{
	return (struct async__context *)((char *)q->tail - offsetof(struct async__context, next));
}

static inline void async__queue_push_front(struct async__queue *q, struct async__context *cx)
{
	if (!q->head)
		q->tail = &cx->next;
	cx->next = q->head;
	q->head = cx;
}

/* NULL when it is empty. */
static inline struct async__context *async__queue_pop(struct async__queue *q)
{
	struct async__context *cx = q->head;
	if (cx && !(q->head = cx->next))
		q->tail = &q->head;
	return cx;
}

#endif
