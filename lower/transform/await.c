/* The await protocol, and forks.
 *
 * A callee whose frame lies in this function's frame:
 *     f->fetch_1.id = id;
 *     if (fetch__poll((void *)((char *)f + __builtin_offsetof(struct main__frame, fetch_1)), cx, 0) == ASYNC__PENDING) {
 *             f->fetch_1.base.ret = &main__site_1;
 *             return ASYNC__PENDING;
 *     }
 *     await_1:;
 *     user = f->fetch_1.value;
 *
 * Where fetch has attributes about its calls, the C compiler sees one:
 *     if (0)
 *             fetch(id);
 *
 * An operation of the runtime, which never goes on by itself:
 *     if (async_sleep__poll((void *)((char *)f + __builtin_offsetof(struct main__frame, async_sleep_1)), cx, 0) == ASYNC__PENDING)
 *             return async__suspend(cx, self, &main__site_1);
 *
 * A boxed future; when it has ended after a suspension the context's frame is its frame:
 *     child = p(id);
 *     if (child) {
 *             if (async__start(child, cx) == ASYNC__PENDING)
 *                     return async__suspend_boxed(child, self, &main__site_2);
 *             if (0) {
 *     await_2:
 *                     child = cx->frame;
 *             }
 *             user = *(int *)((char *)child + 8);
 *             async__frame_free(child);
 *     } else {
 *             user = -12;
 *     }
 *
 * Both start at state 0, where a poll gives READY or PENDING: only a frame that was suspended can be aborted.
 *
 * A fork has its branches started by the runtime, each by a call of this same poll function with the branch's strand and state:
 *     if (async__fork(&f->join1.region, 2, ASYNC__JOIN, cx, self, &main__site_3, 14) == ASYNC__PENDING)
 *             return ASYNC__PENDING;
 *     if (0) {
 *     branch_1: {
 *                     ... return async__branch_end(cx);
 *             }
 *     branch_2: { ... }
 *     }
 *     join_3:;                                                                                                     */
#include <inttypes.h>

#include "lower/transform/internal.h"

enum { ENOMEM_VALUE = -12 }; /* ASYNC_ENOMEM */

static const char *callee_param(struct rewriter *r, struct core_await *w, unsigned i)
{
	struct lowering *callee = lowering_of(r->t, w->callee);

	if (callee)
		return callee->params[i];
	struct type *type = type_strip(r->t->arena, w->callee->type);
	return type->u.function.params[i].name;
}

static struct type *callee_param_type(struct rewriter *r, struct core_await *w, unsigned i)
{
	struct type *type = type_strip(r->t->arena, w->callee->type);
	return field_type(r->t, type->u.function.params[i].type);
}

/* The lvalue that receives the value, as text; NULL: nobody wants it. */
static const char *value_target(struct rewriter *r, struct core_await *w)
{
	if (!w->value || type_kind(w->type) == TY_VOID || !r->f->mentioned[w->value->index])
		return NULL;
	if (r->f->captured[w->value->index])
		return arena_printf(r->t->arena, "%s->%s", r->l->frame, local_name(w->value));
	return local_name(w->value);
}

static void store_value(struct rewriter *r, struct core_await *w, struct node *value, struct node_list *out)
{
	const char *to = value_target(r, w);

	if (to)
		node_list_push(r->t->arena, out, store_stmt(r, to, w->value->type, value, w->loc));
}

/* if (X__start(CHILD, cx, ARGS) == ASYNC__PENDING) return async__suspend(...); */
static struct node *start_with_args(struct rewriter *r, struct core_await *w, const char *child, const char *suspend)
{
	struct transform *t = r->t;
	struct node *call = node_new(t->arena, N_CALL, w->loc, w->loc, w->loc);
	struct node *is_pending = node_new(t->arena, N_BINARY, w->loc, w->loc, w->loc);
	struct node *test = node_new(t->arena, N_IF, w->loc, w->loc, w->loc);

	call->flags = is_pending->flags = test->flags = NF_SYNTHETIC;
	call->u.CALL.callee = node_text(t, w->loc, "%s__start", w->callee->name);
	node_list_push(t->arena, &call->u.CALL.args, node_text(t, w->loc, "%s", child));
	node_list_push(t->arena, &call->u.CALL.args, node_text(t, w->loc, "%s", r->l->cx));
	for (unsigned i = 0; i < w->arg_count; i++)
		node_list_push(t->arena, &call->u.CALL.args, rewrite_expr(r, w->args[i]));
	is_pending->u.BINARY.op = OP_EQ;
	is_pending->u.BINARY.lhs = call;
	is_pending->u.BINARY.rhs = node_text(t, w->loc, "ASYNC__PENDING");
	test->u.IF.cond = is_pending;
	test->u.IF.then = node_text(t, w->loc, "%s", suspend);
	return test;
}

/* Attributes of which a C compiler speaks where the function is called. */
bool has_call_attributes(const struct symbol *s)
{
	static const char *const names[] = { "deprecated", "nonnull", "format" };

	for (unsigned i = 0; i < s->attrs.len; i++)
		for (unsigned k = 0; k < sizeof names / sizeof *names; k++)
			if (attribute_is_named(s->attrs.data[i], names[k]))
				return true;
	return false;
}

static bool is_literal(struct node *n)
{
	while (n->kind == N_PAREN || n->kind == N_CAST)
		n = n->kind == N_PAREN ? n->u.PAREN.inner : n->u.CAST.operand;
	return n->kind == N_NUMBER || n->kind == N_STRING;
}

/* The call as the attributes are about it; what it is called with is in the frame by now. */
static struct node *call_to_check(struct rewriter *r, struct core_await *w, const char *frame)
{
	struct transform *t = r->t;
	struct node *call = node_new(t->arena, N_CALL, w->loc, w->loc, w->loc), *never = node_new(t->arena, N_IF, w->loc, w->loc, w->loc);

	call->flags = never->flags = NF_SYNTHETIC;
	call->u.CALL.callee = node_text(t, w->loc, "%s", lowering_of(t, w->callee)->name);
	for (unsigned i = 0; i < w->arg_count; i++)
		node_list_push(t->arena, &call->u.CALL.args,
			       is_literal(w->args[i]) ? rewrite_expr(r, w->args[i]) : node_text(t, w->loc, "%s.%s", frame, callee_param(r, w, i)));
	never->u.IF.cond = node_text(t, w->loc, "0");
	never->u.IF.then = node_expr_stmt(t, call);
	return never;
}

static void expand_embedded(struct rewriter *r, struct core_await *w, struct node_list *out)
{
	struct transform *t = r->t;
	struct lowering *l = r->l, *callee = lowering_of(t, w->callee);
	const char *frame = arena_printf(t->arena, "%s->%s", l->frame, l->callees[w->index]);
	/* No address of the member: GCC takes equal addresses for each other, and would warn that a local which shares the place reaches beyond it. */
	const char *child = arena_printf(t->arena, "(void *)((char *)%s + __builtin_offsetof(%s, %s))", l->frame, l->frame_tag, l->callees[w->index]);
	const char *base = callee ? callee->base : "base", *value = callee ? callee->value : w->value_member ? w->value_member : "value";
	const char *site = arena_printf(t->arena, "&%s__site_%u", l->name, w->index + 1);
	const char *suspend = w->is_operation ?
				      arena_printf(t->arena, "return async__suspend(%s, %s, %s);", l->cx, l->self, site) :
				      arena_printf(t->arena, "{\n\t%s.%s.ret = %s;\n\treturn ASYNC__PENDING;\n}", frame, base, site);

	if (w->passes_args) {
		node_list_push(t->arena, out, start_with_args(r, w, child, suspend));
	} else {
		for (unsigned i = 0; i < w->arg_count; i++) {
			const char *to = arena_printf(t->arena, "%s.%s", frame, callee_param(r, w, i));
			node_list_push(t->arena, out, store_stmt(r, to, callee_param_type(r, w, i), rewrite_expr(r, w->args[i]), w->loc));
		}
		if (callee && has_call_attributes(w->callee))
			node_list_push(t->arena, out, call_to_check(r, w, frame));
		node_list_push(t->arena, out,
			       node_text(t, w->loc, "if (%s__poll(%s, %s, 0) == ASYNC__PENDING)%s%s", w->callee->name, child, l->cx,
					 w->is_operation ? "\n\t" : " ", suspend));
	}
	if (w->reachable)
		node_list_push(t->arena, out, node_text(t, w->loc, "%s:;", l->resume[w->index]));
	store_value(r, w, node_text(t, w->loc, "%s.%s", frame, value), out);
}

static const char *pointer_text(struct transform *t, struct type *to)
{
	struct buf b = { 0 };

	type_print(&b, type_pointer(t->arena, to), NULL, true);
	char *text = arena_strndup(t->arena, b.data, b.len);
	buf_free(&b);
	return text;
}

/* What an await of a future without memory gives. */
static struct node *no_memory(struct rewriter *r, struct core_await *w)
{
	struct transform *t = r->t;
	struct buf b = { 0 };

	if (w->carries_error) {
		const char *to = value_target(r, w);
		if (!to)
			return NULL;
		if (!type_is_record(w->type))
			return node_text(t, w->loc, "%s = %d;", to, ENOMEM_VALUE);
		if (type_is_readonly(w->type))
			return node_text(t, w->loc, "%s.err = %d;", to, ENOMEM_VALUE);
		/* The whole of it: gcc warns of a value that is read without a test otherwise. */
		type_print(&b, type_unqualified(t->arena, w->type), NULL, true);
		struct node *set = node_text(t, w->loc, "%s = (%s){ .err = %d };", to, b.data, ENOMEM_VALUE);
		buf_free(&b);
		return set;
	}
	buf_puts(&b, "async__no_memory(");
	print_string(&b, w->text ? w->text : "");
	buf_puts(&b, ", ");
	print_string(&b, file_of(t, w->loc));
	struct node *n = node_text(t, w->loc, "%s, %u);", b.data, source_line(t->unit->source, w->loc));
	buf_free(&b);
	return n;
}

static void expand_boxed(struct rewriter *r, struct core_await *w, struct node_list *out)
{
	struct transform *t = r->t;
	struct lowering *l = r->l;
	struct node *child = node_text(t, w->loc, "%s", l->child), *test, *then, *failed;
	uint64_t offset = w->type->align > 8 ? w->type->align : 8; /* right behind the header */

	node_list_push(t->arena, out, node_expr_stmt(t, node_assign(t, child, rewrite_expr(r, w->future))));
	then = node_new(t->arena, N_COMPOUND, w->loc, w->loc, w->loc);
	then->u.COMPOUND.end = (int)w->loc;
	node_list_push(t->arena, &then->u.COMPOUND.items,
		       node_text(t, w->loc,
				 "if (async__start(%s, %s) == ASYNC__PENDING)\n\treturn async__suspend_boxed(%s, %s, &%s__site_%u);", l->child, l->cx,
				 l->child, l->self, l->name, w->index + 1));
	if (w->reachable)
		node_list_push(t->arena, &then->u.COMPOUND.items,
			       node_text(t, w->loc, "if (0) {\n%s:\n\t%s = %s->frame;\n}", l->resume[w->index], l->child, l->cx));
	store_value(r, w, node_text(t, w->loc, "(*(%s)(void *)((char *)%s + %" PRIu64 "))", pointer_text(t, w->type), l->child, offset), &then->u.COMPOUND.items);
	node_list_push(t->arena, &then->u.COMPOUND.items, node_text(t, w->loc, "async__frame_free(%s);", l->child));
	failed = no_memory(r, w);
	test = node_new(t->arena, N_IF, w->loc, w->loc, w->loc);
	test->flags = then->flags = NF_SYNTHETIC;
	test->u.IF.cond = child;
	test->u.IF.then = then;
	if (failed) {
		test->u.IF.otherwise = node_new(t->arena, N_COMPOUND, w->loc, w->loc, w->loc);
		test->u.IF.otherwise->u.COMPOUND.end = (int)w->loc;
		node_list_push(t->arena, &test->u.IF.otherwise->u.COMPOUND.items, failed);
	}
	node_list_push(t->arena, out, test);
}

/* The consumer finds the value and where to go on in the frame. */
static void expand_yield(struct rewriter *r, struct core_await *w, struct node_list *out)
{
	struct transform *t = r->t;
	struct lowering *l = r->l;
	const char *item = arena_printf(t->arena, "%s->%s", l->frame, l->value);

	node_list_push(t->arena, out,
		       store_stmt(r, arena_printf(t->arena, "%s.value", item), field_type(t, type_tag(r->f->function->return_type)->members[2].type),
				  rewrite_expr(r, w->args[0]), w->loc));
	node_list_push(t->arena, out, node_text(t, w->loc, "%s.resume = &%s__site_%u;\nreturn ASYNC__READY;", item, l->name, w->index + 1));
	if (w->reachable)
		node_list_push(t->arena, out, node_text(t, w->loc, "%s:;", l->resume[w->index]));
}

void await_expand(struct rewriter *r, struct node *n, struct node_list *out)
{
	struct core_await *w = n->u.CORE_AWAIT.await;

	if (w->yields) {
		expand_yield(r, w, out);
		return;
	}

	if (w->callee)
		expand_embedded(r, w, out);
	else
		expand_boxed(r, w, out);
}

unsigned branch_state(const struct core_function *f, const struct core_fork *fork, unsigned branch)
{
	return 2 * (f->await_count + 1 + fork->first + branch);
}

void fork_expand(struct rewriter *r, struct core_fork *fork, struct node_list *out)
{
	struct transform *t = r->t;
	struct lowering *l = r->l;
	struct core_await *w = fork->join;
	const char *region = local_name(fork->region);

	if (r->f->captured[fork->region->index])
		region = arena_printf(t->arena, "%s->%s", l->frame, region);
	node_list_push(t->arena, out,
		       node_text(t, w->loc, "if (async__fork(&%s.region, %u, %s, %s, %s, &%s__site_%u, %u) == ASYNC__PENDING)\n\treturn ASYNC__PENDING;",
				 region, fork->branch_count, fork->kind, l->cx, l->self, l->name, w->index + 1, branch_state(r->f, fork, 0)));
	struct node *branches = node_new(t->arena, N_COMPOUND, w->loc, w->loc, w->loc);
	branches->u.COMPOUND.end = (int)w->loc;
	for (unsigned i = 0; i < fork->branch_count; i++) {
		struct node *branch = rewrite_stmt(r, fork->branches[i]);
		if (w->reachable) {
			struct node *label = node_new(t->arena, N_LABEL, branch->begin, branch->loc, branch->end);
			label->flags = NF_SYNTHETIC;
			label->u.LABEL.name = l->branches[fork->first + i];
			label->u.LABEL.body = branch;
			branch = label;
		}
		node_list_push(t->arena, &branches->u.COMPOUND.items, branch);
	}
	struct node *never = node_new(t->arena, N_IF, w->loc, w->loc, w->loc);
	never->flags = branches->flags = NF_SYNTHETIC;
	never->u.IF.cond = node_text(t, w->loc, "0");
	never->u.IF.then = branches;
	node_list_push(t->arena, out, never);
	if (w->reachable)
		node_list_push(t->arena, out, node_text(t, w->loc, "%s:;", l->resume[w->index]));
}
