/* Binary operators, assignment and `?:`: operand rules and result types (C17 6.5.5 - 6.5.16, GNU vectors and complex
 * integers). */
#include "frontend/sema/internal.h"

static struct type *error_type(void)
{
	return type_basic(TY_ERROR);
}

static struct type *element_of(struct sema *s, struct type *t)
{
	return type_strip(s->arena, t)->base;
}

/* What comparing vectors like `t` gives: signed integers as wide as its elements. */
struct type *vector_truth_type(struct sema *s, struct type *t)
{
	struct type *vector = type_strip(s->arena, t);
	enum type_kind kind;

	switch (vector->base->size) {
	case 1:
		kind = TY_SCHAR;
		break;
	case 2:
		kind = TY_SHORT;
		break;
	case 4:
		kind = TY_INT;
		break;
	case 16:
		kind = TY_INT128;
		break;
	default:
		kind = TY_LONG;
		break;
	}
	return type_vector(s->arena, type_basic(kind), vector->u.array.length);
}

static bool is_comparison(int op)
{
	return op == OP_LT || op == OP_GT || op == OP_LE || op == OP_GE || op == OP_EQ || op == OP_NE;
}

/* Which operands `op` takes, apart from pointers. */
static bool takes(int op, struct type *t)
{
	switch (op) {
	case OP_MOD:
	case OP_SHL:
	case OP_SHR:
	case OP_AND:
	case OP_XOR:
	case OP_OR:
		return type_is_integer(t);
	case OP_LOGAND:
	case OP_LOGOR:
		return type_is_scalar(t) || type_kind(t) == TY_COMPLEX;
	default:
		return type_is_arithmetic(t);
	}
}

static struct type *vector_result(struct sema *s, int op, struct type *l, struct type *r)
{
	bool lv = type_kind(l) == TY_VECTOR, rv = type_kind(r) == TY_VECTOR;
	struct type *v = lv ? l : r;

	if (lv && rv && type_strip(s->arena, l)->u.array.length != type_strip(s->arena, r)->u.array.length)
		return NULL;
	if (!takes(op, element_of(s, v)) || (!lv && !type_is_arithmetic(l)) || (!rv && !type_is_arithmetic(r)))
		return NULL;
	if (is_comparison(op))
		return vector_truth_type(s, v);
	if (op == OP_LOGAND || op == OP_LOGOR)
		return vector_truth_type(s, v);
	return type_unqualified(s->arena, v);
}

static bool is_pointer_like(struct type *t)
{
	return type_kind(t) == TY_POINTER || type_kind(t) == TY_NULLPTR;
}

/* Channels are compared with each other and with NULL. */
static bool compares_channels(struct node *lhs, struct node *rhs, struct type *l, struct type *r)
{
	bool lc = type_kind(l) == TY_CHAN, rc = type_kind(r) == TY_CHAN;

	return (lc && rc && type_compatible_unqualified(l, r)) || (lc && expr_is_null_constant(rhs)) || (rc && expr_is_null_constant(lhs));
}

/* The result type of `l op r`, or NULL if the operands don't fit. */
static struct type *operation_type(struct sema *s, int op, struct node *lhs, struct node *rhs, struct type *l,
				   struct type *r)
{
	bool lp = is_pointer_like(l), rp = is_pointer_like(r);

	if (type_kind(l) == TY_VECTOR || type_kind(r) == TY_VECTOR)
		return vector_result(s, op, l, r);
	switch (op) {
	case OP_LOGAND:
	case OP_LOGOR:
		return takes(op, l) && takes(op, r) ? type_basic(TY_INT) : NULL;
	case OP_SHL:
	case OP_SHR:
		return takes(op, l) && takes(op, r) ? promoted_of(s, lhs) : NULL;
	case OP_LT:
	case OP_GT:
	case OP_LE:
	case OP_GE:
	case OP_EQ:
	case OP_NE:
		if ((op == OP_EQ || op == OP_NE) && compares_channels(lhs, rhs, l, r))
			return type_basic(TY_INT);
		if ((lp && (rp || type_is_integer(r))) || (rp && type_is_integer(l)))
			return type_basic(TY_INT); /* mismatches are the C compiler's warnings */
		return takes(op, l) && takes(op, r) ? type_basic(TY_INT) : NULL;
	case OP_ADD:
		if (type_kind(l) == TY_POINTER && type_is_integer(r))
			return l;
		if (type_kind(r) == TY_POINTER && type_is_integer(l))
			return r;
		break;
	case OP_SUB:
		if (type_kind(l) == TY_POINTER && type_is_integer(r))
			return l;
		if (lp && rp)
			return type_basic(TY_LONG); /* ptrdiff_t */
		break;
	default:
		break;
	}
	if (!takes(op, l) || !takes(op, r))
		return NULL;
	return type_usual_arithmetic(s->arena, promoted_of(s, lhs), promoted_of(s, rhs));
}

static void report_operands(struct sema *s, struct node *n, int op, struct node *lhs, struct node *rhs)
{
	const char *where = arena_printf(s->arena, "an operand of '%s'", ast_op_text(op));

	if (reject_future(s, lhs, where) || reject_future(s, rhs, where) || reject_result(s, lhs, where) ||
	    reject_result(s, rhs, where))
		return;
	if (type_kind(lhs->type) == TY_VOID || type_kind(rhs->type) == TY_VOID)
		c_error(s, expr_loc(type_kind(lhs->type) == TY_VOID ? lhs : rhs),
			"void value not ignored as it ought to be");
	else
		c_error(s, n->loc, "invalid operands to binary %s (have '%s' and '%s')", ast_op_text(op),
			type_text(s->arena, rvalue_of(s, lhs)), type_text(s->arena, rvalue_of(s, rhs)));
}

void check_binary(struct sema *s, struct node *n)
{
	struct node *lhs = n->u.BINARY.lhs, *rhs = n->u.BINARY.rhs;
	int op = n->u.BINARY.op;
	struct type *l = check_rvalue(s, lhs, NULL), *r = check_rvalue(s, rhs, NULL);

	if (type_kind(l) == TY_ERROR || type_kind(r) == TY_ERROR) {
		n->type = is_comparison(op) || op == OP_LOGAND || op == OP_LOGOR ? type_basic(TY_INT) : error_type();
		/* A vector builtin of unknown type makes the comparison's unknown too. */
		if (type_kind(l) == TY_VECTOR || type_kind(r) == TY_VECTOR)
			n->type = error_type();
		return;
	}
	n->type = operation_type(s, op, lhs, rhs, l, r);
	if (n->type && (op == OP_EQ || op == OP_NE))
		report_async_comparison(s, n, lhs, rhs);
	if (!n->type) {
		report_operands(s, n, op, lhs, rhs);
		n->type = is_comparison(op) || op == OP_LOGAND || op == OP_LOGOR ? type_basic(TY_INT) : error_type();
	}
}

/* -- assignment ------------------------------------------------------------------------------------------------------
 */
/* Is an object of this type, or a member of it, const? */
static bool has_const(const struct type *t)
{
	if (type_quals(t) & Q_CONST)
		return true;
	while (t->kind == TY_TYPEDEF)
		t = t->base;
	if (t->kind == TY_ARRAY)
		return has_const(t->base);
	if ((t->kind == TY_STRUCT || t->kind == TY_UNION) && t->u.tag->complete)
		for (unsigned i = 0; i < t->u.tag->member_count; i++)
			if (has_const(t->u.tag->members[i].type))
				return true;
	return false;
}

static void report_read_only(struct sema *s, struct node *n, loc_t loc, const char *verb)
{
	struct node *e = node_strip(n);
	struct symbol *sym = e->kind == N_IDENT ? e->ann : NULL;

	if (sym)
		c_error(s, loc, "%s of read-only %s '%s'", verb, sym->kind == SYM_PARAMETER && !capture_of(sym) ? "parameter" : "variable",
			sym->name);
	else if (e->kind == N_MEMBER)
		c_error(s, loc, "%s of %s '%s'%s", verb,
			type_quals(e->type) & Q_CONST && !(type_quals(e->u.MEMBER.base->type) & Q_CONST)
				? "read-only member"
				: "member",
			e->u.MEMBER.name,
			type_quals(e->type) & Q_CONST && !(type_quals(e->u.MEMBER.base->type) & Q_CONST)
				? ""
				: " in read-only object");
	else
		c_error(s, loc, "%s of read-only location '%s'", verb, expr_text(s, n));
}

void check_modifiable(struct sema *s, struct node *n, loc_t loc, const char *verb)
{
	if (type_kind(n->type) == TY_ERROR)
		return;
	if (!(n->flags & NF_LVALUE)) {
		if (verb[0] == 'a')
			c_error(s, loc, "lvalue required as left operand of assignment");
		else
			c_error(s, loc, "lvalue required as %s operand", verb);
	} else if (type_kind(n->type) == TY_ARRAY) {
		c_error(s, loc, "assignment to expression with array type");
	} else if (has_const(n->type)) {
		report_read_only(s, n, loc, verb);
	} else {
		check_capture_assign(s, n, loc);
	}
}

void check_assign(struct sema *s, struct node *n)
{
	struct node *lhs = n->u.ASSIGN.lhs, *rhs = n->u.ASSIGN.rhs;
	int op = n->u.ASSIGN.op;
	struct type *to = check_expr(s, lhs, NULL), *from;
	unsigned errors = diag_errors(s->diag);

	from = check_rvalue(s, rhs, op == OP_ASSIGN ? to : NULL);
	n->type = type_unqualified(s->arena, to);
	if (type_kind(to) == TY_ARRAY)
		n->type = error_type();
	if (type_kind(to) == TY_ERROR)
		return;
	if (op != OP_ASSIGN && type_kind(to) == TY_FUTURE) {
		reject_future(s, lhs, arena_printf(s->arena, "the operand of '%s='", ast_op_text(op)));
		return;
	}
	check_modifiable(s, lhs, n->loc, "assignment");
	if (diag_errors(s->diag) != errors || type_kind(from) == TY_ERROR)
		return;
	if (op == OP_ASSIGN)
		check_assignable(s, to, rhs, n->loc, "assignment");
	else if (type_kind(to) != TY_ARRAY && !operation_type(s, op, lhs, rhs, rvalue_of(s, lhs), from))
		report_operands(s, n, op, lhs, rhs);
}

/* -- ?: ------------------------------------------------------------------------------------------------------------ */
/* C17 6.5.15p6: the pointers' composite type with the qualifiers of both pointees. */
static struct type *conditional_pointer(struct sema *s, struct node *then, struct node *otherwise, struct type *a,
					struct type *b)
{
	struct type *pa = type_strip(s->arena, a)->base, *pb = type_strip(s->arena, b)->base;
	unsigned quals = type_quals(pa) | type_quals(pb);
	struct type *ua = type_unqualified(s->arena, pa), *ub = type_unqualified(s->arena, pb);

	if (expr_is_null_constant(then) && !expr_is_null_constant(otherwise))
		return b;
	if (expr_is_null_constant(otherwise) && !expr_is_null_constant(then))
		return a;
	if (type_compatible(a, b))
		return type_composite(s->arena, a, b);
	if (type_kind(pa) == TY_FUNCTION || type_kind(pb) == TY_FUNCTION)
		quals = 0;
	if (type_compatible_unqualified(ua, ub))
		return type_pointer(s->arena, type_qualified(s->arena, type_composite(s->arena, ua, ub), quals));
	/* One void, or a mismatch that the C compiler warns of: a pointer to void. */
	return type_pointer(s->arena, type_qualified(s->arena, type_basic(TY_VOID), quals));
}

struct type *conditional_type(struct sema *s, struct node *n, struct node *then, struct node *otherwise)
{
	struct type *a = rvalue_of(s, then), *b = rvalue_of(s, otherwise);
	enum type_kind ka = type_kind(a), kb = type_kind(b);

	if (ka == TY_ERROR || kb == TY_ERROR)
		return ka == TY_ERROR ? b : a;
	if (type_is_arithmetic(a) && type_is_arithmetic(b))
		return type_usual_arithmetic(s->arena, promoted_of(s, then), promoted_of(s, otherwise));
	if (ka == TY_VOID || kb == TY_VOID)
		return type_basic(TY_VOID);
	if (ka == TY_POINTER && kb == TY_POINTER) {
		if (report_async_conditional(s, n, then, otherwise) || report_other_values(s, n, then, otherwise))
			return error_type();
		return conditional_pointer(s, then, otherwise, a, b);
	}
	if (ka == TY_POINTER && (type_is_integer(b) || kb == TY_NULLPTR))
		return a;
	if (kb == TY_POINTER && (type_is_integer(a) || ka == TY_NULLPTR))
		return b;
	if (ka == TY_VECTOR || kb == TY_VECTOR)
		return ka == TY_VECTOR ? a : b;
	if (type_compatible_unqualified(a, b))
		return type_unqualified(s->arena, a);
	if ((ka == TY_RESULT) != (kb == TY_RESULT) && ka != TY_FUTURE && kb != TY_FUTURE) {
		report_unwrapped_branch(s, ka == TY_RESULT ? a : b, ka == TY_RESULT ? otherwise : then);
		return ka == TY_RESULT ? type_unqualified(s->arena, a) : type_unqualified(s->arena, b);
	}
	if ((ka == TY_FUTURE) != (kb == TY_FUTURE) &&
	    reject_future(s, ka == TY_FUTURE ? then : otherwise, "one branch of '?:'"))
		return error_type();
	c_error(s, n->loc, "type mismatch in conditional expression");
	return error_type();
}
