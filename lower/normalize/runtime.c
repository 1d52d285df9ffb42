/* What generated code uses of the runtime: structs that lie in frames, operations that are awaited. Their sizes are those of its header, which this
 * file includes for that alone; generated code asserts them. */
#include <asyncc/abi.h>

#include "lower/normalize/internal.h"

struct sized_type {
	const char *name;
	uint64_t size;
	uint32_t align;
};
#define TYPE(name) { #name, sizeof(struct name), _Alignof(struct name) }

static const struct sized_type types[] = {
	TYPE(async_nursery), TYPE(sync_nursery), TYPE(async__scope), TYPE(async__deadline), TYPE(async__region), TYPE(async__branch),
};

/* An operation whose frame is visible. The members of the frame that hold its arguments are called as listed; all are words. */
struct runtime_operation {
	const char *name, *frame;
	uint64_t size;
	uint32_t align;
	bool is_function; /* an async function written by hand: it awaits other things */
	bool passes_args; /* see struct core_await */
	const char *params[5];
	const char *value_member; /* likewise */
};
#define OPERATION(name, ...) { #name, #name "__frame", sizeof(struct name##__frame), _Alignof(struct name##__frame), false, false, { __VA_ARGS__ }, NULL }
#define QUICK_OPERATION(name, ...) { #name, #name "__frame", sizeof(struct name##__frame), _Alignof(struct name##__frame), false, true, { __VA_ARGS__ }, NULL }
/* With the frame of another. */
#define QUICK_OPERATION_OVER(name, other, ...) { #name, #other "__frame", sizeof(struct other##__frame), _Alignof(struct other##__frame), false, true, { __VA_ARGS__ }, NULL }
#define FUNCTION(name, ...) { #name, #name "__frame", sizeof(struct name##__frame), _Alignof(struct name##__frame), true, false, { __VA_ARGS__ }, NULL }

static const struct runtime_operation operations[] = {
	FUNCTION(async__nursery_wait, "n"),
	OPERATION(async__sync_nursery_wait, "n"),
	QUICK_OPERATION(async__join, "handle", "to"),
	OPERATION(async__join_all, "tasks", "n"),
	OPERATION(async__try_join_all, "tasks", "n", "errs"),
	OPERATION(async__race, "tasks", "n", "winner"),
	OPERATION(async__race_ok, "tasks", "n", "winner"),
	FUNCTION(async__parallel, "len", "limit", "closure"),
	OPERATION(async__pending, NULL),
	FUNCTION(async__stream_next, "s", "to", "size", "align"),
	FUNCTION(async__stream_close, "s"),
	QUICK_OPERATION(async__chan_send, "c", "from"),
	QUICK_OPERATION(async__chan_recv, "c", "to"),
	{ "async__chan_send8", "async__chan_send8__frame", sizeof(struct async__chan_send8__frame), _Alignof(struct async__chan_send8__frame), false, true,
	  { "c", "word" }, "send.value" },
	QUICK_OPERATION_OVER(async__chan_recv8, async__chan_recv, "c", "to"),
	OPERATION(async__select_recv, "chans", "n", "to"),
	OPERATION(async__spawn_blocking, "work", "arg"),
};

static struct type *struct_type(struct normalizer *n, const char *name, uint64_t size, uint32_t align)
{
	struct tag *tag = ARENA_NEW(n->arena, struct tag);

	tag->kind = TAG_STRUCT;
	tag->name = intern_str(name);
	tag->complete = true;
	tag->size = size;
	tag->align = align;
	/* What it holds is the runtime's: all of it. */
	tag->members = ARENA_NEW(n->arena, struct member);
	tag->members[0] = (struct member){ .name = intern_str("async__bytes"), .type = type_array(n->arena, type_basic(TY_CHAR), size), .bit_width = -1, .align = align };
	tag->member_count = 1;
	return type_of_tag(n->arena, tag);
}

struct type *runtime_type(struct normalizer *n, const char *name)
{
	struct type *known = map_get(&n->runtime, intern_str(name));

	for (unsigned i = 0; !known && i < sizeof types / sizeof *types; i++)
		if (!strcmp(types[i].name, name)) {
			known = struct_type(n, name, types[i].size, types[i].align);
			map_put(&n->runtime, intern_str(name), known);
		}
	assert(known);
	return known;
}

static const struct runtime_operation *find_operation(const char *name)
{
	const struct runtime_operation *op = operations;

	while (strcmp(op->name, name))
		op++;
	return op;
}

/* An async function that no text declares. */
static struct symbol *operation_symbol(struct normalizer *n, const char *name)
{
	const struct runtime_operation *op = find_operation(name);
	struct symbol *s = map_get(&n->runtime, intern_str(name));
	unsigned count = 0;

	if (s)
		return s;
	s = ARENA_NEW(n->arena, struct symbol);
	s->kind = SYM_FUNCTION;
	s->name = intern_str(name);
	s->linkage = LINK_EXTERNAL;
	s->implicit = true;
	struct param *params = ARENA_ARRAY(n->arena, struct param, 5);
	for (; count < 5 && op->params[count]; count++)
		params[count] = (struct param){ .name = intern_str(op->params[count]), .type = type_pointer(n->arena, type_basic(TY_VOID)) };
	s->type = type_copy(n->arena, type_function(n->arena, type_basic(TY_INT), params, count, false));
	s->type->u.function.is_async = true;
	s->frame = struct_type(n, op->frame, op->size, op->align);
	map_put(&n->runtime, s->name, s);
	return s;
}

void emit_operation(struct normalizer *n, const char *name, struct node **args, unsigned count, const char *text, struct symbol *value, loc_t loc)
{
	struct core_await *a = ARENA_NEW(n->arena, struct core_await);

	a->loc = loc;
	a->text = text;
	a->callee = operation_symbol(n, name);
	a->is_operation = !find_operation(name)->is_function;
	a->passes_args = find_operation(name)->passes_args;
	a->value_member = find_operation(name)->value_member;
	a->args = ARENA_ARRAY(n->arena, struct node *, count + 1);
	for (unsigned i = 0; i < count; i++)
		a->args[i] = args[i];
	a->arg_count = count;
	a->type = type_basic(TY_INT);
	a->value = value;
	a->carries_error = true;
	a->unwind = unwind_label(n);
	emit_await(n, a, loc, loc);
}

struct node *address_of(struct normalizer *n, struct symbol *s, loc_t loc)
{
	return new_unary(n, OP_ADDR, new_ident(n, s, loc), type_pointer(n->arena, s->type));
}

struct node *running_strand(struct normalizer *n, loc_t loc)
{
	return make(n, N_CORE_CONTEXT, loc, type_pointer(n->arena, type_basic(TY_VOID)));
}
