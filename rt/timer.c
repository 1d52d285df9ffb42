/* The timing wheel of wheel.h.
 *
 * Why timers of one tick keep their order: those that were added first lie on a higher level and come down later than
 * others are added to the slot below. So coming down goes in front of what is there, and adding behind it. */
#include "rt/internal.h"

#include <string.h>

enum { SLOT_MASK = WHEEL_SLOTS - 1 };

static struct async__timer *timer_of(struct async__link *link)
{
	return (struct async__timer *)link; /* its first member */
}

static void link_insert_after(struct async__link *at, struct async__link *link)
{
	link->prev = at;
	link->next = at->next;
	at->next->prev = link;
	at->next = link;
}

static void link_remove(struct async__link *link)
{
	link->prev->next = link->next;
	link->next->prev = link->prev;
}

static void slot_mark_empty(struct async__wheel *w, unsigned level, unsigned index)
{
	w->occupied[level][index / 64] &= ~(UINT64_C(1) << index % 64);
}

/* The slot for a timer, by its distance; its first tick is after w->current, or is w->current when that is being fired.
 */
static struct async__link *slot_for(struct async__wheel *w, uint64_t expires)
{
	uint64_t distance = expires - w->current;
	if (distance > UINT32_MAX) {
		distance = UINT32_MAX;
		expires = w->current + distance;
	}
	unsigned level = 0;
	while (distance >> WHEEL_BITS) {
		distance >>= WHEEL_BITS;
		level++;
	}
	unsigned index = expires >> level * WHEEL_BITS & SLOT_MASK;
	w->occupied[level][index / 64] |= UINT64_C(1) << index % 64;
	return &w->slots[level][index];
}

void async__wheel_init(struct async__wheel *w, uint64_t now)
{
	w->current = now;
	w->count = 0;
	memset(w->occupied, 0, sizeof w->occupied);
	for (unsigned level = 0; level < WHEEL_LEVELS; level++)
		for (unsigned i = 0; i < WHEEL_SLOTS; i++)
			w->slots[level][i].next = w->slots[level][i].prev = &w->slots[level][i];
}

bool async__wheel_add(struct async__wheel *w, struct async__timer *t)
{
	if (t->expires <= w->current)
		return false;
	link_insert_after(slot_for(w, t->expires)->prev, &t->link);
	w->count++;
	return true;
}

void async__wheel_remove(struct async__wheel *w, struct async__timer *t)
{
	struct async__link *head = t->link.next;
	link_remove(&t->link);
	w->count--;
	if (head->next != head)
		return;
	size_t place = head - &w->slots[0][0]; /* the last of its ring was between the head and itself */
	slot_mark_empty(w, place / WHEEL_SLOTS, place % WHEEL_SLOTS);
}

/* Slots from `from` + 1 on, around the level, to the first one that is occupied: 1 to 256; 0: none is. */
static unsigned slot_distance(const uint64_t *occupied, unsigned from)
{
	for (unsigned d = 1; d <= WHEEL_SLOTS;) {
		unsigned index = (from + d) & SLOT_MASK;
		uint64_t bits = occupied[index / 64] >> index % 64;
		if (bits) {
			d += __builtin_ctzll(bits);
			return d <= WHEEL_SLOTS ? d : 0;
		}
		d += 64 - index % 64;
	}
	return 0;
}

uint64_t async__wheel_next(const struct async__wheel *w)
{
	uint64_t next = UINT64_MAX;
	if (!w->count)
		return next;
	for (unsigned level = 0; level < WHEEL_LEVELS; level++) {
		unsigned shift = level * WHEEL_BITS;
		uint64_t block = w->current >> shift;
		unsigned distance = slot_distance(w->occupied[level], block & SLOT_MASK);
		if (!distance)
			continue;
		uint64_t tick = (block + distance) << shift;
		if (tick < next)
			next = tick;
	}
	return next;
}

/* Moves the timers of a slot whose first tick is w->current to where they belong now. */
static void slot_move_down(struct async__wheel *w, unsigned level, unsigned index)
{
	struct async__link *head = &w->slots[level][index];
	if (head->next == head)
		return;
	struct async__link ring = *head;
	head->next = head->prev = head;
	slot_mark_empty(w, level, index);
	for (struct async__link *link = ring.prev, *prev; link != head; link = prev) {
		prev = link->prev;
		link_insert_after(slot_for(w, timer_of(link)->expires), link);
	}
}

void async__wheel_advance(struct async__wheel *w, uint64_t now)
{
	uint64_t tick;
	while ((tick = async__wheel_next(w)) <= now && tick != UINT64_MAX) {
		w->current = tick;
		for (unsigned level = WHEEL_LEVELS - 1; level > 0; level--)
			if (!(tick & ((UINT64_C(1) << level * WHEEL_BITS) - 1)))
				slot_move_down(w, level, tick >> level * WHEEL_BITS & SLOT_MASK);
		struct async__link *head = &w->slots[0][tick & SLOT_MASK];
		while (head->next != head) {
			struct async__timer *t = timer_of(head->next);
			async__wheel_remove(w, t);
			if (t->calls)
				((struct async__call_timer *)t)->fire(t);
			else
				async__sleep_fire(t);
		}
	}
	if (w->current < now)
		w->current = now;
}
