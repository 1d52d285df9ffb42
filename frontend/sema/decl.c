/* Declarations and function definitions: symbols with their linkage, storage and types (C17 6.2.2, 6.7, 6.9). */
#include <string.h>

#include "frontend/sema/internal.h"

struct symbol *symbol_new(struct sema *s, enum symbol_kind kind, const char *name, struct type *type, loc_t loc)
{
	struct symbol *sym = ARENA_NEW(s->arena, struct symbol);
	sym->kind = kind;
	sym->name = name;
	sym->type = type;
	sym->loc = loc;
	sym->max_frame = UINT64_MAX;
	return sym;
}

static struct node_list join_attributes(struct sema *s, const struct node_list *a, const struct node_list *b)
{
	if (!a->len || !b->len)
		return a->len ? *a : *b;
	struct node_list list = {0};
	for (unsigned i = 0; i < a->len; i++)
		node_list_push(s->arena, &list, a->data[i]);
	for (unsigned i = 0; i < b->len; i++)
		node_list_push(s->arena, &list, b->data[i]);
	return list;
}

/* What the declaration `d` of `sym` adds: attributes, alignment, asm label. */
static void note_declaration(struct sema *s, struct symbol *sym, struct node *specs, struct node *d)
{
	const struct node_list *specs_attrs = &specs->u.SPECS.attrs, *own = &d->u.DECLARATOR.attrs;
	if (specs_attrs->len || own->len) {
		struct node_list attrs = join_attributes(s, specs_attrs, own);
		sym->attrs = join_attributes(s, &sym->attrs, &attrs);
		apply_symbol_attributes(s, sym, &attrs);
	}
	if (specs->u.SPECS.aligns.len) {
		uint32_t align = check_alignas(s, &specs->u.SPECS.aligns);
		if (align > sym->explicit_align)
			sym->explicit_align = align;
		if (align && align < sym->type->align)
			c_error(s, sym->loc, "'_Alignas' specifiers cannot reduce alignment of '%s'", sym->name);
	}
	if (d->u.DECLARATOR.asm_label)
		sym->asm_label = d->u.DECLARATOR.asm_label;
	if (!sym->declarator || !sym->defined)
		sym->declarator = d;
	d->ann = sym;
}

/* -- typedefs ----------------------------------------------------------------------------------------------------- */

static void name_anonymous_tag(struct symbol *sym)
{
	struct tag *tag = sym->type->kind != TY_TYPEDEF ? type_tag(sym->type) : NULL;
	if (tag && !tag->name && !tag->named_by && tag->kind <= TAG_ENUM && !sym->type->quals)
		tag->named_by = sym;
}

/* The first of file scope that is declared with a tag without a name. */
static void note_object(struct symbol *sym)
{
	struct tag *tag = type_nameless_tag(sym->type);
	if (tag && !tag->local && !tag->object)
		tag->object = sym;
}

static void declare_typedef(struct sema *s, struct node *specs, struct type *type, struct node *d, const char *name, loc_t loc)
{
	struct node_list attrs = join_attributes(s, &specs->u.SPECS.attrs, &d->u.DECLARATOR.attrs);
	uint32_t align = attribute_alignment(s, &attrs);
	struct symbol *known = scope_find_here(s, name);
	if (known && known->kind == SYM_TYPEDEF && type_compatible(known->type, type)) {
		/* C11: the same again; GCC keeps the largest alignment. */
		if (align > known->type->align) {
			known->type = type_aligned(s->arena, known->type, align);
			if (known->sugar)
				known->sugar->align = align;
		}
		d->ann = known;
		d->type = known->type;
		return;
	}
	struct symbol *sym = symbol_new(s, SYM_TYPEDEF, name, type, loc);
	sym->storage = SC_TYPEDEF;
	name_anonymous_tag(sym);
	if (s->scope == s->file_scope)
		note_object(sym);
	if (align)
		sym->type = type_aligned(s->arena, type, align);
	const struct node *transparent = attribute_find(&attrs, "transparent_union");
	if (transparent && type_tag(type))
		type_tag(type)->transparent_union = true;
	sym->attrs = attrs;
	sym->declarator = d;
	d->ann = sym;
	d->type = sym->type;
	scope_add(s, sym);
}

/* -- objects and functions with linkage --------------------------------------------------------------------------- */

/* The symbol that a declaration with linkage means: one for all declarations of the name. NULL: the first. */
static struct symbol *find_linked(struct sema *s, const char *name)
{
	struct symbol *sym = map_get(&s->file_scope->names, name);
	if (!sym)
		sym = map_get(&s->externs, name);
	return sym;
}

static bool same_entity(const struct symbol *sym, enum symbol_kind kind)
{
	return sym && (sym->kind == kind || (sym->kind == SYM_BUILTIN && kind == SYM_FUNCTION)) && sym->linkage != LINK_NONE;
}

static void merge_type(struct sema *s, struct symbol *sym, struct type *type, loc_t loc)
{
	if (type_is_function(sym->type) && type_is_function(type) && type_core(sym->type)->u.function.is_async != type_core(type)->u.function.is_async) {
		diag_error(s->diag, loc, "'%s' is declared both as an async and as an ordinary function", sym->name);
		diag_note(s->diag, sym->loc, "the other declaration");
		return;
	}
	if (type_compatible_unqualified(sym->type, type)) {
		sym->type = type_composite(s->arena, sym->type, type);
		return;
	}
	c_error(s, loc, "conflicting types for '%s'; have '%s'", sym->name, type_text(s->arena, type));
	if (s->strict)
		diag_note(s->diag, sym->loc, "previous declaration with type '%s'", type_text(s->arena, sym->type));
	if (sym->implicit || !sym->defined)
		sym->type = type;
}

static enum linkage linkage_of(int storage, bool file_scope, const struct symbol *known)
{
	if (known && (known->linkage == LINK_INTERNAL))
		return LINK_INTERNAL;
	if (file_scope && (storage & (SC_STATIC | SC_CONSTEXPR)))
		return LINK_INTERNAL;
	return LINK_EXTERNAL;
}

/* Declares an object or function with linkage, at file scope or `extern` in a block. */
static struct symbol *declare_linked(struct sema *s, enum symbol_kind kind, struct node *specs, struct type *type, struct node *d, const char *name, loc_t loc)
{
	bool file_scope = s->scope == s->file_scope;
	int storage = specs->u.SPECS.storage;
	struct symbol *known = find_linked(s, name), *sym = known;
	if (!same_entity(known, kind)) {
		sym = symbol_new(s, kind, name, type, loc);
		known = NULL;
	} else {
		merge_type(s, sym, type, loc);
		sym->kind = kind;
		if (sym->implicit) {
			sym->implicit = false;
			sym->loc = loc;
		}
	}
	sym->linkage = linkage_of(storage, file_scope, known);
	sym->storage |= storage;
	sym->static_duration = kind == SYM_VARIABLE;
	note_declaration(s, sym, specs, d);
	if (!file_scope) {
		check_redeclared(s, sym);
		map_put(&s->scope->names, name, sym);
		if (!known)
			map_put(&s->externs, name, sym);
	} else if (map_get(&s->file_scope->names, name) != sym) {
		scope_add(s, sym);
	}
	if (file_scope)
		note_object(sym);
	return sym;
}

static struct symbol *declare_local(struct sema *s, enum symbol_kind kind, struct node *specs, struct type *type, struct node *d, const char *name, loc_t loc)
{
	struct symbol *sym = symbol_new(s, kind, name, type, loc);
	sym->storage = specs->u.SPECS.storage;
	sym->static_duration = kind == SYM_VARIABLE && (sym->storage & SC_STATIC);
	note_declaration(s, sym, specs, d);
	scope_add(s, sym);
	return sym;
}

/* -- initialisers and deduced types ------------------------------------------------------------------------------- */

/* `__auto_type x = e;`: the type of e, with the qualifiers written next to auto. */
static struct type *deduce_type(struct sema *s, struct type *type, struct node *init, loc_t loc)
{
	if (!init || node_family(init->kind) != FAM_EXPR) {
		c_error(s, loc, "the type of this declaration comes from an initialiser");
		return type_basic(TY_ERROR);
	}
	struct type *t = check_rvalue(s, init, NULL);
	if (type_kind(type) != TY_AUTO)
		return type_basic(TY_ERROR); /* `__auto_type *p` is clang's alone */
	if (type_kind(t) == TY_VOID) {
		c_error(s, loc, "variable declared void");
		return type_basic(TY_ERROR);
	}
	return type_qualified(s->arena, t, type_quals(type));
}

static bool has_auto(const struct type *t)
{
	while (t->kind == TY_POINTER || t->kind == TY_ARRAY || t->kind == TY_TYPEDEF)
		t = t->base;
	return t->kind == TY_AUTO;
}

static void check_object_initializer(struct sema *s, struct symbol *sym, struct node *d)
{
	const char *reason = s->no_await_reason;
	if (sym->static_duration) {
		s->no_await++;
		s->no_await_reason = "in the initialiser of a static object";
	}
	struct type *t = check_initializer(s, d->u.DECLARATOR.init, sym->type, sym->static_duration);
	if (sym->static_duration) {
		s->no_await--;
		s->no_await_reason = reason;
	}
	sym->type = t;
	d->type = t;
	sym->defined = true;
	sym->declarator = d;
}

static void declare_object(struct sema *s, struct node *specs, struct type *type, struct node *d, const char *name, loc_t loc)
{
	int storage = specs->u.SPECS.storage;
	bool linked = s->scope == s->file_scope || (storage & SC_EXTERN);
	bool deduced = has_auto(type);
	if (deduced) {
		/* The name is not in scope in its own initialiser. */
		type = deduce_type(s, type, d->u.DECLARATOR.init, loc);
		d->type = type;
	}
	struct symbol *sym = linked ? declare_linked(s, SYM_VARIABLE, specs, type, d, name, loc) : declare_local(s, SYM_VARIABLE, specs, type, d, name, loc);
	if (type_kind(type) >= TY_FUTURE && type_kind(type) <= TY_CLOSURE)
		use_dialect(s);
	if (deduced)
		sym->defined = true;
	else if (d->u.DECLARATOR.init)
		check_object_initializer(s, sym, d);
	else if (!linked && sym->type->kind != TY_ERROR && !type_is_complete(sym->type))
		c_error(s, loc, "storage size of '%s' isn't known", name);
	d->type = sym->type;
}

/* -- functions ---------------------------------------------------------------------------------------------------- */

static struct type *with_function_specs(struct sema *s, struct type *type, const struct node *specs)
{
	if (!(specs->u.SPECS.func & FS_NORETURN) || type->kind != TY_FUNCTION || type->u.function.noreturn)
		return type;
	type = type_copy(s->arena, type);
	type->u.function.noreturn = true;
	return type;
}

static struct symbol *declare_function(struct sema *s, struct node *specs, struct type *type, struct node *d, const char *name, loc_t loc)
{
	int storage = specs->u.SPECS.storage;
	type = with_function_specs(s, type, specs);
	/* GNU: `auto int f(int);` announces a nested function. */
	bool nested = s->scope != s->file_scope && (storage & SC_AUTO);
	struct symbol *sym = nested ? declare_local(s, SYM_FUNCTION, specs, type, d, name, loc) : declare_linked(s, SYM_FUNCTION, specs, type, d, name, loc);
	if (type_core(sym->type)->kind == TY_FUNCTION && type_core(sym->type)->u.function.is_async)
		check_async_declaration(s, sym, d, specs);
	return sym;
}

static void declare(struct sema *s, struct node *specs, struct type *base, struct node *d)
{
	const char *name;
	loc_t loc;
	struct type *type = check_declarator(s, specs, base, d, &name, &loc);
	if (!name)
		return;
	if (specs->u.SPECS.storage & SC_TYPEDEF && d->u.DECLARATOR.init)
		c_error(s, loc, "typedef '%s' is initialized (use '__typeof__' instead)", name);
	if (specs->u.SPECS.storage & SC_TYPEDEF)
		declare_typedef(s, specs, type, d, name, loc);
	else if (type_is_function(type))
		declare_function(s, specs, type, d, name, loc);
	else
		declare_object(s, specs, type, d, name, loc);
}

void check_declaration(struct sema *s, struct node *n)
{
	struct node *specs = n->u.DECLARATION.specs;
	struct node_list *list = &n->u.DECLARATION.declarators;
	if (!list->len && specs && specs->u.SPECS.type && specs->u.SPECS.type->kind == N_TAG && !specs->type) {
		/* `struct s;` declares the tag in this scope, whatever it means outside. */
		struct node *tag = specs->u.SPECS.type;
		bool alone = !specs->u.SPECS.storage && !specs->u.SPECS.quals && !tag->u.TAG.has_body;
		specs->type = check_tag(s, tag, alone);
		check_alignas(s, &specs->u.SPECS.aligns);
		return;
	}
	struct type *base = check_specs(s, specs);
	if (list->len > 1 && (specs->u.SPECS.func & FS_ASYNC)) {
		use_dialect(s);
		diag_error(s->diag, list->data[1]->begin, "an 'async fn' declaration declares one name");
	}
	unsigned before = s->suspensions;
	for (unsigned i = 0; i < list->len; i++) {
		unsigned suspensions = s->suspensions;
		declare(s, specs, base, list->data[i]);
		if (s->suspensions != suspensions)
			list->data[i]->flags |= NF_HAS_AWAIT;
	}
	if (s->suspensions != before)
		n->flags |= NF_HAS_AWAIT;
}

void check_static_assert(struct sema *s, struct node *n)
{
	struct int_value v;
	const char *reason = s->no_await_reason;
	s->no_await++;
	s->no_await_reason = "in a static assertion";
	check_expr(s, n->u.STATIC_ASSERT.cond, NULL);
	s->no_await_reason = reason;
	s->no_await--;
	if (n->u.STATIC_ASSERT.message)
		check_expr(s, n->u.STATIC_ASSERT.message, NULL);
	if (eval_integer(s, n->u.STATIC_ASSERT.cond, &v) && !v.lo && !v.hi)
		c_error(s, n->loc, "static assertion failed");
}

/* -- definitions -------------------------------------------------------------------------------------------------- */

/* The D_FUNCTION next to the name. */
static struct node *function_shape(struct node *shape)
{
	struct node *part = shape_innermost(shape);
	return part && part->kind == N_D_FUNCTION ? part : NULL;
}

static void set_kr_param(struct node *param, struct symbol *sym)
{
	param->ann = sym;
	param->type = sym->type;
	sym->declarator = param;
	if (param->u.PARAM.declarator)
		param->u.PARAM.declarator->type = sym->type;
}

static struct node *find_kr_param(struct node *shape, const char *name)
{
	for (unsigned i = 0; i < shape->u.D_FUNCTION.params.len; i++) {
		struct node *p = shape->u.D_FUNCTION.params.data[i], *d = p->u.PARAM.declarator;
		while (d && d->kind == N_DECLARATOR)
			d = d->u.DECLARATOR.shape;
		if (d && d->kind == N_D_NAME && d->u.D_NAME.name == name)
			return p;
	}
	return NULL;
}

static const char *kr_param_name(const struct node *param)
{
	const struct node *d = param->u.PARAM.declarator;
	while (d && d->kind == N_DECLARATOR)
		d = d->u.DECLARATOR.shape;
	return d && d->kind == N_D_NAME ? d->u.D_NAME.name : NULL;
}

/* Old-style parameters: their types come from the declarations behind the list; int without one. */
static void check_kr_params(struct sema *s, struct node *def, struct node *shape)
{
	for (unsigned i = 0; i < def->u.FUNCTION_DEF.kr_decls.len; i++) {
		struct node *decl = def->u.FUNCTION_DEF.kr_decls.data[i];
		if (decl->kind != N_DECLARATION)
			continue;
		struct node *specs = decl->u.DECLARATION.specs;
		check_specs(s, specs);
		for (unsigned k = 0; k < decl->u.DECLARATION.declarators.len; k++) {
			struct node *d = decl->u.DECLARATION.declarators.data[k], holder = {.kind = N_PARAM, .loc = d->loc};
			check_parameter(s, &holder, specs, d);
			struct symbol *sym = holder.ann;
			d->ann = sym;
			struct node *param = sym->name ? find_kr_param(shape, sym->name) : NULL;
			if (!param) {
				c_error(s, d->loc, "declaration for parameter '%s' but no such parameter", sym->name ? sym->name : "");
				continue;
			}
			set_kr_param(param, sym);
			/* Later ones may be declared in its terms. */
			map_put(&s->scope->names, sym->name, sym);
		}
	}
	for (unsigned i = 0; i < shape->u.D_FUNCTION.params.len; i++) {
		struct node *param = shape->u.D_FUNCTION.params.data[i];
		if (param->ann)
			continue;
		set_kr_param(param, symbol_new(s, SYM_PARAMETER, kr_param_name(param), type_basic(TY_INT), param->loc));
	}
}

static void add_params(struct sema *s, struct function *f, struct node *shape)
{
	struct node_list *list = &shape->u.D_FUNCTION.params;
	f->params = ARENA_ARRAY(s->arena, struct symbol *, list->len);
	for (unsigned i = 0; i < list->len; i++) {
		struct symbol *sym = list->data[i]->ann;
		if (!sym)
			continue; /* (void) */
		f->params[f->param_count++] = sym;
		scope_add(s, sym);
	}
}

static void inherit_tags(struct sema *s, struct scope *params)
{
	if (!params)
		return;
	for (unsigned i = 0; i < params->tags.cap; i++)
		if (params->tags.slots[i].key)
			map_put(&s->scope->tags, params->tags.slots[i].key, params->tags.slots[i].value);
	for (unsigned i = 0; i < params->names.cap; i++) {
		struct symbol *sym = params->names.slots[i].value;
		if (params->names.slots[i].key && sym->kind == SYM_ENUMERATOR)
			map_put(&s->scope->names, sym->name, sym);
	}
}

static struct type *kr_function_type(struct sema *s, struct type *type, const struct function *f)
{
	struct type *t = type_copy(s->arena, type_strip(s->arena, type));
	t->u.function.params = ARENA_ARRAY(s->arena, struct param, f->param_count);
	t->u.function.param_count = f->param_count;
	for (unsigned i = 0; i < f->param_count; i++)
		t->u.function.params[i] = (struct param){f->params[i]->name, f->params[i]->type, f->params[i]->loc};
	return t;
}

static struct symbol *define_symbol(struct sema *s, struct node *specs, struct type *type, struct node *d, const char *name, loc_t loc)
{
	bool nested = s->scope != s->file_scope;
	struct symbol *sym = nested ? scope_find_here(s, name) : NULL;
	if (!nested)
		sym = declare_function(s, specs, type, d, name, loc);
	else if (sym && sym->kind == SYM_FUNCTION && sym->linkage == LINK_NONE)
		note_declaration(s, sym, specs, d); /* announced by `auto` */
	else
		sym = declare_local(s, SYM_FUNCTION, specs, with_function_specs(s, type, specs), d, name, loc);
	/* Ordinary functions are the C compiler's (and `extern inline` ones may be defined again). */
	if (sym->body && sym->body->is_async && !nested && type->u.function.is_async) {
		diag_error(s->diag, loc, "redefinition of '%s'", name);
		diag_note(s->diag, sym->body->def->u.FUNCTION_DEF.declarator->loc, "previous definition of '%s' with type '%s'", name, type_text(s->arena, sym->type));
	}
	if (nested && type->kind == TY_FUNCTION && type->u.function.is_async)
		check_async_declaration(s, sym, d, specs);
	sym->defined = true;
	sym->declarator = d;
	sym->loc = loc;
	return sym;
}

static struct function *function_new(struct sema *s, struct node *def, struct symbol *sym, struct type *type)
{
	struct function *f = ARENA_NEW(s->arena, struct function);
	f->symbol = sym;
	f->def = def;
	f->body = def->u.FUNCTION_DEF.body;
	f->item = s->item;
	f->return_type = type->base;
	f->is_async = type->u.function.is_async;
	f->is_main = f->is_async && !strcmp(sym->name, "main");
	f->is_nested = s->function != NULL;
	f->outer = s->function;
	sym->body = f;
	def->ann = f;
	struct unit *u = s->unit;
	array_push(s->arena, u->functions, u->function_count, u->function_cap, f);
	return f;
}

void check_function_def(struct sema *s, struct node *def)
{
	struct node *specs = def->u.FUNCTION_DEF.specs, *d = def->u.FUNCTION_DEF.declarator;
	const char *name;
	loc_t loc;
	struct type *type = check_declarator(s, specs, check_specs(s, specs), d, &name, &loc);
	struct scope *params = s->param_scope;
	struct node *shape = function_shape(d->u.DECLARATOR.shape);
	if (!shape || !name || type->kind != TY_FUNCTION || !def->u.FUNCTION_DEF.body) {
		if (type->kind != TY_ERROR)
			c_error(s, d->loc, "this declares no function, so it can't have a body");
		else if (name && s->scope == s->file_scope)
			declare_linked(s, SYM_FUNCTION, specs, type, d, name, loc); /* that was said; its uses are no errors of their own */
		return;
	}
	struct symbol *sym = define_symbol(s, specs, type, d, name, loc);
	if (type->u.function.is_async)
		check_async_definition(s, sym, d);

	/* What belongs to the function around a nested one is set aside. */
	struct sema outer = *s;
	struct function *f = function_new(s, def, sym, type);
	s->function = f;
	map_init(&s->labels, s->arena);
	s->targets = (struct jump_targets){0};
	s->defer = NULL;
	s->unevaluated = s->no_await = s->param_depth = 0;
	s->no_await_reason = NULL;
	scope_push(s, f->body);
	inherit_tags(s, params);
	if (type->u.function.kr)
		check_kr_params(s, def, shape);
	add_params(s, f, shape);
	if (type->u.function.kr) {
		d->type = kr_function_type(s, type, f);
		if (type_core(sym->type)->u.function.kr)
			sym->type = d->type;
	}
	check_function_body(s, f);
	scope_pop(s);

	s->function = outer.function;
	s->labels = outer.labels;
	s->targets = outer.targets;
	s->defer = outer.defer;
	s->unevaluated = outer.unevaluated;
	s->no_await = outer.no_await;
	s->no_await_reason = outer.no_await_reason;
	s->param_depth = outer.param_depth;
}
