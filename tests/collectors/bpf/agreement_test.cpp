// SPDX-License-Identifier: MIT
//
// Both sources of processes side by side on real ones: what BPF tells stands between what /proc
// told before and what it tells after.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <functional>
#include <thread>

#include "collectors/bpf/bpf_task_source.h"
#include "collectors/process/process_collector.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr nanoseconds kTick = milliseconds(10);
constexpr const char* kName = "tw-agree";

nanoseconds now_on(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

void burn_cpu(nanoseconds amount) {
  const nanoseconds end = now_on(CLOCK_THREAD_CPUTIME_ID) + amount;
  while (now_on(CLOCK_THREAD_CPUTIME_ID) < end) getppid();
}

/// Processes of the name that the rules look for, each of which does `work` for ever.
class Herd {
 public:
  Herd(int processes, const std::function<void()>& work) {
    for (int i = 0; i < processes; ++i) add(work);
  }
  ~Herd() {
    for (const pid_t pid : pids_) kill(pid, SIGKILL);
    for (const pid_t pid : pids_) waitpid(pid, nullptr, 0);
  }
  Herd(const Herd&) = delete;
  Herd& operator=(const Herd&) = delete;

  const std::vector<pid_t>& pids() const { return pids_; }

 private:
  void add(const std::function<void()>& work) {
    int ready[2];
    if (pipe(ready) != 0) throw std::runtime_error("pipe");
    const pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      prctl(PR_SET_NAME, kName);
      close(ready[0]);
      close(ready[1]);
      while (true) work();
    }
    close(ready[1]);
    char none = 0;
    [[maybe_unused]] const ssize_t got = read(ready[0], &none, 1);  // until the child has its name
    close(ready[0]);
    pids_.push_back(pid);
  }
  std::vector<pid_t> pids_;
};

void with_threads(const std::function<void()>& work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&work] {
      while (true) work();
    });
  while (true) work();
}

void rest() { pause(); }
void wake_and_burn() {
  burn_cpu(std::chrono::microseconds(100));
  std::this_thread::sleep_for(milliseconds(10));
}
/// A child that burns, and a thread that does, and both are over at once.
void storm() {
  const pid_t child = fork();
  if (child == 0) {
    burn_cpu(milliseconds(1));
    _exit(0);
  }
  std::thread([] { burn_cpu(nanoseconds(100'000)); }).join();
  waitpid(child, nullptr, 0);
  std::this_thread::sleep_for(milliseconds(1));
}

class SourcesAgree : public testing::Test {
 protected:
  SourcesAgree() {
    TierRule rule{.name = "herd", .roles = {{.name = "worker", .kind = RoleKind::kEventWorker}}};
    rule.match.push_back({.comm = Glob(kName)});
    rules_.tiers.push_back(std::move(rule));
  }

  void SetUp() override {
    if (!chosen_.tasks)
      GTEST_SKIP() << "BPF may not be used here: " << to_string(chosen_.reason) << " "
                   << chosen_.words;
  }

  Instant now() const {
    return {.monotonic = now_on(CLOCK_MONOTONIC), .boot = now_on(CLOCK_BOOTTIME)};
  }

  using Readings = std::map<pid_t, ProcessReading>;
  static Readings members(std::vector<ProcessReading> all, const Herd& herd) {
    Readings readings;
    for (ProcessReading& one : all)
      if (one.member && std::ranges::count(herd.pids(), one.id.pid))
        readings.emplace(one.id.pid, std::move(one));
    return readings;
  }

  /// A collector that has read nothing yet reads everything.
  Readings by_proc(const Herd& herd) {
    ProcessCollector collector(files_, *table_, faults_, rules_, {});
    return members(collector.collect(now()), herd);
  }
  Readings by_bpf(ProcessCollector& collector, const Herd& herd) {
    return members(collector.collect(now()), herd);
  }

  ProcFs files_;
  FaultLog faults_;
  TierRules rules_;
  std::unique_ptr<ProcessTable> table_ = make_process_table();
  ChosenSource chosen_ = choose_task_source(SourceWish::kBpf, files_, *table_);
};

/// Linux 6.16 and later add up what each CPU counted of memory, as BPF does; before, /proc is
/// behind by what the CPUs have not handed over.
bool kernel_counts_memory_exactly() {
  utsname system{};
  int major = 0, minor = 0;
  uname(&system);
  return std::sscanf(static_cast<const char*>(system.release), "%d.%d", &major, &minor) == 2 &&
         (major > 6 || (major == 6 && minor >= 16));
}

template <typename Value>
void expect_between(const Value& before, const Value& told, const Value& after, const char* what,
                    Value slack = {}) {
  EXPECT_LE(before, told + slack) << what;
  EXPECT_LE(told, after + slack) << what;
}

void expect_same_facts(const ProcessReading& before, const ProcessReading& told,
                       const ProcessReading& after) {
  EXPECT_EQ(told.id, before.id);
  EXPECT_EQ(told.parent_pid, before.parent_pid);
  EXPECT_EQ(told.comm, before.comm);
  EXPECT_EQ(told.uid, before.uid);
  EXPECT_EQ(told.allowed_cpus, before.allowed_cpus);
  EXPECT_EQ(told.fd_limit, before.fd_limit);
  if (before.open_fds == after.open_fds) {
    EXPECT_EQ(told.open_fds, before.open_fds);
  }
  if (before.thread_count == after.thread_count) {
    EXPECT_EQ(told.thread_count, before.thread_count);
  }
  if (before.memory == after.memory && kernel_counts_memory_exactly()) {
    EXPECT_EQ(told.memory, before.memory);
  }
}

void expect_counters_between(const ProcessReading& before, const ProcessReading& told,
                             const ProcessReading& after) {
  const auto cpu = [](const ProcessReading& one) { return one.user_cpu + one.system_cpu; };
  const auto children = [](const ProcessReading& one) {
    return one.children_user_cpu + one.children_system_cpu;
  };
  expect_between(cpu(before), cpu(told), cpu(after), "CPU", 2 * kTick);  // two numbers, each cut
  expect_between(children(before), children(told), children(after), "children's CPU", 2 * kTick);
  expect_between(before.user_cpu, told.user_cpu, after.user_cpu, "user CPU", 2 * kTick);
  expect_between(before.major_faults, told.major_faults, after.major_faults, "faults");
  ASSERT_TRUE(told.io && before.io && after.io);
  expect_between(before.io->read_bytes, told.io->read_bytes, after.io->read_bytes, "read");
  expect_between(before.io->written_bytes, told.io->written_bytes, after.io->written_bytes,
                 "written");
}

void expect_threads_between(const ProcessReading& before, const ProcessReading& told,
                            const ProcessReading& after) {
  ASSERT_TRUE(before.threads && told.threads && after.threads);
  ASSERT_EQ(told.threads->size(), before.threads->size());
  ASSERT_EQ(after.threads->size(), before.threads->size());
  for (std::size_t i = 0; i < told.threads->size(); ++i) {
    const ThreadReading &a = (*before.threads)[i], &b = (*told.threads)[i],
                        &c = (*after.threads)[i];
    ASSERT_EQ(b.tid, a.tid);
    expect_between(a.run, b.run, c.run, "a thread's CPU");
    expect_between(a.wait, b.wait, c.wait, "a thread's wait");
    expect_between(a.voluntary_switches, b.voluntary_switches, c.voluntary_switches, "switches");
    expect_between(a.involuntary_switches, b.involuntary_switches, c.involuntary_switches,
                   "preemptions");
  }
}

TEST_F(SourcesAgree, OnThreadsThatSleep) {
  const Herd herd(10, [] { with_threads(rest); });
  std::this_thread::sleep_for(milliseconds(100));
  const Readings before = by_proc(herd);
  ProcessCollector collector(files_, *table_, faults_, rules_, {}, chosen_.tasks.get());
  const Readings told = by_bpf(collector, herd);
  const Readings after = by_proc(herd);
  ASSERT_EQ(told.size(), 10u);
  for (const auto& [pid, reading] : told) {
    expect_same_facts(before.at(pid), reading, after.at(pid));
    expect_counters_between(before.at(pid), reading, after.at(pid));
    expect_threads_between(before.at(pid), reading, after.at(pid));
    EXPECT_EQ(reading.state, 'S');
    if (kernel_counts_memory_exactly()) {
      EXPECT_EQ(reading.memory, before.at(pid).memory);
    }
    EXPECT_EQ(reading.open_fds, before.at(pid).open_fds);
  }
}

TEST_F(SourcesAgree, OnThreadsThatWake) {
  const Herd herd(10, [] { with_threads(wake_and_burn); });
  ProcessCollector collector(files_, *table_, faults_, rules_, {}, chosen_.tasks.get());
  by_bpf(collector, herd);
  for (int tick = 0; tick < 10; ++tick) {
    std::this_thread::sleep_for(milliseconds(30));
    const Readings before = by_proc(herd);
    const Readings told = by_bpf(collector, herd);
    const Readings after = by_proc(herd);
    ASSERT_EQ(told.size(), 10u);
    for (const auto& [pid, reading] : told) {
      expect_same_facts(before.at(pid), reading, after.at(pid));
      expect_counters_between(before.at(pid), reading, after.at(pid));
      expect_threads_between(before.at(pid), reading, after.at(pid));
      nanoseconds run{};
      for (const ThreadReading& thread : *reading.threads) run += thread.run;
      EXPECT_EQ(reading.user_cpu + reading.system_cpu, run);  // to the nanosecond
    }
  }
}

TEST_F(SourcesAgree, UnderAForkStormAndNoCounterFalls) {
  const Herd herd(2, storm);
  ProcessCollector collector(files_, *table_, faults_, rules_, {}, chosen_.tasks.get());
  Readings last = by_bpf(collector, herd);
  for (int tick = 0; tick < 20; ++tick) {
    const Readings before = by_proc(herd);
    const Readings told = by_bpf(collector, herd);
    const Readings after = by_proc(herd);
    ASSERT_EQ(told.size(), 2u);
    for (const auto& [pid, reading] : told) {
      expect_counters_between(before.at(pid), reading, after.at(pid));
      expect_counters_between(last.at(pid), reading, reading);
      EXPECT_LE(last.at(pid).user_cpu, reading.user_cpu);
      EXPECT_LE(last.at(pid).system_cpu, reading.system_cpu);
      EXPECT_LE(last.at(pid).children_user_cpu, reading.children_user_cpu);
    }
    last = told;
  }
  EXPECT_EQ(chosen_.tasks->trouble(), "");
}

}  // namespace
}  // namespace tierwatch
