/* Tasks and nurseries: their methods, what starts a task, and the types of values that may not come.
 *
 * In:  a CALL whose callee is a MEMBER on a value of the dialect, or a spawning function of the library.
 * Out: call_use (CALL_METHOD, CALL_LIBRARY), the call's type; MEMBER.ann has ROLE_METHOD. Methods of channels and
 * streams are typed in channel.c. */
#include "frontend/sema/internal.h"

#include <string.h>

/* -- types ----------------------------------------------------------------------------------------------- */
struct type *maybe_type(struct sema *s, struct type *value, loc_t loc)
{
	value = type_unqualified(s->arena, value);
	if (type_kind(value) == TY_ERROR || type_carries_error(value))
		return value;
	return result_type(s, value, loc);
}

struct type *runtime_struct(struct sema *s, const char *name)
{
	struct tag *tag;

	name = intern_str(name);
	tag = map_get(&s->file_scope->tags, name);
	if (!tag) {
		tag = ARENA_NEW(s->arena, struct tag);
		tag->kind = TAG_STRUCT;
		tag->name = name;
		map_put(&s->file_scope->tags, name, tag);
	}
	return type_of_tag(s->arena, tag);
}

static bool is_struct(const struct type *t, const char *name)
{
	const struct tag *tag = type_kind(t) == TY_STRUCT ? type_tag(t) : NULL;

	return tag && tag->name && !strcmp(tag->name, name);
}

static bool points_to(const struct type *t, const char *name)
{
	return type_kind(t) == TY_POINTER && is_struct(type_core(t)->base, name);
}

enum nursery_kind nursery_of(const struct type *t)
{
	if (points_to(t, "async_nursery"))
		return ASYNC_NURSERY;
	return points_to(t, "sync_nursery") ? SYNC_NURSERY : NOT_A_NURSERY;
}

/* -- which method ---------------------------------------------------------------------------------------- */
static const struct {
	enum dialect_op op;
	const char *name;
	enum type_kind on;
} methods[] = {
#define DIALECT_OP(op, name, on) {DO_##op, name, on},
#include "frontend/sema/dialect_op.def"
#undef DIALECT_OP
};
enum { METHOD_COUNT = sizeof methods / sizeof *methods };

/* What `base.` or `base->` has methods of: TY_TASK, TY_CHAN, TY_STREAM; TY_POINTER: a nursery; TY_VOID: nothing. */
static enum type_kind receiver_kind(const struct type *t)
{
	switch (type_kind(t)) {
	case TY_TASK:
	case TY_CHAN:
	case TY_STREAM:
		return type_kind(t);
	default:
		if (points_to(t, "async__task"))
			return TY_TASK;
		return nursery_of(t) ? TY_POINTER : TY_VOID;
	}
}

static bool method_fits(unsigned i, enum type_kind on, const struct type *t)
{
	if (methods[i].on != on)
		return false;
	switch (methods[i].op) {
	case DO_NURSERY_SPAWN:
		return nursery_of(t) == SYNC_NURSERY;
	case DO_NURSERY_ASYNC_SPAWN:
		return nursery_of(t) == ASYNC_NURSERY;
	case DO_TASK_TRY_UNWRAP:
	case DO_TASK_DETACH: /* async_self() is no handle */
		return type_kind(t) == TY_TASK;
	default:
		return true;
	}
}

static enum dialect_op method_find(const struct type *t, const char *name)
{
	enum type_kind on = receiver_kind(t);

	for (unsigned i = 0; i < METHOD_COUNT; i++)
		if (!strcmp(methods[i].name, name) && method_fits(i, on, t))
			return methods[i].op;
	return DO_NONE;
}

/* Names that other libraries give the same methods. */
static const char *method_by_other_name(const struct type *t, const char *name)
{
	static const struct {
		enum type_kind on;
		const char *other, *name;
	} names[] = {
		{TY_CHAN, "push", "send"},	{TY_CHAN, "put", "send"},	{TY_CHAN, "write", "send"},  {TY_CHAN, "enqueue", "send"},
		{TY_CHAN, "pop", "recv"},	{TY_CHAN, "get", "recv"},	{TY_CHAN, "receive", "recv"}, {TY_CHAN, "read", "recv"},
		{TY_CHAN, "dequeue", "recv"},	{TY_CHAN, "next", "recv"},	{TY_CHAN, "destroy", "free"}, {TY_CHAN, "size", "len"},
		{TY_STREAM, "recv", "next"},	{TY_STREAM, "read", "next"},	{TY_TASK, "stop", "cancel"},  {TY_TASK, "kill", "abort"},
		{TY_TASK, "done", "is_finished"}, {TY_TASK, "is_done", "is_finished"},
	};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].on == receiver_kind(t) && !strcmp(names[i].other, name))
			return names[i].name;
	return NULL;
}

/* `t.join()`: what an await does. */
static bool means_await(const struct type *t, const char *name)
{
	return receiver_kind(t) == TY_TASK && !points_to(t, "async__task") &&
	       (!strcmp(name, "join") || !strcmp(name, "wait") || !strcmp(name, "get") || !strcmp(name, "result"));
}

static const char *method_near(const struct type *t, const char *name)
{
	enum type_kind on = receiver_kind(t);
	const char *other = !strcmp(name, "spawn") ? "async_spawn" : !strcmp(name, "async_spawn") ? "spawn" : method_by_other_name(t, name);

	for (unsigned i = 0; i < METHOD_COUNT; i++) {
		if (!method_fits(i, on, t))
			continue;
		if ((other && !strcmp(methods[i].name, other)) || name_is_near(name, methods[i].name))
			return methods[i].name;
	}
	return NULL;
}

/* `async_nursery`, `task(int)`: in the user's words. */
static const char *receiver_text(struct sema *s, const struct type *t)
{
	switch (nursery_of(t)) {
	case ASYNC_NURSERY:
		return "async_nursery";
	case SYNC_NURSERY:
		return "sync_nursery";
	case NOT_A_NURSERY:
		break;
	}
	return points_to(t, "async__task") ? "the running task" : type_text(s->arena, t);
}

static const char *method_list(struct sema *s, const struct type *t)
{
	enum type_kind on = receiver_kind(t);
	const char *list = NULL;

	for (unsigned i = 0; i < METHOD_COUNT; i++)
		if (method_fits(i, on, t))
			list = list ? arena_printf(s->arena, "%s, '%s'", list, methods[i].name)
				    : arena_printf(s->arena, "'%s'", methods[i].name);
	return list;
}

static void report_no_method(struct sema *s, struct node *member, struct type *t)
{
	const char *name = member->u.MEMBER.name, *near = method_near(t, name);
	const char *whose = points_to(t, "async__task") ? "the running task"
							: arena_printf(s->arena, "'%s'", receiver_text(s, t));

	if (near) {
		diag_error(s->diag, member->loc, "%s has no method '%s'; did you mean '%s'?", whose, name, near);
		diag_fixit_replace(s->diag, member->end - (loc_t)strlen(name), member->end, near);
		if (nursery_of(t) == SYNC_NURSERY && !strcmp(name, "async_spawn"))
			diag_note(s->diag, member->loc, "its children are threads; tasks are those of 'async nursery { |n| ... }'");
		else if (nursery_of(t) == ASYNC_NURSERY && !strcmp(name, "spawn"))
			diag_note(s->diag, member->loc, "its children are tasks; threads are those of 'nursery { |n| ... }'");
		return;
	}
	diag_error(s->diag, member->loc, "%s has no method '%s'", whose, name);
	if (means_await(t, name))
		diag_note(s->diag, member->loc, "'%s.await' waits for the task and gives its value", expr_text(s, member->u.MEMBER.base));
	else
		diag_note(s->diag, member->loc, "it has %s", method_list(s, t));
}

bool report_bare_method(struct sema *s, struct node *member)
{
	struct type *t = type_decayed(s->arena, member->u.MEMBER.base->type);
	const char *name = member->u.MEMBER.name;

	if (receiver_kind(t) == TY_VOID)
		return false;
	use_dialect(s);
	if (method_find(t, name)) {
		diag_error(s->diag, member->loc, "'%s' is a method of '%s' and has to be called", name,
			   receiver_text(s, t));
		diag_fixit_insert(s->diag, member->end, "()");
	} else {
		report_no_method(s, member, t);
	}
	return true;
}

static bool is_real_member(const struct type *pointer, const char *name)
{
	const struct tag *tag = type_kind(pointer) == TY_POINTER ? type_tag(type_core(pointer)->base) : NULL;

	return tag && tag->complete && tag_member(tag, name, &(uint64_t){0});
}

/* -- methods of tasks ------------------------------------------------------------------------------------ */
static void check_task_method(struct sema *s, struct node *n, struct call_use *use)
{
	struct type *text = type_pointer(s->arena, type_qualified(s->arena, type_basic(TY_CHAR), Q_CONST));

	switch (use->op) {
	case DO_TASK_TRY_UNWRAP:
		n->type = maybe_type(s, use->value, n->loc);
		break;
	case DO_TASK_IS_FINISHED:
	case DO_TASK_IS_CANCELLED:
		n->type = type_basic(TY_BOOL);
		break;
	case DO_TASK_ID:
		n->type = type_basic(TY_ULONG);
		break;
	case DO_TASK_NAME:
		n->type = text;
		break;
	case DO_TASK_MAILBOX:
		n->type = type_pointer(s->arena, runtime_struct(s, "async_mailbox"));
		break;
	default:
		n->type = type_basic(TY_VOID);
		break;
	}
	if (use->op == DO_TASK_SET_NAME)
		check_call_args(s, n, "set_name", 1, &text);
	else
		check_call_args(s, n, n->u.CALL.callee->u.MEMBER.name, 0, NULL);
}

/* -- nurseries ------------------------------------------------------------------------------------------- */
static void check_nursery_method(struct sema *s, struct node *n, struct call_use *use)
{
	struct type *size = type_basic(TY_ULONG);
	struct node *future;

	n->type = type_basic(TY_VOID);
	switch (use->op) {
	case DO_NURSERY_ASYNC_SPAWN:
		n->type = type_basic(TY_ERROR);
		if (!(future = future_argument(s, n, "async_spawn")))
			return;
		use->value = future_value(s, future);
		n->type = type_dialect(s->arena, TY_TASK, use->value);
		return;
	case DO_NURSERY_SPAWN:
		for (unsigned i = 0; i < n->u.CALL.args.len; i++)
			check_rvalue(s, n->u.CALL.args.data[i], NULL);
		diag_error(s->diag, n->u.CALL.callee->loc, "'spawn' takes a block");
		diag_note(s->diag, n->u.CALL.callee->loc, "write '%s { %s; }'", expr_text(s, n->u.CALL.callee),
			  n->u.CALL.args.len == 1 ? expr_text(s, n->u.CALL.args.data[0]) : "...");
		return;
	case DO_NURSERY_LIMIT:
		check_call_args(s, n, "limit", 1, &size);
		return;
	case DO_NURSERY_LEN:
		n->type = size;
		break;
	default:
		break;
	}
	check_call_args(s, n, n->u.CALL.callee->u.MEMBER.name, 0, NULL);
}

/* The method that `callee` names, with its base checked. DO_NONE after a report. */
static enum dialect_op resolve_method(struct sema *s, struct node *callee, struct type *t)
{
	struct member_use *use = ARENA_NEW(s->arena, struct member_use);
	enum dialect_op op = method_find(t, callee->u.MEMBER.name);

	use->role = ROLE_METHOD;
	callee->ann = use;
	callee->type = type_basic(TY_ERROR);
	callee->flags |= callee->u.MEMBER.base->flags & NF_HAS_AWAIT;
	if (s->unevaluated)
		callee->flags |= NF_UNEVALUATED;
	use_dialect(s);
	if (!op) {
		report_no_method(s, callee, t);
	} else if (callee->u.MEMBER.arrow && type_kind(t) != TY_POINTER) {
		diag_error(s->diag, callee->loc, "'%s' is no pointer: '.' reaches its methods",
			   expr_text(s, callee->u.MEMBER.base));
		diag_fixit_replace(s->diag, callee->u.MEMBER.base->end,
				   callee->end - (loc_t)strlen(callee->u.MEMBER.name), ".");
	}
	return op;
}

bool check_method_call(struct sema *s, struct node *n)
{
	struct node *callee = n->u.CALL.callee, *base;
	struct call_use *use;
	struct type *t;

	if (callee->kind != N_MEMBER)
		return false;
	base = callee->u.MEMBER.base;
	t = type_decayed(s->arena, check_expr(s, base, NULL)); /* as in record_of: hands out no pointer */
	if (receiver_kind(t) == TY_VOID || !strcmp(callee->u.MEMBER.name, "await") ||
	    (callee->u.MEMBER.arrow && !method_find(t, callee->u.MEMBER.name) &&
	     is_real_member(t, callee->u.MEMBER.name)))
		return false;
	use = call_use_new(s, n, CALL_METHOD);
	use->receiver = base;
	use->value = type_kind(t) == TY_POINTER ? NULL : type_unqualified(s->arena, type_strip(s->arena, t)->base);
	use->op = resolve_method(s, callee, t);
	n->type = type_basic(TY_ERROR);
	if (!use->op) {
		for (unsigned i = 0; i < n->u.CALL.args.len; i++)
			check_rvalue(s, n->u.CALL.args.data[i], NULL);
		return true;
	}
	switch (receiver_kind(t)) {
	case TY_TASK:
		check_task_method(s, n, use);
		break;
	case TY_CHAN:
		check_channel_method(s, n, use);
		break;
	case TY_STREAM:
		check_stream_method(s, n, use);
		break;
	default:
		check_nursery_method(s, n, use);
		break;
	}
	return true;
}

/* -- blocks ---------------------------------------------------------------------------------------------- */
bool check_spawn_callee(struct sema *s, struct node *callee, struct spawn_use *use)
{
	struct type *t;
	struct node *base;

	use->op = DO_SPAWN_BLOCKING;
	use_dialect(s);
	if (callee->kind != N_MEMBER)
		return true;
	base = callee->u.MEMBER.base;
	t = check_rvalue(s, base, NULL);
	use->op = DO_NONE;
	use->receiver = base;
	if (type_kind(t) == TY_ERROR)
		return false;
	if (!nursery_of(t)) {
		diag_error(s->diag, callee->loc, "'%s' has type '%s' and is no nursery", expr_text(s, base),
			   type_text(s->arena, t));
		diag_note(s->diag, callee->loc,
			  "a block is spawned into 'n' of 'async nursery { |n| ... }' or 'nursery { |n| ... }'");
		return false;
	}
	use->op = resolve_method(s, callee, t);
	if (!use->op || use->op == DO_NURSERY_ASYNC_SPAWN || use->op == DO_NURSERY_SPAWN)
		return use->op;
	diag_error(s->diag, callee->loc, "'%s' takes no block", callee->u.MEMBER.name);
	use->op = DO_NONE;
	return false;
}

/* -- functions ------------------------------------------------------------------------------------------- */
void check_spawn(struct sema *s, struct node *n, struct call_use *use)
{
	struct type *text = type_pointer(s->arena, type_qualified(s->arena, type_basic(TY_CHAR), Q_CONST));
	bool named = use->op == DO_SPAWN_NAMED;
	struct node *future;

	if (named && !has_arguments(s, n, "async_spawn_named", 2))
		return;
	if (named)
		check_call_arg(s, n, 0, text, "async_spawn_named");
	future = named ? future_operand(s, n->u.CALL.args.data[1], "async_spawn_named")
		       : future_argument(s, n, "async_spawn");
	if (!future)
		return;
	use->value = future_value(s, future);
	n->type = type_dialect(s->arena, TY_TASK, use->value);
}

/* `spawn_blocking(call(args))`: the arguments are evaluated here, the call runs elsewhere. */
void check_spawn_blocking(struct sema *s, struct node *n, struct call_use *use)
{
	struct node_list *args = &n->u.CALL.args;
	struct node *call;
	struct call_use *operand;

	if (!has_arguments(s, n, "spawn_blocking", 1))
		return;
	check_rvalue(s, args->data[0], NULL);
	call = node_strip(args->data[0]);
	operand = call->kind == N_CALL ? call->ann : NULL;
	if (type_kind(call->type) == TY_ERROR)
		return;
	if (operand && operand->role == CALL_C) {
		use->value = type_unqualified(s->arena, call->type);
		n->type = type_dialect(s->arena, TY_FUTURE, use->value);
		return;
	}
	if (type_kind(call->type) == TY_FUTURE) {
		diag_error(s->diag, expr_loc(call), "'%s' is a future; 'spawn_blocking' takes a call of an ordinary function",
			   expr_text(s, call));
		diag_note(s->diag, expr_loc(call), "async code doesn't block: await it, or start it with 'async_spawn'");
		return;
	}
	diag_error(s->diag, expr_loc(call), "'spawn_blocking' takes a call of an ordinary function, or a block");
	diag_note(s->diag, expr_loc(call), "write 'spawn_blocking { return %s; }'", expr_text(s, call));
}

void check_self(struct sema *s, struct node *n)
{
	check_call_args(s, n, "async_self", 0, NULL);
	n->type = type_pointer(s->arena, runtime_struct(s, "async__task"));
}
