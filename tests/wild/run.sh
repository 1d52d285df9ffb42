#!/bin/bash
# tests/wild/run.sh [PACKAGE]...
# Real projects, unchanged, with CC="asyncc -x ac", from Debian's source packages; a build_PACKAGE below each, all of them by default.
# Each is built a second time with the C compiler alone; the objects must be the same, byte for byte, and the program must run.
# The archives are kept in build/wild/. Needs a network at the first run. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$PWD
export ASYNCC_CC=${ASYNCC_CC:-gcc} SOURCE_DATE_EPOCH=0
asyncc=$ROOT/${BUILD:-build/release}/asyncc
store=$ROOT/build/wild
unset CC CFLAGS MAKEFLAGS MAKELEVEL
mkdir -p "$store"
passed=0 failed=0

# unpack PACKAGE DIRECTORY
unpack() {
	rm -rf "$2"
	mkdir -p "$2"
	tar -xf "$(tests/wild/fetch.sh "$1")" -C "$2" --strip-components=1
}

build_zlib() {
	./configure --static && make -j2 CFLAGS=-O2 SFLAGS='-O2 -fPIC' libz.a && make test
}

build_lua5_4() {
	make -j2 CC="$CC" linux MYCFLAGS=-g0 && echo 'print(("x"):rep(3), 2^10, #arg)' >t.lua && [ "$(src/lua t.lua)" = "$(printf 'xxx\t1024.0\t0')" ]
}

build_sqlite3() {
	./configure --disable-tcl --disable-readline --disable-shared && make -j2 sqlite3 &&
		[ "$(echo "create table t(a); insert into t values (1), (2), (39); select sum(a), group_concat(a) from t;" | ./sqlite3)" = '42|1,2,39' ]
}

# The headers that tell when and where it was built are made for both the same.
build_redis() {
	printf '#!/bin/sh\nprintf "#define REDIS_%%s\\n" "GIT_SHA1 \\"0\\"" "GIT_DIRTY \\"0\\"" "BUILD_ID \\"0\\"" >release.h\n' >src/mkreleasehdr.sh
	make -j2 MALLOC=libc OPTIMIZATION=-O0 CFLAGS=-g0 DEBUG= && src/redis-server --version | grep -F v=7
}

build_nginx() {
	./configure --without-http_rewrite_module --without-http_gzip_module --with-cc-opt='-O0 -g0' &&
		make -j2 && objs/nginx -v 2>&1 | grep -F nginx/
}

build_git() {
	make -j2 CC="$CC" CFLAGS='-O0 -g0' NO_CURL=1 NO_EXPAT=1 NO_GETTEXT=1 NO_TCLTK=1 NO_PERL=1 NO_PYTHON=1 git && ./git --version
}

build_python3_11() {
	./configure CFLAGS='-O0 -g0 -fwrapv' && make -j2 python && [ "$(./python -S -c 'print(sum(range(100)))')" = 4950 ]
}

[ $# != 0 ] || set -- zlib lua5.4 sqlite3 redis nginx git python3.11
for package; do
	if ! tests/wild/fetch.sh "$package" >/dev/null; then
		echo "SKIP $package: its source can't be downloaded"
		continue
	fi
	for kind in asyncc plain; do
		directory=$store/$package
		unpack "$package" "$directory"
		if [ $kind = asyncc ]; then CC="$asyncc -x ac"; else CC=$ASYNCC_CC; fi
		export CC
		start=$(date +%s)
		(cd "$directory" && "build_${package//./_}") >"$store/$package.$kind.log" 2>&1
		status=$?
		echo "$package with CC=\"${CC/$ROOT\//}\": status $status, $(($(date +%s) - start)) s"
		if [ $status != 0 ]; then
			tail -20 "$store/$package.$kind.log"
			failed=$((failed + 1))
			continue 2
		fi
		rm -rf "$directory.$kind"
		mv "$directory" "$directory.$kind"
	done
	different=0 objects=0
	while read -r object; do
		objects=$((objects + 1))
		cmp -s "$store/$package.plain/$object" "$store/$package.asyncc/$object" || { echo "$package: $object differs"; different=1; }
	done < <(cd "$store/$package.plain" && find . -name '*.o' -o -name sqlite3 -type f)
	echo "$package: $objects objects compared"
	if [ $different = 0 ] && [ $objects != 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
	rm -rf "$store/$package".{plain,asyncc}
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
