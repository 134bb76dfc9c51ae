// SPDX-License-Identifier: MIT
//
// How many requests a pool can serve at a time, and how many it does: threads that wait for work
// are workers, those that only hand it out, or that all requests share, are not.
#pragma once

#include <optional>
#include <string>

#include "collectors/servers/server_traits.h"

namespace tierwatch {

/// A pool as its processes, its connections and one worker's command line show it.
struct PoolSigns {
  ServerTraits traits;
  std::string title;                  ///< of a worker
  double processes = 0, threads = 0;  ///< living ones of the serving role
  std::optional<double> in_service;   ///< connections accepted and not yet closed
  std::optional<double> most;         ///< workers it may start, by its configuration
  bool parks_connections = false;     ///< idle connections may hold no worker
  /// Of processes with several threads (MainThreads), absent when it is not known.
  std::optional<bool> main_threads_work;
};

struct WorkerPool {
  /// Event loops that hold any number of requests each (gevent, eventlet, uvicorn): no such pool.
  bool event_driven = false;
  double workers = 0;
  std::optional<double> busy;  ///< more than `workers` where it accepts ahead of them
};

/// Worker threads of gunicorn (`--threads`) are started when they are first needed: how many there
/// may be is told by the command line alone, and their number so far says nothing unless more
/// connections wait inside. Its main thread accepts and serves none: where that one does the work,
/// the others are helpers of an event loop (gevent looks up names in ten of them). A process that
/// holds more connections than it has threads, and does its work in one of them, is an event loop,
/// too: a synchronous worker takes the next connection when it is done with the last. php-fpm
/// starts more processes as they are needed (pm = dynamic, ondemand): without its configuration,
/// only a queue tells that there are no more. Where idle connections hold no worker, connections in
/// service tell that workers are free only while they are far fewer; else a queue does. Pure.
WorkerPool worker_pool(const PoolSigns& signs);

}  // namespace tierwatch
