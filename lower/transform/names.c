/* Names for what generated code adds to a function: frame members, the poll function's parameters and variables, labels.
 *
 * Frame members share a name space with the captured locals' members; variables must not hide anything that the body or the types in it
 * may name: locals, file-scope names, tags. Within those bounds the shortest name wins, so that the output can be read. */
#include "lower/transform/internal.h"

const char *local_name(const struct symbol *s)
{
	return s->emit_name ? s->emit_name : s->name;
}

/* The first of `wanted`, `wanted_`, `wanted__2`... that none of the sets has. Adds it to `taken`. */
static const char *name_choose(struct transform *t, struct map *taken, const struct map *also, const char *wanted)
{
	const char *name = intern_str(wanted);

	for (unsigned n = 1; map_get(taken, name) || (also && map_get(also, name)); n++)
		name = intern_str(n == 1 ? arena_printf(t->arena, "%s_", wanted) : arena_printf(t->arena, "%s_%u", wanted, n));
	map_put(taken, name, (void *)name);
	return name;
}

static void name_take(struct map *taken, const char *name)
{
	if (name) {
		name = intern_str(name);
		map_put(taken, name, (void *)name);
	}
}

struct collect {
	struct map *names, *labels;
};

static bool collect_names(struct node **slot, void *ctx)
{
	struct collect *c = ctx;
	struct node *n = *slot;

	if (n->kind == N_IDENT) {
		const struct symbol *s = n->ann;
		name_take(c->names, n->u.IDENT.name);
		if (s)
			name_take(c->names, s->emit_name);
	} else if (n->kind == N_LABEL) {
		name_take(c->labels, n->u.LABEL.name);
	} else if (n->kind == N_DECLARATOR && n->ann) {
		name_take(c->names, local_name(n->ann));
	} else if (n->kind == N_CORE_AWAIT) {
		struct core_await *w = n->u.CORE_AWAIT.await;
		for (unsigned i = 0; i < w->arg_count; i++)
			collect_names(&w->args[i], ctx);
		if (w->future)
			collect_names(&w->future, ctx);
	}
	return each_child(n, collect_names, ctx);
}

static const char *param_field(struct transform *t, struct symbol *p, unsigned i)
{
	const char *name = local_name(p);
	return name ? name : arena_printf(t->arena, "param_%u", i + 1);
}

/* The callee and which await it is: `fetch_1`. */
static const char *callee_member(struct transform *t, const struct core_await *w)
{
	return arena_printf(t->arena, "%s_%u", w->callee->name, w->index + 1);
}

void names_choose(struct transform *t, struct lowering *l)
{
	struct core_function *f = l->core;
	struct function *fn = f->function;
	struct map fields, names, labels;
	struct collect collect = { &names, &labels };

	map_init(&fields, t->arena);
	map_init(&names, t->arena);
	map_init(&labels, t->arena);
	l->name = fn->symbol->name;
	l->frame_tag = arena_printf(t->arena, "struct %s__frame", l->name);
	l->params = ARENA_ARRAY(t->arena, const char *, fn->param_count);
	for (unsigned i = 0; i < fn->param_count; i++) {
		l->params[i] = param_field(t, fn->params[i], i);
		name_take(&fields, l->params[i]);
	}
	for (unsigned i = 0; i < f->local_count; i++) {
		const char *name = local_name(f->locals[i]);
		if (f->captured[i])
			name_take(&fields, name);
		name_take(&names, name);
	}
	l->base = name_choose(t, &fields, NULL, "base");
	l->value = name_choose(t, &fields, NULL, "value");
	l->callees = ARENA_ARRAY(t->arena, const char *, f->await_count);
	for (unsigned i = 0; i < f->await_count; i++) {
		if (f->awaits[i]->callee)
			l->callees[i] = name_choose(t, &fields, NULL, callee_member(t, f->awaits[i]));
		else if (f->awaits[i]->future)
			l->uses_child = true;
	}
	struct node *body = f->body;
	collect_names(&body, &collect);
	l->frame = name_choose(t, &names, &t->file_names, "f");
	l->self = name_choose(t, &names, &t->file_names, "self");
	l->cx = name_choose(t, &names, &t->file_names, "cx");
	l->state = name_choose(t, &names, &t->file_names, "state");
	if (l->uses_child)
		l->child = name_choose(t, &names, &t->file_names, "child");
	l->resume = ARENA_ARRAY(t->arena, const char *, f->await_count);
	for (unsigned i = 0; i < f->await_count; i++)
		l->resume[i] = name_choose(t, &labels, NULL, arena_printf(t->arena, "%s_%u", f->awaits[i]->fork ? f->awaits[i]->text : "await", i + 1));
	l->branches = ARENA_ARRAY(t->arena, const char *, f->branch_count);
	for (unsigned i = 0; i < f->branch_count; i++)
		l->branches[i] = name_choose(t, &labels, NULL, arena_printf(t->arena, "branch_%u", i + 1));
}
