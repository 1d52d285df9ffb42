/* Attribute specifiers: the tokens of `__attribute__((...))` and `[[...]]` -> ATTRIBUTE nodes.
 *
 *   __attribute__((packed, aligned(2 * sizeof(int))))   ->   packed, aligned with one argument, a BINARY
 *   [[vendor::x(! [ ! ] ;;)]]                           ->   vendor::x, whose text is `! [ ! ] ;;`
 *
 * The grammar sees one token for a whole specifier, since attributes stand nearly anywhere and may hold any balanced tokens (C23 6.7.12).
 * Arguments of one token each are made into nodes here; others are parsed by the grammar on their own, which may fail without an error. */
#include <string.h>

#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"
#include "frontend/parse/yylex.h"

static bool attribute_error(struct parser *p, const struct token *t, const char *expected)
{
	if (p->quiet)
		return false;
	int len = t->kind ? (int)(t->end - t->loc) : 0;

	if (len)
		diag_error(p->diag, t->loc, "expected %s before '%.*s' in an attribute", expected, len, p->source->text + t->loc - 1);
	else
		diag_error(p->diag, t->loc, "expected %s at end of input", expected);
	p->last_error = t->loc;
	return false;
}

/* Takes tokens up to the bracket that closes the one that was taken last; false at the end of the text. */
static bool take_balanced(struct parser *p, int close, struct token **tokens, unsigned *count, struct token *closing)
{
	VEC(struct token) seen = {0};
	VEC(char) open = {0};

	vec_push(p->arena, &open, (char)close);
	for (;;) {
		struct token t = token_take(p);

		if (t.kind == 0) {
			token_untake(p, &t);
			*closing = t;
			*tokens = seen.data;
			*count = seen.len;
			return false;
		}
		if (t.kind == '(')
			vec_push(p->arena, &open, ')');
		else if (t.kind == '[')
			vec_push(p->arena, &open, ']');
		else if (t.kind == '{')
			vec_push(p->arena, &open, '}');
		else if (open.len && t.kind == vec_last(&open))
			open.len--;
		if (open.len == 0) {
			*closing = t;
			*tokens = seen.data;
			*count = seen.len;
			return true;
		}
		vec_push(p->arena, &seen, t);
	}
}

/* Parses tokens on their own: START_ATTRIBUTE is the grammar's other start. Leaves the parser as it was. */
static bool parse_arguments(struct parser *p, const struct token *tokens, unsigned count, struct node_list *args)
{
	struct parser outer = *p;

	p->feed = tokens;
	p->feed_end = tokens + count;
	p->start_token = START_ATTRIBUTE;
	p->quiet = true;
	p->result = (struct node_list){0};
	p->last = p->before = p->last_raw = (struct token){.kind = '('};
	p->enum_words = 0;
	p->after_arrow = false;
	p->arm_depth = 0;

	bool ok = yyparse(p) == 0;
	struct node_list result = p->result;

	names_pop(p, outer.depth + 1);
	p->feed = outer.feed;
	p->feed_end = outer.feed_end;
	p->start_token = outer.start_token;
	p->quiet = outer.quiet;
	p->result = outer.result;
	p->last = outer.last;
	p->before = outer.before;
	p->last_raw = outer.last_raw;
	p->enum_words = outer.enum_words;
	p->after_arrow = outer.after_arrow;
	p->arm_depth = outer.arm_depth;
	p->block_ended = outer.block_ended;
	p->list_len = outer.list_len;
	p->conditional_len = outer.conditional_len;
	p->last_error = outer.last_error;
	p->missing_semicolon = outer.missing_semicolon;
	if (ok)
		*args = result;
	return ok;
}

/* An argument that is one token; NULL if it takes the grammar to tell what it is. */
static struct node *simple_argument(struct parser *p, const struct token *t)
{
	struct lexeme value = {.loc = t->loc, .end = t->end};

	if (t->kind == NUMBER)
		return make_text(p, N_NUMBER, value);
	if (t->kind == STRING)
		return make_string(p, list_start(p, make_text(p, N_STRING_PART, value)));
	if (t->kind != IDENT || word_is_typedef(t->word))
		return NULL;
	value.word = t->word;
	return make_name(p, value);
}

static void take_arguments(struct parser *p, struct node *attr, const struct token *tokens, unsigned count, bool parsed)
{
	struct node_list *args = &attr->u.ATTRIBUTE.args;

	if (count == 0 || !parsed)
		return;
	for (unsigned i = 0; i < count; i += 2) {
		struct node *arg = i + 1 == count || tokens[i + 1].kind == ',' ? simple_argument(p, &tokens[i]) : NULL;

		if (!arg || i + 2 == count) {
			args->len = 0;
			parse_arguments(p, tokens, count, args);
			return;
		}
		node_list_push(p->arena, args, arg);
	}
}

/* `( tokens )` of an attribute, if it has some. */
static bool take_parenthesized(struct parser *p, struct node *attr, bool parsed)
{
	if (token_peek(p, 0)->kind != '(')
		return true;
	struct token open = token_take(p), closing, *tokens;
	unsigned count;
	bool closed = take_balanced(p, ')', &tokens, &count, &closing);

	attr->u.ATTRIBUTE.has_args = true;
	attr->u.ATTRIBUTE.text = p->source->text + open.end - 1;
	attr->u.ATTRIBUTE.text_len = closing.loc - open.end;
	attr->end = closing.end;
	if (!closed)
		return attribute_error(p, &closing, "')'");
	take_arguments(p, attr, tokens, count, parsed);
	return true;
}

static struct node *attribute_new(struct parser *p, const struct token *name)
{
	struct node *attr = node_new(p->arena, N_ATTRIBUTE, name->loc, name->loc, name->end);

	attr->u.ATTRIBUTE.name = name->word->name;
	return attr;
}

static bool expect(struct parser *p, int kind, const char *text, loc_t *end)
{
	if (token_peek(p, 0)->kind != kind)
		return attribute_error(p, token_peek(p, 0), text);
	*end = token_take(p).end;
	return true;
}

/* After an error: to behind the two brackets that end the specifier, so that what is in it is not read as something else. */
static void skip_specifier(struct parser *p, int close, loc_t *end)
{
	const int stops[] = {close, ';', '{', '}', 0};

	*end = skip_until(p, *end, stops);
	for (int i = 0; i < 2 && token_peek(p, 0)->kind == close; i++)
		*end = token_take(p).end;
}

struct node_list *attributes_take_gnu(struct parser *p, loc_t *end)
{
	struct node_list *list = ARENA_NEW(p->arena, struct node_list);

	if (!expect(p, '(', "'('", end) || !expect(p, '(', "'('", end))
		return list;
	for (;;) {
		if (token_is_word(p, token_peek(p, 0))) {
			struct token name = token_take(p);
			struct node *attr = attribute_new(p, &name);

			node_list_push(p->arena, list, attr);
			if (!take_parenthesized(p, attr, true))
				return list;
		}
		if (token_peek(p, 0)->kind != ',')
			break;
		token_take(p);
	}
	if (!expect(p, ')', "')'", end))
		skip_specifier(p, ')', end);
	else
		expect(p, ')', "')'", end);
	return list;
}

/* Arguments of the attributes whose meaning somebody here may know. */
static bool known_namespace(const char *ns)
{
	return !ns || !strcmp(ns, "gnu") || !strcmp(ns, "__gnu__") || !strcmp(ns, "asyncc") || !strcmp(ns, "clang") || !strcmp(ns, "_Clang");
}

struct node_list *attributes_take_c23(struct parser *p, loc_t *end)
{
	struct node_list *list = ARENA_NEW(p->arena, struct node_list);

	for (;;) {
		if (token_is_word(p, token_peek(p, 0))) {
			struct token name = token_take(p);
			struct node *attr = attribute_new(p, &name);

			attr->u.ATTRIBUTE.c23 = true;
			if (token_peek(p, 0)->kind == ':' && token_peek(p, 1)->kind == ':' && token_is_word(p, token_peek(p, 2))) {
				token_take(p);
				token_take(p);
				name = token_take(p);
				attr->u.ATTRIBUTE.ns = attr->u.ATTRIBUTE.name;
				attr->u.ATTRIBUTE.name = name.word->name;
				attr->loc = name.loc;
				attr->end = name.end;
			}
			node_list_push(p->arena, list, attr);
			if (!take_parenthesized(p, attr, known_namespace(attr->u.ATTRIBUTE.ns)))
				return list;
		}
		if (token_peek(p, 0)->kind != ',')
			break;
		token_take(p);
	}
	if (!expect(p, ']', "']'", end))
		skip_specifier(p, ']', end);
	else
		expect(p, ']', "']'", end);
	return list;
}
