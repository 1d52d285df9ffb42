/* Jumps: labels that are missing, and jumps into the scope of what has to be passed first.
 *
 * At every point of a function a chain of barriers names what is in scope there: variables of variably modified type,
 * futures, defers, and the bodies of defers and statement expressions. A jump may leave barriers behind, but not come under new
 * ones:
 *
 *     goto in;                    from: -                       to: defer        error
 *     { defer f(); in: ; }
 *
 * It may not leave the body of a defer, or a branch of a join, either. */
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

/* The innermost barrier left on the way that may not be left, or NULL. */
static const struct barrier *left_closed(const struct barrier *from, const struct barrier *to)
{
	for (; from && !chain_holds(to, from); from = from->outer)
		if (from->kind == BARRIER_DEFER_BODY || from->kind == BARRIER_BRANCH)
			return from;
	return NULL;
}

static void report_left(struct sema *s, loc_t loc, const char *what, const struct barrier *out)
{
	if (out->kind == BARRIER_BRANCH) {
		diag_error(s->diag, loc, "%s jumps out of a branch of 'async join'", what);
		diag_note(s->diag, out->node->begin, "the other branches would still run; set a variable and test it behind the join");
		return;
	}
	diag_error(s->diag, loc, "%s jumps out of a 'defer'", what);
	diag_note(s->diag, out->node->loc,
		  "a deferred statement runs to its end; set a variable and test it after the block");
}

/* A barrier of plain C, about which gcc and clang say the same. */
static void report_plain(struct sema *s, loc_t loc, loc_t to_loc, bool is_goto, const char *construct)
{
	c_error(s, loc, is_goto ? "jump into %s" : "switch jumps into %s", construct);
	if (is_goto)
		diag_note(s->diag, to_loc, "label defined here");
}

/* Constructs whose beginning does something that the jump would skip. */
static const struct {
	const char *name, *why;
} constructs[] = {
	[BARRIER_NURSERY] = {"a nursery", "it has to be entered at its beginning; put the label before it"},
	[BARRIER_SHIELD] = {"an 'async shield'", "it has to be entered at its beginning; put the label before it"},
	[BARRIER_BRANCH] = {"a branch of 'async join'", "a branch is entered where the join starts it; put the label before the join"},
	[BARRIER_ARM] = {"an arm of 'async select'", "an arm is entered when it has won; put the label before the select"},
	[BARRIER_ASYNC_FOR] = {"an 'async for'", "its stream would not have been opened; put the label before it"},
	[BARRIER_HANDLER] = {"the 'else' of an 'async for'", "it is entered with the error that ended the stream"},
};

static const char *owner_text(const struct type *t)
{
	switch (type_kind(t)) {
	case TY_TASK:
		return "task handle";
	case TY_STREAM:
		return "stream";
	default:
		return "future";
	}
}

void check_jump(struct sema *s, loc_t loc, const struct barrier *from, const struct barrier *to, loc_t to_loc,
		const char *what)
{
	const struct barrier *b = crossed(from, to), *out = left_closed(from, to);

	if (out) {
		report_left(s, loc, what, out);
		return;
	}
	if (!b)
		return;
	switch (b->kind) {
	case BARRIER_VM:
		if (!s->strict)
			break;
		report_plain(s, loc, to_loc, what[1] == 'g', "scope of identifier with variably modified type");
		diag_note(s->diag, b->node->loc, "declared here");
		break;
	case BARRIER_STMT_EXPR:
		if (s->strict)
			report_plain(s, loc, to_loc, what[1] == 'g', "statement expression");
		break;
	case BARRIER_FUTURE:
		diag_error(s->diag, loc, "%s jumps past the declaration of a %s into its scope", what,
			   owner_text(((struct symbol *)b->node->ann)->type));
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
	case BARRIER_NURSERY:
	case BARRIER_SHIELD:
	case BARRIER_BRANCH:
	case BARRIER_ARM:
	case BARRIER_ASYNC_FOR:
	case BARRIER_HANDLER:
		diag_error(s->diag, loc, "%s jumps into %s", what, constructs[b->kind].name);
		diag_note(s->diag, b->node->loc ? b->node->loc : b->node->begin, "%s", constructs[b->kind].why);
		break;
	}
}

/* Constructs of plain C are gcc's and clang's affair. */
static bool is_plain(const struct barrier *b)
{
	return b->kind == BARRIER_VM || b->kind == BARRIER_STMT_EXPR;
}

/* A computed goto may go to every label of the function whose address is taken. False: one of them was reported. */
static bool check_computed_jump(struct sema *s, const struct jump *j, const struct label *to)
{
	const struct barrier *b = to->node ? crossed(j->from, to->barriers) : NULL;

	if (!to->node || (!left_closed(j->from, to->barriers) && (!b || is_plain(b))))
		return true;
	check_jump(s, j->node->loc, j->from, to->barriers, to->node->loc, "a computed 'goto'");
	diag_note(s->diag, to->node->loc, "it may go to any label whose address is taken, '%s' is one", to->name);
	return false;
}

static void check_computed_jumps(struct sema *s)
{
	for (unsigned i = 0; i < s->computed.len; i++)
		for (unsigned k = 0; !s->computed.data[i].label && k < s->computed.len; k++)
			if (s->computed.data[k].label && !check_computed_jump(s, &s->computed.data[i], s->computed.data[k].label))
				break;
}

void check_jumps(struct sema *s, struct function *f)
{
	check_computed_jumps(s);
	for (unsigned i = 0; i < s->jumps.len; i++) {
		struct jump *j = &s->jumps.data[i];

		if (f->is_nested && j->label->declared_local)
			continue; /* of the function around it */
		if (!j->label->node) {
			/* Reported once a label. */
			if (j->label->declared_local || j->label->first_use != j->node->loc)
				continue;
			c_error(s, j->node->loc, "label '%s' used but not defined", j->label->name);
			if (f->block)
				diag_note(s->diag, f->block->node->loc, "a block is a function of its own, which 'return' leaves");
			continue;
		}
		check_jump(s, j->node->loc, j->from, j->label->barriers, j->label->node->loc, "'goto'");
	}
}
