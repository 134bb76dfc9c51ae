// SPDX-License-Identifier: MIT
#include "analysis/judge/relief.h"

#include <gmock/gmock.h>

#include "analysis/judge/judge.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using testing::ElementsAre;

Verdict verdict_of(const std::string& name) {
  for (const JudgeCase& one : judge_cases())
    if (one.name == name) return judge(one.input());
  throw std::out_of_range(name);
}

TEST(Relief, WorkersThatSlowClientsHoldWantAProxyBeforeThem) {
  JudgeInput in = quiet_stack();
  fill_workers(tier_of(in, "uwsgi"));
  tier_of(in, "uwsgi").waits = {{{WaitFacts::For::kClients, "", 0.95}}};
  const Verdict verdict = judge(in);
  EXPECT_THAT(verdict.sentence, testing::HasSubstr("all 4 workers busy, waiting on slow clients"));
  EXPECT_EQ(verdict.path.back().name, "clients");
  EXPECT_THAT(verdict.relief.front(), testing::HasSubstr("slow clients"));
}

TEST(Relief, GoesByResourceAndTraits) {
  const std::pair<const char*, std::vector<std::string>> cases[] = {
      {"four workers use four cores", {"more workers", "cheaper requests"}},
      {"pinned to fewer cores than workers",
       {"let it use more cores (pinned to 2 of 8 cores)", "cheaper requests"}},
      {"quota used up on an idle host", {"raise its CPU quota (0.5 core)", "cheaper requests"}},
      {"one process of eight threads under a lock", {"more processes", "cheaper requests"}},
      {"one of two event loops is full", {"more processes", "cheaper requests"}},
      {"workers held by a slow peer, clients as many as workers",
       {"more workers", "faster answers from 127.0.0.1:2525"}},
      {"descriptors of one process used up", {"raise its limit of open files"}},
      {"memory of the cgroup nearly used up",
       {"raise its memory limit", "fewer or smaller processes"}},
      {"host out of memory, most of it postgres",
       {"more memory for the host", "fewer or smaller processes"}},
      {"every connection taken, others come and go",
       {"raise its limit of connections", "a pool of connections before it",
        "fewer connections kept open"}},
      {"connection table full",
       {"raise its limit of connections (worker_connections)", "fewer connections kept open"}},
      {"backends wait for a row lock", {"shorter transactions"}},
      {"a link sends as fast as it can", {"a faster link", "fewer or smaller answers"}},
      {"nothing can be written", {"more room in /data", "less data in /data"}},
      {"who asks for a connection is turned away",
       {"a longer SYN backlog (its backlog, net.core.somaxconn)",
        "SYN cookies (net.ipv4.tcp_syncookies)"}},
      {"backends wait for a slow disk", {"a faster disk", "fewer reads and writes"}},
      {"requests take turns on the connections of node",
       {"a larger pool of connections to 127.0.0.1:2600", "faster answers from 127.0.0.1:2600"}},
  };
  for (const auto& [name, ways] : cases) EXPECT_EQ(verdict_of(name).relief, ways) << name;
}

TEST(Relief, OfWorkersThatAreStoppedIsThatTheyGoOn) {
  JudgeInput facts = quiet_stack();
  tier_of(facts, "uwsgi").stopped = true;
  EXPECT_THAT(relief({.tier = "uwsgi", .resource = Resource::kWorkers}, {}, facts),
              ElementsAre("let its processes go on (kill -CONT)"));
}

TEST(Relief, OfAServerThatIsOneProcessIsSeveralOfIt) {
  JudgeInput facts = quiet_stack();
  tier_of(facts, "redis").processes = 1;
  tier_of(facts, "redis").worker_processes = 1;
  const Saturation thread{.tier = "redis", .resource = Resource::kThread};
  EXPECT_THAT(relief(thread, {}, facts),
              ElementsAre("several of it, with the load spread over them", "cheaper requests"));
}

TEST(Relief, OfAPeerElsewhereIsNotOnThisHost) {
  JudgeInput facts = quiet_stack();
  const Saturation workers{.tier = "uwsgi", .resource = Resource::kWorkers};
  const WaitingOn mail{.tier = std::string(kExternalTier), .address = "10.0.0.9:25"};
  EXPECT_THAT(relief(workers, mail, facts),
              ElementsAre("more workers", "nothing else on this host: look at 10.0.0.9:25"));
}

TEST(Relief, OfAHostFullOfOthersNamesThem) {
  JudgeInput facts = quiet_stack();
  facts.host.foreign = {{.pid = 9, .comm = "cc1plus", .cores = 6},
                        {.pid = 8, .comm = "sh", .cores = 0.1}};
  const Saturation cpu{
      .tier = std::string(kOtherTier), .rule = Rule::kSharedCpu, .bound = "of the host"};
  EXPECT_THAT(relief(cpu, {}, facts), ElementsAre("less of cc1plus on this host", "more cores"));
}

TEST(Relief, IsNeverWithoutAWord) {
  for (const JudgeCase& one : judge_cases()) {
    const Verdict verdict = judge(one.input());
    EXPECT_EQ(verdict.relief.empty(), !verdict.named()) << one.name;
  }
}

}  // namespace
}  // namespace tierwatch
