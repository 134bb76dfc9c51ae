// SPDX-License-Identifier: MIT
#include "analysis/compare/comparison_guards.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <set>

#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

using Runs = std::span<const RunFindings>;

constexpr double kMuchStealBetween = 0.02;  ///< of the processors
constexpr double kOtherThinkTime = 0.10;
constexpr double kMajority = 0.6;

std::string limited_by(const RunFindings& run) {
  switch (run.verdict.outcome) {
    case RunVerdict::Outcome::kSaturated:
      return run.verdict.tier + " " + std::string(to_string(run.verdict.resource));
    case RunVerdict::Outcome::kNotSaturated:
    case RunVerdict::Outcome::kElsewhere:
      return "nothing on the server";
    case RunVerdict::Outcome::kUnknown:
      break;
  }
  return std::string(kUnknownBottleneck);
}

std::optional<double> median(Runs runs,
                             const std::function<std::optional<double>(const RunFindings&)>& read) {
  std::vector<double> values;
  for (const RunFindings& run : runs)
    if (const auto value = read(run)) values.push_back(*value);
  return quantile(std::move(values), 0.5);
}

void guard_errors(Runs a, Runs b, std::vector<Guardrail>& guards) {
  const auto before = quantile(error_ratios(a), 0.5), now = quantile(error_ratios(b), 0.5);
  if (!before || !now || std::abs(*now - *before) < kErrorPoint) return;
  guards.push_back({"errors", "failed requests: " + few_digits(*before * 100) + " % → " +
                                  few_digits(*now * 100) +
                                  " %: a failure costs something else than an answer, so "
                                  "throughput and demand are not of the same thing"});
}

void guard_generator(Runs a, Runs b, std::vector<Guardrail>& guards) {
  const auto full = [](Runs runs) {
    return std::ranges::any_of(runs,
                               [](const RunFindings& run) { return run.generator.saturated; });
  };
  if (!full(a) && !full(b)) return;
  const std::string where = full(a) && full(b) ? "in both groups" : full(a) ? "in A" : "in B";
  guards.push_back({"generator", "the load generator filled a core itself " + where +
                                     ": there, its own limit may have been measured"});
}

void guard_steal(Runs a, Runs b, std::vector<Guardrail>& guards) {
  const auto stolen = [](const RunFindings& run) -> std::optional<double> {
    if (!run.host.steal_cores || run.host.processors <= 0) return std::nullopt;
    return *run.host.steal_cores / run.host.processors;
  };
  const double before = median(a, stolen).value_or(0), now = median(b, stolen).value_or(0);
  if (std::max(before, now) < kMuchStealBetween) return;
  guards.push_back({"steal", "other virtual machines took " + percent(before) +
                                 " of the CPU in A, " + percent(now) + " in B"});
}

void guard_host(Runs a, Runs b, std::vector<Guardrail>& guards) {
  std::set<double> processors;
  for (const Runs runs : {a, b})
    for (const RunFindings& run : runs) processors.insert(run.host.processors);
  processors.erase(0);
  if (processors.size() < 2) return;
  std::vector<std::string> words;
  for (const double one : processors) words.push_back(few_digits(one));
  guards.push_back({"host", "the host had " + listed(words) + " processors"});
}

void guard_load(Runs a, Runs b, std::vector<Guardrail>& guards) {
  std::set<std::string> tools;
  for (const Runs runs : {a, b})
    for (const RunFindings& run : runs) tools.insert(run.load_tool);
  tools.erase("");
  if (tools.size() > 1)
    guards.push_back(
        {"load", "different load generators: " + listed({tools.begin(), tools.end()})});
  const auto think = [](const RunFindings& run) { return run.generator.think_seconds; };
  const auto before = median(a, think), now = median(b, think);
  if (!before || !now || std::abs(*now - *before) <= kOtherThinkTime * std::max(*before, *now))
    return;
  if (std::max(*before, *now) < 0.01) return;
  guards.push_back({"load", "users pause " + two_digits(*before) + " s in A and " +
                                two_digits(*now) + " s in B: as many users are another load"});
}

void guard_clock(Runs a, Runs b, std::vector<Guardrail>& guards) {
  for (const Runs runs : {a, b})
    for (const RunFindings& run : runs) {
      const auto source = run.clock.source;
      if (source != ClockOffset::Source::kAssumed && source != ClockOffset::Source::kRefused)
        continue;
      guards.push_back({"clock", run.label.name + ": " + run.clock.words});
    }
}

}  // namespace

std::string bottleneck_of(Runs runs) {
  std::map<std::string, std::size_t> votes;
  for (const RunFindings& run : runs) ++votes[limited_by(run)];
  const auto most =
      std::ranges::max_element(votes, {}, [](const auto& entry) { return entry.second; });
  if (most == votes.end() || double(most->second) < kMajority * double(runs.size()))
    return std::string(kUnknownBottleneck);
  return most->first;
}

std::vector<double> error_ratios(Runs runs) {
  std::vector<double> ratios;
  for (const RunFindings& run : runs)
    if (const auto ratio = run.failed_ratio()) ratios.push_back(*ratio);
  return ratios;
}

std::vector<Guardrail> guardrails(Runs a, Runs b) {
  std::vector<Guardrail> guards;
  guard_errors(a, b, guards);
  guard_generator(a, b, guards);
  guard_steal(a, b, guards);
  guard_host(a, b, guards);
  guard_load(a, b, guards);
  guard_clock(a, b, guards);
  return guards;
}

}  // namespace tierwatch
