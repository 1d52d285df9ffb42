# What is linked: hello with the static runtime has at most 64 KiB more text and data than a program that uses libuv alone; a program
# without the dialect has nothing of the runtime, whichever way it is compiled and linked.
cat >hello.ac <<'EOF'
#include <stdio.h>
#include <asyncc.h>

async fn main(void) -> int
{
	async_sleep(1).await?;
	puts("hello");
	return 0;
}
EOF
cat >libuv.c <<'EOF'
#include <stdio.h>
#include <uv.h>

static void greet(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, NULL);
	puts("hello");
}

int main(void)
{
	uv_loop_t loop;
	uv_timer_t timer;
	uv_loop_init(&loop);
	uv_timer_init(&loop, &timer);
	uv_timer_start(&timer, greet, 1, 0);
	uv_run(&loop, UV_RUN_DEFAULT);
	return uv_loop_close(&loop);
}
EOF
cat >plain.ac <<'EOF'
#include <stdio.h>

int helper(void);

int main(void)
{
	puts("plain");
	return helper();
}
EOF
echo 'int helper(void) { return 0; }' >helper.ac

# bytes PROGRAM: its text and data.
bytes() {
	size "$1" | awk 'NR == 2 { print $1 + $2 }'
}

# no_runtime PROGRAM: neither functions nor libraries of it.
no_runtime() {
	if nm -a "$1" | grep async; then die "$1 holds the runtime"; fi
	if readelf -d "$1" | grep -E 'libasyncc|libuv'; then die "$1 needs the runtime"; fi
}

status 0 asyncc -O2 hello.ac -o hello
status 0 gcc -O2 libuv.c -luv -o libuv
case $BUILD in
*release*)
	more=$(($(bytes hello) - $(bytes libuv)))
	[ "$more" -le 65536 ] || { size hello libuv; die "the runtime adds $more bytes to hello, more than 64 KiB"; }
	;;
esac
status 0 asyncc plain.ac helper.ac -o plain
no_runtime plain
status 0 asyncc -c plain.ac
status 0 asyncc -c helper.ac
status 0 asyncc plain.o helper.o -o plain
no_runtime plain
status 0 gcc plain.o helper.o -o plain
no_runtime plain
# The header alone, of which nothing is used, links nothing either.
sed -i '1i #include <asyncc.h>' plain.ac
status 0 asyncc plain.ac helper.ac -o plain
no_runtime plain
# ... nor where the program loads others and speaks of things that are called async.
cat >loads.ac <<'EOF'
#include <dlfcn.h>
int async_io = 1;
int main(void) { return async_io != 1 || dlopen("./nothing.so", RTLD_NOW); }
EOF
status 0 asyncc loads.ac -o loads
if nm -D loads | grep -E ' uv_| async__'; then die "the runtime in a program that calls dlopen"; fi
status 0 asyncc -c loads.ac
status 0 asyncc loads.o -o loads
if nm -D loads | grep -E ' uv_| async__'; then die "the runtime in a program that calls dlopen"; fi
