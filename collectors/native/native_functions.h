// SPDX-License-Identifier: MIT
//
// Functions of native code, each with a number.
#pragma once

#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectors/native/native_stack.h"
#include "collectors/python/python_sample.h"

namespace tierwatch {

/// What stands on top of a stack that is in the kernel; and for code that was made at run time.
inline constexpr std::string_view kInKernel = "(kernel)", kMadeAtRunTime = "(generated code)";

/// "libz.so.1+0x4f20": a function without a name.
std::string nameless_function(std::string_view path, std::uint64_t start);
/// Whether it is one.
bool is_nameless(const PythonFunction& function);

/// Not thread-safe. They have no lines, and `file` is what they are mapped from.
class NativeFunctions {
 public:
  /// Later ones have no name: "(other functions)".
  static constexpr std::size_t kMostFunctions = 100'000;

  const std::vector<PythonFunction>& all() const { return all_; }

  std::uint32_t at(const CodePoint& point);
  std::uint32_t kernel() { return number({.name = std::string(kInKernel), .file = "<kernel>"}); }

 private:
  std::uint32_t number(PythonFunction function);

  std::vector<PythonFunction> all_;
  std::map<PythonFunction, std::uint32_t> numbers_;
  /// By place, for each file: what was looked up before.
  std::map<const CodeFile*, std::unordered_map<std::uint64_t, std::uint32_t>> known_;
  std::vector<std::shared_ptr<const CodeFile>> kept_;
  std::size_t places_ = 0;
};

}  // namespace tierwatch
