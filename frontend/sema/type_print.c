/* Types as text.
 *
 * A declaration is printed in two halves around the name: `int (*` name `)[3]`. In lowered form dialect types print as
 * what generated code calls them; in messages as the user writes them. */
#include <ctype.h>
#include <string.h>

#include "frontend/sema/sema.h"

static void print_prefix(struct type_printer *p, const struct type *t, unsigned quals);
static void print_suffix(struct type_printer *p, const struct type *t);

static const char *basic_name(enum type_kind kind)
{
	static const char *const names[TY_TYPEDEF] = {
		[TY_VOID] = "void", [TY_BOOL] = "_Bool", [TY_CHAR] = "char", [TY_SCHAR] = "signed char", [TY_UCHAR] = "unsigned char",
		[TY_SHORT] = "short", [TY_USHORT] = "unsigned short", [TY_INT] = "int", [TY_UINT] = "unsigned int", [TY_LONG] = "long",
		[TY_ULONG] = "unsigned long", [TY_LLONG] = "long long", [TY_ULLONG] = "unsigned long long", [TY_INT128] = "__int128",
		[TY_UINT128] = "unsigned __int128", [TY_FLOAT16] = "_Float16", [TY_BFLOAT16] = "__bf16", [TY_FLOAT] = "float",
		[TY_DOUBLE] = "double", [TY_LDOUBLE] = "long double", [TY_FLOAT32] = "_Float32", [TY_FLOAT64] = "_Float64",
		[TY_FLOAT128] = "_Float128", [TY_FLOAT32X] = "_Float32x", [TY_FLOAT64X] = "_Float64x", [TY_FLOAT80] = "__float80",
		[TY_DECIMAL32] = "_Decimal32", [TY_DECIMAL64] = "_Decimal64", [TY_DECIMAL128] = "_Decimal128",
		[TY_VA_LIST] = "__builtin_va_list",
	};
	return kind < TY_TYPEDEF ? names[kind] : NULL;
}

static char last_char(const struct buf *b)
{
	return b->len ? b->data[b->len - 1] : ' ';
}

static void put_space(struct buf *out)
{
	char c = last_char(out);
	if (c != ' ' && c != '*' && c != '(')
		buf_putc(out, ' ');
}

static void print_quals(struct buf *out, unsigned quals)
{
	static const struct {
		unsigned bit;
		const char *text;
	} table[] = {{Q_CONST, "const "}, {Q_VOLATILE, "volatile "}, {Q_ATOMIC, "_Atomic "}, {Q_RESTRICT, "__restrict "}};
	for (unsigned i = 0; i < sizeof table / sizeof *table; i++)
		if (quals & table[i].bit)
			buf_puts(out, table[i].text);
}

static void print_attributes(struct type_printer *p, const struct node_list *attrs)
{
	if (!p->lowered)
		return;
	for (unsigned i = 0; i < attrs->len; i++) {
		const struct ast_ATTRIBUTE *a = &attrs->data[i]->u.ATTRIBUTE;
		if (last_char(p->out) != ' ')
			buf_putc(p->out, ' ');
		buf_printf(p->out, "__attribute__((%s", a->name);
		if (a->has_args)
			buf_printf(p->out, "(%.*s)", (int)a->text_len, a->text ? a->text : "");
		buf_puts(p->out, "))");
	}
}

/* -- tags without a name ------------------------------------------------------------------------------------------------
 * To generated code they are the types of what was declared with them, an expression that is never evaluated:
 *
 *     static struct { int a; } *table;                   __typeof__((*table))
 *     struct config { struct { int a; } x[4]; };         __typeof__((*(*(struct config *)0).x))
 *     typedef struct { int a; } *handle;                 __typeof__((*(*(handle *)0)))                                      */
static const char *const tag_keyword[] = {[TAG_STRUCT] = "struct", [TAG_UNION] = "union", [TAG_ENUM] = "enum"};

struct tag *type_nameless_tag(const struct type *t)
{
	while (t->kind == TY_POINTER || t->kind == TY_ARRAY || (t->kind == TY_FUNCTION && !t->u.function.is_async))
		t = t->base;
	bool is_tag = t->kind == TY_STRUCT || t->kind == TY_UNION || t->kind == TY_ENUM;
	return is_tag && !t->u.tag->name && !t->u.tag->emit_name && !t->u.tag->named_by ? t->u.tag : NULL;
}

bool tag_is_printable(const struct tag *tag)
{
	return tag->name || tag->emit_name || tag->named_by || tag->object || (tag->holder && tag_is_printable(tag->holder));
}

static void print_lvalue(struct buf *out, const struct tag *tag, bool *qualified);

/* Arguments of the parameters' types. */
static void print_arguments(struct buf *out, const struct type *function)
{
	buf_putc(out, '(');
	for (unsigned i = 0; i < function->u.function.param_count; i++) {
		struct type pointer = {.kind = TY_POINTER, .base = function->u.function.params[i].type};
		buf_puts(out, i ? ", *(" : "*(");
		type_print(out, &pointer, NULL, true);
		buf_puts(out, ")0");
	}
	buf_putc(out, ')');
}

/* What `name`, an expression of type `t`, leads to behind pointers, arrays and calls. */
static void print_reached(struct buf *out, const struct type *t, const char *name, bool *qualified)
{
	struct buf text = {0};
	buf_puts(&text, name);
	for (;; t = t->base) {
		*qualified |= t->quals != 0;
		bool called = t->kind == TY_FUNCTION;
		if (!called && t->kind != TY_POINTER && t->kind != TY_ARRAY)
			break;
		struct buf inner = text;
		text = (struct buf){0};
		buf_printf(&text, called ? "%s" : "(*%s)", inner.data);
		if (called)
			print_arguments(&text, t);
		buf_free(&inner);
	}
	buf_puts(out, text.data);
	buf_free(&text);
}

static void print_lvalue(struct buf *out, const struct tag *tag, bool *qualified)
{
	struct buf name = {0};
	const struct member *m = tag->holder_member;
	const struct symbol *s = tag->object;
	const struct type *t = s ? s->type : m ? m->type : NULL;
	if (tag->name || tag->emit_name || tag->named_by) {
		const char *known = tag->emit_name ? tag->emit_name : tag->name ? tag->name : tag->named_by->name;
		buf_printf(out, tag->name || tag->emit_name ? "(*(%s %s *)0)" : "(*(%s%s *)0)", tag->name || tag->emit_name ? tag_keyword[tag->kind] : "", known);
		return;
	}
	if (s) {
		buf_printf(&name, s->kind == SYM_TYPEDEF ? "(*(%s *)0)" : "%s", s->name);
	} else {
		print_lvalue(&name, tag->holder, qualified);
		if (m->name)
			buf_printf(&name, ".%s", m->name);
	}
	if (s || m->name)
		print_reached(out, t, name.data, qualified);
	else
		buf_puts(out, name.data); /* its members are those of the outer one */
	buf_free(&name);
}

static void print_nameless(struct type_printer *p, const struct tag *tag)
{
	struct buf text = {0};
	bool qualified = false;
	if (p->lowered && tag->kind == TAG_ENUM && !tag_is_printable(tag)) {
		type_print(p->out, tag->underlying, NULL, true); /* of a bit-field: the type that it is compatible with */
		return;
	}
	if (!p->lowered || !tag_is_printable(tag)) {
		buf_printf(p->out, "%s <anonymous>", tag_keyword[tag->kind]);
		return;
	}
	print_lvalue(&text, tag, &qualified);
	/* The value of a comma has no qualifiers. */
	buf_printf(p->out, qualified ? "__typeof__(((void)0, %s))" : "__typeof__(%s)", text.data);
	buf_free(&text);
}

/* ------------------------------------------------------------------------------------------------------------------------ */

static void print_tag(struct type_printer *p, const struct type *t)
{
	const struct tag *tag = t->u.tag;
	const char *name = tag->emit_name && p->lowered ? tag->emit_name : tag->name;
	if (name)
		buf_printf(p->out, "%s %s", tag_keyword[tag->kind], name);
	else if (tag->named_by)
		buf_puts(p->out, p->lowered && tag->named_by->emit_name ? tag->named_by->emit_name : tag->named_by->name);
	else
		print_nameless(p, tag);
}

static void print_closure(struct type_printer *p, const struct type *t)
{
	if (p->lowered) {
		buf_puts(p->out, "struct async_closure");
		return;
	}
	buf_puts(p->out, "async |");
	for (unsigned i = 0; i < t->u.function.param_count; i++) {
		if (i)
			buf_puts(p->out, ", ");
		type_print_with(p, t->u.function.params[i].type, NULL);
	}
	buf_putc(p->out, '|');
	if (type_kind(t->base) != TY_VOID) {
		buf_puts(p->out, " -> ");
		type_print_with(p, t->base, NULL);
	}
}

static void print_dialect(struct type_printer *p, const struct type *t)
{
	static const char *const words[] = {
		[TY_FUTURE] = "future", [TY_TASK] = "task", [TY_CHAN] = "chan", [TY_STREAM] = "stream", [TY_RESULT] = "result"};
	if (!p->lowered) {
		buf_printf(p->out, "%s(", words[t->kind]);
		type_print_with(p, t->base, NULL);
		buf_putc(p->out, ')');
	} else if (t->kind == TY_RESULT) {
		buf_printf(p->out, "struct %s", t->u.tag->emit_name ? t->u.tag->emit_name : t->u.tag->name);
	} else {
		buf_printf(p->out, "async_%s", words[t->kind]);
	}
}

/* A type that is neither pointer, array nor function. */
static void print_specifiers(struct type_printer *p, const struct type *t, unsigned quals)
{
	if (p->specifiers && p->specifiers(p, t, quals))
		return;
	print_quals(p->out, quals);
	switch ((enum type_kind)t->kind) {
	case TY_ERROR:
		buf_puts(p->out, p->lowered ? "int" : "<error>");
		return;
	case TY_TYPEDEF:
		buf_puts(p->out, p->lowered && t->u.symbol->emit_name ? t->u.symbol->emit_name : t->u.symbol->name);
		break;
	case TY_STRUCT: case TY_UNION: case TY_ENUM:
		print_tag(p, t);
		break;
	case TY_FUTURE: case TY_TASK: case TY_CHAN: case TY_STREAM: case TY_RESULT:
		print_dialect(p, t);
		break;
	case TY_CLOSURE:
		print_closure(p, t);
		break;
	case TY_COMPLEX:
		buf_puts(p->out, "_Complex ");
		print_specifiers(p, type_core(t->base), 0);
		break;
	case TY_VECTOR:
		if (p->lowered) {
			print_specifiers(p, t->base, 0);
			buf_printf(p->out, " __attribute__((vector_size(%llu)))", (unsigned long long)(t->base->size * t->u.array.length));
		} else {
			buf_printf(p->out, "__vector(%llu) ", (unsigned long long)t->u.array.length);
			print_specifiers(p, t->base, 0);
		}
		break;
	case TY_BITINT:
		buf_printf(p->out, "%s_BitInt(%u)", t->is_unsigned ? "unsigned " : "", (unsigned)t->u.bits);
		break;
	case TY_NULLPTR:
		buf_puts(p->out, p->lowered ? "__typeof__(nullptr)" : "nullptr_t");
		break;
	case TY_AUTO:
		buf_puts(p->out, "__auto_type");
		break;
	case TY_VA_LIST:
		if (p->lowered && t->size != type_target.va_list_size)
			buf_puts(p->out, "__typeof__(&(*(__builtin_va_list *)0)[0])"); /* a parameter: its element has no name */
		else
			buf_puts(p->out, basic_name(TY_VA_LIST));
		break;
	case TY_FLOAT128:
		/* clang knows __float128 alone on x86-64; AArch64 has _Float128 alone. */
		buf_puts(p->out, p->lowered && !type_target.wchar_unsigned ? "__float128" : "_Float128");
		break;
	default:
		buf_puts(p->out, basic_name(t->kind));
		break;
	}
	print_attributes(p, &t->attrs);
}

static bool needs_parens(const struct type *pointee)
{
	return pointee->kind == TY_ARRAY || pointee->kind == TY_FUNCTION;
}

static void print_prefix(struct type_printer *p, const struct type *t, unsigned quals)
{
	switch (t->kind) {
	case TY_POINTER:
		print_prefix(p, t->base, t->base->quals);
		put_space(p->out);
		if (needs_parens(t->base))
			buf_putc(p->out, '(');
		buf_putc(p->out, '*');
		print_attributes(p, &t->attrs);
		if (quals) {
			print_quals(p->out, quals);
			p->out->data[--p->out->len] = '\0';
		}
		break;
	case TY_ARRAY:
		print_prefix(p, t->base, t->base->quals);
		break;
	case TY_FUNCTION:
		if (t->u.function.is_async)
			buf_puts(p->out, p->lowered ? "async_future" : "async fn");
		else
			print_prefix(p, t->base, t->base->quals);
		break;
	default:
		print_specifiers(p, t, quals);
		break;
	}
}

static void print_params(struct type_printer *p, const struct type *t)
{
	buf_putc(p->out, '(');
	if (!t->u.function.kr) {
		for (unsigned i = 0; i < t->u.function.param_count; i++) {
			if (i)
				buf_puts(p->out, ", ");
			struct type *type = t->u.function.params[i].type;
			if (p->lowered && t->u.function.is_async && type->is_vm)
				buf_puts(p->out, "void *"); /* its bounds are the function's own business: lower/normalize/vla.c */
			else
				type_print_with(p, type, NULL);
		}
		if (t->u.function.variadic)
			buf_puts(p->out, t->u.function.param_count ? ", ..." : "...");
		else if (!t->u.function.param_count)
			buf_puts(p->out, "void");
	}
	buf_putc(p->out, ')');
}

static void print_suffix(struct type_printer *p, const struct type *t)
{
	switch (t->kind) {
	case TY_POINTER:
		if (needs_parens(t->base))
			buf_putc(p->out, ')');
		print_suffix(p, t->base);
		break;
	case TY_ARRAY:
		buf_putc(p->out, '[');
		if (t->u.array.bound && p->bound)
			p->bound(p, t->u.array.bound);
		else if (t->u.array.bound || t->u.array.star)
			buf_putc(p->out, '*');
		else if (!t->u.array.incomplete)
			buf_printf(p->out, "%llu", (unsigned long long)t->u.array.length);
		buf_putc(p->out, ']');
		print_suffix(p, t->base);
		break;
	case TY_FUNCTION:
		print_params(p, t);
		print_attributes(p, &t->attrs);
		if (!t->u.function.is_async) {
			print_suffix(p, t->base);
		} else if (!p->lowered && type_kind(t->base) != TY_VOID) {
			buf_puts(p->out, " -> ");
			type_print_with(p, t->base, NULL);
		}
		break;
	default:
		break;
	}
}

void type_print_with(struct type_printer *p, const struct type *t, const char *name)
{
	print_prefix(p, t, t->quals);
	if (name && *name) {
		char c = last_char(p->out);
		if (isalnum((unsigned char)c) || c == '_' || c == ')' || c == '>' || c == '|' || c == '}')
			buf_putc(p->out, ' ');
		buf_puts(p->out, name);
	} else if (t->kind == TY_FUNCTION && t->u.function.is_async && !p->lowered) {
		buf_putc(p->out, ' ');
	}
	print_suffix(p, t);
}

void type_print(struct buf *out, const struct type *t, const char *name, bool lowered)
{
	struct type_printer p = {.out = out, .lowered = lowered};
	type_print_with(&p, t, name);
}

const char *type_text(struct arena *a, const struct type *t)
{
	struct buf b = {0};
	type_print(&b, t, NULL, false);
	const char *text = arena_strndup(a, b.data ? b.data : "", b.len);
	buf_free(&b);
	return text;
}

/* An identifier as a part of a result's name: parts are joined by `__`, so one that holds `__` itself is told by its length. */
static void put_identifier(struct buf *b, const char *name)
{
	size_t len = strlen(name);
	if (strstr(name, "__") || name[0] == '_' || name[len - 1] == '_')
		buf_printf(b, "N%zu__", len);
	buf_puts(b, name);
}

/* Appends the part for `t`; false if it has no name at file scope. */
static bool put_result_name(struct buf *b, const struct type *t, unsigned quals)
{
	if (quals & Q_CONST)
		buf_puts(b, "const__");
	if (quals & Q_VOLATILE)
		buf_puts(b, "volatile__");
	if (quals & Q_ATOMIC)
		buf_puts(b, "atomic__");
	switch ((enum type_kind)t->kind) {
	case TY_TYPEDEF:
		if (t->u.symbol->function || t->u.symbol->scope)
			return false;
		put_identifier(b, t->u.symbol->name);
		return true;
	case TY_STRUCT: case TY_UNION: case TY_ENUM: {
		const struct tag *tag = t->u.tag;
		if (tag->local || (!tag->name && !tag->named_by))
			return false;
		if (tag->name)
			buf_puts(b, tag->kind == TAG_STRUCT ? "struct__" : tag->kind == TAG_UNION ? "union__" : "enum__");
		put_identifier(b, tag->name ? tag->name : tag->named_by->name);
		return true;
	}
	case TY_POINTER:
		if (!put_result_name(b, t->base, t->base->quals))
			return false;
		buf_puts(b, "__ptr");
		return true;
	case TY_COMPLEX:
		buf_puts(b, "complex__");
		return put_result_name(b, t->base, 0);
	case TY_BITINT:
		buf_printf(b, "%sbitint__%u", t->is_unsigned ? "u" : "", (unsigned)t->u.bits);
		return true;
	default: {
		const char *name = basic_name(t->kind);
		if (!name)
			return false;
		for (const char *c = name; *c; c++) {
			if (*c == ' ')
				buf_puts(b, "__");
			else
				buf_putc(b, *c);
		}
		return true;
	}
	}
}

const char *type_result_name(struct arena *a, const struct type *value)
{
	struct buf b = {0};
	const char *name = NULL;
	if (put_result_name(&b, value, 0))
		name = arena_strndup(a, b.data, b.len);
	buf_free(&b);
	return name;
}
