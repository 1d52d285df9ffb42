#!/bin/sh
# Writes the runtime as two files, OUT/asyncc.h and OUT/asyncc.c, for projects that carry it along:
#
#   rt/amalgamate.sh OUT VERSION
#   cc -c OUT/asyncc.c && cc -IOUT generated.c asyncc.o -luv -pthread
#
# The header is rt/include in one, each part once, where it is needed first; the source is rt/*.c in the order of the names. Static names that several
# files have get the file's name as a suffix (members of that name stay), macros of a file end with it. The same input gives the same bytes.
set -eu
out=$1 version=$2
cd "$(dirname "$0")/.."
mkdir -p "$out"

# inline KIND FILE...: the files with what they include of the tree; KIND public: only rt/include, else all but that.
inline() {
	kind=$1
	shift
	awk -v kind="$kind" -v headers="$(echo rt/*.h)" '
	function exists(path,   line, found) {
		if (path in done) # it may be open
			return 1
		found = (getline line < path) >= 0
		close(path)
		return found
	}
	function find(name) {
		if (name ~ /^rt\//)
			return name
		if (exists("rt/include/" name))
			return "rt/include/" name
		return exists("rt/include/asyncc/" name) ? "rt/include/asyncc/" name : ""
	}
	function put(path,   line, name, included, defined, n, i) {
		while ((getline line < path) > 0) {
			name = ""
			if (line ~ /^#include "/) {
				name = line
				sub(/^#include "/, "", name)
				sub(/".*/, "", name)
				included = find(name)
			}
			if (name != "" && included ~ /\.def$/) {
				put(included)
			} else if (name != "" && included ~ /^rt\/include\// && kind != "public") {
				continue
			} else if (name != "" && included != "") {
				if (!done[included]++)
					put(included)
			} else {
				print rename(path, line)
				if (path ~ /\.c$/ && line ~ /^#define /) {
					split(line, words, /[ (\t]/)
					defined[++n] = words[2]
				}
			}
		}
		close(path)
		for (i = 1; i <= n; i++)
			print "#undef " defined[i]
	}
	# The text with the names that other files have too changed, but for members and what stands in strings.
	function rename(path, line,   result, c, word, before, file, key) {
		if (path !~ /\.c$/)
			return line
		file = path
		sub(/.*\//, "", file)
		sub(/\.c$/, "", file)
		result = before = ""
		while (line != "") {
			if (match(line, /^[A-Za-z_][A-Za-z0-9_]*/)) {
				word = substr(line, 1, RLENGTH)
				line = substr(line, RLENGTH + 1)
				result = result word
				key = before ~ /^(struct|union|enum)$/ ? before SUBSEP word : word
				if (files[key] > 1 && ((key, path) in noted) && before !~ /(\.|->)$/)
					result = result "_in_" file
				before = word
				continue
			}
			if (match(line, /^"([^"\\]|\\.)*"/) || match(line, /^[0-9][A-Za-z0-9_.]*/))
				c = substr(line, 1, RLENGTH)
			else
				c = substr(line, 1, 1)
			line = substr(line, length(c) + 1)
			result = result c
			if (c !~ /^[ \t]$/)
				before = before c
		}
		return result
	}
	function note(name, path) {
		if (!((name, path) in noted) && name !~ /^async_/)
			files[name]++
		noted[name, path] = 1
	}
	function collect(path,   line, name, level) {
		while ((getline line < path) > 0) {
			if (line ~ /^(static|struct|union|enum)[ \t]/ && match(line, /[A-Za-z_][A-Za-z0-9_]*[ \t]*(\(|=|;|\[|\{)/)) {
				name = substr(line, RSTART, RLENGTH)
				sub(/[ \t]*[^A-Za-z0-9_]$/, "", name)
				split(line, words, /[ \t]/)
				if (words[1] != "static" && line ~ /\{/)
					name = words[1] SUBSEP name # a tag
				if (name != "enum" && name != "struct" && line !~ /__attribute__/)
					note(name, path)
				else if (match(line, /[A-Za-z_][A-Za-z0-9_]*\([^(]*\)$/)) {
					name = substr(line, RSTART, RLENGTH)
					sub(/\(.*/, "", name)
					note(name, path)
				}
			}
			if (line ~ /^enum[ \t]*[a-z_]*[ \t]*\{/ && line ~ /\}/) {
				sub(/^[^{]*\{/, "", line)
				gsub(/=[^,}]*/, "", line)
				while (match(line, /[A-Z_][A-Z0-9_]+/)) {
					note(substr(line, RSTART, RLENGTH), path)
					line = substr(line, RSTART + RLENGTH)
				}
			}
		}
		close(path)
	}
	BEGIN {
		count = split(headers, header, " ")
		for (i = 1; i <= count; i++)
			collect(header[i])
		for (i = 1; i < ARGC; i++)
			collect(ARGV[i])
		for (i = 1; i < ARGC; i++) {
			if (kind != "public")
				print "/* --- " ARGV[i] " --- */"
			if (!done[ARGV[i]]++)
				put(ARGV[i])
		}
	}' "$@"
}

{
	echo "/* The runtime of asyncc $version, all its headers in one. Made by make amalgamation from rt/include. */"
	LC_ALL=C
	inline public rt/include/asyncc.h rt/include/asyncc/*.h
} >"$out/asyncc.h.new"
{
	echo "/* The runtime of asyncc $version in one file, for libuv 1.44 or later: cc -c asyncc.c, and -luv -pthread to link. Made by make amalgamation from rt. */"
	echo '#ifndef _GNU_SOURCE'
	echo '#define _GNU_SOURCE'
	echo '#endif'
	echo '#pragma GCC diagnostic ignored "-Wunused-parameter"'
	echo '#include "asyncc.h"'
	LC_ALL=C
	inline own rt/*.c | grep -v '^#define _GNU_SOURCE'
} >"$out/asyncc.c.new"
mv "$out/asyncc.h.new" "$out/asyncc.h"
mv "$out/asyncc.c.new" "$out/asyncc.c"
