// SPDX-License-Identifier: MIT
#include "exporters/prometheus/openmetrics.h"

#include <gmock/gmock.h>

#include <regex>

#include "exporters/prometheus/prometheus_exporter.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

const Metric& row(std::string_view name) {
  for (const Metric& metric : metric_table())
    if (metric.name == name) return metric;
  throw std::out_of_range(std::string(name));
}

std::string text_of(std::string_view name, MetricSample sample,
                    std::optional<double> started = std::nullopt) {
  const Metric& metric = row(name);
  const CollectedFamily family{
      .metric = &metric, .labels = metric.source.labels, .samples = {std::move(sample)}};
  return openmetrics_text({{family}}, started);
}

std::string rich_page() {
  return PrometheusExporter().text(std::make_shared<const Snapshot>(rich_snapshot()), {},
                                   MetricFormat::kOpenMetrics);
}

TEST(OpenMetrics, ACountersFamilyHasNoTotalInItsName) {
  const std::string text = text_of("tierwatch_sampling_cpu_seconds_total", {{}, 1.5});
  EXPECT_THAT(text, HasSubstr("# TYPE tierwatch_sampling_cpu_seconds counter\n"
                              "# UNIT tierwatch_sampling_cpu_seconds seconds\n"
                              "# HELP tierwatch_sampling_cpu_seconds "));
  EXPECT_THAT(text, HasSubstr("\ntierwatch_sampling_cpu_seconds_total 1.5\n"));
}

TEST(OpenMetrics, CountersOfTheDaemonTellWhenTheyBegan) {
  EXPECT_THAT(text_of("tierwatch_samples_total", {{}, 7}, 1700000000.25),
              EndsWith("tierwatch_samples_total 7\ntierwatch_samples_created 1700000000.25\n"));
  EXPECT_THAT(text_of("tierwatch_samples_total", {{}, 7}), Not(HasSubstr("_created")));
}

TEST(OpenMetrics, AGaugeHasNoCreation) {
  EXPECT_THAT(text_of("tierwatch_sampling_interval_seconds", {{}, 1}, 5),
              EndsWith("\ntierwatch_sampling_interval_seconds 1\n"));
}

TEST(OpenMetrics, InfoIsAKindOfItsOwn) {
  const std::string text = text_of("tierwatch_tier_info", {{"shop", "uwsgi"}, 1});
  EXPECT_THAT(text, HasSubstr("# TYPE tierwatch_tier info\n"));
  EXPECT_THAT(text, EndsWith("tierwatch_tier_info{tier=\"shop\",preset=\"uwsgi\"} 1\n"));
}

TEST(OpenMetrics, LabelsAreEscaped) {
  EXPECT_THAT(text_of("tierwatch_tier_info", {{"a\"b\\c\nd", ""}, 1}),
              HasSubstr(R"({tier="a\"b\\c\nd",preset=""})"));
}

TEST(OpenMetrics, NumbersAreWhatTheyWere) {
  for (const auto& [value, text] : {std::pair(0.1, "0.1"),
                                    {1e-9, "1e-09"},
                                    {-3.0, "-3"},
                                    {1700000000.0, "1700000000"},
                                    {1e300, "1e+300"}})
    EXPECT_THAT(text_of("tierwatch_host_load1", {{}, value}),
                EndsWith(" " + std::string(text) + "\n"));
}

TEST(OpenMetrics, APageEndsOnceAndHasNoEmptyLine) {
  const std::string page = rich_page();
  EXPECT_THAT(page, EndsWith("\n# EOF\n"));
  EXPECT_EQ(page.find("# EOF"), page.size() - 6);
  EXPECT_THAT(page, Not(HasSubstr("\n\n")));
  EXPECT_EQ(PrometheusExporter().process_text(nullptr, MetricFormat::kOpenMetrics), "# EOF\n");
}

TEST(OpenMetrics, BothFormatsHaveTheSameSamples) {
  const auto samples = [](const std::string& text) {
    std::set<std::string> all;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);)
      if (!line.starts_with('#') && line.find("_created") == std::string::npos &&
          line.find("_duration_seconds") == std::string::npos && !line.starts_with("process_"))
        all.insert(line.substr(0, line.find(' ')));
    return all;
  };
  const auto classic =
      PrometheusExporter().text(std::make_shared<const Snapshot>(rich_snapshot()), {});
  EXPECT_EQ(samples(rich_page()), samples(classic));
}

TEST(OpenMetrics, ProcessesTellWhenTheirCountersBegan) {
  const std::string page = PrometheusExporter().process_text(
      std::make_shared<const Snapshot>(rich_snapshot()), MetricFormat::kOpenMetrics);
  EXPECT_TRUE(std::regex_search(
      page, std::regex("tierwatch_process_cpu_seconds_created\\{[^}]*mode=\"user\"\\} 169999")))
      << page;
}

}  // namespace
}  // namespace tierwatch
