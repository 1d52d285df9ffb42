/* Initialisers (C17 6.7.9): which subobject each value initialises, and the length of unsized arrays.
 *
 * The walk keeps a stack of the aggregates that are being filled, with the index of the current member or element in each. A braced list
 * opens an aggregate; a value for an aggregate without braces of its own opens one too (brace elision), which closes when it is full.
 *
 *     struct { int a[2]; struct { char *s; } b; } x = { 1, 2, { "s" }, .a[1] = 3 };
 *         -> .a[0] = 1   .a[1] = 2   .b.s = "s"   .a[1] = 3 */
#include "frontend/sema/internal.h"

struct aggregate {
	const struct type *type;    /* without sugar: struct, union, result, array or vector */
	uint64_t index;             /* of the current member or element */
	uint64_t last;              /* the end of the range that a designator names; else index */
	uint64_t count;             /* members or elements; UINT64_MAX: as many as come */
	struct node *lo, *hi;       /* the designator's own expressions, or NULL */
};

struct walk {
	struct sema *s;
	bool is_static;             /* no plan is made */
	VEC(struct aggregate) stack;
	VEC(struct init_entry) entries;
};

static bool is_aggregate(const struct type *t)
{
	switch (type_kind(t)) {
	case TY_STRUCT: case TY_UNION: case TY_RESULT: case TY_ARRAY: case TY_VECTOR:
		return true;
	default:
		return false;
	}
}

static struct aggregate *top(struct walk *w)
{
	return &vec_last(&w->stack);
}

/* Unnamed bit-fields are not initialised. */
static void skip_unnamed(struct aggregate *a)
{
	if (a->type->kind == TY_ARRAY || a->type->kind == TY_VECTOR)
		return;
	const struct tag *tag = a->type->u.tag;
	while (a->index < a->count && !tag->members[a->index].name && tag->members[a->index].bit_width >= 0)
		a->index++;
	a->last = a->index;
}

static void push(struct walk *w, const struct type *t)
{
	struct aggregate a = {.type = type_core(t)};
	if (a.type->kind == TY_ARRAY)
		a.count = a.type->u.array.incomplete || a.type->u.array.bound || a.type->u.array.star ? UINT64_MAX : a.type->u.array.length;
	else if (a.type->kind == TY_VECTOR)
		a.count = a.type->u.array.length;
	else
		a.count = a.type->u.tag->member_count;
	skip_unnamed(&a);
	vec_push(w->s->arena, &w->stack, a);
}

static bool is_full(const struct aggregate *a)
{
	return a->index >= a->count;
}

static void advance(struct aggregate *a)
{
	a->index = a->type->kind == TY_UNION ? a->count : a->last + 1;
	a->last = a->index;
	a->lo = a->hi = NULL;
	skip_unnamed(a);
}

static struct type *current_type(const struct aggregate *a)
{
	if (a->type->kind == TY_ARRAY || a->type->kind == TY_VECTOR)
		return a->type->base;
	return a->type->u.tag->members[a->index].type;
}

/* The designator that leads from the aggregate to its current part; NULL: an anonymous member, whose members are named directly. */
static struct node *designator_node(struct walk *w, const struct aggregate *a, loc_t loc)
{
	struct sema *s = w->s;
	if (a->type->kind == TY_ARRAY || a->type->kind == TY_VECTOR) {
		struct node *n = node_new(s->arena, N_DESIG_INDEX, loc, loc, loc);
		n->u.DESIG_INDEX.lo = a->lo ? a->lo : number_node(s, a->index, loc);
		if (a->last > a->index)
			n->u.DESIG_INDEX.hi = a->hi ? a->hi : number_node(s, a->last, loc);
		return n;
	}
	const char *name = a->type->u.tag->members[a->index].name;
	if (!name)
		return NULL;
	struct node *n = node_new(s->arena, N_DESIG_FIELD, loc, loc, loc);
	n->u.DESIG_FIELD.name = name;
	return n;
}

static void add_entry(struct walk *w, struct node *value, struct type *t)
{
	if (w->is_static)
		return;
	struct init_entry e = {.value = value};
	for (unsigned i = 0; i < w->stack.len; i++) {
		struct node *d = designator_node(w, &w->stack.data[i], value->begin);
		if (d)
			node_list_push(w->s->arena, &e.path, d);
	}
	vec_push(w->s->arena, &w->entries, e);
}

/* -- values ------------------------------------------------------------------------------------------------------- */

static bool is_string_for(const struct type *t, struct node *value)
{
	const struct type *array = type_core(t);
	if (array->kind != TY_ARRAY || node_strip(value)->kind != N_STRING)
		return false;
	return type_is_integer(array->base);
}

/* The type that ok() and err() take in the place of `t`: with braces elided they may stand for its first member. */
static struct type *expected_type(struct type *t)
{
	const struct type *c = type_core(t);
	struct type *at = t;
	for (;;) {
		if (c->kind == TY_RESULT)
			return at;
		if (c->kind == TY_ARRAY)
			at = c->base;
		else if (c->kind == TY_STRUCT && c->u.tag->member_count)
			at = c->u.tag->members[0].type;
		else
			return t;
		c = type_core(at);
	}
}

/* True if `value` initialises the whole of `t`, an aggregate. */
static bool initialises_whole(const struct type *t, struct node *value)
{
	const struct type *vt = value->type;
	if (is_string_for(t, value))
		return type_core(t)->base->size == type_core(vt)->base->size;
	enum type_kind kind = type_kind(t), vkind = type_kind(vt);
	if (kind == TY_ARRAY)
		return vkind == TY_ARRAY && type_compatible_unqualified(t, vt);
	if (vkind == TY_ERROR)
		return true;
	if (kind == TY_VECTOR)
		return vkind == TY_VECTOR;
	return type_compatible_unqualified(t, vt);
}

static void init_scalar(struct walk *w, struct type *t, struct node *value)
{
	if (is_aggregate(t)) {
		add_entry(w, value, t);
		return;
	}
	check_assignable(w->s, t, value, value->loc, "initialization");
	add_entry(w, value, t);
}

static uint64_t init_braced(struct walk *w, struct type *t, struct node *list);

/* A value without braces for the current part of the innermost aggregate, which is not full. */
static void init_elided(struct walk *w, struct node *value)
{
	struct type *t = current_type(top(w));
	/* Arrays as they are: a string or a compound literal may fill an array. */
	check_expr(w->s, value, expected_type(t));
	while (is_aggregate(t) && !initialises_whole(t, value)) {
		push(w, t);
		if (is_full(top(w))) { /* an empty struct takes the value, and drops it */
			w->stack.len--;
			advance(top(w));
			return;
		}
		t = current_type(top(w));
	}
	if (!is_aggregate(t))
		rvalue_of(w->s, value);
	init_scalar(w, t, value);
	advance(top(w));
}

/* -- designators -------------------------------------------------------------------------------------------------- */

/* Makes member `name` the current part of the innermost aggregate, opening anonymous members on the way. */
static bool designate_field(struct walk *w, const char *name, loc_t loc)
{
	const struct tag *tag = type_tag(top(w)->type);
	if (!tag) {
		c_error(w->s, loc, "field name not in record or union initializer");
		return false;
	}
	for (unsigned i = 0; i < tag->member_count; i++) {
		const struct member *m = &tag->members[i];
		uint64_t offset;
		bool inside = !m->name && m->bit_width < 0 && type_is_record(m->type) && tag_member(type_tag(m->type), name, &offset);
		if (m->name != name && !inside)
			continue;
		top(w)->index = top(w)->last = i;
		if (!inside)
			return true;
		push(w, m->type);
		return designate_field(w, name, loc);
	}
	c_error(w->s, loc, "'%s' has no member named '%s'", type_text(w->s->arena, top(w)->type), name);
	return false;
}

static bool designate_index(struct walk *w, struct node *d)
{
	struct sema *s = w->s;
	struct int_value lo, hi;
	enum type_kind kind = (enum type_kind)top(w)->type->kind;
	check_expr(s, d->u.DESIG_INDEX.lo, NULL);
	if (d->u.DESIG_INDEX.hi)
		check_expr(s, d->u.DESIG_INDEX.hi, NULL);
	if (kind != TY_ARRAY && kind != TY_VECTOR) {
		if (kind != TY_ERROR)
			c_error(s, d->loc, "array index in non-array initializer");
		return false;
	}
	if (!eval_integer(s, d->u.DESIG_INDEX.lo, &lo) || (d->u.DESIG_INDEX.hi && !eval_integer(s, d->u.DESIG_INDEX.hi, &hi))) {
		c_error(s, d->loc, "nonconstant array index in initializer");
		return false;
	}
	if (!d->u.DESIG_INDEX.hi)
		hi = lo;
	struct aggregate *a = top(w);
	a->index = lo.lo;
	a->last = hi.lo >= lo.lo ? hi.lo : lo.lo;
	a->lo = d->u.DESIG_INDEX.lo;
	a->hi = d->u.DESIG_INDEX.hi;
	if (is_full(a) || a->last >= a->count)
		c_error(s, d->loc, "array index in initializer exceeds array bounds");
	else if (hi.lo < lo.lo)
		c_error(s, d->loc, "empty index range in initializer");
	return !is_full(a);
}

static bool designate(struct walk *w, unsigned base, const struct node_list *designators)
{
	w->stack.len = base + 1;
	for (unsigned i = 0; i < designators->len; i++) {
		struct node *d = designators->data[i];
		if (i > 0) {
			struct type *t = current_type(top(w));
			if (!is_aggregate(t))
				return false;
			push(w, t);
		}
		top(w)->lo = top(w)->hi = NULL;
		if (!(d->kind == N_DESIG_FIELD ? designate_field(w, d->u.DESIG_FIELD.name, d->loc) : designate_index(w, d)))
			return false;
	}
	return true;
}

/* -- lists -------------------------------------------------------------------------------------------------------- */

/* A value that initialises nothing: it is typed all the same. */
static void check_excess(struct walk *w, struct node *value)
{
	if (value->kind != N_INIT_LIST) {
		check_rvalue(w->s, value, NULL);
		return;
	}
	for (unsigned i = 0; i < value->u.INIT_LIST.items.len; i++)
		check_excess(w, value->u.INIT_LIST.items.data[i]->u.INIT_ITEM.value);
}

static void init_braced_scalar(struct walk *w, struct type *t, struct node *list)
{
	struct node_list *items = &list->u.INIT_LIST.items;
	for (unsigned i = 0; i < items->len; i++) {
		struct node *value = items->data[i]->u.INIT_ITEM.value;
		if (i > 0) {
			check_excess(w, value);
		} else if (value->kind == N_INIT_LIST) {
			init_braced_scalar(w, t, value);
		} else {
			check_rvalue(w->s, value, t);
			init_scalar(w, t, value);
		}
	}
}

/* `{ "text" }` for a character array. */
static bool init_braced_string(struct walk *w, struct type *t, struct node *list, uint64_t *length)
{
	struct node_list *items = &list->u.INIT_LIST.items;
	if (items->len != 1 || items->data[0]->u.INIT_ITEM.designators.len)
		return false;
	struct node *value = items->data[0]->u.INIT_ITEM.value;
	if (value->kind == N_INIT_LIST || !is_string_for(t, value))
		return false;
	check_expr(w->s, value, NULL);
	add_entry(w, value, t);
	*length = type_core(value->type)->u.array.length;
	return true;
}

/* Fills an object of type `t` from a braced list. Returns the number of elements that an unsized array needs. */
static uint64_t init_list(struct walk *w, struct type *t, struct node *list)
{
	uint64_t length = 0;
	list->type = t;
	if (!is_aggregate(t)) {
		init_braced_scalar(w, t, list);
		return 0;
	}
	if (init_braced_string(w, t, list, &length))
		return length;
	unsigned base = w->stack.len;
	push(w, t);
	struct node_list *items = &list->u.INIT_LIST.items;
	for (unsigned i = 0; i < items->len; i++) {
		struct node *value = items->data[i]->u.INIT_ITEM.value;
		struct node_list *designators = &items->data[i]->u.INIT_ITEM.designators;
		unsigned suspensions = w->s->suspensions;
		if (designators->len) {
			if (!designate(w, base, designators)) {
				check_excess(w, value);
				w->stack.len = base + 1;
				continue;
			}
		} else {
			while (w->stack.len > base + 1 && is_full(top(w))) {
				w->stack.len--;
				advance(top(w));
			}
			if (is_full(top(w))) {
				check_excess(w, value);
				continue;
			}
		}
		if (w->stack.data[base].last + 1 > length)
			length = w->stack.data[base].last + 1;
		if (value->kind == N_INIT_LIST) {
			init_braced(w, current_type(top(w)), value);
			advance(top(w));
		} else {
			init_elided(w, value);
		}
		if (w->s->suspensions != suspensions)
			items->data[i]->flags |= NF_HAS_AWAIT;
		if (w->stack.len > base + 1 && w->stack.data[base].last + 1 > length)
			length = w->stack.data[base].last + 1;
	}
	w->stack.len = base;
	return length;
}

static uint64_t init_braced(struct walk *w, struct type *t, struct node *list)
{
	unsigned suspensions = w->s->suspensions;
	uint64_t length = init_list(w, t, list);
	if (w->s->suspensions != suspensions)
		list->flags |= NF_HAS_AWAIT;
	return length;
}

static bool is_unsized(const struct type *t)
{
	t = type_core(t);
	return t->kind == TY_ARRAY && t->u.array.incomplete;
}

static struct type *with_length(struct sema *s, struct type *t, uint64_t length)
{
	struct type *array = type_strip(s->arena, t);
	struct type *done = type_array(s->arena, array->base, length);
	done->align = t->align;
	return type_qualified(s->arena, done, array->quals);
}

static struct type *init_from_expression(struct sema *s, struct node *init, struct type *t)
{
	if (type_kind(t) == TY_ARRAY) {
		check_expr(s, init, t);
		const struct type *from = type_core(init->type);
		if (is_unsized(t) && from->kind == TY_ARRAY && !from->u.array.incomplete && !from->u.array.bound)
			return with_length(s, t, from->u.array.length);
		if (from->kind != TY_ARRAY && from->kind != TY_ERROR)
			c_error(s, init->loc, "invalid initializer");
		return t;
	}
	check_rvalue(s, init, t);
	check_assignable(s, t, init, init->loc, "initialization");
	return t;
}

static bool has_variable_size(const struct type *t)
{
	for (t = type_core(t); t->kind == TY_ARRAY; t = type_core(t->base))
		if (t->u.array.bound)
			return true;
	return false;
}

struct type *check_initializer(struct sema *s, struct node *init, struct type *t, bool is_static)
{
	if (has_variable_size(t) && (init->kind != N_INIT_LIST || init->u.INIT_LIST.items.len || s->options.c_version < 23))
		c_error(s, init->loc, "variable-sized object may not be initialized");
	if (init->kind != N_INIT_LIST)
		return init_from_expression(s, init, t);
	struct walk w = {.s = s, .is_static = is_static};
	uint64_t length = init_braced(&w, t, init);
	if (is_unsized(t))
		t = with_length(s, t, length);
	struct init_plan *plan = ARENA_NEW(s->arena, struct init_plan);
	plan->entries = w.entries.data;
	plan->count = w.entries.len;
	init->ann = plan;
	init->type = t;
	return t;
}
