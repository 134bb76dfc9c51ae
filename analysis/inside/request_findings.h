// SPDX-License-Identifier: MIT
//
// Requests added up by the kind of page that they ask for: how many, how many failed, how long they
// took; and which are in progress.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectors/loads/series/latency_histogram.h"
#include "collectors/requests/log_line.h"
#include "collectors/requests/request_socket.h"

namespace tierwatch {

/// Finished requests. A value. Bounded, whatever clients ask for.
class EndpointTally {
 public:
  /// Endpoints; all others are "(other paths)". Paths that are remembered.
  static constexpr std::size_t kMostEndpoints = 500, kMostPaths = 20'000;

  struct Row {
    std::string endpoint;  ///< "GET /order/<n>"
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;     ///< status 500 and above
    std::uint64_t no_status = 0;  ///< it is not known
    LatencyHistogram time, upstream;
    double seconds = 0;  ///< all of `time` together
  };

  void add(const LoggedRequest& request);
  const std::vector<Row>& rows() const { return rows_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };
  template <typename Value>
  using Map = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;

  Row& row_of(const LoggedRequest& request);
  std::size_t index_of(std::string_view method, std::string_view target);

  std::vector<Row> rows_;
  Map<std::size_t> endpoints_;  ///< by name
  Map<std::size_t> paths_;      ///< by method and target as they came
  std::string key_;
};

struct RequestTimes {
  double p50 = 0, p95 = 0, p99 = 0;  ///< seconds
};

struct EndpointFindings {
  std::string endpoint;
  std::uint64_t requests = 0;
  double per_second = 0;
  std::optional<double> error_ratio;  ///< of those whose status is known
  std::optional<double> time_ratio;   ///< of the time of all requests
  std::optional<RequestTimes> time, upstream;
};

struct RequestFindings {
  EndpointFindings all;
  std::vector<EndpointFindings> rows;  ///< most time first, or most requests
};

/// Rows that are told.
inline constexpr std::size_t kMostEndpointRows = 100;

RequestFindings find_requests(const EndpointTally& tally, double seconds);

/// Requests that were in progress, look after look. A value.
class ProgressTally {
 public:
  /// `now`: since the epoch.
  void add(const std::vector<RequestInProgress>& requests, std::chrono::seconds now);

  struct Row {
    std::string endpoint;
    double ratio = 0;                            ///< of all that were seen in progress
    std::optional<std::chrono::seconds> oldest;  ///< the longest time that one of them had taken
  };
  /// Most first. Empty: none was seen.
  std::vector<Row> rows() const;
  std::uint64_t looks() const { return looks_; }
  std::uint64_t requests() const { return requests_; }

 private:
  struct Seen {
    std::uint64_t requests = 0;
    std::optional<std::chrono::seconds> oldest;
  };
  std::unordered_map<std::string, Seen> endpoints_;
  std::uint64_t looks_ = 0, requests_ = 0;
};

}  // namespace tierwatch
