/* Words of the dialect: which names are grammar tokens of their own.
 *
 *   async select {   ->  ASYNC_SELECT {          n . async_spawn {  ->  IDENT . SPAWN_NAME {
 *   async | int      ->  ASYNC_CLOSURE | ...     yield x ;          ->  YIELD IDENT ;
 *   async || flag    ->  as in C, if a variable is called `async`
 *
 * In: a name that was just taken, and the raw tokens behind it. Out: a grammar token; 0: an ordinary name; -1: one to skip. A word is the dialect's only where the
 * tokens that follow rule C out, or nothing visible that fits has that name (dialect, section 0). Only the first word of a construct is looked up. */
#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"

/* -- places ------------------------------------------------------------------------------------------------------------- */

static bool begins_statement_only(int kind)
{
	switch (kind) {
	case '{':
	case '!':
	case '~':
	case IF:
	case WHILE:
	case DO:
	case FOR:
	case SWITCH:
	case GOTO:
	case RETURN:
	case BREAK:
	case CONTINUE:
	case ASM:
	case NUMBER:
	case CHAR_CONST:
	case STRING:
	case SIZEOF:
	case EXTENSION:
	case GENERIC:
	case BUILTIN:
		return true;
	}
	return false;
}

/* Could a statement begin behind a token of that kind? */
bool ends_statement(int kind)
{
	switch (kind) {
	case 0:
	case ';':
	case '{':
	case '}':
	case ')':
	case ':':
	case ELSE:
	case DO:
	case DEFER:
	case PRAGMA:
	case ATTRS:
	case BLOCK_END:
		return true;
	}
	return false;
}

bool begins_declaration(const struct parser *p)
{
	switch (p->last.kind) {
	case 0:
	case ';':
	case '}':
	case STORAGE:
	case STATIC:
	case FUNCTION_SPEC:
	case EXTENSION:
	case BLOCK_END:
		return true;
	case '{':
		return !p->enum_brace && p->before.kind != '=' && p->before.kind != ',' && p->before.kind != '(';
	}
	return false;
}

/* Behind `.` and `->` a name is a member's, behind `struct` a tag. Behind the arrow of a function it may be a typedef, which a body follows. */
static bool before_brace(const struct parser *p, const struct word *w)
{
	switch (p->last.kind) {
	case '.':
	case ARROW:
	case STRUCT:
	case ENUM:
	case TAG_REFERENCE:
		return false;
	}
	return !(p->after_arrow && word_is_typedef(w));
}

static bool is_ordinary(const struct word *w)
{
	return w->binding && w->binding->kind != BIND_TYPEDEF;
}

/* -- defer, yield --------------------------------------------------------------------------------------------------------- */

/* `defer` or `yield` at the place where a statement may begin. */
static bool begins_statement(struct parser *p, const struct word *w)
{
	if (!ends_statement(p->last.kind))
		return false;
	const struct token *next = token_peek(p, 0);

	switch (next->kind) {
	case IDENT: /* two names in a row are C only if the first is a type */
		return !word_is_typedef(w);
	case TYPE_WORD:
		return w->dialect == WORD_YIELD && !word_is_typedef(w); /* an error in either */
	case '(':
		return !w->binding || w->binding->kind == BIND_OTHER;
	case '*':
	case '&':
	case '+':
	case '-':
	case PLUS_PLUS:
	case MINUS_MINUS:
	case AND_AND:
	case ';':
		return !w->binding;
	}
	return begins_statement_only(next->kind) || (w->dialect == WORD_YIELD && token_begins_expression(next->kind));
}

/* -- async ------------------------------------------------------------------------------------------------------------------ */

/* `async` before a name that is not `fn`: an `async fn` with the word misspelt or left out. */
static bool async_lacks_fn(struct parser *p, struct token *t)
{
	const struct token *second = token_peek(p, 0), *third = token_peek(p, 1);

	if (word_is_typedef(t->word))
		return false;
	if (second->kind == TYPE_WORD && !t->word->binding && !p->quiet) {
		diag_error(p->diag, t->loc, "expected 'fn' after 'async'");
		diag_note(p->diag, t->loc, "write 'async fn name(...) -> %s'", second->word->name);
		p->async_type = second->loc;
		return true;
	}
	if (second->kind != IDENT)
		return false;
	if (third->kind == IDENT) {
		struct token wrong = token_take(p);

		if (!p->quiet) {
			diag_error(p->diag, wrong.loc, "expected 'fn' after 'async' before '%s'", wrong.word->name);
			diag_fixit_replace(p->diag, wrong.loc, wrong.end, "fn");
		}
		t->end = wrong.end;
		return true;
	}
	if (third->kind == '(' && !p->quiet) {
		loc_t loc = second->loc;

		diag_error(p->diag, loc, "expected 'fn' after 'async' before '%s'", second->word->name);
		diag_fixit_insert(p->diag, loc, "fn ");
		return true;
	}
	return false;
}

/* `asinc fn f`: three names in a row. */
bool misspells_async(struct parser *p, struct token *t)
{
	if (token_peek(p, 0)->word->dialect != WORD_FN || token_peek(p, 0)->word->binding || token_peek(p, 1)->kind != IDENT)
		return false;
	diag_error(p->diag, t->loc, "expected 'async' before 'fn', not '%s'", t->word->name);
	diag_fixit_replace(p->diag, t->loc, t->end, "async");
	t->end = token_take(p).end;
	return true;
}

/* `async |` or `async ||`, the bar being the i-th token: not C where no expression can go on behind it. */
static bool async_has_parameters(struct parser *p, const struct word *w, unsigned i, bool after_arrow)
{
	const struct token *behind = token_peek(p, i + 1);

	if (token_peek(p, i)->kind == OR_OR) {
		if (behind->kind == '{' || behind->kind == ARROW)
			return true;
		return after_arrow ? !token_begins_expression(behind->kind) : !is_ordinary(w);
	}
	if (behind->kind == '|' || behind->kind == ELLIPSIS || behind->kind == STORAGE || tokens_begin_type(p, i + 1))
		return true;
	return !after_arrow && !is_ordinary(w);
}

bool async_begins_type(struct parser *p, const struct word *w, unsigned i)
{
	const struct token *t = token_peek(p, i);

	if (t->kind == IDENT)
		return t->word->dialect == WORD_FN;
	return (t->kind == '|' || t->kind == OR_OR) && async_has_parameters(p, w, i, false);
}

static int construct_token(enum dialect_word second)
{
	switch (second) {
	case WORD_NURSERY:
		return ASYNC_NURSERY;
	case WORD_JOIN:
		return ASYNC_JOIN;
	case WORD_SELECT:
		return ASYNC_SELECT;
	case WORD_SHIELD:
		return ASYNC_SHIELD;
	default:
		return 0;
	}
}

/* `async select` and its kin, or a word there that is none. */
static int async_construct(struct parser *p, struct token *t)
{
	const struct token *second = token_peek(p, 0), *third = token_peek(p, 1);
	bool is_typedef = word_is_typedef(t->word), in_function = p->depth > 1;
	int kind = construct_token((enum dialect_word)second->word->dialect);

	if (kind) {
		bool ours = third->kind == '{';

		/* What else may follow is an error, or the `(ms)` of a shield; with a type called `async` it is a declaration. */
		if (!is_typedef && in_function && (kind == ASYNC_NURSERY || ends_statement(p->last.kind)))
			ours = true;
		if (!ours)
			return 0;
	} else {
		if (is_typedef || !in_function || third->kind != '{')
			return 0;
		const struct token *inside = token_peek(p, 2);

		if (!p->quiet) {
			diag_error(p->diag, second->loc, "'async %s' is not known", second->word->name);
			diag_note(p->diag, second->loc, "there are 'async nursery', 'async join', 'async select', 'async shield' and 'async for'");
		}
		kind = inside->kind == CASE || inside->kind == DEFAULT ? ASYNC_SELECT : inside->kind == '|' ? ASYNC_NURSERY : -1;
	}
	t->end = token_take(p).end;
	return kind;
}

/* `join {` without `async`, `spawn {` without a nursery: no C. */
static int construct_without(struct parser *p, const struct token *t)
{
	if (p->quiet || p->depth == 1 || !ends_statement(p->last.kind) || token_peek(p, 0)->kind != '{')
		return 0;
	if (t->word->dialect == WORD_SPAWN) {
		diag_error(p->diag, t->loc, "a block is spawned into a nursery: write 'n.%s { ... }'", t->word->name);
		return -1;
	}
	diag_error(p->diag, t->loc, "expected 'async' before '%s'", t->word->name);
	diag_fixit_insert(p->diag, t->loc, "async ");
	return construct_token((enum dialect_word)t->word->dialect);
}

static int classify_async(struct parser *p, struct token *t)
{
	const struct token *next = token_peek(p, 0);

	switch (next->kind) {
	case '{':
		return before_brace(p, t->word) ? ASYNC_BLOCK : 0;
	case '|':
	case OR_OR:
		return p->last.kind != '.' && async_has_parameters(p, t->word, 0, p->last.kind == ARROW) ? ASYNC_CLOSURE : 0;
	case FOR:
		t->end = token_take(p).end;
		return ASYNC_FOR;
	case IDENT:
		break;
	default:
		return begins_declaration(p) && async_lacks_fn(p, t) ? ASYNC_FN : 0;
	}
	if (next->word->dialect == WORD_FN) {
		/* `async fn;` declares `fn` where `async` is a type; three names in a row are never C. */
		if (word_is_typedef(t->word) && token_peek(p, 1)->kind != IDENT)
			return 0;
		t->end = token_take(p).end;
		return ASYNC_FN;
	}
	int kind = async_construct(p, t);

	if (kind)
		return kind;
	return begins_declaration(p) && async_lacks_fn(p, t) ? ASYNC_FN : 0;
}

/* -- all words ------------------------------------------------------------------------------------------------------------- */

int contextual_word(struct parser *p, struct token *t)
{
	struct word *w = t->word;
	const struct token *next = token_peek(p, 0);
	bool is_member = p->last.kind == '.' || p->last.kind == ARROW;

	switch ((enum dialect_word)w->dialect) {
	case WORD_ASYNC:
		return classify_async(p, t);
	case WORD_DEFER:
		return begins_statement(p, w) ? DEFER : 0;
	case WORD_YIELD:
		return begins_statement(p, w) ? YIELD : 0;
	case WORD_NURSERY:
		if (next->kind == '{')
			return before_brace(p, w) ? NURSERY : 0;
		/* A nursery whose brace is missing. */
		return next->kind == '|' && !w->binding && ends_statement(p->last.kind) ? NURSERY : 0;
	case WORD_SPAWN_BLOCKING:
		return next->kind == '{' && before_brace(p, w) ? SPAWN_BLOCKING : 0;
	case WORD_SPAWN:
		return next->kind == '{' && is_member ? SPAWN_NAME : construct_without(p, t);
	case WORD_TYPED_CALL:
		return next->kind == '(' && !is_member && !w->binding && tokens_begin_type(p, 1) ? TYPED_NAME : 0;
	case WORD_FUTURE:
	case WORD_RESULT:
	case WORD_TASK:
	case WORD_CHAN:
	case WORD_STREAM:
		return w->reserved || (!word_is_typedef(w) && next->kind == '(' && tokens_begin_type(p, 1)) ? DIALECT_WORD : 0;
	case WORD_JOIN:
	case WORD_SELECT:
	case WORD_SHIELD:
		return construct_without(p, t);
	case WORD_NONE:
	case WORD_FN:
		break;
	}
	return 0;
}

/* -- what looks further ahead ------------------------------------------------------------------------------------------------ */

/* Is `else` followed by `(T name)`? That is the handler of an `async for`; in C nothing is. */
bool else_names_error(struct parser *p)
{
	unsigned i = 1;

	if (token_peek(p, 0)->kind != '(' || !tokens_begin_type(p, 1))
		return false;
	for (int kind; (kind = token_peek(p, i)->kind) != ')'; i++)
		if (kind == 0 || kind == '(' || kind == ';' || kind == '{')
			return false;
	const struct token *name = token_peek(p, i - 1), *type = token_peek(p, i - 2);

	if (name->kind != IDENT || i < 3)
		return false;
	return type->kind == TYPE_WORD || type->kind == '*' || type->kind == IDENT || (type->kind == QUALIFIER && !word_is_typedef(name->word));
}

/* Behind the `}` of a nursery that is a statement, or of a spawned block: does the statement end there? Tokens that begin a statement as well as they
 * go on with an expression begin one: the value of a task or a nursery is nobody's left operand. */
void block_end(struct parser *p)
{
	switch (token_peek(p, 0)->kind) {
	case '.':
	case '?':
	case ';':
	case ',':
	case ':':
	case ')':
	case ']':
	case '=':
	case ASSIGN_OP:
	case ARROW:
	case EQ:
	case NE:
	case '<':
	case '>':
	case LE:
	case GE:
	case SHL:
	case SHR:
	case '/':
	case '%':
	case '|':
	case '^':
	case OR_OR:
		return;
	}
	p->block_ended = true;
}
