// SPDX-License-Identifier: MIT
#include "exporters/prometheus/metric_sources.h"

namespace tierwatch {
namespace {

void add(MetricValue value, std::vector<std::string> labels, std::vector<MetricSample>& samples) {
  if (value) samples.push_back({std::move(labels), *value});
}

}  // namespace

MetricSource per_role(RoleValue value) {
  return {{"tier", "role"},
          [value = std::move(value)](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            for (const TierSample& tier : input.snapshot->tiers) {
              for (const RoleSample& role : tier.roles)
                add(value(role), {tier.name, role.name}, samples);
            }
          },
          false,
          true};
}

MetricSource per_role_by(std::string_view label, Labelled<RoleValue> values) {
  return {
      {"tier", "role", label},
      [values = std::move(values)](const MetricInput& input, std::vector<MetricSample>& samples) {
        if (!input.snapshot) return;
        for (const TierSample& tier : input.snapshot->tiers) {
          for (const RoleSample& role : tier.roles) {
            for (const auto& [name, value] : values) {
              add(value(role), {tier.name, role.name, std::string(name)}, samples);
            }
          }
        }
      },
      false,
      true};
}

MetricSource always_by_role(MetricSource source) {
  source.folds_roles = false;
  return source;
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
            if (input.snapshot) add(value(*input.snapshot), {}, samples);
          }};
}

MetricSource of_snapshot_by(std::vector<std::string_view> labels,
                            std::function<LabelledValues(const Snapshot&)> values) {
  return {std::move(labels), [values = std::move(values)](const MetricInput& input,
                                                          std::vector<MetricSample>& samples) {
            if (!input.snapshot) return;
            for (const auto& [label_values, value] : values(*input.snapshot))
              samples.push_back({label_values, value});
          }};
}

MetricSource per_tier_facts(std::function<MetricValue(const TierFacts&)> value) {
  return of_snapshot_by({"tier"}, [value = std::move(value)](const Snapshot& snapshot) {
    LabelledValues values;
    for_each_tier(snapshot, [&](const std::string& name, const TierFacts& tier) {
      if (const MetricValue known = value(tier)) values.emplace(std::vector{name}, *known);
    });
    return values;
  });
}

std::string label_text(std::string_view text) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte < 0x7f && c != '\\')
      out += c;
    else
      out.append("\\x").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return out;
}

MetricSource of_own_process(OwnProcessValue value) {
  return {{},
          [value = std::move(value)](const MetricInput& input, std::vector<MetricSample>& samples) {
            if (input.own_process) add(value(*input.own_process), {}, samples);
          },
          true};
}

MetricSource of_service(std::vector<std::string_view> labels,
                        std::function<LabelledValues(const ServiceState&)> values) {
  return {
      std::move(labels),
      [values = std::move(values)](const MetricInput& input, std::vector<MetricSample>& samples) {
        if (!input.service) return;
        for (const auto& [label_values, value] : values(*input.service))
          samples.push_back({label_values, value});
      },
      true};
}

}  // namespace tierwatch
