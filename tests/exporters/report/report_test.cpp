// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "exporters/report/formats/report_csv.h"
#include "exporters/report/formats/report_html.h"
#include "exporters/report/formats/report_json.h"
#include "exporters/report/formats/report_markdown.h"
#include "exporters/report/formats/report_text.h"
#include "tests/exporters/golden.h"
#include "tests/support/sample_report.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;
using testing::StartsWith;

/// Times of day in the goldens are UTC's.
class Report : public testing::Test {
 protected:
  Report() {
    setenv("TZ", "UTC0", 1);
    tzset();
  }
  SampleReport sample_ = sample_report();
  std::vector<Plot> plots_ = plots_of(sample_.data(), sample_.findings);
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

const std::vector<std::string> kHostile = {"<script>alert(1)</script>",
                                           "</script><img src=x onerror=alert(1)>",
                                           "\"'><svg onload=alert(1)>",
                                           "\x1b[2J\x1b]0;title\x07",
                                           "a|b\n# heading\n- [x](javascript:alert(1))",
                                           "=cmd|'/C calc'!A0",
                                           "\xff\xfe broken",
                                           std::string(10'000, 'N')};

TEST_F(Report, TextIsAsInTheGolden) {
  const std::string text = report_text(sample_.findings, plots_);
  EXPECT_EQ(text, golden("tests/golden/report/report.txt", text));
}

TEST_F(Report, MarkdownIsAsInTheGolden) {
  const std::string text = report_markdown(describe(sample_.findings));
  EXPECT_EQ(text, golden("tests/golden/report/report.md", text));
}

TEST_F(Report, JsonIsAsInTheGolden) {
  // The plots are numbers of the samples: looked at below, and left out here.
  const std::string text = report_json(sample_.findings, {});
  EXPECT_EQ(text, golden("tests/golden/report/report.json", text));
}

TEST_F(Report, CsvIsAsInTheGolden) {
  std::ostringstream out;
  const Plot* by_users = plot_named(plots_, "throughput_by_users");
  ASSERT_NE(by_users, nullptr);
  write_csv(sample_.findings, std::vector{*by_users, *plot_named(plots_, "fds")}, out);
  EXPECT_EQ(out.str(), golden("tests/golden/report/report.csv", out.str()));
}

TEST_F(Report, ComparisonsAreAsInTheGoldens) {
  const RunComparison comparison = sample_comparison();
  const std::string text = report_text(comparison),
                    markdown = report_markdown(describe(comparison));
  EXPECT_EQ(text, golden("tests/golden/report/comparison.txt", text));
  EXPECT_EQ(markdown, golden("tests/golden/report/comparison.md", markdown));
}

TEST_F(Report, EveryFormatBeginsWithTheAnswer) {
  const std::string& sentence = sample_.findings.verdict.sentence;
  EXPECT_THAT(report_text(sample_.findings, plots_), StartsWith("uwsgi cpu limited it at 262/s"));
  EXPECT_EQ(lines_of(report_markdown(describe(sample_.findings)))[2], "**" + sentence + "**");
  const auto json = nlohmann::ordered_json::parse(report_json(sample_.findings, plots_));
  EXPECT_EQ(json["verdict"]["sentence"], sentence);
  const std::string html = report_html(sample_.findings, plots_);
  EXPECT_LT(html.find("<h1 class=\"bad\">uwsgi cpu limited it"), html.find("<table>"));
}

TEST_F(Report, TextFitsItsTerminal) {
  for (const std::size_t width : {60u, 80u, 132u}) {
    for (const std::string& line :
         lines_of(report_text(sample_.findings, plots_, {.width = width}))) {
      // Tables of figures are not cut: below 80 columns they may be wider.
      if (width >= 80) {
        EXPECT_LE(text_width(drawable(line)), int(width)) << line;
      }
    }
  }
}

TEST_F(Report, TextIsColouredOnlyWhenAsked) {
  EXPECT_THAT(report_text(sample_.findings, plots_), Not(HasSubstr("\x1b")));
  const std::string coloured = report_text(sample_.findings, plots_, {.color = true});
  EXPECT_THAT(coloured, StartsWith("\x1b[1;31muwsgi cpu"));
}

TEST_F(Report, AsciiIsAsciiAlone) {
  for (const char c : report_text(sample_.findings, plots_, {.charset = Charset::kAscii}))
    ASSERT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f)) << int(c);
}

TEST_F(Report, PlotsShareTheServersClock) {
  // The generator's clock is 7.3 s behind: its first second is ours after the shift.
  const Plot* throughput = plot_named(plots_, "throughput");
  const Plot* cpu = plot_named(plots_, "cpu");
  ASSERT_NE(throughput, nullptr);
  ASSERT_NE(cpu, nullptr);
  EXPECT_NEAR(throughput->xs.front(), 0.5, 1e-9);
  EXPECT_NEAR(cpu->xs.front(), 0.5, 1e-9);
  EXPECT_THAT(throughput->xs, SizeIs(60));
  EXPECT_THAT(cpu->xs, SizeIs(60));
}

TEST_F(Report, EachLineOfAPlotHasAValueForEachX) {
  for (const Plot& plot : plots_)
    for (const PlotLine& line : plot.lines)
      EXPECT_EQ(line.values.size(), plot.xs.size()) << plot.name << " " << line.name;
}

TEST_F(Report, WithoutAnAlignedClockNothingOfTheLoadIsDrawn) {
  sample_.findings.clock.source = ClockOffset::Source::kRefused;
  const auto plots = plots_of(sample_.data(), sample_.findings);
  EXPECT_EQ(plot_named(plots, "throughput"), nullptr);
  EXPECT_NE(plot_named(plots, "cpu"), nullptr);
}

TEST_F(Report, APauseInTheRecordingIsARowWithoutValues) {
  sample_.samples.erase(sample_.samples.begin() + 10, sample_.samples.begin() + 20);
  const auto plots = plots_of(sample_.data(), sample_.findings);
  const Plot* cpu = plot_named(plots, "cpu");
  ASSERT_NE(cpu, nullptr);
  EXPECT_THAT(cpu->xs, SizeIs(51));
  for (const PlotLine& line : cpu->lines) EXPECT_EQ(line.values[10], std::nullopt);
}

TEST_F(Report, ThinnedPlotsKeepTheirMean) {
  const Plot* cpu = plot_named(plots_, "cpu");
  ASSERT_NE(cpu, nullptr);
  const Plot thin = thinned(*cpu, 20);
  EXPECT_THAT(thin.xs, SizeIs(20));
  const auto mean = [](const PlotLine& line) {
    double sum = 0;
    for (const auto& value : line.values) sum += *value;
    return sum / double(line.values.size());
  };
  EXPECT_NEAR(mean(thin.lines[0]), mean(cpu->lines[0]), 1e-9);
  EXPECT_EQ(thinned(*cpu, 60), *cpu);
}

TEST_F(Report, CsvDirectoryHoldsAFileForEachPlot) {
  const TemporaryFolder folder;
  const auto directory = folder / "csv";
  write_csv_directory(sample_.findings, plots_, directory);
  for (const Plot& plot : plots_) {
    std::ostringstream text;
    text << std::ifstream(directory / (plot.name + ".csv")).rdbuf();
    EXPECT_THAT(lines_of(text.str()), SizeIs(plot.xs.size() + 1)) << plot.name;
  }
  EXPECT_TRUE(std::filesystem::exists(directory / "steps.csv"));
  EXPECT_TRUE(std::filesystem::exists(directory / "events.csv"));
}

TEST_F(Report, NothingFromOutsideIsObeyed) {
  for (const std::string& text : kHostile) {
    SCOPED_TRACE(text.substr(0, 40));
    const SampleReport hostile = hostile_report(text);
    const auto plots = plots_of(hostile.data(), hostile.findings);
    EXPECT_THAT(report_text(hostile.findings, plots), Not(HasSubstr("\x1b")));
    const std::string markdown = report_markdown(describe(hostile.findings));
    EXPECT_THAT(markdown, Not(HasSubstr("\n# heading")));
    EXPECT_THAT(markdown, Not(testing::ContainsRegex("[^\\\\]<(script|img|svg)")));
    const std::string html = report_html(hostile.findings, plots);
    EXPECT_THAT(html, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(html, Not(HasSubstr("<img")));
    EXPECT_THAT(html, Not(HasSubstr("<svg")));
    EXPECT_TRUE(nlohmann::ordered_json::accept(report_json(hostile.findings, plots)));
  }
}

TEST_F(Report, PageEndsEachOfItsScriptsOnce) {
  const SampleReport hostile = hostile_report("</script>");
  const std::string html =
      report_html(hostile.findings, plots_of(hostile.data(), hostile.findings));
  std::size_t ends = 0;
  for (std::size_t at = 0; (at = html.find("</script", at)) != std::string::npos; ++at) ++ends;
  EXPECT_EQ(ends, 3u);
}

TEST_F(Report, PageNamesNoAddressToLoad) {
  const std::string html = report_html(sample_.findings, plots_);
  for (const char* loader : {"sourceMappingURL", "<link", "@import", "url("})
    EXPECT_EQ(html.find(loader), std::string::npos) << loader;
}

TEST_F(Report, LongNamesAreCutForPeopleAndKeptForPrograms) {
  const SampleReport hostile = hostile_report(std::string(10'000, 'N'));
  const auto plots = plots_of(hostile.data(), hostile.findings);
  EXPECT_LT(report_text(hostile.findings, plots).size(), 100'000u);
  const auto json = nlohmann::ordered_json::parse(report_json(hostile.findings, {}));
  EXPECT_EQ(json["verdict"]["tier"].get<std::string>().size(), 10'000u);
}

TEST_F(Report, ARunOfWhichNothingIsKnownIsStillAReport) {
  RunFindings nothing;
  nothing.verdict.sentence = "Not known: nothing was recorded";
  EXPECT_THAT(report_text(nothing, {}), StartsWith("Not known"));
  EXPECT_THAT(report_markdown(describe(nothing)), HasSubstr("**Not known"));
  EXPECT_THAT(report_html(nothing, {}), Not(HasSubstr("<script")));
  EXPECT_TRUE(nlohmann::ordered_json::accept(report_json(nothing, {})));
}

TEST_F(Report, OfARunWithoutAnAnswerNoShareFailed) {
  sample_.findings.totals = LoadTotals{.requests = 0, .errors = 3, .seconds = 2};
  const std::string text = report_text(sample_.findings, {});
  EXPECT_THAT(text, HasSubstr("0 requests in 2 s, 0/s, 3 failed"));
  EXPECT_THAT(text, Not(HasSubstr("3 failed (")));
}

TEST_F(Report, NumbersThatAreNoneBecomeNull) {
  sample_.findings.knee->requests_per_second = 1.0 / 0.0;
  const auto json = nlohmann::ordered_json::parse(report_json(sample_.findings, {}));
  EXPECT_TRUE(json["knee"]["requests_per_second"].is_null());
}

TEST_F(Report, ErrorsThatNobodyToldAreNowhereZero) {
  LoadSeries load = *sample_.data().load;
  load.errors_known = false;
  RunData data = sample_.data();
  data.load = &load;
  const RunFindings findings = find_in_run(data);
  EXPECT_THAT(report_markdown(describe(findings)), HasSubstr("how many failed is not known"));
  const auto json = nlohmann::json::parse(report_json(findings, {}));
  EXPECT_TRUE(json["load"]["totals"].contains("requests"));
  EXPECT_FALSE(json["load"]["totals"].contains("errors"));
  for (const Plot& plot : plots_of(data, findings))
    for (const PlotLine& line : plot.lines) EXPECT_NE(line.name, "errors");
}

}  // namespace
}  // namespace tierwatch
