// SPDX-License-Identifier: MIT
//
// A recording as a source of snapshots: of `tierwatch record`, or the daemon's history, also while
// it is being written to.
#pragma once

#include <filesystem>

#include "daemon/feeds/top_feed.h"

namespace tierwatch {

enum class ReplayPace : std::uint8_t {
  kAsRecorded,   ///< a second for a second; gaps are jumped over
  kEverySample,  ///< the next one at each question, to the end
};

/// Begins to play at the first sample. Throws RecordingError when the file is no recording, or an
/// empty one.
std::unique_ptr<TopFeed> make_replay_feed(const std::filesystem::path& file, ReplayPace pace);

}  // namespace tierwatch
