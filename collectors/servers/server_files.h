// SPDX-License-Identifier: MIT
//
// How a server's row reads what the server allows itself, out of the files that the server has read
// when it started. What is the same for all of them; which files those are, each row knows.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "collectors/parse/foreign_file.h"
#include "collectors/reading.h"
#include "collectors/servers/conf/access_log_place.h"

namespace tierwatch {

/// What a server tells of itself: any of it may be a lie.
struct ServerProcess {
  ProcessId id;
  std::string title;
  /// Since when it has held what its files said, by the wall clock: it may have read them later.
  std::chrono::system_clock::time_point configured{};
};

/// Whose configuration is read, and how.
struct SettingsSource {
  /// The role of the process that reads it and starts the others; null: any role, where the parent
  /// is of no process of the tier.
  const char* role = nullptr;
  bool started_by_init = false;  ///< a process that init started reads it, too, whatever its role
  /// Is a process of this title started anew whenever the server reads its files again, and no
  /// longer at work when it is the one before? Null: which are is not known, and the server's own
  /// start counts.
  bool (*is_renewed)(std::string_view title) = nullptr;
  /// Adds what is known: absent stays what the files do not say, or what could not be read in full.
  /// What `files` gives out must not have changed since the server read it: only the server's own
  /// configuration is read by it. May block: see ForeignFiles. Null: nothing is read.
  void (*read)(const ProcFs& all, ForeignFiles& files, const ServerProcess& server,
               ServerSettingsReading& settings) = nullptr;
  /// Where it writes its finished requests; absent when its configuration cannot be read. May
  /// block. Null: it is not known how to find that out.
  std::optional<AccessLogs> (*access_logs)(ForeignFiles& files,
                                           const ServerProcess& server) = nullptr;
  /// The address at which it tells of its requests in progress: a path, or "HOST:PORT". Absent: it
  /// has none. May block. Null: it never has one.
  std::optional<std::string> (*request_socket)(ForeignFiles& files,
                                               const ServerProcess& server) = nullptr;
};

/// Directories that a server writes its data into, as it sees them; a relative one begins at its
/// working directory. May block: see ForeignFiles.
using DataPlaces = std::vector<std::string> (*)(ForeignFiles& files, const ServerProcess& server);

/// Of one that goes to its data directory when it starts.
std::vector<std::string> working_directory(ForeignFiles& files, const ServerProcess& server);

/// The texts of a file, or of a directory's .conf files ("/etc/x/conf.d/"), in order of names. What
/// cannot be read is left out: see ForeignFiles::refused().
std::vector<std::string> read_conf_files(ForeignFiles& files, const std::string& path);

/// The texts of the file of this name, or of all that a pattern of the last part of the path finds
/// ("/etc/x/mods/*.conf"), in order of names. Absent when one of them is not there or cannot be
/// read, or another part of the path is a pattern.
std::optional<std::vector<std::string>> read_matching(ForeignFiles& files, const std::string& path);

}  // namespace tierwatch
