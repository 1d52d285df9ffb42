/* Conversions as if by assignment (C17 6.5.16.1), conditions, and the messages for values that need `.await`, `?` or
 * ok().
 *
 * Only what can't be converted at all is reported here; what gcc merely warns of is left to the C compiler. */
#include "frontend/base/align.h"
#include "frontend/sema/internal.h"

#include <string.h>

/* -- texts -----------------------------------------------------------------------------------------------------------
 */
/* Text on one line, as it goes into messages: blanks are one blank, line markers are none, long ones end in dots. */
static const char *text_line(struct sema *s, const char *text, const char *end)
{
	enum { LIMIT = 48 };
	char *copy = arena_alloc(s->arena, LIMIT + 8);
	size_t len = 0;

	for (; text < end && len < LIMIT; text++) {
		if (*text == '\n' && text + 1 < end && text[1] == '#') {
			while (text < end && !(*text == '\n' && text[1] != '#'))
				text++;
			continue;
		}
		if (strchr(" \t\n\r\f\v", *text)) {
			if (len && copy[len - 1] != ' ')
				copy[len++] = ' ';
		} else {
			copy[len++] = *text;
		}
	}
	if (text < end)
		strcpy(copy + len, "...");
	return copy;
}

const char *expr_tokens(struct sema *s, const struct node *n)
{
	if (!n->begin || n->end < n->begin)
		return "...";
	return text_line(s, s->source->text + n->begin - 1, s->source->text + n->end - 1);
}

/* Comments, directives and continued lines would have to be cut out. */
static bool is_simple_text(const char *text, const char *end)
{
	for (; text < end; text++)
		if (*text == '\\' || *text == '#' || (*text == '/' && text + 1 < end && strchr("*/", text[1])))
			return false;
	return true;
}

const char *expr_text(struct sema *s, const struct node *n)
{
	struct align *a = n->begin && source_in_main(s->source, n->begin) ? align_of(s->source, 0) : NULL;
	uint32_t begin, end;
	size_t len;

	if (a && align_range(a, n->begin, n->end, &begin, &end) == ALIGN_EXACT) {
		const char *text = align_text(a, &len);
		if (is_simple_text(text + begin, text + end))
			return text_line(s, text + begin, text + end);
	}
	return expr_tokens(s, n);
}

loc_t expr_loc(const struct node *n)
{
	for (;;) {
		switch (n->kind) {
		case N_CALL:
			n = n->u.CALL.callee;
			continue;
		case N_PAREN:
			return n->begin;
		default:
			return n->loc;
		}
	}
}

/* "future", "task", "channel", ...: what a type of the dialect is called; NULL for C's and result(T). */
static const char *kind_word(const struct type *t)
{
	switch (type_kind(t)) {
	case TY_FUTURE:
		return "future";
	case TY_TASK:
		return "task";
	case TY_STREAM:
		return "stream";
	case TY_CHAN:
		return "channel";
	case TY_CLOSURE:
		return "closure";
	default:
		return NULL;
	}
}

/* `the future of 'fetch'`, `the task 't'`, `a value of type 'future(int)'`. */
static const char *describe_future(struct sema *s, struct node *n)
{
	struct node *e = node_strip(n);
	const char *word = kind_word(e->type);

	if (e->kind == N_CALL && e->ann) {
		struct call_use *use = e->ann;
		struct node *callee = node_strip(e->u.CALL.callee);

		if (use->direct)
			return arena_printf(s->arena, "the %s of '%s'", word, use->direct->name);
		return arena_printf(s->arena, "the %s of '%s'", word, expr_text(s, callee));
	}
	if (e->kind == N_IDENT)
		return arena_printf(s->arena, "the %s '%s'", word, e->u.IDENT.name);
	return arena_printf(s->arena, "a value of type '%s'", type_text(s->arena, e->type));
}

static bool is_postfix(const struct node *n)
{
	switch (n->kind) {
	case N_IDENT:
	case N_PAREN:
	case N_CALL:
	case N_MEMBER:
	case N_SUBSCRIPT:
	case N_STMT_EXPR:
	case N_GENERIC:
	case N_TRY:
		return true;
	default:
		return false;
	}
}

/* The fix-it for a future that has to be consumed here: `.await`, or `block_on(...)` in an ordinary function. */
static void offer_await(struct sema *s, struct node *n)
{
	if (!in_async_context(s)) {
		diag_fixit_insert(s->diag, n->begin, "block_on(");
		diag_fixit_insert(s->diag, n->end, ")");
	} else if (is_postfix(n)) {
		diag_fixit_insert(s->diag, n->end, ".await");
	} else {
		diag_fixit_insert(s->diag, n->begin, "(");
		diag_fixit_insert(s->diag, n->end, ").await");
	}
}

static const char *await_word(struct sema *s)
{
	return in_async_context(s) ? ".await" : "block_on";
}

/* A task has to be waited for in async code; block_on takes futures alone. */
static bool is_awaitable(struct sema *s, const struct type *t)
{
	return type_kind(t) == TY_FUTURE || (type_kind(t) == TY_TASK && in_async_context(s));
}

void note_stream(struct sema *s, struct node *n)
{
	diag_note(s->diag, expr_loc(n), "'async for (%s x : %s)' takes its values, one after the other",
		  type_text(s->arena, type_strip(s->arena, n->type)->base), expr_text(s, n));
}

/* How to get at what a value of the dialect stands for. */
static void note_use(struct sema *s, struct node *n)
{
	const char *text = expr_text(s, n);
	loc_t loc = expr_loc(n);

	switch (type_kind(n->type)) {
	case TY_TASK:
		diag_note(s->diag, loc, "'%s.await' in an async function has its value", text);
		break;
	case TY_STREAM:
		note_stream(s, n);
		break;
	case TY_CHAN:
		diag_note(s->diag, loc, "'%s.recv().await' has its next value", text);
		break;
	case TY_CLOSURE:
		diag_note(s->diag, loc, "'%s(...)' calls it", text);
		break;
	default:
		break;
	}
}

void mark_misused(struct node *n)
{
	n = node_strip(n);
	if (n->kind == N_IDENT)
		n->type = type_basic(TY_ERROR);
}

bool reject_future(struct sema *s, struct node *n, const char *where)
{
	if (!n->type || !kind_word(n->type))
		return false;
	if (is_awaitable(s, n->type)) {
		diag_error(s->diag, expr_loc(n), "%s is used as %s; did you mean '%s'?", describe_future(s, n), where,
			   await_word(s));
		offer_await(s, n);
	} else {
		diag_error(s->diag, expr_loc(n), "%s is used as %s", describe_future(s, n), where);
		note_use(s, n);
	}
	mark_misused(n);
	return true;
}

void report_dropped_future(struct sema *s, struct node *n)
{
	struct node *e = node_strip(n);

	if (!is_awaitable(s, e->type)) {
		if (e->kind == N_IDENT)
			diag_error(s->diag, e->loc, "%s is not consumed by this statement", describe_future(s, n));
		else
			diag_error(s->diag, expr_loc(e), "%s is dropped, so nothing runs", describe_future(s, n));
		note_use(s, e);
		mark_misused(e);
		return;
	}
	if (e->kind == N_IDENT)
		diag_error(s->diag, e->loc, "%s is not consumed by this statement; did you mean '%s'?",
			   describe_future(s, n), await_word(s));
	else
		diag_error(s->diag, expr_loc(e), "%s is dropped, so nothing runs; did you mean '%s'?",
			   describe_future(s, n), await_word(s));
	offer_await(s, e);
	mark_misused(e);
}

bool reject_result(struct sema *s, struct node *n, const char *where)
{
	struct type *t = n->type;

	if (!t || type_kind(t) != TY_RESULT)
		return false;
	diag_error(s->diag, expr_loc(n), "'%s' has type '%s' and is used as %s", expr_text(s, n),
		   type_text(s->arena, t), where);
	if (type_kind(type_strip(s->arena, t)->base) == TY_VOID) {
		diag_note(s->diag, expr_loc(n), "its error is '.err'");
	} else if (can_try(s)) {
		diag_note(s->diag, expr_loc(n),
			  "'?' passes its error on and gives the value; '.err' and '.value' are its members");
		diag_fixit_insert(s->diag, n->end, "?");
	} else {
		diag_note(s->diag, expr_loc(n), "its error is '.err', its value '.value'");
	}
	return true;
}

const char *place_text(struct sema *s, const char *what)
{
	if (!strncmp(what, "argument", 8))
		return what;
	if (!strcmp(what, "return"))
		return arena_printf(s->arena, "'%s'", s->function ? s->function->symbol->name : "the function");
	return arena_printf(s->arena, "the %s", what);
}

/* -- assignability ------------------------------------------------------------------------------------------------- */
static void report_incompatible(struct sema *s, struct type *to, struct type *from, loc_t loc, const char *what)
{
	const char *t = type_text(s->arena, type_unqualified(s->arena, to)), *f = type_text(s->arena, from);

	if (!strcmp(what, "assignment"))
		c_error(s, loc, "incompatible types when assigning to type '%s' from type '%s'", t, f);
	else if (!strcmp(what, "return"))
		c_error(s, loc, "incompatible types when returning type '%s' but '%s' was expected", f, t);
	else if (!strncmp(what, "argument", 8))
		c_error(s, loc, "incompatible type for %s", what);
	else
		c_error(s, loc, "incompatible types when initializing type '%s' using type '%s'", t, f);
}

/* A plain value where a result(T) is wanted: `return 5;` */
static void report_unwrapped(struct sema *s, struct type *to, struct node *value, struct type *from, loc_t loc,
			     const char *what)
{
	struct type *wanted = type_strip(s->arena, to)->base;
	const char *verb = !strcmp(what, "return") ? "returns" : "takes";

	if (type_kind(from) == TY_VOID) {
		diag_error(s->diag, loc, "%s %s '%s'; did you mean 'ok()'?", place_text(s, what), verb,
			   type_text(s->arena, to));
		diag_note(s->diag, value->loc, "'%s' has no value", expr_text(s, value));
		return;
	}
	if (type_kind(from) == TY_RESULT) {
		diag_error(s->diag, loc, "%s %s '%s', but '%s' has type '%s'", place_text(s, what), verb,
			   type_text(s->arena, to), expr_text(s, value), type_text(s->arena, from));
		if (can_try(s) && type_kind(wanted) != TY_VOID) {
			diag_note(s->diag, value->loc, "'?' passes its error on: 'ok(%s?)'", expr_text(s, value));
		} else {
			diag_note(s->diag, value->loc, "convert it by hand: 'r.err ? err(r.err) : ok(...)'");
		}
		return;
	}
	if (type_kind(wanted) == TY_VOID) {
		diag_error(s->diag, loc, "%s %s '%s', which has no value; did you mean 'ok()'?", place_text(s, what),
			   verb, type_text(s->arena, to));
		diag_fixit_replace(s->diag, value->begin, value->end, "ok()");
		return;
	}
	diag_error(s->diag, loc, "%s %s '%s', not '%s'; did you mean 'ok(%s)'?", place_text(s, what), verb,
		   type_text(s->arena, to), type_text(s->arena, from), expr_text(s, value));
	diag_fixit_insert(s->diag, value->begin, "ok(");
	diag_fixit_insert(s->diag, value->end, ")");
}

void report_unwrapped_branch(struct sema *s, struct type *result, struct node *branch)
{
	diag_error(s->diag, expr_loc(branch), "one branch of '?:' is '%s', the other '%s'; did you mean 'ok(%s)'?",
		   type_text(s->arena, result), type_text(s->arena, rvalue_of(s, branch)), expr_text(s, branch));
	diag_fixit_insert(s->diag, branch->begin, "ok(");
	diag_fixit_insert(s->diag, branch->end, ")");
}

static bool gives(struct sema *s, struct type *future, struct type *value)
{
	return is_awaitable(s, future) &&
	       type_compatible_unqualified(type_strip(s->arena, future)->base, type_unqualified(s->arena, value));
}

/* Futures, tasks, streams, channels and closures convert to nothing but themselves. */
static void report_future(struct sema *s, struct type *to, struct node *value, struct type *from, loc_t loc,
			  const char *what)
{
	bool same = type_kind(to) == type_kind(from);

	if (same || !kind_word(from) || (kind_word(to) && !gives(s, from, to))) {
		diag_error(s->diag, loc, "%s takes '%s', but '%s' has type '%s'", place_text(s, what),
			   type_text(s->arena, to), expr_text(s, value), type_text(s->arena, from));
		if (type_kind(to) == TY_TASK && type_kind(from) == TY_FUTURE)
			diag_note(s->diag, expr_loc(value), "'async_spawn(%s)' makes a task of it", expr_text(s, value));
		else if (type_kind(to) == TY_FUTURE && !same)
			diag_note(s->diag, expr_loc(value),
				  "a future comes from calling an async function without '.await'");
		else if (type_kind(to) == TY_CLOSURE && function_of(s, from))
			diag_note(s->diag, expr_loc(value), "a closure that calls it is written 'async |...| { return %s(...).await; }'",
				  expr_text(s, value));
		else if (same && type_kind(to) == TY_FUTURE)
			diag_note(s->diag, expr_loc(value),
				  "futures of different types don't convert: await it in an async function that converts "
				  "the value");
		return;
	}
	if (!is_awaitable(s, from)) {
		diag_error(s->diag, expr_loc(value), "%s stands where %s takes '%s'", describe_future(s, value),
			   place_text(s, what), type_text(s->arena, type_unqualified(s->arena, to)));
		if (!function_of(s, to))
			note_use(s, value);
		return;
	}
	if (!strcmp(what, "return"))
		diag_error(s->diag, expr_loc(value), "%s is returned, but %s returns '%s'; did you mean '%s'?",
			   describe_future(s, value), place_text(s, what), type_text(s->arena, to), await_word(s));
	else
		diag_error(s->diag, expr_loc(value), "%s stands where %s takes '%s'; did you mean '%s'?",
			   describe_future(s, value), place_text(s, what),
			   type_text(s->arena, type_unqualified(s->arena, to)), await_word(s));
	offer_await(s, value);
}

/* A closure that captures nothing is an async function; there the expression takes the pointer's type. */
static bool is_plain_closure(struct sema *s, struct type *to, struct node *value)
{
	struct node *e = node_strip(value);
	const struct function *f = e->kind == N_CLOSURE ? e->ann : NULL;
	struct type *want = function_of(s, to), *have;

	if (!want || !f || f->capture_count || type_kind(to) != TY_POINTER || type_kind(e->type) != TY_CLOSURE)
		return false;
	have = type_strip(s->arena, e->type);
	if (!want->u.function.is_async || want->u.function.param_count != have->u.function.param_count ||
	    !type_compatible_unqualified(want->base, have->base))
		return false;
	for (unsigned i = 0; i < want->u.function.param_count; i++)
		if (!type_compatible_unqualified(want->u.function.params[i].type, have->u.function.params[i].type))
			return false;
	for (struct node *x = value; x != e && x->kind == N_PAREN; x = x->u.PAREN.inner)
		x->type = type_unqualified(s->arena, to);
	e->type = type_unqualified(s->arena, to);
	return true;
}

static void note_closure(struct sema *s, struct type *to, struct node *value)
{
	struct node *e = node_strip(value);
	const struct function *f = e->kind == N_CLOSURE ? e->ann : NULL;

	if (type_kind(value->type) != TY_CLOSURE || !function_of(s, to))
		return;
	if (f && f->capture_count)
		diag_note(s->diag, f->captures[0].first_use, "it captures '%s'; only a closure without captures is a function",
			  f->captures[0].outer->name);
	else if (!f)
		diag_note(s->diag, expr_loc(value), "only a closure that captures nothing converts, where it is written");
}

static bool transparent_takes(struct sema *s, struct type *to)
{
	struct type *t = type_strip(s->arena, to);

	return t->kind == TY_UNION && t->u.tag->transparent_union;
}

static bool is_scalar_like(struct type *t)
{
	return type_is_arithmetic(t) || type_kind(t) == TY_POINTER || type_kind(t) == TY_NULLPTR;
}

/* `async_future` of the runtime's headers: what plain C knows of a future. */
static bool takes_any_future(struct sema *s, struct type *to)
{
	struct type *frame = type_kind(to) == TY_POINTER ? type_strip(s->arena, type_strip(s->arena, to)->base) : NULL;
	return frame && frame->kind == TY_STRUCT && frame->u.tag->name && !strcmp(frame->u.tag->name, "async__frame");
}

void check_assignable(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what)
{
	struct type *from = rvalue_of(s, value);
	enum type_kind k = type_kind(to), f = type_kind(from);
	loc_t at = expr_loc(value);

	if (k == TY_ERROR || f == TY_ERROR || k == TY_AUTO || k == TY_VA_LIST || f == TY_VA_LIST)
		return;
	if (report_async_mix(s, to, value, at, place_text(s, what)))
		return;
	if (type_compatible_unqualified(type_unqualified(s->arena, to), from))
		return;
	if (report_other_function(s, to, value, at, what))
		return;
	/* `{0}`: no task, channel or stream yet. */
	if ((k == TY_TASK || k == TY_CHAN || k == TY_STREAM) && (value->flags & NF_NULL_CONST))
		return;
	if (is_plain_closure(s, to, value))
		return;
	if (takes_any_future(s, to) && f == TY_FUTURE)
		return;
	if (kind_word(to) || kind_word(from)) {
		report_future(s, to, value, from, at, what);
		note_closure(s, to, value);
		mark_misused(value);
		return;
	}
	if (k == TY_RESULT) {
		report_unwrapped(s, to, value, from, at, what);
		return;
	}
	if (is_scalar_like(to) && is_scalar_like(from)) {
		/* Pointers from integers and the like are warnings; floating types and pointers don't mix at all. */
		if ((k != TY_POINTER || (!type_is_floating(from) && f != TY_COMPLEX)) &&
		    (f != TY_POINTER || (!type_is_floating(to) && k != TY_COMPLEX)))
			return;
	}
	if ((k == TY_VECTOR || f == TY_VECTOR) && to->size == from->size)
		return;
	if (transparent_takes(s, to))
		return;
	if (f == TY_RESULT &&
	    (!type_is_record(to) ||
	     type_compatible_unqualified(type_unqualified(s->arena, to), type_strip(s->arena, from)->base))) {
		reject_result(s, value,
			      arena_printf(s->arena, "'%s'", type_text(s->arena, type_unqualified(s->arena, to))));
		return;
	}
	if (f == TY_VOID)
		c_error(s, at, "void value not ignored as it ought to be");
	else
		report_incompatible(s, to, from, !strcmp(what, "assignment") ? loc : at, what);
}

/* `to` is a pointer and the value an integer, or the other way round; 0 is a pointer, and a pointer a bool. */
static bool mixes_pointers(struct type *to, struct type *from, const struct node *value)
{
	if (type_kind(to) == TY_POINTER)
		return type_is_integer(from) && !(value->flags & NF_NULL_CONST);
	return type_kind(from) == TY_POINTER && type_is_integer(to) && type_kind(to) != TY_BOOL;
}

void check_passed(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what)
{
	struct type *from = rvalue_of(s, value);

	check_assignable(s, to, value, loc, what);
	if (!mixes_pointers(to, from, value))
		return;
	diag_error(s->diag, expr_loc(value), "%s %s '%s', but '%s' has %s '%s'", place_text(s, what),
		   !strcmp(what, "return") ? "returns" : "takes", type_text(s->arena, type_unqualified(s->arena, to)), expr_text(s, value),
		   value->kind == N_ERROR ? "values of type" : "type", type_text(s->arena, from)); /* N_ERROR: of a stream */
	if (type_kind(to) == TY_POINTER && (value->flags & NF_LVALUE) &&
	    type_compatible_unqualified(type_strip(s->arena, to)->base, from)) {
		diag_note(s->diag, expr_loc(value), "did you mean '&%s'?", expr_text(s, value));
		diag_fixit_insert(s->diag, value->begin, "&");
	} else {
		diag_note(s->diag, expr_loc(value), "a cast says that it is meant");
	}
}

void check_condition(struct sema *s, struct node *n)
{
	struct type *t = check_rvalue(s, n, NULL);

	if (type_kind(t) == TY_ERROR || type_is_scalar(t) || type_kind(t) == TY_COMPLEX || type_kind(t) == TY_VECTOR)
		return;
	if (reject_future(s, n, "a condition") || reject_result(s, n, "a condition"))
		return;
	if (type_kind(t) == TY_VOID)
		c_error(s, expr_loc(n), "void value not ignored as it ought to be");
	else
		c_error(s, expr_loc(n), "used %s type value where scalar is required",
			type_kind(t) == TY_UNION ? "union" : "struct");
}
