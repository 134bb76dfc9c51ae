// SPDX-License-Identifier: MIT
#include "exporters/json/snapshot_json.h"

#include <gmock/gmock.h>

#include <set>

#include "exporters/json/json_writer.h"
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

Snapshot through_table(const Snapshot& snapshot, pid_t in_full = 0) {
  return snapshot_from_json(to_json(snapshot, {.process_table = true, .in_full = in_full}));
}

TEST(SnapshotJson, AsATableProcessesKeepWhatAListShows) {
  const Snapshot before = rich_snapshot(), after = through_table(before);
  ASSERT_EQ(after.processes.size(), before.processes.size());
  for (std::size_t i = 0; i < before.processes.size(); ++i) {
    const ProcessSample &was = before.processes[i], &is = after.processes[i];
    EXPECT_EQ(is.reading.id, was.reading.id);
    EXPECT_EQ(is.reading.parent_pid, was.reading.parent_pid);
    EXPECT_EQ(is.reading.comm, was.reading.comm);
    EXPECT_EQ(is.reading.title, was.reading.title);
    EXPECT_EQ(is.reading.uid, was.reading.uid);
    EXPECT_EQ(is.reading.state, was.reading.state);
    EXPECT_EQ(is.reading.thread_count, was.reading.thread_count);
    EXPECT_EQ(is.reading.member, was.reading.member);
    EXPECT_EQ(is.reading.open_fds, was.reading.open_fds);
    EXPECT_EQ(is.reading.fd_limit, was.reading.fd_limit);
    ASSERT_EQ(is.reading.memory.has_value(), was.reading.memory.has_value());
    if (is.reading.memory) {
      EXPECT_EQ(is.reading.memory->anonymous_bytes, was.reading.memory->anonymous_bytes);
      EXPECT_EQ(is.reading.memory->swap_bytes, was.reading.memory->swap_bytes);
    }
    EXPECT_EQ(is.reading.threads, std::nullopt);
    EXPECT_NEAR(is.cpu_cores.value_or(-1), was.cpu_cores.value_or(-1), 1e-4);
    EXPECT_NEAR(is.run_delay_cores.value_or(-1), was.run_delay_cores.value_or(-1), 1e-4);
    EXPECT_NEAR(is.hottest_thread_cores.value_or(-1), was.hottest_thread_cores.value_or(-1), 1e-4);
  }
  EXPECT_EQ(after.verdict, before.verdict);
}

TEST(SnapshotJson, OneProcessOfTheTableInFull) {
  const Snapshot before = rich_snapshot();
  const ProcessSample& wanted = before.processes.back();
  const Snapshot after = through_table(before, wanted.reading.id.pid);
  EXPECT_EQ(after.processes.back(), wanted);
  EXPECT_EQ(through_table(before, 999'999).processes.size(), before.processes.size());
}

TEST(SnapshotJson, ATableSurvivesAnySnapshotAndRefusesWhatIsNone) {
  const std::string good = to_json(small_snapshot(), {.process_table = true});
  for (unsigned seed = 0; seed < 100; ++seed) {
    Snapshot snapshot = random_snapshot(seed);
    for (ProcessSample& process : snapshot.processes)
      process.reading.id.pid = std::abs(process.reading.id.pid);
    EXPECT_NO_THROW(to_json(snapshot, {.process_table = true})) << seed;
  }
  EXPECT_THAT(error_of(replaced(good, "\"rows\":[[", "\"rows\":[[1,")), HasSubstr("as long as"));
  EXPECT_THAT(error_of(replaced(good, "\"rows\":[[", "\"rows\":3,\"x\":[[")), HasSubstr("rows"));
  EXPECT_THAT(error_of(replaced(good, "\"process_table\":{", "\"process_table\":[],\"x\":{")),
              HasSubstr("process_table"));
  EXPECT_THAT(error_of(replaced(good, "\"rows\":[[", "\"rows\":[[-")), Not("no error"));
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

/// What stands between the first "```json" of that page and its end.
std::string example_in(const std::string& page) {
  const auto begin = page.find("```json\n") + 8;
  return page.substr(begin, page.find("```\n", begin) - begin);
}

TEST(SnapshotJson, TheDocumentedExampleIsWhatWeWrite) {
  const std::string shown = example_in(read_golden("docs/api.md"));
  EXPECT_EQ(Json::parse(to_json(snapshot_from_json(shown))), Json::parse(shown));
}

void add_keys(const Json& json, std::set<std::string>& keys) {
  if (json.is_object())
    for (const auto& [key, value] : json.items()) keys.insert(key);
  for (const Json& value : json)
    if (value.is_structured()) add_keys(value, keys);
}

/// Whether it stands there as code, by itself or as part of a path: `key`, `a.key`, `key[].b`.
bool documents(std::string_view page, const std::string& key) {
  for (auto at = page.find(key); at != page.npos; at = page.find(key, at + 1)) {
    const char before = page[at - 1], after = page[at + key.size()];
    if ((before == '`' || before == '.') && (after == '`' || after == '.' || after == '['))
      return true;
  }
  return false;
}

TEST(SnapshotJson, EveryFieldIsDocumented) {
  std::set<std::string> keys;
  for (unsigned seed = 0; seed < 100; ++seed)
    add_keys(Json::parse(to_json(random_snapshot(seed))), keys);
  EXPECT_GT(keys.size(), 200u);
  const std::string page = read_golden("docs/api.md");
  for (const std::string& key : keys)
    EXPECT_TRUE(documents(page.substr(0, page.find("### Example")), key)) << key;
}

}  // namespace
}  // namespace tierwatch
