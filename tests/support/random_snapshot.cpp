// SPDX-License-Identifier: MIT
#include <random>

#include "exporters/json/enum_names.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

/// Chance, by type of what is asked for.
class Dice {
 public:
  explicit Dice(unsigned seed) : engine_(seed) {}

  std::uint64_t below(std::uint64_t end) {
    return std::uniform_int_distribution<std::uint64_t>(0, end - 1)(engine_);
  }
  bool chance() { return below(2) == 0; }

  void roll(std::uint64_t& number) {
    number = chance() ? below(10) : below(std::uint64_t{1} << 63);
  }
  void roll(std::uint32_t& number) {
    number = static_cast<std::uint32_t>(below(std::uint64_t{1} << 32));
  }
  void roll(std::uint16_t& number) { number = static_cast<std::uint16_t>(below(1u << 16)); }
  void roll(pid_t& pid) { pid = static_cast<pid_t>(below(4'194'304)); }
  void roll(double& number) { number = std::uniform_real_distribution<double>(0, 100)(engine_); }
  void roll(CpuTimes::Time& time) { time = CpuTimes::Time(below(1ull << 50)); }
  void roll(nanoseconds& time) { time = nanoseconds(below(26ull * 86400 * 1'000'000'000)); }
  void roll(std::string& text) {
    static constexpr std::string_view kLetters = "abz09 \"\\/{}<>&'\n\t\x01%,:=-";
    text.clear();
    for (auto length = below(12); length > 0; --length) text += kLetters[below(kLetters.size())];
    if (chance()) text += "ü€";
  }

  /// Several at once: roll_all(a, b, c).
  template <typename... Fields>
  void roll_all(Fields&... fields) {
    (roll(fields), ...);
  }
  template <typename T>
  void roll(std::optional<T>& maybe) {
    maybe.reset();
    if (chance()) roll(maybe.emplace());
  }
  template <typename T>
  void roll(std::vector<T>& list) {
    list.resize(below(4));
    for (T& item : list) roll(item);
  }

  void roll(Instant& at) {
    at.wall = std::chrono::system_clock::time_point(
        std::chrono::microseconds(below(4'000'000'000'000'000)));
    roll_all(at.monotonic, at.boot);
  }
  void roll(ProcessId& id) { roll_all(id.pid, id.started); }
  void roll(Membership& member) { roll_all(member.tier, member.role, member.instance); }
  void roll(ThreadReading& thread) {
    roll_all(thread.tid, thread.run, thread.wait, thread.voluntary_switches,
             thread.involuntary_switches);
  }
  void roll(MemoryReading& memory) {
    roll_all(memory.resident_bytes, memory.anonymous_bytes, memory.file_bytes, memory.shared_bytes,
             memory.swap_bytes);
  }
  void roll(IoReading& io) { roll_all(io.read_bytes, io.written_bytes); }
  void roll(ProcessReading& p) {
    roll_all(p.id, p.parent_pid, p.comm, p.title, p.uid, p.user_cpu, p.system_cpu,
             p.children_user_cpu);
    roll_all(p.children_system_cpu, p.major_faults, p.thread_count, p.read_at, p.member, p.threads,
             p.memory);
    roll_all(p.proportional_bytes, p.io, p.open_fds, p.fd_limit, p.cgroup);
    roll(p.children_major_faults);
    p.state = "RSDZTtXI?"[below(9)];
  }
  void roll(CpuTimes& cpu) {
    roll_all(cpu.user, cpu.nice, cpu.system, cpu.idle, cpu.iowait, cpu.irq, cpu.softirq, cpu.steal,
             cpu.guest);
    roll(cpu.guest_nice);
  }
  void roll(PressureReading& pressure) { roll_all(pressure.some, pressure.full); }
  void roll(HostMemoryReading& memory) {
    roll_all(memory.total_bytes, memory.available_bytes, memory.free_bytes, memory.buffers_bytes,
             memory.cached_bytes);
    roll_all(memory.swap_total_bytes, memory.swap_free_bytes);
  }
  void roll(LinkReading& link) {
    roll_all(link.name, link.bits_per_second, link.received_bytes, link.sent_bytes);
  }
  void roll(DiskReading& disk) {
    roll_all(disk.name, disk.reads, disk.writes, disk.read_bytes, disk.written_bytes, disk.busy,
             disk.queued);
  }
  void roll(HostReading& host) {
    roll_all(host.cpu, host.cpus, host.load1, host.load5, host.load15, host.runnable, host.blocked,
             host.forks);
    roll_all(host.context_switches, host.memory, host.cpu_pressure, host.memory_pressure,
             host.io_pressure);
    roll_all(host.open_files, host.max_files, host.listen_overflows, host.listen_drops,
             host.oom_kills);
    roll_all(host.syn_drops, host.failed_connects, host.tracked_connections,
             host.max_tracked_connections);
    roll(host.links);
    roll_all(host.swap_in_pages, host.swap_out_pages, host.disks);
    roll_all(host.direct_scanned_pages, host.background_scanned_pages, host.refaulted_pages);
  }
  void roll(CounterTotals& totals) {
    roll_all(totals.user_cpu, totals.system_cpu, totals.run_delay, totals.major_faults,
             totals.voluntary_switches);
    roll_all(totals.involuntary_switches, totals.read_bytes, totals.written_bytes);
  }
  void roll(GaugeSums& sums) {
    roll_all(sums.processes, sums.threads, sums.running, sums.sleeping, sums.disk_sleeping,
             sums.stopped);
    roll_all(sums.zombies, sums.other_state, sums.memory, sums.proportional_bytes, sums.open_fds);
  }
  void roll(Rates& rates) {
    roll_all(rates.cpu_cores, rates.user_cores, rates.system_cores, rates.run_delay_cores);
    roll_all(rates.major_faults_per_second, rates.voluntary_switches_per_second);
    roll_all(rates.involuntary_switches_per_second, rates.read_bytes_per_second,
             rates.written_bytes_per_second);
  }
  void roll(Hottest& hottest) {
    roll_all(hottest.process, hottest.tid, hottest.role, hottest.cores);
  }
  void roll(WorstFds& worst) { roll_all(worst.process, worst.open, worst.limit, worst.ratio); }
  void roll(RoleSample& role) {
    roll_all(role.name, role.kind, role.totals, role.sums, role.rates);
    role.ever_seen = chance();
  }
  void roll(TierSample& tier) {
    roll_all(tier.name, tier.preset, tier.totals, tier.sums, tier.rates, tier.roles,
             tier.hottest_process);
    roll_all(tier.hottest_thread, tier.worst_fds, tier.oldest_start);
  }
  void roll(ProcessSample& sample) {
    roll_all(sample.reading, sample.cpu_cores, sample.run_delay_cores, sample.hottest_thread_cores);
    roll(sample.hottest_tid);
  }
  void roll(CpuModes& modes) {
    roll_all(modes.user, modes.nice, modes.system, modes.idle, modes.iowait, modes.irq,
             modes.softirq, modes.steal);
  }
  void roll(HostSample& host) {
    roll_all(host.reading, host.processors, host.cpu, host.cpus, host.cpu_pressure_ratio,
             host.memory_pressure_ratio);
    roll(host.io_pressure_ratio);
  }
  void roll(bool& truth) { truth = chance(); }
  template <typename T>
  requires std::is_enum_v<T>
  void roll(T& value) { value = static_cast<T>(below(static_cast<std::size_t>(kLast<T>) + 1)); }
  void roll(SocketOwner& owner) { roll_all(owner.tier, owner.source, owner.instance); }
  void roll(ListenerReading& l) {
    roll_all(l.family, l.address, l.port, l.sockets, l.uid, l.owner, l.queue_length, l.queue_limit);
    roll_all(l.drops, l.observed, l.queue_seconds, l.queued_time, l.full_time, l.queue_peak);
    roll_all(l.samples, l.samples_with_queue, l.samples_full, l.in_service, l.owed, l.network);
    roll_all(l.sending, l.unsent, l.unread, l.unread_by_clients, l.half_open);
  }
  void roll(ListenerSample& sample) {
    roll_all(sample.reading, sample.queue_mean, sample.queued_ratio, sample.full_ratio,
             sample.drops_per_second);
  }
  void roll(EdgeReading& edge) {
    roll_all(edge.from, edge.from_one_of, edge.from_local, edge.to, edge.peer, edge.connections);
    roll_all(edge.awaiting, edge.background, edge.to_instance);
    roll_all(edge.round_trip, edge.segments_sent, edge.segments_resent);
  }
  void roll(ForeignProgram& program) { roll_all(program.pid, program.comm, program.cores); }
  void roll(DiskFacts& disk) { roll_all(disk.name, disk.busy_ratio, disk.queue); }
  void roll(LinkFacts& link) {
    roll_all(link.name, link.bits_per_second, link.sent_ratio, link.received_ratio);
  }
  void roll(LimitFacts& one) { roll_all(one.used, one.limit); }
  void roll(ReclaimFacts& one) {
    roll_all(one.direct_pages_per_second, one.background_pages_per_second,
             one.reread_pages_per_second);
  }
  void roll(HostFacts& host) {
    roll_all(host.processors, host.busy_cores, host.steal_cores, host.cpu_pressure_ratio);
    roll_all(host.memory_pressure_ratio, host.io_pressure_ratio, host.memory_total_bytes);
    roll_all(host.memory_available_bytes, host.oom_kills, host.foreign, host.disks);
    roll_all(host.local_ports, host.unowned_listeners, host.syn_drops, host.failed_connects,
             host.tracked_connections);
    roll_all(host.reclaim, host.links);
  }
  void roll(HottestFacts& hottest) { roll_all(hottest.pid, hottest.tid, hottest.cores); }
  void roll(FdFacts& fds) { roll_all(fds.pid, fds.open, fds.limit); }
  void roll(MemoryFacts& memory) {
    roll_all(memory.used_bytes, memory.limit_bytes, memory.limit_hits);
  }
  void roll(SpaceFacts& space) {
    roll_all(space.directory, space.size_bytes, space.left_bytes, space.inodes, space.left_inodes);
  }
  void roll(QuotaFacts& quota) {
    roll_all(quota.cores, quota.used_cores, quota.least_cores, quota.throttled_ratio);
  }
  void roll(ListenerFacts& l) {
    roll_all(l.name, l.queue_mean, l.queued_ratio, l.full_ratio, l.queue_peak, l.limit, l.drops);
    roll(l.half_open);
  }
  void roll(WaitFacts& wait) { roll_all(wait.kind, wait.peer, wait.share); }
  void roll(InstanceFacts& one) { roll_all(one.instances, one.processes, one.cores); }
  void roll(PeerFacts& peer) {
    roll_all(peer.name, peer.watched, peer.connections, peer.awaiting, peer.background,
             peer.perhaps);
    roll_all(peer.round_trip_seconds, peer.resent_ratio);
  }
  void roll(BackendFacts& b) {
    roll_all(b.backends, b.active, b.waiting, b.idle_in_transaction, b.usable_connections);
    roll(b.ended_cores);
  }
  void roll(TierFacts& t) {
    roll_all(t.name, t.preset, t.serving, t.single_core_processes, t.workers_on_demand);
    roll_all(t.processes, t.worker_processes, t.workers, t.busy_workers, t.cpu_cores);
    roll_all(t.serving_cores, t.thread_run_cores, t.run_delay_cores, t.hottest_process);
    roll_all(t.hottest_thread, t.quota, t.allowed_cpus, t.allowed_cpus_busy_cores, t.worst_fds);
    roll_all(t.memory, t.own_memory_bytes, t.oom_kills, t.disk_waiting, t.listeners, t.waits);
    roll_all(t.peers, t.backends, t.connection_table, t.hottest_router, t.busiest_instance);
    roll_all(t.connections, t.owed, t.owed_by_unix, t.sending, t.unsent, t.unread,
             t.unread_by_clients, t.possible_limit, t.data_memory, t.tasks);
    roll_all(t.quota_hidden, t.memory_limit_hidden, t.settings_changed, t.overrides_hidden,
             t.limits_rate, t.data_limit_hidden);
    roll_all(t.stopped, t.space, t.space_hidden);
  }
  void roll(LoadFacts& load) { roll_all(load.throughput_flat, load.generator_cores); }
  void roll(JudgeInput& facts) {
    roll_all(facts.seconds, facts.host, facts.tiers, facts.instances, facts.load);
  }
  void roll(TierResource& what) { roll_all(what.tier, what.resource); }
  void roll(Saturation& one) {
    roll_all(one.tier, one.resource, one.rule, one.state, one.utilization_ratio, one.used);
    roll_all(one.capacity, one.full_at, one.bound, one.event, one.why);
  }
  void roll(VerdictCandidate& candidate) {
    roll_all(candidate.what, candidate.utilization_ratio, candidate.state, candidate.why_not);
  }
  void roll(WaitingOn& waiting) {
    roll_all(waiting.tier, waiting.address, waiting.share, waiting.through);
  }
  void roll(PathStep& step) { roll_all(step.name, step.instance, step.watched, step.share); }
  void roll(TimeSpent& part) { roll_all(part.on, part.peer, part.watched, part.requests); }
  void roll(TierTime& time) {
    roll_all(time.tier, time.instance, time.in_flight, time.from_outside, time.spent);
  }
  void roll(TimePart& part) { roll_all(part.on, part.share); }
  void roll(TimeShare& place) {
    roll_all(place.name, place.watched, place.share, place.of, place.asked_by);
  }
  void roll(Verdict& verdict) {
    roll(verdict.state);
    if (verdict.state == VerdictState::kSaturated) roll_all(verdict.tier, verdict.resource);
    roll_all(verdict.instance, verdict.reason, verdict.since_seconds, verdict.confidence,
             verdict.sentence);
    roll_all(verdict.what, verdict.evidence, verdict.joint_with, verdict.candidates);
    roll_all(verdict.waiting_on, verdict.path, verdict.in_flight, verdict.request_time,
             verdict.relief, verdict.blind_spots, verdict.saturations, verdict.event);
  }
  void roll(SelfSample& self) {
    roll_all(self.cpu, self.sampling_cpu, self.last_sampling, self.last_sampling_wall, self.ticks,
             self.late_ticks, self.unrecorded_ticks);
    roll(self.verdict_changes);
  }

 private:
  std::mt19937 engine_;
};

/// Two tiers, or two roles of one tier, never share a name.
void make_names_differ(Snapshot& snapshot) {
  for (std::size_t t = 0; t < snapshot.facts.tiers.size(); ++t)
    snapshot.facts.tiers[t].name += std::to_string(t);
  for (std::size_t t = 0; t < snapshot.tiers.size(); ++t) {
    snapshot.tiers[t].name += std::to_string(t);
    auto& roles = snapshot.tiers[t].roles;
    for (std::size_t r = 0; r < roles.size(); ++r) roles[r].name += std::to_string(r);
  }
}

}  // namespace

Snapshot random_snapshot(unsigned seed) {
  Dice dice(seed);
  Snapshot snapshot;
  dice.roll_all(snapshot.sequence, snapshot.at, snapshot.interval, snapshot.hostname, snapshot.host,
                snapshot.tiers);
  dice.roll_all(snapshot.processes, snapshot.notes, snapshot.self);
  dice.roll_all(snapshot.listeners, snapshot.edges, snapshot.facts, snapshot.verdict);
  for (auto times = dice.below(4); times > 0; --times) {
    TierResource what;
    dice.roll(what);
    dice.roll(snapshot.saturated_seconds[what]);
  }
  for (auto faults = dice.below(4); faults > 0; --faults) {
    std::string file;
    dice.roll(file);
    dice.roll(snapshot.faults[{file, static_cast<Fault>(dice.below(4))}]);
  }
  make_names_differ(snapshot);
  return snapshot;
}

}  // namespace tierwatch
