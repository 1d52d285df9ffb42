/* Statements: scopes, conditions, loops, and what break, continue and return belong to.
 *
 * Out: the annotations of sema.h; NF_HAS_AWAIT on every statement in which something suspends. Labels and gotos are
 * recorded here and checked at the end of the function (jump.c). */
#include "frontend/sema/internal.h"

/* -- expression statements and conditions -------------------------------------------------------------------------- */
static void check_void_expr(struct sema *s, struct node *e)
{
	check_rvalue(s, e, NULL);
	if (e == s->value_of_block)
		return;
	check_dropped(s, e);
}

/* A head has a scope of its own (C17 6.8.4p3, 6.8.5p5). It matters only where the head declares a tag or an enumerator:
 * without one the scope goes at once, so that lookups in deeply nested statements stay short. */
void scope_push_inside(struct sema *s)
{
	scope_push(s, NULL);
	s->scope->info = s->scope->outer->info; /* no block of its own */
}

bool head_close_if_empty(struct sema *s)
{
	if (s->scope->names.len || s->scope->tags.len)
		return false;
	scope_pop(s);
	return true;
}

static void check_if(struct sema *s, struct node *n)
{
	bool closed;

	scope_push_inside(s);
	check_condition(s, n->u.IF.cond);
	closed = head_close_if_empty(s);
	check_stmt(s, n->u.IF.then);
	if (n->u.IF.otherwise)
		check_stmt(s, n->u.IF.otherwise);
	if (!closed)
		scope_pop(s);
}

/* -- loops --------------------------------------------------------------------------------------------------------- */
struct jump_targets enter_loop(struct sema *s, struct node *n)
{
	struct jump_targets outer = s->targets;

	s->targets.loop = s->targets.breakable = s->targets.repeated = n;
	return outer;
}

/* Checks a condition or step of a loop: GNU C has `break` and `continue` in it leave the loop around that one. */
static void check_head(struct sema *s, struct node *head, const struct jump_targets *outer, void (*check)(struct sema *s, struct node *head))
{
	struct jump_targets inner = s->targets;

	s->targets.loop = outer->loop;
	s->targets.breakable = outer->breakable;
	check(s, head);
	s->targets = inner;
}

static void check_while(struct sema *s, struct node *n)
{
	struct jump_targets outer = enter_loop(s, n);
	bool closed;

	scope_push_inside(s);
	check_head(s, n->u.WHILE.cond, &outer, check_condition);
	closed = head_close_if_empty(s);
	check_stmt(s, n->u.WHILE.body);
	if (!closed)
		scope_pop(s);
	s->targets = outer;
}

static void check_do(struct sema *s, struct node *n)
{
	struct jump_targets outer = enter_loop(s, n);

	check_stmt(s, n->u.DO.body);
	scope_push_inside(s);
	check_head(s, n->u.DO.cond, &outer, check_condition);
	scope_pop(s);
	s->targets = outer;
}

void mark_scope(struct sema *s)
{
	struct scope_info *info = s->scope->info;

	if (!info)
		return;
	info->in_stmt_expr |= s->stmt_exprs > 0;
	info->in_defer |= s->defer != NULL;
}

static void check_for(struct sema *s, struct node *n)
{
	const struct barrier *barriers = s->barriers;
	struct jump_targets outer;

	scope_push(s, n);
	mark_scope(s);
	if (n->u.FOR.init && n->u.FOR.init->kind == N_DECLARATION) {
		const struct node *specs = n->u.FOR.init->u.DECLARATION.specs;
		if (specs && specs->u.SPECS.storage & (SC_STATIC | SC_EXTERN))
			c_error(s, specs->begin, "declaration of a static or extern object in a 'for' loop");
		check_stmt(s, n->u.FOR.init);
	} else if (n->u.FOR.init) {
		check_void_expr(s, n->u.FOR.init);
	}
	outer = enter_loop(s, n);
	if (n->u.FOR.cond)
		check_head(s, n->u.FOR.cond, &outer, check_condition);
	if (n->u.FOR.step)
		check_head(s, n->u.FOR.step, &outer, check_void_expr);
	check_stmt(s, n->u.FOR.body);
	s->targets = outer;
	scope_pop(s);
	s->barriers = barriers;
}

/* -- jumps ----------------------------------------------------------------------------------------------- */
static void check_label(struct sema *s, struct node *n)
{
	struct label *label = label_find(s, n->u.LABEL.name, n->loc);

	n->ann = label;
	if (label->node) {
		c_error(s, n->loc, "duplicate label '%s'", label->name);
		if (s->strict)
			diag_note(s->diag, label->node->loc, "previous definition of '%s' with type 'void'",
				  label->name);
	} else {
		label->node = n;
		label->scope = s->scope->info;
		label->barriers = s->barriers;
	}
}

static void record_jump(struct sema *s, struct node *n, const char *name)
{
	struct label *label = label_find(s, name, n->loc);
	struct jump jump = {n, label, s->barriers};

	n->ann = label;
	vec_push(s->arena, &s->jumps, jump);
}

static void check_computed_goto(struct sema *s, struct node *n)
{
	const struct barrier *branch = barrier_around(s, BARRIER_BRANCH);

	check_rvalue(s, n->u.GOTO_COMPUTED.target, NULL);
	if (!branch) {
		struct jump jump = {n, NULL, s->barriers};
		vec_push(s->arena, &s->computed, jump);
		return;
	}
	diag_error(s->diag, n->loc, "a computed 'goto' in a branch of 'async join'");
	diag_note(s->diag, branch->node->begin, "it might leave the branch; use a 'switch', or move the branch into a function");
}

static void check_break(struct sema *s, struct node *n)
{
	bool is_break = n->kind == N_BREAK;
	const char *word = is_break ? "break" : "continue";
	struct block *block = s->function->block;

	n->ann = is_break ? s->targets.breakable : s->targets.loop;
	/* Out of the head of a loop: clang would have it leave that one, so it doesn't stay in an expression. */
	if (n->ann && s->targets.repeated != s->targets.loop && in_async_context(s))
		s->suspensions++;
	if (n->ann)
		return;
	if (barrier_around(s, BARRIER_BRANCH)) {
		diag_error(s->diag, n->loc, "'%s' jumps out of a branch of 'async join'", word);
		diag_note(s->diag, barrier_around(s, BARRIER_BRANCH)->node->begin,
			  "the other branches would still run; set a variable and test it behind the join");
	} else if (block && (is_break ? block->breakable : block->loop)) {
		diag_error(s->diag, n->loc, "'%s' jumps out of a block", word);
		diag_note(s->diag, block->node->loc, "the block is a function of its own, which 'return' leaves");
	} else if (s->defer) {
		diag_error(s->diag, n->loc, "'%s' jumps out of a 'defer'", word);
		diag_note(s->diag, s->defer->loc,
			  "a deferred statement runs to its end; use a condition, or a loop inside it");
	} else if (is_break) {
		c_error(s, n->loc, "break statement not within loop or switch");
	} else {
		c_error(s, n->loc, "continue statement not within a loop");
	}
}

static void check_return_value(struct sema *s, struct node *n, struct function *f)
{
	struct node *value = n->u.RETURN.value;
	struct type *want = leave_type(f), *t = check_rvalue(s, value, want);

	if (type_kind(t) == TY_ERROR || type_kind(want) == TY_ERROR)
		return;
	if (type_kind(want) == TY_VOID) {
		if (type_kind(t) == TY_VOID)
			return;
		if (type_kind(t) == TY_FUTURE) {
			reject_future(
				s, value,
				arena_printf(s->arena, "the value of %s, which returns 'void'", function_text(s)));
			return;
		}
		/* The C compiler warns of it in an ordinary function; it never sees an async one's. */
		if (f->is_async) {
			if (f->block) {
				diag_error(s->diag, expr_loc(value), "'return' with a value, in a closure returning void");
				diag_note(s->diag, f->symbol->loc, "give its type behind the parameters: '-> %s'",
					  type_text(s->arena, t));
				return;
			}
			diag_error(s->diag, expr_loc(value),
				   "'return' with a value, in the async function '%s' returning void", f->symbol->name);
			diag_note(s->diag, f->symbol->loc, "declare its type: 'async fn %s(...) -> %s'",
				  f->symbol->name, type_text(s->arena, t));
		}
		return;
	}
	(f->is_async ? check_passed : check_assignable)(s, want, value, value->loc, "return");
}

static void check_return(struct sema *s, struct node *n)
{
	struct function *f = s->function;

	n->ann = f;
	if (s->defer) {
		diag_error(s->diag, n->loc, "'return' in a 'defer'");
		diag_note(s->diag, s->defer->loc, "a deferred statement runs while %s is already returning",
			  function_text(s));
		if (!n->u.RETURN.value)
			return;
	}
	if (in_inferred_block(s)) {
		block_return(s, n);
		return;
	}
	if (n->u.RETURN.value) {
		check_return_value(s, n, f);
		return;
	}
	if (f->is_async && type_kind(f->return_type) == TY_STREAM) {
		diag_error(s->diag, n->loc, "'return' with no value, in the generator %s", function_text(s));
		diag_note(s->diag, n->loc, "0 ends the stream, a negative number is the error that ends it");
		diag_fixit_replace(s->diag, n->begin, n->end, "return 0;");
	} else if (type_kind(f->return_type) == TY_RESULT) {
		bool is_void = type_kind(type_strip(s->arena, f->return_type)->base) == TY_VOID;

		diag_error(s->diag, n->loc, "%s returns '%s'; did you mean 'return %s'?", function_text(s),
			   type_text(s->arena, f->return_type), is_void ? "ok()" : "ok(value)");
		if (is_void)
			diag_fixit_replace(s->diag, n->begin, n->end, "return ok();");
	} else if (f->block && type_kind(f->return_type) != TY_VOID && type_kind(f->return_type) != TY_ERROR) {
		diag_error(s->diag, n->loc, "'return' with no value, in a closure returning '%s'",
			   type_text(s->arena, f->return_type));
	} else if (f->is_async && type_kind(f->return_type) != TY_VOID && type_kind(f->return_type) != TY_ERROR) {
		diag_error(s->diag, n->loc, "'return' with no value, in the async function '%s' returning '%s'",
			   f->symbol->name, type_text(s->arena, f->return_type));
		diag_note(s->diag, f->symbol->loc, "declared here");
	}
}

/* -- asm ------------------------------------------------------------------------------------------------- */
static void check_asm_operands(struct sema *s, struct node_list *operands, bool output)
{
	for (unsigned i = 0; i < operands->len; i++) {
		struct node *e = operands->data[i]->u.ASM_OPERAND.operand;

		check_expr(s, e, NULL);
		reject_future(s, e, "an operand of 'asm'");
		/* The asm may keep the address of a memory operand. */
		mark_address_taken(s, e);
		if (output && type_kind(e->type) != TY_ERROR && !(e->flags & NF_LVALUE) && e->kind != N_CAST)
			c_error(s, e->loc, "invalid lvalue in 'asm' statement");
	}
}

static void check_asm(struct sema *s, struct node *n)
{
	check_asm_operands(s, &n->u.ASM.outputs, true);
	check_asm_operands(s, &n->u.ASM.inputs, false);
	for (unsigned i = 0; i < n->u.ASM.labels.len; i++)
		record_jump(s, n->u.ASM.labels.data[i], n->u.ASM.labels.data[i]->u.IDENT.name);
}

/* -- blocks ---------------------------------------------------------------------------------------------- */
/* What the compiler drops at the end of its scope. */
static bool is_owner(const struct type *t)
{
	return type_kind(t) == TY_FUTURE || type_kind(t) == TY_TASK || type_kind(t) == TY_STREAM;
}

/* Variables whose type is variably modified, and futures, tasks, streams: no jump may enter their scope. */
static void note_barriers(struct sema *s, struct node *n)
{
	for (unsigned i = 0; i < n->u.DECLARATION.declarators.len; i++) {
		struct node *d = n->u.DECLARATION.declarators.data[i];
		struct symbol *sym = d->ann;

		if (sym && sym->type && sym->type->is_vm && (sym->kind == SYM_VARIABLE || sym->kind == SYM_TYPEDEF))
			barrier_push(s, BARRIER_VM, d);
		else if (sym && sym->kind == SYM_VARIABLE && !sym->static_duration && is_owner(sym->type))
			barrier_push(s, BARRIER_FUTURE, d);
	}
}

static void check_label_decl(struct sema *s, struct node *n)
{
	for (unsigned i = 0; i < n->u.LABEL_DECL.names.len; i++) {
		struct node *name = n->u.LABEL_DECL.names.data[i];

		name->ann = label_declare_local(s, name->u.IDENT.name, name->loc);
	}
}

static void check_nested_function(struct sema *s, struct node *n)
{
	if (in_async_context(s)) {
		struct node *d = n->u.FUNCTION_DEF.declarator;

		diag_error(s->diag, d ? d->loc : n->loc, s->function->block ? "nested function in %s" : "nested function in the async function %s",
			   function_text(s));
		diag_note(s->diag, d ? d->loc : n->loc, "define it at file scope and pass it what it needs");
	}
	check_function_def(s, n);
}

void check_items(struct sema *s, struct node_list *items)
{
	for (unsigned i = 0; i < items->len; i++) {
		struct node *item = items->data[i];

		if (item->kind == N_DEFER) {
			unsigned before = s->suspensions;

			check_defer(s, item);
			if (s->suspensions != before)
				item->flags |= NF_HAS_AWAIT;
		} else {
			check_stmt(s, item);
		}
	}
}

void check_compound(struct sema *s, struct node *n)
{
	const struct barrier *barriers = s->barriers;
	unsigned before = s->suspensions;

	scope_push(s, n);
	mark_scope(s);
	check_items(s, &n->u.COMPOUND.items);
	scope_pop(s);
	s->barriers = barriers;
	if (s->suspensions != before)
		n->flags |= NF_HAS_AWAIT;
}

static void check_kind(struct sema *s, struct node *n)
{
	switch ((enum node_kind)n->kind) {
	case N_COMPOUND:
		check_compound(s, n);
		break;
	case N_LABEL_DECL:
		check_label_decl(s, n);
		break;
	case N_EXPR_STMT:
		if (n->u.EXPR_STMT.expr)
			check_void_expr(s, n->u.EXPR_STMT.expr);
		break;
	case N_IF:
		check_if(s, n);
		break;
	case N_WHILE:
		check_while(s, n);
		break;
	case N_DO:
		check_do(s, n);
		break;
	case N_FOR:
		check_for(s, n);
		break;
	case N_SWITCH:
		check_switch(s, n);
		break;
	case N_CASE:
		check_case(s, n);
		break;
	case N_DEFAULT:
		check_default(s, n);
		break;
	case N_LABEL:
		check_label(s, n);
		break;
	case N_GOTO:
		record_jump(s, n, n->u.GOTO.name);
		break;
	case N_GOTO_COMPUTED:
		check_computed_goto(s, n);
		break;
	case N_BREAK:
	case N_CONTINUE:
		check_break(s, n);
		break;
	case N_RETURN:
		check_return(s, n);
		break;
	case N_DEFER: /* under a label; under an `if` or a loop the parser has said so */
		check_stray_defer(s, n);
		break;
	case N_ASM:
		check_asm(s, n);
		break;
	case N_PRAGMA:
		check_pragma(s, n);
		break;
	case N_DECLARATION:
		check_declaration(s, n);
		note_barriers(s, n);
		break;
	case N_JOIN:
		check_join(s, n);
		break;
	case N_SELECT:
		check_select(s, n);
		break;
	case N_SHIELD:
		check_shield(s, n);
		break;
	case N_ASYNC_FOR:
		check_async_for(s, n);
		break;
	case N_YIELD:
		check_yield(s, n);
		break;
	case N_FUNCTION_DEF:
		check_nested_function(s, n);
		break;
	case N_STATIC_ASSERT:
		check_static_assert(s, n);
		break;
	default: /* EMPTY_DECL, ERROR */
		break;
	}
}

/* The statement that a label stands before, or NULL. */
static struct node *labelled_statement(const struct node *n)
{
	switch (n->kind) {
	case N_CASE:
		return n->u.CASE.body;
	case N_DEFAULT:
		return n->u.DEFAULT.body;
	case N_LABEL:
		return n->u.LABEL.body;
	default:
		return NULL;
	}
}

void check_stmt(struct sema *s, struct node *n)
{
	unsigned before = s->suspensions;
	struct node *first = n;

	/* Labels in a row nest in the tree; generated code has thousands. */
	for (; n; n = labelled_statement(n)) {
		if (n->kind == N_DEFER && n != first)
			report_labelled_defer(s, n);
		check_kind(s, n);
	}
	if (s->suspensions == before)
		return;
	for (n = first; n; n = labelled_statement(n))
		n->flags |= NF_HAS_AWAIT;
}

/* -- functions ------------------------------------------------------------------------------------------- */
void check_function_body(struct sema *s, struct function *f)
{
	struct sema outer = *s;
	unsigned before = s->suspensions;

	map_init(&s->labels, s->arena);
	s->targets = (struct jump_targets){0};
	s->defer = s->value_of_block = NULL;
	s->barriers = NULL;
	s->unevaluated = s->no_await = 0;
	s->stmt_exprs = 0;
	s->undeclared = NULL;
	s->jumps.data = NULL;
	s->jumps.len = s->jumps.cap = 0;
	s->computed.data = NULL;
	s->computed.len = s->computed.cap = 0;
	check_items(s, &f->body->u.COMPOUND.items);
	if (s->suspensions != before)
		f->body->flags |= NF_HAS_AWAIT;
	check_jumps(s, f);
	check_async_function(s, f);
	check_escapes(s, f);
	check_copies(s, f);

	s->labels = outer.labels;
	s->targets = outer.targets;
	s->defer = outer.defer;
	s->value_of_block = outer.value_of_block;
	s->barriers = outer.barriers;
	s->unevaluated = outer.unevaluated;
	s->no_await = outer.no_await;
	s->stmt_exprs = outer.stmt_exprs;
	s->undeclared = outer.undeclared;
	s->jumps.data = outer.jumps.data;
	s->jumps.len = outer.jumps.len;
	s->jumps.cap = outer.jumps.cap;
	s->computed.data = outer.computed.data;
	s->computed.len = outer.computed.len;
	s->computed.cap = outer.computed.cap;
	s->suspensions = f->is_nested || f->block ? before : s->suspensions;
}
