/* Syntax errors: where parsing goes on.
 *
 * In: the parser at an error that syntax_error.c has told of. Out: the queue of tokens moved to a place from which the `error` production can go on.
 * Every recovery either takes a token or leaves the parser in a state that shifts the next one, so that parsing ends. */
#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"

/* Puts the lookahead back into the queue, so that skipping sees raw tokens only. */
void unread(struct parser *p, int *lookahead, int empty)
{
	if (*lookahead == empty)
		return;
	if (*lookahead != 0 && p->last_raw.kind > 0)
		token_untake(p, &p->last_raw);
	*lookahead = empty;
}

/* Takes the tokens of a bracketed group whose opening one was taken; stops before the end of the text. */
static loc_t skip_group(struct parser *p, loc_t end)
{
	for (unsigned depth = 1; depth;) {
		const struct token *t = token_peek(p, 0);

		if (t->kind == 0)
			return end;
		if (t->kind == '{' || t->kind == '(' || t->kind == '[')
			depth++;
		else if (t->kind == '}' || t->kind == ')' || t->kind == ']')
			depth--;
		end = token_take(p).end;
	}
	return end;
}

/* Takes tokens, bracketed groups as a whole, up to one of `stops` (which end in 0) or the end of the text; the end of the last one, or `end`. */
loc_t skip_until(struct parser *p, loc_t end, const int *stops)
{
	for (;;) {
		int kind = token_peek(p, 0)->kind;
		const int *stop = stops;

		while (*stop && *stop != kind)
			stop++;
		if (*stop || kind == 0)
			return end;
		end = token_take(p).end;
		if (kind == '(' || kind == '[' || kind == '{')
			end = skip_group(p, end);
	}
}

/* After a skip the next token is judged as one behind a `;`. */
static loc_t skipped(struct parser *p, loc_t end)
{
	p->before = p->last;
	p->last = (struct token){.kind = ';', .loc = p->last.loc, .end = end};
	return end;
}

/* Skips to behind the next `;` of this level, or before the `}` that ends it. */
static loc_t skip_statement(struct parser *p, loc_t end)
{
	for (bool first = true;; first = false) {
		const struct token *t = token_peek(p, 0);

		switch (t->kind) {
		case 0:
			return end;
		case ';':
			return token_take(p).end;
		case '}':
			return end;
		case '{':
			token_take(p);
			end = skip_group(p, t->end);
			t = token_peek(p, 0);
			if (t->kind != ';' && t->kind != ',' && t->kind != ')' && t->kind != '=')
				return end;
			break;
		case '(':
		case '[':
			token_take(p);
			end = skip_group(p, end);
			break;
		case IF:
		case WHILE:
		case FOR:
		case DO:
		case SWITCH:
		case RETURN:
		case GOTO:
		case BREAK:
		case CONTINUE:
		case CASE:
			if (!first && starts_line(p, t->loc, end))
				return end;
			__attribute__((fallthrough));
		default:
			end = token_take(p).end;
		}
	}
}

loc_t recover_statement(struct parser *p, int *lookahead, int empty)
{
	loc_t end = p->before.end;

	p->async_for = 0;
	if (*lookahead == 0)
		return end;
	unread(p, lookahead, empty);
	return skipped(p, skip_statement(p, end));
}

loc_t recover_semicolon(struct parser *p, int *lookahead, int empty)
{
	loc_t end = p->before.end;

	if (*lookahead == 0 || p->missing_semicolon) {
		p->missing_semicolon = false;
		if (*lookahead == IDENT && p->last_raw.kind == IDENT && p->last_raw.word->dialect) {
			unread(p, lookahead, empty); /* it may be another word at the start of a statement */
			skipped(p, end);
		}
		return end;
	}
	unread(p, lookahead, empty);
	return skipped(p, skip_statement(p, end));
}

loc_t recover_paren(struct parser *p, int *lookahead, int empty, bool *closed)
{
	static const int stops[] = {')', ';', '{', '}', 0};
	loc_t end = p->before.end;

	*closed = false;
	if (*lookahead == 0)
		return end;
	unread(p, lookahead, empty);
	end = skip_until(p, end, stops);
	if (token_peek(p, 0)->kind == ')') {
		*closed = true;
		end = token_take(p).end;
		p->before = p->last;
		p->last = (struct token){.kind = ')', .loc = p->last.loc, .end = end};
	}
	return end;
}

loc_t recover_initializer(struct parser *p, int *lookahead, int empty)
{
	static const int stops[] = {';', ',', '}', 0};
	loc_t end = p->before.end;

	if (*lookahead == 0)
		return end;
	unread(p, lookahead, empty);
	return skip_until(p, end, stops);
}

/* Is `t` at the start of its line, as what begins a top-level declaration mostly is? */
static bool at_margin(const struct parser *p, const struct token *t)
{
	return t->loc == 1 || p->source->text[t->loc - 2] == '\n';
}

/* Is `t` where a declaration may begin again: at the margin, or the end? */
static bool begins_external(const struct parser *p, const struct token *t)
{
	switch (t->kind) {
	case '{': case '}': case '(': case ')': case ';':
		return false;
	}
	return t->kind == 0 || at_margin(p, t);
}

loc_t recover_external(struct parser *p, int *lookahead, int empty)
{
	loc_t end = p->before.end;

	if (*lookahead == 0)
		return end;
	unread(p, lookahead, empty);
	/* What is indented may be left of a function that had one brace too many: it is skipped up to the margin. */
	bool indented = !at_margin(p, token_peek(p, 0));
	for (bool first = true;; first = false) {
		const struct token *t = token_peek(p, 0);
		int kind = t->kind;

		if (kind == 0 || (!first && begins_external(p, t)))
			return skipped(p, end);
		end = token_take(p).end;
		if (kind == '{' || kind == '(' || kind == '[')
			end = skip_group(p, end);
		bool complete = kind == ';' || ((kind == '{' || kind == '}') && token_peek(p, 0)->kind != ';');
		if (complete && (!indented || begins_external(p, token_peek(p, 0))))
			return skipped(p, end);
	}
}
