// SPDX-License-Identifier: MIT
//
// What sockets in many network namespaces cost: 20 namespaces with 500 sockets each, a minute
// as a daemon samples it (20 looks at queues and one tick a second), by sock_diag inside each
// namespace and by /proc alone. Needs root. Prints shares of one core.
#include <sys/resource.h>
#include <time.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "collectors/sockets/socket_collector.h"
#include "tests/support/network_child.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kNetworks = 20, kConnections = 250, kSeconds = 60, kWarmUp = 40;

std::vector<FileDescriptor> server_with_connections() {
  std::vector<FileDescriptor> sockets;
  const SocketName name = SocketName::tcp4(8000, INADDR_LOOPBACK);
  sockets.push_back(listen_on(name, 512));
  for (int i = 0; i < kConnections; ++i) {
    sockets.push_back(connect_to(name));
    FileDescriptor accepted;
    while (!accepted) accepted = accept_from(sockets.front());
    sockets.push_back(std::move(accepted));
  }
  return sockets;
}

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

/// Share of a core, and how old the lists of connections become.
void measure(const char* way, NetworkTables tables, const std::vector<ProcessReading>& processes) {
  const ProcFs files;
  FaultLog faults;
  TierRules rules;
  rules.tiers.push_back({.name = "bench", .listen = {"tcp:8000"}});
  SocketCollector collector(make_sock_diag_table(), files, faults, rules, std::move(tables));
  const auto tick = [&](int second) {
    return collector.collect({.monotonic = seconds(second), .boot = seconds(second)}, processes);
  };
  for (int second = 1; second <= kWarmUp; ++second) tick(second);  // descriptors are surveyed once
  double looks = 0, ticks = 0;
  SocketReading reading;
  for (int second = kWarmUp + 1; second <= kWarmUp + kSeconds; ++second) {
    const double before = cpu_seconds();
    for (int look = 1; look < 20; ++look)
      collector.sub_sample({.monotonic = seconds(second - 1) + look * milliseconds(50)});
    const double between = cpu_seconds();
    reading = tick(second);
    looks += between - before;
    ticks += cpu_seconds() - between;
  }
  std::uint64_t samples = 0;
  for (const ListenerReading& one : reading.listeners) samples = std::max(samples, one.samples);
  std::printf(
      "%-10s %5.2f %% of a core: queues %.2f %%, ticks %.2f %%; %zu listeners, %llu sockets, "
      "%.1f looks at a queue a second\n",
      way, 100 * (looks + ticks) / kSeconds, 100 * looks / kSeconds, 100 * ticks / kSeconds,
      reading.listeners.size(), static_cast<unsigned long long>(reading.connections),
      static_cast<double>(samples) / (kWarmUp + kSeconds));
}

int run() {
  rlimit limit{.rlim_cur = 4096, .rlim_max = 4096};
  setrlimit(RLIMIT_NOFILE, &limit);
  std::vector<std::unique_ptr<NetworkChild>> children;
  std::vector<ProcessReading> processes;
  for (int i = 0; i < kNetworks; ++i) {
    children.push_back(std::make_unique<NetworkChild>(server_with_connections));
    if (!children.back()->entered()) {
      std::fprintf(stderr, "needs root, to make network namespaces\n");
      return 1;
    }
    ProcessReading& process = processes.emplace_back();
    process.id = {.pid = children.back()->pid(), .started = seconds(-100)};
    process.member = Membership{.instance = process.id.pid};
    process.uid = geteuid();
  }
  measure("sock_diag", {}, processes);
  measure("/proc", no_entry(), processes);
  return 0;
}

}  // namespace
}  // namespace tierwatch

int main() { return tierwatch::run(); }
