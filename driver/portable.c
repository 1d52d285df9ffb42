/* Text that --emit-c and --emit-header write, for a place where asyncc is not installed: a part of the runtime's headers that is not there is taken from the
 * amalgamation's one header.
 *
 *     #include <asyncc/net.h>          #if __has_include(<asyncc/net.h>)
 *                                      #include <asyncc/net.h>
 *                                      #else
 *                                      #include <asyncc.h>
 *                                      #endif
 *                                      #line 3              in generated C, whose lines are the source's
 *
 * Behind the contract with the runtime stands a check that it is the one of this text: who compiles it may have another. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include <asyncc/abi.h> /* the version that generated code is for */
#include "driver/compile.h"

/* The length of the header's name, with its brackets, where `line` includes a part of the runtime's headers; *name: where it begins. Else 0. */
static size_t included_part(const char *line, const char **name)
{
	line += strspn(line, " \t");
	if (*line != '#')
		return 0;
	line += 1 + strspn(line + 1, " \t");
	if (strncmp(line, "include", 7) != 0)
		return 0;
	line += 7 + strspn(line + 7, " \t");
	*name = line;
	return strncmp(line, "<asyncc/", 8) == 0 ? strcspn(line, ">\n") + 1 : 0;
}

void portable_includes(struct buf *text, bool has_lines)
{
	struct buf out = {0};
	unsigned long line = 1;
	for (const char *at = text->data, *next; at && *at; at = next) {
		const char *newline = strchr(at, '\n'), *name;
		size_t len;
		next = newline ? newline + 1 : at + strlen(at);
		if (has_lines && !strncmp(at, "#line ", 6))
			line = strtoul(at + 6, NULL, 10);
		else
			line++;
		len = included_part(at, &name);
		if (!len || !newline || name[len - 1] != '>') {
			buf_write(&out, at, (size_t)(next - at));
			continue;
		}
		if (!strncmp(name, "<asyncc/dialect.ah>", len)) {
			buf_putc(&out, '\n'); /* the text is C now */
			continue;
		}
		buf_printf(&out, "#if __has_include(%.*s)\n%.*s#else\n#include <asyncc.h>\n#endif\n", (int)len, name, (int)(next - at), at);
		if (has_lines && !strncmp(name, "<asyncc/abi.h>", len))
			buf_printf(&out, "#if ASYNC__ABI_VERSION != %d\n#error \"this was generated for version %d of the runtime's interface, and the runtime here has another: generate it "
				   "again with the asyncc that belongs to it\"\n#endif\n", ASYNC__ABI_VERSION, ASYNC__ABI_VERSION);
		if (has_lines)
			buf_printf(&out, "#line %lu\n", line);
	}
	buf_free(text);
	*text = out;
}
