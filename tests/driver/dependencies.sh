# -MD and its kin name the source and its headers, and no temporary file.
mkdir src
hello | sed 's/#include <stdio.h>/#include "own.h"\n&/' >src/hello.ac
echo '#define OWN 1' >src/own.h

deps() { tr -d '\\\n' <"$1"; }

status 0 asyncc -MD -c src/hello.ac -o out.o
deps out.d | grep -q '^out.o: src/hello.ac .*src/own.h' || { cat out.d; die "-MD"; }
deps out.d | grep -q stdio.h || die "-MD without system headers"
if grep -q /t/t/ out.d; then die "temporary files"; fi
status 0 asyncc -MMD -MP -MF my.dep -MT target -c src/hello.ac -o out.o
deps my.dep | grep -q '^target: src/hello.ac src/own.h' || { cat my.dep; die "-MMD -MF -MT"; }
grep -q '^src/own.h:' my.dep || die "-MP"
if grep -q stdio my.dep; then die "-MMD with system headers"; fi
status 0 asyncc -MD -c src/hello.ac
[ -f hello.d ] || die "name of the rule's file"
status 0 asyncc -MMD src/hello.ac -o program
deps program.d | grep -q '^program: src/hello.ac' || { cat program.d; die "-MMD when linking"; }
status 0 asyncc -Wp,-MMD,wp.d -c src/hello.ac -o out.o
deps wp.d | grep -q '^out.o: src/hello.ac' || die "-Wp,-MMD"
status 0 asyncc -MM src/hello.ac
says 'hello.o: src/hello.ac src/own.h'
status 0 asyncc -M src/hello.ac
says stdio.h
status 0 asyncc -MM -MG -MF listed.d -MT 'a b' -MQ 'c$d' src/hello.ac
deps listed.d | grep -qF 'a b c$$d: src/hello.ac src/own.h' || { cat listed.d; die "-MM -MF"; }
status 0 asyncc -E -MD -MF e.d src/hello.ac -o e.i
deps e.d | grep -q 'src/hello.ac .*src/own.h' || { cat e.d; die "-E -MD"; }
printf '#error no\n' >error.ac
status 1 asyncc -MD -c error.ac
[ ! -e error.d ] || die "a rule for a failed compilation"

# The same input gives the same object, debug information included.
status 0 asyncc -g -c src/hello.ac -o one.o
status 0 asyncc -g -c src/hello.ac -o two.o
cmp one.o two.o || die "objects differ"
