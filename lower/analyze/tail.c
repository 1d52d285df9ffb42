/* Tail awaits: behind them the function (the branch of a fork) comes to its end without another suspension.
 *
 * In:  a CFG.   Out: core_await.tail. When what such an await waits for is there, the runtime knows that the caller's await is over too: an arm of a select
 * has won as soon as its message is delivered, and the other arms take none. Aborts go elsewhere and don't count. */
#include "lower/analyze/internal.h"

/* The innermost branch that the block lies in; NULL: none. */
static const struct fork_branch *branch_of(const struct cfg *g, const struct block *b)
{
	const struct fork_branch *found = NULL;

	for (unsigned i = 0; i < g->branches.len; i++) {
		const struct fork_branch *branch = &g->branches.data[i];
		if (b->id < branch->first_block || b->id >= branch->end_block)
			continue;
		if (!found || branch->end_block - branch->first_block < found->end_block - found->first_block)
			found = branch;
	}
	return found;
}

static bool ends_in_await(const struct block *b)
{
	return b->events.len && vec_last(&b->events).kind == EV_AWAIT;
}

void tails_find(struct cfg *g)
{
	struct core_function *f = g->function;
	struct block **stack = ARENA_ARRAY(g->arena, struct block *, g->blocks.len);
	unsigned *seen = ARENA_ARRAY(g->arena, unsigned, g->blocks.len); /* by the await (its number) that came here last */

	for (unsigned i = 0; i < f->await_count; i++) {
		struct block *at = g->await_block[i];
		unsigned top = 0;
		if (!f->awaits[i]->reachable)
			continue;
		const struct fork_branch *branch = branch_of(g, at);
		struct block *on = at->succs.data[0]; /* where it goes on; of a fork: the join point */
		stack[top++] = f->awaits[i]->fork ? on->succs.data[0] : on;
		f->awaits[i]->tail = true;
		while (top && f->awaits[i]->tail) {
			struct block *b = stack[--top];
			if (ends_in_await(b))
				f->awaits[i]->tail = false;
			for (unsigned s = 0; s < b->succs.len; s++) {
				struct block *to = b->succs.data[s];
				bool outside = branch && (to->id < branch->first_block || to->id >= branch->end_block);
				if (outside || seen[to->id] == i + 1)
					continue;
				seen[to->id] = i + 1;
				stack[top++] = to;
			}
		}
	}
}
