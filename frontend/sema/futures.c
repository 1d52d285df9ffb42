/* Futures, task handles and streams: which local holds one where, as far as the text shows it.
 *
 * In:  the checked body of a function.
 * Out: an error where a variable is consumed that holds nothing on any way there (twice, in every turn of a loop,
 * before it got one); -Wunused-future, -Wunused-task for one that is consumed nowhere.
 *
 * A forward walk over the statements with one set of states a variable (handles.h): what it may be at this point.
 * Loops are walked twice, the second time from the end of the first turn. Behind a label everything is possible. */
#include "frontend/sema/handles.h"

#include <string.h>

struct exits {
	struct exits *outer;
	struct node *statement; /* the loop or switch */
	uint8_t *at_break, *at_continue;
};

struct flow {
	struct handles h;
	struct exits *exits;
	uint8_t *head; /* of the innermost switch */
	bool has_default;
	unsigned loops; /* depth */
};

static void walk_stmt(struct flow *f, struct node *n);
static void walk_expr(struct flow *f, struct node *n);

/* -- expressions ----------------------------------------------------------------------------------------- */
/* A part of an expression that may be skipped. */
static void walk_optional(struct flow *f, struct node *n)
{
	uint8_t *skipped;

	handles_decide(&f->h);
	skipped = states_copy(&f->h, f->h.now);
	walk_expr(f, n);
	states_join(&f->h, f->h.now, skipped);
}

static bool walk_child(struct node **slot, void *ctx)
{
	struct node *n = *slot;

	if (node_family(n->kind) == FAM_STMT || node_family(n->kind) == FAM_DECL)
		walk_stmt(ctx, n);
	else
		walk_expr(ctx, n);
	return true;
}

static void walk_cond(struct flow *f, struct node *n)
{
	uint8_t *before, *then;

	walk_expr(f, n->u.COND.cond);
	handles_decide(&f->h);
	before = states_copy(&f->h, f->h.now);
	if (n->u.COND.then)
		walk_expr(f, n->u.COND.then);
	then = f->h.now;
	f->h.now = before;
	walk_expr(f, n->u.COND.otherwise);
	states_join(&f->h, f->h.now, then);
}

static void walk_assign(struct flow *f, struct node *n)
{
	struct tracked *v = handle_of(&f->h, n->u.ASSIGN.lhs);

	if (!v)
		walk_expr(f, n->u.ASSIGN.lhs);
	walk_expr(f, n->u.ASSIGN.rhs);
	if (v)
		handle_fill(&f->h, v);
}

static void walk_list(struct flow *f, const struct node_list *list)
{
	for (unsigned i = 0; i < list->len; i++)
		walk_expr(f, list->data[i]);
}

static void walk_call(struct flow *f, struct node *n)
{
	const struct call_use *use = n->ann;
	struct tracked *v = use && use->role == CALL_METHOD ? handle_of(&f->h, use->receiver) : NULL;

	if (!v) {
		walk_expr(f, n->u.CALL.callee);
		walk_list(f, &n->u.CALL.args);
		return;
	}
	walk_list(f, &n->u.CALL.args);
	switch (use->op) {
	case DO_TASK_DETACH:
	case DO_STREAM_CLOSE:
		handle_consume(&f->h, v, use->receiver, CONSUMED);
		break;
	case DO_TASK_TRY_UNWRAP: /* the task may still run */
		handle_consume(&f->h, v, use->receiver, CONSUMED | FULL);
		break;
	default:
		handle_touch(&f->h, v, use->receiver);
		break;
	}
}

/* What a block captures moves into it. */
static void walk_captures(struct flow *f, struct node *n, const struct function *block)
{
	for (unsigned i = 0; block && i < block->capture_count; i++) {
		struct symbol *outer = block->captures[i].outer;

		for (unsigned k = 0; k < f->h.count; k++)
			if (f->h.vars[k].symbol == outer)
				handle_consume_at(&f->h, &f->h.vars[k], n, block->captures[i].first_use, CONSUMED);
	}
}

static struct tracked *awaited_task(struct flow *f, struct node *n)
{
	n = node_strip(n);
	return expr_is_await(n) && type_kind(n->u.MEMBER.base->type) == TY_TASK ? handle_of(&f->h, n->u.MEMBER.base) : NULL;
}

static void walk_expr(struct flow *f, struct node *n)
{
	struct tracked *v;

	if (n->flags & NF_UNEVALUATED)
		return;
	switch (n->kind) {
	case N_IDENT:
		v = handle_of(&f->h, n);
		if (v && type_kind(n->type) == TY_ERROR)
			v->used = true; /* reported */
		else if (v)
			handle_consume(&f->h, v, n, CONSUMED);
		return;
	case N_MEMBER:
		v = awaited_task(f, n);
		if (v)
			handle_consume(&f->h, v, node_strip(n->u.MEMBER.base), AWAITED);
		else
			walk_expr(f, n->u.MEMBER.base);
		return;
	case N_TRY:
		walk_expr(f, n->u.TRY.operand);
		v = awaited_task(f, n->u.TRY.operand);
		if (v && f->h.now[v - f->h.vars]) /* a failed one leaves the function */
			f->h.now[v - f->h.vars] = CONSUMED;
		return;
	case N_CALL:
		walk_call(f, n);
		return;
	case N_ASYNC_BLOCK:
	case N_CLOSURE:
		walk_captures(f, n, n->ann);
		return;
	case N_SPAWN_BLOCK:
		if (n->ann)
			walk_captures(f, n, ((struct spawn_use *)n->ann)->function);
		return;
	case N_STMT_EXPR:
		walk_stmt(f, n->u.STMT_EXPR.body);
		return;
	case N_BINARY:
		walk_expr(f, n->u.BINARY.lhs);
		if (n->u.BINARY.op == OP_LOGAND || n->u.BINARY.op == OP_LOGOR)
			walk_optional(f, n->u.BINARY.rhs);
		else
			walk_expr(f, n->u.BINARY.rhs);
		return;
	case N_COND:
		walk_cond(f, n);
		return;
	case N_ASSIGN:
		walk_assign(f, n);
		return;
	case N_CAST:
		v = handle_of(&f->h, n->u.CAST.operand);
		if (v && type_kind(n->type) == TY_VOID)
			v->used = true; /* `(void)f`: meant to be left alone */
		else
			walk_expr(f, n->u.CAST.operand);
		return;
	case N_GENERIC:
		if (n->ann)
			walk_expr(f, ((struct node *)n->ann)->u.GENERIC_ASSOC.value);
		return;
	case N_SIZEOF:
	case N_OFFSETOF:
		return;
	default:
		node_each_child(n, walk_child, f);
		return;
	}
}

/* -- statements ------------------------------------------------------------------------------------------ */
static void walk_declaration(struct flow *f, struct node *n)
{
	for (unsigned i = 0; i < n->u.DECLARATION.declarators.len; i++) {
		struct node *d = n->u.DECLARATION.declarators.data[i];

		if (d->u.DECLARATOR.init)
			walk_expr(f, d->u.DECLARATOR.init);
		for (unsigned k = 0; k < f->h.count; k++)
			if (f->h.vars[k].symbol == d->ann && f->h.now[k])
				f->h.now[k] = d->u.DECLARATOR.init ? FULL : NEVER_SET;
	}
}

static bool is_always(struct node *cond, bool value)
{
	struct int_value v;

	if (!cond)
		return value;
	if (!(cond->flags & NF_CONST))
		return false;
	v = const_value(cond);
	return (v.lo || v.hi) == value;
}

/* One turn of a loop from f->h.now; leaves the state before the next turn in f->h.now and adds to `after` what leaves the
 * loop. */
static void walk_turn(struct flow *f, struct node *n, struct node *cond, struct node *step, struct node *body,
		      bool test_first, uint8_t *after)
{
	struct exits exits = {f->exits, n, after, states_new(&f->h)};

	if (test_first && cond) {
		walk_expr(f, cond);
		if (n->kind == N_WHILE) /* the condition of `for` counts, as a rule */
			handles_decide(&f->h);
		if (!is_always(cond, true))
			states_join(&f->h, after, f->h.now);
		if (is_always(cond, false))
			states_unreachable(&f->h);
	}
	f->exits = &exits;
	walk_stmt(f, body);
	f->exits = exits.outer;
	states_join(&f->h, f->h.now, exits.at_continue);
	if (step)
		walk_expr(f, step);
	if (!test_first) {
		walk_expr(f, cond);
		handles_decide(&f->h);
		if (!is_always(cond, true))
			states_join(&f->h, after, f->h.now);
		if (is_always(cond, false)) /* `do { } while (0)` has one turn */
			states_unreachable(&f->h);
	}
}

static void walk_loop(struct flow *f, struct node *n, struct node *cond, struct node *step, struct node *body,
		      bool test_first)
{
	enum { TWICE = 4 }; /* loops nested deeper are walked once: the time doubles with each */
	uint8_t *after = states_new(&f->h);

	f->loops++;
	walk_turn(f, n, cond, step, body, test_first, after);
	if (f->loops <= TWICE)
		walk_turn(f, n, cond, step, body, test_first, after);
	f->loops--;
	f->h.now = after;
}

static void walk_switch(struct flow *f, struct node *n)
{
	struct exits exits = {f->exits, n, states_new(&f->h), NULL};
	uint8_t *head = f->head;
	bool has_default = f->has_default;

	walk_expr(f, n->u.SWITCH.value);
	handles_decide(&f->h);
	f->head = f->h.now;
	f->has_default = false;
	f->exits = &exits;
	states_unreachable(&f->h);
	walk_stmt(f, n->u.SWITCH.body);
	states_join(&f->h, f->h.now, exits.at_break);
	if (!f->has_default)
		states_join(&f->h, f->h.now, f->head);
	f->exits = exits.outer;
	f->head = head;
	f->has_default = has_default;
}

static void walk_leave(struct flow *f, struct node *n)
{
	for (struct exits *e = f->exits; e; e = e->outer)
		if (e->statement == n->ann)
			states_join(&f->h, n->kind == N_BREAK ? e->at_break : e->at_continue, f->h.now);
	states_unreachable(&f->h);
}

static void walk_if(struct flow *f, struct node *n)
{
	uint8_t *before, *then;

	walk_expr(f, n->u.IF.cond);
	handles_decide(&f->h);
	before = states_copy(&f->h, f->h.now);
	walk_stmt(f, n->u.IF.then);
	then = f->h.now;
	f->h.now = before;
	if (n->u.IF.otherwise)
		walk_stmt(f, n->u.IF.otherwise);
	states_join(&f->h, f->h.now, then);
}

static struct symbol *loop_variable(const struct node *n)
{
	const struct node_list *declarators = &n->u.ASYNC_FOR.decl->u.DECLARATION.declarators;

	return declarators->len ? declarators->data[0]->ann : NULL;
}

/* The operands of all arms are evaluated; then one of the arms runs. */
static void walk_select(struct flow *f, struct node *n)
{
	struct exits exits = {f->exits, n, states_new(&f->h), NULL};
	uint8_t *before, *after = states_new(&f->h);

	for (unsigned i = 0; i < n->u.SELECT.arms.len; i++) {
		struct node *arm = n->u.SELECT.arms.data[i], *value = arm->u.SELECT_ARM.value;

		if (arm->u.SELECT_ARM.decl)
			walk_declaration(f, arm->u.SELECT_ARM.decl);
		else if (value)
			walk_expr(f, value->kind == N_ASSIGN ? value->u.ASSIGN.rhs : value);
	}
	handles_decide(&f->h); /* the losers are interrupted */
	before = f->h.now;
	f->exits = &exits;
	for (unsigned i = 0; i < n->u.SELECT.arms.len; i++) {
		struct node *arm = n->u.SELECT.arms.data[i], *value = arm->u.SELECT_ARM.value;
		struct tracked *v = value && value->kind == N_ASSIGN ? handle_of(&f->h, value->u.ASSIGN.lhs) : NULL;

		f->h.now = states_copy(&f->h, before);
		if (v)
			handle_fill(&f->h, v);
		for (unsigned k = 0; k < arm->u.SELECT_ARM.body.len; k++)
			walk_stmt(f, arm->u.SELECT_ARM.body.data[k]);
		states_join(&f->h, after, f->h.now);
	}
	f->exits = exits.outer;
	states_join(&f->h, after, exits.at_break);
	f->h.now = after;
}

/* Each branch runs, whatever becomes of the others. */
static void walk_join(struct flow *f, struct node *n)
{
	struct node *body = n->u.JOIN.body;

	for (unsigned i = 0; i < body->u.COMPOUND.items.len; i++) {
		uint8_t *before = states_copy(&f->h, f->h.now);

		walk_stmt(f, body->u.COMPOUND.items.data[i]);
		for (unsigned k = 0; k < f->h.count; k++)
			if (!f->h.now[k])
				f->h.now[k] = before[k];
	}
}

static void walk_async_for(struct flow *f, struct node *n)
{
	uint8_t *after = states_new(&f->h);

	walk_expr(f, n->u.ASYNC_FOR.stream);
	for (unsigned turn = 0; turn < 2; turn++) {
		struct exits exits = {f->exits, n, after, states_new(&f->h)};

		states_join(&f->h, after, f->h.now);
		walk_declaration(f, n->u.ASYNC_FOR.decl);
		for (unsigned k = 0; k < f->h.count; k++)
			if (f->h.now[k] == NEVER_SET && f->h.vars[k].symbol == loop_variable(n))
				f->h.now[k] = FULL;
		f->exits = &exits;
		walk_stmt(f, n->u.ASYNC_FOR.body);
		f->exits = exits.outer;
		states_join(&f->h, f->h.now, exits.at_continue);
	}
	states_join(&f->h, f->h.now, after);
	if (n->u.ASYNC_FOR.handler) {
		uint8_t *skipped = states_copy(&f->h, f->h.now);

		walk_stmt(f, n->u.ASYNC_FOR.handler);
		states_join(&f->h, f->h.now, skipped);
	}
}

static void walk_defer(struct flow *f, struct node *n)
{
	bool outer = f->h.in_defer;
	uint8_t *now = states_copy(&f->h, f->h.now);

	f->h.in_defer = true;
	walk_stmt(f, n->u.DEFER.body);
	f->h.in_defer = outer;
	f->h.now = now;
}

static void walk_stmt(struct flow *f, struct node *n)
{
	switch (n->kind) {
	case N_DECLARATION:
		walk_declaration(f, n);
		break;
	case N_IF:
		walk_if(f, n);
		break;
	case N_WHILE:
		walk_loop(f, n, n->u.WHILE.cond, NULL, n->u.WHILE.body, true);
		break;
	case N_DO:
		walk_loop(f, n, n->u.DO.cond, NULL, n->u.DO.body, false);
		break;
	case N_FOR:
		if (n->u.FOR.init && n->u.FOR.init->kind == N_DECLARATION)
			walk_declaration(f, n->u.FOR.init);
		else if (n->u.FOR.init)
			walk_expr(f, n->u.FOR.init);
		walk_loop(f, n, n->u.FOR.cond, n->u.FOR.step, n->u.FOR.body, true);
		break;
	case N_SWITCH:
		walk_switch(f, n);
		break;
	case N_CASE:
	case N_DEFAULT:
		if (f->head)
			states_join(&f->h, f->h.now, f->head);
		f->has_default |= n->kind == N_DEFAULT;
		node_each_child(n, walk_child, f);
		break;
	case N_LABEL:
		memset(f->h.now, FULL | CONSUMED, f->h.count);
		if (n->u.LABEL.body)
			walk_stmt(f, n->u.LABEL.body);
		break;
	case N_RETURN:
		if (n->u.RETURN.value)
			walk_expr(f, n->u.RETURN.value);
		states_unreachable(&f->h);
		break;
	case N_BREAK:
	case N_CONTINUE:
		walk_leave(f, n);
		break;
	case N_GOTO:
	case N_GOTO_COMPUTED:
		node_each_child(n, walk_child, f);
		states_unreachable(&f->h);
		break;
	case N_DEFER:
		walk_defer(f, n);
		break;
	case N_SELECT:
		walk_select(f, n);
		break;
	case N_JOIN:
		walk_join(f, n);
		break;
	case N_ASYNC_FOR:
		walk_async_for(f, n);
		break;
	case N_FUNCTION_DEF:
	case N_STATIC_ASSERT:
	case N_LABEL_DECL:
		break;
	default:
		node_each_child(n, walk_child, f);
		break;
	}
}

void check_futures(struct sema *s, struct function *function)
{
	struct flow f = {.h.s = s};

	if (!handles_collect(&f.h, function))
		return;
	walk_stmt(&f, function->body);
	handles_report_unused(&f.h, function);
}
