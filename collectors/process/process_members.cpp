// SPDX-License-Identifier: MIT
//
// The collector's part that reads members: what only they have.
#include <algorithm>

#include "collectors/process/tracked_process.h"

namespace tierwatch {
namespace {

/// Spreads refreshes over the interval, so that not all processes are due in the same tick. By
/// Fibonacci hashing, which spreads pids evenly whatever the step between them: a server's workers
/// are as many apart as each has threads.
nanoseconds stagger(pid_t pid, nanoseconds interval) {
  constexpr std::uint32_t kGolden = 2'654'435'769;  // 2^32 / golden ratio
  return interval * (static_cast<std::uint32_t>(pid) * kGolden >> 24) / 256;
}

/// What to note as the time of a turn that was just had; the first one is backdated to spread them.
nanoseconds done(nanoseconds before, pid_t pid, const Instant& now, nanoseconds interval) {
  return now.monotonic - (before == nanoseconds{} ? stagger(pid, interval) : nanoseconds{});
}

}  // namespace

/// File by file, those that may tell something new.
void ProcessCollector::read_files(Tracked& process) {
  ProcessReading& reading = process.reading;
  if (process.moved || process.settling)
    process.threads->update(reading.thread_count, process.settling, process.files.keep);
  if (process.settling || (process.refreshing && (process.moved || !reading.memory)))
    details_.read_status(reading, *process.threads);
  else
    details_.read_memory(reading, process.files);
  if (process.moved || (process.settling && process.moved_since_settled))
    details_.read_used(reading, process.files);
}

/// Its clients have a thread each, and the main thread, which the kernel shows, has none of them.
bool ProcessCollector::has_threads(const ProcessReading& process) const {
  const TierRule& tier = rules_->tiers[process.member->tier];
  return tier.roles[process.member->role].kind == RoleKind::kThreaded;
}

void ProcessCollector::read_member(Tracked& process) {
  ProcessReading& reading = process.reading;
  if (!process.moved && !process.refreshing && !process.settling) return;
  if (!is_dead(reading.state)) {
    const ProcessTask* const task = task_of(process);
    if (!task) read_files(process);
    if (task && process.settling) details_.read_status(reading, *process.threads);
    if (task) details_.take(*task, reading);
    if (task) process.threads->take(task->threads);
    if (process.settling) details_.read_limits(reading, process.files);
  } else {
    release_details(reading);
  }
  reading.threads = process.threads->readings();
  if (has_threads(reading) && !task_of(process)) process.threads->read_states();
}

/// While its main thread sleeps, a server with threads waits for a disk when one of them does.
void ProcessCollector::show_disk_wait(Tracked& process) const {
  char& state = process.reading.state;
  if (state == 'S' && has_threads(process.reading) && process.threads->one_waits_for_disk())
    state = 'D';
}

/// Notes that everything about it was read, and gives back the descriptors of one that did not run
/// since that was last done.
void ProcessCollector::settle(Tracked& process, const Instant& now) {
  if (!process.moved_since_settled) {
    close_files(process);
    process.files.keep = Keep::kNo;
  }
  process.moved_since_settled = false;
  process.settled = done(process.settled, process.reading.id.pid, now, options_.settled_interval);
}

void ProcessCollector::read_members(const Instant& now) {
  for (auto& [pid, process] : processes_) {
    if (process.threads) read_member(process);
    if (process.threads) show_disk_wait(process);
    if (process.refreshing)
      process.refreshed = done(process.refreshed, pid, now, options_.refresh_interval);
    if (process.settling) settle(process, now);
  }
}

/// The longest unread first, until the estimated time is spent; at least one, so that a large
/// process gets its turn. What was read meanwhile is of an earlier tick.
void ProcessCollector::read_proportional(const Instant& now) {
  if (!options_.proportional_memory) return;
  for (const ProportionalReader::Answer& answer : proportional_.take(now.monotonic))
    take_proportional(answer);
  if (!proportional_.is_idle()) return;
  std::vector<Tracked*> due;
  for (auto& [pid, process] : processes_) {
    const auto& memory = process.reading.memory;
    if (!memory || memory->resident_bytes > options_.proportional_max_bytes) continue;
    const bool never = process.proportional_read == nanoseconds{};
    if (never || now.monotonic - process.proportional_read >= options_.proportional_interval)
      due.push_back(&process);
  }
  std::ranges::sort(due, {}, &Tracked::proportional_read);
  nanoseconds spent{};
  for (Tracked* process : due) {
    spent += ProportionalReader::cost_of(process->reading.memory->resident_bytes);
    if (process != due.front() && spent > options_.proportional_budget) break;
    proportional_.ask(process->reading.id);
    process->proportional_read = now.monotonic;
  }
}

void ProcessCollector::take_proportional(const ProportionalReader::Answer& answer) {
  const auto found = processes_.find(answer.process.pid);
  if (answer.fault == Fault::kGone || found == processes_.end()) return;
  if (answer.fault) context_.faults.count("smaps_rollup", *answer.fault);
  ProcessReading& reading = found->second.reading;
  if (reading.id == answer.process && reading.member) reading.proportional_bytes = answer.bytes;
}

}  // namespace tierwatch
