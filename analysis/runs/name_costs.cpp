// SPDX-License-Identifier: MIT
#include "analysis/runs/name_costs.h"

#include <algorithm>
#include <map>

#include "analysis/stats/least_squares.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;
using SystemTime = std::chrono::system_clock::time_point;

constexpr std::size_t kMostNames = 6;     ///< that are told apart: more need hours
constexpr double kLeastShare = 0.05;      ///< of the requests: below, a name is one of the rest
constexpr double kHardlyAny = 0.01;       ///< a rest that costs nobody anything
constexpr double kRowsPerName = 4;        ///< stretches of time for each
constexpr double kTogether = 20;          ///< condition of names that rise and fall together
constexpr double kCovered = 0.9;          ///< of a stretch, by samples
constexpr double kKnownTo = 0.25;         ///< of the cost
constexpr double kKnownToDearest = 0.10;  ///< of the dearest name's
constexpr auto kStretch = std::chrono::seconds(2);  ///< a request's CPU time and end are in one

/// How many requests of each name ended in one stretch of time.
struct NamedStretch {
  SystemTime begin, end;
  std::vector<double> requests;
};

double seconds_in(nanoseconds time) { return std::chrono::duration<double>(time).count(); }

/// Where each label's requests are counted: the first `own` columns are of one name each, a last
/// one may be of all others.
struct NameColumns {
  std::vector<std::size_t> of;  ///< for each label; `own`: the rest
  std::size_t own = 0, count = 0;
};

NameColumns name_columns(const LoadSeries& load) {
  double all = load.other_labels ? load.other_labels->requests : 0, own = 0;
  for (const LoadLabel& label : load.labels) all += label.requests;
  NameColumns columns;
  for (const LoadLabel& label : load.labels) {
    const bool alone = columns.own < kMostNames && label.requests >= kLeastShare * all;
    if (alone) own += label.requests;
    columns.of.push_back(alone ? columns.own++ : kMostNames);
  }
  std::ranges::replace(columns.of, kMostNames, columns.own);
  columns.count = columns.own + (all - own >= kHardlyAny * all ? 1 : 0);
  return columns;
}

void add_ended(const LoadLabel& label, SystemTime start, std::size_t column, std::size_t count,
               std::map<SystemTime, NamedStretch>& stretches) {
  if (column >= count) return;
  for (const LoadPoint& point : label.points) {
    const SystemTime begin = start + std::chrono::duration_cast<SystemTime::duration>(point.begin);
    NamedStretch& stretch = stretches[begin];
    stretch.begin = begin;
    stretch.end = std::max(stretch.end,
                           begin + std::chrono::duration_cast<SystemTime::duration>(point.length));
    stretch.requests.resize(count);
    stretch.requests[column] += point.requests;
  }
}

/// Neighbours are put together until they are long enough.
std::vector<NamedStretch> long_stretches(const std::map<SystemTime, NamedStretch>& stretches) {
  std::vector<NamedStretch> longer;
  for (const auto& [begin, stretch] : stretches) {
    const bool open = !longer.empty() && longer.back().end - longer.back().begin < kStretch &&
                      begin <= longer.back().end;
    if (!open) {
      longer.push_back(stretch);
      continue;
    }
    longer.back().end = stretch.end;
    for (std::size_t i = 0; i < stretch.requests.size(); ++i)
      longer.back().requests[i] += stretch.requests[i];
  }
  std::erase_if(longer, [](const NamedStretch& one) { return one.end - one.begin < kStretch; });
  return longer;
}

std::vector<NamedStretch> named_stretches(const LoadSeries& load, SystemTime start,
                                          const NameColumns& columns) {
  std::map<SystemTime, NamedStretch> stretches;
  for (std::size_t i = 0; i < load.labels.size(); ++i)
    add_ended(load.labels[i], start, columns.of[i], columns.count, stretches);
  if (load.other_labels)
    add_ended(*load.other_labels, start, columns.own, columns.count, stretches);
  return long_stretches(stretches);
}

const TierFacts* tier_in(const RunSample& sample, const std::string& name) {
  const auto& tiers = sample.facts.tiers;
  const auto found = std::ranges::find(tiers, name, &TierFacts::name);
  return found == tiers.end() ? nullptr : &*found;
}

/// CPU-seconds of a tier in a stretch, less what it uses without load; absent: not all was seen.
std::optional<double> cpu_in(const NamedStretch& stretch, const TierDemand& tier,
                             std::span<const RunSample> samples) {
  const auto first = std::ranges::lower_bound(samples, stretch.begin, {}, &RunSample::at);
  double cpu = 0, seen = 0;
  for (auto sample = first; sample != samples.end(); ++sample) {
    const auto length = std::chrono::duration_cast<SystemTime::duration>(
        std::chrono::duration<double>(sample->facts.seconds));
    const SystemTime begin = std::max(stretch.begin, sample->at - length);
    if (begin >= stretch.end) break;
    const double part = seconds_in(std::min(stretch.end, sample->at) - begin);
    const TierFacts* facts = tier_in(*sample, tier.tier);
    if (!facts || !facts->cpu_cores || part <= 0) continue;
    cpu += *facts->cpu_cores * part;
    seen += part;
  }
  const double whole = seconds_in(stretch.end - stretch.begin);
  if (seen < kCovered * whole) return std::nullopt;
  return std::max(0.0, cpu / seen - tier.cpu.idle) * whole;
}

bool is_known(const Estimate& cost, double dearest) {
  const double reach = cost.high - cost.value;
  return reach <= std::max(kKnownTo * cost.value, kKnownToDearest * dearest);
}

/// Absent with the reason: nothing can be told of this tier.
std::optional<ColumnsFit> split_costs(const TierDemand& tier,
                                      std::span<const NamedStretch> stretches,
                                      std::span<const RunSample> samples, std::string& why) {
  std::vector<std::vector<double>> rows;
  std::vector<double> cpu;
  for (const NamedStretch& stretch : stretches)
    if (const auto seconds = cpu_in(stretch, tier, samples)) {
      rows.push_back(stretch.requests);
      cpu.push_back(*seconds);
    }
  const std::size_t names = stretches.empty() ? 0 : stretches.front().requests.size();
  if (static_cast<double>(rows.size()) < kRowsPerName * static_cast<double>(names)) {
    why = whole(double(rows.size())) + " stretches of time are too few to tell " +
          count_of(double(names), "name") + " apart";
    return std::nullopt;
  }
  auto fit = fit_columns(rows, cpu);
  if (fit && fit->condition <= kTogether) return fit;
  why =
      "the names rise and fall together; loaded by turns, or in changing shares, they can be told "
      "apart";
  return std::nullopt;
}

void write_costs(const TierDemand& tier, const ColumnsFit& fit, const NameColumns& columns,
                 NamedRequests& found) {
  double dearest = 0;
  for (const Estimate& cost : fit.coefficients) dearest = std::max(dearest, cost.value);
  for (std::size_t i = 0; i < found.endpoints.size() && i < columns.of.size(); ++i) {
    const std::size_t column = columns.of[i];
    if (column >= columns.own || !is_known(fit.coefficients[column], dearest)) continue;
    const Estimate& cost = fit.coefficients[column];
    found.endpoints[i].cpu.push_back(
        {.tier = tier.tier,
         .seconds = {std::max(0.0, cost.value), std::max(0.0, cost.low),
                     std::max(0.0, cost.high)}});
  }
}

}  // namespace

void find_name_costs(const LoadSeries& load, std::optional<SystemTime> start,
                     std::span<const RunSample> samples, const DemandFindings& demand,
                     NamedRequests& found) {
  if (found.endpoints.empty() || demand.tiers.empty()) return;
  if (!start || load.labels.front().points.empty()) {
    found.cpu_missing = "when which of them ended is not known";
    return;
  }
  const NameColumns columns = name_columns(load);
  const std::vector<NamedStretch> stretches = named_stretches(load, *start, columns);
  std::string why = "no cost is certain to a quarter";
  for (const TierDemand& tier : demand.tiers)
    if (tier.tier == kGeneratorTier)
      continue;
    else if (const auto fit = split_costs(tier, stretches, samples, why))
      write_costs(tier, *fit, columns, found);
  const bool any = std::ranges::any_of(found.endpoints,
                                       [](const RequestsOfName& one) { return !one.cpu.empty(); });
  if (!any) found.cpu_missing = why;
}

}  // namespace tierwatch
