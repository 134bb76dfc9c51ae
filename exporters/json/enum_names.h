// SPDX-License-Identifier: MIT
//
// The words by which values of our enumerations are known outside the program, each written once:
// writers and readers of a format use the same table.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>

#include "analysis/snapshot.h"

namespace tierwatch {

/// `EnumNames<E>::values` lists all values with their words; specialised for each enumeration that
/// leaves the program.
template <typename E>
struct EnumNames;

template <typename E>
using NamedValue = std::pair<E, std::string_view>;

template <>
struct EnumNames<RoleKind> {
  static constexpr std::array<NamedValue<RoleKind>, 4> values = {{
      {RoleKind::kSupport, "support"},
      {RoleKind::kSyncWorker, "sync_worker"},
      {RoleKind::kEventWorker, "event_worker"},
      {RoleKind::kThreaded, "threaded"},
  }};
};

template <>
struct EnumNames<Fault> {
  static constexpr std::array<NamedValue<Fault>, 4> values = {{
      {Fault::kGone, "gone"},
      {Fault::kDenied, "denied"},
      {Fault::kMalformed, "malformed"},
      {Fault::kOther, "other"},
  }};
};

template <>
struct EnumNames<Resource> {
  static constexpr std::array<NamedValue<Resource>, kResources> values = {{
      {Resource::kCpu, "cpu"},
      {Resource::kThread, "thread"},
      {Resource::kQuota, "quota"},
      {Resource::kWorkers, "workers"},
      {Resource::kConnections, "connections"},
      {Resource::kFds, "fds"},
      {Resource::kMemory, "memory"},
      {Resource::kDisk, "disk"},
      {Resource::kLock, "lock"},
  }};
};

template <>
struct EnumNames<VerdictState> {
  static constexpr std::array<NamedValue<VerdictState>, 3> values = {{
      {VerdictState::kUnknown, "unknown"},
      {VerdictState::kClear, "clear"},
      {VerdictState::kSaturated, "saturated"},
  }};
};

template <>
struct EnumNames<Confidence> {
  static constexpr std::array<NamedValue<Confidence>, 3> values = {{
      {Confidence::kLow, "low"},
      {Confidence::kMedium, "medium"},
      {Confidence::kHigh, "high"},
  }};
};

template <>
struct EnumNames<Heat> {
  static constexpr std::array<NamedValue<Heat>, 3> values = {{
      {Heat::kCalm, "calm"},
      {Heat::kWarm, "warm"},
      {Heat::kHot, "hot"},
  }};
};

template <>
struct EnumNames<Rule> {
  static constexpr std::array<NamedValue<Rule>, 8> values = {{
      {Rule::kCountableLimit, "countable_limit"},
      {Rule::kLock, "lock"},
      {Rule::kOwnCeiling, "own_ceiling"},
      {Rule::kSharedCpu, "shared_cpu"},
      {Rule::kDisk, "disk"},
      {Rule::kWorkers, "workers"},
      {Rule::kConnectionTable, "connection_table"},
      {Rule::kStuck, "stuck"},
  }};
};

template <>
struct EnumNames<WaitFacts::For> {
  static constexpr std::array<NamedValue<WaitFacts::For>, 5> values = {{
      {WaitFacts::For::kTier, "tier"},
      {WaitFacts::For::kExternal, "external"},
      {WaitFacts::For::kDisk, "disk"},
      {WaitFacts::For::kLock, "lock"},
      {WaitFacts::For::kOther, "other"},
  }};
};

template <>
struct EnumNames<SocketFamily> {
  static constexpr std::array<NamedValue<SocketFamily>, kSocketFamilies> values = {{
      {SocketFamily::kTcp4, "tcp"},
      {SocketFamily::kTcp6, "tcp6"},
      {SocketFamily::kUnix, "unix"},
  }};
};

template <>
struct EnumNames<OwnerSource> {
  static constexpr std::array<NamedValue<OwnerSource>, 4> values = {{
      {OwnerSource::kDescriptor, "descriptor"},
      {OwnerSource::kAddress, "address"},
      {OwnerSource::kCgroup, "cgroup"},
      {OwnerSource::kUser, "user"},
  }};
};

/// The word for a value; empty for one that is none of the enumeration's.
template <typename E>
constexpr std::string_view enum_name(E wanted) {
  for (const auto& [value, name] : EnumNames<E>::values)
    if (value == wanted) return name;
  return {};
}

/// The value of that word; absent for any other text.
template <typename E>
constexpr std::optional<E> enum_value(std::string_view word) {
  for (const auto& [value, name] : EnumNames<E>::values)
    if (name == word) return value;
  return std::nullopt;
}

}  // namespace tierwatch
