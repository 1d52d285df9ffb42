/* Blocks, closures, and the tasks and threads that are made of them.
 *
 *     async { body }              -> f__block_1(x, y)                         a call with the captured variables as arguments
 *     async |int a| { body }      -> f__closure_1__closure(x)                 a value with copies of them
 *     c(1)                        -> ((async_future (*)(void *, int))c.call)(c.env, 1)
 *     async_spawn(g(1))           -> g__spawn((struct async_nursery *)0, 1)
 *     n.async_spawn { body }      -> f__block_2__spawn(n, x, y)
 *     spawn_blocking(g(1))        -> the block `{ return g(1); }`
 *
 * All of them are calls in the source's form: what is said of calls (order, moved futures) holds for them. */
#include "lower/normalize/internal.h"

struct node *source_call(struct normalizer *n, const char *function, struct type *type, const struct node *like)
{
	struct node *x = new_call(n, function, type, like->loc);

	x->begin = like->begin;
	x->end = like->end;
	return x;
}

void push_arg(struct normalizer *n, struct node *call, struct node *arg)
{
	node_list_push(n->arena, &call->u.CALL.args, arg);
	call->flags |= arg->flags & NF_HAS_AWAIT;
}

void push_captures(struct normalizer *n, struct node *call, struct function *f)
{
	for (unsigned i = 0; i < f->capture_count; i++)
		push_arg(n, call, new_ident(n, f->captures[i].outer, call->loc));
}

struct node *block_call(struct normalizer *n, struct function *f, const struct node *like)
{
	struct node *x = make(n, N_CALL, like->loc, like->type);
	struct call_use *use = ARENA_NEW(n->arena, struct call_use);

	x->begin = like->begin;
	x->end = like->end;
	use->role = CALL_ASYNC;
	use->direct = f->symbol;
	use->function = f->symbol->type;
	x->ann = use;
	x->u.CALL.callee = make(n, N_IDENT, like->loc, f->symbol->type);
	x->u.CALL.callee->u.IDENT.name = f->symbol->name;
	x->u.CALL.callee->ann = f->symbol;
	x->u.CALL.callee->flags = 0; /* its constructor, no helper */
	push_captures(n, x, f);
	return x;
}

/* The call of an async function by name that `e`, a future, is; NULL: it is another future. */
static struct node *direct_call(struct normalizer *n, struct node *e)
{
	struct node *call = node_strip(e);
	struct call_use *use = call->kind == N_CALL ? call->ann : NULL;

	if (call->kind == N_ASYNC_BLOCK)
		return block_call(n, call->ann, call);
	return use && use->role == CALL_ASYNC && use->direct ? call : NULL;
}

/* -- tasks ------------------------------------------------------------------------------------------------------------- */

static struct node *no_nursery(struct normalizer *n, loc_t loc)
{
	return new_text(n, loc, "(struct async_nursery *)0");
}

/* A new task whose handle is kept: debug builds remember where it was spawned. */
static struct node *placed(struct normalizer *n, struct node *task, const struct node *like)
{
	struct node *x;

	if (like->flags & NF_KEEP)
		return task;
	x = source_call(n, "async__spawned", like->type, like);
	push_arg(n, x, task);
	push_place(n, &x->u.CALL.args, like->loc);
	return x;
}

/* A task that runs `future`; nursery NULL: unstructured. */
static struct node *spawn(struct normalizer *n, struct node *nursery, struct node *future, const struct node *like)
{
	struct node *call = is_operation(node_strip(future)) ? desugar(n, node_strip(future)) : direct_call(n, future), *x;
	struct symbol *f = call ? ((struct call_use *)call->ann)->direct : NULL;

	if (!nursery)
		nursery = no_nursery(n, like->loc);
	if (f && f->body && !is_weak(f)) {
		map_put(&n->core_unit->spawned, f, f);
		x = source_call(n, arena_printf(n->arena, "%s__spawn", f->name), like->type, like);
		push_arg(n, x, nursery);
		for (unsigned i = 0; i < call->u.CALL.args.len; i++)
			push_arg(n, x, call->u.CALL.args.data[i]);
		return placed(n, x, like);
	}
	x = source_call(n, "async__spawn_future", like->type, like);
	push_arg(n, x, nursery);
	push_arg(n, x, future);
	return placed(n, x, like);
}

struct node *spawn_call(struct normalizer *n, struct node *e)
{
	struct call_use *use = e->ann;
	struct node_list *args = &e->u.CALL.args;
	struct node *x;

	switch (use->op) {
	case DO_SPAWN:
		return spawn(n, NULL, args->data[0], e);
	case DO_NURSERY_ASYNC_SPAWN:
		return spawn(n, use->receiver, args->data[0], e);
	case DO_SPAWN_NAMED:
		x = source_call(n, "async__spawn_named", e->type, e);
		push_arg(n, x, args->data[0]);
		push_arg(n, x, spawn(n, NULL, args->data[1], e));
		return x;
	default:
		return NULL;
	}
}

/* n.async_spawn { }, n.spawn { }; spawn_blocking { } is a future (operation.c). */
static struct node *spawn_block_call(struct normalizer *n, struct node *e)
{
	struct spawn_use *use = e->ann;
	struct function *f = use->function;
	struct node *x = source_call(n, arena_printf(n->arena, "%s__spawn", f->symbol->name), e->type, e);

	map_put(&n->core_unit->spawned, f->symbol, f->symbol);
	push_arg(n, x, use->receiver);
	push_captures(n, x, f);
	return f->is_async ? placed(n, x, e) : x;
}

/* -- closures ---------------------------------------------------------------------------------------------------------- */

static struct node *closure_value(struct normalizer *n, struct node *e)
{
	struct function *f = e->ann;
	struct node *x;

	if (type_kind(e->type) != TY_CLOSURE) /* it has become a pointer */
		return new_ident(n, f->symbol, e->loc);
	map_put(&n->core_unit->closures, f->symbol, f->symbol);
	x = source_call(n, arena_printf(n->arena, "%s__closure", f->symbol->name), e->type, e);
	push_captures(n, x, f);
	return x;
}

static struct node *closure_member(struct normalizer *n, struct node *closure, const char *name)
{
	struct node *x = make(n, N_MEMBER, closure->loc, type_pointer(n->arena, type_basic(TY_VOID)));
	struct member_use *use = ARENA_NEW(n->arena, struct member_use);

	use->role = ROLE_MEMBER;
	x->u.MEMBER.base = closure;
	x->u.MEMBER.name = intern_str(name);
	x->ann = use;
	return x;
}

/* `closure` (lowered, named twice) called with `args` (lowered). */
static struct node *closure_call(struct normalizer *n, struct node *e, struct node *closure, struct node **args, unsigned count)
{
	struct type *t = type_strip(n->arena, e->u.CALL.callee->type);
	struct param *params = ARENA_ARRAY(n->arena, struct param, t->u.function.param_count + 1);
	struct call_use *use = ARENA_NEW(n->arena, struct call_use);
	struct node *x = make(n, N_CALL, e->loc, e->type);

	params[0].type = type_pointer(n->arena, type_basic(TY_VOID));
	for (unsigned i = 0; i < t->u.function.param_count; i++)
		params[i + 1].type = t->u.function.params[i].type;
	use->role = CALL_C;
	use->function = type_function(n->arena, e->type, params, t->u.function.param_count + 1, false);
	x->begin = e->begin;
	x->ann = use;
	x->u.CALL.callee = new_paren(n, new_cast(n, type_pointer(n->arena, use->function), closure_member(n, closure, "call")));
	push_arg(n, x, closure_member(n, node_copy(n->arena, closure), "env"));
	for (unsigned i = 0; i < count; i++)
		push_arg(n, x, args[i]);
	return x;
}

static bool is_plain_object(const struct node *e)
{
	while (e->kind == N_MEMBER && !e->u.MEMBER.arrow)
		e = e->u.MEMBER.base;
	return e->kind == N_IDENT;
}

/* A closure that is called where it is written has no owner: its environment goes once the call has its copy. */
static bool is_temporary(struct node *callee)
{
	const struct function *f = node_strip(callee)->kind == N_CLOSURE ? node_strip(callee)->ann : NULL;

	return f && f->capture_count;
}

static struct node *closure_drop(struct normalizer *n, struct symbol *closure, loc_t loc)
{
	struct node *x = new_call(n, "closure_drop", type_basic(TY_VOID), loc);

	push_arg(n, x, new_ident(n, closure, loc));
	return x;
}

struct node *copy_closure_call(struct normalizer *n, struct node *e)
{
	unsigned count = e->u.CALL.args.len;
	struct node *closure = copy_expr(n, e->u.CALL.callee), **args = ARENA_ARRAY(n->arena, struct node *, count + 1), *set = NULL;
	struct symbol *t = NULL;

	if (!is_plain_object(closure)) {
		t = block_temp(n, value_type(n, e->u.CALL.callee->type), "closure");
		set = new_assign(n, new_ident(n, t, e->loc), closure);
		closure = new_ident(n, t, e->loc);
	}
	for (unsigned i = 0; i < count; i++)
		args[i] = copy_expr(n, e->u.CALL.args.data[i]);
	struct node *call = closure_call(n, e, closure, args, count);
	if (!is_temporary(e->u.CALL.callee))
		return new_sequence(n, set, call);
	struct symbol *future = block_temp(n, e->type, "future");
	set = new_sequence(n, set, new_assign(n, new_ident(n, future, e->loc), call));
	return new_sequence(n, new_sequence(n, set, closure_drop(n, t, e->loc)), new_ident(n, future, e->loc));
}

struct node *flatten_closure_call(struct normalizer *n, struct node *e)
{
	unsigned count = e->u.CALL.args.len;
	struct node **operands = ARENA_ARRAY(n->arena, struct node *, count + 1);

	operands[0] = e->u.CALL.callee;
	for (unsigned i = 0; i < count; i++)
		operands[i + 1] = e->u.CALL.args.data[i];
	flatten_operands(n, operands, count + 1);
	struct symbol *t = NULL;
	if (!is_plain_object(operands[0]) || is_temporary(e->u.CALL.callee)) {
		t = new_temp(n, value_type(n, e->u.CALL.callee->type), "closure");
		emit_declaration(n, t, operands[0], e->begin);
		operands[0] = new_ident(n, t, e->loc);
	}
	struct node *call = closure_call(n, e, operands[0], operands + 1, count);
	if (!is_temporary(e->u.CALL.callee))
		return call;
	struct symbol *future = new_temp(n, e->type, "future");
	emit_declaration(n, future, call, e->begin);
	emit(n, new_expr_stmt(n, closure_drop(n, t, e->loc)));
	return new_ident(n, future, e->loc);
}

/* -- functions that no text defines ------------------------------------------------------------------------------------ */

struct function *synthetic_function(struct normalizer *n, enum function_kind kind, struct type *value)
{
	struct function *f = ARENA_NEW(n->arena, struct function), *outer = n->function;
	struct symbol *s = ARENA_NEW(n->arena, struct symbol);

	f->kind = kind;
	f->item = outer->item ? outer->item : outer->def;
	f->symbol = s;
	f->return_type = value;
	f->is_async = kind != FN_THREAD;
	f->outer = outer;
	s->kind = SYM_FUNCTION;
	do
		s->name = intern_str(arena_printf(n->arena, "%s__block_%u", outer->symbol->name, ++outer->block_count));
	while (map_get(&n->file_names, s->name));
	s->linkage = LINK_INTERNAL;
	s->storage = SC_STATIC;
	s->defined = true;
	s->body = f;
	s->max_frame = UINT64_MAX;
	s->loc = outer->symbol->loc;
	map_put(&n->file_names, s->name, s);
	return f;
}

struct node *synthetic_param(struct normalizer *n, struct function *f, struct type *type, loc_t loc)
{
	struct symbol **params = ARENA_ARRAY(n->arena, struct symbol *, f->param_count + 1), *s = ARENA_NEW(n->arena, struct symbol);
	struct node *use;

	s->kind = SYM_PARAMETER;
	s->name = intern_str(arena_printf(n->arena, "operand%u", f->param_count + 1));
	s->type = value_type(n, type);
	s->function = f;
	s->index = f->param_count;
	s->loc = loc;
	if (f->param_count)
		memcpy(params, f->params, f->param_count * sizeof *params);
	params[f->param_count++] = s;
	f->params = f->locals = params;
	f->local_count = f->local_cap = f->param_count;
	use = make(n, N_IDENT, loc, s->type);
	use->u.IDENT.name = s->name;
	use->ann = s;
	use->flags = NF_LVALUE;
	return use;
}

void synthetic_finish(struct normalizer *n, struct function *f, struct node *value)
{
	struct node *body = new_compound(n, value->loc), *ret = make(n, N_RETURN, value->loc, NULL);
	struct param *params = ARENA_ARRAY(n->arena, struct param, f->param_count + 1);
	struct scope_info *scope = ARENA_NEW(n->arena, struct scope_info);

	for (unsigned i = 0; i < f->param_count; i++)
		params[i] = (struct param){f->params[i]->name, f->params[i]->type, f->params[i]->loc};
	f->symbol->type = type_copy(n->arena, type_function(n->arena, f->return_type, params, f->param_count, false));
	f->symbol->type->u.function.is_async = f->is_async;
	body->begin = value->begin;
	scope->node = body;
	body->ann = scope;
	ret->begin = value->begin;
	ret->u.RETURN.value = value;
	ret->ann = f;
	ret->flags |= value->flags & NF_HAS_AWAIT;
	body->flags |= ret->flags & NF_HAS_AWAIT;
	if (type_kind(f->return_type) == TY_VOID) {
		struct node *statement = new_expr_stmt(n, value);
		statement->flags |= value->flags & NF_HAS_AWAIT;
		node_list_push(n->arena, &body->u.COMPOUND.items, statement);
	} else {
		node_list_push(n->arena, &body->u.COMPOUND.items, ret);
	}
	f->body = body;
	vec_push(n->arena, &n->late, f);
}

/* -- what an expression of the dialect is, in the source's form -------------------------------------------------------- */

struct node *desugar(struct normalizer *n, struct node *e)
{
	switch ((enum node_kind)e->kind) {
	case N_ASYNC_BLOCK:
		return block_call(n, e->ann, e);
	case N_CLOSURE:
		return closure_value(n, e);
	case N_SPAWN_BLOCK:
		if (((struct spawn_use *)e->ann)->op == DO_SPAWN_BLOCKING)
			return operation_future(n, e);
		return spawn_block_call(n, e);
	case N_TYPED_CALL:
		return library_call(n, e);
	case N_CALL: {
		struct call_use *use = e->ann;
		if (use && (use->role == CALL_METHOD || use->role == CALL_LIBRARY))
			return library_call(n, e);
		return NULL;
	}
	default:
		return NULL;
	}
}

struct node *discarded(struct normalizer *n, struct node *e)
{
	struct node *inner = node_strip(e), *x;
	struct call_use *use = inner->kind == N_CALL ? inner->ann : NULL;
	bool child = inner->kind == N_SPAWN_BLOCK || (use && use->role == CALL_METHOD && use->op == DO_NURSERY_ASYNC_SPAWN);

	if (inner->kind == N_CAST && inner->type && type_kind(inner->type) == TY_VOID) {
		x = discarded(n, inner->u.CAST.operand);
		return x == inner->u.CAST.operand ? e : x;
	}
	if (!inner->type || type_kind(inner->type) != TY_TASK || (inner->flags & NF_LVALUE) || (inner->kind != N_CALL && !child))
		return e;
	/* A child goes on without its handle; another task has nobody left who waits for it. */
	inner = node_copy(n->arena, inner);
	inner->flags |= NF_KEEP;
	x = source_call(n, child ? "async__task_detach" : "async__task_drop", type_basic(TY_VOID), e);
	push_arg(n, x, inner);
	return x;
}
