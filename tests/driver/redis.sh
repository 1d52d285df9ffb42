# <asyncc/redis.h> with a real server; it is killed while commands wait as well.
asyncc --features | grep -q '^redis *yes' || { echo "asyncc was built without redis"; exit 77; }
. "$ROOT/tests/servers/start.sh"
. "$ROOT/tests/servers/server.sh"
redis_start || { echo "no Redis server could be started"; cat "$server_directory"/*.log; exit 77; }

server_test redis basic
server_build redis sweep
status 0 timeout 60 ./sweep
server_sweep sweep 18 ASYNCC_CANCEL=
server_sweep sweep 36 ASYNCC_FAIL=alloc:

server_build redis killed
timeout 120 ./killed >said 2>&1 &
program=$!
eventually grep -q waiting said || die "it does not begin"
client="redis-cli -s $server_directory/redis"
eventually eval "$client info clients | grep blocked_clients:1" && eventually eval "$client pubsub numsub never | grep -x 1" || die "nothing waits"
kill -KILL $redis
wait $redis || :
eventually grep -q ECONNRESET said || { cat said; die "the commands do not end"; }
eventually grep -q refused said || die "it does not try again"
redis_again
wait $program || { cat said; die "it does not find the new server"; }
printf '%s\n' waiting "ECONNRESET ECONNRESET ECONNRESET" refused back | diff - said || die "other errors"

if asyncc --features | grep -q '^tls *yes' && redis_start_tls; then
	server_test redis tls
	export ASYNCC_TEST_BRIEF=yes
	server_sweep tls 12 ASYNCC_CANCEL=
	server_sweep tls 60 ASYNCC_FAIL=alloc:
fi

status 0 "$ROOT/tests/man/run.sh" "$ASYNCC" "$ROOT/man/async_redis.3"
