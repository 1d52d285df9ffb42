/* bison's scanner function. */
#ifndef ASYNCC_PARSE_YYLEX_H
#define ASYNCC_PARSE_YYLEX_H

#include "frontend/parse/internal.h"
#include "frontend/parse/parser.h"

int yylex(YYSTYPE *value, struct parser *p);

#endif
