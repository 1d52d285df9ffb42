/* What the C compiler does after asyncc: compiles the generated C, links, and gets everything that isn't in the dialect. */
#ifndef ASYNCC_DRIVER_LINK_H
#define ASYNCC_DRIVER_LINK_H

#include "driver/preprocess.h"

/* Hands the command line on to the C compiler, dialect inputs as plain C. `skip` (may be NULL): not the arguments at whose places it holds something; then
 * the exit status is returned, while otherwise this process becomes the C compiler. `runtime`: the runtime is linked. */
int forward(const struct options *o, const char *const *skip, bool runtime);
/* Compiles `c`, the generated C of `in` (in a temporary file), to `output` (NULL with -fsyntax-only). False after messages. */
bool compile_c(const struct options *o, const struct input *in, const struct buf *c, const char *c_file, const char *output);
/* Links all inputs, `objects[i]` in place of argument i where that isn't NULL, to `output` (NULL: the C compiler's choice). */
bool link_program(const struct options *o, const char *const *objects, const char *output);

/* ccache.c: where generated C for `object` is written when the C compiler runs under ccache; removed at exit. NULL: in the temporary directory. */
const char *cached_path(const struct options *o, const char *object);

#endif
