// SPDX-License-Identifier: MIT
//
// Where requests in flight spend their time, tier by tier. Little's law in counts: what a request
// spends a third of its time on, a third of those in flight are at.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tierwatch {

enum class Spent : std::uint8_t {
  kQueued,   ///< accepted by the kernel, not by the server
  kCpu,      ///< running
  kCpuWait,  ///< runnable, waiting for a CPU
  kDisk,     ///< in uninterruptible sleep
  kLock,     ///< waiting for a lock of the server, as its process titles say
  kPeer,     ///< waiting for the answer of another server
  kUnknown,  ///< none of these, as far as can be seen: timers, locks in memory, outside calls
};
inline constexpr Spent kAllSpent[] = {Spent::kQueued, Spent::kCpu,  Spent::kCpuWait, Spent::kDisk,
                                      Spent::kLock,   Spent::kPeer, Spent::kUnknown};
/// "queued", "cpu", "cpu_wait", "disk", "lock", "peer", "unknown".
std::string_view to_string(Spent spent);

struct TimeSpent {
  Spent on = Spent::kUnknown;
  std::string peer;      ///< of kPeer: a tier, or host:port; else empty
  bool watched = false;  ///< the peer is a tier
  double requests = 0;   ///< mean number of them
  bool operator==(const TimeSpent&) const = default;
};

/// The requests that one server, or all of a tier where it is judged as one, has taken on and not
/// answered, and those that wait for it to take them.
struct TierTime {
  std::string tier;
  std::string instance;          ///< which of its servers, where it has several; else empty
  double in_flight = 0;          ///< the sum of `spent`
  double from_outside = 0;       ///< of those, asked by clients that are no watched tier
  std::vector<TimeSpent> spent;  ///< what takes no time is left out
  bool operator==(const TierTime&) const = default;
};
/// As the judge calls it: "gunicorn", or "gunicorn (shop.service)".
inline std::string full_name(const TierTime& one) {
  return one.instance.empty() ? one.tier : one.tier + " (" + one.instance + ")";
}

struct TimePart {
  Spent on = Spent::kUnknown;
  double share = 0;
  bool operator==(const TimePart&) const = default;
};

/// A place where a request that comes from outside spends a share of its time.
struct TimeShare {
  std::string name;      ///< of a tier, with its server where it has several; or host:port
  bool watched = false;  ///< it is a tier
  double share = 0;      ///< of the request's time from the first tier on; all of them make 1
  /// What the share is made of, by shares of the same whole; empty where it is not known.
  std::vector<TimePart> of;
  /// Who asks it, where that is another one than the place before it: ways part there.
  std::optional<std::string> asked_by{};
  bool operator==(const TimeShare&) const = default;
};

}  // namespace tierwatch
