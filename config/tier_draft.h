// SPDX-License-Identifier: MIT
//
// One [[tier]] as the user wrote it, and how it becomes a rule: what is missing comes from the
// preset or from the defaults of custom tiers. Knows nothing of TOML.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "collectors/rules/tier_rules.h"
#include "config/problems.h"
#include "config/threshold_keys.h"

namespace tierwatch {

/// A value and where it was written.
template <class Value>
struct Written {
  Value value{};
  Position at;
};

struct TierDraft {
  Position at;  ///< of [[tier]]
  std::optional<Written<std::string>> name;
  std::optional<Written<std::string>> preset;
  std::optional<std::vector<Written<MatchRule>>> match;
  std::optional<std::vector<Written<RoleRule>>> roles;
  std::optional<std::vector<Written<std::string>>> listen;
  std::optional<bool> children;
  std::optional<bool> single_core_processes;
  ThresholdsDraft thresholds;
};

/// "support", "sync-worker", "event-worker", "threaded"; absent for anything else.
std::optional<RoleKind> parse_role_kind(std::string_view text);
/// All of them, for an error message.
std::string role_kinds_text();

/// Makes the rules of all tiers, in order; what is wrong goes to `problems`, and the result is then
/// of no use.
TierRules make_tier_rules(const std::vector<TierDraft>& drafts, Problems& problems);

}  // namespace tierwatch
