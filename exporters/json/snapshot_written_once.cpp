// SPDX-License-Identifier: MIT
#include "exporters/json/snapshot_written_once.h"

namespace tierwatch {

std::string SnapshotWrittenOnce::json(const SnapshotPtr& snapshot, const JsonOptions& options) {
  if (options.in_full != 0 && options.process_table) return to_json(*snapshot, options);
  const std::lock_guard lock(mutex_);
  if (of_.lock() != snapshot) {
    of_ = snapshot;
    without_.reset();
    with_.reset();
    table_.reset();
  }
  std::optional<std::string>& written = !options.processes      ? without_
                                        : options.process_table ? table_
                                                                : with_;
  if (!written) written = to_json(*snapshot, options);
  return *written;
}

}  // namespace tierwatch
