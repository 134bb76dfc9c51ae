// SPDX-License-Identifier: MIT
//
// Keys stand in tables (kSamplingKeys and so on) with the function that reads each: hints for
// unknown keys, known_keys() and the test of tierwatch.toml come from there.
#include <algorithm>
#include <array>
#include <utility>

#include "config/config.h"
#include "config/config_keys.h"
#include "config/load_config_value.h"
#include "config/load_config_web.h"
#include "config/tier_draft.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

void read_duration(const Value& value, milliseconds least, milliseconds most, milliseconds& into) {
  const auto text = value.as<std::string>("a duration such as \"1s\" or \"200ms\"");
  if (!text) return;
  const auto duration = parse_duration(*text);
  if (!duration) {
    return value.wrong(quote(*text) +
                       " is no duration; write a whole number and ms, s, m, h or d, "
                       "such as \"200ms\" or \"1s\"");
  }
  if (*duration < least || *duration > most) {
    return value.wrong(quote(*text) + " is out of range; it may be " + format_duration(least) +
                       " to " + format_duration(most));
  }
  into = *duration;
}

void read_count(const Value& value, std::int64_t most, std::size_t& into) {
  const auto number = value.as<std::int64_t>("a whole number");
  if (!number) return;
  if (*number < 0 || *number > most) {
    return value.wrong(std::to_string(*number) + " is out of range; it may be 0 to " +
                       std::to_string(most));
  }
  into = static_cast<std::size_t>(*number);
}

void read_size(const Value& value, std::uint64_t& into) {
  const auto text = value.as<std::string>("a size such as \"512MiB\"");
  if (!text) return;
  const auto size = parse_size(*text);
  if (!size) return value.wrong(quote(*text) + " is no size; write it like \"512MiB\" or \"1GiB\"");
  into = *size;
}

std::vector<Written<std::string>> read_strings(const Value& value) {
  std::vector<Written<std::string>> out;
  for_each_element(value, "a list of strings", [&out](const Value& element) {
    if (const auto text = element.as<std::string>("a string")) out.push_back({*text, element.at()});
  });
  return out;
}

void read_listen_addresses(const Value& value, WebConfig& web) {
  web.listen_addresses.clear();
  web.listen_addresses_are_default = false;
  for (const auto& [address, at] : read_strings(value)) {
    web.listen_addresses.push_back(address);
    const auto problem = listen_address_problem(address);
    if (!problem) continue;
    value.problems.add(
        at, "listen: " + quote(address) + " cannot be listened on: " + *problem +
                "; write \"127.0.0.1:9718\", \":9718\", \"[::1]:9718\" or \"unix:/path\"");
  }
}

void read_log_level(const Value& value, std::string& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  const auto levels = log_levels();
  if (std::find(levels.begin(), levels.end(), *text) == levels.end()) {
    return value.wrong(quote(*text) + " is no level; it may be trace, debug, info, warn or error");
  }
  into = *text;
}

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
    value.wrong("'" + *text + "' is no regular expression: " + error.what());
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
  if (!kind) return value.wrong(quote(*text) + " is no kind; it may be " + role_kinds_text());
  into = *kind;
}

constexpr Key<SamplingConfig> kSamplingKeys[] = {
    {"interval",
     [](const Value& value, SamplingConfig& sampling) {
       read_duration(value, kLeastInterval, kMostInterval, sampling.interval);
     }},
    {"kept_descriptors",
     [](const Value& value, SamplingConfig& sampling) {
       read_count(value, 1'000'000, sampling.kept_descriptors);
     }},
};

constexpr Key<MemoryConfig> kMemoryKeys[] = {
    {"proportional",
     [](const Value& value, MemoryConfig& memory) { value.read(memory.proportional); }},
    {"proportional_interval",
     [](const Value& value, MemoryConfig& memory) {
       read_duration(value, std::chrono::seconds(1), std::chrono::hours(24),
                     memory.proportional_interval);
     }},
    {"proportional_max_size",
     [](const Value& value, MemoryConfig& memory) {
       read_size(value, memory.proportional_max_bytes);
     }},
    {"proportional_budget",
     [](const Value& value, MemoryConfig& memory) {
       read_duration(value, milliseconds(1), std::chrono::seconds(10), memory.proportional_budget);
     }},
};

constexpr Key<WebConfig> kWebKeys[] = {
    {"listen", read_listen_addresses},
    {"cert_file",
     [](const Value& value, WebConfig& web) { read_named_file(value, web.cert_file); }},
    {"key_file", [](const Value& value, WebConfig& web) { read_named_file(value, web.key_file); }},
    {"basic_auth_users", read_web_users},
};

void read_history_path(const Value& value, std::string& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  if (*text != "auto" && *text != "none" && !text->starts_with('/')) {
    return value.wrong(quote(*text) +
                       " is no place for it; write an absolute path, \"auto\" or \"none\"");
  }
  into = *text;
}

void read_history_size(const Value& value, std::uint64_t& into) {
  constexpr std::uint64_t kLeast = 1 << 20;
  std::uint64_t size = into;
  read_size(value, size);
  if (size < kLeast) return value.wrong("too small to hold anything; write at least \"1MiB\"");
  into = size;
}

constexpr Key<HistoryConfig> kHistoryKeys[] = {
    {"path",
     [](const Value& value, HistoryConfig& history) { read_history_path(value, history.path); }},
    {"keep",
     [](const Value& value, HistoryConfig& history) {
       read_duration(value, std::chrono::minutes(1), std::chrono::hours(24 * 3650), history.keep);
     }},
    {"max_size", [](const Value& value,
                    HistoryConfig& history) { read_history_size(value, history.max_bytes); }},
};

constexpr Key<LogConfig> kLogKeys[] = {
    {"level", [](const Value& value, LogConfig& log) { read_log_level(value, log.level); }}};

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

/// The file as a whole.
struct Draft {
  Config config;
  ThresholdsDraft thresholds;
  std::vector<TierDraft> tiers;
};

void read_tiers(const Value& value, Draft& draft) {
  if (!value.node.is_array_of_tables()) {
    return value.wrong("expected a list of tiers; write [[tier]] in double brackets before each");
  }
  for_each_element(value, "", [&](const Value& element) {
    draft.tiers.push_back({.at = element.at()});
    read_table<TierDraft>(element, kTierKeys, draft.tiers.back());
  });
}

constexpr Key<Draft> kSections[] = {
    {"sampling",
     [](const Value& value, Draft& draft) {
       read_table<SamplingConfig>(value, kSamplingKeys, draft.config.sampling);
     }},
    {"memory",
     [](const Value& value, Draft& draft) {
       read_table<MemoryConfig>(value, kMemoryKeys, draft.config.memory);
     }},
    {"web",
     [](const Value& value, Draft& draft) {
       read_table<WebConfig>(value, kWebKeys, draft.config.web);
       check_certificate_has_key(value, draft.config.web);
     }},
    {"history",
     [](const Value& value, Draft& draft) {
       read_table<HistoryConfig>(value, kHistoryKeys, draft.config.history);
     }},
    {"log", [](const Value& value,
               Draft& draft) { read_table<LogConfig>(value, kLogKeys, draft.config.log); }},
    {"thresholds",
     [](const Value& value, Draft& draft) {
       read_table<ThresholdsDraft>(value, kThresholds, draft.thresholds);
     }},
    {"tier", read_tiers},
};

/// Those of a tier are laid over those of all, wherever in the file these stand.
ThresholdTable make_thresholds(const Draft& draft) {
  ThresholdTable table;
  draft.thresholds.apply(table.all);
  for (std::size_t i = 0; i < draft.tiers.size(); ++i) {
    const ThresholdsDraft& own = draft.tiers[i].thresholds;
    if (own.set.empty()) continue;
    Thresholds& of_tier = table.tiers[draft.config.rules.tiers[i].name] = table.all;
    own.apply(of_tier);
  }
  return table;
}

template <class Target>
void append_names(std::string_view prefix, std::span<const Key<Target>> keys,
                  std::vector<std::string>& names) {
  for (const Key<Target>& key : keys) names.push_back(std::string(prefix).append(key.name));
}

toml::table parse_toml(std::string_view text, const std::filesystem::path& path) {
  try {
    return toml::parse(text);
  } catch (const toml::parse_error& error) {
    Problems problems(path);
    problems.add(position(error.source()), std::string(error.description()));
    problems.throw_if_any();
    throw;
  }
}

}  // namespace

std::vector<std::string> known_keys() {
  std::vector<std::string> names;
  append_names<SamplingConfig>("sampling.", kSamplingKeys, names);
  append_names<MemoryConfig>("memory.", kMemoryKeys, names);
  append_names<WebConfig>("web.", kWebKeys, names);
  append_names<HistoryConfig>("history.", kHistoryKeys, names);
  append_names<LogConfig>("log.", kLogKeys, names);
  append_names<ThresholdsDraft>("thresholds.", kThresholds, names);
  append_names<TierDraft>("tier.", kTierKeys, names);
  append_names<MatchRule>("tier.match.", kMatchKeys, names);
  append_names<RoleRule>("tier.roles.", kRoleKeys, names);
  return names;
}

Config parse_config(std::string_view text, const std::filesystem::path& path) {
  const toml::table table = parse_toml(text, path);
  Problems problems(path);
  Draft draft;
  read_table<Draft>({table, "", problems}, kSections, draft);
  draft.config.rules =
      draft.tiers.empty() ? default_config().rules : make_tier_rules(draft.tiers, problems);
  draft.config.thresholds = make_thresholds(draft);
  draft.config.source = path;
  problems.throw_if_any();
  return std::move(draft.config);
}

}  // namespace tierwatch
