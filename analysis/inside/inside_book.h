// SPDX-License-Identifier: MIT
//
// Functions and stacks of a whole run, each with a number, so that a recording holds each once.
// Bounded, whatever the stacks are.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/inside/recorded_inside.h"
#include "analysis/inside/stack_tally.h"
#include "analysis/inside/statement_findings.h"

namespace tierwatch {

/// A value.
class InsideBook {
 public:
  /// Of stacks that come later the innermost frame alone, and of still later ones none.
  static constexpr std::size_t kMostStacks = 20'000, kMostFrames = 500'000;

  /// The tier that listens there; empty: none that is known.
  using TierOf = std::function<std::string(const std::string& peer)>;

  /// Adds one stretch, whose times, tier, looks and processes are given; what it counts is taken
  /// from the tally. `functions` are those of the tier's sampler.
  void add(InsideStretch stretch, const StackTally& tally,
           const std::vector<PythonFunction>& functions, const TierOf& tier_of);
  /// The same of statements; who holds them up is not kept.
  void add(InsideStretch stretch, const StatementTally& tally,
           const std::vector<std::string>& statements, std::optional<int> version);
  void add(InsideNote note) { news_.added.notes.push_back(std::move(note)); }

  /// Rows that stretches had so far.
  std::uint64_t counted() const { return counted_; }
  bool any_news() const { return !news_.added.empty(); }
  /// All that was added since the last time.
  InsideNews take();

 private:
  using OfTier = std::map<TalliedStack, std::uint32_t>;

  std::uint32_t function(const PythonFunction& function);
  std::uint32_t put(RecordedStack stack);
  std::uint32_t stack(OfTier& known, TalliedStack seen,
                      const std::vector<PythonFunction>& functions, const TierOf& tier_of,
                      bool& shortened);
  void keep(InsideStretch stretch, const std::map<std::uint32_t, std::uint64_t>& counts);

  std::map<PythonFunction, std::uint32_t> functions_;
  std::map<std::string, OfTier> stacks_;                                ///< by tier
  std::map<std::pair<std::string, std::string>, std::uint32_t> waits_;  ///< of statements
  std::size_t next_stack_ = 0, kept_frames_ = 0;
  std::uint64_t counted_ = 0;
  InsideNews news_;
};

}  // namespace tierwatch
