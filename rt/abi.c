/* The version of the contract with generated code: as a symbol that every generated file refers to, for the linker; and as a number, for what
 * is loaded later. A shared object with a runtime in it uses the program's where that exports one. */
#define _GNU_SOURCE
#include "asyncc/abi.h"

#include <dlfcn.h>

#include "rt/internal.h"

_Static_assert(ASYNC__ABI_VERSION == 4, "the symbol below, its declaration in abi.h, and this number go together");
const char async__abi_version_4 = 0;

/* (volatile: what is read is the first one in the process, which may be another runtime's.) */
const volatile int async__abi_number = ASYNC__ABI_VERSION;

static __attribute__((constructor)) void abi_check(void)
{
	Dl_info object;
	if (async__abi_number == ASYNC__ABI_VERSION)
		return;
	async__misuse("%s was built for version %d of asyncc's runtime, and the program that loads it has version %d; build it again with the "
		      "asyncc of the program", dladdr(&async__abi_version_4, &object) ? object.dli_fname : "a shared object", ASYNC__ABI_VERSION,
		      async__abi_number);
}
