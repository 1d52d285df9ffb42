/* Frame structs and tables, as text.
 *
 *     struct fetch__frame {
 *             union {
 *                     struct async__frame base;
 *                     struct { char async__pad_1[8]; int value; };
 *                     struct { char async__pad_2[8]; uint64_t id; };
 *                     struct { char async__pad_3[16]; struct async_sleep__frame async_sleep_1; };
 *             };
 *     };
 *
 * Offsets are analyze's; assertions make sure that the C compiler gives members the sizes that those were computed from. */
#include <inttypes.h>

#include "lower/transform/internal.h"

struct type *field_type(struct transform *t, struct type *type)
{
	struct type *core = type_strip(t->arena, type);

	if (core->kind == TY_ARRAY) {
		struct type *element = field_type(t, core->base);
		if (element == core->base)
			return type;
		struct type *array = ARENA_NEW(t->arena, struct type);
		*array = *core;
		array->base = element;
		array->quals = 0;
		return array;
	}
	unsigned quals = type_quals(type);
	if (!(quals & (Q_CONST | Q_RESTRICT)))
		return type;
	return type_qualified(t->arena, type_unqualified(t->arena, type), quals & (Q_VOLATILE | Q_ATOMIC));
}

bool type_is_readonly(struct type *type)
{
	while (type->kind == TY_TYPEDEF || type->kind == TY_ARRAY) {
		if (type->quals & Q_CONST)
			return true;
		type = type->base;
	}
	if (type->quals & Q_CONST)
		return true;
	if (type->kind != TY_STRUCT && type->kind != TY_UNION && type->kind != TY_RESULT)
		return false;
	struct tag *tag = type->u.tag;
	for (unsigned i = 0; tag && i < tag->member_count; i++)
		if (type_is_readonly(tag->members[i].type))
			return true;
	return false;
}

void print_string(struct buf *out, const char *text)
{
	buf_putc(out, '"');
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_printf(out, "\\%c", *p);
		else if (*p < ' ' || *p >= 127 || (*p == '?' && p[1] == '?'))
			buf_printf(out, "\\%03o", *p);
		else
			buf_putc(out, (char)*p);
	}
	buf_putc(out, '"');
}

const char *file_of(struct transform *t, loc_t loc)
{
	const struct line_run *run = loc ? source_run(t->unit->source, loc) : NULL;
	return run ? run->file : t->unit->source->main_file;
}

/* One member at its place; the union gives all of them the same start. */
static void member_print(struct buf *out, unsigned *pad, uint64_t offset, const char *member)
{
	buf_printf(out, "\t\tstruct { char async__pad_%u[%" PRIu64 "]; %s; };\n", ++*pad, offset, member);
}

static const char *declare(struct transform *t, struct type *type, const char *name, uint32_t explicit_align)
{
	struct buf b = { 0 };

	type_print(&b, type, name, true);
	if (explicit_align)
		buf_printf(&b, " __attribute__((__aligned__(%u)))", explicit_align);
	char *text = arena_strndup(t->arena, b.data, b.len);
	buf_free(&b);
	return text;
}

/* The member for a local; a variably modified one is kept without its bounds. */
static const char *local_member(struct transform *t, const struct symbol *s, const char *name)
{
	if (s->type->is_vm)
		return arena_printf(t->arena, "void *%s", name);
	return declare(t, field_type(t, s->type), name, s->explicit_align);
}

static void size_assert(struct buf *out, struct lowering *l, const char *member, uint64_t size)
{
	buf_printf(out, " &&\n\t\tsizeof(((%s *)0)->%s) == %" PRIu64, l->frame_tag, member, size);
}

static bool size_is_certain(struct type *type)
{
	while (type->kind == TY_TYPEDEF || type->kind == TY_ARRAY)
		type = type->base;
	return type->kind == TY_POINTER || (type->kind >= TY_CHAR && type->kind <= TY_UINT128) || type->kind == TY_DOUBLE || type->kind == TY_FLOAT;
}

void frame_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct core_function *f = l->core;
	struct frame_layout *layout = &f->layout;
	struct function *fn = f->function;
	struct buf asserts = { 0 };
	unsigned pad = 0;

	if (f->yields) {
		const struct member *value = &type_tag(fn->return_type)->members[2];
		const char *text = declare(t, field_type(t, value->type), "value", 0);
		buf_printf(out, "struct %s__item {\n\tconst struct async__site *resume;\n\tint err;\n\t", l->name);
		if (value->type->align > 8)
			buf_printf(out, "char pad[%" PRIu64 "];\n\t%s;\n} __attribute__((__packed__, __aligned__(8)));\n", value->offset - 12, text);
		else
			buf_printf(out, "%s;\n};\n", text);
	}
	buf_printf(out, "%s {\n\tunion {\n\t\tstruct async__frame %s;\n", l->frame_tag, l->base);
	if (type_kind(fn->return_type) != TY_VOID) {
		member_print(out, &pad, layout->value_offset, declare(t, field_type(t, fn->return_type), l->value, 0));
		if (!size_is_certain(fn->return_type))
			size_assert(&asserts, l, l->value, fn->return_type->size);
	}
	for (unsigned i = 0; i < fn->param_count; i++) {
		member_print(out, &pad, layout->params[i].offset, local_member(t, fn->params[i], l->params[i]));
		if (!size_is_certain(fn->params[i]->type))
			size_assert(&asserts, l, l->params[i], layout->params[i].size);
	}
	for (unsigned i = 0; i < layout->slot_count; i++) {
		const struct symbol *s = layout->slots[i].symbol;
		if (s->index < fn->param_count)
			continue;
		member_print(out, &pad, layout->slots[i].offset, local_member(t, s, local_name(s)));
		if (!size_is_certain(s->type))
			size_assert(&asserts, l, local_name(s), layout->slots[i].size);
	}
	for (unsigned i = 0; i < f->await_count; i++) {
		struct core_await *w = f->awaits[i];
		if (!w->callee)
			continue;
		struct lowering *callee = lowering_of(t, w->callee);
		const char *type = callee ? callee->frame_tag : declare(t, w->callee->frame, "", 0);
		member_print(out, &pad, w->offset, arena_printf(t->arena, "%s %s", type, l->callees[i]));
		if (!callee)
			size_assert(&asserts, l, l->callees[i], w->callee->frame->size);
	}
	/* The tail padding of an embedded frame belongs to others; the whole need not reach behind it. */
	buf_puts(out, "\t};\n};\n");
	buf_printf(out, "_Static_assert(sizeof(void *) == 8 && sizeof(long) == 8%s,\n\t\"the C compiler lays out the frame of '%s' otherwise\");\n",
		   asserts.data ? asserts.data : "", l->name);
	buf_free(&asserts);
}

static void locals_print(struct transform *t, struct lowering *l, struct core_await *w, unsigned *count, struct buf *out)
{
	struct core_function *f = l->core;

	*count = 0;
	for (unsigned i = 0; i < w->live_count; i++) {
		const struct symbol *s = w->live[i];
		if (!s->name)
			continue;
		if (!(*count)++)
			buf_printf(out, "static const struct async__local %s__locals_%u[] = {\n", l->name, w->index + 1);
		for (unsigned k = 0; k < f->layout.slot_count; k++)
			if (f->layout.slots[k].symbol == s) {
				buf_puts(out, "\t{ ");
				print_string(out, s->name);
				buf_puts(out, ", ");
				print_string(out, type_text(t->arena, s->type));
				buf_printf(out, ", %" PRIu64 ", %" PRIu64 " },\n", f->layout.slots[k].offset, f->layout.slots[k].size);
			}
	}
	if (*count)
		buf_puts(out, "};\n");
}

static void site_print(struct transform *t, struct lowering *l, struct core_await *w, struct buf *out)
{
	unsigned locals, state = 2 * (w->index + 1);
	struct place place = source_locate(t->unit->source, w->loc);

	locals_print(t, l, w, &locals, out);
	buf_printf(out, "static const struct async__site %s__site_%u = { %s__poll, %u, ", l->name, w->index + 1, l->name, state);
	if (w->callee)
		buf_printf(out, "__builtin_offsetof(%s, %s)", l->frame_tag, l->callees[w->index]);
	else if (w->fork && w->reachable)
		buf_printf(out, "__builtin_offsetof(%s, %s)", l->frame_tag, local_name(w->fork->region));
	else
		buf_puts(out, "0");
	buf_printf(out, ", &%s__fn, %u, %u, ", l->name, place.line, place.column);
	print_string(out, w->text ? w->text : "");
	if (locals)
		buf_printf(out, ", %s__locals_%u, %u", l->name, w->index + 1, locals);
	else
		buf_puts(out, ", (const struct async__local *)0, 0");
	buf_printf(out, ", %s };\n", w->tail ? "ASYNC__TAIL" : "0");
}

/* Releases the handles among the parameters of a frame that is never polled. */
static bool drop_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct function *fn = l->core->function;
	bool any = false;

	(void)t;
	for (unsigned i = 0; i < fn->param_count; i++) {
		const char *drop = drop_function(fn->params[i]);
		if (!drop)
			continue;
		if (!any)
			buf_printf(out, "static void %s__drop(struct async__frame *self)\n{\n", l->name);
		any = true;
		buf_printf(out, "\t%s(((%s *)self)->%s);\n", drop, l->frame_tag, l->params[i]);
	}
	if (any)
		buf_puts(out, "}\n");
	return any;
}

void tables_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct core_function *f = l->core;
	loc_t loc = f->function->symbol->loc;

	if (!l->emits_fn)
		return;
	bool drops = drop_print(t, l, out);
	buf_printf(out, "static const struct async__fn %s__fn = {\n\t", l->name);
	print_string(out, l->name);
	buf_puts(out, ", ");
	print_string(out, file_of(t, loc));
	buf_printf(out, ", %u, %u, sizeof(%s), %s__poll, ", source_line(t->unit->source, loc), f->layout.align, l->frame_tag, l->name);
	if (drops)
		buf_printf(out, "%s__drop", l->name);
	else
		buf_puts(out, "(void (*)(struct async__frame *))0");
	unsigned error = error_size(f->function->return_type);
	const struct type *value = f->function->return_type;
	uint64_t value_size = type_kind(value) == TY_VOID ? 0 : value->size;
	buf_printf(out, ", %u, %u, %" PRIu64 ", %" PRIu64 ",\n\t{ .poll = async__task_end, .offset = sizeof(struct async__frame) }\n};\n",
		   value_size ? (unsigned)f->layout.value_offset : 0, error, value_size, f->layout.start_size);
	if (f->yields) /* where a generator begins */
		buf_printf(out, "static const struct async__site %s__site_0 = { .poll = %s__poll, .fn = &%s__fn, .line = %u };\n", l->name, l->name, l->name,
			   source_line(t->unit->source, loc));
	for (unsigned i = 0; i < f->await_count; i++)
		site_print(t, l, f->awaits[i], out);
}
