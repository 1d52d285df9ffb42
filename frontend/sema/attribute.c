/* Attributes that mean something to asyncc: those that change sizes and types, cleanup, and [[asyncc::...]].
 * All others are the C compiler's business and pass through. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "frontend/sema/internal.h"

enum { BIGGEST_ALIGNMENT = 16 }; /* of a bare `aligned` */

/* `name` or `__name__`. */
static bool word_is(const char *spelt, const char *name)
{
	size_t len = strlen(name);
	if (spelt[0] == '_' && spelt[1] == '_')
		return !strncmp(spelt + 2, name, len) && !strcmp(spelt + 2 + len, "__");
	return !strcmp(spelt, name);
}

bool attribute_is(const struct node *attr, const char *name)
{
	const struct ast_ATTRIBUTE *a = &attr->u.ATTRIBUTE;
	if (!a->name || (a->ns && !word_is(a->ns, "gnu")))
		return false;
	return word_is(a->name, name);
}

const struct node *attribute_find(const struct node_list *attrs, const char *name)
{
	for (unsigned i = 0; i < attrs->len; i++)
		if (attribute_is(attrs->data[i], name))
			return attrs->data[i];
	return NULL;
}

static bool argument_value(struct sema *s, const struct node *attr, unsigned index, uint64_t *value)
{
	if (index >= attr->u.ATTRIBUTE.args.len)
		return false;
	struct node *arg = attr->u.ATTRIBUTE.args.data[index];
	struct int_value v;
	if (node_family(arg->kind) != FAM_EXPR)
		return false;
	check_expr(s, arg, NULL);
	if (!eval_integer(s, arg, &v))
		return false;
	*value = v.lo;
	return true;
}

/* The first argument as a word: mode(DI), cleanup(f). */
static const char *argument_word(struct sema *s, const struct node *attr)
{
	const struct ast_ATTRIBUTE *a = &attr->u.ATTRIBUTE;
	if (a->args.len && a->args.data[0]->kind == N_IDENT)
		return a->args.data[0]->u.IDENT.name;
	const char *p = a->text, *end = p + a->text_len;
	while (p < end && isspace((unsigned char)*p))
		p++;
	const char *start = p;
	while (p < end && (isalnum((unsigned char)*p) || *p == '_'))
		p++;
	return p > start ? arena_strndup(s->arena, start, (size_t)(p - start)) : NULL;
}

uint32_t attribute_alignment(struct sema *s, const struct node_list *attrs)
{
	uint32_t align = 0;
	for (unsigned i = 0; i < attrs->len; i++) {
		const struct node *attr = attrs->data[i];
		if (!attribute_is(attr, "aligned"))
			continue;
		uint64_t value = BIGGEST_ALIGNMENT;
		if (attr->u.ATTRIBUTE.args.len) {
			struct node *arg = attr->u.ATTRIBUTE.args.data[0];
			if (arg->kind == N_TYPE_NAME)
				value = check_type_name(s, arg)->align;
			else if (!argument_value(s, attr, 0, &value))
				continue;
		}
		if (value > align && value <= UINT32_MAX / 2)
			align = (uint32_t)value;
	}
	return align;
}

/* -- types -------------------------------------------------------------------------------------------------------- */

/* Rebuilds `t` with its innermost element, pointee or return type (that which is no pointer, array, function) changed by `change`. */
static struct type *change_innermost(struct sema *s, struct type *t, struct type *(*change)(struct sema *, struct type *, uint64_t), uint64_t arg)
{
	struct type *c = type_strip(s->arena, t);
	switch (c->kind) {
	case TY_POINTER: {
		struct type *to = change_innermost(s, c->base, change, arg);
		return to == c->base ? t : type_qualified(s->arena, type_pointer(s->arena, to), c->quals);
	}
	case TY_ARRAY:
	case TY_FUNCTION: {
		struct type *base = change_innermost(s, c->base, change, arg);
		if (base == c->base)
			return t;
		struct type *copy = type_copy(s->arena, c);
		copy->base = base;
		if (c->kind == TY_ARRAY) {
			copy->size = base->size * c->u.array.length;
			copy->align = base->align;
		}
		return copy;
	}
	default:
		return change(s, t, arg);
	}
}

static struct type *to_vector(struct sema *s, struct type *t, uint64_t bytes)
{
	if (!type_is_arithmetic(t) || !t->size || bytes < t->size || bytes % t->size)
		return t;
	struct type *element = type_unqualified(s->arena, t);
	return type_qualified(s->arena, type_vector(s->arena, element, bytes / t->size), type_quals(t));
}

struct mode {
	const char *name;
	uint8_t is_signed_kind, unsigned_kind; /* of a floating mode both are the type */
	bool complex;
};

static const struct mode *mode_find(const char *name, size_t len)
{
	static const struct mode modes[] = {
		{"QI", TY_SCHAR, TY_UCHAR, false}, {"HI", TY_SHORT, TY_USHORT, false}, {"SI", TY_INT, TY_UINT, false},
		{"DI", TY_LONG, TY_ULONG, false}, {"TI", TY_INT128, TY_UINT128, false}, {"byte", TY_SCHAR, TY_UCHAR, false},
		{"word", TY_LONG, TY_ULONG, false}, {"pointer", TY_LONG, TY_ULONG, false}, {"unwind_word", TY_LONG, TY_ULONG, false},
		{"libgcc_cmp_return", TY_LONG, TY_ULONG, false}, {"libgcc_shift_count", TY_INT, TY_UINT, false},
		{"HF", TY_FLOAT16, TY_FLOAT16, false}, {"BF", TY_BFLOAT16, TY_BFLOAT16, false}, {"SF", TY_FLOAT, TY_FLOAT, false},
		{"DF", TY_DOUBLE, TY_DOUBLE, false}, {"XF", TY_LDOUBLE, TY_LDOUBLE, false}, {"TF", TY_FLOAT128, TY_FLOAT128, false},
		{"HC", TY_FLOAT16, TY_FLOAT16, true}, {"SC", TY_FLOAT, TY_FLOAT, true}, {"DC", TY_DOUBLE, TY_DOUBLE, true},
		{"XC", TY_LDOUBLE, TY_LDOUBLE, true}, {"TC", TY_FLOAT128, TY_FLOAT128, true}, {"SD", TY_DECIMAL32, TY_DECIMAL32, false},
		{"DD", TY_DECIMAL64, TY_DECIMAL64, false}, {"TD", TY_DECIMAL128, TY_DECIMAL128, false},
		{"CQI", TY_SCHAR, TY_UCHAR, true}, {"CHI", TY_SHORT, TY_USHORT, true}, {"CSI", TY_INT, TY_UINT, true}, {"CDI", TY_LONG, TY_ULONG, true},
	};
	if (len > 4 && !strncmp(name, "__", 2) && !strncmp(name + len - 2, "__", 2))
		name += 2, len -= 4;
	for (unsigned i = 0; i < sizeof modes / sizeof *modes; i++)
		if (strlen(modes[i].name) == len && !strncmp(modes[i].name, name, len))
			return &modes[i];
	return NULL;
}

/* The type that mode(name) makes of `t`. */
static struct type *type_of_mode(struct sema *s, struct type *t, const char *name)
{
	size_t len = strlen(name);
	uint64_t lanes = 0;
	if (len > 4 && !strncmp(name, "__", 2) && !strncmp(name + len - 2, "__", 2))
		name += 2, len -= 4;
	if (name[0] == 'V' && isdigit((unsigned char)name[1])) {
		char *rest;
		lanes = strtoull(name + 1, &rest, 10);
		len -= (size_t)(rest - name);
		name = rest;
	}
	const struct mode *m = mode_find(name, len);
	if (!m)
		return t;
	struct type *base = type_basic(type_is_signed(t) || type_is_floating(t) || type_kind(t) == TY_COMPLEX ? m->is_signed_kind : m->unsigned_kind);
	if (type_kind(t) == TY_CHAR || type_kind(t) == TY_INT)
		base = type_basic(m->is_signed_kind);
	if (m->complex)
		base = type_complex(s->arena, base);
	if (lanes)
		base = type_vector(s->arena, base, lanes);
	return type_qualified(s->arena, base, type_quals(t));
}

static struct type *to_mode(struct sema *s, struct type *t, uint64_t name)
{
	if (!type_is_arithmetic(t))
		return t;
	return type_of_mode(s, t, (const char *)(uintptr_t)name);
}

/* Attributes that stay with a type and have to be printed with it. */
static bool belongs_to_type(const struct node *attr)
{
	static const char *const names[] = {"ms_abi", "sysv_abi", "regparm", "stdcall", "fastcall", "cdecl", "may_alias", "address_space", "aarch64_vector_pcs"};
	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (attribute_is(attr, names[i]))
			return true;
	return false;
}

struct type *apply_type_attributes(struct sema *s, struct type *t, const struct node_list *attrs)
{
	for (unsigned i = 0; i < attrs->len; i++) {
		const struct node *attr = attrs->data[i];
		uint64_t value;
		if (attribute_is(attr, "vector_size")) {
			if (argument_value(s, attr, 0, &value))
				t = change_innermost(s, t, to_vector, value);
		} else if (attribute_is(attr, "mode")) {
			const char *word = argument_word(s, attr);
			if (word)
				t = change_innermost(s, t, to_mode, (uint64_t)(uintptr_t)word);
		} else if (belongs_to_type(attr)) {
			struct type *c = type_strip(s->arena, t);
			bool function_pointer = c->kind == TY_POINTER && type_kind(c->base) == TY_FUNCTION;
			struct type *owner = type_copy(s->arena, function_pointer ? type_strip(s->arena, c->base) : c->kind == TY_FUNCTION ? c : t);
			struct node_list list = {0};
			for (unsigned k = 0; k < owner->attrs.len; k++)
				node_list_push(s->arena, &list, owner->attrs.data[k]);
			node_list_push(s->arena, &list, (struct node *)attr);
			owner->attrs = list;
			t = function_pointer ? type_qualified(s->arena, type_pointer(s->arena, owner), c->quals) : owner;
		}
	}
	return t;
}

void apply_tag_attributes(struct sema *s, struct tag *tag, const struct node_list *attrs)
{
	if (attribute_find(attrs, "packed"))
		tag->packed = true;
	if (attribute_find(attrs, "transparent_union"))
		tag->transparent_union = true;
	uint32_t align = attribute_alignment(s, attrs);
	if (align > tag->explicit_align)
		tag->explicit_align = align;
	const struct node *mode = attribute_find(attrs, "mode");
	if (mode && tag->kind == TAG_ENUM) {
		const char *word = argument_word(s, mode);
		if (word)
			tag->underlying = type_of_mode(s, tag->underlying ? tag->underlying : type_basic(TY_UINT), word);
	}
	for (unsigned i = 0; i < attrs->len; i++)
		node_list_push(s->arena, &tag->attrs, attrs->data[i]);
}

/* -- symbols ------------------------------------------------------------------------------------------------------ */

static bool is_asyncc(const struct node *attr)
{
	return attr->u.ATTRIBUTE.ns && word_is(attr->u.ATTRIBUTE.ns, "asyncc");
}

enum { MAX_WORKERS = 4096 };

/* `multi, workers = N` */
static void apply_runtime(struct sema *s, struct symbol *sym, const struct node *attr)
{
	const struct ast_ATTRIBUTE *a = &attr->u.ATTRIBUTE;
	char *text = arena_strndup(s->arena, a->text ? a->text : "", a->text_len);
	if (strstr(text, "multi"))
		sym->runtime_multi = true;
	else if (!strstr(text, "single"))
		diag_error(s->diag, attr->loc, "the runtime is 'single' or 'multi'");
	char *workers = strstr(text, "workers");
	if (!workers)
		return;
	char *value = workers + strcspn(workers, "="), *end = value;
	long count = *value ? strtol(value + 1, &end, 0) : -1;
	end += strspn(end, " \t");
	if (count < 0 || count > MAX_WORKERS || *end)
		diag_error(s->diag, attr->loc, "'workers' is a number from 0, one a core, to %d", MAX_WORKERS);
	else
		sym->runtime_workers = (unsigned)count;
}

static void apply_asyncc(struct sema *s, struct symbol *sym, const struct node *attr)
{
	const struct ast_ATTRIBUTE *a = &attr->u.ATTRIBUTE;
	uint64_t value;
	const struct type *type = type_core(sym->type);
	bool is_async = type->kind == TY_FUNCTION && type->u.function.is_async;
	use_dialect(s); /* the C compiler would warn of it */
	if (!is_async && (word_is(a->name, "max_frame") || word_is(a->name, "frame") || word_is(a->name, "runtime"))) {
		diag_error(s->diag, attr->loc, "'asyncc::%s' goes with async functions alone", a->name);
		return;
	}
	if (word_is(a->name, "max_frame")) {
		if (argument_value(s, attr, 0, &value))
			sym->max_frame = value;
		else
			diag_error(s->diag, attr->loc, "'max_frame' takes the largest size of the frame in bytes, an integer constant");
	} else if (word_is(a->name, "frame")) {
		if (a->args.len == 1 && a->args.data[0]->kind == N_TYPE_NAME)
			sym->frame = check_type_name(s, a->args.data[0]);
		if (!sym->frame || type_kind(sym->frame) != TY_STRUCT)
			diag_error(s->diag, attr->loc, "'frame' takes the struct that is the function's frame");
	} else if (word_is(a->name, "runtime")) {
		apply_runtime(s, sym, attr);
	} else if (!word_is(a->name, "blocking") && !word_is(a->name, "nonblocking")) {
		diag_error(s->diag, attr->loc, "unknown attribute 'asyncc::%s'", a->name);
	}
}

static void apply_cleanup(struct sema *s, struct symbol *sym, const struct node *attr)
{
	const struct node_list *args = &attr->u.ATTRIBUTE.args;
	if (args->len != 1 || args->data[0]->kind != N_IDENT || sym->kind != SYM_VARIABLE || sym->static_duration)
		return;
	sym->cleanup = args->data[0];
	check_expr(s, sym->cleanup, NULL);
	/* The function receives the object's address, and the scope has something to run on its way out. */
	sym->address_taken = true;
	if (s->scope->info)
		s->scope->info->has_defer = true;
}

void apply_symbol_attributes(struct sema *s, struct symbol *sym, const struct node_list *attrs)
{
	if (!attrs->len)
		return;
	if (sym->kind != SYM_TYPEDEF) {
		uint32_t align = attribute_alignment(s, attrs);
		if (align > sym->explicit_align)
			sym->explicit_align = align;
	}
	for (unsigned i = 0; i < attrs->len; i++) {
		const struct node *attr = attrs->data[i];
		if (is_asyncc(attr))
			apply_asyncc(s, sym, attr);
		else if (attribute_is(attr, "cleanup"))
			apply_cleanup(s, sym, attr);
		else if ((attribute_is(attr, "noreturn") || attribute_is(attr, "_Noreturn")) && sym->kind == SYM_FUNCTION &&
			 sym->type->kind == TY_FUNCTION && !sym->type->u.function.noreturn) {
			sym->type = type_copy(s->arena, sym->type);
			sym->type->u.function.noreturn = true;
		}
	}
}
