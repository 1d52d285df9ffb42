# For scripts in tests/driver that have a server: builds tests/servers/$1/NAME.ac for the sanitizers, runs it, compares what it
# prints with NAME.out; and asks clang about the generated C. Sourced.

# build KIND NAME: ./NAME
server_build() {
	local source=$ROOT/tests/servers/$1/$2.ac
	status 0 asyncc -Wall -Wextra -Werror -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all "$source" -o "$2"
	[ ! -s log ] || { cat log; die "messages of gcc"; }
	if command -v clang >/dev/null; then
		CC=clang status 0 asyncc -Wall -Wextra -Werror -c "$source" -o "$2.o"
		[ ! -s log ] || { cat log; die "messages of clang"; }
	fi
}

# server_test KIND NAME: it prints what it should, and nothing else.
server_test() {
	server_build "$1" "$2"
	status 0 timeout 120 "./$2"
	diff "$ROOT/tests/servers/$1/$2.out" log || die "$2 prints something else"
}

# server_sweep PROGRAM N SWITCH: whichever of the first N awaits is cancelled, allocations fails: it ends by itself, prints
# nothing but an error, leaks nothing.
server_sweep() {
	local n got
	for ((n = 1; n <= $2; n++)); do
		got=0
		env "$3$n" ASAN_OPTIONS=exitcode=99 UBSAN_OPTIONS=exitcode=99 timeout 60 "./$1" >log 2>errors || got=$?
		case $got in
		0 | 1 | 131 | 244) ;;
		*) cat log errors; die "$3$n: status $got" ;;
		esac
		[ ! -s log ] || { cat log; die "$3$n: it does not go on"; }
	done
}
