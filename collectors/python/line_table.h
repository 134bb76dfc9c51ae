// SPDX-License-Identifier: MIT
//
// Which line an instruction belongs to, unpacked once for each code object: the location table of
// CPython 3.11 and later (Objects/locations.md), or the table of line numbers until 3.9
// (Objects/lnotab_notes.txt).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tierwatch {

class LineTable {
 public:
  enum class Form { kLocations, kLineNumbers };

  LineTable() = default;
  /// `table` is co_linetable, or co_lnotab; any bytes: what makes no sense ends it.
  LineTable(std::string_view table, std::uint32_t first_line, Form form = Form::kLocations);

  /// Of a code unit, counted from the first; its function's first line where the table names none.
  std::uint32_t line_of(std::int64_t unit) const;

  /// Ranges of units that share a line: what it takes in memory.
  std::size_t size() const { return ranges_.size(); }

 private:
  struct Range {
    std::uint32_t end;  ///< the first unit behind it
    std::uint32_t line;
  };
  void read_locations(std::string_view table);
  void read_line_numbers(std::string_view table);
  void add(std::uint32_t end, std::uint32_t line);

  std::uint32_t first_line_ = 0;
  std::vector<Range> ranges_;
};

}  // namespace tierwatch
