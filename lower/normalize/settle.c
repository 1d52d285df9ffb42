/* Futures with their operands taken out.
 *
 *     c.recv()   -> t1 = c;           t1.recv()            evaluated now, awaited later: an arm of a select, the future of a deadline
 *     c.recv()   -> f__block_1(c)                          a future that is not awaited in place: `async { return operand1.recv().await; }`
 *
 * In:  a future in the source's form.   Out: the same with other operands, in the source's form too. A call whose frame is embedded stays one. */
#include "lower/normalize/internal.h"

typedef struct node *replace_fn(struct normalizer *n, struct node *operand, void *ctx);

static struct node *with_operands(struct normalizer *n, struct node *e, replace_fn *replace, void *ctx);

bool is_operation(const struct node *e)
{
	const struct call_use *use = e->kind == N_CALL || e->kind == N_TYPED_CALL ? e->ann : NULL;

	return e->type && type_kind(e->type) == TY_FUTURE &&
	       (e->kind == N_SPAWN_BLOCK || (use && (use->role == CALL_METHOD || use->role == CALL_LIBRARY)));
}

/* An object that the operation changes: through its address. */
static struct node *with_place(struct normalizer *n, struct node *place, replace_fn *replace, void *ctx)
{
	struct node *address = new_unary(n, OP_ADDR, keep_handle(n, place), type_pointer(n->arena, place->type));

	address->flags |= place->flags & NF_HAS_AWAIT;
	return new_unary(n, OP_DEREF, replace(n, address, ctx), place->type);
}

static void with_args(struct normalizer *n, struct node_list *args, replace_fn *replace, void *ctx)
{
	for (unsigned i = 0; i < args->len; i++)
		args->data[i] = with_operands(n, args->data[i], replace, ctx);
}

static struct node *with_method_operands(struct normalizer *n, struct node *e, replace_fn *replace, void *ctx)
{
	struct node *x = node_copy(n->arena, e);
	struct call_use *use = ARENA_NEW(n->arena, struct call_use);
	bool stream = type_kind(((struct call_use *)e->ann)->receiver->type) == TY_STREAM;

	*use = *(struct call_use *)e->ann;
	x->ann = use;
	use->receiver = stream ? with_place(n, use->receiver, replace, ctx) : replace(n, use->receiver, ctx);
	with_args(n, &x->u.CALL.args, replace, ctx);
	return x;
}

static struct node *with_thread_operands(struct normalizer *n, struct node *e, replace_fn *replace, void *ctx)
{
	struct node *x = node_copy(n->arena, e);
	struct spawn_use *use = ARENA_NEW(n->arena, struct spawn_use);
	struct function *f = ARENA_NEW(n->arena, struct function);
	struct spawn_use *from = e->ann;

	*use = *from;
	*f = *from->function;
	f->captures = ARENA_ARRAY(n->arena, struct capture, f->capture_count + 1);
	for (unsigned i = 0; i < f->capture_count; i++) {
		f->captures[i] = from->function->captures[i];
		f->captures[i].outer = replace(n, new_ident(n, f->captures[i].outer, e->loc), ctx)->ann;
	}
	use->function = f;
	x->ann = use;
	return x;
}

/* spawn_blocking(f(x)): the call itself runs elsewhere. */
static struct node *with_blocking_operands(struct normalizer *n, struct node *e, replace_fn *replace, void *ctx)
{
	struct node *x = node_copy(n->arena, e), *call = node_copy(n->arena, node_strip(e->u.CALL.args.data[0]));

	if (!((struct call_use *)call->ann)->direct)
		call->u.CALL.callee = replace(n, call->u.CALL.callee, ctx);
	for (unsigned i = 0; i < call->u.CALL.args.len; i++)
		call->u.CALL.args.data[i] = replace(n, call->u.CALL.args.data[i], ctx);
	x->u.CALL.args.data[0] = call;
	return x;
}

/* Operands that are futures themselves (async_timeout(f(x), 5)) stay inside. */
static struct node *with_operands(struct normalizer *n, struct node *e, replace_fn *replace, void *ctx)
{
	struct node *inner = node_strip(e), *x;
	struct call_use *use = inner->kind == N_CALL || inner->kind == N_TYPED_CALL ? inner->ann : NULL;

	if (!inner->type || type_kind(inner->type) != TY_FUTURE)
		return replace(n, e, ctx);
	if (inner->kind == N_ASYNC_BLOCK) {
		x = block_call(n, inner->ann, inner);
		with_args(n, &x->u.CALL.args, replace, ctx);
	} else if (inner->kind == N_SPAWN_BLOCK) {
		return with_thread_operands(n, inner, replace, ctx);
	} else if (use && use->role == CALL_METHOD) {
		return with_method_operands(n, inner, replace, ctx);
	} else if (use && use->role == CALL_LIBRARY && use->op == DO_SPAWN_BLOCKING) {
		return with_blocking_operands(n, inner, replace, ctx);
	} else if (use && use->role == CALL_LIBRARY) {
		x = node_copy(n->arena, inner);
		with_args(n, x->kind == N_CALL ? &x->u.CALL.args : &x->u.TYPED_CALL.args, replace, ctx);
	} else if (use && (use->role == CALL_ASYNC || use->role == CALL_CLOSURE)) {
		x = node_copy(n->arena, inner);
		if (!use->direct || use->role == CALL_CLOSURE)
			x->u.CALL.callee = replace(n, x->u.CALL.callee, ctx);
		with_args(n, &x->u.CALL.args, replace, ctx);
	} else {
		return replace(n, e, ctx);
	}
	if (map_get(&n->embedded, inner))
		map_put(&n->embedded, x, x);
	return x;
}

/* -- evaluated now ------------------------------------------------------------------------------------------------------ */

static struct node *settle_operand(struct normalizer *n, struct node *operand, void *ctx)
{
	struct node *value;
	struct symbol *t;
	enum type_kind kind = type_kind(operand->type);

	(void)ctx;
	if (operand->flags & NF_CONST || node_strip(operand)->kind == N_STRING || kind == TY_FUNCTION || kind == TY_ERROR)
		return operand;
	value = flatten(n, operand);
	if (!value || kind == TY_VOID)
		return operand;
	t = new_temp(n, value_type(n, operand->type), "t");
	emit_declaration(n, t, value, operand->begin);
	if (kind == TY_FUTURE || kind == TY_TASK)
		pending_push(n, kind == TY_FUTURE ? PENDING_FUTURE : PENDING_TASK, NULL, t, operand->begin);
	else if (kind == TY_CLOSURE && !(operand->flags & NF_LVALUE))
		pending_push(n, PENDING_CLOSURE, NULL, t, operand->begin);
	return new_ident(n, t, operand->loc);
}

struct node *settle_value(struct normalizer *n, struct node *operand)
{
	return settle_operand(n, operand, NULL);
}

struct node *settle_future(struct normalizer *n, struct node *future)
{
	struct node *inner = node_strip(future);

	if (inner->type && type_kind(inner->type) == TY_TASK && inner->flags & NF_LVALUE)
		return with_place(n, inner, settle_operand, NULL);
	return with_operands(n, future, settle_operand, NULL);
}

/* -- evaluated where a block is called ----------------------------------------------------------------------------------- */

struct collected {
	struct function *function;
	struct node *call;
};

static struct node *collect_operand(struct normalizer *n, struct node *operand, void *ctx)
{
	struct collected *c = ctx;

	if (operand->flags & NF_CONST || type_kind(operand->type) == TY_FUNCTION || type_kind(operand->type) == TY_VOID)
		return operand;
	push_arg(n, c->call, operand);
	struct node *param = synthetic_param(n, c->function, operand->type, operand->loc);
	if (type_kind(operand->type) == TY_CLOSURE && !(operand->flags & NF_LVALUE)) {
		/* The block's own: it releases it. */
		((struct symbol *)param->ann)->owned = true;
		param->flags &= ~NF_LVALUE;
	}
	return param;
}

struct node *operation_future(struct normalizer *n, struct node *e)
{
	struct type *value = type_unqualified(n->arena, type_strip(n->arena, e->type)->base);
	struct collected c = { .function = synthetic_function(n, FN_BLOCK, value) };
	struct node *member;

	c.call = block_call(n, c.function, e);
	member = new_await(n, with_operands(n, e, collect_operand, &c), value, e->loc);
	member->begin = e->begin;
	member->end = e->end;
	node_list_push(n->arena, &c.function->awaits, member);
	synthetic_finish(n, c.function, member);
	c.call->u.CALL.callee->type = c.function->symbol->type;
	((struct call_use *)c.call->ann)->function = c.function->symbol->type;
	return c.call;
}

struct node *new_await(struct normalizer *n, struct node *future, struct type *type, loc_t loc)
{
	struct node *x = make(n, N_MEMBER, loc, type);
	struct member_use *use = ARENA_NEW(n->arena, struct member_use);

	use->role = ROLE_AWAIT;
	x->begin = future->begin;
	x->end = future->end;
	x->u.MEMBER.base = future;
	x->u.MEMBER.name = intern_str("await");
	x->ann = use;
	x->flags |= NF_HAS_AWAIT;
	return x;
}
