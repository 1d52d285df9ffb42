/* --dump=ast and --dump=types: the tree as stable text.
 *
 *   IF 3:5
 *     cond: BINARY 3:11 op='<'
 *       lhs: IDENT 3:9 name=x
 *
 * One node a line: the name of the field that holds it, its kind, its position in the source that the user wrote, its scalar fields that are
 * not zero. Children follow two blanks deeper, in the order of ast.def. */
#include <stddef.h>

#include "frontend/ast/ast.h"

struct dump {
	FILE *out;
	struct source *source;
	ast_type_text *type_text;
};

/* What the bits of an F_INT field are called. */
static const char *const storage_words[] = {"typedef", "extern", "static", "auto", "register", "thread", "constexpr", NULL};
static const char *const qual_words[] = {"const", "volatile", "restrict", "atomic", NULL};
static const char *const func_words[] = {"inline", "noreturn", "async", NULL};
static const char *const asm_words[] = {"volatile", "goto", "inline", NULL};
static const char *const basic_words[] = {
	"void", "bool", "char", "short", "int", "long", "longlong", "int128", "signed", "unsigned", "float", "double",
	"complex", "imaginary", "float16", "float32", "float64", "float128", "float32x", "float64x", "float128x", "ibm128",
	"decimal32", "decimal64", "decimal128", "auto_type", "bfloat16", "va_list", "float80", "sat", NULL,
};
static const char *const tag_words[] = {"struct", "union", "enum"};
static const char *const dialect_words[] = {"future", "result", "task", "chan", "stream"};

static void dump_bits(struct dump *d, const char *name, int bits, const char *const *words)
{
	const char *separator = "=";

	if (bits == 0)
		return;
	fprintf(d->out, " %s", name);
	for (unsigned i = 0; words[i]; i++) {
		if (!(bits >> i & 1))
			continue;
		fprintf(d->out, "%s%s", separator, words[i]);
		separator = ",";
	}
}

static bool same(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return *a == *b;
}

static void dump_int(struct dump *d, const struct node *n, const char *name, int value)
{
	if (same(name, "storage"))
		dump_bits(d, name, value, storage_words);
	else if (same(name, "quals"))
		dump_bits(d, name, value, n->kind == N_ASM ? asm_words : qual_words);
	else if (same(name, "func"))
		dump_bits(d, name, value, func_words);
	else if (same(name, "basic"))
		dump_bits(d, name, value, basic_words);
	else if (same(name, "op"))
		fprintf(d->out, " op='%s'", ast_op_text((enum ast_op)value));
	else if (same(name, "tag_kind"))
		fprintf(d->out, " %s", tag_words[value]);
	else if (same(name, "which"))
		fprintf(d->out, " %s", dialect_words[value]);
	else if (value && !same(name, "end") && !same(name, "name_loc")) /* positions */
		fprintf(d->out, " %s=%d", name, value);
}

static void dump_text(struct dump *d, const char *name, const char *text, unsigned len)
{
	if (!text)
		return;
	fprintf(d->out, " %s=", name);
	for (unsigned i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '\n')
			fputs("\\n", d->out);
		else if (c < ' ' && c != '\t')
			fprintf(d->out, "\\x%02x", c);
		else
			fputc(c, d->out);
	}
}

static void dump_scalars(struct dump *d, struct node *n)
{
	switch ((enum node_kind)n->kind) {
#define NODE_OF n
#define F_NAME(x)                                                                                                      \
	if (fields->x)                                                                                                 \
		fprintf(d->out, " %s=%s", #x, fields->x);
#define F_INT(x) dump_int(d, n, #x, fields->x);
#define F_BOOL(x)                                                                                                      \
	if (fields->x)                                                                                                 \
		fprintf(d->out, " %s", #x);
#define F_TEXT(x) dump_text(d, #x, fields->x, fields->x##_len);
#include "frontend/ast/fields.def"
	}
}

static void dump_node(struct dump *d, const char *field, struct node *n, int depth);

static void dump_list(struct dump *d, const char *field, struct node_list *list, int depth)
{
	for (unsigned i = 0; i < list->len; i++)
		dump_node(d, field, list->data[i], depth);
}

static void dump_children(struct dump *d, struct node *n, int depth)
{
	switch ((enum node_kind)n->kind) {
#define NODE_OF n
#define F_NODE(x) dump_node(d, #x, fields->x, depth);
#define F_LIST(x) dump_list(d, #x, &fields->x, depth);
#include "frontend/ast/fields.def"
	}
}

static void dump_node(struct dump *d, const char *field, struct node *n, int depth)
{
	if (!n)
		return;
	fprintf(d->out, "%*s", 2 * depth, "");
	if (field)
		fprintf(d->out, "%s: ", field);
	fputs(node_kind_name((enum node_kind)n->kind), d->out);
	if (n->loc && d->source) {
		struct place place = source_locate(d->source, n->loc);

		fprintf(d->out, " %u:%u", place.line, place.column);
	}
	dump_scalars(d, n);
	if (d->type_text && n->type)
		fprintf(d->out, " : %s", d->type_text(d->source->arena, n->type));
	fputc('\n', d->out);
	dump_children(d, n, depth + 1);
}

void ast_dump(FILE *out, struct source *s, const struct node *n, ast_type_text *type_text)
{
	struct dump d = {.out = out, .source = s, .type_text = type_text};

	dump_node(&d, NULL, (struct node *)n, 0);
}
