// SPDX-License-Identifier: MIT
//
// The facts of one stretch of time that a verdict stands on: a tick, or the mean of a window of
// ticks (judge_window.h). Plain numbers: where they come from, and whether with or without
// privilege, is settled by whoever fills them in. Absent means "not known"; it never counts as
// zero.
#pragma once

#include <sys/types.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "collectors/rules/tier_rules.h"

namespace tierwatch {

/// Processes of no tier that bear one name: a build is many compilers, each of them little.
struct ForeignProgram {
  pid_t pid = 0;  ///< of the one that uses most
  std::string comm;
  double cores = 0;  ///< of all of them
  bool operator==(const ForeignProgram&) const = default;
};

/// How much of a limit is taken. `used` may count more than the limit does, never less.
struct LimitFacts {
  double used = 0;
  double limit = 0;  ///< 0: there is none
  bool operator==(const LimitFacts&) const = default;
};

struct DiskFacts {
  std::string name;
  double busy_ratio = 0;  ///< share of time with a request under way
  double queue = 0;       ///< requests under way or waiting, mean
  bool operator==(const DiskFacts&) const = default;
};

/// A network link, and how much of its speed was used each way.
struct LinkFacts {
  std::string name;
  double bits_per_second = 0;
  double sent_ratio = 0, received_ratio = 0;
  bool operator==(const LinkFacts&) const = default;
};

struct ListenerFacts {
  std::string name;  ///< "/run/uwsgi/app.sock", "127.0.0.1:5432"
  double queue_mean = 0;
  double queued_ratio = 0;  ///< share of samples with a queue
  double full_ratio = 0;    ///< share of samples at or over the limit
  double queue_peak = 0;
  std::optional<double> limit;
  std::optional<double> drops;  ///< in this stretch of time; never known for UNIX sockets
  /// In its SYN backlog, which is as long as `limit`.
  std::optional<double> half_open{};
  bool operator==(const ListenerFacts&) const = default;
};

/// How the kernel makes room for want of memory of the whole machine, not of a cgroup's.
struct ReclaimFacts {
  double direct_pages_per_second = 0;      ///< looked at by whoever wants memory, and waits
  double background_pages_per_second = 0;  ///< looked at by the kernel's own threads
  /// Read back from swap, or of files that were dropped a short while ago; of cgroups, too.
  double reread_pages_per_second = 0;
  bool operator==(const ReclaimFacts&) const = default;
};

struct HostFacts {
  double processors = 0;              ///< online
  std::optional<double> busy_cores;   ///< used by anyone; without idle, iowait and steal
  std::optional<double> steal_cores;  ///< wanted by us and given to other virtual machines
  std::optional<double> cpu_pressure_ratio, memory_pressure_ratio, io_pressure_ratio;  ///< "some"
  std::optional<double> memory_total_bytes, memory_available_bytes;
  std::optional<ReclaimFacts> reclaim;  ///< absent: the kernel does not tell
  std::optional<double> oom_kills;      ///< in this stretch of time, anywhere on the host
  /// Requests for a connection that were dropped in this stretch of time, because too many
  /// connections were half open.
  std::optional<double> syn_drops;
  /// Connections that processes here could not open in it: refused, or without an answer.
  std::optional<double> failed_connects;
  std::vector<ForeignProgram> foreign;  ///< the biggest users of CPU, most first
  std::vector<DiskFacts> disks;
  std::vector<LinkFacts> links;  ///< whose speed is known
  /// TCP sockets, closed ones that still keep their port included, and the ports that connections
  /// may leave by: to each other address these are there anew.
  std::optional<LimitFacts> local_ports;
  /// Connections tracked for a firewall or NAT. Absent where none are.
  std::optional<LimitFacts> tracked_connections;
  /// Listeners in whose accept queue connections wait, and of which it is not known whose they are:
  /// those with a queue for most of the time first, four at most.
  std::vector<ListenerFacts> unowned_listeners;
  bool operator==(const HostFacts&) const = default;
};

/// The most loaded member of the serving role: leave it out when a helper (Redis' bgsave child) is
/// the hottest.
struct HottestFacts {
  pid_t pid = 0;
  pid_t tid = 0;  ///< 0 when a whole process is meant
  double cores = 0;
  bool operator==(const HottestFacts&) const = default;
};

/// One of several masters with their workers in a tier (two applications under one uWSGI each).
struct InstanceFacts {
  double instances = 0;  ///< in the tier
  double processes = 0;  ///< workers of the one that uses most of what it can
  double cores = 0;      ///< these use
  bool operator==(const InstanceFacts&) const = default;
};

/// The process nearest to its limit of open files.
struct FdFacts {
  pid_t pid = 0;
  double open = 0;
  double limit = 0;
  bool operator==(const FdFacts&) const = default;
};

/// The cgroup with the least room on the way up from the tier.
struct MemoryFacts {
  double used_bytes = 0;  ///< without inactive file cache: the kernel drops that at no cost
  double limit_bytes = 0;
  /// How often it wanted more than the limit in this stretch of time. Absent: not counted.
  std::optional<double> limit_hits;
  bool operator==(const MemoryFacts&) const = default;
};

/// The tightest CPU quota on the way up from the tier.
struct QuotaFacts {
  double cores = 0;                       ///< quota / period
  std::optional<double> used_cores;       ///< by all of that cgroup; absent: only the tier's known
  std::optional<double> least_cores{};    ///< they use these at least, where no more is known
  std::optional<double> throttled_ratio;  ///< share of its periods in which it was used up
  bool operator==(const QuotaFacts&) const = default;
};

/// What the requests that a tier is at work on were waiting for.
struct WaitFacts {
  enum class For { kTier, kExternal, kDisk, kLock, kClients, kOther };
  For kind = For::kOther;
  std::string peer;  ///< name of the tier, or host:port
  double share = 0;  ///< of the time of its held workers; of an event loop, of its requests
  bool operator==(const WaitFacts&) const = default;
};

/// Where the tier is connected to as a client.
struct PeerFacts {
  std::string name;      ///< name of the tier, or host:port
  bool watched = false;  ///< it is a tier
  double connections = 0;
  /// On how many of them an answer to a request is awaited. Absent: not known (UNIX sockets).
  std::optional<double> awaiting;
  double background = 0;  ///< as far as is known, waited on for longer than for any request
  bool perhaps = false;   ///< some of the connections may be another tier's
  /// To it and back, mean; and of the segments that were sent to it since its connections began,
  /// the share that was sent again. Absent: not known.
  std::optional<double> round_trip_seconds{}, resent_ratio{};
  bool operator==(const PeerFacts&) const = default;
};

/// What process titles tell of Postgres' backends. What they do is absent where the titles do not
/// tell it (update_process_title = off).
struct BackendFacts {
  double backends = 0;
  std::optional<double> active;  ///< waiting ones included
  std::optional<double> waiting;
  std::optional<double> idle_in_transaction;
  std::optional<double> usable_connections;  ///< max_connections less the reserved ones
  /// CPU of children that ended: backends that came and went, or were refused.
  std::optional<double> ended_cores;
  /// There was never another number of them in this stretch of time.
  bool steady = true;
  bool operator==(const BackendFacts&) const = default;
};

/// Of the places where its server keeps data, the one with the least room.
struct SpaceFacts {
  std::string directory;
  double size_bytes = 0, left_bytes = 0;      ///< for its user
  std::optional<double> inodes, left_inodes;  ///< absent: they are made as needed
  bool operator==(const SpaceFacts&) const = default;
};

/// Of its bytes or its inodes, whichever are nearer to their end.
inline double used_ratio(const SpaceFacts& space) {
  const auto used = [](double left, double all) { return all > 0 ? 1 - left / all : 0; };
  const double bytes = used(space.left_bytes, space.size_bytes);
  return space.inodes ? std::max(bytes, used(space.left_inodes.value_or(0), *space.inodes)) : bytes;
}

struct TierFacts {
  std::string name;
  std::string preset;                     ///< empty for a custom tier
  RoleKind serving = RoleKind::kSupport;  ///< what its workers are; kSupport: not known
  bool single_core_processes = false;     ///< a process cannot use two cores: GIL, event loop
  /// One process per connection (Postgres): their number is no limit.
  bool workers_on_demand = false;
  double processes = 0;  ///< all roles; 0: the tier is not running
  /// Of the serving role: living ones, and those it may yet start (php-fpm).
  std::optional<double> worker_processes;
  std::optional<double> workers;  ///< requests they can serve at a time: processes × threads
  std::optional<double> busy_workers;

  std::optional<double> cpu_cores;         ///< the whole tier, short-lived children included
  std::optional<double> serving_cores;     ///< the serving role alone
  std::optional<double> thread_run_cores;  ///< of its living threads (schedstat)
  std::optional<double> run_delay_cores;   ///< of the same threads: runnable, waiting for a CPU
  std::optional<HottestFacts> hottest_process, hottest_thread;
  std::optional<HottestFacts> hottest_router;     ///< an event loop before its workers: uWSGI's
  std::optional<InstanceFacts> busiest_instance;  ///< absent when there is one only
  std::optional<QuotaFacts> quota;
  /// There may be a limit, or another one, but the files of a cgroup it is in, or of one above,
  /// cannot be read.
  bool quota_hidden = false, memory_limit_hidden = false;
  /// A server's configuration was changed after it read it.
  bool settings_changed = false;
  bool stopped = false;                           ///< all that serve are, by a signal or a debugger
  std::optional<double> allowed_cpus;             ///< by affinity and cpuset
  std::optional<double> allowed_cpus_busy_cores;  ///< how busy just these are, by anyone

  std::optional<FdFacts> worst_fds;
  std::optional<MemoryFacts> memory;
  std::optional<double> own_memory_bytes;  ///< resident, shared pages counted once where possible
  std::optional<double> oom_kills;         ///< in this stretch of time
  std::optional<double> disk_waiting;      ///< of those that serve, processes in state D, mean

  std::optional<double> connections;  ///< accepted on its listeners and not yet closed
  /// Requests it has accepted and not answered, as far as its connections tell: those over UNIX
  /// sockets all count. Absent: not known.
  std::optional<double> owed;
  /// Of these, connections over UNIX sockets, which may be idle. Absent: not known.
  std::optional<double> owed_by_unix;
  /// Answers to clients elsewhere that wait to be sent. Absent: not known.
  std::optional<double> sending;
  /// Answers that wait to be sent, to whatever clients: these do not take them as fast as they
  /// come. Absent: not known.
  std::optional<double> unsent{};
  /// Connections on which an answer lies unread at the end of a client on this host. Absent: not
  /// known.
  std::optional<double> unread_by_clients{};
  /// Accepted connections with data that it has not read; of event loops only while one of them
  /// sleeps, for who is at work reads next. Absent: not known.
  std::optional<double> unread{};
  std::optional<std::vector<ListenerFacts>> listeners;
  std::optional<std::vector<WaitFacts>> waits;  ///< over TCP
  std::optional<std::vector<PeerFacts>> peers;
  std::optional<BackendFacts> backends;
  /// nginx: worker_connections of its fullest worker, and how many are taken, or at most; of others
  /// all that is limited by ServerSettingsReading::most_clients.
  std::optional<LimitFacts> connection_table;
  /// Connections against a limit that binds some of them, or that is only the least it may be: far
  /// below it nothing is refused, near it that is not known. Absent: no such limit is known.
  std::optional<LimitFacts> possible_limit;
  /// Memory against the most that it allows its data, where it refuses to write beyond that.
  /// Absent: not known, or it evicts.
  std::optional<LimitFacts> data_memory;
  bool data_limit_hidden = false;   ///< it may be near such a limit, which is not known
  std::optional<SpaceFacts> space;  ///< absent: it keeps no data, or that is not known
  bool space_hidden = false;  ///< it keeps data, and where, or with how much room, is not known
  /// Settings that may lay down another limit than is believed cannot be read.
  bool overrides_hidden = false;
  /// It may delay or refuse requests because they come too fast, by a setting of its own.
  bool limits_rate = false;
  /// Processes and threads of the cgroup (pids.max) or user (RLIMIT_NPROC) with the least room.
  /// Absent where neither is limited.
  std::optional<LimitFacts> tasks;
  bool operator==(const TierFacts&) const = default;
};

/// What is known of a load generator, in a run.
struct LoadFacts {
  bool throughput_flat = false;           ///< more users brought no more answers
  std::optional<double> generator_cores;  ///< its hottest thread, where it can be seen
  std::string generator{};  ///< its name among the programs of no tier; empty: it is not among them
  bool operator==(const LoadFacts&) const = default;
};

struct JudgeInput {
  double seconds = 0;  ///< how long the facts were gathered for
  HostFacts host;
  std::vector<TierFacts> tiers;
  /// What is judged in place of `tiers` where one of them has several servers: each of these under
  /// a name of its own, "TIER (WHICH)", and the other tiers whole. Else empty.
  std::vector<TierFacts> instances{};
  std::optional<LoadFacts> load;  ///< absent: not known that a load run is going on
  bool operator==(const JudgeInput&) const = default;
};

/// The facts of that tier; null where none has the name.
inline const TierFacts* tier_named(const JudgeInput& input, std::string_view name) {
  for (const TierFacts& tier : input.tiers)
    if (tier.name == name) return &tier;
  return nullptr;
}
inline TierFacts* tier_named(JudgeInput& input, std::string_view name) {
  return const_cast<TierFacts*>(tier_named(std::as_const(input), name));
}

}  // namespace tierwatch
