/* The output made from the preprocessed text, where the original can't be spliced: it uses __COUNTER__, came from standard input, was
 * preprocessed by the user, or could not be aligned.
 *
 * In: text, line markers and all. Out: the same with the items lowered and macro definitions left out. Headers that choose by __ASYNCC_PARSE__ what
 * the C compiler sees are included again, this time by the C compiler. */
#include "frontend/base/intern.h"
#include "lower/print/internal.h"

struct predefined {
	struct splicer *sp;
	struct map seen;
};

static bool undef_visit(const char *name, size_t len, const char *after, void *ctx)
{
	struct predefined *c = ctx;
	const char *id = intern(name, len);
	const struct macro_event *e = map_get(&c->sp->macros.current, id);
	(void)after;
	bool known = c->sp->log && c->sp->log->len;
	/* Text that the user preprocessed does not say what is predefined; these two of gcc's are ordinary words. */
	bool word = !known && (!strcmp(id, "unix") || !strcmp(id, "linux"));
	if (map_get(&c->seen, id) || (!word && (!e || !source_is_pseudo_file(c->sp->source, source_run(c->sp->source, e->loc)->file))))
		return true;
	map_put(&c->seen, id, (void *)id);
	buf_printf(c->sp->out, "#undef %s\n", id);
	return true;
}

/* A predefined macro whose name is left in expanded text was undefined by the program. */
static void undefine_predefined(struct splicer *sp)
{
	struct predefined c = {.sp = sp};
	struct source *s = sp->source;
	map_init(&c.seen, sp->arena);
	macros_advance(&sp->macros, s->run_count ? s->runs[s->run_count - 1].start + 1 : 1);
	for (size_t at = 0; at < s->len;) {
		size_t from = at;
		while (at < s->len && s->text[at] != '#') {
			const char *newline = memchr(s->text + at, '\n', s->len - at);
			at = newline ? (size_t)(newline - s->text) + 1 : s->len;
		}
		identifiers_visit(s->text + from, at - from, undef_visit, &c);
		const char *newline = at < s->len ? memchr(s->text + at, '\n', s->len - at) : NULL;
		at = newline ? (size_t)(newline - s->text) + 1 : s->len;
	}
	macros_init(&sp->macros, sp->arena, sp->log);
}

/* One of asyncc's own headers, whose declarations the C compiler reads again. */
static bool is_own(const struct inclusions *list, const struct line_run *run)
{
	size_t len = strlen(run->file);
	static const char abi[] = "asyncc/abi.h", lib_abi[] = "asyncc/lib_abi.h";
	return (run->file_instance < list->len && list->data[run->file_instance].self_lowering) ||
	       (len >= sizeof abi - 1 && !strcmp(run->file + len - (sizeof abi - 1), abi)) ||
	       (len >= sizeof lib_abi - 1 && !strcmp(run->file + len - (sizeof lib_abi - 1), lib_abi));
}

static void put_marker(struct splicer *sp, const struct line_run *run)
{
	region_put_line(sp, run->line, run->file);
	if (run->system) {
		/* The same as a line marker that says so. */
		size_t at = sp->out->len;
		while (at > 1 && sp->out->data[at - 2] != '\n')
			at--;
		char *line = arena_strndup(sp->arena, sp->out->data + at - 1 + strlen("#line"), sp->out->len - at - strlen("#line"));
		sp->out->len = at - 1;
		buf_printf(sp->out, "#%s 3\n", line);
	}
}

/* The outermost header over `loc` that chooses itself what the C compiler sees. */
static const struct inclusion *self_lowering_over(struct splicer *sp, const struct inclusions *list, loc_t loc)
{
	const struct inclusion *found = NULL;
	uint32_t i = source_run(sp->source, loc)->file_instance;
	for (; i && i < list->len; i = list->data[i].parent)
		if (list->data[i].self_lowering)
			found = &list->data[i];
	return found;
}

/* The header is read again by the C compiler. What it included stays: the program may use that as well, and it can't be read twice. */
static loc_t put_header(struct splicer *sp, const struct inclusions *list, const struct inclusion *header, loc_t at)
{
	const struct source *s = sp->source;
	region_put_preprocessed(sp, at, header->begin);
	const struct line_run *back = NULL;
	for (unsigned i = 0; i < s->run_count && !back; i++) {
		const struct line_run *run = &s->runs[i];
		loc_t next = i + 1 < s->run_count ? s->runs[i + 1].marker + 1 : (loc_t)s->len + 1;
		if (run->marker + 1 == header->end)
			back = run;
		if (back || run->start + 1 < header->begin || is_own(list, run))
			continue;
		put_marker(sp, run);
		region_put_preprocessed(sp, run->start + 1, next);
	}
	region_start_line(sp);
	buf_printf(sp->out, "#undef ASYNC__BARE\n#define ASYNC__BARE 1\n#include \"%s\"\n#undef bool\n", include_name(sp->arena, s->main_file, header->file));
	if (!back)
		return header->end;
	put_marker(sp, back);
	return back->start + 1;
}

void print_expanded(struct splicer *sp, const struct inclusions *list)
{
	const struct node_list *items = &sp->lowered->core->unit->tree->u.TRANSLATION_UNIT.items;
	struct source *s = sp->source;
	loc_t at = 1, end = (loc_t)s->len + 1;
	sp->expanded = true;
	undefine_predefined(sp);
	for (unsigned i = 0; i < items->len; i++) {
		struct node *n = items->data[i];
		if (n->begin < at)
			continue;
		const struct inclusion *header = self_lowering_over(sp, list, n->begin);
		if (header)
			at = put_header(sp, list, header, at);
		if (header || !(n->flags & NF_USES_DIALECT))
			continue;
		region_put_preprocessed(sp, at, n->begin);
		region_put_items(sp, &items->data[i], 1);
		region_put_line(sp, source_line(s, n->end - 1), source_run(s, n->end - 1)->file);
		at = n->end;
	}
	region_put_preprocessed(sp, at, end);
}
