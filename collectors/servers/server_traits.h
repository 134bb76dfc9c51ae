// SPDX-License-Identifier: MIT
//
// What collectors and the judge have to know of a kind of server, said without its name: a new
// server brings its traits, and no rule asks what it is called.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tierwatch {

/// What a backend that serves one client is doing, as its title says.
enum class BackendState : std::uint8_t {
  kStarting,           ///< no client is served yet
  kIdle,               ///< between two transactions
  kIdleInTransaction,  ///< between two commands of one
  kActive,             ///< a command runs
  kWaiting,            ///< a command waits for a lock
  kSilent,             ///< the title names no activity: between two commands, or it never does
};

/// A client by its own end of the connection, as a title writes it.
struct TitleClient {
  std::string_view host;
  std::uint16_t port = 0;
};

struct ServerTraits {
  /// A process cannot use more than one core (an interpreter lock, an event loop).
  bool single_core_processes = false;
  /// Titles change as the processes work: read whenever one ran.
  bool titles_tell_state = false;
  /// Threads of one process take turns under the lock of an interpreter.
  bool interpreter_lock = false;
  /// More workers are started when they are needed; how many is a setting.
  bool workers_started_on_demand = false;
  /// Workers of one master belong to different pools, and a worker's title names its pool.
  bool pools_by_title = false;
  /// With several threads, the main one accepts connections and others serve them.
  bool main_thread_only_accepts = false;
  /// Threads of each process that serve nothing where it has several: they accept, or wait for
  /// signals.
  double helper_threads = 0;
  /// A connection that waits for its client's next request need not hold a worker, so that
  /// connections in service may be more than workers at work. Settings may say that they do.
  bool parks_connections = false;
  /// Each process holds the statement that it is at, where `tierwatch inside` reads it.
  bool statements_in_memory = false;
  /// The option that sets how many threads serve; they are started when first needed.
  const char* threads_option = nullptr;
  /// How many client connections it allows at the least, whatever its configuration says: nobody
  /// sets it lower. 0: it has no such limit, or any.
  double fewest_clients = 0;
  /// The same of the memory for its data, where it refuses to write beyond that.
  double least_data_bytes = 0;
  /// Parts of it have limits of connections of their own (frontends, upstream servers).
  bool limits_parts = false;
  /// It does nothing with a request itself: each has one of its own connections to another server,
  /// or waits for one.
  bool only_pools = false;
  /// It may have been told to keep no data, or less: then it does not mind a full disk.
  bool may_keep_nothing = false;
  /// The setting that TierFacts::connection_table is about; null: it has none.
  const char* connections_option = nullptr;
  /// The role of which each process serves one client connection: their number is no limit. Empty:
  /// there is none.
  std::string_view connection_role;
  /// The role of which each process serves a connection of a replica; empty: none is known.
  std::string_view replication_role;
  /// Each worker may hold so many connections, to clients and upstreams alike, and no more.
  bool connection_table = false;
  /// What the title of a process of connection_role says; null: nothing.
  BackendState (*backend_state)(std::string_view title) = nullptr;
  /// The client that a process with this title serves; null: titles name none.
  std::optional<TitleClient> (*client_in_title)(std::string_view title) = nullptr;
  /// How many connections applications may open, from the length of the accept queue and the
  /// longest that the host grants; `title` is any process'. Absent when they do not tell.
  std::optional<double> (*connections_by_backlog)(std::string_view title, double queue_limit,
                                                  double somaxconn) = nullptr;
};

}  // namespace tierwatch
