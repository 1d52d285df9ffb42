/* Statements -> text, each on the line of the source that it came from. */

#include "lower/print/internal.h"

static void print_body(struct printer *p, struct node *n);

static void end_line(struct printer *p)
{
	p->line_ended = true;
}

void print_compound(struct printer *p, struct node *n)
{
	put(p, "{");
	end_line(p);
	p->indent++;
	for (unsigned i = 0; i < n->u.COMPOUND.items.len; i++)
		print_stmt(p, n->u.COMPOUND.items.data[i]);
	p->indent--;
	print_sync_brace(p, n->flags & NF_SYNTHETIC ? 0 : (loc_t)n->u.COMPOUND.end);
	put(p, "}");
}

/* Is `n`, as the statement before an `else`, going to take it for itself? */
static bool takes_else(const struct node *n)
{
	for (;;) {
		switch (n->kind) {
		case N_IF:
			if (!n->u.IF.otherwise)
				return true;
			n = n->u.IF.otherwise;
			break;
		case N_WHILE:
			n = n->u.WHILE.body;
			break;
		case N_FOR:
			n = n->u.FOR.body;
			break;
		case N_SWITCH:
			n = n->u.SWITCH.body;
			break;
		case N_LABEL:
			n = n->u.LABEL.body;
			break;
		case N_CASE:
			n = n->u.CASE.body;
			break;
		case N_DEFAULT:
			n = n->u.DEFAULT.body;
			break;
		default:
			return false;
		}
		if (!n)
			return false;
	}
}

/* May `n` stand where the grammar wants one statement? */
static bool is_one_statement(const struct node *n)
{
	switch (n->kind) {
	case N_DECLARATION: case N_CORE_TEXT: case N_CORE_AWAIT: case N_PRAGMA: case N_LABEL_DECL: case N_FUNCTION_DEF:
		return false;
	case N_LABEL:
		return !n->u.LABEL.attrs.len && n->u.LABEL.body && is_one_statement(n->u.LABEL.body);
	case N_CASE:
		return n->u.CASE.body && is_one_statement(n->u.CASE.body);
	case N_DEFAULT:
		return n->u.DEFAULT.body && is_one_statement(n->u.DEFAULT.body);
	default:
		return true;
	}
}

static void print_braced(struct printer *p, struct node *n)
{
	put_space(p);
	put(p, "{");
	end_line(p);
	p->indent++;
	print_stmt(p, n);
	p->indent--;
	print_sync_brace(p, n->flags & NF_SYNTHETIC || !n->end ? 0 : n->end - 1);
	put(p, "}");
}

/* The statement that `if (...)` and the like govern. */
static void print_body(struct printer *p, struct node *n)
{
	if (n->kind == N_COMPOUND) {
		put_space(p);
		print_compound(p, n);
		end_line(p);
		return;
	}
	if (!is_one_statement(n) || (n->kind == N_EXPR_STMT && !n->u.EXPR_STMT.expr && (n->flags & NF_SYNTHETIC))) {
		print_braced(p, n);
		end_line(p);
		return;
	}
	if (n->kind == N_EXPR_STMT && !n->u.EXPR_STMT.expr && !n->u.EXPR_STMT.attrs.len) {
		put(p, ";");
		end_line(p);
		return;
	}
	end_line(p);
	p->indent++;
	print_stmt(p, n);
	p->indent--;
}

static void print_condition(struct printer *p, struct node *n)
{
	put_space(p);
	put(p, "(");
	/* A bare assignment that lowering put here is meant. */
	print_expr(p, n, n->kind == N_ASSIGN && (n->flags & NF_SYNTHETIC) ? PREC_PRIMARY : 0);
	put(p, ")");
}

static void print_if(struct printer *p, struct node *n)
{
	for (;;) {
		struct node *otherwise = n->u.IF.otherwise;
		put(p, "if");
		print_condition(p, n->u.IF.cond);
		if (n->u.IF.then->kind != N_COMPOUND && ((otherwise && takes_else(n->u.IF.then)) || n->u.IF.then->kind == N_IF)) {
			print_braced(p, n->u.IF.then);
			end_line(p);
		} else {
			print_body(p, n->u.IF.then);
		}
		if (!otherwise)
			return;
		if (p->out->data[p->out->len - 1] == '}') {
			p->line_ended = false;
			put_space(p);
		} else {
			print_sync(p, otherwise->begin);
		}
		put(p, "else");
		if (otherwise->kind != N_IF) {
			print_body(p, otherwise);
			return;
		}
		put_space(p);
		n = otherwise;
	}
}

static void print_do(struct printer *p, struct node *n)
{
	put(p, "do");
	print_body(p, n->u.DO.body);
	if (p->out->data[p->out->len - 1] == '}') {
		p->line_ended = false;
		put_space(p);
	}
	put(p, "while");
	print_condition(p, n->u.DO.cond);
	put(p, ";");
	end_line(p);
}

static void print_for(struct printer *p, struct node *n)
{
	const struct ast_FOR *f = &n->u.FOR;
	put(p, "for");
	put_space(p);
	put(p, "(");
	if (f->init && node_family(f->init->kind) == FAM_DECL)
		print_declaration(p, f->init);
	else if (f->init && f->init->kind == N_EXPR_STMT && f->init->u.EXPR_STMT.expr)
		print_expr(p, f->init->u.EXPR_STMT.expr, 0);
	else if (f->init && f->init->kind != N_EXPR_STMT)
		print_expr(p, f->init, 0);
	put(p, ";");
	if (f->cond) {
		put_space(p);
		print_expr(p, f->cond, 0);
	}
	put(p, ";");
	if (f->step) {
		put_space(p);
		print_expr(p, f->step, 0);
	}
	put(p, ")");
	print_body(p, f->body);
}

/* `label:` was written; what it labels follows. */
static void print_labelled(struct printer *p, struct node *body)
{
	if (!body || body->kind == N_DECLARATION || body->kind == N_CORE_TEXT || body->kind == N_STATIC_ASSERT || body->kind == N_PRAGMA ||
	    body->kind == N_LABEL_DECL)
		put(p, ";");
	end_line(p);
	if (body)
		print_stmt(p, body);
}

/* Labels stand a level to the left of the statements around them. */
static void print_case(struct printer *p, struct node *n)
{
	unsigned indent = p->indent;
	p->indent -= p->indent > 0;
	if (n->kind == N_DEFAULT) {
		put(p, "default:");
	} else {
		put(p, "case ");
		print_expr(p, n->u.CASE.lo, PREC_COND);
		if (n->u.CASE.hi) {
			put(p, " ... ");
			print_expr(p, n->u.CASE.hi, PREC_COND);
		}
		put(p, ":");
	}
	p->indent = indent;
	print_labelled(p, n->kind == N_DEFAULT ? n->u.DEFAULT.body : n->u.CASE.body);
}

static bool says_unused(const struct node *attribute)
{
	static const char *const names[] = { "maybe_unused", "__maybe_unused__", "unused", "__unused__" };
	const char *name = attribute->u.ATTRIBUTE.name;

	for (unsigned i = 0; name && i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static bool says_more(const struct node *attribute)
{
	return !says_unused(attribute);
}

/* C23's attributes stand before the label, GNU's behind it. What says that the label may be unused is written as GNU's: clang knows no others before C23. */
static void print_label(struct printer *p, struct node *n)
{
	const struct node_list *attrs = &n->u.LABEL.attrs;
	unsigned indent = p->indent;
	bool unused = false;

	for (unsigned i = 0; i < attrs->len; i++)
		unused |= says_unused(attrs->data[i]);
	p->indent -= p->indent > 0;
	print_attributes(p, attrs, ATTRS_C23, says_more);
	put(p, n->u.LABEL.name);
	put(p, ":");
	p->indent = indent;
	if (attrs->len) {
		put_space(p);
		if (unused)
			put(p, "__attribute__((__unused__)) ");
		print_attributes(p, attrs, ATTRS_GNU, says_more);
		put(p, ";");
	}
	print_labelled(p, n->u.LABEL.body);
}

static void print_label_decl(struct printer *p, struct node *n)
{
	put(p, "__label__");
	for (unsigned i = 0; i < n->u.LABEL_DECL.names.len; i++) {
		put(p, i ? ", " : " ");
		put(p, n->u.LABEL_DECL.names.data[i]->u.IDENT.name);
	}
	put(p, ";");
	end_line(p);
}

static void print_expr_stmt(struct printer *p, struct node *n)
{
	print_attributes(p, &n->u.EXPR_STMT.attrs, ATTRS_ALL, NULL);
	if (n->u.EXPR_STMT.expr) {
		put_space(p);
		print_expr(p, n->u.EXPR_STMT.expr, 0);
	}
	put(p, ";");
	end_line(p);
}

static void print_return(struct printer *p, struct node *n)
{
	put(p, "return");
	if (n->u.RETURN.value) {
		put_space(p);
		print_expr(p, n->u.RETURN.value, 0);
	}
	put(p, ";");
	end_line(p);
}

/* Only dumps of core form show one. */
static void print_await(struct printer *p, const struct core_await *a)
{
	if (a->value) {
		put(p, a->value->emit_name ? a->value->emit_name : a->value->name);
		put(p, " = ");
	}
	put(p, "await ");
	if (a->callee) {
		put(p, a->callee->name);
		put(p, "(");
		for (unsigned i = 0; i < a->arg_count; i++) {
			if (i)
				put(p, ", ");
			print_expr(p, a->args[i], PREC_ASSIGN);
		}
		put(p, ")");
	} else {
		print_expr(p, a->future, PREC_POSTFIX);
	}
	if (a->unwind) {
		put(p, " unwind ");
		put(p, a->unwind);
	}
	put(p, ";");
	end_line(p);
}

void print_stmt(struct printer *p, struct node *n)
{
	if (n->kind == N_CORE_TEXT) {
		put_text(p, n->loc, n->u.CORE_TEXT.text);
		return;
	}
	if (n->kind == N_PRAGMA) {
		print_pragma(p, n);
		return;
	}
	print_sync(p, n->begin);
	switch ((enum node_kind)n->kind) {
	case N_COMPOUND:
		print_compound(p, n);
		end_line(p);
		break;
	case N_LABEL_DECL:
		print_label_decl(p, n);
		break;
	case N_EXPR_STMT:
		print_expr_stmt(p, n);
		break;
	case N_IF:
		print_if(p, n);
		break;
	case N_WHILE:
		put(p, "while");
		print_condition(p, n->u.WHILE.cond);
		print_body(p, n->u.WHILE.body);
		break;
	case N_DO:
		print_do(p, n);
		break;
	case N_FOR:
		print_for(p, n);
		break;
	case N_SWITCH:
		put(p, "switch");
		print_condition(p, n->u.SWITCH.value);
		print_body(p, n->u.SWITCH.body);
		break;
	case N_CASE: case N_DEFAULT:
		print_case(p, n);
		break;
	case N_LABEL:
		print_label(p, n);
		break;
	case N_GOTO:
		put(p, "goto ");
		put(p, n->u.GOTO.name);
		put(p, ";");
		end_line(p);
		break;
	case N_GOTO_COMPUTED:
		put(p, "goto *");
		print_expr(p, n->u.GOTO_COMPUTED.target, PREC_CAST);
		put(p, ";");
		end_line(p);
		break;
	case N_BREAK:
		put(p, "break;");
		end_line(p);
		break;
	case N_CONTINUE:
		put(p, "continue;");
		end_line(p);
		break;
	case N_RETURN:
		print_return(p, n);
		break;
	case N_DEFER:
		put(p, "defer");
		print_body(p, n->u.DEFER.body);
		break;
	case N_CORE_AWAIT:
		print_await(p, n->u.CORE_AWAIT.await);
		break;
	case N_ASM:
		print_asm(p, n);
		put(p, ";");
		end_line(p);
		break;
	case N_STATIC_ASSERT:
		print_static_assert(p, n);
		put(p, ";");
		end_line(p);
		break;
	case N_EMPTY_DECL:
		put(p, ";");
		end_line(p);
		break;
	case N_FUNCTION_DEF:
		print_item(p, n);
		break;
	case N_DECLARATION:
		if (print_declaration(p, n)) {
			put(p, ";");
			end_line(p);
		}
		break;
	default:
		print_expr(p, n, 0);
		put(p, ";");
		end_line(p);
		break;
	}
}
