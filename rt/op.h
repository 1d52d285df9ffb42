/* What every operation of the library has besides its poll function: a descriptor, a constructor of boxed futures, and
 * its block_on. */
#ifndef ASYNCC_RT_OP_H
#define ASYNCC_RT_OP_H

#include <string.h>

#include "rt/internal.h"

/* The descriptor of operation `op`, which header `where` declares. */
#define OP_DESCRIPTOR(op, where)                                                                                       \
	const struct async__fn op##__fn = {.name = #op,                                                                \
					   .file = where,                                                              \
					   .align = _Alignof(struct op##__frame),                                      \
					   .size = sizeof(struct op##__frame),                                         \
					   .poll = op##__poll}

/* A boxed copy of a frame whose parameters are stored; NULL when memory is exhausted. */
static inline async_future async__op_box(const struct async__fn *fn, const void *frame)
{
	struct async__frame *f = async__frame_new(fn);
	if (f)
		memcpy(f, frame, fn->size);
	return f;
}

/* block_on of such a frame: 0, or the error for which nothing ran. */
static inline int async__op_block_on(const struct async__fn *fn, struct async__frame *f)
{
	return async__block_on(f, fn->poll, fn->name, fn->file, fn->line);
}

#endif
