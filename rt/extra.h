/* What a task has only if somebody asks for it: a name, task-local values, a mailbox. */
#ifndef ASYNCC_RT_EXTRA_H
#define ASYNCC_RT_EXTRA_H

#include "rt/internal.h"

struct async__task_extra {
	char *name;
};

/* Made on first use; NULL when memory is exhausted. */
struct async__task_extra *async__task_extra(struct async__task *task);

#endif
