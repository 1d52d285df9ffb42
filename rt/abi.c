/* The version of the contract with generated code, as a symbol that every generated file refers to. */
#include "asyncc/abi.h"

_Static_assert(ASYNC__ABI_VERSION == 3, "the symbol below, its declaration in abi.h, and this number go together");
const char async__abi_version_3 = 0;
