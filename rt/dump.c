/* async_dump: tasks and their async backtraces, out of the return sites of the suspended frames.
 *
 *     task 1: main (app.ac:20): waiting
 *         in fetch at app.ac:9:21: awaiting async_sleep
 *         in main at app.ac:23:30: awaiting fetch */
#include "asyncc/dump.h"

#include "rt/internal.h"

static bool strand_is_ready(const struct async_runtime *rt, const struct async__context *cx)
{
	for (const struct async__context *c = rt->ready.head; c; c = c->next)
		if (c == cx)
			return true;
	return false;
}

static void site_print(FILE *out, const struct async__site *site)
{
	if (site->fn) /* else one of the runtime's own */
		fprintf(out, "    in %s at %s:%u:%u: awaiting %s\n", site->fn->name, site->fn->file, site->line,
			site->column, site->awaited);
}

static void backtrace_print(FILE *out, struct async__frame *leaf)
{
	for (struct async__frame *f = leaf;;) {
		const struct async__site *site = f->ret;
		if (site == &async__task_end_site)
			return;
		site_print(out, site);
		f = site->offset ? (struct async__frame *)((char *)f - site->offset) : async__box_of(f)->parent;
	}
}

static void task_print(FILE *out, struct async_runtime *rt, struct async__task *task)
{
	struct async__context *cx = &task->strand;
	bool running = cx == rt->current;
	const char *state = running ? "running" : strand_is_ready(rt, cx) ? "ready" : "waiting";
	fprintf(out, "task %llu: %s (%s:%u): %s\n", (unsigned long long)task->id, task->fn->name, task->fn->file,
		task->fn->line, state);
	/* The frames of the running strand are in motion: all that is known is where it went on. */
	if (!running && cx->leaf != &task->start)
		backtrace_print(out, cx->leaf);
	else if (running && rt->site && rt->site->fn)
		fprintf(out, "    in %s, which went on at %s:%u:%u\n", rt->site->fn->name, rt->site->fn->file,
			rt->site->line, rt->site->column);
}

void async__runtime_dump(FILE *out, struct async_runtime *rt)
{
	for (struct async__task *task = rt->tasks; task; task = task->next)
		task_print(out, rt, task);
}

void async_dump(FILE *out)
{
	struct async_runtime *rt = async__runtime_current();
	if (rt)
		async__runtime_dump(out, rt);
}
