// SPDX-License-Identifier: MIT
//
// From a sample's registers and stack to the functions that were active.
#pragma once

#include <memory>
#include <vector>

#include "collectors/native/code_files.h"
#include "collectors/native/perf_records.h"

namespace tierwatch {

/// The outermost frames of deeper stacks are left out.
inline constexpr std::size_t kMostNativeFrames = 512;

/// A place in a process' code.
struct CodePoint {
  const MappedCode* code = nullptr;      ///< null: in no file: made at run time
  std::shared_ptr<const CodeFile> file;  ///< null: it cannot be read
  std::uint64_t address = 0;             ///< the file's own; without a file as it is mapped
};

struct NativeStack {
  std::vector<CodePoint> points;  ///< innermost first; of callers where they call
  bool cut = false;               ///< the outermost ones are left out
};

/// Points into `space`.
CodePoint code_point(const CodeSpace& space, CodeFiles& files, std::uint64_t address);

/// By the rules of each file; where there are none, by frame pointers. `sample` is readable.
NativeStack unwind(const CpuSample& sample, const CodeSpace& space, CodeFiles& files);

}  // namespace tierwatch
