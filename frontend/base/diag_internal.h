/* What the files of the diagnostics engine share. */
#ifndef ASYNCC_BASE_DIAG_INTERNAL_H
#define ASYNCC_BASE_DIAG_INTERNAL_H

#include "frontend/base/diag.h"
#include "frontend/base/map.h"
#include "frontend/base/vec.h"

struct fixit {
	struct place place;
	uint32_t width; /* bytes that are replaced; 0: an insertion */
	const char *text;
};

/* A diagnostic's own message, or a note. */
struct report {
	enum diag_level level;
	loc_t loc;
	struct place place;
	uint32_t instance; /* of the file that holds the place */
	const char *message;
	VEC(struct fixit) fixits;
};

struct diagnostic {
	bool used, promoted; /* promoted: a warning that -Werror made an error */
	struct report main;
	const char *flag; /* without -W, or NULL */
	VEC(struct report) notes;
};

enum error_choice { ERROR_UNSAID, ERROR_YES, ERROR_NO };
enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct diag {
	struct arena *arena;
	struct source *source;
	FILE *out;
	bool enabled[W_COUNT];
	enum error_choice error[W_COUNT];
	enum color_choice color;
	bool no_warnings, all_errors, json, no_caret;
	unsigned max_errors; /* 0: no limit */
	unsigned errors, printed;
	bool stopped;        /* by max_errors */
	bool any_promoted;
	bool open;           /* notes and fix-its belong to `pending` */
	struct diagnostic pending;
	loc_t last_loc;
	const char *last_message;
	struct map in_macros; /* messages at places where a macro is used: each is given once */
	uint32_t last_instance; /* whose "In file included from" lines were printed last */
};

/* diag_text.c, diag_json.c: print one diagnostic. */
void diag_print_text(struct diag *d, FILE *out, const struct diagnostic *diagnostic);
void diag_print_json(struct diag *d, FILE *out, const struct diagnostic *diagnostic, bool first);

/* Column on a screen (from 1) of the byte `column` (from 1) of a line: tabs go to multiples of 8, wide characters take two places. */
uint32_t display_column(const char *text, uint32_t len, uint32_t column);
/* The character at text[i]: its code point (a byte that isn't UTF-8 stands for itself), length in bytes and width on a screen. */
uint32_t utf8_decode(const char *text, uint32_t len, uint32_t i, uint32_t *bytes, int *width);

#endif
