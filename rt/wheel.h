/* Hierarchical timing wheel (Varghese & Lauck 1987): 4 levels of 256 slots; a slot of level 0 is one tick of 1 ms, one
 * of level 3 4.7 hours.
 *
 *     level 0   ticks cur+1 .. cur+255             fired when their tick comes
 *     level l   up to 256^(l+1) ticks from now     moved down when the first tick of their slot comes
 *
 * Further away than 2^32 - 1 ticks (49 days): waits in the last slot and is inserted again from there. Adding and
 * removing are O(1); timers of the same tick fire in the order in which they were added (those from beyond the range in
 * any). The wheel does not read clocks: ticks are what the caller says. */
#ifndef ASYNCC_RT_WHEEL_H
#define ASYNCC_RT_WHEEL_H

#include "asyncc/abi.h"

enum { WHEEL_LEVELS = 4, WHEEL_BITS = 8, WHEEL_SLOTS = 1 << WHEEL_BITS };

struct async__wheel {
	uint64_t current; /* ticks up to and including this one have been fired */
	size_t count;	  /* timers in it */
	/* A bit for each slot that is not empty. */
	uint64_t occupied[WHEEL_LEVELS][WHEEL_SLOTS / 64];
	struct async__link slots[WHEEL_LEVELS][WHEEL_SLOTS]; /* heads of rings */
};

void async__wheel_init(struct async__wheel *w, uint64_t now);
/* Adds a timer whose `expires` and `calls` (and `fire`) are set. False, and nothing is added, when that tick is over. */
bool async__wheel_add(struct async__wheel *w, struct async__timer *t);
/* Takes out a timer that was added and has not fired. */
void async__wheel_remove(struct async__wheel *w, struct async__timer *t);
/* The next tick at which async__wheel_advance has something to do; never after the first timer's. UINT64_MAX: no timer
 * is left. */
uint64_t async__wheel_next(const struct async__wheel *w);
/* Fires what expires up to `now`, in order. `fire` is called when its timer is out of the wheel, and may add and remove
 * timers. */
void async__wheel_advance(struct async__wheel *w, uint64_t now);

#endif
