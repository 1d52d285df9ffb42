/* Expressions that suspend nowhere, copied: the dialect's calls in them become C.
 *
 *     ok(e)             -> (struct async_result_T){ .value = e }
 *     err(e)            -> (struct async_result_T){ .err = async__error(e) }
 *     block_on(f(x))    -> f__block_on(x)
 *     g(future)         -> g(async__take(&future, file, line))       a future variable that is read is moved
 * What C does not evaluate and what mentions the dialect is replaced by its type or its value. */

#include "lower/normalize/internal.h"

static bool mentions(struct node **child, void *ctx)
{
	bool *found = ctx;

	*found = *found || mentions_dialect(*child);
	return !*found;
}

bool mentions_dialect(struct node *e)
{
	bool found = false;

	if (e->kind == N_TRY || e->kind == N_ASYNC_BLOCK || e->kind == N_CLOSURE || e->kind == N_SPAWN_BLOCK || e->kind == N_NURSERY ||
	    e->kind == N_TYPED_CALL || (e->kind == N_MEMBER && expr_is_await(e)))
		return true;
	if (e->kind == N_CALL && e->ann && ((struct call_use *)e->ann)->role != CALL_C)
		return true;
	if (e->type && type_moves(e->type))
		return true;
	node_each_child(e, mentions, &found);
	return found;
}

static bool copy_child(struct node **child, void *ctx)
{
	struct normalizer *n = ctx;
	struct node *c = *child;

	switch (node_family(c->kind)) {
	case FAM_EXPR:
		*child = copy_expr(n, c);
		break;
	case FAM_INIT:
		*child = copy_init(n, c);
		break;
	case FAM_TYPE: {
		bool is_name = c->kind == N_TYPE_NAME && c->type;
		struct node *t = is_name && mentions_dialect(c) ? make(n, N_TYPE_NAME, c->loc, NULL) : node_copy(n->arena, c);
		if (is_name)
			t->type = lower_type(n, c->type);
		*child = t;
		break;
	}
	case FAM_STMT:
	case FAM_DECL:
		*child = lower_block(n, c);
		break;
	case FAM_AUX:
	case FAM_DECLR: {
		struct node *t = node_copy(n->arena, c);
		node_each_child(t, copy_child, n);
		*child = t;
		break;
	}
	}
	return true;
}

struct node *copy_result(struct normalizer *n, struct node *call, struct node *arg)
{
	struct call_use *use = call->ann;
	struct node *x = make(n, N_COMPOUND_LITERAL, call->loc, call->type), *list = make(n, N_INIT_LIST, call->loc, call->type);
	struct node *item = make(n, N_INIT_ITEM, call->loc, NULL), *field = make(n, N_DESIG_FIELD, call->loc, NULL);
	bool is_ok = use->role == CALL_OK;

	if (is_ok && !arg) {
		field->u.DESIG_FIELD.name = intern_str("err");
		arg = new_number(n, 0, call->loc);
	} else if (is_ok) {
		field->u.DESIG_FIELD.name = intern_str("value");
	} else {
		field->u.DESIG_FIELD.name = intern_str("err");
		struct node *checked = new_call(n, "async__error", type_basic(TY_INT), call->loc);
		node_list_push(n->arena, &checked->u.CALL.args, arg);
		arg = checked;
	}
	node_list_push(n->arena, &item->u.INIT_ITEM.designators, field);
	item->u.INIT_ITEM.value = arg;
	node_list_push(n->arena, &list->u.INIT_LIST.items, item);
	x->begin = call->begin;
	x->u.COMPOUND_LITERAL.type_name = make(n, N_TYPE_NAME, call->loc, call->type);
	x->u.COMPOUND_LITERAL.init = list;
	x->flags |= NF_LVALUE;
	return x;
}

/* File and line of `loc`, as two arguments. */
void push_place(struct normalizer *n, struct node_list *args, loc_t loc)
{
	struct place place = source_locate(n->unit->source, loc);
	struct buf file = { 0 };
	buf_putc(&file, '"');
	for (const char *p = place.file ? place.file : ""; *p; p++) {
		if (*p == '"' || *p == '\\')
			buf_putc(&file, '\\');
		buf_putc(&file, *p);
	}
	buf_putc(&file, '"');
	struct node *text = make(n, N_CORE_TEXT, loc, NULL);
	text->u.CORE_TEXT.text = arena_strndup(n->arena, file.data, file.len);
	buf_free(&file);
	node_list_push(n->arena, args, text);
	node_list_push(n->arena, args, new_text(n, loc, "%u", place.line));
}

/* `block_on(future)`; `operand`: the future, lowered (of a call by name: the call with its arguments lowered). */
struct node *copy_block_on(struct normalizer *n, struct node *call, struct node *operand)
{
	struct call_use *use = operand->kind == N_CALL ? operand->ann : NULL;

	if (use && use->role == CALL_ASYNC && use->direct && use->direct->body && !is_weak(use->direct)) {
		struct symbol *f = use->direct;
		struct node *x = operand, *callee = make(n, N_IDENT, operand->loc, NULL);
		struct call_use *plain = ARENA_NEW(n->arena, struct call_use);

		*plain = *use;
		plain->role = CALL_C;
		callee->u.IDENT.name = intern_str(arena_printf(n->arena, "%s__block_on", f->name));
		callee->ann = f;
		x->u.CALL.callee = callee;
		x->ann = plain;
		x->type = call->type;
		x->flags |= NF_SYNTHETIC;
		return x;
	}
	/* Any other future: the runtime runs it and copies its value into an object of the full expression. */
	struct type *t = call->type, *value = value_type(n, t);
	bool is_void = type_kind(t) == TY_VOID;
	struct node *x = new_call(n, "async__block_on_future", type_pointer(n->arena, type_basic(TY_VOID)), call->loc);
	struct node_list *args = &x->u.CALL.args;

	node_list_push(n->arena, args, operand);
	if (is_void) {
		node_list_push(n->arena, args, new_number(n, 0, call->loc));
	} else {
		struct node *literal = make(n, N_COMPOUND_LITERAL, call->loc, value), *list = make(n, N_INIT_LIST, call->loc, value);
		struct node *item = make(n, N_INIT_ITEM, call->loc, NULL);
		item->u.INIT_ITEM.value = new_number(n, 0, call->loc);
		node_list_push(n->arena, &list->u.INIT_LIST.items, item);
		literal->u.COMPOUND_LITERAL.type_name = make(n, N_TYPE_NAME, call->loc, value);
		literal->u.COMPOUND_LITERAL.init = list;
		literal->flags |= NF_LVALUE;
		node_list_push(n->arena, args, new_unary(n, OP_ADDR, literal, type_pointer(n->arena, value)));
	}
	/* Its size and alignment, and the size of the error in it (an `err` comes first in its result). */
	unsigned error_size = !type_carries_error(t) ? 0 : type_kind(t) == TY_RESULT ? 4 : (unsigned)type_core(t)->size;
	node_list_push(n->arena, args, new_number(n, is_void ? 0 : (long)type_core(value)->size, call->loc));
	node_list_push(n->arena, args, new_number(n, is_void ? 1 : (long)type_core(value)->align, call->loc));
	node_list_push(n->arena, args, new_number(n, error_size, call->loc));
	push_place(n, args, call->loc);
	if (is_void)
		return new_cast(n, t, x);
	return new_unary(n, OP_DEREF, new_cast(n, type_pointer(n->arena, value), x), t);
}

struct node *copy_literal_out(struct normalizer *n, struct node *literal, struct node *init)
{
	struct type *type = type_unqualified(n->arena, literal->type);
	struct symbol *s = new_temp(n, type, "literal");
	struct node_list *out = n->out;
	struct node *value = make(n, N_COMPOUND_LITERAL, literal->loc, type), *set;

	s->address_taken = true;
	n->out = n->block_out;
	emit_declaration(n, s, NULL, literal->begin);
	n->out = out;
	value->begin = literal->begin;
	value->u.COMPOUND_LITERAL.type_name = make(n, N_TYPE_NAME, literal->loc, type);
	value->u.COMPOUND_LITERAL.init = init;
	value->flags |= NF_LVALUE;
	if (type_kind(type) == TY_ARRAY) {
		struct node *size = make(n, N_SIZEOF, literal->loc, type_basic(TY_ULONG));
		set = new_call(n, "__builtin_memcpy", type_pointer(n->arena, type_basic(TY_VOID)), literal->loc);
		size->u.SIZEOF.op = OP_SIZEOF;
		size->u.SIZEOF.operand = new_ident(n, s, literal->loc);
		node_list_push(n->arena, &set->u.CALL.args, new_ident(n, s, literal->loc));
		node_list_push(n->arena, &set->u.CALL.args, value);
		node_list_push(n->arena, &set->u.CALL.args, size);
	} else {
		set = new_assign(n, new_ident(n, s, literal->loc), value);
	}
	/* (*(set, &s)) */
	struct type *pointer = type_pointer(n->arena, literal->type);
	struct node *comma = make(n, N_COMMA, literal->loc, pointer);
	comma->u.COMMA.lhs = set;
	comma->u.COMMA.rhs = new_unary(n, OP_ADDR, new_ident(n, s, literal->loc), pointer);
	return new_paren(n, new_unary(n, OP_DEREF, new_paren(n, comma), literal->type));
}

/* The compound literal that an lvalue is or lies in, or NULL. */
static struct node *literal_of(struct node *lvalue)
{
	lvalue = node_strip(lvalue);
	while (lvalue->kind == N_MEMBER && !lvalue->u.MEMBER.arrow)
		lvalue = node_strip(lvalue->u.MEMBER.base);
	return lvalue->kind == N_COMPOUND_LITERAL ? lvalue : NULL;
}

bool type_moves(const struct type *t)
{
	enum type_kind kind = type_kind(t);

	return kind == TY_FUTURE || kind == TY_TASK || kind == TY_STREAM;
}

/* A handle that is read moves out of its object. */
static bool is_handle_object(struct node *e)
{
	return e->type && type_moves(e->type) && (e->flags & NF_LVALUE) && !(e->flags & NF_KEEP) && e->kind != N_PAREN;
}

static struct node *take(struct normalizer *n, struct node *lvalue, struct type *type, loc_t loc)
{
	enum type_kind kind = type_kind(type);
	const char *function = kind == TY_TASK ? "async__take_task" : "async__take"; /* a stream is a frame too */
	struct node *x = new_call(n, function, type, loc);

	node_list_push(n->arena, &x->u.CALL.args, handle_address(n, lvalue, type));
	push_place(n, &x->u.CALL.args, loc);
	return x;
}

/* A const variable is one that no text assigns to; its handle is consumed all the same. */
struct node *handle_address(struct normalizer *n, struct node *lvalue, struct type *type)
{
	struct node *address = new_unary(n, OP_ADDR, lvalue, type_pointer(n->arena, type));

	return type_quals(type) ? new_cast(n, type_pointer(n->arena, type_unqualified(n->arena, type)), address) : address;
}

struct node *put_future(struct normalizer *n, struct node *assign)
{
	struct node *to = node_strip(assign->u.ASSIGN.lhs), *x;
	struct symbol *s = to->kind == N_IDENT ? to->ann : NULL;

	if (!s || !s->function || s->static_duration || !type_moves(to->type))
		return assign; /* members and elements are the program's, and may never have held one */
	x = new_call(n, type_kind(to->type) == TY_FUTURE ? "async__put" : type_kind(to->type) == TY_TASK ? "async__put_task" : "async__put_stream", to->type,
		     assign->loc);
	node_list_push(n->arena, &x->u.CALL.args, new_unary(n, OP_ADDR, to, type_pointer(n->arena, to->type)));
	node_list_push(n->arena, &x->u.CALL.args, assign->u.ASSIGN.rhs);
	if (type_kind(to->type) == TY_TASK) {
		push_arg(n, x, new_text(n, assign->loc, "\"%s\"", s->name));
		push_place(n, &x->u.CALL.args, assign->loc);
	}
	return x;
}

static struct node *copy_children(struct normalizer *n, struct node *e)
{
	struct node *x = node_copy(n->arena, e);

	node_each_child(x, copy_child, n);
	return x;
}

/* An object that is written or whose address is taken: a future in it is not moved. */
static struct node *copy_place(struct normalizer *n, struct node *e)
{
	if (!e->type || !type_moves(e->type))
		return copy_expr(n, e);
	if (e->kind == N_PAREN) {
		struct node *x = node_copy(n->arena, e);
		x->u.PAREN.inner = copy_place(n, e->u.PAREN.inner);
		return x;
	}
	if (e->kind == N_IDENT)
		return node_copy(n->arena, e);
	return copy_children(n, e);
}

/* Does something have to run at the end of the block? */
static bool has_pending_actions(const struct scope_info *scope)
{
	for (unsigned i = 0; i < scope->symbol_count; i++)
		if (type_moves(scope->symbols[i]->type))
			return true;
	return scope->has_defer;
}

static struct node *copy_ident(struct normalizer *n, struct node *e)
{
	struct symbol *s = e->ann, *memory = s ? map_get(&n->arrays, s) : NULL;

	if (!memory)
		return node_copy(n->arena, e);
	/* (*(T (*)[n])memory) */
	struct type *param = map_get(&n->array_types, s), *t = param ? param : lower_type(n, s->type);
	struct node *place = new_ident(n, memory, e->loc);
	if (type_kind(t) != TY_ARRAY) {
		place = new_unary(n, OP_ADDR, place, type_pointer(n->arena, memory->type));
	}
	return new_paren(n, new_unary(n, OP_DEREF, new_cast(n, type_pointer(n->arena, t), place), t));
}

struct node *copy_expr(struct normalizer *n, struct node *e)
{
	struct node *x = desugar(n, e);

	if (x)
		return copy_expr(n, x);
	switch ((enum node_kind)e->kind) {
	case N_NURSERY:
		return lower_nursery(n, e, false, false);
	case N_IDENT:
		if (is_handle_object(e))
			return take(n, copy_ident(n, e), e->type, e->loc);
		return copy_ident(n, e);
	case N_CALL: {
		struct call_use *use = e->ann;
		if (!use)
			break;
		switch (use->role) {
		case CALL_OK:
		case CALL_ERR:
			return copy_result(n, e, e->u.CALL.args.len ? copy_expr(n, e->u.CALL.args.data[0]) : NULL);
		case CALL_BLOCK_ON:
			return copy_block_on(n, e, copy_expr(n, node_strip(e->u.CALL.args.data[0])));
		case CALL_FUTURE_DROP:
			x = new_call(n, "future_drop", type_basic(TY_VOID), e->loc);
			node_list_push(n->arena, &x->u.CALL.args, copy_expr(n, e->u.CALL.args.data[0]));
			return x;
		case CALL_METHOD:
		case CALL_LIBRARY:
			if (is_immediate(e))
				return copy_immediate(n, e);
			break;
		case CALL_CLOSURE:
			return copy_closure_call(n, e);
		case CALL_C:
			if (e->u.CALL.callee->kind == N_IDENT && !strcmp(e->u.CALL.callee->u.IDENT.name, "__builtin_constant_p") &&
			    mentions_dialect(e))
				return new_number(n, 0, e->loc);
			break;
		case CALL_ASYNC:
			break;
		}
		break;
	}
	case N_MEMBER:
	case N_SUBSCRIPT:
		if (is_handle_object(e))
			return take(n, copy_children(n, e), e->type, e->loc);
		break;
	case N_UNARY:
		if (e->u.UNARY.op == OP_ADDR) {
			struct node *outer = n->addressed;
			x = node_copy(n->arena, e);
			n->addressed = literal_of(e->u.UNARY.operand);
			x->u.UNARY.operand = copy_place(n, e->u.UNARY.operand);
			n->addressed = outer;
			return x;
		}
		if (e->u.UNARY.op == OP_DEREF && is_handle_object(e))
			return take(n, copy_children(n, e), e->type, e->loc);
		break;
	case N_ASSIGN:
		x = node_copy(n->arena, e);
		x->u.ASSIGN.lhs = copy_place(n, e->u.ASSIGN.lhs);
		x->u.ASSIGN.rhs = copy_expr(n, e->u.ASSIGN.rhs);
		return put_future(n, x);
	case N_CAST:
		/* `(void)f` reads nothing: the future stays. */
		if (e->type && type_kind(e->type) == TY_VOID && e->u.CAST.operand->type && type_moves(e->u.CAST.operand->type) &&
		    e->u.CAST.operand->flags & NF_LVALUE) {
			x = node_copy(n->arena, e);
			x->u.CAST.operand = copy_place(n, e->u.CAST.operand);
			return x;
		}
		break;
	case N_COMMA:
		x = node_copy(n->arena, e);
		x->u.COMMA.lhs = copy_expr(n, discarded(n, e->u.COMMA.lhs));
		x->u.COMMA.rhs = copy_expr(n, e->u.COMMA.rhs);
		return x;
	case N_SIZEOF:
		if (e->u.SIZEOF.operand->type && mentions_dialect(e->u.SIZEOF.operand)) {
			x = node_copy(n->arena, e);
			x->u.SIZEOF.operand = make(n, N_TYPE_NAME, e->loc, e->u.SIZEOF.operand->type);
			return x;
		}
		if (node_family(e->u.SIZEOF.operand->kind) == FAM_EXPR) {
			x = node_copy(n->arena, e);
			x->u.SIZEOF.operand = copy_place(n, e->u.SIZEOF.operand);
			return x;
		}
		break;
	case N_GENERIC:
		if (e->ann && mentions_dialect(e))
			return new_paren(n, copy_expr(n, ((struct node *)e->ann)->u.GENERIC_ASSOC.value));
		break;
	case N_BUILTIN:
		if (e->ann && !strcmp(e->u.BUILTIN.name, "__builtin_choose_expr"))
			return new_paren(n, copy_expr(n, e->ann));
		break;
	case N_COMPOUND_LITERAL: {
		/* Its lifetime is that of the block in the source. */
		struct symbol *s = e->ann;
		if (n->out != n->block_out && s && s->function && !s->static_duration &&
		    (type_kind(e->type) == TY_ARRAY || n->addressed == e))
			return copy_literal_out(n, e, copy_init(n, e->u.COMPOUND_LITERAL.init));
		break;
	}
	case N_STMT_EXPR: {
		/* Its body holds no await; what it declares stays inside. */
		struct node_list *outer = n->out, *outer_block = n->block_out;
		struct node *body = e->u.STMT_EXPR.body;
		struct scope_info *scope = body->ann;
		x = node_copy(n->arena, e);
		if (scope && has_pending_actions(scope) && e->type && type_kind(e->type) != TY_VOID) {
			struct node *block = new_compound(n, e->loc);
			n->out = &block->u.COMPOUND.items;
			struct symbol *t = new_temp(n, value_type(n, e->type), "t");
			emit_declaration(n, t, NULL, 0);
			lower_items(n, body, t);
			emit(n, new_expr_stmt(n, new_ident(n, t, e->loc)));
			x->u.STMT_EXPR.body = block;
		} else {
			x->u.STMT_EXPR.body = lower_block(n, body);
		}
		n->out = outer;
		n->block_out = outer_block;
		return x;
	}
	case N_LABEL_ADDR:
		x = node_copy(n->arena, e);
		x->u.LABEL_ADDR.name = label_name(n, e->ann);
		n->core->label_addresses = true;
		return x;
	default:
		break;
	}
	return copy_children(n, e);
}

struct node *copy_init(struct normalizer *n, struct node *init)
{
	return init->kind == N_INIT_LIST ? copy_children(n, init) : copy_expr(n, init);
}
