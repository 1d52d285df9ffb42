/* Types: construction, qualifiers, sugar, classification.
 *
 * Basic types, their qualified versions and pointers to those live in static tables, since nothing in them belongs to a
 * compilation; everything else comes from the arena. A type made of an incomplete struct, union or enum is noted in that
 * tag and gets its size when the tag is completed (tag_completed), so `size` and `align` of a complete type are always right. */

#include "frontend/base/vec.h"
#include "frontend/sema/sema.h"

enum { MAX_ALIGNMENT = 1 << 28 }; /* of an ELF section as GCC has it */
enum { BASIC_COUNT = TY_AUTO + 1, QUAL_SETS = 16 }; /* rows of kinds that are no basic types stay unused */

struct target type_target;

static struct type basic[BASIC_COUNT][QUAL_SETS];
static struct type basic_pointer[BASIC_COUNT][QUAL_SETS];
static bool basics_made;

static const struct {
	uint8_t kind, size;
} basic_sizes[] = {
	{TY_BOOL, 1},     {TY_CHAR, 1},     {TY_SCHAR, 1},    {TY_UCHAR, 1},     {TY_SHORT, 2},     {TY_USHORT, 2},
	{TY_INT, 4},      {TY_UINT, 4},     {TY_LONG, 8},     {TY_ULONG, 8},     {TY_LLONG, 8},     {TY_ULLONG, 8},
	{TY_INT128, 16},  {TY_UINT128, 16}, {TY_FLOAT16, 2},  {TY_BFLOAT16, 2},  {TY_FLOAT, 4},     {TY_DOUBLE, 8},
	{TY_LDOUBLE, 16}, {TY_FLOAT32, 4},  {TY_FLOAT64, 8},  {TY_FLOAT128, 16}, {TY_FLOAT32X, 8},  {TY_FLOAT64X, 16},
	{TY_FLOAT80, 16}, {TY_DECIMAL32, 4},{TY_DECIMAL64, 8},{TY_DECIMAL128, 16},{TY_NULLPTR, 8},
};

static void make_basics(void)
{
	for (int kind = 0; kind < BASIC_COUNT; kind++)
		for (int quals = 0; quals < QUAL_SETS; quals++) {
			struct type *t = &basic[kind][quals];
			*t = (struct type){.kind = kind, .quals = quals, .align = 1};
			t->unqualified = quals ? &basic[kind][0] : NULL;
			t->pointer = &basic_pointer[kind][quals];
			*t->pointer = (struct type){.kind = TY_POINTER, .size = 8, .align = 8, .base = t};
		}
	for (unsigned i = 0; i < sizeof basic_sizes / sizeof *basic_sizes; i++)
		for (int quals = 0; quals < QUAL_SETS; quals++) {
			struct type *t = &basic[basic_sizes[i].kind][quals];
			t->size = t->align = basic_sizes[i].size;
		}
	for (int quals = 0; quals < QUAL_SETS; quals++) {
		basic[TY_VA_LIST][quals].size = type_target.va_list_size;
		basic[TY_VA_LIST][quals].align = type_target.va_list_align;
	}
	basics_made = true;
}

void type_set_target(enum target_arch arch, bool char_unsigned)
{
	static const struct target targets[] = {
		[TARGET_X86_64] = {.va_list_size = 24, .va_list_align = 8, .va_list_is_array = true, .max_bitint_align = 8},
		[TARGET_AARCH64] = {.wchar_unsigned = true, .anonymous_bitfields_align = true, .va_list_size = 32, .va_list_align = 8,
				    .max_bitint_align = 16},
	};
	type_target = targets[arch];
	type_target.char_unsigned = char_unsigned;
	make_basics();
}

struct type *type_basic(enum type_kind kind)
{
	if (!basics_made)
		type_set_target(TARGET_X86_64, false);
	return &basic[kind][0];
}

static bool is_basic_node(const struct type *t)
{
	return t >= &basic[0][0] && t < &basic[0][0] + BASIC_COUNT * QUAL_SETS;
}

const struct type *type_core(const struct type *t)
{
	while (t->kind == TY_TYPEDEF)
		t = t->base;
	return t;
}

struct tag *type_tag(const struct type *t)
{
	t = type_core(t);
	switch (t->kind) {
	case TY_STRUCT:
	case TY_UNION:
	case TY_ENUM:
	case TY_RESULT:
		return t->u.tag;
	default:
		return NULL;
	}
}

/* Notes that `t` needs its size once the tag that it is made of is complete. */
static void depend_on_tag(struct arena *a, struct type *t)
{
	const struct type *c = type_core(t);
	while (c->kind == TY_ARRAY || c->kind == TY_VECTOR)
		c = type_core(c->base);
	struct tag *tag = type_tag(c);
	if (!tag || tag->complete)
		return;
	array_push(a, tag->dependents, tag->dependent_count, tag->dependent_cap, t);
}

/* _Atomic aligns objects of the sizes that the processor can access at once. */
static uint32_t atomic_align(const struct type *t)
{
	switch (t->size) {
	case 1: case 2: case 4: case 8: case 16:
		return t->size > t->align ? (uint32_t)t->size : t->align;
	default:
		return t->align;
	}
}

void tag_completed(struct tag *tag)
{
	if (tag->type) {
		tag->type->size = tag->size;
		tag->type->align = tag->align;
	}
	for (unsigned i = 0; i < tag->dependent_count; i++) {
		struct type *t = tag->dependents[i];
		if (t->kind == TY_ARRAY) {
			t->size = t->base->size * t->u.array.length;
			t->align = t->base->align;
		} else if (t->kind == TY_TYPEDEF) {
			t->size = t->base->size;
			if (t->base->align > t->align || t->align == 1)
				t->align = t->base->align;
		} else {
			t->size = tag->size;
			if (tag->align > t->align)
				t->align = tag->align;
		}
		if (t->quals & Q_ATOMIC)
			t->align = atomic_align(t);
	}
	tag->dependent_count = 0;
}

struct type *type_copy(struct arena *a, const struct type *t)
{
	struct type *copy = ARENA_NEW(a, struct type);
	*copy = *t;
	copy->pointer = NULL;
	depend_on_tag(a, copy);
	return copy;
}

struct type *type_pointer(struct arena *a, struct type *to)
{
	if (to->pointer)
		return to->pointer;
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = TY_POINTER;
	t->size = t->align = 8;
	t->base = to;
	t->is_vm = to->is_vm;
	to->pointer = t;
	return t;
}

static struct type *new_array(struct arena *a, struct type *element)
{
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = TY_ARRAY;
	t->base = element;
	t->align = element->align;
	t->is_vm = element->is_vm;
	return t;
}

struct type *type_array(struct arena *a, struct type *element, uint64_t length)
{
	struct type *t = new_array(a, element);
	t->u.array.length = length;
	t->size = element->size * length;
	depend_on_tag(a, t);
	return t;
}

struct type *type_array_incomplete(struct arena *a, struct type *element)
{
	struct type *t = new_array(a, element);
	t->u.array.incomplete = true;
	depend_on_tag(a, t);
	return t;
}

struct type *type_vla(struct arena *a, struct type *element, struct node *bound)
{
	struct type *t = new_array(a, element);
	t->u.array.bound = bound;
	t->u.array.star = !bound;
	t->is_vm = true;
	return t;
}

struct type *type_vector(struct arena *a, struct type *element, uint64_t length)
{
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = TY_VECTOR;
	t->base = element;
	t->u.array.length = length;
	t->size = element->size * length;
	t->align = 1;
	while (t->align < t->size && t->align < MAX_ALIGNMENT)
		t->align *= 2;
	return t;
}

struct type *type_complex(struct arena *a, struct type *component)
{
	static struct type shared[BASIC_COUNT];
	struct type *t;
	if (is_basic_node(component) && !component->quals)
		t = &shared[component->kind];
	else
		t = ARENA_NEW(a, struct type);
	t->kind = TY_COMPLEX;
	t->base = component;
	t->size = 2 * component->size;
	t->align = component->align;
	t->pointer = NULL; /* a shared node outlives the arena that its pointer type would come from */
	return t;
}

struct type *type_function(struct arena *a, struct type *ret, struct param *params, unsigned n, bool variadic)
{
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = TY_FUNCTION;
	t->align = 1;
	t->base = ret;
	t->u.function.params = params;
	t->u.function.param_count = n;
	t->u.function.variadic = variadic;
	return t;
}

struct type *type_dialect(struct arena *a, enum type_kind kind, struct type *value)
{
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = kind;
	t->base = value;
	t->size = t->align = 8;
	return t;
}

struct type *type_closure(struct arena *a, struct type *value, struct param *params, unsigned n)
{
	struct type *t = type_function(a, value, params, n, false);
	t->kind = TY_CLOSURE;
	t->u.function.is_async = true;
	t->size = 16;
	t->align = 8;
	return t;
}

struct type *type_bitint(struct arena *a, uint32_t bits, bool is_unsigned)
{
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = TY_BITINT;
	t->u.bits = bits;
	t->is_unsigned = is_unsigned;
	uint32_t bytes = (bits + 7) / 8, align = 1;
	while (align < bytes && align < type_target.max_bitint_align)
		align *= 2;
	t->align = align;
	t->size = (bytes + align - 1) / align * align;
	return t;
}

struct type *type_of_tag(struct arena *a, struct tag *tag)
{
	if (tag->type)
		return tag->type;
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = tag->kind == TAG_STRUCT ? TY_STRUCT : tag->kind == TAG_UNION ? TY_UNION : TY_ENUM;
	t->u.tag = tag;
	t->size = tag->complete ? tag->size : 0;
	t->align = tag->complete ? tag->align : 1;
	tag->type = t;
	return t;
}

struct type *type_typedef(struct arena *a, struct symbol *sym)
{
	if (sym->sugar)
		return sym->sugar;
	struct type *t = ARENA_NEW(a, struct type);
	t->kind = TY_TYPEDEF;
	t->base = sym->type;
	t->size = sym->type->size;
	t->align = sym->type->align;
	t->is_vm = sym->type->is_vm;
	t->u.symbol = sym;
	depend_on_tag(a, t);
	sym->sugar = t;
	return t;
}

struct type *type_aligned(struct arena *a, struct type *t, uint32_t align)
{
	if (t->align == align)
		return t;
	struct type *copy = type_copy(a, t);
	copy->align = align;
	return copy;
}

struct type *type_qualified(struct arena *a, struct type *t, unsigned quals)
{
	quals &= Q_CONST | Q_VOLATILE | Q_RESTRICT | Q_ATOMIC;
	if ((t->quals & quals) == quals || t->kind == TY_FUNCTION || t->kind == TY_ERROR)
		return t;
	if (is_basic_node(t))
		return &basic[t->kind][t->quals | quals];
	struct type *copy = type_copy(a, t);
	copy->quals |= quals;
	copy->unqualified = t->unqualified ? t->unqualified : t;
	if (t->kind == TY_ARRAY)
		copy->base = type_qualified(a, t->base, quals);
	if (quals & Q_ATOMIC)
		copy->align = atomic_align(copy);
	return copy;
}

struct type *type_unqualified(struct arena *a, struct type *t)
{
	if (t->unqualified)
		t = t->unqualified;
	if (t->kind == TY_TYPEDEF && type_quals(t))
		return type_unqualified(a, t->base);
	if (t->kind == TY_ARRAY && type_quals(t->base)) {
		struct type *copy = type_copy(a, t);
		copy->quals = 0;
		copy->base = type_unqualified(a, t->base);
		return copy;
	}
	if (!t->quals)
		return t;
	t = type_copy(a, t);
	t->quals = 0;
	return t;
}

struct type *type_strip(struct arena *a, struct type *t)
{
	unsigned quals = 0;
	for (; t->kind == TY_TYPEDEF; t = t->base)
		quals |= t->quals;
	return quals ? type_qualified(a, t, quals) : t;
}

enum type_kind type_kind(const struct type *t)
{
	return type_core(t)->kind;
}

unsigned type_quals(const struct type *t)
{
	unsigned quals = t->quals;
	while (t->kind == TY_TYPEDEF || t->kind == TY_ARRAY) {
		t = t->base;
		quals |= t->quals;
	}
	return quals;
}

bool type_is_integer(const struct type *t)
{
	enum type_kind k = type_kind(t);
	return k >= TY_BOOL && k <= TY_ENUM;
}

bool type_is_signed(const struct type *t)
{
	t = type_core(t);
	switch (t->kind) {
	case TY_CHAR:
		return !type_target.char_unsigned;
	case TY_SCHAR: case TY_SHORT: case TY_INT: case TY_LONG: case TY_LLONG: case TY_INT128:
		return true;
	case TY_BITINT:
		return !t->is_unsigned;
	case TY_ENUM:
		return t->u.tag->underlying && type_is_signed(t->u.tag->underlying);
	default:
		return false;
	}
}

unsigned type_width(const struct type *t)
{
	t = type_core(t);
	if (t->kind == TY_BITINT)
		return t->u.bits;
	if (t->kind == TY_BOOL)
		return 1;
	return (unsigned)t->size * 8;
}

bool type_is_floating(const struct type *t)
{
	enum type_kind k = type_kind(t);
	return k >= TY_FLOAT16 && k <= TY_DECIMAL128;
}

bool type_is_arithmetic(const struct type *t)
{
	enum type_kind k = type_kind(t);
	return k >= TY_BOOL && k <= TY_COMPLEX;
}

bool type_is_scalar(const struct type *t)
{
	enum type_kind k = type_kind(t);
	return (k >= TY_BOOL && k <= TY_NULLPTR) || k == TY_POINTER || k == TY_CHAN; /* a channel is NULL where there was no memory */
}

bool type_is_record(const struct type *t)
{
	enum type_kind k = type_kind(t);
	return k == TY_STRUCT || k == TY_UNION || k == TY_RESULT;
}

bool type_is_function(const struct type *t)
{
	return type_kind(t) == TY_FUNCTION;
}

bool type_is_pointer(const struct type *t)
{
	return type_kind(t) == TY_POINTER;
}

bool type_is_complete(const struct type *t)
{
	t = type_core(t);
	switch (t->kind) {
	case TY_VOID:
	case TY_FUNCTION:
	case TY_AUTO:
		return false;
	case TY_STRUCT:
	case TY_UNION:
	case TY_ENUM:
		return t->u.tag->complete;
	case TY_ARRAY:
		return !t->u.array.incomplete && type_is_complete(t->base);
	default:
		return true;
	}
}

bool type_is_vla(const struct type *t)
{
	t = type_core(t);
	for (; t->kind == TY_ARRAY; t = type_core(t->base))
		if (t->u.array.bound || t->u.array.star)
			return true;
	return (t->kind == TY_STRUCT || t->kind == TY_UNION) && t->u.tag->has_vla;
}

bool type_carries_error(const struct type *t)
{
	enum type_kind k = type_kind(t);
	return k == TY_INT || k == TY_LONG || k == TY_LLONG || k == TY_RESULT;
}

struct type *type_decayed(struct arena *a, struct type *t)
{
	const struct type *c = type_core(t);
	if (c->kind == TY_ARRAY) {
		struct type *array = type_strip(a, t);
		return type_pointer(a, array->base);
	}
	if (c->kind == TY_FUNCTION)
		return type_pointer(a, t);
	return type_quals(t) ? type_unqualified(a, t) : t;
}
