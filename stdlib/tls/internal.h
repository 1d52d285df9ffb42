/* What the sources of the TLS part share. */
#ifndef ASYNCC_STDLIB_TLS_INTERNAL_H
#define ASYNCC_STDLIB_TLS_INTERNAL_H

#include <openssl/ssl.h>

#include <asyncc/tls.h>

enum { SESSIONS_KEPT = 16 };

struct async_tls_context {
	SSL_CTX *ctx;
	unsigned users; /* the program, and connections */
	bool is_server;
	uint64_t handshake_ms;
	unsigned char *alpn; /* as the protocol spells it: each name behind its length */
	unsigned alpn_len;
	async_tls_context *(*choose)(void *data, const char *name);
	void *data;
	/* Clients: sessions of hosts, for their next connections. */
	struct {
		char *host;
		SSL_SESSION *session;
	} sessions[SESSIONS_KEPT];
	unsigned next_session; /* that gives way */
};

struct async_tls {
	async_io io; /* first: what async_tls_io gives */
	async_io *below;
	async_tls_context *context;
	SSL *ssl;
	char *host;	       /* clients: whose session it is */
	char *alpn;	       /* NULL: none */
	/* Encrypted, and not yet taken by the stream below; NULL: nothing. */
	char *out;
	size_t out_start, out_end, out_size;
	int err;	 /* of reading from the stream below, or of TLS: ends everything */
	int write_err;	 /* of writing to the stream below: what the peer has sent can still be read */
	bool below_ended; /* the stream below has ended */
	bool ended;	 /* the peer has sent its close_notify */
	bool shut;	 /* close_notify has been sent */
	bool is_drained; /* the last try to read has found nothing: what OpenSSL holds is no whole record */
};

/* context.ac */
void async__tls_context_release(async_tls_context *c);
/* A session that was kept for the host: the caller frees it; NULL: none. */
SSL_SESSION *async__tls_session_take(async_tls_context *c, const char *host);

/* bio.ac: the stream below, as OpenSSL sees it. Reading tries; writing takes everything, and holds what can't be written yet. */
BIO *async__tls_bio_new(async_tls *t);
/* Writes what is held: 0, ASYNC_EAGAIN, or an error. */
int async__tls_try_flush(async_tls *t);

/* error.ac: the text of an error, for async_tls_error_text; gives back `err`. */
int async__tls_error(int err, const char *text);
/* The error that OpenSSL has in its queue, or `text` if there is none. */
int async__tls_error_queued(int err, const char *text);
/* What has become of a call that gave `rc`: ASYNC_EAGAIN; 0 at the peer's close_notify; or an error, which is kept. */
int async__tls_outcome(async_tls *t, int rc);

#endif
