# The HTTP client against servers of others: its samples with Python's, TLS with OpenSSL's.
asyncc --features | grep -q '^client *yes' || { echo "needs part client"; exit 77; }
command -v python3 >/dev/null || { echo "needs python3"; exit 77; }
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
flags=-O2
if [ -x "$ROOT/build/sanitize/asyncc" ]; then
	ASYNCC=$ROOT/build/sanitize/asyncc flags="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
fi
servers=
trap 'for pid in $servers; do kill "$pid" 2>/dev/null || :; done' EXIT

# await_line FILE PATTERN: the part of a line that a server writes once it listens, as $found.
await_line() {
	eventually grep "$2" "$1" || die "no line like $2: $(cat "$1")"
	found=$(sed -n "s/$2/\1/p" "$1" | head -1)
}

for sample in fetch_users retry crawl; do
	# shellcheck disable=SC2086 # options
	status 0 asyncc $flags -Wall -Wextra -Werror -o $sample "$ROOT/samples/$sample.ac"
done

cp -r "$ROOT/samples/site" site
python3 -u -m http.server --bind 127.0.0.1 --directory site 0 >site.log 2>/dev/null &
servers="$servers $!"
await_line site.log '.* port \([0-9]*\) .*'
site=http://127.0.0.1:$found

status 0 ./fetch_users "$site"
[ "$(grep -c ' 2 posts$' log)" = 10 ] || die "users: $(cat log)"
rm site/users/4.json
status 1 ./fetch_users "$site"
says 'user 4: no such file or directory'
echo '{"name": 4' >site/users/4.json
status 1 ./fetch_users "$site"
says 'user 4: protocol error'
status 1 ./crawl "$site/"
says "$site/nowhere.html: 404"
says '15 pages, 1 dead links, 0 left out'
status 0 ./crawl "$site/users.html" 5
says '5 pages, 0 dead links'

# A server that is slow, then broken, then well.
cat >moody.py <<'EOP'
import http.server, time
class Moody(http.server.BaseHTTPRequestHandler):
    count = 0
    def do_GET(self):
        Moody.count += 1
        if Moody.count == 1:
            time.sleep(1.5)
        self.send_response(200 if Moody.count > 3 else 503)
        self.end_headers()
        self.wfile.write(b"well\n")
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Moody)
print("port", server.server_port, flush=True)
server.serve_forever()
EOP
for try in 1 2 3; do # an attempt has a second, which it may need on a machine that is very busy
	python3 moody.py >moody.log 2>/dev/null &
	servers="$servers $!"
	await_line moody.log 'port \([0-9]*\)'
	status 0 ./retry "http://127.0.0.1:$found/"
	[ $try != 3 ] && [ "$(grep -c 'timed out' log)" != 1 ] || break
done
says 'attempt 1: connection timed out; the next one in'
says 'attempt 2: status 503; the next one in'
says 'attempt 3: status 503; the next one in'
says 'well'
status 1 ./retry "$site/none"
[ "$(grep -c attempt log)" = 0 ] || die "what a retry can't mend is retried"
status 1 ./retry http://127.0.0.1:1/ 2
says 'retry: connection refused'

# Orders: each is booked once, and nobody spends more than he has.
if asyncc --features | grep -q '^sqlite *yes' && command -v sqlite3 >/dev/null; then
	# shellcheck disable=SC2086 # options
	status 0 asyncc $flags -Wall -Wextra -Werror -o orders "$ROOT/samples/orders.ac"
	status 0 ./orders shop.db create
	status 1 ./orders shop.db "$site"
	says 'order 6 (none): no such file or directory'
	says ' 1 tea      booked      10.00'
	says ' 2 cup      sold out     0.00'
	says ' 3 pot      no credit    0.00'
	says ' 6 none     new          0.00'
	[ "$(grep -c '^ [45] .*booked      12.50' log)" = 1 ] || die "two orders were booked with credit for one: $(cat log)"
	echo '{"pieces": 1}' >site/stock/none.json
	echo '{"cents": 1}' >site/price/none.json
	status 0 ./orders shop.db "$site"
	says ' 6 none     booked       0.01'
	[ "$(sqlite3 shop.db 'SELECT credit FROM customers ORDER BY id' | tr '\n' ' ')" = '1999 100 50 ' ] || die "wrong credits"
	status 1 ./orders nowhere.db "$site"
	one_message 'orders: no such file or directory'
fi

# TLS: an authority of our own, a server that it vouches for, one for another name.
command -v openssl >/dev/null || { echo "needs openssl"; exit 77; }
cat >get.ac <<'EOF2'
#include <asyncc.h>
#include <asyncc/http_client.h>
#include <stdio.h>
#include <string.h>
async fn main(int argc, char **argv) -> int
{
	struct async_http_options o = {.url = argv[1], .ca_file = strcmp(argv[2], "-") ? argv[2] : NULL, .insecure = argc > 3};
	result(async_http_response *) r = async_http_fetch(&o).await;
	if (r.err) {
		printf("%s: %s\n", async_err_name(r.err), async_http_client_error_text());
		return 0;
	}
	printf("%d %.40s\n", r.value->status, strstr(r.value->body, "TLS"));
	async_http_response_free(r.value);
	return 0;
}
EOF2
# shellcheck disable=SC2086 # options
status 0 asyncc $flags -Wall -Wextra -Werror -o get get.ac
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem -days 2 -subj "/CN=authority" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj "/CN=localhost" 2>/dev/null
printf 'subjectAltName=DNS:localhost' >names
openssl x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out server.pem 2>/dev/null
openssl s_server -accept 127.0.0.1:0 -cert server.pem -key server.key -www >tls.log 2>&1 &
servers="$servers $!"
await_line tls.log 'ACCEPT 127.0.0.1:\([0-9]*\)'
status 0 ./get "https://localhost:$found/" ca.pem
says '200 TLS'
status 0 ./get "https://127.0.0.1:$found/" ca.pem
says 'EACCES: SSL: no alternative certificate subject name matches'
status 0 ./get "https://localhost:$found/" -
says 'EACCES: SSL certificate problem: unable to get local issuer certificate'
status 0 ./get "https://127.0.0.1:$found/" - insecure
says '200 TLS'
status 0 ./get "https://localhost:$found/" nowhere.pem
says 'ENOENT: '
status 0 ./get "https://localhost:${site##*:}/" ca.pem
says 'EPROTO: '

# Proxies: a tunnel by CONNECT, a SOCKS5 proxy that looks names up, with a password; ones that refuse, that never answer.
cat >proxies.ac <<'EOF5'
#include <asyncc.h>
#include <asyncc/http_client.h>
#include <asyncc/io.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned tunnels;

/* Takes what the client says up to "\r\n\r\n", connects it to what it asks for. */
static async fn connect_proxy(async_io *client) -> int
{
	char text[1000] = "", host[100];
	int port;
	for (size_t len = 0; !strstr(text, "\r\n\r\n"); len++)
		if (len == sizeof text - 1 || async_io_read(client, text + len, 1).await? != 1)
			return ASYNC_EPROTO;
	if (sscanf(text, "CONNECT %99[^:]:%d HTTP/1.1", host, &port) != 2)
		return ASYNC_EPROTO;
	const char *answer = !strcmp(host, "localhost") ? "HTTP/1.1 200 Yes\r\n\r\n" : *host == 'b' ? "HTTP/1.1 502 Broken\r\n\r\n" : "HTTP/1.1 403 No\r\n\r\n";
	async_io_write(client, answer, strlen(answer)).await?;
	if (!strstr(answer, "200"))
		return ASYNC_EACCES;
	async_io *server = async_tcp_io(async_tcp_connect(host, (uint16_t)port).await?);
	defer async_io_close(server);
	tunnels++;
	return async_io_relay(client, server).await;
}

/* RFC 1928 and 1929: "me" with "secret", to a name. */
static async fn socks_proxy(async_io *client) -> int
{
	unsigned char text[300];
	char host[256];
	async_io_read_exact(client, text, 2).await?;
	async_io_read_exact(client, text, text[1]).await?;
	async_io_write(client, "\5\2", 2).await?;
	if (async_io_read_exact(client, text, 11).await? != 11)
		return ASYNC_EPROTO;
	bool may = !memcmp(text, "\1\2me\6secret", 11);
	async_io_write(client, may ? "\1\0" : "\1\1", 2).await?;
	if (!may)
		return ASYNC_EACCES;
	async_io_read_exact(client, text, 5).await?;
	if (text[3] != 3)
		return ASYNC_EPROTO;
	size_t len = text[4];
	async_io_read_exact(client, text, len + 2).await?;
	memcpy(host, text, len);
	host[len] = 0;
	async_io *server = async_tcp_io(async_tcp_connect(strcmp(host, "made.up") ? host : "localhost", (uint16_t)(text[len] << 8 | text[len + 1])).await?);
	defer async_io_close(server);
	async_io_write(client, "\5\0\0\1\0\0\0\0\0\0", 10).await?;
	tunnels++;
	return async_io_relay(client, server).await;
}

static async fn serve(async_listener *l, async fn (*proxy)(async_io *client) -> int) -> int
{
	async nursery { |n|
		n.collect();
		for (;;) {
			async_tcp *s = async_tcp_accept(l).await?;
			n.async_spawn {
				defer async_tcp_close(s);
				return proxy(async_tcp_io(s)).await;
			}
		}
	}
}

static async fn fetch(const char *url, const char *format, uint16_t port) -> int
{
	char proxy[100];
	snprintf(proxy, sizeof proxy, format, port);
	unsigned before = tunnels;
	result(async_http_response *) r = async_http_fetch(&(struct async_http_options){.url = url, .proxy = proxy, .ca_file = "ca.pem", .total_ms = 60000}).await;
	printf("%s, %d tunnels\n", r.err ? async_err_name(r.err) : r.value->status == 200 ? "200" : "another status", tunnels - before);
	async_http_response_free(r.value);
	return 0;
}

async fn main(int argc, char **argv) -> int
{
	async_listener *web = async_tcp_listen("127.0.0.1", 0, 8)?, *socks = async_tcp_listen("127.0.0.1", 0, 8)?, *silent = async_tcp_listen("127.0.0.1", 0, 8)?;
	defer async_listener_close(web);
	defer async_listener_close(socks);
	defer async_listener_close(silent);
	char http[100];
	snprintf(http, sizeof http, "http://made.up:%s/index.html", argv[2]);
	async nursery { |n|
		n.async_spawn(serve(web, connect_proxy));
		n.async_spawn(serve(socks, socks_proxy));
		fetch(argv[1], "http://127.0.0.1:%d", async_listener_port(web)).await?;
		fetch(argv[1], "socks5h://me:secret@127.0.0.1:%d", async_listener_port(socks)).await?;
		fetch(http, "socks5h://me:secret@127.0.0.1:%d", async_listener_port(socks)).await?;
		fetch(http, "socks5h://me:secreT@127.0.0.1:%d", async_listener_port(socks)).await?;
		fetch("https://elsewhere.test/", "http://127.0.0.1:%d", async_listener_port(web)).await?;
		fetch("https://broken.test/", "http://127.0.0.1:%d", async_listener_port(web)).await?;
		int late = async_timeout(fetch(argv[1], "http://127.0.0.1:%d", async_listener_port(silent)), 50).await;
		printf("%s\n", async_err_name(late));
		n.cancel();
	}
	return 0;
}
EOF5
# shellcheck disable=SC2086 # options
status 0 asyncc $flags -Wall -Wextra -Werror -Wno-unused-parameter -o proxies proxies.ac
status 0 ./proxies "https://localhost:$found/" "${site##*:}"
printf '%s\n' '200, 1 tunnels' '200, 1 tunnels' '200, 1 tunnels' 'EACCES, 0 tunnels' 'EACCES, 0 tunnels' 'EHOSTUNREACH, 0 tunnels' 'ECANCELED, 0 tunnels' OK | diff - log || die "proxies"

# A server of our own over HTTP/2 that stops: a connection whose last request has been answered keeps it no longer.
if asyncc --features | grep -q '^http2 *yes'; then
	cat >stops.ac <<'EOF4'
#include <asyncc.h>
#include <asyncc/http.h>
#include <asyncc/http2.h>
#include <asyncc/http_client.h>
#include <asyncc/tls.h>
#include <stdio.h>
static async fn hello(async_http_request *req, async_http_reply *res) -> int
{
	(void)req;
	async_sleep(2).await?;
	return async_http_printf(res, "hello");
}
static const struct async_http_route routes[] = {{"GET /", hello}, {NULL, NULL}};
async fn main(void) -> int
{
	struct async_tls_options to = {.certificate = "server.pem", .key = "server.key", .alpn = (const char *const[]){"h2", NULL}};
	async_tls_context *tls = async_tls_server(&to)?;
	defer async_tls_context_free(tls);
	async_listener *l = async_tcp_listen("127.0.0.1", 0, 8)?;
	defer async_listener_close(l);
	struct async_http_server_options o = {.routes = routes, .open = async_http_open_tls, .open_data = tls, .http2 = &async_http2_protocol, .drain_ms = 100000};
	uint64_t stopped;
	async nursery { |n|
		char url[64];
		snprintf(url, sizeof url, "https://localhost:%u/", async_listener_port(l));
		n.async_spawn(async_http_serve(l, &o));
		async_http_response *r = async_http_fetch(&(struct async_http_options){.url = url, .ca_file = "ca.pem"}).await?;
		printf("%d over %d\n", r->status, r->version);
		async_http_response_free(r);
		async_sleep(5).await?;
		stopped = async_now();
		n.cancel();
	}?;
	puts(async_now() - stopped < 50000000000 ? "stopped" : "waited");
	return 0;
}
EOF4
	# shellcheck disable=SC2086 # options
	status 0 asyncc $flags -Wall -Wextra -Werror -o stops stops.ac
	status 0 ./stops
	says '200 over 20'
	says 'stopped'
fi

# HTTP/2: all requests on one connection, and large answers among small ones.
nghttpd=$(command -v nghttpd || ls /usr/sbin/nghttpd 2>/dev/null) || exit 0
cat >many.ac <<'EOF3'
#include <asyncc.h>
#include <asyncc/http_client.h>
#include <stdio.h>
#include <stdlib.h>
static int right;
async fn main(int argc, char **argv) -> int
{
	const char *base = argv[1];
	int version = atoi(argv[2]);
	async_http_client_limit(1000);
	for (int round = 0; round < 3; round++)
		async nursery { |n|
			for (int i = 0; i < 150; i++)
				n.async_spawn {
					char url[100];
					bool is_large = i % 50 == 0;
					snprintf(url, sizeof url, "%s/%s", base, is_large ? "large" : "index.html");
					struct async_http_options o = {.url = url, .ca_file = "ca.pem", .version = version};
					async_http_response *r = async_http_fetch(&o).await?;
					right += r->status == 200 && r->version == 20 && (r->body_len == 1000000) == is_large;
					async_http_response_free(r);
					return 0;
				}
			if (round == 1) {
				async_sleep(2).await?;
				n.cancel();
			}
		};
	printf("%s\n", right >= 300 ? "all" : "not all");
	return 0;
}
EOF3
# shellcheck disable=SC2086 # options
status 0 asyncc $flags -Wall -Wextra -Werror -o many many.ac
head -c 1000000 /dev/zero >site/large
for tls in "" --no-tls; do
	files=
	[ -n "$tls" ] || files="server.key server.pem"
	for _ in 1 2 3 4 5; do # somebody may be quicker at the port
		port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
		# shellcheck disable=SC2086 # nothing, or options
		"$nghttpd" -a 127.0.0.1 -d site $tls "$port" $files >h2.log 2>&1 &
		server=$!
		eventually eval "(exec 3<>/dev/tcp/127.0.0.1/$port) || ! kill -0 $server"
		! kill -0 $server 2>/dev/null || break
	done
	servers="$servers $server"
	if [ -n "$tls" ]; then
		status 0 timeout 120 ./many "http://127.0.0.1:$port" 2
	else
		status 0 timeout 120 ./many "https://localhost:$port" 0
	fi
	says all
done
