// SPDX-License-Identifier: MIT
//
// The second half of tier_rules.h: what `tierwatch match` says of processes that almost belong
// somewhere.
#include <algorithm>

#include "collectors/rules/tier_rules.h"

namespace tierwatch {
namespace {

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string is(std::string_view seen) { return " (is \"" + std::string(seen) + "\")"; }

/// One condition of a rule on its own: the rule that has only it, and what to say when it fails.
struct Condition {
  MatchRule alone;
  std::string seen;
  /// Says which program; a user alone would make half the machine a near miss.
  bool names_program = false;
};

std::vector<Condition> conditions(const MatchRule& rule, const Candidate& candidate) {
  std::vector<Condition> out;
  if (rule.comm) out.push_back({{.comm = rule.comm}, is(candidate.comm), true});
  if (rule.exe) {
    out.push_back(
        {{.exe = rule.exe}, candidate.exe.empty() ? " (not readable)" : is(candidate.exe), true});
  }
  if (rule.cmdline) out.push_back({{.cmdline = rule.cmdline}, is(candidate.title), true});
  if (rule.user) out.push_back({{.user = rule.user}, is(candidate.user), false});
  if (rule.cgroup) out.push_back({{.cgroup = rule.cgroup}, is(candidate.cgroup), true});
  return out;
}

/// Some programs rename themselves (node's main thread, setproctitle): the file still bears the
/// name.
bool file_has_name(const Glob& comm, const Candidate& candidate) {
  const std::string_view first_word = candidate.title.substr(0, candidate.title.find(' '));
  return comm.matches(base_name(candidate.exe)) || comm.matches(base_name(first_word));
}

std::optional<std::string> why_missed(const MatchRule& rule, const Candidate& candidate) {
  const std::vector<Condition> all = conditions(rule, candidate);
  const Condition* failed = nullptr;
  bool program_held = false;
  for (const Condition& condition : all) {
    if (condition.alone.takes(candidate)) {
      program_held = program_held || condition.names_program;
    } else if (failed) {
      return std::nullopt;
    } else {
      failed = &condition;
    }
  }
  if (!failed) return std::nullopt;
  const bool renamed = failed->alone.comm && file_has_name(*failed->alone.comm, candidate);
  if (!program_held && !renamed) return std::nullopt;
  return failed->alone.text() + failed->seen;
}

std::optional<std::string> why_missed(const TierRule& tier, const Candidate& candidate) {
  for (const MatchRule& rule : tier.match) {
    if (auto reason = why_missed(rule, candidate)) return reason;
  }
  return std::nullopt;
}

bool any_takes(const TierRule& tier, const Candidate& candidate) {
  return std::any_of(tier.match.begin(), tier.match.end(),
                     [&](const MatchRule& rule) { return rule.takes(candidate); });
}

}  // namespace

std::vector<NearMiss> near_misses(const TierRules& rules, std::span<const Candidate> candidates,
                                  std::span<const std::optional<MatchReason>> placed) {
  std::vector<NearMiss> misses;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].kernel_thread) continue;
    for (std::uint16_t tier = 0; tier < rules.tiers.size(); ++tier) {
      if (placed[i] && placed[i]->member.tier == tier) continue;
      if (any_takes(rules.tiers[tier], candidates[i])) {
        // Only an earlier tier can have kept it away.
        misses.push_back(
            {i, tier, "tier \"" + rules.tiers[placed[i]->member.tier].name + "\" took it first"});
      } else if (auto reason = why_missed(rules.tiers[tier], candidates[i])) {
        misses.push_back({i, tier, std::move(*reason)});
      }
    }
  }
  return misses;
}

}  // namespace tierwatch
