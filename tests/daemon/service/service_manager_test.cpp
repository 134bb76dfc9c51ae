// SPDX-License-Identifier: MIT
#include "daemon/service/service_manager.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <filesystem>

#include "collectors/parse/proc_fs.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// Hears what a service tells systemd.
class ServiceManager : public ::testing::Test {
 protected:
  ServiceManager() {
    const std::string path = directory_ / "notify";
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
      ADD_FAILURE() << "cannot listen";
    setenv("NOTIFY_SOCKET", path.c_str(), 1);
  }
  ~ServiceManager() override {
    for (const char* name : {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}) unsetenv(name);
  }
  std::vector<std::string> heard() {
    std::vector<std::string> all;
    char text[256];
    ssize_t bytes = 0;
    while ((bytes = recv(socket_.get(), text, sizeof text, MSG_DONTWAIT)) > 0)
      all.emplace_back(text, static_cast<std::size_t>(bytes));
    return all;
  }

  TemporaryFolder directory_;
  FileDescriptor socket_{socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
};

TEST_F(ServiceManager, WithoutAWatchdogNobodyIsFed) {
  Watchdog watchdog;
  watchdog.sampled(seconds(1));
  watchdog.waiting(seconds(100));
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(ServiceManager, AWatchdogOfAnotherProcessIsNotOurs) {
  setenv("WATCHDOG_USEC", "8000000", 1);
  setenv("WATCHDOG_PID", "1", 1);
  Watchdog watchdog;
  watchdog.sampled(seconds(1));
  EXPECT_THAT(heard(), IsEmpty());
}

TEST_F(ServiceManager, EachSampleFeedsTheWatchdog) {
  setenv("WATCHDOG_USEC", "8000000", 1);
  Watchdog watchdog;
  watchdog.sampled(seconds(1));
  watchdog.sampled(seconds(2));
  EXPECT_THAT(heard(), ElementsAre("WATCHDOG=1", "WATCHDOG=1"));
}

TEST_F(ServiceManager, BetweenLongIntervalsTheWaitFeedsItFourTimesInItsTime) {
  setenv("WATCHDOG_USEC", "8000000", 1);
  Watchdog watchdog;
  watchdog.sampled(seconds(0));
  heard();
  for (int i = 1; i <= 80; ++i) watchdog.waiting(i * std::chrono::milliseconds(100));
  EXPECT_THAT(heard(), ::testing::SizeIs(4));
}

}  // namespace
}  // namespace tierwatch
