// SPDX-License-Identifier: MIT
#include "exporters/terminal/tables/verdict_strip.h"

#include <algorithm>

#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using StripTime = WallMoment::duration;
constexpr auto kHalf = std::chrono::duration_cast<StripTime>(Timeline::kLength) / 2;
/// A recording that is shorter is shown as a whole: its timeline holds more than that to both sides
/// of any of its moments.
constexpr StripTime kShortRecording = kHalf;
constexpr StripTime kLeastStrip = std::chrono::seconds(1);

struct StripWindow {
  WallMoment begin, end;
  const char* clock = "%H:%M";  ///< how both are written
  StripTime length() const { return end - begin; }
};

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
  if (scene.feed.recorded) return shown + kHalf;
  const WallMoment newest = scene.feed.past ? scene.feed.newest : shown;
  return shown >= newest - Timeline::kLength ? std::max(newest, shown) : shown + kHalf;
}

StripWindow strip_window(const Scene& scene, int width) {
  const auto& spans = scene.timeline->spans;
  if (scene.feed.recorded && !spans.empty()) {
    const WallMoment begin = spans.front().begin, end = spans.back().end;
    if (end - begin < kShortRecording)
      return {begin, std::max(end, begin + kLeastStrip), "%H:%M:%S"};
  }
  // Cells begin at fixed times of day: what is over looks the same a second later.
  const StripTime cell = std::chrono::duration_cast<StripTime>(Timeline::kLength) / width;
  const StripTime since = strip_end(scene).time_since_epoch();
  const WallMoment end(since - since % cell + cell);
  return {.begin = end - cell * width, .end = end};
}

}  // namespace

void draw_verdict_strip(Frame& frame, const Area& area, const Scene& scene) {
  if (area.height < 1 || !scene.timeline || !scene.snapshot) return;
  constexpr int kLabels = 2 * (5 + 2);  // "13:02", and a blank to both sides
  if (area.width <= kLabels) return;
  const StripWindow window = strip_window(scene, area.width - kLabels);
  const std::string first = local_time(window.begin, window.clock);
  const int label = static_cast<int>(first.size()), width = area.width - 2 * (label + 2);
  if (width < 1) return;
  const bool now =
      !scene.feed.recorded && (!scene.feed.past || strip_end(scene) == scene.feed.newest);
  frame.put(area.x + 1, area.y, first, Ink::kDim, label);
  const int x = area.x + label + 2;
  const auto pieces =
      strip_pieces(*scene.timeline, window.begin, window.length(), static_cast<std::size_t>(width));
  for (int i = 0; i < width; ++i) {
    const StripPiece& piece = pieces[static_cast<std::size_t>(i)];
    const Shape shape = shape_of(piece);
    frame.repeat(
        x + i, area.y, piece.mark ? U'▲' : shape.glyph, 1,
        piece.mark ? (piece.state == StripState::kFull ? Ink::kHot : Ink::kStrong) : shape.ink);
  }
  if (scene.feed.past || scene.feed.recorded) {
    const double share = std::chrono::duration<double>(scene.snapshot->at.wall - window.begin) /
                         std::chrono::duration<double>(window.length());
    const int at = std::clamp(static_cast<int>(share * width), 0, width - 1);
    frame.paint({x + at, area.y, 1, 1}, Ink::kBandWarm);
    frame.repeat(x + at, area.y, U'│', 1, Ink::kBandWarm);
  }
  frame.put(x + width + 1, area.y, now ? "now" : local_time(window.end, window.clock), Ink::kDim,
            label);
}

}  // namespace tierwatch
