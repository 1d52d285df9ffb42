/* Preprocessing: see preprocess.h.
 *
 * The text is the C compiler's own: same flags, macros and headers. -dD keeps the #define lines, which tell later which names are macros.
 * __ASYNCC_PARSE__ makes <asyncc.h> show the dialect's prototypes. Warnings are switched off: the
 * compilation of the generated C, whose #includes are the same, will give them. */
#define _GNU_SOURCE
#include "driver/preprocess.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "driver/temp.h"

static bool input_failed(const char *name, const char *why)
{
	fprintf(stderr, "asyncc: error: %s: %s\n", name, why);
	return false;
}

static bool read_fd(int fd, struct buf *text)
{
	static char block[1 << 16];
	buf_write(text, "", 0);
	for (;;) {
		ssize_t n = read(fd, block, sizeof block);
		if (n == 0)
			return true;
		if (n > 0)
			buf_write(text, block, (size_t)n);
		else if (errno != EINTR)
			return false;
	}
}

bool input_read(const struct input *in, struct buf *text)
{
	int fd = open(in->path, O_RDONLY);
	bool ok = fd >= 0 && read_fd(fd, text);
	int error = errno;
	if (fd >= 0)
		close(fd);
	return ok || input_failed(in->name, strerror(error));
}

/* C gives a NUL no meaning, and preprocessors drop it silently. */
static bool check_nul(const struct input *in)
{
	struct buf text = {0};
	if (!input_read(in, &text)) {
		buf_free(&text);
		return false;
	}
	const char *nul = memchr(text.data, '\0', text.len), *line_start = text.data;
	unsigned line = 1;
	for (const char *p = text.data; nul && p < nul; p++) {
		if (*p == '\n') {
			line++;
			line_start = p + 1;
		}
	}
	if (nul)
		fprintf(stderr, "%s:%u:%td: error: null character in the source\n", in->name, line, nul - line_start + 1);
	buf_free(&text);
	return !nul;
}

bool input_open(struct input *in, const struct argument *a)
{
	*in = (struct input){.argument = a, .name = a->text, .path = a->text};
	if (is_stdin(a->text)) {
		in->name = "<stdin>";
		in->path = temp_path("stdin");
		in->copied = true;
		struct buf text = {0};
		bool copied = (read_fd(0, &text) || input_failed(in->name, strerror(errno))) && output_write(in->path, text.data, text.len);
		buf_free(&text);
		return copied && check_nul(in);
	}
	struct stat st;
	int fd = open(a->text, O_RDONLY | O_NONBLOCK);
	if (fd < 0)
		return input_failed(a->text, strerror(errno));
	if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode)) {
		close(fd);
		return input_failed(a->text, "Is a directory");
	}
	close(fd);
	return check_nul(in);
}

void args_options(struct args *a, const struct options *o)
{
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *arg = &o->arguments[i];
		if (arg->kind != ARG_OPTION || !strcmp(arg->text, "-fpreprocessed"))
			continue;
		args_push(a, arg->text);
		if (arg->value)
			args_push(a, arg->value);
	}
}

void args_headers(struct args *a)
{
	const char *directory = include_directory();
	/* The C compiler's own directories stand in an order: this one stays where it is. */
	args_push(a, strcmp(directory, "/usr/include") ? "-isystem" : "-idirafter");
	args_push(a, directory);
	if (strcmp(directory, library_include_directory()) != 0) {
		args_push(a, "-isystem");
		args_push(a, library_include_directory());
	}
}

void args_dialect(struct args *a)
{
	args_push(a, "-D__ASYNCC__=1");
	args_headers(a);
}

/* -MD and its kin for a rule that goes to the temporary file; -MF is served when that is moved to its place. */
static void args_dependencies(struct args *a, const struct options *o, const char *target, const char *file)
{
	bool named = false;
	const char *kind = "-MD";
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *arg = &o->arguments[i];
		if (arg->kind != ARG_DEPENDENCY || !strncmp(arg->text, "-MF", 3))
			continue;
		if (!strncmp(arg->text, "-MMD", 4) || !strncmp(arg->text, "-Wp,-MMD", 8)) {
			kind = "-MMD";
			continue;
		}
		if (!strcmp(arg->text, "-MD") || !strncmp(arg->text, "-Wp,-MD", 7))
			continue;
		named |= !strncmp(arg->text, "-MT", 3) || !strncmp(arg->text, "-MQ", 3);
		args_push(a, arg->text);
		if (arg->value)
			args_push(a, arg->value);
	}
	args_push(a, kind);
	args_push(a, "-MF");
	args_push(a, file);
	if (!named) {
		args_push(a, "-MQ");
		args_push(a, target);
	}
}

bool preprocess(const struct options *o, struct input *in, const char *target, struct buf *text)
{
	if (in->argument->preprocessed)
		return input_read(in, text);
	struct buf messages = {0};
	struct command c = {.output = text, .messages = o->json ? &messages : NULL, .input = in->copied ? in->path : NULL};
	args_append(&c.args, &o->cc);
	args_options(&c.args, o);
	args_dialect(&c.args);
	args_push(&c.args, "-D__ASYNCC_PARSE__=1");
	if (o->dependencies && target) {
		in->dependencies = temp_path("dependencies");
		args_dependencies(&c.args, o, target, in->dependencies);
	}
	static const char *const last[] = {"-w", "-E", "-dD", "-x", "c"};
	for (unsigned i = 0; i < sizeof last / sizeof *last; i++)
		args_push(&c.args, last[i]);
	args_push(&c.args, c.input ? "-" : in->argument->text);
	if (o->show)
		command_show(&c.args);
	buf_write(text, "", 0);
	int status = o->dry_run ? 0 : command_run(&c);
	if (status != 0 && messages.data)
		fputs(messages.data, stderr);
	buf_free(&messages);
	in->uses_runtime = memmem(text->data, text->len, include_directory(), strlen(include_directory())) != NULL;
	return status == 0;
}
