// SPDX-License-Identifier: MIT
#include "daemon/feeds/replay_feed.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "collectors/seconds.h"
#include "collectors/text/plain_words.h"
#include "daemon/feeds/recorded_past.h"
#include "daemon/service/clock.h"
#include "exporters/recording/recorded_snapshot.h"
#include "exporters/recording/recording_reader.h"

namespace tierwatch {
namespace {

using WallTime = std::chrono::system_clock::time_point;

constexpr auto kMinute = std::chrono::minutes(1);
/// Longer stretches without a sample are not waited out.
constexpr auto kLongestWait = std::chrono::seconds(5);

class ReplayFeed : public TopFeed {
 public:
  ReplayFeed(const std::filesystem::path& file, ReplayPace pace)
      : name_(file.filename().string()),
        pace_(pace),
        reader_(file),
        past_(file),
        ticks_(reader_.ticks()),
        first_seen_(reader_.first_seen()) {
    if (ticks_.empty()) throw RecordingError(file.string() + ": nothing was recorded in it");
    for (const SessionRow& session : reader_.sessions()) sessions_[session.session] = session;
    interval_ = duration_of(sessions_.empty() ? 1.0 : sessions_.begin()->second.interval_seconds);
    played_to_ = ticks_.front().second;
  }

  FeedNews sample() override {
    const std::lock_guard lock(mutex_);
    try {
      std::string remark;
      for (const TimeMove& move : std::exchange(moves_, {})) {
        remark = remark_of(move);
        if (const auto index = index_of(move)) go_to(*index);
      }
      FeedNews news = remark.empty() ? next() : show();
      if (!remark.empty()) news.moment += " · " + remark;
      return news;
    } catch (const RecordingError& error) {
      return {.trouble = error.what()};
    }
  }

  std::string source() const override { return "recording " + name_; }
  bool local() const override { return false; }
  bool recorded() const override { return true; }
  nanoseconds interval(nanoseconds, const Snapshot*) const override { return interval_; }

  void play_or_stop() override {
    const std::lock_guard lock(mutex_);
    playing_ = !playing_;
    played_at_ = monotonic_now();
  }

  void move(const TimeMove& move) override {
    const std::lock_guard lock(mutex_);
    playing_ = false;  // whoever steps wants to look
    moves_.push_back(move);
  }

 private:
  void go_to(std::size_t index) {
    at_ = std::min(index, ticks_.size() - 1);
    played_to_ = ticks_[at_].second;
    played_at_ = monotonic_now();
  }

  std::optional<std::size_t> index_from(const std::optional<WallTime>& moment) const {
    if (!moment) return std::nullopt;
    const std::size_t index = index_at(*moment);
    return ticks_[index].second < *moment ? index + 1 : index;
  }

  /// That a moment is not in the recording: its nearest end is shown.
  std::string remark_of(const TimeMove& move) const {
    if (move.step != TimeStep::kTo) return "";
    if (move.to < ticks_.front().second) return "nothing older was recorded";
    return move.to > ticks_.back().second + kMinute ? "nothing later was recorded" : "";
  }

  /// Where a move leads; absent: nowhere.
  std::optional<std::size_t> index_of(const TimeMove& move) {
    switch (move.step) {
      case TimeStep::kEarlier:
        return at_ > 0 ? at_ - 1 : 0;
      case TimeStep::kLater:
        return at_ + 1;
      case TimeStep::kMinuteEarlier:
        return index_at(ticks_[at_].second - kMinute);
      case TimeStep::kMinuteLater:
        return index_at(ticks_[at_].second + kMinute);
      case TimeStep::kChangeEarlier:
        return index_from(past_.change_before(ticks_[at_].second));
      case TimeStep::kChangeLater:
        return index_from(past_.change_after(ticks_[at_].second));
      case TimeStep::kTo:
        return index_at(move.to);
      case TimeStep::kNewest:
        return ticks_.size() - 1;
    }
    return std::nullopt;
  }

  /// The last tick at or before a time of day. The clock may have been set back in between: it is
  /// looked for on the near side of where we are.
  std::size_t index_at(WallTime time) const {
    std::size_t index = at_;
    while (index > 0 && ticks_[index].second > time) --index;
    while (index + 1 < ticks_.size() && ticks_[index + 1].second <= time) ++index;
    return index;
  }

  FeedNews next() {
    if (pace_ == ReplayPace::kEverySample) {
      if (shown_ && at_ + 1 >= ticks_.size()) return {};
      if (shown_) ++at_;
    } else if (playing_) {
      play();
    }
    if (shown_ && *shown_ == at_) return {};
    return show();
  }

  void play() {
    const nanoseconds now = monotonic_now();
    if (!shown_) played_at_ = now;
    played_to_ += std::chrono::duration_cast<WallTime::duration>(now - played_at_);
    played_at_ = now;
    if (at_ + 1 < ticks_.size()) {
      const auto gap = ticks_[at_ + 1].second - ticks_[at_].second;
      // Also when the clock was set back: the next one is simply the next.
      if (gap > kLongestWait || gap < WallTime::duration{}) return go_to(at_ + 1);
    }
    at_ = index_at(played_to_);
  }

  FeedNews show() {
    const auto tick = reader_.tick(ticks_[at_].first);
    const bool back = shown_ && at_ < *shown_;
    shown_ = at_;
    if (!tick) return {.trouble = "this sample is no longer in the recording"};
    RecordedSurroundings around{.notes = reader_.notes(tick->tick.session)};
    if (const auto session = sessions_.find(tick->tick.session); session != sessions_.end())
      around.hostname = session->second.hostname;
    for (const auto& [tier, first] : first_seen_)
      if (first <= tick->tick.tick) around.seen_tiers.insert(tier);
    return {.snapshot = std::make_shared<const Snapshot>(snapshot_of(*tick, std::move(around))),
            .taken_at = monotonic_now(),
            .moment = local_time(ticks_[at_].second) + " · " + std::to_string(at_ + 1) + " of " +
                      std::to_string(ticks_.size()),
            .back = back,
            .sparse = true,
            .around = past_.moved_to(ticks_[at_].second)};
  }

  const std::string name_;
  const ReplayPace pace_;
  RecordingReader reader_;
  RecordedPast past_;  ///< the same file
  std::vector<std::pair<std::int64_t, WallTime>> ticks_;
  std::map<std::string, std::int64_t> first_seen_;
  std::map<std::int64_t, SessionRow> sessions_;
  nanoseconds interval_{};

  std::mutex mutex_;  ///< of all below
  std::vector<TimeMove> moves_;
  std::size_t at_ = 0;
  std::optional<std::size_t> shown_;
  bool playing_ = true;
  WallTime played_to_;       ///< how far the recorded clock has come
  nanoseconds played_at_{};  ///< when it had, by ours
};

}  // namespace

std::unique_ptr<TopFeed> make_replay_feed(const std::filesystem::path& file, ReplayPace pace) {
  return std::make_unique<ReplayFeed>(file, pace);
}

}  // namespace tierwatch
