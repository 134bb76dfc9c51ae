// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_looker.h"

#include <algorithm>
#include <random>
#include <stdexcept>

namespace tierwatch {

/// Held by both sides: the thread that reads may be left behind with it.
struct InsideLooker::State {
  State(const std::filesystem::path& root, std::function<nanoseconds()> clock)
      : files(root), sampler(files, faults, std::move(clock)) {}

  ProcFs files;
  FaultLog faults;
  PythonSampler sampler;
  StackTally tally;
  std::vector<PythonSample> samples;
};

InsideLooker::InsideLooker(std::filesystem::path root, World world)
    : world_(std::move(world)), state_(std::make_shared<State>(root, world_.now)) {}

void InsideLooker::aside(Aside::Work work) {
  if (aside_.run(std::move(work), kPatience)) return;
  throw std::runtime_error(
      "a process has held its memory for two seconds, so that it cannot be read: it is stopped in "
      "the middle of a page, or on a disk that does not answer");
}

InsideTargets InsideLooker::set_processes(const std::vector<ProcessId>& processes) {
  aside([state = state_, processes] {
    state->sampler.set_processes(processes);
    return std::string();
  });
  const PythonSampler& sampler = state_->sampler;
  return {.read = sampler.read_processes(),
          .versions = sampler.versions(),
          .refusals = sampler.refusals()};
}

void InsideLooker::once() {
  aside([state = state_] {
    state->samples.clear();
    state->sampler.sample(state->samples);
    for (const PythonSample& sample : state->samples)
      state->tally.add(sample, state->sampler.functions());
    return std::string();
  });
  ++looks_;
}

bool InsideLooker::look(unsigned hz, nanoseconds deadline,
                        const std::function<void()>& each_second) {
  const nanoseconds interval = std::chrono::nanoseconds(std::chrono::seconds(1)) / std::max(hz, 1u);
  // A beat that a program shares would show the same moment of it again and again.
  std::minstd_rand random(std::random_device{}());
  std::uniform_real_distribution<double> around(0.5, 1.5);
  nanoseconds next = world_.now(), second = next + std::chrono::seconds(1);
  double mean_cost = 0;  // of a look, ns
  while (next < deadline) {
    if (!world_.sleep_until(next)) return false;
    const nanoseconds before = world_.cpu();
    once();
    const nanoseconds cost = world_.cpu() - before;
    cost_ += cost;
    mean_cost += (static_cast<double>(cost.count()) - mean_cost) / (looks_ < 10 ? 2 : 10);
    const nanoseconds now = world_.now();
    if (now >= second) {
      each_second();
      second = world_.now() + std::chrono::seconds(1);
    }
    const double wanted = std::max(static_cast<double>(interval.count()), mean_cost / kMostCores);
    const nanoseconds step(static_cast<std::int64_t>(wanted * around(random)));
    next = std::max(next + step, now + step / 4);
  }
  return world_.sleep_until(deadline);
}

void InsideLooker::forget() {
  state_->tally = {};
  looks_ = 0;
  cost_ = {};
}

const StackTally& InsideLooker::tally() const { return state_->tally; }

const std::vector<PythonFunction>& InsideLooker::functions() const {
  return state_->sampler.functions();
}

}  // namespace tierwatch
