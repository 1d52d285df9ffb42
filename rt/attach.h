/* The runtime on a loop of the program's: what runtime.c and uv_attach.c call each other for. */
#ifndef ASYNCC_RT_ATTACH_H
#define ASYNCC_RT_ATTACH_H

#include "rt/internal.h"

/* --- runtime.c --- */

/* A runtime for the calling thread, which has none, over `loop` (NULL: one of its own): 0 or an error. */
int async__runtime_start(struct uv_loop_s *loop);
/* Ends the thread's runtime, which has no task, and its own loop. */
void async__runtime_stop(struct async_runtime *rt);
/* Forgets the thread's runtime, whose handles are closed. */
void async__runtime_forget(struct async_runtime *rt);
/* Asks all tasks to end; later ones start cancelled. */
/* All tasks are asked to end; and none begins any more. */
void async__tasks_cancel(struct async_runtime *rt);
void async__runtime_cancel(struct async_runtime *rt);
/* Runs what is ready, within the budget. False: the runtime ends, and the last task has. */
bool async__runtime_turn(struct async_runtime *rt);
/* Nothing can wake any task any more. */
void async__runtime_stuck(struct async_runtime *rt);

/* --- loop_uv.c --- */

/* The program is told the loop, or may post to it. */
void async__loop_lend(struct async_runtime *rt);
/* Has the alarm ring at `tick` (UINT64_MAX: never). */
void async__alarm_set(struct async_runtime *rt, uint64_t tick);
/* Closes what the runtime has open in its loop, but the alarm. */
void async__handles_close(struct async_runtime *rt);
/* Whether a connection, a listener or another object of the library is open. */
bool async__handles_are_open(struct async_runtime *rt);

/* --- uv_attach.c --- */

struct async__attachment;
/* Puts the handles that run the runtime, rt->alarm among them, into rt->loop: 0, or an error, and nothing is in it. */
int async__attachment_open(struct async_runtime *rt);
/* There is a new task: it keeps the loop alive. */
void async__attachment_keep(struct async_runtime *rt);
/* The thread ends, or the process does. */
void async__attachment_leave(struct async_runtime *rt);

#endif
