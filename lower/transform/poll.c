/* The poll function of an async function.
 *
 *     static enum async__poll fetch__poll(struct async__frame *self, struct async__context *cx, unsigned state)
 *     {
 *             struct fetch__frame *const f = (struct fetch__frame *)self;
 *             uint64_t id;
 *
 *             switch (state) {
 *             case 2: goto await_1;
 *             case 3: return ASYNC__ABORTED;
 *             default: id = f->id; break;
 *             }
 *             ... the body, with labels behind its awaits
 *     }
 *
 * A branch of a fork begins at a state of its own (`case 14: goto branch_1;`), in a call of its own: no C local reaches it.
 * Only state 0 reads parameters that live outside the frame: later their storage may be another's. */
#include "lower/transform/internal.h"

/* The local that a parameter becomes; NULL where the body does not name it, or uses it in the frame. */
static const char *param_local(struct transform *t, struct lowering *l, unsigned i)
{
	struct core_function *f = l->core;
	struct symbol *p = f->function->params[i];
	struct buf b = { 0 };

	if (!f->mentioned[p->index] || f->captured[p->index])
		return NULL;
	type_print(&b, p->type, local_name(p), true);
	char *text = arena_strndup(t->arena, b.data, b.len);
	buf_free(&b);
	return text;
}

static void declare_temporaries(struct transform *t, struct lowering *l, struct buf *out)
{
	struct core_function *f = l->core;

	(void)t;
	for (unsigned i = f->function->param_count; i < f->local_count; i++) {
		if (!f->mentioned[i] || (f->declared[i] && !f->preset[i]) || f->captured[i])
			continue;
		buf_putc(out, '\t');
		type_print(out, field_type(t, f->locals[i]->type), local_name(f->locals[i]), true);
		buf_puts(out, !f->preset[i] ? ";\n" : type_is_record(f->locals[i]->type) ? " = {0};\n" : " = 0;\n");
	}
}

static bool find_return(struct node **slot, void *ctx)
{
	if ((*slot)->kind == N_RETURN && (*slot)->u.RETURN.value)
		*(bool *)ctx = true;
	return !*(bool *)ctx && each_child(*slot, find_return, ctx);
}

/* Whether the body names the frame. */
static bool uses_frame(struct transform *t, struct lowering *l)
{
	struct core_function *f = l->core;
	struct node *body = f->body;
	bool found = f->layout.slot_count > 0 || (f->function->is_main && type_kind(f->function->return_type) != TY_VOID);

	for (unsigned i = 0; i < f->await_count; i++)
		found |= f->awaits[i]->callee != NULL;
	for (unsigned i = 0; i < f->function->param_count; i++)
		found |= param_local(t, l, i) != NULL;
	if (!found && type_kind(f->function->return_type) != TY_VOID)
		find_return(&body, &found);
	return found;
}

/* Whether no await that runs leads to the cleanups of await I (its label would have no use), nor one before it that doesn't run. */
static bool is_first_of_unwind(const struct core_function *f, unsigned index)
{
	for (unsigned i = 0; i < f->await_count; i++)
		if ((f->awaits[i]->reachable || i < index) && f->awaits[i]->unwind && !strcmp(f->awaits[i]->unwind, f->awaits[index]->unwind))
			return false;
	return true;
}

static void print_entry(struct transform *t, struct lowering *l, struct buf *out)
{
	struct core_function *f = l->core;
	struct function *fn = f->function;

	if (uses_frame(t, l))
		buf_printf(out, "%s *const %s = (%s *)%s;\n", l->frame_tag, l->frame, l->frame_tag, l->self);
	else if (!f->await_count)
		buf_printf(out, "(void)%s;\n", l->self);
	for (unsigned i = 0; i < fn->param_count; i++) {
		const char *local = param_local(t, l, i);
		if (local && f->await_count)
			buf_printf(out, "%s;\n", local);
		else if (local)
			buf_printf(out, "%s = %s->%s;\n", local, l->frame, l->params[i]);
	}
	struct buf temporaries = { 0 };
	declare_temporaries(t, l, &temporaries);
	for (const char *p = temporaries.data; p && *p; p++)
		if (*p != '\t')
			buf_putc(out, *p);
	buf_free(&temporaries);
	if (l->uses_child)
		buf_printf(out, "struct async__frame *%s;\n", l->child);
	if (!f->await_count) {
		buf_printf(out, "(void)%s, (void)%s;\n", l->cx, l->state);
		return;
	}
	bool only_yields = true;
	for (unsigned i = 0; i < f->await_count; i++)
		only_yields &= f->awaits[i]->yields;
	if (only_yields) /* a generator that never waits */
		buf_printf(out, "(void)%s;\n", l->cx);
	for (unsigned i = 0; i < f->await_count; i++)
		if (!f->awaits[i]->reachable && f->awaits[i]->unwind && is_first_of_unwind(f, i))
			buf_printf(out, "if (0)\n\tgoto %s;\n", f->awaits[i]->unwind);
	buf_printf(out, "switch (%s) {\n", l->state);
	for (unsigned i = 0; i < f->await_count; i++) {
		struct core_await *w = f->awaits[i];
		if (!w->reachable)
			continue;
		buf_printf(out, "case %u: goto %s;\n", 2 * (i + 1), l->resume[i]);
		buf_printf(out, "case %u:", 2 * (i + 1) + 1);
		if (w->future)
			buf_printf(out, " async__frame_free(%s->frame);", l->cx);
		if (w->unwind)
			buf_printf(out, " goto %s;\n", w->unwind);
		else
			buf_puts(out, " return ASYNC__ABORTED;\n");
		for (unsigned k = 0; w->fork && k < w->fork->branch_count; k++)
			buf_printf(out, "case %u: goto %s;\n", branch_state(f, w->fork, k), l->branches[w->fork->first + k]);
	}
	buf_puts(out, "default:");
	for (unsigned i = 0; i < fn->param_count; i++) {
		const char *name = local_name(fn->params[i]);
		if (!param_local(t, l, i))
			continue;
		if (type_is_record(fn->params[i]->type) && type_is_readonly(fn->params[i]->type))
			buf_printf(out, " __builtin_memcpy((void *)&%s, &%s->%s, sizeof %s);", name, l->frame, l->params[i], name);
		else
			buf_printf(out, " %s = %s->%s;", name, l->frame, l->params[i]);
	}
	buf_puts(out, " break;\n}");
}

/* Attributes about the code, not about calls of it, go to the poll function. */
static void print_code_attributes(const struct node_list *attrs, struct buf *out)
{
	static const char *const code[] = { "noinline", "always_inline", "flatten", "hot", "cold", "optimize", "target", "no_sanitize", "no_sanitize_address",
					    "no_sanitize_thread", "no_sanitize_undefined", "no_instrument_function", "no_profile_instrument_function" };

	for (unsigned i = 0; i < attrs->len; i++)
		for (unsigned k = 0; k < sizeof code / sizeof *code; k++)
			if (attribute_is_named(attrs->data[i], code[k])) {
				buf_printf(out, "__attribute__((%s", code[k]);
				if (attrs->data[i]->u.ATTRIBUTE.has_args)
					buf_printf(out, "(%.*s)", (int)attrs->data[i]->u.ATTRIBUTE.text_len, attrs->data[i]->u.ATTRIBUTE.text);
				buf_puts(out, ")) ");
			}
}

static void print_header(struct transform *t, struct lowering *l, const char *self, const char *cx, const char *state, struct buf *out)
{
	(void)t;
	buf_puts(out, "static ");
	if (!l->used)
		buf_puts(out, "__attribute__((__unused__)) ");
	print_code_attributes(&l->core->function->symbol->attrs, out);
	buf_printf(out, "enum async__poll %s__poll(struct async__frame *%s, struct async__context *%s, unsigned %s)", l->name, self, cx, state);
}

struct node *poll_prototype(struct transform *t, struct lowering *l)
{
	struct buf b = { 0 };

	/* Two copies of the function would have two addresses for one label. */
	if (l->core->label_addresses) {
		print_header(t, l, "self", "cx", "state", &b);
		buf_puts(&b, "\n#ifdef __clang__\n\t__attribute__((__noinline__));\n#else\n\t__attribute__((__noinline__, __noclone__));\n#endif\n");
	} else {
		print_header(t, l, "self", "cx", "state", &b);
		buf_puts(&b, ";\n");
	}
	struct node *n = node_text(t, l->item->loc, "%s", b.data);
	buf_free(&b);
	return n;
}

struct node *poll_build(struct transform *t, struct lowering *l)
{
	struct core_function *f = l->core;
	struct rewriter r = { .t = t, .l = l, .f = f };
	struct node *def = node_copy(t->arena, l->item), *body = node_copy(t->arena, f->body);
	struct buf header = { 0 }, entry = { 0 };
	struct node_list *items = &body->u.COMPOUND.items;

	print_header(t, l, l->self, l->cx, l->state, &header);
	print_entry(t, l, &entry);
	*items = (struct node_list){ 0 };
	node_list_push(t->arena, items, node_text(t, l->item->loc, "%s", entry.data ? entry.data : ""));
	rewrite_items(&r, &f->body->u.COMPOUND.items, items);
	const struct node *last = f->body->u.COMPOUND.items.len ? vec_last(&f->body->u.COMPOUND.items) : NULL;
	if (!last || (last->kind != N_RETURN && last->kind != N_GOTO && (last->kind != N_CORE_TEXT || strncmp(last->u.CORE_TEXT.text, "return", 6)))) {
		loc_t end = (loc_t)f->body->u.COMPOUND.end;
		struct type *value = f->function->return_type;
		/* C17 5.1.2.2.3: the end of main is `return 0`. */
		if (f->function->is_main && type_kind(value) == TY_INT)
			node_list_push(t->arena, items, node_text(t, end, "%s->%s = 0;", l->frame, l->value));
		else if (f->function->is_main && type_kind(value) == TY_RESULT)
			node_list_push(t->arena, items, node_text(t, end, "%s->%s.err = 0;", l->frame, l->value));
		node_list_push(t->arena, items, node_text(t, end, "return ASYNC__READY;"));
	}
	def->u.FUNCTION_DEF.specs = NULL;
	def->u.FUNCTION_DEF.declarator = node_text(t, l->item->loc, "%s", header.data);
	def->u.FUNCTION_DEF.kr_decls = (struct node_list){ 0 };
	def->u.FUNCTION_DEF.body = body;
	def->flags |= NF_SYNTHETIC;
	buf_free(&header);
	buf_free(&entry);
	return def;
}
