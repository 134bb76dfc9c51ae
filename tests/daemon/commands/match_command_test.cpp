// SPDX-License-Identifier: MIT
#include "daemon/commands/match_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tierwatch {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

CandidateFacts process(pid_t pid, pid_t parent, std::string comm, std::string title,
                       std::string user = "root") {
  return {.id = {.pid = pid},
          .parent_pid = parent,
          .comm = std::move(comm),
          .title = std::move(title),
          .user = std::move(user)};
}

const char* const kTiers = R"(
[[tier]]
name = "app"
match = [{comm = "app", user = "www-data"}, {comm = "app2"}]
children = true
[[tier]]
preset = "redis"
)";

TEST(MatchReport, IsAlignedAndTellsRuleOrParent) {
  const Config config = parse_config(kTiers, "t.toml");
  EXPECT_EQ(match_report(
                config,
                {process(7, 1, "app", "app --serve", "www-data"), process(12, 7, "sh", "sh -c x")},
                false),
            "PID  TIER  ROLE   USER      TAKEN BY                         TITLE\n"
            "7    app   main   www-data  comm = \"app\", user = \"www-data\"  app --serve\n"
            "12   app   child  root      child of 7                       sh -c x\n"
            "\n"
            "Rules that took no process:\n"
            "  t.toml:2 app: comm = \"app2\"\n"
            "\n"
            "Tiers without processes: redis\n");
}

TEST(MatchReport, TellsWhatAlmostMatched) {
  const Config config = parse_config(kTiers, "t.toml");
  EXPECT_THAT(match_report(config, {process(7, 1, "app", "app", "root")}, false),
              AllOf(HasSubstr("No process belongs to any tier."), HasSubstr("Almost:"),
                    HasSubstr(R"(user = "www-data" (is "root"))")));
}

TEST(MatchReport, StrangersAreShownOnlyWhenAskedFor) {
  const Config config = parse_config(kTiers, "t.toml");
  CandidateFacts thread = process(2, 0, "kthreadd", "");
  thread.kernel_thread = true;
  const std::vector<CandidateFacts> facts{process(9, 1, "vim", "vim a"),
                                          process(10, 1, "zombie", ""), thread};
  EXPECT_THAT(match_report(config, facts, false), Not(HasSubstr("vim")));
  EXPECT_THAT(match_report(config, facts, true),
              AllOf(HasSubstr("In no tier:"), HasSubstr("vim a"), HasSubstr("[zombie]"),
                    Not(HasSubstr("kthreadd"))));
}

TEST(MatchReport, ControlCharactersOfTitlesNeverReachTheTerminal) {
  const Config config = parse_config(kTiers, "t.toml");
  const std::string report = match_report(
      config, {process(7, 1, "app2", "a\x1b[2J\nb\xff" + std::string(200, 'x'))}, false);
  EXPECT_THAT(report, HasSubstr("a\\x1b[2J\\x0ab\\xff"));
  EXPECT_EQ(report.find('\x1b'), std::string::npos);
  EXPECT_THAT(report, Not(HasSubstr(std::string(100, 'x'))));
}

TEST(MatchReport, RulesOfAPresetAreNotListedOneByOne) {
  const Config config = parse_config("[[tier]]\npreset = \"uwsgi\"", "t.toml");
  EXPECT_THAT(match_report(config, {process(7, 1, "uwsgi", "uwsgi")}, false),
              AllOf(HasSubstr("worker"), Not(HasSubstr("took no process"))));
}

}  // namespace
}  // namespace tierwatch
