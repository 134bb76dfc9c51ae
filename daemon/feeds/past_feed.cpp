// SPDX-License-Identifier: MIT
#include "daemon/feeds/past_feed.h"

#include <algorithm>
#include <mutex>
#include <utility>

#include "collectors/text/plain_words.h"
#include "daemon/feeds/recorded_past.h"
#include "daemon/service/clock.h"

namespace tierwatch {
namespace {

constexpr auto kLongStep = std::chrono::minutes(1);
constexpr const char* kFormat = "%a %d %b %H:%M:%S";
/// Later than all that is known, with room to add to.
constexpr WallMoment kNow = WallMoment::max() - std::chrono::hours(1);

/// A moment that can be shown: of the memory, or of the history.
struct Place {
  WallMoment at;
  SnapshotPtr snapshot;
  RecordedMoment recorded;
};

using MaybePlace = std::optional<Place>;

MaybePlace place_of(const SnapshotPtr& snapshot) {
  if (!snapshot) return std::nullopt;
  return Place{.at = snapshot->at.wall, .snapshot = snapshot, .recorded = {}};
}

MaybePlace place_of(const std::optional<RecordedMoment>& recorded) {
  if (!recorded) return std::nullopt;
  return Place{.at = recorded->second, .snapshot = nullptr, .recorded = *recorded};
}

class MemoryAndHistory : public PastFeed {
 public:
  MemoryAndHistory(const SnapshotMemory& memory, std::optional<std::filesystem::path> history)
      : memory_(memory), file_(std::move(history)) {}

  void begin_at(WallMoment shown) override {
    const std::lock_guard lock(mutex_);
    begin_ = shown;
    // A mark may have come since the newest sample: it is before now, and after what is shown.
    begin_anchor_ = memory_.after(shown) ? shown : kNow;
    moves_.clear();
  }
  void move(const TimeMove& move) override {
    const std::lock_guard lock(mutex_);
    moves_.push_back(move);
  }

  FeedNews sample() override {
    std::vector<TimeMove> moves;
    {
      const std::lock_guard lock(mutex_);
      moves.swap(moves_);
      if (begin_) {
        shown_ = *begin_;
        anchor_ = begin_anchor_;
      }
      begin_.reset();
    }
    open();
    try {
      return moves.empty() ? lately() : after(moves);
    } catch (const RecordingError& error) {
      history_.reset();
      return {.trouble = error.what()};
    }
  }

  std::string source() const override { return "the past"; }
  bool local() const override { return true; }

 private:
  /// The daemon may begin one later: tried again each time.
  void open() {
    if (history_ || !file_) return;
    try {
      history_.emplace(*file_);
      problem_.clear();
    } catch (const RecordingError& error) {
      problem_ = error.what();
    }
  }

  /// What the strip begins with, then the marks that have come since.
  FeedNews lately() {
    if (!history_) return {};
    const auto newest = history_->until(WallMoment::max());
    if (!newest) return {};
    const WallMoment from = newest->second - Timeline::kLength;
    if (std::exchange(recalled_, true)) {
      Timeline fresh{.spans = {}, .marks = history_->marks(from, WallMoment::max())};
      return {.around = std::move(fresh)};
    }
    return {.around = history_->timeline(from, WallMoment::max())};
  }

  FeedNews after(const std::vector<TimeMove>& moves) {
    MaybePlace place;
    std::string remark;
    for (const TimeMove& move : moves) {
      remark.clear();
      const MaybePlace next = go(move, remark);
      if (now_) return {.now = true};
      if (!next) continue;
      place = next;
      shown_ = place->at;
      if (move.step != TimeStep::kChangeEarlier && move.step != TimeStep::kChangeLater)
        anchor_ = shown_;
    }
    // Nothing to go to: what is shown stays, and is said to be the end.
    if (!place) place = until(shown_);
    if (!place) place = oldest();
    if (!place) return {.trouble = "no past is known yet"};
    return show(*place, std::move(remark));
  }

  FeedNews show(const Place& place, std::string remark) {
    FeedNews news{.snapshot = place.snapshot, .taken_at = monotonic_now()};
    news.sparse = !place.snapshot;
    if (news.sparse) news.snapshot = history_->snapshot(place.recorded);
    if (!news.snapshot) return {.trouble = "this sample is no longer in the history"};
    news.moment = local_time(place.at, kFormat);
    if (const auto mark = history_ ? history_->mark_at(anchor_) : std::nullopt)
      news.moment += " · mark: " + *mark;
    news.trouble = std::move(remark);
    if (news.sparse) news.around = history_->moved_to(place.at);
    return news;
  }

  /// Absent: there is nothing of it, which the remark says, or now, which now_ does.
  MaybePlace go(const TimeMove& move, std::string& remark) {
    now_ = false;
    MaybePlace place;
    switch (move.step) {
      case TimeStep::kEarlier:
        place = before(shown_);
        break;
      case TimeStep::kMinuteEarlier:
        place = until(shown_ - kLongStep);
        if (!place) place = before(shown_) ? oldest() : std::nullopt;
        break;
      case TimeStep::kLater:
        return later(shown_);
      case TimeStep::kMinuteLater:
        return minute_later();
      case TimeStep::kChangeEarlier:
        return change(change_before(anchor_), "no earlier change or mark is known", remark);
      case TimeStep::kChangeLater:
        return change(change_after(anchor_), "no later change or mark is known", remark);
      case TimeStep::kTo:
        return to(move.to, remark);
      case TimeStep::kNewest:
        now_ = true;
        return std::nullopt;
    }
    if (!place) remark = oldest_words();
    return place;
  }

  std::string oldest_words() const {
    return "nothing older is known" + (problem_.empty() ? "" : ": " + problem_);
  }

  MaybePlace change(std::optional<WallMoment> moment, const char* none, std::string& remark) {
    if (!moment) remark = none;
    if (!moment) return std::nullopt;
    anchor_ = *moment;
    return from(*moment);
  }

  MaybePlace to(WallMoment moment, std::string& remark) {
    const SnapshotPtr newest = memory_.until(WallMoment::max());
    now_ = newest && moment > newest->at.wall;
    if (now_) return std::nullopt;
    MaybePlace place = until(moment);
    if (!place) {
      remark = oldest_words();
      return oldest();
    }
    if (moment - place->at > kLongStep)
      remark = "of " + local_time(moment, kFormat) + " nothing is known; this is the last before";
    return place;
  }

  MaybePlace later(WallMoment moment) {
    MaybePlace place = after(moment);
    now_ = !place;
    return place;
  }

  MaybePlace minute_later() {
    const WallMoment wanted = shown_ + kLongStep;
    const SnapshotPtr newest = memory_.until(WallMoment::max());
    now_ = !newest || wanted > newest->at.wall;
    if (now_) return std::nullopt;
    MaybePlace place = until(wanted);
    return place && place->at > shown_ ? place : later(shown_);  // a gap is jumped over
  }

  MaybePlace until(WallMoment moment) {
    if (const MaybePlace place = place_of(memory_.until(moment))) return place;
    return history_ ? place_of(history_->until(moment)) : std::nullopt;
  }

  MaybePlace before(WallMoment moment) {
    if (const MaybePlace place = place_of(memory_.before(moment))) return place;
    return history_ ? place_of(history_->before(moment)) : std::nullopt;
  }

  /// Where memory begins, history ends.
  MaybePlace after(WallMoment moment) {
    const SnapshotPtr oldest = memory_.oldest();
    if (history_ && (!oldest || moment < oldest->at.wall)) {
      const MaybePlace place = place_of(history_->after(moment));
      if (place && (!oldest || place->at < oldest->at.wall - RecordedPast::kBesides)) return place;
    }
    return place_of(memory_.after(moment));
  }

  MaybePlace from(WallMoment moment) { return after(moment - RecordedPast::kBesides); }

  MaybePlace oldest() {
    if (history_)
      if (const MaybePlace place = place_of(history_->oldest())) return place;
    return place_of(memory_.oldest());
  }

  /// Up to where the history tells of changes, and marks: memory does of those after that.
  WallMoment history_end() {
    const auto end = history_ ? history_->until(WallMoment::max()) : std::nullopt;
    return end ? end->second : WallMoment::min();
  }

  std::optional<WallMoment> change_before(WallMoment moment) {
    const auto theirs = history_ ? history_->change_before(moment) : std::nullopt;
    const SnapshotPtr mine = memory_.change_before(moment);
    if (!mine || mine->at.wall <= history_end()) return theirs;
    return std::max(theirs, std::optional(mine->at.wall));  // absent is the least
  }

  std::optional<WallMoment> change_after(WallMoment moment) {
    const auto theirs = history_ ? history_->change_after(moment) : std::nullopt;
    const SnapshotPtr mine = memory_.change_after(std::max(moment, history_end()));
    if (!mine) return theirs;
    return theirs ? std::min(*theirs, mine->at.wall) : mine->at.wall;
  }

  const SnapshotMemory& memory_;
  const std::optional<std::filesystem::path> file_;
  std::optional<RecordedPast> history_;
  std::string problem_;  ///< why there is no history
  bool recalled_ = false;
  bool now_ = false;           ///< the last move led to it
  WallMoment shown_, anchor_;  ///< the sample, and the change or mark that was jumped to

  std::mutex mutex_;  ///< of all below
  std::optional<WallMoment> begin_;
  WallMoment begin_anchor_;
  std::vector<TimeMove> moves_;
};

}  // namespace

std::unique_ptr<PastFeed> make_past_feed(const SnapshotMemory& memory,
                                         std::optional<std::filesystem::path> history) {
  return std::make_unique<MemoryAndHistory>(memory, std::move(history));
}

}  // namespace tierwatch
