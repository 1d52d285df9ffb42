/* Diagnostics: the engine. What one looks like is diag_text.c's and diag_json.c's business.
 *
 * A diagnostic is kept until the next one (or diag_finish) comes, since its notes and fix-its arrive after it. */
#include "frontend/base/diag.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/base/diag_internal.h"
#include "frontend/base/intern.h"

static const struct warning {
	const char *flag, *help;
} warnings[W_COUNT] = {
	{NULL, NULL},
#define WARNING(id, flag, help) {flag, help},
#include "frontend/base/diag.def"
#undef WARNING
};

/* Errors that are printed without -fmax-errors: more are a cascade, or nobody reads them. */
#define MAX_ERRORS 100

struct diag *diag_new(struct arena *arena)
{
	struct diag *d = ARENA_NEW(arena, struct diag);
	d->arena = arena;
	d->max_errors = MAX_ERRORS;
	map_init(&d->in_macros, arena);
	for (int i = 0; i < W_COUNT; i++)
		d->enabled[i] = true;
	return d;
}

void diag_set_source(struct diag *d, struct source *s)
{
	d->source = s;
}

void diag_set_output(struct diag *d, FILE *out)
{
	d->out = out;
}

static int find_warning(const char *flag)
{
	for (int i = 1; i < W_COUNT; i++)
		if (!strcmp(warnings[i].flag, flag))
			return i;
	return 0;
}

static const char *after(const char *text, const char *prefix)
{
	size_t len = strlen(prefix);
	return strncmp(text, prefix, len) ? NULL : text + len;
}

/* -WX, -Wno-X, -Werror=X, -Wno-error=X. */
static enum diag_option_kind warning_option(struct diag *d, const char *option)
{
	const char *flag;
	int w;
	if ((flag = after(option, "-Werror="))) {
		if (!(w = find_warning(flag)))
			return DIAG_OPTION_UNKNOWN;
		d->error[w] = ERROR_YES;
		d->enabled[w] = true;
	} else if ((flag = after(option, "-Wno-error="))) {
		if (!(w = find_warning(flag)))
			return DIAG_OPTION_UNKNOWN;
		d->error[w] = ERROR_NO;
	} else if ((flag = after(option, "-Wno-"))) {
		if (!(w = find_warning(flag)))
			return DIAG_OPTION_UNKNOWN;
		d->enabled[w] = false;
	} else {
		if (!(w = find_warning(option + 2)))
			return DIAG_OPTION_UNKNOWN;
		d->enabled[w] = true;
	}
	return DIAG_OPTION_OWN;
}

enum diag_option_kind diag_option(struct diag *d, const char *option)
{
	const char *value;
	if (!strcmp(option, "-w"))
		d->no_warnings = true;
	else if (!strcmp(option, "-Werror"))
		d->all_errors = true;
	else if (!strcmp(option, "-Wno-error"))
		d->all_errors = false;
	else if ((value = after(option, "-fdiagnostics-format=")))
		d->json = !strcmp(value, "json") || !strcmp(value, "json-stderr");
	else if (!strcmp(option, "-fdiagnostics-color") || !strcmp(option, "-fcolor-diagnostics"))
		d->color = COLOR_ALWAYS;
	else if (!strcmp(option, "-fno-diagnostics-color") || !strcmp(option, "-fno-color-diagnostics"))
		d->color = COLOR_NEVER;
	else if ((value = after(option, "-fdiagnostics-color=")))
		d->color = !strcmp(value, "always") ? COLOR_ALWAYS : !strcmp(value, "never") ? COLOR_NEVER : COLOR_AUTO;
	else if ((value = after(option, "-fmax-errors=")))
		d->max_errors = (unsigned)strtoul(value, NULL, 10);
	else if ((value = after(option, "-ferror-limit="))) {
		d->max_errors = (unsigned)strtoul(value, NULL, 10);
		return DIAG_OPTION_OWN; /* clang's name; gcc does not know it */
	} else if (!strcmp(option, "-Wfatal-errors"))
		d->max_errors = 1;
	else if (!strcmp(option, "-fno-diagnostics-show-caret"))
		d->no_caret = true;
	else if (!strcmp(option, "-fdiagnostics-show-caret"))
		d->no_caret = false;
	else if (option[0] == '-' && option[1] == 'W')
		return warning_option(d, option);
	else
		return DIAG_OPTION_UNKNOWN;
	return DIAG_OPTION_SHARED;
}

void diag_list_warnings(FILE *out)
{
	for (int i = 1; i < W_COUNT; i++)
		fprintf(out, "  -W%-25s %s\n", warnings[i].flag, warnings[i].help);
}

/* -- Reports ----------------------------------------------------------------------------------------------------------------- */

static FILE *output(const struct diag *d)
{
	return d->out ? d->out : stderr;
}

static void flush(struct diag *d)
{
	if (!d->pending.used)
		return;
	if (d->json)
		diag_print_json(d, output(d), &d->pending, d->printed == 0);
	else
		diag_print_text(d, output(d), &d->pending);
	d->printed++;
	d->pending = (struct diagnostic){0};
	if (d->max_errors && d->errors >= d->max_errors && !d->stopped) {
		d->stopped = true;
		if (!d->json)
			fprintf(output(d), "compilation terminated due to -fmax-errors=%u.\n", d->max_errors);
	}
}

static struct report make_report(struct diag *d, enum diag_level level, loc_t loc, const char *format, va_list args)
{
	va_list again;
	va_copy(again, args);
	int len = vsnprintf(NULL, 0, format, args);
	char *text = arena_alloc(d->arena, (size_t)len + 1);
	vsnprintf(text, (size_t)len + 1, format, again);
	va_end(again);
	struct report r = {.level = level, .loc = loc, .message = text};
	if (d->source && loc) {
		r.place = source_locate(d->source, loc);
		r.instance = source_run(d->source, loc)->file_instance;
	}
	return r;
}

/* The same message at the same place says nothing new (a statement expression that is checked twice, an item that recovery read again). */
static bool repeated(struct diag *d, const struct report *r)
{
	if (d->last_loc && d->last_loc == r->loc && d->last_message && !strcmp(d->last_message, r->message))
		return true;
	if (!r->loc || !r->place.from_macro)
		return false;
	/* A macro that holds the same mistake twice. */
	const char *key = intern_str(arena_printf(d->arena, "%u:%u:%u:%s", r->instance, r->place.line, r->place.column, r->message));
	if (map_get(&d->in_macros, key))
		return true;
	map_put(&d->in_macros, key, d);
	return false;
}

static void report(struct diag *d, enum diag_level level, const char *flag, bool promoted, loc_t loc, const char *format, va_list args)
{
	d->open = false;
	if (d->stopped)
		return;
	struct report r = make_report(d, level, loc, format, args);
	if (repeated(d, &r))
		return;
	flush(d);
	if (d->stopped)
		return;
	d->pending = (struct diagnostic){.used = true, .main = r, .flag = flag, .promoted = promoted};
	d->last_loc = loc;
	d->last_message = r.message;
	d->open = true;
}

void diag_error(struct diag *d, loc_t loc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	report(d, DIAG_ERROR, NULL, false, loc, format, args);
	d->errors++;
	va_end(args);
}

void diag_error_global(struct diag *d, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	report(d, DIAG_ERROR, NULL, false, 0, format, args);
	d->errors++;
	va_end(args);
}

bool diag_warn(struct diag *d, enum diag_warning w, loc_t loc, const char *format, ...)
{
	bool promoted = w != W_NONE && d->error[w] != ERROR_UNSAID ? d->error[w] == ERROR_YES : d->all_errors;
	d->open = false;
	if (!d->enabled[w] || d->no_warnings || (d->source && source_in_system_header(d->source, loc)))
		return false;
	va_list args;
	va_start(args, format);
	report(d, promoted ? DIAG_ERROR : DIAG_WARNING, warnings[w].flag, promoted, loc, format, args);
	va_end(args);
	if (promoted) {
		d->errors++;
		d->any_promoted = true;
	}
	return d->open;
}

void diag_note(struct diag *d, loc_t loc, const char *format, ...)
{
	if (!d->open)
		return;
	va_list args;
	va_start(args, format);
	struct report r = make_report(d, DIAG_NOTE, loc, format, args);
	va_end(args);
	vec_push(d->arena, &d->pending.notes, r);
}

static void add_fixit(struct diag *d, loc_t loc, loc_t end, const char *text)
{
	if (!d->open || !d->source || !loc)
		return;
	struct fixit f = {.place = source_locate(d->source, loc), .text = arena_strndup(d->arena, text, strlen(text))};
	if (f.place.from_macro)
		return; /* the text at the place is not what would be changed */
	if (end > loc) {
		/* The range ends behind the token that holds the byte before `end`. */
		struct place last = source_locate(d->source, end - 1);
		if (last.from_macro || last.line != f.place.line || last.column + last.width <= f.place.column)
			return;
		f.width = last.column + last.width - f.place.column;
	} else {
		f.place.column += source_offset_in_token(d->source, loc);
	}
	struct report *to = d->pending.notes.len ? &vec_last(&d->pending.notes) : &d->pending.main;
	vec_push(d->arena, &to->fixits, f);
}

void diag_fixit_insert(struct diag *d, loc_t loc, const char *text)
{
	add_fixit(d, loc, loc, text);
}

void diag_fixit_replace(struct diag *d, loc_t loc, loc_t end, const char *text)
{
	add_fixit(d, loc, end, text);
}

unsigned diag_errors(const struct diag *d)
{
	return d->errors;
}

void diag_finish(struct diag *d)
{
	flush(d);
	if (d->json && d->printed)
		fputs("]\n", output(d));
	else if (d->any_promoted && !d->json)
		fprintf(output(d), "asyncc: %s warnings being treated as errors\n", d->all_errors ? "all" : "some");
	d->printed = 0;
	fflush(output(d));
}
