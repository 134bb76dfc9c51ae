// SPDX-License-Identifier: MIT
#include "tests/churn/processes.h"

#include <algorithm>
#include <utility>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr pid_t kFirstPid = 300, kLastPid = 400;  // few, so that pids are used again all the time
constexpr nanoseconds kTick = milliseconds(10);

nanoseconds whole_ticks(nanoseconds time) { return time - time % kTick; }

bool is_dead(const ProcessReading& process) { return process.state == 'Z'; }

Candidate candidate_of(const ProcessReading& process, bool never_ours) {
  return {.id = process.id,
          .parent_pid = process.parent_pid,
          .comm = process.comm,
          .title = process.title,
          .exe = "",
          .user = process.user,
          .cgroup = process.cgroup,
          .kernel_thread = never_ours,
          .uid = process.uid};
}

}  // namespace

ChurnProcesses::ChurnProcesses(Dice& dice, ChurnSight sight) : dice_(dice), sight_(sight) {
  Process& init = all_[kInit];
  init.truth.id = {.pid = kInit, .started = {}};
  init.truth.state = 'S';
  init.truth.thread_count = 1;
  init.threads = {{.tid = kInit}};
  exec(kInit, {.comm = "systemd", .title = "/sbin/init", .uid = 0, .cgroup = "/init.scope"});
}

/// A pid comes back with another time of birth: it takes longer than a tick until all others have
/// had their turn.
pid_t ChurnProcesses::free_pid(nanoseconds boot) {
  for (pid_t tries = kFirstPid; tries <= kLastPid; ++tries) {
    const pid_t pid = next_pid_;
    next_pid_ = pid == kLastPid ? kFirstPid : pid + 1;
    const auto last = last_births_.find(pid);
    const bool too_soon = last != last_births_.end() && last->second == whole_ticks(boot);
    if (!all_.contains(pid) && !too_soon) return pid;
  }
  return 0;
}

pid_t ChurnProcesses::fork(pid_t parent, nanoseconds boot) {
  const pid_t pid = all_.size() < kMost ? free_pid(boot) : 0;
  if (pid == 0) return 0;
  last_births_[pid] = whole_ticks(boot);
  const ProcessReading& from = all_.at(parent).truth;
  Process child;
  child.truth = {.id = {.pid = pid, .started = whole_ticks(boot)}, .parent_pid = parent};
  child.truth.comm = from.comm;
  child.truth.title = from.title;
  child.truth.uid = from.uid;
  child.truth.user = from.user;
  child.truth.cgroup = from.cgroup;
  child.truth.memory = from.memory;
  child.truth.open_fds = from.open_fds;
  child.truth.fd_limit = from.fd_limit;
  child.truth.state = 'S';
  child.truth.thread_count = 1;
  child.threads = {{.tid = pid}};
  child.waits = !dice_.once_in(20);
  all_.emplace(pid, std::move(child));
  return pid;
}

/// Of its threads only the one that calls it goes on, as the first one.
void ChurnProcesses::exec(pid_t pid, const Costume& costume) {
  Process& process = all_.at(pid);
  process.truth.comm = costume.comm;
  process.truth.title = costume.title;
  process.truth.uid = costume.uid;
  process.truth.user = costume.uid == 0 ? "root" : "user" + std::to_string(costume.uid);
  process.truth.cgroup = costume.cgroup;
  process.truth.memory = MemoryReading{.resident_bytes = 9 << 20, .anonymous_bytes = 9 << 20};
  process.truth.open_fds = 3;
  process.truth.fd_limit = 1024;
  process.truth.task_limit = costume.uid == 0 ? std::nullopt : std::optional<std::uint64_t>(4096);
  process.threads.resize(1);
  process.truth.thread_count = 1;
  process.matched = false;
}

void ChurnProcesses::retitle(pid_t pid, std::string title) {
  Process& process = all_.at(pid);
  process.truth.title = std::move(title);
  process.matched = false;
}

void ChurnProcesses::move(pid_t pid, std::string cgroup) {
  Process& process = all_.at(pid);
  process.truth.cgroup = std::move(cgroup);
  process.matched = false;
}

void ChurnProcesses::exit(pid_t pid) {
  Process& ended = all_.at(pid);
  ended.truth.state = 'Z';
  ended.threads.resize(1);
  ended.truth.thread_count = 1;
  std::vector<pid_t> dead_orphans;
  for (auto& [other, process] : all_) {
    if (process.truth.parent_pid != pid) continue;
    process.truth.parent_pid = kInit;
    if (is_dead(process.truth)) dead_orphans.push_back(other);
  }
  for (const pid_t orphan : dead_orphans) reap(orphan);
  const Process& parent = all_.at(ended.truth.parent_pid);
  if (!parent.waits)
    all_.erase(pid);  // SIGCHLD is ignored: what it used is nobody's
  else if (ended.truth.parent_pid == kInit)
    reap(pid);
}

/// wait_task_zombie() in kernel/exit.c.
void ChurnProcesses::reap(pid_t pid) {
  const Process ended = all_.extract(pid).mapped();
  Process& parent = all_.at(ended.truth.parent_pid);
  parent.truth.children_user_cpu += ended.truth.user_cpu + ended.truth.children_user_cpu;
  parent.truth.children_system_cpu += ended.truth.system_cpu + ended.truth.children_system_cpu;
  parent.truth.children_major_faults +=
      ended.truth.major_faults + ended.truth.children_major_faults;
  parent.io.read_bytes += ended.io.read_bytes;
  parent.io.written_bytes += ended.io.written_bytes;
  if (ended.dead_when_shown)
    late_ += ended.truth.user_cpu + ended.truth.system_cpu + ended.truth.children_user_cpu +
             ended.truth.children_system_cpu;
}

void ChurnProcesses::start_thread(pid_t pid) {
  Process& process = all_.at(pid);
  if (process.threads.size() >= 6) return;
  process.threads.push_back({.tid = next_tid_++});
  process.truth.thread_count = static_cast<std::uint32_t>(process.threads.size());
}

void ChurnProcesses::end_thread(pid_t pid) {
  Process& process = all_.at(pid);
  if (process.threads.size() < 2) return;
  process.threads.erase(process.threads.begin() + 1 +
                        static_cast<long>(dice_.upto(process.threads.size() - 1)));
  process.truth.thread_count = static_cast<std::uint32_t>(process.threads.size());
}

void ChurnProcesses::run(pid_t pid, std::size_t thread, nanoseconds user, nanoseconds system) {
  Process& process = all_.at(pid);
  process.truth.user_cpu += user;
  process.truth.system_cpu += system;
  process.threads[thread].run += user + system;
  ++process.threads[thread].voluntary_switches;
  process.threads[thread].involuntary_switches += dice_.upto(3);
}

void ChurnProcesses::churn_figures(pid_t pid) {
  Process& process = all_.at(pid);
  process.truth.major_faults += dice_.upto(5);
  process.io.read_bytes += dice_.upto(3) * 4096;
  process.io.written_bytes += dice_.upto(3) * 4096;
  process.threads[dice_.upto(process.threads.size())].wait += dice_.time(milliseconds(50));
  MemoryReading& memory = *process.truth.memory;
  memory.anonymous_bytes = dice_.upto(300 << 20);
  memory.file_bytes = dice_.upto(30 << 20);
  memory.shared_bytes = dice_.upto(30 << 20);
  memory.resident_bytes = memory.anonymous_bytes + memory.file_bytes + memory.shared_bytes;
  process.truth.open_fds = dice_.upto(1024);
  process.truth.state = "RSSSDT"[dice_.upto(6)];
}

void ChurnProcesses::rules_changed() {
  for (auto& [pid, process] : all_) process.matched = false;
}

void ChurnProcesses::place(const TierRules& rules) {
  std::vector<Candidate> candidates;
  std::vector<std::optional<MatchReason>> by_rule;
  for (auto& [pid, process] : all_) {
    const bool dead_stranger = is_dead(process.truth) && !process.ever_shown;
    process.dead_when_shown = process.dead_when_shown || dead_stranger;
    candidates.push_back(candidate_of(process.truth, process.dead_when_shown));
    if (!process.matched) process.by_rule = match_by_rule(rules, candidates.back());
    process.matched = !dead_stranger;
    by_rule.push_back(process.by_rule);
  }
  const auto placed = place_processes(rules, candidates, std::move(by_rule));
  auto reason = placed.begin();
  for (auto& [pid, process] : all_) {
    process.truth.member = *reason ? std::optional((*reason)->member) : std::nullopt;
    ++reason;
  }
}

/// Of processes of no tier, those that are neither young nor a member's children are read every few
/// seconds.
bool ChurnProcesses::stays_unread(const Process& process, nanoseconds monotonic,
                                  nanoseconds boot) const {
  const ProcessReading& truth = process.truth;
  if (!process.ever_shown || truth.member || process.shown.member) return false;
  if (truth.parent_pid != process.shown.parent_pid || truth.state == 'Z') return false;
  const auto parent = all_.find(truth.parent_pid);
  if (parent != all_.end() && parent->second.truth.member) return false;
  return boot - truth.id.started >= seconds(2) && monotonic - process.shown_at < seconds(5);
}

void ChurnProcesses::show_details(Process& process) {
  ProcessReading& shown = process.shown;
  const auto readable = [&] { return !sight_.faults || !dice_.once_in(40); };
  if (sight_.threads && !is_dead(shown)) shown.threads = process.threads;
  if (sight_.privileged && readable()) shown.io = process.io;
  if (!sight_.privileged || !readable()) shown.open_fds.reset();
  if (!readable()) shown.memory.reset();
  if (!is_dead(shown)) return;
  shown.memory.reset();
  shown.open_fds.reset();
  shown.io.reset();
}

void ChurnProcesses::show(Process& process, nanoseconds monotonic) {
  process.shown = process.truth;
  process.shown.read_at = process.shown_at = monotonic;
  process.ever_shown = true;
  if (process.shown.member) {
    show_details(process);
  } else {
    process.shown.memory.reset();
    process.shown.open_fds.reset();
    process.shown.fd_limit.reset();
    process.shown.task_limit.reset();
  }
  if (sight_.exact) return;
  for (nanoseconds* time : {&process.shown.user_cpu, &process.shown.system_cpu,
                            &process.shown.children_user_cpu, &process.shown.children_system_cpu})
    *time = whole_ticks(*time);
}

std::vector<ProcessReading> ChurnProcesses::read(nanoseconds monotonic, nanoseconds boot,
                                                 std::vector<std::string>& memberships) {
  std::vector<ProcessReading> readings;
  for (auto& [pid, process] : all_) {
    if (!stays_unread(process, monotonic, boot)) show(process, monotonic);
    ProcessReading& reading = readings.emplace_back(process.shown);
    if (!reading.member || is_dead(reading)) continue;
    const auto known = std::ranges::find(memberships, reading.cgroup);
    reading.cgroup_index = static_cast<std::uint32_t>(known - memberships.begin());
    if (known == memberships.end()) memberships.push_back(reading.cgroup);
  }
  return readings;
}

std::vector<pid_t> ChurnProcesses::living() const {
  std::vector<pid_t> pids;
  for (const auto& [pid, process] : all_)
    if (!is_dead(process.truth)) pids.push_back(pid);
  return pids;
}

std::vector<pid_t> ChurnProcesses::zombies() const {
  std::vector<pid_t> pids;
  for (const auto& [pid, process] : all_)
    if (is_dead(process.truth)) pids.push_back(pid);
  return pids;
}

bool ChurnProcesses::is_living(pid_t pid) const {
  const auto found = all_.find(pid);
  return found != all_.end() && !is_dead(found->second.truth);
}

}  // namespace tierwatch
