// SPDX-License-Identifier: MIT
//
// `tierwatch inside`: which function of a tier its time goes to, or which statement, read from the
// memory of its processes while they run.
#pragma once

#include <chrono>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <string>

#include "daemon/inside/inside_session.h"
#include "daemon/sources/feed_source.h"

namespace tierwatch {

struct InsideOptions : SourceOptions, InsideWish {
  bool json = false;
  std::optional<std::filesystem::path> flame, speedscope;  ///< files to write
};

inline constexpr unsigned kMostHz = 250;
inline constexpr std::chrono::milliseconds kShortestInside{100}, kLongestInside{600'000};

/// Returns the exit status. Throws std::runtime_error when nothing can be read, with the right that
/// is missing, and ConfigError.
int run_inside(const InsideOptions& options, std::ostream& out, std::ostream& errors);

}  // namespace tierwatch
