/* Frame layout: offsets for parameters, captured locals and the frames of embedded callees.
 *
 * In:  objects with sizes and their conflicts.   Out: frame_layout, core_await.offset.
 * Greedy: the largest objects first, each at the lowest offset where it overlaps nothing that it conflicts with. Small ones fill the holes. Equal input
 * gives equal offsets. The value lies behind the header whatever else is there: it is written when everything else is over.
 *
 *     0        8          8+n
 *     | header | params, locals, callee frames, overlapping where lifetimes allow |
 *              | value |                                                          */
#include <stdlib.h>

#include "lower/analyze/internal.h"

enum { HEADER_SIZE = 8, HEADER_ALIGN = 8 };

struct item {
	unsigned object;
	uint64_t size, offset;
	uint32_t align;
	bool addressed; /* a local whose address is taken */
	bool local, array;
};

static uint64_t round_up(uint64_t n, uint64_t align)
{
	return align ? (n + align - 1) / align * align : n;
}

bool is_embedded(const struct core_function *f, unsigned object)
{
	return object >= f->local_count && f->awaits[object - f->local_count]->callee;
}

int local_object(const struct core_function *f, const struct symbol *symbol)
{
	if (!symbol || (symbol->kind != SYM_VARIABLE && symbol->kind != SYM_PARAMETER))
		return -1;
	if (symbol->index >= f->local_count || f->locals[symbol->index] != symbol)
		return -1;
	return (int)symbol->index;
}

bool type_fits_register(const struct type *t)
{
	if (!t)
		return false;
	enum type_kind kind = type_kind(t);
	if (kind == TY_VOID || kind == TY_POINTER || kind == TY_NULLPTR || kind == TY_FUTURE || kind == TY_FUNCTION)
		return true;
	return kind != TY_COMPLEX && kind != TY_VECTOR && type_is_arithmetic(t) && t->size <= 8;
}

/* The function that an await embeds: its core form, or NULL when only its frame struct is known. */
static struct core_function *await_callee(struct core_unit *u, const struct core_await *w)
{
	return w->callee ? map_get(&u->by_symbol, w->callee) : NULL;
}

static struct tag *struct_tag(struct type *t)
{
	while (t && t->kind == TY_TYPEDEF)
		t = t->base;
	return t && t->kind == TY_STRUCT ? t->u.tag : NULL;
}

void embedded_frame_extent(struct core_unit *u, const struct core_await *w, uint64_t *extent, uint32_t *align, unsigned *headers)
{
	struct core_function *callee = await_callee(u, w);

	if (callee) {
		*extent = callee->layout.extent;
		*align = callee->layout.align;
		*headers = callee->layout.headers;
		return;
	}
	struct tag *t = struct_tag(w->callee->frame);
	*extent = HEADER_SIZE;
	*align = HEADER_ALIGN;
	*headers = 1;
	if (!t)
		return;
	for (unsigned i = 0; i < t->member_count; i++) {
		uint64_t end = t->members[i].offset + t->members[i].type->size;
		if (end > *extent)
			*extent = end;
	}
	*align = t->align;
}

static uint64_t object_size(struct core_unit *u, const struct core_function *f, unsigned object, uint32_t *align)
{
	uint64_t size;
	unsigned headers;

	if (object >= f->local_count) {
		embedded_frame_extent(u, f->awaits[object - f->local_count], &size, align, &headers);
		return size;
	}
	const struct symbol *s = f->locals[object];
	*align = s->type->align > s->explicit_align ? s->type->align : s->explicit_align;
	if (!*align)
		*align = 1;
	return s->type->size;
}

static int item_compare(const void *pa, const void *pb)
{
	const struct item *a = pa, *b = pb;

	if (a->size != b->size)
		return a->size < b->size ? 1 : -1;
	if (a->align != b->align)
		return a->align < b->align ? 1 : -1;
	return a->object < b->object ? -1 : a->object > b->object;
}

static int offset_compare(const void *pa, const void *pb)
{
	const struct item *a = *(struct item *const *)pa, *b = *(struct item *const *)pb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->object < b->object ? -1 : a->object > b->object;
}

/* The lowest offset from `start` on at which `item` overlaps none of the items before it that it conflicts with. */
static uint64_t place(const struct conflicts *c, struct item *items, unsigned index, struct item **near, uint64_t start)
{
	struct item *item = &items[index];
	unsigned count = 0;
	uint64_t offset = round_up(start, item->align);

	for (unsigned i = 0; i < index; i++)
		if (items[i].size && conflicts_has(c, items[i].object, item->object))
			near[count++] = &items[i];
	qsort(near, count, sizeof *near, offset_compare);
	for (unsigned i = 0; i < count; i++) {
		if (offset + item->size <= near[i]->offset)
			break;
		uint64_t behind = round_up(near[i]->offset + near[i]->size, item->align);
		if (behind > offset)
			offset = behind;
	}
	return offset;
}

/* GCC takes equal addresses for each other, and would warn of a string that is written to a buffer when a smaller object began at its address. (With its
 * sanitizers each access takes an address.) */
static bool begins_with_another(const struct item *items, unsigned index)
{
	const struct item *item = &items[index];

	for (unsigned i = 0; item->local && i < index; i++)
		if (items[i].local && (items[i].array || item->array) && items[i].offset == item->offset && items[i].size != item->size)
			return true;
	return false;
}

static void item_place(const struct conflicts *c, struct item *items, unsigned index, struct item **near, uint64_t start)
{
	struct item *item = &items[index];
	uint64_t step = item->size < HEADER_ALIGN ? item->align : HEADER_ALIGN;

	item->offset = place(c, items, index, near, start);
	while (begins_with_another(items, index))
		item->offset = place(c, items, index, near, item->offset + step);
}

/* By object: EV_ADDR names it. */
static bool *addressed_find(struct cfg *g)
{
	bool *addressed = ARENA_ARRAY(g->arena, bool, g->object_count);

	for (unsigned i = 0; i < g->blocks.len; i++)
		for (unsigned k = 0; k < g->blocks.data[i]->events.len; k++)
			if (g->blocks.data[i]->events.data[k].kind == EV_ADDR)
				addressed[g->blocks.data[i]->events.data[k].object] = true;
	return addressed;
}

/* Marks captured locals whose address is taken and whose storage belonged to another such: see `reuses`. */
static void reuses_find(struct cfg *g, struct item *items, unsigned count)
{
	struct core_function *f = g->function;

	f->reuses = ARENA_ARRAY(g->arena, bool, f->local_count);
	for (unsigned i = 0; i < count; i++)
		for (unsigned k = 0; k < count; k++) {
			struct item *a = &items[i], *b = &items[k];
			if (a != b && a->addressed && b->addressed &&
			    a->offset < b->offset + b->size && b->offset < a->offset + a->size)
				f->reuses[a->object] = true;
		}
}

static unsigned headers_inside(struct core_unit *u, struct core_function *f)
{
	uint64_t largest = 0;
	unsigned most = 0;

	for (unsigned i = 0; i < f->await_count; i++) {
		uint64_t extent;
		uint32_t align;
		unsigned headers;
		if (!f->awaits[i]->callee)
			continue;
		embedded_frame_extent(u, f->awaits[i], &extent, &align, &headers);
		if (extent > largest || (extent == largest && headers < most)) {
			largest = extent;
			most = headers;
		}
	}
	return most;
}

/* Some way from the entry to the end has no await. */
static bool ends_early(struct cfg *g)
{
	struct block **stack = ARENA_ARRAY(g->arena, struct block *, g->blocks.len);
	bool *seen = ARENA_ARRAY(g->arena, bool, g->blocks.len);
	unsigned top = 0;

	seen[0] = true;
	stack[top++] = g->blocks.data[0];
	while (top) {
		struct block *b = stack[--top];
		if (b == g->exit)
			return true;
		if (b->events.len && vec_last(&b->events).kind == EV_AWAIT)
			continue;
		for (unsigned i = 0; i < b->succs.len; i++)
			if (!seen[b->succs.data[i]->id]) {
				seen[b->succs.data[i]->id] = true;
				stack[top++] = b->succs.data[i];
			}
	}
	return false;
}

/* A task that has not run needs the start of its frame alone, up to its parameters and its value. That pays where it may end without having needed more:
 * the start takes at most a quarter of the frame. (There is room for a pointer behind the header.) */
static uint64_t start_size(struct cfg *g, const struct frame_layout *l, uint64_t value_size)
{
	struct core_function *f = g->function;
	uint64_t size = round_up(l->value_offset + value_size, HEADER_ALIGN);

	if (size < 2 * HEADER_SIZE)
		size = 2 * HEADER_SIZE;
	for (unsigned i = 0; i < f->function->param_count; i++)
		if (l->params[i].offset + l->params[i].size > size)
			size = round_up(l->params[i].offset + l->params[i].size, HEADER_ALIGN);
	return !f->yields && l->align == HEADER_ALIGN && size <= l->size / 4 && ends_early(g) ? size : 0;
}

void layout_compute(struct cfg *g, const struct conflicts *c, struct core_unit *u)
{
	struct core_function *f = g->function;
	struct frame_layout *l = &f->layout;
	unsigned params = f->function->param_count, count = 0;
	struct item *items = ARENA_ARRAY(g->arena, struct item, g->object_count);
	struct item **near = ARENA_ARRAY(g->arena, struct item *, g->object_count);
	struct type *value = f->function->return_type;
	uint64_t value_size = type_kind(value) == TY_VOID ? 0 : value->size;
	const bool *addressed = addressed_find(g);

	for (unsigned object = 0; object < g->object_count; object++) {
		if (object < params || is_embedded(f, object) || (object < f->local_count && f->captured[object])) {
			items[count].object = object;
			items[count].size = object_size(u, f, object, &items[count].align);
			items[count].addressed = object < f->local_count && addressed[object];
			items[count].local = object < f->local_count;
			items[count].array = object < f->local_count && type_kind(f->locals[object]->type) == TY_ARRAY;
			count++;
		}
	}
	qsort(items, count, sizeof *items, item_compare);
	l->align = HEADER_ALIGN;
	l->value_offset = round_up(HEADER_SIZE, value_size ? value->align : 1);
	if (value_size && value->align > l->align)
		l->align = value->align;
	l->extent = l->value_offset + value_size;
	/* What a generator has given is read while it is suspended. */
	uint64_t start = f->yields ? l->extent : HEADER_SIZE;
	l->params = ARENA_ARRAY(u->arena, struct frame_slot, params);
	l->slots = ARENA_ARRAY(u->arena, struct frame_slot, f->local_count);
	l->slot_count = 0;
	uint64_t *offsets = ARENA_ARRAY(g->arena, uint64_t, g->object_count);
	for (unsigned i = 0; i < count; i++) {
		struct item *item = &items[i];
		item_place(c, items, i, near, start);
		offsets[item->object] = item->offset;
		if (item->offset + item->size > l->extent)
			l->extent = item->offset + item->size;
		if (item->align > l->align)
			l->align = item->align;
		if (item->object >= f->local_count)
			f->awaits[item->object - f->local_count]->offset = item->offset;
	}
	for (unsigned object = 0; object < f->local_count; object++) {
		struct frame_slot slot = { .symbol = f->locals[object], .offset = offsets[object] };
		slot.size = object_size(u, f, object, &slot.align);
		if (object < params)
			l->params[object] = slot;
		if (f->captured[object])
			l->slots[l->slot_count++] = slot;
	}
	l->size = round_up(l->extent, l->align);
	l->start_size = start_size(g, l, value_size);
	l->headers = 1 + headers_inside(u, f);
	l->payload = l->extent - (uint64_t)HEADER_SIZE * l->headers;
	reuses_find(g, items, count);
}
