#!/bin/bash
# asyncc against its peers, side by side: each row is one program in several languages, run in turn; medians. A peer whose tools are not installed is
# left out with a line that says so. `x` is the ratio to the floor, the row's first peer (hand-written C, or raw libuv).
# usage: peers.sh ASYNCC [ROW]...
set -u
asyncc=$1
shift
rounds=${ROUNDS:-5}
here=$(cd "$(dirname "$0")" && pwd)
common=$here/../common
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
status=0

# left_out FOLDER PEER: why it has no line.
left_out() {
	local why="its tools are not installed"
	[ ! -s "$tmp/$1-$2.missing" ] || grep -q 'not found$' "$tmp/$1-$2.missing" || why="it does not build: $(grep -m 1 -i error "$tmp/$1-$2.missing" || head -n 1 "$tmp/$1-$2.missing")"
	echo "  $2: left out, $why"
}

# build PEER SOURCE OUTPUT: false where the peer's tools are missing.
build() {
	case $1 in
	asyncc) "$asyncc" -O2 -o "$3" "$2" ;;
	c_sm | c_uv) "${CC:-cc}" -O2 -o "$3" "$2" -luv $(case $2 in */http/*) echo -lhttp_parser ;; esac) ;;
	cpp20) g++ -std=c++20 -O2 -o "$3" "$2" ;;
	asio) g++ -std=c++20 -O2 -o "$3" "$2" -pthread ;;
	st) "${CC:-cc}" -O2 -o "$3" "$2" -lst ;;
	pcl) "${CC:-cc}" -O2 -o "$3" "$2" -lpcl ;;
	go) (cd "$(dirname "$2")" && GO111MODULE=off GOCACHE=$tmp/go go build -o "$3" "$(basename "$2")") ;;
	nim) nim c -d:release -d:danger --hints:off --warnings:off --nimcache:"$tmp/nim" -o:"$3" "$2" ;;
	vala) valac --pkg gio-2.0 -X -O2 -X -w -o "$3" "$2" ;;
	node) command -v node >/dev/null && printf '#!/bin/sh\nexec node "%s" "$@"\n' "$2" >"$3" && chmod +x "$3" ;;
	tokio) tokio_build && [ -x "$tmp/cargo/release/$(basename "$(dirname "$2")")_tokio" ] && printf '#!/bin/sh\nexec "%s/cargo/release/%s_tokio" ct "$@"\n' "$tmp" "$(basename "$(dirname "$2")")" >"$3" && chmod +x "$3" ;;
	esac >"$tmp/log" 2>&1
}

# without_crate PROGRAM CRATE: all but the one that needs it.
without_crate() {
	awk -v RS= -v ORS='\n\n' "!/$1/" "$tmp/rust/Cargo.toml" | sed "/^$2 /d" >"$tmp/rust/less"
	mv "$tmp/rust/less" "$tmp/rust/Cargo.toml"
}

# All tokio programs at once, out of Debian's crates, with whichever cargo there is.
tokio_build() {
	[ -d "$tmp/cargo" ] && [ ! -x "$tmp/cargo/release/yield_tokio" ] && return 1
	[ -x "$tmp/cargo/release/yield_tokio" ] && return 0
	mkdir -p "$tmp/cargo" "$tmp/rust/.cargo"
	ls /usr/share/cargo/registry/tokio-1* >/dev/null 2>&1 || return 1
	printf '[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "/usr/share/cargo/registry"\n' >"$tmp/rust/.cargo/config.toml"
	sed "s|path = \"../../peers/|path = \"$here/|" "$common/rust/Cargo.toml" >"$tmp/rust/Cargo.toml"
	ls -d /usr/share/cargo/registry/hyper-0.14* >/dev/null 2>&1 || without_crate http_tokio hyper
	ls -d /usr/share/cargo/registry/async-channel-* >/dev/null 2>&1 || without_crate pingpong_tokio async-channel
	(cd "$tmp/rust" && CARGO_TARGET_DIR=$tmp/cargo cargo build --release --quiet --offline)
}

# peer_of FOLDER PEER: builds it once; its program is $tmp/FOLDER-PEER.
peer_of() {
	local out=$tmp/$1-$2 source
	[ -x "$out" ] && return 0
	[ -e "$out.missing" ] && return 1
	source=$(ls "$here/$1/$2".* 2>/dev/null) || return 1
	build "$2" "$source" "$out" && [ -x "$out" ] && return 0
	cp "$tmp/log" "$out.missing"
	if [ "$2" = asyncc ]; then
		cat "$tmp/log"
		status=1
	fi
	return 1
}

median() { sort -g "$1" | awk '{ v[NR] = $1 } END { print (NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2) }'; }

# row FOLDER TITLE UNIT BOUND PEER:ARGS...: the first peer is the floor, asyncc's ratio to it is at most BOUND.
row() {
	local folder=$1 title=$2 unit=$3 bound=$4 floor='' spec peer
	shift 4
	if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" $folder "* ]]; then
		return
	fi
	echo "$title"
	local have=()
	for spec; do
		if peer_of "$folder" "${spec%%:*}"; then
			have+=("$spec")
			: >"$tmp/times-${spec%%:*}"
		else
			left_out "$folder" "${spec%%:*}"
		fi
	done
	for ((i = 0; i < rounds; i++)); do
		for spec in "${have[@]}"; do
			timeout 300 "$tmp/$folder-${spec%%:*}" ${spec#*:} 2>"$tmp/errors" | cut -d' ' -f2 >>"$tmp/times-${spec%%:*}"
		done
	done
	for spec in "${have[@]}"; do
		peer=${spec%%:*}
		local m
		m=$(median "$tmp/times-$peer")
		[ -n "$floor" ] || floor=$m
		awk -v p="$peer" -v m="$m" -v f="$floor" -v u="$unit" -v b="$bound" 'BEGIN {
			missed = p == "asyncc" && m / f > b
			printf "  %-8s %9.4g %-4s %6.2f x%s\n", p, m, u, m / f, p == "asyncc" ? sprintf(" (at most %.2f)%s", b, missed ? "  ABOVE" : "") : ""
			exit missed
		}' || status=1
	done
}

# memory FOLDER TITLE BOUND SMALL PEER:ARGS...: bytes for each of the first argument's tasks, by peak RSS against the same program with one.
memory() {
	local folder=$1 title=$2 bound=$3 small=$4 spec peer n
	shift 4
	if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" $folder "* ]]; then
		return
	fi
	echo "$title"
	for spec; do
		peer=${spec%%:*}
		peer_of "$folder" "$peer" || continue
		n=$(echo "${spec#*:}" | grep -o '[0-9]\+' | head -n 1)
		local big base
		big=$(peak "$tmp/$folder-$peer" ${spec#*:})
		base=$(peak "$tmp/$folder-$peer" $small)
		awk -v p="$peer" -v b="$big" -v s="$base" -v n="$n" -v l="$bound" 'BEGIN {
			split(b, big); split(s, small)
			bytes = (big[1] - small[1]) * 1024 / n
			missed = p == "asyncc" && bytes > l
			printf "  %-8s %7.0f bytes each, %5.2f s of CPU%s\n", p, bytes, big[2], p == "asyncc" ? sprintf(" (at most %d bytes)%s", l, missed ? "  ABOVE" : "") : ""
			exit missed
		}' || status=1
	done
}
# peak COMMAND: peak RSS in KiB and CPU seconds.
peak() {
	[ -x "$tmp/usage" ] || "${CC:-cc}" -O2 -o "$tmp/usage" "$common/usage.c"
	"$tmp/usage" "$@" 2>&1 >/dev/null | tail -n 1
}

# echo_row CONNECTIONS: microseconds of the server's CPU a request, and latencies.
echo_row() {
	if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" echo "* ]]; then
		return
	fi
	local peer port pid
	[ -x "$tmp/loadgen" ] || "${CC:-cc}" -O2 -o "$tmp/loadgen" "$common/loadgen.c"
	echo "$2"
	for peer in c_uv asyncc asio go tokio node nim vala st; do
		peer_of echo "$peer" || { left_out echo "$peer"; continue; }
		: >"$tmp/times-$peer"
	done
	port=$((20000 + $$ % 5000))
	for ((i = 0; i < rounds; i++)); do
		for peer in c_uv asyncc asio go tokio node nim vala st; do
			[ -x "$tmp/echo-$peer" ] || continue
			port=$((port + 1))
			"$tmp/echo-$peer" $([ "$peer" = node ] && echo await) $port 2>/dev/null &
			pid=$!
			sleep 0.3
			if [ "$1" = idle ]; then
				timeout 60 "$tmp/loadgen" idle $port 10000 $pid 2>/dev/null >>"$tmp/times-$peer"
			else
				timeout 60 "$tmp/loadgen" echo $port "$1" "${SECS:-2}" $pid 2>/dev/null >>"$tmp/times-$peer"
			fi
			kill $pid
			wait $pid 2>/dev/null
		done
	done
	floor=
	for peer in c_uv asyncc asio go tokio node nim vala st; do
		[ -s "$tmp/times-$peer" ] && [ -x "$tmp/echo-$peer" ] || continue
		if [ "$1" = idle ]; then
			cut -d' ' -f4 "$tmp/times-$peer" >"$tmp/column"
			awk -v p="$peer" -v m="$(median "$tmp/column")" 'BEGIN { missed = p == "asyncc" && m > 400; printf "  %-8s %7.0f bytes each%s\n", p, m, p == "asyncc" ? sprintf(" (at most 400)%s", missed ? "  ABOVE" : "") : ""; exit missed }' || status=1
			continue
		fi
		cut -d' ' -f8 "$tmp/times-$peer" >"$tmp/column"
		cut -d' ' -f6 "$tmp/times-$peer" >"$tmp/p99"
		local m
		m=$(median "$tmp/column")
		[ -n "$floor" ] || floor=$m
		awk -v p="$peer" -v m="$m" -v f="$floor" -v l="$(median "$tmp/p99")" 'BEGIN {
			missed = p == "asyncc" && m / f > 1.03
			printf "  %-8s %7.2f us of CPU a request %6.2f x, p99 %5.0f us%s\n", p, m, m / f, l, p == "asyncc" ? sprintf(" (at most 1.03)%s", missed ? "  ABOVE" : "") : ""
			exit missed
		}' || status=1
	done
}

# http_row CONNECTIONS TITLE: the same of a web server, under wrk; requests a second in brackets.
http_row() {
	if [ ${#wanted[@]} -gt 0 ] && [[ " ${wanted[*]} " != *" http "* ]]; then
		return
	fi
	echo "$2"
	command -v wrk >/dev/null || { echo "  left out, wrk is not installed"; return; }
	local peer port=$((25000 + $$ % 5000)) pid before after requests m floor= peers=(c_uv asyncc go tokio node)
	for peer in "${peers[@]}"; do
		peer_of http "$peer" || { left_out http "$peer"; continue; }
		: >"$tmp/times-$peer"
		: >"$tmp/rates-$peer"
	done
	for ((i = 0; i < rounds; i++)); do
		for peer in "${peers[@]}"; do
			[ -x "$tmp/http-$peer" ] || continue
			port=$((port + 1))
			"$tmp/http-$peer" $port 2>/dev/null &
			pid=$!
			sleep 0.3
			before=$(cpu_ticks $pid)
			timeout 60 wrk -t1 -c"$1" -d"${SECS:-2}s" "http://127.0.0.1:$port/" >"$tmp/wrk" 2>&1
			after=$(cpu_ticks $pid)
			grep -E 'Non-2xx|Socket errors' "$tmp/wrk" && status=1
			requests=$(awk '/requests in/ { print $1 }' "$tmp/wrk")
			awk -v t=$((after - before)) -v hz="$(getconf CLK_TCK)" -v n="$requests" 'BEGIN { print t * 1e6 / hz / n }' >>"$tmp/times-$peer"
			awk '/Requests\/sec/ { print $2 }' "$tmp/wrk" >>"$tmp/rates-$peer"
			kill $pid
			wait $pid 2>/dev/null
		done
	done
	for peer in "${peers[@]}"; do
		[ -s "$tmp/times-$peer" ] && [ -x "$tmp/http-$peer" ] || continue
		m=$(median "$tmp/times-$peer")
		[ -n "$floor" ] || floor=$m
		awk -v p="$peer" -v m="$m" -v f="$floor" -v r="$(median "$tmp/rates-$peer")" 'BEGIN {
			missed = p == "asyncc" && f / m < 0.95
			printf "  %-8s %7.2f us of CPU a request %6.2f x, %6.0f a second%s\n", p, m, m / f, r, p == "asyncc" ? sprintf(" (at most 1.05)%s", missed ? "  ABOVE" : "") : ""
			exit missed
		}' || status=1
	done
}
# cpu_ticks PID: the CPU time that it has used, in ticks.
cpu_ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' "/proc/$1/stat"; }

wanted=("$@")
M=000000
row yield "a yield, 1 task" ns 1.5 "c_sm:1 20$M" "asyncc:1 20$M" "cpp20:1 20$M" "c_uv:1 3$M" "go:1 10$M" "tokio:yield 1 2$M" "node:micro 1 5$M" "nim:1 5$M" "vala:1 1$M" "st:1 2$M" "pcl:1 5$M"
row yield "a yield, 1000 tasks" ns 1.5 "c_sm:1000 20$M" "asyncc:1000 20$M" "cpp20:1000 20$M" "c_uv:1000 20$M" "go:1000 10$M" "tokio:yield 1000 10$M" "node:micro 1000 5$M" "nim:1000 5$M" "vala:1000 1$M" "st:1000 5$M" "pcl:1000 5$M"
row spawnjoin "spawn and join" ns 1.5 "c_sm:seq 5$M" "asyncc:seq 5$M" "cpp20:seq 5$M" "go:seq 5$M" "tokio:seq 5$M" "node:seq 5$M" "nim:seq 5$M" "vala:seq 500000" "st:seq 3$M"
row spawnjoin "a million spawned, then joined" ns 1.5 "c_sm:all 1$M" "asyncc:all 1$M" "cpp20:all 1$M" "go:all 1$M" "tokio:all 1$M" "node:all 1$M" "nim:all 1$M" "vala:all 1$M"
row pingpong "channel round trip" ns 1.5 "c_sm:pp 20$M" "asyncc:pp 10$M" "cpp20:pp 20$M" "go:pp 5$M" "tokio:pp 5$M" "node:pp 3$M" "nim:pp 2$M" "st:pp 5$M"
row pingpong "channel of 64, 4 x 4, a message" ns 1.5 "c_sm:mpmc 20$M" "asyncc:mpmc 20$M" "cpp20:mpmc 20$M" "go:mpmc 5$M" "tokio:mpmc 5$M" "node:mpmc 5$M" "nim:mpmc 5$M" "st:mpmc 20$M"
row skynet "skynet, a million tasks" ms 1.5 "c_sm:1$M" "asyncc:1$M" "cpp20:1$M" "go:1$M" "tokio:1$M" "node:1$M" "nim:1$M"
row ring "ring of 503, a hop" ns 1.5 "c_sm:20$M" "asyncc:20$M" "cpp20:20$M" "go:5$M" "tokio:5$M" "node:5$M" "nim:4$M" "st:10$M"
row mutex "mutex, free" ns 1.5 "c_sm:free 1000 20$M" "asyncc:free 1000 20$M" "cpp20:free 1000 20$M" "go:free 1000 20$M" "tokio:free 1000 5$M" "node:free 1000 10$M" "nim:free 1000 5$M" "st:free 1000 20$M"
row mutex "mutex, 1000 tasks queue" ns 1.5 "c_sm:held 1000 10$M" "asyncc:held 1000 10$M" "cpp20:held 1000 10$M" "go:held 1000 2$M" "tokio:held 1000 1$M" "node:held 1000 3$M" "nim:held 1000 3$M" "st:held 1000 1$M"
memory sleepers "a million sleepers" 160 "1 10" "c_uv:1$M 5000" "asyncc:1$M 5000" "go:1$M 12000" "tokio:1$M 5000" "node:1$M 5000" "nim:1$M 5000" "vala:1$M 5000"
echo_row 100 "TCP echo of 64 bytes, 100 connections"
echo_row 1000 "TCP echo of 64 bytes, 1000 connections"
http_row 100 "HTTP, 100 connections"
rounds=1
echo_row idle "10,000 idle connections, each used once"
exit $status
