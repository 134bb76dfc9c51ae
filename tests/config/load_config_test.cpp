// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cctype>
#include <fstream>

#include "collectors/servers/servers.h"
#include "config/config.h"
#include "config/threshold_keys.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string errors_of(std::string_view text) {
  try {
    parse_config(text, "t.toml");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(ParseConfig, AnEmptyFileIsTheDefaults) {
  const Config config = parse_config("", "t.toml");
  EXPECT_EQ(config.rules.tiers.size(), preset_names().size());
  EXPECT_THAT(config.files, ElementsAre("t.toml"));
  EXPECT_EQ(config.sampling.interval, milliseconds(1000));
}

TEST(ParseConfig, RefusesWhatIsNestedSoDeepThatItsParserWouldOverflow) {
  std::string dots, braces, brackets = "a=";
  for (int i = 0; i < 100'000; ++i) {
    dots += "a.";
    braces += "a={";
    brackets += '[';
  }
  for (const std::string& key :
       {dots + "b=1", "[" + dots + "b]", "x={" + dots + "b=1}", "'#' = '\"'\n" + dots + "b=1"})
    EXPECT_THAT(errors_of(key), HasSubstr("nested too deep")) << key.substr(0, 20);
  EXPECT_THAT(errors_of(braces), StartsWith("t.toml:1:"));
  EXPECT_THAT(errors_of(brackets), StartsWith("t.toml:1:35: nested too deep"));
}

TEST(ParseConfig, DotsInValuesAndCommentsAreNoDepth) {
  const std::string dots(200, '.');
  EXPECT_EQ(errors_of("# " + dots + "[[[[\n[[tier]]\nname = 'a'\nmatch = [{cmdline = '" + dots +
                      "'}, {cmdline = \"\"\"\n" + dots + "\\\"" + dots + "\"\"\"}]\n" + "# it's\n"),
            "");
}

TEST(ParseConfig, AnAddressIsListenedOnOnce) {
  EXPECT_THAT(errors_of("[web]\nlisten = [\":80\", \"[::1]:81\",\n\":80\"]"),
              StartsWith("t.toml:3:1: listen: \":80\" stands there twice"));
}

TEST(ParseConfig, NoStringHoldsAZeroByte) {
  EXPECT_THAT(errors_of("[history]\npath = \"/tmp/a\\u0000b\""),
              HasSubstr("path: a string with a zero byte"));
}

TEST(LoadConfig, ReadsRegularFilesOfABoundedSizeOnly) {
  const auto why = [](const std::filesystem::path& path) -> std::string {
    try {
      load_config(path);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  const std::string base = ::testing::TempDir() + "tierwatch-" + std::to_string(getpid());
  ASSERT_EQ(mkfifo((base + ".fifo").c_str(), 0600), 0);
  EXPECT_THAT(why(base + ".fifo"), HasSubstr(": cannot be read: it is not a regular file"));
  EXPECT_THAT(why("/dev/zero"), HasSubstr(": cannot be read: it is not a regular file"));
  EXPECT_THAT(why("/"), HasSubstr(": cannot be read: Is a directory"));
  std::ofstream(base + ".toml") << '#' << std::string(1 << 20, ' ');
  EXPECT_THAT(why(base + ".toml"), HasSubstr(": cannot be read: it is larger than 1 MiB"));
  for (const char* suffix : {".fifo", ".toml"}) std::filesystem::remove(base + suffix);
}

TEST(ParseConfig, ReadsEverySetting) {
  const Config config = parse_config(R"(
[sampling]
interval = "200ms"
kept_descriptors = 0
source = "proc"
[memory]
proportional = true
proportional_interval = "2m"
proportional_max_size = "64MiB"
proportional_budget = "7ms"
[web]
listen = [":80", "[::1]:0", "unix:/tmp/x"]
[log]
level = "debug"
)",
                                     "t.toml");
  EXPECT_EQ(config.sampling.interval, milliseconds(200));
  EXPECT_EQ(config.sampling.kept_descriptors, 0u);
  EXPECT_EQ(config.sampling.source, ProcessSource::kProc);
  EXPECT_TRUE(config.memory.proportional);
  EXPECT_EQ(config.memory.proportional_interval, std::chrono::minutes(2));
  EXPECT_EQ(config.memory.proportional_max_bytes, 64u << 20);
  EXPECT_EQ(config.memory.proportional_budget, milliseconds(7));
  EXPECT_THAT(config.web.listen_addresses, ElementsAre(":80", "[::1]:0", "unix:/tmp/x"));
  EXPECT_FALSE(config.web.listen_addresses_are_default);
  EXPECT_EQ(config.log.level, "debug");
}

TEST(ParseConfig, APresetAloneIsATier) {
  const Config config = parse_config("[[tier]]\npreset = \"uwsgi\"\n", "t.toml");
  ASSERT_EQ(config.rules.tiers.size(), 1u);
  const TierRule& tier = config.rules.tiers[0];
  EXPECT_EQ(tier.name, "uwsgi");
  EXPECT_EQ(tier.roles.size(), preset("uwsgi").roles.size());
  EXPECT_EQ(tier.child_cpu_role, preset("uwsgi").child_cpu_role);
  EXPECT_EQ(tier.path, "t.toml:1");
  EXPECT_FALSE(tier.implicit);
}

TEST(ParseConfig, KeysReplaceThoseOfThePreset) {
  const Config config = parse_config(R"(
[[tier]]
name = "api"
preset = "uwsgi"
match = [{comm = "uwsgi", cgroup = "api.service"}, {user = 33}]
children = false
listen = ["unix:/var/run/api.sock", "tcp:127.0.0.1:8000"]
single_core_processes = false
)",
                                     "t.toml");
  const TierRule& tier = config.rules.tiers.at(0);
  EXPECT_EQ(tier.name, "api");
  EXPECT_EQ(tier.preset, "uwsgi");
  ASSERT_EQ(tier.match.size(), 2u);
  EXPECT_EQ(tier.match[0].text(), R"(comm = "uwsgi", cgroup = "api.service")");
  EXPECT_EQ(tier.match[1].text(), R"(user = "33")");
  EXPECT_FALSE(tier.children);
  EXPECT_FALSE(tier.single_core_processes);
  EXPECT_THAT(tier.listen, ElementsAre("unix:/run/api.sock", "tcp:127.0.0.1:8000"));
  EXPECT_EQ(tier.roles.back().name, "worker");
}

TEST(ParseConfig, ACustomTierHasMainAndChildren) {
  const Config config =
      parse_config("[[tier]]\nname = \"x\"\nmatch = [{comm = \"x\"}]\nchildren = true\n", "t.toml");
  const TierRule& tier = config.rules.tiers.at(0);
  ASSERT_EQ(tier.roles.size(), 2u);
  EXPECT_EQ(tier.roles[0].name, "main");
  EXPECT_EQ(tier.roles[1].name, "child");
  EXPECT_EQ(tier.child_cpu_role, 1);
  EXPECT_TRUE(tier.children);
  EXPECT_EQ(tier.preset, "");
}

TEST(ParseConfig, RolesEndInOneThatAlwaysHolds) {
  const Config config = parse_config(R"(
[[tier]]
name = "x"
match = [{comm = "x"}]
roles = [{name = "child", joined = true}, {name = "w", kind = "sync-worker", title = "^w", parent_in_tier = true}]
)",
                                     "t.toml");
  const TierRule& tier = config.rules.tiers.at(0);
  ASSERT_EQ(tier.roles.size(), 3u);
  EXPECT_EQ(tier.roles[1].kind, RoleKind::kSyncWorker);
  EXPECT_EQ(tier.roles[1].title->source(), "^w");
  EXPECT_EQ(tier.roles[1].parent_in_tier, true);
  EXPECT_EQ(tier.roles[2].name, "other");
  EXPECT_EQ(tier.child_cpu_role, 0) << "the role named child";
}

TEST(Thresholds, OfAllTiersReplaceTheDefaults) {
  const Config config = parse_config("[thresholds]\ncpu = 0.8\nqueued = 1\n", "t.toml");
  EXPECT_EQ(config.thresholds.all.cpu, 0.8);
  EXPECT_EQ(config.thresholds.all.queued, 1.0) << "a whole number is a number, too";
  EXPECT_EQ(config.thresholds.all.fds, Thresholds{}.fds);
  EXPECT_TRUE(config.thresholds.tiers.empty());
}

TEST(Thresholds, OfOneTierAreLaidOverThoseOfAllWhereverTheseStand) {
  const Config config = parse_config(R"(
[[tier]]
preset = "nginx"
thresholds = {cpu = 0.7}
[[tier]]
preset = "redis"
[thresholds]
cpu = 0.8
fds = 0.9
)",
                                     "t.toml");
  EXPECT_EQ(config.thresholds.of("nginx").cpu, 0.7);
  EXPECT_EQ(config.thresholds.of("nginx").fds, 0.9);
  EXPECT_EQ(config.thresholds.of("redis").cpu, 0.8);
}

TEST(Thresholds, EveryOneHasAKeyAndItsDefaultIsInRange) {
  Thresholds reached;
  for (const ThresholdKey& key : kThresholdKeys) {
    EXPECT_EQ(threshold_problem(key, reached.*key.field, false), std::nullopt) << key.name;
    reached.*key.field = -1;
  }
  const auto* values = reinterpret_cast<const double*>(&reached);
  static_assert(sizeof(Thresholds) % sizeof(double) == 0);
  for (std::size_t i = 0; i < sizeof(Thresholds) / sizeof(double); ++i)
    EXPECT_EQ(values[i], -1) << "threshold number " << i << " has no key";
}

TEST(Thresholds, WhatIsAdvisedInPlaceOfAPercentageIsInRange) {
  const auto cpu = std::ranges::find(kThresholdKeys, "cpu", &ThresholdKey::name);
  ASSERT_NE(cpu, std::end(kThresholdKeys));
  EXPECT_EQ(threshold_problem(*cpu, 5, false), "5 is out of range; it may be 0.2 to 1");
  EXPECT_EQ(threshold_problem(*cpu, 90, false),
            "90 is out of range; it may be 0.2 to 1: write 0.9 for 90 %");
}

TEST(Thresholds, NoneMayBeAsLowAsTheWidestMarginAtWhichItIsLeft) {
  for (const ThresholdKey& key : kThresholdKeys)
    EXPECT_TRUE(key.least > kWidestLeaveMargin || key.least < 0.05) << key.name;
}

struct Wrong {
  const char* text;
  const char* message;
};

class WrongConfig : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongConfig, IsToldWithPlaceReasonAndHint) {
  EXPECT_THAT(errors_of(GetParam().text), HasSubstr(GetParam().message));
}

/// A number, and the words of the wrong text: what CTest can show and select by.
std::string words_of(const ::testing::TestParamInfo<Wrong>& wrong) {
  std::string words = std::to_string(wrong.index) + '_';
  for (const char c : std::string_view(wrong.param.text))
    if (std::isalnum(static_cast<unsigned char>(c)))
      words += c;
    else if (words.back() != '_')
      words += '_';
  while (words.ends_with('_')) words.pop_back();
  return words;
}

INSTANTIATE_TEST_SUITE_P(
    Keys, WrongConfig,
    ::testing::Values(
        Wrong{"[sampling]\nintervall = \"1s\"",
              R"(t.toml:2:1: unknown key "intervall" in [sampling]; did you mean "interval"?)"},
        Wrong{
            "[sampling]\nzzz = 1",
            R"(2:1: unknown key "zzz" in [sampling]; there are interval late_intervals kept_descriptors source)"},
        Wrong{"[smapling]", R"(unknown key "smapling"; did you mean "sampling"?)"},
        Wrong{"[[tiers]]\npreset = \"nginx\"", R"(unknown key "tiers"; did you mean "tier"?)"},
        Wrong{"[tier]\npreset = \"nginx\"",
              "t.toml:1:1: tier: expected a list of tiers; write [[tier]]"},
        Wrong{"[web]\nlisten = [\"127.0.0.1\"]",
              R"(2:11: listen: "127.0.0.1" cannot be listened on: a port is missing; write)"},
        Wrong{"[web]\nlisten = \":80\"",
              "2:10: listen: expected a list of strings, found a string"},
        Wrong{"[web]\nlisten = [80]", "listen: expected a string, found a whole number"},
        Wrong{"[web]\nsocket_mode = \"0777\"",
              R"(2:15: socket_mode: "0777" is not a valid socket mode)"},
        Wrong{"[web]\nsocket_mode = \"0066\"", "is not a valid socket mode"},
        Wrong{"[web]\nsocket_mode = \"rw\"", "is not a valid socket mode"},
        Wrong{"[web]\ntls_min_version = \"TLS11\"", "is broken and never spoken; write TLS12"},
        Wrong{"[web]\nclient_auth_type = \"Any\"", "is not a valid client_auth_type; write"},
        Wrong{"[web]\nclient_ca_file = \"x\"", "client_ca_file without cert_file"},
        Wrong{"[web]\nheaders = {Server = \"x\"}", "\"Server\" cannot be set; there are"},
        Wrong{"[web]\nsocket_mode = 660", "socket_mode: expected octal digits"},
        Wrong{"sampling = 1", "1:12: sampling: expected a table, found a whole number"},
        Wrong{"[sampling\n", "t.toml:1:"}),
    words_of);

INSTANTIATE_TEST_SUITE_P(
    Values, WrongConfig,
    ::testing::Values(
        Wrong{
            "[sampling]\ninterval = \"1 sec\"",
            R"(t.toml:2:12: interval: "1 sec" is not a valid duration; write a whole number and ms, s, m, h or d)"},
        Wrong{"[sampling]\ninterval = 1",
              "interval: expected a duration such as \"1s\" or \"200ms\", found a whole number"},
        Wrong{"[sampling]\ninterval = \"10ms\"", R"("10ms" is out of range; it may be 50ms to 1h)"},
        Wrong{"[sampling]\nsource = \"ebpf\"",
              R"(source: "ebpf" is not a source; it may be "auto", "proc" or "bpf")"},
        Wrong{"[sampling]\nkept_descriptors = -1",
              "kept_descriptors: -1 is out of range; it may be 0 to 1000000"},
        Wrong{"[history]\npath = \"history.db\"",
              R"(2:8: path: "history.db" is not a valid path; write an absolute path)"},
        Wrong{"[history]\nkeep = \"1s\"", R"(2:8: keep: "1s" is out of range; it may be 1m to)"},
        Wrong{"[history]\nmax_size = \"1KiB\"", "2:12: max_size: too small to hold anything"},
        Wrong{"[memory]\nproportional = \"yes\"",
              "proportional: expected true or false, found a string"},
        Wrong{"[memory]\nproportional_max_size = \"1 GB\"",
              R"("1 GB" is not a valid size; write it like "512MiB")"},
        Wrong{"[log]\nlevel = \"verbose\"",
              "\"verbose\" is not a log level; it may be trace, debug"}),
    words_of);

INSTANTIATE_TEST_SUITE_P(
    Thresholds, WrongConfig,
    ::testing::Values(
        Wrong{"[thresholds]\ncpu = 80",
              "t.toml:2:7: cpu: 80 is out of range; it may be 0.2 to 1: write 0.8 for 80 %"},
        Wrong{"[thresholds]\nqueued = 0.1", "queued: 0.1 is out of range; it may be 0.2 to 1"},
        Wrong{"[thresholds]\nfds = nan", "fds: nan is out of range; it may be 0.2 to 1"},
        Wrong{"[thresholds]\nleave_margin = 0.3", "0.3 is out of range; it may be 0 to 0.15"},
        Wrong{"[thresholds]\ncpu = \"0.8\"", "cpu: expected a number such as 0.9, found a string"},
        Wrong{"[thresholds]\nworker = 0.8",
              R"(2:1: unknown key "worker" in [thresholds]; did you mean "workers"?)"},
        Wrong{"[[tier]]\npreset = \"nginx\"\nthresholds = {cpus = 0.8}",
              R"(unknown key "cpus" in [thresholds]; did you mean "cpu"?)"},
        Wrong{"[[tier]]\npreset = \"nginx\"\nthresholds = {host_memory = 0.8}",
              "3:29: host_memory: is about the whole machine, not one tier; write it under"},
        Wrong{"[[tier]]\npreset = \"nginx\"\nthresholds = 0.8",
              "thresholds: expected a table, found a number with a point"}),
    words_of);

INSTANTIATE_TEST_SUITE_P(
    Tiers, WrongConfig,
    ::testing::Values(
        Wrong{"[[tier]]\npreset = \"ngnix\"",
              R"(t.toml:2:10: unknown preset "ngnix"; did you mean "nginx"?)"},
        Wrong{"[[tier]]\npreset = \"iis\"", R"(unknown preset "iis"; there are nginx apache)"},
        Wrong{"[[tier]]\nname = \"x\"", "t.toml:1:1: this tier has no rules"},
        Wrong{"[[tier]]\nmatch = [{comm = \"x\"}]", "1:1: this tier has no name"},
        Wrong{"[[tier]]\nname = \"My App\"\nmatch = [{comm = \"x\"}]",
              "2:8: name \"My App\" of a tier cannot be used: only a to z"},
        Wrong{"[[tier]]\nname = \"other\"\nmatch = [{comm = \"x\"}]",
              "\"other\" is used by tierwatch itself"},
        Wrong{"[[tier]]\npreset = \"nginx\"\n[[tier]]\npreset = \"nginx\"",
              "3:1: a second tier \"nginx\" (the first is on line 1)"},
        Wrong{"[[tier]]\nname = \"x\"\nmatch = [{}]", "match: an empty rule; say something in it"},
        Wrong{"[[tier]]\nname = \"x\"\nmatch = [{com = \"x\"}]",
              R"(3:11: unknown key "com" in [tier.match]; did you mean "comm"?)"},
        Wrong{"[[tier]]\nname = \"x\"\nmatch = [{cmdline = \"a(\"}]",
              "cmdline: 'a(' is not a valid regular expression: missing )"},
        Wrong{"[[tier]]\nname = \"x\"\nmatch = [{comm = \"a[b\"}]",
              "comm: glob \"a[b\" cannot be used: '[' has no closing ']'"},
        Wrong{"[[tier]]\nname = \"x\"\nmatch = [{comm = \"prometheus-node-exporter\"}]",
              "can never match: the kernel keeps 15 bytes of a name; write \"prometheus-node\""},
        Wrong{"[[tier]]\nname = \"x\"\nmatch = {comm = \"x\"}",
              "match: expected a list such as [{comm = \"nginx\"}], found a table"},
        Wrong{"[[tier]]\npreset = \"nginx\"\nlisten = [\"80\"]",
              "listener \"80\" cannot be used: it must begin with tcp: or unix:"},
        Wrong{"[[tier]]\npreset = \"nginx\"\nroles = [{title = \"x\"}]", "this role has no name"},
        Wrong{"[[tier]]\npreset = \"nginx\"\nroles = [{name = \"a\"}, {name = \"a\"}]",
              "a second role \"a\" in one tier"},
        Wrong{"[[tier]]\npreset = \"nginx\"\nroles = [{name = \"a\", kind = \"fast\"}]",
              "kind: \"fast\" is not a kind; it may be support, sync-worker"}),
    words_of);

TEST(ParseConfig, TellsAllProblemsAtOnceInTheOrderOfTheFile) {
  const std::string errors = errors_of(
      "[sampling]\ninterval = 1\n[log]\nlevel = 3\n[[tier]]\npreset = \"x\"\n[web]\nlisten = 1\n");
  EXPECT_EQ(std::count(errors.begin(), errors.end(), '\n'), 3);
  EXPECT_LT(errors.find("t.toml:2:"), errors.find("t.toml:4:"));
  EXPECT_LT(errors.find("t.toml:4:"), errors.find("t.toml:6:"));
  EXPECT_LT(errors.find("t.toml:6:"), errors.find("t.toml:8:"));
}

TEST(LoadConfig, AFileThatCannotBeReadIsAConfigError) {
  const auto error_of = [](const char* path) -> std::string {
    try {
      load_config(path);
    } catch (const ConfigError& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_EQ(error_of("/nonexistent.toml"),
            "/nonexistent.toml: cannot be read: No such file or directory");
  EXPECT_EQ(error_of("/tmp"), "/tmp: cannot be read: Is a directory");
}

}  // namespace
}  // namespace tierwatch
