// SPDX-License-Identifier: MIT
//
// The names that fields of a snapshot have outside the program, each written once: readers and
// writers of a format walk the same list. `io("name", value.field)` is called for each field, with
// const fields when writing. Names carry the unit; a time is in seconds. A field that is not listed
// here does not exist for others.
#pragma once

#include <concepts>
#include <type_traits>

#include "analysis/snapshot.h"

namespace tierwatch {

/// T is U or const U: one list serves both directions.
template <typename T, typename U>
concept EitherWay = std::same_as<std::remove_const_t<T>, U>;

template <typename Io>
void fields(Io& io, EitherWay<Instant> auto& at) {
  io("wall_seconds", at.wall);
  io("monotonic_seconds", at.monotonic);
  io("boot_seconds", at.boot);
}

template <typename Io>
void fields(Io& io, EitherWay<ProcessId> auto& id) {
  io("pid", id.pid);
  io("started_seconds", id.started);
}

template <typename Io>
void fields(Io& io, EitherWay<Membership> auto& member) {
  io("tier", member.tier);
  io("role", member.role);
}

template <typename Io>
void fields(Io& io, EitherWay<ThreadReading> auto& thread) {
  io("tid", thread.tid);
  io("run_seconds", thread.run);
  io("wait_seconds", thread.wait);
  io("voluntary_switches", thread.voluntary_switches);
  io("involuntary_switches", thread.involuntary_switches);
}

template <typename Io>
void fields(Io& io, EitherWay<MemoryReading> auto& memory) {
  io("resident_bytes", memory.resident_bytes);
  io("anonymous_bytes", memory.anonymous_bytes);
  io("file_bytes", memory.file_bytes);
  io("shared_bytes", memory.shared_bytes);
  io("swap_bytes", memory.swap_bytes);
}

template <typename Io>
void fields(Io& io, EitherWay<IoReading> auto& bytes) {
  io("read_bytes", bytes.read_bytes);
  io("written_bytes", bytes.written_bytes);
}

template <typename Io>
void fields(Io& io, EitherWay<ProcessReading> auto& process) {
  io("id", process.id);
  io("parent_pid", process.parent_pid);
  io("comm", process.comm);
  io("title", process.title);
  io("uid", process.uid);
  io("state", process.state);
  io("user_cpu_seconds", process.user_cpu);
  io("system_cpu_seconds", process.system_cpu);
  io("children_user_cpu_seconds", process.children_user_cpu);
  io("children_system_cpu_seconds", process.children_system_cpu);
  io("major_faults", process.major_faults);
  io("children_major_faults", process.children_major_faults);
  io("thread_count", process.thread_count);
  io("read_at_monotonic_seconds", process.read_at);
  io("member", process.member);
  io("threads", process.threads);
  io("memory", process.memory);
  io("proportional_bytes", process.proportional_bytes);
  io("io", process.io);
  io("open_fds", process.open_fds);
  io("fd_limit", process.fd_limit);
  io("cgroup", process.cgroup);
}

template <typename Io>
void fields(Io& io, EitherWay<ProcessSample> auto& sample) {
  fields(io, sample.reading);
  io("cpu_cores", sample.cpu_cores);
  io("run_delay_cores", sample.run_delay_cores);
  io("hottest_thread_cores", sample.hottest_thread_cores);
  io("hottest_tid", sample.hottest_tid);
}

template <typename Io>
void fields(Io& io, EitherWay<CpuTimes> auto& cpu) {
  io("user_seconds", cpu.user);
  io("nice_seconds", cpu.nice);
  io("system_seconds", cpu.system);
  io("idle_seconds", cpu.idle);
  io("iowait_seconds", cpu.iowait);
  io("irq_seconds", cpu.irq);
  io("softirq_seconds", cpu.softirq);
  io("steal_seconds", cpu.steal);
  io("guest_seconds", cpu.guest);
  io("guest_nice_seconds", cpu.guest_nice);
}

template <typename Io>
void fields(Io& io, EitherWay<PressureReading> auto& pressure) {
  io("waiting_seconds", pressure.some);
  io("stalled_seconds", pressure.full);
}

template <typename Io>
void fields(Io& io, EitherWay<HostMemoryReading> auto& memory) {
  io("total_bytes", memory.total_bytes);
  io("available_bytes", memory.available_bytes);
  io("free_bytes", memory.free_bytes);
  io("buffers_bytes", memory.buffers_bytes);
  io("cached_bytes", memory.cached_bytes);
  io("swap_total_bytes", memory.swap_total_bytes);
  io("swap_free_bytes", memory.swap_free_bytes);
}

template <typename Io>
void fields(Io& io, EitherWay<DiskReading> auto& disk) {
  io("name", disk.name);
  io("reads", disk.reads);
  io("writes", disk.writes);
  io("read_bytes", disk.read_bytes);
  io("written_bytes", disk.written_bytes);
  io("busy_seconds", disk.busy);
  io("queued_seconds", disk.queued);
}

template <typename Io>
void fields(Io& io, EitherWay<HostReading> auto& host) {
  io("cpu", host.cpu);
  io("cpus", host.cpus);
  io("load1", host.load1);
  io("load5", host.load5);
  io("load15", host.load15);
  io("runnable_threads", host.runnable);
  io("blocked_threads", host.blocked);
  io("forks", host.forks);
  io("context_switches", host.context_switches);
  io("memory", host.memory);
  io("cpu_pressure", host.cpu_pressure);
  io("memory_pressure", host.memory_pressure);
  io("io_pressure", host.io_pressure);
  io("open_files", host.open_files);
  io("max_files", host.max_files);
  io("listen_overflows", host.listen_overflows);
  io("listen_drops", host.listen_drops);
  io("oom_kills", host.oom_kills);
  io("swap_in_pages", host.swap_in_pages);
  io("swap_out_pages", host.swap_out_pages);
  io("disks", host.disks);
}

template <typename Io>
void fields(Io& io, EitherWay<CpuModes> auto& modes) {
  io("user_cores", modes.user);
  io("nice_cores", modes.nice);
  io("system_cores", modes.system);
  io("idle_cores", modes.idle);
  io("iowait_cores", modes.iowait);
  io("irq_cores", modes.irq);
  io("softirq_cores", modes.softirq);
  io("steal_cores", modes.steal);
}

template <typename Io>
void fields(Io& io, EitherWay<HostSample> auto& host) {
  io("processors", host.processors);
  io("cpu", host.cpu);
  io("cpus", host.cpus);
  io("cpu_pressure_ratio", host.cpu_pressure_ratio);
  io("memory_pressure_ratio", host.memory_pressure_ratio);
  io("io_pressure_ratio", host.io_pressure_ratio);
  io("since_boot", host.reading);
}

template <typename Io>
void fields(Io& io, EitherWay<CounterTotals> auto& totals) {
  io("user_cpu_seconds", totals.user_cpu);
  io("system_cpu_seconds", totals.system_cpu);
  io("run_delay_seconds", totals.run_delay);
  io("major_faults", totals.major_faults);
  io("voluntary_switches", totals.voluntary_switches);
  io("involuntary_switches", totals.involuntary_switches);
  io("read_bytes", totals.read_bytes);
  io("written_bytes", totals.written_bytes);
}

template <typename Io>
void fields(Io& io, EitherWay<GaugeSums> auto& sums) {
  io("processes", sums.processes);
  io("threads", sums.threads);
  io("running", sums.running);
  io("sleeping", sums.sleeping);
  io("disk_sleeping", sums.disk_sleeping);
  io("stopped", sums.stopped);
  io("zombies", sums.zombies);
  io("other_state", sums.other_state);
  io("memory", sums.memory);
  io("proportional_bytes", sums.proportional_bytes);
  io("open_fds", sums.open_fds);
}

template <typename Io>
void fields(Io& io, EitherWay<Rates> auto& rates) {
  io("cpu_cores", rates.cpu_cores);
  io("user_cores", rates.user_cores);
  io("system_cores", rates.system_cores);
  io("run_delay_cores", rates.run_delay_cores);
  io("major_faults_per_second", rates.major_faults_per_second);
  io("voluntary_switches_per_second", rates.voluntary_switches_per_second);
  io("involuntary_switches_per_second", rates.involuntary_switches_per_second);
  io("read_bytes_per_second", rates.read_bytes_per_second);
  io("written_bytes_per_second", rates.written_bytes_per_second);
}

template <typename Io>
void fields(Io& io, EitherWay<Hottest> auto& hottest) {
  io("process", hottest.process);
  io("tid", hottest.tid);
  io("role", hottest.role);
  io("cores", hottest.cores);
}

template <typename Io>
void fields(Io& io, EitherWay<WorstFds> auto& worst) {
  io("process", worst.process);
  io("open", worst.open);
  io("limit", worst.limit);
  io("ratio", worst.ratio);
}

template <typename Io>
void fields(Io& io, EitherWay<RoleSample> auto& role) {
  io("name", role.name);
  io("kind", role.kind);
  io("ever_seen", role.ever_seen);
  io("totals", role.totals);
  io("sums", role.sums);
  io("rates", role.rates);
}

template <typename Io>
void fields(Io& io, EitherWay<TierSample> auto& tier) {
  io("name", tier.name);
  io("preset", tier.preset);
  io("totals", tier.totals);
  io("sums", tier.sums);
  io("rates", tier.rates);
  io("roles", tier.roles);
  io("hottest_process", tier.hottest_process);
  io("hottest_thread", tier.hottest_thread);
  io("worst_fds", tier.worst_fds);
  io("oldest_start_seconds", tier.oldest_start);
}

template <typename Io>
void fields(Io& io, EitherWay<SelfSample> auto& self) {
  io("cpu_seconds", self.cpu);
  io("sampling_cpu_seconds", self.sampling_cpu);
  io("last_sampling_cpu_seconds", self.last_sampling);
  io("last_sampling_seconds", self.last_sampling_wall);
  io("ticks", self.ticks);
  io("late_ticks", self.late_ticks);
  io("unrecorded_ticks", self.unrecorded_ticks);
  io("verdict_changes", self.verdict_changes);
}

/// All but processes and faults, which not every format writes, or not as they are.
template <typename Io>
void fields(Io& io, EitherWay<Snapshot> auto& snapshot) {
  io("sequence", snapshot.sequence);
  io("at", snapshot.at);
  io("interval_seconds", snapshot.interval);
  io("hostname", snapshot.hostname);
  io("host", snapshot.host);
  io("verdict", snapshot.verdict);
  io("tiers", snapshot.tiers);
  io("listeners", snapshot.listeners);
  io("edges", snapshot.edges);
  io("facts", snapshot.facts);
  io("notes", snapshot.notes);
  io("self", snapshot.self);
}

/// FaultCounts as a list: JSON has no pairs for keys.
struct FaultCount {
  std::string file;
  Fault reason{};
  std::uint64_t count = 0;
};

template <typename Io>
void fields(Io& io, EitherWay<FaultCount> auto& fault) {
  io("file", fault.file);
  io("reason", fault.reason);
  io("count", fault.count);
}

/// The same for time by tier and resource.
struct SaturatedTime {
  TierResource what;
  double seconds = 0;
};

template <typename Io>
void fields(Io& io, EitherWay<SaturatedTime> auto& time) {
  fields(io, time.what);
  io("seconds", time.seconds);
}

}  // namespace tierwatch
