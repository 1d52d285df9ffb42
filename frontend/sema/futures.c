/* Futures, task handles and streams: which local holds one where, as far as the text shows it.
 *
 * In:  the checked body of a function.
 * Out: an error where a variable is consumed that holds nothing on any way there (twice, in every turn of a loop,
 * before it got one); -Wunused-future, -Wunused-task for one that is consumed nowhere.
 *
 * A forward walk over the statements with one set of states a variable: what it may be at this point. A consumption
 * leaves CONSUMED; it is an error only where FULL is not among them. An await of a handle leaves AWAITED, for one that
 * is interrupted leaves the handle valid: where the program has had occasion to look at the value, the handle may be
 * FULL again. Loops are walked twice, the second time from the end of the first turn. Behind a label everything is
 * possible. A variable whose address is taken, and one that a defer consumes, are left alone. */
#include "frontend/sema/internal.h"

#include <string.h>

enum { FULL = 1, CONSUMED = 2, NEVER_SET = 4, AWAITED = 8 };

struct tracked {
	struct symbol *symbol;
	struct node *consumed; /* the first consumption that was walked, and where its text says so */
	loc_t consumed_loc;
	bool used;	       /* some text consumes it, or says `(void)f` */
	bool ignored;	       /* no errors: a defer consumes it */
	bool reported;
};

struct exits {
	struct exits *outer;
	struct node *statement; /* the loop or switch */
	uint8_t *at_break, *at_continue;
};

struct flow {
	struct sema *s;
	struct tracked *vars;
	unsigned count;
	uint8_t *now; /* a set of states for each variable; 0: this point is not reached */
	struct exits *exits;
	uint8_t *head; /* of the innermost switch */
	bool has_default;
	unsigned loops; /* depth */
	bool in_defer;
};

static void walk_stmt(struct flow *f, struct node *n);
static void walk_expr(struct flow *f, struct node *n);

/* -- states ---------------------------------------------------------------------------------------------- */
static uint8_t *state_new(struct flow *f)
{
	return ARENA_ARRAY(f->s->arena, uint8_t, f->count);
}

static uint8_t *state_copy(struct flow *f, const uint8_t *from)
{
	return memcpy(state_new(f), from, f->count);
}

static void state_join(struct flow *f, uint8_t *to, const uint8_t *from)
{
	for (unsigned i = 0; i < f->count; i++)
		to[i] |= from[i];
}

static void unreachable(struct flow *f)
{
	f->now = state_new(f);
}

static struct tracked *tracked_of(struct flow *f, struct node *n)
{
	n = node_strip(n);
	if (n->kind != N_IDENT)
		return NULL;
	for (unsigned i = 0; i < f->count; i++)
		if (f->vars[i].symbol == n->ann)
			return &f->vars[i];
	return NULL;
}

static const char *kind_word(const struct symbol *sym)
{
	switch (type_kind(sym->type)) {
	case TY_TASK:
		return "task";
	case TY_STREAM:
		return "stream";
	default:
		return "future";
	}
}

static bool is_block(const struct node *n)
{
	return n->kind == N_ASYNC_BLOCK || n->kind == N_CLOSURE || n->kind == N_SPAWN_BLOCK;
}

/* Reports a consumption by `n`, which names it at `loc`, where nothing can be in `v`. */
static void need_full(struct flow *f, struct tracked *v, struct node *n, loc_t loc)
{
	struct diag *d = f->s->diag;
	uint8_t state = f->now[v - f->vars];
	const char *name = v->symbol->name, *word = kind_word(v->symbol);

	if ((state & FULL) || v->reported)
		return;
	v->reported = true;
	if (state == NEVER_SET) {
		diag_error(d, loc, "'%s' is consumed before it holds a %s", name, word);
		diag_note(d, v->symbol->loc, "declared here, without one");
	} else if (v->consumed == n) {
		diag_error(d, loc, "the %s '%s' is consumed in every turn of the loop", word, name);
		diag_note(d, v->symbol->loc, "it is made once; make it inside the loop");
	} else {
		diag_error(d, loc, "the %s '%s' is consumed twice", word, name);
		if (v->consumed)
			diag_note(d, v->consumed_loc, is_block(v->consumed) ? "moved into the block here" : "first consumed here");
	}
}

/* `left`: what it may be behind this. */
static void consume_at(struct flow *f, struct tracked *v, struct node *n, loc_t loc, uint8_t left)
{
	uint8_t *state = &f->now[v - f->vars];

	v->used = true;
	if (f->in_defer)
		v->ignored = true;
	if (v->ignored || !*state)
		return;
	need_full(f, v, n, loc);
	*state = left;
	if (v->consumed)
		return;
	v->consumed = n;
	v->consumed_loc = loc;
}

static void consume(struct flow *f, struct tracked *v, struct node *n, uint8_t left)
{
	consume_at(f, v, n, n->loc, left);
}

/* A method that leaves the handle where it is. */
static void touch(struct flow *f, struct tracked *v, struct node *n)
{
	struct diag *d = f->s->diag;
	uint8_t state = f->now[v - f->vars];

	if (v->ignored || f->in_defer || !state || (state & (FULL | AWAITED)) || v->reported)
		return;
	v->reported = true;
	if (state == NEVER_SET) {
		diag_error(d, n->loc, "'%s' is used before it holds a %s", v->symbol->name, kind_word(v->symbol));
		diag_note(d, v->symbol->loc, "declared here, without one");
		return;
	}
	diag_error(d, n->loc, "the %s '%s' is used after it was consumed", kind_word(v->symbol), v->symbol->name);
	if (v->consumed)
		diag_note(d, v->consumed_loc, is_block(v->consumed) ? "moved into the block here" : "consumed here");
}

/* The program has looked at something, maybe at what an await gave: an interrupted one has left the handle valid. */
static void decide(struct flow *f)
{
	for (unsigned i = 0; i < f->count; i++)
		if (f->now[i] & AWAITED)
			f->now[i] |= FULL;
}

static void fill(struct flow *f, struct tracked *v)
{
	if (f->now[v - f->vars])
		f->now[v - f->vars] = FULL;
}

/* -- expressions ----------------------------------------------------------------------------------------- */
/* A part of an expression that may be skipped. */
static void walk_optional(struct flow *f, struct node *n)
{
	uint8_t *skipped;

	decide(f);
	skipped = state_copy(f, f->now);
	walk_expr(f, n);
	state_join(f, f->now, skipped);
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
	decide(f);
	before = state_copy(f, f->now);
	if (n->u.COND.then)
		walk_expr(f, n->u.COND.then);
	then = f->now;
	f->now = before;
	walk_expr(f, n->u.COND.otherwise);
	state_join(f, f->now, then);
}

static void walk_assign(struct flow *f, struct node *n)
{
	struct tracked *v = tracked_of(f, n->u.ASSIGN.lhs);

	if (!v)
		walk_expr(f, n->u.ASSIGN.lhs);
	walk_expr(f, n->u.ASSIGN.rhs);
	if (v)
		fill(f, v);
}

static void walk_list(struct flow *f, const struct node_list *list)
{
	for (unsigned i = 0; i < list->len; i++)
		walk_expr(f, list->data[i]);
}

static void walk_call(struct flow *f, struct node *n)
{
	const struct call_use *use = n->ann;
	struct tracked *v = use && use->role == CALL_METHOD ? tracked_of(f, use->receiver) : NULL;

	if (!v) {
		walk_expr(f, n->u.CALL.callee);
		walk_list(f, &n->u.CALL.args);
		return;
	}
	walk_list(f, &n->u.CALL.args);
	switch (use->op) {
	case DO_TASK_DETACH:
	case DO_STREAM_CLOSE:
		consume(f, v, use->receiver, CONSUMED);
		break;
	case DO_TASK_TRY_UNWRAP: /* the task may still run */
		consume(f, v, use->receiver, CONSUMED | FULL);
		break;
	default:
		touch(f, v, use->receiver);
		break;
	}
}

/* What a block captures moves into it. */
static void walk_captures(struct flow *f, struct node *n, const struct function *block)
{
	for (unsigned i = 0; block && i < block->capture_count; i++) {
		struct symbol *outer = block->captures[i].outer;

		for (unsigned k = 0; k < f->count; k++)
			if (f->vars[k].symbol == outer)
				consume_at(f, &f->vars[k], n, block->captures[i].first_use, CONSUMED);
	}
}

static struct tracked *awaited_task(struct flow *f, struct node *n)
{
	n = node_strip(n);
	return expr_is_await(n) && type_kind(n->u.MEMBER.base->type) == TY_TASK ? tracked_of(f, n->u.MEMBER.base) : NULL;
}

static void walk_expr(struct flow *f, struct node *n)
{
	struct tracked *v;

	if (n->flags & NF_UNEVALUATED)
		return;
	switch (n->kind) {
	case N_IDENT:
		v = tracked_of(f, n);
		if (v && type_kind(n->type) == TY_ERROR)
			v->used = true; /* reported */
		else if (v)
			consume(f, v, n, CONSUMED);
		return;
	case N_MEMBER:
		v = awaited_task(f, n);
		if (v)
			consume(f, v, node_strip(n->u.MEMBER.base), AWAITED);
		else
			walk_expr(f, n->u.MEMBER.base);
		return;
	case N_TRY:
		walk_expr(f, n->u.TRY.operand);
		v = awaited_task(f, n->u.TRY.operand);
		if (v && f->now[v - f->vars]) /* a failed one leaves the function */
			f->now[v - f->vars] = CONSUMED;
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
		v = tracked_of(f, n->u.CAST.operand);
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
		for (unsigned k = 0; k < f->count; k++)
			if (f->vars[k].symbol == d->ann && f->now[k])
				f->now[k] = d->u.DECLARATOR.init ? FULL : NEVER_SET;
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

/* One turn of a loop from f->now; leaves the state before the next turn in f->now and adds to `after` what leaves the
 * loop. */
static void walk_turn(struct flow *f, struct node *n, struct node *cond, struct node *step, struct node *body,
		      bool test_first, uint8_t *after)
{
	struct exits exits = {f->exits, n, after, state_new(f)};

	if (test_first && cond) {
		walk_expr(f, cond);
		if (n->kind == N_WHILE) /* the condition of `for` counts, as a rule */
			decide(f);
		if (!is_always(cond, true))
			state_join(f, after, f->now);
		if (is_always(cond, false))
			unreachable(f);
	}
	f->exits = &exits;
	walk_stmt(f, body);
	f->exits = exits.outer;
	state_join(f, f->now, exits.at_continue);
	if (step)
		walk_expr(f, step);
	if (!test_first) {
		walk_expr(f, cond);
		decide(f);
		if (!is_always(cond, true))
			state_join(f, after, f->now);
		if (is_always(cond, false)) /* `do { } while (0)` has one turn */
			unreachable(f);
	}
}

static void walk_loop(struct flow *f, struct node *n, struct node *cond, struct node *step, struct node *body,
		      bool test_first)
{
	enum { TWICE = 4 }; /* loops nested deeper are walked once: the time doubles with each */
	uint8_t *after = state_new(f);

	f->loops++;
	walk_turn(f, n, cond, step, body, test_first, after);
	if (f->loops <= TWICE)
		walk_turn(f, n, cond, step, body, test_first, after);
	f->loops--;
	f->now = after;
}

static void walk_switch(struct flow *f, struct node *n)
{
	struct exits exits = {f->exits, n, state_new(f), NULL};
	uint8_t *head = f->head;
	bool has_default = f->has_default;

	walk_expr(f, n->u.SWITCH.value);
	decide(f);
	f->head = f->now;
	f->has_default = false;
	f->exits = &exits;
	unreachable(f);
	walk_stmt(f, n->u.SWITCH.body);
	state_join(f, f->now, exits.at_break);
	if (!f->has_default)
		state_join(f, f->now, f->head);
	f->exits = exits.outer;
	f->head = head;
	f->has_default = has_default;
}

static void walk_leave(struct flow *f, struct node *n)
{
	for (struct exits *e = f->exits; e; e = e->outer)
		if (e->statement == n->ann)
			state_join(f, n->kind == N_BREAK ? e->at_break : e->at_continue, f->now);
	unreachable(f);
}

static void walk_if(struct flow *f, struct node *n)
{
	uint8_t *before, *then;

	walk_expr(f, n->u.IF.cond);
	decide(f);
	before = state_copy(f, f->now);
	walk_stmt(f, n->u.IF.then);
	then = f->now;
	f->now = before;
	if (n->u.IF.otherwise)
		walk_stmt(f, n->u.IF.otherwise);
	state_join(f, f->now, then);
}

static struct symbol *loop_variable(const struct node *n)
{
	const struct node_list *declarators = &n->u.ASYNC_FOR.decl->u.DECLARATION.declarators;

	return declarators->len ? declarators->data[0]->ann : NULL;
}

/* The operands of all arms are evaluated; then one of the arms runs. */
static void walk_select(struct flow *f, struct node *n)
{
	struct exits exits = {f->exits, n, state_new(f), NULL};
	uint8_t *before, *after = state_new(f);

	for (unsigned i = 0; i < n->u.SELECT.arms.len; i++) {
		struct node *arm = n->u.SELECT.arms.data[i], *value = arm->u.SELECT_ARM.value;

		if (arm->u.SELECT_ARM.decl)
			walk_declaration(f, arm->u.SELECT_ARM.decl);
		else if (value)
			walk_expr(f, value->kind == N_ASSIGN ? value->u.ASSIGN.rhs : value);
	}
	decide(f); /* the losers are interrupted */
	before = f->now;
	f->exits = &exits;
	for (unsigned i = 0; i < n->u.SELECT.arms.len; i++) {
		struct node *arm = n->u.SELECT.arms.data[i], *value = arm->u.SELECT_ARM.value;
		struct tracked *v = value && value->kind == N_ASSIGN ? tracked_of(f, value->u.ASSIGN.lhs) : NULL;

		f->now = state_copy(f, before);
		if (v)
			fill(f, v);
		for (unsigned k = 0; k < arm->u.SELECT_ARM.body.len; k++)
			walk_stmt(f, arm->u.SELECT_ARM.body.data[k]);
		state_join(f, after, f->now);
	}
	f->exits = exits.outer;
	state_join(f, after, exits.at_break);
	f->now = after;
}

/* Each branch runs, whatever becomes of the others. */
static void walk_join(struct flow *f, struct node *n)
{
	struct node *body = n->u.JOIN.body;

	for (unsigned i = 0; i < body->u.COMPOUND.items.len; i++) {
		uint8_t *before = state_copy(f, f->now);

		walk_stmt(f, body->u.COMPOUND.items.data[i]);
		for (unsigned k = 0; k < f->count; k++)
			if (!f->now[k])
				f->now[k] = before[k];
	}
}

static void walk_async_for(struct flow *f, struct node *n)
{
	uint8_t *after = state_new(f);

	walk_expr(f, n->u.ASYNC_FOR.stream);
	for (unsigned turn = 0; turn < 2; turn++) {
		struct exits exits = {f->exits, n, after, state_new(f)};

		state_join(f, after, f->now);
		walk_declaration(f, n->u.ASYNC_FOR.decl);
		for (unsigned k = 0; k < f->count; k++)
			if (f->now[k] == NEVER_SET && f->vars[k].symbol == loop_variable(n))
				f->now[k] = FULL;
		f->exits = &exits;
		walk_stmt(f, n->u.ASYNC_FOR.body);
		f->exits = exits.outer;
		state_join(f, f->now, exits.at_continue);
	}
	state_join(f, f->now, after);
	if (n->u.ASYNC_FOR.handler) {
		uint8_t *skipped = state_copy(f, f->now);

		walk_stmt(f, n->u.ASYNC_FOR.handler);
		state_join(f, f->now, skipped);
	}
}

static void walk_defer(struct flow *f, struct node *n)
{
	bool outer = f->in_defer;
	uint8_t *now = state_copy(f, f->now);

	f->in_defer = true;
	walk_stmt(f, n->u.DEFER.body);
	f->in_defer = outer;
	f->now = now;
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
			state_join(f, f->now, f->head);
		f->has_default |= n->kind == N_DEFAULT;
		node_each_child(n, walk_child, f);
		break;
	case N_LABEL:
		memset(f->now, FULL | CONSUMED, f->count);
		if (n->u.LABEL.body)
			walk_stmt(f, n->u.LABEL.body);
		break;
	case N_RETURN:
		if (n->u.RETURN.value)
			walk_expr(f, n->u.RETURN.value);
		unreachable(f);
		break;
	case N_BREAK:
	case N_CONTINUE:
		walk_leave(f, n);
		break;
	case N_GOTO:
	case N_GOTO_COMPUTED:
		node_each_child(n, walk_child, f);
		unreachable(f);
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

/* -- functions ------------------------------------------------------------------------------------------- */
static bool is_tracked_type(const struct type *t)
{
	return type_kind(t) == TY_FUTURE || type_kind(t) == TY_TASK || type_kind(t) == TY_STREAM;
}

/* A copy that a block captured: what its owner wanted was said outside. */
static bool is_captured(const struct function *function, const struct symbol *sym)
{
	for (unsigned i = 0; i < function->capture_count; i++)
		if (function->captures[i].inner == sym)
			return true;
	return false;
}

static void report_unused(struct sema *s, const struct function *function, const struct symbol *sym)
{
	if (is_captured(function, sym))
		return;
	switch (type_kind(sym->type)) {
	case TY_FUTURE:
		if (diag_warn(s->diag, W_UNUSED_FUTURE, sym->loc,
			      "the future '%s' is never consumed, so it never runs", sym->name))
			diag_note(s->diag, sym->loc, "await it, or discard it with 'future_drop(%s)'", sym->name);
		break;
	case TY_TASK:
		if (diag_warn(s->diag, W_UNUSED_TASK, sym->loc,
			      "the task '%s' is never awaited: it is cancelled at the end of the handle's scope",
			      sym->name))
			diag_note(s->diag, sym->loc, "await it, or let it run on with '%s.detach()'", sym->name);
		break;
	default: /* a stream is closed */
		break;
	}
}

void check_futures(struct sema *s, struct function *function)
{
	struct flow f = {.s = s};

	for (unsigned i = 0; i < function->local_count; i++)
		f.count += is_tracked_type(function->locals[i]->type);
	if (!f.count)
		return;
	f.vars = ARENA_ARRAY(s->arena, struct tracked, f.count);
	f.count = 0;
	for (unsigned i = 0; i < function->local_count; i++) {
		struct symbol *sym = function->locals[i];

		if (is_tracked_type(sym->type) && !sym->address_taken && !sym->static_duration && sym->name)
			f.vars[f.count++].symbol = sym;
	}
	f.now = state_new(&f);
	memset(f.now, FULL, f.count);
	walk_stmt(&f, function->body);
	for (unsigned i = 0; i < f.count; i++)
		if (!f.vars[i].used)
			report_unused(s, function, f.vars[i].symbol);
}
