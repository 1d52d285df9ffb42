/* normalize: typed tree -> core form (lower/core.h).
 *
 * For each function that uses the dialect: the call graph decides which awaits hold the callee's frame inside their own
 * (every direct one but those that close a cycle), locals get names that are unique in the function, local tags and typedefs
 * names that are unique in the file; then its statements are lowered one by one (stmt.c). */
#include "lower/normalize/internal.h"

/* -- call graph -------------------------------------------------------------------------------------------------------- */

struct graph {
	struct normalizer *n;
	struct map state; /* struct function * -> &visiting or &done */
	VEC(struct function *) order;
};

static const char visiting, done;

static void graph_visit(struct graph *g, struct function *f);

bool is_weak(const struct symbol *s)
{
	for (unsigned i = 0; i < s->attrs.len; i++) {
		const char *name = s->attrs.data[i]->u.ATTRIBUTE.name;
		if (name && (!strcmp(name, "weak") || !strcmp(name, "__weak__")))
			return true;
	}
	return false;
}

/* What is awaited: a call by name, a block, or a function of the library around one. */
static void graph_edge(struct graph *g, struct node *future)
{
	struct node *call = node_strip(future);
	struct call_use *use = call->kind == N_CALL ? call->ann : NULL;
	struct symbol *callee = use && use->role == CALL_ASYNC ? use->direct : NULL;

	if (call->kind == N_ASYNC_BLOCK)
		callee = ((struct function *)call->ann)->symbol;
	if (use && use->role == CALL_LIBRARY && call->u.CALL.args.len)
		graph_edge(g, call->u.CALL.args.data[0]);
	if (!callee)
		return;
	if (!callee->body) {
		if (callee->frame)
			map_put(&g->n->embedded, call, call);
		return;
	}
	if (!map_get(&g->state, callee->body))
		graph_visit(g, callee->body);
	if (map_get(&g->state, callee->body) == &done && !is_weak(callee))
		map_put(&g->n->embedded, call, call);
}

static void graph_visit(struct graph *g, struct function *f)
{
	map_put(&g->state, f, (void *)&visiting);
	for (unsigned i = 0; i < f->awaits.len; i++)
		if (f->awaits.data[i]->kind == N_MEMBER)
			graph_edge(g, f->awaits.data[i]->u.MEMBER.base);
	map_put(&g->state, f, (void *)&done);
	vec_push(g->n->arena, &g->order, f);
}

/* -- what blocks share with the function around them ---------------------------------------------------------------------- */

struct sharing {
	struct normalizer *n;
	struct function *block;
};

/* Static objects, and externs and functions that a block declares: what a block names of them has to stand at file scope. */
static bool find_shared(struct node **child, void *ctx)
{
	struct sharing *s = ctx;
	struct node *c = *child;
	struct symbol *symbol = c->kind == N_IDENT ? c->ann : NULL;

	if (symbol && (symbol->kind == SYM_VARIABLE || symbol->kind == SYM_FUNCTION) && symbol->function && symbol->function != s->block &&
	    (symbol->static_duration || symbol->linkage == LINK_EXTERNAL || symbol->kind == SYM_FUNCTION) && !symbol->is_func_name)
		map_put(&s->n->shared, symbol, symbol);
	node_each_child(c, find_shared, ctx);
	return true;
}

bool is_shared(struct normalizer *n, struct symbol *s)
{
	return map_get(&n->shared, s) != NULL;
}

/* Is `F__NAME` something that is made of the async function F itself? */
static bool is_generated(const char *name)
{
	static const char *const exact[] = { "frame", "poll", "fn", "func", "block_on", "start", "started", "ended", "spawn", "closure", "call", "env", "drop",
					     "work", "job", "arg", "item" };
	static const char *const numbered[] = { "site_", "locals_", "block_" };

	for (size_t i = 0; i < sizeof exact / sizeof *exact; i++)
		if (!strcmp(name, exact[i]))
			return true;
	for (size_t i = 0; i < sizeof numbered / sizeof *numbered; i++)
		if (!strncmp(name, numbered[i], strlen(numbered[i])))
			return true;
	return false;
}

/* What a local of the function is called at file scope: F__NAME. */
static const char *hoisted_name(struct normalizer *n, const char *name)
{
	return unique_name(n, arena_printf(n->arena, is_generated(name) ? "%s__%s_" : "%s__%s", n->function->symbol->name, name));
}

/* Moves the declaration to file scope. */
void hoist_object(struct normalizer *n, struct symbol *s, struct node *declaration)
{
	if (s->static_duration && s->linkage == LINK_NONE) {
		s->emit_name = hoisted_name(n, s->name);
		map_put(&n->file_names, s->emit_name, s);
	}
	node_list_push(n->arena, &n->core->hoisted_objects, declaration);
}

/* -- names ------------------------------------------------------------------------------------------------------------- */

static void hoist_tag(struct normalizer *n, struct tag *tag)
{
	tag->emit_name = hoisted_name(n, tag->name ? tag->name : "tag");
	map_put(&n->file_names, tag->emit_name, tag);
	for (unsigned i = 0; i < tag->enumerator_count; i++) {
		struct symbol *s = tag->enumerators[i];
		s->emit_name = hoisted_name(n, s->name);
		map_put(&n->file_names, s->emit_name, s);
	}
	struct core_function *f = n->core;
	array_push(n->arena, f->hoisted_tags, f->hoisted_tag_count, f->hoisted_tag_cap, tag);
}

static void hoist_typedef(struct normalizer *n, struct symbol *s)
{
	struct core_function *f = n->core;

	s->emit_name = hoisted_name(n, s->name);
	map_put(&n->file_names, s->emit_name, s);
	array_push(n->arena, f->hoisted_typedefs, f->hoisted_typedef_count, f->hoisted_typedef_cap, s);
}

static void find_anonymous_members(struct normalizer *n, struct node *tag)
{
	for (unsigned i = 0; i < tag->u.TAG.members.len; i++) {
		struct node *member = tag->u.TAG.members.data[i];
		if (member->kind != N_DECLARATION || member->u.DECLARATION.declarators.len || !member->u.DECLARATION.specs)
			continue;
		struct node *type = member->u.DECLARATION.specs->u.SPECS.type;
		if (type && type->kind == N_TAG && !type->u.TAG.name)
			map_put(&n->anonymous, type, type);
	}
}

/* Children first: a tag inside a tag is declared before it. */
static bool hoist_declared(struct node **child, void *ctx)
{
	struct normalizer *n = ctx;
	struct node *c = *child;

	if (c->kind == N_FUNCTION_DEF || c->kind == N_ASYNC_BLOCK || c->kind == N_CLOSURE)
		return true; /* a nested function passes through; blocks are functions of their own */
	if (c->kind == N_SPAWN_BLOCK)
		return hoist_declared(&c->u.SPAWN_BLOCK.callee, n);
	if (c->kind == N_TAG)
		find_anonymous_members(n, c);
	node_each_child(c, hoist_declared, n);
	if (c->kind == N_TAG && c->ann && c->u.TAG.has_body) {
		struct tag *tag = c->ann;
		if (tag->local && !tag->has_vla && !tag->emit_name && !map_get(&n->anonymous, c))
			hoist_tag(n, tag);
	} else if (c->kind == N_DECLARATION && c->u.DECLARATION.specs && c->u.DECLARATION.specs->u.SPECS.storage & SC_TYPEDEF) {
		for (unsigned i = 0; i < c->u.DECLARATION.declarators.len; i++) {
			struct symbol *s = c->u.DECLARATION.declarators.data[i]->ann;
			if (s && s->kind == SYM_TYPEDEF && !s->type->is_vm && !s->emit_name)
				hoist_typedef(n, s);
		}
	} else if (c->kind == N_DECLARATOR && c->ann) {
		struct symbol *s = c->ann;
		if (s->name && (s->static_duration || s->kind == SYM_FUNCTION))
			map_put(&n->names, s->name, (void *)s->name);
	} else if (c->kind == N_LABEL) {
		map_put(&n->label_names, c->u.LABEL.name, (void *)c->u.LABEL.name);
	} else if (c->kind == N_LABEL_ADDR && c->ann) {
		bool known = false;
		for (unsigned i = 0; i < n->addressed_labels.len; i++)
			known = known || n->addressed_labels.data[i] == c->ann;
		if (!known)
			vec_push(n->arena, &n->addressed_labels, (struct label *)c->ann);
	} else if (c->kind == N_IDENT && c->ann) {
		struct symbol *s = c->ann;
		if (!s->is_func_name && s->name && !s->function && s->kind != SYM_ENUMERATOR)
			map_put(&n->names, s->name, (void *)s->name); /* nothing new may hide it */
	}
	return true;
}

static void name_locals(struct normalizer *n)
{
	struct function *f = n->function;

	for (unsigned i = 0; i < f->local_count; i++) {
		struct symbol *s = f->locals[i];
		local_add(n, s);
		if (!s->name) {
			s->emit_name = unique_name(n, "literal");
			continue;
		}
		bool taken = false;
		for (unsigned k = 0; k < i && !taken; k++)
			taken = f->locals[k]->name == s->name;
		s->emit_name = NULL;
		if (taken)
			s->emit_name = unique_name(n, s->name);
		else
			map_put(&n->names, s->name, (void *)s->name);
	}
}

/* -- functions --------------------------------------------------------------------------------------------------------- */

/* What is known of the unit stays; nothing of the function before does. */
static void begin_function(struct normalizer *n, struct core_function *core)
{
	*n = (struct normalizer){
		.arena = n->arena,
		.unit = n->unit,
		.core_unit = n->core_unit,
		.file_names = n->file_names,
		.shared = n->shared,
		.late = n->late,
		.runtime = n->runtime,
		.embedded = n->embedded,
		.core = core,
		.function = core->function,
		.next_exit = 1,
		.lowers_cleanups = core->function->is_async || core->function->uses_defer,
	};
	map_init(&n->names, n->arena);
	map_init(&n->suffixes, n->arena);
	map_init(&n->labels, n->arena);
	map_init(&n->label_names, n->arena);
	map_init(&n->anonymous, n->arena);
	map_init(&n->arrays, n->arena);
	map_init(&n->array_types, n->arena);
}

static void normalize_function(struct normalizer *n, struct function *f)
{
	struct core_function *core = ARENA_NEW(n->arena, struct core_function);
	struct core_unit *u = n->core_unit;
	struct node *body = new_compound(n, f->body->loc), *top;
	struct node_list declarations = { 0 };

	core->function = f;
	core->yields = f->is_async && type_kind(f->return_type) == TY_STREAM;
	if (core->yields)
		f->return_type = item_type(n, f);
	begin_function(n, core);
	top = f->body;
	hoist_declared(&top, n);
	name_locals(n);

	body->begin = f->body->begin;
	body->u.COMPOUND.end = f->body->u.COMPOUND.end;
	n->out = n->block_out = &body->u.COMPOUND.items;
	n->scope = f->body->ann;
	if (f->is_async)
		for (unsigned i = 0; i < f->param_count; i++)
			declare_param(n, f->params[i], f->body->begin);
	for (unsigned i = 0; i < f->param_count; i++)
		if (type_moves(f->params[i]->type))
			pending_push(n, pending_kind_of(f->params[i]->type), NULL, f->params[i], f->body->begin);
	/* Parameters that own something end behind the body, which is then a block of its own: each list has one end. */
	if (n->pending)
		emit(n, lower_block(n, f->body));
	else
		lower_items(n, f->body, NULL);
	pending_finish(n, NULL, (loc_t)f->body->u.COMPOUND.end);
	/* The end of a stream, and of a block that returns errors alone. */
	if (list_falls_through(n->out) && (core->yields || (f->kind != FN_FUNCTION && type_kind(f->return_type) == TY_INT)))
		emit_return(n, new_number(n, 0, (loc_t)f->body->u.COMPOUND.end), (loc_t)f->body->u.COMPOUND.end);

	/* What exits share is declared at the top. */
	n->out = &declarations;
	finish_selectors(n);
	if (n->return_value)
		emit_declaration(n, n->return_value, NULL, 0);
	for (unsigned i = 0; i < body->u.COMPOUND.items.len; i++)
		node_list_push(n->arena, &declarations, body->u.COMPOUND.items.data[i]);
	body->u.COMPOUND.items = declarations;
	core->body = body;
	/* Cleanups that were lowered are not C's any more. */
	if (n->lowers_cleanups)
		for (unsigned i = 0; i < core->local_count; i++)
			core->locals[i]->cleanup = NULL;

	array_push(n->arena, u->functions, u->function_count, u->function_cap, core);
	if (f->is_async)
		map_put(&u->by_symbol, f->symbol, core);
	core_verify(core);
}

struct core_unit *normalize(struct arena *arena, struct unit *u)
{
	struct core_unit *out = ARENA_NEW(arena, struct core_unit);
	struct normalizer n = { .arena = arena, .unit = u, .core_unit = out };
	struct graph g = { .n = &n };

	out->unit = u;
	out->arena = arena;
	map_init(&out->by_symbol, arena);
	map_init(&out->spawned, arena);
	map_init(&out->closures, arena);
	map_init(&out->declared, arena);
	map_init(&n.file_names, arena);
	map_init(&n.embedded, arena);
	map_init(&n.runtime, arena);
	map_init(&n.shared, arena);
	map_init(&g.state, arena);
	for (unsigned i = 0; i < u->symbol_count; i++)
		if (u->symbols[i]->name)
			map_put(&n.file_names, u->symbols[i]->name, u->symbols[i]);
	for (unsigned i = 0; i < u->function_count; i++)
		if (u->functions[i]->kind != FN_FUNCTION) {
			struct sharing s = { &n, u->functions[i] };
			find_shared(&u->functions[i]->body, &s);
		}
	for (unsigned i = 0; i < u->function_count; i++)
		if (u->functions[i]->is_async && !map_get(&g.state, u->functions[i]))
			graph_visit(&g, u->functions[i]);
	for (unsigned i = 0; i < g.order.len; i++)
		normalize_function(&n, g.order.data[i]);
	for (unsigned i = 0; i < u->function_count; i++) {
		struct function *f = u->functions[i];
		if (!f->is_async && !f->is_nested && (f->kind == FN_THREAD || (f->def && f->def->flags & NF_USES_DIALECT)))
			normalize_function(&n, f);
	}
	for (unsigned i = 0; i < n.late.len; i++)
		normalize_function(&n, n.late.data[i]);
	normalize_declarations(&n);
	return out;
}
