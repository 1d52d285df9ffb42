# Installs into DESTDIR, compiles from there in another place, uninstalls.
make -s -C "$ROOT" install DESTDIR="$PWD/root dir" prefix=/opt/asyncc CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make install"; }
installed="$PWD/root dir/opt/asyncc"
[ -x "$installed/bin/asyncc" ] && [ -f "$installed/lib/libasyncc.a" ] && [ -f "$installed/include/asyncc.h" ] || die "files are missing"
[ -f "$installed/share/man/man1/asyncc.1" ] || die "no man page"
if command -v man >/dev/null; then
	man -M "$installed/share/man" async_mutex_lock >page 2>&1 || die "man async_mutex_lock"
	grep -q ASYNC_MUTEX_INIT page || die "async_mutex_lock(3) is not async_mutex(3)"
fi
mv "$installed" moved
hello >hello.ac
status 0 moved/bin/asyncc -### hello.ac -o hello
says "$PWD/moved/include"
status 0 moved/bin/asyncc hello.ac -o hello
[ "$(./hello)" = 42 ] || die "compiled by the installed asyncc"
status 0 moved/bin/asyncc --emit-c=hello.c hello.ac
status 0 sh -c "cc $(moved/bin/asyncc --cflags) hello.c -o hello2 $(moved/bin/asyncc --libs)"
mkdir -p "$installed"
mv moved/* "$installed"
make -s -C "$ROOT" uninstall DESTDIR="$PWD/root dir" prefix=/opt/asyncc
[ -z "$(find "$installed" -type f)" ] || { find "$installed"; die "files remain"; }
rm -rf "root dir"
