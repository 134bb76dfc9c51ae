// SPDX-License-Identifier: MIT
#include "daemon/feeds/remote_feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "collectors/parse/proc_fs.h"
#include "exporters/http/http_server.h"
#include "exporters/http/routes.h"
#include "exporters/latest_snapshot.h"
#include "tests/support/sample_snapshots.h"
#include "tests/support/temporary_folder.h"

namespace tierwatch {
namespace {

using ::testing::HasSubstr;

class RemoteFeedTest : public ::testing::Test {
 protected:
  void set(Snapshot snapshot) {
    latest_.set(std::make_shared<const Snapshot>(std::move(snapshot)));
  }

  LatestSnapshot latest_;
  ServiceState state_;
  RecentHistory recent_;
  HttpServer server_{{.listen_addresses = {"127.0.0.1:0"}},
                     make_routes(latest_, state_, recent_, [] { return nanoseconds{}; })};
  std::string url_ = "http://" + server_.bound_addresses().front();
  std::unique_ptr<TopFeed> feed_ = make_remote_feed({.url = url_});
};

TEST_F(RemoteFeedTest, BeforeTheFirstSampleItSaysSo) {
  const FeedNews news = feed_->sample();
  EXPECT_FALSE(news.snapshot);
  EXPECT_EQ(news.trouble, "the daemon has no sample yet");
}

TEST_F(RemoteFeedTest, NobodyThereIsToldFromSomebodyWhoDoesNotAnswerWell) {
  EXPECT_FALSE(feed_->sample().nobody_there) << "it has no sample yet";
  EXPECT_TRUE(make_remote_feed({.unix_socket = "/nowhere/at/all.sock"})->sample().nobody_there);
  const TemporaryFolder folder;
  const auto left = folder / "left.sock";  // of a daemon that was killed
  {
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    left.string().copy(address.sun_path, sizeof address.sun_path - 1);
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    ASSERT_EQ(bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  EXPECT_TRUE(make_remote_feed({.unix_socket = left.string()})->sample().nobody_there);
}

TEST_F(RemoteFeedTest, ASnapshotIsToldOnce) {
  set(rich_snapshot());
  const FeedNews first = feed_->sample();
  ASSERT_TRUE(first.snapshot) << first.trouble;
  EXPECT_EQ(first.snapshot->processes.size(), rich_snapshot().processes.size());
  EXPECT_EQ(first.snapshot->verdict, rich_snapshot().verdict);
  EXPECT_FALSE(feed_->sample().snapshot);
  Snapshot next = rich_snapshot();
  ++next.sequence;
  set(next);
  EXPECT_TRUE(feed_->sample().snapshot);
}

TEST_F(RemoteFeedTest, ARestartedDaemonIsNewThoughItCountsFromOne) {
  set(rich_snapshot());
  feed_->sample();
  Snapshot restarted = rich_snapshot();
  restarted.at.monotonic += std::chrono::seconds(9);
  set(restarted);
  EXPECT_TRUE(feed_->sample().snapshot);
}

TEST_F(RemoteFeedTest, TheHourBeforeComesOnceWhenItIsWanted) {
  Snapshot before = rich_snapshot();
  before.at.wall -= std::chrono::minutes(5);
  recent_.add(before);
  recent_.add(TimedNote{.at = before.at.wall, .text = "deploy"});
  set(rich_snapshot());
  EXPECT_FALSE(feed_->sample().around) << "a verdict alone needs none";
  feed_->want_past();
  const auto around = feed_->sample().around;
  ASSERT_TRUE(around);
  ASSERT_EQ(around->spans.size(), 1u);
  const VerdictStretch expected = stretch_of(before);
  EXPECT_EQ(around->spans[0].state, expected.state);
  EXPECT_EQ(around->spans[0].named, expected.named);
  EXPECT_NEAR(std::chrono::duration<double>(around->spans[0].end - expected.end).count(), 0, 1e-5);
  ASSERT_EQ(around->marks.size(), 1u);
  EXPECT_EQ(around->marks[0].text, "deploy");
  EXPECT_FALSE(feed_->sample().around);
}

TEST_F(RemoteFeedTest, ThreadsComeForTheProcessThatIsLookedAt) {
  set(rich_snapshot());
  const ProcessReading wanted = rich_snapshot().processes.back().reading;
  feed_->look_at(wanted.id.pid);
  const FeedNews news = feed_->sample();
  ASSERT_TRUE(news.snapshot);
  EXPECT_EQ(news.snapshot->processes.back().reading, wanted);
}

TEST(RemoteFeed, WhatIsNoDaemonIsToldFromOneThatDoesNotAnswer) {
  EXPECT_THAT(make_remote_feed({.unix_socket = "/tmp/tierwatch/none"})->sample().trouble,
              HasSubstr("no answer: "));
  const HttpServer other({.listen_addresses = {"127.0.0.1:0"}},
                         {{"/api/v1/snapshot", [](const HttpRequest&) {
                             return HttpResponse{.body = "<html>hello</html>"};
                           }}});
  const auto feed = make_remote_feed({.url = "http://" + other.bound_addresses().front()});
  EXPECT_THAT(feed->sample().trouble, HasSubstr("no snapshot came: snapshot: not JSON"));
}

TEST(RemoteFeed, APasswordIsNotShown) {
  const auto feed = make_remote_feed({.url = "https://me:secret@web1:9718"});
  EXPECT_EQ(feed->source(), "attached to https://web1:9718");
  EXPECT_FALSE(feed->local());
}

/// bcrypt of cost 4 of "secret".
constexpr const char* kSecret = "$2b$04$7EIwwdMRdAdDMCv.voHMiO6DrsRMAwzoh8/iYvnFDWGq3H0lfhVf2";

TEST(RemoteFeed, ADaemonWithUsersIsAskedWithThePassword) {
  LatestSnapshot latest;
  const ServiceState state;
  const RecentHistory recent;
  latest.set(std::make_shared<const Snapshot>(rich_snapshot()));
  const HttpServer server({.listen_addresses = {"127.0.0.1:0"}, .users = {{"me@home", kSecret}}},
                          make_routes(latest, state, recent, [] { return nanoseconds{}; }));
  RemoteOptions remote{.url = "http://me%40home@" + server.bound_addresses().front()};
  EXPECT_TRUE(wants_password(remote));
  EXPECT_THAT(make_remote_feed(remote)->sample().trouble, HasSubstr("TIERWATCH_PASSWORD"));
  remote.password = "wrong";
  EXPECT_EQ(make_remote_feed(remote)->sample().trouble, "the user or the password is wrong");
  remote.password = "secret";
  EXPECT_FALSE(wants_password(remote));
  EXPECT_TRUE(make_remote_feed(remote)->sample().snapshot);
}

TEST(UserOf, IsWhatStandsBeforeTheAt) {
  EXPECT_EQ(user_of("https://me@web1:9718"), "me");
  EXPECT_EQ(user_of("https://me%40home@web1"), "me@home");
  EXPECT_EQ(user_of("https://50%@web1"), "50%");
  EXPECT_EQ(user_of("https://web1/a@b"), "");
  EXPECT_EQ(user_of("https://web1"), "");
}

TEST(UrlProblem, NamesWhatIsWrong) {
  for (const char* good : {"http://web1:9718", "https://me@[::1]:9718/"})
    EXPECT_EQ(url_problem(good), "") << good;
  for (const char* bad : {"", "web1", "ftp://web1", "http://", "http://web1/metrics", "http://a b",
                          "https://me:secret@web1"})
    EXPECT_NE(url_problem(bad), "") << bad;
}

}  // namespace
}  // namespace tierwatch
