/* Builders of the dialect's concurrent constructs: blocks, closures, nurseries, arms of a select. */
#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"

struct node *make_closure_head(struct parser *p, struct lexeme t, unsigned params, struct node *value)
{
	struct node *n = make_statement(p, N_CLOSURE_TYPE, t, value ? value->end : p->last_bar);

	n->u.CLOSURE_TYPE.params = list_take(p, params);
	n->u.CLOSURE_TYPE.result = value;
	return n;
}

unsigned closure_begin(struct parser *p, struct node *head)
{
	unsigned depth = names_push(p);
	struct node_list *params = &head->u.CLOSURE_TYPE.params;

	for (unsigned i = 0; i < params->len; i++)
		names_declare(p, shape_name(params->data[i]->u.PARAM.declarator->u.DECLARATOR.shape)->u.D_NAME.name, BIND_CALLABLE);
	return depth;
}

struct node *make_closure(struct parser *p, struct node *head, struct node *body)
{
	struct node *n = node_new(p->arena, N_CLOSURE, head->begin, head->loc, body->end);

	n->u.CLOSURE.params = head->u.CLOSURE_TYPE.params;
	n->u.CLOSURE.arrow = head->u.CLOSURE_TYPE.result;
	n->u.CLOSURE.body = body;
	return n;
}

struct lexeme nursery_begin(struct parser *p, struct lexeme t, bool is_async)
{
	t.value = (is_async ? NURSERY_ASYNC : 0) | (ends_statement(p->before.kind) ? NURSERY_STATEMENT : 0);
	return t;
}

struct node *make_nursery(struct parser *p, struct lexeme t, struct lexeme name, struct lexeme open, unsigned items, struct lexeme close)
{
	struct node *n = make_statement(p, N_NURSERY, t, close.end);

	n->u.NURSERY.is_async = t.value & NURSERY_ASYNC;
	n->u.NURSERY.name = name.loc ? name.word->name : NULL;
	n->u.NURSERY.name_loc = (int)name.loc;
	n->u.NURSERY.body = make_compound(p, open, items, close);
	return n;
}

struct node *make_spawn_block(struct parser *p, struct node *callee, struct node *body)
{
	struct node *n = node_new(p->arena, N_SPAWN_BLOCK, callee->begin, callee->loc, body->end);

	n->u.SPAWN_BLOCK.callee = callee;
	n->u.SPAWN_BLOCK.body = body;
	return n;
}

struct node *make_typed_call(struct parser *p, struct lexeme name, struct node *type_name, unsigned args, loc_t end)
{
	struct node *n = make_statement(p, N_TYPED_CALL, name, end);

	n->u.TYPED_CALL.name = name.word->name;
	n->u.TYPED_CALL.type_name = type_name;
	n->u.TYPED_CALL.args = list_take(p, args);
	return n;
}

struct node *make_arm(struct parser *p, struct lexeme t, struct node *value, struct lexeme colon, unsigned items)
{
	struct node *n = make_statement(p, N_SELECT_ARM, t, colon.end);

	if (value && value->kind == N_DECLARATION)
		n->u.SELECT_ARM.decl = value;
	else
		n->u.SELECT_ARM.value = value;
	n->u.SELECT_ARM.body = list_take(p, items);
	if (n->u.SELECT_ARM.body.len)
		n->end = n->u.SELECT_ARM.body.data[n->u.SELECT_ARM.body.len - 1]->end;
	return n;
}

struct node *make_select(struct parser *p, struct lexeme t, unsigned arms, loc_t end)
{
	struct node *n = make_statement(p, N_SELECT, t, end);

	/* What stood there was no arm, which was reported; that there is none is no error of its own. */
	if (p->list_len == arms && p->last_error > t.loc)
		list_add(p, make_statement(p, N_SELECT_ARM, t, t.end));
	n->u.SELECT.arms = list_take(p, arms);
	return n;
}

struct node *make_async_for(struct parser *p, struct lexeme t, struct node *decl, struct node *stream, struct node *body)
{
	struct node *n = make_statement(p, decl ? N_ASYNC_FOR : N_FOR, t, body->end);

	p->async_for_end = body->end;
	if (!decl) {
		n->u.FOR.body = body;
		return n;
	}
	n->u.ASYNC_FOR.decl = decl;
	n->u.ASYNC_FOR.stream = stream;
	n->u.ASYNC_FOR.body = body;
	return n;
}

struct node *async_for_else(struct node *loop, struct node *error, struct node *handler)
{
	loop->end = handler->end;
	if (loop->kind == N_ASYNC_FOR) { /* else an error was reported */
		loop->u.ASYNC_FOR.error = error;
		loop->u.ASYNC_FOR.handler = handler;
	}
	return loop;
}

struct node *make_typedef_name(struct parser *p, struct lexeme name)
{
	if (!word_is_typedef(name.word) && !p->quiet)
		report_unknown_type(p, name.loc, name.word->name);
	return make_type_name(p, specs_type(p, NULL, make_typedef_ref(p, name)), NULL, NULL);
}

struct node *end_expression(struct parser *p, struct node *expr, struct lexeme end)
{
	if (p->last.kind == BLOCK_END && expr->kind != N_SPAWN_BLOCK && expr->kind != N_NURSERY)
		report_block_end(p);
	return make_expr_stmt(p, expr, expr->loc, end.end);
}
