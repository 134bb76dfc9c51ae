// SPDX-License-Identifier: MIT
//
// What a load generator was told to do, as far as its kind and its command line show: whether it
// waits for answers before it asks again, and at which rate it shall send.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tierwatch {

struct LoadPlan {
  enum class Sending {
    kUnknown,   ///< its script decides (JMeter, Locust, k6, Gatling)
    kWaits,     ///< each connection asks again once its answer is there
    kPaced,     ///< the same, but not before a moment that its rate sets
    kSchedule,  ///< requests are due at moments of their own, whatever is under way
  };
  Sending sending = Sending::kUnknown;
  std::optional<double> requests_per_second;  ///< of all connections together; absent: not told
  std::optional<double> connections;          ///< only beside a rate that is paced
  /// From one request of a connection to its next, where that is paced.
  std::optional<double> pace_seconds;
  bool latency_from_due = false;  ///< latency counts from when a request was due, not sent
  std::string option;             ///< where the rate was read: "wrk -R 2000"; empty: nowhere
  bool operator==(const LoadPlan&) const = default;
};

/// Of a `tool` as in LoadSeries and the shell command that ran it, which may be empty. Its rate is
/// absent where the command calls the tool several times, or takes the rate from a variable; a pace
/// that all calls were told stays. Pure.
LoadPlan load_plan(std::string_view tool, std::string_view command);

}  // namespace tierwatch
