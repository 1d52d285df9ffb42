/* New nodes, temporaries and names. */
#include <stdarg.h>
#include <stdio.h>

#include "lower/normalize/internal.h"

struct node *make(struct normalizer *n, enum node_kind kind, loc_t loc, struct type *type)
{
	struct node *x = node_new(n->arena, kind, loc, loc, loc);

	x->flags = NF_SYNTHETIC;
	x->type = type;
	return x;
}

struct node *new_text(struct normalizer *n, loc_t loc, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	assert(len >= 0 && (size_t)len < sizeof text);
	struct node *x = make(n, N_CORE_TEXT, loc, NULL);
	x->u.CORE_TEXT.text = arena_strndup(n->arena, text, (size_t)len);
	return x;
}

struct node *new_ident(struct normalizer *n, struct symbol *s, loc_t loc)
{
	struct node *x = make(n, N_IDENT, loc, s->type);

	x->u.IDENT.name = s->emit_name ? s->emit_name : s->name;
	x->ann = s;
	x->flags |= s->kind == SYM_FUNCTION || s->kind == SYM_ENUMERATOR ? 0 : NF_LVALUE;
	return x;
}

struct node *new_number(struct normalizer *n, long value, loc_t loc)
{
	struct node *x = make(n, N_NUMBER, loc, type_basic(TY_INT));
	struct int_value *v = ARENA_NEW(n->arena, struct int_value);
	char *text = arena_printf(n->arena, "%ld", value);

	assert(value >= 0);
	v->lo = (uint64_t)value;
	x->u.NUMBER.text = text;
	x->u.NUMBER.text_len = (unsigned)strlen(text);
	x->ann = v;
	x->flags |= NF_CONST;
	return x;
}

struct node *new_unary(struct normalizer *n, enum ast_op op, struct node *operand, struct type *type)
{
	struct node *x = make(n, N_UNARY, operand->loc, type);

	x->u.UNARY.op = op;
	x->u.UNARY.operand = operand;
	if (op == OP_DEREF)
		x->flags |= NF_LVALUE;
	return x;
}

struct node *new_binary(struct normalizer *n, enum ast_op op, struct node *lhs, struct node *rhs, struct type *type)
{
	struct node *x = make(n, N_BINARY, lhs->loc, type);

	x->u.BINARY.op = op;
	x->u.BINARY.lhs = lhs;
	x->u.BINARY.rhs = rhs;
	return x;
}

struct node *new_assign(struct normalizer *n, struct node *lhs, struct node *rhs)
{
	struct node *x = make(n, N_ASSIGN, rhs->loc, type_unqualified(n->arena, lhs->type));

	x->u.ASSIGN.op = OP_ASSIGN;
	x->u.ASSIGN.lhs = lhs;
	x->u.ASSIGN.rhs = rhs;
	return x;
}

struct node *new_cast(struct normalizer *n, struct type *to, struct node *operand)
{
	struct node *x = make(n, N_CAST, operand->loc, to);

	x->u.CAST.type_name = make(n, N_TYPE_NAME, operand->loc, to);
	x->u.CAST.operand = operand;
	return x;
}

struct node *new_paren(struct normalizer *n, struct node *inner)
{
	struct node *x = make(n, N_PAREN, inner->loc, inner->type);

	x->u.PAREN.inner = inner;
	x->flags |= inner->flags & NF_LVALUE;
	return x;
}

struct node *new_member(struct normalizer *n, struct node *base, const char *name, struct type *type)
{
	struct node *x = make(n, N_MEMBER, base->loc, type);
	struct member_use *use = ARENA_NEW(n->arena, struct member_use);
	struct type *record = type_strip(n->arena, base->type);

	use->role = ROLE_MEMBER;
	use->tag = record->u.tag;
	use->member = tag_member(record->u.tag, intern_str(name), &use->offset);
	x->u.MEMBER.base = base;
	x->u.MEMBER.name = intern_str(name);
	x->ann = use;
	x->flags |= base->flags & NF_LVALUE;
	return x;
}

struct node *new_call(struct normalizer *n, const char *function, struct type *type, loc_t loc)
{
	struct node *x = make(n, N_CALL, loc, type), *callee = make(n, N_IDENT, loc, NULL);
	struct symbol *s = ARENA_NEW(n->arena, struct symbol);
	struct call_use *use = ARENA_NEW(n->arena, struct call_use);

	s->kind = SYM_FUNCTION;
	s->name = intern_str(function);
	s->type = type_function(n->arena, type, NULL, 0, true);
	callee->u.IDENT.name = s->name;
	callee->ann = s;
	callee->type = s->type;
	use->role = CALL_C;
	use->direct = s;
	use->function = s->type;
	x->ann = use;
	x->u.CALL.callee = callee;
	return x;
}

struct node *new_expr_stmt(struct normalizer *n, struct node *expr)
{
	struct node *x = make(n, N_EXPR_STMT, expr ? expr->loc : 0, NULL);

	if (expr)
		x->begin = expr->begin;
	x->u.EXPR_STMT.expr = expr;
	return x;
}

struct node *new_goto(struct normalizer *n, const char *label, loc_t loc)
{
	struct node *x = make(n, N_GOTO, loc, NULL);

	x->u.GOTO.name = label;
	return x;
}

struct node *new_compound(struct normalizer *n, loc_t loc)
{
	struct node *x = make(n, N_COMPOUND, loc, NULL);

	x->u.COMPOUND.end = (int)loc;
	return x;
}

struct node *new_label(struct normalizer *n, const char *name, loc_t loc)
{
	struct node *x = make(n, N_LABEL, loc, NULL);

	x->u.LABEL.name = name;
	x->u.LABEL.body = new_expr_stmt(n, NULL);
	return x;
}

struct node *new_if(struct normalizer *n, struct node *cond, struct node *then, struct node *otherwise)
{
	struct node *x = make(n, N_IF, cond->loc, NULL);

	x->begin = cond->begin;
	x->u.IF.cond = cond;
	x->u.IF.then = then;
	x->u.IF.otherwise = otherwise;
	return x;
}

void emit(struct normalizer *n, struct node *stmt)
{
	node_list_push(n->arena, n->out, stmt);
}

const char *unique_name(struct normalizer *n, const char *stem)
{
	const char *key = intern_str(stem), *name = key;
	uintptr_t suffix = (uintptr_t)map_get(&n->suffixes, key);

	for (suffix = suffix ? suffix : 2; map_get(&n->names, name) || map_get(&n->file_names, name); suffix++)
		name = intern_str(arena_printf(n->arena, "%s_%u", key, (unsigned)suffix));
	map_put(&n->suffixes, key, (void *)suffix);
	map_put(&n->names, name, (void *)name);
	return name;
}

const char *unused_label(struct normalizer *n, const char *stem)
{
	const char *name;

	do
		name = intern_str(arena_printf(n->arena, "%s_%u", stem, ++n->next_label));
	while (map_get(&n->label_names, name));
	return name;
}

void local_add(struct normalizer *n, struct symbol *s)
{
	struct core_function *f = n->core;

	s->index = f->local_count;
	array_push(n->arena, f->locals, f->local_count, f->local_cap, s);
}

struct symbol *new_temp(struct normalizer *n, struct type *type, const char *stem)
{
	struct symbol *s = ARENA_NEW(n->arena, struct symbol);
	char name[64];

	snprintf(name, sizeof name, "%s%u", stem, ++n->next_temp);
	s->kind = SYM_VARIABLE;
	s->emit_name = unique_name(n, name);
	s->type = lower_type(n, type);
	s->function = n->function;
	s->scope = n->scope;
	local_add(n, s);
	return s;
}

struct type *value_type(struct normalizer *n, struct type *t)
{
	return type_unqualified(n->arena, type_decayed(n->arena, t));
}

void emit_declaration(struct normalizer *n, struct symbol *s, struct node *init, loc_t loc)
{
	struct node *x = make(n, N_DECLARATION, loc, NULL), *d = make(n, N_DECLARATOR, loc, s->type);

	x->begin = loc;
	d->ann = s;
	d->u.DECLARATOR.init = init;
	node_list_push(n->arena, &x->u.DECLARATION.declarators, d);
	emit(n, x);
}

/* `a, b`; a may be NULL. */
struct node *new_sequence(struct normalizer *n, struct node *a, struct node *b)
{
	struct node *x;

	if (!a)
		return b;
	x = make(n, N_COMMA, b->loc, b->type);
	x->u.COMMA.lhs = a;
	x->u.COMMA.rhs = b;
	return new_paren(n, x);
}

struct symbol *block_temp(struct normalizer *n, struct type *type, const char *stem)
{
	struct symbol *s = new_temp(n, type, stem);
	struct node_list *out = n->out;

	n->out = n->block_out;
	emit_declaration(n, s, NULL, 0);
	n->out = out;
	return s;
}
