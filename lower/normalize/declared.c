/* Declarations that go to C as they are written: those of file scope, static and external ones of functions, the heads of ordinary functions.
 *
 *     typedef typeof(find(1).await) user;          ->  typedef __typeof__(struct user) user;
 *     static int n = sizeof(length().await);       ->  static int n = sizeof(int);
 * Nothing in them is evaluated when the program runs: what mentions the dialect is an operand of which only the type counts. */
#include "lower/normalize/internal.h"

static bool copy_part(struct node **part, void *ctx)
{
	*part = copy_declared(ctx, *part);
	return true;
}

struct node *copy_declared(struct normalizer *n, struct node *part)
{
	struct node *x;

	if (part->kind == N_COMPOUND || !mentions_dialect(part))
		return part;
	if (node_family(part->kind) == FAM_EXPR || node_family(part->kind) == FAM_INIT)
		return copy_init(n, part);
	x = node_copy(n->arena, part);
	if (part->kind == N_TYPEOF && node_family(part->u.TYPEOF.operand->kind) == FAM_EXPR)
		x->u.TYPEOF.operand = make(n, N_TYPE_NAME, part->loc, part->u.TYPEOF.operand->type);
	else
		node_each_child(x, copy_part, n);
	return x;
}

void normalize_declarations(struct normalizer *n)
{
	struct node_list *items = &n->unit->tree->u.TRANSLATION_UNIT.items;

	for (unsigned i = 0; i < items->len; i++)
		if (items->data[i]->flags & NF_USES_DIALECT)
			map_put(&n->core_unit->declared, items->data[i], copy_declared(n, items->data[i]));
}
