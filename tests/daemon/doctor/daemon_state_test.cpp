// SPDX-License-Identifier: MIT
#include "daemon/doctor/daemon_state.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using Kept = HistoryState::Kept;
using std::chrono::seconds;
using std::filesystem::file_time_type;

class History : public ::testing::Test {
 protected:
  History() { config_.history.path = file_.string(); }
  Kept kept(seconds later = seconds(1)) const {
    return look_at_history(config_, file_time_type::clock::now() + later).kept;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_ / "history.db";
  Config config_ = default_config();
};

TEST_F(History, NoFileIsMissing) { EXPECT_EQ(kept(), Kept::kMissing); }

TEST_F(History, NobodyAskedForOne) {
  config_.history.path = "none";
  EXPECT_EQ(kept(), Kept::kNowhere);
}

TEST_F(History, AFileThatGrowsIsFreshAndOneThatDoesNotIsStale) {
  std::ofstream(file_) << "x";
  EXPECT_EQ(kept(seconds(5)), Kept::kFresh);
  EXPECT_EQ(kept(seconds(500)), Kept::kStale);
  config_.sampling.interval = std::chrono::hours(1);
  EXPECT_EQ(kept(seconds(5000)), Kept::kFresh) << "an hour lies between two samples";
}

TEST_F(History, ItsWriteAheadLogCounts) {
  std::ofstream(file_) << "x";
  std::filesystem::last_write_time(file_, file_time_type::clock::now() - seconds(10'000));
  EXPECT_EQ(kept(), Kept::kStale);
  std::ofstream(file_.string() + "-wal") << "x";
  EXPECT_EQ(kept(), Kept::kFresh);
}

}  // namespace
}  // namespace tierwatch
