/* Variably modified types.
 *
 *     int a[n];   ->   size_t bound1 = n; void *a = async__vla_new(sizeof(int[bound1]));  ...  async__vla_free(a)
 *     a[i]        ->   (*(int (*)[bound1])a)[i]
 * Bounds are evaluated once, where the declaration is reached. In a block that holds no await, and in an ordinary function, the array
 * stays C's own; typedefs of such types dissolve everywhere. */
#include "lower/normalize/internal.h"

static struct symbol *bound_value(struct normalizer *n, struct node *bound)
{
	for (unsigned i = 0; i < n->bounds.len; i++)
		if (n->bounds.data[i].node == bound)
			return n->bounds.data[i].value;
	return NULL;
}

struct type *lower_type(struct normalizer *n, struct type *t)
{
	if (!t || !t->is_vm)
		return t;
	struct type *copy = ARENA_NEW(n->arena, struct type);
	*copy = t->kind == TY_TYPEDEF ? *type_strip(n->arena, t) : *t;
	copy->pointer = copy->unqualified = NULL;
	copy->base = lower_type(n, copy->base);
	if (copy->kind == TY_ARRAY && copy->u.array.bound) {
		struct symbol *value = bound_value(n, copy->u.array.bound);
		copy->u.array.bound = value ? new_ident(n, value, copy->u.array.bound->loc) : copy_expr(n, copy->u.array.bound);
	}
	return copy;
}

void capture_bounds(struct normalizer *n, struct type *t, loc_t loc)
{
	for (; t && t->is_vm; t = t->base) {
		if (t->kind != TY_ARRAY || !t->u.array.bound || bound_value(n, t->u.array.bound))
			continue;
		struct node *bound = t->u.array.bound;
		struct bound entry = { bound, new_temp(n, value_type(n, bound->type), "bound") };
		emit_declaration(n, entry.value, suspends(bound) ? flatten(n, bound) : copy_expr(n, bound), loc);
		vec_push(n->arena, &n->bounds, entry);
	}
}

void declare_array(struct normalizer *n, struct symbol *s, loc_t loc)
{
	struct type *address = type_pointer(n->arena, type_basic(TY_VOID));
	struct symbol *memory = new_temp(n, address, s->name ? s->name : "array");

	capture_bounds(n, s->type, loc);
	map_put(&n->arrays, s, memory);
	if (type_kind(s->type) != TY_ARRAY) {
		emit_declaration(n, memory, NULL, loc);
		return;
	}
	struct node *size = make(n, N_SIZEOF, loc, type_basic(TY_ULONG));
	struct node *call = new_call(n, "async__vla_new", address, loc), *fail, *block;
	struct place place = source_locate(n->unit->source, loc);

	size->u.SIZEOF.op = OP_SIZEOF;
	size->u.SIZEOF.operand = make(n, N_TYPE_NAME, loc, lower_type(n, s->type));
	node_list_push(n->arena, &call->u.CALL.args, size);
	emit_declaration(n, memory, call, loc);
	fail = new_call(n, "async__no_memory_for_array", type_basic(TY_VOID), loc);
	node_list_push(n->arena, &fail->u.CALL.args, new_text(n, loc, "\"%s\"", s->name ? s->name : "array"));
	node_list_push(n->arena, &fail->u.CALL.args, new_text(n, loc, "__FILE__"));
	node_list_push(n->arena, &fail->u.CALL.args, new_text(n, loc, "%u", place.line));
	block = new_compound(n, loc);
	node_list_push(n->arena, &block->u.COMPOUND.items, new_expr_stmt(n, fail));
	emit(n, new_if(n, new_unary(n, OP_NOT, new_ident(n, memory, loc), type_basic(TY_INT)), block, NULL));
	pending_push(n, PENDING_ARRAY, NULL, memory, loc);
}

void declare_param(struct normalizer *n, struct symbol *s, loc_t loc)
{
	struct type *type = s->type;

	if (!type->is_vm)
		return;
	capture_bounds(n, type, loc);
	type = lower_type(n, type);
	s->type = type_pointer(n->arena, type_basic(TY_VOID));
	/* The address is read through a variable of its own: the parameter's may be named in bounds no more. */
	struct symbol *address = new_temp(n, s->type, s->name ? s->name : "array");
	emit_declaration(n, address, new_ident(n, s, loc), loc);
	map_put(&n->arrays, s, address);
	map_put(&n->array_types, s, type);
}
