// SPDX-License-Identifier: MIT
#include "analysis/facts/main_threads.h"

#include <gtest/gtest.h>

namespace tierwatch {
namespace {

constexpr pid_t kPid = 40;

/// A tier's process with eleven threads, the hottest of which uses nine tenths of its CPU.
ProcessSample worker(double cores, pid_t hottest) {
  ProcessSample sample;
  sample.reading.id.pid = kPid;
  sample.reading.member = Membership{};
  sample.reading.thread_count = 11;
  sample.cpu_cores = cores;
  sample.hottest_thread_cores = 0.9 * cores;
  sample.hottest_tid = hottest;
  return sample;
}

TEST(MainThreads, AreToldByTheHottestThread) {
  MainThreads threads;
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), std::nullopt);
  threads.look({worker(0.2, kPid)});
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), true);
  threads.look({worker(0.2, kPid + 1)});
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), false);
}

TEST(MainThreads, DoNotDoMostWhereManyShareTheWork) {
  MainThreads threads;
  ProcessSample sample = worker(0.2, kPid);
  sample.hottest_thread_cores = 0.1;
  threads.look({sample});
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), false);
}

/// All threads of a pool wait for a slow peer: only the main one still wakes up, once a second.
TEST(MainThreads, AreWhatTheyWereWhileThereIsNoWork) {
  MainThreads threads;
  threads.look({worker(0.0003, kPid)});
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), std::nullopt);
  threads.look({worker(0.01, kPid + 1)});
  threads.look({worker(0.0003, kPid)});
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), false);
}

TEST(MainThreads, AreForgottenWithTheirProcess) {
  MainThreads threads;
  threads.look({worker(0.2, kPid)});
  threads.look({});
  threads.look({worker(0, 0)});
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), std::nullopt);
}

TEST(MainThreads, OfOneThreadTellNothing) {
  MainThreads threads;
  ProcessSample sample = worker(0.2, kPid);
  sample.reading.thread_count = 1;
  threads.look({sample});
  EXPECT_EQ(threads.do_the_work({.pid = kPid}), std::nullopt);
}

}  // namespace
}  // namespace tierwatch
