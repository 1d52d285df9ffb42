/* Splices a plain C program as if parts of it used the dialect: the output has to mean what the input does.
 *
 *   cc -E -dD x.c | splicetest x.c [-every=N] [-from=K] [-headers] [-expanded] > y.c
 *
 * Every Nth item (from the Kth) of the main file, with -headers of its own headers too, is replaced by what the printer makes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lower/print/print.h"
#include "tests/tools/input.h"

int main(int argc, char **argv)
{
	struct parse_options parse_options = {.dialect = false, .c_version = 17, .gnu = true};
	struct sema_options sema_options = {.c_version = 17};
	struct print_options print_options = {0};
	unsigned every = 1, from = 0, count = 0;
	bool headers = false;
	for (int i = 2; i < argc; i++) {
		if (!strncmp(argv[i], "-every=", 7))
			every = (unsigned)atoi(argv[i] + 7);
		else if (!strncmp(argv[i], "-from=", 6))
			from = (unsigned)atoi(argv[i] + 6);
		headers |= !strcmp(argv[i], "-headers");
		print_options.expanded |= !strcmp(argv[i], "-expanded");
	}
	struct input in = {0};
	struct buf out = {0};
	input_read(&in, argc > 1 ? argv[1] : "<stdin>");
	struct macro_log macros = {0};
	struct node *tree = parse(in.arena, &in.source, in.diag, &parse_options, &macros);
	struct unit *unit = sema(in.arena, &in.source, in.diag, tree, &sema_options);
	struct core_unit core = {.unit = unit, .arena = in.arena};
	struct lowered_unit lowered = {.core = &core};
	map_init(&lowered.by_item, in.arena);
	for (unsigned i = 0; i < tree->u.TRANSLATION_UNIT.items.len; i++) {
		struct node *n = tree->u.TRANSLATION_UNIT.items.data[i];
		bool here = headers ? !source_in_system_header(&in.source, n->begin) : source_in_main(&in.source, n->begin);
		if (here && (n->kind == N_FUNCTION_DEF || n->kind == N_DECLARATION) && count++ >= from && count % every == 0)
			n->flags |= NF_USES_DIALECT;
	}
	unit->uses_dialect = true;
	if (!print_output(&out, &lowered, &macros, &print_options))
		return 1;
	fwrite(out.data ? out.data : "", 1, out.len, stdout);
	if (lowered.printed_expanded && !print_options.expanded)
		fprintf(stderr, "expanded\n");
	return input_end(&in) ? 1 : 0;
}
