// SPDX-License-Identifier: MIT
#include "analysis/runs/run_settings.h"

#include <algorithm>
#include <map>
#include <optional>

#include "analysis/runs/demand.h"
#include "analysis/runs/server_changes.h"
#include "collectors/text/plain_words.h"

namespace tierwatch {
namespace {

constexpr int kLastingSamples = 3;
/// What is read of a server's files comes a moment after its processes are seen.
constexpr auto kLearning = std::chrono::seconds(3);
constexpr std::size_t kMostSettingChanges = 200;

using SettingKey = std::pair<std::string, std::string>;  ///< tier and name

/// None is 0: a server that starts has no workers yet.
void add_settings_of(const TierFacts& tier, std::vector<RunSetting>& settings) {
  const auto add = [&](std::string name, const std::optional<double>& value) {
    if (value && *value > 0) settings.push_back({tier.name, std::move(name), *value});
  };
  if (!tier.workers_on_demand) {
    add("worker_processes", tier.worker_processes);
    // Threads of a server that starts them as it likes are nobody's setting.
    if (tier.serving != RoleKind::kThreaded) add("workers", tier.workers);
  }
  add("allowed_cpus", tier.allowed_cpus);
  if (tier.quota) add("quota_cores", tier.quota->cores);
  if (tier.memory) add("memory_limit_bytes", tier.memory->limit_bytes);
  if (tier.worst_fds) add("fd_limit", tier.worst_fds->limit);
  if (tier.backends) add("usable_connections", tier.backends->usable_connections);
  if (tier.connection_table) add("connection_table_limit", tier.connection_table->limit);
  if (!tier.listeners) return;
  for (const ListenerFacts& listener : *tier.listeners)
    add("queue_limit " + listener.name, listener.limit);
}

/// "memory_limit_bytes" as people say it.
std::string setting_title(std::string name) {
  if (name.ends_with("_bytes")) name.resize(name.size() - 6);
  std::ranges::replace(name, '_', ' ');
  return name;
}

std::string setting_figure(const std::string& name, double value) {
  return name.ends_with("_bytes") ? bytes_words(value) : few_digits(value);
}

/// One setting on its way: what it is, and what it may have become.
struct FollowedSetting {
  double is = 0, next = 0;
  int seen = 0;  ///< times of `next` in a row
  std::chrono::system_clock::time_point since{};
};

}  // namespace

std::vector<RunSetting> run_settings(const JudgeInput& facts) {
  std::vector<RunSetting> settings;
  settings.push_back({"", "processors", facts.host.processors});
  if (facts.host.memory_total_bytes)
    settings.push_back({"", "memory_total_bytes", *facts.host.memory_total_bytes});
  for (const TierFacts& tier : facts.tiers)
    if (tier.processes > 0 && tier.name != kGeneratorTier) add_settings_of(tier, settings);
  return settings;
}

std::string setting_change_words(const RunSetting& before, double after) {
  return (before.tier.empty() ? "host" : before.tier) + ": " + setting_title(before.name) + " " +
         setting_figure(before.name, before.value) + " → " + setting_figure(before.name, after);
}

std::vector<RunEvent> find_setting_changes(std::span<const RunSample> samples) {
  std::vector<RunEvent> events;
  std::map<SettingKey, FollowedSetting> followed;
  for (const RunSample& sample : samples)
    for (const RunSetting& setting : run_settings(sample.facts)) {
      const auto [entry, is_new] = followed.try_emplace({setting.tier, setting.name});
      FollowedSetting& one = entry->second;
      const bool learnt = sample.at - samples.front().at < kLearning && setting.value > one.is;
      if (is_new || learnt || setting.value == one.is) {
        one.is = setting.value;
        one.seen = 0;
        continue;
      }
      if (one.seen == 0 || one.next != setting.value)
        one = {.is = one.is, .next = setting.value, .seen = 0, .since = sample.at};
      if (++one.seen < kLastingSamples) continue;
      RunSetting before = setting;
      before.value = std::exchange(one.is, setting.value);
      one.seen = 0;
      if (events.size() < kMostSettingChanges)
        events.push_back({.at = one.since,
                          .kind = "setting",
                          .tier = setting.tier,
                          .text = setting_change_words(before, setting.value)});
    }
  std::ranges::stable_sort(events, {}, &RunEvent::at);
  return events;
}

namespace {

/// What all runs agree on; absent where they do not.
std::map<SettingKey, std::optional<double>> common_settings(std::span<const RunFindings> runs) {
  std::map<SettingKey, std::optional<double>> common;
  for (const RunFindings& run : runs)
    for (const RunSetting& setting : run.settings) {
      const auto [entry, is_new] = common.try_emplace({setting.tier, setting.name}, setting.value);
      if (!is_new && entry->second != setting.value) entry->second.reset();
    }
  return common;
}

}  // namespace

std::vector<std::string> setting_differences(std::span<const RunFindings> a,
                                             std::span<const RunFindings> b) {
  std::vector<std::string> words;
  const auto before = common_settings(a), after = common_settings(b);
  for (const auto& [key, value] : before) {
    const auto now = after.find(key);
    if (is_server_thing(key.second)) continue;  // in words of their own
    if (!value || now == after.end() || !now->second || *now->second == *value) continue;
    words.push_back(setting_change_words({key.first, key.second, *value}, *now->second));
  }
  return words;
}

}  // namespace tierwatch
