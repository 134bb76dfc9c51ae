// SPDX-License-Identifier: MIT
//
// One bottleneck out of many full things, or that nothing is full, with the evidence. What names it
// are rules in a fixed order (Rule), tried on real stacks; docs/how-it-judges.md tells them to
// users.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/request_time.h"
#include "analysis/resource.h"

namespace tierwatch {

enum class Heat : std::uint8_t { kCalm, kWarm, kHot };
/// "calm", "warm", "hot".
std::string_view to_string(Heat heat);

/// What makes something full, in the order in which one bottleneck is sought among many.
enum class Rule : std::uint8_t {
  kCountableLimit,  ///< fds, memory, slots: facts
  kLock,            ///< processes that wait for each other
  kOwnCeiling,      ///< CPU against what the tier itself may use
  kSharedCpu,       ///< the processors are full, by all together
  kDisk,
  kNetwork,          ///< a link sends as fast as it can
  kWorkers,          ///< all held
  kConnectionTable,  ///< nginx' own
  kStuck,  ///< connections wait for accept(2), or requests to be read, and nothing above explains
           ///< it
};

struct Saturation {
  std::string tier;
  Resource resource = Resource::kCpu;
  Rule rule = Rule::kOwnCeiling;
  Heat state = Heat::kCalm;
  std::optional<double> utilization_ratio;  ///< absent: only its consequences are seen
  std::optional<double> used, capacity;     ///< in the resource's own unit
  double full_at = 1;                       ///< the threshold it is measured by
  std::string bound;                        ///< of CPU: what the capacity is made of
  bool event = false;                       ///< something that happened, no level: it need not last
  std::string why;                          ///< for people
  bool operator==(const Saturation&) const = default;
};

/// The ones that were hot at the last judgement: they stay so until `leave_margin` lower.
using HotSet = std::set<TierResource>;

enum class VerdictState : std::uint8_t { kUnknown, kClear, kSaturated };
/// "unknown", "clear", "saturated".
std::string_view to_string(VerdictState state);

enum class Confidence : std::uint8_t {
  kLow,     ///< near the threshold, or something unseen could change the answer
  kMedium,  ///< one signal
  kHigh,    ///< a second, independent signal agrees
};
/// "low", "medium", "high".
std::string_view to_string(Confidence confidence);

/// Something else that was looked at, and why it is not the bottleneck.
struct VerdictCandidate {
  TierResource what;
  std::optional<double> utilization_ratio;
  Heat state = Heat::kCalm;
  std::string why_not;
  bool operator==(const VerdictCandidate&) const = default;
};

/// What the held workers of the named tier wait for.
struct WaitingOn {
  std::string tier;             ///< name of a tier; "external" with an address; "disk", "lock"
  std::string address;          ///< host:port of a peer that is no tier; else empty
  std::optional<double> share;  ///< of the held workers' time; absent: concluded from connections
  std::vector<std::string> through;  ///< tiers on the way to it, that only pass requests on
  bool operator==(const WaitingOn&) const = default;
};

/// A place on the way of the requests.
struct PathStep {
  std::string name;        ///< of a tier, or host:port
  std::string instance{};  ///< which of its servers, where it has several: as Verdict::instance
  bool watched = false;    ///< it is a tier
  /// Of the time of requests at the step before, that they wait for this one; absent for the first,
  /// and where only connections show the way.
  std::optional<double> share;
  bool operator==(const PathStep&) const = default;
};

struct Verdict {
  VerdictState state = VerdictState::kUnknown;
  std::string reason;    ///< why unknown; else empty
  std::string tier;      ///< of the bottleneck, or `other`; empty unless saturated
  std::string instance;  ///< which of its servers, where it has several: "shop.service"
  Resource resource = Resource::kCpu;
  double since_seconds = 0;  ///< how long it has lasted; filled in by the tracker
  Confidence confidence = Confidence::kLow;
  std::string what;      ///< "cpu 3.94 of 4.00 cores (4 workers × 1)": the sentence's middle
  std::string sentence;  ///< see verdict_sentence()
  std::vector<std::string> evidence;
  std::vector<TierResource> joint_with;      ///< as full as the one named, and independent of it
  std::vector<VerdictCandidate> candidates;  ///< hottest first; idle ones are left out
  std::optional<WaitingOn> waiting_on;
  /// From the tier that outside clients speak to through the one named to what its requests wait
  /// for; empty unless a tier is named.
  std::vector<PathStep> path;
  std::vector<TierTime> in_flight;       ///< of each tier of which it is known, most first
  std::vector<TimeShare> request_time;   ///< of requests from outside; empty while there are none
  std::vector<std::string> relief;       ///< ways to lift the limit that is named, any one of them
  std::vector<std::string> blind_spots;  ///< what could not be seen and could change the answer
  std::vector<Saturation> saturations;   ///< all that is known, for metrics and views
  bool event = false;                    ///< named for something that happened: an OOM kill

  /// Tier and resource that are named; absent unless saturated.
  std::optional<TierResource> named() const {
    if (state != VerdictState::kSaturated) return std::nullopt;
    return TierResource{tier, resource};
  }
  bool operator==(const Verdict&) const = default;
};

}  // namespace tierwatch
