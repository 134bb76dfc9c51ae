// SPDX-License-Identifier: MIT
//
// Facts → what is well, what is limited, what is missing, and the command that fixes it. Pure.
#pragma once

#include <string>
#include <vector>

#include "daemon/doctor/daemon_state.h"
#include "daemon/doctor/machine_access.h"

namespace tierwatch {

enum class Standing : std::uint8_t {
  kWell,
  kLimited,  ///< figures are left out; the verdict stands without them
  kMissing,  ///< the verdict, or the service, suffers: exit status 1
};
/// "ok", "limited", "missing".
std::string_view to_string(Standing standing);

struct Finding {
  std::string name;  ///< for scripts: "proc.hidepid", "tiers.io", "daemon.runs"
  Standing standing = Standing::kWell;
  std::string text;
  std::string fix = {};  ///< a command, or what to do where there is none; empty when all is well
};

struct Examination {
  MachineAccess machine;
  DaemonState daemon;
  bool by_systemd = true;             ///< the daemon; else somebody started it by hand
  pid_t daemon_pid = 0;               ///< 0: not known
  bool proportional_wanted = false;   ///< [memory] proportional
  bool listen_configured = false;     ///< [web] listen
  std::string configuration_file;     ///< empty: the usual one
  bool configured_by_daemon = false;  ///< the daemon that runs was started with that file
  std::string other_configuration;    ///< that the daemon was started with; empty: it is the same
  bool bpf_wanted = false;            ///< [sampling] source = "bpf"
  std::string configuration_problem;  ///< why the configuration of the machine cannot be used
  bool configuration_denied = false;  ///< to this user only
};

/// In the order to be read: the configuration, the machine, the tiers, the daemon.
std::vector<Finding> findings(const Examination& examination);

/// 1 when anything is kMissing, else 0.
int exit_status_of(const std::vector<Finding>& findings);

}  // namespace tierwatch
