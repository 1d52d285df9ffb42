/* Misuse of a library object, told with the place: the function that is running and where it went on last. */
#include <stdarg.h>

#include "rt/line.h"

void async__misuse_here(const char *format, ...)
{
	struct async_runtime *rt = async__runtime_current();
	const struct async__context *cx = rt ? rt->current : NULL;
	va_list args;
	char text[512];
	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	while (cx && !cx->site && cx->flags & ASYNC__BRANCH) /* it has not waited yet */
		cx = ((const struct async__branch *)cx)->region->parent;
	if (cx && cx->site && cx->site->fn)
		async__misuse("%s (in `%s`, behind the await at %s:%u)", text, cx->site->fn->name, cx->site->fn->file,
			      cx->site->line);
	if (cx)
		async__misuse("%s (in the task `%s`, %s:%u)", text, async__task_fn(async__task_of(cx))->name,
			      async__task_fn(async__task_of(cx))->file, async__task_fn(async__task_of(cx))->line);
	async__misuse("%s", text);
}

void async__wrong_thread(const struct async__context *cx)
{
	const struct async__fn *fn = async__task_fn(async__task_of(cx));
	async__misuse_here("the task `%s` (%s:%u) of another thread is woken or cancelled: tasks, channels, locks and sockets belong to the "
			   "thread that made them; hand the call over to it with async_post", fn->name, fn->file, fn->line);
}
