#!/bin/bash
# compiler.sh ASYNCC [ROUNDS]: the compiler's speed and memory on SQLite's amalgamation, made from Debian's source package.
# Compared: asyncc's work (preprocessing and its front end; the C that comes out goes to /dev/null) and gcc -fsyntax-only, whole processes,
# turn by turn. Bounds: gcc's time; 1 KB of memory a source line. Status 1 if one is missed.
set -u
asyncc=$1 rounds=${2:-11}
root=$(cd "$(dirname "$0")/../../.." && pwd)
leave_out() {
	echo "left out: $1"
	exit 0
}
command -v tclsh >/dev/null || leave_out "SQLite's amalgamation is made with tclsh, which is not installed"
[ -x /usr/bin/time ] || leave_out "/usr/bin/time is not installed"
archive=$("$root/tests/wild/fetch.sh" sqlite3 2>/dev/null) || leave_out "SQLite's source package can't be downloaded"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tar -xf "$archive" -C "$work" --strip-components=1
cd "$work" || exit 1
(./configure --disable-tcl && make sqlite3.c) >log 2>&1
[ -s sqlite3.c ] || leave_out "the amalgamation could not be made: $(tail -1 log)"
gcc -E -dD sqlite3.c -o sqlite3.i

# measure FILE: five columns: ms of asyncc and of gcc, best and median, peak KB of asyncc.
measure() {
	local i ms kb
	: >a; : >g
	for ((i = 0; i < rounds; i++)); do
		for who in a g; do
			set -- "$1"
			local start=$(date +%s%N)
			if [ $who = a ]; then
				/usr/bin/time -f %M -o kb "$asyncc" -x ac -w --emit-c=/dev/null "$1" || exit 1
				kb=$(tail -1 kb)
			else
				gcc -w -fsyntax-only "$1" || exit 1
			fi
			ms=$((($(date +%s%N) - start) / 10000))
			echo $ms >>$who
		done
	done
	sort -n a -o a
	sort -n g -o g
	echo "$(sed -n "$((rounds / 2 + 1))p" a) $(sed -n "$((rounds / 2 + 1))p" g) $kb"
}

status=0
lines=$(wc -l <sqlite3.c)
for file in sqlite3.c sqlite3.i; do
	read -r ours theirs kb < <(measure $file)
	case $file in
	*.c) what="preprocessing and front end" ;;
	*) what="front end alone, preprocessed text" ;;
	esac
	printf '%-36s asyncc %6.1f ms   gcc -fsyntax-only %6.1f ms   ratio %.2f (bound 1.00)\n' "$what" "${ours}e-2" "${theirs}e-2" "$(awk "BEGIN { print $ours / $theirs }")"
	[ "$ours" -le "$theirs" ] || status=1
	bytes=$((kb * 1024 / lines))
	printf '%-36s %d KB, %d bytes a line of %d (bound 1024)\n' "  peak memory" "$kb" "$bytes" "$lines"
	[ $bytes -le 1024 ] || status=1
done
exit $status
