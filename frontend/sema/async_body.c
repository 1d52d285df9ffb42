/* What an async function cannot contain, because its C stack frame ends at every suspension: setjmp, va_start, alloca,
 * registers and labels that would have to outlive one. Each error says what to do instead.
 *
 * In:  the checked body of an async function; its awaits in text order.   Out: diagnostics only. */
#include "frontend/sema/internal.h"

#include <string.h>

struct body {
	struct sema *s;
	struct function *f;
	VEC(struct node *) path; /* the nodes around the current one, outermost first */
};

static bool named(const char *name, const char *const *list)
{
	for (; *list; list++)
		if (!strcmp(name, *list))
			return true;
	return false;
}

/* `_setjmp`, `__builtin_setjmp`: as the user wrote it. */
static const char *plain_name(const char *name)
{
	name += strspn(name, "_");
	return strncmp(name, "builtin_", 8) ? name : name + 8;
}

/* -- suspensions by place in the text ------------------------------------------------------------------------------ */
static struct node *await_between(const struct function *f, loc_t from, loc_t to)
{
	for (unsigned i = 0; i < f->awaits.len; i++)
		if (f->awaits.data[i]->loc >= from && f->awaits.data[i]->loc < to)
			return f->awaits.data[i];
	return NULL;
}

static void note_await(struct body *b, struct node *await)
{
	diag_note(b->s->diag, await->loc, "the function may be suspended here");
}

/* The outermost loop around the current node, or NULL. */
static struct node *loop_around(struct body *b)
{
	for (unsigned i = 0; i < b->path.len; i++) {
		int kind = b->path.data[i]->kind;

		if (kind == N_WHILE || kind == N_DO || kind == N_FOR || kind == N_ASYNC_FOR)
			return b->path.data[i];
	}
	return NULL;
}

/* -- calls ----------------------------------------------------------------------------------------------- */
struct use_search {
	struct symbol *symbol;
	loc_t from, to;
	bool found;
};

static bool find_use(struct node **slot, void *ctx)
{
	struct node *n = *slot;
	struct use_search *search = ctx;

	if (n->kind == N_IDENT && n->ann == search->symbol && n->loc >= search->from && n->loc < search->to)
		search->found = true;
	if (!search->found)
		node_each_child(n, find_use, ctx);
	return !search->found;
}

static bool used_between(struct body *b, struct symbol *symbol, loc_t from, loc_t to)
{
	struct use_search search = {symbol, from, to, false};
	struct node *body = b->f->body;

	find_use(&body, &search);
	return search.found;
}

/* A turn of a loop in [from, to): its awaits come before the uses of the next one. */
struct loop_search {
	struct body *b;
	struct symbol *symbol;
	loc_t from, to;
	struct node *await;
};

static void find_turn(struct loop_search *search, loc_t begin, loc_t end)
{
	struct node *await = await_between(search->b->f, begin, end);

	if (!search->await && await && begin >= search->from && end <= search->to &&
	    used_between(search->b, search->symbol, begin, end))
		search->await = await;
}

static bool find_loop(struct node **slot, void *ctx)
{
	struct node *n = *slot;

	if (n->kind == N_WHILE || n->kind == N_DO || n->kind == N_FOR || n->kind == N_ASYNC_FOR)
		find_turn(ctx, n->begin, n->end);
	node_each_child(n, find_loop, ctx);
	return true;
}

/* The await behind which `symbol` is used, in [from, to). */
static struct node *await_before_use(struct body *b, struct symbol *symbol, loc_t from, loc_t to)
{
	struct loop_search search = {.b = b, .symbol = symbol, .from = from, .to = to};
	struct node *await = await_between(b->f, from, to), *body = b->f->body;

	if (!await || used_between(b, symbol, await->loc, to))
		return await;
	find_loop(&body, &search);
	for (unsigned i = 0; i < b->s->jumps.len; i++) {
		const struct jump *j = &b->s->jumps.data[i];

		if (j->label->node && j->label->node->begin < j->node->begin)
			find_turn(&search, j->label->node->begin, j->node->end);
	}
	return search.await;
}

/* Is the value of `symbol` used for anything but what it points to? Then a copy of it may live on. */
struct copy_search {
	const struct symbol *symbol;
	VEC(struct node *) path;
	struct arena *arena;
	bool found;
};

static bool is_copied(const struct copy_search *search, struct node *value)
{
	for (unsigned i = search->path.len; i-- > 0; value = search->path.data[i]) {
		struct node *n = search->path.data[i];

		switch (n->kind) {
		case N_PAREN:
		case N_CAST:
			if (type_kind(n->type) == TY_VOID)
				return false;
			continue;
		case N_UNARY:
			if (n->u.UNARY.op == OP_DEREF || n->u.UNARY.op == OP_NOT)
				return false;
			continue;
		case N_BINARY:
			if (type_kind(n->type) != TY_POINTER)
				return false;
			continue;
		case N_ASSIGN:
			if (n->u.ASSIGN.rhs == value)
				return true;
			continue;
		case N_CALL: /* what a function that gives a pointer got may be what it gives: memcpy */
			if (type_kind(n->type) != TY_POINTER)
				return false;
			continue;
		case N_MEMBER:
		case N_SUBSCRIPT:
			return false;
		case N_EXPR_STMT: /* the last one of a statement expression is its value: strdupa */
			return i > 1 && search->path.data[i - 2]->kind == N_STMT_EXPR;
		case N_IF:
		case N_WHILE:
		case N_DO:
		case N_FOR:
			return false;
		case N_COND:
			if (n->u.COND.cond == value)
				return false;
			continue;
		case N_COMMA:
			continue;
		default:
			return true;
		}
	}
	return false;
}

static bool find_copy(struct node **slot, void *ctx)
{
	struct node *n = *slot;
	struct copy_search *search = ctx;

	if (n->kind == N_IDENT && n->ann == search->symbol && is_copied(search, n))
		search->found = true;
	vec_push(search->arena, &search->path, n);
	if (!search->found)
		node_each_child(n, find_copy, ctx);
	search->path.len--;
	return !search->found;
}

static bool value_copied(struct body *b, const struct symbol *symbol)
{
	struct copy_search search = {.symbol = symbol, .arena = b->s->arena};
	struct node *body = b->f->body;

	find_copy(&body, &search);
	return search.found;
}

/* The local pointer that alone receives the memory: `p = alloca(n)`, `T *p = (T *)alloca(n)`. */
static struct symbol *receiver(struct body *b)
{
	for (unsigned i = b->path.len; i-- > 0;) {
		struct node *n = b->path.data[i], *lhs;

		switch (n->kind) {
		case N_PAREN:
		case N_CAST:
			continue;
		case N_DECLARATOR:
			return n->ann;
		case N_ASSIGN:
			lhs = node_strip(n->u.ASSIGN.lhs);
			return lhs->kind == N_IDENT ? lhs->ann : NULL;
		default:
			return NULL;
		}
	}
	return NULL;
}

static void check_alloca(struct body *b, struct node *call, const char *name)
{
	struct symbol *p = receiver(b);
	struct node *await = await_between(b->f, call->end, b->f->body->end), *loop = loop_around(b);
	loc_t end = b->f->body->end;

	/* Memory of an earlier turn is still there when an await comes before the call in the text. */
	if (!await && loop)
		await = await_between(b->f, loop->begin, loop->end);
	for (unsigned i = 0; !await && i < b->s->jumps.len; i++) {
		const struct jump *j = &b->s->jumps.data[i];

		if (j->label->node && j->label->node->begin < call->begin && j->node->begin >= call->end)
			await = await_between(b->f, j->label->node->begin, j->node->end);
	}
	if (!await)
		return;
	/* Dead before the first suspension: fine. */
	if (p && !p->address_taken && !loop && await->loc >= call->end && !await_before_use(b, p, call->end, end) && !value_copied(b, p))
		return;
	diag_error(b->s->diag, expr_loc(call),
		   "memory of '%s' does not survive the suspension of the async function '%s'", name,
		   b->f->symbol->name);
	note_await(b, await);
	diag_note(b->s->diag, expr_loc(call), "use an array, or 'malloc' with 'defer free(...)'");
}

static void check_call_in_body(struct body *b, struct node *n)
{
	static const char *const jumps[] = {"setjmp",		"_setjmp", "sigsetjmp",	 "__sigsetjmp",
					    "__builtin_setjmp", "savectx", "getcontext", NULL};
	static const char *const starts[] = {"__builtin_va_start", "__builtin_c23_va_start", NULL};
	static const char *const allocas[] = {"alloca", "__builtin_alloca", "__builtin_alloca_with_align",
					      "__builtin_alloca_with_align_and_max", NULL};
	struct call_use *use = n->ann;
	const struct symbol *callee = use ? use->direct : NULL;

	/* A function of the file that has such a name is another one. */
	if (!callee || ((callee->body || callee->linkage != LINK_EXTERNAL) && strncmp(callee->name, "__builtin_", 10)))
		return;
	const char *name = callee->name;
	if (named(name, jumps)) {
		diag_error(b->s->diag, expr_loc(n), "'%s' in the async function '%s'", plain_name(name),
			   b->f->symbol->name);
		diag_note(b->s->diag, expr_loc(n),
			  "the stack that it remembers is gone after a suspension; return errors with '?', or put the "
			  "code that jumps into an ordinary function");
	} else if (named(name, starts)) {
		diag_error(b->s->diag, expr_loc(n), "'va_start' in the async function '%s', which can't be variadic",
			   b->f->symbol->name);
		diag_note(b->s->diag, expr_loc(n), "take a 'va_list', or an array and its length, as a parameter");
	} else if (named(name, allocas)) {
		check_alloca(b, n, strstr(name, "alloca") ? "alloca" : name);
	}
}

/* -- labels ---------------------------------------------------------------------------------------------- */
static bool is_local_object(struct node *lvalue)
{
	for (;;) {
		lvalue = node_strip(lvalue);
		if (lvalue->kind == N_MEMBER && !lvalue->u.MEMBER.arrow) {
			lvalue = lvalue->u.MEMBER.base;
		} else if (lvalue->kind == N_SUBSCRIPT && type_kind(lvalue->u.SUBSCRIPT.base->type) == TY_ARRAY) {
			lvalue = lvalue->u.SUBSCRIPT.base;
		} else if (lvalue->kind == N_IDENT) {
			struct symbol *sym = lvalue->ann;

			return sym && sym->function;
		} else {
			return false;
		}
	}
}

/* Where the address goes: the nearest node around it that isn't just part of computing it. */
static bool label_escapes(struct body *b)
{
	for (unsigned i = b->path.len; i-- > 0;) {
		struct node *n = b->path.data[i];

		switch (n->kind) {
		case N_RETURN:
		case N_CALL:
			return true;
		case N_ASSIGN:
			return !is_local_object(n->u.ASSIGN.lhs);
		case N_PAREN:
		case N_CAST:
		case N_UNARY:
		case N_BINARY:
		case N_COND:
		case N_COMMA:
		case N_INIT_LIST:
		case N_INIT_ITEM:
		case N_COMPOUND_LITERAL:
			continue;
		default:
			return false;
		}
	}
	return false;
}

static void check_label_address(struct body *b, struct node *n)
{
	if (!label_escapes(b))
		return;
	diag_error(b->s->diag, n->loc, "the address of label '%s' leaves the async function '%s'", n->u.LABEL_ADDR.name,
		   b->f->symbol->name);
	diag_note(b->s->diag, n->loc,
		  "it means something only inside the function: keep it in a local, or use a number and a switch");
}

static void check_asm_goto(struct body *b, struct node *n)
{
	for (unsigned i = 0; i < n->u.ASM.labels.len; i++) {
		struct label *label = n->u.ASM.labels.data[i]->ann;
		loc_t here = n->begin, there;
		struct node *await;

		if (!label || !label->node)
			continue;
		there = label->node->loc;
		await = await_between(b->f, here < there ? here : there, here < there ? there : here);
		if (!await)
			continue;
		diag_error(b->s->diag, n->loc, "'asm goto' to '%s' over a suspension of the async function '%s'",
			   label->name, b->f->symbol->name);
		note_await(b, await);
		diag_note(b->s->diag, n->loc,
			  "let the asm set a variable and test it with 'if', or put it into an ordinary function");
	}
}

/* -- declarations ---------------------------------------------------------------------------------------- */
static loc_t scope_end(struct body *b)
{
	for (unsigned i = b->path.len; i-- > 0;) {
		struct node *n = b->path.data[i];

		if (n->kind == N_COMPOUND || n->kind == N_FOR || n->kind == N_SELECT_ARM)
			return n->end;
	}
	return b->f->body->end;
}

static void check_register(struct body *b, struct node *declarator)
{
	struct symbol *sym = declarator->ann;
	struct node *await;

	if (!sym || sym->kind != SYM_VARIABLE || !declarator->u.DECLARATOR.asm_label || !sym->function ||
	    sym->static_duration || !(sym->storage & SC_REGISTER))
		return;
	await = await_before_use(b, sym, declarator->end, scope_end(b));
	if (!await)
		return;
	diag_error(b->s->diag, declarator->loc, "'%s' can't keep its register across the suspension of '%s'", sym->name,
		   b->f->symbol->name);
	note_await(b, await);
	diag_note(b->s->diag, declarator->loc, "declare it in a block without '.await' around the asm that needs it");
}

/* -- the walk -------------------------------------------------------------------------------------------- */
static bool visit(struct node **slot, void *ctx)
{
	struct node *n = *slot;
	struct body *b = ctx;

	if (n->flags & NF_UNEVALUATED)
		return true;
	switch (n->kind) {
	case N_FUNCTION_DEF:
	case N_ASYNC_BLOCK: /* functions of their own */
	case N_CLOSURE:
	case N_SPAWN_BLOCK:
		return true; /* nested: reported */
	case N_CALL:
		check_call_in_body(b, n);
		break;
	case N_LABEL_ADDR:
		check_label_address(b, n);
		break;
	case N_RETURN:
		if (n->u.RETURN.value)
			check_returned_address(b->s, b->f, n->u.RETURN.value);
		break;
	case N_ASM:
		check_asm_goto(b, n);
		break;
	case N_DECLARATOR:
		check_register(b, n);
		break;
	default:
		break;
	}
	vec_push(b->s->arena, &b->path, n);
	node_each_child(n, visit, b);
	b->path.len--;
	return true;
}

void check_async_function(struct sema *s, struct function *f)
{
	struct body b = {.s = s, .f = f};
	struct node *body = f->body;

	check_futures(s, f);
	if (!f->is_async)
		return;
	if (!f->block) /* the type of a block may not be known yet */
		check_end(s, f);
	visit(&body, &b);
}
