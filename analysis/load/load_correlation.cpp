// SPDX-License-Identifier: MIT
#include "analysis/load/load_correlation.h"

#include <algorithm>
#include <cmath>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kConvincing = 0.8;     ///< correlation
constexpr double kRivalDistance = 0.1;  ///< that the next best must be lower
constexpr double kCertainSeconds = 1;   ///< two standard errors
constexpr double kPad = 30;             ///< seconds before and after the run, in which load is zero
constexpr double kLeastOverlap = 0.75;  ///< of the shorter of the two
constexpr std::size_t kFewestBins = 10;
constexpr int kQuarterHours = 14 * 4;  ///< zones reach from −12 h to +14 h
constexpr double kQuarterHour = 900;

constexpr double kEdges = 4;      ///< seconds before and after the load that show its edges
constexpr double kAsStamped = 2;  ///< seconds that clocks differ though they are set
constexpr double kAsMuchAlike = 0.05;

/// Correlates one signal with throughput at any lag.
class Correlator {
 public:
  /// `pad`: seconds before and after the load that count, too.
  Correlator(const RunningTotal& requests, const RunningTotal& signal, double pad = kPad)
      : requests_(requests), signal_(signal) {
    const double length = requests.end() - requests.begin();
    bin_ = std::max(1.0, length / 3600);
    const auto pads = static_cast<int>(pad / bin_);
    const auto bins = static_cast<int>(std::ceil(length / bin_));
    for (int i = -pads; i < bins + pads; ++i) {
      const double from = requests.begin() + i * bin_;
      begins_.push_back(from);
      rates_.push_back((requests.at(from + bin_) - requests.at(from)) / bin_);
    }
    const double shorter = std::min(length, signal.end() - signal.begin());
    fewest_ = std::max<double>(kFewestBins, kLeastOverlap * shorter / bin_);
  }

  /// Pearson's correlation over the bins in which the signal is known; −1 where too few are.
  double at(double lag) const { return correlation(rates_from(lag, begins_.size()), 0); }

  /// The same at `count` lags from `first` on, a bin apart: they share the signal's bins.
  std::vector<double> row(double first, std::size_t count) const {
    const auto signal = rates_from(first, begins_.size() + count);
    std::vector<double> heights;
    for (std::size_t i = 0; i < count; ++i) heights.push_back(correlation(signal, i));
    return heights;
  }
  bool overlaps(double from_lag, double to_lag) const {
    return signal_.end() > requests_.begin() + from_lag &&
           signal_.begin() < requests_.end() + to_lag;
  }
  double bin() const { return bin_; }
  double bins() const { return static_cast<double>(begins_.size()); }

 private:
  /// The signal in `count` bins, the first of which begins `lag` after the first of throughput;
  /// not a number where it is not known.
  std::vector<double> rates_from(double lag, std::size_t count) const {
    std::vector<double> rates;
    const double begin = begins_.front() + lag;
    double before = signal_.at(begin);
    for (std::size_t i = 0; i < count; ++i) {
      const double from = begin + double(i) * bin_, to = begin + double(i + 1) * bin_;
      const bool known = from >= signal_.begin() - 1e-6 && to <= signal_.end() + 1e-6;
      const double after = signal_.at(to);
      rates.push_back(known ? (after - before) / bin_ : std::nan(""));
      before = after;
    }
    return rates;
  }

  double correlation(const std::vector<double>& signal, std::size_t shift) const {
    double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (std::size_t i = 0; i < rates_.size(); ++i) {
      const double rate = signal[i + shift];
      if (std::isnan(rate)) continue;
      ++n, x += rates_[i], y += rate;
      xx += rates_[i] * rates_[i], yy += rate * rate, xy += rates_[i] * rate;
    }
    if (n < fewest_) return -1;
    const double spread = (xx - x * x / n) * (yy - y * y / n);
    return spread > 1e-12 ? (xy - x * y / n) / std::sqrt(spread) : 0;
  }

  const RunningTotal& requests_;
  const RunningTotal& signal_;
  double bin_ = 1;
  double fewest_ = kFewestBins;
  std::vector<double> begins_, rates_;
};

/// Height and place of the top between whole lags, and how sharp it is.
void sharpen(const Correlator& correlate, double step, CorrelationPeak& peak) {
  for (double fine = step / 2; fine > 0.01; fine /= 2)
    for (const double lag : {peak.lag - fine, peak.lag + fine})
      if (const double height = correlate.at(lag); height > peak.height) {
        peak.height = height;
        peak.lag = lag;
      }
  // Over a bin to each side: closer by, what bins hide of their inside would pass for sharpness.
  const double side = correlate.bin();
  const double lower = (correlate.at(peak.lag - side) + correlate.at(peak.lag + side)) / 2;
  const double curvature = 2 * (peak.height - lower) / (side * side);
  const double left_over = std::max(1e-4, 1 - peak.height * peak.height);
  // Cramér–Rao bound of a delay in white noise; threefold, for noise here is not white.
  if (curvature > 0)
    peak.error = 2 * std::sqrt(3 * left_over / (correlate.bins() * peak.height * curvature));
}

CorrelationPeak best_near(const Correlator& correlate, int quarter_hours, double search) {
  CorrelationPeak peak{.quarter_hours = quarter_hours};
  const double centre = quarter_hours * kQuarterHour, step = correlate.bin();
  if (!correlate.overlaps(centre - search, centre + search)) return peak;
  const int reach = static_cast<int>(search / step);
  const auto heights =
      correlate.row(centre - reach * step, 2 * static_cast<std::size_t>(reach) + 1);
  const auto top = std::ranges::max_element(heights);
  if (*top <= 0) return peak;
  const std::size_t place = static_cast<std::size_t>(top - heights.begin());
  peak.height = *top;
  peak.lag = centre + (static_cast<double>(place) - reach) * step;
  const auto on_hill = [&](double height) { return height > *top - kRivalDistance; };
  std::size_t left = place, right = place;
  while (left > 0 && on_hill(heights[left - 1])) --left;
  while (right + 1 < heights.size() && on_hill(heights[right + 1])) ++right;
  const auto edge = [&](std::size_t i) { return i == 0 || i + 1 == heights.size(); };
  // −1 beside the hill: data ended there, not the hill.
  peak.at_edge =
      edge(left) || edge(right) || heights[left - 1] < -0.999 || heights[right + 1] < -0.999;
  for (std::size_t i = 0; i < heights.size(); ++i)
    if (i < left || i > right) peak.rival = std::max(peak.rival, heights[i]);
  sharpen(correlate, step, peak);
  return peak;
}

}  // namespace

void RunningTotal::add(double at, double amount) {
  times_.push_back(at);
  totals_.push_back(totals_.empty() ? amount : totals_.back() + amount);
}

double RunningTotal::at(double time) const {
  if (time <= times_.front()) return totals_.front();
  if (time >= times_.back()) return totals_.back();
  const auto next = std::ranges::upper_bound(times_, time) - times_.begin();
  const auto i = static_cast<std::size_t>(next);
  const double part = (time - times_[i - 1]) / std::max(1e-9, times_[i] - times_[i - 1]);
  return totals_[i - 1] + part * (totals_[i] - totals_[i - 1]);
}

RunningTotal requests_of(const LoadSeries& load) {
  RunningTotal total;
  if (load.points.empty()) {
    total.add(0, 0);
    total.add(load.totals.seconds, load.totals.requests);
    return total;
  }
  double end = seconds_of(load.points.front().begin);
  total.add(end, 0);
  for (const LoadPoint& point : load.points) {
    const double begin = seconds_of(point.begin);
    if (begin > end) total.add(begin, 0);
    end = std::max(end, begin) + seconds_of(point.length);
    total.add(end, point.requests);
  }
  return total;
}

std::vector<ActivitySignal> signals_of(std::span<const TierActivity> activity,
                                       std::chrono::system_clock::time_point origin) {
  ActivitySignal cpu{"CPU time of the tiers", {}}, held{"busy workers", {}};
  bool any_held = false;
  double last = 0;
  for (const TierActivity& one : activity) {
    any_held = any_held || one.busy_workers.has_value();
    const double end = seconds_of(one.at - origin);
    const double begin = std::max(end - one.seconds, cpu.total.empty() ? -1e12 : last);
    for (const auto& [signal, level] :
         {std::pair(&cpu, one.cpu_cores), std::pair(&held, one.busy_workers.value_or(0))}) {
      signal->total.add(begin, 0);
      signal->total.add(end, level * one.seconds);
    }
    last = end;
  }
  std::vector<ActivitySignal> signals;
  if (!cpu.total.empty()) signals.push_back(std::move(cpu));
  if (any_held && !held.total.empty()) signals.push_back(std::move(held));
  return signals;
}

bool convincing(const CorrelationPeak& peak) {
  return peak.height >= kConvincing && !peak.at_edge && peak.error <= kCertainSeconds &&
         peak.rival <= peak.height - kRivalDistance;
}

std::string doubt(const CorrelationPeak& peak) {
  if (peak.height < -0.5) return "no part of the load lies within what was recorded";
  if (peak.height < kConvincing)
    return "throughput and what the tiers did do not resemble each other at any offset "
           "(correlation " +
           two_digits(std::max(0.0, peak.height)) +
           ", 0.80 is needed): a constant load without its begin and end looks alike everywhere";
  if (peak.rival > peak.height - kRivalDistance)
    return "several offsets fit almost equally well (correlation " + two_digits(peak.height) +
           " and " + two_digits(peak.rival) + ")";
  if (peak.at_edge)
    return "it fits best where the recording or the search ends: the begin and the end of the "
           "load must lie within the recording";
  return "it is certain to " + few_digits(peak.error) +
         " s only: load without edges, such as a slow ramp, cannot be placed";
}

FoundLag search_lag(const RunningTotal& requests, const std::vector<ActivitySignal>& signals,
                    bool only_zone_zero, double reach) {
  FoundLag best;
  for (const ActivitySignal& signal : signals) {
    const Correlator correlate(requests, signal.total);
    std::vector<CorrelationPeak> peaks;
    const int zones = only_zone_zero ? 0 : kQuarterHours;
    for (int quarters = -zones; quarters <= zones; ++quarters)
      if (const CorrelationPeak peak = best_near(correlate, quarters, reach); peak.height > 0)
        peaks.push_back(peak);
    const auto top = std::ranges::max_element(peaks, {}, &CorrelationPeak::height);
    if (top == peaks.end()) continue;
    for (const CorrelationPeak& other : peaks)
      if (&other != &*top && std::abs(other.lag - top->lag) > kQuarterHour / 2)
        top->rival = std::max(top->rival, other.height);
    const bool better = top->height > best.peak.height;
    if (convincing(best.peak) == convincing(*top) ? better : convincing(*top))
      best = {*top, signal.name};
  }
  return best;
}

std::optional<FoundLag> found_as_stamped(const RunningTotal& requests,
                                         const std::vector<ActivitySignal>& signals,
                                         const FoundLag& elsewhere) {
  std::optional<FoundLag> best;
  for (const ActivitySignal& signal : signals) {
    const Correlator correlate(requests, signal.total, kEdges);
    CorrelationPeak peak;
    for (double lag = -kAsStamped; lag <= kAsStamped; lag += correlate.bin())
      if (const double height = correlate.at(lag); height > peak.height) {
        peak.height = height;
        peak.lag = lag;
      }
    if (peak.height < kConvincing) continue;
    sharpen(correlate, correlate.bin(), peak);
    peak.rival = correlate.at(elsewhere.peak.lag);
    if (peak.rival > peak.height + kAsMuchAlike || std::abs(peak.lag) > kAsStamped + 1) continue;
    if (!best || peak.height > best->peak.height) best = FoundLag{peak, signal.name};
  }
  return best;
}

}  // namespace tierwatch
