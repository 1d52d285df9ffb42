/* Handles that were never consumed: what debug builds, and ASYNCC_DEBUG=1, say of them.
 *
 *     asyncc: the handle `t` of task 2 `fetch` (app.ac:3), spawned at app.ac:12, is dropped at app.ac:20 and was not
 *     consumed: the task is cancelled
 *
 * A program that drops a handle on purpose says so: with t.cancel() or t.detach(). What ends because it was cancelled
 * itself has no choice, and is not reported. */
#include "rt/extra.h"

#include <stdlib.h>
#include <string.h>

static bool reports_all;

__attribute__((constructor)) static void debug_read(void)
{
	const char *value = getenv("ASYNCC_DEBUG");
	reports_all = value && !strcmp(value, "1");
	if (value && !reports_all && strcmp(value, "0"))
		fprintf(stderr, "asyncc: ASYNCC_DEBUG=%s is neither 0 nor 1\n", value);
}

void async__task_spawned(struct async__task *t, const char *file, unsigned line)
{
	struct async__task_extra *extra = t ? async__task_extra(t) : NULL;
	if (!extra)
		return;
	extra->spawned_file = file;
	extra->spawned_line = line;
}

/* Nobody decided that this task should end. */
static bool is_forgotten(const struct async__task *t)
{
	const struct async__context *dropping = t->strand.runtime->current;
	const struct async__task_extra *extra = async__task_has_extra(t);
	if (!reports_all && !(extra && extra->spawned_file))
		return false;
	return !async__task_is_cancelled(t) && !(dropping && (dropping->flags & (ASYNC__CANCELLED | ASYNC__ABORTING)));
}

static void report(const struct async__task *t, const char *variable, const char *file, unsigned line)
{
	const struct async__task_extra *extra = async__task_has_extra(t);
	int err = t->done ? async__task_error(t) : 0;
	fflush(stdout);
	fprintf(stderr, "asyncc: the handle%s%s%s of task %llu `%s` (%s:%u)", *variable ? " `" : "", variable,
		*variable ? "`" : "", (unsigned long long)t->id, async__task_name(t), async__task_fn(t)->file, async__task_fn(t)->line);
	if (extra && extra->spawned_file)
		fprintf(stderr, ", spawned at %s:%u,", extra->spawned_file, extra->spawned_line);
	fprintf(stderr, " is dropped at %s:%u and was not consumed: ", file, line);
	if (!t->done)
		fputs("the task is cancelled", stderr);
	else if (err)
		fprintf(stderr, "its error, %s, is lost", async_err_name(err));
	else
		fputs("its value is lost", stderr);
	fputc('\n', stderr);
}

void async__task_lost(struct async__task *t, const char *variable, const char *file, unsigned line)
{
	if (t && is_forgotten(t))
		report(t, variable, file, line);
	async__task_drop(t);
}
