/* What a task has only if somebody asks for it: a name, task-local values, a mailbox, subscriptions. A task that has
 * none of them pays a pointer.
 *
 *     first use ──▶ kept ──▶ async__task_extra_end: the task has ended, values and messages go
 *                                 └──▶ async__task_extra_free: nobody has a handle, the name goes */
#ifndef ASYNCC_RT_EXTRA_H
#define ASYNCC_RT_EXTRA_H

#include "rt/internal.h"

struct async__task_extra {
	struct async__joiner *joiner;
	char *name;
	struct async__task_value *values;	   /* local.c; the newest first */
	struct async_mailbox *mailbox;		   /* mailbox.c; one reference to it */
	struct async__subscription *subscriptions; /* broadcast.c */
	const char *spawned_file;		   /* debug.c; NULL: not known */
	unsigned spawned_line;
	/* Ends what there is, and leaves nothing. Set by who makes it, so that nothing of it is linked where nobody does; in a
	 * plugin it may be there though it isn't in the program that loads it. */
	void (*values_end)(struct async__task_extra *extra);	    /* the last one first */
	void (*mailbox_close)(struct async_mailbox *mailbox);	    /* refused from now on; what was not received is released */
	void (*mailbox_unref)(struct async_mailbox *mailbox);
	void (*subscriptions_end)(struct async__task_extra *extra); /* channels forget what the task has seen */
};

/* Made on first use; NULL when memory is exhausted. */
struct async__task_extra *async__task_extra(struct async__task *task);

#endif
