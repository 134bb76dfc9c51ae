// SPDX-License-Identifier: MIT
#include "analysis/runs/generator_health.h"

#include <gmock/gmock.h>

#include "analysis/runs/elsewhere.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::chrono::system_clock::time_point kBegin{1'760'000'000s};

/// Ten seconds with a load generator on this machine, in one step.
class GeneratorHealth : public testing::Test {
 protected:
  GeneratorHealth() {
    for (int second = 0; second < 10; ++second) {
      RunSample sample{.at = kBegin + second * 1s};
      sample.facts.seconds = 1;
      TierFacts tier{.name = std::string(kGeneratorTier), .processes = 2};
      tier.cpu_cores = tier.thread_run_cores = 0.6;
      tier.run_delay_cores = 0.01;
      tier.worst_fds = FdFacts{.pid = 7, .open = 120, .limit = 1024};
      sample.facts.tiers = {tier};
      sample.facts.host.local_ports = LimitFacts{.used = 900, .limit = 28'232};
      samples_.push_back(sample);
    }
    StepFindings step;
    step.load.first_sample = 0;
    step.load.samples = samples_.size();
    step.load.requests_per_second = Estimate{500, 490, 510};
    findings_.steps = {step};
    findings_.busiest = 0;
  }
  TierFacts& generator_at(std::size_t second) { return samples_[second].facts.tiers[0]; }
  GeneratorFindings look() { return look_at_generator(findings_, samples_); }

  std::vector<RunSample> samples_;
  RunFindings findings_;
};

TEST_F(GeneratorHealth, OneWithRoomIsNotDoubted) {
  const GeneratorFindings generator = look();
  EXPECT_TRUE(generator.watched);
  EXPECT_FALSE(generator.exhausted);
  EXPECT_THAT(generator.doubts, IsEmpty());
  EXPECT_EQ(generator.open_files, (LimitFacts{120, 1024}));
  EXPECT_EQ(generator.cpu_wait_ratio, 0) << "a hundredth of a core is not worth a word";
}

TEST_F(GeneratorHealth, OpenFilesUsedUpForASecondAreADoubt) {
  generator_at(4).worst_fds->open = 1023;
  const GeneratorFindings generator = look();
  EXPECT_TRUE(generator.exhausted);
  EXPECT_THAT(generator.doubts, ElementsAre(HasSubstr("1023 of 1024 open files")));
}

TEST_F(GeneratorHealth, LocalPortsUsedUpAreADoubt) {
  samples_[9].facts.host.local_ports->used = 28'000;
  const GeneratorFindings generator = look();
  EXPECT_TRUE(generator.exhausted);
  EXPECT_THAT(generator.doubts, ElementsAre(HasSubstr("28232 local ports")));
}

TEST_F(GeneratorHealth, OneThatWaitsForProcessorsMeasuresItself) {
  for (std::size_t second = 0; second < 10; ++second) generator_at(second).run_delay_cores = 0.4;
  const GeneratorFindings generator = look();
  EXPECT_NEAR(generator.cpu_wait_ratio.value(), 0.4, 1e-9);
  EXPECT_FALSE(generator.exhausted);
  EXPECT_THAT(generator.doubts, ElementsAre(HasSubstr("waited for a processor 40 %")));
}

TEST_F(GeneratorHealth, OfOneElsewhereNothingIsKnown) {
  for (RunSample& sample : samples_) sample.facts.tiers.clear();
  const GeneratorFindings generator = look();
  EXPECT_FALSE(generator.watched);
  EXPECT_FALSE(generator.local_ports) << "nobody's ports but its are of interest";
}

TEST_F(GeneratorHealth, WhereItIsExhaustedTheServerIsNotBlamed) {
  generator_at(4).worst_fds->open = 1024;
  findings_.generator = look();
  const RunVerdict verdict = look_elsewhere(findings_);
  EXPECT_EQ(verdict.outcome, RunVerdict::Outcome::kElsewhere);
  EXPECT_EQ(verdict.look_at, RunVerdict::LookAt::kGenerator);
  EXPECT_THAT(verdict.sentence, HasSubstr("1024 of 1024 open files"));
}

}  // namespace
}  // namespace tierwatch
