/* asyncc: the command. Reads the options, compiles each input in the dialect to C, and has the C compiler do the rest. */
#include <stdio.h>
#include <string.h>

#include "driver/compile.h"
#include "driver/link.h"
#include "driver/temp.h"

/* An input in the dialect and what has become of it. */
struct job {
	struct input input;
	unsigned index;       /* among the arguments */
	enum generated state;
	struct buf c, dumps, header;
	const char *output;   /* object or assembly; NULL: none is made */
	const char *target, *dependency_file;
};

/* What the C compiler would call the result of `-c` or `-S`. */
static const char *default_output(const struct options *o, const char *name)
{
	return text_printf("%s%s", path_stem(path_base(name)), o->mode == MODE_ASSEMBLE ? ".s" : ".o");
}

static const char *dependency_option(const struct options *o)
{
	const char *file = NULL;
	for (unsigned i = 0; i < o->count; i++) {
		const struct argument *a = &o->arguments[i];
		if (a->kind != ARG_DEPENDENCY)
			continue;
		const char *comma = !strncmp(a->text, "-Wp,-M", 6) ? strrchr(a->text, ',') : NULL;
		if (comma > a->text + 3)
			file = comma + 1;
		else if (!strncmp(a->text, "-MF", 3))
			file = a->value ? a->value : a->text + 3;
	}
	return file;
}

/* Chooses the names of what will be made from an input. */
static void job_name_outputs(const struct options *o, struct job *j)
{
	const char *name = j->input.argument->text, *own = path_stem(path_base(name));
	const char *program = o->output ? o->output : "a.out";
	bool single = o->dialect_inputs + o->other_inputs == 1;
	if (o->mode == MODE_COMPILE || o->mode == MODE_ASSEMBLE) {
		j->output = o->output ? o->output : default_output(o, name);
		j->target = j->output;
		j->dependency_file = text_printf("%s.d", path_stem(j->output));
	} else if (o->mode == MODE_LINK) {
		/* Files that the C compiler names after the object have to stay beside the program, under the names that cc gives them. */
		const char *beside = text_printf("%s-%s", path_stem(o->output ? program : "a"), own);
		j->output = o->keeps_files ? text_printf("%s.o", beside) : temp_path(text_printf("%s.o", own));
		j->target = program;
		j->dependency_file = text_printf("%s.d", single && o->output ? path_stem(program) : beside);
	} else {
		j->target = o->emit_c && *o->emit_c ? o->emit_c
			    : o->emit_header && !o->emit_c ? header_file(o, &j->input)
							   : text_printf("%s%s", own, o->emit_c ? ".c" : ".o");
		j->dependency_file = text_printf("%s.d", own);
	}
	if (dependency_option(o))
		j->dependency_file = dependency_option(o);
}

static bool write_dependencies(const struct options *o, const struct job *j)
{
	if (!j->input.dependencies || o->dry_run)
		return true;
	struct buf rule = {0};
	FILE *f = fopen(j->input.dependencies, "r");
	char block[4096];
	buf_puts(&rule, "");
	for (size_t n; f && (n = fread(block, 1, sizeof block, f));)
		buf_write(&rule, block, n);
	if (f)
		fclose(f);
	bool written = output_write(j->dependency_file, rule.data, rule.len);
	buf_free(&rule);
	return written;
}

/* --emit-c, --emit-header, --dump, --frames. */
static bool write_texts(const struct options *o, const struct job *j)
{
	if (o->emit_c) {
		const char *name = j->input.argument->text;
		const char *file = *o->emit_c ? o->emit_c : o->output && o->mode == MODE_TEXT ? o->output : is_stdin(name) ? "-" : text_printf("%s.c", path_stem(path_base(name)));
		if (!strcmp(file, name) && !is_stdin(name)) {
			usage_error("'--emit-c' would replace the input '%s'; name another file with '--emit-c=FILE'", name);
			return false;
		}
		if (!output_write(file, j->c.data ? j->c.data : "", j->c.len))
			return false;
	}
	if (o->emit_header) {
		const char *file = header_file(o, &j->input);
		if (!strcmp(file, j->input.argument->text) && !is_stdin(file)) {
			usage_error("'--emit-header' would replace the input '%s'; name another file with '--emit-header=FILE'", file);
			return false;
		}
		if (!output_write(file, j->header.data ? j->header.data : "", j->header.len))
			return false;
	}
	if (!o->dumps)
		return true;
	const char *file = o->output && o->mode == MODE_TEXT && !o->emit_c ? o->output : "-";
	return output_write(file, j->dumps.data ? j->dumps.data : "", j->dumps.len);
}

/* Compiles an input's C; with -save-temps the C stays, beside the C compiler's own files. */
static bool job_compile(const struct options *o, struct job *j)
{
	const char *own = path_stem(path_base(j->input.name));
	const char *file = cached_path(o, j->output);
	if (!file)
		file = temp_path(text_printf("%s.c", is_stdin(j->input.argument->text) ? "stdin" : own));
	if (!o->dry_run && !output_write(file, j->c.data, j->c.len))
		return false;
	for (unsigned i = 0; i < o->count; i++)
		if (!strncmp(o->arguments[i].text, "-save-temps", 11) && !o->dry_run && !output_write(text_printf("%s.ac.c", own), j->c.data, j->c.len))
			return false;
	return compile_c(o, &j->input, &j->c, file, o->mode == MODE_SYNTAX ? NULL : j->output);
}

/* Everything behind the generated C: objects, the C inputs of the command line, the program. */
static int finish(const struct options *o, struct job *jobs)
{
	const char **made = ARENA_ARRAY(driver_arena(), const char *, o->count); /* at each argument's place: what its dialect input was compiled to */
	bool link = o->mode == MODE_LINK, rest = !link && o->other_inputs, ok = true;
	for (unsigned i = 0; i < o->dialect_inputs && ok; i++) {
		struct job *j = &jobs[i];
		if (j->state == GENERATED_PLAIN && !link && !j->input.copied) {
			rest = true;
			continue;
		}
		if (j->state == GENERATED_PLAIN && !o->emit_c)
			ok = input_read(&j->input, &j->c);
		ok = ok && job_compile(o, j) && write_dependencies(o, j);
		made[j->index] = j->output ? j->output : j->input.name;
		if (link && o->keeps_files)
			temp_add(j->output);
	}
	if (ok && rest)
		ok = forward(o, made, false) == 0;
	const char *program = o->run ? temp_path(path_stem(path_base(o->run))) : o->output;
	if (ok && link)
		ok = link_program(o, made, program);
	if (!ok)
		return EXIT_BAD_PROGRAM;
	if (!o->run || o->dry_run)
		return 0;
	struct args command = {0};
	args_push(&command, program);
	args_append(&command, &o->run_args);
	return command_become(&command);
}

static int compile_inputs(const struct options *o)
{
	struct job *jobs = ARENA_ARRAY(driver_arena(), struct job, o->dialect_inputs);
	bool ok = true, plain = true, runtime = false;
	unsigned count = 0;
	for (unsigned i = 0; i < o->count; i++) {
		if (o->arguments[i].kind != ARG_DIALECT)
			continue;
		struct job *j = &jobs[count++];
		j->index = i;
		if (!input_open(&j->input, &o->arguments[i])) {
			ok = false;
			continue;
		}
		job_name_outputs(o, j);
		j->state = generate(o, &j->input, j->target, &j->c, &j->dumps, &j->header);
		ok &= j->state != GENERATED_NOTHING;
		plain &= j->state == GENERATED_PLAIN;
		runtime |= j->input.uses_runtime;
	}
	for (unsigned i = 0; i < count && (o->emit_c || o->emit_header || o->emit_deps || o->dumps); i++)
		if (jobs[i].dumps.len || jobs[i].state != GENERATED_NOTHING)
			ok &= write_texts(o, &jobs[i]) && (o->mode != MODE_TEXT || write_dependencies(o, &jobs[i]));
	int status = !ok ? EXIT_BAD_PROGRAM : 0;
	if (ok && o->mode != MODE_TEXT)
		status = plain && !o->run && !jobs[0].input.copied ? forward(o, NULL, runtime) : finish(o, jobs);
	for (unsigned i = 0; i < count; i++) {
		buf_free(&jobs[i].c);
		buf_free(&jobs[i].dumps);
		buf_free(&jobs[i].header);
	}
	return status;
}

int main(int argc, char **argv)
{
	struct options options;
	temp_init();
	int status = options_read(&options, argc, argv);
	if (status != OPTIONS_GO_ON) {
		if (fflush(stdout) || ferror(stdout)) {
			perror("asyncc: error: cannot write standard output");
			return EXIT_BAD_PROGRAM;
		}
		return status;
	}
	if (!options.dialect_inputs && options.show && !options.other_inputs)
		fprintf(stderr, "asyncc version %s\n", ASYNCC_VERSION);
	if (!options.dialect_inputs || options.mode == MODE_PREPROCESS || options.mode == MODE_DEPENDENCIES)
		return forward(&options, NULL, false);
	return compile_inputs(&options);
}
