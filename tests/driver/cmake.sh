# CMake, further than the sample: a project in C++ with a library in the dialect whose options depend on language and configuration and hold
# every quote, its generated header for C++, the shared runtime, several configurations; in a path with a blank.
command -v cmake >/dev/null && command -v g++ >/dev/null || { echo "needs cmake and g++"; exit 77; }
make -s -C "$ROOT" install DESTDIR="$PWD" prefix=/opt CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make install"; }
export PATH=$PWD/opt/bin:$PATH CMAKE_PREFIX_PATH=$PWD/opt
unset CC ASYNCC_CC MAKEFLAGS MAKELEVEL MFLAGS

mkdir -p 'a project/part'
cd 'a project'
cat >part/worker.ac <<'EOF'
#include <asyncc.h>
#include <assert.h>
#include "number.h"
#ifndef __STRICT_ANSI__
#error C_EXTENSIONS
#endif
_Static_assert(ONLY_C, "");
const char *text(void) { return TEXT; }
// Half of it, in a while.
async fn half(number x) -> double { async_sleep(1).await; return x * HALF; }
async fn is_debug(int x) -> int { assert(half(++x).await >= 0); return x; }
EOF
echo '#define HALF 0.5' >more.h
echo 'typedef int number;' >part/number.h
cat >program.cc <<'EOF'
#include <cstring>
#include "worker.h"
extern "C" const char *text(void);
#ifdef ONLY_C
#error an option for C
#endif
int main(int, char **argv)
{
	if (std::strcmp(text(), "a \"b'\\"))
		return 1;
	return half_block_on(5) != HALF * 5 ? 2 : is_debug_block_on(0) != (argv[1][0] == 'D') ? 3 : 0;
}
EOF
cat >CMakeLists.txt <<'EOF'
cmake_minimum_required(VERSION 3.20)
project(in_cxx LANGUAGES CXX)
add_compile_options(-Wall -Wextra -Werror $<$<COMPILE_LANGUAGE:C>:-DONLY_C=1>)
find_package(Asyncc 0.1 CONFIG REQUIRED)
asyncc_add_library(worker part/worker.ac)
asyncc_target_headers(worker part/worker.ac)
set_target_properties(worker PROPERTIES C_STANDARD 11 C_EXTENSIONS OFF UNITY_BUILD ON)
target_compile_definitions(worker PRIVATE "TEXT=\"a \\\"b'\\\\\"")
target_compile_options(worker PUBLIC "SHELL:-include '${CMAKE_CURRENT_SOURCE_DIR}/more.h'")
add_executable(program program.cc)
target_link_libraries(program worker)
EOF
status 0 cmake -B 'out of it' -DCMAKE_BUILD_TYPE=Release
status 0 cmake --build 'out of it'
status 0 'out of it/program' Release
grep -q 'Half of it' 'out of it/worker.asyncc/include/worker.h' || die "the header has no comment"
sed -i 's/0\.5/1.0/' more.h
status 0 cmake --build 'out of it'
says 'Generating C from worker.ac'
says 'Generating worker.h'
status 0 'out of it/program' Release
status 0 cmake --build 'out of it'
if grep -q Generating log; then cat log; die "generates again"; fi
if command -v ninja >/dev/null; then
	status 0 cmake -G 'Ninja Multi-Config' -B both -DBUILD_SHARED_LIBS=ON -DASYNCC_SHARED_RUNTIME=ON
	for config in Debug Release; do
		status 0 cmake --build both --config $config
		status 0 both/$config/program $config
	done
	readelf -d both/Debug/libworker.so | grep -q 'NEEDED.*libasyncc' || die "ASYNCC_SHARED_RUNTIME"
fi

# Parts of the library: there, or not.
mkdir parts
cat >parts/main.ac <<'EOF'
#include <asyncc.h>
#include <asyncc/io.h>
async fn main(void) -> int { async_io *ends[2]; async_io_pair(ends, 1)?; async_io_close(ends[0]); async_io_close(ends[1]); return 0; }
EOF
for part in nothing std; do
	printf '%s\n' 'cmake_minimum_required(VERSION 3.20)' 'project(parts C)' "find_package(Asyncc REQUIRED COMPONENTS $part)" \
		'asyncc_add_executable(main main.ac)' 'target_link_libraries(main PRIVATE Asyncc::std)' >parts/CMakeLists.txt
	if [ $part = nothing ]; then
		status 1 cmake -S parts -B parts/$part
		says 'without the part nothing'
	fi
done
status 0 cmake -S parts -B parts/std
status 0 cmake --build parts/std
status 0 parts/std/main
cd ..
rm -rf tmp/* opt
