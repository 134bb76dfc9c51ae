// SPDX-License-Identifier: MIT
#include "exporters/report/plots/step_plots.h"

#include <algorithm>
#include <map>

#include "exporters/report/report_words.h"

namespace tierwatch {
namespace {

using Value = std::optional<double>;

constexpr int kCurvePoints = 40;

/// Values by x, filled in any order; made into lines of equal length at the end.
class Sketch {
 public:
  void put(const std::string& line, PlotLine::Mark mark, double x, double y) {
    if (!marks_.contains(line)) order_.push_back(line);
    marks_.emplace(line, mark);
    rows_[x][line] = y;
  }
  void finish(Plot& plot) const {
    for (const std::string& name : order_)
      plot.lines.push_back({.name = name, .mark = marks_.at(name)});
    for (const auto& [x, values] : rows_) {
      plot.xs.push_back(x);
      for (PlotLine& line : plot.lines) {
        const auto found = values.find(line.name);
        line.values.push_back(found == values.end() ? Value() : Value(found->second));
      }
    }
  }

 private:
  std::map<double, std::map<std::string, double>> rows_;
  std::map<std::string, PlotLine::Mark> marks_;
  std::vector<std::string> order_;
};

bool all_have_users(const RunFindings& findings) {
  return std::ranges::all_of(findings.steps, [](const StepFindings& step) {
    return !step.load.requests_per_second || step.load.users;
  });
}

void put_curve(const ScalabilityFit& fit, double from, double to, Sketch& sketch) {
  for (int i = 0; i <= kCurvePoints; ++i) {
    const double n = from + (to - from) * i / kCurvePoints;
    sketch.put("scalability curve", PlotLine::Mark::kLine, n, fit.requests_per_second(n));
  }
}

std::string ceiling_words(const Ceiling& ceiling) {
  return ceiling.tier + " " + std::string(to_string(ceiling.resource)) + " " +
         rate_figure(ceiling.requests_per_second.value) + "/s";
}

}  // namespace

Plot throughput_by_users(const RunFindings& findings) {
  const bool users = all_have_users(findings);
  Plot plot{.name = "throughput_by_users",
            .title = users ? "Throughput against users" : "Throughput against requests under way",
            .unit = "/s",
            .x = users ? "users" : "requests_under_way"};
  Sketch sketch;
  double least = 0, most = 0;
  for (const StepFindings& step : findings.steps) {
    const Value n = users ? step.load.users : step.load.under_way();
    if (!n || !step.load.requests_per_second) continue;
    sketch.put("measured", PlotLine::Mark::kPoints, *n, step.load.requests_per_second->value);
    least = most > 0 ? std::min(least, *n) : *n;
    most = std::max(most, *n);
  }
  const bool same_axis = findings.fit.over == (users ? "users" : "requests under way");
  if (findings.fit.fitted && same_axis && most > least)
    put_curve(findings.fit, least, most, sketch);
  sketch.finish(plot);
  if (findings.first_ceiling)
    plot.limits.push_back({"ceiling: " + ceiling_words(*findings.first_ceiling),
                           findings.first_ceiling->requests_per_second.value});
  if (findings.next_ceiling)
    plot.limits.push_back({"next: " + ceiling_words(*findings.next_ceiling),
                           findings.next_ceiling->requests_per_second.value});
  return plot;
}

Plot demand_lines(const RunFindings& findings) {
  Plot plot{.name = "demand",
            .title = "Cores used against throughput",
            .unit = "cores",
            .x = "requests_per_second"};
  Sketch sketch;
  double most = 0;
  for (const StepFindings& step : findings.steps) {
    if (!step.load.requests_per_second) continue;
    const double rate = step.load.requests_per_second->value;
    most = std::max(most, rate);
    for (const TierAtStep& tier : step.tiers)
      if (tier.cpu_cores) sketch.put(tier.tier, PlotLine::Mark::kPoints, rate, *tier.cpu_cores);
  }
  for (const TierDemand& tier : findings.demand.tiers) {
    const std::string name = tier.tier + " demand";
    sketch.put(name, PlotLine::Mark::kLine, 0, tier.cpu.idle);
    sketch.put(name, PlotLine::Mark::kLine, most, tier.cpu.idle + tier.cpu.seconds.value * most);
  }
  sketch.finish(plot);
  return plot;
}

}  // namespace tierwatch
