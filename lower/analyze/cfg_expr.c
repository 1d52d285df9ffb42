/* Control flow inside expressions: which objects an expression reads, writes, takes the address of, in C's order of evaluation.
 *
 * `x = e` defines x, `x.m = e` and `x[i] = e` define a part, `x op= e` and `x++` use it too; an array that decays, `&x` and an operand of asm that may be
 * in memory take its address, unless it
 * goes straight to a C library function that does not keep it (effects.c). `&&`, `||`, `?:` make blocks. Operands that C does not evaluate make no events. */
#include "lower/analyze/build.h"

/* What an lvalue designates. */
struct lvalue {
	int object; /* -1: nothing that is tracked */
	bool whole; /* all of it */
};

static struct lvalue walk_lvalue(struct cfg_builder *b, struct node *n);
static void walk_call(struct cfg_builder *b, struct node *n);

static bool is_array(const struct node *n)
{
	return n->type && type_kind(n->type) == TY_ARRAY;
}

/* -1: not an integer constant; else whether it is nonzero. */
static int constant_truth(const struct node *n)
{
	if (!(n->flags & NF_CONST) || n->kind == N_CORE_TEXT || n->kind == N_CORE_FIELD)
		return -1;
	struct int_value v = const_value(n);
	return v.lo || v.hi;
}

/* Writes between two marks of the log. */
static bool log_writes(const struct cfg_builder *b, unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		if (event_writes(&b->log.data[i]))
			return true;
	return false;
}

/* Uses once more, here, the objects that the log names (only_stored: that are stored to) between two marks. */
static void use_again(struct cfg_builder *b, unsigned from, unsigned to, bool only_stored, loc_t loc)
{
	uint64_t *seen = ARENA_ARRAY(b->arena, uint64_t, b->cfg->words);

	for (unsigned i = from; i < to; i++) {
		struct event e = b->log.data[i];
		if (e.kind == EV_AWAIT || bit_has(seen, e.object) || (only_stored && e.kind != EV_DEF && e.kind != EV_PARTIAL))
			continue;
		bit_set(seen, e.object);
		event_add(b, EV_USE, e.object, loc);
	}
}

/* C does not say which of two operands is evaluated first: `a[t] = i = v` may store i before it reads t. Behind the second one, which the log holds
 * from `second` on, what the first one names is used again, so that it shares no storage with what the second one writes. */
static void operand_end(struct cfg_builder *b, unsigned first, unsigned second, loc_t loc)
{
	unsigned end = b->log.len;

	if (second > first && log_writes(b, second, end))
		use_again(b, first, second, false, loc);
}

/* A type is evaluated only for the bounds of its variable-length arrays. */
static void walk_type_name(struct cfg_builder *b, struct node *type_name)
{
	if (type_name && type_name->type)
		walk_type_bounds(b, type_name->type);
}

void walk_type_bounds(struct cfg_builder *b, struct type *t)
{
	while (t && t->is_vm) {
		if (t->kind == TY_ARRAY && t->u.array.bound)
			walk_value(b, t->u.array.bound);
		t = t->base;
	}
}

static struct lvalue walk_compound_literal(struct cfg_builder *b, struct node *n)
{
	struct symbol *symbol = n->ann;
	int object = local_object(b->function, symbol);

	walk_type_name(b, n->u.COMPOUND_LITERAL.type_name);
	if (object >= 0) {
		b->cfg->mentioned[object] = b->cfg->declared[object] = b->cfg->literal[object] = true;
		event_add(b, EV_BEGIN, (unsigned)object, n->loc);
		vec_push(b->arena, &b->scope->objects, (unsigned)object);
		if (!type_fits_register(n->type))
			event_add(b, EV_PARTIAL, (unsigned)object, n->loc);
	}
	walk_initializer(b, n->u.COMPOUND_LITERAL.init, n->type);
	if (object >= 0)
		event_add(b, EV_DEF, (unsigned)object, n->loc);
	return (struct lvalue){ object, true };
}

static struct lvalue walk_subscript(struct cfg_builder *b, struct node *array, struct node *index)
{
	struct lvalue l = { -1, false };
	unsigned first = b->log.len, second;

	if (is_array(array) || type_kind(array->type) == TY_VECTOR) {
		l = walk_lvalue(b, array);
		l.whole = false;
	} else {
		walk_value(b, array);
	}
	second = b->log.len;
	walk_value(b, index);
	operand_end(b, first, second, index->loc);
	return l;
}

/* Evaluates what leads to the object and says which it is; does not read it. */
static struct lvalue walk_lvalue(struct cfg_builder *b, struct node *n)
{
	struct lvalue none = { -1, false }, l;

	if (n->flags & NF_UNEVALUATED)
		return none;
	switch ((enum node_kind)n->kind) {
	case N_IDENT: {
		int object = local_object(b->function, n->ann);
		if (object >= 0) {
			b->cfg->mentioned[object] = true;
			walk_type_bounds(b, b->function->locals[object]->type);
		}
		return (struct lvalue){ object, true };
	}
	case N_PAREN:
		return walk_lvalue(b, n->u.PAREN.inner);
	case N_MEMBER:
		if (n->u.MEMBER.arrow && !is_array(n->u.MEMBER.base)) {
			walk_value(b, n->u.MEMBER.base);
			return none;
		}
		l = walk_lvalue(b, n->u.MEMBER.base);
		l.whole = false;
		return l;
	case N_SUBSCRIPT:
		if (is_array(n->u.SUBSCRIPT.index))
			return walk_subscript(b, n->u.SUBSCRIPT.index, n->u.SUBSCRIPT.base);
		return walk_subscript(b, n->u.SUBSCRIPT.base, n->u.SUBSCRIPT.index);
	case N_UNARY:
		switch (n->u.UNARY.op) {
		case OP_EXTENSION:
			return walk_lvalue(b, n->u.UNARY.operand);
		case OP_REAL: case OP_IMAG:
			l = walk_lvalue(b, n->u.UNARY.operand);
			l.whole = false;
			return l;
		case OP_DEREF:
			if (is_array(n->u.UNARY.operand)) {
				l = walk_lvalue(b, n->u.UNARY.operand);
				l.whole = false;
				return l;
			}
			walk_value(b, n->u.UNARY.operand);
			return none;
		default:
			walk_value(b, n);
			return none;
		}
	case N_COMPOUND_LITERAL:
		return walk_compound_literal(b, n);
	case N_GENERIC:
		if (n->ann)
			return walk_lvalue(b, ((struct node *)n->ann)->u.GENERIC_ASSOC.value);
		return none;
	default:
		walk_value(b, n);
		return none;
	}
}

static void lvalue_read(struct cfg_builder *b, struct lvalue l, struct node *n)
{
	if (l.object >= 0)
		event_add(b, is_array(n) ? EV_ADDR : EV_USE, (unsigned)l.object, n->loc);
}

static void lvalue_write(struct cfg_builder *b, struct lvalue l, struct node *n)
{
	if (l.object >= 0)
		event_add(b, l.whole ? EV_DEF : EV_PARTIAL, (unsigned)l.object, n->loc);
}

static void walk_assign(struct cfg_builder *b, struct node *n)
{
	unsigned first = b->log.len, second, end;
	struct lvalue l = walk_lvalue(b, n->u.ASSIGN.lhs);

	if (l.object >= 0 && !type_fits_register(n->type))
		event_add(b, EV_PARTIAL, (unsigned)l.object, n->loc);
	second = b->log.len;
	walk_value(b, n->u.ASSIGN.rhs);
	end = b->log.len;
	operand_end(b, first, second, n->loc);
	if (n->u.ASSIGN.op != OP_ASSIGN && l.object >= 0)
		event_add(b, EV_USE, (unsigned)l.object, n->u.ASSIGN.lhs->loc);
	lvalue_write(b, l, n->u.ASSIGN.lhs);
	if (l.object >= 0)
		use_again(b, second, end, true, n->loc); /* the inner object may be stored after the outer one */
}

static void walk_increment(struct cfg_builder *b, struct node *operand)
{
	struct lvalue l = walk_lvalue(b, operand);

	if (l.object >= 0)
		event_add(b, EV_USE, (unsigned)l.object, operand->loc);
	lvalue_write(b, l, operand);
}

/* then NULL: the condition is the value. */
static void walk_branches(struct cfg_builder *b, struct node *cond, struct node *then, struct node *otherwise)
{
	struct block *yes = block_new(b, "?"), *no = block_new(b, ":"), *end = block_new(b, "?: end");

	walk_condition(b, cond, yes, no);
	b->current = yes;
	walk_value(b, then);
	block_link(b, b->current, end);
	b->current = no;
	walk_value(b, otherwise);
	block_link(b, b->current, end);
	b->current = end;
}

void walk_condition(struct cfg_builder *b, struct node *n, struct block *if_true, struct block *if_false)
{
	struct node *e = node_strip(n);

	if (e->kind == N_BINARY && (e->u.BINARY.op == OP_LOGAND || e->u.BINARY.op == OP_LOGOR) && constant_truth(e) < 0) {
		struct block *second = block_new(b, e->u.BINARY.op == OP_LOGAND ? "&&" : "||");
		if (e->u.BINARY.op == OP_LOGAND)
			walk_condition(b, e->u.BINARY.lhs, second, if_false);
		else
			walk_condition(b, e->u.BINARY.lhs, if_true, second);
		b->current = second;
		walk_condition(b, e->u.BINARY.rhs, if_true, if_false);
		return;
	}
	if (e->kind == N_UNARY && e->u.UNARY.op == OP_NOT && constant_truth(e) < 0) {
		walk_condition(b, e->u.UNARY.operand, if_false, if_true);
		return;
	}
	walk_value(b, n);
	int truth = constant_truth(e);
	if (truth != 0)
		block_link(b, b->current, if_true);
	if (truth != 1)
		block_link(b, b->current, if_false);
}

static void walk_init_list(struct cfg_builder *b, struct node *list)
{
	unsigned first = b->log.len;

	for (unsigned i = 0; i < list->u.INIT_LIST.items.len; i++) {
		struct node *item = list->u.INIT_LIST.items.data[i];
		struct node *value = item->kind == N_INIT_ITEM ? item->u.INIT_ITEM.value : item;
		unsigned second = b->log.len;
		if (value && value->kind == N_INIT_LIST)
			walk_init_list(b, value);
		else
			walk_value(b, value);
		operand_end(b, first, second, item->loc);
	}
}

void walk_initializer(struct cfg_builder *b, struct node *init, struct type *t)
{
	struct node *e = init->kind == N_INIT_LIST ? init : node_strip(init);

	if (e->kind == N_INIT_LIST)
		walk_init_list(b, e);
	else if (type_kind(t) == TY_ARRAY && e->kind == N_COMPOUND_LITERAL)
		walk_initializer(b, e->u.COMPOUND_LITERAL.init, t); /* GNU: an array initialised from an array literal */
	else
		walk_value(b, init);
}

/* Whether the operand of asm has to be in a register or a constant: then nothing knows the address of what it came from. */
static bool is_register_constraint(struct cfg_builder *b, struct node *constraint)
{
	size_t len;
	const char *text;

	if (!constraint || node_strip(constraint)->kind != N_STRING)
		return false;
	text = string_bytes(b->arena, node_strip(constraint), &len);
	return strspn(text, "=+&%,rqabcdSDxyftulnisIJKLMNEFG0123456789") == strlen(text);
}

static void walk_asm_operand(struct cfg_builder *b, struct node *n, bool output)
{
	struct node *operand = n->u.ASM_OPERAND.operand, *constraint = n->u.ASM_OPERAND.constraint;
	bool in_register = is_register_constraint(b, constraint);

	if (!output && in_register) {
		walk_value(b, operand);
		return;
	}
	struct lvalue l = walk_lvalue(b, operand);
	if (l.object < 0)
		return;
	if (!in_register) {
		event_add(b, EV_ADDR, (unsigned)l.object, n->loc);
		return;
	}
	event_add(b, EV_PARTIAL, (unsigned)l.object, n->loc);
}

/* asm: a pointer to any operand that may be in memory may exist from here on; outputs are also written. */
void walk_asm(struct cfg_builder *b, struct node *n)
{
	/* An output with `+` is read as well; that a plain one is written whole does not matter enough to look. */
	for (unsigned i = 0; i < n->u.ASM.outputs.len; i++) {
		struct lvalue l = walk_lvalue(b, n->u.ASM.outputs.data[i]->u.ASM_OPERAND.operand);
		b->idle = true;
		if (l.object >= 0)
			event_add(b, EV_USE, (unsigned)l.object, n->loc);
		b->idle = false;
	}
	for (unsigned i = 0; i < n->u.ASM.inputs.len; i++)
		walk_asm_operand(b, n->u.ASM.inputs.data[i], false);
	for (unsigned i = 0; i < n->u.ASM.outputs.len; i++)
		walk_asm_operand(b, n->u.ASM.outputs.data[i], true);
	for (unsigned i = 0; i < n->u.ASM.labels.len; i++)
		jump_to_label(b, n->u.ASM.labels.data[i]->u.IDENT.name);
	if (n->u.ASM.labels.len) {
		struct block *next = block_new(b, "asm goto end");
		block_link(b, b->current, next);
		b->current = next;
	}
}

static struct symbol *called_directly(const struct node *callee)
{
	callee = node_strip((struct node *)callee);
	struct symbol *s = callee->kind == N_IDENT ? callee->ann : NULL;
	return s && (s->kind == SYM_FUNCTION || s->kind == SYM_BUILTIN) ? s : NULL;
}

static bool is_noreturn_call(const struct node *call)
{
	struct symbol *s = called_directly(call->u.CALL.callee);
	const struct type *t = call->u.CALL.callee->type;

	if (s && (!strcmp(s->name, "__builtin_unreachable") || !strcmp(s->name, "__builtin_trap") || !strcmp(s->name, "__builtin_abort")))
		return true;
	while (t && (t->kind == TY_TYPEDEF || t->kind == TY_POINTER))
		t = t->base;
	if (!t || t->kind != TY_FUNCTION)
		t = s ? s->type : NULL;
	while (t && t->kind == TY_TYPEDEF)
		t = t->base;
	return t && t->kind == TY_FUNCTION && t->u.function.noreturn;
}

int walk_pointer_argument(struct cfg_builder *b, struct node *arg)
{
	struct node *e = node_strip(arg);

	while (e->kind == N_CAST && type_kind(e->type) == TY_POINTER)
		e = node_strip(e->u.CAST.operand);
	if (e->kind == N_UNARY && e->u.UNARY.op == OP_ADDR)
		e = node_strip(e->u.UNARY.operand);
	else if (!is_array(e))
		return -1;
	/* Only plain chains, so that nothing is evaluated twice when the answer is no. */
	for (struct node *p = e;;) {
		p = node_strip(p);
		if (p->kind == N_IDENT)
			return local_object(b->function, p->ann) >= 0 ? walk_lvalue(b, e).object : -1;
		if (p->kind == N_MEMBER && !p->u.MEMBER.arrow)
			p = p->u.MEMBER.base;
		else if (p->kind == N_SUBSCRIPT && is_array(p->u.SUBSCRIPT.base))
			p = p->u.SUBSCRIPT.base;
		else
			return -1;
	}
}

static void call_effect(struct cfg_builder *b, unsigned object, char effect, loc_t loc)
{
	if (effect == 'r' || effect == 'b')
		event_add(b, EV_USE, object, loc);
	if (effect == 'w' || effect == 'b')
		event_add(b, EV_PARTIAL, object, loc);
}

/* `dropped`: nobody wants the result. */
static void walk_call_dropped(struct cfg_builder *b, struct node *n, bool dropped)
{
	struct symbol *callee = called_directly(n->u.CALL.callee);
	bool library = callee && !callee->static_duration && callee->linkage != LINK_INTERNAL && callee->name;
	struct node_list *args = &n->u.CALL.args;
	int *objects = ARENA_ARRAY(b->arena, int, args->len);
	char *effects = ARENA_ARRAY(b->arena, char, args->len);
	unsigned first = b->log.len;

	if (!callee)
		walk_value(b, n->u.CALL.callee);
	for (unsigned i = 0; i < args->len; i++) {
		bool returned = false;
		unsigned second = b->log.len;
		objects[i] = -1;
		effects[i] = library ? effect_of_argument(callee->name, i, &returned) : 0;
		if (effects[i] && effects[i] != '-' && (dropped || !returned || i > 0))
			objects[i] = walk_pointer_argument(b, args->data[i]);
		if (objects[i] < 0)
			walk_value(b, args->data[i]);
		operand_end(b, first, second, args->data[i]->loc);
	}
	for (unsigned i = 0; i < args->len; i++)
		if (objects[i] >= 0)
			call_effect(b, (unsigned)objects[i], effects[i], n->loc);
	if (is_noreturn_call(n))
		b->current = block_new(b, "dead");
}

static void walk_call(struct cfg_builder *b, struct node *n)
{
	walk_call_dropped(b, n, false);
}

void walk_dropped(struct cfg_builder *b, struct node *n)
{
	struct node *e = node_strip(n);

	while (e->kind == N_CAST && e->type && type_kind(e->type) == TY_VOID)
		e = node_strip(e->u.CAST.operand);
	if (e->flags & NF_UNEVALUATED)
		return;
	if (e->kind == N_CALL)
		walk_call_dropped(b, e, true);
	else if (e->kind == N_COMMA) {
		walk_dropped(b, e->u.COMMA.lhs);
		walk_dropped(b, e->u.COMMA.rhs);
	} else if (is_array(e))
		walk_lvalue(b, e); /* `(void)buf;` */
	else {
		b->idle = e->kind == N_IDENT;
		walk_value(b, e);
		b->idle = false;
	}
}

static void walk_stmt_expr(struct cfg_builder *b, struct node *body)
{
	struct node_list *items = &body->u.COMPOUND.items;
	struct node *last = items->len ? items->data[items->len - 1] : NULL;

	while (last && last->kind == N_LABEL)
		last = last->u.LABEL.body;
	/* The last expression's value is the whole's: an array in that place decays. */
	if (last && last->kind == N_EXPR_STMT && last->u.EXPR_STMT.expr && is_array(last->u.EXPR_STMT.expr)) {
		struct lvalue l;
		walk_stmt(b, body);
		l = walk_lvalue(b, last->u.EXPR_STMT.expr);
		lvalue_read(b, l, last->u.EXPR_STMT.expr);
		return;
	}
	walk_stmt(b, body);
}

static void walk_unary(struct cfg_builder *b, struct node *n)
{
	struct node *operand = n->u.UNARY.operand;
	struct lvalue l;

	switch (n->u.UNARY.op) {
	case OP_ADDR:
		l = walk_lvalue(b, operand);
		if (l.object >= 0)
			event_add(b, EV_ADDR, (unsigned)l.object, n->loc);
		return;
	case OP_PRE_INC: case OP_PRE_DEC:
		walk_increment(b, operand);
		return;
	case OP_DEREF: case OP_REAL: case OP_IMAG:
		lvalue_read(b, walk_lvalue(b, n), n);
		return;
	default:
		walk_value(b, operand);
	}
}

static void walk_builtin(struct cfg_builder *b, struct node *n)
{
	unsigned first = b->log.len;

	for (unsigned i = 0; i < n->u.BUILTIN.args.len; i++) {
		unsigned second = b->log.len;
		if (node_family(n->u.BUILTIN.args.data[i]->kind) != FAM_EXPR)
			continue;
		walk_value(b, n->u.BUILTIN.args.data[i]);
		operand_end(b, first, second, n->loc);
	}
}

void walk_value(struct cfg_builder *b, struct node *n)
{
	if (!n || (n->flags & NF_UNEVALUATED))
		return;
	switch ((enum node_kind)n->kind) {
	case N_IDENT: case N_MEMBER: case N_SUBSCRIPT: case N_COMPOUND_LITERAL:
		lvalue_read(b, walk_lvalue(b, n), n);
		return;
	case N_PAREN:
		walk_value(b, n->u.PAREN.inner);
		return;
	case N_UNARY:
		walk_unary(b, n);
		return;
	case N_POSTFIX:
		walk_increment(b, n->u.POSTFIX.operand);
		return;
	case N_ASSIGN:
		walk_assign(b, n);
		return;
	case N_CALL:
		walk_call(b, n);
		return;
	case N_BINARY:
		if (n->u.BINARY.op == OP_LOGAND)
			walk_branches(b, n->u.BINARY.lhs, n->u.BINARY.rhs, NULL);
		else if (n->u.BINARY.op == OP_LOGOR)
			walk_branches(b, n->u.BINARY.lhs, NULL, n->u.BINARY.rhs);
		else {
			unsigned first = b->log.len, second;
			walk_value(b, n->u.BINARY.lhs);
			second = b->log.len;
			walk_value(b, n->u.BINARY.rhs);
			operand_end(b, first, second, n->loc);
		}
		return;
	case N_COND:
		walk_branches(b, n->u.COND.cond, n->u.COND.then, n->u.COND.otherwise);
		return;
	case N_COMMA:
		walk_dropped(b, n->u.COMMA.lhs);
		walk_value(b, n->u.COMMA.rhs);
		return;
	case N_CAST:
		walk_type_name(b, n->u.CAST.type_name);
		walk_value(b, n->u.CAST.operand);
		return;
	case N_SIZEOF:
		/* sizeof evaluates an operand of variable size. */
		if (n->u.SIZEOF.op == OP_SIZEOF && n->u.SIZEOF.operand->type && type_is_vla(n->u.SIZEOF.operand->type)) {
			walk_type_bounds(b, n->u.SIZEOF.operand->type);
			if (n->u.SIZEOF.operand->kind != N_TYPE_NAME)
				walk_lvalue(b, n->u.SIZEOF.operand);
		}
		return;
	case N_STMT_EXPR:
		walk_stmt_expr(b, n->u.STMT_EXPR.body);
		return;
	case N_GENERIC:
		if (n->ann)
			walk_value(b, ((struct node *)n->ann)->u.GENERIC_ASSOC.value);
		return;
	case N_LABEL_ADDR:
		label_address_taken(b, n->u.LABEL_ADDR.name);
		return;
	case N_VA_ARG:
		walk_value(b, n->u.VA_ARG.list);
		walk_type_name(b, n->u.VA_ARG.type_name);
		return;
	case N_OFFSETOF:
		for (unsigned i = 0; i < n->u.OFFSETOF.designators.len; i++)
			if (n->u.OFFSETOF.designators.data[i]->kind == N_DESIG_INDEX)
				walk_value(b, n->u.OFFSETOF.designators.data[i]->u.DESIG_INDEX.lo);
		return;
	case N_BUILTIN:
		if (!strcmp(n->u.BUILTIN.name, "__builtin_choose_expr")) {
			walk_value(b, n->ann);
			return;
		}
		walk_builtin(b, n);
		return;
	case N_INIT_LIST:
		walk_init_list(b, n);
		return;
	case N_NUMBER: case N_CHAR_CONST: case N_STRING: case N_CORE_TEXT: case N_CORE_FIELD: case N_ERROR: case N_TRY:
	default:
		return;
	}
}
