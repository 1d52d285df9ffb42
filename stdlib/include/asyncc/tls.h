/* TLS 1.2 and 1.3 over any stream of bytes, itself a stream of bytes. On OpenSSL 3. See async_tls(3).
 *
 * Safe unless it is told otherwise: a client verifies its server's certificate and name against the system's roots, there is
 * no renegotiation, a handshake has 10 seconds, and a stream that ends without the peer's close_notify is an error.
 *
 * Contexts and connections belong to the thread that made them. */
#ifndef ASYNCC_TLS_H
#define ASYNCC_TLS_H

#include <asyncc/dialect.ah>

#include <asyncc/io.h>

struct ssl_st;	   /* SSL of <openssl/ssl.h> */
struct ssl_ctx_st; /* SSL_CTX */

typedef struct async_tls_context async_tls_context; /* what connections have in common: certificates, roots, sessions */
typedef struct async_tls async_tls;		    /* a connection */

enum async_tls_verify {
	ASYNC_TLS_VERIFY_DEFAULT,  /* clients: required; servers: none */
	ASYNC_TLS_VERIFY_REQUIRED, /* the peer has a certificate that a root vouches for */
	ASYNC_TLS_VERIFY_NONE	   /* anyone will do: for tests */
};

enum async_tls_version { ASYNC_TLS_1_2 = 0, ASYNC_TLS_1_3 = 1 };

enum {
	ASYNC_TLS_HANDSHAKE_MS = 10000 /* where the program names no time */
};

/* How contexts are made; all zero is the default. Strings are copied, files are read at once. */
struct async_tls_options {
	const char *certificate; /* file: one's own certificate, and those between it and the root, PEM; a server has one */
	const char *key;	 /* file: its private key, PEM; NULL: it is in the same file */
	const char *roots;	 /* file or directory: who is trusted instead of the system's roots, PEM */
	enum async_tls_verify verify;
	enum async_tls_version least_version;
	const char *const *alpn; /* protocols, the best one first, the last one followed by NULL: "h2", "http/1.1" */
	uint64_t handshake_ms;	 /* how long a handshake may take; 0: ASYNC_TLS_HANDSHAKE_MS */
	/* Servers: the context whose certificate is shown to a client that asks for the host `name` (NULL: for none); it lives
	 * as long as this one. NULL: the client is refused. Called during handshakes; must not wait. */
	async_tls_context *(*choose)(void *data, const char *name);
	void *data; /* for it */
};

/* A context for clients (o may be NULL) or servers; the caller frees it. ASYNC_ENOENT, ASYNC_EACCES, ...: a file can't be
 * read; ASYNC_EINVAL: a certificate, key, name or number in the options is no good, a key or a server has no certificate; ASYNC_ENOMEM.
 * async_tls_error_text tells more. Reads files: for the start of a program. */
result(async_tls_context *) async_tls_client(const struct async_tls_options *o);
result(async_tls_context *) async_tls_server(const struct async_tls_options *o);
/* Connections that have been made keep what they need. NULL is allowed. */
void async_tls_context_free(async_tls_context *c);

/* The handshake over `io`, which is taken over if that succeeds. `host` NULL: as the server. */
async fn async__tls_start(async_io *io, async_tls_context *c, const char *host) -> result(async_tls *);

/* Makes a TLS connection over `io`, as the client. `host` is the name or numeric address that the server's certificate has
 * to be for; names are sent to the server. Sessions are taken up again: a second connection to the same host costs less.
 * `io` is taken over: it is closed with the connection, and at once when this fails.
 * ASYNC_EACCES: the certificate isn't valid, isn't for `host`, or nobody who is trusted vouches for it; ASYNC_EPROTO: the
 * peer does not speak TLS, or refuses; ASYNC_ECONNABORTED: it has gone; ASYNC_ETIMEDOUT; an error of `io`;
 * ASYNC_ENOMEM. */
static inline async fn async_tls_connect(async_io *io, async_tls_context *c, const char *host) -> result(async_tls *)
{
	bool stands = false;
	defer {
		if (!stands)
			async_io_close(io);
	}
	async_tls *t = async__tls_start(io, c, host ? host : "").await?;
	stands = true;
	return ok(t);
}
/* A TCP connection to host:port, and TLS over it. The errors of async_tcp_connect as well. */
async fn async_tls_dial(const char *host, uint16_t port, async_tls_context *c) -> result(async_tls *);
/* The same, as the stream: for what connects with a function of the program's, `open` in the options of <asyncc/websocket.h>, say.
 * `context` is an async_tls_context; NULL: one for this connection alone, with all defaults, which reads the
 * system's roots (some milliseconds). */
async fn async_tls_open(const char *host, uint16_t port, void *context) -> result(async_io *);
/* The same as async_tls_connect, as the server. */
static inline async fn async_tls_accept(async_io *io, async_tls_context *c) -> result(async_tls *)
{
	bool stands = false;
	defer {
		if (!stands)
			async_io_close(io);
	}
	async_tls *t = async__tls_start(io, c, NULL).await?;
	stands = true;
	return ok(t);
}

/* The connection as a stream of bytes, which lies in it. To close it is to close the connection, and `io` below, after
 * a close_notify that is sent if it can be at once. async_io_shutdown sends it and waits until it has been sent.
 * Reading gives 0 behind the peer's close_notify, and ASYNC_ECONNABORTED when the stream ends without: somebody may have
 * cut it off; ASYNC_ENOBUFS when the peer asks for more answers of the protocol (new keys) than it reads. What a cancelled write has encrypted is sent before what is written next, or by async_io_flush. */
async_io *async_tls_io(async_tls *t);

/* The protocol that both agreed on; NULL: none. Valid as long as the connection. */
const char *async_tls_alpn(const async_tls *t);
/* "TLSv1.3", "TLSv1.2"; "TLS_AES_256_GCM_SHA384". */
const char *async_tls_version(const async_tls *t);
const char *async_tls_cipher(const async_tls *t);
/* The host that the client has asked for; NULL: none. Valid as long as the connection. */
const char *async_tls_host(const async_tls *t);
/* Whether the session of an earlier connection was taken up again. */
bool async_tls_resumed(const async_tls *t);
/* Stores the common name of the peer's certificate in the `size` bytes at `name`, with a NUL. 0; ASYNC_ENOENT where it has
 * none; ASYNC_ENOSPC where `size` is too little. */
int async_tls_peer_name(const async_tls *t, char *name, size_t size);

/* What the last error of TLS on this thread was about: "certificate verify failed: self-signed certificate". For right
 * after the call that gave the error; "" before the first one. */
const char *async_tls_error_text(void);

/* OpenSSL's own objects, for what is not above; not to be read, written, shut down or freed. */
struct ssl_st *async_tls_ssl(async_tls *t);
struct ssl_ctx_st *async_tls_ssl_context(async_tls_context *c);

#endif
