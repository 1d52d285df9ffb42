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
	if (!take_back || cx->flags & ASYNC__UNDO) /* it is ready: what it waited for has happened */
		return;
	cx->interrupt = NULL;
	if (take_back)
		take_back(cx, async__leaf(cx));
}

/* Passes a cancellation of the scopes from `s` out to `last` (NULL: all) on to what runs for them. */
static void pass_on(struct async__scope *s, const struct async__scope *last)
{
	while (s) {
		struct async__scope *outer = s->outer;
		bool is_last = s == last;
		if (s->kind == ASYNC__NURSERY)
			async__nursery_cancel_children((struct async_nursery *)s);
		else if (s->kind == ASYNC__REGION)
			async__region_cancel((struct async__region *)((char *)s - offsetof(struct async__region, scope)), NULL);
		if (is_last)
			return;
		s = outer;
	}
}

void async__scope_cancel(struct async__context *cx, struct async__scope *scope)
{
	if (scope ? scope->flags & ASYNC__SCOPE_CANCELLED : cx->flags & ASYNC__REQUESTED)
		return;
	if (scope)
		scope->flags |= ASYNC__SCOPE_CANCELLED;
	else
		cx->flags |= ASYNC__REQUESTED;
	cx->flags |= ASYNC__TOUCHED;
	struct async__scope *shield = NULL;
	for (struct async__scope *s = cx->scope; s && s != scope; s = s->outer)
		if (protects(s))
			shield = s;
	if (!shield)
		cx->flags |= ASYNC__CANCELLED;
	pass_on(shield ? shield->outer : cx->scope, scope);
	if (!shield)
		interrupt(cx);
}

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
	if (!(cx->flags & ASYNC__TOUCHED))
		return;
	cx->flags &= ~later;
	async__scope_left(cx);
	cx->flags |= later;
	if (s->flags & ASYNC__SCOPE_CANCELLED)
		cx->refused = 0; /* what was refused was refused for this scope */
}

void async__strand_abort(struct async__context *cx)
{
	if (cx->flags & (ASYNC__ABORTING | ASYNC__ABORT_LATER))
		return;
	cx->flags |= ASYNC__TOUCHED;
	if (async__strand_is_shielded(cx)) {
		cx->flags |= ASYNC__ABORT_LATER;
		return;
	}
	cx->flags |= ASYNC__ABORTING;
	if (cx == cx->runtime->current) { /* it runs: its next operation ends at once, and then it goes that way */
		cx->flags |= ASYNC__REQUESTED | ASYNC__CANCELLED;
		return;
	}
	for (struct async__scope *s = cx->scope; s; s = s->outer) {
		if (s->kind == ASYNC__NURSERY)
			async__nursery_abort((struct async_nursery *)s);
		else if (s->kind == ASYNC__REGION)
			async__region_abort((struct async__region *)((char *)s - offsetof(struct async__region, scope)));
	}
	cx->flags &= ~(unsigned)ASYNC__UNDO; /* what it has in hand is taken back as well */
	interrupt(cx);
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

/* --- going on ------------------------------------------------------------------------------------ */

bool async__strand_aborts(struct async__context *cx)
{
	if (cx->flags & ASYNC__CANCELLED)
		refuse(cx);
	if (!(cx->flags & ASYNC__ABORTING))
		return false;
	cx->flags &= ~(unsigned)ASYNC__ABORTING;
	if (!async__strand_is_shielded(cx))
		return true;
	cx->flags |= ASYNC__ABORT_LATER;
	return false;
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
	if (is_cancelled_from(cx, &d->scope)) {
		struct async__scope *shield = NULL;
		for (struct async__scope *s = cx->scope; s != &d->scope; s = s->outer)
			if (protects(s))
				shield = s;
		if (!shield)
			cx->flags |= ASYNC__CANCELLED;
		pass_on(shield ? shield->outer : cx->scope, &d->scope);
		if (!shield)
			interrupt(cx);
	}
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
	return rt && rt->current ? async__is_cancelled(rt->current) : async__thread_is_cancelled();
}

int async_check_cancelled(void)
{
	struct async_runtime *rt = async__runtime_current();
	if (!rt || !rt->current)
		return async__thread_is_cancelled() ? ASYNC_ECANCELED : 0;
	if (!async__is_cancelled(rt->current))
		return 0;
	refuse(rt->current);
	return ASYNC_ECANCELED;
}
