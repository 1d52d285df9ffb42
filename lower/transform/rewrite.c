/* Statements and expressions of a function, rewritten.
 *
 * In:  core form.   Out: plain C nodes. The tree that comes in is not changed.
 *     x              -> f->x                                    a captured local; (*(const int *)&f->x) where it is const
 *     int x = e;     -> f->x = e;                               nothing without an initialiser
 *     char b[9] = {} -> __builtin_memset(async__place(f->b), 0, sizeof f->b); arrays in general: __builtin_memcpy from a compound literal
 *     return e;      -> f->value = e; return ASYNC__READY; */
#include <assert.h>
#include <stdarg.h>

#include "lower/transform/internal.h"

struct node *node_text(struct transform *t, loc_t loc, const char *format, ...)
{
	va_list args;
	char small[512], *text;

	va_start(args, format);
	int len = vsnprintf(small, sizeof small, format, args);
	va_end(args);
	text = arena_alloc(t->arena, (size_t)len + 1);
	va_start(args, format);
	vsnprintf(text, (size_t)len + 1, format, args);
	va_end(args);
	struct node *n = node_new(t->arena, N_CORE_TEXT, loc, loc, loc);
	n->flags = NF_SYNTHETIC;
	n->u.CORE_TEXT.text = text;
	return n;
}

struct node *node_expr_stmt(struct transform *t, struct node *expr)
{
	struct node *n = node_new(t->arena, N_EXPR_STMT, expr->begin, expr->loc, expr->end);
	n->flags = NF_SYNTHETIC;
	n->u.EXPR_STMT.expr = expr;
	return n;
}

struct node *node_assign(struct transform *t, struct node *to, struct node *value)
{
	struct node *n = node_new(t->arena, N_ASSIGN, value->begin, value->loc, value->end);
	n->flags = NF_SYNTHETIC;
	n->type = to->type ? to->type : value->type;
	n->u.ASSIGN.op = OP_ASSIGN;
	n->u.ASSIGN.lhs = to;
	n->u.ASSIGN.rhs = value;
	return n;
}

bool each_child(struct node *n, bool (*visit)(struct node **child, void *ctx), void *ctx)
{
	if (n->kind == N_LABEL_DECL)
		return true;
	if (n->kind != N_ASM)
		return core_each_child(n, visit, ctx);
	struct node_list *const lists[] = { &n->u.ASM.outputs, &n->u.ASM.inputs };
	for (unsigned l = 0; l < 2; l++)
		for (unsigned i = 0; i < lists[l]->len; i++)
			if (!visit(&lists[l]->data[i], ctx))
				return false;
	return true;
}

static struct node *node_compound(struct transform *t, struct node_list *items, loc_t loc)
{
	struct node *n = node_new(t->arena, N_COMPOUND, loc, loc, loc);
	n->flags = NF_SYNTHETIC;
	n->u.COMPOUND.items = *items;
	n->u.COMPOUND.end = (int)loc;
	return n;
}

static struct node *node_of(struct rewriter *r, enum node_kind kind, const struct node *like, struct type *type)
{
	struct node *n = node_new(r->t->arena, kind, like->begin, like->loc, like->end);
	n->flags = NF_SYNTHETIC;
	n->type = type;
	return n;
}

static struct node *node_unary(struct rewriter *r, enum ast_op op, struct node *operand, struct type *type)
{
	struct node *n = node_of(r, N_UNARY, operand, type);
	n->u.UNARY.op = op;
	n->u.UNARY.operand = operand;
	return n;
}

static const char *type_name_text(struct transform *t, struct type *type)
{
	struct buf b = { 0 };

	type_print(&b, type, NULL, true);
	char *text = arena_strndup(t->arena, b.data, b.len);
	buf_free(&b);
	return text;
}

static bool is_captured(struct rewriter *r, const struct symbol *s)
{
	return r->l && s && (s->kind == SYM_VARIABLE || s->kind == SYM_PARAMETER) && s->index < r->f->local_count &&
	       r->f->locals[s->index] == s && r->f->captured[s->index];
}

static bool is_preset(struct rewriter *r, const struct symbol *s)
{
	return r->l && s && s->kind == SYM_VARIABLE && s->index < r->f->local_count && r->f->locals[s->index] == s && r->f->preset[s->index];
}

static const char *field_of(struct rewriter *r, const struct symbol *s)
{
	struct function *fn = r->f->function;
	const char *name = s->index < fn->param_count ? r->l->params[s->index] : local_name(s);

	return arena_printf(r->t->arena, "%s->%s", r->l->frame, name);
}

/* A variably modified type with the locals in its bounds rewritten. */
static struct type *rewrite_type(struct rewriter *r, struct type *type)
{
	if (!type || !type->is_vm)
		return type;
	struct type *copy = ARENA_NEW(r->t->arena, struct type);
	*copy = type->kind == TY_TYPEDEF ? *type_strip(r->t->arena, type) : *type;
	copy->base = rewrite_type(r, copy->base);
	if (copy->kind == TY_ARRAY && copy->u.array.bound)
		copy->u.array.bound = rewrite_expr(r, copy->u.array.bound);
	return copy;
}

static struct node *node_field(struct rewriter *r, struct symbol *s, const char *text, loc_t loc)
{
	struct node *n = node_new(r->t->arena, N_CORE_FIELD, loc, loc, loc);
	n->flags = NF_SYNTHETIC | NF_LVALUE;
	n->type = s->type;
	n->u.CORE_FIELD.symbol = s;
	n->u.CORE_FIELD.text = text;
	return n;
}

/* The local as it is accessed in the rewritten function. */
static struct node *local_access(struct rewriter *r, struct symbol *s, loc_t loc)
{
	const char *field = field_of(r, s);

	if (s->type->is_vm) {
		/* The member is a plain pointer; its type has bounds that are known here only. */
		struct type *type = rewrite_type(r, s->type);
		struct node *raw = node_field(r, s, field, loc), *cast = node_of(r, N_CAST, raw, type_pointer(r->t->arena, type));
		struct node *name = node_of(r, N_TYPE_NAME, raw, cast->type), *paren = node_of(r, N_PAREN, raw, type);
		cast->u.CAST.type_name = name;
		cast->u.CAST.operand = node_unary(r, OP_ADDR, raw, type_pointer(r->t->arena, type_basic(TY_VOID)));
		paren->u.PAREN.inner = node_unary(r, OP_DEREF, cast, type);
		return paren;
	}
	/* A scalar that is only read need not be seen as const. */
	bool as_const = r->by_type || type_kind(s->type) == TY_ARRAY || type_is_record(s->type);
	if (as_const && field_type(r->t, s->type) != s->type && type_is_readonly(s->type))
		field = arena_printf(r->t->arena, "(*(%s)&%s)", type_name_text(r->t, type_pointer(r->t->arena, s->type)), field);
	return node_field(r, s, field, loc);
}

/* -- initialisers ----------------------------------------------------------------------------------------------------------------------- */

static bool is_zero(struct node *n)
{
	if (n->kind == N_INIT_LIST) {
		for (unsigned i = 0; i < n->u.INIT_LIST.items.len; i++) {
			struct node *item = n->u.INIT_LIST.items.data[i];
			struct node *value = item->kind == N_INIT_ITEM ? item->u.INIT_ITEM.value : item;
			if (!is_zero(value))
				return false;
		}
		return true;
	}
	n = node_strip(n);
	if (n->kind == N_STRING) {
		size_t len;
		struct arena *a = arena_new();
		const char *bytes = string_bytes(a, n, &len);
		bool zero = true;
		for (size_t i = 0; i < len; i++)
			zero &= !bytes[i];
		arena_free(a);
		return zero;
	}
	if (!(n->flags & NF_CONST) || n->kind == N_CORE_TEXT || n->kind == N_CORE_FIELD)
		return false;
	struct int_value v = const_value(n);
	return !v.lo && !v.hi;
}

/* The one value in braces around a scalar; NULL for `{}`. */
static struct node *scalar_init(struct node *init)
{
	while (init && init->kind == N_INIT_LIST) {
		if (!init->u.INIT_LIST.items.len)
			return NULL;
		init = init->u.INIT_LIST.items.data[0];
		if (init->kind == N_INIT_ITEM)
			init = init->u.INIT_ITEM.value;
	}
	return init;
}

/* `(T){ init }`, with `init` already rewritten. */
static struct node *literal_of(struct rewriter *r, struct type *type, struct node *init)
{
	struct node *literal = node_of(r, N_COMPOUND_LITERAL, init, type), *name = node_of(r, N_TYPE_NAME, init, type);

	if (init->kind != N_INIT_LIST) {
		struct node *list = node_of(r, N_INIT_LIST, init, type), *item = node_of(r, N_INIT_ITEM, init, NULL);
		item->u.INIT_ITEM.value = init;
		node_list_push(r->t->arena, &list->u.INIT_LIST.items, item);
		init = list;
	}
	literal->flags |= NF_LVALUE;
	literal->u.COMPOUND_LITERAL.type_name = name;
	literal->u.COMPOUND_LITERAL.init = init;
	return literal;
}

static struct node *call_builtin(struct rewriter *r, const char *name, struct node *a, struct node *b, struct node *c)
{
	struct node *call = node_of(r, N_CALL, b, type_pointer(r->t->arena, type_basic(TY_VOID)));

	call->u.CALL.callee = node_text(r->t, b->loc, "%s", name);
	node_list_push(r->t->arena, &call->u.CALL.args, a);
	node_list_push(r->t->arena, &call->u.CALL.args, b);
	node_list_push(r->t->arena, &call->u.CALL.args, c);
	return call;
}

/* The expression that gives the object at `to` (C text) of type `type` its first value; `init` is core form. */
static struct node *init_expr(struct rewriter *r, const char *to, struct type *type, struct node *init)
{
	struct transform *t = r->t;
	loc_t loc = init->loc;
	bool is_array = type_kind(type) == TY_ARRAY, is_record = type_is_record(type);
	struct type *plain = field_type(t, type);

	if (init->kind == N_INIT_LIST && (type_kind(type) == TY_VECTOR || type_kind(type) == TY_COMPLEX))
		return node_assign(t, node_text(t, loc, "%s", to), literal_of(r, plain, rewrite_expr(r, init)));
	if (!is_array && !is_record) {
		struct node *value = scalar_init(init);
		return node_assign(t, node_text(t, loc, "%s", to), value ? rewrite_expr(r, value) : node_text(t, loc, "0"));
	}
	const char *address = arena_printf(t->arena, is_array ? "async__place((void *)%s)" : "async__place((void *)&%s)", to);
	bool braces = init->kind == N_INIT_LIST || (is_array && node_strip(init)->kind == N_STRING);
	if (braces && is_zero(init) && type->size > 16)
		return call_builtin(r, "__builtin_memset", node_text(t, loc, "%s", address), node_text(t, loc, "0"), node_text(t, loc, "sizeof %s", to));
	struct node *value;
	if (is_array && !braces)
		value = rewrite_expr(r, init); /* GNU: another array literal */
	else if (braces)
		value = literal_of(r, plain, rewrite_expr(r, init));
	else
		value = rewrite_expr(r, init);
	if (is_record && !type_is_readonly(plain) && !(type_quals(plain) & Q_VOLATILE && braces))
		return node_assign(t, node_text(t, loc, "%s", to), value);
	if (is_record) /* no assignment is allowed: copy the bytes of a literal */
		value = literal_of(r, type_array(t->arena, type_unqualified(t->arena, plain), 1), value);
	return call_builtin(r, "__builtin_memcpy", node_text(t, loc, "%s", address), value, node_text(t, loc, "sizeof %s", to));
}

struct node *store_stmt(struct rewriter *r, const char *to, struct type *type, struct node *value, loc_t loc)
{
	struct transform *t = r->t;

	if (type_is_record(type) && type_is_readonly(type)) {
		value = literal_of(r, type_array(t->arena, type_unqualified(t->arena, field_type(t, type)), 1), value);
		return node_expr_stmt(t, call_builtin(r, "__builtin_memcpy", node_text(t, loc, "(void *)&%s", to), value, node_text(t, loc, "sizeof %s", to)));
	}
	return node_expr_stmt(t, node_assign(t, node_text(t, loc, "%s", to), value));
}

/* -- expressions -------------------------------------------------------------------------------------------------------------------------- */

static struct node *rewrite(struct rewriter *r, struct node *n);

static bool rewrite_child(struct node **slot, void *ctx)
{
	*slot = rewrite(ctx, *slot);
	return true;
}

static struct node *rewrite_children(struct rewriter *r, struct node *n)
{
	struct node *copy = node_copy(r->t->arena, n);

	each_child(copy, rewrite_child, r);
	if (copy->type && copy->type->is_vm)
		copy->type = rewrite_type(r, copy->type);
	return copy;
}

/* A literal that has to keep its value or address across an await: `(*(f->t1 = (T){ ... }, &f->t1))`. */
static struct node *rewrite_compound_literal(struct rewriter *r, struct node *n)
{
	struct symbol *s = n->ann;

	if (!is_captured(r, s))
		return rewrite_children(r, n);
	const char *field = field_of(r, s);
	struct node *comma = node_of(r, N_COMMA, n, type_pointer(r->t->arena, n->type)), *paren = node_of(r, N_PAREN, n, comma->type);
	struct node *outer = node_of(r, N_PAREN, n, n->type);
	comma->u.COMMA.lhs = init_expr(r, field, s->type, n->u.COMPOUND_LITERAL.init);
	comma->u.COMMA.rhs = node_unary(r, OP_ADDR, local_access(r, s, n->loc), comma->type);
	paren->u.PAREN.inner = comma;
	outer->u.PAREN.inner = node_unary(r, OP_DEREF, paren, n->type);
	return outer;
}

/* `f__block_on(args)` is told where it stands. */
static struct node *rewrite_call(struct rewriter *r, struct node *n)
{
	struct node *copy = rewrite_children(r, n), *callee = n->u.CALL.callee;
	struct buf b = { 0 };

	if (callee->kind != N_IDENT || !(callee->flags & NF_SYNTHETIC) || !callee->ann || !lowering_of(r->t, callee->ann))
		return copy;
	print_string(&b, file_of(r->t, n->loc));
	node_list_push(r->t->arena, &copy->u.CALL.args, node_text(r->t, n->loc, "%s", b.data));
	node_list_push(r->t->arena, &copy->u.CALL.args, node_text(r->t, n->loc, "%u", source_line(r->t->unit->source, n->loc)));
	buf_free(&b);
	return copy;
}

/* Rewrites with locals as they are typed: where `const` can be seen. */
static struct node *rewrite_by_type(struct rewriter *r, struct node *n)
{
	bool outer = r->by_type;

	r->by_type = true;
	n = rewrite_children(r, n);
	r->by_type = outer;
	return n;
}

/* Core form assigns structs with const members (temporaries, values); C copies their bytes. */
static struct node *rewrite_assign(struct rewriter *r, struct node *n)
{
	struct node *lhs = n->u.ASSIGN.lhs;

	if (n->u.ASSIGN.op != OP_ASSIGN || !lhs->type || !type_is_record(lhs->type) || !type_is_readonly(lhs->type))
		return rewrite_children(r, n);
	struct type *pointer = type_pointer(r->t->arena, type_basic(TY_VOID));
	struct node *to = node_of(r, N_CAST, lhs, pointer), *name = node_of(r, N_TYPE_NAME, lhs, pointer);
	struct node *value = literal_of(r, type_array(r->t->arena, type_unqualified(r->t->arena, field_type(r->t, lhs->type)), 1), rewrite_expr(r, n->u.ASSIGN.rhs));
	to->u.CAST.type_name = name;
	to->u.CAST.operand = node_unary(r, OP_ADDR, rewrite_expr(r, lhs), type_pointer(r->t->arena, lhs->type));
	return call_builtin(r, "__builtin_memcpy", to, value, node_text(r->t, n->loc, "%llu", (unsigned long long)lhs->type->size));
}

static struct node *rewrite(struct rewriter *r, struct node *n)
{
	switch ((enum node_kind)n->kind) {
	case N_IDENT:
		return is_captured(r, n->ann) ? local_access(r, n->ann, n->loc) : n;
	case N_CORE_CONTEXT:
		assert(r->l && "only an async function runs on a strand");
		return node_text(r->t, n->loc, "%s", r->l->cx);
	case N_UNARY:
		if (n->u.UNARY.op != OP_ADDR)
			return rewrite_children(r, n);
		return rewrite_by_type(r, n);
	case N_COMPOUND_LITERAL:
		return rewrite_compound_literal(r, n);
	case N_CALL:
		return rewrite_call(r, n);
	case N_ASSIGN:
		return rewrite_assign(r, n);
	case N_GENERIC: {
		/* Sema's choice refers to a child: find its copy. */
		struct node *copy = rewrite_by_type(r, n);
		for (unsigned i = 0; i < n->u.GENERIC.assocs.len; i++)
			if (n->u.GENERIC.assocs.data[i] == n->ann)
				copy->ann = copy->u.GENERIC.assocs.data[i];
		return copy;
	}
	default:
		if (node_family(n->kind) == FAM_STMT || node_family(n->kind) == FAM_DECL)
			return rewrite_stmt(r, n);
		return rewrite_children(r, n);
	}
}

struct node *rewrite_expr(struct rewriter *r, struct node *n)
{
	return n ? rewrite(r, n) : NULL;
}

/* -- statements --------------------------------------------------------------------------------------------------------------------------- */

static struct node *declarator_init(struct rewriter *r, struct node *declarator)
{
	struct symbol *s = declarator->ann;

	if (!declarator->u.DECLARATOR.init)
		return NULL;
	return init_expr(r, field_of(r, s), s->type, declarator->u.DECLARATOR.init);
}

/* The C compiler must not move what is done through pointers to the old object behind what is done through pointers to the new one. */
static void reuse_barrier(struct rewriter *r, struct symbol *s, struct node_list *out, loc_t loc)
{
	if (r->f->reuses[s->index])
		node_list_push(r->t->arena, out, node_text(r->t, loc, "__asm__ volatile(\"\" : : \"r\"(&%s) : \"memory\");", field_of(r, s)));
}

static void rewrite_declaration(struct rewriter *r, struct node *n, struct node_list *out)
{
	for (unsigned i = 0; i < n->u.DECLARATION.declarators.len; i++) {
		struct node *d = n->u.DECLARATION.declarators.data[i];
		struct symbol *s = d->ann;
		if (is_captured(r, s)) {
			struct node *init = declarator_init(r, d);
			reuse_barrier(r, s, out, d->loc);
			if (init)
				node_list_push(r->t->arena, out, node_expr_stmt(r->t, init));
			continue;
		}
		if (is_preset(r, s)) { /* declared with a value at the top of the poll function */
			if (d->u.DECLARATOR.init)
				node_list_push(r->t->arena, out, node_expr_stmt(r->t, init_expr(r, local_name(s), s->type, d->u.DECLARATOR.init)));
			continue;
		}
		struct node *copy = node_copy(r->t->arena, n), *declarator = node_copy(r->t->arena, d);
		if (s && s->type && s->type->is_vm)
			declarator->type = s->type = rewrite_type(r, s->type);
		declarator->u.DECLARATOR.init = rewrite_expr(r, d->u.DECLARATOR.init);
		copy->u.DECLARATION.declarators = (struct node_list){ 0 };
		node_list_push(r->t->arena, &copy->u.DECLARATION.declarators, declarator);
		node_list_push(r->t->arena, out, copy);
	}
	if (!n->u.DECLARATION.declarators.len)
		node_list_push(r->t->arena, out, n);
}

/* Does it declare what is declared elsewhere? */
static bool declares_captured(struct rewriter *r, const struct node *declaration)
{
	for (unsigned i = 0; i < declaration->u.DECLARATION.declarators.len; i++)
		if (is_captured(r, declaration->u.DECLARATION.declarators.data[i]->ann) || is_preset(r, declaration->u.DECLARATION.declarators.data[i]->ann))
			return true;
	return false;
}

static void rewrite_for(struct rewriter *r, struct node *n, struct node_list *out)
{
	struct node *copy = node_copy(r->t->arena, n), *init = n->u.FOR.init;
	struct node_list items = { 0 };

	copy->u.FOR.cond = rewrite_expr(r, n->u.FOR.cond);
	copy->u.FOR.step = rewrite_expr(r, n->u.FOR.step);
	copy->u.FOR.body = rewrite_stmt(r, n->u.FOR.body);
	if (!init || init->kind != N_DECLARATION || !declares_captured(r, init)) {
		copy->u.FOR.init = init ? rewrite(r, init) : NULL;
		node_list_push(r->t->arena, out, copy);
		return;
	}
	struct node_list *declarators = &init->u.DECLARATION.declarators;
	if (declarators->len == 1 && is_captured(r, declarators->data[0]->ann) && !r->f->reuses[((struct symbol *)declarators->data[0]->ann)->index]) {
		copy->u.FOR.init = declarator_init(r, declarators->data[0]);
		node_list_push(r->t->arena, out, copy);
		return;
	}
	rewrite_declaration(r, init, &items);
	copy->u.FOR.init = NULL;
	node_list_push(r->t->arena, &items, copy);
	node_list_push(r->t->arena, out, node_compound(r->t, &items, n->loc));
}

/* Whether the value slot shares bytes with something that the returned expression may read. */
static bool value_overlaps(const struct core_function *f)
{
	const struct frame_layout *l = &f->layout;
	uint64_t start = l->value_offset, end = start + f->function->return_type->size;

	for (unsigned i = 0; i < l->slot_count; i++)
		if (l->slots[i].offset < end && start < l->slots[i].offset + l->slots[i].size)
			return true;
	return false;
}

static void rewrite_return(struct rewriter *r, struct node *n, struct node_list *out)
{
	struct transform *t = r->t;
	struct node *value = n->u.RETURN.value ? rewrite_expr(r, n->u.RETURN.value) : NULL;

	if (!r->l) {
		struct node *copy = node_copy(t->arena, n);
		copy->u.RETURN.value = value;
		node_list_push(t->arena, out, copy);
		return;
	}
	struct type *type = r->f->function->return_type;
	if (r->f->yields) { /* the end of the stream */
		const char *item = arena_printf(t->arena, "%s->%s", r->l->frame, r->l->value);
		if (value)
			node_list_push(t->arena, out, store_stmt(r, arena_printf(t->arena, "%s.err", item), type_basic(TY_INT), value, n->loc));
		node_list_push(t->arena, out, node_text(t, n->loc, "%s.resume = (const struct async__site *)0;", item));
	} else if (value && type_kind(type) == TY_VOID) {
		node_list_push(t->arena, out, node_expr_stmt(t, value));
	} else if (value) {
		const char *to = arena_printf(t->arena, "%s->%s", r->l->frame, r->l->value);
		/* What is stored in pieces goes through a copy, where its source may lie in the same place. */
		if ((type->size > 8 || type_is_record(type)) && value_overlaps(r->f)) {
			struct node *paren = node_of(r, N_PAREN, value, NULL), *element = node_of(r, N_SUBSCRIPT, value, type);
			paren->u.PAREN.inner = literal_of(r, type_array(t->arena, field_type(t, type), 1), value);
			paren->type = paren->u.PAREN.inner->type;
			element->u.SUBSCRIPT.base = paren;
			element->u.SUBSCRIPT.index = node_text(t, value->loc, "0");
			value = element;
		}
		node_list_push(t->arena, out, store_stmt(r, to, field_type(t, type), value, n->loc));
	}
	node_list_push(t->arena, out, node_text(t, n->loc, "return ASYNC__READY;"));
}

/* Whether control can reach what follows `n`; true where that is not plain to see. */
static bool may_complete(const struct node *n)
{
	if (!n)
		return true;
	switch ((enum node_kind)n->kind) {
	case N_BREAK: case N_CONTINUE: case N_GOTO: case N_GOTO_COMPUTED: case N_RETURN:
		return false;
	case N_CORE_TEXT:
		return strncmp(n->u.CORE_TEXT.text, "return", 6) != 0;
	case N_CASE:
		return may_complete(n->u.CASE.body);
	case N_DEFAULT:
		return may_complete(n->u.DEFAULT.body);
	case N_LABEL:
		return may_complete(n->u.LABEL.body);
	case N_COMPOUND:
		return !n->u.COMPOUND.items.len || may_complete(n->u.COMPOUND.items.data[n->u.COMPOUND.items.len - 1]);
	case N_IF:
		return !n->u.IF.otherwise || may_complete(n->u.IF.then) || may_complete(n->u.IF.otherwise);
	case N_EXPR_STMT:
		return n->u.EXPR_STMT.expr || !n->u.EXPR_STMT.attrs.len; /* [[fallthrough]]; is there already */
	default:
		return true;
	}
}

static bool is_case(const struct node *n)
{
	while (n && n->kind == N_LABEL)
		n = n->u.LABEL.body;
	return n && (n->kind == N_CASE || n->kind == N_DEFAULT);
}

static bool is_statement(const struct node *n)
{
	return n->kind != N_DECLARATION && n->kind != N_PRAGMA && n->kind != N_LABEL_DECL && n->kind != N_STATIC_ASSERT && n->kind != N_EMPTY_DECL;
}

/* Appends what `n` becomes. */
static void rewrite_into(struct rewriter *r, struct node *n, struct node_list *out)
{
	switch ((enum node_kind)n->kind) {
	case N_DECLARATION:
		rewrite_declaration(r, n, out);
		return;
	case N_FOR:
		rewrite_for(r, n, out);
		return;
	case N_RETURN:
		rewrite_return(r, n, out);
		return;
	case N_CORE_AWAIT:
		await_expand(r, n, out);
		return;
	case N_CORE_FORK:
		fork_expand(r, n->u.CORE_FORK.fork, out);
		return;
	case N_COMPOUND: {
		struct node *copy = node_copy(r->t->arena, n);
		copy->u.COMPOUND.items = (struct node_list){ 0 };
		rewrite_items(r, &n->u.COMPOUND.items, &copy->u.COMPOUND.items);
		node_list_push(r->t->arena, out, copy);
		return;
	}
	case N_FUNCTION_DEF: case N_CORE_TEXT:
		if (core_ends_branch(n))
			n = node_text(r->t, n->loc, "%s(%s);", n->u.CORE_TEXT.text, r->l->cx);
		node_list_push(r->t->arena, out, n);
		return;
	default:
		node_list_push(r->t->arena, out, rewrite_children(r, n));
	}
}

/* The comment that allowed a fall-through is gone. */
void rewrite_items(struct rewriter *r, const struct node_list *items, struct node_list *out)
{
	const struct node *before = NULL;

	for (unsigned i = 0; i < items->len; i++) {
		struct node *n = items->data[i];
		if (is_case(n) && before && may_complete(before))
			node_list_push(r->t->arena, out, node_text(r->t, n->loc, "__attribute__((__fallthrough__));"));
		if (is_statement(n))
			before = n;
		rewrite_into(r, n, out);
	}
}

struct node *rewrite_stmt(struct rewriter *r, struct node *n)
{
	struct node_list items = { 0 };

	if (!n)
		return NULL;
	rewrite_into(r, n, &items);
	if (items.len == 1)
		return items.data[0];
	if (!items.len) {
		struct node *empty = node_new(r->t->arena, N_EXPR_STMT, n->begin, n->loc, n->end);
		empty->flags = NF_SYNTHETIC;
		return empty;
	}
	return node_compound(r->t, &items, n->loc);
}
