// SPDX-License-Identifier: MIT
#include "tests/churn/checks.h"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "collectors/seconds.h"
#include "tests/churn/field_walk.h"

namespace tierwatch {
namespace {

constexpr double kSum = 1e-6;    // of doubles that should be equal
constexpr double kWindow = 5.5;  // of the judge, and a bit
constexpr nanoseconds kStep = std::chrono::milliseconds(10);

template <typename T>
bool fell(const std::optional<T>& before, const std::optional<T>& now) {
  return before && (!now || *now < *before);
}

bool fell(const CounterTotals& before, const CounterTotals& now) {
  return now.user_cpu < before.user_cpu || now.system_cpu < before.system_cpu ||
         now.major_faults < before.major_faults || fell(before.run_delay, now.run_delay) ||
         fell(before.voluntary_switches, now.voluntary_switches) ||
         fell(before.involuntary_switches, now.involuntary_switches) ||
         fell(before.read_bytes, now.read_bytes) || fell(before.written_bytes, now.written_bytes);
}

nanoseconds cpu_of(const CounterTotals& totals) { return totals.user_cpu + totals.system_cpu; }

const TierSample* find(const Snapshot& snapshot, const std::string& name) {
  const auto found = std::ranges::find(snapshot.tiers, name, &TierSample::name);
  return found == snapshot.tiers.end() ? nullptr : &*found;
}

const ProcessSample* find(const Snapshot& snapshot, const ProcessId& id) {
  const auto found = std::ranges::find(snapshot.processes, id,
                                       [](const ProcessSample& one) { return one.reading.id; });
  return found == snapshot.processes.end() ? nullptr : &*found;
}

bool is_alive(const ProcessSample& process) { return process.reading.state != 'Z'; }

}  // namespace

void ChurnChecks::say(bool holds, const std::string& what) {
  if (!holds) broken_.push_back(what);
}

void ChurnChecks::totals_rise(const Snapshot& now) {
  for (const TierSample& tier : now.tiers) {
    const TierSample* then = find(*before_, tier.name);
    if (!then || !first_.contains(tier.name)) continue;
    say(!fell(then->totals, tier.totals), "totals of " + tier.name + " fell");
    for (const RoleSample& role : tier.roles)
      for (const RoleSample& old : then->roles)
        if (role.name == old.name)
          say(!fell(old.totals, role.totals), "totals of " + tier.name + "/" + role.name + " fell");
  }
  for (const auto& [what, seconds] : before_->saturated_seconds) {
    const auto found = now.saturated_seconds.find(what);
    say(found != now.saturated_seconds.end() && found->second >= seconds &&
            found->second <= seconds + seconds_of(now.interval) + kSum,
        "saturated seconds of " + what.tier + " fell, or rose by more than the time");
  }
}

void ChurnChecks::cpu_is_there(const Snapshot& now, const ChurnTruth& truth) {
  nanoseconds all = left_;
  double cores = 0;
  for (const TierSample& tier : now.tiers) {
    const auto first = first_.find(tier.name);
    all += cpu_of(tier.totals) - (first == first_.end() ? nanoseconds{} : cpu_of(first->second));
    if (tier.rates) cores += tier.rates->cpu_cores;
  }
  say(all <= truth.used_since_first - used_at_first_ + truth.slack,
      "all tiers used " + std::to_string(seconds_of(all)) +
          " s since the first reading, the host " +
          std::to_string(seconds_of(truth.used_since_first - used_at_first_)));
  const double seconds = seconds_of(now.interval);
  const double most = seconds_of(truth.budget + truth.late + truth.slack);
  say(cores * seconds <= most + kSum, "tiers used " + std::to_string(cores * seconds) + " s of " +
                                          std::to_string(most) + " that there were");
  if (const auto& modes = now.host.cpu) {
    const double sum = modes->busy() + modes->idle + modes->iowait + modes->steal;
    const unsigned then = before_->host.processors, since = now.host.processors;
    say(sum > std::min(then, since) - kSum && sum < std::max(then, since) + kSum,
        "modes are " + std::to_string(sum) + " processors");
    say((cores - modes->busy()) * seconds <= seconds_of(truth.late + truth.slack + kStep) + kSum,
        "tiers used " + std::to_string(cores) + " cores, the host " +
            std::to_string(modes->busy()));
  }
}

void ChurnChecks::rates_have_two_points(const Snapshot& now) {
  const bool no_time = !before_ || now.interval <= nanoseconds{};
  for (const TierSample& tier : now.tiers) {
    say(!(no_time && tier.rates), tier.name + " has rates of no time");
    say(!(tier.rates && new_rules_.contains(tier.name)), tier.name + " is new and has rates");
  }
  for (const ProcessSample& process : now.processes) {
    const ProcessId id = process.reading.id;
    const std::string name = "pid " + std::to_string(id.pid);
    const bool member = process.reading.member.has_value();
    say(!(no_time && member && process.cpu_cores), name + " has a rate of no time");
    const bool known = before_ && (find(*before_, id) || id.started + kStep >= before_->at.boot);
    say(known || !process.cpu_cores, name + " was read once and has a rate");
  }
  if (no_time) say(!now.host.cpu_pressure_ratio, "pressure of no time");
  if (!before_) say(!now.host.cpu, "modes of one reading");
}

void ChurnChecks::absent_is_not_zero(const Snapshot& now) {
  for (std::size_t i = 0; i < now.tiers.size(); ++i) {
    const TierSample& tier = now.tiers[i];
    bool memory = false, descriptors = false, io = false, delay = false, there = false;
    for (const ProcessSample& process : now.processes) {
      const auto& member = process.reading.member;
      if (!member || member->tier != i) continue;
      const ProcessSample* then = before_ ? find(*before_, process.reading.id) : nullptr;
      const bool born = before_ && process.reading.id.started + kStep >= before_->at.boot;
      io |= process.reading.io && (then ? then->reading.io.has_value() : born);
      delay |= process.reading.threads && (then ? then->reading.threads.has_value() : born);
      if (!is_alive(process)) continue;
      there = true;
      memory |= process.reading.memory.has_value();
      descriptors |= process.reading.open_fds.has_value();
    }
    if (!there) continue;
    say(memory == tier.sums.memory.has_value(), tier.name + ": memory is known, or it is not");
    say(descriptors == tier.sums.open_fds.has_value(), tier.name + ": descriptors likewise");
    if (!tier.rates) continue;
    say(io || !tier.rates->read_bytes_per_second, tier.name + ": I/O of nobody has a rate");
    say(delay || !tier.rates->run_delay_cores, tier.name + ": run delay of nobody has a rate");
  }
  say(now.host.processors > 0 || !before_ || before_->host.processors == 0, "no processors");
  say(now.facts.host.busy_cores.has_value() == now.host.cpu.has_value(), "busy cores of nothing");
}

void ChurnChecks::shares_are_shares(const Snapshot& now) {
  const auto share = [&](const std::optional<double>& ratio, const std::string& what) {
    say(ratio.value_or(0) <= 1 + kSum, what + " is " + std::to_string(ratio.value_or(0)));
  };
  share(now.host.cpu_pressure_ratio, "pressure");
  for (const ListenerSample& listener : now.listeners) {
    share(listener.queued_ratio, listener.reading.address + " queued");
    share(listener.full_ratio, listener.reading.address + " full");
    say(listener.full_ratio.value_or(0) <= listener.queued_ratio.value_or(0) + kSum,
        listener.reading.address + " was full for longer than queued");
  }
  for (const DiskFacts& disk : now.facts.host.disks) share(disk.busy_ratio, disk.name);
  for (const LinkFacts& link : now.facts.host.links) {
    share(link.sent_ratio, link.name + " sent");
    share(link.received_ratio, link.name + " received");
  }
  for (const TimeShare& one : now.verdict.request_time) share(one.share, "request time");
}

/// Whoever is named runs, or ran a window ago.
void ChurnChecks::verdict_is_of_tiers(const Snapshot& now) {
  for (const TierSample& tier : now.tiers) {
    double& gone = gone_for_[tier.name];
    gone = tier.sums.processes > 0 ? 0 : gone + seconds_of(now.interval);
  }
  const auto named = [&](const std::string& name, const char* where) {
    if (name.empty() || name == kOtherTier || name == kExternalTier || name == kItsClients) return;
    const std::string tier(tier_part(name));
    say(find(now, tier) || now.interval <= nanoseconds{},
        std::string(where) + " is " + name + ", which is no tier");
    const auto gone = gone_for_.find(tier);
    say(gone == gone_for_.end() || gone->second < kWindow,
        std::string(where) + " is " + name + ", which is gone");
  };
  const Verdict& verdict = now.verdict;
  if (verdict.state == VerdictState::kSaturated) named(verdict.tier, "the bottleneck");
  if (verdict.state == VerdictState::kSaturated)
    say(!verdict.tier.empty(), "the bottleneck has no name");
  for (const TierResource& one : verdict.joint_with) named(one.tier, "joint");
  for (const VerdictCandidate& one : verdict.candidates) named(one.what.tier, "a candidate");
  for (const Saturation& one : verdict.saturations) named(one.tier, "a saturation");
  for (const PathStep& one : verdict.path)
    if (one.watched) named(one.name, "a step");
}

void ChurnChecks::rules_changed(const TierRules& rules) {
  std::set<std::string> names;
  for (const TierRule& rule : rules.tiers) names.insert(rule.name);
  new_rules_.clear();
  std::ranges::set_difference(names, rules_, std::inserter(new_rules_, new_rules_.end()));
  rules_ = std::move(names);
  std::erase_if(first_, [&](const auto& entry) {
    if (rules_.contains(entry.first)) return false;
    const TierSample* tier = before_ ? find(*before_, entry.first) : nullptr;
    if (tier) left_ += cpu_of(tier->totals) - cpu_of(entry.second);
    return true;
  });
}

void ChurnChecks::keep(const Snapshot& now) {
  for (const TierSample& tier : now.tiers)
    first_.try_emplace(tier.name, before_ ? CounterTotals{} : tier.totals);
  before_ = now;
  new_rules_.clear();
}

std::vector<std::string> ChurnChecks::look(const Snapshot& now, const ChurnTruth& truth) {
  broken_.clear();
  if (!before_) used_at_first_ = truth.used_since_first;
  FieldWalk walk;
  walk("snapshot", now);
  for (const ProcessSample& process : now.processes) walk("process", process);
  say(walk.senseless().empty(), walk.senseless());
  say(now.facts.tiers.size() == now.tiers.size(), "facts of other tiers");
  if (before_) totals_rise(now);
  cpu_is_there(now, truth);
  rates_have_two_points(now);
  absent_is_not_zero(now);
  shares_are_shares(now);
  verdict_is_of_tiers(now);
  keep(now);
  return broken_;
}

}  // namespace tierwatch
