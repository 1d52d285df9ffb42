# An installed asyncc in a project of others, outside of the tree, with each build system: by itself, make, CMake, Meson, and the C that
# was generated before, with gcc, g++ as the linker, and clang.
make -s -C "$ROOT" install DESTDIR="$PWD" prefix=/opt CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make install"; }
export PATH=$PWD/opt/bin:$PATH PKG_CONFIG_PATH=$PWD/opt/lib/pkgconfig CMAKE_PREFIX_PATH=$PWD/opt
unset CC ASYNCC_CC MAKEFLAGS MAKELEVEL MFLAGS
sample=$ROOT/samples/build_systems

# runs PROGRAM: it is right.
runs() {
	[ "$("$1")" = 36 ] || die "wrong: $1"
}

mkdir alone
cp "$sample"/*.ac "$sample"/*.[ch] alone
cd alone
status 0 env asyncc -DSTEP=1 -O2 -Wall -Wextra -Werror main.c worker.ac -o program
runs ./program
cd ..

cp -r "$sample" with_make
cd with_make
status 0 make
runs ./program
status 0 make
says 'up to date'
touch -d '+1 minute' worker.h
status 0 make -n
says 'worker.ac -o worker.o'
status 0 make compile_commands.json
grep -q '"file": "worker.c", "command": "cc .*-DSTEP=2 ' compile_commands.json || { cat compile_commands.json; die "compile_commands.json"; }
if command -v clangd >/dev/null; then
	status 0 clangd --check=worker.c --compile-commands-dir=.
	says '0 errors'
fi
cd ..

# A header for C by make, again when what stands in it changes.
mkdir header
cp "$ROOT"/samples/plain_c_client/*.[ch] "$ROOT"/samples/plain_c_client/stats.ac header
cd header
cat >Makefile <<'EOF'
include $(shell asyncc --makefile)
client: client.o stats.o
	$(LINK.ac) $^ $(LDLIBS) -o $@
stats.h: stats.ac
	$(HEADER.ac)$@ $<
client.o: stats.h
client.o: CPPFLAGS += $(ASYNCC_CFLAGS)
EOF
status 0 make
status 0 ./client client.c
status 0 make
says 'up to date'
touch -d '+1 minute' line_stats.h
status 0 make -n
says 'emit-header=stats.h'
says '-o client.o client.c'
cd ..

# Generated C, committed: whoever builds it has the runtime, and no asyncc.
mkdir committed
cp "$sample"/main.c "$sample"/worker.h committed
cd committed
status 0 env asyncc -DSTEP=1 --emit-c=worker.c -I. "$sample/worker.ac"
runtime=$(pkg-config --cflags --libs --static asyncc)
for compiler in gcc clang; do
	command -v "$compiler" >/dev/null || continue
	status 0 "$compiler" -DSTEP=1 -std=gnu11 -O2 -Wall -Wextra -Werror -I. main.c worker.c -o program $runtime -Wl,-rpath,"$OLDPWD/opt/lib"
	runs ./program
done
if command -v g++ >/dev/null; then
	status 0 gcc -c -I. $runtime worker.c
	status 0 g++ -x c++ -std=c++17 -Wall -Wextra -pedantic -Werror main.c -x none worker.o -o program $runtime -Wl,-rpath,"$OLDPWD/opt/lib"
	runs ./program
fi
cd ..

if command -v cmake >/dev/null; then
	for generator in 'Unix Makefiles' Ninja; do
		[ "$generator" != Ninja ] || command -v ninja >/dev/null || continue
		cp -r "$sample" with_cmake
		cd with_cmake
		status 0 cmake -G "$generator" -B out
		status 0 cmake --build out
		runs out/program
		grep -q 'worker.ac.c' out/compile_commands.json || die "compile_commands.json of $generator"
		if command -v clangd >/dev/null; then
			status 0 clangd --check=out/program.asyncc/worker.ac.c --compile-commands-dir=out
			says '0 errors'
		fi
		status 0 cmake --build out
		if grep -q Generating log; then cat log; die "$generator generates again"; fi
		touch -d '+1 minute' worker.h
		status 0 cmake --build out
		says 'Generating C from worker.ac'
		# A copy of the find module, and asyncc in PATH alone.
		mkdir modules
		cp "$ROOT/cmake/FindAsyncc.cmake" modules
		sed 's/^find_package.*/list(APPEND CMAKE_MODULE_PATH ${CMAKE_SOURCE_DIR}\/modules)\nfind_package(Asyncc 0.1 MODULE REQUIRED)/' CMakeLists.txt >new
		mv new CMakeLists.txt
		status 0 env -u CMAKE_PREFIX_PATH cmake -G "$generator" -B out2
		cd ..
		rm -rf with_cmake
	done

	# A project in C++, in a path with a blank: a library in the dialect, with another standard, and generated C with the shared runtime.
	mkdir -p 'in C++/part'
	cd 'in C++'
	cp "$sample"/main.c main.cc
	cp ../committed/worker.c committed.c
	cp "$sample"/worker.h .
	sed 's/"worker.h"/"..\/worker.h"/' "$sample"/worker.ac >part/worker.ac
	cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.20)
project(in_cxx LANGUAGES CXX)
find_package(Asyncc 0.1 CONFIG REQUIRED)
asyncc_add_library(worker STATIC part/worker.ac)
set_property(TARGET worker PROPERTY C_STANDARD 11)
target_compile_definitions(worker PRIVATE STEP=1 "TEXT=\"a b\"")
target_include_directories(worker PUBLIC ${CMAKE_CURRENT_SOURCE_DIR})
add_executable(one main.cc)
target_link_libraries(one worker)
add_executable(two main.cc committed.c)
target_link_libraries(two Asyncc::shared)
EOF
	status 0 cmake -B 'out of it' -DCMAKE_BUILD_TYPE=Release
	status 0 cmake --build 'out of it'
	runs 'out of it/one'
	runs 'out of it/two'
	readelf -d 'out of it/two' | grep -q 'NEEDED.*libasyncc' || die "Asyncc::shared isn't"
	cd ..
fi

if command -v meson >/dev/null; then
	cp -r "$sample" with_meson
	cd with_meson
	status 0 meson setup out
	status 0 meson compile -C out
	runs out/program
	touch -d '+1 minute' worker.h
	status 0 meson compile -C out
	says "Generating 'program.p/worker.c'"
	cd ..
fi
rm -rf tmp/* opt
