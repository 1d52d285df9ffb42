# Deep nesting in async functions, down to the object; deeper than the C stack reaches, a message and no crash.
repeat() { # repeat N TEXT
	printf '%*s' "$1" '' | sed "s/ /$2/g"
}
start() {
	printf '#include <asyncc.h>\nstatic async fn leaf(int x) -> int { return x; }\nasync fn f(int a, int *p) -> int\n{\n\t(void)a, (void)p;\n'
}
n=10000
{ start; printf 'return '; repeat $n '('; printf 'leaf(a).await'; repeat $n ')'; echo '; }'; } >paren.ac
{ start; repeat $n '{'; printf 'a = leaf(a).await;'; repeat $n '}'; echo 'return a; }'; } >block.ac
{ start; printf 'int '; repeat $n '*'; echo 'q = 0; a = leaf(a).await; return q == 0; }'; } >pointer.ac
{ start; repeat $n 'if (a) '; echo 'a = leaf(a).await; return a; }'; } >if.ac
{ start; repeat $n 'if (a) a++; else '; echo 'a = leaf(a).await; return a; }'; } >else.ac
{ start; printf 'int x'; repeat $n '[1]'; printf ' = '; repeat $n '{'; printf 'leaf(a).await'; repeat $n '}'; echo '; return (long)&x != 0; }'; } >initializer.ac
{ start; repeat $n 'struct { '; printf 'int v;'; repeat $((n - 1)) '} m;'; printf '} s; s'; repeat $((n - 1)) .m; echo '.v = leaf(a).await; return a; }'; } >struct.ac
{ start; printf 'return a'; repeat $n ' + a'; echo ' + leaf(a).await; }'; } >sum.ac
ulimit -S -s unlimited 2>/dev/null || ulimit -S -s "$(ulimit -H -s)" # for the C compiler
for source in paren block pointer if else initializer struct sum; do
	status 0 asyncc --emit-c=$source.c $source.ac
done
for source in paren block if sum; do
	status 0 asyncc -w -fsyntax-only $source.ac
done
ulimit -S -s 8192
n=900000
{ start; printf 'return a'; repeat $n ', a'; echo '; }'; } >comma.ac
status 1 asyncc --emit-c=comma.c comma.ac
says "asyncc: error: the program nests too deep"
[ ! -e comma.c ] || die "output was left"
{ start; repeat 1200000 '{'; } >parser.ac
status 1 asyncc --emit-c=parser.c parser.ac
says 'error: nesting is too deep'
