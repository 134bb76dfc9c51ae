// SPDX-License-Identifier: MIT
#include "exporters/inside/native_writers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const InsidePlace kExecute{"luaV_execute", "/usr/bin/redis-server", 0};

NativeReport native_report() {
  NativeReport report;
  report.verdict.sentence = "redis is full: thread 1.00 of 1.00 cores";
  report.verdict.state = VerdictState::kSaturated;
  report.verdict.tier = report.tier = "redis";
  report.processes = 1;
  report.seconds = 5;
  report.hz = 50;
  report.cores = 0.98;
  InsideFindings& found = report.findings;
  found.samples = found.all_samples = 245;
  found.hottest = kExecute;
  found.hottest_share = 0.8;
  found.functions = {{{"luaV_execute", "/usr/bin/redis-server", 0}, 0.7, 0.8, 0},
                     {{"(kernel)", "<kernel>", 0}, 0.1, 0.1, 0}};
  found.stacks = {
      {{{"(kernel)", "<kernel>", 0}, kExecute}, ThreadActivity::kRunning, "", false, 1, 245}};
  return report;
}

TEST(NativeText, BeginsWithTheVerdictAndTheHottestFunction) {
  const std::string text = native_text(native_report());
  EXPECT_THAT(text, StartsWith("redis is full: thread 1.00 of 1.00 cores\n"
                               "80 % of it in luaV_execute (bin/redis-server)\n"));
  EXPECT_THAT(text, HasSubstr("1 process of redis for 5.0 s, 50 samples for each second on a cpu, "
                              "without being stopped: 245 samples, cpu 0.98 cores\n"));
  EXPECT_THAT(text, HasSubstr("    in (kernel)\n    by luaV_execute (bin/redis-server)\n"));
  EXPECT_THAT(text, Not(HasSubstr("less sure")));
}

TEST(NativeText, SaysWhatIsLacking) {
  NativeReport report = native_report();
  report.findings.cut = 0.3;
  report.remarks = {"what\x1b[2J"};
  const std::string text = native_text(report);
  EXPECT_THAT(text, HasSubstr("30 % of the stacks lack their outermost functions"));
  EXPECT_THAT(text, HasSubstr("\\x1b"));
}

TEST(NativeText, OfNobodyOnACpuSaysSo) {
  NativeReport report = native_report();
  report.findings = {};
  EXPECT_THAT(native_text(report), HasSubstr("none of its threads was seen on a cpu"));
  EXPECT_EQ(native_section(report), "");
}

TEST(NativeJson, StandsAloneOrBesideSomethingElse) {
  const auto document = nlohmann::json::parse(native_json(native_report()));
  EXPECT_EQ(document["code"], "native");
  EXPECT_EQ(document["cores"], 0.98);
  EXPECT_EQ(document["hottest"]["function"], "luaV_execute");
  EXPECT_EQ(document["stacks"][0]["frames"].size(), 2u);
  const auto both = nlohmann::json::parse(with_native_json("{\"tier\": \"a\"}", native_report()));
  EXPECT_EQ(both["tier"], "a");
  EXPECT_EQ(both["native"]["samples"], 245);
}

}  // namespace
}  // namespace tierwatch
