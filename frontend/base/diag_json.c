/* Diagnostics as JSON, in the shape of GCC's -fdiagnostics-format=json. */
#include <string.h>

#include "frontend/base/diag_internal.h"

static void print_string(FILE *out, const char *text)
{
	uint32_t len = (uint32_t)strlen(text), bytes;
	int width;
	fputc('"', out);
	for (uint32_t i = 0; i < len; i += bytes) {
		uint32_t c = utf8_decode(text, len, i, &bytes, &width);
		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", (char)c);
		else if (c == '\n')
			fputs("\\n", out);
		else if (c == '\t')
			fputs("\\t", out);
		else if (c < ' ' || (bytes == 1 && c >= 0x7F))
			fprintf(out, "\\u%04x", c);
		else
			fwrite(text + i, 1, bytes, out);
	}
	fputc('"', out);
}

/* A point `offset` bytes behind a place. */
static void print_point(FILE *out, const char *name, const struct place *p, uint32_t offset)
{
	uint32_t byte = p->column + offset, shown = p->text ? display_column(p->text, p->text_len, byte) : byte;
	fprintf(out, "\"%s\": {\"file\": ", name);
	print_string(out, p->file);
	fprintf(out, ", \"line\": %u, \"display-column\": %u, \"byte-column\": %u, \"column\": %u}", p->line, shown, byte, shown);
}

static void print_body(FILE *out, const struct report *r)
{
	fputs(", \"message\": ", out);
	print_string(out, r->message);
	fputs(", \"column-origin\": 1, \"locations\": [", out);
	if (r->place.file && r->place.column) {
		fputc('{', out);
		print_point(out, "caret", &r->place, 0);
		if (r->place.width > 1) {
			fputs(", ", out);
			print_point(out, "finish", &r->place, r->place.width - 1);
		}
		fputc('}', out);
	}
	fputc(']', out);
	if (r->fixits.len)
		fputs(", \"fixits\": [", out);
	for (unsigned i = 0; i < r->fixits.len; i++) {
		const struct fixit *f = &r->fixits.data[i];
		fputs(i ? ", {" : "{", out);
		print_point(out, "start", &f->place, 0);
		fputs(", ", out);
		print_point(out, "next", &f->place, f->width);
		fputs(", \"string\": ", out);
		print_string(out, f->text);
		fputc('}', out);
	}
	if (r->fixits.len)
		fputc(']', out);
	fputs(", \"escape-source\": false", out);
}

void diag_print_json(struct diag *d, FILE *out, const struct diagnostic *diagnostic, bool first)
{
	(void)d;
	const struct report *r = &diagnostic->main;
	fputs(first ? "[" : ", ", out);
	fprintf(out, "{\"kind\": \"%s\"", r->level == DIAG_WARNING ? "warning" : "error");
	if (diagnostic->flag)
		fprintf(out, ", \"option\": \"-W%s%s\"", diagnostic->promoted ? "error=" : "", diagnostic->flag);
	print_body(out, r);
	fputs(", \"children\": [", out);
	for (unsigned i = 0; i < diagnostic->notes.len; i++) {
		fputs(i ? ", {\"kind\": \"note\"" : "{\"kind\": \"note\"", out);
		print_body(out, &diagnostic->notes.data[i]);
		fputc('}', out);
	}
	fputs("]}", out);
}
