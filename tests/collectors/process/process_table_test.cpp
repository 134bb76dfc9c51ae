// SPDX-License-Identifier: MIT
//
// libproc2 reads the real /proc only, so these tests look at children of their own.
#include "collectors/process/process_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <functional>
#include <latch>
#include <thread>
#include <utility>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::ElementsAre;

// Times stand in /proc in steps of 10 ms, each of two rounded on its own.
constexpr nanoseconds kTwoTicks = milliseconds(20);

nanoseconds now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return std::chrono::seconds(time.tv_sec) + nanoseconds(time.tv_nsec);
}

nanoseconds burn(nanoseconds amount) {
  const nanoseconds end = now(CLOCK_PROCESS_CPUTIME_ID) + amount;
  while (now(CLOCK_PROCESS_CPUTIME_ID) < end) {
  }
  return now(CLOCK_PROCESS_CPUTIME_ID);
}

/// A child that does `work`, tells what it returned, and then rests until it is killed.
class RestingChild {
 public:
  explicit RestingChild(const std::function<nanoseconds()>& work) {
    int ends[2];
    if (pipe(ends) != 0) ADD_FAILURE() << "pipe";
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      const nanoseconds told = work();
      if (write(ends[1], &told, sizeof told) != sizeof told) _exit(1);
      while (true) pause();
    }
    close(ends[1]);
    EXPECT_EQ(read(ends[0], &told_, sizeof told_), static_cast<ssize_t>(sizeof told_));
    close(ends[0]);
  }
  ~RestingChild() { reap(); }
  RestingChild(RestingChild&& other) noexcept
      : pid_(std::exchange(other.pid_, 0)), told_(other.told_) {}
  RestingChild& operator=(RestingChild&&) = delete;

  pid_t pid() const { return pid_; }
  nanoseconds told() const { return told_; }

  void kill_unreaped() const {
    kill(pid_, SIGKILL);
    siginfo_t info{};
    waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT);
  }

  void reap() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }

 private:
  pid_t pid_ = 0;
  nanoseconds told_{};
};

nanoseconds nothing() { return {}; }

std::optional<ProcessStat> read_one(ProcessTable& table, pid_t pid) {
  auto stats = table.read(std::array{pid});
  if (stats.size() != 1) return std::nullopt;
  return stats.front();
}

std::vector<pid_t> pids_of(std::span<const ProcessStat> stats) {
  std::vector<pid_t> pids;
  for (const ProcessStat& stat : stats) pids.push_back(stat.id.pid);
  std::sort(pids.begin(), pids.end());
  return pids;
}

// Every rule holds both ways libproc2 is asked: for some processes by name, and for all of them.
class ProcessTableTest : public testing::TestWithParam<bool> {
 protected:
  ProcessTableTest() {
    if (GetParam()) table->list();  // a table that was never listed walks
  }
  std::unique_ptr<ProcessTable> table = make_process_table();
};

INSTANTIATE_TEST_SUITE_P(Ways, ProcessTableTest, testing::Bool(),
                         [](const auto& way) { return way.param ? "select" : "walk"; });

TEST_P(ProcessTableTest, TimesAreThoseTheProcessUsed) {
  const RestingChild child([] { return burn(milliseconds(80)); });
  const auto stat = read_one(*table, child.pid());
  ASSERT_TRUE(stat);
  EXPECT_NEAR(static_cast<double>((stat->user_cpu + stat->system_cpu).count()),
              static_cast<double>(child.told().count()), kTwoTicks.count());
  EXPECT_EQ(stat->children_user_cpu + stat->children_system_cpu, nanoseconds(0));
}

TEST_P(ProcessTableTest, TimesOfWaitedChildrenStandApart) {
  const RestingChild child([] {
    if (fork() == 0) {
      burn(milliseconds(80));
      _exit(0);
    }
    wait(nullptr);
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    const auto time = [](timeval t) -> nanoseconds {
      return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
    };
    return time(usage.ru_utime) + time(usage.ru_stime);
  });
  const auto stat = read_one(*table, child.pid());
  ASSERT_TRUE(stat);
  EXPECT_NEAR(static_cast<double>((stat->children_user_cpu + stat->children_system_cpu).count()),
              static_cast<double>(child.told().count()), kTwoTicks.count());
  EXPECT_LT(stat->user_cpu + stat->system_cpu, milliseconds(60));
}

TEST_P(ProcessTableTest, StartIsOnTheBootClock) {
  const nanoseconds before = now(CLOCK_BOOTTIME);
  const RestingChild child(nothing);
  const nanoseconds after = now(CLOCK_BOOTTIME);
  const auto stat = read_one(*table, child.pid());
  ASSERT_TRUE(stat);
  EXPECT_GE(stat->id.started, before - milliseconds(10));  // rounded down to a tick
  EXPECT_LE(stat->id.started, after);
}

TEST_P(ProcessTableTest, RestingChildIsDescribed) {
  const RestingChild child(nothing);
  const auto stat = read_one(*table, child.pid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->id.pid, child.pid());
  EXPECT_EQ(stat->parent_pid, getpid());
  EXPECT_EQ(stat->uid, geteuid());
  EXPECT_FALSE(stat->kernel_thread);
  EXPECT_NE(std::string("RS").find(stat->state), std::string::npos) << stat->state;
}

TEST_P(ProcessTableTest, UnreapedChildIsAZombie) {
  const RestingChild child(nothing);
  child.kill_unreaped();
  const auto stat = read_one(*table, child.pid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->state, 'Z');
}

TEST_P(ProcessTableTest, GoneProcessesAreLeftOut) {
  RestingChild gone(nothing);
  const RestingChild here(nothing);
  const std::array pids = {gone.pid(), here.pid()};
  gone.reap();
  EXPECT_THAT(pids_of(table->read(pids)), ElementsAre(here.pid()));
}

TEST_P(ProcessTableTest, NoneAskedNoneGiven) { EXPECT_TRUE(table->read({}).empty()); }

// The owner of /proc/PID follows the effective uid even where dumping is off and the files inside
// belong to root (fs/proc/base.c, task_dump_owner).
TEST_P(ProcessTableTest, UserIsThatOfADroppedPrivilege) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may become someone else";
  constexpr uid_t kNobody = 65534;
  const RestingChild child([] { return nanoseconds(setuid(kNobody)); });
  ASSERT_EQ(child.told().count(), 0);
  const auto stat = read_one(*table, child.pid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->uid, kNobody);
}

TEST_P(ProcessTableTest, KernelThreadsAreMarked) {
  constexpr pid_t kKthreadd = 2;
  const auto stat = read_one(*table, kKthreadd);
  if (!stat || stat->comm != "kthreadd") GTEST_SKIP() << "no kernel threads in this pid namespace";
  EXPECT_TRUE(stat->kernel_thread);
}

TEST_P(ProcessTableTest, ThreadsAreCounted) {
  std::thread([] {}).join();  // ThreadSanitizer starts a thread of its own with the first
  const auto before = read_one(*table, getpid());
  std::latch counted(1);
  std::thread thread([&counted] { counted.wait(); });
  const auto during = read_one(*table, getpid());
  counted.count_down();
  thread.join();
  ASSERT_TRUE(before && during);
  EXPECT_EQ(during->thread_count, before->thread_count + 1);
}

struct NameCase {
  const char* rule;
  const char* set;
  const char* seen;
};

class OddNames : public testing::TestWithParam<NameCase> {};

TEST_P(OddNames, ComeThrough) {
  const RestingChild child([] { return nanoseconds(prctl(PR_SET_NAME, GetParam().set)); });
  const auto table = make_process_table();
  const auto stat = read_one(*table, child.pid());
  ASSERT_TRUE(stat);
  EXPECT_EQ(stat->comm, GetParam().seen);
  EXPECT_EQ(stat->parent_pid, getpid());
  const RestingChild plain(nothing);  // has a second thread under ThreadSanitizer
  EXPECT_EQ(stat->thread_count, read_one(*table, plain.pid())->thread_count);
}

INSTANTIATE_TEST_SUITE_P(
    ProcessNames, OddNames,
    testing::Values(NameCase{"plain", "uwsgi", "uwsgi"},
                    NameCase{"spaces", "tmux: server", "tmux: server"},
                    NameCase{"a_stat_line", "a) R 1 (b", "a) R 1 (b"},
                    NameCase{"only_closing", ")", ")"}, NameCase{"only_opening", "((", "(("},
                    NameCase{"empty", "", ""},
                    NameCase{"cut_to_15", "0123456789abcdefgh", "0123456789abcde"}),
    [](const auto& name) { return name.param.rule; });

// Which sign stands for them differs between versions of libproc2.
TEST(ProcessNames, ControlBytesAreReplacedOneByOne) {
  const RestingChild child([] { return nanoseconds(prctl(PR_SET_NAME, "a\nb")); });
  const auto stat = read_one(*make_process_table(), child.pid());
  ASSERT_TRUE(stat);
  EXPECT_THAT(stat->comm, testing::MatchesRegex("a[.?]b"));
}

TEST(ProcessTable, IsListedAgainAsProcessesEnd) {
  RestingChild child(nothing);
  const pid_t pid = child.pid();
  const auto table = make_process_table();
  const auto has_child = [&] {
    const auto listed = table->list().value();
    return std::binary_search(listed.begin(), listed.end(), pid);
  };
  EXPECT_TRUE(has_child());
  child.reap();
  EXPECT_FALSE(has_child());
}

/// A process that stops itself for as long as nobody continues it: that it sleeps can be waited
/// for.
class RunTimeTest : public testing::Test {
 protected:
  RunTimeTest() : child_([] { return burn(milliseconds(5)); }) { stop(); }

  void stop() {
    kill(child_.pid(), SIGSTOP);
    waitpid(child_.pid(), nullptr, WUNTRACED);
  }

  std::unique_ptr<ProcessTable> table_ = make_process_table();
  RestingChild child_;
};

TEST_F(RunTimeTest, IsWhatTheProcessUsed) {
  const auto time = table_->run_time(child_.pid());
  ASSERT_TRUE(time) << "no CPU clocks of other processes here";
  EXPECT_GE(*time, milliseconds(5));
  EXPECT_LT(*time, seconds(5));
}

TEST_F(RunTimeTest, MovesWheneverTheProcessRanHoweverShortly) {
  for (int round = 0; round < 100; ++round) {
    const auto before = table_->run_time(child_.pid());
    kill(child_.pid(), SIGCONT);
    waitpid(child_.pid(), nullptr, WCONTINUED);
    stop();
    EXPECT_NE(table_->run_time(child_.pid()), before);
  }
}

TEST_F(RunTimeTest, StandsStillWhileTheProcessDoesNotRun) {
  const auto before = table_->run_time(child_.pid());
  burn(milliseconds(10));
  EXPECT_EQ(table_->run_time(child_.pid()), before);
}

TEST_F(RunTimeTest, HoldsThreadsThatEnded) {
  const RestingChild threaded([] {
    std::thread([] { burn(milliseconds(20)); }).join();
    return nanoseconds{};
  });
  const auto time = table_->run_time(threaded.pid());
  ASSERT_TRUE(time);
  EXPECT_GE(*time, milliseconds(20));
}

TEST_F(RunTimeTest, IsAbsentOnceTheProcessIsGone) {
  const pid_t pid = child_.pid();
  child_.reap();
  EXPECT_FALSE(table_->run_time(pid));
}

// libproc2 refuses to select more than 255; around that number nobody may be lost.
TEST(ProcessTable, ManyAreListedInOrderAndReadInAnyNumber) {
  constexpr std::size_t kChildren = 600;
  std::vector<RestingChild> children;
  std::vector<pid_t> pids;
  for (std::size_t i = 0; i < kChildren; ++i) pids.push_back(children.emplace_back(nothing).pid());
  std::sort(pids.begin(), pids.end());

  const auto table = make_process_table();
  const auto listed = table->list().value();
  EXPECT_TRUE(std::is_sorted(listed.begin(), listed.end()));
  EXPECT_TRUE(std::includes(listed.begin(), listed.end(), pids.begin(), pids.end()));
  for (const std::size_t number : {1u, 254u, 255u, 256u, 300u, 600u}) {
    const std::vector<pid_t> asked(pids.begin(), pids.begin() + number);
    EXPECT_EQ(pids_of(table->read(asked)), asked) << number;
  }
}

}  // namespace
}  // namespace tierwatch
