// SPDX-License-Identifier: MIT
#include "analysis/facts/process_ledger.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace tierwatch {
namespace {

std::uint64_t count(nanoseconds time) { return static_cast<std::uint64_t>(time.count()); }

Amounts own_level(const ProcessReading& process) {
  const IoReading io = process.io.value_or(IoReading{});
  return {count(process.user_cpu), count(process.system_cpu), process.major_faults, io.read_bytes,
          io.written_bytes};
}

/// I/O of children is added to the parent's own figures by the kernel, so it has no level here.
Amounts children_level(const ProcessReading& process) {
  return {count(process.children_user_cpu), count(process.children_system_cpu),
          process.children_major_faults, 0, 0};
}

std::uint64_t rise(std::uint64_t before, std::uint64_t now) {
  return now > before ? now - before : 0;
}

Amounts rise(const Amounts& before, const Amounts& now) {
  Amounts result;
  for (std::size_t i = 0; i < kAccounts; ++i) result[i] = rise(before[i], now[i]);
  return result;
}

void add(Amounts& to, const Amounts& what) {
  for (std::size_t i = 0; i < kAccounts; ++i) to[i] += what[i];
}

/// Pays off growth with credit, as far as both reach.
void settle(Amounts& growth, Amounts& credit, std::initializer_list<Account> accounts) {
  for (const Account account : accounts) {
    const std::uint64_t settled = std::min(growth[account], credit[account]);
    growth[account] -= settled;
    credit[account] -= settled;
  }
}

/// What is left of user time pays for system time, and the other way round: the kernel shares a
/// process' time out anew when it ends, not as it was told before.
void settle_shares(Amounts& growth, Amounts& credit) {
  for (const auto& [from, to] :
       {std::pair(kUserCpu, kSystemCpu), std::pair(kSystemCpu, kUserCpu)}) {
    const std::uint64_t settled = std::min(credit[from], growth[to]);
    credit[from] -= settled;
    growth[to] -= settled;
  }
}

/// Growth of one thread since `before`; a thread not seen before is new and counts whole, and so
/// does one whose tid came back, which has run for much less. A time that steps back by little is
/// the kernel's: nothing was added, as far as is known.
void add_thread(ProcessGrowth& growth, const ThreadReading* before, const ThreadReading& now) {
  const bool new_one = before != nullptr && now.run < before->run / 2 && now.wait <= before->wait;
  const ThreadReading base = before != nullptr && !new_one ? *before : ThreadReading{};
  const nanoseconds run = std::max(nanoseconds{}, now.run - base.run);
  if (growth.hottest_tid == 0 || run > growth.hottest_thread_run) {
    growth.hottest_tid = now.tid;
    growth.hottest_thread_run = run;
  }
  growth.run_delay += std::max(nanoseconds{}, now.wait - base.wait);
  growth.voluntary_switches += rise(base.voluntary_switches, now.voluntary_switches);
  growth.involuntary_switches += rise(base.involuntary_switches, now.involuntary_switches);
  if (growth.thread_run) *growth.thread_run += run;
}

/// Both lists are sorted by tid.
void grow_threads(ProcessGrowth& growth, const std::vector<ThreadReading>& before,
                  const std::vector<ThreadReading>& now) {
  growth.thread_run = nanoseconds{};
  auto old = before.begin();
  for (const ThreadReading& thread : now) {
    for (; old != before.end() && old->tid < thread.tid; ++old) growth.thread_run.reset();
    const bool known = old != before.end() && old->tid == thread.tid;
    add_thread(growth, known ? &*old : nullptr, thread);
    if (known) ++old;
  }
  if (old != before.end()) growth.thread_run.reset();  // a thread ended and took its count with it
}

/// Of one that slept: what comparing everything would come to.
ProcessGrowth unchanged(const ProcessReading& process, bool io_known) {
  ProcessGrowth growth{.comparable = true};
  growth.io_known = io_known;
  growth.threads_known = process.threads.has_value();
  if (!process.threads) return growth;
  growth.thread_run = nanoseconds{};
  if (!process.threads->empty()) growth.hottest_tid = process.threads->front().tid;
  return growth;
}

/// Start times are told in steps of a clock tick, 10 ms on every Debian kernel.
constexpr nanoseconds kStartStep = std::chrono::milliseconds(10);

}  // namespace

/// Turns what was seen of processes that are gone into credits of their parents. A parent that is
/// gone too hands its credits on to its own parent, which received all of it.
void ProcessLedger::settle_vanished(const Reading& reading) {
  std::vector<pid_t> vanished;
  for (const auto& [pid, entry] : entries_) {
    const auto found = std::lower_bound(
        reading.processes.begin(), reading.processes.end(), pid,
        [](const ProcessReading& process, pid_t wanted) { return process.id.pid < wanted; });
    if (found == reading.processes.end() || found->id != entry.id) vanished.push_back(pid);
  }
  // Children before parents. Pids wrap, births do not; within one step of the clock the smaller pid
  // is the parent.
  const auto birth = [this](pid_t pid) { return std::pair(entries_.at(pid).id.started, pid); };
  std::sort(vanished.begin(), vanished.end(),
            [&birth](pid_t a, pid_t b) { return birth(a) > birth(b); });
  for (const pid_t pid : vanished) {
    const auto node = entries_.extract(pid);
    const Entry& entry = node.mapped();
    const auto parent = entries_.find(entry.parent_pid);
    if (parent == entries_.end()) continue;
    add(parent->second.credit, entry.credit);
    if (!entry.accounted) continue;
    add(parent->second.credit, entry.own);
    add(parent->second.credit, entry.children);
  }
}

/// A stranger that becomes a member: what it used before the last reading is not of this interval,
/// and was no member's.
bool ProcessLedger::is_stale(const Entry& entry) const {
  return previous_ && entry.outsider_read_at && *entry.outsider_read_at < previous_->monotonic;
}

ProcessGrowth ProcessLedger::grow(Entry& entry, const ProcessReading& process, bool known,
                                  bool born_since) {
  ProcessGrowth growth{.comparable = known || born_since};
  const Amounts own = own_level(process);
  const Amounts children = children_level(process);
  if (known && own == entry.own && children == entry.children && entry.owes_nothing() &&
      process.threads == entry.threads)
    return unchanged(process, process.io && entry.io_known);
  if (growth.comparable) {
    growth.own = rise(entry.own, own);
    growth.reaped = rise(entry.children, children);
    growth.io_known = process.io && (born_since || entry.io_known);
    if (process.io && !growth.io_known) growth.own[kReadBytes] = growth.own[kWrittenBytes] = 0;
    for (Amounts* credit : {&entry.older_credit, &entry.credit}) {
      settle(growth.reaped, *credit, {kUserCpu, kSystemCpu, kMajorFaults});
      settle_shares(growth.reaped, *credit);
      settle(growth.own, *credit,
             {kReadBytes, kWrittenBytes});  // where the kernel puts children's I/O
    }
    growth.threads_known = process.threads && (born_since || entry.threads);
    if (growth.threads_known)
      grow_threads(growth, entry.threads.value_or(std::vector<ThreadReading>{}), *process.threads);
  }
  entry.older_credit = entry.credit;
  entry.credit = {};
  entry.own = own;
  entry.children = children;
  return growth;
}

std::vector<ProcessGrowth> ProcessLedger::advance(const Reading& reading) {
  settle_vanished(reading);
  std::vector<ProcessGrowth> result;
  result.reserve(reading.processes.size());
  for (const ProcessReading& process : reading.processes) {
    const auto [place, inserted] = entries_.try_emplace(process.id.pid);
    Entry& entry = place->second;
    const bool born_since =
        inserted && previous_ && process.id.started + kStartStep >= previous_->boot;
    // A zombie born unseen belongs to nobody yet: all of it will come with its parent's growth.
    if (inserted) entry.accounted = !(born_since && process.state == 'Z');
    const bool known = !inserted && !(process.member && is_stale(entry));
    result.push_back(grow(entry, process, known, born_since));
    entry.id = process.id;
    entry.parent_pid = process.parent_pid;
    entry.io_known = process.io.has_value();
    entry.outsider_read_at = process.member ? std::nullopt : std::optional(process.read_at);
    if (process.threads || !process.member) entry.threads = process.threads;
  }
  previous_ = reading.at;
  return result;
}

}  // namespace tierwatch
