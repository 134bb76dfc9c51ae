// SPDX-License-Identifier: MIT
#include "collectors/python/line_table.h"

#include <algorithm>
#include <optional>

namespace tierwatch {
namespace {

constexpr int kNoLocation = 15, kLong = 14, kNoColumns = 13, kOneLine = 10;
constexpr std::int64_t kLastLine = 1 << 30, kLastUnit = 1 << 30;

/// The bytes behind an entry's first one.
class LineNumbers {
 public:
  explicit LineNumbers(std::string_view rest) : rest_(rest) {}

  bool done() const { return rest_.empty(); }
  std::optional<unsigned> byte() {
    if (rest_.empty()) return std::nullopt;
    const auto value = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    return value;
  }
  /// Six bits a byte, the lowest first; bit 6 says that more follow.
  std::optional<std::uint32_t> number() {
    std::uint32_t value = 0;
    for (unsigned shift = 0; shift < 32; shift += 6) {
      const auto next = byte();
      if (!next) return std::nullopt;
      value |= (*next & 63) << shift;
      if (!(*next & 64)) return value;
    }
    return std::nullopt;
  }
  /// The lowest bit is the sign.
  std::optional<std::int64_t> signed_number() {
    const auto value = number();
    if (!value) return std::nullopt;
    const auto size = static_cast<std::int64_t>(*value >> 1);
    return *value & 1 ? -size : size;
  }
  bool skip(int count) {
    while (count-- > 0) {
      if (!byte()) return false;
    }
    return true;
  }

 private:
  std::string_view rest_;
};

/// By how many lines the entry is behind the one before. Absent at the table's end, or nonsense.
std::optional<std::int64_t> line_step(int code, LineNumbers& numbers) {
  if (code == kNoLocation) return 0;
  if (code == kLong) {
    const auto step = numbers.signed_number();
    for (int i = 0; step && i < 3; ++i) {  // last line, first and last column
      if (!numbers.number()) return std::nullopt;
    }
    return step;
  }
  if (code == kNoColumns) return numbers.signed_number();
  const bool one_line = code >= kOneLine;
  if (!numbers.skip(one_line ? 2 : 1)) return std::nullopt;
  return one_line ? code - kOneLine : 0;
}

}  // namespace

LineTable::LineTable(std::string_view table, std::uint32_t first_line, Form form)
    : first_line_(first_line) {
  form == Form::kLocations ? read_locations(table) : read_line_numbers(table);
}

void LineTable::add(std::uint32_t end, std::uint32_t line) {
  if (!ranges_.empty() && ranges_.back().line == line)
    ranges_.back().end = end;
  else
    ranges_.push_back({end, line});
}

void LineTable::read_locations(std::string_view table) {
  LineNumbers numbers(table);
  std::uint32_t unit = 0;
  std::int64_t line = first_line_;
  while (!numbers.done()) {
    const unsigned head = *numbers.byte();
    if (!(head & 0x80)) return;
    const int code = head >> 3 & 15;
    const auto step = line_step(code, numbers);
    if (!step) return;
    unit += (head & 7) + 1;
    line += *step;
    if (line < 0 || line > kLastLine) return;
    add(unit, code == kNoLocation ? first_line_ : static_cast<std::uint32_t>(line));
  }
}

/// Pairs of a distance in bytes and one in lines, with a sign; a unit is of two bytes.
void LineTable::read_line_numbers(std::string_view table) {
  std::uint32_t bytes = 0;
  std::int64_t line = first_line_;
  for (; table.size() >= 2; table.remove_prefix(2)) {
    const auto step = static_cast<unsigned char>(table[0]);
    if (step > 0) add((bytes += step) / 2, static_cast<std::uint32_t>(line));
    line += static_cast<signed char>(table[1]);
    if (line < 0 || line > kLastLine) return;
  }
  add(static_cast<std::uint32_t>(kLastUnit) + 1, static_cast<std::uint32_t>(line));
}

std::uint32_t LineTable::line_of(std::int64_t unit) const {
  if (unit < 0 || unit > kLastUnit) return first_line_;
  const auto range =
      std::ranges::upper_bound(ranges_, static_cast<std::uint32_t>(unit), {}, &Range::end);
  return range == ranges_.end() ? first_line_ : range->line;
}

}  // namespace tierwatch
