#!/bin/bash
# crossfile.sh ASYNCC [ROUNDS]: what an await of a function in another file costs more than one of a function in the same file (whose frame is
# part of the caller's), plain and with -flto. The best of some rounds. Bound: 25 ns; status 1 if it is missed.
set -u
asyncc=$1 rounds=${2:-5}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
status=0
for flags in "-O2" "-O2 -flto"; do
	# shellcheck disable=SC2086 # options
	"$asyncc" $flags "$here/main.ac" "$here/other.ac" -o "$work/program" || exit 1
	for ((i = 0; i < rounds; i++)); do
		"$work/program"
	done >"$work/times"
	awk -v flags="$flags" '
		{ for (i = 1; i <= 3; i++) if (NR == 1 || $i < best[i]) best[i] = $i }
		END {
			printf "%-36s %.1f ns, same file %.1f, pointer %.1f: %.1f more (bound 25)\n", "await across files, " flags, best[2], best[1], best[3], best[2] - best[1]
			exit best[2] - best[1] > 25
		}' "$work/times" || status=1
done
exit $status
