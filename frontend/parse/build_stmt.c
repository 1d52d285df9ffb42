/* Builders of statements, and the checks that need no types. */
#include "frontend/parse/internal.h"

struct node *make_compound(struct parser *p, struct lexeme open, unsigned items, struct lexeme close)
{
	struct node *n = make_statement(p, N_COMPOUND, open, close.end);

	n->u.COMPOUND.items = list_take(p, items);
	n->u.COMPOUND.end = (int)close.loc;
	return n;
}

struct node *make_expr_stmt(struct parser *p, struct node *expr, loc_t loc, loc_t end)
{
	struct node *n = node_new(p->arena, N_EXPR_STMT, expr ? expr->begin : loc, loc, end);

	n->u.EXPR_STMT.expr = expr;
	return n;
}

struct node *asm_end(struct node *n, struct lexeme t, int quals, loc_t end)
{
	n->begin = n->loc = t.loc;
	n->end = end;
	n->u.ASM.quals = quals;
	return n;
}

struct node *statement_attributes(struct parser *p, struct node_list *attrs, loc_t begin, struct node *item)
{
	struct node *specs = NULL;

	if (item->kind == N_DECLARATION)
		specs = item->u.DECLARATION.specs;
	else if (item->kind == N_FUNCTION_DEF)
		specs = item->u.FUNCTION_DEF.specs;
	if (attrs->len && attrs->data[0]->begin < begin)
		begin = attrs->data[0]->begin;
	if (specs)
		specs_prefix(p, attrs, begin, specs);
	else if (item->kind == N_EXPR_STMT)
		attrs_prepend(p, &item->u.EXPR_STMT.attrs, attrs);
	else if (item->kind == N_LABEL)
		attrs_prepend(p, &item->u.LABEL.attrs, attrs);
	item->begin = begin;
	return item;
}

static const char *first_word(const struct parser *p, const struct node *n, int *len)
{
	const char *text = p->source->text + n->begin - 1, *end = text;

	while ((*end >= 'a' && *end <= 'z') || (*end >= 'A' && *end <= 'Z') || (*end >= '0' && *end <= '9') || *end == '_')
		end++;
	*len = (int)(end - text);
	return text;
}

struct node *check_substatement(struct parser *p, struct node *item)
{
	if (p->quiet)
		return item;
	if (item->kind == N_DECLARATION || item->kind == N_FUNCTION_DEF || item->kind == N_STATIC_ASSERT) {
		int len;
		const char *word = first_word(p, item, &len);

		diag_error(p->diag, item->begin, "expected statement before '%.*s'", len, word);
		diag_note(p->diag, item->begin, "a declaration needs a block around it");
	} else if (item->kind == N_DEFER) {
		diag_error(p->diag, item->loc, "'defer' has to stand directly in a block");
		diag_note(p->diag, item->loc, "what it defers would run at the end of this statement already; put the condition inside: 'defer { if (...) ... }'");
	}
	return item;
}

struct node *check_deferred(struct parser *p, struct node *item)
{
	if (item->kind != N_DEFER)
		return check_substatement(p, item);
	if (!p->quiet && item->u.DEFER.body->kind != N_DEFER) { /* else reported for that one */
		diag_error(p->diag, item->loc, "'defer' has to stand directly in a block");
		diag_note(p->diag, item->loc, "one 'defer' is enough; inside of what is deferred, another needs a block: 'defer { defer ... }'");
	}
	return item;
}

struct node *statement_after_pragma(struct parser *p, struct node *pragma, struct node *item)
{
	struct node *n = node_new(p->arena, N_COMPOUND, pragma->begin, pragma->begin, item->end);
	unsigned items = list_start(p, pragma);

	list_add(p, item);
	n->u.COMPOUND.items = list_take(p, items);
	n->u.COMPOUND.end = (int)item->end;
	return n;
}

struct node *label_finish(struct parser *p, struct node *label, struct node_list *attrs, struct node *body)
{
	if (label->kind == N_LABEL) {
		label->u.LABEL.body = body;
		attrs_append(p, &label->u.LABEL.attrs, attrs);
		/* GNU attributes behind the colon are the label's. */
		if (body && body->kind == N_EXPR_STMT && !body->u.EXPR_STMT.expr && body->u.EXPR_STMT.attrs.len && !body->u.EXPR_STMT.attrs.data[0]->u.ATTRIBUTE.c23) {
			attrs_append(p, &label->u.LABEL.attrs, &body->u.EXPR_STMT.attrs);
			body->u.EXPR_STMT.attrs = (struct node_list){0};
		}
	} else if (label->kind == N_CASE) {
		label->u.CASE.body = body;
	} else {
		label->u.DEFAULT.body = body;
	}
	label->end = body ? body->end : attrs_end(attrs, label->end);
	return label;
}
