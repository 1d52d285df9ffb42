# find_package(Asyncc): async/await for C in CMake projects.
#
#   asyncc_add_executable(NAME sources...)            sources in the dialect (.ac) and all others
#   asyncc_add_library(NAME [STATIC|SHARED|...] sources...)
#   asyncc_target_sources(TARGET sources.ac...)       for a target that exists
#
# asyncc generates C into the build directory (again when a header changes), which is compiled like the target's other sources: with its
# include directories, definitions and options, a compiler launcher (ccache), and entries in compile_commands.json. The targets are linked
# with Asyncc::runtime, an imported target for whoever builds generated C from elsewhere; Asyncc::shared is the shared one.
# Asyncc::tls, Asyncc::http, ... are the parts of the library that this asyncc has (asyncc --features), for target_link_libraries.
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
	foreach(part runtime ${asyncc_parts})
		string(REPLACE "--libs=runtime" "--libs" asyncc_text "--libs=${part}")
		execute_process(COMMAND "${ASYNCC_EXECUTABLE}" "${asyncc_text}" OUTPUT_VARIABLE asyncc_text OUTPUT_STRIP_TRAILING_WHITESPACE)
		separate_arguments(asyncc_flags UNIX_COMMAND "${asyncc_text}")
		list(POP_FRONT asyncc_flags asyncc_directory)
		string(SUBSTRING "${asyncc_directory}" 2 -1 asyncc_directory)
		list(FILTER asyncc_flags EXCLUDE REGEX "^-Wl,")
		list(TRANSFORM asyncc_flags REPLACE "^-l(asyncc.*)$" "${asyncc_directory}/lib\\1.a")
		if(NOT TARGET Asyncc::${part})
			add_library(Asyncc::${part} INTERFACE IMPORTED)
		endif()
		set_target_properties(Asyncc::${part} PROPERTIES INTERFACE_LINK_LIBRARIES "${asyncc_flags}")
	endforeach()
	execute_process(COMMAND "${ASYNCC_EXECUTABLE}" --libs OUTPUT_VARIABLE asyncc_text OUTPUT_STRIP_TRAILING_WHITESPACE)
	separate_arguments(asyncc_flags UNIX_COMMAND "${asyncc_text}")
	list(FILTER asyncc_flags INCLUDE REGEX "^-lasyncc_")
	list(TRANSFORM asyncc_flags REPLACE "^-l(asyncc_.*)$" "${asyncc_directory}/lib\\1.a")
	set_target_properties(Asyncc::shared PROPERTIES INTERFACE_LINK_LIBRARIES "${asyncc_flags};${asyncc_directory}/libasyncc.so")
	unset(asyncc_flags)
	unset(asyncc_directory)
	unset(asyncc_parts)
endif()
unset(asyncc_text)

function(asyncc_target_sources target)
	foreach(source IN LISTS ARGN)
		get_filename_component(source "${source}" ABSOLUTE)
		get_filename_component(directory "${source}" DIRECTORY)
		get_filename_component(name "${source}" NAME)
		file(RELATIVE_PATH path "${CMAKE_CURRENT_SOURCE_DIR}" "${directory}")
		string(REPLACE "../" "__/" path "${path}/")
		set(output "${CMAKE_CURRENT_BINARY_DIR}/${target}.asyncc/${path}${name}.c")
		get_filename_component(output_directory "${output}" DIRECTORY)
		file(MAKE_DIRECTORY "${output_directory}")
		set(includes "$<TARGET_PROPERTY:${target},INCLUDE_DIRECTORIES>")
		set(definitions "$<TARGET_PROPERTY:${target},COMPILE_DEFINITIONS>")
		set(options "$<TARGET_PROPERTY:${target},COMPILE_OPTIONS>")
		string(TOUPPER "${CMAKE_BUILD_TYPE}" type)
		separate_arguments(flags UNIX_COMMAND "${CMAKE_C_FLAGS} ${CMAKE_C_FLAGS_${type}}")
		get_target_property(standard ${target} C_STANDARD)
		if(standard)
			list(APPEND flags ${CMAKE_C${standard}_EXTENSION_COMPILE_OPTION})
		endif()
		add_custom_command(
			OUTPUT "${output}"
			COMMAND "${CMAKE_COMMAND}" -E env "ASYNCC_CC=${CMAKE_C_COMPILER}" "${ASYNCC_EXECUTABLE}" ${flags} "${options}"
				"$<$<BOOL:${includes}>:-I$<JOIN:${includes},;-I>>" "$<$<BOOL:${definitions}>:-D$<JOIN:${definitions},;-D>>"
				-MD -MF "${output}.d" -MT "${output}" "--emit-c=${output}" "${source}"
			DEPENDS "${source}" "${ASYNCC_EXECUTABLE}"
			DEPFILE "${output}.d"
			COMMENT "Generating C from ${name}"
			COMMAND_EXPAND_LISTS VERBATIM)
		set_source_files_properties("${output}" PROPERTIES LANGUAGE C COMPILE_OPTIONS "-iquote;${directory}")
		set_source_files_properties("${source}" PROPERTIES HEADER_FILE_ONLY TRUE)
		target_sources(${target} PRIVATE "${source}" "${output}")
	endforeach()
	target_link_libraries(${target} PRIVATE Asyncc::runtime)
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
