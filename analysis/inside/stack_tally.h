// SPDX-License-Identifier: MIT
//
// Samples added up: how often each stack was seen, doing what. Bounded, whatever the stacks are.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "collectors/python/python_sample.h"

namespace tierwatch {

/// A stack, and what its thread was doing.
struct TalliedStack {
  ThreadActivity activity = ThreadActivity::kOther;
  bool torn = false;                ///< it could not be read: `frames` is empty
  std::string peer;                 ///< as in PythonSample
  std::vector<PythonFrame> frames;  ///< innermost first; empty: native code, or torn
  auto operator<=>(const TalliedStack&) const = default;
};

/// A value.
class StackTally {
 public:
  /// Frames and peers that are kept; of stacks that come later the innermost frame alone.
  static constexpr std::size_t kMostKeptFrames = 4u << 20, kMostStacks = 20'000;

  /// `functions` are those of the sampler. A thread of a pool that waits for work is idle.
  void add(const PythonSample& sample, const std::vector<PythonFunction>& functions);

  const std::map<TalliedStack, std::uint64_t>& stacks() const { return stacks_; }
  std::uint64_t samples() const { return samples_; }
  std::uint64_t moved() const { return moved_; }
  std::uint64_t torn() const { return torn_; }
  std::uint64_t cut() const { return cut_; }
  std::uint64_t shortened() const { return shortened_; }  ///< beyond what is kept
  std::uint64_t of(ThreadActivity activity) const {
    return by_activity_[static_cast<std::size_t>(activity)];
  }

 private:
  std::map<TalliedStack, std::uint64_t> stacks_;
  std::size_t kept_frames_ = 0;
  std::uint64_t samples_ = 0, moved_ = 0, torn_ = 0, cut_ = 0, shortened_ = 0;
  std::array<std::uint64_t, kThreadActivities> by_activity_{};
};

}  // namespace tierwatch
