/* What a task has only if somebody asks for it: a name, task-local values, a mailbox, subscriptions. A task that has
 * none of them pays a pointer.
 *
 *     first use ──▶ kept ──▶ async__task_extra_end: the task has ended, values and messages go
 *                                 └──▶ async__task_extra_free: nobody has a handle, the name goes */
#ifndef ASYNCC_RT_EXTRA_H
#define ASYNCC_RT_EXTRA_H

#include "rt/internal.h"

struct async__task_extra {
	char *name;
	struct async__task_value *values;	   /* local.c; the newest first */
	struct async_mailbox *mailbox;		   /* mailbox.c; one reference to it */
	struct async__subscription *subscriptions; /* broadcast.c */
	const char *spawned_file;		   /* debug.c; NULL: not known */
	unsigned spawned_line;
};

/* Made on first use; NULL when memory is exhausted. */
struct async__task_extra *async__task_extra(struct async__task *task);

/* --- what ends with the task: each is called when there is something, and leaves nothing --- */

/* local.c: ends the values, the last one first. */
void async__task_values_end(struct async__task_extra *extra);
/* mailbox.c: messages are refused from now on; those that were not received are released. */
void async__mailbox_close(struct async_mailbox *m);
/* broadcast.c: channels forget what the task has seen. */
void async__subscriptions_end(struct async__task_extra *extra);

#endif
