// SPDX-License-Identifier: MIT
#include "analysis/judge/outer_limits.h"

#include <algorithm>

#include "analysis/judge/judge_constants.h"
#include "analysis/judge/saturation.h"
#include "analysis/judge/server_limits.h"
#include "analysis/judge/wanted.h"

namespace tierwatch {
namespace {

/// Answers that wait for the link: over the loopback those to clients of this machine, too.
std::optional<double> waiting_answers(const TierFacts& tier, const LinkFacts& link) {
  return link.name == "lo" ? tier.unsent : tier.sending;
}

bool sends_most(const TierFacts& tier, const LinkFacts& link, const JudgeInput& input) {
  const auto rank = [&](const TierFacts& one) {
    return std::pair(waiting_answers(one, link).value_or(0), one.name);
  };
  return std::ranges::all_of(input.tiers,
                             [&](const TierFacts& other) { return rank(other) <= rank(tier); });
}

/// Answers wait to be sent while a link sends as fast as it can: its own, if no other tier has more
/// of them.
std::optional<Saturation> full_link(const TierFacts& tier, const JudgeInput& input,
                                    const Thresholds& thresholds, const HotSet& before) {
  const auto& links = input.host.links;
  const auto fullest = std::ranges::max_element(links, {}, &LinkFacts::sent_ratio);
  if (fullest == links.end() || !sends_most(tier, *fullest, input)) return std::nullopt;
  const auto waiting = waiting_answers(tier, *fullest);
  if (!waiting) return std::nullopt;
  if (fullest->sent_ratio < kLinkFull - thresholds.warm_margin) return std::nullopt;
  const bool full = is_full(fullest->sent_ratio, kLinkFull,
                            before.contains({tier.name, Resource::kNetwork}), thresholds);
  return Saturation{.tier = tier.name,
                    .resource = Resource::kNetwork,
                    .rule = Rule::kNetwork,
                    .state = full && *waiting >= kOneAtATime ? Heat::kHot : Heat::kWarm,
                    .utilization_ratio = fullest->sent_ratio,
                    .used = fullest->sent_ratio * fullest->bits_per_second,
                    .capacity = fullest->bits_per_second,
                    .full_at = kLinkFull,
                    .bound = fullest->name};
}

/// However many reads it answers: one write in a hundred that fails is what is to be told first.
/// Less than nearly all in use is no limit to come near to for now.
std::optional<Saturation> full_disk(const TierFacts& tier) {
  if (!tier.space || tier.space->size_bytes <= 0) return std::nullopt;
  const SpaceFacts& space = *tier.space;
  const double ratio = used_ratio(space);
  const bool full = has_no_space(tier) && is_busy(tier);
  if (!full && ratio < kSpaceNearlyUsed) return std::nullopt;
  const bool inodes = space.inodes && ratio > 1 - space.left_bytes / space.size_bytes;
  const double all = inodes ? *space.inodes : space.size_bytes;
  return Saturation{.tier = tier.name,
                    .resource = Resource::kSpace,
                    .rule = Rule::kCountableLimit,
                    .state = full ? Heat::kHot : Heat::kWarm,
                    .utilization_ratio = ratio,
                    .used = ratio * all,
                    .capacity = all,
                    .full_at = 1,
                    .bound = inodes ? "inodes" : "bytes"};
}

/// Who asks for a connection finds as many that are half open as there may be, and is turned away.
std::optional<Saturation> full_backlog(const TierFacts& tier, const JudgeInput& input) {
  const ListenerFacts* fullest = nullptr;
  const auto ratio = [](const ListenerFacts& one) {
    return one.limit.value_or(0) > 0 ? one.half_open.value_or(0) / *one.limit : 0;
  };
  if (!tier.listeners || input.host.syn_drops.value_or(0) <= 0) return std::nullopt;
  for (const ListenerFacts& one : *tier.listeners)
    if (!fullest || ratio(one) > ratio(*fullest)) fullest = &one;
  if (!fullest || ratio(*fullest) < kHalfOpenFull) return std::nullopt;
  return Saturation{.tier = tier.name,
                    .resource = Resource::kConnections,
                    .rule = Rule::kCountableLimit,
                    .state = Heat::kHot,
                    .utilization_ratio = std::min(1.0, ratio(*fullest)),
                    .used = fullest->half_open,
                    .capacity = fullest->limit,
                    .full_at = kHalfOpenFull,
                    .bound = std::string(kHalfOpen) + fullest->name};
}

void add_backlog(Saturation backlog, std::vector<Saturation>& found) {
  const auto same = std::ranges::find(found, Resource::kConnections, &Saturation::resource);
  if (same == found.end())
    found.push_back(std::move(backlog));
  else if (same->state != Heat::kHot)
    *same = std::move(backlog);
}

}  // namespace

void add_outer_limits(const TierFacts& tier, const JudgeInput& input, const Thresholds& thresholds,
                      const HotSet& before, std::vector<Saturation>& found) {
  if (auto link = full_link(tier, input, thresholds, before)) found.push_back(*std::move(link));
  if (auto disk = full_disk(tier)) found.push_back(*std::move(disk));
  if (auto backlog = full_backlog(tier, input)) add_backlog(*std::move(backlog), found);
}

}  // namespace tierwatch
