// SPDX-License-Identifier: MIT
//
// What a tier is called in a report on several machines: "postgres at db1".
#pragma once

#include <string>
#include <string_view>

#include "analysis/resource.h"

namespace tierwatch {

inline constexpr std::string_view kAtHost = " at ";

inline std::string at_host(std::string_view tier, std::string_view host) {
  return std::string(tier) + std::string(kAtHost) + std::string(host);
}
/// "postgres" of it; the whole name where it has no host.
inline std::string_view tier_without_host(std::string_view name) {
  return name.substr(0, name.rfind(kAtHost));
}
/// "db1" of it; empty where it has no host.
inline std::string_view host_part(std::string_view name) {
  const std::size_t at = name.rfind(kAtHost);
  return at == std::string_view::npos ? "" : name.substr(at + kAtHost.size());
}

/// What begins a sentence: "postgres at db1 is full", "programs that are no tier fill app1".
inline std::string is_full_words(std::string_view name) {
  if (tier_without_host(name) == kOtherTier)
    return "programs that are no tier fill " + std::string(host_part(name));
  return std::string(name) + " is full";
}

}  // namespace tierwatch
