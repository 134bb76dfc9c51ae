// SPDX-License-Identifier: MIT
//
// The series of one host, at moments that are equally far apart, as what its daemon said at each
// and the facts behind it. Rates are taken between the samples that were scraped, by the times at
// which the daemon took them; what a metric does not say is absent.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/hosts/watched_hosts.h"
#include "exporters/scraped/prometheus_api.h"

namespace tierwatch {

/// What is read of each host, as a pattern for `__name__`.
std::string scraped_names();
/// When the daemon took the sample that a scrape shows.
inline constexpr const char* kSnapshotTime = "tierwatch_snapshot_timestamp_seconds";

/// When the moments are.
struct ScrapedMoments {
  double first = 0;  ///< seconds since the epoch
  double step_seconds = 1;
  std::size_t count = 0;
};

/// Fills in all of `host` but its names. A sample that is older than two and a half scrapes counts
/// no longer: then there is no tick. Pure.
void fill_host(std::span<const ApiSeries> series, const ScrapedMoments& moments, WatchedHost& host);

}  // namespace tierwatch
