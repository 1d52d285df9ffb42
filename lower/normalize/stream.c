/* Streams.
 *
 *     async for (T x : s) body      {
 *                                           async_stream stream1 = s;
 *                                           for (;;) {
 *                                                   T x;
 *                               ->                  t1 = await async__stream_next(&stream1, &x, sizeof x, 4);
 *                                                   if (t1) break;
 *                                                   body
 *                                           }
 *                                           if (t1 < 0 && t1 != ASYNC_EOF) leave with t1
 *                                           await async__stream_close(&stream1);          on every way out
 *                                   }
 *     yield v;                  ->  a suspension that gives v
 *
 * Over a channel the same with async__chan_recv, and nothing to close. */
#include "lower/normalize/internal.h"

void stream_leave(struct normalizer *n, struct pending *p)
{
	struct node *arg, *call;

	if (n->function->is_async) {
		arg = address_of(n, p->symbol, p->loc);
		emit_operation(n, "async__stream_close", &arg, 1, "close", NULL, p->loc);
		return;
	}
	call = new_call(n, "async__stream_drop", type_basic(TY_VOID), p->loc);
	push_arg(n, call, new_ident(n, p->symbol, p->loc));
	emit(n, new_expr_stmt(n, call));
}

void emit_stream_assign(struct normalizer *n, struct symbol *to, struct node *value, loc_t loc)
{
	struct symbol *t = new_temp(n, to->type, "t");
	struct node *arg;

	emit_declaration(n, t, flatten(n, value), value->begin);
	arg = address_of(n, to, loc);
	emit_operation(n, "async__stream_close", &arg, 1, "close", NULL, loc);
	emit(n, new_expr_stmt(n, new_assign(n, new_ident(n, to, loc), new_ident(n, t, loc))));
}

void lower_yield(struct normalizer *n, struct node *s)
{
	struct core_await *a = ARENA_NEW(n->arena, struct core_await);

	a->loc = s->loc;
	a->text = "yield";
	a->yields = true;
	a->args = ARENA_ARRAY(n->arena, struct node *, 1);
	a->args[0] = flatten(n, s->u.YIELD.value);
	a->arg_count = 1;
	a->type = type_basic(TY_VOID);
	a->unwind = unwind_label(n);
	emit_await(n, a, s->begin, s->end);
}

struct type *item_type(struct normalizer *n, struct function *f)
{
	struct tag *tag = ARENA_NEW(n->arena, struct tag);
	struct type *value = type_unqualified(n->arena, type_strip(n->arena, f->return_type)->base);

	tag->kind = TAG_STRUCT;
	tag->name = intern_str(arena_printf(n->arena, "%s__item", f->symbol->name));
	tag->members = ARENA_ARRAY(n->arena, struct member, 3);
	tag->members[0] = (struct member){ .name = intern_str("resume"), .type = type_pointer(n->arena, type_basic(TY_VOID)), .bit_width = -1 };
	tag->members[1] = (struct member){ .name = intern_str("err"), .type = type_basic(TY_INT), .bit_width = -1 };
	tag->members[2] = (struct member){ .name = intern_str("value"), .type = value, .bit_width = -1 };
	tag->member_count = 3;
	tag_layout(tag, 0);
	/* The runtime finds everything at fixed places from the frame's start on; a value of higher alignment is packed. */
	if (value->align > 8) {
		tag->members[2].offset = (20 + value->align - 1) / value->align * value->align - 8;
		tag->size = tag->members[2].offset + value->size;
		tag->align = 8;
	}
	tag->complete = true;
	return type_of_tag(n->arena, tag);
}

/* Declares the loop's variable; the object that the operation writes to. */
static struct symbol *declare_item(struct normalizer *n, struct node *s, struct symbol *variable, struct type *value)
{
	struct symbol *t = variable;

	if (!variable || type_quals(variable->type) || !type_compatible_unqualified(variable->type, value))
		t = new_temp(n, value, "t");
	emit_declaration(n, t, NULL, s->begin);
	return t;
}

static void emit_next(struct normalizer *n, struct symbol *from, struct symbol *to, struct symbol *rc, bool channel, loc_t loc)
{
	struct node *args[] = { channel ? new_ident(n, from, loc) : address_of(n, from, loc), address_of(n, to, loc),
				new_number(n, (long)type_core(to->type)->size, loc), new_number(n, (long)to->type->align, loc) };

	const char *receives = type_core(to->type)->size == 8 ? "async__chan_recv8" : "async__chan_recv";

	emit_operation(n, channel ? receives : "async__stream_next", args, channel ? 2 : 4, channel ? "recv" : "next", rc, loc);
}

/* if (test) break; */
static void emit_break(struct normalizer *n, struct node *test)
{
	struct node *block = new_compound(n, test->loc);

	node_list_push(n->arena, &block->u.COMPOUND.items, make(n, N_BREAK, test->loc, NULL));
	emit(n, new_if(n, test, block, NULL));
}

/* rc < 0 && rc != ASYNC_EOF: it did not end by itself. */
static struct node *failed_test(struct normalizer *n, struct symbol *rc, loc_t loc)
{
	struct node *negative = new_binary(n, OP_LT, new_ident(n, rc, loc), new_number(n, 0, loc), type_basic(TY_INT));
	struct node *other = new_binary(n, OP_NE, new_ident(n, rc, loc), new_text(n, loc, "-4095"), type_basic(TY_INT));

	return new_binary(n, OP_LOGAND, negative, other, type_basic(TY_INT));
}

void lower_async_for(struct normalizer *n, struct node *s)
{
	struct node *source = s->u.ASYNC_FOR.stream, *declaration = s->u.ASYNC_FOR.decl, *handler = s->u.ASYNC_FOR.handler;
	bool channel = type_kind(source->type) == TY_CHAN;
	struct type *value = type_unqualified(n->arena, type_strip(n->arena, source->type)->base);
	struct node *around = new_compound(n, s->begin), *block = new_compound(n, s->loc), *failed;
	struct node_list *out = n->out, *block_out = n->block_out;
	struct scope_info *scope = n->scope;
	struct pending *outer = n->pending, *inner;
	struct symbol *from, *rc, *variable = declaration->u.DECLARATION.declarators.data[0]->ann, *to;
	struct enclosing e;

	around->u.COMPOUND.end = (int)s->end;
	n->out = n->block_out = &around->u.COMPOUND.items;
	if (s->ann)
		n->scope = s->ann;
	from = new_temp(n, value_type(n, source->type), channel ? "chan" : "stream");
	emit_declaration(n, from, flatten(n, source), source->begin);
	if (!channel)
		pending_push(n, PENDING_STREAM, NULL, from, s->begin);
	rc = new_temp(n, type_basic(TY_INT), "t");
	emit_declaration(n, rc, NULL, s->begin);

	enclosing_push(n, &e, s);
	n->out = n->block_out = &block->u.COMPOUND.items;
	inner = n->pending;
	to = declare_item(n, s, variable, value);
	emit_next(n, from, to, rc, channel, s->loc);
	emit_break(n, new_ident(n, rc, s->loc));
	if (to != variable && variable)
		emit_declaration(n, variable, new_ident(n, to, s->loc), s->begin);
	if (type_moves(value) && variable)
		pending_push(n, pending_kind_of(variable->type), NULL, variable, s->begin);
	e.continue_label = n->pending == inner ? NULL : unused_label(n, "next");
	e.continue_pending = n->pending;
	lower_loop_body(n, s->u.ASYNC_FOR.body, &e);
	pending_finish(n, inner, s->loc);
	n->out = n->block_out = &around->u.COMPOUND.items;
	emit(n, new_forever(n, s, block));
	enclosing_pop(n, &e);

	if (!handler && type_carries_error(returned_type(n))) {
		failed = new_compound(n, s->loc);
		n->out = &failed->u.COMPOUND.items;
		emit_fail(n, convert_error(n, rc, type_basic(TY_INT), s->loc), s->loc);
		n->out = &around->u.COMPOUND.items;
		emit(n, new_if(n, failed_test(n, rc, s->loc), failed, NULL));
	}
	pending_finish(n, outer, s->end);
	if (handler) {
		struct symbol *error = s->u.ASYNC_FOR.error->ann;
		failed = new_compound(n, handler->loc);
		n->out = &failed->u.COMPOUND.items;
		if (error && error->name)
			emit_declaration(n, error, new_ident(n, rc, handler->loc), handler->begin);
		emit(n, lower_block(n, handler));
		n->out = &around->u.COMPOUND.items;
		emit(n, new_if(n, failed_test(n, rc, handler->loc), failed, NULL));
	}
	n->scope = scope;
	n->out = out;
	n->block_out = block_out;
	emit(n, around);
}
