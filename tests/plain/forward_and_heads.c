/* GNU C: parameters announced ahead; tags and enumerators of heads; transparent unions; implicit int. */
#include <stdio.h>

typedef union {
	int *i;
	const float *f;
} either __attribute__((transparent_union));

int read_it(either e);
int read_it(int *p);
int read_it(either e)
{
	return *e.i;
}

static int last(int n; int values[n], int n)
{
	return values[n - 1];
}

int main(void)
{
	int n = 3, values[] = {4, 5, 6};
	if (sizeof(struct tag { char c[2]; }) == 2)
		n += (int)sizeof(struct tag);
	while (n < (int)sizeof(struct tag { char c[9]; }))
		n++;
	switch (sizeof(enum { FIRST = 7 })) {
	case 4:
		n += FIRST;
	}
	enum { FIRST = 1 };
	struct tag {
		long value;
	} v = {FIRST};
	printf("%d %ld %d %d\n", n, v.value, last(values, 3), read_it(&n));
	return 0;
}
