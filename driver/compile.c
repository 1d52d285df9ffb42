/* The compiler: text, tokens, tree, typed tree, core form, lowered tree, C text. */
#include "driver/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/base/diag.h"
#include "lower/core.h"

/* The value of an object-like macro that the C compiler defines itself, from the #define lines at the start of the text. */
static bool predefined(const struct buf *text, const char *name, const char **value)
{
	size_t len = strlen(name);
	for (const char *p = text->data; p && *p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		if (*p != '#' && *p != '\n')
			break; /* only directives stand before the first declaration */
		if (!strncmp(p, "#define ", 8) && !strncmp(p + 8, name, len) && (p[8 + len] == ' ' || p[8 + len] == '\n')) {
			*value = p + 8 + len + (p[8 + len] == ' ');
			return true;
		}
	}
	return false;
}

struct language {
	int c_version;
	bool gnu;
};

static int version_number(long macro)
{
	return macro > 201710 ? 23 : macro == 201710 ? 17 : macro == 201112 ? 11 : macro == 199901 ? 99 : 90;
}

/* The standard that the C compiler was told, or has by default: by its own macros; of a preprocessed input by -std. */
static struct language find_language(const struct options *o, const struct buf *text, bool preprocessed)
{
	const char *value;
	if (!preprocessed) {
		bool strict = predefined(text, "__STRICT_ANSI__", &value);
		bool known = predefined(text, "__STDC_VERSION__", &value);
		return (struct language){known ? version_number(strtol(value, NULL, 10)) : 90, !strict};
	}
	struct language l = {17, true};
	if (!o->standard)
		return l;
	l.gnu = !strncmp(o->standard, "gnu", 3);
	const char *digits = o->standard + strcspn(o->standard, "0123456789");
	if (!strcmp(digits, "2x") || !strcmp(digits, "23"))
		l.c_version = 23;
	else if (!strcmp(digits, "1x") || !strcmp(digits, "11"))
		l.c_version = 11;
	else if (!strcmp(digits, "9x") || !strcmp(digits, "99"))
		l.c_version = 99;
	else if (!strcmp(digits, "90") || !strcmp(digits, "89"))
		l.c_version = 90;
	return l;
}

static void find_target(struct sema_options *options, const struct buf *text)
{
	const char *value;
	options->unsigned_char = predefined(text, "__CHAR_UNSIGNED__", &value);
	options->target = predefined(text, "__aarch64__", &value) ? TARGET_AARCH64 : TARGET_X86_64;
}

/* Sources hold no NUL: C gives it no meaning, and -E passes it on. */
static bool check_text(struct diag *d, const struct buf *text)
{
	const char *nul = memchr(text->data, '\0', text->len);
	if (nul)
		diag_error(d, (loc_t)(nul - text->data) + 1, "null character in the source");
	else if (text->len >= UINT32_MAX - 16)
		diag_error_global(d, "the preprocessed source is larger than 4 GB");
	else
		return true;
	return false;
}

static bool check_target(struct diag *d, const struct buf *text)
{
	const char *size;
	if (!predefined(text, "__SIZEOF_POINTER__", &size) || *size == '8')
		return true;
	diag_error_global(d, "async functions need a target with 8-byte pointers; this one has %c bytes", *size);
	return false;
}

/* Dumps are written with stdio; they are collected so that a failed run prints no half of one. */
static void dump(const struct options *o, int stage, struct buf *out, void (*write)(FILE *, void *), void *what)
{
	char *text = NULL;
	size_t len = 0;
	if (!(o->dumps & stage))
		return;
	FILE *f = open_memstream(&text, &len);
	if (!f)
		return;
	write(f, what);
	fclose(f);
	buf_write(out, text, len);
	free(text);
}

struct tree_dump {
	struct source *source;
	struct node *tree;
};

static void write_ast(FILE *f, void *what)
{
	struct tree_dump *t = what;
	ast_dump(f, t->source, t->tree, NULL);
}

static void write_types(FILE *f, void *what)
{
	struct tree_dump *t = what;
	ast_dump(f, t->source, t->tree, type_text);
}

static void write_cfg(FILE *f, void *what)
{
	dump_cfg(f, what);
}

static void write_liveness(FILE *f, void *what)
{
	dump_liveness(f, what);
}

static void write_frames(FILE *f, void *what)
{
	dump_frames(f, what);
}

static void write_frames_report(FILE *f, void *what)
{
	print_frames_report(f, what);
}

static void write_lowered(FILE *f, void *what)
{
	dump_lowered(f, what);
}

struct token_dump {
	struct arena *arena;
	struct source *source;
	struct diag *diag;
	const struct parse_options *options;
};

static void write_tokens(FILE *f, void *what)
{
	struct token_dump *t = what;
	tokens_dump(f, t->arena, t->source, t->diag, t->options);
}

/* The phases. Everything that they make lives in `arena`, which the caller frees. */
static enum generated compile(const struct options *o, struct input *in, struct arena *arena, struct diag *d, struct buf *text, struct buf *c, struct buf *dumps,
			      struct buf *header)
{
	struct language language = find_language(o, text, in->argument->preprocessed);
	struct parse_options parse_options = {.dialect = true, .c_version = language.c_version, .gnu = language.gnu};
	struct sema_options sema_options = {.c_version = language.c_version, .short_enums = o->short_enums};
	struct source *source = ARENA_NEW(arena, struct source); /* the last diagnostics need it after the return */
	struct macro_log macros = {0};

	buf_write(text, "\0\0", 2);
	source_init(source, arena, in->name, text->data, text->len - 2);
	if (in->copied)
		source_set_original(source, in->path);
	diag_set_source(d, source);
	text->len -= 2;
	if (!check_text(d, text))
		return GENERATED_NOTHING;
	find_target(&sema_options, text);
	const char *clang;
	in->for_clang = predefined(text, "__clang__", &clang);
	dump(o, DUMP_TOKENS, dumps, write_tokens, &(struct token_dump){arena, source, d, &parse_options});
	if (o->dumps == DUMP_TOKENS)
		return diag_errors(d) ? GENERATED_NOTHING : GENERATED_PLAIN;

	struct node *tree = parse(arena, source, d, &parse_options, &macros);
	dump(o, DUMP_AST, dumps, write_ast, &(struct tree_dump){source, tree});
	if (o->dumps == DUMP_AST)
		return diag_errors(d) ? GENERATED_NOTHING : GENERATED_PLAIN;

	struct unit *unit = sema(arena, source, d, tree, &sema_options);
	dump(o, DUMP_TYPES, dumps, write_types, &(struct tree_dump){source, tree});
	if (diag_errors(d))
		return GENERATED_NOTHING;
	if (o->dumps == DUMP_TYPES)
		return GENERATED_PLAIN;
	if (!unit->uses_dialect) {
		if (o->emit_header)
			print_c_header(header, NULL, source, path_base(header_file(o, in)));
		return GENERATED_PLAIN;
	}
	if (!check_target(d, text))
		return GENERATED_NOTHING;

	struct core_unit *core = normalize(arena, unit);
	if (diag_errors(d))
		return GENERATED_NOTHING;
	analyze(arena, core, d);
	check_max_frames(core, d);
	dump(o, DUMP_CFG, dumps, write_cfg, core);
	dump(o, DUMP_LIVENESS, dumps, write_liveness, core);
	dump(o, DUMP_FRAMES, dumps, write_frames, core);
	dump(o, FRAMES_REPORT, dumps, write_frames_report, core);

	if (o->emit_header)
		print_c_header(header, core, source, path_base(header_file(o, in)));
	struct lowered_unit *lowered = transform(arena, core);
	dump(o, DUMP_LOWERED, dumps, write_lowered, lowered);

	struct print_options print_options = {.expanded = in->argument->preprocessed};
	if (diag_errors(d) || !print_output(c, lowered, &macros, &print_options) || diag_errors(d))
		return GENERATED_NOTHING;
	return GENERATED_C;
}

const char *header_file(const struct options *o, const struct input *in)
{
	const char *name = in->argument->text;
	return *o->emit_header ? o->emit_header : is_stdin(name) ? "-" : text_printf("%s.h", path_stem(path_base(name)));
}

enum generated generate(const struct options *o, struct input *in, const char *target, struct buf *c, struct buf *dumps, struct buf *header)
{
	struct buf text = {0};
	enum generated result = GENERATED_NOTHING;
	if (preprocess(o, in, target, &text)) {
		struct arena *arena = arena_new();
		struct diag *d = diag_new(arena);
		for (unsigned i = 0; i < o->diagnostics.len; i++)
			diag_option(d, o->diagnostics.data[i]);
		result = o->dry_run ? GENERATED_C : compile(o, in, arena, d, &text, c, dumps, header);
		diag_finish(d);
		arena_free(arena);
	}
	buf_free(&text);
	if (result == GENERATED_C && o->emit_c) {
		portable_includes(c, true);
		generated_comment(c, is_stdin(in->argument->text) ? "standard input" : path_base(in->name));
	}
	if (o->emit_header)
		portable_includes(header, false);
	if (result == GENERATED_PLAIN && o->emit_c && !input_read(in, c))
		return GENERATED_NOTHING;
	return result;
}
