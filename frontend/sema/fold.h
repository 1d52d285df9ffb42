/* Constant folding, shared by fold.c (expressions), fold_builtin.c (builtin functions) and constant.c (what counts as a constant expression). */
#ifndef ASYNCC_SEMA_FOLD_H
#define ASYNCC_SEMA_FOLD_H

#include "frontend/sema/internal.h"

__extension__ typedef __int128 wide;
__extension__ typedef unsigned __int128 uwide;

struct value {
	bool is_float;
	uwide i; /* wrapped to the type: sign-extended from its width */
	long double f;
};

/* The value of a typed expression; false if the compiler can't know it. */
bool fold(const struct node *n, struct value *v);
bool fold_convert(struct value *v, const struct type *from, const struct type *to);
uwide fold_wrap(uwide i, const struct type *t);
bool fold_ident(const struct node *n, struct value *v);
bool fold_sizeof(const struct node *n, struct value *v);
bool fold_offsetof(const struct node *n, struct value *v);
/* A call of a builtin function, and the BUILTINs that take types. */
bool fold_call(const struct node *call, struct value *v);
bool fold_builtin(const struct node *n, struct value *v);
/* X of a callee `__builtin_X`, or NULL. */
const char *fold_builtin_name(const struct node *callee);
/* `n` without parentheses and `__extension__`. */
const struct node *fold_strip(const struct node *n);

#endif
