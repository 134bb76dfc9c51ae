// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/equivalent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

class EquivalentTest : public ::testing::Test {
 protected:
  void hide_all_but(const std::string& name) {
    for (const TierSample& tier : told_.scene.snapshot->tiers)
      if (tier.name != name) state_.toggled_tiers.insert(tier.name);
  }
  std::string command() const { return equivalent_command(state_, told_.scene); }
  std::string promql() const { return equivalent_promql(state_, told_.scene); }

  StoryScene told_{story("cpu_full_uwsgi")};
  ViewState state_;
};

TEST_F(EquivalentTest, OfTheViewAsItBegins) {
  told_.scene.feed.arguments = {"--attach"};
  EXPECT_EQ(command(), "tierwatch top --attach --sort cpu");
  EXPECT_EQ(promql(), "sum by (instance, tier) (rate(tierwatch_tier_cpu_seconds_total[1m]))");
}

TEST_F(EquivalentTest, WhateverWasChosenIsInIt) {
  told_.scene.feed.arguments = {"--url", "https://me@web1:9718"};
  hide_all_but("uwsgi");
  state_.sort = ProcessColumn::kResident;
  state_.inverted = state_.tree = state_.all = true;
  state_.only_user = 33;
  state_.interval = std::chrono::milliseconds(250);
  EXPECT_EQ(command(),
            "tierwatch top --url https://me@web1:9718 --tier uwsgi --user www-data --sort rss "
            "--invert --tree --all --interval 250ms");
  EXPECT_EQ(promql(),
            "sum by (instance, tier) (tierwatch_tier_resident_memory_bytes{tier=~\"uwsgi\"})");
}

TEST_F(EquivalentTest, ColumnsOfOnesOwnAreInItAndHaveNoSeries) {
  state_.columns = std::get<ColumnList>(parse_columns("pid,MEM/T=rss/threads"));
  state_.sort = ProcessColumn::kCustom;
  state_.custom_sort = "MEM/T";
  EXPECT_EQ(command(), "tierwatch top --columns pid,MEM/T=rss/threads --sort MEM/T");
  EXPECT_EQ(promql(), "");
  state_.columns[1].shown = false;
  EXPECT_EQ(command(), "tierwatch top --columns pid --sort cpu");
}

TEST_F(EquivalentTest, AShellReadsWhatWasTypedAsItWasTyped) {
  state_.filter = "a|b; rm -rf 'x' $HOME";
  EXPECT_EQ(command(), R"(tierwatch top --filter 'a|b; rm -rf '\''x'\'' $HOME' --sort cpu)");
}

TEST_F(EquivalentTest, NamesOfTiersMatchThemselvesOnly) {
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  changed->tiers.front().name = "web.1\"";
  told_.scene.snapshot = changed;
  hide_all_but("web.1\"");
  state_.sort = ProcessColumn::kFds;
  EXPECT_EQ(promql(), R"(sum by (instance, tier) (tierwatch_tier_open_fds{tier=~"web\\.1\""}))");
}

TEST_F(EquivalentTest, ARecordingHasNoIntervalAndNoDataNoTiers) {
  told_.scene.feed.arguments = {"--replay", "run 1.db"};
  told_.scene.feed.recorded = true;
  told_.scene.snapshot = nullptr;
  state_.interval = std::chrono::milliseconds(200);
  state_.only_tiers = {"redis"};
  EXPECT_EQ(command(), "tierwatch top --replay 'run 1.db' --tier redis --sort cpu");
}

}  // namespace
}  // namespace tierwatch
