// SPDX-License-Identifier: MIT
#include "collectors/servers/server_settings.h"

#include <algorithm>

#include "collectors/servers/servers.h"
#include "collectors/text/text_scan.h"

namespace tierwatch {
namespace {

bool has_parent_in_tier(const ProcessReading& process, std::span<const ProcessReading> processes) {
  const auto parent = std::ranges::lower_bound(
      processes, process.parent_pid, {}, [](const ProcessReading& one) { return one.id.pid; });
  return parent != processes.end() && parent->id.pid == process.parent_pid && parent->member &&
         parent->member->tier == process.member->tier;
}

/// The oldest of those that are started anew with each configuration: a younger one may have been
/// started in place of one that crashed, with what its parent has held for long.
ServerProcess server_of(const SettingsSource& source, const ProcessReading& process,
                        std::span<const ProcessReading> processes, const Instant& at) {
  std::optional<nanoseconds> renewed;
  for (const ProcessReading& one : processes)
    if (source.is_renewed && one.parent_pid == process.id.pid && source.is_renewed(one.title))
      renewed = std::min(renewed.value_or(one.id.started), one.id.started);
  const auto age = at.boot - renewed.value_or(process.id.started);
  return {
      .id = process.id,
      .title = process.title,
      .configured = at.wall - std::chrono::duration_cast<std::chrono::system_clock::duration>(age)};
}

}  // namespace

bool is_first_of_server(const SettingsSource& source, const TierRule& rule,
                        const ProcessReading& process, std::span<const ProcessReading> processes) {
  if (process.state == 'Z') return false;
  if (!source.role) return !has_parent_in_tier(process, processes);
  return rule.roles[process.member->role].name == source.role ||
         (source.started_by_init && process.parent_pid <= 1);
}

ServerSettings::ServerSettings(const ProcFs& files) : files_(files) {}

const std::vector<ServerSettingsReading>& ServerSettings::collect(
    const Instant& at, const TierRules& rules, std::span<const ProcessReading> processes) {
  const nanoseconds now = at.monotonic;
  take_what_was_read(now);
  // Not while it is at it: files may be slower than the interval.
  const bool all = now >= due_ && !side_.is_busy();
  if (all) {
    due_ = now + kRefreshInterval;
    read_somaxconn();
  }
  std::map<ProcessId, ServerSettingsReading> known;
  found_.clear();
  for (const ProcessReading& process : processes) {
    if (!process.member) continue;
    const TierRule& rule = rules.tiers[process.member->tier];
    const SettingsSource& source = settings_source_of(rule.preset);
    if (!source.read || !is_first_of_server(source, rule, process, processes)) continue;
    auto& settings = known[process.id];
    const auto before = known_.find(process.id);
    if (before != known_.end()) settings = before->second;
    settings.server = process.id;
    settings.tier = process.member->tier;
    const bool is_new = before == known_.end();
    if (is_new) starting_[process.id] = now + kSettles;
    const bool wanted = all || is_new || has_settled(process.id, now);
    if (wanted && known.size() <= kMostServers)
      ask_for(source, server_of(source, process, processes, at));
    found_.push_back(settings);
  }
  known_ = std::move(known);
  std::erase_if(starting_, [&](const auto& one) { return !known_.contains(one.first); });
  return found_;
}

/// True once for each server.
bool ServerSettings::has_settled(const ProcessId& server, nanoseconds now) {
  const auto starting = starting_.find(server);
  if (starting == starting_.end() || now < starting->second) return false;
  starting_.erase(starting);
  return true;
}

void ServerSettings::read_somaxconn() {
  std::string buffer;
  const FileText text = files_.read("proc/sys/net/core/somaxconn", buffer);
  somaxconn_ = text ? to_number<std::uint64_t>(trim_blanks(text.text)) : std::nullopt;
}

void ServerSettings::take_what_was_read(nanoseconds now) {
  for (ServerSettingsReading& settings : side_.take(now))
    if (const auto known = known_.find(settings.server); known != known_.end())
      known->second = settings;
}

void ServerSettings::ask_for(const SettingsSource& source, ServerProcess server) {
  const ProcessId id = server.id;
  side_.add({id, [all = files_, read = source.read, server = std::move(server)] {
               ServerSettingsReading settings{.server = server.id};
               ForeignFiles files(all, server.id.pid);
               read(all, files, server, settings);
               if (files.newest_change() <= server.configured + kWrittenAtStart) return settings;
               return ServerSettingsReading{.server = server.id, .changed_since_start = true};
             }});
}

}  // namespace tierwatch
