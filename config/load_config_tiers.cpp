// SPDX-License-Identifier: MIT
#include "config/load_config_tiers.h"

#include <array>
#include <utility>

#include "config/threshold_keys.h"

namespace tierwatch {
namespace {

void read_glob(const Value& value, std::optional<Glob>& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  if (const auto problem = glob_problem(*text)) {
    return value.wrong("glob " + quote(*text) + " cannot be used: " + *problem);
  }
  into = Glob(*text);
}

void read_comm(const Value& value, std::optional<Glob>& into) {
  read_glob(value, into);
  constexpr std::size_t kMaxComm = 15;  // TASK_COMM_LEN of the kernel, less its NUL
  if (!into || into->source().size() <= kMaxComm) return;
  if (into->source().find_first_of("*?[\\") != std::string::npos) return;
  value.wrong(quote(into->source()) +
              " can never match: the kernel keeps 15 bytes of a name; write " +
              quote(into->source().substr(0, kMaxComm)) + ", or use exe or cmdline");
}

void read_pattern(const Value& value, std::optional<Pattern>& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  try {
    into = Pattern(*text);
  } catch (const std::invalid_argument& error) {
    value.wrong("'" + *text + "' is not a valid regular expression: " + error.what());
  }
}

void read_user(const Value& value, std::optional<std::string>& into) {
  if (const auto uid = value.node.value_exact<std::int64_t>()) {
    into = std::to_string(*uid);
  } else if (const auto name = value.as<std::string>("a login name or a user number")) {
    if (name->empty()) return value.wrong("a login name is missing");
    into = *name;
  }
}

void read_kind(const Value& value, RoleKind& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  const auto kind = parse_role_kind(*text);
  if (!kind) return value.wrong(quote(*text) + " is not a kind; it may be " + role_kinds_text());
  into = *kind;
}

constexpr Key<MatchRule> kMatchKeys[] = {
    {"comm", [](const Value& value, MatchRule& rule) { read_comm(value, rule.comm); }},
    {"exe", [](const Value& value, MatchRule& rule) { read_glob(value, rule.exe); }},
    {"cmdline", [](const Value& value, MatchRule& rule) { read_pattern(value, rule.cmdline); }},
    {"user", [](const Value& value, MatchRule& rule) { read_user(value, rule.user); }},
    {"cgroup", [](const Value& value, MatchRule& rule) { read_glob(value, rule.cgroup); }},
};

constexpr Key<RoleRule> kRoleKeys[] = {
    {"name", [](const Value& value, RoleRule& role) { value.read(role.name); }},
    {"kind", [](const Value& value, RoleRule& role) { read_kind(value, role.kind); }},
    {"title", [](const Value& value, RoleRule& role) { read_pattern(value, role.title); }},
    {"joined", [](const Value& value, RoleRule& role) { value.read(role.joined); }},
    {"parent_in_tier", [](const Value& value, RoleRule& role) { value.read(role.parent_in_tier); }},
    {"has_children_in_tier",
     [](const Value& value, RoleRule& role) { value.read(role.has_children_in_tier); }},
};

template <std::size_t index>
void read_threshold(const Value& value, ThresholdsDraft& draft) {
  const ThresholdKey& key = kThresholdKeys[index];
  if (!value.node.is_number()) return value.expected("a number such as 0.9");
  const double number = value.node.value<double>().value_or(0);
  if (const auto problem = threshold_problem(key, number, draft.of_one_tier))
    return value.wrong(*problem);
  draft.set.emplace_back(key.field, number);
}

template <std::size_t... index>
constexpr auto make_threshold_keys(std::index_sequence<index...>) {
  return std::array{Key<ThresholdsDraft>{kThresholdKeys[index].name, read_threshold<index>}...};
}

constexpr auto kThresholds =
    make_threshold_keys(std::make_index_sequence<std::size(kThresholdKeys)>());

/// A list of tables, each read by the same keys.
template <class Target>
std::vector<Written<Target>> read_tables(const Value& value, std::string_view example,
                                         std::string_view path, std::span<const Key<Target>> keys) {
  std::vector<Written<Target>> out;
  for_each_element(value, "a list such as " + std::string(example), [&](const Value& element) {
    Written<Target> written{.at = element.at()};
    read_table<Target>({element.node, path, element.problems}, keys, written.value);
    const toml::table* table = element.node.as_table();
    if (table && table->empty())
      element.wrong("an empty rule; say something in it, " + std::string(example));
    out.push_back(std::move(written));
  });
  return out;
}

void read_name(const Value& value, std::optional<Written<std::string>>& into) {
  if (const auto text = value.as<std::string>("a string")) into = {*text, value.at()};
}

constexpr Key<TierDraft> kTierKeys[] = {
    {"name", [](const Value& value, TierDraft& tier) { read_name(value, tier.name); }},
    {"preset", [](const Value& value, TierDraft& tier) { read_name(value, tier.preset); }},
    {"match",
     [](const Value& value, TierDraft& tier) {
       tier.match = read_tables<MatchRule>(value, "[{comm = \"nginx\"}]", "tier.match", kMatchKeys);
     }},
    {"children", [](const Value& value, TierDraft& tier) { value.read(tier.children); }},
    {"roles",
     [](const Value& value, TierDraft& tier) {
       tier.roles = read_tables<RoleRule>(value, "[{name = \"worker\"}]", "tier.roles", kRoleKeys);
     }},
    {"single_core_processes",
     [](const Value& value, TierDraft& tier) { value.read(tier.single_core_processes); }},
    {"listen", [](const Value& value, TierDraft& tier) { tier.listen = read_strings(value); }},
    {"thresholds",
     [](const Value& value, TierDraft& tier) {
       tier.thresholds.of_one_tier = true;
       read_table<ThresholdsDraft>(value, kThresholds, tier.thresholds);
     }},
};

}  // namespace

std::vector<Written<std::string>> read_strings(const Value& value) {
  std::vector<Written<std::string>> out;
  for_each_element(value, "a list of strings", [&out](const Value& element) {
    if (const auto text = element.as<std::string>("a string")) out.push_back({*text, element.at()});
  });
  return out;
}

void read_thresholds(const Value& value, ThresholdsDraft& draft) {
  read_table<ThresholdsDraft>(value, kThresholds, draft);
}

void read_tiers(const Value& value, std::vector<TierDraft>& tiers) {
  if (!value.node.is_array_of_tables()) {
    return value.wrong("expected a list of tiers; write [[tier]] in double brackets before each");
  }
  for_each_element(value, "", [&](const Value& element) {
    tiers.push_back({.at = element.at()});
    read_table<TierDraft>(element, kTierKeys, tiers.back());
  });
}

std::vector<std::string> threshold_key_names() {
  return key_names<ThresholdsDraft>("thresholds.", kThresholds);
}

std::vector<std::string> tier_key_names() {
  std::vector<std::string> names = key_names<TierDraft>("tier.", kTierKeys);
  for (const auto& more : {key_names<MatchRule>("tier.match.", kMatchKeys),
                           key_names<RoleRule>("tier.roles.", kRoleKeys)})
    names.insert(names.end(), more.begin(), more.end());
  return names;
}

}  // namespace tierwatch
