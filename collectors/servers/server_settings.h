// SPDX-License-Identifier: MIT
//
// Limits that servers set themselves, read from the configuration files that their command lines
// name, where these may be read: Debian's may, by everyone. How, each server's own row knows.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/parse/side_thread.h"
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
  /// A server whose files take longer is given up.
  static constexpr nanoseconds kPatience = std::chrono::seconds(5);
  /// What starts a server may write its files first, and becomes the server.
  static constexpr std::chrono::seconds kWrittenAtStart{2};
  /// Servers given up, each with a thread that hangs: after these, no file is read any more.
  static constexpr std::size_t kMostStuck = 4;
  static constexpr std::size_t kMostServers = 64;  ///< whose files are read

  explicit ServerSettings(const ProcFs& files);

  /// One of each server whose preset reads settings, by pid: all absent but tier and server where
  /// nothing could be read, or has been yet.
  const std::vector<ServerSettingsReading>& collect(const Instant& at, const TierRules& rules,
                                                    std::span<const ProcessReading> processes);

  /// net.core.somaxconn, as of the last collect().
  std::optional<std::uint64_t> somaxconn() const { return somaxconn_; }

  /// Until the thread beside has read what it was asked for, but no longer than `most`: of tests.
  bool wait(std::chrono::milliseconds most) const { return !side_ || side_->wait(most); }

 private:
  using Files = SideThread<ServerSettingsReading>;

  void read_somaxconn();
  bool has_settled(const ProcessId& server, nanoseconds now);
  void take_what_was_read();
  void give_up_on_stuck(nanoseconds now);
  void ask_for(const SettingsSource& source, ServerProcess server);

  ProcFs files_;
  nanoseconds due_{};
  /// Of servers that live: asked for, and what has come of it.
  std::map<ProcessId, ServerSettingsReading> known_;
  std::map<ProcessId, nanoseconds> starting_;  ///< seen a short while ago, and until when
  std::vector<ServerSettingsReading> found_;
  std::optional<std::uint64_t> somaxconn_;
  std::unique_ptr<Files> side_;
  std::optional<ProcessId> busy_;  ///< what the thread beside was at, and since when
  nanoseconds busy_since_{};
  std::set<ProcessId> stuck_;
  std::size_t threads_left_ = kMostStuck;
};

}  // namespace tierwatch
