/* The ways into an async function, as text: constructor, block_on helper, main.
 *
 *     async_future fetch(uint64_t id)              a future: a frame of its own with the parameters in it
 *     static int fetch__block_on(uint64_t id, const char *file, unsigned line)
 *     int main(int argc, char **argv)              for `async fn main`
 *
 * Each stores the parameters where the poll function looks for them. */
#include "lower/transform/internal.h"

/* A bound in a parameter's type: a name stays; what it is exactly matters to nobody here. */
static void print_bound(struct type_printer *p, struct node *bound)
{
	bound = node_strip(bound);
	if (bound->kind == N_IDENT && bound->ann)
		buf_puts(p->out, local_name(bound->ann));
	else
		buf_puts(p->out, "1");
}

void declaration_print(struct buf *out, struct type *type, const char *name)
{
	struct type_printer p = { .out = out, .lowered = true, .bound = print_bound };
	type_print_with(&p, type, name);
}

static void print_params(struct lowering *l, const char *more, struct buf *out)
{
	struct function *fn = l->core->function;

	buf_putc(out, '(');
	for (unsigned i = 0; i < fn->param_count; i++) {
		if (i)
			buf_puts(out, ", ");
		declaration_print(out, fn->params[i]->type, l->params[i]);
	}
	if (more)
		buf_printf(out, "%s%s", fn->param_count ? ", " : "", more);
	else if (!fn->param_count)
		buf_puts(out, "void");
	buf_putc(out, ')');
}

bool attribute_is_named(const struct node *a, const char *name)
{
	const char *spelt = a->u.ATTRIBUTE.name;
	size_t len = spelt ? strlen(spelt) : 0;

	if (!spelt || (a->u.ATTRIBUTE.ns && strcmp(a->u.ATTRIBUTE.ns, "gnu")))
		return false;
	if (len > 4 && !strncmp(spelt, "__", 2) && !strcmp(spelt + len - 2, "__")) {
		spelt += 2;
		len -= 4;
	}
	return strlen(name) == len && !strncmp(name, spelt, len);
}

/* Attributes about calls, and about the symbol, which is the constructor. */
static void print_attributes(const struct node_list *attrs, struct buf *out)
{
	static const struct {
		const char *name, *gnu;
	} kept[] = { { "visibility", "visibility" }, { "weak", "weak" }, { "deprecated", "deprecated" }, { "nonnull", "nonnull" }, { "format", "format" },
		     { "format_arg", "format_arg" }, { "warn_unused_result", "warn_unused_result" }, { "nodiscard", "warn_unused_result" },
		     { "used", "used" }, { "unused", "unused" }, { "maybe_unused", "unused" }, { "section", "section" } };

	for (unsigned i = 0; i < attrs->len; i++) {
		struct node *a = attrs->data[i];
		for (unsigned k = 0; k < sizeof kept / sizeof *kept; k++) {
			if (!attribute_is_named(a, kept[k].name))
				continue;
			buf_printf(out, "__attribute__((__%s__", kept[k].gnu);
			if (a->u.ATTRIBUTE.has_args && strcmp(kept[k].gnu, "warn_unused_result"))
				buf_printf(out, "(%.*s)", (int)a->u.ATTRIBUTE.text_len, a->u.ATTRIBUTE.text);
			buf_puts(out, ")) ");
		}
	}
}

static const char *storage_text(const struct symbol *s)
{
	return s->linkage == LINK_INTERNAL ? "static " : "";
}

void prototypes_print(struct transform *t, struct symbol *s, struct buf *out)
{
	struct lowering *l = lowering_of(t, s);

	if (s->body && s->body->is_main)
		return;
	if (!l || l->emits_constructor) {
		buf_puts(out, storage_text(s));
		print_attributes(&s->attrs, out);
		if (s->body && is_inline_definition(s->body))
			buf_puts(out, "__attribute__((__weak__)) ");
		declaration_print(out, s->type, s->name);
		buf_puts(out, ";\n");
	}
	if (l)
		block_prototypes_print(t, l, out);
	if (l && l->block_on_used) {
		buf_puts(out, "static ");
		declaration_print(out, l->core->function->return_type, "");
		buf_printf(out, " %s__block_on", l->name);
		print_params(l, "const char *file, unsigned line", out);
		buf_puts(out, ";\n");
	}
}

/* `to.x = x;` for each parameter. */
void param_stores_print(struct transform *t, struct lowering *l, const char *to, const char *indent, struct buf *out)
{
	struct function *fn = l->core->function;

	for (unsigned i = 0; i < fn->param_count; i++) {
		struct type *type = field_type(t, fn->params[i]->type);
		if (type_is_record(type) && type_is_readonly(type))
			buf_printf(out, "%s__builtin_memcpy((void *)&%s%s, &%s, sizeof %s);\n", indent, to, l->params[i], l->params[i], l->params[i]);
		else
			buf_printf(out, "%s%s%s = %s;\n", indent, to, l->params[i], l->params[i]);
	}
}

/* A name that is none of the parameters'. */
const char *free_name(struct transform *t, struct lowering *l, const char *wanted)
{
	struct function *fn = l->core->function;
	const char *name = wanted;

	for (unsigned n = 1;; n++) {
		bool taken = map_get(&t->file_names, intern_str(name)) != NULL;
		for (unsigned i = 0; i < fn->param_count; i++)
			taken |= !strcmp(l->params[i], name);
		if (!taken)
			return name;
		name = arena_printf(t->arena, "%s_%u", wanted, n);
	}
}

void constructor_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct function *fn = l->core->function;
	const char *f = free_name(t, l, "f");
	bool owns = false;

	if (!l->emits_constructor)
		return;
	buf_puts(out, storage_text(fn->symbol));
	if (!l->constructor_called && !l->is_unused && fn->symbol->linkage == LINK_INTERNAL)
		buf_puts(out, "__attribute__((__unused__)) ");
	buf_printf(out, "async_future %s", l->name);
	print_params(l, NULL, out);
	buf_printf(out, "\n{\n\t%s *const %s = (%s *)async__frame_new(&%s__fn);\n\n", l->frame_tag, f, l->frame_tag, l->name);
	if (fn->param_count) {
		buf_printf(out, "\tif (%s) {\n", f);
		param_stores_print(t, l, arena_printf(t->arena, "%s->", f), "\t\t", out);
		if (l->core->yields)
			buf_printf(out, "\t\t%s->%s.resume = &%s__site_0;\n", f, l->value, l->name);
		buf_puts(out, "\t}");
		for (unsigned i = 0; i < fn->param_count; i++) {
			const char *drop = drop_function(fn->params[i]);
			if (!drop)
				continue;
			buf_printf(out, "%s\t\t%s(%s);\n", owns ? "" : " else {\n", drop, l->params[i]);
			owns = true;
		}
		buf_puts(out, owns ? "\t}\n" : "\n");
	} else if (l->core->yields) {
		buf_printf(out, "\tif (%s)\n\t\t%s->%s.resume = &%s__site_0;\n", f, f, l->value, l->name);
	}
	buf_printf(out, "\treturn (async_future)%s;\n}\n", f);
}

void block_on_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct function *fn = l->core->function;
	const char *f = free_name(t, l, "f"), *rc = free_name(t, l, "rc"), *file = free_name(t, l, "file"), *line = free_name(t, l, "line");
	struct type *type = fn->return_type;

	if (!l->block_on_used)
		return;
	buf_puts(out, "static ");
	declaration_print(out, type, "");
	buf_printf(out, " %s__block_on", l->name);
	print_params(l, arena_printf(t->arena, "const char *%s, unsigned %s", file, line), out);
	buf_printf(out, "\n{\n\t%s %s;\n\tint %s;\n\n", l->frame_tag, f, rc);
	param_stores_print(t, l, arena_printf(t->arena, "%s.", f), "\t", out);
	buf_printf(out, "\t%s = async__block_on(&%s.%s, %s__poll, ", rc, f, l->base, l->name);
	print_string(out, l->name);
	buf_printf(out, ", %s, %s);\n\tif (%s)\n", file, line, rc);
	/* There is no runtime: an error, where the value can say so. */
	if (type_carries_error(type) && type_is_record(type)) {
		buf_printf(out, "\t\t%s.%s.err = %s;\n", f, l->value, rc);
	} else if (type_carries_error(type)) {
		buf_printf(out, "\t\treturn %s;\n", rc);
	} else {
		buf_puts(out, "\t\tasync__no_memory(");
		print_string(out, l->name);
		buf_printf(out, ", %s, %s);\n", file, line);
	}
	if (type_kind(type) != TY_VOID)
		buf_printf(out, "\treturn %s.%s;\n", f, l->value);
	buf_puts(out, "}\n");
}

void main_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct function *fn = l->core->function;
	struct type *type = fn->return_type;
	const char *f = free_name(t, l, "f"), *rc = free_name(t, l, "rc");
	const char *argc = fn->param_count > 0 ? l->params[0] : "argc", *argv = fn->param_count > 1 ? l->params[1] : "argv";

	if (!fn->is_main)
		return;
	buf_printf(out, "int main(int %s, char **%s", argc, argv);
	if (fn->param_count > 2)
		buf_printf(out, ", char **%s", l->params[2]);
	buf_printf(out, ")\n{\n\tstatic %s %s;\n\tint %s;\n\n", l->frame_tag, f, rc);
	param_stores_print(t, l, arena_printf(t->arena, "%s.", f), "\t", out);
	if (!fn->param_count)
		buf_printf(out, "\t(void)%s;\n", argc);
	buf_printf(out, "\t%s = async__block_on(&%s.%s, %s__poll, ", rc, f, l->base, l->name);
	print_string(out, l->name);
	buf_puts(out, ", ");
	print_string(out, file_of(t, fn->symbol->loc));
	buf_printf(out, ", %u);\n", source_line(t->unit->source, fn->symbol->loc));
	if (type_kind(type) == TY_RESULT)
		buf_printf(out, "\tif (!%s)\n\t\t%s = %s.%s.err;\n", rc, rc, f, l->value);
	buf_printf(out, "\tif (%s)\n\t\treturn async__main_failed(%s[0], %s);\n", rc, argv, rc);
	if (type_kind(type) == TY_VOID || type_kind(type) == TY_RESULT)
		buf_puts(out, "\treturn 0;\n}\n");
	else
		buf_printf(out, "\treturn %s.%s;\n}\n", f, l->value);
}
