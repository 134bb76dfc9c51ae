// SPDX-License-Identifier: MIT
#include "config/tier_draft.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "collectors/servers/servers.h"
#include "config/config.h"
#include "config/values.h"

namespace tierwatch {
namespace {

constexpr std::pair<std::string_view, RoleKind> kRoleKinds[] = {
    {"support", RoleKind::kSupport},
    {"sync-worker", RoleKind::kSyncWorker},
    {"event-worker", RoleKind::kEventWorker},
    {"threaded", RoleKind::kThreaded},
};

bool is_preset(std::string_view name) {
  const std::vector<std::string> names = preset_names();
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string preset_hint(std::string_view name) {
  const std::vector<std::string> names = preset_names();
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  if (const auto near = nearest(name, candidates)) return "did you mean " + quote(*near) + "?";
  std::string hint = "there are";
  for (const std::string& known : names) hint += " " + known;
  return hint;
}

/// The rule before the user's own keys are laid over it.
TierRule base_of(const TierDraft& draft, Problems& problems) {
  if (!draft.preset) return {};
  const auto& [name, at] = *draft.preset;
  if (is_preset(name)) return preset(name);
  problems.add(at, "unknown preset " + quote(name) + "; " + preset_hint(name));
  return {};
}

void check_name(const Written<std::string>& name, std::string_view of, Problems& problems) {
  if (const auto problem = name_problem(name.value)) {
    problems.add(name.at, "name " + quote(name.value) + " of a " + std::string(of) +
                              " cannot be used: " + *problem +
                              "; it becomes a label in Prometheus");
  }
}

void take_name(const TierDraft& draft, TierRule& tier, Problems& problems) {
  // What verdicts call processes that belong to no tier, and what load runs call the generator.
  static const std::set<std::string_view> kReserved{"external", "other", "load-generator"};
  if (!draft.name) {
    if (!draft.preset)
      problems.add(draft.at, "this tier has no name; add name = \"…\" or preset = \"…\"");
    return;
  }
  tier.name = draft.name->value;
  check_name(*draft.name, "tier", problems);
  if (kReserved.contains(tier.name)) {
    problems.add(draft.name->at, "the name " + quote(tier.name) +
                                     " is used by tierwatch itself; choose another one");
  }
}

void take_match(const TierDraft& draft, TierRule& tier, Problems& problems) {
  if (draft.match) {
    tier.match.clear();
    for (const auto& rule : *draft.match) tier.match.push_back(rule.value);
  }
  const bool explained_already = draft.preset && !is_preset(draft.preset->value);
  if (tier.match.empty() && !explained_already) {
    problems.add(draft.at,
                 "this tier has no rules, so no process can belong to it; add "
                 "match = [{comm = \"…\"}] or preset = \"…\"");
  }
}

bool always_holds(const RoleRule& role) {
  return !role.title && !role.parent_in_tier && !role.has_children_in_tier && !role.joined &&
         role.ignores_signals == 0 && role.catches_signals == 0;
}

/// Every process needs a role, so the last one must hold always; CPU of unseen children needs one
/// too.
void complete_roles(TierRule& tier) {
  const auto named = [&tier](std::string_view name) {
    return std::find_if(tier.roles.begin(), tier.roles.end(),
                        [&](const RoleRule& role) { return role.name == name; });
  };
  if (!always_holds(tier.roles.back())) {
    // A conditional "other" stays what its author wanted; the catch-all then takes the next free
    // name.
    tier.roles.push_back({.name = named("other") == tier.roles.end() ? "other" : "unmatched"});
  }
  const auto child = named("child");
  const auto index = child == tier.roles.end()
                         ? tier.roles.size() - 1
                         : static_cast<std::size_t>(child - tier.roles.begin());
  tier.child_cpu_role = static_cast<std::uint16_t>(index);
}

void take_roles(const TierDraft& draft, TierRule& tier, Problems& problems) {
  if (!draft.roles || draft.roles->empty()) {
    if (!tier.roles.empty()) return;  // the preset's
    tier.roles = {{.name = "main", .joined = false}, {.name = "child"}};
    tier.child_cpu_role = 1;
    return;
  }
  tier.roles.clear();
  std::set<std::string> names;
  for (const auto& [role, at] : *draft.roles) {
    if (role.name.empty()) {
      problems.add(at, "this role has no name; add name = \"…\"");
    } else {
      check_name({role.name, at}, "role", problems);
      if (!names.insert(role.name).second) {
        problems.add(at,
                     "a second role " + quote(role.name) + " in one tier; give it another name");
      }
    }
    tier.roles.push_back(role);
  }
  complete_roles(tier);
}

/// /var/run is a link to /run; the kernel shows a socket's path as its server wrote it. One
/// spelling here.
std::string with_short_run(std::string pattern) {
  constexpr std::string_view kLong = "unix:/var/run/";
  if (pattern.starts_with(kLong)) pattern.replace(0, kLong.size(), "unix:/run/");
  return pattern;
}

void take_listen(const TierDraft& draft, TierRule& tier, Problems& problems) {
  if (!draft.listen) return;
  tier.listen.clear();
  for (const auto& [pattern, at] : *draft.listen) {
    if (const auto problem = listener_pattern_problem(pattern)) {
      problems.add(at,
                   "listener " + quote(pattern) + " cannot be used: " + *problem +
                       "; write \"tcp:5432\", \"tcp:127.0.0.1:5432\" or \"unix:/run/app/*.sock\"");
    }
    tier.listen.push_back(with_short_run(pattern));
  }
}

TierRule make_tier(const TierDraft& draft, Problems& problems) {
  TierRule tier = base_of(draft, problems);
  tier.path = problems.place(draft.at);
  take_name(draft, tier, problems);
  take_match(draft, tier, problems);
  take_roles(draft, tier, problems);
  take_listen(draft, tier, problems);
  tier.children = draft.children.value_or(tier.children);
  tier.single_core_processes = draft.single_core_processes.value_or(tier.single_core_processes);
  return tier;
}

}  // namespace

std::optional<RoleKind> parse_role_kind(std::string_view text) {
  for (const auto& [name, kind] : kRoleKinds) {
    if (name == text) return kind;
  }
  return std::nullopt;
}

std::string role_kinds_text() {
  std::string text;
  for (const auto& [name, kind] : kRoleKinds) {
    if (!text.empty()) text += ", ";
    text += name;
  }
  return text;
}

namespace {

bool same_file(const Position& a, const Position& b) {
  return a.file == b.file || (a.file && b.file && *a.file == *b.file);
}

}  // namespace

TierRules make_tier_rules(const std::vector<TierDraft>& drafts, Problems& problems) {
  TierRules rules;
  std::map<std::string, Position> first_places;
  for (const TierDraft& draft : drafts) {
    rules.tiers.push_back(make_tier(draft, problems));
    const std::string& name = rules.tiers.back().name;
    if (name.empty()) continue;
    const auto [first, is_new] = first_places.try_emplace(name, draft.at);
    if (is_new) continue;
    problems.add(
        draft.name ? draft.name->at : draft.at,
        "a second tier " + quote(name) + " (the first is " +
            (same_file(first->second, draft.at) ? "on line " + std::to_string(first->second.line)
                                                : "at " + problems.place(first->second)) +
            "); give it another name");
  }
  return rules;
}

}  // namespace tierwatch
