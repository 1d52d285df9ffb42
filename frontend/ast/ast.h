/* The tree that the parser builds, sema annotates and lowering rebuilds.
 *
 * A node is a tagged struct made from ast.def. The parser's fields are not changed after parsing; sema fills `type` and
 * `ann`; lowering makes new nodes (`node_new` + `node_copy`). Nodes live in the arena of the translation unit. */
#ifndef ASYNCC_AST_AST_H
#define ASYNCC_AST_AST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "frontend/base/arena.h"
#include "frontend/base/source.h"

struct type;
struct symbol;
struct node;

enum node_kind {
#define NODE(kind, family, fields) N_##kind,
#include "frontend/ast/ast.def"
#undef NODE
	/* Made by lowering only, never by the parser (lower/core.h). */
	N_CORE_AWAIT,
	N_CORE_FIELD,
	N_CORE_TEXT,
	N_CORE_CONTEXT,
	N_CORE_FORK,
	N_KIND_COUNT
};

enum ast_op {
	OP_ASSIGN, /* plain `=` in ASSIGN */
	OP_MUL, OP_DIV, OP_MOD, OP_ADD, OP_SUB, OP_SHL, OP_SHR, OP_LT, OP_GT, OP_LE, OP_GE, OP_EQ, OP_NE, OP_AND, OP_XOR, OP_OR, OP_LOGAND, OP_LOGOR,
	OP_ADDR, OP_DEREF, OP_PLUS, OP_MINUS, OP_BITNOT, OP_NOT, OP_PRE_INC, OP_PRE_DEC, OP_REAL, OP_IMAG, OP_EXTENSION,
	OP_POST_INC, OP_POST_DEC, OP_SIZEOF, OP_ALIGNOF,
	OP_COUNT
};
enum { SC_TYPEDEF = 1, SC_EXTERN = 2, SC_STATIC = 4, SC_AUTO = 8, SC_REGISTER = 16, SC_THREAD = 32, SC_CONSTEXPR = 64 };
enum { Q_CONST = 1, Q_VOLATILE = 2, Q_RESTRICT = 4, Q_ATOMIC = 8 };
enum { FS_INLINE = 1, FS_NORETURN = 2, FS_ASYNC = 4 };
enum {
	BT_VOID = 1 << 0, BT_BOOL = 1 << 1, BT_CHAR = 1 << 2, BT_SHORT = 1 << 3, BT_INT = 1 << 4, BT_LONG = 1 << 5, BT_LONGLONG = 1 << 6,
	BT_INT128 = 1 << 7, BT_SIGNED = 1 << 8, BT_UNSIGNED = 1 << 9, BT_FLOAT = 1 << 10, BT_DOUBLE = 1 << 11, BT_COMPLEX = 1 << 12,
	BT_IMAGINARY = 1 << 13, BT_FLOAT16 = 1 << 14, BT_FLOAT32 = 1 << 15, BT_FLOAT64 = 1 << 16, BT_FLOAT128 = 1 << 17, BT_FLOAT32X = 1 << 18,
	BT_FLOAT64X = 1 << 19, BT_FLOAT128X = 1 << 20, BT_IBM128 = 1 << 21, BT_DECIMAL32 = 1 << 22, BT_DECIMAL64 = 1 << 23, BT_DECIMAL128 = 1 << 24,
	BT_AUTO_TYPE = 1 << 25, BT_BFLOAT16 = 1 << 26, BT_VA_LIST = 1 << 27, BT_FLOAT80 = 1 << 28, BT_SAT = 1 << 29
};
enum tag_kind { TAG_STRUCT, TAG_UNION, TAG_ENUM };
enum dialect_type { DT_FUTURE, DT_RESULT, DT_TASK, DT_CHAN, DT_STREAM };
enum { ASM_VOLATILE = 1, ASM_GOTO = 2, ASM_INLINE = 4 };

struct node_list {
	struct node **data;
	unsigned len, cap;
};

#define F_NODE(n) struct node *n;
#define F_LIST(n) struct node_list n;
#define F_NAME(n) const char *n;
#define F_INT(n) int n;
#define F_BOOL(n) bool n;
#define F_TEXT(n) const char *n; unsigned n##_len;

/* One struct for each kind: `struct ast_IF { struct node *cond, *then, *otherwise; }`. */
#define NODE(kind, family, fields) struct ast_##kind { fields };
#include "frontend/ast/ast.def"
#undef NODE

struct node {
	uint16_t kind;   /* enum node_kind */
	uint16_t flags;  /* NF_... */
	loc_t loc;       /* the token a caret belongs under: the operator, the name, the keyword */
	loc_t begin;     /* first token */
	loc_t end;       /* one past the last byte of the last token */
	struct type *type; /* sema: of expressions (after no conversion: `int[3]`, lvalues qualified), TYPE_NAMEs, DECLARATORs */
	void *ann;         /* sema's or lowering's annotation for this kind; see sema.h */
	union {
#define NODE(kind, family, fields) struct ast_##kind kind;
#include "frontend/ast/ast.def"
#undef NODE
		struct { struct core_await *await; } CORE_AWAIT;
		struct { struct symbol *symbol; const char *text; } CORE_FIELD; /* text: the C expression, a primary one */
		struct { const char *text; } CORE_TEXT;
		struct { struct core_fork *fork; } CORE_FORK;
	} u;
};

#undef F_NODE
#undef F_LIST
#undef F_NAME
#undef F_INT
#undef F_BOOL
#undef F_TEXT

enum {
	NF_LVALUE = 1,        /* sema: the expression designates an object */
	NF_CONST = 2,         /* sema: an integer constant expression; the value is const_value() */
	NF_HAS_AWAIT = 4,     /* sema: an await, `?` or other suspension point is evaluated inside */
	NF_UNEVALUATED = 8,   /* sema: stands in an operand that C does not evaluate */
	NF_USES_DIALECT = 16, /* sema: this item or something inside it is not plain C: it has to be lowered */
	NF_BITFIELD = 32,     /* sema: MEMBER that names a bit-field */
	NF_SYNTHETIC = 64,    /* made by lowering */
	NF_NULL_CONST = 128,  /* sema: a null pointer constant */
	NF_FORWARD = 256,     /* parser: PARAM that a GNU forward declaration announced */
	NF_KEEP = 512,        /* lowering: reading this handle does not move it */
};

/* A node of `kind`. Allocates no more than the kind needs. */
struct node *node_new(struct arena *a, enum node_kind kind, loc_t begin, loc_t loc, loc_t end);
/* A shallow copy: children are shared, lists are copied. */
struct node *node_copy(struct arena *a, const struct node *n);
void node_list_push(struct arena *a, struct node_list *list, struct node *n);

const char *node_kind_name(enum node_kind kind);
enum node_family { FAM_AUX, FAM_DECL, FAM_TYPE, FAM_DECLR, FAM_STMT, FAM_EXPR, FAM_INIT };
enum node_family node_family(enum node_kind kind);
const char *ast_op_text(enum ast_op op); /* "+", "&&", "sizeof", ... */

/* Calls visit(child slot, ctx) for each non-NULL child of `n`, in text order of the table; stops early when it returns false. */
bool node_each_child(struct node *n, bool (*visit)(struct node **child, void *ctx), void *ctx);
/* The innermost expression without PARENs and `__extension__`. */
struct node *node_strip(struct node *n);

/* The shape of a declarator: D_POINTER, D_ARRAY, D_FUNCTION, D_PAREN from the outermost part inwards, and the D_NAME. */
struct node **shape_inner_slot(struct node *shape); /* where the next part inwards hangs; NULL: `shape` is a D_NAME */
struct node *shape_inner(const struct node *shape);
struct node *shape_name(struct node *shape); /* its D_NAME; NULL: none yet */
/* The part next to the name, without parentheses: what the declared thing is before all else. NULL: nothing but the name. */
struct node *shape_innermost(struct node *shape);

/* --dump=ast: one node a line, two blanks a level: `IF 3:5`, then fields by name. With type_text (--dump=types: sema's type_text) each node
 * that has a type ends in it; NULL: without. */
typedef const char *ast_type_text(struct arena *a, const struct type *t);
void ast_dump(FILE *out, struct source *s, const struct node *n, ast_type_text *type_text);

#endif
