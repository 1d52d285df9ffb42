/* Diagnostics as text, as GCC writes them: message, source line, caret, fix-its. */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "frontend/base/buf.h"
#include "frontend/base/diag_internal.h"

enum { TAB = 8, DEFAULT_WIDTH = 240, MARGIN = 10 };

/* Ranges of characters that take no or two places (Unicode 15, the blocks that occur in sources). */
static int width_of(uint32_t c)
{
	static const struct {
		uint32_t first, last;
	} zero[] = {{0x300, 0x36F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}},
	  two[] = {{0x1100, 0x115F}, {0x2E80, 0x303E}, {0x3041, 0xA4CF}, {0xAC00, 0xD7A3}, {0xF900, 0xFAFF}, {0xFE30, 0xFE6F}, {0xFF00, 0xFF60}, {0xFFE0, 0xFFE6}, {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
	for (unsigned i = 0; i < sizeof zero / sizeof *zero; i++)
		if (c >= zero[i].first && c <= zero[i].last)
			return 0;
	for (unsigned i = 0; i < sizeof two / sizeof *two; i++)
		if (c >= two[i].first && c <= two[i].last)
			return 2;
	return 1;
}

uint32_t utf8_decode(const char *text, uint32_t len, uint32_t i, uint32_t *bytes, int *width)
{
	unsigned char c = (unsigned char)text[i];
	uint32_t need = c >= 0xF0 && c < 0xF5 ? 4 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xC2 && c < 0xE0 ? 2 : 1;
	uint32_t code = need == 4 ? c & 7u : need == 3 ? c & 15u : need == 2 ? c & 31u : c;
	for (uint32_t k = 1; k < need; k++) {
		if (i + k >= len || ((unsigned char)text[i + k] & 0xC0) != 0x80) {
			need = 1;
			code = c;
			break;
		}
		code = code << 6 | ((unsigned char)text[i + k] & 0x3Fu);
	}
	*bytes = need;
	*width = need == 1 ? 1 : width_of(code);
	return code;
}

uint32_t display_column(const char *text, uint32_t len, uint32_t column)
{
	uint32_t shown = 0;
	for (uint32_t i = 0; i + 1 < column;) {
		uint32_t bytes = 1;
		int width = 1;
		if (i < len)
			utf8_decode(text, len, i, &bytes, &width);
		if (i < len && text[i] == '\t')
			width = TAB - (int)(shown % TAB);
		shown += (uint32_t)width;
		i += bytes;
	}
	return shown + 1;
}

/* The line as a screen shows it: tabs expanded, control characters as blanks. */
static void expand_line(struct buf *out, const char *text, uint32_t len)
{
	uint32_t shown = 0;
	for (uint32_t i = 0; i < len;) {
		uint32_t bytes;
		int width;
		utf8_decode(text, len, i, &bytes, &width);
		if (text[i] == '\t') {
			width = TAB - (int)(shown % TAB);
			buf_write(out, "        ", (size_t)width);
		} else if (bytes == 1 && (unsigned char)text[i] >= 0x80) {
			buf_printf(out, "<%02x>", (unsigned char)text[i]);
			width = 4;
		} else if (bytes == 1 && ((unsigned char)text[i] < ' ' || text[i] == 0x7F)) {
			buf_putc(out, ' ');
		} else {
			buf_write(out, text + i, bytes);
		}
		shown += (uint32_t)width;
		i += bytes;
	}
	while (out->len && out->data[out->len - 1] == ' ')
		out->data[--out->len] = '\0';
}

/* -- Colours, width ---------------------------------------------------------------------------------------------------------- */

static bool use_color(const struct diag *d, FILE *out)
{
	if (d->color != COLOR_AUTO)
		return d->color == COLOR_ALWAYS;
	const char *term = getenv("TERM"), *colors = getenv("GCC_COLORS");
	return isatty(fileno(out)) && term && strcmp(term, "dumb") && !(colors && !*colors);
}

static const char *level_color(enum diag_level level)
{
	switch (level) {
	case DIAG_NOTE:
		return "\33[01;36m\33[K";
	case DIAG_WARNING:
		return "\33[01;35m\33[K";
	case DIAG_ERROR:
	case DIAG_FATAL:
		return "\33[01;31m\33[K";
	}
	return "";
}

static const char *level_name(enum diag_level level)
{
	switch (level) {
	case DIAG_NOTE:
		return "note";
	case DIAG_WARNING:
		return "warning";
	case DIAG_ERROR:
		return "error";
	case DIAG_FATAL:
		return "fatal error";
	}
	return "";
}

static uint32_t line_width(FILE *out)
{
	const char *columns = getenv("COLUMNS");
	if (columns && atoi(columns) > 0)
		return (uint32_t)atoi(columns);
	struct winsize size;
	if (isatty(fileno(out)) && ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	return DEFAULT_WIDTH;
}

/* -- Source lines ------------------------------------------------------------------------------------------------------------ */

/* A row under the source line, filled column by column (from 1). */
static void row_put(struct buf *row, uint32_t column, const char *text)
{
	while (row->len + 1 < column)
		buf_putc(row, ' ');
	buf_puts(row, text);
}

static void row_print(FILE *out, const char *margin, const struct buf *row, uint32_t skip, const char *color)
{
	if (row->len <= skip)
		return;
	fprintf(out, "%s | ", margin);
	const char *text = row->data + skip, *first = text + strspn(text, " ");
	fprintf(out, "%.*s%s%s%s\n", (int)(first - text), text, color, first, *color ? "\33[m\33[K" : "");
}

/* The part of the line that is shown: up to `limit` places around the caret. Returns the places cut off at the left. */
static uint32_t choose_window(uint32_t total, uint32_t caret, uint32_t limit)
{
	if (total <= limit || caret <= limit - MARGIN)
		return 0;
	uint32_t skip = caret - limit / 2;
	return skip + limit > total && total > limit ? total - limit : skip;
}

/* Prints at most `limit` places of the expanded line, from place `skip` on. */
static void print_window(FILE *out, const struct buf *line, uint32_t skip, uint32_t limit)
{
	uint32_t place = 0;
	for (uint32_t i = 0; i < line->len && place < skip + limit;) {
		uint32_t bytes;
		int width;
		utf8_decode(line->data, (uint32_t)line->len, i, &bytes, &width);
		if (place >= skip)
			fwrite(line->data + i, 1, bytes, out);
		place += (uint32_t)width;
		i += bytes;
	}
	fputc('\n', out);
}

/* The fix-its of a report's line, in order, as many in a row as fit beside each other. */
static void print_fixits(FILE *out, const char *margin, const struct report *r, uint32_t skip, const char *color)
{
	struct buf row = {0};
	buf_puts(&row, "");
	for (unsigned i = 0; i < r->fixits.len; i++) {
		const struct fixit *f = &r->fixits.data[i];
		if (f->place.line != r->place.line || f->place.file != r->place.file || strchr(f->text, '\n'))
			continue;
		uint32_t column = display_column(f->place.text, f->place.text_len, f->place.column);
		if (row.len && row.len + 1 >= column) {
			row_print(out, margin, &row, skip, color);
			row.len = 0;
		}
		if (*f->text) {
			row_put(&row, column, f->text);
			continue;
		}
		uint32_t end = display_column(f->place.text, f->place.text_len, f->place.column + f->width);
		for (uint32_t c = column; c < end; c++)
			row_put(&row, c, "-");
	}
	row_print(out, margin, &row, skip, color);
	buf_free(&row);
}

static void print_source_line(const struct diag *d, FILE *out, const struct report *r)
{
	const struct place *p = &r->place;
	if (!p->text || !p->column || p->column > p->text_len + 1 || d->no_caret)
		return;
	bool color = use_color(d, out);
	/* Offsets far into a line of megabytes: only the part that can be seen is looked at. */
	uint32_t width = line_width(out), limit = width > 40 ? width - 8 : 32;
	const char *text = p->text;
	uint32_t len = p->text_len, column = p->column, dropped = 0;
	if (column > 64 * limit) {
		dropped = column - 32 * limit;
		text += dropped, len -= dropped, column -= dropped;
	}
	if (len > column + 16 * limit)
		len = column + 16 * limit;
	struct buf line = {0}, carets = {0};
	buf_puts(&line, "");
	buf_puts(&carets, "");
	expand_line(&line, text, len);
	uint32_t caret = display_column(text, len, column), end = display_column(text, len, column + p->width);
	uint32_t total = display_column(line.data, (uint32_t)line.len, (uint32_t)line.len + 1) - 1;
	uint32_t skip = choose_window(total, caret, limit);
	char margin[24], number[24];
	snprintf(number, sizeof number, "%5u", p->line);
	snprintf(margin, sizeof margin, "%*s", (int)strlen(number), "");
	fprintf(out, "%s | ", number);
	print_window(out, &line, skip, limit);
	row_put(&carets, caret, "^");
	for (uint32_t c = caret + 1; c < end && c < skip + limit; c++)
		buf_putc(&carets, '~');
	row_print(out, margin, &carets, skip, color ? level_color(r->level) : "");
	if (!dropped)
		print_fixits(out, margin, r, skip, color ? "\33[32m\33[K" : "");
	buf_free(&line);
	buf_free(&carets);
}

/* -- Messages ---------------------------------------------------------------------------------------------------------------- */

/* "In file included from a.h:3," ... once for a stretch of diagnostics in the same file. */
static void print_inclusions(struct diag *d, FILE *out, const struct report *r)
{
	if (!r->loc || !d->source || r->instance == d->last_instance)
		return;
	d->last_instance = r->instance;
	bool first = true, color = use_color(d, out);
	for (uint32_t i = r->instance; i && i < d->source->inclusion_count && d->source->inclusions[i].file; i = d->source->inclusions[i].parent) {
		const struct source_inclusion *in = &d->source->inclusions[i];
		bool more = in->parent && d->source->inclusions[in->parent].file;
		fprintf(out, "%s %s%s:%u%s%c\n", first ? "In file included from" : "                 from", color ? "\33[01m\33[K" : "", in->file, in->line, color ? "\33[m\33[K" : "", more ? ',' : ':');
		first = false;
	}
}

static void print_report(struct diag *d, FILE *out, const struct report *r, const char *flag, bool promoted)
{
	bool color = use_color(d, out);
	const char *bold = color ? "\33[01m\33[K" : "", *plain = color ? "\33[m\33[K" : "";
	const struct place *p = &r->place;
	print_inclusions(d, out, r);
	if (p->file && p->column)
		fprintf(out, "%s%s:%u:%u:%s ", bold, p->file, p->line, p->text ? display_column(p->text, p->text_len, p->column) : p->column, plain);
	else
		fprintf(out, "%sasyncc:%s ", bold, plain);
	fprintf(out, "%s%s:%s %s", color ? level_color(r->level) : "", level_name(r->level), plain, r->message);
	if (flag)
		fprintf(out, " [%s-W%s%s%s]", color ? level_color(r->level) : "", promoted ? "error=" : "", flag, plain);
	fputc('\n', out);
	print_source_line(d, out, r);
}

void diag_print_text(struct diag *d, FILE *out, const struct diagnostic *diagnostic)
{
	print_report(d, out, &diagnostic->main, diagnostic->flag, diagnostic->promoted);
	for (unsigned i = 0; i < diagnostic->notes.len; i++)
		print_report(d, out, &diagnostic->notes.data[i], NULL, false);
}
