// SPDX-License-Identifier: MIT
#include <algorithm>

#include "analysis/judge/blame.h"
#include "analysis/judge/capacity.h"
#include "analysis/judge/judge_constants.h"
#include "analysis/judge/left_unread.h"
#include "analysis/judge/shared_cpu.h"
#include "analysis/judge/time_by_tier.h"
#include "analysis/judge/verdict_sentence.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr std::string_view kRequestLine = "a request in flight: ";

void add_queues(const TierFacts& tier, std::vector<std::string>& lines) {
  if (!tier.listeners) return;
  for (const ListenerFacts& listener : *tier.listeners) {
    if (listener.queued_ratio < kSeldomQueued && listener.drops.value_or(0) <= 0) continue;
    std::string line = "accept queue of " + listener.name + " " + whole(listener.queue_mean);
    if (listener.limit) line += " of " + whole(*listener.limit);
    if (listener.full_ratio > 0)
      line += ", full " + percent(listener.full_ratio) + " of the time";
    else
      line += ", in use " + percent(listener.queued_ratio) + " of the time";
    if (listener.drops.value_or(0) > 0)
      line += ", " + count_of(*listener.drops, "connection") + " dropped";
    lines.push_back(std::move(line));
  }
}

void add_workers(const TierFacts& tier, std::vector<std::string>& lines) {
  if (tier.stopped) lines.emplace_back("its processes that serve are stopped (SIGSTOP)");
  if (const auto held = held_ratio(tier))
    lines.push_back(whole(std::min(*tier.busy_workers, *tier.workers)) + " of " +
                    count_of(*tier.workers, "worker") + " busy, on average");
}

/// " (round trip 40 ms, 3 % of segments sent again)", where that is worth a word.
std::string way_words(const TierFacts& tier, const std::string& to) {
  std::vector<std::string> words;
  for (const PeerFacts& peer : tier.peers.value_or(std::vector<PeerFacts>{})) {
    if (peer.name != to) continue;
    if (peer.round_trip_seconds.value_or(0) >= kFarAway)
      words.push_back("round trip " + whole(*peer.round_trip_seconds * 1000) + " ms");
    if (peer.resent_ratio.value_or(0) >= kLossy)
      words.push_back(percent(*peer.resent_ratio) + " of segments sent again");
  }
  return words.empty() ? "" : " (" + joined(words) + ")";
}

void add_waits(const TierFacts& tier, std::vector<std::string>& lines) {
  if (!tier.waits) return;
  for (const WaitFacts& wait : *tier.waits)
    if (wait.share >= kWaitsForIt && !wait.peer.empty())
      lines.push_back("its busy workers wait for " + wait.peer + " at least " +
                      percent(wait.share) + " of their time" + way_words(tier, wait.peer));
}

void add_run_delay(const TierFacts& tier, const Thresholds& thresholds,
                   std::vector<std::string>& lines) {
  const auto delay = run_delay_ratio(tier);
  if (delay && *delay >= thresholds.run_delay)
    lines.push_back("its threads waited for a cpu " + percent(*delay) +
                    " of the time they could run");
}

void add_throttling(const TierFacts& tier, std::vector<std::string>& lines) {
  if (tier.quota && tier.quota->throttled_ratio.value_or(0) > 0)
    lines.push_back("throttled in " + percent(*tier.quota->throttled_ratio) + " of periods");
}

void add_backends(const TierFacts& tier, Resource resource, std::vector<std::string>& lines) {
  if (!tier.backends || (resource != Resource::kConnections && resource != Resource::kLock)) return;
  const BackendFacts& counts = *tier.backends;
  std::string line = whole(counts.backends) + " backends";
  if (counts.active && counts.waiting && counts.idle_in_transaction)
    line += ": " + whole(*counts.active) + " active, " + whole(*counts.waiting) + " waiting, " +
            whole(*counts.idle_in_transaction) + " idle in transaction";
  lines.push_back(std::move(line));
}

void add_host(const HostFacts& host, const Thresholds& thresholds,
              std::vector<std::string>& lines) {
  if (!host.busy_cores) return;
  const double steal = host.steal_cores.value_or(0);
  const double idle = std::max(0.0, host.processors - steal - *host.busy_cores);
  if (idle >= (1 - thresholds.host_cpu) * host.processors)
    lines.push_back("host has " + few_digits(idle) + " idle cores");
  else
    lines.push_back("host is full: " + two_digits(*host.busy_cores) + " of " +
                    two_digits(host.processors) + " cores");
  if (steal >= kWorthNaming * host.processors)
    lines.push_back("other virtual machines took " + two_digits(steal) + " cores");
}

/// Who waits for memory of the host, and how the kernel makes room.
void add_host_memory_words(const Verdict& verdict, const HostFacts& host,
                           std::vector<std::string>& lines) {
  if (verdict.resource != Resource::kMemory) return;
  if (host.memory_pressure_ratio.value_or(0) >= kMemoryPressed)
    lines.push_back("somebody waits for memory " + percent(*host.memory_pressure_ratio) +
                    " of the time");
  if (!host.reclaim || host.reclaim->direct_pages_per_second < kMoreThanOne) return;
  lines.push_back("who wants memory of the host looks for it among " +
                  whole(host.reclaim->direct_pages_per_second) + " pages a second; " +
                  whole(host.reclaim->reread_pages_per_second) + " are read back");
}

/// Tiers that wait for the one named.
void add_victims(const std::string& named, const JudgeInput& input,
                 const ThresholdTable& thresholds, std::vector<std::string>& lines) {
  std::vector<std::string> names;
  for (const TierFacts& tier : input.tiers)
    if (tier.name != named && is_pool(tier) &&
        is_short_of_workers(tier, thresholds.of(tier.name)) &&
        leads_to(input, tier.name, named).value_or(false))
      names.push_back(tier.name);
  std::ranges::sort(names);
  for (const std::string& name : names)
    lines.push_back(name + " waits for it: no worker of " + name + " is free");
}

/// "requests go nginx → uwsgi → postgres (93 %)": with the share of the time of those before.
void add_path(const Verdict& verdict, std::vector<std::string>& lines) {
  if (verdict.path.size() < 2) return;
  std::string line = "requests go ";
  for (const PathStep& step : verdict.path) {
    if (&step != &verdict.path.front()) line += " → ";
    line += step.name;
    if (step.share) line += " (" + percent(*step.share) + ")";
  }
  lines.push_back(std::move(line));
}

/// All of the path is among the places where a request spends its time.
bool shows_path(const std::vector<TimeShare>& places, const std::vector<PathStep>& path) {
  return std::ranges::all_of(path, [&](const PathStep& step) {
    return std::ranges::find(places, step.name, &TimeShare::name) != places.end();
  });
}

std::string request_line(const Verdict& verdict) {
  return std::string(kRequestLine) + request_time_words(verdict.request_time);
}

void add_way(const Verdict& verdict, std::vector<std::string>& lines) {
  if (!verdict.request_time.empty()) lines.push_back(request_line(verdict));
  if (!shows_path(verdict.request_time, verdict.path)) add_path(verdict, lines);
}

/// Short errors beat any level: they are told even when something else is named.
void add_errors(const Verdict& verdict, const JudgeInput& input, std::vector<std::string>& lines) {
  std::vector<std::string> errors;
  for (const TierFacts& tier : input.tiers) {
    if (tier.name == verdict.tier) continue;
    if (tier.oom_kills.value_or(0) > 0)
      errors.push_back(tier.name + ": " + count_of(*tier.oom_kills, "process") + " OOM-killed");
    for (const ListenerFacts& listener : tier.listeners.value_or(std::vector<ListenerFacts>{}))
      if (listener.drops.value_or(0) > 0)
        errors.push_back(tier.name + ": " + count_of(*listener.drops, "connection") +
                         " dropped at " + listener.name);
  }
  std::ranges::sort(errors);
  lines.insert(lines.end(), errors.begin(), errors.end());
}

/// An upstream that is down is no tier's limit, but its clients get errors.
void add_failed_connects(const JudgeInput& input, std::vector<std::string>& lines) {
  const double failed = input.host.failed_connects.value_or(0);
  if (input.seconds > 0 && failed >= kFailedConnects * input.seconds)
    lines.push_back(count_of(failed / input.seconds, "connection") +
                    " a second that processes here open fail: nothing listens there, or a firewall "
                    "refuses");
}

std::string generator_words(const HostFacts& host) {
  for (const ForeignProgram& program : host.foreign)
    if (is_load_generator(program.comm))
      return " (" + program.comm + ", a load generator, uses " + two_digits(program.cores) +
             " cores)";
  return "";
}

/// Whoever asked has not read them: it is slower than what it asks, whatever CPU it gets.
void add_unread_answers(const JudgeInput& input, std::vector<std::string>& lines) {
  for (const TierFacts& tier : input.tiers) {
    if (!clients_are_slower(tier)) continue;
    lines.push_back(tier.name + ": " + count_of(*tier.unread_by_clients, "answer") +
                    " not read by its clients on this host: they are slower than it" +
                    generator_words(input.host));
  }
}

/// One that is not run under `record` is known by its name, if it runs on this host at all.
void add_load(const JudgeInput& input, std::vector<std::string>& lines) {
  for (const ForeignProgram& program : input.host.foreign)
    if (is_load_generator(program.comm) && program.cores >= kWholeCore)
      lines.push_back("the load generator on this host may be full itself: " + program.comm +
                      " uses " + two_digits(program.cores) + " cores");
  if (!input.load) return;
  const auto cores = input.load->generator_cores;
  if (cores && *cores >= kWholeCore)
    lines.push_back("the load generator fills a core itself (" + two_digits(*cores) + ")");
  else if (input.load->throughput_flat)
    lines.push_back(
        "load is on and throughput is flat: look at the load generator, the network or think time");
}

double waits_for_a_cpu(const std::vector<TimeShare>& places) {
  double share = 0;
  for (const TimeShare& place : places)
    for (const TimePart& part : place.of)
      if (part.on == Spent::kCpuWait) share += part.share;
  return share;
}

void add_busy_neighbours(const Verdict& verdict, const JudgeInput& input,
                         const ThresholdTable& thresholds, std::vector<std::string>& lines) {
  const HostFacts& host = input.host;
  if (!host.busy_cores || cores_are_idle(host, thresholds.all)) return;
  const double waits = waits_for_a_cpu(verdict.request_time);
  lines.push_back(
      "the host's cores are all in use, " + two_digits(foreign_cores(input)) + " by no tier, " +
      (waits >= kWaitsForIt ? "and requests wait for a cpu " + percent(waits) + " of their time"
                            : "but no tier is starved of CPU"));
}

}  // namespace

std::vector<std::string> evidence_words(const Verdict& verdict, const JudgeInput& input,
                                        const ThresholdTable& thresholds) {
  std::vector<std::string> lines;
  add_way(verdict, lines);
  if (verdict.state == VerdictState::kClear) {
    add_busy_neighbours(verdict, input, thresholds, lines);
    add_load(input, lines);
    add_unread_answers(input, lines);
  } else if (const TierFacts* tier = tier_named(input, verdict.tier)) {
    add_queues(*tier, lines);
    if (verdict.resource != Resource::kWorkers) add_workers(*tier, lines);
    add_waits(*tier, lines);
    add_throttling(*tier, lines);
    add_run_delay(*tier, thresholds.of(tier->name), lines);
    add_backends(*tier, verdict.resource, lines);
    add_victims(tier->name, input, thresholds, lines);
  }
  if (verdict.state == VerdictState::kSaturated) {
    add_host_memory_words(verdict, input.host, lines);
    add_host(input.host, thresholds.all, lines);
  }
  add_errors(verdict, input, lines);
  add_failed_connects(input, lines);
  return lines;
}

void take_requests(Verdict& verdict, const Verdict& seen) {
  auto& lines = verdict.evidence;
  std::erase_if(lines, [](const std::string& line) { return line.starts_with(kRequestLine); });
  verdict.in_flight = seen.in_flight;
  verdict.request_time = seen.request_time;
  if (!seen.request_time.empty()) lines.insert(lines.begin(), request_line(seen));
}

}  // namespace tierwatch
