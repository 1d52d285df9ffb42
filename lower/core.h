/* Core form: what normalize makes and the later passes read.
 *
 * A function in core form is a tree of new nodes in which
 *   - every expression is free of awaits, `?`, ok()/err(), block_on, `.await`, defer and dialect calls;
 *   - an await is a statement of its own, CORE_AWAIT;
 *   - conditions, `for` clauses, `switch` heads hold no await (loops whose heads awaited have become `for (;;)` with gotos);
 *   - no statement expression holds a CORE_AWAIT;
 *   - every automatic object has a `struct symbol` in `locals`, with an emit_name that is unique in the function; temporaries are symbols as well (name NULL
 *     in the source, emit_name like `t1`); a DECLARATION of locals declares one DECLARATOR each and keeps its initialiser only where that holds no await;
 *   - local tags and typedefs have unique emit_names (they are hoisted to file scope);
 *   - N_CORE_CONTEXT stands for the running strand (`cx`); CORE_FORK runs branches, whose exits are CORE_BRANCH_END and CORE_BRANCH_LEAVE;
 *   - exits that run defers are explicit: assignments to an exit selector, gotos, a cleanup block that ends in a switch over the selector;
 *     `unwind` of an await names the label where an abort goes;
 *   - a RETURN in an async function stands where no cleanup is pending; its value is await-free. */
#ifndef ASYNCC_LOWER_CORE_H
#define ASYNCC_LOWER_CORE_H

#include <string.h>

#include "frontend/base/vec.h"
#include "frontend/base/buf.h"
#include "frontend/parse/parse.h"
#include "frontend/sema/sema.h"

/* One await. `value = await callee(args)` or `value = await future`. */
struct core_await {
	unsigned index;            /* from 0, in text order; states are 2 * (index + 1) */
	loc_t loc;                 /* the `.await` */
	const char *text;          /* what is awaited, for backtraces: "fetch_user" */
	/* Embedded: the callee's frame lies in this function's frame. */
	struct symbol *callee;     /* NULL: boxed */
	bool is_operation;         /* the runtime's, and what suspends in the end: this function is resumed in its place */
	bool passes_args;          /* an operation that is called with its arguments, X__start, instead of finding them in its frame */
	const char *value_member;  /* of an operation's frame; NULL: `value` */
	struct node **args;        /* one per parameter, await-free, already in evaluation order (at most one has effects, or they are temporaries) */
	unsigned arg_count;
	/* Boxed: an expression of type async_future, evaluated once. */
	struct node *future;
	struct type *type;         /* of the value; void: none */
	struct symbol *value;      /* the temporary that receives it; NULL: void or dropped */
	bool carries_error;        /* ENOMEM can be said in the value */
	const char *unwind;        /* label (its emitted name) of the innermost pending cleanup; NULL: none */
	struct core_fork *fork;    /* not NULL: where this fork's branches meet; no callee, no future, no value */
	/* Filled by analyze. */
	struct symbol **live;      /* captured locals that live across it */
	unsigned live_count;
	bool reachable;            /* control can get there: else it has no label */
	uint64_t offset;           /* of the embedded frame in this function's frame */
	bool yields;               /* a `yield` of args[0]: no callee, no future, no value */
	bool tail;                 /* behind it the function, or the branch that it stands in, ends without another suspension */
};

/* A statement that runs several branches at once, each on a strand of its own over this function's frame, and goes on when all have ended. Its branches'
 * statements stand in this function: their awaits have states like all others; a branch begins at a state of its own and ends in async__branch_end(). */
struct core_fork {
	struct core_await *join;   /* the suspension until all branches have ended, one of the function's awaits: its states, unwind and live locals */
	const char *kind;          /* ASYNC__JOIN, ASYNC__SELECT, ASYNC__SELECT_DEFAULT */
	struct symbol *region;     /* a local: struct { struct async__region region; struct async__branch branch[N]; } */
	struct node **branches;    /* COMPOUNDs in core form; each ends in CORE_BRANCH_END or CORE_BRANCH_LEAVE */
	unsigned branch_count;
	unsigned first;            /* number of the first branch in the function; branch i begins at state 2 * (awaits + 1 + first + i) */
};

/* What ends a branch: the text of a CORE_TEXT, which transform completes. Await-free code leads there; an abort does so too. */
#define CORE_BRANCH_END "return async__branch_end"     /* it came to its end */
#define CORE_BRANCH_LEAVE "return async__branch_leave" /* a `return` or `?` leaves it, and the function */

/* Where a captured local lies in the frame. */
struct frame_slot {
	struct symbol *symbol;
	uint64_t offset, size;
	uint32_t align;
};

/* The frame of an async function. Offsets count from the start of the frame, header included. */
struct frame_layout {
	uint64_t size;             /* header included, a multiple of align */
	uint64_t payload;          /* what --frames calls the size: without any headers, this frame's or embedded ones' */
	uint64_t extent;           /* one past the last byte that holds something: what lies behind it in an embedding frame is free for others */
	unsigned headers;          /* on the longest way down: its own and those of the frames inside */
	uint32_t align;
	uint64_t start_size;       /* what a task needs of it before it runs, header included, where that is much less; else 0 */
	uint64_t value_offset;     /* sizeof header rounded up to the value's alignment; the value lies there */
	struct frame_slot *params; /* where callers store the arguments, one per parameter */
	struct frame_slot *slots;  /* captured locals (a captured parameter has its parameter's offset) */
	unsigned slot_count;
};

struct core_function {
	struct function *function;
	struct node *body;            /* COMPOUND in core form */
	struct symbol **locals;       /* parameters first, then every local and temporary; symbol.index is the place in here */
	unsigned local_count, local_cap;
	struct core_await **awaits;
	unsigned await_count, await_cap;
	unsigned branch_count;        /* branches of all forks */
	struct node_list hoisted_objects; /* DECLARATIONs of static objects that blocks name too */
	struct tag **hoisted_tags;    /* local tags, in order of declaration */
	unsigned hoisted_tag_count, hoisted_tag_cap;
	struct symbol **hoisted_typedefs;
	unsigned hoisted_typedef_count, hoisted_typedef_cap;
	bool yields;                  /* a generator; its return_type is the struct { resume; err; value; } that its consumers see, a RETURN takes the err */
	bool label_addresses;         /* &&label occurs: the poll function must not be cloned or inlined */
	/* Filled by analyze. */
	bool *captured;               /* by symbol.index: lives in the frame */
	bool *mentioned;              /* by symbol.index: its name occurs in the body */
	bool *declared;               /* by symbol.index: a DECLARATION of it stands in the body */
	bool *preset;                 /* by symbol.index: a temporary or variable that the unwind path names without setting it, as far as a C compiler can tell */
	bool *reuses;                 /* by symbol.index: its address is taken, and its storage was that of another whose address was taken */
	struct frame_layout layout;   /* of an async function */
};

/* node_each_child, and the branches of a fork. */
static inline bool core_each_child(struct node *n, bool (*visit)(struct node **child, void *ctx), void *ctx)
{
	if (n->kind != N_CORE_FORK)
		return node_each_child(n, visit, ctx);
	struct core_fork *fork = n->u.CORE_FORK.fork;
	for (unsigned i = 0; i < fork->branch_count; i++)
		if (!visit(&fork->branches[i], ctx))
			return false;
	return true;
}

/* Does the statement end a branch? */
static inline bool core_ends_branch(const struct node *n)
{
	return n->kind == N_CORE_TEXT && (!strcmp(n->u.CORE_TEXT.text, CORE_BRANCH_END) || !strcmp(n->u.CORE_TEXT.text, CORE_BRANCH_LEAVE));
}

/* The whole program in core form. */
struct core_unit {
	struct unit *unit;
	struct arena *arena;
	struct core_function **functions; /* those that need lowering, callees whose frames are embedded before their callers */
	unsigned function_count, function_cap;
	struct map spawned;               /* struct symbol * -> itself: async functions that tasks are made of (`F__spawn`) */
	struct map closures;              /* the same of closures that are used as values (`F__closure`) */
	struct map by_symbol;             /* struct symbol * -> struct core_function * (async functions with a body here) */
	struct map declared;              /* struct node * (top-level item that uses the dialect) -> struct node *: the same with its declarations in core form */
};

/* normalize/: typed tree -> core form. Also decides which awaits are embedded: direct calls of async functions that have a body here (or a visible frame: symbol.frame),
 * but for the calls that close a cycle of the call graph. Orders `functions`. */
struct core_unit *normalize(struct arena *arena, struct unit *u);

/* analyze/: CFG, liveness, escapes, frame layout; fills captured, layout and the awaits' fields of every function. */
void analyze(struct arena *arena, struct core_unit *u, struct diag *d);
/* --dump=cfg, --dump=liveness, --dump=frames, and --frames. */
void dump_cfg(FILE *out, struct core_unit *u);
void dump_liveness(FILE *out, struct core_unit *u);
void dump_frames(FILE *out, struct core_unit *u);
void print_frames_report(FILE *out, struct core_unit *u);
/* [[asyncc::max_frame(N)]]: reports frames above their bound, with what fills them. */
void check_max_frames(struct core_unit *u, struct diag *d);

/* What takes the place of one top-level item in the output: C nodes and text, in order. */
struct lowered_item {
	struct node *item;          /* the item of the tree that it replaces */
	struct node_list before;    /* hoisted tags/typedefs (DECLARATION-like text), result structs, frame structs, prototypes: CORE_TEXT or nodes */
	struct node_list body;      /* poll function, constructor, block_on helper, main: FUNCTION_DEF nodes or CORE_TEXT */
};
struct lowered_unit {
	struct core_unit *core;
	struct map by_item;         /* struct node * (top-level item) -> struct lowered_item * */
	bool printed_expanded;      /* print_output made its text from the preprocessed one: it must not be given -include again */
};

/* transform/: core form -> C. Locals to frame fields, awaits to the polling protocol, entry switch, suspension tables, constructors, `async fn main`. */
struct lowered_unit *transform(struct arena *arena, struct core_unit *u);
void dump_lowered(FILE *out, struct lowered_unit *u);
/* The name of the symbol that tells the linker the type of an async function (linkage.c): f__takes_int__gives_int. */
const char *contract_name(struct arena *arena, const struct symbol *s);
/* False for a weak function, of which there may be no definition. */
bool contract_is_checked(const struct symbol *s);

/* print/: the output text. */
struct print_options {
	bool expanded;            /* do not splice: emit everything from the preprocessed text */
};
/* The original main file with the lowered items spliced in (splice.c). False after a diagnostic (the original can't be read, ...). */
bool print_output(struct buf *out, struct lowered_unit *u, const struct macro_log *macros, const struct print_options *options);
/* --emit-header (header.c): how plain C and C++ call the file's async functions; `name`: the header's, for its guard. `u` NULL: there are none. */
void print_c_header(struct buf *out, struct core_unit *u, struct source *source, const char *name);

#endif
