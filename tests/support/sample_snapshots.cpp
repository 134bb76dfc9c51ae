// SPDX-License-Identifier: MIT
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr std::uint64_t kMegabyte = 1u << 20;
constexpr ProcessId kWorker{.pid = 812, .started = seconds(60)};

Instant at() {
  return {.wall = std::chrono::system_clock::time_point(seconds(1'700'000'000)),
          .monotonic = seconds(5000),
          .boot = seconds(5100)};
}

RoleSample role(std::string name, RoleKind kind, unsigned processes, unsigned scale) {
  RoleSample sample{.name = std::move(name), .kind = kind};
  sample.totals = {.user_cpu = milliseconds(1250) * scale,
                   .system_cpu = milliseconds(310) * scale,
                   .run_delay = milliseconds(75) * scale,
                   .major_faults = 2ull * scale,
                   .voluntary_switches = 4000ull * scale,
                   .involuntary_switches = 90ull * scale};
  sample.sums = {.processes = processes, .threads = processes, .sleeping = processes};
  sample.ever_seen = processes > 0 || scale > 0;
  if (processes == 0) return sample;
  sample.sums.memory = MemoryReading{.resident_bytes = 30 * kMegabyte * processes,
                                     .anonymous_bytes = 20 * kMegabyte * processes,
                                     .file_bytes = 9 * kMegabyte * processes,
                                     .shared_bytes = kMegabyte * processes,
                                     .swap_bytes = 4096};
  sample.sums.open_fds = 12ull * processes;
  return sample;
}

void add_up(TierSample& tier) {
  tier.totals = {.run_delay = nanoseconds{0}, .voluntary_switches = 0, .involuntary_switches = 0};
  for (const RoleSample& part : tier.roles) {
    tier.totals.user_cpu += part.totals.user_cpu;
    tier.totals.system_cpu += part.totals.system_cpu;
    *tier.totals.run_delay += part.totals.run_delay.value_or(nanoseconds{0});
    tier.totals.major_faults += part.totals.major_faults;
    *tier.totals.voluntary_switches += part.totals.voluntary_switches.value_or(0);
    *tier.totals.involuntary_switches += part.totals.involuntary_switches.value_or(0);
    tier.sums.processes += part.sums.processes;
    tier.sums.threads += part.sums.threads;
    tier.sums.running += part.sums.running;
    tier.sums.sleeping += part.sums.sleeping;
    tier.sums.zombies += part.sums.zombies;
  }
}

TierSample nginx() {
  TierSample tier{.name = "nginx", .preset = "nginx"};
  tier.roles = {role("master", RoleKind::kSupport, 1, 1),
                role("worker", RoleKind::kEventWorker, 2, 40)};
  tier.roles[1].sums.running = 1;
  tier.roles[1].sums.sleeping = 1;
  tier.roles[1].rates =
      Rates{.cpu_cores = 0.62, .user_cores = 0.5, .system_cores = 0.12, .run_delay_cores = 0.03};
  add_up(tier);
  tier.rates = tier.roles[1].rates;
  tier.hottest_process = Hottest{.process = kWorker, .role = 1, .cores = 0.41};
  tier.hottest_thread = Hottest{.process = kWorker, .tid = 812, .role = 1, .cores = 0.41};
  tier.worst_fds = WorstFds{.process = kWorker, .open = 768, .limit = 1024, .ratio = 0.75};
  tier.oldest_start = seconds(59);
  return tier;
}

TierSample shop() {
  TierSample tier{.name = "shop \"eu\"", .preset = "uwsgi"};
  tier.roles = {role("master", RoleKind::kSupport, 1, 2),
                role("worker", RoleKind::kSyncWorker, 3, 700)};
  tier.roles[1].sums.zombies = 1;
  tier.roles[1].sums.proportional_bytes = 55 * kMegabyte;
  tier.roles[1].totals.read_bytes = 8192;
  tier.roles[1].totals.written_bytes = 65536;
  add_up(tier);
  tier.oldest_start = seconds(100);
  return tier;
}

TierSample postgres() {
  TierSample tier{.name = "postgres", .preset = "postgres"};
  tier.roles = {role("postmaster", RoleKind::kSupport, 1, 3),
                role("backend", RoleKind::kSyncWorker, 4, 120)};
  tier.roles[1].sums.disk_sleeping = 1;
  tier.roles[1].sums.sleeping = 3;
  tier.roles[0].totals.run_delay.reset();
  tier.roles[0].sums.open_fds.reset();
  add_up(tier);
  return tier;
}

TierSample stopped_redis() {
  TierSample tier{.name = "redis", .preset = "redis"};
  tier.roles = {role("main", RoleKind::kEventWorker, 0, 17),
                role("save", RoleKind::kSupport, 0, 0)};
  add_up(tier);
  return tier;
}

TierSample unseen_mysql() {
  TierSample tier{.name = "mysql", .preset = "mysql"};
  tier.roles = {RoleSample{.name = "server", .kind = RoleKind::kThreaded}};
  return tier;
}

CpuTimes host_cpu() {
  return {.user = seconds(900),
          .nice = seconds(1),
          .system = seconds(300),
          .idle = seconds(18'000),
          .iowait = seconds(40),
          .softirq = seconds(20),
          .steal = milliseconds(2500),
          .guest = seconds(5)};
}

HostSample host() {
  HostSample sample{.processors = 4};
  HostReading& reading = sample.reading;
  reading.cpu = host_cpu();
  reading.cpus = {host_cpu()};
  reading.load1 = 1.25;
  reading.load5 = 0.75;
  reading.load15 = 0.5;
  reading.runnable = 3;
  reading.blocked = 1;
  reading.forks = 43'210;
  reading.context_switches = 9'876'543;
  reading.memory = HostMemoryReading{.total_bytes = 8192 * kMegabyte,
                                     .available_bytes = 5000 * kMegabyte,
                                     .free_bytes = 2000 * kMegabyte,
                                     .buffers_bytes = 100 * kMegabyte,
                                     .cached_bytes = 3000 * kMegabyte,
                                     .swap_total_bytes = 1024 * kMegabyte,
                                     .swap_free_bytes = 1000 * kMegabyte};
  reading.cpu_pressure = PressureReading{.some = milliseconds(12'500)};
  reading.memory_pressure = PressureReading{.some = milliseconds(30), .full = milliseconds(10)};
  reading.io_pressure = PressureReading{.some = milliseconds(900), .full = milliseconds(800)};
  reading.open_files = 2048;
  reading.max_files = 800'000;
  reading.listen_overflows = 7;
  reading.listen_drops = 9;
  reading.syn_drops = 3;
  reading.tracked_connections = 1200;
  reading.max_tracked_connections = 65536;
  reading.oom_kills = 0;
  reading.swap_in_pages = 11;
  reading.swap_out_pages = 22;
  reading.direct_scanned_pages = 33;
  reading.background_scanned_pages = 44;
  reading.refaulted_pages = 55;
  reading.links = {{.name = "eth0",
                    .bits_per_second = 1'000'000'000,
                    .received_bytes = 5'000'000,
                    .sent_bytes = 70'000'000}};
  reading.disks = {{.name = "nvme0n1",
                    .reads = 1200,
                    .writes = 3400,
                    .read_bytes = 9'830'400,
                    .written_bytes = 55'705'600,
                    .busy = milliseconds(7250),
                    .queued = milliseconds(15'500)}};
  sample.cpu = CpuModes{.user = 1, .system = 0.5, .idle = 2.5};
  sample.cpus = {CpuModes{.user = 1}};
  sample.cpu_pressure_ratio = 0.125;
  return sample;
}

ProcessSample worker() {
  ProcessSample sample;
  ProcessReading& reading = sample.reading;
  reading.id = kWorker;
  reading.parent_pid = 811;
  reading.comm = "nginx";
  reading.title = "nginx: worker process";
  reading.uid = 33;
  reading.state = 'R';
  reading.user_cpu = milliseconds(50'000);
  reading.system_cpu = milliseconds(12'400);
  reading.major_faults = 80;
  reading.thread_count = 1;
  reading.read_at = seconds(5000);
  reading.member = Membership{.tier = 0, .role = 1};
  reading.threads = {{.tid = 812,
                      .run = milliseconds(62'400),
                      .wait = milliseconds(3000),
                      .voluntary_switches = 160'000,
                      .involuntary_switches = 3600}};
  reading.memory = MemoryReading{.resident_bytes = 30 * kMegabyte,
                                 .anonymous_bytes = 20 * kMegabyte,
                                 .file_bytes = 9 * kMegabyte,
                                 .shared_bytes = kMegabyte};
  reading.open_fds = 768;
  reading.fd_limit = 1024;
  reading.cgroup = "/system.slice/nginx.service";
  sample.cpu_cores = 0.41;
  sample.run_delay_cores = 0.02;
  sample.hottest_thread_cores = 0.41;
  sample.hottest_tid = 812;
  return sample;
}

}  // namespace

Snapshot rich_snapshot() {
  Snapshot snapshot{.sequence = 42, .at = at(), .interval = seconds(1), .hostname = "web1"};
  snapshot.host = host();
  snapshot.tiers = {nginx(), shop(), postgres(), stopped_redis(), unseen_mysql()};
  snapshot.processes = {worker()};
  snapshot.faults = {{{"io", Fault::kDenied}, 31}, {{"status", Fault::kGone}, 2}};
  snapshot.notes = {"/proc is mounted with hidepid=2"};
  snapshot.self = {.cpu = milliseconds(900),
                   .sampling_cpu = milliseconds(700),
                   .last_sampling = milliseconds(3),
                   .last_sampling_wall = milliseconds(4),
                   .ticks = 42,
                   .late_ticks = 1};
  add_verdict(snapshot, 1);
  add_neighbours(snapshot);
  return snapshot;
}

Snapshot small_snapshot() {
  Snapshot snapshot{.sequence = 42, .at = at(), .interval = seconds(1), .hostname = "web1"};
  snapshot.host.processors = 4;
  snapshot.host.reading.load1 = 1.25;
  snapshot.host.cpu = CpuModes{.user = 1, .system = 0.5, .idle = 2.5};
  snapshot.tiers = {nginx()};
  snapshot.tiers[0].roles.erase(snapshot.tiers[0].roles.begin());
  snapshot.processes = {worker()};
  snapshot.faults = {{{"io", Fault::kDenied}, 31}};
  snapshot.self = {.cpu = milliseconds(900), .sampling_cpu = milliseconds(700), .ticks = 42};
  add_verdict(snapshot, 0);
  return snapshot;
}

}  // namespace tierwatch
