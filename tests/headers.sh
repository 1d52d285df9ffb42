#!/bin/bash
# Every header under /usr/include that the C compiler accepts alone goes through asyncc without a message: tests/headers.sh PART [PARTS].
# They go in groups that the C compiler accepts together, which is several times faster; the groups are kept in build/headers/, for they take longer to
# find than to test. (OpenSSL's copies for other machines, below node/, are left out.) Prints the headers that fail.
set -u
part=$1 parts=${2:-8} group_size=16
list=$ROOT/build/headers/groups-$part-of-$parts
work=$(mktemp -d "${WORK:-/tmp}/headers-XXXXXX")
trap 'rm -rf "$work"' EXIT

include_all() {
	printf '#include <%s>\n' "$@" >"$work/try.c"
}

# Prints a line for each group of headers, of those given, that the C compiler accepts: all of them, or halves.
print_groups() {
	include_all "$@"
	if timeout 20 gcc -w -fsyntax-only "$work/try.c" 2>/dev/null; then
		echo "$*"
	elif [ $# -gt 1 ]; then
		print_groups "${@:1:$#/2}"
		print_groups "${@:$#/2+1}"
	fi
}

# Prints the headers, of those given, with which asyncc fails.
print_failures() {
	include_all "$@"
	CC=gcc timeout 60 "$ASYNCC" -x ac -w --emit-c=/dev/null "$work/try.c" >"$work/messages" 2>&1 && [ ! -s "$work/messages" ] && return
	if [ $# = 1 ]; then
		echo "<$1>"
		head -4 "$work/messages"
		return
	fi
	local single
	for single; do
		print_failures "$single"
	done | grep . || { echo "together: $*"; head -4 "$work/messages"; }
}

if [ ! -f "$list" ]; then
	mkdir -p "$(dirname "$list")"
	# A part has every eighth group, not header: neighbours go together.
	(cd /usr/include && find . -name '*.h' ! -path './c++/*' ! -path './*/c++/*' ! -path './llvm*' ! -path './node/openssl/archs/*' | sed 's|^\./||' | LC_ALL=C sort) |
		xargs -n "$group_size" | awk -v part="$part" -v parts="$parts" 'NR % parts == part % parts' |
		while read -r -a headers; do
			print_groups "${headers[@]}"
		done >"$list.new"
	mv "$list.new" "$list"
fi
[ -s "$list" ] || { echo "no headers"; exit 77; }
while read -r -a headers; do
	print_failures "${headers[@]}"
done <"$list" >"$work/failures"
cat "$work/failures"
[ ! -s "$work/failures" ]
