/* Loops and switches, and the `break` and `continue` that leave them.
 *
 *     while (f().await) body     ->   for (;;) { t1 = await f(); if (!t1) break; body }
 *     for (init; c().await; s)   ->   { init for (;;) { t1 = await c(); if (!t1) break; body s } }
 *
 * A pragma about a loop stays right before that; a loop that awaits is none that a C compiler could unroll, and has none any more.
 * A `break` or `continue` that passes what is pending, or another loop in whose head it stands, becomes an exit (cleanup.c) to a label behind the statement, or at the end of the body. */
#include "lower/normalize/internal.h"

void enclosing_push(struct normalizer *n, struct enclosing *e, struct node *stmt)
{
	*e = (struct enclosing){ .stmt = stmt, .pending = n->pending, .outer = n->enclosing };
	n->enclosing = e;
}

void enclosing_pop(struct normalizer *n, struct enclosing *e)
{
	n->enclosing = e->outer;
	if (e->break_used)
		emit(n, new_label(n, e->break_label, e->stmt->loc));
}

static struct enclosing *enclosing_find(struct normalizer *n, struct node *stmt)
{
	struct enclosing *e = n->enclosing;

	while (e && e->stmt != stmt)
		e = e->outer;
	return e;
}

bool is_loop_pragma(const struct node *pragma)
{
	static const char *const words[] = { "GCC unroll", "GCC ivdep", "GCC novector", "clang loop", "unroll", "nounroll", "omp for", "omp parallel for", "omp simd" };
	const char *text = pragma->u.PRAGMA.text;
	size_t len = pragma->u.PRAGMA.text_len;

	for (; len && (*text == ' ' || *text == '\t'); text++)
		len--;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (len >= strlen(words[i]) && !memcmp(text, words[i], strlen(words[i])))
			return true;
	return false;
}

static struct node_list take_pragmas(struct normalizer *n, const struct node *loop)
{
	struct node_list pragmas = n->loop_pragmas;

	n->loop_pragmas = (struct node_list){ 0 };
	return suspends(loop) ? n->loop_pragmas : pragmas;
}

/* The lowered loop, behind its pragmas. */
static void emit_loop(struct normalizer *n, struct node *loop, const struct node_list *pragmas)
{
	for (unsigned i = 0; i < pragmas->len; i++)
		emit(n, node_copy(n->arena, pragmas->data[i]));
	emit(n, loop);
}

/* `int i = 0` in a head, as the `i = 0` that the pragmas of OpenMP ask for; NULL: it is no such declaration. */
static struct node *head_assignment(struct normalizer *n, struct node *declaration)
{
	struct node *d = declaration->u.DECLARATION.declarators.len == 1 ? declaration->u.DECLARATION.declarators.data[0] : NULL;
	struct symbol *s = d ? d->ann : NULL;

	if (!s || s->static_duration || !type_is_scalar(s->type) || type_quals(s->type) || !d->u.DECLARATOR.init || suspends(d->u.DECLARATOR.init))
		return NULL;
	emit_declaration(n, s, NULL, d->begin);
	return new_assign(n, new_ident(n, s, d->loc), copy_expr(n, d->u.DECLARATOR.init));
}

/* `if (!cond) break;` */
static void emit_loop_test(struct normalizer *n, struct node *cond)
{
	struct node *c = flatten(n, cond), *block = new_compound(n, cond->loc), *leave = make(n, N_BREAK, cond->loc, NULL);

	node_list_push(n->arena, &block->u.COMPOUND.items, leave);
	emit(n, new_if(n, new_unary(n, OP_NOT, new_paren(n, c), type_basic(TY_INT)), block, NULL));
}

struct node *new_forever(struct normalizer *n, struct node *s, struct node *body)
{
	struct node *x = make(n, N_FOR, s->loc, NULL);

	x->begin = s->begin;
	x->u.FOR.body = body;
	return x;
}

/* The body of a loop, with the label that `continue` may need at its end. */
void lower_loop_body(struct normalizer *n, struct node *body, struct enclosing *e)
{
	emit(n, lower_block(n, body));
	if (e->continue_used)
		emit(n, new_label(n, e->continue_label, body->loc));
}

static struct node *loop_block(struct normalizer *n, struct node *body, struct enclosing *e)
{
	struct node *block = lower_block(n, body);

	if (e->continue_used)
		node_list_push(n->arena, &block->u.COMPOUND.items, new_label(n, e->continue_label, body->loc));
	return block;
}

void lower_while(struct normalizer *n, struct node *s)
{
	struct node_list pragmas = take_pragmas(n, s);
	struct enclosing e;
	struct node *x;

	enclosing_push(n, &e, s);
	if (!suspends(s->u.WHILE.cond)) {
		x = node_copy(n->arena, s);
		x->u.WHILE.cond = copy_expr(n, s->u.WHILE.cond);
		x->u.WHILE.body = loop_block(n, s->u.WHILE.body, &e);
	} else {
		struct node *block = new_compound(n, s->loc);
		struct node_list *outer = n->out;
		n->out = &block->u.COMPOUND.items;
		emit_loop_test(n, s->u.WHILE.cond);
		lower_loop_body(n, s->u.WHILE.body, &e);
		n->out = outer;
		x = new_forever(n, s, block);
	}
	emit_loop(n, x, &pragmas);
	enclosing_pop(n, &e);
}

void lower_do(struct normalizer *n, struct node *s)
{
	struct node_list pragmas = take_pragmas(n, s);
	struct enclosing e;
	struct node *x;

	enclosing_push(n, &e, s);
	if (!suspends(s->u.DO.cond)) {
		x = node_copy(n->arena, s);
		x->u.DO.body = loop_block(n, s->u.DO.body, &e);
		x->u.DO.cond = copy_expr(n, s->u.DO.cond);
	} else {
		struct node *block = new_compound(n, s->loc);
		struct node_list *outer = n->out;
		e.continue_label = unused_label(n, "next");
		n->out = &block->u.COMPOUND.items;
		lower_loop_body(n, s->u.DO.body, &e);
		emit_loop_test(n, s->u.DO.cond);
		n->out = outer;
		x = new_forever(n, s, block);
	}
	emit_loop(n, x, &pragmas);
	enclosing_pop(n, &e);
}

void lower_for(struct normalizer *n, struct node *s)
{
	struct node_list pragmas = take_pragmas(n, s);
	struct node *init = s->u.FOR.init, *cond = s->u.FOR.cond, *step = s->u.FOR.step, *x;
	struct node *around = NULL, *assignment = NULL;
	struct node_list *outer = n->out;
	struct scope_info *scope = n->scope;
	struct pending *pending = n->pending;
	struct enclosing e;

	if (s->ann)
		n->scope = s->ann;
	if (init && (init->kind == N_DECLARATION || suspends(init))) {
		around = new_compound(n, s->loc);
		around->begin = s->begin;
		around->u.COMPOUND.end = (int)s->end;
		n->out = &around->u.COMPOUND.items;
		if (init->kind == N_DECLARATION && pragmas.len)
			assignment = head_assignment(n, init);
		if (init->kind == N_DECLARATION && !assignment)
			lower_declaration(n, init);
		else if (init->kind != N_DECLARATION)
			flatten_discard(n, init);
		init = NULL;
	}
	enclosing_push(n, &e, s);
	if (!suspends(cond) && !suspends(step)) {
		x = node_copy(n->arena, s);
		x->u.FOR.init = init ? copy_expr(n, discarded(n, init)) : assignment;
		x->u.FOR.cond = cond ? copy_expr(n, cond) : NULL;
		x->u.FOR.step = step ? copy_expr(n, discarded(n, step)) : NULL;
		x->u.FOR.body = loop_block(n, s->u.FOR.body, &e);
	} else {
		struct node *block = new_compound(n, s->loc);
		struct node_list *items = n->out;
		e.continue_label = unused_label(n, "next");
		n->out = &block->u.COMPOUND.items;
		if (cond && suspends(cond)) {
			emit_loop_test(n, cond);
			cond = NULL;
		}
		lower_loop_body(n, s->u.FOR.body, &e);
		if (step && suspends(step)) {
			flatten_discard(n, step);
			step = NULL;
		} else if (step) {
			emit(n, new_expr_stmt(n, copy_expr(n, discarded(n, step))));
		}
		n->out = items;
		x = new_forever(n, s, block);
		x->u.FOR.init = init ? copy_expr(n, init) : NULL;
		x->u.FOR.cond = cond ? copy_expr(n, cond) : NULL;
	}
	emit_loop(n, x, &pragmas);
	enclosing_pop(n, &e);
	pending_finish(n, pending, s->loc);
	n->scope = scope;
	n->out = outer;
	if (around)
		emit(n, around);
}

void lower_switch(struct normalizer *n, struct node *s)
{
	struct node *x = node_copy(n->arena, s);
	struct enclosing e;

	x->u.SWITCH.value = expr_now(n, s->u.SWITCH.value);
	enclosing_push(n, &e, s);
	x->u.SWITCH.body = lower_block(n, s->u.SWITCH.body);
	emit(n, x);
	enclosing_pop(n, &e);
}

static bool passes_loop(const struct normalizer *n, const struct enclosing *to)
{
	for (const struct enclosing *e = n->enclosing; e != to; e = e->outer)
		if (e->stmt->kind != N_SWITCH)
			return true;
	return false;
}

void lower_break(struct normalizer *n, struct node *s)
{
	struct enclosing *e = enclosing_find(n, s->ann);

	if (!e || (e->pending == n->pending && !passes_loop(n, e))) {
		emit(n, node_copy(n->arena, s));
		return;
	}
	if (!e->break_label)
		e->break_label = unused_label(n, "after");
	e->break_used = true;
	emit_exit(n, e->pending, e->break_label, NULL, s->loc);
}

void lower_continue(struct normalizer *n, struct node *s)
{
	struct enclosing *e = enclosing_find(n, s->ann);

	if (!e || ((e->continue_pending ? e->continue_pending : e->pending) == n->pending && !e->continue_label && !passes_loop(n, e))) {
		emit(n, node_copy(n->arena, s));
		return;
	}
	if (!e->continue_label)
		e->continue_label = unused_label(n, "next");
	e->continue_used = true;
	emit_exit(n, e->continue_pending ? e->continue_pending : e->pending, e->continue_label, NULL, s->loc);
}
