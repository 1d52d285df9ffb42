# Paths with blanks, quotes and letters outside of ASCII; -o through a link; standard input.
mkdir 'a dir' 'größe'
hello >'a dir/my prog.ac'
status 0 asyncc -g -MD -c 'a dir/my prog.ac' -o 'a dir/x y.o'
[ -f 'a dir/x y.d' ] || die "rule"
hello >'größe/日本.ac'
status 0 asyncc 'größe/日本.ac' -o 'größe/日本'
[ "$('./größe/日本')" = 42 ] || die "unicode"
hello >'quo"te\.ac'
status 0 asyncc 'quo"te\.ac' -o quote
[ "$(./quote)" = 42 ] || die "quotes"
(cd 'a dir' && status 0 asyncc ../größe/日本.ac -o p && ./p >/dev/null)
hello >-dash.ac
status 0 asyncc ./-dash.ac -o dash
status 0 sh -c '"$ASYNCC" -x ac - -o stdin <"./-dash.ac"'
[ "$(./stdin)" = 42 ] || die "standard input"
printf 'async fn f(void) -> int { return 1 +; }\n' >bad.ac
status 1 sh -c '"$ASYNCC" -x ac -c - <bad.ac'
says '<stdin>:1:'
ln -s real.c link.c
status 0 asyncc --emit-c=link.c quo*.ac
[ -L link.c ] && [ -f real.c ] || die "a link was replaced"
