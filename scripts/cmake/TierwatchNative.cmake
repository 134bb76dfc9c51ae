# Stacks of native code, where elfutils' libdw is there to find the callers; without it `inside` says so. Sets
# TIERWATCH_NATIVE_SOURCES and TIERWATCH_NATIVE_LINKS.

option(TIERWATCH_NATIVE "Build the reader of native stacks, where libdw is found" ON)
pkg_check_modules(libdw IMPORTED_TARGET libdw libelf)

set(TIERWATCH_NATIVE_SOURCES native/no_code_file.cpp)
set(TIERWATCH_NATIVE_LINKS "")
# Registers and rules of calls are those of x86-64.
if(TIERWATCH_NATIVE AND libdw_FOUND AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  set(TIERWATCH_NATIVE_SOURCES native/code_expression.cpp native/code_file.cpp)
  set(TIERWATCH_NATIVE_LINKS PkgConfig::libdw)
else()
  message(STATUS "no native stacks: they want libdw-dev, on x86-64")
endif()
