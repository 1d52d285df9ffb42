/* Liveness: which objects are still needed after each point.
 *
 * In:  a CFG.   Out: four bit sets for each block, at its start and end:
 *   live     (backward, may) the value is used later. A full definition and the declaration end it; a partial definition
 *            neither ends it nor needs it. Taking the address counts as a use: the value may be read through the pointer.
 *   init     (forward, may) the object may hold a value: something was written since its declaration. A buffer that is
 *            declared long before it is filled is not live in between.
 *   escaped  (forward, may) a pointer to the object may exist; ends with the object's scope.
 *   shared   (forward) branches of a fork that name the object are running. */
#include "lower/analyze/internal.h"

void event_live_step(const struct event *e, uint64_t *live)
{
	switch ((enum event_kind)e->kind) {
	case EV_BEGIN: case EV_DEF: case EV_END:
		bit_clear(live, e->object);
		break;
	case EV_USE: case EV_ADDR:
		bit_set(live, e->object);
		break;
	case EV_PARTIAL: case EV_SHARE: case EV_UNSHARE: case EV_AWAIT:
		break;
	}
}

void event_forward_step(const struct event *e, const struct forward *f)
{
	switch ((enum event_kind)e->kind) {
	case EV_BEGIN: case EV_END:
		bit_clear(f->init, e->object);
		bit_clear(f->escaped, e->object);
		break;
	case EV_ADDR:
		bit_set(f->escaped, e->object);
		bit_set(f->init, e->object);
		break;
	case EV_DEF: case EV_PARTIAL:
		bit_set(f->init, e->object);
		break;
	case EV_SHARE:
		bit_set(f->shared, e->object);
		break;
	case EV_UNSHARE:
		bit_clear(f->shared, e->object);
		break;
	case EV_USE: case EV_AWAIT:
		break;
	}
}

/* to |= from; true if that changed `to`. */
static bool set_union(uint64_t *to, const uint64_t *from, unsigned words)
{
	uint64_t changed = 0;

	for (unsigned i = 0; i < words; i++) {
		changed |= from[i] & ~to[i];
		to[i] |= from[i];
	}
	return changed != 0;
}

unsigned cfg_reverse_postorder(struct cfg *g, struct block **order)
{
	unsigned n = g->blocks.len, top = 0, place = n;
	struct block **stack = ARENA_ARRAY(g->arena, struct block *, n);
	unsigned *next = ARENA_ARRAY(g->arena, unsigned, n);
	bool *seen = ARENA_ARRAY(g->arena, bool, n);

	stack[top++] = g->blocks.data[0];
	seen[0] = true;
	while (top) {
		struct block *b = stack[top - 1];
		if (next[b->id] == b->succs.len) {
			order[--place] = b;
			top--;
			continue;
		}
		struct block *s = b->succs.data[next[b->id]++];
		if (!seen[s->id]) {
			seen[s->id] = true;
			stack[top++] = s;
		}
	}
	memmove(order, order + place, (n - place) * sizeof *order);
	return n - place;
}

void liveness_compute(struct cfg *g)
{
	struct block **order = ARENA_ARRAY(g->arena, struct block *, g->blocks.len);
	unsigned count = cfg_reverse_postorder(g, order), words = g->words;
	uint64_t *set = ARENA_ARRAY(g->arena, uint64_t, words);
	struct forward f = { set, ARENA_ARRAY(g->arena, uint64_t, words), ARENA_ARRAY(g->arena, uint64_t, words) };

	for (unsigned i = 0; i < g->blocks.len; i++) {
		struct block *b = g->blocks.data[i];
		uint64_t *sets = ARENA_ARRAY(g->arena, uint64_t, 8 * words);
		b->live_in = sets;
		b->live_out = sets + words;
		b->init_in = sets + 2 * words;
		b->init_out = sets + 3 * words;
		b->escaped_in = sets + 4 * words;
		b->escaped_out = sets + 5 * words;
		b->shared_in = sets + 6 * words;
		b->shared_out = sets + 7 * words;
	}
	for (bool changed = true; changed;) {
		changed = false;
		for (unsigned i = count; i-- > 0;) {
			struct block *b = order[i];
			for (unsigned s = 0; s < b->succs.len; s++)
				set_union(b->live_out, b->succs.data[s]->live_in, words);
			memcpy(set, b->live_out, words * sizeof *set);
			for (unsigned e = b->events.len; e-- > 0;)
				event_live_step(&b->events.data[e], set);
			changed |= set_union(b->live_in, set, words);
		}
	}
	for (bool changed = true; changed;) {
		changed = false;
		for (unsigned i = 0; i < count; i++) {
			struct block *b = order[i];
			memcpy(f.init, b->init_in, words * sizeof *set);
			memcpy(f.escaped, b->escaped_in, words * sizeof *set);
			memcpy(f.shared, b->shared_in, words * sizeof *set);
			for (unsigned e = 0; e < b->events.len; e++)
				event_forward_step(&b->events.data[e], &f);
			set_union(b->init_out, f.init, words);
			set_union(b->escaped_out, f.escaped, words);
			set_union(b->shared_out, f.shared, words);
			for (unsigned s = 0; s < b->succs.len; s++) {
				changed |= set_union(b->succs.data[s]->init_in, b->init_out, words);
				changed |= set_union(b->succs.data[s]->escaped_in, b->escaped_out, words);
				changed |= set_union(b->succs.data[s]->shared_in, b->shared_out, words);
			}
		}
	}
}
