/* The invariants of core form, asserted on every function. */
#include "lower/normalize/internal.h"

static bool verify_child(struct node **child, void *ctx)
{
	struct node *c = *child;

	assert(c->kind != N_TRY && c->kind != N_DEFER);
	assert(c->kind != N_MEMBER || !c->ann || ((struct member_use *)c->ann)->role == ROLE_MEMBER);
	if (c->kind == N_CALL && c->ann) {
		enum call_role role = ((struct call_use *)c->ann)->role;
		assert(role == CALL_C || role == CALL_ASYNC);
	}
	if (c->kind == N_DECLARATION)
		assert(c->u.DECLARATION.declarators.len == 1);
	if (c->kind == N_FUNCTION_DEF || c->kind == N_TAG)
		return true; /* a nested function, a type declared in an expression: they pass through */
	core_each_child(c, verify_child, ctx);
	return true;
}

void core_verify(const struct core_function *f)
{
	struct node *body = f->body;

	verify_child(&body, NULL);
	for (unsigned i = 0; i < f->local_count; i++)
		assert(f->locals[i]->index == i);
	for (unsigned i = 0; i < f->await_count; i++)
		assert(f->awaits[i]->index == i && (!f->awaits[i]->callee || !f->awaits[i]->future));
}
