/* Expressions: the type of each, and of everything inside it.
 *
 * In:  an expression node whose names can be looked up in s->scope.
 * Out: node.type (`int[3]` stays an array, lvalues keep their qualifiers), NF_LVALUE, NF_BITFIELD, NF_HAS_AWAIT,
 * NF_UNEVALUATED and the annotation of the kind (sema.h). The constants' flags come from constant_mark. What has no
 * type (after an error, or a builtin that asyncc doesn't know) is TY_ERROR, which goes with everything and is never
 * reported again. */
#include "frontend/sema/internal.h"

#include <string.h>

/* The object whose address is known when `lvalue`'s is, told that a pointer to it may exist. */
void mark_address_taken(struct sema *s, struct node *n)
{
	struct symbol *sym;

	if (s->unevaluated)
		return;
	for (;;) {
		switch (n->kind) {
		case N_PAREN:
			n = n->u.PAREN.inner;
			continue;
		case N_UNARY:
			if (n->u.UNARY.op != OP_REAL && n->u.UNARY.op != OP_IMAG && n->u.UNARY.op != OP_EXTENSION)
				return;
			n = n->u.UNARY.operand;
			continue;
		case N_MEMBER:
			if (n->u.MEMBER.arrow)
				return;
			n = n->u.MEMBER.base;
			continue;
		case N_SUBSCRIPT:
			if (!n->u.SUBSCRIPT.base->type)
				return;
			if (type_kind(n->u.SUBSCRIPT.base->type) != TY_ARRAY &&
			    type_kind(n->u.SUBSCRIPT.base->type) != TY_VECTOR) {
				if (!n->u.SUBSCRIPT.index->type || type_kind(n->u.SUBSCRIPT.index->type) != TY_ARRAY)
					return;
				n = n->u.SUBSCRIPT.index;
				continue;
			}
			n = n->u.SUBSCRIPT.base;
			continue;
		case N_COMMA:
			n = n->u.COMMA.rhs;
			continue;
		case N_COND:
			if (n->u.COND.then)
				mark_address_taken(s, n->u.COND.then);
			n = n->u.COND.otherwise;
			continue;
		case N_GENERIC:
			if (!n->ann)
				return;
			n = ((struct node *)n->ann)->u.GENERIC_ASSOC.value;
			continue;
		case N_BUILTIN:
			if (!n->ann || (n->flags & NF_CONST) || strcmp(n->u.BUILTIN.name, "__builtin_choose_expr"))
				return;
			n = n->ann;
			continue;
		case N_IDENT:
		case N_COMPOUND_LITERAL:
			sym = n->ann;
			if (sym)
				sym->address_taken = true;
			return;
		default:
			return;
		}
	}
}

struct type *rvalue_of(struct sema *s, struct node *n)
{
	if (type_kind(n->type) == TY_ARRAY)
		mark_address_taken(s, n);
	return type_decayed(s->arena, n->type);
}

struct type *check_rvalue(struct sema *s, struct node *n, struct type *expected)
{
	check_expr(s, n, expected);
	return rvalue_of(s, n);
}

/* The MEMBER of a bit-field whose value `n` is, or NULL (through parentheses, commas and assignments). */
static const struct member_use *bitfield_of(const struct node *n)
{
	for (;;) {
		switch (n->kind) {
		case N_PAREN:
			n = n->u.PAREN.inner;
			continue;
		case N_COMMA:
			n = n->u.COMMA.rhs;
			continue;
		case N_ASSIGN:
			n = n->u.ASSIGN.lhs;
			continue;
		case N_POSTFIX:
			n = n->u.POSTFIX.operand;
			continue;
		case N_UNARY:
			if (n->u.UNARY.op != OP_EXTENSION && n->u.UNARY.op != OP_PRE_INC && n->u.UNARY.op != OP_PRE_DEC)
				return NULL;
			n = n->u.UNARY.operand;
			continue;
		case N_MEMBER:
			return n->flags & NF_BITFIELD ? n->ann : NULL;
		default:
			return NULL;
		}
	}
}

struct type *promoted_of(struct sema *s, struct node *n)
{
	struct type *t = rvalue_of(s, n);
	const struct member_use *use;
	unsigned int_bits = (unsigned)type_basic(TY_INT)->size * 8;

	if (!type_is_integer(t))
		return t;
	use = bitfield_of(n);
	if (use && use->member && use->member->bit_width >= 0 && type_kind(t) != TY_BITINT) {
		/* C17 6.3.1.1p2: int if it can hold all of the field's values. */
		unsigned width = (unsigned)use->member->bit_width;

		if (width < int_bits || (width == int_bits && type_is_signed(t)))
			return type_basic(TY_INT);
		if (width == int_bits)
			return type_basic(TY_UINT);
	}
	return type_promoted(s->arena, t);
}

struct type *bitfield_type(struct sema *s, struct node *n)
{
	const struct member_use *use = bitfield_of(n);

	return use && use->member && use->member->bit_width >= 0 ? promoted_of(s, n) : rvalue_of(s, n);
}

/* -- unary operators ------------------------------------------------------------------------------------------------
 */
static struct type *error_type(void)
{
	return type_basic(TY_ERROR);
}

static bool is_vector(const struct type *t)
{
	return type_kind(t) == TY_VECTOR;
}

static void check_address(struct sema *s, struct node *n)
{
	struct node *operand = n->u.UNARY.operand, *inner = node_strip(operand);
	struct type *t = check_expr(s, operand, NULL);
	struct symbol *sym = inner->kind == N_IDENT ? inner->ann : NULL;

	n->type = error_type();
	if (type_kind(t) == TY_ERROR)
		return;
	if (type_kind(t) != TY_FUNCTION && !(operand->flags & NF_LVALUE)) {
		if (reject_future(s, operand, "the operand of '&'"))
			return;
		/* `&*p`, `&p[1]` of a `void *`: no lvalue, but an address all the same. */
		if ((inner->kind == N_UNARY && inner->u.UNARY.op == OP_DEREF) || inner->kind == N_SUBSCRIPT) {
			n->type = type_pointer(s->arena, t);
			return;
		}
		c_error(s, n->loc, "lvalue required as unary '&' operand");
		return;
	}
	if (inner->flags & NF_BITFIELD) {
		c_error(s, n->loc, "cannot take address of bit-field '%s'", inner->u.MEMBER.name);
		return;
	}
	if (sym && (sym->storage & SC_REGISTER) && (sym->kind == SYM_VARIABLE || sym->kind == SYM_PARAMETER) &&
	    sym->function) {
		c_error(s, n->loc, "address of register variable '%s' requested", sym->name);
		n->type = type_pointer(s->arena, t);
		return;
	}
	mark_address_taken(s, operand);
	check_capture_address(s, operand, n);
	n->type = type_pointer(s->arena, t);
}

static void check_deref(struct sema *s, struct node *n)
{
	struct node *operand = n->u.UNARY.operand;
	struct type *t;

	check_expr(s, operand, NULL);
	t = type_decayed(s->arena, operand->type); /* `*a` of an array hands out no pointer */
	n->type = error_type();
	if (type_kind(t) == TY_ERROR)
		return;
	if (type_kind(t) != TY_POINTER) {
		if (!reject_future(s, operand, "the operand of '*'"))
			c_error(s, n->loc, "invalid type argument of unary '*' (have '%s')", type_text(s->arena, t));
		return;
	}
	n->type = type_strip(s->arena, t)->base;
	if (type_kind(n->type) != TY_FUNCTION && type_kind(n->type) != TY_VOID)
		n->flags |= NF_LVALUE;
}

static void check_sign(struct sema *s, struct node *n)
{
	int op = n->u.UNARY.op;
	struct type *t = check_rvalue(s, n->u.UNARY.operand, NULL);
	struct type *element = is_vector(t) ? type_strip(s->arena, t)->base : t;
	bool fits = op == OP_BITNOT ? type_is_integer(element) || type_kind(element) == TY_COMPLEX
				    : type_is_arithmetic(element);

	if (type_kind(t) == TY_ERROR) {
		n->type = t;
	} else if (!fits) {
		if (!reject_future(s, n->u.UNARY.operand, "an operand") &&
		    !reject_result(s, n->u.UNARY.operand, "an operand"))
			c_error(s, n->loc, "wrong type argument to %s",
				op == OP_MINUS	? "unary minus"
				: op == OP_PLUS ? "unary plus"
						: "bit-complement");
		n->type = error_type();
	} else {
		n->type = is_vector(t) ? t : promoted_of(s, n->u.UNARY.operand);
	}
}

static void check_not(struct sema *s, struct node *n)
{
	struct type *t = check_rvalue(s, n->u.UNARY.operand, NULL);

	n->type = type_basic(TY_INT);
	if (is_vector(t))
		n->type = vector_truth_type(s, t);
	else if (type_kind(t) != TY_ERROR && !type_is_scalar(t) && type_kind(t) != TY_COMPLEX &&
		 !reject_future(s, n->u.UNARY.operand, "an operand of '!'") &&
		 !reject_result(s, n->u.UNARY.operand, "an operand of '!'"))
		c_error(s, n->loc, "wrong type argument to unary exclamation mark");
}

static void check_step(struct sema *s, struct node *n, struct node *operand, int op)
{
	struct type *t = check_expr(s, operand, NULL);
	bool inc = op == OP_PRE_INC || op == OP_POST_INC;
	enum type_kind kind = type_kind(t);

	n->type = type_unqualified(s->arena, t);
	if (kind == TY_ERROR)
		return;
	if (reject_future(s, operand, inc ? "the operand of '++'" : "the operand of '--'")) {
		n->type = error_type();
		return;
	}
	check_modifiable(s, operand, n->loc, inc ? "increment" : "decrement");
	if (!type_is_arithmetic(t) && kind != TY_POINTER && kind != TY_VECTOR) {
		c_error(s, n->loc, "wrong type argument to %s", inc ? "increment" : "decrement");
		n->type = error_type();
	}
}

static void check_component(struct sema *s, struct node *n)
{
	struct node *operand = n->u.UNARY.operand;
	struct type *t = check_expr(s, operand, NULL);
	unsigned quals = type_quals(t);

	n->type = error_type();
	if (type_kind(t) == TY_COMPLEX) {
		n->type = type_qualified(s->arena, type_strip(s->arena, t)->base, quals);
		n->flags |= operand->flags & NF_LVALUE;
	} else if (type_is_arithmetic(t)) {
		n->type = type_unqualified(s->arena, t);
	} else if (type_kind(t) != TY_ERROR) {
		c_error(s, n->loc, "wrong type argument to %s", n->u.UNARY.op == OP_REAL ? "__real" : "__imag");
	}
}

static void check_unary(struct sema *s, struct node *n, struct type *expected)
{
	switch (n->u.UNARY.op) {
	case OP_ADDR:
		check_address(s, n);
		break;
	case OP_DEREF:
		check_deref(s, n);
		break;
	case OP_PLUS:
	case OP_MINUS:
	case OP_BITNOT:
		check_sign(s, n);
		break;
	case OP_NOT:
		check_not(s, n);
		break;
	case OP_PRE_INC:
	case OP_PRE_DEC:
		check_step(s, n, n->u.UNARY.operand, n->u.UNARY.op);
		break;
	case OP_REAL:
	case OP_IMAG:
		check_component(s, n);
		break;
	case OP_EXTENSION:
		n->type = check_expr(s, n->u.UNARY.operand, expected);
		n->flags |= n->u.UNARY.operand->flags & (NF_LVALUE | NF_BITFIELD);
		break;
	}
}

/* -- casts, literals, statement expressions -------------------------------------------------------------------------
 */
/* GNU C: a cast to a union that has a member of the operand's type. */
static bool union_takes(struct sema *s, struct type *to, struct type *from)
{
	const struct tag *tag = type_strip(s->arena, to)->u.tag;

	for (unsigned i = 0; i < tag->member_count; i++)
		if (type_compatible_unqualified(tag->members[i].type, from))
			return true;
	return false;
}

/* Async and ordinary functions, and pointers to them, are not converted into each other even by a cast. */
static bool mixes_async(struct sema *s, struct type *to, struct type *from)
{
	to = type_strip(s->arena, to);
	from = type_strip(s->arena, from);
	if (to->kind != TY_POINTER || from->kind != TY_POINTER)
		return false;
	to = type_strip(s->arena, to->base);
	from = type_strip(s->arena, from->base);
	return to->kind == TY_FUNCTION && from->kind == TY_FUNCTION &&
	       to->u.function.is_async != from->u.function.is_async;
}

static bool cast_is_allowed(struct sema *s, struct node *n, struct type *to, struct type *from)
{
	enum type_kind k = type_kind(to), f = type_kind(from);
	struct node *operand = n->u.CAST.operand;
	const char *where = arena_printf(s->arena, "the operand of a cast to '%s'", type_text(s->arena, to));

	if (k == TY_ERROR || f == TY_ERROR)
		return true;
	if (k == TY_VOID) {
		if (f == TY_FUTURE && !(operand->flags & NF_LVALUE) && !s->unevaluated)
			check_dropped(s, operand);
		return true;
	}
	if (k != f && reject_future(s, operand, where))
		return false;
	if (k == TY_ARRAY || k == TY_FUNCTION) {
		c_error(s, n->loc, "cast specifies %s type", k == TY_ARRAY ? "array" : "function");
		return false;
	}
	if (k == TY_UNION && !type_compatible_unqualified(to, from)) {
		if (union_takes(s, to, from))
			return true;
		c_error(s, n->loc, "cast to union type from type not present in union");
		return false;
	}
	if (type_is_record(to) || k == TY_FUTURE || k == TY_TASK || k == TY_CHAN || k == TY_STREAM || k == TY_CLOSURE) {
		if (type_compatible_unqualified(to, from))
			return true;
		c_error(s, n->loc, "conversion to non-scalar type requested");
		return false;
	}
	if (k == TY_VECTOR || f == TY_VECTOR)
		return true;
	if (f == TY_VOID) {
		c_error(s, expr_loc(operand), "void value not ignored as it ought to be");
		return false;
	}
	if (type_is_record(from)) {
		if (k == TY_POINTER)
			c_error(s, n->loc, "cannot convert to a pointer type");
		else
			c_error(s, n->loc, "aggregate value used where %s was expected",
				type_is_integer(to) ? "an integer"
				: k == TY_COMPLEX   ? "a complex"
						    : "a floating-point");
		return false;
	}
	if (k == TY_POINTER && !type_is_integer(from) && f != TY_POINTER && f != TY_NULLPTR && f != TY_ARRAY) {
		c_error(s, n->loc, "cannot convert to a pointer type");
		return false;
	}
	if (f == TY_POINTER && (type_is_floating(to) || k == TY_COMPLEX)) {
		c_error(s, n->loc, "pointer value used where a %s was expected",
			k == TY_COMPLEX ? "complex" : "floating-point");
		return false;
	}
	return true;
}

static void check_cast(struct sema *s, struct node *n)
{
	struct type *to = check_type_name(s, n->u.CAST.type_name);
	struct type *from = check_rvalue(s, n->u.CAST.operand, to);

	n->type = type_unqualified(s->arena, to);
	if (mixes_async(s, to, from)) {
		report_async_mix(s, to, n->u.CAST.operand, n->loc, "a cast");
		return;
	}
	if (!cast_is_allowed(s, n, to, from))
		n->type = type_is_record(to) || type_kind(to) == TY_ARRAY || type_kind(to) == TY_FUNCTION ? error_type()
													  : n->type;
}

static void check_compound_literal(struct sema *s, struct node *n)
{
	struct type *t = check_type_name(s, n->u.COMPOUND_LITERAL.type_name);
	bool is_static = !s->function || (n->u.COMPOUND_LITERAL.storage & SC_STATIC);
	struct symbol *sym = symbol_new(s, SYM_VARIABLE, NULL, t, n->loc);

	sym->static_duration = is_static;
	sym->storage = n->u.COMPOUND_LITERAL.storage;
	sym->defined = true;
	sym->type = check_initializer(s, n->u.COMPOUND_LITERAL.init, t, is_static);
	n->ann = sym;
	n->type = sym->type;
	n->flags |= NF_LVALUE;
	if (!is_static && !s->unevaluated && s->scope->info)
		scope_add(s, sym);
}

/* The expression whose value a statement expression has, or NULL: it is void. */
struct node *stmt_expr_value(struct node *n)
{
	struct node_list *items = &n->u.STMT_EXPR.body->u.COMPOUND.items;
	struct node *last = items->len ? items->data[items->len - 1] : NULL;

	while (last && last->kind == N_LABEL)
		last = last->u.LABEL.body;
	return last && last->kind == N_EXPR_STMT ? last->u.EXPR_STMT.expr : NULL;
}

static void check_stmt_expr(struct sema *s, struct node *n)
{
	struct node *value = stmt_expr_value(n), *outer = s->value_of_block;

	if (!s->function) {
		c_error(s, n->loc, "braced-group within expression allowed only inside a function");
		n->type = error_type();
		/* Types inside are still wanted (`typeof(({ ... }))` at file scope is an error for gcc too). */
		return;
	}
	s->stmt_exprs++;
	s->value_of_block = value;
	barrier_push(s, BARRIER_STMT_EXPR, n);
	check_compound(s, n->u.STMT_EXPR.body);
	barrier_pop(s);
	s->value_of_block = outer;
	s->stmt_exprs--;
	n->type = value && value->type ? rvalue_of(s, value) : type_basic(TY_VOID);
}

static void check_label_addr(struct sema *s, struct node *n)
{
	struct label *label;

	n->type = type_pointer(s->arena, type_basic(TY_VOID));
	if (!s->function)
		return;
	label = label_find(s, n->u.LABEL_ADDR.name, n->loc);
	n->ann = label;
	struct jump target = {n, label, NULL};
	vec_push(s->arena, &s->computed, target);
}

static void check_cond(struct sema *s, struct node *n, struct type *expected)
{
	struct node *cond = n->u.COND.cond, *then = n->u.COND.then, *otherwise = n->u.COND.otherwise;

	if (then) {
		check_condition(s, cond);
		check_rvalue(s, then, expected);
	} else {
		check_rvalue(s, cond, expected);
		if (type_kind(cond->type) == TY_FUTURE)
			reject_future(s, cond, "a condition");
	}
	check_rvalue(s, otherwise, expected);
	n->type = conditional_type(s, n, then ? then : cond, otherwise);
}

static void check_comma(struct sema *s, struct node *n, struct type *expected)
{
	check_rvalue(s, n->u.COMMA.lhs, NULL);
	check_dropped(s, n->u.COMMA.lhs);
	n->type = check_rvalue(s, n->u.COMMA.rhs, expected);
}

static void check_kind(struct sema *s, struct node *n, struct type *expected)
{
	switch ((enum node_kind)n->kind) {
	case N_IDENT:
		check_ident(s, n);
		break;
	case N_NUMBER:
		check_number(s, n);
		break;
	case N_CHAR_CONST:
		check_char_const(s, n);
		break;
	case N_STRING:
		check_string(s, n);
		n->flags |= NF_LVALUE;
		break;
	case N_PAREN:
		n->type = check_expr(s, n->u.PAREN.inner, expected);
		n->flags |= n->u.PAREN.inner->flags & (NF_LVALUE | NF_BITFIELD);
		break;
	case N_STMT_EXPR:
		check_stmt_expr(s, n);
		break;
	case N_GENERIC:
		check_generic(s, n, expected);
		break;
	case N_SUBSCRIPT:
		check_subscript(s, n);
		break;
	case N_CALL:
		check_call(s, n, expected);
		break;
	case N_MEMBER:
		check_member(s, n);
		break;
	case N_ASYNC_BLOCK:
		check_async_block(s, n);
		break;
	case N_CLOSURE:
		check_closure(s, n);
		break;
	case N_SPAWN_BLOCK:
		check_spawn_block(s, n);
		break;
	case N_NURSERY:
		check_nursery(s, n);
		break;
	case N_TYPED_CALL:
		check_typed_call(s, n);
		break;
	case N_POSTFIX:
		check_step(s, n, n->u.POSTFIX.operand, n->u.POSTFIX.op);
		break;
	case N_TRY:
		check_try(s, n);
		break;
	case N_UNARY:
		check_unary(s, n, expected);
		break;
	case N_SIZEOF:
		check_sizeof(s, n);
		break;
	case N_CAST:
		check_cast(s, n);
		break;
	case N_COMPOUND_LITERAL:
		check_compound_literal(s, n);
		break;
	case N_BINARY:
		check_binary(s, n);
		break;
	case N_ASSIGN:
		check_assign(s, n);
		break;
	case N_COND:
		check_cond(s, n, expected);
		break;
	case N_COMMA:
		check_comma(s, n, expected);
		break;
	case N_LABEL_ADDR:
		check_label_addr(s, n);
		break;
	case N_VA_ARG:
	case N_OFFSETOF:
	case N_BUILTIN:
		check_builtin_node(s, n, expected);
		break;
	case N_ERROR:
		if (s->function && s->function->block)
			s->function->block->broken = true;
		n->type = error_type();
		break;
	case N_INIT_LIST: /* only after a syntax error, or `x = { ... }` of C++ */
	default:
		n->type = error_type();
		break;
	}
}

struct type *check_expr(struct sema *s, struct node *n, struct type *expected)
{
	unsigned before = s->suspensions;

	if (s->unevaluated)
		n->flags |= NF_UNEVALUATED;
	check_kind(s, n, expected);
	if (!n->type)
		n->type = error_type();
	if (s->suspensions != before)
		n->flags |= NF_HAS_AWAIT;
	constant_mark(s, n);
	return n->type;
}
