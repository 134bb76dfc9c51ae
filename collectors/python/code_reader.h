// SPDX-License-Identifier: MIT
//
// What a code object is called, where it stands, and its lines.
#pragma once

#include <optional>
#include <string>

#include "collectors/memory/remote_memory.h"
#include "collectors/python/line_table.h"
#include "collectors/python/python_layout.h"
#include "collectors/python/python_sample.h"

namespace tierwatch {

/// Longer names are cut, longer line tables not read: the line is then the function's first.
inline constexpr std::size_t kLongestText = 1024, kLongestLineTable = 64 * 1024;

/// What tells one code object from another at the same address, read in one piece.
struct CodeHead {
  std::uint64_t type = 0, file = 0, name = 0, lines = 0;
  std::uint32_t first_line = 0;
  bool operator==(const CodeHead&) const = default;
};

struct CodeFacts {
  CodeHead head;
  PythonFunction function;
  LineTable lines;
};

/// Absent when it cannot be read.
std::optional<CodeHead> read_code_head(RemoteMemory& memory, const PythonLayout& layout,
                                       std::uint64_t address);

/// `code_type` is the address of PyCode_Type, 0: not known. Absent when there is no code object.
std::optional<CodeFacts> read_code(RemoteMemory& memory, const PythonLayout& layout,
                                   std::uint64_t address, std::uint64_t code_type);

/// A str as UTF-8; absent when there is none.
std::optional<std::string> read_text(RemoteMemory& memory, const PythonLayout& layout,
                                     std::uint64_t address);

}  // namespace tierwatch
