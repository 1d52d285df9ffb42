# find_package(Asyncc): async/await for C in CMake projects.
#
#   asyncc_add_executable(NAME sources...)            sources in the dialect (.ac) and all others
#   asyncc_add_library(NAME [STATIC|SHARED|...] sources...)
#   asyncc_target_sources(TARGET sources.ac...)       for a target that exists
#   asyncc_target_headers(TARGET sources.ac...)       NAME.h of each NAME.ac (--emit-header), for the C and C++ of TARGET and of who links it
#
# asyncc generates C into the build directory (again when a header changes), which is compiled like the target's other sources: with its
# include directories, definitions and options, a compiler launcher (ccache), and entries in compile_commands.json. The targets are linked
# with Asyncc::runtime, an imported target for whoever builds generated C from elsewhere; Asyncc::shared is the shared one, which they are
# linked with where ASYNCC_SHARED_RUNTIME is set (before find_package): for programs with async code in several shared libraries.
# Asyncc::tls, Asyncc::http, ... are the parts of the library that this asyncc has (asyncc --features), for target_link_libraries;
# find_package(Asyncc COMPONENTS tls) asks for them.
# Variables: ASYNCC_EXECUTABLE, Asyncc_VERSION. Needs the Makefile or Ninja generators.

cmake_minimum_required(VERSION 3.20)
if(NOT CMAKE_C_COMPILER_LOADED)
	enable_language(C) # a project in C++ has it for what is generated
endif()

find_program(ASYNCC_EXECUTABLE asyncc HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../bin" "${CMAKE_CURRENT_LIST_DIR}/../../../../bin")
if(NOT ASYNCC_EXECUTABLE)
	set(Asyncc_FOUND FALSE)
	set(Asyncc_NOT_FOUND_MESSAGE "asyncc is not beside its CMake package and not in PATH; set ASYNCC_EXECUTABLE.")
	return()
endif()
execute_process(COMMAND "${ASYNCC_EXECUTABLE}" --version OUTPUT_VARIABLE asyncc_text)
string(REGEX MATCH "[0-9]+[0-9.]*" Asyncc_VERSION "${asyncc_text}")

# asyncc knows where its headers and its runtime are, and what the runtime needs.
if(NOT TARGET Asyncc::runtime)
	add_library(Asyncc::runtime INTERFACE IMPORTED)
	add_library(Asyncc::shared INTERFACE IMPORTED)
	execute_process(COMMAND "${ASYNCC_EXECUTABLE}" --cflags OUTPUT_VARIABLE asyncc_text OUTPUT_STRIP_TRAILING_WHITESPACE)
	separate_arguments(asyncc_flags UNIX_COMMAND "${asyncc_text}")
	list(FILTER asyncc_flags INCLUDE REGEX "^-I")
	list(TRANSFORM asyncc_flags REPLACE "^-I" "")
	foreach(target runtime shared)
		set_target_properties(Asyncc::${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${asyncc_flags}" INTERFACE_COMPILE_DEFINITIONS __ASYNCC__=1)
	endforeach()
	execute_process(COMMAND "${ASYNCC_EXECUTABLE}" --features OUTPUT_VARIABLE asyncc_text)
	string(REGEX MATCHALL "[a-z0-9]+ +yes" asyncc_parts "${asyncc_text}")
	list(TRANSFORM asyncc_parts REPLACE " +yes" "")
	set(asyncc_runtime libasyncc.a)
	if(ASYNCC_SHARED_RUNTIME)
		set(asyncc_runtime libasyncc.so)
	endif()
	foreach(part runtime shared ${asyncc_parts})
		string(REGEX REPLACE "=(runtime|shared)$" "" asyncc_text "--libs=${part}")
		execute_process(COMMAND "${ASYNCC_EXECUTABLE}" "${asyncc_text}" OUTPUT_VARIABLE asyncc_text OUTPUT_STRIP_TRAILING_WHITESPACE)
		separate_arguments(asyncc_flags UNIX_COMMAND "${asyncc_text}")
		list(POP_FRONT asyncc_flags asyncc_directory)
		string(SUBSTRING "${asyncc_directory}" 2 -1 asyncc_directory)
		list(FILTER asyncc_flags EXCLUDE REGEX "^-Wl,")
		list(TRANSFORM asyncc_flags REPLACE "^-l(asyncc_.*)$" "${asyncc_directory}/lib\\1.a")
		if(part STREQUAL shared)
			list(FILTER asyncc_flags INCLUDE REGEX "asyncc")
			list(TRANSFORM asyncc_flags REPLACE "^-lasyncc$" "${asyncc_directory}/libasyncc.so")
		elseif(part STREQUAL runtime)
			list(TRANSFORM asyncc_flags REPLACE "^-lasyncc$" "${asyncc_directory}/libasyncc.a")
		else()
			list(TRANSFORM asyncc_flags REPLACE "^-lasyncc$" "${asyncc_directory}/${asyncc_runtime}")
		endif()
		if(NOT TARGET Asyncc::${part})
			add_library(Asyncc::${part} INTERFACE IMPORTED)
		endif()
		set_target_properties(Asyncc::${part} PROPERTIES INTERFACE_LINK_LIBRARIES "${asyncc_flags}")
	endforeach()
	# Threads and loops call back into what has a runtime in it, whoever closes it.
	set_target_properties(Asyncc::runtime PROPERTIES INTERFACE_LINK_OPTIONS "$<$<IN_LIST:$<TARGET_PROPERTY:TYPE>,SHARED_LIBRARY;MODULE_LIBRARY>:LINKER:-z,nodelete>")
	unset(asyncc_runtime)
	unset(asyncc_flags)
	unset(asyncc_directory)
	unset(asyncc_parts)
endif()
unset(asyncc_text)

# find_package(Asyncc COMPONENTS tls http): parts of the library that have to be there.
foreach(part IN LISTS Asyncc_FIND_COMPONENTS)
	if(TARGET Asyncc::${part})
		set(Asyncc_${part}_FOUND TRUE)
	elseif(Asyncc_FIND_REQUIRED_${part})
		set(Asyncc_FOUND FALSE)
		set(Asyncc_NOT_FOUND_MESSAGE "This asyncc was built without the part ${part}: see asyncc --features.")
	endif()
endforeach()
set(asyncc_cmake_directory "${CMAKE_CURRENT_LIST_DIR}")

# asyncc_options(VARIABLE TARGET): a response file with the target's options for C, which is made again when they change.
function(asyncc_options variable target)
	set(base "${CMAKE_CURRENT_BINARY_DIR}/${target}.asyncc/options")
	if(CMAKE_CONFIGURATION_TYPES)
		string(APPEND base "-$<CONFIG>")
	endif()
	set(${variable} "${base}.txt" PARENT_SCOPE)
	get_target_property(known ${target} ASYNCC_OPTIONS)
	if(known)
		return()
	endif()
	set_property(TARGET ${target} PROPERTY ASYNCC_OPTIONS "${base}.txt")
	get_target_property(type ${target} TYPE)
	set(flags "${CMAKE_C_FLAGS}")
	foreach(config IN LISTS CMAKE_CONFIGURATION_TYPES CMAKE_BUILD_TYPE)
		string(TOUPPER "${config}" upper)
		string(APPEND flags "$<$<CONFIG:${config}>: ${CMAKE_C_FLAGS_${upper}}>")
	endforeach()
	if(type MATCHES "^(SHARED|MODULE)_LIBRARY$")
		string(APPEND flags " -D${target}_EXPORTS")
	endif()
	# One file for each language: only so are options that depend on the language known.
	file(GENERATE OUTPUT "${base}-$<COMPILE_LANGUAGE>.cmake" CONTENT
"set(flags [==[${flags}]==])
set(standard \"$<TARGET_PROPERTY:C_STANDARD>\")
set(extensions \"$<TARGET_PROPERTY:C_EXTENSIONS>\")
set(options [==[$<TARGET_PROPERTY:COMPILE_OPTIONS>]==])
set(includes [==[$<TARGET_PROPERTY:INCLUDE_DIRECTORIES>]==])
set(definitions [==[$<TARGET_PROPERTY:COMPILE_DEFINITIONS>]==])
" TARGET ${target})
	add_custom_command(
		OUTPUT "${base}.txt"
		COMMAND "${CMAKE_COMMAND}" "-DFROM=${base}-C.cmake" "-DTO=${base}.txt" -P "${asyncc_cmake_directory}/AsynccOptions.cmake"
		DEPENDS "${base}-C.cmake"
		COMMENT "" VERBATIM)
endfunction()

# The path below the build directory that stands for the source's.
function(asyncc_output variable target source suffix)
	get_filename_component(directory "${source}" DIRECTORY)
	get_filename_component(name "${source}" NAME)
	file(RELATIVE_PATH path "${CMAKE_CURRENT_SOURCE_DIR}" "${directory}")
	string(REPLACE "../" "__/" path "${path}/")
	cmake_path(SET output NORMALIZE "${CMAKE_CURRENT_BINARY_DIR}/${target}.asyncc/${path}${name}${suffix}")
	get_filename_component(directory "${output}" DIRECTORY)
	file(MAKE_DIRECTORY "${directory}")
	set(${variable} "${output}" PARENT_SCOPE)
endfunction()

# asyncc_run(OUTPUT SOURCE OPTIONS TEXT ARGUMENTS...): the command that makes OUTPUT.
function(asyncc_run output source options text)
	add_custom_command(
		OUTPUT "${output}"
		COMMAND "${CMAKE_COMMAND}" -E env "ASYNCC_CC=${CMAKE_C_COMPILER}" "${ASYNCC_EXECUTABLE}" "@${options}" -MD -MF "${output}.d" -MQ "${output}" ${ARGN} "${source}"
		DEPENDS "${source}" "${ASYNCC_EXECUTABLE}" "${options}"
		DEPFILE "${output}.d"
		COMMENT "Generating ${text}"
		VERBATIM)
endfunction()

function(asyncc_link target how)
	if(ASYNCC_SHARED_RUNTIME)
		target_link_libraries(${target} ${how} Asyncc::shared)
	else()
		target_link_libraries(${target} ${how} Asyncc::runtime)
	endif()
endfunction()

function(asyncc_target_sources target)
	asyncc_options(options ${target})
	foreach(source IN LISTS ARGN)
		get_filename_component(source "${source}" ABSOLUTE)
		get_filename_component(directory "${source}" DIRECTORY)
		get_filename_component(name "${source}" NAME)
		asyncc_output(output ${target} "${source}" .c)
		asyncc_run("${output}" "${source}" "${options}" "C from ${name}" "--emit-c=${output}")
		set_source_files_properties("${output}" PROPERTIES LANGUAGE C COMPILE_OPTIONS "-iquote;${directory}" SKIP_UNITY_BUILD_INCLUSION ON)
		set_source_files_properties("${source}" PROPERTIES HEADER_FILE_ONLY TRUE)
		target_sources(${target} PRIVATE "${source}" "${output}")
	endforeach()
	asyncc_link(${target} PRIVATE)
endfunction()

function(asyncc_target_headers target)
	asyncc_options(options ${target})
	set(directory "${CMAKE_CURRENT_BINARY_DIR}/${target}.asyncc/include")
	file(MAKE_DIRECTORY "${directory}")
	foreach(source IN LISTS ARGN)
		get_filename_component(source "${source}" ABSOLUTE)
		get_filename_component(name "${source}" NAME_WLE)
		asyncc_run("${directory}/${name}.h" "${source}" "${options}" "${name}.h" "--emit-header=${directory}/${name}.h")
		target_sources(${target} PRIVATE "${directory}/${name}.h")
		# What the source includes by a name in quotes stands beside it, not beside the header.
		get_filename_component(beside "${source}" DIRECTORY)
		list(APPEND quoted "$<BUILD_INTERFACE:$<$<COMPILE_LANGUAGE:C,CXX>:-iquote${beside}>>")
	endforeach()
	list(REMOVE_DUPLICATES quoted)
	target_compile_options(${target} PUBLIC ${quoted})
	target_include_directories(${target} PUBLIC "$<BUILD_INTERFACE:${directory}>")
	asyncc_link(${target} PUBLIC)
endfunction()

# The arguments without the sources in the dialect, and these.
macro(asyncc_split)
	set(dialect ${ARGN})
	set(others ${ARGN})
	list(FILTER dialect INCLUDE REGEX "\\.ac$")
	list(FILTER others EXCLUDE REGEX "\\.ac$")
endmacro()

function(asyncc_add_executable name)
	asyncc_split(${ARGN})
	add_executable(${name} ${others})
	asyncc_target_sources(${name} ${dialect})
endfunction()

function(asyncc_add_library name)
	asyncc_split(${ARGN})
	add_library(${name} ${others})
	asyncc_target_sources(${name} ${dialect})
endfunction()
