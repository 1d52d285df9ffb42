/* Lists of nodes.
 *
 * Lists under construction live on one stack (parser.list): LR parsing completes inner lists before outer ones go on, so the elements of a list are
 * contiguous; its value is where they start. list_take moves them into an array of exactly their number. */
#include "frontend/parse/internal.h"

#include <string.h>

unsigned list_begin(struct parser *p)
{
	return p->list_len;
}

void list_add(struct parser *p, struct node *n)
{
	array_push(p->arena, p->list, p->list_len, p->list_cap, n);
}

unsigned list_start(struct parser *p, struct node *first)
{
	unsigned start = p->list_len;

	list_add(p, first);
	return start;
}

void list_drop(struct parser *p, unsigned start)
{
	if (p->list_len > start)
		p->list_len = start;
}

struct node_list list_take(struct parser *p, unsigned start)
{
	struct node_list list = {0};
	unsigned len = p->list_len - start;

	if (len) {
		list.data = ARENA_ARRAY(p->arena, struct node *, len);
		list.len = list.cap = len;
		memcpy(list.data, p->list + start, sizeof *list.data * len);
	}
	p->list_len = start;
	return list;
}

unsigned list_skip(struct parser *p, unsigned first, unsigned second)
{
	memmove(p->list + first, p->list + second, sizeof *p->list * (p->list_len - second));
	p->list_len -= second - first;
	return first;
}

void node_list_push_tight(struct parser *p, struct node_list *list, struct node *n)
{
	if (list->cap == 0) {
		list->data = ARENA_ARRAY(p->arena, struct node *, 1);
		list->cap = 1;
	}
	node_list_push(p->arena, list, n);
}

void attrs_append(struct parser *p, struct node_list *to, const struct node_list *from)
{
	for (unsigned i = 0; from && i < from->len; i++)
		node_list_push(p->arena, to, from->data[i]);
}

void attrs_prepend(struct parser *p, struct node_list *to, const struct node_list *from)
{
	struct node_list joined = {0};

	attrs_append(p, &joined, from);
	attrs_append(p, &joined, to);
	*to = joined;
}

struct node_list *attrs_join(struct parser *p, struct node_list *a, struct node_list *b)
{
	attrs_append(p, a, b);
	return a;
}

loc_t attrs_begin(const struct node_list *attrs, loc_t otherwise)
{
	return attrs->len ? attrs->data[0]->begin : otherwise;
}

loc_t attrs_end(const struct node_list *attrs, loc_t otherwise)
{
	return attrs && attrs->len && attrs->data[attrs->len - 1]->end > otherwise ? attrs->data[attrs->len - 1]->end : otherwise;
}
