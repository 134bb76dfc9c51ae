// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/verdict_strip.h"

#include <algorithm>

#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr int kStripLabel = 5;  ///< "13:02", and a blank beside it
constexpr auto kHalf = std::chrono::duration_cast<WallMoment::duration>(Timeline::kLength) / 2;

struct Shape {
  char32_t glyph;
  Ink ink;
};

/// Heights, so that they are told apart without colour.
Shape shape_of(const StripPiece& piece) {
  switch (piece.state) {
    case StripState::kFull:
      return {U'█', Ink::kHot};
    case StripState::kClear:
      return {U'▁', Ink::kGood};
    case StripState::kUnknown:
      return {U'·', Ink::kDim};
    default:
      return {U' ', Ink::kPlain};
  }
}

/// The end of the hour that is shown: the newest data's, or half an hour after an older moment.
WallMoment strip_end(const Scene& scene) {
  const WallMoment shown = scene.snapshot->at.wall;
  const WallMoment newest = scene.feed.past ? scene.feed.newest : shown;
  return shown >= newest - Timeline::kLength ? std::max(newest, shown) : shown + kHalf;
}

}  // namespace

void draw_verdict_strip(Frame& frame, const Area& area, const Scene& scene) {
  if (area.height < 1 || !scene.timeline || !scene.snapshot) return;
  const WallMoment end = strip_end(scene);
  const WallMoment begin = end - Timeline::kLength;
  const bool now = !scene.feed.recorded && (!scene.feed.past || end == scene.feed.newest);
  const int width = area.width - 2 * (kStripLabel + 2);
  if (width < 1) return;
  frame.put(area.x + 1, area.y, local_time(begin, "%H:%M"), Ink::kDim, kStripLabel);
  const int x = area.x + kStripLabel + 2;
  const auto pieces =
      strip_pieces(*scene.timeline, begin, Timeline::kLength, static_cast<std::size_t>(width));
  for (int i = 0; i < width; ++i) {
    const StripPiece& piece = pieces[static_cast<std::size_t>(i)];
    const Shape shape = shape_of(piece);
    frame.repeat(
        x + i, area.y, piece.mark ? U'▲' : shape.glyph, 1,
        piece.mark ? (piece.state == StripState::kFull ? Ink::kHot : Ink::kStrong) : shape.ink);
  }
  if (scene.feed.past || scene.feed.recorded) {
    const double share = std::chrono::duration<double>(scene.snapshot->at.wall - begin) /
                         std::chrono::duration<double>(Timeline::kLength);
    const int at = std::clamp(static_cast<int>(share * width), 0, width - 1);
    frame.paint({x + at, area.y, 1, 1}, Ink::kBandWarm);
    frame.repeat(x + at, area.y, U'│', 1, Ink::kBandWarm);
  }
  frame.put(x + width + 1, area.y, now ? "now" : local_time(end, "%H:%M"), Ink::kDim, kStripLabel);
}

}  // namespace tierwatch
