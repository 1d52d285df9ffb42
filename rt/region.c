/* Regions: async join and async select. Their branches are strands over one frame: a branch is entered at a state of the
 * function's own poll, and its awaits go on there.
 *
 *     fork ──▶ branch 1 ──▶ branch_end ──┐
 *         └──▶ branch 2 ──▶ branch_end ──┴──▶ the last one wakes the function's own strand
 *
 * A select is decided as soon as one arm has nothing left to do: where it ends, or, so that no other arm takes a message
 * in vain, already when its last operation is complete (async__arm_woken). */
#include "rt/internal.h"
#include "rt/line.h"

static struct async__branch *branches(struct async__region *r)
{
	return (struct async__branch *)(r + 1);
}

static bool is_select(const struct async__region *r)
{
	return r->kind != ASYNC__JOIN;
}

static bool branch_runs(const struct async__branch *b)
{
	return (b->strand.flags & ASYNC__STARTED) != 0;
}

struct async__context *async__region_next(struct async__region *r, const struct async__context *after, bool aborts)
{
	struct async__branch *b = after ? (struct async__branch *)after + 1 : branches(r);
	while (b < branches(r) + r->count && !branch_runs(b) && (aborts || !r->starting))
		b++;
	return b < branches(r) + r->count ? &b->strand : NULL;
}

/* Cancels all branches but one (NULL: all), unless that is what is going on. */
static void region_cancel(struct async__region *r, const struct async__context *but)
{
	struct async__context *cx = NULL;
	while (!(r->scope.flags & ASYNC__SCOPE_PASSING) && (cx = async__region_next(r, cx, false)))
		if (cx != but)
			async__strand_cancel(cx);
}

/* The arm that a select tries first goes round. */
static unsigned first_arm(unsigned count)
{
	static __thread unsigned round;
	return async__is_seeded ? async__random(count) : round++ % count;
}

enum async__poll async__fork(struct async__region *r, unsigned count, unsigned kind, struct async__context *cx,
			     struct async__frame *self, const struct async__site *site, unsigned first_state)
{
	struct async_runtime *rt = cx->runtime;
	unsigned flags = ASYNC__BRANCH | (kind == ASYNC__JOIN ? cx->flags & ASYNC__ARM : ASYNC__ARM);
	if (async__is_cancelled(cx))
		flags |= ASYNC__REQUESTED | ASYNC__CANCELLED | ASYNC__TOUCHED;
	async__suspend(cx, self, site);
	r->parent = cx;
	r->kind = kind;
	r->count = r->left = count;
	r->started = 0;
	r->winner = -1;
	r->starting = true;
	r->aborts = cx->flags & ASYNC__ABORTING;
	async__scope_enter(cx, &r->scope, ASYNC__REGION);
	cx->interrupt = NULL; /* from here on it waits, and a branch may cancel it */
	for (unsigned i = 0; i < count; i++)
		branches(r)[i] = (struct async__branch){.strand = {.runtime = rt, .flags = flags}, .region = r};
	unsigned first = is_select(r) ? first_arm(count) : 0;
	for (unsigned k = 0; k < count; k++) {
		unsigned i = first + k < count ? first + k : first + k - count;
		if (is_select(r) && r->winner >= 0)
			break;
		struct async__context *strand = &branches(r)[i].strand;
		strand->flags |= ASYNC__STARTED;
		r->started++;
		rt->current = strand;
		site->poll(self, strand, first_state + 2 * i);
	}
	rt->current = cx;
	r->starting = false;
	r->left -= count - r->started;
	if (kind == ASYNC__SELECT_DEFAULT && r->winner < 0) {
		r->winner = -2; /* decided: nobody */
		region_cancel(r, NULL);
	}
	if (!r->left) {
		async__scope_pop(r->parent, &r->scope);
		if (r->winner == -2)
			r->winner = -1;
		return ASYNC__READY;
	}
	return ASYNC__PENDING;
}

static void decide(struct async__region *r, struct async__branch *b)
{
	r->winner = (int)(b - branches(r));
	region_cancel(r, &b->strand);
}

/* An arm has ended with a value, which an abort can't give back. */
static void wake_won(struct async__region *r)
{
	if (r->parent->flags & ASYNC__ABORTING && !r->aborts)
		async__strand_keeps(r->parent, NULL);
	hand_over(r->parent, async__strand_keeps);
}

enum async__poll async__branch_end(struct async__context *cx)
{
	struct async__branch *b = (struct async__branch *)cx;
	struct async__region *r = b->region;
	cx->flags &= ~(unsigned)ASYNC__STARTED;
	if (is_select(r) && r->winner == -1 && !(cx->flags & ASYNC__LOSES))
		decide(r, b);
	if (--r->left || r->starting)
		return ASYNC__PENDING;
	async__scope_pop(r->parent, &r->scope);
	if (r->winner == -2)
		r->winner = -1;
	if (is_select(r) && r->winner >= 0)
		wake_won(r);
	else
		async__wake_now(r->parent);
	return ASYNC__PENDING;
}

void async__branch_aborts(struct async__branch *b)
{
	struct async__region *r = b->region;
	b->strand.flags |= ASYNC__LOSES;
	if (is_select(r) && r->winner == (int)(b - branches(r)))
		r->winner = -1;
}

enum async__poll async__branch_leave(struct async__context *cx)
{
	struct async__branch *b = (struct async__branch *)cx;
	struct async__region *r = b->region;
	unsigned turn = async__turn(cx);
	int i = (int)(b - branches(r));
	/* (One that knows of the cancellation leaves because of that.) */
	if (r->winner < 0 || (r->turn == turn && i < r->winner && !(cx->flags & ASYNC__KNOWS))) {
		r->winner = i;
		r->turn = turn;
	}
	region_cancel(r, &b->strand);
	return async__branch_end(cx);
}

void async__arm_woken(struct async__context *cx)
{
	while (cx->flags & ASYNC__ARM && cx->flags & ASYNC__BRANCH) {
		struct async__branch *b = (struct async__branch *)cx;
		struct async__region *r = b->region;
		struct async__frame *f = cx->frame;
		const struct async__site *site = cx->site;
		if (!is_select(r) || r->winner != -1 || cx->flags & ASYNC__LOSES)
			return;
		for (;;) {
			if (!(site->flags & ASYNC__TAIL))
				return;
			if (f == r->parent->frame)
				break;
			site = f->ret;
			f = site->offset ? (struct async__frame *)((char *)f - site->offset) : async__box_of(f)->parent;
		}
		decide(r, b);
		/* The select is as good as done: it may be all that an arm of another one waits for. */
		cx = r->parent;
	}
}
