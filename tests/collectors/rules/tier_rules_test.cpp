// SPDX-License-Identifier: MIT
#include "collectors/rules/tier_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <random>

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

MatchRule comm_rule(const char* glob) { return {.comm = Glob(glob)}; }

TierRule tier(std::string name, std::vector<MatchRule> match, bool children = false) {
  return {.name = std::move(name), .match = std::move(match), .children = children};
}

Candidate process(pid_t pid, pid_t parent, std::string_view comm) {
  return {.id = {.pid = pid}, .parent_pid = parent, .comm = comm};
}

/// Tier name per candidate, "-" for none.
std::vector<std::string> places(const TierRules& rules, const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const auto& reason : match_processes(rules, candidates)) {
    names.push_back(reason ? rules.tiers[reason->member.tier].name : "-");
  }
  return names;
}

TEST(Glob, StarCrossesSlashes) { EXPECT_TRUE(Glob("/run/*").matches("/run/uwsgi/app.sock")); }

TEST(MatchRule, AllItsConditionsMustHold) {
  const MatchRule rule{.comm = Glob("python3"),
                       .exe = Glob("/usr/bin/python3*"),
                       .cmdline = Pattern("app\\.py"),
                       .user = "www-data",
                       .cgroup = Glob("web.service")};
  const Candidate good{.comm = "python3",
                       .title = "python3 /srv/app.py",
                       .exe = "/usr/bin/python3.11",
                       .user = "www-data",
                       .cgroup = "/system.slice/web.service"};
  EXPECT_TRUE(rule.takes(good));
  for (auto spoil : std::vector<std::function<void(Candidate&)>>{
           [](Candidate& c) { c.comm = "python"; }, [](Candidate& c) { c.title = "python3 b.py"; },
           [](Candidate& c) { c.exe = ""; }, [](Candidate& c) { c.user = "root"; },
           [](Candidate& c) { c.cgroup = "/system.slice/web.service.d"; }}) {
    Candidate bad = good;
    spoil(bad);
    EXPECT_FALSE(rule.takes(bad));
  }
}

TEST(MatchRule, WithoutConditionsTakesNothing) { EXPECT_FALSE(MatchRule{}.takes({.comm = "x"})); }

TEST(MatchRule, CgroupIsTheWholePathOrOneComponent) {
  const Candidate in{.cgroup = "/system.slice/uwsgi.service/app@1.scope"};
  const auto takes = [&](const char* glob) { return MatchRule{.cgroup = Glob(glob)}.takes(in); };
  EXPECT_TRUE(takes("uwsgi.service"));
  EXPECT_TRUE(takes("app@*.scope"));
  EXPECT_TRUE(takes("/system.slice/uwsgi.service/*"));
  EXPECT_FALSE(takes("/system.slice/uwsgi.service"));
  EXPECT_FALSE(takes("wsgi.service"));
  EXPECT_FALSE(MatchRule{.cgroup = Glob("uwsgi.service")}.takes({.cgroup = ""}));
}

TEST(MatchRule, UserIsANameOrANumber) {
  const Candidate named{.user = "www-data", .uid = 33};
  EXPECT_TRUE(MatchRule{.user = "www-data"}.takes(named));
  EXPECT_TRUE(MatchRule{.user = "33"}.takes(named));
  EXPECT_FALSE(MatchRule{.user = "3"}.takes(named));
  EXPECT_FALSE(MatchRule{.user = "33x"}.takes(named));
  EXPECT_FALSE(MatchRule{.user = ""}.takes({.user = ""}));
}

TEST(MatchRule, TextIsWhatTheUserWrote) {
  const MatchRule rule{.comm = Glob("nginx"), .cmdline = Pattern(R"(a\.b)"), .user = "root"};
  EXPECT_EQ(rule.text(), R"(comm = "nginx", cmdline = 'a\.b', user = "root")");
}

TEST(MatchProcesses, FirstTierInOrderWins) {
  const TierRules rules{
      {tier("a", {comm_rule("x*")}), tier("b", {comm_rule("xy"), comm_rule("z")})}};
  EXPECT_THAT(places(rules, {process(1, 0, "xy"), process(2, 0, "z"), process(3, 0, "q")}),
              ElementsAre("a", "b", "-"));
}

TEST(MatchProcesses, KernelThreadsAreNeverMatched) {
  const TierRules rules{{tier("a", {comm_rule("*")}, true)}};
  Candidate thread = process(2, 1, "kthreadd");
  thread.kernel_thread = true;
  EXPECT_THAT(places(rules, {process(1, 0, "init"), thread}), ElementsAre("a", "-"));
}

TEST(MatchProcesses, DescendantsFollowThroughAnyDepthInAnyOrder) {
  const TierRules rules{{tier("a", {comm_rule("root")}, true)}};
  EXPECT_THAT(places(rules, {process(9, 7, "c"), process(7, 5, "b"), process(5, 3, "a"),
                             process(3, 1, "root"), process(1, 0, "init")}),
              ElementsAre("a", "a", "a", "a", "-"));
}

TEST(MatchProcesses, ARuleBeatsFollowingAndNearestAncestorCounts) {
  const TierRules rules{{tier("a", {comm_rule("a")}, true), tier("b", {comm_rule("b")}, true),
                         tier("c", {comm_rule("c")}, false)}};
  EXPECT_THAT(places(rules, {process(1, 0, "a"), process(2, 1, "sh"), process(3, 2, "b"),
                             process(4, 3, "sh"), process(5, 4, "c"), process(6, 5, "sh")}),
              ElementsAre("a", "a", "b", "b", "c", "-"));
}

TEST(MatchProcesses, DescendantsOfARootBelongToItsTierWhateverRulesSay) {
  TierRules rules{{tier("node", {comm_rule("node")}, true), tier("load-generator", {})}};
  rules.tiers[1].descendants_of = 50;
  EXPECT_THAT(places(rules, {process(10, 1, "node"), process(50, 10, "tierwatch"),
                             process(60, 50, "sh"), process(70, 60, "node"), process(80, 1, "sh")}),
              ElementsAre("node", "node", "load-generator", "load-generator", "-"));
}

TEST(MatchProcesses, ARootWithACycleAboveItsChildrenEnds) {
  TierRules rules{{tier("load-generator", {})}};
  rules.tiers[0].descendants_of = 50;
  EXPECT_THAT(places(rules, {process(60, 70, "a"), process(70, 60, "b")}), ElementsAre("-", "-"));
}

TEST(MatchProcesses, WithoutChildrenNobodyFollows) {
  const TierRules rules{{tier("a", {comm_rule("a")}, false)}};
  EXPECT_THAT(places(rules, {process(1, 0, "a"), process(2, 1, "sh")}), ElementsAre("a", "-"));
}

TEST(MatchProcesses, CyclesAndMissingParentsEndTheSearch) {
  const TierRules rules{{tier("a", {comm_rule("a")}, true)}};
  EXPECT_THAT(places(rules, {process(1, 1, "self"), process(2, 3, "x"), process(3, 2, "y"),
                             process(4, 3, "z"), process(5, 99, "orphan"), process(6, 6, "a"),
                             process(7, 6, "child")}),
              ElementsAre("-", "-", "-", "-", "-", "a", "a"));
}

TEST(MatchProcesses, AParentYoungerThanItsChildIsAStranger) {
  const TierRules rules{{tier("a", {comm_rule("a")}, true)}};
  std::vector<Candidate> candidates{process(1, 0, "a"), process(2, 1, "x"), process(3, 1, "y")};
  candidates[0].id.started = std::chrono::seconds(100);
  candidates[1].id.started = std::chrono::seconds(99);
  candidates[2].id.started = std::chrono::seconds(100);
  EXPECT_THAT(places(rules, candidates), ElementsAre("a", "-", "a"));
}

TEST(MatchProcesses, ReasonNamesTheRuleOrTheParentFollowed) {
  const TierRules rules{{tier("a", {comm_rule("q"), comm_rule("a")}, true)}};
  const std::vector<Candidate> candidates{process(1, 0, "a"), process(2, 1, "x"),
                                          process(3, 2, "y")};
  const auto placed = match_processes(rules, candidates);
  EXPECT_EQ(placed[0]->rule, &rules.tiers[0].match[1]);
  EXPECT_EQ(placed[1]->rule, nullptr);
  EXPECT_EQ(placed[1]->joined_parent, 1);
  EXPECT_EQ(placed[2]->joined_parent, 2);
}

/// Property: the outcome does not depend on the order of candidates, and followers are where their
/// parent is.
TEST(MatchProcesses, OrderOfCandidatesChangesNothing) {
  const TierRules rules{{tier("a", {comm_rule("a")}, true), tier("b", {comm_rule("b")}, false)}};
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Candidate> candidates;
    const char* const comms[] = {"a", "b", "x", "x", "x"};
    for (pid_t pid = 1; pid <= 30; ++pid) {
      candidates.push_back(process(pid, static_cast<pid_t>(random() % 33), comms[random() % 5]));
    }
    std::map<pid_t, std::string> before;
    const auto first = places(rules, candidates);
    for (std::size_t i = 0; i < first.size(); ++i) before[candidates[i].id.pid] = first[i];
    std::shuffle(candidates.begin(), candidates.end(), random);
    const auto second = places(rules, candidates);
    for (std::size_t i = 0; i < second.size(); ++i) {
      const Candidate& candidate = candidates[i];
      EXPECT_EQ(second[i], before[candidate.id.pid]);
      if (candidate.comm == "x") {
        const auto parent = before.find(candidate.parent_pid);
        const bool follows = parent != before.end() && parent->second == "a";
        EXPECT_EQ(second[i], follows ? "a" : "-");
      }
    }
  }
}

TierRule with_roles(std::vector<RoleRule> roles) {
  TierRule rule = tier("a", {comm_rule("a")}, true);
  rule.roles = std::move(roles);
  return rule;
}

std::vector<std::string> roles_of(const TierRule& rule, const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const auto& reason : match_processes({{rule}}, candidates)) {
    names.push_back(reason ? rule.roles[reason->member.role].name : "-");
  }
  return names;
}

TEST(Roles, FirstWhoseConditionsAllHoldElseTheLast) {
  const TierRule rule = with_roles({{.name = "title", .title = Pattern("^m")},
                                    {.name = "ignores", .ignores_signals = 0x201},
                                    {.name = "catches", .catches_signals = 0x4},
                                    {.name = "never", .title = Pattern("^never$")}});
  Candidate title = process(1, 0, "a"), ignores = title, half = title, catches = title;
  title.title = "master";
  ignores.signals_ignored = 0x1201;
  half.signals_ignored = 0x1;
  catches.signals_caught = 0xff;
  half.id.pid = 2, ignores.id.pid = 3, catches.id.pid = 4;
  EXPECT_THAT(roles_of(rule, {title, half, ignores, catches}),
              ElementsAre("title", "never", "ignores", "catches"));
}

TEST(Roles, TreeIsSeenInsideTheTierOnly) {
  const TierRule rule =
      with_roles({{.name = "joined", .joined = true},
                  {.name = "root", .parent_in_tier = false, .has_children_in_tier = true},
                  {.name = "lone", .parent_in_tier = false},
                  {.name = "worker"}});
  EXPECT_THAT(roles_of(rule, {process(1, 0, "init"), process(2, 1, "a"), process(3, 2, "a"),
                              process(4, 3, "sh"), process(5, 1, "a")}),
              ElementsAre("-", "root", "worker", "joined", "lone"));
}

std::vector<std::string> misses_of(const TierRules& rules,
                                   const std::vector<Candidate>& candidates) {
  std::vector<std::string> out;
  for (const NearMiss& miss : near_misses(rules, candidates, match_processes(rules, candidates))) {
    out.push_back(std::to_string(candidates[miss.candidate].id.pid) + " " +
                  rules.tiers[miss.tier].name + ": " + miss.failed);
  }
  return out;
}

TEST(NearMisses, TellTheOneConditionThatFailed) {
  const TierRules rules{{tier("a", {{.comm = Glob("app"), .user = "www-data"}})}};
  Candidate root = process(7, 1, "app"), other = process(8, 1, "sh");
  root.user = "root";
  other.user = "www-data";
  EXPECT_THAT(misses_of(rules, {root, other}),
              ElementsAre(R"(7 a: user = "www-data" (is "root"))"));
}

TEST(NearMisses, TwoFailedConditionsAreNotNear) {
  const TierRules rules{{tier("a", {{.comm = Glob("app"), .cmdline = Pattern("x"), .user = "u"}})}};
  EXPECT_THAT(misses_of(rules, {process(7, 1, "app")}), IsEmpty());
}

TEST(NearMisses, AnEarlierTierThatWasFirstIsNamed) {
  const TierRules rules{{tier("a", {comm_rule("x*")}), tier("b", {comm_rule("xy")})}};
  EXPECT_THAT(misses_of(rules, {process(7, 1, "xy")}),
              ElementsAre(R"(7 b: tier "a" took it first)"));
}

TEST(NearMisses, AProgramThatRenamedItselfIsFoundByItsFile) {
  const TierRules rules{{tier("a", {comm_rule("myapp")})}};
  Candidate renamed = process(7, 1, "MainThread");
  renamed.exe = "/opt/bin/myapp";
  Candidate started = process(8, 1, "Main");
  started.title = "/opt/bin/myapp --port 1";
  Candidate editor = process(9, 1, "vim");
  editor.title = "vim myapp";
  EXPECT_THAT(misses_of(rules, {renamed, started, editor}),
              ElementsAre(R"(7 a: comm = "myapp" (is "MainThread"))",
                          R"(8 a: comm = "myapp" (is "Main"))"));
}

TEST(NearMisses, AnUnreadableExeIsSaid) {
  const TierRules rules{{tier("a", {{.comm = Glob("app"), .exe = Glob("/opt/*")}})}};
  EXPECT_THAT(misses_of(rules, {process(7, 1, "app")}),
              ElementsAre(R"(7 a: exe = "/opt/*" (not readable))"));
}

TEST(NearMisses, ProcessesInTheirTierAreNone) {
  const TierRules rules{{tier("a", {{.comm = Glob("app"), .user = "u"}, comm_rule("app")}, true)}};
  EXPECT_THAT(misses_of(rules, {process(7, 1, "app"), process(8, 7, "app2")}), IsEmpty());
}

}  // namespace
}  // namespace tierwatch
