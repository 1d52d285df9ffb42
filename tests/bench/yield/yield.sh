#!/bin/sh
# One trip through the scheduler's queue, against the hand-written state machine of c_sm.c; the best of the runs of each counts.
# usage: yield.sh ASYNCC [ROUNDS]
set -eu
asyncc=$1
rounds=${2:-5}
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"${CC:-cc}" -O2 -o "$tmp/hand" "$here/c_sm.c"
"$asyncc" -O2 -o "$tmp/ours" "$here/yield.ac"

best() {
	for _ in $(seq "$rounds"); do "$@" 2>/dev/null | cut -d' ' -f2; done | sort -g | head -n 1
}
h=$(best "$tmp/hand" 1 20000000)
o=$(best "$tmp/ours" 20000000)
echo "yield:"
awk -v h="$h" -v o="$o" 'BEGIN { printf "  %-28s %6.2f ns, by hand %6.2f ns: %.2f x (at most 1.50)%s\n", "one task", o, h, o / h, (o / h > 1.5 ? "  ABOVE" : "") }'
