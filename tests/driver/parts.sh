# The library's parts: what --features and --libs say of them; a program is linked with those that it uses alone, whether it is compiled at once, in steps or
# from C that was generated before; one that isn't there is named.
status 0 asyncc --features
grep -q '^std  *yes ' log || { cat log; die "--features does not list std"; }
status 2 asyncc --libs=nonsense
one_message "asyncc: error: the library has no part 'nonsense'; see 'asyncc --features'"
status 0 asyncc --libs=all

# needed PROGRAM: the libraries of parts that it is linked with.
needed() {
	readelf -d "$1" | sed -n 's/.*NEEDED.*\[lib\([a-z_0-9]*\)\..*/\1/p' | grep -vxE 'c|uv|pthread|dl|rt|m' | tr '\n' ' '
}

hello >hello.ac
status 0 asyncc hello.ac -o hello
[ -z "$(needed hello)" ] || die "hello is linked with $(needed hello)"
# Lines are in the part that needs no library: nothing of it is in a program that does not read any.
nm hello >symbols
if grep -q 'async_reader\|async_io_pair' symbols; then die "hello has parts of the library"; fi

asyncc --features | grep -q '^tls *yes' || { echo "needs part tls"; exit 77; }
cat >tls.ac <<'EOF2'
#include <asyncc/tls.h>
#include <stdio.h>

async fn main(void) -> int
{
	async_io *ends[2];
	async_tls_context *c = async_tls_client(NULL)?;
	async_io_pair(ends, 10)?;
	async_io_close(ends[1]);
	printf("%s\n", async_err_name(async_tls_connect(ends[0], c, "localhost").await.err));
	async_tls_context_free(c);
	return 0;
}
EOF2
status 0 asyncc -Wall -Wextra -Werror tls.ac -o tls
[ "$(needed tls)" = "ssl crypto " ] || die "a program with TLS is linked with $(needed tls)"
[ "$(./tls)" = EPIPE ] || die "the program with TLS"
status 0 asyncc -c tls.ac
status 0 asyncc tls.o -o tls
[ "$(./tls)" = EPIPE ] || die "the program with TLS, linked by itself"
status 0 asyncc --emit-c=generated.c tls.ac
status 0 sh -c "cc $(asyncc --cflags) generated.c -o tls $(asyncc --libs=tls)"
[ "$(./tls) $(needed tls)" = "EPIPE ssl crypto " ] || die "the program with TLS, from C"
status 0 sh -c "cc $(asyncc --cflags) generated.c -o tls $(asyncc --libs=all)"
[ "$(./tls) $(needed tls)" = "EPIPE ssl crypto " ] || die "the program with TLS, with all parts at hand"
status 0 asyncc --emit-c=generated.c hello.ac
status 0 sh -c "cc $(asyncc --cflags) generated.c -o hello $(asyncc --libs=all)"
[ -z "$(needed hello)" ] || die "hello, with all parts at hand, is linked with $(needed hello)"

# An installation without the part.
make -s -C "$ROOT" install DESTDIR="$PWD" prefix=/opt CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make install"; }
status 0 opt/bin/asyncc tls.ac -o tls
[ "$(./tls)" = EPIPE ] || die "the program with TLS, installed"
if command -v pkg-config >/dev/null; then
	libraries=$(PKG_CONFIG_PATH=$PWD/opt/lib/pkgconfig pkg-config --cflags --libs asyncc-tls)
	asyncc --emit-c=generated.c tls.ac
	status 0 sh -c "cc generated.c -o tls $libraries -Wl,-rpath,$PWD/opt/lib"
	[ "$(./tls)" = EPIPE ] || die "the program with TLS, by pkg-config"
fi
rm opt/lib/libasyncc_tls.a
status 1 opt/bin/asyncc tls.ac -o tls
says "note: this asyncc was built without the library's part 'tls', TLS on OpenSSL; it needs the package libssl-dev"
status 2 opt/bin/asyncc --libs=tls
says "without the library's part 'tls'"
opt/bin/asyncc --features | grep -q '^tls *no .*libssl-dev' || die "--features, without it"
