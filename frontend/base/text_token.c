/* Preprocessing tokens: see text_token.h. */
#include "frontend/base/text_token.h"

#include <string.h>

#include "frontend/base/vec.h"

struct scan {
	const char *text;
	uint32_t at, end, line;
};

/* Length of a spliced line end (backslash, blanks, newline) at `at`, or 0. */
static uint32_t splice_length(const char *text, uint32_t at, uint32_t end)
{
	if (at >= end || text[at] != '\\')
		return 0;
	uint32_t p = at + 1;
	while (p < end && (text[p] == ' ' || text[p] == '\t' || text[p] == '\r'))
		p++;
	return p < end && text[p] == '\n' ? p + 1 - at : 0;
}

/* Passes splices; then the character at `at`, or 0 at the end. */
static unsigned char peek(struct scan *s)
{
	for (uint32_t n; (n = splice_length(s->text, s->at, s->end)); s->line++)
		s->at += n;
	return s->at < s->end ? (unsigned char)s->text[s->at] : 0;
}

static unsigned char next(struct scan *s)
{
	s->at++;
	return peek(s);
}

static bool is_name(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c >= 0x80;
}

static bool is_digit(unsigned char c)
{
	return c >= '0' && c <= '9';
}

static void skip_line_comment(struct scan *s)
{
	while (s->at < s->end && peek(s) != '\n' && s->at < s->end)
		s->at++;
}

static void skip_block_comment(struct scan *s)
{
	for (s->at++; s->at < s->end; s->at++) {
		if (s->text[s->at] == '\n')
			s->line++;
		else if (s->text[s->at] == '*' && s->at + 1 < s->end && s->text[s->at + 1] == '/') {
			s->at += 2;
			return;
		}
	}
}

/* At the `/` of a comment: passes it. */
static bool skip_comment(struct scan *s)
{
	if (s->at + 1 >= s->end || (s->text[s->at + 1] != '/' && s->text[s->at + 1] != '*'))
		return false;
	if (s->text[++s->at] == '/')
		skip_line_comment(s);
	else
		skip_block_comment(s);
	return true;
}

static void skip_quoted(struct scan *s, unsigned char quote)
{
	for (unsigned char c = next(s); s->at < s->end && c != '\n'; c = next(s)) {
		if (c == quote) {
			s->at++;
			return;
		}
		if (c == '\\' && next(s) == '\n')
			return;
	}
}

/* The rest of a directive, comments and continued lines included, up to its newline. */
static void skip_directive(struct scan *s)
{
	for (unsigned char c = peek(s); s->at < s->end && c != '\n'; c = peek(s)) {
		if (c == '/' && skip_comment(s))
			continue;
		if (c == '"' || c == '\'')
			skip_quoted(s, c);
		else
			s->at++;
	}
}

static void skip_number(struct scan *s)
{
	unsigned char before = 0;
	for (unsigned char c = peek(s); s->at < s->end; before = c, c = next(s)) {
		bool sign = (c == '+' || c == '-') && memchr("eEpP", before, 4) && before;
		bool separator = c == '\'' && s->at + 1 < s->end && is_name((unsigned char)s->text[s->at + 1]) && (unsigned char)s->text[s->at + 1] < 0x80;
		if (!is_name(c) && c != '.' && !sign && !separator)
			return;
	}
}

static void skip_punctuator(struct scan *s)
{
	static const char *const table[] = {"...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "*=", "/=", "%=",
					    "+=",  "-=",  "&=",  "^=", "|=", "##", "<:", ":>", "<%", "%>", "%:"};
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		struct scan ahead = *s;
		const char *p = table[i];
		unsigned char c = peek(&ahead);
		for (; *p && c == (unsigned char)*p; p++)
			c = next(&ahead);
		if (!*p) {
			*s = ahead;
			/* `next` also passed a splice behind the punctuator: harmless, it is white space there. */
			return;
		}
	}
	s->at++;
}

static uint32_t hash_token(const char *text, uint32_t begin, uint32_t end)
{
	uint32_t h = 2166136261u;
	for (uint32_t p = begin; p < end;) {
		uint32_t n = splice_length(text, p, end);
		if (n) {
			p += n;
			continue;
		}
		h = (h ^ (unsigned char)text[p++]) * 16777619u;
	}
	return h;
}

void text_tokenize(struct arena *arena, const char *text, uint32_t begin, uint32_t end, uint32_t line, struct text_tokens *out)
{
	struct scan s = {text, begin, end, line};
	for (bool line_start = true;;) {
		unsigned char c = peek(&s);
		if (s.at >= s.end)
			return;
		if (c == '\n') {
			s.line++;
			s.at++;
			line_start = true;
			continue;
		}
		if (c == ' ' || (c >= '\t' && c <= '\r') || c == '\0') {
			s.at++;
			continue;
		}
		if (c == '/' && skip_comment(&s))
			continue;
		if (c == '#' && line_start) {
			struct text_directive d = {.begin = s.at};
			skip_directive(&s);
			d.line = s.line + 1;
			array_push(arena, out->directives, out->directive_count, out->directive_cap, d);
			continue;
		}
		line_start = false;
		struct text_token t = {.begin = s.at, .line = s.line};
		struct scan ahead = s;
		if (is_digit(c) || (c == '.' && is_digit(next(&ahead)))) {
			skip_number(&s);
		} else if (is_name(c)) {
			t.identifier = true;
			while (is_name(next(&s)))
				;
		} else if (c == '"' || c == '\'') {
			skip_quoted(&s, c);
		} else {
			skip_punctuator(&s);
		}
		t.end = s.at;
		t.hash = hash_token(text, t.begin, t.end);
		vec_push(arena, out, t);
	}
}

bool text_token_equal(const char *text_a, const struct text_token *a, const char *text_b, const struct text_token *b)
{
	if (a->hash != b->hash)
		return false;
	if (a->end - a->begin == b->end - b->begin)
		return !memcmp(text_a + a->begin, text_b + b->begin, a->end - a->begin);
	return true; /* one is spliced; the hash left that out */
}
