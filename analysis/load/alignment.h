// SPDX-License-Identifier: MIT
//
// How far the load generator's clock is from ours. Two machines, a file written in local time, a
// tool that tells no time of day: before load and server can be joined, one has to be shifted.
#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "analysis/load/run_sample.h"
#include "collectors/loads/load_series.h"

namespace tierwatch {

struct AlignmentHints {
  /// The generator was started by us on this machine: its clock is ours.
  bool same_clock = false;
  /// The user says so: taken as it is.
  std::optional<std::chrono::nanoseconds> given;
  std::chrono::seconds search{120};  ///< to both sides of every zone
};

struct ClockOffset {
  enum class Source {
    kNone,         ///< there is no load series, or nothing of it can be placed in time
    kSameClock,    ///< same machine
    kGiven,        ///< by the user
    kCorrelation,  ///< found: throughput against what the tiers did
    kAssumed,      ///< the data cannot tell; the stamps are taken as they are
    kRefused,      ///< the data cannot tell, and as they are the stamps lie outside of the run
  };
  Source source = Source::kNone;
  /// To be added to the generator's stamps to get ours; meaningless when source is kNone or
  /// kRefused.
  std::chrono::nanoseconds offset{};
  /// When the first request began, by our clock, where the tool tells no time of day but was found
  /// anyway; `offset` is zero then.
  std::optional<std::chrono::system_clock::time_point> start;
  /// The whole quarters of an hour in `offset` (a time zone); zero as a rule.
  std::chrono::minutes zone{};
  std::optional<double> correlation;        ///< at `offset`, 0 to 1
  std::optional<double> rival_correlation;  ///< the best one elsewhere
  std::optional<double> error_seconds;      ///< two standard errors of `offset`
  std::string signal;                       ///< what throughput was compared with
  std::string words;                        ///< how it was obtained, or why it was refused

  bool usable() const { return source != Source::kNone && source != Source::kRefused; }
  bool operator==(const ClockOffset&) const = default;
};
/// "none", "same clock", "given", "correlation", "assumed", "refused".
std::string_view to_string(ClockOffset::Source source);

/// Estimates the offset: every zone (whole quarters of an hour within ±14 h), ±`search` around it;
/// the correlation of throughput, zero before and after the run, with the CPU time and the busy
/// workers of the tiers, per second; its peak to a fraction of a second. Accepted at a correlation
/// of 0.8 whose nearest rival is 0.1 lower and whose place is certain to 1 s. Zone 0 is preferred
/// when it is convincing by itself and the file knows its zone. A file without any time of day is
/// sought in the whole recording. Pure. Cost: zones that overlap ×
/// 240 × seconds of the run; 0.1 s for an hour.
ClockOffset align(const LoadSeries& load, std::span<const RunSample> samples,
                  const AlignmentHints& hints = {});

}  // namespace tierwatch
