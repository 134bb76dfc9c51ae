// SPDX-License-Identifier: MIT
//
// The condition of `report --fail-if`: when a build shall fail for what a single run measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analysis/runs/run_findings.h"

namespace tierwatch {

/// `p95 > 500ms`, `errors > 1% or throughput < 200/s`, `p99 at 40 users > 1s`, `full == uwsgi`,
/// `confidence < high`.
struct RunCondition {
  enum class Op : std::uint8_t {
    kLess,
    kLessEqual,
    kGreater,
    kGreaterEqual,
    kEqual,
    kNotEqual,
    kHolds,  ///< of `full` alone: something was
  };
  struct Term {
    std::string measure;
    Op op = Op::kHolds;
    double value = 0;             ///< seconds, a share, requests/s, or a count
    bool as_count = false;        ///< of `errors`: failed requests, not their share
    std::optional<double> users;  ///< in the step of that many; absent: of the whole run
    std::string tier;             ///< of `full`; empty: nothing
    std::optional<Resource> resource;
    Confidence confidence = Confidence::kLow;
    bool after_or = false;  ///< begins a new alternative
    bool operator==(const Term&) const = default;
  };
  std::vector<Term> terms;
  std::string text;
  bool operator==(const RunCondition&) const = default;
};

/// The condition, or what is wrong with `text`, where, and what would be right. "and" binds
/// stronger than "or". Units are demanded where a bare number could mean two things: `500ms`,
/// `0.5s`, `1%`; `200/s` and `200` are the same. The grammar stands in docs/thresholds.md.
std::variant<RunCondition, std::string> parse_run_condition(std::string_view text);

/// Measures that the run does not know make the answer unknown unless the rest decides it ("and",
/// "or" of three values, as in SQL). Pure.
ThresholdAnswer evaluate(const RunCondition& condition, const RunFindings& findings);

}  // namespace tierwatch
