// SPDX-License-Identifier: MIT
//
// What every plot of a report shows, as numbers: the HTML page draws them, the CSV files hold them,
// the terminal draws the main ones. Load and server on one time axis, ours.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

struct PlotLine {
  enum class Mark : std::uint8_t { kLine, kPoints };
  std::string name;  ///< "p95", "uwsgi"
  Mark mark = Mark::kLine;
  std::vector<std::optional<double>> values;  ///< one for each x
  bool operator==(const PlotLine&) const = default;
};

/// A level that cannot be passed, or could not.
struct PlotLimit {
  std::string name;  ///< "2 cores of the host"
  double value = 0;
  bool operator==(const PlotLimit&) const = default;
};

struct Plot {
  std::string name;   ///< "throughput": of its CSV file, too
  std::string title;  ///< for people
  std::string unit;   ///< of y: "/s", "s", "cores", "ratio", "bytes", ""
  std::string x;      ///< "seconds" since the run's begin; "users", "requests_per_second"
  bool stacked = false;
  std::vector<double> xs;  ///< ascending; of an interval, its middle
  std::vector<PlotLine> lines;
  std::vector<PlotLimit> limits;
  bool over_time() const { return x == "seconds"; }
  bool operator==(const Plot&) const = default;
};

/// All plots for which there is anything, in the order of the page: throughput, users, latency,
/// cpu, utilization, workers, queues, waiting, memory, fds, then throughput_by_users and demand. A
/// pause in the recording is a row without values. Pure; cost: linear in samples × tiers.
std::vector<Plot> plots_of(const RunData& run, const RunFindings& findings);

/// The same with at most `most` points: means of neighbours. Plots of other things than time are
/// left as they are.
Plot thinned(const Plot& plot, std::size_t most);

/// The plot of that name; null when there is none.
const Plot* plot_named(std::span<const Plot> plots, std::string_view name);

}  // namespace tierwatch
