/* What tasks, closures and threads are made of, as text beside the function:
 *
 *     static struct async__task *fetch__spawn(struct async_nursery *nursery, uint64_t id)      a task with the parameters in its root frame
 *     static struct async_closure main__closure_1__closure(int x)                               a value with a copy of x
 *     static async_future main__closure_1__call(void *env, int a)                               what it calls
 *     static int main__block_2(int x) { ... }                                                   the block of a thread
 *     static struct main__block_2__arg main__block_2__job(int x)                                its arguments and value
 *     static void main__block_2__work(void *arg)                                                runs it */
#include "lower/transform/internal.h"

const char *drop_function(const struct symbol *param)
{
	switch (type_kind(param->type)) {
	case TY_FUTURE: return "future_drop";
	case TY_TASK: return "async__task_drop";
	case TY_STREAM: return "async__stream_drop";
	case TY_CLOSURE: return param->owned ? "closure_drop" : NULL;
	default: return NULL;
	}
}

static void params_print(struct function *fn, const char *const *names, unsigned from, unsigned to, const char *first, struct buf *out)
{
	buf_printf(out, "(%s", first ? first : "");
	for (unsigned i = from; i < to; i++) {
		if (i > from || first)
			buf_puts(out, ", ");
		declaration_print(out, fn->params[i]->type, names[i]);
	}
	if (from == to && !first)
		buf_puts(out, "void");
	buf_putc(out, ')');
}

static unsigned declared_count(const struct function *fn)
{
	return fn->param_count - fn->capture_count;
}

/* -- tasks ----------------------------------------------------------------------------------------------------------------------------- */

static void spawn_header(struct transform *t, struct lowering *l, struct buf *out)
{
	const char *nursery = free_name(t, l, "nursery");

	buf_printf(out, "static struct async__task *%s__spawn", l->name);
	params_print(l->core->function, l->params, 0, l->core->function->param_count, arena_printf(t->arena, "struct async_nursery *%s", nursery), out);
}

static void spawn_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct function *fn = l->core->function;
	const char *f = free_name(t, l, "f"), *nursery = free_name(t, l, "nursery");

	spawn_header(t, l, out);
	buf_printf(out, "\n{\n\t%s *const %s = (%s *)async__task_new(%s, &%s__fn);\n\n\tif (!%s)", l->frame_tag, f, l->frame_tag,
		   nursery, l->name, f);
	struct buf drops = { 0 };
	for (unsigned i = 0; i < fn->param_count; i++)
		if (drop_function(fn->params[i]))
			buf_printf(&drops, "\t\t%s(%s);\n", drop_function(fn->params[i]), l->params[i]);
	if (drops.len)
		buf_printf(out, " {\n%s\t\treturn (struct async__task *)0;\n\t}\n", drops.data);
	else
		buf_puts(out, "\n\t\treturn (struct async__task *)0;\n");
	buf_free(&drops);
	param_stores_print(t, l, arena_printf(t->arena, "%s->", f), "\t", out);
	buf_printf(out, "\treturn async__task_of_root(&%s->%s);\n}\n", f, l->base);
}

/* -- closures -------------------------------------------------------------------------------------------------------------------------- */

static void closure_header(struct lowering *l, struct buf *out)
{
	struct function *fn = l->core->function;

	buf_printf(out, "static struct async_closure %s__closure", l->name);
	params_print(fn, l->params, declared_count(fn), fn->param_count, NULL, out);
}

static void copy_print(struct transform *t, struct function *fn, unsigned i, const char *to, const char *from, struct buf *out)
{
	struct type *type = field_type(t, fn->params[i]->type);

	if (type_is_record(type) && type_is_readonly(type))
		buf_printf(out, "__builtin_memcpy((void *)&%s, &%s, sizeof %s);", to, from, from);
	else
		buf_printf(out, "%s = %s;", to, from);
}

static void closure_print(struct transform *t, struct lowering *l, struct buf *out)
{
	struct function *fn = l->core->function;
	unsigned declared = declared_count(fn);
	bool captures = fn->capture_count > 0;
	const char *env = free_name(t, l, "env"), *e = free_name(t, l, "e");

	if (captures) {
		buf_printf(out, "struct %s__env {\n", l->name);
		for (unsigned i = declared; i < fn->param_count; i++) {
			buf_putc(out, '\t');
			declaration_print(out, field_type(t, fn->params[i]->type), l->params[i]);
			buf_puts(out, ";\n");
		}
		buf_puts(out, "};\n");
	}
	buf_printf(out, "static async_future %s__call", l->name);
	params_print(fn, l->params, 0, declared, arena_printf(t->arena, "void *%s", env), out);
	buf_puts(out, "\n{\n");
	if (captures)
		buf_printf(out, "\tconst struct %s__env *const %s = (const struct %s__env *)%s;\n\n\treturn %s ? %s(", l->name, e, l->name, env, e, l->name);
	else
		buf_printf(out, "\t(void)%s;\n\treturn %s(", env, l->name);
	for (unsigned i = 0; i < fn->param_count; i++)
		buf_printf(out, "%s%s%s%s", i ? ", " : "", i < declared ? "" : e, i < declared ? "" : "->", l->params[i]);
	buf_puts(out, captures ? ") : (async_future)0;\n}\n" : ");\n}\n");
	closure_header(l, out);
	buf_puts(out, "\n{\n");
	if (captures) {
		buf_printf(out, "\tstruct %s__env *const %s = (struct %s__env *)async__env_new(sizeof *%s);\n\n\tif (%s) {\n", l->name, e, l->name, e, e);
		for (unsigned i = declared; i < fn->param_count; i++) {
			buf_puts(out, "\t\t");
			copy_print(t, fn, i, arena_printf(t->arena, "%s->%s", e, l->params[i]), l->params[i], out);
			buf_putc(out, '\n');
		}
		buf_puts(out, "\t}\n");
	}
	buf_printf(out, "\treturn (struct async_closure){ (async_future (*)(void *, ...))%s__call, %s };\n}\n", l->name, captures ? e : "(void *)0");
}

void block_prototypes_print(struct transform *t, struct lowering *l, struct buf *out)
{
	if (l->spawn_used) {
		spawn_header(t, l, out);
		buf_puts(out, ";\n");
	}
	if (l->closure_used) {
		closure_header(l, out);
		buf_puts(out, ";\n");
	}
}

void block_print(struct transform *t, struct lowering *l, struct buf *out)
{
	if (l->spawn_used)
		spawn_print(t, l, out);
	if (l->closure_used)
		closure_print(t, l, out);
}

/* -- threads --------------------------------------------------------------------------------------------------------------------------- */

static const char **thread_params(struct transform *t, struct function *fn)
{
	const char **names = ARENA_ARRAY(t->arena, const char *, fn->param_count + 1);

	for (unsigned i = 0; i < fn->param_count; i++)
		names[i] = local_name(fn->params[i]) ? local_name(fn->params[i]) : arena_printf(t->arena, "param_%u", i + 1);
	return names;
}

static void thread_header(struct transform *t, struct function *fn, struct buf *out)
{
	const char **names = thread_params(t, fn);
	struct buf rest = { 0 };

	buf_printf(&rest, "%s", fn->symbol->name);
	params_print(fn, names, 0, fn->param_count, NULL, &rest);
	buf_puts(out, "static ");
	declaration_print(out, fn->return_type, "");
	buf_printf(out, " %s", rest.data);
	buf_free(&rest);
}

/* How many bytes of the value say whether it failed: of an int 4 or 8, of a result its err; 0: it can't. */
unsigned error_size(const struct type *value)
{
	return !type_carries_error(value) ? 0 : type_kind(value) == TY_RESULT ? 4 : (unsigned)type_core(value)->size;
}

void thread_prototypes_print(struct transform *t, struct core_function *f, struct buf *out)
{
	struct function *fn = f->function;
	const char *name = fn->symbol->name, **names = thread_params(t, fn);

	buf_printf(out, "struct %s__arg {\n\tint err;\n", name);
	if (type_kind(fn->return_type) != TY_VOID) {
		buf_putc(out, '\t');
		declaration_print(out, field_type(t, fn->return_type), "value");
		buf_puts(out, ";\n");
	}
	for (unsigned i = 0; i < fn->param_count; i++) {
		buf_putc(out, '\t');
		declaration_print(out, field_type(t, fn->params[i]->type), arena_printf(t->arena, "arg%u", i + 1));
		buf_puts(out, ";\n");
	}
	buf_printf(out, "};\nstatic void %s__work(void *arg);\n", name);
	if (map_get(&t->core->spawned, fn->symbol)) {
		buf_printf(out, "static int %s__spawn", name);
		params_print(fn, names, 0, fn->param_count, "struct sync_nursery *nursery__", out);
	} else {
		buf_printf(out, "static struct %s__arg %s__job", name, name);
		params_print(fn, names, 0, fn->param_count, NULL, out);
	}
	buf_puts(out, ";\n");
}

static void thread_glue_print(struct transform *t, struct function *fn, struct buf *out)
{
	const char *name = fn->symbol->name, **names = thread_params(t, fn);
	bool spawned = map_get(&t->core->spawned, fn->symbol) != NULL;

	bool readonly = type_is_record(fn->return_type) && type_is_readonly(fn->return_type); /* no assignment is allowed */
	buf_printf(out, "static void %s__work(void *arg)\n{\n\tstruct %s__arg *const a = (struct %s__arg *)arg;\n\n\t", name, name, name);
	if (readonly) {
		declaration_print(out, fn->return_type, "value");
		buf_puts(out, " = ");
	} else if (type_kind(fn->return_type) != TY_VOID) {
		buf_puts(out, "a->value = ");
	}
	buf_printf(out, "%s(", name);
	for (unsigned i = 0; i < fn->param_count; i++)
		buf_printf(out, "%sa->arg%u", i ? ", " : "", i + 1);
	buf_puts(out, ");\n");
	if (readonly)
		buf_puts(out, "\t__builtin_memcpy((void *)&a->value, &value, sizeof value);\n");
	if (type_kind(fn->return_type) == TY_RESULT)
		buf_puts(out, "\ta->err = a->value.err;\n");
	else if (type_carries_error(fn->return_type))
		buf_puts(out, "\ta->err = a->value < 0 ? async__narrow_error(a->value) : 0;\n");
	else
		buf_puts(out, "\ta->err = 0;\n");
	buf_puts(out, "}\n");
	if (spawned) {
		buf_printf(out, "static int %s__spawn", name);
		params_print(fn, names, 0, fn->param_count, "struct sync_nursery *nursery__", out);
	} else {
		buf_printf(out, "static struct %s__arg %s__job", name, name);
		params_print(fn, names, 0, fn->param_count, NULL, out);
	}
	buf_printf(out, "\n{\n\tstruct %s__arg job__;\n\n\t__builtin_memset(&job__, 0, sizeof job__);\n", name);
	for (unsigned i = 0; i < fn->param_count; i++) {
		buf_putc(out, '\t');
		copy_print(t, fn, i, arena_printf(t->arena, "job__.arg%u", i + 1), names[i], out);
		buf_putc(out, '\n');
	}
	if (spawned)
		buf_printf(out, "\treturn async__thread_spawn(nursery__, %s__work, &job__, sizeof job__);\n}\n", name);
	else
		buf_puts(out, "\treturn job__;\n}\n");
}

void thread_emit(struct transform *t, struct core_function *f, struct node_list *out)
{
	struct rewriter r = { .t = t, .f = f };
	struct node *item = f->function->item, *def = node_copy(t->arena, item), *body = node_copy(t->arena, f->body);
	struct buf header = { 0 }, glue = { 0 }, func = { 0 };

	func_name_print(t, f, f->function->symbol->name, &func);
	if (func.len)
		node_list_push(t->arena, out, node_text(t, item->loc, "%s", func.data));
	buf_free(&func);
	body->u.COMPOUND.items = (struct node_list){ 0 };
	rewrite_items(&r, &f->body->u.COMPOUND.items, &body->u.COMPOUND.items);
	thread_header(t, f->function, &header);
	def->u.FUNCTION_DEF.specs = NULL;
	def->u.FUNCTION_DEF.declarator = node_text(t, item->loc, "%s", header.data);
	def->u.FUNCTION_DEF.kr_decls = (struct node_list){ 0 };
	def->u.FUNCTION_DEF.body = body;
	def->flags |= NF_SYNTHETIC;
	node_list_push(t->arena, out, def);
	thread_glue_print(t, f->function, &glue);
	node_list_push(t->arena, out, node_text(t, item->loc, "%s", glue.data));
	buf_free(&header);
	buf_free(&glue);
}
