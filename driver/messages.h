/* The C compiler's messages about generated C, as messages about the source. */
#ifndef ASYNCC_DRIVER_MESSAGES_H
#define ASYNCC_DRIVER_MESSAGES_H

#include <stdbool.h>

#include "frontend/base/buf.h"

/* Prints `messages`, which a C compiler gave for `generated` (C with #line directives to the source `name`, whose text is `original`).
 * Lines that asyncc wrote have the source's line numbers already; here they get its columns, its text and its functions' names, and what is
 * said twice (of a defer that was copied to two ways out) is said once. All else is printed as it is. */
void messages_print(const struct buf *messages, const char *name, const struct buf *original, const struct buf *generated, bool color);

#endif
