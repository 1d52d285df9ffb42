/* Macros,   odd	spacing, conditionals, continued lines: the text itself must survive. */
#include <stdio.h>
#define EMPTY
#define CAT(a, b) a##b
#define STR(x) #x
#define X(name, value) CAT(v_, name) = value,
#define TABLE X(one, 1) X(two, \
	2) X(three, 3)
enum { TABLE };
#undef X
#define X(name, value) STR(name) " "
  static   const char *	names [ ]  =  { TABLE } ;
#if 0
this is (not C { at all '
#elif defined(__ASYNCC_NEVER__)
#error no
#else
int EMPTY kept = 1;
#endif
_Pragma("GCC diagnostic push")
#pragma GCC diagnostic ignored "-Wunused-variable"
static int unused_thing;
#pragma GCC diagnostic pop
int ma\
in(void)
{
	printf("%d%d%d %s%d\n", v_one, v_two, v_three, names[0], kept);
	printf("%s\n", STR(a "quoted\n" 'c'));
#line 100 "elsewhere.c"
	printf("%s:%d\n", __FILE__, __LINE__);
	return /* comment
	over lines */ 0; // ends \
	here
}   
