# Inputs that are no programs: one clear error each, status 1, nothing left behind.
printf 'int x;\0int y;\n' >nul.ac
status 1 asyncc -c nul.ac
says 'null character'
[ "$(grep -c error: log)" = 1 ] || die "several errors about a NUL"
: >empty.ac
status 0 asyncc -c empty.ac
[ ! -s log ] || die "messages about an empty file"
printf '\377\376i\0n\0t\0' >utf16.ac
status 1 asyncc -c utf16.ac
one_message 'utf16.ac:1:4: error: null character in the source'
printf 'async fn f(void) -> int { return \377\376; }\n' >invalid.ac
status 1 asyncc -c invalid.ac
[ "$(grep -c error: log)" = 1 ] || die "bytes that are no UTF-8"
{ printf '\357\273\277'; hello; } >mark.ac # a byte order mark is skipped
status 0 asyncc mark.ac -o mark
[ "$(./mark)" = 42 ] || die "byte order mark"
printf '\357\273\277async fn f(void) -> int { return undeclared; }\n' >marked.ac
status 1 asyncc -c marked.ac
says 'marked.ac:1:34: error:'
printf '/* caf\351 */ const char s[] = "\351";\n' >latin1.ac
status 0 asyncc -c latin1.ac
mkdir dir.ac
status 1 asyncc -c dir.ac
one_message "asyncc: error: dir.ac: Is a directory"
status 1 asyncc -c missing.ac
one_message "asyncc: error: missing.ac: No such file or directory"
echo 'int x;' >unreadable.ac
chmod 0 unreadable.ac
if [ "$(id -u)" != 0 ]; then
	status 1 asyncc -c unreadable.ac
	one_message "asyncc: error: unreadable.ac: Permission denied"
fi
chmod 600 unreadable.ac

hello >hello.ac
status 1 asyncc --emit-c=/dev/full hello.ac
one_message "asyncc: error: cannot write '/dev/full': No space left on device"
status 1 asyncc --emit-c=/nonexistent/x.c hello.ac
says "cannot write '/nonexistent/x.c'"
status 1 sh -c '"$ASYNCC" --help >/dev/full'
says 'No space left'
status 1 env TMPDIR=/nonexistent "$ASYNCC" -c hello.ac
says 'temporary directory'

# A C compiler that dies, after -E.
cat >dying-cc <<'EOF'
#!/bin/sh
case " $* " in
*" -E "*) exec cc "$@" ;;
*) kill -KILL $$ ;;
esac
EOF
chmod +x dying-cc
status 1 env CC=./dying-cc "$ASYNCC" -c hello.ac -o hello.o
one_message "asyncc: error: './dying-cc' was killed by signal 9 (Killed)"
[ ! -e hello.o ] || die "an object was left"

# One that dies at -E, one that is not there.
printf '#!/bin/sh\nkill -SEGV $$\n' >dying-cc
status 1 env CC=./dying-cc "$ASYNCC" -c hello.ac -o hello.o
one_message "asyncc: error: './dying-cc' was killed by signal 11 (Segmentation fault)"
status 1 env CC=./missing-cc "$ASYNCC" -c hello.ac -o hello.o
[ "$(wc -l <log)" = 1 ] || { cat log; die "several messages"; }
[ ! -e hello.o ] || die "an object was left"

# Errors of the program leave no output; the old output goes, as with cc.
printf '#include <asyncc.h>\nasync fn f(void) -> int { return undeclared_name; }\n' >error.ac
status 1 asyncc -c error.ac
[ ! -e error.o ] || die "an object was left"
status 1 asyncc --emit-c error.ac
[ ! -e error.c ] || die "C was left"
status 1 asyncc error.ac hello.ac -o program
[ ! -e program ] && [ ! -e hello.o ] || die "a program was left"
printf '#include "missing.h"\n' >include.ac
status 1 asyncc -c include.ac
says missing.h

# Unterminated things, deep nesting, a long line.
printf 'char *s = "abc;\n' >literal.ac
status 1 asyncc -c literal.ac
printf 'int x = 1; /* abc' >comment.ac
status 1 asyncc -c comment.ac
printf 'async fn f(void) -> int { return 0; }\n/* abc' >comment.ac
status 1 asyncc -c comment.ac
says 'comment.ac:2:1: error: unterminated comment'
for text in 'char *s = "abc;' "int c = 'a;" 'if (1) {' 'return (1'; do
	printf 'async fn f(void) -> int { %s' "$text" >unterminated.ac
	status 1 asyncc -c unterminated.ac
	[ "$(grep -c error: log)" = 1 ] || { cat log; die "several errors: $text"; }
done
for text in '(' '{' '!' '({' 'if (1) ' 'defer ' 'struct {' 'a('; do
	{ printf 'async fn f(int a) -> int { '; printf '%*s' 10000 '' | sed "s/ /$text/g"; } >open.ac
	status 1 asyncc -c open.ac
	[ "$(grep -c error: log)" -le 2 ] || { head -c 1000 log; die "too many errors: $text"; }
done
{ printf 'int x = '; head -c 10000 /dev/zero | tr '\0' '('; printf 1; head -c 10000 /dev/zero | tr '\0' ')'; echo ';'; } >deep.ac
status 0 asyncc --emit-c=deep.c deep.ac
cmp deep.ac deep.c || die "deep.c"
{ printf 'const char s[] = "'; head -c 10000000 /dev/zero | tr '\0' a; printf '"; async fn f(void) -> int { return oops; }\n'; } >long.ac
status 1 asyncc -c long.ac
[ "$(wc -c <log)" -lt 2000 ] || die "the whole line was printed"

# Outputs that can't be written: one message, nothing left there.
mkdir closed
chmod 500 closed
if [ "$(id -u)" != 0 ]; then
	status 1 asyncc hello.ac -o closed/program
	status 1 asyncc --emit-c=closed/x.c hello.ac
	one_message "asyncc: error: cannot write 'closed/x.c': Permission denied"
fi
chmod 700 closed
status 1 asyncc hello.ac -o missing/program
[ "$(grep -c 'error\|cannot' log)" -le 2 ] || { cat log; die "too many messages"; }
status 1 asyncc -c hello.ac -o missing/hello.o
says 'missing/hello.o'
status 1 asyncc --dump=ast -o /dev/full hello.ac
one_message "asyncc: error: cannot write '/dev/full': No space left on device"
# A full disk, of the output and of the temporary files.
if mkdir full && mount -t tmpfs -o size=16k none full 2>/dev/null; then
	trap 'umount full' EXIT
	head -c 100000 /dev/zero >full/filler 2>/dev/null || true
	status 1 asyncc --emit-c=full/hello.c hello.ac
	one_message "asyncc: error: cannot write 'full/hello.c': No space left on device"
	status 1 asyncc hello.ac -o full/program
	status 1 asyncc -c hello.ac -o full/hello.o
	status 1 env TMPDIR=full "$ASYNCC" hello.ac -o program
	[ "$(ls full)" = filler ] || { ls full; die "something was left on the full disk"; }
	umount full
	trap - EXIT
fi
