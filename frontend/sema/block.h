/* Blocks that are functions of their own (async { }, closures, the blocks of spawns), and the statements of structured
 * concurrency. Part of internal.h. */
#ifndef ASYNCC_SEMA_BLOCK_H
#define ASYNCC_SEMA_BLOCK_H

#include "frontend/sema/internal.h"

/* A block while it is checked. Its function's return_type is TY_AUTO until all of its returns are known, unless an
 * arrow gives it. */
struct block {
	struct node *node;             /* ASYNC_BLOCK, CLOSURE, SPAWN_BLOCK */
	struct node *loop, *breakable; /* around it: what `continue` and `break` can't mean */
	struct node_list returns;
	struct node *first_try;        /* the first `?` that leaves it */
	bool broken;                   /* a syntax error stands in it: a return may be missing */
	bool inferred;
	bool unevaluated;              /* it lies in an operand that is not evaluated */
};

/* -- block.c */
void check_async_block(struct sema *s, struct node *n);
void check_closure(struct sema *s, struct node *n);
void check_spawn_block(struct sema *s, struct node *n);
/* The type that `return` and `?` give: of a generator int; TY_AUTO in a block whose type isn't known yet. */
struct type *leave_type(const struct function *f);
/* A `?` in a block whose type isn't known yet. */
void block_try(struct sema *s, struct node *n);
void block_return(struct sema *s, struct node *n);
bool in_inferred_block(const struct sema *s);
/* The type behind the arrow of a closure; NULL: void. */
struct type *block_value_type(struct sema *s, struct node *arrow);

/* -- capture.c */
/* What an automatic object of an enclosing function is called here: the block's copy, or the object itself. */
struct symbol *captured_symbol(struct sema *s, struct symbol *sym, loc_t use);
/* The capture that `sym` is the copy of, or NULL. */
struct capture *capture_of(const struct symbol *sym);
/* The variable that a copy is made from, through all levels. */
const struct symbol *origin_of(const struct symbol *sym);
/* The variable of which `lvalue` is the whole or a part, or NULL. */
struct symbol *variable_of(struct node *lvalue);
void check_capture_assign(struct sema *s, struct node *lvalue, loc_t loc); /* -Wcapture-assign */
void check_capture_sizeof(struct sema *s, struct node *operand, loc_t loc); /* -Wsizeof-capture */
void check_escapes(struct sema *s, struct function *f);                    /* -Wescaping-capture */

/* -- capture_address.c: -Wcapture-address */
void check_capture_address(struct sema *s, struct node *lvalue, const struct node *address);
void check_copies(struct sema *s, struct function *f); /* and -Wcapture-condition */

/* -- nursery.c, region.c, stream.c */
void check_nursery(struct sema *s, struct node *n);
void check_shield(struct sema *s, struct node *n);
void check_join(struct sema *s, struct node *n);
void check_select(struct sema *s, struct node *n);
void check_async_for(struct sema *s, struct node *n);
void check_yield(struct sema *s, struct node *n);
/* May `what` ("'async join'") stand here, in async code? Reports if not. */
bool async_construct_allowed(struct sema *s, loc_t loc, const char *what);
/* Control may be suspended at `loc`. */
void note_suspension(struct sema *s, loc_t loc);
/* The innermost barrier of `kind` around this point in the function, or NULL. */
const struct barrier *barrier_around(const struct sema *s, enum barrier_kind kind);

/* -- stmt.c */
void check_items(struct sema *s, struct node_list *items); /* of a block: statements, declarations, defers */
void mark_scope(struct sema *s);                           /* notes in s->scope where it lies */
void scope_push_inside(struct sema *s);                    /* names of their own within the block around them */
bool head_close_if_empty(struct sema *s);                  /* ends the names of a head that declared none */
/* `n` is what `break` and `continue` mean now: gives what they meant before, for s->targets behind the loop. */
struct jump_targets enter_loop(struct sema *s, struct node *n);

/* -- switch.c */
void check_switch(struct sema *s, struct node *n);
void check_case(struct sema *s, struct node *n);
void check_default(struct sema *s, struct node *n);

#endif
