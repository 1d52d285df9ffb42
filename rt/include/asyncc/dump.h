/* Looking at the tasks of a running program. */
#ifndef ASYNCC_DUMP_H
#define ASYNCC_DUMP_H

#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes every task of the calling thread's runtime: its number, what it runs, the place that started it, whether it
 * runs, is ready or waits, and its async backtrace, innermost function first: a line for each function, with the
 * place where it awaits and what. Nothing when the thread has no runtime. */
void async_dump(FILE *out);

#ifdef __cplusplus
}
#endif

#endif
