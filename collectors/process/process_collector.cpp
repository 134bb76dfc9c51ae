// SPDX-License-Identifier: MIT
#include "collectors/process/process_collector.h"

#include <algorithm>

#include "collectors/parse/proc_text_process.h"
#include "collectors/parse/proc_text_stat.h"
#include "collectors/process/tracked_process.h"

namespace tierwatch {

namespace {

nanoseconds cpu_of(const ProcessReading& process) { return process.user_cpu + process.system_cpu; }

/// Whether libproc2 shows this name as it is.
bool is_plain(std::string_view name) {
  return std::all_of(name.begin(), name.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

ProcessCollector::ProcessCollector(const ProcFs& files, ProcessTable& table, FaultLog& faults,
                                   const TierRules& rules, const ProcessCollectorOptions& options,
                                   TaskSource* tasks)
    : table_(table),
      tasks_(tasks),
      rules_(&rules),
      options_(options),
      context_{.files = files, .faults = faults, .spare_descriptors = options.kept_descriptors},
      candidates_(files),
      details_(context_),
      proportional_(files) {}

ProcessCollector::~ProcessCollector() = default;

void ProcessCollector::set_rules(const TierRules& rules) {
  rules_ = &rules;
  for (auto& [pid, process] : processes_)
    process.by_rule = match_by_rule(*rules_, process.facts.view());
  placing_due_ = true;
}

/// Gives back what the process took of the allowance of open files.
void ProcessCollector::close_files(Tracked& process) {
  if (process.threads) process.threads->close_files();
  DetailFiles& files = process.files;
  for (KeptFile* file : {&files.stat, &files.statm, &files.io, &files.cmdline})
    file->close(context_);
}

void ProcessCollector::forget_gone(const std::vector<pid_t>& pids) {
  auto pid = pids.begin();
  for (auto process = processes_.begin(); process != processes_.end();) {
    while (pid != pids.end() && *pid < process->first) ++pid;
    if (pid != pids.end() && *pid == process->first) {
      ++process;
      continue;
    }
    close_files(process->second);
    process = processes_.erase(process);
    placing_due_ = true;
  }
}

/// What the kernel told of it in this tick, all at once; none where /proc is to be asked.
const ProcessTask* ProcessCollector::task_of(const Tracked& process) const {
  const ProcessTask* const task = tasks_ ? tasks_->find(process.reading.id.pid) : nullptr;
  return task && task->stat.id == process.reading.id ? task : nullptr;
}

/// The same amount whichever source tells it.
std::optional<nanoseconds> ProcessCollector::run_time(pid_t pid) const {
  const ProcessTask* const task = tasks_ ? tasks_->find(pid) : nullptr;
  return task ? std::optional(task->cpu.run) : table_.run_time(pid);
}

/// Whether one of its threads ran since this was last asked; true while that is not known. The
/// clock is read before anything else is: what runs meanwhile shows the next time.
bool ProcessCollector::ran(Tracked& process) {
  const auto now = run_time(process.reading.id.pid);
  const bool same = now && now == process.run_time;
  // Worth descriptors is who was seen to run, not who has just been met.
  if (!now || (!same && process.run_time)) process.files.keep = Keep::kYes;
  process.run_time = now;
  return !same;
}

/// The same of a member, and brings the times of its threads up to date. Where there is no clock,
/// they tell whether it ran.
bool ProcessCollector::member_ran(Tracked& process) {
  const bool by_clock = ran(process);
  if (!by_clock && !process.settling) return false;
  if (task_of(process)) return by_clock;  // its threads come with it
  const bool by_threads = process.threads->refresh(process.files.keep);
  return process.run_time ? by_clock : by_threads;
}

/// The same of a process of no tier, which is asked when it is due, and while its parent is a
/// member: what a member's child has used by the time it ends must be known, or its parent would be
/// charged for it again. Young ones are always read: others place them (in cgroups, under users).
bool ProcessCollector::outsider_ran(Tracked& process, const Instant& now) {
  if (now.boot - process.reading.id.started < options_.young_age) return true;
  if (!process.refreshing && !process.settling) {
    const auto parent = processes_.find(process.reading.parent_pid);
    if (parent == processes_.end() || !parent->second.reading.member) return false;
  }
  if (ran(process)) return true;
  process.reading.read_at = now.monotonic;  // nothing new is news, too
  return false;
}

/// Whether its stat must be read. Notes what else is due: a member that sleeps has half the turns.
bool ProcessCollector::must_read(Tracked& process, const Instant& now) {
  const int pace = process.threads && !process.moved && !process.moved_since_settled ? 2 : 1;
  process.refreshing = now.monotonic - process.refreshed >= pace * options_.refresh_interval;
  process.settling = now.monotonic - process.settled >= pace * options_.settled_interval;
  process.moved = process.threads ? member_ran(process) : outsider_ran(process, now);
  process.moved_since_title = process.moved_since_title || process.moved;
  process.moved_since_settled = process.moved_since_settled || process.moved;
  return process.moved || process.settling;
}

/// Takes over what the kernel told of it. False when libproc2 is to be asked, as below.
bool ProcessCollector::take_task(Tracked& process, const ProcessTask& task, const Instant& now) {
  // What a worker of the kernel is at stands in its name only as /proc shows it.
  const bool same_name = task.stat.comm == process.reading.comm && is_plain(task.stat.comm);
  if (!same_name && !process.facts.kernel_thread) return false;
  ProcessStat stat = task.stat;
  stat.comm = process.reading.comm;
  const auto shares =
      share_cpu(task.cpu, {.user = process.reading.user_cpu, .system = process.reading.system_cpu});
  stat.user_cpu = shares.user;
  stat.system_cpu = shares.system;
  stat.uid = process.reading.uid.value_or(0);
  update(process, stat, now);
  return true;
}

/// Reads the stat of a process that is known, without libproc2. False when that is to be asked:
/// the process is another one by now, has a new name, or cannot be read.
bool ProcessCollector::reread_stat(Tracked& process, const Instant& now) {
  if (const ProcessTask* const task = task_of(process)) return take_task(process, *task, now);
  if (!process.threads && process.moved_since_settled) return false;
  const pid_t pid = process.reading.id.pid;
  const FileText text = process.files.stat.read([pid] { return process_path(pid, "stat"); },
                                                context_, process.files.keep);
  if (!text) return false;
  auto stat = parse_stat(text.text, clock_tick_);
  if (!stat) context_.faults.count("stat", Fault::kMalformed);
  if (!stat || stat->id != process.reading.id) return false;
  if (stat->comm != process.reading.comm || !is_plain(stat->comm)) return false;
  stat->uid = process.reading.uid.value_or(0);
  update(process, *stat, now);
  return true;
}

std::vector<pid_t> ProcessCollector::choose(const std::vector<pid_t>& pids, const Instant& now) {
  std::vector<pid_t> chosen;
  first_run_times_.clear();
  for (const pid_t pid : pids) {
    const auto known = processes_.find(pid);
    if (known == processes_.end()) {
      if (const auto time = run_time(pid)) first_run_times_.emplace(pid, *time);
      chosen.push_back(pid);
    } else if (must_read(known->second, now) && !reread_stat(known->second, now)) {
      chosen.push_back(pid);
    }
  }
  return chosen;
}

/// Whether the title is what we know. Where titles tell what a process is doing, a new one is taken
/// over and changes nothing else.
bool ProcessCollector::same_title(Tracked& process, bool tells_state) {
  process.moved_since_title = false;
  process.cpu_at_title = cpu_of(process.reading);
  const pid_t pid = process.reading.id.pid;
  std::optional<std::string> title;
  if (tells_state && TitleReader::is_trusted(process.facts.uid, process.facts.cgroup)) {
    const FileText text = process.files.cmdline.read([pid] { return process_path(pid, "cmdline"); },
                                                     context_, process.files.keep, kMaxTitleBytes);
    if (text) title = parse_cmdline(text.text);
  } else {
    title = candidates_.reread_title(process.facts);
  }
  if (!title || *title == process.facts.title) return true;
  if (!tells_state) return false;
  process.reading.title = process.facts.title = *std::move(title);
  return true;
}

/// Names of users that came late: rules may ask for them.
void ProcessCollector::rename_users() {
  for (auto& [pid, process] : processes_) {
    if (!process.facts.uid || !candidates_.rename_user(process.facts)) continue;
    process.reading.user = process.facts.user;
    match_again(process);
  }
}

void ProcessCollector::read_facts(Tracked& process, const ProcessStat& stat) {
  CandidateFacts facts = candidates_.read(stat, process.facts.title);
  // One that was dead when first seen was never ours: what it used will come to its parent when
  // that waits for it.
  facts.kernel_thread = facts.kernel_thread || is_dead(stat.state);
  process.reading.title = facts.title;
  process.reading.uid = facts.uid;
  process.reading.user = facts.user;
  process.reading.cgroup = facts.cgroup;
  if (facts == process.facts) return;
  process.facts = std::move(facts);
  match_again(process);
}

void ProcessCollector::reread_cgroup(Tracked& process) {
  if (process.facts.kernel_thread || !candidates_.reread_cgroup(process.facts)) return;
  process.reading.cgroup = process.facts.cgroup;
  match_again(process);
}

void ProcessCollector::match_again(Tracked& process) {
  process.by_rule = match_by_rule(*rules_, process.facts.view());
  placing_due_ = true;
}

void ProcessCollector::take_facts(Tracked& process, const ProcessStat& stat, const Instant& now) {
  // A process that is dead has lost its title; it stays what it was.
  if (is_dead(stat.state) && !process.facts.comm.empty()) return;
  const bool young = now.boot - stat.id.started < options_.young_age;
  const bool renamed = process.facts.comm != stat.comm;
  if (process.settling && !process.moved_since_settled && !young) return reread_cgroup(process);
  if (young || renamed || process.settling) return read_facts(process, stat);
  const auto& member = process.reading.member;
  const bool states = member && rules_->tiers[member->tier].titles_tell_state;
  const bool ran = process.moved_since_title || process.cpu_at_title != cpu_of(process.reading);
  if (ran && (states || process.refreshing) && !same_title(process, states))
    read_facts(process, stat);
}

void ProcessCollector::take(const ProcessStat& stat, const Instant& now) {
  const auto known = processes_.find(stat.id.pid);
  if (known != processes_.end() && known->second.reading.id != stat.id) {
    close_files(known->second);
    processes_.erase(known);  // the pid is in use again
    placing_due_ = true;
  }
  const auto [place, is_new] = processes_.try_emplace(stat.id.pid);
  Tracked& process = place->second;
  if (is_new) {
    const auto run_time = first_run_times_.find(stat.id.pid);
    if (run_time != first_run_times_.end()) process.run_time = run_time->second;
  }
  update(process, stat, now);
}

void ProcessCollector::update(Tracked& process, const ProcessStat& stat, const Instant& now) {
  placing_due_ = placing_due_ || process.facts.parent_pid != stat.parent_pid;
  copy_stat(stat, process.reading);
  if (process.moved) process.reading.read_at = now.monotonic;  // else it is what it was
  take_facts(process, stat, now);
  process.facts.id = stat.id;
  process.facts.parent_pid = stat.parent_pid;
}

void ProcessCollector::move(Tracked& process, const std::optional<MatchReason>& reason) {
  const std::optional<Membership> member = reason ? std::optional(reason->member) : std::nullopt;
  process.reading.member = member;
  if (!member) {
    close_files(process);
    process.threads.reset();
    clear_details(process.reading);
  } else if (!process.threads) {
    process.threads = std::make_unique<ThreadTimes>(process.reading.id.pid, context_);
    process.moved = process.refreshing = process.settling = true;
  }
}

void ProcessCollector::place_all() {
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

/// Forgets those that ended. A listing that failed tells of nobody that he ended. Most often nobody
/// has come or gone, and listing, a tenth of a tick, can be spared.
std::vector<pid_t> ProcessCollector::list() {
  std::vector<pid_t> known;
  known.reserve(processes_.size());
  for (const auto& [pid, process] : processes_) known.push_back(pid);
  if (tasks_ && tasks_->are_all(known)) return known;
  if (auto pids = table_.list()) {
    forget_gone(*pids);
    return *std::move(pids);
  }
  context_.faults.count("processes", Fault::kOther);
  return known;
}

std::vector<ProcessReading> ProcessCollector::collect(const Instant& now) {
  candidates_.begin_tick();
  if (candidates_.names_have_come()) rename_users();
  if (tasks_ && !tasks_->read()) tasks_ = nullptr;
  const std::vector<pid_t> pids = list();
  const std::vector<pid_t> chosen = choose(pids, now);
  std::vector<ProcessStat> stats = table_.read(chosen);
  for (const ProcessStat& stat : stats) take(stat, now);
  if (placing_due_) {
    place_all();
    number_memberships();
    placing_due_ = false;
  }
  read_members(now);
  read_proportional(now);

  std::vector<ProcessReading> result;
  result.reserve(processes_.size());
  for (const auto& [pid, process] : processes_) result.push_back(process.reading);
  return result;
}

}  // namespace tierwatch
