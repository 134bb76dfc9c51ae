// SPDX-License-Identifier: MIT
#include "daemon/command_line_reports.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "daemon/time_argument.h"

namespace tierwatch {
namespace {

constexpr const char* kMoments =
    "is no time; write it like 14:05, \"2026-11-21 14:05:30\", -20m or @1760000000";

/// "7.3s", "-3h", "+500ms".
std::optional<std::chrono::nanoseconds> parse_offset(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  const double scale = unit == "ms"  ? 0.001
                       : unit == "s" ? 1
                       : unit == "m" ? 60
                       : unit == "h" ? 3600
                                     : 0;
  if (error != std::errc() || scale == 0 || !(value >= 0) || value * scale > 1e6)
    return std::nullopt;
  const auto offset =
      std::chrono::round<std::chrono::nanoseconds>(std::chrono::duration<double>(value * scale));
  return negative ? -offset : offset;
}

using Moment = std::optional<std::chrono::system_clock::time_point>;

std::string read_moment(const std::string& text, Moment& moment) {
  if (text.empty()) return "";
  moment = parse_moment(text, std::chrono::system_clock::now());
  return moment ? "" : "\"" + text + "\" " + kMoments;
}

void add_report_output(CLI::App& command, ReportOptions& report) {
  command.add_option("--format", report.format, "text, md, json or csv (default: text)")
      ->check(CLI::IsMember({"text", "md", "json", "csv"}))
      ->type_name("FORMAT");
  command.add_option("--html", report.html, "also write a page with plots, in one file")
      ->type_name("FILE");
  command
      .add_option(
          "-o,--output", report.output,
          "write there instead of standard output; of csv a directory, a file for each plot")
      ->type_name("PATH");
}

}  // namespace

CLI::App* add_report(CLI::App& app, ParsedReports& parsed) {
  ReportOptions& report = parsed.report;
  CLI::App* command =
      app.add_subcommand("report", "say which tier limited a load run, on what, and what is next");
  command->add_option("RUN", report.runs, "file that `record` wrote; none: the daemon's history")
      ->type_name("");
  command
      ->add_option(
          "-l,--load", report.loads,
          "file of a load generator; several of one run are added up, of several runs each has "
          "one; without RUN, history is searched for the time it tells of; FORMAT: may be left "
          "out")
      ->type_name("FORMAT:FILE")
      ->allow_extra_args(false);
  command->add_option("--from", parsed.from, "begin of a window of history")->type_name("TIME");
  command->add_option("--to", parsed.to, "end of a window of history")->type_name("TIME");
  command
      ->add_option(
          "--clock-offset", parsed.clock_offset,
          "what to add to the load generator's clock, such as 7.3s or -3h (default: found)")
      ->type_name("OFFSET");
  command->add_option("--history", report.history, "recording to look in instead of the daemon's")
      ->type_name("FILE");
  command
      ->add_option("--what-if", parsed.what_if,
                   "predict: cores=4, workers=8, quota=2, uwsgi.workers=8; may be repeated")
      ->type_name("CHANGE")
      ->allow_extra_args(false);
  add_report_output(*command, report);
  command->footer("");
  return command;
}

CLI::App* add_compare(CLI::App& app, ParsedReports& parsed) {
  CLI::App* command =
      app.add_subcommand("compare", "say whether run B is better than run A, at matched load");
  command->add_option("RUN", parsed.runs, "A B, or several of each: A1 A2 A3 -- B1 B2 B3")
      ->required()
      ->type_name("");
  command
      ->add_option("--fail-if", parsed.fail_if,
                   "exit with 3 when this holds: 'ceiling < -5%', 'p95 > +10% or errors > 1%'")
      ->type_name("CONDITION");
  command->add_option("--format", parsed.compare.format, "text, md or json (default: text)")
      ->check(CLI::IsMember({"text", "md", "json"}))
      ->type_name("FORMAT");
  command->footer("");
  return command;
}

std::string finish_report(ParsedReports& parsed) {
  ReportOptions& report = parsed.report;
  for (const std::string& problem :
       {read_moment(parsed.from, report.from), read_moment(parsed.to, report.to)})
    if (!problem.empty()) return problem;
  if (report.from && report.to && *report.from >= *report.to) return "--from is not before --to";
  if (!parsed.clock_offset.empty()) {
    report.clock_offset = parse_offset(parsed.clock_offset);
    if (!report.clock_offset)
      return "\"" + parsed.clock_offset + "\" is no offset; write it like 7.3s, -3h or 250ms";
  }
  for (const std::string& text : parsed.what_if) {
    const auto question = parse_what_if(text);
    if (const auto* problem = std::get_if<std::string>(&question)) return *problem;
    report.what_if.push_back(std::get<WhatIf>(question));
  }
  const bool anything = !report.runs.empty() || !report.loads.empty() || report.from || report.to;
  return anything ? "" : "name a run's file, or --load, or --from and --to";
}

std::string finish_compare(ParsedReports& parsed, std::size_t after_dashes) {
  const std::size_t count = parsed.runs.size();
  if (after_dashes == 0 && count != 2)
    return "two runs, or several of each with -- between them: A1 A2 -- B1 B2";
  const std::size_t of_b = after_dashes == 0 ? 1 : after_dashes;
  if (of_b >= count) return "there is no run before --";
  parsed.compare.a.assign(parsed.runs.begin(), parsed.runs.end() - std::ptrdiff_t(of_b));
  parsed.compare.b.assign(parsed.runs.end() - std::ptrdiff_t(of_b), parsed.runs.end());
  if (parsed.fail_if.empty()) return "";
  const auto condition = parse_fail_if(parsed.fail_if);
  if (const auto* problem = std::get_if<std::string>(&condition)) return *problem;
  parsed.compare.fail_if = std::get<FailIf>(condition);
  return "";
}

std::size_t arguments_after_dashes(int argc, const char* const* argv) {
  for (int i = 1; i < argc; ++i)
    if (std::string_view(argv[i]) == "--") return static_cast<std::size_t>(argc - i - 1);
  return 0;
}

std::vector<const char*> arguments_for_parser(int argc, const char* const* argv) {
  std::vector<const char*> arguments(argv, argv + argc);
  if (argc < 2 || std::string_view(argv[1]) != "compare") return arguments;
  const auto dashes = std::find_if(arguments.begin(), arguments.end(), [](const char* argument) {
    return std::string_view(argument) == "--";
  });
  if (dashes != arguments.end()) arguments.erase(dashes);
  return arguments;
}

}  // namespace tierwatch
