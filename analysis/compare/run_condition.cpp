// SPDX-License-Identifier: MIT
#include "analysis/compare/run_condition.h"

#include <algorithm>

#include "analysis/compare/condition_text.h"
#include "analysis/compare/run_measures.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using ConditionTerm = RunCondition::Term;
using ConditionOp = RunCondition::Op;

constexpr std::string_view kFull = "full", kConfidence = "confidence", kNothing = "nothing";
constexpr std::pair<std::string_view, ConditionOp> kSigns[] = {
    {"<=", ConditionOp::kLessEqual}, {">=", ConditionOp::kGreaterEqual},
    {"<", ConditionOp::kLess},       {">", ConditionOp::kGreater},
    {"==", ConditionOp::kEqual},     {"!=", ConditionOp::kNotEqual}};

constexpr std::pair<std::string_view, double> kTimes[] = {
    {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"min", 60}};
constexpr std::pair<std::string_view, double> kRates[] = {{"", 1}, {"/s", 1}, {"/min", 1.0 / 60}};

std::optional<Resource> resource_of(std::string_view name) {
  for (std::size_t i = 0; i < kResources; ++i)
    if (to_string(static_cast<Resource>(i)) == name) return static_cast<Resource>(i);
  return std::nullopt;
}

std::string resource_names() {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < kResources; ++i)
    names.emplace_back(to_string(static_cast<Resource>(i)));
  return joined(names);
}

template <typename Table>
std::optional<double> scale_in(const Table& table, std::string_view unit) {
  for (const auto& [name, scale] : table)
    if (name == unit) return scale;
  return std::nullopt;
}

bool is_joint(std::string_view word) { return word == "and" || word == "or"; }

/// Reads a condition from left to right.
class RunConditionReader {
 public:
  explicit RunConditionReader(std::string_view text) : text_(text), typed_(text) {}

  std::variant<RunCondition, std::string> read() {
    RunCondition condition{.terms = {}, .text = std::string(typed_)};
    for (bool after_or = false;;) {
      ConditionTerm term;
      term.after_or = after_or;
      if (!read_term(term)) return problem_;
      condition.terms.push_back(term);
      if (text_.at_end()) return condition;
      const std::string_view joint = text_.word();
      if (!is_joint(joint)) {
        fail("here 'and', 'or' or the end is expected");
        return problem_;
      }
      after_or = joint == "or";
    }
  }

 private:
  bool read_term(ConditionTerm& term) {
    term.measure = text_.word();
    if (term.measure == kFull) return read_full(term);
    const RunMeasure* measure = known_run_measure(term.measure);
    if (!measure && term.measure != kConfidence)
      return fail((term.measure.empty() ? "here a measure is expected: "
                                        : "'" + term.measure + "' is not a measure: ") +
                  run_measure_names() + ", " + std::string(kFull) + ", " +
                  std::string(kConfidence));
    if (measure && text_.next_word() == "at" && !read_level(*measure, term)) return false;
    if (!read_sign(term)) return false;
    return measure ? read_number(*measure, term) : read_confidence(term);
  }

  bool read_sign(ConditionTerm& term) {
    const std::string_view sign = text_.comparison();
    const auto op = std::ranges::find(kSigns, sign, [](const auto& entry) { return entry.first; });
    if (op == std::end(kSigns))
      return fail("after '" + term.measure + "', one of < <= > >= == != is expected");
    term.op = op->second;
    return true;
  }

  /// "at 40 users"
  bool read_level(const RunMeasure& measure, ConditionTerm& term) {
    text_.word();
    if (!measure.at_step)
      return fail("'" + term.measure + "' is known of the whole run only, not at so many users");
    term.users = text_.number();
    if (!term.users || *term.users <= 0) return fail("here a number of users is expected: at 40");
    if (text_.next_word() == "users" || text_.next_word() == "user") text_.word();
    return true;
  }

  bool read_number(const RunMeasure& measure, ConditionTerm& term) {
    const auto value = text_.number();
    if (!value) return fail("here a number is expected: 500ms, 0.5s, 1%, 200/s");
    if (*value < 0 && measure.name != "headroom") return fail("this is never below zero");
    const std::string_view unit = text_.unit();
    const auto scale = scale_of(measure, unit, term);
    if (!scale) return fail(unit_problem(measure, unit));
    term.value = *value * *scale;
    const bool share = measure.name == "errors" && !term.as_count;
    if (share && (term.value > 1 || (term.value == 1 && term.op == ConditionOp::kGreater)))
      return fail("no more than 100% of the requests can fail");
    return true;
  }

  static std::optional<double> scale_of(const RunMeasure& measure, std::string_view unit,
                                        ConditionTerm& term) {
    switch (measure.unit) {
      case MeasureUnit::kSeconds:
        return scale_in(kTimes, unit);
      case MeasureUnit::kRate:
        return scale_in(kRates, unit);
      case MeasureUnit::kCount:
        return unit.empty() ? std::optional(1.0) : std::nullopt;
      case MeasureUnit::kShare:
        break;
    }
    if (unit == "%") return 0.01;
    // `errors > 0`: so many requests; at a level only their share is known.
    term.as_count = unit.empty() && measure.name == "errors" && !term.users;
    return term.as_count ? std::optional(1.0) : std::nullopt;
  }

  static std::string unit_problem(const RunMeasure& measure, std::string_view unit) {
    const std::string begin =
        unit.empty() ? "a unit is missing" : "'" + std::string(unit) + "' is not a unit of this";
    switch (measure.unit) {
      case MeasureUnit::kSeconds:
        return begin + "; write it like 500ms, 0.5s, 80us or 2min";
      case MeasureUnit::kRate:
        return begin + "; write it like 200/s or 12000/min";
      case MeasureUnit::kCount:
        return begin + "; it is a plain number";
      case MeasureUnit::kShare:
        break;
    }
    return begin + "; write it like 1%" +
           (measure.name == "errors" ? ", or without one for a number of failed requests" : "");
  }

  bool read_full(ConditionTerm& term) {
    const std::string_view next = text_.next_word();
    if (text_.at_end() || is_joint(next)) return true;
    if (!read_sign(term)) return false;
    if (term.op != ConditionOp::kEqual && term.op != ConditionOp::kNotEqual)
      return fail("of 'full' only == and != can be asked, or nothing more: full == TIER");
    if (const auto name = text_.quoted())
      term.tier = *name;
    else
      term.tier = text_.word();
    if (term.tier.empty()) return fail("here the name of a tier is expected, or 'nothing'");
    if (term.tier == kNothing) {
      term.tier.clear();
      return true;
    }
    const std::string_view resource = text_.next_word();
    if (resource.empty() || is_joint(resource)) return true;
    text_.word();
    term.resource = resource_of(resource);
    return term.resource ||
           fail("'" + std::string(resource) + "' is not a resource: " + resource_names());
  }

  bool read_confidence(ConditionTerm& term) {
    const std::string_view said = text_.word();
    for (const Confidence one : {Confidence::kLow, Confidence::kMedium, Confidence::kHigh})
      if (to_string(one) == said) {
        term.confidence = one;
        return !can_never_hold(term) ||
               fail("no confidence is " +
                    std::string(one == Confidence::kLow ? "below low" : "above high"));
      }
    return fail("confidence is low, medium or high");
  }

  static bool can_never_hold(const ConditionTerm& term) {
    return term.op == ConditionOp::kLess
               ? term.confidence == Confidence::kLow
               : term.op == ConditionOp::kGreater && term.confidence == Confidence::kHigh;
  }

  bool fail(const std::string& why) {
    problem_ = text_.problem(why);
    return false;
  }

  ConditionText text_;
  std::string_view typed_;
  std::string problem_;
};

}  // namespace

std::variant<RunCondition, std::string> parse_run_condition(std::string_view text) {
  return RunConditionReader(text).read();
}

}  // namespace tierwatch
