/* Which inclusions the C compiler can't be left to make itself.
 *
 * In: the line markers and the items. Out: for each inclusion where its text lies and whether it has to be spliced: it holds items of
 * the dialect (and does not itself choose, by __ASYNCC_PARSE__, what the C compiler sees), or includes a file that has to be. */
#define _GNU_SOURCE
#include <stdlib.h>

#include "frontend/base/align.h"
#include "frontend/base/intern.h"
#include "lower/print/internal.h"

static struct inclusion *inclusion_at(struct inclusions *list, struct arena *a, uint32_t instance)
{
	while (list->len <= instance) {
		struct inclusion new = {.instance = list->len};
		vec_push(a, list, new);
	}
	return &list->data[instance];
}

static void find_extents(struct inclusions *out, struct source *s)
{
	for (unsigned i = 0; i < s->run_count; i++) {
		const struct line_run *run = &s->runs[i];
		struct inclusion *inc = inclusion_at(out, s->arena, run->file_instance);
		if (!inc->entered && !source_is_pseudo_file(s, run->file)) {
			inc->entered = true;
			inc->file = run->file;
			inc->begin = run->marker + 1;
			if (run->file_instance && run->file_instance < s->inclusion_count)
				inc->parent = s->inclusions[run->file_instance].parent;
		}
		/* Back in a file: what it included has ended. */
		uint32_t from = i ? s->runs[i - 1].file_instance : run->file_instance;
		while (from > run->file_instance && from < out->len && !out->data[from].end) {
			struct inclusion *child = &out->data[from];
			child->end = run->marker + 1;
			if (child->parent == run->file_instance)
				child->return_line = run->line;
			from = child->parent;
		}
	}
	for (unsigned i = 0; i < out->len; i++)
		if (!out->data[i].end)
			out->data[i].end = (loc_t)s->len + 1;
}

static bool chooses_itself(struct source *s, uint32_t instance)
{
	size_t len;
	struct align *a = align_of(s, instance);
	const char *text = a ? align_text(a, &len) : NULL;
	return text && memmem(text, len, "__ASYNCC_PARSE__", 16);
}

/* Sema does not mark what stands in system headers. */
static bool holds_dialect(const struct node *n)
{
	const struct node *specs = n->kind == N_DECLARATION ? n->u.DECLARATION.specs : n->kind == N_FUNCTION_DEF ? n->u.FUNCTION_DEF.specs : NULL;
	return n->flags & NF_USES_DIALECT || (specs && (specs->u.SPECS.func & FS_ASYNC));
}

void inclusions_find(struct arena *a, struct source *s, const struct node *tree, struct inclusions *out)
{
	inclusion_at(out, a, 0)->entered = true;
	out->data[0].file = s->main_file;
	out->data[0].splice = true;
	find_extents(out, s);
	const struct node_list *items = &tree->u.TRANSLATION_UNIT.items;
	for (unsigned i = 0; i < items->len; i++) {
		if (!holds_dialect(items->data[i]))
			continue;
		struct inclusion *inc = &out->data[source_run(s, items->data[i]->begin)->file_instance];
		if (!inc->has_items)
			inc->self_lowering = inc->instance && chooses_itself(s, inc->instance);
		inc->has_items = true;
		if (!inc->self_lowering)
			items->data[i]->flags |= NF_USES_DIALECT;
	}
	for (unsigned i = 1; i < out->len; i++) {
		if (!out->data[i].has_items || out->data[i].self_lowering)
			continue;
		for (uint32_t up = i; up && !out->data[up].splice; up = out->data[up].parent)
			out->data[up].splice = true;
	}
}

/* Length of the part of a path that names its folder, with the slash. */
static size_t folder_length(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? (size_t)(slash - path) + 1 : 0;
}

const char *include_name(struct arena *a, const char *main_file, const char *file)
{
	if (file[0] == '/')
		return file;
	size_t folder = folder_length(main_file);
	if (folder && main_file[0] == '/') {
		char *full = realpath(file, NULL);
		const char *name = full ? arena_strndup(a, full, strlen(full)) : file;
		free(full);
		return name;
	}
	if (!strncmp(main_file, file, folder))
		return file + folder;
	/* Up from the main file's folder to the one that both paths start in. */
	struct buf up = {0};
	for (size_t i = 0; i < folder;) {
		size_t n = strcspn(main_file + i, "/");
		if (n == 2 && !strncmp(main_file + i, "..", 2)) {
			char *full = realpath(file, NULL);
			const char *name = full ? arena_strndup(a, full, strlen(full)) : file;
			free(full);
			buf_free(&up);
			return name;
		}
		if (n && !(n == 1 && main_file[i] == '.'))
			buf_puts(&up, "../");
		i += n + 1;
	}
	buf_puts(&up, file);
	const char *name = arena_strndup(a, up.data, up.len);
	buf_free(&up);
	return name;
}
