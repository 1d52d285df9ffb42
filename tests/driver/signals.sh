# Ended by a signal, asyncc leaves nothing and its C compiler ends too.
hello >hello.ac
cat >slow-cc <<'EOF'
#!/bin/sh
case " $* " in
*" -E "*) exec cc "$@" ;;
*)
	for a; do [ "$last" = -o ] && echo partial >"$a"; last=$a; done
	echo $$ >started
	exec sleep 30
	;;
esac
EOF
chmod +x slow-cc
for signal in INT TERM HUP; do
	rm -f started
	CC=./slow-cc "$ASYNCC" -c hello.ac -o hello.o &
	pid=$!
	eventually test -s started || die "the C compiler did not start"
	# A background process of a script ignores SIGINT, as asyncc then must.
	[ $signal = INT ] && { kill -TERM $pid; wait $pid || true; } || { kill -$signal $pid; wait $pid || true; }
	[ ! -e hello.o ] || die "a partial output after SIG$signal"
	if kill -0 "$(cat started)" 2>/dev/null; then die "the C compiler still runs"; fi
	nothing_left
done

# What --run runs has asyncc's process: it gets its signals, ends as it ends, and has no other child.
cat >drain.ac <<'EOF'
#include <asyncc.h>
#include <asyncc/signal.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

async fn main(void) -> int
{
	if (wait(NULL) != -1)
		return 1;
	async_signals *s = async_signal_open(ASYNC_SIGNAL(SIGTERM))?;
	defer async_signal_close(s);
	puts("ready");
	fflush(stdout);
	async_signal_next(s).await?;
	async_sleep(20).await?;
	puts("drained");
	return 3;
}
EOF
"$ASYNCC" -Wno-blocking --run drain.ac >out &
pid=$!
eventually grep -q ready out
kill -TERM $pid
status 3 wait $pid
grep -q drained out || die "the program did not get the signal"
nothing_left
