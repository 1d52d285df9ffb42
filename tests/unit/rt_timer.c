/* The timing wheel against a simple model: a plain array of timers that is searched. */
#include "rt/wheel.h"
#include "tests/unit/suite.h"

enum { TIMERS = 400 };

struct entry {
	struct async__call_timer timer;
	uint64_t added; /* sequence number, for the order within a tick */
	bool pending;
	bool far; /* added from beyond the wheel's range */
};

static struct entry entries[TIMERS];
static struct async__wheel wheel;
static uint64_t now, sequence, fired, last_tick, last_added;

static uint64_t random_state = 88172645463325252u;

static uint64_t random_next(void) /* xorshift64 (Marsaglia 2003) */
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Distances of every magnitude, and those next to the borders between levels. */
static uint64_t random_distance(void)
{
	switch (random_next() % 4) {
	case 0:
		return random_next() % 300 + 1;
	case 1:
		return (UINT64_C(1) << 8 * (random_next() % 5)) + random_next() % 5 - 2;
	case 2:
		return random_next() % (UINT64_C(1) << random_next() % 36) + 1;
	default:
		return random_next() % 70000 + 1;
	}
}

static void entry_fire(struct async__timer *timer)
{
	struct entry *e = (struct entry *)timer;
	ck_assert(e->pending);
	ck_assert_uint_le(timer->expires, now);
	ck_assert_uint_eq(wheel.current, timer->expires);
	if (timer->expires != last_tick)
		last_added = 0;
	if (timer->expires == last_tick)
		ck_assert(e->far || e->added > last_added);
	else
		ck_assert_uint_gt(timer->expires, last_tick);
	last_tick = timer->expires;
	if (!e->far)
		last_added = e->added;
	e->pending = false;
	fired++;
}

static void entry_add(struct entry *e, uint64_t expires)
{
	e->timer.timer.expires = expires;
	e->timer.timer.calls = true;
	e->timer.fire = entry_fire;
	e->added = ++sequence;
	e->far = expires - wheel.current > UINT32_MAX;
	e->pending = async__wheel_add(&wheel, &e->timer.timer);
	ck_assert_int_eq(e->pending, expires > wheel.current);
}

static uint64_t model_next(void)
{
	uint64_t next = UINT64_MAX;
	for (int i = 0; i < TIMERS; i++)
		if (entries[i].pending && entries[i].timer.timer.expires < next)
			next = entries[i].timer.timer.expires;
	return next;
}

/* One assertion for all entries: each costs a system call. */
static void model_check(void)
{
	size_t pending = 0, late = 0;
	uint64_t next = async__wheel_next(&wheel);
	for (int i = 0; i < TIMERS; i++) {
		pending += entries[i].pending;
		late += entries[i].pending && entries[i].timer.timer.expires <= wheel.current;
	}
	ck_assert_msg(!late && wheel.count == pending && next <= model_next() && (next == UINT64_MAX) == !pending && next > wheel.current,
		      "%zu late, %zu pending of %zu, next %llu of %llu at %llu", late, (size_t)wheel.count, pending,
		      (unsigned long long)next, (unsigned long long)model_next(), (unsigned long long)wheel.current);
}

START_TEST(wheel_agrees_with_model)
{
	static const uint64_t starts[] = {0, 1, 255, 256, 65535, 0xffffff, 0xfffffffe, UINT64_C(0x123456789ab)};
	for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
		now = starts[s];
		last_tick = 0;
		memset(entries, 0, sizeof entries);
		async__wheel_init(&wheel, now);
		for (int step = 0; step < 4000; step++) {
			struct entry *e = &entries[random_next() % TIMERS];
			switch (random_next() % 8) {
			case 0:
			case 1:
			case 2:
			case 3:
				if (!e->pending)
					entry_add(e, now + random_distance());
				break;
			case 4:
				if (e->pending) {
					async__wheel_remove(&wheel, &e->timer.timer);
					e->pending = false;
				}
				break;
			case 5: /* several of one tick: they fire in the order of their addition */
				for (int i = 0; i < 3; i++) {
					struct entry *other = &entries[random_next() % TIMERS];
					if (!other->pending && e->pending)
						entry_add(other, e->timer.timer.expires);
				}
				break;
			case 6: /* to the very tick of the next timer */
				if (model_next() != UINT64_MAX && model_next() - now < 1u << 20) {
					now = model_next();
					async__wheel_advance(&wheel, now);
				}
				break;
			default:
				now += random_distance() % 100000;
				async__wheel_advance(&wheel, now);
			}
			model_check();
		}
		while (wheel.count) {
			now = model_next();
			async__wheel_advance(&wheel, now);
			model_check();
		}
	}
	ck_assert_uint_gt(fired, 1000);
}
END_TEST

START_TEST(wheel_refuses_the_past)
{
	struct async__timer t = {.expires = 100};
	async__wheel_init(&wheel, 100);
	ck_assert(!async__wheel_add(&wheel, &t));
	ck_assert_uint_eq(async__wheel_next(&wheel), UINT64_MAX);
}
END_TEST

START_TEST(wheel_holds_timers_beyond_its_range)
{
	memset(entries, 0, sizeof entries);
	fired = last_tick = 0;
	now = 5;
	async__wheel_init(&wheel, now);
	entry_add(&entries[0], now + (UINT64_C(3) << 32) + 7);
	entry_add(&entries[1], INT64_MAX);
	now += UINT64_C(3) << 32;
	async__wheel_advance(&wheel, now);
	ck_assert_uint_eq(fired, 0);
	now += 7;
	async__wheel_advance(&wheel, now);
	ck_assert_uint_eq(fired, 1);
	ck_assert_uint_eq(wheel.count, 1);
	async__wheel_remove(&wheel, &entries[1].timer.timer);
	ck_assert_uint_eq(async__wheel_next(&wheel), UINT64_MAX);
}
END_TEST

static struct entry *again, *victim;

static void entry_fire_and_touch_others(struct async__timer *timer)
{
	entry_fire(timer);
	if (again)
		entry_add(again, timer->expires + 256);
	again = NULL;
	if (victim && victim->pending) {
		async__wheel_remove(&wheel, &victim->timer.timer);
		victim->pending = false;
	}
}

START_TEST(wheel_firing_may_add_and_remove)
{
	memset(entries, 0, sizeof entries);
	fired = last_tick = 0;
	now = 10;
	async__wheel_init(&wheel, now);
	for (int i = 0; i < 3; i++)
		entry_add(&entries[i], 20);
	entries[0].timer.fire = entry_fire_and_touch_others;
	again = &entries[3];
	victim = &entries[1];
	now = 20;
	async__wheel_advance(&wheel, now);
	ck_assert_uint_eq(fired, 2);
	ck_assert(entries[3].pending);
	ck_assert_uint_eq(wheel.count, 1);
	now = 275;
	async__wheel_advance(&wheel, now);
	ck_assert_uint_eq(fired, 2);
	now = 276;
	async__wheel_advance(&wheel, now);
	ck_assert_uint_eq(fired, 3);
}
END_TEST

SUITE_MAIN("timing wheel", wheel_agrees_with_model, wheel_refuses_the_past, wheel_holds_timers_beyond_its_range,
	   wheel_firing_may_add_and_remove)
