// SPDX-License-Identifier: MIT
//
// What the machine said at one instant, as plain values: no rates, no judgement, no names of ours
// but the tier a process was matched to. Collectors fill a Reading; analysis/ turns readings into
// meaning. Absent (std::nullopt) means "could not be read"; it never means zero.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "collectors/cgroup_reading.h"
#include "collectors/fault.h"
#include "collectors/host_reading.h"
#include "collectors/instant.h"
#include "collectors/process_reading.h"
#include "collectors/socket_reading.h"

namespace tierwatch {

/// Limits that a server sets itself, by its configuration files and command line. What cannot be
/// read, or is left to the program's default that we do not know, is absent.
struct ServerSettingsReading {
  std::uint16_t tier = 0;                           ///< index into TierRules::tiers
  ProcessId server;                                 ///< its first process: master, postmaster
  std::optional<std::uint64_t> worker_connections;  ///< nginx, of each worker
  /// Postgres: max_connections less those reserved for superusers.
  std::optional<std::uint64_t> usable_connections;
  std::optional<std::uint64_t> most_workers;  ///< php-fpm: pm.max_children of all its pools
  /// Where that depends on the configuration: see ServerTraits. Absent: it is not known.
  std::optional<bool> parks_connections;
  std::optional<std::uint64_t> most_clients;  ///< Redis: maxclients; HAProxy: global maxconn
  /// The least limit of clients of a part of it, and of connections to a server behind it (HAProxy:
  /// maxconn, MySQL: max_user_connections); 0: none is set.
  std::optional<std::uint64_t> part_clients, server_connections;
  /// It may delay or refuse requests because they come too fast (nginx: limit_req).
  bool limits_rate = false;
  /// Redis: maxmemory, where nothing is evicted to keep below it; 0: there is none.
  std::optional<std::uint64_t> most_memory_bytes;
  /// Another file, which may say something else, cannot be read (Postgres: ALTER SYSTEM's).
  bool overrides_hidden = false;
  /// Files have changed since the server read them: what is in force is not known, all is absent.
  bool changed_since_start = false;
  bool operator==(const ServerSettingsReading&) const = default;
};

/// Room on the file system of a directory, for whoever writes there.
struct DirectorySpace {
  std::string directory;  ///< as its server sees it
  /// Without what only root may use, unless root writes there.
  std::uint64_t size_bytes = 0, left_bytes = 0;
  std::optional<std::uint64_t> inodes, left_inodes;  ///< absent: they are made as needed
  bool operator==(const DirectorySpace&) const = default;
};

/// Where one server keeps its data.
struct DataSpaceReading {
  std::uint16_t tier = 0;  ///< index into TierRules::tiers
  ProcessId server;
  std::vector<DirectorySpace> places;  ///< empty: not known
  bool some_hidden = false;            ///< there may be others, which may not be looked at
  bool operator==(const DataSpaceReading&) const = default;
};

/// What all collectors saw in one tick.
struct Reading {
  Instant at;
  HostReading host;
  std::vector<CgroupReading> cgroups;  ///< one for each different membership of a tier's processes
  /// Sorted by pid; every process of the machine that could be listed.
  std::vector<ProcessReading> processes;
  std::optional<SocketReading> sockets;         ///< absent when sockets are not watched
  std::vector<ServerSettingsReading> settings;  ///< of each server whose files are known, by pid
  std::vector<DataSpaceReading> data_space;     ///< of each server that keeps data, by pid
  std::optional<std::uint64_t> somaxconn;       ///< the longest accept queue this host grants
  std::optional<std::uint64_t> local_ports;     ///< that connections may leave by (TCP)
  std::optional<std::uint64_t> tcp_sockets;     ///< in use, or closed with their port still kept
  FaultCounts faults;
  /// What cannot be seen and how to mend it, e.g. "/proc is mounted with hidepid=2…".
  std::vector<std::string> notes;
};

}  // namespace tierwatch
