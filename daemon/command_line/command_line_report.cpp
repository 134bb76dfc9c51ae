// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <charconv>
#include <string_view>

#include "collectors/seconds.h"
#include "daemon/command_line/command_line_parts.h"
#include "daemon/commands/hosts_report.h"

namespace tierwatch {
namespace {

struct ParsedReport {
  ReportOptions options;
  std::string from, to, clock_offset, format;
  std::vector<std::string> what_if, fail_if;
  bool json = false;
  PrometheusSource prometheus;  ///< without a URL where none is asked
};

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
  const auto offset = duration_of(value * scale);
  return negative ? -offset : offset;
}

void add_input(CLI::App& command, ParsedReport& parsed) {
  ReportOptions& report = parsed.options;
  command.add_option("RUN", report.runs, "file that `record` wrote; none: the daemon's history")
      ->type_name("");
  command
      .add_option(
          "-l,--load", report.loads,
          "file of a load generator; several of one run are added up, of several runs each has "
          "one; without RUN, history is searched for the time it tells of; FORMAT: may be left "
          "out")
      ->type_name("FORMAT:FILE")
      ->allow_extra_args(false);
  command.add_option("--from", parsed.from, "start of a window of history")->type_name("TIME");
  command.add_option("--to", parsed.to, "end of a window of history")->type_name("TIME");
  command
      .add_option("--clock-offset", parsed.clock_offset,
                  "what to add to the load generator's clock, such as 7.3s or -3h (default: found)")
      ->type_name("OFFSET");
  command.add_option("--history", report.history, "recording to look in instead of the daemon's")
      ->type_name("FILE");
  command
      .add_option(
          "--what-if", parsed.what_if,
          "predict: cores=4, workers=8, quota=2, uwsgi.workers=8; both: cores=4,workers=8; may "
          "be repeated: each is a question of its own")
      ->type_name("CHANGE")
      ->allow_extra_args(false);
}

void add_prometheus(CLI::App& command, PrometheusSource& source) {
  command
      .add_option(
          "--prometheus", source.url,
          "report on the hosts that this Prometheus (or Thanos, or Mimir) scrapes, from "
          "--from to --to; what stands before /api/v1, such as https://user@prometheus:9090; "
          "the password comes from TIERWATCH_PASSWORD, ~/.netrc or the terminal")
      ->check(prometheus_url_problem)
      ->type_name("URL");
  command
      .add_option("--instance", source.instance,
                  "only hosts whose label `instance` is like that, as a whole: 'app.*|db1:9718'")
      ->type_name("PATTERN");
  command
      .add_option("--bearer-token-file", source.bearer_token_file,
                  "file with a token for --prometheus in its first line")
      ->type_name("FILE");
  command.add_option("--ca,--cacert,--ca-file", source.ca_file, "certificates to trust for https")
      ->type_name("FILE");
  command.add_flag("-k,--insecure", source.insecure, "trust any certificate");
}

void add_output(CLI::App& command, ParsedReport& parsed) {
  ReportOptions& report = parsed.options;
  allow_only(
      *command
           .add_option(
               "--format", parsed.format,
               "text, md, comment (Markdown for below a change), json or csv (default: text)")
           ->type_name("FORMAT"),
      {"text", "md", "comment", "json", "csv"});
  command.add_flag("--json", parsed.json, "the same as --format json");
  command.add_option("--html", report.html, "also write a page with plots, in one file")
      ->type_name("FILE");
  command
      .add_option(
          "-o,--output", report.output,
          "write there instead of standard output; of csv a directory, a file for each plot")
      ->type_name("PATH");
}

void add_thresholds(CLI::App& command, ParsedReport& parsed) {
  command
      .add_option("--fail-if", parsed.fail_if,
                  "exit with 3 when this holds, with 4 when it cannot be judged: 'p95 > 500ms', "
                  "'errors > 1%', 'throughput < 200/s', 'p99 at 40 users > 1s', 'full == uwsgi', "
                  "'confidence < medium', with and, or; may be repeated")
      ->type_name("CONDITION")
      ->allow_extra_args(false);
  command.add_option("--junit", parsed.options.junit, "also write the answers as JUnit XML")
      ->type_name("FILE");
}

/// Throws BadUsage.
void read_thresholds(const ParsedReport& parsed, ReportOptions& report) {
  for (const std::string& text : parsed.fail_if) {
    const auto condition = parse_run_condition(text);
    if (const auto* problem = std::get_if<std::string>(&condition))
      throw BadUsage("--fail-if: " + *problem);
    report.fail_if.push_back(std::get<RunCondition>(condition));
  }
  if (report.junit && report.fail_if.empty())
    throw BadUsage("--junit writes the answers to --fail-if: name a condition");
}

/// What is written of one run only. Throws BadUsage.
void check_several(const ReportOptions& report) {
  if (report.runs.size() < 2) return;
  if (report.html || report.output)
    throw BadUsage(
        "a file holds the report of one run: give one, or leave out --html and --output");
  if (report.format == "csv")
    throw BadUsage("a table in csv holds one run: give one, or --json, which names each");
}

/// Throws BadUsage.
void read_prometheus(const PrometheusSource& source, ReportOptions& report) {
  if (source.url.empty()) {
    if (!source.instance.empty() || source.bearer_token_file || !source.ca_file.empty() ||
        source.insecure)
      throw BadUsage(
          "--instance, --bearer-token-file, --ca and --insecure are for --prometheus URL");
    return;
  }
  if (!report.runs.empty() || report.history)
    throw BadUsage("--prometheus is instead of a run's file or --history: give one of them");
  if (!report.from || !report.to)
    throw BadUsage("--prometheus needs the time that the report is about: --from and --to");
  if (!report.what_if.empty())
    throw BadUsage("--what-if needs the recording of one machine, not --prometheus");
  if (!source.url.starts_with("https://") && (!source.ca_file.empty() || source.insecure))
    throw BadUsage("--ca and --insecure are for --prometheus https://...");
  report.prometheus = source;
}

ReportOptions finished(ParsedReport parsed) {
  ReportOptions& report = parsed.options;
  report.format = format_of(parsed.json, parsed.format);
  report.from = read_moment(parsed.from);
  report.to = read_moment(parsed.to);
  if (report.from && report.to && *report.from >= *report.to)
    throw BadUsage("--from is not before --to");
  if (!parsed.clock_offset.empty()) {
    report.clock_offset = parse_offset(parsed.clock_offset);
    if (!report.clock_offset)
      throw BadUsage("\"" + parsed.clock_offset +
                     "\" is not a valid offset; write it like 7.3s, -3h or 250ms");
  }
  for (const std::string& text : parsed.what_if) {
    const auto question = parse_what_if(text);
    if (const auto* problem = std::get_if<std::string>(&question)) throw BadUsage(*problem);
    report.what_if.push_back(std::get<WhatIf>(question));
  }
  read_thresholds(parsed, report);
  read_prometheus(parsed.prometheus, report);
  if (report.runs.empty() && report.loads.empty() && !report.from && !report.to)
    throw BadUsage("name a run's file, or --load, or --from and --to");
  check_several(report);
  return std::move(report);
}

}  // namespace

Subcommand report_subcommand(CLI::App& app) {
  const auto parsed = std::make_shared<ParsedReport>();
  CLI::App* command =
      add_command(app, "report", "say which tier limited a load run, on what, and what is next");
  add_input(*command, *parsed);
  add_prometheus(*command, parsed->prometheus);
  add_output(*command, *parsed);
  add_thresholds(*command, *parsed);
  return {command, [parsed]() -> CommandLine { return finished(*parsed); }};
}

}  // namespace tierwatch
