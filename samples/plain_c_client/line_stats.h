/* What line_stats finds; shared by stats.ac and its callers. */
#ifndef LINE_STATS_H
#define LINE_STATS_H

struct line_stats {
	long lines, longest;
};

#endif
