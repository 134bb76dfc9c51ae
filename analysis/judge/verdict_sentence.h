// SPDX-License-Identifier: MIT
//
// The words of a verdict, made from values here and nowhere else.
#pragma once

#include <string>
#include <vector>

#include "analysis/judge_input.h"
#include "analysis/thresholds.h"
#include "analysis/verdict.h"

namespace tierwatch {

/// How full something is: "cpu 3.94 of 4.00 cores (4 workers × 1)", "process 812 has 100 of 100
/// files open". Without the tier's name.
std::string saturation_words(const Saturation& saturation, const JudgeInput& input,
                             const ThresholdTable& thresholds);

/// The middle of the sentence about a bottleneck: saturation_words() and, where it belongs to the
/// matter, who shares the processors or what held workers wait for.
std::string bottleneck_words(const Saturation& saturation, const std::optional<WaitingOn>& waiting,
                             const JudgeInput& input, const ThresholdTable& thresholds);

/// "127.0.0.1:2525 (not watched)", "postgres", "a disk", "a lock".
std::string waiting_words(const WaitingOn& waiting);

/// The one sentence: "uwsgi is full: cpu 3.94 of 4.00 cores (4 workers × 1) for 1 m 52 s", "nothing
/// is full; nearest: postgres cpu 41 %", "not known: …". Made from the verdict alone, so it can be
/// made again when `since_seconds` has grown.
std::string verdict_sentence(const Verdict& verdict);

/// What supports the verdict, in short sentences, most telling first.
std::vector<std::string> evidence_words(const Verdict& verdict, const JudgeInput& input,
                                        const ThresholdTable& thresholds);

/// `verdict` tells of the requests in flight what `seen` does, in values and evidence: a verdict
/// stays in force while newer findings contradict each other, and where requests are is known all
/// the same.
void take_requests(Verdict& verdict, const Verdict& seen);

}  // namespace tierwatch
