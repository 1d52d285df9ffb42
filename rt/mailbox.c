/* Mailboxes: what tasks send each other.
 *
 *     async_send ──▶ a branch of the task that waits for such a message, else the end of the queue
 *     receive    ──▶ the first message in the queue that it wants, else waits in line
 *
 * A mailbox is made when somebody asks for it, and is counted: the task has one reference, until its handle is gone.
 * Between operations nobody in the line wants a message of the queue. */
#include "asyncc/task.h"
#include "rt/extra.h"
#include "rt/line.h"
#include "rt/op.h"

struct message {
	struct message *next, *prev;
	const char *type; /* its name; a constant string */
	uint64_t number;  /* in order of sending */
	size_t size;
	_Alignas(max_align_t) char data[];
};

struct async_mailbox {
	struct message *first, *last;
	struct async__waiters waiters; /* branches of the task */
	size_t references, len;
	uint64_t sent;
	bool closed;   /* the task has ended */
	bool matching; /* a match function runs */
};

/* --- messages --------------------------------------------------------------------------------- */

static struct message *message_new(const char *type, const void *data, size_t size)
{
	struct message *m = NULL;
	if (size <= PTRDIFF_MAX - sizeof *m)
		m = async__block_new(sizeof *m + size, _Alignof(struct message));
	if (!m)
		return NULL;
	*m = (struct message){.type = type, .size = size};
	memcpy(m->data, data, size);
	return m;
}

static void message_free(struct message *m)
{
	async__block_free(m, sizeof *m + m->size, _Alignof(struct message));
}

/* Where its number says: at the end, but for one that comes back. */
static void message_insert(struct async_mailbox *box, struct message *m)
{
	struct message *before = box->last;
	while (before && before->number > m->number)
		before = before->prev;
	m->prev = before;
	m->next = before ? before->next : box->first;
	*(m->prev ? &m->prev->next : &box->first) = m;
	*(m->next ? &m->next->prev : &box->last) = m;
	box->len++;
}

static void message_remove(struct async_mailbox *box, struct message *m)
{
	*(m->prev ? &m->prev->next : &box->first) = m->next;
	*(m->next ? &m->next->prev : &box->last) = m->prev;
	box->len--;
}

/* --- what a receiver wants -------------------------------------------------------------------- */

struct wanted {
	const char *type;
	size_t size;
	bool (*match)(const void *message, void *arg); /* NULL: any */
	void *arg;
};

static bool is_wanted(struct async_mailbox *box, const struct wanted *want, const char *type, const void *data,
		      size_t size)
{
	if (size != want->size || (type != want->type && strcmp(type, want->type)))
		return false;
	if (!want->match)
		return true;
	box->matching = true;
	bool matches = want->match(data, want->arg);
	box->matching = false;
	return matches;
}

/* NULL: there is none. */
static struct message *message_find(struct async_mailbox *box, const struct wanted *want)
{
	struct message *m = box->first;
	while (m && !is_wanted(box, want, m->type, m->data, m->size))
		m = m->next;
	return m;
}

static void mailbox_check(const struct async_mailbox *box, const char *what)
{
	if (box->matching)
		async__misuse_here("%s: a match function uses the mailbox that it is asked for", what);
}

/* --- the life of a mailbox -------------------------------------------------------------------- */

static void mailbox_close(struct async_mailbox *box)
{
	struct message *m;
	box->closed = true;
	while ((m = box->first)) {
		message_remove(box, m);
		message_free(m);
	}
}

struct async_mailbox *async__task_mailbox(struct async__task *t)
{
	struct async__task_extra *extra;
	if (t == ASYNC__NO_TASK)
		async__misuse_here("a task handle is used that was consumed before, or never set");
	if (!t || !(extra = async__task_extra(t)))
		return NULL;
	extra->mailbox_close = mailbox_close;
	extra->mailbox_unref = async_mailbox_unref;
	if (!extra->mailbox && (extra->mailbox = async__alloc(sizeof *extra->mailbox)))
		*extra->mailbox = (struct async_mailbox){.references = 1, .closed = t->done};
	return extra->mailbox;
}

struct async_mailbox *async_mailbox_ref(struct async_mailbox *box)
{
	if (box)
		box->references++;
	return box;
}

void async_mailbox_unref(struct async_mailbox *box)
{
	if (box && !--box->references)
		async__free(box);
}

bool async_mailbox_is_closed(const struct async_mailbox *box)
{
	return !box || box->closed;
}

size_t async_mailbox_len(const struct async_mailbox *box)
{
	return box ? box->len : 0;
}

/* --- receiving -------------------------------------------------------------------------------- */

static void receive_stop_timer(struct async_mailbox_receive__frame *f, struct async__context *cx)
{
	if (f->ms != ASYNC_FOREVER)
		async__wheel_remove(&cx->runtime->wheel, &f->timer.timer);
}

static void receive_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	struct async_mailbox_receive__frame *f = (struct async_mailbox_receive__frame *)leaf;
	receive_stop_timer(f, cx);
	line_remove(&f->box->waiters, &f->waiter);
	interrupted(cx, leaf);
}

static void receive_fire(struct async__timer *timer)
{
	struct async_mailbox_receive__frame *f =
		(struct async_mailbox_receive__frame *)((char *)timer -
							offsetof(struct async_mailbox_receive__frame, timer.timer));
	line_remove(&f->box->waiters, &f->waiter);
	f->value = ASYNC_ETIMEDOUT;
	async__wake(f->waiter.cx);
}

static int mailbox_put(struct async_mailbox *box, const char *type, const void *data, size_t size, uint64_t number);

/* A message that was received by a strand which was aborted then comes back to its place; where there is no memory, the strand
 * keeps it. */
static void receive_undo(struct async__context *cx, struct async__frame *leaf)
{
	struct async_mailbox_receive__frame *f = (struct async_mailbox_receive__frame *)leaf;
	if (async__gives_back(cx, receive_undo) && mailbox_put(f->box, f->type, f->to, f->size, f->number))
		async__strand_keeps(cx, NULL);
}

static struct wanted wanted_by(const struct async_mailbox_receive__frame *f)
{
	return (struct wanted){f->type, f->size, f->match, f->arg};
}

/* Gives a message to the first in line that wants it, or keeps it. 0, or ASYNC_ENOMEM. */
static int mailbox_put(struct async_mailbox *box, const char *type, const void *data, size_t size, uint64_t number)
{
	for (struct async__waiter *w = box->waiters.first; w; w = w->next) {
		struct async_mailbox_receive__frame *f = (struct async_mailbox_receive__frame *)async__leaf(w->cx);
		struct wanted want = wanted_by(f);
		if (!is_wanted(box, &want, type, data, size))
			continue;
		line_remove(&box->waiters, w);
		receive_stop_timer(f, w->cx);
		memcpy(f->to, data, size);
		f->number = number;
		f->value = 0;
		hand_over(w->cx, receive_undo);
		return 0;
	}
	struct message *m = message_new(type, data, size);
	if (!m)
		return ASYNC_ENOMEM;
	m->number = number;
	message_insert(box, m);
	return 0;
}

int async__send(struct async_mailbox *box, const char *type, const void *data, size_t size)
{
	if (!box)
		return ASYNC_ENOMEM;
	mailbox_check(box, "async_send");
	return box->closed ? ASYNC_ESRCH : mailbox_put(box, type, data, size, box->sent++);
}

/* The first message that is wanted, out of the queue: its number; UINT64_MAX: there is none. */
static uint64_t mailbox_take(struct async_mailbox *box, const struct wanted *want, void *to)
{
	struct message *m = message_find(box, want);
	if (!m)
		return UINT64_MAX;
	uint64_t number = m->number;
	message_remove(box, m);
	memcpy(to, m->data, m->size);
	message_free(m);
	return number;
}

int async__try_receive(const char *type, size_t size, void *to, bool (*match)(const void *message, void *arg),
		       void *arg)
{
	struct async_runtime *rt = async__runtime_current();
	struct async__task *task = rt && rt->current ? async__task_of(rt->current) : NULL;
	struct async__task_extra *extra = task ? async__task_has_extra(task) : NULL;
	struct async_mailbox *box = extra ? extra->mailbox : NULL;
	struct wanted want = {type, size, match, arg};
	if (!box)
		return ASYNC_EAGAIN; /* nobody can have sent anything */
	mailbox_check(box, "async_try_receive");
	return mailbox_take(box, &want, to) == UINT64_MAX ? ASYNC_EAGAIN : 0;
}

enum async__poll async_mailbox_receive__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_mailbox_receive__frame *f = (struct async_mailbox_receive__frame *)self;
	struct wanted want = wanted_by(f);
	(void)state;
	if (async__is_cancelled(cx))
		return op_fail(self, cx, ASYNC_ECANCELED);
	f->box = async__task_mailbox(async__task_of(cx));
	if (!f->box)
		return op_value(self, cx, ASYNC_ENOMEM);
	mailbox_check(f->box, "async_receive");
	f->number = mailbox_take(f->box, &want, f->to);
	if (f->number != UINT64_MAX)
		return op_in_hand(self, cx, 0, receive_undo);
	if (!f->ms)
		return op_value(self, cx, ASYNC_ETIMEDOUT);
	if (f->ms != ASYNC_FOREVER) {
		f->timer.timer.calls = true;
		f->timer.fire = receive_fire;
		async__timer_start(cx->runtime, &f->timer.timer, f->ms); /* at least one tick from now: never refused */
	}
	return line_wait(&f->box->waiters, &f->waiter, cx, receive_interrupt);
}

OP_DESCRIPTOR(async_mailbox_receive, "asyncc/task.h");

async_future async_mailbox_receive(const char *type, size_t size, void *to,
				   bool (*match)(const void *message, void *arg), void *arg, uint64_t ms)
{
	return async__op_box(&async_mailbox_receive__fn,
			     &(struct async_mailbox_receive__frame){
				     .type = type, .size = size, .to = to, .match = match, .arg = arg, .ms = ms});
}

int async_mailbox_receive__block_on(const char *type, size_t size, void *to,
				    bool (*match)(const void *message, void *arg), void *arg, uint64_t ms)
{
	struct async_mailbox_receive__frame f = {
		.type = type, .size = size, .to = to, .match = match, .arg = arg, .ms = ms};
	int err = async__op_block_on(&async_mailbox_receive__fn, &f.base);
	return err ? err : f.value;
}
