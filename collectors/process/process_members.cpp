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

constexpr double kLittleWait = 0.01;  ///< of the time: more, and it may be starved of CPU

nanoseconds waits_of(const ProcessReading& process) {
  nanoseconds sum{};
  if (process.threads)
    for (const ThreadReading& thread : *process.threads) sum += thread.wait;
  return sum;
}

nanoseconds part(double share, nanoseconds whole) {
  return nanoseconds(static_cast<nanoseconds::rep>(share * static_cast<double>(whole.count())));
}

/// What to note as the time of a turn that was just had; the first one is backdated to spread them.
nanoseconds done(nanoseconds before, pid_t pid, const Instant& now, nanoseconds interval) {
  return now.monotonic - (before == nanoseconds{} ? stagger(pid, interval) : nanoseconds{});
}

}  // namespace

/// Whether what it ran since it was read, and in this tick, changes nothing that must be known now.
/// `before`: its clock at the last tick. Where the kernel tells all at once nothing is gained.
bool ProcessCollector::ran_little(const Tracked& process, std::optional<nanoseconds> before,
                                  const Instant& now) const {
  if (!process.is_steady || process.is_parent || process.refreshing || process.settling || tasks_)
    return false;
  if (!before || !process.run_time || !process.run_time_then) return false;
  if (now.boot - process.reading.id.started < options_.young_age) return false;
  if (now.monotonic - process.reading.read_at >= options_.refresh_interval) return false;
  return *process.run_time - *before < part(options_.little_cores, now.monotonic - last_tick_) &&
         *process.run_time - *process.run_time_then < clock_tick_;
}

/// What changes with a request that costs little: how its CPU time has grown, its title where that
/// tells a state, its sockets. What it ran is shared between user and system as what its stat told.
void ProcessCollector::glance(Tracked& process) {
  ProcessReading& reading = process.reading;
  const nanoseconds more = *process.run_time - *process.run_time_then;
  const nanoseconds told = process.user_cpu_then + process.system_cpu_then;
  const double share = told <= nanoseconds{} ? 0.5
                                             : static_cast<double>(process.user_cpu_then.count()) /
                                                   static_cast<double>(told.count());
  const nanoseconds user = part(share, more);
  reading.user_cpu = std::max(reading.user_cpu, process.user_cpu_then + user);
  reading.system_cpu = std::max(reading.system_cpu, process.system_cpu_then + (more - user));
  const TierRule& tier = rules_->tiers[reading.member->tier];
  if (tier.titles_tell_state) same_title(process, true);
  if (tier.roles[reading.member->role].kind == RoleKind::kSyncWorker) details_.count_fds(reading);
}

/// A process that did nothing but run, since its reading before, goes on doing so: until its next
/// turn it may be glanced at.
void ProcessCollector::note_steadiness(Tracked& process, const std::optional<IoReading>& io_before,
                                       nanoseconds since) {
  const ProcessReading& reading = process.reading;
  const nanoseconds waited = waits_of(reading);
  const bool starved = waited - process.waited >= part(kLittleWait, since);
  process.waited = waited;
  process.is_steady = reading.state == 'S' && reading.threads && !starved &&
                      reading.io == io_before &&
                      reading.children_user_cpu + reading.children_system_cpu == nanoseconds{};
}

/// File by file, those that may tell something new.
void ProcessCollector::read_files(Tracked& process) {
  ProcessReading& reading = process.reading;
  if (process.moved || process.settling)
    process.threads->update(reading.thread_count, process.settling, process.files.keep);
  const bool changes = process.moved && !process.is_steady;
  if (process.settling || (process.refreshing && (changes || !reading.memory)))
    details_.read_status(reading, *process.threads);
  else
    details_.read_memory(reading, process.files);
  if (process.moved || (process.settling && process.moved_since_settled))
    details_.read_used(reading, process.files);
}

void ProcessCollector::read_member(Tracked& process, const Instant& now) {
  ProcessReading& reading = process.reading;
  if (process.is_glanced) return glance(process);
  if (!process.moved && !process.refreshing && !process.settling) return;
  const auto io_before = reading.io;
  if (!is_dead(reading.state)) {
    const ProcessTask* const task = task_of(process);
    if (!task) read_files(process);
    if (task && process.settling) details_.read_status(reading, *process.threads);
    if (task) details_.take(*task, reading);
    if (task) process.threads->take(task->threads);
    if (process.settling) details_.read_limits(reading, process.files);
  }
  reading.threads = process.threads->readings();
  if (process.moved) {
    note_steadiness(process, io_before, now.monotonic - process.steadiness_noted);
    process.steadiness_noted = now.monotonic;
  }
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
    if (process.threads) read_member(process, now);
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
