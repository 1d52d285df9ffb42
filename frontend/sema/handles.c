/* Handles: what the local variables that are futures, task handles or streams may hold at a point of their function, and what is
 * said of one that holds nothing.
 *
 * Each has a set of states, the ways there taken together. A consumption leaves CONSUMED; it is an error only where FULL is not
 * among them. An await of a handle leaves AWAITED, for one that is interrupted leaves the handle valid: where the program has had
 * occasion to look at the value (handles_decide), the handle may be FULL again. A variable whose address is taken is left alone, and
 * so is one that a defer consumes. Each variable gets one error. */
#include "frontend/sema/handles.h"

#include <string.h>

/* -- states ---------------------------------------------------------------------------------------------- */
uint8_t *states_new(struct handles *h)
{
	return ARENA_ARRAY(h->s->arena, uint8_t, h->count);
}

uint8_t *states_copy(struct handles *h, const uint8_t *from)
{
	return memcpy(states_new(h), from, h->count);
}

void states_join(const struct handles *h, uint8_t *to, const uint8_t *from)
{
	for (unsigned i = 0; i < h->count; i++)
		to[i] |= from[i];
}

void states_unreachable(struct handles *h)
{
	h->now = states_new(h);
}

struct tracked *handle_of(struct handles *h, struct node *n)
{
	n = node_strip(n);
	if (n->kind != N_IDENT)
		return NULL;
	for (unsigned i = 0; i < h->count; i++)
		if (h->vars[i].symbol == n->ann)
			return &h->vars[i];
	return NULL;
}

static const char *kind_word(const struct symbol *sym)
{
	switch (type_kind(sym->type)) {
	case TY_TASK:
		return "task";
	case TY_STREAM:
		return "stream";
	default:
		return "future";
	}
}

static bool is_block(const struct node *n)
{
	return n->kind == N_ASYNC_BLOCK || n->kind == N_CLOSURE || n->kind == N_SPAWN_BLOCK;
}

/* Reports a consumption by `n`, which names it at `loc`, where nothing can be in `v`. */
static void need_full(struct handles *h, struct tracked *v, struct node *n, loc_t loc)
{
	struct diag *d = h->s->diag;
	uint8_t state = h->now[v - h->vars];
	const char *name = v->symbol->name, *word = kind_word(v->symbol);

	if ((state & FULL) || v->reported)
		return;
	v->reported = true;
	if (state == NEVER_SET) {
		diag_error(d, loc, "'%s' is consumed before it holds a %s", name, word);
		diag_note(d, v->symbol->loc, "declared here, without one");
	} else if (v->consumed == n) {
		diag_error(d, loc, "the %s '%s' is consumed in every turn of the loop", word, name);
		diag_note(d, v->symbol->loc, "it is made once; make it inside the loop");
	} else {
		diag_error(d, loc, "the %s '%s' is consumed twice", word, name);
		if (v->consumed)
			diag_note(d, v->consumed_loc, is_block(v->consumed) ? "moved into the block here" : "first consumed here");
	}
}

void handle_consume_at(struct handles *h, struct tracked *v, struct node *n, loc_t loc, uint8_t left)
{
	uint8_t *state = &h->now[v - h->vars];

	v->used = true;
	if (h->in_defer)
		v->ignored = true;
	if (v->ignored || !*state)
		return;
	need_full(h, v, n, loc);
	*state = left;
	if (v->consumed)
		return;
	v->consumed = n;
	v->consumed_loc = loc;
}

void handle_consume(struct handles *h, struct tracked *v, struct node *n, uint8_t left)
{
	handle_consume_at(h, v, n, n->loc, left);
}

void handle_touch(struct handles *h, struct tracked *v, struct node *n)
{
	struct diag *d = h->s->diag;
	uint8_t state = h->now[v - h->vars];

	if (v->ignored || h->in_defer || !state || (state & (FULL | AWAITED)) || v->reported)
		return;
	v->reported = true;
	if (state == NEVER_SET) {
		diag_error(d, n->loc, "'%s' is used before it holds a %s", v->symbol->name, kind_word(v->symbol));
		diag_note(d, v->symbol->loc, "declared here, without one");
		return;
	}
	diag_error(d, n->loc, "the %s '%s' is used after it was consumed", kind_word(v->symbol), v->symbol->name);
	if (v->consumed)
		diag_note(d, v->consumed_loc, is_block(v->consumed) ? "moved into the block here" : "consumed here");
}

void handles_decide(struct handles *h)
{
	for (unsigned i = 0; i < h->count; i++)
		if (h->now[i] & AWAITED)
			h->now[i] |= FULL;
}

void handle_fill(struct handles *h, struct tracked *v)
{
	if (h->now[v - h->vars])
		h->now[v - h->vars] = FULL;
}

/* -- variables ------------------------------------------------------------------------------------------- */
static bool is_tracked_type(const struct type *t)
{
	return type_kind(t) == TY_FUTURE || type_kind(t) == TY_TASK || type_kind(t) == TY_STREAM;
}

/* A copy that a block captured: what its owner wanted was said outside. */
static bool is_captured(const struct function *function, const struct symbol *sym)
{
	for (unsigned i = 0; i < function->capture_count; i++)
		if (function->captures[i].inner == sym)
			return true;
	return false;
}

static void report_unused(struct sema *s, const struct function *function, const struct symbol *sym)
{
	if (is_captured(function, sym))
		return;
	switch (type_kind(sym->type)) {
	case TY_FUTURE:
		if (diag_warn(s->diag, W_UNUSED_FUTURE, sym->loc,
			      "the future '%s' is never consumed, so it never runs", sym->name))
			diag_note(s->diag, sym->loc, "await it, or discard it with 'future_drop(%s)'", sym->name);
		break;
	case TY_TASK:
		if (diag_warn(s->diag, W_UNUSED_TASK, sym->loc,
			      "the task '%s' is never awaited: it is cancelled at the end of the handle's scope",
			      sym->name))
			diag_note(s->diag, sym->loc, "await it, or let it run on with '%s.detach()'", sym->name);
		break;
	default: /* a stream is closed */
		break;
	}
}

bool handles_collect(struct handles *h, const struct function *function)
{
	for (unsigned i = 0; i < function->local_count; i++)
		h->count += is_tracked_type(function->locals[i]->type);
	if (!h->count)
		return false;
	h->vars = ARENA_ARRAY(h->s->arena, struct tracked, h->count);
	h->count = 0;
	for (unsigned i = 0; i < function->local_count; i++) {
		struct symbol *sym = function->locals[i];

		if (is_tracked_type(sym->type) && !sym->address_taken && !sym->static_duration && sym->name)
			h->vars[h->count++].symbol = sym;
	}
	h->now = states_new(h);
	memset(h->now, FULL, h->count);
	return true;
}

void handles_report_unused(const struct handles *h, const struct function *function)
{
	for (unsigned i = 0; i < h->count; i++)
		if (!h->vars[i].used)
			report_unused(h->s, function, h->vars[i].symbol);
}
