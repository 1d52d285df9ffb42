/* What may be reordered: which expressions have effects, which keep their value while others are evaluated, which C leaves unordered.
 *
 *     x + f(&x)     x has to be read first: kept in a temporary          a + b()     a is a local that nobody else reaches: stays where it is */
#include "lower/normalize/internal.h"

bool suspends(const struct node *e)
{
	return e && (e->flags & NF_HAS_AWAIT);
}

/* Does C evaluate the operand of this `sizeof`? */
static bool is_evaluated_sizeof(const struct node *e)
{
	return e->kind == N_SIZEOF && e->u.SIZEOF.operand->type && type_is_vla(e->u.SIZEOF.operand->type);
}

static bool size_effects(struct node **child, void *ctx)
{
	bool *found = ctx;

	if (node_family((*child)->kind) == FAM_EXPR)
		*found = *found || has_effects(*child);
	else
		node_each_child(*child, size_effects, ctx);
	return !*found;
}

static bool effects_child(struct node **child, void *ctx)
{
	bool *found = ctx;

	if (node_family((*child)->kind) == FAM_TYPE)
		return true;
	*found = *found || has_effects(*child);
	return !*found;
}

enum { MAX_PLAIN_OPERANDS = 32 };

/* Does evaluating `e` change or wait for anything, or read a volatile? */
bool has_effects(struct node *e)
{
	bool found = false;

	switch ((enum node_kind)e->kind) {
	case N_CALL:
	case N_ASSIGN:
	case N_POSTFIX:
	case N_TRY:
	case N_STMT_EXPR:
	case N_VA_ARG:
	case N_CORE_AWAIT:
	case N_ASYNC_BLOCK:
	case N_CLOSURE:
	case N_SPAWN_BLOCK:
	case N_TYPED_CALL:
	case N_NURSERY:
		return true;
	case N_UNARY:
		if (e->u.UNARY.op == OP_PRE_INC || e->u.UNARY.op == OP_PRE_DEC)
			return true;
		break;
	case N_MEMBER:
		if (expr_is_await(e))
			return true;
		break;
	case N_SIZEOF:
		if (is_evaluated_sizeof(e))
			node_each_child(e, size_effects, &found);
		return found;
	case N_OFFSETOF:
		return false;
	case N_GENERIC:
		return e->ann ? has_effects(((struct node *)e->ann)->u.GENERIC_ASSOC.value) : true;
	default:
		break;
	}
	if (e->type && (e->flags & NF_LVALUE) && (type_quals(e->type) & Q_VOLATILE))
		return true;
	node_each_child(e, effects_child, &found);
	return found;
}

struct modification {
	struct symbol *symbol;
	bool found;
};

static struct node *base_object(struct node *lvalue)
{
	for (;;) {
		lvalue = node_strip(lvalue);
		if (lvalue->kind == N_MEMBER && !lvalue->u.MEMBER.arrow)
			lvalue = lvalue->u.MEMBER.base;
		else if (lvalue->kind == N_SUBSCRIPT)
			lvalue = lvalue->u.SUBSCRIPT.base;
		else if (lvalue->kind == N_UNARY && (lvalue->u.UNARY.op == OP_REAL || lvalue->u.UNARY.op == OP_IMAG))
			lvalue = lvalue->u.UNARY.operand;
		else
			return lvalue;
	}
}

static bool find_modification(struct node **child, void *ctx)
{
	struct modification *m = ctx;
	struct node *c = *child, *target = NULL;

	if (c->kind == N_ASSIGN)
		target = c->u.ASSIGN.lhs;
	else if (c->kind == N_POSTFIX)
		target = c->u.POSTFIX.operand;
	else if (c->kind == N_UNARY && (c->u.UNARY.op == OP_PRE_INC || c->u.UNARY.op == OP_PRE_DEC))
		target = c->u.UNARY.operand;
	else if (c->kind == N_ASM)
		m->found = true;
	if (target) {
		struct node *object = base_object(target);
		if (object->kind == N_IDENT && object->ann == m->symbol)
			m->found = true;
	}
	/* A handle that is read moves out of its variable. */
	if (c->kind == N_IDENT && c->ann == m->symbol && c->type && type_moves(c->type))
		m->found = true;
	if (!m->found)
		node_each_child(c, find_modification, m);
	return !m->found;
}

static bool modifies(struct node *e, struct symbol *s)
{
	struct modification m = { s, false };

	find_modification(&e, &m);
	return m.found;
}

bool overlaps_assignment(struct node *assign)
{
	struct node *rhs = assign->u.ASSIGN.rhs, *object = base_object(assign->u.ASSIGN.lhs);

	if (!type_is_arithmetic(rhs->type) && type_kind(rhs->type) != TY_POINTER)
		return false;
	if (assign->u.ASSIGN.op != OP_ASSIGN)
		return has_effects(rhs);
	return node_strip(rhs)->kind != N_ASSIGN && object->kind == N_IDENT && modifies(rhs, object->ann);
}

bool is_automatic(const struct symbol *s)
{
	return s && (s->kind == SYM_VARIABLE || s->kind == SYM_PARAMETER) && !s->static_duration && s->function;
}

/* The same for the address of an object. */
static bool is_stable_place(struct normalizer *n, struct node *e, struct node **later, unsigned count)
{
	switch ((enum node_kind)e->kind) {
	case N_IDENT: {
		struct symbol *s = e->ann;
		return s && !(s->storage & SC_THREAD);
	}
	case N_CORE_TEXT:
	case N_STRING:
		return true;
	case N_PAREN:
		return is_stable_place(n, e->u.PAREN.inner, later, count);
	case N_MEMBER:
		if (expr_is_await(e))
			return false;
		return e->u.MEMBER.arrow ? is_stable(n, e->u.MEMBER.base, later, count) :
					   is_stable_place(n, e->u.MEMBER.base, later, count);
	case N_SUBSCRIPT: {
		struct node *base = e->u.SUBSCRIPT.base;
		bool array = base->type && type_kind(base->type) == TY_ARRAY && (base->flags & NF_LVALUE);
		return (array ? is_stable_place(n, base, later, count) : is_stable(n, base, later, count)) &&
		       is_stable(n, e->u.SUBSCRIPT.index, later, count);
	}
	case N_UNARY:
		return e->u.UNARY.op == OP_DEREF && is_stable(n, e->u.UNARY.operand, later, count);
	default:
		return false;
	}
}

bool is_stable(struct normalizer *n, struct node *e, struct node **later, unsigned count)
{
	if (e->type && (type_kind(e->type) == TY_ARRAY || type_kind(e->type) == TY_FUNCTION) && e->kind != N_STRING)
		return is_stable_place(n, e, later, count);
	if ((e->flags & NF_CONST) || e->kind == N_STRING || e->kind == N_NUMBER || e->kind == N_CHAR_CONST || e->kind == N_LABEL_ADDR)
		return true;
	switch ((enum node_kind)e->kind) {
	case N_IDENT: {
		struct symbol *s = e->ann;
		if (s && (s->kind == SYM_ENUMERATOR || s->kind == SYM_FUNCTION || s->is_func_name))
			return true;
		if (!is_automatic(s) || s->address_taken || (e->type && type_quals(e->type) & Q_VOLATILE))
			return false;
		for (unsigned i = 0; i < count; i++)
			if (later[i] && modifies(later[i], s))
				return false;
		return true;
	}
	case N_PAREN:
		return is_stable(n, e->u.PAREN.inner, later, count);
	case N_CAST:
		return is_stable(n, e->u.CAST.operand, later, count);
	case N_SIZEOF: /* a variable array's size does not change, but one in the text may be written in terms of what does */
		return !is_evaluated_sizeof(e) || node_strip(e->u.SIZEOF.operand)->kind == N_IDENT;
	case N_OFFSETOF:
		return true;
	case N_UNARY:
		switch (e->u.UNARY.op) {
		case OP_ADDR:
			return is_stable_place(n, e->u.UNARY.operand, later, count);
		case OP_PLUS: case OP_MINUS: case OP_BITNOT: case OP_NOT: case OP_EXTENSION: case OP_REAL: case OP_IMAG:
			return is_stable(n, e->u.UNARY.operand, later, count);
		default:
			return false;
		}
	case N_BINARY:
		return is_stable(n, e->u.BINARY.lhs, later, count) && is_stable(n, e->u.BINARY.rhs, later, count);
	case N_MEMBER:
		return !e->u.MEMBER.arrow && !expr_is_await(e) && !(e->type && type_quals(e->type) & Q_VOLATILE) &&
		       is_stable(n, e->u.MEMBER.base, later, count);
	default:
		return false;
	}
}

/* Must `first` (flattened or not) have been evaluated before `second` is, as far as anybody could tell? */
bool in_conflict(struct normalizer *n, struct node *first, struct node *second)
{
	return (has_effects(second) && !is_stable(n, first, &second, 1)) || (has_effects(first) && !is_stable(n, second, &first, 1));
}

static bool operand_child(struct node **child, void *ctx)
{
	struct node_list *operands = ctx;

	if (node_family((*child)->kind) == FAM_EXPR)
		operands->data[operands->len++] = *child;
	return true;
}

struct disorder {
	struct normalizer *n;
	bool found;
};

static bool find_disorder(struct node **child, void *ctx)
{
	struct disorder *d = ctx;

	d->found = d->found || is_unordered(d->n, *child);
	return !d->found;
}

/* Does C leave open in which order the operands of `e` or of something inside are evaluated, and could that be seen? */
bool is_unordered(struct normalizer *n, struct node *e)
{
	struct node_list operands = { 0 };
	struct disorder inner = { n, false };
	struct node *item[MAX_PLAIN_OPERANDS];

	switch (node_family(e->kind)) {
	case FAM_TYPE:
	case FAM_STMT:
	case FAM_DECL:
		return false;
	default:
		break;
	}
	switch ((enum node_kind)e->kind) {
	case N_STMT_EXPR: /* full expressions of its own */
	case N_SIZEOF:
	case N_OFFSETOF:
		return false;
	case N_GENERIC:
		return e->ann && is_unordered(n, ((struct node *)e->ann)->u.GENERIC_ASSOC.value);
	case N_BUILTIN:
		if (e->ann && !strcmp(e->u.BUILTIN.name, "__builtin_choose_expr"))
			return is_unordered(n, e->ann);
		break;
	case N_BINARY:
		if (e->u.BINARY.op == OP_LOGAND || e->u.BINARY.op == OP_LOGOR)
			break;
		if (in_conflict(n, e->u.BINARY.lhs, e->u.BINARY.rhs))
			return true;
		break;
	case N_SUBSCRIPT:
		if (in_conflict(n, e->u.SUBSCRIPT.base, e->u.SUBSCRIPT.index))
			return true;
		break;
	case N_ASSIGN:
		if (has_effects(e->u.ASSIGN.rhs) && !is_stable_place(n, e->u.ASSIGN.lhs, &e->u.ASSIGN.rhs, 1))
			return true;
		if (e->u.ASSIGN.op != OP_ASSIGN && has_effects(e->u.ASSIGN.rhs))
			return true; /* the value is read behind the right side */
		break;
	case N_CALL:
		if (e->u.CALL.args.len >= MAX_PLAIN_OPERANDS)
			return true;
		operands.data = item;
		node_each_child(e, operand_child, &operands);
		for (unsigned i = 0; i < operands.len; i++)
			for (unsigned j = i + 1; j < operands.len; j++)
				if (in_conflict(n, item[i], item[j]))
					return true;
		break;
	case N_INIT_LIST:
		/* In order by the standard's recommendation alone: indeterminately sequenced. */
		return e->ann && has_effects(e);
	default:
		break;
	}
	node_each_child(e, find_disorder, &inner);
	return inner.found;
}
