# For scripts in tests/driver: real servers on temporary directories, stopped at the end. Sourced.
#
#   postgres_start   a PostgreSQL on a Unix socket and at 127.0.0.1; sets ASYNCC_TEST_POSTGRES, PGHOST, PGPORT, PGUSER,
#                    PGDATABASE, and server, its process id
#   redis_start      a Redis on a Unix socket; sets ASYNCC_TEST_REDIS, its address, and redis, its process id
#   redis_start_tls  another one at 127.0.0.1, over TLS; sets ASYNCC_TEST_REDISS and ASYNCC_TEST_ROOTS, who vouches for it

servers=
stop_servers() {
	local pid
	for pid in $servers; do
		kill -INT "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	rm -rf "${server_directory-}"
	servers=
}
trap stop_servers EXIT

# A directory with a short name (sockets have 107 bytes) that an unprivileged user may use.
server_directory=$(mktemp -d /tmp/asyncc-servers-XXXXXX)
chmod 755 "$server_directory"

# In front of a command: as somebody who is not root, as PostgreSQL insists.
unprivileged=(env)
[ "$(id -u)" != 0 ] || unprivileged=(setpriv --reuid=nobody --regid=nogroup --clear-groups)

postgres_start() {
	local bin data=$server_directory/pg
	bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | tail -1)
	bin=${bin:-$(dirname "$(command -v postgres)")}
	mkdir -p "$data" && [ "$(id -u)" != 0 ] || chown nobody:nogroup "$data"
	(cd / && "${unprivileged[@]}" "$bin/initdb" -D "$data/db" -U test -A trust --no-sync --no-locale -E UTF8) >"$server_directory/initdb.log" 2>&1 || return
	postgres_command=("$bin/postgres" -D "$data/db" -k "$data" -F -c listen_addresses=127.0.0.1 -c max_connections=20 -c shared_buffers=8MB -c dynamic_shared_memory_type=mmap)
	export ASYNCC_TEST_POSTGRES=yes PGHOST=$data PGUSER=test PGDATABASE=postgres PGAPPNAME=asyncc
	local try
	for try in 1 2 3 4 5; do # a port that is free
		export PGPORT=$((20000 + RANDOM % 10000))
		postgres_again && return
	done
	return 1
}

# Starts the server on the data that are there.
postgres_again() {
	(cd / && exec "${unprivileged[@]}" "${postgres_command[@]}" -p "$PGPORT") >>"$server_directory/postgres.log" 2>&1 &
	server=$!
	servers="$servers $server"
	eventually eval "psql -c 'select 1' || ! kill -0 $server"
	kill -0 $server 2>/dev/null
}

redis_start() {
	command -v redis-server >/dev/null || return
	export ASYNCC_TEST_REDIS=unix:$server_directory/redis
	redis_again
}

# Starts the server, without data.
redis_again() {
	redis-server --port 0 --unixsocket "$server_directory/redis" --save '' --appendonly no --dir "$server_directory" --databases 4 --enable-debug-command yes >"$server_directory/redis.log" 2>&1 &
	redis=$!
	servers="$servers $redis"
	eventually redis-cli -s "$server_directory/redis" ping
}

redis_start_tls() {
	local try files=(--tls-cert-file "$server_directory/tls.pem" --tls-key-file "$server_directory/tls.key" --tls-ca-cert-file "$server_directory/tls.pem")
	ldd "$(command -v redis-server)" | grep -q libssl && command -v openssl >/dev/null || return
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$server_directory/tls.key" -out "$server_directory/tls.pem" -days 2 \
		-subj /CN=localhost -addext subjectAltName=IP:127.0.0.1 2>/dev/null || return
	export ASYNCC_TEST_ROOTS=$server_directory/tls.pem
	for try in 1 2 3 4 5; do # a port that is free
		local port=$((20000 + RANDOM % 10000))
		redis-server --port 0 --tls-port $port "${files[@]}" --tls-auth-clients no --unixsocket "$server_directory/tls" --save '' --appendonly no --dir "$server_directory" >"$server_directory/tls.log" 2>&1 &
		servers="$servers $!"
		export ASYNCC_TEST_REDISS=rediss://127.0.0.1:$port
		eventually redis-cli -s "$server_directory/tls" ping && return
	done
	return 1
}
