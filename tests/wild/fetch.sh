#!/bin/bash
# tests/wild/fetch.sh PACKAGE: prints the path of the upstream archive of a Debian source package, kept in build/wild.
# Downloaded by apt with a list of its own: no root needed, nothing of the system's is changed. Status 1: it can't be had.
set -u
cd "$(dirname "$0")/../.." || exit 1
package=$1 store=$PWD/build/wild
archive() {
	ls "$store/$package"_*.orig.tar.* 2>/dev/null | grep -v '\.asc$' | head -1
}
if [ -z "$(archive)" ]; then
	mkdir -p "$store/apt/lists/partial" "$store/apt/cache"
	echo 'deb-src http://deb.debian.org/debian bookworm main' >"$store/apt/sources.list"
	options=(-qq -o Dir::Etc::sourcelist="$store/apt/sources.list" -o Dir::Etc::sourceparts=- -o Dir::State::lists="$store/apt/lists" -o Dir::Cache="$store/apt/cache" -o APT::Sandbox::User=)
	{
		ls "$store/apt/lists" | grep -q Sources || apt-get "${options[@]}" update
		(cd "$store" && apt-get "${options[@]}" source --download-only "$package" 2>&1) | grep -v '^W:'
	} >&2
fi
[ -n "$(archive)" ] && archive
