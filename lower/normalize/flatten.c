/* Full expressions that await, taken apart in evaluation order.
 *
 *     x = g + f(h()).await * k();        int t1 = g;
 *                                        int t2 = h();
 *                                  ->    t3 = await f(t2);
 *                                        x = t1 + t3 * k();
 *
 * Operands are evaluated from left to right. One that something later could change, or that has effects which something later
 * could see, is kept in a temporary; constants, addresses of objects and locals that nobody else reaches are not. */
#include "lower/normalize/internal.h"

/* Has `e`, a part of a full expression that suspends, to be taken apart? */
static bool must_flatten(struct normalizer *n, struct node *e)
{
	return e && (suspends(e) || is_unordered(n, e));
}

/* A temporary that holds `value`. */
static struct node *save(struct normalizer *n, struct node *value)
{
	/* An array in an rvalue: its struct is kept, not an address that would not outlive the statement. */
	if (value->type && type_kind(value->type) == TY_ARRAY && value->kind == N_MEMBER && !value->u.MEMBER.arrow &&
	    !(value->u.MEMBER.base->flags & NF_LVALUE)) {
		value->u.MEMBER.base = save(n, value->u.MEMBER.base);
		return value;
	}
	struct type *type = value_type(n, value->type);
	loc_t loc = value->begin ? value->begin : value->loc;

	/* No variably modified object may stand where a resume jumps in. */
	if (type->is_vm && n->function->is_async && type_kind(type) == TY_POINTER) {
		struct symbol *address = new_temp(n, type_pointer(n->arena, type_basic(TY_VOID)), "t");
		emit_declaration(n, address, value, loc);
		return new_paren(n, new_cast(n, lower_type(n, type), new_ident(n, address, value->loc)));
	}
	struct symbol *t = new_temp(n, type, "t");
	emit_declaration(n, t, value, loc);
	return new_ident(n, t, value->loc);
}

static bool is_void(const struct node *e)
{
	return e->type && type_kind(e->type) == TY_VOID;
}

void flatten_operands(struct normalizer *n, struct node **operands, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct node *source = operands[i];
		bool conflict = false;

		if (!source)
			continue;
		operands[i] = flatten(n, source);
		if (!operands[i] || is_void(source) || (source->type && type_kind(source->type) == TY_ERROR))
			continue;
		for (unsigned j = i + 1; j < count && !conflict; j++)
			conflict = operands[j] && in_conflict(n, operands[i], operands[j]);
		if (conflict)
			operands[i] = save(n, operands[i]);
	}
}

static bool any_effects(struct node **later, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		if (later[i] && has_effects(later[i]))
			return true;
	return false;
}

/* What the address of an lvalue depends on, evaluated by now as far as `later` could tell. */
static struct node *flatten_part(struct normalizer *n, struct node *e, struct node **later, unsigned count)
{
	struct node *x = flatten(n, e);
	bool conflict = false;

	for (unsigned i = 0; i < count && !conflict; i++)
		conflict = later[i] && in_conflict(n, x, later[i]);
	return conflict ? save(n, x) : x;
}

/* The place that `e` designates. What its address depends on is evaluated before `later` (count operands). */
struct node *flatten_lvalue(struct normalizer *n, struct node *e, struct node **later, unsigned count)
{
	struct node *x;

	if (!must_flatten(n, e) && !any_effects(later, count) && !(count && has_effects(e))) {
		/* Through `&`, so that a future is not moved. */
		return copy_expr(n, new_unary(n, OP_ADDR, e, NULL))->u.UNARY.operand;
	}
	x = node_copy(n->arena, e);
	switch ((enum node_kind)e->kind) {
	case N_PAREN:
		x->u.PAREN.inner = flatten_lvalue(n, e->u.PAREN.inner, later, count);
		return x;
	case N_MEMBER:
		if (!e->u.MEMBER.arrow && (e->u.MEMBER.base->flags & NF_LVALUE))
			x->u.MEMBER.base = flatten_lvalue(n, e->u.MEMBER.base, later, count);
		else
			x->u.MEMBER.base = flatten_part(n, e->u.MEMBER.base, later, count);
		return x;
	case N_SUBSCRIPT: {
		struct node *base = e->u.SUBSCRIPT.base, **then = ARENA_ARRAY(n->arena, struct node *, count + 1);
		bool place = base->type && (base->flags & NF_LVALUE) &&
			     (type_kind(base->type) == TY_ARRAY || type_kind(base->type) == TY_VECTOR);

		then[0] = e->u.SUBSCRIPT.index;
		for (unsigned i = 0; i < count; i++)
			then[i + 1] = later[i];
		x->u.SUBSCRIPT.base = place ? flatten_lvalue(n, base, then, count + 1) : flatten_part(n, base, then, count + 1);
		x->u.SUBSCRIPT.index = flatten_part(n, e->u.SUBSCRIPT.index, later, count);
		return x;
	}
	case N_UNARY: {
		struct node *operand = node_strip(e->u.UNARY.operand);

		if (e->u.UNARY.op != OP_DEREF) {
			x->u.UNARY.operand = flatten_lvalue(n, e->u.UNARY.operand, later, count);
			return x;
		}
		/* errno: where it is may change with the thread; its place is asked for when it is used. */
		if (operand->kind == N_CALL && !operand->u.CALL.args.len && operand->u.CALL.callee->kind == N_IDENT &&
		    !strcmp(operand->u.CALL.callee->u.IDENT.name, "__errno_location"))
			return copy_expr(n, e);
		x->u.UNARY.operand = flatten_part(n, e->u.UNARY.operand, later, count);
		return x;
	}
	case N_IDENT:
		return copy_expr(n, new_unary(n, OP_ADDR, e, NULL))->u.UNARY.operand;
	default:
		return flatten(n, e);
	}
}

static struct node *truth(struct normalizer *n, struct node *e)
{
	return new_binary(n, OP_NE, new_paren(n, e), new_number(n, 0, e->loc), type_basic(TY_INT));
}

static struct node *negation(struct normalizer *n, struct node *e)
{
	return new_unary(n, OP_NOT, new_paren(n, e), type_basic(TY_INT));
}

/* `&&`, `||`: the right side awaits. */
static struct node *flatten_logical(struct normalizer *n, struct node *e)
{
	bool is_and = e->u.BINARY.op == OP_LOGAND;
	struct node *lhs = flatten(n, e->u.BINARY.lhs);

	if (!must_flatten(n, e->u.BINARY.rhs)) {
		struct node *x = node_copy(n->arena, e);
		x->u.BINARY.lhs = lhs;
		x->u.BINARY.rhs = copy_expr(n, e->u.BINARY.rhs);
		return x;
	}
	struct symbol *t = new_temp(n, type_basic(TY_INT), "t");
	emit_declaration(n, t, truth(n, lhs), e->begin);
	struct node *again = new_ident(n, t, e->loc), *block = new_compound(n, e->loc);
	struct node_list *outer = n->out;
	n->out = &block->u.COMPOUND.items;
	struct node *rhs = flatten(n, e->u.BINARY.rhs);
	emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, t, e->loc), truth(n, rhs))));
	n->out = outer;
	emit(n, new_if(n, is_and ? again : negation(n, again), block, NULL));
	return new_ident(n, t, e->loc);
}

/* One arm of `?:` as a block that leaves its value in `t` (NULL: void). */
static struct node *flatten_arm(struct normalizer *n, struct node *arm, struct symbol *t)
{
	struct node *block = new_compound(n, arm->loc);
	struct node_list *outer = n->out;

	n->out = &block->u.COMPOUND.items;
	if (t) {
		struct node *value = flatten(n, arm);
		emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, t, arm->loc), value)));
	} else {
		flatten_discard(n, arm);
	}
	n->out = outer;
	return block;
}

static struct node *flatten_cond(struct normalizer *n, struct node *e, bool dropped)
{
	struct node *cond = e->u.COND.cond, *then = e->u.COND.then, *otherwise = e->u.COND.otherwise;
	struct node *test = flatten(n, cond);
	bool none = dropped || is_void(e);

	if (!must_flatten(n, then) && !must_flatten(n, otherwise)) {
		struct node *x = node_copy(n->arena, e);
		x->u.COND.cond = test;
		x->u.COND.then = then ? copy_expr(n, then) : NULL;
		x->u.COND.otherwise = copy_expr(n, otherwise);
		return x;
	}
	struct symbol *t = none ? NULL : new_temp(n, value_type(n, e->type), "t");
	if (t)
		emit_declaration(n, t, NULL, e->begin);
	if (!then) {
		struct node *once = is_stable(n, test, NULL, 0) ? test : save(n, test);
		struct node *yes = new_compound(n, e->loc);
		if (t) {
			node_list_push(n->arena, &yes->u.COMPOUND.items,
				       new_expr_stmt(n, new_assign(n, new_ident(n, t, e->loc), type_is_scalar(t->type) ? new_cast(n, t->type, once) : once)));
		}
		emit(n, new_if(n, once, yes, flatten_arm(n, otherwise, t)));
	} else {
		struct node *yes = flatten_arm(n, then, t);
		emit(n, new_if(n, test, yes, flatten_arm(n, otherwise, t)));
	}
	return t ? new_ident(n, t, e->loc) : NULL;
}

/* The body of a statement expression as a block: what was its value would be a statement without effect. */
static struct node *without_value(struct normalizer *n, struct node *body)
{
	struct node_list items = body->u.COMPOUND.items;
	struct node *last = items.len ? vec_last(&items) : NULL, *e = last && last->kind == N_EXPR_STMT ? last->u.EXPR_STMT.expr : NULL;

	if (!e || is_void(e) || has_effects(e))
		return body;
	body = node_copy(n->arena, body);
	body->u.COMPOUND.items = (struct node_list){ 0 };
	for (unsigned i = 0; i + 1 < items.len; i++)
		node_list_push(n->arena, &body->u.COMPOUND.items, items.data[i]);
	last = node_copy(n->arena, last);
	last->u.EXPR_STMT.expr = new_cast(n, type_basic(TY_VOID), new_paren(n, e));
	node_list_push(n->arena, &body->u.COMPOUND.items, last);
	return body;
}

/* A statement expression that awaits becomes a block. */
static struct node *flatten_stmt_expr(struct normalizer *n, struct node *e, bool dropped)
{
	struct symbol *t = dropped || is_void(e) ? NULL : new_temp(n, value_type(n, e->type), "t");
	struct node *block = new_compound(n, e->loc);
	struct node_list *outer = n->out;

	if (t)
		emit_declaration(n, t, NULL, e->begin);
	n->out = &block->u.COMPOUND.items;
	lower_items(n, t ? e->u.STMT_EXPR.body : without_value(n, e->u.STMT_EXPR.body), t);
	n->out = outer;
	block->u.COMPOUND.end = (int)e->end;
	emit(n, block);
	return t ? new_ident(n, t, e->loc) : NULL;
}

static struct node *flatten_assign(struct normalizer *n, struct node *e)
{
	struct node *x = node_copy(n->arena, e), *rhs = e->u.ASSIGN.rhs;

	x->u.ASSIGN.lhs = flatten_lvalue(n, e->u.ASSIGN.lhs, &rhs, 1);
	x->u.ASSIGN.rhs = flatten(n, rhs);
	/* What the right side does to the object comes first; C leaves that open. */
	if (x->u.ASSIGN.rhs && overlaps_assignment(x)) {
		struct symbol *t = new_temp(n, value_type(n, x->u.ASSIGN.rhs->type), "t");
		emit_declaration(n, t, x->u.ASSIGN.rhs, e->begin);
		x->u.ASSIGN.rhs = new_ident(n, t, e->loc);
	}
	return put_future(n, x);
}

/* A compound literal whose initialiser awaits: an object of its block, set where the text reaches it. */
static struct node *flatten_literal(struct normalizer *n, struct node *e)
{
	struct symbol *s = e->ann;

	if (!s || !is_automatic(s)) {
		s = new_temp(n, e->type, "literal");
	} else if (!s->emit_name) {
		s->emit_name = unique_name(n, "literal");
	}
	if (n->out != n->block_out)
		return copy_literal_out(n, e, flatten_init(n, e->u.COMPOUND_LITERAL.init, e->type));
	emit_declaration(n, s, flatten_init(n, e->u.COMPOUND_LITERAL.init, e->type), e->begin);
	return new_ident(n, s, e->loc);
}

/* How many designators of `path` lead from an object of type `t` to a vector whose element it names; path->len: it names none. (C has
 * no designators for the elements of a vector.) */
static unsigned vector_depth(const struct type *t, const struct node_list *path)
{
	for (unsigned i = 0; i < path->len; i++) {
		const struct type *core = type_core(t);
		const struct member *m;
		uint64_t offset;

		if (core->kind == TY_VECTOR)
			return i;
		if (path->data[i]->kind == N_DESIG_INDEX)
			t = core->base;
		else if ((m = tag_member(core->u.tag, path->data[i]->u.DESIG_FIELD.name, &offset)))
			t = m->type;
		if (!t)
			break;
	}
	return path->len;
}

static bool same_prefix(const struct node_list *a, const struct node_list *b, unsigned depth)
{
	for (unsigned i = 0; i < depth; i++) {
		const struct node *x = a->data[i], *y = b->data[i];
		if (x->kind != y->kind)
			return false;
		if (x->kind == N_DESIG_FIELD ? x->u.DESIG_FIELD.name != y->u.DESIG_FIELD.name :
					       const_value(x->u.DESIG_INDEX.lo).lo != const_value(y->u.DESIG_INDEX.lo).lo)
			return false;
	}
	return true;
}

/* Adds `[path...] = { }` to `list`; the inner list. */
static struct node *push_list(struct normalizer *n, struct node *list, const struct node_list *path, unsigned depth)
{
	struct node *item = make(n, N_INIT_ITEM, list->loc, NULL), *inner = make(n, N_INIT_LIST, list->loc, NULL);

	for (unsigned k = 0; k < depth; k++)
		node_list_push(n->arena, &item->u.INIT_ITEM.designators, path->data[k]);
	item->u.INIT_ITEM.value = inner;
	node_list_push(n->arena, &list->u.INIT_LIST.items, item);
	return inner;
}

struct node *flatten_init(struct normalizer *n, struct node *init, struct type *type)
{
	if (init->kind != N_INIT_LIST)
		return flatten(n, init);
	struct init_plan *plan = init->ann;
	struct node **values = ARENA_ARRAY(n->arena, struct node *, plan->count + 1);
	struct node *list = make(n, N_INIT_LIST, init->loc, type);

	for (unsigned i = 0; i < plan->count; i++)
		values[i] = plan->entries[i].value;
	/* Strings that initialise arrays stay what they are. */
	flatten_operands(n, values, plan->count);
	struct init_entry *last = NULL;
	struct node *vector = list; /* the list of the elements of the vector that `last` lies in */
	for (unsigned i = 0; i < plan->count; i++) {
		struct init_entry *entry = &plan->entries[i];
		unsigned depth = vector_depth(type, &entry->path);
		struct node *item = make(n, N_INIT_ITEM, values[i]->loc, NULL);

		item->u.INIT_ITEM.value = values[i];
		if (depth < entry->path.len) {
			if (depth > 0 && !(last && same_prefix(&last->path, &entry->path, depth)))
				vector = push_list(n, list, &entry->path, depth);
			node_list_push(n->arena, &vector->u.INIT_LIST.items, item);
			last = entry;
			continue;
		}
		last = NULL;
		for (unsigned k = 0; k < entry->path.len; k++)
			node_list_push(n->arena, &item->u.INIT_ITEM.designators, entry->path.data[k]);
		node_list_push(n->arena, &list->u.INIT_LIST.items, item);
	}
	return list;
}

static struct node *flatten_call(struct normalizer *n, struct node *e)
{
	if (is_immediate(e))
		return flatten_immediate(n, e);
	if (e->ann && ((struct call_use *)e->ann)->role == CALL_CLOSURE)
		return flatten_closure_call(n, e);

	struct call_use *use = e->ann;
	unsigned count = e->u.CALL.args.len;
	struct node **operands = ARENA_ARRAY(n->arena, struct node *, count + 1);
	struct node *x;

	if (use && (use->role == CALL_OK || use->role == CALL_ERR))
		return copy_result(n, e, count ? flatten(n, e->u.CALL.args.data[0]) : NULL);
	if (use && use->role == CALL_BLOCK_ON)
		return copy_block_on(n, e, flatten(n, node_strip(e->u.CALL.args.data[0])));
	if (use && use->role == CALL_FUTURE_DROP) {
		x = new_call(n, "future_drop", type_basic(TY_VOID), e->loc);
		node_list_push(n->arena, &x->u.CALL.args, flatten(n, e->u.CALL.args.data[0]));
		return x;
	}
	operands[0] = e->u.CALL.callee;
	for (unsigned i = 0; i < count; i++)
		operands[i + 1] = e->u.CALL.args.data[i];
	flatten_operands(n, operands, count + 1);
	x = node_copy(n->arena, e);
	x->u.CALL.callee = operands[0];
	for (unsigned i = 0; i < count; i++)
		x->u.CALL.args.data[i] = operands[i + 1];
	return x;
}

void flatten_discard(struct normalizer *n, struct node *e)
{
	struct node *inner, *x;

	e = discarded(n, e);
	inner = node_strip(e);
	if (inner->kind == N_NURSERY) {
		lower_nursery(n, inner, false, true);
		return;
	}
	if (!must_flatten(n, e)) {
		if (has_effects(e)) {
			struct node *stmt = new_expr_stmt(n, copy_expr(n, e));
			stmt->begin = e->begin;
			emit(n, stmt);
		}
		return;
	}
	if (inner->kind == N_CAST && is_void(inner)) {
		flatten_discard(n, inner->u.CAST.operand);
		return;
	}
	if (inner->kind == N_COMMA) {
		flatten_discard(n, inner->u.COMMA.lhs);
		flatten_discard(n, inner->u.COMMA.rhs);
		return;
	}
	if (expr_is_await(inner))
		x = flatten_await(n, inner, NULL, true);
	else if (inner->kind == N_TRY)
		x = flatten_try(n, inner, true);
	else if (inner->kind == N_COND)
		x = flatten_cond(n, inner, true);
	else if (inner->kind == N_STMT_EXPR && suspends(inner))
		x = flatten_stmt_expr(n, inner, true);
	else
		x = flatten(n, inner);
	if (x && has_effects(x)) {
		struct node *stmt = new_expr_stmt(n, is_void(x) || x->kind == N_ASSIGN || x->kind == N_CALL || x->kind == N_POSTFIX ||
								   (x->kind == N_UNARY && has_effects(x)) ?
							      x :
							      new_cast(n, type_basic(TY_VOID), new_paren(n, x)));
		stmt->begin = e->begin;
		emit(n, stmt);
	}
}

struct node *flatten(struct normalizer *n, struct node *e)
{
	struct node *x;

	if (!must_flatten(n, e))
		return copy_expr(n, e);
	if ((x = desugar(n, e)))
		return flatten(n, x);
	switch ((enum node_kind)e->kind) {
	case N_PAREN:
		x = node_copy(n->arena, e);
		x->u.PAREN.inner = flatten(n, e->u.PAREN.inner);
		return x->u.PAREN.inner ? x : NULL;
	case N_MEMBER:
		if (expr_is_await(e))
			return flatten_await(n, e, NULL, false);
		return flatten_lvalue(n, e, NULL, 0);
	case N_SUBSCRIPT:
		return flatten_lvalue(n, e, NULL, 0);
	case N_TRY:
		return flatten_try(n, e, false);
	case N_CALL:
		return flatten_call(n, e);
	case N_NURSERY:
		return lower_nursery(n, e, false, false);
	case N_STMT_EXPR:
		return suspends(e) ? flatten_stmt_expr(n, e, false) : copy_expr(n, e);
	case N_BINARY: {
		if (e->u.BINARY.op == OP_LOGAND || e->u.BINARY.op == OP_LOGOR)
			return flatten_logical(n, e);
		struct node *operands[2] = { e->u.BINARY.lhs, e->u.BINARY.rhs };
		flatten_operands(n, operands, 2);
		x = node_copy(n->arena, e);
		x->u.BINARY.lhs = operands[0];
		x->u.BINARY.rhs = operands[1];
		return x;
	}
	case N_COND:
		return flatten_cond(n, e, false);
	case N_COMMA:
		flatten_discard(n, e->u.COMMA.lhs);
		return flatten(n, e->u.COMMA.rhs);
	case N_ASSIGN:
		return flatten_assign(n, e);
	case N_CAST:
		if (is_void(e)) {
			flatten_discard(n, e->u.CAST.operand);
			return NULL;
		}
		x = node_copy(n->arena, e);
		x->u.CAST.operand = flatten(n, e->u.CAST.operand);
		x->u.CAST.type_name = make(n, N_TYPE_NAME, e->loc, lower_type(n, e->type));
		return x;
	case N_UNARY:
		x = node_copy(n->arena, e);
		switch (e->u.UNARY.op) {
		case OP_ADDR: case OP_PRE_INC: case OP_PRE_DEC:
			x->u.UNARY.operand = flatten_lvalue(n, e->u.UNARY.operand, NULL, 0);
			break;
		default:
			x->u.UNARY.operand = flatten(n, e->u.UNARY.operand);
			break;
		}
		return x->u.UNARY.operand ? x : NULL;
	case N_POSTFIX:
		x = node_copy(n->arena, e);
		x->u.POSTFIX.operand = flatten_lvalue(n, e->u.POSTFIX.operand, NULL, 0);
		return x;
	case N_COMPOUND_LITERAL:
		return flatten_literal(n, e);
	case N_GENERIC:
		return flatten(n, ((struct node *)e->ann)->u.GENERIC_ASSOC.value);
	case N_BUILTIN: {
		if (e->ann && !strcmp(e->u.BUILTIN.name, "__builtin_choose_expr"))
			return flatten(n, e->ann);
		x = node_copy(n->arena, e);
		/* Types among the arguments stay where they are. */
		struct node **operands = ARENA_ARRAY(n->arena, struct node *, x->u.BUILTIN.args.len + 1);
		for (unsigned i = 0; i < x->u.BUILTIN.args.len; i++) {
			struct node *arg = e->u.BUILTIN.args.data[i];
			operands[i] = node_family(arg->kind) == FAM_EXPR ? arg : NULL;
		}
		flatten_operands(n, operands, x->u.BUILTIN.args.len);
		for (unsigned i = 0; i < x->u.BUILTIN.args.len; i++)
			if (operands[i])
				x->u.BUILTIN.args.data[i] = operands[i];
		return x;
	}
	case N_VA_ARG:
		x = node_copy(n->arena, e);
		x->u.VA_ARG.list = flatten_lvalue(n, e->u.VA_ARG.list, NULL, 0);
		return x;
	default:
		return copy_expr(n, e);
	}
}
