// SPDX-License-Identifier: MIT
//
// Limits that servers set themselves, read from the configuration files that their command lines
// name, where these may be read: Debian's may, by everyone. How, each server's own row knows.
#pragma once

#include <map>
#include <span>
#include <vector>

#include "collectors/parse/patient_thread.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/rules/tier_rules.h"
#include "collectors/servers/server_files.h"

namespace tierwatch {

/// Not thread-safe. Files are read by a thread beside: what collect() gives out is what that one
/// has come to, and a file that never answers holds nobody up.
class ServerSettings {
 public:
  /// Files are looked at again this often, and when a server has started.
  static constexpr nanoseconds kRefreshInterval = std::chrono::seconds(60);
  /// A server may be seen before it has set itself up (Redis raises its limit of open files): it is
  /// looked at again after this.
  static constexpr nanoseconds kSettles = std::chrono::seconds(3);
  using Files = PatientThread<ServerSettingsReading>;
  /// A server whose files take longer is given up.
  static constexpr nanoseconds kPatience = Files::kPatience;
  /// What starts a server may write its files first, and becomes the server.
  static constexpr std::chrono::seconds kWrittenAtStart{2};
  static constexpr std::size_t kMostStuck = Files::kMostStuck;
  static constexpr std::size_t kMostServers = 64;  ///< whose files are read

  explicit ServerSettings(const ProcFs& files);

  /// One of each server whose preset reads settings, by pid: all absent but tier and server where
  /// nothing could be read, or has been yet.
  const std::vector<ServerSettingsReading>& collect(const Instant& at, const TierRules& rules,
                                                    std::span<const ProcessReading> processes);

  /// net.core.somaxconn, as of the last collect().
  std::optional<std::uint64_t> somaxconn() const { return somaxconn_; }

  /// Until the thread beside has read what it was asked for, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return side_.wait(most); }

 private:
  void read_somaxconn();
  bool has_settled(const ProcessId& server, nanoseconds now);
  void take_what_was_read(nanoseconds now);
  void ask_for(const SettingsSource& source, ServerProcess server);

  ProcFs files_;
  nanoseconds due_{};
  /// Of servers that live: asked for, and what has come of it.
  std::map<ProcessId, ServerSettingsReading> known_;
  std::map<ProcessId, nanoseconds> starting_;  ///< seen a short while ago, and until when
  std::vector<ServerSettingsReading> found_;
  std::optional<std::uint64_t> somaxconn_;
  Files side_;
};

/// The process of a server that reads the configuration and starts the others; no zombie.
bool is_first_of_server(const SettingsSource& source, const TierRule& rule,
                        const ProcessReading& process, std::span<const ProcessReading> processes);

}  // namespace tierwatch
