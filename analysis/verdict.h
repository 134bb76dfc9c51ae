// SPDX-License-Identifier: MIT
//
// One bottleneck out of many full things, or that nothing is full, with the evidence. What names it
// are rules in a fixed order (Rule), tried on real stacks; docs/how-it-judges.md tells them to
// users.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/saturation.h"

namespace tierwatch {

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
  bool operator==(const WaitingOn&) const = default;
};

struct Verdict {
  VerdictState state = VerdictState::kUnknown;
  std::string reason;  ///< why unknown; else empty
  std::string tier;    ///< of the bottleneck, or `other`; empty unless saturated
  Resource resource = Resource::kCpu;
  double since_seconds = 0;  ///< how long it has lasted; filled in by the tracker
  Confidence confidence = Confidence::kLow;
  std::string what;      ///< "cpu 3.94 of 4.00 cores (4 workers × 1)": the sentence's middle
  std::string sentence;  ///< see verdict_sentence()
  std::vector<std::string> evidence;
  std::vector<TierResource> joint_with;      ///< as full as the one named, and independent of it
  std::vector<VerdictCandidate> candidates;  ///< hottest first; idle ones are left out
  std::optional<WaitingOn> waiting_on;
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

/// Judges one stretch of time by itself: sustain and `since_seconds` are the tracker's (see
/// verdict_tracker.h). `before`: what was hot at the last judgement. The order of the tiers, and
/// idle ones, change nothing. `named_before`: of two that are equally full, the one named last time
/// is named again. Pure; some tens of microseconds.
Verdict judge(const JudgeInput& input, const ThresholdTable& thresholds = {},
              const HotSet& before = {}, const std::optional<TierResource>& named_before = {});

}  // namespace tierwatch
