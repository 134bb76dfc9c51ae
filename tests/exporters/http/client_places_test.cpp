// SPDX-License-Identifier: MIT
#include "exporters/http/client_places.h"

#include <gmock/gmock.h>

#include <vector>

namespace tierwatch {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class ClientPlacesTest : public ::testing::Test {
 protected:
  bool admit(ClientPlaces::Time now, const std::string& host = "") {
    dropped_.clear();
    return places_.admit(now, host, [this](int descriptor) { dropped_.push_back(descriptor); });
  }
  ClientPlaces places_{3, 2, 10s};
  std::vector<int> dropped_;
};

TEST_F(ClientPlacesTest, WhileThereIsRoomNobodyGoes) {
  places_.opened(1, "", 0s);
  places_.opened(2, "", 1s);
  EXPECT_TRUE(admit(9s));
  EXPECT_THAT(dropped_, IsEmpty());
}

TEST_F(ClientPlacesTest, WhoHasNotAskedInTimeGoesAlsoWhereThereIsRoom) {
  places_.opened(1, "", 0s);
  const auto asks = places_.opened(2, "", 0s);
  places_.asked(asks, 1s);
  EXPECT_TRUE(admit(10s));
  EXPECT_THAT(dropped_, ElementsAre(1));
  places_.answered(asks, 12s);
  EXPECT_TRUE(admit(21s));
  EXPECT_THAT(dropped_, IsEmpty()) << "its time begins anew with an answer";
  EXPECT_TRUE(admit(22s));
  EXPECT_THAT(dropped_, ElementsAre(2));
}

TEST_F(ClientPlacesTest, WhoIsLateGoesAlsoWhenNobodyComes) {
  const auto late = [this](ClientPlaces::Time now) {
    dropped_.clear();
    places_.drop_late(now, [this](int descriptor) { dropped_.push_back(descriptor); });
  };
  places_.opened(1, "", 0s);
  const auto asks = places_.opened(2, "", 0s);
  places_.asked(asks, 1s);
  late(9s);
  EXPECT_THAT(dropped_, IsEmpty());
  late(10s);
  EXPECT_THAT(dropped_, ElementsAre(1));
  late(100s);
  EXPECT_THAT(dropped_, IsEmpty()) << "who is being answered stays";
}

TEST_F(ClientPlacesTest, WhenAllPlacesAreTakenTheOldestWithoutARequestGoes) {
  const auto answered = places_.opened(1, "", 0s);
  places_.asked(answered, 0s);
  places_.answered(answered, 0s);
  places_.opened(2, "", 1s);
  places_.opened(3, "", 2s);
  EXPECT_TRUE(admit(3s));
  EXPECT_THAT(dropped_, ElementsAre(2)) << "who has asked before goes later";
  EXPECT_TRUE(admit(3s)) << "the place of the one that was dropped";
  EXPECT_THAT(dropped_, IsEmpty());
}

TEST_F(ClientPlacesTest, WhoIsBeingAnsweredGoesOnlyAfterItsTime) {
  for (int i = 1; i <= 3; ++i) places_.asked(places_.opened(i, "", 0s), ClientPlaces::Time(i));
  EXPECT_FALSE(admit(9s));
  EXPECT_THAT(dropped_, IsEmpty());
  EXPECT_TRUE(admit(11s));
  EXPECT_THAT(dropped_, ElementsAre(1));
}

TEST_F(ClientPlacesTest, ClosedOnesLeaveTheirPlaceWhateverTheyDidBefore) {
  std::vector<ClientPlaces::Client*> all;
  for (int i = 0; i < 3; ++i) all.push_back(places_.opened(i, "", 0s));
  places_.asked(all[1], 1s);
  EXPECT_TRUE(admit(2s));
  for (auto* client : all) places_.closed(client);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(admit(3s));
    EXPECT_THAT(dropped_, IsEmpty());
    places_.opened(i, "", 3s);
  }
}

TEST_F(ClientPlacesTest, AHostThatHasItsShareLosesItsOwn) {
  auto* const other = places_.opened(1, "other", 0s);
  places_.asked(places_.opened(2, "host", 1s), 1s);
  EXPECT_TRUE(admit(2s, "host"));
  auto* const second = places_.opened(3, "host", 2s);
  EXPECT_TRUE(admit(3s, "host")) << "room for all, and two of the host";
  EXPECT_EQ(dropped_, std::vector<int>{3}) << "which is not being answered";
  places_.closed(second);
  EXPECT_TRUE(admit(4s, "host"));
  places_.asked(places_.opened(4, "host", 4s), 4s);
  EXPECT_FALSE(admit(5s, "host")) << "both are being answered";
  EXPECT_TRUE(admit(5s, "third")) << "in place of the one that has asked nothing";
  EXPECT_EQ(dropped_, std::vector<int>{1});
  places_.closed(other);
  EXPECT_TRUE(admit(14s, "host")) << "the answer has overrun its time";
  EXPECT_EQ(dropped_.back(), 2);
}

TEST_F(ClientPlacesTest, ThoseThatShareAnAddressHaveNoShare) {
  for (int i = 1; i <= 3; ++i) {
    EXPECT_TRUE(admit(1s));
    places_.asked(places_.opened(i, "", 1s), 1s);
  }
  EXPECT_FALSE(admit(2s));
}

}  // namespace
}  // namespace tierwatch
