// SPDX-License-Identifier: MIT
#include "daemon/service/otlp_settings.h"

#include <gmock/gmock.h>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

using Variables = std::map<std::string, std::string>;

OtlpSettings settings(const Variables& variables, const OtlpConfig& config = {}) {
  return otlp_settings(config, [&variables](const char* name) -> const char* {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string url(const Variables& variables, const OtlpConfig& config = {}) {
  const OtlpSettings result = settings(variables, config);
  return result.push ? result.push->url : "";
}

TEST(OtlpSettings, NothingIsPushedUnlessSomebodySaysWhereTo) {
  EXPECT_FALSE(settings({}).push);
  EXPECT_FALSE(settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", ""}}).push);
  EXPECT_FALSE(settings({{"OTEL_EXPORTER_OTLP_HEADERS", "a=b"}}).push);
}

TEST(OtlpSettings, AnEndpointIsForAllSignalsThatOfMetricsIsWhole) {
  EXPECT_EQ(url({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a:4318"}}), "http://a:4318/v1/metrics");
  EXPECT_EQ(url({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a/x/"}}), "http://a/x/v1/metrics");
  EXPECT_EQ(url({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"},
                 {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "https://b/push"}}),
            "https://b/push");
}

TEST(OtlpSettings, TheConfigurationGoesBeforeTheEnvironment) {
  const Variables variables{{"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://env"},
                            {"OTEL_EXPORTER_OTLP_HEADERS", "a=1,b=2"},
                            {"OTEL_EXPORTER_OTLP_TIMEOUT", "2000"},
                            {"OTEL_EXPORTER_OTLP_COMPRESSION", "none"}};
  OtlpConfig config{.endpoint = "http://file", .headers = {{"b", "3"}}};
  config.timeout = seconds(7);
  config.gzip = true;
  const auto push = settings(variables, config).push.value();
  EXPECT_EQ(push.url, "http://file/v1/metrics");
  EXPECT_THAT(push.headers, ElementsAre(Pair("a", "1"), Pair("b", "3")));
  EXPECT_EQ(push.timeout, seconds(7));
  EXPECT_TRUE(push.gzip);
}

TEST(OtlpSettings, WhatTheConfigurationLeavesOpenTheEnvironmentSays) {
  const OtlpSettings result = settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"},
                                        {"OTEL_EXPORTER_OTLP_TIMEOUT", "2500"},
                                        {"OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"},
                                        {"OTEL_EXPORTER_OTLP_METRICS_COMPRESSION", "none"},
                                        {"OTEL_EXPORTER_OTLP_CERTIFICATE", "/etc/ca.pem"},
                                        {"OTEL_METRIC_EXPORT_INTERVAL", "30000"},
                                        {"OTEL_RESOURCE_ATTRIBUTES", "env=eu,service.name=x"},
                                        {"OTEL_SERVICE_NAME", "shop"}});
  ASSERT_TRUE(result.push);
  EXPECT_EQ(result.push->timeout, milliseconds(2500));
  EXPECT_FALSE(result.push->gzip);
  EXPECT_EQ(result.push->ca_file, "/etc/ca.pem");
  EXPECT_EQ(result.push->interval, seconds(30));
  EXPECT_THAT(result.push->attributes,
              ElementsAre(Pair("env", "eu"), Pair("service.name", "shop")));
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(OtlpSettings, ItMayBeSwitchedOff) {
  for (const auto& [name, value] :
       Variables{{"OTEL_SDK_DISABLED", "true"}, {"OTEL_METRICS_EXPORTER", "none"}})
    EXPECT_EQ(url({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"}, {name, value}}), "") << name;
}

TEST(OtlpSettings, WhatCannotBeDoneIsSaidAndTheDefaultHolds) {
  const OtlpSettings result = settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"},
                                        {"OTEL_EXPORTER_OTLP_TIMEOUT", "10s"},
                                        {"OTEL_METRIC_EXPORT_INTERVAL", "100"},
                                        {"OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"}});
  EXPECT_EQ(result.push->timeout, seconds(10));
  EXPECT_EQ(result.push->interval, seconds(15));
  ASSERT_THAT(result.warnings, SizeIs(3));
  EXPECT_THAT(result.warnings[0], HasSubstr("OTEL_EXPORTER_OTLP_PROTOCOL=grpc is not spoken"));
  const OtlpSettings bad = settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "a:4318"}});
  EXPECT_FALSE(bad.push);
  EXPECT_THAT(bad.warnings, ElementsAre(HasSubstr("OTEL_EXPORTER_OTLP_ENDPOINT=a:4318")));
}

TEST(OtlpSettings, ListsAreOfKeysAndEscapedValues) {
  EXPECT_THAT(key_value_list("Authorization=Basic%20YTpi, x = a=b ;p=1,nonsense,=v,e="),
              ElementsAre(Pair("Authorization", "Basic YTpi"), Pair("e", ""), Pair("x", "a=b")));
  EXPECT_THAT(key_value_list(""), IsEmpty());
}

TEST(OtlpSettings, AHeaderThatWouldBeTwoIsLeftOut) {
  EXPECT_THAT(settings({{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://a"},
                        {"OTEL_EXPORTER_OTLP_HEADERS", "a=b%0D%0AHost: c,d=e"}})
                  .push->headers,
              ElementsAre(Pair("d", "e")));
}

}  // namespace
}  // namespace tierwatch
