/* Small algorithms: recursion direct and mutual, tables, strings, structs by value, matrices of variable size, jumps. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct pair { int key; double value; };
union word { unsigned u; unsigned char bytes[4]; };
enum kind { LEAF, SUM, PRODUCT };
struct expr { enum kind kind; int value; struct expr *left, *right; };

static int is_odd(unsigned n);
static int is_even(unsigned n) { return n == 0 ? 1 : is_odd(n - 1); }
static int is_odd(unsigned n) { return n == 0 ? 0 : is_even(n - 1); }
static unsigned fibonacci(unsigned n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static void swap(struct pair *a, struct pair *b) { struct pair t = *a; *a = *b; *b = t; }

static void quicksort(struct pair *v, int n)
{
	int last = 0;
	if (n < 2)
		return;
	swap(&v[0], &v[n / 2]);
	for (int i = 1; i < n; i++)
		if (v[i].key < v[0].key)
			swap(&v[++last], &v[i]);
	swap(&v[0], &v[last]);
	quicksort(v, last);
	quicksort(v + last + 1, n - last - 1);
}

static struct pair make(int key) { return (struct pair){.key = key, .value = key * 0.5}; }

static struct expr *node(enum kind kind, int value, struct expr *left, struct expr *right)
{
	struct expr *e = malloc(sizeof *e);
	*e = (struct expr){kind, value, left, right};
	return e;
}

static int evaluate(const struct expr *e)
{
	switch (e->kind) {
	case LEAF: return e->value;
	case SUM: return evaluate(e->left) + evaluate(e->right);
	case PRODUCT: return evaluate(e->left) * evaluate(e->right);
	}
	return -1;
}

static void release(struct expr *e)
{
	if (e->left)
		release(e->left);
	if (e->right)
		release(e->right);
	free(e);
}

static long matrix(int n)
{
	int a[n][n];
	long trace = 0;
	for (int i = 0; i < n; i++)
		for (int j = 0; j < n; j++)
			a[i][j] = i * n + j;
	for (int i = 0; i < n; i++)
		trace += a[i][n - 1 - i];
	return trace;
}

static unsigned hash(const char *text)
{
	union word w = {.u = 2166136261u};
	while (*text) {
		w.bytes[0] ^= (unsigned char)*text++;
		w.u *= 16777619u;
	}
	return w.u;
}

static int machine(const char *program)
{
	static const void *const unused = "";
	int accumulator = 0, loops = 0;
again:
	for (const char *p = program;; p++) {
		switch (*p) {
		case '+': accumulator++; continue;
		case '*': accumulator *= 3; /* falls through */
		case '0' ... '9': accumulator += *p & 15; break;
		case '?': if (accumulator < 1000 && loops++ < 9) goto again; break;
		case 0: return unused ? accumulator : -1;
		}
	}
}

static int bits(unsigned x)
{
	int n = 0;
	do
		n += x & 1;
	while (x >>= 1);
	return n;
}

int main(void)
{
	struct pair v[12];
	char line[40] = {0};
	int calls = 0;
	for (int i = 0; i < 12; i++)
		v[i] = make(i * 7 % 12 - (i & 1));
	quicksort(v, 12);
	for (int i = 0; i < 12; i++)
		printf("%d:%g ", v[i].key, v[i].value);
	struct expr *e = node(SUM, 0, node(PRODUCT, 0, node(LEAF, 6, 0, 0), node(LEAF, 7, 0, 0)), node(LEAF, -2, 0, 0));
	printf("\n%d %d %u %ld\n", evaluate(e), is_even(100) && !is_odd(100), fibonacci(12), matrix(7));
	release(e);
	strcat(strcpy(line, "asyn"), "c");
	printf("%u %d %d\n", hash(line), machine("+*5?"), bits(hash(line)) + (calls++, calls) + (calls ? : 9));
	return bits(255) == 8 ? 3 : 4;
}
