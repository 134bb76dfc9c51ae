// SPDX-License-Identifier: MIT
#include "exporters/verdict_stretch.h"

namespace tierwatch {
namespace {

/// Between two ticks of one stretch: a sampler that is late is no gap.
constexpr double kJoins = 0.5;  // of a tick's length

}  // namespace

VerdictStretch stretch_of(const Snapshot& snapshot) {
  using WallTime = std::chrono::system_clock::time_point;
  return {
      .begin = snapshot.at.wall - std::chrono::duration_cast<WallTime::duration>(snapshot.interval),
      .end = snapshot.at.wall,
      .state = snapshot.verdict.state,
      .named = snapshot.verdict.named()};
}

void add_verdict_tick(std::deque<VerdictStretch>& spans, const VerdictStretch& tick) {
  if (!spans.empty()) {
    VerdictStretch& last = spans.back();
    const std::chrono::duration<double> gap = tick.begin - last.end;
    const std::chrono::duration<double> bearable = (tick.end - tick.begin) * kJoins;
    if (last.state == tick.state && last.named == tick.named && gap <= bearable &&
        tick.end >= last.end) {
      last.end = tick.end;
      return;
    }
  }
  spans.push_back(tick);
}

}  // namespace tierwatch
