/* Syntax errors in the dialect's concurrent constructs: what is said, with the way out, and where parsing goes on (recover.c has the rest). */
#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"

static bool has_body(int kind)
{
	return kind == ASYNC_NURSERY || kind == NURSERY || kind == ASYNC_JOIN || kind == ASYNC_SELECT || kind == ASYNC_SHIELD;
}

/* `for (T x : stream)`, which is C++'s. */
void report_for_colon(struct parser *p, struct lexeme loop, struct lexeme colon)
{
	if (p->quiet)
		return;
	diag_error(p->diag, colon.loc, "expected ',' or ';' before ':' token");
	diag_fixit_insert(p->diag, loop.loc, "async ");
	diag_note(p->diag, loop.loc, "a loop over a stream or a channel is written 'async for (T x : stream)'");
}

/* At p->last: does the error stand at a place that only these constructs have? Then it is reported. */
bool report_construct(struct parser *p, const int *expected, int count)
{
#define EXPECTS(token) expects(expected, count, token)
	loc_t at = p->before.end ? p->before.end : p->last.loc;

	if (has_body(p->before.kind) && EXPECTS('{')) {
		const char *word = p->before.kind == NURSERY ? "nursery" : p->before.kind == ASYNC_NURSERY ? "async nursery" :
				   p->before.kind == ASYNC_JOIN ? "async join" : p->before.kind == ASYNC_SELECT ? "async select" : "async shield";

		diag_error(p->diag, at, "expected '{' after '%s' %s", word, before_token(p));
		if (p->before.kind == NURSERY || p->before.kind == ASYNC_NURSERY)
			diag_note(p->diag, p->before.loc, "write '%s { |n| ... }'", word);
		return true;
	}
	if (EXPECTS(CASE) && EXPECTS(DEFAULT) && !EXPECTS(RETURN)) {
		diag_error(p->diag, p->last.loc, "expected 'case' or 'default' %s", before_token(p));
		diag_note(p->diag, p->last.loc, "each statement of an 'async select' belongs to an arm: 'case value = operation.await: ...'");
		return true;
	}
	bool in_head = p->arm_depth - (p->last.kind == '{' || p->last.kind == '(' || p->last.kind == '[') == 1;

	if (in_head && EXPECTS(':') && !EXPECTS(RETURN)) {
		diag_error(p->diag, at, "expected ':' behind the operation of this arm %s", before_token(p));
		if (p->last.kind == ';')
			diag_fixit_replace(p->diag, p->last.loc, p->last.end, ":");
		else
			diag_fixit_insert(p->diag, at, ":");
		return true;
	}
	if (in_head && EXPECTS('=') && !EXPECTS('+')) {
		diag_error(p->diag, at, "expected '=' %s", before_token(p));
		diag_note(p->diag, at, "a variable in the head of an arm takes the value of its operation: 'case T x = operation.await:'");
		return true;
	}
	if (p->async_for && EXPECTS(':')) {
		diag_error(p->diag, at, "expected ':' %s", before_token(p));
		if (p->last.kind == '=' || p->last.kind == ';')
			diag_note(p->diag, p->async_for, "'async for (T x : stream)' takes the values of a stream or a channel; other loops are written 'for', and may await");
		else
			diag_note(p->diag, p->async_for, "write 'async for (T x : stream)'");
		return true;
	}
	if (p->async_for && p->before.kind == '(' && EXPECTS(TYPE_WORD) && !EXPECTS(NUMBER)) {
		diag_error(p->diag, p->last.loc, "expected the type of the loop's variable %s", before_token(p));
		diag_note(p->diag, p->async_for, "write 'async for (T x : stream)'");
		return true;
	}
	if (p->last.kind == ELSE && p->before.end == p->async_for_end) {
		diag_error(p->diag, p->last.loc, "the 'else' of an 'async for' names the error that it receives");
		diag_note(p->diag, p->last.loc, "write 'else (int err) { ... }'");
		return true;
	}
	if (p->before.kind == YIELD && EXPECTS(NUMBER)) {
		diag_error(p->diag, p->last.loc, "expected expression %s", before_token(p));
		diag_note(p->diag, p->before.loc, "'yield' gives a value to the consumer of the stream; 'return 0;' ends it, 'async_yield_now().await' lets other tasks run");
		return true;
	}
	if (p->before.kind == '|' && EXPECTS(TYPE_WORD) && !EXPECTS(NUMBER)) {
		diag_error(p->diag, p->last.loc, "expected the type of a parameter %s", before_token(p));
		diag_note(p->diag, p->before.loc, "the parameters of a closure are declared as a function's: 'async |int x| { ... }'");
		return true;
	}
	if (EXPECTS('|') && !EXPECTS(OR_OR)) {
		diag_error(p->diag, at, "expected '|' %s", before_token(p));
		if (EXPECTS(','))
			diag_note(p->diag, at, "the parameters of a closure stand between bars: 'async |int x| { ... }'");
		return true;
	}
#undef EXPECTS
	return false;
}

/* -- `async fn f(void) int`, `async fn f(void): int`, `async fn f(void) => int` ---------------------------------------------------- */

/* The raw token behind the bracketed group that the i-th one opens; 0: it has no end before the function's body or the declaration's end. */
static unsigned behind_group(struct parser *p, unsigned i)
{
	for (unsigned depth = 0;; i++) {
		switch (token_peek(p, i)->kind) {
		case '(':
		case '[':
			depth++;
			break;
		case ')':
		case ']':
			if (--depth == 0)
				return i + 1;
			break;
		case 0:
		case ';':
		case '{':
		case '}':
			return 0;
		}
	}
}

/* Tokens in the place of the arrow: `:`, `=>`, `- >`. */
static unsigned false_arrow(struct parser *p, unsigned i)
{
	int kind = token_peek(p, i)->kind;

	if (kind == ':')
		return 1;
	return (kind == '=' || kind == '-') && token_peek(p, i + 1)->kind == '>' ? 2 : 0;
}

/* `(a, b)`, as in an old-style definition: the types behind it are the parameters'. */
static bool names_parameters(struct parser *p, unsigned i)
{
	const struct token *t;

	do {
		t = token_peek(p, ++i);
		if (t->kind != IDENT || word_is_typedef(t->word))
			return false;
		t = token_peek(p, ++i);
	} while (t->kind == ',');
	return t->kind == ')';
}

void find_missing_arrow(struct parser *p)
{
	unsigned i = token_peek(p, 0)->kind == IDENT, begin = i;

	while (token_peek(p, i)->kind == '(') {
		i = behind_group(p, i);
		if (!i)
			return;
	}
	if (i > begin && !names_parameters(p, begin) && !p->quiet && tokens_begin_type(p, i + false_arrow(p, i)))
		vec_push(p->arena, &p->arrows_missing, token_peek(p, i)->loc);
}

/* The end of the type that the next tokens are. */
static loc_t type_end(struct parser *p)
{
	for (unsigned i = 0;; i++) {
		const struct token *t = token_peek(p, i);

		if (t->kind == '(' && behind_group(p, i))
			i = behind_group(p, i) - 1;
		else if (t->kind == '{' || t->kind == ';' || t->kind == ',' || t->kind == ')' || t->kind == '=' || t->kind == ATTRIBUTE || t->kind == 0)
			return i ? token_peek(p, i - 1)->end : t->loc;
	}
}

void take_missing_arrow(struct parser *p, struct token *t)
{
	loc_t begin = t->loc, at = p->last.end;
	unsigned count;

	token_untake(p, t);
	count = false_arrow(p, 0);
	*t = (struct token){.kind = ARROW, .loc = at, .end = at};
	for (unsigned left = count; left; left--) {
		t->end = token_take(p).end;
		t->loc = begin;
	}
	diag_error(p->diag, begin, "expected '->' before the type of the async function's value");
	if (count)
		diag_fixit_replace(p->diag, t->loc, t->end, "->");
	else
		diag_fixit_insert(p->diag, begin, "-> ");
	loc_t type = token_peek(p, 0)->loc, end = type_end(p);

	if (!starts_line(p, end, type))
		diag_note(p->diag, begin, "write '-> %.*s'", (int)(end - type), p->source->text + type - 1);
	p->arrows_missing.len--;
}

/* ------------------------------------------------------------------------------------------------------------------------------------ */

void report_block_end(struct parser *p)
{
	if (p->quiet)
		return;
	diag_error(p->diag, p->last.loc, "expected ';' %s", before_token(p));
	diag_fixit_insert(p->diag, p->last.loc, ";");
}

void check_closure_params(struct parser *p, loc_t loc)
{
	if (p->variadic && !p->quiet)
		diag_error(p->diag, loc, "a closure cannot be variadic");
}

/* -- going on -------------------------------------------------------------------------------------------------------------------- */

loc_t recover_arm(struct parser *p, int *lookahead, int empty)
{
	static const int stops[] = {':', ';', '{', '}', CASE, DEFAULT, 0};
	loc_t end = p->before.end;

	if (*lookahead == 0)
		return end;
	unread(p, lookahead, empty);
	end = skip_until(p, end, stops);
	if (token_peek(p, 0)->kind != ':')
		p->last_error = token_peek(p, 0)->loc; /* that the colon is missing is no error of its own */
	return end;
}

void recover_arms(struct parser *p, int *lookahead, int empty)
{
	static const int stops[] = {'}', CASE, DEFAULT, 0};

	if (*lookahead == 0)
		return;
	unread(p, lookahead, empty);
	skip_until(p, 0, stops);
}

bool recover_bar(struct parser *p, int *lookahead, int empty)
{
	if (*lookahead == 0)
		return false;
	for (unsigned i = 0; i < 4; i++) {
		switch (token_peek(p, i)->kind) {
		case '|':
			unread(p, lookahead, empty);
			while (token_take(p).kind != '|')
				;
			p->last.kind = ';';
			return true;
		case 0:
		case ';':
		case '{':
		case '}':
			return false;
		}
	}
	return false;
}

bool recover_for(struct parser *p, int *lookahead, int empty)
{
	static const int stops[] = {')', '{', '}', 0};

	if (*lookahead == 0)
		return false;
	unread(p, lookahead, empty);
	skip_until(p, 0, stops);
	if (token_peek(p, 0)->kind != ')')
		return false;
	token_take(p);
	p->last.kind = ')';
	return true;
}
