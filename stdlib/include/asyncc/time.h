/* Times: ticks that don't drift, deadlines, the clock on the wall. See async_time(3). Nanoseconds are those of async_now(),
 * but for the wall's. */
#ifndef ASYNCC_TIME_H
#define ASYNCC_TIME_H

#include <asyncc/dialect.ah>

#include <asyncc.h>

/* What becomes of ticks that nobody awaited in time. */
enum async_interval_policy {
	ASYNC_INTERVAL_BURST, /* they come one after the other, at once, until all are made up for */
	ASYNC_INTERVAL_SKIP,  /* they are left out: the next one is the next multiple of the period */
	ASYNC_INTERVAL_DELAY  /* the next one is a whole period after the late one */
};

/* A local or a member; it owns nothing. For one task at a time. */
typedef struct async_interval {
	uint64_t next;	 /* time of the next tick */
	uint64_t period; /* ns */
	enum async_interval_policy policy;
} async_interval;

/* An interval whose first tick is now, and each further one `ms` milliseconds (at least 1) after the one before, however
 * long the work between two of them takes. */
async_interval async_interval_start(uint64_t ms, enum async_interval_policy policy);
/* Waits for the next tick: 1; with ASYNC_INTERVAL_SKIP, 1 and the number of those that were left out before it; or
 * ASYNC_ECANCELED, then it is still to come; ASYNC_EINVAL if it was never started. */
async fn async_interval_tick(async_interval *i) -> int;

/* The time `ms` milliseconds from now, for async_sleep_until and async_deadline; and the milliseconds until then, rounded
 * up, 0 when it is over. */
uint64_t async_time_after(uint64_t ms);
uint64_t async_time_left(uint64_t until);

/* Nanoseconds since 1970 began in Greenwich, by the system's clock, which somebody may set. Any thread. */
int64_t async_time_wall(void);

enum {
	ASYNC_TIME_SIZE = 40 /* enough for async_time_print */
};

/* Such a time as text, "2026-11-21T14:05:09.123Z": its length. Any thread. */
int async_time_print(int64_t wall, char *text, size_t size);

#endif
