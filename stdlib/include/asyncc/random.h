/* Random numbers, from the operating system: fit for keys, never the same after a fork. See async_random(3).
 *
 * Plain functions, for any thread. None waits, but at the start of the machine, until the system has gathered enough. Where
 * it has none (never, on Linux 3.17 or later), the program is aborted: no number is better than a bad one. */
#ifndef ASYNCC_RANDOM_H
#define ASYNCC_RANDOM_H

#include <asyncc.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fills `len` bytes. */
void async_random_bytes(void *buf, size_t len);
/* A number from 0 to n - 1, all of them equally likely; 0 for n = 0. */
uint64_t async_random_below(uint64_t n);
/* One from `first` to `last`, both included; the order of the two does not matter. */
int64_t async_random_range(int64_t first, int64_t last);
/* One from 0 to 1, without 1: a multiple of 2^-53. */
double async_random_unit(void);
/* Puts `count` elements of `size` bytes into an order, all of which are equally likely. */
void async_random_shuffle(void *elements, size_t count, size_t size);

#ifdef __cplusplus
}
#endif

#endif
