# The samples grep and watch_directory: beside GNU grep on what is awkward (binary files, lines longer than buffers, links, many files in one directory),
# and at work on a directory.
flags=-O2
if [ -x "$ROOT/build/sanitize/asyncc" ]; then
	ASYNCC=$ROOT/build/sanitize/asyncc flags="-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all"
fi
for name in grep watch_directory; do
	# shellcheck disable=SC2086 # options
	status 0 asyncc $flags -Wall -Wextra -Werror -o "our_$name" "$ROOT/samples/$name.ac"
done

mkdir -p tree/many tree/d/e/f
printf 'needle no newline' >tree/a
printf 'text\0needle\n' >tree/binary
{ yes y | head -c 200000 | tr -d '\n'; echo needle; yes k | head -c 70000; echo needle; } >tree/long
for ((i = 0; i < 300; i++)); do echo "needle $i" >"tree/many/$i"; done
echo needle >tree/d/e/f/g
ln -s many tree/link
: >tree/empty
mkfifo tree/fifo
for arguments in 'needle tree' 'needle tree/' 'needle tree/a' 'needle /nowhere tree/d tree/empty' 'none tree' 'size_t /usr/include' 'Usage /bin/ls /bin/sh'; do
	for program in "grep -rHF --" ./our_grep; do
		code=0 result=theirs
		[ "$program" != ./our_grep ] || result=ours
		# shellcheck disable=SC2086 # words
		LC_ALL=C $program $arguments >found 2>messages || code=$?
		{ LC_ALL=C sort found; LC_ALL=C sort messages; echo "status $code"; } >"$result"
	done
	cmp -s theirs ours || die "grep $arguments: $(diff theirs ours | head -5 | cut -c1-200)"
done

mkdir watched
./our_watch_directory watched sh -c 'echo run; exec sleep 100' >watch.out 2>watch.err &
watcher=$!
trap 'kill "$watcher" 2>/dev/null || :' EXIT
# wait_for TEXT [COUNT]
wait_for() {
	eventually eval "[ \$(grep -c '$1' watch.out) -ge ${2:-1} ]" || die "watch_directory says: $(cat watch.out watch.err)"
}
wait_for '^run'
touch watched/one watched/two
wait_for '^one has come or gone, and more'
wait_for '^run' 2
rm watched/two
wait_for '^two has come or gone'
wait_for '^run' 3
kill -INT "$watcher"
wait "$watcher" || die "watch_directory ended with status $?"
wait_for '^done'
status 1 ./our_watch_directory /nowhere true
one_message 'watch_directory: /nowhere: no such file or directory'
