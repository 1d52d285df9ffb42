/* Captures: which locals have to be in the frame, at which await, and why.
 *
 * In:  a CFG with liveness.   Out: for each await `live`; for each local `captured`.
 * A local lives across an await when it holds a value there that is used on some path behind it (the unwind path is one), or
 * when a pointer to it may exist there and its scope is not left: whoever has the pointer may use it while the function is suspended. What branches
 * share lives across all their awaits. */
#include "lower/analyze/internal.h"

/* The first use that is reached from `from`, in breadth-first order, before the object gets another value; 0: only through a pointer. */
static loc_t next_use(struct cfg *g, struct block *from, unsigned object)
{
	struct block **queue = ARENA_ARRAY(g->arena, struct block *, g->blocks.len);
	bool *seen = ARENA_ARRAY(g->arena, bool, g->blocks.len);
	unsigned head = 0, tail = 0;

	for (unsigned s = 0; s < from->succs.len; s++) {
		seen[from->succs.data[s]->id] = true;
		queue[tail++] = from->succs.data[s];
	}
	while (head < tail) {
		struct block *b = queue[head++];
		bool ended = false;
		for (unsigned i = 0; i < b->events.len && !ended; i++) {
			struct event *e = &b->events.data[i];
			if (e->kind == EV_AWAIT || e->object != object)
				continue;
			if (e->kind == EV_USE || e->kind == EV_ADDR)
				return e->loc;
			ended = e->kind == EV_DEF || e->kind == EV_BEGIN || e->kind == EV_END;
		}
		for (unsigned s = 0; s < b->succs.len && !ended; s++)
			if (!seen[b->succs.data[s]->id]) {
				seen[b->succs.data[s]->id] = true;
				queue[tail++] = b->succs.data[s];
			}
	}
	return 0;
}

static loc_t first_address(struct cfg *g, unsigned object)
{
	loc_t first = 0;

	for (unsigned i = 0; i < g->blocks.len; i++)
		for (unsigned k = 0; k < g->blocks.data[i]->events.len; k++) {
			struct event *e = &g->blocks.data[i]->events.data[k];
			if (e->kind == EV_ADDR && e->object == object && e->loc && (!first || e->loc < first))
				first = e->loc;
		}
	return first;
}

const char *capture_reason(struct cfg *g, struct core_unit *u, unsigned await, unsigned object)
{
	struct block *at = g->await_block[await];

	if (bit_has(at->escaped_out, object)) {
		loc_t loc = first_address(g, object);
		return loc ? arena_printf(g->arena, "its address escapes at line %u", source_line(u->unit->source, loc)) : "its address escapes";
	}
	if (bit_has(at->shared_out, object))
		return "branches share it";
	loc_t loc = next_use(g, at, object);
	return loc ? arena_printf(g->arena, "used at line %u", source_line(u->unit->source, loc)) : "used later";
}

/* May it be declared with a value at the top of the poll function? A variable: where its declaration says nothing but its type. */
static bool may_preset(const struct symbol *s)
{
	bool plain = !s->name || ((!s->storage || s->storage == SC_AUTO) && !s->attrs.len && !s->explicit_align && !s->cleanup && !type_quals(s->type));

	return plain && (type_fits_register(s->type) || type_is_record(s->type));
}

void captures_find(struct cfg *g, struct core_unit *u)
{
	struct core_function *f = g->function;
	struct symbol **live = ARENA_ARRAY(g->arena, struct symbol *, f->local_count);

	f->captured = ARENA_ARRAY(u->arena, bool, f->local_count);
	for (unsigned i = 0; i < f->await_count; i++) {
		struct core_await *w = f->awaits[i];
		struct block *b = g->await_block[i];
		w->live_count = 0;
		w->reachable = b && b->reachable;
		if (!w->reachable)
			continue;
		for (unsigned x = 0; x < f->local_count; x++) {
			bool needed = bit_has(b->live_out, x) && bit_has(b->init_out, x);
			if (!needed && !bit_has(b->escaped_out, x) && !bit_has(b->shared_out, x))
				continue;
			f->captured[x] = true;
			live[w->live_count++] = f->locals[x];
		}
		w->live = ARENA_ARRAY(u->arena, struct symbol *, w->live_count);
		memcpy(w->live, live, w->live_count * sizeof *live);
	}
	f->preset = ARENA_ARRAY(u->arena, bool, f->local_count);
	for (unsigned i = 0; i < f->await_count; i++)
		for (unsigned x = f->function->param_count; x < f->local_count && f->awaits[i]->reachable; x++)
			if (bit_has(g->await_block[i]->live_out, x) && !bit_has(g->await_block[i]->init_out, x) && !f->captured[x] && !g->literal[x] && may_preset(f->locals[x]))
				f->preset[x] = true;
	/* A big parameter is used where the caller stored it; so is one that is never read (a local would be set for nothing), or that could not be given its value later (const), or declared (variably modified). */
	for (unsigned i = 0; i < f->function->param_count; i++) {
		struct symbol *p = f->function->params[i];
		if (g->mentioned[p->index] && (g->unevaluated[p->index] || p->type->size > 64 || p->type->is_vm || (type_quals(p->type) & Q_CONST)))
			f->captured[p->index] = true;
	}
}
