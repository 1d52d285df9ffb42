# The manual: its pages format without a warning; asyncc(1) has every option of --help and every warning, and --help every
# option of asyncc(1).
if ! command -v man >/dev/null; then
	echo "man is not installed"
	exit 77
fi
for page in "$ROOT"/man/*.[1-9]; do
	MANWIDTH=100 man --warnings -l "$page" >page.txt 2>warnings || die "$page"
	[ ! -s warnings ] || { head warnings; die "$page has warnings"; }
done
grep '^\.B \\-W' "$ROOT/man/asyncc.1" | sort | uniq -d >twice
[ ! -s twice ] || { cat twice; die "asyncc(1) describes a warning twice"; }
asyncc --help | grep -oE -- '(^|[ ,])--?[A-Za-z#-]+' | tr -d ' ,' | sort -u >options
sed 's/\\-/-/g; s/\\fI[a-z]*\\fP//g' "$ROOT/man/asyncc.1" >source
while read -r option; do
	case $option in
	-W | -Wno- | -f* | -l) continue ;;
	esac
	grep -qF -e "$option" source || { [ -z "${option##-W*}" ] && grep -qF -e "-W${option#-W}" source; } || die "asyncc(1) does not mention $option"
done <options
asyncc --help >help
sed -n '/^\.SH OPTIONS/,/^\.SH EXIT/p' "$ROOT/man/asyncc.1" | sed -n '/^\.T[PQ]/{n;p;}' | sed 's/\\-/-/g; s/\\f.//g' | grep -oE -- '(^| |")--?[A-Za-z#-]+' |
	tr -d ' "' | sort -u >options
[ "$(wc -l <options)" -gt 30 ] || die "no options found in asyncc(1)"
while read -r option; do
	grep -qF -e "$option" help || die "--help does not mention $option"
done <options
