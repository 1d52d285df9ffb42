/* Waiting for a descriptor that somebody else reads and writes: a library with a socket of its own, a pipe, an eventfd.
 * See async_fd(3).
 *
 * The descriptor stays its owner's. The runtime keeps nothing of it that matters when it is closed, and a new
 * descriptor of the same number is a new one. */
#ifndef ASYNCC_FD_H
#define ASYNCC_FD_H

#include "asyncc.h"

#ifdef __cplusplus
extern "C" {
#endif

enum async_fd_event {
	ASYNC_READABLE = 1, /* a read would not wait: there is something, or the end, or an error */
	ASYNC_WRITABLE = 2  /* a write would not wait */
};

/* For whoever is about to close a descriptor that tasks of this thread wait for, or has closed it: their waits give
 * ASYNC_ECANCELED. (A wait for a descriptor that is just closed would not end.) Of one that nobody waits for it need not
 * be told. Any time, also outside of tasks; any number, also one that was never waited for. */
void async_fd_release(int fd);

struct async_fd_wait__frame {
	struct async__frame base;
	int value;
	int fd;
	unsigned events;
};

#ifdef __ASYNCC_PARSE__

/* Waits until one of `events`, bits of enum async_fd_event, has come: those of them that have, at least one; or an
 * error: ASYNC_EBADF, ASYNC_EINVAL (no events, or unknown ones), ASYNC_ENOMEM, ASYNC_EMFILE, ASYNC_ECANCELED. After an
 * error of the descriptor, or when the peer has gone, all that were asked for have come. A file or directory is always
 * ready. Another task may be faster, so that the descriptor should be non-blocking. Any number of tasks may wait for
 * the same descriptor; all those whose event comes go on. A wait allocates nothing but the thread's first ones. */
[[asyncc::frame(struct async_fd_wait__frame)]]
async fn async_fd_wait(int fd, unsigned events) -> int;

#else

async_future async_fd_wait(int fd, unsigned events);
int async_fd_wait__block_on(int fd, unsigned events);
async__poll_fn async_fd_wait__poll;
extern const struct async__fn async_fd_wait__fn;

#endif

#ifdef __cplusplus
}
#endif

#endif
