/* Attributes -> text, in the style that they were written in: `__attribute__((a, b(1)))`, `[[gnu::a]]`. */
#include "lower/print/internal.h"

static void print_attribute(struct printer *p, const struct ast_ATTRIBUTE *a)
{
	if (a->ns && a->c23) {
		put(p, a->ns);
		put(p, "::");
	}
	put(p, a->name);
	if (!a->has_args)
		return;
	put(p, "(");
	for (unsigned i = 0; i < a->args.len; i++) {
		if (i)
			put(p, ", ");
		if (a->args.data[i]->kind == N_TYPE_NAME)
			print_type_name(p, a->args.data[i]);
		else
			print_expr(p, a->args.data[i], PREC_ASSIGN);
	}
	if (!a->args.len)
		put_n(p, a->text, a->text_len);
	put(p, ")");
}

/* Named address spaces come as attributes, but are words of their own. */
static bool is_address_space(const struct ast_ATTRIBUTE *a)
{
	return !strcmp(a->name, "__seg_fs") || !strcmp(a->name, "__seg_gs");
}

static void print_address_spaces(struct printer *p, const struct node_list *list)
{
	for (unsigned i = 0; i < list->len; i++) {
		const struct ast_ATTRIBUTE *a = &list->data[i]->u.ATTRIBUTE;
		if (a->name && !a->c23 && is_address_space(a)) {
			put_space(p);
			put(p, a->name);
			put_space(p);
		}
	}
}

void print_attributes(struct printer *p, const struct node_list *list, unsigned styles, bool (*keep)(const struct node *attribute))
{
	if (styles & ATTRS_GNU)
		print_address_spaces(p, list);
	bool open = false, open_c23 = false;
	for (unsigned i = 0; i < list->len; i++) {
		const struct ast_ATTRIBUTE *a = &list->data[i]->u.ATTRIBUTE;
		if (!a->name || !(styles & (a->c23 ? ATTRS_C23 : ATTRS_GNU)) || (a->ns && !strcmp(a->ns, "asyncc")) || (!a->c23 && is_address_space(a)) ||
		    (keep && !keep(list->data[i])))
			continue;
		if (open && open_c23 != a->c23) {
			put(p, open_c23 ? "]]" : "))");
			open = false;
		}
		if (open) {
			put(p, ", ");
		} else {
			put_space(p);
			put(p, a->c23 ? "[[" : "__attribute__((");
		}
		open = true;
		open_c23 = a->c23;
		print_attribute(p, a);
	}
	if (open) {
		put(p, open_c23 ? "]]" : "))");
		put_space(p);
	}
}
