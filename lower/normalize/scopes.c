/* Nurseries, shields and deadlines: blocks that the runtime is told of when they are entered and left.
 *
 *     int rc = async nursery { |n| body };      struct async_nursery nursery1;
 *                                               async_nursery *n = &nursery1;
 *                                         ->    async__nursery_enter(&nursery1, cx);
 *                                               body
 *                                               t1 = await async__nursery_wait(&nursery1);        on every way out
 *
 * How they are left is the business of cleanup.c: a nursery is told first when an abort or a `?` comes through. A shield may hand over an
 * abort that it had kept away: then the function goes on at its abort path. */
#include "lower/normalize/internal.h"

static void emit_call(struct normalizer *n, const char *function, struct node *a, struct node *b, struct node *c, loc_t loc)
{
	struct node *call = new_call(n, function, type_basic(TY_VOID), loc), *args[] = { a, b, c };

	for (unsigned i = 0; i < 3 && args[i]; i++)
		node_list_push(n->arena, &call->u.CALL.args, args[i]);
	emit(n, new_expr_stmt(n, call));
}

static struct symbol *declare_struct(struct normalizer *n, const char *name, const char *stem, loc_t loc)
{
	struct symbol *s = new_temp(n, runtime_type(n, name), stem);

	s->address_taken = true;
	emit_declaration(n, s, NULL, loc);
	return s;
}

/* -- nurseries --------------------------------------------------------------------------------------------------------- */

struct node *lower_nursery(struct normalizer *n, struct node *nursery, bool awaited, bool dropped)
{
	struct nursery_use *use = nursery->ann;
	bool is_async = nursery->u.NURSERY.is_async;
	loc_t loc = nursery->loc;
	struct symbol *value = NULL, *object;
	struct node *block = new_compound(n, nursery->begin);
	struct node_list *out = n->out, *block_out = n->block_out;
	struct scope_info *scope = n->scope;
	struct pending *outer = n->pending;

	if (!dropped) {
		value = new_temp(n, type_basic(TY_INT), "t");
		emit_declaration(n, value, NULL, nursery->begin);
	}
	block->u.COMPOUND.end = (int)nursery->end;
	n->out = n->block_out = &block->u.COMPOUND.items;
	object = declare_struct(n, is_async ? "async_nursery" : "sync_nursery", "nursery", nursery->begin);
	if (is_async)
		emit_call(n, "async__nursery_enter", address_of(n, object, loc),
			  n->function->is_async ? running_strand(n, loc) : new_text(n, loc, "(struct async__context *)0"), NULL, loc);
	else
		emit_call(n, "async__sync_nursery_enter", address_of(n, object, loc), NULL, NULL, loc);
	n->scope = use->scope ? use->scope : nursery->u.NURSERY.body->ann;
	pending_push(n, is_async ? PENDING_NURSERY : PENDING_SYNC_NURSERY, NULL, object, nursery->begin);
	n->pending->awaited = awaited;
	n->pending->result = value;
	if (use->variable && use->variable->name)
		emit_declaration(n, use->variable, address_of(n, object, loc), loc);
	emit(n, lower_block(n, nursery->u.NURSERY.body)); /* a block of its own: what is pending in it ends there */
	pending_finish(n, outer, (loc_t)nursery->u.NURSERY.body->u.COMPOUND.end);
	n->scope = scope;
	n->out = out;
	n->block_out = block_out;
	emit(n, block);
	return value ? new_ident(n, value, loc) : NULL;
}

/* Threads can't be aborted. */
static bool cancels(struct normalizer *n, struct pending *p)
{
	if (p->kind != PENDING_SYNC_NURSERY)
		return false;
	emit_call(n, "async__sync_nursery_cancel", address_of(n, p->symbol, p->loc), NULL, NULL, p->loc);
	return true;
}

void nursery_abort(struct normalizer *n, struct pending *p)
{
	if (cancels(n, p))
		return;
	emit_call(n, "async__nursery_abort", address_of(n, p->symbol, p->loc), NULL, NULL, p->loc);
}

/* The error in the value that the function is about to return. */
static struct node *error_in(struct normalizer *n, struct symbol *value, loc_t loc)
{
	struct node *x = new_ident(n, value, loc);

	return type_kind(value->type) == TY_RESULT ? new_member(n, x, "err", type_basic(TY_INT)) : x;
}

void nursery_fail(struct normalizer *n, struct pending *p, struct symbol *value)
{
	if (cancels(n, p))
		return;
	emit_call(n, "async__nursery_fail", address_of(n, p->symbol, p->loc), new_cast(n, type_basic(TY_INT), error_in(n, value, p->loc)), NULL, p->loc);
}

void nursery_error(struct normalizer *n, struct pending *p, struct symbol *value)
{
	struct node *call = new_call(n, "async__nursery_error", type_basic(TY_INT), p->loc);

	node_list_push(n->arena, &call->u.CALL.args, address_of(n, p->symbol, p->loc));
	node_list_push(n->arena, &call->u.CALL.args, new_cast(n, type_basic(TY_INT), error_in(n, value, p->loc)));
	emit(n, new_expr_stmt(n, new_assign(n, error_in(n, value, p->loc), call)));
}

void nursery_leave(struct normalizer *n, struct pending *p)
{
	struct node *arg = address_of(n, p->symbol, p->loc), *call;

	if (n->function->is_async && (p->kind == PENDING_NURSERY || p->awaited)) {
		emit_operation(n, p->kind == PENDING_NURSERY ? "async__nursery_wait" : "async__sync_nursery_wait", &arg, 1, "nursery", p->result, p->loc);
		return;
	}
	/* In a thread of its own an async nursery waits as block_on does. */
	call = new_call(n, p->kind == PENDING_NURSERY ? "async__nursery_wait_blocking" : "async__sync_nursery_wait_blocking", type_basic(TY_INT), p->loc);
	node_list_push(n->arena, &call->u.CALL.args, arg);
	emit(n, new_expr_stmt(n, p->result ? new_assign(n, new_ident(n, p->result, p->loc), call) : call));
}

/* -- shields ----------------------------------------------------------------------------------------------------------- */

void lower_shield(struct normalizer *n, struct node *s)
{
	struct node *block = new_compound(n, s->begin), *ms = s->u.SHIELD.ms;
	struct node_list *out = n->out, *block_out = n->block_out;
	struct scope_info *scope = n->scope;
	struct pending *outer = n->pending;
	struct symbol *object;

	block->u.COMPOUND.end = (int)s->end;
	n->out = n->block_out = &block->u.COMPOUND.items;
	if (ms)
		ms = suspends(ms) ? flatten(n, ms) : copy_expr(n, ms);
	object = declare_struct(n, ms ? "async__deadline" : "async__scope", "shield", s->begin);
	emit_call(n, ms ? "async__shield_enter_ms" : "async__shield_enter", running_strand(n, s->loc), address_of(n, object, s->loc), ms, s->loc);
	if (s->u.SHIELD.body->ann)
		n->scope = s->u.SHIELD.body->ann;
	pending_push(n, PENDING_SHIELD, NULL, object, s->begin);
	n->pending->awaited = ms != NULL;
	emit(n, lower_block(n, s->u.SHIELD.body));
	pending_finish(n, outer, s->end);
	n->scope = scope;
	n->out = out;
	n->block_out = block_out;
	emit(n, block);
}

void shield_begin(struct normalizer *n, loc_t loc)
{
	struct symbol *object = declare_struct(n, "async__scope", "shield", loc);

	emit_call(n, "async__shield_enter", running_strand(n, loc), address_of(n, object, loc), NULL, loc);
	pending_push(n, PENDING_SHIELD, NULL, object, loc);
}

/* `if (leave(cx, &scope)) abort path` */
static void emit_leave(struct normalizer *n, const char *function, struct symbol *object, loc_t loc)
{
	struct node *call = new_call(n, function, type_basic(TY_BOOL), loc), *block = new_compound(n, loc);
	struct node_list *out = n->out;

	node_list_push(n->arena, &call->u.CALL.args, running_strand(n, loc));
	node_list_push(n->arena, &call->u.CALL.args, address_of(n, object, loc));
	n->out = &block->u.COMPOUND.items;
	emit_abort(n, loc);
	n->out = out;
	emit(n, new_if(n, call, block, NULL));
}

void shield_leave(struct normalizer *n, struct pending *p)
{
	emit_leave(n, p->awaited ? "async__shield_leave_ms" : "async__shield_leave", p->symbol, p->loc);
}

/* Could what runs here ask whether it was cancelled? Functions of the C library don't. */
static bool find_observer(struct node **child, void *ctx)
{
	struct node *c = *child;
	bool *found = ((void **)ctx)[0];
	struct normalizer *n = ((void **)ctx)[1];

	if (suspends(c)) {
		*found = true;
	} else if (c->kind == N_CALL) {
		struct node *callee = node_strip(c->u.CALL.callee);
		struct symbol *s = callee->kind == N_IDENT ? callee->ann : NULL;
		const struct line_run *run = s && s->loc ? source_run(n->unit->source, s->loc) : NULL;
		bool harmless = s && (s->kind == SYM_BUILTIN || (run && run->system && strncmp(s->name, "async", 5)));
		*found = *found || !harmless;
	} else if (c->kind == N_ASM) {
		return true;
	}
	if (!*found)
		node_each_child(c, find_observer, ctx);
	return !*found;
}

struct shielded shielded_begin(struct normalizer *n, struct pending *p)
{
	struct shielded s = { .loc = p->loc };
	bool found = p->kind == PENDING_CLEANUP;
	void *ctx[] = { &found, n };

	if (p->kind == PENDING_DEFER)
		find_observer(&p->body, ctx);
	if (!found || !n->function->is_async)
		return s;
	s.block = new_compound(n, p->loc);
	s.out = n->out;
	n->out = &s.block->u.COMPOUND.items;
	s.scope = declare_struct(n, "async__scope", "shield", p->loc);
	emit_call(n, "async__shield_enter", running_strand(n, p->loc), address_of(n, s.scope, p->loc), NULL, p->loc);
	return s;
}

void shielded_end(struct normalizer *n, struct shielded *s)
{
	if (!s->scope)
		return;
	emit_leave(n, "async__shield_leave", s->scope, s->loc);
	n->out = s->out;
	emit(n, s->block);
}

/* -- deadlines --------------------------------------------------------------------------------------------------------- */

void deadline_begin(struct normalizer *n, struct node *limit, bool is_time, struct symbol *expired, loc_t loc)
{
	struct symbol *object = declare_struct(n, "async__deadline", "deadline", loc);

	emit_call(n, is_time ? "async__deadline_enter_at" : "async__deadline_enter", running_strand(n, loc), address_of(n, object, loc), limit, loc);
	pending_push(n, PENDING_DEADLINE, NULL, object, loc);
	n->pending->result = expired;
}

void deadline_leave(struct normalizer *n, struct pending *p)
{
	struct node *call = new_call(n, "async__deadline_leave", type_basic(TY_BOOL), p->loc);

	node_list_push(n->arena, &call->u.CALL.args, running_strand(n, p->loc));
	node_list_push(n->arena, &call->u.CALL.args, address_of(n, p->symbol, p->loc));
	emit(n, new_expr_stmt(n, p->result ? new_assign(n, new_ident(n, p->result, p->loc), call) : call));
}
