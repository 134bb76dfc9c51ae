// SPDX-License-Identifier: MIT
#include "analysis/facts/main_threads.h"

namespace tierwatch {
namespace {

constexpr double kMost = 0.80;           ///< of a process' CPU: the rest is housekeeping
constexpr double kSomeRequests = 0.003;  ///< cores: ten times what a process without requests uses

bool main_thread_works(const ProcessSample& process) {
  return process.hottest_tid == process.reading.id.pid &&
         process.hottest_thread_cores.value_or(0) >= kMost * *process.cpu_cores;
}

}  // namespace

void MainThreads::look(const std::vector<ProcessSample>& processes) {
  std::map<ProcessId, bool> told;
  for (const ProcessSample& process : processes) {
    if (!process.reading.member || process.reading.thread_count < 2) continue;
    const ProcessId& id = process.reading.id;
    if (process.cpu_cores >= kSomeRequests)
      told.emplace(id, main_thread_works(process));
    else if (const auto before = told_.find(id); before != told_.end())
      told.insert(*before);
  }
  told_ = std::move(told);
}

std::optional<bool> MainThreads::do_the_work(const ProcessId& process) const {
  const auto found = told_.find(process);
  return found == told_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace tierwatch
