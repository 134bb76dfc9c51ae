// SPDX-License-Identifier: MIT
#include "analysis/compare/fail_if.h"

#include <algorithm>
#include <optional>

#include "analysis/compare/condition_text.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using Term = FailIf::Term;
using Op = FailIf::Op;

constexpr std::string_view kWholeVerdict = "verdict";
constexpr std::string_view kBottleneck = "bottleneck";

/// What compare_runs() names, but for tiers.
constexpr std::string_view kMeasures[] = {"throughput", "latency", "p95",     "p99",
                                          "ceiling",    "errors",  "verdict", "bottleneck"};
constexpr std::string_view kOfATier = "demand.";

bool is_measure(std::string_view name) {
  return std::ranges::find(kMeasures, name) != std::end(kMeasures) ||
         (name.starts_with(kOfATier) && name.size() > kOfATier.size());
}

std::string measures_words() {
  std::string words;
  for (const std::string_view measure : kMeasures) words.append(measure).append(", ");
  return words + std::string(kOfATier) + "TIER";
}

constexpr std::pair<std::string_view, Op> kOps[] = {
    {"<=", Op::kLessEqual}, {">=", Op::kGreaterEqual}, {"<", Op::kLess}, {">", Op::kGreater}};

constexpr std::pair<std::string_view, Change> kWords[] = {{"same", Change::kSame},
                                                          {"better", Change::kBetter},
                                                          {"worse", Change::kWorse},
                                                          {"inconclusive", Change::kInconclusive}};

/// Reads a condition from left to right.
class FailIfReader {
 public:
  explicit FailIfReader(std::string_view text) : text_(text), typed_(text) {}

  std::variant<FailIf, std::string> read() {
    FailIf condition{.terms = {}, .text = std::string(typed_)};
    for (bool after_or = false;;) {
      Term term;
      term.after_or = after_or;
      if (!read_term(term)) return problem_;
      condition.terms.push_back(term);
      if (text_.at_end()) return condition;
      const std::string_view joint = text_.word();
      if (joint != "and" && joint != "or") {
        fail("here 'and', 'or' or the end is expected");
        return problem_;
      }
      after_or = joint == "or";
    }
  }

 private:
  bool read_term(Term& term) {
    term.measure = text_.word();
    if (!is_measure(term.measure)) {
      const std::string wrong = term.measure.empty() ? "here a measure is expected: "
                                                     : "'" + term.measure + "' is not a measure: ";
      return fail(wrong + measures_words());
    }
    const bool in_words = term.measure == kWholeVerdict || term.measure == kBottleneck;
    const std::string_view sign = in_words ? "" : text_.comparison();
    const auto op = std::ranges::find(kOps, sign, [](const auto& entry) { return entry.first; });
    if (op == std::end(kOps)) {
      if (sign.empty()) return read_word_of_change(term);
      return fail("after a measure, one of < <= > >= is expected, or better, worse, same");
    }
    term.op = op->second;
    return read_number(term);
  }

  bool read_word_of_change(Term& term) {
    const std::string_view said = text_.word();
    term.op = Op::kIs;
    if (term.measure == kBottleneck)
      return said == "moved" || fail("of a bottleneck only 'moved' can be asked");
    const auto known =
        std::ranges::find(kWords, said, [](const auto& entry) { return entry.first; });
    if (known == std::end(kWords))
      return fail(term.measure == kWholeVerdict
                      ? "of the verdict better, worse, same or inconclusive can be asked"
                      : "after a measure, one of < <= > >= is expected, or better, worse, same");
    term.is = known->second;
    return true;
  }

  bool read_number(Term& term) {
    const auto value = text_.number();
    if (!value) return fail("here a number is expected: -5%, 300ms, 0.3s, 400");
    term.value = *value;
    return read_unit(text_.has_sign(), term);
  }

  bool read_unit(bool sign, Term& term) {
    const std::string_view unit = text_.unit();
    if (unit.empty() && wants_unit(term.measure))
      return fail("a unit is missing; write it like 1%, 300ms or 0.3s");
    if (unit == "%") {
      term.value /= 100;
      // Errors are a share already: without a sign, B's own share is meant.
      term.relative = term.measure != "errors" || sign;
    } else if (unit == "ms") {
      term.value /= 1000;
    } else if (!unit.empty() && unit != "s" && unit != "/s") {
      return fail("unknown unit; %, ms, s and /s are known");
    }
    if (term.relative && term.value < -1) return fail("nothing can fall by more than 100 %");
    if (!term.relative && term.value < 0)
      return fail("only a change can be below zero: write a '%'");
    return true;
  }

  /// A bare number could mean two things.
  static bool wants_unit(std::string_view measure) {
    return measure != "throughput" && measure != "ceiling";
  }

  bool fail(const std::string& why) {
    problem_ = text_.problem(why);
    return false;
  }

  ConditionText text_;
  std::string_view typed_;
  std::string problem_;
};

bool holds(Op op, double value, double limit) {
  switch (op) {
    case Op::kLess:
      return value < limit;
    case Op::kLessEqual:
      return value <= limit;
    case Op::kGreater:
      return value > limit;
    case Op::kGreaterEqual:
      return value >= limit;
    case Op::kIs:
      break;
  }
  return false;
}

/// Of several levels the highest.
const ComparedMeasure* measure_named(const RunComparison& comparison, const std::string& name) {
  const ComparedMeasure* found = nullptr;
  for (const ComparedMeasure& measure : comparison.measures)
    if (measure.name == name &&
        (!found || measure.users.value_or(1e300) > found->users.value_or(1e300)))
      found = &measure;
  return found;
}

struct TermAnswer {
  bool holds = false;
  bool certain = true;
  bool known = true;
  std::string words;
};

TermAnswer answer_to_number(const Term& term, const ComparedMeasure& measure) {
  const bool points = measure.name == "errors";
  const auto own = [&](double change) {
    return points ? measure.a + change : measure.a * (1 + change);
  };
  const Estimate& change = measure.change;
  TermAnswer answer;
  answer.holds = holds(term.op, term.relative ? change.value : measure.b, term.value);
  for (const double end : {change.low, change.high})
    answer.certain = answer.certain &&
                     holds(term.op, term.relative ? end : own(end), term.value) == answer.holds;
  answer.words = measure.name + " " +
                 (term.relative ? signed_percent(change.value) + " (" + signed_percent(change.low) +
                                      " to " + signed_percent(change.high) + ")"
                                : measure.words);
  return answer;
}

TermAnswer answer_to(const Term& term, const RunComparison& comparison) {
  if (term.measure == kBottleneck)
    return {.holds = comparison.bottleneck_moved,
            .words = "bottleneck " + comparison.bottleneck_a + " → " + comparison.bottleneck_b};
  if (term.measure == kWholeVerdict && term.op == Op::kIs)
    return {.holds = comparison.verdict == term.is,
            .words = "verdict " + std::string(to_string(comparison.verdict))};
  const ComparedMeasure* measure = measure_named(comparison, term.measure);
  if (!measure)
    return {.holds = true, .certain = false, .known = false, .words = term.measure + " not known"};
  if (term.op != Op::kIs) return answer_to_number(term, *measure);
  return {.holds = measure->verdict == term.is,
          .words = measure->name + " " + std::string(to_string(measure->verdict))};
}

}  // namespace

std::variant<FailIf, std::string> parse_fail_if(std::string_view text) {
  return FailIfReader(text).read();
}

FailIfAnswer evaluate(const FailIf& condition, const RunComparison& comparison) {
  FailIfAnswer answer;
  bool all = true, all_certain = true, some_certain = false, none_doubtful = true;
  std::vector<std::string> words;
  const auto close_alternative = [&] {
    answer.fails = answer.fails || all;
    some_certain = some_certain || (all && all_certain);
    none_doubtful = none_doubtful && all_certain;
  };
  for (const Term& term : condition.terms) {
    if (term.after_or) {
      close_alternative();
      all = all_certain = true;
    }
    const TermAnswer one = answer_to(term, comparison);
    all = all && one.holds;
    all_certain = all_certain && one.certain;
    words.push_back(one.words);
    if (!one.known) answer.unknown.push_back(term.measure);
  }
  if (!condition.terms.empty()) close_alternative();
  answer.certain = answer.fails ? some_certain : none_doubtful;
  answer.words = std::string(answer.fails ? "fails" : "passes") + " '" + condition.text +
                 "': " + listed(words) +
                 (answer.certain ? "" : "; within its interval the answer could be the other one");
  return answer;
}

}  // namespace tierwatch
