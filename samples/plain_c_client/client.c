/* A C program without a loop: it calls async functions and waits for each. */
#include <stdio.h>

#include "line_stats.h"
#include "stats.h" /* asyncc --emit-header=stats.h stats.ac */

int main(int argc, char **argv)
{
	int failed = 0;
	for (int i = 1; i < argc; i++) {
		struct line_stats stats;
		int err = line_stats_block_on(argv[i], &stats);
		if (err)
			fprintf(stderr, "%s: %s\n", argv[i], async_strerror(err));
		else
			printf("%s: %ld lines, the longest has %ld bytes\n", argv[i], stats.lines, stats.longest);
		failed |= err != 0;
	}
	return failed;
}
