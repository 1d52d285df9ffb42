#!/bin/sh
# The table of README.md, out of what peers.sh prints:  tests/bench/peers/peers.sh ASYNCC | tests/bench/table.sh
# "By hand" is the row's floor: a hand-written state machine in C, or raw libuv.
awk '
function shown(value, unit) { return sprintf(unit == "bytes" ? "%.0f" : value < 10 ? "%.1f" : "%.0f", value) }
function flush_row(   i, line) {
	if (title == "" || !("asyncc" in value))
		return
	line = "| " title ", " unit
	for (i = 1; i <= columns; i++)
		line = line " | " ((column[i] in value) ? value[column[i]] : "-")
	print line " |"
}
BEGIN {
	columns = split("asyncc floor cpp20 tokio go node", column, " ")
	print "| | asyncc | by hand | C++20 | tokio | Go | Node |"
	print "|---|---|---|---|---|---|---|"
}
/^  .*left out/ { next }
/^[^ ]/ { flush_row(); title = $0; split("", value); next }
/^  [a-z_0-9]+ +[0-9]/ {
	unit = $3 == "us" ? "µs of CPU a request" : $3
	if (unit == "bytes")
		unit = "bytes each"
	if (!("floor" in value) && $1 ~ /^c_/)
		value["floor"] = shown($2, $3)
	value[$1] = shown($2, $3)
}
END { flush_row() }'
