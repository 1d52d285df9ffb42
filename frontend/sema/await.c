/* `.await`: its type, where it may stand, and what happens to values that nobody looks at. */
#include "frontend/sema/internal.h"

#include <string.h>

bool expr_is_await(const struct node *n)
{
	const struct member_use *use = n->kind == N_MEMBER ? n->ann : NULL;

	return use && use->role == ROLE_AWAIT;
}

/* The function that a call calls by name, or NULL. */
static struct symbol *called(struct node *n)
{
	struct call_use *use;

	n = node_strip(n);
	use = n->kind == N_CALL ? n->ann : NULL;
	return use ? use->direct : NULL;
}

bool report_undeclared_function(struct sema *s, struct node *call)
{
	struct symbol *f = called(call);
	const char *near;

	if (!f || !f->implicit || f->kind != SYM_FUNCTION)
		return false;
	near = suggest_name(s, f->name);
	if (near)
		diag_error(s->diag, expr_loc(call), "implicit declaration of function '%s'; did you mean '%s'?",
			   f->name, near);
	else
		diag_error(s->diag, expr_loc(call), "implicit declaration of function '%s'", f->name);
	diag_note(s->diag, expr_loc(call), "an async function has to be declared before it is called");
	return true;
}

static void report_no_future(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base;
	struct type *t = type_decayed(s->arena, base->type);
	struct symbol *f = called(base);

	if (type_is_record(t) && type_kind(t) != TY_RESULT) {
		diag_error(s->diag, n->loc, "'%s' has no member named 'await', and is no future",
			   type_text(s->arena, t));
		diag_note(s->diag, expr_loc(base), "a future comes from calling an async function without '.await'");
		return;
	}
	if (report_undeclared_function(s, base))
		return;
	if (f) {
		diag_error(s->diag, n->loc, "'.await' on a call of '%s', which is not an async function", f->name);
		if (f->loc)
			diag_note(s->diag, f->loc, "declared here; it has its value at once: leave '.await' away");
		return;
	}
	if (expr_is_await(node_strip(base))) {
		diag_error(s->diag, n->loc, "'.await' on a value that was awaited already");
		diag_fixit_replace(s->diag, base->end, n->end, "");
		return;
	}
	diag_error(s->diag, n->loc, "'.await' on '%s', which has type '%s' and is no future", expr_text(s, base),
		   type_text(s->arena, t));
	if (type_kind(t) == TY_POINTER && type_kind(type_strip(s->arena, t)->base) == TY_FUTURE)
		diag_note(s->diag, base->loc, "dereference the pointer: '(*%s).await'", expr_text(s, base));
	else if (type_kind(t) == TY_POINTER && type_kind(type_strip(s->arena, t)->base) == TY_FUNCTION)
		diag_note(s->diag, base->loc, "call it: '%s(...).await'", expr_text(s, base));
	else
		diag_note(s->diag, base->loc, "a future comes from calling an async function without '.await'");
}

static const char *way_out(const char *reason)
{
	if (strstr(reason, "static object"))
		return "a static object has its value before the program runs; assign it in an async function";
	if (strstr(reason, "bound"))
		return "await into a variable first, and use that";
	return "only a constant may stand here";
}

/* May something suspend here? Reports if not. */
static bool await_allowed(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base;

	if (s->no_await) {
		diag_error(s->diag, n->loc, "'.await' %s", s->no_await_reason);
		diag_note(s->diag, n->loc, "%s", way_out(s->no_await_reason));
		return false;
	}
	if (!s->function) {
		diag_error(s->diag, n->loc, "'.await' outside of a function");
		diag_note(s->diag, n->loc,
			  "nothing can wait here; start from an async function, such as 'async fn main(void) -> int'");
		return false;
	}
	if (!s->function->is_async) {
		diag_error(s->diag, n->loc, "'.await' in '%s', which is not an async function",
			   s->function->symbol->name);
		diag_fixit_insert(s->diag, n->begin, "block_on(");
		diag_fixit_replace(s->diag, base->end, n->end, ")");
		diag_note(s->diag, s->function->symbol->loc,
			  "declare it 'async fn %s(...)', or wait with 'block_on(%s)'", s->function->symbol->name,
			  expr_text(s, base));
		return false;
	}
	return true;
}

/* A type that isn't known has been reported, unless it is that of a builtin (builtin.c). */
void report_unknown_operand(struct sema *s, struct node *operand, const char *what)
{
	if (diag_errors(s->diag) || type_kind(operand->type) != TY_ERROR)
		return;
	diag_error(s->diag, expr_loc(operand), "the operand of %s has a type that asyncc does not know", what);
	diag_note(s->diag, expr_loc(operand), "keep the value in a variable, and use that");
}

void check_await(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base;
	struct member_use *use = ARENA_NEW(s->arena, struct member_use);

	use->role = ROLE_AWAIT;
	n->ann = use;
	use_dialect(s);
	if (type_kind(base->type) != TY_FUTURE) {
		report_no_future(s, n);
		report_unknown_operand(s, base, "'.await'");
		n->type = type_basic(TY_ERROR);
		return;
	}
	n->type = type_unqualified(s->arena, type_strip(s->arena, base->type)->base);
	if (s->unevaluated)
		return;
	if (!await_allowed(s, n)) {
		n->type = type_basic(TY_ERROR);
		return;
	}
	s->suspensions++;
	node_list_push(s->arena, &s->function->awaits, n);
}

/* -- dropped values ------------------------------------------------------------------------------------------------ */
static bool is_pause(const struct symbol *f)
{
	return f && (!strcmp(f->name, "async_yield_now") || !strcmp(f->name, "async_sleep"));
}

static void check_dropped_await(struct sema *s, struct node *n)
{
	struct node *base = node_strip(n->u.MEMBER.base);
	struct symbol *f = called(base);
	bool pause = is_pause(f), warned;

	if (!type_carries_error(n->type) || (pause && !s->loop))
		return;
	if (pause)
		warned = diag_warn(s->diag, W_UNUSED_AWAIT, expr_loc(n->u.MEMBER.base),
				   "the result of '%s' is dropped in a loop: a cancelled task would not notice",
				   f->name);
	else if (f)
		warned = diag_warn(s->diag, W_UNUSED_AWAIT, expr_loc(n->u.MEMBER.base),
				   "the error that '%s' may return is dropped", f->name);
	else
		warned = diag_warn(s->diag, W_UNUSED_AWAIT, expr_loc(n->u.MEMBER.base),
				   "the error that '%s' may return is dropped",
				   expr_text(s, base->kind == N_CALL ? base->u.CALL.callee : base));
	if (!warned)
		return;
	if (s->function && type_carries_error(s->function->return_type) && !s->defer) {
		diag_fixit_insert(s->diag, n->end, "?");
		diag_note(s->diag, n->loc, "pass it on with '?', test it, or cast to 'void' if it does not matter");
	} else {
		diag_note(s->diag, n->loc, "test it, or cast to 'void' if it does not matter");
	}
}

void check_dropped(struct sema *s, struct node *e)
{
	struct node *n = node_strip(e);

	if (s->unevaluated || !n->type)
		return;
	switch (n->kind) {
	case N_COND:
		if (n->u.COND.then)
			check_dropped(s, n->u.COND.then);
		check_dropped(s, n->u.COND.otherwise);
		return;
	case N_COMMA:
		check_dropped(s, n->u.COMMA.rhs); /* its left side has been looked at */
		return;
	case N_STMT_EXPR:
		if (stmt_expr_value(n))
			check_dropped(s, stmt_expr_value(n));
		return;
	case N_GENERIC:
		if (n->ann)
			check_dropped(s, ((struct node *)n->ann)->u.GENERIC_ASSOC.value);
		return;
	case N_ASSIGN:
	case N_CAST:
		return;
	default:
		break;
	}
	if (type_kind(n->type) == TY_FUTURE)
		report_dropped_future(s, n);
	else if (expr_is_await(n))
		check_dropped_await(s, n);
}
