// SPDX-License-Identifier: MIT
//
// The facts of a process that decide which tier it belongs to (tier_rules.h), read from /proc and
// owned. Read once when a process is young or its title changed, not at each tick.
#pragma once

#include <string>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/process/process_table.h"
#include "collectors/process/title_reader.h"
#include "collectors/process/user_names.h"
#include "collectors/rules/tier_rules.h"

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

/// Not thread-safe: one reader belongs to one sampling thread.
class CandidateReader {
 public:
  /// `files` must outlive the reader.
  explicit CandidateReader(const ProcFs& files) : files_(files), titles_(files) {}

  /// Reads cmdline, exe, cgroup and status of the process; costs four files (about 30 µs). Kernel
  /// threads have none of them and cost nothing. A process that ends meanwhile keeps what `stat`
  /// told; its uid is only asked for where status tells none.
  /// `title`: the one that is known, where it cannot be had now.
  CandidateFacts read(const ProcessStat& stat, const std::string& title = {});

  /// Its cgroup alone, which others may change while it sleeps. True when it is another one than
  /// `facts` told; one that cannot be read stays what it was.
  bool reread_cgroup(CandidateFacts& facts);

  /// The title alone; absent when it cannot be had now.
  std::optional<std::string> reread_title(const CandidateFacts& facts);

  void begin_tick() { titles_.begin_tick(); }

  /// Whether names of users have come since they were told by number. To be asked at each tick.
  bool names_have_come() { return users_.have_come(); }

  /// Waits for names of users, for those who have no later tick.
  void settle_names();

  /// True when its user is called otherwise by now.
  bool rename_user(CandidateFacts& facts);

 private:
  void read_files(CandidateFacts& facts, const std::string& title);

  const ProcFs& files_;
  UserNames users_;
  TitleReader titles_;
  std::string buffer_;
};

/// Every process of the machine, sorted by pid.
std::vector<CandidateFacts> read_candidates(const ProcFs& files, ProcessTable& table);

/// The views match_processes() takes; valid as long as `facts` is not changed.
std::vector<Candidate> views(const std::vector<CandidateFacts>& facts);

}  // namespace tierwatch
