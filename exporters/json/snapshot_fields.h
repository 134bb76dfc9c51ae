// SPDX-License-Identifier: MIT
//
// The names that fields of a snapshot have outside the program, see field_lists.h. Names carry the
// unit; a time is in seconds. A field that is not listed here does not exist for others.
#pragma once

#include "analysis/snapshot.h"
#include "exporters/json/field_lists.h"

namespace tierwatch {

void fields(auto& io, MaybeConst<Instant> auto& at) {
  io("wall_seconds", at.wall);
  io("monotonic_seconds", at.monotonic);
  io("boot_seconds", at.boot);
}

void fields(auto& io, MaybeConst<ProcessId> auto& id) {
  io("pid", id.pid);
  io("started_seconds", id.started);
}

TIERWATCH_FIELDS(Membership, tier, role, instance);

void fields(auto& io, MaybeConst<ThreadReading> auto& thread) {
  io("tid", thread.tid);
  io("run_seconds", thread.run);
  io("wait_seconds", thread.wait);
  TIERWATCH_OWN_NAMES(io, thread, voluntary_switches, involuntary_switches);
}

TIERWATCH_FIELDS(MemoryReading, resident_bytes, anonymous_bytes, file_bytes, shared_bytes,
                 swap_bytes);
TIERWATCH_FIELDS(IoReading, read_bytes, written_bytes);

void fields(auto& io, MaybeConst<ProcessReading> auto& process) {
  TIERWATCH_OWN_NAMES(io, process, id, parent_pid, comm, title, uid, state);
  io("user_cpu_seconds", process.user_cpu);
  io("system_cpu_seconds", process.system_cpu);
  io("children_user_cpu_seconds", process.children_user_cpu);
  io("children_system_cpu_seconds", process.children_system_cpu);
  TIERWATCH_OWN_NAMES(io, process, major_faults, children_major_faults, thread_count);
  io("read_at_monotonic_seconds", process.read_at);
  TIERWATCH_OWN_NAMES(io, process, member, threads, memory, proportional_bytes, io, open_fds,
                      fd_limit, cgroup);
}

void fields(auto& io, MaybeConst<ProcessSample> auto& sample) {
  fields(io, sample.reading);
  TIERWATCH_OWN_NAMES(io, sample, cpu_cores, run_delay_cores, hottest_thread_cores, hottest_tid);
}

void fields(auto& io, MaybeConst<CpuTimes> auto& cpu) {
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

void fields(auto& io, MaybeConst<PressureReading> auto& pressure) {
  io("waiting_seconds", pressure.some);
  io("stalled_seconds", pressure.full);
}

TIERWATCH_FIELDS(LinkReading, name, bits_per_second, received_bytes, sent_bytes);
TIERWATCH_FIELDS(HostMemoryReading, total_bytes, available_bytes, free_bytes, buffers_bytes,
                 cached_bytes, swap_total_bytes, swap_free_bytes);

void fields(auto& io, MaybeConst<DiskReading> auto& disk) {
  TIERWATCH_OWN_NAMES(io, disk, name, reads, writes, read_bytes, written_bytes);
  io("busy_seconds", disk.busy);
  io("queued_seconds", disk.queued);
}

void fields(auto& io, MaybeConst<HostReading> auto& host) {
  TIERWATCH_OWN_NAMES(io, host, cpu, cpus, load1, load5, load15);
  io("runnable_threads", host.runnable);
  io("blocked_threads", host.blocked);
  TIERWATCH_OWN_NAMES(io, host, forks, context_switches, memory, cpu_pressure, memory_pressure,
                      io_pressure, open_files, max_files, listen_overflows, listen_drops, syn_drops,
                      failed_connects, tracked_connections, max_tracked_connections, oom_kills,
                      swap_in_pages, swap_out_pages, direct_scanned_pages, background_scanned_pages,
                      refaulted_pages, links, disks);
}

void fields(auto& io, MaybeConst<CpuModes> auto& modes) {
  io("user_cores", modes.user);
  io("nice_cores", modes.nice);
  io("system_cores", modes.system);
  io("idle_cores", modes.idle);
  io("iowait_cores", modes.iowait);
  io("irq_cores", modes.irq);
  io("softirq_cores", modes.softirq);
  io("steal_cores", modes.steal);
}

void fields(auto& io, MaybeConst<HostSample> auto& host) {
  TIERWATCH_OWN_NAMES(io, host, processors, cpu, cpus, cpu_pressure_ratio, memory_pressure_ratio,
                      io_pressure_ratio);
  io("since_boot", host.reading);
}

void fields(auto& io, MaybeConst<CounterTotals> auto& totals) {
  io("user_cpu_seconds", totals.user_cpu);
  io("system_cpu_seconds", totals.system_cpu);
  io("run_delay_seconds", totals.run_delay);
  TIERWATCH_OWN_NAMES(io, totals, major_faults, voluntary_switches, involuntary_switches,
                      read_bytes, written_bytes);
}

TIERWATCH_FIELDS(GaugeSums, processes, threads, running, sleeping, disk_sleeping, stopped, zombies,
                 other_state, memory, proportional_bytes, open_fds);
TIERWATCH_FIELDS(Rates, cpu_cores, user_cores, system_cores, run_delay_cores,
                 major_faults_per_second, voluntary_switches_per_second,
                 involuntary_switches_per_second, read_bytes_per_second, written_bytes_per_second);
TIERWATCH_FIELDS(Hottest, process, tid, role, cores);
TIERWATCH_FIELDS(WorstFds, process, open, limit, ratio);
TIERWATCH_FIELDS(RoleSample, name, kind, ever_seen, totals, sums, rates);

void fields(auto& io, MaybeConst<TierSample> auto& tier) {
  TIERWATCH_OWN_NAMES(io, tier, name, preset, totals, sums, rates, roles, hottest_process,
                      hottest_thread, worst_fds);
  io("oldest_start_seconds", tier.oldest_start);
}

void fields(auto& io, MaybeConst<SelfSample> auto& self) {
  io("cpu_seconds", self.cpu);
  io("sampling_cpu_seconds", self.sampling_cpu);
  io("last_sampling_cpu_seconds", self.last_sampling);
  io("last_sampling_seconds", self.last_sampling_wall);
  TIERWATCH_OWN_NAMES(io, self, ticks, late_ticks, unrecorded_ticks, verdict_changes);
}

/// All but processes and faults, which not every format writes, or not as they are.
void fields(auto& io, MaybeConst<Snapshot> auto& snapshot) {
  TIERWATCH_OWN_NAMES(io, snapshot, sequence, at);
  io("interval_seconds", snapshot.interval);
  TIERWATCH_OWN_NAMES(io, snapshot, hostname, host, verdict, tiers, listeners, edges, facts, notes,
                      self);
}

/// FaultCounts as a list: JSON has no pairs for keys.
struct FaultCount {
  std::string file;
  Fault reason{};
  std::uint64_t count = 0;
};

TIERWATCH_FIELDS(FaultCount, file, reason, count);

/// The same for time by tier and resource.
struct SaturatedTime {
  TierResource what;
  double seconds = 0;
};

void fields(auto& io, MaybeConst<SaturatedTime> auto& time) {
  fields(io, time.what);
  io("seconds", time.seconds);
}

// ---- listeners, edges, facts, verdict

void fields(auto& io, MaybeConst<SocketOwner> auto& owner) {
  io("tier", owner.tier);
  io("known_by", owner.source);
  io("instance", owner.instance);
}

void fields(auto& io, MaybeConst<ListenerReading> auto& listener) {
  TIERWATCH_OWN_NAMES(io, listener, family, address, network, port, sockets, uid, owner,
                      queue_length, queue_limit, drops);
  io("observed_seconds", listener.observed);
  io("queue_seconds", listener.queue_seconds);
  io("queued_time_seconds", listener.queued_time);
  io("full_time_seconds", listener.full_time);
  TIERWATCH_OWN_NAMES(io, listener, queue_peak, samples, samples_with_queue, samples_full,
                      in_service, owed, sending, unsent, unread, unread_by_clients, half_open);
}

void fields(auto& io, MaybeConst<ListenerSample> auto& sample) {
  fields(io, sample.reading);
  TIERWATCH_OWN_NAMES(io, sample, queue_mean, queued_ratio, full_ratio, drops_per_second);
}

void fields(auto& io, MaybeConst<EdgeReading> auto& edge) {
  TIERWATCH_OWN_NAMES(io, edge, from, from_one_of, from_local, to, to_instance, peer, connections,
                      awaiting, background);
  io("round_trip_seconds", edge.round_trip);
  TIERWATCH_OWN_NAMES(io, edge, segments_sent, segments_resent);
}

TIERWATCH_FIELDS(ForeignProgram, pid, comm, cores);
TIERWATCH_FIELDS(DiskFacts, name, busy_ratio, queue);
TIERWATCH_FIELDS(LinkFacts, name, bits_per_second, sent_ratio, received_ratio);
TIERWATCH_FIELDS(LimitFacts, used, limit);
TIERWATCH_FIELDS(ListenerFacts, name, queue_mean, queued_ratio, full_ratio, queue_peak, limit,
                 drops, half_open);
TIERWATCH_FIELDS(ReclaimFacts, direct_pages_per_second, background_pages_per_second,
                 reread_pages_per_second);
TIERWATCH_FIELDS(HostFacts, processors, busy_cores, steal_cores, cpu_pressure_ratio,
                 memory_pressure_ratio, io_pressure_ratio, memory_total_bytes,
                 memory_available_bytes, reclaim, oom_kills, syn_drops, failed_connects, foreign,
                 disks, links, local_ports, tracked_connections, unowned_listeners);
TIERWATCH_FIELDS(HottestFacts, pid, tid, cores);
TIERWATCH_FIELDS(FdFacts, pid, open, limit);
TIERWATCH_FIELDS(InstanceFacts, instances, processes, cores);
TIERWATCH_FIELDS(MemoryFacts, used_bytes, limit_bytes, limit_hits);
TIERWATCH_FIELDS(SpaceFacts, directory, size_bytes, left_bytes, inodes, left_inodes);
TIERWATCH_FIELDS(QuotaFacts, cores, used_cores, least_cores, throttled_ratio);

void fields(auto& io, MaybeConst<WaitFacts> auto& wait) {
  io("for", wait.kind);
  TIERWATCH_OWN_NAMES(io, wait, peer, share);
}

TIERWATCH_FIELDS(PeerFacts, name, watched, connections, awaiting, background, perhaps,
                 round_trip_seconds, resent_ratio);
TIERWATCH_FIELDS(BackendFacts, backends, active, waiting, idle_in_transaction, usable_connections,
                 ended_cores);

void fields(auto& io, MaybeConst<TierFacts> auto& tier) {
  TIERWATCH_OWN_NAMES(io, tier, name, preset, serving, single_core_processes, workers_on_demand,
                      processes, worker_processes, workers, busy_workers, cpu_cores, serving_cores,
                      thread_run_cores, run_delay_cores, hottest_process, hottest_thread,
                      hottest_router, busiest_instance, quota, allowed_cpus,
                      allowed_cpus_busy_cores, worst_fds, memory, own_memory_bytes, oom_kills,
                      disk_waiting, connections, owed, owed_by_unix, sending, unsent, unread,
                      unread_by_clients, listeners, waits, peers, backends, connection_table,
                      possible_limit, data_memory, tasks, space);
  TIERWATCH_OWN_NAMES(io, tier, quota_hidden, memory_limit_hidden, settings_changed,
                      overrides_hidden, limits_rate, data_limit_hidden, stopped, space_hidden);
}

TIERWATCH_FIELDS(LoadFacts, throughput_flat, generator_cores);
TIERWATCH_FIELDS(JudgeInput, seconds, host, tiers, instances, load);
TIERWATCH_FIELDS(TierResource, tier, resource);
TIERWATCH_FIELDS(Saturation, tier, resource, rule, state, utilization_ratio, used, capacity,
                 full_at, bound, event, why);

void fields(auto& io, MaybeConst<VerdictCandidate> auto& candidate) {
  fields(io, candidate.what);
  TIERWATCH_OWN_NAMES(io, candidate, utilization_ratio, state, why_not);
}

TIERWATCH_FIELDS(WaitingOn, tier, address, share, through);
TIERWATCH_FIELDS(PathStep, name, instance, watched, share);
TIERWATCH_FIELDS(TimeSpent, on, peer, watched, requests);
TIERWATCH_FIELDS(TierTime, tier, instance, in_flight, from_outside, spent);
TIERWATCH_FIELDS(TimePart, on, share);
TIERWATCH_FIELDS(TimeShare, name, watched, share, of, asked_by);

/// Tier and resource are named only while something is full; a reader knows the state by then.
void fields(auto& io, MaybeConst<Verdict> auto& verdict) {
  io("state", verdict.state);
  if (verdict.state == VerdictState::kSaturated) {
    io("tier", verdict.tier);
    io("resource", verdict.resource);
  }
  TIERWATCH_OWN_NAMES(io, verdict, instance, reason, since_seconds, confidence, sentence, what,
                      evidence, joint_with, candidates);
  io.nullable("waiting_on", verdict.waiting_on);
  TIERWATCH_OWN_NAMES(io, verdict, path, in_flight, request_time, relief, blind_spots, saturations,
                      event);
}

}  // namespace tierwatch
