/* Names of hosts. See async_dns(3).
 *
 * Where asyncc was built with c-ares (asyncc --features: cares), it looks names up, in /etc/hosts and by asking the name
 * servers of /etc/resolv.conf: however slow they are, no thread waits for them. Numeric hosts, names under .local and those
 * that aren't ASCII, or all of them where there is no c-ares, go to the system's resolver (getaddrinfo(3)) on the pool of
 * threads of files. A program that has functions of this header has its async_tcp_connect look names up in the same way; one
 * that has none asks the system's resolver. A cancelled question ends at once; what is still done for it is dropped. */
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

/* How names are looked up. What is 0 or NULL has the value in parentheses. */
struct async_dns_options {
	bool system;	     /* the system's resolver is asked, for the sake of its other sources (LDAP, ...) */
	const char *servers; /* "192.0.2.1,[2001:db8::1]:5353": these are asked (those of /etc/resolv.conf) */
	unsigned timeout_ms; /* for the answer of a server, longer each time (what /etc/resolv.conf says, or 5 s) */
	unsigned tries;	     /* so many times is each server asked (what /etc/resolv.conf says, or 2) */
};

/* From now on, in all threads, names are looked up so; NULL: as by default. Questions that are under way stay as they are. Any
 * thread. 0; ASYNC_EINVAL: the servers, or a number (at most 10 minutes, 100 times); ASYNC_ENOTSUP: servers, time-outs or
 * tries, where there is no c-ares; ASYNC_ENOMEM. */
int async_dns_configure(const struct async_dns_options *options);

#endif
