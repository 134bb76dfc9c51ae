// SPDX-License-Identifier: MIT
//
// The columns of the metric table that are code: how a row's values and labels are taken out of a
// snapshot. A row names a field (`per_role(&GaugeSums::threads)`) or, where the field is not the
// value, a function of its owner.
#pragma once

#include <algorithm>
#include <chrono>
#include <concepts>
#include <map>
#include <optional>
#include <utility>

#include "exporters/prometheus/metric_table.h"

namespace tierwatch {

/// A metric's value: absent gives no sample, and a family without samples is not served.
using MetricValue = std::optional<double>;

inline MetricValue metric_value(nanoseconds time) {
  return static_cast<double>(time.count()) / 1e9;  // seconds; dividing rounds once, as written
}
template <typename T>
requires std::integral<T> || std::floating_point<T> MetricValue metric_value(T number) {
  return static_cast<double>(number);
}
template <typename T>
MetricValue metric_value(const std::optional<T>& maybe) {
  return maybe ? metric_value(*maybe) : std::nullopt;
}

using RoleValue = std::function<MetricValue(const RoleSample&)>;
using TierValue = std::function<MetricValue(const TierSample&)>;
using HostValue = std::function<MetricValue(const HostSample&)>;
using SnapshotValue = std::function<MetricValue(const Snapshot&)>;
using OwnProcessValue = std::function<MetricValue(const OwnProcess&)>;

/// A label value with the accessor it stands for: {"user", cpu_of_user}.
template <typename Value>
using Labelled = std::vector<std::pair<std::string_view, Value>>;

/// One sample per tier and role, labels tier and role; values add up over roles, and do so where no
/// detail is wanted.
MetricSource per_role(RoleValue value);

/// The same with one label more, e.g. `mode`; values add up over it, too.
MetricSource per_role_by(std::string_view label, Labelled<RoleValue> values);

/// With its roles for everybody.
MetricSource always_by_role(MetricSource source);

/// One sample per tier, label tier: for what does not add up over roles.
MetricSource per_tier(TierValue value);

/// One sample about the machine.
MetricSource of_host(HostValue value);
MetricSource of_host_by(std::string_view label, Labelled<HostValue> values);

/// One sample about the snapshot or the daemon that made it.
MetricSource of_snapshot(SnapshotValue value);

/// Values by their label values: no two alike.
using LabelledValues = std::map<std::vector<std::string>, double>;

/// What a function makes of the snapshot, in the order of the label values.
MetricSource of_snapshot_by(std::vector<std::string_view> labels,
                            std::function<LabelledValues(const Snapshot&)> values);

/// One sample per tier out of what the verdict stands on, label tier.
MetricSource per_tier_facts(std::function<MetricValue(const TierFacts&)> value);

/// Calls `use(name, facts)` for each tier whose facts are known.
template <typename Use>
void for_each_tier(const Snapshot& snapshot, Use use) {
  const std::size_t known = std::min(snapshot.tiers.size(), snapshot.facts.tiers.size());
  for (std::size_t i = 0; i < known; ++i) use(snapshot.tiers[i].name, snapshot.facts.tiers[i]);
}

/// Text of other people's making as a label value: bytes that are no printable ASCII, and the
/// backslash, become \xNN, so that two texts never become one.
std::string label_text(std::string_view text);

/// One sample about the daemon's own process.
MetricSource of_own_process(OwnProcessValue value);

/// What the daemon's service knows, in the order of the label values.
MetricSource of_service(std::vector<std::string_view> labels,
                        std::function<LabelledValues(const ServiceState&)> values);

inline MetricValue metric_value(std::chrono::system_clock::time_point at) {
  return metric_value(std::chrono::duration_cast<nanoseconds>(at.time_since_epoch()));
}

/// A field of CounterTotals, GaugeSums or (inside GaugeSums) MemoryReading, as an accessor of a
/// role.
template <typename Owner, typename Field>
RoleValue role_field(Field Owner::*field) {
  return [field](const RoleSample& role) -> MetricValue {
    if constexpr (std::same_as<Owner, CounterTotals>) {
      return metric_value(role.totals.*field);
    } else if constexpr (std::same_as<Owner, GaugeSums>) {
      return metric_value(role.sums.*field);
    } else {
      static_assert(std::same_as<Owner, MemoryReading>);
      return role.sums.memory ? metric_value((*role.sums.memory).*field) : std::nullopt;
    }
  };
}

/// A field of HostReading, or of one of its optional parts, as an accessor of the host.
template <typename Field>
HostValue host_field(Field HostReading::*field) {
  return [field](const HostSample& host) { return metric_value(host.reading.*field); };
}
template <typename Part, typename Field>
HostValue host_field(std::optional<Part> HostReading::*part, Field Part::*field) {
  return [part, field](const HostSample& host) -> MetricValue {
    const auto& owner = host.reading.*part;
    return owner ? metric_value((*owner).*field) : std::nullopt;
  };
}

template <typename Field>
SnapshotValue self_field(Field SelfSample::*field) {
  return [field](const Snapshot& snapshot) { return metric_value(snapshot.self.*field); };
}

}  // namespace tierwatch
