/* Statements. What awaits nothing in its head keeps its form. Declarations declare one name each. */
#include "lower/normalize/internal.h"

const char *label_name(struct normalizer *n, struct label *l)
{
	const char *name = map_get(&n->labels, l);

	if (!name) {
		name = l->name;
		if (l->declared_local)
			name = unused_label(n, l->name);
		map_put(&n->labels, l, (void *)name);
	}
	return name;
}

/* A condition without the parentheses that held an operand together. */
static struct node *whole_condition(struct node *e)
{
	while (e->kind == N_PAREN && e->u.PAREN.inner->kind != N_ASSIGN)
		e = e->u.PAREN.inner;
	return e;
}

struct node *expr_now(struct normalizer *n, struct node *e)
{
	return suspends(e) ? flatten(n, e) : copy_expr(n, e);
}

static bool declares_array(struct normalizer *n, const struct node *s)
{
	if (!s || s->kind != N_DECLARATION)
		return false;
	for (unsigned i = 0; i < s->u.DECLARATION.declarators.len; i++) {
		struct symbol *symbol = s->u.DECLARATION.declarators.data[i]->ann;
		if (symbol && symbol->type->is_vm && !(n->function->is_async && suspends(n->scope->node)))
			return true;
	}
	return false;
}

/* The items from the `from`th on, up to the end of what becomes pending in them. */
static void lower_items_from(struct normalizer *n, struct node *compound, unsigned from, struct symbol *value)
{
	struct pending *outer = n->pending;
	struct node_list *items = &compound->u.COMPOUND.items, *out = n->out;

	for (unsigned i = from; i < items->len; i++) {
		struct node *s = items->data[i];
		struct pending *before = n->pending;
		bool last = value && i + 1 == items->len, arrays = false;
		/* The value of a statement expression; labels may stand in front of it. */
		while (last && s && s->kind == N_LABEL && s->u.LABEL.body) {
			struct node *head = node_copy(n->arena, s);
			head->u.LABEL.body = NULL;
			lower_stmt(n, head);
			s = s->u.LABEL.body;
		}
		if (last && s->kind == N_EXPR_STMT && s->u.EXPR_STMT.expr) {
			n->block_out = n->out;
			struct node *result = expr_now(n, s->u.EXPR_STMT.expr);
			if (result)
				emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, value, s->loc), result)));
		} else {
			lower_stmt(n, s);
		}
		/* No exit may jump to a cleanup past the declaration of a C array: what follows gets a block of its own. */
		for (unsigned k = i + 1; n->pending != before && k < items->len; k++)
			arrays = arrays || declares_array(n, items->data[k]);
		if (arrays) {
			struct node *rest = new_compound(n, s->loc);
			rest->u.COMPOUND.end = compound->u.COMPOUND.end;
			n->out = &rest->u.COMPOUND.items;
			lower_items_from(n, compound, i + 1, value);
			n->out = out;
			emit(n, rest);
			break;
		}
	}
	pending_finish(n, outer, (loc_t)compound->u.COMPOUND.end);
}

void lower_items(struct normalizer *n, struct node *compound, struct symbol *value)
{
	struct scope_info *scope = n->scope;

	if (compound->ann)
		n->scope = compound->ann;
	lower_items_from(n, compound, 0, value);
	n->scope = scope;
}

struct node *lower_block(struct normalizer *n, struct node *s)
{
	struct node *block = new_compound(n, s->loc);
	struct node_list *outer = n->out;

	block->begin = s->begin;
	n->out = &block->u.COMPOUND.items;
	if (s->kind == N_COMPOUND) {
		block->u.COMPOUND.end = s->u.COMPOUND.end;
		lower_items(n, s, NULL);
	} else {
		lower_stmt(n, s);
	}
	n->out = outer;
	return block;
}

/* -- declarations ------------------------------------------------------------------------------------------------------ */

struct mention {
	struct symbol *symbol;
	bool found;
};

static bool find_mention(struct node **child, void *ctx)
{
	struct mention *m = ctx;

	m->found = m->found || ((*child)->kind == N_IDENT && (*child)->ann == m->symbol);
	if (!m->found)
		node_each_child(*child, find_mention, m);
	return !m->found;
}

static bool refers_to(struct node *e, struct symbol *s)
{
	struct mention m = { s, false };

	find_mention(&e, &m);
	return m.found;
}

/* Can an await leave its value in `s` without a detour? */
static bool receives(struct symbol *s, struct type *value)
{
	return type_is_scalar(s->type) && !type_quals(s->type) && type_compatible_unqualified(s->type, value);
}

enum pending_kind pending_kind_of(const struct type *t)
{
	enum type_kind kind = type_kind(t);

	return kind == TY_FUTURE ? PENDING_FUTURE : kind == TY_TASK ? PENDING_TASK : PENDING_STREAM;
}

/* What a variable holds before it is given a handle: ASYNC__NO_FUTURE, ASYNC__NO_TASK, ASYNC__NO_STREAM. */
struct node *no_handle(struct normalizer *n, struct type *t, loc_t loc)
{
	return new_cast(n, type_unqualified(n->arena, t), new_number(n, 1, loc));
}

static void declare_automatic(struct normalizer *n, struct symbol *s, struct node *d)
{
	struct node *init = d->u.DECLARATOR.init, *await = init ? node_strip(init) : NULL;
	bool is_handle = type_moves(s->type);

	if (s->type->is_vm && n->function->is_async && s->scope && suspends(s->scope->node)) {
		declare_array(n, s, d->begin);
		if (init && type_kind(s->type) != TY_ARRAY) {
			struct node *value = expr_now(n, init);
			emit(n, new_expr_stmt(n, new_assign(n, copy_expr(n, new_ident(n, s, d->loc)), value)));
		}
		return;
	}
	if (s->type->is_vm) {
		capture_bounds(n, s->type, d->begin);
		s->type = lower_type(n, s->type);
	}
	if (is_handle && !init) {
		emit_declaration(n, s, no_handle(n, s->type, d->loc), d->begin);
	} else if (init && suspends(init) && expr_is_await(await) && receives(s, await->type) && !refers_to(init, s)) {
		emit_declaration(n, s, NULL, d->begin);
		flatten_await(n, await, s, false);
	} else if (init && suspends(init) && refers_to(init, s) && !(type_quals(s->type) & Q_CONST) && type_kind(s->type) != TY_ARRAY) {
		emit_declaration(n, s, NULL, d->begin);
		struct node *value = flatten_init(n, init, s->type);
		if (value->kind == N_INIT_LIST) {
			struct node *literal = make(n, N_COMPOUND_LITERAL, init->loc, s->type);
			literal->u.COMPOUND_LITERAL.type_name = make(n, N_TYPE_NAME, init->loc, s->type);
			literal->u.COMPOUND_LITERAL.init = value;
			value = literal;
		}
		emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, s, d->loc), value)));
	} else {
		struct node *value = NULL;
		if (init)
			value = suspends(init) ? flatten_init(n, init, s->type) : copy_init(n, init);
		emit_declaration(n, s, value, d->begin);
	}
	if (is_handle)
		pending_push(n, pending_kind_of(s->type), NULL, s, d->begin);
	if (s->cleanup && n->lowers_cleanups)
		pending_push(n, PENDING_CLEANUP, NULL, s, d->begin);
}

void lower_declaration(struct normalizer *n, struct node *s)
{
	int storage = s->u.DECLARATION.specs ? s->u.DECLARATION.specs->u.SPECS.storage : 0;

	for (unsigned i = 0; i < s->u.DECLARATION.declarators.len; i++) {
		struct node *d = s->u.DECLARATION.declarators.data[i];
		struct symbol *symbol = d->ann;

		if (!symbol)
			continue;
		if (storage & SC_TYPEDEF) {
			capture_bounds(n, symbol->type, d->begin);
			continue; /* hoisted, or dissolved */
		}
		if (symbol->static_duration || symbol->kind == SYM_FUNCTION || (storage & SC_EXTERN)) {
			struct node *x = node_copy(n->arena, s), *copy = node_copy(n->arena, d);
			x->u.DECLARATION.specs = copy_declared(n, s->u.DECLARATION.specs);
			x->u.DECLARATION.declarators = (struct node_list){ 0 };
			copy->u.DECLARATOR.shape = copy_declared(n, d->u.DECLARATOR.shape);
			if (d->u.DECLARATOR.init)
				copy->u.DECLARATOR.init = copy_init(n, d->u.DECLARATOR.init);
			node_list_push(n->arena, &x->u.DECLARATION.declarators, copy);
			if (is_shared(n, symbol)) {
				hoist_object(n, symbol, x);
				continue;
			}
			/* What it declares may be named in a block, which is a function of its own. */
			if (!symbol->static_duration || storage & SC_EXTERN)
				if (n->function->block_count)
					hoist_object(n, symbol, node_copy(n->arena, x));
			emit(n, x);
			continue;
		}
		declare_automatic(n, symbol, d);
	}
}

/* -- the rest ---------------------------------------------------------------------------------------------------------- */

static bool is_labelled(const struct node *s)
{
	return s && (s->kind == N_CASE || s->kind == N_DEFAULT || s->kind == N_LABEL);
}

static struct node **labelled_body(struct node *s)
{
	return s->kind == N_CASE ? &s->u.CASE.body : s->kind == N_DEFAULT ? &s->u.DEFAULT.body : &s->u.LABEL.body;
}

/* A chain of labels, with the first statement that its body becomes. */
static void lower_labelled(struct normalizer *n, struct node *s)
{
	struct node *first = NULL, **slot = &first, *body = s;
	struct node_list *outer = n->out, items = { 0 };
	unsigned rest = 0;

	while (is_labelled(body)) {
		struct node *x = node_copy(n->arena, body);
		if (x->kind == N_CASE) {
			x->u.CASE.lo = copy_expr(n, x->u.CASE.lo);
			x->u.CASE.hi = x->u.CASE.hi ? copy_expr(n, x->u.CASE.hi) : NULL;
		} else if (x->kind == N_LABEL) {
			x->u.LABEL.name = label_name(n, x->ann);
		}
		*slot = x;
		slot = labelled_body(x);
		body = *labelled_body(body);
	}
	emit(n, first);
	n->out = &items;
	if (body)
		lower_stmt(n, body);
	n->out = outer;
	if (items.len && items.data[0]->kind != N_DECLARATION && items.data[0]->kind != N_CORE_AWAIT && items.data[0]->kind != N_CORE_TEXT)
		*slot = items.data[rest++];
	else
		*slot = new_expr_stmt(n, NULL);
	for (; rest < items.len; rest++)
		emit(n, items.data[rest]);
}

static void lower_goto_computed(struct normalizer *n, struct node *s)
{
	struct node *target = expr_now(n, s->u.GOTO_COMPUTED.target), *x = node_copy(n->arena, s);

	/* Which actions run depends on where it goes: labels outside of pending ones are told apart here. */
	for (unsigned i = 0; i < n->addressed_labels.len; i++) {
		struct label *l = n->addressed_labels.data[i];
		struct pending *at = pending_at(n, l);
		if (at == n->pending)
			continue;
		if (target->kind != N_IDENT) {
			struct symbol *t = new_temp(n, value_type(n, target->type), "t");
			emit_declaration(n, t, target, s->begin);
			target = new_ident(n, t, s->loc);
		}
		struct node *address = make(n, N_LABEL_ADDR, s->loc, type_pointer(n->arena, type_basic(TY_VOID)));
		struct node *block = new_compound(n, s->loc);
		struct node_list *outer = n->out;
		address->ann = l;
		address->u.LABEL_ADDR.name = label_name(n, l);
		n->out = &block->u.COMPOUND.items;
		emit_exit(n, at, label_name(n, l), NULL, s->loc);
		n->out = outer;
		emit(n, new_if(n, new_binary(n, OP_EQ, target, address, type_basic(TY_INT)), block, NULL));
	}
	x->u.GOTO_COMPUTED.target = target;
	emit(n, x);
}

static void lower_asm(struct normalizer *n, struct node *s)
{
	struct node *x = node_copy(n->arena, s);
	struct node_list *lists[] = { &x->u.ASM.outputs, &x->u.ASM.inputs };

	for (unsigned k = 0; k < 2; k++)
		for (unsigned i = 0; i < lists[k]->len; i++) {
			struct node *operand = node_copy(n->arena, lists[k]->data[i]), *e = operand->u.ASM_OPERAND.operand;
			if (k == 0 || !suspends(e))
				operand->u.ASM_OPERAND.operand = flatten_lvalue(n, e, NULL, 0);
			else
				operand->u.ASM_OPERAND.operand = flatten(n, e);
			lists[k]->data[i] = operand;
		}
	for (unsigned i = 0; i < x->u.ASM.labels.len; i++) {
		struct node *label = node_copy(n->arena, x->u.ASM.labels.data[i]);
		x->u.ASM.labels.data[i] = label;
	}
	emit(n, x);
}

/* `s = lines(f);`: the stream that the variable held is closed. */
static bool assigns_stream(struct normalizer *n, struct node *e)
{
	struct node *to = e->kind == N_ASSIGN && e->u.ASSIGN.op == OP_ASSIGN ? node_strip(e->u.ASSIGN.lhs) : NULL;
	struct symbol *s = to && to->kind == N_IDENT ? to->ann : NULL;

	if (!s || !s->function || s->static_duration || type_kind(s->type) != TY_STREAM || !n->function->is_async)
		return false;
	emit_stream_assign(n, s, e->u.ASSIGN.rhs, e->loc);
	return true;
}

/* A local that x = f().await sets straight; NULL: it is none. */
static struct symbol *assigned_local(struct normalizer *n, struct node *e, struct node **await)
{
	if (e->kind != N_ASSIGN || e->u.ASSIGN.op != OP_ASSIGN)
		return NULL;
	struct node *to = node_strip(e->u.ASSIGN.lhs);
	struct symbol *local = to->kind == N_IDENT ? to->ann : NULL;
	*await = node_strip(e->u.ASSIGN.rhs);
	if (!local || local->function != n->function || local->static_duration || local->kind == SYM_FUNCTION)
		return NULL;
	return expr_is_await(*await) && receives(local, (*await)->type) && !map_get(&n->arrays, local) ? local : NULL;
}

static void lower_expr_stmt(struct normalizer *n, struct node *s)
{
	struct node *e = s->u.EXPR_STMT.expr ? node_strip(s->u.EXPR_STMT.expr) : NULL, *await, *x;

	if (e && (suspends(s->u.EXPR_STMT.expr) || e->kind == N_NURSERY)) {
		struct symbol *local = assigned_local(n, e, &await);
		if (local)
			flatten_await(n, await, local, false);
		else
			flatten_discard(n, s->u.EXPR_STMT.expr);
		return;
	}
	if (e && assigns_stream(n, e))
		return;
	x = node_copy(n->arena, s);
	if (e)
		x->u.EXPR_STMT.expr = copy_expr(n, discarded(n, x->u.EXPR_STMT.expr));
	emit(n, x);
}

static void lower_if(struct normalizer *n, struct node *s)
{
	struct node *x = node_copy(n->arena, s);

	x->u.IF.cond = suspends(s->u.IF.cond) ? whole_condition(flatten(n, s->u.IF.cond)) : copy_expr(n, s->u.IF.cond);
	x->u.IF.then = lower_block(n, s->u.IF.then);
	if (s->u.IF.otherwise) {
		struct node *otherwise = lower_block(n, s->u.IF.otherwise);
		if (otherwise->u.COMPOUND.items.len == 1 && otherwise->u.COMPOUND.items.data[0]->kind == N_IF)
			otherwise = otherwise->u.COMPOUND.items.data[0]; /* else if */
		x->u.IF.otherwise = otherwise;
	}
	emit(n, x);
}

static void lower_return(struct normalizer *n, struct node *s)
{
	struct node *value = s->u.RETURN.value;

	if (value && type_kind(n->function->return_type) == TY_VOID && n->function->is_async) {
		flatten_discard(n, value);
		value = NULL;
	} else if (value) {
		value = flatten(n, value);
	}
	emit_return(n, value, s->loc);
}

static void lower_one(struct normalizer *n, struct node *s)
{
	switch ((enum node_kind)s->kind) {
	case N_COMPOUND:
		emit(n, lower_block(n, s));
		return;
	case N_DECLARATION:
		lower_declaration(n, s);
		return;
	case N_EXPR_STMT:
		lower_expr_stmt(n, s);
		return;
	case N_IF:
		lower_if(n, s);
		return;
	case N_WHILE:
		lower_while(n, s);
		return;
	case N_DO:
		lower_do(n, s);
		return;
	case N_FOR:
		lower_for(n, s);
		return;
	case N_SWITCH:
		lower_switch(n, s);
		return;
	case N_CASE:
	case N_DEFAULT:
	case N_LABEL:
		lower_labelled(n, s);
		return;
	case N_GOTO:
		emit_exit(n, pending_at(n, s->ann), label_name(n, s->ann), NULL, s->loc);
		return;
	case N_GOTO_COMPUTED:
		lower_goto_computed(n, s);
		return;
	case N_BREAK:
		lower_break(n, s);
		return;
	case N_CONTINUE:
		lower_continue(n, s);
		return;
	case N_RETURN:
		lower_return(n, s);
		return;
	case N_JOIN:
		lower_join(n, s);
		return;
	case N_SELECT:
		lower_select(n, s);
		return;
	case N_SHIELD:
		lower_shield(n, s);
		return;
	case N_YIELD:
		lower_yield(n, s);
		return;
	case N_ASYNC_FOR:
		lower_async_for(n, s);
		return;
	case N_DEFER:
		pending_push(n, PENDING_DEFER, s->u.DEFER.body, NULL, s->begin);
		return;
	case N_ASM:
		lower_asm(n, s);
		return;
	case N_STATIC_ASSERT:
		if (!mentions_dialect(s))
			emit(n, node_copy(n->arena, s));
		return;
	case N_PRAGMA:
		if (is_loop_pragma(s))
			node_list_push(n->arena, &n->loop_pragmas, s);
		else
			emit(n, node_copy(n->arena, s));
		return;
	case N_LABEL_DECL:
	case N_EMPTY_DECL:
		return;
	default:
		emit(n, node_copy(n->arena, s));
		return;
	}
}

void lower_stmt(struct normalizer *n, struct node *s)
{
	struct node_list *block_out = n->block_out;

	n->block_out = n->out;
	/* One that no loop follows is the C compiler's to report. */
	if (n->loop_pragmas.len && s->kind != N_FOR && s->kind != N_WHILE && s->kind != N_DO && s->kind != N_PRAGMA) {
		for (unsigned i = 0; i < n->loop_pragmas.len; i++)
			emit(n, node_copy(n->arena, n->loop_pragmas.data[i]));
		n->loop_pragmas.len = 0;
	}
	lower_one(n, s);
	n->block_out = block_out;
}
