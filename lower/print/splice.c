/* The output: the original text, with lowered items in the place of those that use the dialect.
 *
 *     int twice(int x) { return 2 * x; }   // stays          int twice(int x) { return 2 * x; }   // stays
 *     async fn f(void) -> int                                #line 2 "f.ac"
 *     {                                                      ...
 *             return g().await;                              #line 5 "f.ac"
 *     } // why                                                // why
 *
 * Every other byte is the file's. A region is the range of the original that an item came from; where a macro invocation at one of its ends
 * made parts of other items too, these join the region. Directives that stood in a region and still matter behind it (macro definitions, conditionals that
 * begin or end in it) are repeated after it. A header that holds the dialect stands, spliced itself, in the place of its #include. */
#define _GNU_SOURCE
#include <stdio.h>

#include "frontend/base/align.h"
#include "frontend/base/intern.h"
#include "lower/print/internal.h"

/* A file that is being spliced. */
struct file {
	struct splicer *sp;
	const struct inclusions *inclusions;
	const struct inclusion *inclusion;
	struct align *align;
	const char *text;
	size_t len;
	struct directives directives;
	bool renumbered;             /* it has #line directives of its own */
	struct node **items;         /* that stand in it, in order */
	unsigned item_count;
	uint32_t line_at, line;      /* `line` is the physical line of byte `line_at` */
};

struct region {
	uint32_t begin, end;         /* bytes of the original */
	unsigned first, last;        /* items */
};

struct regions {
	struct region *data;
	unsigned len, cap;
};

/* -- regions ----------------------------------------------------------------------------------------------------- */

static enum align_range_kind item_range(struct file *f, unsigned i, uint32_t *begin, uint32_t *end)
{
	const struct node *n = f->items[i];
	if (n->end <= n->begin || source_run(f->sp->source, n->end - 1)->file_instance != f->inclusion->instance)
		return ALIGN_UNKNOWN;
	return align_range(f->align, n->begin, n->end, begin, end);
}

/* Takes the items before and behind into `r` that its range reaches into. */
static bool widen(struct file *f, struct region *r)
{
	uint32_t begin, end;
	for (bool more = true; more;) {
		more = false;
		if (r->first > 0) {
			if (item_range(f, r->first - 1, &begin, &end) == ALIGN_UNKNOWN)
				return false;
			if (end > r->begin) {
				r->first--;
				r->begin = begin < r->begin ? begin : r->begin;
				r->end = end > r->end ? end : r->end;
				more = true;
			}
		}
		if (r->last + 1 < f->item_count) {
			if (item_range(f, r->last + 1, &begin, &end) == ALIGN_UNKNOWN)
				return false;
			if (begin < r->end) {
				r->last++;
				r->begin = begin < r->begin ? begin : r->begin;
				r->end = end > r->end ? end : r->end;
				more = true;
			}
		}
	}
	return true;
}

static bool regions_find(struct file *f, struct regions *out)
{
	for (unsigned i = 0; i < f->item_count; i++) {
		struct region r = {.first = i, .last = i};
		if (!(f->items[i]->flags & NF_USES_DIALECT) || (out->len && i <= vec_last(out).last))
			continue;
		enum align_range_kind kind = item_range(f, i, &r.begin, &r.end);
		if (kind == ALIGN_UNKNOWN || (kind == ALIGN_SHARED && !widen(f, &r)))
			return false;
		while (out->len && (vec_last(out).end > r.begin || vec_last(out).last >= r.first)) {
			struct region before = vec_last(out);
			out->len--;
			r.first = before.first < r.first ? before.first : r.first;
			r.begin = before.begin < r.begin ? before.begin : r.begin;
			r.end = before.end > r.end ? before.end : r.end;
		}
		vec_push(f->sp->arena, out, r);
	}
	return true;
}

/* -- lines ------------------------------------------------------------------------------------------------------- */

/* Physical line of byte `at`; asked in ascending order. */
static uint32_t line_of(struct file *f, uint32_t at)
{
	if (at < f->line_at) {
		f->line_at = 0;
		f->line = 1;
	}
	for (; f->line_at < at; f->line_at++)
		f->line += f->text[f->line_at] == '\n';
	return f->line;
}

/* The text goes on at byte `at`, behind the item that ends at `loc`. */
static void put_line_behind(struct file *f, uint32_t at, loc_t loc)
{
	uint32_t line = line_of(f, at);
	const char *file = f->inclusion->file;
	if (f->renumbered && loc > 1) {
		const struct line_run *run = source_run(f->sp->source, loc - 1);
		file = run->file;
		line += source_line(f->sp->source, loc - 1) - align_produced_line(f->align, loc - 1);
	}
	region_put_line(f->sp, line, file);
}

/* -- directives -------------------------------------------------------------------------------------------------- */

static void put_directive(struct file *f, const struct directive *d)
{
	region_start_line(f->sp);
	buf_write(f->sp->out, f->text + d->begin, d->end - d->begin);
	buf_putc(f->sp->out, '\n');
}

/* Marks the conditional directives in [first, end) that have their partner outside. */
static bool *unpaired_conditionals(struct file *f, unsigned first, unsigned end)
{
	bool *unpaired = ARENA_ARRAY(f->sp->arena, bool, end - first + 1);
	VEC(unsigned) open = {0};
	for (unsigned i = first; i < end; i++) {
		const struct directive *d = &f->directives.data[i];
		if (d->kind != DIR_IF && d->kind != DIR_ELSE && d->kind != DIR_ENDIF)
			continue;
		unpaired[i - first] = true;
		if (d->kind != DIR_ENDIF || !open.len) {
			if (d->kind == DIR_IF || open.len)
				vec_push(f->sp->arena, &open, i);
			continue;
		}
		/* An #endif settles its group back to the #if. */
		unpaired[i - first] = false;
		for (bool at_if = false; !at_if && open.len; open.len--) {
			unpaired[vec_last(&open) - first] = false;
			at_if = f->directives.data[vec_last(&open)].kind == DIR_IF;
		}
	}
	return unpaired;
}

/* Repeats what stood in the region and matters behind it: definitions that were in force, and conditionals that begin or end in it. */
static void put_directives(struct file *f, const struct region *r, loc_t from, loc_t to)
{
	const struct macro_log *log = f->sp->log;
	unsigned first = 0, end, event = 0;
	while (first < f->directives.len && f->directives.data[first].begin < r->begin)
		first++;
	for (end = first; end < f->directives.len && f->directives.data[end].begin < r->end; end++)
		;
	bool *unpaired = unpaired_conditionals(f, first, end);
	while (log && event < log->len && log->data[event].loc < from)
		event++;
	/* A definition is repeated at its place among the conditionals. */
	for (unsigned i = first; i <= end; i++) {
		if (i < end && !unpaired[i - first])
			continue;
		for (; log && event < log->len && log->data[event].loc < to; event++) {
			const struct macro_event *e = &log->data[event];
			if (i < end && !f->renumbered && source_run(f->sp->source, e->loc)->file_instance == f->inclusion->instance &&
			    source_line(f->sp->source, e->loc) > f->directives.data[i].line_first)
				break;
			region_start_line(f->sp);
			buf_write(f->sp->out, e->text, e->text_len);
			buf_putc(f->sp->out, '\n');
		}
		if (i < end)
			put_directive(f, &f->directives.data[i]);
	}
}

static void put_region(struct file *f, const struct region *r)
{
	loc_t from = f->items[r->first]->begin, to = f->items[r->last]->end;
	macros_advance(&f->sp->macros, from);
	region_put_items(f->sp, f->items + r->first, r->last - r->first + 1);
	put_directives(f, r, from, to);
	put_line_behind(f, r->end, to);
}

/* -- files ------------------------------------------------------------------------------------------------------- */

static bool splice_file(struct splicer *sp, const struct inclusions *inclusions, uint32_t instance);

static const struct inclusion *included_by(struct file *f, const struct directive *d)
{
	for (unsigned i = 1; i < f->inclusions->len; i++) {
		const struct inclusion *inc = &f->inclusions->data[i];
		if (inc->entered && inc->parent == f->inclusion->instance && inc->return_line == d->line_last + 1)
			return inc;
	}
	return NULL;
}

static const char *base_name(const char *path, size_t *len)
{
	const char *slash = memrchr(path, '/', *len);
	if (slash)
		*len -= (size_t)(slash + 1 - path);
	return slash ? slash + 1 : path;
}

/* An #include that the preprocessor passed over: is it of a file that was spliced before? */
static bool was_spliced(struct file *f, const struct directive *d)
{
	if (d->name_len < 2)
		return false;
	size_t len = d->name_len - 2;
	const char *name = base_name(f->text + d->name + 1, &len);
	for (unsigned i = 1; i < f->inclusions->len; i++) {
		const struct inclusion *inc = &f->inclusions->data[i];
		if (!inc->splice || !inc->entered)
			continue;
		size_t other_len = strlen(inc->file);
		const char *other = base_name(inc->file, &other_len);
		if (len == other_len && !memcmp(name, other, len))
			return true;
	}
	return false;
}

/* clang warns of unused inline functions, but for those in headers; to it the text of a header that stands here is none. */
static bool holds_inline(struct source *s, const struct inclusion *inc)
{
	return memmem(s->text + inc->begin - 1, inc->end - inc->begin, "inline", 6) != NULL;
}

/* Does the directive need another text than its own? Writes that. */
static bool replace_directive(struct file *f, const struct directive *d, bool *ok)
{
	struct splicer *sp = f->sp;
	bool nested = f->inclusion->instance != 0;
	if (d->kind == DIR_PRAGMA_ONCE)
		return nested;
	if (d->kind != DIR_INCLUDE)
		return false;
	const struct inclusion *inc = included_by(f, d);
	if (!inc)
		return was_spliced(f, d);
	if (inc->splice) {
		bool quiet = holds_inline(sp->source, inc);
		region_start_line(sp);
		if (quiet)
			buf_puts(sp->out, "#ifdef __clang__\n#pragma clang diagnostic push\n#pragma clang diagnostic ignored \"-Wunused-function\"\n#endif\n");
		region_put_line(sp, 1, inc->file);
		*ok = splice_file(sp, f->inclusions, inc->instance) && *ok;
		region_start_line(sp);
		if (quiet)
			buf_puts(sp->out, "#ifdef __clang__\n#pragma clang diagnostic pop\n#endif\n");
		put_line_behind(f, d->end, inc->end);
		return true;
	}
	/* In the main file's text a name is looked for from the main file's folder. */
	if (!nested || (f->text[d->name] == '<' && !d->next))
		return false;
	buf_printf(sp->out, "#include \"%s\"", include_name(sp->arena, sp->source->main_file, inc->file));
	return true;
}

static void items_of(struct file *f)
{
	const struct node_list *all = &f->sp->lowered->core->unit->tree->u.TRANSLATION_UNIT.items;
	f->items = ARENA_ARRAY(f->sp->arena, struct node *, all->len + 1);
	for (unsigned i = 0; i < all->len; i++)
		if (source_run(f->sp->source, all->data[i]->begin)->file_instance == f->inclusion->instance)
			f->items[f->item_count++] = all->data[i];
}

static bool file_open(struct file *f)
{
	f->align = align_of(f->sp->source, f->inclusion->instance);
	if (!f->align)
		return false;
	f->text = align_text(f->align, &f->len);
	if (macros_use_counter(f->sp->arena, f->sp->log, f->text, f->len))
		return false;
	directives_find(f->sp->arena, f->text, f->len, &f->directives);
	for (unsigned i = 0; i < f->directives.len; i++)
		f->renumbered |= f->directives.data[i].kind == DIR_LINE;
	items_of(f);
	return true;
}

static bool splice_file(struct splicer *sp, const struct inclusions *inclusions, uint32_t instance)
{
	struct file f = {.sp = sp, .inclusions = inclusions, .inclusion = &inclusions->data[instance], .line = 1};
	struct regions regions = {0};
	if (!file_open(&f) || !regions_find(&f, &regions))
		return false;
	uint32_t at = 0;
	unsigned next = 0;
	bool ok = true;
	for (unsigned i = 0; i <= f.directives.len; i++) {
		const struct directive *d = i < f.directives.len ? &f.directives.data[i] : NULL;
		for (; next < regions.len && (!d || regions.data[next].begin < d->begin); next++) {
			buf_write(sp->out, f.text + at, regions.data[next].begin - at);
			put_region(&f, &regions.data[next]);
			at = regions.data[next].end;
		}
		if (!d || d->begin < at)
			continue;
		uint32_t before = (uint32_t)sp->out->len;
		buf_write(sp->out, f.text + at, d->begin - at);
		if (replace_directive(&f, d, &ok)) {
			at = d->end;
		} else {
			sp->out->len = before;
			if (sp->out->data)
				sp->out->data[before] = '\0';
		}
	}
	buf_write(sp->out, f.text + at, f.len - at);
	return ok;
}

/* Has every file that must be spliced an #include that it can take the place of? */
static bool all_reachable(struct source *s, const struct inclusions *list)
{
	for (unsigned i = 1; i < list->len; i++)
		if (list->data[i].splice && (!list->data[i].return_line || (i < s->inclusion_count && !s->inclusions[i].file)))
			return false;
	return true;
}

static bool put_original(struct buf *out, struct unit *u)
{
	const char *path = u->source->original ? u->source->original : u->source->main_file;
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	char chunk[1 << 16];
	for (size_t n; (n = fread(chunk, 1, sizeof chunk, f)) > 0;)
		buf_write(out, chunk, n);
	bool ok = !ferror(f);
	fclose(f);
	return ok;
}

bool print_output(struct buf *out, struct lowered_unit *u, const struct macro_log *macros, const struct print_options *options)
{
	struct unit *unit = u->core->unit;
	struct splicer sp = {.out = out, .lowered = u, .source = unit->source, .arena = u->core->arena, .log = macros};
	u->printed_expanded = false;
	if (!unit->uses_dialect && !options->expanded && put_original(out, unit))
		return true;
	struct inclusions inclusions = {0};
	inclusions_find(sp.arena, sp.source, unit->tree, &inclusions);
	macros_init(&sp.macros, sp.arena, macros);
	size_t start = out->len;
	if (!options->expanded && all_reachable(sp.source, &inclusions)) {
		region_put_line(&sp, 1, inclusions.data[0].file);
		if (splice_file(&sp, &inclusions, 0))
			return true;
	}
	if (out->data) {
		out->len = start;
		out->data[start] = '\0';
	}
	sp.abi_included = false;
	macros_init(&sp.macros, sp.arena, macros);
	u->printed_expanded = true;
	print_expanded(&sp, &inclusions);
	return true;
}
