/* What a program may say to tasks, and about the threads that run blocking work. See asyncc-runtime(7). */
#ifndef ASYNCC_TASK_H
#define ASYNCC_TASK_H

#include "asyncc.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Bounds the pool that spawn_blocking uses, one for the process: at most `max` threads (64 where nothing is said; at
 * least one), each of which ends when it had nothing to do for `idle_ms` milliseconds (10,000). Work that finds all of
 * them busy waits its turn, and the task that awaits it. Threads above a smaller `max` end when they are idle. Any
 * thread. */
void async_blocking_threads(unsigned max, uint64_t idle_ms);

#ifdef __cplusplus
}
#endif

#endif
