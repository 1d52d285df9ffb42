/* What frames are made of: --dump=frames, --frames, and the bound of [[asyncc::max_frame(N)]]. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "lower/analyze/internal.h"

static const char *symbol_text(const struct symbol *s)
{
	return s->name ? s->name : s->emit_name ? s->emit_name : "(temporary)";
}

/* As it is declared: `char text[8]`. */
static const char *declaration_text(struct arena *a, const struct symbol *s)
{
	struct buf b = { 0 };

	type_print(&b, s->type, symbol_text(s), false);
	char *text = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return text;
}

/* The fork whose region the local is, or NULL. */
static const struct core_await *region_of(const struct core_function *f, const struct symbol *s)
{
	for (unsigned i = 0; i < f->await_count; i++)
		if (f->awaits[i]->fork && f->awaits[i]->fork->region == s)
			return f->awaits[i];
	return NULL;
}

static const char *strands_text(struct arena *a, const struct core_await *join)
{
	return arena_printf(a, "strands of %u branches (await %u)", join->fork->branch_count, join->index + 1);
}

static struct frame_slot *slot_of(struct core_function *f, const struct symbol *s)
{
	for (unsigned i = 0; i < f->layout.slot_count; i++)
		if (f->layout.slots[i].symbol == s)
			return &f->layout.slots[i];
	return NULL;
}

/* One thing that lies in a frame. */
struct resident {
	uint64_t offset, size;
	const char *what;
	loc_t loc;
};

static int resident_compare_size(const void *pa, const void *pb)
{
	const struct resident *a = pa, *b = pb;

	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return strcmp(a->what, b->what);
}

static int resident_compare(const void *pa, const void *pb)
{
	const struct resident *a = pa, *b = pb;

	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return strcmp(a->what, b->what);
}

/* What lies in the frame of `f`, by offset. */
static unsigned residents(struct arena *a, struct core_unit *u, struct core_function *f, struct resident **out)
{
	struct frame_layout *l = &f->layout;
	struct resident *r = ARENA_ARRAY(a, struct resident, f->local_count + f->await_count + f->function->param_count + 1);
	unsigned n = 0;
	struct type *value = f->function->return_type;

	if (type_kind(value) != TY_VOID)
		r[n++] = (struct resident){ l->value_offset, value->size, arena_printf(a, "value %s", type_text(a, value)), f->function->symbol->loc };
	for (unsigned i = 0; i < f->function->param_count; i++)
		r[n++] = (struct resident){ l->params[i].offset, l->params[i].size,
					    arena_printf(a, "parameter %s%s", declaration_text(a, l->params[i].symbol),
							 f->captured[l->params[i].symbol->index] ? "" : " (until the start)"),
					    l->params[i].symbol->loc };
	for (unsigned i = 0; i < l->slot_count; i++) {
		struct frame_slot *s = &l->slots[i];
		const struct core_await *join = region_of(f, s->symbol);
		if (join)
			r[n++] = (struct resident){ s->offset, s->size, strands_text(a, join), join->loc };
		else if (s->symbol->index >= f->function->param_count)
			r[n++] = (struct resident){ s->offset, s->size, arena_printf(a, "local %s", declaration_text(a, s->symbol)), s->symbol->loc };
	}
	for (unsigned i = 0; i < f->await_count; i++) {
		uint64_t extent;
		uint32_t align;
		unsigned headers;
		if (!f->awaits[i]->callee)
			continue;
		embedded_frame_extent(u, f->awaits[i], &extent, &align, &headers);
		r[n++] = (struct resident){ f->awaits[i]->offset, extent, arena_printf(a, "frame of %s (await %u)", f->awaits[i]->text, i + 1),
					    f->awaits[i]->loc };
	}
	qsort(r, n, sizeof *r, resident_compare);
	*out = r;
	return n;
}

static int text_order(const void *pa, const void *pb)
{
	const struct core_function *a = *(struct core_function *const *)pa, *b = *(struct core_function *const *)pb;

	return a->function->symbol->loc < b->function->symbol->loc ? -1 : a->function->symbol->loc > b->function->symbol->loc;
}

/* The async functions in text order. */
static unsigned async_functions(struct arena *a, struct core_unit *u, struct core_function ***out)
{
	unsigned n = 0;
	struct core_function **list = ARENA_ARRAY(a, struct core_function *, u->function_count);

	for (unsigned i = 0; i < u->function_count; i++)
		if (u->functions[i]->function->is_async)
			list[n++] = u->functions[i];
	qsort(list, n, sizeof *list, text_order);
	*out = list;
	return n;
}

void dump_frames(FILE *out, struct core_unit *u)
{
	struct arena *a = arena_new();
	struct core_function **list;
	unsigned count = async_functions(a, u, &list);

	for (unsigned i = 0; i < count; i++) {
		struct frame_layout *l = &list[i]->layout;
		struct resident *r;
		unsigned n = residents(a, u, list[i], &r);
		fprintf(out, "%s: size %" PRIu64 ", payload %" PRIu64 ", align %u\n", list[i]->function->symbol->name, l->size, l->payload, l->align);
		for (unsigned k = 0; k < n; k++)
			fprintf(out, "  %4" PRIu64 " +%-4" PRIu64 " %s\n", r[k].offset, r[k].size, r[k].what);
	}
	arena_free(a);
}

/* What the file itself defines stands before what the headers do that it includes. */
static void main_file_first(struct arena *a, struct source *source, struct core_function **list, unsigned count)
{
	struct core_function **sorted = ARENA_ARRAY(a, struct core_function *, count);
	unsigned n = 0;

	for (int in_main = 1; in_main >= 0; in_main--)
		for (unsigned i = 0; i < count; i++)
			if (source_in_main(source, list[i]->function->symbol->loc) == in_main)
				sorted[n++] = list[i];
	memcpy(list, sorted, count * sizeof *list);
}

void print_frames_report(FILE *out, struct core_unit *u)
{
	struct arena *a = arena_new();
	struct source *source = u->unit->source;
	struct core_function **list;
	unsigned count = async_functions(a, u, &list);

	main_file_first(a, source, list, count);
	for (unsigned i = 0; i < count; i++) {
		struct core_function *f = list[i];
		const struct line_run *run = source_run(source, f->function->symbol->loc);
		fprintf(out, "%s%s:%u: %s: %" PRIu64 " bytes, %" PRIu64 " without headers\n", i ? "\n" : "", run ? run->file : "",
			source_line(source, f->function->symbol->loc), f->function->symbol->name, f->layout.size, f->layout.payload);
		struct cfg *g = cfg_build(a, f);
		liveness_compute(g);
		for (unsigned k = 0; k < f->await_count; k++) {
			struct core_await *w = f->awaits[k];
			uint64_t kept = 0;
			for (unsigned x = 0; x < w->live_count; x++)
				kept += slot_of(f, w->live[x])->size;
			fprintf(out, "  await %u of %s at line %u keeps %" PRIu64 " bytes", k + 1, w->text, source_line(source, w->loc), kept);
			if (w->fork) {
				fprintf(out, "; its %u branches run in this frame", w->fork->branch_count);
			} else if (w->callee) {
				uint64_t extent;
				uint32_t align;
				unsigned headers;
				embedded_frame_extent(u, w, &extent, &align, &headers);
				fprintf(out, "; the frame of %s has %" PRIu64, w->text, extent);
			} else {
				fputs("; its frame is allocated", out);
			}
			fputc('\n', out);
			for (unsigned x = 0; x < w->live_count; x++) {
				const struct core_await *join = region_of(f, w->live[x]);
				fprintf(out, "    %6" PRIu64 "  %s", slot_of(f, w->live[x])->size, join ? strands_text(a, join) : declaration_text(a, w->live[x]));
				if (!join)
					fprintf(out, ": %s", capture_reason(g, u, k, w->live[x]->index));
				fputc('\n', out);
			}
		}
	}
	arena_free(a);
}

void check_max_frames(struct core_unit *u, struct diag *d)
{
	struct arena *a = arena_new();
	struct core_function **list;
	unsigned count = async_functions(a, u, &list);

	for (unsigned i = 0; i < count; i++) {
		struct symbol *s = list[i]->function->symbol;
		struct resident *r;
		if (list[i]->layout.size <= s->max_frame)
			continue;
		diag_error(d, s->loc, "the frame of '%s' has %" PRIu64 " bytes, more than the %" PRIu64 " of its 'max_frame'", s->name,
			   list[i]->layout.size, s->max_frame);
		unsigned n = residents(a, u, list[i], &r);
		qsort(r, n, sizeof *r, resident_compare_size);
		for (unsigned k = 0; k < n; k++)
			diag_note(d, r[k].loc ? r[k].loc : s->loc, "%" PRIu64 " bytes at %" PRIu64 ": %s", r[k].size, r[k].offset, r[k].what);
	}
	arena_free(a);
}
