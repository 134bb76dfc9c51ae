// SPDX-License-Identifier: MIT
//
// Which process of a tier holds which socket, by the links /proc/PID/fd/N → socket:[INODE].
// Reading them needs ptrace rights; without, everything here is empty and says so. A link costs
// about 1.5 µs, so that a tier with thousands of connections is read piece by piece.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "collectors/parse/proc_fs.h"
#include "collectors/process_reading.h"
#include "collectors/rules/tier_rules.h"

namespace tierwatch {

/// N of a link that reads "socket:[N]"; absent for any other.
std::optional<std::uint64_t> socket_inode(std::string_view link);

class DescriptorLinks {
 public:
  struct Options {
    std::size_t links_per_update = 1000;  ///< about 4 ms
    /// Of these, for processes never looked at: a large machine is surveyed without haste.
    std::size_t first_links_per_update = 500;
    /// Descriptors of one process that are looked at. Of a process with more, only those numbered
    /// below this: listeners are opened first and have low numbers.
    std::size_t links_per_process = 1024;
    nanoseconds refresh_interval = std::chrono::seconds(5);
    /// The same once no socket has come up for `quiet_after` whose holder was not known. Until then
    /// who opens sockets is looked at before anybody asks: short ones are gone afterwards.
    nanoseconds quiet_interval = std::chrono::seconds(60);
    nanoseconds quiet_after = std::chrono::seconds(10);
    nanoseconds denied_interval = std::chrono::seconds(60);  ///< before asking again
  };
  struct Process {
    ProcessId id;
    Membership member;
    bool operator==(const Process&) const = default;
  };
  struct Holder {
    std::uint64_t inode = 0;
    std::uint32_t process = 0;  ///< index into processes()
  };

  /// `files` must outlive it.
  explicit DescriptorLinks(const ProcFs& files) : DescriptorLinks(files, Options{}) {}
  DescriptorLinks(const ProcFs& files, Options options) : files_(files), options_(options) {}

  /// Looks at the tier processes among `processes` that are new, whose number of descriptors has
  /// changed, that serve one request at a time (theirs change with each) or are root's (whose
  /// sockets nothing else tells), or that were not looked at for the refresh interval: in this
  /// order, longest waiting first, within the budget. One that
  /// was not read again since it was looked at has not run, and holds what it held. Once no socket
  /// comes up whose holder is not known, nobody is looked at but for the number or the quiet
  /// interval.
  void update(nanoseconds now, std::span<const ProcessReading> processes, const TierRules& rules);

  /// Who holds the socket, as far as known. What is not is looked for by the next updates.
  std::span<const Holder> holders(std::uint64_t inode) const;

  /// Tier processes whose links were read, ascending by id.
  const std::vector<Process>& processes() const { return readable_; }

  /// Tier processes whose links may not be read.
  std::size_t denied() const { return denied_; }

 private:
  struct Known {
    Process process;
    bool looked_at = false, denied = false, listed = false;
    bool sync_worker = false, of_root = false;
    nanoseconds at{};
    nanoseconds read_at{},
        read_at_then{};  ///< of the process reading: the last, and when looked at
    std::optional<std::uint64_t> open_fds;       ///< by the last process reading
    std::optional<std::uint64_t> open_fds_then;  ///< when it was looked at
    std::vector<std::uint64_t> inodes;
  };
  bool note_processes(std::span<const ProcessReading> processes, const TierRules& rules);
  void note_missed(nanoseconds now);
  int urgency(const Known& known, nanoseconds now) const;
  std::size_t look_at(Known& known, nanoseconds now);
  std::vector<std::string> descriptors_of(Known& known) const;
  void index();

  const ProcFs& files_;
  Options options_;
  std::unordered_map<pid_t, Known> known_;
  std::vector<Holder> holders_;  ///< sorted by inode
  std::vector<Process> readable_;
  std::size_t denied_ = 0;
  mutable std::vector<std::uint64_t> missed_;  ///< asked for since the last update, held by nobody
  std::vector<std::uint64_t> missed_before_;   ///< the same before it, sorted
  nanoseconds newly_missed_at_{};  ///< the last update before which a new one was missed
};

}  // namespace tierwatch
