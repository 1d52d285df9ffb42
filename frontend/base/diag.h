/* Diagnostics in GCC's format.
 *
 *   server.ac:12:9: error: the result of 'fetch' is not used [-Wunused-future]
 *      12 |         fetch(1);
 *         |         ^~~~~
 *   server.ac:12:17: note: ...
 *
 * A diagnostic that stands at a place in a system header is dropped unless it is an error. */
#ifndef ASYNCC_BASE_DIAG_H
#define ASYNCC_BASE_DIAG_H

#include <stdbool.h>
#include <stdio.h>

#include "frontend/base/source.h"

enum diag_level { DIAG_NOTE, DIAG_WARNING, DIAG_ERROR, DIAG_FATAL };

/* asyncc's own warnings, all on by default. The table (flag name, one line of help) is diag.def. */
enum diag_warning {
	W_NONE, /* an error, a note, or a warning that no flag controls */
#define WARNING(id, flag, help) id,
#include "frontend/base/diag.def"
#undef WARNING
	W_COUNT
};

struct diag; /* the engine: options, counters, the source that positions refer to */

struct diag *diag_new(struct arena *arena);
/* Positions given from now on refer to `s` (NULL: diagnostics have no place). */
void diag_set_source(struct diag *d, struct source *s);
/* One of -wX, -WX, -Wno-X, -Werror, -Werror=X, -Wno-error=X, -w, -fdiagnostics-format=json|text, -fdiagnostics-color=..., -fmax-errors=N (100;
 * 0: all; also -ferror-limit=N). What comes after that many errors is counted and not printed.
 * Tells whose it is: SHARED ones (`-w`, `-Werror`, -fdiagnostics-...) are meant for the C compiler as well. */
enum diag_option_kind { DIAG_OPTION_UNKNOWN, DIAG_OPTION_OWN, DIAG_OPTION_SHARED };
enum diag_option_kind diag_option(struct diag *d, const char *option);
/* The table of warnings, for --help: `  -Wunused-future      a future that no path consumes` a line. */
void diag_list_warnings(FILE *out);
/* Where diagnostics go; stderr by default. */
void diag_set_output(struct diag *d, FILE *out);

void diag_error(struct diag *d, loc_t loc, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* False if the warning is switched off (then notes and fix-its that follow it are dropped too). */
bool diag_warn(struct diag *d, enum diag_warning w, loc_t loc, const char *format, ...) __attribute__((format(printf, 4, 5)));
/* Belongs to the diagnostic before it. */
void diag_note(struct diag *d, loc_t loc, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A fix-it for the diagnostic before it: `text` inserted before `loc` (insert) or in place of [loc, end). Shown under the caret line, and in JSON. */
void diag_fixit_insert(struct diag *d, loc_t loc, const char *text);
void diag_fixit_replace(struct diag *d, loc_t loc, loc_t end, const char *text);
/* An error about no place in a source ("asyncc: error: ..."): unreadable files, a failed C compiler. */
void diag_error_global(struct diag *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

unsigned diag_errors(const struct diag *d);
/* Ends the output (the closing bracket of JSON). */
void diag_finish(struct diag *d);

#endif
