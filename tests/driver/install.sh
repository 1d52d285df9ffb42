# Installs into DESTDIR, under a prefix with a blank, compiles from there, moves it, compiles again, statically and with the shared runtime, uninstalls.
make -s -C "$ROOT" install DESTDIR="$PWD/root dir" prefix='/opt/of asyncc' CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make install"; }
eventually make -s -q -C "$ROOT" all CC="${BUILD_CC:-gcc}" || die "make is never done"
installed="$PWD/root dir/opt/of asyncc"
[ -x "$installed/bin/asyncc" ] && [ -f "$installed/lib/libasyncc.a" ] && [ -f "$installed/include/asyncc.h" ] || die "files are missing"
[ -f "$installed/share/man/man1/asyncc.1" ] || die "no man page"
[ -f "$installed/share/asyncc/gdb/asyncc.py" ] || die "no commands for gdb"
if command -v man >/dev/null; then
	man -M "$installed/share/man" async_mutex_lock >page 2>&1 || die "man async_mutex_lock"
	grep -q ASYNC_MUTEX_INIT page || die "async_mutex_lock(3) is not async_mutex(3)"
fi
hello >hello.ac
status 0 "$installed/bin/asyncc" hello.ac -o hello
[ "$(./hello)" = 42 ] || die "compiled where it was installed"
printf '%s\n' 'include $(shell asyncc --makefile)' 'made: hello.o' '	$(LINK.ac) $^ -o $@' >Makefile
status 0 env -u MAKEFLAGS -u MAKELEVEL PATH="$installed/bin:$PATH" make made
[ "$(./made)" = 42 ] || die "the rules for make, where they are installed"
mv "$installed" moved
status 0 moved/bin/asyncc -### hello.ac -o hello
says "$PWD/moved/include"
says "$PWD/moved/lib/libasyncc.a"
status 0 moved/bin/asyncc hello.ac -o hello
[ "$(./hello)" = 42 ] || die "compiled by the installed asyncc"
status 0 moved/bin/asyncc --emit-c=hello.c hello.ac
status 0 sh -c "cc $(moved/bin/asyncc --cflags) hello.c -o hello2 $(moved/bin/asyncc --libs)"
if readelf -d hello2 | grep -q libasyncc; then die "--libs chose the shared runtime"; fi
status 0 sh -c "cc $(moved/bin/asyncc --cflags) hello.c -o hello3 -Lmoved/lib -lasyncc -Wl,-rpath,$PWD/moved/lib"
readelf -d hello3 | grep -q 'NEEDED.*libasyncc\.so\.[0-9]*\]' || die "the shared runtime has no soname"
[ "$(./hello2)$(./hello3)" = 4242 ] || die "generated C, with the static and the shared runtime"
nm -D --defined-only moved/lib/libasyncc.so | awk '{ sub(/@.*/, "", $3); if ($3 !~ /^(async_|ASYNCC_|(future|closure)_drop$)/) print $3 }' >names
[ ! -s names ] || { cat names; die "the shared runtime exports names without the prefix"; }
status 0 moved/bin/asyncc -shared-runtime hello.ac -o hello4
readelf -d hello4 | grep -q 'NEEDED.*libasyncc\.so\.[0-9]*\]' || die "-shared-runtime"
[ "$(./hello4)" = 42 ] || die "-shared-runtime: where it is installed"
if printf '#include <uv.h>\nint main(void) { return !uv_default_loop(); }' | gcc -x c - -static $(pkg-config --libs --static libuv-static) 2>/dev/null; then
	for option in -static -static-pie '-static -shared-runtime'; do
		status 0 moved/bin/asyncc $option hello.ac -o hello5
		[ "$(./hello5)" = 42 ] || die "$option"
		if readelf -d hello5 | grep NEEDED; then die "$option"; fi
	done
fi
status 0 moved/bin/asyncc --makefile
one_message "$PWD/moved/share/asyncc/asyncc.mk"

# In a place without /proc, such as a chroot.
if unshare -m mount -t tmpfs none /proc 2>/dev/null; then
	status 0 unshare -m sh -c 'mount -t tmpfs none /proc && cd / && PATH="$1:$PATH" asyncc --makefile' sh "$PWD/moved/bin"
	one_message "$PWD/moved/share/asyncc/asyncc.mk"
fi

# In Debian's directory for libraries.
mkdir -p "moved/lib/$(gcc -print-multiarch)"
if [ -n "$(gcc -print-multiarch)" ]; then
	mv moved/lib/libasyncc.a "moved/lib/$(gcc -print-multiarch)"
	status 0 moved/bin/asyncc hello.ac -o hello
	mv "moved/lib/$(gcc -print-multiarch)"/* moved/lib
	rmdir "moved/lib/$(gcc -print-multiarch)"
fi
mkdir -p "$installed"
mv moved/* "$installed"
make -s -C "$ROOT" uninstall DESTDIR="$PWD/root dir" prefix='/opt/of asyncc'
[ -z "$(find "$installed" ! -type d)" ] || { find "$installed"; die "files remain"; }
rm -rf "root dir"
