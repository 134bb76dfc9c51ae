// SPDX-License-Identifier: MIT
#include "exporters/snapshot_json.h"

#include <gmock/gmock.h>

#include "tests/exporters/golden.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string error_of(const std::string& text) {
  try {
    snapshot_from_json(text);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "no error";
}

/// The first thing in `text` that is `from`, replaced.
std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  return at == std::string::npos ? "not found: " + from : text.replace(at, from.size(), to);
}

TEST(SnapshotJson, ComesBackEqual) {
  EXPECT_EQ(snapshot_from_json(to_json(rich_snapshot())), rich_snapshot());
  for (unsigned seed = 0; seed < 100; ++seed) {
    const Snapshot snapshot = random_snapshot(seed);
    ASSERT_EQ(snapshot_from_json(to_json(snapshot)), snapshot) << "seed " << seed;
  }
}

TEST(SnapshotJson, LongUptimesKeepStartTimesExact) {
  Snapshot snapshot = small_snapshot();
  snapshot.processes[0].reading.id.started =
      std::chrono::milliseconds(123'456'789'010);  // 3.9 years
  EXPECT_EQ(snapshot_from_json(to_json(snapshot)).processes[0].reading.id,
            snapshot.processes[0].reading.id);
}

TEST(SnapshotJson, AbsentFieldsAreLeftOut) {
  const std::string text = to_json(Snapshot{.tiers = {{.name = "a"}}});
  EXPECT_THAT(text, HasSubstr("\"waiting_on\":null"));
  EXPECT_THAT(text, Not(HasSubstr("\"resource\"")));
  EXPECT_THAT(text, Not(HasSubstr("run_delay")));
  EXPECT_THAT(text, Not(HasSubstr("load1")));
}

TEST(SnapshotJson, ProcessesAreLeftOutOnRequest) {
  const std::string text = to_json(rich_snapshot(), {.processes = false});
  EXPECT_THAT(text, Not(HasSubstr("worker process")));
  EXPECT_THAT(text, Not(HasSubstr("\"processes\":[")));
  EXPECT_TRUE(snapshot_from_json(text).processes.empty());
}

TEST(SnapshotJson, NamesThatAreNoUtf8AreReplacedNotRefused) {
  Snapshot snapshot = small_snapshot();
  snapshot.processes[0].reading.comm =
      "a\xff"
      "b";
  EXPECT_EQ(snapshot_from_json(to_json(snapshot)).processes[0].reading.comm, "a\uFFFDb");
}

TEST(SnapshotJson, UnknownFieldsAreIgnored) {
  const std::string text =
      replaced(to_json(rich_snapshot()), "\"sequence\"", "\"new\":[{}],\"sequence\"");
  EXPECT_EQ(snapshot_from_json(text), rich_snapshot());
}

TEST(SnapshotJson, OtherVersionsAreRefused) {
  EXPECT_EQ(error_of(R"({"format_version":2,"tiers":[]})"),
            "snapshot: format_version: expected 1, found 2");
  EXPECT_EQ(error_of(R"({"tiers":[]})"), "snapshot: format_version: expected 1, found none");
}

TEST(SnapshotJson, ErrorsSayWhereAndWhatWasExpected) {
  const std::string good = to_json(rich_snapshot());
  EXPECT_EQ(error_of(replaced(good, "\"user_cpu_seconds\":50.0", "\"user_cpu_seconds\":\"50\"")),
            "snapshot: tiers[0].roles[1].totals.user_cpu_seconds: expected a number, found string");
  EXPECT_EQ(error_of(replaced(good, "\"kind\":\"support\"", "\"kind\":\"king\"")),
            "snapshot: tiers[0].roles[0].kind: unknown word \"king\"");
  EXPECT_EQ(error_of(replaced(good, "\"sequence\":42", "\"sequence\":-1")),
            "snapshot: sequence: the number does not fit");
  EXPECT_EQ(error_of(replaced(good, "\"sequence\":42", "\"sequence\":1.5")),
            "snapshot: sequence: expected a whole number, found number");
  EXPECT_EQ(error_of(R"({"format_version":1})"), "snapshot: tiers: missing");
  EXPECT_EQ(error_of("[]"), "snapshot: document: expected an object, found array");
}

TEST(SnapshotJson, EveryTruncationIsRefused) {
  const std::string good = to_json(small_snapshot(), {.processes = false});
  for (std::size_t length = 0; length < good.size(); ++length) {
    ASSERT_THAT(error_of(good.substr(0, length)), HasSubstr("snapshot: ")) << length;
  }
}

TEST(SnapshotJson, DocumentationShowsARealExample) {
  const std::string example = "```json\n" + to_json(small_snapshot(), {.indent = 2}) + "\n```\n";
  const std::string page = read_golden("docs/api.md");
  const auto begin = page.find("```json\n");
  const auto end = page.find("```\n", begin + 8);
  ASSERT_NE(end, std::string::npos);
  const std::string now = page.substr(0, begin) + example + page.substr(end + 4);
  EXPECT_EQ(golden("docs/api.md", now), now) << "run this test with TIERWATCH_UPDATE_GOLDENS=1";
}

}  // namespace
}  // namespace tierwatch
