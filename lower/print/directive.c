/* Directives of an original file, and identifiers of C text.
 *
 * In: the bytes of a file. Out: its directives in order, each with the bytes and lines of its logical line. Comments, literals and
 * continued lines are seen the way the preprocessor sees them; what stands in a group that is skipped is listed like all else. */
#include <ctype.h>

#include "lower/print/internal.h"

struct scan {
	const char *text;
	size_t len, at;
	uint32_t line;
};

static char peek(const struct scan *s, size_t ahead)
{
	return s->at + ahead < s->len ? s->text[s->at + ahead] : '\0';
}

/* Length of a backslash, blanks and newline at the current byte; 0 if there is none. */
static size_t continuation(const struct scan *s)
{
	size_t n = 1;
	if (peek(s, 0) != '\\')
		return 0;
	while (peek(s, n) == ' ' || peek(s, n) == '\t' || peek(s, n) == '\r')
		n++;
	return peek(s, n) == '\n' ? n + 1 : 0;
}

static void step(struct scan *s)
{
	if (peek(s, 0) == '\n')
		s->line++;
	s->at++;
}

static bool skip_continuation(struct scan *s)
{
	size_t n = continuation(s);
	if (!n)
		return false;
	s->at += n;
	s->line++;
	return true;
}

static bool skip_comment(struct scan *s)
{
	if (peek(s, 0) != '/' || (peek(s, 1) != '*' && peek(s, 1) != '/'))
		return false;
	bool block = peek(s, 1) == '*';
	s->at += 2;
	while (s->at < s->len) {
		if (block && peek(s, 0) == '*' && peek(s, 1) == '/') {
			s->at += 2;
			break;
		}
		if (!block && peek(s, 0) == '\n')
			break;
		if (!skip_continuation(s))
			step(s);
	}
	return true;
}

static void skip_literal(struct scan *s)
{
	char quote = peek(s, 0);
	s->at++;
	while (s->at < s->len && peek(s, 0) != '\n' && peek(s, 0) != quote) {
		if (skip_continuation(s))
			continue;
		if (peek(s, 0) == '\\' && peek(s, 1) != '\n')
			s->at++;
		step(s);
	}
	if (peek(s, 0) == quote)
		s->at++;
}

/* Blanks and comments, without newlines. */
static void skip_blanks(struct scan *s)
{
	for (;;) {
		char c = peek(s, 0);
		if (s->at < s->len && (c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v'))
			s->at++;
		else if (!skip_continuation(s) && !skip_comment(s))
			return;
	}
}

/* To the newline that ends the logical line. */
static void skip_line(struct scan *s)
{
	while (s->at < s->len && peek(s, 0) != '\n') {
		if (skip_continuation(s) || skip_comment(s))
			continue;
		if (peek(s, 0) == '"' || peek(s, 0) == '\'')
			skip_literal(s);
		else
			s->at++;
	}
}

static size_t word_length(const struct scan *s)
{
	size_t n = 0;
	while (isalnum((unsigned char)peek(s, n)) || peek(s, n) == '_' || peek(s, n) == '$' || (unsigned char)peek(s, n) >= 0x80)
		n++;
	return n;
}

static bool word_is(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && !memcmp(word, name, len);
}

static enum directive_kind kind_of(const char *word, size_t len)
{
	static const struct {
		const char *name;
		enum directive_kind kind;
	} table[] = {
		{"if", DIR_IF}, {"ifdef", DIR_IF}, {"ifndef", DIR_IF}, {"elif", DIR_ELSE}, {"elifdef", DIR_ELSE}, {"elifndef", DIR_ELSE},
		{"else", DIR_ELSE}, {"endif", DIR_ENDIF}, {"define", DIR_DEFINE}, {"undef", DIR_UNDEF}, {"include", DIR_INCLUDE},
		{"include_next", DIR_INCLUDE}, {"import", DIR_INCLUDE}, {"line", DIR_LINE},
	};
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (word_is(word, len, table[i].name))
			return table[i].kind;
	if (len && isdigit((unsigned char)*word))
		return DIR_LINE;
	return DIR_OTHER;
}

static void read_header_name(struct scan *s, struct directive *d)
{
	char open = peek(s, 0), close = open == '<' ? '>' : '"';
	d->name = (uint32_t)s->at;
	if (open != '<' && open != '"') {
		d->name_len = (uint32_t)word_length(s); /* a macro */
		return;
	}
	size_t n = 1;
	while (s->at + n < s->len && peek(s, n) != '\n' && peek(s, n) != close)
		n++;
	d->name_len = (uint32_t)(n + (peek(s, n) == close));
	s->at += d->name_len;
}

/* The directive whose `#` was passed. */
static void read_directive(struct scan *s, struct directive *d)
{
	skip_blanks(s);
	const char *word = s->text + s->at;
	size_t len = word_length(s);
	d->kind = kind_of(word, len);
	d->next = word_is(word, len, "include_next");
	bool pragma = word_is(word, len, "pragma");
	s->at += len;
	skip_blanks(s);
	if (pragma && word_is(s->text + s->at, word_length(s), "once"))
		d->kind = DIR_PRAGMA_ONCE;
	if (d->kind == DIR_INCLUDE) {
		read_header_name(s, d);
	} else if (d->kind == DIR_DEFINE || d->kind == DIR_UNDEF) {
		d->name = (uint32_t)s->at;
		d->name_len = (uint32_t)word_length(s);
	}
	skip_line(s);
	d->end = (uint32_t)s->at;
	while (d->end > d->begin && s->text[d->end - 1] == '\r')
		d->end--;
	d->line_last = s->line;
}

void directives_find(struct arena *a, const char *text, size_t len, struct directives *out)
{
	struct scan s = {.text = text, .len = len, .line = 1};
	while (s.at < s.len) {
		skip_blanks(&s);
		size_t hash = peek(&s, 0) == '#' ? 1 : peek(&s, 0) == '%' && peek(&s, 1) == ':' ? 2 : 0;
		if (hash) {
			struct directive d = {.begin = (uint32_t)s.at, .line_first = s.line};
			s.at += hash;
			read_directive(&s, &d);
			vec_push(a, out, d);
		} else {
			skip_line(&s);
		}
		if (s.at < s.len)
			step(&s);
	}
}

void identifiers_visit(const char *text, size_t len, bool (*visit)(const char *name, size_t len, const char *after, void *ctx), void *ctx)
{
	struct scan s = {.text = text, .len = len, .line = 1};
	while (s.at < s.len) {
		char c = peek(&s, 0);
		if (skip_comment(&s) || skip_continuation(&s))
			continue;
		if (c == '"' || c == '\'') {
			skip_literal(&s);
		} else if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)peek(&s, 1)))) {
			/* A number: 0x1p-3, 1e+5, 1'000 */
			s.at++;
			while (word_length(&s) || peek(&s, 0) == '.' || ((peek(&s, 0) == '+' || peek(&s, 0) == '-') && strchr("eEpP", s.text[s.at - 1])))
				s.at += word_length(&s) ? word_length(&s) : 1;
		} else if (word_length(&s)) {
			size_t n = word_length(&s);
			if (!visit(s.text + s.at, n, s.text + s.at + n, ctx))
				return;
			s.at += n;
		} else {
			step(&s);
		}
	}
}
