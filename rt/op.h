/* What every operation of the library has besides its poll function: a descriptor, a constructor of boxed futures, and
 * its block_on. */
#ifndef ASYNCC_RT_OP_H
#define ASYNCC_RT_OP_H

#include <string.h>

#include "rt/internal.h"

/* The descriptor of `op`, which header `where` declares: an async function written by hand. */
#define FUNCTION_DESCRIPTOR(op, where, poll_fn)                                                                        \
	const struct async__fn op##__fn = {.name = #op,                                                                \
					   .file = where,                                                              \
					   .align = _Alignof(struct op##__frame),                                      \
					   .size = sizeof(struct op##__frame),                                         \
					   .poll = poll_fn,                                                            \
					   .value_offset = offsetof(struct op##__frame, value),                        \
					   .value_size = sizeof((struct op##__frame *)0)->value,                       \
					   .error_size = _Generic(((struct op##__frame *)0)->value,                    \
								  ptrdiff_t: sizeof(ptrdiff_t),                        \
								  default: sizeof(int)), /* also first in a result */  \
					   .ended = ASYNC__ENDED}

/* The same of an operation. */
#define OP_DESCRIPTOR(op, where)                                                                                       \
	static enum async__poll op##__as_function(struct async__frame *self, struct async__context *cx, unsigned state) \
	{                                                                                                              \
		return async__as_function(op##__poll(self, cx, state), self, cx);                                      \
	}                                                                                                              \
	FUNCTION_DESCRIPTOR(op, where, op##__as_function)

static inline enum async__poll async__as_function(enum async__poll result, struct async__frame *f, struct async__context *cx)
{
	return result == ASYNC__PENDING ? async__suspend_operation(cx, f) : result;
}

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

/* The descriptor and the constructor of boxed futures of `op`; the last arguments are the initialisers of a frame's
 * parameters. */
#define OP_FUTURE(op, where, parameters, ...)                                                                          \
	OP_DESCRIPTOR(op, where);                                                                                      \
	async_future op parameters                                                                                     \
	{                                                                                                              \
		return async__op_box(&op##__fn, &(struct op##__frame){__VA_ARGS__});                                   \
	}

/* What `op`, which header `where` declares, has besides its poll: that, and block_on. Its value is an integer, negative
 * for errors. */
#define INTEGER_OPERATION(op, where, type, parameters, ...)                                                            \
	OP_FUTURE(op, where, parameters, __VA_ARGS__)                                                                  \
	type op##__block_on parameters                                                                                 \
	{                                                                                                              \
		struct op##__frame f = {__VA_ARGS__};                                                                  \
		int err = async__op_block_on(&op##__fn, &f.base);                                                      \
		return err ? err : f.value;                                                                            \
	}

/* The same where the value is a result; fail(frame, err) stores an error. */
#define RESULT_OPERATION(op, where, fail, type, parameters, ...)                                                       \
	OP_FUTURE(op, where, parameters, __VA_ARGS__)                                                                  \
	type op##__block_on parameters                                                                                 \
	{                                                                                                              \
		struct op##__frame f = {__VA_ARGS__};                                                                  \
		int err = async__op_block_on(&op##__fn, &f.base);                                                      \
		if (err)                                                                                               \
			fail(&f.base, err);                                                                            \
		return f.value;                                                                                        \
	}

#endif
