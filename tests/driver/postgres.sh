# <asyncc/postgres.h> with a real server; it is killed in the middle of a statement as well.
asyncc --features | grep -q '^postgres *yes' || { echo "asyncc was built without postgres"; exit 77; }
. "$ROOT/tests/servers/start.sh"
. "$ROOT/tests/servers/server.sh"
postgres_start || { echo "no PostgreSQL server could be started"; cat "$server_directory"/*.log; exit 77; }

server_test postgres basic
server_test postgres pool
server_build postgres sweep
status 0 timeout 30 ./sweep
status 0 env PGHOST=localhost timeout 30 ./sweep # a name, and TCP
server_sweep sweep 44 ASYNCC_CANCEL=
server_sweep sweep 60 ASYNCC_FAIL=alloc:

server_build postgres killed
timeout 30 ./killed >said 2>&1 &
program=$!
wait_for grep -q waiting said || die "it does not begin"
sleep 0.1
kill -QUIT $server
wait $server || :
wait_for grep -q ECONNRESET said || { cat said; die "the statement does not end"; }
postgres_again
wait $program || { cat said; die "it does not find the new server"; }
printf '%s\n' waiting ECONNRESET back | diff - said || die "other errors"

status 0 "$ROOT/tests/man/run.sh" "$ASYNCC" "$ROOT/man/async_postgres.3"
