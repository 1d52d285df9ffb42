/* Fuzz target (libFuzzer): the input is preprocessed text; it goes through the whole compiler, as with -fpreprocessed.
 * Whatever it is, asyncc must neither crash nor hang, and must either report an error or produce text. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/base/diag.h"
#include "lower/core.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *sink;
	if (!sink)
		sink = fopen("/dev/null", "w");
	if (memchr(data, 0, size))
		return 0; /* the driver rejects these */
	struct arena *arena = arena_new();
	char *text = arena_alloc(arena, size + 2);
	memcpy(text, data, size);
	struct source source;
	source_init(&source, arena, "<stdin>", text, size);
	struct diag *d = diag_new(arena);
	diag_set_output(d, sink);
	diag_set_source(d, &source);
	struct parse_options parse_options = {.dialect = true, .c_version = 17, .gnu = true};
	struct sema_options sema_options = {.c_version = 17};
	struct print_options print_options = {.expanded = true};
	struct macro_log macros = {0};
	struct node *tree = parse(arena, &source, d, &parse_options, &macros);
	struct unit *unit = sema(arena, &source, d, tree, &sema_options);
	struct core_unit *core = !diag_errors(d) && unit->uses_dialect ? normalize(arena, unit) : NULL;
	if (core && !diag_errors(d)) {
		analyze(arena, core, d);
		check_max_frames(core, d);
		struct lowered_unit *lowered = transform(arena, core);
		struct buf out = {0};
		if (!diag_errors(d) && !print_output(&out, lowered, &macros, &print_options) && !diag_errors(d))
			abort();
		buf_free(&out);
	}
	diag_finish(d);
	arena_free(arena);
	return 0;
}
