# .ac, .c, .o, .a, .so and -l inputs together; -c, -S, -E, -fsyntax-only; the exit status of --run.
hello >hello.ac
status 0 asyncc hello.ac -o hello
[ ! -s log ] || die "messages"
[ "$(./hello)" = 42 ] || die "wrong output"
[ "$(./hello x)" = 44 ] || die "wrong output with an argument"

status 0 asyncc -c hello.ac
[ -f hello.o ] || die "no hello.o"
status 0 asyncc hello.o -o hello2
[ "$(./hello2)" = 42 ] || die "linked from an object"

status 0 asyncc -S hello.ac -o -
says main
status 0 asyncc -S hello.ac
[ -f hello.s ] || die "no hello.s"
status 0 asyncc -E hello.ac -o hello.i
grep -q 'async fn twice' hello.i || die "-E"
rm -f hello.o hello.s
status 0 asyncc -x ac hello.i -o preprocessed
[ "$(./preprocessed)" = 42 ] || die "a preprocessed input"
mkdir saved
(cd saved && status 0 asyncc -save-temps ../hello.ac -o hello && [ -f hello.ac.c ] && [ -f hello-hello.i ] && [ -f hello-hello.s ] && ./hello >/dev/null) || die "-save-temps"
status 0 asyncc -fsyntax-only hello.ac
[ ! -f hello.o ] || die "-fsyntax-only made an object"

# With C beside it.
cat >main.ac <<'EOF'
#include <asyncc.h>
#include "util.h"
static async fn work(int x) -> int
{
	async_yield_now().await?;
	return util(x);
}
async fn main(void) -> int
{
	return work(40).await == 42 ? 0 : 1;
}
EOF
echo 'int util(int x);' >util.h
echo 'int util(int x) { return x + 2; }' >util.c
status 0 asyncc main.ac util.c -lm -o mixed
./mixed
cc -c util.c
ar rcs libutil.a util.o
cc -shared -fPIC util.c -o libutil.so
status 0 asyncc main.ac util.o -o mixed
./mixed
status 0 asyncc main.ac libutil.a -o mixed
./mixed
status 0 asyncc main.ac -L. -lutil -Wl,-rpath,"$PWD" -o mixed
./mixed
status 0 asyncc -c main.ac util.c
[ -f main.o ] && [ -f util.o ] || die "-c with several inputs"
status 0 asyncc -x ac util.c main.ac util.h -fsyntax-only
status 2 asyncc -c main.ac util.c -o both.o

# Headers are found beside the source, wherever asyncc runs; a header in the current directory does not get in the way.
mkdir sub
sed 's/util(x)/util(x) + OFFSET/; s/== 42/== 142/' main.ac >sub/main.ac
echo '#define OFFSET 100
#include "../util.h"' >sub/util.h
status 0 asyncc sub/main.ac util.c -o mixed
./mixed

status 0 asyncc --run hello.ac
[ "$(cat log)" = 42 ] || die "--run"
status 0 asyncc --run hello.ac a b c
[ "$(cat log)" = 48 ] || die "--run with arguments"
printf 'int main(int c, char **v) { return v[1] ? v[1][0] : c; }\n' >ret.c
status 65 asyncc --run ret.c A
status 65 asyncc -x c --run ret.c A
printf 'int main(void) { __builtin_trap(); }\n' >trap.c
status 132 asyncc --run trap.c

# Attributes in brackets are for each compiler and standard.
cat >attributes.ac <<'EOF'
#include <asyncc.h>
[[gnu::format(printf, 1, 2)]] static int say(const char *format, ...) { return *format; }
[[nodiscard]] static async fn next([[maybe_unused]] int x) -> int { async_yield_now().await?; return 4; }
async fn main(void) -> int
{
	switch (next(1).await) {
	case 4:
		say("%d", 1);
		[[fallthrough]];
	default:
		return 0;
	}
}
EOF
for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	for standard in gnu11 gnu2x; do
		status 0 env CC=$compiler "$ASYNCC" -std=$standard -Wall -Wextra -Werror attributes.ac -o attributes
	done
done
