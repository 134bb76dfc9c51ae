// SPDX-License-Identifier: MIT
//
// Two questions of Prometheus' HTTP API, which Thanos and Mimir answer as well, and what is wrong
// with an answer.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "exporters/http/http_fetcher.h"

namespace tierwatch {

/// what() says what could not be read, of whom, and what to do.
class ScrapedError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct PrometheusOptions {
  std::string url;  ///< what stands before /api/v1, "https://prometheus:9090"; may name a user
  std::string ca_file;
  bool insecure = false;       ///< any certificate will do
  std::string user, password;  ///< empty: of the URL or ~/.netrc
  std::string bearer_token;    ///< empty: none
};

/// A series of an answer. What is no number (NaN, infinities) is left out.
struct ApiSeries {
  std::map<std::string, std::string> labels;
  std::vector<std::pair<double, double>> values;  ///< seconds since the epoch, value
  /// Empty where it has no such label.
  const std::string& label(const std::string& name) const;
};

/// A text as a string of PromQL, with its quotes.
std::string promql_text(std::string_view text);

/// Not thread-safe.
class PrometheusApi {
 public:
  /// Asks for a path below the base URL, with a form; `Fetched` as of HttpFetcher.
  using Ask = std::function<Fetched(const std::string& path, const std::string& form)>;

  /// Over the network. Throws std::runtime_error when libcurl cannot be used.
  explicit PrometheusApi(const PrometheusOptions& options);
  /// `url`: to be named in errors.
  PrometheusApi(std::string url, bool had_account, Ask ask)
      : url_(std::move(url)), had_account_(had_account), ask_(std::move(ask)) {}

  using Moment = std::chrono::system_clock::time_point;
  /// One value for each series. Both throw ScrapedError.
  std::vector<ApiSeries> query(const std::string& expression, Moment at);
  std::vector<ApiSeries> query_range(const std::string& expression, Moment from, Moment to,
                                     double step_seconds);

  /// What the answers so far warned of: parts of a Thanos that did not answer.
  const std::set<std::string>& warnings() const { return warnings_; }

 private:
  std::vector<ApiSeries> result_of(const std::string& path, const std::string& form);
  [[noreturn]] void fail(const std::string& problem) const;
  void check(const Fetched& answer, const std::string& path) const;

  std::string url_;  ///< without a password
  bool had_account_ = false;
  Ask ask_;
  std::set<std::string> warnings_;
};

}  // namespace tierwatch
