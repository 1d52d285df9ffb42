/* Completions: an operation of some other library, awaited and cancelled. A part of <asyncc/runtime.h>.
 *
 *     init ──▶ started ──▶ awaited ──▶ async_complete ──▶ the strand goes on
 *                 │            └─ cancelled: cancel(c), and it goes on waiting
 *                 └──▶ async_complete ──▶ awaited: goes on at once */
#include "asyncc/runtime.h"

#include "rt/line.h"
#include "rt/op.h"
#include "rt/remote.h"

void async_completion_init(async_completion *c, void (*cancel)(async_completion *c), void *data)
{
	*c = (async_completion){.cancel = cancel, .data = data, .runtime = async__runtime_current()};
	if (!c->runtime)
		async__misuse("async_completion_init: this thread has no runtime; make the completion where it is awaited");
}

static void completed(async_completion *c)
{
	struct async__context *cx = c->cx;
	c->is_done = true;
	if (!cx)
		return;
	c->cx = NULL;
	((struct async_wait__frame *)async__leaf(cx))->value = c->result;
	cx->runtime->io_count--;
	async__wake(cx);
}

static void completion_arrives(struct async__remote *remote)
{
	completed((async_completion *)((char *)remote - offsetof(async_completion, remote)));
}

int async_completion_share(async_completion *c)
{
	int err = 0;
	if (c->runtime != async__runtime_current())
		async__misuse("async_completion_share: this is not the thread that the completion was made in");
	c->remote.arrive = completion_arrives;
	c->inbox = async__inbox_get(&err);
	return c->inbox ? 0 : err;
}

void async_complete(async_completion *c, int result)
{
	bool is_here = c->runtime == async__runtime_current();
	if (!is_here && !c->inbox)
		async__misuse("async_complete: this is not the thread that the operation was started in; call "
			      "async_completion_share before it is started");
	if (__atomic_exchange_n(&c->is_reported, true, __ATOMIC_RELAXED))
		async__misuse_here("async_complete: this operation was completed before, with %d", c->result);
	c->result = result;
	if (is_here)
		completed(c);
	else
		async__inbox_send(c->inbox, &c->remote);
}

/* Asks for the end, once. It may come inside of this. */
static void ask(async_completion *c)
{
	if (c->is_cancelled)
		return;
	c->is_cancelled = true;
	if (c->cancel)
		c->cancel(c);
}

static void wait_interrupt(struct async__context *cx, struct async__frame *leaf)
{
	(void)cx;
	ask(((struct async_wait__frame *)leaf)->c);
}

enum async__poll async_wait__poll(struct async__frame *self, struct async__context *cx, unsigned state)
{
	struct async_wait__frame *f = (struct async_wait__frame *)self;
	async_completion *c = f->c;
	(void)state;
	if (c->runtime != cx->runtime)
		async__misuse_here("async_wait: this completion was made in another thread, or not by async_completion_init");
	if (c->cx)
		async__misuse_here("async_wait: another task waits for this operation");
	if (!c->is_done && async__is_cancelled(cx))
		ask(c);
	if (c->is_done)
		return op_value(self, cx, c->result);
	c->cx = cx;
	cx->runtime->io_count++;
	return async__op_wait(cx, wait_interrupt);
}

INTEGER_OPERATION(async_wait, "asyncc/runtime.h", int, (async_completion * c), .c = c)
