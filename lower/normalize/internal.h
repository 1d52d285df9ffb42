/* What the files of normalize share. Nothing outside lower/normalize includes this.
 *
 *   normalize.c  the entry: call graph, order of the functions, names of locals
 *   stmt.c       statements; loop.c: loops, switches, what leaves them
 *   flatten.c    expressions that await: operands in order, temporaries
 *   order.c      what may be reordered
 *   copy.c       expressions that don't: the dialect's calls, moved futures
 *   declared.c   declarations that go to C as they are written
 *   await.c      `.await`, `?`
 *   region.c     join and select
 *   block.c      blocks, closures, spawned tasks
 *   operation.c  methods and functions of the library, and awaits of them; combine.c: of what is made of other futures;
 *                thread.c: of spawn_blocking
 *   settle.c     futures whose operands are evaluated before they are awaited
 *   stream.c     streams
 *   scopes.c     nurseries, shields, deadlines
 *   runtime.c    what generated code uses of the runtime
 *   cleanup.c    defers, cleanup attributes, futures and arrays that end with their block: exits
 *   vla.c        variably modified types
 *   build.c      new nodes and symbols;  verify.c  invariants of the result */
#ifndef ASYNCC_LOWER_NORMALIZE_INTERNAL_H
#define ASYNCC_LOWER_NORMALIZE_INTERNAL_H

#include <assert.h>
#include <string.h>

#include "frontend/base/intern.h"
#include "lower/core.h"

enum pending_kind {
	PENDING_DEFER, PENDING_CLEANUP, PENDING_FUTURE, PENDING_ARRAY, PENDING_TASK, PENDING_STREAM, PENDING_CLOSURE,
	PENDING_NURSERY, PENDING_SYNC_NURSERY, PENDING_SHIELD, PENDING_DEADLINE,
	PENDING_BRANCH /* nothing runs: the boundary of a fork's branch */
};

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
	bool aborts, fails;    /* an abort, a `?` may pass through it */
	bool awaited;          /* PENDING_SYNC_NURSERY: waits without blocking; PENDING_SHIELD: has a limit */
	struct symbol *result; /* receives the nursery's value, whether the deadline has expired; NULL: nobody asks */
	VEC(struct exit_edge) exits;
};

/* Where control goes behind the cleanups of a level. */
struct selector {
	struct symbol *symbol;
	bool tested;              /* some cleanup has more than one way out */
	VEC(struct node *) sets;  /* the statements that set it */
};

/* By level of defer bodies. */
struct selector_list {
	struct selector *data;
	unsigned len, cap;
};

/* A branch of a fork that is being lowered. Its exits end at its boundary; a `return` is kept, and done behind the fork. */
struct branch_context {
	struct branch_context *outer;
	struct pending *boundary;
	unsigned level;           /* inside, outside of defer bodies */
	const char *leave_label;  /* where a `return` or `?` goes behind cleanups; NULL: none does */
	struct symbol *value;     /* what it returns */
	struct symbol *failed;    /* whether it was a `?`, where that matters; else NULL */
	bool returns, fails;
	struct selector_list selectors;
};

/* Loop or switch that is being lowered. */
struct enclosing {
	struct node *stmt;            /* the source statement that BREAK and CONTINUE name */
	struct pending *pending;      /* what was pending around it */
	struct pending *continue_pending; /* what is pending where `continue` goes, if that is more; NULL: it isn't */
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
	struct map file_names;        /* names at file scope */
	struct map shared;            /* struct symbol * -> itself: static objects of a function that a block in it names */
	VEC(struct function *) late;  /* functions that normalizing others made */
	struct map runtime;           /* name -> struct type * or struct symbol * of the runtime's (runtime.c) */
	struct map embedded;          /* call graph edges: N_CALL node -> itself, where the callee's frame is embedded */

	/* The rest belongs to the function that is being normalized, and begins anew with each (begin_function). */
	struct core_function *core;
	struct function *function;
	struct map names;             /* names that are taken in the function */
	struct map suffixes;          /* of a stem: the number that the next name made from it ends in */
	struct node_list *out;        /* where statements go */
	struct node_list *block_out;  /* where those of the source's innermost block go: differs from `out` inside what flattening made */
	struct scope_info *scope;     /* innermost block */
	struct pending *pending;      /* innermost pending action */
	struct enclosing *enclosing;
	unsigned level;               /* depth of defer bodies */
	struct branch_context *branch; /* innermost; NULL: none */
	struct selector_list selectors;
	struct symbol *return_value;  /* by the first return through a cleanup */
	int next_exit;
	int return_exit;              /* the number that all returns share; 0: none yet */
	int fail_exit;                /* that of the `?` that leave nurseries */
	unsigned next_temp, next_label;
	struct map labels;            /* struct label * -> emitted name */
	struct map label_names;       /* the labels of the text */
	struct map anonymous;         /* TAG node of an anonymous member: printed inside its struct, not hoisted */
	struct map arrays;            /* struct symbol * -> struct symbol *: the memory of a variable-length array */
	struct map array_types;       /* of parameters in `arrays`: their variably modified types */
	VEC(struct bound) bounds;
	bool lowers_cleanups;         /* cleanup attributes are pending actions here */
	struct node *addressed;       /* compound literal whose address is being taken */
	struct node_list loop_pragmas; /* that the next statement, a loop, stands behind */
	VEC(struct label *) addressed_labels; /* &&label occurs in the function */
};

/* -- build.c */
struct node *make(struct normalizer *n, enum node_kind kind, loc_t loc, struct type *type);
/* Another file may define the function too, and the linker takes that one: it is called through its symbol. */
bool is_weak(const struct symbol *s);
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
struct node *new_sequence(struct normalizer *n, struct node *a, struct node *b); /* (a, b); a may be NULL */
/* A temporary of the source's innermost block. */
struct symbol *block_temp(struct normalizer *n, struct type *type, const char *stem);

/* -- copy.c */
/* A new tree for an expression that suspends nowhere; the dialect's calls in it become C. */
struct node *copy_expr(struct normalizer *n, struct node *e);
struct node *copy_init(struct normalizer *n, struct node *init);
struct node *copy_result(struct normalizer *n, struct node *call, struct node *arg); /* ok(), err() */
struct node *copy_block_on(struct normalizer *n, struct node *call, struct node *operand);
/* An assignment to a future variable discards the future that it held. */
struct node *put_future(struct normalizer *n, struct node *assign);
bool mentions_dialect(struct node *e);
struct node *handle_address(struct normalizer *n, struct node *lvalue, struct type *type);
/* Futures, task handles, streams: reading one takes it out of its object. */
/* The arguments `"file", line` of a function that names the place. */
void push_place(struct normalizer *n, struct node_list *args, loc_t loc);
bool type_moves(const struct type *t);

/* A compound literal as an object of the source's innermost block, and what sets it: an expression that designates it. */
struct node *copy_literal_out(struct normalizer *n, struct node *literal, struct node *init);

/* -- declared.c */
/* A declaration or a part of one, copied where it mentions the dialect; but not the bodies of functions. */
struct node *copy_declared(struct normalizer *n, struct node *part);
/* Those of file scope. */
void normalize_declarations(struct normalizer *n);

/* -- order.c */
bool has_effects(struct node *e);
/* Does the right side of an assignment (no await is left in it) do something to the object that C does not order with the assignment itself? */
bool overlaps_assignment(struct node *assign);
bool suspends(const struct node *e);
bool is_automatic(const struct symbol *s);
/* Is the value of the flattened `e` the same after `later` (count operands, not yet flattened) has been evaluated? */
bool is_stable(struct normalizer *n, struct node *e, struct node **later, unsigned count);
/* Must `first` (flattened or not) have been evaluated before `second` is, as far as anybody could tell? */
bool in_conflict(struct normalizer *n, struct node *first, struct node *second);
/* Does C leave open in which order the operands of `e` or of something inside are evaluated, and could that be seen? */
bool is_unordered(struct normalizer *n, struct node *e);

/* -- flatten.c */
/* The expression without its awaits, which go out as statements before. NULL: its type is void and nothing is left. */
struct node *flatten(struct normalizer *n, struct node *e);
struct node *flatten_lvalue(struct normalizer *n, struct node *e, struct node **later, unsigned count);
void flatten_operands(struct normalizer *n, struct node **operands, unsigned count);
void flatten_discard(struct normalizer *n, struct node *e); /* for its effects */
/* Flattens an initialiser that awaits; the result holds none. */
struct node *flatten_init(struct normalizer *n, struct node *init, struct type *type);

/* -- await.c */
struct node *flatten_await(struct normalizer *n, struct node *member, struct symbol *into, bool dropped);
/* Adds the await to the function and emits it. */
void emit_await(struct normalizer *n, struct core_await *a, loc_t begin, loc_t end);
/* Gives it the next index. */
void add_await(struct normalizer *n, struct core_await *a);
/* The error in `t` (of type `from`, known to be one) as a value of the function's return type. */
struct node *convert_error(struct normalizer *n, struct symbol *t, struct type *from, loc_t loc);
const char *await_text(struct normalizer *n, struct node *e);
struct node *flatten_try(struct normalizer *n, struct node *e, bool dropped);

/* -- stmt.c */
void lower_stmt(struct normalizer *n, struct node *s);
/* `s` as a statement of its own. */
struct node *lower_block(struct normalizer *n, struct node *s);
/* The items of a compound; `value` receives that of the last expression statement (a statement expression), or NULL. */
void lower_items(struct normalizer *n, struct node *compound, struct symbol *value);
void lower_declaration(struct normalizer *n, struct node *s);
/* An operand of a statement: flattened if it suspends. */
struct node *expr_now(struct normalizer *n, struct node *e);
enum pending_kind pending_kind_of(const struct type *t);
/* What a variable holds before it is given a handle. */
struct node *no_handle(struct normalizer *n, struct type *t, loc_t loc);
const char *label_name(struct normalizer *n, struct label *l);

/* -- loop.c */
void enclosing_push(struct normalizer *n, struct enclosing *e, struct node *stmt);
void enclosing_pop(struct normalizer *n, struct enclosing *e);
/* Is it one of the pragmas that a loop has to follow? */
bool is_loop_pragma(const struct node *pragma);
/* The body of a loop, with the label that `continue` may need at its end. */
void lower_loop_body(struct normalizer *n, struct node *body, struct enclosing *e);
struct node *new_forever(struct normalizer *n, struct node *s, struct node *body);
void lower_while(struct normalizer *n, struct node *s);
void lower_do(struct normalizer *n, struct node *s);
void lower_for(struct normalizer *n, struct node *s);
void lower_switch(struct normalizer *n, struct node *s);
void lower_break(struct normalizer *n, struct node *s);
void lower_continue(struct normalizer *n, struct node *s);

/* -- cleanup.c */
void pending_push(struct normalizer *n, enum pending_kind kind, struct node *body, struct symbol *symbol, loc_t loc);
/* Runs what has become pending since `outer`, at the end of its block. */
void pending_finish(struct normalizer *n, struct pending *outer, loc_t loc);
/* Leaves everything pending down to `target`, then goes to the label or runs the statement. */
void emit_exit(struct normalizer *n, struct pending *target, const char *label, struct node *statement, loc_t loc);
/* Declares the selectors that are needed and takes away what sets the others. */
void finish_selectors(struct normalizer *n);
/* Can control come to the end of the lowered statements? True in doubt. */
bool list_falls_through(const struct node_list *items);
void emit_return(struct normalizer *n, struct node *value, loc_t loc);
/* The same for a `?`: nurseries on the way are told of the error. */
void emit_fail(struct normalizer *n, struct node *value, loc_t loc);
bool is_nursery(const struct pending *p);
/* The type of what `return` takes: of a stream, the error that ends it. */
struct type *returned_type(const struct normalizer *n);
/* What is pending at `label`. */
struct pending *pending_at(struct normalizer *n, struct label *label);
const char *unwind_label(struct normalizer *n);
/* Can control come to the end of the statements? True in doubt. */
bool list_falls_through(const struct node_list *items);
/* Leaves the function on its abort path. */
void emit_abort(struct normalizer *n, loc_t loc);

/* -- scopes.c: nurseries, shields, deadlines */
/* `async nursery { }`, `nursery { }` (awaited: `.await` follows). Its value; NULL where it is dropped. */
struct node *lower_nursery(struct normalizer *n, struct node *nursery, bool awaited, bool dropped);
void lower_shield(struct normalizer *n, struct node *s);
/* From here on the block has until `limit` (milliseconds from now, or a time of async_now()); *expired says at its end whether it has passed. */
void deadline_begin(struct normalizer *n, struct node *limit, bool is_time, struct symbol *expired, loc_t loc);
void nursery_abort(struct normalizer *n, struct pending *p);
void nursery_fail(struct normalizer *n, struct pending *p, struct symbol *value);
void nursery_error(struct normalizer *n, struct pending *p, struct symbol *value);
void nursery_leave(struct normalizer *n, struct pending *p);
void shield_leave(struct normalizer *n, struct pending *p);
void deadline_leave(struct normalizer *n, struct pending *p);
/* Around a defer or a cleanup of an async function: what runs in it does not see a cancellation. */
struct shielded {
	struct symbol *scope;   /* NULL: nothing in it could tell */
	struct node_list *out;
	struct node *block;
	loc_t loc;
};
/* From here to the end of the block nothing is seen of a cancellation. */
void shield_begin(struct normalizer *n, loc_t loc);
struct shielded shielded_begin(struct normalizer *n, struct pending *p);
void shielded_end(struct normalizer *n, struct shielded *s);

/* -- runtime.c: what the runtime declares, with the sizes that its header gives */
struct type *runtime_type(struct normalizer *n, const char *name);
/* Awaits the runtime's operation `name`; its int goes to `value` (NULL: dropped). */
void emit_operation(struct normalizer *n, const char *name, struct node **args, unsigned count, const char *text, struct symbol *value, loc_t loc);
/* &s, typed. */
struct node *address_of(struct normalizer *n, struct symbol *s, loc_t loc);
struct node *running_strand(struct normalizer *n, loc_t loc);

/* -- region.c: join and select */
void lower_join(struct normalizer *n, struct node *s);
void lower_select(struct normalizer *n, struct node *s);

/* -- block.c: expressions of the dialect that are calls in the source's form */
struct node *desugar(struct normalizer *n, struct node *e); /* NULL: it is something else */
/* An expression whose value is dropped: what it has to be then. */
struct node *discarded(struct normalizer *n, struct node *e);
struct node *source_call(struct normalizer *n, const char *function, struct type *type, const struct node *like);
void push_arg(struct normalizer *n, struct node *call, struct node *arg);
void push_captures(struct normalizer *n, struct node *call, struct function *f);
struct node *block_call(struct normalizer *n, struct function *f, const struct node *like);
struct node *spawn_call(struct normalizer *n, struct node *e);
struct node *copy_closure_call(struct normalizer *n, struct node *e);
struct node *flatten_closure_call(struct normalizer *n, struct node *e);
/* A function that no text defines: first its parameters, then what it returns. It is normalized behind the others. */
struct function *synthetic_function(struct normalizer *n, enum function_kind kind, struct type *value);
struct node *synthetic_param(struct normalizer *n, struct function *f, struct type *type, loc_t loc);
void synthetic_finish(struct normalizer *n, struct function *f, struct node *value);

/* -- operation.c: methods and functions of the library */
struct node *library_call(struct normalizer *n, struct node *e);
struct node *keep_handle(struct normalizer *n, struct node *e);
/* try_send, try_recv, try_unwrap; methods of tasks without a variable. */
bool is_immediate(const struct node *e);
struct node *copy_immediate(struct normalizer *n, struct node *e);
struct node *flatten_immediate(struct normalizer *n, struct node *e);
/* `error` (or NULL) receives where the operation's own error is; the value is then that without one. */
struct node *await_task(struct normalizer *n, struct node *member, struct symbol *into, bool dropped, struct symbol **error);
struct node *await_method(struct normalizer *n, struct node *member, struct node *call, struct symbol *into, bool dropped, struct symbol **error);
/* An await under `?` whose error and value need not meet in one object: emitted; false: it is another. */
bool await_separated(struct normalizer *n, struct node *member, bool dropped, struct symbol **error, struct node **value);
struct node *await_timeout(struct normalizer *n, struct node *member, struct node *e, struct symbol *into);
/* Awaits a future (source form) into a temporary; NULL: void. */
struct symbol *await_into(struct normalizer *n, struct node *future, struct type *type, loc_t loc);
/* The value of an await: in `into` if that is given. */
struct node *deliver(struct normalizer *n, struct symbol *value, struct symbol *into, loc_t loc);

/* -- combine.c */
struct node *await_library(struct normalizer *n, struct node *member, struct node *e, struct symbol *into, bool dropped);
/* -- thread.c */
struct node *await_thread(struct normalizer *n, struct node *member, struct node *e, struct symbol *into, bool dropped);

/* -- settle.c */
/* Evaluates the operands of a future now; the future, to be awaited later. What it holds meanwhile is pending. */
struct node *settle_future(struct normalizer *n, struct node *future);
struct node *settle_value(struct normalizer *n, struct node *operand);
/* A future that is not awaited in place, as a call of a block. */
struct node *operation_future(struct normalizer *n, struct node *e);
/* A future that is a method's or a function's of the library, or a thread's block. */
bool is_operation(const struct node *e);
struct node *new_await(struct normalizer *n, struct node *future, struct type *type, loc_t loc);

/* -- stream.c */
void stream_leave(struct normalizer *n, struct pending *p);
void lower_yield(struct normalizer *n, struct node *s);
void lower_async_for(struct normalizer *n, struct node *s);
void emit_stream_assign(struct normalizer *n, struct symbol *to, struct node *value, loc_t loc);
/* What a generator's frame holds as its value. */
struct type *item_type(struct normalizer *n, struct function *f);

/* -- normalize.c: objects that have to stand at file scope */
bool is_shared(struct normalizer *n, struct symbol *s);
void hoist_object(struct normalizer *n, struct symbol *s, struct node *declaration);

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
