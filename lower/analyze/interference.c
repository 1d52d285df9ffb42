/* Interference: which objects of the frame must not share storage.
 *
 * In:  a CFG with liveness and captures.   Out: a symmetric relation.
 * As for registers (Chaitin et al. 1981): where one object is written, it conflicts with every other that is needed afterwards. Needed is what
 * is live and holds a value, what a pointer may lead to, or what branches share. Such a pointer may also write at any time: taking an address is a definition as well, and an
 * object that escaped is needed until its scope ends. The frame of a callee is written from the storing of the arguments until its value has been read. */
#include <stdlib.h>

#include "lower/analyze/internal.h"

void conflict_add(struct conflicts *c, unsigned a, unsigned b)
{
	if (a == b)
		return;
	bit_set(c->bits + (size_t)a * c->words, b);
	bit_set(c->bits + (size_t)b * c->words, a);
}

bool conflicts_has(const struct conflicts *c, unsigned a, unsigned b)
{
	return bit_has(c->bits + (size_t)a * c->words, b);
}

bool in_frame(const struct core_function *f, unsigned object)
{
	return object < f->local_count ? f->captured[object] : is_embedded(f, object);
}

/* Conflicts of one block: forward for what holds a value or escaped behind each event, then backward for what is live. */
static void block_conflicts(struct cfg *g, struct conflicts *c, struct block *b, uint64_t *snapshots)
{
	struct core_function *f = g->function;
	unsigned words = g->words;
	size_t bytes = words * sizeof(uint64_t);
	struct forward *after = ARENA_ARRAY(g->arena, struct forward, b->events.len + 1); /* each event; at first what holds on entry */
	uint64_t *live = snapshots + ((size_t)b->events.len + 1) * 3 * words;

	for (unsigned i = 0; i <= b->events.len; i++) {
		uint64_t *sets = snapshots + (size_t)i * 3 * words;
		after[i] = (struct forward){ sets, sets + words, sets + 2 * words };
		memcpy(after[i].init, i ? after[i - 1].init : b->init_in, bytes);
		memcpy(after[i].escaped, i ? after[i - 1].escaped : b->escaped_in, bytes);
		memcpy(after[i].shared, i ? after[i - 1].shared : b->shared_in, bytes);
		if (i)
			event_forward_step(&b->events.data[i - 1], &after[i]);
	}
	memcpy(live, b->live_out, bytes);
	for (unsigned i = b->events.len; i-- > 0;) {
		struct event *e = &b->events.data[i];
		if (event_writes(e) && in_frame(f, e->object))
			for (unsigned w = 0; w < words; w++) {
				uint64_t others = needed_word(live, &after[i + 1], w);
				for (; others; others &= others - 1) {
					unsigned other = w * 64 + (unsigned)__builtin_ctzll(others);
					if (in_frame(f, other))
						conflict_add(c, e->object, other);
				}
			}
		event_live_step(e, live);
	}
}

struct conflicts *interference_build(struct cfg *g)
{
	struct conflicts *c = ARENA_NEW(g->arena, struct conflicts);
	struct core_function *f = g->function;
	unsigned most = 0;

	c->count = g->object_count;
	c->words = g->words;
	c->bits = ARENA_ARRAY(g->arena, uint64_t, (size_t)c->count * c->words);
	for (unsigned i = 0; i < g->blocks.len; i++)
		if (g->blocks.data[i]->events.len > most)
			most = g->blocks.data[i]->events.len;
	uint64_t *scratch = calloc((((size_t)most + 1) * 3 + 1) * g->words, sizeof *scratch);
	if (!scratch)
		abort();
	for (unsigned i = 0; i < g->blocks.len; i++)
		if (g->blocks.data[i]->reachable)
			block_conflicts(g, c, g->blocks.data[i], scratch);
	free(scratch);
	fork_conflicts(g, c);
	/* The caller stores all of them before the function starts. */
	for (unsigned i = 0; i < f->function->param_count; i++)
		for (unsigned k = 0; k < i; k++)
			conflict_add(c, i, k);
	return c;
}
