/* Forks: branches that run at once over one frame.
 *
 * In:  CORE_FORK.   Out: edges from the fork to each branch and from their ends to the join point; which locals the branches share; conflicts.
 *
 *     B1: share x, addr join1, await 3  -> B2 B3 B4      B2 "join": unshare x -> B7 "resume"
 *                                                        B3 "branch": ... -> B2       B4 "branch": ... -> B2
 *
 * The graph knows each branch as if it ran alone. What others do meanwhile comes in by two rules:
 *   - a local from outside that a branch names is *shared* from the fork to the join point: it is in the frame and needed all the time, whoever
 *     reads or writes it when;
 *   - what begins inside a branch (locals, frames of callees, nested regions) conflicts with all that begins inside another one.
 * A branch begins and goes on in calls of the poll function of its own, so nothing from outside reaches it but through the frame. */
#include <assert.h>

#include "lower/analyze/build.h"

/* Marks the objects that begin (`begun`) or occur (`seen`) in a branch. */
static void branch_objects(const struct cfg *g, const struct fork_branch *branch, uint64_t *begun, uint64_t *seen)
{
	unsigned locals = g->function->local_count;

	for (unsigned i = branch->first_block; i < branch->end_block; i++)
		for (unsigned k = 0; k < g->blocks.data[i]->events.len; k++) {
			struct event *e = &g->blocks.data[i]->events.data[k];
			if (e->kind == EV_AWAIT) {
				bit_set(begun, locals + e->object); /* the callee's frame */
				continue;
			}
			if (e->kind == EV_BEGIN)
				bit_set(begun, e->object);
			if (e->object < locals)
				bit_set(seen, e->object);
		}
}

/* An enclosing fork shares these objects: the forks in its branches need not. */
static void branch_unshare(struct cfg *g, const struct fork_branch *branch, const uint64_t *shared)
{
	for (unsigned i = branch->first_block; i < branch->end_block; i++) {
		struct block *block = g->blocks.data[i];
		unsigned kept = 0;
		for (unsigned k = 0; k < block->events.len; k++) {
			struct event *e = &block->events.data[k];
			if ((e->kind != EV_SHARE && e->kind != EV_UNSHARE) || !bit_has(shared, e->object))
				block->events.data[kept++] = *e;
		}
		block->events.len = kept;
	}
}

void walk_fork(struct cfg_builder *b, struct core_fork *fork)
{
	struct cfg *g = b->cfg;
	struct block *before = b->current, *join = block_new(b, "join");
	struct jump_target outer = b->branch_end;
	uint64_t *shared = ARENA_ARRAY(b->arena, uint64_t, g->words), *begun = ARENA_ARRAY(b->arena, uint64_t, g->words);
	unsigned index = fork->join->index, first = g->branches.len;
	int region = local_object(b->function, fork->region);

	block_link(b, before, join);
	b->branch_end = (struct jump_target){ join, b->scope };
	for (unsigned i = 0; i < fork->branch_count; i++) {
		struct block *entry = block_new(b, "branch");
		block_link(b, before, entry);
		b->current = entry;
		walk_stmt(b, fork->branches[i]);
		block_link(b, b->current, join);
		struct fork_branch branch = { .fork = index, .first_block = entry->id, .end_block = g->blocks.len };
		vec_push(b->arena, &g->branches, branch);
	}
	b->branch_end = outer;

	/* A fork in a branch has entries of its own between these. */
	for (unsigned i = first; i < g->branches.len; i++)
		if (g->branches.data[i].fork == index)
			branch_objects(g, &g->branches.data[i], begun, shared);
	for (unsigned w = 0; w < g->words; w++)
		shared[w] &= ~begun[w];
	for (unsigned i = first; i < g->branches.len; i++)
		if (g->branches.data[i].fork == index)
			branch_unshare(g, &g->branches.data[i], shared);
	for (unsigned pass = 0; pass < 2; pass++) {
		b->current = pass ? join : before;
		for (unsigned x = 0; x < b->function->local_count; x++)
			if (bit_has(shared, x))
				event_add(b, pass ? EV_UNSHARE : EV_SHARE, x, fork->join->loc);
	}
	b->current = before;
	assert(region >= 0);
	g->mentioned[region] = true;
	event_add(b, EV_ADDR, (unsigned)region, fork->join->loc);
	event_add(b, EV_AWAIT, index, fork->join->loc);
	g->await_block[index] = before;

	struct block *after = block_new(b, "resume");
	block_link(b, join, after);
	b->current = join;
	if (fork->join->unwind)
		jump_to_label(b, fork->join->unwind);
	b->current = after;
}

void fork_conflicts(const struct cfg *g, struct conflicts *c)
{
	unsigned count = g->branches.len;
	uint64_t **begun = ARENA_ARRAY(g->arena, uint64_t *, count), *seen = ARENA_ARRAY(g->arena, uint64_t, g->words);

	for (unsigned i = 0; i < count; i++) {
		begun[i] = ARENA_ARRAY(g->arena, uint64_t, g->words);
		branch_objects(g, &g->branches.data[i], begun[i], seen);
	}
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = i + 1; k < count; k++) {
			if (g->branches.data[i].fork != g->branches.data[k].fork)
				continue;
			for (unsigned x = 0; x < g->object_count; x++)
				for (unsigned y = 0; bit_has(begun[i], x) && y < g->object_count; y++)
					if (bit_has(begun[k], y) && in_frame(g->function, x) && in_frame(g->function, y))
						conflict_add(c, x, y);
		}
}
