// SPDX-License-Identifier: MIT
//
// Moments of a load test, each with one thing to tell: what the terminal view is shown with.
#pragma once

#include <string>
#include <vector>

#include "analysis/snapshot.h"

namespace tierwatch {

struct Story {
  std::string name;  ///< "cpu_full_uwsgi": a file name, too
  Snapshot snapshot;
  /// Earlier moments, oldest first, in which the tiers' use of CPU rises to that of the snapshot.
  std::vector<Snapshot> past;
};

/// nginx (2 workers) → uWSGI (4) → Postgres and Redis on 4 processors: idle, CPU-full uWSGI, nginx
/// out of descriptors, queue full while uWSGI waits for a mail server, Redis at the end of its
/// thread, Postgres gone, 500 uWSGI workers, titles made to deceive. Facts are made up, verdicts
/// are the judge's. Always the same.
const std::vector<Story>& stories();
const Story& story(const std::string& name);

}  // namespace tierwatch
