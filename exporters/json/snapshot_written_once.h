// SPDX-License-Identifier: MIT
//
// The JSON of the newest snapshot, written when the first reader asks and shared by all others.
#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "exporters/json/snapshot_json.h"

namespace tierwatch {

/// Thread-safe. Holds at most three documents: without processes, with them, with their table.
class SnapshotWrittenOnce {
 public:
  /// As to_json(). Who asks for one process in full gets a document of its own.
  std::string json(const SnapshotPtr& snapshot, const JsonOptions& options);

 private:
  std::mutex mutex_;  ///< guards all that follow; held while a document is written: the others wait
  std::weak_ptr<const Snapshot> of_;
  std::optional<std::string> without_, with_, table_;
};

}  // namespace tierwatch
