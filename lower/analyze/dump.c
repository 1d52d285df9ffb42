/* --dump=cfg and --dump=liveness. The graph is built again: it is not kept. */
#include "lower/analyze/internal.h"

static const char *object_name(const struct cfg *g, unsigned object)
{
	const struct core_function *f = g->function;

	if (object >= f->local_count) {
		const struct core_await *w = f->awaits[object - f->local_count];
		return arena_printf(g->arena, "frame of %s (await %u)", w->text, w->index + 1);
	}
	const struct symbol *s = f->locals[object];
	return s->emit_name ? s->emit_name : s->name ? s->name : "(unnamed)";
}

static void dump_event(FILE *out, const struct cfg *g, const struct event *e)
{
	static const char *const words[] = {
		[EV_BEGIN] = "begin", [EV_USE] = "use", [EV_DEF] = "def", [EV_PARTIAL] = "part", [EV_ADDR] = "addr", [EV_END] = "end",
		[EV_SHARE] = "share", [EV_UNSHARE] = "unshare",
	};

	if (e->kind == EV_AWAIT) {
		const struct core_await *w = g->function->awaits[e->object];
		if (w->fork)
			fprintf(out, "    await %u: %s of %u branches\n", w->index + 1, w->text, w->fork->branch_count);
		else
			fprintf(out, "    await %u: %s%s\n", w->index + 1, w->text, w->callee ? "" : " (boxed)");
		return;
	}
	fprintf(out, "    %s %s\n", words[e->kind], object_name(g, e->object));
}

static void dump_set(FILE *out, const struct cfg *g, const char *what, const uint64_t *set, const uint64_t *mask)
{
	bool any = false;

	for (unsigned i = 0; i < g->object_count; i++) {
		if (!bit_has(set, i) || (mask && !bit_has(mask, i)))
			continue;
		fprintf(out, "%s%s", any ? ", " : what, object_name(g, i));
		any = true;
	}
	if (any)
		fputc('\n', out);
}

static const char *function_name(const struct core_function *f)
{
	return f->function->symbol->name;
}

void dump_cfg(FILE *out, struct core_unit *u)
{
	for (unsigned i = 0; i < u->function_count; i++) {
		if (!u->functions[i]->function->is_async)
			continue;
		struct arena *scratch = arena_new();
		struct cfg *g = cfg_build(scratch, u->functions[i]);
		fprintf(out, "%s\n", function_name(u->functions[i]));
		for (unsigned b = 0; b < g->blocks.len; b++) {
			struct block *block = g->blocks.data[b];
			if (!block->reachable)
				continue;
			fprintf(out, "  B%u %s:\n", block->id, block->what);
			for (unsigned e = 0; e < block->events.len; e++)
				dump_event(out, g, &block->events.data[e]);
			if (block->succs.len)
				fputs("    ->", out);
			for (unsigned s = 0; s < block->succs.len; s++)
				fprintf(out, " B%u", block->succs.data[s]->id);
			if (block->succs.len)
				fputc('\n', out);
		}
		arena_free(scratch);
	}
}

void dump_liveness(FILE *out, struct core_unit *u)
{
	for (unsigned i = 0; i < u->function_count; i++) {
		struct core_function *f = u->functions[i];
		if (!f->function->is_async)
			continue;
		struct arena *scratch = arena_new();
		struct cfg *g = cfg_build(scratch, f);
		liveness_compute(g);
		fprintf(out, "%s\n", function_name(f));
		for (unsigned b = 0; b < g->blocks.len; b++) {
			struct block *block = g->blocks.data[b];
			if (!block->reachable || block == g->exit)
				continue;
			fprintf(out, "  B%u %s:\n", block->id, block->what);
			dump_set(out, g, "    live in:  ", block->live_in, block->init_in);
			dump_set(out, g, "    live out: ", block->live_out, block->init_out);
			dump_set(out, g, "    escaped:  ", block->escaped_out, NULL);
			dump_set(out, g, "    shared:   ", block->shared_out, NULL);
		}
		for (unsigned k = 0; k < f->await_count; k++) {
			fprintf(out, "  across await %u (%s):", k + 1, f->awaits[k]->text);
			for (unsigned x = 0; x < f->awaits[k]->live_count; x++)
				fprintf(out, "%s %s", x ? "," : "", object_name(g, f->awaits[k]->live[x]->index));
			fputc('\n', out);
		}
		arena_free(scratch);
	}
}
