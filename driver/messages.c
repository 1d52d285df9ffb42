/* The C compiler's messages: see messages.h.
 *
 * A message names a line of the source and a column of some generated line that stands for it. The token at that column is looked for in the
 * source's line; where it isn't found (asyncc made it), the message points at the line's first token. GCC counts columns on a screen, clang in bytes. */
#define _GNU_SOURCE
#include "driver/messages.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "driver/command.h"
#include "frontend/base/intern.h"
#include "frontend/base/map.h"
#include "frontend/base/vec.h"

struct span {
	const char *text;
	size_t len;
};

/* A generated line and the line of the source that it stands for. */
struct mapped {
	struct span text;
	unsigned line;
};

struct printer {
	const char *name;
	struct span *lines; /* of the source */
	unsigned line_count, line_cap;
	struct mapped *mapped;
	unsigned mapped_count, mapped_cap;
	struct map seen; /* messages that were printed */
	bool color, repeated;
};

static struct span next_line(const char **p, const char *end)
{
	const char *newline = memchr(*p, '\n', (size_t)(end - *p));
	struct span line = {*p, (size_t)((newline ? newline : end) - *p)};
	*p = newline ? newline + 1 : end;
	return line;
}

static void read_source(struct printer *m, const struct buf *original)
{
	for (const char *p = original->data, *end = p + original->len; p < end;) {
		array_push(driver_arena(), m->lines, m->line_count, m->line_cap, next_line(&p, end));
	}
}

static void read_generated(struct printer *m, const struct buf *generated)
{
	size_t name_len = strlen(m->name);
	unsigned line = 1;
	bool here = false; /* in the source, not in something else */
	for (const char *p = generated->data, *end = p + generated->len; p < end; line++) {
		struct span text = next_line(&p, end);
		if (text.len > 6 && !memcmp(text.text, "#line ", 6)) {
			char *rest;
			line = (unsigned)strtoul(text.text + 6, &rest, 10) - 1;
			if (rest[0] == ' ' && rest[1] == '"')
				here = !strncmp(rest + 2, m->name, name_len) && rest[2 + name_len] == '"';
			continue;
		}
		if (!here)
			continue;
		array_push(driver_arena(), m->mapped, m->mapped_count, m->mapped_cap, (struct mapped){text, line});
	}
}

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || (c & 0x80);
}

static struct span token_at(struct span line, size_t at)
{
	size_t end = at + 1;
	if (is_word(line.text[at])) {
		while (end < line.len && is_word(line.text[end]))
			end++;
	} else if (line.text[at] == '"' || line.text[at] == '\'') {
		while (end < line.len && line.text[end] != line.text[at])
			end += line.text[end] == '\\' ? 2 : 1;
		end = end < line.len ? end + 1 : line.len;
	} else if (end < line.len && strchr("=&|+-<>", line.text[at]) && (line.text[end] == '=' || line.text[end] == line.text[at])) {
		end++;
	}
	return (struct span){line.text + at, end - at};
}

/* The next place of `token` in `line` from `from` on, or line.len. */
static size_t find_token(struct span line, struct span token, size_t from)
{
	for (; from + token.len <= line.len; from++) {
		if (memcmp(line.text + from, token.text, token.len) != 0)
			continue;
		if (is_word(token.text[0]) && ((from && is_word(line.text[from - 1])) || (from + token.len < line.len && is_word(line.text[from + token.len]))))
			continue;
		return from;
	}
	return line.len;
}

/* GCC makes a screen column of a byte of the generated line, but with the tabs of the source's line, which it thinks it is. Undoes that. */
static size_t byte_offset(struct span source, unsigned column)
{
	unsigned at = 1;
	for (size_t i = 0; i < source.len; i++) {
		if (at >= column)
			return i;
		if (source.text[i] == '\t')
			at += 8 - (at - 1) % 8;
		else
			at += (source.text[i] & 0xc0) != 0x80;
	}
	return source.len + (column - at);
}

static unsigned screen_column(struct span line, size_t offset)
{
	unsigned at = 1;
	for (size_t i = 0; i < offset && i < line.len; i++) {
		if (line.text[i] == '\t')
			at += 8 - (at - 1) % 8;
		else
			at += (line.text[i] & 0xc0) != 0x80;
	}
	return at;
}

static bool same_text(struct span a, struct span b)
{
	return a.len == b.len && !memcmp(a.text, b.text, a.len);
}

static struct span without_indentation(struct span line)
{
	while (line.len && (*line.text == ' ' || *line.text == '\t'))
		line.text++, line.len--;
	return line;
}

/* clang shows a line with its tabs expanded. */
static bool is_shown(struct span made, struct span shown)
{
	return same_text(without_indentation(made), without_indentation(shown));
}

/* Lines with a piece of the polling protocol are rarely what is warned about. */
static bool is_protocol(struct span line)
{
	return memmem(line.text, line.len, "async__", 7) || memmem(line.text, line.len, "ASYNC__", 7) || memmem(line.text, line.len, "__poll(", 7);
}

/* Does the message quote the token? */
static bool is_quoted(struct span message, struct span token)
{
	static const char *const quotes[] = {"'", "\u2018"};
	for (int i = 0; i < 2; i++)
		if (memmem(message.text, message.len, text_printf("%s%.*s%.1s", quotes[i], (int)token.len, token.text, quotes[i]), strlen(quotes[i]) + token.len + 1))
			return true;
	return false;
}

/* The token of line `number` that `message` at `column` of a generated line is about. `shown`: that line as clang shows it, or NULL (GCC shows the
 * source's). False: the line went through as it is. */
static bool relocate(const struct printer *m, unsigned number, unsigned column, struct span message, const struct span *shown, struct span *token)
{
	struct span source = m->lines[number - 1];
	size_t start = strspn(source.text, " \t");
	size_t at = shown ? column - 1 : byte_offset(source, column);
	unsigned found = 0; /* 1: on a line with a piece of the protocol, which is taken where no other fits; 3: it is what the message names */
	*token = (struct span){source.text + (start < source.len ? start : 0), 1};
	if (start < source.len)
		*token = token_at(source, start);
	for (unsigned i = 0; i < m->mapped_count; i++) {
		struct span made = m->mapped[i].text;
		if (m->mapped[i].line != number)
			continue;
		if (same_text(made, source))
			return false;
		if (at >= made.len || (shown && !is_shown(made, *shown)))
			continue;
		if (isspace((unsigned char)made.text[at]) || strchr(";,){}", made.text[at]) || (at && is_word(made.text[at]) && is_word(made.text[at - 1])))
			continue; /* not where a message points: another line of these is meant */
		/* The n-th of several in the generated line is the n-th here. */
		struct span wanted = token_at(made, at);
		unsigned fits = is_quoted(message, wanted) ? 3 : shown || !is_protocol(made) ? 2 : 1;
		if (found >= fits)
			continue;
		size_t place = find_token(source, wanted, 0);
		for (size_t before = find_token(made, wanted, 0); place < source.len && before < at; before = find_token(made, wanted, before + 1)) {
			size_t next = find_token(source, wanted, place + 1);
			if (next >= source.len)
				break;
			place = next;
		}
		if (place < source.len) {
			*token = (struct span){source.text + place, wanted.len};
			found = fits;
		}
	}
	return true;
}

static bool is_generated(const struct printer *m, struct span line)
{
	for (unsigned i = 0; i < m->mapped_count; i++)
		if (is_shown(m->mapped[i].text, line))
			return true;
	return false;
}

static void print_excerpt(unsigned number, struct span line, struct span token)
{
	unsigned at = 1, column = screen_column(line, (size_t)(token.text - line.text));
	fprintf(stderr, "%5u | ", number);
	for (size_t i = 0; i < line.len; i++) {
		if (line.text[i] != '\t') {
			fputc(line.text[i], stderr);
			at += (line.text[i] & 0xc0) != 0x80;
			continue;
		}
		do
			fputc(' ', stderr);
		while (at++ % 8);
	}
	fprintf(stderr, "\n      | %*s^", (int)column - 1, "");
	for (size_t i = 1; i < token.len; i++)
		if ((token.text[i] & 0xc0) != 0x80)
			fputc('~', stderr);
	fputc('\n', stderr);
}

static void print_main(const struct printer *m, const char *name, unsigned line, unsigned column, const char *text, size_t len)
{
	static const char *const kinds[][2] = {{"fatal error: ", "31"}, {"error: ", "31"}, {"warning: ", "35"}, {"note: ", "36"}};
	fprintf(stderr, m->color ? "\33[1m%s:%u:%u:\33[m " : "%s:%u:%u: ", name, line, column);
	for (unsigned i = 0; m->color && i < 4; i++) {
		size_t kind = strlen(kinds[i][0]);
		if (len >= kind && !memcmp(text, kinds[i][0], kind)) {
			fprintf(stderr, "\33[1;%sm%s\33[m", kinds[i][1], kinds[i][0]);
			text += kind;
			len -= kind;
			break;
		}
	}
	fwrite(text, 1, len, stderr);
	fputc('\n', stderr);
}

/* `NAME:LINE:COLUMN: text` about the source. */
static bool parse_message(const struct printer *m, struct span line, unsigned *number, unsigned *column, const char **text)
{
	size_t len = strlen(m->name);
	char *end;
	if (line.len < len + 6 || memcmp(line.text, m->name, len) != 0 || line.text[len] != ':')
		return false;
	*number = (unsigned)strtoul(line.text + len + 1, &end, 10);
	if (*end != ':' || *number == 0 || *number > m->line_count)
		return false;
	*column = (unsigned)strtoul(end + 1, &end, 10);
	if (end[0] != ':' || end[1] != ' ')
		return false;
	*text = end + 2;
	return *text <= line.text + line.len;
}

/* A line of an excerpt as GCC prints it: blanks, a number perhaps, ` |`. */
static bool in_gutter(struct span line)
{
	size_t i = 0;
	while (i < line.len && (line.text[i] == ' ' || isdigit((unsigned char)line.text[i])))
		i++;
	return i >= 5 && i < line.len && line.text[i] == '|';
}

/* `In function 'f__poll':` is about f. */
static void print_function(struct span line)
{
	char *poll = memmem(line.text, line.len, "__poll", 6);
	if (!poll || !memmem(line.text, line.len, "n function ", 11)) {
		fwrite(line.text, 1, line.len, stderr);
	} else {
		fwrite(line.text, 1, (size_t)(poll - line.text), stderr);
		fwrite(poll + 6, 1, line.len - (size_t)(poll + 6 - line.text), stderr);
	}
	fputc('\n', stderr);
}

void messages_print(const struct buf *messages, const char *name, const struct buf *original, const struct buf *generated, bool color)
{
	struct printer m = {.name = name, .color = color};
	if (!messages->len)
		return;
	map_init(&m.seen, driver_arena());
	read_source(&m, original);
	read_generated(&m, generated);
	for (const char *p = messages->data, *end = p + messages->len; p < end;) {
		struct span line = next_line(&p, end), token;
		unsigned number, column;
		const char *text;
		if (!parse_message(&m, line, &number, &column, &text)) {
			if (!in_gutter(line))
				m.repeated = false;
			if (!m.repeated)
				print_function(line);
			continue;
		}
		const char *peek = p;
		struct span shown = p < end ? next_line(&peek, end) : (struct span){"", 0};
		bool gutter = in_gutter(shown);
		struct span message = {text, line.len - (size_t)(text - line.text)};
		if (!relocate(&m, number, column, message, gutter ? NULL : &shown, &token)) {
			m.repeated = false;
			print_main(&m, name, number, column, message.text, message.len);
			continue;
		}
		/* GCC shows the source's line with a mark where the generated one has the token; clang shows the generated one. */
		for (peek = p; p < end; p = peek) {
			struct span excerpt = next_line(&peek, end);
			if (gutter ? !in_gutter(excerpt) : !(excerpt.text == shown.text && is_generated(&m, shown)) && !(excerpt.len && isspace((unsigned char)*excerpt.text)))
				break;
		}
		column = screen_column(m.lines[number - 1], (size_t)(token.text - m.lines[number - 1].text));
		const char *key = intern_str(text_printf("%u:%u:%.*s", number, column, (int)message.len, message.text));
		m.repeated = map_get(&m.seen, key) != NULL;
		if (m.repeated)
			continue;
		map_put(&m.seen, key, &m);
		print_main(&m, name, number, column, message.text, message.len);
		print_excerpt(number, m.lines[number - 1], token);
	}
	fflush(stderr);
}
