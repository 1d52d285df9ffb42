/* A check of the captures that does not use liveness: forward, a local that is not in the frame is *stale* behind an await if it may have held a
 * value before it; being written whole, declared, or left makes it fresh. Nothing may read a stale local. */
#include <assert.h>

#include "lower/analyze/internal.h"

struct state {
	struct forward held;
	uint64_t *stale;
};

static void verify_step(struct cfg *g, const struct event *e, struct state *s, bool check)
{
	const struct core_function *f = g->function;

	switch ((enum event_kind)e->kind) {
	case EV_AWAIT:
		for (unsigned x = 0; x < f->local_count; x++)
			if (!f->captured[x] && bit_has(s->held.init, x))
				bit_set(s->stale, x);
		return;
	case EV_BEGIN: case EV_DEF: case EV_END:
		bit_clear(s->stale, e->object);
		break;
	case EV_USE: case EV_ADDR:
		if (check)
			assert(!bit_has(s->stale, e->object) && "a local is read behind an await and was not kept");
		break;
	case EV_SHARE:
		assert(f->captured[e->object] && "branches share a local that is not in the frame");
		break;
	case EV_PARTIAL: case EV_UNSHARE:
		break;
	}
	event_forward_step(e, &s->held);
}

void captures_verify(struct cfg *g)
{
	struct block **order = ARENA_ARRAY(g->arena, struct block *, g->blocks.len);
	unsigned words = g->words, n = g->blocks.len, count = cfg_reverse_postorder(g, order);
	uint64_t *stale_in = ARENA_ARRAY(g->arena, uint64_t, (size_t)n * words), *sets = ARENA_ARRAY(g->arena, uint64_t, 4 * words);
	struct state s = { { sets, sets + words, sets + 2 * words }, sets + 3 * words };

	for (unsigned check = 0; check < 2; check++)
		for (bool changed = true; changed;) {
			changed = false;
			for (unsigned i = 0; i < count; i++) {
				struct block *b = order[i];
				memcpy(s.held.init, b->init_in, words * sizeof *sets);
				memcpy(s.held.escaped, b->escaped_in, words * sizeof *sets);
				memcpy(s.held.shared, b->shared_in, words * sizeof *sets);
				memcpy(s.stale, stale_in + (size_t)b->id * words, words * sizeof *sets);
				for (unsigned e = 0; e < b->events.len; e++)
					verify_step(g, &b->events.data[e], &s, check);
				for (unsigned k = 0; k < b->succs.len; k++)
					for (unsigned w = 0; w < words; w++) {
						uint64_t *to = stale_in + (size_t)b->succs.data[k]->id * words + w;
						changed |= (s.stale[w] & ~*to) != 0;
						*to |= s.stale[w];
					}
			}
		}
}
