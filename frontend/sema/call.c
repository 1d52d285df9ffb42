/* Calls: of functions, of async functions (a future), of undeclared functions, of builtins, and of the dialect's words
 * (dialect.c). */
#include "frontend/sema/internal.h"

#include <string.h>

struct call_use *call_use_new(struct sema *s, struct node *n, enum call_role role)
{
	struct call_use *use = ARENA_NEW(s->arena, struct call_use);

	use->role = role;
	n->ann = use;
	return use;
}

/* C90's implicit declaration: `int f()`, or the type of the library function that gcc has built in under this name. */
static struct symbol *declare_implicitly(struct sema *s, struct node *callee)
{
	const char *name = callee->u.IDENT.name;
	struct type *type = library_function_type(s, name);
	struct symbol *sym;

	if (!type) {
		type = type_function(s->arena, type_basic(TY_INT), NULL, 0, false);
		type->u.function.kr = true;
	}
	sym = symbol_new(s, SYM_FUNCTION, name, type, callee->loc);
	sym->implicit = true;
	sym->linkage = LINK_EXTERNAL;
	sym->storage = SC_EXTERN;
	/* Known to the rest of the block; the file's scope is not touched, a later declaration there is the first one.
	 */
	map_put(&s->scope->names, name, sym);
	return sym;
}

static void check_callee(struct sema *s, struct node *callee)
{
	struct node *e = node_strip(callee);

	if (e->kind == N_IDENT && e == callee && !scope_find(s, e->u.IDENT.name) &&
	    !is_builtin_prefix(e->u.IDENT.name)) {
		struct symbol *sym = declare_implicitly(s, e);

		e->ann = sym;
		e->type = sym->type;
		if (s->unevaluated)
			e->flags |= NF_UNEVALUATED;
		return;
	}
	check_expr(s, callee, NULL);
}

static struct symbol *direct_symbol(struct node *callee)
{
	struct node *e = node_strip(callee);
	struct symbol *sym;

	/* (*f)(), (&f)() call f directly, too. */
	while (e->kind == N_UNARY && (e->u.UNARY.op == OP_DEREF || e->u.UNARY.op == OP_ADDR) && e->type &&
	       (type_kind(e->type) == TY_FUNCTION || e->u.UNARY.op == OP_ADDR))
		e = node_strip(e->u.UNARY.operand);
	if (e->kind != N_IDENT || !e->ann)
		return NULL;
	sym = e->ann;
	return sym->kind == SYM_FUNCTION || sym->kind == SYM_BUILTIN ? sym : NULL;
}

static void note_declaration(struct sema *s, struct symbol *sym)
{
	if (sym && sym->loc)
		diag_note(s->diag, sym->loc, "declared here");
}

/* Times are unsigned: -1 would be the longest of all. */
void check_time(struct sema *s, struct node *time)
{
	time = node_strip(time);
	if (!(time->flags & NF_CONST) || !type_is_integer(time->type))
		return;
	struct int_value v = const_value(time);
	if (v.is_unsigned || !(v.hi >> 63))
		return;
	if (diag_warn(s->diag, W_NEGATIVE_TIME, expr_loc(time), "'%s' is taken as an unsigned time, which never comes", expr_text(s, time)))
		diag_note(s->diag, expr_loc(time), "0 is a time that has passed; where none is meant, leave the bound away or say 'UINT64_MAX'");
}

/* Is it a time of the library's: async_...(uint64_t ms)? */
static bool is_time(const struct symbol *function, const struct param *p)
{
	return function && !strncmp(function->name, "async_", 6) && p->name && (!strcmp(p->name, "ms") || !strcmp(p->name, "ns")) &&
	       type_is_integer(p->type) && p->type->size == 8;
}

static void check_args(struct sema *s, struct node *n, struct type *function, struct symbol *direct)
{
	struct node_list *args = &n->u.CALL.args;
	unsigned want = function->u.function.param_count;
	bool kr = function->u.function.kr;
	const char *name = direct ? direct->name : expr_tokens(s, n->u.CALL.callee);
	/* A library function that is used without a declaration has its type, but gcc doesn't insist on it. */
	bool counted = !kr && !(direct && direct->implicit && direct->kind == SYM_FUNCTION) &&
		       (args->len < want || (args->len > want && !function->u.function.variadic));

	if (counted) {
		struct node *callee = n->u.CALL.callee;

		if (s->strict || function->u.function.is_async) {
			diag_error(s->diag, expr_loc(callee), "too %s arguments to function '%s'",
				   args->len < want ? "few" : "many", name);
			note_declaration(s, direct);
		}
	}
	for (unsigned i = 0; i < args->len; i++) {
		struct node *arg = args->data[i];
		struct type *param = !kr && i < want ? function->u.function.params[i].type : NULL;
		struct type *t = check_rvalue(s, arg, param);
		unsigned errors = diag_errors(s->diag);

		if (param) {
			(function->u.function.is_async ? check_passed : check_assignable)(
				s, param, arg, arg->loc, arena_printf(s->arena, "argument %u of '%s'", i + 1, name));
			if (diag_errors(s->diag) != errors && type_kind(t) != TY_FUTURE &&
			    type_kind(param) != TY_RESULT)
				note_declaration(s, direct);
			if (is_time(direct, &function->u.function.params[i]))
				check_time(s, arg);
		} else if (type_kind(t) == TY_FUTURE && direct && direct->implicit) {
			if (report_undeclared_function(s, n))
				n->type = type_basic(TY_ERROR);
		} else if (type_kind(t) == TY_FUTURE && !counted) {
			reject_future(s, arg, arena_printf(s->arena, "argument %u of '%s'", i + 1, name));
		} else if (type_kind(t) == TY_VOID && !counted) {
			c_error(s, expr_loc(arg), "invalid use of void expression");
		}
	}
}

/* Types the arguments of a call that can't be checked. */
static void check_args_loosely(struct sema *s, struct node *n)
{
	for (unsigned i = 0; i < n->u.CALL.args.len; i++)
		check_rvalue(s, n->u.CALL.args.data[i], NULL);
}

static struct type *called_function(struct sema *s, struct type *t)
{
	t = type_strip(s->arena, t);
	if (t->kind == TY_POINTER)
		t = type_strip(s->arena, t->base);
	return t->kind == TY_FUNCTION ? t : NULL;
}

static void check_ordinary_call(struct sema *s, struct node *n, struct type *function, struct symbol *direct)
{
	struct call_use *use = call_use_new(s, n, CALL_C);
	struct type *value = type_unqualified(s->arena, function->base);

	use->function = function;
	use->direct = direct;
	n->type = value;
	check_args(s, n, function, direct);
	if (!function->u.function.is_async) {
		if (type_kind(value) == TY_RESULT) /* its struct has to be there */
			use_dialect(s);
		return;
	}
	use->role = CALL_ASYNC;
	/* A stream runs when it is asked for a value: there is nothing to await first. */
	n->type = type_kind(value) == TY_STREAM ? value : type_dialect(s->arena, TY_FUTURE, value);
	if (s->unevaluated)
		return;
	use_dialect(s);
	if (direct && !strcmp(direct->name, "main")) {
		diag_error(s->diag, expr_loc(n), "'main' is the entry of the program and can't be called");
		diag_note(s->diag, direct->loc, "move what is wanted into an async function of its own");
		n->type = type_basic(TY_ERROR);
	}
}

void check_call(struct sema *s, struct node *n, struct type *expected)
{
	struct node *callee = n->u.CALL.callee;
	struct type *function;
	struct symbol *direct;

	if (check_dialect_call(s, n, expected) || check_method_call(s, n))
		return;
	check_callee(s, callee);
	direct = direct_symbol(callee);
	if (direct && direct->kind == SYM_BUILTIN) {
		call_use_new(s, n, CALL_C)->direct = direct;
		if (check_builtin_call(s, n, direct))
			return;
	}
	if (type_kind(callee->type) == TY_ERROR) {
		call_use_new(s, n, CALL_C)->direct = direct;
		check_args_loosely(s, n);
		n->type = type_basic(TY_ERROR);
		return;
	}
	if (type_kind(callee->type) == TY_CLOSURE) {
		check_closure_call(s, n);
		return;
	}
	function = called_function(s, callee->type);
	if (!function) {
		if (!reject_future(s, callee, "a function")) {
			struct node *e = node_strip(callee);

			c_error(s, expr_loc(n), "called object '%s' is not a function or function pointer",
				expr_text(s, callee));
			if (s->strict && e->kind == N_IDENT)
				note_declaration(s, e->ann);
		}
		call_use_new(s, n, CALL_C);
		check_args_loosely(s, n);
		n->type = type_basic(TY_ERROR);
		return;
	}
	check_ordinary_call(s, n, function, direct);
}
