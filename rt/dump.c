/* async_dump: tasks and their async backtraces, out of the return sites of the suspended frames.
 *
 *     task 1: main (app.ac:20): waiting
 *         in fetch at app.ac:9:21: awaiting async_sleep
 *         in main at app.ac:23:30: awaiting fetch */
#include "asyncc/dump.h"

#include "rt/internal.h"

static bool strand_is_ready(const struct async_runtime *rt, const struct async__context *cx)
{
	for (const struct async__context *c = rt->ready.first; c; c = c->next)
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

static void strand_print(FILE *out, struct async_runtime *rt, struct async__context *cx, const struct async__frame *end);

/* The branches of a region that a strand waits for, then the functions around it. */
static void backtrace_print(FILE *out, struct async_runtime *rt, struct async__context *cx, const struct async__frame *end)
{
	struct async__frame *f = cx->frame;
	const struct async__scope *scope = cx->scope;
	if (scope && scope->kind == ASYNC__REGION) {
		struct async__region *r = (struct async__region *)((char *)scope - offsetof(struct async__region, scope));
		struct async__branch *branch = (struct async__branch *)(r + 1);
		for (unsigned i = 0; i < r->count; i++)
			if (branch[i].strand.flags & ASYNC__STARTED) {
				fprintf(out, "    branch %u:\n", i + 1);
				strand_print(out, rt, &branch[i].strand, f);
			}
	}
	for (const struct async__site *site = cx->site; site->poll != async__task_end && site != &async__task_begin_site;) {
		site_print(out, site);
		if (f == end)
			return;
		site = f->ret;
		f = site->offset ? (struct async__frame *)((char *)f - site->offset) : async__box_of(f)->parent;
	}
}

static void strand_print(FILE *out, struct async_runtime *rt, struct async__context *cx, const struct async__frame *end)
{
	/* The frames of the running strand are in motion: all that is known is where it went on. */
	if (cx != rt->current)
		backtrace_print(out, rt, cx, end);
	else if (cx->site && cx->site->fn)
		fprintf(out, "    in %s, which went on at %s:%u:%u\n", cx->site->fn->name, cx->site->fn->file,
			cx->site->line, cx->site->column);
}

static void tasks_print(FILE *out, struct async_runtime *rt, struct async__link *ring);

/* The children of its nurseries, and of those of its branches. */
static void children_print(FILE *out, struct async_runtime *rt, struct async__context *cx)
{
	for (struct async__scope *s = cx->scope; s; s = s->outer) {
		if (s->kind == ASYNC__NURSERY)
			tasks_print(out, rt, &((struct async_nursery *)s)->children);
		if (s->kind != ASYNC__REGION)
			continue;
		struct async__region *r = (struct async__region *)((char *)s - offsetof(struct async__region, scope));
		for (unsigned i = 0; i < r->count; i++)
			children_print(out, rt, &((struct async__branch *)(r + 1))[i].strand);
	}
}

static void task_print(FILE *out, struct async_runtime *rt, struct async__task *task)
{
	struct async__context *cx = &task->strand;
	bool running = rt->current && async__task_of(rt->current) == task;
	const char *state = running ? "running" : strand_is_ready(rt, cx) ? "ready" : task->is_queued ? "queued" : "waiting";
	fprintf(out, "task %llu: %s (%s:%u): %s%s\n", (unsigned long long)task->id, async__task_name(task), async__task_fn(task)->file,
		async__task_fn(task)->line, state, cx->flags & ASYNC__REQUESTED ? ", cancelled" : "");
	strand_print(out, rt, cx, NULL);
	children_print(out, rt, cx);
}

static void tasks_print(FILE *out, struct async_runtime *rt, struct async__link *ring)
{
	for (struct async__link *l = ring->prev; l != ring; l = l->prev)
		task_print(out, rt, (struct async__task *)((char *)l - offsetof(struct async__task, siblings)));
}

void async__runtime_dump(FILE *out, struct async_runtime *rt)
{
	tasks_print(out, rt, &rt->tasks);
}

void async_dump(FILE *out)
{
	struct async_runtime *rt = async__runtime_current();
	if (rt)
		async__runtime_dump(out, rt);
}
