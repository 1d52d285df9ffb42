/* Declarators -> types: pointers, arrays, functions, `async fn`. */
#include "frontend/sema/internal.h"

/* What the bound of an array declarator means: sets the length, or makes it a VLA. */
static struct type *check_array(struct sema *s, struct type *element, struct node *d, bool is_param)
{
	struct node *size = d->u.D_ARRAY.size;
	if (!size) {
		if (d->u.D_ARRAY.star)
			return type_vla(s->arena, element, NULL);
		return type_array_incomplete(s->arena, element);
	}
	const char *reason = s->no_await_reason;
	if (is_param) {
		s->no_await++;
		s->no_await_reason = "in the array bound of a parameter";
	}
	struct type *t = check_rvalue(s, size, NULL);
	if (is_param) {
		s->no_await--;
		s->no_await_reason = reason;
	}
	struct int_value v;
	if (!eval_integer(s, size, &v)) {
		if (type_kind(t) == TY_ERROR && !s->function)
			return type_array(s->arena, element, 1); /* the C compiler will say why */
		if (!type_is_integer(t) && type_kind(t) != TY_ERROR)
			c_error(s, size->loc, "size of array has non-integer type '%s'", type_text(s->arena, t));
		return type_vla(s->arena, element, size);
	}
	if (v.hi && !v.is_unsigned) {
		c_error(s, size->loc, "size of array is negative");
		v.lo = 0;
	}
	return type_array(s->arena, element, v.lo);
}

static const struct node *skip_parens(const struct node *shape)
{
	while (shape && shape->kind == N_D_PAREN)
		shape = shape->u.D_PAREN.inner;
	return shape;
}

/* C17 6.7.6.3p7,8: arrays become pointers, qualified as the brackets say; functions become pointers to them. */
static struct type *adjust_parameter(struct sema *s, struct type *t, const struct node *declarator)
{
	enum type_kind kind = type_kind(t);
	if (kind == TY_FUNCTION)
		return type_pointer(s->arena, t);
	if (kind == TY_VA_LIST && type_target.va_list_is_array) {
		/* A pointer to its element then, which has no name: the same kind with the size of a pointer. */
		struct type *decayed = type_copy(s->arena, type_core(t));
		decayed->size = decayed->align = 8;
		return decayed;
	}
	if (kind != TY_ARRAY)
		return t;
	struct type *array = type_strip(s->arena, t);
	const struct node *shape = declarator ? shape_innermost(declarator->u.DECLARATOR.shape) : NULL;
	unsigned quals = shape && shape->kind == N_D_ARRAY ? (unsigned)shape->u.D_ARRAY.quals : 0;
	return type_qualified(s->arena, type_pointer(s->arena, array->base), quals);
}

static bool is_void_list(const struct node *param, const struct type *t, const char *name)
{
	return !name && type_core(t)->kind == TY_VOID && !type_quals(t) && param->u.PARAM.specs;
}

struct type *check_parameter(struct sema *s, struct node *param, struct node *specs, struct node *declarator)
{
	const char *name = NULL;
	loc_t loc = param->loc;
	struct type *t = check_specs(s, specs);
	if (declarator) {
		int depth = s->param_depth++;
		t = check_declarator(s, specs, t, declarator, &name, &loc);
		s->param_depth = depth;
		t = adjust_parameter(s, t, declarator);
		declarator->type = t;
	}
	struct symbol *sym = symbol_new(s, SYM_PARAMETER, name, t, loc);
	sym->storage = specs ? specs->u.SPECS.storage : 0;
	sym->declarator = param;
	if (specs) {
		sym->attrs = specs->u.SPECS.attrs;
		sym->explicit_align = check_alignas(s, &specs->u.SPECS.aligns);
		apply_symbol_attributes(s, sym, &specs->u.SPECS.attrs);
	}
	if (declarator) {
		if (!sym->attrs.len)
			sym->attrs = declarator->u.DECLARATOR.attrs;
		apply_symbol_attributes(s, sym, &declarator->u.DECLARATOR.attrs);
		sym->asm_label = declarator->u.DECLARATOR.asm_label;
	}
	param->ann = sym;
	param->type = t;
	return t;
}

static void check_list_parameter(struct sema *s, struct node *param)
{
	check_parameter(s, param, param->u.PARAM.specs, param->u.PARAM.declarator);
	const struct symbol *sym = param->ann;
	if (sym->name)
		map_put(&s->scope->names, sym->name, param->ann);
}

static struct type *check_function_shape(struct sema *s, struct type *ret, struct node *d)
{
	struct node_list *list = &d->u.D_FUNCTION.params;
	struct type *t = type_function(s->arena, ret, NULL, 0, d->u.D_FUNCTION.variadic);
	bool empty = list->len == 0 && !d->u.D_FUNCTION.variadic;
	if (d->u.D_FUNCTION.kr || empty) {
		t->u.function.kr = !(list->len == 0 && s->options.c_version >= 23);
		s->param_scope = NULL;
		return t;
	}
	scope_push(s, NULL);
	t->u.function.params = ARENA_ARRAY(s->arena, struct param, list->len);
	for (unsigned i = 0; i < list->len; i++)
		if (list->data[i]->flags & NF_FORWARD)
			check_list_parameter(s, list->data[i]);
	for (unsigned i = 0; i < list->len; i++) {
		struct node *param = list->data[i];
		if (!(param->flags & NF_FORWARD))
			check_list_parameter(s, param);
		struct symbol *sym = param->ann;
		struct type *type = param->type;
		if (list->len == 1 && is_void_list(param, type, sym->name)) {
			param->ann = NULL;
			break;
		}
		t->u.function.params[t->u.function.param_count++] = (struct param){sym->name, type, sym->loc};
	}
	s->param_scope = s->scope;
	scope_pop(s);
	return t;
}

struct type *check_eventual_type(struct sema *s, struct node *arrow)
{
	struct type *value = check_type_name(s, arrow);
	loc_t loc = arrow->begin;
	switch (type_kind(value)) {
	case TY_FUTURE: case TY_TASK:
		diag_error(s->diag, loc, "the type after '->' is that of the eventual value, not of a future");
		diag_note(s->diag, loc, "write '-> %s'", type_text(s->arena, type_core(value)->base));
		value = type_core(value)->base;
		break;
	case TY_ARRAY: case TY_FUNCTION:
		diag_error(s->diag, loc, "an async function can't return %s", type_kind(value) == TY_ARRAY ? "an array" : "a function");
		return type_basic(TY_ERROR);
	default:
		break;
	}
	if (!value->is_vm)
		return value;
	diag_error(s->diag, loc, "the value of an async function can't have a variably modified type");
	return type_basic(TY_ERROR);
}

/* `async fn`: the outermost function of the declarator is asynchronous; its value has the type behind the arrow. */
static struct type *check_async_base(struct sema *s, const struct node *specs, struct node *declarator, const struct node *shape)
{
	use_dialect(s);
	struct node *arrow = declarator->u.DECLARATOR.arrow;
	/* A type in front of the name is reported by the parser: nothing is known about the value then. */
	bool misplaced = specs && specs->u.SPECS.basic;
	struct type *value = arrow ? check_eventual_type(s, arrow) : type_basic(misplaced ? TY_ERROR : TY_VOID);
	if (shape && shape->kind == N_D_FUNCTION)
		return value;
	diag_error(s->diag, declarator->loc, "'async fn' declares functions; this is none");
	const char *result = arrow ? type_text(s->arena, value) : "void";
	if (shape && shape->kind == N_D_NAME && shape->u.D_NAME.name)
		diag_note(s->diag, declarator->loc, "write 'async fn %s(void) -> %s'", shape->u.D_NAME.name, result);
	else if (shape && shape->kind == N_D_POINTER)
		diag_note(s->diag, declarator->loc, "the type of its value stands behind it, '-> %s *'; a pointer to one is 'async fn (*name)(...) -> %s'", result, result);
	return shape && shape->kind == N_D_POINTER ? value : type_basic(TY_ERROR);
}

/* The function that an `async fn` declares: the outermost one, where the `*` of its value was written in front of the name too. */
static const struct node *async_function_shape(const struct node *shape)
{
	const struct node *function = skip_parens(shape);
	while (function && function->kind == N_D_POINTER)
		function = skip_parens(function->u.D_POINTER.inner);
	return function && function->kind == N_D_FUNCTION ? function : NULL;
}

struct type *check_declarator(struct sema *s, struct node *specs, struct type *base, struct node *declarator, const char **name, loc_t *name_loc)
{
	struct type *t = base;
	*name = NULL;
	*name_loc = declarator->loc;
	struct node *shape = declarator->u.DECLARATOR.shape;
	const struct node *async_shape = NULL;
	if ((specs && (specs->u.SPECS.func & FS_ASYNC)) || declarator->u.DECLARATOR.arrow) {
		async_shape = async_function_shape(shape);
		t = check_async_base(s, specs, declarator, skip_parens(shape));
	}
	for (; shape; shape = shape_inner(shape)) {
		switch (shape->kind) {
		case N_D_NAME:
			*name = shape->u.D_NAME.name;
			if (shape->loc)
				*name_loc = shape->loc;
			break;
		case N_D_POINTER:
			if (s->strict && t->kind == TY_ERROR)
				break; /* that was said, and there is nothing to say of what such pointers are used for */
			t = type_pointer(s->arena, t);
			if (shape->u.D_POINTER.attrs.len) {
				uint32_t align = attribute_alignment(s, &shape->u.D_POINTER.attrs);
				t = apply_type_attributes(s, t, &shape->u.D_POINTER.attrs);
				if (align)
					t = type_aligned(s->arena, t, align);
			}
			t = type_qualified(s->arena, t, (unsigned)shape->u.D_POINTER.quals);
			break;
		case N_D_ARRAY:
			t = check_array(s, t, shape, s->param_depth > 0);
			break;
		case N_D_FUNCTION: {
			int depth = s->param_depth;
			t = check_function_shape(s, t, shape);
			s->param_depth = depth;
			if (shape == async_shape) {
				t->u.function.is_async = true;
				t->u.function.kr &= shape->u.D_FUNCTION.params.len > 0;
				if (t->u.function.kr)
					diag_error(s->diag, shape->u.D_FUNCTION.params.data[0]->loc, "the parameters of an async function are declared in its parentheses");
				if (t->u.function.variadic)
					diag_error(s->diag, shape->loc, "an async function can't have a variable number of arguments");
			}
			break;
		}
		case N_D_PAREN:
			t = apply_type_attributes(s, t, &shape->u.D_PAREN.attrs);
			break;
		default:
			return type_basic(TY_ERROR);
		}
	}
	if (specs && specs->u.SPECS.attrs.len)
		t = apply_type_attributes(s, t, &specs->u.SPECS.attrs);
	if (declarator->u.DECLARATOR.attrs.len)
		t = apply_type_attributes(s, t, &declarator->u.DECLARATOR.attrs);
	declarator->type = t;
	return t;
}

struct type *check_type_name(struct sema *s, struct node *n)
{
	if (n->kind != N_TYPE_NAME)
		return type_basic(TY_ERROR);
	const char *name;
	loc_t loc;
	unsigned suspensions = s->suspensions;
	struct type *t = check_specs(s, n->u.TYPE_NAME.specs);
	if (n->u.TYPE_NAME.declarator)
		t = check_declarator(s, n->u.TYPE_NAME.specs, t, n->u.TYPE_NAME.declarator, &name, &loc);
	if (s->suspensions != suspensions)
		n->flags |= NF_HAS_AWAIT;
	n->type = t;
	return t;
}
