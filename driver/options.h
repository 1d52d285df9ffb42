/* The command line, taken apart. asyncc is used like cc: options that it does not know belong to the C compiler, and their order is kept. */
#ifndef ASYNCC_DRIVER_OPTIONS_H
#define ASYNCC_DRIVER_OPTIONS_H

#include <stdbool.h>

#include "driver/command.h"

enum mode { MODE_LINK, MODE_COMPILE, MODE_ASSEMBLE, MODE_PREPROCESS, MODE_DEPENDENCIES, MODE_SYNTAX, MODE_TEXT }; /* TEXT: --emit-c, --dump, --frames */

enum argument_kind {
	ARG_DIALECT,    /* an input that asyncc reads */
	ARG_SOURCE,     /* an input that the C compiler compiles */
	ARG_OBJECT,     /* an input for the linker: object, archive, shared object, script */
	ARG_OPTION,     /* for every step of the C compiler */
	ARG_LINK,       /* for the linker only */
	ARG_DEPENDENCY, /* -MD and its kin */
	ARG_MODE,       /* -c -S -E -M -fsyntax-only, and -o FILE */
	ARG_NOISE,      /* for compiling and linking, but not for a preprocessing whose output asyncc reads: -v -P -C -save-temps -dM */
	ARG_OWN         /* asyncc's alone */
};

struct argument {
	enum argument_kind kind;
	const char *text;     /* the option as written, or the name of an input */
	const char *value;    /* its operand where that is an argument of its own, else NULL */
	const char *language; /* inputs: what -x said last; NULL: by the name */
	bool preprocessed;    /* DIALECT: -fpreprocessed, or a .i */
};

enum dump { DUMP_TOKENS = 1, DUMP_AST = 2, DUMP_TYPES = 4, DUMP_CFG = 8, DUMP_LIVENESS = 16, DUMP_FRAMES = 32, DUMP_LOWERED = 64, FRAMES_REPORT = 128 };

struct options {
	enum mode mode;
	struct argument *arguments; /* in the order of the command line */
	unsigned count, cap;
	unsigned dialect_inputs, other_inputs; /* other: SOURCE and OBJECT */
	const char *output;         /* -o, or NULL */
	const char *emit_c;         /* --emit-c: a file name, "-", "" for the name made from the input, or NULL */
	const char *emit_header;    /* --emit-header, in the same way */
	bool emit_deps;             /* --emit-deps; its -MD and -MF are among the arguments */
	int dumps;                  /* set of enum dump */
	bool show, dry_run;         /* -v; -### */
	bool json;                  /* -fdiagnostics-format=json */
	bool short_enums;
	bool shared_runtime;        /* -shared-runtime */
	bool links_static;          /* -static, -static-pie: libraries too */
	bool links_nothing;         /* -r, -nostdlib and the like: no runtime is added */
	bool keeps_files;           /* -save-temps, --coverage: files beside the output that are named after it */
	bool dependencies;          /* -MD, -MMD */
	const char *standard;       /* the last -std=..., or NULL */
	struct args diagnostics;    /* options for diag_option */
	const char *run;            /* --run: the source; run_args follow */
	struct args run_args;       /* arguments of the program */
	struct args cc;             /* the C compiler: $CC as words, else cc */
};

enum { EXIT_BAD_PROGRAM = 1, EXIT_BAD_USAGE = 2 };
enum { OPTIONS_GO_ON = -1 };

/* Reads the command line. OPTIONS_GO_ON, or the exit status where that was all (--help, a usage error). */
int options_read(struct options *o, int argc, char **argv);
/* A message "asyncc: error: ..." about the usage; returns EXIT_BAD_USAGE. */
int usage_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The last component of a path; the path without its suffix; the directory ("." where none is named). */
const char *path_base(const char *path);
const char *path_stem(const char *path);
const char *path_directory(const char *path);
/* True for the name of standard input. */
bool is_stdin(const char *name);

/* help.c */
void print_help(void);
void print_version(const struct options *o);

/* install.c: where the headers and the runtime are, in the build tree or installed. */
const char *include_directory(void);
const char *runtime_library(void);
const char *shared_runtime_library(void);
/* Where the headers of the library's parts are; the same directory where asyncc is installed. */
const char *library_include_directory(void);
/* The libraries that the runtime needs, as linker options. */
void runtime_dependencies(struct args *a, bool is_static);
void print_cflags(void);
/* The path of asyncc.mk. */
const char *makefile_rules(void);

#endif
