// SPDX-License-Identifier: MIT
//
// What tools that Debian does not have really wrote: files that were published with their results
// (tests/fixtures/load/public/README.md). What is expected was counted without us.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/load_files.h"
#include "tests/support/text_file.h"

namespace tierwatch {
namespace {

struct PublicFile {
  const char* name;
  const char* tool;
  double requests, errors;
  double seconds;  ///< NaN: nothing says it but the rows
  std::optional<double> mean_seconds = {}, p95_seconds = {}, max_seconds = {};
  std::optional<std::int64_t> start_ms = {};  ///< since 1970
};

constexpr double kByRows = std::nan("");

const PublicFile kPublicFiles[] = {
    {"gatling-2.log", "gatling", 62, 0, kByRows},
    {"gatling-3.3.log", "gatling", 100, 0, kByRows},
    {"gatling-3.5.log", "gatling", 109, 0, kByRows},
    {"gatling-3.12.bin", "gatling", 105, 1, kByRows, {}, {}, 0.368},
    {"phout.log", "phout", 60, 0, kByRows},
    {"k6.csv", "k6", 4, 2, kByRows, 0.241812},  // two were refused: they took no time
    {"k6-0.txt", "k6", 2622, 0, 60.116, 0.02271, 0.03741, 1.06},
    {"k6-1.txt", "k6", 766355, 62, 104.051, 0.06318, 0.1334, 2.31},
    {"vegeta-6.txt", "vegeta", 1200, 535, 10.094965987, 0.113172398, 0.14018235, 0.264815246},
    {"vegeta-12.txt", "vegeta", 2640, 1186, 44.083, 0.272827, 0.764512, 1.042},
    {"vegeta-12-timeouts.txt", "vegeta", 6000, 6000, 90, 30.001, 30.001, 30.021},
    {"vegeta.json", "vegeta", 100, 0, 0.993507166, 0.002371194, 0.003478629, 0.003660505,
     1'442'666'750'645},
    {"oha-ms.txt", "oha", 99715, 0, 6.3478329, 0.0253339, 0.0411199, 0.0707065},
    {"oha-secs.txt", "oha", 2235, 0, 10.0029, 0.4372, 0.4712, 0.7459},
    {"oha-sec.txt", "oha", 10000, 0, 16.3833, 0.3260, 0.3555, 6.0896},
    {"oha.json", "oha", 27534, 0, 10.003229588, 0.007237240965787785, 0.025797145, 0.082056274},
    {"oha-6.csv", "oha", 1, 0, kByRows, 0.002023073},
    {"oha-7.csv", "oha", 1, 0, kByRows, 0.002626127},
    {"vegeta-dump-6.csv", "vegeta", 1, 0, kByRows, 0.002124978, {}, {}, 1'476'696'644'001},
    {"vegeta-dump-6.json", "vegeta", 1, 0, kByRows, 0.000490871, {}, {}, 1'476'696'653'991},
    {"vegeta-encode-12.json", "vegeta", 1, 1, kByRows, 0.001089318, {}, {}, 1'572'853'576'885},
    {"k6-stream-0.36.json", "k6", 1, 0, kByRows, 0.11896},
    {"k6-stream.json", "k6", 9, 0, kByRows, 0.100186667, {}, 0.221561},
    {"k6-handle-summary.json", "k6", 9847, 1, 109.2076297, 0.110452620, 0.14360705, 0.7070068},
    {"k6-summary-export.json", "k6", 302, 0, 18.814, 0.398788830, 0.865072959, 2.50680739},
};

class PublicFiles : public testing::TestWithParam<PublicFile> {};

TEST_P(PublicFiles, AreReadAsTheirToolsCountThem) {
  const PublicFile& expected = GetParam();
  const LoadSeries series = import_load(load_fixture(std::string("public/") + expected.name));
  const LoadTotals& totals = series.totals;
  EXPECT_EQ(series.tool, expected.tool);
  EXPECT_EQ(totals.requests, expected.requests);
  EXPECT_DOUBLE_EQ(totals.errors, expected.errors);
  if (!std::isnan(expected.seconds)) {
    EXPECT_NEAR(totals.seconds, expected.seconds, 1e-3);
  }
  EXPECT_GT(totals.seconds, 0);
  const auto expect = [](const std::optional<double>& seen, const std::optional<double>& wanted) {
    if (wanted) {
      EXPECT_NEAR(seen.value(), *wanted, 1e-6);
    }
  };
  expect(totals.mean_seconds, expected.mean_seconds);
  expect(totals.p95_seconds, expected.p95_seconds);
  expect(totals.max_seconds, expected.max_seconds);
  if (!expected.start_ms) return;
  EXPECT_EQ(std::chrono::floor<std::chrono::milliseconds>(series.start->time_since_epoch()).count(),
            *expected.start_ms);
}

INSTANTIATE_TEST_SUITE_P(Files, PublicFiles, testing::ValuesIn(kPublicFiles), [](const auto& file) {
  std::string name = file.param.name;
  for (char& c : name)
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  return name;
});

// It ended before the first answer: two requests were in flight, nothing was measured.
TEST(ImportOhaJson, NothingMeasuredIsSaid) {
  EXPECT_THAT(refusal_of(text_of(load_fixture("public/oha-null.json"))),
              testing::HasSubstr("request"));
}

// A group may have its own metrics behind those of the test, and two tests their texts in a file.
TEST(ImportK6Text, TheLastTestCountsWithoutItsGroups) {
  const auto test = [](int requests) {
    return "  \u2588 TOTAL RESULTS\n\n    HTTP\n    http_req_duration....: avg=1m2s med=1s\n"
           "    http_req_failed....: 50.00% " +
           std::to_string(requests / 2) + " out of " + std::to_string(requests) +
           "\n    http_reqs....: " + std::to_string(requests) +
           " 2/s\n    EXECUTION\n    iterations....: 9 1/s\n    vus....: 4 min=4 max=4\n";
  };
  const LoadSeries series =
      import_text(test(10) + test(20) + "  \u2588 GROUP: a\n    HTTP\n    http_reqs....: 7 1/s\n");
  EXPECT_EQ(series.totals.requests, 20);
  EXPECT_EQ(series.totals.errors, 10);
  EXPECT_EQ(series.totals.users, 4);
  EXPECT_EQ(series.totals.mean_seconds, 62);
  EXPECT_TRUE(warns_of(series, "several runs"));
}

TEST(ImportVegetaReport, OneThatIsCutIsRefused) {
  EXPECT_THAT(refusal_of("Requests      [total, rate]            1200, 120.00\n"
                         "Duration      [total, attack, wait]    10s, 9s, 1s\n"
                         "Latencies     [mean, 50, 95, 99, max]  113ms, 108ms, 140ms, 247ms, 1s\n"),
              testing::HasSubstr("do not add up"));
  EXPECT_THAT(refusal_of("Requests      [total, rate]            1200, 120.00\n"
                         "Duration      [total, attack, wait]    \nLatencies     [mean]\n"),
              testing::HasSubstr("lacks the total duration"));
  EXPECT_THAT(
      refusal_of(R"({"latencies":{"total":2},"bytes_in":{"total":1},"bytes_out":{"total":1},)"
                 R"("duration":5,"wait":1,"requests":9,"status_codes":{"200":8}})"),
      testing::HasSubstr("do not add up"));
}

}  // namespace
}  // namespace tierwatch
