// SPDX-License-Identifier: MIT
#include "exporters/otlp/otlp_pusher.h"

#include <gmock/gmock.h>

#include <atomic>

#include "exporters/http/http_text.h"
#include "tests/exporters/otlp/push_receiver.h"
#include "tests/support/sample_snapshots.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

SnapshotPtr sample(int number) {
  Snapshot snapshot = rich_snapshot();
  snapshot.at.wall += seconds(number);
  snapshot.at.monotonic += seconds(number);
  return std::make_shared<const Snapshot>(std::move(snapshot));
}

/// The time of a request's samples: how many seconds after the first.
int number_of(const std::string& body) {
  const auto at = body.find("\"timeUnixNano\":\"17000");
  return at == std::string::npos ? -1 : std::stoi(body.substr(at + 21, 5));
}

class OtlpPush : public ::testing::Test {
 protected:
  OtlpPushOptions options(const std::string& url) {
    return {.url = url, .interval = milliseconds(1000), .first_wait = milliseconds(1)};
  }
  OtlpPusher::Tell tell() {
    return [this](const std::string& line) {
      const std::lock_guard lock(mutex_);
      said_.push_back(line);
    };
  }
  std::vector<std::string> said() {
    const std::lock_guard lock(mutex_);
    return said_;
  }
  /// Until the state says so; a test that waits for ever is ended by CTest.
  void until(const std::function<bool(const PushStanding&)>& holds) {
    while (!holds(state_.pushed().value())) std::this_thread::sleep_for(milliseconds(1));
  }

  ServiceState state_;
  std::mutex mutex_;
  std::vector<std::string> said_;
};

TEST_F(OtlpPush, WhatIsDueIsPushedCompressedWithItsHeaders) {
  PushReceiver receiver({200});
  auto wanted = options(receiver.url());
  wanted.headers = {{"Authorization", "Bearer x"}};
  OtlpPusher pusher(wanted, state_, tell());
  pusher.add(sample(0));
  until([](const auto& now) { return now.sent == 1; });
  const auto got = receiver.requests();
  ASSERT_THAT(got, SizeIs(1));
  EXPECT_THAT(got[0].head, AllOf(HasSubstr("POST /v1/metrics HTTP/1.1\r\n"),
                                 HasSubstr("Content-Type: application/json\r\n"),
                                 HasSubstr("Content-Encoding: gzip\r\n"),
                                 HasSubstr("Authorization: Bearer x\r\n")));
  EXPECT_EQ(number_of(from_gzip(got[0].body)), 0);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(OtlpPush, SamplesBetweenTheIntervalsAreNotPushed) {
  PushReceiver receiver({200});
  auto wanted = options(receiver.url());
  wanted.interval = milliseconds(10'000);
  OtlpPusher pusher(wanted, state_, tell());
  for (int i = 0; i <= 20; ++i) {
    pusher.add(sample(i));
    until([i](const auto& now) { return now.sent == static_cast<unsigned>(1 + i / 10); });
  }
  std::vector<int> numbers;
  for (const auto& request : receiver.requests())
    numbers.push_back(number_of(from_gzip(request.body)));
  EXPECT_EQ(numbers, (std::vector{0, 10, 20}));
}

TEST_F(OtlpPush, WithoutCompressionTheBodyIsTheJsonItself) {
  PushReceiver receiver({200});
  auto wanted = options(receiver.url());
  wanted.gzip = false;
  OtlpPusher pusher(wanted, state_, tell());
  pusher.add(sample(0));
  until([](const auto& now) { return now.sent == 1; });
  EXPECT_THAT(receiver.requests().at(0).head, Not(HasSubstr("Content-Encoding")));
  EXPECT_EQ(number_of(receiver.requests().at(0).body), 0);
}

TEST_F(OtlpPush, AReceiverThatIsAwayGetsAllInTheirOrderLater) {
  PushReceiver receiver({503, 503, 429, 200});
  OtlpPusher pusher(options(receiver.url()), state_, tell());
  for (int i = 0; i < 5; ++i) {
    const auto before = state_.pushed()->queued_bytes;
    pusher.add(sample(i));
    until([before](const auto& now) { return now.sent > 0 || now.queued_bytes > before; });
  }
  until([](const auto& now) { return now.sent == 5; });
  std::vector<int> numbers;
  for (const auto& request : receiver.requests())
    if (request.status == 200) numbers.push_back(number_of(from_gzip(request.body)));
  EXPECT_EQ(numbers, (std::vector{0, 1, 2, 3, 4}));
  EXPECT_EQ(state_.pushed()->failed_attempts, 3u);
  EXPECT_EQ(state_.pushed()->queued_bytes, 0u);
  ASSERT_THAT(said(), SizeIs(2));
  EXPECT_THAT(said()[0], HasSubstr("cannot push samples to http://127.0.0.1"));
  EXPECT_THAT(said()[1], HasSubstr("again"));
}

TEST_F(OtlpPush, WhatIsRefusedIsDroppedAndSaidOnce) {
  PushReceiver receiver({400, 400, 200});
  OtlpPusher pusher(options(receiver.url()), state_, tell());
  for (unsigned i = 0; i < 3; ++i) {
    pusher.add(sample(static_cast<int>(i)));
    until([i](const auto& now) { return now.sent + now.dropped == i + 1; });
  }
  EXPECT_EQ(state_.pushed()->dropped, 2u);
  ASSERT_THAT(said(), SizeIs(2));
  EXPECT_THAT(said()[0], HasSubstr("refuses the samples: status 400 (no)"));
}

TEST_F(OtlpPush, BeyondTheBoundTheOldestGoes) {
  PushReceiver receiver({503});
  auto wanted = options(receiver.url());
  wanted.first_wait = seconds(60);
  wanted.queued_bytes = 20'000;
  OtlpPusher pusher(wanted, state_, tell());
  for (int i = 0; i < 20; ++i) {
    const PushStanding before = *state_.pushed();
    pusher.add(sample(i));
    until([&](const auto& now) {
      return now.queued_bytes != before.queued_bytes || now.dropped != before.dropped;
    });
    EXPECT_LE(state_.pushed()->queued_bytes, 20'000u);
  }
  EXPECT_GT(state_.pushed()->dropped, 0u);
}

/// At the shortest interval that is allowed.
TEST_F(OtlpPush, AnHourOfOutageFitsIntoTheQueue) {
  PushReceiver receiver({503});
  auto wanted = options(receiver.url());
  wanted.first_wait = seconds(60);
  state_.choose_metrics({.detail = true, .old_names = true});
  OtlpPusher pusher(wanted, state_, tell());
  pusher.add(sample(0));
  until([](const auto& now) { return now.queued_bytes > 0; });
  EXPECT_LT(state_.pushed()->queued_bytes * 3600 / 5, wanted.queued_bytes);
}

TEST_F(OtlpPush, AReceiverThatNeverAnswersHoldsUpNothing) {
  PushReceiver receiver({0});
  auto wanted = options(receiver.url());
  wanted.interval = wanted.timeout = seconds(100);
  std::optional<OtlpPusher> pusher(std::in_place, wanted, state_, tell());
  pusher->add(sample(0));
  receiver.wait_for_request();
  const auto began = std::chrono::steady_clock::now();
  pusher.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - began, seconds(20));
  EXPECT_FALSE(state_.pushed()) << "nothing is pushed any more";
}

TEST(PushOutcome, IsWhatTheSpecificationSays) {
  for (const int status : {200, 202}) EXPECT_EQ(push_outcome(status), PushOutcome::kTaken);
  for (const int status : {0, 429, 502, 503, 504})
    EXPECT_EQ(push_outcome(status), PushOutcome::kLater);
  for (const int status : {301, 400, 401, 404, 413, 500})
    EXPECT_EQ(push_outcome(status), PushOutcome::kRefused);
}

}  // namespace
}  // namespace tierwatch
