#!/bin/sh
# Bytes that the frame of each function in cases.ac keeps (without headers), beside the size of the same future in Rust. Fails when one of ours is larger.
# usage: frames.sh ASYNCC
set -eu
asyncc=$1
here=$(dirname "$0")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

"$asyncc" --dump=frames "$here/cases.ac" | sed -n 's/^\([a-z_0-9]*\): size \([0-9]*\), payload \([0-9]*\),.*/\1 \3 \2/p' >"$tmp/ours"
if command -v rustc >/dev/null 2>&1 && rustc --edition 2021 -O -A warnings -o "$tmp/cases" "$here/cases.rs" 2>/dev/null; then
	rust="$(rustc --version | cut -d' ' -f1,2)"
	"$tmp/cases" >"$tmp/rust"
else
	rust="rustc 1.95 (recorded)"
	cp "$here/rustc-1.95.txt" "$tmp/rust"
fi
echo "frames: function, asyncc bytes without headers (with), $rust bytes"
awk 'NR == FNR { rust[$1] = $2; next }
	$1 in rust { seen[$1] = 1; printf("  %-14s %5d (%d) %5d%s\n", $1, $2, $3, rust[$1], ($2 > rust[$1]) ? "  LARGER" : ""); if ($2 > rust[$1]) bad = 1 }
	END { for (f in rust) if (!(f in seen)) { print "  " f " is missing"; bad = 1 } exit bad }' "$tmp/rust" "$tmp/ours"
