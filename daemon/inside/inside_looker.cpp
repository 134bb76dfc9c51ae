// SPDX-License-Identifier: MIT
#include "daemon/inside/inside_looker.h"

#include <algorithm>
#include <random>
#include <stdexcept>

namespace tierwatch {

InsideLooker::InsideLooker(std::shared_ptr<InsideSubject> subject, World world, double most_cores)
    : world_(std::move(world)), subject_(std::move(subject)), most_cores_(most_cores) {}

void InsideLooker::apart(std::function<void()> work) {
  const auto done = [work = std::move(work)] {
    work();
    return std::string();
  };
  if (aside_.run(done, kPatience)) return;
  throw std::runtime_error(
      "a process has held its memory for two seconds, so that it cannot be read: it is stopped in "
      "the middle of a page, or on a disk that does not answer");
}

InsideTargets InsideLooker::set_processes(const std::vector<ProcessId>& processes) {
  apart([subject = subject_, processes] { subject->set_processes(processes); });
  return subject_->targets();
}

void InsideLooker::once() {
  apart([subject = subject_] { subject->look(); });
  ++looks_;
}

bool InsideLooker::look(unsigned hz, nanoseconds deadline,
                        const std::function<void()>& each_second) {
  const nanoseconds interval = std::chrono::nanoseconds(std::chrono::seconds(1)) / std::max(hz, 1u);
  // A beat that a program shares would show the same moment of it again and again.
  std::minstd_rand random(std::random_device{}());
  std::uniform_real_distribution<double> around(0.5, 1.5);
  nanoseconds next = world_.now(), second = next + std::chrono::seconds(1);
  while (next < deadline) {
    if (!world_.sleep_until(next)) return false;
    const nanoseconds before = world_.cpu();
    once();
    const nanoseconds cost = world_.cpu() - before;
    cost_ += cost;
    mean_cost_ += (static_cast<double>(cost.count()) - mean_cost_) / (looks_ < 10 ? 2 : 10);
    const nanoseconds now = world_.now();
    if (now >= second) {
      each_second();
      second = world_.now() + std::chrono::seconds(1);
    }
    const double wanted = std::max(static_cast<double>(interval.count()), mean_cost_ / most_cores_);
    const nanoseconds step(static_cast<std::int64_t>(wanted * around(random)));
    next = std::max(next + step, now + step / 4);
  }
  return world_.sleep_until(deadline);
}

}  // namespace tierwatch
