// SPDX-License-Identifier: MIT
//
// Names of the fields of listeners, edges, facts and verdicts outside the program; see
// snapshot_fields.h for the rules of the game.
#pragma once

#include "exporters/json/enum_names.h"
#include "exporters/json/snapshot_fields.h"

namespace tierwatch {

template <typename Io>
void fields(Io& io, EitherWay<SocketOwner> auto& owner) {
  io("tier", owner.tier);
  io("known_by", owner.source);
}

template <typename Io>
void fields(Io& io, EitherWay<ListenerReading> auto& listener) {
  io("family", listener.family);
  io("address", listener.address);
  io("port", listener.port);
  io("sockets", listener.sockets);
  io("uid", listener.uid);
  io("owner", listener.owner);
  io("queue_length", listener.queue_length);
  io("queue_limit", listener.queue_limit);
  io("drops", listener.drops);
  io("observed_seconds", listener.observed);
  io("queue_seconds", listener.queue_seconds);
  io("queued_time_seconds", listener.queued_time);
  io("full_time_seconds", listener.full_time);
  io("queue_peak", listener.queue_peak);
  io("samples", listener.samples);
  io("samples_with_queue", listener.samples_with_queue);
  io("samples_full", listener.samples_full);
  io("in_service", listener.in_service);
}

template <typename Io>
void fields(Io& io, EitherWay<ListenerSample> auto& sample) {
  fields(io, sample.reading);
  io("queue_mean", sample.queue_mean);
  io("queued_ratio", sample.queued_ratio);
  io("full_ratio", sample.full_ratio);
  io("drops_per_second", sample.drops_per_second);
}

template <typename Io>
void fields(Io& io, EitherWay<EdgeReading> auto& edge) {
  io("from", edge.from);
  io("from_one_of", edge.from_one_of);
  io("from_local", edge.from_local);
  io("to", edge.to);
  io("peer", edge.peer);
  io("connections", edge.connections);
  io("awaiting", edge.awaiting);
}

template <typename Io>
void fields(Io& io, EitherWay<ForeignProgram> auto& program) {
  io("pid", program.pid);
  io("comm", program.comm);
  io("cores", program.cores);
}

template <typename Io>
void fields(Io& io, EitherWay<DiskFacts> auto& disk) {
  io("name", disk.name);
  io("busy_ratio", disk.busy_ratio);
  io("queue", disk.queue);
}

template <typename Io>
void fields(Io& io, EitherWay<LimitFacts> auto& one) {
  io("used", one.used);
  io("limit", one.limit);
}

template <typename Io>
void fields(Io& io, EitherWay<HostFacts> auto& host) {
  io("processors", host.processors);
  io("busy_cores", host.busy_cores);
  io("steal_cores", host.steal_cores);
  io("cpu_pressure_ratio", host.cpu_pressure_ratio);
  io("memory_pressure_ratio", host.memory_pressure_ratio);
  io("io_pressure_ratio", host.io_pressure_ratio);
  io("memory_total_bytes", host.memory_total_bytes);
  io("memory_available_bytes", host.memory_available_bytes);
  io("oom_kills", host.oom_kills);
  io("foreign", host.foreign);
  io("disks", host.disks);
  io("local_ports", host.local_ports);
}

template <typename Io>
void fields(Io& io, EitherWay<HottestFacts> auto& hottest) {
  io("pid", hottest.pid);
  io("tid", hottest.tid);
  io("cores", hottest.cores);
}

template <typename Io>
void fields(Io& io, EitherWay<FdFacts> auto& fds) {
  io("pid", fds.pid);
  io("open", fds.open);
  io("limit", fds.limit);
}

template <typename Io>
void fields(Io& io, EitherWay<InstanceFacts> auto& instance) {
  io("instances", instance.instances);
  io("processes", instance.processes);
  io("cores", instance.cores);
}

template <typename Io>
void fields(Io& io, EitherWay<MemoryFacts> auto& memory) {
  io("used_bytes", memory.used_bytes);
  io("limit_bytes", memory.limit_bytes);
}

template <typename Io>
void fields(Io& io, EitherWay<QuotaFacts> auto& quota) {
  io("cores", quota.cores);
  io("used_cores", quota.used_cores);
  io("throttled_ratio", quota.throttled_ratio);
}

template <typename Io>
void fields(Io& io, EitherWay<ListenerFacts> auto& listener) {
  io("name", listener.name);
  io("queue_mean", listener.queue_mean);
  io("queued_ratio", listener.queued_ratio);
  io("full_ratio", listener.full_ratio);
  io("queue_peak", listener.queue_peak);
  io("limit", listener.limit);
  io("drops", listener.drops);
}

template <typename Io>
void fields(Io& io, EitherWay<WaitFacts> auto& wait) {
  io("for", wait.kind);
  io("peer", wait.peer);
  io("share", wait.share);
}

template <typename Io>
void fields(Io& io, EitherWay<PeerFacts> auto& peer) {
  io("name", peer.name);
  io("watched", peer.watched);
  io("connections", peer.connections);
}

template <typename Io>
void fields(Io& io, EitherWay<BackendFacts> auto& backends) {
  io("backends", backends.backends);
  io("active", backends.active);
  io("waiting", backends.waiting);
  io("idle_in_transaction", backends.idle_in_transaction);
  io("usable_connections", backends.usable_connections);
}

template <typename Io>
void fields(Io& io, EitherWay<ConnectionTableFacts> auto& table) {
  io("used", table.used);
  io("limit", table.limit);
}

template <typename Io>
void fields(Io& io, EitherWay<TierFacts> auto& tier) {
  io("name", tier.name);
  io("preset", tier.preset);
  io("serving", tier.serving);
  io("single_core_processes", tier.single_core_processes);
  io("workers_on_demand", tier.workers_on_demand);
  io("processes", tier.processes);
  io("worker_processes", tier.worker_processes);
  io("workers", tier.workers);
  io("busy_workers", tier.busy_workers);
  io("cpu_cores", tier.cpu_cores);
  io("serving_cores", tier.serving_cores);
  io("thread_run_cores", tier.thread_run_cores);
  io("run_delay_cores", tier.run_delay_cores);
  io("hottest_process", tier.hottest_process);
  io("hottest_thread", tier.hottest_thread);
  io("hottest_router", tier.hottest_router);
  io("busiest_instance", tier.busiest_instance);
  io("quota", tier.quota);
  io("allowed_cpus", tier.allowed_cpus);
  io("allowed_cpus_busy_cores", tier.allowed_cpus_busy_cores);
  io("worst_fds", tier.worst_fds);
  io("memory", tier.memory);
  io("own_memory_bytes", tier.own_memory_bytes);
  io("oom_kills", tier.oom_kills);
  io("disk_waiting", tier.disk_waiting);
  io("connections", tier.connections);
  io("listeners", tier.listeners);
  io("waits", tier.waits);
  io("peers", tier.peers);
  io("backends", tier.backends);
  io("connection_table", tier.connection_table);
  io("possible_limit", tier.possible_limit);
  io("tasks", tier.tasks);
}

template <typename Io>
void fields(Io& io, EitherWay<LoadFacts> auto& load) {
  io("throughput_flat", load.throughput_flat);
  io("generator_cores", load.generator_cores);
}

template <typename Io>
void fields(Io& io, EitherWay<JudgeInput> auto& input) {
  io("seconds", input.seconds);
  io("host", input.host);
  io("tiers", input.tiers);
  io("load", input.load);
}

template <typename Io>
void fields(Io& io, EitherWay<TierResource> auto& what) {
  io("tier", what.tier);
  io("resource", what.resource);
}

template <typename Io>
void fields(Io& io, EitherWay<Saturation> auto& one) {
  io("tier", one.tier);
  io("resource", one.resource);
  io("rule", one.rule);
  io("state", one.state);
  io("utilization_ratio", one.utilization_ratio);
  io("used", one.used);
  io("capacity", one.capacity);
  io("full_at", one.full_at);
  io("bound", one.bound);
  io("event", one.event);
  io("why", one.why);
}

template <typename Io>
void fields(Io& io, EitherWay<VerdictCandidate> auto& candidate) {
  fields(io, candidate.what);
  io("utilization_ratio", candidate.utilization_ratio);
  io("state", candidate.state);
  io("why_not", candidate.why_not);
}

template <typename Io>
void fields(Io& io, EitherWay<WaitingOn> auto& waiting) {
  io("tier", waiting.tier);
  io("address", waiting.address);
  io("share", waiting.share);
}

/// Tier and resource are named only while something is full; a reader knows the state by then.
template <typename Io>
void fields(Io& io, EitherWay<Verdict> auto& verdict) {
  io("state", verdict.state);
  if (verdict.state == VerdictState::kSaturated) {
    io("tier", verdict.tier);
    io("resource", verdict.resource);
  }
  io("reason", verdict.reason);
  io("since_seconds", verdict.since_seconds);
  io("confidence", verdict.confidence);
  io("sentence", verdict.sentence);
  io("what", verdict.what);
  io("evidence", verdict.evidence);
  io("joint_with", verdict.joint_with);
  io("candidates", verdict.candidates);
  io.nullable("waiting_on", verdict.waiting_on);
  io("blind_spots", verdict.blind_spots);
  io("saturations", verdict.saturations);
  io("event", verdict.event);
}

}  // namespace tierwatch
