/* Syntax errors: what is said.
 *
 * In: bison's expected tokens at the error. Out: one diagnostic in GCC's wording. Where parsing goes on, recover.c tells. */
#include <string.h>

#include "frontend/base/library_names.h"
#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"

const char *before_token(struct parser *p)
{
	const struct token *t = p->last.kind == BLOCK_END ? token_peek(p, 0) : &p->last;
	int len = (int)(t->end - t->loc);
	const char *text = p->source->text + t->loc - 1;

	if (t->kind == 0)
		return "at end of input";
	if (len > 60)
		len = 60;
	switch (t->kind) {
	case NUMBER:
		if (text[0] == 't' || text[0] == 'f' || text[0] == 'n')
			break;
		return "before numeric constant";
	case CHAR_CONST:
		return arena_printf(p->arena, "before %.*s", len, text);
	case STRING:
		return "before string constant";
	case PRAGMA:
		return "before '#pragma'";
	case ATTRS:
		return text[0] == '[' ? "before '[' token" : "before '__attribute__'";
	case ASYNC_FN:
		return "before 'async fn'";
	case ASYNC_NURSERY:
		return "before 'async nursery'";
	case ASYNC_JOIN:
		return "before 'async join'";
	case ASYNC_SELECT:
		return "before 'async select'";
	case ASYNC_SHIELD:
		return "before 'async shield'";
	case ASYNC_FOR:
		return "before 'async for'";
	}
	if (token_is_word(p, t))
		return arena_printf(p->arena, "before '%.*s'", len, text);
	return arena_printf(p->arena, "before '%.*s' token", len, text);
}

bool expects(const int *expected, int count, int token)
{
	for (int i = 0; i < count; i++)
		if (expected[i] == token)
			return true;
	return false;
}

/* Is the token behind the `?` a binary operator as well as the beginning of an expression? Its length, or 0. */
static int operator_behind(const struct open_conditional *c)
{
	switch (c->next_kind) {
	case AND_AND:
	case PLUS_PLUS:
	case MINUS_MINUS:
		return 2;
	case '&':
	case '*':
	case '+':
	case '-':
	case '(':
		return 1;
	default:
		return 0;
	}
}

/* `f()? && 1`: no label has this name. */
static bool stands_behind_conditional(const struct parser *p)
{
	return p->conditional_len && p->before.kind == AND_AND && p->conditionals[p->conditional_len - 1].next == p->before.loc;
}

/* `f()? && g()`: a `?` whose conditional never gets its colon; of `f()? + g()? + 1` the first one. */
static bool report_open_conditional(struct parser *p)
{
	if (p->conditional_len == 0 || !p->options->dialect)
		return false;
	const struct open_conditional *c = &p->conditionals[p->conditional_len - 1];
	while (c > p->conditionals && operator_behind(c) && operator_behind(c - 1) &&
	       !memchr(p->source->text + c[-1].loc, ';', c->loc - c[-1].loc)) /* an earlier statement's, left by an error */
		c--;
	const char *op = p->source->text + c->next - 1;
	int len = operator_behind(c);

	if (!len) {
		if (p->last_elvis < c->loc)
			return false;
		/* `a ? f()? : b` */
		diag_error(p->diag, p->last.loc, "expected ':' %s: '?:' is a conditional without its second operand", before_token(p));
		diag_note(p->diag, p->last_elvis, "to leave the function on an error, write '(...?) : ...'");
		return true;
	}
	diag_error(p->diag, c->loc, "expected ':' %s: this '?' begins a conditional expression", before_token(p));
	diag_fixit_insert(p->diag, c->begin, "(");
	diag_fixit_insert(p->diag, c->loc + 1, ")");
	const char *operand = p->source->text + c->begin - 1;
	int operand_len = (int)(c->loc - c->begin);

	if (operand_len > 40 || memchr(operand, '\n', (size_t)operand_len))
		operand = "...", operand_len = 3;
	diag_note(p->diag, c->loc, "to leave the function on an error, write '(%.*s?) %.*s ...'", operand_len, operand, len, op);
	p->conditional_len = (unsigned)(c - p->conditionals);
	return true;
}

bool starts_line(const struct parser *p, loc_t loc, loc_t after)
{
	return after && memchr(p->source->text + after - 1, '\n', loc > after ? loc - after : 0);
}

/* Could a statement, declaration or member begin with (or a block end at) that token? */
static bool may_follow_semicolon(int kind)
{
	switch (kind) {
	case 0:
	case '}':
	case '{':
	case IDENT:
	case TYPENAME:
	case DIALECT_WORD:
	case '*':
	case PLUS_PLUS:
	case MINUS_MINUS:
	case STORAGE:
	case STATIC:
	case QUALIFIER:
	case FUNCTION_SPEC:
	case ASYNC_FN:
	case TYPE_WORD:
	case STRUCT:
	case ENUM:
	case TYPEOF:
	case ATTRS:
	case STATIC_ASSERT:
	case EXTENSION:
	case ASM:
	case BREAK:
	case CASE:
	case CONTINUE:
	case DEFAULT:
	case DO:
	case FOR:
	case GOTO:
	case IF:
	case RETURN:
	case SWITCH:
	case WHILE:
	case LABEL:
	case DEFER:
	case PRAGMA:
	case YIELD:
	case ASYNC_JOIN:
	case ASYNC_SELECT:
	case ASYNC_SHIELD:
	case ASYNC_FOR:
	case ASYNC_BLOCK:
	case ASYNC_CLOSURE:
	case ASYNC_NURSERY:
	case NURSERY:
	case SPAWN_BLOCKING:
	case TYPED_NAME:
		return true;
	}
	return false;
}

static bool is_statement_keyword(int kind)
{
	return kind >= BREAK && kind <= DEFER && kind != ELSE;
}

static void error_before(struct parser *p, const char *expected)
{
	diag_error(p->diag, p->last.loc, "expected %s %s", expected, before_token(p));
}

/* A closing token is missing behind the one before. */
static void error_missing(struct parser *p, const char *expected, const char *fixit)
{
	loc_t at = p->before.end ? p->before.end : p->last.loc;

	diag_error(p->diag, at, "expected %s %s", expected, before_token(p));
	if (fixit)
		diag_fixit_insert(p->diag, at, fixit);
}

void report_unknown_type(struct parser *p, loc_t loc, const char *name)
{
	static const char *const makers[] = { "chan", "future", "result", "stream", "task" };
	const char *header = library_header(name);

	diag_error(p->diag, loc, "unknown type name '%s'", name);
	if (header)
		diag_note(p->diag, loc, "<%s> declares it", header);
	for (size_t i = 0; i < sizeof makers / sizeof *makers; i++)
		if (!strcmp(name, makers[i]))
			diag_note(p->diag, loc, "the type has that of its value with it: '%s(int)'", name);
}

/* What the parser could have gone on with, as far as the messages differ by it. */
struct expected {
	bool semicolon, comma, assign, close, bracket, colon;
	bool brace, open_brace, open, name, number, type;
	bool string, is_while, statement;
};

static struct expected expected_of(const int *tokens, int count)
{
#define EXPECTS(token) expects(tokens, count, token)
	return (struct expected){
		.semicolon = EXPECTS(';'),
		.comma = EXPECTS(','),
		.assign = EXPECTS('='),
		.close = EXPECTS(')'),
		.bracket = EXPECTS(']'),
		.colon = EXPECTS(':'),
		.brace = EXPECTS('}'),
		.open_brace = EXPECTS('{'),
		.open = EXPECTS('('),
		.name = EXPECTS(IDENT),
		.number = EXPECTS(NUMBER),
		.type = EXPECTS(TYPE_WORD),
		.string = EXPECTS(STRING),
		.is_while = EXPECTS(WHILE),
		.statement = EXPECTS(RETURN),
	};
#undef EXPECTS
}

/* A declaration or a statement should have ended. */
static void report_semicolon(struct parser *p, const struct expected *e)
{
	int got = p->last.kind;
	bool missing = starts_line(p, p->last.loc, p->before.end) ? may_follow_semicolon(got) : got == '}' || got == 0 || is_statement_keyword(got);

	p->missing_semicolon = missing;
	if (e->assign && e->comma)
		error_missing(p, "'=', ',', ';', 'asm' or '__attribute__'", missing ? ";" : NULL);
	else if (e->comma && e->colon)
		error_missing(p, "':', ',', ';', '}' or '__attribute__'", missing ? ";" : NULL);
	else if (e->comma && !missing)
		error_missing(p, "',' or ';'", NULL);
	else
		error_missing(p, "';'", missing ? ";" : NULL);
}

/* What stands in brackets, or behind `case`, should have ended. NULL: the error is another one. */
static const char *missing_end(const struct expected *e)
{
	if (e->name)
		return NULL;
	if (e->close)
		return e->comma && e->type ? "';', ',' or ')'" : "')'";
	if (e->bracket)
		return "']'";
	return e->colon ? "':'" : NULL;
}

/* What should stand where the last token does; NULL: GCC has no word for it. */
static const char *missing_part(const struct expected *e)
{
	if (e->brace && e->comma)
		return "'}'";
	if (e->open_brace && e->name)
		return "identifier or '{'"; /* GCC says '{' here; the name is the commoner slip */
	if (e->name && !e->type)
		return e->open ? "identifier or '('" : "identifier";
	if (e->open)
		return e->type ? "declaration" : "'('";
	if (e->string)
		return "string literal";
	if (e->type)
		return e->close ? "declaration specifiers or '...'" : "specifier-qualifier-list";
	return e->open_brace ? "'{'" : NULL;
}

/* Is there nothing to say: the C compiler will, or an error here was reported? */
static bool is_silent(struct parser *p, const int *expected, int count)
{
	if (p->quiet)
		return true;
	p->missing_semicolon = false;
	if (p->last.kind == '}' && expects(expected, count, NO_SEMICOLON)) {
		p->missing_semicolon = true; /* the C compiler accepts it, with a warning of its own */
		return true;
	}
	if (p->before.broken) {
		p->missing_semicolon = may_follow_semicolon(p->last.kind);
		p->last_error = p->last.loc;
		return true;
	}
	if (p->last_error && p->last_error == p->last.loc)
		return true;
	p->last_error = p->last.loc ? p->last.loc : 1;
	return false;
}

void syntax_error(struct parser *p, const int *expected, int count)
{
	struct expected e;
	int got = p->last.kind;

	if (is_silent(p, expected, count) || report_construct(p, expected, count))
		return;
	e = expected_of(expected, count);
	if (p->before.kind == ARROW && e.type) {
		if (got == IDENT)
			report_unknown_type(p, p->last.loc, p->last.word->name);
		else
			error_before(p, "the type of the async function's value");
		return;
	}
	if ((e.colon || stands_behind_conditional(p)) && report_open_conditional(p))
		return;
	if (got == ELSE && (e.statement || (e.semicolon && !e.number)))
		diag_error(p->diag, p->last.loc, "'else' without a previous 'if'");
	else if (got == 0 && (e.statement || e.brace))
		diag_error(p->diag, p->last.loc, "expected declaration or statement at end of input");
	else if (e.semicolon && !e.number && !e.name)
		report_semicolon(p, &e);
	else if (e.is_while && !e.statement)
		error_before(p, "'while'");
	else if (e.number && e.name && !e.statement)
		error_before(p, "expression");
	else if (e.statement)
		error_before(p, got == ')' || got == ']' || token_is_word(p, &p->last) ? "statement" : "expression");
	/* Names only: the parameters of an old-style function, or a type that is not known. */
	else if (e.close && p->before.kind == IDENT && !e.number && ((got == IDENT && p->depth == 2) || (got == '*' && e.comma)))
		report_unknown_type(p, p->before.loc, p->before.word->name);
	else if (missing_end(&e))
		error_missing(p, missing_end(&e), NULL);
	else if (missing_part(&e))
		error_before(p, missing_part(&e));
	else
		diag_error(p->diag, p->last.loc, "syntax error %s", before_token(p));
}

bool report_missing_semicolon(struct parser *p, struct node *declaration, int lookahead)
{
	if (p->quiet || !may_follow_semicolon(lookahead) || lookahead == 0 || lookahead == '{' || lookahead == IDENT || lookahead == '*' || lookahead == PLUS_PLUS ||
	    lookahead == MINUS_MINUS || lookahead == '}' || is_statement_keyword(lookahead) || p->last_raw.kind < 0)
		return false;
	switch (lookahead) {
	case ATTRS:
	case ASM:
	case PRAGMA:
	case EXTENSION:
	case STATIC_ASSERT:
	case ASYNC_FN:
		return false;
	}
	struct node *declarator = vec_last(&declaration->u.DECLARATION.declarators);
	struct node *shape = declarator->u.DECLARATOR.shape;

	/* A K&R definition: its innermost part lists names. */
	for (; shape && shape->kind != N_D_NAME; shape = shape_inner(shape))
		if (shape->kind == N_D_FUNCTION && shape->u.D_FUNCTION.kr && shape->u.D_FUNCTION.params.len)
			return false;
	if (p->last_error != p->last.loc)
		error_missing(p, "'=', ',', ';', 'asm' or '__attribute__'", ";");
	p->last_error = p->last.loc;
	return true;
}

void conditional_open(struct parser *p, struct node *cond, struct lexeme question)
{
	const struct token *next = token_peek(p, 0);

	array_push(p->arena, p->conditionals, p->conditional_len, p->conditional_cap,
		   (struct open_conditional){.loc = question.loc, .begin = cond->begin, .next = next->loc, .next_kind = next->kind});
}

void conditional_close(struct parser *p)
{
	if (p->conditional_len)
		p->conditional_len--;
}
