/* Initialisers: designators, brace elision, unions, flexible arrays, strings, compound literals. */
#include <stdio.h>
#include <wchar.h>
struct point { int x, y; };
struct shape { struct point corners[3]; union { int i; char c[8]; } u; const char *name; };
static struct shape shapes[] = {
	{1, 2, 3, 4, 5, 6, {7}, "flat"},
	[2] = {.corners[1].y = 9, .u.c = "chars", .name = "designated", .corners[0] = {1}},
	{{{1}, {2}, {3}}, .u = {.i = 4}, "last"},
};
static struct { int n; int tail[]; } flexible = {2, {10, 20}};
static const char text[] = "a" "b\0c" "\x41\101", exact[3] = "xyz", braces[] = {"braced"};
static const wchar_t wide[] = L"w\u00e9";
static int matrix[][2] = {1, 2, 3, 4, [4] = {5}};
int main(void)
{
	for (unsigned i = 0; i < sizeof shapes / sizeof *shapes; i++)
		printf("%s %d %d %d %d\n", shapes[i].name ? shapes[i].name : "-", shapes[i].corners[0].x, shapes[i].corners[1].y, shapes[i].corners[2].x, shapes[i].u.c[0]);
	struct point *p = (struct point[]){{1, 2}, {.y = 3}}, q = {.y = p[1].y, .x = (struct point){8, 9}.x};
	int n = 3, vla[n];
	vla[2] = flexible.tail[1];
	printf("%zu %zu %zu %zu %zu\n", sizeof text, sizeof exact, sizeof braces, sizeof wide / sizeof *wide, sizeof matrix / sizeof *matrix);
	printf("%d %d %d %d\n", q.x, q.y, vla[2], (int)sizeof vla);
	return 0;
}
