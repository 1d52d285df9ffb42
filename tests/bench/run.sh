#!/bin/bash
# Prints the figures that the project has bounds for: awaits and resumes against hand-written state machines, frame sizes against rustc's,
# the compiler's speed and memory. Each tests/bench/NAME/NAME.sh is one of them: it takes the compiler, and ends with status 1 if a bound is missed.
set -u
cd "$(dirname "$0")/../.." || exit 1
export ROOT=$PWD BUILD=${BUILD:-build/release}
export ASYNCC=$ROOT/$BUILD/asyncc
status=0
for script in tests/bench/*/*.sh; do
	echo "== $(basename "$script" .sh)"
	"$script" "$ASYNCC" || { status=1 && echo "-- a bound is missed"; }
done
exit $status
