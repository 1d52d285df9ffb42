/* Join and select: forks.
 *
 *     async join {                              async_fork join1
 *             a = f().await;                      branch 1:  a = await f();   end
 *             b = g().await?;             ->      branch 2:  t1 = await g();  if (t1 < 0) { value1 = t1; leave }  b = t1;  end
 *     }                                         if (async__region_winner(&join1.region) == 1) return value1;
 *
 *     async select {                            t1 = c;                                      operands, in order
 *     case x = c.recv().await?: use(x);         async_fork select1
 *     default: idle();                    ->      branch 1:  t2 = await t1.recv();  end
 *     }                                         winner1 = async__region_winner(&select1.region);
 *                                               switch (winner1) { case 0: x = t2?; use(x); break; default: idle(); }
 *
 * A branch is a boundary for exits, as a defer's body is: it has selectors of its own, and a label at its end where aborts go. A `return` in it is kept
 * in a variable of the branch's own, and done behind the fork by the surrounding code, for the branch that left first. */
#include "lower/normalize/internal.h"

/* -- branches ------------------------------------------------------------------------------------------------------------ */

/* A branch while its statements are lowered. */
struct open_branch {
	struct branch_context context;
	struct node *block;
	struct node_list items, *out, *block_out;
	struct pending *pending;
	struct enclosing *enclosing;
};

struct exits {
	bool returns, tries;
};

static bool find_exits(struct node **child, void *ctx)
{
	struct exits *found = ctx;
	struct node *c = *child;

	if (c->kind == N_ASYNC_BLOCK || c->kind == N_CLOSURE || c->kind == N_SPAWN_BLOCK)
		return true; /* functions of their own */
	found->returns |= c->kind == N_RETURN;
	found->tries |= c->kind == N_TRY || (c->kind == N_ASYNC_FOR && !c->u.ASYNC_FOR.handler);
	node_each_child(c, find_exits, ctx);
	return true;
}

/* Has the code behind the fork to know whether the branch left by `return` or by `?`? A nursery around it is told of the latter. */
static bool exits_differ(struct normalizer *n, struct node *branch)
{
	struct exits found = { 0 };
	struct pending *p = n->pending;

	while (p && !is_nursery(p))
		p = p->outer;
	if (p)
		find_exits(&branch, &found);
	return found.returns && found.tries;
}

static void branch_open(struct normalizer *n, struct open_branch *b, struct node *at)
{
	*b = (struct open_branch){ .out = n->out, .block_out = n->block_out, .pending = n->pending, .enclosing = n->enclosing };
	b->block = new_compound(n, at->loc);
	b->block->begin = at->begin;
	b->block->u.COMPOUND.end = (int)at->end;
	if (exits_differ(n, at))
		b->context.failed = new_temp(n, type_basic(TY_INT), "failed");
	n->out = n->block_out = &b->items;
	pending_push(n, PENDING_BRANCH, NULL, NULL, at->begin);
	b->context.outer = n->branch;
	b->context.boundary = n->pending;
	b->context.level = ++n->level;
	n->branch = &b->context;
	n->enclosing = NULL;
}

static void emit_branch_exit(struct normalizer *n, const char *label, const char *exit, loc_t loc)
{
	if (label)
		emit(n, new_label(n, label, loc));
	emit(n, new_text(n, loc, "%s", exit));
}

static struct node *branch_close(struct normalizer *n, struct open_branch *b)
{
	struct pending *boundary = b->context.boundary;
	struct node_list declarations = { 0 };
	loc_t end = (loc_t)b->block->u.COMPOUND.end;

	pending_finish(n, boundary, end);
	if (boundary->unwind || list_falls_through(&b->items))
		emit_branch_exit(n, boundary->unwind, CORE_BRANCH_END, end);
	if (b->context.leave_label)
		emit_branch_exit(n, b->context.leave_label, CORE_BRANCH_LEAVE, end);
	n->out = &declarations;
	finish_selectors(n);
	for (unsigned i = 0; i < b->items.len; i++)
		node_list_push(n->arena, &declarations, b->items.data[i]);
	b->block->u.COMPOUND.items = declarations;
	n->branch = b->context.outer;
	n->level--;
	n->pending = b->pending;
	n->enclosing = b->enclosing;
	n->out = b->out;
	n->block_out = b->block_out;
	return b->block;
}

/* -- forks --------------------------------------------------------------------------------------------------------------- */

/* struct { struct async__region region; struct async__branch branch[count]; }: printed so, it has no other name. */
static struct type *region_type(struct normalizer *n, unsigned count)
{
	struct type *region = runtime_type(n, "async__region"), *branches = type_array(n->arena, runtime_type(n, "async__branch"), count);
	struct tag *tag = ARENA_NEW(n->arena, struct tag);

	tag->kind = TAG_STRUCT;
	tag->name = intern_str(arena_printf(n->arena, "{ struct async__region region; struct async__branch branch[%u]; }", count));
	tag->complete = true;
	tag->members = ARENA_ARRAY(n->arena, struct member, 2);
	tag->members[tag->member_count++] = (struct member){ .name = intern_str("region"), .type = region, .bit_width = -1 };
	tag->members[tag->member_count++] = (struct member){ .name = intern_str("branch"), .type = branches, .bit_width = -1 };
	tag_layout(tag, 0);
	return type_of_tag(n->arena, tag);
}

/* Numbers the fork and declares its region. */
static struct core_fork *fork_new(struct normalizer *n, const struct node *s, const char *text, const char *kind, unsigned count)
{
	struct core_function *f = n->core;
	struct core_fork *fork = ARENA_NEW(n->arena, struct core_fork);
	struct core_await *join = ARENA_NEW(n->arena, struct core_await);

	join->loc = s->loc;
	join->text = text;
	join->type = type_basic(TY_VOID);
	join->unwind = unwind_label(n);
	join->fork = fork;
	add_await(n, join);
	fork->join = join;
	fork->kind = kind;
	fork->region = new_temp(n, region_type(n, count), text);
	fork->region->address_taken = true;
	fork->branches = ARENA_ARRAY(n->arena, struct node *, count);
	fork->first = f->branch_count;
	f->branch_count += count;
	emit_declaration(n, fork->region, NULL, s->begin);
	return fork;
}

static void fork_emit(struct normalizer *n, struct core_fork *fork, const struct node *s)
{
	struct node *x = make(n, N_CORE_FORK, s->loc, NULL);

	x->begin = s->begin;
	x->end = s->end;
	x->u.CORE_FORK.fork = fork;
	emit(n, x);
}

static struct node *winner_of(struct normalizer *n, struct core_fork *fork, loc_t loc)
{
	struct node *call = new_call(n, "async__region_winner", type_basic(TY_INT), loc);
	struct type *region = runtime_type(n, "async__region");

	node_list_push(n->arena, &call->u.CALL.args,
		       new_unary(n, OP_ADDR, new_member(n, new_ident(n, fork->region, loc), "region", region), type_pointer(n->arena, region)));
	return call;
}

/* -- join ---------------------------------------------------------------------------------------------------------------- */

static bool is_branch(const struct node *item)
{
	switch ((enum node_kind)item->kind) {
	case N_EXPR_STMT:
		return item->u.EXPR_STMT.expr;
	case N_DECLARATION:
	case N_STATIC_ASSERT:
	case N_EMPTY_DECL:
	case N_PRAGMA:
	case N_LABEL_DECL:
		return false;
	default:
		return true;
	}
}

static bool branch_leaves(const struct branch_context *c)
{
	return c->returns || c->fails;
}

/* The function goes on as branch `c` wanted, which left it. */
static void emit_leaving(struct normalizer *n, struct branch_context *c, loc_t loc)
{
	struct node *value = c->value ? new_ident(n, c->value, loc) : NULL;
	struct node_list *out = n->out;

	if (c->fails && c->returns && c->failed) { /* failed: a nursery around the fork has to know */
		struct node *block = new_compound(n, loc);
		n->out = &block->u.COMPOUND.items;
		emit_fail(n, value, loc);
		n->out = out;
		emit(n, new_if(n, new_ident(n, c->failed, loc), block, NULL));
		value = c->value ? new_ident(n, c->value, loc) : NULL;
	}
	if (c->returns)
		emit_return(n, value, loc);
	else
		emit_fail(n, value, loc);
}

static void emit_dispatch(struct normalizer *n, struct core_fork *fork, struct open_branch *branches, loc_t loc)
{
	struct node_list *out = n->out;
	struct symbol *winner = NULL;
	unsigned leaving = 0;

	for (unsigned i = 0; i < fork->branch_count; i++)
		leaving += branch_leaves(&branches[i].context);
	if (leaving > 1) {
		winner = new_temp(n, type_basic(TY_INT), "winner");
		emit_declaration(n, winner, winner_of(n, fork, loc), loc);
	}
	for (unsigned i = 0; i < fork->branch_count; i++) {
		if (!branch_leaves(&branches[i].context))
			continue;
		struct node *which = winner ? new_ident(n, winner, loc) : winner_of(n, fork, loc), *block = new_compound(n, loc);
		n->out = &block->u.COMPOUND.items;
		emit_leaving(n, &branches[i].context, loc);
		n->out = out;
		emit(n, new_if(n, new_binary(n, OP_EQ, which, new_number(n, i, loc), type_basic(TY_INT)), block, NULL));
	}
}

void lower_join(struct normalizer *n, struct node *s)
{
	struct node *body = s->u.JOIN.body, *block = new_compound(n, s->begin);
	struct node_list *items = &body->u.COMPOUND.items, *out = n->out;
	struct scope_info *scope = n->scope;
	unsigned count = 0, i = 0;
	loc_t end = (loc_t)body->u.COMPOUND.end;

	for (unsigned k = 0; k < items->len; k++)
		count += is_branch(items->data[k]);
	if (!count)
		return;
	struct open_branch *branches = ARENA_ARRAY(n->arena, struct open_branch, count);
	block->u.COMPOUND.end = (int)end;
	n->out = &block->u.COMPOUND.items;
	if (body->ann)
		n->scope = body->ann;
	struct core_fork *fork = fork_new(n, s, "join", "ASYNC__JOIN", count);
	for (unsigned k = 0; k < items->len; k++) {
		if (!is_branch(items->data[k]))
			continue;
		branch_open(n, &branches[i], items->data[k]);
		lower_stmt(n, items->data[k]);
		fork->branches[i] = branch_close(n, &branches[i]);
		struct branch_context *c = &branches[i++].context;
		if (c->value)
			emit_declaration(n, c->value, NULL, s->begin);
		if (c->failed && branch_leaves(c))
			emit_declaration(n, c->failed, NULL, s->begin);
	}
	fork->branch_count = count;
	fork_emit(n, fork, s);
	emit_dispatch(n, fork, branches, end);
	n->scope = scope;
	n->out = out;
	emit(n, block);
}

/* -- select -------------------------------------------------------------------------------------------------------------- */

struct arm {
	struct node *node;      /* SELECT_ARM */
	struct node *await;     /* of its head; NULL: the default arm */
	struct node *try_node;  /* the `?` around it, or NULL */
	struct node *future;    /* what it awaits, its operands evaluated */
	struct symbol *value;   /* what that gives; NULL: nobody wants it */
};

static struct node **declared_init(struct node *decl)
{
	return &decl->u.DECLARATION.declarators.data[0]->u.DECLARATOR.init;
}

static struct arm arm_of(struct node *node)
{
	struct arm arm = { .node = node };
	struct node *decl = node->u.SELECT_ARM.decl, *head = decl ? *declared_init(decl) : node->u.SELECT_ARM.value;

	if (!head)
		return arm;
	head = node_strip(head);
	if (!decl && head->kind == N_ASSIGN)
		head = node_strip(head->u.ASSIGN.rhs);
	if (head->kind == N_TRY) {
		arm.try_node = head;
		head = node_strip(head->u.TRY.operand);
	}
	arm.await = head;
	return arm;
}

static bool wants_value(const struct arm *arm)
{
	bool stored = arm->node->u.SELECT_ARM.decl || node_strip(arm->node->u.SELECT_ARM.value)->kind == N_ASSIGN;

	return (stored || arm->try_node) && type_kind(arm->await->type) != TY_VOID;
}

/* The head once more, with the value in the place of the await. NULL: nothing is left to do. */
static struct node *head_statement(struct normalizer *n, struct arm *arm)
{
	struct node *decl = arm->node->u.SELECT_ARM.decl, *value = NULL, *x;

	if (!arm->value)
		return NULL;
	value = new_ident(n, arm->value, arm->await->loc);
	value->begin = arm->await->begin;
	if (arm->try_node) {
		x = node_copy(n->arena, arm->try_node);
		x->u.TRY.operand = value;
		value = x;
	}
	if (decl) {
		x = node_copy(n->arena, decl);
		x->u.DECLARATION.declarators.data[0] = node_copy(n->arena, decl->u.DECLARATION.declarators.data[0]);
		*declared_init(x) = value;
		return x;
	}
	struct node *head = node_strip(arm->node->u.SELECT_ARM.value);
	if (head->kind == N_ASSIGN) {
		x = node_copy(n->arena, head);
		x->u.ASSIGN.rhs = value;
		if (!arm->try_node && !suspends(x->u.ASSIGN.lhs))
			x->flags &= (uint16_t)~NF_HAS_AWAIT;
		value = x;
	}
	x = new_expr_stmt(n, value);
	x->begin = arm->node->begin;
	return x;
}

/* What follows the head, and the head's own statement before it. */
static struct node *arm_body(struct normalizer *n, struct arm *arm)
{
	struct node *source = new_compound(n, arm->node->loc), *head = head_statement(n, arm), *body;

	source->begin = arm->node->begin;
	source->end = arm->node->end;
	source->u.COMPOUND.end = (int)arm->node->end;
	source->ann = arm->node->ann;
	if (head)
		node_list_push(n->arena, &source->u.COMPOUND.items, head);
	for (unsigned i = 0; i < arm->node->u.SELECT_ARM.body.len; i++)
		node_list_push(n->arena, &source->u.COMPOUND.items, arm->node->u.SELECT_ARM.body.data[i]);
	body = lower_block(n, source);
	if (list_falls_through(&body->u.COMPOUND.items))
		node_list_push(n->arena, &body->u.COMPOUND.items, make(n, N_BREAK, arm->node->end, NULL));
	return body;
}

static void lower_arm_await(struct normalizer *n, struct core_fork *fork, struct arm *arm, unsigned i)
{
	struct open_branch branch;

	branch_open(n, &branch, arm->await);
	flatten_await(n, new_await(n, arm->future, arm->await->type, arm->await->loc), arm->value, !arm->value);
	fork->branches[i] = branch_close(n, &branch);
}

/* Operands, fork, and which arm it was. */
static struct node *lower_arms(struct normalizer *n, struct node *s, struct arm *arms, unsigned count, bool has_default, struct symbol *winner)
{
	struct node *block = new_compound(n, s->begin);
	struct node_list *out = n->out, *block_out = n->block_out;
	struct pending *outer = n->pending;

	block->u.COMPOUND.end = (int)s->end;
	n->out = n->block_out = &block->u.COMPOUND.items;
	for (unsigned i = 0; i < count; i++)
		arms[i].future = settle_future(n, arms[i].await->u.MEMBER.base);
	struct core_fork *fork = fork_new(n, s, "select", has_default ? "ASYNC__SELECT_DEFAULT" : "ASYNC__SELECT", count);
	for (unsigned i = 0; i < count; i++)
		lower_arm_await(n, fork, &arms[i], i);
	fork->branch_count = count;
	fork_emit(n, fork, s);
	emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, winner, s->loc), winner_of(n, fork, s->loc))));
	pending_finish(n, outer, s->end);
	n->out = out;
	n->block_out = block_out;
	return block;
}

void lower_select(struct normalizer *n, struct node *s)
{
	struct node_list *list = &s->u.SELECT.arms, *out = n->out;
	struct arm *arms = ARENA_ARRAY(n->arena, struct arm, list->len + 1), otherwise = { 0 };
	struct node *block = new_compound(n, s->begin), *dispatch = make(n, N_SWITCH, s->loc, NULL), *body = new_compound(n, s->loc);
	struct symbol *winner = NULL;
	struct enclosing e = { .stmt = s, .pending = n->pending, .outer = n->enclosing };
	unsigned count = 0;

	block->u.COMPOUND.end = body->u.COMPOUND.end = (int)s->end;
	n->out = &block->u.COMPOUND.items;
	for (unsigned i = 0; i < list->len; i++) {
		struct arm arm = arm_of(list->data[i]);
		if (!arm.await) {
			otherwise = arm;
			continue;
		}
		if (wants_value(&arm)) {
			arm.value = new_temp(n, value_type(n, arm.await->type), "t");
			emit_declaration(n, arm.value, NULL, arm.await->begin);
		}
		arms[count++] = arm;
	}
	if (count) {
		winner = new_temp(n, type_basic(TY_INT), "winner");
		emit_declaration(n, winner, NULL, s->begin);
		emit(n, lower_arms(n, s, arms, count, otherwise.node, winner));
	}
	n->enclosing = &e;
	for (unsigned i = 0; i < count + (otherwise.node != NULL); i++) {
		/* Without a default arm it is one of the others: the C compiler need not think of more. */
		bool last = i + 1 == count + (otherwise.node != NULL);
		struct node *label = make(n, last ? N_DEFAULT : N_CASE, s->loc, NULL), *items = arm_body(n, i < count ? &arms[i] : &otherwise);
		if (last) {
			label->u.DEFAULT.body = items;
		} else {
			label->u.CASE.lo = new_number(n, i, s->loc);
			label->u.CASE.body = items;
		}
		node_list_push(n->arena, &body->u.COMPOUND.items, label);
	}
	n->enclosing = e.outer;
	dispatch->begin = s->begin;
	dispatch->u.SWITCH.value = winner ? new_ident(n, winner, s->loc) : new_number(n, 0, s->loc);
	dispatch->u.SWITCH.body = body;
	emit(n, dispatch);
	if (e.break_used)
		emit(n, new_label(n, e.break_label, s->loc));
	n->out = out;
	emit(n, block);
}
