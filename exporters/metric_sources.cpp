// SPDX-License-Identifier: MIT
#include "exporters/metric_sources.h"

namespace tierwatch {
namespace {

void add(MetricValue value, std::vector<std::string> labels, std::vector<MetricSample>& samples) {
  if (value) samples.push_back({std::move(labels), *value});
}

}  // namespace

bool was_seen(const TierSample& tier) {
  const CounterTotals& totals = tier.totals;
  return tier.sums.processes > 0 || tier.sums.zombies > 0 || totals.major_faults > 0 ||
         totals.user_cpu + totals.system_cpu + totals.run_delay.value_or(nanoseconds{0}) >
             nanoseconds{0} ||
         totals.voluntary_switches.value_or(0) + totals.involuntary_switches.value_or(0) > 0 ||
         totals.read_bytes.value_or(0) + totals.written_bytes.value_or(0) > 0;
}

MetricSource per_role(RoleValue value, UnseenTiers unseen) {
  return {{"tier", "role"},
          [value = std::move(value), unseen](const MetricInput& input,
                                             std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            for (const TierSample& tier : input.snapshot->tiers) {
              if (unseen == UnseenTiers::kSkip && !was_seen(tier)) continue;
              for (const RoleSample& role : tier.roles)
                add(value(role), {tier.name, role.name}, samples);
            }
          }};
}

MetricSource per_role_by(std::string_view label, Labelled<RoleValue> values) {
  return {
      {"tier", "role", label},
      [values = std::move(values)](const MetricInput& input, std::vector<MetricSample>& samples) {
        if (!input.snapshot) return;
        for (const TierSample& tier : input.snapshot->tiers) {
          if (!was_seen(tier)) continue;
          for (const RoleSample& role : tier.roles) {
            for (const auto& [name, value] : values) {
              add(value(role), {tier.name, role.name, std::string(name)}, samples);
            }
          }
        }
      }};
}

MetricSource per_tier(TierValue value) {
  return {{"tier"},
          [value = std::move(value)](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            for (const TierSample& tier : input.snapshot->tiers)
              add(value(tier), {tier.name}, samples);
          }};
}

MetricSource of_host(HostValue value) {
  return {{},
          [value = std::move(value)](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (input.snapshot) add(value(input.snapshot->host), {}, samples);
          }};
}

MetricSource of_host_by(std::string_view label, Labelled<HostValue> values) {
  return {
      {label},
      [values = std::move(values)](const MetricInput& input, std::vector<MetricSample>& samples) {
        if (!input.snapshot) return;
        for (const auto& [name, value] : values) {
          add(value(input.snapshot->host), {std::string(name)}, samples);
        }
      }};
}

MetricSource of_snapshot(SnapshotValue value) {
  return {{},
          [value = std::move(value)](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (input.snapshot) add(value(input, *input.snapshot), {}, samples);
          }};
}

MetricSource of_own_process(OwnProcessValue value) {
  return {{},
          [value = std::move(value)](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (input.own_process) add(value(*input.own_process), {}, samples);
          }};
}

}  // namespace tierwatch
