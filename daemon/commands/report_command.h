// SPDX-License-Identifier: MIT
//
// `tierwatch report`: what limited a run, at what load, and what next, in six formats; and for CI:
// an exit status that says whether its thresholds were kept.
#pragma once

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "analysis/compare/run_condition.h"
#include "analysis/runs/what_if.h"
#include "exporters/report/formats/report_text.h"

namespace tierwatch {

/// A report on the hosts that a Prometheus scrapes.
struct PrometheusSource {
  std::string url;       ///< what stands before /api/v1
  std::string instance;  ///< pattern of the label; empty: all hosts
  std::string ca_file;
  bool insecure = false;                                   ///< any certificate will do
  std::optional<std::filesystem::path> bearer_token_file;  ///< instead of a user and password
};

struct ReportOptions {
  std::vector<std::filesystem::path> runs;  ///< files of runs; none: the history
  std::vector<std::string> loads;           ///< "FORMAT:FILE"; of several runs one each
  std::optional<std::chrono::system_clock::time_point> from, to;
  std::optional<std::chrono::nanoseconds> clock_offset;
  std::optional<std::filesystem::path> history;  ///< absent: where the daemon keeps it
  std::optional<std::filesystem::path> html;     ///< written besides, for one run
  std::optional<std::filesystem::path> output;   ///< of `format`; of csv a directory
  std::string format = "text";                   ///< "text", "md", "comment", "json", "csv"
  std::vector<WhatIf> what_if;
  std::vector<RunCondition> fail_if;
  std::optional<PrometheusSource>
      prometheus;  ///< instead of a recording; `from` and `to` are given
  std::optional<std::filesystem::path> junit;  ///< where the answers to `fail_if` go as well
};

/// Exit statuses of a report with thresholds: one was exceeded; none was, but one cannot be judged.
inline constexpr int kThresholdExceeded = 3;
inline constexpr int kThresholdUnknown = 4;

/// Returns 0, kThresholdExceeded or kThresholdUnknown; of several runs the worst. Throws
/// RecordingError, ImportError and std::runtime_error.
int run_report(const ReportOptions& options, std::ostream& out, std::ostream& errors);

/// The text report of a run's file, as `record` ends with. Throws like run_report().
void print_run_report(const std::filesystem::path& run_file, std::ostream& out,
                      const TextOptions& options);

/// Width, colour (NO_COLOR, no-color.org) and characters of the terminal behind a descriptor; plain
/// text of 80 columns for anything else.
TextOptions text_options_of(int fd);

}  // namespace tierwatch
