/* What futures, task handles and streams in local variables may hold at the point that a walk over their function has come to (handles.c);
 * the walk is that of futures.c. Sets of states are arrays of a byte a variable in the arena. */
#ifndef ASYNCC_SEMA_HANDLES_H
#define ASYNCC_SEMA_HANDLES_H

#include "frontend/sema/internal.h"

enum { FULL = 1, CONSUMED = 2, NEVER_SET = 4, AWAITED = 8 };

struct tracked {
	struct symbol *symbol;
	struct node *consumed; /* the first consumption that was walked, and where its text says so */
	loc_t consumed_loc;
	bool used;	       /* some text consumes it, or says `(void)f` */
	bool ignored;	       /* no errors: a defer consumes it */
	bool reported;
};

struct handles {
	struct sema *s;
	struct tracked *vars;
	unsigned count;
	uint8_t *now; /* a set of states for each variable; 0: this point is not reached */
	bool in_defer;
};

/* The variables of `function`, and `now` at its beginning. False: it has none. */
bool handles_collect(struct handles *h, const struct function *function);
/* -Wunused-future, -Wunused-task for those that the walk has not seen used. */
void handles_report_unused(const struct handles *h, const struct function *function);

uint8_t *states_new(struct handles *h); /* no state: nothing is reached */
uint8_t *states_copy(struct handles *h, const uint8_t *from);
void states_join(const struct handles *h, uint8_t *to, const uint8_t *from);
void states_unreachable(struct handles *h); /* from here on */

/* The variable that an expression names, or NULL. */
struct tracked *handle_of(struct handles *h, struct node *n);
/* `n` consumes it, at its own place or at `loc`; `left`: what it may be behind this. */
void handle_consume(struct handles *h, struct tracked *v, struct node *n, uint8_t left);
void handle_consume_at(struct handles *h, struct tracked *v, struct node *n, loc_t loc, uint8_t left);
/* A method that leaves the handle where it is. */
void handle_touch(struct handles *h, struct tracked *v, struct node *n);
void handle_fill(struct handles *h, struct tracked *v);
/* The program has looked at something, maybe at what an await gave: an interrupted one has left the handle valid. */
void handles_decide(struct handles *h);

#endif
