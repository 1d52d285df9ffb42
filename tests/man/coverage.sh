#!/bin/sh
# What the manual has to have: a page of section 3 for each public name of the headers, and for each method and function of
# the dialect a description where it belongs; in each of these pages the same sections; pages behind all references; no
# warnings of mandoc, where that is installed, and no escapes that are shown.
#
#     tests/man/coverage.sh      (ROOT is the tree)
set -u
cd "$ROOT" || exit 2
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
failed=0
complain() {
	echo "$*"
	failed=1
}

# The words of the NAME sections: what `man` finds.
names=$(sed -n '/^\.SH NAME/{n;s/ *\\-.*//;s/,//g;p;}' man/*.3 | tr ' ' '\n')
has_page() {
	case "
$names
" in
	*"
$1
"*) ;;
	*) return 1 ;;
	esac
}

# The names in the headers, without comments. Private ones have two underscores; struct async_result_NAME is what
# result(T) is for C.
for header in stdlib/include/asyncc/*.h; do
	[ ! -f "$header" ] || "${CC:-cc}" -fpreprocessed -dD -E -P -x c "$header" 2>/dev/null
done | grep -v '^# *include' >"$work/library"
for header in rt/include/asyncc.h $(ls rt/include/asyncc/*.h | grep -v abi); do
	"${CC:-cc}" -fpreprocessed -dD -E -P -x c "$header" 2>/dev/null
done | cat - "$work/library" | grep -oE '\b(async|ASYNC)_[A-Za-z0-9_]*' | grep -vE '__|^async_result_|^ASYNC_RESULT_' | sort -u >"$work/public"
[ "$(wc -l <"$work/public")" -gt 100 ] || complain "no names found in the headers"
while read -r name; do
	case $name in
	async_*) has_page "$name" || complain "$name has no page in section 3" ;;
	*) grep -qw "$name" man/*.3 || complain "$name stands in no page of section 3" ;;
	esac
done <"$work/public"

# DIALECT_OP(OP, "name", TY_...)
sed -n 's/^DIALECT_OP(\([A-Z_]*\), "\([a-z_]*\)", \(TY_[A-Z]*\)).*/\1 \2 \3/p' frontend/sema/dialect_op.def |
	while read -r op name of; do
		case $of in
		TY_TASK) page=async_task.3 ;;
		TY_CHAN) page=async_channel.3 ;;
		TY_STREAM) page=async_stream.3 ;;
		TY_POINTER) page=async_nursery.3 ;;
		*) page= ;;
		esac
		if [ -z "$page" ]; then
			[ "$name" = await ] || has_page "$name" || echo "$name has no page in section 3"
		else
			sed 's/\\f.//g; s/\\%//g' "man/$page" | grep -qE "\.$name(\(| \{)" || grep -q "\.$name()" man/async_mailbox.3 || echo "man/$page does not describe .$name"
		fi
	done >"$work/dialect"
[ ! -s "$work/dialect" ] || { cat "$work/dialect"; failed=1; }

for page in man/*.3; do
	for section in SYNOPSIS DESCRIPTION 'RETURN VALUE' ERRORS OWNERSHIP THREADS EXAMPLE 'SEE ALSO'; do
		grep -q "^\.SH $section" "$page" || complain "$page has no section $section"
	done
	grep -q '^\.\\" program ' "$page" || complain "$page has no program"
	name=$(basename "$page" .3)
	sed -n '/^\.SH NAME/{n;p;}' "$page" | grep -q "^$name[, ]" || complain "$page does not begin with its own name"
done

# Pages that the text speaks of, as far as they are this manual's.
sed '/^\.EX/,/^\.EE/d; s/\\f.//g; s/\\%//g; s/\\-/-/g' man/*.[1-9] | grep -oE '\b(asyncc?[a-z_-]*|block_on|spawn_blocking|future_drop|closure_drop) ?\([137]\)' | tr -d ' ' | sort -u >"$work/references"
while IFS='(' read -r name section; do
	section=${section%)}
	[ -f "man/$name.$section" ] || { [ "$section" = 3 ] && has_page "$name"; } || complain "there is no page $name($section)"
done <"$work/references"

# WARNING(W_..., "name", "help")
for name in $(sed -n 's/^WARNING([A-Z_]*, "\([a-z-]*\)".*/\1/p' frontend/base/diag.def); do
	sed 's/\\-/-/g' man/asyncc.1 | grep -q -- "-W$name\$" || complain "man/asyncc.1 does not describe -W$name"
done

# The headers that the synopses name stand in the list of the library.
for header in $(sed -n '/^\.SH SYNOPSIS/,/^\.SH DESCRIPTION/s/.*#include <\(asyncc\/[a-z0-9_]*\.h\)>.*/\1/p' man/*.3 | sort -u); do
	grep -q "<$header>" man/asyncc-runtime.7 || complain "man/asyncc-runtime.7 does not list <$header>"
done

# Escapes that a tool has escaped once more: they would be printed.
! grep -n '\\e[fs][A-Z0-9]' man/*.[1-9] || failed=1

if command -v mandoc >/dev/null; then
	mandoc -Tlint -W warning man/*.[1-9] || failed=1
fi
[ "$failed" = 0 ] && echo "every public name is described"
exit "$failed"
