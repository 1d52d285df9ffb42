/* result(T), postfix `?`, ok() and err(). */
#include "frontend/sema/internal.h"

#include <string.h>

/* -- the type -------------------------------------------------------------------------------------------- */
static struct member member_of(const char *name, struct type *type)
{
	struct member m = {.name = intern_str(name), .type = type, .bit_width = -1, .align = type->align};

	return m;
}

static struct type *result_make(struct sema *s, struct type *value, const char *name)
{
	struct tag *tag = ARENA_NEW(s->arena, struct tag);
	struct type *t = type_dialect(s->arena, TY_RESULT, value);
	bool has_value = type_kind(value) != TY_VOID;

	tag->kind = TAG_STRUCT;
	tag->name = name ? intern_str(arena_printf(s->arena, "async_result_%s", name)) : NULL;
	tag->members = ARENA_ARRAY(s->arena, struct member, 2);
	tag->members[tag->member_count++] = member_of("err", type_basic(TY_INT));
	if (has_value)
		tag->members[tag->member_count++] = member_of("value", value);
	tag->complete = true;
	tag_layout(tag, 0);
	t->u.tag = tag;
	t->size = tag->size;
	t->align = tag->align;
	return t;
}

static bool value_allowed(struct sema *s, struct type *value, loc_t loc)
{
	const char *why = NULL;

	switch (type_kind(value)) {
	case TY_RESULT:
		why = "a result can't hold another one";
		break;
	case TY_FUTURE:
		why = "a result can't hold a future: await it, the error is in its value";
		break;
	case TY_ARRAY:
		why = "an array can't be returned; put it into a struct";
		break;
	case TY_FUNCTION:
		why = "a function can't be returned; use a pointer to it";
		break;
	default:
		if (type_kind(value) != TY_VOID && !type_is_complete(value))
			why = "the type is incomplete here";
		else if (value->is_vm)
			why = "the type has a size that is known only at run time";
		break;
	}
	if (!why)
		return true;
	diag_error(s->diag, loc, "'result(%s)' is not a type: %s", type_text(s->arena, value), why);
	return false;
}

struct type *result_type(struct sema *s, struct type *value, loc_t loc)
{
	const char *name;
	struct type *t;

	use_dialect(s);
	if (type_kind(value) == TY_ERROR)
		return value;
	value = type_unqualified(s->arena, value);
	if (!value_allowed(s, value, loc))
		return type_basic(TY_ERROR);
	name = type_result_name(s->arena, value);
	if (!name) {
		diag_error(s->diag, loc, "'result(%s)' needs a type with a name at file scope",
			   type_text(s->arena, value));
		diag_note(s->diag, loc, "give it one there: 'typedef ... name;', and write 'result(name)'");
		return result_make(s, value, NULL);
	}
	name = intern_str(arena_printf(s->arena, "async_result_%s", name));
	for (unsigned i = 0; i < s->unit->result_count; i++)
		if (s->unit->results[i]->u.tag->name == name)
			return s->unit->results[i];
	t = result_make(s, value, name + strlen("async_result_"));
	array_push(s->arena, s->unit->results, s->unit->result_count, s->unit->result_cap, t);
	return t;
}

/* -- `?` ------------------------------------------------------------------------------------------------- */
static void report_no_error(struct sema *s, struct node *n, struct type *t)
{
	struct node *operand = n->u.TRY.operand, *e = node_strip(operand);

	if (type_kind(t) == TY_FUTURE || type_kind(t) == TY_TASK) {
		diag_error(s->diag, n->loc, "'?' on a '%s' that was not awaited; did you mean '.await?'?",
			   type_text(s->arena, t));
		diag_fixit_insert(s->diag, operand->end, ".await");
		return;
	}
	diag_error(s->diag, n->loc, "'?' on '%s', whose type '%s' carries no error", expr_text(s, operand),
		   type_text(s->arena, t));
	if (type_kind(t) == TY_ENUM)
		diag_note(s->diag, expr_loc(e),
			  "an enum's values are no errors; cast to 'int' if a negative one is meant to be one");
	else if (type_is_integer(t) && !type_is_signed(t))
		diag_note(s->diag, expr_loc(e), "an error is a negative number, which an unsigned type can't hold");
	else if (type_kind(t) == TY_VOID)
		diag_note(s->diag, expr_loc(e), "there is no value to test; leave '?' away");
	else
		diag_note(s->diag, expr_loc(e), "signed integers from 'int' on carry one (negative), and 'result(T)'");
}

bool can_try(const struct sema *s)
{
	const struct type *want;

	if (!s->function || s->defer)
		return false;
	want = s->function->return_type;
	/* A block's type may not be known before its end; a stream ends with an error. */
	return !want || type_kind(want) == TY_AUTO || type_carries_error(want) ||
	       (s->function->is_async && type_kind(want) == TY_STREAM);
}

static bool try_allowed(struct sema *s, struct node *n)
{
	struct type *want;

	if (!s->function || s->no_await) {
		diag_error(s->diag, n->loc, "'?' %s", s->no_await ? s->no_await_reason : "outside of a function");
		diag_note(s->diag, n->loc, "there is no function here that it could leave; test the value by hand");
		return false;
	}
	if (s->defer) {
		diag_error(s->diag, n->loc, "'?' in a 'defer'");
		diag_note(s->diag, s->defer->loc,
			  "a deferred statement runs while %s is already returning; test the value by hand",
			  function_text(s));
		return false;
	}
	want = s->function->return_type;
	if (want && type_kind(want) == TY_ERROR)
		return false;
	if (!can_try(s)) {
		diag_error(s->diag, n->loc, "'?' in %s, whose type '%s' carries no error", function_text(s),
			   type_text(s->arena, want));
		diag_note(s->diag, s->function->symbol->loc, "make it return '%s', or test the value by hand",
			  type_kind(want) == TY_VOID ? "result(void)"
						     : arena_printf(s->arena, "result(%s)", type_text(s->arena, want)));
		return false;
	}
	return true;
}

void check_try(struct sema *s, struct node *n)
{
	struct node *operand = n->u.TRY.operand;
	struct type *t = check_rvalue(s, operand, NULL);

	use_dialect(s);
	n->type = type_basic(TY_ERROR);
	if (type_kind(t) == TY_ERROR) {
		report_unknown_operand(s, operand, "'?'");
		return;
	}
	if (type_is_integer(t))
		t = bitfield_type(s, operand);
	if (!type_carries_error(t)) {
		report_no_error(s, n, t);
		return;
	}
	n->type = type_kind(t) == TY_RESULT ? type_strip(s->arena, t)->base : t;
	if (s->unevaluated || !try_allowed(s, n))
		return;
	s->suspensions++;
	if (in_inferred_block(s))
		block_try(s, n);
}

/* -- ok, err --------------------------------------------------------------------------------------------- */
static void report_no_place(struct sema *s, struct node *n, bool is_ok, struct type *expected)
{
	const char *word = is_ok ? "ok" : "err";
	loc_t loc = n->u.CALL.callee->loc;
	struct node_list *args = &n->u.CALL.args;

	if (expected && type_kind(expected) == TY_VOID && s->function) {
		diag_error(s->diag, loc, "'%s' has no type here: '%s' returns 'void'", word, s->function->symbol->name);
		diag_note(s->diag, s->function->symbol->loc, "'result(void)' would carry an error");
		return;
	}
	if (!expected || type_kind(expected) == TY_VOID) {
		diag_error(s->diag, loc, "'%s' has no type here", word);
		diag_note(s->diag, loc,
			  "it takes its type from where it stands: what is returned, initialised, assigned or passed "
			  "as a 'result(T)'");
		return;
	}
	diag_error(s->diag, loc, "'%s' stands where '%s' is wanted, not a 'result(T)'", word,
		   type_text(s->arena, type_unqualified(s->arena, expected)));
	if (!type_carries_error(expected)) {
		diag_note(s->diag, loc, "'%s' carries no error; 'result(%s)' would",
			  type_text(s->arena, type_unqualified(s->arena, expected)),
			  type_text(s->arena, type_unqualified(s->arena, expected)));
	} else if (args->len == 1) {
		diag_fixit_replace(s->diag, n->begin, args->data[0]->begin, "");
		diag_fixit_replace(s->diag, args->data[0]->end, n->end, "");
		diag_note(s->diag, loc, "an integer carries its error itself, as a negative value");
	} else {
		diag_note(s->diag, loc, "an integer carries its error itself, as a negative value; 0 is success");
	}
}

static void check_ok(struct sema *s, struct node *n, struct type *value)
{
	struct node_list *args = &n->u.CALL.args;
	loc_t loc = n->u.CALL.callee->loc;

	if (type_kind(value) == TY_VOID) {
		for (unsigned i = 0; i < args->len; i++)
			if (!args->data[i]->type)
				check_rvalue(s, args->data[i], NULL);
		if (args->len) {
			diag_error(s->diag, loc, "'ok' takes no value here: its type is '%s'",
				   type_text(s->arena, n->type));
			diag_fixit_replace(s->diag, args->data[0]->begin, args->data[args->len - 1]->end, "");
		}
		return;
	}
	for (unsigned i = 0; i < args->len; i++)
		if (!args->data[i]->type) /* of a block: checked before its type was known */
			check_rvalue(s, args->data[i], value);
	if (args->len != 1) {
		diag_error(s->diag, loc, "'ok' takes one value here, of type '%s'", type_text(s->arena, value));
		return;
	}
	check_passed(s, value, args->data[0], args->data[0]->loc, "argument 1 of 'ok'");
}

static void check_err(struct sema *s, struct node *n)
{
	struct node_list *args = &n->u.CALL.args;
	loc_t loc = n->u.CALL.callee->loc;
	struct node *arg = args->len ? args->data[0] : NULL;
	struct int_value v;

	for (unsigned i = 0; i < args->len; i++)
		if (!args->data[i]->type)
			check_rvalue(s, args->data[i], NULL);
	if (args->len != 1) {
		diag_error(s->diag, loc, "'err' takes one error, such as 'err(ASYNC_ENOENT)'");
		return;
	}
	if (type_kind(arg->type) == TY_ERROR || reject_future(s, arg, "an error") || reject_result(s, arg, "an error"))
		return;
	if (!type_is_integer(arg->type)) {
		diag_error(s->diag, expr_loc(arg), "'err' takes an error, a negative 'int', but '%s' has type '%s'",
			   expr_text(s, arg), type_text(s->arena, type_decayed(s->arena, arg->type)));
		return;
	}
	if (!eval_integer(s, arg, &v) || (!v.is_unsigned && (int64_t)v.hi < 0))
		return;
	if (!v.lo && !v.hi) {
		if (diag_warn(s->diag, W_ERR_VALUE, loc, "'err(%s)' is ASYNC_UNKNOWN: 0 is no error", expr_text(s, arg)))
			diag_note(s->diag, loc, "'ok(...)' says success");
		return;
	}
	if (diag_warn(s->diag, W_ERR_VALUE, expr_loc(arg), "'err' of %llu is ASYNC_UNKNOWN: an error is negative; did you mean '-%s'?",
		      (unsigned long long)v.lo, expr_text(s, arg)))
		diag_fixit_insert(s->diag, arg->begin, "-");
}

void check_ok_err(struct sema *s, struct node *n, bool is_ok, struct type *expected)
{
	if (!expected || type_kind(expected) != TY_RESULT) {
		for (unsigned i = 0; i < n->u.CALL.args.len; i++)
			if (!n->u.CALL.args.data[i]->type)
				check_rvalue(s, n->u.CALL.args.data[i], NULL);
		if (!expected || type_kind(expected) != TY_ERROR)
			report_no_place(s, n, is_ok, expected);
		n->type = type_basic(TY_ERROR);
		return;
	}
	n->type = type_unqualified(s->arena, expected);
	if (is_ok)
		check_ok(s, n, type_strip(s->arena, expected)->base);
	else
		check_err(s, n);
}
