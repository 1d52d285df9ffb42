/* Rules about declarations of async functions (dialect.md 1): attributes, `async fn main`. */
#include <string.h>

#include "frontend/sema/internal.h"

/* Attributes that say something about the C function which an async function isn't. */
static const struct {
	const char *name, *why;
} rejected[] = {
	{"noreturn", "its poll function returns at every suspension"},
	{"_Noreturn", "its poll function returns at every suspension"},
	{"const", "a call of it allocates or fills a frame"},
	{"pure", "a call of it allocates or fills a frame"},
	{"malloc", "a call of it gives a future, not the pointer"},
	{"returns_nonnull", "a call of it gives a future, not the pointer"},
	{"alloc_size", "a call of it gives a future, not the pointer"},
	{"assume_aligned", "a call of it gives a future, not the pointer"},
	{"alias", "it is several symbols: constructor, poll function and descriptor"},
	{"ifunc", "it is several symbols: constructor, poll function and descriptor"},
	{"weakref", "it is several symbols: constructor, poll function and descriptor"},
	{"constructor", "no runtime is there before main"},
	{"destructor", "no runtime is there after main"},
	{"naked", "its poll function needs a prologue"},
	{"interrupt", "it can't run as an interrupt handler"},
	{"returns_twice", "its poll function is entered by the run loop"},
	{"gnu_inline", "its poll function is called through a pointer"},
	{"always_inline", "its poll function is called through a pointer"},
};

static void check_attributes(struct sema *s, const struct symbol *sym, const struct node_list *attrs)
{
	for (unsigned i = 0; i < attrs->len; i++)
		for (unsigned k = 0; k < sizeof rejected / sizeof *rejected; k++)
			if (attribute_is(attrs->data[i], rejected[k].name)) {
				diag_error(s->diag, attrs->data[i]->loc, "attribute '%s' does not go with an async function: %s", rejected[k].name,
					   rejected[k].why);
				diag_note(s->diag, sym->loc, "'%s' is async", sym->name);
				break;
			}
}

static bool is_string_vector(const struct type *t)
{
	t = type_core(t);
	if (t->kind != TY_POINTER)
		return false;
	const struct type *text = type_core(t->base);
	return text->kind == TY_POINTER && type_kind(text->base) == TY_CHAR;
}

static void check_main(struct sema *s, const struct symbol *sym, const struct type *t)
{
	const struct param *p = t->u.function.params;
	unsigned n = t->u.function.param_count;
	bool params = n == 0 || (n <= 3 && n != 1 && type_kind(p[0].type) == TY_INT && is_string_vector(p[1].type) && (n == 2 || is_string_vector(p[2].type)));
	if (!params) {
		diag_error(s->diag, sym->loc, "'async fn main' takes (void), (int, char **) or (int, char **, char **)");
		return;
	}
	enum type_kind value = type_kind(t->base);
	bool result_void = value == TY_RESULT && type_kind(type_core(t->base)->base) == TY_VOID;
	if (value != TY_INT && value != TY_VOID && value != TY_ERROR && !result_void)
		diag_error(s->diag, sym->loc, "'async fn main' returns 'int', 'void' or 'result(void)', not '%s'", type_text(s->arena, t->base));
	else if (sym->storage & SC_STATIC)
		diag_error(s->diag, sym->loc, "'main' can't be static");
}

/* A struct that is spelt out here could not be named by a caller, nor by what is generated. */
static void check_named(struct sema *s, const struct type *t, loc_t loc, const char *what, const struct symbol *function)
{
	const struct tag *tag = type_nameless_tag(t);
	if (tag && !tag_is_printable(tag)) {
		diag_error(s->diag, loc, "the type of %s of the async function '%s' has no name", what, function->name);
		diag_note(s->diag, loc, "declare it before the function, with a name");
		return;
	}
	while (t->kind == TY_POINTER || t->kind == TY_ARRAY)
		t = t->base;
	bool is_tag = t->kind == TY_STRUCT || t->kind == TY_UNION || t->kind == TY_ENUM;
	if (is_tag && t->u.tag->local && t->u.tag->complete && !function->function) {
		diag_error(s->diag, loc, "'%s' is declared in the parameters of the async function '%s'", type_text(s->arena, t), function->name);
		diag_note(s->diag, loc, "declare it before the function");
	}
}

/* The frame of a definition holds its parameters and its value. */
void check_async_definition(struct sema *s, const struct symbol *sym, const struct node *declarator)
{
	const struct type *t = type_core(sym->type);
	const struct node *arrow = declarator->u.DECLARATOR.arrow;

	if (type_is_record(t->base) && !type_tag(t->base)->complete)
		diag_error(s->diag, arrow ? arrow->loc : sym->loc, "'%s' gives the incomplete type '%s'", sym->name, type_text(s->arena, t->base));
	for (unsigned i = 0; i < t->u.function.param_count; i++) {
		const struct param *p = &t->u.function.params[i];
		if (type_kind(p->type) == TY_VOID || (type_is_record(p->type) && !type_tag(p->type)->complete))
			diag_error(s->diag, p->loc, "parameter '%s' has incomplete type '%s'", p->name ? p->name : "", type_text(s->arena, p->type));
	}
}

void check_async_declaration(struct sema *s, struct symbol *sym, struct node *declarator, struct node *specs)
{
	use_dialect(s);
	check_attributes(s, sym, &specs->u.SPECS.attrs);
	check_attributes(s, sym, &declarator->u.DECLARATOR.attrs);
	if (specs->u.SPECS.func & FS_NORETURN)
		diag_error(s->diag, specs->loc, "an async function can't be _Noreturn: its poll function returns at every suspension");
	const struct type *t = type_core(sym->type);
	if (declarator->u.DECLARATOR.arrow)
		check_named(s, t->base, declarator->u.DECLARATOR.arrow->loc, "the value", sym);
	for (unsigned i = 0; i < t->u.function.param_count; i++)
		check_named(s, t->u.function.params[i].type, t->u.function.params[i].loc, "a parameter", sym);
	if (!strcmp(sym->name, "main") && sym->linkage != LINK_NONE)
		check_main(s, sym, t);
	else if (sym->runtime_multi || sym->runtime_workers)
		diag_error(s->diag, sym->loc, "'asyncc::runtime' goes with 'async fn main' alone");
	if (sym->linkage == LINK_NONE)
		diag_error(s->diag, sym->loc, "an async function can't be nested in a function; move '%s' to file scope", sym->name);
}
