# Plain C is the C compiler's: same options, same output, no runtime.
cat >plain.c <<'EOF'
#include <stdio.h>
int await = 1, async, fn;
int main(void) { printf("%d %s\n", await, __FILE__); return 0; }
EOF
cc -O1 -g -c plain.c -o expected.o
status 0 asyncc -O1 -g -c plain.c -o a.o
[ ! -s log ] || die "messages"
cmp expected.o a.o || die "the object differs"
status 0 asyncc -x ac -O1 -g -c plain.c -o b.o
[ ! -s log ] || die "messages under -x ac"
cc -O1 -c plain.c -o expected.o
asyncc -x ac -O1 -c plain.c -o b.o
cmp expected.o b.o || die "the object differs under -x ac"
asyncc -x ac plain.c -o plain
[ "$(./plain)" = "1 plain.c" ] || die "plain program"
if ldd plain | grep -q libuv; then die "libuv in a program without async code"; fi
if nm plain | grep -q async_; then die "runtime in a program without async code"; fi

# What configure scripts ask.
echo 'int main(void) { return 0; }' | asyncc -x ac -o stdin - || die "from standard input"
./stdin
printf '#if defined __GNUC__\nyes\n#endif\n' | asyncc -E - | grep -q yes || die "-E -"
[ "$(asyncc -dumpmachine)" = "$(cc -dumpmachine)" ] || die "-dumpmachine"
[ "$(asyncc -print-prog-name=ld)" = "$(cc -print-prog-name=ld)" ] || die "-print-prog-name"
asyncc -v 2>&1 | grep -qi 'gcc\|clang' || die "-v"
echo 'int main(void) { return undeclared; }' >bad.c
status 1 asyncc -x ac -c bad.c -o /dev/null
says undeclared
status 0 asyncc -x ac -c plain.c -o /dev/null
[ -c /dev/null ] || die "/dev/null is gone"
status 0 asyncc -x ac plain.c -shared -fPIC -o libplain.so
status 0 asyncc -x ac plain.c ./libplain.so -o plain
status 0 asyncc -x ac -M plain.c
says plain.o:
echo '.globl f
f: ret' >f.s
status 0 asyncc -x ac plain.c f.s -o plain

# make passes CC on in the environment: asyncc must not run itself.
printf 'plain: plain.c\n\t$(CC) -o $@ $<\n' >Makefile
rm plain
status 0 make CC="$ASYNCC -x ac"
./plain >/dev/null
CC='cc -DWORDS' asyncc -x ac -E plain.c | grep -q main || die "CC of several words"
status 1 env CC=/nonexistent/cc "$ASYNCC" plain.c
one_message "asyncc: error: cannot run '/nonexistent/cc': No such file or directory"
status 1 env CC=/nonexistent/cc "$ASYNCC" -x ac -c plain.c
one_message "asyncc: error: cannot run '/nonexistent/cc': No such file or directory"

# C and C++ that use asyncc's headers find them, and clang has nothing to say about sources that have none.
printf '#include <asyncc.h>\nint main(void)\n{\n\treturn 0;\n}\n' >user.c
cp user.c user.cc
echo 'int f(void) { return 1; }' >f.c
gcc -S f.c
for compiler in gcc clang; do
	command -v "$compiler" >/dev/null || continue
	for arguments in '-c user.c' '-c f.s' 'user.c f.s -o user' '-E user.c -o user.i' '-c user.i'; do
		status 0 env CC="$compiler" "$ASYNCC" -Wall -Wextra -Werror $arguments
		one_message ''
	done
done
