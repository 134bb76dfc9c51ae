// SPDX-License-Identifier: MIT
#include "exporters/report/formats/report_junit.h"

#include <algorithm>
#include <ctime>

#include "collectors/text/format.h"
#include "collectors/text/printable_text.h"
#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

constexpr std::size_t kLongestAttribute = 500;

/// U+FFFE and U+FFFF are no characters of XML (XML 1.0, production 2); of what else is none,
/// one_line() leaves nothing.
std::string xml_text(std::string_view text) {
  std::string escaped = html_escaped(one_line(text, kLongestAttribute));
  for (const std::string_view forbidden : {"\xEF\xBF\xBE", "\xEF\xBF\xBF"})
    for (std::size_t at = 0; (at = escaped.find(forbidden, at)) != escaped.npos;)
      escaped.replace(at, forbidden.size(), "\xEF\xBF\xBD");
  return escaped;
}

std::string xml_attribute(std::string_view name, std::string_view value) {
  return " " + std::string(name) + "=\"" + xml_text(value) + "\"";
}

/// As JUnit's schema has it: UTC without a zone.
std::string iso_time(std::chrono::system_clock::time_point at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts)};
}

std::ptrdiff_t junit_count(const RunFindings& run, ThresholdAnswer::Outcome outcome) {
  return std::ranges::count(run.thresholds, outcome, &ThresholdAnswer::outcome);
}

std::string junit_counts(std::ptrdiff_t tests, std::ptrdiff_t failures, std::ptrdiff_t errors) {
  return formatted(" tests=\"{}\" failures=\"{}\" errors=\"{}\"", tests, failures, errors);
}

std::string suite_name(const RunFindings& run) {
  return run.label.name.empty() ? "load run" : run.label.name;
}

std::string test_case(const RunFindings& run, const ThresholdAnswer& answer) {
  std::string out = "    <testcase" + xml_attribute("name", answer.condition) +
                    xml_attribute("classname", "tierwatch." + suite_name(run)) + ">";
  const std::string said = xml_attribute("message", answer.words);
  switch (answer.outcome) {
    case ThresholdAnswer::Outcome::kPassed:
      return out + "<system-out>" + xml_text(answer.words) + "</system-out></testcase>\n";
    case ThresholdAnswer::Outcome::kExceeded:
      return out + "<failure type=\"exceeded\"" + said + ">" + xml_text(run.verdict.sentence) +
             "</failure></testcase>\n";
    case ThresholdAnswer::Outcome::kUnknown:
      break;
  }
  return out + "<error type=\"not known\"" + said + "/></testcase>\n";
}

std::string suite(const RunFindings& run) {
  std::string out = "  <testsuite" + xml_attribute("name", suite_name(run)) +
                    junit_counts(std::ssize(run.thresholds),
                                 junit_count(run, ThresholdAnswer::Outcome::kExceeded),
                                 junit_count(run, ThresholdAnswer::Outcome::kUnknown)) +
                    " skipped=\"0\"" + formatted(" time=\"{:.3f}\"", run.seconds) +
                    xml_attribute("timestamp", iso_time(run.label.begin)) + ">\n";
  out += "    <properties><property name=\"verdict\"" +
         xml_attribute("value", run.verdict.sentence) + "/></properties>\n";
  for (const ThresholdAnswer& answer : run.thresholds) out += test_case(run, answer);
  return out + "  </testsuite>\n";
}

}  // namespace

std::string thresholds_junit(std::span<const RunFindings> runs) {
  std::ptrdiff_t tests = 0, failures = 0, errors = 0;
  std::string suites;
  for (const RunFindings& run : runs) {
    tests += std::ssize(run.thresholds);
    failures += junit_count(run, ThresholdAnswer::Outcome::kExceeded);
    errors += junit_count(run, ThresholdAnswer::Outcome::kUnknown);
    suites += suite(run);
  }
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"tierwatch\"" +
         junit_counts(tests, failures, errors) + ">\n" + suites + "</testsuites>\n";
}

}  // namespace tierwatch
