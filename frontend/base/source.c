/* Source text: line markers of the preprocessed text, and the way from a position to a place in the original file. */
#include "frontend/base/source.h"

#include <string.h>

#include "frontend/base/align.h"
#include "frontend/base/buf.h"
#include "frontend/base/intern.h"
#include "frontend/base/vec.h"

/* A line marker: `# 12 "file" 1 3` or `#line 12 "file"`. */
struct marker {
	uint32_t line;
	const char *file; /* NULL: not named, the file stays */
	bool enters, returns, system;
};

static const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

/* The name between quotes at `p`, with the escapes of a C string undone; *end is behind the closing quote. NULL if it isn't closed on the line. */
static const char *marker_name(const char *p, const char **end)
{
	struct buf name = {0};
	for (p++; *p != '"'; p++) {
		if (*p == '\n' || *p == '\0') {
			buf_free(&name);
			return NULL;
		}
		if (*p != '\\') {
			buf_putc(&name, *p);
			continue;
		}
		p++;
		if (*p >= '0' && *p <= '7') {
			unsigned value = 0;
			for (int digits = 0; digits < 3 && *p >= '0' && *p <= '7'; digits++)
				value = value * 8 + (unsigned)(*p++ - '0');
			p--;
			buf_putc(&name, (char)value);
		} else if (*p == 'n') {
			buf_putc(&name, '\n');
		} else if (*p == 't') {
			buf_putc(&name, '\t');
		} else if (*p && *p != '\n') {
			buf_putc(&name, *p);
		} else {
			buf_free(&name);
			return NULL;
		}
	}
	*end = p + 1;
	const char *result = intern(name.data ? name.data : "", name.len);
	buf_free(&name);
	return result;
}

/* Reads the marker at the `#` that `p` points to; false if the line is another directive. */
static bool marker_read(const char *p, struct marker *m)
{
	*m = (struct marker){0};
	p = skip_blanks(p + 1);
	if (!strncmp(p, "line", 4) && (p[4] == ' ' || p[4] == '\t'))
		p = skip_blanks(p + 4);
	if (*p < '0' || *p > '9')
		return false;
	uint64_t line = 0;
	for (; *p >= '0' && *p <= '9'; p++)
		line = line * 10 + (uint64_t)(*p - '0') > UINT32_MAX ? UINT32_MAX : line * 10 + (uint64_t)(*p - '0');
	m->line = (uint32_t)line;
	p = skip_blanks(p);
	if (*p != '"')
		return *p == '\n' || *p == '\r' || *p == '\0';
	m->file = marker_name(p, &p);
	if (!m->file)
		return false;
	for (p = skip_blanks(p); *p >= '1' && *p <= '9'; p = skip_blanks(p + 1)) {
		m->enters |= *p == '1';
		m->returns |= *p == '2';
		m->system |= *p == '3';
	}
	return true;
}

bool source_read_marker(const char *p, uint32_t *line, const char **file)
{
	struct marker m;
	bool read = marker_read(p, &m);
	*line = m.line;
	*file = m.file;
	return read;
}

bool source_is_pseudo_file(const struct source *s, const char *file)
{
	size_t len = strlen(file);
	return (file[0] == '<' && file != s->main_file) || (len > 2 && file[len - 1] == '/' && file[len - 2] == '/');
}

static void run_push(struct source *s, struct line_run run)
{
	array_push(s->arena, s->runs, s->run_count, s->run_cap, run);
}

static void inclusion_push(struct source *s, struct source_inclusion i)
{
	array_push(s->arena, s->inclusions, s->inclusion_count, s->inclusion_cap, i);
}

/* The line with which a header says that it is in the dialect. */
static bool is_dialect_mark(const char *file)
{
	static const char mark[] = "asyncc/dialect.ah";
	size_t len = strlen(file);
	return len >= sizeof mark - 1 && !strcmp(file + len - (sizeof mark - 1), mark);
}

static void line_push(struct source *s, uint32_t start)
{
	array_push(s->arena, s->lines, s->line_count, s->line_cap, start);
}

void source_init(struct source *s, struct arena *arena, const char *main_file, char *text, size_t len)
{
	*s = (struct source){.arena = arena, .main_file = intern_str(main_file), .text = text, .len = len};
	VEC(uint32_t) open = {0}; /* instances of the files that are open, the main file first */
	vec_push(arena, &open, 0);
	inclusion_push(s, (struct source_inclusion){0});
	struct line_run run = {.line = 1, .file = s->main_file};
	run_push(s, run);
	line_push(s, 0);
	for (const char *p = text, *end = text + len; p < end;) {
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		const char *next = newline ? newline + 1 : end;
		struct marker m;
		uint32_t line = s->line_count - 1; /* number of this line */
		line_push(s, (uint32_t)(next - text));
		if (*p == '#' && marker_read(p, &m)) {
			if (m.enters) {
				s->inclusions[vec_last(&open)].in_dialect |= m.file && is_dialect_mark(m.file);
				struct source_inclusion from = {.parent = vec_last(&open), .file = run.file, .line = run.line + (line - run.first_line)};
				if (source_is_pseudo_file(s, run.file))
					from.file = NULL;
				vec_push(arena, &open, s->inclusion_count);
				inclusion_push(s, from);
			} else if (m.returns && open.len > 1) {
				open.len--;
			}
			if (m.file)
				run.file = m.file;
			run.marker = (uint32_t)(p - text);
			run.start = (uint32_t)(next - text);
			run.first_line = line + 1;
			run.line = m.line;
			run.file_instance = vec_last(&open);
			run.system = m.system && !s->inclusions[run.file_instance].in_dialect;
			run_push(s, run);
		}
		p = next;
	}
}

void source_set_original(struct source *s, const char *path)
{
	s->original = path;
}

const struct line_run *source_run(const struct source *s, loc_t loc)
{
	uint32_t offset = loc ? loc - 1 : 0;
	unsigned low = 0, high = s->run_count;
	while (high - low > 1) {
		unsigned middle = low + (high - low) / 2;
		if (s->runs[middle].start <= offset)
			low = middle;
		else
			high = middle;
	}
	return &s->runs[low];
}

/* Number of the line of the preprocessed text that holds `offset`, from 0. */
static uint32_t text_line(const struct source *s, uint32_t offset)
{
	unsigned low = 0, high = s->line_count;
	while (high - low > 1) {
		unsigned middle = low + (high - low) / 2;
		if (s->lines[middle] <= offset)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint32_t source_line(const struct source *s, loc_t loc)
{
	if (!loc)
		return 0;
	const struct line_run *run = source_run(s, loc);
	return run->line + (text_line(s, loc - 1) - run->first_line);
}

bool source_in_main(const struct source *s, loc_t loc)
{
	const struct line_run *run = source_run(s, loc);
	return loc && run->file_instance == 0 && !source_is_pseudo_file(s, run->file);
}

bool source_in_system_header(const struct source *s, loc_t loc)
{
	return loc && source_run(s, loc)->system;
}

/* The place in the preprocessed text, for what has no original that can be read. */
static void locate_in_text(const struct source *s, loc_t loc, struct place *p)
{
	uint32_t begin = s->lines[text_line(s, loc - 1)], end = begin;
	while (end < s->len && s->text[end] != '\n')
		end++;
	p->column = loc - begin;
	p->text = s->text + begin;
	p->text_len = end - begin;
}

struct place source_locate(struct source *s, loc_t loc)
{
	if (!loc)
		return (struct place){0};
	const struct line_run *run = source_run(s, loc);
	struct place place = {.file = run->file, .line = source_line(s, loc), .width = 1};
	struct align *a = source_is_pseudo_file(s, run->file) ? NULL : align_of(s, run->file_instance);
	struct origin origin;
	if (!a || !align_token(a, loc, &origin)) {
		locate_in_text(s, loc, &place);
		return place;
	}
	size_t len;
	const char *text = align_text(a, &len);
	uint32_t begin = origin.at, end = origin.at;
	while (begin > 0 && text[begin - 1] != '\n')
		begin--;
	while (end < len && text[end] != '\n')
		end++;
	/* The presumed line of the preprocessed text, corrected by how far the token stands from it in the original. */
	place.line += origin.line - align_produced_line(a, loc);
	place.column = origin.at - begin + 1;
	place.text = text + begin;
	place.text_len = end > begin && text[end - 1] == '\r' ? end - 1 - begin : end - begin;
	place.width = origin.at_end < end ? origin.at_end - origin.at : end - origin.at;
	place.width += !place.width;
	place.from_macro = origin.from_macro;
	return place;
}

uint32_t source_offset_in_token(struct source *s, loc_t loc)
{
	const struct line_run *run = source_run(s, loc);
	struct align *a = source_is_pseudo_file(s, run->file) ? NULL : align_of(s, run->file_instance);
	return a ? align_offset_in_token(a, loc) : 0;
}
