# HTTP servers against real clients: the samples under curl and wrk, what is sent cut off, a server that is stopped, a failing allocation and a cancellation
# wherever they can be.
"$ASYNCC" --features | grep -q '^http *yes' || { echo "needs part http"; exit 77; }
command -v curl >/dev/null || { echo "needs curl"; exit 77; }
servers=
trap 'for p in $servers; do kill $p 2>/dev/null || :; done' EXIT

# start NAME ARGS...: runs the sample; its address is $url, its process $pid.
start() {
	local name=$1 tries=0
	shift
	[ -x "$name" ] || "$ASYNCC" -O2 -Wall -Wextra -Werror "$ROOT/samples/$name.ac" -o "$name" || die "$name was not built"
	"./$name" "$@" >"$name.out" 2>"$name.err" &
	pid=$!
	servers="$servers $pid"
	url=
	while [ -z "$url" ] && [ $tries -lt 100 ]; do
		sleep 0.05
		url=$(sed -n 's/^listening on //p' "$name.out")
		tries=$((tries + 1))
	done
	[ -n "$url" ] || die "$name did not start"
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
	wrk -t1 -c100 -d1s "$url/" >wrk.out || die "wrk failed"
	! grep -E 'Non-2xx|Socket errors' wrk.out || die "errors under wrk"
fi
# Stopped, it lets the request in progress end.
curl -sN "$url/countdown" >countdown &
client=$!
sleep 0.2
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
for what in ASYNCC_FAIL=alloc: ASYNCC_CANCEL=; do
	for n in $(seq 1 2 79) $(seq 80 17 250); do
		status=0
		env ASYNCC_TIME=virtual "$what$n" timeout 20 ./small >out 2>err || status=$?
		! grep -qE 'Sanitizer|runtime error' err || { cat err; die "$what$n"; }
		case $status in
		124 | 134 | 136 | 139) die "$what$n: status $status" ;;
		esac
	done
done
