/* Types as sema computes them: resolved, sized, and still spelt the way the user spelt them.
 *
 * A `struct type` is immutable once it is complete and may be shared. Qualifiers are a field: `type_qualified` copies the
 * node. Identity of structs, unions and enums is that of their `struct tag`. A typedef is kept as a sugar node
 * (TY_TYPEDEF) so that generated code and messages say `size_t`; look through it with type_strip(). */
#ifndef ASYNCC_SEMA_TYPE_H
#define ASYNCC_SEMA_TYPE_H

#include <stdbool.h>
#include <stdint.h>

#include "frontend/ast/ast.h"
#include "frontend/base/buf.h"

enum type_kind {
	TY_ERROR, /* unknown, after a diagnostic or from a builtin that asyncc has no type for; compatible with everything */
	TY_VOID, TY_BOOL,
	/* Integers, in order of rank within a signedness pair. */
	TY_CHAR, TY_SCHAR, TY_UCHAR, TY_SHORT, TY_USHORT, TY_INT, TY_UINT, TY_LONG, TY_ULONG, TY_LLONG, TY_ULLONG, TY_INT128, TY_UINT128,
	TY_BITINT, TY_ENUM,
	TY_FLOAT16, TY_BFLOAT16, TY_FLOAT, TY_DOUBLE, TY_LDOUBLE, TY_FLOAT32, TY_FLOAT64, TY_FLOAT128, TY_FLOAT32X, TY_FLOAT64X, TY_FLOAT80,
	TY_DECIMAL32, TY_DECIMAL64, TY_DECIMAL128,
	TY_COMPLEX,  /* base: a real floating or integer type */
	TY_NULLPTR, TY_VA_LIST, /* __builtin_va_list: behaves as the array-of-one struct it is on x86-64; size by the target */
	TY_POINTER, TY_ARRAY, TY_FUNCTION, TY_STRUCT, TY_UNION, TY_VECTOR,
	TY_TYPEDEF,  /* sugar: base is what it stands for, symbol the typedef */
	TY_AUTO,     /* __auto_type / C23 auto before its initialiser is seen */
	/* The dialect's. base: the T. */
	TY_FUTURE, TY_TASK, TY_CHAN, TY_STREAM,
	TY_CLOSURE,  /* async |PARAMS| -> T: base: T; the parameters are u.function's, is_async is set */
	TY_RESULT    /* result(T): a struct { int err; T value; }; base: T (void: .err alone); tag: its members */
};

struct member {
	const char *name;     /* NULL: unnamed bit-field or anonymous struct/union */
	struct type *type;
	uint64_t offset;      /* bytes from the start; of the storage unit's first byte for a bit-field */
	uint16_t bit_offset;  /* bits from `offset` */
	int16_t bit_width;    /* -1: no bit-field */
	uint32_t align;       /* of the member, with its attributes (tag_layout computes it) */
	uint32_t explicit_align; /* aligned, _Alignas on the member; 0: none */
	bool packed;          /* attribute packed on the member */
	struct node_list attrs;
	loc_t loc;
};

/* A struct, union or enum. */
struct tag {
	enum tag_kind kind;
	const char *name;       /* as declared, NULL if it has none */
	const char *emit_name;  /* unique name under which generated code declares a hoisted local tag; NULL: `name` */
	struct symbol *named_by;/* a tag without a name: the first typedef of it, if any */
	bool complete;
	bool local;             /* declared inside a function */
	bool packed, transparent_union, has_vla;
	uint64_t size;
	uint32_t align;
	uint32_t explicit_align; /* attribute aligned; 0: none */
	struct member *members;
	unsigned member_count;
	struct type *underlying;  /* enum: the integer type it is compatible with */
	struct symbol **enumerators;
	unsigned enumerator_count;
	struct node_list attrs;
	loc_t loc;
	struct node *node;        /* the TAG that defines it */
	/* A tag of file scope without a name: what was declared with it first, through which generated code speaks of it (type_print.c).
	 * Either a symbol, whose type is the tag's or derived from it, or a member of another tag. */
	struct symbol *object;
	struct tag *holder;
	const struct member *holder_member;
	struct type *type;        /* its unqualified type (type_of_tag) */
	struct type **dependents; /* types made while it was incomplete; they receive size and alignment when it is completed */
	unsigned dependent_count, dependent_cap;
};

struct param {
	const char *name; /* may be NULL */
	struct type *type;        /* adjusted: arrays and functions have decayed */
	loc_t loc;
};

struct type {
	uint8_t kind;  /* enum type_kind */
	uint8_t quals; /* Q_... */
	bool is_vm;    /* variably modified: an array bound that is not constant is somewhere inside */
	uint32_t align;/* alignment in bytes; explicit ones (attribute aligned on a typedef) included */
	uint64_t size; /* bytes; of an incomplete, function or variable-size type 0 */
	struct type *base;  /* element, pointee, return type, T, sugar's target, component */
	union {
		struct {
			uint64_t length;   /* constant length */
			struct node *bound;/* the size expression of a VLA (NULL: constant or incomplete); evaluated where the declaration is reached */
			bool incomplete;   /* [] */
			bool star;         /* [*] */
		} array;               /* also TY_VECTOR: length */
		struct {
			struct param *params;
			unsigned param_count;
			bool variadic, kr; /* kr: no prototype */
			bool is_async;     /* base: the eventual value's type */
			bool noreturn;
		} function;
		struct tag *tag;       /* struct, union, enum, result */
		struct symbol *symbol; /* typedef */
		uint32_t bits;         /* _BitInt(n); sign by is_unsigned */
	} u;
	bool is_unsigned;      /* _BitInt */
	struct type *pointer;     /* cache of type_pointer; private to type.c */
	struct type *unqualified; /* what a qualified copy was made from; NULL: itself. Private to type.c */
	struct node_list attrs;/* attributes that belong to the type and have to be printed again (vector_size is TY_VECTOR, not here) */
};

/* What depends on the processor: LP64 System V x86-64 or AArch64. */
struct target {
	bool char_unsigned, wchar_unsigned;
	bool anonymous_bitfields_align; /* an unnamed bit-field's type aligns the struct too */
	uint32_t va_list_size, va_list_align;
	bool va_list_is_array; /* of one element: a parameter of the type is a pointer, TY_VA_LIST with size 8 */
	uint32_t max_bitint_align;
};
enum target_arch { TARGET_X86_64, TARGET_AARCH64 };
/* Chooses the target that sizes are computed for; before any type is made. */
void type_set_target(enum target_arch arch, bool char_unsigned);
extern struct target type_target;

/* The basic types; shared, unqualified. */
struct type *type_basic(enum type_kind kind);
struct type *type_pointer(struct arena *a, struct type *to);
struct type *type_array(struct arena *a, struct type *element, uint64_t length);
struct type *type_array_incomplete(struct arena *a, struct type *element);
struct type *type_vla(struct arena *a, struct type *element, struct node *bound);
struct type *type_vector(struct arena *a, struct type *element, uint64_t length);
struct type *type_complex(struct arena *a, struct type *component);
struct type *type_function(struct arena *a, struct type *ret, struct param *params, unsigned n, bool variadic);
struct type *type_dialect(struct arena *a, enum type_kind kind, struct type *value);
/* async |params| -> value */
struct type *type_closure(struct arena *a, struct type *value, struct param *params, unsigned n);
/* The unqualified type of a struct, union or enum: one a tag. */
struct type *type_of_tag(struct arena *a, struct tag *tag);
/* Sugar: `sym`, a typedef, standing for `sym->type`. */
struct type *type_typedef(struct arena *a, struct symbol *sym);
struct type *type_bitint(struct arena *a, uint32_t bits, bool is_unsigned);
/* A copy that may be changed before anybody else sees it. */
struct type *type_copy(struct arena *a, const struct type *t);
/* `t` with alignment `align`. */
struct type *type_aligned(struct arena *a, struct type *t, uint32_t align);
/* `t` with the qualifiers `quals` added (for an array: to its element too, C17 6.7.3p9). */
struct type *type_qualified(struct arena *a, struct type *t, unsigned quals);
struct type *type_unqualified(struct arena *a, struct type *t);

/* `t` without typedef sugar; qualifiers of the sugar are carried over. */
struct type *type_strip(struct arena *a, struct type *t);
/* The kind and qualifiers behind any sugar. */
enum type_kind type_kind(const struct type *t);
unsigned type_quals(const struct type *t);
/* The node behind any sugar, without the sugar's qualifiers: for reading kind-specific fields. */
const struct type *type_core(const struct type *t);
/* Bits of an integer type's value representation (enum: its underlying type's; bool: 1... of storage 8). */
unsigned type_width(const struct type *t);
/* The tag of a struct, union, enum or result(T), behind any sugar; NULL for others. */
struct tag *type_tag(const struct type *t);
bool type_is_function(const struct type *t);
bool type_is_pointer(const struct type *t); /* a pointer (not an array or function that would decay) */

bool type_is_integer(const struct type *t); /* enums, bool, _BitInt included */
bool type_is_signed(const struct type *t);
bool type_is_floating(const struct type *t);/* real floating */
bool type_is_arithmetic(const struct type *t);
bool type_is_scalar(const struct type *t);
bool type_is_record(const struct type *t);  /* struct, union, result(T) */
bool type_is_complete(const struct type *t);
bool type_is_vla(const struct type *t);     /* its size is not constant */
/* Carries an error: a signed integer type of at least int's rank (no enum, no __int128), or result(T). */
bool type_carries_error(const struct type *t);

/* C17 6.2.7; qualifiers of the outermost level matter unless ignored. */
bool type_compatible(const struct type *a, const struct type *b);
bool type_compatible_unqualified(const struct type *a, const struct type *b);
struct type *type_composite(struct arena *arena, struct type *a, struct type *b);
struct type *type_promoted(struct arena *a, struct type *t);            /* integer promotions */
struct type *type_usual_arithmetic(struct arena *arena, struct type *a, struct type *b);
/* Lvalue conversion, array and function decay. */
struct type *type_decayed(struct arena *a, struct type *t);

/* Finds member `name`, looking into anonymous structs and unions; *offset receives its byte offset in the whole. NULL if there is none. */
const struct member *tag_member(const struct tag *t, const char *name, uint64_t *offset);
/* Computes offsets, size and alignment of a struct or union whose members are filled in (System V ABI; packed, aligned, bit-fields, pack(n)). */
void tag_layout(struct tag *t, unsigned pack);
/* Copies size and alignment of the now complete tag into the types that were made of it before. */
void tag_completed(struct tag *t);

/* C text: `const char *name[3]`; name NULL or "" gives a type-name. Prints names of emit (`tag.emit_name`, `symbol.emit_name`) where set.
 * Dialect types print as what they are lowered to when `lowered`, else as the user writes them (for messages). */
void type_print(struct buf *out, const struct type *t, const char *name, bool lowered);
/* The same with array bounds that are not constant printed by `bound`. */
struct type_printer {
	struct buf *out;
	bool lowered;
	void (*bound)(struct type_printer *p, struct node *bound); /* NULL: `[*]` */
	/* May print the specifiers of a type that is neither pointer, array nor function, and give true. May be NULL. */
	bool (*specifiers)(struct type_printer *p, const struct type *t, unsigned quals);
	void *context;
};
void type_print_with(struct type_printer *p, const struct type *t, const char *name);
/* Can generated code speak of the type, by a name or by what was declared with it? */
bool tag_is_printable(const struct tag *tag);
/* The tag that the specifiers of a declaration of `t` spell out, if it has no name of any kind; else NULL. */
struct tag *type_nameless_tag(const struct type *t);
/* For messages: `int (*)(void)` in an arena, in the user's words. */
const char *type_text(struct arena *a, const struct type *t);
/* The NAME of result(T) in `struct async_result_NAME`, or NULL if T has none at file scope (then a typedef is asked for). */
const char *type_result_name(struct arena *a, const struct type *value);

#endif
