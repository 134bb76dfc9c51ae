// SPDX-License-Identifier: MIT
//
// Options mean the same in front of, between and behind the arguments of a command; what is
// misspelt or misplaced is answered with what was meant.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "daemon/command_line/command_line.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Words = std::vector<const char*>;

CommandLine parse(Words words) {
  words.insert(words.begin(), "tierwatch");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

/// The command with its options before the first argument, before the second and so on, and last.
std::vector<CommandLine> at_each_place(const char* command, const Words& arguments,
                                       const Words& options) {
  std::vector<CommandLine> all;
  for (std::size_t place = 0; place <= arguments.size(); ++place) {
    Words words{command};
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.insert(words.begin() + 1 + std::ptrdiff_t(place), options.begin(), options.end());
    all.push_back(parse(words));
  }
  return all;
}

/// What is said to words that cannot be meant. Fails when they are taken.
std::string refusal(Words words) {
  const CommandLine line = parse(std::move(words));
  const auto* message = std::get_if<Message>(&line);
  if (!message || message->exit_status != 2) ADD_FAILURE() << "it was accepted";
  return message ? message->text : "";
}

TEST(OptionPlaces, CompareOfTwoRuns) {
  for (const auto& line : at_each_place("compare", {"a.db", "b.db"}, {"--format", "json"})) {
    const auto& compare = std::get<CompareOptions>(line);
    EXPECT_THAT(compare.a, ElementsAre("a.db"));
    EXPECT_THAT(compare.b, ElementsAre("b.db"));
    EXPECT_EQ(compare.format, "json");
  }
}

TEST(OptionPlaces, CompareOfGroupsWithDashesBetween) {
  for (const auto& line : at_each_place("compare", {"a1", "a2", "a3", "--", "b1", "b2", "b3"},
                                        {"--format", "md", "--fail-if", "p95 > +10%"})) {
    const auto& compare = std::get<CompareOptions>(line);
    EXPECT_THAT(compare.a, ElementsAre("a1", "a2", "a3"));
    EXPECT_THAT(compare.b, ElementsAre("b1", "b2", "b3"));
    EXPECT_EQ(compare.format, "md");
    EXPECT_TRUE(compare.fail_if);
  }
}

TEST(OptionPlaces, CompareWithANamedBaseline) {
  for (const auto& line :
       at_each_place("compare", {"b1", "b2"}, {"--baseline", "a1", "--json", "--baseline=a2"})) {
    const auto& compare = std::get<CompareOptions>(line);
    EXPECT_THAT(compare.a, ElementsAre("a1", "a2"));
    EXPECT_THAT(compare.b, ElementsAre("b1", "b2"));
    EXPECT_EQ(compare.format, "json");
  }
}

TEST(OptionPlaces, Report) {
  for (const auto& line :
       at_each_place("report", {"a.db", "b.db"},
                     {"-l", "x.jtl", "--from", "-20m", "--json", "--what-if", "cores=4"})) {
    const auto& report = std::get<ReportOptions>(line);
    EXPECT_THAT(report.runs, ElementsAre("a.db", "b.db"));
    EXPECT_THAT(report.loads, ElementsAre("x.jtl"));
    EXPECT_TRUE(report.from);
    EXPECT_EQ(report.format, "json");
    EXPECT_EQ(report.what_if.size(), 1u);
  }
}

TEST(OptionPlaces, AWrongValueIsToldOfTheOptionAsItWasTyped) {
  EXPECT_THAT(refusal({"top", "-d", "x"}), HasSubstr("tierwatch top: -d: \"x\" is not"));
  EXPECT_THAT(refusal({"top", "-dx"}), HasSubstr("tierwatch top: -d: \"x\" is not"));
  EXPECT_THAT(refusal({"top", "--delay=x"}), HasSubstr("tierwatch top: --delay: \"x\" is not"));
  EXPECT_THAT(refusal({"top", "--interval", "x"}), HasSubstr("tierwatch top: --interval: \"x\""));
  EXPECT_THAT(refusal({"record", "-i", "x", "true"}), HasSubstr("record: -i: \"x\" is not"));
  EXPECT_THAT(refusal({"top", "-s"}), HasSubstr("tierwatch top: -s takes a value"));
  EXPECT_THAT(refusal({"top", "-d", "1us"}), HasSubstr("it may be "));
}

TEST(OptionPlaces, JsonAndAnotherFormatContradictEachOther) {
  for (const char* command : {"report", "compare"}) {
    EXPECT_THAT(refusal({command, "a.db", "b.db", "--json", "--format", "md"}),
                HasSubstr("--json is --format json: it cannot go with --format md"));
    EXPECT_THAT(refusal({command, "a.db", "b.db", "--json", "--format", "text"}),
                HasSubstr("cannot go with --format text"));
  }
  EXPECT_EQ(std::get<ReportOptions>(parse({"report", "a", "--json", "--format", "json"})).format,
            "json");
  EXPECT_EQ(std::get<ReportOptions>(parse({"report", "a"})).format, "text");
}

TEST(OptionPlaces, NoTimeAroundARunNeedsNoUnit) {
  for (const char* nothing : {"0", "0s"})
    EXPECT_EQ(std::get<RecordOptions>(parse({"record", "--around", nothing, "true"})).around,
              std::chrono::seconds(0));
  EXPECT_THAT(refusal({"record", "--around", "1", "true"}), HasSubstr("is not a valid duration"));
}

TEST(OptionPlaces, CheckConfig) {
  EXPECT_EQ(std::get<CheckConfigOptions>(parse({"check-config", "f"})).file, "f");
  EXPECT_EQ(std::get<CheckConfigOptions>(parse({"check-config", "-c", "f"})).file, "f");
  EXPECT_EQ(std::get<CheckConfigOptions>(parse({"check-config"})).file, std::nullopt);
  EXPECT_THAT(refusal({"check-config", "f", "--config", "g"}), HasSubstr("one file"));
}

TEST(OptionPlaces, TopVerdictMatchAndDaemonInAnyOrder) {
  for (const Words& words : {Words{"top", "--once", "--tier", "nginx", "-s", "rss", "-t"},
                             Words{"top", "-t", "-s", "rss", "--tier", "nginx", "--once"}}) {
    const auto top = std::get<TopOptions>(parse(words));
    EXPECT_TRUE(top.once && top.tree);
    EXPECT_EQ(top.sort, "rss");
    EXPECT_THAT(top.tiers, ElementsAre("nginx"));
  }
  for (const Words& words : {Words{"verdict", "--json", "--wait", "2", "-c", "f"},
                             Words{"verdict", "-c", "f", "--wait", "2", "--json"}}) {
    const auto verdict = std::get<VerdictOptions>(parse(words));
    EXPECT_TRUE(verdict.json);
    EXPECT_EQ(verdict.config, "f");
    EXPECT_EQ(verdict.wait, std::chrono::seconds(2));
  }
  EXPECT_TRUE(std::get<MatchOptions>(parse({"match", "-c", "f", "-a"})).all);
  EXPECT_TRUE(std::get<MatchOptions>(parse({"match", "-a", "-c", "f"})).all);
  EXPECT_THAT(std::get<DaemonOptions>(parse({"daemon", "--web.listen-address", ":1", "-i", "1s"}))
                  .listen_addresses,
              ElementsAre(":1"));
}

TEST(OptionPlaces, OfRecordOnlyWhatStandsBeforeTheCommandIsOurs) {
  const Words with{"record", "-n", "x", "--", "wrk", "-c", "10", "--name", "y", "--help"};
  const Words without{"record", "-n", "x", "wrk", "-c", "10", "--name", "y", "--help"};
  for (const Words& words : {with, without}) {
    const auto record = std::get<RecordOptions>(parse(words));
    EXPECT_EQ(record.name, "x");
    EXPECT_EQ(record.config, std::nullopt);
    EXPECT_THAT(record.command, ElementsAre("wrk", "-c", "10", "--name", "y", "--help"));
  }
  EXPECT_THAT(std::get<RecordOptions>(parse({"record", "--", "sh", "--", "top"})).command,
              ElementsAre("sh", "--", "top"));
}

TEST(OptionPlaces, RecordIsAlwaysStandalone) {
  EXPECT_THAT(std::get<RecordOptions>(parse({"record", "--standalone", "--", "ab"})).command,
              ElementsAre("ab"));
  const std::string said = refusal({"record", "--attach", "--", "ab"});
  EXPECT_THAT(said, HasSubstr("--attach"));
  EXPECT_THAT(said, HasSubstr("top, verdict and inside"));
  EXPECT_THAT(said, Not(HasSubstr("-- ")));
}

TEST(OptionPlaces, AMarkMayBeginWithADash) {
  EXPECT_EQ(std::get<MarkOptions>(parse({"mark", "--", "-3 workers"})).text, "-3 workers");
}

TEST(OptionPlaces, AnOptionWithoutItsValueSaysSo) {
  EXPECT_THAT(refusal({"verdict", "--wait"}), HasSubstr("--wait takes a value: SECONDS\n"));
  EXPECT_THAT(refusal({"top", "-n", "0"}), HasSubstr("0 is out of range; it may be 1 to"));
  EXPECT_THAT(refusal({"inside", "--hz", "x"}), HasSubstr("\"x\" is not a whole number"));
  EXPECT_THAT(refusal({"record", "-o", "", "--", "true"}), HasSubstr("wants the name of a file"));
  EXPECT_THAT(refusal({"record", "-l", "jmetre:a", "--", "true"}), HasSubstr("is no format"));
  EXPECT_THAT(refusal({"record", "-l", "-", "--", "true"}), HasSubstr("standard input is"));
  EXPECT_THAT(refusal({"top", "--once", "--batch"}), HasSubstr("which of them?"));
}

TEST(CompareArguments, SayHowToNameTheGroups) {
  EXPECT_THAT(refusal({"compare", "a", "b", "c"}), HasSubstr("--baseline A1"));
  EXPECT_THAT(refusal({"compare", "a"}), HasSubstr("two runs"));
  EXPECT_THAT(refusal({"compare"}), HasSubstr("two runs"));
  EXPECT_THAT(refusal({"compare", "a", "b", "--"}), HasSubstr("no run after --"));
  EXPECT_THAT(refusal({"compare", "a", "b", "--fail-if", ""}), HasSubstr("here a measure"));
  EXPECT_THAT(refusal({"compare", "a", "--", "b", "--", "c"}), HasSubstr("once"));
  EXPECT_THAT(refusal({"compare", "--baseline", "a"}), HasSubstr("compare with the baseline"));
  EXPECT_THAT(refusal({"compare", "--baseline", "a", "b", "--", "c"}), HasSubstr("leave out --"));
}

TEST(CompareArguments, DashesBeforeTheFirstRunEndTheOptions) {
  const auto compare = std::get<CompareOptions>(parse({"compare", "--json", "--", "a", "b"}));
  EXPECT_THAT(compare.a, ElementsAre("a"));
  EXPECT_THAT(compare.b, ElementsAre("b"));
}

TEST(Misspelt, CommandsAreAnsweredWithTheNearest) {
  EXPECT_THAT(refusal({"verdcit"}),
              HasSubstr("unknown command \"verdcit\"; did you mean verdict?"));
  const std::string said = refusal({"frob"});
  EXPECT_THAT(said, HasSubstr("unknown command \"frob\"; the commands are daemon, top,"));
  EXPECT_THAT(refusal({"version"}), HasSubstr("did you mean --version?"));
  EXPECT_THAT(said, HasSubstr("Try 'tierwatch --help'"));
  EXPECT_THAT(refusal({"frob", "--help"}), HasSubstr("frob"));
  EXPECT_THAT(refusal({"help", "frob"}), HasSubstr("frob"));
}

TEST(Misspelt, OptionsAreAnsweredWithTheNearest) {
  EXPECT_THAT(refusal({"top", "--stand-alone"}),
              HasSubstr("tierwatch top: unknown option --stand-alone; did you mean --standalone?"));
  EXPECT_THAT(refusal({"report", "--formt", "json", "a.db"}), HasSubstr("did you mean --format?"));
  EXPECT_THAT(refusal({"record", "--intervall=1s", "--", "ab"}),
              HasSubstr("unknown option --intervall; did you mean --interval?"));
  EXPECT_THAT(refusal({"mark", "--jsno", "x"}), HasSubstr("--jsno"));
  EXPECT_THAT(refusal({"match", "--json"}), HasSubstr("--json; it is an option of"));
  EXPECT_THAT(refusal({"-v"}), HasSubstr("unknown option -v; did you mean -V?"));
  EXPECT_THAT(refusal({"top", "-v"}), HasSubstr("unknown option -v; did you mean -V?"));
  EXPECT_THAT(refusal({"top", "-f", "x"}), HasSubstr("did you mean -F?"));
  EXPECT_THAT(refusal({"top", "--zzzzzz"}), Not(HasSubstr("did you mean")));
}

TEST(Misspelt, ValuesAreAnsweredWithTheNearest) {
  EXPECT_THAT(refusal({"report", "a.db", "--format", "jsn"}), HasSubstr("did you mean json?"));
  EXPECT_THAT(refusal({"top", "--palette", "colourblind"}), HasSubstr("did you mean colorblind?"));
  EXPECT_THAT(refusal({"daemon", "--log.level", "debg"}), HasSubstr("did you mean debug?"));
}

TEST(Misspelt, OptionsBeforeTheCommandAreToldTheirPlace) {
  EXPECT_THAT(refusal({"--standalone", "top"}),
              HasSubstr("options follow the command: tierwatch top --standalone"));
  EXPECT_THAT(refusal({"--standalone"}),
              HasSubstr("it is an option of top, verdict, inside and record"));
}

TEST(Misspelt, WhatIsTooMuchIsNamed) {
  EXPECT_THAT(refusal({"match", "extra"}), HasSubstr("unexpected argument \"extra\""));
  EXPECT_THAT(refusal({"top", "verdict"}), HasSubstr("unexpected argument \"verdict\""));
}

TEST(CommandHelp, EveryCommandHasHelpAndVersion) {
  for (const char* command : {"daemon", "top", "verdict", "record", "mark", "report", "compare",
                              "inside", "match", "check-config", "doctor"}) {
    for (const Words& words : {Words{command, "--help"}, Words{"help", command}}) {
      const auto help = std::get<Message>(parse(words));
      EXPECT_EQ(help.exit_status, 0);
      EXPECT_THAT(help.text, HasSubstr(std::string("tierwatch ") + command)) << command;
    }
    const auto version = std::get<Message>(parse({command, "--version"}));
    EXPECT_EQ(version.exit_status, 0);
    EXPECT_THAT(version.text, HasSubstr("tierwatch " TIERWATCH_VERSION)) << command;
  }
}

}  // namespace
}  // namespace tierwatch
