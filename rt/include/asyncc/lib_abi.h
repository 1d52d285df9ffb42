/* What generated code calls for channels, streams, blocking work and sync nurseries. Part of abi.h, which includes it.
 *
 * An operation that is awaited has a visible frame: `struct NAME__frame`, NAME__poll, NAME__fn; its parameters are
 * members of the frame, its value is `value`. Where a value comes out besides, it is copied to `*to`. The most frequent
 * ones have a NAME__start instead of the poll, which takes the parameters: they are stored only if it has to wait. */
#ifndef ASYNCC_LIB_ABI_H
#define ASYNCC_LIB_ABI_H

#include "asyncc/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A mistake of the program with a library object: ends it with a message that names the running function and its place. On a
 * thread of a runtime. */
void async__misuse_here(const char *format, ...) __attribute__((noreturn, nonnull, format(printf, 1, 2)));

/* --- Waiting in line -------------------------------------------------------------------------- */

/* A strand that waits in a line, first come first served: a node in the frame of the operation that it waits in. */
struct async__waiter {
	struct async__waiter *next, *prev;
	struct async__context *cx;
};

/* A line; all zero is an empty one. */
struct async__waiters {
	struct async__waiter *first, *last;
};

/* --- Memory of the library's parts -------------------------------------------------------------- */

/* Memory of the program's allocator, which ASYNCC_FAIL counts; aligned for any object; NULL when exhausted. Any thread. */
void *async__alloc(size_t size);
void async__free(void *p);
/* The same, but always malloc's: what the program frees. */
void *async__malloc(size_t size);

/* --- libuv handles of the library's parts --------------------------------------------------------- */

struct uv_loop_s;
struct uv_handle_s;

/* Such a handle's `data` points to a constant that begins with one, so that the runtime can close at its end what the
 * program left open. */
struct async__handle_class {
	/* Closes the handle and gives back its memory once libuv is done with it. */
	void (*destroy)(struct uv_handle_s *handle);
};

/* The loop of the thread's runtime, which is started if there is none; NULL and *err when that fails. */
struct uv_loop_s *async__part_loop(int *err);
/* Makes a handle that was just initialised on it the runtime's, of that class. */
void async__part_handle_open(struct uv_handle_s *handle, const struct async__handle_class *kind);
/* A block of async__alloc, of `size` bytes, that begins with such a handle: a uv_poll_t of the descriptor. NULL: no memory, or the
 * system can't watch it. */
void *async__part_poll_new(struct uv_loop_s *loop, int fd, size_t size, const struct async__handle_class *kind);
/* Closes a handle, and gives back the block of async__alloc that begins with it once libuv is done with it. */
void async__part_handle_free(struct uv_handle_s *handle);
/* For a timer's callback that may have made a task ready: the loop then does not wait for others. (libuv before 1.45 runs
 * timers first and would go on to wait.) */
void async__part_timer_rang(void);

/* --- Mailboxes -------------------------------------------------------------------------------- */

struct async_mailbox;
/* A task's mailbox, see <asyncc/task.h>; NULL: no memory. */
struct async_mailbox *async__task_mailbox(struct async__task *t);

/* --- Channels --------------------------------------------------------------------------------- */

/* chan(T) is a pointer to one; NULL is a channel that had no memory: its operations give ASYNC_ENOMEM. */
typedef struct async__chan *async_chan;

enum async__chan_shape {
	ASYNC__CHAN_QUEUE,     /* each message goes to one receiver */
	ASYNC__CHAN_BROADCAST, /* each message goes to every task that receives */
	ASYNC__CHAN_WATCH,     /* every task that receives sees the newest message, once */
	ASYNC__CHAN_ONESHOT    /* one message, then it is closed */
};

/* A channel for messages of `size` bytes. `capacity`: how many it holds; SIZE_MAX: any number; 0: a sender waits for a
 * receiver. NULL: no memory. */
struct async__chan *async__chan_new(size_t size, size_t capacity, int shape);
/* Releases it. Aborts with a message while a task waits in it. NULL is allowed. */
void async__chan_free(struct async__chan *c);
/* No message is sent any more (ASYNC_EPIPE); those that it holds can be received, then ASYNC_EOF. Twice is no error. */
void async__chan_close(struct async__chan *c);
bool async__chan_is_closed(const struct async__chan *c);
/* Messages that it holds. */
size_t async__chan_len(const struct async__chan *c);
size_t async__chan_capacity(const struct async__chan *c);
/* 0, or ASYNC_EAGAIN where the operation would wait. */
int async__chan_try_send(struct async__chan *c, const void *from);
int async__chan_try_recv(struct async__chan *c, void *to);

struct async__subscription;
struct async__chan_timer;

/* Channels of words are operated on by what stands here, mostly; everything else by rt/channel.c. */
struct async__chan {
	void *unused; /* a free list's link, when it was freed */
	unsigned state;
	size_t size, len;
	struct async__waiters receivers, senders; /* up to here: what every message needs, a cache line */
	size_t room; /* a queue of fewer messages takes one more, without further ado */
	char *ring;
	size_t head, end; /* where the first message lies, and the next one will */
	size_t slots;	  /* messages that the ring has room for */
	size_t capacity;
	uint64_t sent;			   /* broadcast: messages ever sent */
	struct async__subscription *known; /* broadcast: what each task has seen */
	struct async__chan_timer *timer;	   /* async_timeout_channel's; NULL for others */
};

/* chan.state: the mark of a channel that was not freed, its shape, and what keeps its operations from the short way: it is closed;
 * its messages are no words of 8 bytes, or it holds none; a select waits in it, or did not long ago. */
enum {
	ASYNC__CHAN_MARK = 0x61636300,
	ASYNC__CHAN_MARK_BITS = 0x7fffff00,
	ASYNC__CHAN_CLOSED = 1,
	ASYNC__CHAN_SHAPE_SHIFT = 1,
	ASYNC__CHAN_SHAPE_BITS = 3 << ASYNC__CHAN_SHAPE_SHIFT,
	ASYNC__CHAN_UNUSUAL = 8,
	ASYNC__CHAN_SELECTED = 16,
	ASYNC__CHAN_SHORT = ASYNC__CHAN_MARK | ASYNC__CHAN_QUEUE << ASYNC__CHAN_SHAPE_SHIFT
};

struct async__chan_send__frame {
	struct async__frame base;
	int value;
	struct async__chan *c;
	const void *from;
	struct async__waiter waiter;
};
enum async__poll async__chan_send__start(struct async__chan_send__frame *f, struct async__context *cx,
					 struct async__chan *c, const void *from);
extern const struct async__fn async__chan_send__fn;

struct async__chan_recv__frame {
	struct async__frame base;
	int value;
	struct async__chan *c;
	void *to;
	struct async__waiter waiter;
};
enum async__poll async__chan_recv__start(struct async__chan_recv__frame *f, struct async__context *cx,
					 struct async__chan *c, void *to);
extern const struct async__fn async__chan_recv__fn;

/* The same for messages of 8 bytes, of which one that is sent is passed by value: calls nothing where the channel is an open
 * queue of such, and only receivers wait for it that are no arms of a select. */
struct async__chan_send8__frame {
	struct async__chan_send__frame send;
	uint64_t word; /* the message, while it waits */
};

static inline uint64_t async__word(const void *p)
{
	uint64_t word;
	__builtin_memcpy(&word, p, sizeof word);
	return word;
}

static inline bool async__chan_is_short(const struct async__chan *c, const struct async__context *cx)
{
	return c && c->state == ASYNC__CHAN_SHORT && !async__is_cancelled(cx);
}

void async__chan_recv__interrupt(struct async__context *cx, struct async__frame *leaf);
void async__chan_recv__undo(struct async__context *cx, struct async__frame *leaf);

enum async__poll async__chan_send8__rarely(struct async__chan_send8__frame *f, struct async__context *cx, struct async__chan *c,
					   uint64_t word);
static inline enum async__poll async__chan_send8__start(struct async__chan_send8__frame *f, struct async__context *cx,
							struct async__chan *c, uint64_t word)
{
	struct async__waiter *w;
	if (__builtin_expect(!async__chan_is_short(c, cx), 0))
		return async__chan_send8__rarely(f, cx, c, word);
	w = c->receivers.first;
	if (w) {
		struct async__context *woken = w->cx;
		if (__builtin_expect(woken->runtime != async__thread_runtime, 0))
			return async__chan_send8__rarely(f, cx, c, word);
		c->receivers.first = w->next;
		__builtin_memcpy(((struct async__chan_recv__frame *)(void *)((char *)w - __builtin_offsetof(struct async__chan_recv__frame, waiter)))->to,
				 &word, 8);
		woken->interrupt = async__chan_recv__undo;
		async__queue_push(&async__scheduler_of_thread()->ready, woken);
	} else {
		if (__builtin_expect(c->len >= c->room, 0))
			return async__chan_send8__rarely(f, cx, c, word);
		__builtin_memcpy(c->ring + 8 * c->end, &word, 8);
		if (++c->end == c->slots)
			c->end = 0;
		c->len++;
	}
	f->send.value = 0;
	return async__op_done(cx);
}

static inline enum async__poll async__chan_recv8__start(struct async__chan_recv__frame *f, struct async__context *cx,
							struct async__chan *c, void *to)
{
	if (__builtin_expect(!async__chan_is_short(c, cx), 0))
		return async__chan_recv__start(f, cx, c, to);
	f->c = c; /* for undo */
	f->to = to;
	f->value = 0;
	if (c->len) {
		enum async__poll result;
		if (__builtin_expect(c->senders.first != 0, 0))
			return async__chan_recv__start(f, cx, c, to);
		__builtin_memcpy(to, c->ring + 8 * c->head, 8);
		if (++c->head == c->slots)
			c->head = 0;
		c->len--;
		result = async__op_done(cx);
		if (__builtin_expect(result == ASYNC__PENDING, 0))
			cx->interrupt = async__chan_recv__undo;
		return result;
	}
	if (__builtin_expect((cx->flags & ASYNC__ARM) || c->receivers.first, 0))
		return async__chan_recv__start(f, cx, c, to);
	f->waiter.cx = cx;
	f->waiter.next = (struct async__waiter *)0;
	c->receivers.first = c->receivers.last = &f->waiter;
	cx->interrupt = async__chan_recv__interrupt;
	return ASYNC__PENDING;
}

/* The first message of `n` channels: the channel's index; ASYNC_EOF when all are closed and empty. */
struct async__select_recv__frame {
	struct async__frame base;
	int value;
	struct async__chan **chans;
	void *to;
	size_t n;
	struct async__waiter *waiters; /* one for each channel */
	size_t open;		       /* how many of them are not closed */
};
async__poll_fn async__select_recv__poll;
extern const struct async__fn async__select_recv__fn;

#ifndef __ASYNCC_PARSE__
/* See <asyncc.h>. */
struct async__chan *async_timeout_channel(uint64_t ms);
#endif

/* --- Streams ---------------------------------------------------------------------------------- */

/* stream(T) is a generator's boxed frame, which begins like this:
 *
 *     struct async__frame base;  const struct async__site *resume;  int err;  T value;
 *
 * `yield v` stores v and where to go on, and returns ASYNC__READY. At its end resume is NULL, err what it returned. The
 * constructor stores a site of state 0. NULL is a stream that had no memory: ASYNC_ENOMEM. */
typedef struct async__frame *async_stream;

/* What a stream variable holds after its stream has ended, was closed, or moved elsewhere. */
#define ASYNC__NO_STREAM ((async_stream)(uintptr_t)1)

/* The next value, of `size` bytes with alignment `align`: 0; at the end, ASYNC_EOF or the error that ended it. The
 * frame is released at the end. */
struct async__stream_next__frame {
	struct async__frame base;
	int value;
	async_stream *s;
	void *to;
	size_t size, align;
};
async__poll_fn async__stream_next__poll;
extern const struct async__fn async__stream_next__fn;

/* Ends a stream early: its defers run, shielded; its frame is released. Always 0, also for one that has ended. */
struct async__stream_close__frame {
	struct async__frame base;
	int value;
	async_stream *s;
	struct async__scope shield;
};
async__poll_fn async__stream_close__poll;
extern const struct async__fn async__stream_close__fn;

/* Discards a stream that has given no value yet. Aborts with a message when it has: it has to be closed. */
void async__stream_drop(async_stream s);
/* Gives a stream variable another stream; the one that it held is dropped. */
async_stream async__put_stream(async_stream *to, async_stream s);

/* --- Blocking work ---------------------------------------------------------------------------- */

struct async__inbox;

/* Something that another thread tells a runtime; a node in what it is about. */
struct async__remote {
	struct async__remote *next;
	void (*arrive)(struct async__remote *remote); /* on the runtime's thread */
};

/* Runs work(arg) on a thread of the pool: 0 when it has run; ASYNC_ECANCELED when it was cancelled before it began;
 * ASYNC_ENOMEM, ASYNC_EAGAIN, ASYNC_EMFILE when there was no memory, thread or descriptor for it. */
struct async__spawn_blocking__frame {
	struct async__frame base;
	int value;
	bool begun; /* under the pool's lock */
	void (*work)(void *arg);
	void *arg;
	struct async__context *cx;
	struct async__inbox *inbox; /* of cx's runtime */
	struct async__remote end;
	struct async__spawn_blocking__frame *next, *prev; /* in the pool's queue */
};
async__poll_fn async__spawn_blocking__poll;
extern const struct async__fn async__spawn_blocking__fn;

/* --- Sync nurseries: threads ------------------------------------------------------------------- */

struct async__thread_group;

/* Lies in the block that it is for. Once a thread was started, its members are under the group's lock. */
struct sync_nursery {
	struct async__thread_group *group; /* NULL: no thread was started */
	size_t limit;
	int error; /* of the first thread that failed */
	bool cancelled, collects;
	bool interrupted;	/* a thread ended with ASYNC_ECANCELED after the nursery was cancelled */
	bool parent_cancelled;	/* it was cancelled because the one that waits for it was */
};
typedef struct sync_nursery sync_nursery;

void async__sync_nursery_enter(struct sync_nursery *n);
/* Starts work(arg) on a thread, with a copy of the `size` bytes of arg; or queues it, behind the limit. The copy begins
 * with an int, where work leaves its error, or 0. 0, or an error, which is the nursery's then. Any thread. */
int async__thread_spawn(struct sync_nursery *n, void (*work)(void *arg), const void *arg, size_t size);
/* What threads with a runtime of their own run there is cancelled; async_is_cancelled() tells the others. Any thread. */
void async__sync_nursery_cancel(struct sync_nursery *n);
/* Threads that have not ended. Any thread. */
size_t async__sync_nursery_len(struct sync_nursery *n);
/* At most `limit` threads at once, at least one. */
void async__sync_nursery_limit(struct sync_nursery *n, size_t limit);
/* A failure does not cancel the others. */
void async__sync_nursery_collect(struct sync_nursery *n);
/* The end of the block: waits for all threads. 0, or the first real error. */
int async__sync_nursery_wait_blocking(struct sync_nursery *n);

/* The same without blocking the thread. A cancellation goes to the nursery; the value is ASYNC_ECANCELED then, when it
 * interrupted a thread and no other failed. */
struct async__sync_nursery_wait__frame {
	struct async__frame base;
	int value;
	struct sync_nursery *n;
	struct async__context *cx;
	struct async__remote end;
};
async__poll_fn async__sync_nursery_wait__poll;
extern const struct async__fn async__sync_nursery_wait__fn;

#ifdef __cplusplus
}
#endif

#endif
