// SPDX-License-Identifier: MIT
//
// The top of the screen: where the data come from, and the one sentence that says what is full.
#pragma once

#include <string>
#include <vector>

#include "exporters/terminal/scene/view_state.h"

namespace tierwatch {

/// "FULL", "OK", "?", and the sentence; `second` is what the next row says when the sentence leaves
/// it free.
struct VerdictWords {
  std::string badge, sentence, second;
  Ink band = Ink::kBandUnknown;  ///< of the badge
  Ink ink = Ink::kPlain;         ///< of the sentence
};
VerdictWords verdict_words(const Scene& scene);

/// Rows the verdict wants at this size: 1 to 3.
int verdict_rows(const Scene& scene);

void draw_title(Frame& frame, const Area& area, const ViewState& state, const Scene& scene);
void draw_verdict(Frame& frame, const Area& area, const Scene& scene);

/// "web1 · sampling by itself every 1 s · data 0 s old": the longest that fits comes first.
std::vector<std::string> title_words(const ViewState& state, const Scene& scene);

}  // namespace tierwatch
