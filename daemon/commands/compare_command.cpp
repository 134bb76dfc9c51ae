// SPDX-License-Identifier: MIT
#include "daemon/commands/compare_command.h"

#include <unistd.h>

#include <ostream>
#include <stdexcept>

#include "collectors/text/printable_text.h"
#include "daemon/commands/report_command.h"
#include "daemon/sources/run_source.h"
#include "exporters/report/formats/report_json.h"
#include "exporters/report/formats/report_markdown.h"

namespace tierwatch {
namespace {

/// How far runs differ is taken from those of one group: the same one twice does not.
std::vector<RunFindings> findings_of(const std::vector<std::filesystem::path>& files) {
  std::vector<RunFindings> all;
  std::vector<std::filesystem::path> known;
  for (const std::filesystem::path& file : files) {
    if (is_among(file, known))
      throw std::runtime_error(file.string() + " is given twice: a run counts once in its group");
    known.push_back(file);
    const FoundRun found = find_run({.run = file});
    RunFindings findings = find_in_run(found.data());
    if (findings.label.name.empty()) findings.label.name = file.stem().string();
    all.push_back(std::move(findings));
  }
  return all;
}

std::string in_format(const std::string& format, const RunComparison& comparison,
                      const FailIfAnswer* answer) {
  if (format == "json") return printable_json(comparison_json(comparison, answer));
  if (format == "md") return report_markdown(describe(comparison));
  return report_text(comparison, text_options_of(STDOUT_FILENO));
}

}  // namespace

int run_compare(const CompareOptions& options, std::ostream& out) {
  const RunComparison comparison = compare_runs(findings_of(options.a), findings_of(options.b));
  std::optional<FailIfAnswer> answer;
  if (options.fail_if) answer = evaluate(*options.fail_if, comparison);
  out << in_format(options.format, comparison, answer ? &*answer : nullptr);
  if (answer && options.format != "json") out << '\n' << printable(answer->words) << '\n';
  return answer && answer->fails ? kComparisonFails : 0;
}

}  // namespace tierwatch
