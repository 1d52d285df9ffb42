/* Builders: what the grammar's actions make.
 *
 * Lists under construction live on one stack (parser.list): LR parsing completes inner lists before outer ones go on, so the elements of a list are
 * contiguous; its value is where they start. list_take moves them into an array of exactly their number. */
#include "frontend/parse/internal.h"

#include <string.h>

/* -- lists ---------------------------------------------------------------------------------------------------------------- */

unsigned list_begin(struct parser *p)
{
	return p->list_len;
}

void list_add(struct parser *p, struct node *n)
{
	if (p->list_len == p->list_cap)
		p->list = vec_grow(p->arena, p->list, &p->list_cap, sizeof *p->list);
	p->list[p->list_len++] = n;
}

unsigned list_start(struct parser *p, struct node *first)
{
	unsigned start = p->list_len;

	list_add(p, first);
	return start;
}

void list_drop(struct parser *p, unsigned start)
{
	if (p->list_len > start)
		p->list_len = start;
}

struct node_list list_take(struct parser *p, unsigned start)
{
	struct node_list list = {0};
	unsigned len = p->list_len - start;

	if (len) {
		list.data = ARENA_ARRAY(p->arena, struct node *, len);
		list.len = list.cap = len;
		memcpy(list.data, p->list + start, sizeof *list.data * len);
	}
	p->list_len = start;
	return list;
}

unsigned list_skip(struct parser *p, unsigned first, unsigned second)
{
	memmove(p->list + first, p->list + second, sizeof *p->list * (p->list_len - second));
	p->list_len -= second - first;
	return first;
}

/* Declarations mostly have one declarator: an array of exactly that. */
static void push_tight(struct parser *p, struct node_list *list, struct node *n)
{
	if (list->cap == 0) {
		list->data = ARENA_ARRAY(p->arena, struct node *, 1);
		list->cap = 1;
	}
	node_list_push(p->arena, list, n);
}

static void append(struct parser *p, struct node_list *to, const struct node_list *from)
{
	for (unsigned i = 0; from && i < from->len; i++)
		node_list_push(p->arena, to, from->data[i]);
}

static void prepend(struct parser *p, struct node_list *to, const struct node_list *from)
{
	struct node_list joined = {0};

	append(p, &joined, from);
	append(p, &joined, to);
	*to = joined;
}

struct node_list *attrs_join(struct parser *p, struct node_list *a, struct node_list *b)
{
	append(p, a, b);
	return a;
}

static loc_t attrs_end(const struct node_list *attrs, loc_t otherwise)
{
	return attrs && attrs->len && attrs->data[attrs->len - 1]->end > otherwise ? attrs->data[attrs->len - 1]->end : otherwise;
}

/* -- expressions ------------------------------------------------------------------------------------------------------------- */

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

/* -- specifiers ---------------------------------------------------------------------------------------------------------------- */

struct node *specs_new(struct parser *p, loc_t begin)
{
	return node_new(p->arena, N_SPECS, begin, begin, begin);
}

static struct node *specs_extend(struct parser *p, struct node *specs, loc_t begin, loc_t end)
{
	if (!specs)
		specs = specs_new(p, begin);
	specs->end = end;
	return specs;
}

struct node *specs_storage(struct parser *p, struct node *specs, struct lexeme t)
{
	specs = specs_extend(p, specs, t.loc, t.end);
	specs->u.SPECS.storage |= t.value;
	return specs;
}

struct node *specs_qualifier(struct parser *p, struct node *specs, struct lexeme t)
{
	specs = specs_extend(p, specs, t.loc, t.end);
	specs->u.SPECS.quals |= t.value;
	return specs;
}

struct node *specs_function(struct parser *p, struct node *specs, struct lexeme t)
{
	specs = specs_extend(p, specs, t.loc, t.end);
	specs->u.SPECS.func |= t.value;
	return specs;
}

/* The type is complete but for words that may go together in any order. */
struct node *specs_word(struct parser *p, struct node *specs, struct lexeme t)
{
	bool async = specs && specs->u.SPECS.func & FS_ASYNC;

	specs = specs_extend(p, specs, t.loc, t.end);
	if (async && !p->quiet) {
		diag_error(p->diag, t.loc, "the type of an async function is written after its parameters");
		diag_note(p->diag, t.loc, "write 'async fn name(...) -> type'");
	}
	if (specs->u.SPECS.basic == 0)
		specs->loc = t.loc;
	if (t.value == BT_LONG && specs->u.SPECS.basic & BT_LONG)
		specs->u.SPECS.basic = (specs->u.SPECS.basic & ~BT_LONG) | BT_LONGLONG;
	else
		specs->u.SPECS.basic |= t.value;
	return specs;
}

struct node *specs_type(struct parser *p, struct node *specs, struct node *type)
{
	specs = specs_extend(p, specs, type->begin, type->end);
	if (specs->u.SPECS.type) {
		if (!specs->u.SPECS.extra)
			specs->u.SPECS.extra = type;
		return specs;
	}
	specs->u.SPECS.type = type;
	specs->loc = type->loc;
	return specs;
}

struct node *specs_alignas(struct parser *p, struct node *specs, struct node *alignas_node)
{
	specs = specs_extend(p, specs, alignas_node->begin, alignas_node->end);
	push_tight(p, &specs->u.SPECS.aligns, alignas_node);
	return specs;
}

struct node *specs_attributes(struct parser *p, struct node *specs, struct node_list *attrs, loc_t end)
{
	if (!specs && attrs->len)
		specs = specs_new(p, attrs->data[0]->begin);
	else if (!specs)
		specs = specs_new(p, end);
	struct node *type = specs->u.SPECS.type;

	/* Right behind the `}` of a struct, union or enum they belong to that. */
	if (type && type->kind == N_TAG && type->u.TAG.has_body && type->end == specs->end) {
		append(p, &type->u.TAG.attrs, attrs);
		type->end = end;
	} else {
		append(p, &specs->u.SPECS.attrs, attrs);
	}
	specs->end = end;
	return specs;
}

struct node *specs_prefix(struct parser *p, struct node_list *attrs, loc_t begin, struct node *specs)
{
	prepend(p, &specs->u.SPECS.attrs, attrs);
	specs->begin = begin;
	return specs;
}

/* -- declarators ----------------------------------------------------------------------------------------------------------------- */

/* `inner` is what stands left of `suffix`. The chain reads from the outside in, so the newest suffix goes below what `inner` is made of
 * only in text order: `x[1][2]` is D_ARRAY(2) around D_ARRAY(1) around the name, as C's grammar nests it. */
struct node *shape_wrap(struct node *suffix, struct node *inner, struct node *whole)
{
	suffix->begin = whole->begin;
	if (suffix->kind == N_D_ARRAY)
		suffix->u.D_ARRAY.inner = inner;
	else
		suffix->u.D_FUNCTION.inner = inner;
	return suffix;
}

struct node *make_pointer(struct parser *p, struct lexeme star, struct node *quals, struct node *inner)
{
	struct node *n = make_statement(p, N_D_POINTER, star, inner ? inner->end : quals ? quals->end : star.end);

	n->u.D_POINTER.inner = inner;
	if (quals) {
		n->u.D_POINTER.quals = quals->u.SPECS.quals;
		n->u.D_POINTER.attrs = quals->u.SPECS.attrs;
	}
	return n;
}

struct node *make_function_shape(struct parser *p, struct lexeme open, unsigned params, bool variadic, bool kr, loc_t end)
{
	struct node *n = make_statement(p, N_D_FUNCTION, open, end);
	struct node_list *list = &n->u.D_FUNCTION.params;

	*list = list_take(p, params);
	n->u.D_FUNCTION.variadic = variadic;
	n->u.D_FUNCTION.kr = kr;
	return n;
}

struct node *make_paren_shape(struct parser *p, struct lexeme open, struct node_list *attrs, struct node *inner, struct node_list *after, struct lexeme close)
{
	struct node *n;

	if ((!attrs || !attrs->len) && (!after || !after->len)) {
		inner->begin = open.loc;
		inner->end = close.end;
		return inner;
	}
	n = make_statement(p, N_D_PAREN, open, close.end);
	n->u.D_PAREN.inner = inner;
	append(p, &n->u.D_PAREN.attrs, attrs);
	append(p, &n->u.D_PAREN.attrs, after);
	return n;
}

/* The part of `shape` that is around `slot`'s hole or name. */
static struct node **shape_inner(struct node *shape)
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

/* Ends an abstract chain with a D_NAME that has no name. */
static struct node *shape_close(struct parser *p, struct node *shape, loc_t at)
{
	struct node **slot = &shape;

	while (*slot && (*slot)->kind != N_D_NAME) {
		at = (*slot)->end;
		slot = shape_inner(*slot);
	}
	if (!*slot)
		*slot = node_new(p->arena, N_D_NAME, at, at, at);
	return shape;
}

static struct node *shape_name(struct node *shape)
{
	while (shape && shape->kind != N_D_NAME)
		shape = *shape_inner(shape);
	return shape;
}

/* The part of `shape` next to the name: what the declared thing is before all else. NULL: nothing but the name. */
static struct node *shape_innermost(struct node *shape)
{
	struct node *part = NULL;

	for (; shape && shape->kind != N_D_NAME; shape = *shape_inner(shape))
		if (shape->kind != N_D_PAREN)
			part = shape;
	return part;
}

struct node *make_declarator(struct parser *p, struct node *shape, struct node *arrow, struct node *asm_label, struct node_list *attrs, loc_t at)
{
	shape = shape_close(p, shape, at);
	struct node *name = shape_name(shape);
	struct node *n = node_new(p->arena, N_DECLARATOR, shape->begin ? shape->begin : at, name->loc, shape->end);

	n->u.DECLARATOR.shape = shape;
	n->u.DECLARATOR.arrow = arrow;
	n->u.DECLARATOR.asm_label = asm_label;
	if (arrow) {
		n->end = arrow->end;
		append(p, &n->u.DECLARATOR.attrs, &arrow->u.TYPE_NAME.specs->u.SPECS.attrs);
		arrow->u.TYPE_NAME.specs->u.SPECS.attrs = (struct node_list){0};
	}
	if (asm_label)
		n->end = asm_label->end + 1;
	append(p, &n->u.DECLARATOR.attrs, attrs);
	n->end = attrs_end(attrs, n->end);
	return n;
}

struct node *make_type_name(struct parser *p, struct node *specs, struct node *shape, struct node *arrow)
{
	struct node *declarator = make_declarator(p, shape, arrow, NULL, NULL, specs->end);
	struct node *n = node_new(p->arena, N_TYPE_NAME, specs->begin, specs->loc, declarator->end > specs->end ? declarator->end : specs->end);

	n->u.TYPE_NAME.specs = specs;
	n->u.TYPE_NAME.declarator = declarator;
	return n;
}

struct node *make_param(struct parser *p, struct node *specs, struct node *shape, struct node *arrow, struct node_list *attrs)
{
	struct node *declarator = make_declarator(p, shape, arrow, NULL, attrs, specs->end);
	struct node *name = shape_name(declarator->u.DECLARATOR.shape);
	struct node *n = node_new(p->arena, N_PARAM, specs->begin, name->u.D_NAME.name ? name->loc : specs->loc, declarator->end > specs->end ? declarator->end : specs->end);

	n->u.PARAM.specs = specs;
	n->u.PARAM.declarator = declarator;
	names_declare(p, name->u.D_NAME.name, BIND_CALLABLE);
	return n;
}

struct node *make_kr_param(struct parser *p, struct lexeme name)
{
	struct node *shape = make_statement(p, N_D_NAME, name, name.end);
	struct node *n = make_statement(p, N_PARAM, name, name.end);

	shape->u.D_NAME.name = name.word->name;
	n->u.PARAM.declarator = make_declarator(p, shape, NULL, NULL, NULL, name.loc);
	return n;
}

void shape_forget_names(struct parser *p, struct node *function)
{
	struct node_list *params = &function->u.D_FUNCTION.params;

	for (unsigned i = params->len; i-- > 0;)
		names_undeclare(p, shape_name(params->data[i]->u.PARAM.declarator->u.DECLARATOR.shape)->u.D_NAME.name);
}

/* -- declarations ------------------------------------------------------------------------------------------------------------------ */

static enum binding_kind binding_of(const struct node *specs, struct node *shape)
{
	if (specs->u.SPECS.storage & SC_TYPEDEF)
		return BIND_TYPEDEF;
	struct node *part = shape_innermost(shape);

	if (part && part->kind != N_D_ARRAY)
		return BIND_CALLABLE;
	return part || (specs->u.SPECS.type && specs->u.SPECS.type->kind != N_TAG) ? BIND_CALLABLE : BIND_OTHER;
}

static void declare(struct parser *p, struct node *specs, struct node *declarator)
{
	struct node *shape = declarator->u.DECLARATOR.shape;

	names_declare(p, shape_name(shape)->u.D_NAME.name, binding_of(specs, shape));
}

struct node *declaration_begin(struct parser *p, struct node *specs, struct node *declarator)
{
	if (!specs)
		specs = specs_new(p, declarator->begin);
	struct node *n = node_new(p->arena, N_DECLARATION, specs->begin, declarator->loc, declarator->end);

	n->u.DECLARATION.specs = specs;
	push_tight(p, &n->u.DECLARATION.declarators, declarator);
	declare(p, specs, declarator);
	return n;
}

struct node *declaration_add(struct parser *p, struct node *declaration, struct node_list *attrs, struct node *declarator)
{
	prepend(p, &declarator->u.DECLARATOR.attrs, attrs);
	node_list_push(p->arena, &declaration->u.DECLARATION.declarators, declarator);
	declaration->end = declarator->end;
	declare(p, declaration->u.DECLARATION.specs, declarator);
	return declaration;
}

struct node *declaration_init(struct parser *p, struct node *declaration, struct node *init)
{
	struct node *declarator = vec_last(&declaration->u.DECLARATION.declarators);

	(void)p;
	declarator->u.DECLARATOR.init = init;
	declarator->end = declaration->end = init->end;
	return declaration;
}

struct node *declaration_end(struct parser *p, struct node *declaration, loc_t end)
{
	(void)p;
	if (end > declaration->end)
		declaration->end = end;
	return declaration;
}

struct node *make_bare_declaration(struct parser *p, struct node *specs, loc_t end, bool member)
{
	struct node *n = node_new(p->arena, N_DECLARATION, specs->begin, specs->loc, end);

	(void)member;
	n->u.DECLARATION.specs = specs;
	return n;
}

struct node *member_begin(struct parser *p, struct node *specs, struct node *declarator)
{
	struct node *n = node_new(p->arena, N_DECLARATION, specs->begin, declarator->loc, declarator->end);

	n->u.DECLARATION.specs = specs;
	push_tight(p, &n->u.DECLARATION.declarators, declarator);
	return n;
}

struct node *member_add(struct parser *p, struct node *declaration, struct node_list *attrs, struct node *declarator)
{
	prepend(p, &declarator->u.DECLARATOR.attrs, attrs);
	node_list_push(p->arena, &declaration->u.DECLARATION.declarators, declarator);
	declaration->end = declarator->end;
	return declaration;
}

struct node *make_bit_field(struct parser *p, struct node *declarator, struct lexeme colon, struct node *width, struct node_list *attrs)
{
	if (!declarator)
		declarator = make_declarator(p, NULL, NULL, NULL, NULL, colon.loc);
	declarator->u.DECLARATOR.width = width;
	append(p, &declarator->u.DECLARATOR.attrs, attrs);
	declarator->end = attrs_end(attrs, width->end);
	return declarator;
}

struct node *make_tag(struct parser *p, struct lexeme t, struct node_list *attrs, struct lexeme *name)
{
	struct node *n = node_new(p->arena, N_TAG, t.loc, name ? name->loc : t.loc, name ? name->end : t.end);

	n->u.TAG.tag_kind = t.value;
	n->u.TAG.name = name ? name->word->name : NULL;
	append(p, &n->u.TAG.attrs, attrs);
	return n;
}

struct node *tag_body(struct parser *p, struct node *tag, unsigned members, loc_t end)
{
	tag->u.TAG.has_body = true;
	tag->u.TAG.members = list_take(p, members);
	tag->end = end;
	return tag;
}

struct node *make_enumerator(struct parser *p, struct lexeme name, struct node_list *attrs, struct node *value)
{
	struct node *n = make_statement(p, N_ENUMERATOR, name, value ? value->end : attrs_end(attrs, name.end));

	n->u.ENUMERATOR.name = name.word->name;
	n->u.ENUMERATOR.value = value;
	append(p, &n->u.ENUMERATOR.attrs, attrs);
	names_declare(p, name.word->name, BIND_OTHER);
	return n;
}

unsigned function_begin(struct parser *p, struct node *declaration)
{
	unsigned depth = names_push(p);
	struct node *function = shape_innermost(declaration->u.DECLARATION.declarators.data[0]->u.DECLARATOR.shape);

	if (!function || function->kind != N_D_FUNCTION)
		return depth;
	struct node_list *params = &function->u.D_FUNCTION.params;

	for (unsigned i = 0; i < params->len; i++) {
		struct node *param = params->data[i]->u.PARAM.declarator;

		names_declare(p, shape_name(param->u.DECLARATOR.shape)->u.D_NAME.name, BIND_CALLABLE);
	}
	return depth;
}

struct node *make_function(struct parser *p, struct node *declaration, unsigned kr_decls, struct node *body)
{
	struct node_list *declarators = &declaration->u.DECLARATION.declarators;
	struct node *declarator = vec_last(declarators);
	struct node *n = node_new(p->arena, N_FUNCTION_DEF, declaration->begin, declarator->loc, body->end);

	if (declarators->len > 1 && !p->quiet)
		diag_error(p->diag, body->begin, "expected ';' before '{' token");
	n->u.FUNCTION_DEF.specs = declaration->u.DECLARATION.specs;
	n->u.FUNCTION_DEF.declarator = declarator;
	n->u.FUNCTION_DEF.kr_decls = list_take(p, kr_decls);
	n->u.FUNCTION_DEF.body = body;
	return n;
}

/* -- statements --------------------------------------------------------------------------------------------------------------------- */

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

struct node *make_asm(struct parser *p, struct lexeme t, int quals, struct node *text, loc_t end)
{
	struct node *n = make_statement(p, N_ASM, t, end);

	n->u.ASM.quals = quals;
	n->u.ASM.text = text;
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
		prepend(p, &item->u.EXPR_STMT.attrs, attrs);
	else if (item->kind == N_LABEL)
		prepend(p, &item->u.LABEL.attrs, attrs);
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
		append(p, &label->u.LABEL.attrs, attrs);
		/* GNU attributes behind the colon are the label's. */
		if (body && body->kind == N_EXPR_STMT && !body->u.EXPR_STMT.expr && body->u.EXPR_STMT.attrs.len && !body->u.EXPR_STMT.attrs.data[0]->u.ATTRIBUTE.c23) {
			append(p, &label->u.LABEL.attrs, &body->u.EXPR_STMT.attrs);
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
