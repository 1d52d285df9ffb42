/* Relations between types: compatibility, composite types, arithmetic conversions (C17 6.2.7, 6.3.1). */
#include <string.h>

#include "frontend/sema/sema.h"

/* Compatibility of `a` and `b` with the qualifiers `qa` and `qb` added, which come from sugar or from an enclosing array. */
static bool compatible(const struct type *a, unsigned qa, const struct type *b, unsigned qb, bool ignore_quals);

static bool compatible_params(const struct type *a, const struct type *b)
{
	if (a->u.function.kr || b->u.function.kr)
		return !(a->u.function.kr ? b : a)->u.function.variadic || (a->u.function.kr && b->u.function.kr);
	if (a->u.function.param_count != b->u.function.param_count || a->u.function.variadic != b->u.function.variadic)
		return false;
	for (unsigned i = 0; i < a->u.function.param_count; i++)
		if (!compatible(a->u.function.params[i].type, 0, b->u.function.params[i].type, 0, true))
			return false;
	return true;
}

static bool compatible_arrays(const struct type *a, unsigned qa, const struct type *b, unsigned qb)
{
	bool a_known = !a->u.array.incomplete && !a->u.array.bound && !a->u.array.star;
	bool b_known = !b->u.array.incomplete && !b->u.array.bound && !b->u.array.star;
	if (a_known && b_known && a->u.array.length != b->u.array.length)
		return false;
	return compatible(a->base, qa, b->base, qb, false);
}

static bool compatible(const struct type *a, unsigned qa, const struct type *b, unsigned qb, bool ignore_quals)
{
	for (; a->kind == TY_TYPEDEF; a = a->base)
		qa |= a->quals;
	for (; b->kind == TY_TYPEDEF; b = b->base)
		qb |= b->quals;
	qa |= a->quals;
	qb |= b->quals;
	if (a->kind == TY_ERROR || b->kind == TY_ERROR)
		return true;
	if (a->kind == TY_ARRAY && b->kind == TY_ARRAY)
		return compatible_arrays(a, ignore_quals ? 0 : qa, b, ignore_quals ? 0 : qb);
	if (!ignore_quals && qa != qb && a->kind != TY_FUNCTION)
		return false;
	if (a->kind != b->kind) {
		/* An enum is compatible with its underlying type. */
		if (a->kind == TY_ENUM && a->u.tag->underlying)
			return type_core(a->u.tag->underlying)->kind == b->kind;
		if (b->kind == TY_ENUM && b->u.tag->underlying)
			return type_core(b->u.tag->underlying)->kind == a->kind;
		return false;
	}
	switch ((enum type_kind)a->kind) {
	case TY_BITINT:
		return a->u.bits == b->u.bits && a->is_unsigned == b->is_unsigned;
	case TY_ENUM:
	case TY_STRUCT:
	case TY_UNION:
	case TY_RESULT:
		return a->u.tag == b->u.tag;
	case TY_COMPLEX:
	case TY_POINTER:
		return a->base == b->base || compatible(a->base, 0, b->base, 0, false);
	case TY_FUTURE: case TY_TASK: case TY_CHAN: case TY_STREAM:
		return compatible(a->base, 0, b->base, 0, true);
	case TY_CLOSURE:
		return compatible(a->base, 0, b->base, 0, true) && compatible_params(a, b);
	case TY_VECTOR:
		return a->u.array.length == b->u.array.length && compatible(a->base, 0, b->base, 0, true);
	case TY_FUNCTION:
		if (a->u.function.is_async != b->u.function.is_async)
			return false;
		return compatible(a->base, 0, b->base, 0, true) && compatible_params(a, b);
	default:
		return true;
	}
}

bool type_compatible(const struct type *a, const struct type *b)
{
	return a == b || compatible(a, 0, b, 0, false);
}

bool type_compatible_unqualified(const struct type *a, const struct type *b)
{
	return a == b || compatible(a, 0, b, 0, true);
}

static struct type *composite_array(struct arena *arena, struct type *a, struct type *b, struct type *ca, struct type *cb)
{
	struct type *element = type_composite(arena, ca->base, cb->base);
	if (ca->u.array.incomplete || (type_is_vla(ca) && !type_is_vla(cb) && !cb->u.array.incomplete)) {
		struct type *t = ca;
		ca = cb, cb = t;
		t = a, a = b, b = t;
	}
	if (element == ca->base)
		return a;
	struct type *t = type_copy(arena, ca);
	t->base = element;
	t->align = element->align;
	t->size = t->u.array.bound ? 0 : element->size * t->u.array.length;
	return t;
}

static struct type *composite_function(struct arena *arena, struct type *a, struct type *b, const struct type *ca, const struct type *cb)
{
	struct type *ret = type_composite(arena, ca->base, cb->base);
	if (ca->u.function.kr && !cb->u.function.kr)
		return b;
	bool changed = ret != ca->base || (cb->u.function.noreturn && !ca->u.function.noreturn);
	unsigned n = ca->u.function.param_count;
	bool both = !cb->u.function.kr && cb->u.function.param_count == n;
	struct param *params = NULL;
	if (both)
		for (unsigned i = 0; i < n; i++) {
			struct param *p = &ca->u.function.params[i];
			struct type *t = type_composite(arena, p->type, cb->u.function.params[i].type);
			if (t == p->type)
				continue;
			if (!params) {
				params = ARENA_ARRAY(arena, struct param, n);
				memcpy(params, ca->u.function.params, n * sizeof *params);
			}
			params[i].type = t;
		}
	if (!changed && !params)
		return a;
	struct type *t = type_copy(arena, ca);
	t->base = ret;
	t->u.function.noreturn |= cb->u.function.noreturn;
	if (params)
		t->u.function.params = params;
	return t;
}

struct type *type_composite(struct arena *arena, struct type *a, struct type *b)
{
	if (a == b)
		return a;
	struct type *ca = type_strip(arena, a), *cb = type_strip(arena, b);
	if (ca == cb || ca->kind != cb->kind)
		return ca->kind == TY_ERROR ? b : a;
	switch ((enum type_kind)ca->kind) {
	case TY_ARRAY:
		return composite_array(arena, a, b, ca, cb);
	case TY_FUNCTION:
		return composite_function(arena, a, b, ca, cb);
	case TY_POINTER: {
		struct type *to = type_composite(arena, ca->base, cb->base);
		if (to == ca->base)
			return a;
		if (to == cb->base && ca->quals == cb->quals)
			return b;
		return type_qualified(arena, type_pointer(arena, to), ca->quals);
	}
	default:
		return a;
	}
}

struct type *type_promoted(struct arena *a, struct type *t)
{
	const struct type *c = type_core(t);
	switch ((enum type_kind)c->kind) {
	case TY_BOOL: case TY_CHAR: case TY_SCHAR: case TY_UCHAR: case TY_SHORT: case TY_USHORT:
		return type_basic(TY_INT);
	case TY_ENUM:
		return c->u.tag->underlying ? type_promoted(a, c->u.tag->underlying) : type_basic(TY_UINT);
	default:
		return type_quals(t) ? type_unqualified(a, t) : t;
	}
}

/* Real floating types in ascending order of conversion rank. */
static int floating_rank(enum type_kind k)
{
	switch (k) {
	case TY_FLOAT16: return 1;
	case TY_BFLOAT16: return 2;
	case TY_FLOAT: return 3;
	case TY_FLOAT32: return 4;
	case TY_DOUBLE: return 5;
	case TY_FLOAT32X: return 6;
	case TY_FLOAT64: return 7;
	case TY_LDOUBLE: return 8;
	case TY_FLOAT80: return 9;
	case TY_FLOAT64X: return 10;
	case TY_FLOAT128: return 11;
	case TY_DECIMAL32: return 12;
	case TY_DECIMAL64: return 13;
	case TY_DECIMAL128: return 14;
	default: return 0;
	}
}

/* Conversion rank; the wider of a signed/unsigned pair shares it. */
static unsigned integer_rank(const struct type *t)
{
	switch ((enum type_kind)t->kind) {
	case TY_INT: case TY_UINT: return 32 * 4 + 1;
	case TY_LONG: case TY_ULONG: return 64 * 4 + 1;
	case TY_LLONG: case TY_ULLONG: return 64 * 4 + 2;
	case TY_INT128: case TY_UINT128: return 128 * 4 + 1;
	case TY_BITINT: return t->u.bits * 4;
	default: return 0;
	}
}

static struct type *unsigned_version(struct arena *a, const struct type *t)
{
	switch ((enum type_kind)t->kind) {
	case TY_INT: return type_basic(TY_UINT);
	case TY_LONG: return type_basic(TY_ULONG);
	case TY_LLONG: return type_basic(TY_ULLONG);
	case TY_INT128: return type_basic(TY_UINT128);
	case TY_BITINT: return type_bitint(a, t->u.bits, true);
	default: return (struct type *)t;
	}
}

static struct type *usual_real(struct arena *arena, struct type *a, struct type *b)
{
	int fa = floating_rank(type_kind(a)), fb = floating_rank(type_kind(b));
	if (fa || fb)
		return fa >= fb ? type_unqualified(arena, a) : type_unqualified(arena, b);
	a = type_promoted(arena, a);
	b = type_promoted(arena, b);
	const struct type *ca = type_core(a), *cb = type_core(b);
	if (ca->kind == TY_ERROR || cb->kind == TY_ERROR)
		return type_basic(TY_ERROR);
	unsigned ra = integer_rank(ca), rb = integer_rank(cb);
	bool sa = type_is_signed(ca), sb = type_is_signed(cb);
	if (sa == sb)
		return ra >= rb ? a : b;
	struct type *u = sa ? b : a, *g = sa ? a : b;
	unsigned ru = sa ? rb : ra, rg = sa ? ra : rb;
	if (ru >= rg)
		return u;
	if (type_width(g) > type_width(u))
		return g;
	return unsigned_version(arena, type_core(g));
}

struct type *type_usual_arithmetic(struct arena *arena, struct type *a, struct type *b)
{
	const struct type *ca = type_core(a), *cb = type_core(b);
	if (ca->kind == TY_ERROR || cb->kind == TY_ERROR)
		return type_basic(TY_ERROR);
	if (ca->kind == TY_VECTOR)
		return type_unqualified(arena, a);
	if (cb->kind == TY_VECTOR)
		return type_unqualified(arena, b);
	if (ca->kind == TY_COMPLEX || cb->kind == TY_COMPLEX) {
		struct type *component = usual_real(arena, ca->kind == TY_COMPLEX ? ca->base : a, cb->kind == TY_COMPLEX ? cb->base : b);
		return type_complex(arena, component);
	}
	return usual_real(arena, a, b);
}
