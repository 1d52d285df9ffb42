# The library's parts: what --features and --libs say of them, and that a program is linked with those that it uses alone.
status 0 asyncc --features
grep -q '^std  *\(yes\|no\) ' log || { cat log; die "--features does not list std"; }
status 2 asyncc --libs=nonsense
one_message "asyncc: error: the library has no part 'nonsense'; see 'asyncc --features'"
status 0 asyncc --libs=all

hello >hello.ac
status 0 asyncc hello.ac -o hello
if readelf -d hello | grep NEEDED | grep -qE 'ssl|curl|pq|sqlite|hiredis|nghttp2|jansson|wslay|http_parser'; then die "hello is linked with libraries of parts"; fi
