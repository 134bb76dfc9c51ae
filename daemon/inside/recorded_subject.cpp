// SPDX-License-Identifier: MIT
#include "daemon/inside/recorded_subject.h"

#include <utility>

#include "collectors/python/python_sampler.h"
#include "collectors/statements/statement_sampler.h"
#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

class RecordedStacks : public RecordedSubject {
 public:
  RecordedStacks() : sampler_(files_, faults_, monotonic_now) {}

  void set_processes(const std::vector<ProcessId>& processes) override {
    sampler_.set_processes(processes);
  }
  InsideTargets targets() const override {
    return {.read = sampler_.read_processes(),
            .versions = sampler_.versions(),
            .refusals = sampler_.refusals()};
  }
  void look() override {
    samples_.clear();
    sampler_.sample(samples_);
    for (const PythonSample& sample : samples_) tally_.add(sample, sampler_.functions());
  }
  void hand_over(InsideStretch stretch, InsideBook& book,
                 const InsideBook::TierOf& tier_of) override {
    book.add(std::move(stretch), std::exchange(tally_, {}), sampler_.functions(), tier_of);
  }

 private:
  ProcFs files_;
  FaultLog faults_;
  PythonSampler sampler_;
  StackTally tally_;
  std::vector<PythonSample> samples_;
};

class RecordedStatements : public RecordedSubject {
 public:
  RecordedStatements() : sampler_(files_, false) {}

  void set_processes(const std::vector<ProcessId>& processes) override {
    sampler_.set_processes(processes);
  }
  InsideTargets targets() const override {
    return {.read = sampler_.read_processes(),
            .versions = sampler_.versions(),
            .refusals = sampler_.refusals()};
  }
  void look() override {
    samples_.clear();
    sampler_.sample(samples_);
    for (const BackendSample& sample : samples_) tally_.add(sample);
  }
  void hand_over(InsideStretch stretch, InsideBook& book,
                 const InsideBook::TierOf& /*tier_of*/) override {
    book.add(std::move(stretch), std::exchange(tally_, {}), sampler_.statements(),
             sampler_.version());
  }

 private:
  ProcFs files_;
  StatementSampler sampler_;
  StatementTally tally_;
  std::vector<BackendSample> samples_;
};

}  // namespace

std::shared_ptr<RecordedSubject> recorded_stacks() { return std::make_shared<RecordedStacks>(); }

std::shared_ptr<RecordedSubject> recorded_statements() {
  return std::make_shared<RecordedStatements>();
}

}  // namespace tierwatch
