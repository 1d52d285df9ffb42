# Async functions across objects, static and shared libraries, dlopen, link-time optimisation; what is said when the parts do not fit.
cat >library.ah <<'EOF'
#include <asyncc/dialect.ah>
#include <asyncc.h>
struct op;
typedef async fn binary(int, int) -> int;
async fn add(int a, int b) -> int;
async fn gather(int n) -> int;
async fn (*choose(int which))(int, int) -> int;
async |int| -> int make_adder(int n);
async fn count(int n) -> stream(int);
static inline async fn twice(int n) -> int { return add(n, n).await; }
inline async fn thrice(int n) -> int { return add(n, 2 * n).await; }
EOF
cat >library.ac <<'EOF'
#include "library.ah"
async fn add(int a, int b) -> int { async_sleep(1).await?; return a + b; }
static async fn product(int a, int b) -> int { async_yield_now().await?; return a * b; }
async fn (*choose(int which))(int, int) -> int { return which ? product : add; }
async |int| -> int make_adder(int n) { return async |int k| { return add(k, n).await; }; }
async fn count(int n) -> stream(int) { for (int i = 0; i < n; i++) { async_yield_now().await?; yield i; } }
async fn gather(int n) -> int
{
	int sum = 0;
	async nursery { |nursery|
		for (int i = 0; i < n; i++)
			nursery.async_spawn(thrice(i));
	}?;
	task(int) t = async_spawn(twice(n));
	sum += t.await;
	return sum + (async_self().id() > 0);
}
EOF
cat >main.ac <<'EOF'
#include "library.ah"
#include <stdio.h>
async fn main(void) -> int
{
	binary *op = choose(1);
	async |int| -> int plus = make_adder(5);
	int sum = 0;
	async for (int i : count(4))
		sum += i;
	printf("%d %d %d %d %d %d\n", twice(2).await, thrice(2).await, op(6, 7).await, plus(1).await, gather(3).await, sum);
	closure_drop(plus);
	return 0;
}
EOF
right="4 6 42 6 7 6"
works() {
	[ "$("$@")" = "$right" ] || die "wrong output: $*"
}
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	for flags in "-O0" "-O2 -flto"; do
		[ "$cc $flags" = "clang -O2 -flto" ] && ! clang -flto -x c /dev/null -shared -o probe 2>/dev/null && continue
		rm -f -- *.o *.a *.so
		CC=$cc status 0 asyncc $flags -Wall -Wextra -Werror main.ac library.ac -o program
		works ./program
		CC=$cc status 0 asyncc $flags -fPIC -c main.ac library.ac
		CC=$cc status 0 asyncc $flags main.o library.o -o program
		works ./program
		[ "$flags" = -O0 ] || continue
		ar rcs liblibrary.a library.o
		CC=$cc status 0 asyncc main.o -L. -llibrary -o program
		works ./program
		CC=$cc status 0 asyncc -shared library.o -o liblibrary.so
		CC=$cc status 0 asyncc main.o liblibrary.so -Wl,-rpath,"$PWD" -o program
		works ./program
	done
done

# A plugin is loaded with a runtime of its own linked to it, and runs in the program's.
cat >host.ac <<'EOF'
#include <asyncc.h>
#include <dlfcn.h>
#include <stdio.h>
async fn main(void) -> int
{
	void *plugin = dlopen("./liblibrary.so", RTLD_NOW | RTLD_LOCAL);
	if (!plugin)
		return puts(dlerror());
	async fn (*gather)(int) -> int;
	async |int| -> int (*make_adder)(int);
	*(void **)&gather = dlsym(plugin, "gather");
	*(void **)&make_adder = dlsym(plugin, "make_adder");
	async |int| -> int plus = make_adder(5);
	printf("%d %d\n", gather(3).await, plus(1).await);
	closure_drop(plus);
	return 0;
}
EOF
right="7 6"
status 0 asyncc -shared -fPIC library.ac -o liblibrary.so
status 0 asyncc host.ac -o host
works ./host
status 0 asyncc -c host.ac
status 0 asyncc host.o -o host
works ./host

# A prototype of another type.
cat >wrong.ac <<'EOF'
async fn add(int a, long b) -> int;
async fn main(void) -> int { return add(1, 2).await; }
EOF
status 1 asyncc wrong.ac library.ac -o wrong
says "add__takes_int_long__gives_int"
says "asyncc: note: 'add' is called by a prototype of another type than its definition has"
status 0 asyncc -c wrong.ac library.ac
status 1 asyncc wrong.o library.o -o wrong
says "let both files include one header with the prototype"
[ ! -e wrong ] || die "a program was made"
# ... inside of a function, and with -flto.
echo 'async fn main(void) -> int { async fn add(int, long) -> int; return add(1, 2).await; }' >wrong.ac
status 1 asyncc wrong.ac library.ac -o wrong
says "add__takes_int_long__gives_int"
for cc in gcc clang; do
	command -v $cc >/dev/null || continue
	[ $cc = clang ] && ! clang -flto -x c /dev/null -shared -o probe 2>/dev/null && continue
	CC=$cc status 1 asyncc -O2 -flto wrong.ac library.ac -o wrong
	says "asyncc: note: 'add' is called by a prototype of another type"
done
sed -i 's/long/int/' wrong.ac
status 1 asyncc wrong.ac library.ac library.ac -o twice
if grep -q 'another type' log; then die "two definitions are told to be none"; fi
status 0 asyncc wrong.ac library.ac -o right
status 3 ./right
printf 'async fn add(int a, long b) -> int;\nasync fn main(void) -> int { return add(1, 2).await; }\n' >wrong.ac
# ... in one file; types that are the same by other names; nothing at all.
{ cat wrong.ac && echo 'async fn add(int a, int b) -> int { return a + b; }'; } >both.ac
status 1 asyncc -c both.ac
says "both.ac:3:10: error: "
cat >same.ac <<'EOF'
typedef const int number;
async fn add(number, enum { A, B = -1 } b) -> signed;
async fn main(void) -> int { return add(1, -1).await; }
EOF
sed 's/enum { A, B = -1 } b/int/' same.ac >same2.ac
status 0 asyncc same2.ac library.o -o same
./same
echo 'async fn main(void) -> int { async fn missing(int) -> int; return missing(1).await; }' >missing.ac
status 1 asyncc missing.ac -o missing
says "missing"

# A weak definition gives way.
cat >weak.ac <<'EOF'
#include <asyncc.h>
__attribute__((weak)) async fn chosen(void) -> int { async_yield_now().await?; return 1; }
static async fn uses(void) -> int
{
	int sum = chosen().await;
	task(int) t = async_spawn(chosen());
	sum += t.await + async_timeout(chosen(), 100).await;
	async nursery { |n| n.async_spawn { return chosen().await ? ASYNC_EINVAL : 0; } n.async_spawn(chosen()); };
	async join { sum += chosen().await; }
	async select { case int first = chosen().await: sum += first; }
	return sum;
}
int main(void) { int last = block_on(chosen()); return last + block_on(uses()); }
EOF
printf '#include <asyncc.h>\nasync fn chosen(void) -> int { async_yield_now().await?; return 0; }\n' >strong.ac
status 0 asyncc -Wall -Wextra -Werror weak.ac strong.ac -o chosen
status 0 ./chosen
status 0 asyncc weak.ac -o chosen
status 6 ./chosen

# Two definitions.
cp library.ac copy.ac
status 1 asyncc main.ac library.ac copy.ac -o program
says "multiple definition of \`add'"

# Another version of the runtime.
status 0 asyncc --emit-c=old.c library.ac
sed -e 's/async__abi_version_[0-9]*/async__abi_version_1/' -e '1i extern const char async__abi_version_1;' old.c >older.c
status 0 cc $(asyncc --cflags) -c older.c -o old.o
status 1 asyncc main.ac old.o -o program
says "asyncc: error: 'old.o' was compiled by another version of asyncc: it needs version 1 of the runtime's interface, this one is version"
asyncc -c main.ac
status 1 cc main.o old.o -o program $(asyncc --libs)
says "async__abi_version_1"

# A header of the dialect and a C compiler.
echo '#include "library.ah"' >plain.c
status 1 cc $(asyncc --cflags | sed 's/ -D.*//') -fsyntax-only plain.c
says "this header is in the dialect of asyncc"
status 1 asyncc -c missing_header.ac
printf '#include "nowhere.ah"\nasync fn f(void) -> int { return 0; }\n' >lost.ac
status 1 asyncc -c lost.ac
says "lost.ac:1:10: fatal error: "

# Ordinary code brings nothing of the runtime, and of the runtime nothing has a name of its own.
cat >ordinary.ac <<'EOF'
#include <asyncc.h>
#include <stdio.h>
static int half(int x) { return x & 1 ? ASYNC_EINVAL : x / 2; }
static int quarter(int x) { defer puts("done"); return half(half(x)?)?; }
int main(void) { return quarter(8) != 2; }
EOF
status 0 asyncc ordinary.ac -o ordinary
./ordinary >/dev/null
{ nm ordinary; nm -D ordinary; } | grep -iE 'async|uv_' && die "the runtime in an ordinary program"
nm -g --defined-only "$(asyncc --libs | sed 's/^-L\([^ ]*\).*/\1/')/libasyncc.a" | awk 'NF == 3 { print $3 }' | grep -vE '^(async_.*|future_drop|closure_drop)$' >log || true
[ ! -s log ] || { cat log; die "symbols without a prefix"; }

# Headers in the dialect are read as such where system headers lie too, the second one no less than the first; also by a file that has nothing else of it.
mkdir -p system
printf '#include <asyncc/dialect.ah>\n#include <asyncc.h>\nresult(char *) first(int n);\n' >system/first.h
printf "#include <asyncc/dialect.ah>\n#include <asyncc.h>\nresult(int) second(int n);\nstatic inline int third(void) { return second(3).value; }\n" >system/second.h
printf '#include <first.h>\n#include <second.h>\nresult(char *) first(int n) { return n ? err(ASYNC_EINVAL) : ok((char *)0); }\nint plain(void) { return second(1).value; }\n' >shown.ac
printf '#include <second.h>\nint plainer(void) { return second(1).value; }\n' >alone.ac
"$ASYNCC" -Wall -Wextra -isystem system -c shown.ac || { echo "a header in the dialect among system headers isn't read as one"; exit 1; }
"$ASYNCC" -Wall -Wextra -isystem system -c alone.ac || { echo "nor by a file without more of the dialect"; exit 1; }
# State besides the threads' runtimes: hooks, the switches for tests, the pool for blocking work, one pthread key.
objdump -t "$(asyncc --libs | sed 's/^-L\([^ ]*\).*/\1/')/libasyncc.a" | awk '$3 ~ /^\.(bss|data)$/ || $4 ~ /^\.(bss|data)$/ { print $NF }' | grep -v '^\.' | sort -u >state
grep -vxE 'async__abi_number|abort_hook|allocator|is_in_use|pool|thread_key|thread_once|(async__)?(is_seeded|is_tested|time_is_virtual|cancels)|(cancel|fail)_countdown|fail_enabled|random_seed|reports_all|resolver' state >log || true
grep -qx pool state || die "no state at all"
[ ! -s log ] || { cat log; die "state of the process"; }
