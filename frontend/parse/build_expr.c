/* Builders of expressions: what the grammar's actions make, with the range of text that it came from. */
#include "frontend/parse/internal.h"

struct node *make_statement(struct parser *p, enum node_kind kind, struct lexeme t, loc_t end)
{
	return node_new(p->arena, kind, t.loc, t.loc, end);
}

struct node *make_name(struct parser *p, struct lexeme name)
{
	struct node *n = make_statement(p, N_IDENT, name, name.end);

	n->u.IDENT.name = name.word->name;
	return n;
}

struct node *make_text(struct parser *p, enum node_kind kind, struct lexeme t)
{
	struct node *n = make_statement(p, kind, t, t.end);
	const char *text = p->source->text + t.loc - 1;
	unsigned len = t.end - t.loc;

	if (kind == N_NUMBER) {
		n->u.NUMBER.text = text;
		n->u.NUMBER.text_len = len;
	} else if (kind == N_CHAR_CONST) {
		n->u.CHAR_CONST.text = text;
		n->u.CHAR_CONST.text_len = len;
	} else {
		n->u.STRING_PART.text = text;
		n->u.STRING_PART.text_len = len;
	}
	return n;
}

struct node *make_error(struct parser *p, loc_t loc, loc_t end)
{
	return node_new(p->arena, N_ERROR, loc, loc, end > loc ? end : loc);
}

struct node *make_error_statement(struct parser *p, loc_t loc, loc_t end)
{
	return make_expr_stmt(p, make_error(p, loc, end), loc, end > loc ? end : loc);
}

struct node *make_unary(struct parser *p, enum ast_op op, struct lexeme t, struct node *operand)
{
	struct node *n = make_statement(p, N_UNARY, t, operand->end);

	n->u.UNARY.op = op;
	n->u.UNARY.operand = operand;
	return n;
}

struct node *make_binary(struct parser *p, enum ast_op op, struct node *lhs, struct lexeme t, struct node *rhs)
{
	struct node *n = node_new(p->arena, N_BINARY, lhs->begin, t.loc, rhs->end);

	n->u.BINARY.op = op;
	n->u.BINARY.lhs = lhs;
	n->u.BINARY.rhs = rhs;
	return n;
}

struct node *make_assign(struct parser *p, enum ast_op op, struct node *lhs, struct lexeme t, struct node *rhs)
{
	struct node *n = node_new(p->arena, N_ASSIGN, lhs->begin, t.loc, rhs->end);

	n->u.ASSIGN.op = op;
	n->u.ASSIGN.lhs = lhs;
	n->u.ASSIGN.rhs = rhs;
	return n;
}

struct node *make_conditional(struct parser *p, struct node *cond, struct lexeme t, struct node *then, struct node *otherwise)
{
	struct node *n = node_new(p->arena, N_COND, cond->begin, t.loc, otherwise->end);

	n->u.COND.cond = cond;
	n->u.COND.then = then;
	n->u.COND.otherwise = otherwise;
	return n;
}

struct node *make_cast(struct parser *p, struct lexeme t, struct node *type_name, struct node *operand)
{
	struct node *n = make_statement(p, N_CAST, t, operand->end);

	n->u.CAST.type_name = type_name;
	n->u.CAST.operand = operand;
	return n;
}

struct node *make_compound_literal(struct parser *p, struct lexeme t, struct node *type_name, struct node *init)
{
	struct node *n = make_statement(p, N_COMPOUND_LITERAL, t, init->end), *specs = type_name->u.TYPE_NAME.specs;

	n->u.COMPOUND_LITERAL.storage = specs->u.SPECS.storage;
	specs->u.SPECS.storage = 0;
	n->u.COMPOUND_LITERAL.type_name = type_name;
	n->u.COMPOUND_LITERAL.init = init;
	return n;
}

struct node *make_call(struct parser *p, struct node *callee, struct lexeme open, unsigned args, loc_t end)
{
	struct node *n = node_new(p->arena, N_CALL, callee->begin, open.loc, end);

	n->u.CALL.callee = callee;
	n->u.CALL.args = list_take(p, args);
	return n;
}

struct node *make_member(struct parser *p, struct node *base, bool arrow, struct lexeme name)
{
	struct node *n = node_new(p->arena, N_MEMBER, base->begin, name.loc, name.end);

	n->u.MEMBER.base = base;
	n->u.MEMBER.name = name.word->name;
	n->u.MEMBER.arrow = arrow;
	return n;
}

struct node *make_sizeof(struct parser *p, enum ast_op op, struct lexeme t, struct node *operand, loc_t end)
{
	struct node *n = make_statement(p, N_SIZEOF, t, end);

	n->u.SIZEOF.op = op;
	n->u.SIZEOF.operand = operand;
	return n;
}

struct node *make_string(struct parser *p, unsigned parts)
{
	struct node *first = p->list[parts], *last = p->list[p->list_len - 1];
	struct node *n = node_new(p->arena, N_STRING, first->begin, first->begin, last->end);

	n->u.STRING.parts = list_take(p, parts);
	return n;
}

struct node *make_init_item(struct parser *p, unsigned designators, struct node *value)
{
	struct node *n = node_new(p->arena, N_INIT_ITEM, value->begin, value->loc, value->end);

	n->u.INIT_ITEM.designators = list_take(p, designators);
	n->u.INIT_ITEM.value = value;
	if (n->u.INIT_ITEM.designators.len)
		n->begin = n->u.INIT_ITEM.designators.data[0]->begin;
	return n;
}

struct node *make_has_attribute(struct parser *p, struct lexeme t, struct node *of, struct lexeme name, bool has_args, unsigned args, loc_t end)
{
	struct node *n = make_statement(p, N_BUILTIN, t, end), *attr = make_statement(p, N_ATTRIBUTE, name, has_args ? end - 1 : name.end);

	attr->u.ATTRIBUTE.name = name.word->name;
	attr->u.ATTRIBUTE.has_args = has_args;
	attr->u.ATTRIBUTE.args = list_take(p, args);
	n->u.BUILTIN.name = t.word->name;
	n->u.BUILTIN.args = list_take(p, list_start(p, of));
	node_list_push(p->arena, &n->u.BUILTIN.args, attr);
	return n;
}
