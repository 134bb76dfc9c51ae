// SPDX-License-Identifier: MIT
//
// The condition of `compare --fail-if`: when a build shall fail for what a load run showed.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "analysis/compare/run_comparison.h"

namespace tierwatch {

/// `ceiling < -5%`, `p95 > +10% and errors > 1%`, `throughput worse`, `bottleneck moved`.
struct FailIf {
  enum class Op { kLess, kLessEqual, kGreater, kGreaterEqual, kIs };
  struct Term {
    std::string measure;
    Op op = Op::kLess;
    double value = 0;            ///< a ratio when relative, else in the measure's unit
    bool relative = false;       ///< of the change from A to B; else B's own value
    Change is = Change::kWorse;  ///< with kIs
    bool after_or = false;       ///< begins a new alternative
    bool operator==(const Term&) const = default;
  };
  std::vector<Term> terms;
  std::string text;
  bool operator==(const FailIf&) const = default;
};

/// The condition, or what is wrong with `text`, where, and what would be right. "and" binds
/// stronger than "or". Numbers: `5%`, `-5%`, `300ms`, `0.3s`, `400`.
std::variant<FailIf, std::string> parse_fail_if(std::string_view text);

struct FailIfAnswer {
  bool fails = false;
  /// The answer would be the same anywhere in the interval.
  bool certain = false;
  std::vector<std::string> unknown;  ///< measures that this comparison does not have
  std::string words;
  bool operator==(const FailIfAnswer&) const = default;
};
/// A measure that appears at several levels is taken at the highest. A measure that is missing
/// fails the condition: what cannot be checked must not pass. Pure.
FailIfAnswer evaluate(const FailIf& condition, const RunComparison& comparison);

}  // namespace tierwatch
