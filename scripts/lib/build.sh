# Configure and build one CMake preset. Sourced, not run.

# As many compilers as there are processors, but not more than memory allows: one takes up to
# 1 GB with sanitizers.
build_jobs() {
  local processors memory
  processors=$(nproc)
  memory=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  ((memory >= 1)) || memory=1
  echo $((processors < memory ? processors : memory))
}

# build PRESET [TARGET]...: all targets when none is named.
build() {
  local preset=$1 options=() targets=()
  shift
  if command -v ccache >/dev/null; then options=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache); fi
  if [[ $preset != release && $preset != stack ]] && command -v mold >/dev/null; then # not what is installed
    options+=(-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=mold)
  fi
  if (($#)); then targets=(--target "$@"); fi
  cd "$root"
  export CCACHE_SLOPPINESS=pch_defines,time_macros
  step "configure ($preset)" cmake --preset "$preset" "${options[@]}"
  NINJA_STATUS='[%f/%t] ' step "build ($preset)" \
    cmake --build --preset "$preset" -j "$(build_jobs)" "${targets[@]}"
}
