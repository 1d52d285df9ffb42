/* The library functions that are typed by their operands (async_timeout, async_join_all, async_map, ...), and calls of
 * closures.
 *
 * In:  a CALL whose callee is one of dialect_op.def's names, or has a closure's type.
 * Out: call_use (CALL_LIBRARY with op and value, CALL_CLOSURE), the call's type. Such a name is the dialect's unless an
 * ordinary declaration of it that can be called is in scope. */
#include "frontend/sema/internal.h"

#include <string.h>

static struct type *future_of(struct sema *s, struct type *value)
{
	return type_kind(value) == TY_ERROR ? value : type_dialect(s->arena, TY_FUTURE, value);
}

/* -- arguments ------------------------------------------------------------------------------------------- */
bool has_arguments(struct sema *s, struct node *n, const char *name, unsigned count)
{
	struct node_list *args = &n->u.CALL.args;

	if (args->len == count)
		return true;
	for (unsigned i = 0; i < args->len; i++)
		if (!args->data[i]->type)
			check_rvalue(s, args->data[i], NULL);
	diag_error(s->diag, expr_loc(n), "'%s' takes %s argument%s, not %u", name,
		   count ? arena_printf(s->arena, "%u", count) : "no", count == 1 ? "" : "s", args->len);
	return false;
}

void check_call_arg(struct sema *s, struct node *n, unsigned i, struct type *type, const char *name)
{
	struct node *arg = n->u.CALL.args.data[i];

	check_rvalue(s, arg, type);
	check_passed(s, type, arg, arg->loc, arena_printf(s->arena, "argument %u of '%s'", i + 1, name));
}

void check_call_args(struct sema *s, struct node *n, const char *name, unsigned count, struct type **types)
{
	if (has_arguments(s, n, name, count))
		for (unsigned i = 0; i < count; i++)
			check_call_arg(s, n, i, types[i], name);
}

/* -- futures --------------------------------------------------------------------------------------------- */
struct type *future_value(struct sema *s, struct node *future)
{
	return type_unqualified(s->arena, type_strip(s->arena, future->type)->base);
}

/* async_timeout(future, ms), async_deadline(future, ns) */
static void check_timeout(struct sema *s, struct node *n, struct call_use *use)
{
	const char *name = n->u.CALL.callee->u.IDENT.name;
	struct node *future;

	if (!has_arguments(s, n, name, 2))
		return;
	future = future_operand(s, n->u.CALL.args.data[0], name);
	check_call_arg(s, n, 1, type_basic(TY_ULONG), name);
	check_time(s, n->u.CALL.args.data[1]);
	if (!future)
		return;
	use->value = future_value(s, future);
	n->type = future_of(s, maybe_type(s, use->value, expr_loc(n)));
}

/* async_ready(value): of the type that is expected here, or of the value's own. */
static void check_ready(struct sema *s, struct node *n, struct call_use *use, struct type *expected)
{
	struct type *want = expected && type_kind(expected) == TY_FUTURE ? type_strip(s->arena, expected)->base : NULL;

	if (want && type_kind(want) == TY_VOID)
		want = NULL;
	if (!n->u.CALL.args.len) {
		use->value = type_basic(TY_VOID);
		n->type = future_of(s, use->value);
		return;
	}
	if (!has_arguments(s, n, "async_ready", 1))
		return;
	if (want) {
		check_call_arg(s, n, 0, want, "async_ready");
	} else {
		want = check_rvalue(s, n->u.CALL.args.data[0], NULL);
		if (reject_future(s, n->u.CALL.args.data[0], "the value of 'async_ready'"))
			return;
	}
	use->value = type_unqualified(s->arena, want);
	n->type = future_of(s, use->value);
}

/* -- async_map, async_and_then --------------------------------------------------------------------------- */
/* Would `from` convert to `to` as an argument? What the C compiler warns of passes. */
static bool converts(struct sema *s, struct type *to, struct type *from)
{
	if (type_kind(to) == TY_ERROR || type_kind(from) == TY_ERROR)
		return true;
	if (type_compatible_unqualified(type_unqualified(s->arena, to), type_unqualified(s->arena, from)))
		return true;
	if (type_is_arithmetic(to) && type_is_arithmetic(from))
		return true;
	return type_kind(to) == TY_POINTER && type_kind(from) == TY_POINTER;
}

/* The function that an operand names or points to, or the closure that it is; NULL for other values. */
static struct type *function_operand(struct sema *s, struct type *t)
{
	t = type_strip(s->arena, t);
	if (t->kind == TY_POINTER)
		t = type_strip(s->arena, t->base);
	return t->kind == TY_FUNCTION || t->kind == TY_CLOSURE ? t : NULL;
}

static void report_map_function(struct sema *s, struct node *arg, const char *name, bool async, struct type *f)
{
	if (!f) {
		diag_error(s->diag, expr_loc(arg), "'%s' takes %s as its second argument, but '%s' has type '%s'", name,
			   async ? "an async function" : "an ordinary function", expr_text(s, arg),
			   type_text(s->arena, type_decayed(s->arena, arg->type)));
		return;
	}
	diag_error(s->diag, expr_loc(arg), "'%s' takes %s, and '%s' is %s; did you mean '%s'?", name,
		   async ? "an async function" : "an ordinary function", expr_text(s, arg),
		   f->kind == TY_CLOSURE ? "a closure"
		   : async		 ? "an ordinary one"
					 : "an async one",
		   async ? "async_map" : "async_and_then");
}

static void check_map(struct sema *s, struct node *n, struct call_use *use)
{
	bool async = use->op == DO_AND_THEN, fits;
	const char *name = n->u.CALL.callee->u.IDENT.name;
	struct node_list *args = &n->u.CALL.args;
	struct node *future;
	struct type *f, *passed, *given;

	if (!has_arguments(s, n, name, 2))
		return;
	future = future_operand(s, args->data[0], name);
	f = function_operand(s, check_rvalue(s, args->data[1], NULL));
	if (!future || type_kind(args->data[1]->type) == TY_ERROR)
		return;
	if (!f || f->u.function.is_async != async) {
		report_map_function(s, args->data[1], name, async, f);
		return;
	}
	use->value = future_value(s, future);
	use->function = f;
	passed = type_kind(use->value) == TY_RESULT ? type_strip(s->arena, use->value)->base : use->value;
	given = type_unqualified(s->arena, f->base);
	if (type_kind(passed) == TY_VOID)
		fits = !f->u.function.param_count;
	else
		fits = f->u.function.param_count == 1 && converts(s, f->u.function.params[0].type, passed);
	if (!fits && !f->u.function.kr) {
		diag_error(s->diag, expr_loc(args->data[1]), "'%s' does not take the future's value%s",
			   expr_text(s, args->data[1]),
			   type_kind(passed) == TY_VOID ? ", which is none"
							: arena_printf(s->arena, ", of type '%s'", type_text(s->arena, passed)));
		return;
	}
	n->type = future_of(s, type_carries_error(use->value) ? maybe_type(s, given, expr_loc(n)) : given);
}

/* -- arrays ---------------------------------------------------------------------------------------------- */
/* Argument `i`, an array of tasks or channels; its element's T, or NULL after a report. */
static struct type *array_operand(struct sema *s, struct node *n, unsigned i, enum type_kind kind, const char *name)
{
	struct node *arg = n->u.CALL.args.data[i];
	struct type *t = check_rvalue(s, arg, NULL), *element;

	if (type_kind(t) == TY_ERROR)
		return NULL;
	element = type_kind(t) == TY_POINTER ? type_strip(s->arena, type_strip(s->arena, t)->base) : NULL;
	if (element && element->kind == kind)
		return type_unqualified(s->arena, element->base);
	diag_error(s->diag, expr_loc(arg), "'%s' takes an array of %s, but '%s' has type '%s'", name,
		   kind == TY_TASK ? "task handles" : "channels", expr_text(s, arg), type_text(s->arena, t));
	if (type_kind(t) == kind)
		diag_note(s->diag, expr_loc(arg), kind == TY_TASK ? "one alone is awaited: '%s.await'"
								  : "one alone is received from: '%s.recv().await'",
			  expr_text(s, arg));
	mark_misused(arg);
	return NULL;
}

/* async_join_all(tasks, n), async_try_join_all(tasks, n, errs), async_race(tasks, n, &winner), async_race_ok;
 * async_select_recv(chans, n, &value) */
static void check_array_call(struct sema *s, struct node *n, struct call_use *use)
{
	const char *name = n->u.CALL.callee->u.IDENT.name;
	unsigned count = use->op == DO_JOIN_ALL ? 2 : 3;

	if (!has_arguments(s, n, name, count))
		return;
	use->value = array_operand(s, n, 0, use->op == DO_SELECT_RECV ? TY_CHAN : TY_TASK, name);
	check_call_arg(s, n, 1, type_basic(TY_ULONG), name);
	if (count == 3) {
		struct type *out = use->op == DO_SELECT_RECV	    ? use->value
				   : use->op == DO_TRY_JOIN_ALL ? type_basic(TY_INT)
								    : type_basic(TY_ULONG);

		if (out)
			check_call_arg(s, n, 2, type_pointer(s->arena, out), name);
		else
			check_rvalue(s, n->u.CALL.args.data[2], NULL);
	}
	if (use->value)
		n->type = future_of(s, type_basic(TY_INT));
}

/* async_parallel(len, k, closure) */
static void check_parallel(struct sema *s, struct node *n, struct call_use *use)
{
	const char *name = "async_parallel";
	struct node *arg;
	struct type *t;

	if (!has_arguments(s, n, name, 3))
		return;
	check_call_arg(s, n, 0, type_basic(TY_ULONG), name);
	check_call_arg(s, n, 1, type_basic(TY_ULONG), name);
	arg = n->u.CALL.args.data[2];
	t = type_strip(s->arena, check_rvalue(s, arg, NULL));
	if (t->kind == TY_ERROR)
		return;
	if (t->kind != TY_CLOSURE || t->u.function.param_count != 1 ||
	    !type_is_integer(t->u.function.params[0].type)) {
		diag_error(s->diag, expr_loc(arg), "'%s' takes a closure of an index, but '%s' has type '%s'", name,
			   expr_text(s, arg), type_text(s->arena, t));
		diag_note(s->diag, expr_loc(arg), "write 'async |size_t i| { ... }'");
		return;
	}
	use->value = type_unqualified(s->arena, t->base);
	if (type_kind(use->value) != TY_VOID && !type_carries_error(use->value)) {
		diag_error(s->diag, expr_loc(arg), "the values of the closure, of type '%s', would be lost",
			   type_text(s->arena, use->value));
		diag_note(s->diag, expr_loc(arg), "store them inside it, and return 0 or an error");
		return;
	}
	n->type = future_of(s, type_basic(TY_INT));
}

/* -- closures -------------------------------------------------------------------------------------------- */
static void check_closure_drop(struct sema *s, struct node *n)
{
	struct node *arg;

	n->type = type_basic(TY_VOID);
	if (!has_arguments(s, n, "closure_drop", 1))
		return;
	arg = n->u.CALL.args.data[0];
	check_rvalue(s, arg, NULL);
	if (type_kind(arg->type) != TY_ERROR && type_kind(arg->type) != TY_CLOSURE)
		diag_error(s->diag, expr_loc(arg), "'closure_drop' takes a closure, but '%s' has type '%s'",
			   expr_text(s, arg), type_text(s->arena, type_decayed(s->arena, arg->type)));
}

void check_closure_call(struct sema *s, struct node *n)
{
	struct type *t = type_strip(s->arena, n->u.CALL.callee->type);
	struct call_use *use = call_use_new(s, n, CALL_CLOSURE);
	const char *name = expr_tokens(s, n->u.CALL.callee);

	use->function = t;
	use->value = type_unqualified(s->arena, t->base);
	n->type = future_of(s, use->value);
	use_dialect(s);
	if (!has_arguments(s, n, name, t->u.function.param_count))
		return;
	for (unsigned i = 0; i < n->u.CALL.args.len; i++)
		check_call_arg(s, n, i, t->u.function.params[i].type, name);
}

/* -- the names ------------------------------------------------------------------------------------------- */
static enum dialect_op find_function(const char *name)
{
	static const struct {
		const char *name;
		enum dialect_op op;
		enum type_kind on;
	} functions[] = {
#define DIALECT_OP(op, name, on) {name, DO_##op, on},
#include "frontend/sema/dialect_op.def"
#undef DIALECT_OP
	};

	if (strncmp(name, "async_", 6) && strcmp(name, "spawn_blocking") && strcmp(name, "closure_drop"))
		return DO_NONE;
	for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
		if (functions[i].on == TY_VOID && !strcmp(functions[i].name, name))
			return functions[i].op;
	return DO_NONE;
}

/* `void closure_drop(struct async_closure)`, `struct async__task *async_self(void)`: as asyncc's headers show them to C. */
static bool is_own_prototype(struct sema *s, const struct symbol *sym, enum dialect_op op)
{
	const struct type *t = type_strip(s->arena, sym->type);
	const struct tag *tag;

	if (t->kind != TY_FUNCTION)
		return false;
	if (op == DO_SELF)
		t = type_kind(t->base) == TY_POINTER ? type_core(t->base)->base : NULL;
	else
		t = op == DO_CLOSURE_DROP && t->u.function.param_count == 1 ? t->u.function.params[0].type : NULL;
	tag = t && type_kind(t) == TY_STRUCT ? type_tag(t) : NULL;
	return tag && tag->name && !strcmp(tag->name, op == DO_SELF ? "async__task" : "async_closure");
}

/* What the library function is that a CALL names, or DO_NONE. */
static enum dialect_op library_function(struct sema *s, struct node *n)
{
	struct node *callee = n->u.CALL.callee;
	enum dialect_op op = callee->kind == N_IDENT ? find_function(callee->u.IDENT.name) : DO_NONE;
	struct symbol *sym = op ? scope_find(s, callee->u.IDENT.name) : NULL;

	return sym && is_callable(s, sym) && !is_own_prototype(s, sym, op) ? DO_NONE : op;
}

bool is_library_name(const char *name)
{
	return find_function(name);
}

static void report_no_type(struct sema *s, struct node *n, const char *name)
{
	for (unsigned i = 0; i < n->u.CALL.args.len; i++)
		check_rvalue(s, n->u.CALL.args.data[i], NULL);
	diag_error(s->diag, expr_loc(n), "'%s' takes a type as its first argument", name);
	diag_note(s->diag, expr_loc(n), "write '%s(int)'", name);
}

bool check_library_call(struct sema *s, struct node *n, struct type *expected)
{
	enum dialect_op op = library_function(s, n);
	struct call_use *use;

	if (!op)
		return false;
	use = call_use_new(s, n, CALL_LIBRARY);
	use->op = op;
	n->type = type_basic(TY_ERROR);
	use_dialect(s);
	if (s->unevaluated)
		n->u.CALL.callee->flags |= NF_UNEVALUATED;
	switch (op) {
	case DO_SPAWN:
	case DO_SPAWN_NAMED:
		check_spawn(s, n, use);
		break;
	case DO_SPAWN_BLOCKING:
		check_spawn_blocking(s, n, use);
		break;
	case DO_TIMEOUT:
	case DO_DEADLINE:
		check_timeout(s, n, use);
		break;
	case DO_READY:
		check_ready(s, n, use, expected);
		break;
	case DO_MAP:
	case DO_AND_THEN:
		check_map(s, n, use);
		break;
	case DO_JOIN_ALL:
	case DO_TRY_JOIN_ALL:
	case DO_RACE:
	case DO_RACE_OK:
	case DO_SELECT_RECV:
		check_array_call(s, n, use);
		break;
	case DO_PARALLEL:
		check_parallel(s, n, use);
		break;
	case DO_CLOSURE_DROP:
		check_closure_drop(s, n);
		break;
	case DO_SELF:
		check_self(s, n);
		break;
	default:
		report_no_type(s, n, n->u.CALL.callee->u.IDENT.name);
		break;
	}
	return true;
}
