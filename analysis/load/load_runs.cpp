// SPDX-License-Identifier: MIT
#include "analysis/load/load_runs.h"

#include <algorithm>
#include <functional>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using Moment = std::chrono::system_clock::time_point;
using std::chrono::nanoseconds;

constexpr nanoseconds kBetweenRuns = std::chrono::minutes(5);
constexpr nanoseconds kEdgeRounding = std::chrono::seconds(2);  ///< of clocks at the edges

nanoseconds end_of(const LoadPoint& point) { return point.begin + point.length; }

Moment at(const LoadSeries& load, nanoseconds since_start) {
  return *load.start + std::chrono::duration_cast<Moment::duration>(since_start);
}

/// What the points add up to; what they do not tell is absent.
LoadTotals totals_of(const std::vector<LoadPoint>& points) {
  LoadTotals totals;
  double latency = 0, timed = 0, area = 0, known = 0;
  for (const LoadPoint& point : points) {
    totals.requests += point.requests;
    totals.errors += point.errors;
    if (point.dropped) totals.dropped = totals.dropped.value_or(0) + *point.dropped;
    totals.seconds += seconds_of(point.length);
    if (point.mean_seconds) {
      latency += point.requests * *point.mean_seconds;
      timed += point.requests;
    }
    if (!point.users) continue;
    area += *point.users * seconds_of(point.length);
    known += seconds_of(point.length);
  }
  if (timed > 0) totals.mean_seconds = latency / timed;
  if (known > 0) totals.users = area / known;
  return totals;
}

/// Of two times, how far they lie apart; zero if they overlap.
Moment::duration distance(const LoadSeries& run, const RunTime& recording) {
  const Moment begin = at(run, run.points.front().begin), end = at(run, end_of(run.points.back()));
  if (end < recording.begin) return recording.begin - end;
  if (begin > recording.end) return begin - recording.end;
  return {};
}

std::string left_out(const LoadSeries& run, const LoadSeries& taken) {
  const double apart = seconds_of(run.points.front().begin - taken.points.front().begin);
  return count_of(run.totals.requests, "request") + " in " + length_words(run.totals.seconds) +
         ", " + duration_words(std::abs(apart)) + (apart < 0 ? " before" : " after");
}

/// Labels without what lies outside of [begin, end): then only what their points tell is known.
void cut_labels(LoadSeries& series, nanoseconds begin, nanoseconds end) {
  const auto cut = [&](LoadLabel& label) {
    const std::size_t before = label.points.size();
    std::erase_if(label.points, [&](const LoadPoint& point) {
      const nanoseconds middle = point.begin + point.length / 2;
      return middle < begin || middle >= end;
    });
    if (label.points.size() == before) return;
    const LoadTotals totals = totals_of(label.points);
    label.requests = totals.requests;
    label.errors = totals.errors;
    label.mean_seconds = totals.mean_seconds;
    label.p50_seconds = label.p95_seconds = label.p99_seconds = label.max_seconds = std::nullopt;
  };
  for (LoadLabel& label : series.labels) cut(label);
  // Of those without points it is not known what lies inside.
  std::erase_if(series.labels, [](const LoadLabel& label) { return label.points.empty(); });
  std::ranges::stable_sort(series.labels, std::ranges::greater(), &LoadLabel::requests);
  if (series.other_labels) cut(*series.other_labels);
}

/// The same for a series whose points have been cut.
void cut_labels_to_points(LoadSeries& series) {
  if (!series.points.empty())
    cut_labels(series, series.points.front().begin, end_of(series.points.back()));
}

void append(LoadSeries& into, const LoadSeries& later) {
  into.points.insert(into.points.end(), later.points.begin(), later.points.end());
  into.totals = totals_of(into.points);
}

}  // namespace

std::vector<LoadSeries> runs_of(const LoadSeries& load) {
  std::vector<LoadSeries> runs;
  for (const LoadPoint& point : load.points) {
    if (runs.empty() || point.begin - end_of(runs.back().points.back()) >= kBetweenRuns) {
      runs.push_back(load);
      runs.back().points.clear();
    }
    runs.back().points.push_back(point);
  }
  if (runs.size() < 2) return {load};
  for (LoadSeries& run : runs) run.totals = totals_of(run.points);
  return runs;
}

LoadSeries run_of_recording(const LoadSeries& load, const std::optional<RunTime>& recording) {
  constexpr std::size_t kNamed = 3;
  const std::vector<LoadSeries> runs = runs_of(load);
  if (runs.size() < 2) return load;
  const bool placed = recording && load.start;
  const auto away = [&](const LoadSeries& run) { return distance(run, *recording); };
  const auto nearest = placed ? std::ranges::min_element(runs, {}, away) : runs.end() - 1;
  const bool overlaps = placed && away(*nearest) == Moment::duration::zero();
  LoadSeries taken = *nearest;
  std::vector<std::string> others;
  for (auto run = runs.begin(); run != runs.end(); ++run) {
    if (run == nearest) continue;
    if (overlaps && away(*run) == Moment::duration::zero())
      append(taken, *run);
    else
      others.push_back(left_out(*run, *nearest));
  }
  if (others.empty()) return load;
  std::string words = whole(double(runs.size())) + " runs are in the file, with pauses between; " +
                      (overlaps ? "what overlaps the recording"
                       : placed ? "none overlaps the recording, and the nearest one"
                                : "the last one") +
                      " is read. Left out: ";
  for (std::size_t i = 0; i < std::min(kNamed, others.size()); ++i)
    words += (i > 0 ? "; " : "") + others[i];
  if (others.size() > kNamed) words += "; and " + whole(double(others.size() - kNamed)) + " more";
  taken.warnings.push_back(words);
  cut_labels_to_points(taken);
  return taken;
}

LoadSeries cut_to_recording(const LoadSeries& load, const RunTime& recording) {
  if (!load.start) return load;
  LoadSeries cut = load;
  std::erase_if(cut.points, [&](const LoadPoint& point) {
    return at(load, end_of(point) + kEdgeRounding) < recording.begin ||
           at(load, point.begin - kEdgeRounding) > recording.end;
  });
  if (cut.points.empty() || cut.points.size() == load.points.size()) return load;
  cut.totals = totals_of(cut.points);
  cut_labels_to_points(cut);
  cut.warnings.push_back("of the load, " +
                         duration_words(totals_of(load.points).seconds - cut.totals.seconds) +
                         " lie outside of the recording and are left out");
  return cut;
}

}  // namespace tierwatch
