/* `.await`: its type, where it may stand, and what happens to values that nobody looks at. */
#include "frontend/base/library_names.h"
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
	const char *near, *header;

	if (!f || !f->implicit || f->kind != SYM_FUNCTION)
		return false;
	near = suggest_name(s, f->name);
	header = library_header(f->name);
	if (header) {
		diag_error(s->diag, expr_loc(call), "implicit declaration of function '%s'", f->name);
		diag_note(s->diag, expr_loc(call), "<%s> declares it", header);
		return true;
	}
	if (near)
		diag_error(s->diag, expr_loc(call), "implicit declaration of function '%s'; did you mean '%s'?",
			   f->name, near);
	else
		diag_error(s->diag, expr_loc(call), "implicit declaration of function '%s'", f->name);
	if (!near || !is_library_name(near))
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
	if (f && type_kind(t) != TY_STREAM) {
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
	if (base->kind == N_NURSERY) {
		diag_error(s->diag, n->loc, "'.await' on an async nursery, which waits at its '}' anyway");
		diag_fixit_replace(s->diag, base->end, n->end, "");
		return;
	}
	diag_error(s->diag, n->loc, "'.await' on '%s', which has type '%s' and is no future", expr_text(s, base),
		   type_text(s->arena, t));
	if (type_kind(t) == TY_CHAN)
		diag_note(s->diag, base->loc, "'%s.recv().await' takes a value out of a channel", expr_text(s, base));
	else if (type_kind(t) == TY_STREAM)
		note_stream(s, base);
	else if (type_kind(t) == TY_CLOSURE)
		diag_note(s->diag, base->loc, "call it: '%s(...).await'", expr_text(s, base));
	else if (nursery_of(t))
		diag_note(s->diag, base->loc, "the block of the nursery waits at its end; a child is awaited by its handle");
	else if (type_kind(t) == TY_POINTER && (type_kind(type_strip(s->arena, t)->base) == TY_FUTURE ||
					       type_kind(type_strip(s->arena, t)->base) == TY_TASK))
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
		bool thread = s->function->kind == FN_THREAD;

		diag_error(s->diag, n->loc, "'.await' in %s%s", function_text(s),
			   thread ? "" : ", which is not an async function");
		if (type_kind(base->type) == TY_FUTURE) {
			diag_fixit_insert(s->diag, n->begin, "block_on(");
			diag_fixit_replace(s->diag, base->end, n->end, ")");
		}
		if (thread)
			diag_note(s->diag, n->loc, "it may block: wait with 'block_on'");
		else
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
	struct node *e = node_strip(operand), *callee = e->kind == N_CALL ? node_strip(e->u.CALL.callee) : NULL;

	if (type_kind(operand->type) != TY_ERROR)
		return;
	if (callee && callee->kind == N_IDENT && !callee->ann && is_builtin_prefix(callee->u.IDENT.name)) {
		diag_error(s->diag, expr_loc(operand), "the operand of %s is a call of '%s', a builtin function that asyncc does not know",
			   what, callee->u.IDENT.name);
		diag_note(s->diag, expr_loc(operand), "it has its value at once: keep that in a variable, and use it");
		return;
	}
	if (diag_errors(s->diag))
		return;
	diag_error(s->diag, expr_loc(operand), "the operand of %s has a type that asyncc does not know", what);
	diag_note(s->diag, expr_loc(operand), "keep the value in a variable, and use that");
}

/* The type of the value that waiting gives, or NULL: there is nothing to wait for. */
static struct type *awaited_type(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base, *e = node_strip(base);

	switch (type_kind(base->type)) {
	case TY_FUTURE:
		return type_unqualified(s->arena, type_strip(s->arena, base->type)->base);
	case TY_TASK:
		return maybe_type(s, type_strip(s->arena, base->type)->base, n->loc);
	default: /* the threads of a nursery, waited for without blocking */
		return e->kind == N_NURSERY && !e->u.NURSERY.is_async ? type_basic(TY_INT) : NULL;
	}
}

void check_await(struct sema *s, struct node *n)
{
	struct node *base = n->u.MEMBER.base;
	struct member_use *use = ARENA_NEW(s->arena, struct member_use);

	use->role = ROLE_AWAIT;
	n->ann = use;
	use_dialect(s);
	n->type = awaited_type(s, n);
	if (!n->type) {
		report_no_future(s, n);
		report_unknown_operand(s, base, "'.await'");
		mark_misused(base);
		n->type = type_basic(TY_ERROR);
		return;
	}
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

static bool closes_stream(const struct node *n)
{
	const struct call_use *use = n->kind == N_CALL ? n->ann : NULL;

	return use && use->op == DO_STREAM_CLOSE;
}

/* Not the `do { } while (0)` of a macro. */
static bool may_repeat(struct node *loop)
{
	if (!loop || loop->kind != N_DO)
		return loop;
	struct node *cond = node_strip(loop->u.DO.cond);

	return cond->kind != N_NUMBER || cond->u.NUMBER.text_len != 1 || *cond->u.NUMBER.text != '0';
}

static void check_dropped_await(struct sema *s, struct node *n)
{
	struct node *base = node_strip(n->u.MEMBER.base);
	struct symbol *f = called(base);
	bool pause = is_pause(f), warned;

	if (!type_carries_error(n->type) && type_kind(n->type) != TY_VOID && f &&
	    (attribute_find(&f->attrs, "warn_unused_result") || attribute_find(&f->attrs, "nodiscard"))) {
		if (diag_warn(s->diag, W_UNUSED_AWAIT, expr_loc(n->u.MEMBER.base),
			      "the value of '%s', which is declared so that it should be used, is dropped", f->name))
			diag_note(s->diag, n->loc, "cast it to 'void' if it does not matter");
		return;
	}
	if (!type_carries_error(n->type) || (pause && !may_repeat(s->targets.repeated)) || base->kind == N_NURSERY || closes_stream(base))
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
	if (can_try(s)) {
		diag_fixit_insert(s->diag, n->end, "?");
		diag_note(s->diag, n->loc, "pass it on with '?', test it, or cast to 'void' if it does not matter");
	} else {
		diag_note(s->diag, n->loc, "test it, or cast to 'void' if it does not matter");
	}
}

/* A handle that nobody keeps: its task is cancelled at once. A child of a nursery needs none. */
static void check_dropped_task(struct sema *s, struct node *n)
{
	const struct call_use *use = n->kind == N_CALL ? n->ann : NULL;
	struct symbol *f = called(n);

	if (n->kind == N_SPAWN_BLOCK || (use && use->op == DO_NURSERY_ASYNC_SPAWN))
		return;
	if (n->kind == N_IDENT) {
		report_dropped_future(s, n);
		return;
	}
	if (!diag_warn(s->diag, W_UNUSED_TASK, expr_loc(n),
		       "the task handle of '%s' is dropped, which cancels the task",
		       f ? f->name : expr_text(s, n->kind == N_CALL ? n->u.CALL.callee : n)))
		return;
	diag_fixit_insert(s->diag, n->end, ".detach()");
	diag_note(s->diag, expr_loc(n), "keep it and await it, or let the task run on with '.detach()'");
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
	if (type_kind(n->type) == TY_FUTURE || type_kind(n->type) == TY_STREAM)
		report_dropped_future(s, n);
	else if (type_kind(n->type) == TY_TASK)
		check_dropped_task(s, n);
	else if (expr_is_await(n))
		check_dropped_await(s, n);
}
