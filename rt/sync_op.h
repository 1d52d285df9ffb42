/* What every operation of <asyncc/sync.h> has besides its poll: see op.h. */
#ifndef ASYNCC_RT_SYNC_OP_H
#define ASYNCC_RT_SYNC_OP_H

#include "asyncc/sync.h"
#include "rt/line.h"
#include "rt/op.h"

#define SYNC_OP(op, parameters, ...) INTEGER_OPERATION(op, "asyncc/sync.h", int, parameters, __VA_ARGS__)

/* The interrupt function of an operation that waits in the line `object->waiters`. */
#define LINE_INTERRUPT(op, object)                                                                                     \
	static void op##_interrupt(struct async__context *cx, struct async__frame *leaf)                               \
	{                                                                                                              \
		struct op##__frame *f = (struct op##__frame *)leaf;                                                    \
		line_remove(&f->object->waiters, &f->waiter);                                                          \
		interrupted(cx, leaf);                                                                                 \
	}

/* Everyone in a line goes on with `value`. */
static inline void line_wake_all(struct async__waiters *line, int value)
{
	struct async__waiter *w;
	while ((w = line_pop(line))) {
		((struct int_op *)async__leaf(w->cx))->value = value;
		async__wake_now(w->cx);
	}
}

#endif
