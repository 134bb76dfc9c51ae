// SPDX-License-Identifier: MIT
#include "exporters/report/history_document.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <ctime>
#include <nlohmann/json.hpp>

#include "exporters/report/formats/report_markdown.h"
#include "exporters/report/formats/report_text.h"
#include "tests/exporters/golden.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

/// Times of day in the golden are UTC's.
class HistoryDocument : public testing::Test {
 protected:
  HistoryDocument() {
    setenv("TZ", "UTC0", 1);
    tzset();
    history_.file = "/var/lib/tierwatch/history.db";
    history_.size_bytes = 13u << 20;
    history_.oldest = begin_;
    history_.newest = begin_ + 3h;
    history_.ticks = 10'600;
    history_.covered_seconds = 10'600;
    history_.sessions = {{begin_, {}, "daemon", "0.1.0", "shop", 1.0}};
    history_.gaps = {{begin_ + 1h, "restarted", 200}};
    history_.stretches = {{.begin = begin_ + 30min,
                           .end = begin_ + 40min,
                           .mean_cores = 1.7,
                           .peak_cores = 1.98,
                           .named = workers_,
                           .named_seconds = 480}};
    history_.episodes = {{begin_ + 31min, begin_ + 39min, workers_, 480}};
    history_.sums = sums_of(history_.episodes);
    history_.marks = {{.at = begin_ + 35min, .text = "cache cleared"}};
  }
  const std::chrono::system_clock::time_point begin_{1'760'000'000s};
  const TierResource workers_{"uwsgi", Resource::kWorkers};
  HistoryOverview history_;
};

TEST_F(HistoryDocument, TextIsAsInTheGolden) {
  const std::string text = report_text(describe(history_));
  EXPECT_EQ(text, golden("tests/golden/report/history.txt", text));
}

TEST_F(HistoryDocument, EpisodesAddUpToWhoWasFullAlsoWithPauses) {
  history_.episodes = {{begin_ + 31min, begin_ + 39min, workers_, 200},
                       {begin_ + 50min, begin_ + 51min, workers_, 60}};
  history_.sums = sums_of(history_.episodes);
  const std::string text = report_text(describe(history_));
  EXPECT_THAT(text, HasSubstr("uwsgi workers         2  4 m 20 s"));
  EXPECT_THAT(text, HasSubstr("8 m 0 s  3 m 20 s  uwsgi workers"));
  EXPECT_THAT(text, HasSubstr("1 m 0 s   1 m 0 s  uwsgi workers"));
  EXPECT_THAT(text, HasSubstr("lasts over pauses"));
}

TEST_F(HistoryDocument, WhoeverGoesOnWritingHasNotEnded) {
  history_.grows = true;
  EXPECT_THAT(report_text(describe(history_)), HasSubstr("on shop, which goes on writing\n"));
}

TEST_F(HistoryDocument, OfManyRowsTheNewestAreShownAndTheRestIsSaid) {
  history_.marks.clear();
  for (int i = 0; i < 50; ++i)
    history_.marks.push_back({.at = begin_ + i * 1min, .text = "mark " + std::to_string(i)});
  const std::string text = report_text(describe(history_));
  EXPECT_THAT(text, HasSubstr("The newest 20 of 50; --all shows all."));
  EXPECT_THAT(text, HasSubstr("mark 49"));
  EXPECT_THAT(text, Not(HasSubstr("mark 29\n")));
  EXPECT_THAT(report_text(describe(history_, 1000)), HasSubstr("mark 0"));
  const auto json = nlohmann::ordered_json::parse(history_json(history_));
  EXPECT_EQ(json["marks"].size(), 50u) << "programs get all";
}

TEST_F(HistoryDocument, JsonHasAllThatIsKnownAndNoMore) {
  const auto json = nlohmann::ordered_json::parse(history_json(history_));
  EXPECT_EQ(json["format"], "tierwatch-history");
  EXPECT_EQ(json["stretches"][0]["tier"], "uwsgi");
  EXPECT_EQ(json["full"][0]["times"], 1);
  EXPECT_EQ(json["gaps"][0]["kind"], "restarted");
  EXPECT_FALSE(json["sessions"][0].contains("end"));
  const auto empty = nlohmann::ordered_json::parse(history_json({.file = "x.db"}));
  EXPECT_FALSE(empty.contains("oldest"));
}

TEST_F(HistoryDocument, AnEmptyHistorySaysSo) {
  EXPECT_THAT(report_text(describe(HistoryOverview{.file = "x.db"})),
              HasSubstr("nothing has been recorded yet"));
}

TEST_F(HistoryDocument, NothingFromOutsideIsObeyed) {
  history_.marks = {{.at = begin_, .text = "\x1b[2J<script>\n# x"}};
  EXPECT_THAT(report_text(describe(history_)), Not(HasSubstr("\x1b")));
  EXPECT_THAT(report_markdown(describe(history_)), Not(HasSubstr("\n# x")));
}

}  // namespace
}  // namespace tierwatch
