/* `a.b`, `p->b`, `a[i]`, _Generic, sizeof and _Alignof. */
#include "frontend/sema/internal.h"

#include <string.h>

static struct type *error_type(void)
{
	return type_basic(TY_ERROR);
}

static void report_no_member(struct sema *s, struct node *n, struct type *record)
{
	const char *name = n->u.MEMBER.name;
	const struct tag *tag = record->u.tag;
	bool result = type_kind(record) == TY_RESULT;
	const char *near = tag->complete ? suggest_member(s, tag, name) : NULL;

	/* The C compiler would speak of a struct that the user never wrote. */
	if (result && !near) {
		diag_error(s->diag, n->loc, "'%s' has no member named '%s'", type_text(s->arena, record), name);
		diag_note(s->diag, n->loc,
			  tag->member_count > 1 ? "its members are 'err' and 'value'" : "its one member is 'err'");
		return;
	}
	if (result)
		use_dialect(s);
	if (!tag->complete)
		c_error(s, n->loc, "invalid use of undefined type '%s'",
			type_text(s->arena, type_unqualified(s->arena, record)));
	else if (near)
		c_error(s, n->loc, "'%s' has no member named '%s'; did you mean '%s'?",
			type_text(s->arena, type_unqualified(s->arena, record)), name, near);
	else
		c_error(s, n->loc, "'%s' has no member named '%s'",
			type_text(s->arena, type_unqualified(s->arena, record)), name);
	if (near && s->strict)
		diag_fixit_replace(s->diag, n->end - (loc_t)strlen(name), n->end, near);
}

/* The record that `base.` or `base->` looks in, or NULL. */
static struct type *record_of(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base;
	struct type *t = type_strip(s->arena, base->type);

	if (n->u.MEMBER.arrow) {
		/* The decay of `a->b` hands out no pointer. */
		t = type_decayed(s->arena, base->type);
		t = type_strip(s->arena, t);
		if (t->kind != TY_POINTER)
			return NULL;
		t = type_strip(s->arena, t->base);
	}
	return type_is_record(t) ? t : NULL;
}

static bool has_await_member(const struct type *record)
{
	return record && record->u.tag && record->u.tag->complete &&
	       tag_member(record->u.tag, intern_str("await"), &(uint64_t){0});
}

static void report_no_record(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base;
	struct type *t = type_decayed(s->arena, base->type);
	struct type *to = type_kind(t) == TY_POINTER ? type_strip(s->arena, type_strip(s->arena, t)->base) : NULL;

	if ((type_kind(t) == TY_FUTURE || type_kind(t) == TY_TASK) && n->u.MEMBER.arrow &&
	    !strcmp(n->u.MEMBER.name, "await")) {
		diag_error(s->diag, n->loc, "'->' does not await: only '.await' does");
		diag_fixit_replace(s->diag, base->end, n->loc, ".");
		return;
	}
	if (type_kind(t) == TY_FUTURE && name_is_near(n->u.MEMBER.name, "await")) {
		diag_error(s->diag, n->loc, "a future has no member '%s'; did you mean 'await'?", n->u.MEMBER.name);
		diag_fixit_replace(s->diag, n->loc, n->end, "await");
		return;
	}
	if (type_kind(t) == TY_ERROR || report_bare_method(s, n) ||
	    reject_future(s, base, arena_printf(s->arena, "an operand of '%s'", n->u.MEMBER.arrow ? "->" : ".")))
		return;
	if (to && (type_kind(to) == TY_FUTURE || type_kind(to) == TY_TASK) && !strcmp(n->u.MEMBER.name, "await")) {
		diag_error(s->diag, n->loc, "'->' does not await: only '.await' does");
		diag_note(s->diag, expr_loc(base), "write '(*%s).await'", expr_text(s, base));
	} else if (n->u.MEMBER.arrow && type_kind(t) != TY_POINTER) {
		c_error(s, n->loc, "invalid type argument of '->' (have '%s')", type_text(s->arena, t));
	} else if (!n->u.MEMBER.arrow && to && type_is_record(to)) {
		c_error(s, n->loc, "'%s' is a pointer; did you mean to use '->'?", expr_text(s, base));
		if (s->strict && n->loc)
			diag_fixit_replace(s->diag, base->end, n->loc, "->");
	} else {
		c_error(s, n->loc, "request for member '%s' in something not a structure or union", n->u.MEMBER.name);
	}
}

void check_member(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base;
	struct type *record;
	struct member_use *use;
	const struct member *member;

	if (base->type) /* check_method_call has looked at it */
		n->flags |= base->flags & NF_HAS_AWAIT;
	else
		check_expr(s, base, NULL);
	n->type = error_type();
	record = record_of(s, n);
	if (!n->u.MEMBER.arrow && !strcmp(n->u.MEMBER.name, "await") && type_kind(base->type) != TY_ERROR &&
	    !has_await_member(record)) {
		check_await(s, n);
		return;
	}
	use = ARENA_NEW(s->arena, struct member_use);
	n->ann = use;
	if (!record) {
		if (!n->u.MEMBER.arrow && !strcmp(n->u.MEMBER.name, "await"))
			report_unknown_operand(s, base, "'.await'");
		report_no_record(s, n);
		return;
	}
	use->tag = record->u.tag;
	member = use->tag->complete ? tag_member(use->tag, n->u.MEMBER.name, &use->offset) : NULL;
	use->member = member;
	if (!member) {
		report_no_member(s, n, record);
		return;
	}
	n->type = type_qualified(s->arena, member->type, type_quals(record) & ~(unsigned)Q_RESTRICT);
	if (member->bit_width >= 0)
		n->flags |= NF_BITFIELD;
	/* A member of a value that is no lvalue is none either; an array in it still decays (C17 6.2.4p8). */
	if (n->u.MEMBER.arrow || (base->flags & NF_LVALUE))
		n->flags |= NF_LVALUE;
}

void check_subscript(struct sema *s, struct node *n)
{
	struct node *base = n->u.SUBSCRIPT.base, *index = n->u.SUBSCRIPT.index;
	struct type *b = check_expr(s, base, NULL), *i = check_expr(s, index, NULL), *array;

	n->type = error_type();
	if (type_kind(b) == TY_ERROR || type_kind(i) == TY_ERROR)
		return;
	if (type_kind(b) == TY_VECTOR && type_is_integer(i)) {
		n->type = type_qualified(s->arena, type_strip(s->arena, b)->base, type_quals(b));
		n->flags |= base->flags & NF_LVALUE;
		return;
	}
	array = type_decayed(s->arena, b);
	i = type_decayed(s->arena, i);
	if (type_kind(array) != TY_POINTER && type_kind(i) == TY_POINTER) {
		struct type *swap = array;

		array = i;
		i = swap;
	}
	if (reject_future(s, base, "an operand of '[]'") || reject_future(s, index, "a subscript") ||
	    reject_result(s, base, "an operand of '[]'") || reject_result(s, index, "a subscript"))
		return;
	if (type_kind(array) != TY_POINTER) {
		c_error(s, n->loc, "subscripted value is neither array nor pointer nor vector");
		return;
	}
	if (!type_is_integer(i)) {
		c_error(s, n->loc, "array subscript is not an integer");
		return;
	}
	n->type = type_strip(s->arena, array)->base;
	if (type_kind(n->type) == TY_FUNCTION) {
		c_error(s, n->loc, "subscripted value is pointer to function");
		n->type = error_type();
		return;
	}
	if (type_kind(n->type) != TY_VOID)
		n->flags |= NF_LVALUE;
}

/* -- _Generic ------------------------------------------------------------------------------------------------------ */
void check_generic(struct sema *s, struct node *n, struct type *expected)
{
	struct node *control = n->u.GENERIC.control, *chosen = NULL, *fallback = NULL;
	struct node_list *assocs = &n->u.GENERIC.assocs;
	struct type *t;

	s->unevaluated++;
	/* Lvalue conversion of the controlling operand (DR 481): qualifiers go, arrays and functions decay. A type name
	 * is taken as it is. */
	t = control->kind == N_TYPE_NAME ? check_type_name(s, control)
					 : type_decayed(s->arena, check_expr(s, control, NULL));
	s->unevaluated--;
	for (unsigned i = 0; i < assocs->len; i++) {
		struct node *assoc = assocs->data[i], *name = assoc->u.GENERIC_ASSOC.type_name;

		if (!name)
			fallback = assoc;
		else if (type_compatible(check_type_name(s, name), t) && !chosen && type_kind(t) != TY_ERROR)
			chosen = assoc;
	}
	if (!chosen)
		chosen = fallback;
	n->ann = chosen;
	for (unsigned i = 0; i < assocs->len; i++) {
		struct node *assoc = assocs->data[i];

		s->unevaluated += assoc != chosen;
		check_expr(s, assoc->u.GENERIC_ASSOC.value, assoc == chosen ? expected : NULL);
		s->unevaluated -= assoc != chosen;
	}
	if (!chosen) {
		if (type_kind(t) != TY_ERROR)
			c_error(s, control->loc,
				"'_Generic' selector of type '%s' is not compatible with any association",
				type_text(s->arena, t));
		n->type = error_type();
		return;
	}
	n->type = type_kind(t) == TY_ERROR ? error_type() : chosen->u.GENERIC_ASSOC.value->type;
	n->flags |= chosen->u.GENERIC_ASSOC.value->flags & (NF_LVALUE | NF_BITFIELD);
	if (chosen->u.GENERIC_ASSOC.value->flags & NF_HAS_AWAIT)
		n->flags |= NF_HAS_AWAIT;
}

/* -- sizeof, _Alignof ---------------------------------------------------------------------------------------------- */
/* An operand that turned out to be evaluated after all (`sizeof` of a variable-length array). */
static bool mark_evaluated(struct node **slot, void *ctx)
{
	struct node *n = *slot;
	struct sema *s = ctx;

	if (n->kind == N_SIZEOF || n->kind == N_TYPEOF || n->kind == N_GENERIC)
		return true;
	n->flags &= (uint16_t)~NF_UNEVALUATED;
	if (n->kind == N_MEMBER && expr_is_await(n))
		diag_error(
			s->diag, n->loc,
			"'.await' in the operand of 'sizeof' of a variable-length array; await into a variable first");
	node_each_child(n, mark_evaluated, ctx);
	return true;
}

void check_sizeof(struct sema *s, struct node *n)
{
	struct node *operand = n->u.SIZEOF.operand, *e;
	bool is_sizeof = n->u.SIZEOF.op == OP_SIZEOF;
	const char *word = is_sizeof ? "sizeof" : "_Alignof";
	struct type *t;

	n->type = type_basic(TY_ULONG); /* size_t */
	if (operand->kind == N_TYPE_NAME) {
		const char *reason = s->no_await_reason;

		s->unevaluated += !is_sizeof;
		s->no_await++;
		s->no_await_reason = "in the bound of an array in 'sizeof'";
		t = check_type_name(s, operand);
		s->no_await_reason = reason;
		s->no_await--;
		s->unevaluated -= !is_sizeof;
	} else {
		s->unevaluated++;
		t = check_expr(s, operand, NULL);
		s->unevaluated--;
		if (is_sizeof && type_is_vla(t) && !s->unevaluated)
			mark_evaluated(&operand, s);
	}
	if (type_kind(t) == TY_ERROR) {
		n->type = type_basic(TY_ULONG);
		return;
	}
	e = operand->kind == N_TYPE_NAME ? NULL : node_strip(operand);
	if (e && is_sizeof)
		check_capture_sizeof(s, e, n->loc);
	if (e && is_sizeof && (e->flags & NF_BITFIELD))
		c_error(s, n->loc, "'sizeof' applied to a bit-field");
	else if (!type_is_complete(t) && type_kind(t) != TY_VOID && type_kind(t) != TY_FUNCTION && !type_is_vla(t) &&
		 type_kind(t) != TY_FUTURE)
		c_error(s, n->loc, "invalid application of '%s' to incomplete type '%s'", word, type_text(s->arena, t));
}
