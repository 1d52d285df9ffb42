/* Switches for tests, read from the environment once:
 *
 *     ASYNCC_SEED=n         ready tasks and the arms of selects come in an order that n makes, the same each time; each
 *                           thread has the same sequence of its own
 *     ASYNCC_TIME=virtual   when every task waits, the clock jumps to the next timer
 *     ASYNCC_CANCEL=n       the root is cancelled when a suspended strand goes on for the n-th time
 *
 * (ASYNCC_FAIL is in frame.c.) */
#include "rt/internal.h"

#include <stdlib.h>
#include <string.h>

bool async__is_seeded, async__is_tested, async__time_is_virtual;
static bool cancels;
static uint64_t random_seed;
static __thread uint64_t random_state; /* relative to the seed */
static uint64_t cancel_countdown;      /* over all threads; atomic */
static __thread uint64_t virtual_now; /* nanoseconds; 0: nobody has looked at the clock yet */

static bool number(const char *name, uint64_t *n)
{
	const char *text = getenv(name);
	char *end;
	if (!text)
		return false;
	*n = strtoull(text, &end, 10);
	if (end != text && !*end)
		return true;
	fprintf(stderr, "asyncc: %s=%s is not a number\n", name, text);
	return false;
}

__attribute__((constructor)) static void switches_read(void)
{
	const char *time = getenv("ASYNCC_TIME");
	async__is_seeded = number("ASYNCC_SEED", &random_seed);
	random_seed = random_seed * 2 + 1;
	cancels = number("ASYNCC_CANCEL", &cancel_countdown);
	async__is_tested = async__is_seeded || cancels;
	async__time_is_virtual = time && !strcmp(time, "virtual");
	if (time && !async__time_is_virtual)
		fprintf(stderr, "asyncc: ASYNCC_TIME=%s is not 'virtual'\n", time);
}

/* SplitMix64 (Steele, Lea, Flood 2014). */
unsigned async__random(unsigned n)
{
	if (!async__is_seeded)
		return 0;
	random_state += 0x9e3779b97f4a7c15u;
	uint64_t z = random_seed + random_state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return (unsigned)((z ^ z >> 31) % n);
}

/* The virtual clock starts as the real one; from then on it moves by jumps, and a little with each look at it, so that a
 * loop which waits for a time without sleeping ends. */
uint64_t async_now(void)
{
	if (__builtin_expect(!async__time_is_virtual, 1))
		return async__clock();
	if (!virtual_now)
		virtual_now = async__clock() / 1000000 * 1000000;
	return virtual_now += 100;
}

/* After 292 years the virtual clock, which counts nanoseconds, has nothing left to jump to: who sleeps longer waits for ever. */
uint64_t async__time_until(uint64_t tick)
{
	return async__time_is_virtual && tick > UINT64_MAX / 2000000 ? UINT64_MAX : tick;
}

void async__time_jump(uint64_t tick)
{
	uint64_t now = async_now(), to = tick * 1000000;
	if (to > now)
		virtual_now = to;
}

bool async__cancels_now(void)
{
	return __atomic_load_n(&cancel_countdown, __ATOMIC_RELAXED) && !__atomic_sub_fetch(&cancel_countdown, 1, __ATOMIC_RELAXED);
}
