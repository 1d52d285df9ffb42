/* What C and C++ see of worker.ac. */
#ifndef WORKER_H
#define WORKER_H

#ifdef __cplusplus
extern "C" {
#endif

/* The sum of 1 to `n`, with a pause after each: runs a loop of its own until it is known. */
int sum_slowly(int n);

#ifdef __cplusplus
}
#endif
#endif
