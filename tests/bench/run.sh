#!/bin/bash
# Prints the figures that the project has bounds for: awaits and resumes against hand-written state machines, frame sizes against rustc's,
# and the compiler's speed and memory on SQLite's amalgamation (where `make wild` has fetched it). Each tests/bench/NAME/NAME.sh is one of them.
set -u
cd "$(dirname "$0")/../.." || exit 1
export ROOT=$PWD BUILD=${BUILD:-build/release}
export ASYNCC=$ROOT/$BUILD/asyncc
status=0
for script in tests/bench/*/*.sh; do
	echo "== $(basename "$script" .sh)"
	"$script" "$ASYNCC" || status=1
done

echo "== compiler"
archive=$(ls build/wild/sqlite3_*.orig.tar.* 2>/dev/null | head -1)
if [ -z "$archive" ] || ! command -v tclsh >/dev/null; then
	echo "skipped: run 'make wild' first (and SQLite's amalgamation needs tclsh)"
	exit $status
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
(tar -xf "$archive" -C "$work" --strip-components=1 && cd "$work" && ./configure --disable-tcl && make sqlite3.c) >/dev/null 2>&1
cd "$work" || exit 1
[ -s sqlite3.c ] || { echo "skipped: the amalgamation could not be made"; exit $status; }
gcc -E -dD sqlite3.c >sqlite3.i
seconds() { # seconds COMMAND...: the best of five runs
	local best=999999 i start end
	for i in 1 2 3 4 5; do
		start=$(date +%s%N)
		"$@" >/dev/null 2>&1
		end=$(((($(date +%s%N) - start)) / 1000000))
		[ $end -lt $best ] && best=$end
	done
	echo $best
}
lines=$(wc -l <sqlite3.c)
echo "gcc -fsyntax-only on the preprocessed text: $(seconds gcc -w -fsyntax-only sqlite3.i) ms"
echo "asyncc on the preprocessed text: $(seconds "$ASYNCC" -x ac --emit-c=/dev/null sqlite3.i) ms"
if command -v /usr/bin/time >/dev/null; then
	kb=$(/usr/bin/time -f %M "$ASYNCC" -x ac --emit-c=/dev/null sqlite3.c 2>&1 | tail -1)
	echo "asyncc's memory: $kb KB, $((kb * 1024 / lines)) bytes a line of $lines"
fi
exit $status
