// SPDX-License-Identifier: MIT
#include "collectors/loads/series/label_tally.h"

#include <algorithm>

namespace tierwatch {
namespace {

using std::chrono::nanoseconds;

std::int64_t bin_index(nanoseconds at, std::int64_t width) {
  return at.count() / width - (at.count() % width < 0 ? 1 : 0);
}

/// A cut between characters would need to know them: what is cut is one anyway.
std::string_view cut_label(std::string_view label) {
  return label.substr(0, LabelTally::kLongestLabel);
}

void write_quantiles(const LatencyHistogram& latency, auto& to) {
  to.p50_seconds = latency.quantile_seconds(0.50);
  to.p95_seconds = latency.quantile_seconds(0.95);
  to.p99_seconds = latency.quantile_seconds(0.99);
}

}  // namespace

void LabelTally::Bin::merge(const Bin& other) {
  requests += other.requests;
  errors += other.errors;
  latency.merge(other.latency);
}

void LabelTally::Counts::merge(const Counts& other) {
  requests += other.requests;
  for (const auto& [index, bin] : other.bins) bins[index].merge(bin);
}

void LabelTally::add(std::string_view label, const Request& request) {
  if (label.empty()) return;
  fit(bin_index(request.end, width_));
  Counts& counts = counts_of(cut_label(label));
  counts.requests += request.samples;
  Bin& bin = counts.bins[bin_index(request.end, width_)];
  bin.requests += request.samples;
  bin.errors += request.failed;
  if (request.timed) bin.latency.add(request.latency, request.samples);
}

LabelTally::Counts& LabelTally::counts_of(std::string_view label) {
  if (const auto known = labels_.find(label); known != labels_.end()) return known->second;
  const bool other = other_labels_.contains(TextHash{}(label));
  if (other || other_labels_.size() >= kMostKnownOthers) {
    more_labels_ = more_labels_ || !other;
    return others_;
  }
  if (labels_.size() == kMostLabels) make_room();
  return labels_[std::string(label)];
}

/// The smaller half goes.
void LabelTally::make_room() {
  std::vector<std::pair<std::uint64_t, std::string>> order;
  for (const auto& [name, counts] : labels_) order.emplace_back(counts.requests, name);
  std::ranges::sort(order, std::greater());
  for (std::size_t i = kKeptLabels; i < order.size(); ++i) {
    const auto gone = labels_.find(order[i].second);
    others_.merge(gone->second);
    other_labels_.insert(TextHash{}(gone->first));
    labels_.erase(gone);
  }
}

void LabelTally::fit(std::int64_t index) {
  if (last_ < first_) first_ = last_ = index;
  while (std::max(index, last_) - std::min(index, first_) >= kMostBins) {
    widen();
    index = index / 2 - (index % 2 < 0 ? 1 : 0);
  }
  first_ = std::min(first_, index);
  last_ = std::max(last_, index);
}

void LabelTally::widen() {
  const auto half = [](std::int64_t index) { return index / 2 - (index % 2 < 0 ? 1 : 0); };
  const auto join = [&](Counts& counts) {
    std::map<std::int64_t, Bin> wide;
    for (auto& [index, bin] : counts.bins) wide[half(index)].merge(bin);
    counts.bins = std::move(wide);
  };
  for (auto& [name, counts] : labels_) join(counts);
  join(others_);
  first_ = half(first_);
  last_ = half(last_);
  width_ *= 2;
}

LoadLabel LabelTally::written(std::string name, const Counts& counts, nanoseconds start,
                              bool with_quantiles) const {
  LoadLabel label{.name = std::move(name), .requests = double(counts.requests)};
  LatencyHistogram all;
  for (const auto& [index, bin] : counts.bins) {
    LoadPoint& point = label.points.emplace_back();
    point.begin = nanoseconds(index * width_) - start;
    point.length = nanoseconds(width_);
    point.requests = bin.requests;
    point.errors = bin.errors;
    point.mean_seconds = bin.latency.mean_seconds();
    if (with_quantiles) write_quantiles(bin.latency, point);
    label.errors += bin.errors;
    all.merge(bin.latency);
  }
  label.mean_seconds = all.mean_seconds();
  if (with_quantiles) {
    write_quantiles(all, label);
    label.max_seconds = all.max_seconds();
  }
  return label;
}

void LabelTally::write_to(LoadSeries& series, nanoseconds start, bool with_quantiles) const {
  if (labels_.size() + other_labels_.size() < 2) return;
  std::vector<std::pair<std::string, const Counts*>> order;
  for (const auto& [name, counts] : labels_) order.emplace_back(name, &counts);
  std::ranges::sort(order, [](const auto& a, const auto& b) {
    return a.second->requests != b.second->requests ? a.second->requests > b.second->requests
                                                    : a.first < b.first;
  });
  Counts rest = others_;
  std::uint64_t left_out = other_labels_.size();
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i < kWrittenLabels) {
      series.labels.push_back(written(order[i].first, *order[i].second, start, with_quantiles));
      continue;
    }
    rest.merge(*order[i].second);
    ++left_out;
  }
  if (left_out == 0) return;
  series.other_labels = written("", rest, start, with_quantiles);
  series.other_label_count = left_out;
  series.other_labels_are_more = more_labels_;
}

}  // namespace tierwatch
