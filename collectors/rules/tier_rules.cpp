// SPDX-License-Identifier: MIT
#include "collectors/rules/tier_rules.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

namespace tierwatch {
namespace {

constexpr std::size_t kNoParent = static_cast<std::size_t>(-1);

bool cgroup_matches(const Glob& glob, std::string_view path) {
  if (glob.matches(path)) return true;
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view component = path.substr(0, slash);
    if (!component.empty() && glob.matches(component)) return true;
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return false;
}

bool user_matches(std::string_view wanted, const Candidate& candidate) {
  if (!candidate.user.empty() && wanted == candidate.user) return true;
  uid_t uid = 0;
  const char* end = wanted.data() + wanted.size();
  const auto [stop, error] = std::from_chars(wanted.data(), end, uid);
  return error == std::errc() && stop == end && candidate.uid == uid;
}

/// For each candidate the index of its parent, kNoParent when that is not among them or younger
/// than the child.
std::vector<std::size_t> find_parents(std::span<const Candidate> candidates) {
  std::unordered_map<pid_t, std::size_t> by_pid;
  by_pid.reserve(candidates.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) by_pid[candidates[i].id.pid] = i;
  std::vector<std::size_t> parents(candidates.size(), kNoParent);
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const auto found = by_pid.find(candidates[i].parent_pid);
    if (found == by_pid.end() || found->second == i) continue;
    if (candidates[found->second].id.started > candidates[i].id.started) continue;
    parents[i] = found->second;
  }
  return parents;
}

/// Puts the descendants of a tier's `descendants_of` where they belong, whatever took them.
void place_descendants(const TierRules& rules, std::span<const Candidate> candidates,
                       std::span<const std::size_t> parents,
                       std::vector<std::optional<MatchReason>>& placed) {
  constexpr int kDeepest = 1000;  // ends cycles of parents, too
  for (std::size_t tier = 0; tier < rules.tiers.size(); ++tier) {
    const pid_t root = rules.tiers[tier].descendants_of;
    if (root == 0) continue;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      std::size_t above = parents[i];
      for (int up = 0; up < kDeepest && above != kNoParent && candidates[above].id.pid != root;
           ++up)
        above = parents[above];
      if (above == kNoParent || candidates[above].id.pid != root) continue;
      placed[i] = MatchReason{.member = {.tier = static_cast<std::uint16_t>(tier)},
                              .joined_parent = candidates[i].parent_pid};
    }
  }
}

/// Lets processes that no rule took follow their parents. Every process is visited once: the walk
/// up a line of ancestors stops at the first one that is settled, and then settles the line from
/// there downwards.
class Followers {
 public:
  Followers(const TierRules& rules, std::span<const Candidate> candidates,
            std::span<const std::size_t> parents, std::vector<std::optional<MatchReason>>& placed)
      : rules_(rules), candidates_(candidates), parents_(parents), placed_(placed) {
    state_.reserve(candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      state_.push_back(placed[i] || candidates[i].kernel_thread ? kSettled : kOpen);
    }
  }

  void settle_all() {
    for (std::size_t i = 0; i < state_.size(); ++i) settle(i);
  }

 private:
  enum State : std::uint8_t { kOpen, kOnLine, kSettled };

  void settle(std::size_t start) {
    line_.clear();
    // kOnLine ends a cycle of parents, which a table read while processes die can show.
    for (std::size_t i = start; i != kNoParent && state_[i] == kOpen; i = parents_[i]) {
      state_[i] = kOnLine;
      line_.push_back(i);
    }
    for (auto i = line_.rbegin(); i != line_.rend(); ++i) {
      follow_parent(*i);
      state_[*i] = kSettled;
    }
  }

  void follow_parent(std::size_t i) {
    const std::size_t parent = parents_[i];
    if (parent == kNoParent || state_[parent] != kSettled || !placed_[parent]) return;
    const std::uint16_t tier = placed_[parent]->member.tier;
    if (!rules_.tiers[tier].children) return;
    placed_[i] = MatchReason{.member = {.tier = tier}, .joined_parent = candidates_[parent].id.pid};
  }

  const TierRules& rules_;
  std::span<const Candidate> candidates_;
  std::span<const std::size_t> parents_;
  std::vector<std::optional<MatchReason>>& placed_;
  std::vector<State> state_;
  std::vector<std::size_t> line_;
};

/// What a role rule may ask beside the candidate itself.
struct Family {
  bool parent_in_tier = false;
  bool has_children_in_tier = false;
  bool joined = false;
};

bool role_holds(const RoleRule& role, const Candidate& candidate, const Family& family) {
  const auto agrees = [](std::optional<bool> wanted, bool seen) {
    return !wanted || *wanted == seen;
  };
  const auto all_set = [](std::uint64_t wanted, std::uint64_t seen) {
    return (wanted & ~seen) == 0;
  };
  return agrees(role.parent_in_tier, family.parent_in_tier) &&
         agrees(role.has_children_in_tier, family.has_children_in_tier) &&
         agrees(role.joined, family.joined) &&
         all_set(role.ignores_signals, candidate.signals_ignored) &&
         all_set(role.catches_signals, candidate.signals_caught) &&
         (!role.title || role.title->found_in(candidate.title));
}

std::uint16_t find_role(const TierRule& tier, const Candidate& candidate, const Family& family) {
  for (std::size_t role = 0; role < tier.roles.size(); ++role) {
    if (role_holds(tier.roles[role], candidate, family)) return static_cast<std::uint16_t>(role);
  }
  return tier.roles.empty() ? 0 : static_cast<std::uint16_t>(tier.roles.size() - 1);
}

std::vector<Family> find_families(std::span<const std::size_t> parents,
                                  std::span<const std::optional<MatchReason>> placed) {
  std::vector<Family> families(placed.size());
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (!placed[i]) continue;
    families[i].joined = placed[i]->rule == nullptr;
    const std::size_t parent = parents[i];
    if (parent == kNoParent || !placed[parent]) continue;
    if (placed[parent]->member.tier != placed[i]->member.tier) continue;
    families[i].parent_in_tier = true;
    families[parent].has_children_in_tier = true;
  }
  return families;
}

/// The roots of all trees of a tier, by process. A tree that only starts others, each with workers
/// of its own (uWSGI's Emperor), is as many servers as there are of those.
class InstanceFinder {
 public:
  InstanceFinder(const TierRules& rules, std::span<const std::size_t> parents,
                 std::span<const std::optional<MatchReason>> placed)
      : parents_(parents), placed_(placed), serves_(placed.size()) {
    std::vector<bool> has_workers(placed.size());
    for (std::size_t i = 0; i < placed.size(); ++i) {
      if (!placed[i]) continue;
      const auto& roles = rules.tiers[placed[i]->member.tier].roles;
      const std::uint16_t role = placed[i]->member.role;
      serves_[i] = role < roles.size() && roles[role].kind != RoleKind::kSupport;
      if (serves_[i] && is_child(i)) has_workers[parents_[i]] = true;
    }
    has_workers_ = std::move(has_workers);
  }

  /// Parents may form a ring, where a pid was used again: then it is any one of them.
  std::size_t root_of(std::size_t i) const {
    for (std::size_t steps = 0; steps < placed_.size() && is_child(i); ++steps) {
      const std::size_t parent = parents_[i];
      if (!serves_[i] && has_workers_[i] && !has_workers_[parent]) break;
      i = parent;
    }
    return i;
  }

 private:
  bool is_child(std::size_t i) const {
    const std::size_t parent = parents_[i];
    return parent != kNoParent && placed_[parent] &&
           placed_[parent]->member.tier == placed_[i]->member.tier;
  }

  std::span<const std::size_t> parents_;
  std::span<const std::optional<MatchReason>> placed_;
  std::vector<bool> serves_, has_workers_;
};

std::string quoted(std::string_view text) {
  const bool literal = text.find_first_of("\\\"") != std::string_view::npos &&
                       text.find('\'') == std::string_view::npos;
  const char quote = literal ? '\'' : '"';
  return quote + std::string(text) + quote;
}

}  // namespace

bool MatchRule::takes(const Candidate& candidate) const {
  if (candidate.kernel_thread) return false;
  if (!comm && !exe && !cmdline && !user && !cgroup) return false;
  return (!comm || comm->matches(candidate.comm)) && (!exe || exe->matches(candidate.exe)) &&
         (!user || user_matches(*user, candidate)) &&
         (!cgroup || cgroup_matches(*cgroup, candidate.cgroup)) &&
         (!cmdline || cmdline->found_in(candidate.title));
}

std::string MatchRule::text() const {
  std::string out;
  const auto add = [&out](std::string_view key, std::string_view value) {
    if (!out.empty()) out += ", ";
    out.append(key).append(" = ").append(quoted(value));
  };
  if (comm) add("comm", comm->source());
  if (exe) add("exe", exe->source());
  if (cmdline) add("cmdline", cmdline->source());
  if (user) add("user", *user);
  if (cgroup) add("cgroup", cgroup->source());
  return out;
}

std::optional<MatchReason> match_by_rule(const TierRules& rules, const Candidate& candidate) {
  for (std::size_t tier = 0; tier < rules.tiers.size(); ++tier) {
    for (const MatchRule& rule : rules.tiers[tier].match) {
      if (!rule.takes(candidate)) continue;
      return MatchReason{.member = {.tier = static_cast<std::uint16_t>(tier)}, .rule = &rule};
    }
  }
  return std::nullopt;
}

std::vector<std::optional<MatchReason>> match_processes(const TierRules& rules,
                                                        std::span<const Candidate> candidates) {
  std::vector<std::optional<MatchReason>> by_rule;
  by_rule.reserve(candidates.size());
  for (const Candidate& candidate : candidates) by_rule.push_back(match_by_rule(rules, candidate));
  return place_processes(rules, candidates, std::move(by_rule));
}

std::vector<std::optional<MatchReason>> place_processes(
    const TierRules& rules, std::span<const Candidate> candidates,
    std::vector<std::optional<MatchReason>> placed) {
  const std::vector<std::size_t> parents = find_parents(candidates);
  place_descendants(rules, candidates, parents, placed);
  Followers(rules, candidates, parents, placed).settle_all();

  const std::vector<Family> families = find_families(parents, placed);
  for (std::size_t i = 0; i < placed.size(); ++i) {
    if (!placed[i]) continue;
    Membership& member = placed[i]->member;
    member.role = find_role(rules.tiers[member.tier], candidates[i], families[i]);
  }
  const InstanceFinder instances(rules, parents, placed);
  for (std::size_t i = 0; i < placed.size(); ++i)
    if (placed[i]) placed[i]->member.instance = candidates[instances.root_of(i)].id.pid;
  return placed;
}

}  // namespace tierwatch
