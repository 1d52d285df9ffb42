/* Layout oracle: prints what sema computed about the types of a preprocessed file as C that a compiler can contradict.
 *
 *     layout_oracle [-char-unsigned] [-c VERSION] FILE.i > checks.c; cat FILE.i checks.c | cc -x cpp-output -c -
 *
 * Sizes, alignments and offsets become _Static_asserts; bit-fields, which have no address, a function that sets each to all ones
 * and compares bytes (asyncc_check_bitfields, which returns the number of errors). */
#include <stdlib.h>
#include <string.h>

#include "frontend/parse/parse.h"
#include "frontend/sema/sema.h"

static struct unit *unit;
static unsigned bitfield_checks;
static struct buf functions;

static char *read_file(const char *path, size_t *len)
{
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		exit(2);
	}
	struct buf b = {0};
	char chunk[65536];
	size_t n;
	while ((n = fread(chunk, 1, sizeof chunk, f)) > 0)
		buf_write(&b, chunk, n);
	fclose(f);
	*len = b.len;
	buf_write(&b, "\0\0", 2);
	return b.data;
}

static bool measurable(const struct type *t)
{
	return type_is_complete(t) && !type_is_vla(t) && type_kind(t) != TY_ERROR;
}

static void print_size(const char *spelling, const struct type *t)
{
	printf("_Static_assert(sizeof(%s) == %llu && __alignof__(%s) == %u, \"%s\");\n", spelling, (unsigned long long)t->size, spelling,
	       (unsigned)t->align, spelling);
}

static void print_bitfield(const char *spelling, const struct member *m, const char *path, uint64_t offset, uint64_t size)
{
	uint64_t first = offset * 8 + m->bit_offset;
	buf_printf(&functions, "static int asyncc_check_%u(void) { union { %s t; unsigned char b[%llu]; } u; __builtin_memset(&u, 0, sizeof u); "
			       "u.t.%s = -1; for (unsigned i = 0; i < sizeof u.b * 8; i++) "
			       "if ((u.b[i / 8] >> (i %% 8) & 1) != (i >= %llu && i < %llu)) { __builtin_printf(\"%s %s: bit %%u\\n\", i); return 1; } return 0; }\n",
		   bitfield_checks++, spelling, (unsigned long long)size, path, (unsigned long long)first, (unsigned long long)(first + (uint64_t)m->bit_width),
		   spelling, path);
}

static void print_members(const char *spelling, const struct tag *tag, const char *prefix, uint64_t base, uint64_t size)
{
	for (unsigned i = 0; i < tag->member_count; i++) {
		const struct member *m = &tag->members[i];
		char path[1024];
		if (m->name) {
			snprintf(path, sizeof path, "%s%s", prefix, m->name);
			if (m->bit_width < 0)
				printf("_Static_assert(__builtin_offsetof(%s, %s) == %llu, \"%s.%s\");\n", spelling, path,
				       (unsigned long long)(base + m->offset), spelling, path);
			else if (!(type_quals(m->type) & Q_CONST))
				print_bitfield(spelling, m, path, base + m->offset, size);
		}
		const struct tag *inner = type_tag(m->type);
		if (m->bit_width >= 0 || !inner || !type_is_record(m->type) || (inner->name && m->name))
			continue;
		if (m->name)
			snprintf(path, sizeof path, "%s%s.", prefix, m->name);
		else
			snprintf(path, sizeof path, "%s", prefix);
		print_members(spelling, inner, path, base + m->offset, size);
	}
}

static void print_type(const char *spelling, const struct type *t, bool members)
{
	if (!measurable(t))
		return;
	print_size(spelling, t);
	if (members && type_is_record(t) && !type_quals(t))
		print_members(spelling, type_tag(t), "", 0, t->size);
}

static bool find_tags(struct node **slot, void *seen)
{
	struct node *n = *slot;
	if (n->kind == N_TAG && n->ann && n->u.TAG.has_body) {
		const struct tag *tag = n->ann;
		char spelling[512];
		if (tag->name && !tag->local && tag->complete && tag->type && !map_get(seen, tag)) {
			map_put(seen, tag, (void *)tag);
			snprintf(spelling, sizeof spelling, "%s %s", tag->kind == TAG_STRUCT ? "struct" : tag->kind == TAG_UNION ? "union" : "enum", tag->name);
			print_type(spelling, tag->type, true);
		}
	}
	return node_each_child(n, find_tags, seen);
}

int main(int argc, char **argv)
{
	struct parse_options parse_options = {.c_version = 17, .gnu = true};
	struct sema_options options = {.c_version = 17};
	const char *path = NULL;
	bool quiet = false;
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "-char-unsigned"))
			options.unsigned_char = true;
		else if (!strcmp(argv[i], "-dialect"))
			parse_options.dialect = true;
		else if (!strcmp(argv[i], "-q"))
			quiet = true;
		else if (!strcmp(argv[i], "-c") && i + 1 < argc)
			options.c_version = parse_options.c_version = atoi(argv[++i]);
		else
			path = argv[i];
	}
	size_t len;
	struct arena *arena = arena_new();
	struct source source;
	struct diag *diag = diag_new(arena);
	char *text = read_file(path, &len);
	source_init(&source, arena, path, text, len);
	diag_set_source(diag, &source);
	struct node *tree = parse(arena, &source, diag, &parse_options, NULL);
	unit = sema(arena, &source, diag, tree, &options);
	if (quiet)
		return diag_errors(diag) != 0;
	printf("\n");
	struct map seen;
	map_init(&seen, arena);
	node_each_child(tree, find_tags, &seen);
	for (unsigned i = 0; i < unit->symbol_count; i++) {
		const struct symbol *sym = unit->symbols[i];
		if (sym->kind == SYM_TYPEDEF && sym->name)
			print_type(sym->name, sym->type, type_tag(sym->type) && !type_tag(sym->type)->name);
		else if (sym->kind == SYM_VARIABLE && measurable(sym->type))
			printf("_Static_assert(sizeof(%s) == %llu, \"%s\");\n", sym->name, (unsigned long long)sym->type->size, sym->name);
	}
	for (unsigned i = 0; i < unit->symbol_count; i++) {
		const struct symbol *sym = unit->symbols[i];
		if (sym->kind == SYM_ENUMERATOR)
			printf("_Static_assert(%s == (__typeof__(%s))%lldLL && sizeof(%s) == %llu, \"%s\");\n", sym->name, sym->name, (long long)sym->enum_value,
			       sym->name, (unsigned long long)sym->type->size, sym->name);
	}
	if (functions.data)
		fputs(functions.data, stdout);
	printf("int asyncc_check_bitfields(void) { int errors = 0;\n");
	for (unsigned i = 0; i < bitfield_checks; i++)
		printf("errors += asyncc_check_%u();\n", i);
	printf("return errors; }\n");
	return diag_errors(diag) != 0;
}
