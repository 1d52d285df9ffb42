# make deb: what the packages hold, unpacked, compiles and runs; lintian has nothing to say. make dist: always the same bytes.
command -v dpkg-deb >/dev/null || { echo "needs dpkg-deb"; exit 77; }
unset MAKEFLAGS MAKELEVEL MFLAGS
make -s -C "$ROOT" deb OUT="$PWD/one" CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make deb"; }
[ "$(ls one | sed 's/[0-9]*_.*//' | tr '\n' ' ')" = "asyncc libasyncc " ] || { ls one; die "packages"; }
make -s -C "$ROOT" deb OUT="$PWD/two" CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make deb, again"; }
status 0 diff -r one two
for package in one/*.deb; do
	dpkg-deb -x "$package" root
	dpkg-deb -f "$package" Depends >depends
	grep -q 'libc6 (>= 2\.[0-9]*)' depends || { cat depends; die "$package: Depends"; }
done
if command -v lintian >/dev/null; then
	mkdir lintian
	TMPDIR=$PWD/lintian lintian --fail-on error,warning --allow-root one/*.deb >log 2>/dev/null || { cat log; die "lintian"; }
fi
hello >hello.ac
status 0 root/usr/bin/asyncc -O2 hello.ac -o hello
[ "$(./hello)" = 42 ] || die "compiled by the package's asyncc"
status 0 root/usr/bin/asyncc --emit-c=hello.c hello.ac
libraries=$(dirname root/usr/lib/*/libasyncc.so)
export PKG_CONFIG_PATH=$PWD/$libraries/pkgconfig
status 0 sh -c 'cc hello.c -o hello2 $(pkg-config --cflags --libs asyncc)'
[ "$(LD_LIBRARY_PATH=$libraries ./hello2)" = 42 ] || die "linked with the package's shared runtime"
if command -v man >/dev/null; then
	man -M root/usr/share/man async_mutex_lock >page 2>&1 || { cat page; die "man async_mutex_lock"; }
fi

if git -C "$ROOT" rev-parse -q --verify HEAD >/dev/null 2>&1; then
	for out in one two; do
		make -s -C "$ROOT" dist OUT="$PWD/$out" >log 2>&1 || { cat log; die "make dist"; }
	done
	status 0 cmp one/asyncc-*.tar.gz two/asyncc-*.tar.gz
	tar -tzf one/asyncc-*.tar.gz >list
	grep -q '^asyncc-[0-9.]*/Makefile$' list || { head list; die "the archive"; }
fi
