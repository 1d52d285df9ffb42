# The samples that are commands, on real input, beside the tools of the system that do the same.
. "$ROOT/tests/driver/build-samples"

build progress consumers monitors counter thread_per_core copy resolve job_queue supervisor
cat /usr/include/*.h >headers
: >empty

# A checksum, and its bar on a terminal.
for file in headers empty; do
	same "$(cksum $file)" "$(./progress $file)" progress
done
status 1 ./progress /nowhere
one_message 'progress: /nowhere: no such file or directory'
if command -v script >/dev/null; then
	status 0 script -qec './progress headers' /dev/null
	says '[########################################] 100%'
fi

status 0 ./consumers /usr/include/*.h
says "$(wc -l <headers) lines"
status 1 ./consumers headers /nowhere
says 'consumers: /nowhere: no such file or directory'
says "$(wc -l <headers) lines"

status 0 ./thread_per_core /usr/include/*.h
says "$(wc -c <headers) bytes"
status 1 ./thread_per_core /nowhere

# What was in the file at the start, and what came while it was watched.
./monitors empty 100 >log 2>&1 &
monitors=$!
eventually grep '^empty: 0 bytes' log || die 'the size is not told'
echo 'one more' >>empty
eventually grep '^empty: 9 bytes' log || die 'the change is not told'
kill "$monitors"
wait "$monitors" || :
status 0 ./monitors empty 0.3
says 'KiB free'
status 1 ./monitors /nowhere
says 'no such file or directory'

status 0 ./counter
one_message 'of 100000 increments a plain variable has 100, a cell 100000'

# A copy has the contents and permissions, or isn't there.
chmod 640 headers
status 0 ./copy headers copied
cmp headers copied
same "$(stat -c %a headers)" "$(stat -c %a copied)" 'permissions of a copy'
status 1 ./copy /nowhere copied2
one_message 'copy: /nowhere to copied2: no such file or directory'
mkfifo endless
yes | cat >endless & # waits for the one who reads
./copy endless copied2 2>log &
copying=$!
eventually eval 'test -s copied2.*' || die 'nothing is copied'
ls copied2.* >names
kill "$copying"
if wait "$copying"; then die 'an interrupted copy succeeded'; fi
one_message 'copy: endless to copied2: operation canceled'
[ ! -e copied2 ] && [ ! -e "$(cat names)" ] || die 'a part of a copy was left'

status 0 ./resolve localhost
grep -Eq '^localhost (127.0.0.1|::1)' log || die 'localhost has no address'
status 1 ./resolve no-such-name.invalid

# Jobs: their status, in the order in which they end; one that is cancelled; what runs and what waits when a signal comes.
printf 'sleep 0.3; exit 3\necho two\nkill -9 $$\nsleep 60\ncancel 4\ncancel 5\n' >commands
status 0 ./job_queue 2 <commands
says 'job 1: status 3'
says 'job 2: status 0'
says 'job 3: killed by signal 9'
says 'job 4: operation canceled'
says 'there is no job 5'
mkfifo pipe
./job_queue 1 <pipe >log 2>job_queue.log &
queue=$!
exec 4>pipe
printf 'echo begun; until [ -e may_end ]; do sleep 0.05; done\nsleep 60\n' >&4
eventually grep begun log || die 'no job has begun'
kill "$queue"
: >may_end
wait "$queue" || die 'the job queue failed'
exec 4>&-
says 'job 1: status 0'
says 'job 2: operation canceled'

# What ends is restarted, later and later; what runs is stopped at the end.
./supervisor 'echo again; exit 7' 'exec sleep 60' >log 2>&1 &
supervisor=$!
eventually eval '[ "$(grep -c ^again log)" -ge 4 ]' || die 'it is not restarted'
kill "$supervisor"
wait "$supervisor" || die 'the supervisor failed'
says 'status 7, again in 0 ms'
says 'status 7, again in 200 ms'
says 'ended by signal 15'
sleeper=$(sed -n 's/^exec sleep 60: process //p' log)
if kill -0 "$sleeper" 2>/dev/null; then die 'a child was left'; fi
