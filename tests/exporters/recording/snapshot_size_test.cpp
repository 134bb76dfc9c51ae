// SPDX-License-Identifier: MIT
#include "exporters/recording/snapshot_size.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

/// A host with many processes, half of them of a tier, as a collector reads them.
Snapshot crowded_snapshot(std::size_t processes) {
  Snapshot snapshot = rich_snapshot();
  const ProcessSample one = snapshot.processes.front();
  snapshot.processes.clear();
  for (std::size_t i = 0; i < processes; ++i) {
    ProcessSample process = one;
    process.reading.id.pid = static_cast<pid_t>(1000 + i);
    process.reading.title = std::string(40 + i % 400, 'x');
    process.reading.cgroup = "/system.slice/application-" + std::to_string(i % 30) + ".service";
    if (i % 2 == 0) {
      process.reading.member.reset();
      process.reading.threads.reset();
    } else {
      process.reading.threads.emplace(1 + i % 12);
      process.reading.allowed_cpus.emplace().add(i % 64);
    }
    snapshot.processes.push_back(std::move(process));
  }
  return snapshot;
}

std::size_t allocated() { return mallinfo2().uordblks; }

TEST(SnapshotSize, IsWhatTheAllocatorGave) {
  if (allocated() == 0) GTEST_SKIP() << "the sanitizer's allocator does not count so";
  for (const std::size_t processes : {10u, 500u, 5000u}) {
    const Snapshot original = crowded_snapshot(processes);
    const std::size_t before = allocated();
    const auto copy = std::make_shared<const Snapshot>(original);
    const auto held = static_cast<double>(allocated() - before);
    // Of a small one, blocks that lay in the allocator's cache count as held before.
    EXPECT_NEAR(static_cast<double>(memory_bytes(*copy)), held, held / 5 + 16384) << processes;
  }
}

TEST(SnapshotSize, GrowsWithEveryProcess) {
  const auto few = memory_bytes(crowded_snapshot(100));
  const auto many = memory_bytes(crowded_snapshot(5000));
  EXPECT_GT(many, few + 4900 * sizeof(ProcessSample));
}

}  // namespace
}  // namespace tierwatch
