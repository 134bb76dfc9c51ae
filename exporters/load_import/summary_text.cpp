// SPDX-License-Identifier: MIT
#include "exporters/load_import/summary_text.h"

#include <array>
#include <utility>

#include "exporters/load_import/number_text.h"

namespace tierwatch {

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = line.find_first_of(" \t\r");
    words.push_back(line.substr(0, end));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end);
  }
}

std::optional<std::string_view> text_after(std::string_view text, std::string_view key) {
  const auto at = text.find(key);
  if (at == std::string_view::npos) return std::nullopt;
  text.remove_prefix(at + key.size());
  return trimmed(text.substr(0, text.find('\n')));
}

std::optional<double> number_after(std::string_view text, std::string_view key) {
  const auto rest = text_after(text, key);
  if (!rest) return std::nullopt;
  return parse_number<double>(rest->substr(0, rest->find_first_of(" \t,)")));
}

std::optional<double> parse_unit_seconds(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 5> kUnits = {
      {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}};
  for (const auto& [unit, seconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    if (const auto value = parse_number<double>(text.substr(0, text.size() - unit.size())))
      return *value * seconds;
  }
  return std::nullopt;
}

}  // namespace tierwatch
