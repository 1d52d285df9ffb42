/* Words and directives: the parts of the lexer that are no patterns.
 *
 * In: pointers into the source text. Out: the word of a spelling; directives read or skipped; one diagnostic for each malformed token. */
#include "frontend/lex/words.h"

#include <string.h>

#include "frontend/base/intern.h"
#include "frontend/base/vec.h"
#include "frontend/parse/parser.h"

enum since { W_ALWAYS, W_C99, W_C23, W_GNU, W_GNU_C99, W_GNU_C23 };

struct keyword {
	const char *text;
	int token, value;
	enum since since;
};

static const struct keyword keywords[] = {
#define KEYWORD(text, token, value, since) {text, token, value, since},
#define PUNCTUATOR(text, token)
#include "frontend/lex/token.def"
#undef KEYWORD
#undef PUNCTUATOR
};

static const struct {
	const char *text;
	int token;
} punctuators[] = {
#define KEYWORD(text, token, value, since)
#define PUNCTUATOR(text, token) {text, token},
#include "frontend/lex/token.def"
#undef KEYWORD
#undef PUNCTUATOR
};

static const struct {
	const char *text;
	enum dialect_word word;
	bool reserved;
} dialect_words[] = {
	{"async", WORD_ASYNC, false},     {"fn", WORD_FN, false},           {"defer", WORD_DEFER, false},
	{"future", WORD_FUTURE, false},   {"result", WORD_RESULT, false},   {"task", WORD_TASK, false},
	{"chan", WORD_CHAN, false},       {"stream", WORD_STREAM, false},   {"_Future", WORD_FUTURE, true},
	{"_Result", WORD_RESULT, true},   {"_Task", WORD_TASK, true},       {"_Chan", WORD_CHAN, true},
	{"_Stream", WORD_STREAM, true},   {"nursery", WORD_NURSERY, false}, {"join", WORD_JOIN, false},
	{"select", WORD_SELECT, false},   {"shield", WORD_SHIELD, false},   {"yield", WORD_YIELD, false},
	{"spawn", WORD_SPAWN, false},     {"async_spawn", WORD_SPAWN, false}, {"spawn_blocking", WORD_SPAWN_BLOCKING, false},
	{"async_channel", WORD_TYPED_CALL, false}, {"async_pending", WORD_TYPED_CALL, false}, {"async_broadcast", WORD_TYPED_CALL, false},
	{"async_watch", WORD_TYPED_CALL, false}, {"async_oneshot", WORD_TYPED_CALL, false},
};

static bool since_holds(enum since since, const struct parse_options *o)
{
	switch (since) {
	case W_ALWAYS:
		return true;
	case W_C99:
		return o->c_version != 90;
	case W_C23:
		return o->c_version >= 23 && o->c_version < 90;
	case W_GNU:
		return o->gnu;
	case W_GNU_C99:
		return o->gnu || o->c_version != 90;
	case W_GNU_C23:
		return o->gnu || (o->c_version >= 23 && o->c_version < 90);
	}
	return false;
}

/* -- words ----------------------------------------------------------------------------------------------------------- */

static uint32_t hash_bytes(const char *text, size_t len)
{
	uint32_t h = 2166136261u; /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 16777619u;
	return h ^ h >> 15;
}

static void words_grow(struct lexer *x)
{
	struct word **old = x->words;
	unsigned old_cap = x->word_cap;

	x->word_cap = old_cap ? old_cap * 2 : 8192;
	x->words = ARENA_ARRAY(x->arena, struct word *, x->word_cap);
	for (unsigned i = 0; i < old_cap; i++) {
		if (!old[i])
			continue;
		unsigned at = old[i]->hash & (x->word_cap - 1);

		while (x->words[at])
			at = (at + 1) & (x->word_cap - 1);
		x->words[at] = old[i];
	}
}

struct word *lexer_word(struct lexer *x, const char *text, size_t len)
{
	uint32_t hash = hash_bytes(text, len);
	unsigned at = hash & (x->word_cap - 1);

	for (struct word *w; (w = x->words[at]); at = (at + 1) & (x->word_cap - 1))
		if (w->hash == hash && w->len == len && !memcmp(w->name, text, len))
			return w;
	struct word *w = ARENA_NEW(x->arena, struct word);

	w->name = intern(text, len);
	w->len = (uint32_t)len;
	w->hash = hash;
	w->token = IDENT;
	x->words[at] = w;
	if (++x->word_count * 2 > x->word_cap)
		words_grow(x);
	return w;
}

struct lexer *lexer_make(struct arena *arena, struct source *s, struct diag *d, const struct parse_options *options, struct macro_log *macros)
{
	struct lexer *x = ARENA_NEW(arena, struct lexer);

	*x = (struct lexer){.arena = arena, .source = s, .diag = d, .macros = macros};
	words_grow(x);
	for (size_t i = 0; i < sizeof keywords / sizeof *keywords; i++) {
		if (!since_holds(keywords[i].since, options))
			continue;
		struct word *w = lexer_word(x, keywords[i].text, strlen(keywords[i].text));

		w->token = (int16_t)keywords[i].token;
		w->value = keywords[i].value;
	}
	for (size_t i = 0; options->dialect && i < sizeof dialect_words / sizeof *dialect_words; i++) {
		struct word *w = lexer_word(x, dialect_words[i].text, strlen(dialect_words[i].text));

		w->dialect = (uint8_t)dialect_words[i].word;
		w->reserved = dialect_words[i].reserved;
	}
	return x;
}

/* -- directives and the like ------------------------------------------------------------------------------------------- */

static const char *text_end(const struct lexer *x)
{
	return x->source->text + x->source->len;
}

static const char *line_end(const struct lexer *x, const char *p)
{
	const char *end = memchr(p, '\n', (size_t)(text_end(x) - p));

	return end ? end : text_end(x);
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\r'))
		p++;
	return p;
}

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '\\' || (unsigned char)c >= 0x80;
}

void lex_error(struct lexer *x, loc_t loc, const char *text)
{
	diag_error(x->diag, loc, "%s", text);
}

const char *lex_comment(struct lexer *x, const char *p)
{
	const char *end = text_end(x);

	for (const char *q = p + 2; q + 1 < end; q++)
		if (q[0] == '*' && q[1] == '/')
			return q + 2;
	lex_error(x, lexer_loc(x, p), "unterminated comment");
	return end;
}

/* `#define NAME...` or `#undef NAME`: name starts at p. */
static void log_macro(struct lexer *x, bool defined, const char *hash, const char *p, const char *end)
{
	if (!x->macros)
		return;
	const char *name = skip_blanks(p, end), *name_end = name;

	while (name_end < end && is_name_char(*name_end))
		name_end++;
	struct macro_event event = {
		.loc = lexer_loc(x, hash),
		.name = intern(name, (size_t)(name_end - name)),
		.defined = defined,
		.function_like = defined && name_end < end && *name_end == '(',
		.text = hash,
		.text_len = (unsigned)(end - hash),
	};

	vec_push(x->arena, x->macros, event);
}

static bool word_is(const char *p, const char *end, const char *word)
{
	size_t len = strlen(word);

	return (size_t)(end - p) >= len && !memcmp(p, word, len) && (p + len == end || !is_name_char(p[len]));
}

const char *lex_directive(struct lexer *x, const char *p, struct token *t)
{
	const char *start = p, *end;

	while (start > x->source->text && (start[-1] == ' ' || start[-1] == '\t'))
		start--;
	if (start > x->source->text && start[-1] != '\n')
		return NULL;
	end = line_end(x, p);
	t->kind = 0;
	const char *word = skip_blanks(p + (*p == '#' ? 1 : 2), end);

	if (word_is(word, end, "define")) {
		log_macro(x, true, p, word + 6, end);
	} else if (word_is(word, end, "undef")) {
		log_macro(x, false, p, word + 5, end);
	} else if (word_is(word, end, "pragma")) {
		const char *last = end;

		while (last > word + 6 && (last[-1] == ' ' || last[-1] == '\t' || last[-1] == '\r'))
			last--;
		t->kind = PRAGMA;
		t->text = skip_blanks(word + 6, last);
		t->text_len = (unsigned)(last - t->text);
		t->end = lexer_loc(x, last);
	} else if (word < end && !(*word >= '0' && *word <= '9') && !word_is(word, end, "line") && !word_is(word, end, "ident") &&
		   !word_is(word, end, "sccs") && !word_is(word, end, "include") && !word_is(word, end, "include_next") &&
		   !word_is(word, end, "assert") && !word_is(word, end, "unassert")) {
		const char *word_end = word;

		while (word_end < end && is_name_char(*word_end))
			word_end++;
		diag_error(x->diag, lexer_loc(x, p), "invalid preprocessing directive '#%.*s'", (int)(word_end - word > 40 ? 40 : word_end - word), word);
	}
	return end;
}

const char *lex_raw_string(struct lexer *x, const struct token *t, const char *p, size_t head)
{
	const char *delimiter = memchr(p, '"', head), *end = text_end(x);

	delimiter++;
	size_t len = (size_t)(p + head - 1 - delimiter);

	for (const char *q = p + head; q < end && (q = memchr(q, ')', (size_t)(end - q))); q++)
		if ((size_t)(end - q) >= len + 2 && !memcmp(q + 1, delimiter, len) && q[1 + len] == '"')
			return q + len + 2;
	lex_error(x, t->loc, "unterminated raw string");
	return end;
}

void lex_stray(struct lexer *x, const struct token *t, const char *p)
{
	bool run = x->last_stray == t->loc;

	x->last_stray = t->end;
	if (run)
		return;
	unsigned char c = (unsigned char)*p;

	if (c == '\0')
		diag_error(x->diag, t->loc, "stray NUL byte in program");
	else if (c < ' ' || c == 0x7f)
		diag_error(x->diag, t->loc, "stray '\\%o' in program", c);
	else
		diag_error(x->diag, t->loc, "stray '%c' in program", c);
}

const char *token_class(const struct token *t)
{
	switch (t->kind) {
	case IDENT:
		return "identifier";
	case NUMBER:
		return "number";
	case CHAR_CONST:
		return "character";
	case STRING:
		return "string";
	case PRAGMA:
		return "pragma";
	case 0:
		return "end";
	}
	for (size_t i = 0; i < sizeof punctuators / sizeof *punctuators; i++)
		if (punctuators[i].token == t->kind)
			return "punctuator";
	return "keyword";
}
