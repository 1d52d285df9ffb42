#!/bin/sh
# Builds and runs the example programs of the man pages given, and compares what they print with what the page says.
#
#     tests/man/run.sh ASYNCC PAGE...
#
# In a page, a line `.\" program NAME` makes the next .EX block a program, `.\" output NAME` what it prints, and
# `.\" environment NAME VARIABLE=VALUE` is how it runs. `.\" needs NAME VARIABLE`: it runs where that variable is set, for a server.
set -u
asyncc=$1
shift
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0 count=0

for page; do
	awk -v dir="$work" '
		/^\.\\" program /     { file = dir "/" $3 ".ac" }
		/^\.\\" output /      { file = dir "/" $3 ".out" }
		/^\.\\" needs /       { print $4 > (dir "/" $3 ".needs") }
		/^\.\\" environment / { print $4 > (dir "/" $3 ".env") }
		/^\.EE/ && copying { copying = 0; close(file); file = "" }
		copying {
			gsub(/\\\(rs/, "\001"); gsub(/\\-/, "-"); gsub(/\\&/, ""); gsub(/\\e/, "\001")
			gsub(/\\\(aq/, "\047"); gsub(/\\\(ga/, "`"); gsub(/\\\(ha/, "^"); gsub(/\\\(ti/, "~"); gsub(/\001/, "\\")
			print > file
		}
		/^\.EX/ && file != "" { copying = 1; printf "" > file }
	' "$page"
	for program in "$work"/*.ac; do
		[ -e "$program" ] || continue
		name=$(basename "$program" .ac)
		count=$((count + 1))
		missing=
		needs=$(cat "$work/$name.needs" 2>/dev/null)
		if [ -n "$needs" ] && [ -z "$(printenv "$needs")" ]; then
			rm -f "$work/$name".*
			continue
		fi
		for part in $("$asyncc" --features | sed -n 's/ *no .*//p'); do
			! grep -qE "#include <asyncc/(http_)?$part.h>" "$program" || missing=$part
		done
		if [ -n "$missing" ]; then
			echo "$page: example $name: skipped: asyncc was built without $missing"
			rm -f "$work/$name".*
			continue
		fi
		environment=$(cat "$work/$name.env" 2>/dev/null)
		# What meets nothing but the clock runs by the virtual one: in the order of its sleeps, on a busy machine too.
		if ! grep -qE '\.spawn [({]|spawn_blocking|[^c] nursery \{' "$program" && ! grep '#include <\(asyncc/\|uv\|pthread\)' "$program" | grep -qvE '/(dump|sync|task|time)\.h>'; then
			environment="ASYNCC_TIME=virtual $environment"
		fi
		if ! "$asyncc" -Wall -Wextra -o "$work/run" "$program" 2>"$work/messages" || [ -s "$work/messages" ]; then
			echo "$page: example $name: not built cleanly"
			cat "$work/messages"
			failed=1
		elif ! env $environment timeout 60 "$work/run" >"$work/got" || ! cmp -s "$work/got" "$work/$name.out"; then
			echo "$page: example $name: prints"
			cat "$work/got"
			failed=1
		fi
		rm -f "$work/$name".* "$work/run"
	done
done
[ "$count" -gt 0 ] || { echo "no examples found"; failed=1; }
[ "$failed" = 0 ] && echo "$count examples of the man pages pass"
exit "$failed"
