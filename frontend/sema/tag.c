/* struct, union and enum specifiers. */
#include "frontend/sema/internal.h"

typedef VEC(struct member) member_vec;

static void add_attributes(struct sema *s, struct member *m, const struct node_list *attrs)
{
	if (!attrs->len)
		return;
	if (attribute_find(attrs, "packed"))
		m->packed = true;
	uint32_t align = attribute_alignment(s, attrs);
	if (align > m->explicit_align)
		m->explicit_align = align;
	for (unsigned i = 0; i < attrs->len; i++)
		node_list_push(s->arena, &m->attrs, attrs->data[i]);
}

/* A member of incomplete type would, once that is complete, make a struct that holds itself: it becomes one of unknown type. */
static struct type *member_type(struct sema *s, struct type *t, const char *name, loc_t loc)
{
	const struct type *element = type_core(t);
	while (element->kind == TY_ARRAY)
		element = type_core(element->base);
	if ((element->kind != TY_STRUCT && element->kind != TY_UNION) || element->u.tag->complete)
		return t;
	c_error(s, loc, "field '%s' has incomplete type '%s'", name ? name : "", type_text(s->arena, t));
	return type_basic(TY_ERROR);
}

static void add_member(struct sema *s, member_vec *members, struct node *specs, struct type *base, struct node *declarator)
{
	struct member m = {.bit_width = -1};
	m.type = check_declarator(s, specs, base, declarator, &m.name, &m.loc);
	m.type = member_type(s, m.type, m.name, m.loc);
	declarator->type = m.type;
	struct node *width = declarator->u.DECLARATOR.width;
	if (width) {
		struct int_value v;
		check_expr(s, width, NULL);
		m.bit_width = 0;
		if (eval_integer(s, width, &v) && !v.hi && v.lo <= 65535)
			m.bit_width = (int16_t)v.lo;
		else
			c_error(s, width->loc, "bit-field width is no integer constant in range");
		if (!type_is_integer(m.type) && type_kind(m.type) != TY_ERROR)
			c_error(s, m.loc, "bit-field has type '%s'", type_text(s->arena, m.type));
	}
	m.explicit_align = check_alignas(s, &specs->u.SPECS.aligns);
	add_attributes(s, &m, &specs->u.SPECS.attrs);
	add_attributes(s, &m, &declarator->u.DECLARATOR.attrs);
	vec_push(s->arena, members, m);
}

/* `struct { ... };` without a declarator: its members are members of the outer struct. */
static void add_anonymous(struct sema *s, member_vec *members, struct node *specs, struct type *type)
{
	const struct tag *tag = type_tag(type);
	struct node *n = specs->u.SPECS.type;
	bool unnamed_tag = tag && n && n->kind == N_TAG && !n->u.TAG.name && type_is_record(type);
	if (!unnamed_tag || !tag->complete)
		return;
	struct member m = {.bit_width = -1, .type = type, .loc = n->loc};
	m.explicit_align = check_alignas(s, &specs->u.SPECS.aligns);
	add_attributes(s, &m, &specs->u.SPECS.attrs);
	vec_push(s->arena, members, m);
}

/* Enters the names, those of the members without a name too. */
static void enter_names(struct sema *s, struct map *names, const struct member *members, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		const struct member *m = &members[i];
		const struct tag *inner = m->name || m->bit_width >= 0 ? NULL : type_tag(m->type);
		if (inner)
			enter_names(s, names, inner->members, inner->member_count);
		if (!m->name)
			continue;
		if (map_get(names, m->name))
			c_error(s, m->loc, "duplicate member '%s'", m->name);
		map_put(names, m->name, (void *)m);
	}
}

static void check_member_names(struct sema *s, const struct member *members, unsigned count)
{
	if (!s->strict)
		return;
	struct map names;
	map_init(&names, s->arena);
	enter_names(s, &names, members, count);
}

static void check_members(struct sema *s, struct tag *tag, struct node *n)
{
	member_vec members = {0};
	int param_depth = s->param_depth;
	s->param_depth = 0;
	for (unsigned i = 0; i < n->u.TAG.members.len; i++) {
		struct node *item = n->u.TAG.members.data[i];
		if (item->kind == N_PRAGMA) {
			check_pragma(s, item);
		} else if (item->kind == N_STATIC_ASSERT) {
			check_static_assert(s, item);
		} else if (item->kind == N_DECLARATION) {
			struct node *specs = item->u.DECLARATION.specs;
			struct type *base = check_specs(s, specs);
			struct node_list *list = &item->u.DECLARATION.declarators;
			for (unsigned k = 0; k < list->len; k++)
				add_member(s, &members, specs, base, list->data[k]);
			if (!list->len)
				add_anonymous(s, &members, specs, base);
		}
	}
	s->param_depth = param_depth;
	check_member_names(s, members.data, members.len);
	tag->members = members.data;
	tag->member_count = members.len;
	for (unsigned i = 0; i < members.len; i++) {
		struct tag *inner = type_nameless_tag(members.data[i].type);
		if (inner && !inner->local && !inner->holder && members.data[i].bit_width < 0) {
			inner->holder = tag;
			inner->holder_member = &members.data[i];
		}
	}
}

/* -- enums -------------------------------------------------------------------------------------------------------- */

struct enum_range {
	bool negative, wide_unsigned; /* some value is below 0; some is above INT64_MAX */
	int64_t min, max;             /* of the others */
};

static void note_value(struct enum_range *r, const struct int_value *v)
{
	int64_t i = (int64_t)v->lo;
	if (v->is_unsigned && i < 0) {
		r->wide_unsigned = true;
		return;
	}
	if (i < 0)
		r->negative = true;
	if (i < r->min)
		r->min = i;
	if (i > r->max)
		r->max = i;
}

/* The smallest of GCC's choices: unsigned int, int, unsigned long, long; for packed enums from the narrow types up. */
static enum type_kind enum_kind(const struct enum_range *r, bool packed)
{
	if (packed) {
		if (!r->negative && !r->wide_unsigned && r->max <= UINT8_MAX)
			return TY_UCHAR;
		if (r->negative && r->min >= INT8_MIN && r->max <= INT8_MAX)
			return TY_SCHAR;
		if (!r->negative && !r->wide_unsigned && r->max <= UINT16_MAX)
			return TY_USHORT;
		if (r->negative && r->min >= INT16_MIN && r->max <= INT16_MAX)
			return TY_SHORT;
	}
	if (!r->negative)
		return !r->wide_unsigned && r->max <= UINT32_MAX ? TY_UINT : TY_ULONG;
	return r->min >= INT32_MIN && r->max <= INT32_MAX && !r->wide_unsigned ? TY_INT : TY_LONG;
}

static bool fits_int(const struct int_value *v)
{
	int64_t i = (int64_t)v->lo;
	return !(v->is_unsigned && i < 0) && i >= INT32_MIN && i <= INT32_MAX;
}

static struct type *value_type(const struct int_value *v)
{
	if (fits_int(v))
		return type_basic(TY_INT);
	if (v->is_unsigned)
		return type_basic((v->lo >> 32) ? TY_ULONG : TY_UINT);
	return type_basic(TY_LONG);
}

static void check_enumerators(struct sema *s, struct tag *tag, struct node *n, bool fixed)
{
	struct enum_range range = {0};
	struct int_value next = {0};
	bool all_int = true;
	struct node_list *list = &n->u.TAG.members;
	tag->enumerators = ARENA_ARRAY(s->arena, struct symbol *, list->len);
	for (unsigned i = 0; i < list->len; i++) {
		struct node *e = list->data[i];
		if (e->kind != N_ENUMERATOR)
			continue;
		if (e->u.ENUMERATOR.value) {
			check_expr(s, e->u.ENUMERATOR.value, NULL);
			struct int_value v;
			if (eval_integer(s, e->u.ENUMERATOR.value, &v))
				next = v;
			else
				c_error(s, e->u.ENUMERATOR.value->loc, "enumerator value for '%s' is not an integer constant", e->u.ENUMERATOR.name);
			/* A value that is not negative is the same number whatever its type. */
			if ((int64_t)next.lo >= 0)
				next.is_unsigned = false;
		}
		note_value(&range, &next);
		all_int &= fits_int(&next);
		struct symbol *sym = symbol_new(s, SYM_ENUMERATOR, e->u.ENUMERATOR.name, fixed ? tag->underlying : value_type(&next), e->loc);
		sym->enum_value = (int64_t)next.lo;
		sym->attrs = e->u.ENUMERATOR.attrs;
		e->ann = sym;
		tag->enumerators[tag->enumerator_count++] = sym;
		scope_add(s, sym);
		bool was_max = next.lo == INT64_MAX;
		next.lo++;
		if (was_max || (next.is_unsigned && next.lo))
			next.is_unsigned = true;
		else
			next.is_unsigned = false;
	}
	if (!fixed)
		tag->underlying = type_basic(enum_kind(&range, tag->packed || s->options.short_enums));
	apply_tag_attributes(s, tag, &n->u.TAG.attrs); /* mode changes the underlying type */
	struct type *own = type_of_tag(s->arena, tag);
	for (unsigned i = 0; i < tag->enumerator_count; i++) {
		struct symbol *sym = tag->enumerators[i];
		struct int_value v = {(uint64_t)sym->enum_value, 0, !type_is_signed(sym->type)};
		if (fixed || (s->options.c_version >= 23 && !all_int))
			sym->type = own;
		else if (!fits_int(&v))
			sym->type = tag->underlying;
	}
}

static void complete_enum(struct sema *s, struct tag *tag, struct node *n, bool fixed)
{
	if (n->u.TAG.has_body)
		check_enumerators(s, tag, n, fixed);
	tag->size = tag->underlying->size;
	tag->align = tag->underlying->align;
	if (tag->explicit_align > tag->align)
		tag->align = tag->explicit_align;
	tag->complete = true;
	tag_completed(tag);
}

/* ------------------------------------------------------------------------------------------------------------------ */

static struct tag *tag_new(struct sema *s, struct node *n)
{
	struct tag *tag = ARENA_NEW(s->arena, struct tag);
	tag->kind = (enum tag_kind)n->u.TAG.tag_kind;
	tag->name = n->u.TAG.name;
	tag->loc = n->loc;
	tag->local = s->scope != s->file_scope;
	tag->align = 1;
	if (tag->name)
		scope_add_tag(s, tag);
	return tag;
}

struct type *check_tag(struct sema *s, struct node *n, bool declares)
{
	bool has_body = n->u.TAG.has_body;
	struct node *underlying = n->u.TAG.underlying;
	struct tag *tag = NULL;
	if (n->u.TAG.name)
		tag = scope_find_tag(s, n->u.TAG.name, has_body || declares);
	if (tag && tag->kind != (enum tag_kind)n->u.TAG.tag_kind) {
		c_error(s, n->loc, "'%s' is defined as another kind of tag", n->u.TAG.name);
		tag = NULL;
	}
	/* A second definition in the same scope (or one inside the first): C23 allows an equal one, and GCC reports another. The first one counts. */
	bool again = tag && has_body && tag->node;
	struct tag *known = tag;
	if (again && tag->local && s->options.c_version < 23) {
		c_error(s, n->loc, "redefinition of '%s %s'", tag->kind == TAG_STRUCT ? "struct" : tag->kind == TAG_UNION ? "union" : "enum", tag->name);
		if (s->strict)
			diag_note(s->diag, tag->loc, "originally defined here");
	}
	if (!tag || again) {
		tag = tag_new(s, n);
		if (again)
			scope_add_tag(s, known);
	}
	n->ann = tag;
	if (underlying && !tag->complete) {
		tag->underlying = type_unqualified(s->arena, check_type_name(s, underlying));
		if (!type_is_integer(tag->underlying))
			tag->underlying = type_basic(TY_INT);
		if (!has_body)
			complete_enum(s, tag, n, true);
	}
	struct type *t = type_of_tag(s->arena, tag);
	if (!has_body) {
		if (declares && n->u.TAG.attrs.len)
			apply_tag_attributes(s, tag, &n->u.TAG.attrs);
		return t;
	}
	tag->node = n;
	tag->loc = n->loc;
	if (tag->kind == TAG_ENUM) {
		if (attribute_find(&n->u.TAG.attrs, "packed"))
			tag->packed = true;
		complete_enum(s, tag, n, underlying != NULL);
	} else {
		check_members(s, tag, n);
		apply_tag_attributes(s, tag, &n->u.TAG.attrs);
		tag_layout(tag, s->pack);
		tag_completed(tag);
		if (tag->has_vla && !again && in_async_context(s)) {
			diag_error(s->diag, n->loc, "member of variable size in the async function '%s'",
				   s->function->symbol->name);
			diag_note(s->diag, n->loc, "make the array a variable of its own, or the member a pointer to it");
		}
	}
	if (again) {
		n->ann = known;
		return type_of_tag(s->arena, known);
	}
	return t;
}
