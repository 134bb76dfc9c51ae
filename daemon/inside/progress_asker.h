// SPDX-License-Identifier: MIT
//
// Asks a tier's servers, where they have an address for it, which requests are in progress.
#pragma once

#include <string>
#include <vector>

#include "analysis/inside/request_findings.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/servers/server_files.h"

namespace tierwatch {

/// Not thread-safe. May block, for half a second a server.
class ProgressAsker {
 public:
  /// More servers of a tier are not asked.
  static constexpr std::size_t kMostServers = 4;

  explicit ProgressAsker(const SettingsSource& source) : source_(source) {}

  /// Looks for addresses in the configuration of these, once.
  void set_processes(const ProcFs& files, const std::vector<ProcessId>& processes);
  /// Asks, unless it is too soon after the last time.
  void ask(const ProcFs& files, nanoseconds now);

  const ProgressTally& tally() const { return tally_; }
  /// Why it is not known which requests are in progress; "" when it is.
  std::string why_not() const;

 private:
  struct Place {
    pid_t pid = 0;
    uid_t user = 0;
    std::string address;
  };

  const SettingsSource& source_;
  std::vector<Place> places_;
  bool looked_ = false;
  nanoseconds next_{};
  std::string trouble_;
  ProgressTally tally_;
};

}  // namespace tierwatch
