// SPDX-License-Identifier: MIT
//
// By what it shows that a server is not what it was: its program and its configuration files, by
// path, time and size. What is in them is nobody's business here.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "collectors/parse/patient_thread.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/rules/tier_rules.h"
#include "collectors/servers/server_files.h"

namespace tierwatch {

struct ServerStamp {
  std::string tier;  ///< by name
  ProcessId server;  ///< its first process
  /// Absent: which it is needs ptrace rights, and its title does not begin with a path.
  std::optional<FileStamp> program;
  std::vector<FileStamp> files;  ///< those that are read for its settings
  bool operator==(const ServerStamp&) const = default;
};

/// Not thread-safe. Files are looked at by a thread beside: what collect() gives out is what that
/// one has come to, and a file system that never answers holds nobody up.
class ServerStamps {
 public:
  /// Files are looked at again this often, and when a server has started.
  static constexpr nanoseconds kRefreshInterval = std::chrono::seconds(20);
  static constexpr std::size_t kMostServers = 64;
  static constexpr std::size_t kMostFiles = 32;  ///< of one server
  static constexpr std::size_t kMostPath = 512;  ///< bytes; a file with a longer one is left out

  explicit ServerStamps(const ProcFs& files) : files_(files) {}

  /// One of each server of a tier with a preset, by pid; without program and files until they have
  /// been looked at, or where they may not be.
  const std::vector<ServerStamp>& collect(const Instant& at, const TierRules& rules,
                                          std::span<const ProcessReading> processes);

  /// Until the thread beside has read what it was asked for, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return side_.wait(most); }

 private:
  void ask_for(const SettingsSource& source, const ProcessReading& process);

  ProcFs files_;
  nanoseconds due_{};
  std::map<ProcessId, ServerStamp> known_;
  std::vector<ServerStamp> found_;
  PatientThread<ServerStamp> side_;
};

}  // namespace tierwatch
