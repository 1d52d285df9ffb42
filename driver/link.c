/* The C compiler's part: see link.h. */
#define _GNU_SOURCE
#include "driver/link.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/messages.h"
#include "driver/temp.h"

static void push_argument(struct args *a, const struct argument *arg)
{
	args_push(a, arg->text);
	if (arg->value)
		args_push(a, arg->value);
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

/* True if an object or archive may refer to the runtime: it was compiled from the dialect, earlier. (Where it does not, the archive gives nothing and libuv isn't needed.) */
static bool refers_to_runtime(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return false;
	bool found = false;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0) {
		void *data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
		if (data != MAP_FAILED) {
			found = memmem(data, (size_t)st.st_size, "async_", 6) != NULL;
			munmap(data, (size_t)st.st_size);
		}
	}
	close(fd);
	return found;
}

static void push_runtime(struct args *a, const struct options *o, bool wanted)
{
	for (unsigned i = 0; i < o->count && !wanted; i++)
		wanted = o->arguments[i].kind == ARG_OBJECT && refers_to_runtime(o->arguments[i].text);
	if (!wanted || o->links_nothing)
		return;
	args_push(a, runtime_library());
	args_push(a, "-Wl,--push-state,--as-needed");
	runtime_dependencies(a);
	args_push(a, "-Wl,--pop-state");
}

static bool run(const struct options *o, const struct command *c)
{
	if (o->show)
		command_show(&c->args);
	return o->dry_run || command_run(c) == 0;
}

int forward(const struct options *o, const char *const *skip, bool runtime)
{
	struct command c = {0};
	bool dialect = false;
	args_append(&c.args, &o->cc);
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *arg = &o->arguments[i];
		bool object = arg->kind == ARG_OBJECT && o->mode != MODE_LINK && skip;
		if ((skip && skip[i]) || object || arg->kind == ARG_OWN)
			continue;
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
	if (o->mode == MODE_LINK)
		push_runtime(&c.args, o, runtime);
	if (o->dry_run && !o->dialect_inputs)
		args_push(&c.args, "-###");
	else if (o->show)
		command_show(&c.args);
	if (o->dry_run && o->dialect_inputs)
		return 0;
	if (skip)
		return command_run(&c) ? EXIT_BAD_PROGRAM : 0;
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
	args_append(&c.args, &o->cc);
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *arg = &o->arguments[i];
		if (objects[i])
			args_push(&c.args, objects[i]);
		else if (arg->kind == ARG_SOURCE || arg->kind == ARG_OBJECT)
			push_input(&c.args, arg->language, arg->text);
		else if (arg->kind == ARG_OPTION || arg->kind == ARG_LINK || arg->kind == ARG_NOISE)
			push_argument(&c.args, arg);
	}
	push_runtime(&c.args, o, true);
	const char *file = output ? output : "a.out";
	args_push(&c.args, "-o");
	args_push(&c.args, file);
	temp_add(file);
	if (!run(o, &c))
		return false;
	temp_keep(file);
	return true;
}
