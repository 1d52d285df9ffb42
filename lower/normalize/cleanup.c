/* What has to run when control leaves a block, and the exits that pass through it.
 *
 *     {                                   {
 *             FILE *f = open();                   FILE *f = open();
 *             defer fclose(f);
 *             if (bad)                            if (bad) {
 *                     return 1;     ->                    value = 1;
 *                                                         leave = 2;
 *             work(f);                                    goto cleanup_1;
 *     }                                           }
 *                                                 work(f);
 *                                                 leave = 0;
 *                                         cleanup_1:
 *                                                 fclose(f);
 *                                                 if (leave == 2)
 *                                                         return value;
 *                                         }
 * One copy of each action; the selector says where control was going. Aborts come in at a label of their own, with selector 1. */
#include "lower/normalize/internal.h"

enum { EXIT_END = 0, EXIT_ABORT = 1 };

static struct selector *selector(struct normalizer *n)
{
	struct selector_list *list = n->branch ? &n->branch->selectors : &n->selectors;
	unsigned level = n->level - (n->branch ? n->branch->level : 0);

	while (list->len <= level) {
		struct selector s = { .symbol = new_temp(n, type_basic(TY_INT), "leave") };
		vec_push(n->arena, list, s);
	}
	return &list->data[level];
}

static void emit_select(struct normalizer *n, int id, loc_t loc)
{
	struct selector *s = selector(n);
	struct node *set = new_expr_stmt(n, new_assign(n, new_ident(n, s->symbol, loc), new_number(n, id, loc)));

	vec_push(n->arena, &s->sets, set);
	emit(n, set);
}

void finish_selectors(struct normalizer *n)
{
	struct selector_list *list = n->branch ? &n->branch->selectors : &n->selectors;

	for (unsigned i = 0; i < list->len; i++) {
		struct selector *s = &list->data[i];
		if (s->tested)
			emit_declaration(n, s->symbol, NULL, 0);
		else
			for (unsigned k = 0; k < s->sets.len; k++)
				s->sets.data[k]->u.EXPR_STMT.expr = NULL;
	}
}

void pending_push(struct normalizer *n, enum pending_kind kind, struct node *body, struct symbol *symbol, loc_t loc)
{
	struct pending *p = ARENA_NEW(n->arena, struct pending);

	p->kind = kind;
	p->outer = n->pending;
	p->scope = n->scope;
	p->out = n->out;
	p->loc = loc;
	p->level = n->level;
	p->body = body;
	p->symbol = symbol;
	n->pending = p;
}

static const char *entry_label(struct normalizer *n, struct pending *p)
{
	if (!p->label)
		p->label = unused_label(n, "cleanup");
	p->selects = true;
	return p->label;
}

static void add_exit(struct normalizer *n, struct pending *p, int id, const char *target, struct node *statement)
{
	for (unsigned i = 0; i < p->exits.len; i++)
		if (p->exits.data[i].id == id)
			return;
	struct exit_edge edge = { id, target, statement };
	vec_push(n->arena, &p->exits, edge);
}

static void note_passage(struct normalizer *n, struct pending *p, int id)
{
	p->aborts = p->aborts || id == EXIT_ABORT;
	p->fails = p->fails || (n->fail_exit && id == n->fail_exit);
}

/* Has control that comes in at `from` with selector `id` run everything down to `target`, then go on. */
static void route(struct normalizer *n, struct pending *from, struct pending *target, int id, const char *label, struct node *statement)
{
	struct pending *p = from;

	assert(p && p != target);
	p->selects = true;
	for (; p->outer != target; p = p->outer) {
		note_passage(n, p, id);
		/* Within one block control falls from one action into the next. */
		if (p->outer->out != p->out)
			add_exit(n, p, id, entry_label(n, p->outer), NULL);
		p->outer->selects = true;
	}
	note_passage(n, p, id);
	add_exit(n, p, id, label, statement);
}

void emit_exit(struct normalizer *n, struct pending *target, const char *label, struct node *statement, loc_t loc)
{
	if (n->pending == target || !n->pending) {
		emit(n, label ? new_goto(n, label, loc) : statement);
		return;
	}
	int id = ++n->next_exit;
	/* Exits to the same label share a number. */
	if (label) {
		struct pending *p = n->pending;
		while (p->outer != target)
			p = p->outer;
		for (unsigned i = 0; i < p->exits.len; i++)
			if (p->exits.data[i].target == label && p->exits.data[i].id > EXIT_ABORT)
				id = p->exits.data[i].id;
	}
	route(n, n->pending, target, id, label, statement);
	emit_select(n, id, loc);
	emit(n, new_goto(n, entry_label(n, n->pending), loc));
}

struct type *returned_type(const struct normalizer *n)
{
	return n->core->yields ? type_basic(TY_INT) : n->function->return_type;
}

/* Leaves the function; `id`: the number that such exits share, 0: none yet. The number. */
static int leave_function(struct normalizer *n, struct node *value, int id, loc_t loc)
{
	struct node *stmt = make(n, N_RETURN, loc, NULL);
	struct type *type = returned_type(n);
	struct branch_context *branch = n->branch;
	struct symbol **kept = branch ? &branch->value : &n->return_value;

	stmt->begin = value ? value->begin : loc;
	stmt->ann = n->function;
	if (!n->pending) {
		stmt->u.RETURN.value = value;
		emit(n, stmt);
		return id;
	}
	if (value && type_kind(type) == TY_VOID) {
		emit(n, new_expr_stmt(n, value));
	} else if (value) {
		if (!*kept)
			*kept = new_temp(n, type_unqualified(n->arena, type), "value");
		emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, *kept, loc), value)));
		stmt->u.RETURN.value = new_ident(n, *kept, loc);
	}
	if (!id)
		id = ++n->next_exit;
	if (branch) {
		bool fails = id == n->fail_exit;
		branch->returns |= !fails;
		branch->fails |= fails;
		if (branch->failed)
			emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, branch->failed, loc), new_number(n, fails, loc))));
		if (n->pending == branch->boundary) {
			emit(n, new_text(n, loc, "%s", CORE_BRANCH_LEAVE));
			return id;
		}
		if (!branch->leave_label)
			branch->leave_label = unused_label(n, "leave");
		route(n, n->pending, branch->boundary, id, branch->leave_label, NULL);
	} else {
		route(n, n->pending, NULL, id, NULL, stmt);
	}
	emit_select(n, id, loc);
	emit(n, new_goto(n, entry_label(n, n->pending), loc));
	return id;
}

void emit_return(struct normalizer *n, struct node *value, loc_t loc)
{
	n->return_exit = leave_function(n, value, n->return_exit, loc);
}

bool is_nursery(const struct pending *p)
{
	return p->kind == PENDING_NURSERY || p->kind == PENDING_SYNC_NURSERY;
}

void emit_fail(struct normalizer *n, struct node *value, loc_t loc)
{
	struct pending *p = n->pending;

	/* A nursery around a fork is told behind the fork. */
	while (p && !is_nursery(p))
		p = p->outer;
	if (!p) {
		emit_return(n, value, loc);
		return;
	}
	if (!n->fail_exit)
		n->fail_exit = ++n->next_exit;
	leave_function(n, value, n->fail_exit, loc);
}

static const char *unwind_of(struct normalizer *n, struct pending *p)
{
	struct pending *boundary = p;

	if (p->unwind)
		return p->unwind;
	p->unwind = unused_label(n, p->kind == PENDING_BRANCH ? "end" : "unwind");
	if (p->kind == PENDING_BRANCH)
		return p->unwind; /* an abort ends the branch */
	while (boundary && boundary->level == p->level)
		boundary = boundary->outer;
	/* Out of a defer's body the abort goes on with what was pending around it, under the selector of that level. */
	if (boundary)
		route(n, p, boundary, EXIT_ABORT, unwind_of(n, boundary), NULL);
	else
		route(n, p, NULL, EXIT_ABORT, NULL, new_text(n, 0, "return ASYNC__ABORTED;"));
	return p->unwind;
}

const char *unwind_label(struct normalizer *n)
{
	return n->pending && n->function->is_async ? unwind_of(n, n->pending) : NULL;
}

void emit_abort(struct normalizer *n, loc_t loc)
{
	const char *label = unwind_label(n);

	emit(n, label ? new_goto(n, label, loc) : new_text(n, loc, "return ASYNC__ABORTED;"));
}

struct pending *pending_at(struct normalizer *n, struct label *label)
{
	struct pending *p = n->pending;

	for (; p; p = p->outer) {
		if (p->level < n->level)
			return p; /* inside a defer body or a branch: labels are in it too */
		for (struct scope_info *s = label->scope; s; s = s->parent)
			if (s == p->scope && label->node && p->loc < label->node->begin)
				return p;
	}
	return NULL;
}

static void emit_call_of(struct normalizer *n, const char *function, struct pending *p)
{
	struct node *call = new_call(n, function, type_basic(TY_VOID), p->loc);

	node_list_push(n->arena, &call->u.CALL.args, new_ident(n, p->symbol, p->loc));
	emit(n, new_expr_stmt(n, call));
}

/* Where the scope ends that a handle belongs to; what has no variable belongs to its expression. */
static loc_t scope_end(const struct pending *p)
{
	const struct node *block = p->symbol->declarator && p->scope ? p->scope->node : NULL;

	return block && block->kind == N_COMPOUND ? (loc_t)block->u.COMPOUND.end : p->loc;
}

static void emit_task_drop(struct normalizer *n, struct pending *p)
{
	struct node *call = new_call(n, "async__task_dropped", type_basic(TY_VOID), p->loc);

	push_arg(n, call, new_ident(n, p->symbol, p->loc));
	push_arg(n, call, new_text(n, p->loc, "\"%s\"", p->symbol->declarator ? p->symbol->name : ""));
	push_place(n, &call->u.CALL.args, scope_end(p));
	emit(n, new_expr_stmt(n, call));
}

static void emit_cleanup(struct normalizer *n, struct pending *p)
{
	struct node *call = make(n, N_CALL, p->loc, type_basic(TY_VOID));

	call->ann = ARENA_NEW(n->arena, struct call_use);
	call->u.CALL.callee = node_copy(n->arena, p->symbol->cleanup);
	node_list_push(n->arena, &call->u.CALL.args,
		       copy_expr(n, new_unary(n, OP_ADDR, new_ident(n, p->symbol, p->loc), type_pointer(n->arena, p->symbol->type))));
	emit(n, new_expr_stmt(n, call));
}

static void emit_action(struct normalizer *n, struct pending *p)
{
	switch (p->kind) {
	case PENDING_DEFER:
	case PENDING_CLEANUP: {
		struct shielded s = shielded_begin(n, p);
		if (p->kind == PENDING_DEFER)
			emit(n, lower_block(n, p->body));
		else
			emit_cleanup(n, p);
		shielded_end(n, &s);
		return;
	}
	case PENDING_FUTURE:
		emit_call_of(n, "future_drop", p);
		return;
	case PENDING_TASK:
		emit_task_drop(n, p);
		return;
	case PENDING_CLOSURE:
		emit_call_of(n, "closure_drop", p);
		return;
	case PENDING_ARRAY:
		emit_call_of(n, "async__vla_free", p);
		return;
	case PENDING_STREAM:
		stream_leave(n, p);
		return;
	case PENDING_NURSERY:
	case PENDING_SYNC_NURSERY:
		nursery_leave(n, p);
		return;
	case PENDING_SHIELD:
		shield_leave(n, p);
		return;
	case PENDING_DEADLINE:
		deadline_leave(n, p);
		return;
	case PENDING_BRANCH:
		assert(!"a branch ends in region.c");
		return;
	}
}

/* if (leave == id) { ... }: the list of the block. */
static struct node_list *when_leaving(struct normalizer *n, int id, loc_t loc)
{
	struct node *test = new_binary(n, OP_EQ, new_ident(n, selector(n)->symbol, loc), new_number(n, id, loc), type_basic(TY_INT));
	struct node *block = new_compound(n, loc);

	selector(n)->tested = true;
	emit(n, new_if(n, test, block, NULL));
	return &block->u.COMPOUND.items;
}

/* A nursery waits for its children in any case; how it is left says whether they are interrupted first. */
static void nursery_interrupt(struct normalizer *n, struct pending *p, loc_t loc)
{
	struct node_list *out = n->out;

	if (p->aborts) {
		n->out = when_leaving(n, EXIT_ABORT, loc);
		nursery_abort(n, p);
		n->out = out;
	}
	if (p->fails) {
		n->out = when_leaving(n, n->fail_exit, loc);
		nursery_fail(n, p, n->branch ? n->branch->value : n->return_value);
		n->out = out;
	}
}

static void nursery_report(struct normalizer *n, struct pending *p, loc_t loc)
{
	struct node_list *out = n->out;

	if (!p->fails)
		return;
	n->out = when_leaving(n, n->fail_exit, loc);
	nursery_error(n, p, n->branch ? n->branch->value : n->return_value);
	n->out = out;
}

static bool falls_through(const struct node *s);

bool list_falls_through(const struct node_list *items)
{
	return !items->len || falls_through(items->data[items->len - 1]);
}

static bool find_break(struct node **child, void *ctx)
{
	bool *found = ctx;

	switch ((enum node_kind)(*child)->kind) {
	case N_BREAK:
		*found = true;
		break;
	case N_WHILE:
	case N_DO:
	case N_FOR:
	case N_SWITCH:
		break;
	default:
		node_each_child(*child, find_break, ctx);
		break;
	}
	return !*found;
}

/* Can control come to the end of the lowered statement? True in doubt. */
static bool falls_through(const struct node *s)
{
	bool breaks = false;
	struct node *body;

	switch ((enum node_kind)s->kind) {
	case N_GOTO:
	case N_GOTO_COMPUTED:
	case N_RETURN:
	case N_BREAK:
	case N_CONTINUE:
		return false;
	case N_CORE_TEXT:
		return strncmp(s->u.CORE_TEXT.text, "return", 6) != 0;
	case N_COMPOUND:
		return list_falls_through(&s->u.COMPOUND.items);
	case N_LABEL:
		return !s->u.LABEL.body || falls_through(s->u.LABEL.body);
	case N_IF:
		return !s->u.IF.otherwise || falls_through(s->u.IF.then) || falls_through(s->u.IF.otherwise);
	case N_FOR:
		if (s->u.FOR.cond)
			return true;
		body = s->u.FOR.body;
		find_break(&body, &breaks);
		return breaks;
	case N_WHILE: {
		struct node *cond = s->u.WHILE.cond;
		if (!(cond->flags & NF_CONST) || !(const_value(cond).lo | const_value(cond).hi))
			return true;
		body = s->u.WHILE.body;
		find_break(&body, &breaks);
		return breaks;
	}
	default:
		return true;
	}
}

static bool selects_any(struct pending *p, struct pending *outer)
{
	for (; p != outer; p = p->outer)
		if (p->exits.len || p->selects)
			return true;
	return false;
}

void pending_finish(struct normalizer *n, struct pending *outer, loc_t loc)
{
	struct pending *first = n->pending, *p = first;
	struct node_list *out = n->out;
	unsigned at = out->len;

	if (p == outer)
		return;
	bool ends = list_falls_through(out);
	if (ends)
		emit_select(n, EXIT_END, loc);
	while (p != outer) {
		/* What the action itself awaits or leaves belongs to what is outside of it. */
		struct pending *next = p->outer;
		unsigned level = n->level;
		if (p->unwind) {
			p->selects = true;
			if (ends || p != first)
				emit(n, new_goto(n, entry_label(n, p), loc));
			emit(n, new_label(n, p->unwind, loc));
			emit_select(n, EXIT_ABORT, loc);
		}
		if (p->label)
			emit(n, new_label(n, p->label, loc));
		if (is_nursery(p))
			nursery_interrupt(n, p, loc);
		n->pending = next;
		n->level = level + 1;
		emit_action(n, p);
		n->level = level;
		if (p->kind == PENDING_NURSERY)
			nursery_report(n, p, loc);
		for (unsigned i = 0; i < p->exits.len; i++) {
			struct exit_edge *edge = &p->exits.data[i];
			/* Nothing else comes here: the last way out needs no test. */
			if (!ends && p->outer == outer && i + 1 == p->exits.len) {
				emit(n, edge->target ? new_goto(n, edge->target, loc) : edge->statement);
				break;
			}
			selector(n)->tested = true;
			struct node *test = new_binary(n, OP_EQ, new_ident(n, selector(n)->symbol, loc), new_number(n, edge->id, loc), type_basic(TY_INT));
			struct node *block = new_compound(n, loc);
			node_list_push(n->arena, &block->u.COMPOUND.items, edge->target ? new_goto(n, edge->target, loc) : edge->statement);
			emit(n, new_if(n, test, block, NULL));
		}
		p = next;
	}
	n->pending = outer;
	if (ends && !selects_any(first, outer)) {
		/* Nothing but the end of the block leads here. */
		out->len--;
		memmove(out->data + at, out->data + at + 1, (out->len - at) * sizeof *out->data);
	}
}
