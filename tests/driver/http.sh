# HTTP servers against real clients: the samples under curl and wrk, what is sent cut off, a server that is stopped, a failing allocation and a cancellation
# wherever they can be.
"$ASYNCC" --features | grep -q '^http *yes' || { echo "needs part http"; exit 77; }
command -v curl >/dev/null || { echo "needs curl"; exit 77; }
servers=
trap 'for p in $servers; do kill $p 2>/dev/null || :; done' EXIT

# start NAME ARGS...: runs the sample; its address is $url, its process $pid.
start() {
	local name=$1
	shift
	[ -x "$name" ] || [ ! -f "$ROOT/samples/$name.ac" ] || "$ASYNCC" -O2 -Wall -Wextra -Werror "$ROOT/samples/$name.ac" -o "$name" || die "$name was not built"
	"./$name" "$@" >"$name.out" 2>"$name.err" &
	pid=$!
	servers="$servers $pid"
	eventually grep '^listening on ' "$name.out" || die "$name did not start"
	url=$(sed -n 's/^listening on //p' "$name.out")
}
# expect WANTED GOT WHAT
expect() { [ "$2" = "$1" ] || die "$3: '$2' instead of '$1'"; }

start http_hello
expect "Hello, a b!
Hello, a b!" "$(curl -s "$url/hello/a%20b?times=2")" hello
expect "3 words" "$(printf 'one two\nthree' | curl -s --data-binary @- "$url/words")" words
expect "3 ... 2 ... 1 ... lift-off" "$(curl -sN "$url/countdown" | tr '\n' ' ' | sed 's/ $//')" countdown
expect 404 "$(curl -s -o /dev/null -w '%{http_code}' "$url/nothing")" "no route"
expect 405 "$(curl -s -o /dev/null -w '%{http_code}' -X PUT "$url/words")" "another method"
head -c 2000000 /dev/zero >zeros
expect 413 "$(curl -s -o /dev/null -w '%{http_code}' --data-binary @zeros "$url/words")" "a long body"
expect "1 words" "$(head -c 500000 zeros | curl -s -H 'Transfer-Encoding: chunked' --data-binary @- "$url/words")" "a chunked body"
# One connection for all, and a hundred at once.
expect "0 0 0" "$(curl -s -o /dev/null -o /dev/null -o /dev/null -o /dev/null -w '%{num_connects} ' "$url/" "$url/hello/1" "$url/hello/2" "$url/" | cut -c3-7)" "new connections"
if command -v wrk >/dev/null; then
	wrk -t1 -c100 -d1s --timeout 60s "$url/" >wrk.out || die "wrk failed"
	! grep -E 'Non-2xx|Socket errors' wrk.out || die "errors under wrk"
fi
# Stopped, it lets the request in progress end.
curl -sN "$url/countdown" >countdown &
client=$!
eventually test -s countdown || die "no answer begins"
kill -INT $pid
wait $client || die "the request in progress was cut"
grep -q lift-off countdown || die "the request in progress was not answered"
wait $pid || die "the server failed when it was stopped"
grep -q stopped http_hello.out || die "it did not say that it was stopped"

mkdir -p files/sub
head -c 300000 /dev/urandom >files/big.png
echo '<p>index' >files/sub/index.html
echo secret >files/.secret
echo outside >outside
start file_server files 0 2
curl -s "$url/big.png" | cmp - files/big.png || die "the file differs"
expect "image/png 300000" "$(curl -sI "$url/big.png" | tr -d '\r' | sed -n 's/^Content-\(Type\|Length\): //p' | tr '\n' ' ' | sed 's/ $//')" "a file's head"
curl -s -r 1000-200999 "$url/big.png" | cmp - <(tail -c +1001 files/big.png | head -c 200000) || die "a range differs"
curl -s -r -777 "$url/big.png" | cmp - <(tail -c 777 files/big.png) || die "the last bytes differ"
expect 416 "$(curl -s -o /dev/null -w '%{http_code}' -r 400000- "$url/big.png")" "a range behind the end"
expect "<p>index" "$(curl -sL "$url/sub")" "an index"
expect 304 "$(curl -s -o /dev/null -w '%{http_code}' -H "If-None-Match: $(curl -sI "$url/big.png" | tr -d '\r' | sed -n 's/^ETag: //p')" "$url/big.png")" "a known version"
for path in /.secret /../outside /sub/../../outside /%2e%2e/outside /sub/%2e%2e%2f%2e%2e%2foutside //etc/passwd /big.png/ /%00; do
	expect 404 "$(curl -s --path-as-is -o /dev/null -w '%{http_code}' "$url$path")" "$path"
done
kill $pid
wait $pid 2>/dev/null || :

if "$ASYNCC" --features | grep -q '^websocket *yes'; then
	cat >listen.ac <<'PROGRAM'
#include <asyncc/websocket.h>
#include <stdio.h>
#include <stdlib.h>
async fn main(int argc, char **argv) -> result(void)
{
	async_websocket *ws = async_websocket_connect(argv[argc - 1], NULL).await?;
	defer async_websocket_free(ws);
	for (int i = 0; i < 3; i++) {
		async_websocket_message m = async_timeout(async_websocket_receive(ws), 60000).await?;
		puts(m.data);
		fflush(stdout);
		free(m.data);
	}
	async_websocket_close(ws, 1000, NULL).await?;
	return ok();
}
PROGRAM
	"$ASYNCC" -O1 listen.ac -o listen || die "listen was not built"
	printf 'one\nt\303\244o\nhal' >log.txt
	start websocket_tail log.txt
	./listen "ws${url#http}/tail" >heard &
	client=$!
	sleep 0.3
	printf 'f \377\n' >>log.txt
	wait $client || die "the client of websocket_tail failed"
	expect "one täo half ?" "$(tr '\n' ' ' <heard | sed 's/ $//')" "a file's lines"
	expect 200 "$(curl -s -o /dev/null -w '%{http_code}' "$url/")" "the page"
	kill $pid
	wait $pid || :
fi

# --- HTTP/2 and HTTPS -----------------------------------------------------------------------------

if "$ASYNCC" --features | grep -q '^http2 *yes' && "$ASYNCC" --features | grep -q '^tls *yes' && curl --version | grep -q HTTP2 && command -v openssl >/dev/null; then
	cat >secure.ac <<'PROGRAM'
#include <asyncc/http2.h>
#include <asyncc/sync.h>
#include <asyncc/tls.h>
#include <stdio.h>
#include <stdlib.h>
static async fn whole(async_http_request *req, async_http_reply *res) -> int
{
	async_bytes b = async_http_body(req).await?;
	defer free(b.data);
	return async_http_append(res, b.data, b.len);
}
static async fn pieces(async_http_request *req, async_http_reply *res) -> int
{
	char buf[5000];
	async_http_set_max_body(req, UINT64_MAX);
	for (ptrdiff_t n; (n = async_http_read(req, buf, sizeof buf).await?) > 0;)
		async_http_write(res, buf, (size_t)n).await?;
	return 0;
}
static async fn wait(async_http_request *req, async_http_reply *res) -> int
{
	async_sleep((uint64_t)atoi(async_http_param(req, "ms"))).await?;
	async_http_set_header(res, "X-Thing", "some")?;
	return async_http_printf(res, "%s %s\n", async_http_param(req, "ms"), async_http_header(req, "host") ? "host" : "-");
}
static async fn meet(async_http_request *req, async_http_reply *res) -> int
{
	static int there;
	static async_event all_there = ASYNC_EVENT_INIT;
	if (++there == atoi(async_http_param(req, "count")))
		async_event_set(&all_there);
	async_event_wait(&all_there).await?;
	return async_http_printf(res, "%d\n", there);
}
static async fn fail(async_http_request *req, async_http_reply *res) -> int
{
	if (atoi(async_http_query(req, "late")))
		async_http_write(res, "some", 4).await?;
	return ASYNC_EIO;
}
static async fn ignore(async_http_request *req, async_http_reply *res) -> int
{
	(void)req;
	return async_http_printf(res, "ignored");
}
static async fn stream(async_http_request *req, async_http_reply *res) -> int
{
	char first;
	(void)async_http_read(req, &first, 1).await; /* it may be too long */
	async_http_write(res, "str", 3).await?;
	return async_http_write(res, "eam", 3).await;
}
static const struct async_http_route routes[] = {{"POST /ignore", ignore}, {"POST /stream", stream}, {"POST /whole", whole}, {"POST /pieces", pieces}, {"GET /wait/:ms", wait}, {"GET /meet/:count", meet}, {"GET /fail", fail}, {NULL, NULL}};
async fn main(int argc, char **argv) -> result(void)
{
	async_listener *l = async_tcp_listen("127.0.0.1", 0, 64)?;
	defer async_listener_close(l);
	static const char *const alpn[] = {"h2", "http/1.1", NULL};
	async_tls_context *tls = argc > 1 ? (async_tls_server(&(struct async_tls_options){.certificate = argv[1], .alpn = alpn})?) : NULL;
	defer async_tls_context_free(tls);
	printf("listening on http%s://127.0.0.1:%d\n", tls ? "s" : "", async_listener_port(l));
	fflush(stdout);
	async_http_serve(l, &(struct async_http_server_options){.routes = routes, .http2 = &async_http2_protocol, .open = tls ? async_http_open_tls : NULL, .open_data = tls, .drain_ms = 2000}).await?;
	return ok();
}
PROGRAM
	"$ASYNCC" -O1 -g -fsanitize=address,undefined -Wall -Wextra secure.ac -o secure || die "secure was not built"
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 >/dev/null 2>&1
	cat key.pem >>certificate.pem
	for how in "--http2-prior-knowledge" "--http2 --cacert certificate.pem" "--http1.1 --cacert certificate.pem"; do
		case $how in *cacert*) start secure certificate.pem ;; *) start secure ;; esac
		get() { curl -s -m 60 $how "$@"; }
		version=2
		case $how in *http1.1*) version=1.1 ;; esac
		expect "0 host
 $version" "$(get -w ' %{http_version}' "$url/wait/0")" "$how"
		get --data-binary @files/big.png "$url/whole" | cmp - files/big.png || die "$how: a body differs"
		head -c 3000000 /dev/urandom >random
		get --data-binary @random -H Expect: "$url/pieces" | cmp - random || die "$how: a body in pieces differs"
		expect "413 404 405 500 200" "$(for u in "--data-binary @zeros $url/whole" "$url/no" "-X PUT $url/whole" "$url/fail?late=0" "-I $url/wait/0"; do get -o /dev/null -w '%{http_code} ' $u; done | sed 's/ $//')" "$how: statuses"
		expect "ignored ignored" "$(get --data-binary @files/big.png -H Expect: "$url/ignore") $(get --data-binary @random -H 'Expect: 100-continue' "$url/ignore")" "$how: bodies that nobody reads"
		for target in ignore stream; do # the body is longer than the server reads
			for framing in X-Framing:length Transfer-Encoding:chunked; do
				got=$(get --data-binary @random -H Expect: -H $framing "$url/$target") || die "$how: $target, $framing: curl ends with $?"
				case $got in ignored | stream) ;; *) die "$how: $target, $framing: $got" ;; esac
			done
		done
		! get -o /dev/null "$url/fail?late=1" || die "$how: an answer that was cut passes"
		# All at once: each is answered when all are there.
		expect 20 "$(get --parallel --parallel-immediate $(seq -f "$url/meet/20?%g" 20) | grep -c 20)" "$how: at once"
		if [ $version = 2 ] && command -v h2load >/dev/null; then
			h2load -n 2000 -c 5 -m 20 "$url/wait/0" >load 2>&1
			grep -q ' 2000 succeeded, 0 failed' load || { cat load; die "$how: failures under load"; }
		fi
		kill -0 $pid || { cat secure.err; die "$how: the server has ended"; }
		kill $pid
		wait $pid || :
		! grep -qE 'Sanitizer|runtime error' secure.err || { cat secure.err; die "$how"; }
	done
fi

# --- everywhere ---------------------------------------------------------------------------------

cat >small.ac <<'PROGRAM'
#include <asyncc.h>
#include <asyncc/http.h>
#include <asyncc/io.h>
#include <stdlib.h>
static async fn twice(async_http_request *req, async_http_reply *res) -> int
{
	async_bytes b = async_http_body(req).await?;
	defer free(b.data);
	const char *x = async_http_query(req, "x");
	async_http_add_header(res, "X", x ? x : "-")?;
	async_http_append(res, b.data, b.len)?;
	async_http_write(res, b.data, b.len).await?;
	return async_http_send_event(res, "e", NULL, "data").await;
}
static const struct async_http_route routes[] = {{"POST /twice", twice}, {NULL, NULL}};
static async fn serve(async_listener *l) -> int
{
	return async_http_serve(l, &(struct async_http_server_options){.routes = routes, .drain_ms = 50}).await;
}
static async fn ask(async_listener *l) -> int
{
	static const char request[] = "POST /twice?x=1 HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
				      "POST /twice HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nabGET / HTTP/1.0\r\n\r\n";
	char buf[512];
	async_tcp *s = async_tcp_connect("127.0.0.1", async_listener_port(l)).await?;
	defer async_tcp_close(s);
	async_tcp_write(s, request, sizeof request - 1).await?;
	while (async_timeout(async_tcp_read(s, buf, sizeof buf), 1000).await? > 0)
		;
	return 0;
}
async fn main(void) -> int
{
	async_listener *l = async_tcp_listen("127.0.0.1", 0, 8)?;
	defer async_listener_close(l);
	task(int) server = async_spawn(serve(l));
	for (int i = 0; i < 2; i++)
		(void)ask(l).await;
	server.cancel();
	(void)server.await;
	return 0;
}
PROGRAM
"$ASYNCC" -O1 -g -fsanitize=address,undefined small.ac -o small || die "small was not built"
# HTTP/2 and WebSocket, in memory.
programs=small
if "$ASYNCC" --features | grep -q '^http2 *yes' && "$ASYNCC" --features | grep -q '^websocket *yes'; then
	programs="small both"
	cat >both.ac <<'PROGRAM'
#include <asyncc.h>
#include <asyncc/http2.h>
#include <asyncc/websocket.h>
#include <stdlib.h>
static async fn hello(async_http_request *req, async_http_reply *res) -> int
{
	async_bytes b = async_http_body(req).await?;
	defer free(b.data);
	async_http_write(res, "abc", 3).await?;
	return async_http_write(res, b.data, b.len).await;
}
static const struct async_http_route routes[] = {{"/x", hello}, {"/", hello}, {NULL, NULL}};
static async fn ws_server(async_io *io) -> int
{
	async_websocket *ws = async_websocket_new(io, false, NULL);
	if (!ws)
		return ASYNC_ENOMEM;
	defer async_websocket_free(ws);
	for (;;) {
		async_websocket_message m = async_websocket_receive(ws).await?;
		defer free(m.data);
		async_websocket_send(ws, m.type, m.data, m.len).await?;
	}
}
static async fn ws_client(async_io *io) -> int
{
	async_websocket *ws = async_websocket_new(io, true, NULL);
	if (!ws)
		return ASYNC_ENOMEM;
	defer async_websocket_free(ws);
	for (int i = 0; i < 3; i++) {
		async_websocket_send_text(ws, "hello").await?;
		async_websocket_message m = async_websocket_receive(ws).await?;
		free(m.data);
	}
	return async_websocket_close(ws, 1000, NULL).await;
}
static async fn drain(async_io *io) -> int
{
	char buf[500];
	while (async_timeout(async_io_read(io, buf, sizeof buf), 1000).await? > 0)
		;
	return 0;
}
async fn main(void) -> int
{
	static const char client[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" "\0\0\0\4\0\0\0\0\0"
		"\0\0\7\1\4\0\0\0\1\x83\x86\x44\2/x\x41\0" "\0\0\3\0\1\0\0\0\1" "abc"
		"\0\0\6\1\5\0\0\0\3" "\x82\x86\x84\x41\1h" "\0\0\10\7\0\0\0\0\0\0\0\0\0\0\0\0\0";
	async_io *ends[2];
	async_io_pair(ends, 100)?;
	struct async_http_server_options options = {.routes = routes, .http2 = &async_http2_protocol, .drain_ms = 50};
	async join {
		(void)async_http_serve_io(ends[1], &options).await;
		(void)async_io_write(ends[0], client, sizeof client - 1).await;
		(void)drain(ends[0]).await;
	}
	async_io_close(ends[0]);
	async_io_pair(ends, 50)?;
	async join {
		(void)ws_server(ends[0]).await;
		(void)ws_client(ends[1]).await;
	}
	return 0;
}
PROGRAM
	"$ASYNCC" -O1 -g -fsanitize=address,undefined both.ac -o both || die "both was not built"
fi
for program in $programs; do
	for what in ASYNCC_FAIL=alloc: ASYNCC_CANCEL=; do
		for n in $(seq 2 3 40) $(seq 41 9 200); do
			status=0
			env ASYNCC_TIME=virtual "$what$n" timeout 60 ./$program >out 2>err || status=$?
			! grep -qE 'Sanitizer|runtime error' err || { cat err; die "$program, $what$n"; }
			case $status in
			124 | 134 | 136 | 139) cat err; die "$program, $what$n: status $status" ;;
			esac
		done
	done
done
