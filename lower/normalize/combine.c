/* Awaits of what the library makes of futures and of calls: async_ready, async_pending, async_map, async_and_then, arrays of tasks.
 *
 *     async_map(f(x), g).await     -> t1 = await f(x); if (t1 < 0) t2 = t1; else t2 = g(t1);                     t2 */
#include "lower/normalize/internal.h"

/* -- values that are there, or never come ------------------------------------------------------------------------------ */

static struct node *await_ready(struct normalizer *n, struct node *e, struct symbol *into)
{
	struct call_use *use = e->ann;
	struct node *value;
	struct symbol *t;

	if (!e->u.CALL.args.len)
		return NULL;
	value = flatten(n, e->u.CALL.args.data[0]);
	t = new_temp(n, use->value, "t");
	emit_declaration(n, t, value, e->begin);
	return deliver(n, t, into, e->loc);
}

static struct node *await_pending(struct normalizer *n, struct node *member, struct symbol *into, bool dropped)
{
	struct symbol *t = NULL, *rc;
	struct node *loop = make(n, N_FOR, member->loc, NULL), *block = new_compound(n, member->loc), *failed, *leave;
	struct node_list *out = n->out;

	if (dropped && type_carries_error(member->type)) {
		emit_operation(n, "async__pending", NULL, 0, "async_pending", NULL, member->loc);
		return NULL;
	}
	rc = new_temp(n, type_basic(TY_INT), "t");
	if (!dropped && type_kind(member->type) != TY_VOID) {
		t = new_temp(n, member->type, "t");
		emit_declaration(n, t, NULL, member->begin);
	}
	emit_declaration(n, rc, NULL, member->begin);
	if (type_carries_error(member->type)) {
		emit_operation(n, "async__pending", NULL, 0, "async_pending", rc, member->loc);
		failed = new_ident(n, t, member->loc);
		if (type_kind(t->type) == TY_RESULT)
			failed = new_member(n, failed, "err", type_basic(TY_INT));
		emit(n, new_expr_stmt(n, new_assign(n, failed, new_ident(n, rc, member->loc))));
		return deliver(n, t, into, member->loc);
	}
	/* A value that can't say so does not come when it is cancelled either. */
	n->out = &block->u.COMPOUND.items;
	emit_operation(n, "async__pending", NULL, 0, "async_pending", rc, member->loc);
	leave = new_compound(n, member->loc);
	node_list_push(n->arena, &leave->u.COMPOUND.items, make(n, N_BREAK, member->loc, NULL));
	emit(n, new_if(n, new_unary(n, OP_NOT, new_ident(n, rc, member->loc), type_basic(TY_INT)), leave, NULL));
	n->out = out;
	loop->u.FOR.body = block;
	emit(n, loop);
	return deliver(n, t, into, member->loc);
}

/* -- async_map, async_and_then ----------------------------------------------------------------------------------------- */

static struct node *error_of(struct normalizer *n, struct symbol *s, loc_t loc)
{
	struct node *x = new_ident(n, s, loc);

	return type_kind(s->type) == TY_RESULT ? new_member(n, x, "err", type_basic(TY_INT)) : x;
}

/* `to` (a value that may not come, or the plain one) = value */
static void store_maybe(struct normalizer *n, struct symbol *to, struct node *value, struct type *type, loc_t loc)
{
	struct node *x = new_ident(n, to, loc);

	if (type_kind(to->type) != TY_RESULT || type_carries_error(type)) {
		emit(n, new_expr_stmt(n, new_assign(n, x, value)));
		return;
	}
	emit(n, new_expr_stmt(n, new_assign(n, new_member(n, x, "err", type_basic(TY_INT)), new_number(n, 0, loc))));
	if (type_kind(type) == TY_VOID)
		emit(n, new_expr_stmt(n, value));
	else
		emit(n, new_expr_stmt(n, new_assign(n, new_member(n, new_ident(n, to, loc), "value", type), value)));
}

static struct node *await_map(struct normalizer *n, struct node *member, struct node *e, struct symbol *into)
{
	struct call_use *use = e->ann;
	struct type *given = type_unqualified(n->arena, use->function->base);
	bool is_void = type_kind(member->type) == TY_VOID, may_fail = type_carries_error(use->value);
	struct symbol *t = NULL, *v;
	struct node *call = make(n, N_CALL, e->loc, use->op == DO_MAP ? given : type_dialect(n->arena, TY_FUTURE, given));
	struct call_use *inner = ARENA_NEW(n->arena, struct call_use);
	struct node *block = new_compound(n, e->loc), *then, *around = new_compound(n, e->loc);
	struct node_list *out = n->out;
	struct pending *outer = n->pending;
	loc_t loc = member->loc;

	if (!is_void) {
		t = new_temp(n, member->type, "t");
		emit_declaration(n, t, NULL, member->begin);
	}
	n->out = &around->u.COMPOUND.items;
	struct node *future = settle_future(n, e->u.CALL.args.data[0]), *function = settle_value(n, e->u.CALL.args.data[1]);
	v = await_into(n, future, use->value, loc);
	/* g(v) */
	inner->role = use->function->kind == TY_CLOSURE ? CALL_CLOSURE : use->op == DO_MAP ? CALL_C : CALL_ASYNC;
	inner->function = use->function;
	inner->value = given;
	if (function->kind == N_IDENT && function->ann && ((struct symbol *)function->ann)->kind == SYM_FUNCTION)
		inner->direct = function->ann;
	call->begin = e->begin;
	call->ann = inner;
	call->u.CALL.callee = function;
	if (v && type_kind(use->value) == TY_RESULT && type_kind(type_strip(n->arena, use->value)->base) != TY_VOID)
		push_arg(n, call, new_member(n, new_ident(n, v, loc), "value", type_strip(n->arena, use->value)->base));
	else if (v && type_kind(use->value) != TY_RESULT)
		push_arg(n, call, new_ident(n, v, loc));
	n->out = &block->u.COMPOUND.items;
	if (use->op == DO_AND_THEN) {
		struct symbol *r = await_into(n, call, given, loc);
		if (r)
			store_maybe(n, t, new_ident(n, r, loc), given, loc);
		else if (t)
			emit(n, new_expr_stmt(n, new_assign(n, error_of(n, t, loc), new_number(n, 0, loc))));
	} else if (t) {
		store_maybe(n, t, flatten(n, call), given, loc);
	} else {
		emit(n, new_expr_stmt(n, flatten(n, call)));
	}
	n->out = &around->u.COMPOUND.items;
	if (!may_fail) {
		emit(n, block);
	} else {
		struct node *error = error_of(n, v, loc);
		then = new_compound(n, loc);
		node_list_push(n->arena, &then->u.COMPOUND.items, new_expr_stmt(n, new_assign(n, error_of(n, t, loc), error_of(n, v, loc))));
		emit(n, new_if(n, new_binary(n, OP_LT, error, new_number(n, 0, loc), type_basic(TY_INT)), then, block));
	}
	pending_finish(n, outer, loc);
	n->out = out;
	emit(n, around);
	return deliver(n, t, into, loc);
}

/* -- arrays ------------------------------------------------------------------------------------------------------------ */

static struct node *await_array(struct normalizer *n, struct node *member, struct node *e, struct symbol *into)
{
	static const struct {
		enum dialect_op op;
		const char *name;
	} names[] = { { DO_JOIN_ALL, "async__join_all" }, { DO_TRY_JOIN_ALL, "async__try_join_all" }, { DO_RACE, "async__race" },
		      { DO_RACE_OK, "async__race_ok" }, { DO_SELECT_RECV, "async__select_recv" }, { DO_PARALLEL, "async__parallel" } };
	struct call_use *use = e->ann;
	unsigned count = e->u.CALL.args.len, i = 0;
	struct node **args = ARENA_ARRAY(n->arena, struct node *, count + 1);
	struct symbol *rc = new_temp(n, type_basic(TY_INT), "t");
	struct node *block;
	struct node_list *out = n->out;
	struct pending *outer = n->pending;

	while (names[i].op != use->op)
		i++;
	for (unsigned k = 0; k < count; k++)
		args[k] = e->u.CALL.args.data[k];
	emit_declaration(n, rc, NULL, member->begin);
	block = new_compound(n, member->loc);
	n->out = &block->u.COMPOUND.items;
	flatten_operands(n, args, count);
	if (use->op == DO_PARALLEL && !(e->u.CALL.args.data[2]->flags & NF_LVALUE)) {
		/* A closure that is in no variable is released here. */
		struct symbol *closure = new_temp(n, e->u.CALL.args.data[2]->type, "closure");
		emit_declaration(n, closure, args[2], member->begin);
		pending_push(n, PENDING_CLOSURE, NULL, closure, member->begin);
		args[2] = new_ident(n, closure, member->loc);
	}
	emit_operation(n, names[i].name, args, count, await_text(n, e), rc, member->loc);
	pending_finish(n, outer, member->loc);
	n->out = out;
	emit(n, block);
	return deliver(n, rc, into, member->loc);
}

struct node *await_library(struct normalizer *n, struct node *member, struct node *e, struct symbol *into, bool dropped)
{
	struct call_use *use = e->ann;

	switch (use->op) {
	case DO_TIMEOUT:
	case DO_DEADLINE:
		return await_timeout(n, member, e, into);
	case DO_SPAWN_BLOCKING:
		return await_thread(n, member, e, into, dropped);
	case DO_READY:
		return await_ready(n, e, into);
	case DO_PENDING:
		return await_pending(n, member, into, dropped);
	case DO_MAP:
	case DO_AND_THEN:
		return await_map(n, member, e, into);
	default:
		return await_array(n, member, e, into);
	}
}
