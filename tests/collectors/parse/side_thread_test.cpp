// SPDX-License-Identifier: MIT
#include "collectors/parse/side_thread.h"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;

using Side = SideThread<ServerSettingsReading>;

ProcessId server(pid_t pid) { return {.pid = pid}; }

Side::Job quick(pid_t pid) {
  return {server(pid), [pid] { return ServerSettingsReading{.server = server(pid)}; }};
}

/// A file system that does not answer until it is told to.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool entered = false, open = false, left = false;

  void set(bool Gate::*what) {
    const std::lock_guard lock(mutex);
    this->*what = true;
    changed.notify_all();
  }
  void wait(bool Gate::*what) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return this->*what; });
  }
};

Side::Job stuck(pid_t pid, const std::shared_ptr<Gate>& gate) {
  return {server(pid), [pid, gate] {
            gate->set(&Gate::entered);
            gate->wait(&Gate::open);
            gate->set(&Gate::left);
            return ServerSettingsReading{.server = server(pid)};
          }};
}

TEST(SideThread, ReadsInOrderAndHandsOver) {
  Side side;
  EXPECT_EQ(side.reading(), std::nullopt);
  side.add(quick(1));
  side.add(quick(2));
  ASSERT_TRUE(side.wait(seconds(60)));
  EXPECT_THAT(side.take(), ElementsAre(ServerSettingsReading{.server = server(1)},
                                       ServerSettingsReading{.server = server(2)}));
  EXPECT_TRUE(side.take().empty());
}

TEST(SideThread, AReadThatHangsHoldsUpNobodyButTheThread) {
  const auto gate = std::make_shared<Gate>();
  {
    Side side;
    side.add(stuck(1, gate));
    side.add(quick(2));
    gate->wait(&Gate::entered);
    EXPECT_EQ(side.reading(), server(1));
    EXPECT_TRUE(side.take().empty());
    const auto rest = side.take_back();
    ASSERT_EQ(rest.size(), 1u);
    EXPECT_EQ(rest[0].process, server(2));
    side.leave();
  }  // gone, though the read still hangs
  gate->set(&Gate::open);
  gate->wait(&Gate::left);
}

TEST(SideThread, EndsThoughAReadHangs) {
  const auto gate = std::make_shared<Gate>();
  {
    Side side;
    side.add(stuck(1, gate));
    gate->wait(&Gate::entered);
  }
  gate->set(&Gate::open);
  gate->wait(&Gate::left);
}

}  // namespace
}  // namespace tierwatch
