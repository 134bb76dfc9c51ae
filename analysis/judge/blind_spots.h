// SPDX-License-Identifier: MIT
//
// What could not be seen and could change the verdict: said with it, never guessed at.
#pragma once

#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// Sentences about what is missing, only where it matters to this verdict; sorted by tier. Empty
/// when nothing that is missing could change it.
std::vector<std::string> blind_spots(const Verdict& verdict, const JudgeInput& input,
                                     const ThresholdTable& thresholds);

/// Somebody waits or is dropped and it is not seen at whose limit, or a server may be at one of
/// which not enough is known: "nothing is full" is then little more than a guess.
bool may_be_denied(const JudgeInput& input, const ThresholdTable& thresholds);

}  // namespace tierwatch
