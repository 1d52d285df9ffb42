/* What the files of the parser share. Nothing outside frontend/parse and frontend/lex includes this.
 *
 *   parse.c    the entry
 *   parser.y   the grammar; one builder call an action
 *   tokens.c   raw tokens -> grammar tokens: classifies names (yylex.h)
 *   contextual.c  which names are words of the dialect
 *   attribute.c  a whole attribute specifier -> one token
 *   scope.c    which ordinary declaration of a name is visible: typedef or not
 *   list.c     lists under construction, attribute lists
 *   build_expr.c, build_decl.c, build_stmt.c, build_async.c  builders of nodes that take more than a line
 *   syntax_error.c  syntax errors: messages;  recover.c  where parsing goes on;  recover_async.c  both for the concurrent constructs */
#ifndef ASYNCC_PARSE_INTERNAL_H
#define ASYNCC_PARSE_INTERNAL_H

#include "frontend/base/vec.h"
#include "frontend/lex/lex.h"
#include "frontend/parse/parse.h"

/* The value of a grammar token. */
struct lexeme {
	loc_t loc, end;
	union {
		struct word *word;       /* names and keywords */
		int value;               /* keywords: their bit; ASSIGN_OP: the operator */
		struct node_list *attrs; /* ATTRS */
		struct node *node;       /* PRAGMA */
	};
};

enum binding_kind { BIND_TYPEDEF, BIND_CALLABLE, BIND_OTHER };
struct binding {
	struct word *word;
	struct binding *outer; /* what the name meant outside */
	struct binding *next;  /* the one declared before it in the same scope */
	unsigned depth;
	enum binding_kind kind;
};

/* A `?` whose `:` has not come yet. */
struct open_conditional {
	loc_t loc;   /* of the `?` */
	loc_t begin; /* of its first operand */
	loc_t next;  /* the token after it */
	int next_kind;
};

struct parser {
	struct arena *arena;
	struct source *source;
	struct diag *diag;
	const struct parse_options *options;
	struct lexer *lexer;
	struct node *unit;

	/* Raw tokens that were read ahead: a ring. While an attribute's arguments are parsed on their own, `feed` stands in for the lexer. */
	struct token *ring;
	unsigned ring_head, ring_len, ring_cap;
	const struct token *feed, *feed_end;
	int start_token;        /* START_ATTRIBUTE: the first token of such a parse; 0: none */
	bool quiet;             /* within such a parse: syntax errors are not reported */
	struct node_list result;/* what such a parse gives */

	struct token last, before; /* the token delivered last, and the one before it, with their grammar kinds */
	struct token last_raw;     /* `last` as the lexer gave it; kind -1 if it was made of several tokens */
	bool after_arrow;       /* only qualifiers since a `->` */
	int enum_words;         /* 1: after `enum`, 2: and a name */
	bool enum_brace;        /* the last `{` opened enumerators */

	struct binding **scopes;/* innermost declarations of each open scope */
	unsigned depth, scope_cap;

	struct node **list;     /* elements of the lists that are being built, innermost last */
	unsigned list_len, list_cap;

	struct open_conditional *conditionals;
	unsigned conditional_len, conditional_cap;
	loc_t last_elvis;       /* of the `?` of the last `?:` */

	bool variadic;          /* the parameter list that was just completed ended in `...` */
	loc_t last_error;       /* where the last syntax error was reported */
	VEC(loc_t) arrows_missing; /* the tokens in front of which, or in whose place, each `async fn` lacks its arrow; the outermost first */
	loc_t async_type;       /* of a type in front of the name of an async function, once that is reported */
	unsigned arm_depth;     /* in the head of an arm of `async select`: 1 and one more for each open bracket; else 0 */
	loc_t async_for;        /* of an `async for` whose colon has not come yet */
	loc_t async_for_end;    /* the end of the body of the one that was just completed */
	loc_t last_bar;         /* the end of the parameters of the closure that was just completed */
	bool block_ended;       /* a BLOCK_END comes next */
	bool missing_semicolon; /* the last syntax error was a `;` left out; nothing is to be skipped */
};

/* -- scope.c: depths count from 1 (file scope). */
unsigned names_push(struct parser *p);              /* the depth of the new scope */
void names_pop(struct parser *p, unsigned depth);   /* closes that scope and any inside it */
void names_declare(struct parser *p, const char *name, enum binding_kind kind);
void names_undeclare(struct parser *p, const char *name);
static inline bool word_is_typedef(const struct word *w)
{
	return w->binding && w->binding->kind == BIND_TYPEDEF;
}

/* -- tokens.c */
const struct token *token_peek(struct parser *p, unsigned i); /* the i-th raw token that was not taken yet */
struct token token_take(struct parser *p);
void token_untake(struct parser *p, const struct token *t);
bool token_is_word(const struct parser *p, const struct token *t);
bool tokens_begin_type(struct parser *p, unsigned i);         /* could the raw tokens from the i-th on be a type-name? */
bool token_begins_expression(int kind);
/* The class of a name that was fetched before a scope ended: returns IDENT or TYPENAME for those, `kind` for the rest. */
int token_reclassify(int kind, const struct lexeme *value);

/* -- contextual.c */
int contextual_word(struct parser *p, struct token *t);       /* the grammar token that a word of the dialect is here (t may take the next one in); 0: none; -1: an error was reported, the word is to be skipped */
bool async_begins_type(struct parser *p, const struct word *w, unsigned i); /* `async` (w) before the i-th raw token */
bool ends_statement(int kind);                                 /* could a statement begin behind a token of that kind? */
bool begins_declaration(const struct parser *p);
bool misspells_async(struct parser *p, struct token *t);
bool else_names_error(struct parser *p);
void block_end(struct parser *p);                              /* at the `}` of a block that may end a statement without `;` */

/* -- attribute.c: at ATTRIBUTE, or at `[[`, which is taken already. The end of the specifier goes to *end. */
struct node_list *attributes_take_gnu(struct parser *p, loc_t *end);
struct node_list *attributes_take_c23(struct parser *p, loc_t *end);

/* -- list.c */
unsigned list_begin(struct parser *p);
unsigned list_start(struct parser *p, struct node *first);
void list_add(struct parser *p, struct node *n);
void list_drop(struct parser *p, unsigned start);
/* Moves the elements from `start` on out of the stack. */
struct node_list list_take(struct parser *p, unsigned start);
/* Drops the elements in [first, second); the rest starts at the result. */
unsigned list_skip(struct parser *p, unsigned first, unsigned second);
unsigned params_announced(struct parser *p, unsigned forward, unsigned params);

void attrs_append(struct parser *p, struct node_list *to, const struct node_list *from);
void attrs_prepend(struct parser *p, struct node_list *to, const struct node_list *from);
/* The beginning of the first attribute; `otherwise` where there is none (`[[]]`). */
loc_t attrs_begin(const struct node_list *attrs, loc_t otherwise);
/* The end of the last attribute, if that is behind `otherwise`. */
loc_t attrs_end(const struct node_list *attrs, loc_t otherwise);
/* For lists that mostly have one element, as the declarators of a declaration: an array of exactly that. */
void node_list_push_tight(struct parser *p, struct node_list *list, struct node *n);

/* -- build_expr.c, build_decl.c, build_stmt.c */
struct node *make_name(struct parser *p, struct lexeme name);
struct node *make_text(struct parser *p, enum node_kind kind, struct lexeme t);
struct node *make_error(struct parser *p, loc_t loc, loc_t end);
struct node *make_unary(struct parser *p, enum ast_op op, struct lexeme t, struct node *operand);
struct node *make_binary(struct parser *p, enum ast_op op, struct node *lhs, struct lexeme t, struct node *rhs);
struct node *make_assign(struct parser *p, enum ast_op op, struct node *lhs, struct lexeme t, struct node *rhs);
struct node *make_conditional(struct parser *p, struct node *cond, struct lexeme t, struct node *then, struct node *otherwise);
struct node *make_cast(struct parser *p, struct lexeme t, struct node *type_name, struct node *operand);
struct node *make_compound_literal(struct parser *p, struct lexeme t, struct node *type_name, struct node *init);
struct node *make_call(struct parser *p, struct node *callee, struct lexeme open, unsigned args, loc_t end);
struct node *make_member(struct parser *p, struct node *base, bool arrow, struct lexeme name);
struct node *make_sizeof(struct parser *p, enum ast_op op, struct lexeme t, struct node *operand, loc_t end);
struct node *make_string(struct parser *p, unsigned parts);

struct node *specs_storage(struct parser *p, struct node *specs, struct lexeme t);
struct node *specs_qualifier(struct parser *p, struct node *specs, struct lexeme t);
struct node *specs_function(struct parser *p, struct node *specs, struct lexeme t);
struct node *specs_word(struct parser *p, struct node *specs, struct lexeme t);
struct node *specs_type(struct parser *p, struct node *specs, struct node *type);
struct node *specs_alignas(struct parser *p, struct node *specs, struct node *alignas_node);
struct node *specs_attributes(struct parser *p, struct node *specs, struct node_list *attrs, loc_t end);
/* Attributes that stand before everything else of `specs`. */
struct node *specs_prefix(struct parser *p, struct node_list *attrs, loc_t begin, struct node *specs);

struct node_list *attrs_join(struct parser *p, struct node_list *a, struct node_list *b);
/* Puts `inner` where the innermost part of `suffix` (D_ARRAY, D_FUNCTION) has a hole. */
struct node *shape_wrap(struct node *suffix, struct node *inner, struct node *whole);
struct node *make_pointer(struct parser *p, struct lexeme star, struct node *quals, struct node *inner);
struct node *make_function_shape(struct parser *p, struct lexeme open, unsigned params, bool variadic, bool kr, loc_t end);
struct node *make_paren_shape(struct parser *p, struct lexeme open, struct node_list *attrs, struct node *inner, struct node_list *after, struct lexeme close);
/* The parameters of an abstract function declarator go out of scope. */
void shape_forget_names(struct parser *p, struct node *function);
struct node *make_declarator(struct parser *p, struct node *shape, struct node *arrow, struct node *asm_label, struct node_list *attrs, loc_t at);
struct node *make_type_name(struct parser *p, struct node *specs, struct node *shape, struct node *arrow);
struct node *make_param(struct parser *p, struct node *specs, struct node *shape, struct node *arrow, struct node_list *attrs);
struct node *make_kr_param(struct parser *p, struct lexeme name);
/* A declaration in progress gets one more declarator, whose name is visible from here on. specs NULL: implicit int. */
struct node *declaration_begin(struct parser *p, struct node *specs, struct node *declarator);
struct node *declaration_add(struct parser *p, struct node *declaration, struct node_list *attrs, struct node *declarator);
struct node *declaration_init(struct parser *p, struct node *declaration, struct node *init);
struct node *declaration_end(struct parser *p, struct node *declaration, loc_t end);
/* `specs ;` */
struct node *make_bare_declaration(struct parser *p, struct node *specs, loc_t end, bool member);
struct node *member_begin(struct parser *p, struct node *specs, struct node *declarator);
struct node *member_add(struct parser *p, struct node *declaration, struct node_list *attrs, struct node *declarator);
struct node *make_bit_field(struct parser *p, struct node *declarator, struct lexeme colon, struct node *width, struct node_list *attrs);
struct node *make_tag(struct parser *p, struct lexeme t, struct node_list *attrs, struct lexeme *name);
struct node *tag_body(struct parser *p, struct node *tag, unsigned members, loc_t end);
struct node *make_enumerator(struct parser *p, struct lexeme name, struct node_list *attrs, struct node *value);
/* Opens the scope of a function's parameters; its depth. */
unsigned function_begin(struct parser *p, struct node *declaration);
struct node *make_function(struct parser *p, struct node *declaration, unsigned kr_decls, struct node *body);

/* A node of `kind` from the token that begins it to `end`; loc is that token. */
struct node *make_statement(struct parser *p, enum node_kind kind, struct lexeme t, loc_t end);
struct node *make_expr_stmt(struct parser *p, struct node *expr, loc_t loc, loc_t end);
struct node *statement_attributes(struct parser *p, struct node_list *attrs, loc_t begin, struct node *item);
struct node *make_compound(struct parser *p, struct lexeme open, unsigned items, struct lexeme close);
struct node *make_error_statement(struct parser *p, loc_t loc, loc_t end);
/* An ASM with all its operands: its keyword and end. */
struct node *asm_end(struct node *n, struct lexeme t, int quals, loc_t end);
struct node *make_init_item(struct parser *p, unsigned designators, struct node *value);
struct node *make_has_attribute(struct parser *p, struct lexeme t, struct node *of, struct lexeme name, bool has_args, unsigned args, loc_t end);
/* A statement inside `if`, a loop and the like: reports a declaration there, and `defer`. */
struct node *check_substatement(struct parser *p, struct node *item);
/* The same behind `defer`. */
struct node *check_deferred(struct parser *p, struct node *item);
struct node *statement_after_pragma(struct parser *p, struct node *pragma, struct node *item);
struct node *label_finish(struct parser *p, struct node *label, struct node_list *attrs, struct node *body);

/* The value of a nursery's keyword. */
enum { NURSERY_ASYNC = 1, NURSERY_STATEMENT = 2 };
struct lexeme nursery_begin(struct parser *p, struct lexeme t, bool is_async);
struct node *make_nursery(struct parser *p, struct lexeme t, struct lexeme name, struct lexeme open, unsigned items, struct lexeme close);
struct node *make_spawn_block(struct parser *p, struct node *callee, struct node *body);
struct node *make_typed_call(struct parser *p, struct lexeme name, struct node *type_name, unsigned args, loc_t end);
/* value: of `case value:`, or its DECLARATION; NULL: `default:`. */
struct node *make_arm(struct parser *p, struct lexeme t, struct node *value, struct lexeme colon, unsigned items);
struct node *make_closure_head(struct parser *p, struct lexeme t, unsigned params, struct node *value);
/* Opens the scope of a closure's parameters; its depth. */
unsigned closure_begin(struct parser *p, struct node *head);
struct node *make_closure(struct parser *p, struct node *head, struct node *body);
struct node *make_select(struct parser *p, struct lexeme t, unsigned arms, loc_t end);
/* decl NULL: the head could not be parsed; what is left of it is a FOR. */
struct node *make_async_for(struct parser *p, struct lexeme t, struct node *decl, struct node *stream, struct node *body);
struct node *async_for_else(struct node *loop, struct node *error, struct node *handler);
/* The type that a typedef names; one of which nothing is known where the name is no typedef's. */
struct node *make_typedef_ref(struct parser *p, struct lexeme name);
struct node *make_unknown_type(struct parser *p, struct lexeme at);
/* The TYPE_NAME of a typedef. */
struct node *make_typedef_name(struct parser *p, struct lexeme name);
/* An expression as a statement; a BLOCK_END is good for some only. */
struct node *end_expression(struct parser *p, struct node *expr, struct lexeme end);

/* -- syntax_error.c */
/* The offending token as GCC names it, with the word before it: "before 'x'". */
const char *before_token(struct parser *p);
bool expects(const int *expected, int count, int token);
void report_unknown_type(struct parser *p, loc_t loc, const char *name);
/* Is there a line's end between `after` (0: nowhere) and `loc`? */
bool starts_line(const struct parser *p, loc_t loc, loc_t after);
/* At p->last. expected: the token kinds that the grammar would take. */
void syntax_error(struct parser *p, const int *expected, int count);
/* A declarator was followed by the start of another declaration although it has no K&R parameters: reports the missing `;` and returns true. */
bool report_missing_semicolon(struct parser *p, struct node *declaration, int lookahead);
void conditional_open(struct parser *p, struct node *cond, struct lexeme question);
void conditional_close(struct parser *p);

/* -- recover.c */
void unread(struct parser *p, int *lookahead, int empty);
loc_t skip_until(struct parser *p, loc_t end, const int *stops);
/* Actions of `error` productions. *lookahead is bison's yychar; what they skip is gone, and *lookahead is set to `empty` where the next token is to be fetched. */
loc_t recover_semicolon(struct parser *p, int *lookahead, int empty);
loc_t recover_paren(struct parser *p, int *lookahead, int empty, bool *closed);
loc_t recover_initializer(struct parser *p, int *lookahead, int empty);
loc_t recover_statement(struct parser *p, int *lookahead, int empty);
loc_t recover_external(struct parser *p, int *lookahead, int empty);

/* -- recover_async.c */
bool report_construct(struct parser *p, const int *expected, int count);
void report_for_colon(struct parser *p, struct lexeme loop, struct lexeme colon);
/* Behind `async fn`: does the type of the value follow the parameters without an arrow? Then p->arrows_missing says where. */
void find_missing_arrow(struct parser *p);
/* At that place, whose token is *t: reports it, and makes it the arrow. */
void take_missing_arrow(struct parser *p, struct token *t);
/* The `;` is missing behind a block; p->last is the BLOCK_END. */
void report_block_end(struct parser *p);
void check_closure_params(struct parser *p, loc_t loc);
/* The head of an arm, up to its colon. */
loc_t recover_arm(struct parser *p, int *lookahead, int empty);
/* What stands before the first arm. */
void recover_arms(struct parser *p, int *lookahead, int empty);
/* The name of a nursery, up to the bar behind it; true if there is one. */
bool recover_bar(struct parser *p, int *lookahead, int empty);
/* The head of an `async for`; true if its `)` was found. */
bool recover_for(struct parser *p, int *lookahead, int empty);

#endif
