// SPDX-License-Identifier: MIT
#include "collectors/loads/joined_labels.h"

#include <algorithm>

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

constexpr std::size_t kMostJoinedLabels = 200;

/// Means weighted by requests; quantiles of two sets are of neither.
void add_label(LoadLabel from, nanoseconds later, LoadLabel& into) {
  for (LoadPoint& point : from.points) {
    point.begin += later;
    into.points.push_back(point);
  }
  std::ranges::stable_sort(into.points, {}, &LoadPoint::begin);
  const double all = into.requests + from.requests;
  if (into.mean_seconds && from.mean_seconds && all > 0)
    into.mean_seconds =
        (*into.mean_seconds * into.requests + *from.mean_seconds * from.requests) / all;
  else
    into.mean_seconds.reset();
  into.max_seconds = into.max_seconds && from.max_seconds
                         ? std::optional(std::max(*into.max_seconds, *from.max_seconds))
                         : std::nullopt;
  into.p50_seconds = into.p95_seconds = into.p99_seconds = std::nullopt;
  into.requests = all;
  into.errors += from.errors;
}

LoadLabel moved_label(LoadLabel label, nanoseconds later) {
  for (LoadPoint& point : label.points) point.begin += later;
  return label;
}

}  // namespace

void add_labels(const LoadSeries& from, nanoseconds later, LoadSeries& into) {
  for (const LoadLabel& label : from.labels) {
    const auto known = std::ranges::find(into.labels, label.name, &LoadLabel::name);
    if (known != into.labels.end()) {
      add_label(label, later, *known);
    } else if (into.labels.size() < kMostJoinedLabels) {
      into.labels.push_back(moved_label(label, later));
    } else {
      if (!into.other_labels) into.other_labels.emplace();
      add_label(label, later, *into.other_labels);
      ++into.other_label_count;
    }
  }
  if (!from.other_labels) return;
  if (into.other_labels)
    add_label(*from.other_labels, later, *into.other_labels);
  else
    into.other_labels = moved_label(*from.other_labels, later);
  // The same labels may be left out of both.
  into.other_labels_are_more = true;
  into.other_label_count = std::max(into.other_label_count, from.other_label_count);
}

}  // namespace tierwatch
