/* Names and texts of errors. The numbers are libuv's; uv_errors.c checks that. */
#include "asyncc.h"

static const struct {
	int err;
	const char *name, *text;
} errors[] = {
#define ERROR(name, text) {ASYNC_##name, #name, text},
#include "rt/error.def"
#undef ERROR
};

const char *async_strerror(int err)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].err == err)
			return errors[i].text;
	return err == 0 ? "success" : "unknown error";
}

const char *async_err_name(int err)
{
	for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
		if (errors[i].err == err)
			return errors[i].name;
	return err == 0 ? "OK" : "UNKNOWN";
}
