// SPDX-License-Identifier: MIT
#include "analysis/runs/run_events.h"

#include <algorithm>
#include <map>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr double kGap = 3;            ///< usual intervals
constexpr double kShortestGap = 1;    ///< seconds
constexpr double kThrottled = 0.25;   ///< of the periods
constexpr double kQuietSeconds = 10;  ///< after which the same thing is told again

double seconds_between(const RunSample& before, const RunSample& after) {
  return seconds_of(after.at - before.at);
}

/// Time in which nothing was seen before `sample`.
double unseen_before(const RunSample& before, const RunSample& sample, double usual) {
  const double unseen = seconds_between(before, sample) - sample.facts.seconds;
  return unseen > std::max(kShortestGap, (kGap - 1) * usual) ? unseen : 0;
}

/// Tells a thing when it begins, not as long as it lasts.
class Onsets {
 public:
  explicit Onsets(std::vector<RunEvent>& events) : events_(events) {}
  void tell(const RunSample& sample, const std::string& kind, const std::string& tier,
            const std::string& text) {
    const auto [last, is_new] = last_.try_emplace(kind + '\n' + tier, sample.at);
    const double since = seconds_of(sample.at - last->second);
    last->second = sample.at;
    if (is_new || since > kQuietSeconds)
      events_.push_back({.at = sample.at, .kind = kind, .tier = tier, .text = text});
  }

 private:
  std::vector<RunEvent>& events_;
  std::map<std::string, std::chrono::system_clock::time_point> last_;
};

void tell_of_tier(const RunSample& sample, const TierFacts& tier, Onsets& onsets) {
  if (tier.oom_kills.value_or(0) > 0)
    onsets.tell(sample, "oom kill", tier.name,
                tier.name + ": " + count_of(*tier.oom_kills, "process") + " OOM-killed");
  if (tier.quota && tier.quota->throttled_ratio.value_or(0) >= kThrottled)
    onsets.tell(sample, "throttled", tier.name,
                tier.name + " used up its quota in " + percent(*tier.quota->throttled_ratio) +
                    " of the periods");
  if (!tier.listeners) return;
  for (const ListenerFacts& listener : *tier.listeners) {
    if (listener.drops.value_or(0) > 0)
      onsets.tell(sample, "queue overflow", tier.name,
                  listener.name + " dropped " + count_of(*listener.drops, "connection"));
    else if (listener.full_ratio > 0)
      onsets.tell(sample, "queue overflow", tier.name,
                  "the queue of " + listener.name + " was full" +
                      (listener.limit ? " (" + whole(*listener.limit) + ")" : ""));
  }
}

}  // namespace

double usual_interval(std::span<const RunSample> samples) {
  std::vector<double> intervals;
  for (std::size_t i = 1; i < samples.size(); ++i)
    intervals.push_back(seconds_between(samples[i - 1], samples[i]));
  return quantile(std::move(intervals), 0.5).value_or(0);
}

std::vector<RunEvent> find_events(std::span<const RunSample> samples,
                                  std::span<const RunMark> marks) {
  std::vector<RunEvent> events;
  for (const RunMark& mark : marks)
    events.push_back({.at = mark.at, .kind = "mark", .text = mark.text});
  Onsets onsets(events);
  const double usual = usual_interval(samples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const RunSample& sample = samples[i];
    if (i > 0) {
      if (const double unseen = unseen_before(samples[i - 1], sample, usual); unseen > 0)
        events.push_back({.at = samples[i - 1].at,
                          .kind = "gap",
                          .text = "nothing was recorded for " + duration_words(unseen)});
      if (sample.at < samples[i - 1].at)
        events.push_back({.at = sample.at, .kind = "gap", .text = "the clock was set back"});
    }
    if (sample.facts.host.oom_kills.value_or(0) > 0)
      onsets.tell(sample, "oom kill", "", "a process was OOM-killed");
    for (const TierFacts& tier : sample.facts.tiers) tell_of_tier(sample, tier, onsets);
  }
  std::ranges::stable_sort(events, {}, &RunEvent::at);
  return events;
}

std::vector<VerdictSpan> verdict_strip(std::span<const RunSample> samples) {
  std::vector<VerdictSpan> strip;
  const double usual = usual_interval(samples);
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const RunSample& sample = samples[i];
    const auto length = duration_of(sample.facts.seconds);
    const bool gap = i > 0 && unseen_before(samples[i - 1], sample, usual) > 0;
    if (gap) strip.push_back({.begin = samples[i - 1].at, .end = sample.at - length});
    if (!strip.empty() && !gap && strip.back().state == sample.state &&
        strip.back().named == sample.named) {
      strip.back().end = sample.at;
      continue;
    }
    const auto begin = strip.empty() ? sample.at - length : strip.back().end;
    strip.push_back(
        {.begin = begin, .end = sample.at, .state = sample.state, .named = sample.named});
  }
  return strip;
}

}  // namespace tierwatch
