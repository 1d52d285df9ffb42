# The engine's options. The texts themselves are tested by tests/must-fail.
cat >t.ac <<'EOF'
#include <asyncc.h>
#define ONE 1
static async fn f(int x) -> int { return x; }
async fn g(void) -> int
{
	f(ONE).await;
	/* ü */ f(2);
	return 0;
}
EOF
status 1 asyncc -c t.ac
says 't.ac:6:'
says '[-Wunused-await]'
says 't.ac:7:'
says error:
status 1 asyncc -Wno-unused-await -c t.ac
if grep -q 'unused-await' log; then die "-Wno-"; fi
sed -i 's,/\* ü \*/ f(2);,(void)f(2).await;,' t.ac
status 0 asyncc -w -c t.ac
[ ! -s log ] || die "-w"
status 0 asyncc -c t.ac
says 'warning:'
status 1 asyncc -Werror -c t.ac
says '[-Werror=unused-await]'
status 1 asyncc -Werror=unused-await -c t.ac
says '[-Werror=unused-await]'
status 0 asyncc -Werror -Wno-error=unused-await -c t.ac
says '[-Wunused-await]'
status 0 asyncc -Wno-unused-await -c t.ac
[ ! -s log ] || die "-Wno-unused-await"
status 0 asyncc -fdiagnostics-color=always -c t.ac
grep -q $'\33' log || die "no colours"
status 0 asyncc -fdiagnostics-format=json -fsyntax-only t.ac
head -1 log | grep -q '^\[{"kind": "warning".*"option": "-Wunused-await"' || { cat log; die "JSON"; }
if command -v python3 >/dev/null; then
	while read -r line; do echo "$line" | python3 -c 'import json, sys; json.load(sys.stdin)' || die "not JSON"; done <log
fi
for i in 1 2 3 4 5; do echo "async fn e$i(void) -> int { return missing$i; }"; done >many.ac
status 1 asyncc -c many.ac
[ "$(grep -c error: log)" = 5 ] || { cat log; die "five errors"; }
status 1 asyncc -fmax-errors=2 -c many.ac
[ "$(grep -c error: log)" = 2 ] || { cat log; die "-fmax-errors"; }
for i in $(seq 6 155); do echo "async fn e$i(void) -> int { return missing$i; }"; done >>many.ac
status 1 asyncc -c many.ac
[ "$(grep -c error: log)" = 100 ] || { cat log; die "a hundred errors"; }
says 'compilation terminated due to -fmax-errors=100'
for option in -fmax-errors=0 -ferror-limit=0; do
	status 1 asyncc $option -c many.ac
	[ "$(grep -c error: log)" = 155 ] || { cat log; die "$option"; }
done
# Brackets that nest are no errors of their own.
{ printf 'int x;\n'; head -c 3000 /dev/zero | tr '\0' '['; } >brackets.ac
status 1 asyncc -c brackets.ac
[ "$(grep -c error: log)" -lt 4 ] || { cat log; die "cascade"; }
# The C compiler's messages about generated code stand at the source's lines.
printf '#include <asyncc.h>\nasync fn f(int x) -> int\n{\n\tint unused_variable;\n\treturn x;\n}\nint plain(void)\n{\n\tint other_unused;\n\treturn 0;\n}\n' >w.ac
status 0 asyncc -Wall -c w.ac
says 'w.ac:4:'
says 'w.ac:9:'
# At a line that asyncc wrote anew, they point at the token in the source, name the function by its own name, and come once for a defer's two copies.
cat >lowered.ac <<'EOF'
#include <asyncc.h>
#include <stdio.h>
static async fn leaf(int x) -> int { return x; }
async fn f(int a) -> int
{
	defer { int lost; printf("%d\n", "x"); }
	for (int i = 0; i < 3; i++) {
		char *q = (char *)(long)leaf(i).await;
	}
	return leaf(a).await / 0;
}
EOF
shown() { # shown TEXT: these lines stand in ./log
	case $(cat log) in
	*"$1"*) ;;
	*) cat log; die "not shown: $1" ;;
	esac
}
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	status 0 env CC=$cc "$ASYNCC" -Wall -c lowered.ac
	[ $cc = clang ] || says 'lowered.ac: In function ‘f’:'
	[ "$(grep -c 'lowered.ac:6:.*-Wformat' log)" = 1 ] || { cat log; die "a message about a defer came twice"; }
	says 'lowered.ac:6:21: warning: unused variable'
	shown '    8 |                 char *q = (char *)(long)leaf(i).await;
      |                       ^'
	shown '   10 |         return leaf(a).await / 0;
      |                              ^'
	if grep -q 'f__poll\|f_->\|leaf_1' log; then cat log; die "generated text in a message"; fi
done
# Static functions that nothing names, but themselves.
cat >unused.ac <<'EOF'
#include <asyncc.h>
static async fn declared(int n) -> int;
static async fn never(int n) -> int { async_yield_now().await?; return n; }
static async fn declared(int n) -> int
{
	return n;
}
static async fn values(void) -> stream(int) { yield 1; }
static async fn named(void) -> int { return 1; }
static async fn awaited(void) -> int { return 2; }
static inline async fn small(void) -> int { return 3; }
__attribute__((unused)) static async fn marked(void) -> int { return 4; }
async fn f(void) -> int { return (int)sizeof(named()) + awaited().await; }
EOF
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	status 0 env CC=$cc "$ASYNCC" -Wall -c unused.ac
	[ "$(sed -n 's/.*\(ac:[0-9:]*\): warning: .*-Wunused-function.*/\1/p' log | sort)" = "$(printf 'ac:%s\n' 3:17 4:17 8:17)" ] || { cat log; die "-Wunused-function"; }
	status 0 env CC=$cc "$ASYNCC" -Wall -Wno-unused-function -c unused.ac
	[ ! -s log ] || { cat log; die "-Wno-unused-function"; }
done
# Attributes about calls, of functions of this file and of others.
cat >attributes.ac <<'EOF'
#include <asyncc.h>
__attribute__((deprecated("old"))) async fn far(void) -> int;
[[deprecated]] static async fn near(void) -> int { return 1; }
__attribute__((nonnull)) static async fn filled(int n, char *p) -> int { return n + *p; }
__attribute__((warn_unused_result)) static async fn wanted(void) -> char { return 1; }
[[nodiscard]] async fn wanted_too(void) -> char;
async fn f(int n) -> int
{
	(void)far().await;
	(void)near().await;
	(void)filled(n++, 0).await;
	wanted().await;
	(void)wanted_too().await;
	wanted_too().await;
	return n;
}
EOF
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	status 0 env CC=$cc "$ASYNCC" -Wall -Wextra -c attributes.ac
	# (clang says nothing of arguments in code that doesn't run.)
	[ "$(sed -n 's/^attributes.ac:\([0-9]*\):[0-9]*: warning: .*\[\(-W.*\)\]$/\1 \2/p' log | sort -n)" = "9 -Wdeprecated-declarations
10 -Wdeprecated-declarations$([ $cc = clang ] || echo; [ $cc = clang ] || echo 11 -Wnonnull)
12 -Wunused-await
14 -Wunused-await" ] || { cat log; die "attributes about calls ($cc)"; }
done
