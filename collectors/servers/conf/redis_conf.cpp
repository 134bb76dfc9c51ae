// SPDX-License-Identifier: MIT
#include "collectors/servers/conf/redis_conf.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "collectors/servers/conf/conf_text.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

/// "100mb": as memtoull() of util.c counts, 1000 or 1024 to the next.
std::optional<std::uint64_t> bytes_of(std::string_view text) {
  const std::string words = lower_case(text);
  const auto digits = std::min(words.find_first_not_of("0123456789"), words.size());
  const auto number = to_number<std::uint64_t>(std::string_view(words).substr(0, digits));
  const std::string unit = words.substr(digits);
  constexpr std::pair<std::string_view, std::uint64_t> kUnits[] = {
      {"", 1},          {"b", 1},         {"k", 1000},          {"kb", 1u << 10},
      {"m", 1'000'000}, {"mb", 1u << 20}, {"g", 1'000'000'000}, {"gb", 1u << 30}};
  const auto known =
      std::ranges::find(kUnits, unit, &std::pair<std::string_view, std::uint64_t>::first);
  if (!number || known == std::end(kUnits)) return std::nullopt;
  return *number * known->second;
}

/// `"noeviction"` and `noeviction` are one.
std::string_view without_quotes(std::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == value.back() &&
                      (value.front() == '"' || value.front() == '\'');
  return quoted ? value.substr(1, value.size() - 2) : value;
}

}  // namespace

std::optional<std::string> redis_setting(std::string_view text, std::string_view name) {
  std::optional<std::string> value;
  while (!text.empty()) {
    std::string_view line = trim_blanks(take_until(text, '\n'));
    if (lower_case(take_field(line)) == name) value = std::string(trim_blanks(line));
  }
  return value;
}

std::optional<std::uint64_t> redis_memory_limit(std::string_view text) {
  const auto most = redis_setting(text, "maxmemory");
  const auto policy = redis_setting(text, "maxmemory-policy");
  if (!most || (policy && lower_case(without_quotes(*policy)) != "noeviction")) return 0;
  return bytes_of(without_quotes(*most));
}

}  // namespace tierwatch
