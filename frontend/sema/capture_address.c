/* -Wcapture-address: the address of a block's copy, where the original's was meant; -Wcapture-condition: a loop that waits for a copy to change.
 *
 *     n.async_spawn { async_mutex_lock(&m).await?; }           the copy of a lock excludes nobody
 *     n.async_spawn { count(&total); }                         count() fills the block's copy, which nobody reads,
 *     ...                                                      while the variable is read behind the block
 *     printf("%d", total);
 *     async { while (b.active) async_sleep(50).await?; }       the block's b.active never changes
 * In:  blocks whose captures are known.   Out: a warning for each such capture, and each such loop, once.
 * A copy that the block reads afterwards is one it works with, and a pointer to const changes nothing: of these nothing is said. */
#include "frontend/sema/internal.h"

#include <string.h>

/* What works by its address, so that a copy of it is of no use to those who have the original: an object that tasks wait in (each of
 * <asyncc/sync.h> has an async__waiters), C's and POSIX's locks, atomic objects. The first such type in `t`, or NULL. */
static struct type *shared_by_address(struct type *t)
{
	static const char *const names[] = { "pthread_mutex_t", "pthread_cond_t", "pthread_rwlock_t", "pthread_barrier_t", "pthread_spinlock_t",
					     "pthread_once_t", "sem_t", "mtx_t", "cnd_t", "once_flag" };
	const struct tag *tag;
	struct type *found = NULL;

	if (type_quals(t) & Q_ATOMIC)
		return t;
	switch (t->kind) {
	case TY_TYPEDEF:
		for (size_t i = 0; i < sizeof names / sizeof *names; i++)
			if (!strcmp(t->u.symbol->name, names[i]))
				return t;
		found = shared_by_address(t->base);
		return found == t->base ? t : found;
	case TY_ARRAY:
		return shared_by_address(t->base);
	case TY_STRUCT:
	case TY_UNION:
		tag = type_tag(t);
		for (unsigned i = 0; !found && i < tag->member_count; i++) {
			const struct tag *member = type_tag(tag->members[i].type);
			bool is_line = member && member->name && !strcmp(member->name, "async__waiters");
			found = is_line ? t : shared_by_address(tag->members[i].type);
		}
		return found;
	default:
		return NULL;
	}
}

void check_capture_address(struct sema *s, struct node *lvalue, const struct node *address)
{
	struct symbol *sym = s->unevaluated ? NULL : variable_of(lvalue);
	struct capture *c = sym ? capture_of(sym) : NULL;
	struct type *shared = c && !c->addressed ? shared_by_address(lvalue->type) : NULL;

	if (!shared)
		return;
	c->addressed = true;
	if (diag_warn(s->diag, W_CAPTURE_ADDRESS, address->loc, "'%s' is the address of the block's own copy of '%s', which nothing outside of the block shares",
		      expr_text(s, address), sym->name))
		diag_note(s->diag, origin_of(sym)->loc, "'%s' is captured by copy; take the address outside of the block and use that pointer in it",
			  type_text(s->arena, shared));
}

/* -- what a function and its blocks do to variables ----------------------------------------------------------------- */
enum mention_kind {
	READ,      /* the value; or the address is passed as a pointer to const */
	WRITTEN,
	PASSED,    /* the address, to a call that may change it */
	KEPT       /* the address, to an async call or to elsewhere: what has it may change the variable later */
};

struct mention {
	enum mention_kind kind;
	struct symbol *symbol; /* as its function sees it: the variable, or a block's copy */
	loc_t loc;
	struct node *address;  /* the argument `&x`, or NULL */
};

struct mentions {
	struct sema *s;
	VEC(struct mention) list;
	VEC(struct node *) loops; /* WHILE, FOR */
};

static bool find_mentions(struct node **slot, void *ctx);

static void mention(struct mentions *m, enum mention_kind kind, struct symbol *sym, loc_t loc, struct node *address)
{
	struct mention mention = {.kind = kind, .symbol = sym, .loc = loc, .address = address};
	vec_push(m->s->arena, &m->list, mention);
}

/* An automatic object with a value that is copied. */
static bool is_copied(const struct symbol *sym)
{
	if (!sym || !sym->function || sym->static_duration || (sym->kind != SYM_VARIABLE && sym->kind != SYM_PARAMETER))
		return false;
	switch (type_kind(origin_of(sym)->type)) {
	case TY_ARRAY: case TY_FUTURE: case TY_TASK: case TY_STREAM: case TY_CLOSURE: case TY_ERROR:
		return false;
	default:
		return true;
	}
}

/* The subscripts in an lvalue are read whatever happens to it. */
static void find_in_subscripts(struct mentions *m, struct node *lvalue)
{
	for (;;) {
		lvalue = node_strip(lvalue);
		if (lvalue->kind == N_SUBSCRIPT)
			find_mentions(&lvalue->u.SUBSCRIPT.index, m);
		if (lvalue->kind == N_SUBSCRIPT)
			lvalue = lvalue->u.SUBSCRIPT.base;
		else if (lvalue->kind == N_MEMBER)
			lvalue = lvalue->u.MEMBER.base;
		else
			return;
	}
}

/* `param`: the parameter's type, NULL where none is known. */
static void find_in_argument(struct mentions *m, struct node *arg, struct type *param, bool is_async)
{
	struct node *e = node_strip(arg);
	while (e->kind == N_CAST)
		e = node_strip(e->u.CAST.operand);
	struct symbol *sym = e->kind == N_UNARY && e->u.UNARY.op == OP_ADDR ? variable_of(e->u.UNARY.operand) : NULL;
	if (!is_copied(sym)) {
		find_mentions(&arg, m);
		return;
	}
	struct type *pointer = param ? type_strip(m->s->arena, param) : NULL;
	bool reads = pointer && pointer->kind == TY_POINTER && type_quals(pointer->base) & Q_CONST;
	mention(m, reads ? READ : is_async ? KEPT : PASSED, sym, e->loc, e);
	find_in_subscripts(m, e->u.UNARY.operand);
}

static void find_in_call(struct mentions *m, struct node *call)
{
	const struct call_use *use = call->ann;
	const struct type *function = use ? use->function : NULL;
	find_mentions(&call->u.CALL.callee, m);
	for (unsigned i = 0; i < call->u.CALL.args.len; i++) {
		bool typed = function && function->kind == TY_FUNCTION && i < function->u.function.param_count;
		find_in_argument(m, call->u.CALL.args.data[i], typed ? function->u.function.params[i].type : NULL, use && use->role == CALL_ASYNC);
	}
}

static bool find_mentions(struct node **slot, void *ctx)
{
	struct mentions *m = ctx;
	struct node *n = *slot;
	if (n->flags & NF_UNEVALUATED)
		return true;
	switch (n->kind) {
	case N_CALL:
		find_in_call(m, n);
		return true;
	case N_ASSIGN:
		if (variable_of(n->u.ASSIGN.lhs)) {
			if (is_copied(variable_of(n->u.ASSIGN.lhs)))
				mention(m, WRITTEN, variable_of(n->u.ASSIGN.lhs), n->loc, NULL);
			find_in_subscripts(m, n->u.ASSIGN.lhs);
			return find_mentions(&n->u.ASSIGN.rhs, m);
		}
		break;
	case N_UNARY:
		if (n->u.UNARY.op == OP_ADDR && variable_of(n->u.UNARY.operand)) {
			if (is_copied(variable_of(n->u.UNARY.operand)))
				mention(m, KEPT, variable_of(n->u.UNARY.operand), n->loc, NULL);
			find_in_subscripts(m, n->u.UNARY.operand);
			return true;
		}
		if ((n->u.UNARY.op == OP_PRE_INC || n->u.UNARY.op == OP_PRE_DEC) && is_copied(variable_of(n->u.UNARY.operand)))
			mention(m, WRITTEN, variable_of(n->u.UNARY.operand), n->loc, NULL);
		break;
	case N_POSTFIX:
		if (is_copied(variable_of(n->u.POSTFIX.operand)))
			mention(m, WRITTEN, variable_of(n->u.POSTFIX.operand), n->loc, NULL);
		break;
	case N_WHILE:
	case N_FOR:
		vec_push(m->s->arena, &m->loops, n);
		break;
	case N_CAST:
		if (n->type && type_kind(n->type) == TY_VOID && variable_of(n->u.CAST.operand))
			return true;
		break;
	case N_IDENT:
		if (is_copied(n->ann))
			mention(m, READ, n->ann, n->loc, NULL);
		return true;
	case N_FUNCTION_DEF: /* a nested function: looked at by itself */
		return true;
	default:
		break;
	}
	node_each_child(n, find_mentions, m);
	return true;
}

/* Is `sym` the copy `copy`, or a copy of that? */
static bool derives_from(const struct symbol *sym, const struct symbol *copy)
{
	const struct capture *c;
	while (sym != copy && (c = capture_of(sym)))
		sym = c->outer;
	return sym == copy;
}

/* -- copies that a call fills -------------------------------------------------------------------------------------- */

/* The first value that is read behind `after`: of the copy itself (inside), or of the variable by others. A struct that others pass by its address as well may be
 * a handle, of which copies are as good. */
static const struct mention *read_behind(const struct mentions *m, const struct symbol *copy, bool inside, loc_t after)
{
	bool by_address = !inside && !type_is_record(copy->type);
	for (unsigned i = 0; i < m->list.len; i++) {
		const struct mention *read = &m->list.data[i];
		bool counts = read->kind == READ || (read->address && by_address);
		if (counts && read->loc > after && derives_from(read->symbol, copy) == inside && origin_of(read->symbol) == origin_of(copy))
			return read;
	}
	return NULL;
}

static void check_filled(struct mentions *m, const struct mention *filled)
{
	struct capture *c = filled->kind != READ && filled->address ? capture_of(filled->symbol) : NULL;
	if (!c || c->addressed || read_behind(m, filled->symbol, true, filled->loc))
		return;
	const struct mention *read = read_behind(m, filled->symbol, false, filled->symbol->function->body->end);
	if (!read)
		return;
	c->addressed = true;
	if (!diag_warn(m->s->diag, W_CAPTURE_ADDRESS, filled->loc, "'%s' is the address of the block's own copy of '%s', which nothing outside of the block shares",
		       expr_text(m->s, filled->address), filled->symbol->name))
		return;
	diag_note(m->s->diag, read->loc, "what is read here, the call does not change");
	diag_note(m->s->diag, origin_of(filled->symbol)->loc, "captured by copy; take the address outside of the block and use that pointer in it");
}

/* -- loops that wait for a copy to change --------------------------------------------------------------------------- */
/* Does the block change its copy, or might it? */
static bool is_changed_inside(const struct mentions *m, const struct symbol *copy)
{
	for (unsigned i = 0; i < m->list.len; i++)
		if (m->list.data[i].kind != READ && derives_from(m->list.data[i].symbol, copy))
			return true;
	return false;
}

/* Where the function around changes the variable while the block runs, as far as the text tells. */
static const struct mention *change_outside(const struct mentions *m, const struct symbol *copy)
{
	for (unsigned i = 0; i < m->list.len; i++) {
		const struct mention *change = &m->list.data[i];
		bool later = change->loc > copy->function->body->begin;
		if (change->symbol == origin_of(copy) && (change->kind == KEPT || ((change->kind == WRITTEN || change->kind == PASSED) && later)))
			return change;
	}
	return NULL;
}

struct condition {
	const struct mentions *mentions;
	const struct symbol *copy;    /* one that changes outside */
	const struct mention *change; /* there */
};

/* False if something in the expression may change while the loop runs. */
static bool is_frozen(struct node **slot, void *ctx)
{
	struct condition *c = ctx;
	struct node *n = *slot;
	struct symbol *sym = n->ann;
	if (n->type && type_quals(n->type) & (Q_VOLATILE | Q_ATOMIC))
		return false;
	switch (n->kind) {
	case N_NUMBER: case N_CHAR_CONST: case N_TYPE_NAME:
		return true;
	case N_IDENT:
		if (sym && sym->kind == SYM_ENUMERATOR)
			return true;
		if (!sym || !capture_of(sym) || !is_copied(sym) || is_changed_inside(c->mentions, sym))
			return false;
		if (!c->change && (c->change = change_outside(c->mentions, sym)))
			c->copy = sym;
		return true;
	case N_MEMBER:
		return !n->u.MEMBER.arrow && node_each_child(n, is_frozen, c);
	case N_UNARY:
		return (n->u.UNARY.op == OP_NOT || n->u.UNARY.op == OP_BITNOT || n->u.UNARY.op == OP_PLUS || n->u.UNARY.op == OP_MINUS) && node_each_child(n, is_frozen, c);
	case N_PAREN: case N_CAST: case N_BINARY:
		return node_each_child(n, is_frozen, c);
	default:
		return false;
	}
}

static void check_loop(struct mentions *m, struct node *loop)
{
	struct node *cond = loop->kind == N_WHILE ? loop->u.WHILE.cond : loop->u.FOR.cond;
	struct condition c = {.mentions = m};
	if (!cond || !is_frozen(&cond, &c) || !c.change)
		return;
	if (!diag_warn(m->s->diag, W_CAPTURE_CONDITION, expr_loc(cond), "the condition of this loop is of the block's own copy of '%s', which nothing changes",
		       c.copy->name))
		return;
	diag_note(m->s->diag, c.change->loc, "what may change '%s' here, the block does not see", c.copy->name);
	diag_note(m->s->diag, origin_of(c.copy)->loc, "captured by copy; take the address outside of the block and use that pointer in it");
}

void check_copies(struct sema *s, struct function *f)
{
	struct mentions m = {.s = s};
	if (!f->block_count)
		return;
	find_mentions(&f->body, &m);
	for (unsigned i = 0; i < m.list.len; i++)
		check_filled(&m, &m.list.data[i]);
	for (unsigned i = 0; i < m.loops.len; i++)
		check_loop(&m, m.loops.data[i]);
}
