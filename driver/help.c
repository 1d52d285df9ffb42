/* --help and --version. */
#include <stdio.h>

#include "driver/options.h"
#include "frontend/base/diag.h"

void print_help(void)
{
	fputs("Usage: asyncc [options] file...\n"
	      "       asyncc [options] --run file.ac [arguments]\n"
	      "\n"
	      "Compiles C with async/await. asyncc is used like cc: sources in the dialect (.ac), C sources, objects,\n"
	      "archives and -l options may stand together, and options that are not listed here go to the C compiler.\n"
	      "\n"
	      "  -c, -S, -E, -fsyntax-only   stop after compiling, at assembly, after preprocessing, after checking\n"
	      "  -o FILE                     the output ('-': standard output, for text)\n"
	      "  -x ac                       take the C inputs that follow as the dialect, whatever their names\n"
	      "  --run FILE.ac [ARGS]        compile, run with ARGS, remove; the exit status is the program's\n"
	      "  --emit-c[=FILE]             write the generated C (default: the input's name with .c)\n"
	      "  --emit-header[=FILE]        write a header with which C and C++ call the file's async functions (default: .h)\n"
	      "  --emit-deps[=FILE]          write make's dependencies (default: the input's name with .d)\n"
	      "  --frames                    print each async function's frame size, and what is kept at each await and why\n"
	      "  --dump=STAGE[,STAGE]        print tokens, ast, types, cfg, liveness, frames or lowered\n"
	      "  --cflags, --libs            print the options with which generated C is compiled and linked\n"
	      "  --libs=PART[,PART]          the same with parts of the library: tls, http, ... or all\n"
	      "  --features                  print which parts of the library there are\n"
	      "  --makefile                  print where asyncc.mk is: rules for make, include $(shell asyncc --makefile)\n"
	      "  -shared-runtime             link libasyncc.so (default: -static-runtime)\n"
	      "  -fpreprocessed              the inputs have been preprocessed by asyncc -E\n"
	      "  -MD, -MMD, -MF, -MT, -MQ,   write make's dependencies, naming the .ac file and its headers\n"
	      "    -MP, -M, -MM\n"
	      "  -v, -###                    show the commands that run; show them and run none\n"
	      "  -save-temps                 keep the generated C as well\n"
	      "  @FILE                       read options from FILE\n"
	      "  --help, --version\n"
	      "\n"
	      "Diagnostics: -W... -Wno-... -Werror[=...] -Wno-error[=...] -w -fmax-errors=N (100) -fdiagnostics-format=text|json\n"
	      "  -fdiagnostics-color=auto|always|never -fno-diagnostics-show-caret\n",
	      stdout);
	diag_list_warnings(stdout);
	fputs("\n"
	      "Environment: CC or ASYNCC_CC, the C compiler (default cc; may hold options, \"ccache gcc\"); TMPDIR.\n"
	      "Exit status: 0, 1 for a program with errors, 2 for a wrong command line.\n"
	      "Manual: asyncc(1); asyncc-dialect(7), asyncc-concurrency(7), asyncc-runtime(7); async_tcp(3) and others.\n",
	      stdout);
}

void print_version(const struct options *o)
{
	printf("asyncc %s\nC compiler:", ASYNCC_VERSION);
	for (unsigned i = 0; i < o->cc.len; i++)
		printf(" %s", o->cc.data[i]);
	putchar('\n');
}
