/* Names of hosts. See async_dns(3).
 *
 * The system's resolver is asked on the pool of threads of files (getaddrinfo(3): /etc/hosts, DNS, what else the system is
 * set up for). A cancelled question ends at once; what the system still does for it is dropped. */
#ifndef ASYNCC_DNS_H
#define ASYNCC_DNS_H

#include <asyncc/dialect.ah>

#include <asyncc.h>
#include <asyncc/net.h>

enum async_dns_family { ASYNC_DNS_ANY, ASYNC_DNS_V4, ASYNC_DNS_V6 };

typedef struct async_dns_address {
	char host[ASYNC_HOST_SIZE]; /* numeric, for async_tcp_connect and its like */
	bool is_v6;
} async_dns_address;

/* Addresses in the order in which they are to be tried (RFC 6724). */
typedef struct async_dns_addresses {
	size_t count;		 /* at least one */
	async_dns_address *list; /* the caller frees it with free() */
} async_dns_addresses;

/* All addresses of a name, or of those kinds; a numeric one has itself. ASYNC_EAI_NONAME: there is no such name;
 * ASYNC_EAI_NODATA: it has no address of this kind; ASYNC_EAI_AGAIN: the name server did not answer; ... */
async fn async_dns_lookup(const char *name, enum async_dns_family family) -> result(async_dns_addresses);
/* The name of a numeric address, which the caller frees with free(). ASYNC_EAI_NONAME: it has none; ASYNC_EINVAL: it is not
 * numeric. */
async fn async_dns_reverse(const char *address) -> result(char *);

#endif
