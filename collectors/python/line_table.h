// SPDX-License-Identifier: MIT
//
// Which line an instruction belongs to: the location table of CPython 3.11 and later
// (Objects/locations.md), unpacked once for each code object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tierwatch {

class LineTable {
 public:
  LineTable() = default;
  /// `table` is co_linetable, any bytes: what makes no sense ends it.
  LineTable(std::string_view table, std::uint32_t first_line);

  /// Of a code unit, counted from the first; its function's first line where the table names none.
  std::uint32_t line_of(std::int64_t unit) const;

  /// Ranges of units that share a line: what it takes in memory.
  std::size_t size() const { return ranges_.size(); }

 private:
  struct Range {
    std::uint32_t end;  ///< the first unit behind it
    std::uint32_t line;
  };
  std::uint32_t first_line_ = 0;
  std::vector<Range> ranges_;
};

}  // namespace tierwatch
