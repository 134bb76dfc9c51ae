// SPDX-License-Identifier: MIT
//
// Several hosts as one run: its sentence, its hosts, its thresholds.
#include "analysis/hosts/hosts_run.h"

#include <gmock/gmock.h>

#include "analysis/compare/run_condition.h"

namespace tierwatch {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::size_t kMoments = 30;

TierFacts tier(std::string name, double cores) {
  TierFacts facts;
  facts.name = std::move(name);
  facts.processes = 4;
  facts.cpu_cores = cores;
  facts.allowed_cpus = 2;
  return facts;
}

HostTick clear_tick(const std::string& name) {
  HostTick tick;
  tick.facts.seconds = 1;
  tick.facts.host.processors = 2;
  tick.facts.host.busy_cores = 0.5;
  tick.facts.tiers = {tier(name, 0.1)};
  tick.state = VerdictState::kClear;
  return tick;
}

HostTick locked_database() {
  HostTick tick = clear_tick("postgres");
  tick.facts.tiers[0].backends = BackendFacts{.backends = 6, .active = 6, .waiting = 5};
  tick.state = VerdictState::kSaturated;
  tick.named = TierResource{"postgres", Resource::kLock};
  tick.in_hand["postgres"] = 6;
  return tick;
}

HostTick waiting_application() {
  HostTick tick = clear_tick("uwsgi");
  tick.state = VerdictState::kSaturated;
  tick.named = TierResource{"uwsgi", Resource::kWorkers};
  tick.facts.tiers[0].workers = tick.facts.tiers[0].busy_workers = 6;
  tick.awaited = {{"uwsgi", "10.0.0.3:5432", 5.9}};
  tick.taken_on["uwsgi"] = 6;
  tick.in_hand["uwsgi"] = 12;
  return tick;
}

WatchedHost host(const std::string& name, const std::string& address, const HostTick& tick) {
  WatchedHost one{
      .name = name, .instance = name + ":9718", .scrape_seconds = 1, .addresses = {address}};
  if (name == "db1") one.served = {{"postgres", "0.0.0.0:5432", ""}};
  one.ticks.assign(kMoments, std::make_shared<const HostTick>(tick));
  return one;
}

WatchedHosts stack(const HostTick& app, const HostTick& db) {
  return {.begin = std::chrono::system_clock::from_time_t(1'700'000'000),
          .step_seconds = 1,
          .moments = kMoments,
          .hosts = {host("app1", "10.0.0.1", app), host("app2", "10.0.0.2", app),
                    host("db1", "10.0.0.3", db)}};
}

RunFindings found(WatchedHosts hosts) {
  const HostsRun run(std::move(hosts));
  RunFindings findings = find_in_run(run.data());
  run.finish(findings);
  return findings;
}

TEST(HostsRun, SaysWhichTierOfWhichHostAndWhoWaitsForIt) {
  const RunFindings findings = found(stack(waiting_application(), locked_database()));
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kSaturated);
  EXPECT_EQ(findings.verdict.tier, "postgres at db1");
  EXPECT_EQ(findings.verdict.resource, Resource::kLock);
  EXPECT_THAT(findings.verdict.sentence,
              AllOf(StartsWith("postgres at db1 is full: 5 of 6 active backends wait for a lock"),
                    HasSubstr("; uwsgi at app1, app2 wait for it")));
  EXPECT_THAT(findings.verdict.evidence,
              Contains("98 % of the requests of uwsgi at app1 wait for postgres at db1"));
  EXPECT_THAT(findings.strip, SizeIs(1));
}

TEST(HostsRun, IsNoSurerThanItsScrapes) {
  const RunFindings findings = found(stack(waiting_application(), locked_database()));
  EXPECT_NE(findings.verdict.confidence, Confidence::kHigh);
  EXPECT_THAT(findings.verdict.confidence_because, HasSubstr("once in 1 s"));
}

TEST(HostsRun, WhoWaitsForAServerThatIsNotFullIsNamedItself) {
  const RunFindings findings = found(stack(waiting_application(), clear_tick("postgres")));
  EXPECT_THAT(findings.verdict.tier, StartsWith("uwsgi at app"));
  EXPECT_THAT(findings.verdict.sentence,
              HasSubstr("6 of 6 workers busy, waiting for postgres at db1"));
}

TEST(HostsRun, AnAddressOfNobodyIsABlindSpot) {
  WatchedHosts hosts = stack(waiting_application(), locked_database());
  hosts.hosts.pop_back();
  const RunFindings findings = found(std::move(hosts));
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("waiting for 10.0.0.3:5432"));
  EXPECT_THAT(findings.verdict.blind_spots, Contains(HasSubstr("is no watched host")));
}

TEST(HostsRun, StrangersAreNamedWithTheHostTheyFill) {
  HostTick filled = clear_tick("uwsgi");
  filled.state = VerdictState::kSaturated;
  filled.named = TierResource{std::string(kOtherTier), Resource::kCpu};
  filled.used_ratio[*filled.named] = 0.97;
  WatchedHosts hosts = stack(clear_tick("uwsgi"), clear_tick("postgres"));
  hosts.hosts[1] = host("app2", "10.0.0.2", filled);
  const RunFindings findings = found(std::move(hosts));
  EXPECT_THAT(findings.verdict.sentence,
              StartsWith("programs that are no tier fill app2: cpu 97 %"));
  EXPECT_EQ(findings.steps.at(0).verdict.sentence,
            findings.verdict.sentence.substr(0, findings.verdict.sentence.find(',')));
}

TEST(HostsRun, NothingIsFullWhereAllSaySo) {
  const RunFindings findings = found(stack(clear_tick("uwsgi"), clear_tick("postgres")));
  EXPECT_EQ(findings.verdict.outcome, RunVerdict::Outcome::kNotSaturated);
  EXPECT_THAT(findings.verdict.sentence, HasSubstr("nothing is full on 3 hosts"));
}

TEST(HostsRun, AHostThatWasNotScrapedIsABlindSpot) {
  WatchedHosts hosts = stack(clear_tick("uwsgi"), clear_tick("postgres"));
  hosts.hosts[2].ticks.assign(kMoments, nullptr);
  const RunFindings findings = found(std::move(hosts));
  EXPECT_THAT(findings.verdict.blind_spots, Contains(HasSubstr("nothing was scraped from db1")));
  EXPECT_EQ(findings.hosts[2].samples, 0);
}

TEST(HostsRun, AHostThatIsScrapedLaterChangesNoSetting) {
  WatchedHosts hosts = stack(clear_tick("uwsgi"), clear_tick("postgres"));
  std::fill_n(hosts.hosts[2].ticks.begin(), 5, nullptr);
  EXPECT_THAT(found(std::move(hosts)).events, IsEmpty());
}

TEST(HostsRun, TellsOfEachHost) {
  const RunFindings findings = found(stack(waiting_application(), locked_database()));
  ASSERT_THAT(findings.hosts, SizeIs(3));
  const HostInRun& app = findings.hosts[0];
  EXPECT_EQ(app.named, (TierResource{"uwsgi", Resource::kWorkers})) << "as its own daemon said";
  EXPECT_DOUBLE_EQ(app.named_seconds, kMoments);
  EXPECT_EQ(app.processors, 2);
  EXPECT_THAT(app.tiers, ElementsAre("uwsgi"));
  ASSERT_THAT(app.waits, SizeIs(1));
  EXPECT_EQ(app.waits[0].peer, "postgres at db1");
  EXPECT_NEAR(app.waits[0].share.value_or(0), 5.9 / 6, 1e-9);
  EXPECT_THAT(findings.hosts[2].waits, IsEmpty());
}

TEST(HostsRun, RowsOfTiersAreOfTheirOwnHosts) {
  const RunFindings findings = found(stack(waiting_application(), locked_database()));
  ASSERT_THAT(findings.steps, SizeIs(1));
  ASSERT_THAT(findings.steps[0].tiers, SizeIs(3));
  EXPECT_EQ(findings.steps[0].tiers[1].tier, "uwsgi at app1");
  EXPECT_EQ(findings.steps[0].tiers[1].capacity_cores, 2) << "not the six of all hosts";
  EXPECT_EQ(findings.steps[0].tiers[1].waits_for, "postgres at db1");
}

ThresholdAnswer::Outcome asked(const std::string& condition, const RunFindings& findings) {
  return evaluate(std::get<RunCondition>(parse_run_condition(condition)), findings).outcome;
}

TEST(HostsRun, AThresholdMayNameTheTierWithItsHostOrWithout) {
  const RunFindings findings = found(stack(waiting_application(), locked_database()));
  using Outcome = ThresholdAnswer::Outcome;
  EXPECT_EQ(asked("full == postgres", findings), Outcome::kExceeded);
  EXPECT_EQ(asked("full == 'postgres at db1' lock", findings), Outcome::kExceeded);
  EXPECT_EQ(asked("full == uwsgi", findings), Outcome::kPassed);
  EXPECT_EQ(asked("full == 'postgres at app1'", findings), Outcome::kUnknown) << "no such tier";
}

TEST(HostsRun, AdviceOnAPoolNamesItsOtherEnd) {
  for (const bool waits : {true, false}) {
    HostTick app = waiting_application();
    app.named = TierResource{"uwsgi", Resource::kPool};
    if (!waits) app.awaited.clear();
    const RunVerdict verdict = found(stack(app, clear_tick("postgres"))).verdict;
    EXPECT_THAT(verdict.advice,
                HasSubstr(waits ? "A larger pool of connections to postgres at db1"
                                : "A larger pool of connections to the server behind it"));
  }
}

}  // namespace
}  // namespace tierwatch
