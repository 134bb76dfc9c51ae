// SPDX-License-Identifier: MIT
#include "analysis/judge/blind_spots.h"

#include <algorithm>
#include <iterator>

#include "analysis/judge/blame.h"
#include "collectors/text/plain_words.h"
#include "analysis/judge/server_limits.h"

namespace tierwatch {
namespace {

constexpr double kWholeCore = 0.9;
constexpr double kNearlyAll = 0.9;

void add_unseen_pool(const TierFacts& tier, std::vector<std::string>& spots) {
  if (!is_pool(tier) || held_ratio(tier) || queued_ratio(tier)) return;
  spots.push_back(tier.name +
                  ": neither its accept queue nor its busy workers are seen, so it may "
                  "be held");
}

void add_held(const TierFacts& tier, const JudgeInput& input, std::vector<std::string>& spots) {
  const auto waiting = waiting_on(input, tier);
  if (!waiting) {
    spots.push_back(tier.name + (is_pool(tier)
                                     ? ": what its workers wait for is not seen"
                                     : ": why it accepts no more is not seen; it may be a limit "
                                       "of its own configuration"));
    return;
  }
  if (waiting->tier == kExternalTier)
    spots.push_back(tier.name + " is held by " + waiting->address + ", which is not watched");
  if (!waiting->share)
    spots.push_back(tier.name + ": what its workers wait for is concluded from its connections");
}

void add_full_host(const JudgeInput& input, const ThresholdTable& thresholds,
                   std::vector<std::string>& spots) {
  const HostFacts& host = input.host;
  if (host.busy_cores && *host.busy_cores < thresholds.all.host_cpu * host.processors) return;
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
  return two_digits(cores) + (cores < 1.05 ? " of a core" : " cores");
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
    if (held && is_short_of_workers(tier, thresholds.of(tier.name))) add_held(tier, input, spots);
  }
  if (clear) {
    add_unwatched(input, spots);
    add_local_ports(input.host, spots);
  }
  if (clear || !names_cpu(verdict) || names_shared_cpu(verdict))
    add_full_host(input, thresholds, spots);
  std::ranges::sort(spots);
  return spots;
}

}  // namespace tierwatch
