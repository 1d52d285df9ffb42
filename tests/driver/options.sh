# Options that are asyncc's own, and wrong usage.
hello >hello.ac
status 0 asyncc --help
says --emit-c
says -Wunused-await
status 0 asyncc --version
says 'asyncc '
status 0 asyncc --cflags
says -I
status 0 asyncc --libs
says -lasyncc
cc_line="cc $(asyncc --cflags) generated.c -o generated $(asyncc --libs)"
status 0 asyncc --emit-c=generated.c hello.ac
[ ! -s log ] || die "messages"
status 0 sh -c "$cc_line"
[ "$(./generated)" = 42 ] || die "generated C"
status 0 asyncc --emit-c hello.ac
cmp hello.c generated.c || die "not deterministic"
asyncc --emit-c=- hello.ac | cmp - generated.c || die "--emit-c=-"
asyncc --emit-c -x ac - <hello.ac | grep -q main || die "--emit-c from standard input"
status 0 asyncc --emit-c=both.c -c hello.ac -o both.o
[ -f both.c ] && [ -f both.o ] || die "--emit-c with -c"
cp hello.ac same.c
status 1 asyncc -x ac --emit-c same.c
says 'would replace'
cmp hello.ac same.c || die "the input was replaced"

for stage in tokens ast types cfg liveness frames lowered; do
	status 0 asyncc --dump=$stage hello.ac
	[ -s log ] || die "--dump=$stage prints nothing"
done
status 0 asyncc --dump=ast,types hello.ac -o dump.txt
[ -s dump.txt ] || die "--dump with -o"
{ echo '#include <asyncc/io.h>' && cat hello.ac; } >frames.ac
status 0 asyncc --frames frames.ac
head -n 1 log | grep -q '^frames.ac:.* twice: ' || { cat log; die "--frames: the file's own functions come first"; }
says async_io_read:
printf 'async fn twice(int x) -> int;\nasync fn twice(int x) -> int;\n' >twice.ah
{ echo '#include "twice.ah"' && cat hello.ac; } >frames.ac
status 0 asyncc --frames frames.ac
says 'frames.ac:5: twice: ' # where it is defined, not its prototype

status 0 asyncc -### hello.ac -o nothing
says -iquote
[ ! -e nothing ] || die "-### made a program"
status 0 asyncc -v -c hello.ac
says -iquote

printf '%s\n' '-c "hello.ac"' "-o 'at file.o'" >args
status 0 asyncc @args
[ -f 'at file.o' ] || die "@file"

status 2 asyncc
one_message "asyncc: error: no input files; see 'asyncc --help'"
status 2 asyncc --emit-assembly hello.ac
says "unrecognized option '--emit-assembly'"
status 2 asyncc --dump=nonsense hello.ac
says nonsense
status 2 asyncc --dump=ast
status 2 asyncc -o
says "missing argument to '-o'"
status 2 asyncc hello.ac -o hello.ac
says 'same as output'
status 2 asyncc --run
status 2 asyncc --run -x ac hello.ac
status 2 asyncc --run hello.o
says "takes a source in C or in the dialect, not 'hello.o'"
status 2 asyncc -c hello.ac generated.c -o several.o
status 2 asyncc -S hello.ac generated.c -o several.s
status 2 asyncc -E hello.ac generated.c -o several.i
[ -z "$(ls several.* 2>/dev/null)" ] || die "output for a wrong use"
status 2 asyncc -c --run hello.ac
status 1 asyncc --no-such-option hello.ac -c
says no-such-option
