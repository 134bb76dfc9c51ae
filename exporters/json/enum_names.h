// SPDX-License-Identifier: MIT
//
// The words by which values of our enumerations are known outside the program: their to_string(),
// and the way back.
#pragma once

#include <optional>
#include <string_view>

#include "analysis/snapshot.h"

namespace tierwatch {

inline std::string_view to_string(RoleKind kind) {
  constexpr std::string_view kNames[] = {"support", "sync_worker", "event_worker", "threaded"};
  return kNames[static_cast<std::size_t>(kind)];
}
inline std::string_view to_string(Rule rule) {
  constexpr std::string_view kNames[] = {
      "countable_limit", "lock",    "own_ceiling",      "shared_cpu", "disk",
      "network",         "workers", "connection_table", "stuck"};
  return kNames[static_cast<std::size_t>(rule)];
}
inline std::string_view to_string(WaitFacts::For kind) {
  constexpr std::string_view kNames[] = {"tier", "external", "disk", "lock", "clients", "other"};
  return kNames[static_cast<std::size_t>(kind)];
}

/// The last value of each enumeration that is read back; its first is 0.
template <typename E>
inline constexpr E kLast = E::no_last_value_is_known;
template <>
inline constexpr RoleKind kLast<RoleKind> = RoleKind::kThreaded;
template <>
inline constexpr Fault kLast<Fault> = Fault::kOther;
template <>
inline constexpr Resource kLast<Resource> = Resource::kNetwork;
template <>
inline constexpr VerdictState kLast<VerdictState> = VerdictState::kSaturated;
template <>
inline constexpr Confidence kLast<Confidence> = Confidence::kHigh;
template <>
inline constexpr Heat kLast<Heat> = Heat::kHot;
template <>
inline constexpr Rule kLast<Rule> = Rule::kStuck;
template <>
inline constexpr Spent kLast<Spent> = Spent::kUnknown;
template <>
inline constexpr WaitFacts::For kLast<WaitFacts::For> = WaitFacts::For::kOther;
template <>
inline constexpr SocketFamily kLast<SocketFamily> = SocketFamily::kUnix;
template <>
inline constexpr OwnerSource kLast<OwnerSource> = OwnerSource::kTitle;

/// The value of that word; absent for any other text.
template <typename E>
std::optional<E> enum_value(std::string_view word) {
  for (std::size_t i = 0; i <= static_cast<std::size_t>(kLast<E>); ++i)
    if (to_string(static_cast<E>(i)) == word) return static_cast<E>(i);
  return std::nullopt;
}

}  // namespace tierwatch
