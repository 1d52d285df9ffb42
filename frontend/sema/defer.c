/* `defer`: where it may stand, and what may stand in it. Jumps across it are jump.c's. */
#include "frontend/sema/internal.h"

void check_defer(struct sema *s, struct node *n)
{
	struct jump_targets targets = s->targets;
	struct node *defer = s->defer;

	use_dialect(s);
	s->function->uses_defer = true;
	if (s->scope->info)
		s->scope->info->has_defer = true;
	s->targets = (struct jump_targets){0};
	s->defer = n;
	barrier_push(s, BARRIER_DEFER_BODY, n);
	scope_push(s, n);
	if (s->scope->info)
		s->scope->info->in_defer = true;
	check_stmt(s, n->u.DEFER.body);
	scope_pop(s);
	barrier_pop(s);
	s->targets = targets;
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
