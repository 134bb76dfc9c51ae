// SPDX-License-Identifier: MIT
#include "daemon/commands/report_command.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>
#include <stdexcept>

#include "collectors/text/printable_text.h"
#include "daemon/commands/hosts_report.h"
#include "daemon/commands/output_charset.h"
#include "daemon/sources/run_source.h"
#include "exporters/output_file.h"
#include "exporters/report/formats/report_csv.h"
#include "exporters/report/formats/report_html.h"
#include "exporters/report/formats/report_json.h"
#include "exporters/report/formats/report_junit.h"
#include "exporters/report/formats/report_markdown.h"

namespace tierwatch {
namespace {

constexpr std::size_t kWidestText = 120;  ///< longer lines are hard to read

bool is_set(const char* name) {
  const char* value = std::getenv(name);
  return value && *value;
}

std::string in_format(const std::string& format, const RunFindings& findings,
                      std::span<const Plot> plots, const TextOptions& text) {
  if (format == "md") return report_markdown(describe(findings));
  if (format == "comment") return report_comment(findings);
  if (format == "json") return printable_json(report_json(findings, plots));
  if (format == "text") return report_text(findings, plots, text);
  std::ostringstream csv;
  write_csv(findings, plots, csv);
  return csv.str();
}

/// The runs that were asked for, with the load that goes with each: of several runs one file for
/// each, of a single one all.
std::vector<RunRequest> requests_of(const ReportOptions& options) {
  const std::size_t count = std::max<std::size_t>(1, options.runs.size());
  if (count > 1 && options.loads.size() > count)
    throw std::runtime_error(
        "of several runs, one --load for each: " + std::to_string(options.loads.size()) +
        " were given for " + std::to_string(count) + " runs");
  std::vector<RunRequest> requests(count);
  for (std::size_t i = 0; i < count; ++i) {
    if (i < options.runs.size()) requests[i].run = options.runs[i];
    if (count > 1 && i < options.loads.size()) requests[i].loads = {options.loads[i]};
    requests[i].window = {.from = options.from, .to = options.to};
    requests[i].clock_offset = options.clock_offset;
    requests[i].history = options.history ? *options.history : default_history();
    requests[i].history_given = options.history.has_value();
  }
  if (count == 1) requests[0].loads = options.loads;
  return requests;
}

/// `--load` may begin with a format.
void keep_what_is_read(const ReportOptions& options) {
  std::vector<std::filesystem::path> outputs, inputs = options.runs;
  if (options.html) outputs.push_back(*options.html);
  if (options.junit) outputs.push_back(*options.junit);
  if (options.output && options.format != "csv") outputs.push_back(*options.output);
  for (const std::string& load : options.loads) {
    inputs.emplace_back(load);
    inputs.emplace_back(load.substr(load.find(':') + 1));
  }
  inputs.push_back(options.history ? *options.history : default_history());
  refuse_overwriting(outputs, inputs);
}

/// Writes it where it was asked for.
void write_report(const RunData& data, const RunFindings& findings, const ReportOptions& options,
                  std::ostream& out) {
  const std::vector<Plot> plots = plots_of(data, findings);
  if (options.html) write_output_file(*options.html, report_html(findings, plots));
  if (options.output && options.format == "csv")
    write_csv_directory(findings, plots, *options.output);
  else if (options.output)
    write_output_file(*options.output, in_format(options.format, findings, plots, {}));
  else
    out << in_format(options.format, findings, plots, text_options_of(STDOUT_FILENO));
}

void judge_thresholds(const ReportOptions& options, RunFindings& findings) {
  for (const RunCondition& condition : options.fail_if)
    findings.thresholds.push_back(evaluate(condition, findings));
}

RunFindings report_on(const RunRequest& request, const ReportOptions& options, std::ostream& out) {
  const FoundRun found = find_run(request);
  RunData data = found.data();
  data.questions = options.what_if;
  RunFindings findings = find_in_run(data);
  judge_thresholds(options, findings);
  write_report(data, findings, options, out);
  return findings;
}

RunFindings report_on_hosts(const ReportOptions& options, std::ostream& out) {
  const FoundHosts found(options);
  const RunData data = found.data();
  RunFindings findings = find_in_run(data);
  found.finish(findings);
  judge_thresholds(options, findings);
  write_report(data, findings, options, out);
  return findings;
}

int status_of(std::span<const RunFindings> runs) {
  int status = 0;
  for (const RunFindings& run : runs)
    for (const ThresholdAnswer& answer : run.thresholds) {
      if (answer.outcome == ThresholdAnswer::Outcome::kExceeded) return kThresholdExceeded;
      if (answer.outcome == ThresholdAnswer::Outcome::kUnknown) status = kThresholdUnknown;
    }
  return status;
}

}  // namespace

TextOptions text_options_of(int fd) {
  TextOptions options{.charset = output_charset(fd)};
  if (!isatty(fd)) return options;
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
    options.width = std::min<std::size_t>(size.ws_col, kWidestText);
  options.color = !is_set("NO_COLOR");
  return options;
}

int run_report(const ReportOptions& options, std::ostream& out, std::ostream& errors) {
  const std::vector<RunRequest> requests = requests_of(options);
  keep_what_is_read(options);
  std::vector<RunFindings> runs;
  if (options.prometheus) runs.push_back(report_on_hosts(options, out));
  for (std::size_t i = 0; i < requests.size() && !options.prometheus; ++i) {
    if (i > 0 && options.format != "json") out << '\n';
    runs.push_back(report_on(requests[i], options, out));
  }
  if (options.junit) write_output_file(*options.junit, thresholds_junit(runs));
  if (options.html) errors << "written: " << printable(options.html->string()) << '\n';
  return status_of(runs);
}

void print_run_report(const std::filesystem::path& run_file, std::ostream& out,
                      const TextOptions& options) {
  const FoundRun found = find_run({.run = run_file});
  const RunData data = found.data();
  const RunFindings findings = find_in_run(data);
  out << report_text(findings, plots_of(data, findings), options);
}

}  // namespace tierwatch
