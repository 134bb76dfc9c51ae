// SPDX-License-Identifier: MIT
//
// The machine as a whole: processors, memory, pressure, file table, listen overflows.
// World-readable files only.
#pragma once

#include "collectors/host/host_totals.h"
#include "collectors/host/network_links.h"
#include "collectors/host_reading.h"
#include "collectors/parse/proc_fs.h"

namespace tierwatch {

class HostCollector {
 public:
  /// Both must outlive the collector.
  HostCollector(const ProcFs& files, FaultLog& faults)
      : files_(files), faults_(faults), links_(files, faults) {}

  /// Reads every host file once (ten files). Counters never fall from one call to the next. What a
  /// file does not tell is absent. A file that is denied or senseless is counted as a fault; one
  /// that does not exist is not: no kernel without PSI has /proc/pressure. Not thread-safe.
  /// `now` is monotonic.
  HostReading collect(nanoseconds now);

  /// Until what is asked for beside (speeds of links) is known, but no longer than `most`: of
  /// tests.
  bool wait(std::chrono::milliseconds most) const { return links_.wait(most); }

  /// What the last collect() could not see and how to mend it, for people.
  std::vector<std::string> notes() const;

 private:
  /// What `parse` makes of the file proc/`name`; absent when there is nothing to be made of it.
  template <typename Parser>
  auto read_parsed(const char* name, Parser parse);
  void read_stat(HostReading& host);
  void read_memory(HostReading& host);
  void read_load(HostReading& host);
  void read_pressure(HostReading& host);
  void read_tables(HostReading& host);
  void read_disks(HostReading& host);

  const ProcFs& files_;
  FaultLog& faults_;
  std::string buffer_;
  bool has_pressure_ = true;
  HostTotals totals_;
  NetworkLinks links_;
};

}  // namespace tierwatch
