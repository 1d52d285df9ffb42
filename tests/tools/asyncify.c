/* Turns an ordinary C program into an asynchronous one that does the same.
 *
 *   cc -E x.c | asyncify [-seed=N] [-density=P] > x.ac
 *
 * In: preprocessed C. Out: dialect source in which functions are async fn, their calls are awaited in place, inside whatever expression they
 * stand in, operands go through async identity functions, and async_yield_now() is sprinkled over the statements:
 *
 *     int f(int x) { return g(x + 1) * 2; }
 *     async fn f(int x) -> int { (void)async_yield_now().await; return aid_int_0(g(x + aid_int_1(1).await).await).await * 2; }
 *
 * What can't be async stays: variadic functions, those whose address is taken, that an ordinary function or a static initialiser calls, that use
 * alloca or setjmp. System headers are included again instead of being copied. Exit status 77: main itself can't be async. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/base/vec.h"
#include "frontend/parse/parse.h"
#include "frontend/sema/sema.h"
#include "tests/tools/input.h"

/* An insertion at `at`, or a replacement of [at, to). */
struct edit {
	loc_t at, to;
	bool closes;   /* stands behind what it belongs to: before all openings at the same place, the innermost first */
	unsigned seq;
	const char *text;
};

struct asyncify {
	struct arena *arena;
	struct source *source;
	struct unit *unit;
	struct map rejected;       /* symbols of functions that stay as they are */
	struct map implicit;       /* names that are called before any declaration */
	struct function *function; /* whose body is being walked */
	VEC(struct edit) edits;
	unsigned ids[64][3];       /* identity functions used, by type and variant */
	bool id_pointer[3];
	uint64_t random;
	unsigned density;          /* percent */
	unsigned names;
};

static unsigned roll(struct asyncify *a, unsigned n)
{
	a->random ^= a->random << 13;
	a->random ^= a->random >> 7;
	a->random ^= a->random << 17;
	return (unsigned)((a->random >> 20) % n);
}

static bool chance(struct asyncify *a, unsigned percent)
{
	return roll(a, 100) < percent;
}

/* -- edits ------------------------------------------------------------------------------------------------------- */

static void edit(struct asyncify *a, loc_t at, loc_t to, bool closes, const char *text)
{
	struct edit e = {at, to, closes, a->edits.len, text};
	vec_push(a->arena, &a->edits, e);
}

static void wrap(struct asyncify *a, const struct node *n, const char *before, const char *after)
{
	edit(a, n->begin, n->begin, false, before);
	edit(a, n->end, n->end, true, after);
}

static int edit_order(const void *x, const void *y)
{
	const struct edit *e = x, *f = y;
	if (e->at != f->at)
		return e->at < f->at ? -1 : 1;
	if (e->closes != f->closes)
		return e->closes ? -1 : 1;
	int order = e->seq < f->seq ? -1 : 1;
	return e->closes ? -order : order;
}

/* -- types ------------------------------------------------------------------------------------------------------- */

static bool printable(const struct type *t)
{
	switch ((enum type_kind)t->kind) {
	case TY_ERROR: case TY_AUTO: case TY_VECTOR:
		return false;
	case TY_POINTER: case TY_COMPLEX:
		return printable(t->base);
	case TY_ARRAY:
		return !t->is_vm && printable(t->base);
	case TY_FUNCTION:
		for (unsigned i = 0; i < t->u.function.param_count; i++)
			if (!printable(t->u.function.params[i].type))
				return false;
		return printable(t->base);
	case TY_STRUCT: case TY_UNION: case TY_ENUM:
		return t->u.tag->name || t->u.tag->named_by;
	default:
		return !t->attrs.len;
	}
}

static const char *text_of(struct asyncify *a, const struct type *t, const char *name)
{
	struct buf b = {0};
	type_print(&b, t, name, false);
	const char *text = arena_strndup(a->arena, b.data, b.len);
	buf_free(&b);
	return text;
}

/* -- which functions ---------------------------------------------------------------------------------------------- */

static void reject(struct asyncify *a, const struct symbol *s)
{
	map_put(&a->rejected, s, (void *)s);
}

static bool is_async(struct asyncify *a, const struct symbol *s)
{
	return s && s->kind == SYM_FUNCTION && s->body && !map_get(&a->rejected, s);
}

static const struct node *strip(const struct node *n)
{
	while (n->kind == N_PAREN)
		n = n->u.PAREN.inner;
	return n;
}

static const struct symbol *called(const struct node *call)
{
	const struct node *callee = strip(call->u.CALL.callee);
	return callee->kind == N_IDENT ? callee->ann : NULL;
}

static bool forbids_async(const char *name)
{
	static const char *const names[] = {"alloca", "__builtin_alloca", "__builtin_alloca_with_align", "setjmp", "_setjmp", "__sigsetjmp", "sigsetjmp",
		"__builtin_setjmp", "__builtin_return_address", "__builtin_frame_address", "__builtin_apply", "__builtin_apply_args", "__builtin_return",
		"__builtin_va_start", "__builtin_longjmp", "__builtin_va_arg_pack", "__builtin_va_arg_pack_len", "vfork", "__builtin_extract_return_addr",
		"__builtin_unwind_init", "__builtin_eh_return", "__builtin_stack_save", "__builtin_stack_restore", "longjmp", "_longjmp"};
	for (unsigned i = 0; name && i < sizeof names / sizeof *names; i++)
		if (!strcmp(name, names[i]))
			return true;
	return false;
}

static struct node *function_shape(const struct node *def)
{
	struct node *shape = def->u.FUNCTION_DEF.declarator->u.DECLARATOR.shape, *found = NULL;
	while (shape && shape->kind != N_D_NAME) {
		if (shape->kind == N_D_FUNCTION)
			found = shape;
		shape = shape_inner(shape);
	}
	return found;
}

/* Where a function is declared first. */
static loc_t symbol_first(struct asyncify *a, const struct symbol *s)
{
	const struct node_list *items = &a->unit->tree->u.TRANSLATION_UNIT.items;
	for (unsigned i = 0; i < items->len; i++) {
		const struct node *n = items->data[i];
		if (n->kind == N_FUNCTION_DEF && n->ann && ((const struct function *)n->ann)->symbol == s)
			return n->begin;
		for (unsigned k = 0; n->kind == N_DECLARATION && k < n->u.DECLARATION.declarators.len; k++)
			if (n->u.DECLARATION.declarators.data[k]->ann == s)
				return n->begin;
	}
	return 0;
}

struct scan {
	struct asyncify *a;
	struct function *function; /* NULL: at file scope */
	bool unevaluated;
	const struct node *callee; /* an IDENT that is called, not used */
};

static bool scan_node(struct node **slot, void *ctx);

static void scan_children(struct scan *s, struct node *n)
{
	node_each_child(n, scan_node, s);
}

/* Finds uses of functions that keep them from being async. */
static bool scan_node(struct node **slot, void *ctx)
{
	struct scan *s = ctx, inner = *s;
	struct node *n = *slot;
	switch (n->kind) {
	case N_IDENT: {
		struct symbol *symbol = n->ann;
		if (symbol && symbol->kind == SYM_FUNCTION && (symbol->implicit || n->begin < symbol_first(s->a, symbol)))
			map_put(&s->a->implicit, symbol->name, symbol);
		if (symbol && symbol->kind == SYM_FUNCTION && (n != s->callee || s->unevaluated || !s->function))
			reject(s->a, symbol);
		if (s->function && forbids_async(n->u.IDENT.name))
			reject(s->a, s->function->symbol);
		return true;
	}
	case N_CALL: {
		const struct symbol *symbol = called(n);
		const struct type *t = symbol && symbol->kind == SYM_FUNCTION ? type_core(symbol->type) : NULL;
		inner.callee = strip(n->u.CALL.callee);
		/* Called before it is declared, or with more arguments than it has. */
		if (t && (n->begin < symbol_first(s->a, symbol) || (t->u.function.kr && n->u.CALL.args.len)))
			reject(s->a, symbol);
		scan_children(&inner, n);
		return true;
	}
	case N_SIZEOF: case N_TYPEOF: case N_GENERIC: case N_BUILTIN: case N_OFFSETOF: case N_ATTRIBUTE: case N_ALIGNAS: case N_ASM: case N_CASE:
		inner.unevaluated = n->kind != N_CASE;
		if (n->kind == N_CASE)
			break;
		scan_children(&inner, n);
		return true;
	case N_FUNCTION_DEF: {
		struct function *f = n->ann;
		if (s->function) {
			reject(s->a, s->function->symbol);
			if (f)
				reject(s->a, f->symbol);
		}
		inner.function = f;
		scan_children(&inner, n);
		return true;
	}
	case N_RETURN:
		if (s->function && !n->u.RETURN.value && type_kind(s->function->return_type) != TY_VOID)
			reject(s->a, s->function->symbol);
		break;
	case N_VA_ARG:
		if (s->function)
			reject(s->a, s->function->symbol);
		break;
	case N_DECLARATION:
		/* Local function declarations, and several declarators with a function among them, stay. */
		for (unsigned i = 0; i < n->u.DECLARATION.declarators.len; i++) {
			struct node *d = n->u.DECLARATION.declarators.data[i];
			struct symbol *symbol = d->ann;
			if (symbol && symbol->kind == SYM_FUNCTION && (s->function || n->u.DECLARATION.declarators.len > 1))
				reject(s->a, symbol);
			if (symbol && symbol->kind == SYM_VARIABLE && symbol->asm_label && s->function)
				reject(s->a, s->function->symbol);
			if (symbol && symbol->kind == SYM_VARIABLE && symbol->static_duration)
				inner.unevaluated = true;
		}
		scan_children(&inner, n);
		return true;
	default:
		break;
	}
	scan_children(&inner, n);
	return true;
}

/* A bound of the parameter is computed when the function is called. */
static bool bound_varies(const struct node *param)
{
	const struct node *shape = param && param->kind == N_PARAM && param->u.PARAM.declarator ? param->u.PARAM.declarator->u.DECLARATOR.shape : NULL;
	for (; shape && shape->kind != N_D_NAME;) {
		if (shape->kind == N_D_ARRAY && shape->u.D_ARRAY.size && !(shape->u.D_ARRAY.size->flags & NF_CONST))
			return true;
		shape = shape->kind == N_D_POINTER ? shape->u.D_POINTER.inner : shape->kind == N_D_ARRAY ? shape->u.D_ARRAY.inner
			: shape->kind == N_D_PAREN ? shape->u.D_PAREN.inner : NULL;
	}
	return false;
}

static void choose_functions(struct asyncify *a)
{
	struct unit *u = a->unit;
	for (unsigned i = 0; i < u->function_count; i++) {
		struct function *f = u->functions[i];
		const struct type *t = type_core(f->symbol->type);
		bool main = !strcmp(f->symbol->name, "main");
		struct node *shape = function_shape(f->def);
		bool ok = !t->u.function.variadic && !f->is_nested && shape && !f->def->u.FUNCTION_DEF.kr_decls.len && !f->symbol->implicit &&
			  !source_in_system_header(a->source, f->def->begin) && printable(t->base) && !type_is_vla(t->base) && !t->is_vm &&
			  !f->symbol->asm_label && !(f->symbol->storage & SC_EXTERN) && (!t->u.function.kr || !shape->u.D_FUNCTION.params.len);
		for (unsigned k = 0; k < f->param_count && ok; k++)
			ok = !bound_varies(f->params[k]->declarator) && f->params[k]->name && printable(f->params[k]->type) && !f->params[k]->type->is_vm && !f->params[k]->attrs.len;
		const char *keep[] = {"always_inline", "gnu_inline", "constructor", "destructor", "alias", "ifunc", "naked", "target", "optimize", "noipa"};
		for (unsigned k = 0; k < f->symbol->attrs.len && ok; k++)
			for (unsigned j = 0; j < sizeof keep / sizeof *keep; j++)
				ok &= !f->symbol->attrs.data[k]->u.ATTRIBUTE.name || !strstr(f->symbol->attrs.data[k]->u.ATTRIBUTE.name, keep[j]);
		/* Of helpers in headers some stay ordinary. */
		if (!main && !source_in_main(a->source, f->def->begin) && chance(a, 60))
			ok = false;
		if (!ok || (main && f->param_count == 1))
			reject(a, f->symbol);
	}
	struct scan s = {.a = a};
	scan_children(&s, u->tree);
	for (unsigned i = 0; i < u->function_count; i++)
		if (map_get(&a->implicit, u->functions[i]->symbol->name))
			reject(a, u->functions[i]->symbol);
	/* Ordinary functions call ordinary functions. */
	for (bool changed = true; changed;) {
		changed = false;
		for (unsigned i = 0; i < u->function_count; i++) {
			struct function *f = u->functions[i];
			if (is_async(a, f->symbol))
				continue;
			unsigned before = a->rejected.len;
			struct scan calls = {.a = a, .function = f};
			calls.unevaluated = true;
			scan_children(&calls, f->def);
			changed |= a->rejected.len != before;
		}
	}
}

/* -- expressions -------------------------------------------------------------------------------------------------- */

static void walk_expr(struct asyncify *a, struct node *n, bool value);
static void walk_stmt(struct asyncify *a, struct node *n);

static const char *const id_types[] = {
	[TY_BOOL] = "_Bool", [TY_CHAR] = "char", [TY_SCHAR] = "signed char", [TY_UCHAR] = "unsigned char", [TY_SHORT] = "short",
	[TY_USHORT] = "unsigned short", [TY_INT] = "int", [TY_UINT] = "unsigned int", [TY_LONG] = "long", [TY_ULONG] = "unsigned long",
	[TY_LLONG] = "long long", [TY_ULLONG] = "unsigned long long", [TY_INT128] = "__int128", [TY_UINT128] = "unsigned __int128",
	[TY_FLOAT] = "float", [TY_DOUBLE] = "double", [TY_LDOUBLE] = "long double",
};
static const char *const id_names[] = {
	[TY_BOOL] = "bool", [TY_CHAR] = "char", [TY_SCHAR] = "schar", [TY_UCHAR] = "uchar", [TY_SHORT] = "short", [TY_USHORT] = "ushort",
	[TY_INT] = "int", [TY_UINT] = "uint", [TY_LONG] = "long", [TY_ULONG] = "ulong", [TY_LLONG] = "llong", [TY_ULLONG] = "ullong",
	[TY_INT128] = "int128", [TY_UINT128] = "uint128", [TY_FLOAT] = "float", [TY_DOUBLE] = "double", [TY_LDOUBLE] = "ldouble",
};

/* Passes the value of `n` through an async function. */
static void pass_through(struct asyncify *a, const struct node *n)
{
	const struct type *t = n->type;
	if (!t || (n->flags & (NF_CONST | NF_NULL_CONST | NF_BITFIELD | NF_UNEVALUATED)) || n->kind == N_STRING || n->kind == N_INIT_LIST)
		return;
	enum type_kind kind = type_kind(t);
	unsigned variant = roll(a, 8);
	variant = variant < 5 ? 0 : variant < 7 ? 1 : 2;
	if (kind < sizeof id_types / sizeof *id_types && id_types[kind]) {
		a->ids[kind][variant] = 1;
		wrap(a, n, arena_printf(a->arena, " aid_%s_%u(", id_names[kind], variant), ").await");
	} else if (kind == TY_POINTER && printable(t) && !t->is_vm && type_kind(type_core(t)->base) != TY_FUNCTION) {
		a->id_pointer[variant] = true;
		const char *type = text_of(a, type_unqualified(a->arena, (struct type *)t), NULL);
		wrap(a, n, arena_printf(a->arena, " ((%s)aid_ptr_%u((void *)(", type, variant), ")).await)");
	}
}

static void walk_call(struct asyncify *a, struct node *n)
{
	const struct symbol *s = called(n);
	bool builtin = s && (s->kind == SYM_BUILTIN || !strncmp(s->name ? s->name : "", "__", 2));
	if (is_async(a, s)) {
		const struct type *value = type_core(s->type)->base;
		unsigned way = roll(a, 100);
		const char *name = arena_printf(a->arena, "aty_f%u", a->names++);
		if (way < 8 && n->u.CALL.callee->kind == N_IDENT) {
			edit(a, n->begin, n->begin, false, "(&");
			edit(a, n->u.CALL.callee->end, n->u.CALL.callee->end, true, ")");
			edit(a, n->end, n->end, true, ".await");
		} else if (way < 16) {
			const char *yield = way < 12 ? " (void)async_yield_now().await;" : "";
			wrap(a, n, arena_printf(a->arena, " ({ future(%s) %s = ", text_of(a, value, NULL), name), arena_printf(a->arena, ";%s %s.await; })", yield, name));
		} else {
			edit(a, n->end, n->end, true, ".await");
		}
	}
	walk_expr(a, n->u.CALL.callee, false);
	for (unsigned i = 0; i < n->u.CALL.args.len; i++)
		walk_expr(a, n->u.CALL.args.data[i], !builtin);
}

static void walk_init(struct asyncify *a, struct node *n)
{
	if (n->kind != N_INIT_LIST) {
		walk_expr(a, n, true);
		return;
	}
	for (unsigned i = 0; i < n->u.INIT_LIST.items.len; i++) {
		struct node *item = n->u.INIT_LIST.items.data[i];
		walk_init(a, item->kind == N_INIT_ITEM ? item->u.INIT_ITEM.value : item);
	}
}

/* `value`: what counts is the value of `n`, so that it may be replaced by another expression of its type. */
static void walk_expr(struct asyncify *a, struct node *n, bool value)
{
	if (value && chance(a, a->density))
		pass_through(a, n);
	switch (n->kind) {
	case N_PAREN:
		walk_expr(a, n->u.PAREN.inner, false);
		break;
	case N_BINARY:
		walk_expr(a, n->u.BINARY.lhs, true);
		walk_expr(a, n->u.BINARY.rhs, true);
		break;
	case N_ASSIGN:
		walk_expr(a, n->u.ASSIGN.lhs, false);
		walk_expr(a, n->u.ASSIGN.rhs, true);
		break;
	case N_COND:
		walk_expr(a, n->u.COND.cond, true);
		if (n->u.COND.then)
			walk_expr(a, n->u.COND.then, true);
		walk_expr(a, n->u.COND.otherwise, true);
		break;
	case N_COMMA:
		walk_expr(a, n->u.COMMA.lhs, false);
		walk_expr(a, n->u.COMMA.rhs, value);
		break;
	case N_CALL:
		walk_call(a, n);
		break;
	case N_SUBSCRIPT:
		walk_expr(a, n->u.SUBSCRIPT.base, false);
		walk_expr(a, n->u.SUBSCRIPT.index, true);
		break;
	case N_MEMBER:
		walk_expr(a, n->u.MEMBER.base, n->u.MEMBER.arrow);
		break;
	case N_POSTFIX:
		walk_expr(a, n->u.POSTFIX.operand, false);
		break;
	case N_UNARY: {
		int op = n->u.UNARY.op;
		walk_expr(a, n->u.UNARY.operand, op == OP_DEREF || op == OP_PLUS || op == OP_MINUS || op == OP_BITNOT || op == OP_NOT);
		break;
	}
	case N_CAST:
		walk_expr(a, n->u.CAST.operand, true);
		break;
	case N_COMPOUND_LITERAL:
		walk_init(a, n->u.COMPOUND_LITERAL.init);
		break;
	case N_STMT_EXPR:
		walk_stmt(a, n->u.STMT_EXPR.body);
		break;
	default:
		break;
	}
}

/* -- statements --------------------------------------------------------------------------------------------------- */

static void walk_bounds(struct asyncify *a, struct node *shape)
{
	for (; shape && shape->kind != N_D_NAME;) {
		if (shape->kind == N_D_ARRAY && shape->u.D_ARRAY.size && !(shape->u.D_ARRAY.size->flags & NF_CONST))
			walk_expr(a, shape->u.D_ARRAY.size, false);
		shape = shape->kind == N_D_POINTER ? shape->u.D_POINTER.inner : shape->kind == N_D_ARRAY ? shape->u.D_ARRAY.inner
			: shape->kind == N_D_PAREN ? shape->u.D_PAREN.inner : NULL;
	}
}

static void walk_declaration(struct asyncify *a, struct node *n)
{
	for (unsigned i = 0; i < n->u.DECLARATION.declarators.len; i++) {
		struct node *d = n->u.DECLARATION.declarators.data[i];
		struct symbol *s = d->ann;
		if (!s || s->kind != SYM_VARIABLE || s->static_duration)
			continue;
		if (d->type && d->type->is_vm)
			walk_bounds(a, d->u.DECLARATOR.shape);
		if (d->u.DECLARATOR.init)
			walk_init(a, d->u.DECLARATOR.init);
	}
}

static void walk_items(struct asyncify *a, struct node *n, bool yields)
{
	for (unsigned i = 0; i < n->u.COMPOUND.items.len; i++) {
		struct node *item = n->u.COMPOUND.items.data[i];
		if (yields && item->kind != N_LABEL_DECL && item->kind != N_PRAGMA && chance(a, a->density / 2))
			edit(a, item->begin, item->begin, false, "(void)async_yield_now().await; ");
		walk_stmt(a, item);
	}
}

static void walk_body(struct asyncify *a, struct node *n)
{
	if (n->kind == N_COMPOUND) {
		walk_items(a, n, false);
		return;
	}
	walk_stmt(a, n);
}

static void walk_stmt(struct asyncify *a, struct node *n)
{
	switch (n->kind) {
	case N_COMPOUND:
		walk_items(a, n, true);
		break;
	case N_DECLARATION:
		walk_declaration(a, n);
		break;
	case N_EXPR_STMT:
		if (n->u.EXPR_STMT.expr)
			walk_expr(a, n->u.EXPR_STMT.expr, false);
		break;
	case N_IF:
		walk_expr(a, n->u.IF.cond, true);
		walk_stmt(a, n->u.IF.then);
		if (n->u.IF.otherwise)
			walk_stmt(a, n->u.IF.otherwise);
		break;
	case N_WHILE:
		walk_expr(a, n->u.WHILE.cond, true);
		walk_stmt(a, n->u.WHILE.body);
		break;
	case N_DO:
		walk_stmt(a, n->u.DO.body);
		walk_expr(a, n->u.DO.cond, true);
		break;
	case N_FOR:
		if (n->u.FOR.init)
			walk_stmt(a, n->u.FOR.init);
		if (n->u.FOR.cond)
			walk_expr(a, n->u.FOR.cond, true);
		if (n->u.FOR.step)
			walk_expr(a, n->u.FOR.step, false);
		walk_stmt(a, n->u.FOR.body);
		break;
	case N_SWITCH:
		walk_expr(a, n->u.SWITCH.value, true);
		walk_body(a, n->u.SWITCH.body);
		break;
	case N_CASE:
		if (n->u.CASE.body)
			walk_stmt(a, n->u.CASE.body);
		break;
	case N_DEFAULT:
		if (n->u.DEFAULT.body)
			walk_stmt(a, n->u.DEFAULT.body);
		break;
	case N_LABEL:
		if (n->u.LABEL.body)
			walk_stmt(a, n->u.LABEL.body);
		break;
	case N_RETURN:
		if (n->u.RETURN.value)
			walk_expr(a, n->u.RETURN.value, type_kind(n->u.RETURN.value->type) != TY_VOID);
		break;
	case N_GOTO_COMPUTED:
		break;
	default:
		if (node_family(n->kind) == FAM_EXPR)
			walk_expr(a, n, false);
		break;
	}
}

/* -- declarations of functions ------------------------------------------------------------------------------------- */

static const char *header_text(struct asyncify *a, const struct symbol *s, const struct function *f)
{
	struct buf b = {0};
	const struct type *t = type_core(s->type);
	if (s->linkage == LINK_INTERNAL)
		buf_puts(&b, "static ");
	buf_printf(&b, "async fn %s(", s->name);
	unsigned count = f ? f->param_count : t->u.function.param_count;
	for (unsigned i = 0; i < count; i++) {
		const char *name = f ? f->params[i]->name : t->u.function.params[i].name;
		buf_printf(&b, "%s%s", i ? ", " : "", text_of(a, f ? f->params[i]->type : t->u.function.params[i].type, name));
	}
	buf_puts(&b, count ? ")" : "void)");
	if (type_kind(t->base) != TY_VOID)
		buf_printf(&b, " -> %s", text_of(a, type_unqualified(a->arena, t->base), NULL));
	const char *text = arena_strndup(a->arena, b.data, b.len);
	buf_free(&b);
	return text;
}

static void walk_items_of_file(struct asyncify *a)
{
	const struct node_list *items = &a->unit->tree->u.TRANSLATION_UNIT.items;
	for (unsigned i = 0; i < items->len; i++) {
		struct node *n = items->data[i];
		if (n->kind == N_FUNCTION_DEF) {
			struct function *f = n->ann;
			if (!f || !is_async(a, f->symbol))
				continue;
			a->function = f;
			edit(a, n->begin, n->u.FUNCTION_DEF.body->begin, false, arena_printf(a->arena, "%s\n", header_text(a, f->symbol, f)));
			if (chance(a, a->density / 2))
				edit(a, n->u.FUNCTION_DEF.body->begin + 1, n->u.FUNCTION_DEF.body->begin + 1, false, " defer (void)async_yield_now().await; ");
			walk_stmt(a, n->u.FUNCTION_DEF.body);
		} else if (n->kind == N_DECLARATION && n->u.DECLARATION.declarators.len == 1) {
			struct symbol *s = n->u.DECLARATION.declarators.data[0]->ann;
			/* A prototype of main would say nothing. */
			if (is_async(a, s))
				edit(a, n->begin, n->end, false, !strcmp(s->name, "main") ? "" : arena_printf(a->arena, "%s;", header_text(a, s, s->body)));
		}
	}
}

/* -- output ------------------------------------------------------------------------------------------------------- */

static void print_prelude(struct asyncify *a, struct buf *out)
{
	static const char *const bodies[] = {
		"return x;", "(void)async_yield_now().await; return x;", "if (x) { (void)async_yield_now().await; } return x;"};
	buf_puts(out, "#include <asyncc.h>\n");
	for (unsigned k = 0; k < sizeof id_types / sizeof *id_types; k++)
		for (unsigned v = 0; v < 3; v++)
			if (a->ids[k][v])
				buf_printf(out, "static async fn aid_%s_%u(%s x) -> %s { %s }\n", id_names[k], v, id_types[k], id_types[k], bodies[v]);
	for (unsigned v = 0; v < 3; v++)
		if (a->id_pointer[v])
			buf_printf(out, "static async fn aid_ptr_%u(void *x) -> void * { %s }\n", v, bodies[v]);
}

/* The text without markers; what system headers made is left to them. */
static void print_edited(struct asyncify *a, struct buf *out)
{
	struct source *s = a->source;
	VEC(bool) system = {0}; /* by file instance; a marker with flag 3 alone may only say where a macro came from */
	unsigned next = 0;
	loc_t until = 0;        /* text before is replaced */
	for (unsigned r = 0; r < s->run_count; r++) {
		const struct line_run *run = &s->runs[r];
		uint32_t end = r + 1 < s->run_count ? s->runs[r + 1].marker : (uint32_t)s->len;
		while (system.len <= run->file_instance) {
			bool inside = r && system.len && system.data[s->runs[r - 1].file_instance];
			bool entered = run->system && !source_is_pseudo_file(s, run->file);
			vec_push(a->arena, &system, entered || inside);
			if (entered && !inside)
				buf_printf(out, "\n#include \"%s\"\n", run->file);
		}
		if (system.data[run->file_instance] || source_is_pseudo_file(s, run->file))
			continue;
		for (uint32_t i = run->start; i < end; i++) {
			for (; next < a->edits.len && a->edits.data[next].at <= i + 1; next++) {
				buf_puts(out, a->edits.data[next].text);
				until = a->edits.data[next].to > until ? a->edits.data[next].to : until;
			}
			if (i + 1 >= until)
				buf_putc(out, s->text[i]);
		}
	}
	for (; next < a->edits.len; next++)
		buf_puts(out, a->edits.data[next].text);
}

int main(int argc, char **argv)
{
	struct asyncify a = {.random = 1, .density = 15};
	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "-seed=", 6))
			a.random = strtoull(argv[i] + 6, NULL, 10) * 0x9e3779b97f4a7c15 + 1;
		else if (!strncmp(argv[i], "-density=", 9))
			a.density = (unsigned)atoi(argv[i] + 9);
	}
	struct input in = {0};
	struct buf out = {0};
	input_read(&in, "<stdin>");
	struct parse_options parse_options = {.c_version = 17, .gnu = true};
	struct sema_options sema_options = {.c_version = 17};
	struct node *tree = parse(in.arena, &in.source, in.diag, &parse_options, NULL);
	a.arena = in.arena;
	a.source = &in.source;
	a.unit = sema(in.arena, &in.source, in.diag, tree, &sema_options);
	map_init(&a.rejected, in.arena);
	map_init(&a.implicit, in.arena);
	if (diag_errors(in.diag))
		return 1;
	for (int i = 0; i < 20; i++)
		roll(&a, 2);
	choose_functions(&a);
	bool main_is_async = false;
	for (unsigned i = 0; i < a.unit->function_count; i++)
		main_is_async |= !strcmp(a.unit->functions[i]->symbol->name, "main") && is_async(&a, a.unit->functions[i]->symbol);
	if (!main_is_async)
		return 77;
	walk_items_of_file(&a);
	qsort(a.edits.data, a.edits.len, sizeof *a.edits.data, edit_order);
	print_prelude(&a, &out);
	print_edited(&a, &out);
	fwrite(out.data, 1, out.len, stdout);
	buf_free(&out);
	return input_end(&in) ? 1 : 0;
}
