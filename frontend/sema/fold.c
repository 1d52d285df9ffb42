/* Folding of expressions to values, as compilers do it.
 *
 * In:  an expression that check_expr has typed.   Out: its value, 128 bits wide and wrapped to its type after every step.
 * Goes beyond the standard's constant expressions: floating operands of casts, addresses based on a null pointer (hand-written offsetof),
 * builtins. An address that only the linker knows is no value here. */
#include "frontend/sema/fold.h"

uwide fold_wrap(uwide i, const struct type *t)
{
	t = type_core(t);
	if (t->kind == TY_BOOL)
		return i != 0;
	unsigned width = t->kind == TY_POINTER || t->kind == TY_NULLPTR ? 64 : type_width(t);
	if (width == 0 || width >= 128)
		return i;
	i &= ((uwide)1 << width) - 1;
	if (type_is_signed(t) && (i >> (width - 1) & 1))
		i |= ~(uwide)0 << width;
	return i;
}

static bool is_integral(const struct type *t)
{
	enum type_kind k = type_kind(t);
	return (k >= TY_BOOL && k <= TY_ENUM) || k == TY_POINTER || k == TY_NULLPTR;
}

/* Rounds to the precision of the type. */
static long double round_float(long double f, const struct type *t)
{
	switch (type_kind(t)) {
	case TY_FLOAT: case TY_FLOAT32:
		return (float)f;
	case TY_DOUBLE: case TY_FLOAT64: case TY_FLOAT32X:
		return (double)f;
	default:
		return f;
	}
}

bool fold_convert(struct value *v, const struct type *from, const struct type *to)
{
	if (type_is_floating(to)) {
		if (!v->is_float)
			v->f = type_is_signed(from) ? (long double)(wide)v->i : (long double)v->i;
		v->is_float = true;
		v->f = round_float(v->f, to);
		return true;
	}
	if (!is_integral(to))
		return false;
	if (v->is_float) {
		if (type_kind(to) == TY_BOOL)
			v->i = v->f != 0;
		else if (v->f < 0)
			v->i = v->f > -1.7e38L ? (uwide)(wide)v->f : 0;
		else
			v->i = v->f < 3.4e38L ? (uwide)v->f : 0;
		v->is_float = false;
	}
	v->i = fold_wrap(v->i, to);
	return true;
}

static bool is_true(const struct value *v)
{
	return v->is_float ? v->f != 0 : v->i != 0;
}

/* fold() converted to type `to`. */
static bool fold_converted(const struct node *n, const struct type *to, struct value *v)
{
	return n && fold(n, v) && n->type && fold_convert(v, n->type, to);
}

const struct node *fold_strip(const struct node *n)
{
	while (n->kind == N_PAREN || (n->kind == N_UNARY && n->u.UNARY.op == OP_EXTENSION))
		n = n->kind == N_PAREN ? n->u.PAREN.inner : n->u.UNARY.operand;
	return n;
}

/* -- operators ---------------------------------------------------------------------------------------------------- */

static bool fold_float(int op, long double a, long double b, struct value *v)
{
	v->is_float = false;
	switch (op) {
	case OP_LT: v->i = a < b; return true;
	case OP_GT: v->i = a > b; return true;
	case OP_LE: v->i = a <= b; return true;
	case OP_GE: v->i = a >= b; return true;
	case OP_EQ: v->i = a == b; return true;
	case OP_NE: v->i = a != b; return true;
	}
	v->is_float = true;
	switch (op) {
	case OP_ADD: v->f = a + b; return true;
	case OP_SUB: v->f = a - b; return true;
	case OP_MUL: v->f = a * b; return true;
	case OP_DIV: v->f = a / b; return true;
	default: return false;
	}
}

static bool fold_integer(int op, uwide a, uwide b, bool is_signed, uwide *out)
{
	switch (op) {
	case OP_ADD: *out = a + b; return true;
	case OP_SUB: *out = a - b; return true;
	case OP_MUL: *out = a * b; return true;
	case OP_DIV:
	case OP_MOD:
		if (b == 0 || (is_signed && (wide)b == -1 && a == (uwide)1 << 127))
			return false;
		if (is_signed)
			*out = op == OP_DIV ? (uwide)((wide)a / (wide)b) : (uwide)((wide)a % (wide)b);
		else
			*out = op == OP_DIV ? a / b : a % b;
		return true;
	case OP_AND: *out = a & b; return true;
	case OP_OR: *out = a | b; return true;
	case OP_XOR: *out = a ^ b; return true;
	case OP_LT: *out = is_signed ? (wide)a < (wide)b : a < b; return true;
	case OP_GT: *out = is_signed ? (wide)a > (wide)b : a > b; return true;
	case OP_LE: *out = is_signed ? (wide)a <= (wide)b : a <= b; return true;
	case OP_GE: *out = is_signed ? (wide)a >= (wide)b : a >= b; return true;
	case OP_EQ: *out = a == b; return true;
	case OP_NE: *out = a != b; return true;
	default: return false;
	}
}

static bool fold_shift(const struct node *n, struct value *v)
{
	struct value by;
	if (!fold_converted(n->u.BINARY.lhs, n->type, v) || !fold(n->u.BINARY.rhs, &by) || v->is_float || by.is_float || by.i >= 128)
		return false;
	if (n->u.BINARY.op == OP_SHL)
		v->i <<= by.i;
	else
		v->i = type_is_signed(n->type) ? (uwide)((wide)v->i >> by.i) : v->i >> by.i;
	v->i = fold_wrap(v->i, n->type);
	return true;
}

/* pointer +- integer and pointer - pointer, on addresses that are known numbers. */
static bool fold_pointer_arithmetic(const struct node *n, const struct type *lt, const struct type *rt, struct value *v)
{
	struct value a, b;
	int op = n->u.BINARY.op;
	if (!fold(n->u.BINARY.lhs, &a) || !fold(n->u.BINARY.rhs, &b) || a.is_float || b.is_float)
		return false;
	bool lp = type_is_pointer(lt), rp = type_is_pointer(rt);
	v->is_float = false;
	if (op != OP_ADD && op != OP_SUB)
		return fold_integer(op, a.i, b.i, false, &v->i);
	uint64_t size = type_core(lp ? lt : rt)->base->size;
	if (!size)
		size = 1;
	if (lp && rp)
		v->i = (uwide)((wide)(a.i - b.i) / (wide)size);
	else
		v->i = op == OP_SUB ? a.i - b.i * size : lp ? a.i + b.i * size : a.i * size + b.i;
	v->i = fold_wrap(v->i, n->type);
	return true;
}

static bool fold_binary(const struct node *n, struct value *v)
{
	const struct node *lhs = n->u.BINARY.lhs, *rhs = n->u.BINARY.rhs;
	int op = n->u.BINARY.op;
	if (op == OP_LOGAND || op == OP_LOGOR) {
		if (!fold(lhs, v))
			return false;
		bool left = is_true(v);
		v->is_float = false;
		v->i = left;
		if (left == (op == OP_LOGOR))
			return true;
		if (!fold(rhs, v))
			return false;
		v->i = is_true(v);
		v->is_float = false;
		return true;
	}
	if (!lhs->type || !rhs->type)
		return false;
	if (op == OP_SHL || op == OP_SHR)
		return fold_shift(n, v);
	if (type_is_pointer(lhs->type) || type_is_pointer(rhs->type))
		return fold_pointer_arithmetic(n, lhs->type, rhs->type, v);
	if (!type_is_arithmetic(lhs->type) || !type_is_arithmetic(rhs->type) || type_kind(lhs->type) == TY_COMPLEX || type_kind(rhs->type) == TY_COMPLEX)
		return false;
	/* The common type needs no arena: only its floatness, width and sign matter, and usual arithmetic types of arithmetic operands are shared nodes
	 * but for _BitInt, whose operands the arithmetic node's own type tells. */
	struct value a, b;
	if (!fold(lhs, &a) || !fold(rhs, &b))
		return false;
	bool comparison = op >= OP_LT && op <= OP_NE;
	if (a.is_float || b.is_float) {
		long double fa = a.is_float ? a.f : type_is_signed(lhs->type) ? (long double)(wide)a.i : (long double)a.i;
		long double fb = b.is_float ? b.f : type_is_signed(rhs->type) ? (long double)(wide)b.i : (long double)b.i;
		if (!fold_float(op, fa, fb, v))
			return false;
		if (v->is_float)
			v->f = round_float(v->f, n->type);
		return true;
	}
	const struct type *common = n->type;
	if (comparison) {
		bool bitint = type_kind(lhs->type) == TY_BITINT || type_kind(rhs->type) == TY_BITINT;
		common = bitint ? lhs->type : type_usual_arithmetic(NULL, type_promoted(NULL, lhs->type), type_promoted(NULL, rhs->type));
	}
	if (!fold_convert(&a, lhs->type, common) || !fold_convert(&b, rhs->type, common))
		return false;
	v->is_float = false;
	if (!fold_integer(op, a.i, b.i, type_is_signed(common), &v->i))
		return false;
	v->i = fold_wrap(v->i, n->type);
	return true;
}

static bool fold_address(const struct node *n, struct value *v);

static bool fold_unary(const struct node *n, struct value *v)
{
	const struct node *operand = n->u.UNARY.operand;
	switch (n->u.UNARY.op) {
	case OP_EXTENSION:
		return fold(operand, v);
	case OP_PLUS:
		return fold_converted(operand, n->type, v);
	case OP_MINUS:
		if (!fold_converted(operand, n->type, v))
			return false;
		if (v->is_float)
			v->f = -v->f;
		else
			v->i = fold_wrap(-v->i, n->type);
		return true;
	case OP_BITNOT:
		if (!fold_converted(operand, n->type, v) || v->is_float)
			return false;
		v->i = fold_wrap(~v->i, n->type);
		return true;
	case OP_NOT:
		if (!fold(operand, v))
			return false;
		v->i = !is_true(v);
		v->is_float = false;
		return true;
	case OP_ADDR:
		return fold_address(operand, v);
	default:
		return false;
	}
}

/* The address of an lvalue that starts from a constant number: `&((struct s *)0)->m[2]`. */
static bool fold_address(const struct node *n, struct value *v)
{
	switch (n->kind) {
	case N_PAREN:
		return fold_address(n->u.PAREN.inner, v);
	case N_UNARY:
		if (n->u.UNARY.op == OP_EXTENSION)
			return fold_address(n->u.UNARY.operand, v);
		return n->u.UNARY.op == OP_DEREF && fold(n->u.UNARY.operand, v) && !v->is_float;
	case N_MEMBER: {
		const struct member_use *use = n->ann;
		if (!use || use->role != ROLE_MEMBER || !use->member)
			return false;
		if (!(n->u.MEMBER.arrow ? fold(n->u.MEMBER.base, v) : fold_address(n->u.MEMBER.base, v)) || v->is_float)
			return false;
		v->i += use->offset;
		return true;
	}
	case N_SUBSCRIPT: {
		const struct node *base = n->u.SUBSCRIPT.base, *index = n->u.SUBSCRIPT.index;
		struct value at;
		if (!base->type || !n->type || !fold(index, &at) || at.is_float)
			return false;
		if (!(type_kind(base->type) == TY_ARRAY ? fold_address(base, v) : fold(base, v)) || v->is_float)
			return false;
		v->i += at.i * n->type->size;
		return true;
	}
	default:
		return false;
	}
}

/* -- sizes -------------------------------------------------------------------------------------------------------- */

static uint64_t align_of(const struct node *operand)
{
	const struct type *t = operand->type;
	if (operand->kind == N_TYPE_NAME)
		return t->align;
	const struct node *n = operand;
	while (n->kind == N_PAREN)
		n = n->u.PAREN.inner;
	if (n->kind == N_IDENT && n->ann) {
		const struct symbol *sym = n->ann;
		return sym->explicit_align > t->align ? sym->explicit_align : t->align;
	}
	if (n->kind == N_MEMBER && n->ann) {
		const struct member_use *use = n->ann;
		if (use->role == ROLE_MEMBER && use->member && use->member->align)
			return use->member->align;
	}
	return t->align ? t->align : 1;
}

bool fold_sizeof(const struct node *n, struct value *v)
{
	const struct node *operand = n->u.SIZEOF.operand;
	const struct type *t = operand->type;
	if (!t || type_kind(t) == TY_ERROR)
		return false;
	v->is_float = false;
	if (n->u.SIZEOF.op == OP_ALIGNOF) {
		v->i = align_of(operand);
		return true;
	}
	if (type_is_vla(t))
		return false;
	enum type_kind k = type_kind(t);
	v->i = k == TY_VOID || k == TY_FUNCTION ? 1 : t->size;
	return true;
}

bool fold_offsetof(const struct node *n, struct value *v)
{
	const struct type *t = n->u.OFFSETOF.type_name->type;
	uint64_t offset = 0;
	for (unsigned i = 0; i < n->u.OFFSETOF.designators.len; i++) {
		const struct node *d = n->u.OFFSETOF.designators.data[i];
		if (!t)
			return false;
		if (d->kind == N_DESIG_FIELD) {
			uint64_t at;
			const struct tag *tag = type_tag(t);
			const struct member *m = tag ? tag_member(tag, d->u.DESIG_FIELD.name, &at) : NULL;
			if (!m)
				return false;
			offset += at;
			t = m->type;
		} else {
			struct value index;
			t = type_core(t);
			if ((t->kind != TY_ARRAY && t->kind != TY_POINTER) || !fold(d->u.DESIG_INDEX.lo, &index) || index.is_float)
				return false;
			t = t->base;
			offset += (uint64_t)index.i * t->size;
		}
	}
	v->is_float = false;
	v->i = offset;
	return true;
}

/* -- expressions -------------------------------------------------------------------------------------------------- */

bool fold_ident(const struct node *n, struct value *v)
{
	const struct symbol *sym = n->ann;
	v->is_float = false;
	if (!sym)
		return false;
	if (sym->kind == SYM_ENUMERATOR) {
		v->i = fold_wrap((uwide)(wide)sym->enum_value, n->type ? n->type : sym->type);
		return true;
	}
	if (!(sym->storage & SC_CONSTEXPR) || !sym->declarator || sym->declarator->kind != N_DECLARATOR)
		return false;
	const struct node *init = sym->declarator->u.DECLARATOR.init;
	while (init && init->kind == N_INIT_LIST)
		init = init->u.INIT_LIST.items.len == 1 ? init->u.INIT_LIST.items.data[0]->u.INIT_ITEM.value : NULL;
	return init && fold_converted(init, sym->type, v);
}

bool fold(const struct node *n, struct value *v)
{
	switch (n->kind) {
	case N_NUMBER:
		v->is_float = !n->ann;
		if (n->ann) {
			const struct int_value *i = n->ann;
			v->i = fold_wrap((uwide)i->hi << 64 | i->lo, n->type);
		} else if (n->type && type_is_floating(n->type)) {
			v->f = round_float(number_float_value(n), n->type);
		} else {
			return false;
		}
		return true;
	case N_CHAR_CONST: {
		const struct int_value *i = n->ann;
		if (!i)
			return false;
		v->is_float = false;
		v->i = (uwide)i->hi << 64 | i->lo;
		return true;
	}
	case N_IDENT:
		return fold_ident(n, v);
	case N_PAREN:
		return fold(n->u.PAREN.inner, v);
	case N_UNARY:
		return n->type && fold_unary(n, v);
	case N_BINARY:
		return n->type && fold_binary(n, v);
	case N_COND: {
		struct value cond;
		if (!n->type || !fold(n->u.COND.cond, &cond))
			return false;
		const struct node *chosen = !is_true(&cond) ? n->u.COND.otherwise : n->u.COND.then ? n->u.COND.then : n->u.COND.cond;
		return fold_converted(chosen, n->type, v);
	}
	case N_COMMA: {
		struct value ignored;
		return fold(n->u.COMMA.lhs, &ignored) && fold(n->u.COMMA.rhs, v);
	}
	case N_CAST:
		return n->type && fold_converted(n->u.CAST.operand, n->type, v);
	case N_SIZEOF:
		return fold_sizeof(n, v);
	case N_OFFSETOF:
		return fold_offsetof(n, v);
	case N_GENERIC:
		return n->ann && fold(((const struct node *)n->ann)->u.GENERIC_ASSOC.value, v);
	case N_CALL:
		return fold_call(n, v);
	case N_BUILTIN:
		return fold_builtin(n, v);
	case N_MEMBER:
	case N_SUBSCRIPT:
		/* An array at a constant address decays to that address. */
		return n->type && type_kind(n->type) == TY_ARRAY && fold_address(n, v);
	default:
		return false;
	}
}
