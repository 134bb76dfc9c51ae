// SPDX-License-Identifier: MIT
//
// Which daemons run on this machine, and with which configuration, by their command lines.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

struct RunningDaemon {
  pid_t pid = 0;
  /// What it was started with (`-c`); absent: nothing, so that it reads the usual file.
  std::optional<std::filesystem::path> config;
  bool operator==(const RunningDaemon&) const = default;
};

/// Of /proc/PID/cmdline. Absent: that is no `tierwatch daemon`.
std::optional<RunningDaemon> daemon_of(pid_t pid, std::string_view command_line);

/// Those of users that `is_trusted`: anybody may call a process what he likes. A relative name of a
/// file is made whole where the working directory may be seen, else the daemon is left out. Throws
/// nothing.
std::vector<RunningDaemon> running_daemons(const ProcFs& files,
                                           const std::function<bool(uid_t)>& is_trusted);

/// Of several, those that hold a socket which listens on the daemon's TCP port or at its UNIX
/// socket, where that may be seen; else all.
std::vector<RunningDaemon> those_that_answer(const ProcFs& files, SocketTable& sockets,
                                             std::vector<RunningDaemon> daemons);

/// Whether systemd runs it as the unit that is installed, by its control group.
bool is_of_systemd(const ProcFs& files, pid_t pid);

/// The file that the daemon of this machine was started with. Absent: the usual one, or none runs,
/// or several do, or it is not to be seen. Throws nothing.
std::optional<std::filesystem::path> config_of_the_daemon();

}  // namespace tierwatch
