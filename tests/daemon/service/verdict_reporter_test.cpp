// SPDX-License-Identifier: MIT
#include "daemon/service/verdict_reporter.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

Verdict full(std::string tier, Resource resource) {
  Verdict verdict;
  verdict.state = VerdictState::kSaturated;
  verdict.tier = std::move(tier);
  verdict.resource = resource;
  verdict.sentence = verdict.tier + " is full";
  return verdict;
}

Verdict clear() {
  Verdict verdict;
  verdict.state = VerdictState::kClear;
  verdict.sentence = "nothing is full";
  return verdict;
}

Verdict unknown() {
  Verdict verdict;
  verdict.sentence = "not known: no watched tier has a process";
  return verdict;
}

TEST(VerdictReporter, ThatNothingIsFullIsNoNewsAtFirst) {
  VerdictReporter reporter;
  EXPECT_EQ(reporter.report(unknown()), std::nullopt);
  EXPECT_EQ(reporter.report(clear()), std::nullopt);
}

TEST(VerdictReporter, WhatIsFullIsToldOnceWithItsEvidence) {
  VerdictReporter reporter;
  Verdict verdict = full("uwsgi", Resource::kCpu);
  verdict.evidence = {"a queue", "an idle host"};
  EXPECT_EQ(reporter.report(verdict), "uwsgi is full [a queue; an idle host]");
  verdict.sentence = "uwsgi is full for 9 s";
  EXPECT_EQ(reporter.report(verdict), std::nullopt) << "the same verdict, a second later";
}

TEST(VerdictReporter, AnotherResourceOrTierIsNews) {
  VerdictReporter reporter;
  EXPECT_TRUE(reporter.report(full("uwsgi", Resource::kCpu)));
  EXPECT_EQ(reporter.report(full("uwsgi", Resource::kWorkers)), "uwsgi is full");
  EXPECT_EQ(reporter.report(full("postgres", Resource::kWorkers)), "postgres is full");
}

TEST(VerdictReporter, ThatItIsOverIsTold) {
  VerdictReporter reporter;
  reporter.report(full("uwsgi", Resource::kCpu));
  EXPECT_EQ(reporter.report(clear()), "nothing is full");
}

TEST(VerdictReporter, ThatItIsNotKnownAnyMoreIsTold) {
  VerdictReporter reporter;
  reporter.report(clear());
  EXPECT_EQ(reporter.report(unknown()), unknown().sentence);
  EXPECT_EQ(reporter.report(clear()), "nothing is full") << "and that it is known again";
}

}  // namespace
}  // namespace tierwatch
