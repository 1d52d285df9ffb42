/* The CFG builder: shared by cfg.c (statements), cfg_expr.c (expressions) and fork.c. */
#ifndef ASYNCC_LOWER_ANALYZE_BUILD_H
#define ASYNCC_LOWER_ANALYZE_BUILD_H

#include "lower/analyze/internal.h"

/* A block of the program, while it is being walked; kept for jumps into and out of it. */
struct walk_scope {
	struct walk_scope *outer;
	unsigned depth;
	VEC(unsigned) objects; /* declared so far */
};

struct jump_target {
	struct block *block;
	struct walk_scope *scope; /* where control arrives */
};

/* A jump to a label that may not have been seen yet. */
struct pending_jump {
	struct block *from;
	struct walk_scope *scope;
	const char *label;
};

struct label_target {
	struct jump_target target;
	bool address_taken;
};

struct cfg_builder {
	struct arena *arena;
	struct cfg *cfg;
	struct core_function *function;
	struct block *current; /* never NULL; without predecessors in dead code */
	struct walk_scope *scope;
	bool idle;             /* the uses that come are */
	struct jump_target break_to, continue_to;
	struct block *switch_head;      /* innermost switch: its cases get edges from here */
	struct walk_scope *switch_scope;
	bool switch_has_default;
	struct jump_target branch_end;  /* innermost fork: where its branches meet */
	VEC(struct pending_jump) jumps;
	VEC(struct jump_target) computed; /* block: that ends in a computed goto; scope: there */
	VEC(struct event) log;          /* all events in the order of the walk, whatever block they are in */
	struct map labels;              /* interned name -> struct label_target * */
	VEC(struct label_target *) label_list;
};

struct block *block_new(struct cfg_builder *b, const char *what);
void block_link(struct cfg_builder *b, struct block *from, struct block *to);
void event_add(struct cfg_builder *b, enum event_kind kind, unsigned object, loc_t loc);
/* An edge to the label, made when all labels are known. */
void jump_to_label(struct cfg_builder *b, const char *name);
void label_address_taken(struct cfg_builder *b, const char *name);

void walk_stmt(struct cfg_builder *b, struct node *n);
/* Evaluates `n` for its value; an array's address escapes. NULL is allowed. */
void walk_value(struct cfg_builder *b, struct node *n);
/* Evaluates `n`, whose value nobody wants. */
void walk_dropped(struct cfg_builder *b, struct node *n);
/* Evaluates the bounds in a variably modified type. */
void walk_type_bounds(struct cfg_builder *b, struct type *t);
/* Evaluates an initialiser (expression or INIT_LIST) for an object of type `t`. */
void walk_initializer(struct cfg_builder *b, struct node *init, struct type *t);
/* Evaluates a condition and leaves edges to the two blocks. */
void walk_condition(struct cfg_builder *b, struct node *n, struct block *if_true, struct block *if_false);
/* Where the argument is the address of a tracked local (`&x`, an array), evaluates what leads to it and gives the local; else -1, and nothing was evaluated. */
int walk_pointer_argument(struct cfg_builder *b, struct node *arg);
void walk_asm(struct cfg_builder *b, struct node *n);
void walk_fork(struct cfg_builder *b, struct core_fork *fork);

#endif
