/* Cells: a value or none.
 *
 * Two lines: those who want the value, served while the cell is full, and those who want to put one in, served while it
 * is empty. Between operations a full cell has nobody in the first, an empty one nobody in the second. */
#include "rt/sync_op.h"

/* What an operation does with the value. */
enum how { TAKE, READ, SWAP, MODIFY, PUT };

/* What the frames begin with. */
struct cell_op {
	struct async__frame base;
	int value;
	unsigned how; /* enum how */
	async_cell *c;
	struct async__waiter waiter;
};

/* Does what `f` wants: the cell is full, or empty for a put. */
static void cell_do(async_cell *c, struct cell_op *f)
{
	f->value = 0;
	switch ((enum how)f->how) {
	case TAKE:
		memcpy(((struct async_cell_take__frame *)f)->to, c->place, c->size);
		c->full = false;
		return;
	case READ:
		memcpy(((struct async_cell_read__frame *)f)->to, c->place, c->size);
		return;
	case SWAP: {
		struct async_cell_swap__frame *swap = (struct async_cell_swap__frame *)f;
		char *place = c->place, *to = swap->to;
		const char *from = swap->from;
		for (size_t i = 0; i < c->size; i++) { /* `to` may be `from` */
			char old = place[i];
			place[i] = from[i];
			to[i] = old;
		}
		return;
	}
	case MODIFY: {
		struct async_cell_modify__frame *modify = (struct async_cell_modify__frame *)f;
		modify->change(c->place, modify->arg);
		return;
	}
	case PUT:
		memcpy(c->place, ((struct async_cell_put__frame *)f)->from, c->size);
		c->full = true;
		return;
	}
}

static undo_fn take_undo;

/* Serves whom the cell can serve. */
static void cell_serve(async_cell *c)
{
	struct async__waiter *w;
	while ((w = line_pop(c->full ? &c->wanting : &c->putting))) {
		struct cell_op *f = (struct cell_op *)async__leaf(w->cx);
		cell_do(c, f);
		if (f->how == TAKE)
			hand_over(w->cx, take_undo);
		else
			async__wake(w->cx);
	}
}

/* A value that was taken by a strand which was aborted then is put back; where another one has come, the strand keeps it. */
static void take_undo(struct async__context *cx, struct async__frame *leaf)
{
	struct async_cell_take__frame *f = (struct async_cell_take__frame *)leaf;
	if (async__gives_back(cx, take_undo) && async_cell_try_put(f->c, f->to))
		async__strand_keeps(cx, NULL);
}

static void cell_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct cell_op *f = (struct cell_op *)leaf;
	line_remove(f->how == PUT ? &f->c->putting : &f->c->wanting, &f->waiter);
	interrupted(cx, leaf);
}

static enum async__poll cell_run(struct async__frame *self, struct async__context *cx, enum how how)
{
	struct cell_op *f = (struct cell_op *)self;
	async_cell *c = f->c;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	f->how = how;
	if (c->full == (how == PUT))
		return line_wait(how == PUT ? &c->putting : &c->wanting, &f->waiter, cx, cell_interrupt);
	cell_do(c, f);
	cell_serve(c);
	return how == TAKE ? op_in_hand(self, cx, 0, take_undo) : op_value(self, cx, 0);
}

int async_cell_try_take(async_cell *c, void *to)
{
	if (!c->full)
		return ASYNC_EAGAIN;
	memcpy(to, c->place, c->size);
	c->full = false;
	cell_serve(c);
	return 0;
}

int async_cell_try_read(async_cell *c, void *to)
{
	if (!c->full)
		return ASYNC_EAGAIN;
	memcpy(to, c->place, c->size);
	return 0;
}

int async_cell_try_put(async_cell *c, const void *from)
{
	if (c->full)
		return ASYNC_EAGAIN;
	memcpy(c->place, from, c->size);
	c->full = true;
	cell_serve(c);
	return 0;
}

#define CELL_OP(op, how, parameters, ...)                                                                              \
	_Static_assert(offsetof(struct op##__frame, waiter) == offsetof(struct cell_op, waiter),                       \
		       "frames begin alike");                                                                          \
	enum async__poll op##__poll(struct async__frame *self, struct async__context *cx, unsigned state)              \
	{                                                                                                              \
		return cell_run(self, cx, how);                                                                        \
	}                                                                                                              \
	SYNC_OP(op, parameters, __VA_ARGS__)

CELL_OP(async_cell_take, TAKE, (async_cell * c, void *to), .c = c, .to = to)
CELL_OP(async_cell_read, READ, (async_cell * c, void *to), .c = c, .to = to)
CELL_OP(async_cell_put, PUT, (async_cell * c, const void *from), .c = c, .from = from)
CELL_OP(async_cell_swap, SWAP, (async_cell * c, void *to, const void *from), .c = c, .to = to, .from = from)
CELL_OP(async_cell_modify, MODIFY, (async_cell * c, void (*change)(void *value, void *arg), void *arg), .c = c,
	.change = change, .arg = arg)
