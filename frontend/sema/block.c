/* Blocks as functions: async { }, closures, the blocks of n.async_spawn, n.spawn and spawn_blocking (dialect.md 5).
 *
 * In:  the node, in the scope where it stands.
 * Out: a struct function of its own (node.ann; of a SPAWN_BLOCK in its struct spawn_use), in unit->functions before the
 * one that it lies in; node.type. Its type comes from its returns:
 *
 *     async { if (!p) return 0; return f(p).await; }       int and long: long
 *     async { step().await?; }                              int, 0 at its end
 *     async { if (bad) return err(ASYNC_EIO); return r; }   the type of r, which ok() and err() take too
 *
 * So every return is checked without knowing it, and ok() and err() are finished at the end. */
#include <strings.h>

#include "frontend/sema/internal.h"

/* -- the types of returns ------------------------------------------------------------------------------------------ */
struct type *leave_type(const struct function *f)
{
	return f->is_async && type_kind(f->return_type) == TY_STREAM ? type_basic(TY_INT) : f->return_type;
}

bool in_inferred_block(const struct sema *s)
{
	return s->function && s->function->block && s->function->block->inferred;
}

void block_try(struct sema *s, struct node *n)
{
	if (!s->function->block->first_try)
		s->function->block->first_try = n;
}

/* Checks the value of a return as far as that goes without the block's type. NULL: it is made of ok() and err() alone. */
static struct type *prepare_value(struct sema *s, struct node *e)
{
	unsigned before = s->suspensions;
	struct type *a, *b;

	if (!dialect_result_call(s, e))
		return check_rvalue(s, e, NULL);
	switch (e->kind) {
	case N_PAREN:
		a = prepare_value(s, e->u.PAREN.inner);
		break;
	case N_UNARY: /* __extension__ */
		a = prepare_value(s, e->u.UNARY.operand);
		break;
	case N_COMMA:
		check_rvalue(s, e->u.COMMA.lhs, NULL);
		check_dropped(s, e->u.COMMA.lhs);
		a = prepare_value(s, e->u.COMMA.rhs);
		break;
	case N_COND:
		if (e->u.COND.then)
			check_condition(s, e->u.COND.cond);
		a = e->u.COND.then ? prepare_value(s, e->u.COND.then) : check_rvalue(s, e->u.COND.cond, NULL);
		b = prepare_value(s, e->u.COND.otherwise);
		a = a ? a : b;
		break;
	default:
		use_dialect(s);
		call_use_new(s, e, strcasecmp(e->u.CALL.callee->u.IDENT.name + (e->u.CALL.callee->u.IDENT.name[0] == '_'), "ok") ? CALL_ERR : CALL_OK);
		for (unsigned i = 0; i < e->u.CALL.args.len; i++)
			check_rvalue(s, e->u.CALL.args.data[i], NULL);
		a = NULL;
		break;
	}
	if (s->suspensions != before)
		e->flags |= NF_HAS_AWAIT;
	return a;
}

/* Gives what prepare_value left open its type. */
static void settle_value(struct sema *s, struct node *e, struct type *type)
{
	if (e->type)
		return;
	switch (e->kind) {
	case N_PAREN:
		settle_value(s, e->u.PAREN.inner, type);
		e->type = e->u.PAREN.inner->type;
		break;
	case N_UNARY:
		settle_value(s, e->u.UNARY.operand, type);
		e->type = e->u.UNARY.operand->type;
		break;
	case N_COMMA:
		settle_value(s, e->u.COMMA.rhs, type);
		e->type = e->u.COMMA.rhs->type;
		break;
	case N_COND:
		if (e->u.COND.then)
			settle_value(s, e->u.COND.then, type);
		settle_value(s, e->u.COND.otherwise, type);
		e->type = conditional_type(s, e, e->u.COND.then ? e->u.COND.then : e->u.COND.cond, e->u.COND.otherwise);
		break;
	default:
		check_ok_err(s, e, ((struct call_use *)e->ann)->role == CALL_OK, type);
		break;
	}
}

void block_return(struct sema *s, struct node *n)
{
	struct block *b = s->function->block;
	struct node *value = n->u.RETURN.value;

	n->type = value ? prepare_value(s, value) : type_basic(TY_VOID);
	node_list_push(s->arena, &b->returns, n);
}

static bool is_wider_than_int(const struct type *t)
{
	return type_is_integer(t) && type_kind(t) != TY_ENUM && type_kind(t) != TY_BITINT && t->size > type_basic(TY_INT)->size;
}

static bool is_zero(struct node *ret)
{
	return ret->u.RETURN.value && expr_is_null_constant(ret->u.RETURN.value);
}

/* The type that two returns agree on, or NULL. `only_zero`: whatever had type `a` was a literal 0. */
static struct type *agreed_type(struct sema *s, struct type *a, bool only_zero, struct type *b, struct node *ret)
{
	struct type *pa, *pb;

	if (type_compatible_unqualified(a, b))
		return type_composite(s->arena, a, b);
	if (only_zero && type_kind(b) == TY_POINTER)
		return b;
	if (is_zero(ret) && type_kind(a) == TY_POINTER)
		return a;
	if (type_kind(a) == TY_INT && is_wider_than_int(b))
		return b;
	if (type_kind(b) == TY_INT && is_wider_than_int(a))
		return a;
	if (type_kind(a) != TY_POINTER || type_kind(b) != TY_POINTER)
		return NULL;
	pa = type_strip(s->arena, a)->base;
	pb = type_strip(s->arena, b)->base;
	if (!type_compatible_unqualified(type_unqualified(s->arena, pa), type_unqualified(s->arena, pb)))
		return NULL;
	return type_pointer(s->arena, type_qualified(s->arena, pa, type_quals(pb)));
}

static void report_disagreement(struct sema *s, struct type *a, struct node *first, struct type *b, struct node *ret)
{
	struct node *value = ret->u.RETURN.value;
	bool void_b = type_kind(b) == TY_VOID, void_a = type_kind(a) == TY_VOID;

	if (void_b)
		diag_error(s->diag, ret->loc, "this 'return' has no value, an earlier one has type '%s'", type_text(s->arena, a));
	else if (void_a)
		diag_error(s->diag, expr_loc(value), "this 'return' has type '%s', an earlier one has no value", type_text(s->arena, b));
	else
		diag_error(s->diag, expr_loc(value), "this 'return' has type '%s', an earlier one '%s'", type_text(s->arena, b),
			   type_text(s->arena, a));
	diag_note(s->diag, first->loc, "the type of a block is that of all of its returns; this is the first%s",
		  void_a || void_b ? "" : ": cast one of the values");
}

/* Can a block have this type? Reports if not. */
static bool value_allowed(struct sema *s, struct type *t, struct node *ret)
{
	struct node *value = ret->u.RETURN.value;

	switch (type_kind(t)) {
	case TY_FUTURE:
		reject_future(s, value, "the value of a block");
		return false;
	case TY_TASK:
	case TY_STREAM:
		diag_error(s->diag, expr_loc(value), "a block can't return '%s'", type_text(s->arena, t));
		diag_note(s->diag, expr_loc(value), "it would be dropped where the block ends; store it through a pointer");
		return false;
	default:
		break;
	}
	if (!t->is_vm)
		return true;
	diag_error(s->diag, expr_loc(value), "the value of a block can't have a variably modified type");
	return false;
}

static void report_circular(struct sema *s, struct block *b)
{
	struct node *value = b->returns.data[0]->u.RETURN.value;

	diag_error(s->diag, expr_loc(value), "the type of this block isn't known: 'ok' and 'err' take theirs from it");
	if (b->node->kind == N_CLOSURE)
		diag_note(s->diag, b->node->loc, "give it behind the parameters: '-> result(...)'");
	else
		diag_note(s->diag, b->node->loc,
			  "return a variable that has the type, or call an async function that does the work");
}

/* The type of the block, when its body has been checked. */
static struct type *infer_type(struct sema *s, struct block *b)
{
	struct type *t = NULL;
	struct node *first = NULL;
	bool only_zero = true, open = false, failed = false;

	for (unsigned i = 0; i < b->returns.len; i++) {
		struct node *ret = b->returns.data[i];
		struct type *here = ret->type, *both;

		ret->type = NULL;
		open |= !here;
		if (!here)
			continue;
		if (type_kind(here) == TY_ERROR || !value_allowed(s, here, ret)) {
			failed = true;
			continue;
		}
		both = t ? agreed_type(s, t, only_zero, here, ret) : here;
		if (!both) {
			report_disagreement(s, t, first, here, ret);
			failed = true;
			continue;
		}
		t = both;
		first = first ? first : ret;
		only_zero &= is_zero(ret);
	}
	if (failed || (!t && b->broken))
		return type_basic(TY_ERROR);
	if (t)
		return type_unqualified(s->arena, t);
	if (open) {
		report_circular(s, b);
		return type_basic(TY_ERROR);
	}
	return type_basic(b->first_try ? TY_INT : TY_VOID);
}

static void finish_type(struct sema *s, struct function *f)
{
	struct block *b = f->block;
	struct type *t;

	b->inferred = false;
	f->return_type = infer_type(s, b);
	for (unsigned i = 0; i < b->returns.len; i++)
		if (b->returns.data[i]->u.RETURN.value)
			settle_value(s, b->returns.data[i]->u.RETURN.value, f->return_type);
	if (!b->first_try || type_kind(f->return_type) == TY_ERROR || type_carries_error(f->return_type))
		return;
	t = f->return_type;
	f->return_type = type_basic(TY_ERROR);
	diag_error(s->diag, b->first_try->loc, "'?' in a block whose type '%s' carries no error", type_text(s->arena, t));
	if (type_kind(t) == TY_VOID)
		diag_note(s->diag, b->returns.data[0]->loc, "return a value: 'return 0'");
	else
		diag_note(s->diag, b->returns.data[0]->loc, "it has its type from this 'return'; return an 'int' or a 'result(T)', or test the value by hand");
}

struct type *block_value_type(struct sema *s, struct node *arrow)
{
	struct type *t = arrow ? check_eventual_type(s, arrow) : type_basic(TY_VOID);

	if (type_kind(t) != TY_STREAM)
		return t;
	diag_error(s->diag, arrow->begin, "a closure can't be a generator");
	diag_note(s->diag, arrow->begin, "declare an async function: 'async fn name(...) -> %s'", type_text(s->arena, t));
	return type_basic(TY_ERROR);
}

/* -- the function -------------------------------------------------------------------------------------------------- */
static const char *block_name(struct sema *s)
{
	struct function *outer = s->function;
	const char *stem = outer->symbol->name, *name;

	for (struct function *f = outer; f->is_nested && f->outer; f = f->outer)
		stem = arena_printf(s->arena, "%s__%s", f->outer->symbol->name, stem);
	do
		name = intern_str(arena_printf(s->arena, "%s__block_%u", stem, ++outer->block_count));
	while (map_get(&s->file_scope->names, name));
	return name;
}

static struct function *block_new(struct sema *s, struct node *n, enum function_kind kind, struct node *body)
{
	struct function *f = ARENA_NEW(s->arena, struct function);
	struct block *b = ARENA_NEW(s->arena, struct block);
	struct symbol *sym = symbol_new(s, SYM_FUNCTION, block_name(s), type_basic(TY_ERROR), n->loc);

	sym->storage = SC_STATIC;
	sym->linkage = LINK_INTERNAL;
	sym->implicit = sym->defined = true;
	sym->body = f;
	b->node = n;
	b->loop = s->targets.loop;
	b->breakable = s->targets.breakable;
	b->inferred = true;
	b->unevaluated = s->unevaluated || (s->function->block && s->function->block->unevaluated);
	f->kind = kind;
	f->item = s->item;
	f->symbol = sym;
	f->body = body;
	f->return_type = type_basic(TY_AUTO);
	f->is_async = kind != FN_THREAD;
	f->outer = s->function;
	f->block = b;
	return f;
}

static void add_declared_params(struct sema *s, struct function *f, struct node_list *list)
{
	f->params = ARENA_ARRAY(s->arena, struct symbol *, list->len);
	for (unsigned i = 0; i < list->len; i++) {
		struct node *param = list->data[i];
		struct type *t = check_parameter(s, param, param->u.PARAM.specs, param->u.PARAM.declarator);
		struct symbol *sym = param->ann;

		if (type_kind(t) == TY_VOID && list->len == 1 && !sym->name) {
			param->ann = NULL;
			return;
		}
		f->params[f->param_count++] = sym;
		scope_add(s, sym);
	}
}

/* Captures become parameters behind the declared ones, and all parameters the first locals. */
static void add_captures(struct sema *s, struct function *f)
{
	struct symbol **params = ARENA_ARRAY(s->arena, struct symbol *, f->param_count + f->capture_count);
	struct symbol **locals = ARENA_ARRAY(s->arena, struct symbol *, f->local_count);
	unsigned count = 0, at = 0;

	for (unsigned i = 0; i < f->param_count; i++)
		params[count++] = f->params[i];
	for (unsigned i = 0; i < f->capture_count; i++)
		params[count++] = f->captures[i].inner;
	f->params = params;
	f->param_count = count;
	for (unsigned i = 0; i < count; i++)
		locals[at++] = params[i];
	for (unsigned i = 0; i < f->local_count; i++)
		if (f->locals[i]->kind != SYM_PARAMETER)
			locals[at++] = f->locals[i];
	f->locals = locals;
	f->local_count = f->local_cap = at;
	for (unsigned i = 0; i < at; i++)
		locals[i]->index = i;
}

static struct type *function_type(struct sema *s, struct function *f)
{
	struct param *params = ARENA_ARRAY(s->arena, struct param, f->param_count);
	struct type *t = type_function(s->arena, f->return_type, params, f->param_count, false);

	for (unsigned i = 0; i < f->param_count; i++)
		params[i] = (struct param){f->params[i]->name, f->params[i]->type, f->params[i]->loc};
	t->u.function.is_async = f->is_async;
	return t;
}

/* Blocks stand in the unit before the function that they lie in, inner ones first. */
static void add_to_unit(struct sema *s, struct function *f)
{
	struct unit *u = s->unit;
	struct function *outermost = f;
	unsigned at;

	while (outermost->outer)
		outermost = outermost->outer;
	if (u->function_count == u->function_cap)
		u->functions = vec_grow(s->arena, u->functions, &u->function_cap, sizeof *u->functions);
	for (at = u->function_count++; at > 0; at--) {
		u->functions[at] = u->functions[at - 1];
		if (u->functions[at] == outermost)
			break;
	}
	u->functions[at ? at - 1 : 0] = f;
}

static void check_body(struct sema *s, struct function *f, struct node_list *params, struct node *arrow)
{
	struct function *outer = s->function;
	const char *reason = s->no_await_reason;
	int depth = s->param_depth, no_await = s->no_await;

	s->function = f;
	s->param_depth = s->no_await = 0;
	scope_push(s, f->body);
	if (params)
		add_declared_params(s, f, params);
	if (arrow) {
		f->return_type = block_value_type(s, arrow);
		f->block->inferred = false;
	}
	check_function_body(s, f);
	if (f->block->inferred)
		finish_type(s, f);
	check_end(s, f);
	scope_pop(s);
	s->function = outer;
	s->param_depth = depth;
	s->no_await = no_await;
	s->no_await_reason = reason;
}

/* May a block stand here? Reports if not. */
static bool block_allowed(struct sema *s, struct node *n, const char *what)
{
	use_dialect(s);
	n->type = type_basic(TY_ERROR);
	if (s->function && !s->no_await)
		return true;
	diag_error(s->diag, n->loc, "%s %s", what, s->function && s->no_await_reason ? s->no_await_reason : "outside of a function");
	diag_note(s->diag, n->loc, "it is made at run time; declare an async function instead, or make it inside a function");
	return false;
}

/* The function of the block `n`; declared parameters are the first `*declared` ones. */
static struct function *check_block(struct sema *s, struct node *n, enum function_kind kind, struct node *body, struct node_list *params,
				    struct node *arrow, unsigned *declared)
{
	struct function *f = block_new(s, n, kind, body);

	check_body(s, f, params, arrow);
	if (declared)
		*declared = f->param_count;
	add_captures(s, f);
	f->symbol->type = function_type(s, f);
	if (!f->block->unevaluated)
		add_to_unit(s, f);
	return f;
}

/* -- expressions --------------------------------------------------------------------------------------------------- */
void check_async_block(struct sema *s, struct node *n)
{
	struct function *f;

	if (!block_allowed(s, n, "an async block"))
		return;
	n->ann = f = check_block(s, n, FN_BLOCK, n->u.ASYNC_BLOCK.body, NULL, NULL, NULL);
	if (type_kind(f->return_type) != TY_ERROR)
		n->type = type_dialect(s->arena, TY_FUTURE, f->return_type);
}

/* A future, task or stream belongs to one owner; each call of a closure would have a copy of it. */
static void reject_owned_captures(struct sema *s, struct function *f)
{
	for (unsigned i = 0; i < f->capture_count; i++) {
		struct capture *c = &f->captures[i];
		enum type_kind k = type_kind(c->inner->type);

		if (k != TY_FUTURE && k != TY_TASK && k != TY_STREAM)
			continue;
		diag_error(s->diag, c->first_use, "the closure can't have a copy of '%s', a '%s', in each of its calls", c->outer->name,
			   type_text(s->arena, c->inner->type));
		diag_note(s->diag, c->outer->loc, "it is consumed once; make it inside the closure, or use an async block");
	}
}

void check_closure(struct sema *s, struct node *n)
{
	struct function *f;
	struct type *t;
	unsigned declared;

	if (!block_allowed(s, n, "a closure"))
		return;
	n->ann = f = check_block(s, n, FN_CLOSURE, n->u.CLOSURE.body, &n->u.CLOSURE.params, n->u.CLOSURE.arrow, &declared);
	reject_owned_captures(s, f);
	if (type_kind(f->return_type) == TY_ERROR)
		return;
	t = function_type(s, f);
	n->type = type_closure(s->arena, f->return_type, t->u.function.params, declared);
}

void check_spawn_block(struct sema *s, struct node *n)
{
	struct spawn_use *use = ARENA_NEW(s->arena, struct spawn_use);
	struct function *f;

	n->ann = use;
	if (!block_allowed(s, n, "a block that is spawned") || !check_spawn_callee(s, n->u.SPAWN_BLOCK.callee, use))
		return;
	use->function = f = check_block(s, n, use->op == DO_NURSERY_ASYNC_SPAWN ? FN_BLOCK : FN_THREAD, n->u.SPAWN_BLOCK.body, NULL, NULL, NULL);
	if (type_kind(f->return_type) == TY_ERROR)
		return;
	switch (use->op) {
	case DO_NURSERY_ASYNC_SPAWN:
		n->type = type_dialect(s->arena, TY_TASK, f->return_type);
		break;
	case DO_SPAWN_BLOCKING:
		n->type = type_dialect(s->arena, TY_FUTURE, f->return_type);
		break;
	default:
		n->type = type_basic(TY_VOID);
		break;
	}
}
