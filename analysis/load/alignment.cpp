// SPDX-License-Identifier: MIT
#include "analysis/load/alignment.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/load/load_correlation.h"
#include "analysis/load/tier_activity.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

constexpr double kWholeSeconds = 2;  ///< seconds that stamps of whole seconds may be off

std::string signed_seconds(double seconds) {
  std::string digits = two_digits(std::abs(seconds));
  return (seconds < 0 ? "−" : "+") + digits + " s";
}

ClockOffset found_offset(const FoundLag& found) {
  const CorrelationPeak& peak = found.peak;
  ClockOffset clock{.source = ClockOffset::Source::kCorrelation,
                    .offset = duration_of(peak.lag),
                    .zone = std::chrono::minutes(15 * peak.quarter_hours),
                    .correlation = peak.height,
                    .rival_correlation = std::max(0.0, peak.rival),
                    .error_seconds = peak.error,
                    .signal = found.signal};
  clock.words = signed_seconds(peak.lag) + ", found by correlation of throughput with " +
                found.signal + " (" + two_digits(peak.height) + ", next best " +
                two_digits(std::max(0.0, peak.rival)) + ")";
  if (peak.quarter_hours != 0)
    clock.words += "; " + few_digits(peak.quarter_hours / 4.0) + " h of it look like a time zone";
  return clock;
}

/// A file that tells only how long things took: it is looked for in all that was recorded.
ClockOffset find_anywhere(const LoadSeries& load, std::span<const TierActivity> samples) {
  ClockOffset clock{.words = "the load generator's file has no times of day"};
  const RunningTotal requests = requests_of(load);
  if (samples.size() < 2 || requests.empty()) return clock;
  const auto origin = samples.front().at;
  const auto signals = signals_of(samples, origin);
  const double length = seconds_of(samples.back().at - origin);
  const FoundLag found = search_lag(requests, signals, true, length);
  if (!convincing(found.peak)) {
    clock.words += ", and where it belongs could not be found: " + doubt(found.peak);
    return clock;
  }
  clock = found_offset(found);
  clock.start =
      origin + std::chrono::duration_cast<std::chrono::system_clock::duration>(clock.offset);
  clock.offset = {};
  clock.words = "the file has no times of day; its load was found " +
                duration_words(std::max(1.0, found.peak.lag)) +
                " after the begin of the recording, by correlation of throughput with " +
                found.signal + " (" + two_digits(found.peak.height) + ")";
  return clock;
}

/// What to do when the data cannot tell: the stamps as they are, if that is possible at all.
ClockOffset undecided(const LoadSeries& load, std::span<const TierActivity> samples,
                      const std::string& why) {
  ClockOffset clock{.source = ClockOffset::Source::kRefused};
  const auto begin = *load.start;
  const auto length = load.points.empty() ? duration_of(load.totals.seconds)
                                          : load.points.back().begin + load.points.back().length;
  const auto end = begin + std::chrono::duration_cast<std::chrono::system_clock::duration>(length);
  // Local times that lie wholly within what was recorded are of this machine's zone.
  const auto slack = load.zone_known ? length : duration_of(kWholeSeconds);
  const bool overlaps = !samples.empty() && begin < samples.back().at && end > samples.front().at &&
                        begin + slack >= samples.front().at && end - slack <= samples.back().at;
  if (overlaps) {
    clock.source = ClockOffset::Source::kAssumed;
    clock.words = "0 s is assumed, the offset could not be found: " + why;
    return clock;
  }
  clock.words = "the load could not be placed on the server's clock: " + why +
                ". Give the offset, or record the run from before its begin until after its end";
  return clock;
}

}  // namespace

std::string_view to_string(ClockOffset::Source source) {
  constexpr std::string_view kNames[] = {"none",        "same clock", "given",
                                         "correlation", "assumed",    "refused"};
  return kNames[static_cast<std::size_t>(source)];
}

std::vector<TierActivity> activity_of(std::span<const RunSample> samples) {
  std::vector<TierActivity> all;
  for (const RunSample& sample : samples) {
    TierActivity& one = all.emplace_back(
        TierActivity{.at = sample.at, .seconds = sample.facts.seconds, .busy_workers = {}});
    for (const TierFacts& tier : sample.facts.tiers) {
      if (tier.name == kGeneratorTier) continue;
      one.cpu_cores += tier.cpu_cores.value_or(0);
      if (tier.busy_workers) one.busy_workers = one.busy_workers.value_or(0) + *tier.busy_workers;
    }
  }
  return all;
}

ClockOffset align(const LoadSeries& load, std::span<const RunSample> samples,
                  const AlignmentHints& hints) {
  return align(load, activity_of(samples), hints);
}

ClockOffset align(const LoadSeries& load, std::span<const TierActivity> samples,
                  const AlignmentHints& hints) {
  if (load.points.empty() && load.totals.seconds <= 0)
    return {.words = "the load generator's file holds no request"};
  if (!load.start) return find_anywhere(load, samples);
  if (hints.given)
    return {.source = ClockOffset::Source::kGiven,
            .offset = *hints.given,
            .words = signed_seconds(seconds_of(*hints.given)) + ", as given"};
  if (hints.same_clock)
    return {.source = ClockOffset::Source::kSameClock,
            .words = "0 s: the load generator ran on this machine"};
  const RunningTotal requests = requests_of(load);
  const auto signals = signals_of(samples, *load.start);
  const double reach = static_cast<double>(hints.search.count());
  if (signals.empty() || requests.empty())
    return undecided(load, samples, "there are no samples of the tiers");
  FoundLag found = search_lag(requests, signals, load.zone_known, reach);
  if (!convincing(found.peak) && load.zone_known) {
    // No zone is nearer to UTC than an hour: by less, the load is another one.
    const FoundLag elsewhere = search_lag(requests, signals, false, reach);
    if (std::abs(elsewhere.peak.quarter_hours) >= 4) found = elsewhere;
  }
  // Stamps that know their zone are moved only onto what resembles the load more.
  if (convincing(found.peak) && load.zone_known && std::abs(found.peak.lag) > kWholeSeconds)
    if (const auto stamped = found_as_stamped(requests, signals, found))
      return found_offset(*stamped);
  if (convincing(found.peak)) return found_offset(found);
  return undecided(load, samples, doubt(found.peak));
}

}  // namespace tierwatch
