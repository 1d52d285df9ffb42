/* The dialect's words in expressions: which calls are the dialect's, block_on, future_drop; what a text says about
 * itself.
 *
 * The rules are in await.c (futures, .await), result.c (result(T), `?`, ok, err), defer.c, futures.c (what is consumed
 * where) and async_body.c (what an async function cannot contain). */
#include "frontend/sema/internal.h"

#include <string.h>

bool in_async_context(const struct sema *s)
{
	return s->function && s->function->is_async;
}

const char *function_text(struct sema *s)
{
	switch (s->function->kind) {
	case FN_BLOCK:
		return "this async block";
	case FN_CLOSURE:
		return "this closure";
	case FN_THREAD:
		return "this block, which runs on another thread";
	case FN_FUNCTION:
		break;
	}
	return arena_printf(s->arena, "'%s'", s->function->symbol->name);
}

/* -- what a text mentions ------------------------------------------------------------------------------------------ */
static bool find_mention(struct node **slot, void *ctx)
{
	struct node *n = *slot;
	bool *found = ctx;

	switch (n->kind) {
	case N_TRY:
	case N_DEFER:
	case N_DIALECT_TYPE:
	case N_CLOSURE_TYPE:
	case N_ASYNC_BLOCK:
	case N_CLOSURE:
	case N_SPAWN_BLOCK:
	case N_NURSERY:
	case N_JOIN:
	case N_SELECT:
	case N_SHIELD:
	case N_ASYNC_FOR:
	case N_YIELD:
	case N_TYPED_CALL:
		*found = true;
		break;
	case N_SPECS:
		*found = n->u.SPECS.func & FS_ASYNC;
		break;
	case N_MEMBER:
		*found = !n->u.MEMBER.arrow && !strcmp(n->u.MEMBER.name, "await");
		break;
	default:
		break;
	}
	if (!*found)
		node_each_child(n, find_mention, ctx);
	return !*found;
}

bool item_mentions_dialect(struct node *item)
{
	bool found = false;

	find_mention(&item, &found);
	return found;
}

/* -- which words are the dialect's --------------------------------------------------------------------------------- */
bool is_callable(struct sema *s, const struct symbol *sym)
{
	struct type *t;

	if (sym->kind == SYM_TYPEDEF)
		return true;
	t = type_strip(s->arena, sym->type);
	if (t->kind == TY_POINTER)
		t = type_strip(s->arena, t->base);
	return t->kind == TY_FUNCTION || t->kind == TY_ERROR;
}

/* `void future_drop(async_future)`, as <asyncc.h> shows it to C. */
static bool takes_frame(struct sema *s, const struct symbol *sym)
{
	struct type *t = type_strip(s->arena, sym->type);

	if (t->kind != TY_FUNCTION || t->u.function.param_count != 1)
		return false;
	t = type_strip(s->arena, t->u.function.params[0].type);
	if (t->kind == TY_FUTURE)
		return true;
	t = t->kind == TY_POINTER ? type_strip(s->arena, t->base) : t;
	return t->kind == TY_STRUCT && t->u.tag->name && !strcmp(t->u.tag->name, "async__frame");
}

static bool is_dialect_word(struct sema *s, struct node *n, enum call_role *role)
{
	static const struct {
		const char *name;
		enum call_role role;
		bool always;
	} words[] = {
		{"_Ok", CALL_OK, true},	  {"_Err", CALL_ERR, true},	      {"ok", CALL_OK, false},
		{"err", CALL_ERR, false}, {"block_on", CALL_BLOCK_ON, false}, {"future_drop", CALL_FUTURE_DROP, false},
	};
	const char *name;

	if (n->kind != N_CALL || n->u.CALL.callee->kind != N_IDENT)
		return false;
	name = n->u.CALL.callee->u.IDENT.name;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
		struct symbol *sym;

		if (strcmp(name, words[i].name))
			continue;
		*role = words[i].role;
		sym = words[i].always ? NULL : scope_find(s, name);
		if (*role == CALL_FUTURE_DROP)
			return !sym || takes_frame(s, sym) || !is_callable(s, sym);
		return !sym || !is_callable(s, sym);
	}
	return false;
}

bool dialect_result_call(struct sema *s, struct node *n)
{
	enum call_role role;

	n = node_strip(n);
	switch (n->kind) {
	case N_COND:
		return (n->u.COND.then && dialect_result_call(s, n->u.COND.then)) ||
		       dialect_result_call(s, n->u.COND.otherwise);
	case N_COMMA:
		return dialect_result_call(s, n->u.COMMA.rhs);
	case N_CALL:
		return is_dialect_word(s, n, &role) && (role == CALL_OK || role == CALL_ERR);
	default:
		return false;
	}
}

/* -- calls of them ------------------------------------------------------------------------------------------------- */
/* `f(x).await` where `f(x)` is meant. Checks the argument, if it has that form. */
static bool is_await_of_future(struct sema *s, struct node *arg)
{
	struct node *e = node_strip(arg);

	if (e->kind != N_MEMBER || e->u.MEMBER.arrow || strcmp(e->u.MEMBER.name, "await") ||
	    e->u.MEMBER.base->kind != N_CALL)
		return false;
	s->unevaluated++; /* it has no effect: no error about a place that can't wait */
	check_rvalue(s, arg, NULL);
	s->unevaluated--;
	return type_kind(e->u.MEMBER.base->type) == TY_FUTURE;
}

static void report_no_future(struct sema *s, struct node *arg, const char *word)
{
	struct type *t = type_decayed(s->arena, arg->type);

	if (report_undeclared_function(s, arg))
		return;
	diag_error(s->diag, expr_loc(arg), "'%s' takes a future, but '%s' has type '%s'", word, expr_text(s, arg),
		   type_text(s->arena, t));
	switch (type_kind(t)) {
	case TY_TASK:
		diag_note(s->diag, expr_loc(arg), "a task runs already; 'async { return %s.await; }' waits for it as a future",
			  expr_text(s, arg));
		return;
	case TY_STREAM:
		diag_note(s->diag, expr_loc(arg), "'%s.next()' is a future of its next value", expr_text(s, arg));
		return;
	case TY_CLOSURE:
		diag_note(s->diag, expr_loc(arg), "call it: '%s(...)'", expr_text(s, arg));
		return;
	default:
		break;
	}
	if (node_strip(arg)->kind == N_CALL)
		diag_note(s->diag, expr_loc(arg), "a call of an ordinary function has its value already");
	else
		diag_note(s->diag, expr_loc(arg), "a future comes from calling an async function without '.await'");
}

struct node *future_operand(struct sema *s, struct node *arg, const char *word)
{
	if (is_await_of_future(s, arg)) {
		diag_error(s->diag, node_strip(arg)->loc, "'%s' takes the future itself; leave '.await' away", word);
		diag_fixit_replace(s->diag, node_strip(arg)->u.MEMBER.base->end, node_strip(arg)->end, "");
		return NULL;
	}
	if (!arg->type)
		check_rvalue(s, arg, NULL);
	if (type_kind(arg->type) == TY_ERROR) {
		report_unknown_operand(s, arg, word);
		return NULL;
	}
	if (type_kind(arg->type) == TY_FUTURE)
		return arg;
	report_no_future(s, arg, word);
	mark_misused(arg);
	return NULL;
}

struct node *future_argument(struct sema *s, struct node *n, const char *word)
{
	struct node_list *args = &n->u.CALL.args;

	if (args->len == 1)
		return future_operand(s, args->data[0], word);
	for (unsigned i = 0; i < args->len; i++)
		check_rvalue(s, args->data[i], NULL);
	diag_error(s->diag, n->u.CALL.callee->loc, "'%s' takes one future, not %u arguments", word, args->len);
	return NULL;
}

static void check_block_on(struct sema *s, struct node *n)
{
	struct node *arg = future_argument(s, n, "block_on");

	n->type = arg ? type_unqualified(s->arena, type_strip(s->arena, arg->type)->base) : type_basic(TY_ERROR);
	if (s->unevaluated)
		return;
	if (!s->function || s->no_await) {
		diag_error(s->diag, n->u.CALL.callee->loc, "'block_on' %s",
			   s->no_await_reason && s->no_await ? s->no_await_reason : "outside of a function");
		diag_note(s->diag, n->u.CALL.callee->loc,
			  "a value that is computed at run time can't stand here; assign it inside a function");
		return;
	}
	if (in_async_context(s)) {
		diag_error(s->diag, n->u.CALL.callee->loc, "'block_on' in %s%s; use '.await'",
			   s->function->kind == FN_FUNCTION ? "the async function " : "", function_text(s));
		if (n->u.CALL.args.len == 1) {
			diag_fixit_replace(s->diag, n->begin, n->u.CALL.args.data[0]->begin, "");
			diag_fixit_replace(s->diag, n->u.CALL.args.data[0]->end, n->end, ".await");
		}
	}
}

bool check_dialect_call(struct sema *s, struct node *n, struct type *expected)
{
	enum call_role role;

	if (!is_dialect_word(s, n, &role))
		return check_library_call(s, n, expected);
	call_use_new(s, n, role);
	use_dialect(s);
	if (s->unevaluated)
		n->u.CALL.callee->flags |= NF_UNEVALUATED;
	switch (role) {
	case CALL_OK:
	case CALL_ERR:
		check_ok_err(s, n, role == CALL_OK, expected);
		break;
	case CALL_BLOCK_ON:
		check_block_on(s, n);
		break;
	case CALL_FUTURE_DROP:
		future_argument(s, n, "future_drop");
		n->type = type_basic(TY_VOID);
		break;
	case CALL_C:
	case CALL_METHOD:
	case CALL_LIBRARY:
	case CALL_CLOSURE:
	case CALL_ASYNC:
		break;
	}
	return true;
}
