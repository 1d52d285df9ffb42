# With ccache, the second compilation is a hit: as CC, by a link named like a compiler, in a makefile and in CMake. The object is the same.
command -v ccache >/dev/null || { echo "needs ccache"; exit 77; }
export CCACHE_DIR=$PWD/cache
hello >hello.ac
mkdir bin
ln -s "$(command -v ccache)" bin/gcc

hits() {
	ccache --print-stats | awk '$1 ~ /^(direct|preprocessed)_cache_hit$/ { n += $2 } END { print n + 0 }'
}

# twice COMMAND...: the second time it comes from the cache.
twice() {
	ccache -C -z >/dev/null 2>&1
	status 0 "$@"
	[ "$(hits)" = 0 ] || die "a hit at first: $*"
	status 0 "$@"
	[ "$(hits)" = 1 ] || { ccache -s -v; die "no hit: $*"; }
}

status 0 env CC=gcc "$ASYNCC" -g -O2 -c hello.ac -o plain.o
twice env CC="ccache gcc" "$ASYNCC" -g -O2 -c hello.ac -o hello.o
cmp plain.o hello.o || die "another object with ccache"
twice env CC=gcc PATH="$PWD/bin:$PATH" "$ASYNCC" -c hello.ac
sed -i 's/20/21/' hello.ac
status 0 env CC="ccache gcc" "$ASYNCC" -g -O2 -c hello.ac -o hello.o
status 0 "$ASYNCC" hello.o -o hello
[ "$(./hello)" = 44 ] || die "an old object from the cache"
[ -z "$(find . -maxdepth 1 -name '.?*')" ] || { ls -A; die "files remain"; }
status 0 env CC="ccache gcc" "$ASYNCC" hello.ac -o hello
