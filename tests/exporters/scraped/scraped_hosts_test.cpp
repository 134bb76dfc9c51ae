// SPDX-License-Identifier: MIT
//
// Hosts out of what a real Prometheus answered (tests/fixtures/prometheus): uWSGI on app1, whose
// six workers wait for one row of the Postgres on db1.
#include "exporters/scraped/scraped_hosts.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "analysis/hosts/hosts_run.h"
#include "exporters/scraped/scraped_ticks.h"
#include "tests/support/fixture.h"

namespace tierwatch {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;
using Moment = std::chrono::system_clock::time_point;

// When that was recorded.
constexpr double kFrom = 1796086622, kTo = 1796086645;

Moment moment(double seconds) {
  return Moment(
      std::chrono::duration_cast<Moment::duration>(std::chrono::duration<double>(seconds)));
}

Fetched recorded(const std::string& name) {
  return {.status = 200, .body = fixture("prometheus/" + name)};
}

/// The answer that was given to such a question.
Fetched answer_to(const std::string&, const std::string& form) {
  if (form.find("max%5Fover%5Ftime") != std::string::npos) return recorded("span.json");
  if (form.find("count%5Fover%5Ftime") != std::string::npos) return recorded("count.json");
  return recorded(form.find("app1") != std::string::npos ? "app1.json" : "db1.json");
}

PrometheusApi api(PrometheusApi::Ask ask = answer_to) {
  return PrometheusApi("http://prometheus:9090", false, std::move(ask));
}

ScrapedRequest window() { return {.instance = "", .from = moment(kFrom), .to = moment(kTo)}; }

TEST(ScrapedHosts, AreFoundWithTheirStepNamesAndAddresses) {
  auto asked = api();
  const WatchedHosts all = read_scraped_hosts(asked, window());
  ASSERT_THAT(all.hosts, SizeIs(2));
  EXPECT_EQ(all.hosts[0].name, "app1");
  EXPECT_EQ(all.hosts[0].instance, "app1:9718");
  EXPECT_THAT(all.hosts[0].addresses, ElementsAre("10.91.0.2"));
  EXPECT_THAT(all.hosts[1].served, Contains(ServedAddress{"postgres", "10.91.0.3:5432", ""}));
  EXPECT_NEAR(all.step_seconds, 1, 0.05) << "it scraped once a second";
  EXPECT_THAT(all.notes, IsEmpty());
}

TEST(ScrapedHosts, TicksHoldWhatTheDaemonSaidAndItsFacts) {
  auto asked = api();
  const WatchedHosts all = read_scraped_hosts(asked, window());
  const auto& ticks = all.hosts[1].ticks;
  EXPECT_GE(std::ranges::count_if(ticks, [](const auto& tick) { return tick != nullptr; }),
            std::ptrdiff_t(all.moments) - 2);
  const HostTick& tick = *ticks[all.moments / 2];
  EXPECT_EQ(tick.state, VerdictState::kSaturated);
  EXPECT_EQ(tick.named, (TierResource{"postgres", Resource::kLock}));
  const TierFacts* postgres = tier_named(tick.facts, "postgres");
  ASSERT_TRUE(postgres && postgres->backends && postgres->cpu_cores);
  EXPECT_EQ(postgres->preset, "postgres");
  EXPECT_EQ(postgres->backends->usable_connections, 47);
  EXPECT_EQ(postgres->backends->active, 6) << "those that wait are active";
  EXPECT_GE(*postgres->cpu_cores, 0);
  EXPECT_LE(*postgres->cpu_cores, 2);
  EXPECT_EQ(postgres->workers, std::nullopt) << "it is no pool";
  EXPECT_TRUE(tick.facts.host.busy_cores);
}

TEST(ScrapedHosts, TogetherTheyNameTheTierOfTheHostThatIsFull) {
  auto asked = api();
  const HostsRun run(read_scraped_hosts(asked, window()));
  RunFindings findings = find_in_run(run.data());
  run.finish(findings);
  EXPECT_EQ(findings.verdict.tier, "postgres at db1");
  EXPECT_EQ(findings.verdict.resource, Resource::kLock);
  EXPECT_THAT(findings.verdict.sentence, AllOf(StartsWith("postgres at db1 is full: "),
                                               HasSubstr("; uwsgi at app1 waits for it")));
}

std::string problem_with(const ScrapedRequest& request, PrometheusApi::Ask ask) {
  auto asked = api(std::move(ask));
  try {
    read_scraped_hosts(asked, request);
  } catch (const ScrapedError& error) {
    return error.what();
  }
  return "none";
}

Fetched result(const std::string& series) {
  return {
      .status = 200,
      .body = R"({"status":"success","data":{"resultType":"vector","result":[)" + series + "]}}"};
}
std::string one_host(const std::string& name, const std::string& value) {
  return R"({"metric":{"instance":")" + name + R"("},"value":[1,")" + value + R"("]})";
}

TEST(ScrapedHosts, NoHostIsSaidWithThoseThereAre) {
  ScrapedRequest request = window();
  request.instance = "nobody";
  const auto nobody = [](const std::string&, const std::string& form) {
    return form.find("group") == std::string::npos ? result("") : recorded("count.json");
  };
  EXPECT_THAT(problem_with(request, nobody),
              AllOf(HasSubstr("--instance nobody"), HasSubstr("app1:9718 and db1:9718")));
  EXPECT_THAT(problem_with(window(), [](const auto&, const auto&) { return result(""); }),
              AllOf(HasSubstr("no tierwatch_snapshot_timestamp_seconds"), HasSubstr("scrape.yml")));
}

TEST(ScrapedHosts, TooManyAndTooLongAreRefused) {
  std::string many;
  for (std::size_t i = 0; i <= kMostHosts; ++i)
    many += (i ? "," : "") + one_host("host" + std::to_string(i) + ":9718", "20");
  EXPECT_THAT(problem_with(window(), [&](const auto&, const auto&) { return result(many); }),
              AllOf(HasSubstr("201 hosts"), HasSubstr("--instance")));
  ScrapedRequest request = window();
  request.to = request.from + std::chrono::days(32);
  EXPECT_THAT(problem_with(request, answer_to), HasSubstr("longer than 31 days"));
}

TEST(ScrapedHosts, OfALongTimeScrapesArePassedOverAndThatIsSaid) {
  ScrapedRequest request = window();
  request.to = request.from + std::chrono::days(1);
  auto asked = api();
  const WatchedHosts all = read_scraped_hosts(asked, request);
  EXPECT_GT(all.step_seconds, 40);
  EXPECT_THAT(all.notes, Contains(HasSubstr("what is shorter does not show")));
}

TEST(ScrapedHosts, TwoPortsOfOneMachineKeepThem) {
  const auto both = [](const std::string&, const std::string& form) {
    if (form.find("max") != std::string::npos)
      return result(one_host("10.0.0.1:1", "20") + "," + one_host("10.0.0.1:2", "20"));
    return form.find("count") != std::string::npos
               ? result(one_host("10.0.0.1:1", "21") + "," + one_host("10.0.0.1:2", "21"))
               : result("");
  };
  auto asked = api(both);
  const WatchedHosts all = read_scraped_hosts(asked, window());
  ASSERT_THAT(all.hosts, SizeIs(2));
  EXPECT_EQ(all.hosts[0].name, "10.0.0.1:1");
}

/// A host with one metric beside the time of its samples.
WatchedHost filled(std::vector<std::pair<double, double>> taken,
                   std::vector<std::pair<double, double>> cpu) {
  const std::vector<ApiSeries> series{
      {.labels = {{"__name__", kSnapshotTime}}, .values = std::move(taken)},
      {.labels = {{"__name__", "tierwatch_tier_cpu_seconds_total"}, {"tier", "nginx"}},
       .values = std::move(cpu)}};
  WatchedHost host{.scrape_seconds = 1};
  fill_host(series, {.first = 100, .step_seconds = 1, .count = 5}, host);
  return host;
}

std::optional<double> cores(const WatchedHost& host, std::size_t moment) {
  const auto& tick = host.ticks.at(moment);
  return tick ? tier_named(tick->facts, "nginx")->cpu_cores : std::nullopt;
}

TEST(ScrapedTicks, RatesAreByTheTimesOfTheSamplesNotOfTheScrapes) {
  const auto host =
      filled({{100, 99.5}, {101, 100}, {102, 101.5}}, {{100, 10}, {101, 11}, {102, 14}});
  EXPECT_EQ(cores(host, 0), std::nullopt) << "a rate needs two points";
  EXPECT_EQ(cores(host, 1), 2);
  EXPECT_EQ(cores(host, 2), 2);
}

TEST(ScrapedTicks, ACounterThatFellIsNotKnownOnce) {
  const auto host = filled({{100, 100}, {101, 101}, {102, 102}}, {{100, 10}, {101, 1}, {102, 2}});
  EXPECT_EQ(cores(host, 1), std::nullopt) << "the daemon was started anew";
  EXPECT_EQ(cores(host, 2), 1);
}

TEST(ScrapedTicks, ASampleHoldsUntilTheNextAndNoLongerThanItIsFresh) {
  const auto host = filled({{100, 100}, {101, 101}, {102, 101}, {103, 101}, {104, 101}},
                           {{100, 10}, {101, 11}, {102, 11}, {103, 11}, {104, 11}});
  EXPECT_EQ(cores(host, 2), 1) << "no second scrape was looked at";
  EXPECT_EQ(host.ticks[4], nullptr) << "three scrapes old";
}

TEST(ScrapedTicks, AClockThatIsWrongByAnHourChangesNothing) {
  const auto host = filled({{100, 3700}, {101, 3701}, {102, 3702}}, {{100, 1}, {101, 2}, {102, 3}});
  EXPECT_EQ(cores(host, 2), 1);
}

TEST(ScrapedTicks, AfterAGapARateBeginsAnew) {
  const auto host = filled({{100, 100}, {104, 104}}, {{100, 10}, {104, 18}});
  EXPECT_EQ(host.ticks[4], nullptr);
}

}  // namespace
}  // namespace tierwatch
