/* What the part dns says to the part that has c-ares, which is the runtime's resolver wherever it is linked. */
#ifndef ASYNCC_CARES_H
#define ASYNCC_CARES_H

#include <stdbool.h>

enum {
	CARES_SERVERS_SIZE = 512,
	CARES_MOST_MS = 600000,
	CARES_MOST_TRIES = 100
};

/* See async_dns_configure. 0, ASYNC_EINVAL or ASYNC_ENOMEM. Any thread. */
int async__cares_configure(bool system, const char *servers, unsigned timeout_ms, unsigned tries);

#endif
