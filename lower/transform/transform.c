/* Transform: core form -> C, item by item.
 *
 * In:  a program in core form with frames laid out.   Out: for each top-level item that uses the dialect what takes its place.
 * An async function becomes, in this order: hoisted types, frame struct, prototype of its poll function, descriptor and suspension tables, poll
 * function, constructor, block_on helper, main. The frame of an embedded callee has to be complete there: where the callee is defined later in the text, all of
 * this moves behind the callee, and only prototypes stay. Of a static function only what is used is emitted. */
#include "lower/transform/internal.h"

struct lowering *lowering_of(struct transform *t, const struct symbol *s)
{
	return map_get(&t->by_symbol, s);
}

/* Is it declared with `async fn`, by itself or through a typedef of its type? */
static bool is_async_function(const struct symbol *s)
{
	const struct type *type = s ? s->type : NULL;

	while (type && type->kind == TY_TYPEDEF)
		type = type->base;
	return s && s->kind == SYM_FUNCTION && type && type->kind == TY_FUNCTION && type->u.function.is_async;
}

/* -- what is used ----------------------------------------------------------------------------------------------------------------------- */

static bool find_uses(struct node **slot, void *ctx)
{
	struct transform *t = ctx;
	struct node *n = *slot;

	if (n->kind == N_IDENT && n->ann) {
		struct lowering *l = lowering_of(t, n->ann);
		if (l && (n->flags & NF_SYNTHETIC) && n->u.IDENT.name != l->core->function->symbol->name)
			l->block_on_used = true;
		else if (l)
			l->constructor_used = true;
		if (l && !t->unevaluated)
			l->constructor_called = true;
		if (!l && !t->unevaluated && is_async_function(n->ann) && !map_get(&t->outside, n->ann)) {
			map_put(&t->outside, n->ann, n->ann);
			vec_push(t->arena, &t->outside_list, n->ann);
		}
	} else if (n->kind == N_CORE_AWAIT) {
		struct core_await *w = n->u.CORE_AWAIT.await;
		for (unsigned i = 0; i < w->arg_count; i++)
			find_uses(&w->args[i], t);
		if (w->future)
			find_uses(&w->future, t);
		struct lowering *l = w->callee ? lowering_of(t, w->callee) : NULL;
		if (l)
			l->embedded = true;
		if (l && has_call_attributes(w->callee))
			l->constructor_used = l->constructor_called = true;
	}
	bool typed_only = n->kind == N_TYPEOF || n->kind == N_SIZEOF || n->kind == N_BUILTIN;
	t->unevaluated += typed_only;
	bool all = each_child(n, find_uses, t);
	t->unevaluated -= typed_only;
	return all;
}

static struct core_function *core_of(struct transform *t, const struct node *item)
{
	for (unsigned i = 0; i < t->core->function_count; i++)
		if (t->core->functions[i]->function->def == item)
			return t->core->functions[i];
	return NULL;
}

/* Then the C compiler is to find a function of this name that nobody uses: -Wunused-function is its own. */
static bool is_unused_static(const struct function *fn)
{
	return fn->kind == FN_FUNCTION && !fn->is_main && fn->symbol->linkage == LINK_INTERNAL && !fn->symbol->named &&
	       !(fn->def->u.FUNCTION_DEF.specs->u.SPECS.func & FS_INLINE);
}

static void uses_find(struct transform *t)
{
	struct node_list *items = &t->unit->tree->u.TRANSLATION_UNIT.items;

	for (unsigned i = 0; i < t->core->function_count; i++) {
		struct node *body = t->core->functions[i]->body;
		find_uses(&body, t);
	}
	for (unsigned i = 0; i < items->len; i++) {
		struct node *declared = map_get(&t->core->declared, items->data[i]), *item = declared ? declared : items->data[i];
		if (item->kind != N_FUNCTION_DEF || !core_of(t, items->data[i]))
			find_uses(&item, t);
	}
	for (unsigned i = 0; i < t->count; i++) {
		struct lowering *l = t->list[i];
		struct function *fn = l->core->function;
		l->spawn_used = map_get(&t->core->spawned, fn->symbol) != NULL;
		l->closure_used = map_get(&t->core->closures, fn->symbol) != NULL;
		l->constructor_used = l->constructor_used || l->closure_used;
		l->constructor_called = l->constructor_called || l->closure_used;
		l->is_unused = is_unused_static(fn);
		l->emits_constructor = !fn->is_main && (l->constructor_used || l->is_unused || fn->symbol->linkage == LINK_EXTERNAL);
		l->emits_fn = l->emits_constructor || l->core->await_count || l->spawn_used;
		l->used = l->emits_constructor || l->block_on_used || l->embedded || l->spawn_used || fn->is_main;
	}
}

/* -- where it goes ---------------------------------------------------------------------------------------------------------------------- */

static void homes_choose(struct transform *t)
{
	for (unsigned i = 0; i < t->count; i++) {
		struct lowering *l = t->list[i];
		l->home = l->item;
		for (unsigned k = 0; k < l->core->await_count; k++) {
			struct symbol *callee = l->core->awaits[k]->callee;
			struct lowering *c = callee ? lowering_of(t, callee) : NULL;
			if (c && c->home->begin > l->home->begin)
				l->home = c->home;
		}
	}
}

/* -- result(T) -------------------------------------------------------------------------------------------------------------------------- */

static void result_print(struct transform *t, struct type *value, struct buf *out)
{
	const char *name = type_result_name(t->arena, value);

	if (!name)
		return;
	buf_printf(out, "#ifndef ASYNC_RESULT_%s\n#define ASYNC_RESULT_%s\nstruct async_result_%s {\n\tint err;\n", name, name, name);
	if (type_kind(value) != TY_VOID) {
		buf_putc(out, '\t');
		type_print(out, value, "value", true);
		buf_puts(out, ";\n");
	}
	buf_puts(out, "};\n#endif\n");
}

struct result_walk {
	struct transform *t;
	struct buf *out;
};

static void results_in_type(struct result_walk *w, struct type *type)
{
	struct transform *t = w->t;

	if (!type || map_get(&t->walked_types, type))
		return;
	map_put(&t->walked_types, type, type);
	results_in_type(w, type->base);
	if (type->kind == TY_FUNCTION)
		for (unsigned i = 0; i < type->u.function.param_count; i++)
			results_in_type(w, type->u.function.params[i].type);
	if (type->kind == TY_RESULT && type->u.tag && !map_get(&t->done_results, type->u.tag)) {
		map_put(&t->done_results, type->u.tag, type);
		result_print(t, type->base, w->out);
	}
}

static bool results_in_node(struct node **slot, void *ctx)
{
	struct result_walk *w = ctx;
	struct node *n = *slot;

	results_in_type(w, n->type);
	if (n->kind == N_CORE_AWAIT)
		results_in_type(w, n->u.CORE_AWAIT.await->type);
	if (n->kind == N_DECLARATOR && n->ann)
		results_in_type(w, ((struct symbol *)n->ann)->type);
	return each_child(n, results_in_node, ctx);
}

/* -- items -------------------------------------------------------------------------------------------------------------------------------- */

static void item_text(struct transform *t, struct node_list *list, loc_t loc, struct buf *text)
{
	if (text->len)
		node_list_push(t->arena, list, node_text(t, loc, "%s", text->data));
	buf_free(text);
}

static bool type_names_tag(const struct type *type, const struct tag *tag)
{
	while (type && type->kind != TY_STRUCT && type->kind != TY_UNION && type->kind != TY_ENUM)
		type = type->base;
	return type && type->u.tag == tag;
}

static void hoisted_typedef(struct transform *t, struct symbol *s, struct node_list *out)
{
	struct buf b = { 0 };

	buf_puts(&b, "typedef ");
	type_print(&b, s->type, s->emit_name ? s->emit_name : s->name, true);
	buf_puts(&b, ";\n");
	item_text(t, out, s->loc, &b);
}

/* The function that a hoisted tag was declared in. */
static const struct core_function *tag_owner(struct transform *t, const struct tag *tag)
{
	for (unsigned i = 0; i < t->core->function_count; i++)
		for (unsigned k = 0; k < t->core->functions[i]->hoisted_tag_count; k++)
			if (t->core->functions[i]->hoisted_tags[k] == tag)
				return t->core->functions[i];
	return NULL;
}

static struct node *item_of(const struct function *fn)
{
	return fn->def ? fn->def : fn->item;
}

/* Local tags and typedefs of a function and its blocks, in the order in which they were declared: each may use the ones before it. */
static void hoisted_types(struct transform *t, struct node *item, struct node_list *out)
{
	VEC(struct tag *) tags = { 0 };
	VEC(struct symbol *) typedefs = { 0 };
	unsigned tag = 0, type = 0;

	for (unsigned i = 0; i < t->core->function_count; i++) {
		struct core_function *f = t->core->functions[i];
		if (item_of(f->function) != item)
			continue;
		for (unsigned k = 0; k < f->hoisted_tag_count; k++)
			vec_push(t->arena, &tags, f->hoisted_tags[k]);
		for (unsigned k = 0; k < f->hoisted_typedef_count; k++)
			vec_push(t->arena, &typedefs, f->hoisted_typedefs[k]);
	}
	/* Those of one function are in order; by insertion, stable. */
	for (unsigned i = 1; i < tags.len; i++)
		for (unsigned k = i; k > 0 && tags.data[k]->loc < tags.data[k - 1]->loc && tag_owner(t, tags.data[k]) != tag_owner(t, tags.data[k - 1]); k--) {
			struct tag *swap = tags.data[k];
			tags.data[k] = tags.data[k - 1];
			tags.data[k - 1] = swap;
		}
	for (unsigned i = 1; i < typedefs.len; i++)
		for (unsigned k = i; k > 0 && typedefs.data[k]->loc < typedefs.data[k - 1]->loc; k--) {
			struct symbol *swap = typedefs.data[k];
			typedefs.data[k] = typedefs.data[k - 1];
			typedefs.data[k - 1] = swap;
		}
	while (tag < tags.len || type < typedefs.len) {
		struct tag *next = tag < tags.len ? tags.data[tag] : NULL;
		struct symbol *s = type < typedefs.len ? typedefs.data[type] : NULL;
		/* `typedef struct { ... } name;`: the tag comes first, whichever place is noted for it. */
		bool names_it = next && s && type_names_tag(s->type, next);
		if (s && !names_it && (!next || s->loc < next->loc)) {
			hoisted_typedef(t, s, out);
			type++;
			continue;
		}
		if (next->node)
			node_list_push(t->arena, out, next->node);
		tag++;
	}
	for (unsigned i = 0; i < t->core->function_count; i++) {
		struct core_function *f = t->core->functions[i];
		for (unsigned k = 0; k < f->hoisted_objects.len && item_of(f->function) == item; k++)
			node_list_push(t->arena, out, f->hoisted_objects.data[k]);
	}
}

struct func_names {
	const char *emit_name;
	struct symbol *found;
};

/* Gives __func__ and its kin the name of one array of the file. */
static bool find_func_names(struct node **slot, void *ctx)
{
	struct node *n = *slot;

	if (n->kind == N_IDENT && n->ann && ((struct symbol *)n->ann)->is_func_name) {
		struct func_names *names = ctx;
		names->found = n->ann;
		names->found->emit_name = names->emit_name;
	}
	if (n->kind == N_CORE_AWAIT) {
		struct core_await *w = n->u.CORE_AWAIT.await;
		for (unsigned i = 0; i < w->arg_count; i++)
			find_func_names(&w->args[i], ctx);
		if (w->future)
			find_func_names(&w->future, ctx);
	}
	return each_child(n, find_func_names, ctx);
}

void func_name_print(struct transform *t, struct core_function *f, const char *name, struct buf *out)
{
	struct func_names names = { .emit_name = arena_printf(t->arena, "%s__func", name) };
	struct node *body = f->body;

	find_func_names(&body, &names);
	if (!names.found)
		return;
	buf_printf(out, "static const char %s[] = ", names.emit_name);
	print_string(out, names.found->text ? names.found->text : name);
	buf_puts(out, ";\n");
}

/* All that the function is, in the place of the item `loc` belongs to. */
static void function_emit(struct transform *t, struct lowering *l, struct node_list *out)
{
	struct buf text = { 0 };
	loc_t loc = l->item->loc;

	if (l->core->function->kind == FN_FUNCTION &&
	    (l->constructor_used || is_inline_definition(l->core->function) || (l->emits_constructor && l->core->function->symbol->attrs.len)))
		prototypes_print(t, l->core->function->symbol, &text); /* the body may call it */
	frame_print(t, l, &text);
	item_text(t, out, 0, &text);
	node_list_push(t->arena, out, poll_prototype(t, l));
	tables_print(t, l, &text);
	func_name_print(t, l->core, l->name, &text);
	item_text(t, out, 0, &text);
	struct node *poll = poll_build(t, l);
	lowered_verify(t, l, poll);
	node_list_push(t->arena, out, poll);
	constructor_print(t, l, &text);
	contract_defined_print(t, l, &text);
	block_print(t, l, &text);
	block_on_print(t, l, &text);
	main_print(t, l, &text);
	item_text(t, out, loc, &text);
}

static void ordinary_function(struct transform *t, struct core_function *f, struct lowered_item *item)
{
	struct rewriter r = { .t = t, .f = f };
	struct node *def = node_copy(t->arena, map_get(&t->core->declared, item->item)), *body = node_copy(t->arena, f->body);

	body->u.COMPOUND.items = (struct node_list){ 0 };
	rewrite_items(&r, &f->body->u.COMPOUND.items, &body->u.COMPOUND.items);
	def->u.FUNCTION_DEF.body = body;
	node_list_push(t->arena, &item->body, def);
}

/* What the blocks of an item are called by; their definitions may stand behind what calls them. */
static void block_prototypes(struct transform *t, struct node *item, struct node_list *out)
{
	struct buf text = { 0 };

	for (unsigned i = 0; i < t->core->function_count; i++) {
		struct core_function *f = t->core->functions[i];
		if (f->function->kind == FN_FUNCTION || item_of(f->function) != item)
			continue;
		if (f->function->is_async)
			prototypes_print(t, f->function->symbol, &text);
		else
			thread_prototypes_print(t, f, &text);
	}
	item_text(t, out, item->loc, &text);
}

static bool is_thread_of(const struct core_function *f, const struct node *item)
{
	return f->function->kind == FN_THREAD && item_of(f->function) == item;
}

static bool has_threads(struct transform *t, const struct node *item)
{
	for (unsigned i = 0; i < t->core->function_count; i++)
		if (is_thread_of(t->core->functions[i], item))
			return true;
	return false;
}

static void function_item(struct transform *t, struct core_function *f, struct lowered_item *item)
{
	struct lowering *own = f->function->is_async ? lowering_of(t, f->function->symbol) : NULL;
	struct buf text = { 0 };

	hoisted_types(t, item->item, own ? &item->body : &item->before);
	if (own && (own->home != own->item || own->spawn_used || has_threads(t, own->item))) { /* what runs on threads may call it */
		prototypes_print(t, own->core->function->symbol, &text);
		item_text(t, &item->body, own->item->loc, &text);
	}
	block_prototypes(t, item->item, &item->body);
	if (!own)
		ordinary_function(t, f, item); /* first: its blocks may call it */
	for (unsigned i = 0; i < t->core->function_count; i++)
		if (is_thread_of(t->core->functions[i], item->item))
			thread_emit(t, t->core->functions[i], &item->body);
	for (unsigned i = 0; i < t->count; i++)
		if (t->list[i]->home == item->item)
			function_emit(t, t->list[i], &item->body);
}

static void declaration_item(struct transform *t, struct lowered_item *item)
{
	struct node_list *declarators = &item->item->u.DECLARATION.declarators;
	struct buf text = { 0 };
	bool prototypes = declarators->len > 0;

	for (unsigned i = 0; i < declarators->len; i++)
		prototypes &= is_async_function(declarators->data[i]->ann) && !(((struct symbol *)declarators->data[i]->ann)->storage & SC_TYPEDEF);
	if (!prototypes) {
		node_list_push(t->arena, &item->body, map_get(&t->core->declared, item->item));
		return;
	}
	for (unsigned i = 0; i < declarators->len; i++) {
		prototypes_print(t, declarators->data[i]->ann, &text);
		contract_needed_print(t, declarators->data[i]->ann, &text);
	}
	item_text(t, &item->body, item->item->loc, &text);
}

static void results_in_function(struct result_walk *w, struct core_function *f)
{
	struct node *body = f->body;

	results_in_type(w, f->function->return_type);
	results_in_node(&body, w);
	for (unsigned i = 0; i < f->local_count; i++)
		results_in_type(w, f->locals[i]->type);
}

static void item_build(struct transform *t, struct node *n)
{
	struct lowered_item *item = ARENA_NEW(t->arena, struct lowered_item);
	struct core_function *f = n->kind == N_FUNCTION_DEF ? core_of(t, n) : NULL;
	struct core_unit *core = t->core;
	struct buf results = { 0 };
	struct result_walk walk = { .t = t, .out = &results };

	item->item = n;
	map_put(&t->out->by_item, n, item);
	results_in_node(&n, &walk);
	for (unsigned k = 0; k < core->function_count; k++)
		if (item_of(core->functions[k]->function) == n)
			results_in_function(&walk, core->functions[k]);
	item_text(t, &item->before, 0, &results);
	if (f)
		function_item(t, f, item);
	else if (n->kind == N_DECLARATION)
		declaration_item(t, item);
	else
		node_list_push(t->arena, &item->body, map_get(&core->declared, n));
}

static void file_names_collect(struct transform *t)
{
	map_init(&t->file_names, t->arena);
	for (unsigned i = 0; i < t->unit->symbol_count; i++)
		if (t->unit->symbols[i]->name)
			map_put(&t->file_names, t->unit->symbols[i]->name, t->unit->symbols[i]);
}

struct lowered_unit *transform(struct arena *arena, struct core_unit *core)
{
	struct transform t = { .arena = arena, .core = core, .unit = core->unit };
	struct node_list *items = &core->unit->tree->u.TRANSLATION_UNIT.items;

	t.out = ARENA_NEW(arena, struct lowered_unit);
	t.out->core = core;
	map_init(&t.out->by_item, arena);
	map_init(&t.by_symbol, arena);
	map_init(&t.outside, arena);
	map_init(&t.done_results, arena);
	map_init(&t.walked_types, arena);
	file_names_collect(&t);
	t.list = ARENA_ARRAY(arena, struct lowering *, core->function_count);
	for (unsigned i = 0; i < core->function_count; i++) {
		struct core_function *f = core->functions[i];
		if (!f->function->is_async)
			continue;
		struct lowering *l = ARENA_NEW(arena, struct lowering);
		l->core = f;
		l->item = f->function->def ? f->function->def : f->function->item;
		t.list[t.count++] = l;
		map_put(&t.by_symbol, f->function->symbol, l);
		names_choose(&t, l);
	}
	uses_find(&t);
	homes_choose(&t);
	struct node *last = NULL;
	for (unsigned i = 0; i < items->len; i++) {
		if (!(items->data[i]->flags & NF_USES_DIALECT))
			continue;
		last = items->data[i];
		item_build(&t, last);
	}
	struct buf contracts = { 0 };
	contracts_left_print(&t, &contracts);
	if (last)
		item_text(&t, &((struct lowered_item *)map_get(&t.out->by_item, last))->body, last->loc, &contracts);
	return t.out;
}
