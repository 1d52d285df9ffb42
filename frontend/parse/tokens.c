/* Grammar tokens: raw tokens of the lexer -> what the grammar reads.
 *
 *   async fn f ( T x )     ->  ASYNC_FN IDENT ( TYPENAME IDENT )
 *   __attribute__((a, b))  ->  ATTRS
 *   f ( ) ? ;              ->  IDENT ( ) TRY ;
 *
 * A name becomes TYPENAME if a typedef is its visible declaration at the moment the grammar asks for it; the one token that the grammar may
 * have fetched before a scope ended is classified again (token_reclassify). Raw tokens are queued without a class, so that looking
 * ahead costs nothing in precision. What is a word of the dialect, contextual.c tells. */
#include <string.h>

#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"
#include "frontend/parse/yylex.h"

/* -- the queue ------------------------------------------------------------------------------------------------------- */

static void ring_grow(struct parser *p)
{
	unsigned cap = p->ring_cap ? p->ring_cap * 2 : 64;
	struct token *ring = ARENA_ARRAY(p->arena, struct token, cap);

	for (unsigned i = 0; i < p->ring_len; i++)
		ring[i] = p->ring[(p->ring_head + i) & (p->ring_cap - 1)];
	p->ring = ring;
	p->ring_head = 0;
	p->ring_cap = cap;
}

const struct token *token_peek(struct parser *p, unsigned i)
{
	static const struct token end;

	if (p->feed)
		return p->feed + i < p->feed_end ? p->feed + i : &end;
	while (p->ring_len <= i) {
		if (p->ring_len == p->ring_cap)
			ring_grow(p);
		lexer_next(p->lexer, &p->ring[(p->ring_head + p->ring_len) & (p->ring_cap - 1)]);
		p->ring_len++;
	}
	return &p->ring[(p->ring_head + i) & (p->ring_cap - 1)];
}

struct token token_take(struct parser *p)
{
	struct token t;

	if (p->feed) {
		t = *token_peek(p, 0);
		if (p->feed < p->feed_end)
			p->feed++;
	} else if (p->ring_len) {
		t = p->ring[p->ring_head];
		p->ring_head = (p->ring_head + 1) & (p->ring_cap - 1);
		p->ring_len--;
	} else {
		lexer_next(p->lexer, &t);
	}
	return t;
}

void token_untake(struct parser *p, const struct token *t)
{
	if (p->feed) {
		p->feed--;
		return;
	}
	if (p->ring_len == p->ring_cap)
		ring_grow(p);
	p->ring_head = (p->ring_head - 1) & (p->ring_cap - 1);
	p->ring[p->ring_head] = *t;
	p->ring_len++;
}

bool token_is_word(const struct parser *p, const struct token *t)
{
	unsigned char c = (unsigned char)p->source->text[t->loc ? t->loc - 1 : 0];

	return t->kind && t->kind != STRING && t->kind != CHAR_CONST && t->kind != PRAGMA &&
	       ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' || c == '\\' || c >= 0x80);
}

/* -- classes of tokens --------------------------------------------------------------------------------------------------- */

bool tokens_begin_type(struct parser *p, unsigned i)
{
	const struct token *t = token_peek(p, i);

	switch (t->kind) {
	case TYPE_WORD:
	case QUALIFIER:
	case STRUCT:
	case ENUM:
	case TYPEOF:
	case BITINT:
		return true;
	case IDENT:
		if (word_is_typedef(t->word))
			return true;
		if (!p->options->dialect)
			return false;
		switch ((enum dialect_word)t->word->dialect) {
		case WORD_ASYNC:
			return async_begins_type(p, t->word, i + 1);
		case WORD_FUTURE:
		case WORD_RESULT:
		case WORD_TASK:
		case WORD_CHAN:
		case WORD_STREAM:
			return token_peek(p, i + 1)->kind == '(' && tokens_begin_type(p, i + 2);
		default:
			return false;
		}
	}
	return false;
}

bool token_begins_expression(int kind)
{
	switch (kind) {
	case IDENT:
	case NUMBER:
	case CHAR_CONST:
	case STRING:
	case '(':
	case '*':
	case '&':
	case '+':
	case '-':
	case '~':
	case '!':
	case PLUS_PLUS:
	case MINUS_MINUS:
	case AND_AND:
	case SIZEOF:
	case ALIGNOF:
	case EXTENSION:
	case REAL_IMAG:
	case GENERIC:
	case VA_ARG:
	case OFFSETOF:
	case BUILTIN:
	case HAS_ATTRIBUTE:
		return true;
	}
	return false;
}

/* -- names ------------------------------------------------------------------------------------------------------------- */

/* It may be a type again at once: where it is fetched to see whether an `else` follows, the scope of the `if` is still open. */
static bool hides_typedef(const struct word *w)
{
	for (const struct binding *b = w->binding; b; b = b->outer)
		if (b->kind == BIND_TYPEDEF)
			return true;
	return false;
}

/* Is `t`, a name that is no typedef, meant as a type? Two names in a row where a declaration begins; outside of functions `name *` too, where nothing is
 * declared by the name: in an expression it would be undeclared as well. */
static bool is_unknown_type(struct parser *p, const struct token *t)
{
	const struct token *next = token_peek(p, 0);
	bool declares = begins_declaration(p), outside = p->depth <= 2 && !t->word->declared;

	if (next->kind == IDENT && declares)
		return !hides_typedef(t->word) && !(next->word->dialect == WORD_FN && t->word->dialect == WORD_ASYNC);
	if ((next->kind != IDENT && next->kind != '*') || !outside)
		return false;
	switch (p->last.kind) {
	case '(':
		return true;
	case ',':
		return p->depth == 2; /* a parameter */
	case QUALIFIER:
		return true;
	default:
		return declares && p->depth == 1;
	}
}

static int classify_name(struct parser *p, struct token *t)
{
	if (t->word->dialect) {
		int kind = contextual_word(p, t);

		if (kind)
			return kind;
	}
	if (word_is_typedef(t->word))
		return TYPENAME;
	if (!t->word->binding && !p->quiet && p->options->dialect && token_peek(p, 0)->kind == IDENT) {
		if (misspells_async(p, t))
			return ASYNC_FN;
		if (!strcmp(t->word->name, "await")) {
			diag_error(p->diag, t->loc, "'await' stands behind what it waits for");
			diag_note(p->diag, t->loc, "write '%s(...).await'", token_peek(p, 0)->word->name);
			return AWAIT_PREFIX;
		}
	}
	if (!p->quiet && is_unknown_type(p, t)) {
		report_unknown_type(p, t->loc, t->word->name);
		if (!strcmp(t->word->name, "fn"))
			diag_note(p->diag, t->loc, "an async function is written 'async fn name(...) -> int'");
		p->last_error = t->loc;
		return TYPENAME;
	}
	return IDENT;
}

int token_reclassify(int kind, const struct lexeme *value)
{
	if (kind != IDENT && kind != TYPENAME)
		return kind;
	return word_is_typedef(value->word) ? TYPENAME : IDENT;
}

/* -- pragmas ------------------------------------------------------------------------------------------------------------ */

/* `_Pragma ( "text" )`, whose first token is t: undoes the quoting. */
static bool pragma_operator(struct parser *p, struct token *t)
{
	struct token open = token_take(p);

	if (open.kind != '(') {
		token_untake(p, &open);
		goto wrong;
	}
	struct token string = token_take(p);

	if (string.kind != STRING) {
		token_untake(p, &string);
		goto wrong;
	}
	const char *s = p->source->text + string.loc - 1, *end = p->source->text + string.end - 1;

	while (s < end && *s != '"')
		s++;
	char *text = arena_strndup(p->arena, "", (size_t)(end - s));
	unsigned len = 0;

	for (s++; s < end - 1; s++) {
		if (*s == '\\' && (s[1] == '"' || s[1] == '\\'))
			s++;
		text[len++] = *s;
	}
	t->text = text;
	t->text_len = len;
	struct token close = token_take(p);

	t->end = close.end;
	if (close.kind == ')')
		return true;
	token_untake(p, &close);
wrong:
	if (!p->quiet)
		diag_error(p->diag, t->loc, "'_Pragma' takes a parenthesized string literal");
	return false;
}

static struct node *pragma_node(struct parser *p, const struct token *t)
{
	struct node *n = node_new(p->arena, N_PRAGMA, t->loc, t->loc, t->end);

	n->u.PRAGMA.text = t->text;
	n->u.PRAGMA.text_len = t->text_len;
	return n;
}

/* -- yylex --------------------------------------------------------------------------------------------------------------- */

enum { NO_TOKEN = -1 }; /* the grammar doesn't see it */

/* `struct` and its kin after the arrow of an async function: `-> struct s {` begins the body, not a definition of the struct. */
static int tag_kind(struct parser *p, const struct token *t)
{
	if (p->after_arrow && token_peek(p, 0)->kind == IDENT && token_peek(p, 1)->kind == '{')
		return TAG_REFERENCE;
	return t->kind;
}

static void deliver(struct parser *p, const struct token *t, int kind)
{
	p->before = p->last;
	p->last = *t;
	p->last.kind = kind;
	p->after_arrow = kind == ARROW || (p->after_arrow && kind == QUALIFIER);
	if (p->arm_depth && (kind == '(' || kind == '[' || kind == '{'))
		p->arm_depth++;
	else if (p->arm_depth > 1 && (kind == ')' || kind == ']' || kind == '}'))
		p->arm_depth--;
	if (kind == ENUM)
		p->enum_words = 1;
	else if (p->enum_words && kind == '{')
		p->enum_brace = true, p->enum_words = 0;
	else if (p->enum_words == 1 && (kind == IDENT || kind == TYPENAME))
		p->enum_words = 2;
	else if (p->enum_words && kind == '(')
		p->enum_words = 0;
	else if (kind == '{')
		p->enum_brace = false;
	else if (kind == ';' || kind == '}' || kind == ',' || kind == '*' || kind == ')')
		p->enum_words = 0;
}

/* The first attribute of a group stands for its keyword as well: a declaration that it opens begins there. */
static void attributes_begin_at(struct node_list *attrs, loc_t begin)
{
	if (attrs->len)
		attrs->data[0]->begin = begin;
}

/* `[[...]]`, whose first bracket at `begin` was taken. */
static struct node_list *attributes_of_brackets(struct parser *p, loc_t begin, loc_t *end)
{
	token_take(p);
	struct node_list *attrs = attributes_take_c23(p, end);
	attributes_begin_at(attrs, begin);
	return attrs;
}

/* Behind a name or bound: takes all that stand there; a suffix of the same declarator may follow, `f [[]] (void)`, `a [2] [[]] [[]] [3]`. */
static int declarator_attributes(struct parser *p, struct node_list *attrs, loc_t *end)
{
	while (token_peek(p, 0)->kind == '[' && token_peek(p, 1)->kind == '[') {
		struct token open = token_take(p);
		attrs_append(p, attrs, attributes_of_brackets(p, open.loc, end));
	}
	int next = token_peek(p, 0)->kind;
	return next == '(' || next == '[' ? SHAPE_ATTRS : ATTRS;
}

static bool else_follows(struct parser *p)
{
	unsigned i = 0;
	while (token_peek(p, i)->kind == PRAGMA)
		i++;
	return token_peek(p, i)->kind == ELSE;
}

/* A group of attributes whose first token, `t`, was taken. */
static int attributes_token(struct parser *p, struct token *t, struct lexeme *value)
{
	value->attrs = attributes_take_gnu(p, &t->end);
	attributes_begin_at(value->attrs, t->loc);
	p->last_raw.kind = -1;
	return ATTRS;
}

static int bracket_token(struct parser *p, struct token *t, struct lexeme *value)
{
	int kind = ATTRS;

	if (token_peek(p, 0)->kind != '[')
		return '[';
	value->attrs = attributes_of_brackets(p, t->loc, &t->end);
	if (p->last.kind == IDENT || p->last.kind == ']')
		kind = declarator_attributes(p, value->attrs, &t->end);
	p->last_raw.kind = -1;
	return kind;
}

static int address_space_token(struct parser *p, const struct token *t, struct lexeme *value)
{
	struct node *attr = node_new(p->arena, N_ATTRIBUTE, t->loc, t->loc, t->end);

	attr->u.ATTRIBUTE.name = t->word->name;
	value->attrs = ARENA_NEW(p->arena, struct node_list);
	node_list_push(p->arena, value->attrs, attr);
	return ATTRS;
}

static int name_token(struct parser *p, struct token *t, struct lexeme *value)
{
	int kind = classify_name(p, t);

	if (kind < 0)
		return NO_TOKEN;
	value->word = t->word;
	if (kind == ASYNC_FN || t->end != p->last_raw.end)
		p->last_raw.kind = -1;
	if (kind == ASYNC_FN)
		find_missing_arrow(p);
	return kind;
}

static int qualifier_token(struct parser *p, const struct token *t, struct lexeme *value)
{
	value->value = t->word->value;
	if (p->last.kind == ENUM_COLON)
		return NO_TOKEN; /* those of an underlying type mean nothing */
	return t->word->value == Q_ATOMIC && token_peek(p, 0)->kind == '(' ? ATOMIC : QUALIFIER;
}

static int question_token(struct parser *p, const struct token *t)
{
	const struct token *next = token_peek(p, 0);

	if (p->options->dialect && (next->kind != ':' || p->arm_depth == 1) && !token_begins_expression(next->kind))
		return TRY;
	if (next->kind == ':')
		p->last_elvis = t->loc;
	return '?';
}

/* Inside an expression or a declaration, or before an `else`, a pragma has no node to stand in. */
static int pragma_token(struct parser *p, const struct token *t, struct lexeme *value)
{
	if (!ends_statement(p->last.kind) || else_follows(p))
		return NO_TOKEN;
	value->node = pragma_node(p, t);
	return PRAGMA;
}

/* What the raw token `t` is to the grammar, with its value; takes the rest of what is one token there. */
static int grammar_token(struct parser *p, struct token *t, struct lexeme *value)
{
	switch (t->kind) {
	case ELSE:
		return p->options->dialect && else_names_error(p) ? ELSE_ERROR : ELSE;
	case IDENT:
		return name_token(p, t, value);
	case ASSIGN_OP:
		value->value = t->value;
		return t->kind;
	case QUALIFIER:
		return qualifier_token(p, t, value);
	case STRUCT:
	case ENUM:
		value->value = t->word->value;
		return tag_kind(p, t);
	case TYPE_WORD:
		value->value = t->word->value;
		return p->last.kind == ENUM_COLON || p->last.kind == UNDERLYING_WORD ? UNDERLYING_WORD : TYPE_WORD;
	case STORAGE:
	case STATIC:
	case FUNCTION_SPEC:
	case TYPEOF:
	case REAL_IMAG:
		value->value = t->word->value;
		return t->kind;
	case BUILTIN:
	case HAS_ATTRIBUTE:
		value->word = t->word;
		return t->kind;
	case '?':
		return question_token(p, t);
	case ':':
		return p->enum_words && tokens_begin_type(p, 0) ? ENUM_COLON : ':';
	case '[':
		return bracket_token(p, t, value);
	case ATTRIBUTE:
		return attributes_token(p, t, value);
	case ADDRESS_SPACE:
		return address_space_token(p, t, value);
	case PRAGMA_OPERATOR:
		if (!pragma_operator(p, t))
			return NO_TOKEN;
		p->last_raw.kind = -1;
		return pragma_token(p, t, value);
	case PRAGMA:
		return pragma_token(p, t, value);
	default:
		return t->kind;
	}
}

int yylex(YYSTYPE *value, struct parser *p)
{
	struct token t;
	int kind;

	if (p->start_token) {
		kind = p->start_token;
		p->start_token = 0;
		value->token = (struct lexeme){0};
		return kind;
	}
	if (p->block_ended) {
		p->block_ended = false;
		t = (struct token){.kind = BLOCK_END, .loc = p->last.end, .end = p->last.end};
		value->token = (struct lexeme){.loc = t.loc, .end = t.end};
		p->last_raw = (struct token){.kind = -1};
		deliver(p, &t, BLOCK_END);
		return BLOCK_END;
	}
	do {
		t = token_take(p);
		p->last_raw = t;
		if (p->arrows_missing.len && t.loc == vec_last(&p->arrows_missing)) {
			take_missing_arrow(p, &t);
			p->last_raw.kind = -1;
		}
		value->token.loc = t.loc;
		kind = grammar_token(p, &t, &value->token);
	} while (kind == NO_TOKEN);
	value->token.end = t.end;
	deliver(p, &t, kind);
	return kind;
}

void tokens_dump(FILE *out, struct arena *arena, struct source *s, struct diag *d, const struct parse_options *options)
{
	struct lexer *x = lexer_new(arena, s, d, options, NULL);
	struct token t;

	do {
		lexer_next(x, &t);
		struct place place = source_locate(s, t.kind ? t.loc : (loc_t)s->len + 1);

		fprintf(out, "%s %u:%u", token_class(&t), place.line, place.column);
		if (t.kind == PRAGMA)
			fprintf(out, " %.*s", (int)t.text_len, t.text);
		else if (t.kind)
			fprintf(out, " %.*s", (int)(t.end - t.loc), s->text + t.loc - 1);
		fputc('\n', out);
	} while (t.kind);
	lexer_free(x);
}
