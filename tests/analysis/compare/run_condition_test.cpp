// SPDX-License-Identifier: MIT
#include "analysis/compare/run_condition.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using testing::HasSubstr;
using Outcome = ThresholdAnswer::Outcome;

RunCondition condition(const std::string& text) {
  const auto parsed = parse_run_condition(text);
  if (const auto* problem = std::get_if<std::string>(&parsed)) ADD_FAILURE() << *problem;
  return std::holds_alternative<RunCondition>(parsed) ? std::get<RunCondition>(parsed)
                                                      : RunCondition{};
}

/// uWSGI's workers were full, at 40 users; p99 is not known, p95 is.
RunFindings full_run() {
  RunFindings run;
  run.load_tool = "wrk";
  run.totals = LoadTotals{.requests = 2000, .errors = 30, .seconds = 10};
  run.totals->p95_seconds = 0.612;
  run.verdict.outcome = RunVerdict::Outcome::kSaturated;
  run.verdict.tier = "uwsgi";
  run.verdict.resource = Resource::kWorkers;
  run.verdict.confidence = Confidence::kMedium;
  run.first_ceiling = Ceiling{.tier = "uwsgi", .requests_per_second = {220, 210, 230}};
  run.first_ceiling->headroom_ratio = 0.1;
  run.demand.tiers = {{.tier = "uwsgi"}, {.tier = "nginx"}};
  run.demand.tiers[0].cpu.seconds = {0.012, 0.011, 0.013};
  for (const double users : {10.0, 40.0}) {
    StepFindings step;
    step.load.users = users;
    step.load.requests_per_second = Estimate{users * 5, users * 5, users * 5};
    step.load.p95_seconds = users / 100;
    step.load.error_ratio = 0.015;
    run.steps.push_back(step);
  }
  return run;
}

Outcome outcome(const std::string& text, const RunFindings& run = full_run()) {
  return evaluate(condition(text), run).outcome;
}

TEST(RunCondition, HoldsForWhatWasMeasured) {
  for (const char* text : {"p95 > 500ms",
                           "p95 > 0.5s",
                           "p95 >= 612ms",
                           "errors > 1%",
                           "errors > 0",
                           "errors >= 30",
                           "throughput < 201/s",
                           "throughput < 201",
                           "throughput < 12001/min",
                           "requests < 5000",
                           "ceiling < 300/s",
                           "headroom < 20%",
                           "demand.uwsgi > 10ms",
                           "p95 at 40 users > 399ms",
                           "throughput at 10 < 51/s",
                           "errors at 40 users > 1%",
                           "p95 > 500 ms",
                           "errors > 1 % and p95 > 0.5 s",
                           "errors > 0 and p95 > 500ms",
                           "throughput < 201 /s or p95 > 9 s"})
    EXPECT_EQ(outcome(text), Outcome::kExceeded) << text;
  for (const char* text : {"p95 > 700ms", "p95 > 612ms", "errors > 2%", "errors > 30",
                           "throughput < 200/s", "p95 at 10 users > 100ms", "headroom < -5%"})
    EXPECT_EQ(outcome(text), Outcome::kPassed) << text;
}

TEST(RunCondition, AsksForWhoWasFull) {
  for (const char* text : {"full", "full == uwsgi", "full == uwsgi workers", "full != nginx",
                           "full == 'uwsgi'", "full != nothing", "full != uwsgi cpu"})
    EXPECT_EQ(outcome(text), Outcome::kExceeded) << text;
  for (const char* text :
       {"full == nginx", "full == uwsgi cpu", "full != uwsgi", "full == nothing"})
    EXPECT_EQ(outcome(text), Outcome::kPassed) << text;
  RunFindings idle = full_run();
  idle.verdict.outcome = RunVerdict::Outcome::kElsewhere;
  EXPECT_EQ(outcome("full", idle), Outcome::kPassed);
  EXPECT_EQ(outcome("full == nothing", idle), Outcome::kExceeded);
  EXPECT_EQ(outcome("full == uwsgi", idle), Outcome::kPassed) << "its name is left from nobody";
}

TEST(RunCondition, ATierThatIsNotThereIsNoPass) {
  EXPECT_EQ(outcome("full == uwsgl"), Outcome::kUnknown);
  EXPECT_EQ(outcome("full != uwsgl"), Outcome::kUnknown);
  EXPECT_EQ(evaluate(condition("full == uwsgl"), full_run()).words,
            "no tier uwsgl in this run; there are host, nginx, other and uwsgi");
  EXPECT_EQ(outcome("full == other"), Outcome::kPassed);
}

TEST(RunCondition, AsksForConfidence) {
  EXPECT_EQ(outcome("confidence < high"), Outcome::kExceeded);
  EXPECT_EQ(outcome("confidence < medium"), Outcome::kPassed);
  EXPECT_EQ(outcome("confidence == medium"), Outcome::kExceeded);
}

TEST(RunCondition, WhatIsNotKnownIsNoPass) {
  const RunFindings nothing;
  for (const char* text :
       {"p95 > 500ms", "errors > 0", "throughput < 200/s", "full", "full == uwsgi",
        "full == nothing", "confidence < high", "ceiling < 5", "headroom < 5%",
        "demand.uwsgi > 1ms", "p95 at 40 users > 1s", "requests < 1"})
    EXPECT_EQ(outcome(text, nothing), Outcome::kUnknown) << text;
  EXPECT_THAT(evaluate(condition("p99 > 1s"), full_run()).words,
              HasSubstr("p99 is not known: the result of wrk does not say it"));
  EXPECT_THAT(evaluate(condition("p95 at 20 users > 1s"), full_run()).words,
              HasSubstr("no step at 20 users: the run has steps at 10 and 40 users"));
  RunFindings silent = full_run();
  silent.totals->requests = silent.totals->errors = 0;
  EXPECT_EQ(outcome("errors > 1%", silent), Outcome::kUnknown) << "0 of 0 is no share";
}

TEST(RunCondition, JoinsThreeValues) {
  // p99 is not known, p95 > 1s does not hold, errors > 0 does.
  EXPECT_EQ(outcome("p99 > 1s and p95 > 1s"), Outcome::kPassed);
  EXPECT_EQ(outcome("p99 > 1s and errors > 0"), Outcome::kUnknown);
  EXPECT_EQ(outcome("p99 > 1s or errors > 0"), Outcome::kExceeded);
  EXPECT_EQ(outcome("p99 > 1s or p95 > 1s"), Outcome::kUnknown);
  EXPECT_EQ(outcome("p95 > 1s or errors > 0 and full"), Outcome::kExceeded);
  EXPECT_EQ(outcome("errors > 0 and p95 > 1s or full == nginx"), Outcome::kPassed);
}

TEST(RunCondition, SaysWhatWasMeasured) {
  const ThresholdAnswer answer = evaluate(condition("p95 > 500ms or errors > 1%"), full_run());
  EXPECT_EQ(answer.condition, "p95 > 500ms or errors > 1%");
  EXPECT_EQ(answer.words, "p95 612 ms; errors 1.5 %");
  EXPECT_EQ(evaluate(condition("full"), full_run()).words, "uwsgi workers was full");
}

TEST(RunCondition, MistakesAreSaidWithTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "column 1 of '': here a measure is expected: throughput, "},
      {"p97 > 1s", "column 1 of 'p97 > 1s': 'p97' is not a measure: throughput, "},
      {"p95", "column 4 of 'p95': after 'p95', one of"},
      {"p95 >> 5", "column 6 of 'p95 >> 5': here a number"},
      {"p95 > 500", "column 10 of 'p95 > 500': a unit is missing; write it like 500ms"},
      {"p95 > 5/s", "column 8 of 'p95 > 5/s': '/s' is not a unit of this"},
      {"errors > 1ms", "'ms' is not a unit of this; write it like 1%"},
      {"errors at 4 > 1", "a unit is missing; write it like 1%"},
      {"throughput < -3/s", "column 14 of 'throughput < -3/s': this is never below zero"},
      {"max at 4 users > 1s", "known of the whole run only"},
      {"p95 at noon > 1s", "column 8 of 'p95 at noon > 1s': here a number of users"},
      {"full > uwsgi", "of 'full' only == and !="},
      {"full == uwsgi luck", "column 15 of 'full == uwsgi luck': 'luck' is not a resource: cpu, "},
      {"full ==", "here the name of a tier is expected"},
      {"confidence < great", "low, medium or high"},
      {"confidence > high", "column 14 of 'confidence > high': no confidence is above high"},
      {"confidence < low", "no confidence is below low"},
      {"errors > 200%", "no more than 100% of the requests can fail"},
      {"errors > 100%", "no more than 100% of the requests can fail"},
      {"full but p95 > 1s", "after 'full', one of"},
      {"full and", "column 9 of 'full and': here a measure"},
      {"p95 > 1s, errors > 1%", "'s,' is not a unit"},
  };
  for (const auto& [text, said] : cases) {
    const auto parsed = parse_run_condition(text);
    ASSERT_TRUE(std::holds_alternative<std::string>(parsed)) << text;
    EXPECT_THAT(std::get<std::string>(parsed), HasSubstr(said)) << text;
  }
  const auto parsed = parse_run_condition("full == größe und");
  EXPECT_THAT(std::get<std::string>(parsed), HasSubstr("\n  full == größe und\n                ^"))
      << "the caret stands below the letter, not the byte";
}

TEST(RunCondition, ErrorsThatNobodyToldAreNoPass) {
  RunFindings run = full_run();
  run.totals->errors = 0;
  EXPECT_EQ(outcome("errors > 1%", run), Outcome::kPassed);
  run.generator.tells_errors = false;
  for (const char* text : {"errors > 1%", "errors > 0", "errors < 1%"})
    EXPECT_EQ(outcome(text, run), Outcome::kUnknown) << text;
  EXPECT_EQ(outcome("errors > 1% or p95 > 500ms", run), Outcome::kExceeded);
}

}  // namespace
}  // namespace tierwatch
