/* Nodes: making, copying, walking.
 *
 * In: ast.def, the one table of kinds and fields. Out: node_new and its kin, and node_each_child, which visits exactly the F_NODE and
 * F_LIST fields of the table in its order. */
#include "frontend/ast/ast.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "frontend/base/vec.h"

#define NODE_HEADER offsetof(struct node, u)

static const uint16_t node_sizes[N_KIND_COUNT] = {
#define NODE(kind, family, fields) [N_##kind] = NODE_HEADER + sizeof(struct ast_##kind),
#include "frontend/ast/ast.def"
#undef NODE
	[N_CORE_AWAIT] = NODE_HEADER + sizeof(void *),
	[N_CORE_FIELD] = NODE_HEADER + 2 * sizeof(void *),
	[N_CORE_TEXT] = NODE_HEADER + sizeof(void *),
	[N_CORE_CONTEXT] = NODE_HEADER,
	[N_CORE_FORK] = NODE_HEADER + sizeof(void *),
};

static const char *const node_names[N_KIND_COUNT] = {
#define NODE(kind, family, fields) [N_##kind] = #kind,
#include "frontend/ast/ast.def"
#undef NODE
	[N_CORE_AWAIT] = "CORE_AWAIT",
	[N_CORE_FIELD] = "CORE_FIELD",
	[N_CORE_TEXT] = "CORE_TEXT",
	[N_CORE_CONTEXT] = "CORE_CONTEXT",
	[N_CORE_FORK] = "CORE_FORK",
};

static const uint8_t node_families[N_KIND_COUNT] = {
#define NODE(kind, family, fields) [N_##kind] = FAM_##family,
#include "frontend/ast/ast.def"
#undef NODE
	[N_CORE_AWAIT] = FAM_STMT,
	[N_CORE_FIELD] = FAM_EXPR,
	[N_CORE_TEXT] = FAM_AUX, /* text of any family; only the printer reads it */
	[N_CORE_CONTEXT] = FAM_EXPR,
	[N_CORE_FORK] = FAM_STMT,
};

static const char *const op_texts[OP_COUNT] = {
	[OP_ASSIGN] = "=", [OP_MUL] = "*", [OP_DIV] = "/", [OP_MOD] = "%", [OP_ADD] = "+", [OP_SUB] = "-", [OP_SHL] = "<<",
	[OP_SHR] = ">>", [OP_LT] = "<", [OP_GT] = ">", [OP_LE] = "<=", [OP_GE] = ">=", [OP_EQ] = "==", [OP_NE] = "!=",
	[OP_AND] = "&", [OP_XOR] = "^", [OP_OR] = "|", [OP_LOGAND] = "&&", [OP_LOGOR] = "||", [OP_ADDR] = "&",
	[OP_DEREF] = "*", [OP_PLUS] = "+", [OP_MINUS] = "-", [OP_BITNOT] = "~", [OP_NOT] = "!", [OP_PRE_INC] = "++",
	[OP_PRE_DEC] = "--", [OP_REAL] = "__real__", [OP_IMAG] = "__imag__", [OP_EXTENSION] = "__extension__",
	[OP_POST_INC] = "++", [OP_POST_DEC] = "--", [OP_SIZEOF] = "sizeof", [OP_ALIGNOF] = "_Alignof",
};

struct node *node_new(struct arena *a, enum node_kind kind, loc_t begin, loc_t loc, loc_t end)
{
	struct node *n = arena_alloc(a, node_sizes[kind]);

	n->kind = (uint16_t)kind;
	n->begin = begin;
	n->loc = loc;
	n->end = end;
	return n;
}

static void list_copy(struct arena *a, struct node_list *list)
{
	struct node **data = list->data;

	list->cap = list->len;
	list->data = NULL;
	if (list->len == 0)
		return;
	list->data = ARENA_ARRAY(a, struct node *, list->len);
	memcpy(list->data, data, sizeof *data * list->len);
}

struct node *node_copy(struct arena *a, const struct node *n)
{
	struct node *copy = arena_alloc(a, node_sizes[n->kind]);

	memcpy(copy, n, node_sizes[n->kind]);
	switch ((enum node_kind)n->kind) {
#define NODE_OF copy
#define F_LIST(x) list_copy(a, &fields->x);
#include "frontend/ast/fields.def"
	}
	return copy;
}

void node_list_push(struct arena *a, struct node_list *list, struct node *n)
{
	vec_push(a, list, n);
}

const char *node_kind_name(enum node_kind kind)
{
	return node_names[kind];
}

enum node_family node_family(enum node_kind kind)
{
	return (enum node_family)node_families[kind];
}

const char *ast_op_text(enum ast_op op)
{
	assert(op < OP_COUNT);
	return op_texts[op];
}

static bool list_visit(struct node_list *list, bool (*visit)(struct node **child, void *ctx), void *ctx)
{
	for (unsigned i = 0; i < list->len; i++)
		if (list->data[i] && !visit(&list->data[i], ctx))
			return false;
	return true;
}

bool node_each_child(struct node *n, bool (*visit)(struct node **child, void *ctx), void *ctx)
{
	switch ((enum node_kind)n->kind) {
#define NODE_OF n
#define F_NODE(x)                                                                                                      \
	if (fields->x && !visit(&fields->x, ctx))                                                                      \
		return false;
#define F_LIST(x)                                                                                                      \
	if (!list_visit(&fields->x, visit, ctx))                                                                       \
		return false;
#include "frontend/ast/fields.def"
	}
	return true;
}

struct node *node_strip(struct node *n)
{
	for (;;) {
		if (n->kind == N_PAREN)
			n = n->u.PAREN.inner;
		else if (n->kind == N_UNARY && n->u.UNARY.op == OP_EXTENSION)
			n = n->u.UNARY.operand;
		else
			return n;
	}
}

struct node **shape_inner_slot(struct node *shape)
{
	switch ((enum node_kind)shape->kind) {
	case N_D_POINTER:
		return &shape->u.D_POINTER.inner;
	case N_D_ARRAY:
		return &shape->u.D_ARRAY.inner;
	case N_D_FUNCTION:
		return &shape->u.D_FUNCTION.inner;
	case N_D_PAREN:
		return &shape->u.D_PAREN.inner;
	default:
		return NULL;
	}
}

struct node *shape_inner(const struct node *shape)
{
	struct node **slot = shape_inner_slot((struct node *)shape);
	return slot ? *slot : NULL;
}

struct node *shape_name(struct node *shape)
{
	while (shape && shape->kind != N_D_NAME)
		shape = shape_inner(shape);
	return shape;
}

struct node *shape_innermost(struct node *shape)
{
	struct node *part = NULL;

	for (; shape && shape->kind != N_D_NAME; shape = shape_inner(shape))
		if (shape->kind != N_D_PAREN)
			part = shape;
	return part;
}
