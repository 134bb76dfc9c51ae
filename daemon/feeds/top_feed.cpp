// SPDX-License-Identifier: MIT
#include "daemon/feeds/top_feed.h"

#include "daemon/feeds/local_feed.h"

namespace tierwatch {
namespace {

/// Less often than the daemon, which exports integrals over time: a picture a second needs no more.
constexpr nanoseconds kQueueInterval = std::chrono::milliseconds(250);

class LocalTopFeed : public TopFeed {
 public:
  LocalTopFeed(Config config, const std::string& why)
      : feed_(std::move(config)), source_("sampling by itself" + (why.empty() ? "" : ": " + why)) {}

  FeedNews sample() override {
    SnapshotPtr snapshot = feed_.sample(0);
    const nanoseconds taken_at = snapshot->at.monotonic;
    return {.snapshot = std::move(snapshot), .taken_at = taken_at};
  }
  std::optional<nanoseconds> between_interval() const override { return kQueueInterval; }
  void between() override { feed_.sample_queues(); }
  std::string source() const override { return source_; }
  bool local() const override { return true; }

 private:
  LocalFeed feed_;
  std::string source_;
};

}  // namespace

ProcessSource source_for(ProcessSource configured, Stay stay) {
  const bool open = configured == ProcessSource::kAuto && stay == Stay::kShort;
  return open ? ProcessSource::kProc : configured;
}

std::unique_ptr<TopFeed> make_local_feed(Config config, const std::string& why) {
  return std::make_unique<LocalTopFeed>(std::move(config), why);
}

}  // namespace tierwatch
