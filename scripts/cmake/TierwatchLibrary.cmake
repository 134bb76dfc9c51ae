# What every target of the project shares: warnings, sanitizers, includes written from the root.

add_library(tierwatch_options INTERFACE)
target_include_directories(tierwatch_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tierwatch_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  # Designated initialisers name what matters and leave the rest at its default: that is why we use them.
  -Wno-missing-field-initializers)
if(TIERWATCH_WERROR)
  target_compile_options(tierwatch_options INTERFACE -Werror)
endif()
if(TIERWATCH_SANITIZE)
  target_compile_options(tierwatch_options INTERFACE -fsanitize=${TIERWATCH_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all
    # What a report of theirs names, functions and lines, and no more: a seventh less to compile.
    -g1
    # This one check opens a pipe to look at memory, and ends the program when no descriptor is left: which tests try.
    -fno-sanitize=vptr)
  target_link_options(tierwatch_options INTERFACE -fsanitize=${TIERWATCH_SANITIZE})
endif()

# tierwatch_library(NAME SOURCES a.cpp b.cpp [LINKS other_folder...] [PRIVATE_LINKS third_party...])
# A folder's library. Third-party libraries go to PRIVATE_LINKS: their headers stay behind their one door.
function(tierwatch_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;LINKS;PRIVATE_LINKS" ${ARGN})
  add_library(tierwatch_${name} STATIC ${arg_SOURCES})
  target_link_libraries(tierwatch_${name} PUBLIC tierwatch_options ${arg_LINKS} PRIVATE ${arg_PRIVATE_LINKS})
endfunction()
