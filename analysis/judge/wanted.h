// SPDX-License-Identifier: MIT
//
// Is anybody denied, or waiting? A limit that is reached while nobody asks for more is a fact for
// alerts, no verdict: full needs demand. Each function answers for one resource, from the facts of
// a window; absent facts never count as "nobody". Pure.
#pragma once

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"

namespace tierwatch {

/// Share of the time with somebody in the queue before `workers` of a pool that are busy `load` of
/// the time, when requests come and take as they please (M/M/c: Erlang C times the load). Small
/// pools queue by chance: one worker at two thirds of its time has somebody waiting for 45 % of it.
double chance_queue(double workers, double load);

/// Threads or processes that take requests, at most as many as are busy while others wait in the
/// accept queue: a thread that reports errors or metrics accepts nothing. Absent: not known.
std::optional<double> usable_workers(const TierFacts& tier, const Thresholds& thresholds);

/// From which share of the time on a queue before this pool says by itself that it is full, and
/// from which on beside workers that are all busy. Never below thresholds.queued.
double queued_full_at(const TierFacts& tier, const Thresholds& thresholds);
double queued_beside_busy(const TierFacts& tier, const Thresholds& thresholds);

/// Somebody waits for a worker of a pool that has all of them busy.
bool waits_for_a_worker(const TierFacts& tier, const Thresholds& thresholds);

/// Clients come and are refused, or wait: what is at its limit of connections is asked for more.
bool wants_connections(const TierFacts& tier);

/// Its cgroup wants more than its limit: it is not only filled up, as caches are on purpose.
bool wants_memory(const TierFacts& tier, const HostFacts& host);

/// Files that it reads do not fit into its memory limit beside what it holds: pages that were
/// dropped for want of room there are wanted back, and somebody waits for them.
bool rereads_its_files(const TierFacts& tier, const JudgeInput& input);

/// Nothing more can be written where it keeps its data: what is asked of it fails, but for reading.
bool has_no_space(const TierFacts& tier);
/// Some of what it writes may fail for want of room.
bool may_lack_space(const TierFacts& tier);

/// Requests of watched tiers wait for `tier`, as many as one at a time. Where only others are its
/// clients, more than one of theirs must: one alone may be somebody's session. Absent: its clients'
/// connections do not tell.
std::optional<bool> is_awaited(const TierFacts& tier, const JudgeInput& input);

/// What the connections of a tier to other servers say of the requests that it is at work on.
struct PoolDemand {
  const PeerFacts* fullest = nullptr;  ///< whose connections are used most; null: it has none
  /// To that one; used: an answer is awaited, or a transaction keeps it.
  double used = 0, connections = 0;
  double awaiting = 0;  ///< used ones of the connections to all
  double waiting = 0;   ///< requests at work that neither run nor wait for anything seen
  /// The same where it is certain that a request is at work; absent: not known.
  std::optional<double> surely_waiting, surely_owed;
};
/// Absent: not known, or its requests do not take turns on its connections.
std::optional<PoolDemand> pool_demand(const TierFacts& tier, const JudgeInput& input);

/// As many connections as requests: who opens one for each has no pool that could be full.
bool has_one_for_each(const TierFacts& tier, const PoolDemand& demand);
/// What requests wait for inside it, such as its locks, is not seen: threads share its work.
bool hides_its_waits(const TierFacts& tier);

/// Requests wait for one of the connections to the fullest, all of which are in use.
bool wants_connections_of_its_own(const TierFacts& tier, const PoolDemand& demand);
/// Requests wait in a pooler, though hardly an answer is awaited on its connections: sessions or
/// transactions hold these, or an administrator does.
bool keeps_its_connections(const TierFacts& tier, const PoolDemand& demand);
/// Some wait in a pooler, and for what is not certain.
bool may_lack_connections(const TierFacts& tier, const PoolDemand& demand);
/// Some may, or its clients over UNIX sockets are idle.
bool may_be_waited_in(const TierFacts& tier, const PoolDemand& demand);

}  // namespace tierwatch
