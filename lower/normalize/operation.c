/* Methods and functions of the library.
 *
 *     t.cancel()                    -> async__task_cancel(t)
 *     c.try_recv()                  -> (t1.err = async__chan_try_recv(c, &t1.value), t1)
 *     c.recv().await                -> t2 = await async__chan_recv(c, &t1.value); t1.err = t2;                       t1
 *     t.await                       -> t2 = await async__join(&t, &t1, sizeof t1, 4); if (t2) t1 = t2;                t1
 *     async_timeout(f(x), 5).await  -> a deadline around `await f(x)`
 *     c.recv()                      -> f__block_1(c)          not awaited in place: the block `async { return c.recv().await; }`
 *
 * A value that may not come is an object; the operation writes into it what comes, and its own error goes to where that object has one. */
#include "lower/normalize/internal.h"

/* -- calls of C functions ---------------------------------------------------------------------------------------------- */

struct node *keep_handle(struct normalizer *n, struct node *e)
{
	struct node *x = node_copy(n->arena, node_strip(e));

	x->flags |= NF_KEEP;
	return x;
}

static const char *plain_function(enum dialect_op op, bool sync)
{
	switch (op) {
	case DO_TASK_CANCEL: return "async__task_cancel";
	case DO_TASK_ABORT: return "async__task_abort";
	case DO_TASK_IS_FINISHED: return "async__task_is_finished";
	case DO_TASK_IS_CANCELLED: return "async__task_is_cancelled";
	case DO_TASK_DETACH: return "async__task_detach";
	case DO_TASK_ID: return "async__task_id";
	case DO_TASK_NAME: return "async__task_name";
	case DO_TASK_SET_NAME: return "async__task_set_name";
	case DO_TASK_MAILBOX: return "async__task_mailbox";
	case DO_CHAN_CLOSE: return "async__chan_close";
	case DO_CHAN_IS_CLOSED: return "async__chan_is_closed";
	case DO_CHAN_LEN: return "async__chan_len";
	case DO_CHAN_CAPACITY: return "async__chan_capacity";
	case DO_CHAN_FREE: return "async__chan_free";
	case DO_NURSERY_CANCEL: return sync ? "async__sync_nursery_cancel" : "async__nursery_cancel";
	case DO_NURSERY_LEN: return sync ? "async__sync_nursery_len" : "async__nursery_len";
	case DO_NURSERY_LIMIT: return sync ? "async__sync_nursery_limit" : "async__nursery_limit";
	case DO_NURSERY_COLLECT: return sync ? "async__sync_nursery_collect" : "async__nursery_collect";
	case DO_CLOSURE_DROP: return "closure_drop";
	case DO_SELF: return "async_self";
	default: return NULL;
	}
}

static bool is_sync_nursery(const struct node *receiver)
{
	const struct type *t = receiver ? type_core(receiver->type) : NULL;
	const struct tag *tag = t && t->kind == TY_POINTER ? type_tag(t->base) : NULL;

	return tag && tag->name && !strcmp(tag->name, "sync_nursery");
}

/* async_channel(T, n) and its kin: async__chan_new(sizeof(T), capacity, shape). */
static struct node *channel_call(struct normalizer *n, struct node *e)
{
	struct call_use *use = e->ann;
	struct node_list *args = &e->u.TYPED_CALL.args;
	struct node *x = source_call(n, "async__chan_new", e->type, e);
	const char *shape = "ASYNC__CHAN_QUEUE";

	switch (use->op) {
	case DO_BROADCAST: shape = "ASYNC__CHAN_BROADCAST"; break;
	case DO_WATCH: shape = "ASYNC__CHAN_WATCH"; break;
	case DO_ONESHOT: shape = "ASYNC__CHAN_ONESHOT"; break;
	default: break;
	}
	push_arg(n, x, new_number(n, (long)use->value->size, e->loc));
	if (args->len)
		push_arg(n, x, args->data[0]);
	else
		push_arg(n, x, new_text(n, e->loc, use->op == DO_CHANNEL ? "(size_t)-1" : "1"));
	push_arg(n, x, new_text(n, e->loc, "%s", shape));
	return x;
}

struct node *library_call(struct normalizer *n, struct node *e)
{
	struct call_use *use = e->ann;
	const char *function = plain_function(use->op, is_sync_nursery(use->receiver));
	struct node *x;

	if (e->kind == N_TYPED_CALL && use->op != DO_PENDING)
		return channel_call(n, e);
	if (type_kind(e->type) == TY_FUTURE)
		return operation_future(n, e);
	if (is_immediate(e))
		return NULL;
	if (!function)
		return spawn_call(n, e);
	x = source_call(n, function, e->type, e);
	if (use->receiver)
		push_arg(n, x, use->op == DO_TASK_DETACH || !(use->receiver->flags & NF_LVALUE) ? use->receiver : keep_handle(n, use->receiver));
	for (unsigned i = 0; i < e->u.CALL.args.len; i++)
		push_arg(n, x, e->u.CALL.args.data[i]);
	return x;
}

/* -- values that may not come ------------------------------------------------------------------------------------------ */

/* An object of the type of such a value, and where an operation writes the T. */
struct maybe {
	struct symbol *object;  /* NULL: nobody wants it */
	struct type *value;     /* the T */
	bool own;               /* the T carries errors itself */
	loc_t loc;
};

static struct maybe maybe_declare(struct normalizer *n, struct type *type, struct type *value, bool in_block, loc_t loc)
{
	/* (A type that is its own value's: the error goes elsewhere.) */
	struct maybe m = { .value = value, .own = type == value || type_carries_error(value), .loc = loc };

	if (in_block) {
		m.object = block_temp(n, type, "t");
	} else {
		m.object = new_temp(n, type, "t");
		emit_declaration(n, m.object, NULL, loc);
	}
	m.object->address_taken = true;
	return m;
}

static struct node *void_pointer(struct normalizer *n, struct node *e)
{
	return new_unary(n, OP_ADDR, e, type_pointer(n->arena, e->type));
}

/* Where the value goes. */
static struct node *maybe_place(struct normalizer *n, struct maybe *m)
{
	if (!m->object || type_kind(m->value) == TY_VOID)
		return new_text(n, m->loc, "(void *)0");
	struct node *x = new_ident(n, m->object, m->loc);
	return void_pointer(n, m->own ? x : new_member(n, x, "value", m->value));
}

static struct node *maybe_size(struct normalizer *n, struct maybe *m)
{
	return new_number(n, m->object ? (long)type_core(m->value)->size : 0, m->loc);
}

static struct node *maybe_align(struct normalizer *n, struct maybe *m)
{
	return new_number(n, m->object && type_kind(m->value) != TY_VOID ? (long)m->value->align : 1, m->loc);
}

/* Where its error goes. */
static struct node *maybe_error(struct normalizer *n, struct maybe *m)
{
	struct node *x = new_ident(n, m->object, m->loc);

	return type_kind(m->object->type) == TY_RESULT ? new_member(n, x, "err", type_basic(TY_INT)) : x;
}

/* `rc`, of the operation itself, goes into the object. */
static void maybe_settle(struct normalizer *n, struct maybe *m, struct symbol *rc)
{
	struct node *set, *block;

	if (!m->object)
		return;
	set = new_expr_stmt(n, new_assign(n, maybe_error(n, m), new_ident(n, rc, m->loc)));
	if (!m->own) {
		emit(n, set);
		return;
	}
	block = new_compound(n, m->loc);
	node_list_push(n->arena, &block->u.COMPOUND.items, set);
	emit(n, new_if(n, new_ident(n, rc, m->loc), block, NULL));
}

struct node *deliver(struct normalizer *n, struct symbol *value, struct symbol *into, loc_t loc)
{
	if (!value)
		return NULL;
	if (!into || into == value)
		return new_ident(n, value, loc);
	emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, into, loc), new_ident(n, value, loc))));
	return new_ident(n, into, loc);
}

/* async_spawn(f()).set_name("x"): (t1 = ..., async__task_set_name(t1, "x"), async__task_drop(t1)); a nursery's child goes on without its handle. */
static struct node *on_temporary_task(struct normalizer *n, struct node *e, struct node *receiver, struct node *arg)
{
	struct call_use *use = e->ann;
	struct node *source = node_strip(use->receiver), *call, *end, *result = NULL;
	struct call_use *spawned = source->kind == N_CALL ? source->ann : NULL;
	bool child = source->kind == N_SPAWN_BLOCK || (spawned && spawned->role == CALL_METHOD && spawned->op == DO_NURSERY_ASYNC_SPAWN);
	struct symbol *t = block_temp(n, type_pointer(n->arena, type_basic(TY_VOID)), "t");

	call = new_call(n, plain_function(use->op, false), e->type, e->loc);
	push_arg(n, call, new_ident(n, t, e->loc));
	if (arg)
		push_arg(n, call, arg);
	if (type_kind(e->type) != TY_VOID) {
		struct symbol *r = block_temp(n, e->type, "t");
		call = new_assign(n, new_ident(n, r, e->loc), call);
		result = new_ident(n, r, e->loc);
	}
	end = new_call(n, child ? "async__task_detach" : "async__task_drop", type_basic(TY_VOID), e->loc);
	push_arg(n, end, new_ident(n, t, e->loc));
	if (result)
		end = new_sequence(n, end, result);
	return new_sequence(n, new_assign(n, new_ident(n, t, e->loc), receiver), new_sequence(n, call, end));
}

/* try_send, try_recv, try_unwrap: expressions; the operands are lowered. */
static struct node *immediate(struct normalizer *n, struct node *e, struct node *receiver, struct node *arg)
{
	struct call_use *use = e->ann;
	loc_t loc = e->loc;
	struct node *call;

	if (use->op == DO_CHAN_TRY_SEND) {
		struct symbol *t = block_temp(n, use->value, "t");
		t->address_taken = true;
		call = new_call(n, "async__chan_try_send", type_basic(TY_INT), loc);
		push_arg(n, call, receiver);
		push_arg(n, call, void_pointer(n, new_ident(n, t, loc)));
		return new_sequence(n, new_assign(n, new_ident(n, t, loc), arg), call);
	}
	if (use->op != DO_CHAN_TRY_RECV && use->op != DO_TASK_TRY_UNWRAP)
		return on_temporary_task(n, e, receiver, arg);
	struct maybe m = maybe_declare(n, e->type, use->value, true, loc);
	m.own = m.own && use->op == DO_TASK_TRY_UNWRAP;
	if (use->op == DO_CHAN_TRY_RECV) {
		call = new_call(n, "async__chan_try_recv", type_basic(TY_INT), loc);
		push_arg(n, call, receiver);
	} else {
		call = new_call(n, "async__task_try_unwrap", type_basic(TY_INT), loc);
		push_arg(n, call, handle_address(n, receiver, use->receiver->type));
	}
	push_arg(n, call, maybe_place(n, &m));
	if (!m.own)
		return new_sequence(n, new_assign(n, maybe_error(n, &m), call), new_ident(n, m.object, loc));
	struct symbol *rc = block_temp(n, type_basic(TY_INT), "t");
	struct node *x = make(n, N_COND, loc, type_basic(TY_INT));
	x->u.COND.cond = new_paren(n, new_assign(n, new_ident(n, rc, loc), call));
	x->u.COND.then = new_paren(n, new_assign(n, maybe_error(n, &m), new_ident(n, rc, loc)));
	x->u.COND.otherwise = new_number(n, 0, loc);
	return new_sequence(n, new_cast(n, type_basic(TY_VOID), new_paren(n, x)), new_ident(n, m.object, loc));
}

bool is_immediate(const struct node *e)
{
	const struct call_use *use = e->kind == N_CALL ? e->ann : NULL;

	if (!use || use->role != CALL_METHOD)
		return false;
	if (use->op == DO_CHAN_TRY_SEND || use->op == DO_CHAN_TRY_RECV || use->op == DO_TASK_TRY_UNWRAP)
		return true;
	return type_kind(use->receiver->type) == TY_TASK && !(use->receiver->flags & NF_LVALUE) && use->op != DO_TASK_DETACH;
}

static struct node *receiver_operand(struct normalizer *n, struct call_use *use)
{
	return use->op == DO_TASK_TRY_UNWRAP && use->receiver->flags & NF_LVALUE ? keep_handle(n, use->receiver) : use->receiver;
}

/* A temporary handle has an address too. */
static struct node *addressable(struct normalizer *n, struct node *lowered, struct node *source)
{
	if (source->flags & NF_LVALUE)
		return lowered;
	struct symbol *t = block_temp(n, type_pointer(n->arena, type_basic(TY_VOID)), "t");
	struct node *set = new_assign(n, new_ident(n, t, source->loc), lowered);
	struct node *x = new_sequence(n, set, new_unary(n, OP_ADDR, new_ident(n, t, source->loc), type_pointer(n->arena, t->type)));
	return new_paren(n, new_unary(n, OP_DEREF, x, t->type));
}

struct node *copy_immediate(struct normalizer *n, struct node *e)
{
	struct call_use *use = e->ann;
	struct node *receiver = copy_expr(n, receiver_operand(n, use));

	if (use->op == DO_TASK_TRY_UNWRAP)
		receiver = addressable(n, receiver, use->receiver);
	return immediate(n, e, receiver, e->u.CALL.args.len ? copy_expr(n, e->u.CALL.args.data[0]) : NULL);
}

struct node *flatten_immediate(struct normalizer *n, struct node *e)
{
	struct call_use *use = e->ann;
	struct node *operands[2] = { receiver_operand(n, use), e->u.CALL.args.len ? e->u.CALL.args.data[0] : NULL };

	flatten_operands(n, operands, 2);
	if (use->op == DO_TASK_TRY_UNWRAP)
		operands[0] = addressable(n, operands[0], use->receiver);
	return immediate(n, e, operands[0], operands[1]);
}

/* -- awaits ------------------------------------------------------------------------------------------------------------ */

/* For an operation's own value; NULL where that is dropped. */
static struct symbol *declare_error(struct normalizer *n, bool dropped, loc_t loc)
{
	struct symbol *rc = dropped ? NULL : new_temp(n, type_basic(TY_INT), "t");

	if (rc)
		emit_declaration(n, rc, NULL, loc);
	return rc;
}

/* Emits an operation; its arguments are lowered. */
static struct symbol *emit_checked(struct normalizer *n, const char *name, struct node **args, unsigned count, const char *text, bool dropped, loc_t loc)
{
	struct symbol *rc = declare_error(n, dropped, loc);

	emit_operation(n, name, args, count, text, rc, loc);
	return rc;
}

struct node *await_task(struct normalizer *n, struct node *member, struct symbol *into, bool dropped, struct symbol **error)
{
	struct node *handle = member->u.MEMBER.base;
	struct type *value = type_unqualified(n->arena, type_strip(n->arena, handle->type)->base);
	struct maybe m = { .value = value, .own = type_carries_error(value), .loc = member->loc };
	struct node_list *out = n->out;
	struct pending *outer = n->pending;
	struct node *block = NULL, *place;

	if (!dropped || error)
		m = maybe_declare(n, error ? value : member->type, value, false, member->begin);
	m.loc = member->loc;
	struct symbol *rc = declare_error(n, !m.object, member->loc);
	if (handle->flags & NF_LVALUE) {
		place = flatten_lvalue(n, keep_handle(n, handle), NULL, 0);
	} else {
		/* A handle without a variable: what is left of it when the await was interrupted is dropped. */
		struct node *task = flatten(n, handle);
		struct symbol *t = new_temp(n, handle->type, "t");
		block = new_compound(n, member->loc);
		n->out = &block->u.COMPOUND.items;
		emit_declaration(n, t, task, member->begin);
		pending_push(n, PENDING_TASK, NULL, t, member->begin);
		place = new_ident(n, t, member->loc);
	}
	struct node *args[] = { handle_address(n, place, handle->type), maybe_place(n, &m) };
	emit_operation(n, "async__join", args, 2, "task", rc, member->loc);
	if (error)
		*error = rc;
	else
		maybe_settle(n, &m, rc);
	if (block) {
		pending_finish(n, outer, member->loc);
		n->out = out;
		emit(n, block);
	}
	return deliver(n, m.object, into, member->loc);
}

static struct node *await_send(struct normalizer *n, struct node *member, struct type *type, struct node *channel, struct node *value, const char *text,
			       struct symbol *into, bool dropped)
{
	loc_t loc = member->loc;
	struct symbol *t = new_temp(n, type, "t"), *rc;
	bool moves = type_moves(type);
	struct pending *outer = n->pending;
	struct node *block = new_compound(n, loc), *sent;
	struct node_list *out = n->out;

	bool by_value = type->size == 8;
	t->address_taken = !by_value;
	rc = dropped && !moves ? NULL : new_temp(n, type_basic(TY_INT), "t");
	if (rc)
		emit_declaration(n, rc, NULL, loc);
	n->out = &block->u.COMPOUND.items;
	emit_declaration(n, t, value, member->begin);
	if (moves)
		pending_push(n, pending_kind_of(type), NULL, t, member->begin);
	struct node *args[] = { channel, void_pointer(n, new_ident(n, t, loc)) };
	if (by_value) {
		struct node *word = new_call(n, "async__word", type_basic(TY_ULONG), loc);
		push_arg(n, word, args[1]);
		args[1] = word;
	}
	emit_operation(n, by_value ? "async__chan_send8" : "async__chan_send", args, 2, text, rc, loc);
	if (moves) {
		/* A handle that was not sent is still here. */
		sent = new_compound(n, loc);
		node_list_push(n->arena, &sent->u.COMPOUND.items, new_expr_stmt(n, new_assign(n, new_ident(n, t, loc), no_handle(n, type, loc))));
		emit(n, new_if(n, new_unary(n, OP_NOT, new_ident(n, rc, loc), type_basic(TY_INT)), sent, NULL));
	}
	pending_finish(n, outer, loc);
	n->out = out;
	emit(n, block);
	return deliver(n, rc, into, loc);
}

/* send, recv, next, close. */
struct node *await_method(struct normalizer *n, struct node *member, struct node *call, struct symbol *into, bool dropped, struct symbol **error)
{
	struct call_use *use = call->ann;
	struct node *operands[2] = { use->receiver, call->u.CALL.args.len ? call->u.CALL.args.data[0] : NULL };
	bool stream = use->op == DO_STREAM_NEXT || use->op == DO_STREAM_CLOSE;
	struct maybe m = { .value = use->value, .loc = member->loc };
	const char *text = await_text(n, call);
	struct symbol *rc;

	if (stream)
		operands[0] = handle_address(n, keep_handle(n, use->receiver), use->receiver->type);
	flatten_operands(n, operands, 2);
	if (use->op == DO_CHAN_SEND)
		return await_send(n, member, use->value, operands[0], operands[1], text, into, dropped);
	if (use->op == DO_STREAM_CLOSE) {
		rc = emit_checked(n, "async__stream_close", operands, 1, text, dropped, member->loc);
		return deliver(n, rc, into, member->loc);
	}
	/* A dropped message has to go somewhere too. */
	m.value = error ? type_unqualified(n->arena, use->value) : use->value;
	m = maybe_declare(n, error ? m.value : member->type, m.value, false, member->begin);
	m.own = error != NULL;
	struct node *args[] = { operands[0], maybe_place(n, &m), maybe_size(n, &m), maybe_align(n, &m) };
	rc = emit_checked(n, stream ? "async__stream_next" : use->value->size == 8 ? "async__chan_recv8" : "async__chan_recv", args, stream ? 4 : 2, text,
			  dropped && !error, member->loc);
	if (error)
		*error = rc;
	else if (!dropped)
		maybe_settle(n, &m, rc);
	return dropped ? NULL : deliver(n, m.object, into, member->loc);
}

/* An await whose operation has an error of its own, and gives a value that has none: under `?` the two need no result(T) to meet in. */
static bool is_separable(const struct node *member, const struct node *source)
{
	const struct call_use *use = source->kind == N_CALL ? source->ann : NULL;
	const struct type *task = type_kind(member->u.MEMBER.base->type) == TY_TASK ? type_core(member->u.MEMBER.base->type) : NULL;

	if (task)
		return type_kind(task->base) != TY_VOID && !type_carries_error(task->base);
	return use && use->role == CALL_METHOD && (use->op == DO_CHAN_RECV || use->op == DO_STREAM_NEXT);
}

bool await_separated(struct normalizer *n, struct node *member, bool dropped, struct symbol **error, struct node **value)
{
	struct node *source = node_strip(member->u.MEMBER.base);

	if (!is_separable(member, source))
		return false;
	*value = type_kind(member->u.MEMBER.base->type) == TY_TASK ? await_task(n, member, NULL, dropped, error)
								   : await_method(n, member, source, NULL, dropped, error);
	return true;
}

/* Nothing: what the C compiler sees on ways that it can't tell are never taken. */
static struct node *no_value(struct normalizer *n, struct type *type, loc_t loc)
{
	struct node *list = make(n, N_INIT_LIST, loc, type), *item;

	if (type_is_record(type))
		return list;
	item = make(n, N_INIT_ITEM, loc, NULL);
	item->u.INIT_ITEM.value = new_number(n, 0, loc);
	node_list_push(n->arena, &list->u.INIT_LIST.items, item);
	return list;
}

/* Awaits `future` (source form) into an object of its value's type. */
struct symbol *await_into(struct normalizer *n, struct node *future, struct type *type, loc_t loc)
{
	struct node *member = new_await(n, future, type, loc), *value;
	struct symbol *t = NULL;

	if (type_kind(type) != TY_VOID) {
		t = new_temp(n, type, "t");
		emit_declaration(n, t, type_is_record(type) || type->size > 8 ? no_value(n, type, loc) : NULL, loc);
	}
	value = flatten_await(n, member, t && type_is_scalar(type) ? t : NULL, !t);
	if (t && value && value->ann != t)
		emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, t, loc), value)));
	return t;
}

/* async_timeout(future, ms), async_deadline(future, ns). */
struct node *await_timeout(struct normalizer *n, struct node *member, struct node *e, struct symbol *into)
{
	struct call_use *use = e->ann;
	struct node *future, *block, *limit;
	struct pending *outer = n->pending;
	struct node_list *out = n->out;
	struct symbol *expired = NULL, *value;
	struct maybe m = { .value = use->value, .own = type_carries_error(use->value), .loc = member->loc };

	m = maybe_declare(n, member->type, use->value, false, member->begin);
	m.object->address_taken = false;
	if (m.own) {
		expired = new_temp(n, type_basic(TY_BOOL), "expired");
		emit_declaration(n, expired, NULL, member->begin);
	}
	block = new_compound(n, member->loc);
	n->out = &block->u.COMPOUND.items;
	future = settle_future(n, e->u.CALL.args.data[0]);
	limit = flatten(n, e->u.CALL.args.data[1]);
	deadline_begin(n, limit, use->op == DO_DEADLINE, expired, member->loc);
	value = await_into(n, future, use->value, member->loc);
	pending_finish(n, outer, member->loc);
	if (value && m.own)
		emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, m.object, m.loc), new_ident(n, value, m.loc))));
	else if (value)
		emit(n, new_expr_stmt(n, new_assign(n, new_member(n, new_ident(n, m.object, m.loc), "value", use->value), new_ident(n, value, m.loc))));
	if (!m.own) {
		emit(n, new_expr_stmt(n, new_assign(n, maybe_error(n, &m), new_number(n, 0, m.loc))));
	} else {
		/* What still came counts. */
		struct node *test = new_binary(n, OP_LOGAND, new_ident(n, expired, m.loc),
					       new_binary(n, OP_EQ, maybe_error(n, &m), new_text(n, m.loc, "-125"), type_basic(TY_INT)), type_basic(TY_INT));
		struct node *then = new_compound(n, m.loc);
		node_list_push(n->arena, &then->u.COMPOUND.items, new_expr_stmt(n, new_assign(n, maybe_error(n, &m), new_text(n, m.loc, "-110"))));
		emit(n, new_if(n, test, then, NULL));
	}
	n->out = out;
	emit(n, block);
	return deliver(n, m.object, into, member->loc);
}
