// SPDX-License-Identifier: MIT
//
// What was read of sockets: who listens where, and which connections lead where.
#pragma once

#include <sys/types.h>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/instant.h"
#include "collectors/process_reading.h"

namespace tierwatch {

/// The three kinds of listening sockets we watch, each one dump of sock_diag.
enum class SocketFamily : std::uint8_t { kTcp4, kTcp6, kUnix };
inline constexpr std::size_t kSocketFamilies = 3;

/// "tcp", "tcp6", "unix".
std::string_view to_string(SocketFamily family);

/// How we know whose a socket is, best first.
enum class OwnerSource : std::uint8_t {
  kDescriptor,   ///< a process of the tier holds it: /proc/PID/fd; needs ptrace rights
  kAddress,      ///< the tier's `listen` names its address, and its uid does not contradict
  kCgroup,       ///< it was made in a v2 cgroup where processes of this tier alone live
  kUser,         ///< it belongs to a uid under which this tier alone runs
  kNetwork,      ///< it is in a network namespace, not ours, where this tier alone lives
  kElimination,  ///< of two tiers that run under its uid it is the one that is not the server's
  kTitle,        ///< a process' title names a client that it accepted, and both have one user
};

/// "descriptor", "address", "cgroup", "user", "network", "elimination",
/// "title".
std::string_view to_string(OwnerSource source);

struct SocketOwner {
  std::uint16_t tier = 0;  ///< index into TierRules::tiers
  OwnerSource source = OwnerSource::kUser;
  pid_t instance = 0;  ///< as in Membership; 0: not known which of the tier's
  /// Under which user the first process of that server runs: known where one user alone can be
  /// meant, though not which of his servers.
  std::optional<uid_t> user = std::nullopt;
  auto operator<=>(const SocketOwner&) const = default;
};

/// One listening address. Sockets that share it (SO_REUSEPORT, or an old and a new master during a
/// reload) are summed. All totals count from the first sight of the address, survive a restart of
/// the server and never fall; they are forgotten ten minutes after the address has closed. Times
/// are integrals over our sub-samples.
struct ListenerReading {
  SocketFamily family = SocketFamily::kTcp4;
  std::string address;  ///< "127.0.0.1:5432", "[::]:80", "/run/app.sock", "@abstract"; any bytes
  /// The network namespace it is in, by the unit or container of its processes; empty: our own.
  std::string network;
  std::uint16_t port = 0;     ///< 0 for UNIX
  std::uint32_t sockets = 0;  ///< listening on the address now
  std::optional<uid_t> uid;   ///< of the (first) socket: who made it
  std::optional<SocketOwner> owner;

  std::uint64_t queue_length = 0;            ///< connections that wait for accept(2), last sample
  std::optional<std::uint64_t> queue_limit;  ///< min(backlog, somaxconn); absent from /proc
  /// Connection attempts dropped by the socket (sk_drops), TCP only: the kernel counts none for
  /// UNIX, where connect(2) fails with EAGAIN or blocks.
  std::optional<std::uint64_t> drops;

  nanoseconds observed{};     ///< time covered by sub-samples: what the integrals are relative to
  double queue_seconds = 0;   ///< ∫ length dt; over X connections: mean wait = queue_seconds / X
  nanoseconds queued_time{};  ///< length > 0
  /// A socket had length > limit: the kernel admits limit + 1, then drops.
  nanoseconds full_time{};
  std::uint64_t queue_peak = 0;  ///< highest length since the last tick
  std::uint64_t samples = 0, samples_with_queue = 0, samples_full = 0;

  /// Connections accepted and not yet closed by the server. The number of busy workers where a
  /// worker serves one connection at a time. Absent when connections could not be listed.
  std::optional<std::uint64_t> in_service;
  /// On how many of these the server owes an answer, as far as is certain: the others are idle
  /// (keep-alive). Absent for UNIX sockets and from /proc.
  std::optional<std::uint64_t> owed;
  /// Over how many of these, to clients elsewhere, data wait to be sent. Absent like `owed`.
  std::optional<std::uint64_t> sending;
  /// Over how many of these, to whatever clients, data wait to be sent: they do not take them as
  /// fast as they come. Absent like `owed`.
  std::optional<std::uint64_t> unsent{};
  /// On how many of these an answer lies unread at its client's end on this machine. Absent like
  /// `owed`.
  std::optional<std::uint64_t> unread_by_clients{};
  /// On how many connections in service data came that the server has not read. Absent like
  /// `in_service`, and of UNIX sockets from /proc.
  std::optional<std::uint64_t> unread{};
  /// Connections that were asked for, and whose clients have not answered since: they wait in its
  /// SYN backlog, as long as `queue_limit`. Absent for UNIX sockets, and while connections need not
  /// be listed.
  std::optional<std::uint64_t> half_open;
  bool operator==(const ListenerReading&) const = default;
};

/// The address, and where it is: "0.0.0.0:80 in container 3fa9c1d2b3e4".
std::string full_address(const ListenerReading& listener);

/// Connections that lead out of one tier, or into one, grouped by both ends.
struct EdgeReading {
  std::optional<SocketOwner> from;  ///< the client's tier; absent: no tier, or not known which
  /// Tiers that it may be, when `from` is absent because several run under the client's uid.
  std::vector<std::uint16_t> from_one_of;
  std::optional<uid_t> from_user{};  ///< whose the client is, when `from` is absent
  bool from_local = false;           ///< the client is a socket of this machine (network namespace)
  std::optional<std::uint16_t> to;   ///< the server's tier; absent: no tier, `peer` names it
  pid_t to_instance = 0;             ///< 0: not known which of the tier's
  std::optional<uid_t> to_user{};    ///< as SocketOwner::user
  /// Where it leads: the listener's address when the server is local, else the remote "host:port".
  std::string peer;
  std::uint64_t connections = 0;
  /// Of these, on how many at least the client waits for an answer, if for anything: it has said
  /// the last word, and not before the oldest request came that its server is at work on. Absent
  /// for UNIX sockets and remote clients, and from /proc.
  std::optional<std::uint64_t> awaiting;
  /// On how many it has waited for longer than any request: long polls, BLPOP, replication, pools
  /// that nobody uses. Absent like `awaiting`.
  std::optional<std::uint64_t> background;
  /// From this end to the other and back, mean over its connections; absent for UNIX sockets, and
  /// from /proc.
  std::optional<nanoseconds> round_trip{};
  /// Segments that these connections have sent since they began, and those of them that were sent
  /// again. Absent likewise.
  std::optional<std::uint64_t> segments_sent{}, segments_resent{};
  bool operator==(const EdgeReading&) const = default;
};

/// Where the connections of one process lead; only for processes whose fd links may be read.
struct ProcessPeerReading {
  std::optional<std::uint16_t> to;  ///< tier of the server; absent: no tier
  std::string peer;
  std::uint64_t connections = 0;
  auto operator<=>(const ProcessPeerReading&) const = default;
};
struct ProcessSocketsReading {
  ProcessId id;
  std::uint16_t tier = 0;
  std::uint64_t serving = 0;              ///< accepted connections it holds
  std::vector<ProcessPeerReading> peers;  ///< what it is connected to as a client
};

struct SocketReading {
  std::vector<ListenerReading> listeners;        ///< sorted by family and address
  std::vector<EdgeReading> edges;                ///< most connections first within (from, to)
  std::vector<ProcessSocketsReading> processes;  ///< sorted by id; empty without permission
  std::uint64_t connections = 0;                 ///< sockets looked at, both ends counted
  std::vector<std::string> notes;                ///< what cannot be seen and how to mend it
};

}  // namespace tierwatch
