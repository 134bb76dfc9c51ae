// SPDX-License-Identifier: MIT
#include "daemon/inside/statement_inside.h"

#include <stdexcept>

#include "collectors/statements/statement_sampler.h"
#include "daemon/inside/native_inside.h"

namespace tierwatch {
namespace {

class StatementSubject : public InsideSubject {
 public:
  explicit StatementSubject(bool literals) : sampler_(files_, literals) {}

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
    for (const BackendSample& sample : samples_) {
      tally_.add(sample);
      waits_told_ = waits_told_ || sample.wait.has_value();
    }
  }

  StatementFindings findings() const {
    return find_statements(tally_, sampler_.statements(), sampler_.version());
  }
  bool waits_told() const { return waits_told_; }

 private:
  ProcFs files_;
  StatementSampler sampler_;
  StatementTally tally_;
  std::vector<BackendSample> samples_;
  bool waits_told_ = false;
};

}  // namespace

StatementReport look_into_statements(InsideSession& session, const InsideWish& wish,
                                     std::size_t tier, std::optional<NativeReport>& native) {
  const auto subject = std::make_shared<StatementSubject>(wish.literals);
  const auto both = std::make_shared<BesideNative>(subject, wish.hz);
  InsideTier inside(session, both);
  if (!inside.attach(tier)) throw std::runtime_error(inside.explain());
  StatementReport report;
  inside.look(wish, StatementSampler::kMostProcesses, report);
  native = both->code(report);
  report.findings = subject->findings();
  if (!subject->waits_told())
    report.remarks.push_back(
        "what its backends wait for is not known: servers before version 14 do not export it");
  return report;
}

}  // namespace tierwatch
