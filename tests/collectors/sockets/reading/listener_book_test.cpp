// SPDX-License-Identifier: MIT
#include "collectors/sockets/reading/listener_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

ListenerSocket tcp(std::uint64_t cookie, std::uint16_t port, std::uint32_t length,
                   std::uint32_t limit = 2, std::uint32_t drops = 0) {
  return {.cookie = cookie,
          .inode = cookie + 1000,
          .local = {IpAddress::v4(0), port},
          .uid = 33,
          .queue_length = length,
          .queue_limit = limit,
          .drops = drops};
}

class Book : public testing::Test {
 protected:
  void add(nanoseconds at, std::vector<ListenerSocket> sockets) {
    book_.add(at, SocketFamily::kTcp4, sockets);
  }
  /// The only listener.
  Listener taken(nanoseconds at) {
    const auto all = book_.take(at);
    EXPECT_EQ(all.size(), 1u);
    return all.at(0);
  }
  ListenerBook book_;
};

TEST_F(Book, IntegratesLengthAndStatesInStraightLinesBetweenSamples) {
  add(seconds(10), {tcp(1, 80, 0)});
  add(seconds(11), {tcp(1, 80, 2)});  // queued for half of the second, mean length 1
  add(seconds(12), {tcp(1, 80, 3)});  // queued, full for half, mean length 2.5
  add(seconds(13), {tcp(1, 80, 3)});  // full, length 3
  const ListenerReading reading = taken(seconds(13)).reading;
  EXPECT_EQ(reading.observed, seconds(3));
  EXPECT_DOUBLE_EQ(reading.queue_seconds, 1 + 2.5 + 3);
  EXPECT_EQ(reading.queued_time, milliseconds(2500));
  EXPECT_EQ(reading.full_time, milliseconds(1500));
  EXPECT_EQ(reading.samples, 4u);
  EXPECT_EQ(reading.samples_with_queue, 3u);
  EXPECT_EQ(reading.samples_full, 2u);
  EXPECT_EQ(reading.queue_length, 3u);
  EXPECT_EQ(reading.queue_limit, 2u);
}

TEST_F(Book, AQueueAtItsLimitIsNotFullYet) {
  add(seconds(1), {tcp(1, 80, 2, 2)});
  EXPECT_EQ(taken(seconds(1)).reading.samples_full, 0u);
}

TEST_F(Book, PeakStartsAnewWithEachTick) {
  add(seconds(1), {tcp(1, 80, 9)});
  add(seconds(2), {tcp(1, 80, 1)});
  EXPECT_EQ(taken(seconds(2)).reading.queue_peak, 9u);
  add(seconds(3), {tcp(1, 80, 0)});
  EXPECT_EQ(taken(seconds(3)).reading.queue_peak, 1u) << "the queue began the tick with one";
  EXPECT_EQ(taken(seconds(4)).reading.queue_peak, 0u);
}

TEST_F(Book, AGapTooLongToKnowIsLeftOut) {
  add(seconds(1), {tcp(1, 80, 5)});
  add(seconds(1) + ListenerBook::kLongestGap + nanoseconds(1), {tcp(1, 80, 5)});
  const ListenerReading reading = taken(seconds(4)).reading;
  EXPECT_EQ(reading.observed, nanoseconds(0));
  EXPECT_EQ(reading.queue_seconds, 0);
}

TEST_F(Book, SocketsThatShareAnAddressAreSummedAndOneFullOneIsFull) {
  add(seconds(1), {tcp(1, 80, 3, 2, 10), tcp(2, 80, 0, 2, 5)});
  const Listener listener = taken(seconds(1));
  EXPECT_EQ(listener.reading.address, "0.0.0.0:80");
  EXPECT_EQ(listener.reading.sockets, 2u);
  EXPECT_EQ(listener.reading.queue_length, 3u);
  EXPECT_EQ(listener.reading.queue_limit, 4u);
  EXPECT_EQ(listener.reading.samples_full, 1u);
  EXPECT_EQ(listener.reading.samples, 1u);
  EXPECT_EQ(listener.reading.drops, 15u);
  EXPECT_EQ(listener.inodes, (std::vector<std::uint64_t>{1001, 1002}));
}

TEST_F(Book, TotalsSurviveARestartOfTheServer) {
  add(seconds(1), {tcp(1, 80, 4, 2, 7)});
  add(seconds(2), {tcp(1, 80, 4, 2, 9)});
  add(seconds(3), {});
  EXPECT_FALSE(taken(seconds(3)).listening);
  add(seconds(4), {tcp(2, 80, 4, 2, 1)});
  const Listener listener = taken(seconds(4));
  EXPECT_TRUE(listener.listening);
  EXPECT_DOUBLE_EQ(listener.reading.queue_seconds, 4) << "nothing for the time without a listener";
  EXPECT_EQ(listener.reading.drops, 10u);
  EXPECT_EQ(listener.inodes, std::vector<std::uint64_t>{1002});
}

TEST_F(Book, DropCounterOfTheKernelMayWrap) {
  add(seconds(1), {tcp(1, 80, 0, 2, 0xffffffff)});
  add(seconds(2), {tcp(1, 80, 0, 2, 1)});
  EXPECT_EQ(taken(seconds(2)).reading.drops, 0x100000001u);
}

TEST_F(Book, WithoutLimitNothingIsFullAndTheLimitIsAbsent) {
  ListenerSocket socket = tcp(1, 80, 500);
  socket.queue_limit.reset();
  socket.drops.reset();
  add(seconds(1), {socket});
  const ListenerReading reading = taken(seconds(1)).reading;
  EXPECT_FALSE(reading.queue_limit);
  EXPECT_FALSE(reading.drops);
  EXPECT_EQ(reading.samples_full, 0u);
}

TEST_F(Book, AFailedFamilyLeavesTheOthersAlone) {
  add(seconds(1), {tcp(1, 80, 1)});
  const ListenerSocket path{.cookie = 9, .name = "/run/app.sock", .queue_length = 1};
  book_.add(seconds(1), SocketFamily::kUnix, std::span(&path, 1));
  book_.add(seconds(2), SocketFamily::kUnix, std::span(&path, 1));
  const auto all = book_.take(seconds(2));
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].reading.observed, seconds(0));
  EXPECT_TRUE(all[0].listening);
  EXPECT_EQ(all[1].reading.observed, seconds(1));
  EXPECT_EQ(all[1].reading.address, "/run/app.sock");
}

TEST_F(Book, AClosedListenerIsForgottenInTheEnd) {
  add(seconds(1), {tcp(1, 80, 1)});
  add(seconds(2), {});
  EXPECT_EQ(book_.take(seconds(1) + ListenerBook::kMemory).size(), 1u);
  EXPECT_EQ(book_.take(seconds(2) + ListenerBook::kMemory).size(), 0u);
}

TEST_F(Book, ThousandsOfListenersThatComeAndGoAreForgottenSoon) {
  for (std::uint16_t port = 1; port <= 2 * ListenerBook::kManyAddresses; ++port)
    add(seconds(1), {tcp(port, port, 0)});
  EXPECT_LE(book_.take(seconds(60)).size(), 1u);
}

TEST(BookProperty, TotalsNeverFallWhateverListenersDo) {
  std::mt19937 random(7);
  const auto below = [&](std::uint32_t bound) {
    return static_cast<std::uint32_t>(random() % bound);
  };
  ListenerBook book;
  std::map<std::string, ListenerReading> last;
  std::map<std::uint64_t, std::uint32_t> drops;
  std::uint64_t next_cookie = 1;
  std::map<std::uint64_t, std::uint16_t> sockets;
  nanoseconds now = seconds(1);
  for (int step = 0; step < 3000; ++step) {
    now += milliseconds(below(40) == 0 ? 20'000 : 50);
    if (below(3) == 0) sockets[next_cookie++] = static_cast<std::uint16_t>(1 + below(4));
    if (!sockets.empty() && below(3) == 0) sockets.erase(sockets.begin());
    std::vector<ListenerSocket> found;
    for (const auto& [cookie, port] : sockets)
      found.push_back(tcp(cookie, port, below(5), 2, drops[cookie] += below(3)));
    book.add(now, SocketFamily::kTcp4, found);
    if (below(5) != 0) continue;
    for (const Listener& listener : book.take(now)) {
      const ListenerReading& reading = listener.reading;
      ListenerReading& before = last[reading.address];
      EXPECT_GE(reading.queue_seconds, before.queue_seconds);
      EXPECT_GE(reading.observed, before.observed);
      EXPECT_GE(reading.full_time, before.full_time);
      EXPECT_GE(reading.drops, before.drops);
      EXPECT_GE(reading.samples, before.samples);
      EXPECT_LE(reading.full_time, reading.queued_time);
      EXPECT_LE(reading.queued_time, reading.observed);
      before = reading;
    }
  }
}

TEST_F(Book, IsFullOneDayAndKeepsWhatCameFirst) {
  add(seconds(0), {tcp(1, 80, 0)});
  std::vector<ListenerSocket> crowd;
  for (std::uint64_t i = 0; i < 3 * ListenerBook::kMostAddresses; ++i)
    crowd.push_back(tcp(10 + i, static_cast<std::uint16_t>(1000 + i), 0));
  crowd.push_back(tcp(1, 80, 2));
  crowd.push_back(tcp(2, 80, 1));  // another socket of an address that is known
  add(seconds(1), crowd);
  EXPECT_TRUE(book_.overflows(SocketFamily::kTcp4));
  EXPECT_FALSE(book_.overflows(SocketFamily::kUnix));
  const auto all = book_.take(seconds(1));
  EXPECT_EQ(all.size(), ListenerBook::kMostAddresses);
  const auto first =
      std::ranges::find_if(all, [](const Listener& one) { return one.reading.port == 80; });
  ASSERT_NE(first, all.end());
  EXPECT_EQ(first->reading.queue_length, 3u);
  add(seconds(2), {tcp(1, 80, 0)});
  EXPECT_FALSE(book_.overflows(SocketFamily::kTcp4));
}

/// Of a user, on a port that follows from the cookie.
ListenerSocket of(uid_t uid, std::uint64_t cookie) {
  ListenerSocket socket = tcp(cookie, static_cast<std::uint16_t>(cookie), 0);
  socket.uid = uid;
  return socket;
}

class FullBook : public Book {
 protected:
  static constexpr uid_t kPerson = 1000, kOtherPerson = 1001, kService = 33;

  /// All places taken by a person.
  FullBook() {
    for (std::uint64_t i = 0; i < ListenerBook::kMostAddresses + 5; ++i)
      crowd_.push_back(of(kPerson, 10'000 + i));
    add(seconds(1), crowd_);
  }
  std::size_t watched_of(uid_t uid) {
    const auto all = book_.take(now_);
    return static_cast<std::size_t>(
        std::ranges::count(all, uid, [](const Listener& one) { return one.reading.uid; }));
  }
  /// The crowd, and then `sockets`, which come last.
  void see(std::vector<ListenerSocket> sockets) {
    std::vector<ListenerSocket> all = crowd_;
    all.insert(all.end(), sockets.begin(), sockets.end());
    now_ += milliseconds(50);
    add(now_, all);
  }
  std::vector<ListenerSocket> crowd_;
  nanoseconds now_ = seconds(1);
};

TEST_F(FullBook, HasRoomForServicesThatStartLater) {
  std::vector<ListenerSocket> services;
  for (std::uint64_t i = 0; i < 20; ++i) services.push_back(of(kService, 100 + i));
  see(services);
  EXPECT_EQ(watched_of(kService), ListenerBook::kMostEvictions) << "a few at a time";
  see(services);
  EXPECT_EQ(watched_of(kService), 20u);
  EXPECT_EQ(watched_of(kPerson), ListenerBook::kMostAddresses - 20);
  EXPECT_TRUE(book_.overflows(SocketFamily::kTcp4));
}

TEST_F(FullBook, GoesOnCountingThoseThatCameFirst) {
  crowd_[0].queue_length = 2;
  see({of(kService, 100)});
  see({of(kService, 100)});
  const auto all = book_.take(now_);
  const auto first =
      std::ranges::find(all, 10'000, [](const Listener& one) { return one.reading.port; });
  ASSERT_NE(first, all.end());
  EXPECT_EQ(first->reading.samples_with_queue, 2u);
}

TEST_F(FullBook, IsSharedOutAmongPeople) {
  std::vector<ListenerSocket> others;
  for (std::uint64_t i = 0; i < ListenerBook::kMostAddresses; ++i)
    others.push_back(of(kOtherPerson, 30'000 + i));
  for (int i = 0; i < 200; ++i) see(others);
  EXPECT_NEAR(static_cast<double>(watched_of(kPerson)), ListenerBook::kMostAddresses / 2., 1);
  EXPECT_NEAR(static_cast<double>(watched_of(kOtherPerson)), ListenerBook::kMostAddresses / 2., 1);
}

TEST_F(FullBook, APersonTakesNoRoomFromServices) {
  Book::book_ = {};
  crowd_.clear();
  for (std::uint64_t i = 0; i < ListenerBook::kMostAddresses; ++i)
    crowd_.push_back(of(static_cast<uid_t>(i % 999 + 1), 10'000 + i));
  see({});
  see({of(kPerson, 100)});
  see({of(kPerson, 100), of(kPerson, 101)});
  EXPECT_LE(watched_of(kPerson), 2u) << "but one for those that have several";
}

}  // namespace
}  // namespace tierwatch
