/* Macros in force at a place of the output, and which of them would change generated text.
 *
 * Generated text is made of expanded tokens: an identifier in it that is a macro there has been expanded already, or was never meant
 * to be. Such names are hidden around the region:
 *
 *     #pragma push_macro("max")
 *     #undef max
 *     ... region ...
 *     #pragma pop_macro("max")                                                                                                */
#define _GNU_SOURCE
#include <ctype.h>

#include "frontend/base/intern.h"
#include "lower/print/internal.h"

void macros_init(struct macro_state *m, struct arena *arena, const struct macro_log *log)
{
	*m = (struct macro_state){.arena = arena, .log = log};
	map_init(&m->current, arena);
}

void macros_advance(struct macro_state *m, loc_t loc)
{
	for (; m->log && m->next < m->log->len && m->log->data[m->next].loc < loc; m->next++) {
		struct macro_event *e = &m->log->data[m->next];
		map_put(&m->current, e->name, e->defined ? e : NULL);
	}
}

/* What stands behind the name (and parameters) of a #define. */
static const char *macro_body(const struct macro_event *e, size_t *len)
{
	const char *p = e->text, *end = e->text + e->text_len;
	size_t name_len = strlen(e->name);
	while (p + name_len <= end && (memcmp(p, e->name, name_len) || (p > e->text && !isspace((unsigned char)p[-1]))))
		p++;
	p = p + name_len <= end ? p + name_len : end;
	if (e->function_like)
		while (p < end && *p++ != ')')
			;
	while (p < end && isspace((unsigned char)*p))
		p++;
	while (end > p && isspace((unsigned char)end[-1]))
		end--;
	*len = (size_t)(end - p);
	return p;
}

/* `#define stdin stdin` */
static bool names_itself(const struct macro_event *e)
{
	size_t len;
	const char *body = macro_body(e, &len);
	return !e->function_like && len == strlen(e->name) && !memcmp(body, e->name, len);
}

struct touch {
	struct macro_state *state;
	struct map seen;
	struct name_list *out;
	const char *end;
};

static bool touch_visit(const char *name, size_t len, const char *after, void *ctx)
{
	struct touch *t = ctx;
	const char *id = intern(name, len);
	const struct macro_event *e = map_get(&t->state->current, id);
	if (!e || map_get(&t->seen, id) || names_itself(e))
		return true;
	if (e->function_like) {
		while (after < t->end && isspace((unsigned char)*after))
			after++;
		if (after == t->end || *after != '(')
			return true;
	}
	map_put(&t->seen, id, (void *)id);
	vec_push(t->state->arena, t->out, id);
	return true;
}

void macros_touched(struct macro_state *m, const char *text, size_t len, struct name_list *out)
{
	struct touch t = {.state = m, .out = out};
	map_init(&t.seen, m->arena);
	/* Directives in the text are not expanded, and guards in it must see what is defined. */
	for (size_t at = 0; at < len;) {
		size_t from = at;
		while (at < len && text[at] != '#') {
			const char *newline = memchr(text + at, '\n', len - at);
			at = newline ? (size_t)(newline - text) + 1 : len;
		}
		t.end = text + at;
		identifiers_visit(text + from, at - from, touch_visit, &t);
		const char *newline = at < len ? memchr(text + at, '\n', len - at) : NULL;
		at = newline ? (size_t)(newline - text) + 1 : len;
	}
}

/* -- __COUNTER__ ------------------------------------------------------------------------------------------------- */

struct counter {
	struct map names; /* macros whose expansion may use __COUNTER__ */
	bool found;
};

static bool counter_visit(const char *name, size_t len, const char *after, void *ctx)
{
	struct counter *c = ctx;
	(void)after;
	if ((len == 11 && !memcmp(name, "__COUNTER__", 11)) || map_get(&c->names, intern(name, len)))
		c->found = true;
	return !c->found;
}

bool macros_use_counter(struct arena *a, const struct macro_log *log, const char *text, size_t len)
{
	struct counter c = {0};
	map_init(&c.names, a);
	bool any = memmem(text, len, "__COUNTER__", 11) != NULL;
	for (bool changed = true; changed && log;) {
		changed = false;
		for (unsigned i = 0; i < log->len; i++) {
			const struct macro_event *e = &log->data[i];
			if (!e->defined || map_get(&c.names, e->name) || (!any && !memmem(e->text, e->text_len, "__COUNTER__", 11)))
				continue;
			size_t body_len;
			const char *body = macro_body(e, &body_len);
			c.found = false;
			identifiers_visit(body, body_len, counter_visit, &c);
			if (c.found) {
				map_put(&c.names, e->name, (void *)e->name);
				any = changed = true;
			}
		}
	}
	if (!any)
		return false;
	c.found = false;
	identifiers_visit(text, len, counter_visit, &c);
	return c.found;
}
