/* Cancellation and abortion of strands.
 *
 * A strand has a stack of scopes, innermost first. What runs now is cancelled (ASYNC__CANCELLED) if a scope on the way
 * outwards is, or at the end the strand itself, and no shield comes before it:
 *
 *     strand asked? ◀── nursery ◀── deadline ◀── shield ◀── join ◀── what runs
 *
 * Cancelling a scope reaches everything inside it up to the outermost shield there: nurseries pass it to their children,
 * regions to their branches, and with no shield on the way the operation that the strand waits in is taken back. */
#include "rt/internal.h"

static bool protects(const struct async__scope *s)
{
	return s->kind == ASYNC__SHIELD && !(s->flags & ASYNC__SCOPE_OPEN);
}

static bool is_cancelled_from(const struct async__context *cx, const struct async__scope *s)
{
	for (; s; s = s->outer) {
		if (s->flags & ASYNC__SCOPE_CANCELLED)
			return true;
		if (protects(s))
			return false;
	}
	return cx->flags & ASYNC__REQUESTED;
}

bool async__scope_is_cancelled(const struct async__context *cx, const struct async__scope *s)
{
	return is_cancelled_from(cx, s);
}

bool async__strand_is_shielded(const struct async__context *cx)
{
	for (const struct async__scope *s = cx->scope; s; s = s->outer)
		if (protects(s))
			return true;
	return false;
}

static void interrupt(struct async__context *cx)
{
	void (*take_back)(struct async__context *, struct async__frame *) = cx->interrupt;
	if (!take_back || cx == cx->runtime->current) /* (what a strand that runs has there is of its last suspension) */
		return;
	cx->interrupt = NULL;
	take_back(cx, async__leaf(cx));
}

static struct async__region *region_of(struct async__scope *s)
{
	return (struct async__region *)((char *)s - offsetof(struct async__region, scope));
}

/* The outermost shield inside `scope` (NULL: of all); NULL: there is none. */
static struct async__scope *shield_inside(const struct async__context *cx, const struct async__scope *scope)
{
	struct async__scope *shield = NULL;
	for (struct async__scope *s = cx->scope; s && s != scope; s = s->outer)
		if (protects(s))
			shield = s;
	return shield;
}

/* --- passing on --------------------------------------------------------------------------------- */

/* Marks the scope (NULL: the strand itself) as cancelled; false: it was. */
static bool mark_cancelled(struct async__context *cx, struct async__scope *scope)
{
	if (scope ? scope->flags & ASYNC__SCOPE_CANCELLED : cx->flags & ASYNC__REQUESTED)
		return false;
	if (scope)
		scope->flags |= ASYNC__SCOPE_CANCELLED;
	else
		cx->flags |= ASYNC__REQUESTED;
	cx->flags |= ASYNC__TOUCHED;
	return true;
}

/* Marks the strand as aborted; false: what runs inside it is not to be aborted, or not now. */
static bool mark_aborted(struct async__context *cx)
{
	if (cx->flags & (ASYNC__ABORTING | ASYNC__ABORT_LATER))
		return false;
	cx->flags |= ASYNC__TOUCHED;
	if (async__strand_is_shielded(cx)) {
		cx->flags |= ASYNC__ABORT_LATER;
		return false;
	}
	cx->flags |= ASYNC__ABORTING;
	if (cx != cx->runtime->current)
		return true;
	/* It runs: its next operation ends at once, and then it goes that way. */
	cx->flags |= ASYNC__REQUESTED | ASYNC__CANCELLED;
	return false;
}

/* The innermost scope that a cancellation of `last` (NULL: of the strand), or an abort, reaches. */
static struct async__scope *enter(struct async__context *cx, const struct async__scope *last, bool aborts)
{
	struct async__scope *shield = aborts ? NULL : shield_inside(cx, last);
	if (!aborts && !shield)
		cx->flags |= ASYNC__CANCELLED;
	return shield ? shield->outer : cx->scope;
}

/* All inside the strand has been told: so is what it waits in itself, unless a shield protects it. */
static void leave(struct async__context *cx, const struct async__scope *last, bool aborts)
{
	if (aborts || !shield_inside(cx, last))
		interrupt(cx);
}

/* The strand that runs inside the scope behind `after` (NULL: the first); NULL: there is none. */
static struct async__context *next_inside(struct async__scope *s, const struct async__context *after, bool aborts)
{
	if (s->kind == ASYNC__NURSERY)
		return async__nursery_next((struct async_nursery *)s, after);
	if (s->kind != ASYNC__REGION)
		return NULL;
	s->flags |= ASYNC__SCOPE_PASSING;
	return async__region_next(region_of(s), after, aborts);
}

static void told_all_inside(struct async__scope *s)
{
	s->flags &= ~(unsigned)ASYNC__SCOPE_PASSING;
	if (s->kind == ASYNC__NURSERY)
		async__nursery_start_queued((struct async_nursery *)s); /* each sees it at its first operation */
}

/* Passes a cancellation of the scope `last` (NULL: of the strand itself), or an abort of the strand, on to what runs
 * inside, innermost first. Strands may be nested as deep as there is memory, so this does not recurse: the way back
 * outwards is in the tree, as a task knows its nursery and a branch its region. */
static void pass_on(struct async__context *const root, const struct async__scope *const last, bool aborts)
{
	struct async__context *cx = root, *child = NULL;
	struct async__scope *s = enter(cx, last, aborts);
	for (;;) {
		while (s) {
			child = next_inside(s, child, aborts);
			if (!child) {
				told_all_inside(s);
				s = cx == root && s == last ? NULL : s->outer;
			} else if (aborts ? mark_aborted(child) : mark_cancelled(child, NULL)) {
				cx = child;
				child = NULL;
				s = enter(cx, NULL, aborts);
			}
		}
		leave(cx, cx == root ? last : NULL, aborts);
		if (cx == root)
			return;
		child = cx;
		s = async__scope_around(child, &cx);
	}
}

void async__scope_cancel(struct async__context *cx, struct async__scope *scope)
{
	if (mark_cancelled(cx, scope))
		pass_on(cx, scope, false);
}

void async__strand_abort(struct async__context *cx)
{
	if (mark_aborted(cx))
		pass_on(cx, NULL, true);
}

/* --- leaving ------------------------------------------------------------------------------------- */

bool async__scope_left(struct async__context *cx)
{
	if (is_cancelled_from(cx, cx->scope))
		cx->flags |= ASYNC__CANCELLED;
	else
		cx->flags &= ~(unsigned)ASYNC__CANCELLED;
	if (!(cx->flags & ASYNC__ABORT_LATER) || async__strand_is_shielded(cx))
		return false;
	cx->flags &= ~(unsigned)ASYNC__ABORT_LATER;
	return true;
}

void async__scope_pop(struct async__context *cx, const struct async__scope *s)
{
	unsigned later = cx->flags & ASYNC__ABORT_LATER;
	cx->scope = s->outer;
	if (!(s->flags & ASYNC__SCOPE_CANCELLED))
		return; /* what is cancelled further out still is */
	cx->flags &= ~later;
	async__scope_left(cx);
	cx->flags |= later;
	cx->refused = 0; /* what was refused was refused for this scope */
}

/* --- the runaway rule -------------------------------------------------------------------------- */

enum { REFUSALS = 1000 };

/* Counts that a strand goes on although it is cancelled. */
static void refuse(struct async__context *cx)
{
	if (++cx->refused != REFUSALS || (cx->flags & ASYNC__ABORTING))
		return;
	/* A branch ends with what it is a branch of, where that is cancelled as well. */
	while ((cx->flags & ASYNC__BRANCH) &&
	       is_cancelled_from(((struct async__branch *)cx)->region->parent, &((struct async__branch *)cx)->region->scope))
		cx = ((struct async__branch *)cx)->region->parent;
	struct async__task *task = async__task_of(cx);
	fflush(stdout);
	fprintf(stderr, "asyncc: task %llu `%s` was cancelled and goes on: aborted after %d cancelled awaits\n",
		(unsigned long long)task->id, async__task_name(task), (int)REFUSALS);
	async__strand_abort(cx);
}

/* --- turns --------------------------------------------------------------------------------------- */

unsigned async__turn(const struct async__context *running)
{
	struct async_runtime *rt = running->runtime;
	if (running->flags & ASYNC__ENDED_TURN)
		return rt->turn - 1;
	if (rt->turn_ends)
		return rt->turn;
	if (async__queue_is_empty(&rt->ready))
		return rt->turn++; /* nothing else belongs to it */
	async__queue_last(&rt->ready)->flags |= ASYNC__ENDS_TURN;
	rt->turn_ends = true;
	return rt->turn;
}

/* The last strand of a turn goes on, or goes on once more. */
static void turn_end(struct async__context *cx)
{
	struct async_runtime *rt = cx->runtime;
	bool ends = cx->flags & ASYNC__ENDS_TURN;
	cx->flags &= ~(unsigned)(ASYNC__ENDS_TURN | ASYNC__ENDED_TURN);
	if (!ends)
		return;
	cx->flags |= ASYNC__ENDED_TURN;
	rt->turn++;
	rt->turn_ends = false;
}

/* --- going on ------------------------------------------------------------------------------------ */

void async__strand_keeps(struct async__context *cx, struct async__frame *leaf)
{
	(void)leaf;
	if (async__gives_back(cx, async__strand_keeps))
		cx->flags |= ASYNC__KEEPS;
}

bool async__strand_aborts(struct async__context *cx)
{
	if (cx->flags & (ASYNC__ENDS_TURN | ASYNC__ENDED_TURN))
		turn_end(cx);
	if (cx->flags & ASYNC__CANCELLED)
		refuse(cx);
	if (!(cx->flags & ASYNC__ABORTING))
		return false;
	if (cx->flags & ASYNC__KEEPS) {
		cx->flags &= ~(unsigned)ASYNC__KEEPS;
		cx->flags |= ASYNC__REQUESTED | ASYNC__CANCELLED;
		return false;
	}
	cx->flags &= ~(unsigned)ASYNC__ABORTING;
	if (async__strand_is_shielded(cx)) {
		cx->flags |= ASYNC__ABORT_LATER;
		return false;
	}
	if (cx->flags & ASYNC__BRANCH)
		async__branch_aborts((struct async__branch *)cx);
	return true;
}

/* --- deadlines --------------------------------------------------------------------------------- */

static struct async__deadline *deadline_of(struct async__timer *timer)
{
	return (struct async__deadline *)((char *)timer - offsetof(struct async__deadline, timer.timer));
}

static void deadline_expire(struct async__timer *timer)
{
	struct async__deadline *d = deadline_of(timer);
	d->expired = true;
	async__scope_cancel(d->cx, &d->scope);
}

/* The shield's time is over: what was kept from it shows now. */
static void shield_expire(struct async__timer *timer)
{
	struct async__deadline *d = deadline_of(timer);
	struct async__context *cx = d->cx;
	d->expired = true;
	d->scope.flags |= ASYNC__SCOPE_OPEN;
	if (is_cancelled_from(cx, &d->scope))
		pass_on(cx, &d->scope, false);
	if ((cx->flags & ASYNC__ABORT_LATER) && !async__strand_is_shielded(cx)) {
		cx->flags &= ~(unsigned)ASYNC__ABORT_LATER;
		async__strand_abort(cx);
	}
}

static void start(struct async__context *cx, struct async__deadline *d, uint64_t ms, void (*expire)(struct async__timer *))
{
	d->cx = cx;
	d->expired = false;
	d->timer.timer.calls = true;
	d->timer.fire = expire;
	cx->flags |= ASYNC__TOUCHED;
	if (!ms || !async__timer_start(cx->runtime, &d->timer.timer, ms))
		expire(&d->timer.timer);
}

void async__deadline_enter(struct async__context *cx, struct async__deadline *d, uint64_t ms)
{
	async__scope_enter(cx, &d->scope, ASYNC__DEADLINE);
	start(cx, d, ms, deadline_expire);
}

void async__deadline_enter_at(struct async__context *cx, struct async__deadline *d, uint64_t ns)
{
	uint64_t now = async_now();
	async__deadline_enter(cx, d, ns > now ? (ns - now + 999999) / 1000000 : 0);
}

bool async__deadline_leave(struct async__context *cx, struct async__deadline *d)
{
	if (!d->expired)
		async__wheel_remove(&cx->runtime->wheel, &d->timer.timer);
	async__scope_pop(cx, &d->scope);
	return d->expired;
}

void async__shield_enter_ms(struct async__context *cx, struct async__deadline *d, uint64_t ms)
{
	async__shield_enter(cx, &d->scope);
	start(cx, d, ms, shield_expire);
}

bool async__shield_leave_ms(struct async__context *cx, struct async__deadline *d)
{
	if (!d->expired)
		async__wheel_remove(&cx->runtime->wheel, &d->timer.timer);
	return async__scope_leave(cx, &d->scope);
}

/* --- asking ------------------------------------------------------------------------------------- */

bool async_is_cancelled(void)
{
	struct async_runtime *rt = async__runtime_current();
	if (!rt || !rt->current)
		return async__thread_is_cancelled();
	if (!async__is_cancelled(rt->current))
		return false;
	rt->current->flags |= ASYNC__KNOWS;
	return true;
}

int async_check_cancelled(void)
{
	struct async_runtime *rt = async__runtime_current();
	if (!rt || !rt->current)
		return async__thread_is_cancelled() ? ASYNC_ECANCELED : 0;
	if (!async__is_cancelled(rt->current))
		return 0;
	rt->current->flags |= ASYNC__KNOWS;
	refuse(rt->current);
	return ASYNC_ECANCELED;
}
