// SPDX-License-Identifier: MIT
#include "collectors/bpf/task_table.h"

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>

#include "collectors/process/process_table.h"

namespace tierwatch {
namespace {

/// Takes one record off the front of `rest`; false when there is none whole.
template <typename Record>
bool take_record(std::span<const std::byte>& rest, Record& record) {
  if (rest.size() < sizeof record) return false;
  std::memcpy(&record, rest.data(), sizeof record);
  rest = rest.subspan(sizeof record);
  return true;
}

nanoseconds time_of(unsigned long long count) {
  return nanoseconds(static_cast<nanoseconds::rep>(count));
}

std::string_view name_of(const bpf::ProcessRecord& record) {
  const auto* const end = std::find(std::begin(record.comm), std::end(record.comm), '\0');
  return {std::begin(record.comm), end};
}

ThreadTask to_thread(const bpf::ThreadRecord& record) {
  return {.reading = {.tid = record.tid,
                      .run = time_of(record.run),
                      .wait = time_of(record.delay),
                      .voluntary_switches = record.voluntary_switches,
                      .involuntary_switches = record.involuntary_switches},
          .accounted = record.slices > 0,
          .state = task_state(static_cast<unsigned>(record.state))};
}

void add(const bpf::ThreadRecord& record, ProcessTask& task) {
  task.cpu.run += time_of(record.run);
  task.cpu.user_ticks += time_of(record.user_time);
  task.cpu.system_ticks += time_of(record.system_time);
  task.stat.major_faults += record.major_faults;
  task.io.read_bytes += record.read_bytes;
  task.io.written_bytes += record.written_bytes;
}

}  // namespace

char task_state(unsigned bits) {
  constexpr unsigned kReported = 0x7f, kUninterruptible = 0x2, kIdle = 0x402, kRtLockWait = 0x1000,
                     kFrozen = 0x8000;
  constexpr std::string_view kLetters = "RSDTtXZPI";
  if (bits == kIdle) return 'I';
  unsigned told = bits & kReported;
  if (bits & kRtLockWait || bits & kFrozen) told = kUninterruptible;
  return kLetters[static_cast<std::size_t>(std::bit_width(told))];
}

TaskTable::TaskTable()
    : clock_tick_(clock_tick()), page_bytes_(static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE))) {}

/// Counters of CPUs that change meanwhile may add up to less than nothing; /proc says 0 then.
std::optional<MemoryReading> TaskTable::memory_of(const bpf::ProcessRecord& record) const {
  if (!record.has_memory) return std::nullopt;
  const auto bytes = [&](std::size_t kind) {
    return static_cast<std::uint64_t>(std::max(0LL, record.pages[kind])) * page_bytes_;
  };
  MemoryReading memory{.anonymous_bytes = bytes(bpf::kAnonymousPages),
                       .file_bytes = bytes(bpf::kFilePages),
                       .shared_bytes = bytes(bpf::kSharedPages),
                       .swap_bytes = bytes(bpf::kSwapPages)};
  memory.resident_bytes = memory.anonymous_bytes + memory.file_bytes + memory.shared_bytes;
  return memory;
}

void TaskTable::add_process(const bpf::ThreadRecord& first, const bpf::ProcessRecord& record) {
  Process& process = processes_.emplace_back();
  process.expected_threads = static_cast<std::size_t>(std::max(0, record.threads));
  ProcessTask& task = process.task;
  const nanoseconds started = time_of(record.started);
  task.stat = {.id = {.pid = first.tgid, .started = started - started % clock_tick_},
               .parent_pid = record.parent,
               .comm = std::string(name_of(record)),
               .state = task_state(static_cast<unsigned>(first.state)),
               .children_user_cpu = time_of(record.children_user),
               .children_system_cpu = time_of(record.children_system),
               .major_faults = record.ended_major_faults,
               .children_major_faults = record.children_major_faults,
               .thread_count = static_cast<std::uint32_t>(std::max(0, record.threads))};
  task.cpu = {.run = time_of(record.ended_run),
              .user_ticks = time_of(record.ended_user),
              .system_ticks = time_of(record.ended_system)};
  task.memory = memory_of(record);
  task.io = {.read_bytes = record.ended_read_bytes, .written_bytes = record.ended_written_bytes};
  if (record.fds_known) task.open_fds = record.open_fds;
}

bool TaskTable::split(std::span<const std::byte> rest) {
  records_.clear();
  processes_.clear();
  bpf::ProcessRecord process;
  while (!rest.empty()) {
    bpf::ThreadRecord& thread = records_.emplace_back();
    if (!take_record(rest, thread)) return false;
    if (records_.size() > 1 && thread.tid <= records_[records_.size() - 2].tid) return false;
    if (thread.tid != thread.tgid) continue;
    if (!take_record(rest, process)) return false;
    add_process(thread, process);
  }
  return true;
}

TaskTable::Process* TaskTable::process_of(pid_t pid) {
  const auto found = std::ranges::lower_bound(
      processes_, pid, {}, [](const Process& process) { return process.task.stat.id.pid; });
  return found != processes_.end() && found->task.stat.id.pid == pid ? &*found : nullptr;
}

/// Most often where it was at the read before: then nothing has come or gone.
TaskTable::Process* TaskTable::process_of(const bpf::ThreadRecord& record, std::uint32_t& place) {
  if (place < processes_.size() && processes_[place].task.stat.id.pid == record.tgid)
    return &processes_[place];
  Process* const process = process_of(record.tgid);
  place = process ? static_cast<std::uint32_t>(process - processes_.data()) : kNowhere;
  return process;
}

/// The living threads' part of what their process has used.
void TaskTable::add_up() {
  places_.resize(records_.size(), kNowhere);
  for (std::size_t i = 0; i < records_.size(); ++i) {
    Process* const process = process_of(records_[i], places_[i]);
    if (!process) continue;
    ++process->threads;
    add(records_[i], process->task);
  }
}

void TaskTable::place_threads() {
  std::size_t first = 0;
  for (Process& process : processes_) {
    process.first_thread = first;
    first += process.threads;
    process.threads = 0;
  }
  threads_.resize(first);
  for (std::size_t i = 0; i < records_.size(); ++i) {
    if (places_[i] == kNowhere) continue;
    Process& process = processes_[places_[i]];
    threads_[process.first_thread + process.threads++] = to_thread(records_[i]);
  }
  for (Process& one : processes_)
    one.task.threads = std::span(threads_).subspan(one.first_thread, one.threads);
}

bool TaskTable::fill(std::span<const std::byte> records) {
  if (!split(records)) {
    processes_.clear();
    return false;
  }
  add_up();
  place_threads();
  return true;
}

bool TaskTable::are_all(std::span<const pid_t> pids) const {
  return std::ranges::equal(processes_, pids, {},
                            [](const Process& process) { return process.task.stat.id.pid; });
}

const ProcessTask* TaskTable::find(pid_t pid) const {
  const auto found = std::ranges::lower_bound(
      processes_, pid, {}, [](const Process& process) { return process.task.stat.id.pid; });
  if (found == processes_.end() || found->task.stat.id.pid != pid) return nullptr;
  return found->threads == found->expected_threads ? &found->task : nullptr;
}

}  // namespace tierwatch
