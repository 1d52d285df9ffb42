/* Random numbers: the functions of <asyncc/random.h>. */
#include <asyncc/random.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

enum { BATCH = 64 };

void async_random_bytes(void *buf, size_t len)
{
	char *to = buf;
	while (len > 0) {
		ssize_t n = getrandom(to, len, 0);
		if (n > 0) {
			to += n;
			len -= (size_t)n;
		} else if (n < 0 && errno != EINTR) {
			abort(); /* no answer is better than a bad one */
		}
	}
}

/* Numbers fetched many at a time, on the caller's stack: there is nothing that a fork could make twice. */
struct source {
	unsigned left;
	uint64_t numbers[BATCH];
};

static uint64_t draw(struct source *s, size_t wanted)
{
	if (!s->left) {
		s->left = wanted < BATCH ? (unsigned)wanted : BATCH;
		async_random_bytes(s->numbers, s->left * sizeof s->numbers[0]);
	}
	return s->numbers[--s->left];
}

/* Lemire (2019): the high half of a product, which is uneven for 2^64 mod n of the low halves; those are drawn again. */
static uint64_t below(struct source *s, uint64_t n, size_t wanted)
{
	unsigned __int128 product = (unsigned __int128)draw(s, wanted) * n;
	if ((uint64_t)product < n) {
		uint64_t uneven = -n % n;
		while ((uint64_t)product < uneven)
			product = (unsigned __int128)draw(s, 1) * n;
	}
	return (uint64_t)(product >> 64);
}

uint64_t async_random_below(uint64_t n)
{
	struct source s;
	s.left = 0;
	return n ? below(&s, n, 1) : 0;
}

int64_t async_random_range(int64_t first, int64_t last)
{
	uint64_t low = (uint64_t)(first < last ? first : last), span = (uint64_t)(first < last ? last : first) - low;
	uint64_t number;
	if (span == UINT64_MAX)
		async_random_bytes(&number, sizeof number);
	else
		number = async_random_below(span + 1);
	return (int64_t)(low + number);
}

double async_random_unit(void)
{
	uint64_t number;
	async_random_bytes(&number, sizeof number);
	return (double)(number >> 11) * 0x1p-53;
}

static void swap(char *a, char *b, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = a[i];
		a[i] = b[i];
		b[i] = c;
	}
}

/* Fisher and Yates, from the end. */
void async_random_shuffle(void *elements, size_t count, size_t size)
{
	char *at = elements;
	struct source s;
	s.left = 0;
	for (size_t i = count; i > 1; i--)
		swap(at + (i - 1) * size, at + below(&s, i, i - 1) * size, size);
}
