/* Tokens, lines, indentation.
 *
 * In: tokens in order, and before each statement its place in the source. Out: text in which no two tokens are glued and every statement
 * stands on the line that the C compiler will believe it comes from:
 *
 *     source 10:  a = 1; b = 2;      printed   a = 1; b = 2;           on one line as there
 *     source 13:  c = 3;                       (two empty lines)
 *     source 40:  d = 4;                       #line 40
 *                                              d = 4;                  */
#include <ctype.h>

#include "lower/print/internal.h"

enum { LINE_LENGTH = 110, GAP = 8 };

void printer_init(struct printer *p, struct buf *out, struct source *source)
{
	*p = (struct printer){.out = out, .source = source, .line = 1, .at_line_start = true};
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* Would `b` behind `a` be read as one token, or start a comment? */
static bool glues(char a, char b)
{
	if (is_word(a))
		return is_word(b) || b == '"' || b == '\'';
	switch (a) {
	case '+': case '-': case '&': case '|': case '<': case '#':
		return b == a || b == '=' || (a == '-' && b == '>') || (a == '<' && (b == ':' || b == '%'));
	case '>':
		return b == a || b == '=';
	case '/':
		return b == '/' || b == '*' || b == '=';
	case '=': case '!': case '*': case '^':
		return b == '=';
	case '%':
		return b == '=' || b == '>' || b == ':';
	case '.':
		return b == '.' || isdigit((unsigned char)b);
	case ':':
		return b == '>' || b == ':';
	case '"': case '\'':
		return is_word(b);
	default:
		return false;
	}
}

static size_t column(const struct printer *p)
{
	size_t at = p->out->len;
	while (at && p->out->data[at - 1] != '\n')
		at--;
	return p->out->len - at;
}

static void put_raw(struct printer *p, const char *text, size_t len)
{
	buf_write(p->out, text, len);
	for (const char *c = text, *end = text + len; (c = memchr(c, '\n', (size_t)(end - c))); c++)
		p->line++;
}

/* Deeper levels begin in the same column: the text would grow with the square of the depth. */
enum { INDENT_MAX = 40 };

static void put_indent(struct printer *p)
{
	if (!p->at_line_start)
		return;
	for (unsigned i = 0; i < p->indent && i < INDENT_MAX; i++)
		buf_putc(p->out, '\t');
	p->at_line_start = false;
}

void put_n(struct printer *p, const char *token, size_t len)
{
	if (!len)
		return;
	if (p->line_ended)
		put_newline(p);
	if (p->at_line_start)
		put_indent(p);
	else if (p->out->len && glues(p->out->data[p->out->len - 1], *token))
		buf_putc(p->out, ' ');
	put_raw(p, token, len);
}

void put(struct printer *p, const char *token)
{
	put_n(p, token, strlen(token));
}

void put_space(struct printer *p)
{
	if (p->at_line_start)
		return;
	char last = p->out->len ? p->out->data[p->out->len - 1] : ' ';
	if (last != ' ' && last != '\t' && last != '\n')
		buf_putc(p->out, ' ');
}

void put_newline(struct printer *p)
{
	while (p->out->len && p->out->data[p->out->len - 1] == ' ')
		p->out->data[--p->out->len] = '\0';
	put_raw(p, "\n", 1);
	p->at_line_start = true;
	p->line_ended = false;
}

/* Lines of text as they are, each indented; starts and ends a line. */
static void put_lines(struct printer *p, const char *text)
{
	if (p->line_ended || !p->at_line_start)
		put_newline(p);
	while (*text) {
		const char *newline = strchr(text, '\n');
		size_t len = newline ? (size_t)(newline - text) : strlen(text);
		if (len && *text != '#')
			put_indent(p);
		put_raw(p, text, len);
		put_raw(p, "\n", 1);
		p->at_line_start = true;
		text += len + (newline != NULL);
	}
}

const char *source_spelling(const struct printer *p, loc_t loc)
{
	return loc && p->source && loc <= p->source->len ? p->source->text + (loc - 1) : "";
}

/* Presumed line of `loc`; places mostly come in text order, so the count goes on from the last one. */
static uint32_t line_of(struct printer *p, loc_t loc, const struct line_run *run)
{
	uint32_t line = run->line;
	loc_t from = run->start + 1;
	if (p->known_loc && p->known_loc >= from && p->known_loc <= loc) {
		line = p->known_line;
		from = p->known_loc;
	}
	const char *c = p->source->text + (from - 1), *end = p->source->text + (loc - 1);
	for (; c < end && (c = memchr(c, '\n', (size_t)(end - c))); c++)
		line++;
	p->known_loc = loc;
	p->known_line = line;
	return line;
}

static void put_line_directive(struct printer *p, uint32_t line, const char *file)
{
	if (!p->at_line_start)
		put_newline(p);
	buf_printf(p->out, "#line %u", (unsigned)line);
	if (file != p->file) {
		buf_puts(p->out, " \"");
		for (const char *c = file; *c; c++) {
			if (*c == '"' || *c == '\\')
				buf_putc(p->out, '\\');
			buf_putc(p->out, *c);
		}
		buf_putc(p->out, '"');
	}
	buf_putc(p->out, '\n');
	p->file = file;
	p->line = line;
	p->at_line_start = true;
	p->line_ended = false;
}

/* What lowering made inside a function belongs to the line before it: goes on there, if that is not too long already. */
static bool stay_on_line(struct printer *p)
{
	if (!p->indent || p->no_lines || !p->source || !p->file || !p->line_ended)
		return false;
	if (column(p) < LINE_LENGTH) {
		put_space(p);
		p->line_ended = false;
	} else {
		put_line_directive(p, p->line, p->file);
	}
	return true;
}

static void put_line_directive_of(struct printer *p, loc_t loc)
{
	const struct line_run *run = source_run(p->source, loc);
	put_line_directive(p, line_of(p, loc, run), run->file);
}

/* Definitions outside of functions. Code among them, from a line `{` to a line `}`, is on the line of `loc`. */
static void put_definitions(struct printer *p, loc_t loc, const char *text)
{
	bool code = false;
	if (p->line_ended || !p->at_line_start)
		put_newline(p);
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *next = text + len + (text[len] == '\n');
		bool begins = !code && !strncmp(next, "{\n", 2);
		if (begins || (code && len && *text != '#' && p->at_line_start) || (code && len && column(p) >= LINE_LENGTH))
			put_line_directive_of(p, loc);
		if (code && *text == '#' && !p->at_line_start)
			put_newline(p);
		code |= begins;
		while (code && *text == '\t')
			text++, len--;
		if (code && !p->at_line_start && len)
			put_space(p);
		put_raw(p, text, len);
		if (code && *text != '#' && strncmp(text, "}\n", 2)) {
			p->at_line_start = p->at_line_start && !len;
		} else {
			put_raw(p, "\n", 1);
			p->at_line_start = true;
			code = code && *text == '#';
		}
		text = next;
	}
}

void put_break(struct printer *p, loc_t next)
{
	bool in_step = p->indent && !p->no_lines && p->source && p->file;
	uint32_t line = p->line;
	if (in_step && next) {
		const struct line_run *run = source_run(p->source, next);
		uint32_t there = run->file == p->file ? line_of(p, next, run) : line;
		if (there > line && there <= line + GAP)
			line = there;
	}
	if (line == p->line && column(p) <= LINE_LENGTH) {
		put_space(p);
		return;
	}
	put_newline(p);
	if (in_step && line < p->line)
		put_line_directive(p, line, p->file);
	while (in_step && p->line < line)
		put_newline(p);
	put_indent(p);
	buf_puts(p->out, "\t\t");
}

void put_text(struct printer *p, loc_t loc, const char *text)
{
	bool in_step = !p->no_lines && p->source;
	if (in_step && !p->indent && loc && strstr(text, "\n{\n")) {
		put_definitions(p, loc, text);
		return;
	}
	if (!in_step || !p->indent || *text == '#' || strstr(text, "\n#")) {
		put_lines(p, text);
		return;
	}
	print_sync(p, loc);
	for (;;) {
		size_t len = strcspn(text, "\n");
		put_n(p, text, len);
		text += len + strspn(text + len, "\n\t");
		p->line_ended = true;
		if (!*text)
			return;
		print_sync(p, 0);
	}
}

void print_sync(struct printer *p, loc_t loc)
{
	if (!loc || p->no_lines || !p->source) {
		if (!stay_on_line(p) && p->line_ended)
			put_newline(p);
		return;
	}
	const struct line_run *run = source_run(p->source, loc);
	uint32_t line = line_of(p, loc, run);
	if (p->file == run->file && p->line_ended && line == p->line && column(p) < LINE_LENGTH) {
		put_space(p);
		p->line_ended = false;
		return;
	}
	if (p->line_ended)
		put_newline(p);
	if (!p->at_line_start)
		return;
	if (p->file != run->file || line < p->line || line > p->line + GAP)
		put_line_directive(p, line, run->file);
	while (p->line < line)
		put_raw(p, "\n", 1);
}

void print_sync_brace(struct printer *p, loc_t loc)
{
	if (!p->line_ended)
		return;
	/* The end of a function that lowering made returns where its last statement is. */
	bool returns_here = !loc && !p->indent && !p->no_lines && p->source && p->file;
	if (!returns_here && (!loc || p->no_lines || !p->source)) {
		if (!stay_on_line(p))
			put_newline(p);
		return;
	}
	const struct line_run *run = returns_here ? NULL : source_run(p->source, loc);
	uint32_t line = returns_here ? p->line : line_of(p, loc, run);
	if (returns_here || (p->file == run->file && line == p->line)) {
		put_space(p);
		p->line_ended = false;
		return;
	}
	put_newline(p);
	if (!p->indent && (p->file != run->file || line < p->line || line > p->line + GAP))
		put_line_directive(p, line, run->file); /* a function returns there */
	if (p->file == run->file && line <= p->line + GAP)
		while (p->line < line)
			put_raw(p, "\n", 1);
}

void print_finish(struct printer *p)
{
	if (p->line_ended || !p->at_line_start)
		put_newline(p);
}
