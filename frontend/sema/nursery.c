/* Nurseries, `async shield` and `async join`: statements whose bodies lie inline in their function.
 *
 * In:  the node. Out: NURSERY.ann (struct nursery_use), the scopes of the bodies, and in s->barriers what a jump may not
 * cross: into any of them, out of a branch of a join. */
#include "frontend/sema/internal.h"

bool async_construct_allowed(struct sema *s, loc_t loc, const char *what)
{
	use_dialect(s);
	if (s->no_await && s->no_await_reason) {
		diag_error(s->diag, loc, "%s %s", what, s->no_await_reason);
		diag_note(s->diag, loc, "only a constant may stand here");
		return false;
	}
	if (in_async_context(s) || s->unevaluated)
		return true;
	if (!s->function) {
		diag_error(s->diag, loc, "%s outside of a function", what);
		diag_note(s->diag, loc, "nothing can wait here; start from an async function, such as 'async fn main(void) -> int'");
		return false;
	}
	if (s->function->kind == FN_THREAD) {
		diag_error(s->diag, loc, "%s in a block that runs on a thread of its own", what);
		diag_note(s->diag, loc, "nothing is suspended there; put it into an async block and wait with 'block_on(async { ... })'");
		return false;
	}
	diag_error(s->diag, loc, "%s in '%s', which is not an async function", what, s->function->symbol->name);
	diag_note(s->diag, s->function->symbol->loc, "declare it 'async fn %s(...)', or wait with 'block_on(async { ... })'",
		  s->function->symbol->name);
	return false;
}

void note_suspension(struct sema *s, loc_t loc)
{
	if (s->unevaluated)
		return;
	s->suspensions++;
	node_list_push(s->arena, &s->function->awaits, node_new(s->arena, N_EMPTY_DECL, loc, loc, loc));
}

const struct barrier *barrier_around(const struct sema *s, enum barrier_kind kind)
{
	for (const struct barrier *b = s->barriers; b; b = b->outer)
		if (b->kind == kind)
			return b;
	return NULL;
}

/* -- nurseries ------------------------------------------------------------------------------------------- */
static bool nursery_allowed(struct sema *s, struct node *n)
{
	if (!s->function || s->no_await) {
		diag_error(s->diag, n->loc, "a nursery %s", s->function && s->no_await_reason ? s->no_await_reason : "outside of a function");
		diag_note(s->diag, n->loc, "it is a statement that runs; put it into a function");
		return false;
	}
	/* The root of a thread may have one of async tasks: it ends where the thread would have gone on. */
	if (!n->u.NURSERY.is_async || s->function->kind == FN_THREAD)
		return true;
	return async_construct_allowed(s, n->loc, "'async nursery'");
}

static struct symbol *nursery_variable(struct sema *s, struct node *n)
{
	struct type *tag = runtime_struct(s, n->u.NURSERY.is_async ? "async_nursery" : "sync_nursery");
	loc_t loc = n->u.NURSERY.name ? (loc_t)n->u.NURSERY.name_loc : n->loc;
	struct symbol *sym = symbol_new(s, SYM_VARIABLE, n->u.NURSERY.name, type_pointer(s->arena, tag), loc);

	sym->defined = true;
	scope_add(s, sym);
	return sym;
}

void check_nursery(struct sema *s, struct node *n)
{
	struct nursery_use *use = ARENA_NEW(s->arena, struct nursery_use);
	struct node *body = n->u.NURSERY.body;
	const struct barrier *barriers = s->barriers;
	unsigned before = s->suspensions;

	use_dialect(s);
	n->ann = use;
	n->type = type_basic(TY_INT);
	if (!nursery_allowed(s, n)) {
		n->type = type_basic(TY_ERROR);
		return;
	}
	barrier_push(s, BARRIER_NURSERY, n);
	scope_push(s, body);
	mark_scope(s);
	use->scope = body->ann;
	use->variable = nursery_variable(s, n);
	check_items(s, &body->u.COMPOUND.items);
	if (n->u.NURSERY.is_async && in_async_context(s))
		note_suspension(s, body->u.COMPOUND.end ? (loc_t)body->u.COMPOUND.end : body->loc);
	scope_pop(s);
	s->barriers = barriers;
	if (s->suspensions != before)
		body->flags |= NF_HAS_AWAIT;
}

/* -- shields --------------------------------------------------------------------------------------------- */
void check_shield(struct sema *s, struct node *n)
{
	struct node *ms = n->u.SHIELD.ms;

	if (!async_construct_allowed(s, n->loc, "'async shield'"))
		return;
	if (ms) {
		struct type *t = check_rvalue(s, ms, NULL);

		if (type_kind(t) != TY_ERROR && !type_is_integer(t) && !reject_future(s, ms, "the bound of a shield") &&
		    !reject_result(s, ms, "the bound of a shield"))
			diag_error(s->diag, expr_loc(ms), "the bound of a shield is a number of milliseconds, not '%s'", type_text(s->arena, t));
		check_time(s, ms);
	}
	barrier_push(s, BARRIER_SHIELD, n);
	check_stmt(s, n->u.SHIELD.body);
	barrier_pop(s);
	note_suspension(s, n->end - 1);
}

/* -- joins ----------------------------------------------------------------------------------------------- */
static void check_branch(struct sema *s, struct node *item)
{
	struct jump_targets targets = s->targets;

	s->targets = (struct jump_targets){0};
	barrier_push(s, BARRIER_BRANCH, item);
	check_stmt(s, item);
	barrier_pop(s);
	s->targets = targets;
}

void check_join(struct sema *s, struct node *n)
{
	struct node *body = n->u.JOIN.body;
	const struct barrier *barriers = s->barriers;

	if (!async_construct_allowed(s, n->loc, "'async join'"))
		return;
	scope_push(s, body);
	mark_scope(s);
	for (unsigned i = 0; i < body->u.COMPOUND.items.len; i++) {
		struct node *item = body->u.COMPOUND.items.data[i];

		if (item->kind == N_DECLARATION) {
			diag_error(s->diag, item->begin, "a declaration directly in an 'async join'");
			diag_note(s->diag, item->begin,
				  "each statement in it is a branch of its own; declare the variable before the join, or in a branch '{ ... }'");
			check_stmt(s, item);
		} else if (item->kind == N_DEFER) {
			diag_error(s->diag, item->loc, "a 'defer' directly in an 'async join'");
			diag_note(s->diag, item->loc, "each statement in it is a branch of its own; put the 'defer' before the join, or in a branch '{ ... }'");
			check_defer(s, item);
		} else {
			check_branch(s, item);
		}
	}
	scope_pop(s);
	s->barriers = barriers;
	body->flags |= NF_HAS_AWAIT;
	note_suspension(s, body->u.COMPOUND.end ? (loc_t)body->u.COMPOUND.end : body->loc);
}
