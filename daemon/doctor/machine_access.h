// SPDX-License-Identifier: MIT
//
// What this user can read of this machine: tier by tier, by trying, and what the kernel offers.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "collectors/parse/capabilities.h"
#include "collectors/parse/proc_fs.h"
#include "collectors/process/candidate_reader.h"
#include "collectors/sockets/reading/sock_diag.h"

namespace tierwatch {

/// What is read of a process, each under a permission of its own (docs/security.md).
enum class Access : std::uint8_t {
  kCpu,           ///< /proc/PID/stat and schedstat
  kMemory,        ///< /proc/PID/status
  kDescriptors,   ///< how many: the size of /proc/PID/fd (Linux 6.2), else its entries
  kIo,            ///< /proc/PID/io
  kProportional,  ///< /proc/PID/smaps_rollup
  kSockets,       ///< whose a socket is: the links in /proc/PID/fd
};
inline constexpr std::size_t kAccesses = 6;
/// "cpu", "memory", "descriptors", "io", "proportional_memory", "sockets".
std::string_view to_string(Access access);

struct TierAccess {
  std::string tier;
  std::size_t processes = 0;
  std::size_t tried = 0;  ///< the first kMostTried of them
  std::array<std::size_t, kAccesses> readable{};
  std::size_t of(Access access) const { return readable[static_cast<std::size_t>(access)]; }
  bool operator==(const TierAccess&) const = default;
};
inline constexpr std::size_t kMostTried = 64;

struct MachineAccess {
  std::string user, hostname, kernel;
  uid_t uid = 0;
  std::uint64_t capabilities = 0;  ///< effective ones
  std::string hidepid;             ///< as parse_hidepid() says
  std::string hidepid_gid;         ///< the group that sees everything all the same; may be empty
  bool others_hidden = false;      ///< from this user, by hidepid
  bool pressure = false;           ///< PSI
  bool run_delay = false;          ///< schedstat
  bool descriptor_counts = false;  ///< without any right: Linux 6.2
  bool tcp_diag = false, unix_diag = false;
  std::string cgroups;  ///< "v2", "v1"; empty: none
  std::vector<TierAccess> tiers;
  std::filesystem::path drop_ins;  ///< where those of the unit are installed

  bool may(Capability capability) const { return holds(capabilities, capability); }
};

/// What of `facts`, those of each process of a tier, can be read by us. Tiers without processes are
/// left out.
std::vector<TierAccess> tier_access(const ProcFs& files, const TierRules& rules,
                                    const std::vector<CandidateFacts>& facts);

/// Looks at this machine. `files` is its /proc and /sys, `sockets` its sock_diag. Throws
/// std::runtime_error where there is no /proc to read.
MachineAccess look_at_machine(const ProcFs& files, SocketTable& sockets, ProcessTable& processes,
                              const TierRules& rules);

}  // namespace tierwatch
