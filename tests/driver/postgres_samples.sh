# The samples that have a database: what they print, and what a web server over it answers to curl.
for part in postgres http; do
	asyncc --features | grep -q "^$part *yes" || { echo "asyncc was built without $part"; exit 77; }
done
command -v curl >/dev/null || { echo "curl is not installed"; exit 77; }
. "$ROOT/tests/servers/start.sh"
postgres_start || { echo "no PostgreSQL server could be started"; cat "$server_directory"/*.log; exit 77; }
build="asyncc -O1 -g -Wall -Wextra -Werror -fsanitize=address,undefined -fno-sanitize-recover=all"

$build "$ROOT/samples/user_posts.ac" -o user_posts
status 1 ./user_posts 1 # no tables
status 0 ./user_posts create
status 0 ./user_posts 1
printf '%s\n' '- Hello' '- On rivers' '- Farewell' '3 by Anna' | diff - log || die "user_posts prints something else"
status 1 ./user_posts 7
one_message 'user_posts: no such user'
status 1 env PGHOST=/nowhere ./user_posts 1
says 'No such file or directory'
psql -q -c 'drop table posts, users'

$build "$ROOT/samples/web_database.ac" -o web_database
./web_database >said 2>errors &
program=$!
servers="$servers $program"
eventually grep -q listening said || die "it does not listen"
url=$(sed -n 's/^listening on //p' said)

# ask STATUS PATTERN ARGUMENT...: curl gets that status, and a body with the pattern.
ask() {
	local expected=$1 pattern=$2 got
	shift 2
	got=$(curl -s -m 60 -o body -w '%{http_code}' "$@") || die "curl $*: $?"
	[ "$got" = "$expected" ] || { cat body; die "curl $*: $got, expected $expected"; }
	grep -qE "$pattern" body || { cat body; die "curl $*: no '$pattern'"; }
}
ask 200 '^\[\]$' "$url/users"
ask 201 '"id":1,"name":"Anna"' -d '{"name": "Anna"}' "$url/users"
ask 409 . -d '{"name": "Anna"}' "$url/users"
ask 400 . -d '{"name": ' "$url/users"
ask 400 . -d '{"name": ""}' "$url/users"
ask 400 . -d '{}' "$url/users"
ask 200 '"name":"Anna","posts":0' "$url/users/1"
ask 404 . "$url/users/99"
ask 400 . "$url/users/1%27--"
ask 404 . "$url/nothing"
ask 405 . -X DELETE "$url/users"
ask 404 . -d '{"title": "x"}' "$url/users/99/posts"
ask 400 . -d '{"title": null}' "$url/users/1/posts"
seq 40 | xargs -P 10 -I @@ curl -s -m 60 -o /dev/null -w '%{http_code}\n' -d '{"title": "post @@"}' "$url/users/1/posts" >codes
posts=$(grep -c 201 codes)
[ "$posts" -gt 0 ] && ! grep -vqE '201|503' codes || { sort codes | uniq -c; die "posting at once"; }
ask 200 "\"posts\":$posts}" "$url/users/1"
ask 200 'post [0-9]+' "$url/users/1/posts"
[ "$(psql -Atc 'select count(*) from posts')" = "$posts" ] || die "other posts than it said"

# The database goes away and comes back.
kill -QUIT $server
wait $server || :
ask 503 . "$url/users"
postgres_again
ask 200 Anna "$url/users"
kill -INT $program
wait $program || { cat errors; die "it does not end well"; }
grep -q stopped said
