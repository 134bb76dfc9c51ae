// SPDX-License-Identifier: MIT
#include "collectors/requests/endpoint.h"

#include <algorithm>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostParts = 8, kLongestPart = 40, kLongIdentifier = 20;

bool is_figure(char letter) { return letter >= '0' && letter <= '9'; }

bool is_hexadecimal(char letter) {
  return is_figure(letter) || (letter >= 'a' && letter <= 'f') || (letter >= 'A' && letter <= 'F');
}

std::string_view kind_of(std::string_view part) {
  if (part.empty()) return part;
  const auto figures = static_cast<std::size_t>(std::ranges::count_if(part, is_figure));
  if (figures == part.size()) return "<n>";
  const bool hexadecimal = std::ranges::all_of(
      part, [](char letter) { return is_hexadecimal(letter) || letter == '-'; });
  if (hexadecimal && figures > 0 && part.size() >= 8) return "<id>";
  if (figures >= 4 && part.size() >= kLongIdentifier) return "<id>";
  return part;
}

}  // namespace

std::string endpoint_of(std::string_view target) {
  if (!target.starts_with('/')) {
    const auto scheme = target.find("://");
    const auto path = scheme == target.npos ? target.npos : target.find('/', scheme + 3);
    if (path == target.npos) return target == "*" ? "*" : "(no path)";
    target.remove_prefix(path);
  }
  target = target.substr(0, target.find_first_of("?#;"));
  std::string endpoint;
  target.remove_prefix(1);
  for (std::size_t i = 0;; ++i) {
    if (i == kMostParts) return endpoint + "/…";
    const auto slash = target.find('/');
    const std::string_view part = kind_of(target.substr(0, slash));
    endpoint += '/';
    endpoint += part.substr(0, kLongestPart);
    if (part.size() > kLongestPart) endpoint += "…";
    if (slash == target.npos) return endpoint;
    target.remove_prefix(slash + 1);
  }
}

}  // namespace tierwatch
