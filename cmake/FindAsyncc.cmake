# A find module to copy into projects whose CMAKE_PREFIX_PATH does not name where asyncc is installed: finds asyncc in PATH (or as
# ASYNCC_EXECUTABLE) and the package AsynccConfig.cmake beside it, also in a tree that asyncc was built in.
find_program(ASYNCC_EXECUTABLE asyncc)
if(ASYNCC_EXECUTABLE)
	get_filename_component(asyncc_bin "${ASYNCC_EXECUTABLE}" REALPATH)
	get_filename_component(asyncc_bin "${asyncc_bin}" DIRECTORY)
	file(GLOB Asyncc_CONFIG LIST_DIRECTORIES FALSE "${asyncc_bin}/../lib/cmake/Asyncc/AsynccConfig.cmake"
		"${asyncc_bin}/../lib*/*/cmake/Asyncc/AsynccConfig.cmake" "${asyncc_bin}/../../cmake/AsynccConfig.cmake")
	if(Asyncc_CONFIG)
		list(GET Asyncc_CONFIG 0 Asyncc_CONFIG)
		include("${Asyncc_CONFIG}")
	endif()
endif()
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(Asyncc REQUIRED_VARS ASYNCC_EXECUTABLE Asyncc_CONFIG VERSION_VAR Asyncc_VERSION)
