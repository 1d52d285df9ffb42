/* Declaration specifiers -> type. */
#include "frontend/sema/internal.h"

static struct type *floating_type(int basic)
{
	static const struct {
		int bit;
		enum type_kind kind;
	} table[] = {
		{BT_FLOAT16, TY_FLOAT16}, {BT_BFLOAT16, TY_BFLOAT16}, {BT_FLOAT32, TY_FLOAT32}, {BT_FLOAT64, TY_FLOAT64}, {BT_FLOAT128, TY_FLOAT128},
		{BT_FLOAT32X, TY_FLOAT32X}, {BT_FLOAT64X, TY_FLOAT64X}, {BT_FLOAT128X, TY_FLOAT128}, {BT_FLOAT80, TY_FLOAT80}, {BT_IBM128, TY_LDOUBLE},
		{BT_DECIMAL32, TY_DECIMAL32}, {BT_DECIMAL64, TY_DECIMAL64}, {BT_DECIMAL128, TY_DECIMAL128}, {BT_FLOAT, TY_FLOAT},
	};
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		if (basic & table[i].bit)
			return type_basic(table[i].kind);
	if (basic & BT_DOUBLE)
		return type_basic(basic & (BT_LONG | BT_LONGLONG) ? TY_LDOUBLE : TY_DOUBLE);
	return NULL;
}

static struct type *integer_type(int basic)
{
	bool u = basic & BT_UNSIGNED;
	if (basic & BT_CHAR)
		return type_basic(u ? TY_UCHAR : basic & BT_SIGNED ? TY_SCHAR : TY_CHAR);
	if (basic & BT_SHORT)
		return type_basic(u ? TY_USHORT : TY_SHORT);
	if (basic & BT_INT128)
		return type_basic(u ? TY_UINT128 : TY_INT128);
	if (basic & BT_LONGLONG)
		return type_basic(u ? TY_ULLONG : TY_LLONG);
	if (basic & BT_LONG)
		return type_basic(u ? TY_ULONG : TY_LONG);
	return type_basic(u ? TY_UINT : TY_INT);
}

static struct type *basic_type(struct sema *s, struct node *specs)
{
	int basic = specs->u.SPECS.basic;
	if (basic & BT_VOID)
		return type_basic(TY_VOID);
	if (basic & BT_BOOL)
		return type_basic(TY_BOOL);
	if (basic & BT_VA_LIST)
		return type_basic(TY_VA_LIST);
	if (basic & BT_AUTO_TYPE)
		return type_basic(TY_AUTO);
	struct type *t = floating_type(basic);
	if (basic & (BT_COMPLEX | BT_IMAGINARY)) {
		/* `_Complex` alone is double; with integer words a GNU complex integer. */
		if (!t)
			t = basic & ~(BT_COMPLEX | BT_IMAGINARY) ? integer_type(basic) : type_basic(TY_DOUBLE);
		return type_complex(s->arena, t);
	}
	if (t)
		return t;
	/* `auto x = ...` of C23; otherwise no word at all is implicit int. */
	if (!basic && (specs->u.SPECS.storage & SC_AUTO) && s->options.c_version >= 23)
		return type_basic(TY_AUTO);
	return integer_type(basic);
}

static struct type *typeof_type(struct sema *s, struct node *n)
{
	struct node *operand = n->u.TYPEOF.operand;
	struct type *t;
	if (operand->kind == N_TYPE_NAME) {
		const char *reason = s->no_await_reason;
		s->no_await++;
		s->no_await_reason = "in the bound of an array in 'typeof'";
		t = check_type_name(s, operand);
		s->no_await--;
		s->no_await_reason = reason;
	} else {
		s->unevaluated++;
		t = check_expr(s, operand, NULL);
		s->unevaluated--;
		const struct member_use *use = operand->kind == N_MEMBER ? operand->ann : NULL;
		if (use && use->member && use->member->bit_width >= 0)
			c_error(s, operand->loc, "'typeof' applied to a bit-field");
		/* As GCC: the type of an _Atomic object is its plain type. */
		if (type_quals(t) & Q_ATOMIC)
			t = type_unqualified(s->arena, t);
	}
	return n->u.TYPEOF.unqual ? type_unqualified(s->arena, t) : t;
}

static struct type *dialect_type(struct sema *s, struct node *n)
{
	struct type *value = check_type_name(s, n->u.DIALECT_TYPE.type_name);
	use_dialect(s);
	enum dialect_type which = (enum dialect_type)n->u.DIALECT_TYPE.which;
	switch (type_kind(value)) {
	case TY_FUTURE: case TY_TASK: case TY_STREAM:
		if (which == DT_CHAN)
			break;
		if (which == DT_STREAM)
			diag_error(s->diag, n->loc, "the values of a stream can't be '%s'; await them before they are yielded", type_text(s->arena, value));
		else
			diag_error(s->diag, n->loc, "the value of a future can't be a future itself ('%s')", type_text(s->arena, value));
		return type_basic(TY_ERROR);
	case TY_ARRAY: case TY_FUNCTION:
		diag_error(s->diag, n->loc, "'%s' is no type that a value can have", type_text(s->arena, value));
		return type_basic(TY_ERROR);
	default:
		break;
	}
	switch (which) {
	case DT_FUTURE:
		return type_dialect(s->arena, TY_FUTURE, value);
	case DT_RESULT:
		return result_type(s, value, n->loc);
	case DT_TASK:
		return type_dialect(s->arena, TY_TASK, value);
	case DT_CHAN:
		return channel_type(s, value, n->loc);
	case DT_STREAM:
		if (type_kind(value) != TY_VOID && type_is_complete(value))
			return type_dialect(s->arena, TY_STREAM, value);
		if (type_kind(value) != TY_ERROR)
			diag_error(s->diag, n->loc, "a stream needs values of a complete type, not '%s'", type_text(s->arena, value));
		break;
	}
	return type_basic(TY_ERROR);
}

/* async |PARAMS| -> T */
static struct type *closure_type(struct sema *s, struct node *n)
{
	struct node_list *list = &n->u.CLOSURE_TYPE.params;
	struct param *params = ARENA_ARRAY(s->arena, struct param, list->len);
	unsigned count = 0;
	use_dialect(s);
	scope_push(s, NULL);
	for (unsigned i = 0; i < list->len; i++) {
		struct node *param = list->data[i];
		struct type *t = check_parameter(s, param, param->u.PARAM.specs, param->u.PARAM.declarator);
		struct symbol *sym = param->ann;
		if (type_kind(t) == TY_VOID && list->len == 1)
			break;
		params[count++] = (struct param){sym->name, t, sym->loc};
	}
	scope_pop(s);
	return type_closure(s->arena, block_value_type(s, n->u.CLOSURE_TYPE.result), params, count);
}

static struct type *bitint_type(struct sema *s, struct node *specs, struct node *n)
{
	struct int_value width;
	check_expr(s, n->u.BITINT.width, NULL);
	if (!eval_integer(s, n->u.BITINT.width, &width) || width.lo == 0 || width.lo > 65535)
		return type_basic(TY_ERROR);
	return type_bitint(s->arena, (uint32_t)width.lo, specs->u.SPECS.basic & BT_UNSIGNED);
}

static struct type *named_type(struct sema *s, struct node *specs, struct node *n)
{
	switch (n->kind) {
	case N_TAG:
		return check_tag(s, n, false);
	case N_TYPEDEF_REF: {
		struct symbol *sym = scope_find(s, n->u.TYPEDEF_REF.name);
		if (!sym || sym->kind != SYM_TYPEDEF) {
			c_error(s, n->loc, "unknown type name '%s'", n->u.TYPEDEF_REF.name);
			return type_basic(TY_ERROR);
		}
		n->ann = sym;
		if (sym->type->is_vm && s->function && s->function->block && sym->function != s->function) {
			diag_error(s->diag, n->loc, "the variably modified type '%s' of the function around this block", sym->name);
			diag_note(s->diag, sym->loc, "its size isn't known in the block; declare it there");
			return type_basic(TY_ERROR);
		}
		return type_typedef(s->arena, sym);
	}
	case N_TYPEOF:
		return typeof_type(s, n);
	case N_ATOMIC_TYPE: {
		struct type *t = check_type_name(s, n->u.ATOMIC_TYPE.type_name);
		if (type_kind(t) == TY_ARRAY || type_kind(t) == TY_FUNCTION || type_quals(t)) {
			c_error(s, n->loc, "'_Atomic' of the type '%s'", type_text(s->arena, t));
			return t;
		}
		return type_qualified(s->arena, t, Q_ATOMIC);
	}
	case N_DIALECT_TYPE:
		return dialect_type(s, n);
	case N_CLOSURE_TYPE:
		return closure_type(s, n);
	case N_BITINT:
		return bitint_type(s, specs, n);
	default:
		return type_basic(TY_ERROR);
	}
}

/* May these words make one type? */
static bool words_agree(int basic)
{
	const int sign = basic & (BT_SIGNED | BT_UNSIGNED), width = basic & (BT_SHORT | BT_LONG | BT_LONGLONG);
	const int core = basic & ~(BT_SIGNED | BT_UNSIGNED | BT_SHORT | BT_LONG | BT_LONGLONG | BT_INT | BT_COMPLEX | BT_IMAGINARY | BT_SAT);

	if (sign == (BT_SIGNED | BT_UNSIGNED) || core & (core - 1) || width & (width - 1))
		return false;
	switch (core) {
	case 0:
		return true;
	case BT_CHAR: case BT_INT128:
		return !width && !(basic & BT_INT);
	case BT_DOUBLE:
		return !sign && (!width || width == BT_LONG) && !(basic & BT_INT);
	default:
		return !sign && !width && !(basic & BT_INT);
	}
}

static void check_words(struct sema *s, const struct node *specs)
{
	const struct node *n = specs->u.SPECS.type, *extra = specs->u.SPECS.extra;
	const int basic = specs->u.SPECS.basic, storage = specs->u.SPECS.storage & ~(SC_THREAD | SC_CONSTEXPR);

	if (extra)
		c_error(s, extra->loc, "two or more data types in declaration specifiers");
	else if (n ? n->kind != N_BITINT && basic & ~(BT_COMPLEX | BT_SIGNED | BT_UNSIGNED) : !words_agree(basic))
		c_error(s, specs->loc, "two or more data types in declaration specifiers");
	if (storage & (storage - 1))
		c_error(s, specs->begin, "multiple storage classes in declaration specifiers");
}

struct type *check_specs(struct sema *s, struct node *specs)
{
	if (!specs)
		return type_basic(TY_INT);
	if (specs->type)
		return specs->type;
	check_words(s, specs);
	struct node *n = specs->u.SPECS.type;
	struct type *t = n ? named_type(s, specs, n) : basic_type(s, specs);
	unsigned quals = (unsigned)specs->u.SPECS.quals;
	if (specs->u.SPECS.storage & SC_CONSTEXPR)
		quals |= Q_CONST;
	/* `_Complex` or a sign next to a typedef of the implementation. */
	if (n && (specs->u.SPECS.basic & BT_COMPLEX))
		t = type_complex(s->arena, t);
	t = type_qualified(s->arena, t, quals);
	specs->type = t;
	return t;
}

uint32_t check_alignas(struct sema *s, const struct node_list *aligns)
{
	uint32_t align = 0;
	for (unsigned i = 0; i < aligns->len; i++) {
		struct node *operand = aligns->data[i]->u.ALIGNAS.operand;
		struct int_value v = {0};
		if (operand->kind == N_TYPE_NAME) {
			v.lo = check_type_name(s, operand)->align;
		} else {
			const char *reason = s->no_await_reason;
			s->no_await++;
			s->no_await_reason = "in '_Alignas'";
			unsigned errors = diag_errors(s->diag);
			check_expr(s, operand, NULL);
			s->no_await_reason = reason;
			s->no_await--;
			if (!eval_integer(s, operand, &v)) {
				if (diag_errors(s->diag) == errors)
					c_error(s, operand->loc, "requested alignment is not an integer constant");
				continue;
			}
		}
		if (v.lo & (v.lo - 1))
			c_error(s, operand->loc, "requested alignment is not a positive power of 2");
		if (v.lo > align && v.lo <= UINT32_MAX / 2)
			align = (uint32_t)v.lo;
	}
	return align;
}
