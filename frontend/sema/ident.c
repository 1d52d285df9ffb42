/* Identifiers in expressions: what a name means, `__func__` and its kin, and what to say when it means nothing. */
#include "frontend/base/library_names.h"
#include "frontend/sema/internal.h"

#include <string.h>

/* -- did you mean ... ---------------------------------------------------------------------------------------------- */
/* Damerau-Levenshtein distance of short names, or a value above `limit`. */
static unsigned edit_distance(const char *a, size_t n, const char *b, size_t m, unsigned limit)
{
	enum { MAX = 64 };
	unsigned rows[3][MAX + 1], *before = rows[0], *above = rows[1], *row = rows[2], *swap;

	if (n > MAX || m > MAX || (n > m ? n - m : m - n) > limit)
		return limit + 1;
	for (size_t j = 0; j <= m; j++)
		above[j] = (unsigned)j;
	for (size_t i = 1; i <= n; i++) {
		row[0] = (unsigned)i;
		for (size_t j = 1; j <= m; j++) {
			unsigned cost = above[j - 1] + (a[i - 1] != b[j - 1]);

			if (above[j] + 1 < cost)
				cost = above[j] + 1;
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1;
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && before[j - 2] + 1 < cost)
				cost = before[j - 2] + 1;
			row[j] = cost;
		}
		swap = before;
		before = above;
		above = row;
		row = swap;
	}
	return above[m];
}

struct best {
	const char *wanted, *name;
	size_t len;
	unsigned distance;
};

static void best_init(struct best *b, const char *wanted)
{
	b->wanted = wanted;
	b->len = strlen(wanted);
	b->name = NULL;
	/* As gcc: a third of the name may differ, at least one character. */
	b->distance = (unsigned)(b->len < 3 ? 1 : (b->len + 2) / 3) + 1;
	if (b->len < 2)
		b->distance = 0;
}

static void best_offer(struct best *b, const char *name)
{
	size_t len = strlen(name);
	unsigned d;

	if (!b->distance || name == b->wanted)
		return;
	if (name[0] == '_' && b->wanted[0] != '_')
		return; /* names of the implementation */
	d = edit_distance(b->wanted, b->len, name, len, b->distance);
	/* Ties go to the name that comes first in the alphabet: hash order must not show. */
	if (d < b->distance || (b->name && d == b->distance && strcmp(name, b->name) < 0)) {
		b->distance = d;
		b->name = name;
	}
}

bool name_is_near(const char *name, const char *meant)
{
	struct best b;

	best_init(&b, name);
	best_offer(&b, meant);
	return b.name;
}

const char *suggest_name(struct sema *s, const char *name)
{
	const char *prefixed = arena_printf(s->arena, "async_%s", name);
	struct best b;

	if (is_library_name(prefixed) || scope_find(s, prefixed))
		return prefixed;
	best_init(&b, name);
	for (struct scope *scope = s->scope; scope; scope = scope->outer)
		for (unsigned i = 0; i < scope->names.cap; i++) {
			struct symbol *sym = scope->names.slots[i].value;

			if (scope->names.slots[i].key && sym && sym->kind != SYM_TYPEDEF)
				best_offer(&b, scope->names.slots[i].key);
		}
#define DIALECT_OP(op, text, on)                                                                                       \
	if (on == TY_VOID)                                                                                             \
		best_offer(&b, text);
#include "frontend/sema/dialect_op.def"
#undef DIALECT_OP
	return b.name;
}

static void suggest_in(struct best *b, const struct tag *tag)
{
	for (unsigned i = 0; i < tag->member_count; i++) {
		const struct member *m = &tag->members[i];

		if (m->name) {
			best_offer(b, m->name);
		} else if (type_kind(m->type) == TY_STRUCT || type_kind(m->type) == TY_UNION) {
			const struct type *t = m->type;

			while (t->kind == TY_TYPEDEF)
				t = t->base;
			suggest_in(b, t->u.tag);
		}
	}
}

const char *suggest_member(struct sema *s, const struct tag *tag, const char *name)
{
	struct best b;

	(void)s;
	best_init(&b, name);
	suggest_in(&b, tag);
	return b.name;
}

static void undeclared_identifier(struct sema *s, struct node *n)
{
	const char *name = n->u.IDENT.name, *near, *header;

	n->type = type_basic(TY_ERROR);
	if (!s->strict)
		return;
	if (s->function) {
		if (!s->undeclared) {
			s->undeclared = ARENA_NEW(s->arena, struct map);
			map_init(s->undeclared, s->arena);
		}
		if (map_get(s->undeclared, name))
			return;
	}
	header = library_header(name);
	near = header ? NULL : suggest_name(s, name);
	if (near)
		c_error(s, n->loc, "'%s' undeclared %s; did you mean '%s'?", name,
			s->function ? "(first use in this function)" : "here (not in a function)", near);
	else
		c_error(s, n->loc, "'%s' undeclared %s", name,
			s->function ? "(first use in this function)" : "here (not in a function)");
	if (near)
		diag_fixit_replace(s->diag, n->begin, n->end, near);
	if (header)
		diag_note(s->diag, n->loc, "<%s> declares it", header);
	if (s->function)
		map_put(s->undeclared, name, n);
}

/* -- __func__ -------------------------------------------------------------------------------------------- */
static struct scope *function_scope(struct sema *s)
{
	struct scope *scope = s->scope;

	while (scope->outer && scope->outer->info && scope->outer->function == s->function)
		scope = scope->outer;
	return scope;
}

static struct symbol *function_name(struct sema *s, const char *name)
{
	bool pretty = !strcmp(name, "__PRETTY_FUNCTION__");
	struct function *f;
	struct symbol *sym;
	const char *text;

	if (strcmp(name, "__func__") && strcmp(name, "__FUNCTION__") && !pretty)
		return NULL;
	for (f = s->function; f && f->kind != FN_FUNCTION; f = f->outer)
		;
	text = f ? f->symbol->name : pretty ? "top level" : ""; /* of a block: the function that it lies in */
	sym = symbol_new(s, SYM_VARIABLE, name,
			 type_array(s->arena, type_qualified(s->arena, type_basic(TY_CHAR), Q_CONST), strlen(text) + 1),
			 0);
	sym->is_func_name = true;
	sym->implicit = true;
	sym->static_duration = true;
	sym->storage = SC_STATIC;
	sym->function = s->function;
	sym->text = text;
	/* Not through scope_add: it is no local that the user declared. */
	map_put(&(s->function ? function_scope(s) : s->file_scope)->names, name, sym);
	return sym;
}

bool is_builtin_prefix(const char *name)
{
	return !strncmp(name, "__builtin_", 10) || !strncmp(name, "__sync_", 7) || !strncmp(name, "__atomic_", 9) ||
	       !strncmp(name, "__c11_atomic_", 13);
}

void check_ident(struct sema *s, struct node *n)
{
	const char *name = n->u.IDENT.name;
	struct symbol *sym = scope_find(s, name);

	bool outer_name = sym && sym->is_func_name && s->function && s->function->block && sym->function != s->function;

	if ((!sym && name[0] == '_') || outer_name)
		sym = function_name(s, name);
	if (!sym && is_builtin_prefix(name))
		sym = builtin_find(s, name);
	if (!sym) {
		if (is_builtin_prefix(name))
			n->type = type_basic(TY_ERROR);
		else
			undeclared_identifier(s, n);
		return;
	}
	if ((sym->kind == SYM_VARIABLE || sym->kind == SYM_PARAMETER) && sym->function && sym->function != s->function &&
	    !sym->static_duration)
		sym = captured_symbol(s, sym, n->loc);
	n->ann = sym;
	n->type = sym->type;
	if (!s->function || s->function->symbol != sym)
		sym->named = true;
	switch (sym->kind) {
	case SYM_VARIABLE:
	case SYM_PARAMETER:
		n->flags |= NF_LVALUE;
		if (type_kind(n->type) == TY_AUTO) /* in its own initialiser */
			n->type = type_basic(TY_ERROR);
		/* A nested function reaches the variables of the function around it by address. */
		if (sym->function && sym->function != s->function && !sym->static_duration)
			sym->address_taken = true;
		break;
	case SYM_TYPEDEF:
		c_error(s, n->loc, "expected expression before '%s'", name);
		n->type = type_basic(TY_ERROR);
		break;
	case SYM_ENUMERATOR:
	case SYM_FUNCTION:
	case SYM_BUILTIN:
		break;
	}
}
