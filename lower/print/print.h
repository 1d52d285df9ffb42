/* Printer: nodes -> C text with a #line map. */
#ifndef ASYNCC_LOWER_PRINT_PRINT_H
#define ASYNCC_LOWER_PRINT_PRINT_H

#include "lower/core.h"

/* Writes C text and keeps its lines in step with the source: before a node that comes from a line of the source, a #line directive
 * (or a few empty lines) is written where the count has drifted. */
struct printer {
	struct buf *out;
	struct source *source;
	const char *file;    /* presumed file and line of the line that is being written; file NULL: unknown */
	uint32_t line;
	unsigned indent;     /* levels, a tab each */
	bool at_line_start;  /* nothing was written on this line */
	bool line_ended;     /* a newline is due before the next statement, unless the source has that on the same line */
	bool core;           /* inside a function in core form: declarations and type names are printed from semantic types */
	bool no_lines;       /* dumps: the text is not kept in step */
	/* Where source_line() was asked last: lines are found going on from there. */
	loc_t known_loc;
	uint32_t known_line;
};

void printer_init(struct printer *p, struct buf *out, struct source *source);
/* One expression, with the parentheses that it needs in a context of precedence `prec` (enum precedence; 0: any). Uses symbols' emit_names and semantic types. */
void print_expr(struct printer *p, struct node *n, int prec);
/* A statement or declaration, indented, ended by a newline. */
void print_stmt(struct printer *p, struct node *n);
/* A top-level item: FUNCTION_DEF, DECLARATION, CORE_TEXT, ... Declarations of async functions and dialect types come out in their lowered form.
 * A TAG as an item is the definition of its struct tag (a hoisted one), a TYPEDEF_REF the declaration of its typedef. */
void print_item(struct printer *p, struct node *n);
/* Definition of a struct, union or enum (hoisted or in place): `struct name { ... }` with its attributes. */
void print_tag_definition(struct printer *p, const struct tag *t);
/* Ends the line that is being written, if any. */
void print_finish(struct printer *p);

#endif
