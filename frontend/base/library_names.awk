# Which header declares each public name of the library: awk -f library_names.awk HEADER... >library_names.def, sorted for a binary search.
#
#     /* rt/include/asyncc/net.h */ typedef struct async_tcp async_tcp;       ->   { "async_tcp", "asyncc/net.h" },
# A header that names something declares it, or includes the one that does: a name belongs to the first header that has it, when each stands
# behind those that it includes. What asyncc.h includes is asyncc.h's; asyncc/os_abi.h is for generated code alone.
FNR == 1 {
	header = FILENAME
	sub(/^.*\/include\//, "", header)
	headers[++count] = header
	comment = 0
}

{
	line = $0
	gsub(/\/\*([^*]|\*[^\/])*\*\//, " ", line) # whole comments
	if (comment && !sub(/^.*\*\//, "", line))
		next
	comment = sub(/\/\*.*$/, "", line)
	sub(/\/\/.*$/, "", line)
	if (match(line, /^#[ \t]*include[ \t]*["<]asyncc[^">]*/)) {
		name = substr(line, RSTART, RLENGTH)
		sub(/^.*["<]/, "", name)
		includes[header, ++includes[header]] = name
		next
	}
	gsub(/"[^"]*"/, " ", line)
	while (match(line, /[A-Za-z_][A-Za-z_0-9]*/)) {
		name = substr(line, RSTART, RLENGTH)
		line = substr(line, RSTART + RLENGTH)
		if (name ~ /^(async_|ASYNC_|sync_)[A-Za-z0-9]/ && name !~ /__/)
			words[header, ++words[header]] = name
	}
}

function visit(header, as,    i) # `as`: the header to name
{
	if (header in done)
		return
	done[header] = 1
	for (i = 1; i <= includes[header]; i++)
		visit(includes[header, i], as == "asyncc.h" ? as : includes[header, i])
	for (i = 1; i <= words[header]; i++)
		if (!(words[header, i] in home))
			home[words[header, i]] = as
}

END {
	visit("asyncc.h", "asyncc.h")
	for (i = 1; i <= count; i++)
		if (headers[i] != "asyncc/os_abi.h")
			visit(headers[i], headers[i])
	for (name in home)
		printf "{ \"%s\", \"%s\" },\n", name, home[name] | "LC_ALL=C sort"
}
