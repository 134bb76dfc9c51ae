// SPDX-License-Identifier: MIT
//
// Which function an address of a program or library lies in: by its symbols, else by the table that
// exceptions need, which a stripped file keeps, too. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

struct CodeSymbol {
  std::uint64_t start = 0;
  std::uint64_t size = 0;     ///< 0: the file does not say
  std::uint32_t strings = 0;  ///< which table its name is in
  std::uint64_t name = 0;     ///< where in it
};

/// A value.
class CodeSymbols {
 public:
  void add(const CodeSymbol& symbol) { symbols_.push_back(symbol); }
  /// After the last one.
  void sort();

  /// Those that hold an address and begin nearest before it: one function may have several names.
  /// One without a size reaches to the next symbol.
  std::span<const CodeSymbol> at(std::uint64_t address) const;
  std::size_t size() const { return symbols_.size(); }

 private:
  std::vector<CodeSymbol> symbols_;
};

/// The name to show of a function that has several: without underscores before it, then the
/// shortest one.
bool is_better_name(std::string_view one, std::string_view other);

/// Where the function that holds `address` begins, by a table .eh_frame_hdr that lies at `place`
/// (LSB, "Exception Frames"). Absent without one, and for a table that is not sorted as linkers do.
std::optional<std::uint64_t> function_start(std::span<const std::byte> table, std::uint64_t place,
                                            std::uint64_t address);

/// "std::vector<int>::push_back(int const&)"; the text itself where it is no mangled name, or one
/// whose parts refer to each other so often that it might be of any length.
std::string demangled(const std::string& symbol);

}  // namespace tierwatch
