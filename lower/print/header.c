/* --emit-header: what plain C and C++ need to call the async functions of a file.
 *
 * In:  a program with frames laid out.   Out: a header with, for each async function `T f(int x)` that the file defines for others,
 *
 *     async_future f(int x);                                     its future, and to asyncc the prototype of the dialect
 *     enum { f_frame_size = 104 };
 *     T f_block_on(int x);
 *     int f_start(async_runtime *runtime, int x, void (*done)(void *arg, int err, T value), void *arg, async_task *task);
 *
 * the last two inline, so that the object need not know of the header; before them the types that these name: the #include that brought them, or,
 * where they stand in the source itself or in a header of the dialect, their declaration. */
#define _GNU_SOURCE
#include <ctype.h>

#include "frontend/base/align.h"
#include "frontend/base/intern.h"
#include "lower/print/internal.h"

struct header {
	struct core_unit *core;
	struct source *source;
	struct arena *arena;
	struct inclusions inclusions;
	struct map seen;                     /* tags and their names, symbols, items, inclusions that were dealt with */
	struct map results;                  /* the same of result(T), by name */
	struct buf includes, types, functions;
};

/* -- text that both languages read ------------------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* C++ has no _Bool and no restrict. Line markers of the preprocessor are left out. */
static void put_portable(struct buf *out, const char *text, size_t len)
{
	static const char *const words[][2] = {{"_Bool", "bool"}, {"restrict", "__restrict"}};
	for (size_t i = 0; i < len;) {
		size_t n = 0;
		if (text[i] == '#' && (i == 0 || text[i - 1] == '\n')) {
			while (i < len && text[i] != '\n')
				i++;
			i += i < len;
			continue;
		}
		while (i + n < len && is_word(text[i + n]))
			n++;
		const char *word = NULL;
		for (unsigned k = 0; k < 2; k++)
			if (n == strlen(words[k][0]) && !strncmp(text + i, words[k][0], n))
				word = words[k][1];
		if (word)
			buf_puts(out, word);
		else
			buf_write(out, text + i, n ? n : 1);
		i += n ? n : 1;
	}
}

static void put_type(struct buf *out, const struct type *type, const char *name, bool lowered)
{
	struct buf b = {0};
	type_print(&b, type, name, lowered);
	put_portable(out, b.data ? b.data : "", b.len);
	buf_free(&b);
}

static bool is_cpp_keyword(const char *name)
{
	static const char *const words[] = {"alignas", "alignof", "and", "and_eq", "asm", "bitand", "bitor", "bool", "catch", "class", "compl", "const_cast", "constexpr",
		"decltype", "delete", "dynamic_cast", "explicit", "export", "false", "friend", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr",
		"operator", "or", "or_eq", "private", "protected", "public", "reinterpret_cast", "static_assert", "static_cast", "template", "this", "thread_local",
		"throw", "true", "try", "typeid", "typename", "using", "virtual", "wchar_t", "xor", "xor_eq"};
	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (!strcmp(words[i], name))
			return true;
	return false;
}

/* -- the types that are named -------------------------------------------------------------------------------------------------- */

static void need_type(struct header *h, const struct type *type, bool pointed_to);

static bool seen(struct header *h, const void *what)
{
	if (map_get(&h->seen, what))
		return true;
	map_put(&h->seen, what, h);
	return false;
}

/* The inclusion nearest to the main file that brings the text at `loc` and that the C compiler can make itself; NULL: the text is the file's or a header's of the dialect. */
static const struct inclusion *plain_inclusion(struct header *h, loc_t loc)
{
	const struct inclusion *found = NULL;
	for (uint32_t i = source_run(h->source, loc)->file_instance; i && i < h->inclusions.len; i = h->inclusions.data[i].parent)
		if (!h->inclusions.data[i].splice)
			found = &h->inclusions.data[i];
	return found;
}

static void put_include(struct header *h, const struct inclusion *inc)
{
	size_t len = 0;
	struct align *a = align_of(h->source, inc->parent);
	const char *text = a ? align_text(a, &len) : "", *end = text + len;
	if (seen(h, inc))
		return;
	for (uint32_t line = 1; line + 1 < inc->return_line && (text = memchr(text, '\n', (size_t)(end - text))); line++)
		text++;
	const char *stop = text ? memchr(text, '\n', (size_t)(end - text)) : NULL;
	if (text && stop && memmem(text, (size_t)(stop - text), "include", 7) && (memchr(text, '<', (size_t)(stop - text)) || memchr(text, '"', (size_t)(stop - text)))) {
		buf_write(&h->includes, text, (size_t)(stop - text));
		buf_putc(&h->includes, '\n');
	} else {
		buf_printf(&h->includes, "#include \"%s\"\n", include_name(h->arena, h->source->main_file, inc->file));
	}
}

/* The names that an item of the dialect or of the source itself needs. */
static bool need_names(struct node **slot, void *ctx)
{
	struct header *h = ctx;
	struct node *n = *slot;
	if (n->kind == N_TYPEDEF_REF && n->ann)
		need_type(h, type_typedef(h->arena, n->ann), false);
	if (n->kind == N_TAG && n->ann && ((struct tag *)n->ann)->type)
		need_type(h, ((struct tag *)n->ann)->type, false);
	if (n->type)
		need_type(h, n->type, true);
	return node_each_child(n, need_names, h);
}

/* What tells the item from others: its tag, if it defines one, else its first declarator. */
static const char *item_name(struct header *h, const struct node *n)
{
	const struct node *specs = n->kind == N_DECLARATION ? n->u.DECLARATION.specs : NULL, *type = specs ? specs->u.SPECS.type : NULL;
	if (type && type->kind == N_TAG && type->u.TAG.name && type->u.TAG.has_body)
		return arena_printf(h->arena, "tag_%s", type->u.TAG.name);
	if (specs && n->u.DECLARATION.declarators.len && n->u.DECLARATION.declarators.data[0]->ann)
		return ((struct symbol *)n->u.DECLARATION.declarators.data[0]->ann)->name;
	return "unnamed";
}

/* Its text as it stands in the source; where that is in the dialect, to a C compiler what it is lowered to. */
static void put_item(struct header *h, struct node *n)
{
	bool dialect = n->flags & NF_USES_DIALECT;
	struct printer p;
	struct buf lowered = {0};
	buf_printf(&h->types, "#ifndef ASYNCC_TYPE_%s\n#define ASYNCC_TYPE_%s\n%s", item_name(h, n), item_name(h, n), dialect ? "#ifdef __ASYNCC_PARSE__\n" : "");
	put_portable(&h->types, h->source->text + n->begin - 1, n->end - n->begin);
	if (dialect) {
		printer_init(&p, &lowered, h->source);
		p.no_lines = true;
		print_item(&p, n);
		print_finish(&p);
		buf_puts(&h->types, "\n#else\n");
		put_portable(&h->types, lowered.data ? lowered.data : "", lowered.len);
		buf_puts(&h->types, "#endif");
		buf_free(&lowered);
	}
	buf_puts(&h->types, "\n#endif\n");
}

/* What declares the name at `loc`: its header is included, or its text copied behind what that needs, guarded since other generated headers may hold it too. */
static void need_item(struct header *h, loc_t loc)
{
	struct node_list *items = &h->core->unit->tree->u.TRANSLATION_UNIT.items;
	const struct inclusion *inc = plain_inclusion(h, loc);
	if (inc) {
		put_include(h, inc);
		return;
	}
	for (unsigned i = 0; i < items->len; i++) {
		struct node *n = items->data[i];
		if (loc < n->begin || loc >= n->end || seen(h, n))
			continue;
		node_each_child(n, need_names, h);
		put_item(h, n);
	}
}

static void need_tag(struct header *h, struct tag *tag, bool pointed_to)
{
	static const char *const words[] = {[TY_STRUCT] = "struct", [TY_UNION] = "union"};
	if (!tag->loc || map_get(&h->seen, tag))
		return;
	if (pointed_to && tag->name && tag->type && tag->type->kind != TY_ENUM && !plain_inclusion(h, tag->loc)) {
		if (!seen(h, tag->name))
			buf_printf(&h->types, "%s %s;\n", words[tag->type->kind], tag->name);
		return;
	}
	map_put(&h->seen, tag, tag);
	need_item(h, tag->loc);
}

static void need_result(struct header *h, struct type *value)
{
	const char *name = type_result_name(h->arena, value);
	need_type(h, value, false);
	if (!name || map_get(&h->results, intern_str(name)))
		return;
	map_put(&h->results, intern_str(name), value);
	buf_printf(&h->types, "#ifndef ASYNC_RESULT_%s\n#define ASYNC_RESULT_%s\nstruct async_result_%s {\n\tint err;\n", name, name, name);
	if (type_kind(value) != TY_VOID) {
		buf_putc(&h->types, '\t');
		put_type(&h->types, value, "value", true);
		buf_puts(&h->types, ";\n");
	}
	buf_puts(&h->types, "};\n#endif\n");
}

static void need_type(struct header *h, const struct type *type, bool pointed_to)
{
	if (!type)
		return;
	switch (type->kind) {
	case TY_TYPEDEF:
		if (!seen(h, type->u.symbol) && type->u.symbol->loc)
			need_item(h, type->u.symbol->loc);
		return;
	case TY_STRUCT:
	case TY_UNION:
	case TY_ENUM:
		need_tag(h, type->u.tag, pointed_to);
		return;
	case TY_FUNCTION:
		for (unsigned i = 0; i < type->u.function.param_count; i++)
			need_type(h, type->u.function.params[i].type, true);
		need_type(h, type->base, true);
		return;
	case TY_RESULT:
		need_result(h, type->base);
		return;
	case TY_ARRAY:
	case TY_VECTOR:
		need_type(h, type->base, false);
		return;
	case TY_POINTER:
	case TY_FUTURE:
	case TY_TASK:
	case TY_CHAN:
	case TY_STREAM:
	case TY_CLOSURE:
		need_type(h, type->base, true);
		return;
	default:
		return;
	}
}

/* -- comments -------------------------------------------------------------------------------------------------------------------- */

/* The comment that ends on the line before byte `at`: its beginning; `at` if there is none. */
static const char *comment_before(const char *text, const char *at, const char **end)
{
	const char *line = at, *begin = at;
	while (line > text && line[-1] != '\n')
		line--;
	if (strspn(line, " \t") < (size_t)(at - line) || line == text)
		return at;
	const char *stop = line - 1;
	while (stop > text && (stop[-1] == ' ' || stop[-1] == '\t' || stop[-1] == '\r'))
		stop--;
	*end = stop;
	if (stop - text >= 4 && stop[-1] == '/' && stop[-2] == '*') {
		for (begin = stop - 3; begin > text && !(begin[0] == '/' && begin[1] == '*'); begin--)
			;
		const char *start = begin;
		while (start > text && (start[-1] == ' ' || start[-1] == '\t'))
			start--;
		return start == text || start[-1] == '\n' ? begin : at; /* one that stands behind something belongs to that */
	}
	begin = at;
	for (const char *next = line; next > text;) {
		const char *from = next - 1;
		while (from > text && from[-1] != '\n')
			from--;
		if (strncmp(from + strspn(from, " \t"), "//", 2) != 0)
			break;
		begin = next = from;
	}
	return begin;
}

static bool put_comment(struct header *h, loc_t loc)
{
	size_t len;
	struct origin origin;
	struct align *a = align_of(h->source, source_run(h->source, loc)->file_instance);
	const char *text = a ? align_text(a, &len) : NULL, *end = NULL;
	if (!text || !align_token(a, loc, &origin))
		return false;
	const char *at = text + origin.begin, *begin = comment_before(text, at, &end);
	if (begin == at)
		return false;
	buf_write(&h->functions, begin, (size_t)(end - begin));
	buf_putc(&h->functions, '\n');
	return true;
}

/* The comment of the definition, or of the first prototype that has one. */
static void put_function_comment(struct header *h, const struct function *fn)
{
	struct node_list *items = &h->core->unit->tree->u.TRANSLATION_UNIT.items;
	if (put_comment(h, fn->def->begin))
		return;
	for (unsigned i = 0; i < items->len; i++) {
		struct node *n = items->data[i];
		if (n->kind != N_DECLARATION)
			continue;
		struct node_list *d = &n->u.DECLARATION.declarators;
		for (unsigned k = 0; k < d->len; k++)
			if (d->data[k]->ann == fn->symbol && put_comment(h, n->begin))
				return;
	}
}

/* -- functions -------------------------------------------------------------------------------------------------------------------- */

struct signature {
	const char **params;               /* names that C++ has too */
	const char *done, *arg, *task, *runtime, *value;
};

/* `wanted`, or with as many underscores behind it as make it neither a parameter's nor the function's. */
static const char *unused_name(struct header *h, const struct function *fn, const struct signature *s, const char *wanted)
{
	bool taken = !strcmp(fn->symbol->name, wanted);
	for (unsigned i = 0; i < fn->param_count; i++)
		taken |= !strcmp(s->params[i], wanted);
	return taken ? unused_name(h, fn, s, arena_printf(h->arena, "%s_", wanted)) : wanted;
}

static struct signature signature_of(struct header *h, const struct function *fn)
{
	struct signature s = {.params = ARENA_ARRAY(h->arena, const char *, fn->param_count + 1)};
	for (unsigned i = 0; i < fn->param_count; i++) {
		const char *name = fn->params[i]->name;
		s.params[i] = !name ? arena_printf(h->arena, "unnamed_%u", i + 1) : is_cpp_keyword(name) || !strcmp(name, fn->symbol->name) ? arena_printf(h->arena, "%s_", name) : name;
	}
	s.done = unused_name(h, fn, &s, "done");
	s.arg = unused_name(h, fn, &s, "arg");
	s.task = unused_name(h, fn, &s, "task");
	s.runtime = unused_name(h, fn, &s, "runtime");
	s.value = unused_name(h, fn, &s, "value");
	return s;
}

static void put_params(struct header *h, const struct function *fn, const struct signature *s, bool lowered, struct buf *out)
{
	for (unsigned i = 0; i < fn->param_count; i++) {
		buf_puts(out, i ? ", " : "");
		put_type(out, type_unqualified(h->arena, fn->params[i]->type), s->params[i], lowered);
	}
}

static void put_call(const struct function *fn, const struct signature *s, struct buf *out)
{
	buf_printf(out, "%s(", fn->symbol->name);
	for (unsigned i = 0; i < fn->param_count; i++)
		buf_printf(out, "%s%s", i ? ", " : "", s->params[i]);
	buf_putc(out, ')');
}

/* The value as `done` receives it: of a result its value alone. Void: there is none. */
static const struct type *delivered(const struct type *value)
{
	return type_kind(value) == TY_RESULT ? type_core(value)->base : value;
}

static void put_done_type(struct header *h, const struct type *value, const char *name, struct buf *out)
{
	buf_printf(out, "void (*%s)(void *arg, int err", name);
	if (type_kind(delivered(value)) != TY_VOID) {
		buf_puts(out, ", ");
		put_type(out, type_unqualified(h->arena, (struct type *)delivered(value)), "value", true);
	}
	buf_putc(out, ')');
}

/* What calls a function of this header does not link with one of another type. */
static void put_check(struct header *h, const struct function *fn)
{
	if (contract_is_checked(fn->symbol))
		buf_printf(&h->functions, "\t__asm__ volatile(\"\" : : \"r\"(&%s));\n", contract_name(h->arena, fn->symbol));
}

static void put_block_on(struct header *h, const struct function *fn, const struct signature *s, struct type *value)
{
	struct buf *out = &h->functions;
	bool is_void = type_kind(value) == TY_VOID;
	unsigned error = !type_carries_error(value) ? 0 : type_kind(value) == TY_RESULT ? 4 : (unsigned)type_core(value)->size;
	buf_printf(out, "/* Calls %s and waits for its end.%s */\nstatic inline __attribute__((__unused__)) ", fn->symbol->name,
		   error ? " ASYNC_ENOMEM, ASYNC_EMFILE: nothing could run." : " Aborts where nothing can run for want of memory.");
	put_type(out, value, "", true);
	buf_printf(out, " %s_block_on(", fn->symbol->name);
	put_params(h, fn, s, true, out);
	buf_puts(out, fn->param_count ? ")\n{\n" : "void)\n{\n");
	if (!is_void) {
		buf_putc(out, '\t');
		put_type(out, value, s->value, true);
		buf_puts(out, ";\n");
	}
	put_check(h, fn);
	buf_puts(out, "\tasync__block_on_future(");
	put_call(fn, s, out);
	if (is_void)
		buf_puts(out, ", NULL, 0, 1, 0, __FILE__, __LINE__);\n}\n");
	else
		buf_printf(out, ", &%s, sizeof %s, __alignof__(%s), %u, __FILE__, __LINE__);\n\treturn %s;\n}\n", s->value, s->value, s->value, error, s->value);
}

static void put_start(struct header *h, const struct function *fn, const struct signature *s, struct type *value)
{
	struct buf *out = &h->functions;
	const char *name = fn->symbol->name;
	const struct type *given = delivered(value);
	bool is_result = type_kind(value) == TY_RESULT, is_void = type_kind(given) == TY_VOID;
	buf_printf(out, "struct %s__started {\n\t", name);
	put_done_type(h, value, "done", out);
	buf_printf(out, ";\n\tvoid *arg;\n};\nstatic inline void %s__ended(void *arg, int err, const void *at)\n{\n\tstruct %s__started started = *(struct %s__started *)arg;\n",
		   name, name, name);
	if (!is_void) {
		buf_putc(out, '\t');
		put_type(out, value, "value", true);
		buf_puts(out, ";\n");
	}
	buf_puts(out, "\tfree(arg);\n");
	if (is_void)
		buf_puts(out, "\t(void)at;\n\tstarted.done(started.arg, err);\n}\n");
	else
		buf_printf(out, "\tmemset(&value, 0, sizeof value);\n\tif (at%s)\n\t\tmemcpy(&value, at, sizeof value);\n\tstarted.done(started.arg, err, value%s);\n}\n",
			   is_result ? " && !err" : "", is_result ? ".value" : "");
	buf_printf(out,
		   "/* The same as a task of its own: see above. */\n"
		   "static inline __attribute__((__unused__)) int %s_start(async_runtime *%s, ",
		   name, s->runtime);
	put_params(h, fn, s, true, out);
	buf_puts(out, fn->param_count ? ",\n\t\t" : "");
	put_done_type(h, value, s->done, out);
	const char *started = unused_name(h, fn, s, "started"), *err = unused_name(h, fn, s, "err");
	buf_printf(out,
		   ", void *%s, async_task *%s)\n{\n\tstruct %s__started *%s = NULL;\n\tint %s;\n",
		   s->arg, s->task, name, started, err);
	put_check(h, fn);
	buf_printf(out,
		   "\tif (%s && %s != async_runtime_current())\n\t\treturn ASYNC_EINVAL;\n"
		   "\tif (%s) {\n\t\t%s = (struct %s__started *)malloc(sizeof *%s);\n\t\tif (!%s)\n\t\t\treturn ASYNC_ENOMEM;\n\t\t%s->done = %s;\n\t\t%s->arg = %s;\n\t}\n\t%s = async_start(",
		   s->runtime, s->runtime, s->done, started, name, started, started, started, s->done, started, s->arg, err);
	put_call(fn, s, out);
	buf_printf(out, ", %s ? %s__ended : NULL, %s, %s);\n\tif (%s)\n\t\tfree(%s);\n\treturn %s;\n}\n", started, name, started, s->task, err, started, err);
}

static void put_function(struct header *h, const struct core_function *f)
{
	const struct function *fn = f->function;
	struct signature s = signature_of(h, fn);
	struct type *value = type_unqualified(h->arena, fn->return_type);
	struct buf *out = &h->functions;
	bool hidden = is_cpp_keyword(fn->symbol->name);

	for (unsigned i = 0; i < fn->param_count; i++)
		need_type(h, fn->params[i]->type, false);
	if (!f->yields)
		need_type(h, fn->return_type, false);
	buf_putc(out, '\n');
	if (hidden)
		buf_puts(out, "#ifndef __cplusplus\n");
	put_function_comment(h, fn);
	if (contract_is_checked(fn->symbol))
		buf_printf(out, "extern const char %s;\n", contract_name(h->arena, fn->symbol));
	buf_printf(out, "#ifdef __ASYNCC_PARSE__\nasync fn %s(", fn->symbol->name);
	put_params(h, fn, &s, false, out);
	buf_puts(out, fn->param_count ? ") -> " : "void) -> ");
	put_type(out, type_core(fn->symbol->type)->base, "", false);
	buf_printf(out, ";\n#else\nasync_future %s(", fn->symbol->name);
	put_params(h, fn, &s, true, out);
	buf_printf(out, "%s);\n#endif\nenum { %s_frame_size = %llu };\n", fn->param_count ? "" : "void", fn->symbol->name,
		   (unsigned long long)f->layout.size);
	if (!f->yields) {
		buf_puts(out, "#ifndef __ASYNCC_PARSE__\n");
		put_block_on(h, fn, &s, value);
		put_start(h, fn, &s, value);
		buf_puts(out, "#endif\n");
	}
	if (hidden)
		buf_puts(out, "#endif\n");
}

static bool is_exported(struct header *h, const struct core_function *f)
{
	const struct function *fn = f->function;
	return fn->is_async && fn->kind == FN_FUNCTION && !fn->is_main && fn->symbol->linkage == LINK_EXTERNAL && source_in_main(h->source, fn->def->begin);
}

/* Functions in the order of the text; `functions` of the core has callees first. */
static void put_functions(struct header *h)
{
	struct node_list *items = &h->core->unit->tree->u.TRANSLATION_UNIT.items;
	for (unsigned i = 0; i < items->len; i++)
		for (unsigned k = 0; k < h->core->function_count; k++)
			if (h->core->functions[k]->function->def == items->data[i] && is_exported(h, h->core->functions[k]))
				put_function(h, h->core->functions[k]);
}

void print_c_header(struct buf *out, struct core_unit *core, struct source *source, const char *name)
{
	struct header h = {.core = core, .source = source, .arena = source->arena};
	struct buf guard = {0};

	for (const char *c = name; *c; c++)
		buf_putc(&guard, is_word(*c) ? (char)toupper((unsigned char)*c) : '_');
	if (core) {
		map_init(&h.seen, h.arena);
		map_init(&h.results, h.arena);
		inclusions_find(h.arena, source, core->unit->tree, &h.inclusions);
		put_functions(&h);
	}
	const char *base = strrchr(source->main_file, '/');
	buf_printf(out,
		   "/* Made by asyncc --emit-header from %s: its async functions, for C11, C++17 and asyncc. See asyncc-embedding(7).\n"
		   " *\n"
		   " * F_block_on(...) calls F and runs the calling thread's runtime until F has ended. Not to be called in a task.\n"
		   " * F_start(runtime, ..., done, arg, task) starts F as a task of the calling thread's runtime, which first runs when the loop turns next. `runtime`: that one, or\n"
		   " * NULL. At its end done(arg, err, value) is called once, on this thread (NULL: nobody wants to know). `err`: 0, or the error that F ended with, ASYNC_ECANCELED\n"
		   " * where it was aborted; `value`: what it returned, zeros where there is nothing. Until then *task (unless NULL) can be cancelled by async_task_cancel.\n"
		   " * 0; ASYNC_ENOMEM, ASYNC_ESHUTDOWN (the runtime ends), ASYNC_EINVAL (another thread's runtime): F was not started.\n"
		   " * F__takes_...: what tells the linker the type of F. Undefined? This header is older than the object, or there is none.\n"
		   " * F_frame_size: the bytes that a call takes, for what is awaited inside of F in the same file too. */\n"
		   "#ifndef ASYNCC_MADE_%s\n#define ASYNCC_MADE_%s\n\n#include <stdlib.h>\n#include <string.h>\n#include <asyncc.h>\n#include <asyncc/runtime.h>\n",
		   base ? base + 1 : source->main_file, guard.data ? guard.data : "", guard.data ? guard.data : "");
	buf_write(out, h.includes.data ? h.includes.data : "", h.includes.len);
	buf_puts(out, "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n");
	buf_write(out, h.types.data ? h.types.data : "", h.types.len);
	buf_write(out, h.functions.data ? h.functions.data : "", h.functions.len);
	buf_puts(out, "\n#ifdef __cplusplus\n}\n#endif\n\n#endif\n");
	buf_free(&h.includes);
	buf_free(&h.types);
	buf_free(&h.functions);
	buf_free(&guard);
}
