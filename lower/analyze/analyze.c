/* The entry of analyze/: for each async function CFG, liveness, captures, conflicts, layout.
 *
 * In:  core form, callees before the callers that embed their frames.   Out: captured, layout, and for each await what lives across it; warnings of what has no value. */
#include "lower/analyze/internal.h"

void analyze(struct arena *arena, struct core_unit *u, struct diag *d)
{
	for (unsigned i = 0; i < u->function_count; i++) {
		struct core_function *f = u->functions[i];
		if (!f->function->is_async)
			continue;
		struct arena *scratch = arena_new();
		struct cfg *g = cfg_build(scratch, f);

		f->mentioned = ARENA_ARRAY(arena, bool, f->local_count);
		f->declared = ARENA_ARRAY(arena, bool, f->local_count);
		memcpy(f->mentioned, g->mentioned, f->local_count * sizeof *f->mentioned);
		memcpy(f->declared, g->declared, f->local_count * sizeof *f->declared);
		liveness_compute(g);
		captures_find(g, u);
		uninitialized_report(g, d);
		captures_verify(g);
		tails_find(g);
		layout_compute(g, interference_build(g), u);
		bool *reuses = ARENA_ARRAY(arena, bool, f->local_count);
		memcpy(reuses, f->reuses, f->local_count * sizeof *reuses);
		f->reuses = reuses;
		arena_free(scratch);
	}
}
