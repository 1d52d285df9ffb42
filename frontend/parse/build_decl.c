/* Builders of declarations: specifiers, declarators, members, enumerators, functions.
 * Names become visible to the lexer here (names_declare), each at the end of its declarator (C17 6.2.1p7). */
#include "frontend/parse/internal.h"

/* -- specifiers ---------------------------------------------------------------------------------------------------------------- */

static struct node *specs_new(struct parser *p, loc_t begin)
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

/* What doesn't go together with the type before it. */
static void note_extra(struct node *specs, struct node *n)
{
	if (!specs->u.SPECS.extra)
		specs->u.SPECS.extra = n;
}

/* The type is complete but for words that may go together in any order. */
struct node *specs_word(struct parser *p, struct node *specs, struct lexeme t)
{
	bool async = specs && specs->u.SPECS.func & FS_ASYNC;

	specs = specs_extend(p, specs, t.loc, t.end);
	if (async && !p->quiet && p->async_type != t.loc) {
		diag_error(p->diag, t.loc, "the type of an async function is written after its parameters");
		diag_note(p->diag, t.loc, "write 'async fn name(...) -> type'");
	}
	if (specs->u.SPECS.basic == 0)
		specs->loc = t.loc;
	if (t.value == BT_LONG && specs->u.SPECS.basic & BT_LONG)
		specs->u.SPECS.basic = (specs->u.SPECS.basic & ~BT_LONG) | BT_LONGLONG;
	else if (specs->u.SPECS.basic & t.value || (t.value == BT_LONG && specs->u.SPECS.basic & BT_LONGLONG))
		note_extra(specs, node_new(p->arena, N_SPECS, t.loc, t.loc, t.end));
	else
		specs->u.SPECS.basic |= t.value;
	return specs;
}

struct node *specs_type(struct parser *p, struct node *specs, struct node *type)
{
	specs = specs_extend(p, specs, type->begin, type->end);
	if (specs->u.SPECS.type) {
		note_extra(specs, type);
		return specs;
	}
	specs->u.SPECS.type = type;
	specs->loc = type->loc;
	return specs;
}

struct node *specs_alignas(struct parser *p, struct node *specs, struct node *alignas_node)
{
	specs = specs_extend(p, specs, alignas_node->begin, alignas_node->end);
	node_list_push_tight(p, &specs->u.SPECS.aligns, alignas_node);
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
		attrs_append(p, &type->u.TAG.attrs, attrs);
		type->end = end;
	} else {
		attrs_append(p, &specs->u.SPECS.attrs, attrs);
	}
	specs->end = end;
	return specs;
}

struct node *specs_prefix(struct parser *p, struct node_list *attrs, loc_t begin, struct node *specs)
{
	attrs_prepend(p, &specs->u.SPECS.attrs, attrs);
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
	attrs_append(p, &n->u.D_PAREN.attrs, attrs);
	attrs_append(p, &n->u.D_PAREN.attrs, after);
	return n;
}

/* Ends an abstract chain with a D_NAME that has no name. */
static struct node *shape_close(struct parser *p, struct node *shape, loc_t at)
{
	struct node **slot = &shape;

	while (*slot && (*slot)->kind != N_D_NAME) {
		at = (*slot)->end;
		slot = shape_inner_slot(*slot);
	}
	if (!*slot)
		*slot = node_new(p->arena, N_D_NAME, at, at, at);
	return shape;
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
		attrs_append(p, &n->u.DECLARATOR.attrs, &arrow->u.TYPE_NAME.specs->u.SPECS.attrs);
		arrow->u.TYPE_NAME.specs->u.SPECS.attrs = (struct node_list){0};
	}
	if (asm_label)
		n->end = asm_label->end + 1;
	attrs_append(p, &n->u.DECLARATOR.attrs, &name->u.D_NAME.attrs);
	name->u.D_NAME.attrs = (struct node_list){0};
	attrs_append(p, &n->u.DECLARATOR.attrs, attrs);
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

static const char *param_name(const struct node *param)
{
	struct node *d = param->u.PARAM.declarator;

	return d ? shape_name(d->u.DECLARATOR.shape)->u.D_NAME.name : NULL;
}

/* `int f(int n; int a[n], int n)`: the list keeps the parameters; those that stood before the `;` are marked. */
unsigned params_announced(struct parser *p, unsigned forward, unsigned params)
{
	for (unsigned i = forward; i < params; i++)
		for (unsigned k = params; k < p->list_len; k++)
			if (param_name(p->list[k]) && param_name(p->list[k]) == param_name(p->list[i]))
				p->list[k]->flags |= NF_FORWARD;
	return list_skip(p, forward, params);
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
	node_list_push_tight(p, &n->u.DECLARATION.declarators, declarator);
	declare(p, specs, declarator);
	return n;
}

struct node *declaration_add(struct parser *p, struct node *declaration, struct node_list *attrs, struct node *declarator)
{
	attrs_prepend(p, &declarator->u.DECLARATOR.attrs, attrs);
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
	node_list_push_tight(p, &n->u.DECLARATION.declarators, declarator);
	return n;
}

struct node *member_add(struct parser *p, struct node *declaration, struct node_list *attrs, struct node *declarator)
{
	attrs_prepend(p, &declarator->u.DECLARATOR.attrs, attrs);
	node_list_push(p->arena, &declaration->u.DECLARATION.declarators, declarator);
	declaration->end = declarator->end;
	return declaration;
}

struct node *make_bit_field(struct parser *p, struct node *declarator, struct lexeme colon, struct node *width, struct node_list *attrs)
{
	if (!declarator)
		declarator = make_declarator(p, NULL, NULL, NULL, NULL, colon.loc);
	declarator->u.DECLARATOR.width = width;
	attrs_append(p, &declarator->u.DECLARATOR.attrs, attrs);
	declarator->end = attrs_end(attrs, width->end);
	return declarator;
}

struct node *make_unknown_type(struct parser *p, struct lexeme at)
{
	struct node *type = make_statement(p, N_TYPEOF, at, at.end);

	type->u.TYPEOF.operand = make_error(p, at.loc, at.end);
	return type;
}

struct node *make_typedef_ref(struct parser *p, struct lexeme name)
{
	if (!word_is_typedef(name.word))
		return make_unknown_type(p, name);
	struct node *type = make_statement(p, N_TYPEDEF_REF, name, name.end);

	type->u.TYPEDEF_REF.name = name.word->name;
	return type;
}

struct node *make_tag(struct parser *p, struct lexeme t, struct node_list *attrs, struct lexeme *name)
{
	struct node *n = node_new(p->arena, N_TAG, t.loc, name ? name->loc : t.loc, name ? name->end : t.end);

	n->u.TAG.tag_kind = t.value;
	n->u.TAG.name = name ? name->word->name : NULL;
	attrs_append(p, &n->u.TAG.attrs, attrs);
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
	attrs_append(p, &n->u.ENUMERATOR.attrs, attrs);
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
