# The samples at work on real input: under the sanitizers, where those were built, and beside the tools of the system that do the same.
flags=-O2
if [ -x "$ROOT/build/sanitize/asyncc" ]; then
	ASYNCC=$ROOT/build/sanitize/asyncc flags="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
fi
servers=
trap 'for pid in $servers; do kill "$pid" 2>/dev/null || :; done' EXIT

# build NAME...: the samples of these names, which end up here.
build() {
	for name; do
		# shellcheck disable=SC2086 # options
		status 0 asyncc $flags -Wall -Wextra -Werror -o "$name" "$ROOT/samples/$name.ac"
	done
}

# serve NAME ARGUMENT...: starts a server, and $port is what it listens on.
serve() {
	: >"$1.out"
	"./$@" >>"$1.out" 2>"$1.err" &
	servers="$servers $!"
	eventually grep '^listening on ' "$1.out" || die "$1 did not start: $(cat "$1.err")"
	port=$(sed -n 's/^listening on .*://p' "$1.out")
}

# same EXPECTED ACTUAL WHAT
same() {
	[ "$1" = "$2" ] || die "$3: '$2', expected '$1'"
}

build progress consumers monitors counter port_scan thread_per_core tcp_proxy chat_server copy resolve job_queue supervisor
cat /usr/include/*.h >headers
: >empty

# A checksum, and its bar on a terminal.
for file in headers empty; do
	same "$(cksum $file)" "$(./progress $file)" progress
done
status 1 ./progress /nowhere
one_message 'progress: /nowhere: no such file or directory'
if command -v script >/dev/null; then
	status 0 script -qec './progress headers' /dev/null
	says '[########################################] 100%'
fi

status 0 ./consumers /usr/include/*.h
says "$(wc -l <headers) lines"
status 1 ./consumers headers /nowhere
says 'consumers: /nowhere: no such file or directory'
says "$(wc -l <headers) lines"

status 0 ./thread_per_core /usr/include/*.h
says "$(wc -c <headers) bytes"
status 1 ./thread_per_core /nowhere

# What was in the file at the start, and what came while it was watched.
./monitors empty 100 >log 2>&1 &
monitors=$!
eventually grep '^empty: 0 bytes' log || die 'the size is not told'
echo 'one more' >>empty
eventually grep '^empty: 9 bytes' log || die 'the change is not told'
kill "$monitors"
wait "$monitors" || :
status 0 ./monitors empty 0.3
says 'KiB free'
status 1 ./monitors /nowhere
says 'no such file or directory'

status 0 ./counter
one_message 'of 100000 increments a plain variable has 100, a cell 100000'

# A proxy hands on what goes through it in either direction, ends of streams included; the scanner finds both servers.
build echo_server echo_client
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
serve chat_server
cat >clients.ac <<'EOT'
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <asyncc/net.h>

struct reader {
	async_tcp *connection;
	size_t len, used;
	char text[4096];
};

/* The next line, without its end. */
static async fn next_line(struct reader *r) -> result(char *)
{
	for (;;) {
		char *line = r->text + r->used, *end = memchr(line, '\n', r->len - r->used);
		if (end) {
			*end = '\0';
			r->used = end + 1 - r->text;
			return ok(line);
		}
		memmove(r->text, line, r->len -= r->used);
		r->used = 0;
		ptrdiff_t n = async_tcp_read(r->connection, r->text + r->len, sizeof r->text - r->len).await?;
		if (n == 0)
			return err(ASYNC_EOF);
		r->len += n;
	}
}

static async fn enter(uint16_t port, const char *room, int id) -> result(async_tcp *)
{
	char text[100];
	async_tcp *s = async_tcp_connect("127.0.0.1", port).await?;
	int len = snprintf(text, sizeof text, "/name c%d\n/join %s\n", id, room);
	async_tcp_write(s, text, len).await?;
	return ok(s);
}

/* One for what somebody says, 0 for what the server says. */
static int is_said(const char *line, const char *room)
{
	const char *said = *line == '*' ? NULL : strstr(line, ": ");
	return !said ? 0 : strncmp(said + 2, room, strlen(room)) ? ASYNC_EPROTO : 1;
}

/* Waits until so many are in the room, or c0 has left: how much has been said meanwhile. */
static async fn gather(struct reader *r, const char *room, int members) -> int
{
	int heard = 0;
	for (int there = 0; there != members;) {
		async_tcp_write(r->connection, "/who\n", 5).await?;
		for (;;) {
			char *line = next_line(r).await?, name[20];
			if (sscanf(line, "* %d in %19[^,]", &there, name) == 2 && !strcmp(name, room))
				break;
			if (!strcmp(line, "* c0 leaves") && !strcmp(room, "loud"))
				return ASYNC_EOF;
			heard += is_said(line, room) != 0;
		}
	}
	return heard;
}

/* Says five things when all of the room are there, and hears five of each. */
static async fn talk(uint16_t port, int id, int rooms, int members) -> int
{
	char room[20], text[100];
	struct reader r = {0};
	snprintf(room, sizeof room, "r%d", id % rooms);
	r.connection = enter(port, room, id).await?;
	defer async_tcp_close(r.connection);
	int heard = gather(&r, room, members).await?;
	for (int i = 0; i < 5; i++) {
		int len = snprintf(text, sizeof text, "%s: %d\n", room, i);
		async_tcp_write(r.connection, text, len).await?;
	}
	while (heard < 5 * members)
		heard += is_said(next_line(&r).await?, room)?;
	async_tcp_write(r.connection, "/quit\n", 6).await?;
	while (!next_line(&r).await.err)
		;
	return 0;
}

/* Says long things, once all are there, until it hears that the one who doesn't listen has left. */
static async fn shout(uint16_t port, int id, int members) -> int
{
	struct reader r = {0};
	char text[1000];
	memset(text, 'a', sizeof text);
	text[sizeof text - 1] = '\n';
	r.connection = enter(port, "loud", id).await?;
	defer async_tcp_close(r.connection);
	int heard = gather(&r, "loud", members).await;
	if (heard < 0)
		return heard == ASYNC_EOF ? 0 : heard;
	async join {
		for (;;)
			async_tcp_write(r.connection, text, sizeof text).await?;
		for (;;)
			if (!strcmp(next_line(&r).await?, "* c0 leaves"))
				return 0;
	}
}

async fn main(int argc, char **argv) -> result(void)
{
	uint16_t port = argc > 1 ? atoi(argv[1]) : 0;
	async nursery { |n|
		for (int i = 0; i < 100; i++)
			n.async_spawn(async_timeout(talk(port, i, 5, 20), 60000));
	}?;
	async_tcp *deaf = enter(port, "loud", 0).await?;
	defer async_tcp_close(deaf);
	setsockopt(async_tcp_fd(deaf), SOL_SOCKET, SO_RCVBUF, &(int){4096}, sizeof(int));
	async nursery { |n|
		for (int i = 1; i <= 30; i++)
			n.async_spawn(async_timeout(shout(port, i, 31), 60000));
	}?;
	puts("heard");
	return ok();
}
EOT
# shellcheck disable=SC2086 # options
status 0 asyncc $flags -Wall -Wextra -Werror -o clients clients.ac
status 0 ./clients "$port"
one_message heard

# A copy has the contents and permissions, or isn't there.
chmod 640 headers
status 0 ./copy headers copied
cmp headers copied
same "$(stat -c %a headers)" "$(stat -c %a copied)" 'permissions of a copy'
status 1 ./copy /nowhere copied2
one_message 'copy: /nowhere to copied2: no such file or directory'
mkfifo endless
yes | cat >endless & # waits for the one who reads
./copy endless copied2 2>log &
copying=$!
eventually eval 'test -s copied2.*' || die 'nothing is copied'
ls copied2.* >names
kill "$copying"
if wait "$copying"; then die 'an interrupted copy succeeded'; fi
one_message 'copy: endless to copied2: operation canceled'
[ ! -e copied2 ] && [ ! -e "$(cat names)" ] || die 'a part of a copy was left'

# The same question is asked once while the answer holds, however many ask, and again when the server was silent; lost ones are repeated.
build dns_cache
cat >dns_check.ac <<'EOF'
#include <asyncc.h>
#include <asyncc/process.h>
#include <asyncc/udp.h>
#include <stdio.h>
#include <string.h>

static async_udp *server;
static async_address cache;
static int asked[128]; /* by the first letter of the name */

static async fn serve(void) -> int
{
	for (;;) {
		static const char record[] = "\300\014\0\1\0\1\0\0\0\74\0\4\1\2\3\4";
		char p[512];
		async_address from;
		size_t n = async_udp_recv(server, p, sizeof p, &from).await?;
		int times = ++asked[(int)p[13]];
		if (p[13] == 's' || (p[13] == 'l' && times == 1))
			continue; /* silent, lost */
		async_sleep(20).await?;
		p[2] |= 128;
		p[7] = p[13] != 'n'; /* no records: an answer that doesn't hold */
		memcpy(p + n, record, sizeof record - 1);
		async_udp_send(server, p, n + (p[7] ? sizeof record - 1 : 0), &from).await?;
	}
}

/* The last byte of the answer, with the code in its head. */
static async fn query(char letter, char id) -> int
{
	char p[512] = { id, 1, [5] = 1, [12] = 3, letter, 'A', 'a', 0, 0, 1, 0, 1 };
	async_udp *s = async_udp_open("127.0.0.1", 0, 0)?;
	defer async_udp_close(s);
	async_udp_send(s, p, 21, &cache).await?;
	ptrdiff_t n = async_udp_recv(s, p, sizeof p, NULL).await?;
	return p[0] != id || p[1] != 1 ? ASYNC_EPROTO : 16 * (p[3] & 15) + p[n - 1];
}

static async fn many(const char *letters) -> int
{
	return async nursery { |n|
		for (int i = 0; i < 50; i++) {
			char letter = letters[i % strlen(letters)];
			n.async_spawn { return query(letter, i).await? == 4 ? 0 : ASYNC_EIO; }
		}
	};
}

async fn main(void) -> int
{
	char port[8], line[64] = "";
	server = async_udp_open("127.0.0.1", 0, 0)?;
	defer async_udp_close(server);
	snprintf(port, sizeof port, "%d", async_udp_port(server));
	async_process_options options = { .args = (const char *const[]){ "./dns_cache", "127.0.0.1", "0", port, NULL }, .out = ASYNC_PROCESS_PIPE };
	async_process *child = async_process_spawn(&options)?;
	defer async_process_free(child);
	int there;
	async_io_read(async_process_stdout(child), line, sizeof line - 1).await?;
	if (sscanf(line, "listening on 127.0.0.1:%d", &there) != 1)
		return 1;
	async_address_set(&cache, "127.0.0.1", there)?;
	task(int) serving = async_spawn(serve());
	printf("%d %d\n", many("kKl").await, many("k").await);
	printf("%d %d\n", query('n', 7).await, query('n', 8).await);
	printf("%d\n", query('s', 9).await);
	serving.cancel();
	(void)serving.await;
	printf("%d %d %d %d\n", asked['k'] <= 3, asked['l'] >= 2, asked['n'] >= 2, asked['s']); /* 3 tries, of which a slow machine may need more */
	return 0;
}
EOF
# shellcheck disable=SC2086 # options
status 0 asyncc $flags -Wall -Wextra -Werror -o dns_check dns_check.ac
status 0 timeout 60 ./dns_check
same '0 0/1 1/33/1 1 1 3' "$(paste -sd / log)" dns_cache

status 0 ./resolve localhost
grep -Eq '^localhost (127.0.0.1|::1)' log || die 'localhost has no address'
status 1 ./resolve no-such-name.invalid

# Jobs: their status, in the order in which they end; one that is cancelled; what runs and what waits when a signal comes.
printf 'sleep 0.3; exit 3\necho two\nkill -9 $$\nsleep 60\ncancel 4\ncancel 5\n' >commands
status 0 ./job_queue 2 <commands
says 'job 1: status 3'
says 'job 2: status 0'
says 'job 3: killed by signal 9'
says 'job 4: operation canceled'
says 'there is no job 5'
mkfifo pipe
./job_queue 1 <pipe >log 2>job_queue.log &
queue=$!
exec 4>pipe
printf 'echo begun; until [ -e may_end ]; do sleep 0.05; done\nsleep 60\n' >&4
eventually grep begun log || die 'no job has begun'
kill "$queue"
: >may_end
wait "$queue" || die 'the job queue failed'
exec 4>&-
says 'job 1: status 0'
says 'job 2: operation canceled'

# What ends is restarted, later and later; what runs is stopped at the end.
./supervisor 'echo again; exit 7' 'exec sleep 60' >log 2>&1 &
supervisor=$!
eventually eval '[ "$(grep -c ^again log)" -ge 4 ]' || die 'it is not restarted'
kill "$supervisor"
wait "$supervisor" || die 'the supervisor failed'
says 'status 7, again in 0 ms'
says 'status 7, again in 200 ms'
says 'ended by signal 15'
sleeper=$(sed -n 's/^exec sleep 60: process //p' log)
if kill -0 "$sleeper" 2>/dev/null; then die 'a child was left'; fi

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
