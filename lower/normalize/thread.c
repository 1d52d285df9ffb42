/* Awaits of what runs on a thread of the pool: spawn_blocking, with a call or a block.
 *
 *     spawn_blocking(g(x)).await   -> job = f__block_1__job(x); t1 = await async__spawn_blocking(f__block_1__work, &job);   job.value
 *
 * Where the value carries no error, the wait can't say that it was interrupted: so it isn't. */
#include "lower/normalize/internal.h"

/* The struct that a thread's function takes: as transform declares it. */
static struct type *job_type(struct normalizer *n, struct function *f)
{
	const char *name = intern_str(arena_printf(n->arena, "%s__arg", f->symbol->name));
	bool is_void = type_kind(f->return_type) == TY_VOID;
	struct type *known = map_get(&n->runtime, name);
	struct tag *tag;
	unsigned count = 1;

	if (known)
		return known;
	tag = ARENA_NEW(n->arena, struct tag);
	tag->kind = TAG_STRUCT;
	tag->name = name;
	tag->members = ARENA_ARRAY(n->arena, struct member, f->param_count + 2);
	tag->members[0] = (struct member){ .name = intern_str("err"), .type = type_basic(TY_INT), .bit_width = -1 };
	if (!is_void)
		tag->members[count++] = (struct member){ .name = intern_str("value"), .type = f->return_type, .bit_width = -1 };
	for (unsigned i = 0; i < f->param_count; i++)
		tag->members[count++] = (struct member){ .name = intern_str(arena_printf(n->arena, "arg%u", i + 1)), .type = f->params[i]->type, .bit_width = -1 };
	tag->member_count = count;
	tag_layout(tag, 0);
	tag->complete = true;
	known = type_of_tag(n->arena, tag);
	map_put(&n->runtime, name, known);
	return known;
}

/* The call that makes the struct; its arguments are still to be pushed. */
static struct node *new_job(struct normalizer *n, struct function *f, struct node *e)
{
	return source_call(n, arena_printf(n->arena, "%s__job", f->symbol->name), job_type(n, f), e);
}

/* Of a block: what it captures. */
static struct node *job_of_block(struct normalizer *n, struct node *e, struct function *f)
{
	struct node *job = new_job(n, f, e);

	push_captures(n, job, f);
	return job;
}

/* Of a call: a function is made that does the call, and takes its operands but for those that the C compiler looks at, formats and constants. */
static struct node *job_of_call(struct normalizer *n, struct node *e, loc_t loc, struct function **function)
{
	struct node *call = node_copy(n->arena, node_strip(e->u.CALL.args.data[0])), **operands, *job;
	unsigned count = call->u.CALL.args.len;
	struct node *callee = ((struct call_use *)call->ann)->direct ? NULL : call->u.CALL.callee;
	struct function *f = *function = synthetic_function(n, FN_THREAD, type_unqualified(n->arena, call->type));

	operands = ARENA_ARRAY(n->arena, struct node *, count + 1);
	if (callee)
		call->u.CALL.callee = synthetic_param(n, f, callee->type, loc);
	for (unsigned i = 0; i < count; i++) {
		struct node *arg = call->u.CALL.args.data[i];
		if (arg->flags & NF_CONST || node_strip(arg)->kind == N_STRING)
			continue;
		operands[i] = arg;
		call->u.CALL.args.data[i] = synthetic_param(n, f, arg->type, loc);
	}
	call->flags &= ~NF_HAS_AWAIT;
	synthetic_finish(n, f, call);
	job = new_job(n, f, e);
	if (callee)
		push_arg(n, job, callee);
	for (unsigned i = 0; i < count; i++)
		if (operands[i])
			push_arg(n, job, operands[i]);
	return job;
}

/* The job on its way: where its struct is, what the await gives (NULL: nothing that is looked at). */
struct thread_await {
	struct node *member; /* the await */
	struct function *f;
	struct symbol *job, *value;
	struct pending *outer; /* what was pending before its operands */
};

/* rc = await async__spawn_blocking(f__work, &job); `rc` may be NULL. */
static void emit_wait(struct normalizer *n, const struct thread_await *w, struct symbol *rc)
{
	loc_t loc = w->member->loc;
	struct node *args[2] = {new_text(n, loc, "(void *)%s__work", w->f->symbol->name), address_of(n, w->job, loc)};

	emit_operation(n, "async__spawn_blocking", args, 2, "spawn_blocking", rc, loc);
}

static struct node *new_value_assign(struct normalizer *n, const struct thread_await *w)
{
	loc_t loc = w->member->loc;

	return new_expr_stmt(n, new_assign(n, new_ident(n, w->value, loc), new_member(n, new_ident(n, w->job, loc), "value", w->member->type)));
}

/* if (rc) value.err = rc; else value = job.value; */
static void emit_wait_or_error(struct normalizer *n, const struct thread_await *w, struct symbol *rc)
{
	loc_t loc = w->member->loc;
	struct node *failed, *block = new_compound(n, loc), *other = new_compound(n, loc);

	emit_wait(n, w, rc);
	failed = new_ident(n, w->value, loc);
	if (type_kind(w->member->type) == TY_RESULT)
		failed = new_member(n, failed, "err", type_basic(TY_INT));
	node_list_push(n->arena, &block->u.COMPOUND.items, new_expr_stmt(n, new_assign(n, failed, new_ident(n, rc, loc))));
	node_list_push(n->arena, &other->u.COMPOUND.items, new_value_assign(n, w));
	emit(n, new_if(n, new_ident(n, rc, loc), block, other));
}

/* { shield begins; wait; shield ends; if (rc) no memory; value = job.value; } */
static void emit_wait_shielded(struct normalizer *n, const struct thread_await *w, struct symbol *rc)
{
	loc_t loc = w->member->loc;
	struct node *block = new_compound(n, loc), *failed = new_compound(n, loc), *fail;
	struct node_list *out = n->out;

	n->out = &block->u.COMPOUND.items;
	shield_begin(n, loc);
	emit_wait(n, w, rc);
	pending_finish(n, w->outer, loc);
	fail = new_call(n, "async__no_memory", type_basic(TY_VOID), loc);
	push_arg(n, fail, new_text(n, loc, "\"spawn_blocking\""));
	push_arg(n, fail, new_text(n, loc, "__FILE__"));
	push_arg(n, fail, new_text(n, loc, "%u", source_line(n->unit->source, loc)));
	node_list_push(n->arena, &failed->u.COMPOUND.items, new_expr_stmt(n, fail));
	emit(n, new_if(n, new_ident(n, rc, loc), failed, NULL));
	if (w->value)
		emit(n, new_value_assign(n, w));
	n->out = out;
	emit(n, block);
}

struct node *await_thread(struct normalizer *n, struct node *member, struct node *e, struct symbol *into, bool dropped)
{
	bool carries_error = type_carries_error(member->type);
	struct thread_await w = {.member = member, .outer = n->pending};
	struct symbol *rc;
	struct node *job;

	if (e->kind == N_SPAWN_BLOCK) {
		w.f = ((struct spawn_use *)e->ann)->function;
		job = job_of_block(n, e, w.f);
	} else {
		job = job_of_call(n, e, member->loc, &w.f);
	}
	job = flatten(n, job);
	w.job = new_temp(n, job_type(n, w.f), "job");
	w.job->address_taken = true;
	emit_declaration(n, w.job, job, member->begin);
	if (!dropped && type_kind(member->type) != TY_VOID) {
		w.value = into && type_is_scalar(into->type) ? into : new_temp(n, member->type, "t");
		if (w.value != into)
			emit_declaration(n, w.value, NULL, member->begin);
	}
	if (!w.value && carries_error) {
		emit_wait(n, &w, NULL);
		return NULL;
	}
	rc = new_temp(n, type_basic(TY_INT), "t");
	emit_declaration(n, rc, NULL, member->begin);
	if (carries_error)
		emit_wait_or_error(n, &w, rc);
	else
		emit_wait_shielded(n, &w, rc);
	return deliver(n, w.value, into, member->loc);
}
