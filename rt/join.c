/* Waiting for arrays of handles: async_join_all, async_try_join_all, async_race, async_race_ok. One joiner hears of the
 * end of each task; the handles keep their values. */
#include "rt/internal.h"
#include "rt/line.h"
#include "rt/op.h"

enum how { JOIN_ALL, TRY_JOIN_ALL, RACE, RACE_OK, WON /* a race that is decided */ };

/* All four frames are alike. */
struct joins {
	struct async__frame base;
	int value;
	unsigned how;
	struct async__task **tasks;
	size_t n;
	void *out;
	struct async__joiner joiner;
	size_t left;
};
_Static_assert(sizeof(struct joins) == sizeof(struct async__race__frame), "the frames of abi.h");
_Static_assert(sizeof(struct joins) == sizeof(struct async__join_all__frame), "the frames of abi.h");

static bool is_open(const struct async__task *t)
{
	return t && t != ASYNC__NO_TASK && !t->done;
}

static int error_of(struct async__task *t)
{
	if (t == ASYNC__NO_TASK)
		async__misuse_here("a task handle in the array was consumed before, or never set");
	return t ? async__task_error(t) : ASYNC_ENOMEM;
}

static void cancel_rest(struct joins *f)
{
	for (size_t i = 0; i < f->n; i++)
		if (is_open(f->tasks[i]))
			async__strand_cancel(&f->tasks[i]->strand);
}

/* The winner is tasks[i]. */
static void win(struct joins *f, size_t i)
{
	if (f->out)
		*(size_t *)f->out = i;
	f->value = 0;
	f->how = WON;
	cancel_rest(f);
}

static size_t index_of(const struct joins *f, const struct async__task *task)
{
	size_t i = 0;
	while (f->tasks[i] != task)
		i++;
	return i;
}

/* A task is done. Once that decides it, the waiting can't be taken back. */
static void account(struct joins *f, struct async__task *task)
{
	int err = error_of(task);
	switch ((enum how)f->how) {
	case JOIN_ALL:
		if (err && !f->value) {
			f->value = err;
			cancel_rest(f);
		}
		break;
	case TRY_JOIN_ALL: /* told when all are done */
		break;
	case RACE:
		win(f, index_of(f, task));
		break;
	case RACE_OK:
		if (!err)
			win(f, index_of(f, task));
		else if (!f->value)
			f->value = err;
		break;
	case WON:
		break;
	}
}

static bool is_decided(const struct joins *f)
{
	return f->how == WON || (f->how == JOIN_ALL && f->value);
}

static void finish(struct joins *f)
{
	if (f->how != TRY_JOIN_ALL)
		return;
	for (size_t i = 0; i < f->n; i++) {
		int err = error_of(f->tasks[i]);
		f->value += err != 0;
		if (f->out)
			((int *)f->out)[i] = err;
	}
}

static void ended(struct async__joiner *j, struct async__task *task)
{
	struct joins *f = (struct joins *)((char *)j - offsetof(struct joins, joiner));
	async__task_set_joiner(task, NULL);
	f->left--;
	account(f, task);
	if (is_decided(f))
		j->cx->interrupt = NULL;
	if (f->left)
		return;
	finish(f);
	async__wake_now(j->cx);
}

static void interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct joins *f = (struct joins *)leaf;
	for (size_t i = 0; i < f->n; i++)
		if (is_open(f->tasks[i]))
			async__task_set_joiner(f->tasks[i], NULL);
	f->value = ASYNC_ECANCELED;
	async__wake_now(cx);
}

static enum async__poll joins_wait(struct async__frame *self, struct async__context *cx, enum how how)
{
	struct joins *f = (struct joins *)self;
	bool races = how == RACE || how == RACE_OK;
	f->how = how;
	f->value = 0;
	f->left = 0;
	f->joiner = (struct async__joiner){ended, cx};
	if (races && !f->n) {
		f->value = ASYNC_EINVAL;
		return ASYNC__READY;
	}
	for (size_t i = 0; i < f->n; i++)
		f->left += is_open(f->tasks[i]);
	if (f->left && async__is_cancelled(cx)) {
		f->value = ASYNC_ECANCELED;
		return async__yield(cx);
	}
	for (size_t i = 0; i < f->n; i++) {
		struct async__task *t = f->tasks[i];
		if (!is_open(t)) {
			account(f, t);
			continue;
		}
		if (async__task_joiner(t))
			async__misuse_here("task %llu `%s` is awaited twice", (unsigned long long)t->id, async__task_name(t));
		async__task_set_joiner(t, &f->joiner);
	}
	if (f->left)
		return async__op_wait(cx, is_decided(f) ? NULL : interrupt);
	finish(f);
	return async__op_done(cx);
}

#define OPERATION(name, how)                                                                                           \
	enum async__poll name##__poll(struct async__frame *self, struct async__context *cx, unsigned state)            \
	{                                                                                                              \
		(void)state;                                                                                           \
		return joins_wait(self, cx, how);                                                                            \
	}                                                                                                              \
	OP_DESCRIPTOR(name, "asyncc/abi.h")

OPERATION(async__join_all, JOIN_ALL);
OPERATION(async__try_join_all, TRY_JOIN_ALL);
OPERATION(async__race, RACE);
OPERATION(async__race_ok, RACE_OK);
