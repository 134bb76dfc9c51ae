// SPDX-License-Identifier: MIT
//
// config/tierwatch.toml shows every key with its default: uncommented, it must say what the program
// does without it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <regex>
#include <sstream>

#include "config/config.h"
#include "config/config_keys.h"
#include "config/threshold_keys.h"
#include "tests/support/source_tree.h"

namespace tierwatch {
namespace {

std::string shipped() {
  std::ifstream file(source_path("config/tierwatch.toml"));
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Lines that begin with '#' and no space after it are commented-out TOML.
std::string uncommented(const std::string& text) {
  std::istringstream lines(text);
  std::string out;
  for (std::string line; std::getline(lines, line);) {
    static const std::regex kCode(R"(#(\w+ = .*|\[\[.*|  \{.*|\]))");
    out += (std::regex_match(line, kCode) ? line.substr(1) : line) + "\n";
  }
  return out;
}

std::string settings_part() {
  const std::string text = shipped();
  return text.substr(0, text.find("# Tiers"));
}

/// What holds where nobody says anything (OtlpPushOptions).
constexpr std::chrono::milliseconds kPushEvery = std::chrono::seconds(15);
constexpr std::chrono::milliseconds kPushTimeout = std::chrono::seconds(10);

void expect_defaults(const Config& config) {
  const Config defaults = default_config();
  EXPECT_EQ(config.sampling.interval, defaults.sampling.interval);
  EXPECT_EQ(config.sampling.late_intervals, defaults.sampling.late_intervals);
  EXPECT_EQ(config.sampling.kept_descriptors, defaults.sampling.kept_descriptors);
  EXPECT_EQ(config.sampling.source, defaults.sampling.source);
  EXPECT_EQ(config.memory.proportional, defaults.memory.proportional);
  EXPECT_EQ(config.memory.proportional_interval, defaults.memory.proportional_interval);
  EXPECT_EQ(config.memory.proportional_max_bytes, defaults.memory.proportional_max_bytes);
  EXPECT_EQ(config.memory.proportional_budget, defaults.memory.proportional_budget);
  EXPECT_EQ(config.web.listen_addresses, defaults.web.listen_addresses);
  EXPECT_EQ(config.web.socket_mode, defaults.web.socket_mode);
  EXPECT_EQ(config.web.socket_group, defaults.web.socket_group);
  EXPECT_EQ(config.web.cert_file.path, defaults.web.cert_file.path);
  EXPECT_EQ(config.web.key_file.path, defaults.web.key_file.path);
  EXPECT_EQ(config.web.client_ca_file.path, defaults.web.client_ca_file.path);
  EXPECT_EQ(config.web.client_auth, defaults.web.client_auth);
  EXPECT_EQ(config.web.tls, defaults.web.tls);
  EXPECT_EQ(config.web.headers, defaults.web.headers);
  EXPECT_EQ(config.web.users.size(), defaults.web.users.size());
  EXPECT_EQ(config.history.path, defaults.history.path);
  EXPECT_EQ(config.history.keep, defaults.history.keep);
  EXPECT_EQ(config.history.max_bytes, defaults.history.max_bytes);
  EXPECT_EQ(config.metrics.host, defaults.metrics.host);
  EXPECT_EQ(config.metrics.detail, defaults.metrics.detail);
  EXPECT_EQ(config.metrics.old_names, defaults.metrics.old_names);
  EXPECT_EQ(config.otlp.endpoint, "");
  EXPECT_EQ(config.otlp.metrics_endpoint, "");
  EXPECT_TRUE(config.otlp.headers.empty());
  EXPECT_EQ(config.otlp.interval.value_or(kPushEvery), kPushEvery);
  EXPECT_EQ(config.otlp.timeout.value_or(kPushTimeout), kPushTimeout);
  EXPECT_TRUE(config.otlp.gzip.value_or(true));
  EXPECT_EQ(config.otlp.ca_file.path, "");
  EXPECT_EQ(config.log.level, defaults.log.level);
  for (const ThresholdKey& key : kThresholdKeys)
    EXPECT_EQ(config.thresholds.all.*key.field, defaults.thresholds.all.*key.field) << key.name;
  ASSERT_EQ(config.rules.tiers.size(), defaults.rules.tiers.size());
  for (std::size_t i = 0; i < config.rules.tiers.size(); ++i) {
    EXPECT_EQ(config.rules.tiers[i].name, defaults.rules.tiers[i].name);
    EXPECT_TRUE(config.rules.tiers[i].implicit);
  }
}

TEST(ShippedConfig, ChangesNothing) {
  const Config config = parse_config(shipped(), "tierwatch.toml");
  expect_defaults(config);
  EXPECT_TRUE(config.web.listen_addresses_are_default);
}

TEST(ShippedConfig, ShowsTheDefaults) {
  expect_defaults(parse_config(uncommented(settings_part()), "tierwatch.toml"));
}

TEST(ShippedConfig, TierExamplesAreValid) {
  const Config config = parse_config(uncommented(shipped()), "tierwatch.toml");
  ASSERT_EQ(config.rules.tiers.size(), 3u);
  EXPECT_EQ(config.rules.tiers[1].name, "shop");
  EXPECT_EQ(config.rules.tiers[1].preset, "uwsgi");
  EXPECT_EQ(config.thresholds.of("queue").queued, 0.3);
  EXPECT_EQ(config.rules.tiers[2].roles.size(), 4u) << "three and the one that always holds";
}

TEST(ShippedConfig, ShowsEveryKey) {
  const std::string text = uncommented(shipped());
  for (const std::string& key : known_keys()) {
    const std::string name = key.substr(key.rfind('.') + 1);
    const bool inline_key = key.rfind("tier.match.", 0) == 0 || key.rfind("tier.roles.", 0) == 0;
    const std::regex line((inline_key ? "[{ ]" : "\n") + name + " = ");
    EXPECT_TRUE(std::regex_search(text, line)) << key;
  }
}

TEST(ShippedConfig, TheDocumentationShowsTheSameThresholds) {
  std::ifstream file(source_path("docs/how-it-judges.md"));
  std::ostringstream text;
  text << file.rdbuf();
  for (const ThresholdKey& key : kThresholdKeys) {
    char number[16];
    std::snprintf(number, sizeof number, "%.2f", Thresholds{}.*key.field);
    const std::string row = "\n| `" + std::string(key.name) + "` | " + number + " | ";
    EXPECT_NE(text.str().find(row), std::string::npos) << row;
  }
}

TEST(ShippedConfig, ExplainsEverySettingOnTheLineBefore) {
  std::istringstream lines(settings_part());
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    const bool setting = line.size() > 1 && line[0] == '#' && line[1] != ' ';
    EXPECT_TRUE(!setting || before.starts_with("# ")) << line;
  }
}

}  // namespace
}  // namespace tierwatch
