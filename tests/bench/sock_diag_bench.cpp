// SPDX-License-Identifier: MIT
//
// What the sockets cost: sub-samples of accept queues and whole ticks, with 50 listeners (25 TCP,
// 25 UNIX) and N connections (half TCP, half UNIX) on this machine. At 20 sub-samples a second,
// 250 µs each are 0.5 % of a core.
#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <vector>

#include "collectors/sockets/socket_collector.h"
#include "tests/support/loopback.h"

namespace tierwatch {
namespace {

constexpr int kListeners = 50;

/// Keeps listeners and connections for the life of the benchmark.
class Machine {
 public:
  explicit Machine(int connections) {
    rlimit limit{};
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    std::vector<SocketName> names;
    for (int i = 0; i < kListeners; ++i) {
      names.push_back(i % 2 == 0 ? SocketName::tcp4() : abstract(i));
      listeners_.push_back(listen_on(names.back(), 128));
      if (i % 2 == 0) names.back() = SocketName::of(listeners_.back());
    }
    for (int i = 0; i < connections; ++i) {
      const auto which = static_cast<std::size_t>(i % kListeners);
      sockets_.push_back(connect_to(names[which]));
      sockets_.push_back(accept_one(listeners_[which]));
    }
  }

 private:
  static FileDescriptor accept_one(const FileDescriptor& listener) {
    while (true) {
      FileDescriptor server = accept_from(listener);
      if (server) return server;
      if (errno != EAGAIN) throw std::system_error(errno, std::generic_category(), "accept");
    }
  }
  static SocketName abstract(int i) {
    return SocketName::unix_name(std::string(1, '\0') + "tierwatch-bench-" +
                                 std::to_string(getpid()) + "-" + std::to_string(i));
  }
  std::vector<FileDescriptor> listeners_, sockets_;
};

Instant now() { return {.monotonic = std::chrono::steady_clock::now().time_since_epoch()}; }

void bm_listeners(benchmark::State& state, SocketFamily family) {
  const Machine machine(static_cast<int>(state.range(0)));
  const auto table = make_sock_diag_table();
  std::vector<ListenerSocket> found;
  for (auto _ : state) {
    found.clear();
    table->listeners(family, found);
  }
  state.counters["found"] = static_cast<double>(found.size());
}
BENCHMARK_CAPTURE(bm_listeners, tcp4, SocketFamily::kTcp4)->Arg(0)->Arg(2000);
BENCHMARK_CAPTURE(bm_listeners, tcp6, SocketFamily::kTcp6)->Arg(0)->Arg(2000);
BENCHMARK_CAPTURE(bm_listeners, unix, SocketFamily::kUnix)->Arg(0)->Arg(2000)->Arg(8000);

void bm_connections(benchmark::State& state, SocketFamily family) {
  const Machine machine(static_cast<int>(state.range(0)));
  const auto table = make_sock_diag_table();
  ConnectionTable found;
  for (auto _ : state) {
    found.clear();
    table->connections(family, found);
  }
  state.counters["found"] = static_cast<double>(found.tcp.size() + found.unix_sockets.size());
}
BENCHMARK_CAPTURE(bm_connections, tcp4, SocketFamily::kTcp4)->Arg(0)->Arg(2000);
BENCHMARK_CAPTURE(bm_connections, tcp6, SocketFamily::kTcp6)->Arg(0)->Arg(2000);
BENCHMARK_CAPTURE(bm_connections, unix, SocketFamily::kUnix)->Arg(0)->Arg(2000);

TierRules one_tier() {
  TierRules rules;
  rules.tiers.push_back({.name = "bench", .listen = {"unix:@tierwatch-bench-*"}});
  return rules;
}

/// As a daemon does it, 20 times a second: an iteration is 50 ms of its time. `core_share` is what
/// that takes of one core.
void bm_sub_sample(benchmark::State& state) {
  const Machine machine(static_cast<int>(state.range(0)));
  const ProcFs files;
  FaultLog faults;
  SocketCollector collector(make_sock_diag_table(), files, faults, one_tier());
  Instant at = now();
  for (auto _ : state) {
    at.monotonic += std::chrono::milliseconds(50);
    collector.sub_sample(at);
  }
  // Seconds of one iteration over its 50 ms: google-benchmark inverts a rate for us.
  state.counters["core_share"] = benchmark::Counter(
      0.05, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(bm_sub_sample)->Arg(0)->Arg(2000);

/// One tick; with `links`, this process is a tier whose 4,000 descriptors are looked at.
void bm_collect(benchmark::State& state, bool links) {
  const Machine machine(static_cast<int>(state.range(0)));
  const ProcFs files;
  FaultLog faults;
  SocketCollector collector(make_sock_diag_table(), files, faults, one_tier());
  std::vector<ProcessReading> processes(1);
  processes[0].id.pid = getpid();
  processes[0].uid = geteuid();
  if (links) processes[0].member = Membership{};
  SocketReading reading;
  for (auto _ : state) reading = collector.collect(now(), processes);
  state.counters["connections"] = static_cast<double>(reading.connections);
}
BENCHMARK_CAPTURE(bm_collect, plain, false)->Arg(0)->Arg(2000);
BENCHMARK_CAPTURE(bm_collect, links, true)->Arg(2000);

}  // namespace
}  // namespace tierwatch

BENCHMARK_MAIN();
