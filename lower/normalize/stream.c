/* Streams. */
#include "lower/normalize/internal.h"

void stream_leave(struct normalizer *n, struct pending *p)
{
	struct node *arg = address_of(n, p->symbol, p->loc);

	emit_operation(n, "async__stream_close", &arg, 1, "close", NULL, p->loc);
}
