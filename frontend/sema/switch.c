/* `switch`, and the labels in it: what `case` belongs to, and whether another has its value.
 *
 * Out: CASE and DEFAULT are annotated with their SWITCH. */
#include "frontend/sema/internal.h"

struct case_range {
	struct int_value lo, hi;
	struct node *node;
};

struct switch_state {
	struct node *node;		/* the SWITCH */
	struct type *type;		/* of the controlling expression, promoted */
	const struct barrier *barriers; /* at the head */
	VEC(struct case_range) cases;
	struct node *default_label;
};

void check_switch(struct sema *s, struct node *n)
{
	struct switch_state state = {.node = n, .barriers = s->barriers};
	struct jump_targets outer = s->targets;
	struct type *t;
	bool closed;

	scope_push_inside(s);
	t = check_rvalue(s, n->u.SWITCH.value, NULL);
	closed = head_close_if_empty(s);
	state.type = promoted_of(s, n->u.SWITCH.value);
	if (type_kind(t) != TY_ERROR && !type_is_integer(t)) {
		if (!reject_future(s, n->u.SWITCH.value, "the value of a switch") &&
		    !reject_result(s, n->u.SWITCH.value, "the value of a switch"))
			c_error(s, expr_loc(n->u.SWITCH.value), "switch quantity not an integer");
		state.type = type_basic(TY_ERROR);
	}
	s->targets.switch_state = &state;
	s->targets.breakable = n;
	check_stmt(s, n->u.SWITCH.body);
	s->targets = outer;
	if (!closed)
		scope_pop(s);
}

/* Is a <= b, as values of the switch's type? */
static bool value_le(const struct int_value *a, const struct int_value *b, bool is_unsigned)
{
	if (a->hi != b->hi)
		return is_unsigned ? a->hi < b->hi : (int64_t)a->hi < (int64_t)b->hi;
	return a->lo <= b->lo;
}

static struct int_value converted_case(struct int_value v, const struct type *t)
{
	if (type_kind(t) == TY_ERROR || t->size >= 16)
		return v;
	if (t->size < 8) {
		unsigned bits = (unsigned)t->size * 8;

		v.lo &= (1ull << bits) - 1;
		if (type_is_signed(t) && (v.lo >> (bits - 1) & 1))
			v.lo |= ~0ull << bits;
	}
	v.is_unsigned = !type_is_signed(t);
	v.hi = !v.is_unsigned && (int64_t)v.lo < 0 ? UINT64_MAX : 0;
	return v;
}

static bool case_value(struct sema *s, struct node *e, struct int_value *out)
{
	struct type *t;

	s->no_await++;
	s->no_await_reason = "in a case label";
	t = check_rvalue(s, e, NULL);
	s->no_await--;
	if (type_kind(t) == TY_ERROR)
		return false;
	if (!type_is_integer(t) || !eval_integer(s, e, out)) {
		c_error(s, expr_loc(e), "case label does not reduce to an integer constant");
		return false;
	}
	*out = converted_case(*out, s->targets.switch_state ? s->targets.switch_state->type : t);
	return true;
}

static void add_case(struct sema *s, struct node *n, struct int_value lo, struct int_value hi)
{
	struct switch_state *sw = s->targets.switch_state;
	bool u = lo.is_unsigned;
	struct case_range range = {lo, hi, n};

	/* Only duplicates need the list, and plain C's are the C compiler's. */
	if (!s->strict)
		return;
	for (unsigned i = 0; i < sw->cases.len; i++) {
		struct case_range *c = &sw->cases.data[i];

		if (value_le(&lo, &c->hi, u) && value_le(&c->lo, &hi, u)) {
			c_error(s, n->loc,
				n->u.CASE.hi || c->node->u.CASE.hi ? "duplicate (or overlapping) case value"
								   : "duplicate case value");
			diag_note(s->diag, c->node->loc,
				  n->u.CASE.hi || c->node->u.CASE.hi ? "this is the first entry overlapping that value"
								     : "previously used here");
			return;
		}
	}
	vec_push(s->arena, &sw->cases, range);
}

static void check_label_position(struct sema *s, struct node *n)
{
	struct switch_state *sw = s->targets.switch_state;

	n->ann = sw ? sw->node : NULL;
	if (sw)
		check_jump(s, n->loc, sw->barriers, s->barriers, n->loc, n->kind == N_CASE ? "'case'" : "'default'");
}

void check_case(struct sema *s, struct node *n)
{
	struct int_value lo, hi;
	bool known = case_value(s, n->u.CASE.lo, &lo);

	hi = lo;
	if (n->u.CASE.hi)
		known = case_value(s, n->u.CASE.hi, &hi) && known;
	if (!s->targets.switch_state)
		c_error(s, n->loc, "case label not within a switch statement");
	else if (known)
		add_case(s, n, lo, hi);
	check_label_position(s, n);
}

void check_default(struct sema *s, struct node *n)
{
	struct switch_state *sw = s->targets.switch_state;

	if (!sw) {
		c_error(s, n->loc, "'default' label not within a switch statement");
	} else if (sw->default_label) {
		c_error(s, n->loc, "multiple default labels in one switch");
		if (s->strict)
			diag_note(s->diag, sw->default_label->loc, "this is the first default label");
	} else {
		sw->default_label = n;
	}
	check_label_position(s, n);
}
