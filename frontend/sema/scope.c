/* Scopes: names, tags and labels to what they mean. */
#include "frontend/sema/internal.h"

void scope_push(struct sema *s, struct node *block)
{
	struct scope *scope = ARENA_NEW(s->arena, struct scope);
	scope->outer = s->scope;
	scope->function = s->function;
	map_init(&scope->names, s->arena);
	map_init(&scope->tags, s->arena);
	map_init(&scope->labels, s->arena);
	if (block) {
		struct scope_info *info = ARENA_NEW(s->arena, struct scope_info);
		info->node = block;
		for (struct scope *o = s->scope; o && o->function == s->function; o = o->outer)
			if (o->info) {
				info->parent = o->info;
				info->in_stmt_expr = o->info->in_stmt_expr;
				info->in_defer = o->info->in_defer;
				break;
			}
		block->ann = info;
		scope->info = info;
	}
	s->scope = scope;
	if (!s->file_scope)
		s->file_scope = scope;
}

void scope_pop(struct sema *s)
{
	s->scope = s->scope->outer;
}

struct symbol *scope_find_here(struct sema *s, const char *name)
{
	return map_get(&s->scope->names, name);
}

struct symbol *scope_find(struct sema *s, const char *name)
{
	for (struct scope *scope = s->scope; scope; scope = scope->outer) {
		struct symbol *sym = scope->names.len ? map_get(&scope->names, name) : NULL;
		if (sym)
			return sym;
	}
	return NULL;
}

struct tag *scope_find_tag(struct sema *s, const char *name, bool here_only)
{
	for (struct scope *scope = s->scope; scope; scope = scope->outer) {
		struct tag *tag = scope->tags.len ? map_get(&scope->tags, name) : NULL;
		if (tag || here_only)
			return tag;
	}
	return NULL;
}

void scope_add_tag(struct sema *s, struct tag *tag)
{
	map_put(&s->scope->tags, tag->name, tag);
}

void scope_add_local(struct sema *s, struct function *f, struct scope_info *info, struct symbol *sym)
{
	sym->scope = info;
	sym->index = f->local_count;
	array_push(s->arena, f->locals, f->local_count, f->local_cap, sym);
	array_push(s->arena, info->symbols, info->symbol_count, info->symbol_cap, sym);
}

/* A name is declared once in a block. (What has linkage and typedefs may be declared again: decl.c. At file scope the C compiler sees all of it.) */
void check_redeclared(struct sema *s, const struct symbol *sym)
{
	const struct symbol *known = s->scope != s->file_scope ? scope_find_here(s, sym->name) : NULL;
	if (!known || known == sym || (known->kind == SYM_FUNCTION && sym->kind == SYM_FUNCTION))
		return;
	if (known->kind != sym->kind)
		c_error(s, sym->loc, "'%s' redeclared as different kind of symbol", sym->name);
	else if (sym->kind == SYM_ENUMERATOR)
		c_error(s, sym->loc, "redeclaration of enumerator '%s'", sym->name);
	else if (!type_compatible(known->type, sym->type))
		c_error(s, sym->loc, "conflicting types for '%s'; have '%s'", sym->name, type_text(s->arena, sym->type));
	else
		c_error(s, sym->loc, "redeclaration of '%s' with no linkage", sym->name);
	if (s->strict)
		diag_note(s->diag, known->loc, "previous declaration of '%s' with type '%s'", known->name, type_text(s->arena, known->type));
}

void scope_add(struct sema *s, struct symbol *sym)
{
	if (sym->name) {
		check_redeclared(s, sym);
		map_put(&s->scope->names, sym->name, sym);
	}
	if (s->scope == s->file_scope) {
		struct unit *u = s->unit;
		array_push(s->arena, u->symbols, u->symbol_count, u->symbol_cap, sym);
		return;
	}
	bool object = sym->kind == SYM_VARIABLE || sym->kind == SYM_PARAMETER;
	if (!s->function || !s->scope->info || sym->function)
		return;
	sym->function = s->function;
	if (object && !sym->static_duration)
		scope_add_local(s, s->function, s->scope->info, sym);
	else
		sym->scope = s->scope->info;
}

static struct label *label_new(struct sema *s, const char *name, loc_t loc)
{
	struct label *label = ARENA_NEW(s->arena, struct label);
	label->name = name;
	label->first_use = loc;
	return label;
}

struct label *label_find(struct sema *s, const char *name, loc_t loc)
{
	for (struct scope *scope = s->scope; scope; scope = scope->outer) {
		struct label *local = scope->labels.len ? map_get(&scope->labels, name) : NULL;
		if (local)
			return local;
		/* A block's labels are its own. */
		if (s->function->kind != FN_FUNCTION && scope->function != s->function)
			break;
	}
	struct label *label = map_get(&s->labels, name);
	if (!label) {
		label = label_new(s, name, loc);
		map_put(&s->labels, name, label);
	}
	return label;
}

struct label *label_declare_local(struct sema *s, const char *name, loc_t loc)
{
	struct label *label = label_new(s, name, loc);
	label->declared_local = true;
	map_put(&s->scope->labels, name, label);
	return label;
}
