// SPDX-License-Identifier: MIT
#include "collectors/loads/joined_load.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "collectors/loads/joined_labels.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using Moment = std::chrono::system_clock::time_point;
using std::chrono::nanoseconds;

constexpr double kFarApart = 3600;  ///< seconds between results of one run, at most
constexpr double kBeside = 0.5;     ///< of the shorter run: more in common is "at the same time"
constexpr std::size_t kMostBins = 14400;  ///< then they become wider than the points

/// Means that are weighted by requests.
class LatencySum {
 public:
  void add(const LoadPoint& point, double requests) {
    for (std::size_t i = 0; i < kFields.size(); ++i) {
      if (!(point.*kFields[i])) continue;
      sums_[i] += requests * *(point.*kFields[i]);
      weights_[i] += requests;
    }
  }
  void write_to(LoadPoint& point) const {
    for (std::size_t i = 0; i < kFields.size(); ++i)
      if (weights_[i] > 0) point.*kFields[i] = sums_[i] / weights_[i];
  }

 private:
  static constexpr std::array kFields = {&LoadPoint::mean_seconds, &LoadPoint::p50_seconds,
                                         &LoadPoint::p95_seconds, &LoadPoint::p99_seconds};
  std::array<double, 4> sums_{}, weights_{};
};

/// The sum, once both are known.
std::optional<double> sum_if_known(const std::optional<double>& a, const std::optional<double>& b) {
  return a && b ? std::optional(*a + *b) : std::nullopt;
}

/// The sum of those that are known.
void add_known(const std::optional<double>& one, double share, std::optional<double>& sum) {
  if (one) sum = sum.value_or(0) + share * *one;
}

/// Where each series lies, from the first one's begin on.
class Placed {
 public:
  explicit Placed(std::span<const LoadSeries> loads) : loads_(loads) {
    begin_ = *std::ranges::min_element(loads, {}, &LoadSeries::start)->start;
  }
  Moment begin() const { return begin_; }
  nanoseconds offset(const LoadSeries& load) const { return *load.start - begin_; }

  /// Points by the common clock; a series of totals only is one point.
  std::vector<LoadPoint> points(const LoadSeries& load) const {
    std::vector<LoadPoint> points = load.points;
    const LoadTotals& totals = load.totals;
    if (points.empty())
      points.push_back({.length = duration_of(totals.seconds),
                        .requests = totals.requests,
                        .errors = totals.errors,
                        .users = totals.users,
                        .mean_seconds = totals.mean_seconds,
                        .p50_seconds = totals.p50_seconds,
                        .p95_seconds = totals.p95_seconds,
                        .p99_seconds = totals.p99_seconds,
                        .received_bytes = {},
                        .started = {},
                        .under_way = {},
                        .dropped = totals.dropped});
    for (LoadPoint& point : points) point.begin += offset(load);
    return points;
  }
  nanoseconds end(const LoadSeries& load) const {
    if (load.points.empty()) return offset(load) + duration_of(load.totals.seconds);
    return offset(load) + load.points.back().begin + load.points.back().length;
  }

  std::vector<const LoadSeries*> in_order() const {
    std::vector<const LoadSeries*> order;
    for (const LoadSeries& load : loads_) order.push_back(&load);
    std::ranges::stable_sort(order, {}, [](const LoadSeries* load) { return *load->start; });
    return order;
  }

 private:
  std::span<const LoadSeries> loads_;
  Moment begin_;
};

std::string why_not(const Placed& placed) {
  const LoadSeries* before = nullptr;
  for (const LoadSeries* load : placed.in_order()) {
    if (before) {
      const double gap = seconds_of(placed.offset(*load) - placed.end(*before));
      if (gap > kFarApart)
        return before->source + " ends " + duration_words(gap) + " before " + load->source +
               " begins, so they are not of one run; if a clock is wrong, correct the times in the "
               "file";
    }
    if (!before || placed.end(*load) > placed.end(*before)) before = load;
  }
  return "";
}

/// Runs at the same time as one.
LoadPoint together(std::span<const LoadPoint> runs) {
  LoadPoint sum{.begin = runs.front().begin, .users = 0.0};
  nanoseconds end{};
  LatencySum latency;
  for (const LoadPoint& run : runs) {
    sum.requests += run.requests;
    sum.errors += run.errors;
    sum.users = sum_if_known(sum.users, run.users);
    add_known(run.dropped, 1, sum.dropped);
    latency.add(run, run.requests);
    end = std::max(end, run.begin + run.length);
  }
  sum.length = end - sum.begin;
  latency.write_to(sum);
  return sum;
}

bool beside(const LoadPoint& a, const LoadPoint& b) {
  const nanoseconds common =
      std::min(a.begin + a.length, b.begin + b.length) - std::max(a.begin, b.begin);
  return seconds_of(common) > kBeside * seconds_of(std::min(a.length, b.length));
}

/// A point for each run, or for those at the same time.
std::vector<LoadPoint> points_of_runs(const Placed& placed) {
  std::vector<std::vector<LoadPoint>> groups;
  for (const LoadSeries* load : placed.in_order()) {
    const LoadPoint run = placed.points(*load).front();
    const bool joins = !groups.empty() && std::ranges::any_of(groups.back(), [&](const auto& one) {
      return beside(one, run);
    });
    if (!joins) groups.emplace_back();
    groups.back().push_back(run);
  }
  std::vector<LoadPoint> points;
  for (const auto& group : groups) {
    LoadPoint point = together(group);
    if (!points.empty()) {  // clocks of a hundredth of a second let them overlap a little
      const nanoseconds free = points.back().begin + points.back().length;
      if (point.begin < free) {
        point.length = std::max(nanoseconds(1), point.begin + point.length - free);
        point.begin = free;
      }
    }
    points.push_back(point);
  }
  return points;
}

/// Equally long stretches of the common clock into which all points are shared out.
class Bins {
 public:
  Bins(double width, nanoseconds end)
      : width_(width), end_(end), bins_(std::size_t(std::ceil(seconds_of(end) / width))) {}

  void add(const std::vector<LoadPoint>& points) {
    const bool users_known =
        std::ranges::all_of(points, [](const LoadPoint& point) { return point.users.has_value(); });
    for (const LoadPoint& point : points) {
      const double from = seconds_of(point.begin), length = seconds_of(point.length);
      for (std::size_t i = std::size_t(from / width_); i < bins_.size(); ++i) {
        const double begin = std::max(from, double(i) * width_);
        const double part = std::min(from + length, double(i + 1) * width_) - begin;
        if (part <= 0) break;
        add_part(bins_[i], point, part / length);
        bins_[i].user_seconds += users_known ? *point.users * part : 0;
        bins_[i].users_known &= users_known;
        bins_[i].sending_known &= point.started && point.under_way;
        bins_[i].started += part / length * point.started.value_or(0);
        bins_[i].under_way_seconds += part * point.under_way.value_or(0);
      }
    }
  }

  std::vector<LoadPoint> points() const {
    std::vector<LoadPoint> points;
    for (std::size_t i = 0; i < bins_.size(); ++i) {
      const nanoseconds begin = duration_of(double(i) * width_);
      LoadPoint point{.begin = begin,
                      .length = std::min(duration_of(double(i + 1) * width_), end_) - begin,
                      .requests = bins_[i].requests,
                      .errors = bins_[i].errors};
      if (point.length.count() <= 0) break;
      if (bins_[i].sending_known) {
        point.started = bins_[i].started;
        point.under_way = bins_[i].under_way_seconds / seconds_of(point.length);
      }
      point.dropped = bins_[i].dropped;
      if (bins_[i].users_known) point.users = bins_[i].user_seconds / seconds_of(point.length);
      bins_[i].latency.write_to(point);
      points.push_back(point);
    }
    return points;
  }

 private:
  struct Bin {
    double requests = 0, errors = 0, user_seconds = 0, started = 0, under_way_seconds = 0;
    bool users_known = true, sending_known = true;
    std::optional<double> dropped;
    LatencySum latency;
  };
  static void add_part(Bin& bin, const LoadPoint& point, double share) {
    bin.requests += share * point.requests;
    bin.errors += share * point.errors;
    add_known(point.dropped, share, bin.dropped);
    bin.latency.add(point, share * point.requests);
  }

  double width_;
  nanoseconds end_;
  std::vector<Bin> bins_;
};

/// The median length of its points, in seconds; 0 when it has none.
double usual_length(const LoadSeries& load) {
  std::vector<double> lengths;
  for (const LoadPoint& point : load.points) lengths.push_back(seconds_of(point.length));
  if (lengths.empty()) return 0;
  const auto middle = lengths.begin() + static_cast<std::ptrdiff_t>(lengths.size() / 2);
  std::ranges::nth_element(lengths, middle);
  return *middle;
}

std::vector<LoadPoint> points_in_bins(const Placed& placed, nanoseconds end) {
  double width = 1;
  for (const LoadSeries* load : placed.in_order()) {
    width = std::max(width, usual_length(*load));
  }
  width = std::max(width, seconds_of(end) / double(kMostBins));
  Bins bins(width, end);
  for (const LoadSeries* load : placed.in_order()) bins.add(placed.points(*load));
  return bins.points();
}

void set_totals(std::span<const LoadPoint> points, std::span<const LoadSeries> loads,
                LoadSeries& joined) {
  LoadTotals& totals = joined.totals;
  double latency = 0, timed = 0, area = 0, seconds = 0;
  for (const LoadSeries& load : loads) {
    totals.requests += load.totals.requests;
    totals.errors += load.totals.errors;
    add_known(load.totals.dropped, 1, totals.dropped);
    if (load.totals.max_seconds)
      totals.max_seconds = std::max(totals.max_seconds.value_or(0), *load.totals.max_seconds);
    if (!load.totals.mean_seconds) continue;
    latency += load.totals.requests * *load.totals.mean_seconds;
    timed += load.totals.requests;
  }
  if (timed > 0 && timed == totals.requests) totals.mean_seconds = latency / timed;
  for (const LoadPoint& point : points) {
    if (!point.users) continue;
    area += *point.users * seconds_of(point.length);
    seconds += seconds_of(point.length);
  }
  if (seconds > 0) totals.users = area / seconds;
  if (!points.empty())
    totals.seconds = seconds_of(points.back().begin + points.back().length - points.front().begin);
}

/// Each once, in order.
void add_once(const std::string& word, std::vector<std::string>& words) {
  if (std::ranges::find(words, word) == words.end()) words.push_back(word);
}

void set_labels(const Placed& placed, std::size_t count, LoadSeries& joined) {
  std::vector<std::string> tools, sources;
  for (const LoadSeries* load : placed.in_order()) {
    add_once(load->tool, tools);
    add_once(load->source, sources);
    joined.zone_known &= load->zone_known;
    joined.errors_known &= load->errors_known;
    joined.start_is_guessed |= load->start_is_guessed;
    for (const std::string& warning : load->warnings) add_once(warning, joined.warnings);
  }
  joined.tool = listed(tools);
  joined.source = std::to_string(count) + " results: " + listed(sources);
}

}  // namespace

std::variant<LoadSeries, std::string> join_loads(std::span<const LoadSeries> loads) {
  if (loads.size() == 1) return loads.front();
  for (const LoadSeries& load : loads)
    if (!load.start)
      return load.source + " has no times of day, so that it cannot be joined with others";
  const Placed placed(loads);
  if (std::string why = why_not(placed); !why.empty()) return why;
  LoadSeries joined{.start = placed.begin()};
  set_labels(placed, loads.size(), joined);
  nanoseconds end{};
  for (const LoadSeries& load : loads) end = std::max(end, placed.end(load));
  const bool totals_only =
      std::ranges::all_of(loads, [](const LoadSeries& load) { return load.points.empty(); });
  joined.points = totals_only ? points_of_runs(placed) : points_in_bins(placed, end);
  joined.points_are_runs = totals_only;
  set_totals(joined.points, loads, joined);
  for (const LoadSeries& load : loads) add_labels(load, placed.offset(load), joined);
  std::ranges::stable_sort(joined.labels, std::ranges::greater(), &LoadLabel::requests);
  return joined;
}

}  // namespace tierwatch
