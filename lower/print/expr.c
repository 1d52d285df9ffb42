/* Expressions -> text.
 *
 * The parentheses of the source are nodes, so a tree of the parser needs none but those; trees that lowering made get the ones that
 * precedence asks for, and those that -Wparentheses does. */
#include <assert.h>

#include "lower/print/internal.h"

static const unsigned char binary_precedence[OP_COUNT] = {
	[OP_MUL] = PREC_MUL, [OP_DIV] = PREC_MUL, [OP_MOD] = PREC_MUL, [OP_ADD] = PREC_ADD, [OP_SUB] = PREC_ADD, [OP_SHL] = PREC_SHIFT,
	[OP_SHR] = PREC_SHIFT, [OP_LT] = PREC_REL, [OP_GT] = PREC_REL, [OP_LE] = PREC_REL, [OP_GE] = PREC_REL, [OP_EQ] = PREC_EQ,
	[OP_NE] = PREC_EQ, [OP_AND] = PREC_AND, [OP_XOR] = PREC_XOR, [OP_OR] = PREC_OR, [OP_LOGAND] = PREC_LOGAND, [OP_LOGOR] = PREC_LOGOR,
};

static int precedence_of(const struct node *n)
{
	switch ((enum node_kind)n->kind) {
	case N_COMMA:
		return PREC_COMMA;
	case N_ASSIGN:
		return PREC_ASSIGN;
	case N_COND:
		return PREC_COND;
	case N_BINARY:
		return binary_precedence[n->u.BINARY.op];
	case N_CAST:
		return PREC_CAST;
	case N_UNARY: case N_SIZEOF: case N_LABEL_ADDR:
		return PREC_UNARY;
	case N_NUMBER:
		return n->u.NUMBER.text_len && n->u.NUMBER.text[0] == '-' ? PREC_UNARY : PREC_PRIMARY;
	case N_SUBSCRIPT: case N_CALL: case N_MEMBER: case N_POSTFIX: case N_TRY: case N_COMPOUND_LITERAL: case N_VA_ARG: case N_OFFSETOF:
	case N_BUILTIN:
		return PREC_POSTFIX;
	default:
		return PREC_PRIMARY;
	}
}

/* Would the operand `n` of `op`, without parentheses, draw -Wparentheses (or a reader's doubt)? */
static bool wants_parens(int op, const struct node *n)
{
	if (n->kind == N_UNARY && n->u.UNARY.op == OP_NOT)
		return binary_precedence[op] == PREC_EQ || binary_precedence[op] == PREC_REL || binary_precedence[op] == PREC_AND;
	if (n->kind != N_BINARY)
		return false;
	int inner = binary_precedence[n->u.BINARY.op];
	switch (op) {
	case OP_LOGOR:
		return inner == PREC_LOGAND;
	case OP_SHL: case OP_SHR:
		return inner == PREC_ADD;
	case OP_AND: case OP_XOR: case OP_OR:
		return inner >= PREC_XOR && inner <= PREC_ADD && n->u.BINARY.op != op;
	case OP_LT: case OP_GT: case OP_LE: case OP_GE: case OP_EQ: case OP_NE:
		return inner == PREC_REL || inner == PREC_EQ;
	default:
		return false;
	}
}

static void print_operand(struct printer *p, const struct node *parent, int op, struct node *n, int prec)
{
	bool made = (parent->flags | n->flags) & NF_SYNTHETIC;
	print_expr(p, n, made && wants_parens(op, n) ? PREC_PRIMARY : prec);
}

static const char *name_of(const struct node *n)
{
	const struct symbol *s = n->ann;
	const char *name = n->u.IDENT.name;
	if (!s || (name && (n->flags & NF_SYNTHETIC) && s->kind == SYM_FUNCTION))
		return name;
	if (s->emit_name)
		return s->emit_name;
	return name ? name : s->name;
}

static void print_args(struct printer *p, const struct node_list *args)
{
	put(p, "(");
	for (unsigned i = 0; i < args->len; i++) {
		struct node *arg = args->data[i];
		if (i) {
			put(p, ",");
			put_break(p, arg->begin);
		}
		if (arg->kind == N_TYPE_NAME)
			print_type_name(p, arg);
		else if (arg->kind == N_ATTRIBUTE)
			put_n(p, arg->u.ATTRIBUTE.name, strlen(arg->u.ATTRIBUTE.name));
		else
			print_expr(p, arg, PREC_ASSIGN);
	}
	put(p, ")");
}

static void print_string(struct printer *p, const struct node *n)
{
	for (unsigned i = 0; i < n->u.STRING.parts.len; i++) {
		const struct ast_STRING_PART *part = &n->u.STRING.parts.data[i]->u.STRING_PART;
		if (i)
			put_break(p, n->u.STRING.parts.data[i]->begin);
		put_n(p, part->text, part->text_len);
	}
}

static void print_unary(struct printer *p, struct node *n)
{
	const struct ast_UNARY *u = &n->u.UNARY;
	put(p, ast_op_text((enum ast_op)u->op));
	switch ((enum ast_op)u->op) {
	case OP_PRE_INC: case OP_PRE_DEC:
		print_expr(p, u->operand, PREC_UNARY);
		break;
	case OP_REAL: case OP_IMAG: case OP_EXTENSION:
		put_space(p);
		print_expr(p, u->operand, PREC_CAST);
		break;
	default:
		print_expr(p, u->operand, PREC_CAST);
		break;
	}
}

static void print_sizeof(struct printer *p, struct node *n)
{
	struct node *operand = n->u.SIZEOF.operand;
	if (n->u.SIZEOF.op == OP_SIZEOF)
		put(p, "sizeof");
	else if (n->flags & NF_SYNTHETIC || strncmp(source_spelling(p, n->begin), "__alignof", 9))
		put(p, "_Alignof");
	else
		put(p, "__alignof__");
	if (operand->kind == N_TYPE_NAME) {
		put(p, "(");
		print_type_name(p, operand);
		put(p, ")");
		return;
	}
	if (operand->kind != N_PAREN)
		put_space(p);
	print_expr(p, operand, PREC_UNARY);
}

static void print_generic(struct printer *p, struct node *n)
{
	put(p, "_Generic(");
	if (n->u.GENERIC.control->kind == N_TYPE_NAME)
		print_type_name(p, n->u.GENERIC.control);
	else
		print_expr(p, n->u.GENERIC.control, PREC_ASSIGN);
	for (unsigned i = 0; i < n->u.GENERIC.assocs.len; i++) {
		struct ast_GENERIC_ASSOC *a = &n->u.GENERIC.assocs.data[i]->u.GENERIC_ASSOC;
		put(p, ",");
		put_break(p, n->u.GENERIC.assocs.data[i]->begin);
		if (a->type_name)
			print_type_name(p, a->type_name);
		else
			put(p, "default");
		put(p, ":");
		put_space(p);
		print_expr(p, a->value, PREC_ASSIGN);
	}
	put(p, ")");
}

static void print_cond(struct printer *p, struct node *n)
{
	const struct ast_COND *c = &n->u.COND;
	print_expr(p, c->cond, PREC_LOGOR);
	put_space(p);
	put(p, "?");
	if (c->then) {
		put_space(p);
		print_expr(p, c->then, PREC_ASSIGN);
		put_space(p);
	}
	put(p, ":");
	put_space(p);
	print_expr(p, c->otherwise, PREC_COND);
}

static void print_compound_literal(struct printer *p, struct node *n)
{
	const struct ast_COMPOUND_LITERAL *c = &n->u.COMPOUND_LITERAL;
	put(p, "(");
	if (c->storage & SC_STATIC)
		put(p, "static ");
	if (c->storage & SC_THREAD)
		put(p, "_Thread_local ");
	if (c->storage & SC_CONSTEXPR)
		put(p, "constexpr ");
	if (c->storage & SC_REGISTER)
		put(p, "register ");
	print_type_name(p, c->type_name);
	put(p, ")");
	print_initializer(p, c->init);
}

static void print_text(struct printer *p, struct node *n)
{
	put(p, n->u.CORE_TEXT.text);
}

static void print_bare(struct printer *p, struct node *n)
{
	switch ((enum node_kind)n->kind) {
	case N_IDENT:
		put(p, name_of(n));
		break;
	case N_NUMBER:
		put_n(p, n->u.NUMBER.text, n->u.NUMBER.text_len);
		break;
	case N_CHAR_CONST:
		put_n(p, n->u.CHAR_CONST.text, n->u.CHAR_CONST.text_len);
		break;
	case N_STRING:
		print_string(p, n);
		break;
	case N_PAREN:
		put(p, "(");
		print_expr(p, n->u.PAREN.inner, 0);
		put(p, ")");
		break;
	case N_STMT_EXPR:
		put(p, "(");
		print_compound(p, n->u.STMT_EXPR.body);
		p->line_ended = false;
		put(p, ")");
		break;
	case N_GENERIC:
		print_generic(p, n);
		break;
	case N_SUBSCRIPT:
		print_expr(p, n->u.SUBSCRIPT.base, PREC_POSTFIX);
		put(p, "[");
		print_expr(p, n->u.SUBSCRIPT.index, 0);
		put(p, "]");
		break;
	case N_CALL:
		print_expr(p, n->u.CALL.callee, PREC_POSTFIX);
		print_args(p, &n->u.CALL.args);
		break;
	case N_MEMBER:
		print_expr(p, n->u.MEMBER.base, PREC_POSTFIX);
		put(p, n->u.MEMBER.arrow ? "->" : ".");
		put(p, n->u.MEMBER.name);
		break;
	case N_POSTFIX:
		print_expr(p, n->u.POSTFIX.operand, PREC_POSTFIX);
		put(p, ast_op_text((enum ast_op)n->u.POSTFIX.op));
		break;
	case N_TRY:
		print_expr(p, n->u.TRY.operand, PREC_POSTFIX);
		put(p, "?");
		break;
	case N_UNARY:
		print_unary(p, n);
		break;
	case N_SIZEOF:
		print_sizeof(p, n);
		break;
	case N_CAST:
		put(p, "(");
		print_type_name(p, n->u.CAST.type_name);
		put(p, ")");
		print_expr(p, n->u.CAST.operand, PREC_CAST);
		break;
	case N_COMPOUND_LITERAL:
		print_compound_literal(p, n);
		break;
	case N_BINARY: {
		int op = n->u.BINARY.op, prec = binary_precedence[op];
		print_operand(p, n, op, n->u.BINARY.lhs, prec);
		put_space(p);
		put(p, ast_op_text((enum ast_op)op));
		put_space(p);
		print_operand(p, n, op, n->u.BINARY.rhs, prec + 1);
		break;
	}
	case N_ASSIGN:
		print_expr(p, n->u.ASSIGN.lhs, PREC_UNARY);
		put_space(p);
		if (n->u.ASSIGN.op != OP_ASSIGN)
			put(p, ast_op_text((enum ast_op)n->u.ASSIGN.op));
		buf_putc(p->out, '=');
		put_space(p);
		print_expr(p, n->u.ASSIGN.rhs, PREC_ASSIGN);
		break;
	case N_COND:
		print_cond(p, n);
		break;
	case N_COMMA:
		print_expr(p, n->u.COMMA.lhs, PREC_COMMA);
		put(p, ",");
		put_break(p, n->u.COMMA.rhs->begin);
		print_expr(p, n->u.COMMA.rhs, PREC_ASSIGN);
		break;
	case N_LABEL_ADDR:
		put(p, "&&");
		put(p, n->u.LABEL_ADDR.name);
		break;
	case N_VA_ARG:
		put(p, "__builtin_va_arg(");
		print_expr(p, n->u.VA_ARG.list, PREC_ASSIGN);
		put(p, ",");
		put_space(p);
		print_type_name(p, n->u.VA_ARG.type_name);
		put(p, ")");
		break;
	case N_OFFSETOF:
		put(p, "__builtin_offsetof(");
		print_type_name(p, n->u.OFFSETOF.type_name);
		put(p, ",");
		put_space(p);
		print_designators(p, &n->u.OFFSETOF.designators, true);
		put(p, ")");
		break;
	case N_BUILTIN:
		put(p, n->u.BUILTIN.name);
		print_args(p, &n->u.BUILTIN.args);
		break;
	case N_TYPE_NAME:
		print_type_name(p, n);
		break;
	case N_INIT_LIST:
		print_initializer(p, n);
		break;
	case N_CORE_FIELD:
		put(p, n->u.CORE_FIELD.text ? n->u.CORE_FIELD.text : n->u.CORE_FIELD.symbol->emit_name ? n->u.CORE_FIELD.symbol->emit_name : n->u.CORE_FIELD.symbol->name);
		break;
	case N_CORE_CONTEXT: /* in dumps of core form */
		put(p, "cx");
		break;
	case N_CORE_TEXT:
		print_text(p, n);
		break;
	default:
		assert(!"an expression");
		break;
	}
}

void print_expr(struct printer *p, struct node *n, int prec)
{
	bool parens = precedence_of(n) < prec;
	if (parens)
		put(p, "(");
	print_bare(p, n);
	if (parens)
		put(p, ")");
}
