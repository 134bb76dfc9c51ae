// SPDX-License-Identifier: MIT
#include "daemon/commands/trend_command.h"

#include <unistd.h>

#include <algorithm>
#include <map>
#include <ostream>
#include <stdexcept>

#include "analysis/trend/run_trend.h"
#include "collectors/text/printable_text.h"
#include "daemon/commands/report_command.h"
#include "daemon/sources/run_source.h"
#include "exporters/output_file.h"
#include "exporters/recording/recording_database.h"
#include "exporters/report/formats/report_markdown.h"
#include "exporters/report/trend/trend_document.h"

namespace tierwatch {
namespace {

/// The runs of a trend, and the file of each.
struct TrendRuns {
  std::vector<RunFindings> findings;
  std::vector<std::filesystem::path> files;

  /// What is kept of a run: its samples are a thousand times as large.
  void add(const std::filesystem::path& file) {
    const FoundRun found = find_run({.run = file});
    findings.push_back(find_in_run(found.data()));
    files.push_back(file);
  }

  /// A name that several runs have, as the load generator's is, tells none of them.
  void name_apart() {
    std::map<std::string, int> times;
    for (const RunFindings& run : findings) ++times[run.label.name];
    for (std::size_t i = 0; i < findings.size(); ++i) {
      std::string& name = findings[i].label.name;
      if (name.empty() || times[name] > 1) name = files[i].stem().string();
    }
  }
};

/// Files of a directory whose names end in .db, by name.
std::vector<std::filesystem::path> recordings_in(const std::filesystem::path& directory) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".db" && entry.is_regular_file()) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::vector<RunFindings> all_findings(const TrendOptionsOfUser& options, std::ostream& errors) {
  TrendRuns runs;
  for (const std::filesystem::path& path : options.runs) {
    if (!std::filesystem::is_directory(path)) {
      if (is_among(path, runs.files))
        throw std::runtime_error(path.string() + " is given twice: a run counts once");
      runs.add(path);
      continue;
    }
    for (const std::filesystem::path& file : recordings_in(path)) {
      if (is_among(file, runs.files)) continue;
      try {
        runs.add(file);
      } catch (const RecordingError& error) {
        errors << told_line(std::string("left out: ") + error.what());
      }
    }
  }
  runs.name_apart();
  return std::move(runs.findings);
}

std::string in_format(const std::string& format, const RunTrend& trend) {
  if (format == "json") return printable_json(trend_json(trend));
  if (format == "md") return report_markdown(describe(trend));
  return trend_text(trend, text_options_of(STDOUT_FILENO));
}

bool is_worse(const RunTrend& trend) {
  return std::ranges::any_of(trend.series, [](const TrendSeries& series) {
    return std::ranges::any_of(
        series.changes, [](const TrendChange& change) { return change.verdict == Change::kWorse; });
  });
}

}  // namespace

int run_trend(const TrendOptionsOfUser& options, std::ostream& out, std::ostream& errors) {
  if (options.html) refuse_overwriting(std::vector{*options.html}, options.runs);
  const std::vector<RunFindings> runs = all_findings(options, errors);
  if (runs.empty()) throw std::runtime_error("there is no run in what was named");
  const RunTrend trend = find_trend(runs);
  if (options.html) write_output_file(*options.html, trend_html(trend));
  out << in_format(options.format, trend);
  if (options.html) errors << "written: " << printable(options.html->string()) << '\n';
  return options.fail_if_worse && is_worse(trend) ? kTrendWorse : 0;
}

}  // namespace tierwatch
