// SPDX-License-Identifier: MIT
#include "analysis/judge/verdict_sentence.h"

#include <algorithm>
#include <cmath>

#include "analysis/judge/capacity.h"
#include "analysis/judge/judge_constants.h"
#include "analysis/judge/outer_limits.h"
#include "analysis/judge/saturation.h"
#include "analysis/judge/shared_cpu.h"
#include "analysis/judge/wanted.h"
#include "collectors/servers/servers.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

std::string of(double used, double capacity, std::string_view unit) {
  return whole(used) + " of " + whole(capacity) + " " + std::string(unit);
}

std::string cores_of(double used, double capacity) {
  return two_digits(used) + " of " + two_digits(capacity);
}

/// "cpu 0.02 of 2.00 cores": against the least of its bounds.
/// ", cpu 0.01 of 2.00 cores": of its least bound; empty where that is not known.
std::string cpu_against_least(const TierFacts& tier, const HostFacts& host,
                              const Thresholds& thresholds) {
  const auto bounds = capacity_bounds(tier, host, thresholds);
  if (bounds.empty() || !bounds.front().used_cores) return "";
  return ", cpu " + cores_of(*bounds.front().used_cores, bounds.front().cores) + " cores";
}

std::string thread_words(const Saturation& one) {
  const std::string cores = cores_of(*one.used, *one.capacity);
  if (one.bound == "its router") return "its router uses " + cores + " cores";
  if (one.bound == "1 thread") return "one thread uses " + cores + " cores";
  if (one.bound.find("event loop") != std::string::npos)
    return one.bound + " uses " + cores + " cores";
  return "cpu " + cores + " cores (" + one.bound + ")";
}

std::string memory_words(const Saturation& one, const TierFacts* tier) {
  std::string words;
  if (one.event && tier && tier->oom_kills.value_or(0) > 0)
    words = "out of memory, " + count_of(*tier->oom_kills, "process") + " killed";
  if (!one.used) return words;
  if (!words.empty()) words += ", ";
  words += "memory " + bytes_words(*one.used) + " of " + bytes_words(*one.capacity);
  return one.bound.empty() ? words : words + " " + one.bound;
}

/// "128 of 128 connections half open at 0.0.0.0:80, 40 requests for one dropped".
std::string half_open_words(const Saturation& one, const HostFacts& host) {
  return of(*one.used, *one.capacity, "connections ") + one.bound + ", " +
         count_of(host.syn_drops.value_or(0), "request") + " for one dropped";
}

std::string connection_words(const Saturation& one, const TierFacts* tier) {
  const std::string words = of(*one.used, *one.capacity, "connections in use");
  if (one.rule != Rule::kConnectionTable || !tier) return words;
  const char* option = traits_of(tier->preset).connections_option;
  return option ? words + " (" + option + ")" : words;
}

std::string fd_words(const Saturation& one, const TierFacts* tier) {
  // Files that it had before its limit was lowered, or inherited beyond it, stay open.
  const bool beyond = std::lround(*one.used) > std::lround(*one.capacity);
  const std::string files =
      beyond ? count_of(*one.used, "file") + " open, its limit is " + whole(*one.capacity)
             : of(*one.used, *one.capacity, "files open");
  if (!tier || !tier->worst_fds || tier->worst_fds->pid == 0) return files;
  return "process " + std::to_string(tier->worst_fds->pid) + " has " + files;
}

/// "its event loop is blocked (11 requests not read)".
std::string unread_words(double unread, const TierFacts& tier) {
  const std::string requests = " (" + count_of(unread, "request") + " not read)";
  if (tier.serving != RoleKind::kEventWorker) return "no thread of it is free" + requests;
  const bool several = tier.worker_processes.value_or(1) >= kMoreThanOne;
  return (several ? "its event loops are blocked" : "its event loop is blocked") + requests;
}

/// "3 of 4 workers busy".
std::string busy_words(double used, double capacity) {
  return of(used, capacity, capacity < kMoreThanOne ? "worker busy" : "workers busy");
}

/// " at 127.0.0.1:9001" where the others of its listeners have no queue: each may be a pool's own.
std::string at_one_listener(const TierFacts& tier) {
  if (!tier.listeners || tier.listeners->size() < 2) return "";
  const ListenerFacts* at = nullptr;
  for (const ListenerFacts& one : *tier.listeners) {
    if (one.queued_ratio < kSeldomQueued) continue;
    if (at) return "";
    at = &one;
  }
  return at ? " at " + at->name : "";
}

std::string worker_words(const Saturation& one, const TierFacts& tier, double leave_margin) {
  if (tier.stopped && one.state == Heat::kHot)
    return "its processes that serve are stopped (SIGSTOP)";
  if (one.rule == Rule::kStuck && one.used) return unread_words(*one.used, tier);
  if (one.rule == Rule::kStuck) return "connections wait to be accepted";
  const bool all_held = one.utilization_ratio.value_or(0) >= one.full_at - leave_margin;
  if (one.state == Heat::kHot && (!one.capacity || !all_held)) {
    const std::string waiting = "connections wait for a free worker" + at_one_listener(tier);
    if (!one.capacity || !one.used) return waiting;
    return waiting + ", " + busy_words(*one.used, *one.capacity);
  }
  if (!one.capacity) return "workers not counted";
  if (one.state != Heat::kHot && one.used)
    return busy_words(std::min(*one.used, *one.capacity), *one.capacity);
  if (one.state != Heat::kHot) return count_of(*one.capacity, "worker");
  return *one.capacity < kMoreThanOne ? "its only worker busy"
                                      : "all " + whole(*one.capacity) + " workers busy";
}

std::string pool_words(const Saturation& one, const TierFacts& tier, const JudgeInput& input) {
  const bool ports = is_out_of_ports(one, input.host);
  const auto demand = pool_demand(tier, input);
  if (demand && keeps_its_connections(tier, *demand))
    return "none of its " + count_of(*one.capacity, "connection") + " to " + one.bound +
           " is free for " + count_of(*demand->surely_waiting, "request") + " in it (its pool)";
  const std::string to =
      " to " + one.bound + " in use (" + (ports ? "no local ports are left" : "its pool") + ")";
  if (one.state != Heat::kHot) return of(*one.used, *one.capacity, "connections") + to;
  return *one.capacity < kMoreThanOne ? "its only connection" + to
                                      : "all " + whole(*one.capacity) + " connections" + to;
}

std::string disk_words(const Saturation& one, const JudgeInput& input) {
  const TierFacts* tier = tier_named(input, one.tier);
  const bool threads = tier && tier->serving == RoleKind::kThreaded;
  std::string words = of(*one.used, *one.capacity, threads ? "busy threads" : "busy processes") +
                      " wait for a disk";
  const auto busiest = std::ranges::max_element(input.host.disks, {}, &DiskFacts::busy_ratio);
  // A volume whose requests are held back, as clouds and control groups do, is waited for idle.
  std::vector<std::string> signs;
  if (busiest != input.host.disks.end())
    signs.push_back(busiest->name + " busy " + percent(busiest->busy_ratio));
  if (input.host.io_pressure_ratio)
    signs.push_back("io pressure " + percent(*input.host.io_pressure_ratio));
  return signs.empty() ? words : words + " (" + listed(signs) + ")";
}

/// "link eth0 sends 941 of 1000 Mbit/s, 12 answers to be sent".
std::string link_words(const Saturation& one, const TierFacts& tier) {
  constexpr double kMega = 1e6;
  std::string words =
      "link " + one.bound + " sends " + of(*one.used / kMega, *one.capacity / kMega, "Mbit/s");
  const auto answers = one.bound == "lo" ? tier.unsent : tier.sending;
  if (answers.value_or(0) < kOneAtATime) return words;
  return words + ", " + count_of(*answers, "answer") + " to be sent";
}

/// "no disk space left in /var/lib/postgresql, 20 GiB in use".
std::string space_words(const Saturation& one, const TierFacts& tier) {
  const bool inodes = one.bound == "inodes";
  const std::string in = " in " + tier.space->directory;
  const auto words = [&](double value) { return inodes ? whole(value) : bytes_words(value); };
  if (one.state == Heat::kHot)
    return (inodes ? "no inode left" : "no disk space left") + in + ", " + words(*one.used) +
           " in use";
  return (inodes ? "inodes " : "disk space ") + words(*one.used) + " of " + words(*one.capacity) +
         in;
}

std::string foreign_name(const ForeignProgram& program) {
  return program.comm + " " + two_digits(program.cores) +
         (is_load_generator(program.comm) ? " (load generator)" : "");
}

std::vector<std::string> foreign_users(const JudgeInput& input) {
  std::vector<std::string> users;
  for (const ForeignProgram& program : input.host.foreign)
    if (users.size() < kMostNamed && program.cores >= kWorthNaming * input.host.processors)
      users.push_back(foreign_name(program));
  return users;
}

/// Everybody else on a full host who uses a noticeable share.
std::string sharing_words(const std::string& tier, const JudgeInput& input) {
  std::vector<const TierFacts*> others;
  for (const TierFacts& other : input.tiers)
    if (other.name != tier && other.cpu_cores.value_or(0) >= kWorthNaming * input.host.processors)
      others.push_back(&other);
  std::ranges::sort(others, [](const TierFacts* a, const TierFacts* b) {
    return std::pair(-*a->cpu_cores, a->name) < std::pair(-*b->cpu_cores, b->name);
  });
  std::vector<std::string> names;
  for (const TierFacts* other : others)
    names.push_back(other->name + " " + two_digits(*other->cpu_cores));
  for (std::string& user : foreign_users(input)) names.push_back(std::move(user));
  return names.empty() ? "" : ", shared with " + listed(names);
}

std::string shared_cpu_words(const Saturation& one, const JudgeInput& input) {
  if (one.bound == "of the host")
    return "cpu " + two_digits(*one.used) + " of the host's " + two_digits(*one.capacity) +
           " cores, which are full" + sharing_words(one.tier, input);
  return "cpu " + cores_of(*one.used, *one.capacity) + " cores (" + one.bound +
         "), which others fill too";
}

std::string other_words(const Saturation& one, const JudgeInput& input,
                        const ThresholdTable& thresholds) {
  if (one.resource == Resource::kMemory)
    return "memory " + bytes_words(*one.used) + " of " + bytes_words(*one.capacity) +
           " in use, most of it by no watched tier";
  std::string words = "other processes use " + cores_of(*one.used, *one.capacity) + " cores";
  if (const auto users = foreign_users(input); !users.empty()) words += " (" + listed(users) + ")";
  const auto starved = starved_tiers(input, thresholds);
  if (!starved.empty())
    words += ", " + listed(starved) + (starved.size() == 1 ? " waits" : " wait") + " for a cpu";
  return words;
}

std::string since_words(const Verdict& verdict) {
  if (verdict.since_seconds <= 0) return "";
  const bool list = verdict.what.find(", ") != std::string::npos;
  return (list ? ", for " : " for ") + duration_words(verdict.since_seconds);
}

}  // namespace

std::string saturation_words(const Saturation& one, const JudgeInput& input,
                             const ThresholdTable& thresholds) {
  const TierFacts* tier = tier_named(input, one.tier);
  if (!tier) return other_words(one, input, thresholds);
  switch (one.resource) {
    case Resource::kCpu:
      if (one.rule == Rule::kSharedCpu) return shared_cpu_words(one, input);
      [[fallthrough]];
    case Resource::kQuota:
      return "cpu " + cores_of(*one.used, *one.capacity) + " cores (" + one.bound + ")";
    case Resource::kThread:
      return thread_words(one);
    case Resource::kWorkers:
      return worker_words(one, *tier, thresholds.of(one.tier).leave_margin);
    case Resource::kConnections:
      if (one.bound.starts_with(kHalfOpen)) return half_open_words(one, input.host);
      return connection_words(one, tier);
    case Resource::kFds:
      return fd_words(one, tier);
    case Resource::kMemory:
      return memory_words(one, tier);
    case Resource::kDisk:
      return disk_words(one, input);
    case Resource::kLock:
      return of(*one.used, *one.capacity, "active backends wait for a lock");
    case Resource::kPool:
      return pool_words(one, *tier, input);
    case Resource::kSpace:
      return space_words(one, *tier);
    case Resource::kNetwork:
      return link_words(one, *tier);
  }
  return "";
}

std::string bottleneck_words(const Saturation& one, const std::optional<WaitingOn>& waiting,
                             const JudgeInput& input, const ThresholdTable& thresholds) {
  std::string words = saturation_words(one, input, thresholds);
  if (one.resource == Resource::kWorkers && waiting)
    words += ", waiting on " + waiting_words(*waiting);
  const bool held = one.resource == Resource::kWorkers || one.resource == Resource::kLock ||
                    one.resource == Resource::kDisk || one.resource == Resource::kPool;
  const TierFacts* tier = held ? tier_named(input, one.tier) : nullptr;
  return tier ? words + cpu_against_least(*tier, input.host, thresholds.of(tier->name)) : words;
}

std::string waiting_words(const WaitingOn& waiting) {
  const std::string through = waiting.through.empty() ? "" : " through " + listed(waiting.through);
  if (waiting.tier == kExternalTier) return waiting.address + " (not watched)" + through;
  if (waiting.tier == "disk" || waiting.tier == "lock") return "a " + waiting.tier + through;
  if (waiting.tier == kItsClients) return "slow clients" + through;
  return waiting.tier + through;
}

std::string verdict_sentence(const Verdict& verdict) {
  if (verdict.state == VerdictState::kUnknown) return "not known: " + verdict.reason;
  if (verdict.state == VerdictState::kClear)
    return "nothing is full" + (verdict.what.empty() ? "" : "; " + verdict.what);
  const std::string subject =
      verdict.tier == kOtherTier ? "the host is full: " : verdict.tier + " is full: ";
  std::string sentence = subject + verdict.what + since_words(verdict);
  for (const TierResource& joint : verdict.joint_with)
    sentence +=
        "; " + joint.tier + " is also full (" + std::string(to_string(joint.resource)) + ")";
  return sentence;
}

}  // namespace tierwatch
