/* Variables that are read though nothing has given them a value on any way there. The C compiler tells that of what lies in its own
 * variables alone: not of those in the frame, nor of those that the poll function declares with a value, because it goes on between
 * their declarations and their uses. */
#include "lower/analyze/internal.h"

static bool is_hidden(const struct core_function *f, unsigned object)
{
	return object >= f->function->param_count && object < f->local_count && f->locals[object]->name && (f->captured[object] || f->preset[object]);
}

void uninitialized_report(struct cfg *g, struct diag *d)
{
	struct core_function *f = g->function;
	size_t bytes = g->words * sizeof(uint64_t);
	struct forward now = { ARENA_ARRAY(g->arena, uint64_t, g->words), ARENA_ARRAY(g->arena, uint64_t, g->words), ARENA_ARRAY(g->arena, uint64_t, g->words) };
	bool *told = ARENA_ARRAY(g->arena, bool, f->local_count);

	for (unsigned i = 0; i < g->blocks.len; i++) {
		struct block *b = g->blocks.data[i];

		if (!b->reachable)
			continue;
		memcpy(now.init, b->init_in, bytes);
		memcpy(now.escaped, b->escaped_in, bytes);
		memcpy(now.shared, b->shared_in, bytes);
		for (unsigned k = 0; k < b->events.len; k++) {
			const struct event *e = &b->events.data[k];
			unsigned x = e->object;

			if (e->kind == EV_USE && !e->idle && is_hidden(f, x) && !told[x] && !bit_has(now.init, x) && !bit_has(now.escaped, x) && !bit_has(now.shared, x)) {
				told[x] = true;
				if (diag_warn(d, W_UNSET_VARIABLE, e->loc, "'%s' is used without a value", f->locals[x]->name))
					diag_note(d, f->locals[x]->loc, "declared here");
			}
			event_forward_step(e, &now);
		}
	}
}
