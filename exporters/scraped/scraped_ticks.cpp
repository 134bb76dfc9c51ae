// SPDX-License-Identifier: MIT
#include "exporters/scraped/scraped_ticks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "exporters/json/enum_names.h"
#include "exporters/scraped/tick_draft.h"

namespace tierwatch {
namespace {

constexpr double kStillFresh = 2.5;  ///< scrapes
constexpr double kNever = std::numeric_limits<double>::quiet_NaN();

/// A series with a place for each moment.
struct Row {
  const ApiSeries* series = nullptr;
  std::vector<double> values;  ///< NaN: none

  std::optional<double> at(std::size_t moment) const {
    return std::isnan(values[moment]) ? std::nullopt : std::optional(values[moment]);
  }
};

std::vector<double> on_moments(const ApiSeries& series, const ScrapedMoments& moments) {
  std::vector<double> values(moments.count, kNever);
  for (const auto& [at, value] : series.values) {
    const double place = std::round((at - moments.first) / moments.step_seconds);
    if (place >= 0 && place < double(moments.count))
      values[static_cast<std::size_t>(place)] = value;
  }
  return values;
}

/// How much older than usual the newest sample may be: clocks of hosts may be wrong, so that only
/// differences count.
double least_age(const std::vector<double>& taken, const ScrapedMoments& moments) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i < taken.size(); ++i)
    if (!std::isnan(taken[i]))
      least = std::min(least, moments.first + double(i) * moments.step_seconds - taken[i]);
  return least;
}

class HostReader {
 public:
  HostReader(std::span<const ApiSeries> series, const ScrapedMoments& moments, WatchedHost& host)
      : moments_(moments), host_(host) {
    for (const ApiSeries& one : series) {
      if (one.label("__name__") == kSnapshotTime)
        taken_ = on_moments(one, moments);
      else if (const SeriesUse use = use_of(one.label("__name__")))
        rows_.push_back({{&one, on_moments(one, moments)}, use});
      remember(one);
    }
  }

  void fill() {
    host_.ticks.assign(moments_.count, nullptr);
    if (taken_.empty()) return;
    const double age = least_age(taken_, moments_);
    std::optional<std::size_t> before;  // the moment at which the sample before was first seen
    for (std::size_t i = 0; i < moments_.count; ++i) {
      if (std::isnan(taken_[i])) continue;
      const double now = moments_.first + double(i) * moments_.step_seconds;
      const double most = kStillFresh * std::max(host_.scrape_seconds, moments_.step_seconds);
      const bool fresh = now - taken_[i] - age <= most;
      if (before && taken_[i] == taken_[*before]) {
        if (fresh && i > 0) host_.ticks[i] = host_.ticks[i - 1];
        continue;
      }
      const bool joins =
          before && taken_[i] > taken_[*before] && taken_[i] - taken_[*before] <= most;
      if (fresh && joins) host_.ticks[i] = tick(*before, i);
      before = i;
    }
  }

 private:
  void remember(const ApiSeries& one) {
    const std::string& name = one.label("__name__");
    if (name == "tierwatch_address_info" &&
        std::ranges::find(host_.addresses, one.label("address")) == host_.addresses.end())
      host_.addresses.push_back(one.label("address"));
    if (name != "tierwatch_listener_queue_limit" || one.label("family") != "tcp") return;
    const ServedAddress served{one.label("tier"), one.label("address"), one.label("network")};
    if (std::ranges::find(host_.served, served) == host_.served.end())
      host_.served.push_back(served);
  }

  std::shared_ptr<const HostTick> tick(std::size_t before, std::size_t now) const {
    TickDraft draft(taken_[now] - taken_[before]);
    for (const auto& [row, use] : rows_) {
      const auto value = row.at(now);
      if (!value) continue;
      const auto earlier = row.at(before);
      std::optional<double> more;
      if (earlier && *value >= *earlier) more = *value - *earlier;
      use(draft, {*row.series, *value, more});
    }
    return std::make_shared<const HostTick>(draft.take());
  }

  const ScrapedMoments& moments_;
  WatchedHost& host_;
  std::vector<double> taken_;
  std::vector<std::pair<Row, SeriesUse>> rows_;
};

}  // namespace

void fill_host(std::span<const ApiSeries> series, const ScrapedMoments& moments,
               WatchedHost& host) {
  HostReader(series, moments, host).fill();
}

}  // namespace tierwatch
