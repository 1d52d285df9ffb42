/* Alignment of the preprocessed text with an original file: see align.h.
 *
 * Both texts are lexed. Lines are compared first: where a line's tokens are the same on both sides, they pair one to one, and that is most of
 * a program. Otherwise a *group* is formed: the line and those after it that a macro invocation reaches into, with all preprocessed tokens of
 * these lines. In a group, equal tokens before the first macro and behind the last one pair up; between them the heaviest common
 * subsequence is taken, in which tokens that no macro touches weigh so much that they are always kept, and the arguments of invocations
 * help to tell which expansion is whose. Preprocessed tokens that stay alone belong to the invocation at that place.
 *
 * Which names are macros where is known from the #define and #undef lines that -dD leaves in the text. */
#include "frontend/base/align.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/base/buf.h"
#include "frontend/base/intern.h"
#include "frontend/base/map.h"
#include "frontend/base/text_token.h"
#include "frontend/base/vec.h"

enum { NONE = UINT32_MAX, HARD = 4096, MAX_CELLS = 4 << 20, MAX_STRETCH = 12 };

/* A stretch of the original file in which presumed lines run evenly; #line begins a new one. */
struct segment {
	uint32_t physical, presumed; /* line numbers of its first line */
	uint32_t lines;
	const char *file;
};

/* What a preprocessed token came from: units of original tokens. */
struct link {
	uint32_t first, last; /* original tokens: the token, or the whole invocation; NONE: unknown */
	uint32_t at;
	bool from_macro;
};

struct macro {
	bool function_like;
	const char *body; /* in the preprocessed text, up to its newline */
};

struct align {
	struct source *source;
	struct arena *arena;
	const char *file;
	char *text; /* the original */
	size_t len;
	struct text_tokens original, produced; /* produced: of the preprocessed text; offsets into it */
	struct link *links;                    /* of each produced token */
	VEC(struct segment) segments;
	/* While the alignment is made: the macros defined at `scanned`. */
	struct map macros; /* name -> struct macro *, or undefined_macro */
	uint32_t scanned;
};

static struct macro undefined_macro;

/* -- Texts ------------------------------------------------------------------------------------------------------------------- */

static bool read_original(struct align *a, const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f)
		return false;
	struct buf text = {0};
	static char block[1 << 14];
	for (size_t n; (n = fread(block, 1, sizeof block, f));)
		buf_write(&text, block, n);
	bool ok = !ferror(f) && text.len < UINT32_MAX / 2;
	fclose(f);
	if (ok) {
		/* A byte order mark is no text: the C compiler skips it, too. */
		size_t mark = text.len >= 3 && !memcmp(text.data, "\xEF\xBB\xBF", 3) ? 3 : 0;
		a->text = arena_strndup(a->arena, text.data + mark, text.len - mark);
		a->len = text.len - mark;
	}
	buf_free(&text);
	return ok;
}

/* Splits the original file at its #line directives. */
static void find_segments(struct align *a)
{
	struct segment s = {1, 1, UINT32_MAX, a->file};
	for (unsigned i = 0; i < a->original.directive_count; i++) {
		const struct text_directive *d = &a->original.directives[i];
		uint32_t line;
		const char *file;
		if (!source_read_marker(a->text + d->begin, &line, &file))
			continue;
		s.lines = d->line - s.physical;
		vec_push(a->arena, &a->segments, s);
		s = (struct segment){d->line, line, UINT32_MAX, file ? file : s.file};
	}
	vec_push(a->arena, &a->segments, s);
}

/* The physical line of a presumed one: the first such line that isn't above `from`, for the order of lines is the same on both sides. */
static uint32_t physical_line(const struct align *a, const char *file, uint32_t line, uint32_t from)
{
	uint32_t found = 0;
	for (unsigned i = 0; i < a->segments.len; i++) {
		const struct segment *s = &a->segments.data[i];
		if (s->file != file || line < s->presumed || line - s->presumed >= s->lines)
			continue;
		found = s->physical + (line - s->presumed);
		if (found >= from)
			return found;
	}
	return found ? found : line;
}

static void collect_produced(struct align *a, uint32_t instance)
{
	const struct source *s = a->source;
	uint32_t reached = 0;
	for (unsigned i = 0; i < s->run_count; i++) {
		const struct line_run *run = &s->runs[i];
		uint32_t end = i + 1 < s->run_count ? s->runs[i + 1].marker : (uint32_t)s->len;
		if (run->file_instance != instance || source_is_pseudo_file(s, run->file) || end <= run->start)
			continue;
		unsigned first = a->produced.len;
		text_tokenize(a->arena, s->text, run->start, end, 0, &a->produced);
		for (unsigned t = first; t < a->produced.len; t++) {
			reached = physical_line(a, run->file, run->line + a->produced.data[t].line, reached);
			a->produced.data[t].line = reached;
		}
	}
}

/* -- Macros ------------------------------------------------------------------------------------------------------------------ */

static void define(struct align *a, const char *p)
{
	const char *name = p;
	while (*p && *p != '\n' && *p != ' ' && *p != '(')
		p++;
	struct macro *m = ARENA_NEW(a->arena, struct macro);
	m->function_like = *p == '(';
	m->body = p;
	map_put(&a->macros, intern(name, (size_t)(p - name)), m);
}

/* Brings `macros` up to the position `offset` of the preprocessed text. */
static void advance_macros(struct align *a, uint32_t offset)
{
	const char *text = a->source->text, *p = text + a->scanned, *end = text + offset;
	while (p < end) {
		if (!strncmp(p, "#define ", 8)) {
			define(a, p + 8);
		} else if (!strncmp(p, "#undef ", 7)) {
			const char *name = p + 7;
			map_put(&a->macros, intern(name, strcspn(name, "\n ")), &undefined_macro);
		}
		const char *newline = memchr(p, '\n', (size_t)(end - p));
		p = newline ? newline + 1 : end;
	}
	if (p > text + a->scanned && (p[-1] == '\n' || p == text))
		a->scanned = (uint32_t)(p - text);
	else
		for (a->scanned = (uint32_t)(p - text); a->scanned && text[a->scanned - 1] != '\n';)
			a->scanned--;
}

static const struct macro *find_macro(const struct align *a, const char *name, size_t len)
{
	static const char *const dynamic[] = {"__LINE__", "__FILE__", "__COUNTER__", "__DATE__", "__TIME__", "__TIMESTAMP__", "__BASE_FILE__", "__INCLUDE_LEVEL__", "__FILE_NAME__"};
	static const struct macro object = {0}, operator= {.function_like = true};
	const struct macro *m = map_get(&a->macros, intern(name, len));
	if (m)
		return m == &undefined_macro ? NULL : m;
	if (len > 2 && name[0] == '_') {
		for (unsigned i = 0; i < sizeof dynamic / sizeof *dynamic; i++)
			if (strlen(dynamic[i]) == len && !memcmp(dynamic[i], name, len))
				return &object;
		if (len == 7 && !memcmp(name, "_Pragma", 7))
			return &operator;
	}
	return NULL;
}

/* True if the macro takes arguments, itself or by the name that its body ends in. */
static bool takes_arguments(const struct align *a, const struct macro *m, int depth)
{
	if (m->function_like)
		return true;
	if (!m->body || depth > 8)
		return false;
	const char *end = m->body + strcspn(m->body, "\n"), *p = end;
	while (p > m->body && (p[-1] == '_' || p[-1] == '$' || (p[-1] >= '0' && p[-1] <= '9') || ((p[-1] | 32) >= 'a' && (p[-1] | 32) <= 'z')))
		p--;
	const struct macro *inner = p < end ? find_macro(a, p, (size_t)(end - p)) : NULL;
	return inner && takes_arguments(a, inner, depth + 1);
}

static bool is_punctuator(const struct align *a, uint32_t token, char c)
{
	const struct text_token *t = &a->original.data[token];
	return t->end - t->begin == 1 && a->text[t->begin] == c;
}

/* The last token of the macro invocation that begins at original token `i`, or NONE if none does. */
static uint32_t invocation_end(const struct align *a, uint32_t i)
{
	const struct text_token *t = &a->original.data[i];
	if (!t->identifier)
		return NONE;
	const struct macro *m = find_macro(a, a->text + t->begin, t->end - t->begin);
	if (!m)
		return NONE;
	uint32_t p = i + 1;
	if (p >= a->original.len || !is_punctuator(a, p, '(') || !takes_arguments(a, m, 0))
		return m->function_like ? NONE : i;
	for (unsigned depth = 0; p < a->original.len; p++) {
		if (is_punctuator(a, p, '('))
			depth++;
		else if (is_punctuator(a, p, ')') && --depth == 0)
			return p;
	}
	return i;
}

/* -- Pairing ----------------------------------------------------------------------------------------------------------------- */

/* Original tokens [first, end) against produced tokens [from, to). */
struct group {
	uint32_t first, end, from, to;
	uint32_t *unit;     /* of each original token: the first token of the invocation that it belongs to, or NONE */
	uint32_t *unit_end; /* of the first tokens of invocations: their last */
	uint32_t *pair;     /* of each produced token: its original token, or NONE */
};

static bool equal(const struct align *a, uint32_t original, uint32_t produced)
{
	return text_token_equal(a->text, &a->original.data[original], a->source->text, &a->produced.data[produced]);
}

static void link_exact(struct align *a, uint32_t original, uint32_t produced)
{
	a->links[produced] = (struct link){original, original, original, false};
}

/* Marks the invocations of a group. */
static void find_units(struct align *a, struct group *g)
{
	uint32_t count = g->end - g->first;
	memset(g->unit, 0xFF, count * sizeof *g->unit);
	for (uint32_t i = g->first; i < g->end; i++) {
		uint32_t last = invocation_end(a, i);
		if (last == NONE)
			continue;
		if (last >= g->end)
			last = g->end - 1;
		g->unit_end[i - g->first] = last;
		for (uint32_t t = i; t <= last; t++)
			g->unit[t - g->first] = i;
		i = last;
	}
}

/* The heaviest common subsequence of original [b, e) and produced [f, t): fills g->pair. */
static void pair_middle(struct align *a, struct group *g, uint32_t b, uint32_t e, uint32_t f, uint32_t t)
{
	uint64_t rows = e - b + 1, columns = t - f + 1;
	if (rows == 1 || columns == 1 || rows * columns > MAX_CELLS)
		return;
	uint32_t *weight = calloc(rows * columns, sizeof *weight);
	if (!weight)
		return;
	/* weight[i][j]: of the best pairing of what follows i and j. */
	for (uint64_t i = rows - 1; i-- > 0;) {
		uint32_t o = b + (uint32_t)i;
		uint32_t gain = g->unit[o - g->first] == NONE ? HARD : g->unit[o - g->first] == o ? 0 : a->original.data[o].identifier ? 2 : 1;
		for (uint64_t j = columns - 1; j-- > 0;) {
			uint32_t best = weight[(i + 1) * columns + j], other = weight[i * columns + j + 1];
			if (other > best)
				best = other;
			if (gain && equal(a, o, f + (uint32_t)j) && weight[(i + 1) * columns + j + 1] + gain > best)
				best = weight[(i + 1) * columns + j + 1] + gain;
			weight[i * columns + j] = best;
		}
	}
	for (uint64_t i = 0, j = 0; i + 1 < rows && j + 1 < columns;) {
		uint32_t here = weight[i * columns + j];
		if (here == weight[(i + 1) * columns + j]) {
			i++;
		} else if (here == weight[i * columns + j + 1]) {
			j++;
		} else {
			g->pair[f + j - g->from] = b + (uint32_t)i;
			i++, j++;
		}
	}
	free(weight);
}

/* The argument of the invocation that a lonely token was copied from, or the innermost macro name between two paired arguments, or the macro's name. */
static uint32_t caret_token(const struct align *a, const struct group *g, uint32_t unit, uint32_t before, uint32_t after, uint32_t produced)
{
	uint32_t last = g->unit_end[unit - g->first];
	if (before != NONE && after != NONE && before > unit && after <= last)
		for (uint32_t t = before + 1; t < after; t++)
			if (a->original.data[t].identifier && find_macro(a, a->text + a->original.data[t].begin, a->original.data[t].end - a->original.data[t].begin))
				return t;
	if (a->produced.data[produced].identifier)
		for (uint32_t t = unit + 1; t <= last; t++)
			if (equal(a, t, produced))
				return t;
	return unit;
}

/* The invocation among original tokens [low, high) that a token on produced line `line` came from. Several on one line can't be told apart: they count as one. */
static struct link choose_unit(const struct align *a, const struct group *g, uint32_t low, uint32_t high, uint32_t line)
{
	struct link l = {NONE, NONE, NONE, true};
	for (uint32_t t = low; t < high; t++) {
		if (g->unit[t - g->first] != t)
			continue;
		uint32_t unit_line = a->original.data[t].line;
		if (l.first != NONE && unit_line > line)
			break;
		if (l.first == NONE || a->original.data[l.first].line < unit_line)
			l.first = l.at = t;
		l.last = g->unit_end[t - g->first];
	}
	return l;
}

/* Gives the tokens that have no pair to the invocations between their neighbours' pairs. */
static void link_group(struct align *a, struct group *g)
{
	uint32_t before = NONE, after_at = g->from;
	for (uint32_t p = g->from; p < g->to; p++) {
		uint32_t o = g->pair[p - g->from];
		if (o != NONE) {
			uint32_t unit = g->unit[o - g->first];
			if (unit == NONE)
				link_exact(a, o, p);
			else
				a->links[p] = (struct link){unit, g->unit_end[unit - g->first], o, true};
			before = o;
			continue;
		}
		if (after_at < p)
			after_at = p;
		while (after_at < g->to && g->pair[after_at - g->from] == NONE)
			after_at++;
		uint32_t after = after_at < g->to ? g->pair[after_at - g->from] : NONE;
		/* Invocations between the pairs of its neighbours, else the one that a neighbour belongs to. */
		uint32_t unit_before = before == NONE ? NONE : g->unit[before - g->first], unit_after = after == NONE ? NONE : g->unit[after - g->first];
		struct link l = {NONE, NONE, NONE, true};
		if (unit_before == NONE || unit_before != unit_after) {
			uint32_t low = before == NONE ? g->first : unit_before == NONE || g->unit_end[unit_before - g->first] == before ? before + 1 : unit_before;
			uint32_t high = after == NONE ? g->end : unit_after != NONE ? unit_after + 1 : after;
			l = choose_unit(a, g, low, high, a->produced.data[p].line);
		}
		uint32_t neighbour = unit_before != NONE ? unit_before : unit_after;
		if (l.first == NONE && neighbour != NONE)
			l = (struct link){neighbour, g->unit_end[neighbour - g->first], neighbour, true};
		if (l.first == NONE && neighbour == NONE && after != NONE && equal(a, after, p)) {
			/* `(M)` that gave `((x))`: the pair was made one too late. */
			g->pair[p - g->from] = after;
			g->pair[after_at - g->from] = NONE;
			p--;
			continue;
		}
		if (l.first != NONE)
			l.at = caret_token(a, g, l.at, before, after, p);
		a->links[p] = l;
	}
}

/* Pairs the tokens of a group. False if a token that no macro touches found no partner on one of the sides: the group is too small. */
static bool pair_group(struct align *a, struct group *g)
{
	find_units(a, g);
	memset(g->pair, 0xFF, (g->to - g->from) * sizeof *g->pair);
	uint32_t b = g->first, e = g->end, f = g->from, t = g->to;
	while (b < e && f < t && g->unit[b - g->first] == NONE && equal(a, b, f))
		g->pair[f++ - g->from] = b++;
	while (e > b && t > f && g->unit[e - 1 - g->first] == NONE && equal(a, e - 1, t - 1))
		g->pair[--t - g->from] = --e;
	pair_middle(a, g, b, e, f, t);
	uint32_t hard = 0, paired = 0;
	bool any_unit = false;
	for (uint32_t i = g->first; i < g->end; i++) {
		hard += g->unit[i - g->first] == NONE;
		any_unit |= g->unit[i - g->first] != NONE;
	}
	for (uint32_t p = g->from; p < g->to; p++)
		paired += g->pair[p - g->from] != NONE && g->unit[g->pair[p - g->from] - g->first] == NONE;
	return hard == paired && (any_unit || paired == g->to - g->from);
}

static uint32_t original_line_end(const struct align *a, uint32_t i)
{
	uint32_t line = a->original.data[i].line;
	while (i < a->original.len && a->original.data[i].line == line)
		i++;
	return i;
}

static uint32_t produced_through(const struct align *a, uint32_t p, uint32_t line)
{
	while (p < a->produced.len && a->produced.data[p].line <= line)
		p++;
	return p;
}

/* One line, or the lines that belong together. Advances *i and *p behind them. */
static void align_group(struct align *a, uint32_t *i, uint32_t *p)
{
	struct group g = {.first = *i, .end = original_line_end(a, *i), .from = *p};
	g.to = produced_through(a, *p, a->original.data[g.first].line);
	bool same = g.end - g.first == g.to - g.from;
	for (uint32_t t = 0; same && t < g.end - g.first; t++)
		same = equal(a, g.first + t, g.from + t);
	if (same) {
		for (uint32_t t = 0; t < g.end - g.first; t++)
			link_exact(a, g.first + t, g.from + t);
		*i = g.end, *p = g.to;
		return;
	}
	advance_macros(a, a->produced.data[*p].begin);
	struct group best = {0};
	for (int stretch = 0; stretch < MAX_STRETCH; stretch++) {
		/* Through the ends of the invocations that begin in the group. */
		for (uint32_t t = g.first; t < g.end; t++) {
			uint32_t last = invocation_end(a, t);
			if (last == NONE)
				continue;
			if (last >= g.end)
				g.end = original_line_end(a, last);
			t = last;
		}
		g.to = produced_through(a, g.from, a->original.data[g.end - 1].line);
		g.unit = ARENA_ARRAY(a->arena, uint32_t, g.end - g.first);
		g.unit_end = ARENA_ARRAY(a->arena, uint32_t, g.end - g.first);
		g.pair = ARENA_ARRAY(a->arena, uint32_t, g.to - g.from);
		bool good = pair_group(a, &g);
		if (good || stretch == 0)
			best = g;
		if (good || g.end >= a->original.len || g.end - g.first > 20000)
			break;
		g.end = original_line_end(a, g.end);
	}
	link_group(a, &best);
	*i = best.end, *p = best.to;
}

static void align_all(struct align *a)
{
	uint32_t i = 0, p = 0;
	a->links = ARENA_ARRAY(a->arena, struct link, a->produced.len);
	for (uint32_t t = 0; t < a->produced.len; t++)
		a->links[t] = (struct link){NONE, NONE, NONE, false};
	while (i < a->original.len && p < a->produced.len) {
		uint32_t original = a->original.data[i].line, produced = a->produced.data[p].line;
		if (original < produced)
			i = original_line_end(a, i); /* skipped by #if, or macros that gave nothing */
		else if (original > produced)
			p++;
		else
			align_group(a, &i, &p);
	}
}

/* -- The service ------------------------------------------------------------------------------------------------------------- */

static struct align *align_new(struct source *s, uint32_t instance)
{
	const char *file = NULL;
	for (unsigned i = 0; i < s->run_count && !file; i++)
		if (s->runs[i].file_instance == instance && !source_is_pseudo_file(s, s->runs[i].file))
			file = s->runs[i].file;
	struct align *a = ARENA_NEW(s->arena, struct align);
	*a = (struct align){.source = s, .arena = s->arena, .file = file};
	if (!file || !read_original(a, instance == 0 && s->original ? s->original : file))
		return NULL;
	map_init(&a->macros, a->arena);
	text_tokenize(a->arena, a->text, 0, (uint32_t)a->len, 1, &a->original);
	find_segments(a);
	collect_produced(a, instance);
	align_all(a);
	return a;
}

struct align *align_of(struct source *s, uint32_t instance)
{
	static struct align unreadable;
	if (instance >= s->align_count) {
		struct align **bigger = ARENA_ARRAY(s->arena, struct align *, instance + 1);
		if (s->align_count)
			memcpy(bigger, s->aligns, s->align_count * sizeof *bigger);
		s->aligns = bigger;
		s->align_count = instance + 1;
	}
	if (!s->aligns[instance]) {
		struct align *a = align_new(s, instance);
		s->aligns[instance] = a ? a : &unreadable;
	}
	return s->aligns[instance] == &unreadable ? NULL : s->aligns[instance];
}

const char *align_text(const struct align *a, size_t *len)
{
	*len = a->len;
	return a->text;
}

/* The last token that begins at or before the byte `offset` of the preprocessed text, or NONE. */
static uint32_t produced_at(const struct align *a, uint32_t offset)
{
	uint32_t low = 0, high = a->produced.len;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (a->produced.data[middle].begin <= offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? low - 1 : NONE;
}

bool align_token(const struct align *a, loc_t loc, struct origin *out)
{
	uint32_t p = loc ? produced_at(a, loc - 1) : NONE;
	if (p == NONE || a->links[p].first == NONE)
		return false;
	const struct link *l = &a->links[p];
	const struct text_token *tokens = a->original.data;
	*out = (struct origin){tokens[l->first].begin, tokens[l->last].end, tokens[l->at].begin, tokens[l->at].end, tokens[l->at].line, l->from_macro};
	return true;
}

uint32_t align_produced_line(const struct align *a, loc_t loc)
{
	uint32_t p = loc ? produced_at(a, loc - 1) : NONE;
	return p == NONE ? 0 : a->produced.data[p].line;
}

uint32_t align_offset_in_token(const struct align *a, loc_t loc)
{
	uint32_t p = loc ? produced_at(a, loc - 1) : NONE;
	if (p == NONE)
		return 0;
	const struct text_token *t = &a->produced.data[p];
	return (loc - 1 < t->end ? loc - 1 : t->end) - t->begin;
}

/* True if an invocation that made token `p` also made its neighbour `q`. */
static bool shares_unit(const struct align *a, uint32_t p, uint32_t q)
{
	if (q >= a->produced.len)
		return false;
	const struct link *l = &a->links[p], *n = &a->links[q];
	return n->first != NONE && l->from_macro && n->from_macro && l->first <= n->last && n->first <= l->last;
}

enum align_range_kind align_range(const struct align *a, loc_t from, loc_t to, uint32_t *begin, uint32_t *end)
{
	if (!from || to <= from || to < 2)
		return ALIGN_UNKNOWN;
	uint32_t first = produced_at(a, from - 1), last = produced_at(a, to - 2);
	if (first == NONE || last == NONE || last < first || a->produced.data[first].end < from || a->links[first].first == NONE || a->links[last].first == NONE)
		return ALIGN_UNKNOWN;
	*begin = a->original.data[a->links[first].first].begin;
	*end = a->original.data[a->links[last].last].end;
	if (*end <= *begin)
		return ALIGN_UNKNOWN;
	bool shared = (first > 0 && shares_unit(a, first, first - 1)) || shares_unit(a, last, last + 1);
	return shared ? ALIGN_SHARED : ALIGN_EXACT;
}
