// SPDX-License-Identifier: MIT
#include "analysis/judge/by_tier.h"

#include <algorithm>
#include <tuple>

namespace tierwatch {
namespace {

void rename(std::string& name) { name = tier_part(name); }

void rename(std::string& name, std::string& words) {
  if (const std::string server(server_part(name)); !server.empty()) words = server + ": " + words;
  rename(name);
}

std::vector<Saturation> fullest_of_each(std::vector<Saturation> all) {
  for (Saturation& one : all) rename(one.tier, one.why);
  std::ranges::stable_sort(all, [](const Saturation& a, const Saturation& b) {
    const auto key = [](const Saturation& one) {
      return std::tuple(one.tier, one.resource, -static_cast<int>(one.state),
                        -one.utilization_ratio.value_or(0));
    };
    return key(a) < key(b);
  });
  const auto same = [](const Saturation& a, const Saturation& b) {
    return a.tier == b.tier && a.resource == b.resource;
  };
  all.erase(std::unique(all.begin(), all.end(), same), all.end());
  return all;
}

}  // namespace

JudgeInput by_instance(JudgeInput input) {
  if (!input.instances.empty()) input.tiers = std::move(input.instances);
  input.instances.clear();
  return input;
}

Verdict by_tier(Verdict verdict) {
  verdict.instance = server_part(verdict.tier);
  rename(verdict.tier);
  verdict.saturations = fullest_of_each(std::move(verdict.saturations));
  for (TierResource& joint : verdict.joint_with) rename(joint.tier);
  for (VerdictCandidate& candidate : verdict.candidates)
    rename(candidate.what.tier, candidate.why_not);
  for (PathStep& step : verdict.path) {
    if (!step.watched) continue;
    step.instance = server_part(step.name);
    rename(step.name);
  }
  if (verdict.waiting_on) {
    rename(verdict.waiting_on->tier);
    for (std::string& tier : verdict.waiting_on->through) rename(tier);
  }
  return verdict;
}

std::set<TierResource> by_tier(const std::set<TierResource>& instances) {
  std::set<TierResource> tiers;
  for (TierResource one : instances) {
    rename(one.tier);
    tiers.insert(std::move(one));
  }
  return tiers;
}

}  // namespace tierwatch
