/* Async and ordinary functions don't convert into each other, nor do async functions of different types: what is said where one stands for another. */
#include <string.h>

#include "frontend/sema/internal.h"

struct type *function_of(struct sema *s, struct type *t)
{
	t = type_strip(s->arena, t);
	if (t->kind == TY_POINTER)
		t = type_strip(s->arena, t->base);
	return t->kind == TY_FUNCTION ? t : NULL;
}

/* `async fn main`, named other than in a call. */
static bool is_entry(const struct node *e)
{
	const struct symbol *sym = e->kind == N_IDENT ? e->ann : NULL;
	const struct type *t = sym && sym->kind == SYM_FUNCTION ? type_core(sym->type) : NULL;

	return t && t->kind == TY_FUNCTION && t->u.function.is_async && !strcmp(sym->name, "main");
}

bool report_async_mix(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what)
{
	struct type *want = function_of(s, to), *have = function_of(s, value->type);
	const char *text = expr_text(s, value);
	struct node *e = node_strip(value);

	if (is_entry(e)) {
		diag_error(s->diag, loc, "'main' is the entry of the program and can't be called");
		diag_note(s->diag, ((struct symbol *)e->ann)->loc, "move what is wanted into an async function of its own");
		return true;
	}
	if (!want || !have || want->u.function.is_async == have->u.function.is_async)
		return false;
	if (e->kind == N_UNARY && e->u.UNARY.op == OP_ADDR)
		text = expr_text(s, e = node_strip(e->u.UNARY.operand));
	if (have->u.function.is_async) {
		diag_error(s->diag, loc, "'%s' is an async function; %s takes an ordinary one", text, what);
		diag_note(s->diag, expr_loc(value), "pass an ordinary function that calls 'block_on(%s(...))'", text);
	} else {
		diag_error(s->diag, loc, "'%s' is an ordinary function; %s takes an async one", text, what);
		diag_note(s->diag, expr_loc(value), "declare it 'async fn', or pass an async function that calls it");
	}
	return true;
}

/* Pointers to async functions that differ in the value they give: to the C compiler, which sees functions that make frames, they are alike. */
static bool gives_other_value(struct sema *s, struct type *to, struct type *from)
{
	struct type *want = function_of(s, to), *have = function_of(s, from);

	return want && have && want->u.function.is_async && have->u.function.is_async &&
	       !type_compatible_unqualified(want->base, have->base);
}

bool report_other_function(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what)
{
	struct type *want = function_of(s, to), *have = function_of(s, value->type);
	const char *verb = !strcmp(what, "return") ? "returns" : "takes";

	if (!want || !have || !want->u.function.is_async || !have->u.function.is_async || type_compatible(want, have))
		return false;
	if (gives_other_value(s, to, value->type))
		diag_error(s->diag, loc, "'%s' gives '%s'; %s %s an async function that gives '%s'", expr_text(s, value),
			   type_text(s->arena, have->base), place_text(s, what), verb, type_text(s->arena, want->base));
	else
		diag_error(s->diag, loc, "'%s' has type '%s'; %s %s an '%s'", expr_text(s, value), type_text(s->arena, have), place_text(s, what), verb,
			   type_text(s->arena, want));
	diag_note(s->diag, expr_loc(value), "write an async function of that type that awaits it and converts the %s",
		  gives_other_value(s, to, value->type) ? "value" : "arguments");
	return true;
}

bool report_other_values(struct sema *s, struct node *n, struct node *a, struct node *b)
{
	if (!gives_other_value(s, a->type, b->type))
		return false;
	diag_error(s->diag, n->loc, "'%s' and '%s' are async functions that give different types, '%s' and '%s'", expr_text(s, a),
		   expr_text(s, b), type_text(s->arena, function_of(s, a->type)->base),
		   type_text(s->arena, function_of(s, b->type)->base));
	return true;
}

bool report_async_conditional(struct sema *s, struct node *n, struct node *then, struct node *otherwise)
{
	struct type *a = function_of(s, then->type), *b = function_of(s, otherwise->type);
	bool first;

	if (!a || !b || a->u.function.is_async == b->u.function.is_async)
		return false;
	first = a->u.function.is_async;
	diag_error(s->diag, n->loc,
		   "'%s' is an async function and '%s' an ordinary one: '?:' can't choose between them",
		   expr_text(s, first ? then : otherwise), expr_text(s, first ? otherwise : then));
	diag_note(s->diag, expr_loc(first ? otherwise : then), "make both async, or both ordinary");
	return true;
}

bool report_async_comparison(struct sema *s, struct node *n, struct node *lhs, struct node *rhs)
{
	struct type *a = function_of(s, lhs->type), *b = function_of(s, rhs->type);

	if (!a || !b || a->u.function.is_async == b->u.function.is_async)
		return false;
	bool first = a->u.function.is_async;
	diag_error(s->diag, n->loc, "'%s' is an async function and '%s' an ordinary one: they are never the same", expr_text(s, first ? lhs : rhs),
		   expr_text(s, first ? rhs : lhs));
	return true;
}
