// SPDX-License-Identifier: MIT
#include "collectors/native/function_table.h"

#include <cxxabi.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace tierwatch {
namespace {

constexpr std::size_t kLongestMangled = 1024, kLongestSymbol = 1024;
/// Each part that refers to earlier ones may double the text.
constexpr std::ptrdiff_t kMostBackReferences = 20;

template <typename Value>
Value packed_value(std::span<const std::byte> bytes, std::size_t at) {
  Value value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::size_t underscores_before(std::string_view name) {
  return std::min(name.find_first_not_of('_'), name.size());
}

}  // namespace

void CodeSymbols::sort() { std::ranges::stable_sort(symbols_, {}, &CodeSymbol::start); }

std::span<const CodeSymbol> CodeSymbols::at(std::uint64_t address) const {
  const auto after = std::ranges::upper_bound(symbols_, address, {}, &CodeSymbol::start);
  if (after == symbols_.begin()) return {};
  const std::uint64_t start = std::prev(after)->start;
  const auto first =
      std::ranges::lower_bound(symbols_.begin(), after, start, {}, &CodeSymbol::start);
  const bool holds = std::any_of(first, after, [&](const CodeSymbol& symbol) {
    return symbol.size == 0 || address - start < symbol.size;
  });
  return holds ? std::span(first, after) : std::span<const CodeSymbol>();
}

bool is_better_name(std::string_view one, std::string_view other) {
  const std::size_t ours = underscores_before(one), theirs = underscores_before(other);
  return ours != theirs ? ours < theirs : one.size() < other.size();
}

std::optional<std::uint64_t> function_start(std::span<const std::byte> table, std::uint64_t place,
                                            std::uint64_t address) {
  // version, encodings of: pointer to .eh_frame, count of entries, entries; pointer; count
  constexpr std::size_t kHead = 12, kEntry = 8;
  constexpr std::uint8_t kCountIsU4 = 0x03, kPairsFromHere = 0x3b, kPointerIsS4 = 0x1b;
  if (table.size() < kHead || packed_value<std::uint8_t>(table, 0) != 1 ||
      packed_value<std::uint8_t>(table, 1) != kPointerIsS4 ||
      packed_value<std::uint8_t>(table, 2) != kCountIsU4 ||
      packed_value<std::uint8_t>(table, 3) != kPairsFromHere)
    return std::nullopt;
  const std::size_t count =
      std::min<std::size_t>(packed_value<std::uint32_t>(table, 8), (table.size() - kHead) / kEntry);
  const auto start_of = [&](std::size_t i) {
    const auto from_here = packed_value<std::int32_t>(table, kHead + i * kEntry);
    return place + static_cast<std::uint64_t>(static_cast<std::int64_t>(from_here));
  };
  std::size_t low = 0, high = count;
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    if (start_of(middle) <= address)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  return start_of(low - 1);
}

std::string demangled(const std::string& symbol) {
  const auto cut = [](std::string name) {
    if (name.size() > kLongestSymbol) name.resize(kLongestSymbol);
    return name;
  };
  const auto references =
      std::ranges::count_if(symbol, [](char letter) { return letter == 'S' || letter == 'T'; });
  if (!symbol.starts_with("_Z") || symbol.size() > kLongestMangled ||
      references > kMostBackReferences)
    return cut(symbol);
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text(
      abi::__cxa_demangle(symbol.c_str(), nullptr, nullptr, &status), &std::free);
  return cut(text ? std::string(text.get()) : symbol);
}

}  // namespace tierwatch
