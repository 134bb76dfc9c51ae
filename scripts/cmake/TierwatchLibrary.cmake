# What every target of the project shares: warnings, sanitizers, includes written from the root.

add_library(tierwatch_options INTERFACE)
target_include_directories(tierwatch_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tierwatch_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # Designated initialisers name what matters and leave the rest at its default: that is why we use them.
  -Wno-missing-field-initializers
  # What ccache needs to know a file that stands on a precompiled header.
  $<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
if(TIERWATCH_WERROR)
  target_compile_options(tierwatch_options INTERFACE -Werror)
endif()

# Sanitizers instrument the product. Unit tests are only linked with them, which halves what a test costs to compile, but
# for ThreadSanitizer: it has to see every access.
add_library(tierwatch_instrumented INTERFACE)
if(TIERWATCH_SANITIZE)
  target_compile_options(tierwatch_instrumented INTERFACE -fsanitize=${TIERWATCH_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all
    # This one check opens a pipe to look at memory, and ends the program when no descriptor is left: which tests try.
    -fno-sanitize=vptr)
  target_link_options(tierwatch_options INTERFACE -fsanitize=${TIERWATCH_SANITIZE})
endif()

# The standard library's headers, compiled once per folder: a third of what most files cost. Off in preset tidy, so that
# a file that forgets an include is still found.
set(TIERWATCH_PRECOMPILED <algorithm> <chrono> <filesystem> <fstream> <functional> <map> <memory> <mutex> <optional>
  <ranges> <set> <span> <sstream> <string> <string_view> <thread> <unordered_map> <utility> <variant> <vector>)

# Several files of a target compiled as one: the headers they share are read once. So what stands in unnamed namespaces has
# names that are unique in its folder. Off in presets dev and tidy, so that a file that forgets an include is still found.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)
if(CMAKE_UNITY_BUILD)
  # A class of one file may have members of its unnamed namespace; seen from the joint file that looks like a header's.
  target_compile_options(tierwatch_options INTERFACE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
endif()

# tierwatch_library(NAME SOURCES a.cpp b.cpp [LINKS other_folder...] [PRIVATE_LINKS third_party...])
# A folder's library. Third-party libraries go to PRIVATE_LINKS: their headers stay behind their one door.
function(tierwatch_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(tierwatch_${name} STATIC ${arg_SOURCES})
  target_link_libraries(tierwatch_${name} PUBLIC tierwatch_options ${arg_LINKS}
    PRIVATE $<BUILD_INTERFACE:tierwatch_instrumented> ${arg_PRIVATE_LINKS})
  if(TIERWATCH_PCH)
    target_precompile_headers(tierwatch_${name} PRIVATE ${TIERWATCH_PRECOMPILED})
  endif()
endfunction()
