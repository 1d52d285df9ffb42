/* Grammar: C17, C23 and GNU extensions, and the dialect. Tokens come from tokens.c; nodes are made by build_*.c; errors go to syntax_error.c.
 *
 * Names. TYPENAME is a name whose visible declaration is a typedef. Once specifiers hold a type (specs_typed), a TYPENAME can only be the
 * name that is declared (C17 6.7.8p3); before that (specs_bare) it is the type. In parameters, `(` before a TYPENAME opens a parameter list
 * (6.7.6.3p11): that is why parameters have declarators of their own.
 *
 * Attributes. ATTRS is a whole specifier. Those that lead a declaration or statement are gathered first (`attrs`), so nothing else
 * here begins with one.
 *
 * Conflicts: none. Resolved by the precedences below are operators, the dangling `else`, the `{` behind a tag (it opens the members; after `->`
 * tokens.c sees to it that the body of a function is meant), a `*` behind the type of a closure's value (it is the value's), and `case` directly in
 * an arm of `async select` (it begins the next arm).
 *
 * Blocks that end a statement. Whether a statement goes on behind the `}` of a nursery or a spawned block, only the token after it tells; block_end
 * (tokens.c) looks at that, and puts a BLOCK_END in where the statement ends. As `;` it is good for such statements alone.
 *
 * Errors. A production that ends in `error` is reduced at once; its action (recover.c) skips what has to be skipped. */
%require "3.6"
%define api.pure full
%define parse.error custom
%param {struct parser *p}
%expect 0

%code requires {
#include "frontend/parse/internal.h"

#define YYMAXDEPTH 1000000
}

%code {
#include "frontend/parse/yylex.h"

static void yyerror(struct parser *p, const char *message)
{
	(void)message; /* only "memory exhausted" comes here: the stack's YYMAXDEPTH */
	if (!p->quiet)
		diag_error(p->diag, p->last.loc, "nesting is too deep");
}

/* bison's lookahead as the actions see it. */
#define LOOKAHEAD &yychar, YYEMPTY
/* Errors are reported again from here on, except at the end of the text, where nothing could be shifted any more. */
#define RESUME()                                                                                                       \
	do {                                                                                                           \
		if (yychar != YYEOF)                                                                                   \
			yyerrok;                                                                                       \
	} while (0)
/* Behind a declarator: a missing `;` is put in; a name that was fetched is classified with the new declaration in sight. */
#define DECLARED(n)                                                                                                    \
	do {                                                                                                           \
		if (report_missing_semicolon(p, n, yychar)) {                                                          \
			token_untake(p, &p->last_raw);                                                                 \
			yychar = ';';                                                                                  \
			yylval.token = span(p->before.end, p->before.end);                                             \
		} else {                                                                                               \
			RECLASSIFY();                                                                                  \
		}                                                                                                      \
	} while (0)
#define RECLASSIFY() (yychar = token_reclassify(yychar, &yylval.token))

/* to = a node of a kind with these fields, from a token to `end`; or at all three of its positions. */
#define MAKE(to, kind, token, end, ...) MAKE_AT(to, kind, (token).loc, (token).loc, end, __VA_ARGS__)
#define MAKE_AT(to, kind, begin, loc, end, ...)                                                                        \
	do {                                                                                                           \
		to = node_new(p->arena, N_##kind, begin, loc, end);                                                    \
		to->u.kind = (struct ast_##kind){__VA_ARGS__};                                                         \
	} while (0)

static struct lexeme span(loc_t loc, loc_t end)
{
	return (struct lexeme){.loc = loc, .end = end};
}
}

%union {
	struct lexeme token;
	struct node *node;
	struct node_list *attrs;
	unsigned list;  /* where its elements start on the list stack */
	unsigned scope; /* depth of a scope that was opened */
	loc_t end;
	int op;
}

%destructor { list_drop(p, $$); } <list>
%destructor { names_pop(p, $$); } <scope>
%destructor { conditional_close(p); } question
%destructor { p->arm_depth = (unsigned)$$; } arm_open

%token <token> IDENT TYPENAME DIALECT_WORD NUMBER CHAR_CONST STRING PRAGMA ATTRS
%token <token> STORAGE STATIC QUALIFIER FUNCTION_SPEC ASYNC_FN TYPE_WORD UNDERLYING_WORD STRUCT ENUM TAG_REFERENCE TYPEOF BITINT ATOMIC ALIGNAS
%token <token> AWAIT_PREFIX STATIC_ASSERT EXTENSION ASM BREAK CASE CONTINUE DEFAULT DO ELSE FOR GOTO IF RETURN SWITCH WHILE LABEL
%token <token> YIELD ASYNC_JOIN ASYNC_SELECT ASYNC_SHIELD ASYNC_FOR DEFER
%token <token> ASYNC_BLOCK ASYNC_CLOSURE ASYNC_NURSERY NURSERY SPAWN_BLOCKING SPAWN_NAME TYPED_NAME ELSE_ERROR BLOCK_END
%token <token> SIZEOF ALIGNOF REAL_IMAG GENERIC VA_ARG OFFSETOF BUILTIN HAS_ATTRIBUTE
%token <token> ASSIGN_OP ARROW PLUS_PLUS MINUS_MINUS SHL SHR LE GE EQ NE AND_AND OR_OR ELLIPSIS TRY ENUM_COLON
%token <token> '{' '}' '(' ')' '[' ']' ';' ',' ':' '?' '.' '=' '+' '-' '*' '/' '%' '&' '|' '^' '~' '!' '<' '>'
%token ATTRIBUTE ADDRESS_SPACE PRAGMA_OPERATOR  /* never reach the grammar: tokens.c turns them into ATTRS and PRAGMA */
%token <token> NO_SEMICOLON
%token <token> SHAPE_ATTRS                      /* C23's ATTRS between a name or `]` and the `(` or `[` of the same declarator */
%token START_ATTRIBUTE                          /* begins the arguments of an attribute, parsed on their own */

%precedence IF_WITHOUT_ELSE TAG_WITHOUT_BODY CASE DEFAULT
%precedence ELSE ELSE_ERROR '{' ARM_END
%precedence CLOSURE_VALUE
%right '=' ASSIGN_OP
%right '?'
%left OR_OR
%left AND_AND
%left '|'
%left '^'
%left '&'
%left EQ NE
%left '<' '>' LE GE
%left SHL SHR
%left '+' '-'
%left '*' '/' '%'

%type <node> external declaration declaration_plain implicit_declaration function_definition implicit_function
%type <node> declaring declaring_arrow declarator_arrow declarator_arrow_nt declared implicit_declaring implicit_declared declarator_full declarator_named_full kr_declaration
%type <node> specs specs_bare specs_typed specs_closure closure_type closure_head closure_value closure_value_specs closure_pointers type_keyword type_operator type_named tag underlying underlying_specs enumerator
%type <node> declarator declarator_nt direct_any direct_nt direct_t suffix array_suffix array_bounds arrow asm_label_opt qualifiers_opt qualifiers
%type <node> param param_plain param_named param_named_nt param_direct_nt param_direct_t param_direct abstract abstract_direct
%type <node> type_name type_name_plain
%type <node> member member_plain member_declaring member_declarator member_declarator_nt static_assert alignas
%type <node> initializer initializer_list init_item designator
%type <node> block_item item item_plain statement dangling_label dangling_label_plain compound substatement deferred label for_init expression_opt condition asm_operand asm_statement asm_text asm_outputs asm_inputs asm_clobbered asm_jumps
%type <node> expression assignment cast unary postfix primary string_literal generic_assoc type_or_assignment offsetof_first
%type <attrs> attrs attrs_opt
%type <list> params param_list identifiers kr_declarations kr_declarations_opt members enumerators items init_items init_items_opt designators
%type <list> arguments string_parts generic_assocs builtin_arguments offsetof_designators asm_operands asm_operands_opt asm_clobbers asm_clobbers_opt asm_labels label_names
%type <scope> push function_scope
%type <end> paren_error
%type <token> name name_t label_name semicolon member_semicolon attribute_word
%type <node> select_arm arm_value for_stream declared_alone async_for nursery spawn_block
%type <list> select_arms closure_params
%type <scope> closure_scope
%type <token> nursery_word nursery_name expression_end close_type arm_colon
%type <op> asm_qualifiers arm_open
%type <token> question

%%

start:
	externals
|	START_ATTRIBUTE builtin_arguments { p->result = list_take(p, $builtin_arguments); }
;

/* -- file scope ------------------------------------------------------------------------------------------------------ */

externals:
	%empty
|	externals external { node_list_push(p->arena, &p->unit->u.TRANSLATION_UNIT.items, $2); }
;

external:
	declaration
|	implicit_declaration
|	function_definition
|	implicit_function
|	attrs declaration_plain { $$ = statement_attributes(p, $1, attrs_begin($1, $2->begin), $2); }
|	attrs implicit_declaration { $$ = statement_attributes(p, $1, $2->begin, $2); }
|	attrs function_definition { $$ = statement_attributes(p, $1, attrs_begin($1, $2->begin), $2); }
|	attrs implicit_function { $$ = statement_attributes(p, $1, $2->begin, $2); }
|	attrs ';' { $$ = node_new(p->arena, N_EMPTY_DECL, $2.loc, $2.loc, $2.end); }
|	EXTENSION function_definition { $$ = $2; $$->begin = $1.loc; }
|	EXTENSION attrs function_definition { $$ = statement_attributes(p, $2, $1.loc, $3); }
|	asm_statement
|	PRAGMA { $$ = $1.node; }
|	';' { $$ = node_new(p->arena, N_EMPTY_DECL, $1.loc, $1.loc, $1.end); }
|	error { $$ = make_error(p, p->last.loc, recover_external(p, LOOKAHEAD)); RESUME(); }
;

semicolon:
	';'
|	BLOCK_END { report_block_end(p); $$ = $1; }
|	error { loc_t end = recover_semicolon(p, LOOKAHEAD); $$ = span(end, end); RESUME(); }
;

/* Behind an expression that is a statement. */
expression_end:
	';'
|	BLOCK_END
|	error { loc_t end = recover_semicolon(p, LOOKAHEAD); $$ = span(end, end); RESUME(); }
;

/* -- declarations ------------------------------------------------------------------------------------------------------ */

declaration:
	declaration_plain
|	EXTENSION declaration { $$ = $2; $$->begin = $1.loc; }
|	EXTENSION attrs declaration_plain { $$ = statement_attributes(p, $2, $1.loc, $3); }
;

declaration_plain:
	declared semicolon { $$ = declaration_end(p, $1, $2.end); }
|	specs ';' { $$ = make_bare_declaration(p, $1, $2.end, false); }
|	static_assert
;

static_assert:
	STATIC_ASSERT '(' assignment ')' semicolon { MAKE($$, STATIC_ASSERT, $1, $5.end, .cond = $3); }
|	STATIC_ASSERT '(' assignment ',' string_literal ')' semicolon { MAKE($$, STATIC_ASSERT, $1, $7.end, .cond = $3, .message = $5); }
;

/* A declaration up to a declarator whose name is visible from here on. */
declaring:
	specs_typed declarator_full { $$ = declaration_begin(p, $1, $2); DECLARED($$); }
|	specs_closure declarator_full { $$ = declaration_begin(p, $1, $2); DECLARED($$); }
|	specs_bare declarator_named_full { $$ = declaration_begin(p, $1, $2); DECLARED($$); }
|	declared ',' attrs_opt declarator_full { $$ = declaration_add(p, $1, $3, $4); }
;

/* The same with the type of an `async fn` behind its arrow; attributes there belong to the type's specifiers. */
declaring_arrow:
	specs_typed declarator_arrow { $$ = declaration_begin(p, $1, $2); RECLASSIFY(); }
|	specs_bare declarator_arrow_nt { $$ = declaration_begin(p, $1, $2); RECLASSIFY(); }
|	declared ',' attrs_opt declarator_arrow { $$ = declaration_add(p, $1, $3, $4); }
;

declared:
	declaring
|	declaring_arrow
|	declaring '=' initializer { $$ = declaration_init(p, $1, $3); }
|	declaring_arrow '=' initializer { $$ = declaration_init(p, $1, $3); }
;

implicit_declaration:
	implicit_declared semicolon { $$ = declaration_end(p, $1, $2.end); }
;

implicit_declaring:
	declarator_named_full { $$ = declaration_begin(p, NULL, $1); DECLARED($$); }
|	implicit_declared ',' attrs_opt declarator_full { $$ = declaration_add(p, $1, $3, $4); }
;

implicit_declared:
	implicit_declaring
|	implicit_declaring '=' initializer { $$ = declaration_init(p, $1, $3); }
;

function_definition:
	declaring function_scope kr_declarations_opt compound { $$ = make_function(p, $1, $3, $4); names_pop(p, $2); }
|	declaring_arrow function_scope compound { $$ = make_function(p, $1, list_begin(p), $3); names_pop(p, $2); }
;

implicit_function:
	implicit_declaring function_scope kr_declarations_opt compound { $$ = make_function(p, $1, $3, $4); names_pop(p, $2); }
;

/* Parameters are visible in K&R declarations and in the body. */
function_scope:
	%empty { $$ = function_begin(p, $<node>0); RECLASSIFY(); }
;

kr_declarations_opt:
	%empty { $$ = list_begin(p); }
|	kr_declarations
;

kr_declarations:
	kr_declaration { $$ = list_start(p, $1); }
|	kr_declarations kr_declaration { list_add(p, $2); $$ = $1; }
;

kr_declaration:
	declared semicolon { $$ = declaration_end(p, $1, $2.end); }
|	specs ';' { $$ = make_bare_declaration(p, $1, $2.end, false); }
;

push:
	%empty { $$ = names_push(p); }
;

/* -- specifiers --------------------------------------------------------------------------------------------------------- */

specs:
	specs_bare
|	specs_typed
|	specs_closure
;

/* No type yet. */
specs_bare:
	STORAGE { $$ = specs_storage(p, NULL, $1); }
|	STATIC { $$ = specs_storage(p, NULL, $1); }
|	QUALIFIER { $$ = specs_qualifier(p, NULL, $1); }
|	FUNCTION_SPEC { $$ = specs_function(p, NULL, $1); }
|	alignas { $$ = specs_alignas(p, NULL, $1); }
|	specs_bare STORAGE { $$ = specs_storage(p, $1, $2); }
|	specs_bare STATIC { $$ = specs_storage(p, $1, $2); }
|	specs_bare QUALIFIER { $$ = specs_qualifier(p, $1, $2); }
|	specs_bare FUNCTION_SPEC { $$ = specs_function(p, $1, $2); }
|	specs_bare alignas { $$ = specs_alignas(p, $1, $2); }
|	specs_bare ATTRS { $$ = specs_attributes(p, $1, $2.attrs, $2.end); }
;

specs_typed:
	type_keyword { $$ = specs_type(p, NULL, $1); }
|	TYPE_WORD { $$ = specs_word(p, NULL, $1); }
|	ASYNC_FN { $$ = specs_function(p, NULL, $1); $$->u.SPECS.func |= FS_ASYNC; }
|	type_named { $$ = specs_type(p, NULL, $1); }
|	specs_bare type_keyword { $$ = specs_type(p, $1, $2); }
|	specs_bare TYPE_WORD { $$ = specs_word(p, $1, $2); }
|	specs_bare ASYNC_FN { $$ = specs_function(p, $1, $2); $$->u.SPECS.func |= FS_ASYNC; }
|	specs_bare type_named { $$ = specs_type(p, $1, $2); }
|	specs_typed type_keyword { $$ = specs_type(p, $1, $2); }
|	specs_typed TYPE_WORD { $$ = specs_word(p, $1, $2); }
|	specs_typed ASYNC_FN { $$ = specs_function(p, $1, $2); $$->u.SPECS.func |= FS_ASYNC; }
|	specs_typed STORAGE { $$ = specs_storage(p, $1, $2); }
|	specs_typed STATIC { $$ = specs_storage(p, $1, $2); }
|	specs_typed QUALIFIER { $$ = specs_qualifier(p, $1, $2); }
|	specs_typed FUNCTION_SPEC { $$ = specs_function(p, $1, $2); }
|	specs_typed alignas { $$ = specs_alignas(p, $1, $2); }
|	specs_typed ATTRS { $$ = specs_attributes(p, $1, $2.attrs, $2.end); }
;

/* `async |PARAMS| -> T` as a type. Nothing goes on with the specifiers behind it, so that what stands behind T is T's; of a declarator, T has the
 * `*`s alone. */
specs_closure:
	closure_type { $$ = specs_type(p, NULL, $1); }
|	specs_bare closure_type { $$ = specs_type(p, $1, $2); }
;

closure_type:
	closure_head
;

/* What the type and the expression have in common: a CLOSURE_TYPE. */
closure_head:
	ASYNC_CLOSURE closure_params { $$ = make_closure_head(p, $1, $2, NULL); }
|	ASYNC_CLOSURE closure_params ARROW closure_value { $$ = make_closure_head(p, $1, $2, $4); }
;

closure_params:
	OR_OR { $$ = list_begin(p); p->last_bar = $1.end; }
|	'|' '|' { $$ = list_begin(p); p->last_bar = $2.end; }
|	'|' push params '|' { $$ = $3; p->last_bar = $4.end; check_closure_params(p, $1.loc); names_pop(p, $2); }
;

closure_value:
	closure_value_specs %prec CLOSURE_VALUE { $$ = make_type_name(p, $1, NULL, NULL); }
|	closure_value_specs closure_pointers { $$ = make_type_name(p, $1, $2, NULL); }
|	SPAWN_NAME { $$ = make_typedef_name(p, $1); }
;

closure_value_specs:
	specs_typed
|	specs_closure
;

closure_pointers:
	'*' qualifiers_opt %prec CLOSURE_VALUE { $$ = make_pointer(p, $1, $2, NULL); }
|	'*' qualifiers_opt closure_pointers { $$ = make_pointer(p, $1, $2, $3); }
;

alignas:
	ALIGNAS '(' type_or_assignment ')' { MAKE($$, ALIGNAS, $1, $4.end, .operand = $3); }
;

type_keyword:
	tag
|	type_operator
;

type_operator:
	TYPEOF '(' expression ')' { MAKE($$, TYPEOF, $1, $4.end, .operand = $3, .unqual = $1.value); }
|	TYPEOF '(' type_name ')' { MAKE($$, TYPEOF, $1, $4.end, .operand = $3, .unqual = $1.value); }
|	ATOMIC '(' type_name ')' { MAKE($$, ATOMIC_TYPE, $1, $4.end, .type_name = $3); }
|	BITINT '(' assignment ')' { MAKE($$, BITINT, $1, $4.end, .width = $3); }
;

type_named:
	TYPENAME { $$ = make_typedef_ref(p, $1); }
|	DIALECT_WORD '(' type_name ')' { MAKE($$, DIALECT_TYPE, $1, $4.end, .which = $1.word->dialect - WORD_FUTURE, .type_name = $3); }
;

tag:
	STRUCT attrs_opt name %prec TAG_WITHOUT_BODY { $$ = make_tag(p, $1, $2, &$3); }
|	STRUCT attrs_opt name '{' members '}' { $$ = tag_body(p, make_tag(p, $1, $2, &$3), $5, $6.end); }
|	STRUCT attrs_opt '{' members '}' { $$ = tag_body(p, make_tag(p, $1, $2, NULL), $4, $5.end); }
|	ENUM attrs_opt name %prec TAG_WITHOUT_BODY { $$ = make_tag(p, $1, $2, &$3); }
|	ENUM attrs_opt name '{' enumerators '}' { $$ = tag_body(p, make_tag(p, $1, $2, &$3), $5, $6.end); }
|	ENUM attrs_opt name '{' enumerators ',' '}' { $$ = tag_body(p, make_tag(p, $1, $2, &$3), $5, $7.end); }
|	ENUM attrs_opt '{' enumerators '}' { $$ = tag_body(p, make_tag(p, $1, $2, NULL), $4, $5.end); }
|	ENUM attrs_opt '{' enumerators ',' '}' { $$ = tag_body(p, make_tag(p, $1, $2, NULL), $4, $6.end); }
|	ENUM attrs_opt name ENUM_COLON underlying %prec TAG_WITHOUT_BODY { $$ = make_tag(p, $1, $2, &$3); $$->u.TAG.underlying = $5; $$->end = $5->end; }
|	ENUM attrs_opt name ENUM_COLON underlying '{' enumerators '}' {
		$$ = tag_body(p, make_tag(p, $1, $2, &$3), $7, $8.end);
		$$->u.TAG.underlying = $5;
	}
|	ENUM attrs_opt name ENUM_COLON underlying '{' enumerators ',' '}' {
		$$ = tag_body(p, make_tag(p, $1, $2, &$3), $7, $9.end);
		$$->u.TAG.underlying = $5;
	}
|	ENUM attrs_opt ENUM_COLON underlying '{' enumerators '}' { $$ = tag_body(p, make_tag(p, $1, $2, NULL), $6, $7.end); $$->u.TAG.underlying = $4; }
|	ENUM attrs_opt ENUM_COLON underlying '{' enumerators ',' '}' { $$ = tag_body(p, make_tag(p, $1, $2, NULL), $6, $8.end); $$->u.TAG.underlying = $4; }
|	ENUM attrs_opt name '{' '}' { $$ = tag_body(p, make_tag(p, $1, $2, &$3), list_begin(p), $5.end); }
|	TAG_REFERENCE attrs_opt name { $$ = make_tag(p, $1, $2, &$3); }
;

/* Type words after `enum e :` are UNDERLYING_WORD: a TYPE_WORD there could as well go on with the specifiers around the enum. */
underlying:
	underlying_specs { $$ = make_type_name(p, $1, NULL, NULL); }
;

underlying_specs:
	UNDERLYING_WORD { $$ = specs_word(p, NULL, $1); }
|	TYPENAME { $$ = specs_type(p, NULL, make_typedef_ref(p, $1)); }
|	type_operator { $$ = specs_type(p, NULL, $1); }
|	underlying_specs UNDERLYING_WORD { $$ = specs_word(p, $1, $2); }
;

members:
	%empty { $$ = list_begin(p); }
|	members member { list_add(p, $2); $$ = $1; }
;

member:
	member_plain
|	EXTENSION member { $$ = $2; $$->begin = $1.loc; }
|	attrs member_plain { $$ = statement_attributes(p, $1, attrs_begin($1, $2->begin), $2); }
|	PRAGMA { $$ = $1.node; }
|	';' { $$ = node_new(p->arena, N_EMPTY_DECL, $1.loc, $1.loc, $1.end); }
|	error { $$ = make_error(p, p->last.loc, recover_statement(p, LOOKAHEAD)); RESUME(); }
;

member_plain:
	member_declaring member_semicolon { $$ = declaration_end(p, $1, $2.end); }
|	specs member_semicolon { $$ = make_bare_declaration(p, $1, $2.end, true); }
|	static_assert
;

/* NO_SEMICOLON never comes: that it is expected tells syntax_error.c that this is a member, whose `;` may be left out before the `}`. */
member_semicolon:
	semicolon
|	NO_SEMICOLON
;

member_declaring:
	specs_typed member_declarator { $$ = member_begin(p, $1, $2); }
|	specs_closure member_declarator { $$ = member_begin(p, $1, $2); }
|	specs_bare member_declarator_nt { $$ = member_begin(p, $1, $2); }
|	member_declaring ',' attrs_opt member_declarator { $$ = member_add(p, $1, $3, $4); }
;

member_declarator:
	declarator_full
|	declarator_arrow
|	declarator_full ':' assignment attrs_opt { $$ = make_bit_field(p, $1, $2, $3, $4); }
|	':' assignment attrs_opt { $$ = make_bit_field(p, NULL, $1, $2, $3); }
;

member_declarator_nt:
	declarator_named_full
|	declarator_named_full ':' assignment attrs_opt { $$ = make_bit_field(p, $1, $2, $3, $4); }
|	':' assignment attrs_opt { $$ = make_bit_field(p, NULL, $1, $2, $3); }
;

enumerators:
	enumerator { $$ = list_start(p, $1); }
|	enumerators ',' enumerator { list_add(p, $3); $$ = $1; }
;

enumerator:
	name attrs_opt { $$ = make_enumerator(p, $1, $2, NULL); RECLASSIFY(); }
|	name attrs_opt '=' assignment { $$ = make_enumerator(p, $1, $2, $4); }
|	error { $$ = make_error(p, p->last.loc, recover_initializer(p, LOOKAHEAD)); }
;

/* -- declarators ---------------------------------------------------------------------------------------------------------- */

name:
	IDENT
|	TYPENAME
|	DIALECT_WORD
|	DEFER
|	ASYNC_BLOCK
|	NURSERY
|	SPAWN_BLOCKING
|	TYPED_NAME
;

attrs:
	ATTRS { $$ = $1.attrs; }
|	attrs ATTRS { $$ = attrs_join(p, $1, $2.attrs); }
;

attrs_opt:
	%empty { $$ = NULL; }
|	attrs
;

declarator_full:
	declarator asm_label_opt attrs_opt { $$ = make_declarator(p, $1, NULL, $2, $3, 0); }
;

declarator_named_full:
	declarator_nt asm_label_opt attrs_opt { $$ = make_declarator(p, $1, NULL, $2, $3, 0); }
;

declarator_arrow:
	declarator arrow asm_label_opt { $$ = make_declarator(p, $1, $2, $3, NULL, 0); }
;

declarator_arrow_nt:
	declarator_nt arrow asm_label_opt { $$ = make_declarator(p, $1, $2, $3, NULL, 0); }
;

/* The value of an `async fn`. */
arrow:
	ARROW type_name { $$ = $2; }
|	ARROW SPAWN_NAME { $$ = make_typedef_name(p, $2); }
|	ARROW error { $$ = make_type_name(p, specs_type(p, NULL, make_unknown_type(p, $1)), NULL, NULL); }
;

asm_label_opt:
	%empty { $$ = NULL; }
|	ASM '(' string_literal ')' { $$ = $3; }
;

declarator:
	'*' qualifiers_opt declarator { $$ = make_pointer(p, $1, $2, $3); }
|	direct_any
;

/* Does not begin with a TYPENAME. */
declarator_nt:
	'*' qualifiers_opt declarator { $$ = make_pointer(p, $1, $2, $3); }
|	direct_nt
;

direct_any:
	direct_nt
|	direct_t
;

direct_nt:
	IDENT { MAKE($$, D_NAME, $1, $1.end, .name = $1.word->name); }
|	IDENT SHAPE_ATTRS { MAKE($$, D_NAME, $1, $2.end, .name = $1.word->name, .attrs = *$2.attrs); }
|	'(' attrs_opt declarator attrs_opt ')' { $$ = make_paren_shape(p, $1, $2, $3, $4, $5); }
|	direct_nt suffix { $$ = shape_wrap($2, $1, $1); }
;

direct_t:
	name_t { MAKE($$, D_NAME, $1, $1.end, .name = $1.word->name); }
|	direct_t suffix { $$ = shape_wrap($2, $1, $1); }
;

/* Words that an inner declaration may take. */
name_t:
	TYPENAME
|	DIALECT_WORD
|	DEFER
|	TYPED_NAME
;

qualifiers_opt:
	%empty { $$ = NULL; }
|	qualifiers
;

/* Qualifiers and attributes after `*` and in `[ ]`, held in a SPECS node. */
qualifiers:
	QUALIFIER { $$ = specs_qualifier(p, NULL, $1); }
|	ATTRS { $$ = specs_attributes(p, NULL, $1.attrs, $1.end); $$->begin = $1.loc; }
|	qualifiers QUALIFIER { $$ = specs_qualifier(p, $1, $2); }
|	qualifiers ATTRS { $$ = specs_attributes(p, $1, $2.attrs, $2.end); }
;

suffix:
	array_suffix
|	'(' push params ')' { $$ = make_function_shape(p, $1, $3, p->variadic, false, $4.end); names_pop(p, $2); }
|	'(' push ELLIPSIS ')' { $$ = make_function_shape(p, $1, list_begin(p), true, false, $4.end); names_pop(p, $2); }
|	'(' push ')' { $$ = make_function_shape(p, $1, list_begin(p), false, true, $3.end); names_pop(p, $2); }
|	'(' push identifiers ')' { $$ = make_function_shape(p, $1, $3, false, true, $4.end); names_pop(p, $2); }
|	'(' push paren_error {
		$$ = make_function_shape(p, $1, list_begin(p), false, true, $3);
		names_pop(p, $2);
	}
;

/* Attributes of an array's type say nothing to either compiler; of the text they stay a part. */
array_suffix:
	array_bounds
|	array_bounds SHAPE_ATTRS
;

array_bounds:
	'[' ']' { $$ = make_statement(p, N_D_ARRAY, $1, $2.end); }
|	'[' qualifiers ']' { MAKE($$, D_ARRAY, $1, $3.end, .quals = $2->u.SPECS.quals); }
|	'[' assignment ']' { MAKE($$, D_ARRAY, $1, $3.end, .size = $2); }
|	'[' qualifiers assignment ']' { MAKE($$, D_ARRAY, $1, $4.end, .quals = $2->u.SPECS.quals, .size = $3); }
|	'[' STATIC qualifiers_opt assignment ']' { MAKE($$, D_ARRAY, $1, $5.end, .quals = $3 ? $3->u.SPECS.quals : 0, .is_static = true, .size = $4); }
|	'[' qualifiers STATIC assignment ']' { MAKE($$, D_ARRAY, $1, $5.end, .quals = $2->u.SPECS.quals, .is_static = true, .size = $4); }
|	'[' '*' ']' { MAKE($$, D_ARRAY, $1, $3.end, .star = true); }
|	'[' qualifiers '*' ']' { MAKE($$, D_ARRAY, $1, $4.end, .quals = $2->u.SPECS.quals, .star = true); }
;

identifiers:
	IDENT { $$ = list_start(p, make_kr_param(p, $1)); }
|	identifiers ',' IDENT { list_add(p, make_kr_param(p, $3)); $$ = $1; }
;

/* GNU C: parameters may be declared ahead of the list, `int f(int n; int a[n])`. */
params:
	param_list { $$ = $1; p->variadic = false; }
|	param_list ',' ELLIPSIS { $$ = $1; p->variadic = true; }
|	param_list ';' params { $$ = params_announced(p, $1, $3); /* the function's type does not have them */ }
;

param_list:
	param { $$ = list_start(p, $1); }
|	param_list ',' param { list_add(p, $3); $$ = $1; }
;

param:
	param_plain
|	attrs param_plain { specs_prefix(p, $1, attrs_begin($1, $2->begin), $2->u.PARAM.specs); $$ = $2; $$->begin = $2->u.PARAM.specs->begin; }
;

param_plain:
	specs { $$ = make_param(p, $1, NULL, NULL, NULL); }
|	specs_typed param_named attrs_opt { $$ = make_param(p, $1, $2, NULL, $3); }
|	specs_typed param_named arrow { $$ = make_param(p, $1, $2, $3, NULL); }
|	specs_closure param_named attrs_opt { $$ = make_param(p, $1, $2, NULL, $3); }
|	specs_bare param_named_nt attrs_opt { $$ = make_param(p, $1, $2, NULL, $3); }
|	specs_closure abstract { $$ = make_param(p, $1, $2, NULL, NULL); }
|	specs_typed abstract { $$ = make_param(p, $1, $2, NULL, NULL); }
|	specs_typed abstract arrow { $$ = make_param(p, $1, $2, $3, NULL); }
|	specs_bare abstract { $$ = make_param(p, $1, $2, NULL, NULL); }
;

param_named:
	'*' qualifiers_opt param_named { $$ = make_pointer(p, $1, $2, $3); }
|	param_direct
;

param_named_nt:
	'*' qualifiers_opt param_named { $$ = make_pointer(p, $1, $2, $3); }
|	param_direct_nt
;

param_direct:
	param_direct_nt
|	param_direct_t
;

param_direct_nt:
	IDENT { MAKE($$, D_NAME, $1, $1.end, .name = $1.word->name); }
|	IDENT SHAPE_ATTRS { MAKE($$, D_NAME, $1, $2.end, .name = $1.word->name, .attrs = *$2.attrs); }
|	'(' param_named_nt attrs_opt ')' { $$ = make_paren_shape(p, $1, NULL, $2, $3, $4); }
|	'(' attrs param_named_nt attrs_opt ')' { $$ = make_paren_shape(p, $1, $2, $3, $4, $5); }
|	param_direct_nt suffix { $$ = shape_wrap($2, $1, $1); }
;

param_direct_t:
	name_t { MAKE($$, D_NAME, $1, $1.end, .name = $1.word->name); }
|	param_direct_t suffix { $$ = shape_wrap($2, $1, $1); }
;

abstract:
	'*' qualifiers_opt { $$ = make_pointer(p, $1, $2, NULL); }
|	'*' qualifiers_opt abstract { $$ = make_pointer(p, $1, $2, $3); }
|	abstract_direct
|	abstract_direct attrs
;

abstract_direct:
	'(' abstract ')' { $$ = make_paren_shape(p, $1, NULL, $2, NULL, $3); }
|	'(' attrs abstract ')' { $$ = make_paren_shape(p, $1, $2, $3, NULL, $4); }
|	'(' ')' { $$ = make_function_shape(p, $1, list_begin(p), false, true, $2.end); }
|	'(' ELLIPSIS ')' { $$ = make_function_shape(p, $1, list_begin(p), true, false, $3.end); }
|	'(' params ')' { $$ = make_function_shape(p, $1, $2, p->variadic, false, $3.end); shape_forget_names(p, $$); }
|	array_suffix
|	abstract_direct suffix { $$ = shape_wrap($2, $1, $1); }
;

type_name:
	type_name_plain
|	attrs type_name_plain { specs_prefix(p, $1, attrs_begin($1, $2->begin), $2->u.TYPE_NAME.specs); $$ = $2; $$->begin = $2->u.TYPE_NAME.specs->begin; }
;

type_name_plain:
	specs { $$ = make_type_name(p, $1, NULL, NULL); }
|	specs_typed abstract { $$ = make_type_name(p, $1, $2, NULL); }
|	specs_typed abstract arrow { $$ = make_type_name(p, $1, $2, $3); }
|	specs_closure abstract { $$ = make_type_name(p, $1, $2, NULL); }
|	specs_bare abstract { $$ = make_type_name(p, $1, $2, NULL); }
;

/* -- initialisers ------------------------------------------------------------------------------------------------------- */

initializer:
	assignment
|	initializer_list
|	error { $$ = make_error(p, p->last.loc, recover_initializer(p, LOOKAHEAD)); }
;

initializer_list:
	'{' init_open init_items_opt '}' { MAKE($$, INIT_LIST, $1, $4.end, .items = list_take(p, $3)); }
;

/* No statement begins behind the brace. */
init_open:
	%empty { p->last.kind = ','; }
;

init_items_opt:
	%empty { $$ = list_begin(p); }
|	init_items
|	init_items ','
|	init_items BLOCK_END
;

init_items:
	init_item { $$ = list_start(p, $1); }
|	init_items ',' init_item { list_add(p, $3); $$ = $1; }
;

init_item:
	initializer { $$ = make_init_item(p, list_begin(p), $1); }
|	designators '=' initializer { $$ = make_init_item(p, $1, $3); }
|	designators initializer { $$ = make_init_item(p, $1, $2); }
|	name ':' initializer {
		struct node *field;

		MAKE(field, DESIG_FIELD, $1, $2.end, .name = $1.word->name, .old = true);
		$$ = make_init_item(p, list_start(p, field), $3);
	}
;

designators:
	designator { $$ = list_start(p, $1); }
|	designators designator { list_add(p, $2); $$ = $1; }
;

designator:
	'.' name { MAKE_AT($$, DESIG_FIELD, $1.loc, $2.loc, $2.end, .name = $2.word->name); }
|	'[' assignment ']' { MAKE($$, DESIG_INDEX, $1, $3.end, .lo = $2); }
|	'[' assignment ELLIPSIS assignment ']' { MAKE($$, DESIG_INDEX, $1, $5.end, .lo = $2, .hi = $4); }
;

/* -- statements ----------------------------------------------------------------------------------------------------------- */

compound:
	'{' push items '}' { $$ = make_compound(p, $1, $3, $4); names_pop(p, $2); }
|	'{' push items dangling_label '}' { list_add(p, $4); $$ = make_compound(p, $1, $3, $5); names_pop(p, $2); }
;

items:
	%empty { $$ = list_begin(p); }
|	items block_item { list_add(p, $2); $$ = $1; }
;

block_item:
	item
|	PRAGMA { $$ = $1.node; }
|	error { $$ = make_error_statement(p, p->last.loc, recover_statement(p, LOOKAHEAD)); RESUME(); }
;

item:
	item_plain
|	attrs item_plain { $$ = statement_attributes(p, $1, attrs_begin($1, $2->begin), $2); }
;

item_plain:
	declaration
|	function_definition
|	EXTENSION function_definition { $$ = $2; $$->begin = $1.loc; }
|	statement
;

/* What `if` or a loop governs. */
substatement:
	item { $$ = check_substatement(p, $1); }
|	PRAGMA substatement { $$ = statement_after_pragma(p, $1.node, $2); }
;

deferred:
	item { $$ = check_deferred(p, $1); }
|	PRAGMA deferred { $$ = statement_after_pragma(p, $1.node, $2); }
;

label:
	label_name ':' { MAKE($$, LABEL, $1, $2.end, .name = $1.word->name); }
|	CASE assignment ':' { MAKE($$, CASE, $1, $3.end, .lo = $2); }
|	CASE assignment ELLIPSIS assignment ':' { MAKE($$, CASE, $1, $5.end, .lo = $2, .hi = $4); }
|	DEFAULT ':' { $$ = make_statement(p, N_DEFAULT, $1, $2.end); }
;

label_name:
	IDENT
|	TYPENAME
;

/* A label before the `}` (C23). */
dangling_label:
	dangling_label_plain
|	attrs dangling_label_plain { $$ = statement_attributes(p, $1, attrs_begin($1, $2->begin), $2); }
;

dangling_label_plain:
	label
|	label attrs { $$ = label_finish(p, $1, $2, NULL); }
|	label dangling_label { $$ = label_finish(p, $1, NULL, $2); }
;

condition:
	'(' expression ')' { $$ = $2; }
|	'(' paren_error { $$ = make_error(p, $1.loc, $2); }
;

statement:
	compound
|	expression expression_end { $$ = end_expression(p, $1, $2); }
|	';' { $$ = make_expr_stmt(p, NULL, $1.loc, $1.end); }
|	label block_item { $$ = label_finish(p, $1, NULL, $2); }
|	IF push condition substatement %prec IF_WITHOUT_ELSE { MAKE($$, IF, $1, $4->end, .cond = $3, .then = $4); names_pop(p, $2); RECLASSIFY(); }
|	IF push condition substatement ELSE substatement { MAKE($$, IF, $1, $6->end, .cond = $3, .then = $4, .otherwise = $6); names_pop(p, $2); RECLASSIFY(); }
|	SWITCH push condition substatement { MAKE($$, SWITCH, $1, $4->end, .value = $3, .body = $4); names_pop(p, $2); RECLASSIFY(); }
|	WHILE push condition substatement { MAKE($$, WHILE, $1, $4->end, .cond = $3, .body = $4); names_pop(p, $2); RECLASSIFY(); }
|	DO push substatement WHILE condition semicolon { MAKE($$, DO, $1, $6.end, .body = $3, .cond = $5); names_pop(p, $2); }
|	FOR push '(' for_init expression_opt ';' expression_opt ')' substatement {
		MAKE($$, FOR, $1, $9->end, .init = $4, .cond = $5, .step = $7, .body = $9);
		names_pop(p, $2);
		RECLASSIFY();
	}
|	FOR push '(' declared_alone ':' { report_for_colon(p, $1, $5); } expression ')' substatement {
		$$ = make_async_for(p, $1, $4, $7, $9);
		names_pop(p, $2);
		RECLASSIFY();
	}
|	FOR push '(' paren_error substatement { MAKE($$, FOR, $1, $5->end, .body = $5); names_pop(p, $2); RECLASSIFY(); }
|	GOTO name semicolon { MAKE($$, GOTO, $1, $3.end, .name = $2.word->name); }
|	GOTO '*' expression semicolon { MAKE($$, GOTO_COMPUTED, $1, $4.end, .target = $3); }
|	BREAK semicolon { $$ = make_statement(p, N_BREAK, $1, $2.end); }
|	CONTINUE semicolon { $$ = make_statement(p, N_CONTINUE, $1, $2.end); }
|	RETURN expression_opt semicolon { MAKE($$, RETURN, $1, $3.end, .value = $2); }
|	DEFER deferred { MAKE($$, DEFER, $1, $2->end, .body = $2); }
|	ASYNC_JOIN compound { MAKE($$, JOIN, $1, $2->end, .body = $2); }
|	ASYNC_SELECT '{' select_arms '}' { $$ = make_select(p, $1, $3, $4.end); }
|	ASYNC_SHIELD compound { MAKE($$, SHIELD, $1, $2->end, .body = $2); }
|	ASYNC_SHIELD '(' expression ')' compound { MAKE($$, SHIELD, $1, $5->end, .ms = $3, .body = $5); }
|	async_for %prec IF_WITHOUT_ELSE
|	async_for ELSE_ERROR push '(' param ')' substatement { $$ = async_for_else($1, $5, $7); names_pop(p, $3); RECLASSIFY(); }
|	YIELD expression semicolon { MAKE($$, YIELD, $1, $3.end, .value = $2); }
|	LABEL label_names semicolon { MAKE($$, LABEL_DECL, $1, $3.end, .names = list_take(p, $2)); }
|	asm_statement
;

/* -- concurrency ---------------------------------------------------------------------------------------------------------------- */

select_arms:
	%empty { $$ = list_begin(p); }
|	error { recover_arms(p, LOOKAHEAD); RESUME(); $$ = list_begin(p); }
|	select_arms select_arm { list_add(p, $2); $$ = $1; }
;

select_arm:
	CASE push arm_open arm_value arm_colon arm_close items %prec ARM_END {
		$$ = make_arm(p, $1, $4, $5, $7);
		(void)$3;
		names_pop(p, $2);
	}
|	DEFAULT push arm_colon items %prec ARM_END { $$ = make_arm(p, $1, NULL, $3, $4); names_pop(p, $2); }
;

/* In the head of an arm, outside brackets, a `?` before a `:` is the operator (tokens.c). */
arm_open:
	%empty { $$ = (int)p->arm_depth; p->arm_depth = 1; }
;

arm_close:
	%empty { p->arm_depth = (unsigned)$<op>-2; }
;

arm_value:
	assignment
|	declared_alone '=' assignment { $$ = declaration_init(p, $1, $3); }
|	error { loc_t loc = p->last.loc; $$ = make_error(p, loc, recover_arm(p, LOOKAHEAD)); RESUME(); }
;

arm_colon:
	':'
|	error { $$ = span(p->before.end, p->before.end); RESUME(); }
;

/* One variable without its initialiser. */
declared_alone:
	specs_typed declarator_full { $$ = declaration_begin(p, $1, $2); RECLASSIFY(); }
|	specs_closure declarator_full { $$ = declaration_begin(p, $1, $2); RECLASSIFY(); }
|	specs_bare declarator_named_full { $$ = declaration_begin(p, $1, $2); RECLASSIFY(); }
;

async_for:
	ASYNC_FOR push for_open '(' declared_alone for_stream substatement { $$ = make_async_for(p, $1, $5, $6, $7); names_pop(p, $2); RECLASSIFY(); }
|	ASYNC_FOR push for_open '(' for_error_head substatement { $$ = make_async_for(p, $1, NULL, NULL, $6); names_pop(p, $2); RECLASSIFY(); }
;

for_stream:
	':' for_close expression ')' { $$ = $3; }
|	':' for_close for_error_head { $$ = make_error(p, $1.loc, $1.end); }
|	for_error_head { $$ = make_error(p, p->before.end, p->before.end); }
;

for_open:
	%empty { p->async_for = $<token>-1.loc; }
;

for_error_head:
	error {
		p->async_for = 0;
		if (recover_for(p, LOOKAHEAD))
			yyerrok;
	}
;

for_close:
	%empty { p->async_for = 0; }
;

nursery:
	nursery_word '{' push nursery_name items '}' {
		$$ = make_nursery(p, $1, $4, $2, $5, $6);
		names_pop(p, $3);
		if ($1.value & NURSERY_STATEMENT)
			block_end(p);
	}
;

nursery_word:
	NURSERY { $$ = nursery_begin(p, $1, false); }
|	ASYNC_NURSERY { $$ = nursery_begin(p, $1, true); }
;

nursery_name:
	%empty { $$ = span(0, 0); }
|	OR_OR { $$ = span(0, 0); p->last.kind = ';'; }
|	'|' error { if (recover_bar(p, LOOKAHEAD)) RESUME(); $$ = span(0, 0); }
|	'|' name '|' { $$ = $2; p->last.kind = ';'; names_declare(p, $2.word->name, BIND_CALLABLE); }
|	'|' name error { $$ = $2; names_declare(p, $2.word->name, BIND_CALLABLE); }
;

spawn_block:
	postfix '.' SPAWN_NAME compound { $$ = make_spawn_block(p, make_member(p, $1, false, $3), $4); block_end(p); }
|	postfix ARROW SPAWN_NAME compound { $$ = make_spawn_block(p, make_member(p, $1, true, $3), $4); block_end(p); }
|	SPAWN_BLOCKING compound { $$ = make_spawn_block(p, make_name(p, $1), $2); block_end(p); }
;

/* A closure's parameters are visible in its body. */
closure_scope:
	%empty { $$ = closure_begin(p, $<node>0); RECLASSIFY(); }
;

for_init:
	expression_opt ';' { $$ = $1; }
|	declaration
|	attrs declaration { $$ = statement_attributes(p, $1, $2->begin, $2); }
;

/* Behind a `(`: what is wrong, and the `)`. */
paren_error:
	error {
		bool closed;

		$$ = recover_paren(p, LOOKAHEAD, &closed);
		if (closed)
			yyerrok;
	}
;

expression_opt:
	%empty { $$ = NULL; }
|	expression
;

label_names:
	name { $$ = list_start(p, make_name(p, $1)); }
|	label_names ',' name { list_add(p, make_name(p, $3)); $$ = $1; }
;

/* -- asm -------------------------------------------------------------------------------------------------------------------- */

asm_statement:
	ASM asm_qualifiers '(' asm_text ')' semicolon { $$ = asm_end($4, $1, $2, $6.end); }
|	ASM asm_qualifiers '(' asm_outputs ')' semicolon { $$ = asm_end($4, $1, $2, $6.end); }
|	ASM asm_qualifiers '(' asm_inputs ')' semicolon { $$ = asm_end($4, $1, $2, $6.end); }
|	ASM asm_qualifiers '(' asm_clobbered ')' semicolon { $$ = asm_end($4, $1, $2, $6.end); }
|	ASM asm_qualifiers '(' asm_jumps ')' semicolon { $$ = asm_end($4, $1, $2, $6.end); }
;

/* Each goes on with the node of the one before. */
asm_text:
	string_literal { MAKE_AT($$, ASM, $1->begin, $1->loc, $1->end, .text = $1); }
;

asm_outputs:
	asm_text ':' asm_operands_opt { $$ = $1; $$->u.ASM.outputs = list_take(p, $3); $$->u.ASM.sections = 1; }
;

asm_inputs:
	asm_outputs ':' asm_operands_opt { $$ = $1; $$->u.ASM.inputs = list_take(p, $3); $$->u.ASM.sections = 2; }
;

asm_clobbered:
	asm_inputs ':' asm_clobbers_opt { $$ = $1; $$->u.ASM.clobbers = list_take(p, $3); $$->u.ASM.sections = 3; }
;

asm_jumps:
	asm_clobbered ':' asm_labels { $$ = $1; $$->u.ASM.labels = list_take(p, $3); $$->u.ASM.sections = 4; }
;

asm_qualifiers:
	%empty { $$ = 0; }
|	asm_qualifiers QUALIFIER { $$ = $1 | ($2.value == Q_VOLATILE ? ASM_VOLATILE : 0); }
|	asm_qualifiers FUNCTION_SPEC { $$ = $1 | ASM_INLINE; }
|	asm_qualifiers GOTO { $$ = $1 | ASM_GOTO; }
;

asm_operands_opt:
	%empty { $$ = list_begin(p); }
|	asm_operands
;

asm_operands:
	asm_operand { $$ = list_start(p, $1); }
|	asm_operands ',' asm_operand { list_add(p, $3); $$ = $1; }
;

asm_operand:
	string_literal '(' expression ')' { MAKE_AT($$, ASM_OPERAND, $1->begin, $1->loc, $4.end, .constraint = $1, .operand = $3); }
|	'[' name ']' string_literal '(' expression ')' { MAKE($$, ASM_OPERAND, $1, $7.end, .name = $2.word->name, .constraint = $4, .operand = $6); }
;

asm_clobbers_opt:
	%empty { $$ = list_begin(p); }
|	asm_clobbers
;

asm_clobbers:
	string_literal { $$ = list_start(p, $1); }
|	asm_clobbers ',' string_literal { list_add(p, $3); $$ = $1; }
;

asm_labels:
	name { $$ = list_start(p, make_name(p, $1)); }
|	asm_labels ',' name { list_add(p, make_name(p, $3)); $$ = $1; }
;

/* -- expressions ------------------------------------------------------------------------------------------------------------ */

expression:
	assignment
|	expression ',' assignment { MAKE_AT($$, COMMA, $1->begin, $2.loc, $3->end, .lhs = $1, .rhs = $3); }
;

/* An assignment-expression. What stands left of `=` is any conditional here; that it has to be an lvalue is sema's. */
assignment:
	cast
|	assignment '=' assignment { $$ = make_assign(p, OP_ASSIGN, $1, $2, $3); }
|	assignment ASSIGN_OP assignment { $$ = make_assign(p, $2.value, $1, $2, $3); }
|	assignment question expression conditional_colon assignment %prec '?' { $$ = make_conditional(p, $1, $2, $3, $5); conditional_close(p); }
|	assignment question conditional_colon assignment %prec '?' { $$ = make_conditional(p, $1, $2, NULL, $4); conditional_close(p); }
|	assignment OR_OR assignment { $$ = make_binary(p, OP_LOGOR, $1, $2, $3); }
|	assignment AND_AND assignment { $$ = make_binary(p, OP_LOGAND, $1, $2, $3); }
|	assignment '|' assignment { $$ = make_binary(p, OP_OR, $1, $2, $3); }
|	assignment '^' assignment { $$ = make_binary(p, OP_XOR, $1, $2, $3); }
|	assignment '&' assignment { $$ = make_binary(p, OP_AND, $1, $2, $3); }
|	assignment EQ assignment { $$ = make_binary(p, OP_EQ, $1, $2, $3); }
|	assignment NE assignment { $$ = make_binary(p, OP_NE, $1, $2, $3); }
|	assignment '<' assignment { $$ = make_binary(p, OP_LT, $1, $2, $3); }
|	assignment '>' assignment { $$ = make_binary(p, OP_GT, $1, $2, $3); }
|	assignment LE assignment { $$ = make_binary(p, OP_LE, $1, $2, $3); }
|	assignment GE assignment { $$ = make_binary(p, OP_GE, $1, $2, $3); }
|	assignment SHL assignment { $$ = make_binary(p, OP_SHL, $1, $2, $3); }
|	assignment SHR assignment { $$ = make_binary(p, OP_SHR, $1, $2, $3); }
|	assignment '+' assignment { $$ = make_binary(p, OP_ADD, $1, $2, $3); }
|	assignment '-' assignment { $$ = make_binary(p, OP_SUB, $1, $2, $3); }
|	assignment '*' assignment { $$ = make_binary(p, OP_MUL, $1, $2, $3); }
|	assignment '/' assignment { $$ = make_binary(p, OP_DIV, $1, $2, $3); }
|	assignment '%' assignment { $$ = make_binary(p, OP_MOD, $1, $2, $3); }
;

question:
	'?' { conditional_open(p, $<node>0, $1); $$ = $1; }
;

/* No statement begins behind these, as one does behind a label and a condition. */
conditional_colon:
	':' { p->last.kind = '?'; }
;

close_type:
	')' { p->last.kind = SIZEOF; $$ = $1; }
;

cast:
	unary
|	'(' type_name close_type cast { $$ = make_cast(p, $1, $2, $4); }
;

unary:
	postfix
|	PLUS_PLUS unary { $$ = make_unary(p, OP_PRE_INC, $1, $2); }
|	MINUS_MINUS unary { $$ = make_unary(p, OP_PRE_DEC, $1, $2); }
|	'&' cast { $$ = make_unary(p, OP_ADDR, $1, $2); }
|	'*' cast { $$ = make_unary(p, OP_DEREF, $1, $2); }
|	'+' cast { $$ = make_unary(p, OP_PLUS, $1, $2); }
|	'-' cast { $$ = make_unary(p, OP_MINUS, $1, $2); }
|	'~' cast { $$ = make_unary(p, OP_BITNOT, $1, $2); }
|	'!' cast { $$ = make_unary(p, OP_NOT, $1, $2); }
|	REAL_IMAG cast { $$ = make_unary(p, $1.value, $1, $2); }
|	EXTENSION cast { $$ = make_unary(p, OP_EXTENSION, $1, $2); }
|	AWAIT_PREFIX unary { $$ = make_error(p, $1.loc, $2->end); }
|	SIZEOF unary { $$ = make_sizeof(p, OP_SIZEOF, $1, $2, $2->end); }
|	SIZEOF '(' type_name close_type { $$ = make_sizeof(p, OP_SIZEOF, $1, $3, $4.end); }
|	ALIGNOF unary { $$ = make_sizeof(p, OP_ALIGNOF, $1, $2, $2->end); }
|	ALIGNOF '(' type_name close_type { $$ = make_sizeof(p, OP_ALIGNOF, $1, $3, $4.end); }
|	AND_AND name { MAKE($$, LABEL_ADDR, $1, $2.end, .name = $2.word->name); }
;

postfix:
	primary
|	postfix '[' expression ']' { MAKE_AT($$, SUBSCRIPT, $1->begin, $2.loc, $4.end, .base = $1, .index = $3); }
|	postfix '(' ')' { $$ = make_call(p, $1, $2, list_begin(p), $3.end); }
|	postfix '(' arguments ')' { $$ = make_call(p, $1, $2, $3, $4.end); }
|	postfix '(' paren_error { $$ = make_call(p, $1, $2, list_start(p, make_error(p, $2.loc, $3)), $3); }
|	postfix '.' name { $$ = make_member(p, $1, false, $3); }
|	postfix ARROW name { $$ = make_member(p, $1, true, $3); }
|	postfix PLUS_PLUS { MAKE_AT($$, POSTFIX, $1->begin, $2.loc, $2.end, .op = OP_POST_INC, .operand = $1); }
|	postfix MINUS_MINUS { MAKE_AT($$, POSTFIX, $1->begin, $2.loc, $2.end, .op = OP_POST_DEC, .operand = $1); }
|	postfix TRY { MAKE_AT($$, TRY, $1->begin, $2.loc, $2.end, .operand = $1); }
|	spawn_block
|	'(' type_name close_type '{' init_open init_items_opt '}' {
		struct node *init;

		MAKE(init, INIT_LIST, $4, $7.end, .items = list_take(p, $6));
		$$ = make_compound_literal(p, $1, $2, init);
	}
;

arguments:
	assignment { $$ = list_start(p, $1); }
|	arguments ',' assignment { list_add(p, $3); $$ = $1; }
;

primary:
	IDENT { $$ = make_name(p, $1); }
|	NUMBER { $$ = make_text(p, N_NUMBER, $1); }
|	CHAR_CONST { $$ = make_text(p, N_CHAR_CONST, $1); }
|	string_literal
|	'(' expression ')' { MAKE($$, PAREN, $1, $3.end, .inner = $2); }
|	'(' paren_error { $$ = make_error(p, $1.loc, $2); }
|	ASYNC_BLOCK compound { MAKE($$, ASYNC_BLOCK, $1, $2->end, .body = $2); }
|	closure_head closure_scope compound { $$ = make_closure(p, $1, $3); names_pop(p, $2); }
|	nursery
|	TYPED_NAME '(' type_name ')' { $$ = make_typed_call(p, $1, $3, list_begin(p), $4.end); }
|	TYPED_NAME '(' type_name ',' arguments ')' { $$ = make_typed_call(p, $1, $3, $5, $6.end); }
|	'(' compound ')' { MAKE($$, STMT_EXPR, $1, $3.end, .body = $2); }
|	GENERIC '(' type_or_assignment ',' generic_assocs ')' { MAKE($$, GENERIC, $1, $6.end, .control = $3, .assocs = list_take(p, $5)); }
|	VA_ARG '(' assignment ',' type_name ')' { MAKE($$, VA_ARG, $1, $6.end, .list = $3, .type_name = $5); }
|	OFFSETOF '(' type_name ',' offsetof_designators ')' { MAKE($$, OFFSETOF, $1, $6.end, .type_name = $3, .designators = list_take(p, $5)); }
|	BUILTIN '(' builtin_arguments ')' { MAKE($$, BUILTIN, $1, $4.end, .name = $1.word->name, .args = list_take(p, $3)); }
|	HAS_ATTRIBUTE '(' type_or_assignment ',' attribute_word ')' { $$ = make_has_attribute(p, $1, $3, $5, false, list_begin(p), $6.end); }
|	HAS_ATTRIBUTE '(' type_or_assignment ',' attribute_word '(' builtin_arguments ')' ')' { $$ = make_has_attribute(p, $1, $3, $5, true, $7, $9.end); }
;

attribute_word:
	name
|	QUALIFIER { $$ = $1; $$.word = lexer_word(p->lexer, $1.value == Q_CONST ? "const" : "volatile", $1.value == Q_CONST ? 5 : 8); }
;

offsetof_designators:
	offsetof_first { $$ = list_start(p, $1); }
|	offsetof_designators designator { list_add(p, $2); $$ = $1; }
|	offsetof_designators ARROW name {
		struct node *field;

		MAKE_AT(field, DESIG_FIELD, $2.loc, $3.loc, $3.end, .name = $3.word->name);
		list_add(p, field);
		$$ = $1;
	}
;

offsetof_first:
	name { MAKE($$, DESIG_FIELD, $1, $1.end, .name = $1.word->name); }
;

generic_assocs:
	generic_assoc { $$ = list_start(p, $1); }
|	generic_assocs ',' generic_assoc { list_add(p, $3); $$ = $1; }
;

generic_assoc:
	type_name ':' assignment { MAKE_AT($$, GENERIC_ASSOC, $1->begin, $1->loc, $3->end, .type_name = $1, .value = $3); }
|	DEFAULT ':' assignment { MAKE($$, GENERIC_ASSOC, $1, $3->end, .value = $3); }
;

type_or_assignment:
	type_name
|	assignment
;

builtin_arguments:
	type_or_assignment { $$ = list_start(p, $1); }
|	builtin_arguments ',' type_or_assignment { list_add(p, $3); $$ = $1; }
;

string_literal:
	string_parts { $$ = make_string(p, $1); }
;

string_parts:
	STRING { $$ = list_start(p, make_text(p, N_STRING_PART, $1)); }
|	string_parts STRING { list_add(p, make_text(p, N_STRING_PART, $2)); $$ = $1; }
;

%%

/* Hands the tokens that would have been taken to syntax_error.c. */
static int yyreport_syntax_error(const yypcontext_t *context, struct parser *p)
{
	yysymbol_kind_t symbols[YYNTOKENS];
	int count = yypcontext_expected_tokens(context, symbols, YYNTOKENS), kinds[YYNTOKENS], kind_count = 0;

	for (int kind = 1; kind <= YYMAXUTOK; kind++)
		for (int i = 0; i < count; i++)
			if (kind != YYUNDEF && YYTRANSLATE(kind) == symbols[i])
				kinds[kind_count++] = kind;
	syntax_error(p, kinds, kind_count);
	return 0;
}
