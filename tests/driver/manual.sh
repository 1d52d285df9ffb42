# The manual: its pages format without a warning, and asyncc(1) has every option of --help and every warning.
if ! command -v man >/dev/null; then
	echo "man is not installed"
	exit 77
fi
for page in "$ROOT"/man/*.[1-9]; do
	MANWIDTH=100 man --warnings -l "$page" >page.txt 2>warnings || die "$page"
	[ ! -s warnings ] || { head warnings; die "$page has warnings"; }
done
asyncc --help | grep -oE -- '(^|[ ,])--?[A-Za-z#-]+' | tr -d ' ,' | sort -u >options
sed 's/\\-/-/g; s/\\fI[a-z]*\\fP//g' "$ROOT/man/asyncc.1" >source
while read -r option; do
	case $option in
	-W | -Wno- | -f* | -l) continue ;;
	esac
	grep -qF -e "$option" source || { [ -z "${option##-W*}" ] && grep -qF -e "-W${option#-W}" source; } || die "asyncc(1) does not mention $option"
done <options
