/* What the files of print share. Nothing outside lower/print includes this.
 *
 *   printer.c     tokens, lines, indentation, keeping in step with the source (print.h)
 *   expr.c stmt.c decl.c attribute.c   nodes -> text
 *   types.c       semantic types, hoisted tags and typedefs -> text
 *   splice.c      lowered items into the original text
 *   expanded.c    ... or into the preprocessed one
 *   region.c      what takes the place of items
 *   include.c     which inclusions have to be spliced too
 *   macros.c      macros in force, and their protection
 *   header.c      --emit-header;  dump.c  --dump=lowered
 *   directive.c   directives of an original file                                             */
#ifndef ASYNCC_LOWER_PRINT_INTERNAL_H
#define ASYNCC_LOWER_PRINT_INTERNAL_H

#include <string.h>

#include "lower/print/print.h"

/* How tightly an expression binds; the argument of print_expr. */
enum precedence {
	PREC_COMMA = 1, PREC_ASSIGN, PREC_COND, PREC_LOGOR, PREC_LOGAND, PREC_OR, PREC_XOR, PREC_AND, PREC_EQ, PREC_REL, PREC_SHIFT, PREC_ADD,
	PREC_MUL, PREC_CAST, PREC_UNARY, PREC_POSTFIX, PREC_PRIMARY
};

/* -- printer.c */
/* A token; a blank is put before it where it would else be glued to what stands there. */
void put(struct printer *p, const char *token);
void put_n(struct printer *p, const char *token, size_t len);
void put_space(struct printer *p);
/* After a comma, before what begins at `next` (0: nowhere in the source): a blank, or a new line where there is one in the source, or this one is long. */
void put_break(struct printer *p, loc_t next);
/* Ends the line now. */
void put_newline(struct printer *p);
/* Text that lowering made. Inside a function all of it is on the line of `loc` (0: on the line before it); else its
 * lines as they are, each indented. */
void put_text(struct printer *p, loc_t loc, const char *text);
/* Before something that stands at `loc` and may start a line (0: made by lowering). */
void print_sync(struct printer *p, loc_t loc);
/* The same before a closing brace; writes a directive only where a function ends. */
void print_sync_brace(struct printer *p, loc_t loc);
/* The text at a place of the source, for telling spellings apart; "" if unknown. */
const char *source_spelling(const struct printer *p, loc_t loc);

/* -- stmt.c */
void print_compound(struct printer *p, struct node *n);

/* -- decl.c */
enum attribute_style { ATTRS_GNU = 1, ATTRS_C23 = 2, ATTRS_ALL = 3 };
/* The attributes of `list` that are written in one of `styles`. Those of asyncc are left out; `keep` (may be NULL) chooses among the others. */
void print_attributes(struct printer *p, const struct node_list *list, unsigned styles, bool (*keep)(const struct node *attribute));
/* `specs declarators` without the `;`. False if nothing was to be written. */
bool print_declaration(struct printer *p, struct node *n);
void print_type_name(struct printer *p, struct node *n);
void print_initializer(struct printer *p, struct node *n);
void print_asm(struct printer *p, struct node *n);
void print_static_assert(struct printer *p, struct node *n);
void print_pragma(struct printer *p, struct node *n);
void print_designators(struct printer *p, const struct node_list *designators, bool first_bare);

/* -- types.c */
/* Can `t` be written down as C by its name (no unknown, deduced or nameless type in it)? */
bool type_printable(const struct type *t);
/* `t name` in lowered form; name NULL: a type-name. */
void print_type(struct printer *p, const struct type *t, const char *name);
/* `storage type name attributes`, without the initialiser, from the symbol alone. */
void print_symbol_declaration(struct printer *p, const struct symbol *s);

/* -- directive.c */
enum directive_kind {
	DIR_OTHER, DIR_IF, DIR_ELSE, DIR_ENDIF, /* DIR_IF: #if, #ifdef, #ifndef; DIR_ELSE: #elif, #elifdef, #else */
	DIR_DEFINE, DIR_UNDEF, DIR_INCLUDE, DIR_LINE, DIR_PRAGMA_ONCE
};
/* A directive of an original file: a logical line that starts with `#`. */
struct directive {
	enum directive_kind kind;
	uint32_t begin, end;         /* bytes, without the newline */
	uint32_t line_first, line_last;
	uint32_t name, name_len;     /* the header's name with its delimiters (INCLUDE), the macro's (DEFINE, UNDEF) */
	bool next;                   /* #include_next */
};
struct directives {
	struct directive *data;
	unsigned len, cap;
};
void directives_find(struct arena *a, const char *text, size_t len, struct directives *out);
/* Calls visit for each identifier of C text, outside of comments and literals; stops when it gives false. */
void identifiers_visit(const char *text, size_t len, bool (*visit)(const char *name, size_t len, const char *after, void *ctx), void *ctx);

/* -- macros.c */
struct macro_state {
	struct arena *arena;
	const struct macro_log *log;
	unsigned next;               /* events before it are applied */
	struct map current;          /* name -> the struct macro_event that defines it now */
};
void macros_init(struct macro_state *m, struct arena *arena, const struct macro_log *log);
/* Applies the events before `loc`. Positions must not decrease. */
void macros_advance(struct macro_state *m, loc_t loc);
/* The names of macros in force that the C text [text, text + len) would wrongly expand, in order of appearance. */
struct name_list {
	const char **data;
	unsigned len, cap;
};
void macros_touched(struct macro_state *m, const char *text, size_t len, struct name_list *out);
/* Does `text` use __COUNTER__, directly or by a macro that was ever defined? */
bool macros_use_counter(struct arena *a, const struct macro_log *log, const char *text, size_t len);

/* -- include.c */
/* An inclusion of a file, or the main file. */
struct inclusion {
	uint32_t instance;
	uint32_t parent;             /* instance that includes it */
	uint32_t return_line;        /* line of the parent that follows the #include */
	const char *file;            /* as its first line marker spells it */
	bool entered;                /* a marker of it exists */
	bool has_items;              /* an item that uses the dialect stands directly in it */
	bool self_lowering;          /* its text chooses by __ASYNCC_PARSE__ itself: the C compiler may see it */
	bool splice;                 /* it or something that it includes has to be spliced */
	loc_t begin, end;            /* where its text stands in the preprocessed one (with what it includes) */
};
struct inclusions {
	struct inclusion *data;      /* by instance */
	unsigned len, cap;
};
void inclusions_find(struct arena *a, struct source *s, const struct node *tree, struct inclusions *out);
/* The name under which `file` is found by a quoted #include of the main file's folder. */
const char *include_name(struct arena *a, const char *main_file, const char *file);

/* -- region.c */
/* Writes what takes the place of items, each edit between line directives. */
struct splicer {
	struct buf *out;
	struct lowered_unit *lowered;
	struct source *source;
	struct arena *arena;
	const struct macro_log *log;
	struct macro_state macros;
	bool abi_included;           /* the declarations that generated code needs were asked for */
	bool expanded;
};
void region_start_line(struct splicer *sp);
void region_put_line(struct splicer *sp, uint32_t line, const char *file);
/* The items [first, first + count) of the tree in their lowered form; those that don't use the dialect as the preprocessed text has them. */
void region_put_items(struct splicer *sp, struct node **first, unsigned count);
/* Preprocessed text without its macro definitions. */
void region_put_preprocessed(struct splicer *sp, loc_t from, loc_t to);

/* -- expanded.c */
/* The whole output from the preprocessed text. */
void print_expanded(struct splicer *sp, const struct inclusions *inclusions);

#endif
