# <asyncc/sqlite.h>
asyncc --features | grep -q '^sqlite *yes' || { echo "asyncc was built without sqlite"; exit 77; }
. "$ROOT/tests/servers/server.sh"
server_test sqlite basic
server_build sqlite sweep
status 0 ./sweep
server_sweep sweep 25 ASYNCC_CANCEL=
server_sweep sweep 60 ASYNCC_FAIL=alloc:
