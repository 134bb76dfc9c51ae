// SPDX-License-Identifier: MIT
//
// How much room there is where servers keep their data. Asked by a thread beside: statfs(2) of a
// file system whose server is gone (NFS) never answers.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "collectors/parse/patient_thread.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/rules/tier_rules.h"
#include "collectors/servers/server_files.h"

namespace tierwatch {

/// Not thread-safe.
class DataSpace {
 public:
  static constexpr nanoseconds kInterval = std::chrono::seconds(5);
  static constexpr nanoseconds kTooOld = std::chrono::seconds(30);
  static constexpr std::size_t kMostServers = 64;  ///< that are asked about

  explicit DataSpace(const ProcFs& files) : files_(files) {}

  /// One of each server that keeps data, by pid: as it was a few seconds ago. Without places where
  /// that has not been asked yet, may not be looked at, or has not been answered for too long.
  const std::vector<DataSpaceReading>& collect(const Instant& at, const TierRules& rules,
                                               std::span<const ProcessReading> processes);

  /// Until all is answered, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return side_.wait(most); }

 private:
  struct Known {
    DataSpaceReading space;
    nanoseconds asked{}, answered{};
  };
  void take(nanoseconds now);
  void ask(const ProcessReading& process, DataPlaces places);

  ProcFs files_;
  std::map<ProcessId, Known> known_;
  std::vector<DataSpaceReading> found_;
  PatientThread<DataSpaceReading> side_;
};

}  // namespace tierwatch
