/* Constant expressions (C17 6.6).
 *
 * constant_mark() decides what is an *integer constant expression*, by the standard's rules as GCC reads them, one level at a time while
 * expressions are checked. Values come from fold.c, which knows more than that. */
#include <string.h>

#include "frontend/sema/fold.h"

static bool eval_to(const struct node *n, struct int_value *out)
{
	struct value v;
	if (!fold(n, &v) || v.is_float || !n->type)
		return false;
	*out = (struct int_value){(uint64_t)v.i, (uint64_t)(v.i >> 64), !type_is_signed(n->type)};
	return true;
}

bool eval_integer(struct sema *s, struct node *n, struct int_value *out)
{
	(void)s;
	return eval_to(n, out);
}

struct int_value const_value(const struct node *n)
{
	struct int_value v = {0};
	eval_to(n, &v);
	return v;
}

/* -- integer constant expressions --------------------------------------------------------------------------------- */

static bool is_const(const struct node *n)
{
	return n && (n->flags & NF_CONST);
}

/* Calls of these with constant arguments are constant expressions. */
static bool is_constant_call(const struct node *n)
{
	const char *name = fold_builtin_name(n->u.CALL.callee);
	if (!name)
		return false;
	if (!strcmp(name, "constant_p"))
		return true;
	struct value v;
	return fold_call(n, &v) && !v.is_float;
}

static bool is_integer_constant(const struct node *n)
{
	switch (n->kind) {
	case N_NUMBER:
		return n->ann != NULL;
	case N_CHAR_CONST:
	case N_OFFSETOF: {
		struct value v;
		return n->kind == N_CHAR_CONST || fold_offsetof(n, &v);
	}
	case N_IDENT: {
		const struct symbol *sym = n->ann;
		struct value v;
		return sym && (sym->kind == SYM_ENUMERATOR || ((sym->storage & SC_CONSTEXPR) && fold_ident(n, &v)));
	}
	case N_PAREN:
		return is_const(n->u.PAREN.inner);
	case N_UNARY:
		return n->u.UNARY.op != OP_ADDR && n->u.UNARY.op != OP_DEREF && n->u.UNARY.op < OP_PRE_INC ? is_const(n->u.UNARY.operand)
		       : n->u.UNARY.op == OP_EXTENSION ? is_const(n->u.UNARY.operand)
						       : false;
	case N_BINARY:
		return is_const(n->u.BINARY.lhs) && is_const(n->u.BINARY.rhs);
	case N_COND:
		return is_const(n->u.COND.cond) && (!n->u.COND.then || is_const(n->u.COND.then)) && is_const(n->u.COND.otherwise);
	case N_CAST: {
		const struct node *operand = fold_strip(n->u.CAST.operand);
		return is_const(operand) || (operand->kind == N_NUMBER && operand->type && type_is_floating(operand->type));
	}
	case N_SIZEOF: {
		struct value v;
		return fold_sizeof(n, &v);
	}
	case N_GENERIC:
		return n->ann && is_const(((const struct node *)n->ann)->u.GENERIC_ASSOC.value);
	case N_CALL:
		return is_constant_call(n);
	case N_BUILTIN: {
		struct value v;
		if (!strcmp(n->u.BUILTIN.name, "__builtin_choose_expr"))
			return is_const(n->ann);
		return fold_builtin(n, &v);
	}
	default:
		return false;
	}
}

static bool is_zero(const struct node *n)
{
	struct value v;
	return fold(n, &v) && !v.is_float && v.i == 0;
}

static bool is_plain_void_pointer(const struct type *t)
{
	const struct type *p = type_core(t);
	return p->kind == TY_POINTER && type_kind(p->base) == TY_VOID && !type_quals(p->base);
}

bool expr_is_null_constant(const struct node *n)
{
	if (n->flags & NF_NULL_CONST)
		return true;
	n = fold_strip(n);
	if (n->flags & NF_NULL_CONST)
		return true;
	if (n->type && type_kind(n->type) == TY_NULLPTR)
		return true;
	if (n->kind == N_CAST && n->type && is_plain_void_pointer(n->type))
		return is_const(n->u.CAST.operand) && is_zero(n->u.CAST.operand);
	return is_const(n) && is_zero(n);
}

void constant_mark(struct sema *s, struct node *n)
{
	(void)s;
	if (!n->type)
		return;
	if (type_is_integer(n->type) && is_integer_constant(n))
		n->flags |= NF_CONST;
	switch (n->kind) {
	case N_NUMBER: case N_CHAR_CONST: case N_IDENT:
		if ((n->flags & NF_CONST) && is_zero(n))
			n->flags |= NF_NULL_CONST;
		break;
	case N_PAREN:
		n->flags |= n->u.PAREN.inner->flags & NF_NULL_CONST;
		break;
	case N_CAST:
		if (((n->flags & NF_CONST) || is_plain_void_pointer(n->type)) && is_const(n->u.CAST.operand) && is_zero(n->u.CAST.operand))
			n->flags |= NF_NULL_CONST;
		break;
	default:
		break; /* expr_is_null_constant() evaluates when somebody asks: marking long chains would take quadratic time */
	}
}
