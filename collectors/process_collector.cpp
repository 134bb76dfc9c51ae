// SPDX-License-Identifier: MIT
#include "collectors/process_collector.h"

#include <algorithm>
#include <unordered_map>

namespace tierwatch {

struct ProcessCollector::Tracked {
  ProcessReading reading;
  CandidateFacts facts;
  /// The tier whose rule takes it, before kinship is looked at.
  std::optional<MatchReason> by_rule;
  /// Of members only.
  std::unique_ptr<ThreadTimes> threads;
  DetailFiles files;
  nanoseconds refreshed{}, settled{};  ///< monotonic: when that was last done
  nanoseconds proportional_read{};
  nanoseconds cpu_at_title{};  ///< its CPU time when its title was last read
  bool moved_since_title = true;
  bool moved = true;       ///< ran since its last reading, as far as we know
  bool refreshing = true;  ///< to be read in this tick even if it did not run
  bool settling = true;    ///< everything about it is to be read in this tick
};

namespace {

/// Spreads refreshes over the interval, so that not all processes are due in the same tick.
nanoseconds stagger(pid_t pid, nanoseconds interval) { return interval * (pid % 8) / 8; }

/// What to note as the time of a turn that was just had; the first one is backdated to spread them.
nanoseconds done(nanoseconds before, pid_t pid, const Instant& now, nanoseconds interval) {
  return now.monotonic - (before == nanoseconds{} ? stagger(pid, interval) : nanoseconds{});
}

bool dead(char state) { return state == 'Z' || state == 'X'; }

nanoseconds cpu_of(const ProcessReading& process) { return process.user_cpu + process.system_cpu; }

void copy_stat(const ProcessStat& stat, ProcessReading& reading) {
  reading.id = stat.id;
  reading.parent_pid = stat.parent_pid;
  reading.comm = stat.comm;
  reading.state = stat.state;
  reading.user_cpu = stat.user_cpu;
  reading.system_cpu = stat.system_cpu;
  reading.children_user_cpu = stat.children_user_cpu;
  reading.children_system_cpu = stat.children_system_cpu;
  reading.major_faults = stat.major_faults;
  reading.children_major_faults = stat.children_major_faults;
  reading.thread_count = stat.thread_count;
}

/// What only members have.
void clear_details(ProcessReading& reading) {
  reading.threads.reset();
  reading.memory.reset();
  reading.proportional_bytes.reset();
  reading.io.reset();
  reading.open_fds.reset();
  reading.fd_limit.reset();
  reading.allowed_cpus.reset();
  reading.cgroup_index.reset();
}

}  // namespace

ProcessCollector::ProcessCollector(const ProcFs& files, ProcessTable& table, FaultLog& faults,
                                   const TierRules& rules, const ProcessCollectorOptions& options)
    : table_(table),
      rules_(&rules),
      options_(options),
      context_{.files = files, .faults = faults, .spare_descriptors = options.kept_descriptors},
      candidates_(files),
      details_(context_) {}

ProcessCollector::~ProcessCollector() = default;

void ProcessCollector::set_rules(const TierRules& rules) {
  rules_ = &rules;
  for (auto& [pid, process] : processes_)
    process.by_rule = match_by_rule(*rules_, process.facts.view());
  placing_due_ = true;
}

/// Gives back what the process took of the allowance of open files.
void ProcessCollector::close_files(Tracked& process) {
  process.threads.reset();
  process.files.status.close(context_);
  process.files.io.close(context_);
}

void ProcessCollector::forget_gone(const std::vector<pid_t>& pids) {
  for (auto process = processes_.begin(); process != processes_.end();) {
    if (std::binary_search(pids.begin(), pids.end(), process->first)) {
      ++process;
      continue;
    }
    close_files(process->second);
    process = processes_.erase(process);
    placing_due_ = true;
  }
}

/// Whether its stat must be read. Members tell by their threads; others are read when they are
/// young or due, and as long as their parent is a member.
bool ProcessCollector::must_read(Tracked& process, const Instant& now) {
  process.refreshing = now.monotonic - process.refreshed >= options_.refresh_interval;
  process.settling = now.monotonic - process.settled >= options_.settled_interval;
  if (process.threads) process.moved = process.threads->refresh();
  process.moved_since_title = process.moved_since_title || (process.threads && process.moved);
  if (process.settling) return true;
  if (process.threads) return process.moved;  // a quiet one is refreshed by its status alone
  if (process.refreshing || now.boot - process.reading.id.started < options_.young_age) return true;
  // What a member's child has used by the time it ends must be known, or its parent would be
  // charged for it again.
  const auto parent = processes_.find(process.reading.parent_pid);
  return parent != processes_.end() && parent->second.reading.member.has_value();
}

std::vector<pid_t> ProcessCollector::choose(const std::vector<pid_t>& pids, const Instant& now) {
  std::vector<pid_t> chosen;
  for (const pid_t pid : pids) {
    const auto known = processes_.find(pid);
    if (known == processes_.end() || must_read(known->second, now)) chosen.push_back(pid);
  }
  return chosen;
}

/// Whether the title is what we know. Where titles tell what a process is doing, a new one is taken
/// over and changes nothing else.
bool ProcessCollector::same_title(Tracked& process) {
  process.moved_since_title = false;
  process.cpu_at_title = cpu_of(process.reading);
  auto title = candidates_.read_title(process.reading.id.pid);
  if (!title || *title == process.facts.title) return true;
  const auto& member = process.reading.member;
  if (!member || !rules_->tiers[member->tier].titles_tell_state) return false;
  process.reading.title = process.facts.title = std::move(*title);
  return true;
}

void ProcessCollector::read_facts(Tracked& process, const ProcessStat& stat) {
  CandidateFacts facts = candidates_.read(stat);
  // One that was dead when first seen was never ours: what it used will come to its parent when
  // that waits for it.
  facts.kernel_thread = facts.kernel_thread || dead(stat.state);
  process.reading.title = facts.title;
  process.reading.uid = facts.uid;
  process.reading.cgroup = facts.cgroup;
  if (facts == process.facts) return;
  process.facts = std::move(facts);
  process.by_rule = match_by_rule(*rules_, process.facts.view());
  placing_due_ = true;
}

void ProcessCollector::take_facts(Tracked& process, const ProcessStat& stat, const Instant& now) {
  // A process that is dead has lost its title; it stays what it was.
  if (dead(stat.state) && !process.facts.comm.empty()) return;
  const bool young = now.boot - stat.id.started < options_.young_age;
  const bool renamed = process.facts.comm != stat.comm;
  if (young || renamed || process.settling) return read_facts(process, stat);
  const auto& member = process.reading.member;
  const bool states = member && rules_->tiers[member->tier].titles_tell_state;
  const bool ran = process.moved_since_title || process.cpu_at_title != cpu_of(process.reading);
  if (ran && (states || process.refreshing) && !same_title(process)) read_facts(process, stat);
}

void ProcessCollector::take(const ProcessStat& stat, const Instant& now) {
  const auto known = processes_.find(stat.id.pid);
  if (known != processes_.end() && known->second.reading.id != stat.id) {
    close_files(known->second);
    processes_.erase(known);  // the pid is in use again
    placing_due_ = true;
  }
  Tracked& process = processes_[stat.id.pid];
  placing_due_ = placing_due_ || process.facts.parent_pid != stat.parent_pid;
  copy_stat(stat, process.reading);
  process.reading.read_at = now.monotonic;
  take_facts(process, stat, now);
  process.facts.id = stat.id;
  process.facts.parent_pid = stat.parent_pid;
}

void ProcessCollector::move(Tracked& process, const std::optional<MatchReason>& reason) {
  const std::optional<Membership> member = reason ? std::optional(reason->member) : std::nullopt;
  process.reading.member = member;
  if (!member) {
    close_files(process);
    clear_details(process.reading);
  } else if (!process.threads) {
    process.threads = std::make_unique<ThreadTimes>(process.reading.id.pid, context_);
    process.moved = process.refreshing = process.settling = true;
  }
}

void ProcessCollector::place_all() {
  if (!placing_due_) return;
  placing_due_ = false;
  std::vector<Candidate> candidates;
  std::vector<std::optional<MatchReason>> by_rule;
  for (const auto& [pid, process] : processes_) {
    candidates.push_back(process.facts.view());
    by_rule.push_back(process.by_rule);
  }
  const auto placed = place_processes(*rules_, candidates, std::move(by_rule));
  auto reason = placed.begin();
  for (auto& [pid, process] : processes_) move(process, *reason++);
}

void ProcessCollector::read_member(Tracked& process) {
  ProcessReading& reading = process.reading;
  if (!process.moved && !process.refreshing && !process.settling) return;
  if (!dead(reading.state)) {
    if (process.moved || process.settling)
      process.threads->update(reading.thread_count, process.settling);
    details_.read_status(reading, process.files, *process.threads);
    if (process.settling) details_.read_limits(reading, process.files);
    if (process.moved || process.settling) details_.read_used(reading, process.files);
  }
  reading.threads = process.threads->readings();
}

void ProcessCollector::read_members(const Instant& now) {
  for (auto& [pid, process] : processes_) {
    if (process.threads) read_member(process);
    if (process.refreshing)
      process.refreshed = done(process.refreshed, pid, now, options_.refresh_interval);
    if (process.settling)
      process.settled = done(process.settled, pid, now, options_.settled_interval);
  }
}

/// The longest unread first, until the estimated time is spent; at least one, so that a large
/// process gets its turn.
void ProcessCollector::read_proportional(const Instant& now) {
  if (!options_.proportional_memory) return;
  constexpr double kNanosecondsPerByte = 21e6 / (1ull << 30);  // 21 ms per GB
  std::vector<Tracked*> due;
  for (auto& [pid, process] : processes_) {
    const auto& memory = process.reading.memory;
    if (!memory || memory->resident_bytes > options_.proportional_max_bytes) continue;
    const nanoseconds age = now.monotonic - process.proportional_read;
    const bool never = process.proportional_read == nanoseconds{};
    if (never || age >= options_.proportional_interval) due.push_back(&process);
  }
  std::sort(due.begin(), due.end(), [](const Tracked* a, const Tracked* b) {
    return a->proportional_read < b->proportional_read;
  });
  double spent = 0;
  for (Tracked* process : due) {
    const double cost =
        static_cast<double>(process->reading.memory->resident_bytes) * kNanosecondsPerByte;
    if (spent > 0 && spent + cost > static_cast<double>(options_.proportional_budget.count()))
      break;
    details_.read_proportional(process->reading);
    process->proportional_read = now.monotonic;
    spent += cost;
  }
}

void ProcessCollector::number_memberships() {
  std::unordered_map<std::string_view, std::uint32_t> known;
  std::vector<std::string> found;
  for (auto& [pid, process] : processes_) {
    const std::string& text = process.facts.cgroup_membership;
    if (!process.reading.member || text.empty()) continue;
    const auto [entry, is_new] = known.try_emplace(text, static_cast<std::uint32_t>(found.size()));
    if (is_new) found.push_back(text);
    process.reading.cgroup_index = entry->second;
  }
  memberships_ = std::move(found);
}

std::vector<ProcessReading> ProcessCollector::collect(const Instant& now) {
  const std::vector<pid_t> pids = table_.list();
  forget_gone(pids);
  const std::vector<pid_t> chosen = choose(pids, now);
  std::vector<ProcessStat> stats = table_.read(chosen);
  for (const ProcessStat& stat : stats) take(stat, now);
  place_all();
  read_members(now);
  read_proportional(now);
  number_memberships();

  std::vector<ProcessReading> result;
  result.reserve(processes_.size());
  for (const auto& [pid, process] : processes_) result.push_back(process.reading);
  return result;
}

}  // namespace tierwatch
