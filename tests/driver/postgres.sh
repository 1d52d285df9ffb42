# <asyncc/postgres.h> with a real server; it is killed in the middle of a statement as well.
asyncc --features | grep -q '^postgres *yes' || { echo "asyncc was built without postgres"; exit 77; }
. "$ROOT/tests/servers/start.sh"
. "$ROOT/tests/servers/server.sh"
postgres_start || { echo "no PostgreSQL server could be started"; cat "$server_directory"/*.log; exit 77; }

server_test postgres basic
server_test postgres pool
server_build postgres sweep
status 0 timeout 60 ./sweep
status 0 env PGHOST=localhost timeout 60 ./sweep # a name, and TCP
server_sweep sweep 44 ASYNCC_CANCEL=
server_sweep sweep 60 ASYNCC_FAIL=alloc:

server_build postgres killed
timeout 120 ./killed >said 2>&1 &
program=$!
eventually grep -q waiting said || die "it does not begin"
eventually eval "psql -Atc \"select 1 from pg_stat_activity where query = 'select pg_sleep(300)' and state = 'active'\" | grep 1" || die "nothing runs"
kill -QUIT $server
wait $server || :
eventually grep -q ECONNRESET said || { cat said; die "the statement does not end"; }
postgres_again
wait $program || { cat said; die "it does not find the new server"; }
printf '%s\n' waiting ECONNRESET back | diff - said || die "other errors"

status 0 "$ROOT/tests/man/run.sh" "$ASYNCC" "$ROOT/man/async_postgres.3"
