/* What generated code calls for channels, streams, blocking work and sync nurseries. Part of abi.h, which includes it.
 *
 * An operation that is awaited has a visible frame: `struct NAME__frame`, NAME__poll, NAME__fn; its parameters are
 * members of the frame, its value is `value`. Where a value comes out besides, it is copied to `*to`. */
#ifndef ASYNCC_LIB_ABI_H
#define ASYNCC_LIB_ABI_H

#include "asyncc/abi.h"

#ifdef __cplusplus
extern "C" {
#endif

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

/* --- Channels --------------------------------------------------------------------------------- */

/* chan(T) is a pointer to one; NULL is a channel that had no memory: its operations give ASYNC_ENOMEM. */
struct async__chan;

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

/* The operations' frames begin alike: a sender finds a receiver's `to`, a receiver a sender's `from`, in the strand's
 * leaf. `many`: it is an async__select_recv. */
struct async__chan_send__frame {
	struct async__frame base;
	int value;
	unsigned many;
	struct async__chan *c;
	const void *from;
	struct async__waiter waiter;
};
async__poll_fn async__chan_send__poll;
extern const struct async__fn async__chan_send__fn;

struct async__chan_recv__frame {
	struct async__frame base;
	int value;
	unsigned many;
	struct async__chan *c;
	void *to;
	struct async__waiter waiter;
};
async__poll_fn async__chan_recv__poll;
extern const struct async__fn async__chan_recv__fn;

/* The first message of `n` channels: the channel's index; ASYNC_EOF when all are closed and empty. */
struct async__select_recv__frame {
	struct async__frame base;
	int value;
	unsigned many;
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

/* stream(T) is a generator's boxed frame. Right behind its header lies, aligned, what it yields:
 *
 *     struct { const struct async__site *resume; int err; T value; }
 *
 * `yield v` stores v and where to go on, and returns ASYNC__READY. At its end resume is NULL, err what it returned. */
#define ASYNC__NO_STREAM ((struct async__frame *)(uintptr_t)1) /* ended, closed, or moved elsewhere */

/* The next value, of `size` bytes with alignment `align`: 0, ASYNC_EOF at the end, or the error that ended it. *s is
 * ASYNC__NO_STREAM after the end. A NULL stream gives ASYNC_ENOMEM. */
struct async__stream_next__frame {
	struct async__frame base;
	int value;
	struct async__frame **s;
	void *to;
	size_t size, align;
};
async__poll_fn async__stream_next__poll;
extern const struct async__fn async__stream_next__fn;

/* Ends a stream early: its defers run, shielded; its frame is released. Always 0, also for one that has ended. */
struct async__stream_close__frame {
	struct async__frame base;
	int value;
	struct async__frame **s;
};
async__poll_fn async__stream_close__poll;
extern const struct async__fn async__stream_close__fn;

#ifdef __cplusplus
}
#endif

#endif
