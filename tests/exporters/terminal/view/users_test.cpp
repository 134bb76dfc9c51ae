// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/user_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exporters/terminal/scene/process_rows.h"
#include "exporters/terminal/tables/render.h"
#include "tests/exporters/terminal/story_scene.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class UsersTest : public ::testing::Test {
 protected:
  UsersTest() {
    give("postgres", 114);
    give("nginx", 33);
  }
  void give(const std::string& tier, std::optional<uid_t> uid) {
    auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
    for (ProcessSample& process : changed->processes)
      if (tier_of(*changed, process) == tier) process.reading.uid = uid;
    told_.scene.snapshot = changed;
  }
  void press(char32_t text) { press(Event{.input = Input::kText, .text = text}); }
  void press(Input input) { press(Event{.input = input}); }
  void press(const Event& event) { state_ = next(state_, event, told_.scene); }
  void choose(const std::string& name) {
    press(U'u');
    const auto users = user_rows(state_, told_.scene);
    press(Input::kHome);
    for (const UserRow& user : users) {
      if (user.name == name) return press(Input::kEnter);
      press(Input::kDown);
    }
    FAIL() << name;
  }
  std::vector<std::string> tiers() const {
    std::vector<std::string> tiers;
    for (const ProcessRow& row : process_rows(*told_.scene.snapshot, state_)) {
      const ProcessSample& process = told_.scene.snapshot->processes[row.process];
      tiers.emplace_back(tier_of(*told_.scene.snapshot, process));
    }
    return tiers;
  }
  std::string screen() const { return render(state_, told_.scene).text(); }

  StoryScene told_{story("cpu_full_uwsgi"), {120, 40}};
  ViewState state_;
};

TEST_F(UsersTest, OfAnotherMachineAreCalledAsItsDaemonSays) {
  auto changed = std::make_shared<Snapshot>(*told_.scene.snapshot);
  for (ProcessSample& process : changed->processes)
    if (process.reading.uid == 33) process.reading.user = "web";
  told_.scene.snapshot = changed;
  told_.scene.user_name = nullptr;
  EXPECT_THAT(screen(), HasSubstr(" web "));
  EXPECT_EQ(user_words(33, told_.scene), "web");
  EXPECT_EQ(user_words(114, told_.scene), "114") << "which it does not say";
}

TEST_F(UsersTest, OneUsersProcessesAreListedAndItIsSaid) {
  const std::size_t all = tiers().size();
  choose("postgres");
  EXPECT_THAT(tiers(), testing::AllOf(Not(testing::IsEmpty()), testing::Each("postgres")));
  EXPECT_THAT(screen(), HasSubstr("user postgres"));
  EXPECT_THAT(screen(), HasSubstr("together: all that match"));
  press(Input::kEscape);
  EXPECT_EQ(tiers().size(), all);
  EXPECT_THAT(screen(), Not(HasSubstr("user postgres")));
}

TEST_F(UsersTest, TheMenuStandsAtWhatHoldsAndCountsWhatItWouldShow) {
  choose("postgres");
  const std::size_t shown = tiers().size();
  press(U'u');
  EXPECT_THAT(screen(), HasSubstr("Show the processes of"));
  const auto users = user_rows(state_, told_.scene);
  const UserRow& at = users[static_cast<std::size_t>(state_.menu_row)];
  EXPECT_EQ(at.name, "postgres");
  EXPECT_EQ(at.processes, shown);
  EXPECT_GT(users.front().processes, shown);
  press(Input::kEscape);
  EXPECT_EQ(state_.only_user, uid_t{114});
}

TEST_F(UsersTest, WorksWhilePausedAndWithAFilter) {
  press(U'z');
  choose("www-data");
  EXPECT_THAT(tiers(), testing::Contains("nginx"));
  EXPECT_TRUE(state_.paused);
  state_.filter = "no such";
  EXPECT_THAT(tiers(), testing::IsEmpty());
  press(U'u');
  EXPECT_THAT(screen(), HasSubstr("www-data")) << "the filter hides no user from the menu";
}

TEST_F(UsersTest, WhoseUserIsNotKnownIsNobodysButAmongAll) {
  give("postgres", std::nullopt);
  const auto users = user_rows(state_, told_.scene);
  EXPECT_EQ(users.front().processes, tiers().size());
  for (const UserRow& user : users) EXPECT_NE(user.name, "postgres");
  state_ = {.only_user = 114};
  told_.scene.feed.sparse = true;
  EXPECT_THAT(tiers(), testing::IsEmpty());
  EXPECT_THAT(screen(), HasSubstr("whose a process was is not recorded"));
}

TEST_F(UsersTest, AUserWhoHasLeftIsStillOffered) {
  state_.only_user = 4711;
  press(Input::kNewData);
  EXPECT_THAT(screen(), HasSubstr("no process of 4711 is listed; Esc shows"));
  press(U'u');
  EXPECT_EQ(user_rows(state_, told_.scene)[static_cast<std::size_t>(state_.menu_row)].uid, 4711u);
}

TEST_F(UsersTest, WithoutDataNobodyIsOffered) {
  told_.scene.snapshot = nullptr;
  state_.only_user = 33;
  press(U'u');
  EXPECT_EQ(user_rows(state_, told_.scene).size(), 1u);
  press(Input::kEnter);
  EXPECT_EQ(state_.only_user, std::nullopt);
}

}  // namespace
}  // namespace tierwatch
