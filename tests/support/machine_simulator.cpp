// SPDX-License-Identifier: MIT
#include "tests/support/machine_simulator.h"

#include <algorithm>
#include <iterator>

namespace tierwatch {
namespace {

constexpr pid_t kInit = 1;
constexpr pid_t kLastPid = 160;  // small, so that pids are reused all the time

}  // namespace

nanoseconds MachineSimulator::level(const ProcessReading& process) {
  return process.user_cpu + process.system_cpu + process.children_user_cpu +
         process.children_system_cpu;
}

pid_t MachineSimulator::spawn(pid_t parent) {
  while (processes_.contains(next_pid_)) next_pid_ = next_pid_ == kLastPid ? 100 : next_pid_ + 1;
  const pid_t pid = next_pid_;
  next_pid_ = pid == kLastPid ? 100 : pid + 1;
  Process& process = processes_[pid];
  now_ +=
      std::chrono::milliseconds(10);  // so that two processes with one pid differ in their start
  process.reading.id = {.pid = pid, .started = now_};
  process.reading.parent_pid = parent;
  process.reading.state = 'S';
  process.reading.member =
      Membership{.tier = 0, .role = parent == kInit ? std::uint16_t{0} : std::uint16_t{1}};
  return pid;
}

void MachineSimulator::burn(pid_t pid, nanoseconds user, nanoseconds system) {
  ProcessReading& process = processes_.at(pid).reading;
  process.user_cpu += user;
  process.system_cpu += system;
  used_ += user + system;
}

void MachineSimulator::end(pid_t pid) {
  const Process ended = processes_.extract(pid).mapped();
  const auto parent = processes_.find(ended.reading.parent_pid);
  if (parent != processes_.end()) {
    ProcessReading& waiting = parent->second.reading;
    waiting.children_user_cpu += ended.reading.user_cpu + ended.reading.children_user_cpu;
    waiting.children_system_cpu += ended.reading.system_cpu + ended.reading.children_system_cpu;
    parent->second.seen += ended.seen;
  } else {
    lost_ += level(ended.reading) - ended.seen;
  }
  for (auto& [other, process] : processes_) {
    if (process.reading.parent_pid != pid) continue;
    process.reading.parent_pid = kInit;
    process.orphaned = true;
  }
}

pid_t MachineSimulator::any() {
  return std::next(processes_.begin(),
                   static_cast<long>(dice(static_cast<unsigned>(processes_.size()))))
      ->first;
}

pid_t MachineSimulator::leaf() {
  pid_t pid = any();
  while (true) {
    const auto child = std::find_if(processes_.begin(), processes_.end(), [pid](const auto& entry) {
      return entry.second.reading.parent_pid == pid;
    });
    if (child == processes_.end()) return pid;
    pid = child->first;
  }
}

/// Who waited for a process that lost its parent and ended within one interval cannot be known from
/// outside.
void MachineSimulator::end_if_known(pid_t pid) {
  if (!processes_.at(pid).orphaned) end(pid);
  if (processes_.empty()) spawn(kInit);
}

void MachineSimulator::live() {
  if (processes_.empty() || dice(40) == 0) spawn(kInit);
  for (unsigned i = dice(12); i > 0; --i) {
    if (processes_.size() < 40) spawn(any());
    burn(any(), std::chrono::milliseconds(dice(30)), std::chrono::microseconds(dice(9000)));
    if (dice(2) == 0) end_if_known(any());
  }
  if (dice(50) == 0) {  // the whole tier is restarted
    while (!processes_.empty()) end(leaf());
    spawn(kInit);
  }
}

Reading MachineSimulator::read() {
  pass(std::chrono::milliseconds(50));
  Reading reading{.at = {.monotonic = now_, .boot = now_}};
  for (auto& [pid, process] : processes_) {
    process.seen = level(process.reading);
    process.orphaned = false;
    reading.processes.push_back(process.reading);
  }
  return reading;
}

}  // namespace tierwatch
