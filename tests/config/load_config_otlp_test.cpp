// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/config.h"
#include "config/values.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

std::string problems_of(const std::string& text) {
  try {
    parse_config(text, "t.toml");
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(OtlpKeys, AreReadAsTheyStandThere) {
  const Config config = parse_config(R"(
[metrics]
host = false
detail = true
old_names = true
[otlp]
endpoint = "http://prometheus:9090/api/v1/otlp"
headers = {Authorization = "Bearer x"}
interval = "1m"
timeout = "3s"
compression = "none"
ca_file = "ca.pem"
)",
                                     "/etc/t/t.toml");
  EXPECT_FALSE(config.metrics.host);
  EXPECT_TRUE(config.metrics.detail && config.metrics.old_names);
  EXPECT_EQ(config.otlp.endpoint, "http://prometheus:9090/api/v1/otlp");
  EXPECT_THAT(config.otlp.headers, ElementsAre(Pair("Authorization", "Bearer x")));
  EXPECT_EQ(config.otlp.interval, seconds(60));
  EXPECT_EQ(config.otlp.timeout, seconds(3));
  EXPECT_EQ(config.otlp.gzip, false);
  EXPECT_EQ(config.otlp.ca_file.path, "/etc/t/ca.pem") << "beside the file that names it";
}

TEST(OtlpKeys, WhatCannotBeUsedIsSaidAllAtOnce) {
  EXPECT_THAT(problems_of("[otlp]\nendpoint = \"prometheus:9090\"\nmetrics_endpoint = \"http://\"\n"
                          "interval = \"1s\"\ncompression = \"zstd\"\n"
                          "headers = {\"a b\" = \"c\", Ok = \"x\\ny\"}\n"),
              AllOf(HasSubstr("t.toml:2:12: endpoint: \"prometheus:9090\" is not a URL to push to"),
                    HasSubstr("metrics_endpoint: \"http://\" names no host"),
                    HasSubstr("interval: \"1s\" is out of range; it may be 5s to 1h"),
                    HasSubstr("compression: \"zstd\" is not a compression"),
                    HasSubstr("\"a b\" is not a valid header name"),
                    HasSubstr("\"Ok\" has a control character")));
}

TEST(OtlpKeys, AUrlHasASchemeAndAHostAndNoBlank) {
  for (const char* url : {"", "http://a", "https://[::1]:4318/x?y=z"})
    EXPECT_FALSE(push_url_problem(url)) << url;
  for (const char* url : {"a", "ftp://a", "http://", "http:///x", "http://a b"})
    EXPECT_TRUE(push_url_problem(url)) << url;
}

}  // namespace
}  // namespace tierwatch
