// SPDX-License-Identifier: MIT
#include "daemon/commands/inside_command.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <set>
#include <stdexcept>

#include "collectors/servers/servers.h"
#include "collectors/text/format.h"
#include "collectors/text/plain_words.h"
#include "collectors/text/printable_text.h"
#include "daemon/commands/top_command.h"
#include "daemon/inside/inside_looker.h"
#include "daemon/inside/inside_rights.h"
#include "daemon/service/clock.h"
#include "daemon/service/signals.h"
#include "exporters/inside/flame_graph.h"
#include "exporters/inside/inside_json.h"
#include "exporters/inside/inside_text.h"
#include "exporters/inside/speedscope.h"
#include "exporters/output_file.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

constexpr nanoseconds kFeedInterval = milliseconds(250);
/// As `tierwatch verdict` waits when it looks by itself, and for the first answer of a daemon.
constexpr nanoseconds kOwnWait = std::chrono::seconds(8), kDaemonWait = std::chrono::seconds(2);

double cores_of(const TierSample& tier) { return tier.rates ? tier.rates->cpu_cores : 0; }

/// The tiers to look into, best first, and why the first is not the one that the verdict names.
std::vector<std::size_t> likely_python(const Snapshot& snapshot) {
  std::vector<std::size_t> tiers;
  for (std::size_t i = 0; i < snapshot.tiers.size(); ++i) {
    const TierSample& tier = snapshot.tiers[i];
    const bool may_be = tier.preset.empty() || traits_of(tier.preset).interpreter_lock;
    if (may_be && tier.sums.processes > 0) tiers.push_back(i);
  }
  std::ranges::stable_sort(tiers, std::ranges::greater{},
                           [&](std::size_t i) { return cores_of(snapshot.tiers[i]); });
  return tiers;
}

/// Those with most work first.
std::vector<const ProcessSample*> members(const Snapshot& snapshot, std::size_t tier) {
  std::vector<const ProcessSample*> found;
  for (const ProcessSample& process : snapshot.processes) {
    if (process.reading.member && process.reading.member->tier == tier) found.push_back(&process);
  }
  std::ranges::stable_sort(found, std::ranges::greater{}, [](const ProcessSample* process) {
    return process->cpu_cores.value_or(0);
  });
  return found;
}

std::vector<ProcessId> ids_of(const std::vector<const ProcessSample*>& processes) {
  std::vector<ProcessId> ids;
  for (const ProcessSample* process : processes) ids.push_back(process->reading.id);
  return ids;
}

/// The tiers that listen where `peers` lead.
std::map<std::string, std::string> tiers_of_peers(const std::set<std::string>& peers,
                                                  const Snapshot& snapshot) {
  std::map<std::string, std::string> tiers;
  for (const ListenerSample& listener : snapshot.listeners) {
    const ListenerReading& at = listener.reading;
    if (!at.owner || at.owner->tier >= snapshot.tiers.size() || !at.network.empty()) continue;
    const std::string& name = snapshot.tiers[at.owner->tier].name;
    tiers.emplace(at.address, name);
    const bool any = at.address.starts_with("0.0.0.0:") || at.address.starts_with("[::]:");
    const std::string port = ":" + std::to_string(at.port);
    for (const std::string& peer : peers) {
      const bool own = peer == "127.0.0.1" + port || peer == "[::1]" + port;
      if (any && own) tiers.emplace(peer, name);
    }
  }
  std::erase_if(tiers, [&](const auto& entry) { return !peers.contains(entry.first); });
  return tiers;
}

class Inside {
 public:
  Inside(const InsideOptions& options, std::ostream& errors)
      : options_(options),
        errors_(errors),
        feed_(choose_feed(options)),
        looker_("/", {.now = monotonic_now,
                      .cpu = process_cpu_now,
                      .sleep_until = [this](nanoseconds until) { return pass_time(until); }}) {
    if (!feed_->local())
      throw std::runtime_error(
          "inside reads the memory of processes of this machine: it cannot look "
          "into another one");
  }

  InsideReport run() {
    await_verdict();
    choose_tier();
    const nanoseconds begin = monotonic_now();
    looker_.look(options_.hz, begin + options_.duration, [this] { refresh(); });
    report_.seconds = static_cast<double>((monotonic_now() - begin).count()) / 1e9;
    report_.looks = looker_.looks();
    report_.hz = options_.hz;
    report_.cost = static_cast<double>(looker_.cost().count()) / 1e9 / report_.seconds;
    report_.processes = targets_.read;
    report_.versions = targets_.versions;
    report_.findings = find_inside(looker_.tally(), looker_.functions(), basis());
    name_peers();
    add_remarks();
    return std::move(report_);
  }

 private:
  /// Sleeps, and looks at what the feed wants to be looked at meanwhile. False: interrupted.
  bool pass_time(nanoseconds deadline) {
    const auto between = feed_->between_interval();
    while (true) {
      const nanoseconds next = between ? std::min(deadline, between_) : deadline;
      if (signals_.wait_until(next) != Wake::kDeadline) return false;
      const nanoseconds now = monotonic_now();
      if (between && now >= between_) {
        feed_->between();
        between_ = now + *between;
      }
      if (now >= deadline) return true;
    }
  }

  void take(const FeedNews& news) {
    if (news.snapshot) latest_ = news.snapshot;
    trouble_ = news.trouble;
  }

  void await_verdict() {
    const bool own = feed_->between_interval().has_value();
    if (own && isatty(STDERR_FILENO))
      errors_ << "watching this machine for some seconds" << std::endl;
    const nanoseconds deadline = monotonic_now() + (own ? kOwnWait : kDaemonWait);
    while (true) {
      take(feed_->sample());
      if (latest_ && latest_->verdict.state != VerdictState::kUnknown) break;
      const nanoseconds now = monotonic_now();
      if (now >= deadline) break;
      if (!pass_time(std::min(deadline, now + kFeedInterval)))
        throw std::runtime_error("interrupted before there was anything to tell");
    }
    if (!latest_) throw std::runtime_error(feed_->source() + ": " + trouble_);
    report_.verdict = latest_->verdict;
    report_.source = feed_->source();
  }

  std::optional<std::size_t> tier_named(const std::string& name) const {
    for (std::size_t i = 0; i < latest_->tiers.size(); ++i) {
      if (latest_->tiers[i].name == name) return i;
    }
    return std::nullopt;
  }

  void choose_tier() {
    const bool asked = !options_.tier.empty();
    const std::string& name = asked ? options_.tier : report_.verdict.tier;
    const auto named = tier_named(name);
    if (asked && !named)
      throw std::runtime_error("no process here belongs to a tier '" + name + "'");
    if (named && attach(*named)) return;
    const std::string why_not = named ? explain(*named) : "";
    if (asked) throw std::runtime_error(why_not);
    std::string denied = named && any_denied() ? why_not : "";
    // Where the right is missing it is missing for the tier that is wanted, too.
    if (!denied.empty()) throw std::runtime_error(denied);
    for (const std::size_t tier : likely_python(*latest_)) {
      if (tier == named) continue;
      if (attach(tier)) {
        report_.why = (named ? name + " is no Python; this" : "this") + " is " + report_.tier +
                      ", the Python tier that uses most cpu";
        return;
      }
      if (denied.empty() && any_denied()) denied = explain(tier);
    }
    if (!denied.empty()) throw std::runtime_error(denied);
    throw std::runtime_error("no tier here has a Python process" +
                             (why_not.empty() ? "" : "; " + why_not));
  }

  bool attach(std::size_t tier) {
    tier_ = tier;
    report_.tier = latest_->tiers[tier].name;
    processes_ = members(*latest_, tier);
    targets_ = looker_.set_processes(ids_of(processes_));
    return targets_.read > 0;
  }

  bool any_denied() const { return std::ranges::any_of(targets_.refusals, &PythonRefusal::denied); }

  /// Why nothing of the tier that was tried last can be read.
  std::string explain(std::size_t tier) const {
    const std::string& name = latest_->tiers[tier].name;
    for (const PythonRefusal& refusal : targets_.refusals) {
      if (!refusal.denied) continue;
      for (const ProcessSample* process : processes_) {
        if (process->reading.id == refusal.process)
          return missing_right(reading_rights(ProcFs()), name, process->reading.uid,
                               process->reading.user);
      }
    }
    if (targets_.refusals.empty()) return name + " has no process";
    const PythonRefusal& first = targets_.refusals.front();
    return "nothing inside " + name + " can be read: of process " +
           std::to_string(first.process.pid) + ", " + first.why;
  }

  /// Pools fork: children are looked at without being named.
  void refresh() {
    processes_.clear();  // they point into the snapshot before
    take(feed_->sample());
    const auto tier = tier_named(report_.tier);
    if (!tier) return;
    tier_ = *tier;
    processes_ = members(*latest_, tier_);
    const InsideTargets targets = looker_.set_processes(ids_of(processes_));
    if (targets.read > 0) targets_ = targets;
  }

  std::optional<InsideBasis> basis() const {
    if (report_.verdict.state != VerdictState::kSaturated || report_.verdict.tier != report_.tier)
      return std::nullopt;
    switch (report_.verdict.resource) {
      case Resource::kCpu:
      case Resource::kThread:
      case Resource::kQuota:
        return InsideBasis::kCpu;
      case Resource::kWorkers:
      case Resource::kPool:
        return InsideBasis::kHeld;
      default:
        return std::nullopt;
    }
  }

  void name_peers() {
    std::set<std::string> peers;
    for (const InsideWait& wait : report_.findings.waits) peers.insert(wait.peer);
    report_.peer_tiers = tiers_of_peers(peers, *latest_);
  }

  void add_remarks() {
    const double reached = static_cast<double>(report_.looks) / report_.seconds;
    if (reached < 0.8 * report_.hz)
      report_.remarks.push_back(
          formatted("looked {:.0f} times a second, not {}: more would have cost over a tenth of a "
                    "core, or the "
                    "machine left no time",
                    reached, report_.hz));
    std::map<std::string, std::size_t> refused;
    for (const PythonRefusal& refusal : targets_.refusals)
      ++refused[refusal.denied ? "the right to read them is missing" : refusal.why];
    for (const auto& [why, count] : refused)
      report_.remarks.push_back(count_of(static_cast<double>(count), "process") + " of " +
                                report_.tier + " not read: " + why);
    if (processes_.size() > PythonSampler::kMostProcesses)
      report_.remarks.push_back(formatted("{} processes of {} are looked at, not all {}",
                                          PythonSampler::kMostProcesses, report_.tier,
                                          processes_.size()));
  }

  Signals signals_;  // before any thread
  const InsideOptions& options_;
  std::ostream& errors_;
  std::unique_ptr<TopFeed> feed_;
  nanoseconds between_{};
  InsideLooker looker_;
  SnapshotPtr latest_;
  std::string trouble_;
  std::size_t tier_ = 0;
  std::vector<const ProcessSample*> processes_;  ///< of the tier, in latest_
  InsideTargets targets_;
  InsideReport report_;
};

}  // namespace

int run_inside(const InsideOptions& options, std::ostream& out, std::ostream& errors) {
  if (options.flame && options.speedscope)
    refuse_overwriting(std::array{*options.flame, *options.speedscope}, {});
  const InsideReport report = Inside(options, errors).run();
  if (options.flame) write_output_file(*options.flame, flame_graph_svg(report));
  if (options.speedscope) write_output_file(*options.speedscope, speedscope_json(report));
  if (options.json)
    out << printable_json(inside_json(report));
  else
    out << inside_text(report);
  return 0;
}

}  // namespace tierwatch
