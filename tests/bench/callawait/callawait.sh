#!/bin/sh
# Await of a function that completes at once, and resume from 1 and 10 awaits deep, against the hand-written state machines of c_sm.c:
# the runs of both stand side by side, the best of each counts. With valgrind also instructions a step, which no other load on the machine changes.
# usage: callawait.sh ASYNCC [ROUNDS]
set -eu
asyncc=$1
rounds=${2:-7}
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"${CC:-cc}" -O2 -o "$tmp/hand" "$here/c_sm.c"
"$asyncc" -O2 -o "$tmp/ours" "$here/callawait.ac"

time_of() { "$@" 2>/dev/null | cut -d' ' -f2; }
# compare NAME LIMIT "hand args" "our args"
compare() {
	: >"$tmp/h"
	: >"$tmp/o"
	i=0
	while [ "$i" -lt "$rounds" ]; do
		time_of "$tmp/hand" $3 >>"$tmp/h"
		time_of "$tmp/ours" $4 >>"$tmp/o"
		i=$((i + 1))
	done
	h=$(sort -g "$tmp/h" | head -n 1)
	o=$(sort -g "$tmp/o" | head -n 1)
	awk -v n="$1" -v l="$2" -v h="$h" -v o="$o" 'BEGIN { printf("  %-28s %6.2f ns, by hand %6.2f ns: %.2f x (at most %.2f)%s\n", n, o, h, o / h, l, (o / h > l) ? "  ABOVE" : "") }'
	eval "best_$5=$o"
}
echo "call and await:"
compare "await that completes at once" 1.20 "sync 50000000" "sync 50000000" sync
compare "resume, 1 await deep" 1.20 "direct 1 3000000" "chain 1 3000000" chain1
compare "resume, 10 awaits deep" 1.20 "direct 10 3000000" "chain 10 3000000" chain10
awk -v a="$best_chain10" -v b="$best_chain1" 'BEGIN { printf("  %-28s %.2f x (at most 1.20)%s\n", "10 deep against 1 deep", a / b, (a / b > 1.2) ? "  ABOVE" : "") }'

command -v valgrind >/dev/null 2>&1 || exit 0
# Instructions a step: the difference of two lengths.
instructions() {
	valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" 2>&1 >/dev/null | sed -n 's/.*Collected : *\([0-9]*\).*/\1/p'
}
count() {
	a=$(instructions "$@" 20000)
	b=$(instructions "$@" 120000)
	echo $(((b - a) / 1000))
}
show() { awk -v n="$1" -v h="$2" -v o="$3" 'BEGIN { printf "  %-28s %6.1f instructions, by hand %6.1f: %.2f x\n", n, o / 100, h / 100, o / h }'; }
show "await that completes at once" "$(count "$tmp/hand" sync)" "$(count "$tmp/ours" sync)"
show "resume, 1 await deep" "$(count "$tmp/hand" direct 1)" "$(count "$tmp/ours" chain 1)"
show "resume, 10 awaits deep" "$(count "$tmp/hand" direct 10)" "$(count "$tmp/ours" chain 10)"
