// SPDX-License-Identifier: MIT
#include "collectors/python/python_sampler.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "collectors/memory/own_number.h"
#include "collectors/text/format.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

using Kind = DescriptorEnd::Kind;

constexpr nanoseconds kTidsBelieved = std::chrono::seconds(1);
constexpr std::size_t kMostTids = 4096;

}  // namespace

std::string_view to_string(ThreadActivity activity) {
  switch (activity) {
    case ThreadActivity::kRunning:
      return "running";
    case ThreadActivity::kInterpreterLock:
      return "interpreter-lock";
    case ThreadActivity::kPeer:
      return "peer";
    case ThreadActivity::kClient:
      return "client";
    case ThreadActivity::kLock:
      return "lock";
    case ThreadActivity::kDisk:
      return "disk";
    case ThreadActivity::kSleeping:
      return "sleeping";
    case ThreadActivity::kIdle:
      return "idle";
    case ThreadActivity::kOther:
      return "other";
  }
  return "other";
}

PythonSampler::PythonSampler(const ProcFs& files, FaultLog& faults,
                             std::function<nanoseconds()> clock)
    : PythonSampler(files, faults, std::move(clock),
                    [](pid_t pid) { return std::make_unique<ProcessMemory>(pid); }) {}

PythonSampler::PythonSampler(const ProcFs& files, FaultLog& faults,
                             std::function<nanoseconds()> clock, OpenMemory open)
    : files_(files), clock_(clock), open_(std::move(open)), peers_(files, faults, clock) {}

void PythonSampler::set_processes(const std::vector<ProcessId>& processes) {
  std::set<ProcessId> wanted(processes.begin(), processes.end());
  std::erase_if(targets_, [&](const auto& target) {
    const bool gone = !wanted.contains(target.second.id);
    if (gone) kept_ -= target.second.files.size();
    return gone;
  });
  for (const ProcessId& id : processes) {
    if (targets_.size() >= kMostProcesses && !targets_.contains(id.pid)) continue;
    Target& target = targets_[id.pid];
    target.id = id;
    if (!target.process && target.tries < kMostTries) attach(target);
  }
}

void PythonSampler::attach(Target& target) {
  ++target.tries;
  target.refusal = {.process = target.id};
  auto memory = open_(target.id.pid);
  const auto images =
      readable_images(files_, target.id.pid, *memory, "python", buffer_, target.refusal);
  if (!target.refusal.why.empty()) return;
  target.process = PythonProcess::find(std::move(memory), images, target.refusal.why);
}

void PythonSampler::read_tids(Target& target) {
  target.tids.clear();
  target.tids_read = clock_();
  Fault fault{};
  const std::string folder = process_path(target.id.pid) + "/task";
  const auto names = files_.list(folder.c_str(), fault);
  if (!names) return;
  for (const std::string& name : *names) {
    const auto tid = to_number<pid_t>(name);
    if (!tid || target.tids.size() >= kMostTids) continue;
    std::uint64_t inner = static_cast<std::uint64_t>(*tid);
    const FileText status = files_.read(folder + "/" + name + "/status", buffer_);
    if (status) inner = own_number(status.text).value_or(inner);
    target.tids[inner] = *tid;
  }
  std::erase_if(target.files, [&](const auto& file) {
    const bool ended = std::ranges::none_of(
        target.tids, [&](const auto& tid) { return tid.second == file.first; });
    if (ended) --kept_;
    return ended;
  });
}

/// Which threads `threads_` are. An interpreter that was forked may still hold its parent's number
/// of the thread that went on, which is the process' first: where one number alone is not found,
/// and that thread is in no function of another interpreter.
void PythonSampler::find_tids(Target& target) {
  const auto unknown = [&](const InterpreterThread& thread) {
    return !target.tids.contains(thread.native_id);
  };
  if (std::ranges::any_of(threads_, unknown) && clock_() - target.tids_read >= kTidsBelieved)
    read_tids(target);
  const pid_t pid = target.id.pid;
  bool first_is_busy = false;
  std::set<std::uint64_t> not_found;
  for (InterpreterThread& thread : threads_) {
    const auto known = target.tids.find(thread.native_id);
    thread.sample.tid = known == target.tids.end() ? 0 : known->second;
    first_is_busy |= thread.sample.tid == pid && !thread.sample.frames.empty();
    if (known == target.tids.end()) not_found.insert(thread.native_id);
  }
  if (first_is_busy || not_found.size() != 1) return;
  for (InterpreterThread& thread : threads_) {
    if (thread.sample.tid == 0) thread.sample.tid = pid;
  }
}

std::optional<ThreadState> PythonSampler::state_of(Target& target, pid_t tid) {
  const std::string path =
      process_path(target.id.pid) + "/task/" + std::to_string(tid) + "/syscall";
  const auto kept = target.files.find(tid);
  if (kept != target.files.end()) {
    const FileText text = ProcFs::reread(kept->second, buffer_);
    return text ? parse_syscall(text.text) : std::nullopt;
  }
  if (kept_ >= kMostKept) {
    const FileText text = files_.read(path, buffer_);
    return text ? parse_syscall(text.text) : std::nullopt;
  }
  FileDescriptor file = files_.open(path.c_str());
  if (!file) return std::nullopt;
  ++kept_;
  target.files.emplace(tid, std::move(file));
  return state_of(target, tid);
}

void PythonSampler::resolve_ends(pid_t pid, const WaitsFor& waits, PythonSample& sample) {
  for (const int descriptor : waits.descriptors) {
    const DescriptorEnd end = peers_.end_of(pid, descriptor);
    switch (end.kind) {
      case Kind::kPeer:
        sample.activity = ThreadActivity::kPeer;
        sample.peer = end.name;
        return;
      case Kind::kClient:
        sample.activity = ThreadActivity::kClient;
        sample.peer = end.name;
        break;
      case Kind::kListening:
      case Kind::kEvents:
        if (sample.activity == ThreadActivity::kOther) sample.activity = ThreadActivity::kIdle;
        break;
      case Kind::kFile:
        if (waits.activity == ThreadActivity::kLock) sample.peer = end.name;
        if (waits.activity == ThreadActivity::kOther) sample.activity = ThreadActivity::kDisk;
        break;
      case Kind::kPipe:
      case Kind::kUnknown:
        break;
    }
  }
}

void PythonSampler::find_activity(Target& target, const InterpreterThread& thread,
                                  PythonSample& sample) {
  const auto state = sample.tid != 0 ? state_of(target, sample.tid) : std::nullopt;
  if (!state) return;
  if (state->running) {
    sample.activity = ThreadActivity::kRunning;
    return;
  }
  PythonProcess& process = *target.process;
  const WaitsFor waits =
      waits_for(state->call, process.memory(), thread.lock, process.layout().lock_size);
  sample.activity = waits.activity;
  resolve_ends(target.id.pid, waits, sample);
}

void PythonSampler::sample(std::vector<PythonSample>& samples) {
  for (auto& [pid, target] : targets_) {
    if (!target.process) continue;
    if (!target.process->look(functions_, clock_(), threads_)) {
      target.process.reset();
      target.refusal = {.process = target.id, .why = "it has ended"};
      continue;
    }
    find_tids(target);
    // A thread may be known to several interpreters; it is in one of them.
    std::set<pid_t> in_a_function;
    for (const InterpreterThread& thread : threads_) {
      if (!thread.sample.frames.empty()) in_a_function.insert(thread.sample.tid);
    }
    for (InterpreterThread& thread : threads_) {
      if (thread.sample.frames.empty() && in_a_function.contains(thread.sample.tid)) continue;
      PythonSample sample = std::move(thread.sample);
      sample.pid = pid;
      find_activity(target, thread, sample);
      const bool runs = sample.activity == ThreadActivity::kRunning;
      if (!sample.frames.empty() || sample.torn || runs) samples.push_back(std::move(sample));
    }
  }
}

std::size_t PythonSampler::read_processes() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      targets_, [](const auto& target) { return target.second.process != nullptr; }));
}

std::vector<ProcessRefusal> PythonSampler::refusals() const {
  std::vector<ProcessRefusal> refusals;
  for (const auto& [pid, target] : targets_) {
    if (!target.process) refusals.push_back(target.refusal);
  }
  return refusals;
}

std::vector<std::string> PythonSampler::versions() const {
  std::set<int> minors;
  for (const auto& [pid, target] : targets_) {
    if (target.process) minors.insert(target.process->layout().minor);
  }
  std::vector<std::string> versions;
  for (const int minor : minors) versions.push_back(formatted("3.{}", minor));
  return versions;
}

}  // namespace tierwatch
