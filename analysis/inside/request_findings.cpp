// SPDX-License-Identifier: MIT
#include "analysis/inside/request_findings.h"

#include <algorithm>

#include "collectors/requests/endpoint.h"

namespace tierwatch {
namespace {

constexpr unsigned kFirstError = 500;
constexpr std::size_t kLongestPath = 512;
constexpr const char* kOtherPaths = "(other paths)";

/// "GET"; others than HTTP's own kind of words are what a client made up.
std::string_view method_word(std::string_view method) {
  const bool word = method.size() <= 16 && std::ranges::all_of(method, [](char letter) {
                      return letter >= 'A' && letter <= 'Z';
                    });
  return word ? method : "(odd)";
}

std::optional<RequestTimes> times_of(const LatencyHistogram& histogram) {
  if (histogram.count() == 0) return std::nullopt;
  return RequestTimes{*histogram.quantile_seconds(0.5), *histogram.quantile_seconds(0.95),
                      *histogram.quantile_seconds(0.99)};
}

EndpointFindings findings_of(const EndpointTally::Row& row, double seconds, double all_seconds) {
  EndpointFindings found{.endpoint = row.endpoint, .requests = row.requests};
  if (seconds > 0) found.per_second = static_cast<double>(row.requests) / seconds;
  const std::uint64_t known = row.requests - row.no_status;
  if (known > 0) found.error_ratio = static_cast<double>(row.errors) / static_cast<double>(known);
  if (row.time.count() > 0 && all_seconds > 0) found.time_ratio = row.seconds / all_seconds;
  found.time = times_of(row.time);
  found.upstream = times_of(row.upstream);
  return found;
}

}  // namespace

std::size_t EndpointTally::index_of(std::string_view method, std::string_view target) {
  std::string endpoint = target.empty() ? "(no path)" : endpoint_of(target);
  if (!method.empty()) endpoint = std::string(method_word(method)) + " " + endpoint;
  const auto known = endpoints_.find(endpoint);
  if (known != endpoints_.end()) return known->second;
  if (rows_.size() + 1 >= kMostEndpoints) endpoint = kOtherPaths;
  const auto [place, fresh] = endpoints_.emplace(endpoint, rows_.size());
  if (fresh) rows_.push_back({.endpoint = endpoint});
  return place->second;
}

EndpointTally::Row& EndpointTally::row_of(const LoggedRequest& request) {
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  key_.assign(request.method.substr(0, kLongestPath));
  key_ += ' ';
  key_ += path.substr(0, kLongestPath);
  const auto known = paths_.find(key_);
  if (known != paths_.end()) return rows_[known->second];
  const std::size_t index = index_of(request.method, path);
  if (paths_.size() >= kMostPaths) paths_.clear();
  paths_.emplace(key_, index);
  return rows_[index];
}

void EndpointTally::add(const LoggedRequest& request) {
  Row& row = row_of(request);
  ++row.requests;
  if (!request.status) ++row.no_status;
  if (request.status.value_or(0) >= kFirstError) ++row.errors;
  if (request.time) {
    row.time.add(*request.time);
    row.seconds += static_cast<double>(request.time->count()) / 1e9;
  }
  if (request.upstream) row.upstream.add(*request.upstream);
}

RequestFindings find_requests(const EndpointTally& tally, double seconds) {
  EndpointTally::Row all{.endpoint = ""};
  for (const EndpointTally::Row& row : tally.rows()) {
    all.requests += row.requests;
    all.errors += row.errors;
    all.no_status += row.no_status;
    all.time.merge(row.time);
    all.upstream.merge(row.upstream);
    all.seconds += row.seconds;
  }
  RequestFindings found{.all = findings_of(all, seconds, all.seconds)};
  for (const EndpointTally::Row& row : tally.rows())
    found.rows.push_back(findings_of(row, seconds, all.seconds));
  std::ranges::stable_sort(found.rows, [](const auto& left, const auto& right) {
    return std::pair(left.time_ratio.value_or(0), left.requests) >
           std::pair(right.time_ratio.value_or(0), right.requests);
  });
  if (found.rows.size() > kMostEndpointRows) found.rows.resize(kMostEndpointRows);
  return found;
}

void ProgressTally::add(const std::vector<RequestInProgress>& requests, std::chrono::seconds now) {
  ++looks_;
  for (const RequestInProgress& one : requests) {
    ++requests_;
    const bool full = endpoints_.size() >= EndpointTally::kMostEndpoints;
    Seen& seen =
        endpoints_[full && !endpoints_.contains(one.endpoint) ? kOtherPaths : one.endpoint];
    ++seen.requests;
    if (one.begun && *one.begun <= now)
      seen.oldest = std::max(seen.oldest.value_or(std::chrono::seconds{}), now - *one.begun);
  }
}

std::vector<ProgressTally::Row> ProgressTally::rows() const {
  std::vector<Row> rows;
  for (const auto& [endpoint, seen] : endpoints_)
    rows.push_back({endpoint, static_cast<double>(seen.requests) / static_cast<double>(requests_),
                    seen.oldest});
  std::ranges::sort(rows, [](const Row& left, const Row& right) {
    return std::pair(right.ratio, std::string_view(left.endpoint)) <
           std::pair(left.ratio, std::string_view(right.endpoint));
  });
  return rows;
}

}  // namespace tierwatch
