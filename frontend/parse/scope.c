/* Typedef scopes: which names are typedefs where the parser stands.
 *
 * The innermost declaration of a name hangs on its struct word, so that classifying a token is one load. A scope is the list of what it
 * declared; closing it puts the outer declarations back. */
#include "frontend/parse/internal.h"

#include <string.h>

unsigned names_push(struct parser *p)
{
	if (p->depth + 1 >= p->scope_cap)
		p->scopes = vec_grow(p->arena, p->scopes, &p->scope_cap, sizeof *p->scopes);
	p->scopes[++p->depth] = NULL;
	return p->depth;
}

void names_pop(struct parser *p, unsigned depth)
{
	for (; p->depth >= depth; p->depth--)
		for (struct binding *b = p->scopes[p->depth]; b; b = b->next)
			b->word->binding = b->outer;
}

void names_declare(struct parser *p, const char *name, enum binding_kind kind)
{
	if (!name)
		return;
	struct word *w = lexer_word(p->lexer, name, strlen(name));

	w->declared = true;
	if (w->binding && w->binding->depth == p->depth) {
		w->binding->kind = kind;
		return;
	}
	/* An object that hides nothing needs a binding only where the dialect asks whether its word is declared. */
	if (kind != BIND_TYPEDEF && !w->binding && !w->dialect)
		return;
	struct binding *b = ARENA_NEW(p->arena, struct binding);

	*b = (struct binding){.word = w, .outer = w->binding, .next = p->scopes[p->depth], .depth = p->depth, .kind = kind};
	w->binding = b;
	p->scopes[p->depth] = b;
}

void names_undeclare(struct parser *p, const char *name)
{
	if (!name)
		return;
	struct word *w = lexer_word(p->lexer, name, strlen(name));
	struct binding *b = w->binding;

	if (!b || b->depth != p->depth || p->scopes[p->depth] != b)
		return;
	p->scopes[p->depth] = b->next;
	w->binding = b->outer;
}
