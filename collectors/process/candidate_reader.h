// SPDX-License-Identifier: MIT
//
// The facts of a process that decide which tier it belongs to (tier_rules.h), read from /proc and
// owned. Read once when a process is young or its title changed, not at each tick.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/process/process_table.h"
#include "collectors/servers/tier_rules.h"

namespace tierwatch {

/// A Candidate that owns its strings. What could not be read is empty or 0: then no condition on it
/// holds.
struct CandidateFacts {
  ProcessId id;
  pid_t parent_pid = 0;
  std::string comm;
  std::string title;  ///< at most kMaxTitleBytes; any bytes
  std::string exe;    ///< without the " (deleted)" of a program file that was replaced under it
  std::string user;   ///< login name, else the decimal uid
  std::string cgroup;
  std::string cgroup_membership;  ///< the whole text of /proc/PID/cgroup
  std::uint64_t signals_ignored = 0;
  std::uint64_t signals_caught = 0;
  bool kernel_thread = false;
  std::optional<uid_t> uid;

  bool operator==(const CandidateFacts&) const = default;

  /// Valid as long as these facts live where they are.
  Candidate view() const;
};

/// Login names by uid, each asked for once (getpwuid_r(3) may go to the network). Not thread-safe.
class UserNames {
 public:
  /// The login name, else the decimal uid.
  const std::string& name(uid_t uid);

 private:
  std::unordered_map<uid_t, std::string> names_;
};

/// Not thread-safe: one reader belongs to one sampling thread.
class CandidateReader {
 public:
  /// `files` must outlive the reader.
  explicit CandidateReader(const ProcFs& files) : files_(files) {}

  /// Reads cmdline, exe, cgroup and status of the process; costs four files (about 30 µs). Kernel
  /// threads have none of them and cost nothing. A process that ends meanwhile keeps what `stat`
  /// told; its uid is only asked for where status tells none.
  CandidateFacts read(const ProcessStat& stat);

  /// Its cgroup alone, which others may change while it sleeps. True when it is another one than
  /// `facts` told; one that cannot be read stays what it was.
  bool reread_cgroup(CandidateFacts& facts);

 private:
  void read_files(CandidateFacts& facts);

  const ProcFs& files_;
  UserNames users_;
  std::string buffer_;
};

/// Every process of the machine, sorted by pid.
std::vector<CandidateFacts> read_candidates(const ProcFs& files, ProcessTable& table);

/// The views match_processes() takes; valid as long as `facts` is not changed.
std::vector<Candidate> views(const std::vector<CandidateFacts>& facts);

}  // namespace tierwatch
