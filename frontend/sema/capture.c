/* Captures: which variables a block has copies of, and warnings about what a copy is not.
 *
 * In:  names in blocks that mean automatic objects of an enclosing function.
 * Out: struct capture in each function between the use and the object, inner symbols as parameters of their functions;
 * -Wcapture-assign, -Wsizeof-capture, -Wescaping-capture (capture_address.c has -Wcapture-address). */
#include "frontend/sema/internal.h"

static struct type *captured_type(struct sema *s, struct symbol *outer)
{
	struct type *t = outer->type;

	if (type_kind(t) == TY_ARRAY) {
		outer->address_taken = true;
		return type_decayed(s->arena, t);
	}
	if (type_kind(t) == TY_VA_LIST && type_target.va_list_is_array) {
		t = type_copy(s->arena, type_core(t));
		t->size = t->align = 8;
	}
	return t;
}

static void report_vm(struct sema *s, struct symbol *sym, loc_t use)
{
	diag_error(s->diag, use, "'%s' can't be captured: its type '%s' is variably modified", sym->name, type_text(s->arena, sym->type));
	diag_note(s->diag, sym->loc, "copy what the block needs into a pointer to its element type");
}

static struct symbol *capture(struct sema *s, struct function *f, struct symbol *outer, loc_t use)
{
	struct symbol *inner;
	struct type *t;

	for (unsigned i = 0; i < f->capture_count; i++)
		if (f->captures[i].outer == outer)
			return f->captures[i].inner;
	t = captured_type(s, outer);
	if (t->is_vm) {
		report_vm(s, outer, use);
		t = type_basic(TY_ERROR);
	}
	inner = symbol_new(s, SYM_PARAMETER, outer->name, t, outer->loc);
	inner->function = f;
	scope_add_local(s, f, f->body->ann, inner);
	array_push(s->arena, f->captures, f->capture_count, f->capture_cap, (struct capture){.outer = outer, .inner = inner, .first_use = use});
	return inner;
}

/* `sym` as the function `f` sees it. */
static struct symbol *seen_in(struct sema *s, struct function *f, struct symbol *sym, loc_t use)
{
	if (!f || sym->function == f)
		return sym;
	sym = seen_in(s, f->outer, sym, use);
	return f->kind == FN_FUNCTION ? sym : capture(s, f, sym, use);
}

struct symbol *captured_symbol(struct sema *s, struct symbol *sym, loc_t use)
{
	return seen_in(s, s->function, sym, use);
}

struct capture *capture_of(const struct symbol *sym)
{
	struct function *f = sym->function;

	if (sym->kind != SYM_PARAMETER || !f)
		return NULL;
	for (unsigned i = 0; i < f->capture_count; i++)
		if (f->captures[i].inner == sym)
			return &f->captures[i];
	return NULL;
}

const struct symbol *origin_of(const struct symbol *sym)
{
	const struct capture *c;

	while ((c = capture_of(sym)))
		sym = c->outer;
	return sym;
}

/* -- copies that look like the variable ---------------------------------------------------------------------------- */
struct symbol *variable_of(struct node *lvalue)
{
	for (;;) {
		lvalue = node_strip(lvalue);
		if (lvalue->kind == N_MEMBER && !lvalue->u.MEMBER.arrow)
			lvalue = lvalue->u.MEMBER.base;
		else if (lvalue->kind == N_SUBSCRIPT && lvalue->u.SUBSCRIPT.base->type && type_kind(lvalue->u.SUBSCRIPT.base->type) == TY_ARRAY)
			lvalue = lvalue->u.SUBSCRIPT.base;
		else
			return lvalue->kind == N_IDENT ? lvalue->ann : NULL;
	}
}

void check_capture_assign(struct sema *s, struct node *lvalue, loc_t loc)
{
	struct symbol *sym = s->unevaluated ? NULL : variable_of(lvalue);
	struct capture *c = sym ? capture_of(sym) : NULL;

	if (!c || c->assigned)
		return;
	c->assigned = true;
	if (diag_warn(s->diag, W_CAPTURE_ASSIGN, loc, "this changes the block's copy of '%s', not the variable outside", sym->name))
		diag_note(s->diag, origin_of(sym)->loc,
			  "captured by copy; take a pointer to it outside of the block, or use a variable of the block's own");
}

void check_capture_sizeof(struct sema *s, struct node *operand, loc_t loc)
{
	struct symbol *sym = operand->kind == N_IDENT ? operand->ann : NULL;
	const struct symbol *origin = sym && capture_of(sym) ? origin_of(sym) : NULL;

	if (!origin || type_kind(origin->type) != TY_ARRAY)
		return;
	if (diag_warn(s->diag, W_SIZEOF_CAPTURE, loc, "'sizeof' of the captured array '%s' is the size of a pointer", sym->name))
		diag_note(s->diag, origin->loc, "the array, of type '%s', is captured as a pointer to its first element",
			  type_text(s->arena, origin->type));
}

/* -- captured addresses that may outlive what they point to -------------------------------------------------------- */
struct escapes {
	struct sema *s;
	bool contained; /* what the node gives ends before this function goes on */
};

static bool visit(struct node **slot, void *ctx);

static void walk(struct escapes *e, struct node *n, bool contained)
{
	bool outer = e->contained;

	e->contained = contained;
	visit(&n, e);
	e->contained = outer;
}

const struct symbol *local_address(struct node *n)
{
	struct symbol *sym;

	n = node_strip(n);
	while (n->kind == N_CAST)
		n = node_strip(n->u.CAST.operand);
	if (n->kind == N_UNARY && n->u.UNARY.op == OP_ADDR)
		sym = variable_of(n->u.UNARY.operand);
	else if (n->type && type_kind(n->type) == TY_ARRAY)
		sym = variable_of(n);
	else
		return NULL;
	return sym && sym->function && !sym->static_duration && (sym->kind == SYM_VARIABLE || sym->kind == SYM_PARAMETER) ? sym : NULL;
}

static void check_capture(struct sema *s, struct capture *c)
{
	const struct symbol *origin = origin_of(c->outer), *target = NULL;
	struct node *d = origin->declarator;

	if (type_kind(origin->type) == TY_ARRAY) {
		if (diag_warn(s->diag, W_ESCAPING_CAPTURE, c->first_use, "the array '%s' is captured as a pointer by a block that may outlive it", origin->name))
			diag_note(s->diag, origin->loc, "put it into a struct, which is copied, allocate it, or run the block in a nursery");
		return;
	}
	if (origin->kind == SYM_VARIABLE && !d && nursery_of(origin->type) != NOT_A_NURSERY) {
		if (diag_warn(s->diag, W_ESCAPING_CAPTURE, c->first_use, "the nursery '%s' is captured by a block that may outlive it", origin->name))
			diag_note(s->diag, origin->loc, "it ends at the end of its block; run this one as a child of it");
		return;
	}
	if (d && d->kind == N_DECLARATOR && d->u.DECLARATOR.init && node_family(d->u.DECLARATOR.init->kind) == FAM_EXPR)
		target = local_address(d->u.DECLARATOR.init);
	if (!target)
		return;
	if (diag_warn(s->diag, W_ESCAPING_CAPTURE, c->first_use, "'%s', captured by a block that may outlive it, points to the local '%s'",
		      origin->name, target->name))
		diag_note(s->diag, target->loc, "capture its value, allocate it, or run the block in a nursery");
}

static void check_block_captures(struct escapes *e, struct function *f)
{
	for (unsigned i = 0; f && !e->contained && i < f->capture_count; i++)
		check_capture(e->s, &f->captures[i]);
}

static void walk_call(struct escapes *e, struct node *n)
{
	struct call_use *use = n->ann;
	bool contained = false;

	if (use)
		switch (use->role) {
		case CALL_BLOCK_ON:
			contained = true;
			break;
		case CALL_METHOD:
			contained = use->op == DO_NURSERY_ASYNC_SPAWN;
			break;
		case CALL_LIBRARY: /* what a combinator was given ends before it does */
			contained = e->contained && (use->op == DO_TIMEOUT || use->op == DO_DEADLINE || use->op == DO_MAP ||
						     use->op == DO_AND_THEN || use->op == DO_PARALLEL);
			break;
		default:
			break;
		}
	walk(e, n->u.CALL.callee, use && use->role == CALL_CLOSURE && e->contained);
	for (unsigned i = 0; i < n->u.CALL.args.len; i++)
		walk(e, n->u.CALL.args.data[i], contained);
}

static bool visit_outside(struct node **slot, void *ctx)
{
	walk(ctx, *slot, false);
	return true;
}

static bool visit(struct node **slot, void *ctx)
{
	struct node *n = *slot;
	struct escapes *e = ctx;
	struct spawn_use *spawn;

	if (n->flags & NF_UNEVALUATED)
		return true;
	switch (n->kind) {
	case N_ASYNC_BLOCK:
	case N_CLOSURE:
		check_block_captures(e, n->ann);
		break;
	case N_SPAWN_BLOCK:
		spawn = n->ann;
		if (spawn && spawn->op == DO_SPAWN_BLOCKING)
			check_block_captures(e, spawn->function);
		break;
	case N_PAREN:
		walk(e, n->u.PAREN.inner, e->contained);
		break;
	case N_COND:
		walk(e, n->u.COND.cond, false);
		if (n->u.COND.then)
			walk(e, n->u.COND.then, e->contained);
		walk(e, n->u.COND.otherwise, e->contained);
		break;
	case N_MEMBER:
		walk(e, n->u.MEMBER.base, expr_is_await(n));
		break;
	case N_CALL:
		walk_call(e, n);
		break;
	case N_FUNCTION_DEF: /* a nested function: looked at by itself */
		break;
	default:
		node_each_child(n, visit_outside, e);
		break;
	}
	return true;
}

void check_escapes(struct sema *s, struct function *f)
{
	struct escapes e = {.s = s};
	struct node *body = f->body;

	if (f->block_count)
		visit(&body, &e);
}
