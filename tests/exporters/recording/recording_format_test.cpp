// SPDX-License-Identifier: MIT
//
// docs/recording-format.md: its schema is ours, its queries work.
#include <gmock/gmock.h>

#include "exporters/recording/recording_schema.h"
#include "tests/exporters/golden.h"
#include "tests/support/recording_file.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

constexpr const char* kDocument = "docs/recording-format.md";

std::vector<std::string> queries_of(const std::string& text) {
  constexpr std::string_view kBegin = "```sql\n";
  std::vector<std::string> queries;
  for (auto at = text.find(kBegin); at != std::string::npos; at = text.find(kBegin, at)) {
    at += kBegin.size();
    queries.push_back(text.substr(at, text.find("```", at) - at));
  }
  return queries;
}

/// A recording in which every question has an answer.
void record_everything(const std::filesystem::path& file) {
  RecordingWriter writer(file, test_session());
  for (const int second : {0, 1, 2, 10, 11}) {
    Snapshot snapshot = tick_snapshot(second);
    snapshot.facts.tiers.at(0).name = "uwsgi";
    writer.add(snapshot);
  }
  writer.add(RunMark{.at = tick_snapshot(1).at.wall, .text = "cache cleared"});
  LoadSeries load{.tool = "jmeter", .source = "run.jtl", .start = tick_snapshot(0).at.wall};
  load.points = {{.requests = 10}, {.begin = std::chrono::seconds(1), .requests = 20}};
  writer.add(load);
  InsideNews inside;
  inside.added.functions = {{"render", "/srv/shop/views.py", 30}};
  inside.added.stacks = {{.activity = "running", .frames = {{0, 41}}}};
  inside.added.stretches = {{.at = tick_snapshot(1).at.wall, .tier = "uwsgi", .counts = {{0, 5}}}};
  writer.add(inside);
  writer.put({.name = "before", .command = "wrk http://x/", .begin = tick_snapshot(0).at.wall});
  writer.commit();
}

TEST(RecordingFormat, TheDocumentShowsTheSchema) {
  const std::string text = read_golden(kDocument);
  const auto begin = text.find("```\n", text.find("## Schema")) + 4;
  const std::string expected = text.substr(0, begin) + recording_schema() + "```\n";
  EXPECT_EQ(golden(kDocument, expected), expected);
}

TEST(RecordingFormat, EveryQueryOfTheDocumentHasAnAnswer) {
  const TemporaryFolder directory;
  record_everything(directory / "run.db");
  RecordingDatabase database(directory / "run.db", RecordingDatabase::Access::kRead);
  const auto queries = queries_of(read_golden(kDocument));
  EXPECT_GE(queries.size(), 8u);
  for (const std::string& query : queries) {
    RecordingStatement statement = database.prepare(query);
    EXPECT_TRUE(statement.step()) << query;
  }
}

TEST(RecordingFormat, EveryViewHasRows) {
  const TemporaryFolder directory;
  record_everything(directory / "run.db");
  RecordingDatabase database(directory / "run.db", RecordingDatabase::Access::kRead);
  for (const char* view : {"timeline", "hottest_process", "gap"})
    EXPECT_GT(database.number("SELECT count(*) FROM " + std::string(view)), 0) << view;
}

TEST(RecordingFormat, AllTablesAreDescribed) {
  const std::string text = read_golden(kDocument);
  const std::string prose = text.substr(0, text.find("## Schema"));
  const TemporaryFolder directory;
  record_everything(directory / "run.db");
  RecordingDatabase database(directory / "run.db", RecordingDatabase::Access::kRead);
  RecordingStatement tables =
      database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'");
  while (tables.step()) {
    EXPECT_NE(prose.find("**" + tables.text(0) + "**"), std::string::npos) << tables.text(0);
  }
}

}  // namespace
}  // namespace tierwatch
