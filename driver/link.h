/* What the C compiler does after asyncc: compiles the generated C, links, and gets everything that isn't in the dialect. */
#ifndef ASYNCC_DRIVER_LINK_H
#define ASYNCC_DRIVER_LINK_H

#include "driver/preprocess.h"

/* Hands the command line on, with dialect inputs as plain C. The exit status; doesn't return where nothing is left to do afterwards. `objects` (may be NULL)
 * holds, at each argument's place, the object that takes the place of a dialect input, or NULL. */
int forward(const struct options *o, const char *const *skip);
/* Compiles generated C (a temporary file) of `in` to `output` (NULL with -fsyntax-only). False after messages. */
bool compile_c(const struct options *o, const struct input *in, const char *c_file, const char *output);
/* Links all inputs, `objects[i]` in place of argument i where that isn't NULL, to `output` (NULL: the C compiler's choice). */
bool link_program(const struct options *o, const char *const *objects, const char *output);

#endif
