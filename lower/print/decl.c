/* Declarations -> text.
 *
 * Printed from the tree, word for word, with two exceptions: what the dialect added comes out as what it is lowered to,
 *
 *     async fn (*save)(entity *) -> int;     async_future (*save)(entity *);
 *     future(int) f;                         async_future f;
 *     result(user_t) r;                      struct async_result_user_t r;
 *
 * and names are the emit_names. Inside functions in core form objects and type names come from their semantic types (types.c). */
#include <assert.h>

#include "lower/print/internal.h"

static void print_specs(struct printer *p, struct node *specs);
static void print_shape(struct printer *p, struct node *shape, const char *name, const struct node_list *name_attrs);

/* -- specifiers -------------------------------------------------------------------------------------------------- */

struct word {
	int bit;
	const char *text;
};

static void print_words(struct printer *p, int bits, const struct word *words, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (!(bits & words[i].bit))
			continue;
		put(p, words[i].text);
		put_space(p);
	}
}
#define PRINT_WORDS(p, bits, words) print_words((p), (bits), (words), sizeof(words) / sizeof *(words))

static const struct word storage_words[] = {
	{SC_TYPEDEF, "typedef"}, {SC_EXTERN, "extern"}, {SC_STATIC, "static"}, {SC_AUTO, "auto"}, {SC_REGISTER, "register"},
	{SC_THREAD, "__thread"}, {SC_CONSTEXPR, "constexpr"},
};
static const struct word qualifier_words[] = {{Q_CONST, "const"}, {Q_VOLATILE, "volatile"}, {Q_RESTRICT, "__restrict"}, {Q_ATOMIC, "_Atomic"}};
static const struct word function_words[] = {{FS_INLINE, "inline"}, {FS_NORETURN, "_Noreturn"}};
static const struct word basic_words[] = {
	{BT_SAT, "_Sat"}, {BT_SIGNED, "signed"}, {BT_UNSIGNED, "unsigned"}, {BT_SHORT, "short"}, {BT_LONG, "long"}, {BT_LONGLONG, "long long"},
	{BT_VOID, "void"}, {BT_BOOL, "_Bool"}, {BT_CHAR, "char"}, {BT_INT128, "__int128"}, {BT_COMPLEX, "_Complex"},
	{BT_IMAGINARY, "_Imaginary"}, {BT_FLOAT, "float"}, {BT_DOUBLE, "double"}, {BT_INT, "int"}, {BT_FLOAT16, "_Float16"},
	{BT_FLOAT32, "_Float32"}, {BT_FLOAT64, "_Float64"}, {BT_FLOAT32X, "_Float32x"}, {BT_FLOAT64X, "_Float64x"}, {BT_FLOAT128X, "_Float128x"},
	{BT_IBM128, "__ibm128"}, {BT_DECIMAL32, "_Decimal32"}, {BT_DECIMAL64, "_Decimal64"}, {BT_DECIMAL128, "_Decimal128"},
	{BT_AUTO_TYPE, "__auto_type"}, {BT_BFLOAT16, "__bf16"}, {BT_VA_LIST, "__builtin_va_list"}, {BT_FLOAT80, "__float80"},
};

static void print_aligns(struct printer *p, const struct node_list *aligns)
{
	for (unsigned i = 0; i < aligns->len; i++) {
		struct node *operand = aligns->data[i]->u.ALIGNAS.operand;
		put(p, "_Alignas(");
		if (operand->kind == N_TYPE_NAME)
			print_type_name(p, operand);
		else
			print_expr(p, operand, PREC_COND);
		put(p, ") ");
	}
}

static void print_enumerators(struct printer *p, const struct node_list *members)
{
	for (unsigned i = 0; i < members->len; i++) {
		struct node *n = members->data[i];
		if (n->kind == N_PRAGMA) {
			print_pragma(p, n);
			continue;
		}
		if (n->kind != N_ENUMERATOR)
			continue;
		const struct symbol *s = n->ann;
		print_sync(p, n->begin);
		put(p, s && s->emit_name ? s->emit_name : n->u.ENUMERATOR.name);
		print_attributes(p, &n->u.ENUMERATOR.attrs, ATTRS_ALL, NULL);
		if (n->u.ENUMERATOR.value) {
			put_space(p);
			put(p, "= ");
			print_expr(p, n->u.ENUMERATOR.value, PREC_COND);
		}
		put(p, ",");
		p->line_ended = true;
	}
}

static void print_tag(struct printer *p, struct node *n)
{
	static const char *const keywords[] = {[TAG_STRUCT] = "struct", [TAG_UNION] = "union", [TAG_ENUM] = "enum"};
	const struct ast_TAG *t = &n->u.TAG;
	const struct tag *tag = n->ann;
	bool hoisted = tag && tag->emit_name;
	put(p, keywords[t->tag_kind]);
	put_space(p);
	if (!hoisted)
		print_attributes(p, &t->attrs, ATTRS_ALL, NULL);
	if (hoisted || t->name)
		put(p, hoisted ? tag->emit_name : t->name);
	if (hoisted)
		return;
	if (t->underlying) {
		put(p, " : ");
		print_type_name(p, t->underlying);
	}
	if (!t->has_body)
		return;
	put_space(p);
	put(p, "{");
	p->line_ended = true;
	p->indent++;
	if (t->tag_kind == TAG_ENUM) {
		print_enumerators(p, &t->members);
	} else {
		for (unsigned i = 0; i < t->members.len; i++)
			print_stmt(p, t->members.data[i]);
	}
	p->indent--;
	print_sync_brace(p, n->end ? n->end - 1 : 0);
	put(p, "}");
}

static void print_dialect_type(struct printer *p, const struct node *specs, const struct node *n)
{
	const struct tag *tag;
	switch ((enum dialect_type)n->u.DIALECT_TYPE.which) {
	case DT_FUTURE:
		put(p, "async_future");
		break;
	case DT_RESULT:
		tag = specs->type ? type_tag(specs->type) : NULL;
		put(p, "struct ");
		put(p, tag && tag->name ? tag->name : "async_result_unknown");
		break;
	case DT_TASK:
		put(p, "async_task");
		break;
	case DT_CHAN:
		put(p, "async_chan");
		break;
	case DT_STREAM:
		put(p, "async_stream");
		break;
	}
}

static void print_type_specifier(struct printer *p, const struct node *specs, struct node *n)
{
	switch (n->kind) {
	case N_TAG:
		print_tag(p, n);
		break;
	case N_TYPEDEF_REF: {
		const struct symbol *s = n->ann;
		put(p, s && s->emit_name ? s->emit_name : n->u.TYPEDEF_REF.name);
		break;
	}
	case N_TYPEOF:
		put(p, n->u.TYPEOF.unqual ? "typeof_unqual(" : "__typeof__(");
		if (n->u.TYPEOF.operand->kind == N_TYPE_NAME)
			print_type_name(p, n->u.TYPEOF.operand);
		else
			print_expr(p, n->u.TYPEOF.operand, 0);
		put(p, ")");
		break;
	case N_ATOMIC_TYPE:
		put(p, "_Atomic(");
		print_type_name(p, n->u.ATOMIC_TYPE.type_name);
		put(p, ")");
		break;
	case N_BITINT:
		put(p, "_BitInt(");
		print_expr(p, n->u.BITINT.width, PREC_COND);
		put(p, ")");
		break;
	case N_DIALECT_TYPE:
		print_dialect_type(p, specs, n);
		break;
	case N_CLOSURE_TYPE:
		put(p, "struct async_closure");
		break;
	default:
		assert(!"a type specifier");
		break;
	}
}

static void print_specs(struct printer *p, struct node *specs)
{
	if (!specs)
		return;
	const struct ast_SPECS *s = &specs->u.SPECS;
	/* Behind the braces of a struct an attribute belongs to that; before it, to what is declared. */
	struct node_list before = s->attrs, behind = s->attrs;
	for (before.len = 0; s->type && before.len < s->attrs.len && s->attrs.data[before.len]->begin < s->type->begin; before.len++)
		;
	if (before.len)
		behind.data += before.len;
	behind.len -= before.len;
	print_attributes(p, &s->attrs, ATTRS_C23, NULL);
	print_attributes(p, &before, ATTRS_GNU, NULL);
	PRINT_WORDS(p, s->storage, storage_words);
	PRINT_WORDS(p, s->func, function_words);
	print_aligns(p, &s->aligns);
	PRINT_WORDS(p, s->quals, qualifier_words);
	if (s->func & FS_ASYNC) {
		put(p, "async_future");
	} else {
		int basic = s->basic;
		/* `__int128` and clang's x86-64 spelling of the 128-bit float are told apart by what the source says. */
		if (basic & BT_FLOAT128) {
			basic &= ~BT_FLOAT128;
			const char *text = source_spelling(p, specs->begin), *end = source_spelling(p, specs->end);
			bool gnu = false;
			for (; text < end && *text && !gnu; text++)
				gnu = !strncmp(text, "__float128", 10);
			PRINT_WORDS(p, basic, basic_words);
			put(p, gnu ? "__float128" : "_Float128");
		} else {
			PRINT_WORDS(p, basic, basic_words);
		}
		if (s->type)
			print_type_specifier(p, specs, s->type);
		else if (!basic && !(s->basic) && !(s->storage & SC_AUTO))
			put(p, "int");
	}
	put_space(p);
	print_attributes(p, &behind, ATTRS_GNU, NULL);
}

/* -- declarators ------------------------------------------------------------------------------------------------- */

static void print_declarator(struct printer *p, struct node *d, const struct symbol *s)
{
	static const struct node_list none;
	if (!d)
		return;
	struct node *shape = d->u.DECLARATOR.shape, *named = shape_name(shape);
	const char *name = s && s->emit_name ? s->emit_name : named ? named->u.D_NAME.name : NULL;
	if (shape)
		print_shape(p, shape, name, name ? &d->u.DECLARATOR.attrs : &none);
}

static void print_param(struct printer *p, struct node *param)
{
	const struct symbol *s = param->ann;
	print_specs(p, param->u.PARAM.specs);
	print_declarator(p, param->u.PARAM.declarator, s);
	if (param->u.PARAM.declarator)
		print_attributes(p, &param->u.PARAM.declarator->u.DECLARATOR.attrs, ATTRS_GNU, NULL);
}

static void trim(struct printer *p)
{
	while (p->out->len && p->out->data[p->out->len - 1] == ' ')
		p->out->data[--p->out->len] = '\0';
}

static void print_params(struct printer *p, struct node *f)
{
	const struct ast_D_FUNCTION *fn = &f->u.D_FUNCTION;
	put(p, "(");
	for (unsigned i = 0; i < fn->params.len; i++) {
		if (i) {
			put(p, ",");
			put_break(p, 0);
		}
		print_param(p, fn->params.data[i]);
		trim(p);
	}
	if (fn->variadic)
		put(p, fn->params.len ? ", ..." : "...");
	put(p, ")");
}

/* Does a bound name something that is not declared yet: a parameter that only a GNU forward declaration, which leaves no node, announced? */
static bool is_resolved(struct node **slot, void *ctx)
{
	bool *resolved = ctx;
	const struct symbol *s = (*slot)->ann;
	if ((*slot)->kind == N_IDENT && !((*slot)->flags & NF_SYNTHETIC) && (!s || (s->kind == SYM_PARAMETER && s->loc > (*slot)->loc)))
		*resolved = false;
	if (*resolved)
		node_each_child(*slot, is_resolved, ctx);
	return *resolved;
}

static bool is_bound_printable(struct node *size)
{
	bool resolved = true;
	return is_resolved(&size, &resolved);
}

static void print_shape(struct printer *p, struct node *shape, const char *name, const struct node_list *name_attrs)
{
	switch (shape->kind) {
	case N_D_NAME:
		if (name)
			put(p, name);
		print_attributes(p, name_attrs, ATTRS_C23, NULL);
		break;
	case N_D_POINTER:
		put(p, "*");
		print_attributes(p, &shape->u.D_POINTER.attrs, ATTRS_ALL, NULL);
		PRINT_WORDS(p, shape->u.D_POINTER.quals, qualifier_words);
		print_shape(p, shape->u.D_POINTER.inner, name, name_attrs);
		break;
	case N_D_PAREN:
		put(p, "(");
		print_attributes(p, &shape->u.D_PAREN.attrs, ATTRS_ALL, NULL);
		print_shape(p, shape->u.D_PAREN.inner, name, name_attrs);
		put(p, ")");
		break;
	case N_D_ARRAY: case N_D_FUNCTION: {
		struct node *inner = shape->kind == N_D_ARRAY ? shape->u.D_ARRAY.inner : shape->u.D_FUNCTION.inner;
		bool parens = inner->kind == N_D_POINTER;
		if (parens)
			put(p, "(");
		print_shape(p, inner, name, name_attrs);
		if (parens)
			put(p, ")");
		if (shape->kind == N_D_FUNCTION) {
			print_params(p, shape);
			break;
		}
		put(p, "[");
		if (shape->u.D_ARRAY.is_static)
			put(p, "static ");
		PRINT_WORDS(p, shape->u.D_ARRAY.quals, qualifier_words);
		if (shape->u.D_ARRAY.star)
			put(p, "*");
		else if (shape->u.D_ARRAY.size && is_bound_printable(shape->u.D_ARRAY.size))
			print_expr(p, shape->u.D_ARRAY.size, PREC_ASSIGN);
		put(p, "]");
		break;
	}
	default:
		assert(!"a declarator");
		break;
	}
}

void print_type_name(struct printer *p, struct node *n)
{
	if (n->kind != N_TYPE_NAME) {
		print_expr(p, n, PREC_ASSIGN);
		return;
	}
	if (n->type && (p->core || !n->u.TYPE_NAME.specs) && type_printable(n->type)) {
		print_type(p, n->type, NULL);
		return;
	}
	print_specs(p, n->u.TYPE_NAME.specs);
	print_declarator(p, n->u.TYPE_NAME.declarator, NULL);
	trim(p);
}

/* -- initialisers ------------------------------------------------------------------------------------------------ */

void print_designators(struct printer *p, const struct node_list *designators, bool first_bare)
{
	for (unsigned i = 0; i < designators->len; i++) {
		const struct node *d = designators->data[i];
		if (d->kind == N_DESIG_FIELD) {
			if (!(first_bare && i == 0))
				put(p, ".");
			put(p, d->u.DESIG_FIELD.name);
			continue;
		}
		put(p, "[");
		print_expr(p, d->u.DESIG_INDEX.lo, PREC_COND);
		if (d->u.DESIG_INDEX.hi) {
			put(p, " ... ");
			print_expr(p, d->u.DESIG_INDEX.hi, PREC_COND);
		}
		put(p, "]");
	}
}

void print_initializer(struct printer *p, struct node *n)
{
	if (n->kind != N_INIT_LIST) {
		print_expr(p, n, PREC_ASSIGN);
		return;
	}
	put(p, "{");
	for (unsigned i = 0; i < n->u.INIT_LIST.items.len; i++) {
		struct node *item = n->u.INIT_LIST.items.data[i];
		if (i) {
			put(p, ",");
			put_break(p, item->begin);
		}
		if (item->kind != N_INIT_ITEM) {
			print_initializer(p, item);
			continue;
		}
		print_designators(p, &item->u.INIT_ITEM.designators, false);
		if (item->u.INIT_ITEM.designators.len)
			put(p, " = ");
		print_initializer(p, item->u.INIT_ITEM.value);
	}
	put(p, "}");
}

/* -- declarations ------------------------------------------------------------------------------------------------ */

/* In core form: an object (or typedef) that its symbol alone describes. */
static bool symbol_describes(const struct node *n, const struct symbol *s)
{
	if (n->u.DECLARATION.declarators.len != 1 || !s || (s->kind != SYM_VARIABLE && s->kind != SYM_PARAMETER) || !type_printable(s->type))
		return false;
	const struct node *specs = n->u.DECLARATION.specs;
	if (!specs || !specs->u.SPECS.type || specs->u.SPECS.type->kind != N_TAG || !specs->u.SPECS.type->u.TAG.has_body)
		return true;
	const struct tag *tag = specs->u.SPECS.type->ann;
	return tag && tag->emit_name;
}

/* In core form: a declaration of something that was hoisted out of the function. */
static bool is_hoisted(const struct node *n)
{
	const struct node *specs = n->u.DECLARATION.specs;
	if (n->u.DECLARATION.declarators.len) {
		const struct symbol *s = n->u.DECLARATION.declarators.data[0]->ann;
		return s && s->kind == SYM_TYPEDEF && s->emit_name;
	}
	const struct node *type = specs ? specs->u.SPECS.type : NULL;
	const struct tag *tag = type && type->kind == N_TAG ? type->ann : NULL;
	return tag && tag->emit_name;
}

static void print_initialization(struct printer *p, const struct node *d)
{
	if (!d->u.DECLARATOR.init)
		return;
	put_space(p);
	put(p, "= ");
	print_initializer(p, d->u.DECLARATOR.init);
}

static void print_asm_label(struct printer *p, struct node *label)
{
	if (!label)
		return;
	put(p, " __asm__(");
	print_expr(p, label, PREC_ASSIGN);
	put(p, ")");
}

bool print_declaration(struct printer *p, struct node *n)
{
	struct node_list *list = &n->u.DECLARATION.declarators;
	if (p->core && is_hoisted(n))
		return false;
	if (list->len && (p->core || !n->u.DECLARATION.specs) && symbol_describes(n, list->data[0]->ann)) {
		print_symbol_declaration(p, list->data[0]->ann);
		print_initialization(p, list->data[0]);
		return true;
	}
	print_specs(p, n->u.DECLARATION.specs);
	for (unsigned i = 0; i < list->len; i++) {
		struct node *d = list->data[i];
		if (i)
			put(p, ", ");
		print_declarator(p, d, d->ann);
		if (d->u.DECLARATOR.width) {
			put(p, " : ");
			print_expr(p, d->u.DECLARATOR.width, PREC_COND);
		}
		print_asm_label(p, d->u.DECLARATOR.asm_label);
		print_attributes(p, &d->u.DECLARATOR.attrs, ATTRS_GNU, NULL);
		print_initialization(p, d);
	}
	trim(p);
	return true;
}

void print_static_assert(struct printer *p, struct node *n)
{
	put(p, "_Static_assert(");
	print_expr(p, n->u.STATIC_ASSERT.cond, PREC_COND);
	if (n->u.STATIC_ASSERT.message) {
		put(p, ", ");
		print_expr(p, n->u.STATIC_ASSERT.message, PREC_ASSIGN);
	}
	put(p, ")");
}

static void print_asm_operands(struct printer *p, const struct node_list *operands)
{
	for (unsigned i = 0; i < operands->len; i++) {
		struct ast_ASM_OPERAND *o = &operands->data[i]->u.ASM_OPERAND;
		put(p, i ? ", " : " ");
		if (o->name) {
			put(p, "[");
			put(p, o->name);
			put(p, "] ");
		}
		print_expr(p, o->constraint, PREC_ASSIGN);
		put(p, " (");
		print_expr(p, o->operand, 0);
		put(p, ")");
	}
}

void print_asm(struct printer *p, struct node *n)
{
	static const struct word words[] = {{ASM_VOLATILE, "volatile"}, {ASM_INLINE, "inline"}, {ASM_GOTO, "goto"}};
	const struct ast_ASM *a = &n->u.ASM;
	int sections = a->sections;
	if (a->outputs.len && sections < 1)
		sections = 1;
	if (a->inputs.len && sections < 2)
		sections = 2;
	if (a->clobbers.len && sections < 3)
		sections = 3;
	if (a->labels.len && sections < 4)
		sections = 4;
	put(p, "__asm__ ");
	PRINT_WORDS(p, a->quals, words);
	put(p, "(");
	print_expr(p, a->text, PREC_ASSIGN);
	if (sections >= 1) {
		put(p, " :");
		print_asm_operands(p, &a->outputs);
	}
	if (sections >= 2) {
		put(p, " :");
		print_asm_operands(p, &a->inputs);
	}
	for (int section = 3; section <= 4 && section <= sections; section++) {
		const struct node_list *list = section == 3 ? &a->clobbers : &a->labels;
		put(p, " :");
		for (unsigned i = 0; i < list->len; i++) {
			put(p, i ? ", " : " ");
			if (section == 4) /* a label: its annotation is no symbol */
				put(p, list->data[i]->u.IDENT.name);
			else
				print_expr(p, list->data[i], PREC_ASSIGN);
		}
	}
	put(p, ")");
}

void print_pragma(struct printer *p, struct node *n)
{
	print_finish(p);
	print_sync(p, n->begin);
	p->at_line_start = false; /* a directive is not indented */
	put(p, "#pragma ");
	const char *text = n->u.PRAGMA.text;
	size_t len = n->u.PRAGMA.text_len;
	while (len && (*text == ' ' || *text == '\t'))
		text++, len--;
	put_n(p, text, len);
	put_newline(p);
}

static void print_function(struct printer *p, struct node *n)
{
	const struct ast_FUNCTION_DEF *f = &n->u.FUNCTION_DEF;
	bool core = p->core;
	const struct function *function = n->ann;
	if (f->declarator->kind == N_CORE_TEXT) {
		print_finish(p);
		print_sync(p, f->declarator->loc);
		put(p, f->declarator->u.CORE_TEXT.text);
	} else {
		print_sync(p, n->begin);
		print_specs(p, f->specs);
		print_attributes(p, &f->declarator->u.DECLARATOR.attrs, ATTRS_GNU, NULL);
		print_declarator(p, f->declarator, function ? function->symbol : NULL);
		print_asm_label(p, f->declarator->u.DECLARATOR.asm_label);
	}
	for (unsigned i = 0; i < f->kr_decls.len; i++) {
		p->line_ended = true;
		print_stmt(p, f->kr_decls.data[i]);
	}
	if (f->declarator->kind != N_CORE_TEXT || p->no_lines) {
		p->line_ended = true;
		print_sync_brace(p, f->body->flags & NF_SYNTHETIC ? 0 : f->body->begin);
	}
	put_space(p);
	print_compound(p, f->body);
	p->line_ended = true;
	p->core = core;
}

static void print_hoisted_typedef(struct printer *p, const struct symbol *s)
{
	put(p, "typedef ");
	print_symbol_declaration(p, s);
	put(p, ";");
	p->line_ended = true;
}

void print_item(struct printer *p, struct node *n)
{
	switch (n->kind) {
	case N_FUNCTION_DEF:
		print_function(p, n);
		break;
	case N_TAG:
		print_sync(p, 0);
		if (n->ann)
			print_tag_definition(p, n->ann);
		else
			print_tag(p, n);
		put(p, ";");
		p->line_ended = true;
		break;
	case N_TYPEDEF_REF:
		print_sync(p, 0);
		print_hoisted_typedef(p, n->ann);
		break;
	default:
		print_stmt(p, n);
		break;
	}
}
