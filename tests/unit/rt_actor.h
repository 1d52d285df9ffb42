/* Tasks for unit tests, each driven by a C function that says which operation it awaits next. */
#ifndef ASYNCC_TESTS_RT_ACTOR_H
#define ASYNCC_TESTS_RT_ACTOR_H

#include "asyncc/lib_abi.h"
#include "rt/internal.h"
#include "tests/unit/suite.h"

#ifndef ACTOR_OPS
#define ACTOR_OPS
#endif

/* The operation that an actor awaits: its parameters are stored here. */
union actor_op {
	struct {
		struct async__frame base;
		int value;
	} any;
	struct async_yield_now__frame yield;
	struct async_sleep__frame sleep;
	struct async__chan_send__frame send;
	struct async__chan_recv__frame recv;
	struct async__select_recv__frame select;
	ACTOR_OPS
};

struct actor {
	/* Fills in the next operation and returns its poll; NULL: the end. `value`: of the last one. */
	async__poll_fn *(*step)(struct actor *a, union actor_op *op);
	int pc, id;
	int value;
	bool done, aborted;
	long in, out;	 /* messages */
	uint64_t ticket; /* of a request */
	void *data;
	struct async__task *task; /* valid until it is done */
};

struct actor__frame {
	struct async__frame base;
	int value;
	struct actor *a;
	union actor_op op;
};

static async__poll_fn actor__poll;
static const struct async__fn actor__fn = {.name = "actor",
					   .file = "t.ac",
					   .line = 1,
					   .align = _Alignof(struct actor__frame),
					   .size = sizeof(struct actor__frame),
					   .poll = actor__poll,
					   .ended = ASYNC__ENDED};
static const struct async__site actor__site = {.poll = actor__poll,
					       .state = 2,
					       .offset = offsetof(struct actor__frame, op),
					       .fn = &actor__fn,
					       .line = 2,
					       .column = 1,
					       .awaited = "op"};

static enum async__poll actor__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct actor__frame *f = (struct actor__frame *)self;
	struct actor *a = f->a;
	async__poll_fn *poll;
	if (state == 3) {
		a->aborted = a->done = true;
		return ASYNC__ABORTED;
	}
	if (state == 2)
		goto resumed;
	while ((poll = a->step(a, &f->op))) {
		if (poll(&f->op.any.base, cx, 0) == ASYNC__PENDING) {
			f->op.any.base.ret = &actor__site;
			return ASYNC__PENDING;
		}
	resumed:
		a->value = f->op.any.value;
	}
	a->done = true;
	f->value = a->value;
	return ASYNC__READY;
}

static inline struct async_runtime *runtime(void)
{
	int err;
	return async__runtime_get(&err);
}

/* Starts an actor as a task of its own. */
static inline void actor_go(struct actor *a)
{
	struct async__frame *root = async__task_new(NULL, &actor__fn);
	((struct actor__frame *)root)->a = a;
	a->task = async__task_of_root(root);
	async__task_detach(a->task);
}

static inline void actor_cancel(struct actor *a)
{
	if (!a->done)
		async__strand_cancel(&a->task->strand);
}

static inline void actor_abort(struct actor *a)
{
	if (!a->done)
		async__strand_abort(&a->task->strand);
}

/* Lets everything that is ready run, `turns` times. */
static inline void turns(int count)
{
	while (count--)
		ck_assert_int_eq(async_yield_now__block_on(), 0);
}

/* A small generator of random numbers, so that a seed says all. */
static inline unsigned random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*state >> 33);
}

#endif
