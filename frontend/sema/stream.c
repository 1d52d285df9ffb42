/* `async for` and `yield` (dialect.md 10). */
#include "frontend/sema/internal.h"

/* -- async for ----------------------------------------------------------------------------------------------------- */
/* What the loop variable receives, or NULL after a report. */
static struct type *element_type(struct sema *s, struct node *n)
{
	struct node *stream = n->u.ASYNC_FOR.stream;
	struct type *t = check_rvalue(s, stream, NULL);

	if (type_kind(t) == TY_ERROR)
		return NULL;
	if (type_kind(t) == TY_STREAM || type_kind(t) == TY_CHAN)
		return type_strip(s->arena, t)->base;
	if (reject_future(s, stream, "the stream of an 'async for'") || reject_result(s, stream, "the stream of an 'async for'"))
		return NULL;
	diag_error(s->diag, expr_loc(stream), "'async for' takes a stream or a channel, but '%s' has type '%s'", expr_text(s, stream),
		   type_text(s->arena, t));
	diag_note(s->diag, expr_loc(stream), "an async function that returns 'stream(T)' gives one");
	return NULL;
}

static void check_variable(struct sema *s, struct node *n, struct type *element)
{
	struct node *decl = n->u.ASYNC_FOR.decl, *stream = n->u.ASYNC_FOR.stream, *value;
	struct symbol *sym;

	if (decl->kind == N_DECLARATION && type_kind(check_specs(s, decl->u.DECLARATION.specs)) == TY_AUTO && element) {
		struct node *specs = decl->u.DECLARATION.specs;

		specs->type = type_qualified(s->arena, element, type_quals(specs->type));
	}
	check_stmt(s, decl);
	if (decl->kind != N_DECLARATION || decl->u.DECLARATION.declarators.len != 1) {
		diag_error(s->diag, decl->begin, "an 'async for' declares one variable");
		return;
	}
	sym = decl->u.DECLARATION.declarators.data[0]->ann;
	if (!sym || !element || type_kind(sym->type) == TY_ERROR)
		return;
	if (sym->kind != SYM_VARIABLE || sym->static_duration) {
		diag_error(s->diag, sym->loc, "the variable of an 'async for' is a local of its own in each turn");
		diag_note(s->diag, sym->loc, "leave the storage class away");
		return;
	}
	value = node_new(s->arena, N_ERROR, stream->begin, expr_loc(stream), stream->end);
	value->type = type_unqualified(s->arena, element);
	check_passed(s, sym->type, value, sym->loc, "variable");
}

/* An error that ends the stream leaves the function, as `?` does. */
static void check_error_exit(struct sema *s, struct node *n)
{
	struct type *leave;

	if (s->defer) {
		diag_error(s->diag, n->loc, "an 'async for' in a 'defer' needs an 'else' for the error that ends the stream");
		diag_note(s->diag, n->u.ASYNC_FOR.body->end, "write 'else (int e) { ... }' behind its body");
		return;
	}
	if (in_inferred_block(s)) {
		block_try(s, n);
		return;
	}
	leave = leave_type(s->function);
	if (type_kind(leave) == TY_ERROR || type_carries_error(leave))
		return;
	diag_error(s->diag, n->loc, "%s has type '%s', which can't carry the error that may end the stream", function_text(s),
		   type_text(s->arena, leave));
	diag_note(s->diag, n->u.ASYNC_FOR.body->end, "write 'else (int e) { ... }' behind the body of the loop");
}

static void check_handler(struct sema *s, struct node *n)
{
	struct node *error = n->u.ASYNC_FOR.error;
	const struct barrier *barriers = s->barriers;

	scope_push_inside(s);
	barrier_push(s, BARRIER_HANDLER, n);
	if (error) {
		struct type *t = check_parameter(s, error, error->u.PARAM.specs, error->u.PARAM.declarator);
		struct symbol *sym = error->ann;

		/* A variable of this function, not one of its parameters. */
		sym->kind = SYM_VARIABLE;
		scope_add(s, sym);
		if (type_kind(t) != TY_INT && type_kind(t) != TY_ERROR) {
			diag_error(s->diag, sym->loc, "the error that ends a stream is an 'int', not '%s'", type_text(s->arena, t));
			diag_note(s->diag, sym->loc, "write 'else (int e)'");
		}
	}
	check_stmt(s, n->u.ASYNC_FOR.handler);
	s->barriers = barriers;
	scope_pop(s);
}

void check_async_for(struct sema *s, struct node *n)
{
	const struct barrier *barriers = s->barriers;
	struct type *element;
	struct jump_targets outer;

	if (!async_construct_allowed(s, n->loc, "'async for'"))
		return;
	element = element_type(s, n);
	scope_push(s, n);
	mark_scope(s);
	scope_push_inside(s);
	barrier_push(s, BARRIER_ASYNC_FOR, n);
	check_variable(s, n, element);
	outer = enter_loop(s, n);
	check_stmt(s, n->u.ASYNC_FOR.body);
	s->targets = outer;
	s->barriers = barriers;
	scope_pop(s);
	if (n->u.ASYNC_FOR.handler)
		check_handler(s, n);
	else
		check_error_exit(s, n);
	scope_pop(s);
	note_suspension(s, n->loc);
}

/* -- yield --------------------------------------------------------------------------------------------------------- */
static bool yield_allowed(struct sema *s, struct node *n)
{
	static const struct {
		enum barrier_kind kind;
		const char *where, *why;
	} places[] = {
		{BARRIER_BRANCH, "a branch of 'async join'", "the other branches would run on while nobody waits for them"},
		{BARRIER_NURSERY, "a nursery", "its children would run on while nobody waits for them"},
		{BARRIER_SHIELD, "a shield", "whoever reads the stream would be shielded too"},
		{BARRIER_DEFER_BODY, "a 'defer'", "the stream is ending already"},
	};
	struct function *f = s->function;

	use_dialect(s);
	if (f && f->kind != FN_FUNCTION) {
		diag_error(s->diag, n->loc, "'yield' in a block, which is a function of its own");
		diag_note(s->diag, n->loc, "only an async function that returns 'stream(T)' yields; send the values through a channel");
		return false;
	}
	if (!f || !f->is_async || type_kind(f->return_type) != TY_STREAM) {
		diag_error(s->diag, n->loc, "'yield' in %s, which returns no stream", f ? function_text(s) : "no function");
		if (f)
			diag_note(s->diag, f->symbol->loc, "declare it 'async fn %s(...) -> stream(T)'", f->symbol->name);
		return false;
	}
	for (unsigned i = 0; i < sizeof places / sizeof *places; i++) {
		const struct barrier *b = barrier_around(s, places[i].kind);

		if (!b)
			continue;
		diag_error(s->diag, n->loc, "'yield' in %s", places[i].where);
		diag_note(s->diag, b->node->loc, "%s; keep the value in a variable and yield it behind this", places[i].why);
		return false;
	}
	return true;
}

void check_yield(struct sema *s, struct node *n)
{
	struct node *value = n->u.YIELD.value;
	struct type *element, *t;

	if (!yield_allowed(s, n)) {
		if (value)
			check_rvalue(s, value, NULL);
		return;
	}
	element = type_strip(s->arena, s->function->return_type)->base;
	if (!value) {
		diag_error(s->diag, n->loc, "'yield' without a value; the stream's are of type '%s'", type_text(s->arena, element));
		return;
	}
	t = check_rvalue(s, value, element);
	if (type_kind(t) != TY_ERROR)
		check_passed(s, element, value, value->loc, "yield");
	note_suspension(s, n->loc);
}
