// SPDX-License-Identifier: MIT
#include "daemon/command_line/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "daemon/commands/check_config_command.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

CommandLine parse(std::vector<const char*> words) {
  words.insert(words.begin(), "tierwatch");
  return parse_command_line(static_cast<int>(words.size()), words.data());
}

TEST(CommandLine, DaemonTakesItsOptions) {
  const auto options = std::get<DaemonOptions>(
      parse({"daemon", "--config", "a.toml", "--web.listen-address", ":1",
             "--web.listen-address=:2", "--log.level", "debug", "--interval", "200ms"}));
  EXPECT_EQ(options.config, "a.toml");
  EXPECT_THAT(options.listen_addresses, ElementsAre(":1", ":2"));
  EXPECT_EQ(options.log_level, "debug");
  EXPECT_EQ(options.interval, std::chrono::milliseconds(200));
}

TEST(CommandLine, WithoutOptionsTheConfigurationDecides) {
  const auto options = std::get<DaemonOptions>(parse({"daemon"}));
  EXPECT_EQ(options.config, std::nullopt);
  EXPECT_THAT(options.listen_addresses, IsEmpty());
  EXPECT_EQ(options.log_level, std::nullopt);
  EXPECT_EQ(options.interval, std::nullopt);
}

TEST(CommandLine, VerdictTakesItsOptions) {
  const auto options =
      std::get<VerdictOptions>(parse({"verdict", "--json", "--wait", "2.5", "--standalone"}));
  EXPECT_TRUE(options.json);
  EXPECT_TRUE(options.standalone);
  EXPECT_FALSE(options.watch);
  EXPECT_EQ(options.wait, std::chrono::milliseconds(2500));
  const auto plain = std::get<VerdictOptions>(parse({"verdict", "--watch"}));
  EXPECT_TRUE(plain.watch);
  EXPECT_EQ(plain.wait, std::nullopt);
}

TEST(CommandLine, MatchAndCheckConfig) {
  const auto match = std::get<MatchOptions>(parse({"match", "--all", "--config", "x"}));
  EXPECT_TRUE(match.all);
  EXPECT_EQ(match.config, "x");
  EXPECT_EQ(std::get<CheckConfigOptions>(parse({"check-config", "f"})).file, "f");
  EXPECT_TRUE(std::get<DoctorOptions>(parse({"doctor", "--json"})).json);
  EXPECT_EQ(std::get<DoctorOptions>(parse({"doctor", "-c", "f"})).config, "f");
}

TEST(CommandLine, InsideTakesItsOptions) {
  const auto plain = std::get<InsideOptions>(parse({"inside"}));
  EXPECT_EQ(plain.tier, "");
  EXPECT_EQ(plain.duration, std::chrono::seconds(5));
  EXPECT_EQ(plain.hz, 50u);
  const auto inside = std::get<InsideOptions>(
      parse({"inside", "uwsgi", "--for", "2m", "--hz", "250", "--json", "--flame", "f.svg",
             "--speedscope", "s.json", "--standalone", "-c", "x"}));
  EXPECT_EQ(inside.tier, "uwsgi");
  EXPECT_EQ(inside.duration, std::chrono::minutes(2));
  EXPECT_EQ(inside.hz, 250u);
  EXPECT_TRUE(inside.json && inside.standalone);
  EXPECT_EQ(inside.flame, "f.svg");
  EXPECT_EQ(inside.speedscope, "s.json");
  EXPECT_EQ(inside.config, "x");
}

TEST(CommandLine, TopTakesItsOptions) {
  const auto top = std::get<TopOptions>(parse({"top",       "--url",      "https://web1:9718",
                                               "--ca-file", "ca.pem",     "--batch",
                                               "-n",        "3",          "--tier",
                                               "nginx",     "--tier",     "redis",
                                               "--filter",  "a|b",        "--sort",
                                               "rss",       "--interval", "500ms",
                                               "--palette", "mono",       "--ascii"}));
  EXPECT_EQ(top.url, "https://web1:9718");
  EXPECT_EQ(top.ca_file, "ca.pem");
  EXPECT_FALSE(top.insecure);
  EXPECT_TRUE(top.batch && top.ascii);
  EXPECT_FALSE(top.once || top.attach || top.standalone);
  EXPECT_EQ(top.count, 3u);
  EXPECT_THAT(top.tiers, ElementsAre("nginx", "redis"));
  EXPECT_EQ(top.filter, "a|b");
  EXPECT_EQ(top.sort, "rss");
  EXPECT_EQ(top.palette, "mono");
  EXPECT_EQ(top.interval, std::chrono::milliseconds(500));
}

TEST(CommandLine, TopTakesColumnsAndSortsByOneOfThem) {
  const auto top = std::get<TopOptions>(parse({"top", "--columns", "pid,MEM/T=rss/threads",
                                               "--sort", "MEM/T", "--json", "--tier", "nginx"}));
  EXPECT_EQ(definitions_of(top.columns), "pid,MEM/T=rss/threads");
  EXPECT_EQ(top.sort, "MEM/T");
  const auto wrong = std::get<Message>(parse({"top", "--columns", "pid,rs/threads"}));
  EXPECT_NE(wrong.text.find("--columns: column 5 of 'pid,rs/threads': no field is called 'rs'"),
            std::string::npos);
  EXPECT_NE(wrong.text.find("\n  pid,rs/threads\n      ^\n"), std::string::npos);
}

TEST(CommandLine, CertificatesAreNamedAsCurlDoes) {
  for (const char* name : {"--ca", "--cacert", "--ca-file"}) {
    const auto top =
        std::get<TopOptions>(parse({"top", "--url", "https://me@web1", name, "ca.pem"}));
    EXPECT_EQ(top.ca_file, "ca.pem") << name;
  }
  EXPECT_TRUE(std::get<VerdictOptions>(parse({"verdict", "--url", "https://web1", "-k"})).insecure);
}

TEST(CommandLine, TopRefusesWhatCannotBeMeant) {
  for (const std::vector<const char*>& words :
       {std::vector<const char*>{"top", "--json", "--tier", "nginx"},
        {"top", "--standalone", "--attach"},
        {"top", "--standalone", "--url", "http://web1"},
        {"top", "--url", "web1"},
        {"top", "--ca-file", "x"},
        {"top", "--insecure"},
        {"top", "--url", "https://me:secret@web1"},
        {"top", "--sort", "beauty"},
        {"top", "--columns", ""},
        {"top", "--columns", "pid,rs/threads"},
        {"top", "--columns", "pid,X=rss", "--sort", "Y"},
        {"top", "--palette", "pink"},
        {"top", "-n", "0"},
        {"top", "--interval", "1"}}) {
    EXPECT_EQ(std::get<Message>(parse(words)).exit_status, 2) << words[1];
  }
}

TEST(CommandLine, RecordTakesACommandAndLeavesItsOptionsAlone) {
  const auto options = std::get<RecordOptions>(parse({"record",
                                                      "--name",
                                                      "before",
                                                      "-o",
                                                      "a.db",
                                                      "--interval",
                                                      "100ms",
                                                      "--around",
                                                      "0s",
                                                      "--load",
                                                      "jmeter:run.jtl",
                                                      "--load",
                                                      "x.csv",
                                                      "--",
                                                      "wrk",
                                                      "-c",
                                                      "10",
                                                      "--name",
                                                      "x",
                                                      "top",
                                                      "http://x/"}));
  EXPECT_EQ(options.name, "before");
  EXPECT_EQ(options.output, "a.db");
  EXPECT_EQ(options.interval, std::chrono::milliseconds(100));
  EXPECT_EQ(options.around, std::chrono::milliseconds(0));
  EXPECT_THAT(options.loads, ElementsAre("jmeter:run.jtl", "x.csv"));
  EXPECT_THAT(options.command, ElementsAre("wrk", "-c", "10", "--name", "x", "top", "http://x/"));
  EXPECT_EQ(std::get<RecordOptions>(parse({"record", "--", "ab"})).interval,
            std::chrono::milliseconds(200));
  EXPECT_EQ(std::get<Message>(parse({"record"})).exit_status, 2);
}

TEST(CommandLine, RecordLooksInsideTiersThatStandBehindAnEqualsSign) {
  const auto recorded = [](const std::vector<const char*>& options) {
    std::vector<const char*> words{"record"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"wrk", "-c", "10"});
    return std::get<RecordOptions>(parse(words));
  };
  EXPECT_FALSE(recorded({}).inside);
  EXPECT_TRUE(recorded({"--inside"}).inside);
  EXPECT_THAT(recorded({"--inside"}).inside_tiers, IsEmpty());
  // The command needs no "--": a word behind a blank is never taken for a tier.
  EXPECT_THAT(recorded({"--inside"}).command, ElementsAre("wrk", "-c", "10"));
  EXPECT_THAT(recorded({"--inside=uwsgi", "--inside=postgres"}).inside_tiers,
              ElementsAre("uwsgi", "postgres"));
  const Message both = std::get<Message>(parse({"record", "--inside", "--inside=uwsgi", "wrk"}));
  EXPECT_EQ(both.exit_status, 2);
  EXPECT_THAT(both.text, HasSubstr("contradict each other"));
}

TEST(CommandLine, MarkTakesAText) {
  EXPECT_EQ(std::get<MarkOptions>(parse({"mark", "doubled the workers"})).text,
            "doubled the workers");
  EXPECT_EQ(std::get<MarkOptions>(parse({"mark", "cache", "cleared"})).text, "cache cleared");
  EXPECT_EQ(std::get<Message>(parse({"mark"})).exit_status, 2);
  EXPECT_THAT(std::get<Message>(parse({"mark", ""})).text, HasSubstr("the note is empty"));
  EXPECT_THAT(std::get<Message>(parse({"mark", std::string(1001, 'x').c_str()})).text,
              HasSubstr("1001 bytes; 1000 are the most"));
}

TEST(CommandLine, HelpAndVersionAreNoErrors) {
  for (const char* word : {"--help", "--version"}) {
    const auto message = std::get<Message>(parse({word}));
    EXPECT_EQ(message.exit_status, 0);
    EXPECT_THAT(message.text, HasSubstr("tierwatch"));
  }
  const auto help = std::get<Message>(parse({"--help"}));
  for (const char* word :
       {"daemon", "top", "verdict", "inside", "match", "check-config", "doctor", "Exit status"}) {
    EXPECT_THAT(help.text, HasSubstr(word));
  }
}

TEST(CommandLine, BadUsageIsStatusTwo) {
  const std::vector<std::vector<const char*>> wrong{{},
                                                    {"dämon"},
                                                    {"daemon", "--nope"},
                                                    {"daemon", "--interval", "1 sec"},
                                                    {"daemon", "--interval", "1ms"},
                                                    {"daemon", "--log.level", "loud"},
                                                    {"daemon", "--web.listen-address", "localhost"},
                                                    {"verdict", "--wait", "soon"},
                                                    {"verdict", "--wait", "-1"},
                                                    {"inside", "--hz", "0"},
                                                    {"inside", "--hz", "251"},
                                                    {"inside", "--for", "50ms"},
                                                    {"inside", "--for", "11m"},
                                                    {"inside", "a", "b"},
                                                    {"verdict", "--wait", "5", "--watch"},
                                                    {"verdict", "--standalone", "--attach"},
                                                    {"verdict", "--url", "host:9718"},
                                                    {"match", "extra"}};
  for (const auto& words : wrong) {
    const CommandLine line = parse(words);
    ASSERT_TRUE(std::holds_alternative<Message>(line)) << (words.empty() ? "" : words.back());
    EXPECT_EQ(std::get<Message>(line).exit_status, 2);
    EXPECT_FALSE(std::get<Message>(line).text.empty());
  }
}

TEST(CheckConfig, SaysOkWithTheTiersOrAllThatIsWrong) {
  const TemporaryFolder folder;
  const std::string path = folder / "check.toml";
  std::ofstream(path) << "[[tier]]\npreset = \"nginx\"\n[[tier]]\npreset = \"redis\"\n";
  std::ostringstream out, errors;
  EXPECT_EQ(run_check_config({path}, out, errors), 0);
  EXPECT_EQ(out.str(), path + ": OK (2 tiers: nginx redis)\n");
  EXPECT_EQ(errors.str(), "");
  std::ofstream(path) << "[log]\nlevel = 1\nlevl = 2\n";
  EXPECT_EQ(run_check_config({path}, out, errors), 2);
  EXPECT_THAT(errors.str(), HasSubstr(path + ":2:"));
  EXPECT_THAT(errors.str(), HasSubstr(path + ":3:"));
}

}  // namespace
}  // namespace tierwatch
