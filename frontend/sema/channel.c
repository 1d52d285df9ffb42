/* Channels and streams: their methods, and the functions that make channels.
 *
 * In:  a CALL_METHOD whose receiver is a chan(T) or a stream(T), checked; a TYPED_CALL.
 * Out: the call's type. What waits gives a future; a value that comes from outside is a result(T). */
#include "frontend/sema/internal.h"

#include <string.h>

static struct type *future_of(struct sema *s, struct type *value)
{
	return type_kind(value) == TY_ERROR ? value : type_dialect(s->arena, TY_FUTURE, value);
}

void check_channel_method(struct sema *s, struct node *n, struct call_use *use)
{
	const char *name = n->u.CALL.callee->u.MEMBER.name;
	bool takes_value = use->op == DO_CHAN_SEND || use->op == DO_CHAN_TRY_SEND;

	switch (use->op) {
	case DO_CHAN_SEND:
		n->type = future_of(s, type_basic(TY_INT));
		break;
	case DO_CHAN_RECV:
		n->type = future_of(s, result_type(s, use->value, n->u.CALL.callee->loc));
		break;
	case DO_CHAN_TRY_SEND:
		n->type = type_basic(TY_INT);
		break;
	case DO_CHAN_TRY_RECV:
		n->type = result_type(s, use->value, n->u.CALL.callee->loc);
		break;
	case DO_CHAN_IS_CLOSED:
		n->type = type_basic(TY_BOOL);
		break;
	case DO_CHAN_LEN:
	case DO_CHAN_CAPACITY:
		n->type = type_basic(TY_ULONG);
		break;
	default:
		n->type = type_basic(TY_VOID);
		break;
	}
	check_call_args(s, n, name, takes_value, &use->value);
}

void check_stream_method(struct sema *s, struct node *n, struct call_use *use)
{
	struct node *callee = n->u.CALL.callee;

	n->type = future_of(s, use->op == DO_STREAM_NEXT ? result_type(s, use->value, callee->loc) : type_basic(TY_INT));
	check_call_args(s, n, callee->u.MEMBER.name, 0, NULL);
	if (use->receiver->flags & NF_LVALUE)
		return;
	/* Nobody could take its second value, or close it. */
	diag_error(s->diag, callee->loc, "'%s' of a stream that is in no variable", callee->u.MEMBER.name);
	diag_note(s->diag, expr_loc(use->receiver), "keep it: 'stream(%s) s = %s;'", type_text(s->arena, use->value),
		  expr_text(s, use->receiver));
}

/* -- channels and pending futures of a type ---------------------------------------------------------------- */
static bool can_travel(struct sema *s, struct type *value, loc_t loc)
{
	const char *why = NULL;

	switch (type_kind(value)) {
	case TY_ERROR:
		return false;
	case TY_VOID:
		why = "there is no value to send; 'bool' is the smallest one";
		break;
	case TY_ARRAY:
		why = "an array can't be assigned; put it into a struct";
		break;
	case TY_FUNCTION:
		why = "a function can't be assigned; use a pointer to it";
		break;
	default:
		if (!type_is_complete(value))
			why = "the type is incomplete here";
		else if (value->is_vm)
			why = "the type has a size that is known only at run time";
		break;
	}
	if (why)
		diag_error(s->diag, loc, "'chan(%s)' is not a type: %s", type_text(s->arena, value), why);
	return !why;
}

struct type *channel_type(struct sema *s, struct type *value, loc_t loc)
{
	use_dialect(s);
	value = type_unqualified(s->arena, value);
	return can_travel(s, value, loc) ? type_dialect(s->arena, TY_CHAN, value) : type_basic(TY_ERROR);
}

static const struct {
	const char *name;
	enum dialect_op op;
	unsigned min, max; /* arguments behind the type */
} typed_calls[] = {
	{"async_channel", DO_CHANNEL, 0, 1}, {"async_broadcast", DO_BROADCAST, 1, 1}, {"async_watch", DO_WATCH, 0, 0},
	{"async_oneshot", DO_ONESHOT, 0, 0}, {"async_pending", DO_PENDING, 0, 0},
};

void check_typed_call(struct sema *s, struct node *n)
{
	struct call_use *use = call_use_new(s, n, CALL_LIBRARY);
	struct node_list *args = &n->u.TYPED_CALL.args;
	const char *name = n->u.TYPED_CALL.name;
	unsigned i = 0;

	use->value = type_unqualified(s->arena, check_type_name(s, n->u.TYPED_CALL.type_name));
	n->type = type_basic(TY_ERROR);
	use_dialect(s);
	while (i < sizeof typed_calls / sizeof *typed_calls && strcmp(typed_calls[i].name, name))
		i++;
	for (unsigned k = 0; k < args->len; k++) {
		check_rvalue(s, args->data[k], type_basic(TY_ULONG));
		check_passed(s, type_basic(TY_ULONG), args->data[k], args->data[k]->loc,
				 arena_printf(s->arena, "argument %u of '%s'", k + 2, name));
	}
	if (i == sizeof typed_calls / sizeof *typed_calls)
		return;
	use->op = typed_calls[i].op;
	if (args->len < typed_calls[i].min || args->len > typed_calls[i].max) {
		diag_error(s->diag, n->loc, "'%s' takes a type%s", name,
			   !typed_calls[i].max	 ? " alone"
			   : typed_calls[i].min ? " and the number of values that it holds"
						 : " and, if it is bounded, the number of values that it holds");
		return;
	}
	if (use->op != DO_PENDING)
		n->type = channel_type(s, use->value, n->u.TYPED_CALL.type_name->begin);
	else if (type_kind(use->value) != TY_ERROR)
		n->type = type_dialect(s->arena, TY_FUTURE, use->value);
}
