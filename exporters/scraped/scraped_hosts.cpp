// SPDX-License-Identifier: MIT
#include "exporters/scraped/scraped_hosts.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "analysis/hosts/peer_places.h"
#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "exporters/scraped/scraped_ticks.h"

namespace tierwatch {
namespace {

constexpr std::size_t kMostMomentsOfOne = 2'000;
constexpr std::size_t kMostNamedHosts = 20;
constexpr double kLeastScrapes = 3;
constexpr double kSparse = 1.5;      ///< scrapes in a step: some are passed over
constexpr double kNearTenth = 0.05;  ///< of a tenth of a second: scrapes jitter

/// A host as its own series names it.
struct FoundHost {
  std::map<std::string, std::string> labels;  ///< without `__name__`
  double scrapes = 0, scrape_seconds = 0;
  const std::string& instance() const { return labels.at("instance"); }
};

std::string selector(const std::map<std::string, std::string>& labels) {
  std::string text;
  for (const auto& [name, value] : labels) text += "," + name + "=" + promql_text(value);
  return text;
}

std::string with_pattern(const ScrapedRequest& request) {
  return std::string(kSnapshotTime) +
         (request.instance.empty() ? "" : "{instance=~" + promql_text(request.instance) + "}");
}

std::string over_all(const std::string& function, const std::string& what,
                     const ScrapedRequest& request) {
  const auto seconds = std::lround(std::ceil(seconds_of(request.to - request.from)));
  return function + "(" + what + "[" + std::to_string(seconds) + "s])";
}

/// Those it knows of, whatever was asked for.
std::string known_instances(PrometheusApi& api, const ScrapedRequest& request) {
  std::set<std::string> names;
  for (const ApiSeries& one : api.query(
           "group by (instance) (" + over_all("count_over_time", kSnapshotTime, request) + ")",
           request.to))
    names.insert(one.label("instance"));
  if (names.empty())
    return "no " + std::string(kSnapshotTime) +
           " of any host between then: does it scrape "
           "tierwatch's daemons (/usr/share/tierwatch/prometheus/scrape.yml), and did it at that "
           "time?";
  std::vector<std::string> shown(names.begin(), names.end());
  const std::size_t all = shown.size();
  if (all > kMostNamedHosts) shown.resize(kMostNamedHosts);
  return "no instance is called like --instance " + request.instance +
         ", which must fit the whole name; there are " + listed(shown) +
         (all > shown.size() ? " and " + std::to_string(all - shown.size()) + " more" : "");
}

/// By instance; of several with one name that with most scrapes, which is said.
std::vector<FoundHost> distinct(std::vector<FoundHost> found, std::vector<std::string>& notes) {
  std::ranges::stable_sort(found, [](const FoundHost& a, const FoundHost& b) {
    return a.instance() != b.instance() ? a.instance() < b.instance() : a.scrapes > b.scrapes;
  });
  std::vector<FoundHost> hosts;
  std::set<std::string> repeated;
  for (FoundHost& one : found) {
    if (hosts.empty() || hosts.back().instance() != one.instance())
      hosts.push_back(std::move(one));
    else if (repeated.insert(one.instance()).second)
      notes.push_back(one.instance() +
                      " is there more than once, with other labels beside: the "
                      "series with most scrapes were read");
  }
  return hosts;
}

std::vector<FoundHost> find_hosts(PrometheusApi& api, const ScrapedRequest& request,
                                  std::vector<std::string>& notes) {
  const std::string series = with_pattern(request);
  std::vector<FoundHost> found;
  for (const ApiSeries& one : api.query(over_all("count_over_time", series, request), request.to)) {
    if (one.values.empty() || one.label("instance").empty()) continue;
    found.push_back({.labels = one.labels, .scrapes = one.values.back().second});
  }
  if (found.empty()) throw ScrapedError(known_instances(api, request));
  const std::string span = over_all("max_over_time", series, request) + " - " +
                           over_all("min_over_time", series, request);
  for (const ApiSeries& one : api.query(span, request.to))
    for (FoundHost& host : found)
      if (host.labels == one.labels && !one.values.empty() && host.scrapes > 1)
        host.scrape_seconds = one.values.back().second / (host.scrapes - 1);
  std::erase_if(found, [&](const FoundHost& host) {
    const bool few = host.scrapes < kLeastScrapes || host.scrape_seconds <= 0;
    if (few)
      notes.push_back(host.instance() + " was scraped less than three times: it is left out");
    return few;
  });
  if (found.empty())
    throw ScrapedError("no host was scraped three times between then: choose a longer time");
  return distinct(std::move(found), notes);
}

/// Without what all of them do without: the port.
std::vector<std::string> names_of(const std::vector<FoundHost>& hosts) {
  std::map<std::string, std::size_t> bare;
  const auto without_port = [](const std::string& instance) {
    const auto address = split_address(instance);
    return address ? address->host : instance;
  };
  for (const FoundHost& host : hosts) ++bare[without_port(host.instance())];
  std::vector<std::string> names;
  for (const FoundHost& host : hosts) {
    const std::string name = without_port(host.instance());
    names.push_back(bare[name] == 1 ? name : host.instance());
  }
  return names;
}

double rounded_to_tenth(double seconds) {
  const double tenths = std::round(seconds * 10) / 10;
  return tenths > 0 && std::abs(tenths - seconds) <= kNearTenth ? tenths : seconds;
}

ScrapedMoments moments_of(const ScrapedRequest& request, double scrape_seconds, std::size_t hosts) {
  const double length = seconds_of(request.to - request.from);
  const double most = std::min(double(kMostMomentsOfOne), double(kMostHostMoments) / double(hosts));
  const double step = std::max(rounded_to_tenth(scrape_seconds), length / most);
  return {.first = seconds_of(request.from.time_since_epoch()),
          .step_seconds = std::ceil(step * 1000) / 1000,
          .count = static_cast<std::size_t>(length / step) + 1};
}

}  // namespace

WatchedHosts read_scraped_hosts(PrometheusApi& api, const ScrapedRequest& request) {
  if (request.to - request.from > kLongestScraped)
    throw ScrapedError("the time from --from to --to is longer than 31 days: choose a shorter one");
  WatchedHosts all;
  const std::vector<FoundHost> hosts = find_hosts(api, request, all.notes);
  if (hosts.size() > kMostHosts)
    throw ScrapedError(std::to_string(hosts.size()) + " hosts match, and a report is of " +
                       std::to_string(kMostHosts) + " at most: choose with --instance");
  const double scrape = std::ranges::min(hosts, {}, &FoundHost::scrape_seconds).scrape_seconds;
  const ScrapedMoments moments = moments_of(request, scrape, hosts.size());
  if (moments.step_seconds > kSparse * scrape)
    all.notes.push_back(
        "the time is long: of the scrapes, one in " + few_digits(scrape) + " s, one in " +
        few_digits(moments.step_seconds) +
        " s was looked at, and what is shorter does not show; choose a shorter time, "
        "or fewer hosts");
  // A scrape tells of the time before it: half a scrape, on average, until it is looked at.
  all.begin = request.from - std::chrono::duration_cast<std::chrono::system_clock::duration>(
                                 duration_of(scrape / 2));
  all.step_seconds = moments.step_seconds;
  all.moments = moments.count;
  const std::vector<std::string> names = names_of(hosts);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    WatchedHost& host = all.hosts.emplace_back();
    host.name = names[i];
    host.instance = hosts[i].instance();
    host.scrape_seconds = hosts[i].scrape_seconds;
    const std::string series =
        "{__name__=~" + promql_text(scraped_names()) + selector(hosts[i].labels) + "}";
    fill_host(api.query_range(series, request.from, request.to, moments.step_seconds), moments,
              host);
  }
  for (const std::string& warning : api.warnings())
    all.notes.push_back("Prometheus warns: " + warning);
  return all;
}

}  // namespace tierwatch
