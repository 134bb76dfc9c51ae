// SPDX-License-Identifier: MIT
//
// The hosts that a Prometheus scraped in a stretch of time, each with its ticks.
#pragma once

#include <chrono>
#include <string>

#include "analysis/hosts/watched_hosts.h"
#include "exporters/scraped/prometheus_api.h"

namespace tierwatch {

/// More hosts are not read into one report, nor a longer time, nor more moments of all hosts
/// together: one of a host with five tiers takes 15 kB.
inline constexpr std::size_t kMostHosts = 200;
inline constexpr auto kLongestScraped = std::chrono::days(31);
inline constexpr std::size_t kMostHostMoments = 18'000;

struct ScrapedRequest {
  std::string instance;  ///< RE2 pattern of the whole label; empty: any
  std::chrono::system_clock::time_point from{}, to{};
};

/// Asks for the list of hosts, then for each host's series, one answer each. The step is the
/// shortest time between two scrapes of a host, or longer where there would be too many moments.
/// Throws ScrapedError: also where there is no host, or there are too many.
WatchedHosts read_scraped_hosts(PrometheusApi& api, const ScrapedRequest& request);

}  // namespace tierwatch
