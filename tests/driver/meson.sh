# Meson: a subproject in the dialect, whose header is generated for the C++ of the project that it is part of; it follows a header's change.
command -v meson >/dev/null && command -v g++ >/dev/null || { echo "needs meson and g++"; exit 77; }
make -s -C "$ROOT" install DESTDIR="$PWD" prefix=/opt CC="${BUILD_CC:-gcc}" >log 2>&1 || { cat log; die "make install"; }
export PATH=$PWD/opt/bin:$PATH PKG_CONFIG_PATH=$PWD/opt/lib/pkgconfig
unset CC ASYNCC_CC MAKEFLAGS MAKELEVEL MFLAGS

mkdir -p host/subprojects/service
cd host
cat >subprojects/service/meson.build <<'EOF'
project('service', 'c', default_options: ['warning_level=2', 'werror=true'])
asyncc = find_program('asyncc')
to_c = generator(asyncc, output: '@BASENAME@.c', depfile: '@BASENAME@.c.d',
	arguments: ['-MD', '-MF', '@DEPFILE@', '-MT', '@OUTPUT@', '--emit-c=@OUTPUT@', '@INPUT@'])
header = custom_target('service.h', input: 'service.ac', output: 'service.h', depfile: 'service.h.d',
	command: [asyncc, '-MD', '-MF', '@DEPFILE@', '-MT', '@OUTPUT@', '--emit-header=@OUTPUT@', '@INPUT@'])
runtime = dependency('asyncc', static: true)
here = include_directories('.')
library = static_library('service', to_c.process('service.ac'), include_directories: here, dependencies: runtime)
service = declare_dependency(link_with: library, sources: header, include_directories: here, dependencies: runtime)
EOF
echo '#define FACTOR 3' >subprojects/service/factor.h
cat >subprojects/service/service.ac <<'EOF'
#include <asyncc.h>
#include "factor.h"
/* Multiplies. */
async fn scaled(int n) -> int { async_sleep(1).await?; return n * FACTOR; }
EOF
cat >meson.build <<'EOF'
project('host', 'cpp', default_options: ['cpp_std=c++17', 'warning_level=3', 'werror=true'])
service = subproject('service').get_variable('service')
executable('host', 'host.cpp', dependencies: service)
EOF
cat >host.cpp <<'EOF'
#include "service.h"
int main() { return scaled_block_on(4); }
EOF
status 0 meson setup out
status 0 meson compile -C out
status 12 out/host
sed -i 's/3/4/' subprojects/service/factor.h
status 0 meson compile -C out
status 16 out/host
cd ..
rm -rf tmp/* opt
