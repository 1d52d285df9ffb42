#!/bin/bash
# Real projects, unchanged, with CC="asyncc -x ac": zlib (and its tests), Lua, SQLite (its amalgamation and shell), from Debian's source packages.
# Each is built a second time with the C compiler alone; the objects must be the same, byte for byte.
# The archives are kept in build/wild/. Needs a network at the first run. The last line is "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
ROOT=$PWD
export ASYNCC_CC=${ASYNCC_CC:-gcc}
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

build_lua5.4() {
	make -j2 CC="$CC" linux MYCFLAGS=-g0 && echo 'print(("x"):rep(3), 2^10, #arg)' >t.lua && [ "$(src/lua t.lua)" = "$(printf 'xxx\t1024.0\t0')" ]
}

build_sqlite3() {
	./configure --disable-tcl --disable-readline --disable-shared && make -j2 sqlite3 &&
		[ "$(echo "create table t(a); insert into t values (1), (2), (39); select sum(a), group_concat(a) from t;" | ./sqlite3)" = '42|1,2,39' ]
}

for package in zlib lua5.4 sqlite3; do
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
		(cd "$directory" && "build_$package") >"$store/$package.$kind.log" 2>&1
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
