# The samples of async code in other programs build without a warning and say what they should.
"$ROOT/samples/embedded.sh" "$ASYNCC" "$PWD/bin" >log 2>&1 || { cat log; die "status $?"; }
if grep -q warning log; then
	cat log
	die "a warning"
fi
says 'async functions has 14 letters'
says 'of callbacks has 11 letters'
says 'line_stats.h: 9 lines, the longest has 64 bytes'
if command -v g++ >/dev/null; then
	says 'the pause had not ended'
	says '/nowhere: no such file or directory'
fi
says 'given 2 ms: connection timed out'
says 'measured: 451'
