/* What takes the place of items in the output.
 *
 * In: items of the tree, the macros in force where they stand. Out: their lowered form, hidden from those macros, ended by a newline. */
#include "frontend/base/intern.h"
#include "lower/print/internal.h"

void region_start_line(struct splicer *sp)
{
	struct buf *out = sp->out;
	while (out->len && (out->data[out->len - 1] == ' ' || out->data[out->len - 1] == '\t'))
		out->data[--out->len] = '\0';
	if (out->len && out->data[out->len - 1] != '\n')
		buf_putc(out, '\n');
}

void region_put_line(struct splicer *sp, uint32_t line, const char *file)
{
	region_start_line(sp);
	buf_printf(sp->out, "#line %u \"", (unsigned)(line ? line : 1));
	for (const char *c = file; *c; c++) {
		if (*c == '"' || *c == '\\')
			buf_putc(sp->out, '\\');
		buf_putc(sp->out, *c);
	}
	buf_puts(sp->out, "\"\n");
}

/* Is the line that starts at `p` a line marker, `# 12 "f.h" 1`? */
static bool is_marker(const char *p)
{
	uint32_t line;
	const char *file;
	return *p == '#' && source_read_marker(p, &line, &file);
}

void region_put_preprocessed(struct splicer *sp, loc_t from, loc_t to)
{
	const char *text = sp->source->text;
	const struct macro_log *log = sp->log;
	unsigned low = 0, high = log ? log->len : 0;
	while (low < high) {
		unsigned middle = low + (high - low) / 2;
		if (log->data[middle].loc < from)
			low = middle + 1;
		else
			high = middle;
	}
	loc_t at = from;
	for (; log && low < log->len && log->data[low].loc < to; low++) {
		const struct macro_event *e = &log->data[low];
		/* Guards of the runtime's own headers and of result structs stay, so that these can be included. */
		bool keep = !strncmp(e->name, "ASYNC", 5);
		loc_t end = e->loc + e->text_len;
		if (e->loc < at || keep)
			continue;
		buf_write(sp->out, text + (at - 1), e->loc - at);
		at = end < to ? end : to;
		/* The line of a predefined macro counts for nothing. */
		if (text[at - 1] == '\n' && source_is_pseudo_file(sp->source, source_run(sp->source, e->loc)->file))
			at++;
	}
	if (at < to)
		buf_write(sp->out, text + (at - 1), to - at);
}

/* Items that were merged into the region: their tokens, without the macro definitions and markers between them. */
static void put_plain(struct splicer *sp, struct printer *p, const struct node *n)
{
	struct splicer part = *sp;
	struct buf text = {0};
	part.out = &text;
	region_put_preprocessed(&part, n->begin, n->end);
	print_finish(p);
	print_sync(p, n->begin);
	bool plain = true;
	for (const char *line = text.data; line && *line;) {
		const char *newline = strchr(line, '\n');
		plain = plain && !is_marker(line);
		if (!is_marker(line))
			buf_write(p->out, line, newline ? (size_t)(newline - line) : strlen(line));
		if (newline)
			buf_putc(p->out, '\n');
		p->line += newline != NULL;
		line = newline ? newline + 1 : NULL;
	}
	buf_putc(p->out, '\n');
	p->line++;
	if (!plain)
		p->file = NULL;
	p->at_line_start = true;
	buf_free(&text);
}

static void put_nodes(struct printer *p, const struct node_list *list)
{
	for (unsigned i = 0; i < list->len; i++) {
		struct node *n = list->data[i];
		p->core = n->kind == N_FUNCTION_DEF;
		print_item(p, n);
		p->core = false;
	}
}

void region_put_items(struct splicer *sp, struct node **first, unsigned count)
{
	struct buf text = {0};
	struct printer p;
	printer_init(&p, &text, sp->source);
	for (unsigned i = 0; i < count; i++) {
		struct lowered_item *item = map_get(&sp->lowered->by_item, first[i]);
		if (item) {
			put_nodes(&p, &item->before);
			put_nodes(&p, &item->body);
		} else if (first[i]->flags & NF_USES_DIALECT) {
			print_item(&p, first[i]);
		} else {
			put_plain(sp, &p, first[i]);
		}
	}
	print_finish(&p);
	if (!text.len || (text.len == 1 && *text.data == '\n')) {
		buf_free(&text);
		return;
	}
	region_start_line(sp);
	if (!sp->abi_included) {
		if (sp->expanded)
			buf_puts(sp->out, "#undef ASYNC__BARE\n#define ASYNC__BARE 1\n#include <asyncc/abi.h>\n#undef bool\n");
		else
			buf_puts(sp->out, "#include <asyncc/abi.h>\n");
	}
	sp->abi_included = true;
	struct name_list names = {0};
	if (!sp->expanded)
		macros_touched(&sp->macros, text.data, text.len, &names);
	for (unsigned i = 0; i < names.len; i++)
		buf_printf(sp->out, "#pragma push_macro(\"%s\")\n#undef %s\n", names.data[i], names.data[i]);
	buf_write(sp->out, text.data, text.len);
	for (unsigned i = 0; i < names.len; i++)
		buf_printf(sp->out, "#pragma pop_macro(\"%s\")\n", names.data[i]);
	buf_free(&text);
}
