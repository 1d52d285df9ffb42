/* What the files of sema share. Nothing outside frontend/sema includes this.
 *
 *   type.c layout.c type_print.c compat.c    types (type.h)
 *   scope.c      names -> symbols, tags, labels
 *   attribute.c  attributes that have a meaning for asyncc
 *   decl.c       declarations and function definitions; specs.c declarator.c tag.c its parts; async_decl.c the rules of `async fn` declarations,
 *                async_pointer.c of pointers to them
 *   init.c       initialisers -> init_plan
 *   constant.c   what is an integer constant expression; fold.c fold_builtin.c (fold.h) its value; literal.c numbers, characters, strings
 *   builtin.c    types of __builtin_*, __sync_*, __atomic_*, library functions by their builtin name
 *   expr.c operator.c ident.c call.c member.c   expressions;  convert.c conversions as if by assignment
 *   stmt.c       statements, labels;  switch.c `switch`, `case`;  jump.c jumps into the scope of something
 *   block.c      async blocks, closures, blocks of spawns (block.h);  capture.c what they capture;  capture_address.c -Wcapture-address
 *   nursery.c    nurseries, shields, joins;  region.c select;  stream.c `async for`, yield
 *   library.c task.c channel.c  functions and methods of the dialect;  blocking.c what blocks a thread
 *   dialect.c    which words are the dialect's, block_on;  await.c `.await`;  result.c result(T), `?`, ok, err;  defer.c;
 *                futures.c what is consumed where;  handles.c (handles.h) what a variable may hold there;
 *                ends.c how a function is left;  async_body.c what an async function cannot contain
 *   sema.c       the entry, translation units */
#ifndef ASYNCC_SEMA_INTERNAL_H
#define ASYNCC_SEMA_INTERNAL_H

#include "frontend/base/intern.h"
#include "frontend/base/vec.h"
#include "frontend/sema/sema.h"

/* #pragma pack(push, ...) */
struct pack_entry {
	const char *name;
	unsigned pack;
};

/* A region of visibility. */
struct scope {
	struct scope *outer;
	struct map names;          /* interned name -> struct symbol (ordinary identifiers) */
	struct map tags;           /* interned name -> struct tag */
	struct map labels;         /* __label__ names: interned name -> struct label */
	struct function *function; /* in which it was opened */
	struct scope_info *info;   /* of a block; NULL for file and prototype scope */
};

/* Barriers: what a jump may not cross inwards. The chain at a point names, innermost first, what is in scope there. */
enum barrier_kind {
	BARRIER_VM, BARRIER_FUTURE, BARRIER_DEFER, BARRIER_DEFER_BODY, BARRIER_STMT_EXPR,
	BARRIER_NURSERY, BARRIER_SHIELD, BARRIER_ARM, BARRIER_ASYNC_FOR, BARRIER_HANDLER,
	BARRIER_BRANCH /* may not be left either, like BARRIER_DEFER_BODY */
};
struct barrier {
	const struct barrier *outer;
	enum barrier_kind kind;
	struct node *node;
};
struct jump {
	struct node *node;     /* GOTO, or an asm goto's label operand */
	struct label *label;
	const struct barrier *from;
};

/* What `continue`, `break`, and `case` belong to: set aside where a statement can't be left by them. */
struct jump_targets {
	struct node *loop, *breakable;     /* innermost statements that `continue` and `break` mean */
	struct node *repeated;             /* innermost loop that does what stands here again: its condition and its step, too */
	struct switch_state *switch_state; /* innermost switch, or NULL; private to switch.c */
};

/* Where an expression's value goes: gives ok()/err() and init lists their type. */
struct sema {
	struct arena *arena;
	struct source *source;
	struct diag *diag;
	struct unit *unit;
	struct sema_options options;
	struct scope *file_scope, *scope;
	bool syntax_errors;           /* the parser has reported some */
	struct function *function;    /* the one being checked, or NULL */
	struct map labels;            /* of the function */
	struct jump_targets targets;
	struct node *defer;           /* innermost DEFER that we are inside, or NULL */
	int unevaluated;              /* depth of operands that are not evaluated */
	int no_await;                 /* depth of places where an await is an error (static initialiser, array bound, ...); reason: */
	const char *no_await_reason;
	unsigned pack;                /* #pragma pack, 0: natural */
	VEC(struct pack_entry) pack_stack;
	struct map externs;           /* objects and functions with linkage that only block scopes have declared so far */
	struct scope *param_scope;    /* what the parameter list of the declarator checked last declared */
	int param_depth;              /* parameter declarators that we are inside: array bounds there are not evaluated as declarations are */
	struct node *item;            /* the top-level item being checked; receives NF_USES_DIALECT */
	bool strict;                  /* report plain C errors here (the item uses the dialect) */
	unsigned suspensions;         /* evaluated awaits and `?` so far: a node has NF_HAS_AWAIT if checking it moved the count */
	unsigned stmt_exprs;          /* depth of statement expressions */
	struct map *undeclared;       /* names reported as undeclared in this function: once each */
	struct node *value_of_block;  /* the expression that gives the innermost statement expression its value */
	const struct barrier *barriers;
	VEC(struct jump) jumps;       /* of the function */
	VEC(struct jump) computed;    /* its computed gotos (no label), and its &&label */
	struct map builtins;          /* symbols of the builtins used so far */
};

/* -- scope.c */
void scope_push(struct sema *s, struct node *block);    /* block NULL: prototype scope */
void scope_pop(struct sema *s);
struct symbol *scope_find(struct sema *s, const char *name);
struct symbol *scope_find_here(struct sema *s, const char *name);
struct tag *scope_find_tag(struct sema *s, const char *name, bool here_only);
void check_redeclared(struct sema *s, const struct symbol *sym); /* is its name taken in this block? (error) */
void scope_add(struct sema *s, struct symbol *sym);      /* shadows; also registers locals in s->function and the scope_info */
void scope_add_local(struct sema *s, struct function *f, struct scope_info *info, struct symbol *sym); /* gives it no name in a scope */
void scope_add_tag(struct sema *s, struct tag *tag);
struct label *label_find(struct sema *s, const char *name, loc_t loc); /* made on first use */
struct label *label_declare_local(struct sema *s, const char *name, loc_t loc); /* __label__ */

/* -- decl.c */
void check_declaration(struct sema *s, struct node *declaration);     /* file scope or block */
void check_function_def(struct sema *s, struct node *def);
struct type *check_type_name(struct sema *s, struct node *type_name); /* sets node.type; never NULL */
struct type *check_eventual_type(struct sema *s, struct node *arrow); /* the type behind `->`, the value of an async function */
/* Type of a declarator over `base`; *name receives its name. For `async fn`, base comes from the arrow. */
struct type *check_specs(struct sema *s, struct node *specs);
struct type *check_declarator(struct sema *s, struct node *specs, struct type *base, struct node *declarator, const char **name, loc_t *name_loc);
struct symbol *symbol_new(struct sema *s, enum symbol_kind kind, const char *name, struct type *type, loc_t loc);
void check_static_assert(struct sema *s, struct node *n);
void check_pragma(struct sema *s, struct node *n);      /* #pragma pack */
/* Type of a struct, union or enum specifier. `declares`: it stands alone (`struct s;`), so it is a tag of this scope. */
struct type *check_tag(struct sema *s, struct node *tag, bool declares);
/* Type, symbol and attributes of one PARAM (or of a K&R parameter declared elsewhere); PARAM.ann: the symbol, not yet in a scope. */
struct type *check_parameter(struct sema *s, struct node *param, struct node *specs, struct node *declarator);
/* Alignment that a list of ALIGNAS asks for; 0: none. */
uint32_t check_alignas(struct sema *s, const struct node_list *aligns);
/* Marks the item that is being checked as using the dialect (and so strict from now on). */
void use_dialect(struct sema *s);

/* -- attribute.c */
void apply_symbol_attributes(struct sema *s, struct symbol *sym, const struct node_list *attrs);
struct type *apply_type_attributes(struct sema *s, struct type *t, const struct node_list *attrs); /* vector_size, mode, aligned on typedefs */
void apply_tag_attributes(struct sema *s, struct tag *tag, const struct node_list *attrs);         /* packed, aligned, transparent_union */
bool attribute_is(const struct node *attr, const char *name);                                      /* `name` or `__name__`, gnu or no namespace */
const struct node *attribute_find(const struct node_list *attrs, const char *name);
/* The largest alignment that aligned attributes in `attrs` ask for; 0: none. */
uint32_t attribute_alignment(struct sema *s, const struct node_list *attrs);

/* -- init.c */
/* Checks `init` (expression or INIT_LIST) for an object of type `t`; returns the completed type (unsized arrays get their length). */
struct type *check_initializer(struct sema *s, struct node *init, struct type *t, bool is_static);

/* -- constant.c */
bool eval_integer(struct sema *s, struct node *n, struct int_value *out); /* after check_expr; false if not constant */
/* Sets NF_CONST and NF_NULL_CONST of `n`, whose children are checked. */
void constant_mark(struct sema *s, struct node *n);
bool expr_is_null_constant(const struct node *n);

/* -- literal.c */
/* A synthetic NUMBER of type size_t. */
struct node *number_node(struct sema *s, uint64_t value, loc_t loc);
/* The value of a NUMBER of floating type. */
long double number_float_value(const struct node *n);
void check_number(struct sema *s, struct node *n);
void check_char_const(struct sema *s, struct node *n);
void check_string(struct sema *s, struct node *n);

/* -- builtin.c */
/* The symbol of a builtin (`__builtin_memcpy`, `__sync_fetch_and_add`), made on first use; NULL if unknown. Type-generic ones have TY_ERROR and are typed by check_builtin_call. */
struct symbol *builtin_find(struct sema *s, const char *name);
/* The type of a function of the C library that is declared nowhere, or NULL. */
struct type *library_function_type(struct sema *s, const char *name);
/* Types a call of a type-generic builtin; false if it isn't one. */
bool check_builtin_call(struct sema *s, struct node *call, struct symbol *builtin);
void check_builtin_node(struct sema *s, struct node *n, struct type *expected); /* N_BUILTIN, N_VA_ARG, N_OFFSETOF */

/* -- expr.c */
/* Types `n` and everything inside. `expected` (may be NULL) is the type of the place it stands in, for ok()/err(). Returns n->type, never NULL. */
struct type *check_expr(struct sema *s, struct node *n, struct type *expected);
/* The type after lvalue conversion and decay; marks decayed arrays as address-taken. */
struct type *check_rvalue(struct sema *s, struct node *n, struct type *expected);
/* Is `value` assignable to `to` (C17 6.5.16.1)? Reports (when strict) with `what`: "assignment", "argument 2 of 'f'", "return". */
void check_assignable(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what);
/* The same where the value goes through what asyncc writes, where the C compiler's warning would name another place: integers and pointers don't mix. */
void check_passed(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what);
void check_condition(struct sema *s, struct node *n); /* scalar */
void mark_address_taken(struct sema *s, struct node *lvalue);

struct type *rvalue_of(struct sema *s, struct node *n); /* the conversion alone, after check_expr */
/* One operand must be an lvalue that can be assigned to; reports as gcc does ("assignment to ...", `verb`: "assignment", "increment", "decrement"). */
void check_modifiable(struct sema *s, struct node *n, loc_t loc, const char *verb);
/* The common type of the branches of `?:`. */
struct type *conditional_type(struct sema *s, struct node *n, struct node *then, struct node *otherwise);
void check_binary(struct sema *s, struct node *n);
void check_assign(struct sema *s, struct node *n);

struct type *promoted_of(struct sema *s, struct node *n); /* after the integer promotions; a bit-field by its width */
struct type *vector_truth_type(struct sema *s, struct type *vector);
struct node *stmt_expr_value(struct node *stmt_expr); /* the expression whose value it has, or NULL */
/* -- convert.c */
/* The text of `n` on one line, shortened, for messages: as the program spells it, and as the preprocessor left it (which is quick).
 * Where its caret belongs: of a call, the function's name. */
const char *expr_text(struct sema *s, const struct node *n);
const char *expr_tokens(struct sema *s, const struct node *n);
loc_t expr_loc(const struct node *n);
/* A future, or a result(T), stands where C wants something else: says so with the way out and gives true. Silent (false) for other types. */
bool reject_future(struct sema *s, struct node *n, const char *where);
bool reject_result(struct sema *s, struct node *n, const char *where);
void note_stream(struct sema *s, struct node *stream); /* how to take its values */
void mark_misused(struct node *n); /* a future, task, ... that was reported: what stands here is no consumption of it (futures.c) */
void report_unwrapped_branch(struct sema *s, struct type *result, struct node *branch);
/* A call of a function that is declared nowhere, where a future is wanted. */
bool report_undeclared_function(struct sema *s, struct node *call);
void report_dropped_future(struct sema *s, struct node *n);
/* What takes a value, for a message: "argument 1 of 'f'", "the assignment". what: as check_assignable has it. */
const char *place_text(struct sema *s, const char *what);

/* -- async_pointer.c */
/* The function type that `t` is or points to, or NULL. */
struct type *function_of(struct sema *s, struct type *t);
/* These give true after a diagnostic. */
/* An async function stands where an ordinary one is wanted, or the other way round; or it is `async fn main`. */
bool report_async_mix(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what);
bool report_async_conditional(struct sema *s, struct node *n, struct node *then, struct node *otherwise);
bool report_async_comparison(struct sema *s, struct node *n, struct node *lhs, struct node *rhs);
/* An async function of another type. */
bool report_other_function(struct sema *s, struct type *to, struct node *value, loc_t loc, const char *what);
/* Both are pointers to async functions, but of different values. */
bool report_other_values(struct sema *s, struct node *n, struct node *a, struct node *b);

/* -- ident.c */
void check_ident(struct sema *s, struct node *n);
bool is_builtin_prefix(const char *name); /* __builtin_..., __sync_..., __atomic_... */

/* -- call.c, member.c */
struct call_use *call_use_new(struct sema *s, struct node *call, enum call_role role); /* the call's annotation */
void check_call(struct sema *s, struct node *n, struct type *expected);
void check_member(struct sema *s, struct node *n);
void check_subscript(struct sema *s, struct node *n);
void check_generic(struct sema *s, struct node *n, struct type *expected);
void check_sizeof(struct sema *s, struct node *n);
/* The nearest visible name to a misspelt one, or NULL. */
const char *suggest_name(struct sema *s, const char *name);
const char *suggest_member(struct sema *s, const struct tag *tag, const char *name);
bool name_is_near(const char *name, const char *meant); /* a misspelling of it, by gcc's measure */

/* -- stmt.c, jump.c */
void check_function_body(struct sema *s, struct function *f);
void check_stmt(struct sema *s, struct node *n);
void barrier_push(struct sema *s, enum barrier_kind kind, struct node *node);
void barrier_pop(struct sema *s);
/* Reports a jump at `loc` from one point to another if it crosses something. `to_loc`: the target. */
void check_jump(struct sema *s, loc_t loc, const struct barrier *from, const struct barrier *to, loc_t to_loc, const char *what);
void check_jumps(struct sema *s, struct function *f); /* gotos and cases into the scope of a VLA or past a defer */
void check_compound(struct sema *s, struct node *n); /* with a scope of its own */

/* -- task.c, channel.c, library.c */
enum nursery_kind { NOT_A_NURSERY, ASYNC_NURSERY, SYNC_NURSERY };
enum nursery_kind nursery_of(const struct type *t); /* a pointer to struct async_nursery, struct sync_nursery */
/* The type of a value that may not come: `value` where that carries an error, else result(value). */
struct type *maybe_type(struct sema *s, struct type *value, loc_t loc);
struct type *runtime_struct(struct sema *s, const char *name); /* the struct `name` of file scope, made if no header declares it */
struct type *channel_type(struct sema *s, struct type *value, loc_t loc); /* chan(value); reports a type that can't be sent */
/* The callee of a SPAWN_BLOCK: fills op and receiver; false after a report. */
bool check_spawn_callee(struct sema *s, struct node *callee, struct spawn_use *use);
bool check_method_call(struct sema *s, struct node *call); /* false: no method of the dialect; a MEMBER's base is checked then */
bool report_bare_method(struct sema *s, struct node *member); /* a method that is not called; false: nothing has methods here */
void check_channel_method(struct sema *s, struct node *call, struct call_use *use);
void check_stream_method(struct sema *s, struct node *call, struct call_use *use);
void check_typed_call(struct sema *s, struct node *n);
bool check_library_call(struct sema *s, struct node *call, struct type *expected);
void check_closure_call(struct sema *s, struct node *call); /* the callee is checked */
void check_spawn(struct sema *s, struct node *call, struct call_use *use);
void check_spawn_blocking(struct sema *s, struct node *call, struct call_use *use);
void check_self(struct sema *s, struct node *call);
bool is_library_name(const char *name);
struct type *future_value(struct sema *s, struct node *future); /* the T of a future(T) */
/* Arguments of a dialect call: reports a wrong number; checks one, or all, as if by assignment to `types`. */
bool has_arguments(struct sema *s, struct node *call, const char *name, unsigned count);
void check_time(struct sema *s, struct node *time); /* warns of a negative constant */
void check_call_arg(struct sema *s, struct node *call, unsigned i, struct type *type, const char *name);
void check_call_args(struct sema *s, struct node *call, const char *name, unsigned count, struct type **types);

/* -- blocking.c */
void check_blocking(struct sema *s); /* -Wblocking, when the whole unit is checked */

/* -- dialect.c */
/* Could a declaration of this name be called? */
bool is_callable(struct sema *s, const struct symbol *sym);
/* The function that we are in, for messages: `'f'`, `this closure`. */
const char *function_text(struct sema *s);
/* An operand that has to be a future, checked here; NULL after a report. `word`: who takes it. */
struct node *future_operand(struct sema *s, struct node *arg, const char *word);
struct node *future_argument(struct sema *s, struct node *call, const char *word); /* the one argument of a call */
struct type *result_type(struct sema *s, struct type *value, loc_t loc);  /* result(T): one shared type a value type; reports a T without a name */
void check_await(struct sema *s, struct node *member);      /* base is checked */
void check_try(struct sema *s, struct node *n);
bool can_try(const struct sema *s); /* may a `?` leave the function here? */
bool check_dialect_call(struct sema *s, struct node *call, struct type *expected); /* ok, err, block_on, future_drop, ...; false: an ordinary call */
void check_async_declaration(struct sema *s, struct symbol *sym, struct node *declarator, struct node *specs);
void check_async_definition(struct sema *s, const struct symbol *sym, const struct node *declarator);
void report_unknown_operand(struct sema *s, struct node *operand, const char *what); /* in case nothing was reported */
void check_async_function(struct sema *s, struct function *f);  /* after the body: alloca, setjmp, unused and doubly consumed futures, jumps past defers */

/* Is there something of the dialect in the text of this item (`?`, defer, `async fn`, future(T), `.await`, ...)? Asked before the item is checked. */
bool item_mentions_dialect(struct node *item);
/* ok(...), err(...), _Ok(...), _Err(...) that are the dialect's here (through parentheses, `?:` and comma). */
bool dialect_result_call(struct sema *s, struct node *n);
void check_futures(struct sema *s, struct function *f); /* futures.c */
void check_end(struct sema *s, struct function *f); /* ends.c: -Wmissing-return */
void check_returned_address(struct sema *s, const struct function *f, struct node *value); /* -Wreturn-local */
const struct symbol *local_address(struct node *n); /* capture.c: the automatic object whose address `n` is, or NULL */
void check_defer(struct sema *s, struct node *n);
void check_stray_defer(struct sema *s, struct node *n);
void report_labelled_defer(struct sema *s, struct node *n);
void check_ok_err(struct sema *s, struct node *n, bool is_ok, struct type *expected);
struct type *bitfield_type(struct sema *s, struct node *n); /* of the value of `n`; of a bit-field's, its promoted type */
bool in_async_context(const struct sema *s);
/* The value of `n` is dropped: a future that is not awaited (error), the error of an await (-Wunused-await). */
void check_dropped(struct sema *s, struct node *n);

/* Reports a plain C error: only when the item is strict. */
void c_error(struct sema *s, loc_t loc, const char *format, ...) __attribute__((format(printf, 3, 4)));

#include "frontend/sema/block.h"

#endif
