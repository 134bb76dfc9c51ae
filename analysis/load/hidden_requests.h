// SPDX-License-Identifier: MIT
//
// What coordinated omission hides: while the users of a load wait for slow answers they do not ask,
// so that the requests which would have waited longest are in no figure.
#pragma once

#include <optional>
#include <span>

#include "collectors/loads/load_series.h"

namespace tierwatch {

/// Lower bounds all of them.
struct HiddenRequests {
  double requests = 0;         ///< that were due and not sent because users waited
  double ratio = 0;            ///< of these and those that were sent
  double stalled_seconds = 0;  ///< in which a fifth of those that were due and more was not sent
  /// 99th percentile of latency with them: of those that were sent no wait counts. Absent: they are
  /// fewer than 1 %, or how long they would have waited is not known.
  std::optional<double> p99_seconds;
  bool operator==(const HiddenRequests&) const = default;
};

/// Of users who each begin a request every `pace_seconds`: so many are due as there are users, or
/// `due_per_second` where that is known. What they make up for later is not counted, nor what is
/// missing where users or latency are not known. Pure.
HiddenRequests find_hidden(std::span<const LoadPoint> points, double pace_seconds,
                           std::optional<double> due_per_second = {});

}  // namespace tierwatch
