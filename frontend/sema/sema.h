/* Sema: tree -> typed tree.
 *
 * Every expression gets `node.type`, its NF_ flags and, by kind, `node.ann`; every name a `struct symbol`. The policy on errors:
 * what is plain C and wrong in an item that is plain C is left to the C compiler, which will see it at the same line
 * (sema mutes itself there and gives such expressions TY_ERROR); in items that use the dialect, and about the dialect anywhere, sema reports.
 * Annotations by kind:
 *   IDENT          ann: struct symbol *
 *   DECLARATOR     ann: struct symbol * (what it declares; members have none); type: the declared type
 *   PARAM          ann: struct symbol * in a definition
 *   ENUMERATOR     ann: struct symbol *
 *   FUNCTION_DEF   ann: struct function *
 *   TAG            ann: struct tag *
 *   MEMBER         ann: struct member_use *
 *   CALL           ann: struct call_use *  (its roles, and what they mean for lowering, are described there)
 *   TYPED_CALL     ann: struct call_use *  (CALL_LIBRARY; value: the type it names)
 *   TRY            type: the unwrapped value
 *   DEFER          ann: struct scope_info * of the body
 *   COMPOUND, FOR (and SWITCH, IF, WHILE, DO heads with scopes of their own)  ann: struct scope_info *
 *   NUMBER, CHAR_CONST, SIZEOF, OFFSETOF, ...   const_value() where NF_CONST
 *   STRING         type: array; string_bytes()
 *   GENERIC        ann: the chosen GENERIC_ASSOC node;  BUILTIN choose_expr: ann: the chosen expression
 *   COMPOUND_LITERAL  ann: struct symbol * of the unnamed object
 *   GOTO, LABEL, LABEL_ADDR  ann: struct label *
 *   BREAK, CONTINUE  ann: the statement that it leaves or continues (BREAK: a SELECT too; both: an ASYNC_FOR)
 *   CASE, DEFAULT  ann: the SWITCH;   RETURN  ann: struct function *
 *   ASYNC_BLOCK, CLOSURE  ann: struct function *; type: future(T), async |...| -> T. NF_UNEVALUATED ones are not in unit->functions
 *   SPAWN_BLOCK    ann: struct spawn_use *; type: n.async_spawn task(T), spawn_blocking future(T), n.spawn void
 *   NURSERY        ann: struct nursery_use *; type: int. In a function of FN_THREAD an `async nursery` runs as if in block_on
 *   SELECT_ARM     ann: struct scope_info *. The MEMBER and the TRY around it are typed as elsewhere
 *   JOIN           its body's ann: struct scope_info *. Items that are statements but EXPR_STMTs without an expression, PRAGMAs,
 *                  STATIC_ASSERTs, LABEL_DECLs and EMPTY_DECLs are branches
 *   ASYNC_FOR      ann: struct scope_info * of its variable and of the error that its `else` receives (PARAM.ann, a SYM_VARIABLE)
 *   CLOSURE_TYPE   nothing of its own: the SPECS have the type
 *   INIT_LIST      ann: struct init_plan *  (which object each item initialises) on the outermost list of an initialiser   */
#ifndef ASYNCC_SEMA_SEMA_H
#define ASYNCC_SEMA_SEMA_H

#include "frontend/ast/ast.h"
#include "frontend/base/diag.h"
#include "frontend/base/map.h"
#include "frontend/sema/type.h"

enum symbol_kind { SYM_VARIABLE, SYM_FUNCTION, SYM_TYPEDEF, SYM_ENUMERATOR, SYM_PARAMETER, SYM_BUILTIN };
enum linkage { LINK_NONE, LINK_INTERNAL, LINK_EXTERNAL };

struct symbol {
	enum symbol_kind kind;
	const char *name;       /* interned; NULL for the object of a compound literal and the like */
	const char *emit_name;  /* set by lowering where generated code needs another name (shadowing, hoisting); NULL: `name` */
	struct type *type;
	int storage;            /* SC_... as declared */
	enum linkage linkage;
	bool static_duration;
	bool defined;           /* function with a body, object with an initialiser */
	bool implicit;          /* declared by use (implicit int function) or by sema (builtins, __func__) */
	bool address_taken;     /* `&x`, array decay, captured by a nested function, an asm operand: a pointer to it may exist */
	bool named;             /* somewhere in the file, but in a function's own body */
	bool owned;             /* lowering: a parameter of closure type that the function itself releases */
	bool is_func_name;      /* __func__, __FUNCTION__, __PRETTY_FUNCTION__: type char[n]; `text` is its value */
	const char *text;
	struct node_list attrs; /* of the specifiers and the declarator */
	struct node *cleanup;   /* function named by __attribute__((cleanup(f))), an IDENT */
	uint32_t explicit_align;/* _Alignas / aligned on the object; 0: none */
	struct node *asm_label;
	struct node *declarator;/* DECLARATOR or PARAM of the definition or the newest declaration */
	struct function *function; /* the function whose local it is; NULL at file scope */
	struct function *body;  /* SYM_FUNCTION: its definition in this file, or NULL */
	struct scope_info *scope;  /* the block that declares a local */
	unsigned index;         /* number among the locals of `function`, from 0, in order of declaration */
	int64_t enum_value;
	struct type *sugar;     /* SYM_TYPEDEF: its type_typedef(), made on first use */
	loc_t loc;              /* of its name, in the definition of a function, else where it was declared first */
	/* Async functions (from [[asyncc::...]] and the prototype). */
	uint64_t max_frame;     /* [[asyncc::max_frame(N)]]; UINT64_MAX: none */
	bool runtime_multi;     /* [[asyncc::runtime(multi, workers = N)]] on async fn main */
	unsigned runtime_workers; /* 0: one a core */
	struct type *frame;     /* [[asyncc::frame(struct x)]]: a visible frame struct of a function defined elsewhere; NULL: opaque */
};

/* A block and what it declares. */
struct scope_info {
	struct scope_info *parent;    /* the enclosing block in the same function, or NULL */
	struct node *node;
	struct symbol **symbols;      /* objects of automatic storage, in order of declaration */
	unsigned symbol_count, symbol_cap;
	bool has_defer;               /* a DEFER or a cleanup stands directly in it */
	bool in_stmt_expr;            /* it is, or lies in, the body of a statement expression */
	bool in_defer;                /* it is, or lies in, the body of a defer */
};

struct label {
	const char *name;
	struct node *node;            /* the LABEL, NULL while only used */
	struct scope_info *scope;     /* where it stands */
	bool declared_local;          /* __label__ */
	const struct barrier *barriers;     /* private to sema: what is in scope where it stands */
	loc_t first_use;
};

/* A variable of an enclosing function that a block has a copy of. */
struct capture {
	struct symbol *outer;         /* in the directly enclosing function (which may have captured it itself) */
	struct symbol *inner;         /* the parameter of the block that holds the copy */
	loc_t first_use;
	bool assigned, addressed;     /* private to sema: -Wcapture-assign, -Wcapture-address was given */
};

enum function_kind {
	FN_FUNCTION,
	FN_BLOCK,    /* async { }, and the block of n.async_spawn: an async function of its captures */
	FN_CLOSURE,  /* async |...| { }: an async function of its parameters, then its captures */
	FN_THREAD    /* the block of n.spawn and spawn_blocking: ordinary code on another thread */
};

/* A function with a body. */
struct function {
	enum function_kind kind;
	struct node *item;            /* the top-level item that it lies in */
	struct capture *captures;     /* of a block; its last parameters are their inner symbols */
	unsigned capture_count, capture_cap;
	unsigned block_count;         /* blocks in it so far, for their names */
	struct symbol *symbol;
	struct block *block;          /* private to sema: of a block */
	struct node *def;             /* FUNCTION_DEF; NULL: a block */
	struct node *body;            /* COMPOUND */
	struct type *return_type;     /* of an async function: the eventual value's type; of a generator stream(T): its returns give an int */
	bool is_async;
	bool is_main;                 /* async fn main */
	bool is_nested;               /* GNU nested function */
	struct function *outer;
	struct symbol **params;
	unsigned param_count;
	struct symbol **locals;       /* all automatic objects (parameters first), at their `index` */
	unsigned local_count, local_cap;
	struct node_list awaits;      /* evaluated awaits (MEMBER with role ROLE_AWAIT), and EMPTY_DECLs where else it may be suspended */
	bool uses_defer;
};

/* What `base.name` is. */
enum member_role {
	ROLE_MEMBER, /* a struct or union member */
	ROLE_AWAIT,  /* `.await` on a future, a task handle (node.type: the type of a value that may not come), or on a sync NURSERY (int) */
	ROLE_METHOD  /* the callee of a CALL_METHOD */
};
struct member_use {
	enum member_role role;
	const struct member *member; /* ROLE_MEMBER */
	struct tag *tag;             /* ROLE_MEMBER: the struct that was looked in */
	uint64_t offset;
};

/* What `f(args)` is. */
enum call_role {
	CALL_C,        /* an ordinary call */
	CALL_ASYNC,    /* of an async function, direct or through a pointer; node.type: future(T), or stream(T) for a generator */
	CALL_OK,       /* ok(...), _Ok(...): node.type: the result type it takes from where it stands */
	CALL_ERR,
	CALL_BLOCK_ON, /* args[0]: the future; node.type: its value's type */
	CALL_FUTURE_DROP,
	/* Of a task, channel, stream, nursery: op, receiver. The receiver of a task method is an lvalue, a temporary handle (async_spawn(f()).detach()), or
	 * an async_self(); of a stream method always an lvalue; of a nursery method a pointer, whether `.` or `->` was written. detach consumes the handle,
	 * try_unwrap does when it gives a value, close consumes the stream; the others leave it. send, recv, next, stream close: node.type is a future. */
	CALL_METHOD,
	/* async_spawn, async_timeout, ...: op; TYPED_CALLs too. Where it takes a future, args[0] (SPAWN_NAMED: args[1]) has type future(value), node.type follows
	 * from it. SPAWN_BLOCKING: args[0] is a CALL with role CALL_C (in parentheses, maybe), whose arguments are evaluated here, the call itself elsewhere.
	 * READY: args[0] converts to value. MAP, AND_THEN: function is args[1]'s function type, or TY_CLOSURE; the argument it is called with is the value
	 * of the future (result(V): its V; void: none), converted. PARALLEL: args[2] has type TY_CLOSURE. */
	CALL_LIBRARY,
	CALL_CLOSURE   /* of a closure value: function is its TY_CLOSURE; node.type: future(T) */
};

/* Methods and functions of the dialect that are typed by their operands. */
enum dialect_op {
	DO_NONE,
#define DIALECT_OP(name, text, on) DO_##name,
#include "frontend/sema/dialect_op.def"
#undef DIALECT_OP
};
struct call_use {
	enum call_role role;
	struct type *function;       /* the function type called (CALL_C, CALL_ASYNC) */
	struct symbol *direct;       /* the function, when it is called by name */
	enum dialect_op op;
	struct node *receiver;       /* CALL_METHOD: what stands before the `.` or `->` */
	struct type *value;          /* CALL_METHOD, CALL_LIBRARY: the T of task(T), chan(T), stream(T) or of the future operand; NULL: nurseries, async_self() */
};

/* SPAWN_BLOCK.ann. ASYNC_BLOCK.ann and CLOSURE.ann are the struct function. */
struct spawn_use {
	enum dialect_op op;          /* DO_NURSERY_ASYNC_SPAWN, DO_NURSERY_SPAWN, DO_SPAWN_BLOCKING */
	struct node *receiver;       /* the nursery, or NULL */
	struct function *function;
};

/* NURSERY.ann. */
struct nursery_use {
	struct symbol *variable;     /* `n`, of type async_nursery * or sync_nursery *; nameless where the text gives no name */
	struct scope_info *scope;    /* of the body */
};

/* How an initialiser list fills an object, one entry for each leaf value in textual order, brace elision and designators resolved. */
struct init_entry {
	struct node *value;      /* expression (never INIT_LIST) */
	struct node_list path;   /* DESIG_FIELD / DESIG_INDEX from the whole object to the subobject */
};
struct init_plan {
	struct init_entry *entries; /* NULL for objects of static duration, which nothing lowers */
	unsigned count;
};

/* The whole of a translation unit after sema. */
struct unit {
	struct source *source;
	struct node *tree;          /* TRANSLATION_UNIT; an item that needs lowering has NF_USES_DIALECT */
	struct function **functions;/* all definitions, in text order; blocks before the function that they lie in, inner ones first */
	unsigned function_count, function_cap;
	struct symbol **symbols;    /* file-scope symbols in order of first declaration */
	unsigned symbol_count, symbol_cap;
	struct type **results;      /* each result(T) that occurs, once, in order of first use */
	unsigned result_count, result_cap;
	bool uses_dialect;          /* any item does */
};

struct sema_options {
	int c_version;
	bool unsigned_char;         /* -funsigned-char */
	bool short_enums;           /* -fshort-enums */
	enum target_arch target;    /* by the compiler's predefined macros: __aarch64__ */
};

/* Types and checks `tree`. The unit lives in `arena`. */
struct unit *sema(struct arena *arena, struct source *s, struct diag *d, struct node *tree, const struct sema_options *options);

/* The value of an expression with NF_CONST; sign by its type. */
struct int_value { uint64_t lo, hi; bool is_unsigned; };
struct int_value const_value(const struct node *n);
/* The bytes of a STRING, with its terminating element; *len counts bytes. */
const char *string_bytes(struct arena *a, const struct node *n, size_t *len);

bool expr_is_await(const struct node *n);

#endif
