/* Builtin functions: their types (builtin.def), the type-generic ones, and those whose arguments are types.
 *
 * A builtin that asyncc doesn't know (a target's, a newer compiler's) has TY_ERROR and is never complained about: the C
 * compiler knows better. */
#include "frontend/sema/internal.h"

#include <string.h>

struct builtin {
	const char *name; /* whole */
	const char *signature;
	bool library; /* NAME alone is the same function */
};

static const struct builtin builtins[] = {
#define LIBRARY(name, signature) {"__builtin_" name, signature, true},
#define BUILTIN(name, signature) {"__builtin_" name, signature, false},
#define SYNC(name, signature) {name, signature, false},
#include "frontend/sema/builtin.def"
#undef LIBRARY
#undef BUILTIN
#undef SYNC
};

static struct type *error_type(void)
{
	return type_basic(TY_ERROR);
}

/* -- signatures ---------------------------------------------------------------------------------------------------- */
static struct type *word_type(struct sema *s, const char *word, size_t len)
{
	static const struct {
		const char *word;
		enum type_kind kind;
	} words[] = {
		{"void", TY_VOID},	 {"bool", TY_BOOL},	  {"char", TY_CHAR},	 {"schar", TY_SCHAR},
		{"uchar", TY_UCHAR},	 {"short", TY_SHORT},	  {"ushort", TY_USHORT}, {"int", TY_INT},
		{"uint", TY_UINT},	 {"long", TY_LONG},	  {"ulong", TY_ULONG},	 {"llong", TY_LLONG},
		{"ullong", TY_ULLONG},	 {"uint128", TY_UINT128}, {"float", TY_FLOAT},	 {"double", TY_DOUBLE},
		{"ldouble", TY_LDOUBLE}, {"f16", TY_FLOAT16},	  {"f32", TY_FLOAT32},	 {"f64", TY_FLOAT64},
		{"f128", TY_FLOAT128},	 {"f32x", TY_FLOAT32X},	  {"f64x", TY_FLOAT64X}, {"d32", TY_DECIMAL32},
		{"d64", TY_DECIMAL64},	 {"d128", TY_DECIMAL128},
	};
	static const struct {
		const char *word;
		enum type_kind kind;
	} complexes[] = {{"cfloat", TY_FLOAT}, {"cdouble", TY_DOUBLE}, {"cldouble", TY_LDOUBLE}};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i].word) == len && !memcmp(words[i].word, word, len))
			return type_basic(words[i].kind);
	for (size_t i = 0; i < sizeof complexes / sizeof *complexes; i++)
		if (strlen(complexes[i].word) == len && !memcmp(complexes[i].word, word, len))
			return type_complex(s->arena, type_basic(complexes[i].kind));
	return error_type();
}

/* Reads one type up to a comma; leaves *text behind it. */
static struct type *signature_type(struct sema *s, const char **text)
{
	const char *p = *text;
	unsigned quals = 0;
	struct type *t;
	size_t len;

	for (;;) {
		while (*p == ' ')
			p++;
		if (!strncmp(p, "const ", 6)) {
			quals |= Q_CONST;
			p += 6;
		} else if (!strncmp(p, "volatile ", 9)) {
			quals |= Q_VOLATILE;
			p += 9;
		} else {
			break;
		}
	}
	len = strcspn(p, "*, ");
	t = word_type(s, p, len);
	p += len;
	if (type_kind(t) != TY_ERROR)
		t = type_qualified(s->arena, t, quals);
	for (; *p == '*'; p++)
		if (type_kind(t) != TY_ERROR)
			t = type_pointer(s->arena, t);
	*text = *p == ',' ? p + 1 : p;
	return t;
}

static struct type *signature_parse(struct sema *s, const char *text)
{
	enum { MAX_PARAMS = 16 };
	struct type *result = signature_type(s, &text);
	struct param params[MAX_PARAMS] = {{0}}, *copy;
	unsigned count = 0;
	bool variadic = false;

	while (*text) {
		while (*text == ' ')
			text++;
		if (!strcmp(text, "...")) {
			variadic = true;
			break;
		}
		params[count++].type = signature_type(s, &text);
	}
	copy = ARENA_ARRAY(s->arena, struct param, count);
	memcpy(copy, params, count * sizeof *params);
	return type_function(s->arena, result, copy, count, variadic);
}

static const struct builtin *entry_find(const char *name)
{
	static struct map index; /* of names to entries: the same for every unit */

	if (!index.cap) {
		map_init(&index, arena_new());
		for (size_t i = 0; i < sizeof builtins / sizeof *builtins; i++)
			map_put(&index, intern_str(builtins[i].name), (void *)&builtins[i]);
	}
	return map_get(&index, name);
}

struct type *library_function_type(struct sema *s, const char *name)
{
	const struct builtin *b = entry_find(intern_str(arena_printf(s->arena, "__builtin_%s", name)));

	return b && b->library ? signature_parse(s, b->signature) : NULL;
}

struct symbol *builtin_find(struct sema *s, const char *name)
{
	struct symbol *sym = map_get(&s->builtins, name);
	const struct builtin *b = sym ? NULL : entry_find(name);

	if (!b)
		return sym;
	sym = symbol_new(s, SYM_BUILTIN, name, signature_parse(s, b->signature), 0);
	sym->implicit = true;
	sym->linkage = LINK_EXTERNAL;
	if (!s->builtins.arena)
		map_init(&s->builtins, s->arena);
	map_put(&s->builtins, name, sym);
	return sym;
}

/* -- type-generic calls -------------------------------------------------------------------------------------------- */
static bool has_prefix(const char *name, const char *prefix)
{
	return !strncmp(name, prefix, strlen(prefix));
}

/* The object that an argument points to, unqualified. */
static struct type *pointee(struct sema *s, struct node *arg)
{
	struct type *t = type_strip(s->arena, type_decayed(s->arena, arg->type));

	return t->kind == TY_POINTER ? type_unqualified(s->arena, t->base) : error_type();
}

static struct type *sync_type(struct sema *s, const char *name, struct node_list *args)
{
	if (has_prefix(name, "__sync_bool_compare_and_swap"))
		return type_basic(TY_BOOL);
	if (has_prefix(name, "__sync_lock_release") || has_prefix(name, "__sync_synchronize"))
		return type_basic(TY_VOID);
	return args->len ? pointee(s, args->data[0]) : error_type();
}

static struct type *atomic_type(struct sema *s, const char *name, struct node_list *args)
{
	const char *op = name + strlen("__atomic_");

	if (!strcmp(op, "compare_exchange_n") || !strcmp(op, "compare_exchange") || !strcmp(op, "test_and_set") ||
	    !strcmp(op, "always_lock_free") || !strcmp(op, "is_lock_free"))
		return type_basic(TY_BOOL);
	if (!strcmp(op, "load_n") || !strcmp(op, "exchange_n") || has_prefix(op, "fetch_") || strstr(op, "_fetch"))
		return args->len ? pointee(s, args->data[0]) : error_type();
	return type_basic(TY_VOID); /* load, store, exchange through pointers; store_n, clear, fences */
}

static bool is_generic_atomic(const char *name)
{
	size_t len = strlen(name);

	/* `__atomic_load_8`, `__sync_fetch_and_add_4` are ordinary functions. */
	if (len > 2 && (name[len - 2] == '_' || (len > 3 && name[len - 3] == '_')) && name[len - 1] >= '0' &&
	    name[len - 1] <= '9')
		return false;
	return true;
}

/* The mask of a shuffle and the first operand give the result: elements of one, number of the other. */
static struct type *shuffle_type(struct sema *s, struct node_list *args)
{
	return args->len ? type_unqualified(s->arena, type_decayed(s->arena, args->data[0]->type)) : error_type();
}

static struct type *shufflevector_type(struct sema *s, struct node_list *args)
{
	struct type *v = args->len > 2 ? type_strip(s->arena, args->data[0]->type) : error_type();

	return v->kind == TY_VECTOR ? type_vector(s->arena, v->base, args->len - 2) : error_type();
}

static struct type *complex_of(struct sema *s, struct node_list *args)
{
	struct type *t = args->len == 2 ? type_decayed(s->arena, args->data[0]->type) : error_type();

	return type_is_floating(t) ? type_complex(s->arena, type_strip(s->arena, t)) : error_type();
}

/* The generic ones among __builtin_X; NULL: an ordinary function. */
static struct type *generic_builtin_type(struct sema *s, const char *name, struct node_list *args)
{
	struct type *first = args->len ? type_decayed(s->arena, args->data[0]->type) : error_type();

	if (!strcmp(name, "__builtin_shuffle"))
		return shuffle_type(s, args);
	if (!strcmp(name, "__builtin_shufflevector"))
		return shufflevector_type(s, args);
	if (!strcmp(name, "__builtin_complex"))
		return complex_of(s, args);
	if (!strcmp(name, "__builtin_speculation_safe_value") || !strcmp(name, "__builtin_assoc_barrier"))
		return first;
	if (!strcmp(name, "__builtin_nondeterministic_value") || !strcmp(name, "__builtin_unpredictable") ||
	    has_prefix(name, "__builtin_elementwise_"))
		return first;
	return NULL;
}

/* Function-like builtins without an entry in the table. */
static const char *const generic_names[] = {
	"__builtin_shuffle",	   "__builtin_shufflevector",	       "__builtin_complex",
	"__builtin_assoc_barrier", "__builtin_speculation_safe_value",
};

static bool is_generic_builtin(const char *name)
{
	for (size_t i = 0; i < sizeof generic_names / sizeof *generic_names; i++)
		if (!strcmp(name, generic_names[i]))
			return true;
	return false;
}

bool check_builtin_call(struct sema *s, struct node *call, struct symbol *builtin)
{
	const char *name = builtin->name;
	struct node_list *args = &call->u.CALL.args;
	bool constant_p = !strcmp(name, "__builtin_constant_p") || !strcmp(name, "__builtin_classify_type") ||
			  has_prefix(name, "__builtin_object_size") ||
			  has_prefix(name, "__builtin_dynamic_object_size");
	bool generic = constant_p || is_generic_builtin(name) ||
		       ((has_prefix(name, "__sync_") || has_prefix(name, "__atomic_")) && is_generic_atomic(name));
	struct type *t;

	if (!generic)
		return false;
	/* The operand of __builtin_constant_p is not evaluated; __builtin_object_size drops side effects, too. */
	s->unevaluated += constant_p;
	for (unsigned i = 0; i < args->len; i++) {
		check_rvalue(s, args->data[i], NULL);
		if (!constant_p)
			reject_future(s, args->data[i], arena_printf(s->arena, "argument %u of '%s'", i + 1, name));
	}
	s->unevaluated -= constant_p;
	if (constant_p)
		t = type_strip(s->arena, builtin->type)->base;
	else if (has_prefix(name, "__sync_"))
		t = sync_type(s, name, args);
	else if (has_prefix(name, "__atomic_"))
		t = atomic_type(s, name, args);
	else
		t = generic_builtin_type(s, name, args);
	call->type = t;
	return true;
}

/* -- builtins that take types -------------------------------------------------------------------------------------- */
static struct type *check_operand(struct sema *s, struct node *arg)
{
	if (arg->kind == N_TYPE_NAME)
		return check_type_name(s, arg);
	if (arg->kind == N_ATTRIBUTE)
		return error_type();
	return check_rvalue(s, arg, NULL);
}

static void check_choose_expr(struct sema *s, struct node *n, struct type *expected)
{
	struct node_list *args = &n->u.BUILTIN.args;
	struct int_value value;
	struct node *chosen = NULL;

	n->type = error_type();
	if (args->len != 3)
		return;
	check_rvalue(s, args->data[0], NULL);
	if (eval_integer(s, args->data[0], &value))
		chosen = args->data[value.lo || value.hi ? 1 : 2];
	for (unsigned i = 1; i < 3; i++) {
		s->unevaluated += args->data[i] != chosen;
		check_expr(s, args->data[i], args->data[i] == chosen ? expected : NULL);
		s->unevaluated -= args->data[i] != chosen;
	}
	/* The C compiler may know more constants; it reports what is none. */
	if (!chosen)
		return;
	n->ann = chosen;
	n->type = chosen->type;
	n->flags |= chosen->flags & (NF_LVALUE | NF_BITFIELD);
}

static void check_tgmath(struct sema *s, struct node *n)
{
	struct node_list *args = &n->u.BUILTIN.args;
	struct type *function;

	/* Which function is called follows from the arguments' types; the C compiler finds it. Its result is known when
	 * all agree. */
	n->type = error_type();
	for (unsigned i = 0; i < args->len; i++)
		check_operand(s, args->data[i]);
	function = args->len ? type_strip(s->arena, type_decayed(s->arena, args->data[0]->type)) : error_type();
	if (function->kind == TY_POINTER)
		function = type_strip(s->arena, function->base);
	if (function->kind != TY_FUNCTION)
		return;
	for (unsigned i = 1; i < args->len; i++) {
		struct type *t = type_strip(s->arena, args->data[i]->type);

		if (t->kind == TY_POINTER)
			t = type_strip(s->arena, t->base);
		if (t->kind == TY_FUNCTION && !type_compatible_unqualified(t->base, function->base))
			return;
	}
	n->type = function->base;
}

static void check_offsetof(struct sema *s, struct node *n)
{
	struct type *t = check_type_name(s, n->u.OFFSETOF.type_name);
	struct node_list *path = &n->u.OFFSETOF.designators;

	n->type = type_basic(TY_ULONG);
	for (unsigned i = 0; i < path->len; i++) {
		struct node *d = path->data[i];

		if (d->kind == N_DESIG_INDEX) {
			check_rvalue(s, d->u.DESIG_INDEX.lo, NULL);
			t = type_strip(s->arena, t);
			t = t->kind == TY_ARRAY || t->kind == TY_POINTER ? t->base : error_type();
		} else if (type_is_record(t)) {
			const struct tag *tag = type_strip(s->arena, t)->u.tag;
			const char *name = d->u.DESIG_FIELD.name;
			const struct member *m = tag->complete ? tag_member(tag, name, &(uint64_t){0}) : NULL;

			if (!m)
				c_error(s, d->loc, "'%s' has no member named '%s'", type_text(s->arena, t), name);
			else if (m->bit_width >= 0)
				c_error(s, d->loc, "attempt to take address of bit-field structure member '%s'", name);
			t = m ? m->type : error_type();
		} else if (type_kind(t) != TY_ERROR) {
			c_error(s, d->loc, "request for member '%s' in something not a structure or union",
				d->u.DESIG_FIELD.name);
			t = error_type();
		}
	}
}

static void check_type_builtin(struct sema *s, struct node *n, struct type *expected)
{
	const char *name = n->u.BUILTIN.name;
	struct node_list *args = &n->u.BUILTIN.args;

	if (!strcmp(name, "__builtin_choose_expr")) {
		check_choose_expr(s, n, expected);
		return;
	}
	if (strstr(name, "tgmath")) {
		check_tgmath(s, n);
		return;
	}
	if (!strcmp(name, "__builtin_types_compatible_p") || !strcmp(name, "__builtin_has_attribute")) {
		s->unevaluated++;
		for (unsigned i = 0; i < args->len; i++)
			check_operand(s, args->data[i]);
		s->unevaluated--;
		n->type = type_basic(name[10] == 't' ? TY_INT : TY_BOOL);
		return;
	}
	n->type = error_type();
	for (unsigned i = 0; i < args->len; i++) {
		struct type *t = check_operand(s, args->data[i]);

		/* __builtin_convertvector(v, T), __builtin_bit_cast(T, x): the type that is named. */
		if (args->data[i]->kind == N_TYPE_NAME &&
		    (!strcmp(name, "__builtin_convertvector") || !strcmp(name, "__builtin_bit_cast")))
			n->type = type_unqualified(s->arena, t);
	}
	if (!strcmp(name, "__builtin_call_with_static_chain") && args->len)
		n->type = args->data[0]->type;
}

void check_builtin_node(struct sema *s, struct node *n, struct type *expected)
{
	switch (n->kind) {
	case N_VA_ARG:
		check_expr(s, n->u.VA_ARG.list, NULL);
		mark_address_taken(s, n->u.VA_ARG.list);
		n->type = type_unqualified(s->arena, check_type_name(s, n->u.VA_ARG.type_name));
		break;
	case N_OFFSETOF:
		check_offsetof(s, n);
		break;
	default:
		check_type_builtin(s, n, expected);
		break;
	}
}
