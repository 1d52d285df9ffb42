/* The command line: see options.h. */
#include "driver/options.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "driver/parts.h"
#include "frontend/base/diag.h"
#include "frontend/base/vec.h"

static bool starts(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool ends(const char *text, const char *suffix)
{
	size_t len = strlen(text), n = strlen(suffix);
	return len > n && !strcmp(text + len - n, suffix);
}

static bool one_of(const char *text, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(text, *list))
			return true;
	return false;
}

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

const char *path_stem(const char *path)
{
	const char *base = path_base(path), *dot = strrchr(base, '.');
	return dot && dot != base ? text_printf("%.*s", (int)(dot - path), path) : path;
}

const char *path_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	if (!slash)
		return ".";
	return slash == path ? "/" : text_printf("%.*s", (int)(slash - path), path);
}

bool is_stdin(const char *name)
{
	return !strcmp(name, "-");
}

int usage_error(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("asyncc: error: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\n", stderr);
	va_end(args);
	return EXIT_BAD_USAGE;
}

/* -- @file ------------------------------------------------------------------------------------------------------------------- */

/* Splits the text of a response file as GCC does: blanks separate, quotes and backslashes protect. */
static void split_words(struct args *out, const char *p)
{
	for (;;) {
		while (isspace((unsigned char)*p))
			p++;
		if (!*p)
			return;
		struct buf word = {0};
		buf_puts(&word, "");
		for (char quote = 0; *p && (quote || !isspace((unsigned char)*p)); p++) {
			if (*p == '\\' && p[1])
				buf_putc(&word, *++p);
			else if (quote ? *p == quote : *p == '\'' || *p == '"')
				quote = quote ? 0 : *p;
			else
				buf_putc(&word, *p);
		}
		args_push(out, text_printf("%s", word.data));
		buf_free(&word);
	}
}

static char *read_text(const char *path)
{
	FILE *f = fopen(path, "r");
	if (!f)
		return NULL;
	struct buf text = {0};
	char block[4096];
	buf_puts(&text, "");
	for (size_t n; (n = fread(block, 1, sizeof block, f));)
		buf_write(&text, block, n);
	bool failed = ferror(f);
	fclose(f);
	return failed ? NULL : text.data;
}

/* The arguments with each readable @file replaced by its words. */
static bool expand_files(struct args *out, const struct args *in, int depth)
{
	for (unsigned i = 0; i < in->len; i++) {
		char *text = in->data[i][0] == '@' ? read_text(in->data[i] + 1) : NULL;
		if (!text) {
			args_push(out, in->data[i]);
			continue;
		}
		struct args words = {0};
		split_words(&words, text);
		free(text);
		if (depth > 100 || !expand_files(out, &words, depth + 1))
			return false;
	}
	return true;
}

/* -- The C compiler ---------------------------------------------------------------------------------------------------------- */

/* True if `word` names this very program: `make CC="asyncc -x ac"` also puts that CC into the environment. */
static bool is_self(const char *word)
{
	char self[PATH_MAX], other[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
	if (n < 0)
		return !strcmp(path_base(word), "asyncc");
	self[n] = '\0';
	if (!strchr(word, '/'))
		return !strcmp(word, path_base(self));
	return realpath(word, other) && !strcmp(self, other);
}

static void find_cc(struct args *cc)
{
	const char *names[] = {"ASYNCC_CC", "CC"};
	for (unsigned i = 0; i < 2; i++) {
		const char *value = getenv(names[i]);
		struct args words = {0};
		if (value)
			split_words(&words, value);
		bool self = false;
		for (unsigned w = 0; w < words.len && words.data[w][0] != '-'; w++)
			self |= is_self(words.data[w]);
		if (words.len && !self) {
			*cc = words;
			return;
		}
	}
	args_push(cc, "cc");
}

/* -- Inputs ------------------------------------------------------------------------------------------------------------------ */

/* Suffixes that -x ac leaves alone: other languages, and what only the linker reads. */
static enum argument_kind kind_of_suffix(const char *name)
{
	static const char *const linked[] = {".o", ".a", ".so", ".lo", ".la", ".obj", ".lib", ".dylib", ".ld", ".lds", ".map", ".def", NULL};
	static const char *const other[] = {".s", ".S", ".sx", ".ii", ".cc", ".cpp", ".cxx", ".cp", ".CPP", ".c++", ".C", ".m", ".mm", ".mi", ".f", ".F", ".for",
					    ".f90", ".d", ".go", ".adb", ".ads", NULL};
	const char *dot = strrchr(path_base(name), '.');
	if (strstr(path_base(name), ".so."))
		return ARG_OBJECT;
	if (dot && one_of(dot, linked))
		return ARG_OBJECT;
	if (dot && one_of(dot, other))
		return ARG_SOURCE;
	return ARG_DIALECT;
}

static struct argument input_argument(const char *name, const char *language, bool preprocessed)
{
	struct argument a = {.kind = ARG_OBJECT, .text = name, .language = language};
	bool dialect_suffix = ends(name, ".ac") || ends(name, ".ah");
	if (language && !strcmp(language, "ac")) {
		a.kind = kind_of_suffix(name);
		a.language = NULL;
	} else if (language) {
		a.kind = ARG_SOURCE;
	} else if (dialect_suffix) {
		a.kind = ARG_DIALECT;
	} else if (is_stdin(name) || ends(name, ".c") || ends(name, ".h") || ends(name, ".i") || kind_of_suffix(name) == ARG_SOURCE) {
		a.kind = ARG_SOURCE;
	}
	a.preprocessed = a.kind == ARG_DIALECT && (preprocessed || ends(name, ".i"));
	return a;
}

static void argument_push(struct options *o, struct argument a)
{
	array_push(driver_arena(), o->arguments, o->count, o->cap, a);
}

/* -- Options ----------------------------------------------------------------------------------------------------------------- */

/* Options of GCC and clang whose operand is the next argument when nothing follows in the same one. */
static const char *const separate_operand[] = {
	"-D", "-U", "-I", "-L", "-B", "-l", "-T", "-u", "-z", "-e", "-A", "-G", "-F", "-include", "-imacros", "-idirafter", "-iprefix", "-iwithprefix",
	"-iwithprefixbefore", "-isystem", "-iquote", "-isysroot", "-imultilib", "-imultiarch", "-Xlinker", "-Xpreprocessor", "-Xassembler", "-Xclang", "-mllvm",
	"-aux-info", "-dumpbase", "-dumpbase-ext", "-dumpdir", "--param", "-arch", "-target", "--sysroot", "-wrapper", "-specs", "-Tbss", "-Tdata", "-Ttext",
	"-MF", "-MT", "-MQ", "-framework", "-soname", "-h", "-R", "-rpath", NULL};
static const char *const link_only[] = {
	"-l", "-L", "-T", "-u", "-z", "-e", "-Xlinker", "-static", "-shared", "-rdynamic", "-s", "-pie", "-no-pie", "-static-pie", "-static-libgcc", "-nostdlib",
	"-nodefaultlibs", "-nostartfiles", "-nolibc", "-r", "-symbolic", "-Tbss", "-Tdata", "-Ttext", "-framework", "-soname", "-h", "-R", "-rpath", NULL};

static enum argument_kind kind_of_option(const char *text)
{
	static const char *const noise[] = {"-v", "-P", "-C", "-CC", "-H", "-save-temps", "-pipe", "-fdirectives-only", "--verbose", "-Q", "-ftime-report", NULL};
	if (one_of(text, link_only) || starts(text, "-l") || starts(text, "-L") || starts(text, "-Wl,") || starts(text, "-fuse-ld=") || starts(text, "-z"))
		return ARG_LINK;
	if (starts(text, "-M") || starts(text, "-Wp,-M"))
		return ARG_DEPENDENCY;
	if (one_of(text, noise) || starts(text, "-save-temps=") || starts(text, "-g") || starts(text, "-fdump-") || starts(text, "-Wa,") ||
	    (starts(text, "-d") && text[2] && !text[3]))
		return ARG_NOISE;
	return ARG_OPTION;
}

static int dump_option(struct options *o, const char *stages)
{
	static const struct {
		const char *name;
		int bit;
	} table[] = {{"tokens", DUMP_TOKENS}, {"ast", DUMP_AST}, {"types", DUMP_TYPES}, {"cfg", DUMP_CFG}, {"liveness", DUMP_LIVENESS}, {"frames", DUMP_FRAMES}, {"lowered", DUMP_LOWERED}};
	while (*stages) {
		size_t len = strcspn(stages, ",");
		unsigned i = 0, count = sizeof table / sizeof *table;
		while (i < count && (strlen(table[i].name) != len || strncmp(table[i].name, stages, len)))
			i++;
		if (i == count)
			return usage_error("unknown stage '%.*s' in '--dump'; the stages are tokens, ast, types, cfg, liveness, frames, lowered", (int)len, stages);
		o->dumps |= table[i].bit;
		stages += len + (stages[len] == ',');
	}
	if (!o->dumps)
		return usage_error("'--dump=' needs a stage: tokens, ast, types, cfg, liveness, frames, lowered");
	return OPTIONS_GO_ON;
}

/* Options that only asyncc has: OPTIONS_GO_ON when it was one, EXIT_BAD_USAGE after a message, 0 when the whole work was done, -2 for others. */
enum { NOT_OWN = -2 };
static int own_option(struct options *o, const char *text)
{
	if (!strcmp(text, "--help")) {
		print_help();
		return 0;
	}
	if (!strcmp(text, "--version")) {
		print_version(o);
		return 0;
	}
	if (!strcmp(text, "--cflags")) {
		print_cflags();
		return 0;
	}
	if (!strcmp(text, "--libs") || starts(text, "--libs=")) {
		parts_set set = 0;
		if (text[6] && !parts_parse(text + 7, &set))
			return EXIT_BAD_USAGE;
		print_libs(parts_closure(set));
		return 0;
	}
	if (!strcmp(text, "--features")) {
		print_features();
		return 0;
	}
	if (!strcmp(text, "--makefile")) {
		for (const char *at = makefile_rules(); *at; at++) {
			if (*at == ' ')
				putchar('\\'); /* as make's include reads it */
			putchar(*at);
		}
		putchar('\n');
		return 0;
	}
	if (!strcmp(text, "--emit-c") || !strcmp(text, "--emit-c=")) {
		o->emit_c = "";
		return OPTIONS_GO_ON;
	}
	if (starts(text, "--emit-c=")) {
		o->emit_c = text + strlen("--emit-c=");
		return OPTIONS_GO_ON;
	}
	if (!strcmp(text, "--emit-header") || !strcmp(text, "--emit-header=")) {
		o->emit_header = "";
		return OPTIONS_GO_ON;
	}
	if (starts(text, "--emit-header=")) {
		o->emit_header = text + strlen("--emit-header=");
		return OPTIONS_GO_ON;
	}
	if (!strcmp(text, "--emit-deps") || starts(text, "--emit-deps=")) {
		o->emit_deps = o->dependencies = true;
		argument_push(o, (struct argument){.kind = ARG_DEPENDENCY, .text = "-MD"});
		if (text[strlen("--emit-deps")] && text[strlen("--emit-deps=")])
			argument_push(o, (struct argument){.kind = ARG_DEPENDENCY, .text = "-MF", .value = text + strlen("--emit-deps=")});
		return OPTIONS_GO_ON;
	}
	if (starts(text, "--dump="))
		return dump_option(o, text + strlen("--dump="));
	if (!strcmp(text, "--frames")) {
		o->dumps |= FRAMES_REPORT;
		return OPTIONS_GO_ON;
	}
	if (!strcmp(text, "-shared-runtime") || !strcmp(text, "-static-runtime")) {
		o->shared_runtime = text[2] == 'h';
		return OPTIONS_GO_ON;
	}
	if (!strcmp(text, "-###")) {
		o->dry_run = o->show = true;
		return OPTIONS_GO_ON;
	}
	if (!strcmp(text, "--dump") || starts(text, "--emit") || starts(text, "--frames") || starts(text, "--run="))
		return usage_error("unrecognized option '%s'; see 'asyncc --help'", text);
	return NOT_OWN;
}

static bool mode_option(struct options *o, const char *text)
{
	static const struct {
		const char *name;
		enum mode mode;
	} table[] = {{"-c", MODE_COMPILE}, {"-S", MODE_ASSEMBLE}, {"-E", MODE_PREPROCESS}, {"-M", MODE_DEPENDENCIES}, {"-MM", MODE_DEPENDENCIES}, {"-fsyntax-only", MODE_SYNTAX}};
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++) {
		if (strcmp(text, table[i].name))
			continue;
		/* The earliest end of the pipeline wins, as with cc. */
		static const int rank[] = {[MODE_LINK] = 0, [MODE_COMPILE] = 1, [MODE_ASSEMBLE] = 2, [MODE_SYNTAX] = 3, [MODE_PREPROCESS] = 4, [MODE_DEPENDENCIES] = 5};
		if (rank[table[i].mode] > rank[o->mode])
			o->mode = table[i].mode;
		return true;
	}
	return false;
}

/* What an option for the C compiler means for asyncc too. */
static void note_option(struct options *o, const char *text)
{
	static const char *const no_runtime[] = {"-r", "-nostdlib", "-nodefaultlibs", NULL};
	static const char *const no_shared[] = {"-static", "--static", "-static-pie", NULL};
	static const char *const keeps[] = {"--coverage", "-coverage", "-ftest-coverage", "-fprofile-arcs", "-gsplit-dwarf", "-fstack-usage", "-save-temps", NULL};
	if (starts(text, "-std="))
		o->standard = text + 5;
	else if (starts(text, "--std="))
		o->standard = text + 6;
	else if (!strcmp(text, "-ansi"))
		o->standard = "c90";
	else if (!strcmp(text, "-fshort-enums") || !strcmp(text, "-fno-short-enums"))
		o->short_enums = text[2] == 's';
	else if (!strcmp(text, "-v") || !strcmp(text, "--verbose"))
		o->show = true;
	else if (!strcmp(text, "-fdiagnostics-format=json"))
		o->json = true;
	else if (starts(text, "-fdiagnostics-format="))
		o->json = false;
	else if (!strcmp(text, "-MD") || !strcmp(text, "-MMD") || starts(text, "-Wp,-MD") || starts(text, "-Wp,-MMD"))
		o->dependencies = true;
	o->links_nothing |= one_of(text, no_runtime);
	o->links_static |= one_of(text, no_shared);
	o->keeps_files |= one_of(text, keeps) || starts(text, "-save-temps=") || starts(text, "-fprofile-") || starts(text, "-fdump-");
}

/* `-oFILE` and `-xLANG` or their operands in the next argument; NULL if there is none. */
static const char *operand(const char *text, const struct args *args, unsigned *i)
{
	if (text[2])
		return text + 2;
	if (*i + 1 < args->len)
		return args->data[++*i];
	return NULL;
}

static int read_arguments(struct options *o, const struct args *args)
{
	struct diag *probe = diag_new(driver_arena()); /* tells which options are about diagnostics; each input gets an engine of its own */
	const char *language = NULL;
	bool preprocessed = false;
	for (unsigned i = 0; i < args->len; i++)
		preprocessed |= !strcmp(args->data[i], "-fpreprocessed");
	for (unsigned i = 0; i < args->len; i++) {
		const char *text = args->data[i];
		if (text[0] != '-' || !text[1]) {
			argument_push(o, input_argument(text, language, preprocessed));
			continue;
		}
		if (!strcmp(text, "--run")) {
			const char *file = i + 1 < args->len ? args->data[i + 1] : "-x";
			if (*file == '-' && !is_stdin(file))
				return usage_error("'--run' needs a source file; options stand before it");
			o->run = args->data[++i];
			bool is_c = language ? !strcmp(language, "c") : ends(o->run, ".c") || is_stdin(o->run);
			argument_push(o, input_argument(o->run, is_c ? "ac" : language, preprocessed));
			if (o->arguments[o->count - 1].kind != ARG_DIALECT)
				return usage_error("'--run' takes a source in C or in the dialect, not '%s'", o->run);
			while (++i < args->len)
				args_push(&o->run_args, args->data[i]);
			break;
		}
		int status = own_option(o, text);
		if (status != NOT_OWN && status != OPTIONS_GO_ON)
			return status;
		if (status == OPTIONS_GO_ON)
			continue;
		if (mode_option(o, text)) {
			argument_push(o, (struct argument){.kind = ARG_MODE, .text = text});
			continue;
		}
		if (starts(text, "-o") || starts(text, "-x")) {
			const char *value = operand(text, args, &i);
			if (!value)
				return usage_error("missing argument to '%s'", text);
			if (text[1] == 'o')
				o->output = value;
			else
				language = strcmp(value, "none") ? value : NULL;
			continue;
		}
		enum diag_option_kind kind = diag_option(probe, text);
		if (kind != DIAG_OPTION_UNKNOWN)
			args_push(&o->diagnostics, text);
		if (kind == DIAG_OPTION_OWN)
			continue;
		struct argument a = {.kind = kind_of_option(text), .text = text};
		if (one_of(text, separate_operand)) {
			if (i + 1 == args->len)
				return usage_error("missing argument to '%s'", text);
			a.value = args->data[++i];
		}
		note_option(o, text);
		argument_push(o, a);
	}
	return OPTIONS_GO_ON;
}

/* What can't be meant together. */
static int check_usage(struct options *o)
{
	for (unsigned i = 0; i < o->count; i++) {
		o->dialect_inputs += o->arguments[i].kind == ARG_DIALECT;
		o->other_inputs += o->arguments[i].kind == ARG_SOURCE || o->arguments[i].kind == ARG_OBJECT;
	}
	if ((o->dumps || o->emit_c || o->emit_header || o->emit_deps) && o->mode == MODE_LINK)
		o->mode = MODE_TEXT;
	unsigned inputs = o->dialect_inputs + o->other_inputs;
	if (o->dumps && !o->dialect_inputs)
		return usage_error("'--dump' and '--frames' need an input in the dialect (.ac, or '-x ac')");
	if ((o->emit_c || o->emit_header) && !o->dialect_inputs)
		return usage_error("'--emit-%s' needs an input in the dialect (.ac, or '-x ac')", o->emit_c ? "c" : "header");
	if (o->emit_deps && !o->dialect_inputs)
		return usage_error("'--emit-deps' needs an input in the dialect (.ac, or '-x ac')");
	if (o->emit_c && *o->emit_c && o->dialect_inputs > 1)
		return usage_error("'--emit-c=FILE' with several inputs");
	if (o->emit_header && *o->emit_header && o->dialect_inputs > 1)
		return usage_error("'--emit-header=FILE' with several inputs");
	if (o->output && o->mode != MODE_LINK && o->mode != MODE_DEPENDENCIES && inputs > 1)
		return usage_error("'-o' with '-c', '-S', '-E' or '--emit-c' and several inputs");
	if (o->run && o->mode != MODE_LINK)
		return usage_error("'--run' can't be combined with '-c', '-S', '-E', '--emit-c' or '--dump'");
	if (o->run && o->output)
		return usage_error("'--run' can't be combined with '-o'");
	if (o->output && o->mode == MODE_LINK && o->dialect_inputs)
		for (unsigned i = 0; i < o->count; i++)
			if (o->arguments[i].kind <= ARG_OBJECT && !strcmp(o->arguments[i].text, o->output))
				return usage_error("input file '%s' is the same as output file", o->output);
	if (!inputs && !o->count)
		return usage_error("no input files; see 'asyncc --help'");
	return OPTIONS_GO_ON;
}

int options_read(struct options *o, int argc, char **argv)
{
	*o = (struct options){.mode = MODE_LINK};
	find_cc(&o->cc);
	struct args given = {0}, args = {0};
	for (int i = 1; i < argc; i++)
		args_push(&given, argv[i]);
	if (!expand_files(&args, &given, 0))
		return usage_error("response files include each other");
	int status = read_arguments(o, &args);
	return status == OPTIONS_GO_ON ? check_usage(o) : status;
}
