/* One input, from its text to C. */
#ifndef ASYNCC_DRIVER_COMPILE_H
#define ASYNCC_DRIVER_COMPILE_H

#include "driver/preprocess.h"

enum generated { GENERATED_NOTHING /* after diagnostics */, GENERATED_C, GENERATED_PLAIN /* no dialect in it: the C compiler can have it as it is */ };

/* Preprocesses and compiles `in`. Dumps go to `dumps` (text that is asked for by --dump and --frames). What --emit-header writes goes to `header`. The C text goes to `c`; a plain input's is its own text. */
enum generated generate(const struct options *o, struct input *in, const char *target, struct buf *c, struct buf *dumps, struct buf *header);
/* Lets each #include of a part of the runtime's headers fall back to the amalgamation; `has_lines`: the text holds #line directives (portable.c). */
void portable_includes(struct buf *text, bool has_lines);
/* Puts a comment in front of generated C: where it comes from, and what a reader finds in it. */
void generated_comment(struct buf *text, const char *source);
/* Where --emit-header writes. */
const char *header_file(const struct options *o, const struct input *in);

#endif
