/* What the files of normalize share. Nothing outside lower/normalize includes this.
 *
 *   normalize.c  the entry: call graph, order of the functions, names of locals
 *   stmt.c       statements
 *   flatten.c    expressions that await: operands in order, temporaries
 *   copy.c       expressions that don't: the dialect's calls, moved futures
 *   await.c      `.await`, `?`
 *   cleanup.c    defers, cleanup attributes, futures and arrays that end with their block: exits
 *   vla.c        variably modified types
 *   build.c      new nodes and symbols */
#ifndef ASYNCC_LOWER_NORMALIZE_INTERNAL_H
#define ASYNCC_LOWER_NORMALIZE_INTERNAL_H

#include <assert.h>
#include <string.h>

#include "frontend/base/intern.h"
#include "lower/core.h"

enum pending_kind { PENDING_DEFER, PENDING_CLEANUP, PENDING_FUTURE, PENDING_ARRAY };

/* An exit that passes through a pending action: where control goes behind it. */
struct exit_edge {
	int id;                /* value of the selector */
	const char *target;    /* label; NULL: the statement */
	struct node *statement;/* a RETURN, a computed goto, the end of the unwinding */
};

/* Something that has to run when control leaves a block, innermost first. */
struct pending {
	enum pending_kind kind;
	struct pending *outer;
	struct scope_info *scope;
	struct node_list *out; /* where its block's statements go */
	loc_t loc;             /* in the text: from here on it is pending */
	unsigned level;        /* of defer bodies around it: selectors are shared within a level */
	struct node *body;     /* PENDING_DEFER */
	struct symbol *symbol; /* the others */
	const char *label;     /* jumps come in here; NULL: none */
	const char *unwind;    /* aborts come in here; NULL: none */
	bool selects;          /* something sets the selector before it runs */
	VEC(struct exit_edge) exits;
};

/* Where control goes behind the cleanups of a level. */
struct selector {
	struct symbol *symbol;
	bool tested;              /* some cleanup has more than one way out */
	VEC(struct node *) sets;  /* the statements that set it */
};

/* Loop or switch that is being lowered. */
struct enclosing {
	struct node *stmt;            /* the source statement that BREAK and CONTINUE name */
	struct pending *pending;      /* what was pending around it */
	const char *continue_label;   /* where `continue` goes when it can't be C's own; NULL: it can */
	const char *break_label;
	bool continue_used, break_used;
	struct enclosing *outer;
};

/* A variably modified object or type bound. */
struct bound {
	struct node *node;     /* the bound in the source */
	struct symbol *value;  /* its value */
};

struct normalizer {
	struct arena *arena;
	struct unit *unit;
	struct core_unit *core_unit;
	struct core_function *core;   /* the function that is being normalized */
	struct function *function;
	struct map names;             /* names that are taken in the function */
	struct map file_names;        /* names at file scope */
	struct map suffixes;          /* of a stem: the number that the next name made from it ends in */
	struct node_list *out;        /* where statements go */
	struct node_list *block_out;  /* where those of the source's innermost block go: differs from `out` inside what flattening made */
	struct scope_info *scope;     /* innermost block */
	struct pending *pending;      /* innermost pending action */
	struct enclosing *enclosing;
	unsigned level;               /* depth of defer bodies */
	VEC(struct selector) selectors; /* by level */
	struct symbol *return_value;  /* by the first return through a cleanup */
	int next_exit;
	unsigned next_temp, next_label;
	struct map labels;            /* struct label * -> emitted name */
	struct map anonymous;         /* TAG node of an anonymous member: printed inside its struct, not hoisted */
	struct map arrays;            /* struct symbol * -> struct symbol *: the memory of a variable-length array */
	struct map array_types;       /* of parameters in `arrays`: their variably modified types */
	VEC(struct bound) bounds;
	bool lowers_cleanups;         /* cleanup attributes are pending actions here */
	struct node *addressed;       /* compound literal whose address is being taken */
	VEC(struct label *) addressed_labels; /* &&label occurs in the function */
	struct map embedded;          /* call graph edges: N_CALL node -> itself, where the callee's frame is embedded */
};

/* -- build.c */
struct node *make(struct normalizer *n, enum node_kind kind, loc_t loc, struct type *type);
struct node *new_text(struct normalizer *n, loc_t loc, const char *format, ...) __attribute__((format(printf, 3, 4)));
struct node *new_ident(struct normalizer *n, struct symbol *s, loc_t loc);
struct node *new_number(struct normalizer *n, long value, loc_t loc);
struct node *new_unary(struct normalizer *n, enum ast_op op, struct node *operand, struct type *type);
struct node *new_binary(struct normalizer *n, enum ast_op op, struct node *lhs, struct node *rhs, struct type *type);
struct node *new_assign(struct normalizer *n, struct node *lhs, struct node *rhs);
struct node *new_cast(struct normalizer *n, struct type *to, struct node *operand);
struct node *new_paren(struct normalizer *n, struct node *inner);
struct node *new_member(struct normalizer *n, struct node *base, const char *name, struct type *type);
struct node *new_call(struct normalizer *n, const char *function, struct type *type, loc_t loc); /* of a runtime function; push the arguments */
struct node *new_expr_stmt(struct normalizer *n, struct node *expr);
struct node *new_goto(struct normalizer *n, const char *label, loc_t loc);
struct node *new_compound(struct normalizer *n, loc_t loc);
struct node *new_label(struct normalizer *n, const char *name, loc_t loc); /* with an empty statement */
struct node *new_if(struct normalizer *n, struct node *cond, struct node *then, struct node *otherwise);
void emit(struct normalizer *n, struct node *stmt);
struct symbol *new_temp(struct normalizer *n, struct type *type, const char *stem);
void local_add(struct normalizer *n, struct symbol *s); /* gives it its index */
/* Emits a declaration of `s`; init may be NULL. */
void emit_declaration(struct normalizer *n, struct symbol *s, struct node *init, loc_t loc);
const char *unique_name(struct normalizer *n, const char *stem);
const char *unused_label(struct normalizer *n, const char *stem);
struct type *value_type(struct normalizer *n, struct type *t); /* decayed, unqualified */

/* -- copy.c */
/* A new tree for an expression that suspends nowhere; the dialect's calls in it become C. */
struct node *copy_expr(struct normalizer *n, struct node *e);
struct node *copy_init(struct normalizer *n, struct node *init);
struct node *copy_result(struct normalizer *n, struct node *call, struct node *arg); /* ok(), err() */
struct node *copy_block_on(struct normalizer *n, struct node *call, struct node *operand);
/* An assignment to a future variable discards the future that it held. */
struct node *put_future(struct normalizer *n, struct node *assign);
bool mentions_dialect(struct node *e);

/* A compound literal as an object of the source's innermost block, and what sets it: an expression that designates it. */
struct node *copy_literal_out(struct normalizer *n, struct node *literal, struct node *init);

/* -- flatten.c */
/* The expression without its awaits, which go out as statements before. NULL: its type is void and nothing is left. */
struct node *flatten(struct normalizer *n, struct node *e);
struct node *flatten_lvalue(struct normalizer *n, struct node *e, struct node **later, unsigned count);
void flatten_operands(struct normalizer *n, struct node **operands, unsigned count);
void flatten_discard(struct normalizer *n, struct node *e); /* for its effects */
bool has_effects(struct node *e);
bool suspends(const struct node *e);
/* Flattens an initialiser that awaits; the result holds none. */
struct node *flatten_init(struct normalizer *n, struct node *init, struct type *type);

/* -- await.c */
struct node *flatten_await(struct normalizer *n, struct node *member, struct symbol *into, bool dropped);
struct node *flatten_try(struct normalizer *n, struct node *e, bool dropped);

/* -- stmt.c */
void lower_stmt(struct normalizer *n, struct node *s);
/* `s` as a statement of its own. */
struct node *lower_block(struct normalizer *n, struct node *s);
/* The items of a compound; `value` receives that of the last expression statement (a statement expression), or NULL. */
void lower_items(struct normalizer *n, struct node *compound, struct symbol *value);
const char *label_name(struct normalizer *n, struct label *l);

/* -- cleanup.c */
void pending_push(struct normalizer *n, enum pending_kind kind, struct node *body, struct symbol *symbol, loc_t loc);
/* Runs what has become pending since `outer`, at the end of its block. */
void pending_finish(struct normalizer *n, struct pending *outer, loc_t loc);
/* Leaves everything pending down to `target`, then goes to the label or runs the statement. */
void emit_exit(struct normalizer *n, struct pending *target, const char *label, struct node *statement, loc_t loc);
/* Declares the selectors that are needed and takes away what sets the others. */
void finish_selectors(struct normalizer *n);
void emit_return(struct normalizer *n, struct node *value, loc_t loc);
/* What is pending at `label`. */
struct pending *pending_at(struct normalizer *n, struct label *label);
const char *unwind_label(struct normalizer *n);

/* -- vla.c */
struct type *lower_type(struct normalizer *n, struct type *t);
void capture_bounds(struct normalizer *n, struct type *t, loc_t loc);
/* Declares a variably modified local of an async function. */
void declare_array(struct normalizer *n, struct symbol *s, loc_t loc);

/* Makes a variably modified parameter of an async function a plain address. */
void declare_param(struct normalizer *n, struct symbol *s, loc_t loc);

/* -- verify.c */
void core_verify(const struct core_function *f);

#endif
