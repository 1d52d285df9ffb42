/* `async select`: its arms, each a scope of its own.
 *
 *     case T x = e.await?:     the declaration's initialiser is the head
 *     case lvalue = e.await:   the right side of the assignment
 *     case e.await:            the expression */
#include "frontend/sema/internal.h"

/* The await that an arm of a SELECT waits for, with the `?` behind it or NULL; NULL: `default`. */
static struct node *select_arm_await(const struct node *arm, struct node **try_node)
{
	struct node *head = arm->u.SELECT_ARM.value;

	if (arm->u.SELECT_ARM.decl)
		head = arm->u.SELECT_ARM.decl->u.DECLARATION.declarators.data[0]->u.DECLARATOR.init;
	if (!head)
		return NULL;
	head = node_strip(head);
	if (!arm->u.SELECT_ARM.decl && head->kind == N_ASSIGN && head->u.ASSIGN.op == OP_ASSIGN)
		head = node_strip(head->u.ASSIGN.rhs);
	*try_node = head->kind == N_TRY ? head : NULL;
	if (head->kind == N_TRY)
		head = node_strip(head->u.TRY.operand);
	return expr_is_await(head) ? head : NULL;
}

static void check_head(struct sema *s, struct node *arm)
{
	struct node *decl = arm->u.SELECT_ARM.decl, *value = arm->u.SELECT_ARM.value, *head = value, *try_node, *await;
	unsigned errors = diag_errors(s->diag);

	if (decl) {
		check_stmt(s, decl);
		if (decl->u.DECLARATION.declarators.len != 1 || !decl->u.DECLARATION.declarators.data[0]->u.DECLARATOR.init) {
			diag_error(s->diag, decl->begin, "an arm declares one variable, with what it awaits");
			return;
		}
		head = decl->u.DECLARATION.declarators.data[0]->u.DECLARATOR.init;
	} else {
		check_rvalue(s, value, NULL);
		/* `(void)` says that the value is not needed, as in a statement. */
		if (node_strip(value)->kind == N_CAST && type_kind(value->type) == TY_VOID)
			arm->u.SELECT_ARM.value = head = value = node_strip(value)->u.CAST.operand;
	}
	if (!decl && node_strip(head)->kind == N_ASSIGN)
		head = node_strip(head)->u.ASSIGN.rhs;
	if (diag_errors(s->diag) != errors || !head->type || type_kind(head->type) == TY_ERROR)
		return;
	await = select_arm_await(arm, &try_node);
	if (!await && type_kind(head->type) == TY_FUTURE) {
		diag_error(s->diag, expr_loc(head), "the head of an arm without '.await'");
		diag_fixit_insert(s->diag, head->end, ".await");
	} else if (!await) {
		diag_error(s->diag, expr_loc(head), "the head of an arm is one '.await', and may have '?' behind it");
		diag_note(s->diag, expr_loc(head), "what is computed from the value goes behind the ':'");
	} else if (node_strip(await->u.MEMBER.base)->kind == N_NURSERY) {
		diag_error(s->diag, await->loc, "a nursery can't be an arm of 'async select'");
		diag_note(s->diag, await->loc, "put it into an async block: 'case async { nursery { ... }.await; }.await:'");
	}
}

static void check_arm(struct sema *s, struct node *arm)
{
	const struct barrier *barriers = s->barriers;
	unsigned before = s->suspensions;

	barrier_push(s, BARRIER_ARM, arm);
	scope_push(s, arm);
	mark_scope(s);
	if (arm->u.SELECT_ARM.decl || arm->u.SELECT_ARM.value)
		check_head(s, arm);
	check_items(s, &arm->u.SELECT_ARM.body);
	scope_pop(s);
	s->barriers = barriers;
	if (s->suspensions != before)
		arm->flags |= NF_HAS_AWAIT;
}

void check_select(struct sema *s, struct node *n)
{
	struct jump_targets targets = s->targets;
	struct node *default_arm = NULL;

	if (!async_construct_allowed(s, n->loc, "'async select'"))
		return;
	if (!n->u.SELECT.arms.len) {
		diag_error(s->diag, n->loc, "an 'async select' without arms");
		diag_note(s->diag, n->loc, "it would wait for ever; an arm is 'case f().await:'");
	}
	s->targets.breakable = n;
	s->targets.switch_state = NULL;
	for (unsigned i = 0; i < n->u.SELECT.arms.len; i++) {
		struct node *arm = n->u.SELECT.arms.data[i];

		if (!arm->u.SELECT_ARM.decl && !arm->u.SELECT_ARM.value) {
			if (default_arm) {
				diag_error(s->diag, arm->loc, "a second 'default' in an 'async select'");
				diag_note(s->diag, default_arm->loc, "the first one is here");
			}
			default_arm = arm;
		}
		check_arm(s, arm);
	}
	s->targets = targets;
	note_suspension(s, n->loc);
}
