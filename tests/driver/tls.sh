# TLS against others' implementations: openssl s_client and s_server, curl; what they accept, what they refuse, streams cut off, a peer that resets, noise,
# handshakes that never end.
"$ASYNCC" --features | grep -q '^tls *yes' || { echo "needs part tls"; exit 77; }
command -v openssl >/dev/null || { echo "needs openssl"; exit 77; }
servers=
trap 'for p in $servers; do kill $p 2>/dev/null || :; done' EXIT
for sample in tls_echo https_get; do
	"$ASYNCC" -O2 -Wall -Wextra -Werror "$ROOT/samples/$sample.ac" -o $sample || die "$sample was not built"
done
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout root.key -out root.pem -days 2 -subj "/CN=a root" 2>/dev/null
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout server.key -out server.csr -subj "/CN=localhost" 2>/dev/null
printf 'subjectAltName=DNS:localhost,IP:127.0.0.1' >names
openssl x509 -req -in server.csr -CA root.pem -CAkey root.key -CAcreateserial -days 2 -extfile names -out server.crt 2>/dev/null
cat server.key server.crt >server.pem

# await FILE PATTERN: the number that it finds; waits for it.
await() {
	eventually grep "$2" "$1" || { cat "$1"; die "no '$2' in $1"; }
	found=$(sed -n "s|.*$2.*|\1|p" "$1" | head -1)
}

./tls_echo 0 server.pem >echo.out 2>echo.err &
servers=$!
echo_pid=$!
await echo.out 'listening on 127.0.0.1:\([0-9]*\)'
port=$found
mkfifo to_client
# connect OPTIONS...: s_client as $client, with what is sent to it at descriptor 4, and ./back for what it prints.
connect() {
	timeout 120 openssl s_client -connect "127.0.0.1:$port" "$@" <to_client >back 2>client.err &
	client=$!
	exec 4>to_client
}
# come PATTERN: it has printed that, or has ended.
come() {
	eventually eval "grep -qi '$1' back client.err || ! kill -0 $client"
}
hang_up() {
	exec 4>&-
	wait $client || :
}
# say TEXT OPTIONS...: what s_client prints when it sends that and waits until it comes back.
say() {
	local text=$1
	shift
	connect "$@"
	(trap '' PIPE; echo "$text" >&4) 2>/dev/null || :
	come "^$text"
	hang_up
	cat back
}
client() {
	say "a line" -quiet -no_ign_eof -verify_return_error -CAfile root.pem "$@"
}
for options in "-tls1_3" "-tls1_2" "-tls1_2 -cipher ECDHE-ECDSA-CHACHA20-POLY1305" "-servername localhost -verify_hostname localhost" "-tls1_3 -ciphersuites TLS_AES_128_GCM_SHA256"; do
	# shellcheck disable=SC2086
	[ "$(client $options)" = "a line" ] || { cat client.err; die "s_client $options"; }
done
[ -z "$(client -tls1_1 -cipher DEFAULT@SECLEVEL=0)" ] || die "TLS 1.1 is spoken"
[ -z "$(client -verify_hostname other.example)" ] || die "s_client accepts another name"
# A session is taken up again.
say x -CAfile root.pem -sess_out session >/dev/null
say x -CAfile root.pem -sess_in session | grep -q '^Reused' || die "no session is taken up again"
# Renegotiation is refused (R begins one), new keys (K, k) are not.
connect -tls1_2
echo R >&4
come 'no renegotiation\|handshake failure\|no_renegotiation'
hang_up
grep -qi 'no renegotiation\|handshake failure\|no_renegotiation' back client.err || { tail -5 back client.err; die "renegotiation"; }
connect -tls1_3
for letter in K k; do # each a read of its own
	echo $letter >&4
	eventually eval "[ \$(cat back client.err | grep -c KEYUPDATE) = $([ $letter = K ] && echo 1 || echo 2) ]" || die "no new keys"
done
echo after >&4
come '^after'
hang_up
grep -q '^after' back || die "new keys"
# Much, at once.
head -c 2000000 /dev/urandom | od -An -tx1 -v | tr -d ' \n' >much # s_client takes some capital letters for commands
connect -quiet -no_ign_eof
cat much >&4
eventually cmp much back || :
hang_up
cmp much back || die "4 MB did not come back"
if command -v socat >/dev/null; then
	[ "$(echo socat | timeout 60 socat -t 50 - "OPENSSL:localhost:$port,cafile=root.pem")" = socat ] || die "socat"
	# Noise, a connection reset, one that ends in the handshake.
	head -c 500 /dev/urandom | timeout 5 socat -t 1 - "TCP:127.0.0.1:$port" >/dev/null || :
	printf '\026\003\001' | timeout 5 socat -t 0.1 - "TCP:127.0.0.1:$port,linger=0" >/dev/null || :
fi
[ "$(client)" = "a line" ] || die "the server is no more"
kill $echo_pid
! grep -q 'Sanitizer' echo.err || { cat echo.err; die "the server failed"; }

# Our client.
openssl s_server -accept 127.0.0.1:0 -cert server.crt -key server.key -www -tls1_2 >server.out 2>&1 &
servers="$servers $!"
await server.out 'ACCEPT 127.0.0.1:\([0-9]*\)'
port=$found
./https_get localhost "$port" / root.pem >page 2>about || { cat about; die "https_get"; }
grep -q 'HTTP/1.0 200' page || { cat page; die "no page"; }
grep -q '^TLSv1.2' about || { cat about; die "which version?"; }
status 1 ./https_get 127.0.0.1 "$port" / server.crt
says 'permission denied: certificate verify failed'
status 1 ./https_get localhost "$port" /
says 'certificate verify failed: unable to get local issuer certificate'
if command -v socat >/dev/null; then
	# A server that speaks something else, one that hangs up.
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1 SYSTEM:'echo hello; cat >/dev/null' 2>socat.err &
	servers="$servers $!"
	await socat.err 'listening on .*:\([0-9]*\)'
	status 1 ./https_get localhost "$found" / root.pem
	says 'protocol error: wrong version number'
	socat -d -d TCP-LISTEN:0,bind=127.0.0.1 SYSTEM:'true' 2>socat2.err &
	servers="$servers $!"
	await socat2.err 'listening on .*:\([0-9]*\)'
	status 1 ./https_get localhost "$found" / root.pem
	says 'localhost: '
fi

# Web over TLS.
if command -v curl >/dev/null && "$ASYNCC" --features | grep -q '^http2 *yes'; then
	"$ASYNCC" -O2 -Wall -Wextra -Werror "$ROOT/samples/https_hello.ac" -o https_hello || die "https_hello was not built"
	./https_hello 0 server.pem >web.out 2>web.err &
	web=$!
	servers="$servers $web"
	await web.out 'listening on https://127.0.0.1:\([0-9]*\)'
	url=https://localhost:$found/
	for version in --http1.1 --http2; do
		[ "$(curl -s $version --cacert root.pem -w '%{num_connects} %{http_version}\n' "$url" "$url" | tr '\n' ' ')" = "Hello over TLS 1 ${version#--http} Hello over TLS 0 ${version#--http} " ] ||
			die "curl $version"
	done
	status 60 curl -s "$url"
	[ "$(curl -s --cacert root.pem --tls-max 1.2 "$url")" = "Hello over TLS" ] || die "curl with TLS 1.2"
	./https_get localhost "$found" / root.pem 2>/dev/null | grep -q 'Hello over TLS' || die "https_get of https_hello"
	if command -v wrk >/dev/null; then
		wrk -t1 -c50 -d1s --timeout 60s "$url" >wrk.out || die "wrk"
		if grep -q 'Socket errors\|Non-2xx' wrk.out; then cat wrk.out; die "wrk has seen errors"; fi
	fi
	kill -INT $web
	wait $web || die "https_hello did not end well"
	[ "$(tail -1 web.out)" = stopped ] || die "https_hello was not stopped"
fi

# WebSocket: wss:// stands on TLS by itself, and trusts the system's roots or those it is told of.
if "$ASYNCC" --features | grep -q '^websocket *yes'; then
	cat >wss.ac <<'END'
#include <asyncc.h>
#include <asyncc/http.h>
#include <asyncc/tls.h>
#include <asyncc/websocket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/ssl.h>

static async fn greet(async_http_request *req, async_http_reply *res) -> int
{
	async_websocket *ws = async_websocket_accept(req, res, NULL).await?;
	defer async_websocket_free(ws);
	async_websocket_send_text(ws, "hello").await?;
	return async_websocket_close(ws, 1000, NULL).await;
}

static async fn greeted(const char *url, async_tls_context *roots) -> int
{
	async_websocket *ws = async_websocket_connect(url, &(struct async_websocket_connect_options){.data = roots}).await?;
	defer async_websocket_free(ws);
	async_websocket_message m = async_websocket_receive(ws).await?;
	puts(m.data);
	free(m.data);
	return async_websocket_receive(ws).await.err == ASYNC_EOF ? 0 : ASYNC_EPROTO;
}

async fn main(void) -> int
{
	char url[60];
	async_tls_context *own = async_tls_server(&(struct async_tls_options){.certificate = "server.pem"})?;
	defer async_tls_context_free(own);
	async_tls_context *roots = async_tls_client(&(struct async_tls_options){.roots = "root.pem"})?;
	defer async_tls_context_free(roots);
	async_listener *listener = async_tcp_listen("127.0.0.1", 0, 8)?;
	defer async_listener_close(listener);
	snprintf(url, sizeof url, "wss://127.0.0.1:%d/", async_listener_port(listener));
	struct async_http_server_options web = {.open = async_http_open_tls, .open_data = own, .handler = greet};
	async nursery { |n|
		n.async_spawn(async_http_serve(listener, &web));
		puts(async_err_name(greeted(url, NULL).await));
		greeted(url, roots).await?;
		setenv("SSL_CERT_FILE", "root.pem", 1);
		greeted(url, NULL).await?;
		async_tls *t = async_tls_dial("127.0.0.1", async_listener_port(listener), roots).await?;
		defer async_io_close(async_tls_io(t));
		printf("%s %d %d\n", async_tls_version(t), !strcmp(async_tls_cipher(t), SSL_get_cipher_name(async_tls_ssl(t))),
		       SSL_get_SSL_CTX(async_tls_ssl(t)) == async_tls_ssl_context(roots));
		n.cancel();
	}
	return 0;
}
END
	"$ASYNCC" -Wall -Wextra -Werror -g -fsanitize=address,undefined -fno-sanitize-recover=all wss.ac -o wss || die "wss.ac was not built"
	status 0 timeout 60 ./wss
	printf 'EACCES\nhello\nhello\nTLSv1.3 1 1\n' | diff - log || die "wss"
fi
