// SPDX-License-Identifier: MIT
#include "collectors/native/native_sampler.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostCandidates = 4096;

bool is_missing_right(int error) { return error == EACCES || error == EPERM; }

}  // namespace

bool NativeSampler::read_code(Target& target) {
  target.refusal = {.process = target.id};
  if (!can_read_code()) {
    target.refusal.why = "this program was built without libdw, which finds the callers";
    return false;
  }
  const FileText maps = files_.read(process_path(target.id.pid, "maps"), buffer_);
  if (!maps) {
    target.refusal.denied = maps.fault == Fault::kDenied;
    target.refusal.why = "it has ended";
    return false;
  }
  auto codes = mapped_code(maps.text);
  if (codes.empty()) {
    target.refusal.why = "it has no code";
    return false;
  }
  target.space = {target.id.pid, std::move(codes)};
  return true;
}

void NativeSampler::set_processes(const std::vector<ProcessId>& processes) {
  const std::set<ProcessId> wanted(processes.begin(), processes.end());
  std::erase_if(targets_, [&](const auto& target) {
    const bool gone = !wanted.contains(target.second.id);
    if (gone)
      for (const auto& [tid, thread] : target.second.threads) close(thread);
    return gone;
  });
  for (const ProcessId& id : processes) {
    if (targets_.size() >= kMostProcesses && !targets_.contains(id.pid)) continue;
    Target& target = targets_[id.pid];
    target.id = id;
    // What is mapped changes: a library is loaded, a program takes the place of another.
    target.read = read_code(target);
  }
  choose_threads();
}

std::vector<NativeSampler::Candidate> NativeSampler::candidates() {
  std::vector<Candidate> found;
  for (auto& [pid, target] : targets_) {
    Fault fault{};
    const auto names = files_.list(process_path(pid, "task").c_str(), fault);
    if (!target.read || !names) continue;
    for (const std::string& name : *names) {
      const auto tid = to_number<pid_t>(name);
      if (tid && found.size() < kMostCandidates) found.push_back({&target, *tid, 0});
    }
  }
  return found;
}

void NativeSampler::choose_threads() {
  std::vector<Candidate> chosen = candidates();
  left_out_ = chosen.size() - std::min(chosen.size(), kMostThreads);
  if (left_out_ > 0) {
    std::map<pid_t, std::uint64_t> now;
    for (Candidate& one : chosen) {
      const std::string file = "task/" + std::to_string(one.tid) + "/schedstat";
      const FileText text = files_.read(process_path(one.target->id.pid, file), buffer_);
      std::string_view rest = text ? text.text : std::string_view();
      const std::uint64_t ran = take_number<std::uint64_t>(rest).value_or(0);
      const auto before = ran_.find(one.tid);
      one.ran = before == ran_.end() || before->second > ran ? ran : ran - before->second;
      now[one.tid] = ran;
    }
    ran_ = std::move(now);
    std::ranges::stable_sort(chosen, std::ranges::greater{}, &Candidate::ran);
    chosen.resize(kMostThreads);
  }
  std::set<pid_t> wanted;
  for (const Candidate& one : chosen) wanted.insert(one.tid);
  for (auto& [pid, target] : targets_)
    std::erase_if(target.threads, [&](const auto& thread) {
      const bool over = !wanted.contains(thread.first);
      if (over) close(thread.second);
      return over;
    });
  for (const Candidate& one : chosen)
    if (!one.target->threads.contains(one.tid)) watch(*one.target, one.tid);
}

void NativeSampler::watch(Target& target, pid_t tid) {
  PerfThread thread;
  int error = thread.begin(tid, hz_, kernel_);
  if (is_missing_right(error) && kernel_) {
    error = thread.begin(tid, hz_, false);
    if (error == 0) kernel_ = false;
  }
  if (error == 0) {
    target.threads.insert_or_assign(tid, std::move(thread));
    return;
  }
  if (error == ESRCH || !target.threads.empty()) return;
  target.read = false;
  target.refusal.denied = is_missing_right(error);
  target.refusal.why = std::string("perf_event_open: ") + std::strerror(error);
}

void NativeSampler::close(const PerfThread& thread) {
  ended_ += thread.cpu_time().value_or(std::chrono::nanoseconds{});
}

std::chrono::nanoseconds NativeSampler::cpu_time() const {
  std::chrono::nanoseconds sum = ended_;
  for (const auto& [pid, target] : targets_)
    for (const auto& [tid, thread] : target.threads)
      sum += thread.cpu_time().value_or(std::chrono::nanoseconds{});
  return sum - before_;
}

PythonSample NativeSampler::sample_of(const Target& target, const CpuSample& seen) {
  PythonSample sample{.pid = target.id.pid, .tid = seen.tid, .activity = ThreadActivity::kRunning};
  if (seen.in_kernel) sample.frames.push_back({functions_.kernel(), 0});
  if (!seen.readable) {
    sample.torn = sample.frames.empty();
    return sample;
  }
  const NativeStack stack = unwind(seen, target.space, code_);
  sample.cut = stack.cut;
  for (const CodePoint& point : stack.points) {
    const PythonFrame frame{functions_.at(point), 0};
    const bool again =
        point.code == nullptr && !sample.frames.empty() && sample.frames.back() == frame;
    if (!again) sample.frames.push_back(frame);
  }
  return sample;
}

void NativeSampler::take(Target& target, PerfThread& thread, std::vector<PythonSample>& samples) {
  records_.clear();
  thread.take(records_);
  if (!begun_ || records_.empty()) return;
  const PerfRecords records = decode_perf_records(records_);
  lost_ += records.lost + records.bad;
  for (const CpuSample& seen : records.samples) samples.push_back(sample_of(target, seen));
}

void NativeSampler::sample(std::vector<PythonSample>& samples) {
  for (auto& [pid, target] : targets_)
    for (auto& [tid, thread] : target.threads) take(target, thread, samples);
  if (!begun_) before_ = cpu_time();
  begun_ = true;
}

std::size_t NativeSampler::read_processes() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(targets_, [](const auto& target) { return target.second.read; }));
}

std::vector<ProcessRefusal> NativeSampler::refusals() const {
  std::vector<ProcessRefusal> list;
  for (const auto& [pid, target] : targets_)
    if (!target.read) list.push_back(target.refusal);
  return list;
}

}  // namespace tierwatch
