# The samples that are servers, and clients of such: who talks to them are tools of the system and the programs in clients/.
. "$ROOT/tests/driver/build-samples"
servers=
trap 'for pid in $servers; do kill "$pid" 2>/dev/null || :; done' EXIT

# build_client NAME: ./NAME.client, the program that talks to sample NAME.
build_client() {
	build_from "$ROOT/tests/driver/clients/$1.ac" "$1.client"
}

# serve NAME ARGUMENT...: starts a server, and $port is what it listens on.
serve() {
	: >"$1.out"
	"./$@" >>"$1.out" 2>"$1.err" &
	servers="$servers $!"
	eventually grep '^listening on ' "$1.out" || die "$1 did not start: $(cat "$1.err")"
	port=$(sed -n 's/^listening on .*://p' "$1.out")
}

# A proxy hands on what goes through it in either direction, ends of streams included; the scanner finds both servers.
build echo_server echo_client port_scan tcp_proxy
cat /usr/include/*.h >headers
serve echo_server
echo=$port
status 0 ./port_scan "$echo"
says "$echo is open"
serve tcp_proxy 0 127.0.0.1 "$echo"
status 0 ./echo_client "$port" hello 'good bye'
says 'sent "good bye", got "good bye"'
exec 3<>"/dev/tcp/127.0.0.1/$port"
cat headers >&3 &
head -c "$(wc -c <headers)" <&3 | timeout 60 cmp - headers || die 'the proxy changed what went through it'
exec 3>&-
status 0 ./port_scan 1 65535
says "$echo is open"
says "$port is open"

# Keys and values: commands that come together, what is waited for, the file, which the next server reads.
if asyncc --features | grep -q '^http *yes' && command -v curl >/dev/null; then
	build key_value
	serve key_value store 0
	server=$!
	exec 3<>"/dev/tcp/127.0.0.1/$port" 4<>"/dev/tcp/127.0.0.1/$port"
	echo 'WATCH c' >&4
	read -r line <&4
	printf 'SET a 0 one  two\r\nSET b 1 x\nSET c 0\n\nGET a\nGET none\nDEL none\nSET d x y\nGET b\nSET a 0 %s\nSET c 500 last\nEND x\nDEL c\nSET c 500 last\n' three >&3
	for _ in $(seq 14); do
		read -r reply <&3
		line="$line/$reply"
	done
	same 'NONE/OK/OK/OK/ERROR/VALUE one  two/NONE/NONE/ERROR/VALUE x/OK/OK/ERROR/OK/OK' "$line" key_value
	until [ "$line" = 'VALUE last' ]; do
		read -r -t 60 line <&4 || die 'a key that is watched: not told'
	done
	printf 'GET a\nQUIT\n' >&4
	same 'OK' "$(cat <&4)" 'a client that has watched'
	head -c 5000 /dev/zero | tr '\0' x >&3
	[ -z "$(cat <&3)" ] || die 'a line without an end was answered'
	exec 3>&- 4>&-
	counted() {
		curl -s "$(sed -n 's/.*, //p' key_value.out)" | tr '\n' ' ' >metrics
		grep -q 'keys 2 clients 0 commands 16 expired 1 unsaved 0' metrics
	}
	eventually counted || die "metrics: $(cat metrics)"
	printf 'SET a 0 changed\nQUIT\n' | timeout 60 bash -c "exec 3<>/dev/tcp/127.0.0.1/$port; cat >&3; cat <&3" >/dev/null
	kill -TERM $server
	wait $server || die "key_value did not end well: $(cat key_value.err)"
	servers=${servers/ $server/}
	same 'a 0 changed c 4.. last' "$(sort store | tr '\n' ' ' | sed 's/ $//; s/c 4../c 4../')" 'the file'
	serve key_value store 0
	grep -q '^2 keys' key_value.out || die "the file was not read: $(cat key_value.out)"
fi

# A hundred clients in five rooms, of whom each hears its own room and no other; one that never reads is dropped, and its room told.
build chat_server
serve chat_server
build_client chat_server
status 0 ./chat_server.client "$port"
one_message heard

# The same question is asked once while the answer holds, however many ask, and again when the server was silent; lost ones are repeated.
build dns_cache
build_client dns_cache
status 0 timeout 60 ./dns_cache.client
same '0 0/1 1/33/1 1 1 3' "$(paste -sd / log)" dns_cache

# Two clients hear the same events, until the server ends them.
if asyncc --features | grep -q '^http *yes' && command -v curl >/dev/null; then
	build sse_ticker
	serve sse_ticker
	ticker=${servers##* }
	timeout 200 curl -sN "http://127.0.0.1:$port/events" >events &
	listener=$!
	timeout 200 curl -sN "http://127.0.0.1:$port/events" >log &
	eventually grep 'event: load' log && eventually grep 'event: load' events || die 'no events'
	kill "$ticker"
	wait "$ticker" || die 'the ticker failed'
	wait "$listener" || die 'the events were not ended'
	servers=${servers% *}
	grep -Eq '^data: [0-9.]+$' log || die 'no number'
fi

# A server that answers each line with its letters the other way round; whose certificate nobody vouches for.
if asyncc --features | grep -q '^tls *yes' && command -v openssl >/dev/null; then
	build tls_talk
	openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out certificate.pem -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost 2>/dev/null
	openssl s_server -accept 127.0.0.1:0 -cert certificate.pem -key key.pem -rev -naccept 2 >s_server.out 2>&1 &
	eventually grep '^ACCEPT ' s_server.out || die 's_server did not start'
	port=$(sed -n 's/^ACCEPT .*://p' s_server.out)
	mkfifo typed
	./tls_talk localhost "$port" certificate.pem <typed >log &
	talk=$!
	exec 4>typed
	printf 'hello\nworld\n' >&4
	eventually grep dlrow log || die 'no line comes back'
	exec 4>&-
	wait "$talk" || die 'tls_talk failed'
	says olleh
	status 1 ./tls_talk localhost "$port"
	says 'certificate verify failed'
fi

# No server has complained, and each still runs.
for pid in $servers; do
	kill "$pid" || die 'a server has ended'
done
servers=
for log in *.err; do
	[ ! -s "$log" ] || { cat "$log"; die "$log"; }
done
