// SPDX-License-Identifier: MIT
//
// tierwatch_feed SECONDS WARM-UP: samples this machine from /proc once a second as the daemon does,
// queues between the ticks and judge included, HTTP and history not. CPU time per tick. Two builds
// of it on one herd at the same time are a paired comparison.

#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <thread>
#include <vector>

#include "daemon/feeds/local_feed.h"

namespace tierwatch::bench {
namespace {

nanoseconds clock_time(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return std::chrono::seconds(now.tv_sec) + nanoseconds(now.tv_nsec);
}

void raise_descriptor_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void look_at_queues_until(LocalFeed& feed, nanoseconds end) {
  for (nanoseconds now = clock_time(CLOCK_MONOTONIC); now < end;
       now = clock_time(CLOCK_MONOTONIC)) {
    std::this_thread::sleep_for(std::min(end - now, feed.queue_interval()));
    if (clock_time(CLOCK_MONOTONIC) < end) feed.sample_queues();
  }
}

double cpu_of_tiers(const Snapshot& snapshot) {
  nanoseconds sum{};
  for (const TierSample& tier : snapshot.tiers)
    sum += tier.totals.user_cpu + tier.totals.system_cpu;
  return static_cast<double>(sum.count()) / 1e9;
}

void run(int seconds, int warm_up) {
  raise_descriptor_limit();
  Config config = default_config();
  config.sampling.source = ProcessSource::kProc;
  LocalFeed feed(std::move(config));
  std::vector<double> costs;
  double cpu_before = 0, cpu_now = 0;
  const nanoseconds start = clock_time(CLOCK_MONOTONIC);
  for (int tick = 0; tick < warm_up + seconds; ++tick) {
    const nanoseconds before = clock_time(CLOCK_PROCESS_CPUTIME_ID);
    cpu_now = cpu_of_tiers(*feed.sample(0));
    if (tick == warm_up) cpu_before = cpu_now;
    look_at_queues_until(feed, start + std::chrono::seconds(tick + 1));
    const nanoseconds cost = clock_time(CLOCK_PROCESS_CPUTIME_ID) - before;
    if (tick >= warm_up) costs.push_back(static_cast<double>(cost.count()) / 1e6);
  }
  std::ranges::sort(costs);
  double sum = 0;
  for (const double cost : costs) sum += cost;
  std::printf("mean %.2f median %.2f highest %.2f ms per tick; tiers used %.3f cores\n",
              sum / static_cast<double>(costs.size()), costs[costs.size() / 2], costs.back(),
              (cpu_now - cpu_before) / std::max(1, seconds - 1));
}

}  // namespace
}  // namespace tierwatch::bench

int main(int argc, char** argv) {
  if (argc != 3 || std::atoi(argv[1]) < 1) return 2;
  tierwatch::bench::run(std::atoi(argv[1]), std::atoi(argv[2]));
  return 0;
}
