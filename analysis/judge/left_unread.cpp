// SPDX-License-Identifier: MIT
#include "analysis/judge/left_unread.h"

#include <algorithm>

#include "analysis/judge/judge_constants.h"
#include "analysis/resource.h"
#include "collectors/servers/servers.h"

namespace tierwatch {
namespace {

bool reads_at_once(const TierFacts& tier) {
  if (traits_of(tier.preset).only_pools) return false;
  return tier.serving == RoleKind::kEventWorker || tier.serving == RoleKind::kThreaded;
}

/// Cores that its loops or threads use or wait for; absent: not known.
std::optional<double> at_work(const TierFacts& tier) {
  const auto cores = tier.serving_cores ? tier.serving_cores : tier.cpu_cores;
  if (!cores || !tier.run_delay_cores) return std::nullopt;
  return *cores + *tier.run_delay_cores;
}

double loops_of(const TierFacts& tier) { return std::max(1.0, tier.worker_processes.value_or(1)); }

/// None of its threads does half a core's work, nor do they wait for a core: one that does for half
/// of the time may be the only one that reads. Not asked of a single thread: that was seen to
/// sleep.
bool has_cpu_to_spare(const TierFacts& tier, const HostFacts& host) {
  const bool loops = tier.serving == RoleKind::kEventWorker;
  if (loops && tier.workers.value_or(2) < kMoreThanOne) return true;
  const auto cores = at_work(tier);
  const double least = loops ? std::min(loops_of(tier), host.processors) : host.processors;
  const double hottest = tier.hottest_thread ? tier.hottest_thread->cores : 0;
  return cores && *cores < kHalfOfItsCpu * least && hottest < kHalfOfItsCpu &&
         *tier.run_delay_cores < kHalfOfItsCpu;
}

}  // namespace

bool lies_unread(const TierFacts& tier) {
  const auto requests = tier.owed ? tier.owed : tier.connections;
  if (!tier.unread || !requests || !reads_at_once(tier)) return false;
  return *tier.unread >= std::max(kOneAtATime, kLeftUnread * *requests);
}

std::optional<double> left_unread(const TierFacts& tier, const HostFacts& host) {
  return lies_unread(tier) && has_cpu_to_spare(tier, host) ? tier.unread : std::nullopt;
}

double unread_at_work(const TierFacts& tier) {
  if (tier.serving != RoleKind::kEventWorker || !reads_at_once(tier) || !tier.waits) return 0;
  double share = 0;
  for (const WaitFacts& wait : *tier.waits)
    if (wait.kind == WaitFacts::For::kOther) share += wait.share;
  return share * std::max(0.0, tier.owed.value_or(0) - tier.unread.value_or(0));
}

double waits_to_be_read(const TierFacts& tier, const HostFacts& host) {
  if (tier.serving != RoleKind::kEventWorker) return left_unread(tier, host).value_or(0);
  if (!reads_at_once(tier)) return 0;
  return tier.unread.value_or(0) + unread_at_work(tier);
}

std::optional<WaitingOn> blocked_by(const TierFacts& tier) {
  if (tier.serving != RoleKind::kEventWorker || !tier.peers || tier.peers->empty())
    return std::nullopt;
  const auto awaiting = [](const PeerFacts& peer) { return peer.awaiting.value_or(0); };
  const PeerFacts& most = *std::ranges::max_element(*tier.peers, {}, awaiting);
  const double share = awaiting(most) / loops_of(tier);
  if (share < kWaitsMostly) return std::nullopt;
  return WaitingOn{.tier = most.watched ? most.name : std::string(kExternalTier),
                   .address = most.watched ? "" : most.name,
                   .share = std::min(1.0, share),
                   .through = {}};
}

bool clients_are_slower(const TierFacts& tier) {
  const double unread = tier.unread_by_clients.value_or(0);
  return unread >= kManyAnswers && unread >= kManyWait * tier.connections.value_or(0);
}

}  // namespace tierwatch
