/* Source text and positions.
 *
 * The compiler reads one preprocessed text (the output of `$CC -E -dD`). A position (`loc_t`) is a byte offset into it, plus one;
 * 0 is "nowhere". Line markers in the text (`# 12 "f.h" 1 3`) tell which file and line a position stands for, and
 * `source_locate` goes on to the column in the *original* line, which -E does not keep: it reads the original file and
 * aligns the tokens of the line with the preprocessed ones. A token that came out of a macro is located at the macro's name. */
#ifndef ASYNCC_BASE_SOURCE_H
#define ASYNCC_BASE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frontend/base/arena.h"

typedef uint32_t loc_t;

/* A run of text between two line markers. */
struct line_run {
	uint32_t marker;        /* offset of the marker line itself */
	uint32_t start;         /* offset of the first byte after it */
	uint32_t first_line;    /* number of that byte's line in the preprocessed text, from 0 */
	uint32_t line;          /* presumed line of that byte */
	const char *file;       /* interned name as the marker spells it (unescaped) */
	uint32_t file_instance; /* counts inclusions: two inclusions of one header differ; the main file is 0 */
	bool system;            /* flag 3 */
};

/* How a file came to be read. */
struct source_inclusion {
	uint32_t parent;        /* instance of the file with the #include */
	const char *file;       /* its name there; NULL: the main file, or included by the command line */
	uint32_t line;
	bool in_dialect;        /* it says so by <asyncc/dialect.ah>: wherever it lies, it is no system header */
};

struct source {
	struct arena *arena;
	const char *main_file; /* interned name of the file that is being compiled, as the user named it */
	char *text;            /* the preprocessed text, followed by two NUL bytes (flex's end) */
	size_t len;
	struct line_run *runs; /* sorted by start; filled by source_index */
	unsigned run_count, run_cap;
	uint32_t *lines;       /* offsets of the beginnings of the lines of `text` */
	unsigned line_count, line_cap;
	struct source_inclusion *inclusions; /* by file instance */
	unsigned inclusion_count, inclusion_cap;
	const char *original;  /* where the main file's text is, if not under its name: a copy of standard input; or NULL */
	struct align **aligns; /* by file instance, made by align_of */
	unsigned align_count;
};

/* A position as people see it. `line` and `column` count from 1; column counts bytes (diag.c makes screen columns of them, as GCC does); 0: unknown. */
struct place {
	const char *file;
	uint32_t line, column;
	const char *text; /* the original line without its end, or NULL where the file can't be read */
	uint32_t text_len;
	uint32_t width;   /* bytes of the token at the place, at least 1 */
	bool from_macro;  /* the token came out of a macro; the place is the macro's name */
};

/* Takes over `text` (len bytes and two NULs) and finds its line markers. */
void source_init(struct source *s, struct arena *arena, const char *main_file, char *text, size_t len);
/* True for names that stand for no file: "<built-in>", "<command-line>", a working directory. */
bool source_is_pseudo_file(const struct source *s, const char *file);
/* Reads the line marker or #line directive that `p` (the `#`) begins; *file (interned) is NULL where it names none. False for other directives. */
bool source_read_marker(const char *p, uint32_t *line, const char **file);
/* The main file's text is to be read from `path`; its name stays. */
void source_set_original(struct source *s, const char *path);
/* The run that holds `loc`. */
const struct line_run *source_run(const struct source *s, loc_t loc);
/* Presumed line of `loc`, cheap (no column). */
uint32_t source_line(const struct source *s, loc_t loc);
/* True if `loc` stands in the main file itself, not in something that it includes. */
bool source_in_main(const struct source *s, loc_t loc);
bool source_in_system_header(const struct source *s, loc_t loc);
/* File, line, column and line text of `loc`. Reads (and caches) the original file. */
struct place source_locate(struct source *s, loc_t loc);
/* Bytes from the beginning of the token that source_locate finds for `loc` to `loc`: more than 0 only inside or directly behind a token. */
uint32_t source_offset_in_token(struct source *s, loc_t loc);

#endif
