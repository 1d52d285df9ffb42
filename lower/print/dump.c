/* --dump=lowered: what takes the place of each item, as C without line directives. */
#include "lower/print/internal.h"

static void dump_items(struct printer *p, const struct node_list *list)
{
	for (unsigned i = 0; i < list->len; i++)
		print_item(p, list->data[i]);
}

void dump_lowered(FILE *out, struct lowered_unit *u)
{
	struct unit *unit = u->core->unit;
	struct node_list *items = &unit->tree->u.TRANSLATION_UNIT.items;
	struct buf text = { 0 };
	struct printer p;

	printer_init(&p, &text, unit->source);
	p.no_lines = true;
	for (unsigned i = 0; i < items->len; i++) {
		struct lowered_item *item = map_get(&u->by_item, items->data[i]);
		if (!item || !source_in_main(unit->source, item->item->begin))
			continue;
		dump_items(&p, &item->before);
		dump_items(&p, &item->body);
	}
	print_finish(&p);
	fwrite(text.data ? text.data : "", 1, text.len, out);
	buf_free(&text);
}
