/* Futures: which local holds one where, as far as the text shows it.
 *
 * In:  the checked body of a function.
 * Out: an error where a variable is consumed that holds no future on any way there (twice, in every turn of a loop,
 * before it got one); -Wunused-future for one that is consumed nowhere.
 *
 * A forward walk over the statements with one set of states a variable: what it may be at this point. A consumption
 * leaves CONSUMED; it is an error only where FULL is not among them. Loops are walked twice, the second time from the
 * end of the first turn. Behind a label everything is possible. A variable whose address is taken, and one that a defer
 * consumes, are left alone. */
#include "frontend/sema/internal.h"

#include <string.h>

enum { FULL = 1, CONSUMED = 2, NEVER_SET = 4 };

struct tracked {
	struct symbol *symbol;
	struct node *consumed; /* the first consumption that was walked */
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

static void consume(struct flow *f, struct tracked *v, struct node *n)
{
	struct diag *d = f->s->diag;
	uint8_t *state = &f->now[v - f->vars];
	const char *name = v->symbol->name;

	v->used = true;
	if (f->in_defer)
		v->ignored = true;
	if (v->ignored || !*state)
		return;
	if (!(*state & FULL) && !v->reported) {
		v->reported = true;
		if (*state == NEVER_SET) {
			diag_error(d, n->loc, "'%s' is consumed before it holds a future", name);
			diag_note(d, v->symbol->loc, "declared here, without one");
		} else if (v->consumed == n) {
			diag_error(d, n->loc, "the future '%s' is consumed in every turn of the loop", name);
			diag_note(d, v->symbol->loc, "it is made once; make it inside the loop");
		} else {
			diag_error(d, n->loc, "the future '%s' is consumed twice", name);
			if (v->consumed)
				diag_note(d, v->consumed->loc, "first consumed here");
		}
	}
	*state = CONSUMED;
	if (!v->consumed)
		v->consumed = n;
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
	uint8_t *skipped = state_copy(f, f->now);

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

static void walk_expr(struct flow *f, struct node *n)
{
	struct tracked *v;

	if (n->flags & NF_UNEVALUATED)
		return;
	switch (n->kind) {
	case N_IDENT:
		v = tracked_of(f, n);
		if (v)
			consume(f, v, n);
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

static bool always_true(struct node *cond)
{
	struct int_value v;

	if (!cond)
		return true;
	if (!(cond->flags & NF_CONST))
		return false;
	v = const_value(cond);
	return v.lo || v.hi;
}

/* One turn of a loop from f->now; leaves the state before the next turn in f->now and adds to `after` what leaves the
 * loop. */
static void walk_turn(struct flow *f, struct node *n, struct node *cond, struct node *step, struct node *body,
		      bool test_first, uint8_t *after)
{
	struct exits exits = {f->exits, n, after, state_new(f)};

	if (test_first && cond) {
		walk_expr(f, cond);
		if (!always_true(cond))
			state_join(f, after, f->now);
	}
	f->exits = &exits;
	walk_stmt(f, body);
	f->exits = exits.outer;
	state_join(f, f->now, exits.at_continue);
	if (step)
		walk_expr(f, step);
	if (!test_first) {
		walk_expr(f, cond);
		if (!always_true(cond))
			state_join(f, after, f->now);
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
	before = state_copy(f, f->now);
	walk_stmt(f, n->u.IF.then);
	then = f->now;
	f->now = before;
	if (n->u.IF.otherwise)
		walk_stmt(f, n->u.IF.otherwise);
	state_join(f, f->now, then);
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
void check_futures(struct sema *s, struct function *function)
{
	struct flow f = {.s = s};

	for (unsigned i = 0; i < function->local_count; i++)
		f.count += type_kind(function->locals[i]->type) == TY_FUTURE;
	if (!f.count)
		return;
	f.vars = ARENA_ARRAY(s->arena, struct tracked, f.count);
	f.count = 0;
	for (unsigned i = 0; i < function->local_count; i++) {
		struct symbol *sym = function->locals[i];

		if (type_kind(sym->type) == TY_FUTURE && !sym->address_taken && !sym->static_duration && sym->name)
			f.vars[f.count++].symbol = sym;
	}
	f.now = state_new(&f);
	memset(f.now, FULL, f.count);
	walk_stmt(&f, function->body);
	for (unsigned i = 0; i < f.count; i++) {
		struct symbol *sym = f.vars[i].symbol;

		if (f.vars[i].used || !diag_warn(s->diag, W_UNUSED_FUTURE, sym->loc,
						 "the future '%s' is never consumed, so it never runs", sym->name))
			continue;
		diag_note(s->diag, sym->loc, "await it, or discard it with 'future_drop(%s)'", sym->name);
	}
}
