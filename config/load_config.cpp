// SPDX-License-Identifier: MIT
//
// Keys stand in tables (kSamplingKeys and so on) with the function that reads each: hints for
// unknown keys, known_keys() and the test of tierwatch.toml come from there.
#include <algorithm>
#include <utility>

#include "config/config.h"
#include "config/config_keys.h"
#include "config/load_config_otlp.h"
#include "config/load_config_tiers.h"
#include "config/load_config_value.h"
#include "config/load_config_web.h"
#include "config/tier_draft.h"
#include "config/toml_depth.h"
#include "config/web_keys.h"

namespace tierwatch {
namespace {

using std::chrono::milliseconds;

void read_count(const Value& value, std::int64_t most, std::size_t& into) {
  const auto number = value.as<std::int64_t>("a whole number");
  if (!number) return;
  if (*number < 0 || *number > most) {
    return value.wrong(std::to_string(*number) + " is out of range; it may be 0 to " +
                       std::to_string(most));
  }
  into = static_cast<std::size_t>(*number);
}

void read_late_intervals(const Value& value, std::size_t& into) {
  constexpr std::size_t kLeast = 2, kMost = 1000;
  std::size_t count = into;
  read_count(value, kMost, count);
  if (count < kLeast) return value.wrong("every sample would be late; write at least 2");
  into = count;
}

void read_size(const Value& value, std::uint64_t& into) {
  const auto text = value.as<std::string>("a size such as \"512MiB\"");
  if (!text) return;
  const auto size = parse_size(*text);
  if (!size)
    return value.wrong(quote(*text) + " is not a valid size; write it like \"512MiB\" or \"1GiB\"");
  into = *size;
}

void read_listen_addresses(const Value& value, WebConfig& web) {
  web.listen_addresses.clear();
  web.listen_addresses_are_default = false;
  for (const auto& [address, at] : read_strings(value)) {
    if (std::ranges::find(web.listen_addresses, address) != web.listen_addresses.end())
      value.problems.add(at, "listen: " + quote(address) + " stands there twice");
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
    return value.wrong(quote(*text) +
                       " is not a log level; it may be trace, debug, info, warn or error");
  }
  into = *text;
}

void read_process_source(const Value& value, ProcessSource& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  if (*text == "auto")
    into = ProcessSource::kAuto;
  else if (*text == "proc")
    into = ProcessSource::kProc;
  else if (*text == "bpf")
    into = ProcessSource::kBpf;
  else
    value.wrong(quote(*text) + R"( is not a source; it may be "auto", "proc" or "bpf")");
}

constexpr Key<SamplingConfig> kSamplingKeys[] = {
    {"interval",
     [](const Value& value, SamplingConfig& sampling) {
       read_duration(value, kLeastInterval, kMostInterval, sampling.interval);
     }},
    {"late_intervals",
     [](const Value& value, SamplingConfig& sampling) {
       read_late_intervals(value, sampling.late_intervals);
     }},
    {"kept_descriptors",
     [](const Value& value, SamplingConfig& sampling) {
       read_count(value, 1'000'000, sampling.kept_descriptors);
     }},
    {"source", [](const Value& value,
                  SamplingConfig& sampling) { read_process_source(value, sampling.source); }},
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
    {"socket_mode", read_socket_mode},
    {"socket_group", read_socket_group},
    {"cert_file",
     [](const Value& value, WebConfig& web) { read_named_file(value, web.cert_file); }},
    {"key_file", [](const Value& value, WebConfig& web) { read_named_file(value, web.key_file); }},
    {"tls_min_version", read_tls_min_version},
    {"tls_max_version", read_tls_max_version},
    {"tls_cipher_suites", read_tls_suites},
    {"tls_curve_preferences", read_tls_curves},
    {"client_ca_file",
     [](const Value& value, WebConfig& web) { read_named_file(value, web.client_ca_file); }},
    {"client_auth_type", read_client_auth},
    {"basic_auth_users", read_web_users},
    {"headers", read_web_headers},
};

void read_history_path(const Value& value, std::string& into) {
  const auto text = value.as<std::string>("a string");
  if (!text) return;
  if (*text != "auto" && *text != "none" && !text->starts_with('/')) {
    return value.wrong(quote(*text) +
                       " is not a valid path; write an absolute path, \"auto\" or \"none\"");
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

constexpr Key<MetricsConfig> kMetricsKeys[] = {
    {"host", [](const Value& value, MetricsConfig& metrics) { value.read(metrics.host); }},
    {"detail", [](const Value& value, MetricsConfig& metrics) { value.read(metrics.detail); }},
    {"old_names",
     [](const Value& value, MetricsConfig& metrics) { value.read(metrics.old_names); }},
};

constexpr Key<LogConfig> kLogKeys[] = {
    {"level", [](const Value& value, LogConfig& log) { read_log_level(value, log.level); }}};

/// The configuration as a whole, file by file.
struct Draft {
  Config config;
  ThresholdsDraft thresholds;
  std::vector<TierDraft> tiers;
};

constexpr Key<Draft> kSections[] = {
    {"sampling",
     [](const Value& value, Draft& draft) {
       read_table<SamplingConfig>(value, kSamplingKeys, draft.config.sampling);
     }},
    {"memory",
     [](const Value& value, Draft& draft) {
       read_table<MemoryConfig>(value, kMemoryKeys, draft.config.memory);
     }},
    {"web", [](const Value& value,
               Draft& draft) { read_table<WebConfig>(value, kWebKeys, draft.config.web); }},
    {"history",
     [](const Value& value, Draft& draft) {
       read_table<HistoryConfig>(value, kHistoryKeys, draft.config.history);
     }},
    {"metrics",
     [](const Value& value, Draft& draft) {
       read_table<MetricsConfig>(value, kMetricsKeys, draft.config.metrics);
     }},
    {"otlp", [](const Value& value, Draft& draft) { read_otlp(value, draft.config.otlp); }},
    {"log", [](const Value& value,
               Draft& draft) { read_table<LogConfig>(value, kLogKeys, draft.config.log); }},
    {"thresholds",
     [](const Value& value, Draft& draft) { read_thresholds(value, draft.thresholds); }},
    {"tier", [](const Value& value, Draft& draft) { read_tiers(value, draft.tiers); }},
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

toml::table parse_toml(std::string_view text, const std::filesystem::path& path) {
  Problems depth(path);
  if (const auto at = too_deep(text)) depth.add(*at, "nested too deep; no key here is");
  depth.throw_if_any();
  try {
    return toml::parse(text, path.string());
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
  for (const auto& more :
       {key_names<SamplingConfig>("sampling.", kSamplingKeys),
        key_names<MemoryConfig>("memory.", kMemoryKeys), key_names<WebConfig>("web.", kWebKeys),
        key_names<HistoryConfig>("history.", kHistoryKeys),
        key_names<MetricsConfig>("metrics.", kMetricsKeys), otlp_key_names(),
        key_names<LogConfig>("log.", kLogKeys), threshold_key_names(), tier_key_names()})
    names.insert(names.end(), more.begin(), more.end());
  return names;
}

Config parse_config(const std::vector<ConfigText>& files) {
  Problems problems(files.empty() ? std::filesystem::path() : files.front().path);
  Draft draft;
  for (const ConfigText& file : files) {
    // Tables live no longer than their file: all that is kept of them is in the draft.
    const toml::table table = parse_toml(file.text, file.path);
    read_table<Draft>({table, "", problems}, kSections, draft);
    draft.config.files.push_back(file.path);
  }
  check_web(draft.config.web, problems);
  draft.config.rules =
      draft.tiers.empty() ? default_config().rules : make_tier_rules(draft.tiers, problems);
  draft.config.thresholds = make_thresholds(draft);
  problems.throw_if_any();
  return std::move(draft.config);
}

Config parse_config(std::string_view text, const std::filesystem::path& path) {
  return parse_config({ConfigText{path, std::string(text)}});
}

}  // namespace tierwatch
