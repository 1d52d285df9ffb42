/* Jumps: labels that are missing, and jumps into the scope of what has to be passed first.
 *
 * At every point of a function a chain of barriers names what is in scope there: variables of variably modified type,
 * futures, defers, and the bodies of defers and statement expressions. A jump may leave barriers behind, but not come under new
 * ones:
 *
 *     goto in;                    from: -                       to: defer        error
 *     { defer f(); in: ; }
 *
 * It may not leave the body of a defer either. */
#include "frontend/sema/internal.h"

void barrier_push(struct sema *s, enum barrier_kind kind, struct node *node)
{
	struct barrier *b = ARENA_NEW(s->arena, struct barrier);

	b->outer = s->barriers;
	b->kind = kind;
	b->node = node;
	s->barriers = b;
}

void barrier_pop(struct sema *s)
{
	s->barriers = s->barriers->outer;
}

static bool chain_holds(const struct barrier *chain, const struct barrier *b)
{
	for (; chain; chain = chain->outer)
		if (chain == b)
			return true;
	return false;
}

/* The outermost barrier of `to` that is not around `from`, or NULL. */
static const struct barrier *crossed(const struct barrier *from, const struct barrier *to)
{
	const struct barrier *found = NULL;

	for (; to && !chain_holds(from, to); to = to->outer)
		found = to;
	return found;
}

static const struct barrier *left_defer(const struct barrier *from, const struct barrier *to)
{
	for (; from && !chain_holds(to, from); from = from->outer)
		if (from->kind == BARRIER_DEFER_BODY)
			return from;
	return NULL;
}

void check_jump(struct sema *s, loc_t loc, const struct barrier *from, const struct barrier *to, loc_t to_loc,
		const char *what)
{
	const struct barrier *b = crossed(from, to), *out = left_defer(from, to);

	if (out) {
		diag_error(s->diag, loc, "%s jumps out of a 'defer'", what);
		diag_note(s->diag, out->node->loc,
			  "a deferred statement runs to its end; set a variable and test it after the block");
		return;
	}
	if (!b)
		return;
	switch (b->kind) {
	case BARRIER_VM:
		if (!s->strict)
			break;
		if (what[1] == 'g') {
			c_error(s, loc, "jump into scope of identifier with variably modified type");
			diag_note(s->diag, to_loc, "label defined here");
		} else {
			c_error(s, loc, "switch jumps into scope of identifier with variably modified type");
		}
		diag_note(s->diag, b->node->loc, "declared here");
		break;
	case BARRIER_FUTURE:
		diag_error(s->diag, loc, "%s jumps past the declaration of a future into its scope", what);
		diag_note(s->diag, b->node->loc,
			  "it would never be initialised, and still dropped when the block ends; declare it before the "
			  "jump, or put it into a block of its own");
		break;
	case BARRIER_DEFER:
		diag_error(s->diag, loc, "%s jumps past a 'defer' into its scope", what);
		diag_note(s->diag, b->node->loc,
			  "this 'defer' would be skipped, and still run when the block ends; put it into a block of "
			  "its own");
		break;
	case BARRIER_DEFER_BODY:
		diag_error(s->diag, loc, "%s jumps into a 'defer'", what);
		diag_note(s->diag, b->node->loc, "a deferred statement is entered only when its block is left");
		break;
	case BARRIER_STMT_EXPR:
		if (!s->strict)
			break;
		if (what[1] == 'g') {
			c_error(s, loc, "jump into statement expression");
			diag_note(s->diag, to_loc, "label defined here");
		} else {
			c_error(s, loc, "switch jumps into statement expression");
		}
		break;
	}
}

void check_jumps(struct sema *s, struct function *f)
{
	for (unsigned i = 0; i < s->jumps.len; i++) {
		struct jump *j = &s->jumps.data[i];

		if (f->is_nested && j->label->declared_local)
			continue; /* of the function around it */
		if (!j->label->node) {
			/* Reported once a label. */
			if (!j->label->declared_local && j->label->first_use == j->node->loc)
				c_error(s, j->node->loc, "label '%s' used but not defined", j->label->name);
			continue;
		}
		check_jump(s, j->node->loc, j->from, j->label->barriers, j->label->node->loc, "'goto'");
	}
}
