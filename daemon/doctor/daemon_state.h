// SPDX-License-Identifier: MIT
//
// The daemon of this machine, asked over its Unix socket, else at its usual address: whether it
// runs, is fresh, is scraped and keeps a history.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.h"

namespace tierwatch {

/// The file that is written when history is kept.
struct HistoryState {
  enum class Kept { kFresh, kStale, kNowhere, kMissing, kDenied, kUnknown };
  Kept kept = Kept::kMissing;
  std::filesystem::path file;
  std::chrono::seconds age{};  ///< since it was written last
};
/// Older than this, it is not written any more: ticks go to the disk every second or two, those of
/// the longest interval every hour.
std::chrono::seconds stale_history_age(std::chrono::milliseconds interval);

struct DaemonState {
  bool runs = false;    ///< somebody answers as tierwatch does
  std::string where;    ///< "/run/tierwatch/tierwatch.sock", "http://127.0.0.1:9718"
  std::string trouble;  ///< why nobody answered
  bool locked = false;  ///< it wants a password: nothing more is known
  std::string unwell;   ///< the reason that /-/healthy gives; empty: it is fresh
  bool reload_refused = false;
  std::optional<std::uint64_t> scrapes;  ///< since it started, without this one; absent: not told
  bool pushes = false;                   ///< it pushes its samples
  bool sockets_passed = false;           ///< by systemd
  bool keeps_history = false;            ///< it says so
  std::vector<std::string> notes;        ///< what it cannot see, in its words
  std::string process_source, process_source_reason;  ///< as its metric says; empty: not told
  HistoryState history;
};

/// `config` is the daemon's; null: not known.
DaemonState ask_daemon(const Config* config);

/// Of the file where that configuration says that history is kept.
HistoryState look_at_history(const Config& config, std::filesystem::file_time_type now);

}  // namespace tierwatch
