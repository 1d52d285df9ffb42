#!/bin/bash
# samples/grep.ac against GNU grep -r: 10,000 small files in 200 directories, then the headers of /usr/include, all of them in the cache. Wall time, the best
# of nine runs that alternate. Bound: not slower.
#
#     tests/bench/grep/grep.sh ASYNCC
set -eu
asyncc=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/asyncc-grep-XXXXXX")
trap 'rm -rf "$work"' EXIT

"$asyncc" -O2 -o "$work/grep" "$(dirname "$0")/../../../samples/grep.ac"
for d in $(seq 200); do echo "$work/tree/$((d % 10))/$d"; done | xargs mkdir -p
awk -v to="$work/tree" '{ text = text $0 "\n" } END {
	for (d = 1; d <= 200; d++)
		for (f = 1; f <= 50; f++) {
			file = to "/" d % 10 "/" d "/" f
			printf "%sa needle in file %d of directory %d\n", substr(text, 1, f * 137), f, d > file
			close(file)
		}
}' /usr/include/stdio.h

# Milliseconds that it takes to run "$@".
ms() {
	local start end
	start=$(date +%s%N)
	"$@" >"$work/out" 2>/dev/null || :
	end=$(date +%s%N)
	echo $(((end - start) / 10000))
}

status=0
# row NAME TEXT DIRECTORY
row() {
	local ours=999999999 theirs=999999999 t
	LC_ALL=C grep -rHF -- "$2" "$3" 2>/dev/null | LC_ALL=C sort >"$work/expected"
	"$work/grep" "$2" "$3" 2>/dev/null | LC_ALL=C sort | cmp -s - "$work/expected" || { echo "$1: other lines than grep finds"; status=1; }
	for _ in 1 2 3 4 5 6 7 8 9; do
		t=$(ms grep -rHF -- "$2" "$3")
		theirs=$((t < theirs ? t : theirs))
		t=$(ms "$work/grep" "$2" "$3")
		ours=$((t < ours ? t : ours))
	done
	awk -v name="$1" -v files="$(find "$3" -type f | wc -l)" -v found="$(wc -l <"$work/expected")" -v ours=$ours -v theirs=$theirs 'BEGIN {
		printf "  %-12s %6d files %6d lines   asyncc %6.1f ms   grep -r %6.1f ms   %.2f times as fast\n", name, files, found, ours / 100, theirs / 100, theirs / ours }'
	[ "$ours" -le "$theirs" ] || status=1
}

LC_ALL=C
export LC_ALL
row "small files" "a needle in file 7 " "$work/tree"
row "nothing" "no such text" "$work/tree"
row "headers" size_t /usr/include
exit $status
