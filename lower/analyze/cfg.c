/* Control flow: core form -> basic blocks.
 *
 * In:  a function in core form.   Out: blocks of events with edges for every construct of C; the first block is the entry. An await ends its
 * block, with edges to what follows and to its unwind label. A fork does so too, with edges to its branches (fork.c). A jump out of a scope ends the objects of that scope on its way. Code that
 * nothing reaches (behind `return`, a noreturn call, `while (1)`) gets blocks that are not `reachable`.
 *
 *     while (c) { char b[4]; if (g(b)) break; }
 *
 *     B1 "loop":  use c  -> B2 B3        B2 "body": begin b, addr b -> B4 B5      B4 "then": end b -> B3      B5: end b -> B1 */
#include <assert.h>

#include "frontend/base/intern.h"
#include "lower/analyze/build.h"

struct block *block_new(struct cfg_builder *b, const char *what)
{
	struct block *block = ARENA_NEW(b->arena, struct block);

	block->id = b->cfg->blocks.len;
	block->what = what;
	vec_push(b->arena, &b->cfg->blocks, block);
	return block;
}

void block_link(struct cfg_builder *b, struct block *from, struct block *to)
{
	for (unsigned i = 0; i < from->succs.len; i++)
		if (from->succs.data[i] == to)
			return;
	vec_push(b->arena, &from->succs, to);
}

void event_add(struct cfg_builder *b, enum event_kind kind, unsigned object, loc_t loc)
{
	struct event e = { .kind = kind, .idle = b->idle, .object = object, .loc = loc };
	vec_push(b->arena, &b->current->events, e);
	vec_push(b->arena, &b->log, e);
}

static void scope_enter(struct cfg_builder *b)
{
	struct walk_scope *s = ARENA_NEW(b->arena, struct walk_scope);

	s->outer = b->scope;
	s->depth = s->outer ? s->outer->depth + 1 : 0;
	b->scope = s;
}

static void scope_end_objects(struct cfg_builder *b, struct block *block, const struct walk_scope *s)
{
	for (unsigned i = s->objects.len; i-- > 0;) {
		struct event e = { .kind = EV_END, .object = s->objects.data[i] };
		vec_push(b->arena, &block->events, e);
	}
}

static void scope_leave(struct cfg_builder *b)
{
	scope_end_objects(b, b->current, b->scope);
	b->scope = b->scope->outer;
}

/* Ends, in `block`, the objects of the scopes from `from` outwards that do not enclose `to`. */
static void scopes_end(struct cfg_builder *b, struct block *block, const struct walk_scope *from, const struct walk_scope *to)
{
	const struct walk_scope *common = to;

	for (const struct walk_scope *s = from; s; s = s->outer) {
		while (common && common->depth > s->depth)
			common = common->outer;
		if (s == common)
			return;
		scope_end_objects(b, block, s);
	}
}

/* Leaves the current block for `to`; what follows is a block of its own. */
static void jump_now(struct cfg_builder *b, struct jump_target to)
{
	scopes_end(b, b->current, b->scope, to.scope);
	block_link(b, b->current, to.block);
	b->current = block_new(b, "dead");
}

static struct label_target *label_get(struct cfg_builder *b, const char *name)
{
	name = intern_str(name);
	struct label_target *l = map_get(&b->labels, name);
	if (!l) {
		l = ARENA_NEW(b->arena, struct label_target);
		map_put(&b->labels, name, l);
		vec_push(b->arena, &b->label_list, l);
	}
	return l;
}

void label_address_taken(struct cfg_builder *b, const char *name)
{
	label_get(b, name)->address_taken = true;
}

/* The jump gets a block of its own, where the scopes that it leaves end. */
void jump_to_label(struct cfg_builder *b, const char *name)
{
	struct block *edge = block_new(b, "jump");
	struct pending_jump jump = { .from = edge, .scope = b->scope, .label = intern_str(name) };

	block_link(b, b->current, edge);
	vec_push(b->arena, &b->jumps, jump);
}

/* `static void *table[] = { &&a, &&b };` */
static bool find_label_addresses(struct node **slot, void *ctx)
{
	if ((*slot)->kind == N_LABEL_ADDR)
		label_address_taken(ctx, (*slot)->u.LABEL_ADDR.name);
	return core_each_child(*slot, find_label_addresses, ctx);
}

static void walk_declaration(struct cfg_builder *b, struct node *n)
{
	for (unsigned i = 0; i < n->u.DECLARATION.declarators.len; i++) {
		struct node *d = n->u.DECLARATION.declarators.data[i];
		struct symbol *symbol = d->ann;
		struct node *init = d->u.DECLARATOR.init;
		if (symbol && symbol->type && symbol->type->is_vm)
			walk_type_bounds(b, symbol->type);
		int object = local_object(b->function, symbol);
		if (object < 0) { /* static, extern, typedef, function */
			if (init)
				find_label_addresses(&init, b);
			continue;
		}
		b->cfg->declared[object] = true;
		event_add(b, EV_BEGIN, (unsigned)object, d->loc);
		vec_push(b->arena, &b->scope->objects, (unsigned)object);
		if (!init)
			continue;
		/* What one register can't hold is written bit by bit while the initialiser is still being read. */
		if (!type_fits_register(symbol->type))
			event_add(b, EV_PARTIAL, (unsigned)object, d->loc);
		b->idle = node_strip(init)->kind == N_IDENT && node_strip(init)->ann == symbol;
		walk_initializer(b, init, symbol->type);
		b->idle = false;
		event_add(b, EV_DEF, (unsigned)object, d->loc);
	}
}

static void walk_switch(struct cfg_builder *b, struct node *n)
{
	struct jump_target saved_break = b->break_to;
	struct block *saved_head = b->switch_head;
	struct walk_scope *saved_scope = b->switch_scope;
	bool saved_default = b->switch_has_default;
	struct block *end = block_new(b, "switch end");

	walk_value(b, n->u.SWITCH.value);
	b->switch_head = b->current;
	b->switch_scope = b->scope;
	b->switch_has_default = false;
	b->break_to = (struct jump_target){ end, b->scope };
	b->current = block_new(b, "switch body");
	walk_stmt(b, n->u.SWITCH.body);
	block_link(b, b->current, end);
	if (!b->switch_has_default)
		block_link(b, b->switch_head, end);
	b->current = end;
	b->break_to = saved_break;
	b->switch_head = saved_head;
	b->switch_scope = saved_scope;
	b->switch_has_default = saved_default;
}

static void walk_case(struct cfg_builder *b, const char *what)
{
	struct block *block = block_new(b, what);

	block_link(b, b->current, block);
	if (b->switch_head)
		block_link(b, b->switch_head, block);
	b->current = block;
}

/* init, cond and step may be NULL; test_first is false for `do`. */
static void walk_loop(struct cfg_builder *b, struct node *cond, struct node *step, struct node *body, bool test_first)
{
	struct jump_target saved_break = b->break_to, saved_continue = b->continue_to;
	struct block *test = block_new(b, "loop test");
	struct block *inside = block_new(b, "loop body");
	struct block *next = step ? block_new(b, "loop step") : test;
	struct block *end = block_new(b, "loop end");

	block_link(b, b->current, test_first ? test : inside);
	b->current = test;
	if (cond)
		walk_condition(b, cond, inside, end);
	else
		block_link(b, test, inside);
	b->break_to = (struct jump_target){ end, b->scope };
	b->continue_to = (struct jump_target){ next, b->scope };
	b->current = inside;
	walk_stmt(b, body);
	block_link(b, b->current, next);
	if (step) {
		b->current = next;
		walk_dropped(b, step);
		block_link(b, b->current, test);
	}
	b->break_to = saved_break;
	b->continue_to = saved_continue;
	b->current = end;
}

static void walk_for(struct cfg_builder *b, struct node *n)
{
	struct node *init = n->u.FOR.init;

	scope_enter(b);
	if (init && node_family(init->kind) == FAM_DECL)
		walk_stmt(b, init);
	else if (init)
		walk_dropped(b, init);
	walk_loop(b, n->u.FOR.cond, n->u.FOR.step, n->u.FOR.body, true);
	scope_leave(b);
}

static void walk_if(struct cfg_builder *b, struct node *n)
{
	struct block *then = block_new(b, "then"), *otherwise = NULL, *end = block_new(b, "if end");

	if (n->u.IF.otherwise)
		otherwise = block_new(b, "else");
	walk_condition(b, n->u.IF.cond, then, otherwise ? otherwise : end);
	b->current = then;
	walk_stmt(b, n->u.IF.then);
	block_link(b, b->current, end);
	if (otherwise) {
		b->current = otherwise;
		walk_stmt(b, n->u.IF.otherwise);
		block_link(b, b->current, end);
	}
	b->current = end;
}

static void walk_await(struct cfg_builder *b, struct core_await *w)
{
	unsigned frame = b->function->local_count + w->index;
	bool in_steps = w->arg_count > 1; /* arguments are read while others are already stored in the callee's frame */
	/* An operation of a library is done with its arguments when it is over. */
	bool lends = w->callee && w->callee->frame && !w->callee->body;
	int *lent = ARENA_ARRAY(b->arena, int, w->arg_count);

	for (unsigned i = 0; i < w->arg_count; i++)
		if (!type_fits_register(w->args[i]->type))
			in_steps = true;
	if (w->callee && in_steps)
		event_add(b, EV_DEF, frame, w->loc);
	for (unsigned i = 0; i < w->arg_count; i++) {
		lent[i] = lends ? walk_pointer_argument(b, w->args[i]) : -1;
		if (lent[i] < 0)
			walk_value(b, w->args[i]);
	}
	for (unsigned i = 0; i < w->arg_count; i++)
		if (lent[i] >= 0)
			event_add(b, EV_PARTIAL, (unsigned)lent[i], w->loc);
	if (w->callee)
		event_add(b, in_steps ? EV_PARTIAL : EV_DEF, frame, w->loc);
	else if (w->future)
		walk_value(b, w->future);
	event_add(b, EV_AWAIT, w->index, w->loc);
	b->cfg->await_block[w->index] = b->current;

	struct block *before = b->current, *after = block_new(b, "resume");
	block_link(b, before, after);
	if (w->unwind)
		jump_to_label(b, w->unwind);
	b->current = after;
	for (unsigned i = 0; i < w->arg_count; i++)
		if (lent[i] >= 0)
			event_add(b, EV_USE, (unsigned)lent[i], w->loc);
	int value = local_object(b->function, w->value);
	bool read_first = value >= 0 && type_fits_register(w->type);
	if (w->callee && read_first)
		event_add(b, EV_USE, frame, w->loc);
	if (value >= 0)
		event_add(b, EV_DEF, (unsigned)value, w->loc);
	/* A value that is copied piece by piece must not lie where it comes from. */
	if (w->callee && !read_first)
		event_add(b, EV_USE, frame, w->loc);
}

void walk_stmt(struct cfg_builder *b, struct node *n)
{
	if (!n)
		return;
	switch ((enum node_kind)n->kind) {
	case N_DECLARATION:
		walk_declaration(b, n);
		return;
	case N_COMPOUND:
		scope_enter(b);
		for (unsigned i = 0; i < n->u.COMPOUND.items.len; i++)
			walk_stmt(b, n->u.COMPOUND.items.data[i]);
		scope_leave(b);
		return;
	case N_EXPR_STMT:
		if (n->u.EXPR_STMT.expr)
			walk_dropped(b, n->u.EXPR_STMT.expr);
		return;
	case N_IF:
		walk_if(b, n);
		return;
	case N_WHILE:
		walk_loop(b, n->u.WHILE.cond, NULL, n->u.WHILE.body, true);
		return;
	case N_DO:
		walk_loop(b, n->u.DO.cond, NULL, n->u.DO.body, false);
		return;
	case N_FOR:
		walk_for(b, n);
		return;
	case N_SWITCH:
		walk_switch(b, n);
		return;
	case N_CASE:
		walk_case(b, "case");
		walk_stmt(b, n->u.CASE.body);
		return;
	case N_DEFAULT:
		b->switch_has_default = true;
		walk_case(b, "default");
		walk_stmt(b, n->u.DEFAULT.body);
		return;
	case N_LABEL: {
		struct block *block = block_new(b, n->u.LABEL.name);
		label_get(b, n->u.LABEL.name)->target = (struct jump_target){ block, b->scope };
		block_link(b, b->current, block);
		b->current = block;
		walk_stmt(b, n->u.LABEL.body);
		return;
	}
	case N_GOTO:
		jump_to_label(b, n->u.GOTO.name);
		b->current = block_new(b, "dead");
		return;
	case N_GOTO_COMPUTED: {
		walk_value(b, n->u.GOTO_COMPUTED.target);
		struct jump_target from = { b->current, b->scope };
		vec_push(b->arena, &b->computed, from);
		b->current = block_new(b, "dead");
		return;
	}
	case N_BREAK:
		if (b->break_to.block)
			jump_now(b, b->break_to);
		return;
	case N_CONTINUE:
		if (b->continue_to.block)
			jump_now(b, b->continue_to);
		return;
	case N_RETURN:
		walk_value(b, n->u.RETURN.value);
		block_link(b, b->current, b->cfg->exit);
		b->current = block_new(b, "dead");
		return;
	case N_ASM:
		walk_asm(b, n);
		return;
	case N_CORE_AWAIT:
		walk_await(b, n->u.CORE_AWAIT.await);
		return;
	case N_CORE_FORK:
		walk_fork(b, n->u.CORE_FORK.fork);
		return;
	case N_CORE_TEXT:
		if (core_ends_branch(n))
			jump_now(b, b->branch_end);
		else if (!strncmp(n->u.CORE_TEXT.text, "return", 6)) {
			block_link(b, b->current, b->cfg->exit);
			b->current = block_new(b, "dead");
		}
		return;
	case N_STATIC_ASSERT: case N_EMPTY_DECL: case N_PRAGMA: case N_LABEL_DECL: case N_FUNCTION_DEF: case N_ERROR:
		return;
	default:
		/* The body of a statement expression may end in a bare expression. */
		if (node_family(n->kind) == FAM_EXPR)
			walk_dropped(b, n);
		return;
	}
}

static void jumps_resolve(struct cfg_builder *b)
{
	for (unsigned i = 0; i < b->jumps.len; i++) {
		struct pending_jump *j = &b->jumps.data[i];
		struct label_target *l = map_get(&b->labels, j->label);
		assert(l && l->target.block && "a jump to a label that core form does not have");
		scopes_end(b, j->from, j->scope, l->target.scope);
		block_link(b, j->from, l->target.block);
	}
	for (unsigned i = 0; i < b->computed.len; i++)
		for (unsigned k = 0; k < b->label_list.len; k++) {
			struct label_target *l = b->label_list.data[k];
			if (l->address_taken && l->target.block)
				block_link(b, b->computed.data[i].block, l->target.block);
		}
}

static void reach(struct cfg *g)
{
	struct block **stack = ARENA_ARRAY(g->arena, struct block *, g->blocks.len);
	unsigned top = 0;

	stack[top++] = g->blocks.data[0];
	g->blocks.data[0]->reachable = true;
	while (top) {
		struct block *b = stack[--top];
		for (unsigned i = 0; i < b->succs.len; i++)
			if (!b->succs.data[i]->reachable) {
				b->succs.data[i]->reachable = true;
				stack[top++] = b->succs.data[i];
			}
	}
}

/* Parameters that only operands without evaluation name (`sizeof *p`) have to be declared as well. Types are printed without expressions. */
static bool mention_parameters(struct node **slot, void *ctx)
{
	struct cfg *g = ctx;
	struct node *n = *slot;

	if (n->kind == N_TYPE_NAME)
		return true;
	if (n->kind == N_IDENT) {
		int object = local_object(g->function, n->ann);
		if (object >= 0 && (unsigned)object < g->function->function->param_count && !g->mentioned[object])
			g->mentioned[object] = g->unevaluated[object] = true;
	}
	return core_each_child(n, mention_parameters, ctx);
}

struct cfg *cfg_build(struct arena *a, struct core_function *f)
{
	struct cfg *g = ARENA_NEW(a, struct cfg);
	struct cfg_builder b = { .arena = a, .cfg = g, .function = f };

	map_init(&b.labels, a);
	g->arena = a;
	g->function = f;
	g->object_count = f->local_count + f->await_count;
	g->words = (g->object_count + 63) / 64;
	g->await_block = ARENA_ARRAY(a, struct block *, f->await_count);
	g->declared = ARENA_ARRAY(a, bool, f->local_count);
	g->mentioned = ARENA_ARRAY(a, bool, f->local_count);
	g->literal = ARENA_ARRAY(a, bool, f->local_count);
	g->unevaluated = ARENA_ARRAY(a, bool, f->local_count);
	b.current = block_new(&b, "entry");
	g->exit = block_new(&b, "exit");
	scope_enter(&b);
	/* Callers store all parameters before the function starts. */
	for (unsigned i = 0; i < f->function->param_count; i++)
		event_add(&b, EV_DEF, f->function->params[i]->index, f->function->params[i]->loc);
	walk_stmt(&b, f->body);
	block_link(&b, b.current, g->exit);
	scope_leave(&b);
	jumps_resolve(&b);
	reach(g);
	core_each_child(f->body, mention_parameters, g);
	return g;
}
