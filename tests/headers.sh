#!/bin/bash
# Every header under /usr/include that the C compiler accepts alone goes through asyncc without a message: tests/headers.sh PART [PARTS].
# (OpenSSL's copies for other machines, below node/, are left out.) The list of those that it accepts is kept in build/headers/, for it takes longer to find than to test. Prints the headers that fail.
set -u
part=$1 parts=${2:-8}
list=$ROOT/build/headers/$part-of-$parts
work=$(mktemp -d "${WORK:-/tmp}/headers-XXXXXX")
trap 'rm -rf "$work"' EXIT
if [ ! -f "$list" ]; then
	mkdir -p "$(dirname "$list")"
	(cd /usr/include && find . -name '*.h' ! -path './c++/*' ! -path './*/c++/*' ! -path './llvm*' ! -path './node/openssl/archs/*' | sed 's|^\./||' | LC_ALL=C sort) |
		awk -v part="$part" -v parts="$parts" 'NR % parts == part % parts' |
		while read -r header; do
			printf '#include <%s>\n' "$header" >"$work/try.c"
			timeout 20 gcc -w -fsyntax-only "$work/try.c" 2>/dev/null && echo "$header"
		done >"$list.new"
	mv "$list.new" "$list"
fi
status=0 count=0
while read -r header; do
	printf '#include <%s>\n' "$header" >"$work/try.c"
	count=$((count + 1))
	if ! CC=gcc timeout 20 "$ASYNCC" -x ac -w --emit-c=/dev/null "$work/try.c" >"$work/messages" 2>&1 || [ -s "$work/messages" ]; then
		echo "<$header>"
		head -4 "$work/messages"
		status=1
	fi
done <"$list"
[ "$count" -gt 0 ] || { echo "no headers"; exit 77; }
exit $status
