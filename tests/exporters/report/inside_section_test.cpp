// SPDX-License-Identifier: MIT
#include "exporters/report/inside_section.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "exporters/report/formats/report_html.h"
#include "exporters/report/formats/report_json.h"
#include "exporters/report/formats/report_markdown.h"
#include "exporters/report/formats/report_text.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// uwsgi, whose find() takes 12 % of its CPU in the linear steps, and 62 % in the saturated ones.
RunFindings grown_run() {
  RunFindings findings;
  InsideOfRun& seen = findings.inside;
  seen.functions = {{"render", "/srv/shop/views.py", 30}, {"find", "/srv/shop/search.py", 5}};
  seen.stacks = {
      {.activity = "running", .frames = {{0, 41}}},
      {.activity = "running", .frames = {{1, 7}, {0, 44}}},
      {.activity = "peer", .peer = "127.0.0.1:5432", .peer_tier = "postgres", .frames = {{0, 12}}}};
  TierInside tier{.tier = "uwsgi"};
  tier.groups = {{.kind = InsideGroup::Kind::kLinear,
                  .steps = {0},
                  .samples = 1000,
                  .running = 1000,
                  .stacks = {{0, 880}, {1, 120}}},
                 {.kind = InsideGroup::Kind::kSaturated,
                  .steps = {1},
                  .samples = 2100,
                  .running = 2000,
                  .torn = 0.011,
                  .stacks = {{0, 760}, {1, 1240}, {2, 100}}}};
  tier.rows = {{.activity = "running",
                .place = {"find", "/srv/shop/search.py", 7},
                .groups = {{120, 0.12, 0.0012}, {1240, 0.62, 0.0124}}},
               {.activity = "running",
                .place = {"render", "/srv/shop/views.py", 41},
                .groups = {{880, 0.88, 0.0088}, {760, 0.38, 0.0076}}},
               {.activity = "peer",
                .peer = "127.0.0.1:5432",
                .peer_tier = "postgres",
                .place = {"render", "/srv/shop/views.py", 12},
                .groups = {{0, 0, 0.0}, {100, 0.048, 0.001}}}};
  tier.most = tier.grown = 0;
  seen.tiers = {tier};
  return findings;
}

RunFindings one_step_run() {
  RunFindings findings = grown_run();
  TierInside& tier = findings.inside.tiers[0];
  tier.groups.erase(tier.groups.begin());
  tier.groups[0].kind = InsideGroup::Kind::kAll;
  for (InsideRow& row : tier.rows) row.groups.erase(row.groups.begin());
  tier.grown.reset();
  return findings;
}

const ReportSection& section_called(const ReportDocument& document, const std::string& title) {
  const auto found = std::ranges::find(document.details, title, &ReportSection::title);
  if (found == document.details.end()) throw std::runtime_error("no section " + title);
  return *found;
}

TEST(InsideSection, OfARunNobodyLookedIntoIsNothing) {
  EXPECT_EQ(inside_headline({}), "");
  const ReportDocument document = describe(RunFindings{});
  for (const ReportSection& section : document.details)
    EXPECT_THAT(section.title, Not(HasSubstr("Inside")));
  EXPECT_THAT(report_json({}, {}), Not(HasSubstr("\"inside\"")));
}

TEST(InsideSection, SaysWhatGrewWithBothFigures) {
  const RunFindings findings = grown_run();
  const std::string grown =
      "find (shop/search.py:7): 62 % of uwsgi's CPU in the saturated steps, 12 % in the linear "
      "ones; 12 ms of CPU for a request instead of 1.2 ms";
  EXPECT_EQ(inside_headline(findings), "Inside uwsgi, what grew most: " + grown);
  const ReportDocument document = describe(findings);
  EXPECT_EQ(document.inside, inside_headline(findings));
  const ReportSection& section = section_called(document, "Inside uwsgi");
  EXPECT_THAT(section.sentences,
              ElementsAre("Samples of threads on a cpu or ready for one: 1000 in the linear steps "
                          "and 2000 in the saturated steps; a share of one half is certain to ±4 "
                          "points; 1.1 % were torn: counted, but in no function.",
                          "What grew most: " + grown + "."));
  ASSERT_THAT(section.tables, SizeIs(2));
  EXPECT_THAT(section.tables[0].rows[0],
              ElementsAre("12 %", "1.2 ms", "62 %", "12 ms", "find (shop/search.py:7)"));
  EXPECT_THAT(section.tables[1].rows,
              ElementsAre(ElementsAre("0 %", "0 ms", "4.8 %", "1.0 ms",
                                      "waiting for postgres (127.0.0.1:5432) in render "
                                      "(shop/views.py:12)")));
}

TEST(InsideSection, OfOneStepSaysWhatDominates) {
  const RunFindings findings = one_step_run();
  EXPECT_EQ(inside_headline(findings), "62 % of uwsgi's CPU in find (shop/search.py:7)");
  const ReportSection section = inside_sections(findings).at(0);
  EXPECT_EQ(section.tables[0].columns[0].heading, "share");
  EXPECT_THAT(section.tables[0].rows[0], ElementsAre("62 %", "12 ms", "find (shop/search.py:7)"));
}

TEST(InsideSection, OfStatementsSaysWhatTheyWaitFor) {
  RunFindings findings = one_step_run();
  TierInside& tier = findings.inside.tiers[0];
  tier.tier = "postgres";
  tier.content = InsideContent::kStatements;
  tier.of_cpu = false;
  tier.rows = {{.activity = "waiting",
                .peer = "Lock tuple",
                .place = {"update stock set n = ?", "", 0},
                .groups = {{80, 0.8, 0.04}}}};
  EXPECT_EQ(inside_headline(findings),
            "80 % of postgres's time at work or in a transaction: update stock set n = ?, waiting "
            "for Lock tuple");
  const ReportSection section = inside_sections(findings).at(0);
  ASSERT_THAT(section.tables, SizeIs(1));
  EXPECT_THAT(
      section.tables[0].rows,
      ElementsAre(ElementsAre("80 %", "40 ms", "update stock set n = ?, waiting for Lock tuple")));
}

TEST(InsideSection, SaysWhenThereIsLittleToGoBy) {
  RunFindings findings = one_step_run();
  findings.inside.tiers[0].groups[0].running = 40;
  findings.inside.tiers[0].most.reset();
  EXPECT_EQ(inside_headline(findings), "");
  EXPECT_THAT(inside_sections(findings).at(0).sentences[0], HasSubstr("few: shares are a hint"));
}

TEST(InsideSection, SaysWhichRightIsMissing) {
  RunFindings findings;
  findings.inside.notes = {{"uwsgi", "the memory of uwsgi's processes may not be read: sudo"}};
  const ReportDocument document = describe(findings);
  const ReportSection& section = section_called(document, "Inside the tiers");
  EXPECT_THAT(section.points, ElementsAre(StartsWith("the memory of uwsgi's processes")));
}

TEST(InsideSection, IsInEveryFormatAndThePageHasFlameGraphs) {
  const RunFindings findings = grown_run();
  const std::string headline = "what grew most: find";
  EXPECT_THAT(report_text(findings, {}, {.width = 200}), HasSubstr(headline));
  EXPECT_THAT(report_markdown(describe(findings)), HasSubstr(headline));
  const std::string page = report_html(findings, {});
  EXPECT_THAT(page, HasSubstr(headline));
  EXPECT_THAT(page, HasSubstr("<figure class=\"flame\">"));
  EXPECT_THAT(page, HasSubstr("<title>find (/srv/shop/search.py): 62.0 %, 1240 samples</title>"));
  EXPECT_THAT(page, HasSubstr("<title>find (/srv/shop/search.py): 12.0 %, 120 samples</title>"));
  EXPECT_THAT(page, Not(HasSubstr("<?xml")));
  const auto json = nlohmann::json::parse(report_json(findings, {}));
  EXPECT_EQ(json["inside"]["words"], inside_headline(findings));
  const auto& tier = json["inside"]["tiers"][0];
  EXPECT_EQ(tier["groups"][1]["kind"], "saturated");
  EXPECT_EQ(tier["rows"][0]["function"], "find");
  EXPECT_EQ(tier["rows"][0]["line"], 7);
  EXPECT_EQ(tier["rows"][2]["peer_tier"], "postgres");
  EXPECT_EQ(tier["rows"][0]["groups"][1]["seconds_per_request"], 0.0124);
  EXPECT_EQ(tier["grown"], 0);
}

TEST(InsideSection, NamesThatMeanHarmDoNone) {
  RunFindings findings = grown_run();
  const std::string bad = "<script>alert(1)</script>\x1b[2J";
  findings.inside.functions[1] = {bad, "/srv/" + bad, 1};
  findings.inside.tiers[0].rows[0].place = {bad, "/srv/" + bad, 7};
  findings.inside.notes = {{"uwsgi", bad}};
  const std::string page = report_html(findings, {});
  EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
  EXPECT_THAT(page, Not(HasSubstr("\x1b")));
  EXPECT_THAT(report_text(findings, {}), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace tierwatch
