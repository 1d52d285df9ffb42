/* async_dump: tasks and their async backtraces, out of the return sites of the suspended frames.
 *
 *     task 1: main (app.ac:20): waiting
 *         in fetch at app.ac:9:21: awaiting async_sleep
 *         in main at app.ac:23:30: awaiting fetch */
#include "asyncc/dump.h"

#include "rt/internal.h"

/* Says of each strand in the ready queue that it is, so that nobody has to look for it there. */
static void ready_mark(struct async_runtime *rt, bool on)
{
	struct async__context *last = rt->ready.first ? async__queue_last(&rt->ready) : NULL;
	for (struct async__context *cx = rt->ready.first; cx; cx = cx != last ? cx->next : NULL)
		cx->flags = (cx->flags & ~(unsigned)ASYNC__IS_READY) | (on ? ASYNC__IS_READY : 0);
}

static struct async__region *region_of(struct async__scope *s)
{
	return (struct async__region *)((char *)s - offsetof(struct async__region, scope));
}

static struct async__task *task_of_link(struct async__link *link)
{
	return (struct async__task *)((char *)link - offsetof(struct async__task, siblings));
}

/* --- one task ------------------------------------------------------------------------------------ */

static void site_print(FILE *out, const struct async__site *site)
{
	if (site->fn) /* else one of the runtime's own */
		fprintf(out, "    in %s at %s:%u:%u: awaiting %s\n", site->fn->name, site->fn->file, site->line,
			site->column, site->awaited);
}

/* The functions of a suspended strand, up to where its task begins or the branch. */
static void frames_print(FILE *out, const struct async__context *cx)
{
	struct async__frame *f = cx->frame;
	const struct async__frame *end = cx->flags & ASYNC__BRANCH ? ((const struct async__branch *)cx)->region->parent->frame : NULL;
	for (const struct async__site *site = cx->site;
	     site->poll != async__task_end && site != &async__task_begin_site && site != &async__split_begin_site;) {
		site_print(out, site);
		if (f == end)
			return;
		site = f->ret;
		f = site->offset ? (struct async__frame *)((char *)f - site->offset) : async__box_of(f)->parent;
	}
}

/* The branch behind `after` (NULL: the first) of the region that a strand waits for; NULL: there is none. */
static struct async__branch *branch_next(const struct async_runtime *rt, const struct async__context *cx,
					 const struct async__branch *after)
{
	if (cx == rt->current || !cx->scope || cx->scope->kind != ASYNC__REGION)
		return NULL;
	return (struct async__branch *)async__region_next(region_of(cx->scope), after ? &after->strand : NULL, true);
}

/* The backtrace of a task: the branches of a region that it waits for, then the functions around it. Branches may be nested as
 * deep as there is memory, so this does not recurse, nor does tree_print. */
static void backtrace_print(FILE *out, const struct async_runtime *rt, const struct async__context *root)
{
	const struct async__context *cx = root;
	const struct async__branch *branch = NULL;
	for (;;) {
		branch = branch_next(rt, cx, branch);
		if (branch) {
			fprintf(out, "    branch %u:\n", (unsigned)(branch - (struct async__branch *)(branch->region + 1)) + 1);
			cx = &branch->strand;
			branch = NULL;
			continue;
		}
		/* The frames of the running strand are in motion: all that is known is where it went on. */
		if (cx != rt->current)
			frames_print(out, cx);
		else if (cx->site && cx->site->fn)
			fprintf(out, "    in %s, which went on at %s:%u:%u\n", cx->site->fn->name, cx->site->fn->file,
				cx->site->line, cx->site->column);
		if (cx == root)
			return;
		branch = (const struct async__branch *)cx;
		cx = branch->region->parent;
	}
}

static void task_print(FILE *out, const struct async_runtime *rt, struct async__task *task)
{
	struct async__context *cx = &task->strand;
	bool running = rt->current && async__task_of(rt->current) == task;
	const char *state = running ? "running" : cx->flags & ASYNC__IS_READY ? "ready" : task->is_queued ? "queued" : "waiting";
	fprintf(out, "task %llu: %s (%s:%u): %s%s\n", (unsigned long long)task->id, async__task_name(task), async__task_fn(task)->file,
		async__task_fn(task)->line, state, cx->flags & ASYNC__REQUESTED ? ", cancelled" : "");
	backtrace_print(out, rt, cx);
}

/* --- all of them --------------------------------------------------------------------------------- */

/* The newest first. */
static struct async__context *child_next(struct async__link *children, const struct async__context *after)
{
	struct async__link *l = after ? ((const struct async__task *)after)->siblings.prev : children->prev;
	return l != children ? &task_of_link(l)->strand : NULL;
}

/* The strand behind `after` (NULL: the first) in a scope. */
static struct async__context *next_inside(struct async__scope *s, const struct async__context *after)
{
	if (s->kind == ASYNC__NURSERY)
		return child_next(&((struct async_nursery *)s)->children, after);
	return s->kind == ASYNC__REGION ? async__region_next(region_of(s), after, true) : NULL;
}

/* A task, then the children of its nurseries and of those of its branches. */
static void tree_print(FILE *out, const struct async_runtime *rt, struct async__context *root)
{
	struct async__context *cx = root, *child = NULL;
	struct async__scope *s = cx->scope;
	task_print(out, rt, (struct async__task *)root);
	for (;;) {
		while (s) {
			child = next_inside(s, child);
			if (!child) {
				s = s->outer;
				continue;
			}
			if (!(child->flags & ASYNC__BRANCH))
				task_print(out, rt, (struct async__task *)child);
			cx = child;
			child = NULL;
			s = cx->scope;
		}
		if (cx == root)
			return;
		child = cx;
		s = async__scope_around(child, &cx);
	}
}

void async__runtime_dump(FILE *out, struct async_runtime *rt)
{
	struct async__context *cx = NULL;
	ready_mark(rt, true);
	while ((cx = child_next(&rt->tasks, cx)))
		tree_print(out, rt, cx);
	for (struct async__scope *s = rt->root; s; s = s->outer) /* nurseries that are the root of the thread */
		while ((cx = child_next(&((struct async_nursery *)s)->children, cx)))
			tree_print(out, rt, cx);
	ready_mark(rt, false);
}

void async_dump(FILE *out)
{
	struct async_runtime *rt = async__runtime_current();
	if (rt)
		async__runtime_dump(out, rt);
}
