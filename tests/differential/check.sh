#!/bin/sh
# A fixed sample of tests/differential/run.sh: the programs of tests/differential/sample, and csmith's of these seeds.
ROOT=${ROOT:-$(cd "$(dirname "$0")/../.." && pwd)}
run=$ROOT/tests/differential/run.sh
status=0
"$run" "$ROOT"/tests/differential/sample/*.c || status=1
"$run" 12 1000
case $? in
0) ;;
77) [ $status = 0 ] && status=77 ;;
*) status=1 ;;
esac
exit $status
