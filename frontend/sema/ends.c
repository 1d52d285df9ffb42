/* How an async function is left: over its end though a value is expected, and with the address of a local. For ordinary functions
 * the C compiler warns of both; a poll function it can't see through, which returns at each await and has its variables in a frame.
 *
 * Control is followed as C compilers do where they don't optimise: a condition counts where it is constant, what a label stands before
 * can be reached. */
#include <string.h>

#include "frontend/sema/internal.h"

struct ends {
	struct sema *s;
	VEC(struct node *) left;      /* loops, switches and selects that a `break` leaves which can be reached */
	VEC(struct node *) continued; /* loops with such a `continue` */
	bool has_default;	      /* of the innermost switch */
};

static bool completes(struct ends *e, struct node *n);

static bool contains(struct node *const *nodes, unsigned len, const struct node *n)
{
	for (unsigned i = 0; i < len; i++)
		if (nodes[i] == n)
			return true;
	return false;
}

static bool is_left(const struct ends *e, const struct node *n)
{
	return contains(e->left.data, e->left.len, n);
}

/* Functions of their own, whose labels and returns are not this one's. */
static bool is_function(const struct node *n)
{
	return n->kind == N_ASYNC_BLOCK || n->kind == N_CLOSURE || n->kind == N_SPAWN_BLOCK || n->kind == N_FUNCTION_DEF;
}

static bool has_no_label(struct node **child, void *ctx)
{
	struct node *n = *child;

	if (n->kind == N_LABEL || n->kind == N_CASE || n->kind == N_DEFAULT)
		return false;
	return is_function(n) || node_each_child(n, has_no_label, ctx);
}

/* -1: the condition is not constant. */
static int truth(struct ends *e, struct node *cond)
{
	struct int_value v;
	int t;

	cond = node_strip(cond);
	if (cond->kind == N_STRING) /* assert(!"what can't be"), assert(0 && "why") */
		return 1;
	if (cond->kind == N_UNARY && cond->u.UNARY.op == OP_NOT && (t = truth(e, cond->u.UNARY.operand)) >= 0)
		return !t;
	if (cond->kind == N_BINARY && cond->u.BINARY.op == OP_LOGAND && truth(e, cond->u.BINARY.lhs) == 0)
		return 0;
	return eval_integer(e->s, cond, &v) ? v.lo || v.hi : -1;
}

static bool is_noreturn(const struct node *call)
{
	const struct node *callee = node_strip(call->u.CALL.callee);
	const struct symbol *f = callee->kind == N_IDENT ? callee->ann : NULL;
	const struct type *t = callee->type;

	if (f && (f->kind == SYM_FUNCTION || f->kind == SYM_BUILTIN)) {
		if (!strcmp(f->name, "__builtin_unreachable") || !strcmp(f->name, "__builtin_trap") || !strcmp(f->name, "__builtin_abort"))
			return true;
		t = f->type;
	}
	while (t && (t->kind == TY_TYPEDEF || t->kind == TY_POINTER))
		t = t->base;
	return t && t->kind == TY_FUNCTION && t->u.function.noreturn;
}

static bool child_completes(struct node **child, void *ctx)
{
	return is_function(*child) || node_family((*child)->kind) == FAM_TYPE || completes(ctx, *child);
}

static bool list_completes(struct ends *e, const struct node_list *items, bool reached)
{
	for (unsigned i = 0; i < items->len; i++) {
		struct node *item = items->data[i];

		if (reached || !has_no_label(&item, NULL))
			reached = completes(e, item);
	}
	return reached;
}

static bool if_completes(struct ends *e, struct node *cond, struct node *then, struct node *otherwise)
{
	int constant = truth(e, cond);
	bool a = !then || completes(e, then), b = !otherwise || completes(e, otherwise);

	return constant > 0 ? a : constant == 0 ? b : a || b;
}

static bool loop_completes(struct ends *e, struct node *n, struct node *cond, struct node *body, bool cond_is_first)
{
	bool ends = completes(e, body) || contains(e->continued.data, e->continued.len, n);
	bool endless = !cond || truth(e, cond) > 0;

	return is_left(e, n) || (!endless && (cond_is_first || ends));
}

static bool switch_completes(struct ends *e, struct node *n)
{
	bool outer = e->has_default, ends;
	struct node *body = n->u.SWITCH.body;

	e->has_default = false;
	ends = body->kind == N_COMPOUND ? list_completes(e, &body->u.COMPOUND.items, false) : completes(e, body);
	ends |= !e->has_default;
	e->has_default = outer;
	return ends || is_left(e, n);
}

static bool select_completes(struct ends *e, struct node *n)
{
	bool ends = false;

	for (unsigned i = 0; i < n->u.SELECT.arms.len; i++)
		ends |= list_completes(e, &n->u.SELECT.arms.data[i]->u.SELECT_ARM.body, true);
	return ends || is_left(e, n);
}

/* Does control go on behind `n`, a statement or an expression? */
static bool completes(struct ends *e, struct node *n)
{
	switch (n->kind) {
	case N_COMPOUND:
		return list_completes(e, &n->u.COMPOUND.items, true);
	case N_IF:
		return if_completes(e, n->u.IF.cond, n->u.IF.then, n->u.IF.otherwise);
	case N_COND:
		return if_completes(e, n->u.COND.cond, n->u.COND.then, n->u.COND.otherwise);
	case N_WHILE:
		return loop_completes(e, n, n->u.WHILE.cond, n->u.WHILE.body, true);
	case N_DO:
		return loop_completes(e, n, n->u.DO.cond, n->u.DO.body, false);
	case N_FOR:
		return loop_completes(e, n, n->u.FOR.cond, n->u.FOR.body, true);
	case N_SWITCH:
		return switch_completes(e, n);
	case N_SELECT:
		return select_completes(e, n);
	case N_ASYNC_FOR:
		completes(e, n->u.ASYNC_FOR.body);
		return true;
	case N_DEFAULT:
		e->has_default = true;
		return !n->u.DEFAULT.body || completes(e, n->u.DEFAULT.body);
	case N_CASE:
		return !n->u.CASE.body || completes(e, n->u.CASE.body);
	case N_LABEL:
		return !n->u.LABEL.body || completes(e, n->u.LABEL.body);
	case N_BREAK:
		vec_push(e->s->arena, &e->left, n->ann);
		return false;
	case N_CONTINUE:
		vec_push(e->s->arena, &e->continued, n->ann);
		return false;
	case N_RETURN:
	case N_GOTO:
	case N_GOTO_COMPUTED:
		return false;
	case N_DEFER:
	case N_SIZEOF:
	case N_GENERIC:
	case N_BUILTIN:
	case N_ERROR:
		return true;
	case N_BINARY: /* the right side of && and || need not run */
		return completes(e, n->u.BINARY.lhs) && (n->u.BINARY.op == OP_LOGAND || n->u.BINARY.op == OP_LOGOR || completes(e, n->u.BINARY.rhs));
	case N_CALL:
		return !is_noreturn(n) && node_each_child(n, child_completes, e);
	default: /* all parts run: those of a declaration, an expression, a nursery; the branches of a join */
		return node_each_child(n, child_completes, e);
	}
}

/* The end of these has a meaning: nothing is missing. */
static bool may_end(const struct function *f)
{
	enum type_kind kind = type_kind(f->return_type);

	if (!f->is_async || f->is_main || kind == TY_VOID || kind == TY_STREAM || kind == TY_ERROR || !type_is_complete(f->return_type))
		return true;
	return kind == TY_INT && f->kind != FN_FUNCTION;
}

void check_end(struct sema *s, struct function *f)
{
	struct ends e = {.s = s};

	if (may_end(f) || s->syntax_errors || !completes(&e, f->body)) /* behind a syntax error the end may be elsewhere */
		return;
	diag_warn(s->diag, W_MISSING_RETURN, (loc_t)f->body->u.COMPOUND.end, "the end of %s is reached without a return, but it gives '%s'",
		  f->kind == FN_FUNCTION ? arena_printf(s->arena, "'%s'", f->symbol->name) : "this block", type_text(s->arena, f->return_type));
}

void check_returned_address(struct sema *s, const struct function *f, struct node *value)
{
	struct node *n = node_strip(value);
	const struct call_use *use = n->kind == N_CALL ? n->ann : NULL;
	const struct type *t = f->return_type;
	const struct symbol *local;

	if (type_kind(t) == TY_RESULT && use && use->role == CALL_OK && n->u.CALL.args.len) {
		t = type_strip(s->arena, f->return_type)->base;
		n = n->u.CALL.args.data[0];
	}
	local = type_kind(t) == TY_POINTER || type_kind(t) == TY_AUTO ? local_address(n) : NULL;
	if (local && local->function == f &&
	    diag_warn(s->diag, W_RETURN_LOCAL, expr_loc(n), "the address of the local '%s' is returned, which ends with the function", local->name))
		diag_note(s->diag, local->loc, "declared here; allocate it, or have the caller pass where the value goes");
}
