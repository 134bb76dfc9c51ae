// SPDX-License-Identifier: MIT
//
// Snapshots of this machine: the collectors and the builder, wired together.
#pragma once

#include <memory>

#include "analysis/facts/snapshot_builder.h"
#include "analysis/judge/verdict_tracker.h"
#include "collectors/bpf/bpf_task_source.h"
#include "collectors/cgroups/cgroup_collector.h"
#include "collectors/host/host_collector.h"
#include "collectors/process/process_collector.h"
#include "collectors/servers/data_space.h"
#include "collectors/servers/server_settings.h"
#include "collectors/servers/server_stamps.h"
#include "collectors/sockets/socket_collector.h"
#include "config/config.h"

namespace tierwatch {

/// Not thread-safe: belongs to the thread that samples.
class LocalFeed {
 public:
  /// Throws std::runtime_error when /proc cannot be read at all.
  explicit LocalFeed(Config config);

  /// Accept queues come and go between two ticks: to be called this often.
  static constexpr nanoseconds kQueueInterval = std::chrono::milliseconds(50);

  /// Looks at accept queues, and nothing else.
  void sample_queues();

  /// How long until that is worth doing again: twice kQueueInterval while all queues stay empty.
  nanoseconds queue_interval() const {
    return sockets_.calm() ? 2 * kQueueInterval : kQueueInterval;
  }

  /// What told of processes in the last sample, and why.
  struct Source {
    bool bpf = false;
    SourceReason reason = SourceReason::kConfigured;
    std::string words;  ///< what the kernel said, if it said anything
    bool operator==(const Source&) const = default;
  };
  Source source() const;

  /// Reads the machine now. Throws nothing: what cannot be read is absent and counted.
  /// `unrecorded_ticks`: lost by the recorder since start.
  SnapshotPtr sample(std::uint64_t late_ticks, std::uint64_t unrecorded_ticks = 0);

  /// Other rules and options from the next sample on. Totals go on for tiers that keep their names.
  /// A source of processes that failed is tried again.
  void reconfigure(Config config);

 private:
  void judge(Snapshot& snapshot);
  void make_collectors();
  void choose_source();
  Reading read();

  Config config_;
  ProcFs files_;
  FaultLog faults_;
  std::unique_ptr<ProcessTable> table_;
  ChosenSource source_;
  HostCollector host_;
  CgroupCollector cgroups_;
  SocketCollector sockets_;
  ServerSettings settings_;
  ServerStamps stamps_;
  DataSpace data_space_;
  std::unique_ptr<ProcessCollector> processes_;
  SnapshotBuilder builder_;
  VerdictTracker tracker_;
  std::vector<std::string> notes_;
  std::string hostname_;
  SelfSample self_;
};

}  // namespace tierwatch
