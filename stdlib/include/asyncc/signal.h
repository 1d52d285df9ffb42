/* Signals of the operating system. See async_signal(3).
 *
 * Any number of subscribers, in any thread with a runtime, may want the same signal: each of them gets it. While a signal has
 * a subscriber it does not do what it does otherwise; when the last one leaves, it does again. As in the kernel a signal
 * that comes again before the first was taken counts once. */
#ifndef ASYNCC_SIGNAL_H
#define ASYNCC_SIGNAL_H

#include <asyncc/dialect.ah>

#include <asyncc.h>

/* A set of signals: ASYNC_SIGNAL(SIGINT) | ASYNC_SIGNAL(SIGTERM). */
#define ASYNC_SIGNAL(number) ((uint64_t)1 << ((number) - 1))

typedef struct async__signals async_signals; /* a subscription */

/* Subscribes to `set`, from now on. The caller closes it. ASYNC_EINVAL for SIGKILL, SIGSTOP, an empty set. Starts the
 * thread's runtime. */
result(async_signals *) async_signal_open(uint64_t set);
/* Ends the subscription. A task must not be waiting. NULL is allowed. */
void async_signal_close(async_signals *s);

/* Waits for the next signal of the subscription: its number. Of several the lowest one comes first. Of several
 * tasks that wait each signal reaches one. */
async fn async_signal_next(async_signals *s) -> int;
/* Waits for one of `set`, once: its number. It has subscribed when the task that awaits it first suspends. */
async fn async_signal_wait(uint64_t set) -> int;
/* The signals of `set`, without an end. It subscribes when it is asked for the first one. */
async fn async_signal_stream(uint64_t set) -> stream(int);

#endif
