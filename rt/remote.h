/* What other threads tell a runtime: its inbox, and threads that have ended and wait to be joined. */
#ifndef ASYNCC_RT_REMOTE_H
#define ASYNCC_RT_REMOTE_H

#include <pthread.h>

#include "asyncc/lib_abi.h"
#include "rt/internal.h"

/* --- uv_inbox.c --- */

/* The inbox of the calling thread's runtime, opened when there is none; NULL and *err. It closes with the loop. */
struct async__inbox *async__inbox_get(int *err);
/* Delivers `remote`: its `arrive` is called by the runtime's thread. Any thread; what it is about has to keep the
 * runtime from ending, as an operation that waits does. O(1); a system call only when the inbox was empty. */
void async__inbox_send(struct async__inbox *inbox, struct async__remote *remote);

/* --- blocking.c --- */

/* A runtime that has an inbox begins and ends; with the last one the pool's threads do. */
void async__pool_enter(void);
void async__pool_leave(void);
/* The calling thread waits, blocked, for others, which may give the pool work: it does not count then. */
void async__pool_lend(void);
void async__pool_return(void);

/* --- threads that have ended --- */

/* A thread that is to be joined. Each one that ends joins those which ended before it, so that one is left. */
struct ended_thread {
	pthread_t thread;
	struct ended_thread *next;
	struct thread_child *child; /* thread_nursery.c: what it begins with */
};

static inline void ended_join(struct ended_thread *list)
{
	while (list) {
		struct ended_thread *next = list->next;
		pthread_join(list->thread, NULL);
		async__free(list);
		list = next;
	}
}

#endif
