#!/bin/bash
# start.sh ASYNCC [ROUNDS]: how long asyncc takes to start and to compile hello, without the C compiler: the text is preprocessed
# before, the C that comes out goes to /dev/null. Also what the runtime adds to hello, linked statically, over libuv alone.
# Medians. Bounds: 20 ms; 64 KiB of text and data. Status 1 if one is missed.
set -u
asyncc=$1 rounds=${2:-21}
root=$(cd "$(dirname "$0")/../../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
"$asyncc" -E "$root/samples/hello.ac" -o hello.i || exit 1
for ((i = 0; i < rounds; i++)); do
	start=$(date +%s%N)
	"$asyncc" -x ac -fpreprocessed --emit-c=/dev/null hello.i || exit 1
	echo $((($(date +%s%N) - start) / 10000))
done | sort -n >times
ours=$(sed -n "$((rounds / 2 + 1))p" times)
status=0
printf '%-36s %.1f ms (bound 20)\n' "start and compile hello" "${ours}e-2"
[ "$ours" -le 2000 ] || status=1

printf '#include <uv.h>\nint main(void)\n{\n\treturn uv_run(uv_default_loop(), UV_RUN_DEFAULT);\n}\n' >libuv.c
"$asyncc" -O2 "$root/samples/hello.ac" -o hello && cc -O2 libuv.c -luv -o libuv || exit 1
more=$(size hello libuv | awk 'NR == 2 { n = $1 + $2 } NR == 3 { print n - $1 - $2 }')
printf '%-36s %d bytes (bound 65536)\n' "runtime in hello, text and data" "$more"
[ "$more" -le 65536 ] || status=1
exit $status
