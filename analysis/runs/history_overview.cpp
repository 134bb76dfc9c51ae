// SPDX-License-Identifier: MIT
#include "analysis/runs/history_overview.h"

#include <algorithm>
#include <map>

#include "analysis/stats/estimate.h"
#include "collectors/seconds.h"

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using StretchTime = std::chrono::system_clock::time_point;

constexpr auto kActivityBin = 2s;
constexpr double kQuietShare = 0.10;     ///< of the bins: what the tiers use when little goes on
constexpr double kTimesQuiet = 3;        ///< as much as then is load
constexpr double kLeastMoreCores = 0.1;  ///< and so much more
constexpr auto kLull = 30s;              ///< within a stretch, or an episode
constexpr auto kShortestStretch = 10s;

struct ActivityBin {
  StretchTime begin{};
  double core_seconds = 0, seconds = 0;
  double cores() const { return seconds > 0 ? core_seconds / seconds : 0; }
};

StretchTime::duration clock_ticks(double seconds) {
  return std::chrono::duration_cast<StretchTime::duration>(duration_of(seconds));
}

/// Samples in bins of two seconds, so that one short peak begins nothing. Those of a stretch of
/// seconds, as of a slow history, are a bin each.
std::vector<ActivityBin> bins_of(std::span<const TierActivity> activity) {
  std::vector<ActivityBin> bins;
  for (const TierActivity& one : activity) {
    const StretchTime begin = one.at - clock_ticks(one.seconds);
    const bool joins =
        !bins.empty() && begin >= bins.back().begin && one.at <= bins.back().begin + kActivityBin;
    if (!joins) bins.push_back({.begin = begin});
    bins.back().core_seconds += one.cpu_cores * one.seconds;
    bins.back().seconds += one.seconds;
  }
  return bins;
}

StretchTime end_of(const ActivityBin& bin) { return bin.begin + clock_ticks(bin.seconds); }

double threshold_of(const std::vector<ActivityBin>& bins) {
  std::vector<double> cores;
  for (const ActivityBin& bin : bins) cores.push_back(bin.cores());
  const double quiet = quantile(std::move(cores), kQuietShare).value_or(0);
  return std::max(kTimesQuiet * quiet, quiet + kLeastMoreCores);
}

}  // namespace

double LoadStretch::seconds() const { return seconds_of(end - begin); }

std::vector<LoadStretch> find_load_stretches(std::span<const TierActivity> activity) {
  const std::vector<ActivityBin> bins = bins_of(activity);
  const double threshold = threshold_of(bins);
  std::vector<LoadStretch> stretches;
  double core_seconds = 0, since_end = 0;  // of the last stretch, and of the lull after it
  for (const ActivityBin& bin : bins) {
    const bool busy = bin.cores() >= threshold;
    const bool near = !stretches.empty() && bin.begin >= stretches.back().begin &&
                      bin.begin - stretches.back().end <= kLull;
    since_end += bin.core_seconds;
    if (!busy) continue;
    if (!near) {
      stretches.push_back({.begin = bin.begin});
      core_seconds = 0;
      since_end = bin.core_seconds;
    }
    LoadStretch& stretch = stretches.back();
    core_seconds += std::exchange(since_end, 0);
    stretch.end = end_of(bin);
    stretch.peak_cores = std::max(stretch.peak_cores, bin.cores());
    stretch.mean_cores = core_seconds / stretch.seconds();
  }
  std::erase_if(stretches,
                [](const LoadStretch& one) { return one.end - one.begin < kShortestStretch; });
  return stretches;
}

void EpisodeTally::add(const VerdictSpan& tick) {
  if (tick.state != VerdictState::kSaturated || !tick.named) return;
  const double seconds = seconds_of(tick.end - tick.begin);
  const bool goes_on = !episodes_.empty() && episodes_.back().what == *tick.named &&
                       tick.begin >= episodes_.back().begin &&
                       tick.begin - episodes_.back().end <= kLull;
  if (!goes_on) episodes_.push_back({.begin = tick.begin, .end = tick.end, .what = *tick.named});
  episodes_.back().end = std::max(episodes_.back().end, tick.end);
  episodes_.back().full_seconds += seconds;
}

std::vector<EpisodeSum> sums_of(std::span<const VerdictEpisode> episodes) {
  std::map<TierResource, EpisodeSum> by_what;
  for (const VerdictEpisode& one : episodes) {
    EpisodeSum& sum = by_what[one.what];
    sum.what = one.what;
    ++sum.times;
    sum.full_seconds += one.full_seconds;
    sum.last = std::max(sum.last, one.end);
  }
  std::vector<EpisodeSum> sums;
  for (auto& [what, sum] : by_what) sums.push_back(std::move(sum));
  std::ranges::stable_sort(sums, std::ranges::greater(), &EpisodeSum::full_seconds);
  return sums;
}

void name_stretches(std::span<const VerdictEpisode> episodes, std::vector<LoadStretch>& stretches) {
  for (LoadStretch& stretch : stretches) {
    std::map<TierResource, double> seconds;
    for (const VerdictEpisode& one : episodes) {
      const auto common = std::min(one.end, stretch.end) - std::max(one.begin, stretch.begin);
      const double length = seconds_of(one.end - one.begin);
      if (common.count() <= 0 || length <= 0) continue;
      seconds[one.what] += one.full_seconds * seconds_of(common) / length;
    }
    for (const auto& [what, sum] : seconds) {
      if (sum <= stretch.named_seconds) continue;
      stretch.named = what;
      stretch.named_seconds = sum;
    }
  }
}

}  // namespace tierwatch
