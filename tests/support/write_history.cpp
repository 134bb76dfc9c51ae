// SPDX-License-Identifier: MIT
//
// Writes a history as the daemon keeps it, as long as is wanted, in a moment: usage FILE TICKS END,
// a tick a second, the last one at END (seconds since the epoch).
#include <cstdlib>
#include <iostream>

#include "exporters/recording/recording_writer.h"

namespace tierwatch {
namespace {

constexpr int kTicksInCommit = 5000;

TierFacts facts_of(const char* name, double now) {
  TierFacts facts{.name = name, .preset = name};
  facts.processes = 9;
  facts.workers = 8;
  facts.busy_workers = 2 + now;
  facts.cpu_cores = 0.5 + now;
  facts.run_delay_cores = 0.1 * now;
  facts.worst_fds = FdFacts{1000, 32, 1024};
  facts.own_memory_bytes = 3e8;
  facts.listeners = {{.name = "/run/app.sock", .queue_mean = now, .queue_peak = 2, .limit = 100}};
  return facts;
}

Snapshot snapshot_at(std::int64_t wall_seconds, std::int64_t number) {
  const double now = 0.01 * static_cast<double>(number % 61);  // a level that does not change
  Snapshot snapshot;
  snapshot.at.wall = std::chrono::system_clock::time_point(std::chrono::seconds(wall_seconds));
  snapshot.at.monotonic = snapshot.at.boot = std::chrono::seconds(5000 + number);
  snapshot.interval = std::chrono::seconds(1);
  snapshot.facts.seconds = 1;
  snapshot.facts.host.processors = 8;
  snapshot.facts.host.busy_cores = 3 + now;
  for (const char* tier : {"nginx", "uwsgi", "postgres", "redis"})
    snapshot.facts.tiers.push_back(facts_of(tier, now));
  snapshot.verdict.state = VerdictState::kClear;
  snapshot.verdict.sentence = "nothing is full";
  return snapshot;
}

void write(const char* file, std::int64_t ticks, std::int64_t end) {
  RecordingWriter writer(
      file,
      {.begin = std::chrono::system_clock::now(), .program = "daemon", .interval_seconds = 1});
  for (std::int64_t i = 0; i < ticks; ++i) {
    writer.add(snapshot_at(end - ticks + 1 + i, i));
    if (i % kTicksInCommit == 0) writer.commit();
  }
  writer.commit();
  writer.finish(std::chrono::system_clock::now(), true);
}

}  // namespace
}  // namespace tierwatch

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  tierwatch::write(argv[1], std::atoll(argv[2]), std::atoll(argv[3]));
  return 0;
}
