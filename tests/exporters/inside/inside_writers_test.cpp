// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "exporters/inside/flame_graph.h"
#include "exporters/inside/inside_json.h"
#include "exporters/inside/inside_text.h"
#include "exporters/inside/speedscope.h"

namespace tierwatch {
namespace {

using testing::HasSubstr;
using testing::Not;

const InsidePlace kRender{"render_template", "/srv/shop/views.py", 41};
const InsidePlace kMain{"app", "/srv/shop/wsgi.py", 3};

InsideReport sample_report() {
  InsideReport report;
  report.verdict.sentence = "uwsgi is full: cpu 3.94 of 4.00 cores";
  report.verdict.state = VerdictState::kSaturated;
  report.verdict.tier = report.tier = "uwsgi";
  report.processes = 4;
  report.versions = {"3.11"};
  report.seconds = 5;
  report.looks = 250;
  report.hz = 50;
  InsideFindings& found = report.findings;
  found.samples = 100;
  found.all_samples = 120;
  found.hottest = kRender;
  found.hottest_share = 0.62;
  found.functions = {{{"render_template", "/srv/shop/views.py", 30}, 0.62, 0.7, 41}};
  found.lines = {{"/srv/shop/views.py", 41, "render_template", 0.62}};
  found.stacks = {{{kRender, kMain}, ThreadActivity::kRunning, "", false, 0.62, 62},
                  {{kMain}, ThreadActivity::kRunning, "", false, 0.38, 38}};
  found.waits = {{ThreadActivity::kPeer, "127.0.0.1:5432", kMain, 0.1}};
  found.activities[static_cast<std::size_t>(ThreadActivity::kRunning)] = 0.9;
  found.activities[static_cast<std::size_t>(ThreadActivity::kPeer)] = 0.1;
  report.peer_tiers = {{"127.0.0.1:5432", "postgres"}};
  return report;
}

TEST(InsideText, BeginsWithTheVerdictAndTheHottestPlace) {
  const std::string text = inside_text(sample_report());
  EXPECT_THAT(text, testing::StartsWith("uwsgi is full: cpu 3.94 of 4.00 cores\n"
                                        "62 % of it in render_template (shop/views.py:41)\n"));
  EXPECT_THAT(text, HasSubstr("4 processes of uwsgi (Python 3.11) looked at 250 times in 5.0 s"));
  EXPECT_THAT(text,
              HasSubstr("10 %  waiting for postgres (127.0.0.1:5432)  in app (shop/wsgi.py:3)"));
  EXPECT_THAT(text, Not(HasSubstr("less sure")));
}

TEST(InsideText, SaysWhatMakesItLessSure) {
  InsideReport report = sample_report();
  report.findings.torn = 0.031;
  report.findings.moved = 0.4;
  report.remarks = {"1 process of uwsgi not read: no CPython in it"};
  const std::string text = inside_text(report);
  EXPECT_THAT(text, HasSubstr("3.1 % of the samples were torn"));
  EXPECT_THAT(text, HasSubstr("40 % of the samples moved"));
  EXPECT_THAT(text, HasSubstr("not read: no CPython in it"));
}

TEST(InsideText, SaysOfWhatTheShareIsWhereTheVerdictDoesNot) {
  InsideReport report = sample_report();
  report.verdict = {.sentence = "nothing is full"};
  EXPECT_THAT(inside_text(report), HasSubstr("62 % of uwsgi's cpu time in render_template"));
  report.findings.basis = InsideBasis::kHeld;
  EXPECT_THAT(inside_text(report), HasSubstr("62 % of uwsgi's time at work or waiting in render"));
}

TEST(InsideText, TellsRequestsInProgressAndTheEndpointThatMostOfThemAskFor) {
  InsideReport report = sample_report();
  EXPECT_THAT(inside_text(report), Not(HasSubstr("in progress")));
  report.progress = {{"GET /order/<n>", 0.7, std::chrono::seconds(3)}, {"", 0.3, std::nullopt}};
  report.progress_looks = 9;
  const std::string text = inside_text(report);
  EXPECT_THAT(text,
              HasSubstr("(shop/views.py:41)\n70 % of its requests in progress are GET /order"));
  EXPECT_THAT(text, HasSubstr("70 %  for up to 3 s  GET /order/<n>\n"));
  EXPECT_THAT(text, HasSubstr("(the server does not say which)"));
  const auto document = nlohmann::json::parse(inside_json(report));
  EXPECT_EQ(document["requests_in_progress"][0]["oldest_seconds"], 3);
  EXPECT_FALSE(document["requests_in_progress"][1].contains("endpoint"));
}

TEST(InsideText, SaysThatThereWasNothing) {
  InsideReport report = sample_report();
  report.findings = {};
  EXPECT_THAT(inside_text(report), HasSubstr("none of its Python threads was at work"));
}

TEST(InsideWriters, ShowNothingThatATerminalOrAPageObeys) {
  InsideReport report = sample_report();
  const InsidePlace evil{"\x1b[2J<script>\n", "/tmp/\xff\x9b&\"evil'.py", 1};
  report.findings.hottest = evil;
  report.findings.stacks[0].frames[0] = evil;
  report.findings.functions[0].function.name = evil.function;
  report.findings.waits[0].peer = "\x1b]0;x";
  const std::string text = inside_text(report);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr("<script>\n")));
  const std::string svg = flame_graph_svg(report);
  EXPECT_THAT(svg, Not(HasSubstr("\x1b")));
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, Not(HasSubstr("&\"evil")));
  EXPECT_NO_THROW(nlohmann::json::parse(inside_json(report)));
  EXPECT_NO_THROW(nlohmann::json::parse(speedscope_json(report)));
}

TEST(InsideJson, HasSharesAndPlaces) {
  const auto document = nlohmann::json::parse(inside_json(sample_report()));
  EXPECT_EQ(document["sentence"], "uwsgi is full: cpu 3.94 of 4.00 cores");
  EXPECT_EQ(document["basis"], "cpu");
  EXPECT_EQ(document["hottest"]["function"], "render_template");
  EXPECT_EQ(document["hottest"]["line"], 41);
  EXPECT_EQ(document["functions"][0]["self_ratio"], 0.62);
  EXPECT_EQ(document["waits"][0]["peer_tier"], "postgres");
  EXPECT_EQ(document["stacks"][0]["frames"].size(), 2u);
}

TEST(Speedscope, WeighsStacksFromTheOutermostFrame) {
  const auto document = nlohmann::json::parse(speedscope_json(sample_report()));
  const auto& profile = document["profiles"][0];
  const auto& frames = document["shared"]["frames"];
  EXPECT_EQ(profile["type"], "sampled");
  ASSERT_EQ(profile["samples"].size(), profile["weights"].size());
  const auto& first = profile["samples"][0];
  EXPECT_EQ(frames[first[0].get<std::size_t>()]["name"], "app");
  EXPECT_EQ(frames[first[1].get<std::size_t>()]["line"], 41);
  // 62 samples, 50 looks a second.
  EXPECT_NEAR(profile["weights"][0].get<double>(), 1.24, 1e-9);
  EXPECT_NEAR(profile["endValue"].get<double>(), 2.0, 1e-9);
}

TEST(FlameGraph, IsAsWideAsTheShare) {
  const std::string svg = flame_graph_svg(sample_report());
  EXPECT_THAT(svg, testing::StartsWith("<?xml"));
  EXPECT_THAT(svg,
              HasSubstr("<title>render_template (/srv/shop/views.py): 62.0 %, 62 samples</title>"));
  EXPECT_THAT(svg, HasSubstr("<title>app (/srv/shop/wsgi.py): 100.0 %, 100 samples</title>"));
  EXPECT_THAT(svg, Not(HasSubstr("http://www.w3.org/1999")));
}

TEST(FlameGraph, EndsSomewhere) {
  InsideReport report = sample_report();
  report.findings.stacks = {
      {std::vector<InsidePlace>(1024, kRender), ThreadActivity::kRunning, "", false, 1, 100}};
  EXPECT_LT(flame_graph_svg(report).size(), 100'000u);
}

}  // namespace
}  // namespace tierwatch
