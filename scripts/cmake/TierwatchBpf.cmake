# The BPF program, where clang and libbpf are there to build it; without them tierwatch reads /proc alone. Sets
# TIERWATCH_BPF_SOURCES and TIERWATCH_BPF_LINKS.

option(TIERWATCH_BPF "Build the BPF source of processes, where clang and libbpf are found" ON)
find_program(TIERWATCH_BPF_CLANG NAMES clang clang-19 clang-16 clang-14)
pkg_check_modules(libbpf IMPORTED_TARGET libbpf>=1.0)

set(TIERWATCH_BPF_SOURCES bpf/no_task_iterator.cpp)
set(TIERWATCH_BPF_LINKS "")
if(TIERWATCH_BPF AND TIERWATCH_BPF_CLANG AND libbpf_FOUND)
  set(program ${PROJECT_SOURCE_DIR}/collectors/bpf/tasks.bpf.c)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/tasks.bpf.o)
  set(embedded ${CMAKE_CURRENT_BINARY_DIR}/embedded_program.cpp)
  add_custom_command(OUTPUT ${object}
    COMMAND ${TIERWATCH_BPF_CLANG} -target bpf -O2 -g -Wall -Werror -I ${PROJECT_SOURCE_DIR}
      -I /usr/include/${CMAKE_LIBRARY_ARCHITECTURE} "-ffile-prefix-map=${PROJECT_SOURCE_DIR}=." -fdebug-compilation-dir=.
      -c ${program} -o ${object}
    DEPENDS ${program} ${PROJECT_SOURCE_DIR}/collectors/bpf/kernel_types.h
      ${PROJECT_SOURCE_DIR}/collectors/bpf/task_record.h
    COMMENT "Building BPF object tasks.bpf.o")
  add_custom_command(OUTPUT ${embedded}
    COMMAND ${CMAKE_COMMAND} -D FILE=${object} -D OUTPUT=${embedded} -D FUNCTION=embedded_bpf_program
      -D HEADER=collectors/bpf/embedded_program.h -P ${PROJECT_SOURCE_DIR}/scripts/cmake/EmbedBytes.cmake
    DEPENDS ${object} ${PROJECT_SOURCE_DIR}/scripts/cmake/EmbedBytes.cmake
    COMMENT "Embedding tasks.bpf.o")
  set(TIERWATCH_BPF_SOURCES bpf/task_iterator.cpp ${embedded})
  set(TIERWATCH_BPF_LINKS PkgConfig::libbpf)
else()
  message(STATUS "no BPF source of processes: it wants clang and libbpf-dev")
endif()
