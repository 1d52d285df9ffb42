/* Semantic types -> text, for what can't be printed from the tree: locals in core form, hoisted tags and typedefs.
 *
 * A tag without a name is defined where it is mentioned; the members of one declaration that share one are printed together. */
#include "lower/print/internal.h"

static bool printable(const struct type *t, bool tags)
{
	if (!t)
		return false;
	switch ((enum type_kind)t->kind) {
	case TY_ERROR: case TY_AUTO:
		return false;
	case TY_POINTER: case TY_COMPLEX: case TY_VECTOR:
		return printable(t->base, tags);
	case TY_ARRAY:
		return printable(t->base, tags);
	case TY_FUNCTION:
		for (unsigned i = 0; i < t->u.function.param_count; i++)
			if (!printable(t->u.function.params[i].type, tags))
				return false;
		return t->u.function.is_async || printable(t->base, tags);
	case TY_STRUCT: case TY_UNION: case TY_ENUM:
		return tags || tag_is_printable(t->u.tag);
	default:
		return true;
	}
}

bool type_printable(const struct type *t)
{
	return printable(t, false);
}

/* -- types ------------------------------------------------------------------------------------------------------- */

struct type_context {
	struct printer *printer;
	const struct tag *open;   /* the nameless tag whose definition was printed with the declarator before; its specifiers are left out */
	bool continues;
};

static void print_bound(struct type_printer *tp, struct node *bound)
{
	struct type_context *c = tp->context;
	struct printer *p = c->printer;
	struct buf *out = p->out;
	p->out = tp->out;
	print_expr(p, bound, PREC_ASSIGN);
	p->out = out;
}

static bool is_nameless(const struct type *t)
{
	return (t->kind == TY_STRUCT || t->kind == TY_UNION || t->kind == TY_ENUM) && !tag_is_printable(t->u.tag);
}

static bool print_nameless(struct type_printer *tp, const struct type *t, unsigned quals)
{
	static const struct {
		unsigned bit;
		const char *text;
	} words[] = {{Q_CONST, "const"}, {Q_VOLATILE, "volatile"}, {Q_ATOMIC, "_Atomic"}};
	if (!is_nameless(t))
		return false;
	struct type_context *c = tp->context;
	if (c->continues)
		return true;
	struct printer *p = c->printer;
	struct buf *out = p->out;
	p->out = tp->out;
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
		if (quals & words[i].bit) {
			put(p, words[i].text);
			put_space(p);
		}
	}
	print_tag_definition(p, t->u.tag);
	p->out = out;
	c->open = t->u.tag;
	return true;
}

/* Through a buffer of its own, so that the first token is not glued and newlines in it are counted once. */
static void print_with(struct printer *p, struct type_context *c, const struct type *t, const char *name)
{
	struct buf text = {0};
	struct type_printer tp = {.out = &text, .lowered = true, .bound = print_bound, .specifiers = print_nameless, .context = c};
	uint32_t line = p->line;
	bool at_line_start = p->at_line_start, line_ended = p->line_ended;
	p->at_line_start = p->line_ended = false;
	type_print_with(&tp, t, name);
	p->line = line;
	p->at_line_start = at_line_start;
	p->line_ended = line_ended;
	if (text.len)
		put_n(p, text.data, text.len);
	buf_free(&text);
}

void print_type(struct printer *p, const struct type *t, const char *name)
{
	struct type_context c = {.printer = p};
	print_with(p, &c, t, name);
}

/* -- tags -------------------------------------------------------------------------------------------------------- */

static bool attribute_named(const struct node *attribute, const char *name)
{
	const char *spelt = attribute->u.ATTRIBUTE.name;
	size_t len = strlen(name);
	if (spelt[0] == '_' && spelt[1] == '_')
		return !strncmp(spelt + 2, name, len) && !strcmp(spelt + 2 + len, "__");
	return !strcmp(spelt, name);
}

/* Not part of the semantic type already, nor printed by itself. */
static bool keep_attribute(const struct node *attribute)
{
	return !attribute_named(attribute, "vector_size") && !attribute_named(attribute, "mode") && !attribute_named(attribute, "aligned") &&
	       !attribute_named(attribute, "packed") && !attribute_named(attribute, "cleanup") && !attribute_named(attribute, "transparent_union");
}

static void print_alignment(struct printer *p, uint32_t align)
{
	if (!align)
		return;
	struct buf text = {0};
	buf_printf(&text, " __attribute__((aligned(%u)))", (unsigned)align);
	put_n(p, text.data, text.len);
	buf_free(&text);
}

static void print_value(struct printer *p, int64_t value, bool is_unsigned)
{
	char text[48];
	if (is_unsigned && value < 0)
		snprintf(text, sizeof text, "%lluULL", (unsigned long long)value);
	else if (value == INT64_MIN)
		snprintf(text, sizeof text, "(-9223372036854775807LL - 1)");
	else
		snprintf(text, sizeof text, "%lld", (long long)value);
	put(p, text);
}

static void print_enumerator_list(struct printer *p, const struct tag *t)
{
	bool is_unsigned = t->underlying && type_is_integer(t->underlying) && !type_is_signed(t->underlying);
	for (unsigned i = 0; i < t->enumerator_count; i++) {
		const struct symbol *s = t->enumerators[i];
		put(p, s->emit_name ? s->emit_name : s->name);
		put(p, " = ");
		print_value(p, s->enum_value, is_unsigned);
		put(p, ",");
		p->line_ended = true;
	}
}

/* The tag that the specifiers of a declaration of `t` name. */
static const struct tag *specifier_tag(const struct type *t)
{
	while (t->kind == TY_POINTER || t->kind == TY_ARRAY || t->kind == TY_FUNCTION)
		t = t->base;
	return is_nameless(t) ? t->u.tag : NULL;
}

static void print_member(struct printer *p, struct type_context *c, const struct member *m)
{
	print_with(p, c, m->type, m->name);
	if (m->bit_width >= 0) {
		put(p, " : ");
		print_value(p, m->bit_width, false);
	}
	if (m->packed)
		put(p, " __attribute__((packed))");
	print_alignment(p, m->explicit_align);
	print_attributes(p, &m->attrs, ATTRS_GNU, keep_attribute);
}

static void print_member_list(struct printer *p, const struct tag *t)
{
	struct type_context c = {.printer = p};
	for (unsigned i = 0; i < t->member_count; i++) {
		const struct member *m = &t->members[i];
		const struct tag *nameless = specifier_tag(m->type);
		c.continues = nameless && nameless == c.open;
		if (c.continues) {
			p->line_ended = false;
			put(p, ", ");
		} else {
			c.open = NULL;
		}
		print_member(p, &c, m);
		/* A `;` that may turn out to be a `,`. */
		bool more = i + 1 < t->member_count && c.open && m->name && specifier_tag(t->members[i + 1].type) == c.open;
		if (!more)
			put(p, ";");
		p->line_ended = !more;
	}
}

void print_tag_definition(struct printer *p, const struct tag *t)
{
	static const char *const keywords[] = {[TAG_STRUCT] = "struct ", [TAG_UNION] = "union ", [TAG_ENUM] = "enum "};
	const char *name = t->emit_name ? t->emit_name : t->name;
	put(p, keywords[t->kind]);
	if (t->packed)
		put(p, "__attribute__((packed)) ");
	if (t->transparent_union)
		put(p, "__attribute__((transparent_union)) ");
	print_attributes(p, &t->attrs, ATTRS_ALL, keep_attribute);
	if (name)
		put(p, name);
	if (t->kind == TAG_ENUM && t->node && t->node->u.TAG.underlying) {
		put(p, " : ");
		print_type(p, t->underlying, NULL);
	}
	if (!t->complete)
		return;
	put_space(p);
	put(p, "{");
	p->line_ended = true;
	p->indent++;
	if (t->kind == TAG_ENUM)
		print_enumerator_list(p, t);
	else
		print_member_list(p, t);
	p->indent--;
	print_sync_brace(p, 0);
	put(p, "}");
	print_alignment(p, t->explicit_align);
}

/* -- objects ----------------------------------------------------------------------------------------------------- */

void print_symbol_declaration(struct printer *p, const struct symbol *s)
{
	print_attributes(p, &s->attrs, ATTRS_C23, keep_attribute);
	/* A block declares what is static at file scope as extern, or with no storage class. */
	if (s->storage & SC_EXTERN || s->linkage == LINK_INTERNAL)
		put(p, "extern ");
	else if (s->storage & SC_STATIC)
		put(p, "static ");
	if (s->storage & SC_REGISTER)
		put(p, "register ");
	if (s->storage & SC_THREAD)
		put(p, "__thread ");
	print_type(p, s->type, s->emit_name ? s->emit_name : s->name);
	if (s->asm_label) {
		put(p, " __asm__(");
		print_expr(p, s->asm_label, PREC_ASSIGN);
		put(p, ")");
	}
	print_alignment(p, s->explicit_align);
	if (s->cleanup) {
		put(p, " __attribute__((cleanup(");
		print_expr(p, s->cleanup, PREC_ASSIGN);
		put(p, ")))");
	}
	print_attributes(p, &s->attrs, ATTRS_GNU, keep_attribute);
}
