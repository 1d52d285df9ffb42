/* The error numbers of asyncc.h are those of the libuv that the runtime is built with: checked here, no code. */
#include <uv.h>

#include "asyncc.h"

#define ERROR(name, text) _Static_assert((int)ASYNC_##name == (int)UV_##name, "ASYNC_" #name " differs from UV_" #name);
#include "rt/error.def"
#undef ERROR

/* abi.h writes these as numbers. */
_Static_assert((int)ASYNC__ENOMEM == (int)ASYNC_ENOMEM && ASYNC_ERANGE == -34 && ASYNC_UNKNOWN == -4094,
	       "abi.h and asyncc.h differ");
