/* Prints a whole preprocessed program from its tree: what comes out has to mean what went in.
 *
 *   cc -E x.c | printall [-core] [-lines] [-std=c11] > y.c
 *
 * -core: locals and type names from their semantic types, as in lowered functions; -lines: with #line directives. The exit status is 1 after a diagnostic. */
#include <stdio.h>
#include <string.h>

#include "lower/print/print.h"
#include "tests/tools/input.h"

int main(int argc, char **argv)
{
	struct parse_options parse_options = {.dialect = false, .c_version = 17, .gnu = true};
	struct sema_options sema_options = {.c_version = 17};
	bool core = false, lines = false;
	for (int i = 1; i < argc; i++) {
		core |= !strcmp(argv[i], "-core");
		lines |= !strcmp(argv[i], "-lines");
		if (!strcmp(argv[i], "-dialect"))
			parse_options.dialect = true;
	}
	struct input in = {0};
	struct buf out = {0};
	input_read(&in, "<stdin>");
	struct node *tree = parse(in.arena, &in.source, in.diag, &parse_options, NULL);
	struct unit *unit = sema(in.arena, &in.source, in.diag, tree, &sema_options);
	struct printer p;
	printer_init(&p, &out, &in.source);
	p.no_lines = !lines;
	for (unsigned i = 0; i < tree->u.TRANSLATION_UNIT.items.len; i++) {
		struct node *n = tree->u.TRANSLATION_UNIT.items.data[i];
		p.core = core && n->kind == N_FUNCTION_DEF;
		print_item(&p, n);
	}
	print_finish(&p);
	(void)unit;
	fwrite(out.data ? out.data : "", 1, out.len, stdout);
	return input_end(&in) ? 1 : 0;
}
