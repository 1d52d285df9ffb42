/* Folding of builtin functions: bit counting, byte order, __builtin_constant_p, __builtin_expect, ... */
#include <string.h>

#include "frontend/sema/fold.h"

const char *fold_builtin_name(const struct node *callee)
{
	while (callee->kind == N_PAREN)
		callee = callee->u.PAREN.inner;
	if (callee->kind != N_IDENT || strncmp(callee->u.IDENT.name, "__builtin_", 10))
		return NULL;
	return callee->u.IDENT.name + 10;
}

/* The name behind `prefix` is "", "l", "ll" (or "imax"): 32 or 64 bits; 0: another function. */
static unsigned width_suffix(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);
	if (strncmp(name, prefix, len))
		return 0;
	name += len;
	return !*name ? 32 : !strcmp(name, "l") || !strcmp(name, "ll") || !strcmp(name, "imax") ? 64 : 0;
}

static bool fold_bits(const char *name, uint64_t x, struct value *v)
{
	unsigned w;
	v->is_float = false;
#define MASKED (w == 32 ? x & 0xffffffffu : x)
	if ((w = width_suffix(name, "clz"))) {
		if (!MASKED)
			return false;
		v->i = (unsigned)__builtin_clzll(MASKED) - (64 - w);
	} else if ((w = width_suffix(name, "ctz"))) {
		if (!MASKED)
			return false;
		v->i = (unsigned)__builtin_ctzll(MASKED);
	} else if ((w = width_suffix(name, "ffs"))) {
		v->i = (unsigned)__builtin_ffsll((long long)MASKED);
	} else if ((w = width_suffix(name, "popcount"))) {
		v->i = (unsigned)__builtin_popcountll(MASKED);
	} else if ((w = width_suffix(name, "parity"))) {
		v->i = (unsigned)__builtin_parityll(MASKED);
	} else if ((w = width_suffix(name, "clrsb"))) {
		int64_t sx = w == 32 ? (int32_t)x : (int64_t)x;
		uint64_t folded = (uint64_t)(sx ^ (sx >> 63));
		v->i = (folded ? (unsigned)__builtin_clzll(folded) : 64) - (64 - w) - 1;
	} else if (!strcmp(name, "bswap16")) {
		v->i = __builtin_bswap16((uint16_t)x);
	} else if (!strcmp(name, "bswap32")) {
		v->i = __builtin_bswap32((uint32_t)x);
	} else if (!strcmp(name, "bswap64")) {
		v->i = __builtin_bswap64(x);
	} else {
		return false;
	}
#undef MASKED
	return true;
}

static bool fold_float_builtin(const char *name, struct value *v)
{
	static const char *const infinities[] = {"inf", "inff", "infl", "huge_val", "huge_valf", "huge_vall"};
	static const char *const nans[] = {"nan", "nanf", "nanl"};
	v->is_float = true;
	for (unsigned i = 0; i < sizeof infinities / sizeof *infinities; i++)
		if (!strcmp(name, infinities[i])) {
			v->f = __builtin_infl();
			return true;
		}
	for (unsigned i = 0; i < sizeof nans / sizeof *nans; i++)
		if (!strcmp(name, nans[i])) {
			v->f = __builtin_nanl("");
			return true;
		}
	return false;
}

/* gcc's enum type_class of an argument, after its promotion. */
static bool classify_type(const struct type *t, uwide *class)
{
	switch (type_kind(t)) {
	case TY_VOID:
		*class = 0;
		return true;
	case TY_POINTER: case TY_ARRAY: case TY_FUNCTION: case TY_NULLPTR:
		*class = 5;
		return true;
	case TY_COMPLEX:
		*class = 9;
		return true;
	case TY_STRUCT:
		*class = 12;
		return true;
	case TY_UNION:
		*class = 13;
		return true;
	default:
		*class = type_is_integer(t) ? 1 : 8;
		return type_is_integer(t) || type_is_floating(t);
	}
}

bool fold_call(const struct node *n, struct value *v)
{
	const char *name = fold_builtin_name(n->u.CALL.callee);
	if (!name)
		return false;
	const struct node_list *args = &n->u.CALL.args;
	if (fold_float_builtin(name, v))
		return true;
	if (!args->len)
		return false;
	const struct node *first = args->data[0];
	if (!strcmp(name, "constant_p")) {
		struct value ignored;
		v->i = fold_strip(first)->kind == N_STRING || fold(first, &ignored);
		v->is_float = false;
		return true;
	}
	if (!strcmp(name, "strlen")) {
		const struct node *text = fold_strip(first);
		if (text->kind != N_STRING || !text->type || type_core(text->type)->base->size != 1)
			return false;
		struct arena *scratch = arena_new();
		size_t len;
		v->i = strlen(string_bytes(scratch, text, &len));
		v->is_float = false;
		arena_free(scratch);
		return true;
	}
	if (!strcmp(name, "classify_type")) {
		v->is_float = false;
		return first->type && classify_type(first->type, &v->i);
	}
	if (!fold(first, v))
		return false;
	if (!strcmp(name, "expect") || !strcmp(name, "expect_with_probability"))
		return n->type && fold_convert(v, first->type, n->type);
	if (width_suffix(name, "abs") || !strcmp(name, "labs") || !strcmp(name, "llabs") || !strcmp(name, "imaxabs")) {
		if (v->is_float || !n->type)
			return false;
		if ((wide)v->i < 0)
			v->i = fold_wrap(-v->i, n->type);
		return true;
	}
	if (!strcmp(name, "bswap128")) {
		v->i = (uwide)__builtin_bswap64((uint64_t)v->i) << 64 | __builtin_bswap64((uint64_t)(v->i >> 64));
		return !v->is_float;
	}
	return !v->is_float && fold_bits(name, (uint64_t)v->i, v);
}

bool fold_builtin(const struct node *n, struct value *v)
{
	const struct node_list *args = &n->u.BUILTIN.args;
	if (!strcmp(n->u.BUILTIN.name, "__builtin_types_compatible_p") && args->len == 2) {
		if (!args->data[0]->type || !args->data[1]->type)
			return false;
		v->is_float = false;
		v->i = type_compatible_unqualified(args->data[0]->type, args->data[1]->type);
		return true;
	}
	if (!strcmp(n->u.BUILTIN.name, "__builtin_choose_expr"))
		return n->ann && fold(n->ann, v);
	return false;
}
