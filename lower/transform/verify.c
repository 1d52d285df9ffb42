/* Invariants of a lowered function: no construct of the dialect is left, no captured local is named as a C local, every C local that is named is
 * declared in the poll function, every await has its label. A violation is a mistake of the compiler. */
#include <assert.h>

#include "lower/transform/internal.h"

struct check {
	struct core_function *function;
	bool *declared;
};

static bool is_local(const struct core_function *f, const struct symbol *s)
{
	return s && (s->kind == SYM_VARIABLE || s->kind == SYM_PARAMETER) && s->index < f->local_count && f->locals[s->index] == s;
}

static bool check_node(struct node **slot, void *ctx)
{
	struct check *c = ctx;
	struct node *n = *slot;

	assert(n->kind != N_CORE_AWAIT && n->kind != N_CORE_FORK && n->kind != N_CORE_CONTEXT && n->kind != N_TRY && n->kind != N_DEFER);
	assert(!core_ends_branch(n));
	if (n->kind == N_IDENT && is_local(c->function, n->ann)) {
		struct symbol *s = n->ann;
		assert(!c->function->captured[s->index] && "a local of the frame is used as a C local");
		assert((s->index < c->function->function->param_count || c->declared[s->index] || c->function->preset[s->index] ||
			!c->function->declared[s->index]) &&
		       "a local is named before it is declared");
	}
	if (n->kind == N_DECLARATOR && is_local(c->function, n->ann)) {
		assert(!c->function->captured[((struct symbol *)n->ann)->index]);
		c->declared[((struct symbol *)n->ann)->index] = true;
	}
	if (n->kind == N_COMPOUND_LITERAL && is_local(c->function, n->ann))
		c->declared[((struct symbol *)n->ann)->index] = true;
	return each_child(n, check_node, ctx);
}

void lowered_verify(struct transform *t, struct lowering *l, struct node *poll)
{
	struct check c = { .function = l->core, .declared = ARENA_ARRAY(t->arena, bool, l->core->local_count) };

	check_node(&poll, &c);
}
