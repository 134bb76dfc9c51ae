// SPDX-License-Identifier: MIT
#include "tests/support/story_snapshots.h"

#include <algorithm>
#include <functional>
#include <stdexcept>

#include "analysis/judge/judge.h"
#include "analysis/judge/verdict_sentence.h"
#include "tests/support/judge_cases.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr double kMebibyte = 1024 * 1024;
constexpr double kProcessors = 4;
constexpr uid_t kRoot = 0, kWww = 33, kPostgres = 114, kRedis = 115;

struct Cast {
  std::string tier, role;
  RoleKind kind = RoleKind::kSupport;
  unsigned count = 1;
  uid_t uid = kRoot;
  double resident_mebibytes = 5;
  std::string title;
};

std::vector<Cast> cast_of(unsigned uwsgi_workers) {
  return {
      {"nginx", "master", RoleKind::kSupport, 1, kRoot, 6.7,
       "nginx: master process /usr/sbin/nginx -g daemon on;"},
      {"nginx", "worker", RoleKind::kEventWorker, 2, kWww, 8.2, "nginx: worker process"},
      {"uwsgi", "master", RoleKind::kSupport, 1, kWww, 42,
       "uwsgi --ini /etc/uwsgi/apps-enabled/shop.ini"},
      {"uwsgi", "worker", RoleKind::kSyncWorker, uwsgi_workers, kWww, 61,
       "uwsgi --ini /etc/uwsgi/apps-enabled/shop.ini"},
      {"postgres", "postmaster", RoleKind::kSupport, 1, kPostgres, 27,
       "/usr/lib/postgresql/15/bin/postgres -D /var/lib/postgresql/15/main"},
      {"postgres", "checkpointer", RoleKind::kSupport, 1, kPostgres, 9, "postgres: checkpointer"},
      {"postgres", "backend", RoleKind::kSyncWorker, 4, kPostgres, 17,
       "postgres: shop shop 127.0.0.1(51234) idle"},
      {"redis", "main", RoleKind::kThreaded, 1, kRedis, 14, "redis-server 127.0.0.1:6379"},
  };
}

/// Puts a snapshot together from facts and a cast.
class Stage {
 public:
  Stage(JudgeInput facts, const std::vector<Cast>& cast) {
    snapshot_.sequence = 4711;
    snapshot_.at = {.wall = std::chrono::system_clock::time_point(seconds(1'700'000'000)),
                    .monotonic = seconds(90'000),
                    .boot = seconds(90'010)};
    snapshot_.interval = seconds(1);
    snapshot_.hostname = "web1";
    snapshot_.facts = std::move(facts);
    for (const TierFacts& tier : snapshot_.facts.tiers)
      snapshot_.tiers.push_back({.name = tier.name, .preset = tier.preset});
    for (const Cast& part : cast) add(part);
    for (std::size_t i = 0; i < snapshot_.tiers.size(); ++i) finish_tier(i);
    add_host();
  }

  Snapshot take() { return std::move(snapshot_); }

 private:
  void add(const Cast& part) {
    const std::size_t tier = index_of(part.tier);
    TierSample& sample = snapshot_.tiers[tier];
    const TierFacts& facts = snapshot_.facts.tiers[tier];
    const auto role = static_cast<std::uint16_t>(sample.roles.size());
    sample.roles.push_back({.name = part.role, .kind = part.kind, .ever_seen = true});
    if (facts.processes <= 0) return;  // it has gone
    const bool serving = part.kind != RoleKind::kSupport;
    const pid_t master = serving && role > 0 ? master_ : 1;
    for (unsigned i = 0; i < part.count; ++i) {
      ProcessSample process = process_of(part, facts, serving, i);
      process.reading.member = Membership{static_cast<std::uint16_t>(tier), role};
      process.reading.parent_pid = role == 0 ? 1 : master;
      if (role == 0) master_ = process.reading.id.pid;
      sample.roles.back().sums.processes += 1;
      snapshot_.processes.push_back(std::move(process));
    }
  }

  ProcessSample process_of(const Cast& part, const TierFacts& facts, bool serving,
                           unsigned number) {
    ProcessSample process;
    ProcessReading& reading = process.reading;
    reading.id = {.pid = next_pid_++, .started = seconds(3600)};
    reading.comm = part.tier;
    reading.title = part.title;
    reading.uid = part.uid;
    const double cores = serving ? share_of(facts, part.count, number) : 0;
    reading.state = cores > 0.5 ? 'R' : 'S';
    reading.user_cpu = milliseconds(static_cast<long>(cores * 431'000) + 20);
    reading.system_cpu = milliseconds(static_cast<long>(cores * 52'000) + 10);
    reading.thread_count = part.tier == "redis" ? 5 : 1;
    reading.read_at = snapshot_.at.monotonic;
    const auto resident = static_cast<std::uint64_t>(part.resident_mebibytes * kMebibyte);
    reading.memory = MemoryReading{.resident_bytes = resident,
                                   .anonymous_bytes = resident * 2 / 3,
                                   .file_bytes = resident / 3};
    reading.open_fds = 12 + number;
    reading.fd_limit = 1024;
    if (serving && number == 0 && facts.worst_fds) {
      reading.open_fds = static_cast<std::uint64_t>(facts.worst_fds->open);
      reading.fd_limit = static_cast<std::uint64_t>(facts.worst_fds->limit);
    }
    reading.cgroup = "/system.slice/" + part.tier + ".service";
    reading.threads = {{.tid = reading.id.pid, .run = reading.user_cpu, .wait = milliseconds(40)}};
    process.cpu_cores = cores;
    process.run_delay_cores = serving ? facts.run_delay_cores.value_or(0) / part.count : 0;
    return process;
  }

  /// The first is the hottest; the others share what is left.
  static double share_of(const TierFacts& facts, unsigned count, unsigned number) {
    const double all = facts.serving_cores.value_or(0);
    const double hottest =
        std::min(all, facts.hottest_process ? facts.hottest_process->cores : all);
    return number == 0 ? hottest : (all - hottest) / std::max(1u, count - 1);
  }

  void finish_tier(std::size_t index) {
    TierSample& tier = snapshot_.tiers[index];
    const TierFacts& facts = snapshot_.facts.tiers[index];
    const ProcessSample* first = nullptr;
    MemoryReading memory;
    for (const ProcessSample& process : snapshot_.processes) {
      if (process.reading.member->tier != index) continue;
      ++tier.sums.processes;
      memory.resident_bytes += process.reading.memory->resident_bytes;
      memory.anonymous_bytes += process.reading.memory->anonymous_bytes;
      if (!first || process.cpu_cores > first->cpu_cores) first = &process;
    }
    if (!first) return;
    tier.sums.memory = memory;
    tier.rates =
        Rates{.cpu_cores = facts.cpu_cores.value_or(0), .run_delay_cores = facts.run_delay_cores};
    tier.hottest_process = Hottest{.process = first->reading.id, .cores = *first->cpu_cores};
    if (facts.worst_fds) {
      tier.worst_fds = WorstFds{.process = first->reading.id,
                                .open = static_cast<std::uint64_t>(facts.worst_fds->open),
                                .limit = static_cast<std::uint64_t>(facts.worst_fds->limit),
                                .ratio = facts.worst_fds->open / facts.worst_fds->limit};
    }
    add_listener(index, facts);
  }

  void add_listener(std::size_t index, const TierFacts& facts) {
    if (!facts.listeners || facts.listeners->empty()) return;
    const ListenerFacts& one = facts.listeners->front();
    ListenerSample listener;
    listener.reading = {.family = SocketFamily::kUnix,
                        .address = one.name,
                        .sockets = 1,
                        .owner = SocketOwner{static_cast<std::uint16_t>(index)},
                        .queue_length = static_cast<std::uint64_t>(one.queue_mean),
                        .in_service = static_cast<std::uint64_t>(facts.busy_workers.value_or(3))};
    if (one.limit) listener.reading.queue_limit = static_cast<std::uint64_t>(*one.limit);
    snapshot_.listeners.push_back(listener);
  }

  void add_host() {
    HostSample& host = snapshot_.host;
    const double busy = snapshot_.facts.host.busy_cores.value_or(0);
    host.processors = static_cast<unsigned>(kProcessors);
    const auto modes = [](double used, double processors) {
      return CpuModes{.user = used * 0.78,
                      .system = used * 0.17,
                      .idle = processors - used,
                      .softirq = used * 0.05};
    };
    host.cpu = modes(busy, kProcessors);
    for (int i = 0; i < 4; ++i) host.cpus.emplace_back(modes(busy / kProcessors, 1));
    host.cpu_pressure_ratio = snapshot_.facts.host.cpu_pressure_ratio;
    host.memory_pressure_ratio = 0;
    host.io_pressure_ratio = 0.01;
    host.reading.load1 = busy * 1.1;
    host.reading.load5 = busy * 0.8;
    host.reading.load15 = busy * 0.4;
    host.reading.runnable = static_cast<std::uint64_t>(busy + 1);
    host.reading.blocked = 0;
    constexpr auto kBytes = static_cast<std::uint64_t>(kMebibyte);
    host.reading.memory = HostMemoryReading{.total_bytes = 7800 * kBytes,
                                            .available_bytes = 5200 * kBytes,
                                            .free_bytes = 2100 * kBytes,
                                            .swap_total_bytes = 2048 * kBytes,
                                            .swap_free_bytes = 2000 * kBytes};
  }

  std::size_t index_of(const std::string& tier) const {
    for (std::size_t i = 0; i < snapshot_.tiers.size(); ++i) {
      if (snapshot_.tiers[i].name == tier) return i;
    }
    throw std::out_of_range(tier);
  }

  Snapshot snapshot_;
  pid_t next_pid_ = 812, master_ = 1;
};

JudgeInput small_host() {
  JudgeInput facts = quiet_stack();
  facts.host.processors = kProcessors;
  facts.host.busy_cores = 0.35;
  facts.host.cpu_pressure_ratio = 0.02;
  for (TierFacts& tier : facts.tiers) {
    tier.quota.reset();
    tier.allowed_cpus = kProcessors;
    tier.allowed_cpus_busy_cores = 0.35;
    tier.cpu_cores = tier.serving_cores = tier.thread_run_cores = 0.08;
    tier.hottest_process->cores = tier.hottest_thread->cores = 0.05;
  }
  return facts;
}

void use_cpu(JudgeInput& in, const std::string& name, double cores, double hottest, double delay) {
  TierFacts& tier = tier_of(in, name);
  tier.cpu_cores = tier.serving_cores = tier.thread_run_cores = cores;
  tier.hottest_process->cores = tier.hottest_thread->cores = hottest;
  tier.run_delay_cores = delay;
  in.host.busy_cores = *in.host.busy_cores + cores;
}

Story make(std::string name, const std::function<void(JudgeInput&)>& change, double since = 112,
           unsigned uwsgi_workers = 4) {
  JudgeInput facts = small_host();
  change(facts);
  Verdict verdict = judge(facts);
  verdict.since_seconds = since;
  verdict.sentence = verdict_sentence(verdict);
  Story told{.name = std::move(name),
             .snapshot = Stage(std::move(facts), cast_of(uwsgi_workers)).take()};
  told.snapshot.verdict = std::move(verdict);
  constexpr int kPast = 90;
  for (int i = 0; i < kPast; ++i) {
    Snapshot moment = told.snapshot;
    moment.processes.clear();
    moment.interval = seconds(5);
    moment.at.monotonic -= seconds(5) * (kPast - i);
    for (TierSample& tier : moment.tiers) {
      if (tier.rates) tier.rates->cpu_cores *= std::min(1.0, i / 60.0);
    }
    told.past.push_back(std::move(moment));
  }
  return told;
}

void queue_full(JudgeInput& in) {
  TierFacts& uwsgi = tier_of(in, "uwsgi");
  uwsgi.busy_workers = uwsgi.workers;
  uwsgi.listeners->front().queue_mean = uwsgi.listeners->front().queue_peak = 101;
  uwsgi.listeners->front().queued_ratio = uwsgi.listeners->front().full_ratio = 1;
  uwsgi.waits->push_back({WaitFacts::For::kExternal, "127.0.0.1:2525", 0.97});
}

void postgres_gone(JudgeInput& in) {
  TierFacts gone;
  gone.name = gone.preset = "postgres";
  tier_of(in, "postgres") = gone;
}

void five_hundred(JudgeInput& in) {
  TierFacts& uwsgi = tier_of(in, "uwsgi");
  uwsgi.worker_processes = uwsgi.workers = 500;
  uwsgi.processes = 501;
  uwsgi.busy_workers = 37;
  use_cpu(in, "uwsgi", 1.7, 0.06, 0.1);
}

Story hostile_titles() {
  Story told = make("hostile_titles", [](JudgeInput&) {});
  const std::vector<std::string> titles = {"\033[2J\033[31mred and gone\033]0;owned\007",
                                           "right \xE2\x80\xAE to left",
                                           "\xE4\xB8\xAD\xE6\x96\x87\xE6\xA0\x87\xE9\xA2\x98 wide",
                                           "broken \xC3\x28 \xFF\xFE bytes",
                                           "line\nfeed\tand\rreturn",
                                           std::string(4000, 'x'),
                                           "e\xCC\x81 combining \xF0\x9F\x92\xA9",
                                           ""};
  for (std::size_t i = 0; i < told.snapshot.processes.size(); ++i)
    told.snapshot.processes[i].reading.title = titles[i % titles.size()];
  told.snapshot.hostname = "web\033[1m1";
  return told;
}

std::vector<Story> make_stories() {
  std::vector<Story> all;
  all.push_back(make("idle", [](JudgeInput&) {}));
  all.push_back(make("cpu_full_uwsgi", [](JudgeInput& in) {
    in.host.cpu_pressure_ratio = 0.9;
    use_cpu(in, "nginx", 0.02, 0.01, 0.01);
    use_cpu(in, "uwsgi", 3.6, 0.94, 2.1);
    tier_of(in, "uwsgi").busy_workers = 4;
    tier_of(in, "uwsgi").listeners->front().queue_mean = 87;
    tier_of(in, "uwsgi").listeners->front().queued_ratio = 1;
  }));
  all.push_back(make(
      "fd_full_nginx",
      [](JudgeInput& in) {
        tier_of(in, "nginx").worst_fds = {.pid = 813, .open = 1024, .limit = 1024};
        tier_of(in, "nginx").listeners->front().queue_mean = 233;
        tier_of(in, "nginx").listeners->front().limit = 511;
      },
      31));
  all.push_back(make("queue_full", queue_full, 64));
  all.push_back(make(
      "redis_pinned", [](JudgeInput& in) { use_cpu(in, "redis", 0.99, 0.99, 0.01); }, 8));
  all.push_back(make("tier_vanished", postgres_gone));
  all.push_back(make("500_workers", five_hundred, 112, 500));
  all.push_back(hostile_titles());
  return all;
}

}  // namespace

const std::vector<Story>& stories() {
  static const std::vector<Story> all = make_stories();
  return all;
}

const Story& story(const std::string& name) {
  for (const Story& one : stories()) {
    if (one.name == name) return one;
  }
  throw std::out_of_range(name);
}

}  // namespace tierwatch
