/* `defer`: where it may stand, and what may stand in it. Jumps across it are jump.c's. */
#include "frontend/sema/internal.h"

void check_defer(struct sema *s, struct node *n)
{
	struct node *loop = s->loop, *breakable = s->breakable, *switch_stmt = s->switch_stmt, *defer = s->defer;
	struct switch_state *switch_state = s->switch_state;

	use_dialect(s);
	s->function->uses_defer = true;
	if (s->scope->info)
		s->scope->info->has_defer = true;
	s->loop = s->breakable = s->switch_stmt = NULL;
	s->switch_state = NULL;
	s->defer = n;
	barrier_push(s, BARRIER_DEFER_BODY, n);
	scope_push(s, n);
	if (s->scope->info)
		s->scope->info->in_defer = true;
	check_stmt(s, n->u.DEFER.body);
	scope_pop(s);
	barrier_pop(s);
	s->loop = loop;
	s->breakable = breakable;
	s->switch_stmt = switch_stmt;
	s->switch_state = switch_state;
	s->defer = defer;
	barrier_push(s, BARRIER_DEFER, n); /* up to the end of the block */
}

void report_labelled_defer(struct sema *s, struct node *n)
{
	diag_error(s->diag, n->loc, "'defer' has to stand directly in a block, not behind a label");
	diag_note(s->diag, n->loc,
		  "a jump to the label would pass it; end the label with a ';' of its own, or put both into a block");
}

/* One that stands under an `if`, a loop or a label, which has been reported. */
void check_stray_defer(struct sema *s, struct node *n)
{
	const struct barrier *barriers = s->barriers;

	check_defer(s, n);
	s->barriers = barriers;
}
