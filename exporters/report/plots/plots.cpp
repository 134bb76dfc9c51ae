// SPDX-License-Identifier: MIT
#include "exporters/report/plots/plots.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "analysis/judge/capacity.h"
#include "collectors/seconds.h"
#include "exporters/report/plots/step_plots.h"

namespace tierwatch {
namespace {

using Value = std::optional<double>;
using WallTime = std::chrono::system_clock::time_point;

constexpr double kPause = 3;  ///< intervals between two samples that are a pause

bool has_values(const PlotLine& line) {
  return std::ranges::any_of(line.values, [](const Value& value) { return value.has_value(); });
}

/// Adds the plot when it shows anything.
void add(std::vector<Plot>& plots, Plot plot) {
  std::erase_if(plot.lines, [](const PlotLine& line) { return !has_values(line); });
  if (!plot.lines.empty()) plots.push_back(std::move(plot));
}

// ---- what the generator saw

using PointValue = std::function<Value(const LoadPoint&)>;

Plot load_plot(const RunData& run, const RunFindings& findings, Plot plot,
               const std::vector<std::pair<std::string, PointValue>>& lines) {
  const double start = seconds_of(*run.load->start + findings.clock.offset - findings.label.begin);
  plot.x = "seconds";
  for (const auto& [name, of] : lines) plot.lines.push_back({.name = name});
  for (const LoadPoint& point : run.load->points) {
    const std::chrono::duration<double> begin = point.begin, length = point.length;
    // A run of which only its mean is known is a level line.
    const std::vector<double> places =
        run.load->points_are_runs ? std::vector{0.01, 0.99} : std::vector{0.5};
    for (const double place : places) {
      plot.xs.push_back(start + begin.count() + place * length.count());
      for (std::size_t i = 0; i < lines.size(); ++i)
        plot.lines[i].values.push_back(lines[i].second(point));
    }
  }
  return plot;
}

Value per_second(double count, const LoadPoint& point) {
  const double seconds = seconds_of(point.length);
  return seconds > 0 ? Value(count / seconds) : std::nullopt;
}

void add_load_plots(const RunData& run, const RunFindings& findings, std::vector<Plot>& plots) {
  if (!run.load || !run.load->start || !findings.clock.usable()) return;
  std::vector<std::pair<std::string, PointValue>> counts{
      {"requests", [](const LoadPoint& p) { return per_second(p.requests, p); }}};
  if (run.load->errors_known)
    counts.emplace_back("errors", [](const LoadPoint& p) { return per_second(p.errors, p); });
  add(plots, load_plot(run, findings, {.name = "throughput", .title = "Throughput", .unit = "/s"},
                       counts));
  add(plots, load_plot(run, findings, {.name = "users", .title = "Users", .unit = ""},
                       {{"users", [](const LoadPoint& p) { return p.users; }}}));
  add(plots, load_plot(run, findings, {.name = "latency", .title = "Latency", .unit = "s"},
                       {{"mean", [](const LoadPoint& p) { return p.mean_seconds; }},
                        {"p50", [](const LoadPoint& p) { return p.p50_seconds; }},
                        {"p95", [](const LoadPoint& p) { return p.p95_seconds; }},
                        {"p99", [](const LoadPoint& p) { return p.p99_seconds; }}}));
}

// ---- what the tiers did

/// Samples on the run's axis; null: a pause.
struct SampleAxis {
  std::vector<double> seconds;
  std::vector<const RunSample*> samples;
};

SampleAxis sample_axis(const RunData& run, const RunFindings& findings) {
  SampleAxis axis;
  const double interval = findings.sample_seconds;
  for (const RunSample& sample : run.samples) {
    const double at =
        seconds_of(sample.at - findings.label.begin) - std::max(0.0, sample.facts.seconds) / 2;
    // The clock was set back: what comes now lies on what was.
    if (!axis.seconds.empty() && at <= axis.seconds.back()) continue;
    if (!axis.seconds.empty() && interval > 0 && at - axis.seconds.back() > kPause * interval) {
      axis.seconds.push_back(axis.seconds.back() + interval);
      axis.samples.push_back(nullptr);
    }
    axis.seconds.push_back(at);
    axis.samples.push_back(&sample);
  }
  return axis;
}

std::vector<std::string> tier_names(const RunData& run) {
  std::set<std::string> seen;
  std::vector<std::string> names;
  for (const RunSample& sample : run.samples)
    for (const TierFacts& tier : sample.facts.tiers)
      if (tier.processes > 0 && seen.insert(tier.name).second) names.push_back(tier.name);
  std::ranges::sort(names);
  return names;
}

using TierValue = std::function<Value(const TierFacts&, const HostFacts&)>;

Plot tier_plot(const SampleAxis& axis, const std::vector<std::string>& tiers, Plot plot,
               const TierValue& of) {
  plot.x = "seconds";
  plot.xs = axis.seconds;
  for (const std::string& name : tiers) {
    PlotLine line{.name = name};
    line.values.reserve(axis.samples.size());
    for (const RunSample* sample : axis.samples) {
      const TierFacts* tier = sample ? tier_named(sample->facts, name) : nullptr;
      line.values.push_back(tier ? of(*tier, sample->facts.host) : std::nullopt);
    }
    plot.lines.push_back(std::move(line));
  }
  return plot;
}

Value utilization(const TierFacts& tier, const HostFacts& host) {
  Value most;
  for (const CapacityBound& bound : capacity_bounds(tier, host))
    if (const auto ratio = bound.ratio(); ratio && *ratio > most.value_or(-1)) most = ratio;
  return most;
}

Value longest_queue(const TierFacts& tier) {
  if (!tier.listeners || tier.listeners->empty()) return std::nullopt;
  double longest = 0;
  for (const ListenerFacts& listener : *tier.listeners)
    longest = std::max(longest, listener.queue_peak);
  return longest;
}

Value open_fds(const TierFacts& tier) {
  return tier.worst_fds ? Value(tier.worst_fds->open) : std::nullopt;
}

/// The least limit of its kind in the run, for each tier.
std::vector<PlotLimit> fd_limits(const RunData& run) {
  std::map<std::string, double> least;
  for (const RunSample& sample : run.samples)
    for (const TierFacts& tier : sample.facts.tiers)
      if (tier.worst_fds) {
        const auto [known, first] = least.emplace(tier.name, tier.worst_fds->limit);
        if (!first) known->second = std::min(known->second, tier.worst_fds->limit);
      }
  std::vector<PlotLimit> limits;
  for (const auto& [tier, limit] : least) limits.push_back({tier + " limit", limit});
  return limits;
}

/// Everybody else's CPU time, so that the stack reaches what the host was busy with.
PlotLine other_cpu(const SampleAxis& axis, const Plot& cpu) {
  PlotLine line{.name = std::string(kOtherTier)};
  for (std::size_t i = 0; i < axis.samples.size(); ++i) {
    Value rest = axis.samples[i] ? axis.samples[i]->facts.host.busy_cores : std::nullopt;
    if (rest)
      for (const PlotLine& tier : cpu.lines) *rest -= tier.values[i].value_or(0);
    line.values.push_back(rest ? Value(std::max(0.0, *rest)) : std::nullopt);
  }
  return line;
}

void add_cpu_plots(const SampleAxis& axis, const std::vector<std::string>& tiers,
                   const RunFindings& findings, std::vector<Plot>& plots) {
  Plot cpu = tier_plot(
      axis, tiers, {.name = "cpu", .title = "CPU of each tier", .unit = "cores", .stacked = true},
      [](const TierFacts& tier, const HostFacts&) { return tier.cpu_cores; });
  cpu.lines.push_back(other_cpu(axis, cpu));
  if (findings.host.processors > 0)
    cpu.limits.push_back({"cores of the host", findings.host.processors});
  add(plots, std::move(cpu));
  Plot full = tier_plot(
      axis, tiers,
      {.name = "utilization", .title = "CPU of each tier, of what it can use", .unit = "ratio"},
      utilization);
  full.limits.push_back({"full", 1});
  add(plots, std::move(full));
}

void add_tier_plots(const RunData& run, const RunFindings& findings, std::vector<Plot>& plots) {
  const SampleAxis axis = sample_axis(run, findings);
  const std::vector<std::string> tiers = tier_names(run);
  add_cpu_plots(axis, tiers, findings, plots);
  const auto tier = [&](Plot plot, const TierValue& of) {
    add(plots, tier_plot(axis, tiers, std::move(plot), of));
  };
  tier({.name = "workers", .title = "Busy workers", .unit = ""},
       [](const TierFacts& t, const HostFacts&) { return t.busy_workers; });
  tier({.name = "queues", .title = "Longest accept queue", .unit = ""},
       [](const TierFacts& t, const HostFacts&) { return longest_queue(t); });
  tier({.name = "waiting", .title = "Waiting for a processor", .unit = "cores"},
       [](const TierFacts& t, const HostFacts&) { return t.run_delay_cores; });
  tier({.name = "memory", .title = "Memory of each tier", .unit = "bytes", .stacked = true},
       [](const TierFacts& t, const HostFacts&) { return t.own_memory_bytes; });
  tier({.name = "fds",
        .title = "Open files, of the process nearest to its limit",
        .unit = "",
        .limits = fd_limits(run)},
       [](const TierFacts& t, const HostFacts&) { return open_fds(t); });
}

}  // namespace

std::vector<Plot> plots_of(const RunData& run, const RunFindings& findings) {
  std::vector<Plot> plots;
  add_load_plots(run, findings, plots);
  add_tier_plots(run, findings, plots);
  add(plots, throughput_by_users(findings));
  add(plots, demand_lines(findings));
  return plots;
}

Plot thinned(const Plot& plot, std::size_t most) {
  if (!plot.over_time() || most == 0 || plot.xs.size() <= most) return plot;
  const std::size_t bucket = (plot.xs.size() + most - 1) / most;
  Plot thin = plot;
  thin.xs.clear();
  for (PlotLine& line : thin.lines) line.values.clear();
  for (std::size_t begin = 0; begin < plot.xs.size(); begin += bucket) {
    const std::size_t end = std::min(begin + bucket, plot.xs.size());
    thin.xs.push_back((plot.xs[begin] + plot.xs[end - 1]) / 2);
    for (std::size_t i = 0; i < plot.lines.size(); ++i) {
      double sum = 0, count = 0;
      for (std::size_t row = begin; row < end; ++row)
        if (const Value& value = plot.lines[i].values[row]) sum += *value, ++count;
      thin.lines[i].values.push_back(count > 0 ? Value(sum / count) : std::nullopt);
    }
  }
  return thin;
}

const Plot* plot_named(std::span<const Plot> plots, std::string_view name) {
  const auto found = std::ranges::find(plots, name, &Plot::name);
  return found == plots.end() ? nullptr : &*found;
}

}  // namespace tierwatch
