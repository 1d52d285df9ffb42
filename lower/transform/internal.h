/* What the files of transform share. Nothing outside lower/transform includes this.
 *
 *   transform.c  the entry: what takes the place of each item
 *   names.c      names that generated code uses, chosen so that they hide nothing of the user's
 *   frame.c      frame structs, suspension tables, descriptors
 *   poll.c       the poll function: entry switch, parameters, body
 *   rewrite.c    statements and expressions: locals to fields, declarations to assignments, returns
 *   await.c      the await protocol, forks
 *   block.c      spawned tasks, closures, blocks of threads
 *   entry.c      constructors, block_on helpers, main
 *   linkage.c    symbols by which the linker checks types across files, and the version of the runtime
 *   verify.c     invariants of the result                                                         */
#ifndef ASYNCC_LOWER_TRANSFORM_INTERNAL_H
#define ASYNCC_LOWER_TRANSFORM_INTERNAL_H

#include <string.h>

#include "frontend/base/intern.h"
#include "lower/core.h"

/* An async function on its way out, and the names chosen for it. */
struct lowering {
	struct core_function *core;
	const char *name;        /* the function's C name; generated ones are NAME__frame, NAME__poll, ... */
	const char *frame_tag;   /* "struct fetch__frame" */
	const char *base, *value;/* members of the frame: header and eventual value */
	const char **params;     /* members that hold the parameters */
	const char **callees;    /* members that hold embedded frames, by await; NULL: boxed */
	const char *frame;       /* the variables of the poll function */
	const char *self, *cx, *state, *child;
	const char **resume;     /* labels, by await */
	const char **branches;   /* labels, by branch of a fork */
	bool uses_child;         /* a boxed await occurs */
	bool constructor_used, block_on_used, embedded, spawn_used, closure_used; /* somewhere in the file */
	bool constructor_called; /* by more than operands that are not evaluated, as far as a C compiler may think of them */
	bool used;               /* by any of these, or from outside */
	bool is_unused;          /* a static function whose name stands nowhere else */
	bool emits_constructor, emits_fn;
	struct node *item;       /* its definition */
	struct node *home;       /* the item in whose place it is emitted: its own, or that of a callee that is defined later */
};

struct transform {
	struct arena *arena;
	struct core_unit *core;
	struct unit *unit;
	struct lowered_unit *out;
	struct map file_names;   /* names of file-scope symbols and tags */
	struct map by_symbol;    /* struct symbol * -> struct lowering *; definitions of this file */
	struct lowering **list;  /* in the order of core->functions */
	unsigned count;
	unsigned unevaluated;    /* depth of such operands, while uses are looked for */
	struct map outside;      /* struct symbol * -> itself: async functions of other files that this one uses */
	VEC(struct symbol *) outside_list; /* the same, in the order of their first uses */
	bool abi_named;          /* the output says for which runtime it was generated */
	struct map done_results; /* result types that are declared already: struct tag * */
	struct map walked_types; /* struct type *: looked through for result types */
};

/* -- names.c */
void names_choose(struct transform *t, struct lowering *l);
/* The C name of a local. */
const char *local_name(const struct symbol *s);

/* -- frame.c: text */
void frame_print(struct transform *t, struct lowering *l, struct buf *out);
void tables_print(struct transform *t, struct lowering *l, struct buf *out);
/* The type of the member that holds a local: without const and restrict. */
struct type *field_type(struct transform *t, struct type *type);
/* Assigning to an object of the type is an error in C. */
bool type_is_readonly(struct type *type);
/* `text` as a C string literal. */
void print_string(struct buf *out, const char *text);
const char *file_of(struct transform *t, loc_t loc);

/* -- poll.c */
struct node *poll_build(struct transform *t, struct lowering *l);
struct node *poll_prototype(struct transform *t, struct lowering *l);

/* -- rewrite.c */
/* The function that is being rewritten; lowering is NULL in an ordinary function. */
struct rewriter {
	struct transform *t;
	struct lowering *l;
	struct core_function *f;
	bool by_type; /* inside an operand whose qualifiers can be seen: of `&`, _Generic */
};
struct node *rewrite_expr(struct rewriter *r, struct node *n);
/* A statement; several become a COMPOUND, none an empty statement. NULL gives NULL. */
struct node *rewrite_stmt(struct rewriter *r, struct node *n);
void rewrite_items(struct rewriter *r, const struct node_list *items, struct node_list *out);
/* Statements that store `value` (an expression, rewritten) of type `type` in the lvalue `to`. */
struct node *store_stmt(struct rewriter *r, const char *to, struct type *type, struct node *value, loc_t loc);

/* -- await.c */
bool has_call_attributes(const struct symbol *s);
void await_expand(struct rewriter *r, struct node *n, struct node_list *out);
void fork_expand(struct rewriter *r, struct core_fork *fork, struct node_list *out);
/* The state at which a branch of a fork begins. */
unsigned branch_state(const struct core_function *f, const struct core_fork *fork, unsigned branch);

/* -- entry.c: text */
void constructor_print(struct transform *t, struct lowering *l, struct buf *out);
void block_on_print(struct transform *t, struct lowering *l, struct buf *out);
void main_print(struct transform *t, struct lowering *l, struct buf *out);
/* Prototypes of what stands for the function in C, ended by newlines; storage class and attributes as declared. */
void prototypes_print(struct transform *t, struct symbol *s, struct buf *out);

/* -- linkage.c: text */
/* Behind a definition: the symbol whose name tells its type; once a file, for which runtime it was generated. */
void contract_defined_print(struct transform *t, struct lowering *l, struct buf *out);
/* Behind the prototype of a function that another file defines: the reference to that symbol, if this file uses the function. */
void contract_needed_print(struct transform *t, struct symbol *s, struct buf *out);
/* Behind all items: the same for functions whose prototypes are not among them. */
void contracts_left_print(struct transform *t, struct buf *out);
/* An `inline` definition with external linkage: each file that includes it has one, and the linker keeps one of them. */
bool is_inline_definition(const struct function *fn);

/* `type name`, with bounds that only C has to understand. */
void declaration_print(struct buf *out, struct type *type, const char *name);
/* `to.x = x;` for each parameter. */
void param_stores_print(struct transform *t, struct lowering *l, const char *to, const char *indent, struct buf *out);
/* A name that is none of the parameters'. */
const char *free_name(struct transform *t, struct lowering *l, const char *wanted);

/* -- block.c: text */
void block_prototypes_print(struct transform *t, struct lowering *l, struct buf *out);
void block_print(struct transform *t, struct lowering *l, struct buf *out);
/* The block of a thread: an ordinary function. */
void thread_prototypes_print(struct transform *t, struct core_function *f, struct buf *out);
void thread_emit(struct transform *t, struct core_function *f, struct node_list *out);
/* Where the body names __func__ or its kin: the array that it is, with the user's function's name in it. */
void func_name_print(struct transform *t, struct core_function *f, const char *name, struct buf *out);
/* What discards a parameter of a function that is never polled; NULL: it is no handle. */
const char *drop_function(const struct symbol *param);
unsigned error_size(const struct type *value);

/* `name` or `__name__`, GNU's. */
bool attribute_is_named(const struct node *attribute, const char *name);

/* -- verify.c */
void lowered_verify(struct transform *t, struct lowering *l, struct node *poll);

/* -- nodes */
struct node *node_text(struct transform *t, loc_t loc, const char *format, ...) __attribute__((format(printf, 3, 4)));
struct node *node_expr_stmt(struct transform *t, struct node *expr);
struct node *node_assign(struct transform *t, struct node *to, struct node *value);

/* node_each_child without label names: IDENTs that name no symbol. */
bool each_child(struct node *n, bool (*visit)(struct node **child, void *ctx), void *ctx);

struct lowering *lowering_of(struct transform *t, const struct symbol *s);

#endif
