// SPDX-License-Identifier: MIT
#include "analysis/judge/blind_spots.h"

#include <algorithm>
#include <iterator>

#include "analysis/judge/blame.h"
#include "analysis/judge/capacity.h"
#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"
#include "analysis/judge/server_limits.h"
#include "analysis/judge/wanted.h"
#include "collectors/servers/servers.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

/// A peer for whose answer as many wait as it has workers. These may be idle: who takes jobs from a
/// queue waits there for the next one.
const PeerFacts* all_wait_for(const TierFacts& tier) {
  if (!tier.peers || tier.workers.value_or(0) < kOneAtATime) return nullptr;
  const auto found = std::ranges::find_if(*tier.peers, [&](const PeerFacts& peer) {
    return peer.awaiting.value_or(0) >= kNearlyAll * *tier.workers;
  });
  return found == tier.peers->end() ? nullptr : &*found;
}

void add_unseen_pool(const TierFacts& tier, std::vector<std::string>& spots) {
  if (tier.serving == RoleKind::kEventWorker && !tier.listeners && is_busy(tier))
    spots.push_back(tier.name + ": which listeners are its own is not known, so it may be blocked");
  if (!is_pool(tier) || held_ratio(tier) || queued_ratio(tier)) return;
  const PeerFacts* peer = all_wait_for(tier);
  spots.push_back(
      tier.name +
      ": neither its accept queue nor its busy workers are seen, so it may "
      "be held" +
      (peer ? ", by " + peer->name + ": as many wait for it as there are workers" : ""));
}

void add_held(const TierFacts& tier, const JudgeInput& input, std::vector<std::string>& spots) {
  if (tier.stopped) return;
  const auto waiting = waiting_on(input, tier);
  if (!waiting) {
    const bool unread = left_unread(tier, input.host).has_value();
    spots.push_back(tier.name + (is_pool(tier) ? ": what its workers wait for is not seen"
                                 : unread
                                     ? ": what blocks it is not seen"
                                     : ": why it accepts no more is not seen; it may be a limit "
                                       "of its own configuration, or a call that blocks it"));
    return;
  }
  const TierFacts* peer = tier_named(input, waiting->tier);
  if (peer && hides_its_waits(*peer))
    spots.push_back(peer->name +
                    ": what its requests wait for inside it (its locks, its limits) "
                    "is not seen");
  if (waiting->tier == kExternalTier)
    spots.push_back(tier.name + " is held by " + waiting->address + ", which is not watched");
  if (!waiting->share)
    spots.push_back(tier.name + ": what its workers wait for is concluded from its connections");
}

/// What waits in a pooler waits for one of its connections, if it has its limit of them.
void add_pooler(const TierFacts& tier, const JudgeInput& input, std::vector<std::string>& spots) {
  if (!traits_of(tier.preset).only_pools || !is_busy(tier)) return;
  const auto demand = pool_demand(tier, input);
  if (demand && may_lack_connections(tier, *demand))
    spots.push_back(tier.name + ": requests wait in it (" + whole(*demand->surely_waiting) +
                    (demand->fullest ? "), though not all of its connections are at work: sessions "
                                       "or transactions may hold them"
                                     : "), and it has no connection to pass them on"));
  else if (!demand || !demand->surely_waiting || may_be_waited_in(tier, *demand))
    spots.push_back(tier.name +
                    ": whether requests wait in it for one of its connections is not known");
}

/// Pools of threads inside an event loop, and limits of its own, queue requests where nobody sees
/// it.
void add_unexplained(const TierFacts& tier, const Verdict& verdict,
                     std::vector<std::string>& spots) {
  if (is_pool(tier) || tier.backends || traits_of(tier.preset).only_pools) return;
  if (clients_are_slower(tier)) return;
  for (const TierTime& time : verdict.in_flight) {
    if (full_name(time) != tier.name) continue;
    double unexplained = -std::max(tier.sending.value_or(0),
                                   tier.unsent.value_or(0));  // those wait for slow clients
    for (const TimeSpent& part : time.spent)
      if (part.on == Spent::kUnknown) unexplained += part.requests;
    if (unexplained >= kManyUnexplained && unexplained >= kManyWait * time.in_flight)
      spots.push_back(tier.name +
                      ": what many of its requests wait for is not seen; it may be a pool or a "
                      "limit inside it, or a call that blocks its event loop");
  }
}

void add_full_host(const JudgeInput& input, const ThresholdTable& thresholds,
                   std::vector<std::string>& spots) {
  const HostFacts& host = input.host;
  if (cores_are_idle(host, thresholds.all)) return;
  for (const TierFacts& tier : input.tiers)
    if (tier.processes > 0 && !tier.run_delay_cores && host.busy_cores)
      spots.push_back(tier.name + ": whether it waits for a cpu is not known");
  if (!host.busy_cores) spots.push_back("how busy the host is cannot be read");
}

/// Named because the processors are full by all together, not at a ceiling of its own.
bool names_shared_cpu(const Verdict& verdict) {
  return std::ranges::any_of(verdict.saturations, [&](const Saturation& one) {
    return verdict.named() == TierResource{one.tier, one.resource} && one.rule == Rule::kSharedCpu;
  });
}

std::string cores_words(double cores) {
  return two_digits(cores) + (cores < kAboutOneCore ? " of a core" : " cores");
}

/// A server that nobody watches may be what is full, as one process often can use no more than one
/// core. The load generator of a run is meant to work.
void add_unwatched(const JudgeInput& input, std::vector<std::string>& spots) {
  for (const ForeignProgram& program : input.host.foreign) {
    if (program.cores < kWholeCore || (input.load && program.comm == input.load->generator))
      continue;
    spots.push_back(program.comm + " (pid " + std::to_string(program.pid) +
                    "), which no tier takes, uses " + cores_words(program.cores));
  }
}

/// Which of its sockets lead where is not known: their number is the most that one way out holds.
void add_local_ports(const HostFacts& host, std::vector<std::string>& spots) {
  const auto& ports = host.local_ports;
  if (!ports || ports->limit <= 0 || ports->used < kNearlyAll * ports->limit) return;
  spots.push_back("tcp holds " + count_of(ports->used, "socket") +
                  ", and connections may leave by " + count_of(ports->limit, "local port") +
                  " only (ip_local_port_range)");
}

bool drops_connections(const HostFacts& host) { return host.syn_drops.value_or(0) > 0; }

void add_half_open(const HostFacts& host, std::vector<std::string>& spots) {
  if (drops_connections(host))
    spots.push_back("a SYN backlog is full (TCPReqQFullDrop), of a server that is not known: " +
                    count_of(*host.syn_drops, "request") + " for a connection dropped");
}

bool tracks_no_more(const HostFacts& host, double share) {
  const auto& table = host.tracked_connections;
  return table && table->limit > 0 && table->used >= share * table->limit;
}

void add_tracked_connections(const HostFacts& host, std::vector<std::string>& spots) {
  if (tracks_no_more(host, kNearlyAll))
    spots.push_back("the kernel tracks " + count_of(host.tracked_connections->used, "connection") +
                    " of " + whole(host.tracked_connections->limit) +
                    " at most (nf_conntrack_max): what comes beyond is dropped");
}

/// Nobody's queue shows who waits: clients that send, or a tier whose connections do not tell.
void add_full_links(const JudgeInput& input, std::vector<std::string>& spots) {
  const bool told = std::ranges::any_of(
      input.tiers, [](const TierFacts& tier) { return tier.sending.has_value(); });
  for (const LinkFacts& link : input.host.links) {
    if (link.received_ratio >= kLinkFull)
      spots.push_back("link " + link.name + " receives as fast as it can: clients may wait");
    if (link.sent_ratio >= kLinkFull && !told)
      spots.push_back("link " + link.name +
                      " sends as fast as it can; whose answers wait for it is not known");
  }
}

bool waits_at_unowned(const ListenerFacts& listener, const ThresholdTable& thresholds) {
  return listener.queued_ratio >= thresholds.all.queued;
}

void add_unowned_listeners(const JudgeInput& input, const ThresholdTable& thresholds,
                           std::vector<std::string>& spots) {
  for (const ListenerFacts& one : input.host.unowned_listeners)
    if (waits_at_unowned(one, thresholds))
      spots.push_back("connections wait in the accept queue of " + one.name + " " +
                      percent(std::min(1.0, one.queued_ratio)) +
                      " of the time; its owner is not known");
}

bool names_cpu(const Verdict& verdict) {
  return verdict.resource == Resource::kCpu || verdict.resource == Resource::kThread ||
         verdict.resource == Resource::kQuota;
}

}  // namespace

std::vector<std::string> blind_spots(const Verdict& verdict, const JudgeInput& input,
                                     const ThresholdTable& thresholds) {
  std::vector<std::string> spots;
  if (verdict.state == VerdictState::kUnknown) return spots;
  const bool clear = verdict.state == VerdictState::kClear;
  const bool held = !clear && verdict.resource == Resource::kWorkers;
  for (const TierFacts& tier : input.tiers) {
    if (tier.processes <= 0) continue;
    if (!tier.cpu_cores) spots.push_back(tier.name + ": its cpu time cannot be read");
    if (clear || held) std::ranges::move(unseen_limits(tier), std::back_inserter(spots));
    if (clear) add_unseen_pool(tier, spots);
    if (clear) add_pooler(tier, input, spots);
    if (held && (verdict.tier == tier.name || is_short_of_workers(tier, thresholds.of(tier.name))))
      add_held(tier, input, spots);
    if (clear) add_unexplained(tier, verdict, spots);
  }
  if (clear) {
    add_unwatched(input, spots);
    add_local_ports(input.host, spots);
    add_unowned_listeners(input, thresholds, spots);
    add_half_open(input.host, spots);
    add_tracked_connections(input.host, spots);
    add_full_links(input, spots);
  }
  if (clear || !names_cpu(verdict) || names_shared_cpu(verdict))
    add_full_host(input, thresholds, spots);
  std::ranges::sort(spots);
  return spots;
}

bool may_be_denied(const JudgeInput& input, const ThresholdTable& thresholds) {
  if (drops_connections(input.host) || tracks_no_more(input.host, 1)) return true;
  const auto one_may = [](const TierFacts& tier) {
    return hides_its_clients(tier) || may_be_at_limit(tier) || refuses_to_write(tier);
  };
  return std::ranges::any_of(input.tiers, one_may) ||
         std::ranges::any_of(input.host.unowned_listeners, [&](const ListenerFacts& one) {
           return waits_at_unowned(one, thresholds);
         });
}

}  // namespace tierwatch
