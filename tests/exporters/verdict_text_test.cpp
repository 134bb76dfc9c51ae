// SPDX-License-Identifier: MIT
#include "exporters/verdict_text.h"

#include <gmock/gmock.h>

#include "exporters/json/snapshot_json.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Verdict full() {
  Verdict verdict;
  verdict.state = VerdictState::kSaturated;
  verdict.tier = "uwsgi";
  verdict.confidence = Confidence::kHigh;
  verdict.sentence = "uwsgi is full: cpu 3.94 of 4.00 cores (4 workers × 1) for 1 m 52 s";
  verdict.evidence = {"accept queue of /run/uwsgi/app.sock 87 of 100, full 12 % of the time",
                      "host has 11.6 idle cores"};
  verdict.relief = {"more workers", "cheaper requests"};
  verdict.candidates = {
      {{"nginx", Resource::kWorkers}, std::nullopt, Heat::kHot, "held by uwsgi"},
      {{"postgres", Resource::kCpu}, 0.41, Heat::kCalm, "cpu 0.41 of 1.00 cores"}};
  return verdict;
}

TEST(VerdictText, TellsTheSentenceTheEvidenceAndWhyNotTheOthers) {
  EXPECT_EQ(verdict_text(full(), "sampling by itself", {}),
            "uwsgi is full: cpu 3.94 of 4.00 cores (4 workers × 1) for 1 m 52 s\n"
            "confidence: high; sampling by itself\n"
            "\n"
            "Evidence\n"
            "  accept queue of /run/uwsgi/app.sock 87 of 100, full 12 % of the time\n"
            "  host has 11.6 idle cores\n"
            "\n"
            "What would help\n"
            "  more workers\n"
            "  cheaper requests\n"
            "\n"
            "Not the bottleneck\n"
            "  nginx     workers        hot   held by uwsgi\n"
            "  postgres  cpu      41 %  calm  cpu 0.41 of 1.00 cores\n");
}

TEST(VerdictText, WhatCannotBeSeenComesLastWithWhatWouldHelp) {
  Verdict verdict;
  verdict.state = VerdictState::kClear;
  verdict.sentence = "nothing is full";
  verdict.blind_spots = {"nginx: open files cannot be counted"};
  EXPECT_EQ(verdict_text(verdict, "attached", {"/proc is mounted with hidepid=2"}),
            "nothing is full\nconfidence: low; attached\n\nNot seen\n"
            "  nginx: open files cannot be counted\n  /proc is mounted with hidepid=2\n");
}

TEST(VerdictText, AnUnknownVerdictHasNoConfidence) {
  Verdict verdict;
  verdict.sentence = "not known: no watched tier has a process";
  EXPECT_THAT(verdict_text(verdict, "attached", {}), Not(HasSubstr("confidence")));
}

TEST(VerdictText, NamesOfProcessesAndSocketsDriveNoTerminal) {
  Verdict verdict = full();
  verdict.sentence = "other is full: \x1b[31mevil\x07 0.9";
  verdict.evidence = {"accept queue of @\x1b]0;title\n 3 of 4"};
  const std::string text = verdict_text(verdict, "attached", {});
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("\x07")));
  EXPECT_THAT(verdict_line(verdict), Not(HasSubstr("\x1b")));
}

TEST(VerdictJson, IsTheVerdictOfTheSnapshotWithHostAndTime) {
  const Snapshot snapshot = small_snapshot();
  const std::string json = verdict_json(snapshot);
  EXPECT_THAT(json, HasSubstr(R"({"hostname":"web1","at":{"wall_seconds":1700000000.0)"));
  EXPECT_THAT(json, HasSubstr(R"("state":"saturated","tier":"nginx","resource":"cpu")"));
  EXPECT_THAT(json, Not(HasSubstr("\n")));
  EXPECT_THAT(verdict_json(snapshot, 2), HasSubstr("\n  \"state\": \"saturated\""));
}

}  // namespace
}  // namespace tierwatch
