// SPDX-License-Identifier: MIT
#include "daemon/feeds/recorded_past.h"

#include "exporters/recording/recorded_snapshot.h"

namespace tierwatch {
namespace {

/// A tier that had processes so many ticks ago is gone; before that it is forgotten.
constexpr std::int64_t kRemembered = 600;
/// Verdicts are read for so far to both sides of a moment, and anew once it has moved by the rest
/// of what the strip shows.
constexpr auto kAroundMoment = std::chrono::minutes(45), kMoved = std::chrono::minutes(15);

}  // namespace

std::optional<RecordedMoment> RecordedPast::until(WallMoment moment) {
  return reader_.last_tick({.from = {}, .to = moment});
}
std::optional<RecordedMoment> RecordedPast::before(WallMoment moment) {
  return until(moment - kBesides);
}
std::optional<RecordedMoment> RecordedPast::from(WallMoment moment) {
  return reader_.first_tick({.from = moment, .to = {}});
}
std::optional<RecordedMoment> RecordedPast::after(WallMoment moment) {
  return from(moment + kBesides);
}

std::optional<WallMoment> RecordedPast::change_before(WallMoment moment) {
  std::optional<WallMoment> change, mark;
  // From the tick after the moment's own: what began at it is before that, and looked at next.
  if (const auto at = from(moment)) {
    if (const auto found = reader_.change_before(at->first)) change = found->second;
  } else if (const auto last = until(moment)) {
    if (const auto found = reader_.change_before(last->first + 1)) change = found->second;
  }
  for (const RunMark& made : reader_.marks({.from = {}, .to = moment - kBesides})) mark = made.at;
  return std::max(change, mark);  // absent is the least
}

std::optional<WallMoment> RecordedPast::change_after(WallMoment moment) {
  std::optional<WallMoment> change;
  if (const auto at = until(moment))
    if (const auto found = reader_.change_after(at->first)) change = found->second;
  const auto marks = reader_.marks({.from = moment + kBesides, .to = {}});
  if (marks.empty()) return change;
  return change ? std::min(*change, marks.front().at) : marks.front().at;
}

std::optional<std::string> RecordedPast::mark_at(WallMoment moment) {
  const auto marks = reader_.marks({.from = moment - kBesides, .to = moment + kBesides});
  return marks.empty() ? std::nullopt : std::optional(marks.front().text);
}

SnapshotPtr RecordedPast::snapshot(const RecordedMoment& moment) {
  const auto tick = reader_.tick(moment.first);
  if (!tick) return nullptr;
  if (!sessions_.contains(tick->tick.session))
    for (const SessionRow& session : reader_.sessions()) sessions_[session.session] = session;
  RecordedSurroundings around{.hostname = sessions_[tick->tick.session].hostname,
                              .notes = reader_.notes(tick->tick.session),
                              .seen_tiers = reader_.lately_seen(moment.first, kRemembered)};
  for (const TierRow& tier : tick->tiers)
    if (tier.facts.processes > 0) around.seen_tiers.insert(tier.facts.name);
  return std::make_shared<const Snapshot>(snapshot_of(*tick, std::move(around)));
}

Timeline RecordedPast::timeline(WallMoment from, WallMoment to) {
  Timeline timeline;
  reader_.each_verdict({.from = from, .to = to},
                       [&](const VerdictStretch& tick) { add_verdict_tick(timeline.spans, tick); });
  timeline.marks = marks(from, to);
  return timeline;
}

std::optional<Timeline> RecordedPast::moved_to(WallMoment moment) {
  if (middle_ && std::chrono::abs(moment - *middle_) < kMoved) return std::nullopt;
  middle_ = moment;
  return timeline(moment - kAroundMoment, moment + kAroundMoment);
}

std::vector<TimedNote> RecordedPast::marks(WallMoment from, WallMoment to) {
  std::vector<TimedNote> notes;
  for (RunMark& mark : reader_.marks({.from = from, .to = to}))
    notes.push_back({.at = mark.at, .text = std::move(mark.text)});
  return notes;
}

}  // namespace tierwatch
