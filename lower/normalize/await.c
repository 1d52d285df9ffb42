/* `.await` and `?`.
 *
 *     f(a, b).await     -> CORE_AWAIT t1 = f(a, b)
 *     e?                -> t1 = e; if (t1 < 0) leave with the error */

#include "lower/normalize/internal.h"

const char *await_text(struct normalizer *n, struct node *e)
{
	e = node_strip(e);
	if (e->kind == N_IDENT)
		return e->u.IDENT.name;
	if (e->kind == N_MEMBER)
		return arena_printf(n->arena, "%s%s%s", await_text(n, e->u.MEMBER.base), e->u.MEMBER.arrow ? "->" : ".", e->u.MEMBER.name);
	if (e->kind == N_CALL)
		return await_text(n, e->u.CALL.callee);
	if (e->kind == N_ASYNC_BLOCK)
		return "async block";
	if (e->kind == N_SUBSCRIPT)
		return arena_printf(n->arena, "%s[]", await_text(n, e->u.SUBSCRIPT.base));
	if (e->kind == N_UNARY && e->u.UNARY.op == OP_DEREF)
		return arena_printf(n->arena, "*%s", await_text(n, e->u.UNARY.operand));
	return "future";
}

/* An argument for a parameter that is a transparent union (GNU C): as the union, because the frame's member is assigned. */
static struct node *union_argument(struct normalizer *n, const struct symbol *callee, unsigned i, struct node *arg)
{
	const struct type *f = callee->type;
	struct type *to;

	if (type_kind(f) != TY_FUNCTION || i >= f->u.function.param_count)
		return arg;
	to = f->u.function.params[i].type;
	if (type_kind(to) != TY_UNION || !type_tag(to)->transparent_union || !type_tag(to)->member_count || type_is_record(arg->type))
		return arg;
	/* Its members look alike: any of them will do. */
	return new_cast(n, to, new_cast(n, type_tag(to)->members[0].type, arg));
}

void add_await(struct normalizer *n, struct core_await *a)
{
	struct core_function *f = n->core;

	a->index = f->await_count;
	array_push(n->arena, f->awaits, f->await_count, f->await_cap, a);
}

void emit_await(struct normalizer *n, struct core_await *a, loc_t begin, loc_t end)
{
	struct node *stmt = make(n, N_CORE_AWAIT, a->loc, NULL);

	add_await(n, a);
	stmt->begin = begin;
	stmt->end = end;
	stmt->u.CORE_AWAIT.await = a;
	emit(n, stmt);
}

/* Awaits of other things than calls of async functions and futures. */
static bool await_of_dialect(struct normalizer *n, struct node *member, struct node *e, struct symbol *into, bool dropped, struct node **value)
{
	struct call_use *use = e->kind == N_CALL || e->kind == N_TYPED_CALL ? e->ann : NULL;

	if (member->u.MEMBER.base->type && type_kind(member->u.MEMBER.base->type) == TY_TASK) {
		*value = await_task(n, member, into, dropped, NULL);
	} else if (e->kind == N_NURSERY) {
		*value = lower_nursery(n, e, true, dropped);
		if (*value && into)
			*value = deliver(n, (*value)->ann, into, member->loc);
	} else if (e->kind == N_SPAWN_BLOCK) {
		*value = await_thread(n, member, e, into, dropped);
	} else if (use && use->role == CALL_METHOD) {
		*value = await_method(n, member, e, into, dropped, NULL);
	} else if (use && use->role == CALL_LIBRARY) {
		*value = await_library(n, member, e, into, dropped);
	} else {
		return false;
	}
	return true;
}

/* Emits the await; `into` (NULL: a new temporary) receives the value unless it is dropped or void. */
struct node *flatten_await(struct normalizer *n, struct node *member, struct symbol *into, bool dropped)
{
	struct core_await *a;
	struct node *future = member->u.MEMBER.base, *call = node_strip(future), *value;
	struct call_use *use = call->kind == N_CALL || call->kind == N_TYPED_CALL ? call->ann : NULL;
	bool is_call, is_embedded = map_get(&n->embedded, call) != NULL;

	if (await_of_dialect(n, member, call, into, dropped, &value))
		return value;
	if (call->kind == N_ASYNC_BLOCK) {
		call = block_call(n, call->ann, call);
		use = call->ann;
	}
	is_call = use && use->role == CALL_ASYNC;
	a = ARENA_NEW(n->arena, struct core_await);
	a->loc = member->loc;
	a->text = await_text(n, future);
	a->type = member->type;
	a->carries_error = type_carries_error(member->type);
	if (is_call && use->direct && is_embedded) {
		a->callee = use->direct;
		a->is_operation = a->callee->frame != NULL;
		a->arg_count = call->u.CALL.args.len;
		a->args = ARENA_ARRAY(n->arena, struct node *, a->arg_count + 1);
		for (unsigned i = 0; i < a->arg_count; i++)
			a->args[i] = call->u.CALL.args.data[i];
		flatten_operands(n, a->args, a->arg_count);
		for (unsigned i = 0; i < a->arg_count; i++)
			a->args[i] = union_argument(n, a->callee, i, a->args[i]);
	} else {
		a->future = flatten(n, future);
	}
	a->unwind = unwind_label(n);
	if (!dropped && type_kind(a->type) != TY_VOID) {
		if (into) {
			a->value = into;
		} else {
			a->value = new_temp(n, value_type(n, a->type), "t");
			emit_declaration(n, a->value, NULL, member->begin);
		}
	}
	emit_await(n, a, member->begin, member->end);
	return a->value ? new_ident(n, a->value, member->loc) : NULL;
}

struct node *convert_error(struct normalizer *n, struct symbol *t, struct type *from, loc_t loc)
{
	struct type *to = returned_type(n);
	bool from_result = type_kind(from) == TY_RESULT, to_result = type_kind(to) == TY_RESULT;
	struct node *value = new_ident(n, t, loc), *error;

	error = from_result ? new_member(n, value, "err", type_basic(TY_INT)) : value;
	if (to_result && from_result && type_core(from)->u.tag == type_core(to)->u.tag)
		return value;
	/* What an int can't hold becomes ASYNC_ERANGE. */
	if (!from_result && type_core(from)->size > (to_result ? 4 : type_core(to)->size)) {
		struct node *narrow = new_call(n, "async__narrow_error", type_basic(TY_INT), loc);
		node_list_push(n->arena, &narrow->u.CALL.args, error);
		error = narrow;
	}
	if (!to_result)
		return error;
	struct node *literal = make(n, N_COMPOUND_LITERAL, loc, to), *list = make(n, N_INIT_LIST, loc, to);
	struct node *item = make(n, N_INIT_ITEM, loc, NULL), *field = make(n, N_DESIG_FIELD, loc, NULL);
	field->u.DESIG_FIELD.name = intern_str("err");
	node_list_push(n->arena, &item->u.INIT_ITEM.designators, field);
	item->u.INIT_ITEM.value = error;
	node_list_push(n->arena, &list->u.INIT_LIST.items, item);
	literal->u.COMPOUND_LITERAL.type_name = make(n, N_TYPE_NAME, loc, to);
	literal->u.COMPOUND_LITERAL.init = list;
	return literal;
}

/* if (TEST) the function fails with the error `t`, which is of this type. */
static void emit_test(struct normalizer *n, struct node *test, struct symbol *t, struct type *type, loc_t loc)
{
	struct node *block = new_compound(n, loc);
	struct node_list *outer = n->out;

	n->out = &block->u.COMPOUND.items;
	emit_fail(n, convert_error(n, t, type, loc), loc);
	n->out = outer;
	emit(n, new_if(n, test, block, NULL));
}

struct node *flatten_try(struct normalizer *n, struct node *e, bool dropped)
{
	struct node *operand = e->u.TRY.operand, *value, *test;
	bool is_result = type_kind(operand->type) == TY_RESULT;
	struct type *type = value_type(n, is_result ? operand->type : e->type); /* a bit-field's value has its promoted type */
	struct symbol *t, *error;

	if (expr_is_await(node_strip(operand)) && await_separated(n, node_strip(operand), dropped, &error, &value)) {
		emit_test(n, new_ident(n, error, e->loc), error, type_basic(TY_INT), e->loc);
		return value;
	}
	if (suspends(operand))
		value = flatten(n, operand);
	else
		value = copy_expr(n, operand);
	if (value->kind == N_IDENT && value->ann && !((struct symbol *)value->ann)->name && ((struct symbol *)value->ann)->function) {
		t = value->ann;
	} else {
		t = new_temp(n, type, "t");
		emit_declaration(n, t, value, e->begin);
	}
	if (is_result)
		test = new_member(n, new_ident(n, t, e->loc), "err", type_basic(TY_INT));
	else
		test = new_binary(n, OP_LT, new_ident(n, t, e->loc), new_number(n, 0, e->loc), type_basic(TY_INT));
	emit_test(n, test, t, type, e->loc);
	if (!is_result)
		return dropped ? NULL : new_ident(n, t, e->loc);
	if (dropped || type_kind(e->type) == TY_VOID)
		return NULL;
	return new_member(n, new_ident(n, t, e->loc), "value", e->type);
}
