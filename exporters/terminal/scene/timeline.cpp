// SPDX-License-Identifier: MIT
#include "exporters/terminal/scene/timeline.h"

#include <algorithm>

namespace tierwatch {
namespace {

constexpr std::size_t kMostMarks = 500;

StripState strip_state(VerdictState state) {
  switch (state) {
    case VerdictState::kSaturated:
      return StripState::kFull;
    case VerdictState::kClear:
      return StripState::kClear;
    default:
      return StripState::kUnknown;
  }
}

}  // namespace

void Timeline::add(const Snapshot& snapshot) {
  if (snapshot.interval <= nanoseconds{}) return;
  add_verdict_tick(spans, stretch_of(snapshot));
  const WallMoment oldest = snapshot.at.wall - kLength;
  while (!spans.empty() && spans.front().end < oldest) spans.pop_front();
  std::erase_if(marks, [&](const TimedNote& mark) { return mark.at < oldest; });
}

void Timeline::recall(Timeline older) {
  const WallMoment known = spans.empty() ? WallMoment::max() : spans.front().begin;
  while (!older.spans.empty() && older.spans.back().begin >= known) older.spans.pop_back();
  if (!older.spans.empty()) older.spans.back().end = std::min(older.spans.back().end, known);
  spans.insert(spans.begin(), older.spans.begin(), older.spans.end());
  for (TimedNote& mark : older.marks)
    if (std::ranges::find(marks, mark) == marks.end()) marks.push_back(std::move(mark));
  std::ranges::stable_sort(marks, {}, &TimedNote::at);
  if (marks.size() > kMostMarks) marks.erase(marks.begin(), marks.end() - kMostMarks);
}

std::vector<StripPiece> strip_pieces(const Timeline& timeline, WallMoment begin,
                                     std::chrono::nanoseconds length, std::size_t pieces) {
  std::vector<StripPiece> strip(pieces);
  if (pieces == 0 || length.count() <= 0) return strip;
  const auto piece_at = [&](WallMoment at) {
    const double share = static_cast<double>((at - begin).count()) /
                         static_cast<double>(length.count()) * static_cast<double>(pieces);
    return static_cast<long>(share);
  };
  const auto last = static_cast<long>(pieces) - 1;
  for (const VerdictStretch& span : timeline.spans) {
    if (span.end <= begin || span.begin >= begin + length) continue;
    const long from = std::clamp(piece_at(std::max(span.begin, begin)), 0L, last);
    const long to = std::clamp(piece_at(std::min(span.end, begin + length)), 0L, last);
    for (long i = from; i <= to; ++i) {
      StripPiece& piece = strip[static_cast<std::size_t>(i)];
      piece.state = std::max(piece.state, strip_state(span.state));
    }
  }
  for (const TimedNote& mark : timeline.marks)
    if (mark.at >= begin && mark.at <= begin + length)
      strip[static_cast<std::size_t>(std::clamp(piece_at(mark.at), 0L, last))].mark = true;
  return strip;
}

}  // namespace tierwatch
