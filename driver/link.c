/* The C compiler's part: see link.h. */
#define _GNU_SOURCE
#include "driver/link.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <asyncc/abi.h> /* the version that generated code is for */
#include "driver/messages.h"
#include "driver/parts.h"
#include "driver/temp.h"

static void push_argument(struct args *a, const struct argument *arg)
{
	args_push(a, arg->text);
	if (arg->value)
		args_push(a, arg->value);
}

/* True for a source that is preprocessed. (clang warns of options for headers where none is.) */
static bool reads_headers(const struct argument *arg)
{
	static const char *const others[] = {"assembler", "cpp-output", "c++-cpp-output", "s", "i", "ii"};
	const char *dot = strrchr(arg->text, '.'), *language = arg->language ? arg->language : dot ? dot + 1 : "";
	bool other = false;
	for (unsigned i = 0; i < sizeof others / sizeof *others; i++)
		other |= !strcmp(language, others[i]);
	return arg->kind == ARG_SOURCE && !other;
}

/* An input in a language that its name does not tell. */
static void push_input(struct args *a, const char *language, const char *name)
{
	if (language) {
		args_push(a, "-x");
		args_push(a, language);
	}
	args_push(a, name);
	if (language) {
		args_push(a, "-x");
		args_push(a, "none");
	}
}

/* What an input says about the program, without being linked: by the texts in it. */
struct findings {
	bool runtime; /* it may refer to the runtime: it was compiled from the dialect, earlier. (Where it does not, the archive gives nothing and libuv isn't needed.) */
	bool dialect; /* it does: each such object names the version that it is for */
	bool dlopen;  /* it may load objects that use the runtime of the program */
	parts_set parts; /* of the library, that it may use */
};

static bool holds(const char *data, size_t size, const char *text)
{
	return memmem(data, size, text, strlen(text)) != NULL;
}

/* An object that was made for another version of the runtime: false after a message. */
static bool check_version(const char *path, const char *data, size_t size)
{
	static const char prefix[] = "async__abi_version_";
	const char *end = data + size;
	for (const char *at = data; (at = memmem(at, (size_t)(end - at), prefix, strlen(prefix))); at++) {
		char *stop, digits[8] = "";
		memcpy(digits, at + strlen(prefix), (size_t)(end - at) - strlen(prefix) < 7 ? (size_t)(end - at) - strlen(prefix) : 7);
		long version = strtol(digits, &stop, 10);
		if (stop == digits || *stop || version == ASYNC__ABI_VERSION)
			continue;
		usage_error("'%s' was compiled by another version of asyncc: it needs version %ld of the runtime's interface, this one is version %d; compile it again",
			    path, version, ASYNC__ABI_VERSION);
		return false;
	}
	return true;
}

static bool look_into(const char *path, bool object, struct findings *f)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	bool ok = true;
	if (fd < 0)
		return true; /* the C compiler says it */
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		size_t size = (size_t)st.st_size;
		void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED) {
			f->runtime |= object && holds(data, size, "async_");
			f->parts |= object ? parts_named(data, size) : 0;
			f->dialect |= object && holds(data, size, "async__abi_version_");
			f->dlopen |= holds(data, size, "dlopen");
			ok = !object || check_version(path, data, size);
			munmap(data, size);
		}
	}
	close(fd);
	return ok;
}

/* The shared runtime, and where it is when the program runs, unless ld.so looks there by itself. */
static void push_shared_runtime(struct args *a)
{
	static const char *const known[] = {"/usr/lib/", "/lib/", "/usr/local/lib/"};
	const char *path = shared_runtime_library();
	bool is_known = false;
	for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
		is_known |= !strncmp(path, known[i], strlen(known[i]));
	args_push(a, "-Wl,--push-state,--as-needed");
	args_push(a, path);
	args_push(a, "-Wl,--pop-state");
	if (is_known)
		return;
	args_push(a, "-Xlinker");
	args_push(a, text_printf("-rpath=%s", path_directory(path)));
}

/* The runtime of a program that loads others. They may have one linked to them as well; there has to be one, and it is this, all of it. */
static void push_host_runtime(struct args *a)
{
	args_push(a, "-Wl,--whole-archive");
	args_push(a, runtime_library());
	args_push(a, "-Wl,--no-whole-archive");
	args_push(a, "-Wl,--export-dynamic-symbol=async_*");
	args_push(a, "-Wl,--export-dynamic-symbol=future_drop");
	args_push(a, "-Wl,--export-dynamic-symbol=closure_drop");
}

/* Adds the runtime where it is `wanted` or an input refers to it, and the parts of the library that inputs refer to (*parts). `objects` (may be NULL): what dialect inputs were compiled to. False after a message. */
static bool push_runtime(struct args *a, const struct options *o, const char *const *objects, bool wanted, parts_set *parts)
{
	struct findings f = {.runtime = wanted};
	bool program = true;
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *arg = &o->arguments[i];
		const char *path = objects && objects[i] ? objects[i] : arg->text;
		bool object = path != arg->text || arg->kind == ARG_OBJECT;
		program &= strcmp(arg->text, "-shared") != 0;
		if (!o->dry_run && (object || arg->kind == ARG_SOURCE) && !look_into(path, object, &f))
			return false;
	}
	if (!f.runtime || o->links_nothing)
		return true;
	bool is_shared = o->shared_runtime && !o->links_static;
	*parts = f.parts;
	parts_set built = parts_closure(f.parts);
	/* Parts refer to each other, and to the runtime. */
	if (built)
		args_push(a, "-Wl,--start-group");
	parts_archives(a, built);
	if (is_shared)
		push_shared_runtime(a);
	else if (program && f.dialect && f.dlopen && !o->links_static)
		push_host_runtime(a);
	else
		args_push(a, runtime_library());
	if (built)
		args_push(a, "-Wl,--end-group");
	/* Threads and loops call back into it, whoever closes what was loaded. */
	if (!program && !is_shared)
		args_push(a, "-Wl,-z,nodelete");
	args_push(a, "-Wl,--push-state,--as-needed");
	parts_libraries(a, built);
	runtime_dependencies(a, o->links_static);
	args_push(a, "-Wl,--pop-state");
	return true;
}

static bool run(const struct options *o, const struct command *c)
{
	if (o->show)
		command_show(&c->args);
	return o->dry_run || command_run(c) == 0;
}

/* Whether the linker's line, from `line` on, tells of one definition too many, in the words of bfd and gold or of lld and mold, or is a place (">>>"). */
static bool is_duplicate(const char *line)
{
	size_t len = strcspn(line, "\n");
	return holds(line, len, "multiple definition") || holds(line, len, "duplicate symbol") || !strncmp(line, ">>>", 3);
}

/* Links; says what the undefined symbols mean that stand for the types of async functions (lower/transform/linkage.c). */
static bool link_and_explain(const struct options *o, struct command *c, parts_set parts)
{
	struct buf messages = {0};
	c->messages = &messages;
	bool ok = run(o, c);
	if (messages.len)
		fwrite(messages.data, 1, messages.len, stderr);
	for (char *at = messages.data, *takes; !ok && at && (takes = strstr(at, "__takes_")); at = takes + 1) {
		char *name = takes, *line = takes, *gives = strstr(takes, "__gives_");
		while (name > messages.data && (isalnum((unsigned char)name[-1]) || name[-1] == '_'))
			name--;
		while (line > messages.data && line[-1] != '\n')
			line--;
		if (!gives || memchr(takes, '\n', (size_t)(gives - takes)) || is_duplicate(line))
			continue;
		fprintf(stderr,
			"asyncc: note: '%.*s' is called by a prototype of another type than its definition has, or is defined nowhere; "
			"let both files include one header with the prototype\n",
			(int)(takes - name), name);
		break;
	}
	if (!ok)
		parts_explain_missing(parts);
	buf_free(&messages);
	return ok;
}

int forward(const struct options *o, const char *const *skip, bool runtime)
{
	struct command c = {0};
	bool dialect = false;
	unsigned headers = 0;
	parts_set parts = 0;
	args_append(&c.args, &o->cc);
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *arg = &o->arguments[i];
		bool object = arg->kind == ARG_OBJECT && o->mode != MODE_LINK && skip;
		if ((skip && skip[i]) || object || arg->kind == ARG_OWN)
			continue;
		if (reads_headers(arg) && !headers++)
			args_headers(&c.args); /* for headers that --emit-header wrote */
		if (arg->kind == ARG_SOURCE || arg->kind == ARG_OBJECT) {
			push_input(&c.args, arg->language, arg->text);
		} else if (arg->kind == ARG_DIALECT) {
			if (!dialect)
				args_dialect(&c.args);
			if (!dialect && (o->mode == MODE_PREPROCESS || o->mode == MODE_DEPENDENCIES))
				args_push(&c.args, "-D__ASYNCC_PARSE__=1");
			dialect = true;
			push_input(&c.args, arg->preprocessed ? "cpp-output" : "c", arg->text);
		} else {
			push_argument(&c.args, arg);
		}
	}
	if (o->output) {
		args_push(&c.args, "-o");
		args_push(&c.args, o->output);
	}
	if (o->mode == MODE_LINK && !push_runtime(&c.args, o, NULL, runtime, &parts))
		return EXIT_BAD_PROGRAM;
	if (o->dry_run && !o->dialect_inputs)
		args_push(&c.args, "-###");
	else if (o->show)
		command_show(&c.args);
	if (o->dry_run && o->dialect_inputs)
		return 0;
	if (skip)
		return command_run(&c) ? EXIT_BAD_PROGRAM : 0;
	if (o->mode == MODE_LINK && !o->dialect_inputs && !o->show)
		return link_and_explain(o, &c, parts) ? 0 : EXIT_BAD_PROGRAM;
	command_exec(&c.args);
	return EXIT_BAD_PROGRAM;
}

/* Messages about generated C are made ones about the source, unless the user asked for a form of them that only a program reads. */
static bool compile_and_report(const struct options *o, struct command *command, const struct input *in, const struct buf *generated)
{
	for (unsigned i = 0; i < o->count; i++)
		if (!strncmp(o->arguments[i].text, "-fdiagnostics-", 14) || !strcmp(o->arguments[i].text, "-v"))
			return run(o, command);
	struct buf messages = {0}, original = {0};
	const char *term = getenv("TERM");
	bool ok, color = isatty(2) && term && strcmp(term, "dumb") != 0;
	command->messages = &messages;
	ok = run(o, command);
	if (messages.len && input_read(in, &original))
		messages_print(&messages, in->name, &original, generated, color);
	buf_free(&messages);
	buf_free(&original);
	return ok;
}

bool compile_c(const struct options *o, const struct input *in, const struct buf *generated, const char *c_file, const char *output)
{
	struct command c = {0};
	static const char *const flags[] = {[MODE_LINK] = "-c", [MODE_COMPILE] = "-c", [MODE_ASSEMBLE] = "-S", [MODE_SYNTAX] = "-fsyntax-only"};
	args_append(&c.args, &o->cc);
	/* Headers that the source names in quotes are looked for beside it, before anything else. */
	args_push(&c.args, "-iquote");
	args_push(&c.args, path_directory(in->argument->text));
	args_options(&c.args, o);
	for (unsigned i = 0; i < o->count; i++)
		if (o->arguments[i].kind == ARG_NOISE)
			push_argument(&c.args, &o->arguments[i]);
	args_dialect(&c.args);
	if (in->for_clang)
		args_push(&c.args, "-fdouble-square-bracket-attributes"); /* [[nodiscard]] beside [[asyncc::blocking]], as GCC has it in each standard */
	/* The same input gives the same object, whatever the temporary file was called. */
	args_push(&c.args, text_printf("-ffile-prefix-map=%s=%s", c_file, in->name));
	args_push(&c.args, flags[o->mode]);
	if (output) {
		args_push(&c.args, "-o");
		args_push(&c.args, output);
	}
	args_push(&c.args, "-x");
	args_push(&c.args, "c");
	args_push(&c.args, c_file);
	bool to_stdout = output && is_stdin(output);
	if (output && !to_stdout)
		temp_add(output);
	if (!compile_and_report(o, &c, in, generated))
		return false;
	if (output && !to_stdout)
		temp_keep(output);
	return true;
}

bool link_program(const struct options *o, const char *const *objects, const char *output)
{
	struct command c = {0};
	unsigned headers = 0;
	parts_set parts = 0;
	args_append(&c.args, &o->cc);
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *arg = &o->arguments[i];
		if (reads_headers(arg) && !headers++)
			args_headers(&c.args);
		if (objects[i])
			args_push(&c.args, objects[i]);
		else if (arg->kind == ARG_SOURCE || arg->kind == ARG_OBJECT)
			push_input(&c.args, arg->language, arg->text);
		else if (arg->kind == ARG_OPTION || arg->kind == ARG_LINK || arg->kind == ARG_NOISE)
			push_argument(&c.args, arg);
	}
	if (!push_runtime(&c.args, o, objects, true, &parts))
		return false;
	const char *file = output ? output : "a.out";
	args_push(&c.args, "-o");
	args_push(&c.args, file);
	temp_add(file);
	if (!link_and_explain(o, &c, parts))
		return false;
	temp_keep(file);
	return true;
}
